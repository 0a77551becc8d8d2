use frame::{Plane, SrgbPlane};

use super::study::{Study, soft_edge};
use super::{Sheet, SheetKind};
use crate::Limb;
use crate::filter::{
    Connectivity, Mask, area, bounds, components, convex_hull, coverage, difference, dilate_disc,
    dilate_square, fill_polygon, gaussian_blur, intersection, open_disc, push_pull, union,
};
use crate::parts::{Part, centre};

/// The trunk, head and skirt, with cloth invented where arms are before it.
pub(super) fn core_sheet(study: &Study<'_>) -> Sheet {
    let hidden = hidden_cloth(study);
    let mut sheet = study.sheet(SheetKind::Core, core_coverage(study, &hidden));
    if area(&hidden) == 0 {
        return sheet;
    }
    if let Some(fill) = cloth(study, &hidden) {
        sheet.fill = fill;
        let near_arms = dilate_disc(&study.arms, study.rim() as f32);
        sheet.invented = Plane::from_fn(study.size(), |x, y| {
            // In the overlap about a shoulder the true colours stay: nothing was hidden there.
            let shoulder = |limb| 1.5 * study.nearness_to_joint(limb, centre(x as usize, y as usize));
            let nearest = study.limbs().filter(|limb| limb.is_arm()).map(shoulder).fold(0.0, f32::max);
            if near_arms.get(x as usize, y as usize) { 1.0 - nearest.min(1.0) } else { 0.0 }
        });
    }
    sheet
}

/// Where arms hide the trunk: within its outline, without what an opening would take off and without islands.
fn hidden_cloth(study: &Study<'_>) -> Mask {
    let hidden = intersection(&intersection(&study.torso, &study.arms), &study.person);
    let core = intersection(&study.labelled(Part::Core), &study.person);
    let opened = open_disc(&union(&core, &hidden), (0.07 * study.anatomy.shoulder_width).max(3.0));
    let pieces = components(&opened, Connectivity::Eight);
    let mut core_in = vec![0usize; pieces.regions.len() + 1];
    for (&label, _) in
        pieces.labels.pixels().iter().zip(core.pixels()).filter(|(label, core)| **label > 0 && **core)
    {
        core_in[label as usize] += 1;
    }
    let trunk = (1..core_in.len()).rev().max_by_key(|&i| core_in[i]).unwrap_or(0);
    intersection(&hidden, &pieces.select(|i| i + 1 == trunk))
}

fn core_coverage(study: &Study<'_>, hidden: &Mask) -> Plane<f32> {
    let hidden = gaussian_blur(&coverage(hidden), 1.0);
    let limbs: Vec<Limb> = study.limbs().collect();
    Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let near = limbs.iter().map(|&limb| study.nearness_to_joint(limb, centre(x, y))).fold(0.0, f32::max);
        let own = soft_edge(study.parts.core_signed_distance.get(x, y) + 10.0 * near);
        own.max(hidden.get(x, y))
    })
}

/// The still's colours with the hidden cloth invented from the cloth that is seen.
fn cloth(study: &Study<'_>, hidden: &Mask) -> Option<SrgbPlane> {
    let seen = difference(&intersection(&study.labelled(Part::Core), &study.solid), &study.arms_and_rim());
    let wanted = dilate_square(hidden, study.rim() + 2);
    study.span(&wanted, &seen)
}

/// The core as seen from behind: where the face is, hair goes on.
pub(super) fn back_sheet(study: &Study<'_>, core: &Sheet) -> Sheet {
    let mut back = Sheet { kind: SheetKind::Back, ..core.clone() };
    if let Some((hair, covered)) = hair_over_face(study) {
        for (i, &covered) in covered.pixels().iter().enumerate() {
            if covered > 0.0 {
                back.fill.pixels_mut()[i] = hair.pixels()[i];
                back.invented.pixels_mut()[i] = back.invented.pixels()[i].max(covered);
            }
        }
    }
    back
}

/// The colours about the face spread over it, and where they cover it; none without a face, or without hair.
fn hair_over_face(study: &Study<'_>) -> Option<(SrgbPlane, Plane<f32>)> {
    let face = study.face.as_ref()?;
    let mut mask = Plane::filled(study.size(), false);
    fill_polygon(&mut mask, &convex_hull(&face.points));
    let mask = dilate_square(&mask, (0.06 * face.height) as usize);
    let head = study.anatomy.at(crate::Joint::Head);
    let hair = Plane::from_fn(study.size(), |x, y| {
        let point = centre(x as usize, y as usize);
        let (x, y) = (x as usize, y as usize);
        study.solid.get(x, y)
            && !mask.get(x, y)
            && point.y < face.chin.y - 0.15 * face.height
            && point.distance(head) < 1.4 * face.height
    });
    if area(&hair) < 30 {
        return None;
    }
    let part = bounds(&union(&mask, &hair))?.grown(8, study.size());
    let mut filled = study.still.foreground.clone();
    part.paste(&push_pull(&part.cut(study.still.foreground), &coverage(&part.cut(&hair))), &mut filled);
    let covered = gaussian_blur(&coverage(&mask), 2.0).map(|&share| ((share - 0.2) / 0.3).clamp(0.0, 1.0));
    Some((filled, covered))
}

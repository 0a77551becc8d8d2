use frame::{Plane, SrgbPlane};
use glam::Vec3;

use super::hair::{HeadOfHair, hair_from_side, ragged};
use super::pattern::patterned;
use super::print::Print;
use super::strands::{Course, combed};
use super::study::{Study, paint, skins, soft_edge, spread};
use super::trunk_outline::trunk_within_outline;
use super::{Sheet, SheetKind};
use crate::Joint;
use crate::filter::{
    Connectivity, Mask, area, bounds, close_disc, components, convex_hull, coverage, difference, dilate_disc,
    dilate_square, distance_to, ends_of_rows, erode_square, fill_polygon, gaussian_blur, intersection,
    open_disc, resize_area, signed_distance, union,
};
use crate::parts::{Part, PartMap, centre, is_same_in_other_light};

/// Smoothing of the trunk's outline where arms hid it, in pixels.
const SMOOTH_PX: f32 = 2.0;
/// Width of the rim about an arm, in pixels, in whose course its shadow on what is behind it is painted over.
pub(super) const SHADOW_PX: f32 = 5.0;

/// The trunk, head and skirt, with cloth invented where arms are before it.
pub(super) fn core_sheet(study: &Study<'_>, print: Option<&Print>, hair: Option<&HeadOfHair>) -> Sheet {
    let hidden = hidden_cloth(study);
    let hidden_hair = difference(&hidden_hair(study, &hidden), &hidden);
    let mut sheet = study.sheet(SheetKind::Core, core_coverage(study, &union(&hidden, &hidden_hair)));
    if area(&hidden) > 0 {
        paint_cloth(study, print, &hidden, &mut sheet);
    }
    paint_hair(study, &hidden_hair, &mut sheet);
    sheet.from_side =
        study.face.as_ref().zip(hair).and_then(|(face, hair)| hair_from_side(study, face, hair));
    sheet
}

/// Paints the trunk's cloth over what arms hide of it, and over their shadow about that.
fn paint_cloth(study: &Study<'_>, print: Option<&Print>, hidden: &Mask, sheet: &mut Sheet) {
    let reach = study.rim() + SHADOW_PX as usize;
    let (to_arms, to_hidden) = (distance_to(&study.arms), distance_to(hidden));
    let share = Plane::from_fn(study.size(), |x, y| {
        // In the overlap about a shoulder the true colours stay: nothing was hidden there.
        let shoulder = |limb| 1.5 * study.nearness_to_joint(limb, centre(x as usize, y as usize));
        let nearest = study.limbs().filter(|limb| limb.is_arm()).map(shoulder).fold(0.0, f32::max);
        let about_hidden = to_hidden.get(x as usize, y as usize) < reach as f32;
        let width = if about_hidden { SHADOW_PX } else { 1.0 };
        let away = (to_arms.get(x as usize, y as usize) - study.rim() as f32) / width;
        (1.0 - away).clamp(0.0, 1.0) * (1.0 - nearest.min(1.0))
    });
    let own = intersection(&study.labelled(Part::Core), &study.person);
    let near_arms = dilate_square(&study.arms, reach);
    let wanted = union(&dilate_square(hidden, reach), &intersection(&own, &near_arms));
    let cloth = match print {
        Some(print) => Some(print.laid_out(study.still.foreground, &wanted)),
        None => cloth(study, &wanted),
    };
    if let Some(cloth) = cloth {
        paint(sheet, &cloth, &share);
    }
}

/// Where arms hide the trunk: within its outline, and below the hips where they lie in a bay of a skirt's; without what an
/// opening would take off and without islands.
fn hidden_cloth(study: &Study<'_>) -> Mask {
    let core = intersection(&study.labelled(Part::Core), &study.person);
    let bays = close_disc(&core, 0.12 * study.anatomy.spine);
    let trunk = trunk_within_outline(study);
    let (hips, down) = (study.anatomy.at(Joint::Pelvis), study.anatomy.downwards());
    let within = Plane::from_fn(study.size(), |x, y| {
        let below_hips = (centre(x as usize, y as usize) - hips).dot(down) > -0.1 * study.anatomy.spine;
        let (x, y) = (x as usize, y as usize);
        trunk.get(x, y) || (below_hips && bays.get(x, y))
    });
    let hidden = intersection(&intersection(&within, &study.arms), &study.person);
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

/// Where arms hide hair behind them: between what is seen of it on both sides. It ends in locks; `cloth` is what they hide of the trunk.
fn hidden_hair(study: &Study<'_>, cloth: &Mask) -> Mask {
    let PartMap { hair, hair_behind, .. } = study.parts;
    if area(hair_behind) == 0 {
        return hair_behind.clone();
    }
    let broadest = study.limbs().filter(|limb| limb.is_arm()).map(|limb| study.anatomy.radius[limb]);
    let core = intersection(&study.labelled(Part::Core), &study.person);
    let whole = close_disc(&union(&core, hair), broadest.fold(0.0, f32::max) * 1.5);
    let mut hull = Plane::filled(study.size(), false);
    fill_polygon(&mut hull, &convex_hull(&ends_of_rows(&union(hair, hair_behind))));
    let hidden = intersection(&intersection(&whole, &hull), &intersection(&study.arms, &study.person));
    match &study.face {
        Some(face) => intersection(&hidden, &ragged(&union(&union(&core, cloth), &hidden), face)),
        None => hidden,
    }
}

/// Paints hair that arms hide by pieces of what is seen of it, with strands from the crown where that is known: voting among pieces leaves
/// of hair but its locks.
fn paint_hair(study: &Study<'_>, hidden: &Mask, sheet: &mut Sheet) {
    let seen = intersection(&union(&study.parts.hair, &study.parts.hair_behind), &study.solid);
    let away = difference(&erode_square(&seen, 2), &study.arms_and_rim());
    let wanted = intersection(&dilate_square(hidden, study.rim() + 2), &union(hidden, &study.arms_and_rim()));
    let Some(part) = bounds(&wanted).map(|part| part.grown(study.rim() + 16, study.size())) else { return };
    let width = study.anatomy.shoulder_width;
    let even = spread(part, study.still.foreground, &away, 0.04 * width);
    let Some(even) = even else { return };
    let locks = patterned(study.still.foreground, even, [&wanted, &away], 0.15 * width);
    let colours = match &study.face {
        Some(face) => {
            let whole = union(&seen, &wanted);
            combed(study.still.foreground, locks, [&whole, &away], face, Course::FromCrown)
        }
        None => locks,
    };
    paint(sheet, &colours, &gaussian_blur(&coverage(&wanted), 1.0));
}

fn core_coverage(study: &Study<'_>, hidden: &Mask) -> Plane<f32> {
    // Smooth, for the outline of what is hidden is drawn by straight lines, which whole pixels make steps of.
    let depth = gaussian_blur(&signed_distance(&union(&study.labelled(Part::Core), hidden)), SMOOTH_PX);
    Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let seen = soft_edge(depth.get(x, y));
        if seen == 1.0 {
            return seen;
        }
        // The core goes on under a limb about that limb's own joint: a hand at the hip is not under the thigh. To its own border it is
        // whole there.
        let near = |limb| study.nearness_to_joint(limb, centre(x, y));
        let near = match study.parts.labels.get(x, y) {
            Part::Limb(limb) => near(limb),
            Part::Core => study.limbs().map(near).fold(0.0, f32::max),
        };
        soft_edge(depth.get(x, y) + 10.0 * near)
    })
}

/// The still's colours with the `wanted` ones invented from the cloth that is seen: its colours go on from where it is
/// nearest, and so does its pattern if enough of it is seen.
fn cloth(study: &Study<'_>, wanted: &Mask) -> Option<SrgbPlane> {
    /// As [`without_buttons`] has it.
    const MOST_BUTTONS: f32 = 0.12;
    let core = difference(&intersection(&study.labelled(Part::Core), &study.solid), &study.arms_and_rim());
    let seen = difference(&core, &union(&study.parts.hair, &study.parts.hair_behind));
    let part = bounds(&union(wanted, &study.torso))?.grown(8, study.size());
    let smooth = spread(part, study.still.foreground, &seen, 0.06 * study.anatomy.shoulder_width)?;
    let pattern =
        without_buttons(study, &without_skin(study, &intersection(&seen, &study.torso)), MOST_BUTTONS);
    let sigma_px = 0.15 * study.anatomy.shoulder_width;
    Some(patterned(study.still.foreground, smooth, [wanted, &pattern], sigma_px))
}

/// Cloth without the skin in its neckline and what hangs there; as it is where most of it is like skin.
fn without_skin(study: &Study<'_>, cloth: &Mask) -> Mask {
    /// What is broader is skin, and how far off it is no cloth either, in shoulder widths.
    const BROAD: f32 = 0.015;
    const OFF: f32 = 0.03;
    const MOST_SKIN: f32 = 0.5;
    let skins = skins(study);
    let alike = study
        .still
        .foreground
        .map(|&colour| skins.iter().any(|&skin| is_same_in_other_light(skin, Vec3::from_array(colour))));
    let width = study.anatomy.shoulder_width;
    let bare = open_disc(&intersection(cloth, &alike), (BROAD * width).max(1.0));
    let bare = dilate_disc(&close_disc(&bare, OFF * width), (OFF * width).max(2.0));
    let clothed = difference(cloth, &bare);
    if (area(&clothed) as f32) < (1.0 - MOST_SKIN) * area(cloth) as f32 { cloth.clone() } else { clothed }
}

/// Cloth without the buttons and pockets on it, which are no pattern; as it is where more than the share `most_buttons` of it differs from
/// what is about it, or that is all over it, as dots are.
pub(super) fn without_buttons(study: &Study<'_>, cloth: &Mask, most_buttons: f32) -> Mask {
    const PLAIN: f32 = 28.0;
    let even = gaussian_blur(study.still.foreground, 0.06 * study.anatomy.shoulder_width);
    let differs = study
        .still
        .foreground
        .zip_map(&even, |a, b| Vec3::from_array(*a).distance(Vec3::from_array(*b)) > PLAIN);
    let buttons = intersection(cloth, &differs);
    if area(&buttons) as f32 > most_buttons * area(cloth) as f32 || is_all_over(&buttons, cloth) {
        return cloth.clone();
    }
    difference(cloth, &dilate_square(&buttons, 3))
}

/// Whether there are marks all over a cloth.
fn is_all_over(marks: &Mask, cloth: &Mask) -> bool {
    /// Cells along the cloth's long side, and how much of a cell is cloth, and marks, at least where it has them.
    const CELLS: u32 = 10;
    const OF_CLOTH: f32 = 0.7;
    const MARKED: f32 = 0.01;
    /// Dots mark 97 % of a shirt, buttons, pockets and folds of one up to 84.
    const ALL_OVER: f32 = 0.88;
    let Some(part) = bounds(cloth) else { return false };
    let size = part.size.fitted(CELLS);
    let [marks, cloth] = [marks, cloth].map(|mask| resize_area(&coverage(&part.cut(mask)), size));
    let cells = || marks.pixels().iter().zip(cloth.pixels()).filter(|(_, cloth)| **cloth > OF_CLOTH);
    let marked = cells().filter(|(marks, _)| **marks > MARKED).count();
    marked as f32 > ALL_OVER * cells().count() as f32
}

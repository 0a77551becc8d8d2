//! The back of a head: hair over it, and a nape.

use frame::{Plane, SrgbPlane};
use glam::Vec3;

use super::strands::combed;
use super::study::{Study, skin, spread};
use crate::filter::{
    Mask, PixelRect, area, bounds, convex_hull, coverage, difference, dilate_square, distance_to,
    fill_polygon, gaussian_blur, intersection, open_disc, union,
};
use crate::parts::{Face, Part, centre, hair_from_behind, is_same_cloth, median};
use crate::{Joint, smoothstep};

/// Hair combed over what it covers from behind, and how much of each pixel it covers; none where no hair is seen.
pub(super) fn hair_over_head(study: &Study<'_>, face: &Face) -> Option<(SrgbPlane, Plane<f32>)> {
    /// How far the seen hair about the face goes over into the combed, in heights of the face.
    const OVER: f32 = 0.22;
    let [hair, bare] = hair_and_bare(study, face)?;
    // From behind neither forehead nor ears nor the neck between the locks are bare.
    let locks = &study.parts.hair;
    let between = difference(&hair_from_behind(locks, face), locks);
    let wanted = union(&bare, &intersection(&between, &study.labelled(Part::Core)));
    let from_wanted = distance_to(&wanted);
    // Hair beside the face lies in its own shadow: what lies further out tells its colours better.
    let outer = hair.zip_map(&from_wanted, |&hair, &away| hair && away > 0.5 * OVER * face.height);
    let known = if 3 * area(&outer) > area(&hair) { &outer } else { &hair };
    let part = bounds(&union(&wanted, &hair))?.grown(8, study.size());
    let smooth = spread(part, study.still.foreground, known, 0.06 * face.height)?;
    let whole = union(&wanted, &hair);
    let mut filled = combed(study.still.foreground, smooth, [&whole, &hair], face);
    // Below a bare nape the chin's shadow goes, below hair nothing else.
    let lowest = if bare_nape(study, face, &mut filled, part).is_some() { -0.3 } else { 0.0 };
    let over_px = (OVER * face.height).max(1.0);
    let covered = from_wanted.map(|away| smoothstep(1.0 - away / over_px));
    // Only over the head: the hair's ends and the nape stay sharp.
    let sharp = gaussian_blur(&coverage(&wanted), 1.0);
    let covered = covered.zip_map(&sharp, |covered, sharp| covered.max(*sharp));
    let over_hair = union(&about_face(study, face, lowest), &union(locks, &wanted));
    Some((filled, covered.zip_map(&gaussian_blur(&coverage(&over_hair), 1.0), |a, b| a * b)))
}

/// The face, and what of its mesh's rim may be skin.
fn face_mask(study: &Study<'_>, face: &Face) -> Mask {
    let mut mask = Plane::filled(study.size(), false);
    fill_polygon(&mut mask, &convex_hull(&face.points));
    dilate_square(&mask, (0.06 * face.height) as usize)
}

/// The head about its face from so many heights of the face above the chin.
fn about_face(study: &Study<'_>, face: &Face, lowest: f32) -> Mask {
    let (mask, head) = (face_mask(study, face), study.anatomy.at(Joint::Head));
    Plane::from_fn(study.size(), |x, y| {
        let point = centre(x as usize, y as usize);
        let (x, y) = (x as usize, y as usize);
        study.solid.get(x, y)
            && !mask.get(x, y)
            && (point - face.chin).dot(face.upwards()) > lowest * face.height
            && point.distance(head) < 1.4 * face.height
    })
}

/// The hair that is seen beside and over the face, and what is bare of it from the front alone: face, forehead and ears. `None` where
/// there is too little hair.
fn hair_and_bare(study: &Study<'_>, face: &Face) -> Option<[Mask; 2]> {
    // Beside the face lie ears and cheeks too: what is more like skin than like what is over the forehead is no hair.
    let crown = about_face(study, face, 0.95);
    let over = study.still.foreground.pixels().iter().zip(crown.pixels()).filter(|(_, crown)| **crown);
    let crown = median(over.map(|(c, _)| Vec3::from_array(*c)).collect());
    let skin = skin(study).map(Vec3::from_array);
    let like_hair = study.still.foreground.map(|&colour| {
        let colour = Vec3::from_array(colour);
        crown.zip(skin).is_none_or(|(crown, skin)| colour.distance(crown) < colour.distance(skin))
    });
    let hair = intersection(&about_face(study, face, 0.5), &like_hair);
    if area(&hair) < 30 {
        return None;
    }
    let bare = dilate_square(&difference(&about_face(study, face, 0.1), &like_hair), 1);
    Some([hair, union(&face_mask(study, face), &bare)])
}

/// Skin at the nape under hair that does not fall below the chin.
fn bare_nape(study: &Study<'_>, face: &Face, filled: &mut SrgbPlane, part: PixelRect) -> Option<()> {
    /// Heights above the chin, in those of the face, between which short hair ends.
    const HAIRLINE: [f32; 2] = [0.02, 0.14];
    /// Where the neck shows its colours.
    const BELOW: std::ops::Range<f32> = -0.5..-0.05;
    let above_chin = |x: usize, y: usize| (centre(x, y) - face.chin).dot(face.upwards()) / face.height;
    let width = study.size().width as usize;
    let locks = open_disc(&study.parts.hair, (0.03 * face.height).max(1.0));
    let falls = |(i, &hair): (usize, &bool)| hair && above_chin(i % width, i / width) < 0.0;
    if locks.pixels().iter().enumerate().any(falls) {
        return None;
    }
    let colour = Vec3::from_array(skin(study)?);
    let neck = Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        study.solid.get(x, y)
            && BELOW.contains(&above_chin(x, y))
            && centre(x, y).distance(face.chin) < face.height
            && is_same_cloth(Vec3::from_array(study.still.foreground.get(x, y)), colour)
    });
    let bare = spread(part, study.still.foreground, &neck, 0.1 * face.height)?;
    let [low, high] = HAIRLINE;
    for (i, colour) in filled.pixels_mut().iter_mut().enumerate() {
        let hair = smoothstep((above_chin(i % width, i / width) - low) / (high - low));
        if hair < 1.0 {
            *colour = [0, 1, 2].map(|c| bare.pixels()[i][c] + (colour[c] - bare.pixels()[i][c]) * hair);
        }
    }
    Some(())
}

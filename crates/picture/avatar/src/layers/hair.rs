//! The back of a head: hair over it, and a nape.

use frame::{Plane, SrgbPlane};
use glam::{Vec2, Vec3};

use super::Overlay;
use super::noise::noise;
use super::strands::{Course, combed};
use super::study::{Study, skin, spread};
use crate::filter::{
    Connectivity, Mask, PixelRect, area, bounds, close_disc, complement, components, convex_hull, coverage,
    difference, dilate_square, distance_to, fill_polygon, gaussian_blur, intersection, open_disc, places,
    signed_distance, union,
};
use crate::motion::percentile;
use crate::parts::{Face, Part, centre, hair_from_behind, is_same_cloth, median};
use crate::{Joint, smoothstep};

/// Hair combed over what it covers from behind, and how much of each pixel it covers; none where no hair is seen.
pub(super) fn hair_over_head(
    study: &Study<'_>,
    face: &Face,
    HeadOfHair { hair, locks, bare }: &HeadOfHair,
) -> Option<(SrgbPlane, Plane<f32>)> {
    /// How far the seen hair goes over into the combed, in heights of the face: about the face, and below the chin.
    const OVER: f32 = 0.22;
    const OVER_LOCKS: f32 = 0.1;
    /// Down to so many heights of the face above the chin a nape is painted.
    const LOWEST_NAPE: f32 = -0.3;
    // From behind neither forehead nor ears nor the neck between the locks are bare.
    let between = difference(&ragged(&union(&hair_from_behind(locks, face), locks), face), locks);
    let wanted = union(bare, &intersection(&between, &study.labelled(Part::Core)));
    let from_wanted = distance_to(&wanted);
    // Hair beside the face lies in its own shadow: what lies further out tells its colours better.
    let outer = hair.zip_map(&from_wanted, |&hair, &away| hair && away > 0.5 * OVER * face.height);
    let known = without_gaps(study, if 3 * area(&outer) > area(hair) { &outer } else { hair });
    let part = bounds(&union(&wanted, hair))?.grown(8, study.size());
    let smooth = spread(part, study.still.foreground, &known, 0.06 * face.height)?;
    let whole = union(&wanted, hair);
    let mut filled = combed(study.still.foreground, smooth, [&whole, hair], face, Course::FromCrown);
    // Below a bare nape the chin's shadow goes, below hair nothing else.
    let nape = bare_nape(study, face, locks, &mut filled, part);
    let covered = Plane::from_fn(study.size(), |x, y| {
        let above_chin = face.above_chin(centre(x as usize, y as usize));
        let over = OVER_LOCKS + (OVER - OVER_LOCKS) * smoothstep(above_chin / 0.6);
        smoothstep(1.0 - from_wanted.get(x as usize, y as usize) / (over * face.height).max(1.0))
    });
    // Only over the head: the hair's ends and the nape stay sharp.
    let sharp = gaussian_blur(&coverage(&wanted), 1.0);
    let covered = covered.zip_map(&sharp, |covered, sharp| covered.max(*sharp));
    let mut over_hair = union(&about_face(study, face, 0.0), &union(locks, &wanted));
    if let Some(nape) = nape {
        over_hair = union(&over_hair, &intersection(&about_face(study, face, LOWEST_NAPE), &nape));
    }
    Some((filled, covered.zip_map(&gaussian_blur(&coverage(&over_hair), 1.0), |a, b| a * b)))
}

/// Hair at the sides of the head, in its own colours and with strands, but without what it shows from one row of pixels to the next: the
/// side of a head is drawn out from a few columns of the still, and there each row would be a streak. None where no hair is seen.
pub(super) fn hair_from_side(
    study: &Study<'_>,
    face: &Face,
    HeadOfHair { hair, locks, .. }: &HeadOfHair,
) -> Option<Overlay> {
    /// How widely its colours are evened, in heights of the face.
    const EVEN: f32 = 0.12;
    /// Half the width of what may lie between locks, likewise.
    const BETWEEN: f32 = 0.2;
    /// How far from its outline a head's side surely reaches, and how far at most, in shoulder widths.
    const SIDE: [f32; 2] = [0.18, 0.3];
    let seen = intersection(&union(hair, locks), &study.labelled(Part::Core));
    let part = bounds(&seen)?.grown(8, study.size());
    let known = without_gaps(study, &intersection(&seen, &study.solid));
    // A wall or a shirt that shows between locks is no longer behind them from the side.
    let about = intersection(&close_disc(&seen, BETWEEN * face.height), &study.labelled(Part::Core));
    let whole = difference(&about, &difference(&face_mask(study, face), &seen));
    let even = spread(part, study.still.foreground, &known, EVEN * face.height)?;
    let [sure, most] = SIDE.map(|side| side * study.anatomy.shoulder_width);
    let inside = signed_distance(&study.person).map(|inside| inside.clamp(0.0, most));
    let is_side = inside.map(|inside| smoothstep((most - inside) / (most - sure)));
    // As deep as a round head is there, strands are as wide all over it.
    let depth = inside.map(|inside| (inside * (2.0 * most - inside)).sqrt());
    let colour = combed(study.still.foreground, even, [&whole, hair], face, Course::Along(depth));
    let share = gaussian_blur(&coverage(&whole), 1.5).zip_map(&is_side, |hair, side| hair * side);
    Some(Overlay { colour, share })
}

/// Hair without what shows between its locks and is of another colour than nearly all of it: a wall, a collar.
fn without_gaps(study: &Study<'_>, hair: &Mask) -> Mask {
    /// How much farther from the usual colour than half of it that is, and at least, in steps of 255.
    const FARTHER: f32 = 3.0;
    const LEAST: f32 = 20.0;
    let colour = |(x, y)| Vec3::from_array(study.still.foreground.get(x, y));
    let Some(usual) = median(places(hair).map(colour).collect()) else { return hair.clone() };
    let off = |at| colour(at).distance(usual);
    let far = FARTHER * percentile(places(hair).map(off), 0.5).max(LEAST);
    Plane::from_fn(hair.size(), |x, y| {
        let at = (x as usize, y as usize);
        hair.get(at.0, at.1) && off(at) < far
    })
}

/// The face within its mesh.
fn mesh_mask(study: &Study<'_>, face: &Face) -> Mask {
    let mut mask = Plane::filled(study.size(), false);
    fill_polygon(&mut mask, &convex_hull(&face.points));
    mask
}

/// The face, and what of its mesh's rim may be skin.
fn face_mask(study: &Study<'_>, face: &Face) -> Mask {
    dilate_square(&mesh_mask(study, face), (0.06 * face.height) as usize)
}

/// The head about its face from so many heights of the face above the chin.
fn about_face(study: &Study<'_>, face: &Face, lowest: f32) -> Mask {
    let (mask, head) = (face_mask(study, face), study.anatomy.at(Joint::Head));
    Plane::from_fn(study.size(), |x, y| {
        let point = centre(x as usize, y as usize);
        let (x, y) = (x as usize, y as usize);
        study.solid.get(x, y)
            && !mask.get(x, y)
            && face.above_chin(point) > lowest
            && point.distance(head) < 1.4 * face.height
    })
}

/// What a head shows of its hair.
pub(super) struct HeadOfHair {
    /// Beside and over the face.
    hair: Mask,
    /// Wherever it falls.
    locks: Mask,
    /// What is bare of it from the front alone: face, forehead and ears.
    bare: Mask,
}

/// What a head shows of its hair; `None` where that is too little.
pub(super) fn head_of_hair(study: &Study<'_>, face: &Face) -> Option<HeadOfHair> {
    /// How much redder than hair and cheeks ears are, in steps of 255.
    const FLUSH: f32 = 12.0;
    /// From how high above the chin on a head that has hair shows nothing else, in heights of the face: a lock may be as light as skin.
    const ABOVE_FOREHEAD: f32 = 1.1;
    // Beside the face lie ears and cheeks too: what is more like skin than like what is over the forehead is no hair, nor is a red ear.
    let crown = about_face(study, face, 0.95);
    let over = study.still.foreground.pixels().iter().zip(crown.pixels()).filter(|(_, crown)| **crown);
    let crown = median(over.map(|(c, _)| Vec3::from_array(*c)).collect());
    let skin = skin(study).map(Vec3::from_array);
    let redness = |c: Vec3| c.x - c.y;
    let has_hair = crown.zip(skin).is_some_and(|(crown, skin)| !is_same_cloth(crown, skin));
    let like_hair = Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let colour = Vec3::from_array(study.still.foreground.get(x, y));
        crown.zip(skin).is_none_or(|(crown, skin)| {
            let is_red = redness(colour) > redness(crown).max(redness(skin)) + FLUSH;
            let is_hair = study.parts.hair.get(x, y) || colour.distance(crown) < colour.distance(skin);
            has_hair && face.above_chin(centre(x, y)) > ABOVE_FOREHEAD || !is_red && is_hair
        })
    });
    let about = about_face(study, face, 0.5);
    // Where hair goes over into skin it tells no colour.
    let doubtful = dilate_square(&difference(&about, &like_hair), (0.012 * face.height) as usize);
    let hair = difference(&intersection(&about, &like_hair), &doubtful);
    // A little of the background is in the outermost.
    let inner = difference(&hair, &dilate_square(&complement(&study.solid), 2));
    let hair = if 3 * area(&inner) > area(&hair) { inner } else { hair };
    if area(&hair) < 30 {
        return None;
    }
    let locks = if area(&study.parts.hair) > 0 {
        study.parts.hair.clone()
    } else {
        fallen(study, face, &like_hair, &hair)
    };
    let bare = dilate_square(&difference(&about_face(study, face, 0.1), &like_hair), 1);
    Some(HeadOfHair { hair, locks, bare: union(&face_mask(study, face), &bare) })
}

/// What hangs together with the `hair` about a face beside the neck, of what is coloured like it: where the clothes are so too, no
/// other hair is known.
fn fallen(study: &Study<'_>, face: &Face, like_hair: &Mask, hair: &Mask) -> Mask {
    /// Down to so many heights of the face below the chin: further down are collars.
    const LOWEST: f32 = -0.5;
    let mesh = mesh_mask(study, face);
    let beside = Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let place = centre(x, y);
        study.person.get(x, y)
            && like_hair.get(x, y)
            && !mesh.get(x, y)
            && face.above_chin(place) > LOWEST
            && place.distance(face.chin) < 2.0 * face.height
    });
    components(&beside, Connectivity::Eight).meeting(hair)
}

/// Hair below the chin as it ends: not in a line, but each strand where it does.
pub(super) fn ragged(hair: &Mask, face: &Face) -> Mask {
    /// How much strands differ in length, and their widths, in heights of the face.
    const UNEVEN: f32 = 0.3;
    const WIDTHS: [f32; 2] = [0.12, 0.035];
    let depth = signed_distance(hair);
    Plane::from_fn(hair.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let from_chin = (centre(x, y) - face.chin) / face.height;
        let below = smoothstep(-from_chin.dot(face.upwards()) / 0.3);
        let across = from_chin.dot(face.upwards().perp());
        let strand = |width: f32, seed| noise(Vec2::new(across / width, 0.5), seed);
        let shorter = UNEVEN * below * (0.7 * strand(WIDTHS[0], 3) + 0.3 * strand(WIDTHS[1], 4));
        hair.get(x, y) && depth.get(x, y) > shorter * face.height
    })
}

/// Skin at the nape under hair that does not fall below the chin, and what of the picture may be skin there; nothing under longer hair.
fn bare_nape(
    study: &Study<'_>,
    face: &Face,
    locks: &Mask,
    filled: &mut SrgbPlane,
    part: PixelRect,
) -> Option<Mask> {
    /// Heights above the chin, in those of the face, between which short hair ends.
    const HAIRLINE: [f32; 2] = [0.06, 0.18];
    /// How much higher it ends beside the ears, and how far from the outline that is so, in heights of the face.
    const BESIDE_EARS: f32 = 0.36;
    const BEHIND_EARS: f32 = 0.2;
    /// Where the neck shows its colours.
    const BELOW: std::ops::Range<f32> = -0.5..-0.05;
    /// Where its sides show the face's, above beards, and how far in from their outline, in heights of the face.
    const CHEEKS: std::ops::Range<f32> = 0.3..0.6;
    const SIDE: f32 = 0.18;
    /// How much of what skin lacks of blue its shadows lack: grey collars lack none.
    const WARM: std::ops::Range<f32> = 0.5..3.6;
    /// By how much more it may lack green, in what it lacks of blue: yellow cloth lacks less, red cloth more.
    const RUDDIER: std::ops::Range<f32> = -0.2..0.38;
    let from_outline = signed_distance(&study.person);
    let above_chin = |x: usize, y: usize| face.above_chin(centre(x, y));
    let width = study.size().width as usize;
    let locks = open_disc(locks, (0.03 * face.height).max(1.0));
    let falls = |(i, &hair): (usize, &bool)| hair && above_chin(i % width, i / width) < 0.0;
    if locks.pixels().iter().enumerate().any(falls) {
        return None;
    }
    let colour = Vec3::from_array(skin(study)?);
    // Under the chin lies a shadow, and one side may be in the sun: the sides of the face tell of both.
    let mesh = signed_distance(&mesh_mask(study, face));
    let warmth = |c: Vec3| (c.x - c.z) / c.x.max(1.0);
    let ruddiness = |c: Vec3| (c.x - c.y) / (c.x - c.z).max(1.0);
    let is_warm = |own: Vec3| {
        WARM.contains(&(warmth(own) / warmth(colour).max(0.01)))
            && RUDDIER.contains(&(ruddiness(own) - ruddiness(colour)))
    };
    let neck = Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let own = Vec3::from_array(study.still.foreground.get(x, y));
        let is_cheek =
            CHEEKS.contains(&above_chin(x, y)) && (0.0..SIDE * face.height).contains(&mesh.get(x, y));
        let is_neck = BELOW.contains(&above_chin(x, y))
            && centre(x, y).distance(face.chin) < face.height
            && is_warm(own)
            && is_same_cloth(own, colour);
        study.solid.get(x, y) && (is_cheek || is_neck)
    });
    let bare = spread(part, study.still.foreground, &neck, 0.1 * face.height)?;
    let [low, high] = HAIRLINE;
    for (i, colour) in filled.pixels_mut().iter_mut().enumerate() {
        let behind_ear = smoothstep(from_outline.pixels()[i] / (BEHIND_EARS * face.height));
        let lowest = low + BESIDE_EARS * (1.0 - behind_ear);
        let hair = smoothstep((above_chin(i % width, i / width) - lowest) / (high - low));
        if hair < 1.0 {
            *colour = [0, 1, 2].map(|c| bare.pixels()[i][c] + (colour[c] - bare.pixels()[i][c]) * hair);
        }
    }
    Some(study.still.foreground.map(|&own| is_warm(Vec3::from_array(own))))
}

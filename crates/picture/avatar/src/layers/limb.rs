use frame::{Plane, SrgbPlane};
use glam::Vec3;

use super::arm_outline::outline_under_hair;
use super::bare_arm::trim;
use super::hand::hand_seen;
use super::leg::{extend_under_skirt, extend_under_trunk, restore_under_hands, without_shreds};
use super::pattern::sleeved;
use super::study::{Study, paint, skin, soft_edge, spread};
use super::{Sheet, SheetKind};
use crate::filter::{
    Connectivity, Mask, area, bounds, close_disc, components, coverage, difference, dilate_square,
    distance_to, gaussian_blur, intersection, nearest_in, open_disc, threshold, union,
};
use crate::parts::{Part, centre, distance_to_polyline, is_same_in_other_light, median};
use crate::{Limb, smoothstep};

/// An arm or a leg as it lies in the still, with what hair, hands or a skirt hide of it invented.
pub(super) fn limb_sheet(study: &Study<'_>, limb: Limb) -> Sheet {
    let mut sheet = study.sheet(SheetKind::Limb(limb), limb_coverage(study, limb));
    if !limb.is_arm() {
        without_shreds(study, limb, &mut sheet.coverage);
    }
    clean_rim(study, limb, &mut sheet);
    if let Limb::Arm(side) = limb {
        trim(study, limb, &mut sheet);
        sheet.hand = hand_seen(study, side);
    }
    match (limb, &study.parts.hem) {
        (Limb::Arm(_), _) => restore_under_hair(study, limb, &mut sheet),
        (Limb::Leg(_), Some(hem)) => extend_under_skirt(study, limb, hem, &mut sheet),
        (Limb::Leg(_), None) => {
            extend_under_trunk(study, limb, &mut sheet);
            restore_under_hands(study, limb, &mut sheet);
        }
    }
    sheet
}

fn limb_coverage(study: &Study<'_>, limb: Limb) -> Plane<f32> {
    let Some(region) = &study.parts.limbs[limb] else { return Plane::filled(study.size(), 0.0) };
    let own = intersection(&study.labelled(Part::Limb(limb)), &study.person);
    let Some(nearest_own) = nearest_in(&own) else { return Plane::filled(study.size(), 0.0) };
    let specks = dilate_square(&specks(&own), 2);
    Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let near = study.nearness_to_joint(limb, centre(x, y));
        if near == 0.0 {
            let depth = if specks.get(x, y) { f32::MIN } else { region.signed_distance.get(x, y) + 1.0 };
            return soft_edge(depth);
        }
        // Only what is coloured like the limb may overlap: a shirt's hem does not go with the thigh.
        let [ox, oy] = nearest_own.get(x, y).map(|i| i as usize);
        let alike = likeness(study.still.foreground.get(x, y), study.still.foreground.get(ox, oy));
        soft_edge(region.signed_distance.get(x, y) + 1.0 + 8.0 * near * alike)
    })
}

/// The pieces of a limb too small to be a part of it, a finger among them: ends of hair, lines about it.
fn specks(own: &Mask) -> Mask {
    const LEAST: f32 = 0.01;
    let pieces = components(own, Connectivity::Eight);
    let least = LEAST * area(own) as f32;
    pieces.select(|i| (pieces.regions[i].area as f32) < least)
}

/// How far two colours may be of one cloth or one skin, 0 … 1.
pub(super) fn likeness(a: [f32; 3], b: [f32; 3]) -> f32 {
    1.0 - smoothstep((difference_in_colour(a, b) - 25.0) / 35.0)
}

fn difference_in_colour(a: [f32; 3], b: [f32; 3]) -> f32 {
    Vec3::from_array(a).distance(Vec3::from_array(b))
}

/// Where a limb lies before another part, the pixels at its border are part of both: they take the limb's colour from a
/// little further in.
fn clean_rim(study: &Study<'_>, limb: Limb, sheet: &mut Sheet) {
    let own = study.labelled(Part::Limb(limb));
    let Some(region) = &study.parts.limbs[limb] else { return };
    let others = difference(&study.person, &own);
    let to_others = distance_to(&others);
    let Some(inside) = nearest_in(&intersection(&region.signed_distance.map(|&d| d > 1.6), &study.solid))
    else {
        return;
    };
    for y in 0..sheet.fill.height() {
        for x in 0..sheet.fill.width() {
            let depth = region.signed_distance.get(x, y);
            if (-2.5..1.6).contains(&depth) && to_others.get(x, y) < 3.0 {
                let [ix, iy] = inside.get(x, y).map(|i| i as usize);
                let overlap = study.nearness_to_joint(limb, centre(x, y));
                sheet.fill.set(x, y, study.still.foreground.get(ix, iy));
                sheet.invented.set(x, y, ((1.6 - depth) / 1.2).clamp(0.0, 1.0) * (1.0 - overlap));
            }
        }
    }
}

/// How far about hair locks of it are looked for, in radii of the arm.
const ABOUT_HAIR: f32 = 0.8;
/// Half the width of what is an arm's beside hair, likewise.
const SHRED: f32 = 0.3;
/// What differs by more from the arm's colour is no arm, in steps of 255.
const UNLIKE_ARM: f32 = 45.0;
/// Fewer pixels of an arm away from hair tell no colour.
const LEAST_BARE: usize = 200;

fn restore_under_hair(study: &Study<'_>, limb: Limb, sheet: &mut Sheet) {
    let Some(hair) = study.parts.limbs[limb].as_ref().and_then(|region| region.under_hair.as_ref()) else {
        return;
    };
    let own = study.labelled(Part::Limb(limb));
    let radius = study.anatomy.radius[limb];
    // Of the hair beside an arm only what fills a bay of its outline, or lies on the bone, has the arm behind it.
    let bays = close_disc(&own, 0.8 * radius);
    let bones = &study.anatomy.chain(limb)[..3];
    let hidden = Plane::from_fn(study.size(), |x, y| {
        let on_bone = distance_to_polyline(centre(x as usize, y as usize), bones) < 0.5 * radius;
        let (x, y) = (x as usize, y as usize);
        hair.get(x, y) && (bays.get(x, y) || on_bone)
    });
    let near_hair = dilate_square(hair, 4);
    let seen = difference(&intersection(&above_wrist(study, limb, &own), &study.solid), &near_hair);
    let about_hair = dilate_square(hair, (ABOUT_HAIR * radius) as usize);
    let Some(part) = bounds(&union(&about_hair, &seen)) else { return };
    // Locks too thin or too light to be known as hair are told by the arm's own colour beyond them.
    let bare = difference(&seen, &about_hair);
    let sure = if area(&bare) > LEAST_BARE { &bare } else { &seen };
    let Some(fill) = spread(part, study.still.foreground, sure, 0.3 * radius) else { return };
    // A sleeve has folds and prints of its own: only what is more like hair is a lock.
    let of_hair = if is_bare(study, sure) { None } else { colour_of(study, hair) };
    let locks = Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let colour = study.still.foreground.get(x, y);
        let from_arm = difference_in_colour(colour, fill.get(x, y));
        let like_hair = of_hair.is_none_or(|hair| Vec3::from_array(colour).distance(hair) < from_arm);
        about_hair.get(x, y) && own.get(x, y) && from_arm > UNLIKE_ARM && like_hair
    });
    // In the light that falls there.
    let clear = difference(&seen, &dilate_square(&locks, 3));
    let fill = spread(part, study.still.foreground, &clear, 0.3 * radius).unwrap_or(fill);
    let arm = union(&hidden, &own);
    let painted = union(&intersection(&near_hair, &dilate_square(&arm, 3)), &dilate_square(&locks, 2));
    raise(&mut sheet.coverage, &gaussian_blur(&coverage(&hidden), 1.0));
    // Beside hair a shred is but what hair left of what is behind the arm.
    let whole = threshold(&sheet.coverage, 0.5);
    let wide = dilate_square(&open_disc(&whole, SHRED * radius), 2);
    let shreds = difference(&above_wrist(study, limb, &intersection(&whole, &about_hair)), &wide);
    let kept = gaussian_blur(&coverage(&shreds), 1.0).map(|gone| (1.0 - 2.0 * gone).max(0.0));
    sheet.coverage = sheet.coverage.zip_map(&kept, |coverage, kept| coverage * kept);
    let soft = gaussian_blur(&coverage(&dilate_square(&locks, 4)), 2.0);
    let share = coverage(&painted).zip_map(&soft, |&painted, &soft| painted.max(soft));
    let is_bare = is_bare(study, &clear);
    let fill = if is_bare { fill } else { sleeved(study, fill, [&threshold(&share, 0.0), &clear], radius) };
    paint(sheet, &fill, &share);
    // How wide a sleeve is there is anybody's guess.
    if is_bare {
        redraw_outline(study, limb, &union(&near_hair, &dilate_square(&locks, 4)), &fill, sheet);
    }
}

/// The pixels of an arm without those of its hand, which a sleeve's colour is not told by.
pub(super) fn above_wrist(study: &Study<'_>, limb: Limb, own: &Mask) -> Mask {
    let [_, elbow, wrist, _] = study.anatomy.chain(limb);
    Plane::from_fn(own.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        own.get(x, y) && (centre(x, y) - wrist).dot(wrist - elbow) < 0.0
    })
}

/// Draws an arm's outline again where hair hides it, in the arm's colours.
fn redraw_outline(study: &Study<'_>, limb: Limb, hair: &Mask, fill: &SrgbPlane, sheet: &mut Sheet) {
    let own = intersection(&study.labelled(Part::Limb(limb)), &study.person);
    let outline = outline_under_hair(study, limb, &own, hair);
    let mut share = Plane::filled(study.size(), 0.0f32);
    for (i, &alpha) in outline.pixels().iter().enumerate().filter(|(_, alpha)| **alpha >= 0.0) {
        sheet.coverage.pixels_mut()[i] = 0.0;
        sheet.invented_alpha.pixels_mut()[i] = alpha;
        let is_own = own.pixels()[i] && study.solid.pixels()[i] && !hair.pixels()[i];
        share.pixels_mut()[i] = if is_own { 0.0 } else { 1.0 };
    }
    paint(sheet, fill, &gaussian_blur(&share, 1.0));
}

/// Whether what is `seen` of an arm has the colour of skin.
pub(super) fn is_bare(study: &Study<'_>, seen: &Mask) -> bool {
    let colours = colour_of(study, seen).zip(skin(study));
    colours.is_some_and(|(colour, skin)| is_same_in_other_light(colour, Vec3::from_array(skin)))
}

/// The median colour of some pixels.
fn colour_of(study: &Study<'_>, pixels: &Mask) -> Option<Vec3> {
    let colours = study.still.foreground.pixels().iter().zip(pixels.pixels()).filter(|(_, own)| **own);
    median(colours.map(|(colour, _)| Vec3::from_array(*colour)).collect())
}

/// Raises a plane to what another has.
pub(super) fn raise(plane: &mut Plane<f32>, to: &Plane<f32>) {
    for (value, &to) in plane.pixels_mut().iter_mut().zip(to.pixels()) {
        *value = value.max(to);
    }
}

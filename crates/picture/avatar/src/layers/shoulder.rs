use frame::Plane;
use glam::Vec3;

use super::limb::likeness;
use super::study::Study;
use super::{Sheet, SheetKind};
use crate::Limb;
use crate::filter::{dilate_square, intersection, nearest_in};
use crate::parts::{Part, centre, median};

/// An arm's sheet with all of the still about the shoulder and the bone below it, so that a raised arm turns on a round
/// shoulder instead of hanging on the corner that its label leaves there. At rest this lies over the same colours of the
/// trunk. Long hair over the arm does not turn with it, nor does what has another colour than the arm: a chest is not a sleeve.
pub(super) fn with_shoulder(study: &Study<'_>, mut sheet: Sheet) -> Sheet {
    let SheetKind::Limb(limb) = sheet.kind else { return sheet };
    let Some(region) = &study.parts.limbs[limb] else { return sheet };
    let [shoulder, elbow, ..] = study.anatomy.chain(limb);
    let bone = elbow - shoulder;
    let hair = region.under_hair.as_ref().map(|hair| dilate_square(hair, (0.3 * region.radius_px) as usize));
    let Some(alike) = alike_about_shoulder(study, limb) else { return sheet };
    let round = Plane::from_fn(sheet.coverage.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let place = centre(x, y);
        let along = ((place - shoulder).dot(bone) / bone.length_squared().max(1.0)).clamp(0.0, 0.5);
        let radius = region.radius_px * (1.1 - 0.8 * along);
        // Away from the shoulder the arm turns whole: what is the trunk's there would be torn out of it.
        let into_trunk =
            1.5 * radius * (1.35 - place.distance(shoulder) / (1.15 * region.radius_px)).max(0.0);
        let inside = (radius - place.distance(shoulder + bone * along))
            .min(region.signed_distance.get(x, y) + into_trunk);
        let inside = (inside + 0.5).clamp(0.0, 1.0);
        if hair.as_ref().is_some_and(|hair| hair.get(x, y)) { 0.0 } else { inside * alike.get(x, y) }
    });
    sheet.coverage = sheet.coverage.zip_map(&round, |coverage, round| coverage.max(*round));
    sheet
}

/// How far each pixel's colour is an arm's own about the shoulder, 0 … 1: that of the pixel of the arm next to it, or the usual one.
fn alike_about_shoulder(study: &Study<'_>, limb: Limb) -> Option<Plane<f32>> {
    let [shoulder, ..] = study.anatomy.chain(limb);
    let own = intersection(&study.labelled(Part::Limb(limb)), &study.solid);
    let near = |x: usize, y: usize| centre(x, y).distance(shoulder) < 2.5 * study.anatomy.radius[limb];
    let about = Plane::from_fn(study.size(), |x, y| near(x as usize, y as usize));
    let about = intersection(&own, &about);
    let colours = study.still.foreground;
    let colour = |i: usize| Vec3::from_array(colours.pixels()[i]);
    let usual = median((0..own.pixels().len()).filter(|&i| about.pixels()[i]).map(colour).collect())?;
    let nearest = nearest_in(&own)?;
    Some(Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        if !near(x, y) {
            return 0.0;
        }
        let [own_x, own_y] = nearest.get(x, y).map(|i| i as usize);
        let here = colours.get(x, y);
        likeness(here, colours.get(own_x, own_y)).max(likeness(here, usual.to_array()))
    }))
}

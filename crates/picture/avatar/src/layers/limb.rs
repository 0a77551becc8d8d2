use frame::Plane;

use super::study::{Study, soft_edge};
use super::{Sheet, SheetKind};
use crate::Limb;
use crate::filter::{
    area, close_disc, coverage, difference, dilate_square, distance_to, erode_square, gaussian_blur,
    intersection, stroke_polyline, union,
};
use crate::parts::{Hem, Part, centre, distance_to_polyline};

/// An arm or a leg as it lies in the still, with what hair, hands or a skirt hide of it invented.
pub(super) fn limb_sheet(study: &Study<'_>, limb: Limb) -> Sheet {
    let mut sheet = study.sheet(SheetKind::Limb(limb), limb_coverage(study, limb));
    match (limb, &study.parts.hem) {
        (Limb::Arm(_), _) => restore_under_hair(study, limb, &mut sheet),
        (Limb::Leg(_), Some(hem)) => extend_under_skirt(study, limb, hem, &mut sheet),
        (Limb::Leg(_), None) => restore_under_hands(study, limb, &mut sheet),
    }
    sheet
}

fn limb_coverage(study: &Study<'_>, limb: Limb) -> Plane<f32> {
    let Some(region) = &study.parts.limbs[limb] else { return Plane::filled(study.size(), 0.0) };
    Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let near = study.nearness_to_joint(limb, centre(x, y));
        soft_edge(region.signed_distance.get(x, y) + 1.0 + 8.0 * near)
    })
}

fn restore_under_hair(study: &Study<'_>, limb: Limb, sheet: &mut Sheet) {
    let Some(hair) = study.parts.limbs[limb].as_ref().and_then(|region| region.under_hair.as_ref()) else {
        return;
    };
    let near_hair = dilate_square(hair, 2);
    let own = intersection(&study.labelled(Part::Limb(limb)), &study.solid);
    let Some(fill) = study.span(&near_hair, &difference(&own, &near_hair)) else { return };
    raise(&mut sheet.coverage, &gaussian_blur(&coverage(hair), 1.0));
    sheet.fill = fill;
    sheet.invented = coverage(&near_hair);
}

/// A leg goes on up to the hip under what hides it, as wide as where it comes out.
fn extend_under_skirt(study: &Study<'_>, limb: Limb, hem: &Hem, sheet: &mut Sheet) {
    let own = intersection(&study.labelled(Part::Limb(limb)), &study.solid);
    let skin = erode_square(&own, 2);
    let [hip, knee, ankle, _] = study.anatomy.chain(limb);
    let mut sleeve = Plane::filled(study.size(), false);
    stroke_polyline(&mut sleeve, &[hip, knee, ankle], 2.0 * half_width_below(study, limb, hem));
    let sleeve = difference(&intersection(&sleeve, &dilate_square(&hem.above, 4)), &skin);
    // The alpha is blurred, so its colour must be known a little further.
    let painted = difference(&dilate_square(&sleeve, 4), &skin);
    let Some(fill) = study.span(&painted, &skin) else { return };
    sheet.invented_alpha = gaussian_blur(&coverage(&sleeve), 1.2);
    sheet.fill = fill;
    sheet.invented = coverage(&painted);
}

/// Half of the leg's width a little below the hem.
fn half_width_below(study: &Study<'_>, limb: Limb, hem: &Hem) -> f32 {
    let radius = study.anatomy.radius[limb];
    let Some(region) = &study.parts.limbs[limb] else { return radius };
    let places = (1..6).map(|i| study.anatomy.along_leg(limb.side(), hem.along_legs + 0.06 * i as f32));
    let depth = |p| crate::filter::sample_linear(&region.signed_distance, p);
    places.map(depth).fold(0.0, f32::max).clamp(0.3 * radius, 1.1 * radius)
}

/// Hands hang before the thighs: what is close to a leg under an arm is the leg's too.
fn restore_under_hands(study: &Study<'_>, limb: Limb, sheet: &mut Sheet) {
    let Some(arm) = study.limbs().find(|arm| arm.is_arm()) else { return };
    let arm_radius = study.anatomy.radius[arm];
    let leg = intersection(&study.labelled(Part::Limb(limb)), &study.person);
    let [hip, knee, ..] = study.anatomy.chain(limb);
    let near_arms = study.arms_and_rim();
    let reach = study.anatomy.radius[limb];
    let from_leg = distance_to(&leg);
    let smooth_leg = close_disc(&leg, 0.8 * arm_radius);
    let hidden = Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        study.arms.get(x, y)
            && study.person.get(x, y)
            && smooth_leg.get(x, y)
            && from_leg.get(x, y) < 0.35 * arm_radius
            && distance_to_polyline(centre(x, y), &[hip, knee]) < reach
    });
    let seen = difference(&intersection(&leg, &study.solid), &near_arms);
    let wanted = intersection(&near_arms, &dilate_square(&union(&leg, &hidden), 4));
    if area(&wanted) == 0 {
        return;
    }
    let Some(fill) = study.span(&wanted, &seen) else { return };
    raise(&mut sheet.coverage, &gaussian_blur(&coverage(&hidden), 1.0));
    sheet.fill = fill;
    sheet.invented = coverage(&near_arms);
}

fn raise(plane: &mut Plane<f32>, to: &Plane<f32>) {
    for (value, &to) in plane.pixels_mut().iter_mut().zip(to.pixels()) {
        *value = value.max(to);
    }
}

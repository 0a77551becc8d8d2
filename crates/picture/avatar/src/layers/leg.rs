use frame::Plane;
use glam::Vec2;

use super::Sheet;
use super::core::SHADOW_PX;
use super::limb::raise;
use super::profile::{Layer, Width, completed, seen_width, width_at};
use super::study::{Study, paint, spread};
use super::trunk_outline::trunk_within_outline;
use crate::filter::{
    Mask, area, bounds, close_disc, coverage, difference, dilate_square, distance_to, erode_square,
    fill_disc, fill_polygon, gaussian_blur, intersection, open_disc, threshold, union,
};
use crate::parts::{Hem, Part, centre, distance_to_polyline};
use crate::{Limb, smoothstep};

/// Takes off a leg's `alpha_share` what it has of the other's crotch that is but a thread: it would hang from it.
pub(super) fn without_shreds(study: &Study<'_>, limb: Limb, alpha_share: &mut Plane<f32>) {
    /// Half the width of a thread, in radii of the leg.
    const THREAD: f32 = 0.15;
    let alpha = alpha_share.zip_map(study.still.matte, |&share, &matte| share * matte);
    let solid = open_disc(&threshold(&alpha, 0.5), (THREAD * study.anatomy.radius[limb]).max(2.0));
    let own = study.labelled(Part::Limb(limb));
    let kept = gaussian_blur(&coverage(&union(&dilate_square(&solid, 1), &own)), 1.0);
    let most = kept.zip_map(&own, |&kept, &own| if own { 1.0 } else { kept });
    *alpha_share = alpha_share.zip_map(&most, |&share, &most| share.min(most));
}

/// A leg goes on up to the hip under what hides it, from as wide as where it comes out to as wide as a thigh.
pub(super) fn extend_under_skirt(study: &Study<'_>, limb: Limb, hem: &Hem, sheet: &mut Sheet) {
    let own = intersection(&study.labelled(Part::Limb(limb)), &study.solid);
    let Some(sleeve) = hidden_leg(study, limb, hem.along_legs) else { return };
    // The hem's shadow lies on what is seen just below it, and would show when the leg swings out.
    let shadow = 0.25 * study.anatomy.radius[limb];
    let below_hem = distance_to(&hem.above);
    let lit = Plane::from_fn(study.size(), |x, y| below_hem.get(x as usize, y as usize) > shadow);
    let skin = intersection(&erode_square(&own, 2), &lit);
    let painted = union(&dilate_square(&sleeve, 4), &difference(&own, &lit));
    let Some(part) = bounds(&union(&painted, &skin)) else { return };
    let Some(fill) = spread(part, study.still.foreground, &skin, 0.4 * study.anatomy.radius[limb]) else {
        return;
    };
    sheet.invented_alpha = gaussian_blur(&coverage(&difference(&sleeve, &own)), 1.2);
    let share = Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let seen = if own.get(x, y) { below_hem.get(x, y) / shadow } else { 0.0 };
        if painted.get(x, y) { 1.0 - seen.min(1.0) } else { 0.0 }
    });
    paint(sheet, &fill, &share);
}

/// The outline of a leg from the hip to a little below where its trunk or skirt ends, `from` along the leg.
fn hidden_leg(study: &Study<'_>, limb: Limb, from: f32) -> Option<Mask> {
    let own = study.labelled(Part::Limb(limb));
    let radius = study.anatomy.radius[limb];
    let side = limb.side();
    let [hip, ..] = study.anatomy.chain(limb);
    let across = study.anatomy.downwards().perp();
    let ends = (2..9).filter_map(|i| {
        let place = study.anatomy.along_leg(side, from + 0.04 * i as f32);
        let reach = |direction: Vec2| {
            let steps = 1..(2.0 * radius) as usize;
            let inside = |&i: &usize| {
                let p = place + direction * i as f32;
                study.size().contains(p)
                    && study.person.get(p.x as usize, p.y as usize)
                    && own.get(p.x as usize, p.y as usize)
            };
            steps.take_while(inside).count() as f32
        };
        let (low, high) = (reach(-across), reach(across));
        (low + high > 2.0).then_some((place - across * low, place + across * high))
    });
    let mut ends: Vec<(Vec2, Vec2)> = ends.collect();
    ends.sort_by(|a, b| a.0.distance(a.1).total_cmp(&b.0.distance(b.1)));
    let (low, high) = *ends.get(ends.len() / 2)?;
    let half = (0.5 * low.distance(high)).max(0.55 * radius);
    let mut leg = Plane::filled(study.size(), false);
    fill_polygon(&mut leg, &[hip - across * half, low, high, hip + across * half]);
    fill_disc(&mut leg, hip, half);
    Some(leg)
}

/// A thigh goes on up to the hip behind the trunk: seen from the side in a stride it stands out before and behind that.
pub(super) fn extend_under_trunk(study: &Study<'_>, limb: Limb, sheet: &mut Sheet) {
    /// How evenly its colours go on, in radii of the leg.
    const EVEN: f32 = 0.4;
    /// Bays of its outline up to this are filled, in radii of the leg: at the crotch it would have a corner.
    const ROUND: f32 = 0.8;
    let radius = study.anatomy.radius[limb];
    let own = intersection(&study.labelled(Part::Limb(limb)), &study.person);
    let Some(thigh) = hidden_leg(study, limb, crotch(study, limb)) else { return };
    let others = difference(&study.person, &union(&own, &study.labelled(Part::Limb(other_leg(limb)))));
    let shown = union(&own, &threshold(&sheet.coverage, 0.5));
    let hidden = intersection(&close_disc(&union(&shown, &thigh), ROUND * radius), &others);
    let seen = difference(
        &intersection(&erode_square(&own, 2), &study.solid),
        &dilate_square(&study.arms_and_rim(), SHADOW_PX as usize),
    );
    let Some(part) = bounds(&union(&hidden, &seen)).filter(|_| area(&hidden) > 0) else { return };
    let Some(fill) = spread(part, study.still.foreground, &seen, EVEN * radius) else { return };
    let whole = gaussian_blur(&coverage(&union(&hidden, &own)), 1.0);
    sheet.invented_alpha = whole.zip_map(&hidden, |&whole, &hidden| if hidden { whole } else { 0.0 });
    paint(sheet, &fill, &gaussian_blur(&coverage(&hidden), 1.0));
}

fn other_leg(limb: Limb) -> Limb {
    Limb::Leg(limb.side().other())
}

/// How far along its thigh, 0 … 1, a leg has trunk beside it.
fn crotch(study: &Study<'_>, limb: Limb) -> f32 {
    const STEP: f32 = 0.04;
    let [hip, knee, ..] = study.anatomy.chain(limb);
    let [other, ..] = study.anatomy.chain(other_leg(limb));
    let inwards = (other - hip).normalize_or(Vec2::ZERO);
    let reach = hip.distance(other) as usize;
    let has_trunk_beside = |i: &i32| {
        let place = hip.lerp(knee, STEP * *i as f32);
        (0..reach).map(|s| place + inwards * s as f32).any(|p| {
            let (x, y) = (p.x as usize, p.y as usize);
            study.size().contains(p) && study.person.get(x, y) && study.parts.labels.get(x, y) == Part::Core
        })
    };
    STEP * (0..20).rev().find(has_trunk_beside).map_or(0.0, |i| i as f32 + 1.0)
}

/// Hands hang before the thighs: what is close to a leg under an arm is the leg's too, and so is what lies within its outline.
pub(super) fn restore_under_hands(study: &Study<'_>, limb: Limb, sheet: &mut Sheet) {
    /// How evenly what is seen about a hand goes on under it, in radii of the leg.
    const EVEN: f32 = 0.2;
    let Some(arm) = study.limbs().find(|arm| arm.is_arm()) else { return };
    let arm_radius = study.anatomy.radius[arm];
    let leg = intersection(&study.labelled(Part::Limb(limb)), &study.person);
    let [hip, knee, ..] = study.anatomy.chain(limb);
    let near_arms = study.arms_and_rim();
    let reach = study.anatomy.radius[limb];
    let from_leg = distance_to(&leg);
    let smooth_leg = close_disc(&leg, 0.8 * arm_radius);
    let outline = thigh_within_outline(study, limb);
    let hidden = Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let beside = || {
            smooth_leg.get(x, y)
                && from_leg.get(x, y) < 0.35 * arm_radius
                && distance_to_polyline(centre(x, y), &[hip, knee]) < reach
        };
        study.arms.get(x, y) && study.person.get(x, y) && (outline.get(x, y) || beside())
    });
    // Beside a hand lies its shadow.
    let shadowed = dilate_square(&near_arms, SHADOW_PX as usize);
    let seen = difference(&intersection(&leg, &study.solid), &shadowed);
    let wanted = intersection(&shadowed, &dilate_square(&union(&leg, &hidden), 4));
    let Some(part) = bounds(&union(&wanted, &seen)).filter(|_| area(&wanted) > 0) else { return };
    let Some(fill) = spread(part, study.still.foreground, &seen, EVEN * reach) else { return };
    // Of one piece with what is seen of the leg.
    let whole = gaussian_blur(&coverage(&union(&leg, &hidden)), 1.0);
    let about = dilate_square(&hidden, 3);
    raise(&mut sheet.coverage, &whole.zip_map(&about, |&whole, &about| if about { whole } else { 0.0 }));
    let to_arms = distance_to(&near_arms);
    let share = wanted
        .zip_map(&to_arms, |&wanted, &away| if wanted { 1.0 - smoothstep(away / SHADOW_PX) } else { 0.0 });
    paint(sheet, &fill, &share);
}

/// The outer half of a thigh with what arms hide of it: its outline where that is seen, and a straight line where it is not, from the
/// trunk's at the hip on.
fn thigh_within_outline(study: &Study<'_>, limb: Limb) -> Mask {
    /// How far out an outline is sought, in radii of the leg.
    const FURTHEST: f32 = 2.0;
    let [hip, knee, ..] = study.anatomy.chain(limb);
    let length = hip.distance(knee);
    let down = (knee - hip) / length.max(1e-3);
    let [other, ..] = study.anatomy.chain(other_leg(limb));
    let outwards = if down.perp().dot(hip - other) < 0.0 { -down.perp() } else { down.perp() };
    let furthest = FURTHEST * study.anatomy.radius[limb];
    let at = |p: Vec2| {
        let (x, y) = (p.x as usize, p.y as usize);
        let on_subject = study.size().contains(p) && study.person.get(x, y);
        on_subject.then(|| match study.parts.labels.get(x, y) {
            Part::Limb(limb) if limb.is_arm() => Layer::Before,
            Part::Core | Part::Limb(_) => Layer::Own,
        })
    };
    let mut widths: Vec<Width> =
        (0..length as usize + 1).map(|i| seen_width(at, hip + down * i as f32, outwards, furthest)).collect();
    if let Width::Hidden(least) = widths[0] {
        let trunk = trunk_within_outline(study);
        let is_trunk = |i: &usize| {
            let p = hip + outwards * *i as f32;
            study.size().contains(p) && trunk.get(p.x as usize, p.y as usize)
        };
        let width = (0..furthest as usize).take_while(is_trunk).count() as f32;
        widths[0] = Width::Seen(width.max(least));
    }
    let profile = completed(&widths).unwrap_or_default();
    Plane::from_fn(study.size(), |x, y| {
        let from_hip = centre(x as usize, y as usize) - hip;
        let (along, across) = (from_hip.dot(down), from_hip.dot(outwards));
        across >= 0.0 && (0.0..=length).contains(&along) && across <= width_at(&profile, along)
    })
}

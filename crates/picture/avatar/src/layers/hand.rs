use frame::Plane;
use glam::{Vec2, Vec3};

use super::study::Study;
use crate::filter::{Mask, convex_hull, dilate_disc, fill_polygon};
use crate::fingers::HandPoints;
use crate::parts::{Hand, Part};
use crate::{Limb, Side};

/// The shortest palm whose fingers can be told, from the wrist to the middle knuckle in analysis pixels: they are a fifth as wide.
const LEAST_PALM_PX: f32 = 24.0;
/// The share of the landmarks that have to lie on the arm's own pixels.
const LEAST_OWN: f32 = 0.9;
/// How far a wrist bends, as the cosine of the turn from the forearm to the palm.
const LEAST_COSINE: f32 = 0.1;
/// Hands nearer to each other than this, in lengths of the palm, are clasped or folded.
const CLASPED: f32 = 0.4;

/// The landmarks of an arm's hand in the still, if it is large enough to see its fingers, goes on from the forearm, is all on the
/// arm's own pixels, and keeps clear of the other hand.
pub(super) fn hand_seen(study: &Study<'_>, side: Side) -> Option<HandPoints> {
    let own = study.hands[side.index()].as_ref()?;
    let points: HandPoints = side.hand_of(study.still.person)?.points().try_into().ok()?;
    let palm = points[frame::hand::MIDDLE_MCP] - points[frame::hand::WRIST];
    let arm = Limb::Arm(side);
    let [_, elbow, wrist, _] =
        arm.chain().map(|joint| study.anatomy.at(joint).extend(study.anatomy.depth(joint)));
    let forearm = wrist - elbow;
    let goes_on = forearm.dot(palm) > LEAST_COSINE * forearm.length() * palm.length();
    let on_arm = |point: &Vec3| {
        let place = point.truncate();
        study.size().contains(place) && {
            let (x, y) = (place.x as usize, place.y as usize);
            study.parts.labels.get(x, y) == Part::Limb(arm) && study.person.get(x, y)
        }
    };
    let share = points.iter().filter(|point| on_arm(point)).count() as f32 / points.len() as f32;
    let other = study.hands[side.other().index()].as_ref();
    let clear = CLASPED * palm.length();
    let is_clear = |other: &[Vec2]| own.points.iter().all(|a| other.iter().all(|b| a.distance(*b) > clear));
    (palm.length() > LEAST_PALM_PX
        && goes_on
        && share >= LEAST_OWN
        && other.is_none_or(|other| is_clear(&other.points)))
    .then_some(points)
}

/// The pixels of these hands and those `margin` palms about them.
pub(super) fn hands_mask<'a>(
    study: &Study<'_>,
    hands: impl IntoIterator<Item = &'a Hand>,
    margin: f32,
) -> Mask {
    let mut all = Plane::filled(study.size(), false);
    for hand in hands {
        let mut mask = Plane::filled(study.size(), false);
        fill_polygon(&mut mask, &convex_hull(&hand.points));
        let grown = dilate_disc(&mask, margin * hand.palm_width());
        for (all, &hand) in all.pixels_mut().iter_mut().zip(grown.pixels()) {
            *all |= hand;
        }
    }
    all
}

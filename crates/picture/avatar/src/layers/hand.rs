use frame::{Plane, SrgbPlane};
use glam::{Vec2, Vec3};

use super::study::{Study, hue};
use crate::filter::{
    Connectivity, Mask, components, convex_hull, difference, dilate_disc, erode_disc, fill_polygon,
    intersection, places, stroke_polyline,
};
use crate::fingers::HandPoints;
use crate::parts::{Hand, Part, median};
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

/// The pixels of a hand: those about its bones, and within its outline those of the same hue, which a sleeve between thumb and
/// fingers has not.
pub(super) fn hand_mask(study: &Study<'_>, hand: &Hand) -> Mask {
    /// Half the width of a finger, in widths of the palm.
    const FINGER: f32 = 0.16;
    let hull = hands_mask(study, [hand], 0.12);
    let mut bones = Plane::filled(study.size(), false);
    for finger in hand.fingers() {
        stroke_polyline(&mut bones, &finger[1..], 2.0 * FINGER * hand.palm_width());
    }
    let palm: Vec<Vec2> = hand.fingers().iter().flat_map(|finger| [finger[0], finger[1]]).collect();
    fill_polygon(&mut bones, &convex_hull(&palm));
    let own = intersection(&bones, &study.solid);
    difference(&hull, &unlike(&own, &difference(&hull, &bones), study.still.foreground, hand.palm_width()))
}

/// What of `doubtful` pixels has not the hue of a hand's `own` ones and is no mere line or shadow between fingers.
fn unlike(own: &Mask, doubtful: &Mask, colours: &SrgbPlane, palm_width: f32) -> Mask {
    /// What is no wider than twice this is a line, in widths of the palm.
    const THIN: f32 = 0.06;
    /// The least hue that tells a hand from a sleeve, in steps of 255, and how far what is the hand's has it.
    const PALEST: f32 = 15.0;
    const ALIKE: f32 = 0.35;
    let nothing = || Plane::filled(own.size(), false);
    let own = places(own).map(|(x, y)| Vec3::from_array(colours.get(x, y))).collect();
    let Some(usual) = median(own).map(hue).filter(|usual| usual.length() > PALEST) else { return nothing() };
    let other = doubtful.zip_map(colours, |&doubtful, &colour| {
        doubtful && hue(Vec3::from_array(colour)).dot(usual) < ALIKE * usual.length_squared()
    });
    let pieces = components(&other, Connectivity::Four);
    pieces.meeting(&erode_disc(&other, (THIN * palm_width).max(1.0)))
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

#[cfg(test)]
mod tests {
    use frame::Size;

    use super::*;

    #[test]
    fn a_sleeve_between_thumb_and_fingers_is_no_hand_and_a_line_between_fingers_is() {
        let size = Size::new(100, 60);
        let is_own = |x: u32| !(40..70).contains(&x);
        let own = Plane::from_fn(size, |x, _| is_own(x));
        let line = 40..43;
        let sleeve = 50..70;
        let image = |skin: [f32; 3]| {
            Plane::from_fn(size, |x, _| match x {
                x if line.contains(&x) => [60.0, 58.0, 57.0],
                x if sleeve.contains(&x) => [90.0, 100.0, 80.0],
                _ => skin,
            })
        };
        let other = |skin| unlike(&own, &own.map(|own| !own), &image(skin), 50.0);
        let found = other([220.0, 160.0, 140.0]);
        assert!(found.get(60, 30) && !found.get(41, 30) && !found.get(46, 30));
        // A white glove has no hue to tell it by.
        assert!(!other([230.0, 230.0, 228.0]).get(60, 30));
    }
}

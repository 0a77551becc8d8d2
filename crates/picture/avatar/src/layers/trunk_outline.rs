use frame::Plane;
use glam::Vec2;

use super::profile::{Layer, Width, completed, seen_width, width_at};
use super::study::Study;
use crate::Joint;
use crate::Side;
use crate::filter::{Mask, dilate_square};
use crate::parts::{Part, centre};

/// The trunk from the shoulders to the hips with what arms and hair hide of it: where its outline is seen it is that, and a straight
/// line where it is not; at the shoulders, and at the hips if they are hidden, it runs a little outside the joints.
pub(super) fn trunk_within_outline(study: &Study<'_>) -> Mask {
    let anatomy = &study.anatomy;
    let (origin, down) = (anatomy.at(Joint::Chest), anatomy.downwards());
    let length = anatomy.spine + 0.2 * anatomy.hip_width;
    let leftwards = if down.perp().dot(anatomy.leftwards()) < 0.0 { -down.perp() } else { down.perp() };
    let [shoulder_left, hip_left, hip_right, shoulder_right] = anatomy.torso();
    // With the lines about it.
    let behind = dilate_square(&study.parts.hair_behind, study.rim() + 2);
    let at = |p: Vec2| {
        let (x, y) = (p.x as usize, p.y as usize);
        let on_subject = study.size().contains(p) && study.person.get(x, y);
        on_subject.then(|| match study.parts.labels.get(x, y) {
            Part::Core if behind.get(x, y) => Layer::Behind,
            Part::Core if study.parts.hair.get(x, y) => Layer::Before,
            Part::Limb(limb) if limb.is_arm() => Layer::Before,
            Part::Core | Part::Limb(_) => Layer::Own,
        })
    };
    let profiles = Side::BOTH.map(|side| {
        let (outwards, shoulder, hip) = match side {
            Side::Left => (leftwards, shoulder_left, hip_left),
            Side::Right => (-leftwards, shoulder_right, hip_right),
        };
        let from_axis = |p: Vec2| (p - origin).dot(outwards).max(1.0);
        let top = (shoulder - origin).dot(down).round();
        let steps = (length - top).max(1.0) as usize + 1;
        let furthest = 1.3 * from_axis(shoulder).max(from_axis(hip));
        let mut widths: Vec<Width> = (0..steps)
            .map(|i| seen_width(at, origin + down * (top + i as f32), outwards, furthest))
            .collect();
        widths[0] = Width::Seen(from_axis(shoulder));
        let end = &mut widths[steps - 1];
        if let Width::Hidden(least) = *end {
            *end = Width::Seen(from_axis(hip).max(least));
        }
        (top, outwards, completed(&widths).unwrap_or_default())
    });
    Plane::from_fn(study.size(), |x, y| {
        let from_origin = centre(x as usize, y as usize) - origin;
        let along = from_origin.dot(down);
        profiles.iter().any(|(top, outwards, profile)| {
            let across = from_origin.dot(*outwards);
            across >= 0.0 && (*top..=length).contains(&along) && across <= width_at(profile, along - top)
        })
    })
}

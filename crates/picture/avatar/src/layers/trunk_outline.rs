use frame::Plane;
use glam::Vec2;

use super::profile::{Width, completed, width_at};
use super::study::Study;
use crate::Joint;
use crate::Side;
use crate::filter::Mask;
use crate::parts::{Part, centre};

/// The trunk from the shoulders to the hips with what arms and hair hide of it: where its outline is seen it is that, and a straight
/// line where it is not; at the shoulders, and at the hips if they are hidden, it runs a little outside the joints.
pub(super) fn trunk_within_outline(study: &Study<'_>) -> Mask {
    let anatomy = &study.anatomy;
    let (origin, down) = (anatomy.at(Joint::Chest), anatomy.downwards());
    let length = anatomy.spine + 0.2 * anatomy.hip_width;
    let leftwards = if down.perp().dot(anatomy.leftwards()) < 0.0 { -down.perp() } else { down.perp() };
    let [shoulder_left, hip_left, hip_right, shoulder_right] = anatomy.torso();
    let at = |p: Vec2| {
        let (x, y) = (p.x as usize, p.y as usize);
        let on_subject = study.size().contains(p) && study.person.get(x, y);
        on_subject.then(|| match study.parts.labels.get(x, y) {
            Part::Core => !study.parts.hair.get(x, y),
            Part::Limb(limb) => !limb.is_arm(),
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

/// How far from a point of the spine the trunk ends in a direction, by what is at each point: nothing in the background, on the
/// subject whether it is the trunk's. It is seen where the background begins right after it.
fn seen_width(at: impl Fn(Vec2) -> Option<bool>, from: Vec2, outwards: Vec2, furthest: f32) -> Width {
    let mut least = 0.0;
    let mut was_trunk = false;
    for i in 0..furthest as usize {
        match at(from + outwards * i as f32) {
            Some(is_trunk) => was_trunk = is_trunk,
            None if was_trunk => return Width::Seen(least),
            None => return Width::Hidden(least),
        }
        if was_trunk {
            least = i as f32 + 0.5;
        }
    }
    // Wider than any trunk: a cloak, or an arm laid on another.
    Width::Hidden(least.min(0.75 * furthest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_is_seen_where_the_background_begins_after_the_trunk() {
        let width = |row: &str| {
            let at = |p: Vec2| match row.as_bytes()[p.x as usize] {
                b'.' => None,
                letter => Some(letter == b'T'),
            };
            seen_width(at, Vec2::ZERO, Vec2::X, row.len() as f32)
        };
        assert_eq!(width("TTTT..aa.."), Width::Seen(3.5));
        assert_eq!(width("TTTaaa...."), Width::Hidden(2.5));
        assert_eq!(width("TTaaTT...."), Width::Seen(5.5));
        assert_eq!(width("aaaa......"), Width::Hidden(0.0));
        assert_eq!(width("TTTTTTTTTT"), Width::Hidden(7.5));
    }
}

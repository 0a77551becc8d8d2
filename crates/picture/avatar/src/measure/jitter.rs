use frame::Person;
use glam::Vec2;

use super::{median, torso_px};
use crate::motion::MotionClip;
use crate::retarget::Pose;
use crate::{Joint, Joints, lift};

/// The median second difference of the drawn joints, in lengths of the trunk, over that of the driver's as they were tracked.
/// `None` if the driver was never seen in three frames in a row, or did not stir.
pub fn jitter_ratio(clip: &MotionClip, poses: &[Pose]) -> Option<f64> {
    let drawn: Vec<Option<Joints>> = poses.iter().map(|pose| Some(pose.joints)).collect();
    let joints = |person: &Person| Joints::from_body_points(&lift(&person.body).0);
    let driver: Vec<Option<Joints>> = clip.people.iter().map(|p| p.as_ref().map(joints)).collect();
    // Only where the driver was seen: what is carried over does not tremble.
    let seen = |t: usize| driver.get(t..t + 3).is_some_and(|three| three.iter().all(Option::is_some));
    let [drawn, driver] = [&drawn, &driver].map(|track| tremble(track, seen));
    let ratio = f64::from(drawn?) / f64::from(driver?);
    ratio.is_finite().then_some(ratio)
}

fn tremble(track: &[Option<Joints>], is_counted: impl Fn(usize) -> bool) -> Option<f32> {
    let torso = median(track.iter().flatten().map(torso_px).collect())?;
    let second_differences = track.windows(3).enumerate().filter(|(t, _)| is_counted(*t));
    let lengths = second_differences.flat_map(|(_, three)| {
        let at = |i: usize, joint: Joint| three[i].as_ref().map_or(Vec2::NAN, |j| j[joint].truncate());
        Joint::ALL.map(|joint| (at(0, joint) - 2.0 * at(1, joint) + at(2, joint)).length())
    });
    Some(median(lengths.filter(|length| length.is_finite()).collect())? / torso.max(1e-6))
}

#[cfg(test)]
mod tests {
    use frame::FrameRate;
    use glam::Vec3;

    use super::super::fixture::{SIZE, standing};
    use super::*;
    use crate::retarget::CharacterRest;

    /// A driver whose joints jump to and fro by `driver_px`, and a character whose do by `drawn_px`.
    fn ratio(driver_px: f32, drawn_px: f32) -> Option<f64> {
        let sign = |t: usize| if t.is_multiple_of(2) { 1.0 } else { -1.0 };
        let people = (0..20).map(|t| {
            let mut person = standing();
            person.body.points_mut().iter_mut().for_each(|p| p.image.x += sign(t) * driver_px);
            Some(person)
        });
        let clip = MotionClip {
            size: SIZE,
            frame_rate: FrameRate::new(25, 1).unwrap(),
            people: people.collect(),
            views: Vec::new(),
            shutter_deg: None,
        };
        let rest = Pose::at_rest(&CharacterRest::new(SIZE, &standing()));
        let poses: Vec<Pose> = (0..20)
            .map(|t| {
                let joints = rest.joints.map(|_, p| p + Vec3::new(sign(t) * drawn_px, 0.0, 0.0));
                Pose { joints, ..rest.clone() }
            })
            .collect();
        jitter_ratio(&clip, &poses)
    }

    #[test]
    fn it_is_the_drawn_tremble_over_the_drivers() {
        assert!((ratio(2.0, 1.0).unwrap() - 0.5).abs() < 1e-3);
        assert!((ratio(1.0, 3.0).unwrap() - 3.0).abs() < 1e-3);
        assert_eq!(ratio(1.0, 0.0), Some(0.0));
        assert_eq!(ratio(0.0, 1.0), None, "over nothing");
    }
}

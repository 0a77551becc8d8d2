use super::CharacterRest;
use crate::motion::{DrivingTrack, Segment};
use crate::{Joint, Joints, Side, smoothstep};

/// The frame in which the driver stands most like the still: there the character has the still's size and place, and
/// lengths can be compared in the picture, free of what depth would have to be guessed for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reference {
    /// Index of the frame.
    pub frame: usize,
    /// How alike they stand: 1 as good as the same, 0 not at all.
    pub likeness: f32,
}

impl Reference {
    /// The best frame of a track; `None` if it has none.
    pub(super) fn choose(rest: &CharacterRest, track: &DrivingTrack, driver: &[Joints]) -> Option<Self> {
        // The mean squared distance between unit poses at which they stop being alike: about 10° a limb.
        const ALIKE: f32 = 0.03;
        // Among like frames, one where the driver is at a like place and size keeps the framing; an earlier one
        // starts the video from the still.
        const PLACE: f32 = 0.1;
        const LATE: f32 = 0.02;
        let cost = |t: usize| {
            let late = t as f32 / driver.len() as f32;
            (unlikeness(rest, track, &driver[t]), PLACE * displacement(rest, track, &driver[t]) + LATE * late)
        };
        let best = (0..driver.len())
            .map(|t| (t, cost(t)))
            .min_by(|(_, a), (_, b)| (a.0 + a.1).total_cmp(&(b.0 + b.1)))?;
        let (frame, (unlikeness, _)) = best;
        Some(Self { frame, likeness: (-(unlikeness / ALIKE).powi(2)).exp() })
    }

    /// How surely the frame is the still itself, 0 … 1.
    pub(super) fn is_the_still(&self) -> f32 {
        smoothstep((self.likeness - 0.9) / 0.1)
    }
}

/// The segments whose direction tells how someone stands, and that are seen in both pictures.
fn shared_segments<'a>(
    rest: &'a CharacterRest,
    track: &'a DrivingTrack,
) -> impl Iterator<Item = (Segment, Side)> + 'a {
    Segment::ALL
        .into_iter()
        .filter(|s| !matches!(s, Segment::Hand | Segment::Foot | Segment::Hips))
        .filter(|&s| track.visibility[s] > 0.5)
        .flat_map(|s| Side::BOTH.map(|side| (s, side)))
        .filter(|(s, side)| [s.ends(*side).0, s.ends(*side).1].iter().all(|j| rest.contains(*j)))
}

/// Length of the torso in the picture, which changes little as a person turns.
fn torso_px(joints: &Joints) -> f32 {
    let spine = Segment::Spine.vector(joints, Side::Left).truncate().length();
    let shoulders = Segment::Shoulders.vector(joints, Side::Left).truncate().length();
    spine.hypot(0.5 * shoulders).max(1.0)
}

/// Mean squared distance between the two poses' segments in the picture, in squared torso lengths.
fn unlikeness(rest: &CharacterRest, track: &DrivingTrack, driver: &Joints) -> f32 {
    let (of_rest, of_driver) = (torso_px(&rest.joints), torso_px(driver));
    let (mut sum, mut count) = (0.0, 0.0f32);
    for (segment, side) in shared_segments(rest, track) {
        let a = segment.vector(&rest.joints, side).truncate() / of_rest;
        let b = segment.vector(driver, side).truncate() / of_driver;
        sum += (a - b).length_squared();
        count += 1.0;
    }
    sum / count.max(1.0)
}

/// How differently the two are framed: squared distance of the pelvises in picture heights, and of the sizes' logarithms.
fn displacement(rest: &CharacterRest, track: &DrivingTrack, driver: &Joints) -> f32 {
    let (rest_height, driver_height) = (rest.size.height as f32, track.size.height as f32);
    let place = |joints: &Joints, size: frame::Size| {
        let pelvis = joints[Joint::Pelvis].truncate();
        (pelvis - glam::Vec2::new(size.width as f32, size.height as f32) * 0.5) / size.height as f32
    };
    let moved = place(&rest.joints, rest.size) - place(driver, track.size);
    let grown = (torso_px(&rest.joints) / rest_height / (torso_px(driver) / driver_height)).ln();
    moved.length_squared() + grown * grown
}

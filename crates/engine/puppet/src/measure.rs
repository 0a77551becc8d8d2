//! How well a result came out, measured on the pictures as they are drawn: nothing is decoded for it, and few of them are
//! looked at, so that it costs little whatever the length.

use avatar::measure::{Flicker, Identity, PoseErrors, Surroundings, jitter_ratio, known_limbs, shown_limbs};
use avatar::motion::MotionClip;
use avatar::retarget::Pose;
use contract::Quality;
use frame::Image;
use vision::PoseProbe;

use crate::rig::Rigged;

/// Frames that are looked at; their number, not the clip's length, bounds the cost.
const LOOKS: usize = 20;

/// Looks at a result's frames as they come.
pub(crate) struct Measure<'a> {
    clip: &'a MotionClip,
    /// What the character is to be seen to do.
    targets: &'a [Pose],
    /// What is drawn for it.
    poses: &'a [Pose],
    /// `None` where the networks are not there, as a kept character and a kept motion need none, or where they do not [read](reads) the
    /// character.
    probe: Option<PoseProbe>,
    pose_errors: PoseErrors,
    identity: Identity,
    flicker: Flicker,
    looks: usize,
    /// Looks at which a body should have been seen, and at which one was.
    expected: usize,
    recognised: usize,
}

impl<'a> Measure<'a> {
    /// Measures a result that draws `poses` of a character for it to be seen in `targets`, driven by `clip`, frame by frame.
    pub(crate) fn new(
        rigged: &Rigged,
        clip: &'a MotionClip,
        targets: &'a [Pose],
        poses: &'a [Pose],
        probe: Option<PoseProbe>,
    ) -> Self {
        Self {
            clip,
            targets,
            poses,
            probe,
            pose_errors: PoseErrors::default(),
            identity: Identity::new(&rigged.image, rigged.character.rest()),
            flicker: Flicker::new(rigged.character.rest(), rigged.character.matte()),
            looks: 0,
            expected: 0,
            recognised: 0,
        }
    }

    /// Looks at the drawn frame `index`, if it is one of those. Frames come in order.
    pub(crate) fn look(&mut self, index: usize, image: &Image) {
        let pose = &self.poses[index];
        // The frame behind one that is looked at is the other half of its flicker.
        self.flicker.compare(image, pose);
        if !is_look(index, self.poses.len()) {
            return;
        }
        self.looks += 1;
        self.flicker.keep(image, pose);
        self.identity.compare(image, pose);
        let (Some(driver), Some(probe)) = (&self.clip.people[index], &mut self.probe) else { return };
        let target = &self.targets[index];
        let limbs = known_limbs(target, image.size(), driver, self.clip.size);
        if limbs.is_empty() {
            return;
        }
        self.expected += 1;
        let Surroundings { hips, up, radius_px } = Surroundings::of(pose);
        if let Some(seen) = probe.read(image, hips, up, radius_px) {
            self.recognised += 1;
            self.pose_errors.compare(target, &limbs, &seen);
        }
    }

    /// What came out.
    pub(crate) fn finish(self, sound_offset_secs: Option<f64>) -> Quality {
        let seen = self.clip.quality();
        let frames = self.clip.people.len().max(1) as f64;
        Quality {
            frames_measured: self.looks as u64,
            recognised_share: (self.expected > 0).then(|| self.recognised as f64 / self.expected as f64),
            pose_error_deg: self.pose_errors.median_deg(),
            within_15_deg_share: self.pose_errors.share_within(15.0),
            held_share: seen.held_frames as f64 / frames,
            guessed_share: seen.guessed_frames as f64 / frames,
            identity_drift: self.identity.drift(),
            flicker_levels: self.flicker.levels(),
            jitter_ratio: jitter_ratio(self.clip, self.poses),
            sound_offset_secs,
        }
    }
}

/// Limbs that must be seen where the character was taken to have them, of those that its image shows.
const LEAST_READ: f64 = 0.5;

/// Whether the tracker sees in the still what the character was made of it. What it makes of a bear or of a child's drawing, if
/// it sees a body there at all, tells nothing of where its limbs are.
pub(crate) fn reads(mut probe: PoseProbe, rigged: &Rigged) -> bool {
    let (still, image) = (Pose::at_rest(rigged.character.rest()), &rigged.image);
    let limbs: Vec<_> = shown_limbs(&still, image.size()).collect();
    let Surroundings { hips, up, radius_px } = Surroundings::of(&still);
    let mut errors = PoseErrors::default();
    if let Some(seen) = probe.read(image, hips, up, radius_px) {
        errors.compare(&still, &limbs, &seen);
    }
    errors.share_within(15.0).is_some_and(|share| share >= LEAST_READ)
}

/// Whether frame `index` of `frames` is looked at: one from the middle of each of [`LOOKS`] parts.
fn is_look(index: usize, frames: usize) -> bool {
    let part = |at: usize| (2 * at * LOOKS + frames) / (2 * frames);
    frames <= LOOKS || part(index) != part(index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_spread_and_bounded() {
        for frames in [1, 7, 20, 21, 150, 901] {
            let looks: Vec<usize> = (0..frames).filter(|&i| is_look(i, frames)).collect();
            assert_eq!(looks.len(), frames.min(LOOKS), "{frames}");
            let widest = looks.windows(2).map(|w| w[1] - w[0]).max().unwrap_or(1);
            assert!(widest <= frames.div_ceil(LOOKS) + 1, "{frames}: {looks:?}");
        }
    }
}

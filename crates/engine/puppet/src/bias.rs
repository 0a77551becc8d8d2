//! Before all is drawn, a few poses are, to see where the character's joints are taken to be.

use avatar::Character;
use avatar::measure::{JointBias, JointSightings, Surroundings};
use avatar::motion::MotionClip;
use avatar::render::{Exposure, Renderer};
use avatar::retarget::Pose;
use contract::{CancelToken, EngineError};
use frame::{Image, Srgb8};
use vision::PoseProbe;

/// Poses that are drawn for it; their number, not the clip's length, bounds the cost.
const LOOKS: usize = 16;

/// How far beside its joints the character is seen to have them in a few of the `poses`, which `clip` drives.
pub(crate) fn look(
    character: &Character,
    clip: &MotionClip,
    poses: &[Pose],
    probe: &mut PoseProbe,
    cancel: &CancelToken,
) -> Result<JointBias, EngineError> {
    let shown: Vec<usize> = (0..poses.len()).filter(|&frame| clip.people[frame].is_some()).collect();
    let mut sightings = JointSightings::default();
    let (mut renderer, mut image) = (Renderer::new(), Image::filled(character.size(), Srgb8::default()));
    // From the middle of each of as many parts.
    let looks = LOOKS.min(shown.len());
    for frame in (0..looks).map(|look| shown[(2 * look + 1) * shown.len() / (2 * looks)]) {
        cancel.check()?;
        let pose = &poses[frame];
        character.render(&Exposure::instant(pose.clone()), &mut renderer, &mut image);
        let Surroundings { hips, up, radius_px } = Surroundings::of(pose);
        if let Some(seen) = probe.read(&image, hips, up, radius_px) {
            sightings.add(&character.rest().joints, pose, image.size(), &seen);
        }
    }
    Ok(sightings.bias())
}

//! Before all is drawn, a few poses are, to see where the character's joints are taken to be.

use std::thread;

use avatar::Character;
use avatar::measure::{JointBias, JointSightings, Surroundings};
use avatar::motion::MotionClip;
use avatar::render::{Exposure, Renderer};
use avatar::retarget::Pose;
use contract::{CancelToken, EngineError};
use frame::{BodyLandmarks, Image, Srgb8};
use vision::PoseProbe;

/// Poses that are drawn for it; their number, not the clip's length, bounds the cost.
const LOOKS: usize = 16;

/// How far beside its joints the character is seen to have them in a few of the `poses`, which `clip` drives. Each of the `probes`, of
/// which there is one at least, reads its share on a thread of its own; what is seen does not depend on their number.
pub(crate) fn look(
    character: &Character,
    clip: &MotionClip,
    poses: &[Pose],
    probes: &mut [PoseProbe],
    cancel: &CancelToken,
) -> Result<JointBias, EngineError> {
    let shown: Vec<usize> = (0..poses.len()).filter(|&frame| clip.people[frame].is_some()).collect();
    // From the middle of each of as many parts.
    let looks = LOOKS.min(shown.len());
    let frames: Vec<usize> =
        (0..looks).map(|look| shown[(2 * look + 1) * shown.len() / (2 * looks)]).collect();
    let share = frames.len().div_ceil(probes.len().max(1)).max(1);
    let seen = thread::scope(|scope| {
        let readers: Vec<_> = frames
            .chunks(share)
            .zip(probes)
            .map(|(frames, probe)| scope.spawn(|| read(character, poses, frames, probe, cancel)))
            .collect();
        let joined = readers.into_iter().map(|reader| reader.join());
        joined
            .map(|seen| seen.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Result<Vec<_>, _>>()
    })?;
    let mut sightings = JointSightings::default();
    for (frame, body) in seen.iter().flatten() {
        sightings.add(&character.rest().joints, &poses[*frame], character.size(), body);
    }
    Ok(sightings.bias())
}

/// The bodies that are seen in some frames.
fn read(
    character: &Character,
    poses: &[Pose],
    frames: &[usize],
    probe: &mut PoseProbe,
    cancel: &CancelToken,
) -> Result<Vec<(usize, BodyLandmarks)>, EngineError> {
    let (mut renderer, mut image) = (Renderer::new(), Image::filled(character.size(), Srgb8::default()));
    let mut seen = Vec::new();
    for &frame in frames {
        cancel.check()?;
        let pose = &poses[frame];
        character.render(&Exposure::instant(pose.clone()), &mut renderer, &mut image);
        let Surroundings { hips, up, radius_px } = Surroundings::of(pose);
        seen.extend(probe.read(&image, hips, up, radius_px).map(|body| (frame, body)));
    }
    Ok(seen)
}

//! Before all is drawn, a few poses are, to see where the character's joints are taken to be.

use std::num::NonZeroUsize;
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

/// The readers that share the poses. A reader goes by what it has read before, so their number must not depend on that of the threads.
pub(crate) const READERS: usize = 2;

/// How far beside its joints the character is seen to have them in a few of the `poses`, which `clip` drives. The readers take turns on
/// so many threads; what is seen does not depend on these.
pub(crate) fn look(
    character: &Character,
    clip: &MotionClip,
    poses: &[Pose],
    readers: &mut [PoseProbe; READERS],
    threads: NonZeroUsize,
    cancel: &CancelToken,
) -> Result<JointBias, EngineError> {
    let shown: Vec<usize> = (0..poses.len()).filter(|&frame| clip.people[frame].is_some()).collect();
    // From the middle of each of as many parts.
    let looks = LOOKS.min(shown.len());
    let frames: Vec<usize> =
        (0..looks).map(|look| shown[(2 * look + 1) * shown.len() / (2 * looks)]).collect();
    let mut sightings = JointSightings::default();
    let shares = frames.chunks(frames.len().div_ceil(READERS).max(1));
    let mut shares: Vec<_> = shares.zip(readers).collect();
    for together in shares.chunks_mut(threads.get()) {
        let seen: Vec<_> = thread::scope(|scope| {
            let reading: Vec<_> = together
                .iter_mut()
                .map(|(frames, reader)| scope.spawn(|| read(character, poses, frames, reader, cancel)))
                .collect();
            let joined = reading.into_iter().map(|reading| reading.join());
            joined.map(|seen| seen.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        for seen in seen {
            for (frame, body) in seen? {
                sightings.add(&character.rest().joints, &poses[frame], character.size(), &body);
            }
        }
    }
    Ok(sightings.bias())
}

/// The bodies that are seen in some frames.
fn read(
    character: &Character,
    poses: &[Pose],
    frames: &[usize],
    reader: &mut PoseProbe,
    cancel: &CancelToken,
) -> Result<Vec<(usize, BodyLandmarks)>, EngineError> {
    let (mut renderer, mut image) = (Renderer::new(), Image::filled(character.size(), Srgb8::default()));
    let mut seen = Vec::new();
    for &frame in frames {
        cancel.check()?;
        let pose = &poses[frame];
        character.render(&Exposure::instant(pose.clone()), &mut renderer, &mut image);
        let Surroundings { hips, up, radius_px } = Surroundings::of(pose);
        seen.extend(reader.read(&image, hips, up, radius_px).map(|body| (frame, body)));
    }
    Ok(seen)
}

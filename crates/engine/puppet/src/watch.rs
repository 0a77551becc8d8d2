//! Where the driving person is in each picture of a clip, and what its camera does.

use std::collections::VecDeque;

use avatar::motion::{CameraTracker, View};
use frame::{Frame, Image};
use media::MediaError;
use vision::{PacedPoseTracker, PoseSeen};

/// One decoded picture.
pub(crate) type Decoded = Result<Frame, MediaError>;

/// One decoded picture, the body in it, and what the camera shows.
pub(crate) type Posed = Result<(Image, Option<PoseSeen>, View), MediaError>;

/// The pictures of a clip with the body in each. A tracker does not look at all of them, so they come out in their order, but some
/// together.
pub(crate) struct Watch<I> {
    frames: I,
    pose: PacedPoseTracker,
    camera: CameraTracker,
    done: VecDeque<vision::Posed>,
    is_over: bool,
}

impl<I> Watch<I> {
    pub(crate) fn new(frames: I, pose: PacedPoseTracker) -> Self {
        Self { frames, pose, camera: CameraTracker::new(), done: VecDeque::new(), is_over: false }
    }
}

impl<I: Iterator<Item = Decoded>> Iterator for Watch<I> {
    type Item = Posed;

    fn next(&mut self) -> Option<Posed> {
        while self.done.is_empty() && !self.is_over {
            match self.frames.next() {
                Some(Ok(Frame { image, .. })) => {
                    let is_cut = self.camera.is_cut(&image);
                    self.done.extend(self.pose.push(image, is_cut));
                }
                Some(Err(error)) => return Some(Err(error)),
                None => {
                    self.is_over = true;
                    self.done.extend(self.pose.finish());
                }
            }
        }
        let (image, seen) = self.done.pop_front()?;
        let view = self.camera.see(seen.as_ref().map(|seen| seen.body.extent()));
        Some(Ok((image, seen, view)))
    }
}

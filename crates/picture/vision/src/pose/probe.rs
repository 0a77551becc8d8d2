use frame::{BodyLandmarks, Image};
use glam::Vec2;

use super::landmarker::ROI_SCALE;
use super::{BodyReader, TrackerOptions};
use crate::error::Result;
use crate::networks::Networks;
use crate::pyramid::Pyramid;
use crate::roi::Roi;

/// Reads a body where one should be, picture by picture, in any order: nothing is looked for, and where it was before does not
/// matter. It is meant for pictures of the same body, whose habits it learns as a [`PoseTracker`](crate::PoseTracker) does.
#[derive(Clone)]
pub struct PoseProbe {
    reader: BodyReader,
    min_presence: f32,
}

impl PoseProbe {
    /// A probe with its networks loaded.
    pub fn new(networks: &Networks, options: TrackerOptions) -> Result<Self> {
        Ok(Self { reader: BodyReader::load(networks)?, min_presence: options.min_presence })
    }

    /// The body in the circle about `hips`, the middle of its hips, of `radius_px` to its furthest end; `up` points from the hips
    /// to the shoulders. `None` if the network takes what is there for no body.
    pub fn read(&mut self, image: &Image, hips: Vec2, up: Vec2, radius_px: f32) -> Option<BodyLandmarks> {
        let up = up.try_normalize().unwrap_or(Vec2::NEG_Y);
        let roi = Roi::reaching(hips, hips + up * radius_px).scaled(ROI_SCALE);
        if !roi.is_usable(image.size()) {
            return None;
        }
        let reading = self.reader.read(&mut Pyramid::new(image), roi);
        (reading.presence >= self.min_presence).then_some(reading.body)
    }
}

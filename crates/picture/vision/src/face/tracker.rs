use frame::{BodyLandmarks, FaceLandmarks, Image};

use super::landmarker::{FaceLandmarker, roi_from_body, roi_from_detection, roi_from_landmarks};
use crate::agreement::Agreement;
use crate::detect::{Detector, DetectorSpec};
use crate::error::Result;
use crate::networks::Networks;
use crate::pose::PoseSeen;
use crate::pyramid::Pyramid;
use crate::roi::Roi;

const MIN_DETECTION_SCORE: f32 = 0.5;
/// The least likelihood of a face.
const MIN_PRESENCE: f32 = 0.5;
const AGREEMENT: Agreement =
    Agreement { rotation_rad: 15.0 * std::f32::consts::PI / 180.0, translation: 0.1, scale: 0.3, inset: 0.1 };

/// Follows the face of the person a [`PoseTracker`](crate::PoseTracker) follows.
#[derive(Clone)]
pub struct FaceTracker {
    finder: FaceFinder,
    last: Option<FaceLandmarks>,
}

impl FaceTracker {
    /// A tracker that has seen nothing yet.
    pub fn new(networks: &Networks) -> Result<Self> {
        Ok(Self { finder: FaceFinder::load(networks)?, last: None })
    }

    /// The face in the next picture of the video in which `pose` was seen.
    pub fn track(&mut self, image: &Image, pose: &PoseSeen) -> Option<FaceLandmarks> {
        if pose.found_anew {
            self.last = None;
        }
        self.last = self.finder.find(&mut Pyramid::new(image), &pose.body, self.last.as_ref());
        self.last.clone()
    }
}

/// Finds the face of a body. The body's own landmarks of the face give a coarse box in which a detector looks; where the
/// face seen in the picture before agrees with what it finds, that face's landmarks give the region to read.
#[derive(Clone)]
pub(crate) struct FaceFinder {
    detector: Detector,
    landmarker: FaceLandmarker,
}

impl FaceFinder {
    pub(crate) fn load(networks: &Networks) -> Result<Self> {
        Ok(Self {
            detector: Detector::load(networks, &DetectorSpec::FACE)?,
            landmarker: FaceLandmarker::load(networks)?,
        })
    }

    pub(crate) fn find(
        &mut self,
        pyramid: &mut Pyramid<'_>,
        body: &BodyLandmarks,
        last: Option<&FaceLandmarks>,
    ) -> Option<FaceLandmarks> {
        let fresh = self.detect(pyramid, roi_from_body(body))?;
        let carried = last.map(roi_from_landmarks).filter(|&carried| {
            let landmarks = last.into_iter().flat_map(|face| face.points().iter().map(|p| p.truncate()));
            AGREEMENT.holds(carried, landmarks, fresh)
        });
        self.read(pyramid, carried.unwrap_or(fresh))
    }

    /// The face in a still, which may fill it or be drawn: where the detector sees none near the body's own landmarks of
    /// it, those landmarks have to do. What the first look shows frames the second.
    pub(crate) fn find_still(
        &mut self,
        pyramid: &mut Pyramid<'_>,
        body: &BodyLandmarks,
    ) -> Option<FaceLandmarks> {
        let coarse = roi_from_body(body);
        let roi = self.detect(pyramid, coarse).unwrap_or(coarse.scaled(0.6));
        let first = self.read(pyramid, roi)?;
        let second = self.read(pyramid, roi_from_landmarks(&first));
        Some(second.unwrap_or(first))
    }

    /// Where the surest face within a region lies.
    fn detect(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi) -> Option<Roi> {
        if !roi.is_usable(pyramid.size()) {
            return None;
        }
        self.detector.detect(pyramid, roi, MIN_DETECTION_SCORE).first().map(roi_from_detection)
    }

    fn read(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi) -> Option<FaceLandmarks> {
        if !roi.is_usable(pyramid.size()) {
            return None;
        }
        let (face, presence) = self.landmarker.read(pyramid, roi);
        (presence >= MIN_PRESENCE).then_some(face)
    }
}

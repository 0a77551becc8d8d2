use frame::{BodyLandmarks, FaceLandmarks, Image};
use glam::Vec2;

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
/// How a face carried over from the picture before has to lie in the coarse box that the body's landmarks give.
const AGREEMENT: Agreement = Agreement {
    rotation_rad: 40.0 * std::f32::consts::PI / 180.0,
    translation: 0.2,
    scale: 0.6,
    inset: 0.05,
};
/// And in the box that the detector gives, before it is held to have slipped off.
const DETECTED_AGREEMENT: Agreement =
    Agreement { rotation_rad: 15.0 * std::f32::consts::PI / 180.0, translation: 0.1, scale: 0.3, inset: 0.1 };
/// Every so many readings the detector makes sure of a face that is followed.
const DETECTED_EVERY: u32 = 8;
/// A face whose coarse box has a smaller side than this, in longer sides of the picture, shows little that changes from one picture
/// to the next.
const SMALL: f32 = 0.2;

/// Follows the face of the person a [`PoseTracker`](crate::PoseTracker) follows: the landmarks seen in one picture give the region
/// to read in the next, for as long as they agree with the body's and, now and then, with what a detector finds. A small one is read
/// in every second picture, and only where the body was looked at; it goes with the body's landmarks of it in the others.
#[derive(Clone)]
pub struct FaceTracker {
    finder: FaceFinder,
    last: Option<FaceLandmarks>,
    /// The middle of the body's landmarks of the face, in the picture before.
    middle: Vec2,
    /// Whether the last picture was left out.
    rested: bool,
    read_since_detected: u32,
}

impl FaceTracker {
    /// A tracker that has seen nothing yet.
    pub fn new(networks: &Networks) -> Result<Self> {
        Ok(Self {
            finder: FaceFinder::load(networks)?,
            last: None,
            middle: Vec2::ZERO,
            rested: false,
            read_since_detected: 0,
        })
    }

    /// The face in the next picture of the video in which `pose` was seen.
    pub fn track(&mut self, image: &Image, pose: &PoseSeen) -> Option<FaceLandmarks> {
        let coarse = roi_from_body(&pose.body);
        if pose.found_anew {
            self.last = None;
        }
        for point in self.last.iter_mut().flat_map(|face| face.points_mut()) {
            *point += (coarse.center - self.middle).extend(0.0);
        }
        self.middle = coarse.center;
        let small = coarse.side_px < SMALL * image.size().long_side() as f32;
        self.rested = small && self.last.is_some() && (pose.is_between || !self.rested);
        if !self.rested {
            self.last = self.read(&mut Pyramid::new(image), coarse);
        }
        self.last.clone()
    }

    fn read(&mut self, pyramid: &mut Pyramid<'_>, coarse: Roi) -> Option<FaceLandmarks> {
        let carried = self.last.as_ref().map(roi_from_landmarks).filter(|&carried| {
            let landmarks = self.last.iter().flat_map(|face| face.points().iter().map(|p| p.truncate()));
            AGREEMENT.holds(carried, landmarks, coarse)
        });
        self.read_since_detected += 1;
        let followed = carried.filter(|_| self.read_since_detected < DETECTED_EVERY);
        if let Some(face) = followed.and_then(|roi| self.finder.read(pyramid, roi)) {
            return Some(face);
        }
        self.read_since_detected = 0;
        let fresh = self.finder.detect(pyramid, coarse)?;
        let landmarks = self.last.iter().flat_map(|face| face.points().iter().map(|p| p.truncate()));
        let carried = carried.filter(|&carried| DETECTED_AGREEMENT.holds(carried, landmarks, fresh));
        self.finder.read(pyramid, carried.unwrap_or(fresh))
    }
}

/// Finds the face of a body: the body's own landmarks of it give a coarse box, in which a detector looks.
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

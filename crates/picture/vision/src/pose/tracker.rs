use frame::{BodyLandmarks, Image};

use super::landmarker::ROI_SCALE;
use super::{PoseLandmarker, PoseModel, PoseReading};
use crate::detect::{Detection, Detector, DetectorSpec};
use crate::error::Result;
use crate::networks::Networks;
use crate::pyramid::Pyramid;
use crate::roi::Roi;

/// How many of the people found are looked at, the most prominent first, before none counts as found.
const MAX_CANDIDATES: usize = 3;

/// How sure a tracker has to be, and with what it looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackerOptions {
    /// The network for the body.
    pub pose_model: PoseModel,
    /// The least score of a person found anew, 0 … 1.
    pub min_detection_score: f32,
    /// The least likelihood that a person is still there, 0 … 1; below it, people are looked for anew.
    pub min_presence: f32,
}

impl Default for TrackerOptions {
    fn default() -> Self {
        Self { pose_model: PoseModel::Full, min_detection_score: 0.5, min_presence: 0.5 }
    }
}

/// A body in one picture of a video.
#[derive(Clone, Debug)]
pub struct PoseSeen {
    /// Its landmarks.
    pub body: BodyLandmarks,
    /// The likelihood that a person is there, 0 … 1.
    pub presence: f32,
    /// Whether the person was found anew, so that nothing known from the pictures before holds.
    pub found_anew: bool,
}

/// Follows one body through a video: the most prominent person, for as long as it can be followed.
#[derive(Clone)]
pub struct PoseTracker {
    detector: Detector,
    landmarker: PoseLandmarker,
    options: TrackerOptions,
    roi: Option<Roi>,
}

impl PoseTracker {
    /// A tracker that has seen nothing yet.
    pub fn new(networks: &Networks, options: TrackerOptions) -> Result<Self> {
        Ok(Self {
            detector: Detector::load(networks, &DetectorSpec::POSE)?,
            landmarker: PoseLandmarker::load(networks, options.pose_model, false)?,
            options,
            roi: None,
        })
    }

    /// The body in the next picture of the video, if there is one. A long side of about 960 pixels is enough.
    pub fn track(&mut self, image: &Image) -> Option<PoseSeen> {
        let pyramid = &mut Pyramid::new(image);
        let followed = self.roi.take().and_then(|roi| self.read(pyramid, roi));
        let found_anew = followed.is_none();
        let reading = followed.or_else(|| self.find(pyramid))?;
        self.roi = Some(reading.next_roi);
        Some(PoseSeen { body: reading.body, presence: reading.presence, found_anew })
    }

    fn find(&mut self, pyramid: &mut Pyramid<'_>) -> Option<PoseReading> {
        let whole = Roi::whole(pyramid.size());
        let people = self.detector.detect(pyramid, whole, self.options.min_detection_score);
        most_prominent(people)
            .into_iter()
            .take(MAX_CANDIDATES)
            .find_map(|person| self.read(pyramid, roi_of(&person)))
    }

    fn read(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi) -> Option<PoseReading> {
        if !roi.is_usable(pyramid.size()) {
            return None;
        }
        let reading = self.landmarker.read(pyramid, roi);
        (reading.presence >= self.options.min_presence).then_some(reading)
    }
}

/// The region in which to look for the landmarks of a person found.
pub(crate) fn roi_of(person: &Detection) -> Roi {
    Roi::reaching(person.key_points[0], person.key_points[1]).scaled(ROI_SCALE)
}

/// People by the area they take, tempered by how sure the detector is of them.
pub(crate) fn most_prominent(mut people: Vec<Detection>) -> Vec<Detection> {
    let prominence =
        |person: &Detection| person.score * person.key_points[0].distance_squared(person.key_points[1]);
    people.sort_by(|a, b| prominence(b).total_cmp(&prominence(a)));
    people
}

//! Single-shot detectors (SSD): boxes and key points as offsets from a fixed grid of anchors.

mod anchors;
mod suppress;

use glam::Vec2;

use crate::error::Result;
use crate::networks::{Network, Networks};
use crate::picture_network::{PictureNetwork, PictureSpec, sigmoid};
use crate::pyramid::Pyramid;
use crate::roi::Roi;
use crate::sample::{Border, ValueRange};
use anchors::anchors;
use suppress::{Candidate, merge_overlapping};

/// Something found in a picture.
#[derive(Clone, Debug)]
pub(crate) struct Detection {
    /// 0 … 1.
    pub(crate) score: f32,
    /// Its key points in image pixels, in the network's order.
    pub(crate) key_points: Vec<Vec2>,
}

pub(crate) struct DetectorSpec {
    network: Network,
    side: usize,
    strides: &'static [usize],
    key_points: usize,
    boxes_output: &'static str,
    scores_output: &'static str,
}

impl DetectorSpec {
    /// People. Key points: the middle of the hips, then the top of the circle about the whole body; the same for the
    /// upper body (Bazarevsky et al., "BlazePose", 2020).
    pub(crate) const POSE: Self = Self {
        network: Network::PoseDetection,
        side: 224,
        strides: &[8, 16, 32, 32, 32],
        key_points: 4,
        boxes_output: "Identity",
        scores_output: "Identity_1",
    };

    /// Faces. Key points: right eye, left eye, nose, mouth, right ear, left ear (Bazarevsky et al., "BlazeFace", 2019).
    pub(crate) const FACE: Self = Self {
        network: Network::FaceDetectionShortRange,
        side: 128,
        strides: &[8, 16, 16, 16],
        key_points: 6,
        boxes_output: "regressors",
        scores_output: "classificators",
    };
}

/// Finds things of one kind.
#[derive(Clone)]
pub(crate) struct Detector {
    network: PictureNetwork,
    anchors: Vec<Vec2>,
    key_points: usize,
    boxes_output: &'static str,
    scores_output: &'static str,
}

impl Detector {
    pub(crate) fn load(networks: &Networks, spec: &DetectorSpec) -> Result<Self> {
        let anchors = anchors(spec.side, spec.strides);
        let picture = PictureSpec {
            network: spec.network,
            side: spec.side,
            range: ValueRange::SIGNED,
            border: Border::Black,
        };
        let outputs = [
            (spec.boxes_output, anchors.len() * values_per_box(spec.key_points)),
            (spec.scores_output, anchors.len()),
        ];
        Ok(Self {
            network: PictureNetwork::load(networks, &picture, &outputs)?,
            anchors,
            key_points: spec.key_points,
            boxes_output: spec.boxes_output,
            scores_output: spec.scores_output,
        })
    }

    /// All that lies in a region of a picture with a score of at least `min_score`, the surest first.
    pub(crate) fn detect(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi, min_score: f32) -> Vec<Detection> {
        self.network.look(pyramid, roi);
        let image_from_unit = roi.image_from_unit();
        merge_overlapping(self.candidates(min_score))
            .into_iter()
            .map(|found| Detection {
                score: found.score,
                key_points: found.key_points.iter().map(|&p| image_from_unit.transform_point2(p)).collect(),
            })
            .collect()
    }

    /// What the network holds likely, in the unit square of its input.
    fn candidates(&self, min_score: f32) -> Vec<Candidate> {
        let side = self.network.side();
        let scores = self.network.output(self.scores_output);
        let boxes = self.network.output(self.boxes_output).chunks_exact(values_per_box(self.key_points));
        let mut candidates = Vec::new();
        for ((&anchor, &score), values) in self.anchors.iter().zip(scores).zip(boxes) {
            let score = sigmoid(score);
            if score < min_score {
                continue;
            }
            let pair = |index: usize| Vec2::new(values[index], values[index + 1]) / side;
            let (center, extent) = (anchor + pair(0), pair(2));
            candidates.push(Candidate {
                score,
                low: center - extent / 2.0,
                high: center + extent / 2.0,
                key_points: (0..self.key_points).map(|k| anchor + pair(4 + 2 * k)).collect(),
            });
        }
        candidates
    }
}

/// Centre, width and height, then the key points.
const fn values_per_box(key_points: usize) -> usize {
    4 + 2 * key_points
}

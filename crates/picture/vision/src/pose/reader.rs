use frame::{BodyLandmarks, body};
use glam::Vec3;

use super::landmarker::{PoseLandmarker, PoseModel, PoseReading};
use crate::error::Result;
use crate::networks::Networks;
use crate::pyramid::Pyramid;
use crate::roi::Roi;

/// A body whose shoulders are less apart than this, in lengths of its spine, is turned to the side or away; people who
/// face the viewer have 0.5 … 0.9, those who show their back as much below nought.
pub(super) const TURNED: f32 = 0.25;
/// Every so many looks the sure network is asked too, unless it is told otherwise.
const ASKED_EVERY: u32 = 4;
/// How much of what it says anew is believed at once; its answers tremble too.
const BELIEVED: f32 = 0.5;
/// The most a landmark is corrected, in sides of the region: what differs by more is a mistake of one of the networks
/// about this one picture.
const MOST_CORRECTED: f32 = 0.03;

/// Reads the body in a region, picture after picture.
///
/// The quick network follows every move, but places joints by habits of its own that hardly change from picture to
/// picture; the sure one is twice as exact and takes five times as long. So the sure one is asked now and then for what
/// the quick one is off, and alone where a body is turned to the side or away, as there the quick one takes a back
/// for a front.
#[derive(Clone)]
pub(crate) struct BodyReader {
    quick: PoseLandmarker,
    sure: PoseLandmarker,
    correction: Option<Correction>,
    read_since_asked: u32,
    ask_every: u32,
    /// Whether the body was turned in the picture before, by the sure network.
    turned: bool,
}

impl BodyReader {
    pub(crate) fn load(networks: &Networks) -> Result<Self> {
        Ok(Self {
            quick: PoseLandmarker::load(networks, PoseModel::Full, false)?,
            sure: PoseLandmarker::load(networks, PoseModel::Heavy, false)?,
            correction: None,
            read_since_asked: 0,
            ask_every: ASKED_EVERY,
            turned: false,
        })
    }

    /// The sure network is asked every `looks` looks.
    pub(super) fn ask_every(&mut self, looks: u32) {
        self.ask_every = looks.max(1);
    }

    /// The next region shows another body.
    pub(crate) fn forget(&mut self) {
        self.correction = None;
        self.turned = false;
    }

    pub(crate) fn read(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi) -> PoseReading {
        if self.turned {
            return self.read_surely(pyramid, roi);
        }
        let mut reading = self.quick.read(pyramid, roi);
        if shoulder_span(&reading.body) < TURNED {
            return self.read_surely(pyramid, roi);
        }
        self.read_since_asked += 1;
        if self.correction.is_none() || self.read_since_asked >= self.ask_every {
            let surer = self.sure.read(pyramid, roi);
            let found = Correction::new(&reading.body, &surer.body, roi.side_px);
            self.correction = Some(match self.correction.take() {
                Some(before) => before.towards(&found),
                None => found,
            });
            self.read_since_asked = 0;
        }
        if let Some(correction) = &self.correction {
            correction.apply(&mut reading.body, roi.side_px);
        }
        reading
    }

    fn read_surely(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi) -> PoseReading {
        let reading = self.sure.read(pyramid, roi);
        self.turned = shoulder_span(&reading.body) < TURNED;
        reading
    }
}

/// What the quick network's landmarks are off.
#[derive(Clone)]
struct Correction {
    /// In the picture, in sides of the region.
    image: [Vec3; body::COUNT],
    /// In space, in metres.
    world: [Vec3; body::COUNT],
}

impl Correction {
    fn new(quick: &BodyLandmarks, sure: &BodyLandmarks, side_px: f32) -> Self {
        Self {
            image: std::array::from_fn(|i| {
                ((sure[i].image - quick[i].image) / side_px).clamp_length_max(MOST_CORRECTED)
            }),
            world: std::array::from_fn(|i| sure[i].world - quick[i].world),
        }
    }

    fn towards(&self, other: &Self) -> Self {
        Self {
            image: std::array::from_fn(|i| self.image[i].lerp(other.image[i], BELIEVED)),
            world: std::array::from_fn(|i| self.world[i].lerp(other.world[i], BELIEVED)),
        }
    }

    fn apply(&self, body: &mut BodyLandmarks, side_px: f32) {
        for (i, point) in body.points_mut().iter_mut().enumerate() {
            point.image += self.image[i] * side_px;
            point.world += self.world[i];
        }
    }
}

/// How far the left shoulder lies on the side where it is when the body faces the viewer, across the spine and in its
/// lengths, in the picture.
pub(super) fn shoulder_span(body: &BodyLandmarks) -> f32 {
    let spine = -body.spine();
    let across = body[body::LEFT_SHOULDER].xy() - body[body::RIGHT_SHOULDER].xy();
    across.perp_dot(spine) / spine.length_squared().max(1.0)
}

#[cfg(test)]
mod tests {
    use frame::BodyLandmark;
    use glam::Vec2;

    use super::*;

    fn body(left_shoulder: Vec2, right_shoulder: Vec2) -> BodyLandmarks {
        let at = |p: Vec2| BodyLandmark {
            image: p.extend(0.0),
            world: Vec3::ZERO,
            visibility: 1.0,
            presence: 1.0,
        };
        let place = |i: usize| match i {
            body::LEFT_SHOULDER => left_shoulder,
            body::RIGHT_SHOULDER => right_shoulder,
            _ => Vec2::new(100.0, 200.0),
        };
        BodyLandmarks::new((0..body::COUNT).map(|i| at(place(i))).collect()).unwrap()
    }

    #[test]
    fn the_span_is_signed_and_turns_with_the_body() {
        let (left, right) = (Vec2::new(130.0, 100.0), Vec2::new(70.0, 100.0));
        assert!((shoulder_span(&body(left, right)) - 0.6).abs() < 1e-5);
        assert!((shoulder_span(&body(right, left)) + 0.6).abs() < 1e-5);
        // Lying on its side.
        let (left, right) = (Vec2::new(0.0, 170.0), Vec2::new(0.0, 230.0));
        assert!((shoulder_span(&body(left, right)) - 0.6).abs() < 1e-5);
    }
}

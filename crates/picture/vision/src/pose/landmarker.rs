use frame::{BodyLandmark, BodyLandmarks, Plane, Size, body};
use glam::{Affine2, Mat2, Vec2};

use super::heat_map;
use crate::error::Result;
use crate::networks::{Network, Networks};
use crate::picture_network::{PictureNetwork, PictureSpec, sigmoid};
use crate::pyramid::Pyramid;
use crate::roi::Roi;
use crate::sample::{Border, ValueRange};

const LANDMARKS: &str = "Identity";
const PRESENCE: &str = "Identity_1";
const SEGMENTATION: &str = "Identity_2";
const HEAT_MAP: &str = "Identity_3";
const WORLD: &str = "Identity_4";

/// The 33 of the body and six that only serve the network.
const POINTS: usize = 39;
/// Two of the six: the middle of the hips and the top of the circle about the body.
const CENTER: usize = 33;
const TOP: usize = 34;
const SIDE: usize = 256;
/// How much larger a region is than the circle about the body.
pub(crate) const ROI_SCALE: f32 = 1.25;

/// Which of the pose networks looks at a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PoseModel {
    /// Quick.
    Full,
    /// Five times slower, surer of bodies that are turned, hidden or drawn.
    Heavy,
}

impl PoseModel {
    const fn network(self) -> Network {
        match self {
            Self::Full => Network::PoseLandmarkFull,
            Self::Heavy => Network::PoseLandmarkHeavy,
        }
    }
}

/// What the network says of one region.
#[derive(Clone, Debug)]
pub(crate) struct PoseReading {
    /// The likelihood that a person is there, 0 … 1.
    pub(crate) presence: f32,
    pub(crate) body: BodyLandmarks,
    /// Where to look for the same person next.
    pub(crate) next_roi: Roi,
}

/// Finds the 33 landmarks of the person in a region (Bazarevsky et al., "BlazePose", 2020; Grishchenko et al.,
/// "BlazePose GHUM Holistic", 2022).
#[derive(Clone)]
pub(crate) struct PoseLandmarker {
    network: PictureNetwork,
}

impl PoseLandmarker {
    /// With `segmentation` the network also tells which pixels are the person, at nearly twice the time.
    pub(crate) fn load(networks: &Networks, model: PoseModel, segmentation: bool) -> Result<Self> {
        let picture = PictureSpec {
            network: model.network(),
            side: SIDE,
            range: ValueRange::UNIT,
            border: Border::Edge,
        };
        let mut outputs = vec![
            (LANDMARKS, POINTS * 5),
            (PRESENCE, 1),
            (HEAT_MAP, heat_map::SIDE * heat_map::SIDE * POINTS),
            (WORLD, POINTS * 3),
        ];
        if segmentation {
            outputs.push((SEGMENTATION, SIDE * SIDE));
        }
        Ok(Self { network: PictureNetwork::load(networks, &picture, &outputs)? })
    }

    /// The same shared among the threads of the pool that it is run in; what it answers does not depend on them.
    pub(crate) fn shared(self) -> Self {
        Self { network: self.network.shared() }
    }

    pub(crate) fn read(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi) -> PoseReading {
        self.network.look(pyramid, roi);
        let presence = self.network.output(PRESENCE)[0];
        let landmarks: Vec<&[f32]> = self.network.output(LANDMARKS).chunks_exact(5).collect();
        let world = self.network.output(WORLD);
        let scores = self.network.output(HEAT_MAP);
        let image_from_unit = roi.image_from_unit();
        let image_from_roi = Mat2::from_angle(roi.rotation_rad);

        let position = |index: usize| {
            let unit = Vec2::new(landmarks[index][0], landmarks[index][1]) / SIDE as f32;
            let unit = heat_map::refine(scores, POINTS, index, unit).unwrap_or(unit);
            image_from_unit.transform_point2(unit)
        };
        let points = (0..body::COUNT).map(|index| {
            let turned = image_from_roi * Vec2::new(world[3 * index], world[3 * index + 1]);
            BodyLandmark {
                image: position(index).extend(landmarks[index][2] / SIDE as f32 * roi.side_px),
                world: turned.extend(world[3 * index + 2]),
                visibility: sigmoid(landmarks[index][3]),
                presence: sigmoid(landmarks[index][4]),
            }
        });
        PoseReading {
            presence,
            body: BodyLandmarks::new(points.collect()).expect("one was made for each"),
            next_roi: Roi::reaching(position(CENTER), position(TOP)).scaled(ROI_SCALE),
        }
    }

    /// Which pixels of the region read last, in `roi`, are the person. Only where the network was loaded with
    /// segmentation.
    pub(crate) fn segmentation(&self, roi: Roi) -> Segmentation {
        let likelihood = self.network.output(SEGMENTATION).iter().map(|&score| sigmoid(score)).collect();
        let size = Size::new(SIDE as u32, SIDE as u32);
        let likelihood = Plane::new(size, likelihood).expect("the output's length was checked when loaded");
        Segmentation { unit_from_image: roi.image_from_unit().inverse(), likelihood }
    }
}

/// Which pixels of a region are a person.
#[derive(Clone)]
pub(crate) struct Segmentation {
    unit_from_image: Affine2,
    likelihood: Plane<f32>,
}

impl Segmentation {
    /// The likelihood that the pixel at an image point is the person: 0 … 1, 0 outside the region.
    pub(crate) fn at(&self, point: Vec2) -> f32 {
        let unit = self.unit_from_image.transform_point2(point);
        let inside = unit.cmpge(Vec2::ZERO).all() && unit.cmple(Vec2::ONE).all();
        if inside { bilinear(&self.likelihood, unit * SIDE as f32 - 0.5) } else { 0.0 }
    }

    /// The same for each pixel of a picture of `size`.
    pub(crate) fn in_picture(&self, size: Size) -> Plane<f32> {
        Plane::from_fn(size, |x, y| self.at(Vec2::new(x as f32, y as f32) + 0.5))
    }
}

/// The value at a point counted from the centre of the first pixel; the edge goes on for ever.
fn bilinear(plane: &Plane<f32>, at: Vec2) -> f32 {
    let low = at.floor();
    let t = at - low;
    let (x, y) = (low.x as isize, low.y as isize);
    let row = |y| {
        let (a, b) = (plane.get_clamped(x, y), plane.get_clamped(x + 1, y));
        a + (b - a) * t.x
    };
    let (upper, lower) = (row(y), row(y + 1));
    upper + (lower - upper) * t.y
}

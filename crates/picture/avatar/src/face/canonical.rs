use frame::FaceLandmarks;
use glam::{Mat3, Vec3};

use super::points::{BEFORE_EARS, EYES, MOUTH_CORNERS, MOUTH_MIDDLE, OVAL};
use crate::motion::place_of_face;

/// A face mesh in an upright frame of its own: x to the subject's left, y down, z away from the viewer of a face that looks
/// at him; the unit is the distance between the outer corners of the eyes, the origin the middle between them.
#[derive(Clone, Debug, PartialEq)]
pub struct CanonicalFace {
    /// The 478 points.
    pub points: Vec<Vec3>,
    /// Turns the upright frame into the picture's.
    pub rotation: Mat3,
    /// Pixels of the picture a unit.
    pub unit_px: f32,
}

impl CanonicalFace {
    /// The face upright. `None` if it has no size.
    pub fn new(face: &FaceLandmarks) -> Option<Self> {
        let (rotation, unit_px) = place_of_face(face);
        let [right, left] = [EYES[0].corners[0], EYES[1].corners[0]].map(|i| face[i]);
        if !(unit_px.is_finite() && unit_px > 1.0) {
            return None;
        }
        let middle = (right + left) * 0.5;
        let upright = rotation.transpose() / unit_px;
        let points = face.points().iter().map(|p| upright * (*p - middle)).collect();
        Some(Self { points, rotation, unit_px })
    }

    /// Height of the face from the middle of the forehead to the chin, in units.
    pub fn height(&self) -> f32 {
        self.points[OVAL[18]].y - self.points[OVAL[0]].y
    }

    /// Distance between the lips in the middle of the mouth, in units; 0 for a shut one.
    pub fn mouth_gap(&self) -> f32 {
        let [upper, lower] = MOUTH_MIDDLE.map(|i| self.points[i].truncate());
        upper.distance(lower)
    }

    /// Width of the mouth from corner to corner, in units.
    pub fn mouth_width(&self) -> f32 {
        let [right, left] = MOUTH_CORNERS.map(|i| self.points[i].truncate());
        right.distance(left)
    }

    /// Width of the face from ear to ear, in units.
    pub fn width(&self) -> f32 {
        let [right, left] = BEFORE_EARS.map(|i| self.points[i].truncate());
        right.distance(left)
    }

    /// Mean distance between the middles of an eye's lids, in widths of the eye; the subject's right eye first.
    pub fn eye_openings(&self) -> [f32; 2] {
        EYES.each_ref().map(|eye| {
            let width = self.points[eye.corners[0]].distance(self.points[eye.corners[1]]).max(1e-3);
            let open = |i: usize| (self.points[eye.lower[i]].y - self.points[eye.upper[i]].y).max(0.0);
            (open(2) + open(3) + open(4)) / (3.0 * width)
        })
    }

    /// Where each iris lies from the middle of its eye's corners, in widths of the eye along x and y of the face.
    pub fn gaze(&self) -> [glam::Vec2; 2] {
        EYES.each_ref().map(|eye| {
            let [a, b] = eye.corners.map(|i| self.points[i].truncate());
            (self.points[eye.iris].truncate() - (a + b) * 0.5) / a.distance(b).max(1e-3)
        })
    }
}

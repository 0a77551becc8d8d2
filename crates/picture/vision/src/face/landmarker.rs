use frame::{BodyLandmarks, FaceLandmarks, body};
use glam::{Vec2, Vec3};

use super::refinement::{IRIS, LEFT_EYE, LIPS, MESH, RIGHT_EYE, append_iris, refine};
use crate::detect::Detection;
use crate::error::Result;
use crate::networks::{Network, Networks};
use crate::picture_network::{PictureNetwork, PictureSpec, sigmoid};
use crate::pyramid::Pyramid;
use crate::roi::{Roi, angle_of_right};
use crate::sample::{Border, ValueRange};

const SIDE: usize = 192;
const OUTPUTS: [(&str, usize); 7] = [
    ("output_mesh_identity", MESH * 3),
    ("output_lips", LIPS.len() * 2),
    ("output_left_eye", LEFT_EYE.len() * 2),
    ("output_right_eye", RIGHT_EYE.len() * 2),
    ("output_left_iris", IRIS * 2),
    ("output_right_iris", IRIS * 2),
    ("conv_faceflag", 1),
];

/// Finds the mesh of the face in a region.
#[derive(Clone)]
pub(super) struct FaceLandmarker {
    network: PictureNetwork,
}

impl FaceLandmarker {
    pub(super) fn load(networks: &Networks) -> Result<Self> {
        let picture = PictureSpec {
            network: Network::FaceLandmarkWithAttention,
            side: SIDE,
            range: ValueRange::UNIT,
            border: Border::Edge,
        };
        Ok(Self { network: PictureNetwork::load(networks, &picture, &OUTPUTS)? })
    }

    /// The mesh, and the likelihood, 0 … 1, that there is a face at all.
    pub(super) fn read(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi) -> (FaceLandmarks, f32) {
        self.network.look(pyramid, roi);
        let [mesh, lips, left_eye, right_eye, left_iris, right_iris, flag] =
            OUTPUTS.map(|(name, _)| self.network.output(name));
        let mut points: Vec<Vec3> = mesh.chunks_exact(3).map(Vec3::from_slice).collect();
        refine(&mut points, &LIPS, lips);
        refine(&mut points, &LEFT_EYE, left_eye);
        refine(&mut points, &RIGHT_EYE, right_eye);
        append_iris(&mut points, &LEFT_EYE, left_iris);
        append_iris(&mut points, &RIGHT_EYE, right_iris);

        let image_from_unit = roi.image_from_unit();
        for point in &mut points {
            let unit = *point / SIDE as f32;
            *point = image_from_unit.transform_point2(unit.truncate()).extend(unit.z * roi.side_px);
        }
        let face = FaceLandmarks::new(points).expect("the outputs' lengths were checked when loaded");
        (face, sigmoid(flag[0]))
    }
}

/// Where to look for a face that was seen a moment ago.
pub(super) fn roi_from_landmarks(face: &FaceLandmarks) -> Roi {
    const OUTER_CORNERS_OF_EYES: (usize, usize) = (33, 263);
    let points = face.points();
    let eyes = points[OUTER_CORNERS_OF_EYES.1] - points[OUTER_CORNERS_OF_EYES.0];
    Roi::around(points.iter().map(|p| p.truncate()), angle_of_right(eyes.truncate())).square(Vec2::ZERO, 1.5)
}

/// Where to look for the mesh of a face the detector found.
pub(super) fn roi_from_detection(face: &Detection) -> Roi {
    let eyes = face.key_points[1] - face.key_points[0];
    Roi::around(face.key_points.iter().copied(), angle_of_right(eyes)).square(Vec2::new(0.0, -0.1), 2.0)
}

/// Where a face must be by the body's own landmarks of it: coarse.
pub(super) fn roi_from_body(body: &BodyLandmarks) -> Roi {
    let points = &body.points()[body::NOSE..=body::MOUTH_RIGHT];
    let eyes = body[body::LEFT_EYE].xy() - body[body::RIGHT_EYE].xy();
    Roi::around(points.iter().map(|p| p.xy()), angle_of_right(eyes)).square(Vec2::ZERO, 3.0)
}

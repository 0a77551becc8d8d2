use frame::{FaceLandmarks, Person, body};
use glam::{Mat3, Vec3};

use crate::rotation::{best_similarity, frame_of};

/// Points of the face mesh on the middle line that move little with the expression: index, y and z.
///
/// The table and [`PAIRS`] are the generalised Procrustes mean (Gower 1975) of 66 tracked faces, photographs and drawings,
/// made symmetric. x to the subject's left, y down, z away from the viewer of a face that looks at him; unit: the distance
/// between the outer corners of the eyes. Its zero pitch is that of [`head_from_body`] on average. Only rotations relative
/// to it are ever used, so its proportions matter little.
const MIDLINE: [(usize, [f32; 2]); 14] = [
    (10, [-0.699, -0.139]),
    (168, [-0.138, -0.251]),
    (6, [-0.050, -0.308]),
    (197, [0.023, -0.371]),
    (195, [0.089, -0.438]),
    (5, [0.159, -0.507]),
    (4, [0.250, -0.545]),
    (1, [0.325, -0.531]),
    (19, [0.365, -0.500]),
    (94, [0.391, -0.417]),
    (2, [0.411, -0.372]),
    (151, [-0.520, -0.198]),
    (9, [-0.334, -0.246]),
    (8, [-0.232, -0.243]),
];

/// Such points off the middle line: indices on the subject's left and right, x, y and z of the left one.
const PAIRS: [(usize, usize, [f32; 3]); 17] = [
    (338, 109, [0.213, -0.690, -0.123]),
    (297, 67, [0.392, -0.650, -0.056]),
    (332, 103, [0.556, -0.566, 0.057]),
    (284, 54, [0.660, -0.446, 0.183]),
    (251, 21, [0.722, -0.300, 0.299]),
    (389, 162, [0.754, -0.145, 0.421]),
    (356, 127, [0.763, 0.038, 0.510]),
    (454, 234, [0.754, 0.204, 0.541]),
    (323, 93, [0.740, 0.369, 0.527]),
    (361, 132, [0.710, 0.538, 0.480]),
    (288, 58, [0.657, 0.711, 0.397]),
    (263, 33, [0.500, -0.058, -0.021]),
    (362, 133, [0.199, -0.041, -0.085]),
    (280, 50, [0.539, 0.291, -0.126]),
    (425, 205, [0.442, 0.377, -0.194]),
    (347, 118, [0.503, 0.144, -0.105]),
    (330, 101, [0.382, 0.206, -0.170]),
];

/// The rotation that turns the canonical face, which looks at the viewer upright, into the person's: from the face mesh
/// where there is one, else from the ears and the nose of the body.
pub fn head_from_canonical(person: &Person) -> Mat3 {
    person.face.as_ref().map_or_else(|| head_from_body(person), head_from_face)
}

/// Best rotation of the canonical face to the stable points of a face mesh.
pub(super) fn head_from_face(face: &FaceLandmarks) -> Mat3 {
    place_of_face(face).0
}

/// That rotation, and the pixels a unit of the canonical face: the distance between the outer corners of the eyes, as all
/// stable points together tell it.
pub(crate) fn place_of_face(face: &FaceLandmarks) -> (Mat3, f32) {
    let mut canonical = Vec::with_capacity(MIDLINE.len() + 2 * PAIRS.len());
    let mut seen = Vec::with_capacity(canonical.capacity());
    for (index, [y, z]) in MIDLINE {
        canonical.push(Vec3::new(0.0, y, z));
        seen.push(face[index]);
    }
    for (left, right, [x, y, z]) in PAIRS {
        canonical.extend([Vec3::new(x, y, z), Vec3::new(-x, y, z)]);
        seen.extend([face[left], face[right]]);
    }
    best_similarity(&canonical, &seen)
}

/// The head's frame from the body landmarks alone: x from ear to ear, z from the nose to the middle of the ears.
pub(super) fn head_from_body(person: &Person) -> Mat3 {
    let (points, _) = crate::lift(&person.body);
    let [nose, left, right] = [body::NOSE, body::LEFT_EAR, body::RIGHT_EAR].map(|i| points[i]);
    // `frame_of` keeps its second axis exactly, which here is the depth; its third is then −y.
    let frame = frame_of(left - right, (left + right) * 0.5 - nose);
    Mat3::from_cols(frame.x_axis, -frame.z_axis, frame.y_axis)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The canonical face, so turned.
    pub(in crate::motion) fn face_turned_by(rotation: Mat3) -> FaceLandmarks {
        let mut points = vec![Vec3::ZERO; FaceLandmarks::COUNT];
        for (index, [y, z]) in MIDLINE {
            points[index] = Vec3::new(0.0, y, z);
        }
        for (left, right, [x, y, z]) in PAIRS {
            (points[left], points[right]) = (Vec3::new(x, y, z), Vec3::new(-x, y, z));
        }
        FaceLandmarks::new(
            points.iter().map(|p| rotation * *p * 80.0 + Vec3::new(300.0, 200.0, 5.0)).collect(),
        )
        .unwrap()
    }

    #[test]
    fn a_turned_face_gives_its_rotation() {
        for truth in [
            Mat3::IDENTITY,
            Mat3::from_rotation_y(0.8),
            Mat3::from_rotation_x(-0.4) * Mat3::from_rotation_z(1.2),
        ] {
            let found = head_from_face(&face_turned_by(truth));
            assert!((found - truth).to_cols_array().iter().all(|v| v.abs() < 1e-4), "{found} {truth}");
        }
    }

    #[test]
    fn indices_are_used_once() {
        let mut all: Vec<usize> =
            MIDLINE.iter().map(|m| m.0).chain(PAIRS.iter().flat_map(|p| [p.0, p.1])).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), MIDLINE.len() + 2 * PAIRS.len());
    }
}

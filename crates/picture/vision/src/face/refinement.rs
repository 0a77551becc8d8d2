//! Which points of the mesh the attention network's finer outputs stand for, in their order: Grishchenko et al.,
//! "Attention Mesh", 2020, and the published topology of the canonical face mesh. "Left" and "right" here are the
//! mesh's authors': as one sees them in the picture.

use glam::{Vec2, Vec3};

/// Points of the mesh itself.
pub(super) const MESH: usize = 468;
/// Points of each iris: its centre, then right, top, left and bottom of its rim.
pub(super) const IRIS: usize = 5;

pub(super) const LIPS: [u16; 80] = [
    // Each ring from the corner along the lower lip to the other corner, then the upper lip between them: outermost,
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409,
    // innermost,
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415,
    // second from outside,
    76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408,
    // second from inside.
    62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407,
];

/// The first 16 are the rim of the lids.
pub(super) const LEFT_EYE: [u16; 71] = [
    33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173, // lids: lower, upper
    130, 25, 110, 24, 23, 22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190, // one ring out
    226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224, 223, 222, 221, 189, // two rings out
    35, 124, 46, 53, 52, 65, // lower edge of the brow
    143, 111, 117, 118, 119, 120, 121, 128, 245, 156, 70, 63, 105, 66, 107, 55,
    193, // cheek, upper edge of the brow
];

/// As [`LEFT_EYE`], mirrored.
pub(super) const RIGHT_EYE: [u16; 71] = [
    263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, //
    359, 255, 339, 254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414, //
    446, 261, 448, 449, 450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413, //
    265, 353, 276, 283, 282, 295, //
    372, 340, 346, 347, 348, 349, 350, 357, 465, 383, 300, 293, 334, 296, 336, 285, 417,
];

/// Points of an eye's list that are the rim of its lids.
const LIDS: usize = 16;

/// Moves the points that `indices` name to `refined` (x, y alternating); depth stays the mesh's, which the finer
/// outputs lack.
pub(super) fn refine(points: &mut [Vec3], indices: &[u16], refined: &[f32]) {
    for (&index, xy) in indices.iter().zip(refined.chunks_exact(2)) {
        let point = &mut points[usize::from(index)];
        *point = Vec2::from_slice(xy).extend(point.z);
    }
}

/// Appends an iris (x, y alternating) at the mean depth of the lids about it.
pub(super) fn append_iris(points: &mut Vec<Vec3>, eye: &[u16; 71], iris: &[f32]) {
    let depth = eye[..LIDS].iter().map(|&index| points[usize::from(index)].z).sum::<f32>() / LIDS as f32;
    points.extend(iris.chunks_exact(2).map(|xy| Vec2::from_slice(xy).extend(depth)));
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_lists_name_points_of_the_mesh_once() {
        let lists: [&[u16]; 3] = [&LIPS, &LEFT_EYE, &RIGHT_EYE];
        let all: Vec<u16> = lists.concat();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 80 + 71 + 71);
        assert!(all.iter().all(|&index| usize::from(index) < MESH));
    }

    #[test]
    fn an_iris_lies_as_deep_as_its_lids() {
        let mut points = vec![Vec3::ZERO; MESH];
        for &index in &LEFT_EYE[..LIDS] {
            points[usize::from(index)].z = 8.0;
        }
        refine(&mut points, &LEFT_EYE, &[1.5; 142]);
        append_iris(&mut points, &LEFT_EYE, &[3.0; 10]);
        assert_eq!(points[33], Vec3::new(1.5, 1.5, 8.0));
        assert_eq!(points[MESH..], [Vec3::new(3.0, 3.0, 8.0); IRIS]);
    }
}

//! Names for points of the face mesh, in the numbering of its authors (Kartynnik et al., "Real-time Facial Surface Geometry from
//! Monocular Video on Mobile GPUs", 2019; irises as in [`frame::FaceLandmarks`]). "Right" is the subject's: on the left
//! of a picture of someone who looks at it.

/// Points of the mesh without the irises.
pub(crate) const MESH: usize = 468;

/// The tip of the chin.
pub(crate) const CHIN: usize = 152;

/// The face's outline, clockwise in the picture from the middle of the forehead.
pub(super) const OVAL: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176,
    149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

/// Number of points on each rim of the mouth's opening, its two corners included in both.
pub(super) const ACROSS_MOUTH: usize = 11;
/// The lower edge of the upper lip, from the right corner to the left.
pub(super) const UPPER_RIM: [usize; ACROSS_MOUTH] = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308];
/// The upper edge of the lower lip, from the right corner to the left.
pub(super) const LOWER_RIM: [usize; ACROSS_MOUTH] = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308];
/// The outer edge of both lips.
pub(super) const LIPS: [usize; 20] =
    [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185];
/// The corners of the mouth, right and left.
pub(super) const MOUTH_CORNERS: [usize; 2] = [61, 291];
/// Where the face ends before the ears, right and left.
pub(crate) const BEFORE_EARS: [usize; 2] = [234, 454];
/// The middle of the upper and of the lower rim.
pub(super) const MOUTH_MIDDLE: [usize; 2] = [UPPER_RIM[5], LOWER_RIM[5]];

/// Lower and upper edges of both brows.
pub(super) const BROWS: [usize; 20] =
    [70, 63, 105, 66, 107, 46, 53, 52, 65, 55, 300, 293, 334, 296, 336, 276, 283, 282, 295, 285];

/// The tip of the nose: what lies below it moves with the jaw.
pub(super) const NOSE_TIP: usize = 1;

/// An eye's points.
pub(super) struct Eye {
    /// Right and left corner in the picture.
    pub corners: [usize; 2],
    /// The edge of the upper lid between the corners, from right to left of the subject's right eye; mirrored for the left.
    pub upper: [usize; 7],
    /// The edge of the lower lid, each under its partner in `upper`.
    pub lower: [usize; 7],
    /// The crease above the upper lid.
    pub crease: [usize; 7],
    /// The centre of the iris, which its four rim points follow.
    pub iris: usize,
}

/// The subject's right eye, then the left.
pub(super) const EYES: [Eye; 2] = [
    Eye {
        corners: [33, 133],
        upper: [246, 161, 160, 159, 158, 157, 173],
        lower: [7, 163, 144, 145, 153, 154, 155],
        crease: [247, 30, 29, 27, 28, 56, 190],
        iris: 468,
    },
    Eye {
        corners: [263, 362],
        upper: [466, 388, 387, 386, 385, 384, 398],
        lower: [249, 390, 373, 374, 380, 381, 382],
        crease: [467, 260, 259, 257, 258, 286, 414],
        iris: 473,
    },
];

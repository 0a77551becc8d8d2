use frame::{FaceLandmarks, Size};
use glam::Vec2;

use super::points::MESH;
use crate::filter::{Mask, convex_hull, fill_polygon};

/// Where a face is in its picture.
pub(crate) struct FaceRegion {
    /// What its mesh encloses.
    pub(crate) inside: Mask,
    /// Height in pixels.
    pub(crate) height: f32,
}

impl FaceRegion {
    /// `None` for a mesh that is no face's: of a few pixels, or beyond all pictures.
    pub(crate) fn of(face: &FaceLandmarks, size: Size) -> Option<Self> {
        let points: Vec<Vec2> = face.points()[..MESH].iter().map(|p| p.truncate()).collect();
        let (low, high) =
            points.iter().fold((f32::MAX, f32::MIN), |(low, high), p| (low.min(p.y), high.max(p.y)));
        let height = high - low;
        (4.0..1e5).contains(&height).then(|| {
            let mut inside = Mask::filled(size, false);
            fill_polygon(&mut inside, &convex_hull(&points));
            Self { inside, height }
        })
    }
}

use frame::FaceLandmarks;
use glam::Vec2;

use crate::face::{FaceRegion, face_upwards};
use crate::parts::{Ear, PartMap, centre};
use crate::smoothstep;

/// How broad an ear is from the side, in heights of the face (Gordon et al., "2012 Anthropometric Survey of U.S. Army Personnel", 2014).
const BREADTH: f32 = 0.2;
/// Where ears lie above and below the place before them, in heights of the face, and how much of that they take to go over.
const UPRIGHT: [f32; 2] = [-0.2, 0.2];
const OVER: f32 = 0.07;
/// Ears that are seen beside a face.
///
/// From the front they are narrow, as they lie backwards along the head: seen from the side, their outer edge is behind where
/// the outline of the head lies elsewhere.
pub(super) struct Ears {
    ears: Vec<Ear>,
    /// Unit vector up the face.
    up: Vec2,
    /// Height of the face in pixels.
    height: f32,
}

impl Ears {
    /// `None` for a face without ears.
    pub(super) fn of(face: &FaceLandmarks, parts: &PartMap) -> Option<Self> {
        let ears: Vec<Ear> = parts.ears.iter().flatten().copied().collect();
        let FaceRegion { height, .. } = FaceRegion::of(face, parts.hair.size())?;
        (!ears.is_empty()).then(|| Self { ears, up: face_upwards(face), height })
    }

    /// How far behind a head without ears a pixel of the front lies, so far within the outline.
    pub(super) fn behind(&self, x: usize, y: usize, inside: f32) -> f32 {
        let behind = |ear: &Ear| {
            let from_root = (centre(x, y) - ear.root) / self.height;
            let (down, aside) = (-from_root.dot(self.up), from_root.dot(ear.outwards));
            if aside < -0.02 || aside > 2.0 * ear.width / self.height {
                return 0.0;
            }
            let rows = smoothstep((down - UPRIGHT[0]) / OVER) * smoothstep((UPRIGHT[1] - down) / OVER);
            let over = (1.0 - inside / ear.width).clamp(0.0, 1.0);
            rows * over * (BREADTH * self.height - ear.width).max(0.0)
        };
        self.ears.iter().map(behind).fold(0.0, f32::max)
    }
}

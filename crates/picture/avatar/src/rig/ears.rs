use crate::parts::{Ear, centre};
use crate::smoothstep;

/// How broad an ear is from the side, in heights of the face (Gordon et al., "2012 Anthropometric Survey of U.S. Army Personnel", 2014).
const BREADTH: f32 = 0.2;
/// How far above and below the place before it an ear reaches, in heights of the face, and how much of that it takes to go over.
const REACH: f32 = 0.2;
const OVER: f32 = 0.07;

/// How far behind a head without ears a pixel of the front lies, so far within the outline, in pixels.
///
/// From the front ears are narrow, as they lie backwards along the head: seen from the side, their outer edge is behind where
/// the outline of the head lies elsewhere.
pub(super) fn behind(ears: &[Option<Ear>; 2], (x, y): (usize, usize), inside: f32) -> f32 {
    let behind = |ear: &Ear| {
        let from_root = centre(x, y) - ear.root;
        let (upwards, aside) = (from_root.dot(ear.outwards.perp()).abs(), from_root.dot(ear.outwards));
        if !(-0.02 * ear.face_height..2.0 * ear.width).contains(&aside) {
            return 0.0;
        }
        let rows = smoothstep((REACH - upwards / ear.face_height) / OVER);
        let over = (1.0 - inside / ear.width).clamp(0.0, 1.0);
        rows * over * (BREADTH * ear.face_height - ear.width).max(0.0)
    };
    ears.iter().flatten().map(behind).fold(0.0, f32::max)
}

use frame::{FaceLandmarks, Plane};

use super::{RigSource, Trunk};
use crate::face::{FaceRegion, MESH};
use crate::filter::{coverage, erode_square, gaussian_blur, signed_distance, threshold};
use crate::layers::SheetKind;

/// How deep a body is for its width: half an ellipse instead of half a circle.
const FLATTENING: f32 = 0.62;
/// So far inside the outline, in pixels, the front and the back meet: what lies further out is not solid everywhere.
const SEAM_PX: f32 = 1.5;
/// The steepest the front leaves the seam, in pixels of depth a pixel.
const STEEPEST: f32 = 1.4;

/// Depth of the trunk's and the head's front in pixels, negative towards the viewer: the outline inflated like a cushion,
/// with the face's own relief set in. `None` without a core.
pub(super) fn of_core(source: &RigSource<'_>, trunk: &Trunk) -> Option<Plane<f32>> {
    let core = source.sheets.iter().position(|s| s.kind == SheetKind::Core)?;
    let alpha = source.alphas.get(core)?;
    let radius = 0.525 * trunk.shoulder_width;
    // What the picture's edge cuts goes on beyond it: the border of the mask is no border of the body.
    let distance = signed_distance(&threshold(alpha, 0.3));
    let cushion = distance.map(|distance| {
        let e = distance.clamp(0.0, radius);
        -FLATTENING * (e * (2.0 * radius - e)).max(0.0).sqrt()
    });
    let cushion = gaussian_blur(&cushion, (alpha.height() as f32 / 190.0).max(4.0));
    let front = match source.face {
        Some(face) => with_face(cushion, face),
        None => cushion,
    };
    // Blurred, the front no longer meets the back at the outline, and a head seen from the side is slit.
    Some(front.zip_map(&distance, |z, distance| z.max(-STEEPEST * (distance - SEAM_PX).max(0.0))))
}

/// Sets the face's relief into the cushion, at the depth where the two agree best along the face's rim.
fn with_face(mut cushion: Plane<f32>, face: &FaceLandmarks) -> Plane<f32> {
    let Some(FaceRegion { inside, height }) = FaceRegion::of(face, cushion.size()) else { return cushion };
    let inner = gaussian_blur(&coverage(&erode_square(&inside, (0.04 * height) as usize)), 0.05 * height);
    let relief = splat(&cushion, &face.points()[..MESH], 0.035 * height);
    let rim = (0..cushion.pixels().len())
        .filter(|&i| inside.pixels()[i] && inner.pixels()[i] < 0.6 && relief.pixels()[i].is_finite())
        .map(|i| cushion.pixels()[i] - relief.pixels()[i]);
    let offset = crate::motion::percentile(rim, 0.5);
    for (i, depth) in cushion.pixels_mut().iter_mut().enumerate() {
        let face = relief.pixels()[i] + offset;
        if face.is_finite() {
            *depth += (face - *depth) * inner.pixels()[i].clamp(0.0, 1.0);
        }
    }
    cushion
}

/// The points' z spread over the plane by Gaussians of `sigma` and divided by their sum; NaN far from all points.
fn splat(like: &Plane<f32>, points: &[glam::Vec3], sigma: f32) -> Plane<f32> {
    let sigma = sigma.max(1.0);
    let mut sums = Plane::filled(like.size(), (0.0f32, 0.0f32));
    let reach = 3.0 * sigma;
    for p in points {
        let columns = (p.x - reach).max(0.0) as usize..((p.x + reach).max(0.0) as usize).min(like.width());
        for y in (p.y - reach).max(0.0) as usize..((p.y + reach).max(0.0) as usize).min(like.height()) {
            let dy = y as f32 + 0.5 - p.y;
            for x in columns.clone() {
                let dx = x as f32 + 0.5 - p.x;
                let weight = (-(dx * dx + dy * dy) / (2.0 * sigma * sigma)).exp();
                let sum = &mut sums.row_mut(y)[x];
                *sum = (sum.0 + weight * p.z, sum.1 + weight);
            }
        }
    }
    sums.map(|&(depth, weight)| if weight > 1e-3 { depth / weight } else { f32::NAN })
}

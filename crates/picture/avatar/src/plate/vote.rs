use frame::Plane;

use super::patch_field::{Canvas, Colour, PatchField};
use crate::filter::{Channels, complement, distance_to, from_rows};

/// The picture with each hole pixel replaced by the mean of what the patches over it propose, the better matches counting
/// more: `exp(−cost/σ)`, σ the upper quartile of the costs (Wexler, Shechtman & Irani 2007).
pub(super) fn vote(canvas: &Canvas, field: &PatchField) -> Plane<Colour> {
    const LEAST_SPREAD: f32 = 30.0;
    let spread = upper_quartile(field).max(LEAST_SPREAD);
    let matches = field.matches();
    let depth = distance_to(&complement(canvas.hole));
    let weights = matches.zip_map(&depth, |of, depth| {
        let confidence = RELIANCE.powf(-depth.min(60.0));
        if of.cost.is_finite() { ((-of.cost / spread).exp() + 1e-6) * confidence } else { 0.0 }
    });
    let (width, height) = (canvas.picture.width(), canvas.picture.height());
    let half = canvas.half_patch;
    let near = |i: usize, length: usize| i.saturating_sub(half)..(i + half + 1).min(length);
    from_rows(canvas.size(), [0.0; 4], |y, out| {
        out.copy_from_slice(canvas.picture.row(y));
        for (x, out) in out.iter_mut().enumerate().filter(|&(x, _)| canvas.hole.row(y)[x]) {
            let (mut sum, mut total) = ([0.0; 4], 0.0);
            for v in near(y, height) {
                let row = weights.row(v)[near(x, width)].iter().zip(&matches.row(v)[near(x, width)]);
                for (u, (&weight, of)) in near(x, width).zip(row).filter(|(_, (weight, _))| **weight > 0.0) {
                    // Patches lie wholly inside, so the pixel that a patch at (u, v) proposes for (x, y) does too.
                    let proposed = canvas.picture.row(of.y as usize + y - v)[of.x as usize + x - u];
                    sum = sum.plus(proposed.times(weight));
                    total += weight;
                }
            }
            if total > 0.0 {
                *out = sum.times(1.0 / total);
            }
        }
    })
}

/// How much more a patch counts for being a pixel nearer to what is known.
const RELIANCE: f32 = 1.3;

fn upper_quartile(field: &PatchField) -> f32 {
    let mut costs: Vec<f32> =
        field.matches().pixels().iter().map(|of| of.cost).filter(|c| c.is_finite()).collect();
    if costs.is_empty() {
        return 0.0;
    }
    let at = costs.len() * 3 / 4;
    *costs.select_nth_unstable_by(at, f32::total_cmp).1
}

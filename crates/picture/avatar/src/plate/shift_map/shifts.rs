use frame::{Plane, Size};
use glam::IVec2;

use super::{Scene, place};
use crate::filter::{area, complement, gaussian_blur, places};
use crate::plate::completion::patch_sources;
use crate::plate::patch_field::{Canvas, PatchField};
use crate::plate::remoteness::{Remoteness, variances_about};

/// Half the side of the patches that are compared, less a half.
const HALF_PATCH: usize = 3;
/// Ways shorter than this share of the long side say only that it is smooth.
const LEAST_SHIFT: f32 = 1.0 / 15.0;

/// The ways by which most of what is known lies from what looks most like it, first those by which most of the hole can be filled; then
/// some straight across: where all is plain, likeness tells none.
pub(super) fn dominant_shifts(scene: &Scene) -> Vec<IVec2> {
    /// How many are taken, of how many, and how far apart they are at least.
    const SHIFTS: usize = 60;
    const CANDIDATES: usize = 4 * SHIFTS;
    const APART_PX: i32 = 3;
    let width = scene.hole.width() as i32;
    let plain = (2..=8).flat_map(|part| [1, -1].map(|sign| IVec2::new(sign * part * width / 12, 0)));
    let mut chosen: Vec<(f32, IVec2)> = Vec::new();
    for (count, shift) in frequent_shifts(scene) {
        if chosen.len() == CANDIDATES {
            break;
        }
        if chosen.iter().all(|(_, other)| (*other - shift).abs().max_element() >= APART_PX) {
            chosen.push((count * filled_by(scene, shift) as f32, shift));
        }
    }
    chosen.sort_by(|a, b| b.0.total_cmp(&a.0));
    chosen.truncate(SHIFTS);
    chosen.into_iter().filter(|(score, _)| *score > 0.0).map(|(_, shift)| shift).chain(plain).collect()
}

/// How many pixels of the hole can be filled from so far away.
fn filled_by(scene: &Scene, shift: IVec2) -> usize {
    let size = scene.hole.size();
    let is_known = |at: (usize, usize)| place(size, 1, at, shift).is_some_and(|(x, y)| scene.known.get(x, y));
    places(&scene.hole).filter(|&at| is_known(at)).count()
}

/// The ways from what is known to what looks most like it, and how many go each, the most first.
fn frequent_shifts(scene: &Scene) -> Vec<(f32, IVec2)> {
    const SWEEPS: u32 = 5;
    const SPREAD_PX: f32 = 1.4;
    const LEAST_COUNT: f32 = 0.05;
    let (size, width) = (scene.hole.size(), scene.hole.width());
    let sources = patch_sources(&scene.hole, Some(&scene.known), HALF_PATCH, HALF_PATCH);
    if area(&sources) == 0 {
        return Vec::new();
    }
    let variances = variances_about(&scene.picture, &complement(&scene.known));
    let least_shift_px = (LEAST_SHIFT * size.long_side() as f32) as i32;
    let canvas = Canvas {
        picture: scene.picture.clone(),
        hole: &sources,
        sources: &sources,
        half_patch: HALF_PATCH,
        remoteness: Remoteness::new(size.long_side(), variances[variances.len() / 10]),
        least_shift_px,
    };
    let mut field = PatchField::random(&canvas, 1);
    field.measure(&canvas);
    for sweep in 0..SWEEPS {
        field.sweep(&canvas, sweep, Some(sweep + 1));
    }
    let middle = IVec2::new(size.width as i32, size.height as i32);
    let mut counts = Plane::filled(Size::new(2 * size.width + 1, 2 * size.height + 1), 0.0f32);
    for (i, of) in field.matches().pixels().iter().enumerate().filter(|(_, of)| of.cost.is_finite()) {
        let shift = IVec2::new(of.x as i32 - (i % width) as i32, of.y as i32 - (i / width) as i32);
        if shift.length_squared() >= least_shift_px.pow(2) {
            let at = middle + shift;
            counts.row_mut(at.y as usize)[at.x as usize] += 1.0;
        }
    }
    let counts = gaussian_blur(&counts, SPREAD_PX);
    let shift = |i: usize| IVec2::new((i % counts.width()) as i32, (i / counts.width()) as i32) - middle;
    let counted = counts.pixels().iter().enumerate().filter(|(_, count)| **count > LEAST_COUNT);
    let mut ranked: Vec<(f32, IVec2)> = counted.map(|(i, count)| (*count, shift(i))).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked
}

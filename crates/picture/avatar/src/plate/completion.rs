use frame::{Plane, Size, SrgbPlane};

use super::patch_field::{Canvas, Colour, PatchField};
use super::remoteness::{Remoteness, busyness, variances_about};
use super::vote::vote;
use crate::filter::{
    Channels, Mask, area, complement, coverage, dilate_square, erode_square, push_pull, resize_area,
    resize_cubic, resize_linear, threshold,
};

/// How [`patchmatch_fill`] goes about it.
#[derive(Clone, Copy, Debug)]
pub struct Completion {
    /// The hole is completed at this long side in pixels, and what was found is carried to the full size.
    pub long_side_px: u32,
    /// Patches are squares of twice this and one more pixels a side.
    pub half_patch: usize,
}

/// `image` with its `hole` filled by what looks like pieces of the rest, or of `source` alone where one is given; pixels
/// outside of the hole are returned as they are. If there is too little to take pieces from, the fill is smooth.
///
/// Patch-based completion from coarse to fine: matching by PatchMatch (Barnes et al. 2009) and voting take turns (Wexler,
/// Shechtman & Irani 2007).
pub fn patchmatch_fill(image: &SrgbPlane, hole: &Mask, source: Option<&Mask>, how: Completion) -> SrgbPlane {
    if area(hole) == 0 {
        return image.clone();
    }
    let padded = image.map(|&[r, g, b]| [r, g, b, 0.0]);
    let working = image.size().fitted(how.long_side_px);
    let finest = Level::new(&padded, hole, source, working);
    let pyramid = finest.pyramid();
    let mut solution: Option<(Plane<Colour>, PatchField)> = None;
    for (number, level) in pyramid.iter().enumerate().rev() {
        let rounds = if number == 0 { FINEST_ROUNDS } else { ROUNDS };
        let sources = level.patch_sources(how.half_patch, number == 0);
        if area(&sources) >= LEAST_SOURCES {
            solution = Some(level.solve(solution, &sources, how.half_patch, rounds));
        }
    }
    let Some((picture, field)) = solution else {
        return finish(image, hole, &resize_cubic(&pyramid[0].picture, image.size()));
    };
    let full = carried_up(&padded, hole, source, &picture, &field, how.half_patch, pyramid[0].least_variance);
    finish(image, hole, &full)
}

/// Turns of matching and voting at each size, and at the finest, where little is left to do.
const ROUNDS: u32 = 4;
const FINEST_ROUNDS: u32 = 2;
/// Sweeps of matching in a turn.
const SWEEPS: u32 = 3;
/// The pyramid ends when the short side is no longer than this.
const COARSEST_PX: u32 = 48;
/// Fewer pieces to choose from are no choice.
const LEAST_SOURCES: usize = 50;

/// The task at one size.
struct Level {
    /// The picture, the hole smoothly filled.
    picture: Plane<Colour>,
    hole: Mask,
    source: Option<Mask>,
    least_variance: f32,
}

impl Level {
    fn new(image: &Plane<Colour>, hole: &Mask, source: Option<&Mask>, size: Size) -> Self {
        let small = resize_area(image, size);
        let hole = threshold(&resize_area(&coverage(hole), size), 0.0);
        let source = source.map(|source| threshold(&resize_area(&coverage(source), size), 0.98));
        let known = source.clone().unwrap_or_else(|| complement(&hole));
        let variances = variances_about(&small, &complement(&known));
        let least_variance = variances[variances.len() / 10];
        Self { picture: first_guess(&small, &known, busyness(least_variance)), hole, source, least_variance }
    }

    /// This level and its halvings.
    fn pyramid(self) -> Vec<Self> {
        let mut levels = vec![self];
        while let Some(level) = levels.last()
            && level.picture.size().short_side() > COARSEST_PX
        {
            let half = level.picture.size().scaled(0.5);
            let next = Self {
                picture: resize_area(&level.picture, half),
                hole: threshold(&resize_area(&coverage(&level.hole), half), 0.0),
                source: level
                    .source
                    .as_ref()
                    .map(|source| threshold(&resize_area(&coverage(source), half), 0.78)),
                least_variance: level.least_variance,
            };
            levels.push(next);
        }
        levels
    }

    fn patch_sources(&self, half_patch: usize, finest: bool) -> Mask {
        patch_sources(&self.hole, self.source.as_ref(), half_patch, if finest { half_patch } else { 1 })
    }

    fn solve(
        &self,
        coarser: Option<(Plane<Colour>, PatchField)>,
        sources: &Mask,
        half_patch: usize,
        rounds: u32,
    ) -> (Plane<Colour>, PatchField) {
        let picture = match &coarser {
            Some((coarse, _)) => {
                within(&self.picture, &self.hole, &resize_cubic(coarse, self.picture.size()))
            }
            None => self.picture.clone(),
        };
        let remoteness = Remoteness::new(self.picture.size().long_side(), self.least_variance);
        let mut canvas =
            Canvas { picture, hole: &self.hole, sources, half_patch, remoteness, least_shift_px: 0 };
        let mut field = match &coarser {
            Some((_, field)) => field.resized(&canvas, 0),
            None => PatchField::nearest(&canvas),
        };
        for round in 0..rounds {
            field.measure(&canvas);
            for sweep in 0..SWEEPS {
                field.sweep(&canvas, sweep, Some(round + 1));
            }
            canvas.picture = vote(&canvas, &field);
        }
        (canvas.picture, field)
    }
}

/// Smoothly filled, in a busy scene from the sides rather than from above and below.
fn first_guess(picture: &Plane<Colour>, known: &Mask, busyness: f32) -> Plane<Colour> {
    let size = picture.size();
    let narrow = Size::new((size.width as f32 / (1.0 + 2.0 * busyness)).ceil() as u32, size.height);
    let weights = coverage(known);
    let sums = resize_area(&picture.zip_map(&weights, |colour, &weight| colour.times(weight)), narrow);
    let shares = resize_area(&weights, narrow);
    let means = sums.zip_map(&shares, |sum, &share| sum.times(1.0 / share.max(1e-6)));
    let filled = resize_linear(&push_pull(&means, &shares), size);
    within(picture, &complement(known), &filled)
}

/// Centres whose patches show nothing of the hole; with a `source` given, those inside of it by `margin`.
pub(super) fn patch_sources(hole: &Mask, source: Option<&Mask>, half_patch: usize, margin: usize) -> Mask {
    let allowed = match source {
        Some(source) => erode_square(source, margin),
        None => complement(&dilate_square(hole, half_patch)),
    };
    let (width, height) = (hole.width(), hole.height());
    let inside = |i: usize, length: usize| i >= half_patch && i + half_patch < length;
    let mut i = 0;
    allowed.map(|&allowed| {
        let (x, y) = (i % width, i / width);
        i += 1;
        allowed && inside(x, width) && inside(y, height)
    })
}

/// The solution of a smaller size at the full size: the same matches, now voting with full detail.
fn carried_up(
    image: &Plane<Colour>,
    hole: &Mask,
    source: Option<&Mask>,
    picture: &Plane<Colour>,
    field: &PatchField,
    half_patch: usize,
    least_variance: f32,
) -> Plane<Colour> {
    let size = image.size();
    if picture.size() == size {
        return picture.clone();
    }
    let sources = patch_sources(hole, source, half_patch, half_patch);
    let picture = within(image, hole, &resize_cubic(picture, size));
    if area(&sources) < LEAST_SOURCES {
        return picture;
    }
    let remoteness = Remoteness::new(size.long_side(), least_variance);
    let canvas = Canvas { picture, hole, sources: &sources, half_patch, remoteness, least_shift_px: 0 };
    let mut field = field.resized(&canvas, 0);
    field.measure(&canvas);
    field.sweep(&canvas, 0, None);
    field.sweep(&canvas, 1, None);
    vote(&canvas, &field)
}

/// `inside` in the hole, `outside` elsewhere.
fn within(outside: &Plane<Colour>, hole: &Mask, inside: &Plane<Colour>) -> Plane<Colour> {
    let mut picture = outside.clone();
    for (i, pixel) in picture.pixels_mut().iter_mut().enumerate().filter(|&(i, _)| hole.pixels()[i]) {
        *pixel = inside.pixels()[i];
    }
    picture
}

fn finish(image: &SrgbPlane, hole: &Mask, filled: &Plane<Colour>) -> SrgbPlane {
    let mut result = image.clone();
    for (i, pixel) in result.pixels_mut().iter_mut().enumerate().filter(|&(i, _)| hole.pixels()[i]) {
        let [r, g, b, _] = filled.pixels()[i];
        *pixel = [r, g, b].map(|v| v.clamp(0.0, 255.0));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{fill_disc, luma};
    use glam::Vec2;

    const HOW: Completion = Completion { long_side_px: 120, half_patch: 3 };

    fn tartan(size: Size) -> SrgbPlane {
        Plane::from_fn(size, |x, y| {
            let band = |v: u32, period: u32| f32::from(u8::from(v % period < period / 2)) * 90.0;
            [60.0 + band(x, 14), 60.0 + band(y, 10), 120.0]
        })
    }

    fn hole(size: Size) -> Mask {
        let mut hole = Plane::filled(size, false);
        fill_disc(&mut hole, Vec2::new(size.width as f32 * 0.55, size.height as f32 * 0.5), 20.0);
        hole
    }

    #[test]
    fn a_pattern_goes_on_through_the_hole() {
        let size = Size::new(120, 90);
        let (pattern, hole) = (tartan(size), hole(size));
        let holed = pattern.zip_map(&hole, |&colour, &hole| if hole { [255.0, 0.0, 255.0] } else { colour });
        let filled = patchmatch_fill(&holed, &hole, None, HOW);
        let errors = luma(&filled).zip_map(&luma(&pattern), |a, b| (a - b).abs());
        let mean = errors.pixels().iter().sum::<f32>() / area(&hole) as f32;
        assert!(mean < 12.0, "{mean}");
        for i in (0..hole.pixels().len()).filter(|&i| !hole.pixels()[i]) {
            assert_eq!(filled.pixels()[i], holed.pixels()[i]);
        }
    }

    #[test]
    fn pieces_come_from_the_source_alone() {
        let size = Size::new(120, 90);
        let (pattern, hole) = (tartan(size), hole(size));
        let source = Plane::from_fn(size, |x, _| x < 40);
        let image =
            pattern.zip_map(&source, |&colour, &source| if source { colour } else { [0.0, 255.0, 0.0] });
        let filled = patchmatch_fill(&image, &hole, Some(&source), HOW);
        for i in (0..hole.pixels().len()).filter(|&i| hole.pixels()[i]) {
            assert!(filled.pixels()[i][2] > 100.0, "blue as the source, not green: {:?}", filled.pixels()[i]);
        }
    }

    #[test]
    fn the_fill_does_not_depend_on_the_number_of_threads() {
        let size = Size::new(200, 150);
        let (pattern, hole) = (tartan(size), hole(size));
        let with_threads = |count| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
            pool.install(|| patchmatch_fill(&pattern, &hole, None, HOW))
        };
        assert_eq!(with_threads(1), with_threads(3));
    }
}

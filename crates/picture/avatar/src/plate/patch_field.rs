use frame::{Plane, Size};
use rayon::prelude::*;

use super::remoteness::Remoteness;
use crate::filter::{Mask, from_rows};

/// A colour as four floats, the last unused: one lane each of a vector register.
pub(super) type Colour = [f32; 4];

/// A picture to be completed, at one size: every hole pixel is to look as if its patch, a square of side
/// `2 half_patch + 1`, came from around one of the sources.
pub(super) struct Canvas<'a> {
    pub(super) picture: Plane<Colour>,
    pub(super) hole: &'a Mask,
    /// Centres that patches may be taken from, at least `half_patch` from the edge.
    pub(super) sources: &'a Mask,
    pub(super) half_patch: usize,
    pub(super) remoteness: Remoteness,
    /// No source is nearer to what it is taken for than this, pixels.
    pub(super) least_shift_px: i32,
}

/// Where one hole pixel takes its patch from, and the mean squared colour difference of the two patches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Match {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) cost: f32,
}

impl Match {
    /// Not matched: in a field, whatever is not hole.
    pub(super) const NONE: Self = Self { x: u32::MAX, y: u32::MAX, cost: f32::INFINITY };

    fn is_some(self) -> bool {
        self.x != u32::MAX
    }
}

/// The match of every hole pixel (PatchMatch: Barnes et al. 2009).
///
/// Sweeps go through bands of rows, each in scan order by itself: what a band takes over from the next is as old as the
/// sweep before. The bands are the same whatever the number of threads, and so is the field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PatchField(Plane<Match>);

const BAND_ROWS: usize = 32;

/// Radii of the random search: the long side, then a half of the last.
const SEARCHES: u32 = 6;

impl PatchField {
    /// Every hole pixel matched to the source that is least remote. The canvas must have sources.
    pub(super) fn nearest(canvas: &Canvas) -> Self {
        let width = canvas.hole.width();
        let sources: Vec<(usize, usize)> = (0..canvas.sources.pixels().len())
            .filter(|&i| canvas.sources.pixels()[i])
            .map(|i| (i % width, i / width))
            .collect();
        Self(from_rows(canvas.size(), Match::NONE, |y, row| {
            for (x, of) in row.iter_mut().enumerate().filter(|&(x, _)| canvas.hole.row(y)[x]) {
                for &(sx, sy) in &sources {
                    let cost = canvas.remoteness.cost((x, y), (sx, sy));
                    if cost < of.cost {
                        *of = Match { x: sx as u32, y: sy as u32, cost };
                    }
                }
            }
        }))
    }

    /// Every hole pixel matched to any source. The canvas must have sources.
    pub(super) fn random(canvas: &Canvas, seed: u32) -> Self {
        Self(Plane::filled(canvas.size(), Match::NONE)).completed(canvas, seed)
    }

    /// The field for the same picture at the size of `canvas`: every pixel keeps its way to its source, in proportion.
    pub(super) fn resized(&self, canvas: &Canvas, seed: u32) -> Self {
        let (from, to) = (self.0.size(), canvas.hole.size());
        let scale = [to.width as f32 / from.width as f32, to.height as f32 / from.height as f32];
        let coarse = |i: usize, axis: usize| ((i as f32 + 0.5) / scale[axis]) as usize;
        let field = from_rows(to, Match::NONE, |y, row| {
            let cy = coarse(y, 1).min(self.0.height() - 1);
            for (x, out) in row.iter_mut().enumerate() {
                let cx = coarse(x, 0).min(self.0.width() - 1);
                let of = self.0.get(cx, cy);
                if of.is_some() {
                    let moved = |at: usize, from: u32, coarse: usize, axis: usize| {
                        at as i64 + ((i64::from(from) - coarse as i64) as f32 * scale[axis]).round() as i64
                    };
                    let (sx, sy) = (moved(x, of.x, cx, 0), moved(y, of.y, cy, 1));
                    if canvas.is_source(sx, sy) {
                        *out = Match { x: sx as u32, y: sy as u32, cost: f32::INFINITY };
                    }
                }
            }
        });
        Self(field).completed(canvas, seed)
    }

    /// Hole pixels without a match get any source; pixels outside of the hole lose theirs.
    fn completed(self, canvas: &Canvas, seed: u32) -> Self {
        let width = canvas.hole.width();
        let sources: Vec<usize> =
            (0..canvas.sources.pixels().len()).filter(|&i| canvas.sources.pixels()[i]).collect();
        let mut field = self.0;
        for (i, (of, &hole)) in field.pixels_mut().iter_mut().zip(canvas.hole.pixels()).enumerate() {
            if !hole {
                *of = Match::NONE;
            } else if !of.is_some() {
                let source = sources[Random::new(seed, i).below(sources.len() as u32) as usize];
                *of = Match { x: (source % width) as u32, y: (source / width) as u32, cost: f32::INFINITY };
            }
        }
        Self(field)
    }

    /// The matches, [`Match::NONE`] outside of the hole.
    pub(super) fn matches(&self) -> &Plane<Match> {
        &self.0
    }

    /// Measures every match anew, after the picture has changed.
    pub(super) fn measure(&mut self, canvas: &Canvas) {
        let width = self.0.width();
        self.0.pixels_mut().par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            for (x, of) in row.iter_mut().enumerate().filter(|(_, of)| of.is_some()) {
                let source = (of.x as usize, of.y as usize);
                of.cost =
                    canvas.difference((x, y), source, f32::INFINITY) + canvas.remoteness.cost((x, y), source);
            }
        });
    }

    /// One sweep: each pixel tries its neighbours' ways, then, if `searching`, random places about its best.
    /// Odd sweeps go backwards.
    pub(super) fn sweep(&mut self, canvas: &Canvas, number: u32, searching: Option<u32>) {
        let (width, height) = (self.0.width(), self.0.height());
        let forward = number.is_multiple_of(2);
        // The row each band looks back to, as the last sweep left it.
        let before: Vec<Vec<Match>> = (0..height.div_ceil(BAND_ROWS))
            .map(|band| {
                let row =
                    if forward { (band * BAND_ROWS).checked_sub(1) } else { Some((band + 1) * BAND_ROWS) };
                row.filter(|&y| y < height)
                    .map_or_else(|| vec![Match::NONE; width], |y| self.0.row(y).to_vec())
            })
            .collect();
        self.0.pixels_mut().par_chunks_mut(width * BAND_ROWS).enumerate().for_each(|(band, rows)| {
            let count = rows.len() / width;
            for step in 0..count {
                let local = if forward { step } else { count - 1 - step };
                let y = band * BAND_ROWS + local;
                let previous: Vec<Match> = match (step, forward) {
                    (0, _) => before[band].clone(),
                    (_, true) => rows[(local - 1) * width..local * width].to_vec(),
                    (_, false) => rows[(local + 1) * width..(local + 2) * width].to_vec(),
                };
                let row = &mut rows[local * width..(local + 1) * width];
                sweep_row(canvas, y, row, &previous, forward, searching.map(|seed| seed ^ number << 8));
            }
        });
    }
}

fn sweep_row(
    canvas: &Canvas,
    y: usize,
    row: &mut [Match],
    previous: &[Match],
    forward: bool,
    searching: Option<u32>,
) {
    let width = row.len();
    let back: i64 = if forward { 1 } else { -1 };
    for step in 0..width {
        let x = if forward { step } else { width - 1 - step };
        let mut best = row[x];
        if !best.is_some() {
            continue;
        }
        let above = previous[x];
        if above.is_some() {
            canvas.try_match((x, y), (i64::from(above.x), i64::from(above.y) + back), &mut best);
        }
        let beside = usize::try_from(x as i64 - back).ok().and_then(|x| row.get(x)).copied();
        if let Some(beside) = beside.filter(|of| of.is_some()) {
            canvas.try_match((x, y), (i64::from(beside.x) + back, i64::from(beside.y)), &mut best);
        }
        if let Some(seed) = searching {
            let mut random = Random::new(seed, y * width + x);
            let long_side = canvas.hole.size().long_side();
            for radius in (0..SEARCHES).map(|halvings| long_side >> halvings).take_while(|&radius| radius > 0)
            {
                let at = (random.about(best.x, radius), random.about(best.y, radius));
                canvas.try_match((x, y), at, &mut best);
            }
        }
        row[x] = best;
    }
}

impl Canvas<'_> {
    /// Width and height.
    pub(super) fn size(&self) -> Size {
        self.picture.size()
    }

    fn is_source(&self, x: i64, y: i64) -> bool {
        let size = self.size();
        (0..i64::from(size.width)).contains(&x)
            && (0..i64::from(size.height)).contains(&y)
            && self.sources.pixels()[y as usize * size.width as usize + x as usize]
    }

    fn try_match(&self, at: (usize, usize), source: (i64, i64), best: &mut Match) {
        let same = source == (i64::from(best.x), i64::from(best.y));
        let shift = [source.0 - at.0 as i64, source.1 - at.1 as i64];
        let is_near = shift.map(|v| v * v).iter().sum::<i64>() < i64::from(self.least_shift_px).pow(2);
        if same || is_near || !self.is_source(source.0, source.1) {
            return;
        }
        let source = (source.0 as usize, source.1 as usize);
        let remoteness = self.remoteness.cost(at, source);
        if remoteness < best.cost {
            let cost = remoteness + self.difference(at, source, best.cost - remoteness);
            if cost < best.cost {
                *best = Match { x: source.0 as u32, y: source.1 as u32, cost };
            }
        }
    }

    /// Mean squared difference of the patches about a pixel and a source, over what of the first lies in the picture;
    /// gives up with something no less than `limit` once that is certain.
    fn difference(&self, (x, y): (usize, usize), (sx, sy): (usize, usize), limit: f32) -> f32 {
        let half = self.half_patch;
        let (width, height) = (self.picture.width(), self.picture.height());
        let (left, up) = (half.min(x), half.min(y));
        let columns = left + 1 + half.min(width - 1 - x);
        let rows = up + 1 + half.min(height - 1 - y);
        let pixels = self.picture.pixels();
        let count = (columns * rows) as f32;
        let mut sums = [0.0f32; 4];
        for row in 0..rows {
            let own = &pixels[(y - up + row) * width + x - left..][..columns];
            let other = &pixels[(sy - up + row) * width + sx - left..][..columns];
            for (a, b) in own.iter().zip(other) {
                for lane in 0..4 {
                    let difference = a[lane] - b[lane];
                    sums[lane] += difference * difference;
                }
            }
            if sums[0] + sums[1] + sums[2] >= limit * count {
                break;
            }
        }
        (sums[0] + sums[1] + sums[2]) / count
    }
}

/// Random numbers that depend on the seed and the pixel alone, whichever thread asks (a PCG of 32 bits, O'Neill 2014).
struct Random(u32);

impl Random {
    fn new(seed: u32, pixel: usize) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9) ^ (pixel as u32).wrapping_mul(0x85eb_ca6b));
        random.next();
        random
    }

    fn next(&mut self) -> u32 {
        let state = self.0;
        self.0 = state.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        let word = ((state >> ((state >> 28) + 4)) ^ state).wrapping_mul(277_803_737);
        word >> 22 ^ word
    }

    /// A number below `count`.
    fn below(&mut self, count: u32) -> u32 {
        ((u64::from(self.next()) * u64::from(count)) >> 32) as u32
    }

    /// A number at most `radius` from `centre`.
    fn about(&mut self, centre: u32, radius: u32) -> i64 {
        i64::from(centre) - i64::from(radius) + i64::from(self.below(2 * radius + 1))
    }
}

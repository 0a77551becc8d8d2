use glam::Vec2;

use super::canvas::{Window, mean, mix};
use super::texture::Texture;

/// A corner of a cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Corner {
    /// Where it is drawn, pixels of the canvas.
    pub(super) place: Vec2,
    /// What is drawn there, pixels of the still.
    pub(super) texel: Vec2,
    /// How much of it is seen: 0 and less nothing, 1 and more all. Beyond these it says how sharp an edge between two corners is.
    pub(super) opacity: f32,
    /// How near it counts, smaller is nearer.
    pub(super) key: f32,
}

/// What a cell shows.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) texture: &'a Texture,
    /// How much it is seen from the side, in 1/256.
    pub(super) sideways: u32,
    /// Whether each of its pixels is before or behind what is there already by its own key, or all of it is behind.
    pub(super) by_depth: bool,
}

/// One texel in the fixed-point coordinates of [`Texture::sample`].
const ONE: f32 = 65536.0;

/// A texture's coordinates over the canvas: an affine function, in 1/65536 texels. It is exact to a hundredth of a texel over any
/// cell that can be seen, and wraps around beyond.
pub(super) struct Mapping {
    /// The pixel that `start` is the centre of.
    first: [usize; 2],
    start: [i32; 2],
    pub(super) across: [i32; 2],
    down: [i32; 2],
    /// Whether the whole cell shows what is within the sheet.
    pub(super) is_within: bool,
    /// How many samples a pixel takes across and down, for it not to miss what lies between them where the sheet is squeezed.
    pub(super) samples: [i32; 2],
    /// The least and the greatest coordinates that the cell shows.
    bounds: [[i32; 2]; 2],
    /// How much of the cell is seen, as of its corners, where that is not all of it.
    pub(super) opacity: Option<Slope>,
    /// How near it counts, where it passes through others.
    pub(super) key: Option<Slope>,
}

/// An affine function over the canvas.
#[derive(Clone, Copy)]
pub(super) struct Slope {
    /// At the first pixel of the mapping.
    start: f32,
    across: f32,
    down: f32,
    /// The least and the greatest value at a corner: of a cell that is hardly wider than a line it is all that is sure.
    bounds: [f32; 2],
}

/// A triangle lower than this, in pixels, is as near everywhere as it is in the mean: between pixel centres its depth runs away.
const THIN: f32 = 1.5;

/// The most samples of a pixel in one direction.
const MOST_SAMPLES: f32 = 8.0;

impl Mapping {
    /// The mapping of a cell of which three corners are given and that lies within `part`. `None` for corners without area.
    pub(super) fn new(corners: [Corner; 3], part: Window, view: View<'_>) -> Option<Self> {
        let [a, b, c] = corners.map(|c| c.place);
        let (ab, ac) = (b - a, c - a);
        let area = ab.perp_dot(ac);
        if area.is_nan() || area.abs() <= 1e-4 {
            return None;
        }
        let texture = view.texture;
        let [ta, tb, tc] = corners.map(|c| texture.local(c.texel));
        let (tab, tac) = ((tb - ta) * (ONE / area), (tc - ta) * (ONE / area));
        let across = tab * ac.y - tac * ab.y;
        let down = tac * ab.x - tab * ac.x;
        let at = |x: usize, y: usize| {
            let offset = Vec2::new(x as f32 + 0.5, y as f32 + 0.5) - a;
            ta * ONE + across * offset.x + down * offset.y
        };
        let slope = |[at_a, at_b, at_c]: [f32; 3]| {
            let (to_b, to_c) = ((at_b - at_a) / area, (at_c - at_a) / area);
            let (across, down) = (to_b * ac.y - to_c * ab.y, to_c * ab.x - to_b * ac.x);
            let offset = Vec2::new(part.left as f32 + 0.5, part.top as f32 + 0.5) - a;
            let bounds = [at_a.min(at_b).min(at_c), at_a.max(at_b).max(at_c)];
            Slope { start: at_a + across * offset.x + down * offset.y, across, down, bounds }
        };
        let opacities = corners.map(|c| c.opacity);
        let limit = texture.limit();
        let last = Vec2::from(limit.map(|last| last as f32));
        // The function is affine: if the part's corners are within the sheet, by more than fixed-point numbers err, so is all of it.
        const MARGIN: f32 = ONE / 16.0;
        let is_within = [part.left, part.right].into_iter().all(|x| {
            [part.top, part.bottom].into_iter().all(|y| {
                let p = at(x, y);
                p.cmpge(Vec2::splat(MARGIN)).all() && p.cmple(last - MARGIN).all()
            })
        });
        let fixed = |p: Vec2| [p.x as i32, p.y as i32];
        Some(Self {
            first: [part.left, part.top],
            start: fixed(at(part.left, part.top)),
            across: fixed(across),
            down: fixed(down),
            is_within,
            samples: [across, down]
                .map(|step| (step.abs().max_element() / ONE).round().clamp(1.0, MOST_SAMPLES) as i32),
            // Compared as whole numbers: as floats the limit may be rounded up.
            bounds: [ta.min(tb).min(tc), ta.max(tb).max(tc)].map(|bound| {
                let bound = fixed(bound * ONE);
                [0, 1].map(|axis| bound[axis].clamp(0, limit[axis]))
            }),
            opacity: opacities.iter().any(|&opacity| opacity < 1.0).then(|| slope(opacities)),
            key: view.by_depth.then(|| {
                let keys = corners.map(|c| c.key);
                let mean = keys.iter().sum::<f32>() / 3.0;
                slope(if area.abs() < THIN * ab.length().max(ac.length()) { [mean; 3] } else { keys })
            }),
        })
    }

    /// The mean of a pixel's samples about its centre `at`. Where many cells share a pixel, each shows its own colours alone.
    pub(super) fn mean(&self, at: [i32; 2], View { texture, sideways, .. }: View<'_>) -> u32 {
        let [columns, rows] = self.samples;
        let [least, greatest] = self.bounds;
        // What sample `i` of `count` is off the middle of a step.
        let aside = |step: i32, i: i32, count: i32| {
            i64::from(step) * i64::from(2 * i + 1 - count) / i64::from(2 * count)
        };
        let sample = |i: i32| {
            let [u, v] = [0, 1].map(|axis| {
                let across = aside(self.across[axis], i % columns, columns);
                let down = aside(self.down[axis], i / columns, rows);
                let place = i64::from(at[axis]) + across + down;
                place.clamp(least[axis].into(), greatest[axis].into()) as i32
            });
            if sideways > 0 { texture.sample_sideways(u, v, sideways) } else { texture.sample(u, v) }
        };
        mean((0..columns * rows).map(sample))
    }

    /// The value at the centre of a pixel of the cell.
    pub(super) fn value(&self, slope: Slope, x: usize, y: usize) -> f32 {
        let [dx, dy] = [x as f32 - self.first[0] as f32, y as f32 - self.first[1] as f32];
        let value = slope.start + slope.across * dx + slope.down * dy;
        value.max(slope.bounds[0]).min(slope.bounds[1])
    }

    /// What is seen of the cell at a pixel of it.
    pub(super) fn faded(&self, [x, y]: [usize; 2], view: View<'_>) -> u32 {
        let at = self.at(x, y);
        let whole = if self.samples == [1, 1] && view.sideways == 0 {
            let [least, greatest] = self.bounds;
            let [u, v] = [0, 1].map(|axis| at[axis].clamp(least[axis], greatest[axis]));
            view.texture.sample(u, v)
        } else {
            self.mean(at, view)
        };
        self.opacity.map_or(whole, |opacity| {
            mix(whole, 0, (self.value(opacity, x, y).clamp(0.0, 1.0) * 256.0) as u32)
        })
    }

    /// The coordinates at the centre of a pixel of the cell.
    #[inline]
    pub(super) fn at(&self, x: usize, y: usize) -> [i32; 2] {
        let (dx, dy) = ((x - self.first[0]) as i32, (y - self.first[1]) as i32);
        [0, 1].map(|i| {
            self.start[i]
                .wrapping_add(self.across[i].wrapping_mul(dx))
                .wrapping_add(self.down[i].wrapping_mul(dy))
        })
    }
}

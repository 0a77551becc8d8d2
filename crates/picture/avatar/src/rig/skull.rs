use frame::{FaceLandmarks, Plane, Size};
use glam::Vec2;

use super::Trunk;
use super::grid::cell_px;
use super::head::HeadShape;
use super::relief::{SEAM_PX, STEEPEST};
use crate::face::FaceRegion;
use crate::filter::{
    Mask, PixelRect, area, bounds, coverage, gaussian_blur, open_disc, resize_area, resize_linear,
    signed_distance, threshold,
};
use crate::parts::centre;
use crate::smoothstep;

/// A side of a head.
pub(super) struct SkullSide {
    /// How deep it is before or behind the plane of the outline, for half its width.
    flattening: f32,
    /// How much of what it is longer than a ball it is drawn in to be as deep as one at its ears alone, instead of cut off at that depth
    /// all over: a forehead is upright, the back of a head round.
    roundness: f32,
    /// The steepest it rises where it is opaque, in pixels of depth a pixel.
    steepest: f32,
}

/// The front and the back of a head: a skull is deeper than it is broad, but hair broader than it is deep. The front shows the still
/// stretched over its sides, the back colours that bear it.
pub(super) const SKULL: [SkullSide; 2] = [
    SkullSide { flattening: 0.88, roundness: 0.0, steepest: 2.5 },
    SkullSide { flattening: 1.0, roundness: 0.5, steepest: 5.0 },
];
/// Half the breadth of a head without hair that stands off, in heights of the face.
const BROADEST: f32 = 0.6;
/// How far inside its outline the sides of a head begin to rise so, in pixels beyond a cell: where they do, all of a cell is opaque.
const SOLID_PX: f32 = 2.0;
/// How steeply a crown rises from the outline on, in pixels of depth a pixel: seen from the side its outline is the top of the head, and
/// what is held back there comes to a point. Hair lies on it, which may be drawn out and be a little translucent.
const CROWN: f32 = 5.0;
/// Where the outline looks up by so much, as the sine of its slope, it is a crown's.
const LOOKS_UP: std::ops::Range<f32> = 0.5..0.9;
/// Where it is whole, above the ears, in lengths of the neck.
const CROWN_BEGINS: f32 = 0.15;
/// By which share of what lacks to where the sides of a head begin to rise a crown sinks that is too thin.
const SUNK: f32 = 0.8;
/// How widely rows of the head are laid out alike, in its heights.
const ROWS: f32 = 0.08;
/// Locks that stand off a head by less than this share of half its width have no depth of their own.
const STRAY: f32 = 0.2;

/// A head that turns on a neck.
pub(super) struct Skull {
    part: PixelRect,
    /// How much a pixel of the part belongs to it, 0 … 1.
    share: Plane<f32>,
    /// How far a pixel lies within the outline without stray locks.
    inside: Plane<f32>,
    /// Half its breadth.
    radius: f32,
    /// The square of half the thickness of a solid with its outline, and the most of that about the ears: more than a ball's, as it is
    /// longer with neck and hair.
    squares: Plane<f32>,
    most: f32,
    /// How deep it is for that at most, 0 … 1: hair that stands off aside does not make a head deep.
    flattening: f32,
    /// How far inside the outline its sides begin to rise steeply.
    steep_px: f32,
    /// How much of a pixel lies below the crown, 0 … 1: above the ears, where what is nearest to it of the outline looks up.
    crown: Plane<f32>,
}

impl Skull {
    pub(super) fn of(
        outline: &Mask,
        distance: &Plane<f32>,
        (trunk, head): (&Trunk, &HeadShape),
        face: Option<&FaceLandmarks>,
    ) -> Option<Self> {
        if trunk.head_share() < 1.0 {
            return None;
        }
        let share = |x: usize, y: usize| head.weight(trunk, centre(x, y), false);
        let mut head_only = outline.clone();
        let mut radius = 0.0f32;
        for y in 0..outline.height() {
            for x in 0..outline.width() {
                let is_head = outline.get(x, y) && share(x, y) > 0.0;
                head_only.set(x, y, is_head);
                if is_head && trunk.along_neck(centre(x, y)) > 0.9 {
                    radius = radius.max(distance.get(x, y));
                }
            }
        }
        if radius < 2.0 {
            return None;
        }
        let part = bounds(&head_only)?.grown((STRAY * radius) as usize + 2, outline.size());
        let solid = open_disc(&part.cut(outline), STRAY * radius);
        let inside = signed_distance(&solid);
        let mut crown = looks_up(&inside, cell_px(outline.height()) as f32);
        for y in 0..part.size.height as usize {
            for (x, crown) in crown.row_mut(y).iter_mut().enumerate() {
                let above_ears = trunk.along_neck(centre(part.x + x, part.y + y)) - 1.0;
                *crown *= smoothstep(above_ears / CROWN_BEGINS);
            }
        }
        let squares = inflated(&solid)?;
        let is_head = |i: usize| {
            trunk.along_neck(centre(part.x + i % squares.width(), part.y + i / squares.width())) > 0.9
        };
        let of_head = squares.pixels().iter().enumerate().filter(|(i, _)| is_head(*i));
        let most = of_head.map(|(_, square)| *square).fold(radius * radius, f32::max);
        let broadest = face.and_then(|face| FaceRegion::of(face, outline.size()));
        let broadest = broadest.map_or(f32::INFINITY, |face| BROADEST * face.height);
        Some(Self {
            flattening: (broadest / radius).min(1.0),
            crown,
            share: Plane::from_fn(part.size, |x, y| share(part.x + x as usize, part.y + y as usize)),
            inside,
            radius,
            squares,
            most,
            steep_px: SOLID_PX + cell_px(outline.height()) as f32,
            part,
        })
    }

    /// How far aside each place lies if rows are laid out by the length of their way over `depth` instead of by their width.
    pub(super) fn unrolled(&self, depth: &Plane<f32>) -> Plane<f32> {
        let own = self.part.cut(depth);
        let mut aside = Plane::filled(self.part.size, 0.0f32);
        for y in 0..aside.height() {
            let is_solid = |x: usize| self.inside.get(x, y) > 0.0;
            let Some(first) = (0..aside.width()).find(|&x| is_solid(x)) else { continue };
            let last = (first..aside.width()).rev().find(|&x| is_solid(x)).unwrap_or(first);
            let steps = (first..last).map(|x| (own.get(x + 1, y) - own.get(x, y)).hypot(1.0));
            let ways: Vec<f32> = std::iter::once(0.0)
                .chain(steps.scan(0.0, |way, step| {
                    *way += step;
                    Some(*way)
                }))
                .collect();
            let share = (last - first) as f32 / ways[ways.len() - 1].max(1.0);
            for (x, way) in ways.iter().enumerate() {
                aside.set(first + x, y, (way * share - x as f32) * self.share.get(first + x, y));
            }
        }
        // Rows that a lock makes longer than their neighbours are not to be torn from them; and where the far side reaches round the
        // front, it shows what that does.
        let even = gaussian_blur(&aside, ROWS * self.part.size.height as f32);
        let within = |inside: f32| smoothstep((inside - self.steep_px) / self.steep_px);
        let aside = even.zip_map(&self.inside, |aside, &inside| aside * within(inside));
        let mut all = Plane::filled(depth.size(), 0.0);
        self.part.paste(&aside, &mut all);
        all
    }

    /// How much lower each place of a picture of this size counts seen from the side.
    pub(super) fn sinks(&self, size: Size) -> Plane<f32> {
        let sinks = Plane::from_fn(self.part.size, |x, y| {
            let (x, y) = (x as usize, y as usize);
            let short = (self.steep_px - self.inside.get(x, y)).clamp(0.0, 2.0 * self.steep_px);
            SUNK * short * self.crown.get(x, y) * self.share.get(x, y)
        });
        let mut all = Plane::filled(size, 0.0);
        self.part.paste(&sinks, &mut all);
        all
    }

    /// Gives the head its own depth and the limit of it that the outline sets.
    pub(super) fn inflate(&self, depth: &mut Plane<f32>, limit: &mut Plane<f32>, side: &SkullSide) {
        let mix = |from: f32, to: f32, share: f32| from + (to - from) * share;
        let whole = mix(self.radius * self.radius, self.most, side.roundness);
        let [mut depths, mut limits] = [&*depth, &*limit].map(|plane| self.part.cut(plane));
        for (i, &share) in self.share.pixels().iter().enumerate() {
            let (depth, limit) = (&mut depths.pixels_mut()[i], &mut limits.pixels_mut()[i]);
            let round = (self.squares.pixels()[i] / whole).clamp(0.0, 1.0).sqrt() * self.radius;
            *depth = mix(*depth, side.flattening * self.flattening * round, share);
            let inside = self.inside.pixels()[i];
            let own = (STEEPEST * (inside - SEAM_PX)).max(side.steepest * (inside - self.steep_px));
            let own = mix(own, (CROWN * (inside - SEAM_PX)).max(own), self.crown.pixels()[i]);
            *limit = mix(*limit, own, share);
        }
        self.part.paste(&depths, depth);
        self.part.paste(&limits, limit);
    }
}

/// How much the outline looks up where it is nearest, given how far inside it each pixel lies.
fn looks_up(inside: &Plane<f32>, sigma_px: f32) -> Plane<f32> {
    let smooth = gaussian_blur(inside, sigma_px);
    let share = |x: u32, y: u32| {
        let (x, y) = (x as isize, y as isize);
        let slope = |dx, dy| smooth.get_clamped(x + dx, y + dy) - smooth.get_clamped(x - dx, y - dy);
        let downwards = Vec2::new(slope(1, 0), slope(0, 1)).normalize_or_zero().y;
        smoothstep((downwards - LOOKS_UP.start) / (LOOKS_UP.end - LOOKS_UP.start))
    };
    gaussian_blur(&Plane::from_fn(inside.size(), share), sigma_px)
}

/// The square of half the thickness of the round solid with an outline: what solves Poisson's equation within it, which for a circle is a
/// ball (successive over-relaxation, Young 1954). `None` where nothing lies outside.
fn inflated(outline: &Mask) -> Option<Plane<f32>> {
    const LONG_SIDE_PX: u32 = 72;
    const SWEEPS: usize = 120;
    const OVER: f32 = 1.85;
    let size = outline.size().fitted(LONG_SIDE_PX);
    let unit = outline.width() as f32 / size.width as f32;
    let inside = threshold(&resize_area(&coverage(outline), size), 0.5);
    if area(&inside) == inside.pixels().len() {
        return None;
    }
    let mut squares = Plane::filled(size, 0.0f32);
    for _ in 0..SWEEPS {
        for y in 0..squares.height() {
            for x in 0..squares.width() {
                if inside.get(x, y) {
                    // Beyond the picture it goes on as at its edge.
                    let near = |dx, dy| squares.get_clamped(x as isize + dx, y as isize + dy);
                    let mean = (near(-1, 0) + near(1, 0) + near(0, -1) + near(0, 1)) / 4.0 + 1.0;
                    let old = squares.get(x, y);
                    squares.set(x, y, old + OVER * (mean - old));
                }
            }
        }
    }
    Some(resize_linear(&squares.map(|square| square * unit * unit), outline.size()))
}

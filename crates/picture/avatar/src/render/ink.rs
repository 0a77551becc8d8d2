use frame::{Plane, PremulSrgba8, Size};
use glam::Vec2;

use super::Texture;
use super::canvas::{Canvas, Window};
use super::mapping::{Corner, View};
use super::silhouette::Fold;
use crate::deform::Deformed;
use crate::rig::Rig;

/// The line that a drawn figure is outlined with.
#[derive(Clone, Debug)]
pub(crate) struct Ink {
    width_px: f32,
    /// A stroke, from its inner to its outer edge downwards.
    stroke: Texture,
}

impl Ink {
    /// Ink of an sRGB colour, 0 … 255, in lines so many pixels wide.
    pub(crate) fn new(colour: [f32; 3], width_px: f32) -> Self {
        let [r, g, b] = colour.map(|channel| channel.clamp(0.0, 255.0) as u8);
        let size = Size::new(1, width_px.round().max(1.0) as u32);
        let stroke = Texture::new(&Plane::filled(size, PremulSrgba8 { r, g, b, a: 255 }));
        Self { width_px, stroke }
    }

    /// Draws the `part` of a stroke between two ends and its outer edge beside each.
    pub(super) fn stroke(&self, canvas: &mut Canvas, corners: [Vec2; 4], part: Window) {
        // Along the middle of its texture; half a pixel beyond its edge it has ended.
        let [inner, outer] = [0.5, self.width_px + 0.5];
        let at = [inner, inner, outer, outer];
        let corner =
            |i: usize| Corner { place: corners[i], texel: Vec2::new(0.5, at[i]), opacity: 1.0, key: 0.0 };
        canvas.draw(
            [0, 1, 2, 3].map(corner),
            part,
            View { texture: &self.stroke, sideways: 0, by_depth: false },
        );
    }

    /// The colour, packed, and the lines' width in pixels.
    #[cfg(test)]
    pub(crate) fn described(&self) -> (u32, f32) {
        let [u, v] = self.stroke.local(Vec2::splat(0.5)).to_array().map(|at| (at * 65536.0) as i32);
        (self.stroke.sample(u, v), self.width_px)
    }
}

/// What folds for less than this, in shoulder widths, is no contour but a dent.
const SHORTEST: f32 = 0.4;
/// How much farther than its fold a line counts, in shoulder widths: what lies closer behind it is the same cloth or hair, on which it would
/// be a crack.
const BEHIND: f32 = 0.3;

/// A line of a drawn figure along a fold of its trunk or head, where the surface turns away from the viewer: what its still has along the
/// outline (contours as in DeCarlo et al., "Suggestive contours for conveying shape", 2003). It lies outside the fold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    ends: [u32; 2],
    /// From either end to the line's outer edge.
    across: [Vec2; 2],
    /// How much farther than its ends it counts.
    behind: f32,
}

impl Line {
    /// How near it counts, by its vertices' keys.
    pub(super) fn key(&self, key: impl Fn(u32) -> f32) -> f32 {
        0.5 * (key(self.ends[0]) + key(self.ends[1])) + self.behind
    }

    /// Its ends, and then its outer edge beside each, by its vertices' places.
    pub(super) fn corners(&self, place: impl Fn(u32) -> Vec2) -> [Vec2; 4] {
        let [a, b] = self.ends.map(place);
        [a, b, a + self.across[0], b + self.across[1]]
    }
}

/// All lines of a frame.
#[derive(Debug, Default)]
pub(super) struct Lines {
    lines: Vec<Line>,
    chains: Chains,
}

impl Lines {
    pub(super) fn all(&self) -> &[Line] {
        &self.lines
    }

    /// Finds the lines of a rig whose vertices lie at `place`.
    pub(super) fn find(
        &mut self,
        rig: &Rig,
        deformed: &Deformed,
        folds: &[Fold],
        place: impl Fn(u32) -> Vec2,
    ) {
        self.lines.clear();
        let Some(ink) = &rig.ink else { return };
        let skin = rig.face.as_ref().map_or(0..0, |face| face.skin.clone());
        // Where a sheet ends its own texture has the line, or there is none.
        let is_solid = |fold: &&Fold| {
            fold.cells.iter().any(|&cell| rig.is_inner[cell as usize])
                || fold.ends.iter().all(|&end| skin.contains(&(end as usize)))
        };
        let folds = || folds.iter().filter(is_solid);
        self.chains.find(rig.vertices.place.len(), folds(), place);
        let [shortest, behind] = [SHORTEST, BEHIND].map(|share| share * rig.trunk.shoulder_width);
        for fold in folds().filter(|fold| self.chains.length_of(fold.ends[0]) >= shortest) {
            let across =
                fold.ends.map(|end| self.chains.outwards(end) * ink.width_px * deformed.sideways(rig, end));
            if across.iter().any(|across| across.length_squared() > 0.01) {
                self.lines.push(Line { ends: fold.ends, across, behind });
            }
        }
    }
}

/// Folds that go on in each other.
#[derive(Debug, Default)]
struct Chains {
    /// Of each vertex another of its chain, itself of the chain's first.
    towards_first: Vec<u32>,
    /// Of each chain's first vertex how long the chain is.
    length: Vec<f32>,
    /// Of each vertex the sum of its folds' outward directions, by their lengths.
    outwards: Vec<Vec2>,
}

impl Chains {
    fn find<'a>(
        &mut self,
        vertices: usize,
        folds: impl Iterator<Item = &'a Fold> + Clone,
        place: impl Fn(u32) -> Vec2,
    ) {
        self.towards_first.clear();
        self.towards_first.extend(0..vertices as u32);
        self.length.clear();
        self.length.resize(vertices, 0.0);
        self.outwards.clear();
        self.outwards.resize(vertices, Vec2::ZERO);
        for fold in folds.clone() {
            let [from, to] = fold.ends.map(&place);
            let across = (to - from).perp();
            let outwards = if across.dot(fold.inside - from) > 0.0 { -across } else { across };
            fold.ends.iter().for_each(|&end| self.outwards[end as usize] += outwards);
            let [one, other] = fold.ends.map(|end| self.first_of(end));
            self.towards_first[one.max(other) as usize] = one.min(other);
        }
        for fold in folds {
            let [from, to] = fold.ends.map(&place);
            let first = self.first_of(fold.ends[0]);
            self.length[first as usize] += from.distance(to);
        }
    }

    fn first_of(&self, mut vertex: u32) -> u32 {
        while self.towards_first[vertex as usize] != vertex {
            vertex = self.towards_first[vertex as usize];
        }
        vertex
    }

    /// The length of a vertex's chain.
    fn length_of(&self, vertex: u32) -> f32 {
        self.length[self.first_of(vertex) as usize]
    }

    /// Which way is out of the surface at a vertex.
    fn outwards(&self, vertex: u32) -> Vec2 {
        self.outwards[vertex as usize].normalize_or_zero()
    }
}

//! Textured cells, near to far, before a background: a small software rasteriser.

mod canvas;
mod cell;
mod crossings;
mod exposure;
mod ink;
mod mapping;
mod order;
mod shadow;
mod silhouette;
mod texture;
mod tiles;

use frame::{Image, Plane, PremulSrgba8, Size};
use glam::Vec2;

use crate::deform::Deformed;
use crate::layers::SheetKind;
use crate::plate::CastShadow;
use crate::rig::Rig;

pub use exposure::Exposure;
pub(crate) use ink::Ink;
pub use texture::Texture;

use canvas::{Canvas, Window};
use crossings::Crossings;
use exposure::Blur;
use ink::{Line, Lines};
use mapping::{Corner, View};
use order::Painter;
use silhouette::Silhouettes;
use tiles::Tiles;

/// The buffers that drawing a frame takes, to be reused from frame to frame; one a thread. What is drawn depends on the
/// pose alone, never on frames before.
#[derive(Debug, Default)]
pub struct Renderer {
    deformed: Deformed,
    /// The same while the shutter closes.
    closing: Deformed,
    painter: Painter,
    tiles: Tiles,
    canvas: Canvas,
    silhouettes: Silhouettes,
    lines: Lines,
    inside: Vec<u32>,
    crossings: Crossings,
    sums: Vec<u64>,
}

impl Renderer {
    /// A renderer without buffers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws a rig before a backdrop, on which it casts `shadow`, as it is seen in an exposure. `textures` are the sheets'
    /// own, in their order; the result has the backdrop's size, and whatever lies outside is cut off.
    pub fn draw(
        &mut self,
        rig: &Rig,
        textures: &[Texture],
        exposure: &Exposure,
        backdrop: &Image,
        shadow: Option<&CastShadow>,
        into: &mut Image,
    ) {
        self.expose(rig, textures, exposure, backdrop.size());
        if into.size() == backdrop.size() {
            into.pixels_mut().copy_from_slice(backdrop.pixels());
        } else {
            *into = backdrop.clone();
        }
        if let Some(shadow) = shadow {
            shadow::cast(&self.canvas, shadow, into);
        }
        self.tiles.shown(backdrop.size()).for_each(|tile| self.canvas.lay_over(tile, into));
    }

    /// Draws a rig alone, before nothing, into a picture of `size`. What an opaque backdrop would show through it is
    /// what [`draw`](Self::draw) shows.
    pub fn draw_layer(
        &mut self,
        rig: &Rig,
        textures: &[Texture],
        exposure: &Exposure,
        size: Size,
        into: &mut Plane<PremulSrgba8>,
    ) {
        self.expose(rig, textures, exposure, size);
        if into.size() == size {
            into.pixels_mut().fill(PremulSrgba8::default());
        } else {
            *into = Plane::filled(size, PremulSrgba8::default());
        }
        self.tiles.shown(size).for_each(|tile| self.canvas.copy(tile, into));
    }

    /// Draws all as it is in the middle of the exposure, and the parts where something moves fast as the mean of pictures from
    /// its begin to its end (Haeberli and Akeley, "The accumulation buffer", 1990); tile by tile, for the processor's cache.
    fn expose(&mut self, rig: &Rig, textures: &[Texture], exposure: &Exposure, size: Size) {
        self.canvas.resize(size);
        self.deformed.update(rig, &exposure.from);
        if let Some(to) = &exposure.to {
            self.closing.update_from(rig, to, &self.deformed);
            let keys = self.deformed.keys.iter_mut().zip(&self.closing.keys);
            keys.for_each(|(key, other)| *key = 0.5 * (*key + *other));
        }
        let from = &self.deformed.places;
        let to = exposure.to.as_ref().map_or(from, |_| &self.closing.places);
        let middle = |v: u32| from[v as usize].midpoint(to[v as usize]);
        self.silhouettes.find(rig, middle);
        self.lines.find(rig, &self.deformed, self.silhouettes.folds(), middle);
        let scene = Scene { rig, textures, deformed: &self.deformed, lines: self.lines.all(), from, to };
        let order = self.painter.near_to_far(scene.keys());
        self.tiles.fill(size, order, |item| [scene.corners(item, 0.0), scene.corners(item, 1.0)]);
        for (tile, items) in self.tiles.all(size) {
            scene.find_crossings(tile, items, &mut self.crossings);
            let cells = items.iter().filter_map(|&item| rig.cells.get(item as usize).copied());
            let blur = exposure.to.as_ref().and_then(|_| Blur::of(cells, [from, to], tile));
            if blur.is_none_or(|blur| blur.window != tile) {
                self.canvas.start(tile);
                scene.paint(&mut self.canvas, items, 0.5, (&self.crossings, &mut self.inside));
            }
            if let Some(blur) = blur {
                self.sums.clear();
                self.sums.resize(blur.window.area(), 0);
                let samples = blur.samples();
                for sample in 0..samples {
                    self.canvas.start(blur.window);
                    let share = (sample as f32 + 0.5) / samples as f32;
                    scene.paint(&mut self.canvas, items, share, (&self.crossings, &mut self.inside));
                    self.canvas.add_to(&mut self.sums);
                }
                self.canvas.take_mean(&self.sums, samples);
            }
        }
        self.silhouettes.smooth(&mut self.canvas, middle);
    }

    /// The size of the frame drawn last.
    pub fn size(&self) -> Size {
        self.canvas.size()
    }
}

/// What is drawn in an exposure: the rig's cells and, numbered after them, the lines along its folds.
struct Scene<'a> {
    rig: &'a Rig,
    textures: &'a [Texture],
    deformed: &'a Deformed,
    lines: &'a [Line],
    /// Where the vertices are when the shutter opens, and when it closes.
    from: &'a [Vec2],
    to: &'a [Vec2],
}

impl Scene<'_> {
    /// How near each item counts, smaller is nearer.
    fn keys(&self) -> impl Iterator<Item = f32> {
        let key = |v: u32| self.deformed.keys[v as usize];
        let of_cells = self.rig.cells.iter().map(move |&[a, b, c, d]| key(a) + key(b) + key(c) + key(d));
        of_cells.chain(self.lines.iter().map(move |line| 4.0 * line.key(key)))
    }

    /// Draws `items`, in their order from near to far, as they are after a `share` of the exposure. Cells of which the inside is
    /// seen come last: they show only where a fold would be a hole. `inside` is a buffer.
    fn paint(
        &self,
        canvas: &mut Canvas,
        items: &[u32],
        share: f32,
        (crossings, inside): (&Crossings, &mut Vec<u32>),
    ) {
        if !crossings.is_empty() {
            canvas.start_depths();
        }
        inside.clear();
        for (place, &item) in items.iter().enumerate() {
            if item as usize >= self.rig.cells.len() {
                self.paint_line(canvas, item, share);
            } else if self.is_seen_from_inside(item, share) {
                inside.push(item);
            } else {
                self.paint_cell(canvas, item, share, crossings.hold(place));
            }
        }
        inside.iter().for_each(|&cell| self.paint_cell(canvas, cell, share, false));
    }

    /// Finds which of `items`, that a tile shows, pass through others at any time of the exposure.
    fn find_crossings(&self, tile: Window, items: &[u32], crossings: &mut Crossings) {
        let cell = |&item: &u32| {
            let body = *self.rig.bodies.get(item as usize)?;
            Some((body, self.rig.cells[item as usize].map(|v| self.deformed.keys[v as usize])))
        };
        crossings.find(tile, items.iter().map(cell), |place| {
            let swept = [self.corners(items[place], 0.0), self.corners(items[place], 1.0)];
            tile.about(swept.as_flattened())
        });
    }

    fn paint_cell(&self, canvas: &mut Canvas, index: u32, share: f32, by_depth: bool) {
        let corners = self.corners(index, share);
        let Some(part) = canvas.window.about(&corners) else { return };
        let texture = self.textures.get(self.rig.sheet_of(index as usize).texture);
        let is_hidden = |part| !by_depth && canvas.hides(part);
        let Some(texture) = texture.filter(|_| !is_hidden(part)) else { return };
        let vertices = self.rig.cells[index as usize];
        let opacities = vertices.map(|v| self.deformed.opacities[v as usize]);
        if opacities.iter().all(|&opacity| opacity <= 0.0) {
            return;
        }
        let corner = |i: usize| {
            let v = vertices[i] as usize;
            Corner {
                place: corners[i],
                texel: self.rig.vertices.texel[v],
                opacity: opacities[i],
                key: self.deformed.keys[v],
            }
        };
        let sideways = if texture.has_side() { self.deformed.sideways(self.rig, vertices[0]) } else { 0.0 };
        let view = View { texture, sideways: (sideways * 256.0) as u32, by_depth };
        canvas.draw([0, 1, 2, 3].map(corner), part, view);
    }

    fn paint_line(&self, canvas: &mut Canvas, item: u32, share: f32) {
        let corners = self.corners(item, share);
        let (Some(ink), Some(part)) = (&self.rig.ink, canvas.window.about(&corners)) else {
            return;
        };
        ink.stroke(canvas, corners, part);
    }

    /// Whether the viewer looks at the inside of a cell of the trunk.
    fn is_seen_from_inside(&self, index: u32, share: f32) -> bool {
        if !self.rig.is_inner[index as usize] {
            return false;
        }
        let [a, b, c, d] = self.corners(index, share);
        let kind = self.rig.sheet_of(index as usize).kind;
        let outwards = if kind == SheetKind::Back { -1.0 } else { 1.0 };
        let halves = [(b - a).perp_dot(c - a), (d - b).perp_dot(c - b)];
        halves.iter().all(|half| half * outwards < 0.0)
    }

    /// Where an item's corners are after a `share` of the exposure.
    fn corners(&self, item: u32, share: f32) -> [Vec2; 4] {
        let place = |v: u32| self.from[v as usize].lerp(self.to[v as usize], share);
        match self.rig.cells.get(item as usize) {
            Some(&[a, b, c, d]) => [place(a), place(b), place(c), place(d)],
            None => self.lines[item as usize - self.rig.cells.len()].corners(place),
        }
    }
}

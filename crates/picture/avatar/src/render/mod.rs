//! Textured cells, far to near, over a background: a small software rasteriser.

mod canvas;
mod cell;
mod exposure;
mod order;
mod shadow;
mod texture;

use frame::{Image, Plane, PremulSrgba8, Size};
use glam::Vec2;

use crate::deform::Deformed;
use crate::layers::SheetKind;
use crate::rig::Rig;

pub use canvas::Backdrop;
pub use exposure::Exposure;
pub use texture::Texture;

use canvas::Canvas;
use cell::Corner;
use exposure::Blur;
use order::Painter;

/// The buffers that drawing a frame takes, to be reused from frame to frame; one a thread. What is drawn depends on the
/// pose alone, never on frames before.
#[derive(Debug, Default)]
pub struct Renderer {
    deformed: Deformed,
    /// The same while the shutter closes.
    closing: Deformed,
    places: Vec<Vec2>,
    painter: Painter,
    canvas: Canvas,
    sums: Vec<u64>,
}

impl Renderer {
    /// A renderer without buffers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws a rig over a backdrop, on which it casts the backdrop's shadow, as it is seen in an exposure. `textures` are the sheets' own, in their order; the result has the
    /// backdrop's size, and whatever lies outside is cut off.
    pub fn draw(
        &mut self,
        rig: &Rig,
        textures: &[Texture],
        exposure: &Exposure,
        backdrop: &Backdrop,
        into: &mut Image,
    ) {
        match backdrop.shadow() {
            None => self.expose(rig, textures, exposure, &Ground::Backdrop(backdrop)),
            Some(shadow) => {
                self.expose(rig, textures, exposure, &Ground::Clear(backdrop.size()));
                shadow::lay_over(&mut self.canvas, backdrop, shadow);
            }
        }
        self.canvas.copy_into(into);
    }

    /// Draws a rig alone, over nothing, into a picture of `size`. What an opaque backdrop would show through it is
    /// what [`draw`](Self::draw) shows.
    pub fn draw_layer(
        &mut self,
        rig: &Rig,
        textures: &[Texture],
        exposure: &Exposure,
        size: Size,
        into: &mut Plane<PremulSrgba8>,
    ) {
        self.expose(rig, textures, exposure, &Ground::Clear(size));
        self.canvas.copy_layer_into(into);
    }

    /// Draws all as it is in the middle of the exposure, then the part where something moves fast once more: the mean of
    /// pictures from its begin to its end (Haeberli and Akeley, "The accumulation buffer", 1990).
    fn expose(&mut self, rig: &Rig, textures: &[Texture], exposure: &Exposure, ground: &Ground<'_>) {
        self.canvas.start(ground);
        self.deformed.update(rig, &exposure.from);
        self.places.clone_from(&self.deformed.places);
        let mut blur = None;
        if let Some(to) = &exposure.to {
            self.closing.update(rig, to);
            blur = Blur::of(&rig.cells, &self.deformed.places, &self.closing.places, self.canvas.size);
            self.places.iter_mut().zip(&self.closing.places).for_each(|(p, q)| *p = p.lerp(*q, 0.5));
            let keys = self.deformed.keys.iter_mut().zip(&self.closing.keys);
            keys.for_each(|(key, other)| *key = 0.5 * (*key + *other));
        }
        let order = self.painter.far_to_near(&rig.cells, &self.deformed.keys);
        paint(&mut self.canvas, rig, textures, order, &self.places);
        let Some(Blur { window, samples }) = blur else { return };
        self.canvas.window = window;
        self.sums.clear();
        self.sums.resize(window.area(), 0);
        for sample in 0..samples {
            let share = (sample as f32 + 0.5) / samples as f32;
            let moving = self.deformed.places.iter().zip(&self.closing.places);
            self.places.iter_mut().zip(moving).for_each(|(place, (p, q))| *place = p.lerp(*q, share));
            self.canvas.start_window(ground);
            paint(&mut self.canvas, rig, textures, order, &self.places);
            self.canvas.add_to(&mut self.sums);
        }
        self.canvas.take_mean(&self.sums, samples);
    }

    /// The size of the frame drawn last.
    pub fn size(&self) -> Size {
        self.canvas.size()
    }
}

/// What is drawn over.
enum Ground<'a> {
    Backdrop(&'a Backdrop),
    /// Nothing, in a picture of this size.
    Clear(Size),
}

fn paint(canvas: &mut Canvas, rig: &Rig, textures: &[Texture], order: &[u32], places: &[Vec2]) {
    for &index in order {
        let sheet = rig.sheet_of(index as usize);
        let Some(texture) = textures.get(sheet.texture) else { continue };
        let cell = rig.cells[index as usize];
        let corners =
            cell.map(|v| Corner { place: places[v as usize], texel: rig.vertices.texel[v as usize] });
        if rig.is_inner[index as usize] && is_seen_from_inside(sheet.kind, &corners) {
            continue;
        }
        canvas.draw(corners, texture);
    }
}

/// Whether the viewer looks at the inside of a cell of the trunk.
fn is_seen_from_inside(kind: SheetKind, [a, b, c, d]: &[Corner; 4]) -> bool {
    let outwards = if kind == SheetKind::Back { -1.0 } else { 1.0 };
    let halves =
        [(b.place - a.place).perp_dot(c.place - a.place), (d.place - b.place).perp_dot(c.place - b.place)];
    halves.iter().all(|half| half * outwards < 0.0)
}

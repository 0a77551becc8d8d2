//! Textured cells, far to near, over a background: a small software rasteriser.

mod canvas;
mod cell;
mod order;
mod texture;

use frame::{Image, Plane, PremulSrgba8, Size};

use crate::deform::Deformed;
use crate::retarget::Pose;
use crate::rig::Rig;

pub use canvas::Backdrop;
pub use texture::Texture;

use canvas::Canvas;
use cell::Corner;
use order::Painter;

/// The buffers that drawing a frame takes, to be reused from frame to frame; one a thread. What is drawn depends on the
/// pose alone, never on frames before.
#[derive(Debug, Default)]
pub struct Renderer {
    deformed: Deformed,
    painter: Painter,
    canvas: Canvas,
}

impl Renderer {
    /// A renderer without buffers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws a rig in a pose over a backdrop. `textures` are the sheets' own, in their order; the result has the
    /// backdrop's size, and whatever lies outside is cut off.
    pub fn draw(
        &mut self,
        rig: &Rig,
        textures: &[Texture],
        pose: &Pose,
        backdrop: &Backdrop,
        into: &mut Image,
    ) {
        self.canvas.start(backdrop);
        self.paint(rig, textures, pose);
        self.canvas.copy_into(into);
    }

    /// Draws a rig in a pose alone, over nothing, into a picture of `size`. What an opaque backdrop would show through it is
    /// what [`draw`](Self::draw) shows.
    pub fn draw_layer(
        &mut self,
        rig: &Rig,
        textures: &[Texture],
        pose: &Pose,
        size: Size,
        into: &mut Plane<PremulSrgba8>,
    ) {
        self.canvas.start_clear(size);
        self.paint(rig, textures, pose);
        self.canvas.copy_layer_into(into);
    }

    fn paint(&mut self, rig: &Rig, textures: &[Texture], pose: &Pose) {
        self.deformed.update(rig, pose);
        let Deformed { places, keys } = &self.deformed;
        for &index in self.painter.far_to_near(&rig.cells, keys) {
            let sheet = rig.sheet_of(index as usize);
            let Some(texture) = textures.get(sheet.texture) else { continue };
            let corners = rig.cells[index as usize]
                .map(|v| Corner { place: places[v as usize], texel: rig.vertices.texel[v as usize] });
            self.canvas.draw(corners, texture);
        }
    }

    /// The size of the frame drawn last.
    pub fn size(&self) -> Size {
        self.canvas.size()
    }
}

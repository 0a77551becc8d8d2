use glam::{Vec2, Vec3};

/// What a frame of a clip shows of its scene: points of the frame lie at `zoom · point + shift` in the first frame of the same
/// shot, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The shot, counted from 0; another begins at every cut.
    pub shot: u32,
    /// Below 1 where the camera has come nearer.
    pub zoom: f32,
    /// x right, y down.
    pub shift: Vec2,
}

impl Default for View {
    /// That of a camera which has not moved.
    fn default() -> Self {
        Self { shot: 0, zoom: 1.0, shift: Vec2::ZERO }
    }
}

impl View {
    /// The same of pictures `factor` times as large.
    #[must_use]
    pub fn scaled(self, factor: f32) -> Self {
        Self { shift: self.shift * factor, ..self }
    }

    /// A point of the frame, its depth in the same pixels, in the first frame of its shot.
    pub fn to_first(self, point: Vec3) -> Vec3 {
        point * self.zoom + self.shift.extend(0.0)
    }
}

use frame::Plane;
use glam::{Affine2, Vec2};

/// Where a subject stands.
pub(super) struct Stand {
    /// The row under its feet, and its height, pixels.
    pub(super) ground: f32,
    pub(super) height: f32,
    /// The middle column of its feet.
    pub(super) middle: f32,
}

impl Stand {
    /// `None` where the picture's lower edge cuts it.
    pub(super) fn of(subject: &Plane<f32>) -> Option<Self> {
        let is_seen = |y: &usize| subject.row(*y).iter().any(|alpha| *alpha > 0.5);
        let (top, ground) = ((0..subject.height()).find(is_seen)?, (0..subject.height()).rfind(is_seen)?);
        if ground + 2 >= subject.height() {
            return None;
        }
        let height = (ground - top) as f32;
        let is_foot = |x: &usize| (0..=(0.1 * height) as usize).any(|up| subject.get(*x, ground - up) > 0.5);
        let (first, last) = ((0..subject.width()).find(is_foot)?, (0..subject.width()).rfind(is_foot)?);
        Some(Self { ground: ground as f32, height, middle: 0.5 * (first + last) as f32 })
    }

    /// The row at which a wall behind it has ended: below is ground, or what fades into that.
    pub(super) fn wall_ends(&self) -> f32 {
        /// How far above the ground, in heights of the subject.
        const ABOVE: f32 = 0.1;
        self.ground - ABOVE * self.height
    }
}

/// Lays a silhouette on the ground: sheared about the row `line` where it stands, aside by `lean` and up by `rise` for each pixel of its
/// height.
pub(super) fn laid_on_ground(lean: f32, rise: f32, line: f32) -> Affine2 {
    Affine2::from_cols(Vec2::X, Vec2::new(-lean, rise), Vec2::new(lean * line, (1.0 - rise) * line))
}

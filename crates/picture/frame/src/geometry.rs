use glam::Vec2;
use serde::{Deserialize, Serialize};

/// Width and height in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Size {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Size {
    /// A size of `width` columns and `height` rows.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Number of pixels.
    pub const fn area(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// The shorter side in pixels.
    pub const fn short_side(self) -> u32 {
        if self.width < self.height { self.width } else { self.height }
    }

    /// The longer side in pixels.
    pub const fn long_side(self) -> u32 {
        if self.width < self.height { self.height } else { self.width }
    }

    /// Both sides multiplied by `factor`, rounded, at least one pixel.
    pub fn scaled(self, factor: f32) -> Self {
        let side = |v: u32| ((v as f32 * factor).round() as u32).max(1);
        Self::new(side(self.width), side(self.height))
    }

    /// The greatest size of this aspect whose long side is at most `long_side_px`; never larger than `self`.
    pub fn fitted(self, long_side_px: u32) -> Self {
        if self.long_side() <= long_side_px {
            return self;
        }
        self.scaled(long_side_px as f32 / self.long_side() as f32)
    }

    /// Whether the pixel that holds `point` lies inside.
    pub fn contains(self, point: Vec2) -> bool {
        point.x >= 0.0 && point.y >= 0.0 && point.x < self.width as f32 && point.y < self.height as f32
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// A point of a picture: pixels, y down, (0, 0) the corner of the top-left pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImagePoint(pub Vec2);

impl From<Vec2> for ImagePoint {
    fn from(point: Vec2) -> Self {
        Self(point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fitting_never_enlarges_and_keeps_the_aspect() {
        assert_eq!(Size::new(640, 480).fitted(960), Size::new(640, 480));
        assert_eq!(Size::new(1080, 1920).fitted(960), Size::new(540, 960));
    }

    #[test]
    fn the_far_edge_is_outside() {
        let size = Size::new(4, 3);
        assert!(size.contains(Vec2::new(3.9, 2.9)));
        assert!(!size.contains(Vec2::new(4.0, 1.0)));
        assert!(!size.contains(Vec2::new(f32::NAN, 1.0)));
    }
}

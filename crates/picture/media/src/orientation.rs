use frame::{Image, Plane, Size, Srgb8};

/// How a stored picture must be turned to stand upright: first transposed, then mirrored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Orientation {
    transpose: bool,
    mirror_x: bool,
    mirror_y: bool,
}

/// Side of the square tiles in which pictures are turned: both the rows read and the rows written stay in the nearest cache.
const TILE: usize = 32;

impl Orientation {
    /// The nearest quarter turn of a display matrix: nine 16.16 (last column 2.30) numbers of the machine's byte order, by which
    /// a stored point becomes `(a·x + c·y, b·x + d·y)` (ISO/IEC 14496-12, 6.2.2).
    pub(crate) fn from_display_matrix(bytes: &[u8]) -> Option<Self> {
        let number = |i: usize| Some(i32::from_ne_bytes(bytes.get(i * 4..i * 4 + 4)?.try_into().ok()?));
        let (a, b, c, d) = (number(0)?, number(1)?, number(3)?, number(4)?);
        let straight = i64::from(a).abs() + i64::from(d).abs();
        let crossed = i64::from(b).abs() + i64::from(c).abs();
        Some(if straight >= crossed {
            Self { transpose: false, mirror_x: a < 0, mirror_y: d < 0 }
        } else {
            Self { transpose: true, mirror_x: c < 0, mirror_y: b < 0 }
        })
    }

    /// The upright size of a picture stored at `size`, and the other way round.
    pub(crate) const fn turned(self, size: Size) -> Size {
        if self.transpose { Size::new(size.height, size.width) } else { size }
    }

    /// The picture upright.
    pub(crate) fn upright(self, stored: Image) -> Image {
        if self == Self::default() {
            return stored;
        }
        let size = self.turned(stored.size());
        let (width, height) = (size.width as usize, size.height as usize);
        let (from, stride) = (stored.pixels(), stored.width());
        let mut upright = Plane::filled(size, Srgb8::default());
        let to = upright.pixels_mut();
        for top in (0..height).step_by(TILE) {
            for left in (0..width).step_by(TILE) {
                for y in top..(top + TILE).min(height) {
                    let across = if self.mirror_y { height - 1 - y } else { y };
                    for x in left..(left + TILE).min(width) {
                        let along = if self.mirror_x { width - 1 - x } else { x };
                        let (row, column) = if self.transpose { (along, across) } else { (across, along) };
                        to[y * width + x] = from[row * stride + column];
                    }
                }
            }
        }
        upright
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(a: i32, b: i32, c: i32, d: i32) -> Vec<u8> {
        [a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30]
            .iter()
            .flat_map(|n| n.to_ne_bytes())
            .collect()
    }

    fn turned(a: i32, b: i32, c: i32, d: i32) -> Vec<u8> {
        // 1 2 3
        // 4 5 6
        let stored = Plane::new(Size::new(3, 2), (1..=6).map(|v| Srgb8::new(v, v, v)).collect()).unwrap();
        let upright = Orientation::from_display_matrix(&matrix(a, b, c, d)).unwrap().upright(stored);
        assert_eq!(upright.width(), if a == 0 { 2 } else { 3 });
        upright.pixels().iter().map(|p| p.r).collect()
    }

    #[test]
    fn all_eight_orientations() {
        assert_eq!(turned(1, 0, 0, 1), [1, 2, 3, 4, 5, 6]);
        assert_eq!(turned(-1, 0, 0, -1), [6, 5, 4, 3, 2, 1]);
        assert_eq!(turned(-1, 0, 0, 1), [3, 2, 1, 6, 5, 4]);
        assert_eq!(turned(1, 0, 0, -1), [4, 5, 6, 1, 2, 3]);
        // A quarter turn clockwise sends x to y and y to -x: what a phone held upright writes.
        assert_eq!(turned(0, 1, -1, 0), [4, 1, 5, 2, 6, 3]);
        assert_eq!(turned(0, -1, 1, 0), [3, 6, 2, 5, 1, 4]);
        assert_eq!(turned(0, 1, 1, 0), [1, 4, 2, 5, 3, 6]);
        assert_eq!(turned(0, -1, -1, 0), [6, 3, 5, 2, 4, 1]);
    }

    #[test]
    fn a_short_matrix_is_none() {
        assert_eq!(Orientation::from_display_matrix(&[0; 12]), None);
    }
}

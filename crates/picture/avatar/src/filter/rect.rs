use frame::{Plane, Size};

/// A rectangle of whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelRect {
    /// First column.
    pub x: usize,
    /// First row.
    pub y: usize,
    /// Columns and rows.
    pub size: Size,
}

impl PixelRect {
    /// The rectangle that holds both ends, each `[column, row]`.
    pub fn spanning(first: [usize; 2], last: [usize; 2]) -> Self {
        let side = |axis: usize| (last[axis] - first[axis] + 1) as u32;
        Self { x: first[0], y: first[1], size: Size::new(side(0), side(1)) }
    }

    /// One past the last column.
    pub fn right(self) -> usize {
        self.x + self.size.width as usize
    }

    /// One past the last row.
    pub fn bottom(self) -> usize {
        self.y + self.size.height as usize
    }

    /// Moved outwards by `margin` on every side as far as a plane of size `within` allows.
    pub fn grown(self, margin: usize, within: Size) -> Self {
        let x = self.x.saturating_sub(margin);
        let y = self.y.saturating_sub(margin);
        let right = (self.right() + margin).min(within.width as usize);
        let bottom = (self.bottom() + margin).min(within.height as usize);
        Self { x, y, size: Size::new((right - x) as u32, (bottom - y) as u32) }
    }

    /// The least rectangle that holds both.
    pub fn union(self, other: Self) -> Self {
        let last = |rect: Self| [rect.right().max(1) - 1, rect.bottom().max(1) - 1];
        let ([right, bottom], [other_right, other_bottom]) = (last(self), last(other));
        Self::spanning(
            [self.x.min(other.x), self.y.min(other.y)],
            [right.max(other_right), bottom.max(other_bottom)],
        )
    }

    /// This part of `plane`. Panics if it does not lie inside.
    pub fn cut<P: Copy>(self, plane: &Plane<P>) -> Plane<P> {
        plane.crop(self.x, self.y, self.size)
    }

    /// Writes `part`, of this rectangle's size, over this part of `plane`. Panics if it does not lie inside.
    pub fn paste<P: Copy>(self, part: &Plane<P>, plane: &mut Plane<P>) {
        assert_eq!(part.size(), self.size, "the part has the rectangle's size");
        for y in 0..part.height() {
            plane.row_mut(self.y + y)[self.x..self.right()].copy_from_slice(part.row(y));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_stops_at_the_edge_and_pasting_undoes_cutting() {
        let plane = Plane::from_fn(Size::new(6, 5), |x, y| (x, y));
        let rect = PixelRect::spanning([1, 2], [2, 3]).grown(2, plane.size());
        assert_eq!(rect, PixelRect { x: 0, y: 0, size: Size::new(5, 5) });
        let corner = PixelRect::spanning([5, 4], [5, 4]);
        assert_eq!(rect.union(corner), PixelRect { x: 0, y: 0, size: plane.size() });
        let mut copy = Plane::filled(plane.size(), (9, 9));
        rect.paste(&rect.cut(&plane), &mut copy);
        assert_eq!(copy.get(4, 4), (4, 4));
        assert_eq!(copy.get(5, 4), (9, 9));
    }
}

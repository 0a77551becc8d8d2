/// A side that two cells share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SharedSide {
    /// The cells, the first first.
    pub(crate) cells: [u32; 2],
    /// The vertices at its ends, the first first.
    pub(crate) ends: [u32; 2],
}

impl SharedSide {
    /// The sides that cells share, given their corners: top left, top right, bottom left, bottom right, of which triangles repeat the last.
    pub(super) fn all(cells: &[[u32; 4]]) -> Vec<Self> {
        let sides_of = |(cell, &[a, b, c, d]): (usize, &[u32; 4])| {
            [[a, b], [c, d], [a, c], [b, d]].map(|[from, to]| ([from.min(to), from.max(to)], cell as u32))
        };
        let mut sides: Vec<([u32; 2], u32)> =
            cells.iter().enumerate().flat_map(sides_of).filter(|([from, to], _)| from != to).collect();
        sides.sort_unstable();
        let pairs = sides.array_windows().filter(|[one, other]| one.0 == other.0);
        pairs.map(|[one, other]| Self { cells: [one.1, other.1], ends: one.0 }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_cells_and_a_triangle_share_is_found_once() {
        let cells = [[0, 1, 4, 5], [1, 2, 5, 6], [2, 3, 6, 6]];
        let sides = SharedSide::all(&cells);
        assert_eq!(
            sides,
            [SharedSide { cells: [0, 1], ends: [1, 5] }, SharedSide { cells: [1, 2], ends: [2, 6] }]
        );
    }
}

/// A side that two triangles of a rig share. Of each cell's corners (top left, top right, bottom left, bottom right) the first three are
/// one triangle, twice the cell's number, and the last three the other, the number after that. Where the last corner is the third
/// again, there is but the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SharedSide {
    /// The triangles, the first first.
    pub(crate) triangles: [u32; 2],
    /// The vertices at its ends, the first first.
    pub(crate) ends: [u32; 2],
}

impl SharedSide {
    /// The left side of one of `cells`, which lies where the right one of another is.
    pub(super) fn seam(cells: &[[u32; 4]], left_of: usize, right_of: usize) -> Self {
        let [a, _, c, _] = cells[left_of];
        Self { triangles: [2 * left_of as u32, 2 * right_of as u32 + 1], ends: [a, c] }
    }

    /// The sides that triangles of `cells`, given by their corners, share.
    pub(super) fn all(cells: &[[u32; 4]]) -> Vec<Self> {
        let mut sides: Vec<([u32; 2], u32)> = Vec::with_capacity(6 * cells.len());
        for (cell, &[a, b, c, d]) in cells.iter().enumerate() {
            let mut add = |[from, to]: [u32; 2], triangle: usize| {
                sides.push(([from.min(to), from.max(to)], (2 * cell + triangle) as u32));
            };
            [[a, b], [a, c], [b, c]].into_iter().for_each(|side| add(side, 0));
            if c != d {
                [[b, c], [b, d], [c, d]].into_iter().for_each(|side| add(side, 1));
            }
        }
        sides.sort_unstable();
        let pairs = sides.array_windows().filter(|[one, other]| one.0 == other.0);
        pairs.map(|[one, other]| Self { triangles: [one.1, other.1], ends: one.0 }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_triangles_share_is_found_once() {
        let cells = [[0, 1, 4, 5], [1, 2, 5, 6], [2, 3, 6, 6]];
        let side = |triangles, ends| SharedSide { triangles, ends };
        assert_eq!(
            SharedSide::all(&cells),
            [side([0, 1], [1, 4]), side([1, 2], [1, 5]), side([2, 3], [2, 5]), side([3, 4], [2, 6])]
        );
    }
}

use frame::{Plane, Size};
use rayon::prelude::*;

/// A plane whose rows `write` fills, given the row's number and the row (all `blank` at first), in parallel.
pub(crate) fn from_rows<P: Copy + Send + Sync>(
    size: Size,
    blank: P,
    write: impl Fn(usize, &mut [P]) + Send + Sync,
) -> Plane<P> {
    let mut plane = Plane::filled(size, blank);
    let width = plane.width().max(1);
    plane.pixels_mut().par_chunks_mut(width).enumerate().for_each(|(y, row)| write(y, row));
    plane
}

/// Index `i` of a line of `length` reflected into it about its end pixels: … 2 1 | 0 1 2 … n−1 | n−2 …
pub(super) fn reflected(i: isize, length: usize) -> usize {
    if length <= 1 {
        return 0;
    }
    let period = 2 * (length as isize - 1);
    let i = i.rem_euclid(period);
    i.min(period - i) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reflection_does_not_repeat_the_edge() {
        let line: Vec<usize> = (-5..9).map(|i| reflected(i, 4)).collect();
        assert_eq!(line, [1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2]);
        assert_eq!(reflected(-7, 1), 0);
    }
}

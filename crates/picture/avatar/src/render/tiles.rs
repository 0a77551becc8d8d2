use frame::Size;
use glam::Vec2;

use super::canvas::Window;

/// Columns and rows of a tile: its pixels, 64 kB, stay in a processor's cache while all that shows in it is drawn.
const SIDE: usize = 128;

/// The picture cut into tiles, and the cells that each shows.
#[derive(Debug, Default)]
pub(super) struct Tiles(Vec<Vec<u32>>);

impl Tiles {
    /// Tells which of `cells` each tile of a picture of `size` shows while their vertices go from one place to another. Each
    /// tile's are in `order`.
    pub(super) fn fill(&mut self, size: Size, cells: &[[u32; 4]], order: &[u32], [from, to]: [&[Vec2]; 2]) {
        let columns = (size.width as usize).div_ceil(SIDE);
        self.0.iter_mut().for_each(Vec::clear);
        self.0.resize(columns * (size.height as usize).div_ceil(SIDE), Vec::new());
        for &cell in order {
            let swept = cells[cell as usize].into_iter().flat_map(|v| [from[v as usize], to[v as usize]]);
            let Some(Window { left, top, right, bottom }) = Window::of(size).about(swept) else { continue };
            for row in top / SIDE..bottom.div_ceil(SIDE) {
                for column in left / SIDE..right.div_ceil(SIDE) {
                    self.0[row * columns + column].push(cell);
                }
            }
        }
    }

    /// Every tile of the picture of `size`, with the cells it shows.
    pub(super) fn all(&self, size: Size) -> impl Iterator<Item = (Window, &[u32])> {
        let (width, height) = (size.width as usize, size.height as usize);
        let columns = width.div_ceil(SIDE);
        self.0.iter().enumerate().map(move |(i, cells)| {
            let (left, top) = (i % columns * SIDE, i / columns * SIDE);
            let (right, bottom) = ((left + SIDE).min(width), (top + SIDE).min(height));
            (Window { left, top, right, bottom }, &cells[..])
        })
    }

    /// Those that show anything.
    pub(super) fn shown(&self, size: Size) -> impl Iterator<Item = Window> {
        self.all(size).filter(|(_, cells)| !cells.is_empty()).map(|(tile, _)| tile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_shows_what_passes_through_it_in_order() {
        let at =
            |x: f32, y: f32| [0.0, 4.0].map(|dy| [0.0, 4.0].map(|dx| Vec2::new(x + dx, y + dy))).concat();
        let from = [at(10.0, 10.0), at(250.0, 10.0), at(126.0, 20.0)].concat();
        let to = [at(10.0, 10.0), at(250.0, 130.0), at(126.0, 20.0)].concat();
        let cells = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]];
        let mut tiles = Tiles::default();
        let size = Size::new(300, 200);
        for _ in 0..2 {
            tiles.fill(size, &cells, &[2, 1, 0], [&from, &to]);
            let shown: Vec<_> = tiles
                .all(size)
                .filter(|(_, cells)| !cells.is_empty())
                .map(|(tile, cells)| (tile.left, tile.top, tile.right, tile.bottom, cells))
                .collect();
            assert_eq!(
                shown,
                [(0, 0, 128, 128, &[2, 0][..]), (128, 0, 256, 128, &[2, 1]), (128, 128, 256, 200, &[1]),]
            );
        }
    }
}

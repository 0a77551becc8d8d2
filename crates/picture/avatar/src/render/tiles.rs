use frame::Size;
use glam::Vec2;

use super::canvas::Window;

/// Columns and rows of a tile: its pixels, 64 kB, stay in a processor's cache while all that shows in it is drawn.
const SIDE: usize = 128;

/// The picture cut into tiles, and what each shows.
#[derive(Debug, Default)]
pub(super) struct Tiles(Vec<Vec<u32>>);

impl Tiles {
    /// Tells which items each tile of a picture of `size` shows, given in `order`. Each lies within its corners where its sweep begins and
    /// where it ends.
    pub(super) fn fill(&mut self, size: Size, order: &[u32], swept: impl Fn(u32) -> [[Vec2; 4]; 2]) {
        let columns = (size.width as usize).div_ceil(SIDE);
        self.0.iter_mut().for_each(Vec::clear);
        self.0.resize(columns * (size.height as usize).div_ceil(SIDE), Vec::new());
        for &item in order {
            let Some(Window { left, top, right, bottom }) =
                Window::of(size).about(swept(item).as_flattened())
            else {
                continue;
            };
            for row in top / SIDE..bottom.div_ceil(SIDE) {
                for column in left / SIDE..right.div_ceil(SIDE) {
                    self.0[row * columns + column].push(item);
                }
            }
        }
    }

    /// Every tile of the picture of `size`, with the items it shows, in order.
    pub(super) fn all(&self, size: Size) -> impl Iterator<Item = (Window, &[u32])> {
        let (width, height) = (size.width as usize, size.height as usize);
        let columns = width.div_ceil(SIDE);
        self.0.iter().enumerate().map(move |(i, items)| {
            let (left, top) = (i % columns * SIDE, i / columns * SIDE);
            let (right, bottom) = ((left + SIDE).min(width), (top + SIDE).min(height));
            (Window { left, top, right, bottom }, &items[..])
        })
    }

    /// Those that show anything.
    pub(super) fn shown(&self, size: Size) -> impl Iterator<Item = Window> {
        self.all(size).filter(|(_, items)| !items.is_empty()).map(|(tile, _)| tile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_shows_what_passes_through_it_in_order() {
        let at = |x: f32, y: f32| {
            [(0.0, 0.0), (4.0, 0.0), (0.0, 4.0), (4.0, 4.0)].map(|(dx, dy)| Vec2::new(x + dx, y + dy))
        };
        let from = [at(10.0, 10.0), at(250.0, 10.0), at(126.0, 20.0)];
        let to = [at(10.0, 10.0), at(250.0, 130.0), at(126.0, 20.0)];
        let mut tiles = Tiles::default();
        let size = Size::new(300, 200);
        for _ in 0..2 {
            tiles.fill(size, &[2, 1, 0], |item| [from[item as usize], to[item as usize]]);
            let shown: Vec<_> = tiles
                .all(size)
                .filter(|(_, items)| !items.is_empty())
                .map(|(tile, items)| (tile.left, tile.top, tile.right, tile.bottom, items))
                .collect();
            assert_eq!(
                shown,
                [(0, 0, 128, 128, &[2, 0][..]), (128, 0, 256, 128, &[2, 1]), (128, 128, 256, 200, &[1]),]
            );
        }
    }
}

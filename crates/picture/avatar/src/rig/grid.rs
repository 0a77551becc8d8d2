use frame::Plane;
use glam::Vec2;

/// Cells over what a sheet shows.
pub(super) struct Grid {
    /// Where the vertices lie in the picture; those of cells beyond its edge outside it.
    pub(super) places: Vec<Vec2>,
    /// What they show, in pixels of the texture: beyond the edge, what is at it.
    pub(super) texels: Vec<Vec2>,
    /// Corners of each cell: top left, top right, bottom left, bottom right.
    pub(super) cells: Vec<[u32; 4]>,
}

/// Cells a picture height: fine enough for a finger's bend, coarse enough for 10 000 vertices.
const CELLS_PER_HEIGHT: f32 = 190.0;
/// Alpha below which nothing is drawn.
const CLEAR: f32 = 0.01;

impl Grid {
    /// The cells that hold any alpha, or touch a pixel that does.
    pub(super) fn over(alpha: &Plane<f32>) -> Self {
        let (width, height) = (alpha.width(), alpha.height());
        let cell = (height as f32 / CELLS_PER_HEIGHT).floor().max(4.0) as usize;
        let (columns, rows) = (width.div_ceil(cell), height.div_ceil(cell));
        let mut used = vec![false; columns * rows];
        for y in 0..height {
            for (x, &a) in alpha.row(y).iter().enumerate() {
                if a > CLEAR {
                    for (x, y) in [(x.saturating_sub(1), y.saturating_sub(1)), (x + 1, y + 1)] {
                        used[(y / cell).min(rows - 1) * columns + (x / cell).min(columns - 1)] = true;
                    }
                }
            }
        }
        let mut grid = Self { places: Vec::new(), texels: Vec::new(), cells: Vec::new() };
        let mut corners = vec![u32::MAX; (columns + 1) * (rows + 1)];
        for row in 0..rows {
            for column in 0..columns {
                if !used[row * columns + column] {
                    continue;
                }
                let mut corner = |dx: usize, dy: usize| {
                    let id = &mut corners[(row + dy) * (columns + 1) + column + dx];
                    if *id == u32::MAX {
                        *id = grid.texels.len() as u32;
                        // The last cells end with the picture.
                        let (x, y) = (((column + dx) * cell).min(width), ((row + dy) * cell).min(height));
                        grid.texels.push(Vec2::new(x as f32, y as f32));
                        grid.places.push(Vec2::new(x as f32, y as f32));
                    }
                    *id
                };
                grid.cells.push([corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1)]);
            }
        }
        grid.go_on_below(alpha);
        grid.go_on_beside(alpha);
        grid
    }
}

/// How far a subject cut by the picture's edge goes on beyond it, in picture heights, so that a cut that lifts off the edge
/// bares no background.
const BEYOND: f32 = 0.06;

impl Grid {
    /// What the lower edge cuts goes on below it.
    fn go_on_below(&mut self, alpha: &Plane<f32>) {
        let (edge, last) = (alpha.height() as f32, alpha.height() - 1);
        let shown = |x: f32| alpha.get((x as usize).min(alpha.width() - 1), last);
        let cut: Vec<[f32; 2]> = self.edge_cells(|p| p.y == edge).map(|[a, b]| [a.x, b.x]).collect();
        for [left, right] in cut.into_iter().filter(|[left, right]| shown(0.5 * (left + right)) > 0.5) {
            let corners = [left, right].map(|x| Vec2::new(x, edge));
            self.go_on(corners, Vec2::new(0.0, BEYOND * edge), Vec2::new(0.0, -0.5));
        }
    }

    /// What the left or right edge cuts goes on beside it.
    fn go_on_beside(&mut self, alpha: &Plane<f32>) {
        let (right, last) = (alpha.width() as f32, alpha.width() - 1);
        let beyond = BEYOND * alpha.height() as f32;
        for (edge, column, outwards) in [(0.0, 0, -1.0), (right, last, 1.0)] {
            let shown = |y: f32| alpha.get(column, (y as usize).min(alpha.height() - 1));
            let cut: Vec<[f32; 2]> = self.edge_cells(|p| p.x == edge).map(|[a, b]| [a.y, b.y]).collect();
            for [top, bottom] in cut.into_iter().filter(|[top, bottom]| shown(0.5 * (top + bottom)) > 0.5) {
                let corners = [top, bottom].map(|y| Vec2::new(edge, y));
                self.go_on(corners, Vec2::new(outwards * beyond, 0.0), Vec2::new(-0.5 * outwards, 0.0));
            }
        }
    }

    /// The sides of cells, both of whose ends are on an edge.
    fn edge_cells(&self, on_edge: impl Fn(Vec2) -> bool) -> impl Iterator<Item = [Vec2; 2]> {
        self.cells.iter().flat_map(move |&[a, b, c, d]| {
            let sides = [[a, b], [c, d], [a, c], [b, d]].map(|side| side.map(|v| self.places[v as usize]));
            sides.into_iter().filter(|side| side.iter().all(|p| on_edge(*p))).collect::<Vec<_>>()
        })
    }

    /// One cell from `corners` outwards that repeats what lies `inwards` of them.
    fn go_on(&mut self, corners: [Vec2; 2], outwards: Vec2, inwards: Vec2) {
        let first = self.places.len() as u32;
        for place in [corners[0], corners[1], corners[0] + outwards, corners[1] + outwards] {
            self.places.push(place);
        }
        for corner in [corners[0], corners[1], corners[0], corners[1]] {
            self.texels.push(corner + inwards);
        }
        self.cells.push([first, first + 1, first + 2, first + 3]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;

    #[test]
    fn the_mesh_covers_all_alpha_and_shares_its_corners() {
        let inside = |x: u32, y: u32| (x as f32 - 40.0).hypot(y as f32 - 50.0) < 30.0;
        let alpha = Plane::from_fn(Size::new(83, 101), |x, y| f32::from(inside(x, y)));
        let grid = Grid::over(&alpha);
        let covers = |p: Vec2| {
            grid.cells.iter().any(|cell| {
                let [low, _, _, high] = cell.map(|i| grid.texels[i as usize]);
                low.cmple(p).all() && high.cmpge(p).all()
            })
        };
        assert!(
            (0..101)
                .flat_map(|y| (0..83).map(move |x| (x, y)))
                .filter(|&(x, y)| inside(x, y))
                .all(|(x, y)| { covers(Vec2::new(x as f32 + 0.5, y as f32 + 0.5)) })
        );
        let mut places: Vec<_> = grid.texels.iter().map(|p| (p.x as i32, p.y as i32)).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), grid.texels.len());
    }

    #[test]
    fn a_clear_sheet_has_no_mesh() {
        let grid = Grid::over(&Plane::filled(Size::new(20, 20), 0.0));
        assert!(grid.texels.is_empty() && grid.cells.is_empty());
    }
}

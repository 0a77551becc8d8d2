use std::collections::HashMap;

use frame::Plane;
use glam::Vec2;

/// Cells over what a sheet shows.
pub(super) struct Grid {
    /// Where the vertices lie in the picture; those of cells beyond its edge outside it.
    pub(super) places: Vec<Vec2>,
    /// What they show, in pixels of the texture: beyond the edge, what is as far within it.
    pub(super) texels: Vec<Vec2>,
    /// Corners of each cell: top left, top right, bottom left, bottom right.
    pub(super) cells: Vec<[u32; 4]>,
    /// Vertices in the middle of a side that a cell without them has too.
    pub(super) hanging: Vec<Hanging>,
}

/// A vertex in the middle of a side of a cell that is not split beside one that is. It has to stay there for the mesh to have no hole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hanging {
    /// Index of the vertex within its sheet.
    pub(crate) vertex: u32,
    /// Those of the side's ends.
    pub(crate) ends: [u32; 2],
}

/// Cells a picture height: fine enough for a finger's bend, coarse enough for 10 000 vertices.
const CELLS_PER_HEIGHT: f32 = 190.0;
/// Alpha below which nothing is drawn.
const CLEAR: f32 = 0.01;

/// Side of a cell in a picture of this height, in pixels.
pub(super) fn cell_px(height: usize) -> usize {
    (height as f32 / CELLS_PER_HEIGHT).floor().max(4.0) as usize
}

impl Grid {
    /// The cells that hold any alpha, or touch a pixel that does.
    pub(super) fn over(alpha: &Plane<f32>) -> Self {
        let (width, height) = (alpha.width(), alpha.height());
        let cell = cell_px(height);
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
        let mut grid =
            Self { places: Vec::new(), texels: Vec::new(), cells: Vec::new(), hanging: Vec::new() };
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
        grid
    }
}

impl Grid {
    /// Splits in four every cell of which a corner is `wanted`.
    pub(super) fn refine(&mut self, wanted: impl Fn(Vec2) -> bool) {
        let wanted: Vec<bool> = self.places.iter().map(|&place| wanted(place)).collect();
        let mut middles: HashMap<[u32; 2], u32> = HashMap::new();
        let (split, whole): (Vec<_>, Vec<_>) = std::mem::take(&mut self.cells)
            .into_iter()
            .partition(|cell: &[u32; 4]| cell.iter().any(|&corner| wanted[corner as usize]));
        for [a, b, c, d] in split {
            let mut middle = |a: u32, b: u32| {
                *middles.entry([a.min(b), a.max(b)]).or_insert_with(|| {
                    for list in [&mut self.places, &mut self.texels] {
                        list.push(list[a as usize].midpoint(list[b as usize]));
                    }
                    self.places.len() as u32 - 1
                })
            };
            let [top, left, right, bottom, inside] =
                [middle(a, b), middle(a, c), middle(b, d), middle(c, d), middle(a, d)];
            self.cells.extend([
                [a, top, left, inside],
                [top, b, inside, right],
                [left, inside, c, bottom],
                [inside, right, bottom, d],
            ]);
        }
        self.hanging.extend(whole.iter().flat_map(|&[a, b, c, d]| {
            let sides = [[a, b], [a, c], [b, d], [c, d]];
            let middle = |[a, b]: [u32; 2]| middles.get(&[a.min(b), a.max(b)]).copied();
            sides.into_iter().filter_map(move |ends| Some(Hanging { vertex: middle(ends)?, ends }))
        }));
        self.cells.extend(whole);
    }
}

/// Whether a cell between two corners, and as much about it, is opaque.
pub(super) fn is_inner(alpha: &Plane<f32>, low: Vec2, high: Vec2) -> bool {
    const OPAQUE: f32 = 0.999;
    let (low, high) = (low + low - high, high + high - low);
    let inside =
        low.cmpge(Vec2::ZERO).all() && high.x <= alpha.width() as f32 && high.y <= alpha.height() as f32;
    inside
        && low.cmplt(high).all()
        && (low.y as usize..high.y as usize)
            .all(|y| alpha.row(y)[low.x as usize..high.x as usize].iter().all(|&a| a >= OPAQUE))
}

/// How far a trunk cut by the picture's edge goes on beyond it, in picture heights, so that a cut that lifts off the edge bares no
/// background.
const BEYOND: f32 = 0.3;
/// How much of what is within the edge that shows, there and back again, in picture heights: of a portrait's shoulders there is little
/// more, and above them would come its neck.
const REPEATED: f32 = 0.03;

impl Grid {
    /// Cells beyond the lower, left and right edge of the picture, and its lower corners, wherever it cuts what `alpha` shows; they show what
    /// is just within as two mirrors, at the edge and beside it, do, for what is repeated pixel by pixel is drawn out to stripes.
    pub(super) fn go_on_beyond_edges(&mut self, alpha: &Plane<f32>) {
        let (width, height) = (alpha.width() as f32, alpha.height() as f32);
        let bands = (BEYOND / REPEATED).round() as u32;
        let sides: Vec<[Vec2; 2]> = self.sides().collect();
        for (outwards, edge) in [(Vec2::Y, height), (Vec2::NEG_X, 0.0), (Vec2::X, width)] {
            let on_edge = |p: &Vec2| p.dot(outwards.abs()) == edge;
            for &side in sides.iter().filter(|side| side.iter().all(on_edge)) {
                let inside = (side[0] + side[1] - outwards) * 0.5;
                if alpha.get(inside.x as usize, inside.y as usize) > 0.5 {
                    let (along, way) = (side[1] - side[0], outwards * REPEATED * height);
                    for band in 0..bands {
                        self.go_on(side[0], [(along, 0, along), (way, band, -way)]);
                    }
                }
            }
        }
        let reach = REPEATED * height;
        for (corner, outwards) in [(Vec2::new(0.0, height), -reach), (Vec2::new(width, height), reach)] {
            let inside = corner - Vec2::new(outwards.signum(), 1.0) * 0.5;
            if alpha.get(inside.x as usize, inside.y as usize) > 0.5 {
                for (across, down) in (0..bands).flat_map(|across| (0..bands).map(move |down| (across, down)))
                {
                    let ways = [(Vec2::X * outwards, across), (Vec2::Y * reach, down)];
                    self.go_on(corner, ways.map(|(way, band)| (way, band, -way)));
                }
            }
        }
    }

    /// The sides of all cells.
    fn sides(&self) -> impl Iterator<Item = [Vec2; 2]> {
        self.cells.iter().flat_map(|&[a, b, c, d]| {
            [[a, b], [c, d], [a, c], [b, d]].map(|side| side.map(|v| self.places[v as usize]))
        })
    }

    /// One of the cells from `corner` on: across and down its side, which of them it is, and what that side shows of the picture, every
    /// second time the other way.
    fn go_on(&mut self, corner: Vec2, ways: [(Vec2, u32, Vec2); 2]) {
        let first = self.places.len() as u32;
        let ends = ways.map(|(way, band, shown)| {
            let there = if band % 2 == 0 { [Vec2::ZERO, shown] } else { [shown, Vec2::ZERO] };
            [[way * band as f32, way * (band + 1) as f32], there]
        });
        for (list, of) in [(&mut self.places, 0), (&mut self.texels, 1)] {
            let [across, down] = ends.map(|ends| ends[of]);
            list.extend([0, 1, 2, 3].map(|i| corner + across[i % 2] + down[i / 2]));
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
    fn a_refined_mesh_covers_the_same_and_shares_its_corners() {
        let mut grid = Grid::over(&Plane::filled(Size::new(40, 40), 1.0));
        let area = |grid: &Grid| -> f32 {
            let side = |cell: &[u32; 4]| grid.texels[cell[3] as usize] - grid.texels[cell[0] as usize];
            grid.cells.iter().map(|cell| side(cell).element_product()).sum()
        };
        let (before, coarse) = (area(&grid), grid.cells.len());
        grid.refine(|place| place.x < 10.0);
        assert_eq!(area(&grid), before);
        assert!(grid.cells.len() > coarse + 60, "{} from {coarse}", grid.cells.len());
        let mut places: Vec<_> =
            grid.places.iter().map(|p| ((p.x * 2.0) as i32, (p.y * 2.0) as i32)).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), grid.places.len());
    }

    #[test]
    fn a_vertex_in_the_middle_of_a_whole_cell_s_side_is_known() {
        let mut grid = Grid::over(&Plane::filled(Size::new(24, 24), 1.0));
        grid.refine(|place| place.x < 1.0);
        let split = grid.cells.iter().filter(|cell| {
            let [a, b, ..] = cell.map(|corner| grid.places[corner as usize]);
            b.x - a.x < 4.0
        });
        assert!(split.count() > 0 && !grid.hanging.is_empty());
        let sides: Vec<f32> = grid
            .hanging
            .iter()
            .map(|hanging| {
                let [vertex, a, b] =
                    [hanging.vertex, hanging.ends[0], hanging.ends[1]].map(|i| grid.places[i as usize]);
                assert_eq!(vertex, a.midpoint(b));
                assert_eq!(a.x, b.x, "the split cells are one column");
                a.distance(b)
            })
            .collect();
        assert_eq!(sides.iter().sum::<f32>(), 24.0, "all the way down");
    }

    #[test]
    fn what_the_edge_cuts_goes_on_beyond_it() {
        let (width, height) = (80.0, 120.0);
        let cut_by = |shown: fn(u32, u32) -> bool| {
            let alpha = Plane::from_fn(Size::new(80, 120), |x, y| f32::from(shown(x, y)));
            let mut grid = Grid::over(&alpha);
            grid.go_on_beyond_edges(&alpha);
            assert!(grid.texels.iter().all(|t| t.cmpge(Vec2::ZERO).all() && t.x <= width && t.y <= height));
            let beyond = |is: fn(&Vec2) -> bool| grid.places.iter().any(is);
            [beyond(|p| p.x < 0.0), beyond(|p| p.x > 80.0), beyond(|p| p.y < 0.0), beyond(|p| p.y > 120.0)]
        };
        assert_eq!(cut_by(|x, y| (20..60).contains(&x) && y > 40), [false, false, false, true]);
        assert_eq!(cut_by(|x, y| x < 60 && (40..80).contains(&y)), [true, false, false, false]);
        assert_eq!(cut_by(|x, y| (20..60).contains(&x) && (40..80).contains(&y)), [false; 4]);
        assert_eq!(cut_by(|_, _| true), [true, true, false, true]);

        let alpha = Plane::filled(Size::new(80, 120), 1.0);
        let mut grid = Grid::over(&alpha);
        grid.go_on_beyond_edges(&alpha);
        let covered = |p: Vec2| {
            grid.cells.iter().any(|cell| {
                let corners = cell.map(|corner| grid.places[corner as usize]);
                let low = corners.into_iter().reduce(Vec2::min).expect("four");
                let high = corners.into_iter().reduce(Vec2::max).expect("four");
                low.cmple(p).all() && high.cmpge(p).all()
            })
        };
        assert!(covered(Vec2::new(-3.0, 123.0)) && covered(Vec2::new(83.0, 123.0)));
        assert!(
            covered(Vec2::new(-35.0, 155.0)) && covered(Vec2::new(115.0, 60.0)),
            "as far as a portrait leans"
        );
        // Of what is near the edge alone, without a step where it turns round.
        for (place, texel) in grid.places.iter().zip(&grid.texels).filter(|(place, _)| place.y > 120.0) {
            let there_and_back = ((place.y - 120.0) / 3.6).round() as u32 % 2;
            assert!(
                (texel.y - if there_and_back == 0 { 120.0 } else { 116.4 }).abs() < 0.01,
                "{place} {texel}"
            );
        }
    }

    #[test]
    fn a_clear_sheet_has_no_mesh() {
        let grid = Grid::over(&Plane::filled(Size::new(20, 20), 0.0));
        assert!(grid.texels.is_empty() && grid.cells.is_empty());
    }
}

//! Shadow and contact on the floor, on a coarse grid: both are soft, so that centimetres are enough.

use glam::{Vec2, Vec3};
use rayon::prelude::*;

use crate::figure::Figure;
use crate::trace::{light_reaching, openness};

/// Light on the floor around a figure.
pub(crate) struct FloorLight {
    columns: usize,
    rows: usize,
    /// Key light (0 … 1) and openness (0 … 1) at each corner of the grid.
    corners: Vec<Vec2>,
}

const CELL: f32 = 0.045;
/// The rectangle of the floor (x and z, metres) that the grid covers; beyond it the floor is fully lit.
const FROM: Vec2 = Vec2::new(-1.2, -1.5);
const TO: Vec2 = Vec2::new(1.4, 0.7);

impl FloorLight {
    /// The light that `figure` leaves on the floor from a light in direction `towards`.
    pub(crate) fn new(figure: &Figure, towards: Vec3) -> Self {
        let columns = ((TO.x - FROM.x) / CELL) as usize + 1;
        let rows = ((TO.y - FROM.y) / CELL) as usize + 1;
        let corners = (0..columns * rows)
            .into_par_iter()
            .map(|i| {
                let x = FROM.x + (i % columns) as f32 * CELL;
                let z = FROM.y + (i / columns) as f32 * CELL;
                let point = Vec3::new(x, 0.0, z);
                Vec2::new(light_reaching(figure, point, towards, 7.0), openness_of_floor(figure, point))
            })
            .collect();
        Self { columns, rows, corners }
    }

    /// Key light and openness at floor point (x, z).
    pub(crate) fn at(&self, x: f32, z: f32) -> Vec2 {
        let p = (Vec2::new(x, z) - FROM) / CELL;
        let (i, j) = (p.x.floor(), p.y.floor());
        if i < 0.0 || j < 0.0 || i as usize + 1 >= self.columns || j as usize + 1 >= self.rows {
            return Vec2::ONE;
        }
        let f = p - Vec2::new(i, j);
        let corner = |di: usize, dj: usize| self.corners[(j as usize + dj) * self.columns + i as usize + di];
        let near = corner(0, 0).lerp(corner(1, 0), f.x);
        let far = corner(0, 1).lerp(corner(1, 1), f.x);
        near.lerp(far, f.y)
    }
}

fn openness_of_floor(figure: &Figure, point: Vec3) -> f32 {
    // `openness` counts the floor itself, whose distance along its own normal is the height: no loss.
    openness(figure, point, Vec3::Y, 0.22)
}

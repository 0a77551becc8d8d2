//! The still's picture: flat tones and ink lines over a painted background.

use frame::{Image, Plane, Size};
use glam::{Vec2, Vec3};
use rayon::prelude::*;

use crate::colour::{light, pixel};
use crate::curve::smoothstep;
use crate::figure::Figure;
use crate::floor::FloorLight;
use crate::trace::{Camera, Ray, light_reaching, openness, trace};

/// Samples along each side of a pixel.
const GRID: usize = 3;
/// Half the width of an ink line, in samples.
const INK_RADIUS: isize = 4;

/// A ray's end.
#[derive(Clone, Copy)]
struct Sample {
    /// Surface, or none for the background.
    surface: Option<usize>,
    depth: f32,
    normal: Vec3,
    colour: Vec3,
}

const MISS: Sample = Sample { surface: None, depth: f32::INFINITY, normal: Vec3::Z, colour: Vec3::ZERO };

/// Draws `figure` over `background` (linear light by image point in 0 … 1 of both sides).
pub(crate) fn draw(
    figure: &Figure,
    camera: &Camera,
    size: Size,
    background: impl Fn(Vec2) -> Vec3 + Sync,
) -> Image {
    let key = Vec3::new(-0.55, 0.75, 0.72).normalize_or(Vec3::Y);
    let floor = FloorLight::new(figure, Vec3::new(-0.10, 1.0, 0.10).normalize_or(Vec3::Y));
    let samples = Samples::cast(figure, camera, size, key);
    let size_px = Vec2::new(size.width as f32, size.height as f32);
    let ink = light(0x3b2230);
    let rows: Vec<Vec<_>> = (0..size.height as usize)
        .into_par_iter()
        .map(|y| {
            let shade = |x: usize| {
                let mut sum = Vec3::ZERO;
                for i in 0..GRID * GRID {
                    let (sx, sy) = (x * GRID + i % GRID, y * GRID + i / GRID);
                    let image = (Vec2::new(sx as f32, sy as f32) + 0.5) / GRID as f32;
                    let sample = samples.at(sx as isize, sy as isize);
                    let bare = if sample.surface.is_some() {
                        sample.colour
                    } else {
                        background(image / size_px) * ground_shade(&floor, &camera.ray(image))
                    };
                    sum += if samples.inked(sx as isize, sy as isize) { bare.lerp(ink, 0.93) } else { bare };
                }
                pixel(sum / (GRID * GRID) as f32)
            };
            (0..size.width as usize).map(shade).collect()
        })
        .collect();
    Plane::from_fn(size, |x, y| rows[y as usize][x as usize])
}

/// What the figure's shadow leaves of the light on level ground.
fn ground_shade(floor: &FloorLight, ray: &Ray) -> Vec3 {
    if ray.direction.y > -1e-4 {
        return Vec3::ONE;
    }
    let p = ray.at(-ray.origin.y / ray.direction.y);
    let received = floor.at(p.x, p.z);
    let lit = received.x.min(0.4 + 0.6 * received.y);
    Vec3::new(0.48, 0.50, 0.62).lerp(Vec3::ONE, smoothstep(0.05, 0.95, lit))
}

/// All samples of the picture, row by row.
struct Samples {
    columns: isize,
    rows: isize,
    samples: Vec<Sample>,
}

impl Samples {
    fn cast(figure: &Figure, camera: &Camera, size: Size, key: Vec3) -> Self {
        let (columns, rows) = (size.width as usize * GRID, size.height as usize * GRID);
        let samples = (0..columns * rows)
            .into_par_iter()
            .with_min_len(4096)
            .map(|i| {
                let at = Vec2::new((i % columns) as f32, (i / columns) as f32) + 0.5;
                sample(figure, &camera.ray(at / GRID as f32), key)
            })
            .collect();
        Self { columns: columns as isize, rows: rows as isize, samples }
    }

    fn at(&self, x: isize, y: isize) -> &Sample {
        let (x, y) = (x.clamp(0, self.columns - 1), y.clamp(0, self.rows - 1));
        &self.samples[(y * self.columns + x) as usize]
    }

    /// Whether an outline, a step in depth or a sharp fold runs within the pen's radius.
    fn inked(&self, x: isize, y: isize) -> bool {
        let mine = self.at(x, y);
        let ring = |radius: isize| {
            let diagonal = (radius as f32 * std::f32::consts::FRAC_1_SQRT_2).round() as isize;
            let (r, d) = (radius, diagonal);
            [(r, 0), (-r, 0), (0, r), (0, -r), (d, d), (-d, d), (d, -d), (-d, -d)]
        };
        let outline = ring(INK_RADIUS).into_iter().chain(ring(INK_RADIUS / 2)).any(|(dx, dy)| {
            let other = self.at(x + dx, y + dy);
            other.surface != mine.surface
                || (other.surface.is_some() && (other.depth - mine.depth).abs() > 0.05)
        });
        outline
            || (mine.surface.is_some()
                && ring(2).into_iter().any(|(dx, dy)| {
                    let other = self.at(x + dx, y + dy);
                    other.normal.dot(mine.normal) < 0.15 && mine.depth >= other.depth
                }))
    }
}

fn sample(figure: &Figure, ray: &Ray, key: Vec3) -> Sample {
    let Some(hit) = trace(figure, ray) else { return MISS };
    let surface = &figure.surfaces[hit.surface];
    let normal = surface.solid.normal(hit.point);
    let coat = surface.coat(hit.point);
    let facing = normal.dot(key);
    let lit = smoothstep(0.02, 0.12, facing)
        * smoothstep(0.35, 0.60, light_reaching(figure, hit.point + normal * 0.008, key, 14.0));
    let open = openness(figure, hit.point, normal, 0.12);
    let shade = Vec3::new(0.64, 0.58, 0.72).lerp(Vec3::ONE, lit) * (0.80 + 0.20 * open);
    // A band of light along the edge that looks away from the sun.
    let edge = smoothstep(0.68, 0.80, 1.0 + ray.direction.dot(normal)) * smoothstep(0.1, 0.6, normal.x);
    let colour = coat.colour * (shade + Vec3::splat(0.22 * edge));
    Sample { surface: Some(hit.surface), depth: hit.distance, normal, colour: colour.min(Vec3::ONE) }
}

//! The dance's picture: a dancer with soft light in a studio.

use frame::{Image, Plane, Size};
use glam::{Vec2, Vec3};
use rayon::prelude::*;

use crate::colour::{light, pixel};
use crate::curve::smoothstep;
use crate::figure::{Coat, Figure};
use crate::floor::FloorLight;
use crate::trace::{Camera, Hit, Ray, light_reaching, openness, trace};

/// A studio, seen by a fixed camera.
pub(crate) struct Studio {
    camera: Camera,
    size: Size,
    key: Vec3,
    /// The empty studio, linear, and the floor point (x, z) of each pixel that shows floor.
    empty: Plane<(Vec3, Option<Vec2>)>,
}

/// What the picture's sample shows: the background or a surface.
type Shown = Option<usize>;

const WALL_Z: f32 = -1.7;

/// Places of the extra samples of a pixel on an edge: Roberts' R2 sequence.
const EDGE_SAMPLES: usize = 6;

fn edge_sample(i: usize) -> Vec2 {
    let n = i as f32 + 0.5;
    Vec2::new((n * 0.754_877_7).fract(), (n * 0.569_840_3).fract())
}

impl Studio {
    /// A studio whose picture has `size`.
    pub(crate) fn new(size: Size) -> Self {
        let size_px = Vec2::new(size.width as f32, size.height as f32);
        let camera = Camera::framing(size_px, Vec2::new(0.0, 1.06), 2.50, 5.4);
        let empty = Plane::from_fn(size, |x, y| {
            let corner = Vec2::new(x as f32, y as f32);
            let colour =
                (0..4).map(|i| background(&camera.ray(corner + edge_sample(i)))).sum::<Vec3>() * 0.25;
            (colour, floor_point(&camera.ray(corner + 0.5)))
        });
        Self { camera, size, key: Vec3::new(-0.50, 0.92, 0.62).normalize_or(Vec3::Y), empty }
    }

    /// Its camera.
    pub(crate) fn camera(&self) -> &Camera {
        &self.camera
    }

    /// The studio with `figure` in it.
    pub(crate) fn picture(&self, figure: &Figure) -> Image {
        let floor = FloorLight::new(figure, self.key);
        let width = self.size.width as usize;
        let first: Vec<(Vec3, Shown)> = (0..self.size.area())
            .into_par_iter()
            .with_min_len(256)
            .map(|i| {
                let corner = Vec2::new((i % width) as f32, (i / width) as f32);
                self.sample(figure, &floor, i, corner + 0.5)
            })
            .collect();
        let pixels = (0..self.size.area()).into_par_iter().with_min_len(256).map(|i| {
            if !on_edge(&first, width, i) {
                return pixel(tone(first[i].0));
            }
            let corner = Vec2::new((i % width) as f32, (i / width) as f32);
            let samples =
                (0..EDGE_SAMPLES).map(|s| tone(self.sample(figure, &floor, i, corner + edge_sample(s)).0));
            pixel(samples.sum::<Vec3>() / EDGE_SAMPLES as f32)
        });
        let pixels: Vec<_> = pixels.collect();
        Plane::from_fn(self.size, |x, y| pixels[y as usize * width + x as usize])
    }

    fn sample(&self, figure: &Figure, floor: &FloorLight, index: usize, image: Vec2) -> (Vec3, Shown) {
        let ray = self.camera.ray(image);
        if let Some(hit) = trace(figure, &ray) {
            return (self.shade(figure, &ray, &hit), Some(hit.surface));
        }
        let (colour, on_floor) = self.empty.pixels()[index];
        let Some(p) = on_floor else { return (colour, None) };
        let received = floor.at(p.x, p.y);
        let shadow = Vec3::new(0.50, 0.47, 0.56).lerp(Vec3::ONE, received.x);
        (colour * shadow * (0.35 + 0.65 * received.y), None)
    }

    fn shade(&self, figure: &Figure, ray: &Ray, hit: &Hit) -> Vec3 {
        let surface = &figure.surfaces[hit.surface];
        let normal = surface.solid.normal(hit.point);
        let Coat { colour, gloss, translucency } = surface.coat(hit.point);
        let outside = hit.point + normal * 0.006;
        let facing = normal.dot(self.key);
        let lit = if facing > -0.3 { light_reaching(figure, outside, self.key, 9.0) } else { 0.0 };
        let open = 0.35 + 0.65 * openness(figure, hit.point, normal, 0.16);

        // Light wraps around skin, red the farthest (after Green, "Real-time approximations to subsurface scattering").
        let wrap = Vec3::new(0.42, 0.20, 0.14) * translucency;
        let diffuse = ((Vec3::splat(facing) + wrap) / (Vec3::ONE + wrap)).max(Vec3::ZERO);
        let key = Vec3::new(0.86, 0.80, 0.72) * diffuse * lit;
        let sky = Vec3::new(0.36, 0.40, 0.44).lerp(Vec3::new(0.30, 0.25, 0.22), 0.5 - 0.5 * normal.y);
        let front = Vec3::splat(0.12) * normal.z.max(0.0);
        let edge = (1.0 + ray.direction.dot(normal)).clamp(0.0, 1.0).powi(3);
        let rim = Vec3::new(0.42, 0.46, 0.48) * edge * smoothstep(-0.4, 0.6, normal.y + 0.4 * normal.x.abs());
        let half = (self.key - ray.direction).normalize_or(Vec3::Z);
        let shine = gloss * lit * normal.dot(half).max(0.0).powf(28.0);
        colour * (key + (sky + front) * open)
            + colour.lerp(Vec3::ONE, 0.2) * rim * open * 0.55
            + Vec3::splat(0.35 * shine)
    }
}

/// Whether pixel `i` shows something else than a neighbour, or a face, whose features are finer than a pixel.
fn on_edge(shown: &[(Vec3, Shown)], width: usize, i: usize) -> bool {
    let mine = shown[i];
    if mine.1 == Some(0) {
        return true;
    }
    let x = i % width;
    let neighbours = [
        (x > 0).then(|| i - 1),
        (x + 1 < width).then(|| i + 1),
        i.checked_sub(width),
        (i + width < shown.len()).then_some(i + width),
    ];
    neighbours.into_iter().flatten().any(|n| {
        shown[n].1 != mine.1 || (mine.1.is_some() && (shown[n].0 - mine.0).abs().max_element() > 0.09)
    })
}

/// A soft shoulder: highlights above 0.8 bend towards 1.
fn tone(colour: Vec3) -> Vec3 {
    let bend = |v: f32| if v <= 0.8 { v } else { 1.0 - 0.2 * (-(v - 0.8) / 0.2).exp() };
    Vec3::new(bend(colour.x), bend(colour.y), bend(colour.z))
}

fn floor_point(ray: &Ray) -> Option<Vec2> {
    if ray.direction.y >= -1e-5 {
        return None;
    }
    let p = ray.at(-ray.origin.y / ray.direction.y);
    (p.z > WALL_Z).then_some(Vec2::new(p.x, p.z))
}

fn background(ray: &Ray) -> Vec3 {
    match floor_point(ray) {
        Some(p) => floor(p),
        None => {
            let p = ray.at((WALL_Z - ray.origin.z) / ray.direction.z);
            wall(Vec2::new(p.x, p.y))
        }
    }
}

fn floor(p: Vec2) -> Vec3 {
    const PLANK: f32 = 0.19;
    let plank = (p.x / PLANK).floor();
    let tint = crate::noise::noise((plank + 1000.0) as u32);
    let gap = smoothstep(0.010, 0.004, (p.x - plank * PLANK).min((plank + 1.0) * PLANK - p.x));
    let wood = light(0xd9ae82).lerp(light(0xcf9f72), tint);
    let glow = 0.80 + 0.25 * smoothstep(1.8, 0.2, p.distance(Vec2::new(0.0, -0.2)));
    wood * glow * (1.0 - 0.22 * gap)
}

fn wall(p: Vec2) -> Vec3 {
    const SKIRTING: f32 = 0.13;
    if p.y < SKIRTING {
        return light(0xf0e6d8) * (0.72 + 0.2 * smoothstep(0.0, SKIRTING, p.y));
    }
    let ground = light(0x6fb3b0).lerp(light(0x9fd3c8), smoothstep(0.0, 2.6, p.y));
    let centre = Vec2::new(0.0, 1.42);
    let r = p.distance(centre);
    let halo = ground.lerp(light(0xd9ecd9), 0.45 * smoothstep(1.35, 0.8, r));
    let disc = light(0xfff0cf).lerp(light(0xffd9a8), smoothstep(0.6, -0.6, p.y - centre.y));
    halo.lerp(disc, smoothstep(0.903, 0.897, r))
}

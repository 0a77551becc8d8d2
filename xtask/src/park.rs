//! The still's background: a park on a fine day, in flat shapes.

use glam::{Vec2, Vec3};

use crate::colour::light;
use crate::curve::smoothstep;
use crate::noise::noise;

/// Softness of painted edges, in picture heights: the park is out of focus, which sets the figure off from it for people
/// and for matting networks alike.
const EDGE: f32 = 0.0050;
/// Softness of what grows near the figure's feet.
const NEAR_EDGE: f32 = 0.0012;

/// The light at `at`: x and y in 0 … 1 of the picture's sides, y down.
pub(crate) fn park(at: Vec2) -> Vec3 {
    // In picture heights from now on, x from the middle.
    let p = Vec2::new((at.x - 0.5) * 2.0 / 3.0, at.y);
    let mut colour = sky(p);
    let hill = |base: f32, swell: f32, waves: f32, phase: f32| base - swell * (waves * p.x + phase).sin();
    let cover = |top: f32| smoothstep(-EDGE, EDGE, p.y - top);
    colour = colour.lerp(light(0xb7e0cf), cover(hill(0.575, 0.026, 9.0, 0.6)));
    colour = colour.lerp(light(0x98d3ac), cover(hill(0.615, 0.020, 7.0, 2.6)));
    for (x, foot, size) in
        [(-0.300, 0.640, 1.05), (0.315, 0.645, 1.20), (-0.120, 0.622, 0.42), (0.130, 0.622, 0.38)]
    {
        colour = tree(p, Vec2::new(x, foot), size, colour);
    }
    let meadow_top = hill(0.645, 0.008, 8.0, 1.0);
    let meadow = light(0xa9dd92).lerp(light(0x79c066), smoothstep(0.64, 1.0, p.y));
    colour = colour.lerp(meadow, cover(meadow_top));
    let path = path_cover(p);
    let mown = light(0xc5dd9a).lerp(light(0x9fcb78), smoothstep(0.65, 1.0, p.y));
    colour = colour.lerp(mown, path);
    flowers(p, path, colour)
}

fn sky(p: Vec2) -> Vec3 {
    let mut colour = light(0x79c4ee).lerp(light(0xdff3f6), smoothstep(0.0, 0.6, p.y));
    let sun = p.distance(Vec2::new(-0.215, 0.125));
    colour = colour.lerp(light(0xfff2c4), 0.75 * smoothstep(0.20, 0.04, sun).powi(2));
    colour = colour.lerp(light(0xfff3c0), 0.8 * smoothstep(0.075, 0.030, sun));
    for (at, size) in
        [(Vec2::new(0.215, 0.13), 1.0), (Vec2::new(-0.27, 0.30), 0.7), (Vec2::new(0.29, 0.36), 0.6)]
    {
        const PUFFS: [(f32, f32, f32); 5] = [
            (-0.062, 0.006, 0.022),
            (-0.028, -0.012, 0.032),
            (0.014, -0.020, 0.038),
            (0.050, -0.002, 0.027),
            (0.078, 0.010, 0.017),
        ];
        let flat = smoothstep(0.022 * size, 0.022 * size - EDGE, p.y - at.y);
        let puff = |shift: f32| {
            PUFFS
                .iter()
                .map(|&(x, y, r)| {
                    let d = p.distance(at + Vec2::new(x, y + shift) * size) - r * size;
                    smoothstep(EDGE, -EDGE, d)
                })
                .fold(0.0, f32::max)
        };
        colour = colour.lerp(light(0xe3f1f8), puff(0.0) * flat);
        colour = colour.lerp(Vec3::ONE, puff(0.0).min(puff(-0.008)) * flat);
    }
    colour
}

fn tree(p: Vec2, foot: Vec2, size: f32, under: Vec3) -> Vec3 {
    let q = (p - foot) / size;
    let edge = EDGE / size;
    let trunk = smoothstep(edge, -edge, q.x.abs() - (0.009 + 0.03 * (q.y + 0.02).max(0.0)))
        * smoothstep(-0.14, -0.135, q.y)
        * smoothstep(edge, -edge, q.y);
    let mut colour = under.lerp(light(0xb9c0a0), trunk);
    let crown = |shift: Vec2| {
        [(0.0, -0.175, 0.070), (-0.048, -0.130, 0.050), (0.050, -0.128, 0.052), (0.0, -0.120, 0.055)]
            .iter()
            .map(|&(x, y, r)| smoothstep(edge, -edge, (q - shift).distance(Vec2::new(x, y)) - r))
            .fold(0.0, f32::max)
    };
    colour = colour.lerp(light(0x93cfa0), crown(Vec2::ZERO));
    colour.lerp(light(0xa3d8a8), crown(Vec2::ZERO).min(crown(Vec2::new(-0.016, -0.016))))
}

/// Coverage of the mown path that comes winding down to the viewer.
fn path_cover(p: Vec2) -> f32 {
    let depth = (p.y - 0.652).max(0.0);
    let middle = 0.055 * (depth * 13.0).sin() * (1.0 - depth / 0.36).max(0.0);
    let half_width = 0.006 + 0.55 * depth.powf(1.25);
    smoothstep(EDGE, -EDGE, (p.x - middle).abs() - half_width) * smoothstep(0.652, 0.662, p.y)
}

fn flowers(p: Vec2, path: f32, under: Vec3) -> Vec3 {
    const COLOURS: [u32; 4] = [0xffffff, 0xffd95a, 0xff8fa3, 0xc9a6ff];
    let mut colour = under;
    for i in 0..90u32 {
        // Denser and smaller towards the horizon.
        let y = 0.685 + 0.31 * noise(4 * i + 1).powf(1.4);
        let at = Vec2::new((noise(4 * i) - 0.5) * 0.68, y);
        if path_cover(at + Vec2::X * 0.012) > 0.0 || path_cover(at - Vec2::X * 0.012) > 0.0 || path > 0.0 {
            continue;
        }
        let size = 0.0022 + 0.014 * (y - 0.66);
        let q = (p - at) / size;
        if q.length_squared() > 4.0 {
            continue;
        }
        let petals = 0.82 + 0.22 * (5.0 * q.y.atan2(q.x)).cos();
        let edge = NEAR_EDGE / size;
        colour = colour.lerp(light(COLOURS[i as usize % 4]), smoothstep(edge, -edge, q.length() - petals));
        colour = colour.lerp(light(0xf2a33a), smoothstep(edge, -edge, q.length() - 0.33));
    }
    colour
}

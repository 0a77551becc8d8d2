use glam::Vec2;

use crate::smoothstep;

/// Value noise, 0 … 1, with one value a unit of `at`: a lattice of hashed values, smoothly between them (after Perlin, "An image
/// synthesizer", 1985).
pub(super) fn noise(at: Vec2, seed: u32) -> f32 {
    let corner = at.floor();
    let part = at - corner;
    let value = |dx: i32, dy: i32| {
        let (x, y) = ((corner.x as i32).wrapping_add(dx) as u32, (corner.y as i32).wrapping_add(dy) as u32);
        let mut hash =
            x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ seed.wrapping_mul(0xC2B2_AE3D);
        hash = (hash ^ (hash >> 15)).wrapping_mul(0x2C1B_3C6D);
        hash = (hash ^ (hash >> 12)).wrapping_mul(0x297A_2D39);
        ((hash ^ (hash >> 15)) >> 8) as f32 / (1u32 << 24) as f32
    };
    let (u, v) = (smoothstep(part.x), smoothstep(part.y));
    let top = value(0, 0) + (value(1, 0) - value(0, 0)) * u;
    let bottom = value(0, 1) + (value(1, 1) - value(0, 1)) * u;
    top + (bottom - top) * v
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_continuous_and_fills_its_range() {
        let along: Vec<f32> = (0..4000).map(|i| noise(Vec2::new(i as f32 * 0.05 - 100.0, 3.7), 5)).collect();
        assert!(along.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.1));
        assert!(along.iter().all(|v| (0.0..=1.0).contains(v)));
        assert!(along.iter().any(|v| *v < 0.2) && along.iter().any(|v| *v > 0.8));
    }
}

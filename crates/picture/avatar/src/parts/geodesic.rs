use std::cmp::Reverse;
use std::collections::BinaryHeap;

use frame::Plane;

use crate::filter::Mask;

/// The cost of the cheapest way from any seed to each pixel, infinite where there is none. A step to one of the eight
/// neighbours costs its length times the mean of the two pixels' costs, which must not be negative. (Dijkstra's algorithm
/// over the pixels, as in the geodesic segmentation of Bai & Sapiro, 2007.)
pub(crate) fn geodesic_distance(cost: &Plane<f32>, seeds: &Mask) -> Plane<f32> {
    let (width, height) = (cost.width() as isize, cost.height() as isize);
    let mut distance = seeds.map(|&seed| if seed { 0.0 } else { f32::INFINITY });
    // The bits of a float that is not negative order as the float does.
    let mut front: BinaryHeap<Reverse<(u32, u32)>> =
        (0u32..).zip(seeds.pixels()).filter(|(_, seed)| **seed).map(|(i, _)| Reverse((0, i))).collect();
    while let Some(Reverse((bits, index))) = front.pop() {
        let here = f32::from_bits(bits);
        let (x, y) = (index as isize % width, index as isize / width);
        if here > distance.pixels()[index as usize] {
            continue;
        }
        for (dx, dy) in NEIGHBOURS {
            let (nx, ny) = (x + dx, y + dy);
            if nx < 0 || ny < 0 || nx >= width || ny >= height {
                continue;
            }
            let next = (ny * width + nx) as usize;
            let length = if dx != 0 && dy != 0 { std::f32::consts::SQRT_2 } else { 1.0 };
            let there = here + 0.5 * length * (cost.pixels()[index as usize] + cost.pixels()[next]);
            if there < distance.pixels()[next] {
                distance.pixels_mut()[next] = there;
                front.push(Reverse((there.to_bits(), next as u32)));
            }
        }
    }
    distance
}

const NEIGHBOURS: [(isize, isize); 8] =
    [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];

#[cfg(test)]
mod tests {
    use frame::Size;

    use super::*;

    #[test]
    fn an_even_plane_gives_octile_distance() {
        let size = Size::new(9, 7);
        let seeds = Plane::from_fn(size, |x, y| (x, y) == (2, 3));
        let distance = geodesic_distance(&Plane::filled(size, 2.0), &seeds);
        for y in 0..7usize {
            for x in 0..9usize {
                let (dx, dy) = (x.abs_diff(2) as f32, y.abs_diff(3) as f32);
                let expected = 2.0 * (dx.max(dy) - dx.min(dy) + dx.min(dy) * std::f32::consts::SQRT_2);
                assert!((distance.get(x, y) - expected).abs() < 1e-4, "at {x}, {y}");
            }
        }
    }

    #[test]
    fn a_costly_wall_is_walked_around() {
        let size = Size::new(9, 9);
        let cost = Plane::from_fn(size, |x, y| if x == 4 && y < 8 { 1000.0 } else { 1.0 });
        let seeds = Plane::from_fn(size, |x, y| (x, y) == (0, 0));
        let distance = geodesic_distance(&cost, &seeds);
        assert!(distance.get(8, 0) < 30.0);
        assert!(distance.get(8, 0) > 17.0);
    }

    #[test]
    fn without_seeds_nothing_is_reached() {
        let size = Size::new(3, 3);
        let distance = geodesic_distance(&Plane::filled(size, 1.0), &Plane::filled(size, false));
        assert!(distance.pixels().iter().all(|d| d.is_infinite()));
    }
}

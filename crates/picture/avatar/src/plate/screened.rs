use frame::{Plane, Size, SrgbPlane};

use crate::filter::{Channels, Mask, bounds, neighbours, places, resize_linear};

/// `picture`, such that in the `hole` neighbours differ by `step`, from the first to the second, and at the rim it meets what is outside:
/// the least squares of that and of the colours it had, which count beyond [`REACH`].
///
/// Screened Poisson equation: Bhat, Curless, Cohen & Zitnick, "Fourier Analysis of the 2D Screened Poisson Equation for Gradient
/// Domain Problems" (ECCV 2008).
pub(super) fn screened(
    picture: &SrgbPlane,
    hole: &Mask,
    step: &dyn Fn((usize, usize), (usize, usize)) -> [f32; 3],
) -> SrgbPlane {
    let Some(rect) = bounds(hole).map(|rect| rect.grown(1, picture.size())) else { return picture.clone() };
    let mut met = picture.clone();
    let unknown = rect.cut(hole);
    let mut excess = Plane::filled(rect.size, [0.0f32; 3]);
    for at in places(hole) {
        let own = picture.get(at.0, at.1);
        let off = |q: (usize, usize)| picture.get(q.0, q.1).minus(own).minus(step(at, q));
        excess.row_mut(at.1 - rect.y)[at.0 - rect.x] =
            neighbours(picture.size(), at).map(off).fold([0.0; 3], Channels::plus);
    }
    let reach = REACH * picture.size().long_side() as f32;
    let correction = solve(&excess, &unknown, reach.powi(-2));
    for (x, y) in places(&unknown) {
        let pixel = &mut met.row_mut(rect.y + y)[rect.x + x];
        *pixel = pixel.plus(correction.get(x, y)).map(|v| v.clamp(0.0, 255.0));
    }
    met
}

/// As a share of the long side.
const REACH: f32 = 0.06;

/// Solves `(n + screen) c − Σ c' = excess` over the unknown pixels, c' their n neighbours, 0 where these are known: multigrid with
/// V-cycles (Briggs, Henson & McCormick, "A Multigrid Tutorial", 2000, chapter 3).
fn solve(excess: &Plane<[f32; 3]>, unknown: &Mask, screen: f32) -> Plane<[f32; 3]> {
    const CYCLES: usize = 5;
    let mut solution = Plane::filled(excess.size(), [0.0; 3]);
    for _ in 0..CYCLES {
        cycle(&mut solution, excess, unknown, screen);
    }
    solution
}

fn cycle(solution: &mut Plane<[f32; 3]>, excess: &Plane<[f32; 3]>, unknown: &Mask, screen: f32) {
    const SWEEPS: usize = 3;
    const COARSEST_SWEEPS: usize = 40;
    let size = excess.size();
    if size.short_side() <= 4 {
        return sweep(solution, excess, unknown, screen, COARSEST_SWEEPS);
    }
    sweep(solution, excess, unknown, screen, SWEEPS);
    let half = Size::new(size.width.div_ceil(2), size.height.div_ceil(2));
    let (mut coarse, mut counts) = (Plane::filled(half, [0.0f32; 3]), Plane::filled(half, 0u8));
    for (x, y) in places(unknown) {
        let left = residual(solution, excess, screen, (x, y));
        let sum = &mut coarse.row_mut(y / 2)[x / 2];
        *sum = sum.plus(left);
        counts.row_mut(y / 2)[x / 2] += 1;
    }
    let mut correction = Plane::filled(half, [0.0f32; 3]);
    cycle(&mut correction, &coarse, &counts.map(|&count| count == 4), 4.0 * screen);
    let correction = resize_linear(&correction, size);
    for (x, y) in places(unknown) {
        let value = &mut solution.row_mut(y)[x];
        *value = value.plus(correction.get(x, y));
    }
    sweep(solution, excess, unknown, screen, SWEEPS);
}

/// What is left of the excess at a pixel.
fn residual(
    solution: &Plane<[f32; 3]>,
    excess: &Plane<[f32; 3]>,
    screen: f32,
    (x, y): (usize, usize),
) -> [f32; 3] {
    let (around, count) = beside(solution, x, y);
    excess.get(x, y).plus(around).minus(solution.get(x, y).times(count + screen))
}

/// The sum of a pixel's neighbours, and how many there are.
fn beside(plane: &Plane<[f32; 3]>, x: usize, y: usize) -> ([f32; 3], f32) {
    neighbours(plane.size(), (x, y))
        .fold(([0.0; 3], 0.0), |(sum, count), (x, y)| (sum.plus(plane.get(x, y)), count + 1.0))
}

/// Gauss-Seidel, to and fro.
fn sweep(
    solution: &mut Plane<[f32; 3]>,
    excess: &Plane<[f32; 3]>,
    unknown: &Mask,
    screen: f32,
    times: usize,
) {
    let height = excess.height();
    for time in 0..times {
        for step in 0..height {
            let y = if time % 2 == 0 { step } else { height - 1 - step };
            for x in (0..excess.width()).filter(|&x| unknown.get(x, y)) {
                let (sum, count) = beside(solution, x, y);
                solution.row_mut(y)[x] = excess.get(x, y).plus(sum).times(1.0 / (count + screen));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(x: u32, y: u32) -> [f32; 3] {
        [40.0 + x as f32, 60.0 + y as f32, 100.0]
    }

    #[test]
    fn a_piece_in_other_light_meets_what_is_about_it() {
        let size = Size::new(130, 117);
        let scene = Plane::from_fn(size, ramp);
        let hole = Plane::from_fn(size, |x, y| (30..75).contains(&x) && (20..70).contains(&y));
        let off = scene.zip_map(&hole, |colour, &hole| if hole { colour.map(|v| v + 25.0) } else { *colour });
        let met = screened(&off, &hole, &|a, b| scene.get(b.0, b.1).minus(scene.get(a.0, a.1)));
        for (x, y) in places(&hole) {
            let depth = [x - 29, 75 - x, y - 19, 70 - y].into_iter().min().unwrap();
            let off = met.get(x, y)[0] - scene.get(x, y)[0];
            assert!((-1.0..=26.0).contains(&off) && (depth > 1 || off < 7.0), "{off} at {x}, {y}");
        }
        assert_eq!(met.get(10, 10), scene.get(10, 10));
    }

    #[test]
    fn a_few_cycles_solve_it() {
        let size = Size::new(203, 158);
        let unknown = Plane::from_fn(size, |x, y| (x as i32 - 100).pow(2) + (y as i32 - 70).pow(2) < 65 * 65);
        let excess =
            Plane::from_fn(size, |x, y| [if x == 60 { 30.0 } else { 0.0 }, (y % 9) as f32 - 4.0, 0.1]);
        let solution = solve(&excess, &unknown, 1e-4);
        let left = |at| residual(&solution, &excess, 1e-4, at);
        let worst = places(&unknown).flat_map(left).map(f32::abs).fold(0.0, f32::max);
        assert!(worst < 0.05, "{worst}");
    }
}

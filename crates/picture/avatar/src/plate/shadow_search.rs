use frame::{Plane, SrgbPlane};
use glam::{Affine2, Vec2};

use super::cast_shadow::{CastShadow, LEAST_DEPTH, is_a_shadows};
use super::light::{TERMS, polynomial_terms};
use super::stand::{Stand, laid_on_ground};
use crate::filter::{Mask, coverage, resize_area};

/// Shadows are sought at this long side: they are soft.
const LONG_SIDE_PX: u32 = 128;

/// What a shadow must do to be believed: of the background's squared deviations from a smooth one, in logarithms, it leaves no more than
/// this share, and a deviation of no more than this.
struct Belief {
    unexplained: f32,
    rms: f32,
}

/// A wall is seen all about the subject, and little but its shadow has the subject's outline.
const ON_WALL: Belief = Belief { unexplained: 0.35, rms: 0.12 };
/// Of the ground less is seen, and it has more structure of its own.
const ON_GROUND: Belief = Belief { unexplained: 0.4, rms: 0.05 };

/// The shadow of the subject of `matte` that the background of `image`, all but the `hole`, shows; none where a smooth background
/// with a shadow is not what it looks like. In the image's pixels.
pub(super) fn find_shadow(image: &SrgbPlane, matte: &Plane<f32>, hole: &Mask) -> Option<CastShadow> {
    let size = image.size().fitted(LONG_SIDE_PX);
    let subject = resize_area(matte, size);
    let hidden = resize_area(&coverage(hole), size);
    let known = hidden.map(|&share| share == 0.0);
    let image_from_search = image.width() as f32 / size.width as f32;
    let logs = resize_area(image, size).map(|colour| colour.map(|v| v.max(4.0).ln()));
    let wall_ends = Stand::of(matte).map_or(f32::INFINITY, |stand| stand.wall_ends() / image_from_search);
    let wall = Plane::from_fn(size, |x, y| known.get(x as usize, y as usize) && (y as f32) < wall_ends);
    let shadow = on_wall(&logs, &subject, &wall).or_else(|| on_ground(&logs, &subject, &known))?;
    Some(shadow.scaled(image_from_search))
}

/// A shadow on a wall: the silhouette shifted by up to a fifth of the picture. The ground before the wall is not `known`.
fn on_wall(logs: &SrgbPlane, subject: &Plane<f32>, known: &Mask) -> Option<CastShadow> {
    const REACH: i32 = 6;
    const STEP_PX: f32 = 4.0;
    let scene = Scene::new(logs, subject, known)?;
    let map = |&[x, y, sigma_px]: &[f32; 3]| {
        Some((Affine2::from_translation(Vec2::new(x, y)), sigma_px)).filter(|_| sigma_px >= 0.7)
    };
    let shifts = (-REACH..=REACH).flat_map(|y| (-REACH..=REACH).map(move |x| (x as f32, y as f32)));
    let starts = shifts.flat_map(|(x, y)| [2.0, 5.0].map(|sigma_px| [x * STEP_PX, y * STEP_PX, sigma_px]));
    scene.best(starts, [2.0, 2.0, 1.5], map, &ON_WALL)
}

/// A shadow on the ground: the silhouette sheared about the line where it stands, if that is in the picture.
fn on_ground(logs: &SrgbPlane, subject: &Plane<f32>, known: &Mask) -> Option<CastShadow> {
    const LEANS: [f32; 7] = [-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6];
    const RISES: [f32; 7] = [-0.2, -0.12, -0.06, 0.02, 0.06, 0.12, 0.2];
    let stand = Stand::of(subject)?;
    let near = Plane::from_fn(subject.size(), |x, y| {
        known.get(x as usize, y as usize)
            && y as f32 > stand.ground - 0.2 * stand.height
            && (x as f32 - stand.middle).abs() < 0.6 * stand.height
    });
    let scene = Scene::new(logs, subject, &near)?;
    let map = |&[lean, rise, line, sigma_px]: &[f32; 4]| {
        let is_flat = lean.abs() <= 0.8 && rise.abs() <= 0.25;
        Some((laid_on_ground(lean, rise, line), sigma_px)).filter(|_| sigma_px >= 0.7 && is_flat)
    };
    let leans = LEANS.into_iter().flat_map(|lean| RISES.map(|rise| (lean, rise)));
    let starts =
        leans.flat_map(|(lean, rise)| [1.0, 3.0].map(|sigma_px| [lean, rise, stand.ground, sigma_px]));
    scene.best(starts, [0.1, 0.03, 1.0, 1.0], map, &ON_GROUND)
}

/// A background whose logarithm is a quadratic polynomial but for a shadow.
struct Scene<'a> {
    subject: &'a Plane<f32>,
    /// Indices of the pixels that tell of it.
    known: Vec<usize>,
    /// Of each of them the polynomial's terms, made orthonormal, and the deviations of red, green and blue from the best polynomial.
    rows: Vec<[f32; TERMS + 3]>,
    /// Sum of the squares of these deviations.
    energy: f32,
}

/// How well a shadow explains a scene.
struct Fit {
    /// The share of the deviations' squares that it leaves, 0 … 1.
    unexplained: f32,
    depth: [f32; 3],
}

impl<'a> Scene<'a> {
    /// `None` where too little of the background is known to tell anything.
    fn new(logs: &SrgbPlane, subject: &'a Plane<f32>, known: &Mask) -> Option<Self> {
        const LEAST_KNOWN: usize = 200;
        let known: Vec<usize> = (0..known.pixels().len()).filter(|&i| known.pixels()[i]).collect();
        if known.len() < LEAST_KNOWN {
            return None;
        }
        let mut columns: Vec<Vec<f64>> = (0..TERMS)
            .map(|term| known.iter().map(|&i| polynomial_terms(logs.size(), i)[term]).collect())
            .collect();
        columns.extend((0..3).map(|c| known.iter().map(|&i| f64::from(logs.pixels()[i][c])).collect()));
        // Gram-Schmidt; the colours are the last columns and keep their length.
        for k in 0..columns.len() {
            let (done, rest) = columns.split_at_mut(k);
            let column = &mut rest[0];
            for other in &done[..k.min(TERMS)] {
                let along: f64 = other.iter().zip(column.iter()).map(|(a, b)| a * b).sum();
                column.iter_mut().zip(other).for_each(|(v, o)| *v -= along * o);
            }
            if k < TERMS {
                let length = column.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-9);
                column.iter_mut().for_each(|v| *v /= length);
            }
        }
        let rows: Vec<[f32; TERMS + 3]> =
            (0..known.len()).map(|i| std::array::from_fn(|k| columns[k][i] as f32)).collect();
        let energy = rows.iter().flat_map(|row| &row[TERMS..]).map(|v| v * v).sum();
        Some(Self { subject, known, rows, energy })
    }

    /// The shadow that explains most, of those that `map` makes of parameters: the best of `starts`, improved by coordinate descent from
    /// `steps` on. `None` where it is not to be believed.
    fn best<const N: usize>(
        &self,
        starts: impl Iterator<Item = [f32; N]>,
        mut steps: [f32; N],
        map: impl Fn(&[f32; N]) -> Option<(Affine2, f32)>,
        belief: &Belief,
    ) -> Option<CastShadow> {
        const HALVINGS: usize = 3;
        const PLAUSIBLE: f32 = 1.5;
        let shadow_of = |parameters: &[f32; N], depth| {
            map(parameters).map(|(background_from_subject, sigma_px)| CastShadow {
                background_from_subject,
                sigma_px,
                depth,
            })
        };
        let left = |parameters: &[f32; N]| {
            shadow_of(parameters, [1.0; 3])
                .and_then(|shadow| self.fit(&self.shares(&shadow)))
                .map_or(1.0, |fit| fit.unexplained)
        };
        let (mut least, mut best) =
            starts.map(|start| (left(&start), start)).min_by(|a, b| a.0.total_cmp(&b.0))?;
        if least > PLAUSIBLE * belief.unexplained {
            return None;
        }
        for _ in 0..=HALVINGS {
            while let Some((unexplained, better)) = (0..2 * N)
                .map(|k| {
                    let mut tried = best;
                    tried[k / 2] += if k % 2 == 0 { steps[k / 2] } else { -steps[k / 2] };
                    (left(&tried), tried)
                })
                .min_by(|a, b| a.0.total_cmp(&b.0))
                .filter(|(unexplained, _)| *unexplained < least)
            {
                (least, best) = (unexplained, better);
            }
            steps = steps.map(|step| 0.5 * step);
        }
        let shares = self.shares(&shadow_of(&best, [1.0; 3])?);
        let fit = self.fit(&shares)?;
        let rms = (fit.unexplained * self.energy / (3 * self.rows.len()) as f32).sqrt();
        let is_believed =
            fit.unexplained <= belief.unexplained && rms <= belief.rms && is_a_shadows(fit.depth);
        is_believed.then(|| shadow_of(&best, self.umbra(&shares, &fit))).flatten()
    }

    /// How much of a shadow falls on each of the known pixels.
    fn shares(&self, shadow: &CastShadow) -> Vec<f32> {
        let cast = shadow.cast(self.subject);
        self.known.iter().map(|&i| cast.pixels()[i]).collect()
    }

    /// Least squares; `None` where nothing of the shadow is seen, or where it would be light.
    fn fit(&self, shares: &[f32]) -> Option<Fit> {
        const LEAST_SEEN: f32 = 2.0;
        let sums = self.along(shares);
        let square =
            shares.iter().map(|s| s * s).sum::<f32>() - sums[..TERMS].iter().map(|s| s * s).sum::<f32>();
        let depth = [0, 1, 2].map(|c| -sums[TERMS + c] / square);
        let explained = depth.iter().map(|d| d * d).sum::<f32>() * square / self.energy;
        (square > LEAST_SEEN && depth.iter().all(|d| *d > 0.0))
            .then_some(Fit { unexplained: (1.0 - explained).clamp(0.0, 1.0), depth })
    }

    /// The products of the shares with the polynomial's terms and with the deviations.
    fn along(&self, shares: &[f32]) -> [f32; TERMS + 3] {
        let mut sums = [0.0; TERMS + 3];
        for (row, share) in self.rows.iter().zip(shares) {
            sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += share * v);
        }
        sums
    }

    /// The fit's depth, but where the full shadow is seen no more than what is seen there: least squares weigh the many pixels at
    /// the shadow's edge more.
    fn umbra(&self, shares: &[f32], fit: &Fit) -> [f32; 3] {
        const FULL: f32 = 0.75;
        const LEAST_FULL: usize = 20;
        let sums = self.along(shares);
        [0, 1, 2].map(|c| {
            let mut seen: Vec<f32> = (self.rows.iter().zip(shares).filter(|(_, share)| **share > FULL))
                .map(|(row, share)| {
                    // The deviation from the polynomial fitted together with the shadow.
                    let smooth: f32 = row[..TERMS].iter().zip(&sums).map(|(term, sum)| term * sum).sum();
                    (fit.depth[c] * smooth - row[TERMS + c]) / share
                })
                .collect();
            if seen.len() < LEAST_FULL {
                return fit.depth[c];
            }
            let middle = seen.len() / 2;
            seen.select_nth_unstable_by(middle, f32::total_cmp).1.clamp(LEAST_DEPTH, fit.depth[c])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plate::test_scene::{figure, seen};

    fn wall(x: u32, y: u32) -> [f32; 3] {
        let light = 190.0 + 0.1 * x as f32 - 0.0004 * (y as f32 - 150.0).powi(2);
        [light, light - 12.0, light - 5.0]
    }

    fn scene(wall: impl Fn(u32, u32) -> [f32; 3], shadow: Option<CastShadow>) -> Option<CastShadow> {
        let figure = figure();
        find_shadow(&seen(wall, shadow), &coverage(&figure), &figure)
    }

    fn assert_alike(found: Option<CastShadow>, cast: CastShadow, off_px: f32) {
        let found = found.expect("there is a shadow");
        let head = Vec2::new(150.0, 80.0);
        let [there, here] = [found, cast].map(|shadow| shadow.background_from_subject.transform_point2(head));
        assert!(there.distance(here) < off_px, "{there} {here}");
        assert!((found.sigma_px / cast.sigma_px - 1.0).abs() < 0.35, "{} {}", found.sigma_px, cast.sigma_px);
        for c in 0..3 {
            assert!(
                (found.depth[c] / cast.depth[c] - 1.0).abs() < 0.15,
                "{:?} {:?}",
                found.depth,
                cast.depth
            );
        }
    }

    #[test]
    fn a_shadow_on_a_plain_wall_is_found() {
        for shift in [Vec2::new(38.0, 21.0), Vec2::new(-25.0, 7.0)] {
            let cast = CastShadow {
                background_from_subject: Affine2::from_translation(shift),
                sigma_px: 9.0,
                depth: [0.6, 0.7, 0.5],
            };
            assert_alike(scene(wall, Some(cast)), cast, 3.0);
        }
    }

    #[test]
    fn a_shadow_on_the_ground_is_found() {
        let cast = CastShadow {
            background_from_subject: laid_on_ground(0.4, -0.1, 358.0),
            sigma_px: 6.0,
            depth: [0.5, 0.4, 0.4],
        };
        // The wall is behind and its pattern is no matter.
        let behind =
            |x: u32, y: u32| if y < 250 && (x / 8).is_multiple_of(2) { [90.0; 3] } else { wall(x, y) };
        assert_alike(scene(behind, Some(cast)), cast, 12.0);
    }

    #[test]
    fn a_shadow_on_a_wall_is_found_above_dark_ground() {
        let cast = CastShadow {
            background_from_subject: Affine2::from_translation(Vec2::new(-45.0, 24.0)),
            sigma_px: 12.0,
            depth: [0.3, 0.35, 0.4],
        };
        let on_ground = |x: u32, y: u32| {
            let dark = ((y as f32 - 340.0) / 60.0).clamp(0.0, 1.0);
            wall(x, y).map(|v| v * (1.0 - 0.7 * dark))
        };
        assert_alike(scene(on_ground, Some(cast)), cast, 3.0);
    }

    #[test]
    fn where_there_is_no_shadow_none_is_found() {
        let speckled = |x: u32, y: u32| {
            let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503_001)) >> 7 & 63;
            wall(x, y).map(|v| v - noise as f32)
        };
        let furnished = |x: u32, y: u32| {
            let board = (30..110).contains(&x) && (60..240).contains(&y);
            if board { [70.0, 60.0, 50.0] } else { wall(x, y) }
        };
        let striped = |x: u32, y: u32| if (x / 20).is_multiple_of(2) { [110.0; 3] } else { wall(x, y) };
        assert_eq!(scene(wall, None), None);
        assert_eq!(scene(speckled, None), None);
        assert_eq!(scene(furnished, None), None);
        assert_eq!(scene(striped, None), None);
    }
}

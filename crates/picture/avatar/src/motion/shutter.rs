use std::ops::RangeInclusive;

use frame::{BodyLandmarks, Image, body};
use glam::Vec2;

use super::percentile;

/// Hands that move by this much from frame to frame, in pixels, tell how long the shutter was open: slower ones hardly smear, and of
/// quicker ones it is not known where they were.
const TELLING_PX: RangeInclusive<f32> = 8.0..=60.0;
/// Radius of what is looked at about a hand, in lengths of the trunk, and the least of it in pixels.
const RADIUS: f32 = 0.12;
const LEAST_RADIUS_PX: f32 = 6.0;
/// Fewer looks than this tell nothing.
const LEAST_LOOKS: usize = 12;
/// Degrees of the shutter by which fine detail along the motion, relative to that across it, falls to 1/e. Hands of real clips,
/// smeared by rule, keep 0.71, 0.46 and 0.22 of it at 45, 90 and 180 degrees.
const DEGREES_A_FOLD: f32 = 120.0;
const MOST_DEG: f32 = 270.0;

/// Measures how long a camera's shutter was open, by how its pictures of quick hands are smeared: the energy of second derivatives
/// along the motion over that across it (after Yitzhaky and Kopeika, "Identification of blur parameters from motion
/// blurred images", 1997, with second derivatives for the first, which are mostly outlines).
#[derive(Clone, Debug, Default)]
pub struct ShutterMeter {
    /// The hands in the frame before, with what lies about them.
    before: [Option<Patch>; 2],
    ratios: Vec<f32>,
}

#[derive(Clone, Debug)]
struct Patch {
    at: Vec2,
    /// The way since the frame before.
    way: Option<Vec2>,
    moments: Option<Moments>,
}

/// Sums of products of second derivatives over a patch, from which the energy along any direction follows.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    /// For x x, x y and y y.
    products: [[f32; 3]; 3],
}

impl ShutterMeter {
    /// A meter that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the next frame and the body in it; `None` where nobody was found, or at a cut.
    pub fn see(&mut self, image: &Image, body: Option<&BodyLandmarks>) {
        const HANDS: [[usize; 2]; 2] =
            [[body::LEFT_WRIST, body::LEFT_INDEX], [body::RIGHT_WRIST, body::RIGHT_INDEX]];
        for ([wrist, index], before) in HANDS.into_iter().zip(&mut self.before) {
            let Some(body) = body.filter(|body| body[wrist].visibility > 0.8) else {
                *before = None;
                continue;
            };
            let at = (body[wrist].xy() + body[index].xy()) / 2.0;
            let way = before.as_ref().map(|before| at - before.at);
            if let Some(Patch { way: Some(first), moments: Some(moments), .. }) = before
                && let Some(second) = way
            {
                let velocity = (*first + second) / 2.0;
                if TELLING_PX.contains(&velocity.length()) {
                    self.ratios.extend(moments.along_over_across(velocity.normalize_or(Vec2::X)));
                }
            }
            let is_quick = way.is_some_and(|way| TELLING_PX.contains(&way.length()));
            let radius = (RADIUS * body.spine().length()).max(LEAST_RADIUS_PX);
            let moments = if is_quick { Moments::about(image, at, radius) } else { None };
            *before = Some(Patch { at, way, moments });
        }
    }

    /// How long the shutter was open, in degrees: 0 for sharp pictures, 360 for from one frame to the next. `None` where too few
    /// hands were quick.
    pub fn degrees(&self) -> Option<f32> {
        if self.ratios.len() < LEAST_LOOKS {
            return None;
        }
        let ratio = percentile(self.ratios.iter().copied(), 0.5).max(1e-3);
        Some((-ratio.ln() * DEGREES_A_FOLD).clamp(0.0, MOST_DEG).round())
    }
}

impl Moments {
    /// Those of the square about a point; `None` where it lies outside the picture.
    fn about(image: &Image, at: Vec2, radius: f32) -> Option<Self> {
        const REACH: usize = 2;
        let (low, high) = (at - radius - REACH as f32, at + radius + REACH as f32);
        let inside = low.cmpge(Vec2::ZERO).all()
            && high.x < image.width() as f32 - 1.0
            && high.y < image.height() as f32 - 1.0;
        if !inside {
            return None;
        }
        let grey = |x: usize, y: usize| {
            let p = image.get(x, y);
            (2.0 * f32::from(p.r) + 5.0 * f32::from(p.g) + f32::from(p.b)) / 8.0
        };
        let mut moments = Self::default();
        for y in low.y as usize + REACH..=high.y as usize - REACH {
            for x in low.x as usize + REACH..=high.x as usize - REACH {
                let middle = 2.0 * grey(x, y);
                let second = [
                    grey(x + 2, y) + grey(x - 2, y) - middle,
                    (grey(x + 1, y + 1) + grey(x - 1, y - 1) - grey(x + 1, y - 1) - grey(x - 1, y + 1)),
                    grey(x, y + 2) + grey(x, y - 2) - middle,
                ];
                for (row, a) in moments.products.iter_mut().zip(second) {
                    row.iter_mut().zip(second).for_each(|(sum, b)| *sum += a * b);
                }
            }
        }
        Some(moments)
    }

    /// The energy of the second derivative along a unit vector over that across it; `None` for a plain patch.
    fn along_over_across(&self, along: Vec2) -> Option<f32> {
        let energy = |d: Vec2| {
            let weights = [d.x * d.x, 2.0 * d.x * d.y, d.y * d.y];
            let products = self.products.iter().zip(weights);
            products.map(|(row, a)| row.iter().zip(weights).map(|(p, b)| p * b).sum::<f32>() * a).sum::<f32>()
        };
        let (along, across) = (energy(along), energy(along.perp()));
        (across > 1.0).then(|| along / across)
    }
}

#[cfg(test)]
mod tests {
    use frame::{BodyLandmark, Plane, Size, Srgb8};

    use super::*;

    /// A ground of soft blobs that goes along with a hand at `at`, seen while that moves by `smear`.
    fn seen(at: Vec2, smear: Vec2) -> (Image, BodyLandmarks) {
        const STEPS: usize = 16;
        let value = |p: Vec2| {
            128.0 + 40.0 * (p.x * 0.9).sin() * (p.y * 0.8).cos() + 30.0 * ((p.x - p.y) * 0.45).sin()
        };
        let image = Plane::from_fn(Size::new(400, 300), |x, y| {
            let place = Vec2::new(x as f32, y as f32) - at;
            let step = |i: usize| value(place - smear * ((i as f32 + 0.5) / STEPS as f32 - 0.5));
            let mean = (0..STEPS).map(step).sum::<f32>() / STEPS as f32;
            Srgb8::new(mean as u8, mean as u8, mean as u8)
        });
        let place = |i: usize| match i {
            body::LEFT_SHOULDER | body::RIGHT_SHOULDER => Vec2::ZERO,
            body::LEFT_HIP | body::RIGHT_HIP => Vec2::new(0.0, 120.0),
            _ => at,
        };
        let landmark = |i: usize| BodyLandmark {
            image: place(i).extend(0.0),
            visibility: if i == body::RIGHT_WRIST { 0.0 } else { 1.0 },
            ..Default::default()
        };
        (image, BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap())
    }

    fn measured(shutter_deg: f32) -> Option<f32> {
        let mut meter = ShutterMeter::new();
        let mut at = Vec2::new(120.0, 150.0);
        for t in 0..24 {
            let way = Vec2::from_angle(t as f32 * 0.3) * 16.0;
            let (image, body) = seen(at, way * shutter_deg / 360.0);
            meter.see(&image, Some(&body));
            at += way;
        }
        meter.degrees()
    }

    #[test]
    fn the_longer_the_shutter_the_more_is_measured() {
        let [sharp, short, film] = [0.0, 90.0, 180.0].map(|deg| measured(deg).unwrap());
        assert!(
            sharp < 25.0 && (45.0..135.0).contains(&short) && film > 1.4 * short,
            "{sharp} {short} {film}"
        );
    }

    #[test]
    fn hands_at_rest_tell_nothing() {
        let mut meter = ShutterMeter::new();
        let (image, body) = seen(Vec2::new(120.0, 150.0), Vec2::ZERO);
        for _ in 0..40 {
            meter.see(&image, Some(&body));
        }
        assert_eq!(meter.degrees(), None);
        meter.see(&image, None);
    }
}

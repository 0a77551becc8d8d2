//! Hair combed over where none is seen.

use frame::{Plane, SrgbPlane};
use glam::Vec2;

use super::noise::noise;
use crate::filter::{Mask, gaussian_blur, luma};
use crate::motion::percentile;
use crate::parts::{Face, centre};

/// Widths of strands in heights of the face, and how much each adds to the whole.
const WIDTHS: [(f32, f32); 3] = [(0.06, 0.4), (0.025, 0.8), (0.011, 0.8)];
/// How long a strand keeps its tone, in its widths.
const LENGTH: f32 = 60.0;
/// How far strands wave aside, in heights of the face.
const WAVE: f32 = 0.02;
/// The most that strands differ from the mean, as a share of it.
const STRONGEST: f32 = 0.11;

/// How strands run.
pub(super) enum Course {
    /// They part at the crown, spread as the outline does and fall to the hair's ends.
    FromCrown,
    /// Each where this is the same, in pixels.
    Along(Plane<f32>),
}

/// The `smooth` colours of hair with strands in them where `whole` is set, as contrasty as the hair that is `seen`: a noise that is
/// stretched along their `course`.
pub(super) fn combed(
    image: &SrgbPlane,
    mut smooth: SrgbPlane,
    [whole, seen]: [&Mask; 2],
    face: &Face,
    course: Course,
) -> SrgbPlane {
    let contrast = contrast(image, seen, 0.02 * face.height).min(STRONGEST);
    let down = -face.upwards();
    let across = down.perp();
    let height = face.height;
    let along = |p: Vec2| Vec2::new((p - face.chin).dot(across), (p - face.chin).dot(down));
    let across: Box<dyn Fn(usize, Vec2) -> f32> = match course {
        Course::FromCrown => {
            let outline = Outline::of(whole, along);
            Box::new(move |_, at| outline.straightened(at))
        }
        Course::Along(lines) => Box::new(move |i, _| lines.pixels()[i]),
    };
    let width = whole.width();
    for (i, colour) in smooth.pixels_mut().iter_mut().enumerate().filter(|(i, _)| whole.pixels()[*i]) {
        let at = along(centre(i % width, i / width));
        let wave = Vec2::new(at.x / (0.5 * height), at.y / (0.7 * height));
        let aside = (noise(wave, 17) - 0.5) * 2.0 * WAVE * height;
        let across = across(i, at) + aside;
        let tone: f32 = (WIDTHS.iter().zip(0..))
            .map(|(&(width, share), seed)| {
                let cell = Vec2::new(across / (width * height), at.y / (LENGTH * width * height));
                share * (noise(cell, seed) - 0.5) * 3.5
            })
            .sum();
        *colour = colour.map(|v| (v * (1.0 + contrast * tone)).clamp(0.0, 255.0));
    }
    smooth
}

/// How far the light of the pixels `seen` is off the mean about them, as a share of it: the standard deviation that the median tells, for
/// a few bright strays are not what hair looks like.
fn contrast(image: &SrgbPlane, seen: &Mask, sigma_px: f32) -> f32 {
    let light = luma(image);
    let weighted = light.zip_map(seen, |&light, &seen| if seen { [light, 1.0] } else { [0.0; 2] });
    let means = gaussian_blur(&weighted, sigma_px).map(|[sum, weight]| sum / weight.max(1e-6));
    let pixels = light.pixels().iter().zip(means.pixels()).zip(seen.pixels()).filter(|(_, seen)| **seen);
    let off = pixels.map(|((light, mean), _)| (light - mean).abs() / mean.max(8.0));
    1.48 * percentile(off, 0.5)
}

/// The left and right end of the hair, row by row down the head.
struct Outline {
    first: f32,
    rows: Vec<[f32; 2]>,
    widest: f32,
}

impl Outline {
    fn of(whole: &Mask, along: impl Fn(Vec2) -> Vec2) -> Self {
        let width = whole.width();
        let places: Vec<Vec2> = (0..whole.pixels().len())
            .filter(|&i| whole.pixels()[i])
            .map(|i| along(centre(i % width, i / width)))
            .collect();
        let (first, last) =
            places.iter().fold((f32::MAX, f32::MIN), |(first, last), p| (first.min(p.y), last.max(p.y)));
        let count = if places.is_empty() { 0 } else { (last - first) as usize + 1 };
        let mut rows = vec![[f32::MAX, f32::MIN]; count];
        for p in &places {
            let row = &mut rows[(p.y - first) as usize];
            *row = [row[0].min(p.x), row[1].max(p.x)];
        }
        // Ragged, it would make every strand ragged; averaged once, each lock of it would be two kinks.
        let about = count / 6 + 1;
        let averaged = |rows: &[[f32; 2]]| -> Vec<[f32; 2]> {
            let mean = |i: usize| {
                let near = &rows[i.saturating_sub(about)..(i + about + 1).min(count)];
                let full: Vec<&[f32; 2]> = near.iter().filter(|[left, right]| left <= right).collect();
                [0, 1].map(|side| full.iter().map(|row| row[side]).sum::<f32>() / full.len().max(1) as f32)
            };
            (0..count).map(mean).collect()
        };
        let rows = averaged(&averaged(&rows));
        let widest = rows.iter().map(|[left, right]| right - left).fold(1.0, f32::max);
        Self { first, rows, widest }
    }

    /// How far aside a place's strand lies where the hair is widest.
    fn straightened(&self, at: Vec2) -> f32 {
        let row = ((at.y - self.first).max(0.0) as usize).min(self.rows.len().saturating_sub(1));
        let [left, right] = self.rows[row];
        ((at.x - left) / (right - left).max(1.0) - 0.5) * self.widest
    }
}

#[cfg(test)]
mod tests {
    use frame::Size;

    use super::*;

    #[test]
    fn locks_at_the_outline_kink_no_strand() {
        // Hair 100 wide whose right edge is ragged by teeth of 20 rows.
        let whole = Plane::from_fn(Size::new(200, 240), |x, y| {
            (20..if y % 40 < 20 { 150 } else { 110 }).contains(&x) && (20..220).contains(&y)
        });
        let outline = Outline::of(&whole, |place| place);
        let place = |y: usize| outline.straightened(Vec2::new(100.0, y as f32));
        for y in 40..190 {
            let kink = place(y) - 0.5 * (place(y - 10) + place(y + 10));
            assert!(kink.abs() < 0.6, "row {y}: {kink}");
        }
    }
}

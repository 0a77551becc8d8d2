//! A printed cloth laid out anew where it is not seen. Voting among patches, as for other patterns, would blur a print that never
//! repeats; from behind the front's own would be seen as in a mirror.

use frame::{Plane, SrgbPlane};
use glam::{Vec2, Vec3};

use super::noise::noise;
use super::pattern::variation;
use super::study::Study;
use crate::Joint;
use crate::filter::{Mask, area, difference, gaussian_blur, intersection, luma, resize_area, resize_linear};
use crate::parts::{Part, centre};

/// Distance between the middles of pieces, in shoulder widths: a few flowers wide.
const PIECE: f32 = 0.4;
/// Pieces tried for each place.
const TRIES: usize = 64;
/// Squared difference that a place of a piece counts with that is not of the cloth.
const NO_CLOTH: f32 = 200.0 * 200.0;
/// How suddenly pieces go over into each other.
const SHARPNESS: i32 = 24;
/// How far their borders wind, in distances between pieces, and how long a turn of them is.
const WINDING: f32 = 0.3;
const TURN: f32 = 0.22;

/// The print of a trunk's cloth.
pub(super) struct Print {
    /// The pixels that show it.
    source: Mask,
    /// Some of them.
    places: Vec<[i32; 2]>,
    /// Distance between the middles of pieces, pixels.
    piece: i32,
    /// The light that the cloth lies in, in its own mean.
    light: Plane<f32>,
    /// The still, a little blurred, for comparing pieces.
    soft: SrgbPlane,
}

/// One piece: how far off the pixels lie that it shows.
type Offset = [i32; 2];

impl Print {
    /// The print of the trunk, if its cloth has a bold one all over.
    pub(super) fn of(study: &Study<'_>) -> Option<Self> {
        /// How far below the shoulders the cloth surely begins, in lengths of the spine.
        const FROM: f32 = 0.12;
        let (chest, down) = (study.anatomy.at(Joint::Chest), study.anatomy.downwards());
        let below = Plane::from_fn(study.size(), |x, y| {
            (centre(x as usize, y as usize) - chest).dot(down) > FROM * study.anatomy.spine
        });
        let own = intersection(&study.labelled(Part::Core), &study.solid);
        let source = difference(&intersection(&own, &below), &study.arms_and_rim());
        let image = study.still.foreground;
        if !is_printed(image, &source, 0.06 * study.anatomy.shoulder_width) {
            return None;
        }
        let width = source.width();
        let places = (0..source.pixels().len())
            .step_by(7)
            .filter(|&i| source.pixels()[i])
            .map(|i| [(i % width) as i32, (i / width) as i32])
            .collect();
        let piece = (PIECE * study.anatomy.shoulder_width).max(8.0) as i32;
        Some(Self { places, piece, light: light(image, &source), soft: gaussian_blur(image, 1.5), source })
    }

    /// The pixels that show the print.
    pub(super) const fn source(&self) -> &Mask {
        &self.source
    }

    /// The still's colours with the `wanted` ones laid out anew: overlapping pieces of the print, each chosen among some so that it
    /// goes on from its neighbours (Efros and Freeman, "Image quilting", 2001), in the light of where they come to lie.
    pub(super) fn laid_out(&self, image: &SrgbPlane, wanted: &Mask) -> SrgbPlane {
        let columns = wanted.width() / self.piece as usize + 2;
        let rows = wanted.height() / self.piece as usize + 2;
        let offsets = self.choose(wanted, [columns, rows]);
        let mut laid = image.clone();
        let width = wanted.width();
        for (i, colour) in laid.pixels_mut().iter_mut().enumerate().filter(|(i, _)| wanted.pixels()[*i]) {
            let at = [(i % width) as i32, (i / width) as i32];
            let [column, row] = at.map(|v| v / self.piece);
            let part = at.map(|v| (v % self.piece) as f32 / self.piece as f32);
            let (mut sum, mut total) = (Vec3::ZERO, 0.0);
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let offset = offsets[(row + dy) as usize * columns + (column + dx) as usize];
                let Some(shown) = self.shown(at, offset) else { continue };
                let near = [(part[0], dx), (part[1], dy)].map(|(v, d)| if d == 0 { 1.0 - v } else { v });
                let turn = Vec2::new(at[0] as f32, at[1] as f32) / (TURN * self.piece as f32);
                let seed = (2 * (column + dx).rem_euclid(2) + (row + dy).rem_euclid(2)) as u32;
                let wound = near[0] * near[1] * (4.0 * WINDING * (noise(turn, seed) - 0.5)).exp();
                let weight = wound.powi(SHARPNESS) + 1e-12;
                let light = (self.light.get(at[0] as usize, at[1] as usize)
                    / self.light.get(shown[0], shown[1]).max(1.0))
                .clamp(0.75, 1.33);
                sum += Vec3::from_array(image.get(shown[0], shown[1])) * light * weight;
                total += weight;
            }
            if total > 0.0 {
                *colour = (sum / total).min(Vec3::splat(255.0)).to_array();
            }
        }
        laid
    }

    /// The pixel of the print that a piece shows at a place.
    fn shown(&self, [x, y]: [i32; 2], [dx, dy]: Offset) -> Option<[usize; 2]> {
        let at = [usize::try_from(x + dx).ok()?, usize::try_from(y + dy).ok()?];
        let inside = at[0] < self.source.width() && at[1] < self.source.height();
        (inside && self.source.get(at[0], at[1])).then_some(at)
    }

    /// The piece of every corner of a lattice over the picture.
    fn choose(&self, wanted: &Mask, [columns, rows]: [usize; 2]) -> Vec<Offset> {
        let mut offsets = vec![[0, 0]; columns * rows];
        let mut random = 1u32;
        for row in 0..rows {
            for column in 0..columns {
                let middle = [column as i32 * self.piece, row as i32 * self.piece];
                let probes: Vec<[i32; 2]> = self.probes(middle, wanted).collect();
                if probes.is_empty() {
                    continue;
                }
                let laid = |at: [i32; 2]| {
                    let before = [(-1, -1), (0, -1), (1, -1), (-1, 0)].into_iter();
                    before.filter_map(move |(dx, dy)| {
                        let [c, r] = [column as i32 + dx, row as i32 + dy];
                        let lattice = c >= 0 && r >= 0 && c < columns as i32;
                        let covers = (at[0] - c * self.piece).abs() < self.piece
                            && (at[1] - r * self.piece).abs() < self.piece;
                        (lattice && covers).then_some(r as usize * columns + c as usize)
                    })
                };
                let cost = |offset: Offset, offsets: &[Offset]| -> f32 {
                    let of_probe = |&at: &[i32; 2]| {
                        let Some(own) = self.shown(at, offset) else { return NO_CLOTH };
                        let own = Vec3::from_array(self.soft.get(own[0], own[1]));
                        let others = laid(at).filter_map(|piece| self.shown(at, offsets[piece]));
                        others
                            .map(|[x, y]| own.distance_squared(Vec3::from_array(self.soft.get(x, y))))
                            .sum::<f32>()
                    };
                    probes.iter().map(of_probe).sum()
                };
                let tries = (0..TRIES).map(|_| {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let [x, y] = self.places[(random >> 8) as usize % self.places.len()];
                    [x - middle[0], y - middle[1]]
                });
                // Nowhere may a piece show what lies there from the front.
                let best = tries
                    .filter(|[dx, dy]| dx.abs() + dy.abs() > self.piece)
                    .map(|offset| (cost(offset, &offsets), offset))
                    .min_by(|a, b| a.0.total_cmp(&b.0));
                if let Some((_, offset)) = best {
                    offsets[row * columns + column] = offset;
                }
            }
        }
        offsets
    }

    /// The wanted places of a piece at which it is compared.
    fn probes<'a>(&self, [x, y]: [i32; 2], wanted: &'a Mask) -> impl Iterator<Item = [i32; 2]> + use<'a> {
        const ACROSS: i32 = 4;
        let step = (self.piece / ACROSS).max(1);
        let steps = move || (1 - ACROSS..ACROSS).map(move |i| i * step);
        steps().flat_map(move |dy| steps().map(move |dx| [x + dx, y + dy])).filter(|&[x, y]| {
            x >= 0
                && y >= 0
                && (x as usize) < wanted.width()
                && (y as usize) < wanted.height()
                && wanted.get(x as usize, y as usize)
        })
    }
}

/// Whether the colours of a cloth vary much within `near_px`, and do so nearly everywhere.
fn is_printed(image: &SrgbPlane, source: &Mask, near_px: f32) -> bool {
    const LEAST_AREA: usize = 4000;
    /// Bold prints have 90 and more, tartans and knitted stuffs less than 75.
    const BUSY: f32 = 80.0;
    const NEARLY_EVERYWHERE: f32 = 0.2;
    area(source) >= LEAST_AREA && variation(image, source, near_px, NEARLY_EVERYWHERE) > BUSY
}

/// The light of a cloth at large, wherever it may lie.
fn light(image: &SrgbPlane, source: &Mask) -> Plane<f32> {
    const LONG_SIDE_PX: u32 = 64;
    const SIGMA_PX: f32 = 6.0;
    let size = source.size().fitted(LONG_SIDE_PX);
    let weighted = luma(image).zip_map(source, |&light, &own| if own { [light, 1.0] } else { [0.0; 2] });
    let wide = gaussian_blur(&resize_area(&weighted, size), SIGMA_PX);
    let mean = wide.pixels().iter().fold([1e-3f32; 2], |sum, v| [sum[0] + v[0], sum[1] + v[1]]);
    // A little of the whole's mean everywhere, for where no cloth is near.
    let light = wide.map(|&[sum, weight]| (sum + 1e-3 * mean[0] / mean[1]) / (weight + 1e-3));
    resize_linear(&light, source.size())
}

#[cfg(test)]
mod tests {
    use frame::Size;

    use super::*;

    /// Dots of three colours that never repeat, or stripes of two cloths.
    fn dots(x: u32, y: u32) -> [f32; 3] {
        let hash = (x / 5).wrapping_mul(0x9E37_79B1) ^ (y / 5).wrapping_mul(0x85EB_CA77);
        [[230.0, 90.0, 120.0], [20.0, 20.0, 30.0], [90.0, 160.0, 220.0]][(hash >> 13) as usize % 3]
    }

    #[test]
    fn a_print_is_told_from_a_plain_cloth_and_from_two_cloths() {
        let size = Size::new(160, 240);
        let all = Plane::filled(size, true);
        let plain = |x: u32, _| [100.0 + (x % 7) as f32; 3];
        let two = |x: u32, _| if x < 80 { [200.0, 30.0, 30.0] } else { [240.0; 3] };
        assert!(is_printed(&Plane::from_fn(size, dots), &all, 6.0));
        assert!(!is_printed(&Plane::from_fn(size, plain), &all, 6.0));
        assert!(!is_printed(&Plane::from_fn(size, two), &all, 6.0));
    }

    #[test]
    fn it_is_laid_out_of_its_own_colours_and_not_as_it_lies() {
        let size = Size::new(160, 240);
        let image = Plane::from_fn(size, dots);
        let source = Plane::from_fn(size, |x, _| x < 100);
        let print = Print {
            places: (0..400).map(|i| [i % 100, (i * 7) % 240]).collect(),
            piece: 24,
            light: light(&image, &source),
            soft: image.clone(),
            source,
        };
        let wanted = Plane::from_fn(size, |x, y| (40..150).contains(&x) && (20..220).contains(&y));
        let laid = print.laid_out(&image, &wanted);
        let pixels = || (0..wanted.pixels().len()).filter(|&i| wanted.pixels()[i]);
        let differ = pixels().filter(|&i| laid.pixels()[i] != image.pixels()[i]).count();
        assert!(2 * differ > pixels().count());
        let sharp = |c: &[f32; 3]| {
            [[230.0, 90.0, 120.0], [20.0, 20.0, 30.0], [90.0, 160.0, 220.0]]
                .iter()
                .any(|own| Vec3::from_array(*own).distance(Vec3::from_array(*c)) < 40.0)
        };
        let sharp = pixels().filter(|&i| sharp(&laid.pixels()[i])).count();
        assert!(5 * sharp > 4 * pixels().count(), "{sharp} of {}", pixels().count());
        assert!(
            (0..laid.pixels().len()).all(|i| wanted.pixels()[i] || laid.pixels()[i] == image.pixels()[i])
        );
    }
}

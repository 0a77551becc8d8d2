//! The pattern of a stuff carried over to where it is not seen.

use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};

use frame::{Size, SrgbPlane};
use glam::{Vec2, Vec3};

use super::noise::noise;
use crate::filter::{Mask, PixelRect, area, close_disc, gaussian_blur, places, signed_distance};
use crate::plate::{Completion, patchmatch_fill};

/// Fewer pixels of cloth or hair show no pattern.
const LEAST_PATTERN: usize = 400;

/// The smooth colours with the pattern of what is seen of a stuff set into what is `wanted`, if enough is seen of it.
pub(super) fn patterned(
    image: &SrgbPlane,
    mut smooth: SrgbPlane,
    part: PixelRect,
    [wanted, seen]: [&Mask; 2],
    sigma_px: f32,
) -> SrgbPlane {
    if area(seen) < LEAST_PATTERN {
        return smooth;
    }
    let (hole, source) = (part.cut(wanted), part.cut(seen));
    let how = Completion { long_side_px: 420, half_patch: 3 };
    let patched = patchmatch_fill(&part.cut(image), &hole, Some(&source), how);
    // The pieces bring the pattern; what they bring of other light or other stuff is taken off again.
    let off = mean_within(
        &patched.zip_map(&part.cut(&smooth), |p, s| std::array::from_fn(|c| p[c] - s[c])),
        &hole,
        sigma_px,
    );
    let even = patched.zip_map(&off, |p, off| std::array::from_fn(|c| (p[c] - off[c]).clamp(0.0, 255.0)));
    let grained = match Grain::of(&part.cut(image), &source) {
        Some(grain) => grain.set_into(&even, &hole),
        None => even,
    };
    part.paste(&grained, &mut smooth);
    smooth
}

/// The finest of a stuff's pattern, its threads and speckles, which voting among patches averages away.
struct Grain {
    /// What a piece of the stuff is off its own mean about each pixel.
    piece: SrgbPlane,
    /// How much that is: a mean square.
    strength: f32,
}

impl Grain {
    /// What is finer than this is grain, in pixels.
    const SIGMA_PX: f32 = 2.0;
    /// The side of a piece, in pixels: the least, and the most.
    const SIDES: [f32; 2] = [12.0, 48.0];
    /// Above this root mean square of a channel, of 255, it is no grain but stripes or seams. Of a linen shirt it is 2 to 4, of an old
    /// painting 5 to 10, of a striped shirt 49.
    const BOLDEST: f32 = 7.0;

    /// That of a piece of what is seen that is quieter than most: it has no buttons or seams, nor is it of a bolder stuff beside. `None`
    /// where there is none so large.
    fn of(image: &SrgbPlane, seen: &Mask) -> Option<Self> {
        let inside = signed_distance(&close_disc(seen, Self::SIGMA_PX));
        let deepest = inside.pixels().iter().copied().fold(0.0, f32::max);
        let side = (SQRT_2 * deepest).min(Self::SIDES[1]).floor();
        if side < Self::SIDES[0] {
            return None;
        }
        let fine = Self::finest(image, seen);
        let reach = (0.5 * side) as usize;
        let piece = |(x, y): (usize, usize)| {
            let size = Size::new(side as u32, side as u32);
            PixelRect { x: x - reach, y: y - reach, size }.cut(&fine)
        };
        let middles = places(seen)
            .filter(|&(x, y)| x % (reach / 2) == 0 && y % (reach / 2) == 0)
            .filter(|&(x, y)| inside.get(x, y) >= FRAC_1_SQRT_2 * side + 1.0)
            // Beyond the picture's edge a stuff may go on.
            .filter(|&(x, y)| x.min(y) > reach && x + reach < seen.width() && y + reach < seen.height());
        let mut pieces: Vec<(f32, (usize, usize))> =
            middles.map(|middle| (mean_square(piece(middle).pixels().iter()), middle)).collect();
        pieces.sort_by(|a, b| a.0.total_cmp(&b.0));
        let &(strength, middle) = pieces.get(pieces.len() / 5)?;
        (strength < 3.0 * Self::BOLDEST.powi(2)).then(|| Self { piece: piece(middle), strength })
    }

    /// What each pixel of a mask is off the mean about it.
    fn finest(image: &SrgbPlane, mask: &Mask) -> SrgbPlane {
        let means = mean_within(image, mask, Self::SIGMA_PX);
        image.zip_map(&means, |own, mean| std::array::from_fn(|c| own[c] - mean[c]))
    }

    /// The grain at a place: of the four nearest of a lattice of pieces, each cut from somewhere else of the one that was seen, or its
    /// pattern would be seen to come again and again. Mixed so that it stays as strong (Heitz and Neyret, "High-performance by-example
    /// noise using a histogram-preserving blending operator", 2018).
    fn at(&self, place: Vec2) -> [f32; 3] {
        let side = self.piece.width() as f32;
        let step = (side / 3.0).floor();
        let cell = (place / step).floor();
        let within = place / step - cell;
        let (mut sum, mut squares) = (Vec3::ZERO, 0.0);
        for corner in [Vec2::ZERO, Vec2::X, Vec2::Y, Vec2::ONE] {
            let weights = Vec2::ONE - (within - corner).abs();
            let from =
                Vec2::new(noise(cell + corner, 5), noise(cell + corner, 6)) * (side - 2.0 * step - 1.0);
            let shown = from + (within - corner + 1.0) * step;
            let weight = weights.x * weights.y;
            sum += weight * Vec3::from_array(self.piece.get(shown.x as usize, shown.y as usize));
            squares += weight * weight;
        }
        (sum / squares.sqrt()).to_array()
    }

    /// As much of it as the pixels of the `hole` lack.
    fn set_into(&self, image: &SrgbPlane, hole: &Mask) -> SrgbPlane {
        let fine = Self::finest(image, hole);
        let own = fine.pixels().iter().zip(hole.pixels()).filter_map(|(fine, &hole)| hole.then_some(fine));
        let lacking = (self.strength - mean_square(own)).max(0.0);
        let share = (lacking / self.strength.max(1e-3)).sqrt();
        let mut grained = image.clone();
        for (x, y) in places(hole) {
            let (own, grain) = (image.get(x, y), self.at(Vec2::new(x as f32, y as f32)));
            grained.set(x, y, std::array::from_fn(|c| (own[c] + share * grain[c]).clamp(0.0, 255.0)));
        }
        grained
    }
}

/// Of colours about nought, all channels; nought of none.
fn mean_square<'a>(colours: impl Iterator<Item = &'a [f32; 3]>) -> f32 {
    let (mut sum, mut count) = (0.0, 0.0f32);
    for colour in colours {
        sum += colour.iter().map(|v| v * v).sum::<f32>();
        count += 1.0;
    }
    sum / count.max(1.0)
}

/// Mean over the pixels of a mask about each of them.
fn mean_within(plane: &SrgbPlane, mask: &Mask, sigma_px: f32) -> SrgbPlane {
    let weighted = plane.zip_map(mask, |&[r, g, b], &own| if own { [r, g, b, 1.0] } else { [0.0; 4] });
    gaussian_blur(&weighted, sigma_px).map(|&[r, g, b, w]| [r, g, b].map(|v| v / w.max(1e-6)))
}

#[cfg(test)]
mod tests {
    use frame::Plane;

    use super::*;

    const SIZE: Size = Size::new(160, 80);

    /// A stuff of which the right half is hidden, filled in smoothly but for its grain; what is lacking there at first, and in the end.
    fn filled(stuff: impl Fn(f32, f32) -> f32) -> [f32; 2] {
        let image = Plane::from_fn(SIZE, |x, y| [120.0 + stuff(x as f32, y as f32); 3]);
        let seen = Plane::from_fn(SIZE, |x, _| x < 80);
        let hole = seen.map(|seen| !seen);
        let smooth = image.zip_map(&seen, |&own, &seen| if seen { own } else { [120.0; 3] });
        let strength = |image: &SrgbPlane, of: &Mask| {
            let fine = Grain::finest(image, of);
            let own = fine.pixels().iter().zip(of.pixels()).filter_map(|(fine, &of)| of.then_some(fine));
            mean_square(own).sqrt()
        };
        let grained = Grain::of(&smooth, &seen).map(|grain| grain.set_into(&smooth, &hole));
        [strength(&smooth, &seen), grained.map_or(0.0, |grained| strength(&grained, &hole))]
    }

    #[test]
    fn what_is_invented_has_the_grain_of_what_is_seen_and_no_stripes() {
        let speckle = |x: f32, y: f32| 14.0 * (noise(Vec2::new(x, y), 1) - 0.5);
        let [seen, invented] = filled(speckle);
        assert!((0.75 * seen..1.2 * seen).contains(&invented), "{seen} {invented}");
        let [seen, invented] = filled(|_, y| if (y as u32) % 8 < 4 { 60.0 } else { -60.0 });
        assert!(seen > 20.0 && invented == 0.0, "{seen} {invented}");
    }
}

//! The pattern of a stuff carried over to where it is not seen.

use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};

use frame::{Plane, Size, SrgbPlane};
use glam::{Vec2, Vec3};

use super::limb::likeness;
use super::noise::noise;
use super::study::{Study, skin};
use crate::Joint;
use crate::filter::{
    Connectivity, Mask, PixelRect, area, bounds, close_disc, components, difference, dilate_disc,
    gaussian_blur, intersection, places, resize_area, resize_linear, signed_distance, union,
};
use crate::motion::percentile;
use crate::parts::{Part, centre, median};
use crate::plate::{Completion, patchmatch_fill, shifted_fill};

/// Fewer pixels of cloth or hair show no pattern.
const LEAST_PATTERN: usize = 400;

/// The smooth colours with the pattern of what is seen of a stuff set into what is `wanted`, each piece of that by what is about it, if
/// enough is seen there: a neckline by the shirt, a fly by the trousers.
pub(super) fn patterned(
    image: &SrgbPlane,
    smooth: SrgbPlane,
    [wanted, seen]: [&Mask; 2],
    sigma_px: f32,
) -> SrgbPlane {
    /// How far about a piece its pattern is looked for: in `sigma_px`, and beside that in its own length.
    const ABOUT: [f32; 2] = [1.5, 0.5];
    /// Smaller pieces stay smooth.
    const LEAST_PIECE: usize = 16;
    if area(seen) < LEAST_PATTERN {
        return smooth;
    }
    let pieces = components(wanted, Connectivity::Eight);
    let wanted = pieces.regions.iter().enumerate().filter(|(_, piece)| piece.area >= LEAST_PIECE);
    wanted.fold(smooth, |smooth, (i, piece)| {
        let reach = ABOUT[0] * sigma_px + ABOUT[1] * piece.bounds.size.long_side() as f32;
        let near = piece.bounds.grown(reach as usize + 8, image.size());
        let is_enough = area(&near.cut(seen)) >= piece.area.max(LEAST_PATTERN);
        let part = if is_enough { Some(near) } else { bounds(seen).map(|seen| near.union(seen)) };
        let own = pieces.select(|other| other == i);
        match part {
            Some(part) => piece_patterned(image, smooth, part, [&own, seen], sigma_px),
            None => smooth,
        }
    })
}

/// The smooth colours with a sleeve's pattern in what is `wanted` of an arm, by what is `seen` of the arm and about it of the trunk.
pub(super) fn sleeved(
    study: &Study<'_>,
    smooth: SrgbPlane,
    [wanted, seen]: [&Mask; 2],
    radius_px: f32,
) -> SrgbPlane {
    /// How far beside the spine buttons are, which no sleeve has, in shoulder widths.
    const BUTTONS: f32 = 0.2;
    let own = median(places(wanted).map(|(x, y)| Vec3::from_array(smooth.get(x, y))).collect());
    let Some(own) = own else { return smooth };
    let trunk = intersection(&study.labelled(Part::Core), &study.solid);
    let hair = union(&study.parts.hair, &study.parts.hair_behind);
    let [chest, pelvis] = [Joint::Chest, Joint::Pelvis].map(|joint| study.still.joints[joint].truncate());
    let (spine, beside) = ((pelvis - chest).normalize_or(Vec2::Y), BUTTONS * study.anatomy.shoulder_width);
    let trunk = difference(&trunk, &union(&hair, &study.arms_and_rim()));
    let trunk = Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        trunk.get(x, y) && spine.perp_dot(centre(x, y) - chest).abs() > beside
    });
    let stuff = union(seen, &trunk);
    // A forearm may be bare.
    let shade_off = |colour: Vec3, of: Vec3| (of * (colour.length() / of.length().max(1.0))).distance(colour);
    let skin = skin(study).map(Vec3::from_array);
    let is_skin = |colour| skin.is_some_and(|skin| 2.0 * shade_off(colour, skin) < shade_off(colour, own));
    let of_stuff = smooth.zip_map(wanted, |&colour, &wanted| wanted && !is_skin(Vec3::from_array(colour)));
    patterned(study.still.foreground, smooth, [&of_stuff, &stuff], radius_px)
}

/// The same of one piece of what is wanted, by what is seen in a part of the picture about it.
fn piece_patterned(
    image: &SrgbPlane,
    mut smooth: SrgbPlane,
    part: PixelRect,
    [wanted, seen]: [&Mask; 2],
    sigma_px: f32,
) -> SrgbPlane {
    let (hole, cut, even) = (part.cut(wanted), part.cut(image), part.cut(&smooth));
    let source = alike(&cut, &part.cut(seen), (&even, &hole), sigma_px);
    let patched = if is_bold(&cut, [&hole, &source], sigma_px) {
        let start = cut.zip_map(&even, |&cut, &even| [cut, even]);
        let start = start.zip_map(&source, |&[cut, even], &own| if own { cut } else { even });
        shifted_fill(&start, &hole, &source)
    } else {
        let how = Completion { long_side_px: 420, half_patch: 3 };
        patchmatch_fill(&cut, &hole, Some(&source), how)
    };
    // The pieces bring the pattern; what they bring of other light or other stuff is taken off again.
    let off = patched.zip_map(&even, |patched, even| std::array::from_fn(|c| patched[c] - even[c]));
    let off = resize_linear(&means_at_large(&off, &hole, sigma_px), hole.size());
    let even = patched.zip_map(&off, |p, off| std::array::from_fn(|c| (p[c] - off[c]).clamp(0.0, 255.0)));
    let grained = match Grain::of(&cut, &source) {
        Some(grain) => grain.set_into(&even, &hole),
        None => even,
    };
    for (x, y) in places(&hole) {
        smooth.set(part.x + x, part.y + y, grained.get(x, y));
    }
    smooth
}

/// What of the `seen` is of one of the colours with which a hole is filled smoothly, at large, so that a tartan's stripes count as one: a
/// shirt is not of the jacket beside it. All of it where that is too little.
fn alike(image: &SrgbPlane, seen: &Mask, (even, hole): (&SrgbPlane, &Mask), sigma_px: f32) -> Mask {
    const SAMPLES: usize = 64;
    let [at_large, of_hole] =
        [(image, seen), (even, hole)].map(|(i, mask)| means_at_large(i, mask, sigma_px));
    let cell =
        |(x, y): (usize, usize)| (x * at_large.width() / seen.width(), y * at_large.height() / seen.height());
    let step = area(hole).div_ceil(SAMPLES).max(1);
    let cells = places(hole).step_by(step).map(cell);
    let colours: Vec<[f32; 3]> = cells.map(|(x, y)| of_hole.get(x, y)).collect();
    let is_alike = at_large.map(|&own| colours.iter().any(|&colour| likeness(own, colour) > 0.5));
    let alike = Plane::from_fn(seen.size(), |x, y| {
        let (column, row) = cell((x as usize, y as usize));
        seen.get(x as usize, y as usize) && is_alike.get(column, row)
    });
    if area(&alike) < LEAST_PATTERN { seen.clone() } else { alike }
}

/// Mean over the pixels of a mask widely about each place, as few pixels as that needs.
fn means_at_large(plane: &SrgbPlane, mask: &Mask, sigma_px: f32) -> SrgbPlane {
    /// The deviation in pixels of the result.
    const SIGMA_PX: f32 = 2.0;
    let size = plane.size().scaled((SIGMA_PX / sigma_px).min(1.0));
    let sums = gaussian_blur(&resize_area(&within(plane, mask), size), SIGMA_PX.min(sigma_px));
    sums.map(|&[r, g, b, w]| [r, g, b].map(|v| v / w.max(1e-6)))
}

/// Whether most of what is seen about a hole is stripes or checks, of which voting among patches would leave but a blur.
fn is_bold(image: &SrgbPlane, [hole, seen]: [&Mask; 2], sigma_px: f32) -> bool {
    /// How far about it, and what is near, in `sigma_px`.
    const ABOUT: f32 = 1.0;
    const NEAR: f32 = 0.4;
    let about = intersection(&dilate_disc(hole, ABOUT * sigma_px), seen);
    variation(image, &about, NEAR * sigma_px, 0.5) > BOLD
}

/// What varies by more has stripes or checks: these have 60 and more about half of their pixels, leather and fur less than 35.
pub(super) const BOLD: f32 = 50.0;

/// How much the colours of a stuff vary within `near_px` in all but a `share` of it: levels of 255.
pub(super) fn variation(image: &SrgbPlane, stuff: &Mask, near_px: f32, share: f32) -> f32 {
    const ACROSS: u32 = 24;
    let Some(part) = bounds(stuff) else { return 0.0 };
    let part = part.grown((2.0 * near_px) as usize, stuff.size());
    let (image, stuff) = (part.cut(image), part.cut(stuff));
    let varies = image.zip_map(&gaussian_blur(&image, near_px), |colour, mean| {
        Vec3::from_array(*colour).distance_squared(Vec3::from_array(*mean))
    });
    let weighted = varies.zip_map(&stuff, |&varies, &own| if own { [varies, 1.0] } else { [0.0; 2] });
    let cells = resize_area(&weighted, stuff.size().fitted(ACROSS));
    let cells = cells.pixels().iter().filter(|cell| cell[1] > 0.3).map(|[sum, count]| (sum / count).sqrt());
    percentile(cells, share)
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
    gaussian_blur(&within(plane, mask), sigma_px).map(|&[r, g, b, w]| [r, g, b].map(|v| v / w.max(1e-6)))
}

/// The colours of a mask's pixels and 1, elsewhere 0.
fn within(plane: &SrgbPlane, mask: &Mask) -> Plane<[f32; 4]> {
    plane.zip_map(mask, |&[r, g, b], &own| if own { [r, g, b, 1.0] } else { [0.0; 4] })
}

#[cfg(test)]
mod tests {
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

    /// Clothes of which a strip on the right is hidden, as it is filled, and whether it was filled as what is bold is.
    fn under_an_arm(
        clothes: impl Fn(u32, u32) -> [f32; 3],
        even: impl Fn(u32) -> [f32; 3],
    ) -> (SrgbPlane, bool) {
        const SIDE: u32 = 240;
        const SIGMA_PX: f32 = 16.0;
        let size = Size::new(SIDE, SIDE);
        let wanted = Plane::from_fn(size, |x, y| (180..215).contains(&x) && (40..200).contains(&y));
        let smooth = Plane::from_fn(size, |x, y| {
            let (column, row) = (x as usize, y as usize);
            if wanted.get(column, row) { even(y) } else { clothes(x, y) }
        });
        let seen = wanted.map(|wanted| !wanted);
        let bold = is_bold(&smooth, [&wanted, &seen], SIGMA_PX);
        (patterned(&smooth, smooth.clone(), [&wanted, &seen], SIGMA_PX), bold)
    }

    #[test]
    fn a_tartan_goes_on_beside_trousers_and_stripes_do_not_under_a_jacket() {
        let band = |v: u32, period: u32| f32::from(u8::from(v % period < period / 2)) * 90.0;
        let tartan = |x: u32, y: u32| [60.0 + 1.5 * band(x, 24), 60.0 + 1.5 * band(y, 20), 120.0];
        let shirt = |x, y| if y < 150 { tartan(x, y) } else { [20.0; 3] };
        let (filled, bold) = under_an_arm(shirt, |y| if y < 150 { [127.5, 127.5, 120.0] } else { [20.0; 3] });
        assert!(bold);
        let off = |(x, y): (usize, usize)| {
            Vec3::from_array(filled.get(x, y)).distance(Vec3::from_array(shirt(x as u32, y as u32)))
        };
        let near = |rows: std::ops::Range<usize>| {
            let pixels = rows.flat_map(|y| (180..215).map(move |x| (x, y)));
            pixels.filter(|&at| off(at) < 40.0).count()
        };
        assert!(near(40..140) > 2400 && near(160..200) > 1300, "{} {}", near(40..140), near(160..200));
        let jacket = |x: u32, y: u32| if x < 130 { [band(y, 8) + 120.0; 3] } else { [200.0, 30.0, 40.0] };
        let (filled, bold) = under_an_arm(jacket, |_| [200.0, 30.0, 40.0]);
        assert!(!bold);
        assert!((40..200).all(|y| filled.get(200, y)[1] < 60.0));
    }
}

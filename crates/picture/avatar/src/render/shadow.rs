use std::ops::Range;

use frame::{Image, Plane, Size, Srgb8};

use super::canvas::Canvas;
use crate::plate::CastShadow;

/// The silhouette is taken at about this long side: shadows are soft.
const LONG_SIDE_PX: usize = 160;
/// Steps from no shadow to the full one, finer than those of 8 bits.
const SHADES: usize = 1024;

/// What a backdrop is multiplied by where all light arrives, in 255ths.
const FULL_LIGHT: Srgb8 = Srgb8 { r: 255, g: 255, b: 255 };

/// Darkens a backdrop of the canvas's size, before which what was drawn is to be seen, by the shadow that this casts. The light
/// is worked out in the middles of square blocks of pixels and is bilinear between them.
pub(super) fn cast(canvas: &Canvas, shadow: &CastShadow, backdrop: &mut Image) {
    let (size, width) = (canvas.size(), canvas.size().width as usize);
    let block = (size.long_side() as usize).div_ceil(LONG_SIDE_PX).max(1);
    let subject = block_alphas(&canvas.pixels, size, block);
    let cast = shadow.scaled(1.0 / block as f32).cast(&subject);
    let shades: Vec<Srgb8> = (0..=SHADES).map(|share| light(shadow, share as f32 / SHADES as f32)).collect();
    let lights = cast.map(|share| shades[(share * SHADES as f32 + 0.5) as usize]);
    let (columns, parts) = (spans(size.width as usize, block), parts(block));
    let (mut upper, mut lower) = (vec![FULL_LIGHT; width], vec![FULL_LIGHT; width]);
    // The row of blocks that `lower` holds; most rows of most pictures lie in full light.
    let mut held = None;
    for rows in spans(size.height as usize, block) {
        let runs = shaded(&columns, &subject, &lights, rows.between);
        if runs.is_empty() {
            continue;
        }
        let [first, second] = rows.between;
        if held == Some(first) {
            std::mem::swap(&mut upper, &mut lower);
        } else {
            stretch(lights.row(first), &columns, &parts, &mut upper);
        }
        stretch(lights.row(second), &columns, &parts, &mut lower);
        held = Some(second);
        for (y, part) in rows.pixels.clone().zip(&parts) {
            for run in &runs {
                let between = [&upper[run.clone()], &lower[run.clone()]];
                shade(&mut backdrop.row_mut(y)[run.clone()], between, *part);
            }
        }
    }
}

/// What a backdrop is multiplied by where so much of a shadow falls, in 255ths.
fn light(shadow: &CastShadow, share: f32) -> Srgb8 {
    let [r, g, b] = shadow.light(share).map(|v| (255.0 * v + 0.5) as u8);
    Srgb8 { r, g, b }
}

/// The pixels of a line between the middles of two neighbouring blocks, or of the first or last block and the edge.
struct Span {
    pixels: Range<usize>,
    /// The blocks; at an edge the same twice.
    between: [usize; 2],
}

fn spans(length: usize, block: usize) -> Vec<Span> {
    let count = length.div_ceil(block);
    let start = |index: usize| if index == 0 { 0 } else { ((index - 1) * block + block / 2).min(length) };
    let end = |index: usize| if index == count { length } else { start(index + 1) };
    let between = |index: usize| [index.saturating_sub(1), index.min(count - 1)];
    (0..=count).map(|index| Span { pixels: start(index)..end(index), between: between(index) }).collect()
}

/// How far each pixel of a span is on the way from the first block's middle to the second's, in 256ths.
fn parts(block: usize) -> Vec<u16> {
    (0..block).map(|pixel| (128 * (2 * pixel + 1 - block % 2) / block) as u16).collect()
}

/// The runs of pixels that are to be darkened, in the rows between the middles of two rows of blocks: neither those in full light
/// nor those that the subject hides.
fn shaded(
    columns: &[Span],
    subject: &Plane<f32>,
    lights: &Plane<Srgb8>,
    rows: [usize; 2],
) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for Span { pixels, between } in columns {
        let all = |is: &dyn Fn(usize, usize) -> bool| rows.iter().all(|y| between.iter().all(|x| is(*x, *y)));
        if all(&|x, y| subject.row(y)[x] == 1.0) || all(&|x, y| lights.row(y)[x] == FULL_LIGHT) {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.end == pixels.start => run.end = pixels.end,
            _ => runs.push(pixels.clone()),
        }
    }
    runs
}

/// A row of lights, one a block, as one a pixel.
fn stretch(lights: &[Srgb8], columns: &[Span], parts: &[u16], into: &mut [Srgb8]) {
    for Span { pixels, between: [first, second] } in columns {
        let [first, second] = [lights[*first], lights[*second]];
        for (out, &part) in into[pixels.clone()].iter_mut().zip(parts) {
            let mixed = |first, second| mixed(first, second, part);
            *out = Srgb8 {
                r: mixed(first.r, second.r),
                g: mixed(first.g, second.g),
                b: mixed(first.b, second.b),
            };
        }
    }
}

#[inline]
fn mixed(first: u8, second: u8, part: u16) -> u8 {
    ((u16::from(first) * (256 - part) + u16::from(second) * part + 128) >> 8) as u8
}

/// Puts a backdrop in the light between that of the row of blocks above and that of the row below.
fn shade(backdrop: &mut [Srgb8], lights: [&[Srgb8]; 2], part: u16) {
    let [upper, lower] = lights.map(bytemuck::cast_slice::<Srgb8, u8>);
    let backdrop: &mut [u8] = bytemuck::cast_slice_mut(backdrop);
    for ((value, upper), lower) in backdrop.iter_mut().zip(upper).zip(lower) {
        let light = u16::from(mixed(*upper, *lower, part));
        // All light is 255, by which every value stays what it is.
        *value = ((u16::from(*value) * (light + 1) + 128) >> 8) as u8;
    }
}

/// Mean alphas, 0 … 1, of square blocks of pixels; those at the right and lower edge may be cut.
fn block_alphas(pixels: &[u32], size: Size, block: usize) -> Plane<f32> {
    let width = size.width as usize;
    let blocks = Size::new(size.width.div_ceil(block as u32), size.height.div_ceil(block as u32));
    let mut alphas = Plane::filled(blocks, 0.0f32);
    let mut sums = vec![0u32; width];
    for (y, rows) in pixels.chunks(width * block).enumerate() {
        sums.fill(0);
        for row in rows.chunks_exact(width) {
            sums.iter_mut().zip(row).for_each(|(sum, pixel)| *sum += pixel >> 24);
        }
        let height = rows.len() / width;
        for (alpha, sums) in alphas.row_mut(y).iter_mut().zip(sums.chunks(block)) {
            *alpha = sums.iter().sum::<u32>() as f32 / (255 * height * sums.len()) as f32;
        }
    }
    alphas
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::canvas::{Window, packed};
    use frame::PremulSrgba8;
    use glam::{Affine2, Vec2};

    const SIZE: Size = Size::new(330, 250);

    /// A red block over a grey wall, its upper left corner at `left`, 60.
    fn laid(left: usize) -> Image {
        let mut picture =
            Image::from_fn(SIZE, |x, y| Srgb8::new(200, 180 + (x % 3) as u8, 160 + (y % 5) as u8));
        let shadow = CastShadow {
            background_from_subject: Affine2::from_translation(Vec2::new(50.0, 20.0)),
            sigma_px: 5.0,
            depth: [0.5, 0.7, 0.9],
        };
        let mut canvas = Canvas::default();
        let all = Window { left: 0, top: 0, right: 330, bottom: 250 };
        canvas.resize(SIZE);
        canvas.start(all);
        for y in 60..160 {
            for x in left..left + 60 {
                canvas.pixels[y * 330 + x] = packed(PremulSrgba8 { r: 200, g: 0, b: 0, a: 255 });
            }
            canvas.pixels[y * 330 + left + 60] = packed(PremulSrgba8 { r: 100, g: 0, b: 0, a: 128 });
        }
        cast(&canvas, &shadow, &mut picture);
        canvas.lay_over(all, &mut picture);
        picture
    }

    fn at(picture: &Image, x: usize, y: usize) -> [u8; 3] {
        let Srgb8 { r, g, b } = picture.get(x, y);
        [r, g, b]
    }

    #[test]
    fn a_silhouette_casts_its_shadow_and_takes_it_along() {
        let (here, there) = (laid(40), laid(110));
        // Full shadow at the same place under the block, and none of it where the other's is.
        for (picture, left) in [(&here, 40), (&there, 110)] {
            let seen = at(picture, left + 85, 130);
            let expected = [0, 1, 2].map(|c| [200.0f32, 180.0, 160.0][c] * [-0.5f32, -0.7, -0.9][c].exp());
            for (seen, expected) in seen.into_iter().zip(expected) {
                assert!((f32::from(seen) - expected).abs() < 4.0, "{seen} {expected}");
            }
        }
        assert!(at(&here, 195, 130)[0] == 200 && at(&there, 195, 130)[0] < 130);
        let middle = at(&here, 150, 130)[0];
        assert!((140..175).contains(&middle), "its edge is soft: {middle}");
    }

    #[test]
    fn the_subject_and_what_is_in_the_light_stay_as_they_are() {
        let picture = laid(40);
        assert_eq!(at(&picture, 70, 100), [200, 0, 0]);
        assert_eq!(at(&picture, 10, 240), [200, 180 + 10 % 3, 160]);
        assert_eq!(at(&picture, 100, 63), [200, 90, 81], "half of it before the wall, above the shadow");
    }
}

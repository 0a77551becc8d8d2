use std::borrow::Cow;

use fast_image_resize::images::{TypedCroppedImage, TypedImage, TypedImageRef};
use fast_image_resize::pixels::{F32, U8, U8x3};
use fast_image_resize::{FilterType, ImageView, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use frame::{Image, Plane, Size, Srgb8};

/// The picture at another size, by a Lanczos kernel of three lobes that widens when it shrinks, so that nothing aliases.
///
/// Works on the encoded values, as viewers do. Panics if either size is empty.
pub fn resize(image: &Image, size: Size) -> Image {
    if image.size() == size {
        return image.clone();
    }
    let mut resized = Plane::filled(size, Srgb8::default());
    convolve::<U8x3>(
        &source(bytemuck::cast_slice(image.pixels()), image.size()),
        bytemuck::cast_slice_mut(resized.pixels_mut()),
        size,
        FilterType::Lanczos3,
    );
    resized
}

/// The plane at another size, by a triangle kernel that widens when it shrinks: values never leave the range that they had,
/// which a matte needs.
///
/// Panics if either size is empty.
pub fn resize_plane(plane: &Plane<f32>, size: Size) -> Plane<f32> {
    if plane.size() == size {
        return plane.clone();
    }
    let mut resized = Plane::filled(size, 0.0);
    convolve::<F32>(
        &source(bytemuck::cast_slice(plane.pixels()), plane.size()),
        bytemuck::cast_slice_mut(resized.pixels_mut()),
        size,
        FilterType::Bilinear,
    );
    resized
}

/// One 8-bit channel of a video frame, `stride` bytes a row, at another size.
///
/// Halves as often as it can, which costs a tenth of the kernel, then leaves the rest to that.
pub(crate) fn resize_channel(samples: &[u8], stride: usize, mut size: Size, to: Size) -> Vec<u8> {
    let (mut samples, mut stride) = (Cow::Borrowed(samples), stride);
    while size.width >= 2 * to.width
        && size.height >= 2 * to.height
        && size.width.is_multiple_of(2)
        && size.height.is_multiple_of(2)
    {
        samples = Cow::Owned(halve(&samples, stride, size));
        size = Size::new(size.width / 2, size.height / 2);
        stride = size.width as usize;
    }
    if size == to && samples.len() == to.area() {
        return samples.into_owned();
    }
    // The last row may lack its padding; the resizer wants whole rows, and looks at the first `size.width` of each.
    let rows = size.height as usize;
    if samples.len() < stride * rows {
        samples.to_mut().resize(stride * rows, 0);
    }
    let whole = source::<U8>(&samples[..stride * rows], Size::new(stride as u32, size.height));
    let view =
        TypedCroppedImage::from_ref(&whole, 0, 0, size.width, size.height).expect("rows hold their samples");
    let mut resized = vec![0; to.area()];
    convolve::<U8>(&view, &mut resized, to, FilterType::Hamming);
    resized
}

/// The means of squares of four samples. Both sides are even.
fn halve(samples: &[u8], stride: usize, size: Size) -> Vec<u8> {
    let (width, mut halved) = (size.width as usize, Vec::with_capacity(size.area() / 4));
    for rows in samples.chunks(2 * stride).take(size.height as usize / 2) {
        let (upper, lower) = rows.split_at(stride);
        let (upper, lower) = (upper[..width].as_chunks::<2>().0, lower[..width].as_chunks::<2>().0);
        let sum = |pair: &[u8; 2]| u16::from(pair[0]) + u16::from(pair[1]);
        halved.extend(upper.iter().zip(lower).map(|(u, l)| ((sum(u) + sum(l) + 2) / 4) as u8));
    }
    halved
}

fn source<P: PixelTrait>(bytes: &[u8], size: Size) -> TypedImageRef<'_, P> {
    TypedImageRef::from_buffer(size.width, size.height, bytes).expect("a plane holds its pixels")
}

fn convolve<P: PixelTrait>(from: &impl ImageView<Pixel = P>, to: &mut [u8], size: Size, filter: FilterType) {
    let mut to =
        TypedImage::<P>::from_buffer(size.width, size.height, to).expect("the buffer was made for this size");
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);
    Resizer::new().resize_typed(from, &mut to, &options).expect("neither picture is empty");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_averages_and_does_not_shift() {
        let checks = Plane::from_fn(Size::new(64, 64), |x, y| {
            if (x + y) % 2 == 0 { Srgb8::new(0, 0, 0) } else { Srgb8::new(200, 200, 200) }
        });
        let small = resize(&checks, Size::new(16, 16));
        assert!(small.pixels().iter().all(|p| p.r.abs_diff(100) <= 2), "{:?}", small.get(8, 8));

        let ramp = Plane::from_fn(Size::new(64, 8), |x, _| x as f32 + 0.5);
        let half = resize_plane(&ramp, Size::new(32, 4));
        for x in 4..28 {
            let centre_in_source = (x as f32 + 0.5) * 2.0;
            assert!((half.get(x, 2) - centre_in_source).abs() < 1e-3);
        }
    }

    #[test]
    fn a_matte_stays_between_nothing_and_all() {
        let edge = Plane::from_fn(Size::new(20, 4), |x, _| if x < 10 { 0.0 } else { 1.0 });
        let large = resize_plane(&edge, Size::new(200, 40));
        assert!(large.pixels().iter().all(|v| (0.0..=1.0).contains(v)));
    }

    #[test]
    fn a_channel_is_halved_and_then_resized_without_a_shift() {
        let ramp: Vec<u8> = (0..64 * 16).map(|i| (i % 64) as u8 * 4).collect();
        for width in [32, 16, 24] {
            let small = resize_channel(&ramp, 64, Size::new(64, 16), Size::new(width, 4));
            for x in 2..width - 2 {
                let centre_in_source = (f64::from(x) + 0.5) * 64.0 / f64::from(width) - 0.5;
                assert!((f64::from(small[(width + x) as usize]) - 4.0 * centre_in_source).abs() < 1.5);
            }
        }
    }

    #[test]
    fn padding_of_rows_is_not_seen() {
        let mut rows = [255; 12 * 4];
        for y in 0..4 {
            rows[y * 12..y * 12 + 8].fill(10);
        }
        let last_row_unpadded = &rows[..3 * 12 + 8];
        let small = resize_channel(last_row_unpadded, 12, Size::new(8, 4), Size::new(4, 2));
        assert_eq!(small, vec![10; 8]);
        // Not by halving alone.
        assert_eq!(resize_channel(last_row_unpadded, 12, Size::new(8, 4), Size::new(3, 2)), vec![10; 6]);
    }
}

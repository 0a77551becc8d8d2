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
pub(crate) fn resize_channel(samples: &[u8], stride: usize, size: Size, to: Size) -> Vec<u8> {
    let mut resized = vec![0; to.area()];
    let rows = samples.len().div_ceil(stride) as u32;
    // The last row may lack its padding; the resizer wants whole rows, and looks at the first `size.width` of each.
    let padded;
    let samples = if samples.len() < stride * rows as usize {
        padded = [samples, &vec![0; stride * rows as usize - samples.len()]].concat();
        &padded
    } else {
        samples
    };
    let whole = source::<U8>(samples, Size::new(stride as u32, rows));
    let view =
        TypedCroppedImage::from_ref(&whole, 0, 0, size.width, size.height).expect("rows hold their samples");
    convolve::<U8>(&view, &mut resized, to, FilterType::Hamming);
    resized
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
    fn padding_of_rows_is_not_seen() {
        let mut rows = [255; 12 * 4];
        for y in 0..4 {
            rows[y * 12..y * 12 + 8].fill(10);
        }
        let last_row_unpadded = &rows[..3 * 12 + 8];
        let small = resize_channel(last_row_unpadded, 12, Size::new(8, 4), Size::new(4, 2));
        assert_eq!(small, vec![10; 8]);
    }
}

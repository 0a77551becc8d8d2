mod isnet;
mod onnx;

use bytemuck::Pod;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{F32, U8x3};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use frame::{Image, Matte, Plane, Size, Srgb8};
use tflite::{Session, SessionOptions};

use crate::error::{Result, VisionError};
use crate::networks::{Network, Networks};
use isnet::{MATTE, input_size};

/// Which pixels of a picture are its subject, hair and all (Qin et al., "Highly Accurate Dichotomous Image
/// Segmentation", 2022). The matte is as large as the picture.
///
/// Up to two seconds of one processor and half a gigabyte of memory, which is given back before this returns: the network
/// is loaded for this one picture. The threads of the rayon pool that it is called in share the work; the matte does not
/// depend on them.
pub fn find_matte(networks: &Networks, image: &Image) -> Result<Matte> {
    let size = image.size();
    if size.area() == 0 {
        return Ok(Matte(Plane::filled(size, 0.0)));
    }
    let input_size = input_size(size);
    let input = resized::<Srgb8, U8x3>(image, input_size);
    let mut session = load(networks, input_size)?.shared();
    normalise(&input, session.input_mut(0));
    session.run();
    networks.ledger().add(Network::IsnetMedium, session.multiply_adds());
    let matte = session.output(MATTE).ok_or_else(|| unusable("it has no output"))?.to_vec();
    drop(session);
    let matte = Plane::new(input_size, matte).map_err(unusable)?;
    Ok(Matte(resized::<f32, F32>(&matte, size).map(|alpha| alpha.clamp(0.0, 1.0))))
}

fn load(networks: &Networks, size: Size) -> Result<Session> {
    let file = networks.read(Network::IsnetMedium)?;
    let model = isnet::model(&file, size).map_err(unusable)?;
    Session::new(&model, &SessionOptions::default()).map_err(unusable)
}

fn unusable(error: impl ToString) -> VisionError {
    VisionError::NetworkUnusable { network: Network::IsnetMedium, reason: error.to_string() }
}

/// Every pixel the mean of the area it covers where the picture shrinks, bilinear where it grows. `R` is what the
/// resizer calls a `P`.
fn resized<P: Pod, R: PixelTrait>(plane: &Plane<P>, to: Size) -> Plane<P> {
    const FITS: &str = "the plane holds just such pixels, one for each of its size";
    let from = plane.size();
    let shrinks = to.width <= from.width && to.height <= from.height;
    let filter = if shrinks { FilterType::Box } else { FilterType::Bilinear };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    let mut target = Plane::filled(to, P::zeroed());
    let pixels = bytemuck::cast_slice(plane.pixels());
    let source = TypedImageRef::<R>::from_buffer(from.width, from.height, pixels).expect(FITS);
    let pixels = bytemuck::cast_slice_mut(target.pixels_mut());
    let mut view = TypedImage::<R>::from_buffer(to.width, to.height, pixels).expect(FITS);
    Resizer::new().resize_typed(&source, &mut view, &options).expect("neither picture is cropped");
    target
}

/// Writes the colours as the network wants them: (value − 128) / 256.
fn normalise(image: &Image, values: &mut [f32]) {
    for (value, channel) in values.iter_mut().zip(bytemuck::cast_slice::<Srgb8, u8>(image.pixels())) {
        *value = (f32::from(*channel) - 128.0) / 256.0;
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    #[test]
    fn a_small_picture_grows_smoothly_and_a_large_one_shrinks_by_area() {
        let edge = Plane::new(Size::new(2, 1), vec![0.0f32, 1.0]).unwrap();
        let grown = resized::<f32, F32>(&edge, Size::new(4, 1));
        assert_eq!(grown.pixels(), [0.0, 0.25, 0.75, 1.0]);
        let stripes = Plane::from_fn(Size::new(8, 2), |x, _| (x % 2) as f32);
        assert_eq!(resized::<f32, F32>(&stripes, Size::new(4, 1)).pixels(), [0.5; 4]);
    }

    #[test]
    fn the_network_sees_pictures_in_their_own_aspect() {
        let seen = |width, height| input_size(Size::new(width, height));
        assert_eq!(seen(720, 1280), Size::new(576, 1024));
        assert_eq!(seen(4000, 3000), Size::new(1024, 768));
        assert_eq!(seen(100, 99), Size::new(1024, 1024));
        assert_eq!(seen(1, 30_000), Size::new(64, 1024));
    }

    #[test]
    fn colours_are_normalised_about_nought() {
        let mut values = [0.0; 3];
        normalise(&Image::filled(Size::new(1, 1), Srgb8::new(0, 128, 255)), &mut values);
        assert_eq!(values, [-0.5, 0.0, 127.0 / 256.0]);
    }

    /// Against another runtime's answer to one photograph (`reference-tensors`, beside the test data): no pixel of the matte is off by
    /// a quarter of a step of 255.
    #[test]
    fn the_network_gives_what_another_runtime_gives() {
        let data = std::env::var_os("PANTOMIME_TEST_DATA").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data"),
            PathBuf::from,
        );
        let models = std::env::var_os("PANTOMIME_MODELS").map_or_else(
            || std::env::home_dir().unwrap_or_default().join(".cache/pantomime/models"),
            PathBuf::from,
        );
        let floats = |name: &str| -> Option<Vec<f32>> {
            let bytes = std::fs::read(data.join("../reference-tensors").join(name)).ok()?;
            Some(bytes.as_chunks().0.iter().map(|&float| f32::from_le_bytes(float)).collect())
        };
        let (Ok(networks), Some(planes), Some(expected)) =
            (Networks::open(&models), floats("isnet_medium_o.in.f32"), floats("isnet_medium_o.out.f32"))
        else {
            assert!(std::env::var_os("CI").is_none(), "networks or reference tensors are missing");
            return eprintln!("skipped: no networks or no reference tensors");
        };
        let mut session = load(&networks, Size::new(1024, 1024)).unwrap().shared();
        let area = 1024 * 1024;
        for (i, value) in session.input_mut(0).iter_mut().enumerate() {
            *value = planes[i % 3 * area + i / 3];
        }
        session.run();
        let found = session.output(MATTE).unwrap();
        assert_eq!(found.len(), expected.len());
        let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-3, "{worst}");
    }
}

use std::num::NonZeroUsize;
use std::sync::Arc;

use bytemuck::Pod;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{F32, U8x3};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use frame::{Image, Matte, Plane, Size, Srgb8};
use rten::{Model, ModelOptions, RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use crate::error::{Result, VisionError};
use crate::networks::{Network, Networks};

const SIDE: usize = 1024;

/// Which pixels of a picture are its subject, hair and all (Qin et al., "Highly Accurate Dichotomous Image
/// Segmentation", 2022). The matte is as large as the picture.
///
/// Some two seconds on two threads and half a gigabyte of memory, which is given back before this returns: the network
/// is loaded for this one picture.
pub fn find_matte(networks: &Networks, image: &Image, threads: NonZeroUsize) -> Result<Matte> {
    let size = image.size();
    if size.area() == 0 {
        return Ok(Matte(Plane::filled(size, 0.0)));
    }
    let square_size = Size::new(SIDE as u32, SIDE as u32);
    let network = MatteNetwork::load(networks)?;
    let square = resized::<Srgb8, U8x3>(image, square_size);
    let matte = network.run(normalised_planes(&square), threads)?;
    drop(network);
    let matte = Plane::new(square_size, matte).map_err(unusable)?;
    Ok(Matte(resized::<f32, F32>(&matte, size).map(|alpha| alpha.clamp(0.0, 1.0))))
}

/// ISNet, loaded.
struct MatteNetwork {
    model: Model,
}

impl MatteNetwork {
    fn load(networks: &Networks) -> Result<Self> {
        let bytes = networks.read(Network::IsnetMedium)?;
        let model = ModelOptions::with_all_ops().load(bytes).map_err(unusable)?;
        Ok(Self { model })
    }

    /// The matte, `SIDE` × `SIDE` row by row, of three planes R, G, B of (value − 128) / 256.
    fn run(&self, planes: NdTensor<f32, 4>, threads: NonZeroUsize) -> Result<Vec<f32>> {
        let (Some(&input), Some(&output)) = (self.model.input_ids().first(), self.model.output_ids().first())
        else {
            return Err(unusable("it has no input or no output"));
        };
        let pool = ThreadPool::with_num_threads(threads.get());
        let options = RunOptions::default().with_thread_pool(Some(Arc::new(pool)));
        let [matte] =
            self.model.run_n(vec![(input, planes.into())], [output], Some(options)).map_err(unusable)?;
        let matte: NdTensor<f32, 4> = matte.try_into().map_err(unusable)?;
        if matte.shape() != [1, 1, SIDE, SIDE] {
            return Err(unusable(format!("its output has the shape {:?}", matte.shape())));
        }
        Ok(matte.to_vec())
    }
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

fn normalised_planes(square: &Image) -> NdTensor<f32, 4> {
    let mut planes = Vec::with_capacity(3 * square.pixels().len());
    let channels: [fn(&Srgb8) -> u8; 3] = [|p| p.r, |p| p.g, |p| p.b];
    for channel in channels {
        planes.extend(square.pixels().iter().map(|pixel| (f32::from(channel(pixel)) - 128.0) / 256.0));
    }
    NdTensor::from_data([1, 3, SIDE, SIDE], planes)
}

#[cfg(test)]
mod tests {
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
    fn colours_become_planes_about_nought() {
        let square = Image::filled(Size::new(SIDE as u32, SIDE as u32), Srgb8::new(0, 128, 255));
        let planes = normalised_planes(&square);
        assert_eq!(planes.shape(), [1, 3, SIDE, SIDE]);
        let corner = [0, 1, 2].map(|channel| planes[[0, channel, 0, 0]]);
        assert_eq!(corner, [-0.5, 0.0, 127.0 / 256.0]);
    }
}

use bytemuck::cast_slice;
use frame::{Image, Plane, PremulSrgba8, Size};
use yuv::{
    YuvChromaSubsampling, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix, rgb_to_yuv420,
    rgb_to_yuv444,
};

use super::straight::Straight;
use crate::MediaError;

/// Room for a picture as an encoder takes it: BT.709 in the limited range, 4:2:0.
pub(super) struct Yuv420(YuvPlanarImageMut<'static, u8>);

impl Yuv420 {
    pub(super) fn new(size: Size) -> Self {
        Self(YuvPlanarImageMut::alloc(size.width, size.height, YuvChromaSubsampling::Yuv420))
    }

    /// The picture's planes and the bytes of their rows. It has the size of the room.
    pub(super) fn of(&mut self, image: &Image) -> Result<[(&[u8], usize); 3], MediaError> {
        let stride = image.size().width * 3;
        rgb_to_yuv420(&mut self.0, cast_slice(image.pixels()), stride, RANGE, MATRIX, MODE)
            .map_err(failed)?;
        Ok(planes_of(&self.0))
    }
}

const RANGE: YuvRange = YuvRange::Limited;
const MATRIX: YuvStandardMatrix = YuvStandardMatrix::Bt709;
const MODE: YuvConversionMode = YuvConversionMode::Balanced;

fn planes_of<'a>(planes: &'a YuvPlanarImageMut<'static, u8>) -> [(&'a [u8], usize); 3] {
    [
        (planes.y_plane.borrow(), planes.y_stride as usize),
        (planes.u_plane.borrow(), planes.u_stride as usize),
        (planes.v_plane.borrow(), planes.v_stride as usize),
    ]
}

fn failed(error: yuv::YuvError) -> MediaError {
    MediaError::Encoder { reason: error.to_string() }
}

/// Room for a layer in 4:2:0 with straight alpha, 8 bits a sample.
pub(super) struct Yuva420 {
    straight: Straight,
    colours: Yuv420,
    alpha: Vec<u8>,
}

impl Yuva420 {
    pub(super) fn new(size: Size) -> Self {
        Self { straight: Straight::new(size), colours: Yuv420::new(size), alpha: vec![0; size.area()] }
    }

    /// The layer's planes and the bytes of their rows. It has the size of the room.
    pub(super) fn of(&mut self, layer: &Plane<PremulSrgba8>) -> Result<[(&[u8], usize); 4], MediaError> {
        self.alpha.iter_mut().zip(layer.pixels()).for_each(|(alpha, pixel)| *alpha = pixel.a);
        let [y, u, v] = self.colours.of(self.straight.of(layer))?;
        Ok([y, u, v, (&self.alpha, layer.width())])
    }
}

/// Room for a layer in 4:4:4 with straight alpha, 10 bits a sample in two bytes.
pub(super) struct Yuva444TenBit {
    straight: Straight,
    colours: YuvPlanarImageMut<'static, u8>,
    samples: [Vec<u16>; 4],
}

impl Yuva444TenBit {
    pub(super) fn new(size: Size) -> Self {
        Self {
            straight: Straight::new(size),
            colours: YuvPlanarImageMut::alloc(size.width, size.height, YuvChromaSubsampling::Yuv444),
            samples: std::array::from_fn(|_| vec![0; size.area()]),
        }
    }

    /// The layer's planes and the bytes of their rows. It has the size of the room.
    pub(super) fn of(&mut self, layer: &Plane<PremulSrgba8>) -> Result<[(&[u8], usize); 4], MediaError> {
        let image = self.straight.of(layer);
        let stride = image.size().width * 3;
        rgb_to_yuv444(&mut self.colours, cast_slice(image.pixels()), stride, RANGE, MATRIX, MODE)
            .map_err(failed)?;
        let [y, u, v, alpha] = &mut self.samples;
        for ((bytes, row), samples) in planes_of(&self.colours).into_iter().zip([y, u, v]) {
            let rows = bytes.chunks(row).flat_map(|bytes| &bytes[..layer.width()]);
            // The limited range of ten bits is four times that of eight.
            samples.iter_mut().zip(rows).for_each(|(sample, byte)| *sample = u16::from(*byte) << 2);
        }
        let widened = |alpha: u8| u16::from(alpha) << 2 | u16::from(alpha) >> 6;
        alpha.iter_mut().zip(layer.pixels()).for_each(|(sample, pixel)| *sample = widened(pixel.a));
        Ok(self.samples.each_ref().map(|samples| (cast_slice(samples), 2 * layer.width())))
    }
}

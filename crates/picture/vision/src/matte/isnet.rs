//! ISNet (Qin et al., "Highly Accurate Dichotomous Image Segmentation", 2022): a U²-Net, whose stages are small U-nets themselves.

use frame::Size;
use tflite::{Activation, Error, Model, ModelBuilder, TensorId, Window};

use super::onnx::{Convolution, Convolutions};

/// The only output: the matte, 1 × height × width × 1.
pub(super) const MATTE: &str = "matte";
/// The long side of the pictures that the network was trained on.
const LONG_SIDE: u32 = 1024;
/// The sides that halve evenly as often as the network halves them.
const STEP: u32 = 64;

/// The size in which the network sees a picture of `size`. It was trained on pictures stretched to squares; in their own aspect
/// their edges come out as fine with less arithmetic.
pub(super) fn input_size(size: Size) -> Size {
    let whole = |side: u32| (side.div_ceil(STEP) * STEP).clamp(STEP, LONG_SIDE);
    let scale = f64::from(LONG_SIDE) / f64::from(size.long_side().max(1));
    let side = |side: u32| whole((f64::from(side) * scale).round() as u32);
    Size::new(side(size.width), side(size.height))
}

/// Half the size, rounded up.
const HALVE: Window =
    Window { kernel: [2; 2], stride: [2; 2], dilation: [1; 2], pad_before: [0; 2], pad_after: [0; 2] };
/// The first convolution: every second pixel.
const STEM: Window =
    Window { kernel: [3; 2], stride: [2; 2], dilation: [1; 2], pad_before: [1; 2], pad_after: [1; 2] };

/// The network whose weights are in an ONNX file, for pictures of an [`input_size`]: what leads to the finest of its six
/// mattes. Its input is 1 × height × width × 3 of (value − 128) / 256.
pub(super) fn model(file: &[u8], size: Size) -> Result<Model, String> {
    let weights = Convolutions::read(file)?;
    let mut layers = Layers { network: ModelBuilder::default(), weights };
    let sides = [size.height as usize, size.width as usize];
    let image = layers.network.input("image", &[1, sides[0], sides[1], 3]);
    let matte = layers.stages(image, sides)?;
    layers.network.finish(&[(MATTE, matte)]).map_err(unfit)
}

/// An image within the network, and its height and width.
#[derive(Clone, Copy)]
struct Image {
    id: TensorId,
    sides: [usize; 2],
}

struct Layers<'a> {
    network: ModelBuilder,
    weights: Convolutions<'a>,
}

/// What comes of a step: or why the file's weights are not this network's.
type Step<T> = Result<T, String>;

fn unfit(error: Error) -> String {
    error.to_string()
}

impl Layers<'_> {
    fn stages(&mut self, image: TensorId, sides: [usize; 2]) -> Step<TensorId> {
        let id = self.convolution(image, STEM, Activation::None)?;
        let mut image = Image { id, sides: sides.map(|side| side / 2) };
        // How often each stage's own net halves its image; the deepest three keep their size and look further apart instead.
        let mut found = Vec::new();
        for halvings in [5, 4, 3, 2, 0, 0] {
            if !found.is_empty() {
                image = self.halved(image)?;
            }
            image = if halvings > 0 { self.small_net(image, halvings)? } else { self.wide_net(image)? };
            found.push(image);
        }
        found.pop();
        for halvings in [0, 2, 3, 4, 5] {
            let Some(other) = found.pop() else { return Err("a stage is missing".to_owned()) };
            let joined = self.joined(image, other)?;
            image = if halvings > 0 { self.small_net(joined, halvings)? } else { self.wide_net(joined)? };
        }
        let score = self.convolution(image.id, Window::square(3, 1), Activation::None)?;
        let score = self.network.resize_bilinear(score, sides).map_err(unfit)?;
        self.network.activate(score, Activation::Logistic).map_err(unfit)
    }

    /// A residual U-block (RSU): a net that halves its image so many times and comes back, added to its input.
    fn small_net(&mut self, image: Image, halvings: usize) -> Step<Image> {
        let input = self.layer(image, 1)?;
        let mut scales = vec![self.layer(input, 1)?];
        let mut image = scales[0];
        for _ in 1..=halvings {
            image = self.halved(image)?;
            image = self.layer(image, 1)?;
            scales.push(image);
        }
        image = self.layer(image, 2)?;
        for scale in scales.into_iter().rev() {
            image = self.joined(image, scale)?;
            image = self.layer(image, 1)?;
        }
        self.sum(image, input)
    }

    /// The same for small images (RSU-4F): taps further and further apart instead of smaller and smaller images.
    fn wide_net(&mut self, image: Image) -> Step<Image> {
        let input = self.layer(image, 1)?;
        let first = self.layer(input, 1)?;
        let second = self.layer(first, 2)?;
        let third = self.layer(second, 4)?;
        let mut image = self.layer(third, 8)?;
        for (other, dilation) in [(third, 4), (second, 2), (first, 1)] {
            image = self.joined(image, other)?;
            image = self.layer(image, dilation)?;
        }
        self.sum(image, input)
    }

    fn convolution(&mut self, image: TensorId, window: Window, activation: Activation) -> Step<TensorId> {
        let Convolution { shape, weights, bias } = self.weights.next()?;
        let channels = [bias.len()];
        let weights = self.network.constant(&shape, weights).map_err(unfit)?;
        let bias = self.network.constant(&channels, bias).map_err(unfit)?;
        self.network.conv_2d(image, weights, bias, window, activation).map_err(unfit)
    }

    /// A convolution with 3 × 3 taps, `dilation` pixels apart, and its activation.
    fn layer(&mut self, image: Image, dilation: usize) -> Step<Image> {
        let id = self.convolution(image.id, Window::square(3, dilation), Activation::Relu)?;
        Ok(Image { id, ..image })
    }

    fn halved(&mut self, image: Image) -> Step<Image> {
        let id = self.network.max_pool_2d(image.id, HALVE).map_err(unfit)?;
        Ok(Image { id, sides: image.sides.map(|side| side.div_ceil(2)) })
    }

    /// The channels of `image`, enlarged if it is smaller, before those of `other`.
    fn joined(&mut self, image: Image, other: Image) -> Step<Image> {
        let mut id = image.id;
        if image.sides != other.sides {
            id = self.network.resize_bilinear(id, other.sides).map_err(unfit)?;
        }
        let id = self.network.join_channels(id, other.id).map_err(unfit)?;
        Ok(Image { id, sides: other.sides })
    }

    fn sum(&mut self, image: Image, input: Image) -> Step<Image> {
        let id = self.network.add(image.id, input.id).map_err(unfit)?;
        Ok(Image { id, ..image })
    }
}

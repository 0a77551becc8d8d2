//! ISNet (Qin et al., "Highly Accurate Dichotomous Image Segmentation", 2022): a U²-Net, whose stages are small U-nets themselves.

use tflite::{Activation, Error, Model, ModelBuilder, TensorId, Window};

use super::onnx::{Convolution, Convolutions};

/// The side of the network's input and output.
pub(super) const SIDE: usize = 1024;
/// The only output: the matte, 1 × `SIDE` × `SIDE` × 1.
pub(super) const MATTE: &str = "matte";

/// Half the size, rounded up.
const HALVE: Window =
    Window { kernel: [2; 2], stride: [2; 2], dilation: [1; 2], pad_before: [0; 2], pad_after: [0; 2] };
/// The first convolution: every second pixel.
const STEM: Window =
    Window { kernel: [3; 2], stride: [2; 2], dilation: [1; 2], pad_before: [1; 2], pad_after: [1; 2] };

/// The network whose weights are in an ONNX file: what leads to the finest of its six mattes. Its input is
/// 1 × `SIDE` × `SIDE` × 3 of (value − 128) / 256.
pub(super) fn model(file: &[u8]) -> Result<Model, String> {
    let weights = Convolutions::read(file)?;
    let mut layers = Layers { network: ModelBuilder::default(), weights };
    let image = layers.network.input("image", &[1, SIDE, SIDE, 3]);
    let matte = layers.stages(image)?;
    layers.network.finish(&[(MATTE, matte)]).map_err(unfit)
}

/// An image within the network, and its side.
#[derive(Clone, Copy)]
struct Image {
    id: TensorId,
    side: usize,
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
    fn stages(&mut self, image: TensorId) -> Step<TensorId> {
        let id = self.convolution(image, STEM, Activation::None)?;
        let mut image = Image { id, side: SIDE / 2 };
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
        let score = self.network.resize_bilinear(score, [SIDE; 2]).map_err(unfit)?;
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
        Ok(Image { id, side: image.side / 2 })
    }

    /// The channels of `image`, enlarged if it is smaller, before those of `other`.
    fn joined(&mut self, image: Image, other: Image) -> Step<Image> {
        let mut id = image.id;
        if image.side != other.side {
            id = self.network.resize_bilinear(id, [other.side; 2]).map_err(unfit)?;
        }
        let id = self.network.join_channels(id, other.id).map_err(unfit)?;
        Ok(Image { id, side: other.side })
    }

    fn sum(&mut self, image: Image, input: Image) -> Step<Image> {
        let id = self.network.add(image.id, input.id).map_err(unfit)?;
        Ok(Image { id, ..image })
    }
}

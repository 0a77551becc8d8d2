//! Networks put together in code.

use std::sync::Arc;

use super::operator::{Activation, Op, Operator, TensorId, Window};
use super::shape;
use super::{Model, Tensor, TensorInfo};
use crate::error::{Result, malformed};

/// Puts a network together operator by operator: for one whose weights ship in another format than `.tflite`. Images are NHWC.
///
/// ```
/// # fn main() -> Result<(), tflite::Error> {
/// use tflite::{Activation, ModelBuilder, Session, SessionOptions, Window};
///
/// let mut network = ModelBuilder::default();
/// let image = network.input("image", &[1, 2, 2, 1]);
/// let (weights, bias) = (network.constant(&[1, 1, 1, 1], [3.0])?, network.constant(&[1], [0.5])?);
/// let tripled = network.conv_2d(image, weights, bias, Window::square(1, 1), Activation::None)?;
/// let model = network.finish(&[("tripled", tripled)])?;
/// let mut session = Session::new(&model, &SessionOptions::default())?;
/// session.input_mut(0).fill(2.0);
/// session.run();
/// assert_eq!(session.output("tripled"), Some(&[6.5; 4][..]));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default)]
pub struct ModelBuilder {
    tensors: Vec<Tensor>,
    operators: Vec<Operator>,
    inputs: Vec<TensorId>,
    multiply_adds: u64,
}

impl ModelBuilder {
    /// A tensor that is filled before a run.
    pub fn input(&mut self, name: &str, shape: &[usize]) -> TensorId {
        let id = self.tensor(name, shape.to_vec(), None);
        self.inputs.push(id);
        id
    }

    /// A tensor that is part of the network.
    ///
    /// # Errors
    /// [`Error::Malformed`](crate::Error) if the values are more or fewer than the shape asks for.
    pub fn constant(&mut self, shape: &[usize], values: impl Into<Arc<[f32]>>) -> Result<TensorId> {
        let values = values.into();
        if values.len() != shape.iter().product() {
            return malformed(format!("{} values for a constant of the shape {shape:?}", values.len()));
        }
        Ok(self.tensor("", shape.to_vec(), Some(values)))
    }

    /// A convolution: weights `[out channels, height, width, in channels]`, one bias an output channel.
    ///
    /// # Errors
    /// [`Error::Malformed`](crate::Error) if the operands do not fit each other.
    pub fn conv_2d(
        &mut self,
        image: TensorId,
        weights: TensorId,
        bias: TensorId,
        window: Window,
        activation: Activation,
    ) -> Result<TensorId> {
        let channels = self.lengths(weights)?[0];
        let [height, width] = self.slid(image, &window)?;
        let op = Op::Conv2d { window, activation };
        self.push(op, &[image, weights, bias], vec![1, height, width, channels])
    }

    /// The maximum over a window.
    ///
    /// # Errors
    /// [`Error::Malformed`](crate::Error) if the window is larger than the image.
    pub fn max_pool_2d(&mut self, image: TensorId, window: Window) -> Result<TensorId> {
        let [height, width] = self.slid(image, &window)?;
        let channels = self.lengths(image)?[3];
        let op = Op::MaxPool2d { window, activation: Activation::None };
        self.push(op, &[image], vec![1, height, width, channels])
    }

    /// An image at another height and width, by bilinear interpolation; pixel centres are at ½.
    ///
    /// # Errors
    /// [`Error::Malformed`](crate::Error) if `image` is none.
    pub fn resize_bilinear(&mut self, image: TensorId, size: [usize; 2]) -> Result<TensorId> {
        let channels = self.lengths(image)?[3];
        let op = Op::ResizeBilinear { align_corners: false, half_pixel_centers: true };
        self.push(op, &[image], vec![1, size[0], size[1], channels])
    }

    /// Two images of one size, the channels of the second after those of the first.
    ///
    /// # Errors
    /// [`Error::Malformed`](crate::Error) if the sizes differ.
    pub fn join_channels(&mut self, first: TensorId, second: TensorId) -> Result<TensorId> {
        let [_, height, width, channels] = self.lengths(first)?;
        let channels = channels + self.lengths(second)?[3];
        self.push(Op::Concatenation { axis: 3 }, &[first, second], vec![1, height, width, channels])
    }

    /// The sum of two tensors of one shape.
    ///
    /// # Errors
    /// [`Error::Malformed`](crate::Error) if the shapes differ.
    pub fn add(&mut self, first: TensorId, second: TensorId) -> Result<TensorId> {
        let shape = self.lengths(first)?.to_vec();
        self.push(Op::Add { activation: Activation::None }, &[first, second], shape)
    }

    /// An activation on its own.
    ///
    /// # Errors
    /// [`Error::Malformed`](crate::Error) if the operand is no image.
    pub fn activate(&mut self, operand: TensorId, activation: Activation) -> Result<TensorId> {
        let shape = self.lengths(operand)?.to_vec();
        self.push(Op::Activate(activation), &[operand], shape)
    }

    /// The network that computes `outputs`, under these names.
    ///
    /// # Errors
    /// [`Error::Malformed`](crate::Error) if an output is not computed.
    pub fn finish(mut self, outputs: &[(&str, TensorId)]) -> Result<Model> {
        for &(name, id) in outputs {
            if !self.operators.iter().any(|operator| operator.output == id) {
                return malformed(format!("the output `{name}` is not computed"));
            }
            self.tensors[id].info.name = name.to_owned();
        }
        let outputs = outputs.iter().map(|&(_, id)| id).collect();
        let Self { tensors, operators, inputs, multiply_adds } = self;
        Ok(Model { tensors, operators, inputs, outputs, multiply_adds })
    }

    fn tensor(&mut self, name: &str, shape: Vec<usize>, constant: Option<Arc<[f32]>>) -> TensorId {
        self.tensors.push(Tensor { info: TensorInfo { name: name.to_owned(), shape }, constant });
        self.tensors.len() - 1
    }

    fn lengths(&self, id: TensorId) -> Result<[usize; 4]> {
        let tensor = self.tensors.get(id);
        tensor.map_or_else(
            || malformed(format!("there is no tensor {id}")),
            |tensor| shape::rank4(tensor.shape()),
        )
    }

    /// The height and width of what a window that slides over an image makes.
    fn slid(&self, image: TensorId, window: &Window) -> Result<[usize; 2]> {
        let Window { kernel, stride, dilation, .. } = window;
        if [kernel, stride, dilation].into_iter().flatten().any(|&length| length == 0) {
            return malformed("a window of no size");
        }
        let [_, height, width, _] = self.lengths(image)?;
        shape::slide(window, [height, width])
    }

    fn push(&mut self, op: Op, inputs: &[TensorId], shape: Vec<usize>) -> Result<TensorId> {
        if inputs.iter().any(|&id| id >= self.tensors.len()) {
            return malformed("an operand that is not there");
        }
        let output = self.tensor("", shape, None);
        let operator = Operator { op, inputs: inputs.to_vec(), output };
        self.multiply_adds += shape::check(&operator, &self.tensors)?;
        self.operators.push(operator);
        Ok(output)
    }
}

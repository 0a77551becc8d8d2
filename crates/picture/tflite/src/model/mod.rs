//! A network as its file describes it.

mod build;
mod constant;
mod operator;
mod options;
mod read;
pub(crate) mod shape;

use std::sync::Arc;

pub use build::ModelBuilder;
pub use operator::{Activation, LandmarkCrop, Op, Operator, TensorId, Window};

use crate::error::Error;

/// Name and shape of an input or output of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// The tensor's name in the file.
    pub name: String,
    /// Its lengths, outermost first (images: batch, height, width, channels).
    pub shape: Vec<usize>,
}

impl TensorInfo {
    /// How many values the tensor holds.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the tensor holds no value; never so in a network that was read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A tensor of a [`Model`].
#[derive(Debug, Clone)]
pub struct Tensor {
    /// Its name, which may be empty, and its shape.
    pub info: TensorInfo,
    /// The values, if they are part of the network. Half-precision and sparse constants are widened and filled in.
    pub constant: Option<Arc<[f32]>>,
}

impl Tensor {
    pub(crate) fn shape(&self) -> &[usize] {
        &self.info.shape
    }
}

/// A network read from a `.tflite` file: checked, its constants decoded, its shapes known.
///
/// Every model that [`parse`](Self::parse) returns can be run by a [`Session`](crate::Session).
#[derive(Debug, Clone)]
pub struct Model {
    tensors: Vec<Tensor>,
    operators: Vec<Operator>,
    inputs: Vec<TensorId>,
    outputs: Vec<TensorId>,
    multiply_adds: u64,
}

impl Model {
    /// Reads a `.tflite` file.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Unsupported`] and [`Error::TooLarge`], with a sentence that says what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        read::read(bytes)
    }

    /// The inputs, in the file's order.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = &TensorInfo> {
        self.inputs.iter().map(|&id| &self.tensors[id].info)
    }

    /// The outputs, in the file's order.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = &TensorInfo> {
        self.outputs.iter().map(|&id| &self.tensors[id].info)
    }

    /// The operators in an order in which they can run, to inspect or convert the network.
    pub fn operators(&self) -> &[Operator] {
        &self.operators
    }

    /// The tensors that [`operators`](Self::operators) refer to.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The tensors to be filled before a run.
    pub fn input_ids(&self) -> &[TensorId] {
        &self.inputs
    }

    /// The tensors a run may leave.
    pub fn output_ids(&self) -> &[TensorId] {
        &self.outputs
    }

    /// About how long a run of every operator takes, in multiplications with an addition.
    pub fn multiply_adds(&self) -> u64 {
        self.multiply_adds
    }
}

//! A network as its file describes it.

use crate::error::{Error, unsupported};

/// Name and shape of an input or output of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// The tensor's name in the file.
    pub name: String,
    /// Its lengths, outermost first (images: batch, height, width, channels).
    pub shape: Vec<usize>,
}

/// A network read from a `.tflite` file.
#[derive(Debug, Clone)]
pub struct Model {
    inputs: Vec<TensorInfo>,
    outputs: Vec<TensorInfo>,
}

impl Model {
    /// Reads a `.tflite` file.
    ///
    /// # Errors
    /// A file that is malformed, asks for an operator unknown here, or is beyond the limits.
    pub fn parse(_bytes: &[u8]) -> Result<Self, Error> {
        unsupported("not written yet")
    }

    /// The inputs, in the file's order.
    pub fn inputs(&self) -> &[TensorInfo] {
        &self.inputs
    }

    /// The outputs, in the file's order.
    pub fn outputs(&self) -> &[TensorInfo] {
        &self.outputs
    }
}

use crate::{Error, Kernels, Model, TensorInfo};

/// What a [`Session`] computes, and with which instructions.
#[derive(Debug, Clone, Copy, Default)]
pub struct SessionOptions<'a> {
    /// Names of the outputs to compute; the operators of all others are left out. Empty: every output.
    pub outputs: &'a [&'a str],
    /// The instructions to use; by default the fastest this processor has.
    pub kernels: Kernels,
}

/// A network ready to run: weights packed for the processor, memory laid out once. [`run`](Self::run) allocates nothing.
///
/// Cloning makes a second session that shares the weights and has its own memory: one per thread.
#[derive(Debug, Clone)]
pub struct Session {
    inputs: Vec<TensorInfo>,
    outputs: Vec<TensorInfo>,
    values: Vec<Vec<f32>>,
}

impl Session {
    /// Prepares `model` to be run.
    ///
    /// # Errors
    /// An output name the network does not have, kernels the processor cannot run, or a network beyond the limits.
    pub fn new(model: &Model, _options: &SessionOptions<'_>) -> Result<Self, Error> {
        Ok(Self { inputs: model.inputs().to_vec(), outputs: model.outputs().to_vec(), values: Vec::new() })
    }

    /// The inputs, in the file's order.
    pub fn inputs(&self) -> &[TensorInfo] {
        &self.inputs
    }

    /// The outputs computed, in the order they were asked for.
    pub fn outputs(&self) -> &[TensorInfo] {
        &self.outputs
    }

    /// Input `index`, to be filled before [`run`](Self::run); it keeps its values until overwritten.
    ///
    /// # Panics
    /// If the network has no such input.
    pub fn input_mut(&mut self, index: usize) -> &mut [f32] {
        &mut self.values[index]
    }

    /// Computes the outputs from the inputs.
    pub fn run(&mut self) {}

    /// The values of an output after [`run`](Self::run), outermost dimension first; `None` if it is not computed.
    pub fn output(&self, name: &str) -> Option<&[f32]> {
        let index = self.outputs.iter().position(|o| o.name == name)?;
        self.values.get(index).map(Vec::as_slice)
    }
}

//! The three runtimes behind one face.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use rten::{NodeId, RunOptions, ThreadPool};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};
use tflite::{Kernels, Model, Session, SessionOptions};
use tract_onnx::prelude::*;

use crate::onnx::Onnx;
use crate::unpacked::with_unpacked_integers;

/// A network with its input, ready to run.
pub(crate) trait Runtime {
    fn name(&self) -> &str;

    /// Runs once, and keeps nothing.
    fn run(&mut self);

    /// Runs once; the outputs, in the order they were asked for.
    fn outputs(&mut self) -> Result<Vec<Vec<f32>>>;
}

pub(crate) struct Tflite {
    name: String,
    session: Session,
}

impl Tflite {
    pub(crate) fn new(model: &Model, outputs: &[&str], kernels: Kernels, input: &[f32]) -> Result<Self> {
        let mut session = Session::new(model, &SessionOptions { outputs, kernels })?;
        session.input_mut(0).copy_from_slice(input);
        Ok(Self { name: format!("tflite {kernels:?}"), session })
    }
}

impl Runtime for Tflite {
    fn name(&self) -> &str {
        &self.name
    }

    fn run(&mut self) {
        self.session.run();
    }

    fn outputs(&mut self) -> Result<Vec<Vec<f32>>> {
        self.session.run();
        let outputs = self.session.outputs().iter();
        outputs.map(|output| Ok(self.session.output(&output.name).context("computed")?.to_vec())).collect()
    }
}

type TractState = tract_onnx::prelude::TypedSimpleState;

pub(crate) struct Tract {
    state: TractState,
    input: tract_onnx::prelude::Tensor,
}

impl Tract {
    pub(crate) fn new(onnx: &Onnx, input: &[f32]) -> Result<Self> {
        let model = tract_onnx::onnx().model_for_read(&mut onnx.bytes.as_slice())?;
        let plan = model.into_optimized()?.into_runnable()?;
        let input = tract_onnx::prelude::Tensor::from_shape(&onnx.input_shape, &onnx.planar(input))?;
        Ok(Self { state: plan.spawn()?, input })
    }
}

impl Runtime for Tract {
    fn name(&self) -> &str {
        "tract"
    }

    fn run(&mut self) {
        self.state.run(tvec!(self.input.clone().into())).expect("it ran when the outputs were compared");
    }

    fn outputs(&mut self) -> Result<Vec<Vec<f32>>> {
        let outputs = self.state.run(tvec!(self.input.clone().into()))?;
        outputs
            .iter()
            .map(|output| Ok(output.to_plain_array_view::<f32>()?.iter().copied().collect()))
            .collect()
    }
}

pub(crate) struct Rten {
    model: rten::Model,
    input: NdTensor<f32, 4>,
    input_id: NodeId,
    output_ids: Vec<NodeId>,
    options: RunOptions,
}

impl Rten {
    pub(crate) fn new(onnx: &Onnx, input: &[f32]) -> Result<Self> {
        let file = with_unpacked_integers(&onnx.bytes);
        let model = rten::ModelOptions::with_all_ops().prepack_weights(true).load(file)?;
        let options = RunOptions::default().with_thread_pool(Some(Arc::new(ThreadPool::with_num_threads(1))));
        Ok(Self {
            input: NdTensor::from_data(onnx.input_shape, onnx.planar(input)),
            input_id: *model.input_ids().first().context("an input")?,
            output_ids: model.output_ids().to_vec(),
            model,
            options,
        })
    }

    fn run_once(&self) -> Result<Vec<rten::Value>> {
        let inputs = vec![(self.input_id, self.input.view().into())];
        let options = Some(self.options.clone());
        self.model.run(inputs, &self.output_ids, options).map_err(|error| anyhow!("rten: {error}"))
    }
}

impl Runtime for Rten {
    fn name(&self) -> &str {
        "rten"
    }

    fn run(&mut self) {
        self.run_once().expect("it ran when the outputs were compared");
    }

    fn outputs(&mut self) -> Result<Vec<Vec<f32>>> {
        let floats = |value: rten::Value| -> Result<Vec<f32>> {
            let tensor: Tensor<f32> = value.try_into().map_err(|error| anyhow!("rten: {error}"))?;
            Ok(tensor.to_vec())
        };
        self.run_once()?.into_iter().map(floats).collect()
    }
}

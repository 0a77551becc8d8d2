//! From a model to the steps of a run: operators fused, weights packed, memory laid out.

mod arena;
mod fuse;
mod layer;
mod workers;

use std::ops::Range;
use std::sync::Arc;

use arena::Lifetime;
use fuse::{Fused, Node};
use layer::Packing;
pub(crate) use layer::{Layer, Operands};
pub(crate) use workers::Workers;

use crate::error::{Error, Result, unsupported};
use crate::kernels::Isa;
use crate::model::{Model, Op, TensorId, TensorInfo, Window};

/// A network prepared for one instruction set. Any number of sessions share it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) isa: Isa,
    pub(crate) steps: Vec<Step>,
    pub(crate) arena_len: usize,
    /// Floats that each thread needs to work in.
    pub(crate) scratch_len: usize,
    pub(crate) multiply_adds: u64,
    pub(crate) inputs: Vec<TensorInfo>,
    pub(crate) input_places: Vec<Range<usize>>,
    pub(crate) outputs: Vec<TensorInfo>,
    pub(crate) output_places: Vec<Range<usize>>,
}

/// One layer with the places of its operands.
#[derive(Debug)]
pub(crate) struct Step {
    /// The layer and the shapes it works on, for a person to read.
    pub(crate) label: String,
    pub(crate) layer: Layer,
    pub(crate) operands: Vec<Source>,
    pub(crate) output: Range<usize>,
}

/// Where an operand's values are.
#[derive(Debug)]
pub(crate) enum Source {
    Arena(Range<usize>),
    Constant(Arc<[f32]>),
}

impl Plan {
    pub(crate) fn new(model: &Model, output_names: &[&str], isa: Isa) -> Result<Self> {
        let outputs = select(model, output_names)?;
        let fused = fuse::fuse(model, &outputs);
        let mut planner = Planner::new(model, &fused, isa.lanes());
        for node in &fused.nodes {
            planner.push(node)?;
        }
        let last = planner.steps.len();
        for &id in &outputs {
            match planner.buffer_of[fused.root[id]] {
                // After the last step, so that nothing overwrites it.
                Some(buffer) => planner.buffers[buffer].steps.end = last + 1,
                None => return unsupported("an output that is a constant"),
            }
        }
        let (places, arena_len) = arena::lay_out(&planner.buffers)?;
        let place =
            |id: TensorId| planner.buffer_of[fused.root[id]].map_or(0..0, |buffer| places[buffer].clone());
        let infos = |ids: &[TensorId]| ids.iter().map(|&id| model.tensors()[id].info.clone()).collect();
        Ok(Self {
            isa,
            arena_len,
            scratch_len: planner.steps.iter().map(|step| step.layer.scratch_len()).max().unwrap_or(0),
            multiply_adds: fuse::multiply_adds(model, &outputs)?,
            inputs: infos(model.input_ids()),
            input_places: model.input_ids().iter().map(|&id| place(id)).collect(),
            outputs: infos(&outputs),
            output_places: outputs.iter().map(|&id| place(id)).collect(),
            steps: planner.steps.into_iter().map(|step| step.placed(&places)).collect(),
        })
    }
}

fn select(model: &Model, names: &[&str]) -> Result<Vec<TensorId>> {
    if names.is_empty() {
        return Ok(model.output_ids().to_vec());
    }
    let named = |name: &&str| {
        let found = model.output_ids().iter().find(|&&id| model.tensors()[id].info.name == *name);
        found.copied().ok_or_else(|| Error::UnknownOutput((*name).to_owned()))
    };
    names.iter().map(named).collect()
}

/// A step whose tensors have no places yet.
struct UnplacedStep {
    label: String,
    layer: Layer,
    operands: Vec<Operand>,
    output: usize,
}

enum Operand {
    Buffer(usize),
    Constant(Arc<[f32]>),
}

impl UnplacedStep {
    fn placed(self, places: &[Range<usize>]) -> Step {
        let source = |operand| match operand {
            Operand::Buffer(buffer) => Source::Arena(places[buffer].clone()),
            Operand::Constant(values) => Source::Constant(values),
        };
        Step {
            label: self.label,
            layer: self.layer,
            operands: self.operands.into_iter().map(source).collect(),
            output: places[self.output].clone(),
        }
    }
}

struct Planner<'m> {
    model: &'m Model,
    root: &'m [TensorId],
    buffers: Vec<Lifetime>,
    /// The buffer of a tensor that is its own root.
    buffer_of: Vec<Option<usize>>,
    steps: Vec<UnplacedStep>,
    packing: Packing,
}

impl<'m> Planner<'m> {
    fn new(model: &'m Model, fused: &'m Fused<'_>, lanes: usize) -> Self {
        let mut planner = Self {
            model,
            root: &fused.root,
            buffers: Vec::new(),
            buffer_of: vec![None; fused.root.len()],
            steps: Vec::new(),
            packing: Packing::new(lanes),
        };
        for &id in model.input_ids() {
            // Inputs keep their values from run to run.
            let len = model.tensors()[id].info.len();
            planner.buffer_of[id] = Some(planner.buffer(len, 0..usize::MAX));
        }
        planner
    }

    fn buffer(&mut self, len: usize, steps: Range<usize>) -> usize {
        self.buffers.push(Lifetime { len, steps });
        self.buffers.len() - 1
    }

    fn push(&mut self, node: &Node<'_>) -> Result<()> {
        let mut operands = Vec::new();
        let data = match node.op {
            Op::Conv2d { .. } | Op::DepthwiseConv2d { .. } | Op::FullyConnected { .. } => 1,
            _ => node.inputs.len(),
        };
        for &id in node.inputs[..data].iter().chain(&node.residual) {
            operands.push(self.operand(id)?);
        }
        let layer = Layer::new(self.model, node, &mut self.packing)?;
        if let (Layer::Gemm { .. }, Some(window)) = (&layer, node.window)
            && (window.pad_before, window.pad_after) != ([0; 2], [0; 2])
        {
            let image = operands.remove(0);
            operands.insert(0, self.pad(node.inputs[0], &window, image));
        }
        let now = self.steps.len();
        let output = self.buffer(self.model.tensors()[node.output].info.len(), now..now + 1);
        self.buffer_of[self.root[node.output]] = Some(output);
        self.push_step(self.label(node), layer, operands, output);
        Ok(())
    }

    fn push_step(&mut self, label: String, layer: Layer, operands: Vec<Operand>, output: usize) {
        let now = self.steps.len();
        for operand in &operands {
            if let Operand::Buffer(buffer) = operand {
                let steps = &mut self.buffers[*buffer].steps;
                steps.end = steps.end.max(now + 1);
            }
        }
        self.steps.push(UnplacedStep { label, layer, operands, output });
    }

    fn label(&self, node: &Node<'_>) -> String {
        let shape = |id: TensorId| self.model.tensors()[id].shape();
        let op = format!("{:?}", node.op);
        let name = op.split([' ', '(']).next().unwrap_or_default();
        let window = node.window.map_or_else(String::new, |w| format!(" {:?}/{:?}", w.kernel, w.stride));
        let residual = if node.residual.is_some() { " + residual" } else { "" };
        format!("{name}{window} {:?} -> {:?}{residual}", shape(node.inputs[0]), shape(node.output))
    }

    fn operand(&self, id: TensorId) -> Result<Operand> {
        let root = self.root[id];
        match (&self.model.tensors()[root].constant, self.buffer_of[root]) {
            (Some(values), _) => Ok(Operand::Constant(values.clone())),
            (None, Some(buffer)) => Ok(Operand::Buffer(buffer)),
            (None, None) => unsupported("an operand that nothing computes"),
        }
    }

    /// A step that copies an image into its padding.
    fn pad(&mut self, id: TensorId, window: &Window, image: Operand) -> Operand {
        let layer = Layer::pad_image(self.model.tensors()[id].shape(), window);
        let now = self.steps.len();
        let padded = self.buffer(layer.padded_len(), now..now + 1);
        self.push_step("Pad for a window".into(), layer, vec![image], padded);
        Operand::Buffer(padded)
    }
}

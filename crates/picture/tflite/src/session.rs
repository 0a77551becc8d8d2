use std::ops::Range;
use std::sync::Arc;

use crate::aligned::AlignedFloats;
use crate::kernels::Isa;
use crate::plan::{Operands, Plan, Source, Workers};
use crate::{Error, Kernels, Model, TensorInfo};

/// What a [`Session`] computes, and with which instructions.
#[derive(Debug, Clone, Copy, Default)]
pub struct SessionOptions<'a> {
    /// Names of the outputs to compute; the operators that only others need are left out. Empty: every output.
    pub outputs: &'a [&'a str],
    /// The instructions to use; by default the fastest this processor has.
    pub kernels: Kernels,
}

/// A network ready to run: weights packed for the processor, memory laid out once. [`run`](Self::run) allocates nothing.
///
/// A clone shares the weights and has memory of its own: one session a thread.
#[derive(Debug, Clone)]
pub struct Session {
    plan: Arc<Plan>,
    arena: AlignedFloats,
    workers: Workers,
}

impl Session {
    /// Prepares `model` to be run.
    ///
    /// # Errors
    /// [`Error::UnknownOutput`], [`Error::KernelsUnavailable`], and [`Error::TooLarge`] for a network whose tensors take
    /// more than 512 MB.
    pub fn new(model: &Model, options: &SessionOptions<'_>) -> Result<Self, Error> {
        let plan = Plan::new(model, options.outputs, Isa::new(options.kernels)?)?;
        let arena = AlignedFloats::zeroed(plan.arena_len);
        let workers = Workers::alone(plan.scratch_len);
        Ok(Self { plan: Arc::new(plan), arena, workers })
    }

    /// The same session with the large layers shared among the threads of the rayon pool that it is run in, as they are
    /// free. What it computes does not depend on them, to the bit.
    pub fn shared(self) -> Self {
        let workers = Workers::shared(self.plan.scratch_len);
        Self { workers, ..self }
    }

    /// The inputs, in the file's order.
    pub fn inputs(&self) -> &[TensorInfo] {
        &self.plan.inputs
    }

    /// The outputs computed, in the order they were asked for.
    pub fn outputs(&self) -> &[TensorInfo] {
        &self.plan.outputs
    }

    /// Input `index`, to be filled before [`run`](Self::run); it keeps its values until overwritten.
    ///
    /// # Panics
    /// If the network has no such input.
    pub fn input_mut(&mut self, index: usize) -> &mut [f32] {
        &mut self.arena[self.plan.input_places[index].clone()]
    }

    /// About how long a run takes, in multiplications with an addition: those of the operators that the outputs asked for need.
    pub fn multiply_adds(&self) -> u64 {
        self.plan.multiply_adds
    }

    /// Computes the outputs from the inputs.
    pub fn run(&mut self) {
        self.run_observed(|_| ());
    }

    /// [`run`](Self::run)s, and calls `observe` after each step with what the step was: to find where the time goes.
    pub fn run_observed(&mut self, mut observe: impl FnMut(&str)) {
        for step in &self.plan.steps {
            let (before, rest) = self.arena.split_at_mut(step.output.start);
            let (output, after) = rest.split_at_mut(step.output.len());
            let operands =
                StepOperands { sources: &step.operands, before, after, after_start: step.output.end };
            step.layer.run(self.plan.isa, &operands, output, &mut self.workers);
            observe(&step.label);
        }
    }

    /// The values of an output after [`run`](Self::run), outermost dimension first; `None` if it is not computed.
    pub fn output(&self, name: &str) -> Option<&[f32]> {
        let index = self.plan.outputs.iter().position(|output| output.name == name)?;
        Some(&self.arena[self.plan.output_places[index].clone()])
    }
}

/// The operands of a step: all of the arena but the place of its output, which they never share.
struct StepOperands<'a> {
    sources: &'a [Source],
    before: &'a [f32],
    after: &'a [f32],
    after_start: usize,
}

impl Operands for StepOperands<'_> {
    fn get(&self, index: usize) -> &[f32] {
        match &self.sources[index] {
            Source::Constant(values) => values,
            Source::Arena(place) if place.end <= self.before.len() => &self.before[place.clone()],
            Source::Arena(Range { start, end }) => {
                &self.after[start - self.after_start..end - self.after_start]
            }
        }
    }

    fn len(&self) -> usize {
        self.sources.len()
    }
}

//! Joins operators that are cheaper computed together: padding, residual sums and activations become part of the
//! layer before or after them, and a reshape is only another name.

use std::sync::Arc;

use crate::error::Result;
use crate::model::{Activation, Model, Op, Operator, TensorId, Window, shape};

/// An operator with what was joined to it.
#[derive(Debug)]
pub(super) struct Node<'m> {
    pub(super) op: &'m Op,
    pub(super) inputs: Vec<TensorId>,
    pub(super) output: TensorId,
    /// The window, padding of a joined PAD included, of an operator that has one.
    pub(super) window: Option<Window>,
    /// Added to the result: the whole of a tensor, or, where it has fewer channels, to the first of them.
    pub(super) residual: Option<TensorId>,
    pub(super) finish: FinishSource,
}

/// The activation at the end of a layer.
#[derive(Debug, Clone)]
pub(super) enum FinishSource {
    Activation(Activation),
    /// PRELU with a slope for each channel.
    Prelu(Arc<[f32]>),
}

/// The operators to run, in order.
#[derive(Debug)]
pub(super) struct Fused<'m> {
    pub(super) nodes: Vec<Node<'m>>,
    /// For each tensor the one whose memory it shares: itself unless it is a reshaped one.
    pub(super) root: Vec<TensorId>,
}

/// Leaves out what `outputs` do not need, and joins the rest.
pub(super) fn fuse<'m>(model: &'m Model, outputs: &[TensorId]) -> Fused<'m> {
    let operators = needed(model, outputs);
    let mut root: Vec<TensorId> = (0..model.tensors().len()).collect();
    let mut uses = vec![0; root.len()];
    let mut consumer = vec![None; root.len()];
    for operator in &operators {
        if operator.op == Op::Reshape {
            root[operator.output] = root[operator.inputs[0]];
            continue;
        }
        for &id in &operator.inputs {
            uses[root[id]] += 1;
            consumer[id] = Some(*operator);
        }
    }
    for &id in outputs {
        uses[root[id]] += 1;
    }
    let producer = vec![None; root.len()];
    let padded = vec![None; root.len()];
    let mut fusion = Fusion { model, root, uses, consumer, producer, padded, nodes: Vec::new() };
    for operator in operators {
        fusion.push(operator);
    }
    Fused { nodes: fusion.nodes.into_iter().flatten().collect(), root: fusion.root }
}

/// The multiply-adds of a run that computes `outputs` alone.
pub(super) fn multiply_adds(model: &Model, outputs: &[TensorId]) -> Result<u64> {
    needed(model, outputs).into_iter().map(|operator| shape::check(operator, model.tensors())).sum()
}

fn needed<'m>(model: &'m Model, outputs: &[TensorId]) -> Vec<&'m Operator> {
    let mut wanted = vec![false; model.tensors().len()];
    for &id in outputs {
        wanted[id] = true;
    }
    let mut operators = Vec::new();
    for operator in model.operators().iter().rev().filter(|operator| {
        let needed = wanted[operator.output];
        if needed {
            operator.inputs.iter().for_each(|&id| wanted[id] = true);
        }
        needed
    }) {
        operators.push(operator);
    }
    operators.reverse();
    operators
}

struct Fusion<'m> {
    model: &'m Model,
    root: Vec<TensorId>,
    /// How often a tensor is read, under whatever name, being an output included.
    uses: Vec<usize>,
    /// The last operator that reads a tensor under this very name.
    consumer: Vec<Option<&'m Operator>>,
    /// The node that computes a tensor.
    producer: Vec<Option<usize>>,
    /// A PAD that waits to be joined to the tensor's only reader.
    padded: Vec<Option<&'m Operator>>,
    /// `None` where a node was moved to the end.
    nodes: Vec<Option<Node<'m>>>,
}

impl<'m> Fusion<'m> {
    fn push(&mut self, operator: &'m Operator) {
        match &operator.op {
            Op::Reshape => {}
            Op::Pad { before, after } if self.can_wait(operator, before, after) => {
                self.padded[operator.output] = Some(operator);
            }
            Op::Conv2d { window, activation } | Op::DepthwiseConv2d { window, activation } => {
                self.push_window(operator, *window, *activation);
            }
            Op::MaxPool2d { window, activation } | Op::AveragePool2d { window, activation } => {
                let node = Node { window: Some(*window), ..plain(operator, *activation) };
                self.append(node);
            }
            Op::FullyConnected { activation } | Op::Mul { activation } => {
                self.append(plain(operator, *activation))
            }
            Op::Add { activation } => self.push_sum(operator, *activation),
            Op::Activate(activation) => {
                let finish = FinishSource::Activation(*activation);
                if *activation == Activation::Logistic || !self.join_finish(operator, finish) {
                    self.append(plain(operator, Activation::None));
                }
            }
            Op::Prelu => {
                let joined = self
                    .slopes(operator)
                    .is_some_and(|slopes| self.join_finish(operator, FinishSource::Prelu(slopes)));
                if !joined {
                    self.append(plain(operator, Activation::None));
                }
            }
            _ => self.append(plain(operator, Activation::None)),
        }
    }

    fn append(&mut self, node: Node<'m>) {
        self.producer[self.root[node.output]] = Some(self.nodes.len());
        self.nodes.push(Some(node));
    }

    fn shape(&self, id: TensorId) -> &'m [usize] {
        self.model.tensors()[id].shape()
    }

    fn is_constant(&self, id: TensorId) -> bool {
        self.model.tensors()[self.root[id]].constant.is_some()
    }

    /// Whether a PAD has one reader, which can do its work: a window if it pads height and width, a sum if it adds
    /// channels at the end.
    fn can_wait(&self, operator: &Operator, before: &[usize], after: &[usize]) -> bool {
        let Some(reader) = self.consumer[operator.output] else { return false };
        if self.uses[self.root[operator.output]] != 1 || before.len() != 4 {
            return false;
        }
        match reader.op {
            Op::Conv2d { .. } | Op::DepthwiseConv2d { .. } => {
                [before[0], after[0], before[3], after[3]] == [0; 4]
            }
            Op::Add { .. } => {
                let other = reader.inputs.iter().find(|&&id| id != operator.output);
                let alone = other.is_some_and(|&id| {
                    self.padded[id].is_none()
                        && !self.is_constant(id)
                        && self.shape(id) == self.shape(operator.output)
                });
                alone && !self.is_constant(operator.inputs[0]) && before == [0; 4] && after[..3] == [0; 3]
            }
            _ => false,
        }
    }

    fn push_window(&mut self, operator: &'m Operator, mut window: Window, activation: Activation) {
        let mut node = plain(operator, activation);
        if let Some(Operator { op: Op::Pad { before, after }, inputs, .. }) = self.padded[operator.inputs[0]]
        {
            node.inputs[0] = inputs[0];
            for axis in 0..2 {
                window.pad_before[axis] += before[axis + 1];
                window.pad_after[axis] += after[axis + 1];
            }
        }
        self.append(Node { window: Some(window), ..node });
    }

    /// A sum becomes the end of the layer that computes one of its operands.
    fn push_sum(&mut self, operator: &'m Operator, activation: Activation) {
        let [a, b] = [operator.inputs[0], operator.inputs[1]];
        for (layer, other) in [(a, b), (b, a)] {
            let residual = self.padded[other].map_or(other, |pad| pad.inputs[0]);
            let fits = self.padded[other].is_some() || self.shape(other) == self.shape(operator.output);
            if !fits || self.is_constant(other) || self.padded[layer].is_some() {
                continue;
            }
            if self.shape(layer) == self.shape(operator.output)
                && let Some(index) = self.open_layer(layer)
                && let Some(node) = self.nodes[index].take()
            {
                // Moved to the end, where the other operand has been computed.
                let finish = FinishSource::Activation(activation);
                return self.append(Node {
                    output: operator.output,
                    residual: Some(residual),
                    finish,
                    ..node
                });
            }
        }
        let mut node = plain(operator, activation);
        for (whole, part) in [(a, b), (b, a)] {
            if let Some(pad) = self.padded[part] {
                node.inputs = vec![whole];
                node.residual = Some(pad.inputs[0]);
            }
        }
        self.append(node);
    }

    /// The node of a convolution or dense layer whose result is read once and still lacks residual and activation.
    fn open_layer(&self, id: TensorId) -> Option<usize> {
        let index = self.producer[self.root[id]]?;
        let node = self.nodes[index].as_ref()?;
        let layer =
            matches!(node.op, Op::Conv2d { .. } | Op::DepthwiseConv2d { .. } | Op::FullyConnected { .. });
        let open =
            node.residual.is_none() && matches!(node.finish, FinishSource::Activation(Activation::None));
        // Under another name, a channel might be another channel.
        (layer && open && node.output == id && self.uses[self.root[id]] == 1).then_some(index)
    }

    /// Joins an activation to the layer that computes its operand, if it can be.
    fn join_finish(&mut self, operator: &Operator, finish: FinishSource) -> bool {
        let id = operator.inputs[0];
        let once = self.uses[self.root[id]] == 1;
        let node = self.producer[self.root[id]].and_then(|index| self.nodes[index].as_mut());
        let Some(node) = node.filter(|_| once) else { return false };
        let takes = match node.op {
            Op::Conv2d { .. } | Op::DepthwiseConv2d { .. } => true,
            Op::Add { .. } | Op::Mul { .. } => !matches!(finish, FinishSource::Prelu(_)),
            _ => false,
        };
        if !takes || node.output != id || !matches!(node.finish, FinishSource::Activation(Activation::None)) {
            return false;
        }
        (node.output, node.finish) = (operator.output, finish);
        self.producer[self.root[operator.output]] = self.producer[self.root[id]];
        true
    }

    /// The slopes of a PRELU that has one for each channel.
    fn slopes(&self, operator: &Operator) -> Option<Arc<[f32]>> {
        let slopes = self.model.tensors()[operator.inputs[1]].constant.clone()?;
        (self.shape(operator.inputs[0]).last() == Some(&slopes.len())).then_some(slopes)
    }
}

fn plain(operator: &Operator, activation: Activation) -> Node<'_> {
    Node {
        op: &operator.op,
        inputs: operator.inputs.clone(),
        output: operator.output,
        window: None,
        residual: None,
        finish: FinishSource::Activation(activation),
    }
}

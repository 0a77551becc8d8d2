//! One step of a run: a kernel with everything it needs but the tensors.

use super::fuse::{FinishSource, Node};
use super::workers::Workers;
use crate::aligned::AlignedFloats;
use crate::error::{Result, malformed, too_large};
use crate::kernels::{
    Activate, Binary, BinaryOp, Broadcast, Depthwise, DepthwiseWeights, Epilogue, Finish, Gemm, GemmWeights,
    Isa, Pointwise, Pool, PoolKind, Prelu, Residual, Resize, ResizeMap, Rows, SpatialMean, WINOGRAD_POINTS,
    WINOGRAD_TILE, Winograd, WinogradWeights, concatenate, depth_to_space, finish_of, landmarks_to_transform,
    pad, strided_slice, transform_landmarks, transform_tensor,
};
use crate::model::{Activation, LandmarkCrop, Model, Op, Tensor, Window, shape};

/// A kernel and its constants.
#[derive(Debug)]
pub(crate) enum Layer {
    Gemm {
        weights: GemmWeights,
        ending: Ending,
        rows: Rows,
        stretches: Vec<usize>,
        stretch: usize,
    },
    Winograd {
        weights: WinogradWeights,
        ending: Ending,
        pad_before: [usize; 2],
        size: [usize; 2],
        output_size: [usize; 2],
        columns: usize,
        work: usize,
    },
    Depthwise {
        weights: DepthwiseWeights,
        ending: Ending,
        window: Window,
        size: [usize; 2],
        output_size: [usize; 2],
    },
    Binary {
        op: BinaryOp,
        broadcast: Broadcast,
        swapped: bool,
        finish: Pointwise,
    },
    Prelu,
    Activate(Activation),
    Pad {
        shape: Vec<usize>,
        before: Vec<usize>,
        output_shape: Vec<usize>,
    },
    Pool {
        kind: PoolKind,
        window: Window,
        finish: Pointwise,
        size: [usize; 3],
        output_size: [usize; 2],
    },
    SpatialMean,
    Resize {
        rows: ResizeMap,
        columns: ResizeMap,
        size: [usize; 3],
    },
    /// For each operand how many values lie in one piece.
    Concatenate(Vec<usize>),
    StridedSlice {
        shape: Vec<usize>,
        begin: Vec<usize>,
        stride: Vec<isize>,
        output_shape: Vec<usize>,
    },
    DepthToSpace {
        size: [usize; 3],
        block: usize,
    },
    LandmarksToTransform(LandmarkCrop),
    TransformTensor {
        size: [usize; 3],
        output_width: usize,
    },
    TransformLandmarks {
        dimensions: usize,
    },
}

/// The constants of an [`Epilogue`].
#[derive(Debug)]
pub(crate) struct Ending {
    bias: AlignedFloats,
    finish: LayerFinish,
    /// The channels of the residual, which is the layer's last operand.
    residual_channels: Option<usize>,
}

#[derive(Debug)]
enum LayerFinish {
    Plain(Pointwise),
    Prelu(AlignedFloats),
}

/// How constants are packed, and how much room is left for them: layers may share constants, but not packed ones.
#[derive(Debug)]
pub(super) struct Packing {
    /// Floats in a register.
    lanes: usize,
    floats_left: usize,
}

impl Packing {
    /// 512 MB.
    const MAX_FLOATS: usize = 1 << 27;

    pub(super) fn new(lanes: usize) -> Self {
        Self { lanes, floats_left: Self::MAX_FLOATS }
    }

    /// The length of `channels` values filled up to whole registers, `rows` times, which it sets aside.
    fn take(&mut self, rows: usize, channels: usize) -> Result<usize> {
        let whole = channels.next_multiple_of(self.lanes);
        match rows.checked_mul(whole).and_then(|floats| self.floats_left.checked_sub(floats)) {
            Some(left) => self.floats_left = left,
            None => return too_large("its packed weights take more than 512 MB"),
        }
        Ok(whole)
    }
}

/// The operands of a step.
pub(crate) trait Operands {
    fn get(&self, index: usize) -> &[f32];
    fn len(&self) -> usize;
}

impl Layer {
    pub(super) fn new(model: &Model, node: &Node<'_>, packing: &mut Packing) -> Result<Self> {
        let tensor = |index: usize| &model.tensors()[node.inputs[index]];
        let output = model.tensors()[node.output].shape();
        Ok(match node.op {
            Op::Conv2d { .. } => conv(model, node, packing)?,
            Op::DepthwiseConv2d { .. } => depthwise(model, node, packing)?,
            Op::FullyConnected { .. } => fully_connected(model, node, packing)?,
            Op::Add { .. } | Op::Mul { .. } => binary(model, node)?,
            Op::Prelu => Self::Prelu,
            Op::Activate(activation) => Self::Activate(*activation),
            Op::Pad { before, .. } => Self::Pad {
                shape: tensor(0).shape().to_vec(),
                before: before.clone(),
                output_shape: output.to_vec(),
            },
            Op::MaxPool2d { .. } => pool(PoolKind::Max, model, node)?,
            Op::AveragePool2d { .. } => pool(PoolKind::Average, model, node)?,
            Op::SpatialMean => Self::SpatialMean,
            Op::ResizeBilinear { align_corners, half_pixel_centers } => {
                let (size, [_, height, width, _]) = (image_size(tensor(0))?, shape::nhwc(output)?);
                let map = |from, to| ResizeMap::new(from, to, *align_corners, *half_pixel_centers);
                Self::Resize { rows: map(size[0], height), columns: map(size[1], width), size }
            }
            Op::Concatenation { axis } => {
                let piece = |index| tensor(index).shape()[*axis..].iter().product();
                Self::Concatenate((0..node.inputs.len()).map(piece).collect())
            }
            Op::StridedSlice { begin, stride } => Self::StridedSlice {
                shape: tensor(0).shape().to_vec(),
                begin: begin.clone(),
                stride: stride.clone(),
                output_shape: output.to_vec(),
            },
            Op::DepthToSpace { block } => Self::DepthToSpace { size: image_size(tensor(0))?, block: *block },
            Op::LandmarksToTransform(crop) => Self::LandmarksToTransform(crop.clone()),
            Op::TransformTensorBilinear => {
                Self::TransformTensor { size: image_size(tensor(0))?, output_width: shape::nhwc(output)?[2] }
            }
            Op::TransformLandmarks => Self::TransformLandmarks { dimensions: output[output.len() - 1] },
            Op::Reshape => return malformed("a reshape that is computed"),
        })
    }

    /// Copies an image into the middle of its window's padding.
    pub(super) fn pad_image(image: &[usize], window: &Window) -> Self {
        let [top, left] = window.pad_before;
        let mut output_shape = image.to_vec();
        for axis in 0..2 {
            output_shape[axis + 1] += window.pad_before[axis] + window.pad_after[axis];
        }
        Self::Pad { shape: image.to_vec(), before: vec![0, top, left, 0], output_shape }
    }

    /// The size of the result of [`pad_image`](Self::pad_image).
    pub(super) fn padded_len(&self) -> usize {
        let Self::Pad { output_shape, .. } = self else { return 0 };
        output_shape.iter().fold(1, |len, &length| len.saturating_mul(length))
    }

    /// How many floats of memory each thread needs to work in.
    pub(super) fn scratch_len(&self) -> usize {
        if let Self::Winograd { weights, .. } = self { weights.scratch_len() } else { 0 }
    }

    pub(crate) fn run(
        &self,
        isa: Isa,
        operands: &(impl Operands + Sync),
        output: &mut [f32],
        workers: &mut Workers,
    ) {
        let input = operands.get(0);
        match self {
            Self::Gemm { weights, ending, rows, stretches, stretch } => {
                let (columns, stretch) = (weights.columns(), *stretch);
                let work = output.len() * stretches.len() * stretch;
                // By rows of patches, or by patches where they are all one row.
                let patches = if rows.outer > 1 { rows.inner } else { 1 };
                workers.share(output, patches * columns, work, |first, output, _| {
                    let count = output.len() / columns;
                    let epilogue = ending.epilogue(operands).of(first * patches..first * patches + count);
                    let (rows, skipped) = if rows.outer > 1 {
                        (Rows { outer: count / patches, ..*rows }, first * rows.outer_stride)
                    } else {
                        (Rows { inner: count, ..*rows }, first * rows.inner_stride)
                    };
                    let image = &input[skipped..];
                    isa.run(Gemm { weights, epilogue, image, rows, stretches, stretch, output });
                });
            }
            Self::Winograd { weights, ending, pad_before, size, output_size, columns, work } => {
                let [_, output_width] = *output_size;
                let (row, pad_before, size) = (output_width * columns, *pad_before, *size);
                workers.share(output, WINOGRAD_TILE * row, *work, |tiles, output, scratch| {
                    let first_row = tiles * WINOGRAD_TILE;
                    let first = first_row * output_width;
                    let epilogue = ending.epilogue(operands).of(first..first + output.len() / columns);
                    isa.run(Winograd {
                        weights,
                        epilogue,
                        image: input,
                        size,
                        pad_before,
                        first_row,
                        output_width,
                        output,
                        scratch,
                    });
                });
            }
            Self::Depthwise { weights, ending, window, size, output_size } => {
                let (epilogue, window) = (ending.epilogue(operands), *window);
                let (size, output_size) = (*size, *output_size);
                isa.run(Depthwise { weights, epilogue, window, image: input, size, output, output_size });
            }
            Self::Binary { op, broadcast, swapped, finish } => {
                let (first, second) =
                    (operands.get(usize::from(*swapped)), operands.get(usize::from(!*swapped)));
                isa.run(Binary { op: *op, broadcast, finish: *finish, first, second, output });
            }
            Self::Prelu => isa.run(Prelu { input, slopes: operands.get(1), output }),
            Self::Activate(activation) => isa.run(Activate { activation: *activation, input, output }),
            Self::Pad { shape, before, output_shape } => pad(input, shape, before, output, output_shape),
            &Self::Pool { kind, window, finish, size, output_size } => {
                isa.run(Pool { kind, window, finish, image: input, size, output, output_size });
            }
            Self::SpatialMean => isa.run(SpatialMean { image: input, output }),
            Self::Resize { rows, columns, size } => {
                isa.run(Resize { rows, columns, image: input, size: *size, output });
            }
            Self::Concatenate(pieces) => {
                let parts = pieces.iter().enumerate().map(|(i, &piece)| (operands.get(i), piece));
                concatenate(parts, output);
            }
            Self::StridedSlice { shape, begin, stride, output_shape } => {
                strided_slice(input, shape, begin, stride, output, output_shape);
            }
            Self::DepthToSpace { size, block } => depth_to_space(input, *size, *block, output),
            Self::LandmarksToTransform(crop) => landmarks_to_transform(crop, input, output),
            Self::TransformTensor { size, output_width } => {
                transform_tensor(isa, input, *size, operands.get(1), output, *output_width);
            }
            Self::TransformLandmarks { dimensions } => {
                transform_landmarks(input, *dimensions, operands.get(1), output);
            }
        }
    }
}

impl Ending {
    fn new(model: &Model, node: &Node<'_>, channels: usize, packing: &mut Packing) -> Result<Self> {
        let whole = packing.take(2, channels)?;
        let filled_up = |values: &[f32]| {
            let mut filled = AlignedFloats::zeroed(whole);
            filled[..channels].copy_from_slice(values);
            filled
        };
        let bias = node.inputs.get(2).and_then(|&id| model.tensors()[id].constant.as_deref());
        let finish = match &node.finish {
            FinishSource::Activation(activation) => LayerFinish::Plain(plain(*activation)?),
            FinishSource::Prelu(slopes) => LayerFinish::Prelu(filled_up(slopes)),
        };
        let residual_channels = node.residual.map(|id| last(model.tensors()[id].shape()));
        let bias = bias.map_or_else(|| AlignedFloats::zeroed(whole), filled_up);
        Ok(Self { bias, finish, residual_channels })
    }

    fn epilogue<'a>(&'a self, operands: &'a impl Operands) -> Epilogue<'a> {
        let residual = |channels| Residual { values: operands.get(operands.len() - 1), channels };
        let finish = match &self.finish {
            LayerFinish::Plain(finish) => Finish::Pointwise(*finish),
            LayerFinish::Prelu(slopes) => Finish::Prelu(slopes),
        };
        Epilogue { bias: &self.bias, residual: self.residual_channels.map(residual), finish }
    }
}

fn plain(activation: Activation) -> Result<Pointwise> {
    finish_of(activation).map_or_else(|| malformed("a layer that ends in a logistic"), Ok)
}

/// The activation of a layer that takes no slopes.
fn plain_finish(node: &Node<'_>) -> Result<Pointwise> {
    match &node.finish {
        FinishSource::Activation(activation) => plain(*activation),
        FinishSource::Prelu(_) => malformed("slopes where there can be none"),
    }
}

fn last(shape: &[usize]) -> usize {
    shape.last().copied().unwrap_or(1)
}

/// Height, width and channels.
fn image_size(tensor: &Tensor) -> Result<[usize; 3]> {
    let [_, height, width, channels] = shape::nhwc(tensor.shape())?;
    Ok([height, width, channels])
}

fn window_of(node: &Node<'_>) -> Result<Window> {
    node.window.map_or_else(|| malformed("a layer without its window"), Ok)
}

fn weights<'m>(model: &'m Model, node: &Node<'_>) -> Result<&'m [f32]> {
    let constant = model.tensors()[node.inputs[1]].constant.as_deref();
    constant.map_or_else(|| malformed("a layer without weights"), Ok)
}

/// Fewer output pixels than this are not worth transforming the weights of a convolution for.
const LEAST_TRANSFORMED: usize = 4096;
/// Nor are fewer channels, in or out.
const LEAST_TRANSFORMED_CHANNELS: usize = 16;

fn conv(model: &Model, node: &Node<'_>, packing: &mut Packing) -> Result<Layer> {
    let (Window { kernel, stride, dilation, pad_before, pad_after }, weights) =
        (window_of(node)?, weights(model, node)?);
    let [height, width, channels] = image_size(&model.tensors()[node.inputs[0]])?;
    let [_, output_height, output_width, columns] = shape::nhwc(model.tensors()[node.output].shape())?;
    let whole_registers =
        |count: usize| count >= LEAST_TRANSFORMED_CHANNELS && count.is_multiple_of(packing.lanes);
    if (kernel, stride, dilation) == ([3, 3], [1, 1], [1, 1])
        && output_height * output_width >= LEAST_TRANSFORMED
        && whole_registers(channels)
        && whole_registers(columns)
    {
        let ending = Ending::new(model, node, columns, packing)?;
        packing.take(WINOGRAD_POINTS * channels, columns)?;
        return Ok(Layer::Winograd {
            weights: WinogradWeights::pack(weights, channels, columns, packing.lanes),
            ending,
            pad_before,
            size: [height, width],
            output_size: [output_height, output_width],
            columns,
            work: output_height * output_width * columns * 9 * channels,
        });
    }
    let row = (width + pad_before[1] + pad_after[1]) * channels;
    let dense = dilation[1] == 1;
    let (stretch, stretches): (usize, Vec<usize>) = if dense {
        (kernel[1] * channels, (0..kernel[0]).map(|ky| ky * dilation[0] * row).collect())
    } else {
        let taps = (0..kernel[0]).flat_map(|ky| (0..kernel[1]).map(move |kx| (ky, kx)));
        (channels, taps.map(|(ky, kx)| ky * dilation[0] * row + kx * dilation[1] * channels).collect())
    };
    let rows = if (kernel, stride, pad_before, pad_after) == ([1, 1], [1, 1], [0, 0], [0, 0]) {
        Rows { outer: 1, outer_stride: 0, inner: height * width, inner_stride: channels }
    } else {
        let (outer_stride, inner_stride) = (stride[0] * row, stride[1] * channels);
        Rows { outer: output_height, outer_stride, inner: output_width, inner_stride }
    };
    let ending = Ending::new(model, node, columns, packing)?;
    let depth = kernel[0] * kernel[1] * channels;
    packing.take(depth, columns)?;
    let weights = GemmWeights::pack(weights, depth, columns, packing.lanes);
    Ok(Layer::Gemm { weights, ending, rows, stretches, stretch })
}

fn fully_connected(model: &Model, node: &Node<'_>, packing: &mut Packing) -> Result<Layer> {
    let weights = weights(model, node)?;
    let depth = last(model.tensors()[node.inputs[1]].shape());
    let columns = weights.len() / depth;
    let inner = model.tensors()[node.inputs[0]].info.len() / depth;
    let ending = Ending::new(model, node, columns, packing)?;
    let rows = Rows { outer: 1, outer_stride: 0, inner, inner_stride: depth };
    packing.take(depth, columns)?;
    let weights = GemmWeights::pack(weights, depth, columns, packing.lanes);
    Ok(Layer::Gemm { weights, ending, rows, stretches: vec![0], stretch: depth })
}

fn depthwise(model: &Model, node: &Node<'_>, packing: &mut Packing) -> Result<Layer> {
    let [height, width, channels] = image_size(&model.tensors()[node.inputs[0]])?;
    let [_, output_height, output_width, _] = shape::nhwc(model.tensors()[node.output].shape())?;
    let weights = weights(model, node)?;
    packing.take(weights.len() / channels, channels)?;
    Ok(Layer::Depthwise {
        weights: DepthwiseWeights::pack(weights, channels, packing.lanes),
        ending: Ending::new(model, node, channels, packing)?,
        window: window_of(node)?,
        size: [height, width],
        output_size: [output_height, output_width],
    })
}

fn pool(kind: PoolKind, model: &Model, node: &Node<'_>) -> Result<Layer> {
    let [_, height, width, _] = shape::nhwc(model.tensors()[node.output].shape())?;
    let size = image_size(&model.tensors()[node.inputs[0]])?;
    Ok(Layer::Pool {
        kind,
        window: window_of(node)?,
        finish: plain_finish(node)?,
        size,
        output_size: [height, width],
    })
}

fn binary(model: &Model, node: &Node<'_>) -> Result<Layer> {
    let op = if matches!(node.op, Op::Add { .. }) { BinaryOp::Add } else { BinaryOp::Mul };
    let output = model.tensors()[node.output].shape();
    let finish = plain_finish(node)?;
    if let Some(part) = node.residual {
        let present = last(model.tensors()[part].shape());
        let broadcast = Broadcast::Channels { present, channels: last(output) };
        return Ok(Layer::Binary { op, broadcast, swapped: false, finish });
    }
    let shape = |index: usize| model.tensors()[node.inputs[index]].shape();
    let (a, b) = (shape(0), shape(1));
    let (broadcast, swapped) = if a == b {
        (Broadcast::Same, false)
    } else if a == output && shape::repeats(b, output) {
        (Broadcast::Cycle, false)
    } else if b == output && shape::repeats(a, output) {
        (Broadcast::Cycle, true)
    } else {
        let strides = |shape| broadcast_strides(shape, output.len());
        (Broadcast::Strides { lengths: output.to_vec(), first: strides(a), second: strides(b) }, false)
    };
    Ok(Layer::Binary { op, broadcast, swapped, finish })
}

/// How far a tensor's position moves with each output dimension; not at all along those it is broadcast over.
fn broadcast_strides(operand: &[usize], rank: usize) -> Vec<usize> {
    let mut strides = vec![0; rank];
    let mut stride = 1;
    for d in (0..rank).rev() {
        let length = shape::length(operand, d, rank);
        if length > 1 {
            strides[d] = stride;
        }
        stride *= length;
    }
    strides
}

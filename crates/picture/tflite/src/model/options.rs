//! From an operator's code and option table (TensorFlow Lite's schema) to an [`Op`].

use super::operator::{Activation, LandmarkCrop, Op, Window};
use super::shape::nhwc;
use crate::error::{Error, Result, malformed, too_large, unsupported};
use crate::flatbuffer::Table;
use crate::flexbuffer::Map;

/// An operator as the file gives it.
pub(super) struct RawOperator<'a> {
    pub(super) code: Code<'a>,
    /// The table of built-in options; which one it is follows from the code.
    pub(super) options: Option<Table<'a>>,
    /// The FlexBuffer of a custom operator.
    pub(super) custom_options: &'a [u8],
    /// The shapes of the operands.
    pub(super) inputs: Vec<&'a [usize]>,
    /// The whole numbers of the operands that are constants of such.
    pub(super) arguments: Vec<Option<Vec<i32>>>,
    pub(super) output: &'a [usize],
}

/// Which operator: its number in the schema, or its name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Code<'a> {
    Builtin(i32),
    Custom(&'a str),
}

impl Code<'_> {
    pub(super) const DEQUANTIZE: Self = Self::Builtin(6);
    pub(super) const DENSIFY: Self = Self::Builtin(124);
}

/// Windows, strides and paddings beyond this are a mistake, and could overflow sums.
const MAX_EXTENT: i32 = 4096;

/// A resized image takes a table entry for each row and column.
const MAX_RESIZED: usize = 1 << 14;

impl RawOperator<'_> {
    /// What to compute, and how many of the operands are data (the rest are arguments, now in the [`Op`]).
    pub(super) fn resolve(&self) -> Result<(Op, usize)> {
        let all = self.inputs.len();
        Ok(match self.code {
            Code::Builtin(0) => (Op::Add { activation: self.activation(0)? }, all),
            Code::Builtin(1) => {
                (Op::AveragePool2d { window: self.pool_window()?, activation: self.activation(5)? }, all)
            }
            Code::Builtin(2) => (self.concatenation()?, all),
            Code::Builtin(3) => {
                (Op::Conv2d { window: self.conv_window(1, 4)?, activation: self.activation(3)? }, all)
            }
            Code::Builtin(4) => (
                Op::DepthwiseConv2d { window: self.conv_window(1, 5)?, activation: self.activation(4)? },
                all,
            ),
            Code::Builtin(5) => (Op::DepthToSpace { block: self.extent(0, 0)? }, all),
            Code::Builtin(9) => (self.fully_connected()?, all),
            Code::Builtin(14) => (Op::Activate(Activation::Logistic), all),
            Code::Builtin(17) => {
                (Op::MaxPool2d { window: self.pool_window()?, activation: self.activation(5)? }, all)
            }
            Code::Builtin(18) => (Op::Mul { activation: self.activation(0)? }, all),
            Code::Builtin(19) => (Op::Activate(Activation::Relu), all),
            Code::Builtin(21) => (Op::Activate(Activation::Relu6), all),
            Code::Builtin(22) => (Op::Reshape, 1),
            Code::Builtin(23) => (self.resize()?, 1),
            Code::Builtin(34) => (self.pad()?, 1),
            Code::Builtin(40) => (self.mean()?, 1),
            Code::Builtin(45) => (self.strided_slice()?, 1),
            Code::Builtin(54) => (Op::Prelu, all),
            Code::Builtin(117) => (Op::Activate(Activation::HardSwish), all),
            Code::Custom("Landmarks2TransformMatrix") => (self.landmarks_to_transform()?, all),
            Code::Custom("TransformTensorBilinear") => (Op::TransformTensorBilinear, all),
            Code::Custom("TransformLandmarks") => (Op::TransformLandmarks, all),
            Code::Builtin(code) => return unsupported(format!("operator number {code}")),
            Code::Custom(name) => return unsupported(format!("the custom operator `{name}`")),
        })
    }

    fn i32(&self, field: usize, default: i32) -> Result<i32> {
        self.options.map_or(Ok(default), |options| options.i32(field, default))
    }

    fn bool(&self, field: usize) -> Result<bool> {
        self.options.map_or(Ok(false), |options| options.bool(field))
    }

    /// A positive number of moderate size.
    fn extent(&self, field: usize, default: i32) -> Result<usize> {
        match self.i32(field, default)? {
            n @ 1..=MAX_EXTENT => Ok(n as usize),
            n => malformed(format!("a window, stride or block of {n}")),
        }
    }

    fn activation(&self, field: usize) -> Result<Activation> {
        match self.options.map_or(Ok(0), |options| options.i8(field, 0))? {
            0 => Ok(Activation::None),
            1 => Ok(Activation::Relu),
            2 => Ok(Activation::ReluN1To1),
            3 => Ok(Activation::Relu6),
            other => unsupported(format!("fused activation number {other}")),
        }
    }

    /// The whole numbers of operand `index`.
    fn argument(&self, index: usize) -> Result<&[i32]> {
        match self.arguments.get(index) {
            Some(Some(numbers)) => Ok(numbers),
            _ => unsupported("an argument that is no constant of 32-bit whole numbers"),
        }
    }

    fn shape(&self, index: usize) -> Result<&[usize]> {
        self.inputs.get(index).copied().ok_or_else(|| Error::Malformed("an operator lacks an operand".into()))
    }

    /// `stride` and `dilation` are the fields of the horizontal; the vertical follows.
    fn conv_window(&self, stride: usize, dilation: usize) -> Result<Window> {
        let [_, height, width, _] = *self.shape(1)? else {
            return malformed("a convolution's weights do not have four dimensions");
        };
        let dilation = [self.extent(dilation + 1, 1)?, self.extent(dilation, 1)?];
        self.window([height, width], [self.extent(stride + 1, 0)?, self.extent(stride, 0)?], dilation)
    }

    fn pool_window(&self) -> Result<Window> {
        let kernel = [self.extent(4, 0)?, self.extent(3, 0)?];
        self.window(kernel, [self.extent(2, 0)?, self.extent(1, 0)?], [1, 1])
    }

    /// Field 0 says whether the output keeps the input's size (over the stride), or windows stay inside the image.
    fn window(&self, kernel: [usize; 2], stride: [usize; 2], dilation: [usize; 2]) -> Result<Window> {
        const SAME: i8 = 0;
        const VALID: i8 = 1;
        let [_, height, width, _] = nhwc(self.shape(0)?)?;
        let reach = [0, 1].map(|axis| (kernel[axis] - 1).saturating_mul(dilation[axis]) + 1);
        if reach.iter().any(|&reach| reach > MAX_EXTENT as usize) {
            return malformed("a window that reaches further than 4096 pixels");
        }
        let mut window = Window { kernel, stride, dilation, pad_before: [0; 2], pad_after: [0; 2] };
        match self.options.map_or(Ok(SAME), |options| options.i8(0, SAME))? {
            SAME => {
                for (axis, size) in [height, width].into_iter().enumerate() {
                    let span = (size.div_ceil(stride[axis]) - 1) * stride[axis] + reach[axis];
                    let missing = span.saturating_sub(size);
                    window.pad_before[axis] = missing / 2;
                    window.pad_after[axis] = missing - missing / 2;
                }
            }
            VALID => {}
            other => return malformed(format!("padding scheme number {other}")),
        }
        Ok(window)
    }

    fn concatenation(&self) -> Result<Op> {
        if self.activation(1)? != Activation::None {
            return unsupported("a concatenation with an activation");
        }
        let rank = self.output.len() as i64;
        let axis = i64::from(self.i32(0, 0)?);
        match if axis < 0 { axis + rank } else { axis } {
            axis if (0..rank).contains(&axis) => Ok(Op::Concatenation { axis: axis as usize }),
            _ => malformed("a concatenation along a dimension that is not there"),
        }
    }

    fn fully_connected(&self) -> Result<Op> {
        if self.options.map_or(Ok(0), |options| options.i8(1, 0))? != 0 {
            return unsupported("a dense layer with shuffled weights");
        }
        Ok(Op::FullyConnected { activation: self.activation(0)? })
    }

    fn resize(&self) -> Result<Op> {
        let [_, height, width, _] = nhwc(self.output)?;
        if self.argument(1)? != [height as i32, width as i32] {
            return malformed("a resized image is not of the size asked for");
        }
        if height.max(width) > MAX_RESIZED {
            return too_large(format!("an image is resized to {height} × {width}"));
        }
        Ok(Op::ResizeBilinear { align_corners: self.bool(2)?, half_pixel_centers: self.bool(3)? })
    }

    fn pad(&self) -> Result<Op> {
        let (pairs, []) = self.argument(1)?.as_chunks::<2>() else {
            return malformed("a padding of half a pair");
        };
        let amount = |n: i32| match n {
            0..=MAX_EXTENT => Ok(n as usize),
            _ => malformed(format!("a padding of {n}")),
        };
        Ok(Op::Pad {
            before: pairs.iter().map(|&[before, _]| amount(before)).collect::<Result<_>>()?,
            after: pairs.iter().map(|&[_, after]| amount(after)).collect::<Result<_>>()?,
        })
    }

    fn mean(&self) -> Result<Op> {
        let mut axes = self.argument(1)?.to_vec();
        for axis in &mut axes {
            *axis = if *axis < 0 { axis.saturating_add(4) } else { *axis };
        }
        axes.sort_unstable();
        if axes == [1, 2] {
            Ok(Op::SpatialMean)
        } else {
            unsupported("a mean over other than height and width")
        }
    }

    fn strided_slice(&self) -> Result<Op> {
        const END_MASK: usize = 1;
        for mask in 2..5 {
            if self.i32(mask, 0)? != 0 {
                return unsupported("a slice that drops, adds or leaves out dimensions");
            }
        }
        let (shape, begins, ends, strides) =
            (self.shape(0)?, self.argument(1)?, self.argument(2)?, self.argument(3)?);
        let rank = shape.len();
        if begins.len() != rank || ends.len() != rank || strides.len() != rank || self.output.len() != rank {
            return malformed("a slice is not given for every dimension");
        }
        let (begin_mask, end_mask) = (self.i32(0, 0)?, self.i32(END_MASK, 0)?);
        let (mut begin, mut stride) = (Vec::new(), Vec::new());
        for d in 0..rank {
            let (size, step) = (shape[d] as i64, i64::from(strides[d]));
            if step == 0 {
                return malformed("a slice with a step of zero");
            }
            // Where a missing bound lies, and the range a bound is clamped to, depend on the direction.
            let (low, high) = if step > 0 { (0, size) } else { (-1, size - 1) };
            let bound = |at: i32, masked: bool, open: i64| {
                let at = i64::from(at);
                if masked { open } else { (if at < 0 { at + size } else { at }).clamp(low, high) }
            };
            let first = bound(begins[d], begin_mask >> d & 1 == 1, if step > 0 { low } else { high });
            let end = bound(ends[d], end_mask >> d & 1 == 1, if step > 0 { high } else { low });
            let count =
                if step > 0 { (end - first + step - 1) / step } else { (first - end - step - 1) / -step };
            if count <= 0 || self.output[d] as i64 != count {
                return malformed("a slice is not of the size its bounds give");
            }
            begin.push(first as usize);
            stride.push(step as isize);
        }
        Ok(Op::StridedSlice { begin, stride })
    }

    fn landmarks_to_transform(&self) -> Result<Op> {
        let attributes = Map::root(self.custom_options)?;
        let index = |value: f64| match value {
            0.0..=1e6 => Ok(value as usize),
            _ => malformed(format!("landmark number {value}")),
        };
        let size = |name| match attributes.number(name)? {
            size @ 1.0..=4096.0 => Ok(size as f32),
            size => malformed(format!("a crop of {size} pixels")),
        };
        let subset = attributes.numbers("subset_idxs")?;
        if subset.is_empty() {
            return malformed("a crop around no landmarks");
        }
        Ok(Op::LandmarksToTransform(LandmarkCrop {
            left: index(attributes.number("left_rotation_idx")?)?,
            right: index(attributes.number("right_rotation_idx")?)?,
            subset: subset.into_iter().map(index).collect::<Result<_>>()?,
            scale: [attributes.number("scale_x")? as f32, attributes.number("scale_y")? as f32],
            output_size: [size("output_width")?, size("output_height")?],
            target_rotation_rad: attributes.number("target_rotation_radians")? as f32,
        }))
    }
}

//! The operators a network is made of, with their arguments resolved.

/// Index of a tensor in [`Model::tensors`](crate::Model::tensors).
pub type TensorId = usize;

/// One step of a network: tensors in, one tensor out.
#[derive(Debug, Clone)]
pub struct Operator {
    /// What is computed.
    pub op: Op,
    /// The operands, constants among them. Arguments that only steer the computation are in `op`.
    pub inputs: Vec<TensorId>,
    /// The result.
    pub output: TensorId,
}

/// What an [`Operator`] computes. Images are NHWC with one image a batch.
///
/// The meaning of each is TensorFlow Lite's (`tensorflow/lite/schema/schema.fbs`).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Op {
    /// Image, weights `[out channels, height, width, in channels]`, bias (may be left out).
    Conv2d {
        /// Which input pixels an output pixel sees.
        window: Window,
        /// Applied to the sum.
        activation: Activation,
    },
    /// Image, weights `[1, height, width, channels]`, bias (may be left out).
    DepthwiseConv2d {
        /// Which input pixels an output pixel sees.
        window: Window,
        /// Applied to the sum.
        activation: Activation,
    },
    /// Rows, weights `[out, in]`, bias (may be left out).
    FullyConnected {
        /// Applied to the sum.
        activation: Activation,
    },
    /// Sum of two tensors, the shapes broadcast.
    Add {
        /// Applied to the sum.
        activation: Activation,
    },
    /// Product of two tensors, the shapes broadcast.
    Mul {
        /// Applied to the product.
        activation: Activation,
    },
    /// Negative values times the second operand, which is broadcast.
    Prelu,
    /// An activation on its own.
    Activate(Activation),
    /// Zeros around a tensor: how many before and after, by dimension.
    Pad {
        /// Zeros before the first element of each dimension.
        before: Vec<usize>,
        /// Zeros after the last element of each dimension.
        after: Vec<usize>,
    },
    /// Maximum over a window; pixels outside the image do not count.
    MaxPool2d {
        /// Which input pixels an output pixel sees.
        window: Window,
        /// Applied to the maximum.
        activation: Activation,
    },
    /// Mean over a window; pixels outside the image do not count.
    AveragePool2d {
        /// Which input pixels an output pixel sees.
        window: Window,
        /// Applied to the mean.
        activation: Activation,
    },
    /// Mean over the height and width of an image.
    SpatialMean,
    /// Bilinear interpolation to the output's height and width.
    ResizeBilinear {
        /// The corner pixels' centres of input and output coincide.
        align_corners: bool,
        /// Pixel centres are at ½, not at 0.
        half_pixel_centers: bool,
    },
    /// The operands after one another along a dimension.
    Concatenation {
        /// The dimension.
        axis: usize,
    },
    /// The same values in another shape.
    Reshape,
    /// Every `stride`-th element from `begin` on, by dimension.
    StridedSlice {
        /// The first element taken.
        begin: Vec<usize>,
        /// The step between elements, which may be backwards.
        stride: Vec<isize>,
    },
    /// Blocks of channels laid out as blocks of `block` × `block` pixels.
    DepthToSpace {
        /// The side of a block.
        block: usize,
    },
    /// Landmarks to the 4 × 4 matrix of a crop around some of them.
    LandmarksToTransform(LandmarkCrop),
    /// Image and 4 × 4 matrix to the image sampled through the matrix.
    TransformTensorBilinear,
    /// Points `[1, n, 2 or 3]` and 4 × 4 matrix to the points mapped by the matrix.
    TransformLandmarks,
}

/// A function of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Activation {
    /// x
    #[default]
    None,
    /// max(x, 0)
    Relu,
    /// x clamped to −1 … 1
    ReluN1To1,
    /// x clamped to 0 … 6
    Relu6,
    /// 1 / (1 + e⁻ˣ)
    Logistic,
    /// x · clamp(x + 3, 0, 6) / 6
    HardSwish,
}

/// The pixels that an output pixel sees; pairs are height, width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Taps.
    pub kernel: [usize; 2],
    /// Input pixels between the windows of neighbouring output pixels.
    pub stride: [usize; 2],
    /// Input pixels between neighbouring taps.
    pub dilation: [usize; 2],
    /// Pixels added before the first (top, left).
    pub pad_before: [usize; 2],
    /// Pixels added after the last (bottom, right).
    pub pad_after: [usize; 2],
}

impl Window {
    /// `side` × `side` taps at stride 1, `dilation` apart, padded so that the output is as large as the image; `side` is odd.
    pub const fn square(side: usize, dilation: usize) -> Self {
        let pad = [side / 2 * dilation; 2];
        Self { kernel: [side; 2], stride: [1; 2], dilation: [dilation; 2], pad_before: pad, pad_after: pad }
    }
}

/// How `Landmarks2TransformMatrix` turns landmarks into a crop.
#[derive(Debug, Clone, PartialEq)]
pub struct LandmarkCrop {
    /// The landmark at the left end of the line that is level in the crop.
    pub left: usize,
    /// The landmark at its right end.
    pub right: usize,
    /// The landmarks that the crop holds.
    pub subset: Vec<usize>,
    /// Crop side over the subset's extent (x, y).
    pub scale: [f32; 2],
    /// Output pixels (width, height).
    pub output_size: [f32; 2],
    /// The angle the line has in the crop, radians, clockwise on the screen.
    pub target_rotation_rad: f32,
}

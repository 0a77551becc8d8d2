//! The shape an operator's result must have, and what it costs to compute.

use super::Tensor;
use super::operator::{Op, Operator, Window};
use crate::error::{Result, malformed, unsupported};

/// What it costs, in multiply-adds, to take one value at a time.
const VALUE_BY_VALUE: u64 = 8;

/// Checks that the operands of an operator fit each other and its result, and returns its multiply-adds.
pub(crate) fn check(operator: &Operator, tensors: &[Tensor]) -> Result<u64> {
    let inputs: Vec<&[usize]> = operator.inputs.iter().map(|&id| tensors[id].shape()).collect();
    let output = tensors[operator.output].shape();
    let elements = |shape: &[usize]| shape.iter().product::<usize>() as u64;
    let mut work = elements(output);
    if matches!(operator.op, Op::Conv2d { .. } | Op::DepthwiseConv2d { .. } | Op::FullyConnected { .. })
        && operator.inputs.iter().skip(1).any(|&id| tensors[id].constant.is_none())
    {
        return unsupported("a layer whose weights are computed");
    }
    let expected = match (&operator.op, inputs.as_slice()) {
        (Op::Conv2d { window, .. }, [image, weights, bias @ ..]) => {
            let [_, h, w, c] = nhwc(image)?;
            let [channels, kh, kw, depth] = rank4(weights)?;
            check_bias(bias, channels)?;
            if [kh, kw] != window.kernel || depth != c {
                return malformed("a convolution's weights do not fit its image");
            }
            work *= (kh * kw * depth) as u64;
            let [h, w] = slide(window, [h, w])?;
            vec![1, h, w, channels]
        }
        (Op::DepthwiseConv2d { window, .. }, [image, weights, bias @ ..]) => {
            let [_, h, w, c] = nhwc(image)?;
            let [one, kh, kw, channels] = rank4(weights)?;
            check_bias(bias, channels)?;
            if channels != c {
                return unsupported("a depthwise convolution that multiplies its channels");
            }
            if one != 1 || [kh, kw] != window.kernel {
                return malformed("a depthwise convolution's weights do not fit its image");
            }
            work *= (kh * kw) as u64;
            let [h, w] = slide(window, [h, w])?;
            vec![1, h, w, c]
        }
        (Op::FullyConnected { .. }, [rows, weights, bias @ ..]) => {
            let &[channels, depth] = *weights else {
                return malformed("a dense layer's weights are not a matrix");
            };
            check_bias(bias, channels)?;
            let values = rows.iter().product::<usize>();
            if !values.is_multiple_of(depth) || output.last() != Some(&channels) {
                return malformed("a dense layer's weights do not fit its operands");
            }
            work *= depth as u64;
            return same_count(output, values / depth * channels).map(|()| work);
        }
        (Op::Add { .. } | Op::Mul { .. }, [a, b]) => {
            work *= if a == b { 1 } else { VALUE_BY_VALUE };
            broadcast(a, b)?
        }
        (Op::Prelu, [x, slope]) => {
            if !repeats(slope, x) {
                return unsupported("a PRELU whose slopes are not one a channel");
            }
            x.to_vec()
        }
        (Op::Activate(_), [x]) => {
            work *= VALUE_BY_VALUE;
            x.to_vec()
        }
        (Op::Pad { before, after }, [x]) => {
            if before.len() != x.len() {
                return malformed("a padding is not given for every dimension");
            }
            x.iter()
                .zip(before)
                .zip(after)
                .map(|((&x, &b), &a)| x.saturating_add(b).saturating_add(a))
                .collect()
        }
        (Op::MaxPool2d { window, .. } | Op::AveragePool2d { window, .. }, [image]) => {
            let [_, h, w, c] = nhwc(image)?;
            work *= (window.kernel[0] * window.kernel[1]) as u64;
            let [h, w] = slide(window, [h, w])?;
            vec![1, h, w, c]
        }
        (Op::SpatialMean, [image]) => {
            let [_, _, _, c] = nhwc(image)?;
            work = elements(image);
            if output.last() != Some(&c) {
                return malformed("a mean changes the channels");
            }
            return same_count(output, c).map(|()| work);
        }
        (Op::ResizeBilinear { .. }, [image]) => {
            let [_, _, _, c] = nhwc(image)?;
            let [_, h, w, _] = nhwc(output)?;
            work *= 4;
            vec![1, h, w, c]
        }
        (Op::Concatenation { axis }, [first, rest @ ..]) => concatenated(*axis, first, rest)?,
        (Op::Reshape, [x]) => return same_count(output, x.iter().product()).map(|()| 0),
        (Op::StridedSlice { begin, stride }, [x]) => {
            work *= VALUE_BY_VALUE;
            check_slice(x, output, begin, stride)?;
            output.to_vec()
        }
        (Op::DepthToSpace { block }, [image]) => {
            let [_, h, w, c] = nhwc(image)?;
            if !c.is_multiple_of(block * block) {
                return malformed("depth to space: the channels do not fill the blocks");
            }
            vec![1, h * block, w * block, c / (block * block)]
        }
        (Op::LandmarksToTransform(crop), [landmarks]) => {
            let &[1, count, 3] = *landmarks else {
                return malformed("landmarks are not of the shape 1 × n × 3");
            };
            work = 8 * crop.subset.len() as u64;
            if crop.subset.iter().chain([&crop.left, &crop.right]).any(|&landmark| landmark >= count) {
                return malformed("a crop names a landmark that is not there");
            }
            vec![1, 4, 4]
        }
        (Op::TransformTensorBilinear, [image, matrix]) => {
            let [_, _, _, c] = nhwc(image)?;
            let [_, h, w, _] = nhwc(output)?;
            work *= 4;
            same_count(matrix, 16)?;
            vec![1, h, w, c]
        }
        (Op::TransformLandmarks, [points, matrix]) => {
            same_count(matrix, 16)?;
            match *points {
                [1, _, 2 | 3] => points.to_vec(),
                _ => return malformed("points are not of the shape 1 × n × 2 or 3"),
            }
        }
        (op, operands) => return malformed(format!("{op:?} with {} operands", operands.len())),
    };
    if expected != output {
        return malformed(format!("a result of shape {expected:?} is declared to be {output:?}"));
    }
    Ok(work)
}

/// The output size of a window that slides over an image.
pub(crate) fn slide(window: &Window, size: [usize; 2]) -> Result<[usize; 2]> {
    let along = |axis: usize| {
        let reach = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
        let padded = size[axis] + window.pad_before[axis] + window.pad_after[axis];
        padded.checked_sub(reach).map(|room| room / window.stride[axis] + 1)
    };
    match (along(0), along(1)) {
        (Some(height), Some(width)) => Ok([height, width]),
        _ => malformed("a window is larger than its image"),
    }
}

pub(crate) fn nhwc(shape: &[usize]) -> Result<[usize; 4]> {
    let shape = rank4(shape)?;
    if shape[0] != 1 { unsupported("a batch of more than one image") } else { Ok(shape) }
}

pub(crate) fn rank4(shape: &[usize]) -> Result<[usize; 4]> {
    match shape.try_into() {
        Ok(shape) => Ok(shape),
        Err(_) => malformed(format!("a tensor of four dimensions is expected, not {shape:?}")),
    }
}

fn check_bias(bias: &[&[usize]], channels: usize) -> Result<()> {
    match bias {
        [] => Ok(()),
        [bias] => same_count(bias, channels),
        _ => malformed("a layer with more than one bias"),
    }
}

fn same_count(shape: &[usize], elements: usize) -> Result<()> {
    if shape.iter().product::<usize>() == elements {
        return Ok(());
    }
    malformed(format!("a tensor of {elements} elements is declared to be {shape:?}"))
}

/// Whether a tensor of the shape `part`, repeated end to end, is broadcast to the shape `whole`.
pub(crate) fn repeats(part: &[usize], whole: &[usize]) -> bool {
    let ones = part.iter().take_while(|&&length| length == 1).count();
    part.len() <= whole.len() && whole.ends_with(&part[ones..])
}

/// The length along dimension `d` of `rank` of a tensor whose shape is filled up with ones at the front.
pub(crate) fn length(shape: &[usize], d: usize, rank: usize) -> usize {
    (d + shape.len()).checked_sub(rank).map_or(1, |d| shape[d])
}

fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>> {
    let rank = a.len().max(b.len());
    (0..rank)
        .map(|d| match (length(a, d, rank), length(b, d, rank)) {
            (1, n) | (n, 1) => Ok(n),
            (n, m) if n == m => Ok(n),
            _ => malformed(format!("the shapes {a:?} and {b:?} do not fit each other")),
        })
        .collect()
}

fn concatenated(axis: usize, first: &[usize], rest: &[&[usize]]) -> Result<Vec<usize>> {
    let mut total = first.to_vec();
    if axis >= total.len() {
        return malformed("a concatenation along a dimension that is not there");
    }
    for part in rest {
        let fits = part.len() == first.len() && (0..first.len()).all(|d| d == axis || part[d] == first[d]);
        if !fits {
            return malformed("the parts of a concatenation do not fit each other");
        }
        total[axis] = total[axis].saturating_add(part[axis]);
    }
    Ok(total)
}

fn check_slice(x: &[usize], output: &[usize], begin: &[usize], stride: &[isize]) -> Result<()> {
    let inside = |d: usize| {
        let last = begin[d] as i64 + stride[d] as i64 * (output[d] as i64 - 1);
        begin[d] < x[d] && (0..x[d] as i64).contains(&last)
    };
    if begin.len() != x.len()
        || stride.len() != x.len()
        || output.len() != x.len()
        || !(0..x.len()).all(inside)
    {
        return malformed("a slice reaches past its operand");
    }
    Ok(())
}

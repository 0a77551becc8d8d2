//! Moving values about. Shapes are outermost first; nothing here computes.

/// Calls `visit` with every index of the first `shape.len()` dimensions, in order.
fn for_each_index(shape: &[usize], mut visit: impl FnMut(&[usize])) {
    const MAX_RANK: usize = 6;
    let mut index = [0; MAX_RANK];
    let index = &mut index[..shape.len()];
    for _ in 0..shape.iter().product() {
        visit(index);
        for d in (0..shape.len()).rev() {
            index[d] += 1;
            if index[d] < shape[d] {
                break;
            }
            index[d] = 0;
        }
    }
}

/// The position of an index in a tensor of this shape.
fn position(index: impl Iterator<Item = usize>, shape: &[usize]) -> usize {
    index.zip(shape).fold(0, |at, (i, length)| at * length + i)
}

/// Puts `input` into zeros, `before` of them before its first element of each dimension.
pub(crate) fn pad(
    input: &[f32],
    shape: &[usize],
    before: &[usize],
    output: &mut [f32],
    output_shape: &[usize],
) {
    // Up to the last dimension that is padded, values move in one piece.
    let padded = (0..shape.len()).rposition(|d| shape[d] != output_shape[d]).unwrap_or(0);
    let outer = &shape[..padded];
    let inner: usize = shape.iter().skip(padded + 1).product();
    let piece = shape.get(padded).map_or(1, |&length| length * inner);
    let mut pieces = input.chunks_exact(piece);
    let mut done = 0;
    for_each_index(outer, |index| {
        let place = index.iter().chain(&[0]).zip(before).map(|(i, b)| i + b);
        let start = position(place, output_shape) * inner;
        if let Some(values) = pieces.next() {
            output[done..start].fill(0.0);
            output[start..start + piece].copy_from_slice(values);
            done = start + piece;
        }
    });
    output[done..].fill(0.0);
}

/// Puts parts after one another: each is (values, values in one piece), the pieces taken in turns.
pub(crate) fn concatenate<'a>(parts: impl Iterator<Item = (&'a [f32], usize)> + Clone, output: &mut [f32]) {
    let total: usize = parts.clone().map(|(_, piece)| piece).sum();
    for (i, output) in output.chunks_exact_mut(total).enumerate() {
        let mut rest = output;
        for (values, piece) in parts.clone() {
            let (to, after) = rest.split_at_mut(piece);
            to.copy_from_slice(&values[i * piece..][..piece]);
            rest = after;
        }
    }
}

/// Every `stride`-th element from `begin` on.
pub(crate) fn strided_slice(
    input: &[f32],
    shape: &[usize],
    begin: &[usize],
    stride: &[isize],
    output: &mut [f32],
    output_shape: &[usize],
) {
    let mut output = output.iter_mut();
    for_each_index(output_shape, |index| {
        let from =
            index.iter().zip(begin).zip(stride).map(|((&i, &b), &s)| b.wrapping_add_signed(i as isize * s));
        if let Some(output) = output.next() {
            *output = input[position(from, shape)];
        }
    });
}

/// Blocks of channels to blocks of pixels; `size` is height, width, channels of the input.
pub(crate) fn depth_to_space(input: &[f32], size: [usize; 3], block: usize, output: &mut [f32]) {
    let [height, width, channels] = size;
    let depth = channels / (block * block);
    // A run of channels that lands in one output row: `block` pixels.
    let run = block * depth;
    for (at, run_in) in input.chunks_exact(run).enumerate() {
        let (pixel, block_row) = (at / block, at % block);
        let (y, x) = (pixel / width, pixel % width);
        debug_assert!(y < height);
        let start = ((y * block + block_row) * width + x) * run;
        output[start..start + run].copy_from_slice(run_in);
    }
}

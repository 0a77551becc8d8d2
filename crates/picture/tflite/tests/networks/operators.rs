//! Every operator, alone and joined to its neighbours, gives on every set of kernels what its definition says.

use crate::network::{ConvOptions, FLOAT16, Field, Network, Table, attributes, naive};
use proptest::prelude::*;
use tflite::{Kernels, Model, Session, SessionOptions};

const ADD: i32 = 0;
const AVERAGE_POOL_2D: i32 = 1;
const CONCATENATION: i32 = 2;
const CONV_2D: i32 = 3;
const DEPTHWISE_CONV_2D: i32 = 4;
const DEPTH_TO_SPACE: i32 = 5;
const DEQUANTIZE: i32 = 6;
const FULLY_CONNECTED: i32 = 9;
const LOGISTIC: i32 = 14;
const MAX_POOL_2D: i32 = 17;
const MUL: i32 = 18;
const RELU: i32 = 19;
const RELU6: i32 = 21;
const RESHAPE: i32 = 22;
const RESIZE_BILINEAR: i32 = 23;
const PAD: i32 = 34;
const MEAN: i32 = 40;
const STRIDED_SLICE: i32 = 45;
const PRELU: i32 = 54;
const HARD_SWISH: i32 = 117;
const DENSIFY: i32 = 124;

fn all_kernels() -> impl Iterator<Item = Kernels> {
    [Kernels::Avx512, Kernels::Avx2, Kernels::Portable].into_iter().filter(|kernels| kernels.is_available())
}

/// Runs a file on all kernels and compares its outputs with the definitions'.
fn check(file: &[u8]) {
    check_within(file, 1e-4);
}

/// The same, with the share of the largest output that is allowed for rounding.
fn check_within(file: &[u8], tolerance: f64) {
    let model = Model::parse(file).expect("a sound file");
    let inputs: Vec<Vec<f32>> = model
        .inputs()
        .enumerate()
        .map(|(k, input)| (0..input.len()).map(|i| ((i * 37 + k * 11) % 101) as f32 / 25.0 - 2.0).collect())
        .collect();
    let expected = naive::run(&model, &inputs);
    for kernels in all_kernels() {
        let mut session = Session::new(&model, &SessionOptions { outputs: &[], kernels }).expect("runnable");
        for (i, input) in inputs.iter().enumerate() {
            session.input_mut(i).copy_from_slice(input);
        }
        // Twice, for a run may find nothing but the last run's leavings in memory.
        session.run();
        session.run();
        for (output, &id) in session.outputs().iter().zip(model.output_ids()) {
            let found = session.output(&output.name).expect("computed");
            let peak = expected[id].iter().fold(1f64, |peak, x| peak.max(x.abs()));
            assert_eq!(found.len(), expected[id].len());
            for (at, (&found, &expected)) in found.iter().zip(&expected[id]).enumerate() {
                assert!(
                    (f64::from(found) - expected).abs() <= tolerance * peak,
                    "{kernels:?}, {} at {at}: {found} instead of {expected}",
                    output.name
                );
            }
        }
    }
}

fn conv(
    net: &mut Network,
    x: i32,
    input: [usize; 3],
    columns: usize,
    kernel: [usize; 2],
    options: ConvOptions,
) -> (i32, [usize; 4]) {
    let weights = net.weights(&[columns, kernel[0], kernel[1], input[2]]);
    let bias = net.weights(&[columns]);
    let [h, w] = options.output([input[0], input[1]], kernel);
    let shape = [1, h, w, columns];
    (net.op(CONV_2D, &[x, weights, bias], &shape, options.table(false)), shape)
}

fn depthwise(
    net: &mut Network,
    x: i32,
    input: [usize; 3],
    kernel: [usize; 2],
    options: ConvOptions,
) -> (i32, [usize; 4]) {
    let weights = net.weights(&[1, kernel[0], kernel[1], input[2]]);
    let bias = net.weights(&[input[2]]);
    let [h, w] = options.output([input[0], input[1]], kernel);
    let shape = [1, h, w, input[2]];
    (net.op(DEPTHWISE_CONV_2D, &[x, weights, bias], &shape, options.table(true)), shape)
}

fn image([h, w, c]: [usize; 3]) -> [usize; 4] {
    [1, h, w, c]
}

prop_compose! {
    fn any_window()(kernel in prop::array::uniform2(1usize..6), stride in prop::array::uniform2(1i32..4),
        dilation in prop_oneof![4 => Just([1, 1]), 1 => prop::array::uniform2(1i32..3)], same: bool, activation in 0i32..4)
        -> ([usize; 2], ConvOptions) {
        (kernel, ConvOptions { same, stride, dilation, activation })
    }
}

fn fits(size: [usize; 3], kernel: [usize; 2], options: ConvOptions) -> bool {
    options.same || (0..2).all(|axis| size[axis] > (kernel[axis] - 1) * options.dilation[axis] as usize)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn convolutions(size in [1usize..12, 1usize..30, 1usize..20], columns in 1usize..70, (kernel, options) in any_window()) {
        prop_assume!(fits(size, kernel, options));
        let mut net = Network::new();
        let x = net.input(&image(size));
        let (y, _) = conv(&mut net, x, size, columns, kernel, options);
        check(&net.finish(&[y]));
    }

    #[test]
    fn depthwise_convolutions(size in [1usize..20, 1usize..30, 1usize..40], (kernel, options) in any_window()) {
        prop_assume!(fits(size, kernel, options));
        let mut net = Network::new();
        let x = net.input(&image(size));
        let (y, _) = depthwise(&mut net, x, size, kernel, options);
        check(&net.finish(&[y]));
    }

    #[test]
    fn depthwise_convolutions_of_the_usual_kind(
        size in [1usize..20, 1usize..40, 1usize..40], k in prop_oneof![Just(3usize), Just(5)], s in 1i32..3, same: bool
    ) {
        let options = ConvOptions { same, stride: [s, s], activation: 3, ..ConvOptions::default() };
        prop_assume!(fits(size, [k, k], options));
        let mut net = Network::new();
        let x = net.input(&image(size));
        let (y, _) = depthwise(&mut net, x, size, [k, k], options);
        check(&net.finish(&[y]));
    }

    #[test]
    fn pools(size in [1usize..12, 1usize..12, 1usize..40], (kernel, options) in any_window(), max: bool) {
        let options = ConvOptions { dilation: [1, 1], ..options };
        prop_assume!(fits(size, kernel, options));
        let mut net = Network::new();
        let x = net.input(&image(size));
        let [h, w] = options.output([size[0], size[1]], kernel);
        let table = Table::default()
            .number(0, i32::from(!options.same))
            .number(1, options.stride[1])
            .number(2, options.stride[0])
            .number(3, kernel[1] as i32)
            .number(4, kernel[0] as i32)
            .number(5, options.activation);
        let y = net.op(if max { MAX_POOL_2D } else { AVERAGE_POOL_2D }, &[x], &[1, h, w, size[2]], table);
        check(&net.finish(&[y]));
    }

    #[test]
    fn resizes(size in [1usize..9, 1usize..9, 1usize..40], to in prop::array::uniform2(1usize..24), align: bool, half: bool) {
        let mut net = Network::new();
        let x = net.input(&image(size));
        let new_size = net.ints(&to.map(|n| n as i32));
        let options = Table::default().number(2, i32::from(align)).number(3, i32::from(half && !align));
        let y = net.op(RESIZE_BILINEAR, &[x, new_size], &[1, to[0], to[1], size[2]], options);
        check(&net.finish(&[y]));
    }

    #[test]
    fn paddings_and_slices(size in [1usize..6, 1usize..6, 1usize..6], before in prop::array::uniform3(0usize..4), after in prop::array::uniform3(0usize..4)) {
        let mut net = Network::new();
        let x = net.input(&image(size));
        let amounts: Vec<i32> = [0, 0].into_iter().chain((0..3).flat_map(|d| [before[d] as i32, after[d] as i32])).collect();
        let amounts = net.ints(&amounts);
        let shape = [1, size[0] + before[0] + after[0], size[1] + before[1] + after[1], size[2] + before[2] + after[2]];
        let padded = net.op(PAD, &[x, amounts], &shape, Table::default());
        // Every second from the second on, backwards in the last dimension.
        let (begin, end, stride) = (net.ints(&[0, 1, 0, -1]), net.ints(&[1, 100, -1, 0]), net.ints(&[1, 2, 1, -1]));
        let [_, h, w, c] = shape;
        let mut outputs = vec![padded];
        if h > 1 && w > 1 && c > 1 {
            let sliced = [1, h / 2, w - 1, c - 1];
            outputs.push(net.op(STRIDED_SLICE, &[padded, begin, end, stride], &sliced, Table::default()));
        }
        check(&net.finish(&outputs));
    }

    #[test]
    fn broadcasts(shape in [1usize..4, 1usize..5, 1usize..5, 1usize..20], keep_a in 0usize..16, keep_b in 0usize..16, rank in 0usize..5, multiply: bool, activation in 0i32..4) {
        let kept = |mask: usize| -> Vec<usize> { (0..4).map(|d| if mask >> d & 1 == 1 { shape[d] } else { 1 }).collect() };
        let (a, b) = (kept(keep_a), kept(keep_b)[4 - rank..].to_vec());
        let output: Vec<usize> =
            (0..4).map(|d| a[d].max(if d + rank >= 4 { b[d + rank - 4] } else { 1 })).collect();
        let mut net = Network::new();
        let (first, second) = (net.input(&a), net.input(&b));
        let table = || Table::default().number(0, activation);
        let op = if multiply { MUL } else { ADD };
        let (forth, back) = (net.op(op, &[first, second], &output, table()), net.op(op, &[second, first], &output, table()));
        check(&net.finish(&[forth, back]));
    }
}

#[test]
fn dense_layers() {
    for (rows, depth, columns) in [(1, 5, 3), (1, 100, 63), (13, 33, 40), (25, 16, 16)] {
        let mut net = Network::new();
        let x = net.input(&[rows, depth]);
        let (weights, bias) = (net.weights(&[columns, depth]), net.weights(&[columns]));
        let y = net.op(FULLY_CONNECTED, &[x, weights, bias], &[rows, columns], Table::default().number(0, 1));
        let z = net.op(FULLY_CONNECTED, &[x, weights, -1], &[rows, columns], Table::default());
        check(&net.finish(&[y, z]));
    }
}

#[test]
fn activations() {
    let mut net = Network::new();
    let x = net.input(&[1, 5, 7, 3]);
    let mut outputs = Vec::new();
    for code in [LOGISTIC, RELU, RELU6, HARD_SWISH] {
        outputs.push(net.op(code, &[x], &[1, 5, 7, 3], Table::default()));
    }
    for shape in [&[1, 1, 3][..], &[7, 3], &[1], &[1, 5, 7, 3]] {
        let slopes = net.weights(shape);
        outputs.push(net.op(PRELU, &[x, slopes], &[1, 5, 7, 3], Table::default()));
    }
    check(&net.finish(&outputs));
}

#[test]
fn means_blocks_and_concatenations() {
    let mut net = Network::new();
    let (x, y) = (net.input(&[1, 6, 5, 36]), net.input(&[1, 6, 5, 2]));
    let axes = net.ints(&[1, 2]);
    let outputs = [
        net.op(MEAN, &[x, axes], &[1, 36], Table::default()),
        net.op(DEPTH_TO_SPACE, &[x], &[1, 12, 10, 9], Table::default().number(0, 2)),
        net.op(DEPTH_TO_SPACE, &[x], &[1, 18, 15, 4], Table::default().number(0, 3)),
        net.op(CONCATENATION, &[x, y, x], &[1, 6, 5, 74], Table::default().number(0, 3)),
        net.op(CONCATENATION, &[y, y], &[1, 12, 5, 2], Table::default().number(0, -3)),
        net.op(RESHAPE, &[x], &[30, 36], Table::default()),
    ];
    check(&net.finish(&outputs));
}

/// A residual block of each kind that the networks have, so that everything that can be joined is.
#[test]
fn joined_layers() {
    for (channels, more) in [(8, 8), (16, 24), (28, 32), (36, 42)] {
        let mut net = Network::new();
        let size = [9, 14, channels];
        let x = net.input(&image(size));
        let pads = net.ints(&[0, 0, 1, 2, 0, 1, 0, 0]);
        let padded = net.op(PAD, &[x, pads], &[1, 12, 15, channels], Table::default());
        let valid = ConvOptions { same: false, ..ConvOptions::default() };
        let (inner, shape) = depthwise(&mut net, padded, [12, 15, channels], [3, 3], valid);
        let (wide, shape) =
            conv(&mut net, inner, [shape[1], shape[2], channels], more, [1, 1], ConvOptions::default());
        // The branch has fewer channels: padded at the end, then added.
        let branch_options =
            Table::default().number(0, 0).number(1, 1).number(2, 1).number(3, 2).number(4, 2);
        let branch = net.op(MAX_POOL_2D, &[inner], &[1, shape[1], shape[2], channels], branch_options);
        let more_channels = net.ints(&[0, 0, 0, 0, 0, 0, 0, (more - channels) as i32]);
        let branch = net.op(PAD, &[branch, more_channels], &shape, Table::default());
        let sum = net.op(ADD, &[branch, wide], &shape, Table::default());
        let slopes = net.weights(&[1, 1, more]);
        let prelu = net.op(PRELU, &[sum, slopes], &shape, Table::default());
        let (next, _) =
            conv(&mut net, prelu, [shape[1], shape[2], more], more, [1, 1], ConvOptions::default());
        let sum = net.op(ADD, &[next, prelu], &shape, Table::default().number(0, 3));
        let (last, _) = depthwise(&mut net, sum, [shape[1], shape[2], more], [5, 5], ConvOptions::default());
        let last = net.op(HARD_SWISH, &[last], &shape, Table::default());
        let again = net.op(ADD, &[sum, last], &shape, Table::default());
        let plain = net.op(PAD, &[inner, more_channels], &shape, Table::default());
        let lonely = net.op(ADD, &[plain, last], &shape, Table::default().number(0, 1));
        check(&net.finish(&[again, lonely, last]));
    }
}

#[test]
fn a_reshape_between_layers_is_not_mixed_up() {
    let mut net = Network::new();
    let x = net.input(&[1, 4, 6, 12]);
    let (y, _) = conv(&mut net, x, [4, 6, 12], 8, [1, 1], ConvOptions::default());
    let reshaped = net.op(RESHAPE, &[y], &[1, 6, 8, 4], Table::default());
    let slopes = net.weights(&[1, 1, 4]);
    let prelu = net.op(PRELU, &[reshaped, slopes], &[1, 6, 8, 4], Table::default());
    let other = net.input(&[1, 6, 8, 4]);
    let (z, _) = conv(&mut net, x, [4, 6, 12], 8, [1, 1], ConvOptions::default());
    let z = net.op(RESHAPE, &[z], &[1, 6, 8, 4], Table::default());
    let sum = net.op(ADD, &[z, other], &[1, 6, 8, 4], Table::default());
    check(&net.finish(&[prelu, sum]));
}

#[test]
fn crops_around_landmarks() {
    let mut net = Network::new();
    let points = net.input(&[1, 6, 3]);
    let picture = net.input(&[1, 9, 11, 19]);
    let crop = attributes(&[
        ("left_rotation_idx", &[4.0]),
        ("output_height", &[8.0]),
        ("output_width", &[6.0]),
        ("right_rotation_idx", &[1.0]),
        ("scale_x", &[1.5]),
        ("scale_y", &[1.25]),
        ("subset_idxs", &[0.0, 1.0, 2.0, 5.0]),
        ("target_rotation_radians", &[0.25]),
    ]);
    let matrix = net.custom("Landmarks2TransformMatrix", &[points], &[1, 4, 4], crop);
    let size = attributes(&[("output_height", &[8.0]), ("output_width", &[6.0])]);
    let sampled = net.custom("TransformTensorBilinear", &[picture, matrix], &[1, 8, 6, 19], size);
    let flat = net.input(&[1, 5, 2]);
    let outputs = [
        matrix,
        sampled,
        net.custom("TransformLandmarks", &[points, matrix], &[1, 6, 3], Vec::new()),
        net.custom("TransformLandmarks", &[flat, matrix], &[1, 5, 2], Vec::new()),
    ];
    check(&net.finish(&outputs));
}

#[test]
fn half_precision_constants() {
    // One, the largest, the smallest normal, the smallest subnormal, −2, −0.
    let halves: [u16; 6] = [0x3c00, 0x7bff, 0x0400, 0x0001, 0xc000, 0x8000];
    let mut net = Network::new();
    let x = net.input(&[6]);
    let buffer = net.buffer(halves.iter().flat_map(|half| half.to_le_bytes()).collect());
    let stored = net.tensor(&[6], FLOAT16, buffer);
    let widened = net.op(DEQUANTIZE, &[stored], &[6], Table::default());
    let y = net.op(MUL, &[x, widened], &[6], Table::default());
    let model = Model::parse(&net.finish(&[y])).expect("a sound file");
    let constant = model.tensors()[widened as usize].constant.as_deref().expect("widened");
    assert_eq!(constant, [1.0, 65504.0, 2f32.powi(-14), 2f32.powi(-24), -2.0, -0.0]);
}

/// The two sparse layouts in use: rows of columns that are present, and blocks of them.
#[test]
fn sparse_constants() {
    let dense_level = |size| Table::default().number(0, 0).number(1, size);
    let sparse_level = |segments: Vec<i32>, indices: Vec<u8>| {
        let vector = |field| Field::Child(Table::default().with(0, field));
        let shorts = indices.iter().map(|&i| u16::from(i)).collect();
        let table = Table::default().number(0, 1).number(2, 1).with(3, vector(Field::Ints(segments)));
        table.number(4, 2).with(5, vector(Field::Shorts(shorts)))
    };
    let cases = [
        // 3 × 4, row by row.
        (
            vec![0, 1],
            vec![],
            vec![dense_level(3), sparse_level(vec![0, 2, 2, 3], vec![1, 3, 0])],
            vec![1.0, 2.0, 3.0],
            vec![0., 1., 0., 2., 0., 0., 0., 0., 3., 0., 0., 0.],
        ),
        // 3 × 4 in blocks of 1 × 2: the second of row 0, the first of row 2.
        (
            vec![0, 1, 2],
            vec![1],
            vec![dense_level(3), sparse_level(vec![0, 1, 1, 2], vec![1, 0]), dense_level(2)],
            vec![5.0, 6.0, 7.0, 8.0],
            vec![0., 0., 5., 6., 0., 0., 0., 0., 7., 8., 0., 0.],
        ),
    ];
    for (order, blocks, levels, values, expected) in cases {
        let mut net = Network::new();
        let x = net.input(&[3, 4]);
        let buffer = net.buffer(values.iter().flat_map(|v: &f32| v.to_le_bytes()).collect());
        let sparsity = Table::default()
            .with(0, Field::Ints(order))
            .with(1, Field::Ints(blocks))
            .with(2, Field::Children(levels));
        let stored = Table::default()
            .with(0, Field::Ints(vec![3, 4]))
            .number(2, buffer)
            .with(6, Field::Child(sparsity));
        let stored = net.push(stored);
        let filled = net.op(DENSIFY, &[stored], &[3, 4], Table::default());
        let y = net.op(ADD, &[x, filled], &[3, 4], Table::default());
        let model = Model::parse(&net.finish(&[y])).expect("a sound file");
        assert_eq!(model.tensors()[filled as usize].constant.as_deref().expect("filled in"), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    /// Large enough to be computed by transformed weights.
    #[test]
    fn convolutions_of_large_images(
        size in [64usize..70, 66usize..70, 16usize..17], columns in prop_oneof![Just(16usize), Just(48)],
        same: bool, residual: bool, activation in 0i32..4,
    ) {
        let options = ConvOptions { same, activation: if residual { 0 } else { activation }, ..ConvOptions::default() };
        let mut net = Network::new();
        let x = net.input(&image(size));
        let (y, shape) = conv(&mut net, x, size, columns, [3, 3], options);
        let mut outputs = vec![y];
        if residual {
            let other = net.input(&shape);
            outputs = vec![net.op(ADD, &[y, other], &shape, Table::default().number(0, activation))];
        }
        // Transformed weights round at the size of the sums, of which an activation may let through a small part.
        check_within(&net.finish(&outputs), 5e-4);
    }
}

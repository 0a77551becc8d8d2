//! The face of the crate: names, pruning, sharing, refusals.

use crate::network::{ConvOptions, Network, Table, naive};
use rayon::ThreadPoolBuilder;
use tflite::{Activation, Error, Kernels, Model, ModelBuilder, Session, SessionOptions, Window};

/// x → conv → `t5`, and → logistic of a slice of it: two outputs.
fn two_outputs() -> Model {
    let mut net = Network::new();
    let x = net.input(&[1, 4, 4, 3]);
    let (weights, bias) = (net.weights(&[5, 3, 3, 3]), net.weights(&[5]));
    let y = net.op(3, &[x, weights, bias], &[1, 4, 4, 5], ConvOptions::default().table(false));
    let z = net.op(14, &[y], &[1, 4, 4, 5], Table::default());
    Model::parse(&net.finish(&[y, z])).expect("sound")
}

fn ramp(len: usize) -> Vec<f32> {
    (0..len).map(|i| i as f32 / 10.0 - 2.0).collect()
}

#[test]
fn a_model_tells_its_names_and_shapes() {
    let model = two_outputs();
    let input = model.inputs().next().expect("one");
    assert_eq!((input.name.as_str(), input.shape.as_slice(), input.len()), ("t0", &[1, 4, 4, 3][..], 48));
    let outputs: Vec<_> = model.outputs().map(|output| (output.name.as_str(), output.len())).collect();
    assert_eq!(outputs, [("t3", 80), ("t4", 80)]);
    assert_eq!(model.multiply_adds(), 80 * 27 + 80 * 8);
}

#[test]
fn outputs_not_asked_for_are_left_out() {
    let model = two_outputs();
    let mut session =
        Session::new(&model, &SessionOptions { outputs: &["t4"], ..Default::default() }).expect("known");
    session.input_mut(0).copy_from_slice(&ramp(48));
    session.run();
    assert_eq!(session.outputs().len(), 1);
    assert_eq!(session.multiply_adds(), 80 * 27 + 80 * 8);
    let first =
        Session::new(&model, &SessionOptions { outputs: &["t3"], ..Default::default() }).expect("known");
    assert_eq!(first.multiply_adds(), 80 * 27);
    assert!(session.output("t3").is_none());
    let expected = &naive::run(&model, &[ramp(48)])[4];
    for (found, expected) in session.output("t4").expect("asked for").iter().zip(expected) {
        assert!((f64::from(*found) - expected).abs() < 1e-6);
    }
}

#[test]
fn a_clone_has_memory_of_its_own() {
    let model = two_outputs();
    let mut session = Session::new(&model, &SessionOptions::default()).expect("runnable");
    session.input_mut(0).copy_from_slice(&ramp(48));
    session.run();
    let mut other = session.clone();
    let thread = std::thread::spawn(move || {
        other.input_mut(0).fill(0.0);
        other.run();
        other.output("t3").expect("computed").to_vec()
    });
    let elsewhere = thread.join().expect("no panic");
    let here = session.output("t3").expect("computed");
    assert_ne!(elsewhere, here);
    let expected = &naive::run(&model, &[ramp(48)])[3];
    assert!(here.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5));
}

#[test]
fn inputs_keep_their_values() {
    let model = two_outputs();
    let mut session = Session::new(&model, &SessionOptions::default()).expect("runnable");
    session.input_mut(0).copy_from_slice(&ramp(48));
    session.run();
    assert_eq!(session.input_mut(0), ramp(48));
}

#[test]
fn an_unknown_output_is_refused() {
    let refused = Session::new(&two_outputs(), &SessionOptions { outputs: &["pose"], ..Default::default() });
    assert_eq!(refused.err(), Some(Error::UnknownOutput("pose".into())));
}

#[test]
fn kernels_that_the_processor_lacks_are_refused() {
    for kernels in [Kernels::Avx512, Kernels::Avx2, Kernels::Portable] {
        let session = Session::new(&two_outputs(), &SessionOptions { outputs: &[], kernels });
        assert_eq!(session.is_ok(), kernels.is_available());
    }
    assert!(Kernels::detect().is_available() && Kernels::Portable.is_available());
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let window = Window { stride: [2, 2], pad_before: [2, 2], pad_after: [1, 2], ..Window::square(5, 1) };
    let mut network = ModelBuilder::default();
    let x = network.input("x", &[1, 66, 70, 16]);
    let mut constant = |shape: &[usize]| {
        let values: Vec<f32> =
            (0..shape.iter().product()).map(|i: usize| (i * 37 % 101) as f32 / 99.0 - 0.5).collect();
        network.constant(shape, values).expect("as many as the shape asks for")
    };
    let [(a, b), (c, d), (e, f)] = [[16, 3, 3, 16], [32, 5, 5, 16], [64, 1, 1, 32]]
        .map(|shape| (constant(&shape), constant(&shape[..1])));
    let transformed = network.conv_2d(x, a, b, Window::square(3, 1), Activation::Relu).expect("fits");
    let strided = network.conv_2d(transformed, c, d, window, Activation::None).expect("fits");
    let dense = network.conv_2d(strided, e, f, Window::square(1, 1), Activation::None).expect("fits");
    let model = network
        .finish(&[("transformed", transformed), ("strided", strided), ("dense", dense)])
        .expect("computed");
    let run = |threads: usize| {
        let session = Session::new(&model, &SessionOptions::default()).expect("runnable");
        let mut session = if threads == 0 { session } else { session.shared() };
        session.input_mut(0).copy_from_slice(&ramp(66 * 70 * 16));
        let pool = ThreadPoolBuilder::new().num_threads(threads.max(1)).build().expect("threads to be had");
        pool.install(|| session.run());
        ["transformed", "strided", "dense"].map(|name| session.output(name).expect("computed").to_vec())
    };
    let alone = run(0);
    assert!(alone.iter().flatten().any(|&value| value != 0.0));
    for threads in [1, 2, 3, 7, 100] {
        assert!(run(threads) == alone, "{threads}");
    }
}

#[test]
fn what_does_not_fit_is_not_built() {
    let mut network = ModelBuilder::default();
    let x = network.input("x", &[1, 4, 4, 3]);
    let weights = network.constant(&[5, 3, 3, 3], [0.0; 135]).expect("as many as the shape asks for");
    let bias = network.constant(&[5], [0.0; 5]).expect("as many as the shape asks for");
    assert!(network.constant(&[2], [0.0; 3]).is_err());
    assert!(network.conv_2d(x, bias, bias, Window::square(3, 1), Activation::None).is_err());
    assert!(network.conv_2d(weights, weights, bias, Window::square(3, 1), Activation::None).is_err());
    let none = Window { stride: [0, 1], ..Window::square(3, 1) };
    assert!(network.conv_2d(x, weights, bias, none, Activation::None).is_err());
    let y = network.conv_2d(x, weights, bias, Window::square(3, 1), Activation::None).expect("fits");
    assert!(network.add(x, y).is_err() && network.join_channels(x, 99).is_err());
    assert!(network.clone().finish(&[("x", x)]).is_err());
    assert!(network.finish(&[("y", y)]).is_ok());
}

#[test]
fn multiply_adds_in_registers_are_counted() {
    for kernels in [Kernels::Avx512, Kernels::Avx2, Kernels::Portable] {
        let counts = [10, 30].map(|rounds| kernels.multiply_and_add(rounds));
        match counts {
            [Ok(few), Ok(many)] => assert!(few > 0 && many == 3 * few),
            _ => assert!(!kernels.is_available()),
        }
    }
}

//! Damaged and hostile files are refused with a sentence, never with a panic, an endless run or a flood of memory.

use crate::network::{ConvOptions, Field, Network, Table, attributes};
use proptest::prelude::*;
use tflite::{Error, Model, Session, SessionOptions};

/// A network with something of everything.
fn sample() -> Vec<u8> {
    let mut net = Network::new();
    let x = net.input(&[1, 8, 8, 3]);
    let pads = net.ints(&[0, 0, 1, 1, 1, 1, 0, 0]);
    let padded = net.op(34, &[x, pads], &[1, 10, 10, 3], Table::default());
    let (weights, bias) = (net.weights(&[6, 3, 3, 3]), net.weights(&[6]));
    let options = ConvOptions { same: false, stride: [2, 2], ..ConvOptions::default() };
    let y = net.op(3, &[padded, weights, bias], &[1, 4, 4, 6], options.table(false));
    let weights = net.weights(&[1, 3, 3, 6]);
    let z = net.op(4, &[y, weights, bias], &[1, 4, 4, 6], ConvOptions::default().table(true));
    let sum = net.op(0, &[z, y], &[1, 4, 4, 6], Table::default().number(0, 1));
    let size = net.ints(&[8, 8]);
    let large = net.op(23, &[sum, size], &[1, 8, 8, 6], Table::default().number(3, 1));
    let pool = Table::default().number(0, 1).number(1, 2).number(2, 2).number(3, 2).number(4, 2);
    let pooled = net.op(17, &[large], &[1, 4, 4, 6], pool);
    let joined = net.op(2, &[pooled, sum], &[1, 4, 4, 12], Table::default().number(0, 3));
    let points = net.op(22, &[joined], &[1, 64, 3], Table::default());
    let crop = attributes(&[
        ("left_rotation_idx", &[3.0]),
        ("output_height", &[4.0]),
        ("output_width", &[4.0]),
        ("right_rotation_idx", &[9.0]),
        ("scale_x", &[1.5]),
        ("scale_y", &[1.5]),
        ("subset_idxs", &[0.0, 1.0, 60.0]),
        ("target_rotation_radians", &[0.0]),
    ]);
    let matrix = net.custom("Landmarks2TransformMatrix", &[points], &[1, 4, 4], crop);
    let sampled = net.custom("TransformTensorBilinear", &[large, matrix], &[1, 4, 4, 6], Vec::new());
    let (begin, end, stride) = (net.ints(&[0, 0, 1, 0]), net.ints(&[1, 4, 4, 6]), net.ints(&[1, 2, 1, 1]));
    let sliced = net.op(45, &[sampled, begin, end, stride], &[1, 2, 3, 6], Table::default());
    net.finish(&[sliced])
}

/// Reads a file as a stranger's: it may be refused, and otherwise must run.
fn survive(file: &[u8]) {
    let Ok(model) = Model::parse(file) else { return };
    if let Ok(mut session) = Session::new(&model, &SessionOptions::default()) {
        session.run();
    }
}

#[test]
fn the_sample_is_sound() {
    let model = Model::parse(&sample()).expect("sound");
    Session::new(&model, &SessionOptions::default()).expect("runnable").run();
}

#[test]
fn every_beginning_of_a_file_is_refused() {
    let file = sample();
    for end in 0..file.len() - 64 {
        survive(&file[..end]);
    }
    assert!(matches!(Model::parse(&[]), Err(Error::Malformed(_))));
    assert!(matches!(Model::parse(b"GIF89a..............."), Err(Error::Malformed(_))));
}

#[test]
fn every_byte_may_be_any_of_some() {
    let mut file = sample();
    for at in 0..file.len() {
        let byte = file[at];
        for damaged in [0, 1, 0x7f, 0x80, 0xff, byte ^ 1, byte.wrapping_add(4), byte.wrapping_sub(4)] {
            file[at] = damaged;
            survive(&file);
        }
        file[at] = byte;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_do_no_harm(damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u32>(), 0usize..3), 1..6)) {
        let mut file = sample();
        for (place, value, width) in damage {
            let bytes = &value.to_le_bytes()[..1 << width];
            let at = place.index(file.len() - bytes.len());
            file[at..at + bytes.len()].copy_from_slice(bytes);
        }
        survive(&file);
    }

    #[test]
    fn random_bytes_do_no_harm(mut bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if bytes.len() > 8 {
            bytes[..8].copy_from_slice(b"\x10\0\0\0TFL3");
        }
        survive(&bytes);
    }
}

/// Asserts that a network of one operator is refused, and what the refusal says.
fn refused(build: impl FnOnce(&mut Network) -> i32, says: &str) {
    let mut net = Network::new();
    let output = build(&mut net);
    let file = net.finish(&[output]);
    let error =
        Model::parse(&file).and_then(|model| Session::new(&model, &SessionOptions::default()).map(drop));
    let sentence = error.expect_err("a refusal").to_string();
    assert!(sentence.contains(says), "{sentence}");
}

#[test]
fn refusals_say_what_is_wrong() {
    let add = |net: &mut Network, a, b, c: &[usize]| net.op(0, &[a, b], c, Table::default());
    refused(|net| net.op(14, &[7], &[1], Table::default()), "there is no tensor 7");
    refused(
        |net| {
            let x = net.input(&[2]);
            net.op(25, &[x], &[2], Table::default())
        },
        "operator number 25",
    );
    refused(
        |net| {
            let x = net.input(&[2]);
            net.custom("Detect", &[x], &[2], Vec::new())
        },
        "the custom operator `Detect`",
    );
    refused(
        |net| {
            let (a, b) = (net.input(&[2]), net.input(&[3]));
            add(net, a, b, &[3])
        },
        "do not fit each other",
    );
    refused(
        |net| {
            let a = net.input(&[2]);
            add(net, a, a, &[3])
        },
        "a result of shape [2] is declared to be [3]",
    );
    refused(
        |net| {
            let (a, b) = (net.input(&[2]), net.tensor(&[2], 0, 0));
            add(net, a, b, &[2])
        },
        "before it is computed",
    );
    refused(
        |net| {
            let a = net.input(&[1, 40_000, 40_000, 1]);
            add(net, a, a, &[1, 40_000, 40_000, 1])
        },
        "512 MB",
    );
    refused(
        |net| {
            // Each fits, both together do not.
            let a = net.input(&[100_000_000]);
            add(net, a, a, &[100_000_000])
        },
        "take more than 512 MB",
    );
    refused(
        |net| {
            let a = net.input(&[0, 4]);
            add(net, a, a, &[0, 4])
        },
        "a dimension of length 0",
    );
    refused(
        |net| {
            let x = net.input(&[1, 4000, 4000, 4]);
            let weights = net.weights(&[1, 100, 100, 4]);
            net.op(4, &[x, weights], &[1, 4000, 4000, 4], ConvOptions::default().table(true))
        },
        "a run takes more than",
    );
    refused(
        |net| {
            let x = net.input(&[2, 4, 4, 1]);
            net.op(5, &[x], &[2, 8, 8, 1], Table::default().number(0, 2))
        },
        "more than one image",
    );
}

/// What takes little room in a file must not take much in memory or time.
#[test]
fn small_files_that_ask_for_much_are_refused() {
    refused(
        |net| {
            // A shared weight, packed for each of many layers.
            let x = net.input(&[1, 1, 1, 1 << 18]);
            let weights = net.weights(&[1, 1, 1, 1 << 18]);
            let shape = [1, 1, 1, 1 << 18];
            (0..200).fold(x, |x, _| net.op(4, &[x, weights], &shape, ConvOptions::default().table(true)))
        },
        "packed weights",
    );
    refused(
        |net| {
            let x = net.input(&[1, 1, 1, 1]);
            let size = net.ints(&[1, 1 << 26]);
            net.op(23, &[x, size], &[1, 1, 1 << 26, 1], Table::default())
        },
        "an image is resized to 1 × 67108864",
    );
    refused(
        |net| {
            let x = net.input(&[1, 1, 1, 1]);
            let weights = net.weights(&[1, 4096, 1, 1]);
            let options = ConvOptions { dilation: [4096, 1], ..ConvOptions::default() };
            net.op(3, &[x, weights], &[1, 1, 1, 1], options.table(false))
        },
        "further than 4096 pixels",
    );
    refused(
        |net| {
            let x = net.input(&[1 << 25]);
            let (begin, end, stride) = (net.ints(&[0]), net.ints(&[1 << 25]), net.ints(&[1]));
            (0..100).fold(x, |x, _| net.op(45, &[x, begin, end, stride], &[1 << 25], Table::default()))
        },
        "a run takes more than",
    );
}

/// References that lead round in a circle, or a long list of the same large table, cost no more than a short file.
#[test]
fn circles_and_repetitions_are_short() {
    let mut file = vec![0; 4096];
    file[..8].copy_from_slice(b"\x08\0\0\0TFL3");
    for at in (8..4096).step_by(4) {
        file[at..at + 4].copy_from_slice(&4u32.to_le_bytes());
    }
    survive(&file);
    let children = Field::Children(vec![Table::default(); 5000]);
    let file = Table::default()
        .with(2, Field::Children(vec![Table::default()]))
        .with(4, children.clone())
        .with(1, children);
    assert!(Model::parse(&file.into_file()).is_err());
}

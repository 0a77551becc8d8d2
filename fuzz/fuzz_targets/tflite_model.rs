//! Any bytes as a network: refused, or prepared and run on every set of kernels, without harm.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run tflite_model fuzz/corpus/tflite_model fuzz/seeds/tflite_model`

#![no_main]

use libfuzzer_sys::fuzz_target;
use tflite::{Kernels, Model, Session, SessionOptions};

/// Larger networks are right to take their time; the fuzzer has better uses for it.
const MAX_MULTIPLY_ADDS: u64 = 1 << 22;

fuzz_target!(|bytes: &[u8]| {
    let Ok(model) = Model::parse(bytes) else { return };
    if model.multiply_adds() > MAX_MULTIPLY_ADDS {
        return;
    }
    for kernels in [Kernels::Avx512, Kernels::Avx2, Kernels::Portable] {
        if let Ok(mut session) = Session::new(&model, &SessionOptions { outputs: &[], kernels }) {
            session.run();
        }
    }
});

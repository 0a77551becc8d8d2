//! Times networks on every set of kernels that this processor has.
//!
//! `cargo run --release -p tflite --example time -- NETWORK.tflite[:OUTPUT,OUTPUT…] …`

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::time::Instant;

use tflite::{Kernels, Model, Session, SessionOptions};

const RUNS: usize = 60;

fn main() -> Result<(), Box<dyn Error>> {
    for argument in std::env::args().skip(1) {
        let (path, outputs) = argument.split_once(':').unwrap_or((&argument, ""));
        let outputs: Vec<&str> = outputs.split(',').filter(|name| !name.is_empty()).collect();
        let model = Model::parse(&std::fs::read(path)?)?;
        print!("{path}: {} million multiply-adds;", model.multiply_adds() / 1_000_000);
        for kernels in [Kernels::Avx512, Kernels::Avx2, Kernels::Portable] {
            if kernels.is_available() {
                let session = Session::new(&model, &SessionOptions { outputs: &outputs, kernels })?;
                print!(" {kernels:?} {:.2} ms", time_ms(session));
            }
        }
        println!();
    }
    Ok(())
}

/// The median time of a run.
fn time_ms(mut session: Session) -> f64 {
    for (i, value) in session.input_mut(0).iter_mut().enumerate() {
        *value = (i % 251) as f32 / 251.0;
    }
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            session.run();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}

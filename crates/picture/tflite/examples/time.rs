//! Times networks on every set of kernels that this processor has; with `--steps`, each step of a run too.
//!
//! `cargo run --release -p tflite --example time -- [--steps] NETWORK.tflite[:OUTPUT,OUTPUT…] …`
//!
//! A time is the sum of the steps' shortest, so that other programs' turns on the processor do not count.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::time::{Duration, Instant};

use tflite::{Kernels, Model, Session, SessionOptions};

const RUNS: usize = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, networks): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|a| a == "--steps");
    for network in networks {
        let (path, outputs) = network.split_once(':').unwrap_or((&network, ""));
        let outputs: Vec<&str> = outputs.split(',').filter(|name| !name.is_empty()).collect();
        let model = Model::parse(&std::fs::read(path)?)?;
        println!("{path}: {} million multiply-adds in all", model.multiply_adds() / 1_000_000);
        for kernels in [Kernels::Avx512, Kernels::Avx2, Kernels::Portable] {
            if kernels.is_available() {
                let steps = time(Session::new(&model, &SessionOptions { outputs: &outputs, kernels })?);
                let total: Duration = steps.iter().map(|(_, time)| *time).sum();
                println!("  {kernels:?}: {:.2} ms", total.as_secs_f64() * 1e3);
                for (label, time) in steps.iter().filter(|_| !flags.is_empty()) {
                    println!("  {:8.1} us  {label}", time.as_secs_f64() * 1e6);
                }
            }
        }
    }
    Ok(())
}

/// The steps of a run and the shortest time of each.
fn time(mut session: Session) -> Vec<(String, Duration)> {
    for (i, value) in session.input_mut(0).iter_mut().enumerate() {
        *value = (i % 251) as f32 / 251.0;
    }
    let mut steps = Vec::new();
    session.run_observed(|label| steps.push((label.to_owned(), Duration::MAX)));
    for _ in 0..RUNS {
        let (mut step, mut start) = (0, Instant::now());
        session.run_observed(|_| {
            let end = Instant::now();
            steps[step].1 = steps[step].1.min(end - start);
            (step, start) = (step + 1, end);
        });
    }
    steps
}

//! The tracking networks in `tflite`, `tract` and `rten`: the same network, one thread each, in one run.
//!
//! `PANTOMIME_MODELS=… cargo bench -p bench --features networks --bench networks`
//!
//! What is compared is processor time, so that other programs do not count. The other two are given the network as
//! ONNX, converted once from the file; before anything is timed, all three must give the same outputs.

#![allow(clippy::print_stdout)] // its purpose

mod onnx;
mod processor_time;
mod runtimes;
mod unpacked;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use criterion::{BenchmarkId, Criterion};
use processor_time::ProcessorTime;
use runtimes::{Rten, Runtime, Tflite, Tract};
use tflite::{Kernels, Model};

/// A network file and the outputs kept (none: all).
const NETWORKS: [(&str, &[&str]); 5] = [
    ("pose_detection", &[]),
    // The segmentation is not used.
    ("pose_landmark_full", &["Identity", "Identity_1", "Identity_3", "Identity_4"]),
    ("hand_landmark_full", &[]),
    ("palm_detection_full", &[]),
    ("face_detection_short_range", &[]),
];

/// Largest difference between two runtimes, over the output's largest magnitude.
const TOLERANCE: f32 = 1e-4;
/// A smaller peak than this, as of a likelihood that is as good as nought, is mere rounding.
const LEAST_PEAK: f32 = 1e-2;

fn main() -> Result<()> {
    let mut criterion =
        Criterion::default().with_measurement(ProcessorTime).sample_size(20).configure_from_args();
    let mut table = Vec::new();
    for (name, outputs) in NETWORKS {
        let file = models_dir()?.join(format!("{name}.tflite"));
        let bytes = std::fs::read(&file)
            .with_context(|| format!("{}: `pantomime models install`", file.display()))?;
        let model = Model::parse(&bytes)?;
        let input = picture(model.inputs().next().context("an input")?.len());
        table.push((name, compare(&mut criterion, name, &model, outputs, &input)?));
    }
    criterion.final_summary();
    print_table(&table);
    Ok(())
}

fn models_dir() -> Result<PathBuf> {
    if let Some(dir) = std::env::var_os("PANTOMIME_MODELS") {
        return Ok(dir.into());
    }
    Ok(PathBuf::from(std::env::var_os("HOME").context("HOME")?).join(".cache/pantomime/models"))
}

/// Values between 0 and 1 without a pattern that a network could make light of.
fn picture(len: usize) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    (0..len).map(|_| next()).collect()
}

/// Milliseconds of each runtime, by name.
type Times = Vec<(String, f64)>;

fn compare(
    criterion: &mut Criterion<ProcessorTime>,
    name: &str,
    model: &Model,
    outputs: &[&str],
    input: &[f32],
) -> Result<Times> {
    let converted = onnx::convert(model, outputs)?;
    let mut runtimes: Vec<Box<dyn Runtime>> = Vec::new();
    for kernels in [Kernels::Avx512, Kernels::Avx2, Kernels::Portable] {
        if kernels.is_available() {
            runtimes.push(Box::new(Tflite::new(model, outputs, kernels, input)?));
        }
    }
    runtimes.push(Box::new(Tract::new(&converted, input)?));
    runtimes.push(Box::new(Rten::new(&converted, input)?));
    let expected = runtimes[0].outputs()?;
    for runtime in &mut runtimes[1..] {
        let found = runtime.outputs()?;
        ensure!(found.len() == expected.len());
        for (expected, found) in expected.iter().zip(&found) {
            let peak = expected.iter().fold(0f32, |peak, x| peak.max(x.abs()));
            let worst = expected.iter().zip(found).fold(0f32, |worst, (a, b)| worst.max((a - b).abs()));
            let same = expected.len() == found.len() && worst <= TOLERANCE * peak.max(LEAST_PEAK);
            ensure!(same, "{name}: {} is off by {worst} of {peak}", runtime.name());
        }
    }
    let mut group = criterion.benchmark_group(name);
    let mut times = Times::new();
    for runtime in &mut runtimes {
        let mut shortest_ms = f64::INFINITY;
        group.bench_function(BenchmarkId::from_parameter(runtime.name()), |bencher| {
            bencher.iter_custom(|iterations| {
                let start = processor_time::now();
                for _ in 0..iterations {
                    runtime.run();
                }
                let time = processor_time::now() - start;
                shortest_ms = shortest_ms.min(time.as_secs_f64() * 1e3 / iterations as f64);
                time
            });
        });
        times.push((runtime.name().to_owned(), shortest_ms));
    }
    group.finish();
    Ok(times)
}

/// The shortest mean of a sample, and how many times that of our fastest kernels.
fn print_table(table: &[(&str, Times)]) {
    println!("processor time of a run, ms (times that of tflite's fastest kernels)");
    for (network, times) in table {
        let Some(&(_, ours)) = times.first() else { continue };
        let columns: Vec<String> =
            times.iter().map(|(runtime, ms)| format!("{runtime} {ms:.2} ({:.1}×)", ms / ours)).collect();
        println!("{network:28} {}", columns.join("   "));
    }
}

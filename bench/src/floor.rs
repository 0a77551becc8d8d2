//! What a transfer costs at the very least: the arithmetic of its networks at the processor's measured peak, and libav's decoding
//! and encoding of the same clips.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use tflite::Kernels;

use crate::measure::{Measured, children_cpu_secs};

/// Of several short measurements the best is taken, for other programs have turns on the processor too.
const TRIALS: usize = 10;
const TRIAL_SECS: f64 = 0.05;

/// Multiply-adds a second of one core that does nothing else.
pub(crate) fn peak_per_sec() -> Result<f64> {
    let (kernels, mut rounds, mut best) = (Kernels::detect(), 1 << 16, 0f64);
    for _ in 0..TRIALS {
        let started = Instant::now();
        let done = kernels.multiply_and_add(rounds)?;
        let secs = started.elapsed().as_secs_f64().max(1e-6);
        best = best.max(done as f64 / secs);
        rounds = (rounds as f64 * TRIAL_SECS / secs).max(1.0) as u64;
    }
    Ok(best)
}

/// Prints the floor of a transfer of `video` to `output`, how many times that was taken, and by what.
pub(crate) fn print(measured: &Measured, video: &Path, output: &Path) -> Result<()> {
    let (peak, frames) = (peak_per_sec()?, measured.report.frames as f64);
    let decode = decode_secs(video)?;
    let encode = (encode_secs(output)? - decode_secs(output)?).max(0.0);
    let multiply_adds: u64 = measured.networks.iter().map(|network| network.multiply_adds).sum();
    let networks = multiply_adds as f64 / peak;
    let floor = networks + decode + encode;
    println!(
        "floor, processor seconds ({:.1} thousand million multiply-adds a second at peak, {}):",
        peak / 1e9,
        Kernels::detect().name()
    );
    for network in &measured.networks {
        println!(
            "    {:28} {:6} runs {:8.0} million each {:7.2} s",
            network.name,
            network.runs,
            network.multiply_adds as f64 / network.runs.max(1) as f64 / 1e6,
            network.multiply_adds as f64 / peak
        );
    }
    let line =
        |what: &str, secs: f64| println!("  {what:30} {secs:7.2} s {:7.1} ms a frame", secs * 1e3 / frames);
    line("networks' arithmetic", networks);
    line("libav decodes the driver", decode);
    line("libav encodes the result", encode);
    line("floor", floor);
    line("taken", measured.cpu_secs);
    println!("  {:.2} times the floor", measured.cpu_secs / floor);
    Ok(())
}

/// Processor time of decoding a video and nothing else.
fn decode_secs(video: &Path) -> Result<f64> {
    ffmpeg_secs(video, &["-c:v", "wrapped_avframe"])
}

/// The same, and of encoding it as we do.
fn encode_secs(video: &Path) -> Result<f64> {
    let quality = ["-crf", "20", "-threads", "2", "-x264-params", "mbtree=1:rc-lookahead=10"];
    ffmpeg_secs(video, &[&["-c:v", "libx264", "-preset", "superfast"], quality.as_slice()].concat())
}

fn ffmpeg_secs(video: &Path, arguments: &[&str]) -> Result<f64> {
    let before = children_cpu_secs()?;
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-threads", "1", "-i"]).arg(video).args(["-map", "0:v:0"]).args(arguments);
    let status = ffmpeg.args(["-f", "null", "-"]).stdin(Stdio::null()).status();
    ensure!(status.context("ffmpeg cannot be started")?.success(), "ffmpeg failed");
    Ok(children_cpu_secs()? - before)
}

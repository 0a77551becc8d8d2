//! Figures of a whole transfer: `cargo run --release -p bench -- transfer [IMAGE VIDEO]` prints the time of every stage,
//! frames a second, peak memory, a second run on the motion that the first one kept, and how many times the floor all that is;
//! `… -- tracking` compares our tracking with another package's; `… -- length [IMAGE VIDEO]` compares time and peaks of clips of
//! several lengths; `… -- drawing CHARACTER MOTION` draws a `.character` in the poses of a `.motion`; `… -- server` loads the
//! server while it renders.
//!
//! Every transfer runs in a child process, so that a peak is that of one transfer and nothing else.
#![allow(clippy::print_stdout)]

mod drawing;
mod floor;
mod measure;
mod server;
mod tracking;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Parser, Subcommand};

use crate::measure::{Job, Measured, measure_here, measure_in_child};

/// Time and memory of a whole transfer.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Mode,
}

#[derive(Subcommand)]
enum Mode {
    /// Time of every stage, frames a second, peak memory, and the floor
    Transfer(Pair),
    /// Processor time of tracking, ours and another package's
    Tracking(Pair),
    /// Processor time and peak memory of 5, 10 and 30 s of the clip
    Length(Pair),
    /// Processor time of making and drawing a character, from exported files
    Drawing { character: PathBuf, motion: PathBuf },
    /// The server under load while it renders: requests a second, latencies, memory, start
    Server(Pair),
    /// One transfer in this process; its figures as JSON
    #[command(hide = true)]
    Once(Once),
    /// Tracking in this process; its figures as JSON
    #[command(hide = true)]
    TrackOnce { video: PathBuf },
}

#[derive(Args)]
struct Once {
    image: PathBuf,
    video: PathBuf,
    output: PathBuf,
    #[arg(long)]
    threads: NonZeroUsize,
    #[arg(long)]
    work_dir: Option<PathBuf>,
}

#[derive(Args, Clone)]
struct Pair {
    /// Still image [default: c02 of the test data, else the bundled character]
    #[arg(requires = "video")]
    image: Option<PathBuf>,
    /// Driving video [default: v02 of the test data, else the bundled dance]
    video: Option<PathBuf>,
    /// Threads [default: all cores]
    #[arg(long)]
    threads: Option<NonZeroUsize>,
}

/// Lengths that are compared, in seconds, and the most that the memory of the longest may be over that of the shortest.
const LENGTHS_SECS: [u32; 3] = [5, 10, 30];
const MOST_GROWTH: f64 = 0.03;

fn main() -> Result<()> {
    match Cli::parse().command {
        Mode::Transfer(pair) => transfer(&pair),
        Mode::Tracking(pair) => {
            let (_, video) = pair.files();
            println!("tracking of {}", name(&video));
            tracking::compare(&video)
        }
        Mode::Length(pair) => length(&pair),
        Mode::Drawing { character, motion } => drawing::drawing(&character, &motion),
        Mode::Server(pair) => {
            let (image, video) = pair.files();
            server::server(&image, &video)
        }
        Mode::Once(Once { image, video, output, threads, work_dir }) => {
            let (image, video, output, work_dir) = (&image, &video, &output, work_dir.as_deref());
            let measured = measure_here(Job { image, video, output, work_dir, threads })?;
            println!("{}", serde_json::to_string(&measured)?);
            Ok(())
        }
        Mode::TrackOnce { video } => {
            println!("{}", serde_json::to_string(&tracking::track_here(&video)?)?);
            Ok(())
        }
    }
}

impl Pair {
    fn files(&self) -> (PathBuf, PathBuf) {
        if let (Some(image), Some(video)) = (&self.image, &self.video) {
            return (image.clone(), video.clone());
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let data = std::env::var_os("PANTOMIME_TEST_DATA")
            .map_or_else(|| root.join("../shared/data"), PathBuf::from);
        let real = (
            data.join("images/c02_full_woman_street.jpg"),
            data.join("videos/v02_woman_dance_backdrop_audio.mp4"),
        );
        if real.0.exists() && real.1.exists() {
            return real;
        }
        (root.join("demo/character.png"), root.join("demo/dance.mp4"))
    }

    fn threads(&self) -> NonZeroUsize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }
}

fn transfer(pair: &Pair) -> Result<()> {
    let (image, video) = pair.files();
    let folder = tempfile::tempdir()?;
    let output = folder.path().join("out.mp4");
    let (threads, work_dir) = (pair.threads(), Some(folder.path()));
    let job = Job { image: &image, video: &video, output: &output, work_dir, threads };
    let measured = measure_in_child(job)?;
    println!("{} + {}, {threads} threads", name(&image), name(&video));
    print(&measured);
    let again = measure_in_child(job)?;
    println!("again, on the motion that was kept");
    print(&again);
    floor::print(&measured, &video, &output)
}

fn print(Measured { report, wall_secs, cpu_secs, peak_mb, .. }: &Measured) {
    let frames = report.frames as f64;
    println!(
        "{} frames at {} a second ({:.2} s), {}x{}",
        report.frames, report.frame_rate, report.duration_secs, report.width, report.height
    );
    for (stage, secs) in &report.stage_secs {
        println!("  {stage:8} {secs:7.2} s {:8.1} ms a frame", secs * 1000.0 / frames);
    }
    println!("  {:8} {wall_secs:7.2} s {:8.1} frames a second", "all", frames / wall_secs);
    println!("  {:8} {cpu_secs:7.2} s {:8.1} ms a frame", "cpu", cpu_secs * 1000.0 / frames);
    println!("  {:8} {peak_mb:7.0} MB", "peak");
    for warning in &report.warnings {
        println!("  warning[{}]: {}", warning.code, warning.message);
    }
}

fn length(pair: &Pair) -> Result<()> {
    let (image, video) = pair.files();
    let folder = tempfile::tempdir()?;
    let mut peaks_mb = Vec::new();
    for secs in LENGTHS_SECS {
        let [clip, output] = ["mp4", "out.mp4"].map(|end| folder.path().join(format!("{secs}.{end}")));
        loop_clip(&video, secs, &clip)?;
        let job =
            Job { image: &image, video: &clip, output: &output, work_dir: None, threads: pair.threads() };
        let Measured { report, wall_secs, cpu_secs, peak_mb, .. } = measure_in_child(job)?;
        let per_frame = |secs: f64| secs * 1e3 / report.frames as f64;
        println!(
            "{secs:3} s: {:5} frames, {wall_secs:6.2} s, {:5.1} processor ms a frame, peak {peak_mb:.0} MB",
            report.frames,
            per_frame(cpu_secs)
        );
        peaks_mb.push(peak_mb);
    }
    let growth = peaks_mb[peaks_mb.len() - 1] / peaks_mb[0] - 1.0;
    println!("growth {:+.1} % (at most {:.0} %)", growth * 100.0, MOST_GROWTH * 100.0);
    ensure!(growth <= MOST_GROWTH, "memory grows with the length of the clip");
    Ok(())
}

/// The first `secs` of `video`, which is played again from its start as often as that needs.
fn loop_clip(video: &Path, secs: u32, clip: &Path) -> Result<()> {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-stream_loop", "-1", "-i"]).arg(video).args(["-t", &secs.to_string()]);
    ffmpeg.args(["-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac"]).arg(clip);
    ensure!(ffmpeg.status().context("ffmpeg cannot be started")?.success(), "ffmpeg failed");
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

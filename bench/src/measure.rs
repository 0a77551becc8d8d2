use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use contract::{CancelToken, Engine as _, RunContext, Silent, TransferReport, TransferRequest};
use puppet::PuppetEngine;
use puppet::networks::{Network, NetworkWork};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The figures of one transfer.
#[derive(Serialize, Deserialize)]
pub(crate) struct Measured {
    /// What the engine says.
    pub(crate) report: TransferReport,
    /// Everything from loading networks to the finished file, in seconds.
    pub(crate) wall_secs: f64,
    /// Processor time of all its threads, in seconds.
    pub(crate) cpu_secs: f64,
    /// Greatest resident memory of the process, in 10⁶ bytes.
    pub(crate) peak_mb: f64,
    /// What each network did.
    pub(crate) networks: Vec<NetworkFigures>,
}

/// What a network did in a transfer.
#[derive(Serialize, Deserialize)]
pub(crate) struct NetworkFigures {
    pub(crate) name: String,
    pub(crate) runs: u64,
    /// Of all runs.
    pub(crate) multiply_adds: u64,
}

/// What is transferred, and where to.
#[derive(Clone, Copy)]
pub(crate) struct Job<'a> {
    pub(crate) image: &'a Path,
    pub(crate) video: &'a Path,
    pub(crate) output: &'a Path,
    /// Where the tracked motion is kept and taken up.
    pub(crate) work_dir: Option<&'a Path>,
    pub(crate) threads: NonZeroUsize,
}

/// Runs one transfer in this process.
pub(crate) fn measure_here(job: Job<'_>) -> Result<Measured> {
    let Job { image, video, output, work_dir, threads } = job;
    let request = TransferRequest::new(image, video, output);
    let cancel = CancelToken::new();
    let context =
        RunContext { reporter: &Silent, cancel: &cancel, threads, work_dir, comparison: None, exports: &[] };
    let started = Instant::now();
    let engine = PuppetEngine::new(&models_dir()?);
    let report = engine.run(&request, &context)?;
    let wall_secs = started.elapsed().as_secs_f64();
    let figures = |(network, work): (Network, NetworkWork)| NetworkFigures {
        name: network.name().to_owned(),
        runs: work.runs,
        multiply_adds: work.multiply_adds,
    };
    Ok(Measured {
        report,
        wall_secs,
        cpu_secs: cpu_secs()?,
        peak_mb: peak_mb()?,
        networks: engine.network_work().into_iter().map(figures).collect(),
    })
}

/// Runs one transfer in a process of its own.
pub(crate) fn measure_in_child(job: Job<'_>) -> Result<Measured> {
    let mut child = Command::new(env::current_exe()?);
    child.arg("once").args([job.image, job.video, job.output]);
    child.args(["--threads", &job.threads.to_string()]);
    if let Some(folder) = job.work_dir {
        child.arg("--work-dir").arg(folder);
    }
    let output = child.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the transfer failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Processor time of this process so far, in seconds.
pub(crate) fn cpu_secs() -> Result<f64> {
    Ok(processor_ticks(11)? / TICKS_A_SEC)
}

/// Processor time of all children that have ended, in seconds.
pub(crate) fn children_cpu_secs() -> Result<f64> {
    Ok(processor_ticks(13)? / TICKS_A_SEC)
}

/// Linux counts so, whatever the kernel's own clock.
const TICKS_A_SEC: f64 = 100.0;

/// The sum of a field of `/proc/self/stat` (counted after the name: user time) and the next (system time).
fn processor_ticks(field: usize) -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")
        .context("processor time is read from /proc, as Linux has it")?;
    let (_, fields) = stat.rsplit_once(')').context("the kernel tells no processor time")?;
    let ticks = fields.split_whitespace().skip(field).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()?)
}

pub(crate) fn models_dir() -> Result<PathBuf> {
    match env::var_os("PANTOMIME_MODELS") {
        Some(folder) => Ok(folder.into()),
        None => {
            pantomime::default_models_dir().context("set PANTOMIME_MODELS: this account has no home folder")
        }
    }
}

/// The kernel keeps the peak of every process (`VmHWM`, in KiB).
fn peak_mb() -> Result<f64> {
    let status =
        fs::read_to_string("/proc/self/status").context("peak memory is read from /proc, as Linux has it")?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("the kernel tells no peak")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0 / 1e6)
}

/// What a program says in its last line, as JSON.
pub(crate) fn said_last<T: DeserializeOwned>(program: &mut Command) -> Result<T> {
    let output =
        program.stderr(Stdio::null()).output().with_context(|| format!("{program:?} cannot be started"))?;
    ensure!(output.status.success(), "{program:?} failed");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().with_context(|| format!("{program:?} says nothing"))?;
    Ok(serde_json::from_str(line)?)
}

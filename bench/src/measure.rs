use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use contract::{CancelToken, Engine as _, RunContext, Silent, TransferReport, TransferRequest};
use puppet::PuppetEngine;
use serde::{Deserialize, Serialize};

/// The figures of one transfer.
#[derive(Serialize, Deserialize)]
pub(crate) struct Measured {
    /// What the engine says.
    pub(crate) report: TransferReport,
    /// Everything from loading networks to the finished file, in seconds.
    pub(crate) wall_secs: f64,
    /// Greatest resident memory of the process, in 10⁶ bytes.
    pub(crate) peak_mb: f64,
}

/// Runs one transfer in this process.
pub(crate) fn measure_here(image: &Path, video: &Path, threads: NonZeroUsize) -> Result<Measured> {
    let folder = tempfile::tempdir()?;
    let request = TransferRequest::new(image, video, folder.path().join("out.mp4"));
    let cancel = CancelToken::new();
    let context =
        RunContext { reporter: &Silent, cancel: &cancel, threads, work_dir: None, comparison: None };
    let started = Instant::now();
    let report = PuppetEngine::new(&models_dir()?)?.run(&request, &context)?;
    let wall_secs = started.elapsed().as_secs_f64();
    Ok(Measured { report, wall_secs, peak_mb: peak_mb()? })
}

/// Runs one transfer in a process of its own.
pub(crate) fn measure_in_child(image: &Path, video: &Path, threads: NonZeroUsize) -> Result<Measured> {
    let mut child = Command::new(env::current_exe()?);
    child.arg("once").args([image, video]).args(["--threads", &threads.to_string()]);
    let output = child.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the transfer failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn models_dir() -> Result<PathBuf> {
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

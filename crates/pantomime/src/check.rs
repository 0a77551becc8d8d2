use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use contract::{CancelToken, CheckReport, Engine as _, RunContext, TransferRequest};
use puppet::PuppetEngine;

use crate::cli::CheckArgs;
use crate::supervise::supervise;
use crate::{Failure, Meter, models};

/// `pantomime check`.
pub(crate) fn run(
    args: CheckArgs,
    models_dir: PathBuf,
    cancel: &CancelToken,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let meter = Arc::new(Meter::on_stderr());
    let said = meter.clone();
    let request = TransferRequest::new(args.image, args.video, "");
    let report = supervise(cancel, move |cancel| {
        models::bring_missing(&models_dir, &mut |line| said.say(line))?;
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let context = RunContext { reporter: &*said, cancel, threads, work_dir: None, comparison: None };
        Ok(PuppetEngine::new(&models_dir)?.check(&request, &context)?)
    });
    meter.clear();
    let report = report?;
    let text = if args.json {
        serde_json::to_string_pretty(&report).context("cannot write the report").map_err(Failure::Internal)?
    } else {
        lines(&report).join("\n")
    };
    writeln!(out, "{text}").context("cannot write the answer").map_err(Failure::Internal)?;
    // The problems were said; the last one is said as any command says why it failed.
    report.problems.into_iter().next_back().map_or(Ok(()), |problem| Err(Failure::Rejected(problem)))
}

fn lines(report: &CheckReport) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(image) = &report.image {
        let found = if image.person_found { "a person or character" } else { "nobody" };
        lines.push(format!("image   {}x{}, {found}", image.width, image.height));
    }
    if let Some(video) = &report.video {
        lines.push(format!(
            "video   {}x{}, {:.1} s, {} frames at {:.2} a second, {}, a person in {:.0} % of it",
            video.width,
            video.height,
            video.duration_secs,
            video.frames,
            video.frame_rate.as_f64(),
            if video.has_audio { "with sound" } else { "no sound" },
            video.person_share * 100.0,
        ));
    }
    lines.extend(report.problems.iter().map(|problem| format!("WRONG   {}", problem.message)));
    lines.extend(report.advice.iter().map(|advice| format!("advice  {}", advice.message)));
    if report.is_usable() {
        lines.push("ok      a video can be made of this pair".to_owned());
    }
    lines
}

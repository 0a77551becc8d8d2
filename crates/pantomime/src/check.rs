use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use contract::{CancelToken, CheckReport, Engine as _, RunContext, TransferRequest};
use puppet::PuppetEngine;
use serde::Serialize;

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
    let request = TransferRequest {
        orientation: args.character_orientation,
        ..TransferRequest::new(args.image, args.video, "")
    };
    let report = supervise(cancel, move |cancel| {
        models::bring_missing_for(&request, &models_dir, &mut |line| said.say(line))?;
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let context =
            RunContext { reporter: &*said, cancel, threads, work_dir: None, comparison: None, exports: &[] };
        Ok(PuppetEngine::new(&models_dir).check(&request, &context)?)
    });
    meter.clear();
    tell(report?, args.json, out)
}

/// What is written as JSON.
#[derive(Serialize)]
struct Told<'a> {
    usable: bool,
    #[serde(flatten)]
    report: &'a CheckReport,
}

/// Writes what was found; a pair that cannot be used is a failure, as it would be of a transfer.
fn tell(report: CheckReport, as_json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let text = if as_json {
        let told = Told { usable: report.is_usable(), report: &report };
        serde_json::to_string_pretty(&told).context("cannot write the report").map_err(Failure::Internal)?
    } else {
        lines(&report).join("\n")
    };
    writeln!(out, "{text}").context("cannot write the answer").map_err(Failure::Internal)?;
    // All problems were said; the first is said again as a transfer of the pair would say it.
    report.problems.into_iter().next().map_or(Ok(()), |problem| Err(Failure::Rejected(problem)))
}

/// One line for each thing that was found, whatever file names hold.
fn lines(report: &CheckReport) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(image) = &report.image {
        let found = if image.person_found { "a person or character" } else { "nobody" };
        lines.push(format!("image   {}x{}, {found}", image.width, image.height));
    }
    if let Some(video) = &report.video {
        lines.push(format!(
            "video   {}x{}, {:.1} s, {} frames at {} a second, {}, a person in {:.0} % of it",
            video.width,
            video.height,
            video.duration_secs,
            video.frames,
            (video.frame_rate.as_f64() * 100.0).round() / 100.0,
            if video.has_audio { "with sound" } else { "no sound" },
            video.person_share * 100.0,
        ));
    }
    lines.extend(report.problems.iter().map(|found| format!("WRONG   {}: {}", found.code, found.message)));
    lines.extend(report.advice.iter().map(|found| format!("advice  {}: {}", found.code, found.message)));
    if report.is_usable() {
        lines.push("ok      a video can be made of this pair".to_owned());
    }
    lines.iter().map(|line| line.replace(char::is_control, " ")).collect()
}

#[cfg(test)]
mod tests {
    use contract::{Advice, AdviceCode, ImageCheck, Rejection, RejectionCode, VideoCheck};
    use serde_json::Value;

    use super::*;

    fn good() -> CheckReport {
        CheckReport {
            image: Some(ImageCheck {
                width: 720,
                height: 1280,
                person_found: true,
                seen: None,
                outline: Vec::new(),
            }),
            video: Some(VideoCheck {
                width: 540,
                height: 960,
                frame_rate: "30000/1001".parse().unwrap(),
                frames: 300,
                duration_secs: 10.01,
                has_audio: true,
                person_share: 0.916,
                looks: Vec::new(),
            }),
            problems: Vec::new(),
            advice: vec![Advice::new(AdviceCode::HandsHidden, "A hand is hidden.")],
        }
    }

    fn bad() -> CheckReport {
        CheckReport {
            image: Some(ImageCheck {
                width: 720,
                height: 1280,
                person_found: false,
                seen: None,
                outline: Vec::new(),
            }),
            video: None,
            problems: vec![
                Rejection::new(RejectionCode::NoPersonInImage, "Nobody."),
                Rejection::new(RejectionCode::VideoUnsupported, "A text\n\u{1b}[2J."),
            ],
            advice: Vec::new(),
        }
    }

    fn told(report: CheckReport, as_json: bool) -> (String, Result<(), Failure>) {
        let mut out = Vec::new();
        let result = tell(report, as_json, &mut out);
        (String::from_utf8(out).unwrap(), result)
    }

    #[test]
    fn a_good_pair_is_told_in_plain_lines() {
        let (text, result) = told(good(), false);
        assert!(result.is_ok());
        assert_eq!(
            text,
            "image   720x1280, a person or character\n\
             video   540x960, 10.0 s, 300 frames at 29.97 a second, with sound, a person in 92 % of it\n\
             advice  hands_hidden: A hand is hidden.\n\
             ok      a video can be made of this pair\n"
        );
    }

    #[test]
    fn all_problems_are_told_and_the_first_is_the_failure() {
        let (text, result) = told(bad(), false);
        assert_eq!(
            text,
            "image   720x1280, nobody\n\
             WRONG   no_person_in_image: Nobody.\n\
             WRONG   video_unsupported: A text  [2J.\n"
        );
        let failure = result.unwrap_err();
        assert_eq!(failure.exit_code(), 3);
        assert_eq!(failure.to_string(), "error[no_person_in_image]: Nobody.");
    }

    #[test]
    fn json_holds_the_report_and_the_verdict() {
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let (text, result) = told(good(), true);
        assert!(result.is_ok());
        assert_eq!(read(&text)["usable"], true);
        assert_eq!(serde_json::from_str::<CheckReport>(&text).unwrap(), good());
        let (text, result) = told(bad(), true);
        assert_eq!(result.unwrap_err().exit_code(), 3);
        assert_eq!((&read(&text)["usable"], &read(&text)["video"]), (&Value::from(false), &Value::Null));
    }
}

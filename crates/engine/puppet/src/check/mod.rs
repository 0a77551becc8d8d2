//! A look at a pair before its video is made: what is there, what a run would reject, what would make the result better.

mod advice;
mod driver;
mod figure;
mod still;

use contract::{CheckReport, EngineError, Progress, RejectionCode, RunContext, Stage, TransferRequest};
use vision::{Networks, PeopleFinder, TrackerOptions};

use crate::limits::to_media;
use crate::rejection::{from_opening, from_vision};

/// Looks at the pair. Both files are looked at, whatever is wrong with the one, so that all is told at once.
pub(crate) fn check(
    request: &TransferRequest,
    networks: &Networks,
    context: &RunContext<'_>,
) -> Result<CheckReport, EngineError> {
    let limits = to_media(&request.limits);
    let mut report = CheckReport { image: None, video: None, problems: Vec::new(), advice: Vec::new() };
    let step = |done| {
        context.reporter.progress(Progress::new(Stage::Probe, done, 2));
        context.cancel.check()
    };
    step(0)?;
    let still = media::read_still(&request.character, &limits)
        .map_err(|error| from_opening(error, RejectionCode::ImageUnreachable));
    let still = usable(still, &mut report)?;
    step(1)?;
    let info = media::probe(&request.driving, &limits)
        .map_err(|error| from_opening(error, RejectionCode::VideoUnreachable));
    // What is wrong with the image is told first, as a run does.
    let (info, unusable_video) = match info {
        Err(EngineError::Rejected(rejection)) => (None, Some(rejection)),
        info => (Some(info?), None),
    };
    step(2)?;

    let mut finder = PeopleFinder::new(networks, TrackerOptions::default()).map_err(from_vision)?;
    let character = match still {
        Some(still) => still::look(&still, request, networks, &mut finder, context, &mut report)?,
        None => None,
    };
    report.problems.extend(unusable_video);
    let person = match info {
        Some(info) => driver::look(request, &info, &mut finder, context, &mut report)?,
        None => None,
    };
    report.advice.extend(advice::advise(character.as_ref(), person.as_ref(), request.orientation));
    Ok(report)
}

/// What can be used; what the caller can mend goes into the report, and any other fault ends the look.
fn usable<T>(result: Result<T, EngineError>, report: &mut CheckReport) -> Result<Option<T>, EngineError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(EngineError::Rejected(rejection)) => {
            report.problems.push(rejection);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

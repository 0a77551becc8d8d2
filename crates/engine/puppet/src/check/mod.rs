//! A look at a pair before its video is made: what is there, what a run would reject, what would make the result better.

mod advice;
mod driver;
mod figure;
mod sighting;
mod still;

use std::panic::resume_unwind;
use std::thread;

use contract::{CheckReport, EngineError, Progress, RunContext, Stage, TransferRequest};

use crate::inputs::{Driver, Models, Still};
use crate::rig;

/// Looks at the pair. Both files are looked at, whatever is wrong with the one, so that all is told at once.
pub(crate) fn check(
    request: &TransferRequest,
    models: &Models,
    context: &RunContext<'_>,
) -> Result<CheckReport, EngineError> {
    let mut report = CheckReport { image: None, video: None, problems: Vec::new(), advice: Vec::new() };
    let step = |done| {
        context.reporter.progress(Progress::new(Stage::Probe, done, 2));
        context.cancel.check()
    };
    step(0)?;
    let still = usable(Still::read(&request.character, &request.limits), &mut report)?;
    step(1)?;
    // What is wrong with the image is told first, as a run does.
    let (driver, unusable_video) = match Driver::read(&request.driving, &request.limits) {
        Err(EngineError::Rejected(rejection)) => (None, Some(rejection)),
        driver => (Some(driver?), None),
    };
    step(2)?;

    let pool = rig::pool(context.threads)?;
    let looked = match &still {
        Some(still) => pool.install(|| still::look(still, request, models, context, &mut report))?,
        None => None,
    };
    report.problems.extend(unusable_video);
    // The silhouette takes as long as all the rest; the one waits for memory where the other computes.
    let (outline, person) = thread::scope(|scope| {
        let outline = looked.as_ref().map(|looked| scope.spawn(|| pool.install(|| looked.outline(models))));
        let person = match driver {
            Some(Driver::Video(info)) => driver::look(request, &info, models, context, &mut report),
            Some(Driver::Motion(clip)) => Ok(driver::look_at_motion(&clip, &mut report)),
            None => Ok(None),
        };
        (outline.map(|outline| outline.join().unwrap_or_else(|panic| resume_unwind(panic))), person)
    });
    let person = person?;
    if let (Some(image), Some(outline)) = (&mut report.image, outline) {
        image.outline = outline?;
    }
    let character = looked.as_ref().map(|looked| &looked.character);
    report.advice.extend(advice::advise(character, person.as_ref(), request.orientation));
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

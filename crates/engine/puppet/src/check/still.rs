use contract::{CheckReport, EngineError, ImageCheck, Progress, RunContext, Stage, TransferRequest};
use media::StillImage;
use vision::{Networks, PeopleFinder, StillAnalyzer};

use super::figure::Figure;
use crate::rejection::from_vision;
use crate::rig;

/// Steps of the stage, for progress: picture, body, company.
const STEPS: u64 = 3;

/// The character as a look at the still finds it.
pub(super) struct Character {
    pub(super) figure: Figure,
    /// Whether the body is plain to see.
    pub(super) is_clear: bool,
    /// Whether a face is seen.
    pub(super) face: bool,
}

/// Looks for the character without a matte, whose network takes longer than all the rest of the look; only where nobody is
/// found so, the matte is asked as in a run, which finds figures that are hardly human by it.
pub(super) fn look(
    still: &StillImage,
    request: &TransferRequest,
    networks: &Networks,
    finder: &mut PeopleFinder,
    context: &RunContext<'_>,
    report: &mut CheckReport,
) -> Result<Option<Character>, EngineError> {
    let step = |done| {
        context.reporter.progress(Progress::new(Stage::Rig, done, STEPS));
        context.cancel.check()
    };
    step(0)?;
    let size = still.image.size();
    let image = rig::picture(still, request.output_size.resolve(size));
    step(1)?;
    let mut analyzer = StillAnalyzer::new(networks).map_err(from_vision)?;
    let mut found = analyzer.analyze(&image, None);
    if found.is_none() {
        step(1)?;
        let matte = rig::matte(still, &image, networks, context.threads)?;
        step(1)?;
        found = analyzer.analyze(&image, Some(&matte));
    }
    report.image = Some(ImageCheck { width: size.width, height: size.height, person_found: found.is_some() });
    let Some(found) = found else {
        report.problems.push(rig::nobody());
        return Ok(None);
    };
    step(2)?;
    let in_company =
        Figure::first_of(&finder.find(&image), image.size()).is_some_and(|first| first.in_company);
    let figure = Figure { in_company, ..Figure::of(&found.person.body, image.size()) };
    context.reporter.progress(Progress::new(Stage::Rig, STEPS, STEPS));
    Ok(Some(Character { figure, is_clear: found.is_sure(), face: found.person.face.is_some() }))
}

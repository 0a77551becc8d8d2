use avatar::matte::outline;
use contract::{CheckReport, EngineError, ImageCheck, Progress, RunContext, Stage, TransferRequest};
use frame::{Image, Matte};
use glam::Vec2;
use vision::{PeopleFinder, StillAnalyzer, StillPerson, TrackerOptions};

use super::figure::Figure;
use super::sighting;
use crate::inputs::{Models, Still};
use crate::rejection::from_vision;
use crate::rig;
use crate::subject::{self, Guess, Subject};

/// Steps of the stage, for progress: picture, body, company.
const STEPS: u64 = 3;

/// The character as a look at the still finds it.
pub(super) struct Character {
    pub(super) figure: Figure,
    /// Whether the body is plain to see.
    pub(super) is_clear: bool,
    /// Whether it surely faces us: a face is seen, or it was taken to be so.
    pub(super) shows_front: bool,
    /// Its skeleton, if only the outline told of one.
    pub(super) guess: Option<Guess>,
}

/// A still that was looked at.
pub(super) struct Looked<'s> {
    pub(super) character: Character,
    still: &'s Still,
    /// The picture that a run would use.
    image: Image,
    /// Its matte, where the look needed one.
    matte: Option<Matte>,
}

impl Looked<'_> {
    /// The silhouette, in pixels of the still.
    pub(super) fn outline(&self, models: &Models) -> Result<Vec<Vec<[f32; 2]>>, EngineError> {
        let found = match &self.matte {
            Some(matte) => outline(matte),
            None => outline(&rig::matte(&self.still.picture, &self.image, &models.open()?)?),
        };
        let to_still = rig::still_from_picture(self.still.picture.image.size(), self.image.size());
        let polygon = |points: Vec<Vec2>| points.iter().map(|p| sighting::rounded(to_still(*p))).collect();
        Ok(found.into_iter().map(polygon).collect())
    }
}

/// Looks for the character without a matte, whose network takes longer than all the rest of the look; only where nobody with
/// a face is found so, the matte is asked as in a run, which finds figures that are hardly human by it. Of a kept character all
/// is known.
pub(super) fn look<'s>(
    still: &'s Still,
    request: &TransferRequest,
    models: &Models,
    context: &RunContext<'_>,
    report: &mut CheckReport,
) -> Result<Option<Looked<'s>>, EngineError> {
    let step = |done| {
        context.reporter.progress(Progress::new(Stage::Rig, done, STEPS));
        context.cancel.check()
    };
    step(0)?;
    let size = still.picture.image.size();
    if let Some(known) = &still.known {
        let figure = Figure::of(&known.person.body, size);
        report.image = Some(ImageCheck {
            width: size.width,
            height: size.height,
            person_found: true,
            seen: Some(sighting::person(&known.person, |point| point)),
            outline: Vec::new(),
        });
        context.reporter.progress(Progress::new(Stage::Rig, STEPS, STEPS));
        return Ok(Some(Looked {
            character: Character {
                figure,
                is_clear: true,
                shows_front: known.person.face.is_some(),
                guess: None,
            },
            still,
            image: still.picture.image.clone(),
            matte: Some(known.matte.clone()),
        }));
    }
    let networks = models.open()?;
    let image = rig::picture(&still.picture, request.output_size.resolve(size));
    step(1)?;
    let mut analyzer = StillAnalyzer::new(&networks).map_err(from_vision)?;
    let mut matte = None;
    let subject = match analyzer.analyze(&image, None) {
        Some(seen) if is_beyond_doubt(&seen) => Ok(Subject::seen(seen)),
        _ => {
            step(1)?;
            let whole = matte.insert(rig::matte(&still.picture, &image, &networks)?);
            step(1)?;
            subject::find(analyzer.analyze(&image, Some(whole)), whole)
        }
    };
    let to_still = rig::still_from_picture(size, image.size());
    report.image = Some(ImageCheck {
        width: size.width,
        height: size.height,
        person_found: subject.is_ok(),
        seen: subject.as_ref().ok().map(|found| sighting::person(&found.person, to_still)),
        outline: Vec::new(),
    });
    let found = match subject {
        Ok(subject) => subject,
        Err(nobody) => {
            report.problems.push(nobody);
            return Ok(None);
        }
    };
    step(2)?;
    let mut finder = PeopleFinder::new(&networks, TrackerOptions::default()).map_err(from_vision)?;
    let in_company =
        Figure::first_of(&finder.find(&image), image.size()).is_some_and(|first| first.in_company);
    let figure = Figure { in_company, ..Figure::of(&found.person.body, image.size()) };
    context.reporter.progress(Progress::new(Stage::Rig, STEPS, STEPS));
    let character = Character {
        figure,
        is_clear: found.is_clear,
        shows_front: found.person.face.is_some() || found.guess.is_some(),
        guess: found.guess,
    };
    Ok(Some(Looked { character, still, image, matte }))
}

/// Whether a body found without a matte needs none. Networks may be sure of drawings that they misread, though hardly so
/// sure, and mostly find no face there.
fn is_beyond_doubt(seen: &StillPerson) -> bool {
    const BEYOND_DOUBT: f32 = 0.9;
    seen.is_sure() && seen.confidence >= BEYOND_DOUBT && seen.person.face.is_some()
}

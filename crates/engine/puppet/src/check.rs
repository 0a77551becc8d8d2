//! A look at a pair before its video is made.

use std::path::Path;

use contract::{
    Advice, AdviceCode, CheckReport, EngineError, ImageCheck, Progress, Rejection, RejectionCode, RunContext,
    Stage, TransferRequest, VideoCheck,
};
use frame::{Person, Size, body};
use media::{Limits, ReadSettings, StillImage, VideoInfo, VideoReader, resize};
use vision::{Networks, PoseTracker, StillAnalyzer, TrackerOptions};

use crate::analyse::{LEAST_TRACKED_SHARE, TRACKED_LONG_SIDE_PX};
use crate::limits::to_media;
use crate::rejection::{from_media, from_opening, from_vision};
use crate::rig::nobody;

/// Frames of the video that are looked at.
const LOOKS: u64 = 10;

/// The still is looked at no larger than this: the networks see no more.
const LOOKED_LONG_SIDE_PX: u32 = 1280;

/// A figure that takes less of its picture's height than this is made of too few pixels, or followed by them.
const SMALL_SHARE: f32 = 0.3;

/// A joint that is less likely to be seen than this is taken for hidden.
const SEEN: f32 = 0.5;

/// A person who is seen in less of the video than this makes the motion guesswork in places.
const OFTEN_SEEN: f64 = 0.9;

/// A figure in its picture.
struct Figure {
    /// Share of the picture's height that it takes, 0 … 1.
    height: f32,
    legs: bool,
    hands: bool,
}

/// Looks at the pair: at the still without a matte, and at some frames of the video.
pub(crate) fn check(
    request: &TransferRequest,
    networks: &Networks,
    context: &RunContext<'_>,
) -> Result<CheckReport, EngineError> {
    let limits = to_media(&request.limits);
    let mut report = CheckReport { image: None, video: None, problems: Vec::new(), advice: Vec::new() };
    let step = |done| context.reporter.progress(Progress::new(Stage::Probe, done, 2));
    step(0);
    let still = media::read_still(&request.character, &limits)
        .map_err(|error| from_opening(error, RejectionCode::ImageUnreachable));
    let still = usable(still, &mut report)?;
    step(1);
    let info = media::probe(&request.driving, &limits)
        .map_err(|error| from_opening(error, RejectionCode::VideoUnreachable));
    let info = usable(info, &mut report)?;
    step(2);

    let character = match &still {
        Some(still) => look_at_still(still, networks, context, &mut report)?,
        None => None,
    };
    let person = match &info {
        Some(info) => look_at_video(&request.driving, info, &limits, networks, context, &mut report)?,
        None => None,
    };
    advise(character.as_ref(), person.as_ref(), &mut report);
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

fn look_at_still(
    still: &StillImage,
    networks: &Networks,
    context: &RunContext<'_>,
    report: &mut CheckReport,
) -> Result<Option<Figure>, EngineError> {
    context.reporter.progress(Progress::new(Stage::Rig, 0, 1));
    context.cancel.check()?;
    let size = still.image.size();
    let factor = (LOOKED_LONG_SIDE_PX as f32 / size.long_side() as f32).min(1.0);
    let image = resize(&still.image, size.scaled(factor));
    let found = StillAnalyzer::new(networks).map_err(from_vision)?.analyze(&image, None);
    report.image = Some(ImageCheck { width: size.width, height: size.height, person_found: found.is_some() });
    if found.is_none() {
        report.problems.insert(0, nobody());
    }
    context.reporter.progress(Progress::new(Stage::Rig, 1, 1));
    Ok(found.map(|found| figure(&found.person, image.size())))
}

fn look_at_video(
    driving: &Path,
    info: &VideoInfo,
    limits: &Limits,
    networks: &Networks,
    context: &RunContext<'_>,
    report: &mut CheckReport,
) -> Result<Option<Figure>, EngineError> {
    let settings =
        ReadSettings { max_long_side_px: Some(TRACKED_LONG_SIDE_PX), threads: context.threads.get() };
    let every = (info.frames / LOOKS).max(1);
    let (mut looks, mut figures, mut broken) = (0u64, Vec::new(), None);
    let reader = VideoReader::open(driving, limits, &settings).map_err(from_media);
    let mut frames = usable(reader, report)?.into_iter().flatten().zip(0u64..);
    let first = PoseTracker::new(networks, TrackerOptions::default()).map_err(from_vision)?;
    for (frame, index) in frames.by_ref() {
        context.cancel.check()?;
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => {
                broken = Some(error);
                break;
            }
        };
        // From the middle of each part, so that neither a fade-in nor a fade-out is one of them.
        if index % every != every / 2 {
            continue;
        }
        looks += 1;
        context.reporter.progress(Progress::new(Stage::Track, looks, LOOKS.max(looks)));
        // Every frame on its own: what was seen a second ago is no help here.
        if let Some(seen) = first.clone().track(&frame.image) {
            let person = Person { body: seen.body, left_hand: None, right_hand: None, face: None };
            figures.push(figure(&person, frame.image.size()));
        }
    }
    if let Some(error) = broken {
        usable(Err::<(), _>(from_media(error)), report)?;
    }
    let share = figures.len() as f64 / looks.max(1) as f64;
    report.video = Some(VideoCheck {
        width: info.size.width,
        height: info.size.height,
        frame_rate: info.frame_rate,
        frames: info.frames,
        duration_secs: info.duration_secs,
        has_audio: info.has_audio,
        person_share: share,
    });
    if share < f64::from(LEAST_TRACKED_SHARE) {
        report.problems.push(Rejection::new(
            RejectionCode::NoPersonInVideo,
            format!(
                "A person was found in {} of the {looks} frames of the video that were looked at; send a video that shows one person, well lit and not too small, from the head to the hips or further.",
                figures.len()
            ),
        ));
        return Ok(None);
    }
    if share < OFTEN_SEEN {
        report.advice.push(Advice::new(
            AdviceCode::PersonLost,
            format!(
                "The person was not found in {} of the {looks} frames that were looked at; the motion is guessed there.",
                looks as usize - figures.len()
            ),
        ));
    }
    Ok(typical(figures))
}

/// The figure of middle height, with what most show.
fn typical(mut figures: Vec<Figure>) -> Option<Figure> {
    let most =
        |shows: fn(&Figure) -> bool, all: &[Figure]| all.iter().filter(|f| shows(f)).count() * 2 > all.len();
    let (legs, hands) = (most(|f| f.legs, &figures), most(|f| f.hands, &figures));
    let middle = figures.len() / 2;
    if figures.is_empty() {
        return None;
    }
    let (_, middle, _) = figures.select_nth_unstable_by(middle, |a, b| a.height.total_cmp(&b.height));
    Some(Figure { height: middle.height, legs, hands })
}

fn figure(person: &Person, size: Size) -> Figure {
    let (width, height) = (size.width as f32, size.height as f32);
    let seen = |index: usize| {
        let landmark = &person.body[index];
        let (x, y) = (landmark.image.x, landmark.image.y);
        landmark.visibility >= SEEN && (0.0..width).contains(&x) && (0.0..height).contains(&y)
    };
    let heights = person.body.points().iter().map(|landmark| landmark.image.y.clamp(0.0, height));
    let (top, bottom) = heights.fold((height, 0.0f32), |(top, bottom), y| (top.min(y), bottom.max(y)));
    Figure {
        height: (bottom - top).max(0.0) / height,
        legs: seen(body::LEFT_KNEE) || seen(body::RIGHT_KNEE),
        hands: seen(body::LEFT_WRIST) && seen(body::RIGHT_WRIST),
    }
}

fn advise(character: Option<&Figure>, person: Option<&Figure>, report: &mut CheckReport) {
    let percent = |share: f32| (share * 100.0).round();
    let mut advise = |code, message: String| report.advice.push(Advice::new(code, message));
    if let Some(character) = character {
        if character.height < SMALL_SHARE {
            advise(
                AdviceCode::CharacterSmall,
                format!(
                    "The character takes {} % of the image's height; crop the image closer for a sharper video.",
                    percent(character.height)
                ),
            );
        }
        if !character.legs {
            advise(
                AdviceCode::CharacterCropped,
                "The image does not show the character's legs, so their motion will not be seen; an image from head to feet shows all of it.".to_owned(),
            );
        }
        if !character.hands {
            advise(
                AdviceCode::HandsHidden,
                "The image does not show both of the character's hands, so they have to be invented; an image with the arms away from the body is best.".to_owned(),
            );
        }
    }
    if let Some(person) = person {
        if person.height < SMALL_SHARE {
            advise(
                AdviceCode::PersonSmall,
                format!(
                    "The person takes {} % of the video's height; a video from closer by is followed better.",
                    percent(person.height)
                ),
            );
        }
        if !person.legs && character.is_some_and(|character| character.legs) {
            advise(
                AdviceCode::PersonCropped,
                "The video does not show the person's legs, so the character's legs stay as they are; film from head to feet to move them.".to_owned(),
            );
        }
    }
}

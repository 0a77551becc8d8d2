use avatar::motion::MotionClip;
use contract::{
    Advice, AdviceCode, CheckReport, EngineError, Progress, Rejection, RejectionCode, RunContext, Stage,
    TransferRequest, VideoCheck, VideoLook,
};
use media::{ReadSettings, VideoInfo, VideoReader};
use vision::{PeopleFinder, TrackerOptions};

use super::figure::{Figure, Typical, typical};
use super::{sighting, usable};
use crate::analyse::{LEAST_TRACKED_SHARE, tracked_long_side_px};
use crate::inputs::Models;
use crate::limits::to_media;
use crate::rejection::{from_media, from_vision};

/// Frames that are looked at: whoever is there for a tenth of the video, in one piece, is seen in one of them.
const LOOKS: u64 = 12;

/// Frames of a motion that are told of.
const MOTION_LOOKS: u64 = LOOKS;

/// Frames that are looked at again where hardly anybody was seen, before that is called a problem.
const CLOSER_LOOKS: u64 = 120;

/// Below this share of the looks it takes closer ones to know whether a run finds enough.
const DOUBTFUL_SHARE: f64 = 3.0 * LEAST_TRACKED_SHARE as f64;

/// A person who is seen in less of the video than this makes the motion guesswork in places.
const OFTEN_SEEN: f64 = 0.9;

/// What the looks at some frames saw.
struct Seen {
    /// How many frames were looked at.
    looks: u64,
    /// Those that are told of.
    told: Vec<VideoLook>,
    figures: Vec<Figure>,
}

impl Seen {
    fn share(&self) -> f64 {
        self.figures.len() as f64 / self.looks.max(1) as f64
    }
}

/// Looks at frames spread evenly over the video. All before the last of them are decoded, for a reader
/// goes through a video in order.
pub(super) fn look(
    request: &TransferRequest,
    info: &VideoInfo,
    models: &Models,
    context: &RunContext<'_>,
    report: &mut CheckReport,
) -> Result<Option<Typical>, EngineError> {
    let mut finder = PeopleFinder::new(&models.open()?, TrackerOptions::default()).map_err(from_vision)?;
    let mut at = |looks| see(request, info, looks, &mut finder, context);
    let seen =
        at(LOOKS).and_then(|seen| if seen.share() < DOUBTFUL_SHARE { at(CLOSER_LOOKS) } else { Ok(seen) });
    let seen = usable(seen, report)?;
    report.video = Some(VideoCheck {
        width: info.size.width,
        height: info.size.height,
        frame_rate: info.frame_rate,
        frames: info.frames,
        duration_secs: info.duration_secs,
        has_audio: info.has_audio,
        person_share: seen.as_ref().map_or(0.0, Seen::share),
        looks: seen.as_ref().map_or_else(Vec::new, |seen| seen.told.clone()),
    });
    Ok(seen.and_then(|seen| judge(&seen, report)))
}

/// Looks at every frame of a motion.
pub(super) fn look_at_motion(clip: &MotionClip, report: &mut CheckReport) -> Option<Typical> {
    let frames = clip.people.len() as u64;
    let figures: Vec<_> =
        clip.people.iter().flatten().map(|person| Figure::of(&person.body, clip.size)).collect();
    let looks = (0..MOTION_LOOKS.min(frames)).map(|look| {
        let frame = (2 * look + 1) * frames / (2 * MOTION_LOOKS.min(frames));
        VideoLook {
            time_secs: frame as f64 / clip.frame_rate.as_f64(),
            seen: clip.people[frame as usize]
                .as_ref()
                .map(|person| sighting::body(&person.body, |point| point)),
        }
    });
    let looks: Vec<_> = looks.collect();
    report.video = Some(VideoCheck {
        width: clip.size.width,
        height: clip.size.height,
        frame_rate: clip.frame_rate,
        frames,
        duration_secs: frames as f64 / clip.frame_rate.as_f64(),
        has_audio: false,
        person_share: figures.len() as f64 / frames.max(1) as f64,
        looks: looks.clone(),
    });
    judge(&Seen { looks: frames, told: looks, figures }, report)
}

/// Tells whether enough of the person was seen, and what was.
fn judge(seen: &Seen, report: &mut CheckReport) -> Option<Typical> {
    let (share, found, looks) = (seen.share(), seen.figures.len() as u64, seen.looks);
    if share < f64::from(LEAST_TRACKED_SHARE) {
        report.problems.push(nobody(found, looks));
        return None;
    }
    if share < OFTEN_SEEN {
        report.advice.push(Advice::new(
            AdviceCode::PersonLost,
            format!(
                "The person was not found in {} of the {looks} frames of the video that were looked at; the motion is guessed there.",
                looks - found
            ),
        ));
    }
    typical(&seen.figures)
}

/// Looks at `looks` frames, each from the middle of its part of the video, so that neither a fade-in nor a fade-out is one
/// of them. Every frame stands on its own: what was seen a second ago is no help.
fn see(
    request: &TransferRequest,
    info: &VideoInfo,
    looks: u64,
    finder: &mut PeopleFinder,
    context: &RunContext<'_>,
) -> Result<Seen, EngineError> {
    let settings = ReadSettings {
        max_long_side_px: Some(tracked_long_side_px(info.size)),
        threads: context.threads.get(),
    };
    let mut reader =
        VideoReader::open(&request.driving, &to_media(&request.limits), &settings).map_err(from_media)?;
    let looks = looks.min(info.frames);
    let mut seen = Seen { looks: 0, told: Vec::new(), figures: Vec::new() };
    let mut next = 0;
    for look in 0..looks {
        let wanted = (2 * look + 1) * info.frames / (2 * looks);
        while next < wanted && reader.pass_over().map_err(from_media)? {
            context.cancel.check()?;
            next += 1;
        }
        context.cancel.check()?;
        // A file that breaks off ends early; what is there counts, as it does in a run.
        let Some(frame) = reader.next() else { break };
        let frame = frame.map_err(from_media)?;
        next = frame.index + 1;
        let bodies = finder.find(&frame.image);
        let factor = info.size.width as f32 / frame.image.size().width as f32;
        seen.looks += 1;
        seen.told.push(VideoLook {
            time_secs: frame.index as f64 / info.frame_rate.as_f64(),
            seen: bodies.first().map(|body| sighting::body(body, |point| point * factor)),
        });
        seen.figures.extend(Figure::first_of(&bodies, frame.image.size()));
        context.reporter.progress(Progress::new(Stage::Track, look + 1, looks));
    }
    Ok(seen)
}

fn nobody(found: u64, looks: u64) -> Rejection {
    let found = match found {
        0 => format!("No person was found in any of the {looks} frames of the video that were looked at"),
        _ => format!(
            "A person was found in only {found} of the {looks} frames of the video that were looked at"
        ),
    };
    Rejection::new(RejectionCode::NoPersonInVideo, format!("{found}; {}.", crate::analyse::SEND_A_PERSON))
}

//! The first pass: what the driving person does, as landmarks; no picture outlives its turn.

use std::path::Path;
use std::thread;

use avatar::motion::MotionClip;
use contract::{EngineError, MediaLimits, Progress, Rejection, RejectionCode, RunContext, Stage};
use frame::{Frame, Image};
use media::{MediaError, ReadSettings, VideoInfo, VideoReader};
use vision::{DetailTracker, Networks, PoseSeen, PoseTracker, TrackerOptions};

use crate::ahead::ahead;
use crate::keep;
use crate::limits::to_media;
use crate::rejection::{from_media, from_vision};

/// The tracking networks look at 256 × 256 crops; of larger pictures they would see no more.
pub(crate) const TRACKED_LONG_SIDE_PX: u32 = 960;

/// A person must be seen in this share of the frames: below it, more would be guessed than followed.
pub(crate) const LEAST_TRACKED_SHARE: f32 = 0.1;

/// What to do about a video in which nobody is seen.
pub(crate) const SEND_A_PERSON: &str =
    "send a video that shows one person, well lit and not too small, from the head to the hips or further";

/// What the first pass found.
pub(crate) struct Driving {
    /// The person's landmarks, frame by frame.
    pub clip: MotionClip,
    /// How often the person had to be found anew after the first time: cuts, people who leave and come back.
    pub times_found_anew: usize,
    /// Pictures for which others stand in, because their packets are damaged.
    pub damaged_packets: u64,
}

/// One decoded picture and the body in it.
type Posed = Result<(Image, Option<PoseSeen>), MediaError>;

/// Follows the driving person through the video, or reads what an earlier run in the same work folder found there.
pub(crate) fn analyse(
    driving: &Path,
    info: &VideoInfo,
    limits: &MediaLimits,
    networks: &Networks,
    context: &RunContext<'_>,
) -> Result<Driving, EngineError> {
    if let Some(kept) = context.work_dir.and_then(|folder| keep::recall(folder, driving, info)) {
        let frames = kept.clip.people.len() as u64;
        context.reporter.progress(Progress::new(Stage::Track, frames, frames));
        return Ok(kept);
    }
    let found = follow(driving, info, limits, networks, context)?;
    if let Some(folder) = context.work_dir {
        // At once, and not when the character is made: a run that is broken off later has it.
        keep::store(folder, driving, &found)?;
    }
    Ok(found)
}

fn follow(
    driving: &Path,
    info: &VideoInfo,
    limits: &MediaLimits,
    networks: &Networks,
    context: &RunContext<'_>,
) -> Result<Driving, EngineError> {
    let settings = ReadSettings { max_long_side_px: Some(TRACKED_LONG_SIDE_PX), threads: 1 };
    let mut reader = VideoReader::open(driving, &to_media(limits), &settings).map_err(from_media)?;
    let mut pose = PoseTracker::new(networks, TrackerOptions::default()).map_err(from_vision)?;
    let mut details = DetailTracker::new(networks).map_err(from_vision)?;

    let mut clip = MotionClip { size: info.size, frame_rate: info.frame_rate, people: Vec::new() };
    let mut times_found_anew = 0usize;
    thread::scope(|scope| {
        let frames = reader.by_ref().take_while(|_| !context.cancel.is_cancelled());
        let posed = frames.map(|frame| {
            let Frame { image, .. } = frame?;
            let seen = pose.track(&image);
            Ok((image, seen))
        });
        // The body of one picture is found while hands and face of the one before it are.
        let posed: Box<dyn Iterator<Item = Posed>> =
            if context.threads.get() > 1 { Box::new(ahead(scope, posed)) } else { Box::new(posed) };
        for item in posed {
            let (image, seen) = item.map_err(from_media)?;
            times_found_anew += usize::from(seen.as_ref().is_some_and(|seen| seen.found_anew));
            let scale = clip.size.width as f32 / image.size().width as f32;
            let person = seen.map(|seen| details.track(&image, &seen));
            clip.people.push(person.map(|person| person.scaled(scale)));
            let done = clip.people.len() as u64;
            context.reporter.progress(Progress::new(Stage::Track, done, info.frames.max(done)));
        }
        Ok::<_, EngineError>(())
    })?;
    context.cancel.check()?;
    refuse_what_shows_nobody(&clip)?;
    Ok(Driving {
        clip: clip.as_stored(),
        times_found_anew: times_found_anew.saturating_sub(1),
        damaged_packets: reader.damaged_packets(),
    })
}

fn refuse_what_shows_nobody(clip: &MotionClip) -> Result<(), Rejection> {
    let quality = clip.quality();
    if quality.tracked_share >= LEAST_TRACKED_SHARE {
        return Ok(());
    }
    let frames = clip.people.len();
    let found = match frames - quality.held_frames {
        0 => format!("No person was found in any of the video's {frames} frames"),
        seen => format!("A person was found in only {seen} of the video's {frames} frames"),
    };
    Err(Rejection::new(RejectionCode::NoPersonInVideo, format!("{found}; {SEND_A_PERSON}.")))
}

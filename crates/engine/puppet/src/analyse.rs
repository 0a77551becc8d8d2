//! The first pass: what the driving person does, as landmarks; no picture outlives its turn.

use std::path::Path;
use std::thread;

use avatar::motion::{MotionClip, ShutterMeter};
use contract::{EngineError, MediaLimits, Progress, Rejection, RejectionCode, RunContext, Stage};
use frame::Size;
use media::{ReadSettings, VideoInfo, VideoReader};
use vision::{DetailTracker, PacedPoseTracker, TrackerOptions};

use crate::ahead::ahead;
use crate::inputs::{Driver, Models};
use crate::keep;
use crate::limits::to_media;
use crate::rejection::{from_media, from_vision};
use crate::watch::{Decoded, Posed, Watch};

/// The tracking networks look at 256 × 256 crops; of pictures with a longer side than this they would see no more.
const TRACKED_LONG_SIDE_PX: u32 = 1440;

/// The long side at which pictures of a size are tracked: halved until it is short enough, for other factors cost more than
/// the pixels that they save.
pub(crate) fn tracked_long_side_px(size: Size) -> u32 {
    let mut side = size.long_side();
    while side > TRACKED_LONG_SIDE_PX {
        side = side.div_ceil(2);
    }
    side
}

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
    /// The most other people that were seen at once.
    pub most_others: usize,
    /// Pictures for which others stand in, because their packets are damaged.
    pub damaged_packets: u64,
}

/// What is known of a driver's motion before any tracking.
pub(crate) enum Before<'d> {
    /// All of it.
    Known(Driving),
    /// Nothing: this video must be followed.
    Unknown(&'d VideoInfo),
}

/// A motion as it is, or what an earlier run in the same work folder found in this very video.
pub(crate) fn recall<'d>(
    driving: &Path,
    driver: &'d Driver,
    context: &RunContext<'_>,
) -> Result<Before<'d>, EngineError> {
    let known = match driver {
        Driver::Motion(clip) => {
            refuse_what_shows_nobody(clip)?;
            Driving { clip: clip.clone(), times_found_anew: 0, most_others: 0, damaged_packets: 0 }
        }
        Driver::Video(info) => {
            match context.work_dir.and_then(|folder| keep::recall(folder, driving, info)) {
                Some(kept) => kept,
                None => return Ok(Before::Unknown(info)),
            }
        }
    };
    let frames = known.clip.people.len() as u64;
    context.reporter.progress(Progress::new(Stage::Track, frames, frames));
    Ok(Before::Known(known))
}

/// Follows the driving person through the video, and keeps what was found in the work folder.
pub(crate) fn follow(
    driving: &Path,
    info: &VideoInfo,
    limits: &MediaLimits,
    models: &Models,
    context: &RunContext<'_>,
) -> Result<Driving, EngineError> {
    let found = track(driving, info, limits, models, context)?;
    if let Some(folder) = context.work_dir {
        // At once, and not when the character is made: a run that is broken off later has it.
        keep::store(folder, driving, &found)?;
    }
    Ok(found)
}

fn track(
    driving: &Path,
    info: &VideoInfo,
    limits: &MediaLimits,
    models: &Models,
    context: &RunContext<'_>,
) -> Result<Driving, EngineError> {
    let networks = &models.open()?;
    let settings = ReadSettings { max_long_side_px: Some(tracked_long_side_px(info.size)), threads: 1 };
    let mut reader = VideoReader::open(driving, &to_media(limits), &settings).map_err(from_media)?;
    let pose = PacedPoseTracker::new(networks, TrackerOptions::default(), info.frame_rate);
    let pose = pose.map_err(from_vision)?;
    let mut details = DetailTracker::new(networks).map_err(from_vision)?;

    let (people, views) = (Vec::new(), Vec::new());
    let mut clip =
        MotionClip { size: info.size, frame_rate: info.frame_rate, people, views, shutter_deg: None };
    let (mut times_found_anew, mut most_others) = (0usize, 0usize);
    let mut shutter = ShutterMeter::new();
    thread::scope(|scope| {
        let alone = context.threads.get() == 1;
        let frames = reader.by_ref().take_while(|_| !context.cancel.is_cancelled());
        let frames: Box<dyn Iterator<Item = Decoded> + Send> =
            if alone { Box::new(frames) } else { Box::new(ahead(scope, frames)) };
        let posed = Watch::new(frames, pose);
        // The body of one picture is found while the next is decoded, and hands and face of the one before it are found.
        let posed: Box<dyn Iterator<Item = Posed>> =
            if alone { Box::new(posed) } else { Box::new(ahead(scope, posed)) };
        for item in posed {
            let (image, seen, view) = item.map_err(from_media)?;
            if let Some(seen) = &seen {
                times_found_anew += usize::from(seen.found_anew);
                most_others = most_others.max(seen.others);
            }
            shutter.see(&image, seen.as_ref().map(|seen| &seen.body));
            let scale = clip.size.width as f32 / image.size().width as f32;
            let person = seen.map(|seen| details.track(&image, &seen));
            clip.people.push(person.map(|person| person.scaled(scale)));
            clip.views.push(view.scaled(scale));
            let done = clip.people.len() as u64;
            context.reporter.progress(Progress::new(Stage::Track, done, info.frames.max(done)));
        }
        Ok::<_, EngineError>(())
    })?;
    context.cancel.check()?;
    clip.shutter_deg = shutter.degrees();
    clip.take_out_departed();
    refuse_what_shows_nobody(&clip)?;
    Ok(Driving {
        clip: clip.as_stored(),
        times_found_anew: times_found_anew.saturating_sub(1),
        most_others,
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

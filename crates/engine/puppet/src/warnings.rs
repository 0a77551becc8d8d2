use std::sync::{Mutex, PoisonError};

use avatar::motion::DrivingTrack;
use avatar::retarget::{Adaptation, CharacterRest};
use avatar::{Character, CharacterWarning};
use contract::{Reporter, TransferRequest, Warning, WarningCode};
use media::VideoInfo;

use crate::analyse::Driving;
use crate::subject::Guess;

/// What the user should know: told at once, and listed in the report.
pub(crate) struct Warnings<'a> {
    reporter: &'a dyn Reporter,
    list: Mutex<Vec<Warning>>,
}

impl<'a> Warnings<'a> {
    pub(crate) fn new(reporter: &'a dyn Reporter) -> Self {
        Self { reporter, list: Mutex::default() }
    }

    pub(crate) fn into_list(self) -> Vec<Warning> {
        self.list.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn warn(&self, code: WarningCode, message: impl Into<String>) {
        let warning = Warning::new(code, message);
        self.reporter.warn(&warning);
        self.list.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }

    pub(crate) fn about_request(&self, request: &TransferRequest) {
        if request.prompt.as_ref().is_some_and(|prompt| !prompt.trim().is_empty()) {
            self.warn(
                WarningCode::NotSupported,
                "The prompt has no effect: this engine follows the pictures alone.",
            );
        }
    }

    pub(crate) fn about_video(&self, info: &VideoInfo) {
        if info.variable_rate {
            self.warn(
                WarningCode::VariableFrameRate,
                format!(
                    "The driving video's frame rate varies; it was put on a constant {:.3} frames a second, each frame the nearest in time.",
                    info.frame_rate.as_f64()
                ),
            );
        }
        if info.truncated {
            self.warn(
                WarningCode::DamagedInput,
                "The driving video breaks off before its end; what is there was used.",
            );
        }
    }

    pub(crate) fn about_skeleton(&self, guess: Option<&Guess>) {
        if let Some(guess) = guess {
            self.warn(WarningCode::SkeletonGuessed, guess.sentence());
        }
    }

    pub(crate) fn about_character(&self, character: &Character) {
        for warning in character.warnings() {
            let code = match warning {
                CharacterWarning::LegsCutOff => WarningCode::CharacterCropped,
                _ => WarningCode::HardStill,
            };
            self.warn(code, sentence(&warning.to_string()));
        }
    }

    /// `driving` shows who drives `track`, and `rest` who follows it.
    pub(crate) fn about_track(&self, driving: &Driving, track: &DrivingTrack, rest: &CharacterRest) {
        let steadied = &track.steadied;
        if steadied.camera_travel > 0.0 {
            self.warn(
                WarningCode::MovingCamera,
                format!(
                    "The driving video's camera moves, by up to {:.0} % of the picture; its motion was taken out of the person's path.",
                    100.0 * steadied.camera_travel
                ),
            );
        }
        if steadied.cuts > 0 {
            self.warn(
                WarningCode::SceneCut,
                format!(
                    "The driving video is cut {}; after each cut the character goes on where it was, and as large as it was.",
                    times(steadied.cuts)
                ),
            );
        }
        if driving.times_found_anew > steadied.cuts {
            self.warn(
                WarningCode::PersonLost,
                format!(
                    "The person in the driving video was lost from sight and found anew {}; the motion may jump there.",
                    times(driving.times_found_anew - steadied.cuts)
                ),
            );
        }
        if !track.shows_arms() {
            self.warn(
                WarningCode::ArmsUnseen,
                "No hand is seen in the driving video; the arms stay as they lie in the image.",
            );
        }
        match Adaptation::of(rest, track) {
            Some(Adaptation::LegsAtRest) => self.warn(
                WarningCode::PersonCropped,
                "The driving video does not show the person's legs; the character stands on its own as in the image.",
            ),
            Some(Adaptation::StandsWhereDriverSits) => self.warn(
                WarningCode::PersonSeated,
                "The person in the driving video sits; the character does the motion standing, its feet as in the image.",
            ),
            // The still's own warning tells of it.
            Some(Adaptation::CutEdgeKept) | None => {}
        }
    }

    pub(crate) fn about_driving(&self, driving: &Driving) {
        let quality = driving.clip.quality();
        let frames = driving.clip.people.len();
        if quality.held_frames > 0 {
            self.warn(
                WarningCode::PersonLost,
                format!(
                    "No person was seen in {} of the driving video's {frames} frames; the motion was carried over them.",
                    quality.held_frames
                ),
            );
        }
        if driving.clip.departures() > 0 {
            self.warn(
                WarningCode::PersonLeaves,
                "The person in the driving video leaves the picture or comes into it; meanwhile the character stays in the last pose that was seen, or waits in the first.",
            );
        }
        if driving.most_others > 0 {
            let others = match driving.most_others {
                1 => "another person".to_owned(),
                others => format!("up to {others} other people"),
            };
            self.warn(
                WarningCode::SeveralPeople,
                format!(
                    "The driving video shows {others}; the one who was the largest at first was followed, known by clothes and place.",
                ),
            );
        }
        if driving.damaged_packets > 0 {
            self.warn(
                WarningCode::DamagedInput,
                format!(
                    "{} packets of the driving video could not be decoded; the pictures around stand in for them.",
                    driving.damaged_packets
                ),
            );
        }
    }
}

/// `once`, `twice`, `3 times`.
fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// A clause as a sentence of its own.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

use std::sync::{Mutex, PoisonError};

use avatar::Character;
use contract::{Reporter, TransferRequest, Warning, WarningCode};
use media::VideoInfo;

use crate::analyse::Driving;

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

    pub(crate) fn about_character(&self, character: &Character) {
        for warning in character.warnings() {
            self.warn(WarningCode::HardStill, sentence(&warning.to_string()));
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
        if driving.times_found_anew > 0 {
            self.warn(
                WarningCode::SceneCut,
                format!(
                    "The person in the driving video was lost and found anew {} times, as at a cut; the motion may jump there.",
                    driving.times_found_anew
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

/// A clause as a sentence of its own.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

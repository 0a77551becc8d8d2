use std::collections::BTreeMap;

use frame::FrameRate;
use serde::{Deserialize, Serialize};

use crate::{Quality, Stage};

/// What a run made: the measures of the written file, and how it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferReport {
    /// The engine's name.
    pub engine: String,
    /// The version of the program that made it.
    pub version: String,
    /// Frames of the output.
    pub frames: u64,
    /// The driver's frame rate, exactly (`"30000/1001"`).
    pub frame_rate: FrameRate,
    /// `frames / frame_rate`, in seconds.
    pub duration_secs: f64,
    /// Columns of the output, even.
    pub width: u32,
    /// Rows of the output, even.
    pub height: u32,
    /// Whether the output has a sound stream.
    pub has_audio: bool,
    /// Share of the driving frames in which the person was seen, 0 … 1; the others were filled in.
    pub tracked_share: f64,
    /// The seed that was used.
    pub seed: u64,
    /// Wall-clock seconds of each stage; stages may overlap.
    pub stage_secs: BTreeMap<Stage, f64>,
    /// How well it came out; `None` from an engine that does not measure it.
    pub quality: Option<Quality>,
    /// What the user should know about this result.
    pub warnings: Vec<Warning>,
}

/// Something that the user should know about a result and that did not stop it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// The stable code.
    pub code: WarningCode,
    /// One plain sentence: what was found, and what was done about it.
    pub message: String,
}

impl Warning {
    /// A warning with its sentence.
    pub fn new(code: WarningCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// What a warning is about; stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WarningCode {
    /// The driving video's rate varies; it was put on a constant one.
    VariableFrameRate,
    /// The person was not seen in part of the driving video.
    PersonLost,
    /// The person leaves the driving video's picture, or comes into it later.
    PersonLeaves,
    /// The driving video shows several people; one was followed.
    SeveralPeople,
    /// The driving video does not show the person's legs.
    PersonCropped,
    /// The person in the driving video sits.
    PersonSeated,
    /// The driving video's camera moves.
    MovingCamera,
    /// The driving video has a cut.
    SceneCut,
    /// The sound could not be copied and was encoded again.
    SoundReencoded,
    /// The sound could not be used.
    SoundDropped,
    /// The driving video or the image is damaged in part; the rest was used.
    DamagedInput,
    /// The still hides part of the character (folded limbs, hidden hands, hard to find).
    HardStill,
    /// The driving video shows no hands; the character's arms stay as they lie in the still.
    ArmsUnseen,
    /// No pose network could make out the character's body; its skeleton was guessed from its outline.
    SkeletonGuessed,
    /// The still does not show the character's legs.
    CharacterCropped,
    /// Something asked for is not done by this engine.
    NotSupported,
}

impl WarningCode {
    /// The code as in reports and on the terminal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VariableFrameRate => "variable_frame_rate",
            Self::PersonLost => "person_lost",
            Self::PersonLeaves => "person_leaves",
            Self::SeveralPeople => "several_people",
            Self::PersonCropped => "person_cropped",
            Self::PersonSeated => "person_seated",
            Self::MovingCamera => "moving_camera",
            Self::SceneCut => "scene_cut",
            Self::SoundReencoded => "sound_reencoded",
            Self::SoundDropped => "sound_dropped",
            Self::DamagedInput => "damaged_input",
            Self::HardStill => "hard_still",
            Self::ArmsUnseen => "arms_unseen",
            Self::SkeletonGuessed => "skeleton_guessed",
            Self::CharacterCropped => "character_cropped",
            Self::NotSupported => "not_supported",
        }
    }
}

impl std::fmt::Display for WarningCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_as_promised() {
        let report = TransferReport {
            engine: "puppet".into(),
            version: "0.1.0".into(),
            frames: 300,
            frame_rate: FrameRate::new(30_000, 1001).unwrap(),
            duration_secs: 10.01,
            width: 720,
            height: 1280,
            has_audio: true,
            tracked_share: 1.0,
            seed: 7,
            stage_secs: BTreeMap::from([(Stage::Track, 4.5)]),
            quality: Some(Quality { pose_error_deg: Some(2.5), ..Quality::default() }),
            warnings: vec![Warning::new(
                WarningCode::PersonLost,
                "The person was not seen in 3 of 300 frames.",
            )],
        };
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["frame_rate"], "30000/1001");
        assert_eq!(json["stage_secs"]["track"], 4.5);
        assert_eq!(json["warnings"][0]["code"], WarningCode::PersonLost.as_str());
        assert_eq!(json["quality"]["pose_error_deg"], 2.5);
        assert_eq!(serde_json::from_value::<TransferReport>(json).unwrap(), report);
    }
}

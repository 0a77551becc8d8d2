use frame::FrameRate;
use serde::{Deserialize, Serialize};

use crate::Rejection;

/// What a look at a pair found, before its video is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckReport {
    /// The still; `None` if it is no image that can be read, or one beyond the limits.
    pub image: Option<ImageCheck>,
    /// The driving video; `None` if it is no video that can be read, or one beyond the limits.
    pub video: Option<VideoCheck>,
    /// What a run would reject, the image's first; empty for a pair that can be used.
    pub problems: Vec<Rejection>,
    /// What would make the result better.
    pub advice: Vec<Advice>,
}

impl CheckReport {
    /// Whether a run would make a video of the pair, as far as a look can tell.
    pub fn is_usable(&self) -> bool {
        self.problems.is_empty()
    }
}

/// What is in the still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageCheck {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Whether a person or character was found.
    pub person_found: bool,
    /// Where it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Sighting>,
    /// The character's silhouette: closed polygons of x, y in pixels of the upright image, holes among them (even-odd).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outline: Vec<Vec<[f32; 2]>>,
}

/// Where somebody was found in a picture, to be drawn over it: x, y in pixels of the upright picture, y down.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// The 33 landmarks of [`frame::body`] as x, y and the likelihood 0 … 1 that the landmark is in view.
    pub body: Vec<[f32; 3]>,
    /// The 21 landmarks of [`frame::hand`] of the subject's left hand; empty where none was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_hand: Vec<[f32; 2]>,
    /// The same of the right hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub right_hand: Vec<[f32; 2]>,
    /// The 478 points of [`frame::FaceLandmarks`]; empty where no face was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub face: Vec<[f32; 2]>,
}

/// What is in the driving video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VideoCheck {
    /// Columns, upright.
    pub width: u32,
    /// Rows, upright.
    pub height: u32,
    /// Frames a second, exactly.
    pub frame_rate: FrameRate,
    /// Frames.
    pub frames: u64,
    /// Length, in seconds.
    pub duration_secs: f64,
    /// Whether there is sound that can be kept.
    pub has_audio: bool,
    /// Share of the frames looked at in which a person was found, 0 … 1.
    pub person_share: f64,
    /// The frames that were looked at, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<VideoLook>,
}

/// One frame of the driving video that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VideoLook {
    /// The frame's time, in seconds.
    pub time_secs: f64,
    /// The person who would drive; `None` where nobody was found.
    pub seen: Option<Sighting>,
}

/// Something that would make the result better.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// The stable code.
    pub code: AdviceCode,
    /// One plain sentence: what was found, and what to do.
    pub message: String,
}

impl Advice {
    /// Advice with its sentence.
    pub fn new(code: AdviceCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// What advice is about; stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AdviceCode {
    /// The character takes a small part of the still.
    CharacterSmall,
    /// The still does not show the character's legs: they lie outside it.
    CharacterCropped,
    /// The still shows where the character's legs are, but something covers them.
    LegsHidden,
    /// The character's hands are not in view.
    HandsHidden,
    /// The still shows the character from the side or from behind.
    CharacterTurnedAway,
    /// The character's body is hard to make out.
    CharacterUnclear,
    /// No pose network can make out the character's body; its skeleton is guessed from its outline.
    SkeletonGuessed,
    /// The still shows several figures of some size.
    SeveralCharacters,
    /// The person takes a small part of the video.
    PersonSmall,
    /// The video does not show the person's legs, and the still shows the character's.
    PersonCropped,
    /// The person is not seen in part of the video.
    PersonLost,
    /// The person turns away in the video, and the character is to keep its facing.
    PersonTurnsAway,
    /// The video shows several people of some size.
    SeveralPeople,
}

impl AdviceCode {
    /// The code as in answers and on the terminal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CharacterSmall => "character_small",
            Self::CharacterCropped => "character_cropped",
            Self::LegsHidden => "legs_hidden",
            Self::HandsHidden => "hands_hidden",
            Self::CharacterTurnedAway => "character_turned_away",
            Self::CharacterUnclear => "character_unclear",
            Self::SkeletonGuessed => "skeleton_guessed",
            Self::SeveralCharacters => "several_characters",
            Self::PersonSmall => "person_small",
            Self::PersonCropped => "person_cropped",
            Self::PersonLost => "person_lost",
            Self::PersonTurnsAway => "person_turns_away",
            Self::SeveralPeople => "several_people",
        }
    }
}

impl std::fmt::Display for AdviceCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RejectionCode;

    #[test]
    fn codes_are_written_the_same_everywhere() {
        use AdviceCode as C;
        for code in [
            C::CharacterSmall,
            C::CharacterCropped,
            C::LegsHidden,
            C::HandsHidden,
            C::CharacterTurnedAway,
            C::CharacterUnclear,
            C::SkeletonGuessed,
            C::SeveralCharacters,
            C::PersonSmall,
            C::PersonCropped,
            C::PersonLost,
            C::PersonTurnsAway,
            C::SeveralPeople,
        ] {
            assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{code}\""));
        }
    }

    #[test]
    fn a_report_reads_as_promised() {
        let report = CheckReport {
            image: None,
            video: Some(VideoCheck {
                width: 540,
                height: 960,
                frame_rate: FrameRate::new(30_000, 1001).unwrap(),
                frames: 300,
                duration_secs: 10.01,
                has_audio: true,
                person_share: 0.75,
                looks: Vec::new(),
            }),
            problems: vec![Rejection::new(RejectionCode::ImageUnsupported, "The image is a text.")],
            advice: vec![Advice::new(AdviceCode::PersonLost, "The person leaves.")],
        };
        assert!(!report.is_usable());
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["image"], serde_json::Value::Null);
        assert_eq!(json["video"]["frame_rate"], "30000/1001");
        assert_eq!(json["problems"][0]["code"], "image_unsupported");
        assert_eq!(json["advice"][0]["code"], "person_lost");
        assert_eq!(serde_json::from_value::<CheckReport>(json).unwrap(), report);
    }
}

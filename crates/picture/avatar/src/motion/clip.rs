use frame::{FrameRate, Person, Size, body};
use serde::{Deserialize, Serialize};

use super::stored::StoredClip;

/// What was seen of the driving person in every frame of a clip: a file worth keeping. It is stored compactly: landmarks
/// as flat lists of numbers, to a hundredth of a pixel, a tenth of a millimetre and a thousandth of a likelihood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredClip", into = "StoredClip")]
pub struct MotionClip {
    /// Size of the pictures, to whose pixels the landmarks refer.
    pub size: Size,
    /// Frames a second.
    pub frame_rate: FrameRate,
    /// One a frame; `None` where nobody was found.
    pub people: Vec<Option<Person>>,
}

/// How far a clip can be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipQuality {
    /// Share of the frames in which a person was found, 0 … 1.
    pub tracked_share: f32,
    /// Frames in which nobody was found, so that the pose is carried over from the frames around.
    pub held_frames: usize,
    /// The longest run of such frames.
    pub longest_gap_frames: usize,
    /// Median likelihood, over the frames and the 12 joints of the limbs, that a joint can be seen, 0 … 1.
    pub median_visibility: f32,
    /// Share of the frames in which a face was found, 0 … 1.
    pub face_share: f32,
}

impl MotionClip {
    /// The clip as it is after it was stored and read again, so that a run gives the same frames whether it tracked or read.
    /// What cannot be stored, for a number in it is not finite, stays as it is.
    #[must_use]
    pub fn as_stored(self) -> Self {
        Self::try_from(StoredClip::from(self.clone())).unwrap_or(self)
    }

    /// How far the clip can be trusted.
    pub fn quality(&self) -> ClipQuality {
        let frames = self.people.len().max(1) as f32;
        let seen = self.people.iter().flatten();
        let mut visibilities: Vec<f32> = seen
            .clone()
            .flat_map(|p| {
                (body::LEFT_SHOULDER..=body::RIGHT_WRIST)
                    .chain(body::LEFT_HIP..=body::RIGHT_ANKLE)
                    .map(|i| p.body[i].visibility)
            })
            .collect();
        let middle = visibilities.len() / 2;
        let median_visibility = match visibilities.is_empty() {
            true => 0.0,
            false => *visibilities.select_nth_unstable_by(middle, f32::total_cmp).1,
        };
        ClipQuality {
            tracked_share: seen.clone().count() as f32 / frames,
            held_frames: self.people.iter().filter(|p| p.is_none()).count(),
            longest_gap_frames: self.people.split(Option::is_some).map(<[_]>::len).max().unwrap_or(0),
            median_visibility,
            face_share: seen.filter(|p| p.face.is_some()).count() as f32 / frames,
        }
    }
}

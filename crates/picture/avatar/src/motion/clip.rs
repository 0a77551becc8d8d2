use std::ops::Range;

use frame::{FrameRate, Person, Size, body};
use serde::{Deserialize, Serialize};

use super::View;
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
    /// What the camera showed, one a frame; empty of a clip whose camera stands still and which has no cut.
    pub views: Vec<View>,
    /// How long the camera's shutter was open, 360 degrees being from one frame to the next; `None` where nothing tells.
    pub shutter_deg: Option<f32>,
}

/// How far a clip can be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipQuality {
    /// Share of the frames in which a person was found, 0 … 1.
    pub tracked_share: f32,
    /// Frames in which nobody was found, so that the pose is carried over from the frames around.
    pub held_frames: usize,
    /// Frames in which somebody was found, but at least a quarter of the limbs' joints that are mostly seen were not.
    pub guessed_frames: usize,
    /// The longest run of frames in which nobody was found.
    pub longest_gap_frames: usize,
    /// Median likelihood, over the frames and the 12 joints of the limbs, that a joint can be seen, 0 … 1.
    pub median_visibility: f32,
    /// Share of the frames in which a face was found, 0 … 1.
    pub face_share: f32,
}

/// The landmarks of shoulders, elbows, wrists, hips, knees and ankles.
pub(super) fn limb_joints() -> impl Iterator<Item = usize> {
    (body::LEFT_SHOULDER..=body::RIGHT_WRIST).chain(body::LEFT_HIP..=body::RIGHT_ANKLE)
}

impl MotionClip {
    /// The clip as it is after it was stored and read again, so that a run gives the same frames whether it tracked or read.
    /// What cannot be stored, for a number in it is not finite, stays as it is.
    #[must_use]
    pub fn as_stored(self) -> Self {
        Self::try_from(StoredClip::from(self.clone())).unwrap_or(self)
    }

    /// The frames of every shot, in order. A clip whose views are not known is one.
    pub fn shots(&self) -> impl Iterator<Item = Range<usize>> {
        let lengths = self.views.chunk_by(|a, b| a.shot == b.shot).map(<[_]>::len);
        let whole = self.views.is_empty().then_some(self.people.len());
        let mut start = 0;
        lengths.chain(whole).map(move |length| {
            start += length;
            start - length..start
        })
    }

    /// The frames of the shot to which a frame belongs.
    pub fn shot_of(&self, frame: usize) -> Range<usize> {
        self.shots().find(|shot| shot.contains(&frame)).unwrap_or(0..self.people.len())
    }

    /// How far the clip can be trusted.
    pub fn quality(&self) -> ClipQuality {
        let frames = self.people.len().max(1) as f32;
        let seen = self.seen();
        let mut visibilities: Vec<f32> =
            seen.clone().flat_map(|p| limb_joints().map(|i| p.body[i].visibility)).collect();
        let middle = visibilities.len() / 2;
        let median_visibility = match visibilities.is_empty() {
            true => 0.0,
            false => *visibilities.select_nth_unstable_by(middle, f32::total_cmp).1,
        };
        ClipQuality {
            tracked_share: seen.clone().count() as f32 / frames,
            held_frames: self.people.iter().filter(|p| p.is_none()).count(),
            guessed_frames: self.guessed_frames(),
            longest_gap_frames: self.people.split(Option::is_some).map(<[_]>::len).max().unwrap_or(0),
            median_visibility,
            face_share: seen.filter(|p| p.face.is_some()).count() as f32 / frames,
        }
    }

    /// Frames that lack at least a quarter of the limbs' joints that the clip mostly shows.
    fn guessed_frames(&self) -> usize {
        let joints: Vec<usize> =
            limb_joints().filter(|&i| 2 * self.frames_showing(i) > self.seen().count()).collect();
        let is_guessed = |person: &&Person| {
            let unseen = joints.iter().filter(|&&i| !self.shows(person, i)).count();
            unseen > 0 && 4 * unseen >= joints.len()
        };
        self.seen().filter(is_guessed).count()
    }

    fn seen(&self) -> impl Iterator<Item = &Person> + Clone {
        self.people.iter().flatten()
    }

    fn frames_showing(&self, landmark: usize) -> usize {
        self.seen().filter(|person| self.shows(person, landmark)).count()
    }

    /// Whether no cut lies between two frames.
    pub(super) fn is_one_shot(&self, a: usize, b: usize) -> bool {
        let shot = |t: usize| self.views.get(t).map(|view| view.shot);
        shot(a) == shot(b)
    }

    /// Whether a landmark is seen, and in the picture: the network goes on guessing outside, at times with confidence.
    pub(super) fn shows(&self, person: &Person, landmark: usize) -> bool {
        let landmark = person.body[landmark];
        landmark.visibility > 0.5 && self.size.contains(landmark.xy())
    }
}

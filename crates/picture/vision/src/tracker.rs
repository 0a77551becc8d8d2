use frame::{Image, Person};

use crate::error::Result;
use crate::face::FaceTracker;
use crate::hand::HandsTracker;
use crate::networks::Networks;
use crate::pose::{PoseSeen, PoseTracker, TrackerOptions};

/// Follows one person, whole, through a video.
///
/// The body comes first, hands and face follow from it and from themselves a picture earlier: the body of one picture
/// and the details of the one before it may be found at the same time, on two threads, with the same result. For that,
/// use [`PoseTracker`] and [`DetailTracker`] in place of this.
#[derive(Clone)]
pub struct Tracker {
    pose: PoseTracker,
    details: DetailTracker,
}

impl Tracker {
    /// A tracker that has seen nothing yet.
    pub fn new(networks: &Networks, options: TrackerOptions) -> Result<Self> {
        Ok(Self { pose: PoseTracker::new(networks, options)?, details: DetailTracker::new(networks)? })
    }

    /// The person in the next picture of the video, if there is one.
    pub fn track(&mut self, image: &Image) -> Option<Person> {
        let pose = self.pose.track(image)?;
        Some(self.details.track(image, &pose))
    }
}

/// Follows the hands and the face of the person a [`PoseTracker`] follows.
#[derive(Clone)]
pub struct DetailTracker {
    hands: HandsTracker,
    face: FaceTracker,
}

impl DetailTracker {
    /// A tracker that has seen nothing yet.
    pub fn new(networks: &Networks) -> Result<Self> {
        Ok(Self { hands: HandsTracker::new(networks)?, face: FaceTracker::new(networks)? })
    }

    /// The whole person in the next picture of the video in which a body was seen: that picture and that body. Pictures
    /// without a body are left out.
    pub fn track(&mut self, image: &Image, pose: &PoseSeen) -> Person {
        let hands = self.hands.track(image, pose);
        let face = self.face.track(image, pose);
        Person { body: pose.body.clone(), left_hand: hands.left, right_hand: hands.right, face }
    }
}

use glam::{Vec2, Vec3};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names of the 33 body landmarks (the BlazePose topology). Left and right are the subject's.
pub mod body {
    #![allow(missing_docs)]
    pub const COUNT: usize = 33;
    pub const NOSE: usize = 0;
    pub const LEFT_EYE: usize = 2;
    pub const RIGHT_EYE: usize = 5;
    pub const LEFT_EAR: usize = 7;
    pub const RIGHT_EAR: usize = 8;
    pub const MOUTH_LEFT: usize = 9;
    pub const MOUTH_RIGHT: usize = 10;
    pub const LEFT_SHOULDER: usize = 11;
    pub const RIGHT_SHOULDER: usize = 12;
    pub const LEFT_ELBOW: usize = 13;
    pub const RIGHT_ELBOW: usize = 14;
    pub const LEFT_WRIST: usize = 15;
    pub const RIGHT_WRIST: usize = 16;
    pub const LEFT_PINKY: usize = 17;
    pub const RIGHT_PINKY: usize = 18;
    pub const LEFT_INDEX: usize = 19;
    pub const RIGHT_INDEX: usize = 20;
    pub const LEFT_THUMB: usize = 21;
    pub const RIGHT_THUMB: usize = 22;
    pub const LEFT_HIP: usize = 23;
    pub const RIGHT_HIP: usize = 24;
    pub const LEFT_KNEE: usize = 25;
    pub const RIGHT_KNEE: usize = 26;
    pub const LEFT_ANKLE: usize = 27;
    pub const RIGHT_ANKLE: usize = 28;
    pub const LEFT_HEEL: usize = 29;
    pub const RIGHT_HEEL: usize = 30;
    pub const LEFT_TOE: usize = 31;
    pub const RIGHT_TOE: usize = 32;

    /// The names that the topology's authors give them, in order.
    pub const NAMES: [&str; COUNT] = [
        "nose",
        "left_eye_inner",
        "left_eye",
        "left_eye_outer",
        "right_eye_inner",
        "right_eye",
        "right_eye_outer",
        "left_ear",
        "right_ear",
        "mouth_left",
        "mouth_right",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_wrist",
        "right_wrist",
        "left_pinky",
        "right_pinky",
        "left_index",
        "right_index",
        "left_thumb",
        "right_thumb",
        "left_hip",
        "right_hip",
        "left_knee",
        "right_knee",
        "left_ankle",
        "right_ankle",
        "left_heel",
        "right_heel",
        "left_foot_index",
        "right_foot_index",
    ];
}

/// Names of the 21 hand landmarks. A finger runs from its knuckle (`…_MCP`) to its tip, three further.
pub mod hand {
    #![allow(missing_docs)]
    pub const COUNT: usize = 21;
    pub const WRIST: usize = 0;
    pub const THUMB_CMC: usize = 1;
    pub const THUMB_TIP: usize = 4;
    pub const INDEX_MCP: usize = 5;
    pub const INDEX_TIP: usize = 8;
    pub const MIDDLE_MCP: usize = 9;
    pub const MIDDLE_TIP: usize = 12;
    pub const RING_MCP: usize = 13;
    pub const RING_TIP: usize = 16;
    pub const PINKY_MCP: usize = 17;
    pub const PINKY_TIP: usize = 20;

    /// The names that the topology's authors give them, in order.
    pub const NAMES: [&str; COUNT] = [
        "wrist",
        "thumb_cmc",
        "thumb_mcp",
        "thumb_ip",
        "thumb_tip",
        "index_finger_mcp",
        "index_finger_pip",
        "index_finger_dip",
        "index_finger_tip",
        "middle_finger_mcp",
        "middle_finger_pip",
        "middle_finger_dip",
        "middle_finger_tip",
        "ring_finger_mcp",
        "ring_finger_pip",
        "ring_finger_dip",
        "ring_finger_tip",
        "pinky_mcp",
        "pinky_pip",
        "pinky_dip",
        "pinky_tip",
    ];
}

/// One landmark of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BodyLandmark {
    /// x, y in image pixels; z the network's own depth in pixels about the hips, smaller is nearer (rough: prefer `world.z`).
    pub image: Vec3,
    /// Metres about the middle of the hips; x right and y down in the image, z away from the camera.
    pub world: Vec3,
    /// Likelihood that the landmark is in the picture and not hidden, 0 … 1.
    pub visibility: f32,
    /// Likelihood that the landmark is in the picture, 0 … 1.
    pub presence: f32,
}

impl BodyLandmark {
    /// x, y in image pixels.
    pub fn xy(self) -> Vec2 {
        self.image.truncate()
    }
}

/// A list of landmarks came with the wrong number of points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} landmarks where {expected} are needed")]
pub struct LandmarkCountError {
    /// What the topology has.
    pub expected: usize,
    /// What came.
    pub found: usize,
}

macro_rules! landmark_list {
    ($(#[$doc:meta])* $name:ident, $point:ty, $count:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name(Vec<$point>);

        impl $name {
            /// How many points there are, always.
            pub const COUNT: usize = $count;

            /// The list over exactly [`Self::COUNT`] points.
            pub fn new(points: Vec<$point>) -> Result<Self, LandmarkCountError> {
                if points.len() == Self::COUNT {
                    Ok(Self(points))
                } else {
                    Err(LandmarkCountError { expected: Self::COUNT, found: points.len() })
                }
            }

            /// All points in the topology's order.
            pub fn points(&self) -> &[$point] {
                &self.0
            }

            /// All points in the topology's order.
            pub fn points_mut(&mut self) -> &mut [$point] {
                &mut self.0
            }
        }

        impl std::ops::Index<usize> for $name {
            type Output = $point;

            fn index(&self, index: usize) -> &$point {
                &self.0[index]
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(Vec::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    };
}

landmark_list! {
    /// A body: see [`body`] for the names of its points.
    BodyLandmarks, BodyLandmark, body::COUNT
}
landmark_list! {
    /// A hand: x, y in image pixels, z in pixels about the wrist, smaller is nearer. See [`hand`] for the names.
    HandLandmarks, Vec3, hand::COUNT
}
landmark_list! {
    /// A face: the 468 points of the canonical face mesh, then five a iris (left 468…472 as the mesh's authors number them,
    /// the subject's right eye first). x, y in image pixels, z in pixels about the face's centre, smaller is nearer.
    FaceLandmarks, Vec3, 478
}

/// What was seen of one person in one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The body, always.
    pub body: BodyLandmarks,
    /// The subject's left hand, where one was found.
    pub left_hand: Option<HandLandmarks>,
    /// The subject's right hand, where one was found.
    pub right_hand: Option<HandLandmarks>,
    /// The face, where one was found.
    pub face: Option<FaceLandmarks>,
}

impl BodyLandmarks {
    /// From the middle of the hips to that of the shoulders, in image pixels.
    pub fn spine(&self) -> Vec2 {
        let middle = |left: usize, right: usize| (self.0[left].xy() + self.0[right].xy()) / 2.0;
        middle(body::LEFT_SHOULDER, body::RIGHT_SHOULDER) - middle(body::LEFT_HIP, body::RIGHT_HIP)
    }

    /// The corners of the box about the body in the picture, with room for clothes and hair: a tenth of its longer side beyond
    /// the landmarks.
    pub fn extent(&self) -> [Vec2; 2] {
        let points = || self.0.iter().map(|landmark| landmark.xy());
        let (low, high) =
            (points().fold(Vec2::INFINITY, Vec2::min), points().fold(Vec2::NEG_INFINITY, Vec2::max));
        let margin = (high - low).max_element() * 0.1;
        [low - margin, high + margin]
    }

    /// The body on the way from this one to `other`, of which `share`, 0 … 1, is done: all of it goes on straight lines.
    pub fn between(&self, other: &Self, share: f32) -> Self {
        let landmark = |(a, b): (&BodyLandmark, &BodyLandmark)| BodyLandmark {
            image: a.image.lerp(b.image, share),
            world: a.world.lerp(b.world, share),
            visibility: a.visibility + (b.visibility - a.visibility) * share,
            presence: a.presence + (b.presence - a.presence) * share,
        };
        Self(self.0.iter().zip(&other.0).map(landmark).collect())
    }
}

impl Person {
    /// The same person in a picture `factor` times as large.
    pub fn scaled(self, factor: f32) -> Self {
        self.with_points(|point| point * factor)
    }

    /// The same person in a picture whose top-left corner lies at `corner` of this one.
    pub fn seen_from(self, corner: Vec2) -> Self {
        self.with_points(|point| point - corner.extend(0.0))
    }

    /// The same person with every place in the picture's pixels replaced by `f` of it.
    fn with_points(mut self, f: impl Fn(Vec3) -> Vec3) -> Self {
        self.body.0.iter_mut().for_each(|landmark| landmark.image = f(landmark.image));
        for hand in [&mut self.left_hand, &mut self.right_hand].into_iter().flatten() {
            hand.0.iter_mut().for_each(|point| *point = f(*point));
        }
        if let Some(face) = &mut self.face {
            face.0.iter_mut().for_each(|point| *point = f(*point));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_way_is_a_quarter_of_the_difference() {
        let body = |x: f32, visibility: f32| {
            let landmark =
                BodyLandmark { image: Vec3::splat(x), world: Vec3::X * x, visibility, presence: 1.0 };
            BodyLandmarks::new(vec![landmark; body::COUNT]).unwrap()
        };
        assert_eq!(body(8.0, 1.0).between(&body(16.0, 0.0), 0.25), body(10.0, 0.75));
    }

    #[test]
    fn a_short_list_is_refused_when_read() {
        let short = serde_json::to_string(&vec![Vec3::ZERO; 20]).unwrap();
        assert!(serde_json::from_str::<HandLandmarks>(&short).is_err());
        let whole = serde_json::to_string(&vec![Vec3::ONE; 21]).unwrap();
        assert_eq!(serde_json::from_str::<HandLandmarks>(&whole).unwrap()[20], Vec3::ONE);
    }
}

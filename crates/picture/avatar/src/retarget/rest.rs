use frame::{Person, Size};
use glam::Mat3;

use crate::face::{CanonicalFace, FaceRest};
use crate::fingers::HandRest;
use crate::motion::head_from_canonical;
use crate::{Joint, Joints, Side, lift};

/// How a character stands in its still.
#[derive(Clone, Debug, PartialEq)]
pub struct CharacterRest {
    /// Size of the still.
    pub size: Size,
    /// The joints in the still's pixels.
    pub joints: Joints,
    /// The head's orientation.
    pub head_from_canonical: Mat3,
    /// The face, where one was found.
    pub(crate) face: Option<FaceRest>,
    /// The hands, left and right, whose fingers can be told.
    pub(crate) hands: [Option<HandRest>; 2],
}

impl CharacterRest {
    /// What was seen of a person in a still of `size`.
    pub fn new(size: Size, person: &Person) -> Self {
        let (points, _) = lift(&person.body);
        Self {
            size,
            joints: Joints::from_body_points(&points),
            head_from_canonical: head_from_canonical(person),
            face: person.face.as_ref().and_then(CanonicalFace::new).map(FaceRest::new),
            hands: [None, None],
        }
    }

    /// Whether the picture holds a joint. A joint a little below the lower edge still counts: feet are often cut there.
    pub fn contains(&self, joint: Joint) -> bool {
        let p = self.joints[joint];
        let (width, height) = (self.size.width as f32, self.size.height as f32);
        (0.0..width).contains(&p.x) && (0.0..1.02 * height).contains(&p.y)
    }

    /// Whether the picture shows the body down to both ankles.
    pub fn is_whole(&self) -> bool {
        Side::BOTH.iter().all(|&side| self.contains(Joint::Ankle(side)))
    }
}

use frame::{Person, Plane, Size};
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
    /// How far its top, be it hair or a hat, is above the middle of its head, pixels.
    pub(crate) crown: f32,
    /// The face, where one was found.
    pub(crate) face: Option<FaceRest>,
    /// The hands, left and right, whose fingers can be told.
    pub(crate) hands: [Option<HandRest>; 2],
}

impl CharacterRest {
    /// What was seen of a person in a still of `size`.
    pub fn new(size: Size, person: &Person) -> Self {
        /// How far a bare crown usually is above that, in its height above the chest.
        const CROWN: f32 = 0.75;
        let (points, _) = lift(&person.body);
        let joints = Joints::from_body_points(&points);
        Self {
            size,
            joints,
            crown: CROWN * (joints[Joint::Chest].y - joints[Joint::Head].y),
            head_from_canonical: head_from_canonical(person),
            face: person.face.as_ref().and_then(CanonicalFace::new).map(FaceRest::new),
            hands: [None, None],
        }
    }

    /// Measures the crown in the character's matte, which has the still's size.
    pub(crate) fn measure_crown(&mut self, matte: &Plane<f32>) {
        let [head, chest] = [Joint::Head, Joint::Chest].map(|joint| self.joints[joint]);
        let half = 0.5 * (chest.y - head.y).abs();
        let columns =
            (head.x - half).max(0.0) as usize..(head.x + half).clamp(0.0, matte.width() as f32) as usize;
        let rows = 0..head.y.clamp(0.0, matte.height() as f32) as usize;
        let is_seen = |&y: &usize| columns.clone().any(|x| matte.get(x, y) > 0.5);
        if let Some(top) = rows.into_iter().find(is_seen) {
            self.crown = head.y - top as f32;
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

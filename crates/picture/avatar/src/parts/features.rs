use frame::{FaceLandmarks, HandLandmarks, Person, body, hand};
use glam::Vec2;

use super::anatomy::{Anatomy, distance_to_polyline};
use crate::{Joint, Limb, Side};

/// Where a face lies in the picture.
#[derive(Clone, Debug)]
pub(crate) struct Face {
    /// Middle of the hairline.
    pub(crate) top: Vec2,
    /// Tip of the chin.
    pub(crate) chin: Vec2,
    /// Four places that show bare skin on almost every face.
    pub(crate) cheeks: [Vec2; 4],
    /// From the lowest landmark to the highest, in pixels.
    pub(crate) height: f32,
    /// Every landmark of the face without the irises.
    pub(crate) points: Vec<Vec2>,
}

impl Face {
    /// The face in a picture whose coordinates are `scale` times the landmarks'; none if a landmark is no number.
    pub(crate) fn new(landmarks: &FaceLandmarks, scale: Vec2) -> Option<Self> {
        const HAIRLINE: usize = 10;
        const CHIN: usize = 152;
        const CHEEKS: [usize; 4] = [205, 425, 50, 280];
        const WITHOUT_IRISES: usize = 468;
        let points: Vec<Vec2> =
            landmarks.points()[..WITHOUT_IRISES].iter().map(|p| p.truncate() * scale).collect();
        if points.iter().any(|p| !p.is_finite()) {
            return None;
        }
        let (low, high) = points
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), p| (low.min(p.y), high.max(p.y)));
        let height = high - low;
        (height > 2.0).then(|| Self {
            top: points[HAIRLINE],
            chin: points[CHIN],
            cheeks: CHEEKS.map(|i| points[i]),
            height,
            points,
        })
    }

    /// How far above the chin a point is, in heights of the face.
    pub(crate) fn above_chin(&self, point: Vec2) -> f32 {
        (point - self.chin).dot(self.upwards()) / self.height
    }

    /// Unit vector from the chin to the hairline.
    pub(crate) fn upwards(&self) -> Vec2 {
        (self.top - self.chin).normalize_or(Vec2::NEG_Y)
    }
}

/// Where a hand lies in the picture.
#[derive(Clone, Debug)]
pub(crate) struct Hand {
    /// The 21 landmarks, in the order of [`frame::hand`].
    pub(crate) points: Vec<Vec2>,
}

impl Hand {
    /// The hand in a picture whose coordinates are `scale` times the landmarks'; none if a landmark is no number.
    pub(crate) fn new(landmarks: &HandLandmarks, scale: Vec2) -> Option<Self> {
        let points: Vec<Vec2> = landmarks.points().iter().map(|p| p.truncate() * scale).collect();
        points.iter().all(|p| p.is_finite()).then_some(Self { points })
    }

    /// Where the hand joins the arm.
    pub(crate) fn wrist(&self) -> Vec2 {
        self.points[hand::WRIST]
    }

    /// Middle of the knuckles of the index and the little finger.
    pub(crate) fn knuckles(&self) -> Vec2 {
        self.points[hand::INDEX_MCP].midpoint(self.points[hand::PINKY_MCP])
    }

    /// From the knuckle of the index to that of the little finger, in pixels.
    pub(crate) fn palm_width(&self) -> f32 {
        self.points[hand::INDEX_MCP].distance(self.points[hand::PINKY_MCP])
    }

    /// Five lines from the wrist to the finger tips.
    pub(crate) fn fingers(&self) -> [[Vec2; 5]; 5] {
        std::array::from_fn(|finger| {
            std::array::from_fn(|i| if i == 0 { self.wrist() } else { self.points[4 * finger + i] })
        })
    }

    /// Distance from a point to the nearest of the fingers' lines.
    pub(crate) fn distance(&self, point: Vec2) -> f32 {
        self.fingers().iter().map(|f| distance_to_polyline(point, f)).fold(f32::INFINITY, f32::min)
    }
}

/// The hands that are where the body has its wrists, left and right, in a picture whose coordinates are `scale` times the
/// landmarks'; the ends of the arms move to them.
pub(crate) fn hands_at_wrists(person: &Person, anatomy: &mut Anatomy, scale: Vec2) -> [Option<Hand>; 2] {
    Side::BOTH.map(|side| {
        let hand = Hand::new(side.hand_of(person)?, scale)?;
        // A hand far from the body's own wrist is another's, or the other one.
        let reach = 2.5 * anatomy.radius[Limb::Arm(side)];
        if hand.wrist().distance(anatomy.at(Joint::Wrist(side))) > reach {
            return None;
        }
        anatomy.place_hand(side, hand.wrist(), hand.knuckles());
        Some(hand)
    })
}

/// Whether a body has a head of its own: one that is a single piece with its trunk has ears that nobody sees.
pub(crate) fn has_neck(person: &Person) -> bool {
    [body::LEFT_EAR, body::RIGHT_EAR].iter().any(|&ear| person.body[ear].visibility > 0.0)
}

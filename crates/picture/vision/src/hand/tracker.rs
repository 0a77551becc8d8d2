use frame::{BodyLandmarks, HandLandmarks, Image, body};
use glam::Vec2;

use super::landmarker::{HandLandmarker, HandRecropper, roi_from_body, roi_from_landmarks};
use crate::agreement::Agreement;
use crate::error::Result;
use crate::networks::Networks;
use crate::pose::PoseSeen;
use crate::pyramid::Pyramid;
use crate::roi::Roi;

/// Below this visibility of the wrist there is no hand to look for.
const MIN_WRIST_VISIBILITY: f32 = 0.1;
/// The least likelihood of a hand.
const MIN_PRESENCE: f32 = 0.5;
const AGREEMENT: Agreement = Agreement {
    rotation_rad: 40.0 * std::f32::consts::PI / 180.0,
    translation: 0.2,
    scale: 0.4,
    inset: 0.05,
};

/// The hands of one person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hands {
    /// The subject's left.
    pub left: Option<HandLandmarks>,
    /// The subject's right.
    pub right: Option<HandLandmarks>,
}

/// Follows both hands of the person a [`PoseTracker`](crate::PoseTracker) follows: by turns, the one looked at in one
/// picture, the other in the next. The one not looked at goes with its wrist.
#[derive(Clone)]
pub struct HandsTracker {
    finder: HandFinder,
    last: Hands,
    /// The wrists in the picture before: left, right.
    wrists: [Vec2; 2],
    turn: Side,
}

/// Whose turn it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

impl HandsTracker {
    /// A tracker that has seen nothing yet.
    pub fn new(networks: &Networks) -> Result<Self> {
        Ok(Self {
            finder: HandFinder::load(networks)?,
            last: Hands::default(),
            wrists: [Vec2::ZERO; 2],
            turn: Side::Left,
        })
    }

    /// The hands in the next picture of the video in which `pose` was seen.
    pub fn track(&mut self, image: &Image, pose: &PoseSeen) -> Hands {
        let (pyramid, body) = (&mut Pyramid::new(image), &pose.body);
        let wrists = [body[LEFT.wrist].xy(), body[RIGHT.wrist].xy()];
        if pose.found_anew {
            self.last = self.finder.find(pyramid, body, &Hands::default());
        } else {
            let Self { finder, last, wrists: before, turn } = self;
            for (hand, place, by) in [
                (&mut last.left, &LEFT, wrists[0] - before[0]),
                (&mut last.right, &RIGHT, wrists[1] - before[1]),
            ] {
                move_by(hand, by);
                if (*turn == Side::Left) == (place.wrist == LEFT.wrist) {
                    *hand = finder.find_one(pyramid, body, place, hand.as_ref());
                }
            }
            *turn = if *turn == Side::Left { Side::Right } else { Side::Left };
        }
        self.wrists = wrists;
        self.last.clone()
    }
}

fn move_by(hand: &mut Option<HandLandmarks>, by: Vec2) {
    for point in hand.iter_mut().flat_map(|hand| hand.points_mut()) {
        *point += by.extend(0.0);
    }
}

/// Which of the body's landmarks frame a hand.
struct HandOfBody {
    wrist: usize,
    index: usize,
    pinky: usize,
}

const LEFT: HandOfBody =
    HandOfBody { wrist: body::LEFT_WRIST, index: body::LEFT_INDEX, pinky: body::LEFT_PINKY };
const RIGHT: HandOfBody =
    HandOfBody { wrist: body::RIGHT_WRIST, index: body::RIGHT_INDEX, pinky: body::RIGHT_PINKY };

/// Finds the hands of a body. The body's own landmarks of a hand give a coarse box, a small network a better one; where
/// the hand seen in the picture before agrees with that box, its landmarks give the best.
#[derive(Clone)]
pub(crate) struct HandFinder {
    recropper: HandRecropper,
    landmarker: HandLandmarker,
}

impl HandFinder {
    pub(crate) fn load(networks: &Networks) -> Result<Self> {
        Ok(Self { recropper: HandRecropper::load(networks)?, landmarker: HandLandmarker::load(networks)? })
    }

    pub(crate) fn find(&mut self, pyramid: &mut Pyramid<'_>, body: &BodyLandmarks, last: &Hands) -> Hands {
        Hands {
            left: self.find_one(pyramid, body, &LEFT, last.left.as_ref()),
            right: self.find_one(pyramid, body, &RIGHT, last.right.as_ref()),
        }
    }

    /// The hands in a still: what the first look shows frames the second.
    pub(crate) fn find_still(&mut self, pyramid: &mut Pyramid<'_>, body: &BodyLandmarks) -> Hands {
        let first = self.find(pyramid, body, &Hands::default());
        let mut again = |hand: HandLandmarks| {
            let second = self.read(pyramid, roi_from_landmarks(&hand));
            Some(second.unwrap_or(hand))
        };
        Hands { left: first.left.and_then(&mut again), right: first.right.and_then(&mut again) }
    }

    fn find_one(
        &mut self,
        pyramid: &mut Pyramid<'_>,
        body: &BodyLandmarks,
        side: &HandOfBody,
        last: Option<&HandLandmarks>,
    ) -> Option<HandLandmarks> {
        if body[side.wrist].visibility < MIN_WRIST_VISIBILITY {
            return None;
        }
        let coarse = roi_from_body(body[side.wrist].xy(), body[side.index].xy(), body[side.pinky].xy());
        if !coarse.is_usable(pyramid.size()) {
            return None;
        }
        let fresh = self.recropper.recrop(pyramid, coarse);
        let carried = last.map(roi_from_landmarks).filter(|&carried| {
            let landmarks = last.into_iter().flat_map(|hand| hand.points().iter().map(|p| p.truncate()));
            AGREEMENT.holds(carried, landmarks, fresh)
        });
        self.read(pyramid, carried.unwrap_or(fresh))
    }

    fn read(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi) -> Option<HandLandmarks> {
        if !roi.is_usable(pyramid.size()) {
            return None;
        }
        let (hand, presence) = self.landmarker.read(pyramid, roi);
        (presence >= MIN_PRESENCE).then_some(hand)
    }
}

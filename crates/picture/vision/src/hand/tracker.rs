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

/// How a hand carried over has to lie in the coarse box that the body's landmarks give.
const COARSE_AGREEMENT: Agreement = Agreement {
    rotation_rad: 60.0 * std::f32::consts::PI / 180.0,
    translation: 0.2,
    scale: 0.7,
    inset: 0.02,
};
/// A hand whose coarse box has a smaller side than this, in longer sides of the picture, is looked at every so many turns: its fingers
/// are a few pixels wide.
const SMALL: f32 = 0.25;
const SMALL_EVERY: u32 = 4;
/// Every so many looks at a hand that is followed, its box is found afresh.
const FOUND_EVERY: u32 = 4;

/// The hands of one person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hands {
    /// The subject's left.
    pub left: Option<HandLandmarks>,
    /// The subject's right.
    pub right: Option<HandLandmarks>,
}

/// Follows both hands of the person a [`PoseTracker`](crate::PoseTracker) follows: by turns, the one looked at in one
/// picture, the other in the next, of those in which the body was looked at. The one not looked at goes with its wrist.
#[derive(Clone)]
pub struct HandsTracker {
    finder: HandFinder,
    left: Followed,
    right: Followed,
    turn: Side,
}

/// Whose turn it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// A hand from picture to picture.
#[derive(Clone, Default)]
struct Followed {
    hand: Option<HandLandmarks>,
    /// The wrist in the picture before, by the body's landmarks.
    wrist: Vec2,
    /// Looks at it since its box was found afresh.
    looks: u32,
    /// Its turns since it was looked at.
    rested: u32,
}

impl Followed {
    fn go_with(&mut self, wrist: Vec2) {
        let by = (wrist - self.wrist).extend(0.0);
        self.hand.iter_mut().flat_map(|hand| hand.points_mut()).for_each(|point| *point += by);
        self.wrist = wrist;
    }
}

impl HandsTracker {
    /// A tracker that has seen nothing yet.
    pub fn new(networks: &Networks) -> Result<Self> {
        Ok(Self {
            finder: HandFinder::load(networks)?,
            left: Followed::default(),
            right: Followed::default(),
            turn: Side::Left,
        })
    }

    /// The hands in the next picture of the video in which `pose` was seen.
    pub fn track(&mut self, image: &Image, pose: &PoseSeen) -> Hands {
        let (pyramid, body) = (&mut Pyramid::new(image), &pose.body);
        let long_side = image.size().long_side() as f32;
        let Self { finder, left, right, turn } = self;
        for (side, place, followed) in [(Side::Left, &LEFT, left), (Side::Right, &RIGHT, right)] {
            let wrist = body[place.wrist].xy();
            if pose.found_anew {
                let hand = finder.find_one(pyramid, body, place, None);
                *followed = Followed { hand, wrist, ..Followed::default() };
                continue;
            }
            followed.go_with(wrist);
            if side == *turn && !pose.is_between {
                let small = place.coarse(body).side_px < SMALL * long_side;
                followed.rested += 1;
                if !small || followed.hand.is_none() || followed.rested >= SMALL_EVERY {
                    followed.rested = 0;
                    finder.follow(pyramid, body, place, followed);
                }
            }
        }
        if !pose.found_anew && !pose.is_between {
            *turn = if *turn == Side::Left { Side::Right } else { Side::Left };
        }
        Hands { left: self.left.hand.clone(), right: self.right.hand.clone() }
    }
}

/// Which of the body's landmarks frame a hand.
struct HandOfBody {
    wrist: usize,
    index: usize,
    pinky: usize,
}

impl HandOfBody {
    /// Where the hand must be by the body's own landmarks of it.
    fn coarse(&self, body: &BodyLandmarks) -> Roi {
        roi_from_body(body[self.wrist].xy(), body[self.index].xy(), body[self.pinky].xy())
    }
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

    pub(crate) fn find(&mut self, pyramid: &mut Pyramid<'_>, body: &BodyLandmarks) -> Hands {
        Hands {
            left: self.find_one(pyramid, body, &LEFT, None),
            right: self.find_one(pyramid, body, &RIGHT, None),
        }
    }

    /// Looks at a hand where it was a moment ago, if that is where the body has it and its box was found afresh lately.
    fn follow(
        &mut self,
        pyramid: &mut Pyramid<'_>,
        body: &BodyLandmarks,
        side: &HandOfBody,
        Followed { hand, looks, .. }: &mut Followed,
    ) {
        *looks += 1;
        let carried = hand.as_ref().map(roi_from_landmarks).filter(|&carried| {
            let landmarks = hand.iter().flat_map(|hand| hand.points().iter().map(|p| p.truncate()));
            *looks < FOUND_EVERY
                && body[side.wrist].visibility >= MIN_WRIST_VISIBILITY
                && COARSE_AGREEMENT.holds(carried, landmarks, side.coarse(body))
        });
        let seen = carried.and_then(|roi| self.read(pyramid, roi));
        *hand = seen.or_else(|| {
            *looks = 0;
            self.find_one(pyramid, body, side, hand.as_ref())
        });
    }

    /// The hands in a still: what the first look shows frames the second.
    pub(crate) fn find_still(&mut self, pyramid: &mut Pyramid<'_>, body: &BodyLandmarks) -> Hands {
        let first = self.find(pyramid, body);
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
        let coarse = side.coarse(body);
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

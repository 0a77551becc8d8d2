use frame::hand::{INDEX_MCP, MIDDLE_MCP, PINKY_MCP, WRIST};
use glam::{FloatExt as _, Vec2};

use super::{BONES, FINGERS, HandRest, HandShape, Role, THICKNESS};
use crate::parts::distance_to_segment;
use crate::smoothstep;

/// What lies further than this from every finger, in lengths of the palm, is not the hand's.
const REACH: f32 = 0.5;
/// Below this share a finger does not move a vertex.
const LEAST_SHARE: f32 = 0.02;

/// How the fingers of a hand move its part of the mesh.
#[derive(Clone, Debug)]
pub(crate) struct HandSkin {
    rest: HandRest,
    weights: Vec<FingerWeights>,
}

/// What one finger does to one vertex.
#[derive(Clone, Copy, Debug)]
struct FingerWeights {
    /// Index of the vertex within its sheet.
    vertex: u32,
    finger: usize,
    /// Its share among the fingers, 0 … 1.
    share: f32,
    /// For each bone: 0 moves with what is before it, 1 with it.
    bones: [f32; BONES],
    place: Vec2,
}

impl HandSkin {
    /// The skin over the vertices at these places of the hand's sheet.
    pub(crate) fn new(hand: HandRest, places: &[Vec2]) -> Self {
        let fingers = hand.fingers();
        let radius = THICKNESS * hand.palm_length();
        let mut weights = Vec::new();
        for (vertex, &place) in places.iter().enumerate() {
            let away = fingers.map(|finger| {
                (0..BONES)
                    .map(|b| distance_to_segment(place, finger[b], finger[b + 1]))
                    .fold(f32::INFINITY, f32::min)
            });
            if away.iter().all(|&away| away > REACH * hand.palm_length()) {
                continue;
            }
            // Where two fingers touch, the skin goes half with either, so that it does not tear.
            let nearness = |away: f32| (away / radius).max(0.3).powi(-3);
            let near: [f32; FINGERS] = std::array::from_fn(|finger| match hand.role(finger) {
                Role::Moved | Role::Stiff => nearness(away[finger]),
                Role::Covered => 0.0,
            });
            let total = near.iter().sum::<f32>() + nearness(from_palm(&hand, place));
            for finger in (0..FINGERS).filter(|&finger| hand.role(finger) == Role::Moved) {
                let share = near[finger] / total;
                let bones = bone_weights(place, hand.point(WRIST), &fingers[finger], radius);
                if share > LEAST_SHARE && bones[0] > 0.0 {
                    weights.push(FingerWeights { vertex: vertex as u32, finger, share, bones, place });
                }
            }
        }
        Self { rest: hand, weights }
    }

    /// The hand at rest.
    pub(crate) const fn rest(&self) -> &HandRest {
        &self.rest
    }

    /// Everything `factor` times as large.
    pub(crate) fn scale(&mut self, factor: f32) {
        self.rest.scale(factor);
        self.weights.iter_mut().for_each(|w| w.place *= factor);
    }

    /// By how much which vertices of the sheet move in its texture's own place and scale; a vertex may come more than once, its
    /// moves add up.
    pub(crate) fn moves(&self, shape: &HandShape) -> impl Iterator<Item = (usize, Vec2)> {
        let rest = self.rest.fingers();
        let fingers: [FingerMaps; FINGERS] =
            std::array::from_fn(|f| FingerMaps::new(&rest[f], &shape.bones[f]));
        self.weights.iter().map(move |w| {
            let moved = fingers[w.finger].place(w.place, &w.bones);
            (w.vertex as usize, (moved - w.place) * w.share)
        })
    }
}

/// Distance to the palm's own bones.
fn from_palm(hand: &HandRest, place: Vec2) -> f32 {
    let to = |knuckle: usize| distance_to_segment(place, hand.point(WRIST), hand.point(knuckle));
    [INDEX_MCP, MIDDLE_MCP, PINKY_MCP].map(to).into_iter().fold(f32::INFINITY, f32::min)
}

/// How much a place moves with each bone of a finger rather than with what is before it, by which is nearer.
fn bone_weights(place: Vec2, wrist: Vec2, finger: &[Vec2; BONES + 1], radius: f32) -> [f32; BONES] {
    let bone = |b: usize| distance_to_segment(place, finger[b], finger[b + 1]);
    let before = [distance_to_segment(place, wrist, finger[0]), bone(0), bone(1)];
    std::array::from_fn(|b| {
        let length = finger[b].distance(finger[b + 1]);
        let half_width = radius.min(0.45 * length).max(0.5);
        smoothstep(0.5 + (before[b] - bone(b)) / (2.0 * half_width))
    })
}

/// The maps of a finger's bones for one shape.
struct FingerMaps {
    bones: [BoneMap; BONES],
}

/// Takes a bone at rest to where it is now: turned, stretched along itself.
#[derive(Clone, Copy)]
struct BoneMap {
    start: Vec2,
    /// Unit vector along the bone at rest.
    along: Vec2,
    stretch: f32,
    turn_rad: f32,
    start_now: Vec2,
}

impl FingerMaps {
    fn new(rest: &[Vec2; BONES + 1], shape: &[Vec2; BONES]) -> Self {
        let mut start_now = rest[0];
        let bones = std::array::from_fn(|b| {
            let bone = rest[b + 1] - rest[b];
            let map = BoneMap {
                start: rest[b],
                along: bone.normalize_or(Vec2::X),
                stretch: shape[b].length(),
                turn_rad: shape[b].to_angle(),
                start_now,
            };
            start_now += shape[b].rotate(bone);
            map
        });
        Self { bones }
    }

    /// Where a place of the finger goes: at a joint it turns by the mean of both bones' turns, so that the joint keeps its
    /// thickness.
    fn place(&self, place: Vec2, weights: &[f32; BONES]) -> Vec2 {
        let (mut moved, mut turn_rad) = (place, 0.0);
        for (bone, &weight) in self.bones.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
            let turn_now = turn_rad.lerp(bone.turn_rad, weight);
            let before = Vec2::from_angle(turn_now - turn_rad).rotate(moved - bone.start_now);
            let after = Vec2::from_angle(turn_now).rotate(bone.stretched(place));
            moved = bone.start_now + before.lerp(after, weight);
            turn_rad = turn_now;
        }
        moved
    }
}

impl BoneMap {
    /// A place from the bone's start, stretched along it.
    fn stretched(&self, place: Vec2) -> Vec2 {
        let from_start = place - self.start;
        from_start + self.along * (from_start.dot(self.along) * (self.stretch - 1.0))
    }
}

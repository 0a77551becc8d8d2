use frame::{BodyLandmarks, Person, body};
use glam::{Vec2, Vec3};

use super::palm::{HandPoints, Palm, bone_of_body};
use super::{PerBone, per_bone};
use crate::motion::{MotionClip, gaussian};
use crate::{Side, smoothstep};

/// Smoothing of the bones' directions: a hand is looked at in every second to fourth picture.
const SIGMA_SECS: f32 = 0.07;
/// Smoothing of the trust in them: so slowly they fade in and out.
const TRUST_SIGMA_SECS: f32 = 0.12;

/// What a driver's hand does over a clip, smooth, and how far it is to be believed.
#[derive(Clone, Debug)]
pub(crate) struct HandTrack {
    /// One a frame.
    pub(super) frames: Vec<HandSeen>,
}

/// A driver's hand in one frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct HandSeen {
    /// The fingers' bones in the palm's frame, unit vectors.
    pub(super) directions: PerBone<Vec3>,
    /// z of the third axis of the palm's frame: ±1 where a palm or its back is seen flat, 0 from the side.
    pub(super) facing: f32,
    /// The turn in the picture from where the body's landmarks have the hand to where its own do, a unit vector.
    pub(super) turn: Vec2,
    /// How far the directions are to be believed, 0 … 1.
    pub(super) trust: f32,
    /// How far the turn is, 0 … 1.
    pub(super) turn_trust: f32,
}

/// What is seen in one picture, with its weight.
#[derive(Clone, Copy)]
struct Sighting {
    directions: PerBone<Vec3>,
    facing: f32,
    turn: Vec2,
    weight: f32,
    turn_weight: f32,
}

impl HandTrack {
    /// The track of one hand; none if it is never seen. Directions are weighted means over time, so that what is blurred or
    /// doubtful hardly counts; trust falls where there is little to average, or where it is at odds with itself. Nothing is carried
    /// across a cut.
    pub(crate) fn from_clip(clip: &MotionClip, side: Side) -> Option<Self> {
        let fps = clip.frame_rate.as_f64() as f32;
        let shots: Vec<_> = clip.shots().map(|shot| sightings(&clip.people[shot], side)).collect();
        let is_seen = shots.iter().flatten().flatten().any(|sighting| sighting.weight > 0.0);
        is_seen.then(|| Self { frames: shots.iter().flat_map(|shot| smooth(shot, fps)).collect() })
    }
}

/// What is seen of a hand in each picture of a shot.
fn sightings(people: &[Option<Person>], side: Side) -> Vec<Option<Sighting>> {
    let mut before: Option<Vec2> = None;
    let sighting = |person: &Option<Person>| {
        let wrist = person.as_ref().map(|person| wrist_of(&person.body, side));
        let step = wrist.zip(before).map_or(0.0, |(wrist, before)| wrist.distance(before));
        before = wrist;
        Sighting::new(person.as_ref()?, side, step)
    };
    people.iter().map(sighting).collect()
}

fn wrist_of(body: &BodyLandmarks, side: Side) -> Vec2 {
    body[match side {
        Side::Left => body::LEFT_WRIST,
        Side::Right => body::RIGHT_WRIST,
    }]
    .xy()
}

/// From the wrist to the middle of both knuckles by the body's own landmarks.
fn hand_of(body: &BodyLandmarks, side: Side) -> Vec2 {
    let [index, pinky] = match side {
        Side::Left => [body::LEFT_INDEX, body::LEFT_PINKY],
        Side::Right => [body::RIGHT_INDEX, body::RIGHT_PINKY],
    };
    body[index].xy().midpoint(body[pinky].xy()) - wrist_of(body, side)
}

impl Sighting {
    /// The hand of a person whose wrist has gone `step` pixels since the picture before.
    fn new(person: &Person, side: Side, step: f32) -> Option<Self> {
        let points: HandPoints = side.hand_of(person)?.points().try_into().ok()?;
        let palm = Palm::of(&points)?;
        let (own, of_body) = (bone_of_body(&points), hand_of(&person.body, side));
        let apart = points[frame::hand::WRIST].truncate().distance(wrist_of(&person.body, side));
        // A palm is some 0.7 of its length wide; one that is not was read from the side or the tip, and wrongly.
        // Of a palm of a dozen pixels a finger is one or two; a hand that goes by half its palm's length is a smear; one far from
        // the body's wrist, or at odds with the body about where it points, is another's.
        let weight = smoothstep((palm.length - 12.0) / 14.0)
            * smoothstep((0.9 - step / palm.length) / 0.5)
            * smoothstep((0.9 - apart / palm.length) / 0.4)
            * smoothstep((1.1 - own.distance(of_body) / palm.length) / 0.4)
            * smoothstep((palm.width - 0.2) / 0.2)
            * smoothstep((1.25 - palm.width) / 0.3);
        // A hand that points at the viewer has no direction in the picture.
        let flat = own.length().min(of_body.length()) / palm.length;
        let turn = Vec2::new(own.dot(of_body), of_body.perp_dot(own)).normalize_or(Vec2::X);
        Some(Self {
            directions: palm.directions(&points),
            facing: palm.image_from_palm.z_axis.z,
            turn,
            weight,
            turn_weight: weight * smoothstep((flat - 0.3) / 0.3),
        })
    }
}

fn smooth(sightings: &[Option<Sighting>], fps: f32) -> Vec<HandSeen> {
    let sigma = SIGMA_SECS * fps;
    let of = |value: &dyn Fn(&Sighting) -> f32| -> Vec<f32> {
        sightings.iter().map(|s| s.as_ref().map_or(0.0, value)).collect()
    };
    let (weights, turn_weights) = (of(&|s| s.weight), of(&|s| s.turn_weight));
    let directions = per_bone(|finger, bone| {
        let weighted: Vec<Vec3> = sightings
            .iter()
            .map(|s| s.map_or(Vec3::ZERO, |s| s.directions[finger][bone] * s.weight))
            .collect();
        gaussian(&weighted, sigma)
    });
    let turned: Vec<Vec2> =
        sightings.iter().map(|s| s.map_or(Vec2::ZERO, |s| s.turn * s.turn_weight)).collect();
    let turns = gaussian(&turned, sigma);
    let facings = gaussian(&of(&|s| s.facing * s.weight), sigma);
    let means = gaussian(&weights, sigma);
    let trusts = gaussian(&weights, TRUST_SIGMA_SECS * fps);
    let turn_trusts = gaussian(&turn_weights, TRUST_SIGMA_SECS * fps);
    (0..sightings.len())
        .map(|t| {
            let mean = means[t].max(1e-3);
            // The mean of unit vectors is as long as they agree (Mardia and Jupp, "Directional Statistics", 2000, §9.2).
            let agreement =
                directions.iter().flatten().map(|bone| bone[t].length()).sum::<f32>() / (15.0 * mean);
            let trust = (trusts[t] * smoothstep((agreement - 0.75) / 0.17)).clamp(0.0, 1.0);
            HandSeen {
                directions: per_bone(|f, b| directions[f][b][t].normalize_or(Vec3::Y)),
                facing: facings[t] / mean,
                turn: turns[t].normalize_or(Vec2::X),
                trust,
                turn_trust: turn_trusts[t].clamp(0.0, 1.0) * smoothstep((agreement - 0.75) / 0.17),
            }
        })
        .collect()
}

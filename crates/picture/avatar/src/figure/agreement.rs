use frame::{BodyLandmarks, body};
use glam::Vec2;

use super::branch::Branch;
use super::silhouette::Silhouette;
use crate::parts::distance_to_polyline;

/// A landmark that is less likely than this says nothing.
const SEEN: f32 = 0.3;
/// The bones that must lie within the outline.
const BONES: [(usize, usize); 10] = [
    (body::LEFT_SHOULDER, body::LEFT_ELBOW),
    (body::LEFT_ELBOW, body::LEFT_WRIST),
    (body::RIGHT_SHOULDER, body::RIGHT_ELBOW),
    (body::RIGHT_ELBOW, body::RIGHT_WRIST),
    (body::LEFT_HIP, body::LEFT_KNEE),
    (body::LEFT_KNEE, body::LEFT_ANKLE),
    (body::RIGHT_HIP, body::RIGHT_KNEE),
    (body::RIGHT_KNEE, body::RIGHT_ANKLE),
    (body::LEFT_SHOULDER, body::LEFT_HIP),
    (body::RIGHT_SHOULDER, body::RIGHT_HIP),
];
/// The chains that follow limbs.
const CHAINS: [[usize; 4]; 4] = [
    [body::LEFT_SHOULDER, body::LEFT_ELBOW, body::LEFT_WRIST, body::LEFT_INDEX],
    [body::RIGHT_SHOULDER, body::RIGHT_ELBOW, body::RIGHT_WRIST, body::RIGHT_INDEX],
    [body::LEFT_HIP, body::LEFT_KNEE, body::LEFT_ANKLE, body::LEFT_TOE],
    [body::RIGHT_HIP, body::RIGHT_KNEE, body::RIGHT_ANKLE, body::RIGHT_TOE],
];

/// How well a body agrees with the outline, 0 … 1: the geometric mean of the share of its bones that lies inside, and the
/// share of the outline's `limbs` that its arms and legs follow.
pub(super) fn agreement(silhouette: &Silhouette, limbs: &[&Branch], landmarks: &BodyLandmarks) -> f32 {
    (bones_inside(silhouette, landmarks) * limbs_followed(silhouette, limbs, landmarks)).sqrt()
}

fn bones_inside(silhouette: &Silhouette, landmarks: &BodyLandmarks) -> f32 {
    const SAMPLES: usize = 12;
    let tolerance = 0.015 * silhouette.height();
    let (mut inside, mut all) = (0.0, 0.0f32);
    for (from, to) in BONES {
        if landmarks[from].visibility.min(landmarks[to].visibility) < SEEN {
            continue;
        }
        let [start, end] = [from, to].map(|i| silhouette.in_grid(landmarks[i].xy()));
        let length = start.distance(end);
        let samples = (0..=SAMPLES).map(|i| start.lerp(end, i as f32 / SAMPLES as f32));
        let share = samples.filter(|&p| silhouette.depth_at(p) > -tolerance).count() as f32;
        inside += length * share / (SAMPLES + 1) as f32;
        all += length;
    }
    if all > 0.0 { inside / all } else { 0.0 }
}

fn limbs_followed(silhouette: &Silhouette, limbs: &[&Branch], landmarks: &BodyLandmarks) -> f32 {
    let chains: Vec<Vec<Vec2>> = CHAINS
        .into_iter()
        .filter(|chain| landmarks[chain[1]].visibility >= SEEN)
        .map(|chain| chain.map(|i| silhouette.in_grid(landmarks[i].xy())).to_vec())
        .collect();
    let (mut followed, mut all) = (0.0, 0.0f32);
    for limb in limbs {
        // The last finger or toe may be any of several.
        let line = &limb.line[..limb.line.len() * 9 / 10];
        let reach = 0.5 * limb.width + 0.015 * silhouette.height();
        let along = |chain: &Vec<Vec2>| {
            line.iter().filter(|&&p| distance_to_polyline(p, chain) < reach).count() as f32
        };
        followed += chains.iter().map(along).fold(0.0, f32::max);
        all += line.len() as f32;
    }
    if all > 0.0 { followed / all } else { 1.0 }
}

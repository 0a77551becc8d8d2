use glam::Vec3;

use super::{CharacterRest, Pose, Seen};
use crate::motion::percentile;
use crate::{Joint, Joints, Side};

/// Keeps the character in its picture where the driver's motion would carry it out: a whole character shrinks about the
/// ground until its head stays inside in 97 of 100 frames, at most to 0.7; and the path across is shifted, or narrowed
/// where it is wider than the picture, and a little where its hands would else leave that. These stay where they are by `is_the_still`,
/// 0 … 1, which tells how surely the driver is the still's own person.
pub(super) fn into_picture(poses: &mut [Pose], rest: &CharacterRest, seen: &Seen, is_the_still: f32) {
    if seen.whole_character {
        shrink_below_the_top(poses, rest, 1.0 - is_the_still);
    }
    keep_between_the_sides(poses, rest);
    if seen.whole_character && seen.driver_arms {
        keep_hands_inside(poses, rest, 1.0 - is_the_still);
    }
}

/// Of what it takes `share` is done.
fn shrink_below_the_top(poses: &mut [Pose], rest: &CharacterRest, share: f32) {
    let top = percentile(poses.iter().map(|pose| pose.joints[Joint::Head].y - rest.crown * pose.scale), 0.03);
    if top >= 0.0 {
        return;
    }
    let ground = Side::BOTH.map(|s| rest.joints[Joint::Ankle(s)].y);
    let anchor = Vec3::new(rest.joints[Joint::Pelvis].x, ground[0].max(ground[1]), 0.0);
    let factor = (anchor.y / (anchor.y - top).max(1.0)).clamp(0.7, 1.0);
    let factor = 1.0 + (factor - 1.0) * share;
    for pose in poses {
        pose.joints = pose.joints.map(|_, p| anchor + (p - anchor) * factor);
        pose.scale *= factor;
    }
}

fn keep_between_the_sides(poses: &mut [Pose], rest: &CharacterRest) {
    let width = rest.size.width as f32;
    let shoulders = Side::BOTH.map(|s| rest.joints[Joint::Shoulder(s)].x);
    let margin = (0.6 * (shoulders[0] - shoulders[1]).abs()).min(0.4 * width);
    // A character that is cut by a side in its still may stay so.
    let own = middle(&rest.joints);
    let (left, right) = (margin.min(own), (width - margin).max(own));
    let path = || poses.iter().map(|pose| middle(&pose.joints));
    let (low, high) = (percentile(path(), 0.02), percentile(path(), 0.98));
    let narrowing = ((right - left) / (high - low).max(1.0)).min(1.0);
    let centre = 0.5 * (low + high);
    let half = 0.5 * (high - low) * narrowing;
    let shift = centre.clamp(left + half, (right - half).max(left + half)) - centre;
    for pose in poses {
        let moved = shift + (middle(&pose.joints) - centre) * (narrowing - 1.0);
        move_across(pose, moved);
    }
}

/// Shifts the path, and narrows it a little, by which joints leave the picture in no more than 6 of 100 frames if that will do. Of what it
/// takes `share` is done.
fn keep_hands_inside(poses: &mut [Pose], rest: &CharacterRest, share: f32) {
    /// Where feet stand, strides get as narrow as their path.
    const NARROWEST: f32 = 0.8;
    /// How far fingers and sleeves reach beyond the joints, in shoulder widths of the still.
    const BEYOND: f32 = 0.25;
    let shoulders = Side::BOTH.map(|s| rest.joints[Joint::Shoulder(s)].x);
    let beyond = BEYOND * (shoulders[0] - shoulders[1]).abs();
    let ends = |joints: &Joints| {
        let x = || Joint::ALL.into_iter().map(|joint| joints[joint].x);
        [x().fold(f32::INFINITY, f32::min) - beyond, x().fold(f32::NEG_INFINITY, f32::max) + beyond]
    };
    let own = ends(&rest.joints);
    let room = [own[0].min(0.0), own[1].max(rest.size.width as f32)];
    let centre = percentile(poses.iter().map(|pose| middle(&pose.joints)), 0.5);
    let narrowed = |pose: &Pose, by: f32| (middle(&pose.joints) - centre) * (by - 1.0);
    let reach = |by: f32| {
        let end = |i: usize, share| {
            percentile(poses.iter().map(|pose| ends(&pose.joints)[i] + narrowed(pose, by)), share)
        };
        [end(0, 0.03), end(1, 0.97)]
    };
    let fits = |[low, high]: [f32; 2]| high - low <= room[1] - room[0];
    let steps = [1.0, 0.9, NARROWEST];
    let by = steps.into_iter().find(|&by| fits(reach(by))).unwrap_or(NARROWEST);
    let [low, high] = reach(by);
    let shift = match fits([low, high]) {
        true => (room[0] - low).max(0.0) - (high - room[1]).max(0.0),
        false => 0.5 * (room[0] + room[1] - low - high),
    };
    let moves: Vec<f32> = poses.iter().map(|pose| share * (shift + narrowed(pose, by))).collect();
    for (pose, moved) in poses.iter_mut().zip(moves) {
        move_across(pose, moved);
    }
}

/// The x of the trunk's middle.
fn middle(joints: &Joints) -> f32 {
    0.5 * (joints[Joint::Pelvis].x + joints[Joint::Chest].x)
}

fn move_across(pose: &mut Pose, by: f32) {
    pose.joints = pose.joints.map(|_, p| p + Vec3::new(by, 0.0, 0.0));
}

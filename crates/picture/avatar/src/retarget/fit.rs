use glam::Vec3;

use super::{CharacterRest, Pose, Seen};
use crate::motion::percentile;
use crate::{Joint, Side};

/// Keeps the character in its picture where the driver's motion would carry it out: a whole character shrinks about the
/// ground until its head stays inside in 97 of 100 frames, at most to 0.7; and the path across is shifted, or narrowed
/// where it is wider than the picture.
pub(super) fn into_picture(poses: &mut [Pose], rest: &CharacterRest, seen: &Seen) {
    if seen.whole_character {
        shrink_below_the_top(poses, rest);
    }
    keep_between_the_sides(poses, rest);
}

/// The crown lies about this many times the chest-to-head distance above the head's middle.
const CROWN: f32 = 0.75;

fn shrink_below_the_top(poses: &mut [Pose], rest: &CharacterRest) {
    let neck = rest.joints[Joint::Chest].y - rest.joints[Joint::Head].y;
    let top = percentile(poses.iter().map(|p| p.joints[Joint::Head].y - CROWN * neck * p.scale), 0.03);
    if top >= 0.0 {
        return;
    }
    let ground = Side::BOTH.map(|s| rest.joints[Joint::Ankle(s)].y);
    let anchor = Vec3::new(rest.joints[Joint::Pelvis].x, ground[0].max(ground[1]), 0.0);
    let factor = (anchor.y / (anchor.y - top).max(1.0)).clamp(0.7, 1.0);
    for pose in poses {
        pose.joints = pose.joints.map(|_, p| anchor + (p - anchor) * factor);
        pose.scale *= factor;
    }
}

fn keep_between_the_sides(poses: &mut [Pose], rest: &CharacterRest) {
    let width = rest.size.width as f32;
    let shoulders = Side::BOTH.map(|s| rest.joints[Joint::Shoulder(s)].x);
    let margin = (0.6 * (shoulders[0] - shoulders[1]).abs()).min(0.4 * width);
    let middle = |pose: &Pose| 0.5 * (pose.joints[Joint::Pelvis].x + pose.joints[Joint::Chest].x);
    // A character that is cut by a side in its still may stay so.
    let own = 0.5 * (rest.joints[Joint::Pelvis].x + rest.joints[Joint::Chest].x);
    let (left, right) = (margin.min(own), (width - margin).max(own));
    let (low, high) =
        (percentile(poses.iter().map(middle), 0.02), percentile(poses.iter().map(middle), 0.98));
    let narrowing = ((right - left) / (high - low).max(1.0)).min(1.0);
    let centre = 0.5 * (low + high);
    let half = 0.5 * (high - low) * narrowing;
    let shift = centre.clamp(left + half, (right - half).max(left + half)) - centre;
    for pose in poses {
        let moved = shift + (middle(pose) - centre) * (narrowing - 1.0);
        pose.joints = pose.joints.map(|_, p| p + Vec3::new(moved, 0.0, 0.0));
    }
}

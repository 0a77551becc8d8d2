use glam::{Vec2, Vec3};

use super::proportions::Proportions;
use super::reference::Reference;
use super::travel::Travel;
use super::{CharacterRest, Pose, Seen};
use crate::motion::percentile;
use crate::{Joint, Joints, Side};

/// Moves poses that lie about the origin to where the character's pelvis goes.
///
/// Across the picture the pelvis follows the driver's. Up and down, if both show their feet, the lower foot follows the driver's height
/// over the ground, so that feet of any proportions stay on it.
pub(super) fn place(
    poses: &mut [Pose],
    rest: &CharacterRest,
    driver: &[Joints],
    proportions: &Proportions,
    (reference, travel): (&Reference, &Travel),
    seen: &Seen,
) {
    let origin = rest.joints[Joint::Pelvis].truncate();
    let ratio = match seen.ground() {
        true => proportions.leg(),
        false => proportions.common,
    };
    let anchor = if seen.driver_hips { Joint::Pelvis } else { Joint::Chest };
    let mut roots: Vec<Vec2> = Vec::with_capacity(poses.len());
    for (t, (pose, driver)) in poses.iter().zip(driver).enumerate() {
        let mut root = origin + (driver[anchor].truncate() - travel.start) * ratio;
        if seen.ground() {
            let foot = Vec2::new(driver[anchor].x, lower_ankle(driver));
            let moved = travel.of_foot(t, foot, pose.scale, ratio);
            let standing = Vec2::new(origin.x, lower_ankle(&rest.joints) - lower_ankle(&pose.joints));
            root = standing + moved;
        }
        roots.push(root);
    }
    let shown = lowest_shown(rest);
    if shown != Joint::Pelvis && seen.driver_hips {
        // Where a portrait's trunk is guessed to be must not move what is seen of it.
        let there = poses[reference.frame].joints[shown].truncate() + roots[reference.frame];
        let moved = rest.joints[shown].truncate() - there;
        roots.iter_mut().for_each(|root| *root += moved);
    }
    if !seen.whole_character {
        let lowest: Vec<f32> = poses.iter().map(|pose| lowest_root(pose, rest, shown)).collect();
        keep_the_cut_below(&mut roots, &lowest, rest.size.height as f32);
    }
    for (pose, root) in poses.iter_mut().zip(&roots) {
        if !seen.driver_hips {
            lean(&mut pose.joints, *root - origin);
            continue_from(&mut pose.joints, origin);
        } else {
            continue_from(&mut pose.joints, *root);
        }
        if !seen.driver_legs && seen.whole_character {
            plant_feet(&mut pose.joints, rest);
        }
    }
}

/// The greatest y of the two ankles.
pub(super) fn lower_ankle(joints: &Joints) -> f32 {
    joints[Joint::Ankle(Side::Left)].y.max(joints[Joint::Ankle(Side::Right)].y)
}

/// The lowest joint of the trunk that a still shows: a portrait has shoulders or only a head.
fn lowest_shown(rest: &CharacterRest) -> Joint {
    let both = |joint: fn(Side) -> Joint| Side::BOTH.iter().all(|&side| rest.contains(joint(side)));
    match (both(Joint::Hip), both(Joint::Shoulder)) {
        (true, _) => Joint::Pelvis,
        (false, true) => Joint::Chest,
        (false, false) => Joint::Head,
    }
}

/// The least y of the pelvis at which neither hip of a pose about the origin is higher than in the still; of a portrait, whose edge is
/// drawn on beyond the picture's, at which what it shows is hardly higher.
fn lowest_root(pose: &Pose, rest: &CharacterRest, shown: Joint) -> f32 {
    /// In heights of the picture.
    const HARDLY: f32 = 0.06;
    let raised = |joint| rest.joints[joint].y - pose.joints[joint].y;
    match shown {
        Joint::Pelvis => raised(Joint::Hip(Side::Left)).max(raised(Joint::Hip(Side::Right))),
        _ => raised(shown) - HARDLY * rest.size.height as f32,
    }
}

/// A character cut by the picture's lower edge must not rise on either side, or the cut would show: the whole motion sinks by what it
/// usually rises above `lowest`, at most 4 % of the height, and what rises further is held.
fn keep_the_cut_below(roots: &mut [Vec2], lowest: &[f32], height: f32) {
    let rise = percentile(roots.iter().zip(lowest).map(|(root, lowest)| lowest - root.y), 0.95);
    let sink = rise.clamp(0.0, 0.04 * height);
    for (root, lowest) in roots.iter_mut().zip(lowest) {
        root.y = (root.y + sink).max(*lowest);
    }
}

/// With unseen hips the pelvis stays and the trunk above leans by what the chest moved.
fn lean(joints: &mut Joints, by: Vec2) {
    *joints = joints.map(|joint, p| match joint {
        Joint::Pelvis | Joint::Hip(_) | Joint::Knee(_) | Joint::Ankle(_) | Joint::Toe(_) => p,
        _ => p + by.extend(0.0),
    });
}

fn continue_from(joints: &mut Joints, root: Vec2) {
    *joints = joints.map(|_, p| p + root.extend(0.0));
}

/// With unseen legs the feet stay where the still has them; the knees take half of what the hips moved.
fn plant_feet(joints: &mut Joints, rest: &CharacterRest) {
    for side in Side::BOTH {
        let moved = joints[Joint::Hip(side)] - rest.joints[Joint::Hip(side)];
        let moved = Vec3::new(moved.x, moved.y, 0.0);
        joints[Joint::Knee(side)] = rest.joints[Joint::Knee(side)] + moved * 0.5;
        joints[Joint::Ankle(side)] = rest.joints[Joint::Ankle(side)];
        joints[Joint::Toe(side)] = rest.joints[Joint::Toe(side)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_edge_never_rises_and_sinks_no_further_than_it_must() {
        let at = |y: &[f32]| -> Vec<Vec2> { y.iter().map(|&y| Vec2::new(50.0, y)).collect() };
        let mut roots = at(&[100.0, 90.0, 105.0]);
        keep_the_cut_below(&mut roots, &[100.0, 100.0, 108.0], 500.0);
        assert_eq!(roots, at(&[110.0, 100.0, 115.0]));
        let mut leap = at(&[100.0, 20.0]);
        keep_the_cut_below(&mut leap, &[100.0, 100.0], 500.0);
        assert_eq!(leap, at(&[120.0, 100.0]), "held where sinking is not enough");
    }
}

use frame::{BodyLandmarks, Size};
use glam::{Vec2, Vec3};

use super::{median, torso_px};
use crate::retarget::Pose;
use crate::{Joint, Joints, Side, lift};

/// A joint that is less likely to be seen than this teaches nothing.
const SEEN: f32 = 0.6;
/// Pictures in which a joint must be seen.
const LEAST_LOOKS: usize = 3;
/// A joint whose places spread by more than this about their median, in lengths of the trunk, has no bias but noise.
const MOST_SPREAD: f32 = 0.05;
/// The most a joint is moved, in lengths of the trunk: what is further off is mistaken for something else.
const MOST_MOVED: f32 = 0.08;
/// What the tracker's own habits differ by from picture to picture, in lengths of the trunk: a bias as small is half believed.
const DOUBTED: f32 = 0.02;
/// A body that is turned further from the viewer than by this cosine teaches nothing.
const LEAST_FACING: f32 = 0.4;

/// The joints that are learned, and the bone that each moves along with; those without one move along with the trunk.
const LEARNED: [(fn(Side) -> Joint, Option<fn(Side) -> Joint>); 6] = [
    (Joint::Shoulder, None),
    (Joint::Elbow, Some(Joint::Shoulder)),
    (Joint::Wrist, Some(Joint::Elbow)),
    (Joint::Hip, None),
    (Joint::Knee, Some(Joint::Hip)),
    (Joint::Ankle, Some(Joint::Knee)),
];

/// How far beside its joints a character is seen to have them: a shoulder beneath wide cloth, a knee beneath a skirt. The
/// still tells only where they are taken to be in one pose; in a few drawn ones they are seen where they are not meant to be,
/// by much the same in all, and are moved by that ("analysis by synthesis").
#[derive(Clone, Debug, Default)]
pub struct JointBias {
    /// For each learned joint of either side, what was seen: along its bone in the bone's length in the picture, and across it
    /// in pixels at the still's scale.
    seen: [[Vec<Vec2>; 2]; LEARNED.len()],
}

impl JointBias {
    /// Learns from a picture of `size` in which a character of `rest` joints was drawn in a pose and seen as `body`.
    pub fn learn(&mut self, rest: &Joints, pose: &Pose, size: Size, body: &BodyLandmarks) {
        let seen = Joints::from_body_points(&lift(body).0);
        let is_seen = |joint: Joint| {
            size.contains(pose.joints[joint].truncate())
                && joint.landmarks().into_iter().all(|i| body[i].visibility >= SEEN)
        };
        let facing = facing(rest, pose);
        if facing.abs() < LEAST_FACING {
            return;
        }
        for (i, (joint, bone)) in LEARNED.into_iter().enumerate() {
            for side in Side::BOTH.into_iter().filter(|&side| is_seen(joint(side))) {
                let Some([along, across]) = axes(pose, joint(side), bone.map(|from| from(side)), facing)
                else {
                    continue;
                };
                let off = (seen[joint(side)] - pose.joints[joint(side)]).truncate();
                self.seen[i][side.index()].push(Vec2::new(
                    off.dot(along) / along.length_squared(),
                    off.dot(across) / across.length_squared(),
                ));
            }
        }
    }

    /// Moves the joints of poses of the same character so that they are seen where these have them.
    pub fn take_off(&self, rest: &Joints, poses: &mut [Pose]) {
        let trunk = torso_px(rest);
        let biases = self.seen.each_ref().map(|sides| sides.each_ref().map(|seen| bias(seen, trunk)));
        for pose in poses {
            let facing = facing(rest, pose);
            let mut moved = Joints::from_fn(|_| Vec3::ZERO);
            for ((joint, bone), biases) in LEARNED.into_iter().zip(&biases) {
                for side in Side::BOTH {
                    let axes = axes(pose, joint(side), bone.map(|from| from(side)), facing);
                    if let (Some(bias), Some([along, across])) = (biases[side.index()], axes) {
                        let off = (along * bias.x + across * bias.y)
                            .clamp_length_max(MOST_MOVED * trunk * pose.scale);
                        moved[joint(side)] = -off.extend(0.0);
                    }
                }
            }
            for (middle, joint) in
                [(Joint::Chest, Joint::Shoulder as fn(Side) -> Joint), (Joint::Pelvis, Joint::Hip)]
            {
                moved[middle] = (moved[joint(Side::Left)] + moved[joint(Side::Right)]) * 0.5;
            }
            moved[Joint::Head] = moved[Joint::Chest];
            for side in Side::BOTH {
                moved[Joint::Hand(side)] = moved[Joint::Wrist(side)];
                moved[Joint::Toe(side)] = moved[Joint::Ankle(side)];
            }
            pose.joints = pose.joints.map(|joint, place| place + moved[joint]);
        }
    }
}

/// What is common to all that was seen, if anything is: the mean of the middle half, the less the more the rest is off it.
fn bias(seen: &[Vec2], trunk_px: f32) -> Option<Vec2> {
    if seen.len() < LEAST_LOOKS {
        return None;
    }
    let middle = |of: fn(&Vec2) -> f32| {
        let mut values: Vec<f32> = seen.iter().map(of).collect();
        values.sort_unstable_by(f32::total_cmp);
        let half = &values[values.len() / 4..values.len() - values.len() / 4];
        half.iter().sum::<f32>() / half.len() as f32
    };
    let bias = Vec2::new(middle(|p| p.x), middle(|p| p.y));
    // Along the bone in its lengths: a bone is about half a trunk long.
    let in_trunks = |p: Vec2| (0.5 * p.x).hypot(p.y / trunk_px);
    let spread = median(seen.iter().map(|&p| in_trunks(p - bias)).collect())?;
    let (error, size) = (DOUBTED.hypot(spread / (seen.len() as f32).sqrt()), in_trunks(bias));
    (spread <= MOST_SPREAD).then(|| bias * (size * size / (size * size + error * error).max(1e-12)))
}

/// How much the body faces the viewer: the cosine of its turn, below 0 from behind.
fn facing(rest: &Joints, pose: &Pose) -> f32 {
    let span = |joints: &Joints| {
        let up = (joints[Joint::Chest] - joints[Joint::Pelvis]).truncate().normalize_or_zero();
        up.perp_dot((joints[Joint::Shoulder(Side::Left)] - joints[Joint::Shoulder(Side::Right)]).truncate())
    };
    let widest = span(rest) * pose.scale;
    if widest.abs() < 1.0 { 0.0 } else { (span(&pose.joints) / widest).clamp(-1.0, 1.0) }
}

/// What a joint moves along with: its bone, from the joint `from`, or else the trunk, upwards; and across it one pixel of the still,
/// as the body faces. `None` where the bone points at the viewer.
fn axes(pose: &Pose, joint: Joint, from: Option<Joint>, facing: f32) -> Option<[Vec2; 2]> {
    let joints = &pose.joints;
    let along = match from {
        Some(from) => joints[joint] - joints[from],
        None => joints[Joint::Chest] - joints[Joint::Pelvis],
    };
    let along = along.truncate();
    (along.length() > 0.1 * torso_px(joints).max(1.0))
        .then(|| [along, along.perp().normalize_or_zero() * pose.scale * facing])
        .filter(|[_, across]| *across != Vec2::ZERO)
}

#[cfg(test)]
mod tests {
    use frame::body;

    use super::super::fixture::{SIZE, standing};
    use super::*;
    use crate::retarget::CharacterRest;

    /// Where the left knee is drawn in the end, of a figure that stands still and whose left knee is seen so many pixels aside of
    /// where it is drawn, in one picture each.
    fn knee_after(aside: &[f32], visibility: f32) -> f32 {
        let person = standing();
        let rest = CharacterRest::new(SIZE, &person);
        let pose = Pose::at_rest(&rest);
        let mut bias = JointBias::default();
        for aside in aside {
            let mut seen = person.body.clone();
            seen.points_mut()[body::LEFT_KNEE].image.x += aside;
            seen.points_mut()[body::LEFT_KNEE].visibility = visibility;
            bias.learn(&rest.joints, &pose, SIZE, &seen);
        }
        let mut poses = [pose.clone()];
        bias.take_off(&rest.joints, &mut poses);
        let knee = Joint::Knee(Side::Left);
        for joint in
            Joint::ALL.into_iter().filter(|&joint| joint != knee && joint != Joint::Ankle(Side::Left))
        {
            let moved = poses[0].joints[joint].distance(pose.joints[joint]);
            assert!(moved < 0.5 || joint == Joint::Toe(Side::Left), "{joint:?} is moved by {moved}");
        }
        poses[0].joints[knee].x - pose.joints[knee].x
    }

    #[test]
    fn what_is_seen_aside_in_all_pictures_is_drawn_as_far_to_the_other_side() {
        let moved = knee_after(&[3.0, 3.2, 2.8, 3.0, 9.0], 1.0);
        assert!((-3.0..-2.5).contains(&moved), "{moved}");
        assert!(knee_after(&[0.3; 6], 1.0).abs() < 0.05, "so little is the tracker's own");
        assert!(knee_after(&[30.0; 6], 1.0) > -4.5, "so much is another's knee");
    }

    #[test]
    fn what_is_seen_here_and_there_or_hardly_at_all_stays() {
        assert_eq!(knee_after(&[6.0, -6.0, 6.0, -6.0, 6.0, -6.0], 1.0), 0.0);
        assert_eq!(knee_after(&[3.0, 3.0], 1.0), 0.0, "two pictures are too few");
        assert_eq!(knee_after(&[3.0; 6], 0.1), 0.0);
    }
}

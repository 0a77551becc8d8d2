use std::collections::BTreeMap;

use frame::{BodyLandmarks, Size};
use glam::{Vec2, Vec3};
use serde::{Deserialize, Serialize};

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

/// The joints' names in files, in their order in [`LEARNED`].
const NAMES: [&str; LEARNED.len()] = ["shoulder", "elbow", "wrist", "hip", "knee", "ankle"];

/// A joint of either side.
type OfSide = fn(Side) -> Joint;

/// The joints that are learned, and the bone that each moves along with; those without one move along with the trunk.
const LEARNED: [(OfSide, Option<OfSide>); 6] = [
    (Joint::Shoulder, None),
    (Joint::Elbow, Some(Joint::Shoulder)),
    (Joint::Wrist, Some(Joint::Elbow)),
    (Joint::Hip, None),
    (Joint::Knee, Some(Joint::Hip)),
    (Joint::Ankle, Some(Joint::Knee)),
];

/// How far beside its joints a character is seen to have them, by joints: along its bone, or the trunk, in lengths of it in
/// the picture, and across it, to the right of it, in lengths of the still's trunk.
///
/// The still tells only where joints are taken to be in one pose. In a few drawn ones they are seen where they are not meant to
/// be, a shoulder beneath wide cloth, a knee beneath a skirt, and by much the same in all ("analysis by synthesis").
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "BTreeMap<String, [f32; 2]>", try_from = "BTreeMap<String, [f32; 2]>")]
pub struct JointBias([[Option<Vec2>; 2]; LEARNED.len()]);

/// What was seen of a character in some pictures, for its [`JointBias`].
#[derive(Clone, Debug, Default)]
pub struct JointSightings([[Vec<Vec2>; 2]; LEARNED.len()]);

impl JointSightings {
    /// Adds a picture of `size` in which a character of `rest` joints was drawn in a pose and seen as `body`.
    pub fn add(&mut self, rest: &Joints, pose: &Pose, size: Size, body: &BodyLandmarks) {
        let seen = Joints::from_body_points(&lift(body).0);
        let is_seen = |joint: Joint| {
            size.contains(pose.joints[joint].truncate())
                && joint.landmarks().into_iter().all(|i| body[i].visibility >= SEEN)
        };
        let frame = Frame::new(rest, pose);
        if frame.facing.abs() < LEAST_FACING {
            return;
        }
        for ((joint, bone), sightings) in LEARNED.into_iter().zip(&mut self.0) {
            for side in Side::BOTH.into_iter().filter(|&side| is_seen(joint(side))) {
                if let Some([along, across]) = frame.axes(joint(side), bone.map(|from| from(side))) {
                    let off = (seen[joint(side)] - pose.joints[joint(side)]).truncate();
                    sightings[side.index()].push(Vec2::new(
                        off.dot(along) / along.length_squared(),
                        off.dot(across) / across.length_squared(),
                    ));
                }
            }
        }
    }

    /// What is common to all that was seen.
    pub fn bias(&self) -> JointBias {
        JointBias(self.0.each_ref().map(|sides| sides.each_ref().map(|seen| bias(seen))))
    }
}

impl JointBias {
    /// Moves the joints of poses of a character of `rest` joints so that they are seen where these have them.
    pub fn take_off(&self, rest: &Joints, poses: &mut [Pose]) {
        for pose in poses {
            let frame = Frame::new(rest, pose);
            let mut moved = Joints::from_fn(|_| Vec3::ZERO);
            for ((joint, bone), biases) in LEARNED.into_iter().zip(&self.0) {
                for side in Side::BOTH {
                    let axes = frame.axes(joint(side), bone.map(|from| from(side)));
                    if let (Some(bias), Some([along, across])) = (biases[side.index()], axes) {
                        let off =
                            (along * bias.x + across * bias.y).clamp_length_max(MOST_MOVED * frame.trunk_px);
                        moved[joint(side)] = -off.extend(0.0);
                    }
                }
            }
            for (middle, joint) in [(Joint::Chest, Joint::Shoulder as OfSide), (Joint::Pelvis, Joint::Hip)] {
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

impl From<JointBias> for BTreeMap<String, [f32; 2]> {
    fn from(bias: JointBias) -> Self {
        let named = |(index, biases): (usize, [Option<Vec2>; 2])| {
            Side::BOTH.map(|side| Some((name(side, index), biases[side.index()]?.into())))
        };
        bias.0.into_iter().enumerate().flat_map(named).flatten().collect()
    }
}

impl TryFrom<BTreeMap<String, [f32; 2]>> for JointBias {
    type Error = String;

    /// # Errors
    /// If a name is no joint's or a number is beyond 1.
    fn try_from(mut named: BTreeMap<String, [f32; 2]>) -> Result<Self, String> {
        let mut bias = Self::default();
        for (index, biases) in bias.0.iter_mut().enumerate() {
            for side in Side::BOTH {
                biases[side.index()] = named.remove(&name(side, index)).map(Vec2::from);
            }
        }
        if let Some(stranger) = named.keys().next() {
            return Err(format!("`{stranger}` is no joint that can be aside"));
        }
        let is_wild = |bias: &Vec2| !bias.abs().cmple(Vec2::ONE).all();
        if bias.0.iter().flatten().flatten().any(is_wild) {
            return Err("a joint is further aside than its bone is long".to_owned());
        }
        Ok(bias)
    }
}

fn name(side: Side, index: usize) -> String {
    format!("{side}_{}", NAMES[index])
}

/// What is common to all that was seen, if anything is: the mean of the middle half, the less the more the rest is off it.
fn bias(seen: &[Vec2]) -> Option<Vec2> {
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
    // A bone is about half a trunk long.
    let in_trunks = |p: Vec2| (0.5 * p.x).hypot(p.y);
    let spread = median(seen.iter().map(|&p| in_trunks(p - bias)).collect())?;
    let (error, size) = (DOUBTED.hypot(spread / (seen.len() as f32).sqrt()), in_trunks(bias));
    (spread <= MOST_SPREAD).then(|| bias * (size * size / (size * size + error * error).max(1e-12)))
}

/// What the joints of a pose move along with.
struct Frame<'a> {
    joints: &'a Joints,
    /// The length of the still's trunk at the pose's scale, pixels.
    trunk_px: f32,
    /// How much the body faces the viewer: the cosine of its turn, below 0 from behind.
    facing: f32,
}

impl<'a> Frame<'a> {
    fn new(rest: &Joints, pose: &'a Pose) -> Self {
        let span = |joints: &Joints| {
            let up = (joints[Joint::Chest] - joints[Joint::Pelvis]).truncate().normalize_or_zero();
            up.perp_dot(
                (joints[Joint::Shoulder(Side::Left)] - joints[Joint::Shoulder(Side::Right)]).truncate(),
            )
        };
        let widest = span(rest) * pose.scale;
        Self {
            joints: &pose.joints,
            trunk_px: torso_px(rest) * pose.scale,
            facing: if widest.abs() < 1.0 { 0.0 } else { (span(&pose.joints) / widest).clamp(-1.0, 1.0) },
        }
    }

    /// The bone to a joint from the joint `from`, or else the trunk, upwards; and across it a trunk's length, as the body faces.
    /// `None` where the bone points at the viewer, or the body aside.
    fn axes(&self, joint: Joint, from: Option<Joint>) -> Option<[Vec2; 2]> {
        let along = match from {
            Some(from) => self.joints[joint] - self.joints[from],
            None => self.joints[Joint::Chest] - self.joints[Joint::Pelvis],
        };
        let along = along.truncate();
        let across = along.perp().normalize_or_zero() * self.trunk_px * self.facing;
        (along.length() > 0.1 * torso_px(self.joints).max(1.0) && across != Vec2::ZERO)
            .then_some([along, across])
    }
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
        let mut sightings = JointSightings::default();
        for aside in aside {
            let mut seen = person.body.clone();
            seen.points_mut()[body::LEFT_KNEE].image.x += aside;
            seen.points_mut()[body::LEFT_KNEE].visibility = visibility;
            sightings.add(&rest.joints, &pose, SIZE, &seen);
        }
        let mut poses = [pose.clone()];
        sightings.bias().take_off(&rest.joints, &mut poses);
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

    #[test]
    fn a_bias_is_written_by_names_and_what_is_wild_is_refused() {
        let mut bias = JointBias::default();
        bias.0[4][1] = Some(Vec2::new(0.05, -0.01));
        let text = serde_json::to_string(&bias).unwrap();
        assert_eq!(text, r#"{"right_knee":[0.05,-0.01]}"#);
        assert_eq!(serde_json::from_str::<JointBias>(&text).unwrap(), bias);
        for wrong in [r#"{"left_nose":[0,0]}"#, r#"{"left_hip":[1e39,0]}"#, r#"{"left_hip":[0,-2]}"#] {
            assert!(serde_json::from_str::<JointBias>(wrong).is_err(), "{wrong}");
        }
    }
}

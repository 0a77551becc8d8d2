use std::f32::consts::TAU;
use std::fmt::Write as _;

use glam::{EulerRot, Mat3, Quat, Vec2, Vec3};

use crate::motion::{DrivingTrack, Segment, percentile};
use crate::{Joint, Side};

/// The file's unit is a centimetre.
const UNITS_PER_METRE: f32 = 100.0;
/// Share of the spine that belongs to the hips, of the neck that belongs to the chest, of a shoulder's half width that
/// belongs to the chest, and of a foot that lies before its ball.
const HIPS_SHARE: f32 = 0.1;
const CHEST_SHARE: f32 = 0.2;
const COLLAR_SHARE: f32 = 0.2;
const BALL_SHARE: f32 = 0.7;
/// From the base of the skull to the middle of the ears: up; and to the crown.
const EARS_M: f32 = 0.065;
const CROWN_M: f32 = 0.2;

/// A joint of the written skeleton: parents come before their children.
struct Bone {
    name: &'static str,
    parent: Option<usize>,
    /// From the parent in the rest pose, a T with palms down that faces the viewer: x to its left, y up, z forwards, metres.
    offset: Vec3,
    /// Where its tip is, if it ends there.
    end: Option<Vec3>,
    aim: Aim,
}

/// What turns a joint.
enum Aim {
    /// The pelvis's own axes, the root's.
    Pelvis,
    /// The chest's own axes, its y towards the chest.
    Chest,
    /// As its parent.
    Still,
    /// Towards a joint that lies along this direction in the rest pose, with no more turn than that takes.
    At(Joint, Vec3),
    /// Towards the base of the skull.
    Neck,
    /// The head's own axes.
    Head,
}

/// The track as a BVH file's text: a skeleton with Mixamo's names, of the driver's own lengths in centimetres, in a T at
/// rest; for each frame the place of the hips over the lowest point that the feet reach, and rotations about Z, X and Y.
///
/// Sizes of the picture become lengths by the median scale of the clip, so the hips move in the picture's plane.
pub fn to_bvh(track: &DrivingTrack) -> String {
    let bones = skeleton(track);
    let mut text = String::from("HIERARCHY\n");
    write_bone(&mut text, &bones, 0, 0);
    let rate = track.frame_rate.as_f64();
    // Writing to a string cannot fail.
    let _ = write!(text, "MOTION\nFrames: {}\nFrame Time: {:.8}\n", track.len(), 1.0 / rate);
    let px_per_metre = percentile(track.px_per_metre.iter().copied(), 0.5).max(1e-6);
    let ground_px = percentile(track.joints.iter().map(lowest_px), 0.98);
    let middle_px = track.size.width as f32 * 0.5;
    let mut last = vec![Vec3::ZERO; bones.len()];
    for t in 0..track.len() {
        let pelvis = track.joints[t][Joint::Pelvis].truncate();
        let place = Vec2::new(pelvis.x - middle_px, ground_px - pelvis.y) / px_per_metre * UNITS_PER_METRE;
        let _ = write!(text, "{:.4} {:.4} 0", place.x, place.y);
        for (angles, last) in rotations(track, t, &bones).into_iter().zip(&mut last) {
            // A whole turn more or less is the same pose, but not what lies between two frames.
            *last = angles + ((*last - angles) / TAU).round() * TAU;
            let [z, x, y] = last.to_array().map(f32::to_degrees);
            let _ = write!(text, " {z:.4} {x:.4} {y:.4}");
        }
        text.push('\n');
    }
    text
}

fn lowest_px(joints: &crate::Joints) -> f32 {
    let feet = Side::BOTH.iter().flat_map(|&side| [Joint::Ankle(side), Joint::Toe(side)]);
    feet.map(|joint| joints[joint].y).fold(f32::MIN, f32::max)
}

/// The picture's axes (x right, y down, z away) turned into the file's (x right, y up, z towards the viewer), or back.
fn turned(v: Vec3) -> Vec3 {
    Vec3::new(v.x, -v.y, -v.z)
}

fn skeleton(track: &DrivingTrack) -> Vec<Bone> {
    let length = |segment| track.lengths_m[segment].max(0.01);
    let (spine, neck) = (length(Segment::Spine), (length(Segment::Neck) - EARS_M).max(0.02));
    let bone = |name, parent, offset, aim| Bone { name, parent: Some(parent), offset, end: None, aim };
    let mut bones = vec![
        Bone { name: "Hips", parent: None, offset: Vec3::ZERO, end: None, aim: Aim::Pelvis },
        bone("Spine", 0, Vec3::Y * spine * HIPS_SHARE, Aim::Chest),
        bone("Spine1", 1, Vec3::Y * spine * (1.0 - HIPS_SHARE), Aim::Still),
        bone("Neck", 2, Vec3::Y * neck * CHEST_SHARE, Aim::Neck),
        bone("Head", 3, Vec3::Y * neck * (1.0 - CHEST_SHARE), Aim::Head),
    ];
    bones[4].end = Some(Vec3::Y * CROWN_M);
    for side in Side::BOTH {
        let (out, [collar, arm, fore, hand]) = match side {
            Side::Left => (Vec3::X, ["LeftShoulder", "LeftArm", "LeftForeArm", "LeftHand"]),
            Side::Right => (Vec3::NEG_X, ["RightShoulder", "RightArm", "RightForeArm", "RightHand"]),
        };
        let (half, first) = (0.5 * length(Segment::Shoulders), bones.len());
        bones.extend([
            bone(collar, 2, out * half * COLLAR_SHARE, Aim::At(Joint::Shoulder(side), out)),
            bone(arm, first, out * half * (1.0 - COLLAR_SHARE), Aim::At(Joint::Elbow(side), out)),
            bone(fore, first + 1, out * length(Segment::UpperArm), Aim::At(Joint::Wrist(side), out)),
            bone(hand, first + 2, out * length(Segment::Forearm), Aim::At(Joint::Hand(side), out)),
        ]);
        bones[first + 3].end = Some(out * length(Segment::Hand));
    }
    for side in Side::BOTH {
        let (out, [thigh, shin, foot, toe]) = match side {
            Side::Left => (Vec3::X, ["LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToeBase"]),
            Side::Right => (Vec3::NEG_X, ["RightUpLeg", "RightLeg", "RightFoot", "RightToeBase"]),
        };
        let first = bones.len();
        let forwards = Vec3::new(0.0, -0.5, 0.75_f32.sqrt());
        let ball = forwards * length(Segment::Foot) * BALL_SHARE;
        bones.extend([
            bone(thigh, 0, out * 0.5 * length(Segment::Hips), Aim::At(Joint::Knee(side), Vec3::NEG_Y)),
            bone(shin, first, Vec3::NEG_Y * length(Segment::Thigh), Aim::At(Joint::Ankle(side), Vec3::NEG_Y)),
            bone(foot, first + 1, Vec3::NEG_Y * length(Segment::Shin), Aim::At(Joint::Toe(side), forwards)),
            bone(toe, first + 2, ball, Aim::Still),
        ]);
        bones[first + 3].end = Some(ball * (1.0 - BALL_SHARE) / BALL_SHARE);
    }
    bones
}

fn write_bone(text: &mut String, bones: &[Bone], index: usize, depth: usize) {
    let (bone, tab) = (&bones[index], "\t".repeat(depth));
    let (kind, channels) = match bone.parent {
        None => ("ROOT", "6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"),
        Some(_) => ("JOINT", "3 Zrotation Xrotation Yrotation"),
    };
    let place = |v: Vec3| {
        let [x, y, z] = (v * UNITS_PER_METRE).to_array();
        format!("OFFSET {x:.4} {y:.4} {z:.4}")
    };
    let _ = write!(
        text,
        "{tab}{kind} {}\n{tab}{{\n{tab}\t{}\n{tab}\tCHANNELS {channels}\n",
        bone.name,
        place(bone.offset)
    );
    for child in (0..bones.len()).filter(|child| bones[*child].parent == Some(index)) {
        write_bone(text, bones, child, depth + 1);
    }
    if let Some(end) = bone.end {
        let _ = write!(text, "{tab}\tEnd Site\n{tab}\t{{\n{tab}\t\t{}\n{tab}\t}}\n", place(end));
    }
    let _ = writeln!(text, "{tab}}}");
}

/// Each joint's angles about z, x and y in radians, relative to its parent, in frame `t`.
///
/// Every bone is aimed from where the bones before it have led, so that errors of the lengths do not add up.
fn rotations(track: &DrivingTrack, t: usize, bones: &[Bone]) -> Vec<Vec3> {
    let metres_per_px = 1.0 / track.px_per_metre[t].max(1e-6);
    let joints = &track.joints[t];
    let pelvis = joints[Joint::Pelvis];
    let target = |joint| turned(joints[joint] - pelvis) * metres_per_px;
    let across = |segment: Segment| turned(segment.vector(joints, Side::Left));
    let spine = target(Joint::Chest);
    // The head's axes in the track look at the viewer with y down and z away.
    let head = track.head_from_canonical[t];
    let head = Mat3::from_cols(turned(head.x_axis), -turned(head.y_axis), -turned(head.z_axis));
    let mut placed: Vec<(Vec3, Mat3)> = Vec::with_capacity(bones.len());
    let mut angles = Vec::with_capacity(bones.len());
    for bone in bones {
        let (place, parent) = match bone.parent {
            None => (Vec3::ZERO, Mat3::IDENTITY),
            Some(parent) => (placed[parent].0 + placed[parent].1 * bone.offset, placed[parent].1),
        };
        let aimed = |to: Vec3, rest: Vec3| match (to - place).try_normalize() {
            Some(wanted) => Mat3::from_quat(Quat::from_rotation_arc(parent * rest, wanted)) * parent,
            None => parent,
        };
        let axes = match bone.aim {
            Aim::Pelvis => crate::rotation::frame_of(across(Segment::Hips), spine),
            Aim::Chest => crate::rotation::frame_of(across(Segment::Shoulders), spine - place),
            Aim::Still => parent,
            Aim::At(joint, rest) => aimed(target(joint), rest),
            Aim::Neck => aimed(target(Joint::Head) - head.y_axis * EARS_M, Vec3::Y),
            Aim::Head => head,
        };
        placed.push((place, axes));
        let (z, x, y) = (parent.transpose() * axes).to_euler(EulerRot::ZXY);
        angles.push(Vec3::new(z, x, y));
    }
    angles
}

#[cfg(test)]
mod tests {
    use frame::{BodyLandmark, BodyLandmarks, FrameRate, Person, Size, body};
    use proptest::prelude::*;

    use super::super::Bvh;
    use super::*;
    use crate::motion::MotionClip;

    /// A person who swings arms and legs and turns a little, seen at 100 px a metre.
    fn dance(frames: usize, sway: f32, fold: f32) -> MotionClip {
        let person = |t: usize| {
            let phase = t as f32 * 0.1;
            let trunk = Mat3::from_rotation_y(sway * phase.sin()) * Mat3::from_rotation_z(0.2 * sway);
            let mut points = [Vec3::ZERO; body::COUNT];
            for (side, sign) in [(0, 1.0f32), (1, -1.0)] {
                let mut put = |left: usize, place: Vec3| points[left + side] = trunk * place;
                let swing = Mat3::from_rotation_z(sign * (0.6 + fold * phase.sin()))
                    * Mat3::from_rotation_x(0.5 * phase.cos());
                let bend = swing * Mat3::from_rotation_x(-fold - 0.2);
                put(body::LEFT_EAR, Vec3::new(0.075 * sign, -0.72, 0.0));
                put(body::LEFT_SHOULDER, Vec3::new(0.19 * sign, -0.5, 0.0));
                let elbow = Vec3::new(0.19 * sign, -0.5, 0.0) + swing * Vec3::new(0.0, 0.29, 0.0);
                put(body::LEFT_ELBOW, elbow);
                let wrist = elbow + bend * Vec3::new(0.0, 0.25, 0.0);
                put(body::LEFT_WRIST, wrist);
                let knuckles = wrist + bend * Vec3::new(0.0, 0.09, 0.0);
                put(body::LEFT_INDEX, knuckles);
                put(body::LEFT_PINKY, knuckles);
                let hip = Vec3::new(0.1 * sign, 0.0, 0.0);
                let stride = Mat3::from_rotation_x(sign * 0.4 * phase.sin());
                put(body::LEFT_HIP, hip);
                put(body::LEFT_KNEE, hip + stride * Vec3::new(0.0, 0.42, 0.0));
                put(body::LEFT_ANKLE, hip + stride * Vec3::new(0.0, 0.83, 0.05));
                put(body::LEFT_TOE, hip + stride * Vec3::new(0.02, 0.9, -0.13));
            }
            points[body::NOSE] = trunk * Vec3::new(0.0, -0.72, -0.11);
            let landmark = |point: &Vec3| BodyLandmark {
                image: (point.truncate() * 100.0 + Vec2::new(200.0 + 20.0 * phase.sin(), 200.0)).extend(0.0),
                world: *point,
                visibility: 1.0,
                presence: 1.0,
            };
            let body = BodyLandmarks::new(points.iter().map(landmark).collect()).unwrap();
            Some(Person { body, left_hand: None, right_hand: None, face: None })
        };
        MotionClip {
            size: Size::new(400, 400),
            frame_rate: FrameRate::new(30, 1).unwrap(),
            people: (0..frames).map(person).collect(),
            views: Vec::new(),
            shutter_deg: None,
        }
    }

    /// The greatest angle, in degrees, between the segments of two tracks.
    fn farthest_deg(a: &DrivingTrack, b: &DrivingTrack) -> f32 {
        let mut farthest = 0.0f32;
        for (a, b) in a.joints.iter().zip(&b.joints) {
            for segment in Segment::ALL {
                for side in Side::BOTH {
                    farthest = farthest.max(segment.vector(a, side).angle_between(segment.vector(b, side)));
                }
            }
        }
        farthest.to_degrees()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_is_written_is_read_as_the_same_motion(sway in -0.5f32..0.5, fold in 0.0f32..1.2) {
            let track = DrivingTrack::from_clip(&dance(20, sway, fold)).unwrap();
            let text = to_bvh(&track);
            let again = Bvh::parse(&text).unwrap().to_clip().unwrap();
            prop_assert_eq!(again.people.len(), 20);
            let again = DrivingTrack::from_clip(&again).unwrap();
            // Smoothed twice, and with bones of one length: not the same to the last bit.
            let farthest = farthest_deg(&track, &again);
            prop_assert!(farthest < 6.0, "{} degrees", farthest);
            let travel = |track: &DrivingTrack| {
                let at = |t: usize| track.joints[t][Joint::Pelvis].x / track.px_per_metre[t];
                at(19) - at(0)
            };
            prop_assert!((travel(&track) - travel(&again)).abs() < 0.02);
        }
    }

    #[test]
    fn the_skeleton_is_the_drivers_own() {
        let track = DrivingTrack::from_clip(&dance(10, 0.1, 0.3)).unwrap();
        let text = to_bvh(&track);
        assert!(
            text.starts_with("HIERARCHY\nROOT Hips\n{\n\tOFFSET 0.0000 0.0000 0.0000\n\tCHANNELS 6 "),
            "{text}"
        );
        let bvh = Bvh::parse(&text).unwrap();
        assert_eq!((bvh.frames(), bvh.channels), (10, 3 + 3 * bvh.joints.len()));
        assert!((bvh.duration_secs() - 10.0 / 30.0).abs() < 1e-5);
        let fore = bvh.joints.iter().find(|joint| joint.name == "LeftHand").unwrap();
        assert!((fore.offset.x - 25.0).abs() < 1.0, "{}", fore.offset);
    }

    #[test]
    fn angles_never_jump_by_a_turn() {
        let track = DrivingTrack::from_clip(&dance(80, 0.5, 1.0)).unwrap();
        let bvh = Bvh::parse(&to_bvh(&track)).unwrap();
        for t in 1..bvh.frames() {
            for (now, before) in bvh.frame(t).iter().zip(bvh.frame(t - 1)).skip(3) {
                assert!((now - before).abs() <= 180.1, "frame {t}: {before} to {now}");
            }
        }
    }
}

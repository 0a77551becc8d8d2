//! A skeleton's motion as a camera in front of it would see it.

use std::num::NonZeroU32;

use frame::{BodyLandmark, BodyLandmarks, FrameRate, Person, Size, body};
use glam::{Mat3, Vec2, Vec3};

use super::BvhError;
use super::joints::PersonJoints;
use super::kinematics::Placed;
use super::read::Bvh;
use crate::motion::MotionClip;
use crate::rotation::{frame_of, nearest_rotation};

/// Frames a second of the clip, whatever the file has.
const FPS: NonZeroU32 = NonZeroU32::new(30).expect("not nought");
/// Pixels a metre: a person is some 720 pixels tall.
const PX_PER_METRE: f32 = 420.0;
/// Free space about all that the person does, in metres.
const MARGIN_M: f32 = 0.25;
/// Longest side of the picture, in pixels: a person who walks far is filmed from farther away.
const LONGEST_SIDE_PX: f32 = 3840.0;
/// From the hip to the ankle of a person 1.7 m tall, in metres (Drillis and Contini 1966: 0.491 of the height). It gives the
/// file's unit, which the format leaves open.
const LEG_M: f32 = 0.83;
/// From the wrist to the knuckles, to the thumb, and from a joint at the ankle to the heel's back and sole, in metres.
const KNUCKLES_M: f32 = 0.09;
const THUMB_M: f32 = 0.05;
const HEEL_M: [f32; 2] = [0.05, 0.06];
const TOE_M: f32 = 0.15;
/// Nothing of a person lies farther from the hips, in metres.
const FARTHEST_M: f32 = 10.0;

/// Points of a head about the base of its skull, for the left side: to the left, upwards, forwards, in metres. The ears lie
/// as high as the nose, which is what the motion takes for a level head.
const FACE: [(&[usize], [f32; 3]); 6] = [
    (&[body::NOSE], [0.0, 0.065, 0.11]),
    (&[1, 4], [0.017, 0.095, 0.09]),
    (&[body::LEFT_EYE, body::RIGHT_EYE], [0.032, 0.095, 0.088]),
    (&[3, 6], [0.047, 0.095, 0.08]),
    (&[body::LEFT_EAR, body::RIGHT_EAR], [0.075, 0.065, 0.0]),
    (&[body::MOUTH_LEFT, body::MOUTH_RIGHT], [0.025, 0.02, 0.09]),
];

impl Bvh {
    /// The motion as a clip at 30 frames a second, filmed from the front by a camera without perspective, whose picture just
    /// holds all of it: every landmark in view, hands and faces without detail.
    ///
    /// Up is whichever axis of the file the body rises along, and front the quarter turn nearest to where it faces on
    /// average.
    ///
    /// The clip has 30 × [`duration_secs`](Self::duration_secs) frames: check that first.
    ///
    /// # Errors
    /// If the skeleton lacks what a person has, or has no size.
    pub fn to_clip(&self) -> Result<MotionClip, BvhError> {
        let joints = PersonJoints::find(self)?;
        let frames = ((self.duration_secs() * f64::from(FPS.get())).round() as usize).max(1);
        let placed: Vec<Figure> = (0..frames).map(|t| self.figure_at(&joints, t)).collect();
        let leg = placed.iter().map(Figure::leg).fold(0.0, f32::max);
        if leg <= f32::EPSILON {
            return Err(BvhError::NoLength);
        }
        let view = View::of(&placed, LEG_M / leg);
        let seen: Vec<[Vec3; body::COUNT]> = placed.iter().map(|figure| view.landmarks(figure)).collect();
        let far = |point: &Vec3| !point.is_finite() || point.length() > FARTHEST_M;
        if seen.iter().any(|points| points.iter().any(|point| far(&(*point - pelvis_of(points))))) {
            return Err(BvhError::OutOfShape);
        }
        Ok(filmed(&seen))
    }

    /// The person at frame `t` of the clip, between the two frames of the file that lie next to it.
    fn figure_at(&self, joints: &PersonJoints, t: usize) -> Figure {
        let at = (t as f64 / f64::from(FPS.get()) / self.frame_secs).min((self.frames() - 1) as f64);
        let (before, share) = (at.floor() as usize, at.fract() as f32);
        let first = Figure::of(self, joints, before);
        if share < 1e-3 {
            return first;
        }
        first.towards(&Figure::of(self, joints, before + 1), share)
    }
}

/// A person in the file's own axes and unit; of pairs the left one first.
#[derive(Clone, Debug)]
struct Figure {
    hips: [Vec3; 2],
    knees: [Vec3; 2],
    ankles: [Vec3; 2],
    /// The tip of the foot, where the skeleton has one.
    toes: [Option<Vec3>; 2],
    shoulders: [Vec3; 2],
    elbows: [Vec3; 2],
    wrists: [Vec3; 2],
    /// Where the hand points, from the wrist; nowhere where the skeleton ends at it.
    hands: [Vec3; 2],
    index_fingers: [Option<Vec3>; 2],
    little_fingers: [Option<Vec3>; 2],
    thumbs: [Option<Vec3>; 2],
    head: Vec3,
    /// `file_from_head`, in the head joint's own axes, which may lie anyhow.
    head_axes: Mat3,
}

impl Figure {
    fn of(bvh: &Bvh, joints: &PersonJoints, index: usize) -> Self {
        let placed = Placed::at(bvh, index);
        let at = |pair: [usize; 2]| pair.map(|joint| placed.places[joint]);
        let maybe = |pair: [Option<usize>; 2]| pair.map(|joint| joint.map(|joint| placed.places[joint]));
        let end =
            |joint: usize| bvh.joints[joint].end.map(|end| placed.places[joint] + placed.axes[joint] * end);
        let child = |of: usize| bvh.joints.iter().position(|joint| joint.parent == Some(of));
        Self {
            hips: at(joints.hips),
            knees: at(joints.knees),
            ankles: at(joints.ankles),
            toes: joints.toes.map(|toe| toe.map(|toe| end(toe).unwrap_or(placed.places[toe]))),
            shoulders: at(joints.shoulders),
            elbows: at(joints.elbows),
            wrists: at(joints.wrists),
            hands: joints.wrists.map(|wrist| {
                let tip = end(wrist).or_else(|| child(wrist).map(|child| placed.places[child]));
                tip.map_or(Vec3::ZERO, |tip| tip - placed.places[wrist])
            }),
            index_fingers: maybe(joints.index_fingers),
            little_fingers: maybe(joints.little_fingers),
            thumbs: maybe(joints.thumbs),
            head: placed.places[joints.head],
            head_axes: placed.axes[joints.head],
        }
    }

    /// This figure moved by `share` of the way to another.
    fn towards(&self, other: &Self, share: f32) -> Self {
        let pair = |a: [Vec3; 2], b: [Vec3; 2]| [a[0].lerp(b[0], share), a[1].lerp(b[1], share)];
        let maybe = |a: [Option<Vec3>; 2], b: [Option<Vec3>; 2]| {
            [0, 1].map(|i| a[i].zip(b[i]).map(|(a, b)| a.lerp(b, share)))
        };
        Self {
            hips: pair(self.hips, other.hips),
            knees: pair(self.knees, other.knees),
            ankles: pair(self.ankles, other.ankles),
            toes: maybe(self.toes, other.toes),
            shoulders: pair(self.shoulders, other.shoulders),
            elbows: pair(self.elbows, other.elbows),
            wrists: pair(self.wrists, other.wrists),
            hands: pair(self.hands, other.hands),
            index_fingers: maybe(self.index_fingers, other.index_fingers),
            little_fingers: maybe(self.little_fingers, other.little_fingers),
            thumbs: maybe(self.thumbs, other.thumbs),
            head: self.head.lerp(other.head, share),
            head_axes: nearest_rotation(self.head_axes * (1.0 - share) + other.head_axes * share),
        }
    }

    fn pelvis(&self) -> Vec3 {
        (self.hips[0] + self.hips[1]) * 0.5
    }

    fn chest(&self) -> Vec3 {
        (self.shoulders[0] + self.shoulders[1]) * 0.5
    }

    /// From the hip to the ankle, the longer side.
    fn leg(&self) -> f32 {
        let lengths =
            [0, 1].map(|i| self.hips[i].distance(self.knees[i]) + self.knees[i].distance(self.ankles[i]));
        lengths[0].max(lengths[1])
    }

    /// The trunk's axes: x to its left, y up the spine, z forwards.
    fn trunk(&self) -> Mat3 {
        let across = self.hips[0] - self.hips[1] + self.shoulders[0] - self.shoulders[1];
        frame_of(across, self.chest() - self.pelvis())
    }
}

/// The camera, and what of the head the skeleton does not say.
struct View {
    /// Rows are the picture's axes: right, down, away from the viewer.
    picture_from_file: Mat3,
    metres_per_unit: f32,
    /// The head's x to its left, y up and z forwards in its joint's own axes: on average it looks where the trunk does.
    joint_from_head: Mat3,
}

impl View {
    fn of(figures: &[Figure], metres_per_unit: f32) -> Self {
        let sum = |vector: &dyn Fn(&Figure) -> Vec3| figures.iter().map(vector).sum::<Vec3>();
        let up = nearest_axis(sum(&|figure| figure.head - figure.pelvis()));
        let joint_from_head = figures
            .iter()
            .fold(Mat3::ZERO, |sum, figure| sum + figure.head_axes.transpose() * figure.trunk());
        // Where it faces, seen from above; the mean of a dance that turns round and round is hardly anywhere.
        let facing = sum(&|figure| figure.trunk().z_axis.reject_from_normalized(up).normalize_or_zero());
        // Files with z upwards have figures that face against y.
        let usual = if up.y.abs() > 0.5 { Vec3::Z } else { up.cross(Vec3::NEG_X) };
        let decided = facing.length() > 0.3 * figures.len() as f32;
        let front = if decided { nearest_axis(facing) } else { usual };
        let right = up.cross(front);
        Self {
            picture_from_file: Mat3::from_cols(right, -up, -front).transpose(),
            metres_per_unit,
            joint_from_head: nearest_rotation(joint_from_head),
        }
    }

    /// The landmarks in metres: x right, y down, z away from the viewer, about the file's own origin.
    fn landmarks(&self, figure: &Figure) -> [Vec3; body::COUNT] {
        let metres = 1.0 / self.metres_per_unit;
        let mut points = [Vec3::ZERO; body::COUNT];
        let head = figure.head_axes * self.joint_from_head;
        for (indices, [left, up, forward]) in FACE {
            for (index, side) in indices.iter().zip([1.0, -1.0]) {
                points[*index] = figure.head + head * Vec3::new(side * left, up, forward) * metres;
            }
        }
        let trunk = figure.trunk();
        for side in [0, 1] {
            let mut put = |left: usize, place: Vec3| points[left + side] = place;
            let (wrist, ankle) = (figure.wrists[side], figure.ankles[side]);
            let fore = wrist - figure.elbows[side];
            let hand = figure.hands[side].try_normalize().or(fore.try_normalize()).unwrap_or(trunk.x_axis);
            let along = |metre: f32| wrist + hand * metre * metres;
            put(body::LEFT_SHOULDER, figure.shoulders[side]);
            put(body::LEFT_ELBOW, figure.elbows[side]);
            put(body::LEFT_WRIST, wrist);
            put(body::LEFT_INDEX, figure.index_fingers[side].unwrap_or(along(KNUCKLES_M)));
            put(body::LEFT_PINKY, figure.little_fingers[side].unwrap_or(along(KNUCKLES_M)));
            put(body::LEFT_THUMB, figure.thumbs[side].unwrap_or(along(THUMB_M)));
            put(body::LEFT_HIP, figure.hips[side]);
            put(body::LEFT_KNEE, figure.knees[side]);
            put(body::LEFT_ANKLE, ankle);
            let shin = (ankle - figure.knees[side]).try_normalize().unwrap_or(-trunk.y_axis);
            let toe = figure.toes[side].unwrap_or(ankle + trunk.z_axis * TOE_M * metres);
            let forwards = (toe - ankle).reject_from(shin).try_normalize().unwrap_or(trunk.z_axis);
            put(body::LEFT_HEEL, ankle + (shin * HEEL_M[1] - forwards * HEEL_M[0]) * metres);
            put(body::LEFT_TOE, toe);
        }
        points.map(|point| self.picture_from_file * point * self.metres_per_unit)
    }
}

/// The axis, or its opposite, that lies nearest to a vector.
fn nearest_axis(vector: Vec3) -> Vec3 {
    let axes = [Vec3::Y, Vec3::Z, Vec3::X];
    let along = |axis: &Vec3| vector.dot(*axis).abs();
    let axis = axes.into_iter().reduce(|best, axis| if along(&axis) > along(&best) { axis } else { best });
    let axis = axis.unwrap_or(Vec3::Y);
    if vector.dot(axis) < 0.0 { -axis } else { axis }
}

/// Landmarks in metres as a clip whose picture holds them all.
fn filmed(seen: &[[Vec3; body::COUNT]]) -> MotionClip {
    let places = || seen.iter().flatten().map(|point| point.truncate());
    let low = places().fold(Vec2::MAX, Vec2::min) - MARGIN_M;
    let high = places().fold(Vec2::MIN, Vec2::max) + MARGIN_M;
    let sides = (high - low).max(Vec2::splat(2.0 * MARGIN_M));
    let px_per_metre = PX_PER_METRE.min(LONGEST_SIDE_PX / sides.max_element());
    let size = (sides * px_per_metre).ceil().as_uvec2().max(glam::UVec2::splat(2));
    let person = |points: &[Vec3; body::COUNT]| {
        let pelvis = pelvis_of(points);
        let landmark = |point: &Vec3| BodyLandmark {
            image: ((point.truncate() - low) * px_per_metre).extend((point.z - pelvis.z) * px_per_metre),
            world: *point - pelvis,
            visibility: 1.0,
            presence: 1.0,
        };
        let body = BodyLandmarks::new(points.iter().map(landmark).collect()).ok()?;
        Some(Person { body, left_hand: None, right_hand: None, face: None })
    };
    MotionClip {
        size: Size::new(size.x, size.y),
        frame_rate: FrameRate::whole(FPS),
        people: seen.iter().map(person).collect(),
        views: Vec::new(),
        shutter_deg: None,
    }
}

fn pelvis_of(points: &[Vec3; body::COUNT]) -> Vec3 {
    (points[body::LEFT_HIP] + points[body::RIGHT_HIP]) * 0.5
}

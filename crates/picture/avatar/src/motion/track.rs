use frame::{FrameRate, Person, Size, body};
use glam::{Mat3, Vec2, Vec3};

use super::filter::{fill_gaps, gaussian, median_3, percentile};
use super::head::{head_from_body, head_from_face, place_of_face};
use super::sides::told_apart;
use super::steady::{Steadied, steady};
use super::{MotionClip, PerSegment, Segment};
use crate::face::ExpressionTrack;
use crate::fingers::HandTrack;
use crate::rotation::{angle_between, nearest_rotation};
use crate::{Joint, Joints, Limb, Side, lift, smoothstep};

/// Smoothing of x and y: more than halves the jitter at 2 % of the torso's length of deviation; 80 ms kills fast moves.
const XY_SIGMA_SECS: f32 = 0.045;
/// Smoothing of x and y of what stands as good as still: what it moves by is mostly tremor.
const STILL_SIGMA_SECS: f32 = 0.11;
/// The tremor of a landmark, in metres: what it differs by between the two widths is motion from twice as much.
const TREMOR_M: f32 = 0.008;
/// Smoothing of depth, which is noisier and drives only order and the torso's turn.
const Z_SIGMA_SECS: f32 = 0.12;
/// Smoothing of the scale between pixels and metres: a person does not change distance faster.
const SCALE_SIGMA_SECS: f32 = 0.35;
/// Smoothing of the head's rotation.
const HEAD_SIGMA_SECS: f32 = 0.05;

/// The motion that drives a character: what a [`MotionClip`] saw, without gaps and without tremble, frame by frame.
#[derive(Clone, Debug)]
pub struct DrivingTrack {
    /// Size of the clip's pictures.
    pub size: Size,
    /// Frames a second.
    pub frame_rate: FrameRate,
    /// The joints in the clip's pixels; z about the pelvis.
    pub joints: Vec<Joints>,
    /// The person's scale: pixels a metre.
    pub px_per_metre: Vec<f32>,
    /// The head's orientation.
    pub head_from_canonical: Vec<Mat3>,
    /// What the face does; `None` where too little is seen of it.
    pub expressions: Option<ExpressionTrack>,
    /// What the hands do, left and right; `None` where one is never seen.
    pub(crate) hands: [Option<HandTrack>; 2],
    /// Lengths of the body in metres: the 60th percentile over the clip, the mean of both sides.
    pub lengths_m: PerSegment<f32>,
    /// Per segment, the median likelihood that both its ends can be seen, 0 … 1; the better side.
    pub visibility: PerSegment<f32>,
    /// Share of the frames in which a wrist can be seen, 0 … 1; the better side.
    pub wrists_seen: f32,
    /// Whether the person sits through most of the clip.
    pub is_seated: bool,
    /// What of the person's path was the camera's or the cutting's, and is not in this track.
    pub steadied: Steadied,
}

impl DrivingTrack {
    /// The smooth track of a clip; `None` if nobody was found in any frame.
    ///
    /// First, left and right are told apart where the network took a back for a front, and what the camera did and where the
    /// clip was cut is taken out. Gaps are filled linearly and held at the ends; then a 3-tap median, then zero-phase
    /// Gaussians whose widths in seconds do not depend on the frame rate.
    pub fn from_clip(clip: &MotionClip) -> Option<Self> {
        let fps = clip.frame_rate.as_f64() as f32;
        let (visibility, wrists_seen) = (visibility(clip), wrists_seen(clip));
        let told_apart = told_apart(clip.clone());
        let hands = Side::BOTH.map(|side| HandTrack::from_clip(&told_apart, side));
        let (clip, steadied) = steady(&told_apart);
        let clip = &clip;
        let px_per_metre = px_per_metre(clip, visibility[Segment::Hips])?;
        let px_per_metre = gaussian(&median_3(&px_per_metre), SCALE_SIGMA_SECS * fps);
        let points = smooth_points(clip, &px_per_metre, fps)?;
        let joints: Vec<Joints> = (0..clip.people.len())
            .map(|t| {
                let mut frame = [Vec3::ZERO; body::COUNT];
                frame.iter_mut().zip(&points).for_each(|(point, series)| *point = series[t]);
                Joints::from_body_points(&frame)
            })
            .collect();
        Some(Self {
            size: clip.size,
            frame_rate: clip.frame_rate,
            lengths_m: lengths_m(&joints, &px_per_metre),
            visibility,
            wrists_seen,
            is_seated: is_seated(&joints),
            steadied,
            head_from_canonical: head_rotations(clip, fps)?,
            hands,
            expressions: ExpressionTrack::from_clip(clip),
            joints,
            px_per_metre,
        })
    }

    /// Number of frames.
    pub fn len(&self) -> usize {
        self.joints.len()
    }

    /// Whether a hand comes into the picture often enough to be followed; else where the arms are is guessed.
    pub fn shows_arms(&self) -> bool {
        const LEAST_SHARE: f32 = 0.1;
        self.wrists_seen > LEAST_SHARE
    }

    /// Whether there are no frames; never so for a track made from a clip.
    pub fn is_empty(&self) -> bool {
        self.joints.is_empty()
    }
}

/// A value of every frame, gaps filled.
struct Series<T>(Vec<T>);

impl<T: super::filter::Sample> Series<T> {
    fn of(clip: &MotionClip, value: impl Fn(&Person) -> T) -> Option<Self> {
        let known: Vec<Option<T>> = clip.people.iter().map(|p| p.as_ref().map(&value)).collect();
        fill_gaps(&known).map(Self)
    }
}

/// The person's scale over time, gaps filled: the body's by its world landmarks; but a body whose hips are not seen is mostly
/// guessed, and its face, where there is one, tells the camera's distance far better.
fn px_per_metre(clip: &MotionClip, hips_seen: f32) -> Option<Vec<f32>> {
    let Series(of_body) = Series::of(clip, |p| lift(&p.body).1)?;
    let faces: Vec<Option<f32>> =
        clip.people.iter().map(|p| Some(place_of_face(p.as_ref()?.face.as_ref()?).1)).collect();
    let mostly = faces.iter().flatten().count() * 2 > faces.len();
    let of_face = fill_gaps(&faces).filter(|_| mostly && hips_seen < 0.5);
    let Some(of_face) = of_face else { return Some(of_body) };
    let middle = |values: &[f32]| percentile(values.iter().copied(), 0.5);
    let metre = middle(&of_body) / middle(&of_face).max(1e-3);
    Some(of_face.iter().map(|unit| unit * metre).collect())
}

/// The 33 body points over time: x, y of the picture, z of the world landmarks times the scale.
fn smooth_points(clip: &MotionClip, px_per_metre: &[f32], fps: f32) -> Option<Vec<Vec<Vec3>>> {
    (0..body::COUNT)
        .map(|i| {
            let Series(xy): Series<Vec2> = Series::of(clip, |p| p.body[i].xy())?;
            let Series(z_m): Series<f32> = Series::of(clip, |p| p.body[i].world.z)?;
            let xy = steadied(&median_3(&xy), px_per_metre, fps);
            let z_m = gaussian(&median_3(&z_m), Z_SIGMA_SECS * fps);
            Some(xy.iter().zip(&z_m).zip(px_per_metre).map(|((xy, z), k)| xy.extend(z * k)).collect())
        })
        .collect()
}

/// A point's path without tremor: smoothed much where it stands, little where it moves.
fn steadied(path: &[Vec2], px_per_metre: &[f32], fps: f32) -> Vec<Vec2> {
    let [moving, standing] =
        [XY_SIGMA_SECS, STILL_SIGMA_SECS].map(|sigma_secs| gaussian(path, sigma_secs * fps));
    let point = |((moving, standing), k): ((&Vec2, &Vec2), &f32)| {
        let apart = moving.distance(*standing) / (TREMOR_M * k).max(1e-3);
        standing.lerp(*moving, smoothstep(apart - 1.0))
    };
    moving.iter().zip(&standing).zip(px_per_metre).map(point).collect()
}

/// The head's orientation over time: the face mesh's where there is one, else that of ears and nose corrected by the mean
/// difference between the two. A mesh is found on the back of a head at times, for a picture.
fn head_rotations(clip: &MotionClip, fps: f32) -> Option<Vec<Mat3>> {
    /// How far a face may be turned from what ears and nose tell of it.
    const FARTHEST_RAD: f32 = 1.2;
    let both = clip
        .people
        .iter()
        .flatten()
        .filter_map(|p| Some((head_from_body(p), head_from_face(p.face.as_ref()?))));
    let calibration =
        nearest_rotation(both.fold(Mat3::ZERO, |sum, (body, face)| sum + body.transpose() * face));
    let rotation = |p: &Person| {
        let of_body = head_from_body(p) * calibration;
        let of_face = p.face.as_ref().map(head_from_face);
        of_face.filter(|of_face| angle_between(*of_face, of_body) < FARTHEST_RAD).unwrap_or(of_body)
    };
    // Rotations are averaged as matrices; the nearest rotation of the mean is their chordal mean.
    let Series(filled) = Series::of(clip, rotation)?;
    Some(gaussian(&filled, HEAD_SIGMA_SECS * fps).into_iter().map(nearest_rotation).collect())
}

/// Whether both legs are bent at hips and knees in most frames: a squat or a step lasts less, and a step bends one.
fn is_seated(joints: &[Joints]) -> bool {
    const HIP_RAD: f32 = 2.2;
    const KNEE_RAD: f32 = 2.3;
    const MOST: f32 = 0.7;
    let is_bent = |joints: &Joints, side: Side| {
        let [hip, knee, ankle, _] = joints.chain(Limb::Leg(side));
        let trunk = joints[Joint::Shoulder(side)] - hip;
        trunk.angle_between(knee - hip) < HIP_RAD && (hip - knee).angle_between(ankle - knee) < KNEE_RAD
    };
    let bent = joints.iter().filter(|joints| Side::BOTH.iter().all(|&side| is_bent(joints, side)));
    bent.count() as f32 >= MOST * joints.len() as f32
}

fn lengths_m(joints: &[Joints], px_per_metre: &[f32]) -> PerSegment<f32> {
    PerSegment::from_fn(|segment| {
        let sides = Side::BOTH.map(|side| {
            let lengths = joints.iter().zip(px_per_metre);
            percentile(lengths.map(|(j, k)| segment.vector(j, side).length() / k.max(1e-6)), 0.6)
        });
        0.5 * (sides[0] + sides[1])
    })
}

/// How likely a landmark can be seen, 0 … 1: the network goes on guessing outside the picture, at times with confidence.
fn seen(clip: &MotionClip, person: &Person, landmark: usize) -> f32 {
    let landmark = person.body[landmark];
    if clip.size.contains(landmark.xy()) { landmark.visibility } else { 0.0 }
}

fn wrists_seen(clip: &MotionClip) -> f32 {
    let frames = clip.people.len().max(1) as f32;
    let share = |wrist: usize| {
        clip.people.iter().flatten().filter(|p| seen(clip, p, wrist) > 0.5).count() as f32 / frames
    };
    share(body::LEFT_WRIST).max(share(body::RIGHT_WRIST))
}

fn visibility(clip: &MotionClip) -> PerSegment<f32> {
    PerSegment::from_fn(|segment| {
        let sides = Side::BOTH.map(|side| {
            let (from, to) = segment.ends(side);
            let ends = [from.landmarks(), to.landmarks()];
            let least = |p: &Person| ends.iter().flatten().map(|&i| seen(clip, p, i)).fold(1.0, f32::min);
            percentile(clip.people.iter().flatten().map(least), 0.5)
        });
        sides[0].max(sides[1])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::{BodyLandmark, BodyLandmarks};

    /// A T-pose of a person two metres wide whose pelvis is at `x`, 100 px a metre.
    fn person(x: f32) -> Person {
        let metres = |i: usize| {
            let side = if i % 2 == 1 { 1.0 } else { -1.0 };
            match i {
                11 | 12 => Vec3::new(0.2 * side, -0.5, 0.0),
                13 | 14 => Vec3::new(0.5 * side, -0.5, 0.0),
                15 | 16 => Vec3::new(0.75 * side, -0.5, 0.0),
                23 | 24 => Vec3::new(0.12 * side, 0.0, 0.0),
                25 | 26 => Vec3::new(0.12 * side, 0.45, 0.0),
                27 | 28 => Vec3::new(0.12 * side, 0.85, 0.0),
                7 | 8 => Vec3::new(0.08 * side, -0.75, 0.0),
                0 => Vec3::new(0.0, -0.72, -0.1),
                _ => Vec3::new(0.1 * side, 0.9, 0.0),
            }
        };
        let landmark = |i: usize| BodyLandmark {
            image: (metres(i) * 100.0).truncate().extend(0.0) + Vec3::new(x, 200.0, 0.0),
            world: metres(i),
            visibility: 1.0,
            presence: 1.0,
        };
        let body = BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap();
        Person { body, left_hand: None, right_hand: None, face: None }
    }

    fn clip(people: Vec<Option<Person>>) -> MotionClip {
        MotionClip {
            size: Size::new(400, 400),
            frame_rate: FrameRate::new(25, 1).unwrap(),
            people,
            views: Vec::new(),
            shutter_deg: None,
        }
    }

    #[test]
    fn a_still_person_is_measured_exactly() {
        let track = DrivingTrack::from_clip(&clip(vec![Some(person(200.0)); 10])).unwrap();
        assert!((track.px_per_metre[5] - 100.0).abs() < 0.1);
        assert!((track.lengths_m[Segment::UpperArm] - 0.3).abs() < 1e-3);
        assert!((track.lengths_m[Segment::Spine] - 0.5).abs() < 1e-3);
        assert!((track.joints[3][Joint::Wrist(Side::Left)] - Vec3::new(275.0, 150.0, 0.0)).length() < 1e-2);
        assert_eq!(track.visibility[Segment::Thigh], 1.0);
    }

    #[test]
    fn tremor_goes_and_a_leap_stays() {
        let x = |t: usize| {
            let tremor = if t.is_multiple_of(2) { 0.8 } else { -0.8 };
            tremor + if t < 30 { 100.0 } else { 160.0 }
        };
        let path: Vec<Vec2> = (0..60).map(|t| Vec2::new(x(t), 0.0)).collect();
        let steady = steadied(&path, &[100.0; 60], 25.0);
        assert!(steady[5..18].iter().all(|p| (p.x - 100.0).abs() < 0.1), "{steady:?}");
        // Two frames after a leap of 60 px little is missing of it.
        assert!((steady[33].x - 160.0).abs() < 2.0, "{}", steady[33].x);
    }

    #[test]
    fn lost_frames_are_bridged() {
        let mut people: Vec<_> = (0..21).map(|t| Some(person(100.0 + 5.0 * t as f32))).collect();
        people[8..12].fill(None);
        let track = DrivingTrack::from_clip(&clip(people)).unwrap();
        assert!((track.joints[10][Joint::Pelvis].x - 150.0).abs() < 1e-2);
    }

    #[test]
    fn a_face_on_the_back_of_a_head_turns_nothing() {
        let with_face = |angle: f32| {
            let face = super::super::head::tests::face_turned_by(Mat3::from_rotation_y(angle));
            Person { face: Some(face), ..person(200.0) }
        };
        let mut people: Vec<_> = (0..40).map(|_| Some(with_face(0.1))).collect();
        people[20] = Some(with_face(2.2));
        let track = DrivingTrack::from_clip(&clip(people)).unwrap();
        let off = |t: usize| angle_between(track.head_from_canonical[t], Mat3::from_rotation_y(0.1));
        assert!(off(5) < 0.02 && off(20) < 0.2, "{} and {}", off(5), off(20));
    }

    #[test]
    fn a_seated_person_is_known_from_one_who_squats_now_and_then() {
        let seated = || {
            let mut person = person(200.0);
            for (i, metres) in [
                (25, Vec3::new(0.12, 0.02, -0.42)),
                (26, Vec3::new(-0.12, 0.02, -0.42)),
                (27, Vec3::new(0.12, 0.45, -0.4)),
                (28, Vec3::new(-0.12, 0.45, -0.4)),
            ] {
                let landmark = &mut person.body.points_mut()[i];
                landmark.world = metres;
                landmark.image = metres.truncate().extend(0.0) * 100.0 + Vec3::new(200.0, 200.0, 0.0);
            }
            Some(person)
        };
        let track = |people| DrivingTrack::from_clip(&clip(people)).unwrap();
        assert!(track(vec![seated(); 20]).is_seated);
        assert!(!track(vec![Some(person(200.0)); 20]).is_seated);
        let squats = (0..60).map(|t| if t / 10 % 2 == 0 { seated() } else { Some(person(200.0)) });
        assert!(!track(squats.collect()).is_seated);
    }

    #[test]
    fn a_clip_without_anybody_is_no_track() {
        assert!(DrivingTrack::from_clip(&clip(vec![None; 4])).is_none());
        assert!(DrivingTrack::from_clip(&clip(vec![])).is_none());
    }
}

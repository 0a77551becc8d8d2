use glam::{Mat3, Vec2, Vec3};

use super::CanonicalFace;
use crate::motion::{MotionClip, fill_gaps, gaussian, percentile};
use crate::smoothstep;

/// Smoothing of the mesh over time: lips and lids move faster than limbs.
const MESH_SIGMA_SECS: f32 = 0.02;
/// Fading of an expression in and out where the face turns away.
const FADE_SIGMA_SECS: f32 = 0.1;
/// Beyond this turn to a side, in radians, half of the mesh is guessed.
const FARTHEST_YAW: f32 = 55.0 * std::f32::consts::PI / 180.0;
/// Height of a face, in pixels, from which its mesh says more than noise, and from which it says all.
const READABLE_PX: [f32; 2] = [36.0, 90.0];
/// The same for where the eyes look.
const GAZE_READABLE_PX: [f32; 2] = [110.0, 220.0];
/// Share of the frames that must show a face.
const LEAST_SHARE: f32 = 0.2;

/// What a driver's face does in one frame, beside turning.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What each of the 478 points is off the face at ease, in units of [`CanonicalFace`].
    pub offsets: Vec<Vec3>,
    /// Distance between the lips in units.
    pub mouth_gap: f32,
    /// Width of the mouth in units.
    pub mouth_width: f32,
    /// How far each eye is shut, 0 … 1, negative where it is opened wide; the subject's right eye first.
    pub closures: [f32; 2],
    /// What each iris moved in widths of its eye.
    pub gaze: [Vec2; 2],
    /// How far it is to be believed, 0 … 1.
    pub confidence: f32,
}

/// A driver's expressions over a clip.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpressionTrack {
    /// One a frame.
    pub frames: Vec<Expression>,
    /// The face at ease, by which the others are measured.
    pub ease: Ease,
}

/// Measures of a driver's face at ease, in units of [`CanonicalFace`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ease {
    /// Distance between the lips.
    pub mouth_gap: f32,
    /// Width of the mouth.
    pub mouth_width: f32,
    /// Width of the face from ear to ear.
    pub width: f32,
}

impl ExpressionTrack {
    /// The expressions of a clip; `None` if its faces are too few or too small to be read.
    pub fn from_clip(clip: &MotionClip) -> Option<Self> {
        let fps = clip.frame_rate.as_f64() as f32;
        let faces: Vec<Option<CanonicalFace>> = clip
            .people
            .iter()
            .map(|person| CanonicalFace::new(person.as_ref()?.face.as_ref()?).filter(is_turned_to_us))
            .collect();
        let seen = faces.iter().flatten().count() as f32;
        if seen < LEAST_SHARE * faces.len() as f32 || seen < 3.0 {
            return None;
        }
        let height_px = percentile(faces.iter().flatten().map(|f| f.height() * f.unit_px), 0.5);
        let readable = |[from, to]: [f32; 2]| smoothstep((height_px - from) / (to - from));
        let trust = readable(READABLE_PX);
        if trust <= 0.0 {
            return None;
        }
        let confidence: Vec<f32> = faces.iter().map(|f| f32::from(f.is_some())).collect();
        let confidence = gaussian(&confidence, FADE_SIGMA_SECS * fps);
        let faces = smoothed(&faces, MESH_SIGMA_SECS * fps)?;
        let ease = at_ease(&faces);

        let openings: Vec<[f32; 2]> = faces.iter().map(CanonicalFace::eye_openings).collect();
        // Most of the time eyes are open.
        let open = [0, 1].map(|eye| percentile(openings.iter().map(|o| o[eye]), 0.65).max(1e-3));
        let gazes: Vec<[Vec2; 2]> = faces.iter().map(CanonicalFace::gaze).collect();
        let ahead = [0, 1].map(|eye| middle_of(gazes.iter().map(|g| g[eye])));
        let gaze_trust = readable(GAZE_READABLE_PX);
        let frames = faces
            .iter()
            .enumerate()
            .map(|(t, face)| Expression {
                offsets: face.points.iter().zip(&ease.points).map(|(p, n)| *p - *n).collect(),
                mouth_gap: face.mouth_gap(),
                mouth_width: face.mouth_width(),
                closures: [0, 1].map(|eye| closure(openings[t][eye] / open[eye])),
                gaze: [0, 1].map(|eye| (gazes[t][eye] - ahead[eye]) * gaze_trust),
                confidence: (confidence[t] * trust).clamp(0.0, 1.0),
            })
            .collect();
        let ease = Ease { mouth_gap: ease.mouth_gap(), mouth_width: ease.mouth_width(), width: ease.width() };
        Some(Self { frames, ease })
    }
}

fn is_turned_to_us(face: &CanonicalFace) -> bool {
    let ahead = face.rotation.z_axis;
    ahead.x.atan2(ahead.z).abs() < FARTHEST_YAW
}

/// How far an eye is shut whose opening is `share` of its usual one. The first eighth is tremor.
fn closure(share: f32) -> f32 {
    let shut = 1.0 - share;
    if shut > 0.0 { ((shut - 0.12) / 0.6).clamp(0.0, 1.0) } else { (0.8 * shut).max(-0.25) }
}

/// The faces of every frame, gaps filled, smoothed without lag.
fn smoothed(faces: &[Option<CanonicalFace>], sigma_frames: f32) -> Option<Vec<CanonicalFace>> {
    let count = faces.iter().flatten().next()?.points.len();
    let mut frames: Vec<CanonicalFace> = faces
        .iter()
        .map(|_| CanonicalFace { points: vec![Vec3::ZERO; count], rotation: Mat3::IDENTITY, unit_px: 1.0 })
        .collect();
    for i in 0..count {
        let series: Vec<Option<Vec3>> = faces.iter().map(|f| f.as_ref().map(|f| f.points[i])).collect();
        let series = gaussian(&fill_gaps(&series)?, sigma_frames);
        frames.iter_mut().zip(series).for_each(|(frame, point)| frame.points[i] = point);
    }
    Some(frames)
}

/// The face at ease: the middle of the sixth of the frames whose mouths are open least.
fn at_ease(faces: &[CanonicalFace]) -> CanonicalFace {
    let mut order: Vec<usize> = (0..faces.len()).collect();
    order.sort_by(|&a, &b| faces[a].mouth_gap().total_cmp(&faces[b].mouth_gap()));
    order.truncate((faces.len() / 6).max(3));
    let middle = |i: usize| {
        let component = |axis: usize| percentile(order.iter().map(|&t| faces[t].points[i][axis]), 0.5);
        Vec3::new(component(0), component(1), component(2))
    };
    let points = (0..faces[0].points.len()).map(middle).collect();
    CanonicalFace { points, rotation: Mat3::IDENTITY, unit_px: 1.0 }
}

fn middle_of(values: impl Iterator<Item = Vec2> + Clone) -> Vec2 {
    Vec2::new(percentile(values.clone().map(|v| v.x), 0.5), percentile(values.map(|v| v.y), 0.5))
}

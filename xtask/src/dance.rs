//! The dance: four bars of four beats that end as they begin.
//!
//! Every pose lies on a beat or a half; between them the curves rest at their extremes, which is what makes a move read
//! as danced. Directions are the chest's (out, up, forward).

use glam::{Vec2, Vec3};

use crate::choreography;
use crate::curve::{CyclicCurve, smoothstep};
use crate::footwork::Footwork;
use crate::pose::{ArmPose, FacePose, Pose, Turn};

/// Beats of the dance, which is also one cycle of the music.
pub(crate) const BEATS: u32 = 16;
/// Frames a beat at 30 frames a second: 112.5 beats a minute, so that every beat falls on a frame.
pub(crate) const FRAMES_PER_BEAT: u32 = 16;
/// Frames of the clip.
pub(crate) const FRAMES: u32 = BEATS * FRAMES_PER_BEAT;
/// Frames a second.
pub(crate) const FPS: u32 = 30;
/// One beat.
pub(crate) const BEAT_SECS: f64 = FRAMES_PER_BEAT as f64 / FPS as f64;

/// The curves of a dance.
#[derive(Clone, Debug)]
pub(crate) struct Dance {
    pub(crate) footwork: Footwork,
    pub(crate) pelvis: CyclicCurve<3>,
    pub(crate) hips: CyclicCurve<3>,
    pub(crate) chest: CyclicCurve<3>,
    pub(crate) head: CyclicCurve<3>,
    pub(crate) arms: [CyclicCurve<15>; 2],
    pub(crate) face: CyclicCurve<3>,
    pub(crate) blinks: Vec<f32>,
}

impl Dance {
    /// The dance of the bundled clip.
    pub(crate) fn new() -> Self {
        choreography::dance()
    }

    /// The pose at `beat`, which may be any number: the dance goes round.
    pub(crate) fn pose(&self, beat: f32) -> Pose {
        let beat = beat.rem_euclid(BEATS as f32);
        let [x, z, lower] = self.pelvis.at(beat);
        let pelvis = Vec2::new(x, z);
        // Down on the beat, up between: quicker down than up.
        let phase = std::f32::consts::TAU * (beat + 0.06 * (std::f32::consts::TAU * beat).sin());
        let bounce = 0.5 + 0.5 * phase.cos();
        let [head_yaw, head_pitch, head_roll] = self.head.at(beat);
        let nod = 0.06 * bounce;
        Pose {
            pelvis,
            sink: 0.008 + lower + 0.030 * bounce,
            hips: turn(self.hips.at(beat)),
            chest: turn(self.chest.at(beat)),
            head: turn([head_yaw, head_pitch + nod, head_roll]),
            arms: [arm(self.arms[0].at(beat), bounce), arm(self.arms[1].at(beat), bounce)],
            feet: self.footwork.feet(beat, pelvis),
            face: self.face_at(beat),
        }
    }

    fn face_at(&self, beat: f32) -> FacePose {
        let [smile, mouth_open, brows] = self.face.at(beat);
        let blink =
            self.blinks.iter().map(|at| smoothstep(0.22, 0.05, (beat - at).abs())).fold(0.0, f32::max);
        FacePose { blink, smile, mouth_open, brows, gaze: Vec2::ZERO }
    }
}

fn turn([yaw_rad, pitch_rad, roll_rad]: [f32; 3]) -> Turn {
    Turn { yaw_rad, pitch_rad, roll_rad }
}

fn arm(v: [f32; 15], bounce: f32) -> ArmPose {
    let direction = |i: usize| Vec3::new(v[i], v[i + 1], v[i + 2]).normalize_or(Vec3::NEG_Y);
    ArmPose {
        upper: direction(0),
        fore: direction(3),
        hand: direction(6),
        palm: direction(9),
        curl: v[12],
        spread: v[13],
        shrug: v[14] + 0.006 * bounce,
    }
}

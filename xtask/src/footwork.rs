//! Where the feet stand: planted between steps, to the millimetre, and on an arc during them.

use glam::{Vec2, Vec3};

use crate::curve::smoothstep;
use crate::pose::{FootPose, Side};

/// One step of one foot, in beats of the cycle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Whose.
    pub(crate) side: Side,
    /// When the foot leaves the floor and when it is down again.
    pub(crate) beats: (f32, f32),
    /// Where the ball lands: x and z, metres.
    pub(crate) to: Vec2,
}

/// The steps of a cycle; each foot's last one brings it back to where it stood at the start.
#[derive(Clone, Debug)]
pub(crate) struct Footwork {
    steps: Vec<Step>,
}

/// Toes turned out at rest.
const TURNOUT_RAD: f32 = 0.30;
/// How high the ball of the foot rises in a step.
const LIFT: f32 = 0.055;

impl Footwork {
    /// A cycle of `steps`, each foot's in rising order.
    pub(crate) fn new(steps: Vec<Step>) -> Self {
        Self { steps }
    }

    /// Whether the foot of `side` bears on the floor throughout at `beat`.
    #[cfg(test)]
    pub(crate) fn planted(&self, side: Side, beat: f32) -> bool {
        !self.steps.iter().any(|s| s.side == side && (s.beats.0..s.beats.1).contains(&beat))
    }

    /// Ball of the foot at `beat` of the cycle: x, height, z.
    fn ball(&self, side: Side, beat: f32) -> Vec3 {
        let mine: Vec<&Step> = self.steps.iter().filter(|step| step.side == side).collect();
        let Some(last) = mine.last() else { return Vec3::new(side.sign() * 0.12, 0.0, 0.0) };
        let mut at = last.to;
        for step in mine {
            let (from, to) = step.beats;
            if beat >= to {
                at = step.to;
            } else if beat > from {
                let t = (beat - from) / (to - from);
                let across = at.lerp(step.to, smoothstep(0.0, 1.0, t));
                return Vec3::new(across.x, LIFT * (std::f32::consts::PI * t).sin().powi(2), across.y);
            }
        }
        Vec3::new(at.x, 0.0, at.y)
    }

    /// Both feet at `beat`, their heels light where the hips at `pelvis` (x and z) leave them little weight.
    pub(crate) fn feet(&self, beat: f32, pelvis: Vec2) -> [FootPose; 2] {
        let balls = Side::BOTH.map(|side| self.ball(side, beat));
        let across = (balls[0].x - balls[1].x).max(0.1);
        let on_left = ((pelvis.x - balls[1].x) / across).clamp(0.0, 1.0);
        [0, 1].map(|i| {
            let bears = if i == 0 { on_left } else { 1.0 - on_left };
            let air = balls[i].y / LIFT;
            FootPose {
                ball: balls[i],
                yaw_rad: Side::BOTH[i].sign() * TURNOUT_RAD,
                heel_rad: 0.50 * smoothstep(0.30, 0.02, bears).max(0.5 * air),
            }
        })
    }
}

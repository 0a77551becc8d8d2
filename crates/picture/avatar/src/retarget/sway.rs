use glam::Vec2;

use super::{CharacterRest, Pose};
use crate::{Joint, Joints};

/// How far what hangs from a body lags behind it: the ends' offsets in the picture, pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sway {
    /// Of the ends of falling hair.
    pub hair: Vec2,
    /// Of a skirt's hem.
    pub skirt: Vec2,
}

impl Sway {
    pub(super) fn between(self, other: Self, share: f32) -> Self {
        Self { hair: self.hair.lerp(other.hair, share), skirt: self.skirt.lerp(other.skirt, share) }
    }
}

/// A pendulum: what hangs from a joint. It swings sideways; along itself, which is down, it stretches little.
struct Pendulum {
    joint: Joint,
    /// Rate of its swing in radians a second, √(g / length): a quarter of a metre of hair, half a metre of cloth.
    swing_rate: f32,
    /// Share of the critical damping.
    swing_damping: f32,
    /// The same for its stretching.
    stretch_rate: f32,
    stretch_damping: f32,
    /// The furthest that it gets, in lengths of the spine: what would go further is held by what it lies on.
    furthest: f32,
}

const HAIR: Pendulum = Pendulum {
    joint: Joint::Head,
    swing_rate: 6.3,
    swing_damping: 0.3,
    stretch_rate: 14.0,
    stretch_damping: 0.6,
    furthest: 0.14,
};
const SKIRT: Pendulum = Pendulum {
    joint: Joint::Pelvis,
    swing_rate: 4.7,
    swing_damping: 0.35,
    stretch_rate: 12.0,
    stretch_damping: 0.6,
    furthest: 0.16,
};

/// Lets hair and skirts swing after the body: damped springs in the frame of the joint that they hang from, which feel its
/// acceleration (secondary motion as in Lander, "Devil in the Blue Faceted Dress: Real Time Cloth Animation", 1999, with one mass a
/// sheet).
pub(super) fn hang(poses: &mut [Pose], rest: &CharacterRest, fps: f32) {
    let spine = (rest.joints[Joint::Chest] - rest.joints[Joint::Pelvis]).truncate().length();
    let joints: Vec<Joints> = poses.iter().map(|pose| pose.joints).collect();
    let [hair, skirt] = [HAIR, SKIRT].map(|pendulum| {
        let path: Vec<Vec2> = joints.iter().map(|joints| joints[pendulum.joint].truncate()).collect();
        pendulum.follow(&path, fps, pendulum.furthest * spine)
    });
    for ((pose, hair), skirt) in poses.iter_mut().zip(hair).zip(skirt) {
        pose.sway = Sway { hair: hair * pose.scale, skirt: skirt * pose.scale };
    }
}

impl Pendulum {
    /// How far the end is off its place under the joint, in every frame of the joint's path; at most `furthest`, gently.
    fn follow(&self, path: &[Vec2], fps: f32, furthest: f32) -> Vec<Vec2> {
        let axis = |value: fn(&Vec2) -> f32, rate: f32, damping: f32| {
            let path: Vec<f32> = path.iter().map(value).collect();
            oscillate(&path, fps, rate, damping)
        };
        let x = axis(|p| p.x, self.swing_rate, self.swing_damping);
        let y = axis(|p| p.y, self.stretch_rate, self.stretch_damping);
        let held = |off: Vec2| off * (furthest / (furthest + off.length()).max(1e-6));
        x.into_iter().zip(y).map(|(x, y)| held(Vec2::new(x, y))).collect()
    }
}

/// What a mass is off the place that it is bound to by a damped spring while that place goes along a path: exact between frames,
/// where the path is straight.
fn oscillate(path: &[f32], fps: f32, rate: f32, damping: f32) -> Vec<f32> {
    let secs = fps.max(1.0).recip();
    let (decay, damped) = (damping * rate, rate * (1.0 - damping * damping).max(1e-3).sqrt());
    let (fade, (sin, cos)) = ((-decay * secs).exp(), (damped * secs).sin_cos());
    let (mut off, mut speed, mut before) = (0.0f32, 0.0f32, None);
    let mut offs = Vec::with_capacity(path.len());
    for (t, &place) in path.iter().enumerate() {
        offs.push(off);
        let Some(next) = path.get(t + 1) else { break };
        // The frame of the joint gets another speed; the mass does not.
        let joint_speed = (next - place) / secs;
        speed -= joint_speed - before.unwrap_or(joint_speed);
        before = Some(joint_speed);
        let quadrature = (speed + decay * off) / damped;
        let now = fade * (off * cos + quadrature * sin);
        speed = fade * damped * (quadrature * cos - off * sin) - decay * now;
        off = now;
    }
    offs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_lags_behind_overshoots_and_comes_to_rest() {
        let path: Vec<Vec2> =
            (0..150).map(|t| Vec2::new(100.0 + 4.0 * (t as f32 - 20.0).clamp(0.0, 20.0), 50.0)).collect();
        let off = HAIR.follow(&path, 30.0, 30.0);
        assert!(off[..21].iter().all(|off| off.length() < 1e-4));
        assert!(off[26].x < -5.0, "lags: {}", off[26]);
        let overshoot = off[40..60].iter().map(|off| off.x).fold(0.0, f32::max);
        assert!(overshoot > 3.0, "overshoots: {overshoot}");
        assert!(off[149].length() < 0.2 && off.iter().all(|off| off.length() < 30.0));
    }

    #[test]
    fn it_does_not_depend_on_the_frame_rate() {
        let path =
            |fps: usize| (0..2 * fps).map(|t| (t as f32 / fps as f32 * 3.0).sin() * 50.0).collect::<Vec<_>>();
        let (slow, fast) = (oscillate(&path(30), 30.0, 6.3, 0.3), oscillate(&path(60), 60.0, 6.3, 0.3));
        for (t, slow) in slow.iter().enumerate() {
            assert!((slow - fast[2 * t]).abs() < 3.0, "{t}: {slow} {}", fast[2 * t]);
        }
    }
}

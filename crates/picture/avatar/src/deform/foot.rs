use std::f32::consts::PI;

use glam::{Vec2, Vec3};

use super::{Deformed, nearness, wrapped};
use crate::layers::SheetKind;
use crate::retarget::Pose;
use crate::rig::{FootSolid, Rig, foot_yaw_rad};
use crate::{Joint, Limb, Side, smoothstep};

/// A foot put into a pose.
struct FootFrame {
    ankle: Vec3,
    /// To the picture's right, upwards and forwards at rest, of the body's size.
    axes: [Vec3; 3],
    /// How far it is turned from how it is at rest, 0 … 1: up to 35° it moves as the picture that it is in the still, from 65° on as a solid.
    turned: f32,
}

impl FootFrame {
    fn new(foot: &FootSolid, side: Side, pose: &Pose) -> Self {
        const FROM_RAD: f32 = 35.0 * PI / 180.0;
        const OVER_RAD: f32 = 30.0 * PI / 180.0;
        /// The steepest that the ground is looked down upon.
        const STEEPEST_RAD: f32 = 20.0 * PI / 180.0;
        let [ankle, toe] = [Joint::Ankle(side), Joint::Toe(side)].map(|joint| pose.joints[joint]);
        let yaw = foot_yaw_rad(&pose.joints, side);
        let turn = wrapped(yaw - foot.yaw_rad).abs();
        let (sin, cos) = foot.pitch_rad.min(STEEPEST_RAD).sin_cos();
        let (up, at_viewer) = (Vec3::new(0.0, -cos, -sin), Vec3::new(0.0, sin, -cos));
        let forwards = at_viewer * yaw.cos() + Vec3::X * yaw.sin();
        let right = Vec3::X * yaw.cos() - at_viewer * yaw.sin();
        let standing = up * foot.toe.x + forwards * foot.toe.y;
        // From before and behind it is foreshortened, and tells little of how it is tilted.
        let aside = yaw.sin().powi(4);
        let tilt = Vec2::from_angle(tilt_rad(toe - ankle, standing) * aside);
        let axes = [right, up * tilt.x + forwards * tilt.y, forwards * tilt.x - up * tilt.y];
        Self {
            ankle,
            axes: axes.map(|axis| axis * pose.scale),
            turned: smoothstep((turn - FROM_RAD) / OVER_RAD),
        }
    }

    fn place(&self, place: Vec3) -> Vec3 {
        let [right, up, forwards] = self.axes;
        self.ankle + right * place.x + up * place.y + forwards * place.z
    }
}

/// How far a foot's toes point down from how they do where it is `standing`. What is little of that is the tracker's.
fn tilt_rad(foot: Vec3, standing: Vec3) -> f32 {
    const LITTLE_RAD: f32 = 8.0 * PI / 180.0;
    const MUCH_RAD: f32 = 25.0 * PI / 180.0;
    let fall = |foot: Vec3| foot.normalize_or_zero().y.clamp(-1.0, 1.0).asin();
    let tilt = fall(foot) - fall(standing);
    tilt * smoothstep((tilt.abs() - LITTLE_RAD) / (MUCH_RAD - LITTLE_RAD))
}

impl Deformed {
    /// Feet that are turned from how they are in the still go over into solids.
    pub(super) fn turn_feet(&mut self, rig: &Rig, pose: &Pose) {
        /// How much farther than its sheet the solid counts, in shoulder widths.
        const BEHIND: f32 = 0.02;
        let width = rig.trunk.shoulder_width * pose.scale;
        for sheet in &rig.sheets {
            let (SheetKind::Limb(limb @ Limb::Leg(side)), Some(foot)) = (sheet.kind, &sheet.foot) else {
                continue;
            };
            let frame = FootFrame::new(foot, side, pose);
            let tube = |vertex: u32| foot.tube.contains(&(vertex as usize));
            let lift = nearness(limb, rig.hem.is_some()) * width;
            for at in &foot.places {
                let v = sheet.vertices.start + at.vertex as usize;
                if frame.turned == 0.0 {
                    if tube(at.vertex) {
                        // Without area it is not drawn.
                        self.places[v] = frame.ankle.truncate();
                    }
                    continue;
                }
                let solid = frame.place(at.place);
                let share = at.share * frame.turned;
                self.places[v] = self.places[v].lerp(solid.truncate(), share);
                self.keys[v] += (solid.z - lift - self.keys[v]) * share;
                if tube(at.vertex) {
                    self.keys[v] += BEHIND * width;
                    self.opacities[v] *= (2.0 * frame.turned).min(1.0);
                } else {
                    self.opacities[v] *= 1.0 - at.share * (2.0 * frame.turned - 1.0).max(0.0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foot_that_is_nearly_flat_is_flat_and_one_that_comes_off_the_ground_is_not() {
        let standing = Vec3::new(0.9, 0.3, 0.0);
        let fallen = |by: f32| Vec2::from_angle(by).rotate(standing.truncate()).extend(0.0);
        assert_eq!(tilt_rad(fallen(0.1), standing), 0.0);
        assert!((tilt_rad(fallen(0.7), standing) - 0.7).abs() < 0.01);
    }
}

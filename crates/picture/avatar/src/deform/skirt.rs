use super::limb::LimbMaps;
use super::trunk::TrunkMaps;
use crate::retarget::Pose;
use crate::rig::Rig;
use crate::{Joint, Joints, Limb, PerLimb, Side, smoothstep};

/// How a skirt takes legs. Where they cross in the picture, as in a stride seen from the side, it spreads from the one that is on its left
/// to the one on its right: pulled by the legs that they cover at rest, its halves would cross as well and lie in a narrow band between.
pub(super) struct Skirt {
    /// The legs as it takes them, where they cross.
    pub(super) pulls: PerLimb<Option<LimbMaps>>,
    /// How much farther than its front what is under it counts at least, in shoulder widths.
    pub(super) under: f32,
}

impl Skirt {
    /// `None` without one.
    pub(super) fn of(rig: &Rig, pose: &Pose, trunk: &TrunkMaps) -> Option<Self> {
        /// Under a skirt that faces us.
        const UNDER: f32 = 0.05;
        rig.hem?;
        let crossed = crossed(&rig.trunk.joints, rig.trunk.hip_width * pose.scale, &pose.joints, trunk);
        let joints = uncrossed(&pose.joints, crossed);
        let pull = |limb: Limb| {
            let bones = rig.limbs[limb].filter(|_| crossed > 0.0 && !limb.is_arm())?;
            Some(LimbMaps::new(limb, &bones, rig, trunk, (joints.chain(limb), pose.scale)))
        };
        // Where it is turned, or its halves change sides, one of them comes to lie behind the other's leg.
        let turned = (1.0 - trunk.breadth.pelvis.powi(2)).sqrt();
        Some(Self { pulls: PerLimb(Limb::ALL.map(pull)), under: UNDER + crossed.max(turned) })
    }
}

/// How far legs are crossed, 0 … 1, whose hips are `hip_width` apart; nothing where left and right cannot be told.
fn crossed(rest: &Joints, hip_width: f32, now: &Joints, trunk: &TrunkMaps) -> f32 {
    /// How far knees must be past each other to be wholly crossed, in hip widths.
    const PAST: f32 = 0.5;
    /// How broad the hips must be seen for left and right to be told, and how broad for that to count.
    const BREADTHS: [f32; 2] = [0.15, 0.4];
    let apart = |joints: &Joints| joints[Joint::Knee(Side::Left)].x - joints[Joint::Knee(Side::Right)].x;
    let facing = if trunk.turned.pelvis { -1.0 } else { 1.0 };
    let past = -facing * apart(rest).signum() * apart(now);
    let told = smoothstep((trunk.breadth.pelvis - BREADTHS[0]) / (BREADTHS[1] - BREADTHS[0]));
    told * smoothstep(past / (PAST * hip_width).max(1.0))
}

/// The joints with the legs' bones exchanged between the sides as far as they are `crossed`; hips stay.
fn uncrossed(joints: &Joints, crossed: f32) -> Joints {
    let mut uncrossed = *joints;
    for side in Side::BOTH {
        let chain = Limb::Leg(side).chain();
        let others = Limb::Leg(side.other()).chain();
        for bone in 0..3 {
            let along = |chain: [Joint; 4]| joints[chain[bone + 1]] - joints[chain[bone]];
            uncrossed[chain[bone + 1]] = uncrossed[chain[bone]] + along(chain).lerp(along(others), crossed);
        }
    }
    uncrossed
}

#[cfg(test)]
mod tests {
    use glam::{Mat3, Vec3};

    use super::*;
    use crate::retarget::Sway;
    use crate::rig::Trunk;

    const HIP_WIDTH: f32 = 40.0;

    /// Someone who faces us, whose hips are at 220 and whose knees are so far right of their own hips: the left, the right.
    fn joints(knees: [f32; 2]) -> Joints {
        Joints::from_fn(|joint| {
            let aside = |side: Side, away: f32| 100.0 + if side == Side::Left { away } else { -away };
            let knee = |side: Side| aside(side, 0.5 * HIP_WIDTH) + knees[usize::from(side == Side::Right)];
            let (x, y) = match joint {
                Joint::Head => (100.0, 80.0),
                Joint::Chest => (100.0, 130.0),
                Joint::Shoulder(side) => (aside(side, 40.0), 130.0),
                Joint::Elbow(side) | Joint::Wrist(side) | Joint::Hand(side) => (aside(side, 50.0), 180.0),
                Joint::Pelvis => (100.0, 220.0),
                Joint::Hip(side) => (aside(side, 0.5 * HIP_WIDTH), 220.0),
                Joint::Knee(side) => (knee(side), 300.0),
                Joint::Ankle(side) => (knee(side), 380.0),
                Joint::Toe(side) => (knee(side), 390.0),
            };
            Vec3::new(x, y, 0.0)
        })
    }

    fn crossed_by(knees: [f32; 2], turn: f32) -> f32 {
        let rest = joints([0.0; 2]);
        let about =
            |p: Vec3| Vec3::new(100.0, 0.0, 0.0) + Mat3::from_rotation_y(turn) * (p - Vec3::X * 100.0);
        let moved = joints(knees);
        let legs = |joint| matches!(joint, Joint::Knee(_) | Joint::Ankle(_) | Joint::Toe(_));
        let pose = Pose {
            joints: rest.map(|joint, p| if legs(joint) { moved[joint] } else { about(p) }),
            scale: 1.0,
            head_rotation: Mat3::IDENTITY,
            face: None,
            hands: Default::default(),
            sway: Sway::default(),
        };
        crossed(&rest, HIP_WIDTH, &pose.joints, &TrunkMaps::new(&Trunk::new(&rest, true), &pose))
    }

    #[test]
    fn legs_cross_where_knees_pass_each_other_however_the_hips_are_turned() {
        assert_eq!(crossed_by([0.0, 0.0], 0.0), 0.0);
        assert_eq!(crossed_by([30.0, -30.0], 0.0), 0.0, "apart");
        assert_eq!(crossed_by([-50.0, 50.0], 0.0), 1.0);
        assert_eq!(crossed_by([-50.0, 50.0], 1.0), 1.0);
        // From behind, where the left knee is at the left.
        assert_eq!(crossed_by([-50.0, 50.0], 3.0), 0.0);
        assert_eq!(crossed_by([10.0, -10.0], 3.0), 1.0);
        assert_eq!(crossed_by([-50.0, 50.0], std::f32::consts::FRAC_PI_2), 0.0, "from the side");
    }

    #[test]
    fn crossed_legs_are_exchanged_below_the_hips() {
        let as_taken = uncrossed(&joints([-50.0, 50.0]), 1.0);
        let [left, right] = Side::BOTH.map(|side| as_taken[Joint::Knee(side)].x);
        assert_eq!([left, right], [170.0, 30.0]);
        assert_eq!(as_taken[Joint::Hip(Side::Left)].x, 120.0);
        assert_eq!(as_taken[Joint::Ankle(Side::Left)].x, 170.0);
    }
}

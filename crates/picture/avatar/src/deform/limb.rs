use std::f32::consts::{FRAC_PI_2, PI, TAU};

use glam::{Affine2, Mat2, Vec2, Vec3};

use super::trunk::TrunkMaps;
use super::{co_rotated, wrapped};
use crate::rig::{Raised, Rig, Trunk};
use crate::{Joint, Limb, Side, smoothstep};

/// How thick the top of a thigh is from the side, in its thickness from the front: there it stands out beside the hips.
const THIGH: f32 = 0.85;
/// The same of one under a skirt, which it would stand out of.
const UNDER_SKIRT: f32 = 0.6;
/// The share of a bone from its start within which that thickness goes over into its own.
const ROOT: f32 = 0.4;

/// The maps of a limb's three bones for one pose.
pub(super) struct LimbMaps {
    pub(super) bones: [BoneMap; 3],
    /// Turn in the picture from the trunk to the first bone, and from each bone to the next.
    twists_rad: [f32; 3],
    /// The first joint and the two inner ones.
    pivots: [Vec2; 3],
    is_arm: bool,
    /// How far limb and trunk give up blending at the first joint, 0 … 1.
    apart: f32,
    /// By how much elbow or knee are more bent than at rest.
    bend_rad: f32,
    /// How far an arm is raised from how it is at rest, 0 … 1.
    pub(super) raised: f32,
    /// Whether elbow or knee are stretched out from how they are at rest.
    opens: bool,
}

/// An affine map of the picture, and the depth along the bone.
#[derive(Clone, Copy)]
pub(super) struct BoneMap {
    xy: Affine2,
    /// Gradient of the place along the bone (0 its start, 1 its end) over the picture at rest.
    along: Vec2,
    /// Unit vector across the bone at rest.
    across: Vec2,
    start: Vec2,
    depth: [f32; 2],
    /// Thickness at the bone's start, and beyond, in that further on.
    root: f32,
}

impl BoneMap {
    pub(super) fn map(&self, place: Vec2) -> Vec3 {
        let from_start = place - self.start;
        let along = from_start.dot(self.along).clamp(-0.3, 1.3);
        let narrowing = (1.0 - self.root) * (1.0 - smoothstep(along / ROOT));
        let across = from_start.dot(self.across) * self.across;
        self.xy
            .transform_point2(place - across * narrowing)
            .extend(self.depth[0] + (self.depth[1] - self.depth[0]) * along)
    }

    /// The map of an offset in the picture.
    pub(super) fn map_offset(&self, offset: Vec2) -> Vec2 {
        self.xy.transform_vector2(offset)
    }

    /// Takes the bone `rest` to the bone `now`: stretched along it, `across` times as thick, mirrored where negative.
    fn new(rest: [Vec3; 2], now: [Vec3; 2], stretch: std::ops::Range<f32>, across: f32) -> Self {
        let (old, new) = ((rest[1] - rest[0]).truncate(), (now[1] - now[0]).truncate());
        let (old_length, new_length) = (old.length().max(1e-3), new.length());
        let along = (new_length / old_length).clamp(stretch.start, stretch.end);
        let linear = Mat2::from_angle(new.to_angle())
            * Mat2::from_diagonal(Vec2::new(along, across))
            * Mat2::from_angle(-old.to_angle());
        let start = rest[0].truncate();
        Self {
            xy: Affine2::from_mat2_translation(linear, now[0].truncate() - linear * start),
            along: old / old_length * (along / new_length.max(1e-3)),
            across: old.perp() / old_length,
            start,
            depth: [now[0].z, now[1].z],
            root: 1.0,
        }
    }
}

impl LimbMaps {
    /// The maps from a limb's bones at rest, which `rig` has, to its bones `now`, of a body `scale` times as large.
    pub(super) fn new(
        limb: Limb,
        rest: &[Vec3; 4],
        rig: &Rig,
        trunk: &TrunkMaps,
        (now, scale): ([Vec3; 4], f32),
    ) -> Self {
        let (body, has_skirt) = (&rig.trunk, rig.hem.is_some());
        let turned = if limb.is_arm() { trunk.turned.chest } else { trunk.turned.pelvis };
        let facing = if turned { -1.0 } else { 1.0 };
        let mut bones = [0, 1, 2].map(|i| {
            // A hand or a foot keeps its size, however its few landmarks tremble.
            let stretch = if i == 2 { 0.75 * scale..1.25 * scale } else { 0.12 * scale..3.0 * scale };
            BoneMap::new([rest[i], rest[i + 1]], [now[i], now[i + 1]], stretch, scale * facing)
        });
        if !limb.is_arm() {
            let root = if has_skirt { UNDER_SKIRT } else { THIGH };
            bones[0].root = root + (1.0 - root) * trunk.breadth.pelvis;
        }
        let angle = |chain: &[Vec3; 4], i: usize| (chain[i + 1] - chain[i]).truncate().to_angle();
        let elbow =
            [facing * wrapped(angle(rest, 1) - angle(rest, 0)), wrapped(angle(&now, 1) - angle(&now, 0))];
        let opens = elbow[0] * wrapped(elbow[1] - elbow[0]) < 0.0;
        // A mirrored map turns by the sum of the angles.
        let turn = |i: usize| angle(&now, i) - facing * angle(rest, i);
        let spine_at_rest = (body.joints[Joint::Pelvis] - body.joints[Joint::Chest]).truncate().to_angle();
        let first = match limb {
            Limb::Arm(side) => {
                let swing = Swing {
                    lateral: lateral(body, side),
                    facing,
                    spine_at_rest,
                    spine: trunk.spine_angle_rad,
                };
                swing.twist(angle(rest, 0), angle(&now, 0))
            }
            Limb::Leg(_) => wrapped(turn(0) - (trunk.spine_angle_rad - facing * spine_at_rest)),
        };
        Self {
            bones,
            twists_rad: [
                eased(first, 0.25),
                if opens { wrapped(turn(1) - turn(0)) } else { eased(wrapped(turn(1) - turn(0)), 0.65) },
                wrapped(turn(2) - turn(1)),
            ],
            pivots: [now[0], now[1], now[2]].map(Vec3::truncate),
            is_arm: limb.is_arm(),
            apart: match limb {
                Limb::Arm(_) => apart(first),
                Limb::Leg(_) if has_skirt => 0.0,
                Limb::Leg(_) => stride_apart(trunk.breadth.pelvis),
            },
            raised: if limb.is_arm() { raised(-first * lateral(body, limb.side()) * facing) } else { 0.0 },
            bend_rad: more_bent(elbow),
            opens,
        }
    }

    /// Whether elbow or knee bend enough for the sheet to fold over.
    pub(super) fn is_bent(&self) -> bool {
        const LEAST_RAD: f32 = 0.6;
        self.bend_rad > LEAST_RAD
    }

    /// How far a sheet gives way to its lining at a place that moves by so much with the second bone and lies so far across the joint: in the
    /// inside of a folded elbow what is between the bones is but a knot. Everything at 140°, nothing up to 95°.
    pub(super) fn given_way(&self, second: f32, across: f32) -> f32 {
        const FROM: f32 = 95.0 * PI / 180.0;
        const OVER: f32 = 45.0 * PI / 180.0;
        if !self.is_arm || self.bend_rad <= FROM {
            return 0.0;
        }
        let inwards = across * self.twists_rad[1].signum();
        smoothstep((self.bend_rad - FROM) / OVER)
            * (10.0 * second * (1.0 - second)).min(1.0)
            * smoothstep(0.5 + inwards / 0.5)
    }

    /// Where elbow or knee is.
    pub(super) fn inner_joint(&self) -> Vec2 {
        self.pivots[1]
    }

    /// Where wrist or ankle is.
    pub(super) fn last_joint(&self) -> Vec3 {
        self.pivots[2].extend(self.bones[2].depth[0])
    }

    /// How far a raised arm's own end has faded, and a thigh's spurs seen from the side, 0 … 1.
    pub(super) fn fading(&self) -> f32 {
        if self.is_arm { (2.0 * self.raised - 1.0).max(0.0) } else { self.apart }
    }

    /// The limb's weight on the trunk's sheet.
    pub(super) fn core_weight(&self, weight: f32, raised: Raised) -> f32 {
        self.or_raised(weight * (1.0 - self.apart), raised)
    }

    /// The limb's weight on its own sheet.
    pub(super) fn own_weight(&self, weight: f32, raised: Raised) -> f32 {
        self.or_raised(weight + (1.0 - weight) * self.apart, raised)
    }

    fn or_raised(&self, weight: f32, raised: Raised) -> f32 {
        weight + (raised.limb_weight - weight) * raised.counts * self.raised
    }

    /// The trunk's map of a vertex mixed with the first bone's. About the armpit of a raised arm they mix along a straight line, for cloth
    /// is tight there.
    pub(super) fn bend_from_trunk(&self, trunk: Vec3, bone: Vec3, weight: f32, raised: Raised) -> Vec3 {
        let turning = 1.0 - raised.counts * self.raised;
        co_rotated(trunk, bone, self.pivots[0], weight, self.twists_rad[0] * turning)
    }

    /// The map before elbow or knee mixed with the one after it. When it is stretched out its inside, which reaches to the corner
    /// between the bones, is drawn in to where a straight limb ends, as mixing without turning does.
    pub(super) fn bend_middle(&self, before: Vec3, after: Vec3, weight: f32, outside: f32) -> Vec3 {
        let turning = if self.opens { outside } else { 1.0 };
        co_rotated(before, after, self.pivots[1], weight, self.twists_rad[1] * turning)
    }

    /// The map before wrist or ankle mixed with the one after it.
    pub(super) fn bend_end(&self, before: Vec3, after: Vec3, weight: f32) -> Vec3 {
        co_rotated(before, after, self.pivots[2], weight, self.twists_rad[2])
    }
}

/// By how much a joint bends more when it turns by `now` than by `rest`, in radians: one that is stretched out does not.
fn more_bent([rest, now]: [f32; 2]) -> f32 {
    if rest * now > 0.0 { now.abs() - rest.abs() } else { now.abs() }
}

/// +1 where the side is on the picture's right at rest, as a subject's left is when it faces the viewer.
fn lateral(body: &Trunk, side: Side) -> f32 {
    let left_is_right =
        body.joints[Joint::Shoulder(Side::Left)].x > body.joints[Joint::Shoulder(Side::Right)].x;
    if left_is_right == (side == Side::Left) { 1.0 } else { -1.0 }
}

/// An arm's swing about the shoulder.
struct Swing {
    lateral: f32,
    facing: f32,
    spine_at_rest: f32,
    spine: f32,
}

impl Swing {
    /// Turn from the trunk to the arm. Arms rise sideways: the angle from the spine is counted over the outer side, from
    /// −100° to 260°, so that an arm raised past the head does not turn the short way through the chest.
    fn twist(&self, rest: f32, now: f32) -> f32 {
        const INWARDS: f32 = 100.0 * PI / 180.0;
        let raised = |arm: f32, spine: f32, outwards: f32| {
            (-(arm - spine) * outwards + INWARDS).rem_euclid(TAU) - INWARDS
        };
        let lateral_now = self.lateral * self.facing;
        -(raised(now, self.spine, lateral_now) - raised(rest, self.spine_at_rest, self.lateral)) * lateral_now
    }
}

/// Large turns are taken by less than their whole when two bones blend: `least` of them from 160°, all up to 70°. Whole,
/// they balloon the sleeve of an arm held overhead and the outside of a sharp elbow.
fn eased(twist: f32, least: f32) -> f32 {
    const FROM: f32 = 70.0 * PI / 180.0;
    twist * (1.0 - (1.0 - least) * smoothstep((twist.abs() - FROM) / FRAC_PI_2))
}

/// Past a large swing blending shears the shoulder into a thin string: the arm then turns stiffly on its round shoulder, which
/// lies over the trunk, and the trunk keeps its shape. Everything at 140°, nothing up to 60°.
fn apart(twist: f32) -> f32 {
    const FROM: f32 = 60.0 * PI / 180.0;
    const OVER: f32 = 80.0 * PI / 180.0;
    0.9 * smoothstep((twist.abs() - FROM) / OVER)
}

/// Seen from the side the trunk is a solid, whose hip lies in its middle, and a thigh as broad as from the front: mixed with each other
/// the thigh would have a notch. How far they are apart there: nothing up to 35° off front or back, all from 60°.
fn stride_apart(breadth: f32) -> f32 {
    smoothstep((0.82 - breadth) / 0.32)
}

/// How far an arm counts as raised that has turned `outwards` by so many radians. Everything at 100°, nothing up to 40°.
fn raised(outwards: f32) -> f32 {
    const FROM: f32 = 40.0 * PI / 180.0;
    const OVER: f32 = 60.0 * PI / 180.0;
    smoothstep((outwards - FROM) / OVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_folds_over_is_more_bent() {
        assert!(more_bent([1.5, 0.2]) < 0.0);
        assert!(more_bent([1.5, 2.5]) > 0.9);
        // Beyond straight its outside is the inside.
        assert_eq!(more_bent([1.5, -0.8]), 0.8);
        assert_eq!(more_bent([0.0, 1.2]), 1.2);
    }
}

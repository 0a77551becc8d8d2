//! A rig put into a pose: where every vertex goes in the picture, and how near it is.
//!
//! The trunk moves in space (two rigid frames, pulled to the shoulders and hips, the head turning on the neck); limbs are
//! billboards, one affine map of the picture a bone. Joints blend by turning both sides towards each other about the joint
//! before mixing them, as dual quaternions do in the plane, so that elbows do not collapse.

mod foot;
mod limb;
mod skirt;
mod trunk;

use glam::{Vec2, Vec3};

use crate::face::mouth;
use crate::fingers::HandShape;
use crate::layers::SheetKind;
use crate::retarget::Pose;
use crate::rig::{DrawnIn, Hanging, LimbWeights, Rig, SheetMesh};
use crate::{Joint, Limb, PerLimb, Side, smoothstep};

use limb::LimbMaps;
use skirt::Skirt;
use trunk::{Breadth, TrunkMaps, Turned};

/// The vertices of a rig in a pose.
#[derive(Clone, Debug, Default)]
pub struct Deformed {
    /// Where each vertex is in the picture, pixels.
    pub places: Vec<Vec2>,
    /// How near each vertex counts when sheets are laid over each other, pixels, smaller is nearer.
    pub keys: Vec<f32>,
    /// How much of what is at each vertex is seen: 0 and less nothing, 1 and more all; what lies beyond these sharpens an edge.
    pub opacities: Vec<f32>,
    turned: Turned,
    breadth: Breadth,
}

impl Deformed {
    /// Puts the rig into a pose. The lists are reused.
    pub fn update(&mut self, rig: &Rig, pose: &Pose) {
        self.put(rig, pose, &TrunkMaps::new(&rig.trunk, pose));
    }

    /// The same of a pose to which one goes from that of `opening`: a limb that was seen in a mirror there is so here. Between the two ways
    /// it would have no width.
    pub fn update_from(&mut self, rig: &Rig, pose: &Pose, opening: &Self) {
        let mut trunk = TrunkMaps::new(&rig.trunk, pose);
        trunk.turned = opening.turned;
        self.put(rig, pose, &trunk);
    }

    /// How much a vertex of the trunk is seen from the side, 0 … 1: nothing up to 35° off front or back, all from 60°.
    pub(crate) fn sideways(&self, rig: &Rig, vertex: u32) -> f32 {
        const BREADTHS: [f32; 2] = [0.82, 0.5];
        let breadth = self.breadth.at(&rig.vertices, vertex as usize);
        smoothstep((breadth - BREADTHS[0]) / (BREADTHS[1] - BREADTHS[0]))
    }

    fn put(&mut self, rig: &Rig, pose: &Pose, trunk: &TrunkMaps) {
        self.turned = trunk.turned;
        self.breadth = trunk.breadth;
        let limbs = PerLimb(Limb::ALL.map(|limb| {
            let now = (pose.joints.chain(limb), pose.scale);
            rig.limbs[limb].map(|bones| LimbMaps::new(limb, &bones, rig, trunk, now))
        }));
        self.places.clear();
        self.keys.clear();
        self.opacities.clear();
        self.opacities.resize(rig.vertices.place.len(), 1.0);
        // From behind it lies behind the trunk as before.
        let faces_us = if trunk.turned.chest { 0.0 } else { trunk.breadth.chest };
        let by_arms = BY_ARMS * faces_us * rig.trunk.shoulder_width * pose.scale;
        let down = rig.trunk.down_neck().extend(0.0);
        for v in 0..rig.vertices.place.len() {
            let sink = rig.vertices.sink[v];
            let p = if sink > 0.0 {
                let sunk = sink * self.sideways(rig, v as u32);
                trunk.map_moved(&rig.vertices, v, down * sunk)
            } else {
                trunk.map(&rig.vertices, v)
            };
            self.places.push(p.truncate());
            self.keys.push(p.z - by_arms * rig.vertices.by_arms[v]);
        }
        if let (Some(face), Some(shape)) = (&rig.face, &pose.face) {
            for (v, offset) in face.moves(shape) {
                let p = trunk.map_moved(&rig.vertices, v, offset);
                self.places[v] = p.truncate();
                self.keys[v] = p.z;
            }
        }
        if let Some(face) = &rig.face {
            let lift = FACE_LIFT * rig.trunk.shoulder_width * pose.scale;
            face.skin.clone().chain(face.inside.clone()).for_each(|v| self.keys[v] -= lift);
            for (layer, nearer) in mouth::layers(face.inside.start).zip(MOUTH_LIFTS) {
                layer.for_each(|v| self.keys[v] -= nearer * rig.trunk.shoulder_width * pose.scale);
            }
        }
        let skirt = Skirt::of(rig, pose, trunk);
        for sheet in &rig.sheets {
            for &DrawnIn { side, vertex, by } in &sheet.drawn_in {
                let raised = limbs[Limb::Arm(side)].as_ref().map_or(0.0, |maps| maps.raised);
                if raised > 0.0 {
                    self.places[sheet.vertices.start + vertex as usize] += trunk.of_chest(by) * raised;
                }
            }
            if let SheetKind::Shoulder(side) = sheet.kind
                && let Some(maps) = &limbs[Limb::Arm(side)]
            {
                self.turn_shoulder(rig, (sheet, side), maps, pose);
            }
            for weights in &sheet.limbs {
                let Some(maps) = &limbs[weights.limb] else { continue };
                match sheet.kind {
                    SheetKind::Core | SheetKind::Back => {
                        // Under a long skirt the shins move the cloth as well.
                        let bones = if !weights.limb.is_arm() && rig.hem.is_some_and(|hem| hem > 0.9) {
                            2
                        } else {
                            1
                        };
                        let of_skirt = skirt.as_ref().and_then(|skirt| skirt.pulls[weights.limb].as_ref());
                        self.pull_core(rig, sheet, weights, of_skirt.unwrap_or(maps), bones);
                    }
                    SheetKind::Limb(_) => {
                        let under = skirt.as_ref().map_or(UNDER_TRUNK, |skirt| skirt.under);
                        self.move_limb(rig, sheet, weights, maps, under, pose);
                    }
                    SheetKind::Shoulder(_) => {}
                }
            }
        }
        self.turn_feet(rig, pose);
        self.lay_forearms_about_head(rig, pose, &limbs);
        self.bend_fingers(rig, pose, &limbs);
        self.sway(rig, pose);
        self.close_sides(rig);
    }

    /// Puts what is in the middle of a side where the two cells beside it meet.
    fn close_sides(&mut self, rig: &Rig) {
        for sheet in &rig.sheets {
            for &Hanging { vertex, ends } in &sheet.hanging {
                let [v, a, b] = [vertex, ends[0], ends[1]].map(|i| sheet.vertices.start + i as usize);
                self.places[v] = self.places[a].midpoint(self.places[b]);
                self.keys[v] = 0.5 * (self.keys[a] + self.keys[b]);
                self.opacities[v] = 0.5 * (self.opacities[a] + self.opacities[b]);
            }
        }
    }

    /// A hand at the head is before all of it or behind all of it: where it lies as deep as the head does, it would be cut by it from cell
    /// to cell.
    fn lay_forearms_about_head(&mut self, rig: &Rig, pose: &Pose, limbs: &PerLimb<Option<LimbMaps>>) {
        /// Within how many shoulder widths of the head's middle what is beside it counts, and beyond how many it does not.
        const NEAR: [f32; 2] = [0.55, 0.9];
        /// How far before its middle the head's nearest place counts at least, and how far behind it its farthest, in shoulder widths.
        const FRONT: f32 = 0.55;
        const BACK: f32 = 0.4;
        /// How much nearer than a head's nearest place a forearm before it counts, in shoulder widths.
        const GAP: f32 = 0.05;
        /// How many times its share of the forearm a place about the elbow counts as the forearm's.
        const ELBOW: f32 = 5.0;
        /// How much of its depth is left to what of it would lie farther.
        const FLATTENED: f32 = 0.01;
        let width = rig.trunk.shoulder_width * pose.scale;
        let head = pose.joints[Joint::Head];
        for sheet in &rig.sheets {
            let (SheetKind::Limb(limb), [weights]) = (sheet.kind, &sheet.limbs[..]) else { continue };
            let Some(maps) = limbs[limb].as_ref().filter(|_| limb.is_arm()) else { continue };
            let wrist = maps.last_joint();
            if wrist.truncate().distance(head.truncate()) > 1.2 * width {
                continue;
            }
            let wrist_key = wrist.z - nearness(limb, false) * width;
            let before = (wrist_key < head.z)
                .then(|| self.nearest_of_head(rig).min(head.z - FRONT * width) - GAP * width);
            let farther = (head.z + BACK * width - wrist_key).max(0.0);
            for (&vertex, second) in weights.vertices.iter().zip(&weights.second_bone) {
                let v = sheet.vertices.start + vertex as usize;
                let key = &mut self.keys[v];
                if let Some(nearest) = before {
                    // So is the whole forearm before the chest and the hair that falls there, its elbow included. Of two arms the nearer
                    // stays so.
                    let before_all = key.min(nearest + FLATTENED * (*key - nearest));
                    *key += (before_all - *key) * (ELBOW * second).min(1.0);
                } else {
                    let away = self.places[v].distance(head.truncate()) / width;
                    *key += farther * second * (1.0 - smoothstep((away - NEAR[0]) / (NEAR[1] - NEAR[0])));
                }
            }
        }
    }

    /// The key of the head's nearest place.
    fn nearest_of_head(&self, rig: &Rig) -> f32 {
        let sheets = rig.sheets.iter().filter(|sheet| sheet.kind == SheetKind::Core);
        let of_head = sheets.flat_map(|sheet| sheet.vertices.clone()).filter(|&v| rig.vertices.head[v] > 0.9);
        of_head.map(|v| self.keys[v]).fold(f32::INFINITY, f32::min)
    }

    /// Fingers move within the hand's own map.
    fn bend_fingers(&mut self, rig: &Rig, pose: &Pose, limbs: &PerLimb<Option<LimbMaps>>) {
        for sheet in &rig.sheets {
            let SheetKind::Limb(limb) = sheet.kind else { continue };
            let shape = &pose.hands[limb.side()];
            let (Some(hand), Some(maps)) = (&sheet.hand, &limbs[limb]) else { continue };
            if *shape == HandShape::default() {
                continue;
            }
            for (vertex, offset) in hand.moves(shape) {
                let v = sheet.vertices.start + vertex;
                self.places[v] += maps.bones[2].map_offset(offset);
            }
        }
    }

    /// Hair and skirt sway.
    fn sway(&mut self, rig: &Rig, pose: &Pose) {
        let sways = rig.vertices.sway.iter().enumerate().filter(|(_, share)| **share != Vec2::ZERO);
        for (v, share) in sways {
            self.places[v] += pose.sway.hair * share.x + pose.sway.skirt * share.y;
        }
    }

    /// The limb's share in a sheet of the trunk. The order stays that of the trunk.
    fn pull_core(
        &mut self,
        rig: &Rig,
        sheet: &SheetMesh,
        weights: &LimbWeights,
        maps: &LimbMaps,
        bones: usize,
    ) {
        for (i, &vertex) in weights.vertices.iter().enumerate() {
            let v = sheet.vertices.start + vertex as usize;
            let place = rig.vertices.place[v];
            let raised = weights.raised[i];
            let weight = maps.core_weight(weights.limb_weight[i], raised);
            let thigh = maps.bones[0].map(place);
            self.places[v] = if bones > 1 {
                let leg = maps.bend_middle(
                    thigh,
                    maps.bones[1].map(place),
                    weights.second_bone[i],
                    weights.outside[i],
                );
                self.places[v].lerp(leg.truncate(), weight)
            } else {
                let trunk = self.places[v].extend(0.0);
                maps.bend_from_trunk(trunk, thigh, weight, raised).truncate()
            };
        }
    }

    /// The round shoulder of a raised arm turns with it, just behind its own sheet.
    fn turn_shoulder(&mut self, rig: &Rig, (sheet, side): (&SheetMesh, Side), maps: &LimbMaps, pose: &Pose) {
        let lift = SHOULDER * nearness(Limb::Arm(side), false) * rig.trunk.shoulder_width * pose.scale;
        for v in sheet.vertices.clone() {
            if maps.raised == 0.0 {
                // Without area it is not drawn.
                self.places[v] = maps.inner_joint();
                continue;
            }
            let turned = maps.bones[0].map(rig.vertices.place[v]);
            self.places[v] = turned.truncate();
            self.keys[v] = turned.z - lift;
            // It is there, behind the arm's own sheet, before that begins to fade.
            self.opacities[v] = (2.0 * maps.raised).min(1.0);
        }
    }

    /// A limb's own sheet: trunk, first, second and third bone blended one after the other. What a skirt or the trunk covers of it counts at
    /// least `under` shoulder widths farther than that.
    fn move_limb(
        &mut self,
        rig: &Rig,
        sheet: &SheetMesh,
        weights: &LimbWeights,
        maps: &LimbMaps,
        under: f32,
        pose: &Pose,
    ) {
        let lift = nearness(weights.limb, rig.hem.is_some()) * rig.trunk.shoulder_width * pose.scale;
        let under = under * rig.trunk.shoulder_width * pose.scale;
        let lining = weights.vertices.len() - weights.lining;
        for (i, &vertex) in weights.vertices.iter().enumerate() {
            let v = sheet.vertices.start + vertex as usize;
            if i >= lining && !maps.is_bent() {
                // Without area it is not drawn.
                self.places[v] = maps.inner_joint();
                continue;
            }
            let place = rig.vertices.place[v];
            let (second, third) = (weights.second_bone[i], weights.third_bone[i]);
            let [a, b, c] = [0, 1, 2].map(|bone| maps.bones[bone].map(place));
            let trunk = self.places[v].extend(self.keys[v]);
            let raised = weights.raised[i];
            self.opacities[v] = if i < lining {
                (1.0 - (1.0 - raised.opacity) * maps.fading())
                    * (1.0 - maps.given_way(second, weights.across[i]))
            } else {
                raised.opacity
            };
            let weight = maps.own_weight(weights.limb_weight[i], raised);
            let mut p: Vec3 = maps.bend_from_trunk(trunk, a, weight, raised);
            p = maps.bend_middle(p, b, second, weights.outside[i]);
            p = maps.bend_end(p, c, third);
            self.places[v] = p.truncate();
            let key = a.z + (b.z - a.z) * second - if i < lining { lift } else { LINING * lift };
            // What a skirt hides at rest stays behind its front, however far a knee comes forward.
            self.keys[v] = if weights.covered[i] { key.max(trunk.z + under) } else { key };
        }
    }
}

/// How much nearer than it lies the face counts when sheets are laid over each other, in shoulder widths: its triangles are larger than the
/// cells of the hair beside it, so that along a steep cheek some of those would lie before them and some behind.
const FACE_LIFT: f32 = 0.09;
/// How much nearer still the mouth's inside counts, layer by layer: between its lips the skin's triangles are drawn out from one to the
/// other.
const MOUTH_LIFTS: [f32; 3] = [0.04, 0.052, 0.064];

/// How near, in the nearness of a limb's own sheet, what is behind that is: the lining of elbow or knee, the round shoulder.
const LINING: f32 = 0.8;
const SHOULDER: f32 = 0.9;

/// How much farther than the trunk's front a thigh counts at least that is behind it, in shoulder widths.
const UNDER_TRUNK: f32 = 0.25;

/// How much nearer than it lies hair counts that falls over an arm, in shoulder widths: before the upper arm, behind a hand at the chest;
/// and how much farther what falls behind one.
const BY_ARMS: f32 = 0.25;

/// How much nearer a limb lies than its bones, in shoulder widths: arms and legs are in front of the trunk unless they are
/// clearly behind it, legs under a skirt behind it.
fn nearness(limb: Limb, skirt: bool) -> f32 {
    match (limb, skirt) {
        (Limb::Arm(_), _) => 0.36,
        (Limb::Leg(_), false) => 0.25,
        (Limb::Leg(_), true) => -0.25,
    }
}

/// `from` and `to`, two maps of one vertex, mixed by `weight` after each has been turned about `pivot` towards the other,
/// `twist_rad` being the angle from the first map to the second.
fn co_rotated(from: Vec3, to: Vec3, pivot: Vec2, weight: f32, twist_rad: f32) -> Vec3 {
    if weight <= 1e-3 {
        return from;
    }
    if weight >= 1.0 - 1e-3 {
        return to;
    }
    let turn = |p: Vec3, angle: f32| Vec2::from_angle(angle).rotate(p.truncate() - pivot);
    let mixed = turn(from, weight * twist_rad).lerp(turn(to, (weight - 1.0) * twist_rad), weight);
    (pivot + mixed).extend(from.z + (to.z - from.z) * weight)
}

/// `angle` brought into −π … π.
fn wrapped(angle: f32) -> f32 {
    use std::f32::consts::{PI, TAU};
    (angle + PI).rem_euclid(TAU) - PI
}

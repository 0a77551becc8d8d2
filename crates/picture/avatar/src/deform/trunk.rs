use glam::{Affine3A, Mat3, Mat3A, Vec2, Vec3, Vec3A};

use super::{co_rotated, wrapped};
use crate::Joint;
use crate::retarget::Pose;
use crate::rig::{PULLING, Trunk, Vertices, carried};

/// Which parts of the trunk show their backs: their limbs are seen in a mirror.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turned {
    pub(super) chest: bool,
    pub(super) pelvis: bool,
}

/// How broad parts of the trunk are seen: 1 from the front or the back, 0 from the side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Breadth {
    pub(super) pelvis: f32,
    pub(super) chest: f32,
    head: f32,
}

impl Default for Breadth {
    fn default() -> Self {
        Self { pelvis: 1.0, chest: 1.0, head: 1.0 }
    }
}

impl Breadth {
    fn of(turns: [Mat3; 3]) -> Self {
        let [pelvis, chest, head] = turns.map(|turn| turn.x_axis.truncate().length().min(1.0));
        Self { pelvis, chest, head }
    }

    /// How broad a vertex is seen.
    pub(super) fn at(&self, vertices: &Vertices, v: usize) -> f32 {
        let trunk = self.pelvis + (self.chest - self.pelvis) * vertices.chest[v];
        trunk + (self.head - trunk) * vertices.head[v]
    }
}

/// The maps of the trunk and the head for one pose.
pub(super) struct TrunkMaps {
    chest: Affine3A,
    pelvis: Affine3A,
    head: Affine3A,
    below_hips: BelowHips,
    /// What the shoulders and hips are off their targets after the rigid maps.
    pulls: [Vec3A; 4],
    neck: Vec2,
    /// Turn in the picture from the chest to the head.
    head_twist_rad: f32,
    /// Direction of the spine in the picture, from the chest to the pelvis.
    pub(super) spine_angle_rad: f32,
    pub(super) turned: Turned,
    /// How broad each is seen: 1 from the front or the back, 0 from the side.
    pub(super) breadth: Breadth,
}

impl TrunkMaps {
    /// Where an offset in the still's picture goes with the chest.
    pub(super) fn of_chest(&self, offset: Vec2) -> Vec2 {
        self.chest.transform_vector3(offset.extend(0.0)).truncate()
    }

    pub(super) fn new(rest: &Trunk, pose: &Pose) -> Self {
        let joints = carried(&pose.joints);
        let (chest_frame, pelvis_frame) = rest.frames(&joints, pose.scale);
        let chest_turn = chest_frame * rest.chest_frame.transpose();
        let pelvis_turn = pelvis_frame * rest.pelvis_frame.transpose();
        let spine = |j: &crate::Joints| (j[Joint::Chest] - j[Joint::Pelvis]).length();
        let along = spine(&joints) / spine(&rest.carried).max(1.0);
        let map = |turn: Mat3, joint: Joint| {
            // Stretched along the spine and across it while still flat in the picture, then turned in space.
            let stretch = Mat3::from_diagonal(Vec3::new(pose.scale, along, pose.scale));
            let linear = turn * rest.flat_frame * stretch * rest.flat_frame.transpose();
            about(linear, rest.carried[joint].truncate(), joints[joint])
        };
        let mut maps = Self {
            chest: map(chest_turn, Joint::Chest),
            pelvis: map(pelvis_turn, Joint::Pelvis),
            below_hips: BelowHips {
                hips: rest.joints[Joint::Pelvis].truncate(),
                down: rest.flat_frame.y_axis.truncate(),
                unstretching: ((pose.scale - along) * (pelvis_turn * rest.flat_frame.y_axis)).into(),
            },
            head: about(
                pose.head_rotation * pose.scale,
                rest.joints[Joint::Head].truncate(),
                joints[Joint::Head],
            ),
            pulls: [Vec3A::ZERO; 4],
            neck: Vec2::ZERO,
            head_twist_rad: wrapped(twist(pose.head_rotation) - twist(chest_turn)),
            spine_angle_rad: (joints[Joint::Pelvis] - joints[Joint::Chest]).truncate().to_angle(),
            turned: Turned { chest: chest_turn.x_axis.x < 0.0, pelvis: pelvis_turn.x_axis.x < 0.0 },
            breadth: Breadth::of([pelvis_turn, chest_turn, pose.head_rotation]),
        };
        maps.neck = maps.chest.transform_point3(rest.neck.extend(0.0)).truncate();
        maps.pulls = PULLING.map(|joint| {
            let place = rest.joints[joint].truncate();
            let now = maps.rigid(place.extend(0.0).into(), rest.chest_weight(place));
            let off = Vec3A::from(pose.joints[joint]) - now;
            Vec3A::new(off.x, off.y, 0.0)
        });
        maps
    }

    fn rigid(&self, p: Vec3A, chest_weight: f32) -> Vec3A {
        let pelvis = self.pelvis.transform_point3a(p) + self.below_hips.shift(p.truncate());
        pelvis.lerp(self.chest.transform_point3a(p), chest_weight)
    }

    /// Where the trunk and the head take a vertex: x, y in the picture, z about the pelvis.
    pub(super) fn map(&self, vertices: &Vertices, v: usize) -> Vec3 {
        self.map_moved(vertices, v, Vec3::ZERO)
    }

    /// The same of a vertex that is first moved by `offset` in the still.
    pub(super) fn map_moved(&self, vertices: &Vertices, v: usize, offset: Vec3) -> Vec3 {
        let p = Vec3A::from(vertices.place[v].extend(vertices.depth[v]) + offset);
        let pull = vertices.pull[v];
        let trunk = self.rigid(p, vertices.chest[v])
            + self.pulls[0] * pull.x
            + self.pulls[1] * pull.y
            + self.pulls[2] * pull.z
            + self.pulls[3] * pull.w;
        let weight = vertices.head[v];
        if weight <= 0.0 {
            return trunk.into();
        }
        let head = self.head.transform_point3a(p);
        let mixed = co_rotated(trunk.into(), head.into(), self.neck, weight, self.head_twist_rad);
        if vertices.on_back[v] { mixed.with_z(mixed.z.max(trunk.z)) } else { mixed }
    }
}

/// What the stretch of the spine must not do to what hangs below it, a skirt or what a picture shows of hips: it keeps its length.
struct BelowHips {
    hips: Vec2,
    /// Down the spine at rest, a unit vector.
    down: Vec2,
    /// What takes the stretch back, for each pixel that a place lies below the hips.
    unstretching: Vec3A,
}

impl BelowHips {
    fn shift(&self, place: Vec2) -> Vec3A {
        self.unstretching * (place - self.hips).dot(self.down).max(0.0)
    }
}

/// The map that takes `from`, in the plane of the picture, to `to`, and what lies about it by `linear`.
fn about(linear: Mat3, from: Vec2, to: Vec3) -> Affine3A {
    let linear = Mat3A::from(linear);
    Affine3A { matrix3: linear, translation: Vec3A::from(to) - linear * Vec3A::from(from.extend(0.0)) }
}

/// Angle of a rotation within the picture.
fn twist(turn: Mat3) -> f32 {
    (turn.x_axis.y - turn.y_axis.x).atan2(turn.x_axis.x + turn.y_axis.y)
}

#[cfg(test)]
mod tests {
    use glam::Vec4;

    use super::*;
    use crate::Joints;
    use crate::retarget::Sway;

    fn trunk() -> Trunk {
        let place = |i: usize| match (i, if i % 2 == 1 { 1.0 } else { -1.0 }) {
            (0..=10, side) => Vec3::new(100.0 + 25.0 * side, 90.0, 0.0),
            (11..=22, side) => Vec3::new(100.0 + 40.0 * side, 130.0, 0.0),
            (_, side) => Vec3::new(100.0 + 20.0 * side, 220.0, 0.0),
        };
        let joints = Joints::from_body_points(&std::array::from_fn::<Vec3, { frame::body::COUNT }, _>(place));
        Trunk::new(&joints, true)
    }

    fn pose(joints: Joints) -> Pose {
        Pose {
            joints,
            scale: 1.0,
            head_rotation: Mat3::IDENTITY,
            face: None,
            hands: Default::default(),
            sway: Sway::default(),
        }
    }

    fn vertices(place: &[Vec2]) -> Vertices {
        let count = place.len();
        Vertices {
            place: place.to_vec(),
            texel: vec![Vec2::ZERO; count],
            depth: vec![0.0; count],
            chest: vec![0.0; count],
            head: vec![0.0; count],
            on_back: vec![false; count],
            by_arms: vec![0.0; count],
            sink: vec![0.0; count],
            pull: vec![Vec4::ZERO; count],
            sway: vec![Vec2::ZERO; count],
        }
    }

    #[test]
    fn hair_on_the_back_does_not_come_before_the_trunk_however_the_head_turns() {
        let rest = trunk();
        let ends = |on_back| Vertices {
            depth: vec![15.0; 2],
            chest: vec![1.0; 2],
            head: vec![0.8; 2],
            on_back: vec![on_back; 2],
            ..vertices(&[Vec2::new(130.0, 150.0), Vec2::new(70.0, 150.0)])
        };
        let pose = Pose { head_rotation: Mat3::from_rotation_y(1.0), ..pose(rest.joints) };
        let maps = TrunkMaps::new(&rest, &pose);
        let nearest = |vertices: &Vertices| maps.map(vertices, 0).z.min(maps.map(vertices, 1).z);
        assert!(nearest(&ends(false)) < 0.0);
        assert!((nearest(&ends(true)) - 15.0).abs() < 1.0);
    }

    #[test]
    fn a_spine_that_is_seen_shorter_shortens_no_skirt() {
        let rest = trunk();
        let hips = rest.joints[Joint::Pelvis].truncate();
        let at = vertices(&[hips - Vec2::new(0.0, 20.0), hips, hips + Vec2::new(0.0, 60.0)]);
        let shorter = rest.joints.map(|_, p| Vec3::new(p.x, hips.y + 0.5 * (p.y - hips.y), p.z));
        let maps = TrunkMaps::new(&rest, &pose(shorter));
        let [above, hips, below] = [0, 1, 2].map(|v| maps.map(&at, v).y);
        assert!((hips - above - 10.0).abs() < 0.1, "{above} {hips}");
        assert!((below - hips - 60.0).abs() < 0.1, "{hips} {below}");
    }

    #[test]
    fn raised_arms_lift_the_shoulders_and_not_the_foot_of_the_neck() {
        let with_arms = |down: f32, lift: f32| {
            trunk().joints.map(|joint, p| match joint {
                Joint::Shoulder(_) => p - Vec3::new(0.0, lift, 0.0),
                Joint::Chest => p - Vec3::new(0.0, lift, 0.0),
                Joint::Elbow(side) => {
                    trunk().joints[Joint::Shoulder(side)] + Vec3::new(0.0, 40.0 * down, 0.0)
                }
                _ => p,
            })
        };
        let rest = Trunk::new(&with_arms(1.0, 0.0), true);
        let [shoulder, neck] =
            [Joint::Shoulder(crate::Side::Left), Joint::Chest].map(|j| rest.joints[j].truncate());
        let mut at = vertices(&[shoulder, neck]);
        at.chest = vec![1.0; 2];
        at.pull = [shoulder, neck].map(|p| rest.pull_weights(p)).to_vec();
        // A spine of 90 pixels: raised arms lift its shoulders by 7.
        let maps = TrunkMaps::new(&rest, &pose(with_arms(-1.0, 7.0)));
        let [lifted, kept] = [maps.map(&at, 0).y, maps.map(&at, 1).y];
        assert!((shoulder.y - lifted - 7.0).abs() < 0.5, "{shoulder} {lifted}");
        assert!((neck.y - kept).abs() < 2.0, "{neck} {kept}");
        let hanging = TrunkMaps::new(&rest, &pose(with_arms(1.0, 7.0)));
        assert!(neck.y - hanging.map(&at, 1).y > 5.0);
    }
}

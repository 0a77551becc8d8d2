use glam::{Mat3, Vec2, Vec3, Vec4};

use crate::rotation::frame_of;
use crate::{Joint, Joints, Side, smoothstep};

/// The trunk and the head at rest.
#[derive(Clone, Debug)]
pub(crate) struct Trunk {
    pub(crate) joints: Joints,
    /// The same as they are [`carried`].
    pub(crate) carried: Joints,
    /// Shoulder to shoulder in the picture, but at least half the spine: a body seen from the side has a width too.
    pub(crate) shoulder_width: f32,
    /// Hip to hip in the picture.
    pub(crate) hip_width: f32,
    /// Where the head turns on the trunk, 0.35 of the way from the chest to the middle of the ears.
    pub(crate) neck: Vec2,
    /// How much of the head's own turn a head takes: all of it on a neck, little where head and trunk are one piece.
    head_share: f32,
    /// Frame of the chest in space: x to the subject's left, y down the spine.
    pub(crate) chest_frame: Mat3,
    /// Frame of the pelvis in space.
    pub(crate) pelvis_frame: Mat3,
    /// The same in the plane of the picture, in which the mesh lies at rest.
    pub(crate) flat_frame: Mat3,
}

/// The joints that pull the trunk's mesh after them, in the order of [`Trunk::pull_weights`].
pub(crate) const PULLING: [Joint; 4] = [
    Joint::Shoulder(Side::Left),
    Joint::Shoulder(Side::Right),
    Joint::Hip(Side::Left),
    Joint::Hip(Side::Right),
];

impl Trunk {
    pub(crate) fn new(joints: &Joints, has_neck: bool) -> Self {
        let at = |joint| joints[joint].truncate();
        let (chest, pelvis) = (at(Joint::Chest), at(Joint::Pelvis));
        let spine = (pelvis - chest).length().max(1.0);
        let shoulder_width = at(PULLING[0]).distance(at(PULLING[1])).max(0.5 * spine);
        let hip_width = at(PULLING[2]).distance(at(PULLING[3]));
        let mut trunk = Self {
            joints: *joints,
            carried: carried(joints),
            shoulder_width,
            hip_width,
            neck: chest.lerp(at(Joint::Head), 0.35),
            head_share: if has_neck { 1.0 } else { 0.35 },
            chest_frame: Mat3::IDENTITY,
            pelvis_frame: Mat3::IDENTITY,
            flat_frame: Mat3::IDENTITY,
        };
        (trunk.chest_frame, trunk.pelvis_frame) = trunk.frames(&trunk.carried, 1.0);
        let down = (pelvis - chest).normalize_or(Vec2::Y);
        trunk.flat_frame =
            Mat3::from_cols(Vec3::new(down.y, -down.x, 0.0), Vec3::new(down.x, down.y, 0.0), Vec3::Z);
        trunk
    }

    /// The frames in space of the chest and of the pelvis of a body `scale` times as large as at rest, by joints that are
    /// [`carried`]. The hips are too close together to tell the pelvis's turn alone: the shoulders have half a say.
    pub(crate) fn frames(&self, joints: &Joints, scale: f32) -> (Mat3, Mat3) {
        let shoulders = joints[PULLING[0]] - joints[PULLING[1]];
        let hips = joints[PULLING[2]] - joints[PULLING[3]];
        let down = joints[Joint::Pelvis] - joints[Joint::Chest];
        let across =
            hips / (self.hip_width * scale).max(1.0) + shoulders / (self.shoulder_width * scale).max(1.0);
        (frame_of(shoulders, down), frame_of(across, down))
    }

    pub(super) fn scale(&mut self, factor: f32) {
        self.joints = self.joints.map(|_, p| p * factor);
        self.carried = self.carried.map(|_, p| p * factor);
        self.shoulder_width *= factor;
        self.hip_width *= factor;
        self.neck *= factor;
    }

    /// A place's mirror image about the line of the spine.
    pub(super) fn reflect(&self, place: Vec2) -> Vec2 {
        let across = self.flat_frame.x_axis.truncate();
        place - 2.0 * (place - self.joints[Joint::Chest].truncate()).dot(across) * across
    }

    /// Place along the spine: 0 the pelvis, 1 the chest.
    fn along_spine(&self, place: Vec2) -> f32 {
        let pelvis = self.joints[Joint::Pelvis].truncate();
        let spine = self.joints[Joint::Chest].truncate() - pelvis;
        ((place - pelvis).dot(spine) / spine.length_squared().max(1.0)).clamp(-0.5, 2.5)
    }

    /// 0 moves with the pelvis, 1 with the chest.
    pub(crate) fn chest_weight(&self, place: Vec2) -> f32 {
        smoothstep((self.along_spine(place) - 0.1) / 0.8)
    }

    /// Length of the neck in the picture, from the chest to the middle of the ears.
    pub(super) fn neck_px(&self) -> f32 {
        self.joints[Joint::Chest].truncate().distance(self.joints[Joint::Head].truncate())
    }

    /// Place along the neck: 0 the chest, 1 the middle of the ears.
    pub(super) fn along_neck(&self, place: Vec2) -> f32 {
        let chest = self.joints[Joint::Chest].truncate();
        let neck = self.joints[Joint::Head].truncate() - chest;
        (place - chest).dot(neck) / neck.length_squared().max(1.0)
    }

    /// Such a place on the neck.
    pub(super) fn on_neck(&self, along: f32) -> Vec2 {
        self.joints[Joint::Chest].truncate().lerp(self.joints[Joint::Head].truncate(), along)
    }

    /// Unit vector down the neck.
    pub(crate) fn down_neck(&self) -> Vec2 {
        (self.joints[Joint::Chest] - self.joints[Joint::Head]).truncate().normalize_or(Vec2::Y)
    }

    /// How far a place sways with a skirt's hem, which is at `hem` along the legs (0 hips, 1 knees, 2 ankles): 0 at the hips, 1 at the
    /// hem, 0 where there is no skirt.
    pub(super) fn skirt_share(&self, place: Vec2, hem: f32) -> f32 {
        let at = |joint| self.joints[joint].truncate();
        let leg = |side| {
            let [hip, knee, ankle] = [Joint::Hip(side), Joint::Knee(side), Joint::Ankle(side)].map(at);
            hip.distance(knee) * hem.min(1.0) + knee.distance(ankle) * (hem - 1.0).max(0.0)
        };
        let length = (leg(Side::Left) + leg(Side::Right)) / 2.0;
        let below = (place - at(Joint::Pelvis)).dot(self.flat_frame.y_axis.truncate());
        (below / length.max(1.0)).clamp(0.0, 1.0).powi(2)
    }

    /// How much of the head's own turn a head takes.
    pub(super) const fn head_share(&self) -> f32 {
        self.head_share
    }

    /// How much each of [`PULLING`] pulls: Gaussians of 0.23 shoulder widths about the shoulders, so
    /// that what raises them leaves the foot of the neck, 0.36 hip widths about the hips.
    pub(crate) fn pull_weights(&self, place: Vec2) -> Vec4 {
        let shoulder = 0.23 * self.shoulder_width;
        let hip = 0.36 * self.hip_width.max(0.4 * self.shoulder_width);
        let weight = |i: usize, sigma: f32| {
            let distance = self.joints[PULLING[i]].truncate().distance_squared(place);
            (-distance / (2.0 * sigma * sigma)).exp()
        };
        Vec4::new(weight(0, shoulder), weight(1, shoulder), weight(2, hip), weight(3, hip))
    }
}

/// The joints of a body whose raised arms lift no shoulders: what the spine carries, from which a rib cage and the foot of a neck hang. A
/// shoulder blade turns with an arm that is raised, and takes the shoulder with it (Inman, Saunders & Abbott 1944, "Observations on the
/// function of the shoulder joint"); a dancer's, arms overhead, are seen a twelfth of the spine higher than beside her.
pub(crate) fn carried(joints: &Joints) -> Joints {
    /// Between these angles of an upper arm off straight down, radians, its shoulder rises.
    const RISING: [f32; 2] = [0.7, 2.1];
    /// How far it rises, in lengths of the spine.
    const RISE: f32 = 0.08;
    let up = joints[Joint::Chest] - joints[Joint::Pelvis];
    let mut carried = *joints;
    for side in Side::BOTH {
        let arm = joints[Joint::Elbow(side)] - joints[Joint::Shoulder(side)];
        if arm.length_squared() > 1e-6 && up.length_squared() > 1e-6 {
            let raised = smoothstep((arm.angle_between(-up) - RISING[0]) / (RISING[1] - RISING[0]));
            carried[Joint::Shoulder(side)] -= RISE * raised * up;
        }
    }
    carried[Joint::Chest] =
        (carried[Joint::Shoulder(Side::Left)] + carried[Joint::Shoulder(Side::Right)]) / 2.0;
    carried
}

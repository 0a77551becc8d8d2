use frame::{BodyLandmarks, HandLandmarks, Person, body};
use glam::Vec3;

/// A side of the subject's own body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The subject's left.
    Left,
    /// The subject's right.
    Right,
}

impl Side {
    /// Left, then right.
    pub const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// Position in [`Self::BOTH`].
    pub const fn index(self) -> usize {
        match self {
            Self::Left => 0,
            Self::Right => 1,
        }
    }

    /// The other side.
    pub const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }

    /// A person's hand of this side, if it is seen.
    pub(crate) const fn hand_of(self, person: &Person) -> Option<&HandLandmarks> {
        match self {
            Self::Left => person.left_hand.as_ref(),
            Self::Right => person.right_hand.as_ref(),
        }
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Left => "left",
            Self::Right => "right",
        })
    }
}

/// An arm or a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limb {
    /// From the shoulder to the hand.
    Arm(Side),
    /// From the hip to the toe.
    Leg(Side),
}

impl Limb {
    /// Both arms, then both legs; left before right.
    pub const ALL: [Self; 4] =
        [Self::Arm(Side::Left), Self::Arm(Side::Right), Self::Leg(Side::Left), Self::Leg(Side::Right)];

    /// Position in [`Self::ALL`].
    pub const fn index(self) -> usize {
        match self {
            Self::Arm(Side::Left) => 0,
            Self::Arm(Side::Right) => 1,
            Self::Leg(Side::Left) => 2,
            Self::Leg(Side::Right) => 3,
        }
    }

    /// Whether it is an arm.
    pub const fn is_arm(self) -> bool {
        matches!(self, Self::Arm(_))
    }

    /// The body's landmark in its middle: the elbow or the knee, as [`frame::body`] numbers them.
    pub(crate) const fn middle_landmark(self) -> usize {
        match self {
            Self::Arm(Side::Left) => body::LEFT_ELBOW,
            Self::Arm(Side::Right) => body::RIGHT_ELBOW,
            Self::Leg(Side::Left) => body::LEFT_KNEE,
            Self::Leg(Side::Right) => body::RIGHT_KNEE,
        }
    }

    /// The side it is on.
    pub const fn side(self) -> Side {
        match self {
            Self::Arm(side) | Self::Leg(side) => side,
        }
    }

    /// The four joints from the trunk outwards: shoulder, elbow, wrist, hand; or hip, knee, ankle, toe.
    pub const fn chain(self) -> [Joint; 4] {
        match self {
            Self::Arm(s) => [Joint::Shoulder(s), Joint::Elbow(s), Joint::Wrist(s), Joint::Hand(s)],
            Self::Leg(s) => [Joint::Hip(s), Joint::Knee(s), Joint::Ankle(s), Joint::Toe(s)],
        }
    }
}

/// One value a limb, in the order of [`Limb::ALL`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PerLimb<T>(pub [T; 4]);

impl<T> std::ops::Index<Limb> for PerLimb<T> {
    type Output = T;

    fn index(&self, limb: Limb) -> &T {
        &self.0[limb.index()]
    }
}

impl<T> std::ops::IndexMut<Limb> for PerLimb<T> {
    fn index_mut(&mut self, limb: Limb) -> &mut T {
        &mut self.0[limb.index()]
    }
}

/// A point of the skeleton.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Joint {
    /// Middle of the hips.
    Pelvis,
    /// Middle of the shoulders.
    Chest,
    /// Middle of the ears.
    Head,
    /// Shoulder.
    Shoulder(Side),
    /// Elbow.
    Elbow(Side),
    /// Wrist.
    Wrist(Side),
    /// Middle of the index and little knuckles.
    Hand(Side),
    /// Hip.
    Hip(Side),
    /// Knee.
    Knee(Side),
    /// Ankle.
    Ankle(Side),
    /// Tip of the foot.
    Toe(Side),
}

impl Joint {
    /// Every joint, in storage order.
    pub const ALL: [Self; 19] = {
        use Side::{Left as L, Right as R};
        [
            Self::Pelvis,
            Self::Chest,
            Self::Head,
            Self::Shoulder(L),
            Self::Shoulder(R),
            Self::Elbow(L),
            Self::Elbow(R),
            Self::Wrist(L),
            Self::Wrist(R),
            Self::Hand(L),
            Self::Hand(R),
            Self::Hip(L),
            Self::Hip(R),
            Self::Knee(L),
            Self::Knee(R),
            Self::Ankle(L),
            Self::Ankle(R),
            Self::Toe(L),
            Self::Toe(R),
        ]
    };

    /// The body landmarks that tell whether it can be seen: its own, twice, or the two that it lies between.
    pub const fn landmarks(self) -> [usize; 2] {
        const fn of(side: Side, left: usize) -> [usize; 2] {
            [left + matches!(side, Side::Right) as usize; 2]
        }
        match self {
            Self::Pelvis => [body::LEFT_HIP, body::RIGHT_HIP],
            Self::Chest => [body::LEFT_SHOULDER, body::RIGHT_SHOULDER],
            Self::Head => [body::NOSE, body::NOSE],
            Self::Shoulder(s) => of(s, body::LEFT_SHOULDER),
            Self::Elbow(s) => of(s, body::LEFT_ELBOW),
            Self::Wrist(s) => of(s, body::LEFT_WRIST),
            Self::Hand(s) => of(s, body::LEFT_INDEX),
            Self::Hip(s) => of(s, body::LEFT_HIP),
            Self::Knee(s) => of(s, body::LEFT_KNEE),
            Self::Ankle(s) => of(s, body::LEFT_ANKLE),
            Self::Toe(s) => of(s, body::LEFT_TOE),
        }
    }

    const fn index(self) -> usize {
        const fn of(first: usize, side: Side) -> usize {
            first + matches!(side, Side::Right) as usize
        }
        match self {
            Self::Pelvis => 0,
            Self::Chest => 1,
            Self::Head => 2,
            Self::Shoulder(s) => of(3, s),
            Self::Elbow(s) => of(5, s),
            Self::Wrist(s) => of(7, s),
            Self::Hand(s) => of(9, s),
            Self::Hip(s) => of(11, s),
            Self::Knee(s) => of(13, s),
            Self::Ankle(s) => of(15, s),
            Self::Toe(s) => of(17, s),
        }
    }
}

/// Where every joint is: x, y in image pixels, z in pixels about the pelvis, smaller is nearer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Joints([Vec3; 19]);

impl Joints {
    /// Each joint by its name.
    pub fn from_fn(at: impl FnMut(Joint) -> Vec3) -> Self {
        Self(Joint::ALL.map(at))
    }

    /// Every joint moved by `f`.
    pub fn map(&self, mut f: impl FnMut(Joint, Vec3) -> Vec3) -> Self {
        Self::from_fn(|joint| f(joint, self[joint]))
    }

    /// The four joints of a limb, from the trunk outwards.
    pub fn chain(&self, limb: Limb) -> [Vec3; 4] {
        limb.chain().map(|joint| self[joint])
    }

    /// The joints that stand for a list of 33 body points in the order of [`frame::body`].
    pub fn from_body_points(points: &[Vec3; body::COUNT]) -> Self {
        let of = |side: Side, left: usize| points[left + usize::from(side == Side::Right)];
        Self::from_fn(|joint| match joint {
            Joint::Pelvis => (points[body::LEFT_HIP] + points[body::RIGHT_HIP]) * 0.5,
            Joint::Chest => (points[body::LEFT_SHOULDER] + points[body::RIGHT_SHOULDER]) * 0.5,
            Joint::Head => (points[body::LEFT_EAR] + points[body::RIGHT_EAR]) * 0.5,
            Joint::Shoulder(s) => of(s, body::LEFT_SHOULDER),
            Joint::Elbow(s) => of(s, body::LEFT_ELBOW),
            Joint::Wrist(s) => of(s, body::LEFT_WRIST),
            Joint::Hand(s) => (of(s, body::LEFT_INDEX) + of(s, body::LEFT_PINKY)) * 0.5,
            Joint::Hip(s) => of(s, body::LEFT_HIP),
            Joint::Knee(s) => of(s, body::LEFT_KNEE),
            Joint::Ankle(s) => of(s, body::LEFT_ANKLE),
            Joint::Toe(s) => of(s, body::LEFT_TOE),
        })
    }
}

impl std::ops::Index<Joint> for Joints {
    type Output = Vec3;

    fn index(&self, joint: Joint) -> &Vec3 {
        &self.0[joint.index()]
    }
}

impl std::ops::IndexMut<Joint> for Joints {
    fn index_mut(&mut self, joint: Joint) -> &mut Vec3 {
        &mut self.0[joint.index()]
    }
}

/// The 33 body points with x, y from the picture and z from the world landmarks, and the scale k in pixels a metre that
/// joins the two: `k = √(Σ v|p − p̄|² / Σ v|w − w̄|²)` over 13 core points weighted by visibility v.
pub fn lift(landmarks: &BodyLandmarks) -> ([Vec3; body::COUNT], f32) {
    const CORE: [usize; 13] = [
        body::NOSE,
        body::LEFT_SHOULDER,
        body::RIGHT_SHOULDER,
        body::LEFT_ELBOW,
        body::RIGHT_ELBOW,
        body::LEFT_WRIST,
        body::RIGHT_WRIST,
        body::LEFT_HIP,
        body::RIGHT_HIP,
        body::LEFT_KNEE,
        body::RIGHT_KNEE,
        body::LEFT_ANKLE,
        body::RIGHT_ANKLE,
    ];
    let weighted = || CORE.iter().map(|&i| (landmarks[i], landmarks[i].visibility.clamp(0.05, 1.0)));
    let total: f32 = weighted().map(|(_, v)| v).sum();
    let mean_px = weighted().map(|(p, v)| p.xy() * v).sum::<glam::Vec2>() / total;
    let mean_world = weighted().map(|(p, v)| p.world.truncate() * v).sum::<glam::Vec2>() / total;
    let (spread_px, spread_world) = weighted().fold((0.0, 0.0), |(px, world), (p, v)| {
        (
            px + v * (p.xy() - mean_px).length_squared(),
            world + v * (p.world.truncate() - mean_world).length_squared(),
        )
    });
    let px_per_metre = (spread_px / (spread_world + 1e-9)).sqrt();
    let mut points = [Vec3::ZERO; body::COUNT];
    for (point, landmark) in points.iter_mut().zip(landmarks.points()) {
        *point = landmark.xy().extend(landmark.world.z * px_per_metre);
    }
    (points, px_per_metre)
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::BodyLandmark;

    #[test]
    fn storage_order_matches_the_index() {
        for (i, joint) in Joint::ALL.into_iter().enumerate() {
            assert_eq!(joint.index(), i, "{joint:?}");
        }
        for (i, limb) in Limb::ALL.into_iter().enumerate() {
            assert_eq!(limb.index(), i, "{limb:?}");
        }
    }

    #[test]
    fn lifting_recovers_the_scale_between_pixels_and_metres() {
        let landmark = |i: usize| {
            let world = Vec3::new((i as f32 * 0.7).sin(), (i as f32 * 1.3).cos(), 0.1 * i as f32);
            BodyLandmark {
                image: (world.truncate() * 200.0 + glam::Vec2::new(300.0, 500.0)).extend(0.0),
                world,
                visibility: 0.9,
                presence: 0.9,
            }
        };
        let body = BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap();
        let (points, px_per_metre) = lift(&body);
        assert!((px_per_metre - 200.0).abs() < 0.01, "{px_per_metre}");
        assert!((points[10].z - 200.0).abs() < 0.01);
    }
}

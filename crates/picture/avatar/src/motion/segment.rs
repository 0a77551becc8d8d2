use crate::{Joint, Joints, Side};

/// A length of the body that has one value for both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Pelvis to chest.
    Spine,
    /// Shoulder to shoulder.
    Shoulders,
    /// Hip to hip.
    Hips,
    /// Chest to head.
    Neck,
    /// Shoulder to elbow.
    UpperArm,
    /// Elbow to wrist.
    Forearm,
    /// Wrist to knuckles.
    Hand,
    /// Hip to knee.
    Thigh,
    /// Knee to ankle.
    Shin,
    /// Ankle to toe.
    Foot,
}

impl Segment {
    /// Every segment, in storage order.
    pub const ALL: [Self; 10] = [
        Self::Spine,
        Self::Shoulders,
        Self::Hips,
        Self::Neck,
        Self::UpperArm,
        Self::Forearm,
        Self::Hand,
        Self::Thigh,
        Self::Shin,
        Self::Foot,
    ];

    /// The two joints it runs between on a side; the same on both for a segment in the middle.
    pub const fn ends(self, side: Side) -> (Joint, Joint) {
        match self {
            Self::Spine => (Joint::Pelvis, Joint::Chest),
            Self::Shoulders => (Joint::Shoulder(Side::Right), Joint::Shoulder(Side::Left)),
            Self::Hips => (Joint::Hip(Side::Right), Joint::Hip(Side::Left)),
            Self::Neck => (Joint::Chest, Joint::Head),
            Self::UpperArm => (Joint::Shoulder(side), Joint::Elbow(side)),
            Self::Forearm => (Joint::Elbow(side), Joint::Wrist(side)),
            Self::Hand => (Joint::Wrist(side), Joint::Hand(side)),
            Self::Thigh => (Joint::Hip(side), Joint::Knee(side)),
            Self::Shin => (Joint::Knee(side), Joint::Ankle(side)),
            Self::Foot => (Joint::Ankle(side), Joint::Toe(side)),
        }
    }

    /// The vector from its first end to its second, in the joints' pixels.
    pub fn vector(self, joints: &Joints, side: Side) -> glam::Vec3 {
        let (from, to) = self.ends(side);
        joints[to] - joints[from]
    }
}

/// One value a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PerSegment<T>([T; 10]);

impl<T> PerSegment<T> {
    /// Each value by its segment.
    pub fn from_fn(value: impl FnMut(Segment) -> T) -> Self {
        Self(Segment::ALL.map(value))
    }
}

impl<T> std::ops::Index<Segment> for PerSegment<T> {
    type Output = T;

    fn index(&self, segment: Segment) -> &T {
        &self.0[segment as usize]
    }
}

impl<T> std::ops::IndexMut<Segment> for PerSegment<T> {
    fn index_mut(&mut self, segment: Segment) -> &mut T {
        &mut self.0[segment as usize]
    }
}

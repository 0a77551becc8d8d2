use frame::Size;
use glam::{Vec2, Vec3};

use crate::{Joint, Joints, Limb, PerLimb, Side, smoothstep};

/// Where the body's bones run in the picture and how thick its limbs should be: all that can be said of the parts from the
/// joints alone. Everything in pixels.
#[derive(Clone, Debug)]
pub(crate) struct Anatomy {
    joints: Joints,
    /// From shoulder to shoulder, but at least half the spine: a profile has shoulders too.
    pub(crate) shoulder_width: f32,
    /// From hip to hip.
    pub(crate) hip_width: f32,
    /// From the middle of the hips to the middle of the shoulders, at least two pixels.
    pub(crate) spine: f32,
    /// Typical half width of each limb: 0.19 of the upper arm, 0.22 of the thigh.
    pub(crate) radius: PerLimb<f32>,
    /// Whether the limb is in the picture: an arm if its elbow is, the legs if both knees are.
    pub(crate) present: PerLimb<bool>,
}

impl Anatomy {
    /// The anatomy of a body with these joints in a picture of this size. Whatever the joints are, every number is finite.
    pub(crate) fn new(joints: &Joints, size: Size) -> Self {
        let joints = tamed(joints, size);
        let at = |joint| joints[joint].truncate();
        let spine = at(Joint::Chest).distance(at(Joint::Pelvis)).max(2.0);
        let shoulders = at(Joint::Shoulder(Side::Left)).distance(at(Joint::Shoulder(Side::Right)));
        // Depth is the least certain coordinate: it may lengthen a foreshortened bone, but not beyond a body's proportions.
        let first_bone = |limb: Limb, least: f32| {
            let [a, b, ..] = joints.chain(limb);
            let in_picture = a.truncate().distance(b.truncate());
            in_picture.max(a.distance(b).min(1.6 * least * spine)).max(least * spine)
        };
        Self {
            shoulder_width: shoulders.max(0.5 * spine),
            hip_width: at(Joint::Hip(Side::Left)).distance(at(Joint::Hip(Side::Right))),
            spine,
            radius: PerLimb(Limb::ALL.map(|limb| {
                if limb.is_arm() { 0.19 * first_bone(limb, 0.6) } else { 0.22 * first_bone(limb, 0.7) }
            })),
            present: PerLimb(Limb::ALL.map(|limb| match limb {
                Limb::Arm(side) => size.contains(at(Joint::Elbow(side))),
                Limb::Leg(_) => Side::BOTH.iter().all(|&side| size.contains(at(Joint::Knee(side)))),
            })),
            joints,
        }
    }

    /// Moves the end of an arm to where the hand's own landmarks see it: they are surer than the body's.
    pub(crate) fn place_hand(&mut self, side: Side, wrist: Vec2, knuckles: Vec2) {
        for (joint, place) in [(Joint::Wrist(side), wrist), (Joint::Hand(side), knuckles)] {
            self.joints[joint] = place.extend(self.joints[joint].z);
        }
    }

    /// A joint in the picture.
    pub(crate) fn at(&self, joint: Joint) -> Vec2 {
        self.joints[joint].truncate()
    }

    /// How deep a joint lies, smaller is nearer.
    pub(crate) fn depth(&self, joint: Joint) -> f32 {
        self.joints[joint].z
    }

    /// The joints of a limb in the picture, from the trunk outwards.
    pub(crate) fn chain(&self, limb: Limb) -> [Vec2; 4] {
        limb.chain().map(|joint| self.at(joint))
    }

    /// Where a limb meets the trunk.
    pub(crate) fn root(&self, limb: Limb) -> LimbRoot {
        LimbRoot::of(&self.joints, limb)
    }

    /// Half way between two joints by `share` of the way.
    pub(crate) fn between(&self, from: Joint, to: Joint, share: f32) -> Vec2 {
        self.at(from).lerp(self.at(to), share)
    }

    /// A place along a leg: 0 the hip, 1 the knee, 2 the ankle.
    pub(crate) fn along_leg(&self, side: Side, place: f32) -> Vec2 {
        let [hip, knee, ankle, _] = self.chain(Limb::Leg(side));
        if place <= 1.0 { hip.lerp(knee, place) } else { knee.lerp(ankle, place - 1.0) }
    }

    /// Unit vector from the subject's right shoulder to the left, in the picture.
    pub(crate) fn leftwards(&self) -> Vec2 {
        (self.at(Joint::Shoulder(Side::Left)) - self.at(Joint::Shoulder(Side::Right))).normalize_or(Vec2::X)
    }

    /// Unit vector down the spine, in the picture.
    pub(crate) fn downwards(&self) -> Vec2 {
        (self.at(Joint::Pelvis) - self.at(Joint::Chest)).normalize_or(Vec2::Y)
    }

    /// The outline of the trunk: shoulders and hips, a little outside the joints.
    pub(crate) fn torso(&self) -> [Vec2; 4] {
        let across = self.leftwards();
        let below = self.downwards() * 0.2 * self.hip_width;
        let at_shoulder = across * 0.06 * self.shoulder_width;
        let at_hip = across * (0.35 * self.hip_width).max(0.12 * self.shoulder_width);
        [
            self.at(Joint::Shoulder(Side::Left)) + at_shoulder,
            self.at(Joint::Hip(Side::Left)) + at_hip + below,
            self.at(Joint::Hip(Side::Right)) - at_hip + below,
            self.at(Joint::Shoulder(Side::Right)) - at_shoulder,
        ]
    }
}

/// A limb's first joint, and how far a place is from it where limb and trunk are to go over into each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LimbRoot {
    joint: Vec2,
    /// An arm's: towards its armpit, a unit vector where the arm hangs or is spread, shorter where it is raised. Zero for a leg.
    armpit: Vec2,
    /// Unit vectors along its first bone, and across it away from the trunk.
    bone: Vec2,
    outwards: Vec2,
}

impl LimbRoot {
    /// That of a limb of a body with these joints.
    pub(crate) fn of(joints: &Joints, limb: Limb) -> Self {
        let [joint, next, ..] = joints.chain(limb).map(Vec3::truncate);
        let [chest, pelvis] = [Joint::Chest, Joint::Pelvis].map(|joint| joints[joint].truncate());
        let spine = (pelvis - chest).normalize_or(Vec2::Y);
        let bone = (next - joint).normalize_or(Vec2::ZERO);
        let away = (joint - chest).normalize_or(Vec2::ZERO) - spine;
        let armpit = if limb.is_arm() { (spine + bone).clamp_length_max(1.0) } else { Vec2::ZERO };
        Self { joint, armpit, bone, outwards: bone.perp() * bone.perp().dot(away).signum() }
    }

    /// Distance in pixels from the joint. Above an arm and outside of it it counts little: there the trunk's outline goes on as the arm's,
    /// however wide the sleeve, while one that hangs may touch the trunk all along on its inside.
    pub(crate) fn distance(&self, point: Vec2, radius: f32) -> f32 {
        point.distance(self.joint) * (1.0 - self.spared(point, radius))
    }

    /// How much wider than `radius` limb and trunk blend at a point, at least 1: as the outline turns about the joint, by what it is
    /// away from there.
    pub(crate) fn widening(&self, point: Vec2, radius: f32) -> f32 {
        1.0 + (point.distance(self.joint) / radius - 1.0).max(0.0) * self.spared(point, radius)
    }

    /// The share of a point's distance from the joint that does not count.
    fn spared(&self, point: Vec2, radius: f32) -> f32 {
        /// The most of it.
        const SPARED: f32 = 0.7;
        /// Cosine of the angle to the armpit from which on all of it counts on the inside.
        const BELOW: f32 = 0.7;
        let from_joint = point - self.joint;
        let below = smoothstep(from_joint.normalize_or(Vec2::ZERO).dot(self.armpit) / BELOW);
        let outside = smoothstep(from_joint.dot(self.outwards) / radius);
        // Further along the bone the trunk may go on behind it.
        let along = from_joint.dot(self.bone) / radius;
        SPARED * self.armpit.length() * (1.0 - below * (1.0 - outside * smoothstep(3.2 - along)))
    }
}

/// Distance from a point to a line of straight pieces.
pub(crate) fn distance_to_polyline(point: Vec2, line: &[Vec2]) -> f32 {
    match line {
        [only] => point.distance(*only),
        _ => line.windows(2).map(|w| distance_to_segment(point, w[0], w[1])).fold(f32::INFINITY, f32::min),
    }
}

/// Distance from a point to the straight line between two others.
pub(crate) fn distance_to_segment(point: Vec2, from: Vec2, to: Vec2) -> f32 {
    let along = to - from;
    let share = ((point - from).dot(along) / along.length_squared().max(1e-9)).clamp(0.0, 1.0);
    point.distance(from + along * share)
}

/// The joints with whatever is no number put in the middle of the picture and none further away than a few pictures.
fn tamed(joints: &Joints, size: Size) -> Joints {
    let extent = Vec2::new(size.width as f32, size.height as f32);
    joints.map(|_, joint| {
        let xy = joint.truncate();
        let xy = if xy.is_finite() { xy.clamp(-3.0 * extent, 4.0 * extent) } else { 0.5 * extent };
        let z = if joint.z.is_finite() { joint.z.clamp(-4.0 * extent.y, 4.0 * extent.y) } else { 0.0 };
        xy.extend(z)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wild() -> impl Strategy<Value = f32> {
        prop_oneof![4 => -200.0f32..400.0, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY), 1 => Just(0.0)]
    }

    proptest! {
        #[test]
        fn any_joints_give_finite_measures(points in prop::collection::vec((wild(), wild(), wild()), 19)) {
            let mut next = points.iter();
            let joints = Joints::from_fn(|_| next.next().map_or(Vec3::ZERO, |&(x, y, z)| Vec3::new(x, y, z)));
            let anatomy = Anatomy::new(&joints, Size::new(100, 150));
            prop_assert!(anatomy.torso().iter().all(|p| p.is_finite()));
            prop_assert!(anatomy.radius.0.iter().all(|r| r.is_finite() && *r > 0.0));
            prop_assert!(anatomy.shoulder_width.is_finite() && anatomy.hip_width.is_finite());
        }
    }

    /// The root of an arm that hangs down, of a body whose spine is 100 pixels long; its shoulder is at (140, 50).
    fn hanging_arm() -> LimbRoot {
        let joints = Joints::from_fn(|joint| match joint {
            Joint::Chest => Vec3::new(100.0, 50.0, 0.0),
            Joint::Pelvis => Vec3::new(100.0, 150.0, 0.0),
            Joint::Shoulder(_) => Vec3::new(140.0, 50.0, 0.0),
            _ => Vec3::new(145.0, 100.0, 0.0),
        });
        LimbRoot::of(&joints, Limb::Arm(Side::Left))
    }

    #[test]
    fn away_from_the_armpit_a_place_is_nearer_to_the_shoulder_than_it_is() {
        let (root, radius) = (hanging_arm(), 10.0);
        let [armpit, outside, above] = [(138.0, 74.0), (163.0, 55.0), (138.0, 26.0)]
            .map(|(x, y)| root.distance(Vec2::new(x, y), radius));
        assert!((armpit - 24.1).abs() < 0.2, "{armpit}");
        assert!(outside < 10.0 && above < 10.0, "{outside} {above}");
    }

    #[test]
    fn far_down_an_arm_its_outside_is_as_far_from_the_shoulder_as_it_is() {
        let root = hanging_arm();
        let place = Vec2::new(155.0, 85.0);
        assert!((root.distance(place, 10.0) - place.distance(Vec2::new(140.0, 50.0))).abs() < 1.0);
    }

    #[test]
    fn a_leg_is_as_far_as_it_is_and_blends_as_wide_as_it_does() {
        let joints = Joints::from_fn(|_| Vec3::ZERO);
        let root = LimbRoot::of(&joints, Limb::Leg(Side::Left));
        for place in [Vec2::new(20.0, 0.0), Vec2::new(0.0, -20.0), Vec2::new(-3.0, 20.0)] {
            assert_eq!((root.distance(place, 5.0), root.widening(place, 5.0)), (place.length(), 1.0));
        }
    }

    #[test]
    fn distance_to_a_line_is_to_its_nearest_piece() {
        let line = [Vec2::ZERO, Vec2::new(10.0, 0.0), Vec2::new(10.0, 10.0)];
        assert_eq!(distance_to_polyline(Vec2::new(13.0, 6.0), &line), 3.0);
        assert_eq!(distance_to_polyline(Vec2::new(-3.0, 4.0), &line), 5.0);
    }
}

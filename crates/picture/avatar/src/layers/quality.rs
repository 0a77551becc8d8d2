use glam::Vec2;

use super::study::{Study, skin};
use crate::parts::distance_to_segment;
use crate::{Joint, Limb, PerLimb, Side};

/// How an arm's texture is to be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ArmTexture {
    /// As it lies in the still.
    #[default]
    AsSeen,
    /// Laid out straight, what is not seen filled.
    Straightened,
    /// The other arm's.
    Mirrored,
}

/// Chooses for each arm that is in the picture.
pub(super) fn arm_textures(study: &Study<'_>) -> PerLimb<ArmTexture> {
    let views: PerLimb<Option<View>> = super::study::per_limb(study, |limb| match limb {
        Limb::Arm(side) => Some(View::new(study, side)),
        Limb::Leg(_) => None,
    });
    super::study::per_limb(study, |limb| match (views[limb], limb) {
        (Some(view), Limb::Arm(side)) => {
            let other = views[Limb::Arm(side.other())];
            if view.quality < 0.5 && other.is_some_and(|other| other.is_better_than(view)) {
                ArmTexture::Mirrored
            } else if view.is_folded || view.wants_hand {
                ArmTexture::Straightened
            } else {
                ArmTexture::AsSeen
            }
        }
        _ => ArmTexture::AsSeen,
    })
}

/// How an arm is seen.
#[derive(Clone, Copy, Debug)]
struct View {
    /// 0 not at all … 1 whole, in profile and clear of the trunk.
    quality: f32,
    /// Whether the forearm lies over the upper arm or points at the viewer, so that it cannot be turned about the elbow.
    is_folded: bool,
    /// Whether its hand is hidden, by a pocket or the back, and one can be drawn: the sleeve about it is bunched.
    wants_hand: bool,
}

impl View {
    fn new(study: &Study<'_>, side: Side) -> Self {
        let arm = Limb::Arm(side);
        let anatomy = &study.anatomy;
        let [shoulder, elbow, wrist, _] = anatomy.chain(arm);
        let (upper, fore) = (elbow - shoulder, wrist - elbow);
        let seen_length = |along: Vec2, from: Joint, to: Joint| {
            let deep = anatomy.depth(to) - anatomy.depth(from);
            along.length() / along.extend(deep).length().max(1e-3)
        };
        let upper_seen = seen_length(upper, Joint::Shoulder(side), Joint::Elbow(side));
        let fore_seen = seen_length(fore, Joint::Elbow(side), Joint::Wrist(side));
        let body = &study.still.person.body;
        let visibility =
            |point: usize| body[point + usize::from(side == Side::Right)].visibility.clamp(0.0, 1.0);
        let visible = visibility(frame::body::LEFT_ELBOW).min(visibility(frame::body::LEFT_WRIST));
        let hand_visible = study.parts.limbs[arm].as_ref().is_some_and(|region| region.hand_visible);
        let in_picture = if study.size().contains(wrist) { 1.0 } else { 0.5 };
        Self {
            quality: upper_seen.min(fore_seen)
                * (1.0 - 0.5 * share_before_trunk(study, [shoulder, elbow, wrist]))
                * (0.3 + 0.7 * visible)
                * in_picture,
            is_folded: upper.dot(fore) < -0.34 * upper.length() * fore.length()
                || fore_seen < 0.35
                || fore.length() < 1.2 * anatomy.radius[arm]
                || share_over_itself([shoulder, elbow, wrist], anatomy.radius[arm]) > 0.5,
            wants_hand: !hand_visible && skin(study).is_some(),
        }
    }

    fn is_better_than(self, other: Self) -> bool {
        !self.is_folded && self.quality > 0.5 && self.quality > other.quality + 0.2
    }
}

/// How much of an arm is before the trunk.
fn share_before_trunk(study: &Study<'_>, [shoulder, elbow, wrist]: [Vec2; 3]) -> f32 {
    let places = (0..12).map(|i| 0.35 + 0.65 * i as f32 / 11.0);
    let points: Vec<Vec2> = places.flat_map(|t| [shoulder.lerp(elbow, t), elbow.lerp(wrist, t)]).collect();
    let before = |p: &&Vec2| {
        let (x, y) = (p.x as isize, p.y as isize);
        study.torso.get_clamped(x, y)
    };
    points.iter().filter(before).count() as f32 / points.len() as f32
}

/// How much of the forearm lies over the upper arm.
fn share_over_itself([shoulder, elbow, wrist]: [Vec2; 3], radius: f32) -> f32 {
    let points = (0..10).map(|i| elbow.lerp(wrist, 0.35 + 0.65 * i as f32 / 9.0));
    points.filter(|&p| distance_to_segment(p, shoulder, elbow) < 1.1 * radius).count() as f32 / 10.0
}

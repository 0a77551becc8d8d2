use glam::Vec2;

use super::study::Study;
use crate::parts::distance_to_segment;
use crate::{Joint, Limb, Side};

/// The cosine of the turn from the upper arm to the forearm beyond which elbows turn inside out: 110°.
const LEAST_COSINE: f32 = -0.34;
/// A forearm of which less is seen, in the picture over in space, points at the viewer.
const LEAST_SEEN: f32 = 0.35;
/// The same of its length, in radii of the arm.
const LEAST_RADII: f32 = 1.2;
/// The share of a forearm over its upper arm from which on the two are one piece in the picture.
const MOST_OVER_ITSELF: f32 = 0.5;

/// Whether a forearm lies over its upper arm or points at the viewer, so that it cannot be turned about the elbow, however the sheet
/// is torn or drawn out.
pub(super) fn is_folded(study: &Study<'_>, side: Side) -> bool {
    let arm = Limb::Arm(side);
    let anatomy = &study.anatomy;
    let [shoulder, elbow, wrist, _] = anatomy.chain(arm);
    let (upper, fore) = (elbow - shoulder, wrist - elbow);
    let deep = anatomy.depth(Joint::Wrist(side)) - anatomy.depth(Joint::Elbow(side));
    let radius = anatomy.radius[arm];
    upper.dot(fore) < LEAST_COSINE * upper.length() * fore.length()
        || fore.length() < LEAST_SEEN * fore.extend(deep).length()
        || fore.length() < LEAST_RADII * radius
        || share_over_itself([shoulder, elbow, wrist], radius) > MOST_OVER_ITSELF
}

/// How much of the forearm lies over the upper arm.
fn share_over_itself([shoulder, elbow, wrist]: [Vec2; 3], radius: f32) -> f32 {
    let points = (0..10).map(|i| elbow.lerp(wrist, 0.35 + 0.65 * i as f32 / 9.0));
    points.filter(|&p| distance_to_segment(p, shoulder, elbow) < 1.1 * radius).count() as f32 / 10.0
}

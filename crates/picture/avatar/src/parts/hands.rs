use glam::Vec2;

use super::evidence::Evidence;
use crate::{Joint, Limb, Side};

/// Whether the hand of this arm can be seen: its landmarks were found at the wrist, or where it should be is skin, or
/// something of the subject's with only the background about it. Else it is in a pocket or behind the back.
pub(super) fn hand_visible(evidence: &Evidence, side: Side) -> bool {
    if evidence.hand(side).is_some() {
        return true;
    }
    let anatomy = &evidence.anatomy;
    let hand = anatomy.between(Joint::Wrist(side), Joint::Hand(side), 0.8);
    if !evidence.on_person(hand) {
        return false;
    }
    let looks_like_skin = || {
        let difference = evidence.median_colour(hand, Vec2::splat(2.0))? - evidence.skin()?;
        // Brightness counts half: hands hang in other light than faces do.
        Some((difference * glam::Vec3::new(0.5, 1.0, 1.0)).length() < 22.0)
    };
    looks_like_skin().unwrap_or(false) || stands_out(evidence, side, hand)
}

/// Whether a hand at this place would be clear of the trunk and the legs.
fn stands_out(evidence: &Evidence, side: Side, hand: Vec2) -> bool {
    let anatomy = &evidence.anatomy;
    let clearance = 0.5 * anatomy.radius[Limb::Arm(side)];
    let [a, b, c, d] = anatomy.torso();
    let trunk = [a, b, c, d, a];
    let inside_trunk = {
        // All corners turn the same way round, so a point inside is on the same side of every edge.
        let turns = trunk.windows(2).map(|edge| (edge[1] - edge[0]).perp_dot(hand - edge[0]) > 0.0);
        let inside: Vec<bool> = turns.collect();
        inside.iter().all(|&t| t) || inside.iter().all(|&t| !t)
    };
    let near_leg = Side::BOTH.into_iter().any(|leg| {
        let leg = Limb::Leg(leg);
        super::anatomy::distance_to_polyline(hand, &anatomy.chain(leg))
            < 1.3 * anatomy.radius[leg] + clearance
    });
    !inside_trunk && !near_leg && super::anatomy::distance_to_polyline(hand, &trunk) > clearance
}

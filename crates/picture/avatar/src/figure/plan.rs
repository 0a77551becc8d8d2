use glam::Vec2;

use super::limbs::Limbs;
use super::silhouette::{Silhouette, deepest};
use super::trunk::Trunk;
use crate::parts::distance_to_polyline;
use crate::{Limb, Side};

/// Middle of the ears to the crown, in the distance from the chest to the middle of the ears, of a head without a neck.
const CROWN: f32 = 0.75;
/// A neck is thinner than the head by this factor.
const NECK: f32 = 0.75;

/// Where the body's joints go on the grid. Pairs are left, right.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) head: Vec2,
    /// Half of the head's width.
    pub(super) head_radius: f32,
    /// Whether the head is set off from the trunk.
    pub(super) has_neck: bool,
    pub(super) shoulders: [Vec2; 2],
    pub(super) hips: [Vec2; 2],
    /// Where the body ends that stands on no legs.
    pub(super) foot: Vec2,
}

impl Plan {
    /// The joints of a trunk with these limbs; `None` if they would stand upside down.
    pub(super) fn new(silhouette: &Silhouette, trunk: &Trunk, limbs: &Limbs) -> Option<Self> {
        let height = silhouette.height();
        let roots = |limb: fn(Side) -> Limb| {
            let [left, right] =
                Side::BOTH.map(|side| limbs.branches[limb(side)].as_ref().map(|branch| branch.root()));
            let mirrored = |root: Vec2| Vec2::new(2.0 * trunk.axis - root.x, root.y);
            Some([left.or(right.map(mirrored))?, right.or(left.map(mirrored))?])
        };
        let arms = roots(Limb::Arm);
        let legs = roots(Limb::Leg);
        let shoulder_y = arms.map(|[left, right]| 0.5 * (left.y + right.y));
        let head = Head::of(silhouette, trunk, limbs, shoulder_y);
        let across = |y: f32, share: f32| {
            let half = Vec2::new(share * trunk.half_width_at(y), 0.0);
            let middle = Vec2::new(trunk.axis, y);
            [middle + half, middle - half]
        };
        let shoulders = arms.unwrap_or_else(|| {
            let from = head.neck_y.unwrap_or(head.top);
            let share = if head.neck_y.is_some() { 0.12 } else { 0.35 };
            across(from + share * (trunk.end - from), 0.7)
        });
        let chest = 0.5 * (shoulders[0] + shoulders[1]);
        let hips = legs.unwrap_or_else(|| across(chest.y + 0.5 * (trunk.bottom - chest.y), 0.5));
        let pelvis = 0.5 * (hips[0] + hips[1]);
        if pelvis.y - chest.y < 0.04 * height || chest.y - head.top < 0.02 * height {
            return None;
        }
        let (centre, radius) = match head.neck_y {
            Some(_) => (head.centre, head.radius),
            None => {
                let y = chest.y - (chest.y - head.top) / (1.0 + CROWN);
                (Vec2::new(head.top_x, y), 0.8 * trunk.half_width_at(y))
            }
        };
        Some(Self {
            head: centre,
            head_radius: radius,
            has_neck: head.neck_y.is_some(),
            shoulders,
            hips,
            foot: Vec2::new(trunk.axis, trunk.bottom),
        })
    }
}

/// What is above the shoulders.
struct Head {
    centre: Vec2,
    radius: f32,
    /// First row of it, without what sticks out.
    top: f32,
    /// Column of the middle of its upper part.
    top_x: f32,
    /// Row of the neck, if it has one.
    neck_y: Option<f32>,
}

impl Head {
    fn of(silhouette: &Silhouette, trunk: &Trunk, limbs: &Limbs, shoulder_y: Option<f32>) -> Self {
        let [top, _] = silhouette.rows();
        let height = silhouette.height();
        let below = shoulder_y.unwrap_or(top + 0.5 * height);
        let on_arm = |p: Vec2| {
            Side::BOTH.into_iter().any(|side| {
                limbs.branches[Limb::Arm(side)]
                    .as_ref()
                    .is_some_and(|arm| distance_to_polyline(p, &arm.line) < 0.8 * arm.width)
            })
        };
        // The disc about the head's middle ends above the shoulders.
        let is_above = |p: Vec2, radius: f32| p.y + 0.8 * radius < below && !on_arm(p);
        let fallback = Vec2::new(trunk.axis, trunk.top + 1.0);
        let (centre, radius) = deepest(&silhouette.depth, is_above).unwrap_or((fallback, 1.0));
        let waist = Vec2::new(trunk.axis, below);
        let narrowest = narrowest_between(silhouette, centre, waist);
        let widest_below = (0..=10)
            .map(|i| silhouette.depth_at(waist + Vec2::new(0.0, 0.03 * i as f32 * height)))
            .fold(0.0, f32::max);
        let neck_y = narrowest.filter(|(_, depth)| *depth < NECK * radius && *depth < widest_below);
        let massive = silhouette.opened_about(centre, 0.5 * radius);
        let mut rows = (0..massive.height()).filter(|&y| massive.row(y).contains(&true));
        let top = rows.next().map_or(trunk.top, |y| y as f32);
        let middle_row = (0.5 * (top + centre.y)) as usize;
        let columns: Vec<f32> = massive
            .row(middle_row.min(massive.height() - 1))
            .iter()
            .enumerate()
            .filter(|(_, set)| **set)
            .map(|(x, _)| x as f32 + 0.5)
            .collect();
        let top_x = match columns.is_empty() {
            true => centre.x,
            false => columns.iter().sum::<f32>() / columns.len() as f32,
        };
        Self { centre, radius, top, top_x, neck_y: neck_y.map(|(y, _)| y) }
    }
}

/// The row and the half width of the narrowest place on the way from the head to the waist; `None` if there is no way.
fn narrowest_between(silhouette: &Silhouette, head: Vec2, waist: Vec2) -> Option<(f32, f32)> {
    let steps = (head.distance(waist) as usize).max(1);
    (0..=steps)
        .map(|i| head.lerp(waist, i as f32 / steps as f32))
        .map(|p| {
            let widest = (-6..=6).map(|dx| silhouette.depth_at(p + Vec2::new(dx as f32, 0.0)));
            (p.y, widest.fold(f32::NEG_INFINITY, f32::max))
        })
        .min_by(|a, b| a.1.total_cmp(&b.1))
}

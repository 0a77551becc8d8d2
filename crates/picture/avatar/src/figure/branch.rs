use frame::Plane;
use glam::Vec2;

use super::silhouette::Silhouette;
use crate::filter::Mask;
use crate::parts::{centre, geodesic_distance};

/// Branches that are looked for.
const MOST: usize = 10;
/// A branch is at least this long, in heights of the subject.
const LEAST_LENGTH: f32 = 0.045;
/// And in its own widths: a corner is no branch.
const LEAST_SLENDERNESS: f32 = 0.8;

/// Something long that sticks out of the trunk: a limb, a head, an ear, a straw.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    /// The middle of the branch from where it leaves the trunk (first) to its tip (last), about a cell apart.
    pub(super) line: Vec<Vec2>,
    /// Its mean width.
    pub(super) width: f32,
}

impl Branch {
    pub(super) fn root(&self) -> Vec2 {
        self.line[0]
    }

    pub(super) fn tip(&self) -> Vec2 {
        self.line[self.line.len() - 1]
    }

    pub(super) fn length(&self) -> f32 {
        self.line.windows(2).map(|pair| pair[0].distance(pair[1])).sum()
    }

    /// The place at `share` of the way from the root, 0 … 1.
    pub(super) fn at(&self, share: f32) -> Vec2 {
        let place = share.clamp(0.0, 1.0) * (self.line.len() - 1) as f32;
        let before = place as usize;
        let after = (before + 1).min(self.line.len() - 1);
        self.line[before].lerp(self.line[after], place - before as f32)
    }
}

/// What sticks out of `trunk`, the longest first: geodesic extremities, each the place farthest along the inside of the
/// outline from the trunk and from all branches before it (Plagemann et al., "Real-time identification and localization of
/// body parts from depth images", 2010).
pub(super) fn branches(silhouette: &Silhouette, trunk: &Mask) -> Vec<Branch> {
    let cost = silhouette.mask.map(|&inside| if inside { 1.0 } else { f32::INFINITY });
    let mut tree = trunk.clone();
    let mut found = Vec::new();
    for _ in 0..MOST {
        let distance = geodesic_distance(&cost, &tree);
        let reached = distance.map(|&d| if d.is_finite() { d } else { 0.0 });
        let Some((tip, reach)) = super::silhouette::deepest(&reached, |_, _| true) else { break };
        if reach < LEAST_LENGTH * silhouette.height() {
            break;
        }
        for (x, y) in descent(&distance, tip) {
            tree.set(x, y, true);
        }
        found.extend(grow(&cost, tip, reach));
    }
    found
}

/// The pixels from `start` down to where the distance is nought.
fn descent(distance: &Plane<f32>, start: Vec2) -> Vec<(usize, usize)> {
    let (mut x, mut y) = (start.x as usize, start.y as usize);
    let mut path = vec![(x, y)];
    while distance.get(x, y) > 0.0 {
        let neighbours = (0..9)
            .map(|i| (x + i % 3, y + i / 3))
            .filter(|&(u, v)| (1..=distance.width()).contains(&u) && (1..=distance.height()).contains(&v));
        let next = neighbours
            .map(|(u, v)| (u - 1, v - 1))
            .min_by(|&(a, b), &(c, d)| distance.get(a, b).total_cmp(&distance.get(c, d)));
        match next {
            Some(next) if next != (x, y) => (x, y) = next,
            _ => break,
        }
        path.push((x, y));
    }
    path
}

/// The branch that ends in `tip`, about `reach` long; `None` if it is a mere bump or corner. Fronts that run from the tip along
/// the inside of the outline are as wide as the branch; where they come out into the trunk they widen at once, and there the
/// branch has its root.
fn grow(cost: &Plane<f32>, tip: Vec2, reach: f32) -> Option<Branch> {
    let seed = Plane::from_fn(cost.size(), |x, y| (x, y) == (tip.x as u32, tip.y as u32));
    let distance = geodesic_distance(cost, &seed);
    let count = (1.6 * reach) as usize + 24;
    let mut fronts = vec![(Vec2::ZERO, 0.0f32); count];
    for y in 0..distance.height() {
        for (x, &d) in distance.row(y).iter().enumerate().filter(|(_, d)| **d < count as f32) {
            let front = &mut fronts[d as usize];
            *front = (front.0 + centre(x, y), front.1 + 1.0);
        }
    }
    let fronts: Vec<(Vec2, f32)> =
        fronts.into_iter().take_while(|front| front.1 > 0.0).map(|(sum, n)| (sum / n, n)).collect();
    let root = root_of(&fronts, reach);
    let width = mean_width(&fronts[..=root]);
    let mut line: Vec<Vec2> = fronts[..=root].iter().rev().map(|front| front.0).collect();
    line.push(tip);
    let branch = Branch { line, width };
    let length = branch.length();
    let is_slender = length >= LEAST_SLENDERNESS * width && !is_corner(&fronts[..=root], length);
    is_slender.then_some(branch)
}

fn mean_width(fronts: &[(Vec2, f32)]) -> f32 {
    fronts.iter().map(|front| front.1).sum::<f32>() / fronts.len().max(1) as f32
}

/// The index of the front behind which the branch comes out into the trunk: the first, not far from the trunk, whose
/// followers are much wider than what is before it, and stay so for longer than a bent elbow makes them.
fn root_of(fronts: &[(Vec2, f32)], reach: f32) -> usize {
    const WIDER: f32 = 1.6;
    const STAYS: f32 = 1.3;
    let last = fronts.len() - 1;
    let outer = ((0.4 * reach) as usize).clamp(2, last.max(2));
    // A sleeve that widens far away from the trunk is still the arm's.
    let near_trunk = reach - 4.0 * mean_width(&fronts[..outer.min(last)]);
    let from = outer.max(near_trunk as usize);
    let opens = |&s: &usize| {
        let width = mean_width(&fronts[s / 2..=s]);
        let followers = &fronts[s + 1..(s + 4 + 2 * width as usize).min(last)];
        mean_width(&followers[..3.min(followers.len())]) > WIDER * width
            && followers.iter().all(|front| front.1 > STAYS * width)
    };
    (from..last.saturating_sub(3)).find(opens).unwrap_or((reach as usize).min(last))
}

/// Whether a branch is but a corner of the trunk: its fronts widen evenly from the tip on, and soon.
fn is_corner(fronts: &[(Vec2, f32)], length: f32) -> bool {
    const WIDENING: f32 = 1.8;
    const LEAST_SPIKE: f32 = 1.3;
    let third = fronts.len() / 3;
    let (outer, inner) = (mean_width(&fronts[third / 2..=third]), mean_width(&fronts[2 * third..]));
    inner > WIDENING * outer && length < LEAST_SPIKE * inner
}

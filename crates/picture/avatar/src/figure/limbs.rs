use glam::Vec2;

use super::branch::Branch;
use super::trunk::Trunk;
use crate::{PerLimb, Side, smoothstep};

/// A branch this long, in heights of the subject, is as good as any longer one.
const LONG: f32 = 0.22;
/// Branches whose roots are nearer together than this, in their widths, are a fork, as the fluke of a tail is.
const FORK: f32 = 0.5;
/// What a limb counts whose like on the other side is missing.
const ALONE: f32 = 0.35;

/// Which branches are the arms and which the legs.
#[derive(Clone, Debug, Default)]
pub(super) struct Limbs {
    pub(super) branches: PerLimb<Option<Branch>>,
    /// How well they make a body: 0 no limbs at all, 2 two arms and two legs beyond doubt.
    pub(super) score: f32,
}

/// A branch with what it would be worth as an arm and as a leg of its side, 0 … 1.
struct Candidate<'a> {
    branch: &'a Branch,
    arm: f32,
    leg: f32,
}

impl Limbs {
    /// The pairs of branches that make the best arms and legs of a figure that stands upright and faces us: alike in length,
    /// with roots on both sides at one height, legs at the bottom and arms above them. What is left over (ears, tails, a
    /// straw) is the trunk's.
    pub(super) fn choose(branches: &[Branch], trunk: &Trunk, height: f32) -> Self {
        let candidates: Vec<Candidate<'_>> =
            branches.iter().map(|branch| Candidate::of(branch, trunk, height)).collect();
        let legs = best_pair(&candidates, trunk, height, |candidate| candidate.leg);
        let highest_leg = legs.1.iter().flatten().map(|leg| leg.root().y).fold(f32::INFINITY, f32::min);
        let arms = best_pair(&candidates, trunk, height, |candidate| {
            let is_leg = legs.1.iter().flatten().any(|leg| std::ptr::eq(*leg, candidate.branch));
            let above = smoothstep((highest_leg - candidate.branch.root().y) / (0.08 * height));
            if is_leg { 0.0 } else { candidate.arm * above }
        });
        let branches = [arms.1[0], arms.1[1], legs.1[0], legs.1[1]].map(|branch| branch.cloned());
        Self { branches: PerLimb(branches), score: arms.0 + legs.0 }
    }
}

impl<'a> Candidate<'a> {
    fn of(branch: &'a Branch, trunk: &Trunk, height: f32) -> Self {
        let (root, tip) = (branch.root(), branch.tip());
        let along = (tip - root).normalize_or(Vec2::Y);
        let prominence = (branch.length() / (LONG * height)).min(1.0);
        let down = trunk.down_share(root.y);
        let aside = (root.x - trunk.axis).abs() / trunk.half_width_at(root.y).max(1.0);
        let outwards = (tip.x - trunk.axis).abs() / height;
        let is_ear = smoothstep((0.3 - down) / 0.2)
            * smoothstep((-along.y - 0.5) / 0.3)
            * if trunk.has_head_above(root.y, height) { 0.0 } else { 1.0 };
        Self {
            branch,
            arm: prominence
                * smoothstep((aside - 0.2) / 0.4)
                * smoothstep((outwards - 0.04) / 0.06)
                * smoothstep((0.98 - down) / 0.2)
                * (1.0 - 0.8 * is_ear),
            leg: prominence
                * smoothstep((along.y - 0.2) / 0.3)
                * smoothstep((down - 0.5) / 0.25)
                * smoothstep((0.3 - (trunk.bottom - tip.y) / height) / 0.2),
        }
    }

    /// The side whose limb it would be: a figure that faces us has its left at the picture's right.
    fn side(&self, trunk: &Trunk) -> Side {
        if self.branch.root().x > trunk.axis { Side::Left } else { Side::Right }
    }
}

/// The best left and right branch by `worth`, and how good a pair they are, 0 … 1. One alone may be the best.
fn best_pair<'a>(
    candidates: &[Candidate<'a>],
    trunk: &Trunk,
    height: f32,
    worth: impl Fn(&Candidate<'a>) -> f32,
) -> (f32, [Option<&'a Branch>; 2]) {
    const LEAST: f32 = 0.05;
    let mut best = (LEAST, [None, None]);
    for (i, first) in candidates.iter().enumerate() {
        let own = worth(first);
        let aside = (first.branch.root().x - trunk.axis).abs();
        if ALONE * own > best.0 && 2.0 * aside > FORK * first.branch.width {
            let alone = match first.side(trunk) {
                Side::Left => [Some(first.branch), None],
                Side::Right => [None, Some(first.branch)],
            };
            best = (ALONE * own, alone);
        }
        for second in &candidates[i + 1..] {
            let (left, right) = match first.branch.root().x > second.branch.root().x {
                true => (first.branch, second.branch),
                false => (second.branch, first.branch),
            };
            let score = own.min(worth(second)) * symmetry(left, right, trunk, height);
            if score > best.0 {
                best = (score, [Some(left), Some(right)]);
            }
        }
    }
    if best.0 > LEAST { best } else { (0.0, [None, None]) }
}

/// How much like mirror images two branches are, 0 … 1, as far as poses leave them so.
fn symmetry(left: &Branch, right: &Branch, trunk: &Trunk, height: f32) -> f32 {
    if left.root().x - right.root().x < FORK * 0.5 * (left.width + right.width) {
        return 0.0;
    }
    let gaussian = |x: f32, sigma: f32| (-(x / sigma).powi(2) / 2.0).exp();
    let lengths = gaussian((left.length() / right.length().max(1.0)).ln(), 0.5);
    let heights = gaussian((left.root().y - right.root().y) / height, 0.12);
    let [left_aside, right_aside] = [left, right].map(|branch| branch.root().x - trunk.axis);
    let about_axis = gaussian((left_aside + right_aside) / height, 0.15);
    lengths * heights * about_axis
}

//! What is drawn behind the sheet of a limb whose elbow or knee is bent.

use frame::Plane;
use glam::{Vec2, Vec3};

use super::weights::Bends;
use super::{RigSource, region_of};
use crate::filter::reach;
use crate::layers::{Rest, Sheet, SheetKind};

/// Which of a limb's vertices line each of its first two bones, with which they move stiffly, and how much of them is seen.
///
/// The lining is drawn behind the sheet: in the inside of a sharp bend of elbow or knee the sheet folds over and would leave a hole
/// where the two bones' sleeves, stiff, lie over each other. Each goes on beyond the joint with a round end, which is the tip of an
/// elbow that is folded.
pub(super) fn lining(
    source: &RigSource<'_>,
    (sheet, alpha): (&Sheet, &Plane<f32>),
    bones: &[Vec3; 4],
    places: &[Vec2],
) -> [Vec<Option<f32>>; 2] {
    /// How far it reaches from the joint, in the limb's radii.
    const REACH: f32 = 2.5;
    /// How far a round end reaches, in half the limb's breadth: not out of the sheet's own outside, where that is whole.
    const END: f32 = 0.85;
    /// What a round end has for a rim, in pixels.
    const RIM: f32 = 1.5;
    let SheetKind::Limb(limb) = sheet.kind else { return Default::default() };
    let Some((shown, region)) = region_of(source, sheet, limb) else { return Default::default() };
    let bends = Bends::new(bones, region.radius_px);
    let (aside, radius) = match sheet.rest {
        Rest::Strip(_) => (0.0, region.radius_px),
        Rest::AsSeen | Rest::Mirrored { .. } => {
            breadth_about(alpha, &Bends::new(&source.joints.chain(shown), region.radius_px))
        }
    };
    // One that is bent at rest ends in a corner of its own, and no knee folds so far.
    let radius = if limb.is_arm() { END * radius * (1.0 - bends.is_bent()) } else { 0.0 };
    let middle = bends.chain[1] + bends.across() * aside * if shown == limb { 1.0 } else { -1.0 };
    [0.0, 1.0].map(|bone| {
        let seen = |&place: &Vec2| {
            let away = place.distance(middle);
            let own = if bone == 0.0 { -bends.past(place) } else { bends.past(place) };
            (away < REACH * region.radius_px).then(|| own.max(radius - away) / RIM + 0.5)
        };
        places.iter().map(seen).collect()
    })
}

/// How far beside its inner joint the middle of what is seen of a limb lies, along [`Bends::across`], and half how broad that is.
fn breadth_about(alpha: &Plane<f32>, bends: &Bends) -> (f32, f32) {
    /// In radii of the limb, which a joint is never farther beside.
    const MOST: f32 = 1.4;
    let (joint, across) = (bends.chain[1], bends.across());
    let [from, to] =
        [-1.0, 1.0].map(|side: f32| side * reach(alpha, joint, across * side, 0.5, MOST * bends.radius));
    (0.5 * (from + to), (0.5 * (to - from)).max(0.5 * bends.radius))
}

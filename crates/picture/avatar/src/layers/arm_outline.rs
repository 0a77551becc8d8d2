use frame::Plane;
use glam::Vec2;

use super::profile::{Width, completed, width_at};
use super::study::{Study, soft_edge};
use crate::Limb;
use crate::filter::Mask;
use crate::parts::centre;

/// One side of a bone, with the arm's outline along it.
struct Flank {
    from: Vec2,
    /// Unit vectors along the bone and away from it.
    along: Vec2,
    outwards: Vec2,
    /// How wide the arm is at each pixel along the bone.
    widths: Vec<f32>,
    /// Whether its outline is hidden there.
    hidden: Vec<bool>,
}

/// The alpha of an arm, 0 … 1, where its outline is not seen because `hair` lies before or right beside it: its width goes on there
/// from where it is seen on the same side, or is that of the other side. Negative where the outline is seen.
pub(super) fn outline_under_hair(study: &Study<'_>, limb: Limb, own: &Mask, hair: &Mask) -> Plane<f32> {
    let flanks = flanks(study, limb, own, hair);
    Plane::from_fn(study.size(), |x, y| {
        let place = centre(x as usize, y as usize);
        let mut alpha = -1.0f32;
        for flank in &flanks {
            let from_start = place - flank.from;
            let (along, across) = (from_start.dot(flank.along), from_start.dot(flank.outwards));
            let is_beside = across >= 0.0 && across < 3.0 * study.anatomy.radius[limb];
            if is_beside && flank.hidden.get(along as usize).is_some_and(|&hidden| hidden && along >= 0.0) {
                alpha = alpha.max(soft_edge(width_at(&flank.widths, along - 0.5) - across));
            }
        }
        alpha
    })
}

fn flanks(study: &Study<'_>, limb: Limb, own: &Mask, hair: &Mask) -> Vec<Flank> {
    let [shoulder, elbow, wrist, _] = study.anatomy.chain(limb);
    let radius = study.anatomy.radius[limb];
    let mut flanks = Vec::new();
    for (from, to) in [(shoulder, elbow), (elbow, wrist)] {
        let Some(along) = (to - from).try_normalize() else { continue };
        let steps = from.distance(to) as usize;
        let widths = [along.perp(), -along.perp()].map(|outwards| -> Vec<Option<Width>> {
            let start = |i: usize| from + along * (i as f32 + 0.5);
            (0..steps).map(|i| seen_width(own, hair, start(i), outwards, 1.6 * radius)).collect()
        });
        for (side, outwards) in [along.perp(), -along.perp()].into_iter().enumerate() {
            let hidden = widths[side].iter().map(|width| matches!(width, Some(Width::Hidden(_)))).collect();
            let known = |side: usize| {
                let widths = widths[side].iter().map(|width| width.unwrap_or(Width::Hidden(0.0)));
                completed(&widths.collect::<Vec<_>>())
            };
            let mut widths =
                known(side).or_else(|| known(1 - side)).unwrap_or_else(|| vec![0.8 * radius; steps]);
            if from == shoulder {
                round_off(&mut widths);
            }
            flanks.push(Flank { from, along, outwards, widths, hidden });
        }
    }
    flanks
}

/// Lets an arm begin round, as the shoulder is.
fn round_off(widths: &mut [f32]) {
    for (along, width) in widths.iter_mut().enumerate() {
        let before = (*width - along as f32 - 0.5).max(0.0);
        *width = (*width * *width - before * before).max(0.0).sqrt();
    }
}

/// How far from a point of the bone the arm ends in a direction; hidden if hair is in the way or right beside. `None` where the point
/// itself is neither the arm's nor hair's.
fn seen_width(own: &Mask, hair: &Mask, from: Vec2, outwards: Vec2, furthest: f32) -> Option<Width> {
    for i in 0..furthest as usize {
        let p = from + outwards * i as f32;
        let is_inside = own.size().contains(p) && own.get(p.x as usize, p.y as usize);
        if own.size().contains(p) && hair.get(p.x as usize, p.y as usize) {
            return Some(Width::Hidden(0.0));
        }
        if !is_inside {
            return (i > 0).then_some(Width::Seen(i as f32));
        }
    }
    Some(Width::Seen(furthest))
}

#[cfg(test)]
mod tests {
    use frame::Size;

    use super::*;

    #[test]
    fn an_outline_is_seen_unless_hair_comes_before_it() {
        let size = Size::new(60, 20);
        let own = Plane::from_fn(size, |x, _| x < 30);
        let hair = Plane::from_fn(size, |x, y| y < 10 && x >= 25);
        let width = |y: f32, reach: f32| seen_width(&own, &hair, Vec2::new(10.5, y), Vec2::X, reach);
        assert_eq!(width(5.5, 40.0), Some(Width::Hidden(0.0)));
        assert_eq!(width(15.5, 40.0), Some(Width::Seen(20.0)));
        // So wide a sleeve is not hair's doing.
        assert_eq!(width(15.5, 15.0), Some(Width::Seen(15.0)));
        // Where the bone lies beside the arm it tells nothing.
        assert_eq!(seen_width(&own, &hair, Vec2::new(40.5, 15.5), Vec2::X, 10.0), None);
    }

    #[test]
    fn an_arm_begins_round() {
        let mut widths = vec![10.0; 40];
        round_off(&mut widths);
        assert!(widths[0] < 4.0 && widths.is_sorted());
        assert_eq!(widths[10..], [10.0; 30]);
    }
}

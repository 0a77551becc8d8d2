use glam::{Vec2, Vec3, Vec3Swizzles};

use super::anatomy::distance_to_polyline;
use super::evidence::{Evidence, centre};
use crate::filter::sample_linear_or;
use crate::{Limb, Side};

/// Steps between the places where the legs are looked at, in units of a thigh or a shin.
const STEP: f32 = 0.04;
/// The first place looked at.
const FIRST: f32 = 0.1;
/// How many places on either side of a hem are compared.
const WINDOW: usize = 6;

/// The lower edge of what hides the legs.
#[derive(Clone, Copy, Debug)]
pub(super) struct HemLine {
    /// Place along the legs: 0 hips, 1 knees, 2 ankles.
    pub(super) along_legs: f32,
    /// Where it crosses the two legs, from left to right in the picture.
    crossings: [Vec2; 2],
}

impl HemLine {
    fn new(evidence: &Evidence, along_legs: f32) -> Self {
        let mut crossings = Side::BOTH.map(|side| evidence.anatomy.along_leg(side, along_legs));
        crossings.sort_by(|a, b| a.x.total_cmp(&b.x));
        Self { along_legs, crossings }
    }

    /// How far a point lies below the line, negative above; beyond the legs the line runs level.
    pub(super) fn below(&self, point: Vec2) -> f32 {
        let [left, right] = self.crossings;
        let width = right.x - left.x;
        let share = if width > 2.0 { ((point.x - left.x) / width).clamp(0.0, 1.0) } else { 0.5 };
        point.y - (left.y + (right.y - left.y) * share)
    }
}

/// Finds the hem of a skirt, a dress or a long coat. It is where the colour changes most along both legs at once, if the gap
/// between the legs is covered above it and below it opens or the outline narrows; or, without such a change, the end of
/// what is covered, if that gets wider than the hips.
pub(super) fn find_hem(evidence: &Evidence) -> Option<HemLine> {
    if !Side::BOTH.iter().all(|&side| evidence.anatomy.present[Limb::Leg(side)]) {
        return None;
    }
    let legs = Profile::new(evidence);
    let place = |i: usize| FIRST + STEP * i as f32;
    let count = legs.samples.len();
    let covered = legs.samples.iter().take_while(|s| s.gap > 0.5).count();
    let change = (2..count.saturating_sub(2))
        .filter(|&i| (0.3..1.7).contains(&place(i)) && legs.ends_a_skirt(i))
        .filter_map(|i| Some((i, legs.colour_change(i)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((i, _)) = change {
        return Some(HemLine::new(evidence, place(i)));
    }
    let hips = legs.samples.iter().take(5).map(|s| s.width).fold(0.0, f32::max);
    let covered_places = legs.samples.iter().take(covered).enumerate();
    let (widest, width) = covered_places.map(|(i, s)| (i, s.width)).max_by(|a, b| a.1.total_cmp(&b.1))?;
    // A gown goes on to the feet, or narrows to what of them is seen below it.
    let narrows = (widest..covered).find(|&i| legs.samples[i].width < 0.85 * width);
    let bottom = match narrows {
        Some(i) => place(i),
        None if covered == count => 2.0,
        None => place(covered).min(1.95),
    };
    (bottom > 0.7 && width > 1.12 * hips).then(|| HemLine::new(evidence, bottom))
}

/// What is seen along the legs, place by place, as far as both are in the picture.
struct Profile {
    samples: Vec<Sample>,
}

struct Sample {
    /// Mean colour on each leg; none where an arm hangs before it or it is off the subject.
    colours: [Option<Vec3>; 2],
    /// Least matte on the straight line between the two legs.
    gap: f32,
    /// Of the outline at this height, in pixels.
    width: f32,
}

impl Profile {
    fn new(evidence: &Evidence) -> Self {
        let places = (0..48).map(|i| FIRST + STEP * i as f32);
        let points = places.map(|place| Side::BOTH.map(|side| evidence.anatomy.along_leg(side, place)));
        let inside = points.take_while(|points| points.iter().all(|&p| evidence.pixel(p).is_some()));
        let samples = inside
            .map(|points| Sample {
                colours: [
                    mean_colour(evidence, points[0], Side::Left),
                    mean_colour(evidence, points[1], Side::Right),
                ],
                gap: least_matte(evidence, points),
                width: outline_width(evidence, points),
            })
            .collect();
        Self { samples }
    }

    /// How much clearer than the colours' own scatter the colour changes at sample `i`, on the leg where it changes less.
    fn colour_change(&self, i: usize) -> Option<f32> {
        /// What differs by less than this in a* and b*, in so much of the light, is one cloth and lies in its folds: the hips of trousers
        /// are often darker than their legs.
        const HUE: f32 = 5.0;
        const LIGHTS: std::ops::Range<f32> = 0.6..1.67;
        let (above, below) = (i.saturating_sub(WINDOW)..i, i + 1..(i + 1 + WINDOW).min(self.samples.len()));
        let on_leg = |leg: usize| {
            let (mean_above, scatter_above) = self.mean_and_scatter(leg, above.clone())?;
            let (mean_below, scatter_below) = self.mean_and_scatter(leg, below.clone())?;
            let step = mean_above.distance(mean_below);
            let is_shade = mean_above.yz().distance(mean_below.yz()) < HUE
                && LIGHTS.contains(&(mean_above.x / mean_below.x.max(1.0)));
            (step > 14.0 && !is_shade).then(|| step / (scatter_above + scatter_below + 36.0).sqrt())
        };
        let change = on_leg(0)?.min(on_leg(1)?);
        (change > 1.5).then_some(change)
    }

    fn mean_and_scatter(&self, leg: usize, range: std::ops::Range<usize>) -> Option<(Vec3, f32)> {
        let colours: Vec<Vec3> = self.samples[range].iter().filter_map(|s| s.colours[leg]).collect();
        let count = colours.len() as f32;
        let mean = colours.iter().sum::<Vec3>() / count;
        let scatter = colours.iter().map(|c| c.distance_squared(mean)).sum::<f32>() / count;
        (colours.len() >= 2).then_some((mean, scatter))
    }

    /// Whether the gap between the legs is covered above sample `i`, and below it opens or the outline becomes much
    /// narrower.
    fn ends_a_skirt(&self, i: usize) -> bool {
        if self.samples[i.saturating_sub(WINDOW)..i - 1].iter().any(|s| s.gap < 0.5) {
            return false;
        }
        let width = self.samples[i - 2..i].iter().map(|s| s.width).fold(0.0, f32::max);
        self.samples.iter().skip(i + 1).take(8).any(|s| s.gap < 0.5 || s.width < 0.85 * width)
    }
}

fn mean_colour(evidence: &Evidence, point: Vec2, side: Side) -> Option<Vec3> {
    let anatomy = &evidence.anatomy;
    let reach = (0.35 * anatomy.radius[Limb::Leg(side)]).max(1.5);
    let behind_arm = |p: Vec2| {
        Side::BOTH.map(Limb::Arm).into_iter().any(|arm| {
            let [_, elbow, wrist, hand] = anatomy.chain(arm);
            let end = wrist + (hand - wrist) * 1.8;
            anatomy.present[arm] && distance_to_polyline(p, &[elbow, wrist, end]) < 0.8 * anatomy.radius[arm]
        })
    };
    let low = (point - reach).max(Vec2::ZERO).as_uvec2();
    let (mut sum, mut count) = (Vec3::ZERO, 0);
    for y in low.y as usize..((point.y + reach) as usize + 1).min(evidence.lab.height()) {
        for x in low.x as usize..((point.x + reach) as usize + 1).min(evidence.lab.width()) {
            let p = centre(x, y);
            if evidence.person.get(x, y) && p.distance(point) <= reach && !behind_arm(p) {
                sum += evidence.colour(x, y);
                count += 1;
            }
        }
    }
    (count > 2).then(|| sum / count as f32)
}

fn least_matte(evidence: &Evidence, [a, b]: [Vec2; 2]) -> f32 {
    let on_the_way = (0..=20).map(|i| a.lerp(b, i as f32 / 20.0));
    on_the_way.map(|p| sample_linear_or(&evidence.matte, p, 0.0)).fold(1.0, f32::min)
}

/// From the outer edge of one leg to that of the other, at the height between the two.
fn outline_width(evidence: &Evidence, [a, b]: [Vec2; 2]) -> f32 {
    let Some((_, y)) = evidence.pixel(a.midpoint(b)) else { return 0.0 };
    let row = evidence.matte.row(y);
    let (low, high) = (a.x.min(b.x) as usize, a.x.max(b.x) as usize);
    let left = row[..=low].iter().rev().take_while(|&&m| m > 0.5).count();
    let right = row[high..].iter().take_while(|&&m| m > 0.5).count();
    (high - low) as f32 + (left + right) as f32
}

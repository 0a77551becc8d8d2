use frame::Plane;
use glam::Vec3;

use super::Part;
use super::anatomy::distance_to_polyline;
use super::clues::Clues;
use super::evidence::{Evidence, centre};
use super::gmm::ColourModel;
use super::maxflow::FlowGraph;
use super::seeds::arm_line;
use super::territories::Territories;
use crate::filter::{Connectivity, Mask, area, components, intersection};
use crate::{Limb, smoothstep};

const ROUNDS: usize = 3;
const COMPONENTS: usize = 5;
/// Colours that a model learns from at most.
const MOST_SAMPLES: usize = 4000;
/// Greatest say of one pixel's colour, in nats.
const MOST_CERTAIN: f32 = 8.0;
/// Weight of the geodesic territory, in nats.
const TERRITORY: f32 = 4.0;
/// Weight of the distance from the bones, in nats.
const FAR: f32 = 4.0;
/// Cost of a border between two pixels of the same colour.
const SMOOTHNESS: f32 = 20.0;

/// What is already known of a pixel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Limb,
    Other,
    Open,
}

/// Draws the border of a limb again by its colours: the GrabCut of Rother et al. (2004) on the subject's pixels alone, with
/// the geodesic territories and the bones as a prior (after Price et al., "Geodesic Graph Cut", 2010), so that colour decides
/// as far as it can tell the two apart. Pixels that the limb loses go to the next nearest part. Leaves `labels` alone if the
/// result is no limb.
pub(super) fn recut(
    evidence: &Evidence,
    clues: &Clues,
    territories: &Territories,
    limb: Limb,
    labels: &mut Plane<Part>,
) {
    let part = Part::Limb(limb);
    let Some(problem) = Problem::new(evidence, clues, territories, limb, labels) else {
        return;
    };
    let mut is_limb = labels.zip_map(&evidence.person, |&label, &person| person && label == part);
    let near_bones = |mask: &Mask| area(&intersection(mask, &problem.near_bones));
    let before = near_bones(&is_limb);
    let mut surely = problem.on_bones.clone();
    for _ in 0..ROUNDS {
        let Some(cut) = problem.cut(evidence, &surely, &is_limb) else { return };
        is_limb = cut;
        surely = intersection(&is_limb, &problem.near_bones);
    }
    is_limb = keep_touching(&is_limb, clues.seeds.of(part));
    let after = near_bones(&is_limb);
    if after < before * 3 / 10 || after > before * 3 {
        return;
    }
    let next_nearest = territories.nearest_but(Some(part));
    for (i, label) in labels.pixels_mut().iter_mut().enumerate() {
        if is_limb.pixels()[i] {
            *label = part;
        } else if *label == part {
            *label = next_nearest.pixels()[i];
        }
    }
}

/// The open pixels of one limb and what each would cost.
struct Problem {
    known: Plane<Known>,
    /// What it costs to call each pixel the limb's, less what it costs not to, before any colour, in nats.
    prior: Plane<f32>,
    /// Pixels whose colours are the others' as well, besides those within reach.
    also_other: Mask,
    /// Pixels that can hardly be anything else's.
    on_bones: Mask,
    /// Pixels that a limb of usual thickness would cover.
    near_bones: Mask,
    /// Pixels from which the others' colours are learnt.
    around: Mask,
    contrast: f32,
}

impl Problem {
    fn new(
        evidence: &Evidence,
        clues: &Clues,
        territories: &Territories,
        limb: Limb,
        labels: &Plane<Part>,
    ) -> Option<Self> {
        let part = Part::Limb(limb);
        let Clues { hair, seeds, .. } = clues;
        let own_seeds = seeds.of(part)?;
        let radius = evidence.anatomy.radius[limb];
        let (bones, hand) = match limb {
            Limb::Arm(side) => (arm_line(evidence, side, clues.hand_visible[limb]), evidence.hand(side)),
            Limb::Leg(_) => (evidence.anatomy.chain(limb), None),
        };
        let remoteness = territories.remoteness(part);
        let mut prior = Plane::filled(evidence.size(), 0.0);
        let mut on_bones = Plane::filled(evidence.size(), false);
        let mut near_bones = on_bones.clone();
        let mut around = on_bones.clone();
        let known = Plane::from_fn(evidence.size(), |x, y| {
            let (x, y) = (x as usize, y as usize);
            let p = centre(x, y);
            let is_arm = labels.get(x, y) == part;
            let to_bones = distance_to_polyline(p, &bones);
            let to_fingers = hand.map_or(f32::INFINITY, |hand| hand.distance(p) / hand.palm_width().max(1.0));
            let nearness = (to_bones / radius).min(2.0 * to_fingers);
            on_bones.set(x, y, evidence.person.get(x, y) && nearness < 0.4 && !hair.get(x, y));
            near_bones.set(x, y, nearness < 1.2);
            around.set(x, y, nearness < 4.0);
            prior.set(
                x,
                y,
                TERRITORY * (2.0 * remoteness.get(x, y) - 1.0) + FAR * smoothstep((nearness - 1.2) / 1.2),
            );
            if !evidence.person.get(x, y) || (nearness > 2.2 && !is_arm) {
                Known::Other
            } else if p.distance(bones[0]) < 1.6 * radius && !(is_arm && (nearness > 1.0 || hair.get(x, y))) {
                if is_arm { Known::Limb } else { Known::Other }
            } else if own_seeds.get(x, y) {
                Known::Limb
            } else if hair.get(x, y) || (nearness > 1.3 && !is_arm) {
                Known::Other
            } else {
                Known::Open
            }
        });
        let known = match (limb, clues.hem) {
            (Limb::Leg(_), Some(hem)) => keep_below(&known, labels, part, |p| hem.below(p) > radius),
            _ => known,
        };
        let contrast = mean_contrast(evidence, &known);
        Some(Self { known, prior, also_other: hair.clone(), on_bones, near_bones, around, contrast })
    }

    /// The cheapest division of the open pixels, given the colours of the last one; none without colours of both kinds.
    fn cut(&self, evidence: &Evidence, surely: &Mask, is_limb: &Mask) -> Option<Mask> {
        let of_limb = samples(evidence, |i| surely.pixels()[i]);
        let of_others = samples(evidence, |i| {
            let wanted = self.around.pixels()[i] || self.also_other.pixels()[i];
            wanted && evidence.person.pixels()[i] && !is_limb.pixels()[i]
        });
        if of_limb.len() < 10 || of_others.len() < 25 {
            return None;
        }
        let say = separability(&of_limb, &of_others)?;
        let limb = ColourModel::fit(of_limb, COMPONENTS)?;
        let others = ColourModel::fit(of_others, COMPONENTS)?;
        let cost = |i: usize| {
            let colour = Vec3::from_array(evidence.lab.pixels()[i]);
            let by_colour =
                (limb.surprise(colour) - others.surprise(colour)).clamp(-MOST_CERTAIN, MOST_CERTAIN);
            say * by_colour + self.prior.pixels()[i]
        };
        Some(self.divide(evidence, cost))
    }

    fn divide(&self, evidence: &Evidence, cost_of_limb: impl Fn(usize) -> f32) -> Mask {
        let width = self.known.width();
        let mut node_of = vec![u32::MAX; self.known.pixels().len()];
        let open: Vec<usize> =
            (0..node_of.len()).filter(|&i| self.known.pixels()[i] == Known::Open).collect();
        for (node, &i) in open.iter().enumerate() {
            node_of[i] = node as u32;
        }
        let mut graph = FlowGraph::new(open.len());
        for (node, &i) in open.iter().enumerate() {
            let cost = cost_of_limb(i);
            graph.add_terminal(node, (-cost).max(0.0), cost.max(0.0));
            for (neighbour, length) in neighbours(i, width, self.known.height()) {
                if !evidence.person.pixels()[neighbour] {
                    continue;
                }
                let capacity = self.smoothness(evidence, i, neighbour, length);
                match self.known.pixels()[neighbour] {
                    Known::Limb => graph.add_terminal(node, capacity, 0.0),
                    Known::Other => graph.add_terminal(node, 0.0, capacity),
                    Known::Open if neighbour > i => {
                        graph.add_edge(node, node_of[neighbour] as usize, capacity)
                    }
                    Known::Open => {}
                }
            }
        }
        let cut = graph.min_cut();
        let mut is_limb = self.known.map(|&k| k == Known::Limb);
        for (node, &i) in open.iter().enumerate() {
            is_limb.pixels_mut()[i] = cut[node];
        }
        is_limb
    }

    fn smoothness(&self, evidence: &Evidence, i: usize, j: usize, length: f32) -> f32 {
        SMOOTHNESS / length * (-self.contrast * difference_squared(evidence, i, j)).exp()
    }
}

/// Leaves what is far below the hem as it is labelled.
fn keep_below(
    known: &Plane<Known>,
    labels: &Plane<Part>,
    part: Part,
    far_below: impl Fn(glam::Vec2) -> bool,
) -> Plane<Known> {
    Plane::from_fn(known.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        match known.get(x, y) {
            Known::Open if far_below(centre(x, y)) && labels.get(x, y) == part => Known::Limb,
            Known::Open if far_below(centre(x, y)) => Known::Other,
            known => known,
        }
    })
}

/// β of GrabCut: one over twice the mean squared difference of neighbours.
fn mean_contrast(evidence: &Evidence, known: &Plane<Known>) -> f32 {
    let (mut sum, mut count) = (0.0f64, 0u32);
    for (i, _) in known.pixels().iter().enumerate().filter(|(_, k)| **k == Known::Open) {
        for (j, _) in neighbours(i, known.width(), known.height()) {
            if evidence.person.pixels()[j] {
                sum += f64::from(difference_squared(evidence, i, j));
                count += 1;
            }
        }
    }
    if sum > 0.0 { (f64::from(count) / (2.0 * sum)) as f32 } else { 0.0 }
}

fn difference_squared(evidence: &Evidence, i: usize, j: usize) -> f32 {
    let at = |i: usize| Vec3::from_array(evidence.lab.pixels()[i]);
    at(i).distance_squared(at(j))
}

/// The eight neighbours of a pixel and how far they are.
fn neighbours(i: usize, width: usize, height: usize) -> impl Iterator<Item = (usize, f32)> {
    let (x, y) = (i % width, i / width);
    let (columns, rows) =
        (x.saturating_sub(1)..=(x + 1).min(width - 1), y.saturating_sub(1)..=(y + 1).min(height - 1));
    rows.flat_map(move |ny| columns.clone().map(move |nx| (nx, ny))).filter(move |&n| n != (x, y)).map(
        move |(nx, ny)| {
            let straight = nx == x || ny == y;
            (ny * width + nx, if straight { 1.0 } else { std::f32::consts::SQRT_2 })
        },
    )
}

/// At most a few thousand colours of the wanted pixels, spread evenly.
fn samples(evidence: &Evidence, wanted: impl Fn(usize) -> bool) -> Vec<Vec3> {
    let all: Vec<usize> = (0..evidence.lab.pixels().len()).filter(|&i| wanted(i)).collect();
    let stride = all.len().div_ceil(MOST_SAMPLES).max(1);
    all.into_iter().step_by(stride).map(|i| Vec3::from_array(evidence.lab.pixels()[i])).collect()
}

/// How well colour tells the two sets apart, 0 … 1.
fn separability(a: &[Vec3], b: &[Vec3]) -> Option<f32> {
    let (of_a, of_b) = (ColourModel::fit(a.to_vec(), COMPONENTS)?, ColourModel::fit(b.to_vec(), COMPONENTS)?);
    let share = |set: &[Vec3], own: &ColourModel, other: &ColourModel| {
        let right = set.iter().filter(|&&c| own.surprise(c) < other.surprise(c)).count();
        right as f32 / set.len() as f32
    };
    let accuracy = 0.5 * (share(a, &of_a, &of_b) + share(b, &of_b, &of_a));
    Some(smoothstep((accuracy - 0.6) / 0.3))
}

fn keep_touching(mask: &Mask, seeds: Option<&Mask>) -> Mask {
    let regions = components(mask, Connectivity::Eight);
    let mut touches = vec![false; regions.regions.len() + 1];
    if let Some(seeds) = seeds {
        for (&label, _) in regions.labels.pixels().iter().zip(seeds.pixels()).filter(|(_, seed)| **seed) {
            touches[label as usize] = true;
        }
    }
    regions.select(|i| touches[i + 1])
}

use frame::Plane;
use glam::{Vec2, Vec3};

use super::Part;
use super::anatomy::{distance_to_polyline, distance_to_segment};
use super::clues::Clues;
use super::evidence::{Evidence, centre};
use super::hair::Hair;
use super::rivals::Rivals;
use super::seeds::arm_line;
use super::territories::Territories;
use crate::filter::{Connectivity, Mask, area, components, intersection};
use crate::maxflow::FlowGraph;
use crate::{Limb, smoothstep};

const ROUNDS: usize = 3;
/// Pieces of a limb that have colours of their own.
const STRETCHES: usize = 4;
/// Weight of the geodesic territory, in nats.
const TERRITORY: f32 = 4.0;
/// Weight of the distance from the bones, in nats.
const FAR: f32 = 7.0;
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
    // What the territory has far from the bones may be anything: at first it counts as the others'.
    let labelled = labels.map(|&label| label == part);
    let mut is_limb = intersection(&intersection(&labelled, &evidence.person), &problem.near_bones);
    let before = area(&is_limb);
    let mut surely = problem.on_bones.clone();
    for _ in 0..ROUNDS {
        let Some(cut) = problem.cut(evidence, &surely, &is_limb) else { return };
        is_limb = cut;
        surely = intersection(&is_limb, &problem.near_bones);
    }
    is_limb = keep_touching(&is_limb, clues.seeds.of(part));
    let after = area(&intersection(&is_limb, &problem.near_bones));
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
    /// The stretch of the limb that each pixel is nearest to.
    stretch: Plane<u8>,
    hair: Mask,
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
        let Clues { hair: Hair { locks: hair, .. }, seeds, .. } = clues;
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
        let mut stretch = Plane::filled(evidence.size(), 0u8);
        let known = Plane::from_fn(evidence.size(), |x, y| {
            let (x, y) = (x as usize, y as usize);
            let p = centre(x, y);
            let is_arm = labels.get(x, y) == part;
            let to_bones = distance_to_polyline(p, &bones);
            let to_fingers = hand.map_or(f32::INFINITY, |hand| hand.distance(p));
            let palm = hand.map_or(1.0, |hand| hand.palm_width().max(1.0));
            let nearness = (to_bones / radius).min(3.3 * to_fingers / palm);
            stretch.set(x, y, stretch_at(&bones, to_fingers, p));
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
            } else if p.distance(bones[0]) < 1.6 * radius && !is_arm {
                // At its first joint a limb only ever takes too much.
                Known::Other
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
        Some(Self { known, prior, stretch, hair: hair.clone(), on_bones, near_bones, around, contrast })
    }

    /// The cheapest division of the open pixels, given what the last one calls the limb and of that what is `surely` so; none
    /// without colours of both kinds. Colours are learnt of the whole and stretch
    /// by stretch: a sleeve is like the trunk, the hand is not.
    fn cut(&self, evidence: &Evidence, surely: &Mask, is_limb: &Mask) -> Option<Mask> {
        let mut of_limb: [Vec<Vec3>; STRETCHES] = Default::default();
        let mut of_others: [Vec<Vec3>; STRETCHES] = Default::default();
        for (i, &stretch) in
            self.stretch.pixels().iter().enumerate().filter(|(i, _)| evidence.person.pixels()[*i])
        {
            let colour = Vec3::from_array(evidence.lab.pixels()[i]);
            if surely.pixels()[i] {
                of_limb[usize::from(stretch)].push(colour);
            } else if is_limb.pixels()[i] {
            } else if self.hair.pixels()[i] {
                // Hair falls anywhere.
                of_others.iter_mut().for_each(|colours| colours.push(colour));
            } else if self.around.pixels()[i] {
                of_others[usize::from(stretch)].push(colour);
            }
        }
        let whole = Rivals::learn(&of_limb.concat(), &of_others.concat())?;
        let rivals: [Option<Rivals>; STRETCHES] =
            std::array::from_fn(|i| Rivals::learn(&of_limb[i], &of_others[i]));
        let cost = |i: usize| {
            let colour = Vec3::from_array(evidence.lab.pixels()[i]);
            let of_stretch = rivals[usize::from(self.stretch.pixels()[i])].as_ref().unwrap_or(&whole);
            0.5 * (of_stretch.cost_of_limb(colour) + whole.cost_of_limb(colour)) + self.prior.pixels()[i]
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
    far_below: impl Fn(Vec2) -> bool,
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

/// Which stretch of a limb a point is nearest to: the first bone, the halves of the second, or the end.
fn stretch_at(bones: &[Vec2; 4], to_fingers: f32, point: Vec2) -> u8 {
    let middle = bones[1].midpoint(bones[2]);
    let pieces = [(bones[0], bones[1]), (bones[1], middle), (middle, bones[2]), (bones[2], bones[3])];
    let distance = |i: usize| {
        let to_piece = distance_to_segment(point, pieces[i].0, pieces[i].1);
        if i == STRETCHES - 1 { to_piece.min(to_fingers) } else { to_piece }
    };
    (0..STRETCHES).min_by(|&a, &b| distance(a).total_cmp(&distance(b))).unwrap_or(0) as u8
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

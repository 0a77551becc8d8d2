use frame::Plane;
use rayon::prelude::*;

use super::Part;
use super::anatomy::distance_to_polyline;
use super::clues::Clues;
use super::evidence::{Evidence, centre};
use super::geodesic::geodesic_distance;
use super::hem::HemLine;
use super::seeds::hem_margin;
use crate::filter::distance_to;
use crate::{Joint, Limb, Side, smoothstep};

/// Cost of a step through what is not the subject.
const OUTSIDE: f32 = 60.0;

/// Steepness of the colours that is mere texture, in Lab units a pixel.
const TEXTURE: f32 = 2.0;

/// How far every pixel is from the seeds of each part, along the cheapest way through the subject: colour edges cost, as
/// does the distance from a limb's bones.
pub(super) struct Territories {
    distances: Vec<(Part, Plane<f32>)>,
}

impl Territories {
    pub(super) fn new(evidence: &Evidence, clues: &Clues) -> Self {
        let distances = Part::ALL
            .par_iter()
            .filter_map(|&part| Some((part, clues.seeds.of(part)?)))
            .map(|(part, seeds)| (part, geodesic_distance(&cost(evidence, part, seeds, clues.hem), seeds)))
            .collect();
        Self { distances }
    }

    /// The nearest part of every pixel.
    pub(super) fn nearest(&self) -> Plane<Part> {
        self.nearest_but(None)
    }

    /// The nearest part of every pixel, not counting one.
    pub(super) fn nearest_but(&self, left_out: Option<Part>) -> Plane<Part> {
        let mut labels = Plane::filled(self.distances[0].1.size(), Part::Core);
        let mut best = Plane::filled(labels.size(), f32::INFINITY);
        for (part, distance) in self.distances.iter().filter(|(part, _)| Some(*part) != left_out) {
            for ((label, best), &distance) in
                labels.pixels_mut().iter_mut().zip(best.pixels_mut()).zip(distance.pixels())
            {
                if distance < *best {
                    (*label, *best) = (*part, distance);
                }
            }
        }
        labels
    }

    /// Of every pixel, 0 at the seeds of `part`, 1 at those of others, ½ where it is as far to both.
    pub(super) fn remoteness(&self, part: Part) -> Plane<f32> {
        let mut own = Plane::filled(self.distances[0].1.size(), f32::INFINITY);
        let mut other = own.clone();
        for (of, distance) in &self.distances {
            let nearest = if *of == part { &mut own } else { &mut other };
            for (nearest, &distance) in nearest.pixels_mut().iter_mut().zip(distance.pixels()) {
                *nearest = nearest.min(distance);
            }
        }
        own.zip_map(&other, |&own, &other| {
            if own.is_finite() && other.is_finite() {
                own / (own + other).max(1e-6)
            } else {
                f32::from(u8::from(own > other))
            }
        })
    }
}

fn cost(evidence: &Evidence, part: Part, seeds: &crate::filter::Mask, hem: Option<HemLine>) -> Plane<f32> {
    let mut cost = evidence.edges.zip_map(&evidence.person, |&edge, &person| {
        if person { 1.0 + 0.6 * (edge.min(25.0) - TEXTURE).max(0.0) } else { OUTSIDE }
    });
    match part {
        Part::Limb(limb) => {
            let radius = evidence.anatomy.radius[limb];
            let from_bones = distance_to(seeds);
            for (cost, &distance) in cost.pixels_mut().iter_mut().zip(from_bones.pixels()) {
                *cost *= 1.0 + 3.0 * smoothstep((distance - 1.3 * radius) / radius);
            }
            if let Limb::Leg(side) = limb {
                let hip = evidence.anatomy.at(Joint::Hip(side));
                let down = evidence.anatomy.downwards();
                each(&mut cost, |p, cost| if (p - hip).dot(down) < 0.0 { 4.0 * cost } else { cost });
                if let Some(hem) = hem {
                    let margin = hem_margin(evidence);
                    each(&mut cost, |p, cost| if hem.below(p) < -margin { 400.0 } else { cost });
                }
            }
        }
        Part::Core => {
            if let Some(hem) = hem {
                let margin = hem_margin(evidence);
                let near_leg = |p| {
                    Side::BOTH.map(Limb::Leg).into_iter().any(|leg| {
                        distance_to_polyline(p, &evidence.anatomy.chain(leg)) < evidence.anatomy.radius[leg]
                    })
                };
                each(
                    &mut cost,
                    |p, cost| if hem.below(p) > margin && near_leg(p) { 6.0 * cost } else { cost },
                );
            }
        }
    }
    cost
}

fn each(plane: &mut Plane<f32>, change: impl Fn(glam::Vec2, f32) -> f32) {
    for y in 0..plane.height() {
        for (x, value) in plane.row_mut(y).iter_mut().enumerate() {
            *value = change(centre(x, y), *value);
        }
    }
}

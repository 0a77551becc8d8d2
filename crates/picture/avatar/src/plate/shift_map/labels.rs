use std::collections::BTreeSet;

use frame::Plane;
use glam::IVec2;
use rayon::prelude::*;

use super::{LONG_SIDES_PX, Label, SMOOTH, Scene, place};
use crate::filter::{Channels, dilate_square, neighbours, places};
use crate::maxflow::FlowGraph;
use crate::plate::patch_field::Colour;

/// What a smooth pixel costs, as steps of colour at a seam do.
const SMOOTH_COST: f32 = 40.0;
/// What a pixel costs that is from one long side above or below.
const DOWN_COST: f32 = 20.0;
/// What a seam costs of which nothing can be told.
const UNKNOWN_SEAM: f32 = 200.0;

/// A picture at a size at which its pieces are cut.
pub(super) struct Labelling {
    scene: Scene,
    shifts: Vec<IVec2>,
    /// The pixels of the hole, and which of them each pixel is.
    nodes: Vec<(usize, usize)>,
    index: Plane<Option<u32>>,
}

impl Labelling {
    /// `shifts` are those of the whole picture, of which the scene is smaller by `factor`.
    pub(super) fn new(scene: Scene, shifts: &[IVec2], factor: u32) -> Self {
        let shrunk = |shift: &IVec2| (shift.as_vec2() / factor as f32).round().as_ivec2();
        let nodes: Vec<(usize, usize)> = places(&scene.hole).collect();
        let mut index = Plane::filled(scene.hole.size(), None);
        for (i, &(x, y)) in nodes.iter().enumerate() {
            index.row_mut(y)[x] = Some(i as u32);
        }
        Self { scene, shifts: shifts.iter().map(shrunk).collect(), nodes, index }
    }

    /// The colour of a pixel by a label, if that says anything.
    fn colour(&self, at: (usize, usize), label: Label) -> Option<Colour> {
        if label == SMOOTH {
            return Some(self.scene.picture.get(at.0, at.1));
        }
        let (x, y) = place(self.scene.hole.size(), 1, at, self.shifts[usize::from(label)])?;
        self.scene.known.get(x, y).then(|| self.scene.picture.get(x, y))
    }

    /// What a label costs at a pixel by itself; the more, the fewer pixels there are for as many along a seam.
    fn alone(&self, label: Label) -> f32 {
        let long_side = self.scene.hole.size().long_side() as f32;
        let down = |shift: IVec2| shift.y.abs() as f32 / long_side;
        let cost =
            if label == SMOOTH { SMOOTH_COST } else { DOWN_COST * down(self.shifts[usize::from(label)]) };
        cost * LONG_SIDES_PX[2] as f32 / long_side
    }

    /// What it costs that one label ends and another begins between two neighbours: both steps of colour, or twice the one of which
    /// both labels tell.
    fn seam(&self, p: (usize, usize), q: (usize, usize), a: Label, b: Label) -> f32 {
        if a == b {
            return 0.0;
        }
        let steps = [p, q].map(|at| Some(step(self.colour(at, a)?, self.colour(at, b)?)));
        match steps {
            [Some(first), Some(second)] => first + second,
            [Some(only), None] | [None, Some(only)] => 2.0 * only,
            [None, None] => UNKNOWN_SEAM,
        }
    }

    /// The same to a neighbour outside of the hole; nothing to one that is not known either.
    fn rim(&self, at: (usize, usize), label: Label) -> f32 {
        if !self.scene.known.get(at.0, at.1) {
            return 0.0;
        }
        let known = self.scene.picture.get(at.0, at.1);
        self.colour(at, label).map_or(UNKNOWN_SEAM, |colour| 2.0 * step(known, colour))
    }

    fn beside(&self, at: (usize, usize)) -> impl Iterator<Item = (usize, usize)> {
        neighbours(self.scene.hole.size(), at)
    }

    /// What the labels of all nodes cost.
    fn energy(&self, labels: &[Label]) -> f32 {
        let mut energy = 0.0;
        for (i, (&at, &own)) in self.nodes.iter().zip(labels).enumerate() {
            energy += self.alone(own);
            for q in self.beside(at) {
                energy += match self.index.get(q.0, q.1) {
                    None => self.rim(q, own),
                    Some(j) if j as usize > i => self.seam(at, q, own, labels[j as usize]),
                    Some(_) => 0.0,
                };
            }
        }
        energy
    }

    /// The labels whose seams show least, from several starts: all from the left, from the right, from the nearest side, smooth.
    pub(super) fn cut_anew(&self) -> Plane<Label> {
        const ROUNDS: usize = 4;
        let mut across: Vec<Label> = (0..self.shifts.len() as Label).collect();
        across.sort_by_key(|&label| {
            let shift = self.shifts[usize::from(label)];
            shift.x.abs() + 4 * shift.y.abs()
        });
        let from = |allowed: &dyn Fn(IVec2) -> bool| -> Vec<Label> {
            let first = |&at: &(usize, usize)| {
                let fits = |label: &&Label| {
                    allowed(self.shifts[usize::from(**label)]) && self.colour(at, **label).is_some()
                };
                across.iter().find(fits).copied().unwrap_or(SMOOTH)
            };
            self.nodes.iter().map(first).collect()
        };
        let starts =
            [from(&|shift| shift.x < 0), from(&|shift| shift.x > 0), from(&|_| true), from(&|_| false)];
        let all = self.all_labels();
        let anywhere = vec![true; self.nodes.len()];
        let ends: Vec<(f32, Vec<Label>)> = (starts.into_par_iter())
            .map(|start| {
                let labels = self.relabelled(start, &all, &anywhere, ROUNDS);
                (self.energy(&labels), labels)
            })
            .collect();
        let best = ends.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
        self.spread(&best.map(|(_, labels)| labels).unwrap_or_default())
    }

    /// The same from the labels of a smaller size on.
    pub(super) fn cut_again(&self, coarse: &Plane<Label>) -> Plane<Label> {
        const ROUNDS: usize = 2;
        let start = self.continued(coarse);
        self.spread(&self.relabelled(start, &self.all_labels(), &vec![true; self.nodes.len()], ROUNDS))
    }

    /// The seams of a smaller size moved to where they show least at this one (Lombaert, Sun, Grady & Xu, "A Multilevel Banded Graph
    /// Cuts Method for Fast Image Segmentation", ICCV 2005).
    pub(super) fn cut_finely(&self, coarse: &Plane<Label>) -> Plane<Label> {
        const BAND_PX: usize = 3;
        const ROUNDS: usize = 2;
        let start = self.continued(coarse);
        let labels = self.spread(&start);
        let is_seam = |&at: &(usize, usize)| {
            let own = labels.get(at.0, at.1);
            own == SMOOTH
                || self.beside(at).any(|q| self.scene.hole.get(q.0, q.1) && labels.get(q.0, q.1) != own)
        };
        let mut seams = Plane::filled(self.scene.hole.size(), false);
        for at in self.nodes.iter().filter(|at| is_seam(at)) {
            seams.row_mut(at.1)[at.0] = true;
        }
        let band = dilate_square(&seams, BAND_PX);
        let is_free: Vec<bool> = self.nodes.iter().map(|&(x, y)| band.get(x, y)).collect();
        let used: Vec<Label> = start.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        self.spread(&self.relabelled(start, &used, &is_free, ROUNDS))
    }

    fn all_labels(&self) -> Vec<Label> {
        (0..self.shifts.len() as Label).chain([SMOOTH]).collect()
    }

    fn spread(&self, labels: &[Label]) -> Plane<Label> {
        self.index.map(|index| index.map_or(SMOOTH, |i| labels[i as usize]))
    }

    /// Labels of a smaller size, where they are still possible.
    fn continued(&self, coarse: &Plane<Label>) -> Vec<Label> {
        let scaled = |i: usize, from: usize, to: usize| (i * to / from).min(to - 1);
        let of = |&(x, y): &(usize, usize)| {
            let at = [
                scaled(x, self.scene.hole.width(), coarse.width()),
                scaled(y, self.scene.hole.height(), coarse.height()),
            ];
            let label = coarse.get(at[0], at[1]);
            self.colour((x, y), label).map_or(SMOOTH, |_| label)
        };
        self.nodes.iter().map(of).collect()
    }

    /// Alpha expansion (Boykov, Veksler & Zabih, "Fast Approximate Energy Minimization via Graph Cuts", PAMI 2001) of `to` where it
    /// `is_free`.
    fn relabelled(
        &self,
        mut labels: Vec<Label>,
        to: &[Label],
        is_free: &[bool],
        rounds: usize,
    ) -> Vec<Label> {
        for _ in 0..rounds {
            let before = labels.clone();
            to.iter().for_each(|&label| self.expand(&mut labels, label, is_free));
            if labels == before {
                break;
            }
        }
        labels
    }

    /// Lets a label spread to wherever that costs less.
    fn expand(&self, labels: &mut [Label], label: Label, is_free: &[bool]) {
        let could =
            |i: usize| is_free[i] && labels[i] != label && self.colour(self.nodes[i], label).is_some();
        let free: Vec<bool> = (0..labels.len()).map(could).collect();
        if free.iter().all(|free| !free) {
            return;
        }
        // What a node costs with its own label and with the new one.
        let mut costs = vec![[0.0f32; 2]; free.len()];
        let mut graph = FlowGraph::new(free.len());
        for (i, &p) in self.nodes.iter().enumerate().filter(|(i, _)| free[*i]) {
            let own = labels[i];
            costs[i][0] += self.alone(own);
            costs[i][1] += self.alone(label);
            for q in self.beside(p) {
                let Some(j) = self.index.get(q.0, q.1).map(|j| j as usize) else {
                    costs[i][0] += self.rim(q, own);
                    costs[i][1] += self.rim(q, label);
                    continue;
                };
                let other = labels[j];
                if !free[j] {
                    costs[i][0] += self.seam(p, q, own, other);
                    costs[i][1] += self.seam(p, q, label, other);
                } else if j > i {
                    // Kolmogorov & Zabih, "What Energy Functions Can Be Minimized via Graph Cuts?" (PAMI 2004), theorem 4.1.
                    let neither = self.seam(p, q, own, other);
                    let second = self.seam(p, q, own, label);
                    let first = self.seam(p, q, label, other);
                    let half = 0.5 * (first + second - neither).max(0.0);
                    costs[i][1] += first - neither - half;
                    costs[j][1] += half - first;
                    if half > 0.0 {
                        graph.add_edge(i, j, half);
                    }
                }
            }
        }
        for (i, [keep, take]) in costs.into_iter().enumerate().filter(|(i, _)| free[*i]) {
            graph.add_terminal(i, take, keep);
        }
        let keeps = graph.min_cut();
        for (i, own) in labels.iter_mut().enumerate() {
            if free[i] && !keeps[i] {
                *own = label;
            }
        }
    }
}

/// How far two colours are apart.
fn step(a: Colour, b: Colour) -> f32 {
    let [r, g, b, _] = a.minus(b);
    (r * r + g * g + b * b).sqrt()
}

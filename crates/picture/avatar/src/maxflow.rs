use std::collections::VecDeque;

/// Marks the end of a list of arcs, and a node without a parent.
const NONE: u32 = u32::MAX;
/// The parent of a node that hangs on its terminal directly.
const TERMINAL: u32 = u32::MAX - 1;
/// The parent of a node whose parent was just cut off.
const ORPHAN: u32 = u32::MAX - 2;

/// A graph between a source and a sink, and its minimum cut by the search trees of Boykov & Kolmogorov ("An Experimental
/// Comparison of Min-Cut/Max-Flow Algorithms for Energy Minimization in Vision", PAMI 2004, section 3).
pub(crate) struct FlowGraph {
    nodes: Vec<Node>,
    /// In pairs: an arc and its reverse are `2i` and `2i + 1`.
    arcs: Vec<Arc>,
    active: VecDeque<u32>,
    orphans: VecDeque<u32>,
    time: u32,
}

struct Node {
    first_arc: u32,
    /// What is left towards the terminals: positive from the source, negative to the sink.
    terminal: f32,
    tree: Tree,
    /// The arc that leads to the parent, or one of the three marks above.
    parent: u32,
    /// Steps to the terminal, as known at `stamp`.
    distance: u32,
    stamp: u32,
    is_active: bool,
}

struct Arc {
    head: u32,
    next: u32,
    residual: f32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tree {
    Free,
    Source,
    Sink,
}

impl FlowGraph {
    /// A graph of `nodes` nodes and no arcs.
    pub(crate) fn new(nodes: usize) -> Self {
        let node = || Node {
            first_arc: NONE,
            terminal: 0.0,
            tree: Tree::Free,
            parent: NONE,
            distance: 0,
            stamp: 0,
            is_active: false,
        };
        Self {
            nodes: std::iter::repeat_with(node).take(nodes).collect(),
            arcs: Vec::with_capacity(nodes * 8),
            active: VecDeque::new(),
            orphans: VecDeque::new(),
            time: 0,
        }
    }

    /// Adds what the cut costs when `node` is left on the sink's side (`from_source`) or on the source's (`to_sink`).
    pub(crate) fn add_terminal(&mut self, node: usize, from_source: f32, to_sink: f32) {
        self.nodes[node].terminal += from_source - to_sink;
    }

    /// Adds what the cut costs when `a` and `b` are on different sides, either way round.
    pub(crate) fn add_edge(&mut self, a: usize, b: usize, capacity: f32) {
        for (tail, head) in [(a, b), (b, a)] {
            let next = std::mem::replace(&mut self.nodes[tail].first_arc, self.arcs.len() as u32);
            self.arcs.push(Arc { head: head as u32, next, residual: capacity });
        }
    }

    /// Whether each node is on the source's side of a minimum cut.
    pub(crate) fn min_cut(mut self) -> Vec<bool> {
        for i in 0..self.nodes.len() {
            let node = &mut self.nodes[i];
            if node.terminal != 0.0 {
                node.tree = if node.terminal > 0.0 { Tree::Source } else { Tree::Sink };
                node.parent = TERMINAL;
                node.distance = 1;
                self.activate(i as u32);
            }
        }
        while let Some(node) = self.active.pop_front() {
            self.nodes[node as usize].is_active = false;
            while self.nodes[node as usize].parent != NONE {
                let Some(bridge) = self.grow(node) else { break };
                self.time += 1;
                self.augment(bridge);
                while let Some(orphan) = self.orphans.pop_front() {
                    self.adopt(orphan);
                }
            }
        }
        self.nodes.iter().map(|node| node.tree == Tree::Source).collect()
    }

    fn activate(&mut self, node: u32) {
        if !std::mem::replace(&mut self.nodes[node as usize].is_active, true) {
            self.active.push_back(node);
        }
    }

    /// What can still flow between a node and its neighbour over `arc`, away from the terminal of `tree`.
    fn outward(&self, tree: Tree, arc: u32) -> f32 {
        let arc = if tree == Tree::Source { arc } else { arc ^ 1 };
        self.arcs[arc as usize].residual
    }

    /// Lets the tree of `node` take its free neighbours, until it meets the other tree: the arc that joins them, from the
    /// source's side to the sink's.
    fn grow(&mut self, node: u32) -> Option<u32> {
        let Node { tree, distance, stamp, .. } = self.nodes[node as usize];
        let mut arc = self.nodes[node as usize].first_arc;
        while arc != NONE {
            let next = self.arcs[arc as usize].next;
            if self.outward(tree, arc) > 0.0 {
                let head = self.arcs[arc as usize].head;
                let neighbour = &mut self.nodes[head as usize];
                if neighbour.tree == Tree::Free {
                    neighbour.tree = tree;
                    neighbour.parent = arc ^ 1;
                    neighbour.distance = distance + 1;
                    neighbour.stamp = stamp;
                    self.activate(head);
                } else if neighbour.tree != tree {
                    return Some(if tree == Tree::Source { arc } else { arc ^ 1 });
                }
            }
            arc = next;
        }
        None
    }

    /// Sends as much as fits from the source over `bridge` to the sink; what is cut off becomes an orphan.
    fn augment(&mut self, bridge: u32) {
        let ends = [
            (Tree::Source, self.arcs[bridge as usize ^ 1].head),
            (Tree::Sink, self.arcs[bridge as usize].head),
        ];
        let mut flow = self.arcs[bridge as usize].residual;
        for (tree, start) in ends {
            let mut node = start as usize;
            while self.nodes[node].parent != TERMINAL {
                let parent = self.nodes[node].parent;
                flow = flow.min(self.outward(tree, parent ^ 1));
                node = self.arcs[parent as usize].head as usize;
            }
            flow = flow.min(self.nodes[node].terminal.abs());
        }
        self.push(bridge, flow);
        for (tree, start) in ends {
            let mut node = start as usize;
            while self.nodes[node].parent != TERMINAL {
                let parent = self.nodes[node].parent;
                self.push(if tree == Tree::Source { parent ^ 1 } else { parent }, flow);
                if self.outward(tree, parent ^ 1) <= 0.0 {
                    self.orphan(node as u32);
                }
                node = self.arcs[parent as usize].head as usize;
            }
            let terminal = &mut self.nodes[node].terminal;
            *terminal -= flow.copysign(*terminal);
            if *terminal == 0.0 {
                self.orphan(node as u32);
            }
        }
    }

    fn push(&mut self, arc: u32, flow: f32) {
        self.arcs[arc as usize].residual -= flow;
        self.arcs[arc as usize ^ 1].residual += flow;
    }

    fn orphan(&mut self, node: u32) {
        self.nodes[node as usize].parent = ORPHAN;
        self.orphans.push_back(node);
    }

    /// Finds a new parent for an orphan, the nearest to the terminal; without one it is free and its children are orphans.
    fn adopt(&mut self, orphan: u32) {
        let tree = self.nodes[orphan as usize].tree;
        let mut best = (u32::MAX, NONE);
        let mut arc = self.nodes[orphan as usize].first_arc;
        while arc != NONE {
            let Arc { head, next, .. } = self.arcs[arc as usize];
            if self.outward(tree, arc ^ 1) > 0.0
                && self.nodes[head as usize].tree == tree
                && let Some(distance) = self.distance_to_terminal(head)
            {
                best = best.min((distance, arc));
            }
            arc = next;
        }
        let (distance, parent) = best;
        self.nodes[orphan as usize].parent = parent;
        if parent == NONE {
            self.set_free(orphan, tree);
        } else {
            self.nodes[orphan as usize].stamp = self.time;
            self.nodes[orphan as usize].distance = distance + 1;
        }
    }

    fn set_free(&mut self, node: u32, tree: Tree) {
        let mut arc = self.nodes[node as usize].first_arc;
        while arc != NONE {
            let Arc { head, next, .. } = self.arcs[arc as usize];
            if self.nodes[head as usize].tree == tree {
                if self.outward(tree, arc ^ 1) > 0.0 {
                    self.activate(head);
                }
                if self.nodes[head as usize].parent == arc ^ 1 {
                    self.orphan(head);
                }
            }
            arc = next;
        }
        self.nodes[node as usize].tree = Tree::Free;
    }

    /// Steps from `start` to its terminal, unless an orphan is in between. Leaves stamps, so that the next walk is short.
    fn distance_to_terminal(&mut self, start: u32) -> Option<u32> {
        let mut node = start as usize;
        let mut steps = 0;
        loop {
            if self.nodes[node].stamp == self.time {
                steps += self.nodes[node].distance;
                break;
            }
            steps += 1;
            match self.nodes[node].parent {
                TERMINAL => break,
                ORPHAN | NONE => return None,
                arc => node = self.arcs[arc as usize].head as usize,
            }
        }
        let mut node = start as usize;
        let mut distance = steps;
        while self.nodes[node].stamp != self.time {
            self.nodes[node].stamp = self.time;
            self.nodes[node].distance = distance;
            distance -= 1;
            match self.nodes[node].parent {
                TERMINAL => break,
                arc => node = self.arcs[arc as usize].head as usize,
            }
        }
        Some(steps)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Edge = (usize, usize, u8);

    fn cost(side: &[bool], terminals: &[(u8, u8)], edges: &[Edge]) -> u32 {
        let mut sum = 0;
        for (&source, &(from_source, to_sink)) in side.iter().zip(terminals) {
            sum += u32::from(if source { to_sink } else { from_source });
        }
        sum + edges.iter().filter(|e| side[e.0] != side[e.1]).map(|e| u32::from(e.2)).sum::<u32>()
    }

    proptest! {
        /// Against every one of the 2ⁿ cuts. Whole capacities are exact in `f32`.
        #[test]
        fn no_cut_is_cheaper(
            terminals in prop::collection::vec((0u8..20, 0u8..20), 8),
            edges in prop::collection::vec((0usize..8, 0usize..8, 0u8..20), 0..24),
        ) {
            let mut graph = FlowGraph::new(8);
            for (i, &(s, t)) in terminals.iter().enumerate() {
                graph.add_terminal(i, f32::from(s), f32::from(t));
            }
            for &(a, b, c) in edges.iter().filter(|e| e.0 != e.1) {
                graph.add_edge(a, b, f32::from(c));
            }
            let found = cost(&graph.min_cut(), &terminals, &edges);
            let best = (0..256u32)
                .map(|bits| cost(&std::array::from_fn::<_, 8, _>(|i| bits >> i & 1 == 1), &terminals, &edges))
                .min();
            prop_assert_eq!(Some(found), best);
        }
    }

    #[test]
    fn a_chain_is_cut_at_its_weakest_link() {
        let mut graph = FlowGraph::new(4);
        graph.add_terminal(0, 10.0, 0.0);
        graph.add_terminal(3, 0.0, 10.0);
        for (a, b, capacity) in [(0, 1, 5.0), (1, 2, 1.0), (2, 3, 4.0)] {
            graph.add_edge(a, b, capacity);
        }
        assert_eq!(graph.min_cut(), [true, true, false, false]);
    }
}

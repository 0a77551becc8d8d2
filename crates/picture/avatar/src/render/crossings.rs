use super::canvas::Window;
use crate::rig::Body;

/// Columns and rows of pixels that are told apart, about a cell's.
const SIDE: usize = 8;

/// What passes through each other.
///
/// Cells are drawn whole, in the order of their means. Where an arm passes through hair or the other arm, that would show as teeth as
/// large as cells: there it is each pixel's own depth that counts (Catmull, "A subdivision algorithm for computer display of curved
/// surfaces", 1974).
#[derive(Debug, Default)]
pub(super) struct Crossings {
    ranges: Vec<Ranges>,
    /// Of what a tile shows, in order, what passes through others; nothing where nothing does.
    crossed: Vec<bool>,
}

/// How near the cells of both arms and of the trunk are in one square.
type Ranges = [Keys; 3];

/// How near some cells are, from the nearest to the farthest.
#[derive(Clone, Copy, Debug)]
struct Keys {
    nearest: f32,
    farthest: f32,
}

const NONE: Keys = Keys { nearest: f32::INFINITY, farthest: f32::NEG_INFINITY };

impl Keys {
    fn meets(self, other: Self) -> bool {
        self.nearest < other.farthest && other.nearest < self.farthest
    }

    fn add(&mut self, keys: [f32; 4]) {
        self.nearest = keys.into_iter().fold(self.nearest, f32::min);
        self.farthest = keys.into_iter().fold(self.farthest, f32::max);
    }
}

/// The place of a body's keys.
fn index(body: Body) -> Option<usize> {
    match body {
        Body::Arm(side) => Some(side.index()),
        Body::Trunk => Some(2),
        Body::Other => None,
    }
}

/// Whether keys of one body meet those of another.
fn meets_another(body: usize, keys: Keys, ranges: &Ranges) -> bool {
    ranges.iter().enumerate().any(|(other, range)| other != body && keys.meets(*range))
}

impl Crossings {
    /// Whether any of some cells can pass through others, given their bodies and the keys of their corners. Finds none yet.
    pub(super) fn are_possible(&mut self, cells: impl Iterator<Item = (Body, [f32; 4])>) -> bool {
        self.crossed.clear();
        let mut ranges = [NONE; 3];
        for (body, keys) in cells {
            if let Some(body) = index(body) {
                ranges[body].add(keys);
            }
        }
        (0..3).any(|body| meets_another(body, ranges[body], &ranges))
    }

    /// Finds which of the items that a window shows pass through others, given the part of it in which each lies, its body and the keys
    /// of its corners.
    pub(super) fn find(
        &mut self,
        window: Window,
        items: impl Iterator<Item = Option<(Window, (Body, [f32; 4]))>> + Clone,
    ) {
        let columns = (window.right - window.left).div_ceil(SIDE);
        self.ranges.clear();
        self.ranges.resize(columns * (window.bottom - window.top).div_ceil(SIDE), [NONE; 3]);
        for (part, (body, keys)) in items.clone().flatten() {
            let Some(body) = index(body) else { continue };
            for square in squares(window, columns, part) {
                self.ranges[square][body].add(keys);
            }
        }
        self.crossed.extend(items.map(|item| {
            let Some((part, (body, keys))) = item else { return false };
            let mut own = NONE;
            own.add(keys);
            index(body).is_some_and(|body| {
                squares(window, columns, part).any(|square| meets_another(body, own, &self.ranges[square]))
            })
        }));
    }

    /// Whether nothing passes through anything.
    pub(super) fn is_empty(&self) -> bool {
        self.crossed.is_empty()
    }

    /// Whether the item of this place in their order does.
    pub(super) fn hold(&self, place: usize) -> bool {
        self.crossed.get(place).is_some_and(|crossed| *crossed)
    }
}

/// The squares of a window, `columns` a row, that a part of it lies in.
fn squares(window: Window, columns: usize, part: Window) -> impl Iterator<Item = usize> {
    let rows = (part.top - window.top) / SIDE..(part.bottom - window.top).div_ceil(SIDE);
    let across = (part.left - window.left) / SIDE..(part.right - window.left).div_ceil(SIDE);
    rows.flat_map(move |row| across.clone().map(move |column| row * columns + column))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Side;

    #[test]
    fn an_arm_crosses_the_trunk_where_it_is_neither_before_nor_behind() {
        let window = Window { left: 100, top: 50, right: 200, bottom: 90 };
        let part = |left: usize| Window { left, top: 60, right: left + 8, bottom: 68 };
        let arm = [110, 130, 150].map(|left| (part(left), (Body::Arm(Side::Left), [3.0, 3.0, 5.0, 5.0])));
        let trunk = [(110, 6.0), (130, 4.0), (150, 2.0)]
            .map(|(left, key)| (part(left), (Body::Trunk, [key - 0.5, key, key, key + 0.5])));
        let others = [(part(130), (Body::Other, [4.0; 4])), (part(130), (Body::Trunk, [9.0; 4]))];
        let items: Vec<_> = arm.into_iter().chain(trunk).chain(others).map(Some).chain([None]).collect();
        let mut crossings = Crossings::default();
        assert!(crossings.are_possible(items.iter().flatten().map(|(_, cell)| *cell)));
        crossings.find(window, items.into_iter());
        let held: Vec<usize> = (0..9).filter(|&place| crossings.hold(place)).collect();
        assert_eq!(held, [1, 4]);
        assert!(!crossings.are_possible(arm.into_iter().map(|(_, cell)| cell)));
        assert!(crossings.is_empty());
    }
}

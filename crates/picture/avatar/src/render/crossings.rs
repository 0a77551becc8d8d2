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
    candidates: Vec<Candidate>,
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
    fn of(corners: [f32; 4]) -> Self {
        Self {
            nearest: corners.into_iter().fold(f32::INFINITY, f32::min),
            farthest: corners.into_iter().fold(f32::NEG_INFINITY, f32::max),
        }
    }

    fn meets(self, other: Self) -> bool {
        self.nearest < other.farthest && other.nearest < self.farthest
    }

    fn add(&mut self, other: Self) {
        self.nearest = self.nearest.min(other.nearest);
        self.farthest = self.farthest.max(other.farthest);
    }
}

/// A cell that is neither before nor behind all of another body in its window.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// Its place in the order of what is shown.
    place: usize,
    body: usize,
    keys: Keys,
    part: Window,
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
    /// Finds which of the `items` that a window shows, in their order, pass through others, given the body of each that is a cell and the
    /// keys of its corners; `part` tells the part of the window in which that of a place lies.
    pub(super) fn find(
        &mut self,
        window: Window,
        items: impl ExactSizeIterator<Item = Option<(Body, [f32; 4])>> + Clone,
        part: impl Fn(usize) -> Option<Window>,
    ) {
        self.crossed.clear();
        let count = items.len();
        let cells = || {
            let cell = |(place, item): (usize, Option<(Body, [f32; 4])>)| {
                let (body, corners) = item?;
                Some((place, index(body)?, Keys::of(corners)))
            };
            items.clone().enumerate().filter_map(cell)
        };
        let mut all = [NONE; 3];
        cells().for_each(|(_, body, keys)| all[body].add(keys));
        if (0..3).all(|body| !meets_another(body, all[body], &all)) {
            return;
        }
        self.candidates.clear();
        self.candidates.extend(
            cells()
                .filter(|&(_, body, keys)| meets_another(body, keys, &all))
                .filter_map(|(place, body, keys)| Some(Candidate { place, body, keys, part: part(place)? })),
        );
        let columns = (window.right - window.left).div_ceil(SIDE);
        self.ranges.clear();
        self.ranges.resize(columns * (window.bottom - window.top).div_ceil(SIDE), [NONE; 3]);
        for cell in &self.candidates {
            for square in squares(window, columns, cell.part) {
                self.ranges[square][cell.body].add(cell.keys);
            }
        }
        for cell in &self.candidates {
            let meets = |square: usize| meets_another(cell.body, cell.keys, &self.ranges[square]);
            if squares(window, columns, cell.part).any(meets) {
                self.crossed.resize(count, false);
                self.crossed[cell.place] = true;
            }
        }
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
        let items: Vec<_> = arm.into_iter().chain(trunk).chain(others).collect();
        let mut crossings = Crossings::default();
        let cells = items.iter().map(|(_, cell)| Some(*cell)).chain([None]).collect::<Vec<_>>();
        crossings.find(window, cells.into_iter(), |place| Some(items[place].0));
        let held: Vec<usize> = (0..9).filter(|&place| crossings.hold(place)).collect();
        assert_eq!(held, [1, 4]);
        crossings.find(window, arm.map(|(_, cell)| Some(cell)).into_iter(), |place| Some(items[place].0));
        assert!(crossings.is_empty());
    }
}

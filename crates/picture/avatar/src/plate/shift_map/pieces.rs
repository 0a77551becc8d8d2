use frame::{Plane, SrgbPlane};
use glam::{IVec2, Vec3};

use super::{Label, place};
use crate::filter::{Channels, Mask, places};
use crate::motion::percentile;
use crate::plate::background::FRAME_PX;

/// The pieces at the picture's own size.
pub(super) struct Pieces<'a> {
    smooth: &'a SrgbPlane,
    hole: &'a Mask,
    known: &'a Mask,
    /// The smooth picture, the pieces laid into it.
    pub(super) picture: SrgbPlane,
    /// Where each pixel lies from what it is taken from; `None` where it is from nowhere.
    shifts: Plane<Option<IVec2>>,
    /// The greatest step of colour that is usual in what is known.
    steepest: f32,
}

/// How many of the steps in what is known are usual.
const USUAL: f32 = 0.99;

impl<'a> Pieces<'a> {
    /// `labels` are of a size smaller by `factor`.
    pub(super) fn new(
        smooth: &'a SrgbPlane,
        hole: &'a Mask,
        known: &'a Mask,
        labels: &Plane<Label>,
        shifts: &[IVec2],
        factor: usize,
    ) -> Self {
        let mut pieces = Self {
            smooth,
            hole,
            known,
            picture: smooth.clone(),
            shifts: hole.map(|_| Some(IVec2::ZERO)),
            steepest: steepest(smooth, known),
        };
        for (x, y) in places(hole) {
            let at = [(x / factor).min(labels.width() - 1), (y / factor).min(labels.height() - 1)];
            let shift = shifts.get(usize::from(labels.get(at[0], at[1])));
            let taken = shift.and_then(|&shift| Some((shift, pieces.known_at((x, y), shift)?)));
            pieces.shifts.row_mut(y)[x] = taken.map(|(shift, _)| shift);
            if let Some((_, colour)) = taken {
                pieces.picture.row_mut(y)[x] = colour;
            }
        }
        pieces
    }

    /// What no piece suits.
    pub(super) fn rest(&self) -> Mask {
        self.shifts.map(Option::is_none)
    }

    fn known_at(&self, at: (usize, usize), shift: IVec2) -> Option<[f32; 3]> {
        let (x, y) = place(self.hole.size(), FRAME_PX, at, shift)?;
        self.known.get(x, y).then(|| self.smooth.get(x, y))
    }

    /// The step of colour from one pixel to its neighbour: by the pieces of both, if they tell. What is from nowhere tells of no step but
    /// its own, and of none that is unusual: where small pieces of a wall meet there is no edge. Nor is there one to what is not filled and
    /// not known.
    pub(super) fn step(&self, a: (usize, usize), b: (usize, usize)) -> [f32; 3] {
        if !self.hole.get(b.0, b.1) && !self.known.get(b.0, b.1) {
            return self.picture.get(b.0, b.1).minus(self.picture.get(a.0, a.1));
        }
        let by = |shift: IVec2| Some(self.known_at(b, shift)?.minus(self.known_at(a, shift)?));
        let (first, second) = (self.shifts.get(a.0, a.1), self.shifts.get(b.0, b.1));
        match (first, second) {
            (None, None) => {
                let own = self.picture.get(b.0, b.1).minus(self.picture.get(a.0, a.1));
                own.times((self.steepest / length(own).max(1e-3)).min(1.0))
            }
            (Some(first), Some(second)) if first != second => match (by(first), by(second)) {
                (Some(first), Some(second)) => first.lerp(second, 0.5),
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => [0.0; 3],
            },
            (Some(only), _) | (None, Some(only)) => by(only).unwrap_or_default(),
        }
    }
}

/// The length of the [`USUAL`] step from one known pixel to the next.
fn steepest(picture: &SrgbPlane, known: &Mask) -> f32 {
    let rows = (0..picture.height()).flat_map(|y| picture.row(y).windows(2).zip(known.row(y).windows(2)));
    let known = rows.filter(|(_, known)| known[0] && known[1]);
    percentile(known.map(|(pair, _)| length(pair[1].minus(pair[0]))), USUAL)
}

fn length(step: [f32; 3]) -> f32 {
    Vec3::from_array(step).length()
}

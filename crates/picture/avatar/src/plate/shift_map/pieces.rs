use frame::{Plane, SrgbPlane};
use glam::IVec2;

use super::{Label, place};
use crate::filter::{Channels, Mask, places};
use crate::plate::background::FRAME_PX;

/// The pieces at the picture's own size.
pub(super) struct Pieces<'a> {
    smooth: &'a SrgbPlane,
    hole: &'a Mask,
    /// The smooth picture, the pieces laid into it.
    pub(super) picture: SrgbPlane,
    /// Where each pixel lies from what it is taken from; `None` where it is from nowhere.
    shifts: Plane<Option<IVec2>>,
}

impl<'a> Pieces<'a> {
    /// `labels` are of a size smaller by `factor`.
    pub(super) fn new(
        smooth: &'a SrgbPlane,
        hole: &'a Mask,
        labels: &Plane<Label>,
        shifts: &[IVec2],
        factor: usize,
    ) -> Self {
        let mut pieces =
            Self { smooth, hole, picture: smooth.clone(), shifts: hole.map(|_| Some(IVec2::ZERO)) };
        for (x, y) in places(hole) {
            let at = [(x / factor).min(labels.width() - 1), (y / factor).min(labels.height() - 1)];
            let shift = shifts.get(usize::from(labels.get(at[0], at[1])));
            let taken = shift.and_then(|&shift| Some((shift, pieces.known((x, y), shift)?)));
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

    fn known(&self, at: (usize, usize), shift: IVec2) -> Option<[f32; 3]> {
        let (x, y) = place(self.hole.size(), FRAME_PX, at, shift)?;
        (!self.hole.get(x, y)).then(|| self.smooth.get(x, y))
    }

    /// The step of colour from one pixel to its neighbour: by the pieces of both, if they tell.
    pub(super) fn step(&self, a: (usize, usize), b: (usize, usize)) -> [f32; 3] {
        let by = |shift: Option<IVec2>| match shift {
            Some(shift) => Some(self.known(b, shift)?.minus(self.known(a, shift)?)),
            None => Some(self.picture.get(b.0, b.1).minus(self.picture.get(a.0, a.1))),
        };
        let (first, second) = (self.shifts.get(a.0, a.1), self.shifts.get(b.0, b.1));
        if first == second {
            return by(first).unwrap_or_default();
        }
        match (by(first), by(second)) {
            (Some(first), Some(second)) => first.lerp(second, 0.5),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => [0.0; 3],
        }
    }
}

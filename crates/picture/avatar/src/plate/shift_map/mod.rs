//! A hole filled by large shifted pieces of what is about it.

mod labels;
mod pieces;
mod shifts;

use frame::{Plane, Size, SrgbPlane};
use glam::IVec2;

use super::completion::{Completion, patchmatch_fill};
use super::patch_field::Colour;
use super::screened::screened;
use crate::filter::{Mask, area, coverage, difference, resize_area, threshold, union};

use labels::Labelling;
use pieces::Pieces;
use shifts::dominant_shifts;

/// Pieces are cut at this long side, and roughly before that at the first ones.
const LONG_SIDES_PX: [u32; 3] = [60, 120, 240];

/// `smooth`, in which the `hole` is filled as a membrane, with the hole filled by large pieces of what is `known` instead, each shifted
/// by one of the few ways by which that repeats itself; cut where the cut shows least, and joined by their gradients. What no piece suits
/// is filled by small ones.
///
/// He & Sun, "Statistics of Patch Offsets for Image Completion" (ECCV 2012), after Pritch, Kav-Venaki & Peleg, "Shift-Map Image
/// Editing" (ICCV 2009).
pub(crate) fn shifted_fill(smooth: &SrgbPlane, hole: &Mask, known: &Mask) -> SrgbPlane {
    let long_side = smooth.size().long_side();
    let [rough, middle, fine] = LONG_SIDES_PX.map(|at| long_side.div_ceil(at).max(1));
    let known = difference(known, hole);
    let scene = Scene { picture: smooth.map(|&[r, g, b]| [r, g, b, 0.0]), hole: hole.clone(), known };
    let shifts = dominant_shifts(&scene.reduced(fine));
    let shifts: Vec<IVec2> = shifts.into_iter().map(|shift| shift * fine as i32).collect();
    let labelling = |factor| Labelling::new(scene.reduced(factor), &shifts, factor);
    let labels = labelling(rough).cut_anew();
    let labels = labelling(middle).cut_again(&labels);
    let labels = labelling(fine).cut_finely(&labels);
    let mut pieces = Pieces::new(smooth, hole, &scene.known, &labels, &shifts, fine as usize);
    let rest = pieces.rest();
    if area(&rest) as f32 > LEAST_REST * area(hole) as f32 {
        let source = union(&scene.known, &difference(hole, &rest));
        let patched = patchmatch_fill(&pieces.picture, &rest, Some(&source), REST);
        pieces.picture = patched;
    }
    screened(&pieces.picture, hole, &|a, b| pieces.step(a, b))
}

/// What no piece suits is left smooth where it is no more than this share of the hole, else filled so.
const LEAST_REST: f32 = 0.01;
const REST: Completion = Completion { long_side_px: 400, half_patch: 3 };

/// Which of the shifts a pixel of the hole is taken from, or [`SMOOTH`].
type Label = u16;

/// From nowhere: it is as smooth as a membrane.
const SMOOTH: Label = Label::MAX;

/// What is to be filled, and what with.
struct Scene {
    picture: Plane<Colour>,
    hole: Mask,
    /// The pixels that pieces are of, none of the hole.
    known: Mask,
}

impl Scene {
    /// The same a whole number of times smaller.
    fn reduced(&self, factor: u32) -> Self {
        let size = self.picture.size();
        let size = Size::new((size.width / factor).max(1), (size.height / factor).max(1));
        let share = |mask: &Mask| resize_area(&coverage(mask), size);
        let hole = threshold(&share(&self.hole), 0.0);
        let known = difference(&threshold(&share(&self.known), 0.98), &hole);
        Self { picture: resize_area(&self.picture, size), hole, known }
    }
}

/// The pixel so far away, if that is in the picture and `frame` away from its edge.
fn place(size: Size, frame: usize, (x, y): (usize, usize), shift: IVec2) -> Option<(usize, usize)> {
    let at = IVec2::new(x as i32, y as i32) + shift;
    let inside = |at: i32, side: u32| at >= frame as i32 && at + (frame as i32) < side as i32;
    (inside(at.x, size.width) && inside(at.y, size.height)).then_some((at.x as usize, at.y as usize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Channels, complement, laplace_fill};

    const SIZE: Size = Size::new(240, 180);

    fn hole() -> Mask {
        Plane::from_fn(SIZE, |x, y| (90..150).contains(&x) && (40..150).contains(&y))
    }

    /// A scene with the hole filled from the rest of it, and the mean error in the hole.
    fn filled(scene: impl Fn(u32, u32) -> [f32; 3]) -> (SrgbPlane, f32) {
        let (scene, hole) = (Plane::from_fn(SIZE, scene), hole());
        let seen = scene.zip_map(&hole, |&colour, &hole| if hole { [250.0, 0.0, 0.0] } else { colour });
        let known = complement(&hole);
        let filled = shifted_fill(&laplace_fill(&seen, &known), &hole, &known);
        let inside = filled.pixels().iter().zip(scene.pixels()).zip(hole.pixels()).filter(|(_, hole)| **hole);
        let errors = inside.map(|((a, b), _)| a.minus(*b).iter().map(|v| v.abs()).sum::<f32>() / 3.0);
        let mean = errors.sum::<f32>() / area(&hole) as f32;
        assert!(
            filled
                .pixels()
                .iter()
                .zip(seen.pixels())
                .zip(hole.pixels())
                .all(|((a, b), hole)| *hole || a == b)
        );
        (filled, mean)
    }

    #[test]
    fn what_repeats_itself_goes_on() {
        let (_, error) = filled(|x, y| {
            let brick = (x + 12 * (y / 12 % 2)) % 24 > 2 && y % 12 > 2;
            if brick { [150.0, 80.0, 60.0] } else { [200.0, 195.0, 190.0] }
        });
        assert!(error < 6.0, "{error}");
    }

    #[test]
    fn pieces_are_of_what_is_known_alone() {
        let hole = hole();
        let known = Plane::from_fn(SIZE, |x, y| x < 90 && !hole.get(x as usize, y as usize));
        let scene = |x: u32| if x < 90 { [150.0, 80.0, 60.0] } else { [20.0, 200.0, 30.0] };
        let scene = Plane::from_fn(SIZE, |x, y| scene(x).map(|v| v + ((x * 7 + y * 3) % 9) as f32));
        let filled = shifted_fill(&laplace_fill(&scene, &known), &hole, &known);
        for i in (0..hole.pixels().len()).filter(|&i| hole.pixels()[i]) {
            assert!(filled.pixels()[i][0] > 100.0, "{:?}", filled.pixels()[i]);
        }
    }

    #[test]
    fn an_edge_behind_the_hole_goes_through_it_and_light_stays_even() {
        let (filled, error) = filled(|x, y| {
            let light = 0.2 * x as f32 + (x * 7 % 5) as f32;
            if y < 100 { [200.0 - light, 190.0 - light, 180.0] } else { [90.0 - light, 80.0, 70.0 + light] }
        });
        assert!(error < 6.0, "{error}");
        assert!(filled.get(120, 94)[0] - filled.get(120, 106)[0] > 80.0, "the edge is sharp");
    }

    #[test]
    fn a_wall_that_only_small_pieces_suit_has_no_edges() {
        // Light falls from the right on a wall of which strips beside the hole and above it are seen.
        let wall = |x: u32, y: u32| {
            let light = 0.3 * x as f32 + ((x * 13 + y * 7) % 3) as f32;
            [100.0 + light, 95.0 + light, 90.0 + light]
        };
        let hole = Plane::from_fn(SIZE, |x, y| y >= 110 || (y >= 40 && (25..215).contains(&x)));
        let scene = Plane::from_fn(SIZE, wall);
        let known = complement(&hole);
        let filled = shifted_fill(&laplace_fill(&scene, &known), &hole, &known);
        for y in 0..SIZE.height as usize {
            for (x, pair) in filled.row(y).windows(2).enumerate() {
                let step = (pair[1][0] - pair[0][0]).abs();
                assert!(step < 9.0, "a step of {step} at {x}, {y}");
            }
        }
    }

    #[test]
    fn where_nothing_is_known_it_stays_as_it_is() {
        for size in [Size::new(1, 1), Size::new(7, 3), Size::new(40, 90), Size::new(300, 3)] {
            let plane = Plane::from_fn(size, |x, y| [x as f32, y as f32, 9.0]);
            let [all, none] = [true, false].map(|v| plane.map(|_| v));
            assert_eq!(shifted_fill(&plane, &all, &none).size(), size);
            assert_eq!(shifted_fill(&plane, &none, &all), plane);
        }
    }
}

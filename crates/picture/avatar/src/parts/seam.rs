use frame::{Plane, SrgbPlane};
use glam::Vec3;

use super::Part;
use super::cloth::is_same_cloth;
use crate::Limb;
use crate::filter::{
    Connectivity, Mask, PixelRect, bounds, components, difference, dilate_square, gaussian_blur, open_disc,
};

/// Half width of what is a tip, in half widths of the arm.
const TIP: f32 = 0.6;
/// Width of the neighbourhood that decides, as the sigma of a Gaussian in half widths of the arm.
const SIGMA: f32 = 0.4;

/// Smooths the border between an arm and the core where both are of one cloth, or both bare: colour tells nothing there, the border
/// is ragged by chance, and tips of a sleeve that are the core's would stand at its side when the arm is raised. Each pixel of the
/// `person` about the border becomes what most of its neighbourhood is, and narrow tips of the core become the arm's; `hair` stays as
/// it is. `radius_px` is the arm's half width.
pub(super) fn smooth_seam(
    labels: &mut Plane<Part>,
    limb: Limb,
    colours: &SrgbPlane,
    [person, hair]: [&Mask; 2],
    radius_px: f32,
) {
    let sigma_px = SIGMA * radius_px;
    let arm = Part::Limb(limb);
    let Some(own) = bounds(&labels.map(|&label| label == arm)) else { return };
    let part = own.grown((3.0 * sigma_px).ceil() as usize, labels.size());
    let (old, colours, person) = (part.cut(labels), part.cut(colours), part.cut(person));
    let subject = difference(&person, &part.cut(hair));
    let core = old.zip_map(&person, |&label, &on| on && label == Part::Core);
    let tips = difference(&core, &open_disc(&core, TIP * radius_px));
    let about = |wanted: Part| {
        let of_part = old.zip_map(&subject, |&label, &on| on && label == wanted);
        let weighted =
            colours.zip_map(&of_part, |&[r, g, b], &on| if on { [r, g, b, 1.0] } else { [0.0; 4] });
        gaussian_blur(&weighted, sigma_px)
    };
    let (of_arm, of_core) = (about(arm), about(Part::Core));
    let mean = |[r, g, b, weight]: [f32; 4]| Vec3::new(r, g, b) / weight.max(1e-3);
    let new = Plane::from_fn(old.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let (label, in_arm, in_core) = (old.get(x, y), of_arm.get(x, y), of_core.get(x, y));
        let (most, least, other) = if in_arm[3] > in_core[3] || tips.get(x, y) {
            (in_arm, in_core, arm)
        } else {
            (in_core, in_arm, Part::Core)
        };
        let is_near = most[3].min(least[3]) > 1e-3;
        let opens = subject.get(x, y) && (label == arm || label == Part::Core) && is_near;
        if opens && is_same_cloth(mean(most), mean(least)) { other } else { label }
    });
    part.paste(&without_islands(new, [&person, &subject], arm, (TIP * radius_px).powi(2)), labels);
}

/// Gives what a tip leaves of the core to the `arm`: pieces smaller than `least_px` pixels beside the arm, within the part and without
/// hair, which is on the `person` but not on the `subject`.
fn without_islands(
    labels: Plane<Part>,
    [person, subject]: [&Mask; 2],
    arm: Part,
    least_px: f32,
) -> Plane<Part> {
    let core = labels.zip_map(person, |&label, &on| on && label == Part::Core);
    let pieces = components(&core, Connectivity::Eight);
    let inside = |piece: PixelRect| {
        piece.x > 0 && piece.y > 0 && piece.right() < labels.width() && piece.bottom() < labels.height()
    };
    let beside = dilate_square(&labels.zip_map(person, |&label, &on| on && label == arm), 1);
    let holding = |wanted: &Mask| {
        let mut holds = vec![false; pieces.regions.len() + 1];
        for (&piece, _) in pieces.labels.pixels().iter().zip(wanted.pixels()).filter(|(_, wanted)| **wanted) {
            holds[piece as usize] = true;
        }
        holds
    };
    let (beside, hairy) = (holding(&beside), holding(&difference(person, subject)));
    let islands = pieces.select(|i| {
        let piece = &pieces.regions[i];
        (piece.area as f32) < least_px && beside[i + 1] && !hairy[i + 1] && inside(piece.bounds)
    });
    labels.zip_map(&islands, |&label, &island| if island { arm } else { label })
}

#[cfg(test)]
mod tests {
    use frame::Size;

    use super::*;
    use crate::Side;

    const ARM: Part = Part::Limb(Limb::Arm(Side::Left));

    /// An arm right of column 40 whose border is ragged by teeth four rows high, after smoothing.
    fn smoothed(arm_colour: [f32; 3]) -> Plane<Part> {
        let size = Size::new(80, 80);
        let is_arm = |x: u32, y: u32| x >= if y % 8 < 4 { 37 } else { 43 };
        let mut labels = Plane::from_fn(size, |x, y| if is_arm(x, y) { ARM } else { Part::Core });
        let colours = Plane::from_fn(size, |x, y| if is_arm(x, y) { arm_colour } else { [100.0; 3] });
        smooth_seam(
            &mut labels,
            Limb::Arm(Side::Left),
            &colours,
            [&Plane::filled(size, true), &Plane::filled(size, false)],
            20.0,
        );
        labels
    }

    #[test]
    fn the_border_within_one_cloth_is_straightened() {
        let labels = smoothed([110.0; 3]);
        for y in 20..60 {
            let border = (0..80).position(|x| labels.get(x, y) == ARM);
            assert!((38..=42).contains(&border.unwrap_or(0)), "row {y}: {border:?}");
        }
    }

    #[test]
    fn an_island_of_the_core_goes_to_the_arm_unless_it_is_hair_or_goes_on() {
        let size = Size::new(30, 30);
        let labels = |x: usize| Plane::from_fn(size, |px, _| if px as usize == x { Part::Core } else { ARM });
        let dot = labels(10)
            .zip_map(&Plane::from_fn(size, |_, y| y == 9), |&label, &row| if row { label } else { ARM });
        let person = Plane::filled(size, true);
        let after =
            |labels: Plane<Part>, subject: &Mask| without_islands(labels, [&person, subject], ARM, 50.0);
        assert_eq!(after(dot.clone(), &person).get(10, 9), ARM);
        assert_eq!(after(dot.clone(), &Plane::filled(size, false)).get(10, 9), Part::Core);
        // An earring is not the arm's.
        let far = Plane::from_fn(size, |x, y| x < 5 || x == 10 && y == 9);
        let alone = without_islands(dot, [&far, &far], ARM, 50.0);
        assert_eq!(alone.get(10, 9), Part::Core);
        assert_eq!(after(labels(10), &person).get(10, 9), Part::Core);
    }

    #[test]
    fn the_border_of_two_colours_stays() {
        let labels = smoothed([200.0, 60.0, 60.0]);
        for y in 20..60 {
            let border = (0..80).position(|x| labels.get(x, y) == ARM);
            assert_eq!(border, Some(if y % 8 < 4 { 37 } else { 43 }));
        }
    }
}

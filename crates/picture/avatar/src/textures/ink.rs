use frame::{Plane, SrgbPlane};

use crate::filter::{complement, distance_to, luma, nearest_in, places, threshold};
use crate::render::Ink;

/// Brightness (of 255) from which on what is within an outline is light enough for ink to be told from it.
const LIGHT: f32 = 75.0;
/// How much darker ink is than what is within.
const DARKER: f32 = 50.0;
/// Share of the outline that must be light within, and of that the share that must be inked. Of three drawings in ink 60
/// to 84 % are; of photographs, renderings and a child's crayons at most 33 %.
const LEAST_LIGHT: f32 = 0.3;
const LEAST_INKED: f32 = 0.45;

/// The line that a drawn figure is outlined with; `None` where there is none, as in a photograph. From `rim_px` within the outline on
/// there is surely no ink.
pub(super) fn of_outline(matte: &Plane<f32>, colours: &SrgbPlane, rim_px: f32) -> Option<Ink> {
    let solid = threshold(matte, 0.5);
    // The border runs half a pixel from the centres beside it.
    let from_outside = distance_to(&complement(&solid));
    let inner = nearest_in(&from_outside.map(|&away| away >= rim_px + 0.5))?;
    let brightness = luma(colours);
    let (mut crossings, mut outline, mut light) = (Vec::new(), 0usize, 0usize);
    for (x, y) in places(&solid).filter(|&(x, y)| from_outside.get(x, y) < 1.5) {
        outline += 1;
        let [inner_x, inner_y] = inner.get(x, y).map(|i| i as usize);
        let within = brightness.get(inner_x, inner_y);
        let steps = inner_x.abs_diff(x).max(inner_y.abs_diff(y));
        // What is thinner than two rims is all line.
        if within < LIGHT || steps as f32 > 2.0 * rim_px {
            continue;
        }
        light += 1;
        let between =
            |from: usize, to: usize, step: usize| (from * (steps - step) + to * step) / steps.max(1);
        let way = (0..steps).map(|step| (between(x, inner_x, step), between(y, inner_y, step)));
        let dark = |(x, y): (usize, usize)| brightness.get(x, y);
        let Some(darkest) = way.clone().min_by(|&a, &b| dark(a).total_cmp(&dark(b))) else { continue };
        if dark(darkest) < within - DARKER {
            let middle = 0.5 * (within + dark(darkest));
            let width = way.filter(|&place| dark(place) < middle).count();
            crossings.push((width, colours.get(darkest.0, darkest.1)));
        }
    }
    let is_inked =
        light as f32 > LEAST_LIGHT * outline as f32 && crossings.len() as f32 > LEAST_INKED * light as f32;
    if !is_inked {
        return None;
    }
    crossings.sort_unstable_by_key(|(width, _)| *width);
    let width_px = crossings[crossings.len() / 2].0 as f32;
    let mean = |i: usize| crossings.iter().map(|(_, colour)| colour[i]).sum::<f32>() / crossings.len() as f32;
    (width_px < 0.7 * rim_px).then(|| Ink::new([0, 1, 2].map(mean), width_px))
}

#[cfg(test)]
mod tests {
    use frame::Size;

    use super::*;

    /// A disc of a radius of 40 pixels; `colour` tells it by the distance to its edge.
    fn ink_of(colour: impl Fn(f32) -> [f32; 3]) -> Option<Ink> {
        let inside = |x: u32, y: u32| 40.0 - (x as f32 - 60.0).hypot(y as f32 - 60.0);
        let size = Size::new(120, 120);
        let matte = Plane::from_fn(size, |x, y| f32::from(inside(x, y) > 0.0));
        of_outline(&matte, &Plane::from_fn(size, |x, y| colour(inside(x, y))), 10.0)
    }

    #[test]
    fn a_line_along_the_outline_is_ink_and_shade_or_a_dark_figure_is_not() {
        const CLOTH: [f32; 3] = [200.0, 190.0, 60.0];
        const LINE: [f32; 3] = [60.0, 40.0, 50.0];
        let drawn = ink_of(|inside| if inside < 3.0 { LINE } else { CLOTH }).expect("inked");
        let (colour, width_px) = drawn.described();
        assert_eq!(colour.to_le_bytes(), [60, 40, 50, 255]);
        assert!((2.0..=4.0).contains(&width_px), "{width_px}");
        assert!(ink_of(|_| CLOTH).is_none());
        assert!(ink_of(|inside| CLOTH.map(|c| c * (0.8 + 0.02 * inside.clamp(0.0, 10.0)))).is_none());
        assert!(ink_of(|_| LINE).is_none(), "all dark");
        assert!(ink_of(|inside| if inside < 9.0 { LINE } else { CLOTH }).is_none(), "no line, but a border");
    }
}

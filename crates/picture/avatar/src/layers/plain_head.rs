//! A head without what is drawn on it.

use frame::{Plane, SrgbPlane};
use glam::Vec3;

use super::pattern::patterned;
use super::study::{Study, spread};
use crate::Joint;
use crate::filter::{
    Connectivity, Mask, PixelRect, area, bounds, components, coverage, difference, dilate_disc,
    dilate_square, erode_disc, gaussian_blur, intersection, resize_area, resize_nearest, threshold,
};
use crate::parts::{Part, centre};

/// A head on which no face was found, without the marks that lie within its outline, and how much of each pixel is changed: eyes
/// and a mouth are such marks. What reaches the outline, as ears and straws do, stays. `None` where there are no marks.
pub(super) fn plain_head(study: &Study<'_>) -> Option<(SrgbPlane, Plane<f32>)> {
    let (chest, down) = (study.anatomy.at(Joint::Chest), study.anatomy.downwards());
    let lowest = 0.15 * study.anatomy.spine;
    let core = study.labelled(Part::Core);
    let head = Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        study.solid.get(x, y) && core.get(x, y) && (centre(x, y) - chest).dot(down) < lowest
    });
    let part = bounds(&head)?.grown(8, study.size());
    let size = part.size.fitted(DETAIL_PX);
    let small = resize_area(&part.cut(study.still.foreground), size);
    let small = marks_on(&small, &threshold(&resize_area(&coverage(&part.cut(&head)), size), 0.99))?;
    let mut marks = Plane::filled(study.size(), false);
    part.paste(&resize_nearest(&small, part.size), &mut marks);
    let breadth = (area(&head) as f32).sqrt();
    let marks = intersection(&dilate_disc(&marks, (0.015 * breadth).max(2.0)), &head);
    let plain = difference(&head, &marks);
    let part = bounds(&marks)?.grown((0.15 * breadth) as usize + 8, study.size());
    let smooth = spread(part, study.still.foreground, &plain, 0.03 * breadth)?;
    let filled = patterned(study.still.foreground, smooth, part, [&marks, &plain], 0.06 * breadth);
    let covered = gaussian_blur(&coverage(&dilate_square(&marks, 1)), 1.5);
    Some((filled, covered))
}

/// Marks are sought at this long side.
const DETAIL_PX: u32 = 200;

/// What differs from its surroundings on a head, is small and lies within.
fn marks_on(image: &SrgbPlane, head: &Mask) -> Option<Mask> {
    /// The least difference, of 255 levels.
    const MARKED: f32 = 26.0;
    /// The largest mark, as a share of the head.
    const LARGEST: f32 = 0.12;
    let breadth = (area(head) as f32).sqrt();
    let whole = PixelRect { x: 0, y: 0, size: image.size() };
    let inside = erode_disc(head, (0.05 * breadth).max(1.0));
    let mut marks = Plane::filled(image.size(), false);
    // The marks themselves darken the mean: without the first turn's the second finds all.
    for _ in 0..2 {
        let smooth = spread(whole, image, &difference(head, &marks), 0.12 * breadth)?;
        let differs = image.zip_map(&smooth, |colour, mean| {
            Vec3::from_array(*colour).distance(Vec3::from_array(*mean)) > MARKED
        });
        let pieces = components(&intersection(&differs, head), Connectivity::Eight);
        let mut reaches_out = vec![false; pieces.regions.len() + 1];
        let outside = pieces.labels.pixels().iter().zip(inside.pixels()).filter(|(_, inside)| !**inside);
        outside.for_each(|(&label, _)| reaches_out[label as usize] = true);
        let is_small = |i: usize| (pieces.regions[i].area as f32) < LARGEST * area(head) as f32;
        marks = pieces.select(|i| is_small(i) && !reaches_out[i + 1]);
    }
    (area(&marks) > 0).then_some(marks)
}

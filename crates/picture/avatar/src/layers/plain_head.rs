//! A head without what is drawn on it.

use frame::{Plane, Size, SrgbPlane};
use glam::Vec3;

use super::pattern::patterned;
use super::study::{Study, spread};
use crate::Joint;
use crate::filter::{
    Connectivity, Mask, area, bounds, close_disc, complement, components, coverage, difference, dilate_disc,
    dilate_square, erode_disc, gaussian_blur, intersection, places, resize_area, resize_linear,
    resize_nearest, threshold,
};
use crate::motion::percentile;
use crate::parts::{Part, centre, has_neck};

/// A head on which no face was found, without the marks that lie within its outline, and how much of each pixel is changed: eyes
/// and a mouth are such marks. What reaches the outline, as ears and straws do, stays. `None` where there are no marks.
pub(super) fn plain_head(study: &Study<'_>) -> Option<(SrgbPlane, Plane<f32>)> {
    let (chest, down) = (study.anatomy.at(Joint::Chest), study.anatomy.downwards());
    // What has no neck may have its face anywhere.
    let lowest = if has_neck(study.still.person) { 0.15 * study.anatomy.spine } else { f32::INFINITY };
    let core = study.labelled(Part::Core);
    let head = Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        study.solid.get(x, y) && core.get(x, y) && (centre(x, y) - chest).dot(down) < lowest
    });
    // A pencil's lines may be holes in the matte.
    let head = intersection(&close_disc(&head, 0.04 * (area(&head) as f32).sqrt()), &core);
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
    let filled = patterned(study.still.foreground, smooth, [&marks, &plain], 0.06 * breadth);
    let covered = gaussian_blur(&coverage(&dilate_square(&marks, 1)), 1.5);
    Some((filled, covered))
}

/// Marks are sought at this long side.
const DETAIL_PX: u32 = 200;

/// What differs from its surroundings on a head, is small and lies within.
fn marks_on(image: &SrgbPlane, head: &Mask) -> Option<Mask> {
    /// The least difference, of 255 levels, and in that of half of the pixels: a crayon's strokes are no marks.
    const MARKED: (f32, f32) = (26.0, 3.0);
    /// The largest mark, as a share of the head.
    const LARGEST: f32 = 0.12;
    /// Wide enough for most of what is about a mark to be the head's.
    const AROUND: f32 = 0.2;
    let breadth = (area(head) as f32).sqrt();
    let usual = local_medians(image, head, (AROUND * breadth).max(2.0));
    let differs =
        image.zip_map(&usual, |colour, usual| Vec3::from_array(*colour).distance(Vec3::from_array(*usual)));
    let half = percentile(places(head).map(|(x, y)| differs.get(x, y)), 0.5);
    let marked = threshold(&differs, MARKED.0.max(MARKED.1 * half));
    let pieces = components(&intersection(&marked, head), Connectivity::Eight);
    let outside = complement(&erode_disc(head, (0.03 * breadth).max(1.0)));
    let small = pieces.select(|i| (pieces.regions[i].area as f32) < LARGEST * area(head) as f32);
    let marks = difference(&small, &pieces.meeting(&outside));
    (area(&marks) > 0).then_some(marks)
}

/// The median colour of the known pixels up to `radius_px` away, by channels: on a lattice of half that width, linear between.
fn local_medians(image: &SrgbPlane, known: &Mask, radius_px: f32) -> SrgbPlane {
    let step = (0.5 * radius_px) as usize + 1;
    let radius = radius_px as usize;
    let lattice =
        Size::new(image.size().width.div_ceil(step as u32), image.size().height.div_ceil(step as u32));
    let within =
        |middle: usize, length: usize| middle.saturating_sub(radius)..(middle + radius + 1).min(length);
    let medians = Plane::from_fn(lattice, |x, y| {
        let [x, y] = [x, y].map(|v| v as usize * step + step / 2);
        let (columns, rows) = (within(x, image.width()), within(y, image.height()));
        let pixels = || rows.clone().flat_map(|y| columns.clone().map(move |x| (x, y)));
        [0, 1, 2].map(|c| {
            let values = pixels().filter(|&(x, y)| known.get(x, y)).map(|(x, y)| image.get(x, y)[c]);
            percentile(values, 0.5)
        })
    });
    resize_linear(&medians, image.size())
}

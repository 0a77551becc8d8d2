use frame::Plane;

use super::Part;
use super::seeds::Seeds;
use crate::filter::{Connectivity, Mask, area, components};

/// Least share of a part's seeds that a piece of it must hold.
const LEAST_SHARE: f32 = 0.15;

/// Gives the pieces of a part that hold next to none of its seeds to the part with which they share the longest border.
pub(super) fn merge_fragments(labels: &mut Plane<Part>, person: &Mask, seeds: &Seeds) {
    // Twice: a piece that was given away may have joined others into one.
    for _ in 0..2 {
        for part in Part::ALL {
            let Some(seeds) = seeds.of(part) else { continue };
            merge_fragments_of(part, labels, person, seeds);
        }
    }
}

fn merge_fragments_of(part: Part, labels: &mut Plane<Part>, person: &Mask, seeds: &Mask) {
    let own = labels.zip_map(person, |&label, &person| person && label == part);
    let pieces = components(&own, Connectivity::Four);
    if pieces.regions.len() < 2 {
        return;
    }
    let mut seeds_in = vec![0usize; pieces.regions.len()];
    for (&label, _) in pieces.labels.pixels().iter().zip(seeds.pixels()).filter(|(l, seed)| **l > 0 && **seed)
    {
        seeds_in[label as usize - 1] += 1;
    }
    let enough = (LEAST_SHARE * area(seeds) as f32).max(1.0);
    let largest = pieces.largest();
    let any = seeds_in.iter().any(|&count| count as f32 >= enough);
    for (i, piece) in pieces.regions.iter().enumerate() {
        let stays = if any { seeds_in[i] as f32 >= enough } else { Some(i) == largest };
        // A lap that the lower edge of the picture cuts off from the trunk is no fragment.
        let is_lap = part == Part::Core && piece.bounds.bottom() == labels.height();
        if !stays && !is_lap {
            let region = i as u32 + 1;
            if let Some(heir) = longest_border(labels, person, &pieces.labels, region, piece.bounds) {
                for (label, _) in
                    labels.pixels_mut().iter_mut().zip(pieces.labels.pixels()).filter(|(_, l)| **l == region)
                {
                    *label = heir;
                }
            }
        }
    }
}

/// The part that most of the pixels around a piece belong to; none if only the background is around it.
fn longest_border(
    labels: &Plane<Part>,
    person: &Mask,
    pieces: &Plane<u32>,
    region: u32,
    bounds: crate::filter::PixelRect,
) -> Option<Part> {
    let mut border = [0usize; Part::ALL.len()];
    let around = bounds.grown(1, labels.size());
    for y in around.y..around.bottom() {
        for x in around.x..around.right() {
            let touches = || {
                (-1..=1).any(|dy| {
                    (-1..=1).any(|dx| pieces.get_clamped(x as isize + dx, y as isize + dy) == region)
                })
            };
            if person.get(x, y) && pieces.get(x, y) != region && touches() {
                border[labels.get(x, y).index()] += 1;
            }
        }
    }
    let longest = (0..border.len()).rev().max_by_key(|&i| border[i])?;
    (border[longest] > 0).then(|| Part::ALL[longest])
}

use frame::{Plane, Size, SrgbPlane};
use glam::{Vec2, Vec3};

use super::Part;
use super::evidence::{Evidence, centre};
use crate::filter::{Mask, from_rows, gaussian_blur, nearest_in, to_lab};

/// Spread of a label over its neighbours, in pixels of half the size, and over colours, in Lab units.
const SIGMA_PLACE: f32 = 1.0;
const SIGMA_COLOUR: f32 = 12.0;

/// The labels at the still's own size: at a border, each pixel takes the label of the neighbours that are coloured like it
/// (joint bilateral upsampling, Kopf et al. 2007); a slight blur then rounds what is jagged.
pub(super) fn upsample(labels: &Plane<Part>, evidence: &Evidence, foreground: &SrgbPlane) -> Plane<Part> {
    let size = foreground.size();
    let lab = to_lab(foreground);
    let scale = extent(labels.size()) / extent(size);
    let sharp = from_rows(size, Part::Core, |y, row| {
        for (x, out) in row.iter_mut().enumerate() {
            let place = centre(x, y) * scale;
            *out = label_at(labels, evidence, place, Vec3::from_array(lab.get(x, y)));
        }
    });
    rounded(&sharp)
}

fn extent(size: Size) -> Vec2 {
    Vec2::new(size.width as f32, size.height as f32)
}

fn label_at(labels: &Plane<Part>, evidence: &Evidence, place: Vec2, colour: Vec3) -> Part {
    let (cx, cy) = (place.x as isize, place.y as isize);
    let near = labels.get_clamped(cx, cy);
    let around = || (-2..=2isize).flat_map(move |dy| (-2..=2isize).map(move |dx| (cx + dx, cy + dy)));
    if around().all(|(x, y)| labels.get_clamped(x, y) == near) {
        return near;
    }
    let mut votes = [0.0f32; Part::ALL.len()];
    for (x, y) in around() {
        if !evidence.person.get_clamped(x, y) {
            continue;
        }
        let away = (Vec2::new(x as f32, y as f32) + 0.5 - place).length_squared() / SIGMA_PLACE.powi(2);
        let unlike =
            Vec3::from_array(evidence.lab.get_clamped(x, y)).distance_squared(colour) / SIGMA_COLOUR.powi(2);
        votes[labels.get_clamped(x, y).index()] += (-0.5 * (away + unlike)).exp();
    }
    let most = (0..votes.len()).rev().max_by(|&a, &b| votes[a].total_cmp(&votes[b]));
    most.filter(|&i| votes[i] > 0.0).map_or(near, |i| Part::ALL[i])
}

/// The part with the most pixels about each one.
fn rounded(labels: &Plane<Part>) -> Plane<Part> {
    let shares = labels.map(|label| {
        let mut share = [0.0f32; Part::ALL.len()];
        share[label.index()] = 1.0;
        share
    });
    gaussian_blur(&shares, 1.2).map(|share| {
        let most = (0..share.len()).rev().max_by(|&a, &b| share[a].total_cmp(&share[b]));
        Part::ALL[most.unwrap_or(0)]
    })
}

/// Gives every pixel off the subject the label of the nearest on it.
pub(super) fn extend(labels: &Plane<Part>, person: &Mask) -> Plane<Part> {
    match nearest_in(person) {
        Some(nearest) => nearest.map(|&[x, y]| labels.get(x as usize, y as usize)),
        None => labels.clone(),
    }
}

use frame::FaceLandmarks;
use glam::{Vec2, Vec3};

use super::evidence::{centre, median};
use super::features::Face;
use super::{Still, is_same_cloth};
use crate::Side;
use crate::face::BEFORE_EARS;
use crate::filter::{Mask, convex_hull, distance_to, fill_polygon, places, threshold};

/// The narrowest ear that is one from the front, in heights of the face, and the broadest: hair that stands out is broader.
const SEEN: std::ops::Range<f32> = 0.03..0.2;
/// How far above and below the place before it an ear is surely seen, in heights of the face.
const MIDDLE: f32 = 0.12;
/// How much redder than hair and cheeks ears may be, in steps of 255.
const FLUSH: f32 = 12.0;

/// An ear that is seen beside a face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ear {
    /// The place before it where the face ends, in pixels of the picture.
    pub root: Vec2,
    /// Unit vector across the face to its side.
    pub outwards: Vec2,
    /// How broad it is seen, in pixels.
    pub width: f32,
    /// Height of the face, in pixels.
    pub face_height: f32,
}

/// The bare ears of a face, of the subject's left and right.
pub(super) fn find_ears(still: &Still<'_>) -> [Option<Ear>; 2] {
    let Some(landmarks) = &still.person.face else { return [None; 2] };
    let find = || {
        let face = Face::new(landmarks, Vec2::ONE)?;
        let person = threshold(still.matte, 0.5);
        let mut hull = Mask::filled(person.size(), false);
        fill_polygon(&mut hull, &convex_hull(&face.points));
        let from_face = distance_to(&hull);
        let colours = |wanted: &dyn Fn(usize, usize) -> bool| {
            let all = places(&person).filter(|&(x, y)| wanted(x, y));
            median(all.map(|(x, y)| Vec3::from_array(still.foreground.get(x, y))).collect())
        };
        let skin = colours(&|x, y| hull.get(x, y) && face.above_chin(centre(x, y)) < 0.6)?;
        let hair = colours(&|x, y| {
            (0.04..0.35).contains(&(from_face.get(x, y) / face.height))
                && face.above_chin(centre(x, y)) > 0.95
        })
        .unwrap_or(skin);
        let is_bare = |x: usize, y: usize| {
            let colour = Vec3::from_array(still.foreground.get(x, y));
            let redness = |c: Vec3| c.x - c.y;
            is_same_cloth(hair, skin)
                || colour.distance(skin) < colour.distance(hair)
                || redness(colour) > redness(hair).max(redness(skin)) + FLUSH
        };
        Some(Side::BOTH.map(|side| {
            ear(landmarks, &face, side, &|x, y| {
                (x < person.width() && y < person.height() && person.get(x, y)).then(|| is_bare(x, y))
            })
        }))
    };
    find().unwrap_or_default()
}

/// The ear of one side, given whether each pixel of the subject is bare.
fn ear(
    landmarks: &FaceLandmarks,
    face: &Face,
    side: Side,
    is_bare: &dyn Fn(usize, usize) -> Option<bool>,
) -> Option<Ear> {
    const ROWS: usize = 9;
    // The mesh begins at the subject's right.
    let [root, other] = match side {
        Side::Left => [BEFORE_EARS[1], BEFORE_EARS[0]],
        Side::Right => BEFORE_EARS,
    }
    .map(|i| landmarks[i].truncate());
    let up = face.upwards();
    let across = root - other;
    let outwards = (across - across.dot(up) * up).normalize_or_zero();
    let (mut widths, mut bare, mut ends_bare) = ([0; ROWS], 0, 0);
    for (i, width) in widths.iter_mut().enumerate() {
        let from = root + up * face.height * MIDDLE * (2.0 * (i as f32 + 0.5) / ROWS as f32 - 1.0);
        let mut last = false;
        for step in 0..(SEEN.end * face.height) as usize + 2 {
            let place = from + outwards * step as f32;
            if place.min_element() < 0.0 {
                return None;
            }
            let Some(is_bare) = is_bare(place.x as usize, place.y as usize) else { break };
            *width += 1;
            bare += usize::from(is_bare);
            last = is_bare;
        }
        ends_bare += usize::from(last);
    }
    let all: usize = widths.iter().sum();
    widths.sort_unstable();
    let width = widths[ROWS / 2] as f32;
    (SEEN.contains(&(width / face.height)) && 3 * bare > 2 * all && 3 * ends_bare > 2 * ROWS).then_some(Ear {
        root,
        outwards,
        width,
        face_height: face.height,
    })
}

use frame::{BodyLandmarks, HandLandmarks, Person, Plane, SrgbPlane, body, hand};
use glam::Vec2;

use super::gaps::open_gaps;
use super::lines::without_lines;
use super::subject::subject_alone;
use super::verdict::ColourVerdict;
use crate::filter::{
    Connectivity, Mask, area, bounds, components, convex_hull, coverage, distance_to, fill_polygon,
    gaussian_blur, guided_filter, open_disc, sample_linear, stroke_polyline, threshold,
};
use crate::smoothstep;

/// The matte of a still with what the matting network gets wrong put right:
/// * other people and objects are dropped, though never what hangs together with the subject;
/// * hands, feet and shins it missed before clutter come back from the pose network's segmentation and the hand landmarks,
///   sharpened on the picture's own edges by a guided filter;
/// * narrow gaps that show the background are opened, thin lines of it between the legs dropped;
/// * holes within the subject are closed, and a line drawing is filled within its lines;
/// * what is half transparent far from any edge is solid.
///
/// All planes have one size; `matte` and `segmentation` (the pose network's own mask) are 0 … 1, landmarks are in pixels
/// of these planes. So is the result.
pub fn repair_matte(
    image: &SrgbPlane,
    matte: &Plane<f32>,
    segmentation: &Plane<f32>,
    person: &Person,
) -> Plane<f32> {
    let subject = open_gaps(image, &subject_alone(matte, segmentation, person), segmentation);
    let subject = filled_drawing(&without_lines(&subject, &person.body));
    let mut found = holes(&subject, segmentation);
    take_greater(&mut found, &limb_ends(image, &subject, segmentation, &person.body));
    for landmarks in [&person.left_hand, &person.right_hand].into_iter().flatten() {
        let covered = landmarks.points().iter().map(|point| sample_linear(&subject, point.truncate()));
        if covered.sum::<f32>() < WHOLE * HandLandmarks::COUNT as f32 {
            take_greater(&mut found, &hand_shape(image, landmarks));
        }
    }
    let disputed = found.zip_map(&subject, |&found, &matte| found > matte + 0.02);
    let likeness = ColourVerdict::new(image, &subject, segmentation).of(&disputed);
    let believed = found.zip_map(&likeness, |found, likeness| found * smoothstep((likeness - 0.4) / 0.2));
    let mut repaired = subject;
    take_greater(&mut repaired, &believed);
    solid_within(&repaired)
}

/// The matte with the doubts that the network has far from any edge put aside: a subject is half transparent where it ends, and
/// where light shines through cloth, not deep within.
fn solid_within(matte: &Plane<f32>) -> Plane<f32> {
    const EDGE: f32 = 0.012;
    let edge_px = EDGE * matte.height() as f32;
    let depth = distance_to(&threshold(matte, 0.5).map(|solid| !solid));
    matte.zip_map(&depth, |&alpha, &depth| {
        let share = smoothstep((alpha - 0.5) / 0.25) * smoothstep((depth - edge_px) / edge_px);
        alpha + (1.0 - alpha) * share
    })
}

/// A matte that holds nothing but thin lines, with all that they enclose; any other as it is.
pub(crate) fn filled_drawing(matte: &Plane<f32>) -> Plane<f32> {
    let mut filled = matte.clone();
    if is_line_drawing(matte) {
        take_greater(&mut filled, &enclosed_holes(matte, |_, _| true));
    }
    filled
}

/// Mean alpha along a bone, or of a hand's landmarks, from which on nothing is missing there.
const WHOLE: f32 = 0.85;

/// Whether the matte holds nothing but thin lines.
fn is_line_drawing(matte: &Plane<f32>) -> bool {
    let solid = threshold(matte, 0.5);
    4 * area(&open_disc(&solid, 0.01 * matte.height() as f32)) < area(&solid)
}

/// The holes that the segmentation holds for the subject or that are too small to be seen through.
fn holes(matte: &Plane<f32>, segmentation: &Plane<f32>) -> Plane<f32> {
    const SUBJECT_SHARE: f32 = 0.8;
    let tiny = (0.008 * matte.height() as f32).powi(2) as usize;
    enclosed_holes(matte, |labels, label| {
        let pixels = labels.pixels().iter().zip(segmentation.pixels()).filter(|(own, _)| **own == label);
        let (area, sum) = pixels.fold((0, 0.0), |(area, sum), (_, share)| (area + 1, sum + share));
        area <= tiny || sum > SUBJECT_SHARE * area as f32
    })
}

/// 1 in the regions of low alpha that the subject encloses and `wanted` picks, given all labels and its own.
fn enclosed_holes(matte: &Plane<f32>, wanted: impl Fn(&Plane<u32>, u32) -> bool) -> Plane<f32> {
    let gaps = components(&threshold(matte, 0.5).map(|solid| !solid), Connectivity::Four);
    coverage(&gaps.select(|i| {
        let bounds = gaps.regions[i].bounds;
        let open = bounds.x == 0
            || bounds.y == 0
            || bounds.right() == matte.width()
            || bounds.bottom() == matte.height();
        !open && wanted(&gaps.labels, i as u32 + 1)
    }))
}

/// Alpha by the segmentation of the ends of limbs that are missing in the matte: shins and feet, wrists and what lies half
/// as far again beyond the hand's landmarks.
fn limb_ends(
    image: &SrgbPlane,
    matte: &Plane<f32>,
    segmentation: &Plane<f32>,
    body: &BodyLandmarks,
) -> Plane<f32> {
    const WIDTH_OF_TORSO: f32 = 0.22;
    let height = image.height() as f32;
    let torso_px = body[body::LEFT_SHOULDER].xy().distance(body[body::LEFT_HIP].xy());
    let mut zone = Plane::filled(image.size(), false);
    for (from, to, reach) in LIMB_ENDS {
        // The whole hand is as visible as its wrist.
        let judged = if reach > 1.0 { from } else { to };
        let (start, end) = (body[from].xy(), body[to].xy());
        let covered =
            (0..=8).map(|i| sample_linear(matte, start.lerp(end, i as f32 / 8.0))).sum::<f32>() / 9.0;
        if body[judged].visibility > 0.35 && covered < WHOLE {
            stroke_polyline(
                &mut zone,
                &[start, start.lerp(end, reach)],
                (torso_px * WIDTH_OF_TORSO).max(3.0),
            );
        }
    }
    let radius = (height / 120.0).max(4.0) as usize;
    on_edges_of(image, segmentation, &zone, radius, 30.0, |share, zone| {
        let zone = gaussian_blur(&coverage(zone), height / 300.0);
        share.zip_map(&zone, |&share, &zone| ((share - 0.35) / 0.4).clamp(0.0, 1.0) * zone)
    })
}

/// From, to, and how far along that way the segmentation is trusted.
const LIMB_ENDS: [(usize, usize, f32); 10] = [
    (body::LEFT_ELBOW, body::LEFT_WRIST, 1.0),
    (body::LEFT_WRIST, body::LEFT_INDEX, 1.5),
    (body::LEFT_WRIST, body::LEFT_PINKY, 1.5),
    (body::RIGHT_ELBOW, body::RIGHT_WRIST, 1.0),
    (body::RIGHT_WRIST, body::RIGHT_INDEX, 1.5),
    (body::RIGHT_WRIST, body::RIGHT_PINKY, 1.5),
    (body::LEFT_ANKLE, body::LEFT_TOE, 1.0),
    (body::RIGHT_ANKLE, body::RIGHT_TOE, 1.0),
    (body::LEFT_KNEE, body::LEFT_ANKLE, 1.0),
    (body::RIGHT_KNEE, body::RIGHT_ANKLE, 1.0),
];

/// Alpha of a hand where its landmarks say it is.
fn hand_shape(image: &SrgbPlane, landmarks: &HandLandmarks) -> Plane<f32> {
    const PALM: [usize; 6] =
        [hand::WRIST, hand::THUMB_CMC, hand::INDEX_MCP, hand::MIDDLE_MCP, hand::RING_MCP, hand::PINKY_MCP];
    let at = |i: usize| landmarks[i].truncate();
    let finger_radius_px = (at(hand::INDEX_MCP).distance(at(hand::PINKY_MCP)) * 0.22).max(2.0);
    let mut shape = Plane::filled(image.size(), false);
    for knuckle in [hand::THUMB_CMC, hand::INDEX_MCP, hand::MIDDLE_MCP, hand::RING_MCP, hand::PINKY_MCP] {
        let finger: Vec<Vec2> = std::iter::once(hand::WRIST).chain(knuckle..knuckle + 4).map(at).collect();
        stroke_polyline(&mut shape, &finger, 2.0 * finger_radius_px);
    }
    fill_polygon(&mut shape, &convex_hull(&PALM.map(at)));
    let radius = finger_radius_px.max(3.0) as usize;
    on_edges_of(image, &coverage(&shape), &shape, radius, 40.0, |share, _| {
        share.map(|share| ((share - 0.3) / 0.4).clamp(0.0, 1.0))
    })
}

/// `share` moved onto the edges of the picture about `zone` by a guided filter and finished by `finish`, which is given that
/// part of the zone too; 0 elsewhere.
fn on_edges_of(
    image: &SrgbPlane,
    share: &Plane<f32>,
    zone: &Mask,
    radius: usize,
    eps: f32,
    finish: impl FnOnce(&Plane<f32>, &Mask) -> Plane<f32>,
) -> Plane<f32> {
    let mut alpha = Plane::filled(image.size(), 0.0);
    if let Some(rect) = bounds(zone) {
        // The filter looks two radii far.
        let rect = rect.grown(4 * radius, image.size());
        let sharpened = guided_filter(&rect.cut(image), &rect.cut(share), radius, eps);
        rect.paste(&finish(&sharpened, &rect.cut(zone)), &mut alpha);
    }
    alpha
}

fn take_greater(matte: &mut Plane<f32>, other: &Plane<f32>) {
    for (a, &b) in matte.pixels_mut().iter_mut().zip(other.pixels()) {
        *a = a.max(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::fill_disc;
    use frame::{BodyLandmark, Size};

    const SKIN: [f32; 3] = [225.0, 175.0, 150.0];
    const CLOTH: [f32; 3] = [40.0, 60.0, 150.0];
    const WALL: [f32; 3] = [120.0, 150.0, 110.0];

    /// A head, a trunk and an arm held out with its hand at (330, 200), before a wall.
    struct Scene {
        image: SrgbPlane,
        matte: Mask,
        segmentation: Mask,
        person: Person,
    }

    fn scene() -> Scene {
        let size = Size::new(400, 400);
        let mut skin = Plane::filled(size, false);
        fill_disc(&mut skin, Vec2::new(200.0, 80.0), 40.0);
        let mut cloth = Plane::filled(size, false);
        stroke_polyline(&mut cloth, &[Vec2::new(200.0, 160.0), Vec2::new(200.0, 330.0)], 90.0);
        stroke_polyline(&mut cloth, &[Vec2::new(200.0, 150.0), Vec2::new(300.0, 200.0)], 30.0);
        let matte = skin.zip_map(&cloth, |a, b| a | b);
        fill_disc(&mut skin, Vec2::new(330.0, 200.0), 16.0);
        let segmentation = skin.zip_map(&cloth, |a, b| a | b);
        let image = skin.zip_map(&cloth, |&skin, &cloth| match (skin, cloth) {
            (_, true) => CLOTH,
            (true, _) => SKIN,
            _ => WALL,
        });
        let mut points = vec![BodyLandmark::default(); BodyLandmarks::COUNT];
        for (i, x, y) in [
            (body::LEFT_SHOULDER, 240.0, 160.0),
            (body::LEFT_HIP, 230.0, 320.0),
            (body::LEFT_ELBOW, 260.0, 180.0),
            (body::LEFT_WRIST, 310.0, 200.0),
            (body::LEFT_INDEX, 335.0, 198.0),
            (body::LEFT_PINKY, 335.0, 206.0),
        ] {
            points[i].image = glam::Vec3::new(x, y, 0.0);
            points[i].visibility = 0.9;
        }
        let body = BodyLandmarks::new(points).unwrap();
        let person = Person { body, left_hand: None, right_hand: None, face: None };
        Scene { image, matte, segmentation, person }
    }

    #[test]
    fn a_hand_the_matte_missed_comes_back_on_its_own_edges() {
        let Scene { image, matte, segmentation, person } = scene();
        let repaired = repair_matte(&image, &coverage(&matte), &coverage(&segmentation), &person);
        assert!(repaired.get(330, 200) > 0.9, "{}", repaired.get(330, 200));
        assert!(repaired.get(330, 225) < 0.05 && repaired.get(360, 200) < 0.05);
    }

    #[test]
    fn a_gap_that_shows_the_wall_stays_open_whatever_the_segmentation_says() {
        let Scene { mut image, matte, segmentation, person } = scene();
        let mut gap = Plane::filled(matte.size(), false);
        fill_disc(&mut gap, Vec2::new(200.0, 280.0), 12.0);
        let holed = coverage(&matte.zip_map(&gap, |matte, gap| matte & !gap));
        let closed = repair_matte(&image, &holed, &coverage(&segmentation), &person);
        assert_eq!(closed.get(200, 280), 1.0, "a hole that shows cloth is the matte's mistake");
        image = image.zip_map(&gap, |&colour, &gap| if gap { WALL } else { colour });
        let open = repair_matte(&image, &holed, &coverage(&segmentation), &person);
        assert!(open.get(200, 280) < 0.1, "{}", open.get(200, 280));
    }

    #[test]
    fn doubts_deep_within_are_put_aside_and_soft_edges_stay() {
        let Scene { image, matte, segmentation, person } = scene();
        let soft = gaussian_blur(&coverage(&matte).map(|alpha| 0.8 * alpha), 2.0);
        let repaired = repair_matte(&image, &soft, &coverage(&segmentation), &person);
        assert!(repaired.get(200, 240) > 0.99, "{}", repaired.get(200, 240));
        // At the trunk's edge, 45 pixels from its middle, nothing has changed.
        assert!((repaired.get(155, 240) - soft.get(155, 240)).abs() < 0.01);
    }

    #[test]
    fn a_line_drawing_is_filled() {
        let size = Size::new(300, 300);
        let disc = |radius| {
            let mut mask = Plane::filled(size, false);
            fill_disc(&mut mask, Vec2::splat(150.0), radius);
            mask
        };
        let ring = coverage(&disc(80.0).zip_map(&disc(76.0), |outer, inner| outer & !inner));
        let paper = Plane::filled(size, [250.0; 3]);
        let nothing = Plane::filled(size, 0.0);
        let repaired = repair_matte(&paper, &ring, &nothing, &scene().person);
        assert_eq!((repaired.get(150, 150), repaired.get(20, 20)), (1.0, 0.0));
    }
}

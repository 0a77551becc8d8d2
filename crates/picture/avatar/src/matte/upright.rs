use frame::{BodyLandmark, BodyLandmarks, Matte, Person, body};
use glam::{Vec2, Vec3};

/// The height that a figure is taken to have, in metres.
const HEIGHT_M: f32 = 1.7;

/// Where the landmarks of the middle and the left side stand in the box of an upright figure with its arms a little out, as shares of its
/// width from the middle, and of its height from the top; those of the right side are mirrored.
const PLACES: [(usize, [f32; 2]); 17] = [
    (body::NOSE, [0.0, 0.10]),
    (1, [0.03, 0.085]),
    (body::LEFT_EYE, [0.05, 0.085]),
    (3, [0.07, 0.085]),
    (body::LEFT_EAR, [0.10, 0.095]),
    (body::MOUTH_LEFT, [0.04, 0.125]),
    (body::LEFT_SHOULDER, [0.22, 0.22]),
    (body::LEFT_ELBOW, [0.33, 0.36]),
    (body::LEFT_WRIST, [0.42, 0.47]),
    (body::LEFT_PINKY, [0.46, 0.51]),
    (body::LEFT_INDEX, [0.45, 0.52]),
    (body::LEFT_THUMB, [0.42, 0.50]),
    (body::LEFT_HIP, [0.13, 0.52]),
    (body::LEFT_KNEE, [0.14, 0.72]),
    (body::LEFT_ANKLE, [0.15, 0.92]),
    (body::LEFT_HEEL, [0.15, 0.95]),
    (body::LEFT_TOE, [0.19, 0.98]),
];

/// Somebody who stands upright in the box around the matte's subject, facing the viewer: where to begin when nobody was found and a person
/// is to put the joints right. `None` of a matte without a subject.
pub fn upright_person(matte: &Matte) -> Option<Person> {
    let (least, most) = subject_box(matte)?;
    let (middle, size) = ((least.x + most.x) / 2.0, most - least);
    let at = |[across, down]: [f32; 2]| Vec2::new(middle + across * size.x, least.y + down * size.y);
    let hips = at([0.0, 0.52]);
    let metres = HEIGHT_M / size.y;
    let landmark = |place: [f32; 2]| {
        let place = at(place);
        BodyLandmark {
            image: place.extend(0.0),
            world: Vec3::new((place.x - hips.x) * metres, (place.y - hips.y) * metres, 0.0),
            visibility: 0.9,
            presence: 0.9,
        }
    };
    let mut landmarks = vec![BodyLandmark::default(); body::COUNT];
    for (index, place) in PLACES {
        landmarks[index] = landmark(place);
        if let Some(right) = mirrored(index) {
            landmarks[right] = landmark([-place[0], place[1]]);
        }
    }
    let body = BodyLandmarks::new(landmarks).ok()?;
    Some(Person { body, left_hand: None, right_hand: None, face: None })
}

/// The right side's landmark of a left side's.
fn mirrored(left: usize) -> Option<usize> {
    match left {
        1..=3 => Some(left + 3),
        body::LEFT_EAR | body::MOUTH_LEFT | body::LEFT_SHOULDER..body::COUNT if left % 2 == 1 => {
            Some(left + 1)
        }
        _ => None,
    }
}

/// The corners of the box around what is subject, in pixels.
fn subject_box(matte: &Matte) -> Option<(Vec2, Vec2)> {
    let (mut least, mut most) = (Vec2::INFINITY, Vec2::NEG_INFINITY);
    for y in 0..matte.0.height() {
        for (x, _) in matte.0.row(y).iter().enumerate().filter(|(_, share)| **share >= 0.5) {
            let pixel = Vec2::new(x as f32, y as f32);
            least = least.min(pixel);
            most = most.max(pixel + 1.0);
        }
    }
    (most.y > least.y).then_some((least, most))
}

#[cfg(test)]
mod tests {
    use frame::{Plane, Size};

    use super::*;

    #[test]
    fn somebody_stands_in_the_box() {
        let inside = |x: u32, y: u32| (20..60).contains(&x) && (10..90).contains(&y);
        let matte = Matte(Plane::from_fn(Size::new(80, 100), |x, y| f32::from(u8::from(inside(x, y)))));
        let person = upright_person(&matte).unwrap();
        let at = |index: usize| person.body[index].xy();
        for (index, landmark) in person.body.points().iter().enumerate() {
            let place = landmark.xy();
            assert!((20.0..=60.0).contains(&place.x) && (10.0..=90.0).contains(&place.y), "{index}: {place}");
        }
        // The subject's left is at the viewer's right.
        assert!(at(body::LEFT_WRIST).x > at(body::RIGHT_WRIST).x);
        assert!((at(body::LEFT_KNEE).x - 40.0) + (at(body::RIGHT_KNEE).x - 40.0) < 1e-3);
        assert!(at(body::NOSE).y < at(body::LEFT_HIP).y && at(body::LEFT_HIP).y < at(body::LEFT_ANKLE).y);
        assert_eq!(upright_person(&Matte(Plane::filled(Size::new(8, 8), 0.2))), None);
    }
}

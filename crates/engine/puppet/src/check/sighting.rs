use contract::Sighting;
use frame::{BodyLandmarks, Person};
use glam::{Vec2, Vec3};

/// A body alone, its landmarks moved into the picture that the caller knows by `to_picture`.
pub(super) fn body(body: &BodyLandmarks, to_picture: impl Fn(Vec2) -> Vec2) -> Sighting {
    let landmark = |landmark: &frame::BodyLandmark| {
        let [x, y] = rounded(to_picture(landmark.xy()));
        [x, y, (landmark.visibility * 100.0).round() / 100.0]
    };
    Sighting { body: body.points().iter().map(landmark).collect(), ..Sighting::default() }
}

/// A whole person, with the same move.
pub(super) fn person(person: &Person, to_picture: impl Fn(Vec2) -> Vec2) -> Sighting {
    let points = |points: Option<&[Vec3]>| {
        points.unwrap_or_default().iter().map(|point| rounded(to_picture(point.truncate()))).collect()
    };
    Sighting {
        left_hand: points(person.left_hand.as_ref().map(|hand| hand.points())),
        right_hand: points(person.right_hand.as_ref().map(|hand| hand.points())),
        face: points(person.face.as_ref().map(|face| face.points())),
        ..body(&person.body, to_picture)
    }
}

/// To a tenth of a pixel: it is for drawing.
pub(super) fn rounded(point: Vec2) -> [f32; 2] {
    [point.x, point.y].map(|value| (value * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use frame::{BodyLandmark, HandLandmarks};

    use super::*;

    #[test]
    fn a_person_is_told_in_the_callers_pixels() {
        let landmark =
            BodyLandmark { image: Vec3::new(10.0, 20.26, 1.0), visibility: 0.987, ..Default::default() };
        let whole = Person {
            body: BodyLandmarks::new(vec![landmark; frame::body::COUNT]).unwrap(),
            left_hand: Some(HandLandmarks::new(vec![Vec3::ONE; frame::hand::COUNT]).unwrap()),
            right_hand: None,
            face: None,
        };
        let found = person(&whole, |point| point * 2.0);
        assert_eq!((found.body.len(), found.body[32]), (33, [20.0, 40.5, 0.99]));
        assert_eq!((found.left_hand.len(), found.left_hand[0]), (21, [2.0, 2.0]));
        assert!(found.right_hand.is_empty() && found.face.is_empty());
    }
}

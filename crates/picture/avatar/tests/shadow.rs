//! A character whose still shows its shadow on the wall behind it.

use std::sync::LazyLock;

use avatar::plate::CastShadow;
use avatar::render::{Exposure, Renderer};
use avatar::retarget::Pose;
use avatar::{Character, CharacterSource};
use frame::{BodyLandmark, BodyLandmarks, Image, Matte, Person, Plane, Size, Srgb8, body};
use glam::{Affine2, Vec2, Vec3};

const SIZE: Size = Size::new(200, 300);
const SHIFT: Vec2 = Vec2::new(24.0, 10.0);

/// A figure from the front, arms away from the body.
fn person() -> Person {
    let places = [
        (body::NOSE, (100.0, 62.0)),
        (body::LEFT_EAR, (112.0, 62.0)),
        (body::LEFT_SHOULDER, (122.0, 96.0)),
        (body::LEFT_ELBOW, (142.0, 126.0)),
        (body::LEFT_WRIST, (158.0, 154.0)),
        (body::LEFT_PINKY, (163.0, 162.0)),
        (body::LEFT_INDEX, (161.0, 164.0)),
        (body::LEFT_THUMB, (160.0, 160.0)),
        (body::LEFT_HIP, (112.0, 165.0)),
        (body::LEFT_KNEE, (114.0, 210.0)),
        (body::LEFT_ANKLE, (115.0, 255.0)),
        (body::LEFT_HEEL, (114.0, 258.0)),
        (body::LEFT_TOE, (120.0, 262.0)),
    ];
    let mut points = vec![BodyLandmark::default(); body::COUNT];
    for (index, (x, y)) in places {
        let point = |x: f32| BodyLandmark {
            image: Vec3::new(x, y, 0.0),
            world: Vec3::new((x - 100.0) / 150.0, (y - 165.0) / 150.0, 0.0),
            visibility: 0.98,
            ..Default::default()
        };
        points[index] = point(x);
        if index != body::NOSE {
            points[index + 1] = point(200.0 - x);
        }
    }
    let body = BodyLandmarks::new(points).expect("as many as there are");
    Person { body, left_hand: None, right_hand: None, face: None }
}

/// The colour of the figure at a point, if it is there.
fn paint(person: &Person, point: Vec2) -> Option<Srgb8> {
    let at = |i: usize| person.body[i].image.truncate();
    let near = |a: Vec2, b: Vec2, width: f32| {
        let along = ((point - a).dot(b - a) / (b - a).length_squared()).clamp(0.0, 1.0);
        point.distance(a.lerp(b, along)) < width
    };
    let limb = |chain: [usize; 3], width: f32| {
        chain.windows(2).any(|pair| {
            near(at(pair[0]), at(pair[1]), width) || near(at(pair[0] + 1), at(pair[1] + 1), width)
        })
    };
    let in_trunk = (80.0..120.0).contains(&point.x) && (88.0..175.0).contains(&point.y);
    if limb([body::LEFT_ELBOW, body::LEFT_WRIST, body::LEFT_INDEX], 6.0)
        || point.distance(Vec2::new(100.0, 62.0)) < 20.0
    {
        Some(Srgb8::new(205, 150, 120))
    } else if limb([body::LEFT_SHOULDER, body::LEFT_ELBOW, body::LEFT_ELBOW], 7.0) || in_trunk {
        Some(Srgb8::new(40, 70, 150))
    } else if limb([body::LEFT_HIP, body::LEFT_KNEE, body::LEFT_ANKLE], 9.0) {
        Some(Srgb8::new(60, 60, 60))
    } else {
        None
    }
}

fn built(shadow: Option<CastShadow>) -> (Character, Image) {
    let person = person();
    let painted = Plane::from_fn(SIZE, |x, y| paint(&person, Vec2::new(x as f32 + 0.5, y as f32 + 0.5)));
    let alphas = painted.map(|colour| f32::from(u8::from(colour.is_some())));
    let lights = match shadow {
        Some(shadow) => shadow.cast(&alphas).map(|share| shadow.light(*share)),
        None => alphas.map(|_| [1.0; 3]),
    };
    let image = Plane::from_fn(SIZE, |x, y| {
        let light = lights.get(x as usize, y as usize);
        painted.get(x as usize, y as usize).unwrap_or_else(|| {
            let [r, g, b] = [0, 1, 2].map(|c| ([205.0, 200.0, 190.0][c] - 0.1 * y as f32) * light[c]);
            Srgb8::new(r.round() as u8, g.round() as u8, b.round() as u8)
        })
    });
    let matte = Matte(alphas);
    let source = CharacterSource { image: &image, matte: &matte, segmentation: None, person: &person };
    (Character::build(&source).expect("made to fit"), image)
}

fn drawn(character: &Character, pose: &Pose) -> Image {
    let mut image = Image::filled(SIZE, Srgb8::default());
    character.render(&Exposure::instant(pose.clone()), &mut Renderer::new(), &mut image);
    image
}

static SHADED: LazyLock<(Character, Image)> = LazyLock::new(|| {
    let background_from_subject = Affine2::from_translation(SHIFT);
    built(Some(CastShadow { background_from_subject, sigma_px: 4.0, depth: [0.6; 3] }))
});

fn moved(by: Vec3) -> Pose {
    let rest = Pose::at_rest(SHADED.0.rest());
    Pose { joints: rest.joints.map(|_, p| p + by), ..rest }
}

#[test]
fn at_rest_the_shadow_falls_as_in_the_still() {
    let (character, still) = &*SHADED;
    let image = drawn(character, &moved(Vec3::ZERO));
    let differences = image.pixels().iter().zip(still.pixels()).map(|(a, b)| f32::from(a.g.abs_diff(b.g)));
    let mean = differences.sum::<f32>() / SIZE.area() as f32;
    assert!(mean < 2.5, "{mean}");
}

#[test]
fn the_shadow_goes_along_and_leaves_nothing_behind() {
    let (character, still) = &*SHADED;
    // Beside the trunk it was dark; the figure goes to the left and takes the dark with it.
    let (beside, wall) = (Vec2::new(132.0, 160.0), Vec2::new(12.0, 160.0));
    let green = |image: &Image, place: Vec2| f32::from(image.get(place.x as usize, place.y as usize).g);
    assert!(green(still, beside) < 0.7 * green(still, wall));
    let image = drawn(character, &moved(Vec3::new(-70.0, 0.0, 0.0)));
    assert!((green(&image, beside) - green(still, wall)).abs() < 8.0, "{}", green(&image, beside));
    let there = beside - Vec2::new(70.0, 0.0);
    assert!((green(&image, there) - green(still, beside)).abs() < 12.0, "{}", green(&image, there));
    // Off the picture it casts none into it.
    let gone = drawn(character, &moved(Vec3::new(-900.0, 0.0, 0.0)));
    assert!(gone.pixels().iter().all(|p| p.g > 160));
}

#[test]
fn a_shaded_frame_does_not_depend_on_others_and_a_layer_has_no_shadow() {
    let (character, _) = &*SHADED;
    let (mut renderer, mut image) = (Renderer::new(), Image::filled(Size::new(1, 1), Srgb8::default()));
    let poses = [moved(Vec3::new(-30.0, 5.0, 0.0)), moved(Vec3::ZERO), moved(Vec3::new(9.0, 0.0, 0.0))];
    for index in 0..3 {
        character.render(&Exposure::of(&poses, index, 180.0), &mut renderer, &mut image);
    }
    let mut alone = Image::filled(SIZE, Srgb8::default());
    character.render(&Exposure::of(&poses, 2, 180.0), &mut Renderer::new(), &mut alone);
    assert_eq!(image, alone);
    let mut layer = Plane::filled(SIZE, frame::PremulSrgba8::default());
    character.render_layer(&Exposure::instant(poses[1].clone()), &mut renderer, &mut layer);
    assert_eq!(layer.get(132, 160).a, 0);
}

#[test]
fn where_none_is_seen_none_is_cast() {
    let (character, still) = built(None);
    let image = drawn(&character, &moved(Vec3::new(-70.0, 0.0, 0.0)));
    assert_eq!(image.get(190, 160), still.get(190, 160));
    assert!((f32::from(image.get(62, 160).g) - f32::from(still.get(190, 160).g)).abs() < 4.0);
}

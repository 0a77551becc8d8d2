//! A drawn figure made a character: at rest it is its still, and no pose can harm it.

use avatar::motion::{DrivingTrack, MotionClip};
use avatar::render::{Exposure, Renderer};
use avatar::retarget::{CharacterRest, Orientation, Pose, retarget};
use avatar::{AvatarError, Character, CharacterSource, Joint, Joints, Limb, Side};
use frame::{
    BodyLandmark, BodyLandmarks, FrameRate, Image, Matte, Person, Plane, PremulSrgba8, Size, Srgb8, body,
};
use glam::{Mat3, Vec2, Vec3};
use proptest::prelude::*;
use std::sync::LazyLock;

mod drawing;
mod retargeting;

const SIZE: Size = Size::new(240, 360);
const PX_PER_METRE: f32 = 170.0;

/// A front view in metres about the hips; the arms hang away from the body.
fn landmark_m(index: usize) -> Vec3 {
    let side = if index % 2 == 1 { 1.0 } else { -1.0 };
    let (x, y, z) = match index {
        body::NOSE => (0.0, -0.72, -0.1),
        1..=3 => (0.03, -0.75, -0.09),
        4..=6 => (-0.03, -0.75, -0.09),
        7 | 8 => (0.08 * side, -0.74, 0.0),
        9 | 10 => (0.03 * -side, -0.68, -0.08),
        11 | 12 => (0.19 * side, -0.52, 0.0),
        13 | 14 => (0.34 * side, -0.28, 0.0),
        15 | 16 => (0.46 * side, -0.06, 0.0),
        17 | 18 => (0.52 * side, 0.02, 0.0),
        19 | 20 => (0.49 * side, 0.04, 0.0),
        21 | 22 => (0.46 * side, 0.0, 0.0),
        23 | 24 => (0.11 * side, 0.0, 0.0),
        25 | 26 => (0.13 * side, 0.43, 0.0),
        27 | 28 => (0.14 * side, 0.84, 0.0),
        29 | 30 => (0.14 * side, 0.88, 0.03),
        _ => (0.18 * side, 0.91, -0.06),
    };
    Vec3::new(x, y, z)
}

fn person_at(pelvis: Vec2, px_per_metre: f32, turn: Mat3) -> Person {
    let landmark = |index: usize| {
        let world = turn * landmark_m(index);
        BodyLandmark {
            image: (world.truncate() * px_per_metre + pelvis).extend(world.z * px_per_metre),
            world,
            visibility: 0.95,
            presence: 0.99,
        }
    };
    let body = BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).expect("made to fit");
    Person { body, left_hand: None, right_hand: None, face: None }
}

fn figure() -> Person {
    person_at(Vec2::new(120.0, 170.0), PX_PER_METRE, Mat3::IDENTITY)
}

const SHIRT: Srgb8 = Srgb8::new(60, 80, 190);
const SLEEVES: Srgb8 = Srgb8::new(200, 60, 50);

/// Which colour the figure has at a place, in `sleeves`; none in the background.
fn paint(person: &Person, sleeves: Srgb8, place: Vec2) -> Option<Srgb8> {
    let at = |index: usize| person.body[index].xy();
    let near = |a: Vec2, b: Vec2, radius: f32| {
        let along = ((place - a).dot(b - a) / (b - a).length_squared().max(1.0)).clamp(0.0, 1.0);
        place.distance(a + (b - a) * along) < radius
    };
    let limb = |chain: [usize; 4], radius: f32| chain.windows(2).any(|w| near(at(w[0]), at(w[1]), radius));
    let middle = |a: usize, b: usize| (at(a) + at(b)) * 0.5;
    if near(at(0), at(0), 17.0) {
        Some(Srgb8::new(230, 190, 160))
    } else if limb([11, 13, 15, 19], 8.0) || limb([12, 14, 16, 20], 8.0) {
        Some(sleeves)
    } else if near(middle(11, 12), middle(23, 24), 30.0) || near(at(0), middle(11, 12), 7.0) {
        Some(SHIRT)
    } else if limb([23, 25, 27, 31], 11.0) || limb([24, 26, 28, 32], 11.0) {
        Some(Srgb8::new(40, 120, 60))
    } else {
        None
    }
}

fn still() -> (Image, Matte, Person) {
    still_in(SLEEVES)
}

fn still_in(sleeves: Srgb8) -> (Image, Matte, Person) {
    let person = figure();
    let centre = |x: u32, y: u32| Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
    let background = |x: u32, y: u32| Srgb8::new(190, 195 - (y / 12) as u8, 200 - (x / 12) as u8);
    let painted = Plane::from_fn(SIZE, |x, y| paint(&person, sleeves, centre(x, y)));
    let image =
        Plane::from_fn(SIZE, |x, y| painted.get(x as usize, y as usize).unwrap_or_else(|| background(x, y)));
    let matte = painted.map(|colour| if colour.is_some() { 1.0 } else { 0.0 });
    (image, Matte(matte), person)
}

static CHARACTER: LazyLock<Character> = LazyLock::new(|| character(&still()));

fn character((image, matte, person): &(Image, Matte, Person)) -> Character {
    Character::build(&CharacterSource { image, matte, segmentation: Some(matte), person })
        .expect("made to fit")
}

fn drawn(pose: &Pose) -> Image {
    let mut image = Image::filled(SIZE, Srgb8::default());
    CHARACTER.render(&Exposure::instant(pose.clone()), &mut Renderer::new(), &mut image);
    image
}

fn mean_difference(a: &Image, b: &Image) -> f32 {
    let difference =
        |a: &Srgb8, b: &Srgb8| a.r.abs_diff(b.r) as f32 + a.g.abs_diff(b.g) as f32 + a.b.abs_diff(b.b) as f32;
    a.pixels().iter().zip(b.pixels()).map(|(a, b)| difference(a, b)).sum::<f32>() / (3 * SIZE.area()) as f32
}

use frame::{Image, Person, Plane, Size, Srgb8, body};
use glam::Vec2;

use crate::filter::stroke_polyline;

/// What is behind the figure, and the figure's left, right and middle.
const BACKGROUND: Srgb8 = Srgb8::new(24, 26, 32);
const LEFT: Srgb8 = Srgb8::new(255, 150, 60);
const RIGHT: Srgb8 = Srgb8::new(80, 170, 255);
const MIDDLE: Srgb8 = Srgb8::new(225, 225, 225);

/// Lines of a figure, of the left side of those that have two; the right one's landmarks follow the left one's.
const MIDDLE_LINES: [&[usize]; 2] = [
    &[body::LEFT_SHOULDER, body::RIGHT_SHOULDER, body::RIGHT_HIP, body::LEFT_HIP, body::LEFT_SHOULDER],
    &[body::LEFT_EAR, body::NOSE, body::RIGHT_EAR],
];
const SIDE_LINES: [&[usize]; 2] = [
    &[body::LEFT_SHOULDER, body::LEFT_ELBOW, body::LEFT_WRIST, body::LEFT_INDEX],
    &[body::LEFT_HIP, body::LEFT_KNEE, body::LEFT_ANKLE, body::LEFT_TOE],
];

/// A driver's landmarks as a stick figure, where there is no picture to show: its left side orange, its right side blue. The
/// landmarks are in pixels of `seen_in`; the picture has `size`.
pub fn sketch(person: Option<&Person>, seen_in: Size, size: Size) -> Image {
    let mut picture = Image::filled(size, BACKGROUND);
    let Some(person) = person else { return picture };
    let scale = Vec2::new(
        size.width as f32 / seen_in.width.max(1) as f32,
        size.height as f32 / seen_in.height.max(1) as f32,
    );
    let width_px = 0.012 * size.height as f32;
    let mut draw = |line: &[usize], side: usize, colour: Srgb8| {
        let points: Vec<Vec2> = line.iter().map(|&i| person.body[i + side].xy() * scale).collect();
        let mut mask = Plane::filled(size, false);
        stroke_polyline(&mut mask, &points, width_px);
        for (pixel, _) in picture.pixels_mut().iter_mut().zip(mask.pixels()).filter(|(_, on)| **on) {
            *pixel = colour;
        }
    };
    SIDE_LINES.iter().for_each(|line| draw(line, 1, RIGHT));
    MIDDLE_LINES.iter().for_each(|line| draw(line, 0, MIDDLE));
    SIDE_LINES.iter().for_each(|line| draw(line, 0, LEFT));
    picture
}

#[cfg(test)]
mod tests {
    use frame::{BodyLandmark, BodyLandmarks};
    use glam::Vec3;

    use super::*;

    #[test]
    fn a_figure_is_drawn_to_the_pictures_scale() {
        let landmark = |i: usize| BodyLandmark {
            image: Vec3::new(if i % 2 == 1 { 75.0 } else { 25.0 }, i as f32 * 3.0, 0.0),
            ..Default::default()
        };
        let body = BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap();
        let person = Person { body, left_hand: None, right_hand: None, face: None };
        let picture = sketch(Some(&person), Size::new(100, 100), Size::new(200, 200));
        assert_eq!(picture.get(150, body::LEFT_KNEE * 6), LEFT);
        assert_eq!(picture.get(50, body::RIGHT_KNEE * 6), RIGHT);
        assert_eq!(picture.get(199, 199), BACKGROUND);
        let nobody = sketch(None, Size::new(0, 0), Size::new(4, 2));
        assert!(nobody.pixels().iter().all(|pixel| *pixel == BACKGROUND));
    }
}

//! Bodies read from outlines: where the joints of drawn figures come to lie, and what is no figure.

use avatar::PerLimb;
use avatar::figure::{FigureError, Outline};
use avatar::filter::{Mask, coverage, fill_disc, fill_polygon, stroke_polyline};
use frame::{BodyLandmarks, Matte, Plane, Size, body};
use glam::Vec2;
use proptest::prelude::*;

const SIZE: Size = Size::new(480, 600);
const ALL_LIMBS: PerLimb<bool> = PerLimb([true; 4]);

fn at(x: f32, y: f32) -> Vec2 {
    Vec2::new(x, y)
}

fn blank() -> Mask {
    Plane::filled(SIZE, false)
}

fn matte(mask: &Mask) -> Matte {
    Matte(coverage(mask))
}

fn fill_box(mask: &mut Mask, from: Vec2, to: Vec2) {
    fill_polygon(mask, &[from, at(to.x, from.y), to, at(from.x, to.y)]);
}

/// Draws lines on both sides of the middle of the picture, given as they are on the subject's left.
fn stroke_both(mask: &mut Mask, line: &[Vec2], width: f32) {
    stroke_polyline(mask, line, width);
    let other: Vec<Vec2> = line.iter().map(|p| at(SIZE.width as f32 - p.x, p.y)).collect();
    stroke_polyline(mask, &other, width);
}

/// A square head with an aerial, a neck, a box, arms bent at the elbow, legs with feet.
fn robot() -> Mask {
    let mut mask = blank();
    fill_box(&mut mask, at(190.0, 70.0), at(290.0, 160.0));
    fill_box(&mut mask, at(225.0, 155.0), at(255.0, 185.0));
    fill_box(&mut mask, at(170.0, 180.0), at(310.0, 380.0));
    stroke_polyline(&mut mask, &[at(240.0, 75.0), at(240.0, 20.0)], 8.0);
    stroke_both(&mut mask, &[at(310.0, 215.0), at(400.0, 260.0), at(410.0, 380.0)], 28.0);
    stroke_both(&mut mask, &[at(280.0, 380.0), at(280.0, 560.0), at(320.0, 560.0)], 36.0);
    mask
}

/// A ball of a body with arms held up, and nothing below.
fn jelly() -> Mask {
    let mut mask = blank();
    fill_disc(&mut mask, at(240.0, 330.0), 130.0);
    stroke_both(&mut mask, &[at(350.0, 300.0), at(440.0, 220.0)], 40.0);
    mask
}

/// A round head, a narrow body with bent arms, and a tail that ends in a fluke.
fn mermaid() -> Mask {
    let mut mask = blank();
    fill_disc(&mut mask, at(240.0, 100.0), 55.0);
    fill_box(&mut mask, at(222.0, 140.0), at(258.0, 190.0));
    let tail = [(190.0, 180.0), (290.0, 180.0), (290.0, 270.0), (262.0, 480.0), (320.0, 560.0)];
    let left = tail.into_iter().map(Vec2::from);
    let right = tail.into_iter().rev().map(|(x, y)| at(480.0 - x, y));
    fill_polygon(&mut mask, &left.skip(1).chain([at(240.0, 530.0)]).chain(right).collect::<Vec<_>>());
    stroke_both(&mut mask, &[at(285.0, 195.0), at(350.0, 260.0), at(390.0, 200.0)], 20.0);
    mask
}

fn near(body: &BodyLandmarks, index: usize, place: Vec2, within: f32) {
    let found = body[index].xy();
    assert!(found.distance(place) < within, "landmark {index} at {found}, not at {place}");
}

fn mean(body: &BodyLandmarks, a: usize, b: usize) -> Vec2 {
    0.5 * (body[a].xy() + body[b].xy())
}

#[test]
fn a_robot_has_its_joints_where_it_bends() {
    let figure = Outline::of(&matte(&robot())).unwrap().figure().unwrap();
    let body = &figure.person.body;
    assert_eq!(figure.limbs, ALL_LIMBS);
    assert!(figure.has_neck && figure.agreement > 0.9, "{}", figure.agreement);
    near(body, body::LEFT_SHOULDER, at(315.0, 220.0), 30.0);
    near(body, body::LEFT_ELBOW, at(400.0, 260.0), 30.0);
    near(body, body::RIGHT_ELBOW, at(80.0, 260.0), 30.0);
    near(body, body::LEFT_HIP, at(280.0, 380.0), 25.0);
    near(body, body::LEFT_KNEE, at(280.0, 470.0), 30.0);
    near(body, body::RIGHT_ANKLE, at(200.0, 560.0), 35.0);
    near(body, body::RIGHT_TOE, at(150.0, 560.0), 30.0);
    near(body, body::NOSE, at(240.0, 115.0), 15.0);
    assert!(body.points().iter().all(|point| point.visibility > 0.5));
}

#[test]
fn a_body_without_legs_stands_on_its_end() {
    let figure = Outline::of(&matte(&jelly())).unwrap().figure().unwrap();
    let body = &figure.person.body;
    assert_eq!(figure.limbs, PerLimb([true, true, false, false]));
    assert!(!figure.has_neck);
    near(body, body::LEFT_SHOULDER, at(365.0, 290.0), 25.0);
    near(body, body::RIGHT_INDEX, at(48.0, 228.0), 30.0);
    assert!(body[body::LEFT_KNEE].visibility == 0.0 && body[body::LEFT_HIP].visibility > 0.5);
    assert!((body[body::LEFT_ANKLE].xy().y - 460.0).abs() < 12.0);
    assert!(mean(body, body::LEFT_EAR, body::RIGHT_EAR).y < mean(body, 11, 12).y - 30.0);
}

#[test]
fn a_mermaid_has_a_neck_and_arms_that_bend_sharply() {
    let figure = Outline::of(&matte(&mermaid())).unwrap().figure().unwrap();
    let body = &figure.person.body;
    assert_eq!(figure.limbs, PerLimb([true, true, false, false]), "a fluke is no pair of legs");
    assert!(figure.has_neck);
    near(body, body::LEFT_SHOULDER, at(290.0, 200.0), 25.0);
    near(body, body::LEFT_ELBOW, at(350.0, 255.0), 20.0);
    near(body, body::NOSE, at(240.0, 100.0), 12.0);
}

#[test]
fn the_bones_of_a_curved_arm_follow_it() {
    let mut mask = blank();
    fill_polygon(&mut mask, &[at(240.0, 60.0), at(320.0, 380.0), at(160.0, 380.0)]);
    stroke_both(&mut mask, &[at(270.0, 380.0), at(270.0, 560.0), at(310.0, 560.0)], 30.0);
    // It leaves the body sidewards, sags and then rises.
    let arm = [at(290.0, 280.0), at(345.0, 296.0), at(390.0, 270.0), at(420.0, 215.0), at(440.0, 140.0)];
    stroke_both(&mut mask, &arm, 26.0);
    let figure = Outline::of(&matte(&mask)).unwrap().figure().unwrap();
    let chain = [body::LEFT_SHOULDER, body::LEFT_ELBOW, body::LEFT_WRIST, body::LEFT_INDEX]
        .map(|index| figure.person.body[index].xy());
    for bone in chain.windows(2) {
        for place in (0..=8).map(|i| bone[0].lerp(bone[1], i as f32 / 8.0)) {
            assert!(mask.get(place.x as usize, place.y as usize), "{place} of {chain:?}");
        }
    }
}

#[test]
fn ears_and_an_aerial_are_no_arms() {
    let mut mask = jelly();
    stroke_both(&mut mask, &[at(280.0, 210.0), at(300.0, 40.0)], 30.0);
    let figure = Outline::of(&matte(&mask)).unwrap().figure().unwrap();
    near(&figure.person.body, body::LEFT_INDEX, at(432.0, 228.0), 30.0);
}

#[test]
fn a_drawing_of_lines_is_read_by_what_they_enclose() {
    let size = |thickness: f32| avatar::filter::erode_disc(&robot(), thickness);
    let lines = avatar::filter::difference(&robot(), &size(4.0));
    let drawn = Outline::of(&matte(&lines)).unwrap().figure().unwrap();
    let filled = Outline::of(&matte(&robot())).unwrap().figure().unwrap();
    for (a, b) in drawn.person.body.points().iter().zip(filled.person.body.points()) {
        assert!(a.xy().distance(b.xy()) < 12.0, "{} {}", a.xy(), b.xy());
    }
}

#[test]
fn what_has_no_limbs_is_no_figure() {
    let mut ball = blank();
    fill_disc(&mut ball, at(240.0, 300.0), 150.0);
    let mut chest = blank();
    fill_box(&mut chest, at(120.0, 200.0), at(360.0, 450.0));
    let mut tree = blank();
    fill_disc(&mut tree, at(240.0, 200.0), 150.0);
    stroke_polyline(&mut tree, &[at(240.0, 300.0), at(240.0, 560.0)], 40.0);
    for mask in [ball, chest, tree] {
        assert_eq!(Outline::of(&matte(&mask)).unwrap().figure().unwrap_err(), FigureError::NoLimbs);
    }
    assert_eq!(Outline::of(&matte(&blank())).err(), Some(FigureError::NoSubject));
}

#[test]
fn a_body_that_was_misread_agrees_less() {
    let outline = Outline::of(&matte(&robot())).unwrap();
    let right = outline.figure().unwrap().person.body;
    let mut wrong = right.clone();
    let chest = mean(&right, 11, 12);
    for point in &mut wrong.points_mut()[11..23] {
        let drawn_in = chest + (point.xy() - chest) * 0.3;
        (point.image.x, point.image.y) = (drawn_in.x, drawn_in.y);
    }
    assert!(outline.agreement(&right) > 0.95);
    assert!(outline.agreement(&wrong) < 0.8, "{}", outline.agreement(&wrong));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the matte holds: an answer, all of whose landmarks are finite.
    #[test]
    fn no_matte_is_too_odd(
        width in 1u32..60,
        height in 1u32..60,
        strokes in prop::collection::vec((0f32..60.0, 0f32..60.0, 0f32..60.0, 0f32..60.0, 1f32..12.0), 0..8),
    ) {
        let mut mask = Plane::filled(Size::new(width, height), false);
        for (x, y, u, v, thickness) in strokes {
            stroke_polyline(&mut mask, &[at(x, y), at(u, v)], thickness);
        }
        if let Ok(figure) = Outline::of(&matte(&mask)).and_then(|outline| outline.figure()) {
            prop_assert!(figure.person.body.points().iter().all(|p| p.image.is_finite() && p.world.is_finite()));
            prop_assert!((0.0..=1.0).contains(&figure.agreement));
        }
    }
}

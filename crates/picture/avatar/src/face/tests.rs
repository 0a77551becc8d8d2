use frame::{BodyLandmark, BodyLandmarks, FaceLandmarks, FrameRate, Person, Size, body};
use glam::{Mat3, Vec2, Vec3};

use super::points::{EYES, LIPS, LOWER_RIM, MESH, MOUTH_CORNERS, OVAL, UPPER_RIM};
use super::shape::FaceRest;
use super::{CanonicalFace, ExpressionTrack, FaceMesh};
use crate::motion::MotionClip;

/// Pixels a unit of the drawn face.
const UNIT_PX: f32 = 120.0;

/// A drawn face, upright in units of the canonical one: outline, lips `gap` apart, eyes `open` wide, the rest strewn evenly.
fn drawn(gap: f32, open: f32) -> Vec<Vec3> {
    let golden = 2.399_963_2_f32;
    let mut points: Vec<Vec3> = (0..FaceLandmarks::COUNT)
        .map(|i| {
            let radius = (i as f32 / FaceLandmarks::COUNT as f32).sqrt();
            let place = Vec2::from_angle(golden * i as f32) * radius * Vec2::new(0.6, 0.75);
            (place + Vec2::new(0.0, 0.2)).extend(0.0)
        })
        .collect();
    let ellipse = |centre: Vec2, half: Vec2, turn: f32| {
        (centre
            + half * Vec2::new((turn * std::f32::consts::TAU).sin(), -(turn * std::f32::consts::TAU).cos()))
        .extend(0.0)
    };
    for (k, i) in OVAL.into_iter().enumerate() {
        points[i] = ellipse(Vec2::new(0.0, 0.2), Vec2::new(0.7, 0.9), k as f32 / 36.0);
    }
    let mouth = Vec2::new(0.0, 0.65);
    for (k, i) in LIPS.into_iter().enumerate() {
        points[i] = ellipse(mouth, Vec2::new(0.3, 0.1 + 0.5 * gap), 0.75 - k as f32 / 20.0);
    }
    for (rim, side) in [(UPPER_RIM, -0.5), (LOWER_RIM, 0.5)] {
        for (k, i) in rim.into_iter().enumerate() {
            let x = k as f32 / 5.0 - 1.0;
            points[i] = (mouth + Vec2::new(0.24 * x, side * gap * (1.0 - x * x))).extend(0.0);
        }
    }
    for (eye, side) in EYES.iter().zip([-1.0, 1.0]) {
        let centre = Vec2::new(0.35 * side, 0.0);
        for (i, x) in eye.corners.into_iter().zip([1.0, -1.0]) {
            points[i] = (centre + Vec2::new(0.15 * side * x, 0.0)).extend(0.0);
        }
        for k in 0..7 {
            let x = 1.0 - (k + 1) as f32 / 4.0;
            let lid = |y: f32| (centre + Vec2::new(0.15 * side * x, y * (1.0 - x * x))).extend(0.0);
            points[eye.upper[k]] = lid(-0.05 * open);
            points[eye.lower[k]] = lid(0.05 * open);
            points[eye.crease[k]] = lid(-0.09);
        }
        for (k, i) in (eye.iris..eye.iris + 5).enumerate() {
            let rim = if k == 0 { Vec2::ZERO } else { Vec2::from_angle(k as f32) * 0.03 };
            points[i] = (centre + rim).extend(0.0);
        }
    }
    points
}

/// The drawn face in a picture, turned.
fn seen(points: &[Vec3], turn: Mat3) -> FaceLandmarks {
    let place = Vec3::new(200.0, 220.0, 0.0);
    FaceLandmarks::new(points.iter().map(|p| turn * *p * UNIT_PX + place).collect()).unwrap()
}

fn rest(gap: f32) -> FaceRest {
    FaceRest::new(CanonicalFace::new(&seen(&drawn(gap, 1.0), Mat3::IDENTITY)).unwrap())
}

/// A clip whose face opens its mouth by `gap(t)` and its eyes by `open(t)`.
fn clip(frames: usize, gap: impl Fn(usize) -> f32, open: impl Fn(usize) -> f32) -> MotionClip {
    clip_of(frames, |t| drawn(gap(t), open(t)))
}

fn clip_of(frames: usize, drawn: impl Fn(usize) -> Vec<Vec3>) -> MotionClip {
    let body = BodyLandmarks::new(vec![BodyLandmark::default(); body::COUNT]).unwrap();
    let person = |t| {
        let face = seen(&drawn(t), Mat3::IDENTITY);
        Some(Person { body: body.clone(), left_hand: None, right_hand: None, face: Some(face) })
    };
    MotionClip {
        size: Size::new(400, 400),
        frame_rate: FrameRate::new(25, 1).unwrap(),
        people: (0..frames).map(person).collect(),
        views: Vec::new(),
        shutter_deg: None,
    }
}

#[test]
fn a_turned_face_is_the_same_upright() {
    let upright = |turn| CanonicalFace::new(&seen(&drawn(0.1, 1.0), turn)).unwrap();
    let (straight, turned) = (upright(Mat3::IDENTITY), upright(Mat3::from_rotation_y(0.5)));
    let apart = straight.points.iter().zip(&turned.points).map(|(a, b)| a.distance(*b)).fold(0.0, f32::max);
    assert!(apart < 1e-3, "{apart}");
    assert!((straight.unit_px - turned.unit_px).abs() < 0.1);
}

#[test]
fn a_face_at_ease_stays_the_stills() {
    let track = ExpressionTrack::from_clip(&clip(30, |_| 0.0, |_| 1.0)).unwrap();
    let shape = rest(0.0).shaped(&track.frames[15], &track.ease);
    assert!(shape.offsets.iter().all(|o| o.length() < 0.05), "{:?}", shape.offsets);
    assert_eq!(shape.inside_shown, 0.0);
}

#[test]
fn a_mouth_opens_as_far_as_the_drivers_even_if_the_still_has_it_half_open() {
    let opened = |t: usize| if (10..20).contains(&t) { 0.2 } else { 0.0 };
    let track = ExpressionTrack::from_clip(&clip(60, opened, |_| 1.0)).unwrap();
    for (own_gap, inside) in [(0.0, 1.0), (0.12, 0.0)] {
        let shape = rest(own_gap).shaped(&track.frames[15], &track.ease);
        let moved = |i: usize| shape.offsets[i].y / UNIT_PX;
        let gap = own_gap + moved(LOWER_RIM[5]) - moved(UPPER_RIM[5]);
        // The upper lip takes no share in what the still's own opening takes off.
        assert!((0.15..0.27).contains(&gap), "{own_gap}: {gap}");
        assert_eq!(shape.inside_shown, inside);
    }
}

/// How wide a mouth is in the end that is `own` wide in the still, where the driver's grows from 1 to `smile`; in widths of the drawn one.
fn smiled(own: f32, smile: f32) -> f32 {
    let smiling = |width: f32| {
        let mut points = drawn(0.0, 1.0);
        LIPS.into_iter().for_each(|i| points[i].x *= width);
        points
    };
    let driver = clip_of(60, |t| smiling(if (10..20).contains(&t) { smile } else { 1.0 }));
    let track = ExpressionTrack::from_clip(&driver).unwrap();
    let face = |width| CanonicalFace::new(&seen(&smiling(width), Mat3::IDENTITY)).unwrap();
    let (usual, face) = (face(1.0).mouth_width(), face(own));
    let shape = FaceRest::new(face.clone()).shaped(&track.frames[15], &track.ease);
    let [right, left] = MOUTH_CORNERS.map(|i| face.points[i].x + shape.offsets[i].x / face.unit_px);
    (left - right) / usual
}

#[test]
fn a_smile_is_as_wide_as_the_drivers_even_if_the_still_smiles() {
    for (own, now) in [(1.0, 1.2), (1.1, 1.2), (1.6, 1.6)] {
        let width = smiled(own, 1.2);
        assert!((width - now).abs() < 0.03, "{own}: {width} instead of {now}");
    }
}

#[test]
fn a_laugh_draws_out_no_mouth_beyond_a_smile_of_its_own() {
    for own in [0.8, 1.0] {
        let width = smiled(own, 1.8) / own;
        assert!((1.2..1.33).contains(&width), "{own}: {width}");
    }
}

#[test]
fn lips_that_are_ajar_show_their_own_inside_until_it_would_be_drawn_out() {
    let opened = |to: f32| {
        let track =
            ExpressionTrack::from_clip(&clip(60, |t| if (10..20).contains(&t) { to } else { 0.0 }, |_| 1.0));
        let track = track.unwrap();
        move |own: f32| rest(own).shaped(&track.frames[15], &track.ease).inside_shown
    };
    // The drawn face is 1.8 high.
    let (ajar, shut) = (0.035 * 1.8, 0.0);
    assert!(opened(1.5 * ajar)(shut) > 0.9 && opened(1.5 * ajar)(ajar) < 0.01);
    assert!(opened(4.0 * ajar)(ajar) > 0.9);
}

#[test]
fn a_blink_shuts_the_eyes_and_nothing_else() {
    let blink = |t: usize| if (14..17).contains(&t) { 0.05 } else { 1.0 };
    let track = ExpressionTrack::from_clip(&clip(40, |_| 0.0, blink)).unwrap();
    assert!(track.frames[15].closures.iter().all(|c| *c > 0.9), "{:?}", track.frames[15].closures);
    assert!(track.frames[30].closures.iter().all(|c| c.abs() < 0.05));
    let rest = rest(0.0);
    let shape = rest.shaped(&track.frames[15], &track.ease);
    let middle = EYES[0].upper[3];
    assert!((shape.offsets[middle].y / UNIT_PX - 0.092).abs() < 0.01, "{}", shape.offsets[middle].y);
    assert!(shape.offsets[LOWER_RIM[5]].length() < 0.05);
}

#[test]
fn too_small_or_rare_faces_are_not_read() {
    let mut few = clip(40, |_| 0.0, |_| 1.0);
    few.people[5..].iter_mut().flatten().for_each(|p| p.face = None);
    assert!(ExpressionTrack::from_clip(&few).is_none());
    let mut small = clip(40, |_| 0.0, |_| 1.0);
    for face in small.people.iter_mut().flatten().filter_map(|p| p.face.as_mut()) {
        face.points_mut().iter_mut().for_each(|p| *p *= 0.1);
    }
    assert!(ExpressionTrack::from_clip(&small).is_none());
}

#[test]
fn no_edge_runs_from_lip_to_lip_of_a_shut_mouth() {
    let mesh = FaceMesh::new(&seen(&drawn(0.0, 1.0), Mat3::IDENTITY)).unwrap();
    let rims: Vec<usize> = UPPER_RIM.iter().chain(&LOWER_RIM).copied().collect();
    let lower = |i: &usize| LOWER_RIM[1..10].contains(i);
    let upper_skin = |i: &usize| *i < MESH && !rims.contains(i) && mesh_is_above(*i);
    let crossing = mesh.triangles.iter().filter(|t| {
        let of = t.map(|v| mesh.landmarks[v as usize].unwrap());
        of.iter().any(lower) && of.iter().any(upper_skin)
    });
    assert_eq!(crossing.count(), 0);
}

/// Whether a point of the drawn face lies over the middle of its mouth, between the corners.
fn mesh_is_above(i: usize) -> bool {
    let p = drawn(0.0, 1.0)[i];
    p.y < 0.64 && p.x.abs() < 0.2
}

#[test]
fn what_lies_about_the_face_goes_with_its_outline() {
    let mesh = FaceMesh::new(&seen(&drawn(0.0, 1.0), Mat3::IDENTITY)).unwrap();
    let chin = Vec2::new(200.0, 220.0 + 1.1 * UNIT_PX);
    let total = |place: Vec2| mesh.binding(place).map(|b| b.iter().map(|(_, w)| w).sum::<f32>());
    assert!((total(chin).unwrap() - 1.0).abs() < 0.1);
    let between = total(chin + Vec2::new(0.0, 0.15 * UNIT_PX)).unwrap();
    assert!((0.2..0.9).contains(&between), "{between}");
    assert_eq!(total(Vec2::new(5.0, 5.0)), None);
}

#[test]
fn the_sheet_goes_on_under_the_outline_and_not_under_the_features() {
    let mesh = FaceMesh::new(&seen(&drawn(0.0, 1.0), Mat3::IDENTITY)).unwrap();
    let middle = mesh.outline.iter().sum::<Vec2>() / mesh.outline.len() as f32;
    for rim in &mesh.outline {
        assert!(mesh.replaces_sheet_at(middle.lerp(*rim, 0.8)));
        assert!(!mesh.replaces_sheet_at(middle.lerp(*rim, 0.93)));
    }
}

use frame::{
    BodyLandmark, BodyLandmarks, FrameRate, HandLandmarks, Person, Size, body,
    hand::{INDEX_MCP, INDEX_TIP, PINKY_TIP, WRIST},
};
use glam::{Mat3, Vec2, Vec3};

use super::*;
use crate::Joint;
use crate::motion::{MotionClip, View};
use crate::retarget::{CharacterRest, Pose};

const PALM_PX: f32 = 60.0;
const AT: Vec3 = Vec3::new(200.0, 200.0, 0.0);

/// A left palm towards the viewer, fingers up, whose every joint is bent towards him by `flexion_rad` and whose fingers fan out by
/// `spread_rad` each; then turned, about the wrist.
fn hand(flexion_rad: f32, spread_rad: f32, turn: Mat3) -> HandPoints {
    let knuckles = [(-0.3, -0.2), (-0.3, -0.95), (-0.1, -1.0), (0.1, -0.95), (0.28, -0.85)];
    let mut points = [Vec3::ZERO; frame::hand::COUNT];
    for (finger, (x, y)) in knuckles.into_iter().enumerate() {
        let mut place = Vec3::new(x, y, 0.0);
        points[ends(finger, 0)[0]] = place;
        let fan = Mat3::from_rotation_z(spread_rad * (finger as f32 - 2.0));
        for bone in 0..BONES {
            let bent = flexion_rad * (bone + 1) as f32;
            place += fan * Vec3::new(0.0, -bent.cos(), -bent.sin()) * 0.35;
            points[ends(finger, bone)[1]] = place;
        }
    }
    points.map(|p| AT + turn * p * PALM_PX)
}

fn rest(points: HandPoints) -> HandRest {
    HandRest::new(points, palm::bone_of_body(&points)).expect("both agree")
}

/// A second of a driver whose left hand is, or is not, like this.
fn clip(hands: &[Option<HandPoints>]) -> MotionClip {
    let person = |hand: &Option<HandPoints>| {
        let shown = hand.unwrap_or_else(|| self::hand(0.0, 0.0, Mat3::IDENTITY));
        let mut points = vec![BodyLandmark { visibility: 1.0, ..Default::default() }; body::COUNT];
        for (of_body, of_hand) in [
            (body::LEFT_WRIST, WRIST),
            (body::LEFT_INDEX, INDEX_MCP),
            (body::LEFT_PINKY, frame::hand::PINKY_MCP),
        ] {
            points[of_body].image = shown[of_hand];
        }
        Some(Person {
            body: BodyLandmarks::new(points).expect("made to fit"),
            left_hand: hand.map(|points| HandLandmarks::new(points.to_vec()).expect("made to fit")),
            right_hand: None,
            face: None,
        })
    };
    MotionClip {
        size: Size::new(400, 400),
        frame_rate: FrameRate::new(25, 1).expect("a rate"),
        people: hands.iter().map(person).collect(),
        views: Vec::new(),
        shutter_deg: None,
    }
}

/// What a still's hand does after a driver's in each frame.
fn followed(still: &HandRest, driver: &[Option<HandPoints>]) -> Vec<Pose> {
    let clip = clip(driver);
    let person = clip.people[0].clone().expect("somebody");
    let pose = Pose::at_rest(&CharacterRest::new(clip.size, &person));
    let mut poses = vec![pose; driver.len()];
    let track = HandTrack::from_clip(&clip, Side::Left).expect("a hand");
    follow(&mut poses, Side::Left, still, &track);
    poses
}

fn shape_after(still: &HandRest, driver: HandPoints) -> HandShape {
    followed(still, &[Some(driver); 25])[12].hands[Side::Left]
}

/// Where the skin takes a place.
fn moved(still: &HandRest, shape: &HandShape, place: Vec2) -> Vec2 {
    HandSkin::new(still.clone(), &[place]).moves(shape).fold(place, |place, (_, offset)| place + offset)
}

#[test]
fn a_driver_whose_hand_is_as_the_stills_moves_nothing() {
    let still = hand(0.3, 0.1, Mat3::from_rotation_y(0.4));
    let shape = shape_after(&rest(still), still);
    assert!(shape.bones.iter().flatten().all(|bone| bone.distance(Vec2::X) < 1e-3), "{shape:?}");
}

#[test]
fn a_hand_does_after_a_cut_what_it_does_there_and_not_what_it_did_before() {
    let (open, bent) = (hand(0.0, 0.0, Mat3::IDENTITY), hand(0.5, 0.0, Mat3::IDENTITY));
    let mut clip = clip(&[[Some(open); 12], [Some(bent); 12]].concat());
    let tip = |clip: &MotionClip, frame: usize| {
        HandTrack::from_clip(clip, Side::Left).expect("a hand").frames[frame].directions[1][0]
    };
    let [first, last] = [0, 23].map(|frame| tip(&clip, frame));
    assert!(tip(&clip, 11).distance(first) > 0.05, "without a cut one becomes the other");
    clip.views = (0..24).map(|t| View { shot: u32::from(t >= 12), ..View::default() }).collect();
    assert!(tip(&clip, 11).distance(first) < 1e-3 && tip(&clip, 12).distance(last) < 1e-3);
}

#[test]
fn a_closing_finger_shortens_as_seen_from_the_front_and_bends_as_seen_from_the_side() {
    let front = rest(hand(0.0, 0.0, Mat3::IDENTITY));
    let shape = shape_after(&front, hand(0.5, 0.0, Mat3::IDENTITY));
    let tip = moved(&front, &shape, front.point(INDEX_TIP));
    let knuckle = front.point(INDEX_MCP);
    let was = front.point(INDEX_TIP).distance(knuckle);
    assert!((0.4 * was..0.75 * was).contains(&tip.distance(knuckle)), "{tip} from {knuckle}, was {was}");
    assert!((tip.x - knuckle.x).abs() < 1.0);

    // From where the palm is seen at an angle, whatever way the driver's is turned.
    let turn = Mat3::from_rotation_y(0.9);
    let side = rest(hand(0.0, 0.0, turn));
    let shape = shape_after(&side, hand(0.5, 0.0, Mat3::from_rotation_z(0.5)));
    let tip = moved(&side, &shape, side.point(INDEX_TIP)) - side.point(INDEX_MCP);
    let wanted = hand(0.5, 0.0, turn);
    let wanted = (wanted[INDEX_TIP] - wanted[INDEX_MCP]).truncate();
    assert!(tip.distance(wanted) < 0.25 * PALM_PX, "{tip} for {wanted}");
}

/// By how much the tips of index and little finger part after a driver who fans his out by 0.15 more.
fn parted_px(spread_rad: f32) -> f32 {
    let still = rest(hand(0.0, spread_rad, Mat3::IDENTITY));
    let shape = shape_after(&still, hand(0.0, spread_rad + 0.15, Mat3::IDENTITY));
    let tips = [INDEX_TIP, PINKY_TIP].map(|tip| still.point(tip));
    let now = tips.map(|tip| moved(&still, &shape, tip));
    // The palm stays.
    let palm = still.point(WRIST).midpoint(still.point(frame::hand::MIDDLE_MCP));
    assert!(moved(&still, &shape, palm).distance(palm) < 0.02 * PALM_PX);
    now[0].distance(now[1]) - tips[0].distance(tips[1])
}

#[test]
fn spread_fingers_open_unless_they_touch_in_the_still() {
    let (apart, touching) = (parted_px(0.15), parted_px(0.0));
    assert!(apart > 0.2 * PALM_PX, "{apart}");
    assert!(touching < 0.5 * apart, "{touching} of {apart}");
}

#[test]
fn a_hand_out_of_sight_goes_back_to_its_own_without_a_leap() {
    let still = rest(hand(0.0, 0.0, Mat3::IDENTITY));
    let closed = Some(hand(0.6, 0.0, Mat3::IDENTITY));
    let driver: Vec<_> = (0..75).map(|t| closed.filter(|_| t < 30)).collect();
    let shapes: Vec<HandShape> =
        followed(&still, &driver).iter().map(|pose| pose.hands[Side::Left]).collect();
    assert!(shapes[15].bones[1][1].x < 0.8);
    assert_eq!(shapes[70], HandShape::default());
    let step = |pair: &[HandShape]| pair[0].bones[1][1].distance(pair[1].bones[1][1]);
    assert!(shapes.windows(2).all(|pair| step(pair) < 0.12));
}

#[test]
fn a_small_or_smeared_hand_is_not_believed() {
    let closed = hand(0.6, 0.0, Mat3::IDENTITY);
    let tiny = closed.map(|p| AT + (p - AT) * 0.15);
    let quick: Vec<_> = (0..25).map(|t| Some(closed.map(|p| p + Vec3::X * 70.0 * t as f32))).collect();
    for driver in [vec![Some(tiny); 25], quick] {
        let clip = clip(&driver);
        let trust = HandTrack::from_clip(&clip, Side::Left).map_or(0.0, |track| track.frames[12].trust);
        assert!(trust < 0.05, "{trust}");
    }
}

#[test]
fn a_mirrored_hand_moves_as_the_mirror_image() {
    let mirror = |points: HandPoints| points.map(|p| Vec3::new(400.0 - p.x, p.y, p.z));
    let still = hand(0.1, 0.05, Mat3::from_rotation_y(0.5));
    let driver = hand(0.5, 0.15, Mat3::from_rotation_y(0.2));
    let (right, left) = (rest(still), rest(mirror(still)));
    let shapes = [shape_after(&right, driver), shape_after(&left, mirror(driver))];
    for (x, y) in (0..12).flat_map(|x| (0..14).map(move |y| (150.0 + 8.0 * x as f32, 60.0 + 12.0 * y as f32)))
    {
        let place = moved(&right, &shapes[0], Vec2::new(x, y));
        let other = moved(&left, &shapes[1], Vec2::new(400.0 - x, y));
        assert!(Vec2::new(400.0 - place.x, place.y).distance(other) < 0.05, "{place} {other}");
    }
}

#[test]
fn no_driver_tears_a_hand() {
    let still = rest(hand(0.1, 0.05, Mat3::from_rotation_y(0.3)));
    let places: Vec<Vec2> = (0..40)
        .flat_map(|y| (0..40).map(move |x| Vec2::new(120.0 + 4.0 * x as f32, 50.0 + 4.0 * y as f32)))
        .collect();
    let skin = HandSkin::new(still.clone(), &places);
    for (flexion, spread) in [(1.5, 0.0), (-0.8, 0.3), (0.7, -0.3), (3.0, 0.6)] {
        for turn in [Mat3::IDENTITY, Mat3::from_rotation_y(2.5), Mat3::from_rotation_x(1.0)] {
            let shape = shape_after(&still, hand(flexion, spread, turn));
            let mut now = places.clone();
            skin.moves(&shape).for_each(|(v, offset)| now[v] += offset);
            for (place, now) in places.iter().zip(&now) {
                assert!(now.is_finite() && now.distance(*place) < 1.6 * PALM_PX, "{place} to {now}");
            }
        }
    }
}

#[test]
fn a_fist_and_a_hand_seen_from_its_edge_bend_at_the_wrist_alone() {
    let driver = hand(0.6, 0.1, Mat3::IDENTITY);
    for still in [hand(1.2, 0.0, Mat3::IDENTITY), hand(0.0, 0.1, Mat3::from_rotation_y(1.4))] {
        assert_eq!(shape_after(&rest(still), driver), HandShape::default());
    }
}

#[test]
fn a_hand_points_where_its_own_landmarks_say() {
    // The body's landmarks have a driver's hand upright which leans over.
    let upright = hand(0.0, 0.0, Mat3::IDENTITY);
    let mut clip = clip(&[Some(upright); 25]);
    let leaning = hand(0.0, 0.0, Mat3::from_rotation_z(0.4));
    for person in clip.people.iter_mut().flatten() {
        person.left_hand = HandLandmarks::new(leaning.to_vec()).ok();
    }
    let person = clip.people[0].clone().expect("somebody");
    let mut poses = vec![Pose::at_rest(&CharacterRest::new(clip.size, &person)); 25];
    let direction = |pose: &Pose| {
        (pose.joints[Joint::Hand(Side::Left)] - pose.joints[Joint::Wrist(Side::Left)]).truncate().to_angle()
    };
    let before = direction(&poses[12]);
    follow(&mut poses, Side::Left, &rest(upright), &HandTrack::from_clip(&clip, Side::Left).expect("a hand"));
    assert!((direction(&poses[12]) - before - 0.4).abs() < 0.02);
}

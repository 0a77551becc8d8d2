//! A drawn figure made a character: at rest it is its still, and no pose can harm it.

use avatar::fingers::Hands;
use avatar::motion::{DrivingTrack, MotionClip};
use avatar::render::{Exposure, Renderer};
use avatar::retarget::{CharacterRest, Orientation, Pose, Sway, retarget};
use avatar::{AvatarError, Character, CharacterSource, Joint, Limb, Side};
use frame::{
    BodyLandmark, BodyLandmarks, FrameRate, Image, Matte, Person, Plane, PremulSrgba8, Size, Srgb8, body,
};
use glam::{Mat3, Vec2, Vec3};
use proptest::prelude::*;
use std::sync::LazyLock;

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

fn clip(people: Vec<Option<Person>>) -> DrivingTrack {
    DrivingTrack::from_clip(&MotionClip {
        size: SIZE,
        frame_rate: FrameRate::new(25, 1).expect("made to fit"),
        people,
        views: Vec::new(),
        shutter_deg: None,
    })
    .expect("made to fit")
}

#[test]
fn at_rest_the_character_is_its_still() {
    let difference = mean_difference(&drawn(&Pose::at_rest(CHARACTER.rest())), &still().0);
    assert!(difference < 1.0, "{difference}");
}

#[test]
fn arms_that_no_driver_shows_stay_as_they_lie() {
    let mut person = figure();
    for arm in body::LEFT_ELBOW..=body::RIGHT_THUMB {
        person.body.points_mut()[arm].image += Vec3::new(0.0, 40.0, 0.0);
        person.body.points_mut()[arm].visibility = 0.1;
    }
    let track = clip(vec![Some(person); 8]);
    assert!(!track.shows_arms());
    let still_armed = CHARACTER.with_arms_at_rest();
    let pose = &retarget(still_armed.rest(), &track, Orientation::Video)[4];
    for joint in [Joint::Elbow(Side::Left), Joint::Wrist(Side::Right)] {
        let off = (pose.joints[joint] - CHARACTER.rest().joints[joint]).truncate().length();
        assert!(off < 2.0, "{joint:?} {off}");
    }
    let mut image = Image::filled(SIZE, Srgb8::default());
    let at_rest = Exposure::instant(Pose::at_rest(still_armed.rest()));
    still_armed.render(&at_rest, &mut Renderer::new(), &mut image);
    assert!(mean_difference(&image, &still().0) < 1.0);
    assert!(still_armed.warnings().is_empty(), "{:?}", still_armed.warnings());
}

#[test]
fn a_raised_arm_is_drawn_where_the_pose_says_and_not_where_it_was() {
    let mut pose = Pose::at_rest(CHARACTER.rest());
    let [shoulder, elbow, wrist, hand] = pose.joints.chain(Limb::Arm(Side::Left));
    for (joint, place) in [
        (Joint::Elbow(Side::Left), elbow),
        (Joint::Wrist(Side::Left), wrist),
        (Joint::Hand(Side::Left), hand),
    ] {
        pose.joints[joint].y = 2.0 * shoulder.y - place.y;
    }
    let image = drawn(&pose);
    let is_red = |p: Vec3| {
        let c = image.get(p.x as usize, p.y as usize);
        c.r > 150 && c.g < 110
    };
    assert!(is_red((pose.joints[Joint::Elbow(Side::Left)] + pose.joints[Joint::Wrist(Side::Left)]) * 0.5));
    assert!(!is_red((elbow + wrist) * 0.5));
    assert!(is_red(CHARACTER.rest().joints[Joint::Elbow(Side::Right)]));
}

#[test]
fn a_hand_at_the_head_is_all_before_it_or_all_behind_it() {
    let head = CHARACTER.rest().joints[Joint::Head];
    // How much of the head an arm hides whose hand lies in its middle, so deep.
    let red_over_head = |depth: f32| {
        let mut pose = Pose::at_rest(CHARACTER.rest());
        pose.joints[Joint::Elbow(Side::Left)] = head + Vec3::new(60.0, 10.0, depth);
        pose.joints[Joint::Wrist(Side::Left)] = head + Vec3::new(20.0, 0.0, depth);
        pose.joints[Joint::Hand(Side::Left)] = head + Vec3::new(8.0, 0.0, depth);
        let image = drawn(&pose);
        let about = (-12..12).flat_map(|y| (-12..12).map(move |x| Vec2::new(x as f32, y as f32)));
        about
            .filter(|offset| offset.length() < 12.0)
            .map(|offset| head.truncate() + offset)
            .filter(|p| {
                let c = image.get(p.x as usize, p.y as usize);
                c.r > 150 && c.g < 110
            })
            .count()
    };
    let before = red_over_head(-40.0);
    assert!(before > 100, "{before}");
    for (depth, shown) in
        [(-20.0, true), (-4.0, true), (8.0, true), (20.0, true), (30.0, false), (60.0, false)]
    {
        assert_eq!(red_over_head(depth), if shown { before } else { 0 }, "{depth}");
    }
}

#[test]
fn the_outline_goes_on_from_the_trunk_to_a_raised_sleeve() {
    let dressed = character(&still_in(SHIRT));
    let mut pose = Pose::at_rest(dressed.rest());
    let shoulder = pose.joints[Joint::Shoulder(Side::Left)];
    for joint in [Joint::Elbow(Side::Left), Joint::Wrist(Side::Left), Joint::Hand(Side::Left)] {
        let from_shoulder = pose.joints[joint] - shoulder;
        pose.joints[joint] = shoulder + Mat3::from_rotation_z(-2.0) * from_shoulder;
    }
    let mut layer = Plane::filled(SIZE, PremulSrgba8::default());
    dressed.render_layer(&Exposure::instant(pose.clone()), &mut Renderer::new(), &mut layer);
    // From the waist to the elbow no row ends far from where the one below it does.
    let waist = pose.joints[Joint::Pelvis].midpoint(pose.joints[Joint::Chest]).y as usize;
    let elbow = pose.joints[Joint::Elbow(Side::Left)].y as usize;
    let ends: Vec<usize> =
        (elbow..waist).rev().map(|y| layer.row(y).iter().rposition(|p| p.a > 127).unwrap_or(0)).collect();
    let steps = ends.windows(2).map(|rows| rows[0].abs_diff(rows[1]));
    assert!(steps.max() <= Some(3), "{ends:?}");
}

#[test]
fn frames_do_not_depend_on_each_other() {
    let mut other = Pose::at_rest(CHARACTER.rest());
    other.joints = other.joints.map(|_, p| p + Vec3::new(30.0, -20.0, 0.0));
    let alone = drawn(&other);
    let (mut renderer, mut image) = (Renderer::new(), Image::filled(Size::new(1, 1), Srgb8::default()));
    let rest = Pose::at_rest(CHARACTER.rest());
    let smeared = Exposure::open(rest.clone(), other.clone());
    for exposure in [Exposure::instant(rest), smeared, Exposure::instant(other)] {
        CHARACTER.render(&exposure, &mut renderer, &mut image);
    }
    assert_eq!(image, alone);
}

#[test]
fn a_fast_arm_smears_over_its_way_and_the_rest_stays_sharp() {
    let arm = |turn: f32| {
        let mut pose = Pose::at_rest(CHARACTER.rest());
        let [shoulder, ..] = pose.joints.chain(Limb::Arm(Side::Left));
        for joint in [Joint::Elbow(Side::Left), Joint::Wrist(Side::Left), Joint::Hand(Side::Left)] {
            let from_shoulder = pose.joints[joint] - shoulder;
            pose.joints[joint] = shoulder + Mat3::from_rotation_z(turn) * from_shoulder;
        }
        pose
    };
    let poses = [-0.8, -0.5, -0.2].map(arm);
    assert_eq!(Exposure::of(&poses, 1, 0.0), Exposure::instant(poses[1].clone()));
    let still = [poses[1].clone(), poses[1].clone(), poses[1].clone()];
    assert_eq!(Exposure::of(&still, 1, 180.0), Exposure::instant(poses[1].clone()));

    let exposure = Exposure::of(&poses, 1, 180.0);
    let [from, to] = [0, 2].map(|other: usize| poses[1].between(&poses[other], 0.25));
    assert_eq!(exposure, Exposure::open(from.clone(), to.clone()));
    let (mut smeared, sharp) = (Image::filled(SIZE, Srgb8::default()), drawn(&poses[1]));
    CHARACTER.render(&exposure, &mut Renderer::new(), &mut smeared);
    let empty = drawn(&Pose { joints: poses[1].joints.map(|_, p| p + Vec3::X * 9000.0), ..poses[1].clone() });
    // Where the wrist is for half of the time it is half there.
    let at = |pose: &Pose| pose.joints[Joint::Wrist(Side::Left)].truncate();
    let red = |image: &Image, p: Vec2| f32::from(image.get(p.x as usize, p.y as usize).g);
    let middle = (at(&from) + at(&to)) / 2.0;
    assert!((red(&smeared, middle) - red(&sharp, middle)).abs() < 12.0);
    let (rim, away) = (red(&sharp, middle), red(&empty, at(&from)));
    let share = (red(&smeared, at(&from)) - away) / (rim - away);
    assert!((0.2..0.8).contains(&share), "{share}");
    // The other side of the body is the same to the pixel.
    let other = poses[1].joints[Joint::Shoulder(Side::Right)].x as usize;
    let unlike = (0..SIZE.height as usize)
        .flat_map(|y| (0..other).map(move |x| (x, y)))
        .filter(|&(x, y)| smeared.get(x, y) != sharp.get(x, y))
        .count();
    assert_eq!(unlike, 0);
}

/// A pose at rest but for a turn about the upright.
fn turned(degrees: f32) -> Pose {
    let mut pose = Pose::at_rest(CHARACTER.rest());
    let (pelvis, turn) = (pose.joints[Joint::Pelvis], Mat3::from_rotation_y(degrees.to_radians()));
    pose.joints = pose.joints.map(|_, p| pelvis + turn * (p - pelvis));
    pose
}

#[test]
fn from_the_side_no_ink_line_runs_down_the_trunk() {
    let (mut image, matte, person) = still();
    let inside = |x: usize, y: usize| matte.0.get(x, y) > 0.5;
    for (y, x) in (2..358).flat_map(|y| (2..238).map(move |x| (y, x))) {
        let at_rim = [(x - 2, y), (x + 2, y), (x, y - 2), (x, y + 2)].iter().any(|&(x, y)| !inside(x, y));
        if inside(x, y) && at_rim {
            image.set(x, y, Srgb8::new(20, 20, 20));
        }
    }
    let drawing = character(&(image, matte, person));
    let mut pose = turned(85.0);
    for side in Side::BOTH {
        // Out of the way.
        for joint in [Joint::Elbow(side), Joint::Wrist(side), Joint::Hand(side)] {
            pose.joints[joint].y = 2.0 * pose.joints[Joint::Shoulder(side)].y - pose.joints[joint].y;
        }
    }
    let ink = |pose: &Pose| {
        let mut layer = Plane::filled(SIZE, PremulSrgba8::default());
        drawing.render_layer(&Exposure::instant(pose.clone()), &mut Renderer::new(), &mut layer);
        let [top, bottom] = [Joint::Chest, Joint::Pelvis].map(|joint| pose.joints[joint].y as usize);
        let rows = top + 30..bottom - 25;
        let dark = |p: &&PremulSrgba8| p.a > 200 && p.r.max(p.g).max(p.b) < 165;
        rows.flat_map(|y| layer.row(y)).filter(dark).count()
    };
    let (front, side) = (ink(&Pose::at_rest(drawing.rest())), ink(&pose));
    assert!(side * 20 < front, "{side} dark pixels from the side, {front} from the front");
}

#[test]
fn legs_keep_their_width_while_the_body_turns_through_its_profile() {
    let green = |exposure: &Exposure| {
        let mut image = Image::filled(SIZE, Srgb8::default());
        CHARACTER.render(exposure, &mut Renderer::new(), &mut image);
        image.pixels().iter().filter(|p| p.g > p.r.saturating_add(40) && p.g > p.b.saturating_add(30)).count()
    };
    let sharp = green(&Exposure::instant(turned(86.0)));
    let open = green(&Exposure::open(turned(86.0), turned(94.0)));
    assert!(10 * open > 9 * sharp, "{open} of {sharp} pixels");
}

#[test]
fn planes_of_different_sizes_and_empty_mattes_are_refused() {
    let (image, matte, person) = still();
    let build = |matte: &Matte| {
        Character::build(&CharacterSource {
            image: &image,
            matte,
            segmentation: Some(matte),
            person: &person,
        })
        .err()
    };
    let small = Size::new(9, 9);
    let differ = AvatarError::SizesDiffer { expected: SIZE, found: small };
    assert_eq!(build(&Matte(Plane::filled(small, 1.0))), Some(differ));
    assert_eq!(build(&Matte(Plane::filled(SIZE, 0.0))), Some(AvatarError::NoSubject { percent: 0 }));
    assert_eq!(build(&matte), None);
}

#[test]
fn the_stills_own_person_drives_it_exactly() {
    let swaying = |t: usize| {
        person_at(Vec2::new(120.0 + t as f32, 170.0 - 0.5 * t as f32), PX_PER_METRE, Mat3::IDENTITY)
    };
    let track = clip((0..20).map(|t| Some(swaying(t))).collect());
    let poses = retarget(CHARACTER.rest(), &track, Orientation::Video);
    for (pose, driver) in poses.iter().zip(&track.joints) {
        let worst = Joint::ALL
            .map(|j| (pose.joints[j] - driver[j]).truncate().length())
            .into_iter()
            .fold(0.0, f32::max);
        assert!(worst < 1.0, "{worst}");
        assert!((pose.scale - 1.0).abs() < 0.01);
    }
}

#[test]
fn a_driver_of_another_size_moves_it_on_its_own_ground() {
    let track = clip(vec![Some(person_at(Vec2::new(90.0, 90.0), 85.0, Mat3::IDENTITY)); 8]);
    let poses = retarget(CHARACTER.rest(), &track, Orientation::Video);
    for joint in Joint::ALL {
        let off = (poses[4].joints[joint] - CHARACTER.rest().joints[joint]).truncate().length();
        assert!(off < 4.0, "{joint:?} {off}");
    }
}

#[test]
fn orientation_image_keeps_the_stills_facing_and_video_takes_the_drivers() {
    let turned = Mat3::from_rotation_y(0.7);
    let track = clip(vec![Some(person_at(Vec2::new(120.0, 170.0), PX_PER_METRE, turned)); 8]);
    let yaw = |orientation| {
        let pose = &retarget(CHARACTER.rest(), &track, orientation)[4];
        let across = pose.joints[Joint::Shoulder(Side::Left)] - pose.joints[Joint::Shoulder(Side::Right)];
        let head = pose.head_rotation.x_axis;
        [across.z.atan2(across.x), head.z.atan2(head.x)]
    };
    for angle in yaw(Orientation::Image) {
        assert!(angle.abs() < 0.05, "{angle}");
    }
    for angle in yaw(Orientation::Video) {
        assert!((angle + 0.7).abs() < 0.1, "{angle}");
    }
}

#[test]
fn a_driver_seen_to_the_waist_leaves_the_feet_where_they_are() {
    // Twice as near: the hips are below the picture.
    let near =
        |t: usize| person_at(Vec2::new(120.0 + 2.0 * t as f32, 420.0), 2.0 * PX_PER_METRE, Mat3::IDENTITY);
    let track = clip((0..12).map(|t| Some(near(t))).collect());
    let poses = retarget(CHARACTER.rest(), &track, Orientation::Video);
    for joint in [Joint::Ankle(Side::Left), Joint::Toe(Side::Right), Joint::Pelvis] {
        let off = (poses[10].joints[joint] - CHARACTER.rest().joints[joint]).truncate().length();
        assert!(off < 3.0, "{joint:?} {off}");
    }
    assert!(poses[11].joints[Joint::Chest].x > poses[0].joints[Joint::Chest].x + 3.0);
}

#[test]
fn legs_that_the_picture_cuts_are_not_lifted_off_its_edge() {
    let half = person_at(Vec2::new(120.0, 250.0), PX_PER_METRE, Mat3::IDENTITY);
    let rest = CharacterRest::new(SIZE, &half);
    assert!(!rest.is_whole());
    let marching = |t: usize| {
        let mut person = figure();
        let lift = 60.0 * (t as f32 * 0.3).sin().max(0.0);
        for leg in (body::LEFT_KNEE..body::COUNT).step_by(2) {
            person.body.points_mut()[leg].image.y -= lift;
        }
        Some(person)
    };
    for pose in retarget(&rest, &clip((0..40).map(marching).collect()), Orientation::Video) {
        for joint in [Joint::Hip(Side::Left), Joint::Knee(Side::Left), Joint::Ankle(Side::Right)] {
            let risen = rest.joints[joint].y - pose.joints[joint].y;
            assert!(risen < 0.5, "{joint:?} {risen}");
        }
    }
}

/// A portrait with a large head whose shoulders are below the picture, and whose hips are guessed anywhere.
#[test]
fn a_head_without_shoulders_stays_where_the_still_has_it() {
    for guessed_too_low in [-300.0, 0.0, 300.0] {
        let mut portrait = person_at(Vec2::new(120.0, 1000.0), 1000.0, Mat3::IDENTITY);
        portrait.body.points_mut()[..=10].iter_mut().for_each(|p| p.image.y -= 200.0);
        portrait.body.points_mut()[body::LEFT_HIP..].iter_mut().for_each(|p| p.image.y += guessed_too_low);
        let rest = CharacterRest::new(SIZE, &portrait);
        let track = clip((0..12).map(|_| Some(figure())).collect());
        let head = retarget(&rest, &track, Orientation::Video)[5].joints[Joint::Head];
        let off = (head - rest.joints[Joint::Head]).truncate().length();
        assert!(off < 10.0, "{off}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_pose_can_be_drawn(
        spread in prop::sample::select(vec![0.0f32, 1.0, 300.0, 1e7, f32::NAN]),
        seed in 0u32..10_000, scale in prop::sample::select(vec![0.0f32, 0.5, 4.0, f32::INFINITY]),
    ) {
        let mut at = seed as f32;
        let mut next = || { at = (at * 1.7 + 0.9).sin() * 43.7; at.fract() };
        let rest = CHARACTER.rest().joints;
        let joints = rest.map(|_, p| p + Vec3::new(next(), next(), next()) * spread);
        let head_rotation = Mat3::from_rotation_y(next() * 7.0);
        drawn(&Pose { joints, scale, head_rotation, face: None, hands: Hands::default(), sway: Sway::default() });
        // All joints on one spot: every bone of length zero.
        drawn(&Pose { joints: rest.map(|_, _| Vec3::splat(50.0)), scale: 1.0, head_rotation, face: None, hands: Hands::default(), sway: Sway::default() });
    }

    #[test]
    fn no_track_makes_a_joint_that_is_no_number(
        sizes in prop::collection::vec(prop::sample::select(vec![0.0f32, 1.0, 170.0, 1e5]), 1..6), yaw in -4.0f32..4.0,
    ) {
        let people = sizes.iter().map(|&s| Some(person_at(Vec2::splat(100.0), s, Mat3::from_rotation_y(yaw))));
        let track = clip(people.collect());
        for orientation in [Orientation::Video, Orientation::Image] {
            for pose in retarget(CHARACTER.rest(), &track, orientation) {
                prop_assert!(Joint::ALL.iter().all(|&j| pose.joints[j].is_finite()), "{pose:?}");
            }
        }
    }
}

#[test]
fn the_layer_over_the_background_is_the_picture() {
    let rest = Pose::at_rest(CHARACTER.rest());
    let empty = drawn(&Pose { joints: rest.joints.map(|_, place| place + Vec3::X * 9000.0), ..rest.clone() });
    let mut raised = rest;
    raised.joints[Joint::Wrist(Side::Left)] -= Vec3::Y * 90.0;
    let picture = drawn(&raised);
    let mut layer = Plane::filled(Size::new(1, 1), PremulSrgba8::default());
    CHARACTER.render_layer(&Exposure::instant(raised), &mut Renderer::new(), &mut layer);
    assert_eq!(layer.size(), SIZE);
    let mut shares = [0; 3];
    for ((layer, picture), empty) in layer.pixels().iter().zip(picture.pixels()).zip(empty.pixels()) {
        shares[usize::from(layer.a > 0) + usize::from(layer.a == 255)] += 1;
        let over = |own: u8, below: u8| f32::from(own) + f32::from(below) * f32::from(255 - layer.a) / 255.0;
        // Rounded once in each layer of cloth.
        assert!(
            (over(layer.g, empty.g) - f32::from(picture.g)).abs() <= 2.0,
            "{layer:?} {picture:?} {empty:?}"
        );
    }
    assert!(shares[0] > SIZE.area() / 2 && shares[2] > SIZE.area() / 20, "{shares:?}");
}

#[test]
fn a_matte_without_a_segmentation_is_taken_as_it_is() {
    let (image, matte, person) = still();
    // A second figure beside the first, which repair would drop.
    let edited = Matte(Plane::from_fn(SIZE, |x, y| {
        if x < 20 && (100..140).contains(&y) { 1.0 } else { matte.0.get(x as usize, y as usize) }
    }));
    let build = |segmentation| {
        let source = CharacterSource { image: &image, matte: &edited, segmentation, person: &person };
        Character::build(&source).expect("made to fit")
    };
    assert_eq!(build(None).matte(), &edited);
    assert_ne!(build(Some(&matte)).matte(), &edited);
}

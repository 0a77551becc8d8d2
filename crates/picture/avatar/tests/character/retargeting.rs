//! What a driver makes of it.

use super::*;

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

/// A driver with his left arm out who comes from far towards a camera well above his head, and goes back.
fn comes_and_goes(px_per_metre: impl Fn(f32) -> f32) -> DrivingTrack {
    const CAMERA_M: f32 = 2.4;
    let at = |t: usize| {
        let near = (t as f32 / 239.0 * std::f32::consts::PI).sin().powi(4);
        let size = px_per_metre(near);
        let ground = 20.0 + CAMERA_M * size;
        let mut person = person_at(Vec2::new(120.0, ground - 0.84 * size), size, Mat3::IDENTITY);
        // Left elbow, wrist and what of the hand is told.
        for (joint, out) in [(13, 0.49), (15, 0.74), (17, 0.81), (19, 0.81), (21, 0.79)] {
            let landmark = &mut person.body.points_mut()[joint];
            landmark.image = Vec3::new(120.0 + out * size, ground - 1.36 * size, 0.0);
            landmark.world = Vec3::new(out, -0.52, 0.0);
        }
        Some(person)
    };
    clip((0..240).map(at).collect())
}

#[test]
fn who_comes_nearer_stays_in_the_picture_and_who_goes_back_on_the_ground() {
    let rest = CHARACTER.rest();
    let lower =
        |joints: &Joints| Side::BOTH.map(|s| joints[Joint::Ankle(s)].y).into_iter().fold(0.0, f32::max);
    let height = lower(&rest.joints) - rest.joints[Joint::Head].y;
    let poses = retarget(rest, &comes_and_goes(|near| 100.0 + 60.0 * near), Orientation::Video);
    let sizes = poses.iter().map(|pose| pose.scale);
    let (least, most) = sizes.fold((f32::MAX, 0.0f32), |(a, b), size| (a.min(size), b.max(size)));
    // Mostly it is as in the still.
    assert!((0.85..1.0).contains(&least) && (1.05..1.6).contains(&most), "{least} to {most}");
    for pose in &poses {
        let risen = lower(&rest.joints) - lower(&pose.joints);
        assert!(
            risen < 0.5 * (1.0 - pose.scale).max(0.0) * height + 6.0,
            "at {} it floats by {risen}",
            pose.scale
        );
        assert!(lower(&pose.joints) < SIZE.height as f32, "{}", lower(&pose.joints));
        let crown = pose.joints[Joint::Head].y - 17.0 * pose.scale;
        assert!(crown > -5.0, "at {} its head is cut: {crown}", pose.scale);
    }
}

#[test]
fn a_path_is_moved_for_hands_to_stay_in_the_picture() {
    let mut track = comes_and_goes(|_| 110.0);
    for (t, joints) in track.joints.iter_mut().enumerate() {
        *joints = joints.map(|_, p| p + Vec3::X * t as f32 * 0.02);
    }
    let hands = |pose: &Pose| Side::BOTH.map(|s| pose.joints[Joint::Hand(s)].x);
    let poses = retarget(CHARACTER.rest(), &track, Orientation::Video);
    let cut = poses.iter().filter(|pose| hands(pose).iter().any(|x| !(0.0..SIZE.width as f32).contains(x)));
    let cut = cut.count();
    assert!(cut <= 6, "in {cut} of 240 frames");
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

#[test]
fn legs_that_the_picture_cuts_keep_all_of_the_body_as_large_however_far_the_driver_goes() {
    let half = person_at(Vec2::new(120.0, 250.0), PX_PER_METRE, Mat3::IDENTITY);
    let rest = CharacterRest::new(SIZE, &half);
    let leaving = |t: usize| {
        Some(person_at(Vec2::new(120.0, 170.0), PX_PER_METRE * (1.0 - 0.005 * t as f32), Mat3::IDENTITY))
    };
    let trunk = |joints: &Joints| joints[Joint::Chest].distance(joints[Joint::Pelvis]);
    for pose in retarget(&rest, &clip((0..80).map(leaving).collect()), Orientation::Video) {
        let share = trunk(&pose.joints) / trunk(&rest.joints);
        assert!((share - 1.0).abs() < 0.03, "{share}");
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

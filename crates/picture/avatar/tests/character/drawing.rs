//! What a pose shows.

use super::*;

#[test]
fn at_rest_the_character_is_its_still() {
    let difference = mean_difference(&drawn(&Pose::at_rest(CHARACTER.rest())), &still().0);
    assert!(difference < 1.0, "{difference}");
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
fn a_forearm_whose_hand_is_before_the_head_is_before_the_chest_too() {
    let [head, chest] = [Joint::Head, Joint::Chest].map(|joint| CHARACTER.rest().joints[joint]);
    let elbow = chest.truncate() + Vec2::new(10.0, 45.0);
    let wrist = head.truncate() + Vec2::new(10.0, 8.0);
    // How many places along the forearm show it while its elbow lies so deep.
    let shown = |depth: f32| {
        let mut pose = Pose::at_rest(CHARACTER.rest());
        pose.joints[Joint::Elbow(Side::Left)] = elbow.extend(depth);
        pose.joints[Joint::Wrist(Side::Left)] = wrist.extend(-30.0);
        pose.joints[Joint::Hand(Side::Left)] = (wrist - Vec2::new(0.0, 14.0)).extend(-30.0);
        let image = drawn(&pose);
        let is_red = |share: &f32| {
            let place = elbow.lerp(wrist, *share);
            let c = image.get(place.x as usize, place.y as usize);
            c.r > 150 && c.g < 110
        };
        (0..20).map(|i| 0.1 + 0.04 * i as f32).filter(is_red).count()
    };
    assert_eq!([-40.0, 0.0, 20.0, 60.0].map(shown), [20; 4]);
}

/// A character at rest but for its left arm, which is raised by so many radians, and its layer.
fn with_raised_arm(character: &Character, by: f32) -> (Pose, Plane<PremulSrgba8>) {
    let mut pose = Pose::at_rest(character.rest());
    let shoulder = pose.joints[Joint::Shoulder(Side::Left)];
    for joint in [Joint::Elbow(Side::Left), Joint::Wrist(Side::Left), Joint::Hand(Side::Left)] {
        let from_shoulder = pose.joints[joint] - shoulder;
        pose.joints[joint] = shoulder + Mat3::from_rotation_z(-by) * from_shoulder;
    }
    let mut layer = Plane::filled(SIZE, PremulSrgba8::default());
    character.render_layer(&Exposure::instant(pose.clone()), &mut Renderer::new(), &mut layer);
    (pose, layer)
}

#[test]
fn the_outline_goes_on_from_the_trunk_to_a_raised_sleeve() {
    let dressed = character(&still_in(SHIRT));
    let (pose, layer) = with_raised_arm(&dressed, 2.0);
    // From the waist to the elbow no row ends far from where the one below it does.
    let waist = pose.joints[Joint::Pelvis].midpoint(pose.joints[Joint::Chest]).y as usize;
    let elbow = pose.joints[Joint::Elbow(Side::Left)].y as usize;
    let ends: Vec<usize> =
        (elbow..waist).rev().map(|y| layer.row(y).iter().rposition(|p| p.a > 127).unwrap_or(0)).collect();
    let steps = ends.windows(2).map(|rows| rows[0].abs_diff(rows[1]));
    assert!(steps.max() <= Some(3), "{ends:?}");
}

#[test]
fn a_raised_sleeve_goes_over_from_the_trunk_s_light_into_its_own() {
    let shade = |v: u8| (u32::from(v) * 3 / 4) as u8;
    let sleeves = Srgb8::new(shade(SHIRT.r), shade(SHIRT.g), shade(SHIRT.b));
    let dressed = character(&still_in(sleeves));
    let (pose, layer) = with_raised_arm(&dressed, 2.0);
    let [shoulder, elbow] =
        [Joint::Shoulder(Side::Left), Joint::Elbow(Side::Left)].map(|joint| pose.joints[joint].truncate());
    let bone = elbow - shoulder;
    let blue = |along: f32| {
        let place = shoulder + bone * along;
        f32::from(layer.get(place.x as usize, place.y as usize).b)
    };
    // From the chest over the shoulder to the middle of the upper arm, pixel by pixel.
    let way: Vec<f32> =
        (0..).map(|i| i as f32 / bone.length() - 0.6).take_while(|along| *along < 0.7).map(blue).collect();
    let steps = way.windows(2).map(|colours| (colours[0] - colours[1]).abs()).fold(0.0, f32::max);
    let ends = [way[0], way[way.len() - 1]];
    assert!((ends[0] - 190.0).abs() < 8.0 && (ends[1] - 142.0).abs() < 8.0, "{ends:?}");
    assert!(steps < 12.0, "{way:?}");
}

#[test]
fn a_folded_elbow_has_a_round_tip_and_nothing_of_its_inside_lies_over_it() {
    /// Half as thick as the drawn arm, in pixels.
    const THICK: f32 = 8.0;
    let mut pose = Pose::at_rest(CHARACTER.rest());
    let [shoulder, elbow, wrist, hand] = pose.joints.chain(Limb::Arm(Side::Left));
    // Away from the body, the forearm back beside the upper arm.
    let (upper, fore) = (elbow.distance(shoulder), wrist.distance(elbow));
    let place = |from: Vec3, degrees: f32, length: f32| {
        from + (Vec2::from_angle(degrees.to_radians()) * length).extend(0.0)
    };
    pose.joints[Joint::Elbow(Side::Left)] = place(shoulder, 20.0, upper);
    pose.joints[Joint::Wrist(Side::Left)] = place(place(shoulder, 20.0, upper), -130.0, fore);
    pose.joints[Joint::Hand(Side::Left)] =
        place(place(shoulder, 20.0, upper), -130.0, fore + hand.distance(wrist));
    let mut layer = Plane::filled(SIZE, PremulSrgba8::default());
    CHARACTER.render_layer(&Exposure::instant(pose.clone()), &mut Renderer::new(), &mut layer);
    let elbow = pose.joints[Joint::Elbow(Side::Left)].truncate();
    // All about the tip, which points away from both bones, the outline is as far from the joint.
    let outwards = (20.0 + 50.0) / 2.0;
    for degrees in [-60.0, -40.0, -20.0, 0.0, 20.0, 40.0, 60.0] {
        let way = Vec2::from_angle((outwards + degrees as f32).to_radians());
        let is_seen = |&away: &f32| {
            let place = elbow + way * away;
            layer.get(place.x as usize, place.y as usize).a > 127
        };
        let reach = (0..40).map(|step| 0.5 * step as f32).take_while(is_seen).last().unwrap_or(0.0);
        assert!((0.6 * THICK..1.4 * THICK).contains(&reach), "{reach} px at {degrees} degrees");
    }
}

#[test]
fn a_wide_sleeve_rises_with_the_shoulder() {
    let (mut image, mut matte, person) = still_in(Srgb8::new(230, 190, 160));
    for side in Side::BOTH {
        let [shoulder, elbow] = match side {
            Side::Left => [body::LEFT_SHOULDER, body::LEFT_ELBOW],
            Side::Right => [body::RIGHT_SHOULDER, body::RIGHT_ELBOW],
        }
        .map(|i| person.body[i].xy());
        for (x, y) in (0..SIZE.height as usize).flat_map(|y| (0..SIZE.width as usize).map(move |x| (x, y))) {
            let place = Vec2::new(x as f32 + 0.5, y as f32 + 0.5) - shoulder;
            let bone = elbow - shoulder;
            let along = (place.dot(bone) / bone.length_squared()).clamp(0.0, 0.7);
            if place.distance(bone * along) < 24.0 {
                image.set(x, y, SHIRT);
                matte.0.set(x, y, 1.0);
            }
        }
    }
    let dressed = character(&(image, matte, person));
    let (pose, layer) = with_raised_arm(&dressed, 0.9);
    let shoulder = pose.joints[Joint::Shoulder(Side::Left)];
    // From the shoulder to the sleeve's end the outline above has no step.
    let bone = pose.joints[Joint::Elbow(Side::Left)] - shoulder;
    let columns = shoulder.x as usize..(shoulder + 0.5 * bone).x as usize;
    let tops: Vec<usize> = columns
        .map(|x| (0..SIZE.height as usize).find(|&y| layer.get(x, y).a > 127).unwrap_or(usize::MAX))
        .collect();
    let steps = tops.windows(2).map(|columns| columns[0].abs_diff(columns[1]));
    assert!(steps.max() <= Some(2), "{tops:?}");
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
    // Low enough to raise no shoulder.
    let poses = [-0.3, 0.0, 0.3].map(arm);
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
fn from_the_side_the_ink_line_runs_along_the_trunk_and_not_down_its_middle() {
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
    // Dark pixels of the trunk's rows: within four of either end, and between; and the rows.
    let ink = |pose: &Pose| {
        let mut layer = Plane::filled(SIZE, PremulSrgba8::default());
        drawing.render_layer(&Exposure::instant(pose.clone()), &mut Renderer::new(), &mut layer);
        let [top, bottom] = [Joint::Chest, Joint::Pelvis].map(|joint| pose.joints[joint].y as usize);
        let dark = |p: &PremulSrgba8| p.a > 200 && p.r.max(p.g).max(p.b) < 165;
        let (mut at_ends, mut between) = ([0, 0], 0);
        for y in top + 30..bottom - 25 {
            let row = layer.row(y);
            let opaque = |p: &PremulSrgba8| p.a > 200;
            let (Some(first), Some(last)) = (row.iter().position(opaque), row.iter().rposition(opaque))
            else {
                continue;
            };
            at_ends[0] += usize::from(row[first..first + 4].iter().any(dark));
            at_ends[1] += usize::from(row[last - 3..=last].iter().any(dark));
            between += row[first + 4..last - 3].iter().filter(|p| dark(p)).count();
        }
        (at_ends, between, bottom - 25 - (top + 30))
    };
    let (at_ends, between, rows) = ink(&pose);
    assert!(at_ends.iter().all(|&dark| 10 * dark > 9 * rows), "{at_ends:?} of {rows} rows");
    assert!(between < rows / 10, "{between} dark pixels within {rows} rows");
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
fn from_the_side_a_foot_has_toes_before_its_ankle_a_heel_behind_it_and_a_flat_sole() {
    let mut pose = turned(90.0);
    for side in Side::BOTH {
        let ankle = pose.joints[Joint::Ankle(side)];
        let forwards = (pose.joints[Joint::Toe(side)] - ankle).x.signum();
        pose.joints[Joint::Toe(side)] = ankle + Vec3::new(14.0 * forwards, 5.0, 0.0);
    }
    let mut layer = Plane::filled(SIZE, PremulSrgba8::default());
    CHARACTER.render_layer(&Exposure::instant(pose.clone()), &mut Renderer::new(), &mut layer);
    let ankle = pose.joints[Joint::Ankle(Side::Left)];
    let forwards = (pose.joints[Joint::Toe(Side::Left)] - ankle).x.signum();
    // How far below the ankle the foot reaches so far before it.
    let sole = |before: i32| {
        let x = (ankle.x + forwards * before as f32) as usize;
        (ankle.y as usize..SIZE.height as usize).rfind(|&y| layer.get(x, y).a > 128)
    };
    let reach = |way: i32| (0..60).take_while(|i| sole(way * i).is_some()).count();
    let (toes, heel) = (reach(1), reach(-1));
    assert!((31..45).contains(&toes) && (12..24).contains(&heel), "{toes} {heel}");
    let soles: Vec<usize> = (3 - heel as i32..toes as i32 - 3).filter_map(sole).collect();
    let [least, most] = soles.iter().fold([usize::MAX, 0], |[low, high], &y| [low.min(y), high.max(y)]);
    assert!(most - least <= 5, "{soles:?}");
}

#[test]
fn hips_go_over_into_the_thighs_of_a_stride_seen_from_the_side() {
    // In wide trousers.
    let person = figure();
    let at = |index: usize| person.body[index].xy();
    let near = |place: Vec2, [a, b]: [usize; 2], radius: f32| {
        let (from, bone) = (place - at(a), at(b) - at(a));
        from.distance(bone * (from.dot(bone) / bone.length_squared()).clamp(0.0, 1.0)) < radius
    };
    let bones = [[23, 24], [23, 25], [25, 27], [27, 31], [24, 26], [26, 28], [28, 32]];
    let trousers = Plane::from_fn(SIZE, |x, y| {
        let place = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
        bones.iter().any(|&bone| near(place, bone, 18.0))
    });
    let (image, matte, _) = still();
    let image = image.zip_map(&trousers, |&c, &is| if is { Srgb8::new(40, 120, 60) } else { c });
    let matte = Matte(matte.0.zip_map(&trousers, |&seen, &is| if is { 1.0 } else { seen }));
    let still = (image, matte, person);
    let character = character(&still);
    let mut at_rest = Image::filled(SIZE, Srgb8::default());
    let pose = Pose::at_rest(character.rest());
    character.render(&Exposure::instant(pose), &mut Renderer::new(), &mut at_rest);
    // What is behind the trunk is not seen from the front.
    assert!(mean_difference(&at_rest, &still.0) < 1.0);
    let mut pose = turned(85.0);
    for (side, swing) in [(Side::Left, 0.4f32), (Side::Right, -0.4)] {
        let hip = pose.joints[Joint::Hip(side)];
        for joint in [Joint::Knee(side), Joint::Ankle(side), Joint::Toe(side)] {
            pose.joints[joint] = hip + Mat3::from_rotation_z(swing) * (pose.joints[joint] - hip);
        }
        for joint in [Joint::Elbow(side), Joint::Wrist(side), Joint::Hand(side)] {
            pose.joints[joint].y = 2.0 * pose.joints[Joint::Shoulder(side)].y - pose.joints[joint].y;
        }
    }
    let mut layer = Plane::filled(SIZE, PremulSrgba8::default());
    character.render_layer(&Exposure::instant(pose.clone()), &mut Renderer::new(), &mut layer);
    let hips = pose.joints[Joint::Pelvis].y as usize;
    let ends = |y: usize| {
        let opaque = |p: &PremulSrgba8| p.a > 128;
        let row = layer.row(y);
        [row.iter().position(opaque).unwrap_or(0) as i32, row.iter().rposition(opaque).unwrap_or(0) as i32]
    };
    let rows: Vec<[i32; 2]> = (hips - 40..hips + 40).map(ends).collect();
    let width = |row: &[i32; 2]| row[1] - row[0];
    let step = rows.windows(2).flat_map(|pair| [0, 1].map(|end| (pair[1][end] - pair[0][end]).abs())).max();
    let waist = rows[25..55].iter().map(width).min();
    assert!(step <= Some(2) && waist >= Some(36), "{step:?}, {waist:?}: {rows:?}");
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_pose_can_be_drawn(
        spread in prop::sample::select(vec![0.0f32, 1.0, 300.0, 1e7, f32::NAN]),
        seed in 0u32..10_000, scale in prop::sample::select(vec![0.0f32, 0.5, 4.0, f32::INFINITY]),
    ) {
        let mut at = seed as f32;
        let mut next = || { at = (at * 1.7 + 0.9).sin() * 43.7; at.fract() };
        let rest = Pose::at_rest(CHARACTER.rest());
        let joints = rest.joints.map(|_, p| p + Vec3::new(next(), next(), next()) * spread);
        let head_rotation = Mat3::from_rotation_y(next() * 7.0);
        drawn(&Pose { joints, scale, head_rotation, ..rest.clone() });
        // All joints on one spot: every bone of length zero.
        drawn(&Pose { joints: joints.map(|_, _| Vec3::splat(50.0)), head_rotation, ..rest });
    }
}

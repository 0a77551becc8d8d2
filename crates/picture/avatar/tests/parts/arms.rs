//! Arms that are not shown as they lie.

use super::*;

/// The sheets of a figure with a face whose hands on these sides cannot be seen.
fn with_hidden_hands(sides: &[Side]) -> Vec<Sheet> {
    let figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let about_head = |i: usize| Vec2::new(100.0, 50.0) + Vec2::from_angle(i as f32) * 14.0;
    let face = (0..FaceLandmarks::COUNT).map(|i| about_head(i).extend(0.0)).collect();
    let person = person(&figure.joints, Some(FaceLandmarks::new(face).expect("all points are there")), None);
    let still = figure.still(&person);
    let mut parts = find_parts(&still);
    for &side in sides {
        parts.limbs[Limb::Arm(side)].as_mut().expect("an arm").hand_visible = false;
    }
    build_sheets(&still, &parts)
}

#[test]
fn an_arm_whose_hand_is_hidden_is_the_other_one_s_mirror_image() {
    let sheets = with_hidden_hands(&[Side::Left]);
    let [left, right] = Side::BOTH.map(|side| sheet_of(&sheets, Limb::Arm(side)));
    assert_eq!(right.rest, Rest::AsSeen);
    assert_eq!(left.rest, Rest::Mirrored { from: Limb::Arm(Side::Right) });
    // Its texture lies where the other arm does: on the picture's left.
    assert!(left.coverage.get(45, 170) > 0.9 && left.coverage.get(155, 170) == 0.0);
}

#[test]
fn arms_whose_hands_are_hidden_get_them() {
    let sheets = with_hidden_hands(&Side::BOTH);
    let sheet = sheet_of(&sheets, Limb::Arm(Side::Left));
    let Rest::Strip([.., wrist, knuckles]) = sheet.rest else { panic!("{:?}", sheet.rest) };
    let palm = wrist.lerp(knuckles, 0.5);
    let (x, y) = (palm.x as usize, palm.y as usize);
    assert!(sheet.invented_alpha.get(x, y) > 0.9);
    let off = distance(sheet.fill.get(x, y), SKIN);
    assert!(off < 60.0, "its skin is off by {off}");
}

#[test]
fn a_folded_arm_is_laid_out_straight() {
    let figure = Mannequin::new(Vec2::new(36.0, 100.0));
    let (_, sheets) = figure.take_apart();
    let arm = sheet_of(&sheets, Limb::Arm(Side::Left));
    let Rest::Strip(joints) = arm.rest else { panic!("{:?}", arm.rest) };
    assert!(joints.windows(2).all(|pair| pair[1].y > pair[0].y && pair[1].x == pair[0].x));
    let elbow = joints[1];
    assert!(arm.invented_alpha.get(elbow.x as usize, elbow.y as usize) > 0.9);
    assert!(arm.coverage.pixels().iter().all(|&c| c == 0.0));
}

#[test]
fn a_sleeve_of_which_but_a_scrap_is_seen_is_even() {
    let mut figure = Mannequin::new(Vec2::new(52.0, 152.0));
    // Both forearms point at the viewer; of the sleeves a dark inner half is left.
    for side in Side::BOTH {
        for joint in [Joint::Wrist(side), Joint::Hand(side)] {
            figure.joints[joint].z = -70.0;
        }
        figure.draw(CLOTH, |mask, chain| stroke_polyline(mask, &chain(Limb::Arm(side))[..2], 18.0));
        figure.draw(CLOTH.map(|v| 0.6 * v), |mask, chain| {
            stroke_polyline(mask, &[0, 1].map(|i| chain(Limb::Arm(side))[i] - Vec2::new(0.0, 4.0)), 6.0);
        });
        figure.draw(SKIN, |mask, chain| fill_disc(mask, chain(Limb::Arm(side))[3], 12.0));
    }
    let (_, sheets) = figure.take_apart();
    let arm = sheet_of(&sheets, Limb::Arm(Side::Left));
    let Rest::Strip([shoulder, elbow, wrist, _]) = arm.rest else { panic!("{:?}", arm.rest) };
    for row in shoulder.lerp(elbow, 0.3).y as usize..elbow.lerp(wrist, 0.8).y as usize {
        for x in elbow.x as usize - 3..elbow.x as usize + 3 {
            let off = distance(arm.fill.get(x, row), CLOTH);
            assert!(off < 12.0, "{off} at {x}, {row}");
        }
    }
}

/// A figure both of whose forearms point at the viewer, its upper arms in sleeves of its cloth.
fn with_forearms_at_the_viewer() -> Mannequin {
    let mut figure = Mannequin::new(Vec2::new(52.0, 152.0));
    for side in Side::BOTH {
        for joint in [Joint::Wrist(side), Joint::Hand(side)] {
            figure.joints[joint].z = -70.0;
        }
        figure.draw(CLOTH, |mask, chain| stroke_polyline(mask, &chain(Limb::Arm(side))[..2], 18.0));
    }
    figure
}

#[test]
fn a_sleeve_goes_over_from_its_shadow_into_the_trunk_s_light() {
    let mut figure = with_forearms_at_the_viewer();
    for side in Side::BOTH {
        figure.draw(CLOTH.map(|v| 0.5 * v), |mask, chain| {
            stroke_polyline(mask, &[0, 1].map(|i| chain(Limb::Arm(side))[i] - Vec2::new(0.0, 4.0)), 15.0);
        });
        figure.draw(SKIN, |mask, chain| fill_disc(mask, chain(Limb::Arm(side))[3], 12.0));
    }
    let (_, sheets) = figure.take_apart();
    let arm = sheet_of(&sheets, Limb::Arm(Side::Left));
    let Rest::Strip([shoulder, elbow, ..]) = arm.rest else { panic!("{:?}", arm.rest) };
    let steps = (shoulder.lerp(elbow, 0.4).y as usize..elbow.y as usize).flat_map(|row| {
        let column = elbow.x as usize;
        (column - 10..column + 10).map(move |x| distance(arm.fill.get(x, row), arm.fill.get(x + 1, row)))
    });
    let steepest = steps.fold(0.0, f32::max);
    assert!(steepest < 20.0, "{steepest}");
}

#[test]
fn a_hand_hangs_on_a_wrist_and_not_on_a_point() {
    let mut figure = with_forearms_at_the_viewer();
    for side in Side::BOTH {
        let chain = figure.joints.chain(Limb::Arm(side)).map(Vec3::truncate);
        let mut beyond = Plane::filled(SIZE, false);
        stroke_polyline(&mut beyond, &chain[2..], 24.0);
        for (i, _) in beyond.pixels().iter().enumerate().filter(|(_, set)| **set) {
            figure.matte.pixels_mut()[i] = 0.0;
        }
        figure.draw(SKIN, |mask, _| {
            let [.., wrist, hand] = chain;
            fill_polygon(mask, &[wrist, hand + Vec2::new(-10.0, 8.0), hand + Vec2::new(10.0, 8.0)]);
        });
    }
    let (_, sheets) = figure.take_apart();
    let arm = sheet_of(&sheets, Limb::Arm(Side::Left));
    let Rest::Strip([.., wrist, hand]) = arm.rest else { panic!("{:?}", arm.rest) };
    let row = wrist.lerp(hand, 0.15).y as usize;
    let shown: Vec<usize> =
        (0..SIZE.width as usize).filter(|&x| arm.invented_alpha.get(x, row) > 0.5).collect();
    let off = shown.iter().map(|&x| distance(arm.fill.get(x, row), SKIN)).fold(0.0, f32::max);
    assert!(shown.len() >= 5 && off < 30.0, "{} wide, off by {off}", shown.len());
}

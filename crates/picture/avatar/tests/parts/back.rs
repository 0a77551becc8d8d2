//! What is seen from behind.

use super::*;

#[test]
fn a_drawn_face_is_on_the_front_alone() {
    const INK: [f32; 3] = [20.0, 20.0, 20.0];
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let eyes = [(92, 48), (108, 48)];
    for (x, y) in eyes {
        figure.draw(INK, |mask, _| fill_disc(mask, Vec2::new(x as f32, y as f32), 3.0));
    }
    let (_, sheets) = figure.take_apart();
    assert_eq!([sheets[0].kind, sheets[1].kind], [SheetKind::Core, SheetKind::Back]);
    for eye in eyes {
        assert_eq!(shown(&sheets[0], INK, eye), INK);
        let off = distance(shown(&sheets[1], INK, eye), SKIN);
        assert!(off < 25.0, "from behind an eye is off the skin by {off}");
    }
}

#[test]
fn from_behind_a_head_shows_hair_and_a_bare_nape() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let face = figure.draw_hair();
    let (_, sheets) = figure.taken_apart(&person(&figure.joints, Some(face), None));
    for y in [45, 55, 65] {
        let off = distance(shown(&sheets[1], SKIN, (100, y)), HAIR);
        assert!(off < 40.0, "the hair at {y} is off by {off}");
        assert_eq!(shown(&sheets[0], SKIN, (100, y)), SKIN);
    }
    let off = distance(shown(&sheets[1], SKIN, (100, 76)), SKIN);
    assert!(off < 40.0, "the nape is off by {off}");
}

#[test]
fn from_the_side_hair_shows_no_row_of_its_own_and_a_face_is_as_it_is() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let face = figure.draw_hair();
    let bright = HAIR.map(|c| c + 40.0);
    for y in (20..74).step_by(4) {
        let is_hair = |i: usize| figure.image.pixels()[i] == HAIR;
        let row = y * SIZE.width as usize;
        let locks: Vec<usize> = (row..row + 2 * SIZE.width as usize).filter(|&i| is_hair(i)).collect();
        locks.into_iter().for_each(|i| figure.image.pixels_mut()[i] = bright);
    }
    let (_, sheets) = figure.taken_apart(&person(&figure.joints, Some(face), None));
    let side = sheets[0].from_side.as_ref().expect("hair is seen");
    assert_eq!(side.share.get(100, 62), 0.0);
    for x in [79, 121] {
        for y in 36..48 {
            assert!(side.share.get(x, y) > 0.9, "at {x}, {y}");
            let step = distance(side.colour.get(x, y), side.colour.get(x, y + 1));
            assert!(step < 20.0, "at {x}, {y}: {step}");
            let off = distance(side.colour.get(x, y), HAIR.map(|c| c + 20.0));
            assert!(off < 30.0, "at {x}, {y}: {off}");
        }
    }
    assert!(sheets[2..].iter().all(|limb| limb.from_side.is_none()));
}

#[test]
fn a_wall_between_locks_is_not_seen_from_the_side() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let face = figure.draw_hair();
    figure.draw([235.0, 235.0, 230.0], |mask, _| fill_disc(mask, Vec2::new(79.0, 42.0), 2.5));
    let (_, sheets) = figure.taken_apart(&person(&figure.joints, Some(face), None));
    let side = sheets[0].from_side.as_ref().expect("hair is seen");
    let off = distance(side.colour.get(79, 42), HAIR);
    assert!(side.share.get(79, 42) > 0.9 && off < 30.0, "off by {off}");
}

#[test]
fn buttons_are_on_the_front_alone() {
    const HORN: [f32; 3] = [240.0, 235.0, 225.0];
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let face = figure.draw_hair();
    let buttons = [110, 125, 140];
    for y in buttons {
        figure.draw(HORN, |mask, _| fill_disc(mask, Vec2::new(100.0, y as f32), 1.5));
    }
    let (_, sheets) = figure.taken_apart(&person(&figure.joints, Some(face), None));
    for y in buttons {
        assert_eq!(shown(&sheets[0], HORN, (100, y)), HORN);
        let off = distance(shown(&sheets[1], HORN, (100, y)), CLOTH);
        assert!(off < 20.0, "a button at {y} is off the shirt by {off}");
    }
}

#[test]
fn dots_all_over_a_shirt_are_on_its_back_too() {
    const DOT: [f32; 3] = [240.0, 235.0, 225.0];
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    for (x, y) in (70..134).step_by(12).flat_map(|x| (90..212).step_by(12).map(move |y| (x, y))) {
        figure.draw(DOT, |mask, _| fill_disc(mask, Vec2::new(x as f32, y as f32), 1.5));
    }
    let (_, sheets) = figure.take_apart();
    for dot in [(94, 114), (106, 138), (94, 150)] {
        assert_eq!(shown(&sheets[1], DOT, dot), DOT);
    }
}

#[test]
fn red_ears_are_no_hair_from_behind() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let face = figure.draw_hair();
    for x in [80.0, 120.0] {
        figure.draw([215.0, 90.0, 75.0], |mask, _| fill_disc(mask, Vec2::new(x, 58.0), 5.0));
    }
    let (_, sheets) = figure.taken_apart(&person(&figure.joints, Some(face), None));
    for x in [97, 100, 103] {
        let off = distance(shown(&sheets[1], SKIN, (x, 66)), HAIR);
        assert!(off < 30.0, "the hair at {x} is off by {off}");
    }
}

#[test]
fn short_hair_ends_higher_beside_the_ears_than_behind_them() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let face = figure.draw_hair();
    let (_, sheets) = figure.taken_apart(&person(&figure.joints, Some(face), None));
    let is_hair = |x: usize| {
        let colour = shown(&sheets[1], SKIN, (x, 68));
        distance(colour, HAIR) < distance(colour, SKIN)
    };
    assert!(is_hair(100) && !is_hair(86) && !is_hair(114));
}

#[test]
fn hair_that_falls_on_clothes_as_dark_hides_the_nape() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    figure.draw(HAIR, |mask, _| {
        let trunk = [(66.0, 85.0), (134.0, 85.0), (128.0, 210.0), (72.0, 210.0)];
        fill_polygon(mask, &trunk.map(Vec2::from));
        let locks = [(74.0, 45.0), (126.0, 45.0), (126.0, 92.0), (74.0, 92.0)];
        fill_polygon(mask, &locks.map(Vec2::from));
    });
    let face = figure.draw_hair();
    let (_, sheets) = figure.taken_apart(&person(&figure.joints, Some(face), None));
    let off = distance(shown(&sheets[1], SKIN, (100, 78)), HAIR);
    assert!(off < 40.0, "the nape is off by {off}");
}

#[test]
fn an_open_coat_is_closed_from_behind() {
    const SHIRT: [f32; 3] = [235.0, 230.0, 225.0];
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    figure.draw(SHIRT, |mask, _| {
        let opening = [(90.0, 80.0), (110.0, 80.0), (112.0, 212.0), (88.0, 212.0)];
        fill_polygon(mask, &opening.map(Vec2::from));
    });
    let (_, sheets) = figure.take_apart();
    for y in [110, 150, 190] {
        assert_eq!(shown(&sheets[0], SHIRT, (100, y)), SHIRT);
        let off = distance(shown(&sheets[1], SHIRT, (100, y)), CLOTH);
        assert!(off < 30.0, "the back at {y} is off by {off}");
    }
}

#[test]
fn a_trunk_lit_from_the_side_wears_no_coat() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    for y in 85..210 {
        for x in 66..134 {
            let lit = 1.0 + 1.4 * ((x as f32 - 100.0) / 34.0).powi(2);
            let colour = figure.image.get(x, y);
            if colour == CLOTH {
                figure.image.set(x, y, colour.map(|v| v * lit));
            }
        }
    }
    let (_, sheets) = figure.take_apart();
    let off = distance(shown(&sheets[1], CLOTH, (100, 150)), CLOTH);
    assert!(off < 10.0, "the back is off by {off}");
}

#[test]
fn a_face_on_a_body_without_a_neck_is_on_the_front_alone() {
    const INK: [f32; 3] = [20.0, 20.0, 20.0];
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let eyes = [(86, 160), (114, 160)];
    for (x, y) in eyes {
        figure.draw(INK, |mask, _| fill_disc(mask, Vec2::new(x as f32, y as f32), 5.0));
    }
    let mut person = person(&figure.joints, None, None);
    for ear in [body::LEFT_EAR, body::RIGHT_EAR] {
        person.body.points_mut()[ear].visibility = 0.0;
    }
    let (_, sheets) = figure.taken_apart(&person);
    for eye in eyes {
        let off = distance(shown(&sheets[1], INK, eye), CLOTH);
        assert!(off < 30.0, "from behind an eye is off the cloth by {off}");
    }
}

#[test]
fn long_hair_goes_on_behind_the_arms_and_the_trunk_is_no_wider_for_it() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    figure.draw(HAIR, |mask, _| {
        let back = [(80.0, 30.0), (120.0, 30.0), (185.0, 180.0), (15.0, 180.0)];
        fill_polygon(mask, &back.map(Vec2::from));
    });
    figure.draw_body();
    let face = figure.draw_hair();
    let (parts, sheets) = figure.taken_apart(&person(&figure.joints, Some(face), None));
    // Between the trunk, which ends at 131, and the arm.
    assert!(parts.hair_behind.get(137, 150) && !parts.hair_behind.get(120, 150));
    let (core, left) = (&sheets[0], Limb::Arm(Side::Left));
    assert_eq!(label(&parts, Vec2::new(150.0, 150.0)), Part::Limb(left));
    assert!(core.coverage.get(150, 150) > 0.9);
    let off = distance(shown(core, SKIN, (150, 150)), HAIR);
    assert!(off < 25.0, "the hair behind the arm is off by {off}");
    // It lies behind the arm, which is as it is seen.
    assert!(parts.limbs[left].as_ref().is_some_and(|arm| arm.under_hair.is_none()));
    assert_eq!(shown(sheet_of(&sheets, left), SKIN, (150, 150)), SKIN);
}

#[test]
fn hair_behind_an_arm_has_the_strands_of_what_is_seen() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let back = [(80.0, 30.0), (120.0, 30.0), (185.0, 180.0), (15.0, 180.0)];
    figure.draw(HAIR, |mask, _| fill_polygon(mask, &back.map(Vec2::from)));
    for (i, pixel) in figure.image.pixels_mut().iter_mut().enumerate().filter(|(_, pixel)| **pixel == HAIR) {
        let tone = if i % 2 == 0 { 8.0 } else { -8.0 };
        *pixel = HAIR.map(|c| c + tone);
    }
    figure.draw_body();
    let face = figure.draw_hair();
    let (parts, sheets) = figure.taken_apart(&person(&figure.joints, Some(face), None));
    let is_hidden = |x: usize| label(&parts, Vec2::new(x as f32, 150.0)) == Part::Limb(Limb::Arm(Side::Left));
    let reds = (140..165).filter(|&x| is_hidden(x)).map(|x| shown(&sheets[0], SKIN, (x, 150))[0]);
    let (least, most) = reds.fold((f32::MAX, f32::MIN), |(a, b), red| (a.min(red), b.max(red)));
    assert!((15.0..50.0).contains(&(most - least)), "{least} to {most}");
}

#[test]
fn ears_are_seen_unless_hair_lies_over_them() {
    // A face on a head that stands out by 4 px beside it.
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    figure.draw(HAIR, |mask, _| fill_disc(mask, Vec2::new(100.0, 32.0), 16.0));
    let around = |i: usize| Vec2::new(100.0, 58.0) + Vec2::from_angle(i as f32) * Vec2::new(19.0, 22.0);
    let mut points: Vec<Vec3> = (0..FaceLandmarks::COUNT).map(|i| around(i).extend(0.0)).collect();
    let named = [(10, (100.0, 36.0)), (152, (100.0, 80.0)), (234, (81.0, 56.0)), (454, (119.0, 56.0))];
    named.into_iter().for_each(|(i, (x, y))| points[i] = Vec3::new(x, y, 0.0));
    let face = FaceLandmarks::new(points).expect("all points are there");
    let ears =
        |figure: &Mannequin| figure.taken_apart(&person(&figure.joints, Some(face.clone()), None)).0.ears;
    let [left, right] = ears(&figure).map(|ear| ear.expect("it is bare"));
    for (ear, root, outwards) in [(left, 119.0, Vec2::X), (right, 81.0, Vec2::NEG_X)] {
        assert_eq!((ear.root.x, ear.outwards), (root, outwards));
        assert!((3.0..7.0).contains(&ear.width), "{}", ear.width);
    }
    figure.draw(HAIR, |mask, _| {
        let lock = [(119.0, 30.0), (124.0, 30.0), (124.0, 84.0), (119.0, 84.0)];
        fill_polygon(mask, &lock.map(Vec2::from));
    });
    assert_eq!(ears(&figure).map(|ear| ear.is_some()), [false, true]);
    // Whatever a file says where a face is.
    for off in [-300.0, 0.0, 300.0] {
        let elsewhere = face.points().iter().map(|p| *p + Vec3::new(off, 150.0, 0.0)).collect();
        let person = person(&figure.joints, FaceLandmarks::new(elsewhere).ok(), None);
        assert_eq!(figure.taken_apart(&person).0.ears, [None; 2], "off by {off}");
    }
}

#[test]
fn a_nape_is_as_light_as_the_side_of_the_face_it_goes_on() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let face = figure.draw_hair();
    let shade = SKIN.map(|c| 0.6 * c);
    for (i, colour) in figure.image.pixels_mut().iter_mut().enumerate() {
        if *colour == SKIN && i % (SIZE.width as usize) < 100 {
            *colour = shade;
        }
    }
    let (_, sheets) = figure.taken_apart(&person(&figure.joints, Some(face), None));
    let [dark, light] = [94, 106].map(|x| shown(&sheets[1], SKIN, (x, 76))[0]);
    assert!(light - dark > 0.15 * SKIN[0], "{dark} and {light}");
}

#[test]
fn a_lock_as_light_as_skin_over_the_forehead_goes_on_behind() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let face = figure.draw_hair();
    let light = SKIN.map(|c| 0.96 * c);
    figure.draw(light, |mask, _| fill_disc(mask, Vec2::new(100.0, 27.0), 8.0));
    let (_, sheets) = figure.taken_apart(&person(&figure.joints, Some(face), None));
    let off = distance(shown(&sheets[1], light, (100, 26)), light);
    assert!(off < 40.0, "the lock is off by {off}");
}

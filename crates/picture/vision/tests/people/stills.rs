//! People in stills, by the real networks.

use frame::{Image, Size, Srgb8, body};
use vision::{Networks, PeopleFinder, StillAnalyzer, TrackerOptions, find_matte};

use crate::data;

#[test]
fn a_person_is_found_whole() {
    let Some((networks, pictures)) = data::networks_and_pictures() else { return };
    let image = data::picture(&pictures, "c01_full_man_plain.png");
    let found = StillAnalyzer::new(&networks).unwrap().analyze(&image, None).unwrap();
    assert!(found.confidence > 0.9, "{}", found.confidence);

    let joint = |index: usize| found.person.body[index].xy();
    let height = image.size().height as f32;
    assert!(joint(body::NOSE).y < 0.2 * height && joint(body::LEFT_ANKLE).y > 0.8 * height);
    assert!(joint(body::LEFT_WRIST).x > joint(body::RIGHT_WRIST).x, "he faces us: his left is on the right");

    let left_hand = found.person.left_hand.expect("both hands are in the picture");
    assert!(left_hand[0].truncate().distance(joint(body::LEFT_WRIST)) < 0.05 * height);
    let face = found.person.face.expect("he faces us");
    assert!(face[1].truncate().distance(joint(body::NOSE)) < 0.03 * height, "the tip of the nose");
    let eyes_across = face[263].x - face[33].x;
    let irises_across = face[473].x - face[468].x;
    assert!(eyes_across > 0.0 && irises_across > 0.5 * eyes_across && irises_across < eyes_across);

    assert_eq!(found.segmentation.size(), image.size());
    let belly = (joint(body::LEFT_SHOULDER) + joint(body::RIGHT_HIP)) / 2.0;
    assert!(found.segmentation.get(belly.x as usize, belly.y as usize) > 0.9);
    assert!(found.segmentation.get(20, 20) < 0.1);
}

#[test]
fn a_portrait_and_a_drawn_figure_are_people() {
    let Some((networks, pictures)) = data::networks_and_pictures() else { return };
    let mut analyzer = StillAnalyzer::new(&networks).unwrap();
    for name in ["c05_portrait_woman.png", "c09_illustrated_woman_plain.jpg"] {
        let found = analyzer.analyze(&data::picture(&pictures, name), None).unwrap();
        assert!(found.person.face.is_some(), "{name}");
    }
}

#[test]
fn everybody_is_found_once_the_largest_first() {
    let Some((networks, pictures)) = data::networks_and_pictures() else { return };
    let man = data::picture(&pictures, "c01_full_man_plain.png");
    let halved = |image: &Image| {
        Image::from_fn(image.size().scaled(0.5), |x, y| image.get(2 * x as usize, 2 * y as usize))
    };
    let (small, ground) = (halved(&man), Image::filled(Size::new(1000, 913), Srgb8::new(235, 235, 232)));
    let mut finder = PeopleFinder::new(&networks, TrackerOptions::default()).unwrap();
    assert!(finder.find(&ground).is_empty());
    let alone = data::laid_over(&ground, &man, 378, 0);
    assert_eq!(finder.find(&alone).len(), 1);
    let people = finder.find(&data::laid_over(&alone, &small, 20, 300));
    assert_eq!(people.len(), 2);
    assert!(people[0][body::NOSE].image.x > 378.0 && people[1][body::NOSE].image.x < 378.0);
}

#[test]
fn what_is_no_person_is_none() {
    let Some((networks, pictures)) = data::networks_and_pictures() else { return };
    let mut analyzer = StillAnalyzer::new(&networks).unwrap();
    let size = Size::new(640, 480);
    let flat = Image::filled(size, Srgb8::new(120, 140, 160));
    let stripes = Image::from_fn(size, |x, y| {
        if (x / 7 + y / 23) % 3 == 0 { Srgb8::new(20, 20, 20) } else { Srgb8::new(240, 240, 235) }
    });
    let hills = Image::from_fn(size, |x, y| {
        let ridge = 250.0 + 40.0 * (x as f32 / 60.0).sin() + 25.0 * (x as f32 / 17.0).sin();
        if (y as f32) < ridge {
            Srgb8::new(130, 180, (255 - y / 4) as u8)
        } else {
            Srgb8::new(60, (90 + y / 8) as u8, 40)
        }
    });
    let stick_figure = data::picture(&pictures, "c12_drawing_stick_girl.png");
    for (name, image) in
        [("flat", flat), ("stripes", stripes), ("hills", hills), ("stick figure", stick_figure)]
    {
        let found = analyzer.analyze(&image, None);
        assert!(found.is_none(), "{name}: {:?}", found.map(|found| (found.confidence, found.look)));
    }
}

#[test]
fn a_matte_holds_the_person_and_not_the_wall() {
    let Some((networks, pictures)) = data::networks_and_pictures() else { return };
    let image = data::picture(&pictures, "c01_full_man_plain.png");
    let matte = find_matte(&networks, &image).unwrap();
    assert_eq!(matte.0.size(), image.size());
    let (width, height) = (image.width(), image.height());
    assert!(matte.0.get(width * 48 / 100, height * 35 / 100) > 0.95, "his chest");
    assert!(matte.0.get(width / 10, height / 4) < 0.02, "the wall");
    let covered = matte.0.pixels().iter().sum::<f32>() / matte.0.pixels().len() as f32;
    assert!((0.1..0.35).contains(&covered), "{covered}");
}

#[test]
fn networks_are_read_once() {
    if data::networks_and_pictures().is_none() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(data::models()).unwrap().map(Result::unwrap) {
        std::os::unix::fs::symlink(file.path(), directory.path().join(file.file_name())).unwrap();
    }
    let networks = Networks::open(directory.path()).unwrap();
    StillAnalyzer::new(&networks).unwrap();
    let (others, later) = (networks.clone(), Networks::open(directory.path()).unwrap());
    drop(directory);
    assert!(StillAnalyzer::new(&others).is_ok());
    assert!(StillAnalyzer::new(&later).is_err());
}

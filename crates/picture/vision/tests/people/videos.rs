//! A person followed through a video, by the real networks. The videos are made of stills.

use frame::{FrameRate, Image, Person, Size, Srgb8, body};
use vision::networks::Network;
use vision::{DetailTracker, PacedPoseTracker, PoseTracker, Tracker, TrackerOptions};

use crate::data;

const GROUND: Size = Size::new(640, 640);

fn ground() -> Image {
    Image::filled(GROUND, Srgb8::new(235, 235, 232))
}

fn hips(person: &Person) -> glam::Vec2 {
    (person.body[body::LEFT_HIP].xy() + person.body[body::RIGHT_HIP].xy()) / 2.0
}

/// Half as large.
fn halved(image: &Image) -> Image {
    Image::from_fn(image.size().scaled(0.5), |x, y| image.get(2 * x as usize, 2 * y as usize))
}

#[test]
fn landmarks_follow_a_person_who_moves() {
    let Some((networks, pictures)) = data::networks_and_pictures() else { return };
    let man = halved(&data::picture(&pictures, "c01_full_man_plain.png"));
    let mut tracker = Tracker::new(&networks, TrackerOptions::default()).unwrap();
    let frames: Vec<Person> = (0..6)
        .map(|step| tracker.track(&data::laid_over(&ground(), &man, 60 + 12 * step, 90 - 5 * step)).unwrap())
        .collect();
    let moved = hips(&frames[5]) - hips(&frames[0]);
    assert!(moved.distance(glam::Vec2::new(60.0, -25.0)) < 8.0, "{moved}");
    assert!(frames.iter().all(|person| person.face.is_some()));
}

#[test]
fn a_cut_finds_the_next_person_and_an_empty_picture_nobody() {
    let Some((networks, pictures)) = data::networks_and_pictures() else { return };
    let man = halved(&data::picture(&pictures, "c01_full_man_plain.png"));
    let woman = halved(&data::picture(&pictures, "c02_full_woman_street.jpg"));
    let mut tracker = PoseTracker::new(&networks, TrackerOptions::default()).unwrap();
    let left = data::laid_over(&ground(), &man, 0, 100);
    let right = data::laid_over(&ground(), &woman, 360, 80);
    assert!(tracker.track(&left).unwrap().found_anew);
    assert!(!tracker.track(&left).unwrap().found_anew);
    // Whoever else is there is not taken for him,
    assert!(tracker.track(&right).is_none());
    // but for a scene of its own.
    tracker.forget();
    let after_cut = tracker.track(&right).unwrap();
    assert!(after_cut.found_anew);
    assert!(after_cut.body[body::NOSE].image.x > 360.0);
    assert!(tracker.track(&ground()).is_none());
    assert!(tracker.track(&right).unwrap().found_anew);
}

#[test]
fn the_larger_of_two_people_is_followed_and_kept() {
    let Some((networks, pictures)) = data::networks_and_pictures() else { return };
    let large = halved(&data::picture(&pictures, "c02_full_woman_street.jpg"));
    let small = halved(&halved(&data::picture(&pictures, "c01_full_man_plain.png")));
    let mut tracker = PoseTracker::new(&networks, TrackerOptions::default()).unwrap();
    let both = data::laid_over(&data::laid_over(&ground(), &large, 330, 80), &small, 80, 200);
    let hips_x = |seen: &vision::PoseSeen| seen.body[body::LEFT_HIP].image.x;
    assert!(hips_x(&tracker.track(&both).unwrap()) > 330.0);
    // Now the other one is larger.
    let large = halved(&data::picture(&pictures, "c01_full_man_plain.png"));
    let small = halved(&data::picture(&pictures, "c02_full_woman_street.jpg"));
    let swapped = data::laid_over(&data::laid_over(&ground(), &small, 330, 80), &large, 0, 100);
    let seen = tracker.track(&swapped).unwrap();
    assert!(!seen.found_anew && hips_x(&seen) > 330.0);
}

#[test]
fn details_found_on_another_thread_are_the_same() {
    let Some((networks, pictures)) = data::networks_and_pictures() else { return };
    let man = data::picture(&pictures, "c01_full_man_plain.png");
    let frames: Vec<Image> = (0..4).map(|step| data::laid_over(&ground(), &man, 4 * step, -120)).collect();
    let options = TrackerOptions::default();
    let mut tracker = Tracker::new(&networks, options).unwrap();
    let alone: Vec<Option<Person>> = frames.iter().map(|frame| tracker.track(frame)).collect();

    let mut poses = PoseTracker::new(&networks, options).unwrap();
    let mut details = DetailTracker::new(&networks).unwrap();
    let (send, receive) = std::sync::mpsc::sync_channel(1);
    let together: Vec<Option<Person>> = std::thread::scope(|scope| {
        let frames = &frames;
        scope.spawn(move || frames.iter().for_each(|frame| send.send((frame, poses.track(frame))).unwrap()));
        receive.into_iter().map(|(frame, pose)| pose.map(|pose| details.track(frame, &pose))).collect()
    });
    assert_eq!(alone, together);
}

#[test]
fn networks_run_only_where_there_is_something_new() {
    let Some((networks, pictures)) = data::networks_and_pictures() else { return };
    let man = halved(&halved(&data::picture(&pictures, "c01_full_man_plain.png")));
    let mut tracker = Tracker::new(&networks, TrackerOptions::default()).unwrap();
    let frames = 9;
    for step in 0..frames {
        let person = tracker.track(&data::laid_over(&ground(), &man, 200 + 3 * step, 200)).unwrap();
        assert!(person.face.is_some(), "{step}");
    }
    let work = networks.work();
    let runs = |network| work.get(&network).map_or(0, |work| work.runs);
    assert_eq!(runs(Network::PoseDetection), 2, "to find somebody, and to see who else is there");
    assert_eq!(runs(Network::PoseLandmarkFull), frames as u64);
    assert_eq!(runs(Network::PoseLandmarkHeavy), 3, "at first and every fourth time");
    assert_eq!(runs(Network::FaceLandmarkWithAttention), 5, "a small face in every second picture");
    assert!(runs(Network::FaceDetectionShortRange) <= 2, "{}", runs(Network::FaceDetectionShortRange));
    assert_eq!(runs(Network::HandLandmarkFull), 4, "both at first, then each at its fourth turn");
    assert!(runs(Network::HandRecrop) <= 6, "{}", runs(Network::HandRecrop));
    assert!(work.values().all(|work| work.multiply_adds > 1_000_000 * work.runs));
}

#[test]
fn who_goes_straight_on_is_looked_at_in_every_second_picture() {
    let Some((networks, pictures)) = data::networks_and_pictures() else { return };
    let man = halved(&data::picture(&pictures, "c01_full_man_plain.png"));
    let x = |t: i64| if t < 14 { 20 + 5 * t } else { 90 - 14 * (t - 14) };
    let frames = (0..18).map(|t| data::laid_over(&ground(), &man, x(t), 90));
    let rate = FrameRate::new(30, 1).unwrap();
    let mut tracker = PacedPoseTracker::new(&networks, TrackerOptions::default(), rate).unwrap();
    let mut seen: Vec<_> = frames.flat_map(|frame| tracker.push(frame, false)).collect();
    seen.extend(tracker.finish());
    let bodies: Vec<_> = seen.iter().map(|(_, pose)| pose.as_ref().unwrap()).collect();
    assert_eq!(bodies.len(), 18);
    let between: Vec<usize> = (0..18).filter(|&t| bodies[t].is_between).collect();
    assert!(between.len() >= 4 && between.iter().all(|t| t % 2 == 1 && *t < 14), "{between:?}");
    for (t, pose) in bodies.iter().enumerate() {
        let moved = pose.body[body::NOSE].image.x - bodies[0].body[body::NOSE].image.x;
        let expected = x(t as i64) as f32 - x(0) as f32;
        assert!((moved - expected).abs() < 5.0, "picture {t}: {moved} for {expected}");
    }
}

#[test]
fn a_cut_ends_a_span_and_the_next_scene_is_looked_at_at_once() {
    let Some((networks, pictures)) = data::networks_and_pictures() else { return };
    let man = halved(&data::picture(&pictures, "c01_full_man_plain.png"));
    let woman = halved(&data::picture(&pictures, "c02_full_woman_street.jpg"));
    let rate = FrameRate::new(60, 1).unwrap();
    let mut tracker = PacedPoseTracker::new(&networks, TrackerOptions::default(), rate).unwrap();
    let first = data::laid_over(&ground(), &man, 0, 100);
    let second = data::laid_over(&ground(), &woman, 360, 80);
    let counts: Vec<usize> = [(&first, false), (&first, false), (&first, false), (&second, true)]
        .map(|(frame, is_cut)| {
            let done = tracker.push(frame.clone(), is_cut);
            assert!(done.iter().all(|(_, pose)| pose.is_some()));
            done.len()
        })
        .to_vec();
    assert_eq!(counts, [1, 0, 0, 3], "what waited comes with the cut");
    assert!(tracker.push(ground(), true).iter().all(|(_, pose)| pose.is_none()));
}

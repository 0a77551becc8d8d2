//! The bundled pair as a whole: the dance's body keeps to what a body can do, and the files to what they promise.

use std::path::PathBuf;

use frame::{FrameRate, Size};
use glam::{Vec2, Vec3};
use media::{Limits, probe, read_still};

use crate::bundle::{CHARACTER, DANCE};
use crate::dance::{BEATS, Dance, FPS, FRAMES, FRAMES_PER_BEAT};
use crate::dancer;
use crate::figure::Figure;
use crate::pose::{Pose, Side};
use crate::skeleton::Skeleton;
use crate::studio::Studio;

fn frames() -> Vec<(f32, Pose, Skeleton)> {
    let (dance, look) = (Dance::new(), dancer::look());
    (0..FRAMES)
        .map(|i| {
            let beat = i as f32 / FRAMES_PER_BEAT as f32;
            let pose = dance.pose(beat);
            (beat, pose, Skeleton::new(&look.body, &pose))
        })
        .collect()
}

fn demo(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../demo").join(name)
}

#[test]
fn the_same_beat_gives_the_same_pose_and_the_dance_goes_round() {
    let (a, b) = (Dance::new(), Dance::new());
    for i in 0..FRAMES {
        let beat = i as f32 / FRAMES_PER_BEAT as f32;
        assert_eq!(a.pose(beat), b.pose(beat));
    }
    let look = dancer::look();
    let wrist = |beat: f32| Skeleton::new(&look.body, &a.pose(beat)).arms[1].hand.origin;
    assert!(wrist(BEATS as f32 - 1e-3).distance(wrist(0.0)) < 2e-3);
}

#[test]
fn the_same_pose_gives_the_same_picture() {
    let size = Size::new(48, 72);
    let (dance, look) = (Dance::new(), dancer::look());
    let pose = dance.pose(5.0);
    let figure = Figure::new(&Skeleton::new(&look.body, &pose), &look, &pose.face);
    assert_eq!(Studio::new(size).picture(&figure), Studio::new(size).picture(&figure));
}

#[test]
fn elbows_and_knees_bend_only_as_far_as_they_can() {
    for (beat, _, bones) in frames() {
        for arm in &bones.arms {
            let bend = arm.upper.axes.y_axis.angle_between(arm.fore.axes.y_axis).to_degrees();
            assert!(bend < 150.0, "elbow {bend} degrees at beat {beat}");
            let wrist = arm.fore.axes.y_axis.angle_between(arm.hand.axes.y_axis).to_degrees();
            assert!(wrist < 85.0, "wrist {wrist} degrees at beat {beat}");
        }
        for leg in &bones.legs {
            let bend = leg.thigh.axes.y_axis.angle_between(leg.shin.axes.y_axis).to_degrees();
            assert!((3.0..110.0).contains(&bend), "knee {bend} degrees at beat {beat}");
            // The foot is where it was asked to be: the leg reaches it.
            let ankle = leg.shin.world(Vec3::Y * dancer::look().body.shin);
            assert!(ankle.distance(leg.foot.origin) < 1e-3, "a leg is too short at beat {beat}");
        }
    }
}

#[test]
fn a_foot_that_bears_weight_stays_where_it_is() {
    let dance = Dance::new();
    for side in Side::BOTH {
        let ball = |beat: f32| dance.pose(beat).feet[side as usize].ball;
        for i in 0..FRAMES - 1 {
            let [now, then] = [i, i + 1].map(|i| i as f32 / FRAMES_PER_BEAT as f32);
            if dance.footwork.planted(side, now) && dance.footwork.planted(side, then) {
                assert_eq!(ball(now), ball(then), "{side:?} slides at beat {now}");
                assert_eq!(ball(now).y, 0.0);
            }
        }
    }
}

#[test]
fn the_body_rests_on_a_planted_foot() {
    let dance = Dance::new();
    for (beat, pose, _) in frames() {
        let planted: Vec<f32> = Side::BOTH
            .iter()
            .filter(|&&s| dance.footwork.planted(s, beat))
            .map(|&s| pose.feet[s as usize].ball.x)
            .collect();
        assert!(!planted.is_empty(), "both feet in the air at beat {beat}");
        let (low, high) = (
            planted.iter().copied().fold(f32::MAX, f32::min),
            planted.iter().copied().fold(f32::MIN, f32::max),
        );
        assert!((low - 0.22..=high + 0.22).contains(&pose.pelvis.x), "falling over at beat {beat}");
    }
}

#[test]
fn limbs_neither_cross_nor_enter_the_body() {
    for (beat, _, bones) in frames() {
        for (i, arm) in bones.arms.iter().enumerate() {
            let middle = |bone: Vec3| bones.chest.local(bone).x * arm.side.sign();
            assert!(middle(arm.hand.origin) > 0.0, "a hand across the body's middle at beat {beat}");
            // Wrist and knuckles keep clear of the trunk, an upright ellipse about the waist.
            for reach in [0.0, 0.09] {
                let p = bones.waist.local(arm.hand.world(Vec3::Y * reach));
                let outside = Vec2::new(p.x / 0.17, p.z / 0.13).length();
                assert!(outside > 1.0 || p.y > 0.30, "hand {i} in the body at beat {beat}: {p}");
            }
        }
        let [left, right] = bones.legs.map(|leg| leg.foot.origin.x);
        assert!(left - right > 0.10, "feet cross at beat {beat}");
    }
}

#[test]
fn nothing_jumps_between_frames() {
    let frames = frames();
    for pair in frames.windows(2) {
        let beat = pair[0].0;
        for (a, b) in pair[0].2.arms.iter().zip(&pair[1].2.arms) {
            assert!(a.hand.origin.distance(b.hand.origin) < 0.17, "a hand jumps at beat {beat}");
            assert!(a.hand.axes.z_axis.dot(b.hand.axes.z_axis) > 0.5, "a palm flips at beat {beat}");
        }
        for (a, b) in pair[0].2.legs.iter().zip(&pair[1].2.legs) {
            assert!(a.shin.origin.distance(b.shin.origin) < 0.08, "a knee jumps at beat {beat}");
        }
        assert!(
            pair[0].2.pelvis.origin.distance(pair[1].2.pelvis.origin) < 0.04,
            "the hips jump at beat {beat}"
        );
    }
}

#[test]
fn the_dancer_stays_in_the_picture() {
    let size = Size::new(576, 864);
    let studio = Studio::new(size);
    for (beat, _, bones) in frames() {
        let fingertips = bones.arms.map(|arm| arm.hand.world(Vec3::Y * 0.18));
        let toes = bones.legs.map(|leg| leg.foot.world(Vec3::new(0.0, -0.08, 0.18)));
        for point in fingertips.into_iter().chain(toes) {
            let p = studio.camera().project(point);
            assert!(size.contains(p), "{p} lies outside at beat {beat}");
        }
    }
}

#[test]
fn the_bundled_files_are_what_they_should_be() {
    let (character, dance) = (demo(CHARACTER), demo(DANCE));
    let still = read_still(&character, &Limits::default()).unwrap();
    assert_eq!(still.image.size(), Size::new(720, 1080));
    assert!(still.alpha.is_none());
    let clip = probe(&dance, &Limits::default()).unwrap();
    assert_eq!(clip.size, Size::new(576, 864));
    assert_eq!(clip.frame_rate, FrameRate::new(FPS, 1).unwrap());
    assert_eq!(clip.frames, u64::from(FRAMES));
    assert!(clip.has_audio && !clip.variable_rate && !clip.truncated);
    assert!(clip.duration_secs < 10.0);
    let bytes = [character, dance].iter().map(|file| file.metadata().unwrap().len()).sum::<u64>();
    assert!(bytes < 2_000_000, "{bytes} bytes to ship");
}

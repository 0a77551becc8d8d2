use frame::{Person, body};

use super::MotionClip;

/// What it costs to take left for right in a frame, in lengths of the trunk of a leap that this saves; a second of it is about what
/// the leap of a turned back's shoulders and the one back cost.
const SWAP: f32 = 0.01;
/// The same in a frame in which a face was found too, which tells front from back far better.
const SWAP_WITH_FACE: f32 = 0.1;
/// Sides of the trunk, by which a reading is told: they cross only when the whole body turns.
const TRUNK: [[usize; 2]; 2] =
    [[body::LEFT_SHOULDER, body::RIGHT_SHOULDER], [body::LEFT_HIP, body::RIGHT_HIP]];

/// The clip with left and right as they must have been.
///
/// Of a body that is turned away the network at times reads a front, with left and right exchanged, for a frame or some. The trunk's
/// corners leap across the body then, and back. Which frames to exchange is the choice with the least leaps, over the whole
/// clip at once (Viterbi 1967).
pub(super) fn told_apart(mut clip: MotionClip) -> MotionClip {
    for t in swapped(&clip) {
        if let Some(person) = &mut clip.people[t] {
            swap(person);
        }
    }
    clip
}

/// The frames in which left was taken for right.
fn swapped(clip: &MotionClip) -> Vec<usize> {
    // Of the best ways to read all frames so far: what they cost if the last one is read as it is, and exchanged; and how each
    // read the frame before.
    let mut costs = [0.0f32; 2];
    let mut ways: Vec<(usize, [usize; 2])> = Vec::new();
    let mut last: Option<(usize, &Person)> = None;
    for (t, person) in clip.people.iter().enumerate() {
        let Some(person) = person else { continue };
        let leaps = match last {
            Some((before, of)) if clip.is_one_shot(before, t) => leaps(of, person),
            _ => [0.0; 2],
        };
        let swap = if person.face.is_some() { SWAP_WITH_FACE } else { SWAP };
        let mut before = [0, 1];
        costs = [0, 1].map(|reading| {
            let [stays, changes] = [costs[reading] + leaps[0], costs[1 - reading] + leaps[1]];
            if changes < stays {
                before[reading] = 1 - reading;
            }
            stays.min(changes) + swap * reading as f32
        });
        ways.push((t, before));
        last = Some((t, person));
    }
    let mut reading = usize::from(costs[1] < costs[0]);
    let mut swapped = Vec::new();
    for (t, before) in ways.into_iter().rev() {
        if reading == 1 {
            swapped.push(t);
        }
        reading = before[reading];
    }
    swapped
}

/// How far the trunk's corners go in space from one frame to the next, in its lengths: both read alike, and one of them exchanged.
fn leaps(from: &Person, to: &Person) -> [f32; 2] {
    let middle = |pair: [usize; 2]| (from.body[pair[0]].world + from.body[pair[1]].world) * 0.5;
    let trunk = middle(TRUNK[0]).distance(middle(TRUNK[1])).max(0.1);
    let way = |a: usize, b: usize| (from.body[a].world.distance(to.body[b].world) / trunk).min(1.0);
    let mean = |ways: [[f32; 2]; 2]| ways.iter().flatten().sum::<f32>() / 4.0;
    [
        mean(TRUNK.map(|[left, right]| [way(left, left), way(right, right)])),
        mean(TRUNK.map(|[left, right]| [way(left, right), way(right, left)])),
    ]
}

/// Exchanges left and right; and what of the head was read as front becomes its back.
fn swap(person: &mut Person) {
    let points = person.body.points_mut();
    let ears = [body::LEFT_EAR, body::RIGHT_EAR].map(|ear| points[ear]);
    let [image_z, world_z] = [ears[0].image.z + ears[1].image.z, ears[0].world.z + ears[1].world.z];
    for point in &mut points[..body::LEFT_SHOULDER] {
        point.image.z = image_z - point.image.z;
        point.world.z = world_z - point.world.z;
    }
    // Both eyes in three points, and then pair by pair.
    for (left, right) in [(1, 4), (2, 5), (3, 6)]
        .into_iter()
        .chain((body::LEFT_EAR..body::COUNT).step_by(2).map(|left| (left, left + 1)))
    {
        points.swap(left, right);
    }
    std::mem::swap(&mut person.left_hand, &mut person.right_hand);
}

#[cfg(test)]
mod tests {
    use std::f32::consts::PI;

    use frame::{BodyLandmark, BodyLandmarks, FrameRate, Size};
    use glam::{Mat3, Vec3};

    use super::*;

    /// A person turned by an angle about the vertical, 200 pixels a metre.
    fn turned(angle: f32) -> Person {
        let landmark = |i: usize| {
            let side = if i % 2 == 1 { 1.0 } else { -1.0 };
            let at = match i {
                body::NOSE => Vec3::new(0.0, -0.6, -0.1),
                1..=3 => Vec3::new(0.03, -0.65, -0.08),
                4..=6 => Vec3::new(-0.03, -0.65, -0.08),
                7..=10 => Vec3::new(0.07 * side, -0.6, 0.0),
                11..=22 => Vec3::new(0.2 * side, -0.5, 0.0),
                _ => Vec3::new(0.12 * side, 0.0, 0.0),
            };
            let world = Mat3::from_rotation_y(angle) * at;
            let image = world * 200.0 + Vec3::new(300.0, 300.0, 0.0);
            BodyLandmark { image, world, visibility: 1.0, presence: 1.0 }
        };
        let body = BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap();
        Person { body, left_hand: None, right_hand: None, face: None }
    }

    fn clip(people: Vec<Option<Person>>) -> MotionClip {
        MotionClip {
            size: Size::new(600, 600),
            frame_rate: FrameRate::new(30, 1).unwrap(),
            views: Vec::new(),
            people,
            shutter_deg: None,
        }
    }

    #[test]
    fn a_back_read_as_a_front_is_turned_round_again() {
        // Once around in four seconds.
        let people: Vec<Option<Person>> =
            (0..120).map(|t| Some(turned(2.0 * PI * t as f32 / 120.0))).collect();
        let wrong = [50, 52, 53, 60, 61, 62, 63, 64, 70];
        let mut misread = people.clone();
        for t in wrong {
            swap(misread[t].as_mut().unwrap());
            misread[t + 21] = None;
        }
        let mended = told_apart(clip(misread));
        for (t, (found, person)) in mended.people.iter().zip(&people).enumerate() {
            let (Some(found), Some(person)) = (found, person) else { continue };
            for (a, b) in found.body.points().iter().zip(person.body.points()) {
                assert!(a.world.distance(b.world) < 1e-5, "frame {t}: {a:?}, {b:?}");
            }
        }
    }

    #[test]
    fn whirls_and_cuts_stay_as_they_are() {
        let whirl: Vec<Option<Person>> = (0..60).map(|t| Some(turned(2.0 * PI * t as f32 / 15.0))).collect();
        assert!(swapped(&clip(whirl.clone())).is_empty());
        // A cut from front to back.
        let mut cut = clip((0..60).map(|t| Some(turned(if t < 30 { 0.0 } else { PI }))).collect());
        cut.views =
            (0..60).map(|t| super::super::View { shot: u32::from(t >= 30), ..Default::default() }).collect();
        assert!(swapped(&cut).is_empty());
    }
}

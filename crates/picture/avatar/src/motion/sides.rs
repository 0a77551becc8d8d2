use frame::{Person, body};
use glam::Vec3;

use super::MotionClip;

/// What choices cost, in lengths of the trunk of a leap that they save.
struct Costs {
    /// To take left for right in a frame; a second of it is about what the leap of a turned back's shoulders and the one back cost.
    swap: fn(&Person) -> f32,
    /// To leave a frame out.
    out: fn(&Person) -> f32,
    /// How long what is left out may last, in seconds.
    most_out_secs: f64,
    /// How far what is told apart goes from one frame to the next: both read alike, and one of them exchanged.
    leaps: fn(&Person, &Person) -> [f32; 2],
}

/// A face tells front from back far better.
const TRUNK_COSTS: Costs = Costs {
    swap: |person| if person.face.is_some() { 0.1 } else { 0.01 },
    out: |person| if person.face.is_some() { 0.6 } else { 0.15 },
    most_out_secs: 0.5,
    leaps,
};
/// Legs are hardly ever mistaken in those who face the viewer.
const LEG_COSTS: Costs = Costs {
    swap: |person| if shows_front(person) { 0.1 } else { 0.01 },
    out: |person| if shows_front(person) { 0.6 } else { 0.15 },
    most_out_secs: 0.1,
    leaps: leg_leaps,
};

/// Whether the left shoulder is seen on the right.
fn shows_front(person: &Person) -> bool {
    let [left, right] = TRUNK[0].map(|shoulder| person.body[shoulder].image.x);
    left > right
}

/// What it costs to begin to or to cease: who turns quickly leaps less if he is taken to swing back from each profile, as in one both
/// readings are the same.
const CHANGE: f32 = 0.12;
/// Sides of the trunk, by which a reading is told: they cross only when the whole body turns.
const TRUNK: [[usize; 2]; 2] =
    [[body::LEFT_SHOULDER, body::RIGHT_SHOULDER], [body::LEFT_HIP, body::RIGHT_HIP]];
/// What tells legs apart.
const LEGS: [[usize; 2]; 2] = [[body::LEFT_KNEE, body::RIGHT_KNEE], [body::LEFT_ANKLE, body::RIGHT_ANKLE]];

/// The clip with left and right as they must have been, and without the frames in which neither can be.
///
/// Of a body that is turned away the network at times reads a front, with left and right exchanged, for a frame or some: what a mirror
/// behind it would show, near for far; or, undecided, a side. The trunk's corners leap across the body then, and back. Which frames to
/// turn round and which to leave out is the choice with the least leaps, over the whole clip at once (Viterbi 1967).
///
/// Then the same of the legs alone: of a back they are exchanged at times while shoulders and hips are not, and would cross and
/// uncross. Legs that really cross pass each other, which saves no leap.
pub(super) fn told_apart(mut clip: MotionClip) -> MotionClip {
    for (t, reading) in readings(&clip, &TRUNK_COSTS) {
        match (reading, &mut clip.people[t]) {
            (Reading::Exchanged, Some(person)) => swap(person),
            (Reading::Wrong, person) => *person = None,
            _ => {}
        }
    }
    let of_legs = readings(&clip, &LEG_COSTS);
    for &(t, _) in of_legs.iter().filter(|(_, reading)| *reading == Reading::Exchanged) {
        clip.people[t].iter_mut().for_each(swap_legs);
    }
    let sure: Vec<usize> =
        of_legs.iter().filter(|(_, reading)| *reading != Reading::Wrong).map(|&(t, _)| t).collect();
    for &(t, _) in of_legs.iter().filter(|(_, reading)| *reading == Reading::Wrong) {
        let next = sure.partition_point(|&s| s < t);
        if let Some(&[before, after]) =
            sure.get(next.wrapping_sub(1)..=next).and_then(|pair| pair.first_chunk())
        {
            put_legs_between(&mut clip, t, [before, after]);
        }
    }
    clip
}

/// What a frame was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    AsItIs,
    /// Left was taken for right.
    Exchanged,
    /// Nothing that its neighbours bear out.
    Wrong,
}

/// Of the best ways to read all frames up to one of them, that one being right or exchanged: what it costs, and which frame before, an
/// index in the list of those with a person, was the last to be read, and how.
#[derive(Clone, Copy)]
struct Way {
    cost: f32,
    before: Option<(usize, usize)>,
}

/// How each frame with a person was read.
fn readings(clip: &MotionClip, costs: &Costs) -> Vec<(usize, Reading)> {
    let people: Vec<(usize, &Person)> =
        clip.people.iter().enumerate().filter_map(|(t, person)| Some((t, person.as_ref()?))).collect();
    let most_out = (costs.most_out_secs * clip.frame_rate.as_f64()) as usize;
    let mut ways: Vec<[Way; 2]> = Vec::with_capacity(people.len());
    for (i, &(t, person)) in people.iter().enumerate() {
        let swap = [0.0, (costs.swap)(person)];
        let mut best = [0, 1]
            .map(|reading| Way { cost: if i == 0 { swap[reading] } else { f32::INFINITY }, before: None });
        let mut left_out = 0.0;
        for before in (i.saturating_sub(1 + most_out)..i).rev() {
            let (s, of) = people[before];
            let leaps = if clip.is_one_shot(s, t) { (costs.leaps)(of, person) } else { [0.0; 2] };
            for (reading, best) in best.iter_mut().enumerate() {
                for (other, way) in ways[before].iter().enumerate() {
                    let leap = if reading == other { leaps[0] } else { leaps[1] + CHANGE };
                    let cost = way.cost + leap + left_out + swap[reading];
                    if cost < best.cost {
                        *best = Way { cost, before: Some((before, other)) };
                    }
                }
            }
            left_out += (costs.out)(of);
        }
        ways.push(best);
    }
    let mut readings: Vec<(usize, Reading)> = people.iter().map(|&(t, _)| (t, Reading::Wrong)).collect();
    let mut at = ways.last().map(|last| (ways.len() - 1, usize::from(last[1].cost < last[0].cost)));
    while let Some((i, reading)) = at {
        readings[i].1 = if reading == 1 { Reading::Exchanged } else { Reading::AsItIs };
        at = ways[i][reading].before;
    }
    readings
}

/// How far the trunk's corners go in space from one frame to the next, in its lengths: both read alike, and one of them exchanged.
fn leaps(from: &Person, to: &Person) -> [f32; 2] {
    let middle = |pair: [usize; 2]| (from.body[pair[0]].world + from.body[pair[1]].world) * 0.5;
    let trunk = middle(TRUNK[0]).distance(middle(TRUNK[1])).max(0.1);
    let [_, mirror] = mirror(to);
    let share = |a: Vec3, b: Vec3| (a.distance(b) / trunk).min(1.0);
    let way = |a: usize, b: usize| share(from.body[a].world, to.body[b].world);
    let crossed = |a: usize, b: usize| {
        let Vec3 { x, y, z } = to.body[b].world;
        share(from.body[a].world, Vec3::new(x, y, mirror - z))
    };
    let mean = |ways: [[f32; 2]; 2]| ways.iter().flatten().sum::<f32>() / 4.0;
    [
        mean(TRUNK.map(|[left, right]| [way(left, left), way(right, right)])),
        mean(TRUNK.map(|[left, right]| [crossed(left, right), crossed(right, left)])),
    ]
}

/// How far knees and ankles go in the picture, about the hips, from one frame to the next, in lengths of the trunk: both read alike, and one
/// of them exchanged.
fn leg_leaps(from: &Person, to: &Person) -> [f32; 2] {
    let middle = |person: &Person, [a, b]: [usize; 2]| {
        (person.body[a].image.truncate() + person.body[b].image.truncate()) * 0.5
    };
    let (hips, hips_then) = (middle(from, TRUNK[1]), middle(to, TRUNK[1]));
    let trunk = middle(from, TRUNK[0]).distance(hips).max(1.0);
    let way = |a: usize, b: usize| {
        let [was, is] = [from.body[a].image.truncate() - hips, to.body[b].image.truncate() - hips_then];
        (was.distance(is) / trunk).min(1.0)
    };
    let mean = |ways: [[f32; 2]; 2]| ways.iter().flatten().sum::<f32>() / 4.0;
    [
        mean(LEGS.map(|[left, right]| [way(left, left), way(right, right)])),
        mean(LEGS.map(|[left, right]| [way(left, right), way(right, left)])),
    ]
}

/// Exchanges the legs below the hips.
fn swap_legs(person: &mut Person) {
    let points = person.body.points_mut();
    (body::LEFT_KNEE..body::COUNT).step_by(2).for_each(|left| points.swap(left, left + 1));
}

/// Puts the legs of frame `t` where they are, about the hips, on the way between two others.
fn put_legs_between(clip: &mut MotionClip, t: usize, [before, after]: [usize; 2]) {
    let [Some(one), Some(other)] = [before, after].map(|t| clip.people[t].clone()) else { return };
    let Some(person) = &mut clip.people[t] else { return };
    let share = (t - before) as f32 / (after - before) as f32;
    let hips = |person: &Person| TRUNK[1].map(|hip| person.body[hip]);
    let [[a, b], [c, d], [e, f]] = [&one, &other, person].map(hips);
    for (i, point) in person.body.points_mut().iter_mut().enumerate().skip(body::LEFT_KNEE) {
        let (from, to) = (one.body[i], other.body[i]);
        let image =
            (from.image - (a.image + b.image) * 0.5).lerp(to.image - (c.image + d.image) * 0.5, share);
        let world =
            (from.world - (a.world + b.world) * 0.5).lerp(to.world - (c.world + d.world) * 0.5, share);
        (point.image, point.world) = (image + (e.image + f.image) * 0.5, world + (e.world + f.world) * 0.5);
    }
}

/// What the depths of a point and of its mirror image sum up to, in the picture and in space: the mirror stands across the hips.
fn mirror(person: &Person) -> [f32; 2] {
    let [left, right] = TRUNK[1].map(|hip| person.body[hip]);
    [left.image.z + right.image.z, left.world.z + right.world.z]
}

/// Exchanges left and right, and near and far.
fn swap(person: &mut Person) {
    let [image_z, world_z] = mirror(person);
    let points = person.body.points_mut();
    for point in points.iter_mut() {
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
    for hand in [&mut person.left_hand, &mut person.right_hand].into_iter().flatten() {
        hand.points_mut().iter_mut().for_each(|point| point.z = -point.z);
    }
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

    fn all_right(clip: &MotionClip) -> bool {
        readings(clip, &TRUNK_COSTS).iter().all(|(_, reading)| *reading == Reading::AsItIs)
    }

    #[test]
    fn what_lies_between_back_and_front_for_a_moment_is_left_out() {
        let mut people: Vec<Option<Person>> =
            (0..120).map(|t| Some(turned(PI * (0.8 + 0.4 * t as f32 / 120.0)))).collect();
        let wrong = [40, 41, 42, 80];
        wrong.iter().for_each(|&t| people[t] = Some(turned(1.3)));
        let mended = told_apart(clip(people));
        let left_out: Vec<usize> = (0..120).filter(|&t| mended.people[t].is_none()).collect();
        assert_eq!(left_out, wrong);
    }

    /// A person turned away, with knees and ankles `aside` of the middle, 0.12 m where they usually are.
    fn legs_aside(angle: f32, aside: f32) -> Person {
        let mut person = turned(angle);
        let hips = Vec3::new(300.0, 300.0, 0.0);
        for (i, point) in person.body.points_mut().iter_mut().enumerate().skip(body::LEFT_KNEE) {
            let down = Vec3::new(0.0, 0.4 + 0.4 * f32::from(u8::from(i > body::RIGHT_KNEE)), 0.0);
            point.world = point.world * (aside / 0.12) + down;
            point.image = point.world * 200.0 + hips;
        }
        person
    }

    #[test]
    fn legs_are_told_apart_where_the_trunk_is_right() {
        let truth = legs_aside(PI, 0.12);
        let mut people: Vec<Option<Person>> = vec![Some(truth.clone()); 120];
        for t in [30, 31, 32, 50, 80, 81] {
            swap_legs(people[t].as_mut().unwrap());
        }
        // For a moment the network cannot decide.
        people[33] = Some(legs_aside(PI, 0.0));
        let mended = told_apart(clip(people));
        for (t, person) in mended.people.iter().enumerate() {
            for (a, b) in person.as_ref().unwrap().body.points().iter().zip(truth.body.points()) {
                assert!(a.world.distance(b.world) < 1e-4, "frame {t}: {a:?}, {b:?}");
            }
        }
    }

    #[test]
    fn legs_that_cross_stay_as_they_are() {
        for angle in [0.0, PI] {
            let aside = |t: usize| 0.12 * (2.0 * PI * t as f32 / 24.0).cos();
            let people = (0..96).map(|t| Some(legs_aside(angle, aside(t)))).collect();
            let readings = readings(&clip(people), &LEG_COSTS);
            assert!(readings.iter().all(|(_, reading)| *reading == Reading::AsItIs), "{readings:?}");
        }
    }

    #[test]
    fn whirls_and_cuts_stay_as_they_are() {
        let whirl: Vec<Option<Person>> = (0..60).map(|t| Some(turned(2.0 * PI * t as f32 / 15.0))).collect();
        assert!(all_right(&clip(whirl)));
        // A cut from front to back.
        let mut cut = clip((0..60).map(|t| Some(turned(if t < 30 { 0.0 } else { PI }))).collect());
        cut.views =
            (0..60).map(|t| super::super::View { shot: u32::from(t >= 30), ..Default::default() }).collect();
        assert!(all_right(&cut));
    }
}

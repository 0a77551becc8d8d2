//! The moves of the bundled dance, as keys.

use glam::Vec2;

use crate::curve::CyclicCurve;
use crate::dance::{BEATS, Dance};
use crate::footwork::{Footwork, Step};
use crate::pose::Side::{self, Left, Right};

/// An arm as its curve carries it: upper arm, forearm, hand, palm (each out, up, forward), curl, spread, shrug.
type ArmKey = [f32; 15];

const fn arm_key(upper: [f32; 3], fore: [f32; 3], hand: [f32; 3], palm: [f32; 3], spread: f32) -> ArmKey {
    let [a, b, c] = [upper, fore, hand];
    [a[0], a[1], a[2], b[0], b[1], b[2], c[0], c[1], c[2], palm[0], palm[1], palm[2], 0.10, spread, 0.0]
}

const fn shrugged(mut key: ArmKey, metres: f32) -> ArmKey {
    key[14] = metres;
    key
}

/// Hanging, a little away from the body.
const HANG: ArmKey =
    arm_key([0.36, -0.93, 0.03], [0.30, -0.93, 0.20], [0.20, -0.97, 0.15], [-0.75, 0.0, 0.65], 0.35);
/// Swung out to the side, low.
const OUT_LOW: ArmKey =
    arm_key([0.62, -0.78, 0.06], [0.64, -0.69, 0.30], [0.74, -0.52, 0.28], [-0.1, -0.35, 0.9], 0.6);
/// Bent before the waist.
const IN_LOW: ArmKey =
    arm_key([0.50, -0.86, 0.10], [0.02, -0.62, 0.78], [-0.15, -0.45, 0.85], [-0.6, 0.3, -0.3], 0.3);
/// Straight up, leaning out or in: the two ends of a sway.
const UP_OUT: ArmKey =
    arm_key([0.72, 0.68, 0.08], [0.46, 0.88, 0.12], [0.55, 0.83, 0.10], [0.0, 0.0, 1.0], 0.9);
const UP_IN: ArmKey =
    arm_key([0.58, 0.80, 0.10], [0.02, 0.99, 0.14], [-0.22, 0.97, 0.10], [0.0, 0.0, 1.0], 0.9);
/// The arm wave: level, hand dropped, elbow high, hand flicked up.
const LEVEL: ArmKey =
    arm_key([0.90, -0.34, 0.22], [0.68, 0.56, 0.46], [0.74, 0.52, 0.40], [0.0, -0.5, 0.86], 0.5);
const HAND_DOWN: ArmKey =
    arm_key([0.90, -0.18, 0.30], [0.70, 0.58, 0.42], [0.74, -0.45, 0.44], [0.0, -0.75, 0.66], 0.35);
const ELBOW_UP: ArmKey =
    arm_key([0.86, 0.36, 0.34], [0.64, -0.62, 0.42], [0.74, -0.22, 0.54], [0.0, -0.6, 0.8], 0.4);
const HAND_UP: ArmKey =
    arm_key([0.91, -0.36, 0.12], [0.62, 0.68, 0.36], [0.40, 0.88, 0.22], [0.0, 0.0, 1.0], 0.9);
/// Elbows low, open hands at the shoulders.
const GUARD: ArmKey =
    arm_key([0.62, -0.77, 0.10], [0.44, 0.80, 0.40], [0.30, 0.93, 0.20], [-0.1, 0.0, 1.0], 0.7);
const GUARD_WIDE: ArmKey =
    arm_key([0.86, -0.48, 0.06], [0.52, 0.80, 0.30], [0.42, 0.89, 0.16], [0.0, 0.0, 1.0], 0.9);
/// A hello: forearm to the one side and to the other.
const HELLO_OUT: ArmKey =
    arm_key([0.90, -0.08, 0.16], [0.46, 0.86, 0.20], [0.62, 0.78, 0.12], [0.0, 0.0, 1.0], 0.9);
const HELLO_IN: ArmKey =
    arm_key([0.90, -0.08, 0.16], [0.10, 0.97, 0.20], [-0.16, 0.97, 0.15], [0.0, 0.0, 1.0], 0.9);

pub(crate) fn dance() -> Dance {
    let cycle = BEATS as f32;
    Dance {
        footwork: footwork(),
        pelvis: CyclicCurve::new(cycle, pelvis()),
        hips: CyclicCurve::new(cycle, hips()),
        chest: CyclicCurve::new(cycle, chest()),
        head: CyclicCurve::new(cycle, head()),
        arms: [CyclicCurve::new(cycle, left_arm()), CyclicCurve::new(cycle, right_arm())],
        face: CyclicCurve::new(cycle, face()),
        blinks: vec![2.4, 7.4, 11.6, 15.3],
    }
}

fn footwork() -> Footwork {
    let step =
        |side: Side, from: f32, to: f32, x: f32| Step { side, beats: (from, to), to: Vec2::new(x, 0.06) };
    Footwork::new(vec![
        // Bar 1: step and touch, to the right and to the left.
        step(Right, 0.05, 0.70, -0.29),
        step(Left, 1.05, 1.65, -0.06),
        step(Left, 2.05, 2.65, 0.21),
        step(Right, 3.05, 3.65, -0.05),
        // Bar 2 and on: a firm stance, closed again at the end.
        step(Right, 4.05, 4.55, -0.17),
        step(Left, 5.05, 5.55, 0.18),
        step(Right, 14.10, 14.60, -0.13),
        step(Left, 15.10, 15.60, 0.13),
    ])
}

/// Middle of the hips: x, z, and how much lower than the legs allow; metres.
fn pelvis() -> Vec<(f32, [f32; 3])> {
    vec![
        (0.0, [0.03, 0.0, 0.0]),
        (0.55, [-0.02, 0.0, 0.0]),
        (1.0, [-0.13, 0.0, 0.010]),
        (1.8, [-0.20, 0.0, 0.0]),
        (2.5, [-0.15, 0.0, 0.0]),
        (3.0, [0.03, 0.0, 0.010]),
        (3.8, [0.13, 0.0, 0.0]),
        (4.5, [0.02, 0.0, 0.0]),
        (5.0, [-0.08, 0.0, 0.0]),
        (6.0, [0.08, 0.0, 0.0]),
        (7.0, [-0.08, 0.0, 0.0]),
        (8.0, [0.0, 0.0, 0.005]),
        (9.0, [-0.03, 0.0, 0.020]),
        (10.0, [0.0, 0.0, 0.030]),
        (11.0, [0.03, 0.0, 0.010]),
        (12.0, [-0.05, 0.0, 0.025]),
        (13.0, [0.05, 0.0, 0.025]),
        (14.0, [0.06, 0.0, 0.010]),
        (15.0, [-0.05, 0.0, 0.0]),
        (15.5, [0.0, 0.0, 0.0]),
    ]
}

/// Yaw, pitch, roll of the pelvis, radians.
fn hips() -> Vec<(f32, [f32; 3])> {
    vec![
        (0.0, [0.0, 0.0, 0.0]),
        (1.0, [-0.08, 0.0, 0.05]),
        (2.0, [0.05, 0.0, 0.06]),
        (3.0, [0.08, 0.0, -0.05]),
        (4.0, [-0.05, 0.0, -0.06]),
        (5.0, [0.06, 0.0, 0.08]),
        (6.0, [-0.06, 0.0, -0.08]),
        (7.0, [0.06, 0.0, 0.08]),
        (8.0, [0.0, 0.0, -0.04]),
        (9.0, [0.05, 0.0, 0.07]),
        (10.0, [0.0, 0.04, 0.0]),
        (11.0, [-0.05, 0.0, -0.07]),
        (12.0, [0.10, 0.0, 0.04]),
        (13.0, [-0.10, 0.0, -0.04]),
        (14.0, [0.0, 0.0, -0.05]),
        (15.0, [0.0, 0.0, 0.04]),
    ]
}

/// Yaw, pitch, roll of the chest, radians.
fn chest() -> Vec<(f32, [f32; 3])> {
    vec![
        (0.0, [0.0, 0.0, 0.0]),
        (1.0, [-0.20, 0.02, -0.08]),
        (2.0, [0.10, 0.04, -0.05]),
        (3.0, [0.20, 0.02, 0.08]),
        (4.0, [-0.08, 0.04, 0.05]),
        (5.0, [0.06, -0.03, -0.13]),
        (6.0, [-0.06, -0.03, 0.13]),
        (7.0, [0.06, -0.03, -0.13]),
        (8.0, [0.0, 0.0, 0.06]),
        (9.0, [-0.10, 0.0, 0.10]),
        (10.0, [0.0, 0.10, 0.0]),
        (11.0, [0.10, 0.0, -0.10]),
        (12.0, [0.42, 0.04, -0.03]),
        (12.5, [0.05, 0.02, 0.0]),
        (13.0, [-0.42, 0.04, 0.03]),
        (14.0, [0.12, 0.0, 0.08]),
        (15.0, [0.04, 0.0, 0.05]),
    ]
}

/// Yaw, pitch, roll of the head, radians.
fn head() -> Vec<(f32, [f32; 3])> {
    vec![
        (0.0, [0.0, 0.0, 0.0]),
        (1.0, [-0.16, 0.0, -0.10]),
        (2.0, [0.05, 0.0, 0.05]),
        (3.0, [0.16, 0.0, 0.10]),
        (4.0, [0.0, -0.05, 0.0]),
        (5.0, [-0.06, -0.10, -0.16]),
        (6.0, [0.06, -0.10, 0.16]),
        (7.0, [-0.06, -0.10, -0.16]),
        (8.0, [-0.20, 0.0, 0.0]),
        (9.0, [-0.24, 0.02, -0.06]),
        (10.0, [0.0, 0.04, 0.0]),
        (11.0, [0.26, 0.0, 0.06]),
        (12.0, [0.10, 0.0, -0.05]),
        (13.0, [-0.10, 0.0, 0.05]),
        (14.0, [-0.04, 0.0, -0.14]),
        (15.0, [0.02, 0.0, 0.06]),
    ]
}

fn left_arm() -> Vec<(f32, ArmKey)> {
    vec![
        (0.0, HANG),
        (1.0, IN_LOW),
        (2.0, OUT_LOW),
        (3.0, OUT_LOW),
        (4.0, IN_LOW),
        (4.5, GUARD),
        (5.0, UP_IN),
        (6.0, UP_OUT),
        (7.0, UP_IN),
        (8.0, LEVEL),
        (9.0, LEVEL),
        (9.5, shrugged(LEVEL, 0.030)),
        (10.0, ELBOW_UP),
        (10.5, HAND_DOWN),
        (11.0, HAND_UP),
        (12.0, GUARD),
        (12.5, GUARD_WIDE),
        (13.0, GUARD),
        (14.0, OUT_LOW),
        (15.0, HANG),
    ]
}

fn right_arm() -> Vec<(f32, ArmKey)> {
    vec![
        (0.25, HANG),
        (1.0, OUT_LOW),
        (2.0, IN_LOW),
        (3.0, IN_LOW),
        (4.0, OUT_LOW),
        (4.5, GUARD_WIDE),
        (5.0, UP_OUT),
        (6.0, UP_IN),
        (7.0, UP_OUT),
        (8.0, HAND_UP),
        (8.5, HAND_DOWN),
        (9.0, ELBOW_UP),
        (9.5, shrugged(LEVEL, 0.030)),
        (10.0, LEVEL),
        (11.0, LEVEL),
        (12.0, GUARD),
        (12.5, GUARD_WIDE),
        (13.0, GUARD),
        (13.5, HELLO_OUT),
        (14.0, HELLO_IN),
        (14.5, HELLO_OUT),
        (15.0, HELLO_IN),
        (15.5, GUARD),
    ]
}

/// Smile, open mouth, brows.
fn face() -> Vec<(f32, [f32; 3])> {
    vec![
        (0.0, [0.70, 0.0, 0.0]),
        (3.0, [0.80, 0.10, 0.2]),
        (5.0, [1.00, 0.55, 0.6]),
        (7.0, [1.00, 0.60, 0.5]),
        (8.5, [0.70, 0.05, 0.1]),
        (10.0, [0.60, 0.20, 0.5]),
        (11.0, [0.90, 0.30, 0.2]),
        (12.5, [0.75, 0.0, -0.1]),
        (14.0, [1.00, 0.50, 0.7]),
        (15.2, [0.85, 0.10, 0.2]),
    ]
}

//! Hands with five fingers.

use glam::{Quat, Vec3};

use crate::rigid::Rigid;
use crate::sdf::Part;

/// A finger of a hand of scale 1, metres; x towards the thumb.
struct Finger {
    knuckle: Vec3,
    phalanges: [f32; 3],
    /// Fanned out towards the thumb when spread, radians.
    fan_rad: f32,
}

/// Index, middle, ring, little. Lengths after the medians of adult hands, a little plumper.
const FINGERS: [Finger; 4] = [
    Finger { knuckle: Vec3::new(0.028, 0.090, 0.0), phalanges: [0.040, 0.024, 0.018], fan_rad: 0.24 },
    Finger { knuckle: Vec3::new(0.0095, 0.095, 0.0), phalanges: [0.044, 0.028, 0.019], fan_rad: 0.06 },
    Finger { knuckle: Vec3::new(-0.0095, 0.091, 0.0), phalanges: [0.040, 0.026, 0.018], fan_rad: -0.12 },
    Finger { knuckle: Vec3::new(-0.027, 0.082, 0.0), phalanges: [0.031, 0.019, 0.016], fan_rad: -0.32 },
];

/// The parts of a hand at `wrist` (y to the knuckles, z out of the palm). `thumb` is the sign of x on the thumb's side.
/// `curl` 0 straight … 1 a loose fist; `spread` 0 together … 1 fanned.
pub(super) fn parts(wrist: &Rigid, thumb: f32, scale: f32, curl: f32, spread: f32) -> Vec<Part> {
    let place = |p: Vec3| wrist.world(Vec3::new(p.x * thumb, p.y, p.z) * scale);
    let bone = |a: Vec3, b: Vec3, radius_a: f32, radius_b: f32| {
        Part::cone(*wrist, place(a), place(b), radius_a * scale, radius_b * scale)
    };
    let mut parts = Vec::with_capacity(20);
    for finger in &FINGERS {
        let root = Vec3::new(finger.knuckle.x * 0.55, 0.006, 0.0);
        parts.push(bone(root, finger.knuckle, 0.0155, 0.0115).melting(0.014));
    }
    for finger in &FINGERS {
        let fan = Quat::from_rotation_z(-finger.fan_rad * (0.25 + 0.75 * spread)) * Vec3::Y;
        let (mut from, mut bend, mut radius) = (finger.knuckle, 0.0f32, 0.0102);
        for length in finger.phalanges {
            bend += 0.06 + curl * 1.25;
            let to = from + length * (fan * bend.cos() + Vec3::Z * bend.sin());
            parts.push(bone(from, to, radius, radius * 0.93).melting(0.004));
            (from, radius) = (to, radius * 0.93);
        }
    }
    // The thumb lies a little before the palm and swings across it as the hand closes.
    let thumb_bone =
        |angle: f32| Vec3::new(angle.sin(), angle.cos(), 0.25 + 0.6 * curl).normalize_or(Vec3::Y);
    let base = Vec3::new(0.016, 0.018, 0.004);
    let open = 0.45 + 0.4 * spread - 0.5 * curl;
    let middle = base + 0.047 * thumb_bone(open + 0.25);
    let upper = middle + 0.034 * thumb_bone(open);
    let tip = upper + 0.024 * thumb_bone(open - 0.12);
    parts.push(bone(base, middle, 0.0165, 0.0125).melting(0.018));
    parts.push(bone(middle, upper, 0.0120, 0.0105).melting(0.004));
    parts.push(bone(upper, tip, 0.0105, 0.0090).melting(0.004));
    parts
}

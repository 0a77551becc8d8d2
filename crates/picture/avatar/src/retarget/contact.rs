use std::ops::Range;

use glam::Vec2;

use super::Pose;
use super::proportions::Proportions;
use super::travel::Travel;
use crate::motion::DrivingTrack;
use crate::{Joint, Joints, Side, smoothstep};

/// A foot stands while its ankle stays within so many metres of where it has been since it came down.
const STANDS_M: f32 = 0.025;
/// The shortest stand, in seconds: a foot that passes through a turning point does not stand.
const SHORTEST_SECS: f32 = 0.2;
/// Within so many seconds before and after a stand a foot goes over from and to its own path.
const RAMP_SECS: f32 = 0.17;
/// The furthest a foot is moved, in lengths of its leg: what is more is no slide.
const FURTHEST: f32 = 0.15;

/// Keeps feet from sliding while the driver's stand.
///
/// A foot's path is the sum of the bones above it, each at a scale of its own, so that a foot that stands while the driver sways
/// slides. A stand is found on the driver's own path; there the character's foot is held about
/// its mean place and does no more than the driver's does: the contact constraints of Kovar, Schreiner and Gleicher, "Footskate
/// Cleanup for Motion Capture Editing" (2002), without lengthening, as the offsets are small.
pub(super) fn hold_feet(
    poses: &mut [Pose],
    driver: &[Joints],
    track: &DrivingTrack,
    proportions: &Proportions,
    travel: &Travel,
) {
    let fps = track.frame_rate.as_f64() as f32;
    let leg = proportions.leg();
    for side in Side::BOTH {
        let ankle = Joint::Ankle(side);
        let path: Vec<Vec2> = driver
            .iter()
            .zip(&track.px_per_metre)
            .map(|(joints, scale)| joints[ankle].truncate() / scale.max(1e-6))
            .collect();
        let off = |(t, (pose, joints)): (usize, (&Pose, &Joints))| {
            let wanted = travel.of_foot(t, joints[ankle].truncate(), pose.scale, leg);
            wanted - pose.joints[ankle].truncate()
        };
        let off: Vec<Vec2> = poses.iter().zip(driver).enumerate().map(off).collect();
        let offsets = offsets(&stands(&path, SHORTEST_SECS * fps), &off, RAMP_SECS * fps);
        for (pose, offset) in poses.iter_mut().zip(offsets) {
            let joints = &mut pose.joints;
            let leg = (joints[Joint::Hip(side)] - joints[ankle]).truncate().length();
            let offset = offset.clamp_length_max(FURTHEST * leg).extend(0.0);
            joints[ankle] += offset;
            joints[Joint::Toe(side)] += offset;
            joints[Joint::Knee(side)] += offset * 0.5;
        }
    }
}

/// The stretches of a path, in metres, in which it stays about one place for at least `shortest` frames.
fn stands(path: &[Vec2], shortest: f32) -> Vec<Range<usize>> {
    let mut stands = Vec::new();
    let mut start = 0;
    while start < path.len() {
        let mut mean = path[start];
        let mut end = start + 1;
        while end < path.len() && path[end].distance(mean) < STANDS_M {
            mean += (path[end] - mean) / (end - start + 1) as f32;
            end += 1;
        }
        if (end - start) as f32 >= shortest {
            stands.push(start..end);
            start = end;
        } else {
            start += 1;
        }
    }
    stands
}

/// What holds a foot in every stand, and lets go of it between two, where `off` is what it is off the driver's path but for a
/// shift, which is that of the stand's mean.
fn offsets(stands: &[Range<usize>], off: &[Vec2], ramp: f32) -> Vec<Vec2> {
    let mut offsets = vec![Vec2::ZERO; off.len()];
    let mut shares = vec![0.0f32; off.len()];
    let reach = ramp.ceil() as usize;
    for stand in stands {
        let mean = off[stand.clone()].iter().sum::<Vec2>() / stand.len() as f32;
        for t in stand.start.saturating_sub(reach)..(stand.end + reach).min(off.len()) {
            // Before and after, the foot is off its own path by what it was at the end that is nearer.
            let nearest = t.clamp(stand.start, stand.end - 1);
            let share = smoothstep(1.0 - t.abs_diff(nearest) as f32 / (ramp + 1.0));
            offsets[t] += (off[nearest] - mean) * share;
            shares[t] += share;
        }
    }
    offsets.iter().zip(shares).map(|(&offset, share)| offset / share.max(1.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foot_that_stands_is_held_and_a_step_is_none() {
        // Two stands of a second, and a step of 0.3 seconds between them.
        let path: Vec<Vec2> = (0..69)
            .map(|t| {
                let step = ((t as f32 - 30.0) / 9.0).clamp(0.0, 1.0);
                let tremor = 0.004 * (t as f32 * 2.1).sin();
                Vec2::new(0.6 * step + tremor, -0.2 * (step * std::f32::consts::PI).sin())
            })
            .collect();
        let found = stands(&path, 6.0);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].end.abs_diff(30) <= 2 && found[1].start.abs_diff(39) <= 2, "{found:?}");

        // The character's foot slides to and fro while the driver's stands.
        let slide = |t: usize| Vec2::new(8.0 * (t as f32 * 0.2).sin(), 0.0);
        let foot: Vec<Vec2> = (0..69).map(|t| path[t] * 200.0 + slide(t)).collect();
        let off: Vec<Vec2> = (0..69).map(|t| path[t] * 200.0 - foot[t]).collect();
        let offsets = offsets(&found, &off, 5.0);
        let held: Vec<Vec2> = (0..69).map(|t| foot[t] + offsets[t]).collect();
        for stand in &found {
            let apart =
                |t: usize| (held[t] - held[stand.start]).distance((path[t] - path[stand.start]) * 200.0);
            assert!(stand.clone().all(|t| apart(t) < 1e-3));
        }
        // Nothing leaps where it is let go.
        let fastest =
            |path: &[Vec2]| path.windows(2).map(|pair| pair[0].distance(pair[1])).fold(0.0, f32::max);
        assert!(fastest(&held) < 1.3 * fastest(&foot), "{} {}", fastest(&held), fastest(&foot));
    }
}

//! A hand at ease, its back to the viewer: for arms whose own is hidden in a pocket, behind the back or beyond the picture.
//!
//! Lengths are in those of the palm, from the wrist to the knuckles; x points away from the thumb, y to the fingertips.
//! Proportions are the means of adults' (Garrett, "The adult human hand: some anthropometric and biomechanical
//! considerations", 1971), the fingers a little bent.

use glam::Vec2;

/// How much darker a finger is at its sides than along its middle.
const ROUNDNESS: f32 = 0.24;
/// Depth of the shadow that the sleeve throws on the wrist, and how dark it is.
const CUFF: f32 = 0.22;
const CUFF_SHADE: f32 = 0.3;

/// A part with round ends: from, to, and half its width at either.
struct Part {
    from: Vec2,
    to: Vec2,
    half: [f32; 2],
}

const fn part(from: [f32; 2], to: [f32; 2], half: [f32; 2]) -> Part {
    Part { from: Vec2::from_array(from), to: Vec2::from_array(to), half }
}

/// From the back to the front.
const PARTS: [Part; 9] = [
    part([0.0, -0.1], [0.0, 0.3], [0.3, 0.34]),
    part([-0.13, 0.3], [-0.2, 0.86], [0.22, 0.2]),
    part([0.13, 0.3], [0.22, 0.8], [0.22, 0.18]),
    // The thumb, and its ball.
    part([-0.24, 0.3], [-0.46, 0.66], [0.16, 0.125]),
    part([-0.46, 0.66], [-0.5, 1.02], [0.12, 0.085]),
    // Little finger to index.
    part([0.31, 0.86], [0.35, 1.42], [0.105, 0.075]),
    part([0.11, 0.94], [0.13, 1.68], [0.115, 0.08]),
    part([-0.3, 0.9], [-0.32, 1.6], [0.115, 0.08]),
    part([-0.1, 0.95], [-0.1, 1.76], [0.12, 0.085]),
];

/// How far inside the hand a place is, negative outside of it, and how bright it is there, 0 … 1; `None` far from it.
pub(super) fn at(place: Vec2) -> Option<(f32, f32)> {
    let mut found: Option<(f32, f32)> = None;
    for part in &PARTS {
        let along = part.to - part.from;
        let share = ((place - part.from).dot(along) / along.length_squared()).clamp(0.0, 1.0);
        let half = part.half[0] + (part.half[1] - part.half[0]) * share;
        let away = place.distance(part.from + along * share);
        let inside = half - away;
        if inside < -0.1 {
            continue;
        }
        let shade = 1.0 - ROUNDNESS * (away / half).min(1.1).powi(4);
        found = Some(match found {
            // What lies in front goes over soft, so that the palm has no seams.
            Some((before, below)) => {
                let over = (inside / (0.25 * half) + 0.2).clamp(0.0, 1.0);
                (before.max(inside), below + (shade - below) * over)
            }
            None => (inside, shade),
        });
    }
    let (inside, shade) = found?;
    let cuff = 1.0 - CUFF_SHADE * (1.0 - place.y / CUFF).clamp(0.0, 1.0);
    Some((inside, shade * cuff))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingers_stand_apart_from_each_other_and_the_thumb() {
        let inside = |x: f32, y: f32| at(Vec2::new(x, y)).is_some_and(|(inside, _)| inside > 0.0);
        assert!(inside(0.0, 0.5) && inside(0.0, -0.05));
        let across = |y: f32| {
            let row: Vec<bool> = (-80..80).map(|x| inside(x as f32 / 100.0, y)).collect();
            row.windows(2).filter(|pair| !pair[0] && pair[1]).count()
        };
        assert_eq!([across(0.2), across(1.0), across(1.3), across(1.7), across(2.0)], [1, 1, 4, 2, 0]);
    }
}

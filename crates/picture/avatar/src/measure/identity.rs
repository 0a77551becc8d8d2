use frame::Image;
use glam::{Vec2, Vec3};

use crate::retarget::{CharacterRest, Pose};
use crate::{Joint, Joints, Side};

/// Cells along a side of a square, and of one of the windows that it is compared by: coarse, for it is features and patterns
/// that make an identity, not pores.
const SIDE: usize = 16;
const WINDOW: usize = 8;
/// How many cells further a square is looked for on every side. Cloth and joints are a little off each other in every pose: where a
/// stripe lies is no matter of identity.
const SHIFT: usize = 2;
const WIDE: usize = SIDE + 2 * SHIFT;
/// Samples along a side of a cell, of which the mean counts.
const SAMPLES: usize = 4;

/// Half a side of the face's square, and how far before the middle of the ears it lies, in lengths from chest to head.
const FACE_HALF: f32 = 0.3;
const FACE_DEPTH: f32 = 0.35;

/// Beyond these a part shows another side than the still does: the cosine of the head's turn, and the share of the trunk's width.
const FACING: f32 = 0.9;
const FRONT: f32 = 0.75;

/// Mean colours of the cells of a square and of [`SHIFT`] about it, row by row.
type Patch = Vec<[f32; 3]>;

/// How far face and trunk have departed from the still: squares that move along with the pose, by SSIM, where
/// they are most alike.
#[derive(Clone, Debug)]
pub struct Identity {
    rest: CharacterRest,
    face: Patch,
    trunk: Patch,
    similarities: Vec<f32>,
}

impl Identity {
    /// Of the character that stands in `still` as `rest`.
    pub fn new(still: &Image, rest: &CharacterRest) -> Self {
        let pose = Pose::at_rest(rest);
        Self {
            face: patch(still, |at| face_point(rest, &pose, at)),
            trunk: patch(still, |at| trunk_point(&pose.joints, at)),
            rest: rest.clone(),
            similarities: Vec::new(),
        }
    }

    /// Compares what is drawn in `image` in a pose with the still.
    pub fn compare(&mut self, image: &Image, pose: &Pose) {
        if pose.head_rotation.z_axis.z > FACING {
            self.similarities
                .push(similarity(&self.face, &patch(image, |at| face_point(&self.rest, pose, at))));
        }
        let width = |joints: &Joints| trunk_point(joints, Vec2::X).x - trunk_point(joints, -Vec2::X).x;
        let shown = width(&pose.joints) / (pose.scale * width(&self.rest.joints));
        if (FRONT..FRONT.recip()).contains(&shown) {
            self.similarities
                .push(similarity(&self.trunk, &patch(image, |at| trunk_point(&pose.joints, at))));
        }
    }

    /// 0 as in the still, 1 nothing alike; `None` if neither part was ever seen as in the still.
    pub fn drift(&self) -> Option<f64> {
        let sum: f32 = self.similarities.iter().sum();
        (!self.similarities.is_empty()).then(|| f64::from(1.0 - sum / self.similarities.len() as f32))
    }
}

/// A point of the face's square, −1 … 1 either way, in a picture of the character in a pose.
fn face_point(rest: &CharacterRest, pose: &Pose, at: Vec2) -> Vec2 {
    let neck = rest.joints[Joint::Head].truncate().distance(rest.joints[Joint::Chest].truncate());
    // About the middle of the ears, in the still; z away from the viewer.
    let offset = (at * FACE_HALF).extend(-FACE_DEPTH) * neck;
    // The face lies where it does in the still when the head is not turned.
    let level = Vec3::new(0.0, 0.0, -FACE_DEPTH) * neck;
    let ears = pose.joints[Joint::Head].truncate();
    ears + pose.scale * (pose.head_rotation * offset - level).truncate()
}

/// A point of the front of the trunk, −1 … 1 either way, between shoulders and hips.
fn trunk_point(joints: &Joints, at: Vec2) -> Vec2 {
    /// Within the outline, clear of arms that hang.
    const INSET: f32 = 0.6;
    let [u, v] = (at * INSET * 0.5 + 0.5).to_array();
    let [left, right] = [Side::Left, Side::Right]
        .map(|side| joints[Joint::Shoulder(side)].truncate().lerp(joints[Joint::Hip(side)].truncate(), v));
    right.lerp(left, u)
}

fn patch(image: &Image, place: impl Fn(Vec2) -> Vec2) -> Patch {
    let along = |cell: usize, sample: usize| {
        (cell as f32 - SHIFT as f32 + (sample as f32 + 0.5) / SAMPLES as f32) / SIDE as f32 * 2.0 - 1.0
    };
    let cell = |i: usize| {
        let samples = (0..SAMPLES * SAMPLES).map(|s| {
            let at = Vec2::new(along(i % WIDE, s % SAMPLES), along(i / WIDE, s / SAMPLES));
            colour(image, place(at))
        });
        (samples.sum::<Vec3>() / (SAMPLES * SAMPLES) as f32).to_array()
    };
    (0..WIDE * WIDE).map(cell).collect()
}

/// The bilinear colour at a point; the edge goes on for ever.
fn colour(image: &Image, at: Vec2) -> Vec3 {
    let at = at - 0.5;
    let (low, t) = (at.floor(), at - at.floor());
    let (x, y) = (low.x as isize, low.y as isize);
    let pixel = |x, y| {
        let p = image.get_clamped(x, y);
        Vec3::new(p.r.into(), p.g.into(), p.b.into())
    };
    let upper = pixel(x, y).lerp(pixel(x + 1, y), t.x);
    let lower = pixel(x, y + 1).lerp(pixel(x + 1, y + 1), t.x);
    upper.lerp(lower, t.y)
}

/// The mean structural similarity over windows and channels (Wang et al., "Image quality assessment: from error visibility to
/// structural similarity", 2004), by flat windows side by side, of a square of `still` and the one of `drawn` that is most like it.
fn similarity(still: &Patch, drawn: &Patch) -> f32 {
    let starts = || (0..SIDE).step_by(WINDOW);
    let shifted_by = |x: usize, y: usize| -> f32 {
        let windows = starts().flat_map(|top| starts().map(move |left| [left, top]));
        let each = windows.flat_map(|[left, top]| {
            (0..3).map(move |channel| {
                let corners = [[left + SHIFT, top + SHIFT], [left + x, top + y]];
                window_similarity([still, drawn], corners, channel)
            })
        });
        each.sum::<f32>() / (3 * (SIDE / WINDOW) * (SIDE / WINDOW)) as f32
    };
    let shifts = (0..=2 * SHIFT).flat_map(|y| (0..=2 * SHIFT).map(move |x| (x, y)));
    shifts.map(|(x, y)| shifted_by(x, y)).fold(f32::NEG_INFINITY, f32::max)
}

fn window_similarity(patches: [&Patch; 2], corners: [[usize; 2]; 2], channel: usize) -> f32 {
    const C1: f32 = (0.01 * 255.0) * (0.01 * 255.0);
    const C2: f32 = (0.03 * 255.0) * (0.03 * 255.0);
    let values = |i: usize| -> Vec<f32> {
        let [x, y] = corners[i];
        let rows = y..y + WINDOW;
        rows.flat_map(|row| patches[i][row * WIDE + x..][..WINDOW].iter().map(|c| c[channel])).collect()
    };
    let (a, b) = (values(0), values(1));
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
    let (of_a, of_b) = (mean(&a), mean(&b));
    let covariance = |p: &[f32], of_p: f32, q: &[f32], of_q: f32| {
        p.iter().zip(q).map(|(p, q)| (p - of_p) * (q - of_q)).sum::<f32>() / p.len() as f32
    };
    let spread = covariance(&a, of_a, &a, of_a) + covariance(&b, of_b, &b, of_b);
    (2.0 * of_a * of_b + C1) * (2.0 * covariance(&a, of_a, &b, of_b) + C2)
        / ((of_a * of_a + of_b * of_b + C1) * (spread + C2))
}

#[cfg(test)]
mod tests {
    use frame::{Plane, Srgb8};
    use glam::Mat3;

    use super::super::fixture::{SIZE, standing};
    use super::*;

    fn still() -> Image {
        let wave = |v: u32| (127.0 + 100.0 * (v as f32 * 0.4).sin()) as u8;
        Plane::from_fn(SIZE, |x, y| Srgb8::new(wave(x), wave(y), wave(x + y)))
    }

    fn drift(image: &Image, change: impl FnOnce(&mut Pose)) -> Option<f64> {
        let rest = CharacterRest::new(SIZE, &standing());
        let mut pose = Pose::at_rest(&rest);
        change(&mut pose);
        let mut identity = Identity::new(&still(), &rest);
        identity.compare(image, &pose);
        identity.drift()
    }

    #[test]
    fn a_still_has_not_drifted_and_a_dyed_or_torn_one_has() {
        assert!(drift(&still(), |_| ()).unwrap() < 1e-4);
        let dyed = still().map(|p| Srgb8::new(p.r / 2, p.g, p.b));
        let still = still();
        let torn = Plane::from_fn(SIZE, |x, y| {
            let comb = if y / 6 % 2 == 0 { 5 } else { -5 };
            still.get_clamped(x as isize + comb, y as isize)
        });
        let (dyed, torn) = (drift(&dyed, |_| ()).unwrap(), drift(&torn, |_| ()).unwrap());
        assert!(dyed > 0.05 && torn > 0.2, "{dyed} {torn}");
    }

    #[test]
    fn it_moves_along_with_the_pose() {
        let still = still();
        let moved = Plane::from_fn(SIZE, |x, y| still.get_clamped(x as isize - 7, y as isize + 5));
        let by = Vec3::new(7.0, -5.0, 0.0);
        assert!(drift(&moved, |pose| pose.joints = pose.joints.map(|_, p| p + by)).unwrap() < 1e-3);
        assert!(drift(&moved, |_| ()).unwrap() > 0.3);
    }

    #[test]
    fn what_faces_elsewhere_is_not_compared() {
        let turned = |pose: &mut Pose| {
            pose.head_rotation = Mat3::from_rotation_y(1.2);
            let chest = pose.joints[Joint::Pelvis].x;
            pose.joints = pose.joints.map(|_, p| Vec3::new(chest + 0.3 * (p.x - chest), p.y, p.z));
        };
        assert_eq!(drift(&still(), turned), None);
    }
}

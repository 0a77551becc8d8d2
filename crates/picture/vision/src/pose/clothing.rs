use frame::{BodyLandmarks, Image, body};
use glam::{Vec2, Vec3};

/// Cells along a side of the trunk, and samples along a side of a cell.
const CELLS: usize = 3;
const SAMPLES: usize = 4;

/// Clothes that differ by more, in the median cell and of 255 levels, are another person's: light and folds change less.
const SAME_LEVELS: f32 = 45.0;

/// How much of what is seen anew is believed at once.
const BELIEVED: f32 = 0.1;

/// What somebody wears on the trunk, by which he is told from others: mean colours of cells between shoulders and hips.
#[derive(Clone, Debug)]
pub(super) struct Clothing([Vec3; CELLS * CELLS]);

impl Clothing {
    /// Of a body in a picture.
    pub(super) fn of(image: &Image, body: &BodyLandmarks) -> Self {
        let [left_shoulder, right_shoulder, left_hip, right_hip] =
            [body::LEFT_SHOULDER, body::RIGHT_SHOULDER, body::LEFT_HIP, body::RIGHT_HIP]
                .map(|i| body[i].xy());
        let at = |u: f32, v: f32| right_shoulder.lerp(right_hip, v).lerp(left_shoulder.lerp(left_hip, v), u);
        // Within the outline.
        let along = |cell: usize, sample: usize| {
            0.15 + 0.7 * (cell as f32 + (sample as f32 + 0.5) / SAMPLES as f32) / CELLS as f32
        };
        Self(std::array::from_fn(|cell| {
            let samples = (0..SAMPLES * SAMPLES).map(|i| {
                let (u, v) = (along(cell % CELLS, i % SAMPLES), along(cell / CELLS, i / SAMPLES));
                colour(image, at(u, v))
            });
            samples.sum::<Vec3>() / (SAMPLES * SAMPLES) as f32
        }))
    }

    /// How much it differs, in sames: 0 the same clothes, above 1 another's. The median cell counts, so that an arm before the
    /// trunk does not.
    pub(super) fn unlike(&self, other: &Self) -> f32 {
        let mut levels: [f32; CELLS * CELLS] =
            std::array::from_fn(|i| (self.0[i] - other.0[i]).abs().element_sum() / 3.0);
        levels.sort_by(f32::total_cmp);
        levels[levels.len() / 2] / SAME_LEVELS
    }

    /// The same clothes, seen anew.
    pub(super) fn learn(&mut self, seen: &Self) {
        self.0.iter_mut().zip(&seen.0).for_each(|(own, seen)| *own = own.lerp(*seen, BELIEVED));
    }
}

fn colour(image: &Image, at: Vec2) -> Vec3 {
    let p = image.get_clamped(at.x.floor() as isize, at.y.floor() as isize);
    Vec3::new(p.r.into(), p.g.into(), p.b.into())
}

#[cfg(test)]
mod tests {
    use frame::{BodyLandmark, Plane, Size, Srgb8};

    use super::*;

    fn worn(shirt: Srgb8, arm_across: bool) -> Clothing {
        let place = |i: usize| match i {
            body::LEFT_SHOULDER => Vec2::new(70.0, 20.0),
            body::RIGHT_SHOULDER => Vec2::new(30.0, 20.0),
            body::LEFT_HIP => Vec2::new(65.0, 80.0),
            _ => Vec2::new(35.0, 80.0),
        };
        let at = |i: usize| BodyLandmark { image: place(i).extend(0.0), ..Default::default() };
        let body = BodyLandmarks::new((0..body::COUNT).map(at).collect()).unwrap();
        let arm = |y: u32| arm_across && (42..58).contains(&y);
        let image = Plane::from_fn(Size::new(100, 100), |_, y| match y {
            y if arm(y) => Srgb8::new(220, 180, 160),
            _ => shirt,
        });
        Clothing::of(&image, &body)
    }

    #[test]
    fn clothes_are_known_again_under_an_arm_and_in_other_light() {
        let red = worn(Srgb8::new(180, 30, 30), false);
        assert!(red.unlike(&worn(Srgb8::new(180, 30, 30), true)) < 0.5);
        assert!(red.unlike(&worn(Srgb8::new(150, 20, 20), false)) < 0.5);
        assert!(red.unlike(&worn(Srgb8::new(30, 40, 120), false)) > 1.5);
    }
}

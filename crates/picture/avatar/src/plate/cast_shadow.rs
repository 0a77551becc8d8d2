use frame::{Plane, Size};
use glam::{Affine2, Vec2};

/// The shadow that a subject casts on a plain background: its silhouette under an affine map, out of focus, by which what it falls on
/// is darkened.
///
/// On a wall behind the subject the map is a shift, on the ground a shear about the line where it stands: the planar projected
/// shadows of Blinn, "Me and My (Fake) Shadow" (1988), under a parallel light seen from afar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CastShadow {
    /// Takes a point of the silhouette to where its shadow falls; pixels, y down. It does not enlarge.
    pub background_from_subject: Affine2,
    /// Standard deviation of the penumbra, pixels.
    pub sigma_px: f32,
    /// How dark it is where nothing of its light arrives: sRGB-encoded red, green and blue are `exp(-depth)` of what they are in the
    /// light; greater than 0.
    pub depth: [f32; 3],
}

impl CastShadow {
    /// The same shadow in a picture `factor` times as large.
    #[must_use]
    pub fn scaled(self, factor: f32) -> Self {
        let mut background_from_subject = self.background_from_subject;
        background_from_subject.translation *= factor;
        Self { background_from_subject, sigma_px: self.sigma_px * factor, ..self }
    }

    /// How much of the shadow falls on each pixel, 0 … 1, given how much of each is the subject. A subject that the lower edge
    /// cuts goes on below it.
    pub fn cast(&self, subject: &Plane<f32>) -> Plane<f32> {
        let radius = (3.0 * self.sigma_px).ceil() as usize;
        let size = subject.size();
        let margin = radius as u32 + 1;
        let mut wide = Plane::filled(Size::new(size.width + 2 * margin, size.height + 2 * margin), 0.0);
        // Every pixel is laid where it falls rather than looked up, so that nothing thin is missed where the map flattens.
        let share = self.background_from_subject.matrix2.determinant().abs();
        let height = subject.height();
        for y in 0..height + height / 4 {
            for (x, alpha) in
                subject.row(y.min(height - 1)).iter().enumerate().filter(|(_, alpha)| **alpha > 0.0)
            {
                let centre = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
                let place = self.background_from_subject.transform_point2(centre) - 0.5 + margin as f32;
                splat(&mut wide, place, alpha * share);
            }
        }
        blurred_within(&wide, &gaussian(self.sigma_px, radius), size)
    }

    /// What the encoded values of a pixel are multiplied by on which so much of the shadow falls.
    pub fn light(&self, share: f32) -> [f32; 3] {
        self.depth.map(|depth| (-depth * share).exp())
    }
}

/// A shadow darkens at least by this, and by no more than so many times as much in one colour as in another.
pub(super) const LEAST_DEPTH: f32 = 0.1;
const MOST_TINT: f32 = 2.5;

/// Whether what is darkened so in red, green and blue may lie in a shadow.
pub(super) fn is_a_shadows(depth: [f32; 3]) -> bool {
    let [lowest, highest] = [f32::min, f32::max].map(|f| depth.into_iter().reduce(f).unwrap_or_default());
    lowest >= LEAST_DEPTH && highest <= MOST_TINT * lowest
}

/// Adds `value` to the four pixels about `place`, in which pixel centres are whole numbers.
fn splat(plane: &mut Plane<f32>, place: Vec2, value: f32) {
    let corner = place.floor();
    let part = place - corner;
    let (width, height) = (plane.width(), plane.height());
    for (dy, down) in [(0.0, 1.0 - part.y), (1.0, part.y)] {
        for (dx, across) in [(0.0, 1.0 - part.x), (1.0, part.x)] {
            let (x, y) = (corner.x + dx, corner.y + dy);
            if x >= 0.0 && y >= 0.0 && (x as usize) < width && (y as usize) < height {
                plane.row_mut(y as usize)[x as usize] += value * down * across;
            }
        }
    }
}

/// Weights from `-radius` to `radius` that sum to 1.
fn gaussian(sigma_px: f32, radius: usize) -> Vec<f32> {
    let weight = |i: usize| (-0.5 * ((i as f32 - radius as f32) / sigma_px.max(1e-3)).powi(2)).exp();
    let total: f32 = (0..=2 * radius).map(weight).sum();
    (0..=2 * radius).map(|i| weight(i) / total).collect()
}

/// The middle of `wide`, of `size`, blurred by a kernel that reaches no further than the margin about it. On one thread: it is done for
/// every frame, and frames have threads of their own.
fn blurred_within(wide: &Plane<f32>, kernel: &[f32], size: Size) -> Plane<f32> {
    let (width, height) = (size.width as usize, size.height as usize);
    let first = (wide.width() - width) / 2 - kernel.len() / 2;
    let mut across = Plane::filled(Size::new(size.width, wide.size().height), 0.0f32);
    for y in 0..wide.height() {
        let (line, out) = (wide.row(y), across.row_mut(y));
        if line.iter().all(|v| *v == 0.0) {
            continue;
        }
        for (tap, weight) in kernel.iter().enumerate() {
            let from = &line[first + tap..first + tap + width];
            out.iter_mut().zip(from).for_each(|(out, v)| *out += weight * v);
        }
    }
    let mut blurred = Plane::filled(size, 0.0f32);
    for y in 0..height {
        let out = blurred.row_mut(y);
        for (tap, weight) in kernel.iter().enumerate() {
            out.iter_mut().zip(across.row(y + first + tap)).for_each(|(out, v)| *out += weight * v);
        }
        out.iter_mut().for_each(|v| *v = v.min(1.0));
    }
    blurred
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(size: Size, left: u32, top: u32) -> Plane<f32> {
        Plane::from_fn(size, |x, y| {
            if (left..left + 20).contains(&x) && (top..top + 30).contains(&y) { 1.0 } else { 0.0 }
        })
    }

    #[test]
    fn a_shadow_on_a_wall_is_the_silhouette_shifted_and_soft() {
        let size = Size::new(90, 80);
        let shift = Affine2::from_translation(Vec2::new(12.5, 9.0));
        let shadow = CastShadow { background_from_subject: shift, sigma_px: 2.0, depth: [1.0; 3] };
        let cast = shadow.cast(&block(size, 20, 10));
        let total: f32 = cast.pixels().iter().sum();
        assert!((total - 600.0).abs() < 0.1, "{total}");
        let mean = |of: fn(usize, usize) -> usize| -> f32 {
            let places = (0..80).flat_map(|y| (0..90).map(move |x| (x, y)));
            places.map(|(x, y)| (of(x, y) as f32 + 0.5) * cast.get(x, y)).sum::<f32>() / total
        };
        assert!((mean(|x, _| x) - 42.5).abs() < 0.01 && (mean(|_, y| y) - 34.0).abs() < 0.01);
        assert!((cast.get(42, 19) - 0.5).abs() < 0.15, "half at the edge: {}", cast.get(42, 19));
        // In a picture twice as large it falls on the same place.
        let twice =
            shadow.scaled(2.0).cast(&crate::filter::resize_linear(&block(size, 20, 10), Size::new(180, 160)));
        assert!((twice.get(85, 68) - cast.get(42, 34)).abs() < 0.01);
        assert!((twice.get(65, 68) - cast.get(32, 34)).abs() < 0.1);
    }

    #[test]
    fn a_shadow_on_the_ground_is_flat_and_has_no_gaps() {
        let size = Size::new(90, 80);
        let onto_ground = Affine2::from_cols_array_2d(&[[1.0, 0.0], [-0.5, 0.2], [30.0, 48.0]]);
        let shadow = CastShadow { background_from_subject: onto_ground, sigma_px: 0.6, depth: [1.0; 3] };
        let cast = shadow.cast(&block(size, 20, 30));
        // The feet stay where they stand, the head falls 15 to the right and only 6 up.
        assert!(cast.get(30, 58) > 0.9 && cast.get(26, 58) > 0.8 && cast.get(40, 55) > 0.9);
        assert!(cast.get(30, 50) < 0.1 && cast.get(30, 63) < 0.1);
    }

    #[test]
    fn a_subject_cut_by_the_lower_edge_casts_on_to_the_edge() {
        let size = Size::new(60, 60);
        let figure = Plane::from_fn(size, |x, y| if (20..40).contains(&x) && y > 20 { 1.0 } else { 0.0 });
        let up = Affine2::from_translation(Vec2::new(0.0, -6.0));
        let shadow = CastShadow { background_from_subject: up, sigma_px: 2.0, depth: [1.0; 3] };
        assert!(shadow.cast(&figure).get(30, 59) > 0.99);
    }
}

//! The custom operators of the face mesh with attention: crops around landmarks.

use super::{Job, Lanes};
use crate::model::LandmarkCrop;

/// The matrix (4 × 4, row by row) that takes pixels of a crop around some landmarks to those landmarks' coordinates.
///
/// The crop is level with the line between two landmarks; its size is that of the subset's bounding box, so turned,
/// times a scale. `landmarks` are x, y, z in turn.
pub(crate) fn landmarks_to_transform(crop: &LandmarkCrop, landmarks: &[f32], matrix: &mut [f32]) {
    let point = |landmark: usize| [landmarks[3 * landmark], landmarks[3 * landmark + 1]];
    let ([left_x, left_y], [right_x, right_y]) = (point(crop.left), point(crop.right));
    let turn = crop.target_rotation_rad - (right_y - left_y).atan2(right_x - left_x);
    let (sin, cos) = turn.sin_cos();
    let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
    for [x, y] in crop.subset.iter().map(|&landmark| point(landmark)) {
        for (axis, value) in [x * cos - y * sin, x * sin + y * cos].into_iter().enumerate() {
            (low[axis], high[axis]) = (low[axis].min(value), high[axis].max(value));
        }
    }
    let [x, y] = [0, 1].map(|axis| (low[axis] + high[axis]) / 2.0);
    let center = [x * cos + y * sin, y * cos - x * sin];
    let [scale_x, scale_y] =
        [0, 1].map(|axis| crop.scale[axis] * (high[axis] - low[axis]) / crop.output_size[axis]);
    let [half_width, half_height] = crop.output_size.map(|side| side / 2.0);
    // Centre of the crop to the origin, scale, turn back, origin to the centre of the landmarks.
    let rows = [[cos * scale_x, sin * scale_y], [-sin * scale_x, cos * scale_y]];
    matrix.fill(0.0);
    for (axis, row) in rows.into_iter().enumerate() {
        matrix[4 * axis..4 * axis + 2].copy_from_slice(&row);
        matrix[4 * axis + 3] = center[axis] - row[0] * half_width - row[1] * half_height;
    }
    (matrix[10], matrix[15]) = (1.0, 1.0);
}

/// Maps points of `dimensions` coordinates (2, or 3 with z kept) by a 4 × 4 matrix.
pub(crate) fn transform_landmarks(points: &[f32], dimensions: usize, matrix: &[f32], output: &mut [f32]) {
    for (to, from) in output.chunks_exact_mut(dimensions).zip(points.chunks_exact(dimensions)) {
        to.copy_from_slice(from);
        for axis in 0..2 {
            to[axis] = matrix[4 * axis] * from[0] + matrix[4 * axis + 1] * from[1] + matrix[4 * axis + 3];
        }
    }
}

/// Samples an image through a matrix; see [`transform_tensor`].
struct TransformTensor<'a> {
    image: &'a [f32],
    size: [usize; 3],
    matrix: &'a [f32],
    output: &'a mut [f32],
    output_width: usize,
}

/// Samples an image (height, width, channels) bilinearly where a 4 × 4 matrix takes the output's pixel centres;
/// zero outside the input's pixel centres.
pub(crate) fn transform_tensor(
    isa: super::Isa,
    image: &[f32],
    size: [usize; 3],
    matrix: &[f32],
    output: &mut [f32],
    output_width: usize,
) {
    isa.run(TransformTensor { image, size, matrix, output, output_width });
}

impl Job for TransformTensor<'_> {
    #[inline(always)]
    fn run<V: Lanes>(self) {
        let ([height, width, channels], m) = (self.size, self.matrix);
        assert_eq!(self.image.len(), height * width * channels);
        for (i, output) in self.output.chunks_exact_mut(channels).enumerate() {
            let (x, y) = ((i % self.output_width) as f32 + 0.5, (i / self.output_width) as f32 + 0.5);
            let x_in = m[0] * x + m[1] * y + m[3] - 0.5;
            let y_in = m[4] * x + m[5] * y + m[7] - 0.5;
            // Written so that NaN is outside too.
            let inside =
                x_in >= 0.0 && x_in <= (width - 1) as f32 && y_in >= 0.0 && y_in <= (height - 1) as f32;
            if !inside {
                output.fill(0.0);
                continue;
            }
            let (left, top) = (x_in as usize, y_in as usize);
            let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
            let (across, down) = (V::splat(x_in - left as f32), V::splat(y_in - top as f32));
            let corners = [(top, left), (top, right), (bottom, left), (bottom, right)];
            for first in (0..channels).step_by(V::COUNT) {
                let count = (channels - first).min(V::COUNT);
                // SAFETY: rows and columns are within the image, and so are `count` channels of image and output.
                unsafe {
                    let load = |(row, column)| {
                        V::load_first(
                            self.image.as_ptr().add((row * width + column) * channels + first),
                            count,
                        )
                    };
                    let [a, b, c, d] = corners.map(load);
                    let upper = b.sub(a).mul_add(across, a);
                    let lower = d.sub(c).mul_add(across, c);
                    lower.sub(upper).mul_add(down, upper).store_first(output.as_mut_ptr().add(first), count);
                }
            }
        }
    }
}

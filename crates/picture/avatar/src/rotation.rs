use glam::{DMat3, DQuat, Mat3, Vec3};

/// The rotation `R` that maximises `tr(Rᵀ m)`: the nearest rotation to `m` in the Frobenius norm, or, where
/// `m = Σ bᵢ aᵢᵀ`, the one that best turns the points `aᵢ` into the points `bᵢ`. Never a reflection; the identity where `m`
/// is zero or not finite.
///
/// The greatest eigenvector of Horn's symmetric 4×4 matrix (Closed-form solution of absolute orientation using unit
/// quaternions, JOSA A 1987, §4).
pub(crate) fn nearest_rotation(m: Mat3) -> Mat3 {
    if !m.is_finite() || m.to_cols_array().iter().all(|v| *v == 0.0) {
        return Mat3::IDENTITY;
    }
    // s[i][j] = Σ aᵢ bⱼ: row i of Horn's S is column i of `m`.
    let s = m.as_dmat3().to_cols_array_2d();
    let (xx, xy, xz) = (s[0][0], s[0][1], s[0][2]);
    let (yx, yy, yz) = (s[1][0], s[1][1], s[1][2]);
    let (zx, zy, zz) = (s[2][0], s[2][1], s[2][2]);
    let horn = [
        [xx + yy + zz, yz - zy, zx - xz, xy - yx],
        [yz - zy, xx - yy - zz, xy + yx, zx + xz],
        [zx - xz, xy + yx, yy - xx - zz, yz + zy],
        [xy - yx, zx + xz, yz + zy, zz - xx - yy],
    ];
    let [w, x, y, z] = greatest_eigenvector(horn);
    DMat3::from_quat(DQuat::from_xyzw(x, y, z, w)).as_mat3()
}

/// The rotation that best turns `from`, taken about its mean, into `to`, taken about its own, and the factor by which `from` must then grow to come nearest to `to` (Horn 1987, §2.E).
pub(crate) fn best_similarity(from: &[Vec3], to: &[Vec3]) -> (Mat3, f32) {
    let n = from.len().min(to.len()).max(1) as f32;
    let (mean_from, mean_to) = (from.iter().sum::<Vec3>() / n, to.iter().sum::<Vec3>() / n);
    let covariance = from.iter().zip(to).fold(Mat3::ZERO, |sum, (a, b)| {
        let (a, b) = (*a - mean_from, *b - mean_to);
        sum + Mat3::from_cols(b * a.x, b * a.y, b * a.z)
    });
    let rotation = nearest_rotation(covariance);
    let along: f32 = (0..3).map(|i| rotation.col(i).dot(covariance.col(i))).sum();
    let spread: f32 = from.iter().map(|a| (*a - mean_from).length_squared()).sum();
    (rotation, along / spread.max(f32::MIN_POSITIVE))
}

/// The unit eigenvector of the greatest eigenvalue of a symmetric matrix, by cyclic Jacobi rotations.
fn greatest_eigenvector(mut a: [[f64; 4]; 4]) -> [f64; 4] {
    const SWEEPS: usize = 12;
    let mut vectors = [[0.0; 4]; 4];
    for (i, row) in vectors.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    for _ in 0..SWEEPS {
        for p in 0..3 {
            for q in p + 1..4 {
                if a[p][q].abs() < 1e-300 {
                    continue;
                }
                let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
                let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                for row in &mut a {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
                let (row_p, row_q) = (a[p], a[q]);
                a[p] = std::array::from_fn(|k| c * row_p[k] - s * row_q[k]);
                a[q] = std::array::from_fn(|k| s * row_p[k] + c * row_q[k]);
                for row in &mut vectors {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
            }
        }
    }
    let greatest = (0..4).max_by(|&i, &j| a[i][i].total_cmp(&a[j][j])).unwrap_or(0);
    vectors.map(|row| row[greatest])
}

/// The angle of the rotation that turns one rotation into another, radians.
pub(crate) fn angle_between(one: Mat3, other: Mat3) -> f32 {
    let turn = one.transpose() * other;
    ((turn.x_axis.x + turn.y_axis.y + turn.z_axis.z - 1.0) / 2.0).clamp(-1.0, 1.0).acos()
}

/// The orthonormal frame whose y axis runs along `along` and whose x axis lies nearest to `across`; z completes a
/// right-handed frame. Axes that cannot be told (a zero or parallel vector) fall back to those of the picture.
pub(crate) fn frame_of(across: Vec3, along: Vec3) -> Mat3 {
    let y = along.try_normalize().unwrap_or(Vec3::Y);
    let square_to_y = |v: Vec3| {
        let rest = v - y * v.dot(y);
        // What is left of a parallel vector is rounding, and points anywhere.
        rest.try_normalize().filter(|_| rest.length() > 1e-3 * v.length())
    };
    let x =
        square_to_y(across).or_else(|| square_to_y(Vec3::X)).unwrap_or_else(|| y.any_orthonormal_vector());
    Mat3::from_cols(x, y, x.cross(y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rotation(axis: [f32; 3], angle_rad: f32) -> Mat3 {
        Mat3::from_axis_angle(Vec3::from(axis).normalize_or(Vec3::Z), angle_rad)
    }

    proptest! {
        #[test]
        fn points_turned_by_a_rotation_give_it_back(
            axis in prop::array::uniform3(-1.0f32..1.0), angle in -3.1f32..3.1, seed in 0u32..1000,
        ) {
            let truth = rotation(axis, angle);
            let from: Vec<Vec3> = (0..12u32)
                .map(|i| Vec3::new((i * 7 + seed) as f32, (i * i) as f32, (i * 3 % 5) as f32 * 4.0).map(f32::sin))
                .collect();
            let to: Vec<Vec3> = from.iter().map(|p| truth * *p * 37.0 + Vec3::new(5.0, -9.0, 2.0)).collect();
            prop_assert!((best_similarity(&from, &to).0 - truth).to_cols_array().iter().all(|v| v.abs() < 1e-4));
        }

        #[test]
        fn the_nearest_rotation_is_always_a_rotation(m in prop::array::uniform9(-10.0f32..10.0)) {
            let r = nearest_rotation(Mat3::from_cols_array(&m));
            prop_assert!((r.determinant() - 1.0).abs() < 1e-4);
            prop_assert!((r * r.transpose() - Mat3::IDENTITY).to_cols_array().iter().all(|v| v.abs() < 1e-4));
        }

        #[test]
        fn frames_are_orthonormal_whatever_they_are_made_of(
            across in prop::array::uniform3(-2.0f32..2.0), along in prop::array::uniform3(-2.0f32..2.0),
        ) {
            for along in [Vec3::from(along), Vec3::ZERO, Vec3::from(across) * 2.0, Vec3::X] {
                let f = frame_of(across.into(), along);
                prop_assert!((f.determinant() - 1.0).abs() < 1e-4, "{f}");
            }
        }
    }

    #[test]
    fn nothing_to_go_by_is_the_identity() {
        assert_eq!(nearest_rotation(Mat3::ZERO), Mat3::IDENTITY);
        assert_eq!(nearest_rotation(Mat3::NAN), Mat3::IDENTITY);
        assert_eq!(best_similarity(&[], &[]).0, Mat3::IDENTITY);
    }
}

use glam::{Mat3, Vec2, Vec3};

/// A value that can be averaged over time.
pub(crate) trait Sample:
    Copy + std::ops::Add<Output = Self> + std::ops::Sub<Output = Self> + std::ops::Mul<f32, Output = Self>
{
    /// The sum of nothing; a matrix's `Default` is the identity, not this.
    const ZERO: Self;
}

impl Sample for f32 {
    const ZERO: Self = 0.0;
}

impl Sample for Vec2 {
    const ZERO: Self = Self::ZERO;
}

impl Sample for Vec3 {
    const ZERO: Self = Self::ZERO;
}

impl Sample for Mat3 {
    const ZERO: Self = Self::ZERO;
}

/// A value whose every component has a middle one of three.
pub(super) trait Median {
    fn median_of_three(a: Self, b: Self, c: Self) -> Self;
}

impl Median for f32 {
    fn median_of_three(a: Self, b: Self, c: Self) -> Self {
        a.min(b).max(a.max(b).min(c))
    }
}

impl Median for Vec2 {
    fn median_of_three(a: Self, b: Self, c: Self) -> Self {
        a.min(b).max(a.max(b).min(c))
    }
}

/// Fills the gaps of a series linearly in time; before the first and after the last known value it is held.
/// `None` where nothing is known at all.
pub(crate) fn fill_gaps<T: Sample>(series: &[Option<T>]) -> Option<Vec<T>> {
    let known: Vec<(usize, T)> = series.iter().enumerate().filter_map(|(t, v)| v.map(|v| (t, v))).collect();
    let (first, last) = (*known.first()?, *known.last()?);
    let mut next = 0;
    let fill = |t: usize| {
        while next < known.len() && known[next].0 < t {
            next += 1;
        }
        match (next.checked_sub(1).map(|i| known[i]), known.get(next).copied()) {
            (_, Some((at, value))) if at == t => value,
            (Some((t0, a)), Some((t1, b))) => a + (b - a) * ((t - t0) as f32 / (t1 - t0) as f32),
            (None, _) => first.1,
            (_, None) => last.1,
        }
    };
    Some((0..series.len()).map(fill).collect())
}

/// The middle of every value and its two neighbours: removes single wild frames and leaves ramps and steps alone.
pub(super) fn median_3<T: Copy + Median>(series: &[T]) -> Vec<T> {
    let at = |t: usize| series[t.min(series.len() - 1)];
    (0..series.len()).map(|t| T::median_of_three(at(t.saturating_sub(1)), at(t), at(t + 1))).collect()
}

/// A Gaussian of `sigma_frames` centred on every frame, so that nothing lags. Beyond its ends the series goes on as its own
/// point reflection, so that a motion that begins or ends in full swing is not held back there.
pub(crate) fn gaussian<T: Sample>(series: &[T], sigma_frames: f32) -> Vec<T> {
    // Below 0.3 frames the neighbours weigh under half a per cent.
    let sigma = sigma_frames.max(0.3);
    let radius = (4.0 * sigma).ceil() as isize;
    let weights: Vec<f32> = (-radius..=radius).map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp()).collect();
    let total: f32 = weights.iter().sum();
    let last = series.len() as isize - 1;
    let at = |t: isize| {
        let end = t.clamp(0, last);
        let mirrored = (2 * end - t).clamp(0, last);
        series[end as usize] * 2.0 - series[mirrored as usize]
    };
    (0..=last)
        .map(|t| {
            let around = (t - radius..).map(at);
            weights.iter().zip(around).fold(T::ZERO, |sum, (w, value)| sum + value * (w / total))
        })
        .collect()
}

/// The value below which `share` (0 … 1) of the values lie; 0 for none.
pub(crate) fn percentile(values: impl IntoIterator<Item = f32>, share: f32) -> f32 {
    let mut values: Vec<f32> = values.into_iter().collect();
    if values.is_empty() {
        return 0.0;
    }
    let rank = ((values.len() - 1) as f32 * share).round() as usize;
    *values.select_nth_unstable_by(rank, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_linearly_and_the_ends_held() {
        let series = [None, Some(1.0), None, None, Some(4.0), None];
        assert_eq!(fill_gaps(&series).unwrap(), [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]);
        assert!(fill_gaps::<f32>(&[None, None]).is_none());
    }

    #[test]
    fn one_wild_frame_disappears_and_a_step_stays() {
        assert_eq!(median_3(&[0.0, 0.0, 9.0, 0.0, 0.0]), [0.0; 5]);
        assert_eq!(median_3(&[0.0, 0.0, 1.0, 1.0]), [0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn smoothing_has_no_lag_and_keeps_constants() {
        let impulse: Vec<f32> = (0..41).map(|t| if t == 20 { 1.0 } else { 0.0 }).collect();
        let smooth = gaussian(&impulse, 3.0);
        assert!((0..20).all(|i| (smooth[20 - i] - smooth[20 + i]).abs() < 1e-6));
        assert!((smooth.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert!(gaussian(&[7.0; 9], 2.0).iter().all(|v| (v - 7.0f32).abs() < 1e-4));
    }

    #[test]
    fn a_constant_rotation_stays_itself() {
        let r = Mat3::from_rotation_y(0.7);
        assert!(
            gaussian(&[r; 7], 1.2).iter().all(|m| (*m - r).to_cols_array().iter().all(|v| v.abs() < 1e-5))
        );
    }

    #[test]
    fn steady_motion_is_kept_up_to_the_ends() {
        let ramp: Vec<f32> = (0..30).map(|t| 3.0 * t as f32).collect();
        assert!(gaussian(&ramp, 2.5).iter().zip(&ramp).all(|(a, b)| (a - b).abs() < 1e-3));
    }
}

//! Smooth curves: between two values and through many.

/// 0 at `from`, 1 at `to`, smooth between; `from` may be the greater.
pub(crate) fn smoothstep(from: f32, to: f32, v: f32) -> f32 {
    let t = ((v - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Keys of `N` channels over a cycle of beats: the curve passes through every key, rests at its extremes and never
/// overshoots (monotone cubic, Fritsch and Carlson 1980), and the cycle's end meets its start.
#[derive(Clone, Debug)]
pub(crate) struct CyclicCurve<const N: usize> {
    cycle: f32,
    keys: Vec<(f32, [f32; N])>,
}

impl<const N: usize> CyclicCurve<N> {
    /// A curve through `keys`, (beat, values) in rising order within 0 … `cycle`.
    pub(crate) fn new(cycle: f32, keys: Vec<(f32, [f32; N])>) -> Self {
        debug_assert!(keys.windows(2).all(|pair| pair[0].0 < pair[1].0), "keys out of order");
        Self { cycle, keys }
    }

    /// The values at `beat`.
    pub(crate) fn at(&self, beat: f32) -> [f32; N] {
        let beat = beat.rem_euclid(self.cycle);
        let count = self.keys.len();
        let next = self.keys.partition_point(|key| key.0 <= beat) as isize;
        // The key `i`, counted over the ends of the cycle.
        let key = |i: isize| {
            let (time, values) = self.keys[i.rem_euclid(count as isize) as usize];
            (time + self.cycle * i.div_euclid(count as isize) as f32, values)
        };
        let [k0, k1, k2, k3] = [next - 2, next - 1, next, next + 1].map(key);
        std::array::from_fn(|c| {
            let (h0, h1, h2) = (k1.0 - k0.0, k2.0 - k1.0, k3.0 - k2.0);
            let slopes = [(k1.1[c] - k0.1[c]) / h0, (k2.1[c] - k1.1[c]) / h1, (k3.1[c] - k2.1[c]) / h2];
            let (m1, m2) = (tangent(slopes[0], slopes[1], h0, h1), tangent(slopes[1], slopes[2], h1, h2));
            let t = (beat - k1.0) / h1;
            hermite(t, k1.1[c], m1 * h1, k2.1[c], m2 * h1)
        })
    }
}

/// The weighted harmonic mean of two slopes; 0 at an extreme.
fn tangent(before: f32, after: f32, h_before: f32, h_after: f32) -> f32 {
    if before * after <= 0.0 {
        return 0.0;
    }
    let (w1, w2) = (2.0 * h_after + h_before, h_after + 2.0 * h_before);
    (w1 + w2) / (w1 / before + w2 / after)
}

fn hermite(t: f32, from: f32, slope_from: f32, to: f32, slope_to: f32) -> f32 {
    let (t2, t3) = (t * t, t * t * t);
    (2.0 * t3 - 3.0 * t2 + 1.0) * from
        + (t3 - 2.0 * t2 + t) * slope_from
        + (3.0 * t2 - 2.0 * t3) * to
        + (t3 - t2) * slope_to
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve() -> CyclicCurve<1> {
        CyclicCurve::new(4.0, vec![(0.0, [0.0]), (1.0, [1.0]), (2.0, [1.0]), (3.5, [-2.0])])
    }

    #[test]
    fn keys_are_met_and_never_overshot() {
        let curve = curve();
        assert_eq!(curve.at(1.0), [1.0]);
        assert_eq!(curve.at(3.5), [-2.0]);
        for i in 0..400 {
            let [v] = curve.at(i as f32 * 0.01);
            assert!((-2.0..=1.0).contains(&v), "{v}");
        }
    }

    #[test]
    fn the_cycle_closes() {
        let curve = curve();
        assert!((curve.at(3.9999)[0] - curve.at(0.0001)[0]).abs() < 1e-2);
        assert_eq!(curve.at(5.0), curve.at(1.0));
    }
}

use glam::{Mat3, Vec3};

/// Added to each variance, in squared Lab units: a flat colour is not a certain one.
const VARIANCE_FLOOR: f32 = 4.0;

/// A density of colours: a mixture of Gaussians with full covariance.
pub(crate) struct ColourModel {
    components: Vec<Gaussian>,
}

struct Gaussian {
    mean: Vec3,
    inverse_covariance: Mat3,
    /// Logarithm of the share over `√((2π)³ |Σ|)`.
    log_scale: f32,
}

impl ColourModel {
    /// The mixture of at most `components` Gaussians for these colours: the cluster of the greatest spread is split across
    /// its principal axis until there are enough (Orchard & Bouman, "Color Quantization of Images", 1991), so the same
    /// colours always give the same model. `None` without colours.
    pub(crate) fn fit(colours: Vec<Vec3>, components: usize) -> Option<Self> {
        let total = colours.len();
        let mut clusters = vec![Cluster::new(colours)?];
        while clusters.len() < components {
            let widest = clusters
                .iter()
                .enumerate()
                .max_by(|a, b| a.1.total_spread().total_cmp(&b.1.total_spread()))
                .map_or(0, |(i, _)| i);
            let Some((low, high)) = clusters[widest].split() else { break };
            clusters[widest] = low;
            clusters.push(high);
        }
        let components = clusters.iter().map(|cluster| cluster.gaussian(total)).collect();
        Some(Self { components })
    }

    /// The negative logarithm of the density at a colour.
    pub(crate) fn surprise(&self, colour: Vec3) -> f32 {
        let log_densities = self.components.iter().map(|g| {
            let d = colour - g.mean;
            g.log_scale - 0.5 * d.dot(g.inverse_covariance * d)
        });
        let highest = log_densities.clone().fold(f32::NEG_INFINITY, f32::max);
        -(highest + log_densities.map(|l| (l - highest).exp()).sum::<f32>().ln())
    }
}

struct Cluster {
    colours: Vec<Vec3>,
    mean: Vec3,
    covariance: Mat3,
    axis: Vec3,
    variance_on_axis: f32,
}

impl Cluster {
    fn new(colours: Vec<Vec3>) -> Option<Self> {
        if colours.is_empty() {
            return None;
        }
        let count = colours.len() as f32;
        let mean = colours.iter().sum::<Vec3>() / count;
        let mut covariance = Mat3::ZERO;
        for &colour in &colours {
            let d = colour - mean;
            covariance += Mat3::from_cols(d * d.x, d * d.y, d * d.z);
        }
        covariance *= 1.0 / count;
        let (axis, variance_on_axis) = principal_axis(covariance);
        Some(Self { colours, mean, covariance, axis, variance_on_axis })
    }

    fn total_spread(&self) -> f32 {
        self.variance_on_axis * self.colours.len() as f32
    }

    fn split(&self) -> Option<(Self, Self)> {
        let (low, high) = self.colours.iter().partition(|&&c| (c - self.mean).dot(self.axis) <= 0.0);
        Some((Self::new(low)?, Self::new(high)?))
    }

    fn gaussian(&self, total: usize) -> Gaussian {
        let covariance = self.covariance + Mat3::from_diagonal(Vec3::splat(VARIANCE_FLOOR));
        let share = self.colours.len() as f32 / total as f32;
        Gaussian {
            mean: self.mean,
            inverse_covariance: covariance.inverse(),
            log_scale: share.ln() - 0.5 * covariance.determinant().ln() - 1.5 * std::f32::consts::TAU.ln(),
        }
    }
}

/// The eigenvector of the greatest eigenvalue of a symmetric matrix without negative ones, and that eigenvalue, by power
/// iteration: a dozen steps are near enough for splitting a cluster.
fn principal_axis(matrix: Mat3) -> (Vec3, f32) {
    let mut axis = Vec3::ONE;
    for _ in 0..12 {
        axis = (matrix * axis).normalize_or(Vec3::X);
    }
    (axis, axis.dot(matrix * axis) / axis.length_squared())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_colours_are_both_likely_and_their_mean_is_not() {
        let colours = (0..200)
            .map(|i| if i % 2 == 0 { Vec3::new(20.0, 40.0, 0.0) } else { Vec3::new(90.0, -40.0, 10.0) });
        let model = ColourModel::fit(colours.collect(), 5).unwrap();
        let at = |l, a, b| model.surprise(Vec3::new(l, a, b));
        assert!(at(20.0, 40.0, 0.0) + 20.0 < at(55.0, 0.0, 5.0));
        assert!(at(90.0, -40.0, 10.0) + 20.0 < at(55.0, 0.0, 5.0));
    }

    #[test]
    fn one_colour_alone_makes_a_model() {
        let model = ColourModel::fit(vec![Vec3::new(50.0, 0.0, 0.0); 3], 5).unwrap();
        assert!(model.surprise(Vec3::new(50.0, 0.0, 0.0)).is_finite());
        assert!(ColourModel::fit(vec![], 5).is_none());
    }
}

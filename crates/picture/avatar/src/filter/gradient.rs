use frame::Plane;

use super::Channels;
use super::blur::convolve_separable;

/// Derivatives across and down, a pixel, by the 3×3 Sobel kernel over 8: a ramp of slope 1 gives 1.
pub fn sobel<P: Channels>(plane: &Plane<P>) -> (Plane<P>, Plane<P>) {
    const SLOPE: [f32; 3] = [-0.5, 0.0, 0.5];
    const SMOOTH: [f32; 3] = [0.25, 0.5, 0.25];
    (convolve_separable(plane, &SLOPE, &SMOOTH), convolve_separable(plane, &SMOOTH, &SLOPE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;

    #[test]
    fn a_ramp_has_its_slope() {
        let (across, down) = sobel(&Plane::from_fn(Size::new(8, 7), |x, y| 2.0 * x as f32 - 3.0 * y as f32));
        assert_eq!((across.get(4, 3), down.get(4, 3)), (2.0, -3.0));
        assert_eq!(across.get(0, 3), 0.0);
    }
}

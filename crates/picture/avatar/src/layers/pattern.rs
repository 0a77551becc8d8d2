//! The pattern of a stuff carried over to where it is not seen.

use frame::SrgbPlane;
use glam::Vec3;

use crate::filter::{Mask, PixelRect, area, gaussian_blur};
use crate::plate::{Completion, patchmatch_fill};

/// Fewer pixels of cloth or hair show no pattern.
const LEAST_PATTERN: usize = 400;

/// The smooth colours with the pattern of what is seen of a stuff set into what is `wanted`, if enough is seen of it.
pub(super) fn patterned(
    image: &SrgbPlane,
    mut smooth: SrgbPlane,
    part: PixelRect,
    [wanted, seen]: [&Mask; 2],
    sigma_px: f32,
) -> SrgbPlane {
    if area(seen) < LEAST_PATTERN {
        return smooth;
    }
    let (hole, source) = (part.cut(wanted), part.cut(seen));
    let how = Completion { long_side_px: 420, half_patch: 3 };
    let patched = patchmatch_fill(&part.cut(image), &hole, Some(&source), how);
    // The pieces bring the pattern; what they bring of other light or other stuff is taken off again.
    let off = mean_within(
        &patched.zip_map(&part.cut(&smooth), |p, s| std::array::from_fn(|c| p[c] - s[c])),
        &hole,
        sigma_px,
    );
    let even = patched.zip_map(&off, |p, off| std::array::from_fn(|c| (p[c] - off[c]).clamp(0.0, 255.0)));
    part.paste(&even, &mut smooth);
    smooth
}

/// Mean over the pixels of a mask about each of them.
fn mean_within(plane: &SrgbPlane, mask: &Mask, sigma_px: f32) -> SrgbPlane {
    let weighted = plane.zip_map(mask, |&[r, g, b], &own| if own { [r, g, b, 1.0] } else { [0.0; 4] });
    gaussian_blur(&weighted, sigma_px).map(|&[r, g, b, w]| [r, g, b].map(|v| v / w.max(1e-6)))
}

/// Whether two colours are of one cloth: near each other, or the same in other light.
pub(super) fn is_same_cloth(a: Vec3, b: Vec3) -> bool {
    const NEAR: f32 = 45.0;
    const NEAR_IN_ONE_LIGHT: f32 = 15.0;
    const LIGHTS: std::ops::RangeInclusive<f32> = 0.5..=2.0;
    let light = a.dot(b) / a.length_squared().max(1.0);
    a.distance(b) < NEAR || LIGHTS.contains(&light) && (a * light).distance(b) < NEAR_IN_ONE_LIGHT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_garment_is_known_in_other_light_and_another_is_not() {
        let cloth = Vec3::new(120.0, 130.0, 110.0);
        assert!(is_same_cloth(cloth, cloth * 0.55));
        assert!(is_same_cloth(cloth * 0.55, cloth));
        assert!(!is_same_cloth(cloth, cloth * 0.3));
        assert!(!is_same_cloth(cloth, Vec3::new(150.0, 60.0, 50.0)));
    }
}

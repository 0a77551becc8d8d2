//! The pattern of a stuff carried over to where it is not seen.

use frame::SrgbPlane;

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

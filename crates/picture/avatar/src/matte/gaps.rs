use frame::{Plane, SrgbPlane};
use glam::Vec3;

use crate::filter::{
    Connectivity, Mask, area, bounds, box_blur, components, coverage, difference, dilate_square,
    gaussian_blur, intersection, open_disc, to_lab,
};

/// Alpha, of 1, from which on the matting network does not doubt that a pixel is the subject.
const SURE: f32 = 0.985;
/// The same of the pose network's mask.
const SURE_SEGMENTATION: f32 = 0.9;
/// How wide a gap must be to be told from a soft edge, and how far about it the background is looked at, in heights of the picture.
const LEAST: f32 = 0.0022;
const ABOUT: f32 = 0.05;

/// The matte without narrow gaps it has closed, as between an arm and the trunk: what both networks doubt, and has the colour of the
/// background right beside it, which is even there.
pub(super) fn open_gaps(image: &SrgbPlane, matte: &Plane<f32>, segmentation: &Plane<f32>) -> Plane<f32> {
    let height = matte.height() as f32;
    let doubted = matte.zip_map(segmentation, |&alpha, &segmentation| {
        (0.5..SURE).contains(&alpha) && segmentation < SURE_SEGMENTATION
    });
    let least_px = (LEAST * height).max(1.5);
    let doubted = open_disc(&doubted, least_px);
    let Some(about) = bounds(&doubted) else { return matte.clone() };
    let about = about.grown((2.0 * ABOUT * height) as usize, matte.size());
    let alike = like_background(&about.cut(image), &about.cut(matte), (ABOUT * height) as usize);
    let gaps = open_disc(&intersection(&about.cut(&doubted), &alike), least_px);
    let pieces = components(&gaps, Connectivity::Eight);
    let large = pieces.select(|i| pieces.regions[i].area as f32 > (0.01 * height).powi(2));
    // A soft outline is doubted as well.
    let outline = dilate_square(&about.cut(matte).map(|&alpha| alpha < 0.5), 2 * least_px as usize);
    let gaps = difference(&large, &pieces.meeting(&outline));
    if area(&gaps) == 0 {
        return matte.clone();
    }
    // With the rim that the gap's own edges made of it.
    let rim = intersection(&dilate_square(&gaps, (0.5 * least_px) as usize + 1), &alike);
    let share = gaussian_blur(&coverage(&rim), 0.8);
    let mut opened = matte.clone();
    about.paste(&about.cut(matte).zip_map(&share, |alpha, share| alpha * (1.0 - share)), &mut opened);
    opened
}

/// The pixels that have the colour of the background up to `radius` pixels away, where that is of one colour.
fn like_background(image: &SrgbPlane, matte: &Plane<f32>, radius: usize) -> Mask {
    /// In units of L*a*b*.
    const NEAR: f32 = 4.0;
    const EVEN: f32 = 4.0;
    const LEAST_SHARE: f32 = 1e-3;
    let lab = to_lab(image).map(|&[l, a, b]| Vec3::new(l / 2.55, a, b));
    let known = lab.zip_map(matte, |&colour, &alpha| {
        let share = if alpha < 0.02 { 1.0 } else { 0.0 };
        let [l, a, b] = (colour * share).to_array();
        [l, a, b, colour.length_squared() * share, share]
    });
    let sums = box_blur(&known, radius);
    lab.zip_map(&sums, |&colour, &[l, a, b, squares, share]| {
        if share < LEAST_SHARE {
            return false;
        }
        let mean = Vec3::new(l, a, b) / share;
        let spread = (squares / share - mean.length_squared()).max(0.0).sqrt();
        spread < EVEN && colour.distance(mean) < NEAR + spread
    })
}

#[cfg(test)]
mod tests {
    use frame::Size;

    use super::*;

    const SIZE: Size = Size::new(400, 400);

    /// A trunk and an arm before a wall, between them a gap 12 pixels wide that the matte holds for the subject, nearly.
    fn closed(gap: [f32; 3]) -> Plane<f32> {
        let wall = [200.0, 198.0, 195.0];
        let is_gap = |x: u32| (150..162).contains(&x);
        let image = Plane::from_fn(SIZE, |x, _| match x {
            x if is_gap(x) => gap,
            144..280 => [40.0, 60.0, 150.0],
            _ => wall,
        });
        let matte = Plane::from_fn(SIZE, |x, _| match x {
            x if is_gap(x) => 0.96,
            144..280 => 1.0,
            _ => 0.0,
        });
        let segmentation = Plane::from_fn(SIZE, |x, _| if is_gap(x) { 0.6 } else { 1.0 });
        open_gaps(&image, &matte, &segmentation)
    }

    #[test]
    fn a_gap_that_shows_the_wall_is_opened_and_one_that_shows_cloth_is_not() {
        let opened = closed([201.0, 199.0, 196.0]);
        assert!(opened.get(156, 200) < 0.01, "{}", opened.get(156, 200));
        assert!(opened.get(147, 200) > 0.99 && opened.get(170, 200) > 0.99);
        assert_eq!(closed([90.0, 60.0, 50.0]).get(156, 200), 0.96);
    }
}

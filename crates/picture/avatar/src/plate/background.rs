use frame::{Image, Plane, SrgbPlane};

use super::cast_shadow::CastShadow;
use super::ground_shadow::find_ground_shadow;
use super::relight::{in_light, relight};
use super::shadow_search::find_shadow;
use super::shift_map::shifted_fill;
use crate::filter::{
    Connectivity, Mask, area, complement, components, coverage, dilate_disc, gaussian_blur, laplace_fill,
    push_pull, resize_cubic, resize_linear, threshold, to_image, to_srgb_plane, union,
};

/// Width of the frame that a picture may have.
pub(super) const FRAME_PX: usize = 3;

/// The still without its subject and, where it could be told, without its shadow.
#[derive(Clone, Debug)]
pub struct BackgroundPlate {
    /// What is seen, sRGB-encoded 0 … 255, at the size of the still it was made from.
    colours: SrgbPlane,
    /// How much of each pixel was invented, 0 … 1; falls off over some two pixels outside of the hole.
    invented: Plane<f32>,
    /// The shadow that was removed.
    shadow: Option<CastShadow>,
    /// What the still's encoded values are multiplied by to lie in the light, where a shadow fell on what still shows through it.
    gain: Option<SrgbPlane>,
}

/// A shadow that was removed from what is smooth.
struct Relit {
    shadow: CastShadow,
    gain: SrgbPlane,
}

impl BackgroundPlate {
    /// Removes the subject of `matte` (0 … 1) from `image`, both of the analysis size (long side at most 960), and invents
    /// what it hid: a plain backdrop goes on as a membrane, any other as pieces of the surroundings, shifted to meet them
    /// at the rim. The shadow that it casts on a smooth background, or at its feet on any ground, is removed, and known as
    /// [`shadow`](Self::shadow); any other stays.
    ///
    /// Where the subject fills nearly everything there is nothing to take pieces from and the fill is smooth.
    pub fn new(image: &SrgbPlane, matte: &Plane<f32>) -> Self {
        const NEARLY_ALL: f32 = 0.85;
        let subject = hole_of(matte);
        let relit = Relit::from(image, matte, &subject);
        let ground = if relit.is_none() { find_ground_shadow(image, matte, &subject) } else { None };
        let lit = relit.as_ref().map(|relit| in_light(image, &relit.gain));
        let image = lit.as_ref().unwrap_or(image);
        let hole =
            ground.as_ref().map_or_else(|| subject.clone(), |ground| union(&subject, &ground.darkened));
        let share = area(&hole) as f32 / hole.size().area().max(1) as f32;
        let filled = if share > NEARLY_ALL {
            push_pull(image, &coverage(&complement(&hole)))
        } else {
            let known = complement(&hole);
            shifted_fill(&laplace_fill(image, &known), &hole, &known)
        };
        let invented = seam(&hole);
        let colours = blend(image, &filled, &invented);
        let shadow = relit.as_ref().map(|relit| relit.shadow).or(ground.map(|ground| ground.cast));
        Self { colours, invented, shadow, gain: relit.map(|relit| relit.gain) }
    }

    /// The shadow that was removed, to be cast anew, in pixels of the still it was made from.
    pub fn shadow(&self) -> Option<CastShadow> {
        self.shadow
    }

    /// The plate at the size of the still it was made from, sRGB-encoded 0 … 255.
    pub fn colours(&self) -> &SrgbPlane {
        &self.colours
    }

    /// The plate for the same still at another size: its own pixels where the subject and its shadow were not.
    pub fn at(&self, still: &Image) -> Image {
        let mut still = to_srgb_plane(still);
        if let Some(gain) = &self.gain {
            still = in_light(&still, &resize_linear(gain, still.size()));
        }
        let filled = resize_cubic(&self.colours, still.size());
        let invented = resize_linear(&self.invented, still.size());
        to_image(&blend(&still, &filled, &invented))
    }
}

impl Relit {
    fn from(image: &SrgbPlane, matte: &Plane<f32>, hole: &Mask) -> Option<Self> {
        let shadow = find_shadow(image, matte, hole)?;
        Some(Self { shadow, gain: relight(image, matte, hole, &shadow)? })
    }
}

/// What is to be invented: all that shows the subject, its soft edges and hair, islands too small to be worth keeping, and near all
/// that the picture's outermost rows and columns, which often are a frame's and would be carried on into what was hidden.
fn hole_of(matte: &Plane<f32>) -> Mask {
    /// The matte's share from which on a pixel shows the subject.
    const SHOWN: f32 = 0.04;
    /// Growth of the hole about that, as a share of the height.
    const GROWTH: f32 = 0.011;
    /// How near to the hole a frame counts, as a share of the height.
    const FRAME_NEAR: f32 = 0.1;
    let height = matte.height() as f32;
    let hole = without_islands(dilate_disc(&threshold(matte, SHOWN), GROWTH * height));
    let near = dilate_disc(&hole, FRAME_NEAR * height);
    let [right, bottom] = [hole.width(), hole.height()].map(|side| side - FRAME_PX.min(side));
    let is_frame = |x: usize, y: usize| x < FRAME_PX || y < FRAME_PX || x >= right || y >= bottom;
    Plane::from_fn(hole.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        hole.get(x, y) || near.get(x, y) && is_frame(x, y)
    })
}

/// A hole and the islands in it that are too small to be worth keeping.
fn without_islands(hole: Mask) -> Mask {
    /// Their side, as a share of the height.
    const ISLAND: f32 = 0.04;
    let rest = components(&complement(&hole), Connectivity::Four);
    let island = (ISLAND * hole.height() as f32).powi(2) as usize;
    union(&hole, &rest.select(|i| rest.regions[i].area < island))
}

/// 1 in the hole, falling to 0 outside over a few pixels.
fn seam(hole: &Mask) -> Plane<f32> {
    const SIGMA_PX: f32 = 2.0;
    let hard = coverage(hole);
    gaussian_blur(&hard, SIGMA_PX).zip_map(&hard, |&soft, &hard| soft.max(hard))
}

fn blend(outside: &SrgbPlane, inside: &SrgbPlane, share: &Plane<f32>) -> SrgbPlane {
    let mut blended = outside.clone();
    for (i, pixel) in blended.pixels_mut().iter_mut().enumerate() {
        let (inside, share) = (inside.pixels()[i], share.pixels()[i]);
        for c in 0..3 {
            pixel[c] = (pixel[c] + (inside[c] - pixel[c]) * share).clamp(0.0, 255.0);
        }
    }
    blended
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Channels, fill_disc};
    use crate::plate::test_scene;
    use frame::Size;
    use glam::Vec2;

    /// A smooth wall and a floor with tiles, and a dark figure before them.
    fn scene(size: Size) -> (SrgbPlane, SrgbPlane, Plane<f32>) {
        let empty = Plane::from_fn(size, |x, y| {
            let tile = f32::from(u8::from((x / 8 + y / 8) % 2 == 0)) * 50.0;
            let shade = 140.0 + 40.0 * x as f32 / size.width as f32;
            if y * 3 > size.height * 2 { [90.0 + tile; 3] } else { [shade, shade - 10.0, shade - 20.0] }
        });
        let mut figure = Plane::filled(size, false);
        for step in 0..20 {
            let y = size.height as f32 * (0.25 + 0.025 * step as f32);
            fill_disc(&mut figure, Vec2::new(size.width as f32 * 0.5, y), size.width as f32 * 0.1);
        }
        let seen = empty.zip_map(&figure, |&colour, &on| if on { [20.0, 20.0, 60.0] } else { colour });
        (empty, seen, coverage(&figure))
    }

    fn mean_error(a: &SrgbPlane, b: &SrgbPlane) -> f32 {
        let sum: f32 = a.pixels().iter().zip(b.pixels()).map(|(a, b)| (a[0] - b[0]).abs()).sum();
        sum / a.pixels().len() as f32
    }

    #[test]
    fn the_figure_goes_and_the_rest_stays() {
        let (empty, seen, matte) = scene(Size::new(240, 320));
        let plate = BackgroundPlate::new(&seen, &matte);
        assert!(mean_error(plate.colours(), &empty) < 1.5, "{}", mean_error(plate.colours(), &empty));
        assert_eq!(plate.colours().get(20, 20), seen.get(20, 20));
        assert_eq!(plate.colours().get(220, 300), seen.get(220, 300));
    }

    #[test]
    fn at_a_larger_size_the_still_keeps_its_own_pixels() {
        let (_, seen, matte) = scene(Size::new(120, 160));
        let plate = BackgroundPlate::new(&seen, &matte);
        let still =
            Plane::from_fn(Size::new(240, 320), |x, y| frame::Srgb8::new((x % 2 * 255) as u8, y as u8, 7));
        let large = plate.at(&still);
        assert_eq!(large.get(11, 300), still.get(11, 300));
        assert!(large.get(120, 160).r > 100, "the middle is the wall's, not the still's");
    }

    #[test]
    fn a_frame_about_the_still_is_not_carried_on_where_the_head_touched_it() {
        let size = Size::new(240, 240);
        let mut head = Plane::filled(size, false);
        fill_disc(&mut head, Vec2::new(120.0, 60.0), 70.0);
        let wall = Plane::from_fn(size, |_, y| if y < 2 { [250.0; 3] } else { [150.0, 140.0, 130.0] });
        let image = wall.zip_map(&head, |&wall, &on| if on { [40.0, 30.0, 20.0] } else { wall });
        let plate = BackgroundPlate::new(&image, &coverage(&head));
        for y in [1, 5, 20] {
            let light = plate.colours().get(120, y)[0];
            assert!((light - 150.0).abs() < 8.0, "{light} in row {y}");
        }
        assert_eq!(plate.colours().get(5, 0), wall.get(5, 0), "elsewhere the still is as it is");
    }

    #[test]
    fn a_shadow_on_the_wall_goes_and_is_known() {
        let size = Size::new(240, 320);
        let wall = Plane::from_fn(size, |x, y| {
            let light = 170.0 + 0.1 * x as f32 + (x * 7 % 3) as f32 + (y * 5 % 3) as f32;
            [light, light - 10.0, light + 9.0]
        });
        let (_, _, matte) = scene(size);
        let cast = CastShadow {
            background_from_subject: glam::Affine2::from_translation(Vec2::new(22.0, 14.0)),
            sigma_px: 7.0,
            depth: [0.6, 0.7, 0.6],
        };
        let light = cast.cast(&matte).map(|share| cast.light(*share));
        let shaded = wall.zip_map(&light, |colour, light| colour.zip(*light, |v, light| v * light));
        let image = shaded.zip_map(&matte, |&wall, &on| if on > 0.0 { [20.0, 20.0, 60.0] } else { wall });
        assert!(shaded.get(152, 200)[0] < 110.0, "it was dark");

        let plate = BackgroundPlate::new(&image, &matte);
        let shadow = plate.shadow().expect("it is plain to see");
        assert!(shadow.background_from_subject.translation.distance(Vec2::new(22.0, 14.0)) < 3.0);
        let darkest =
            plate.colours().pixels().iter().zip(wall.pixels()).map(|(plate, wall)| wall[0] - plate[0]);
        let darkest = darkest.fold(0.0, f32::max);
        assert!(darkest < 10.0, "within a few levels everywhere, of which the grain is four: {darkest}");
        assert!(mean_error(plate.colours(), &wall) < 1.5, "{}", mean_error(plate.colours(), &wall));
        // The wall's own grain is kept, also at another size.
        let large = plate.at(&to_image(&resize_cubic(&image, Size::new(480, 640))));
        assert!((f32::from(large.get(304, 400).r) - wall.get(152, 200)[0]).abs() < 6.0);
    }

    #[test]
    fn ground_that_is_dark_by_itself_stays_so_where_a_walls_shadow_goes() {
        let figure = test_scene::figure();
        let scene = |x: u32, y: u32| {
            let grain = (x * 7 % 3) as f32 + (y * 5 % 3) as f32;
            let dark = ((y as f32 - 345.0) / 50.0).clamp(0.0, 1.0);
            [190.0, 178.0, 185.0].map(|v| v * (1.0 - 0.7 * dark) + grain)
        };
        let cast = CastShadow {
            background_from_subject: glam::Affine2::from_translation(Vec2::new(-60.0, 10.0)),
            sigma_px: 12.0,
            depth: [0.4, 0.45, 0.5],
        };
        let plate = BackgroundPlate::new(&test_scene::seen(scene, Some(cast)), &coverage(&figure));
        assert!(plate.shadow().is_some());
        for at in [(70, 200), (90, 300), (80, 372), (60, 390), (230, 390)] {
            let (was, is) = (scene(at.0, at.1)[0], plate.colours().get(at.0 as usize, at.1 as usize)[0]);
            assert!((is / was - 1.0).abs() < 0.12, "{is} of {was} at {at:?}");
        }
    }

    #[test]
    fn a_still_without_a_subject_or_without_a_background_is_no_trouble() {
        let (_, seen, matte) = scene(Size::new(60, 80));
        let none = BackgroundPlate::new(&seen, &matte.map(|_| 0.0));
        assert_eq!(none.colours(), &seen);
        let all = BackgroundPlate::new(&seen, &matte.map(|_| 1.0));
        assert!(all.colours().pixels().iter().flatten().all(|v| v.is_finite()));
        for size in [Size::new(1, 1), Size::new(5, 3), Size::new(9, 40)] {
            let (_, seen, matte) = scene(size);
            assert_eq!(BackgroundPlate::new(&seen, &matte).colours().size(), size);
        }
    }
}

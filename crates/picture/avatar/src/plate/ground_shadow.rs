use frame::{Plane, SrgbPlane};

use super::cast_shadow::{CastShadow, LEAST_DEPTH, is_a_shadows};
use super::light::missing_light;
use super::stand::{Stand, laid_on_ground};
use crate::filter::{
    Connectivity, Mask, area, components, coverage, dilate_disc, dilate_square, resize_area, resize_linear,
    threshold,
};

/// It is sought at this long side.
const LONG_SIDE_PX: u32 = 160;

/// A shadow on ground that may have any pattern: what is darkened, and how it can be cast anew.
pub(super) struct GroundShadow {
    /// What lies in it, all of it outside of the subject.
    pub(super) darkened: Mask,
    /// In the image's pixels.
    pub(super) cast: CastShadow,
}

/// What is dark at the feet of the subject of `matte`, and ends within its reach. As it is to be filled from the ground about it, a mistake
/// costs no more than a dark patch of the ground.
pub(super) fn find_ground_shadow(image: &SrgbPlane, matte: &Plane<f32>, hole: &Mask) -> Option<GroundShadow> {
    let size = image.size().fitted(LONG_SIDE_PX);
    let scale = image.width() as f32 / size.width as f32;
    let subject = resize_area(matte, size);
    let hole_here = threshold(&resize_area(&coverage(hole), size), 0.0);
    let stand = Stand::of(&subject)?;
    let near = Plane::from_fn(size, |x, y| !hole_here.get(x as usize, y as usize) && stand.is_near(x, y));
    let logs = resize_area(image, size).map(|colour| colour.map(|v| v.max(4.0).ln()));
    let missing = [0, 1, 2].map(|c| missing_light(&logs.map(|log| log[c]), &near));
    let [red, green, blue] = &missing;
    let mean = red.zip_map(green, |red, green| red + green).zip_map(blue, |sum, blue| (sum + blue) / 3.0);
    let level = FAINT * dividing_level(&mean, &near);
    let dark = mean.zip_map(&near, |&missing, &near| near && missing > level.max(LEAST_DEPTH));
    let at_feet = Plane::from_fn(size, |x, y| {
        hole_here.get(x as usize, y as usize) && y as f32 > stand.ground - 0.08 * stand.height
    });
    let touching = dilate_square(&at_feet, 2);
    let parts = components(&dark, Connectivity::Eight);
    let mut touched = vec![false; parts.regions.len() + 1];
    for (&label, _) in parts.labels.pixels().iter().zip(touching.pixels()).filter(|(_, on)| **on) {
        touched[label as usize] = true;
    }
    let shade = parts.select(|i| touched[i + 1]);
    let (shade_px, near_px) = (area(&shade), area(&near));
    let is_small = (shade_px as f32) < LEAST_AREA * stand.height * stand.height;
    let is_ground = shade_px as f32 > MOST_SHARE * near_px as f32;
    if is_small || is_ground || stand.share_at_rim(&shade) > MOST_AT_RIM {
        return None;
    }
    let depth = [0, 1, 2].map(|c| {
        umbra(missing[c].pixels().iter().zip(shade.pixels()).filter(|(_, on)| **on).map(|(v, _)| *v))
    });
    if !is_a_shadows(depth) {
        return None;
    }
    let cast = stand.cast_like(&subject, &shade, &near, depth).scaled(scale);
    let darkened = threshold(&resize_linear(&coverage(&shade), image.size()), 0.3);
    let darkened = dilate_disc(&darkened, PENUMBRA * image.height() as f32);
    Some(GroundShadow { darkened, cast })
}

/// Its faint parts are darkened by this share of what parts it best from the light.
const FAINT: f32 = 0.75;
/// A shadow has at least this area, in squared heights of the subject, and at most this share of the ground looked at; else it is
/// the ground that is dark.
const LEAST_AREA: f32 = 0.0035;
const MOST_SHARE: f32 = 0.4;
/// At most this share of the rim of what is looked at is dark as well.
const MOST_AT_RIM: f32 = 0.12;
/// How far the soft edge of a shadow goes on, in heights of the picture.
const PENUMBRA: f32 = 0.016;

impl Stand {
    /// How far a pixel is from the feet, 1 at the edge of what is looked at.
    fn remoteness(&self, x: u32, y: u32) -> f32 {
        let across = (x as f32 - self.middle).abs() / (0.55 * self.height);
        let down = (y as f32 - self.ground) / self.height;
        across.max(if down > 0.0 { down / 0.1 } else { -down / 0.16 })
    }

    fn is_near(&self, x: u32, y: u32) -> bool {
        self.remoteness(x, y) < 1.0
    }

    fn share_at_rim(&self, shade: &Mask) -> f32 {
        let (mut all, mut dark) = (0, 0);
        for y in 0..shade.height() as u32 {
            for x in (0..shade.width() as u32).filter(|&x| (0.92..1.0).contains(&self.remoteness(x, y))) {
                all += 1;
                dark += usize::from(shade.get(x as usize, y as usize));
            }
        }
        dark as f32 / all.max(1) as f32
    }

    /// The shadow of the silhouette, sheared about the line where it stands, that covers most of what is dark and little else; a flat one
    /// about the feet where none does.
    fn cast_like(&self, subject: &Plane<f32>, shade: &Mask, near: &Mask, depth: [f32; 3]) -> CastShadow {
        const LEAST_LIKENESS: f32 = 0.33;
        /// A flat one is no deeper than this.
        const FLAT_DEPTH: f32 = 0.6;
        let shadow = |lean: f32, rise: f32, sigma_px: f32| {
            let background_from_subject = laid_on_ground(lean, rise, self.ground + 1.0);
            CastShadow { background_from_subject, sigma_px, depth }
        };
        let likeness = |shadow: &CastShadow| {
            let cast = shadow.cast(subject);
            let (mut both, mut either) = (0.0, 1e-6);
            for ((&cast, &shade), _) in
                cast.pixels().iter().zip(shade.pixels()).zip(near.pixels()).filter(|(_, near)| **near)
            {
                let shade = f32::from(u8::from(shade));
                both += cast.min(shade);
                either += cast.max(shade);
            }
            both / either
        };
        let leans = (-10..=10).map(|step| 0.2 * step as f32);
        let rises = (-4..=4).map(|step| 0.05 * step as f32 + 0.02);
        let all = leans.flat_map(|lean| rises.clone().map(move |rise| (lean, rise)));
        let best = all
            .flat_map(|(lean, rise)| [0.8, 2.0].map(|sigma_px| shadow(lean, rise, sigma_px)))
            .map(|shadow| (likeness(&shadow), shadow))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let flat = CastShadow {
            depth: depth.map(|depth| depth.min(FLAT_DEPTH)),
            ..shadow(0.0, 0.05, 0.012 * self.height)
        };
        best.filter(|(likeness, _)| *likeness > LEAST_LIKENESS).map_or(flat, |(_, shadow)| shadow)
    }
}

/// The level that parts what is near in two classes best (Otsu 1979).
fn dividing_level(missing: &Plane<f32>, near: &Mask) -> f32 {
    let mut values: Vec<f32> =
        missing.pixels().iter().zip(near.pixels()).filter(|(_, near)| **near).map(|(v, _)| *v).collect();
    values.sort_unstable_by(f32::total_cmp);
    let (count, total) = (values.len() as f32, values.iter().sum::<f32>());
    let mut below = 0.0;
    let mut best = (0.0, 0.0);
    for (i, value) in values.iter().enumerate().take(values.len().saturating_sub(1)) {
        below += value;
        let share = (i + 1) as f32 / count;
        let [low, high] = [below / (i + 1) as f32, (total - below) / (count - (i + 1) as f32)];
        let between = share * (1.0 - share) * (high - low).powi(2);
        if between > best.0 {
            best = (between, *value);
        }
    }
    best.1
}

/// What seven tenths lie below: in the umbra rather than in the penumbra.
fn umbra(values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    if values.is_empty() {
        return 0.0;
    }
    let at = values.len() * 7 / 10;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plate::test_scene::{SIZE, figure, seen};
    use glam::Vec2;

    /// Tiles, of two shades and with dark joints.
    fn tiles(x: u32, y: u32) -> [f32; 3] {
        let shade = if (x / 40 + y / 25).is_multiple_of(2) { 170.0 } else { 155.0 };
        if x.is_multiple_of(40) || y.is_multiple_of(25) {
            [120.0; 3]
        } else {
            [shade, shade - 8.0, shade - 14.0]
        }
    }

    fn found(ground: impl Fn(u32, u32) -> [f32; 3], shadow: Option<CastShadow>) -> Option<GroundShadow> {
        let figure = figure();
        find_ground_shadow(&seen(ground, shadow), &coverage(&figure), &dilate_square(&figure, 4))
    }

    #[test]
    fn a_shadow_on_tiles_is_found_and_known() {
        let cast = CastShadow {
            background_from_subject: laid_on_ground(0.6, 0.12, 360.0),
            sigma_px: 3.0,
            depth: [0.5, 0.45, 0.4],
        };
        let shadow = found(tiles, Some(cast)).expect("there is a shadow");
        let share = cast.cast(&coverage(&figure()));
        let outside = |x: usize, y: usize| !dilate_square(&figure(), 4).get(x, y);
        let dark: Vec<(usize, usize)> = (0..SIZE.area())
            .map(|i| (i % 300, i / 300))
            .filter(|&(x, y)| share.get(x, y) > 0.9 && y > 310 && outside(x, y))
            .collect();
        let covered = dark.iter().filter(|(x, y)| shadow.darkened.get(*x, *y)).count();
        assert!(covered as f32 > 0.9 * dark.len() as f32, "{covered} of {}", dark.len());
        let (shade, taken) = (area(&threshold(&share, 0.1)), area(&shadow.darkened));
        assert!(2 * taken < 3 * shade, "{taken} of {shade}, the part that the figure hides with it");
        let knee = Vec2::new(150.0, 280.0);
        let [there, here] =
            [shadow.cast, cast].map(|cast| cast.background_from_subject.transform_point2(knee));
        assert!(there.distance(here) < 20.0, "{there} {here}");
        assert!((shadow.cast.depth[0] - 0.5).abs() < 0.15, "{:?}", shadow.cast.depth);
    }

    #[test]
    fn where_there_is_none_none_is_found() {
        assert!(found(tiles, None).is_none());
        let checked =
            |x: u32, y: u32| if (x / 60 + y / 60).is_multiple_of(2) { [60.0; 3] } else { [180.0; 3] };
        assert!(found(checked, None).is_none());
        let dark = |x: u32, y: u32| if y > 300 { [40.0 + (x % 3) as f32; 3] } else { [200.0; 3] };
        assert!(found(dark, None).is_none());
        let red = |x: u32, y: u32| if x > 180 && y > 330 { [170.0, 30.0, 30.0] } else { [190.0; 3] };
        assert!(found(red, None).is_none());
    }
}

use frame::{Plane, SrgbPlane};

use super::cast_shadow::CastShadow;
use super::stand::Stand;
use crate::filter::{
    Channels, Mask, area, complement, dilate_disc, gaussian_blur, laplace_fill, resize_area, resize_linear,
    threshold, union,
};
use crate::motion::percentile;
use crate::smoothstep;

/// The shadow is sought and spread at this long side.
const LONG_SIDE_PX: u32 = 160;
/// What is darkened by more than this lies in the shadow, and as much as this share of the height about it, for what the model misses.
const DARKENED: f32 = 0.015;
const ABOUT: f32 = 0.02;
/// Lit and shaded are compared in means of this standard deviation, pixels: what is finer is the background's own grain.
const GRAIN_PX: f32 = 1.0;

/// What the encoded values of each pixel outside of the `hole` must be multiplied by to lie in the light: 1 out of the shadow,
/// and within it what makes it go on as smoothly as its surroundings. `None` where little but shadow would be left to go by.
pub(super) fn relight(
    image: &SrgbPlane,
    matte: &Plane<f32>,
    hole: &Mask,
    shadow: &CastShadow,
) -> Option<SrgbPlane> {
    const LEAST_LIT: f32 = 0.15;
    let size = image.size().fitted(LONG_SIDE_PX);
    let cast = shadow.scaled(size.width as f32 / image.width() as f32).cast(&resize_area(matte, size));
    let deepest = shadow.depth.into_iter().fold(0.0, f32::max);
    let darkened = threshold(&resize_linear(&cast.map(|share| share * deepest), image.size()), DARKENED);
    let shaded = dilate_disc(&darkened, ABOUT * image.height() as f32);
    let lit = complement(&union(&shaded, hole));
    if (area(&lit) as f32) < LEAST_LIT * image.size().area() as f32 {
        return None;
    }
    let logs = levelled(&image.map(|colour| colour.map(|v| v.max(1.0).ln())), &lit, matte);
    let smooth = laplace_fill(&logs, &lit);
    let missing = smooth.zip_map(&logs, |smooth, seen| smooth.minus(*seen));
    let missing = missing.zip_map(&lit, |missing, &lit| if lit { [0.0; 3] } else { *missing });
    let missing = gaussian_blur(&laplace_fill(&missing, &complement(hole)), GRAIN_PX);
    Some(missing.map(|missing| missing.map(f32::exp)))
}

/// Logarithms of colours, those of the ground before a wall by row as light as the wall is, by what is `lit` of both: neither is to go
/// over into the other.
fn levelled(logs: &SrgbPlane, lit: &Mask, matte: &Plane<f32>) -> SrgbPlane {
    /// The wall goes over into the ground within so many heights of the subject.
    const OVER: f32 = 0.08;
    let mut levelled = logs.clone();
    let Some(stand) = Stand::of(matte) else { return levelled };
    let (from, over) = (stand.wall_ends(), (OVER * stand.height).max(1.0));
    let wall = Plane::from_fn(lit.size(), |x, y| lit.get(x as usize, y as usize) && (y as f32) < from);
    let wall = laplace_fill(logs, &wall);
    let mut off = [0.0; 3];
    for y in (from - over).max(0.0) as usize..logs.height() {
        let columns = || (0..logs.width()).filter(|&x| lit.get(x, y));
        if columns().next().is_some() {
            off =
                [0, 1, 2].map(|c| percentile(columns().map(|x| wall.get(x, y)[c] - logs.get(x, y)[c]), 0.5));
        }
        let on_ground = smoothstep((y as f32 - from) / over + 1.0);
        levelled.row_mut(y).iter_mut().for_each(|logs| *logs = logs.plus(off.times(on_ground)));
    }
    levelled
}

/// Brings colours, 0 … 255, into the light.
pub(super) fn in_light(colours: &SrgbPlane, gain: &SrgbPlane) -> SrgbPlane {
    colours.zip_map(gain, |colour, gain| colour.zip(*gain, |v, gain| (v * gain).min(255.0)))
}

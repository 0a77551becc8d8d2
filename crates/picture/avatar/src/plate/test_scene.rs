//! What shadows are sought in.

use frame::{Plane, Size, SrgbPlane};
use glam::Vec2;

use super::cast_shadow::CastShadow;
use crate::filter::{Channels, Mask, coverage, fill_disc};

pub(super) const SIZE: Size = Size::new(300, 400);

/// A figure that stands, one arm on its hip.
pub(super) fn figure() -> Mask {
    let mut figure = Plane::filled(SIZE, false);
    for step in 0..60 {
        let y = 90.0 + 4.0 * step as f32;
        fill_disc(&mut figure, Vec2::new(150.0, y), if step < 8 { 26.0 } else { 34.0 });
        let bow = (step as f32 * 0.1).sin().abs();
        if (10..40).contains(&step) {
            fill_disc(&mut figure, Vec2::new(185.0 + 50.0 * bow, y), 9.0);
        }
    }
    figure
}

/// The figure before a background on which it casts a shadow.
pub(super) fn seen(background: impl Fn(u32, u32) -> [f32; 3], shadow: Option<CastShadow>) -> SrgbPlane {
    let (figure, lit) = (figure(), Plane::from_fn(SIZE, background));
    let shaded = shadow.map_or(lit.clone(), |shadow| {
        let light = shadow.cast(&coverage(&figure)).map(|share| shadow.light(*share));
        lit.zip_map(&light, |colour, light| colour.zip(*light, |v, light| v * light))
    });
    shaded.zip_map(&figure, |&colour, &on| if on { [30.0, 60.0, 90.0] } else { colour })
}

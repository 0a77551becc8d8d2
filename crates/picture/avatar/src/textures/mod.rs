//! What the sheets of a character show, at full size.

mod ink;

use frame::{Image, Plane, PremulSrgba8, Srgb8, SrgbPlane};
use glam::{Vec2, Vec3};

use crate::filter::{
    PixelRect, area, bounds, difference, erode_disc, from_rows, nearest_in, places, resize_linear_within,
    threshold,
};
use crate::layers::{Sheet, SheetKind};
use crate::render::{Ink, Texture};
use crate::smoothstep;

/// The width of the rim whose colours belong to the outline, in shoulder widths: an ink line, light from behind, a trace of what was
/// behind. Seen from the side it lies in the middle, and would be drawn out.
const RIM: f32 = 0.06;

/// How level, as the cosine of its slope, an outline is of which the rim stays, seen from the side: at the crown it is one still.
const LEVEL: [f32; 2] = [0.75, 0.9];

/// The rim of a sheet's own texture.
pub(crate) struct Rim<'a> {
    width_px: f32,
    /// What is behind the character.
    plate: &'a Image,
}

/// A sheet's texture at full size: the still's own colours except where they were invented. Seen from the side the trunk's has no rim:
/// what is within goes on to its edge, and over it lies what the sheet shows only from there.
pub(crate) fn texture_of(
    sheet: &Sheet,
    matte: &Plane<f32>,
    foreground: &SrgbPlane,
    rim: &Rim<'_>,
) -> Texture {
    let (small, size) = (sheet.coverage.size(), matte.size());
    let shown = sheet.coverage.zip_map(&sheet.invented_alpha, |&own, &invented| own > 0.0 || invented > 0.0);
    let Some(shown) = bounds(&shown) else { return Texture::clear() };
    // Between pixel centres: one more on every side.
    let shown = shown.grown(1, small);
    let scaled = |at: usize, from: u32, to: u32| at * to as usize / from as usize;
    let place =
        |x: usize, y: usize| [scaled(x, small.width, size.width), scaled(y, small.height, size.height)];
    let part =
        PixelRect::spanning(place(shown.x, shown.y), place(shown.right(), shown.bottom()).map(|end| end - 1));
    let coverage = resize_linear_within(&sheet.coverage, size, part);
    let invented_alpha = resize_linear_within(&sheet.invented_alpha, size, part);
    let invented = resize_linear_within(&sheet.invented, size, part);
    let fill = resize_linear_within(&sheet.fill, size, part);
    let alpha = from_rows(part.size, 0.0, |y, row| {
        for (x, alpha) in row.iter_mut().enumerate() {
            let own = coverage.get(x, y) * matte.get(part.x + x, part.y + y);
            *alpha = own.max(invented_alpha.get(x, y)).clamp(0.0, 1.0);
        }
    });
    let colour = |x: usize, y: usize| {
        let own = foreground.get(part.x + x, part.y + y);
        let (fill, share) = (fill.get(x, y), invented.get(x, y));
        [0, 1, 2].map(|i| (own[i] + (fill[i] - own[i]) * share).clamp(0.0, 255.0))
    };
    let corner = [part.x, part.y];
    let texture = Texture::new(&premultiplied(&alpha, colour));
    if matches!(sheet.kind, SheetKind::Limb(_) | SheetKind::Shoulder(_)) {
        return texture.moved_to(corner);
    }
    let Some(inner) = rim.inner(&alpha, corner, colour) else { return texture.moved_to(corner) };
    let overlay = sheet.from_side.as_ref();
    let overlay = overlay.map(|over| {
        let (colour, share) = (&over.colour, &over.share);
        (resize_linear_within(colour, size, part), resize_linear_within(share, size, part))
    });
    let from_side = premultiplied(&alpha, |x, y| {
        let (own, within) = (colour(x, y), inner.get(x, y));
        let [inner_x, inner_y] = within.map(|i| i as usize);
        let inwards = Vec2::new(inner_x as f32 - x as f32, inner_y as f32 - y as f32).normalize_or_zero();
        let level = smoothstep((inwards.y.abs() - LEVEL[0]) / (LEVEL[1] - LEVEL[0]));
        let within = colour(inner_x, inner_y);
        let below = [0, 1, 2].map(|i| within[i] + (own[i] - within[i]) * level);
        overlay.as_ref().map_or(below, |(over, share)| {
            let (over, share) = (over.get(x, y), share.get(x, y));
            [0, 1, 2].map(|i| below[i] + (over[i] - below[i]) * share)
        })
    });
    texture.with_side(&from_side).moved_to(corner)
}

fn premultiplied(
    alpha: &Plane<f32>,
    colour: impl Fn(usize, usize) -> [f32; 3] + Send + Sync,
) -> Plane<PremulSrgba8> {
    from_rows(alpha.size(), PremulSrgba8::default(), |y, row| {
        for (x, (pixel, &alpha)) in
            row.iter_mut().zip(alpha.row(y)).enumerate().filter(|(_, (_, alpha))| **alpha > 0.0)
        {
            let [r, g, b] = colour(x, y).map(|channel| (channel * alpha).round() as u8);
            *pixel = PremulSrgba8 { r, g, b, a: (alpha * 255.0).round() as u8 };
        }
    })
}

impl<'a> Rim<'a> {
    /// That of a character of this shoulder width, in pixels of the plate.
    pub(crate) fn new(shoulder_width: f32, plate: &'a Image) -> Self {
        Self { width_px: RIM * shoulder_width, plate }
    }

    /// The line that the whole character is outlined with, if any.
    pub(crate) fn ink(&self, matte: &Plane<f32>, foreground: &SrgbPlane) -> Option<Ink> {
        ink::of_outline(matte, foreground, self.width_px)
    }

    /// Of every pixel of a part of the picture, whose corner is given, the nearest within the rim. `None` where a figure is drawn with an outline alone, its paper showing through: what
    /// is within could not be told from what is behind.
    fn inner(
        &self,
        alpha: &Plane<f32>,
        [left, top]: [usize; 2],
        colour: impl Fn(usize, usize) -> [f32; 3],
    ) -> Option<Plane<[u32; 2]>> {
        const LIKE_BEHIND: f32 = 30.0;
        let solid = threshold(alpha, 0.5);
        let within = erode_disc(&solid, self.width_px);
        let inner = nearest_in(&within)?;
        let rim = difference(&solid, &within);
        let stands_out = |&(x, y): &(usize, usize)| {
            let [inner_x, inner_y] = inner.get(x, y);
            let Srgb8 { r, g, b } = self.plate.get(left + x, top + y);
            Vec3::from_array(colour(inner_x as usize, inner_y as usize)).distance(Vec3::new(
                r.into(),
                g.into(),
                b.into(),
            )) > LIKE_BEHIND
        };
        (2 * places(&rim).filter(stands_out).count() > area(&rim)).then_some(inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;

    #[test]
    fn what_is_within_goes_on_to_the_edge_unless_the_outline_is_all_there_is() {
        let size = Size::new(60, 60);
        let inside = |x: usize, y: usize| (x as f32 - 30.0).hypot(y as f32 - 30.0);
        let alpha = Plane::from_fn(size, |x, y| f32::from(inside(x as usize, y as usize) < 20.0));
        let paper = Image::filled(size, Srgb8::new(240, 240, 240));
        let rim = Rim::new(50.0, &paper);
        let drawn_in = |filling: [f32; 3]| {
            rim.inner(&alpha, [0, 0], |x, y| if inside(x, y) < 18.5 { filling } else { [0.0; 3] })
        };
        let [x, y] = drawn_in([60.0, 90.0, 200.0]).expect("stands out").get(30, 11).map(|i| i as usize);
        assert!(inside(x, y) < 18.0, "{x} {y}");
        assert!(drawn_in([235.0, 240.0, 240.0]).is_none());
        assert!(Rim::new(5000.0, &paper).inner(&alpha, [0, 0], |_, _| [0.0; 3]).is_none());
    }
}

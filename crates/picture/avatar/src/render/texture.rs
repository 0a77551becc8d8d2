use frame::{Plane, PremulSrgba8};
use glam::Vec2;

use super::canvas::{HALF, LANES, gather, mix, packed, spread};

/// A sheet's premultiplied colours, cropped to what is not clear.
#[derive(Clone, Debug)]
pub struct Texture {
    /// Columns and rows, with a clear ring of one texel.
    width: usize,
    height: usize,
    /// Where the ring's top-left corner lies in the pixels that texture coordinates are given in.
    origin: Vec2,
    /// Cells are drawn in the order of their depth, all over the texture: the smaller it is, the less waits for memory.
    texels: Vec<u32>,
    /// What it shows seen from the side, where that is something else.
    from_side: Option<Vec<u32>>,
}

impl Texture {
    /// The texture of a whole plane whose pixels are those of the texture coordinates.
    pub fn new(plane: &Plane<PremulSrgba8>) -> Self {
        let solid = |p: &PremulSrgba8| p.a > 0;
        let rows: Vec<usize> = (0..plane.height()).filter(|&y| plane.row(y).iter().any(solid)).collect();
        let (Some(&top), Some(&bottom)) = (rows.first(), rows.last()) else {
            return Self::clear();
        };
        let used = || rows.iter().map(|&y| plane.row(y));
        let left = used().filter_map(|row| row.iter().position(solid)).min().unwrap_or(0);
        let right = used().filter_map(|row| row.iter().rposition(solid)).max().unwrap_or(0);
        let (width, height) = (right - left + 3, bottom - top + 3);
        let origin = Vec2::new(left as f32 - 1.0, top as f32 - 1.0);
        let mut texture = Self { width, height, origin, texels: Vec::new(), from_side: None };
        texture.texels = texture.taken_from(plane);
        texture
    }

    /// The same texture with `plane` for what it shows seen from the side; its alpha is the same.
    pub fn with_side(mut self, plane: &Plane<PremulSrgba8>) -> Self {
        self.from_side = Some(self.taken_from(plane));
        self
    }

    /// The same texture, its plane's first pixel at `corner` of the texture coordinates.
    #[must_use]
    pub(crate) fn moved_to(mut self, corner: [usize; 2]) -> Self {
        self.origin += Vec2::from(corner.map(|first| first as f32));
        self
    }

    /// Whether it shows something else seen from the side.
    pub(crate) fn has_side(&self) -> bool {
        self.from_side.is_some()
    }

    fn taken_from(&self, plane: &Plane<PremulSrgba8>) -> Vec<u32> {
        let mut texels = vec![0; self.width * self.height];
        let [left, top] = [self.origin.x + 1.0, self.origin.y + 1.0].map(|first| first as usize);
        for (y, row) in texels.chunks_exact_mut(self.width).enumerate().skip(1).take(self.height - 2) {
            for (texel, pixel) in row[1..].iter_mut().zip(&plane.row(top + y - 1)[left..][..self.width - 2]) {
                *texel = packed(*pixel);
            }
        }
        texels
    }

    /// A texture that shows nothing.
    pub fn clear() -> Self {
        Self { width: 2, height: 2, origin: Vec2::ZERO, texels: vec![0; 4], from_side: None }
    }

    /// Texture coordinates about the centre of the ring's first texel.
    pub(super) fn local(&self, texel: Vec2) -> Vec2 {
        texel - self.origin - 0.5
    }

    /// The greatest local coordinates, in 1/65536 texels, whose four neighbours exist.
    pub(super) fn limit(&self) -> [i32; 2] {
        let last = |side: usize| (((side - 1) as i32) << 16) - 1;
        [last(self.width), last(self.height)]
    }

    /// The colour at local coordinates in 1/65536 texels, 0 … [`Self::limit`]: bilinear, rounded to nearest.
    #[inline(always)]
    pub(super) fn sample(&self, u: i32, v: i32) -> u32 {
        self.bilinear(&self.texels, u, v)
    }

    /// The same of the texture seen from the side by `share` / 256.
    pub(super) fn sample_sideways(&self, u: i32, v: i32, share: u32) -> u32 {
        let front = self.sample(u, v);
        self.from_side.as_ref().map_or(front, |side| mix(self.bilinear(side, u, v), front, share))
    }

    #[inline(always)]
    fn bilinear(&self, texels: &[u32], u: i32, v: i32) -> u32 {
        let first = (v >> 16) as usize * self.width + (u >> 16) as usize;
        let near = &texels[first..][..self.width + 2];
        let corners = [near[0], near[1], near[self.width], near[self.width + 1]];
        if corners == [0; 4] {
            return 0;
        }
        let (fu, fv) = ((u >> 8) as u32 & 255, (v >> 8) as u32 & 255);
        // Weights in 1/256 that sum to 256, so that the lanes do not overflow.
        let both = (fu * fv + 128) >> 8;
        let weights = [256 + both - fu - fv, fu - both, fv - both, both];
        let weighted = corners.into_iter().zip(weights);
        let sum: u64 = weighted.map(|(corner, weight)| spread(corner) * u64::from(weight)).sum();
        gather(((sum + HALF) >> 8) & LANES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;

    #[test]
    fn texel_centres_come_back_exactly_and_the_ring_is_clear() {
        let mut plane = Plane::filled(Size::new(9, 8), PremulSrgba8::default());
        for (x, y, r) in [(3, 2, 200), (6, 5, 90)] {
            plane.set(x, y, PremulSrgba8 { r, g: 10, b: 255, a: 255 });
        }
        let texture = Texture::new(&plane);
        assert_eq!((texture.width, texture.height), (6, 6));
        let at = |x: f32, y: f32| {
            let local = texture.local(Vec2::new(x, y)) * 65536.0;
            texture.sample(local.x as i32, local.y as i32)
        };
        assert_eq!(at(3.5, 2.5), packed(plane.get(3, 2)));
        assert_eq!(at(6.5, 5.5), packed(plane.get(6, 5)));
        assert_eq!(at(2.5, 2.5), 0);
        assert_eq!(at(3.0, 2.5) >> 24, 128);
        let [u, v] = texture.limit();
        assert_eq!(texture.sample(u, v) >> 24, 0);
    }

    #[test]
    fn seen_from_the_side_it_goes_over_into_what_is_there() {
        let plane = |r: u8| Plane::filled(Size::new(4, 4), PremulSrgba8 { r, g: 0, b: 0, a: 255 });
        let texture = Texture::new(&plane(40)).with_side(&plane(200));
        let middle = texture.local(Vec2::splat(2.5)) * 65536.0;
        let red = |share| texture.sample_sideways(middle.x as i32, middle.y as i32, share) & 255;
        assert_eq!([0, 128, 256].map(red), [40, 120, 200]);
        assert!(texture.has_side() && !Texture::new(&plane(40)).has_side());
        let clear = Texture::new(&plane(0).map(|_| PremulSrgba8::default()));
        assert_eq!(clear.with_side(&plane(9)).sample_sideways(0, 0, 256), 0);
    }

    #[test]
    fn a_clear_plane_is_a_texture_too() {
        let texture = Texture::new(&Plane::filled(Size::new(3, 3), PremulSrgba8::default()));
        assert_eq!(texture.sample(0, 0), 0);
    }
}

use frame::{Image, Plane, Srgb8, SrgbPlane};

use super::from_rows;

/// The picture's colours as floats, 0 … 255.
pub fn to_srgb_plane(image: &Image) -> SrgbPlane {
    image.map(|p| [p.r, p.g, p.b].map(f32::from))
}

/// Colours rounded to 8 bits, what lies outside of 0 … 255 clipped.
pub fn to_image(plane: &SrgbPlane) -> Image {
    plane.map(|p| {
        let [r, g, b] = p.map(|v| v.round() as u8);
        Srgb8::new(r, g, b)
    })
}

/// Brightness 0 … 255: 0.299 R + 0.587 G + 0.114 B of the encoded values (Rec. 601).
pub fn luma(image: &SrgbPlane) -> Plane<f32> {
    image.map(|[r, g, b]| 0.299 * r + 0.587 * g + 0.114 * b)
}

/// CIE L*a*b* under D65, in the 8-bit scaling of OpenCV without its rounding: `[L · 255/100, a + 128, b + 128]`.
pub fn to_lab(image: &SrgbPlane) -> Plane<[f32; 3]> {
    let linear = linear_of_codes();
    from_rows(image.size(), [0.0; 3], |y, out| {
        for (out, pixel) in out.iter_mut().zip(image.row(y)) {
            *out = lab(pixel.map(|code| interpolate(&linear, code)));
        }
    })
}

/// Linear light 0 … 1 of each 8-bit code (IEC 61966-2-1), and once more that of the last.
fn linear_of_codes() -> [f32; 257] {
    std::array::from_fn(|code| {
        let v = code.min(255) as f32 / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    })
}

fn interpolate(table: &[f32; 257], code: f32) -> f32 {
    let code = code.clamp(0.0, 255.0);
    let i = code as usize;
    table[i] + (table[i + 1] - table[i]) * (code - i as f32)
}

fn lab([r, g, b]: [f32; 3]) -> [f32; 3] {
    let x = (0.412453 * r + 0.357580 * g + 0.180423 * b) / 0.950456;
    let y = 0.212671 * r + 0.715160 * g + 0.072169 * b;
    let z = (0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.088754;
    let f = |t: f32| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let (fx, fy, fz) = (f(x), f(y), f(z));
    [(116.0 * fy - 16.0) * 2.55, 500.0 * (fx - fy) + 128.0, 200.0 * (fy - fz) + 128.0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;

    #[test]
    fn known_colours_have_the_lab_that_opencv_gives() {
        // cv2.cvtColor(…, COLOR_RGB2LAB) on 8 bits.
        let cases = [
            ([255.0, 255.0, 255.0], [255.0, 128.0, 128.0]),
            ([0.0, 0.0, 0.0], [0.0, 128.0, 128.0]),
            ([255.0, 0.0, 0.0], [136.0, 208.0, 195.0]),
            ([0.0, 0.0, 255.0], [82.0, 207.0, 20.0]),
            ([12.0, 130.0, 90.0], [122.0, 88.0, 141.0]),
        ];
        for (rgb, expected) in cases {
            let got = to_lab(&Plane::filled(Size::new(1, 1), rgb)).get(0, 0);
            for c in 0..3 {
                assert!((got[c] - expected[c]).abs() <= 1.0, "{rgb:?}: {got:?}");
            }
        }
    }

    #[test]
    fn eight_bits_survive_the_way_through_floats() {
        let image = Plane::from_fn(Size::new(16, 16), |x, y| {
            Srgb8::new((x * 17) as u8, (y * 17) as u8, (x + y) as u8)
        });
        assert_eq!(to_image(&to_srgb_plane(&image)), image);
        assert_eq!(
            to_image(&Plane::filled(Size::new(1, 1), [-3.0, 300.0, 1.5])).get(0, 0),
            Srgb8::new(0, 255, 2)
        );
    }
}

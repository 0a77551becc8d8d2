use frame::{Plane, SrgbPlane};

use crate::filter::{box_blur, from_rows};

/// Radii of the two passes, as shares of the long side: 45 and 7 pixels of 960.
const RADII: [f32; 2] = [45.0 / 960.0, 7.0 / 960.0];

/// The subject's own colour at every pixel, freed of the background it is mixed with where the matte (0 … 1) is neither
/// empty nor full. Away from the subject it is the nearby subject's mean, or the picture's own colour.
///
/// Blur-fusion (Forte, *Approximate fast foreground colour estimation*, ICIP 2021).
pub fn foreground_colours(image: &SrgbPlane, matte: &Plane<f32>) -> SrgbPlane {
    let long_side = image.size().long_side() as f32;
    let mut layers = image.map(|&colour| Layers { front: colour, back: colour });
    for share in RADII {
        layers = fuse(image, matte, &layers, (share * long_side).round().max(1.0) as usize);
    }
    layers.map(|layers| layers.front)
}

/// An estimate of what a pixel is mixed of.
#[derive(Clone, Copy)]
struct Layers {
    front: [f32; 3],
    back: [f32; 3],
}

/// One pass: both layers are smoothed within their own pixels, then the front takes up what is missing for the mix to be
/// the picture's colour.
fn fuse(image: &SrgbPlane, matte: &Plane<f32>, layers: &Plane<Layers>, radius: usize) -> Plane<Layers> {
    let weighted = layers.zip_map(matte, |Layers { front, back }, &a| {
        let b = 1.0 - a;
        [front[0] * a, front[1] * a, front[2] * a, back[0] * b, back[1] * b, back[2] * b, a]
    });
    let means = box_blur(&weighted, radius);
    from_rows(image.size(), Layers { front: [0.0; 3], back: [0.0; 3] }, |y, out| {
        let sources = image.row(y).iter().zip(matte.row(y)).zip(means.row(y).iter().zip(layers.row(y)));
        for (out, ((colour, &a), (mean, before))) in out.iter_mut().zip(sources) {
            // Where a layer has no pixels of its own nearby, the wider estimate before stands.
            let [front_share, back_share] = [mean[6], 1.0 - mean[6]];
            for c in 0..3 {
                let front = if front_share > LEAST_SHARE { mean[c] / front_share } else { before.front[c] };
                let back = if back_share > LEAST_SHARE { mean[3 + c] / back_share } else { before.back[c] };
                let missing = colour[c] - a * front - (1.0 - a) * back;
                out.front[c] = (front + a * missing).clamp(0.0, 255.0);
                out.back[c] = back;
            }
        }
    })
}

const LEAST_SHARE: f32 = 1e-4;

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;

    #[test]
    fn mixed_pixels_get_the_subjects_colour_back() {
        // A red subject on green, with an edge four pixels wide.
        let matte = Plane::from_fn(Size::new(240, 100), |x, _| ((x as f32 - 115.0) / 4.0).clamp(0.0, 1.0));
        let (red, green) = ([220.0, 30.0, 40.0], [20.0, 200.0, 60.0]);
        let image = matte.map(|&a| std::array::from_fn(|c| a * red[c] + (1.0 - a) * green[c]));
        let colours = foreground_colours(&image, &matte);
        for (x, y) in [(114, 50), (116, 20), (118, 50), (130, 99), (239, 0)] {
            let got = colours.get(x, y);
            assert!((0..3).all(|c| (got[c] - red[c]).abs() < 15.0), "{x}: {got:?}");
        }
        assert_eq!(colours.get(0, 0), green, "far from the subject nothing is known of it");
    }
}

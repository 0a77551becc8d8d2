use frame::{Plane, SrgbPlane};

use crate::filter::{Connectivity, Mask, PixelRect, box_blur, components, dilate_square, from_rows, to_lab};

/// Tells by their colours whether pixels belong to the subject where the pose network's mask and the matting network
/// disagree: a gap between the legs looks like the background about it, a hand like the rest of the subject.
pub(super) struct ColourVerdict<'a> {
    lab: Plane<[f32; 3]>,
    matte: &'a Plane<f32>,
    segmentation: &'a Plane<f32>,
    subject: Palette,
}

impl<'a> ColourVerdict<'a> {
    /// All planes have one size; `matte` and `segmentation` are 0 … 1.
    pub(super) fn new(image: &SrgbPlane, matte: &'a Plane<f32>, segmentation: &'a Plane<f32>) -> Self {
        let lab = to_lab(image);
        let everywhere = PixelRect { x: 0, y: 0, size: lab.size() };
        let subject = Palette::of(&lab, everywhere, |i| matte.pixels()[i] > 0.95);
        Self { lab, matte, segmentation, subject }
    }

    /// For each pixel of `disputed` how much it looks like the subject, 0 … 1, and 1 elsewhere: its nearness to the
    /// subject's colours, anywhere, against that to the colours of the background nearby.
    pub(super) fn of(&self, disputed: &Mask) -> Plane<f32> {
        let height = disputed.height() as f32;
        let mut verdict = Plane::filled(disputed.size(), 1.0);
        let groups = components(&dilate_square(disputed, (0.01 * height) as usize), Connectivity::Eight);
        for (label, rect) in (1..).zip(groups.regions.iter().map(|region| region.bounds)) {
            let background = self.background_about(rect);
            let before = rect.cut(&verdict);
            let part = from_rows(rect.size, 1.0, |y, out| {
                for (x, out) in out.iter_mut().enumerate() {
                    let at = (rect.x + x, rect.y + y);
                    let own = disputed.get(at.0, at.1) && groups.labels.get(at.0, at.1) == label;
                    *out = if own {
                        self.likeness(self.lab.get(at.0, at.1), &background)
                    } else {
                        before.get(x, y)
                    };
                }
            });
            rect.paste(&part, &mut verdict);
        }
        smoothed_within(&verdict, disputed, (height / 300.0).round() as usize)
    }

    /// Colours of the background about `rect`, from as near as there are any.
    fn background_about(&self, rect: PixelRect) -> Palette {
        let size = self.lab.size();
        let is_background = |i: usize| self.matte.pixels()[i] < 0.05 && self.segmentation.pixels()[i] < 0.2;
        let mut reach = size.height.div_ceil(20) as usize;
        loop {
            let nearby = rect.grown(reach, size);
            let palette = Palette::of(&self.lab, nearby, is_background);
            if !palette.0.is_empty() || nearby.size == size {
                return palette;
            }
            reach *= 2;
        }
    }

    fn likeness(&self, colour: [f32; 3], background: &Palette) -> f32 {
        let to_subject = self.subject.distance_to(colour);
        let to_background = background.distance_to(colour);
        to_background / (to_subject + to_background)
    }
}

/// Mean over the disputed pixels of each square.
fn smoothed_within(verdict: &Plane<f32>, disputed: &Mask, radius: usize) -> Plane<f32> {
    let weighted =
        verdict.zip_map(disputed, |&verdict, &disputed| if disputed { [verdict, 1.0] } else { [0.0; 2] });
    box_blur(&weighted, radius)
        .zip_map(disputed, |&[sum, share], &disputed| if disputed { sum / share } else { 1.0 })
}

/// The colours that occur among some pixels, however often.
struct Palette(Vec<[f32; 3]>);

impl Palette {
    /// The means of the cells of L*a*b* space that hold several of the pixels `wanted` picks, by index, within `rect`.
    fn of(lab: &Plane<[f32; 3]>, rect: PixelRect, wanted: impl Fn(usize) -> bool) -> Self {
        const CELL: [f32; 3] = [8.0, 4.0, 4.0];
        const LEAST_COUNT: usize = 3;
        let width = lab.width();
        let rows = rect.y..rect.bottom();
        let mut keyed: Vec<(u32, usize)> = rows
            .flat_map(|y| y * width + rect.x..y * width + rect.right())
            .filter(|&i| wanted(i))
            .map(|i| {
                let pixel = lab.pixels()[i];
                let cell = |c: usize| (pixel[c] / CELL[c]) as u32 & 0xff;
                (cell(0) << 16 | cell(1) << 8 | cell(2), i)
            })
            .collect();
        keyed.sort_unstable();
        let cells = keyed.chunk_by(|a, b| a.0 == b.0).filter(|cell| cell.len() >= LEAST_COUNT);
        Self(
            cells
                .map(|cell| {
                    let sum = |c: usize| cell.iter().map(|&(_, i)| lab.pixels()[i][c]).sum::<f32>();
                    [0, 1, 2].map(|c| sum(c) / cell.len() as f32)
                })
                .collect(),
        )
    }

    /// Distance in L*a*b* to the nearest colour, never below what noise makes; great if there is none.
    fn distance_to(&self, colour: [f32; 3]) -> f32 {
        const NOISE: f32 = 3.0;
        const GREAT: f32 = 400.0;
        let squared = |own: &[f32; 3]| (0..3).map(|c| (own[c] - colour[c]).powi(2)).sum::<f32>();
        self.0.iter().map(squared).fold(GREAT * GREAT, f32::min).sqrt().max(NOISE)
    }
}

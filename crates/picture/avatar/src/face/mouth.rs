//! The inside of a mouth that is shut in the still: invented teeth, darkness and a tongue.

use std::ops::Range;

use frame::{Plane, PremulSrgba8, Size};
use glam::{Vec2, Vec3};

use super::points::ACROSS_MOUTH;
use crate::smoothstep;

/// What lies in a mouth, from far to near.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    /// Darkness, and the tongue in it.
    Depth,
    /// They go with the lower lip.
    LowerTeeth,
    /// They keep their place under the upper lip.
    UpperTeeth,
}

/// How far the upper teeth reach down, and how far off the middle they meet their neighbours, in widths of the mouth: incisors are as
/// long as a fifth of it.
const UPPER_TEETH: f32 = 0.19;
const UPPER_GROOVES: [f32; 4] = [0.0, 0.165, 0.295, 0.415];
/// How far the lower teeth stand out above the lower lip, in widths of the mouth, in a smile and in a mouth that is wide open.
const LOWER_TEETH: [f32; 2] = [0.1, 0.05];
/// How far lips are apart in a smile and in a mouth that is wide open, in widths of the mouth.
const OPEN: [f32; 2] = [0.25, 0.5];
const LOWER_GROOVES: [f32; 5] = [0.0, 0.1, 0.205, 0.315, 0.42];

/// How far apart the layers lie in the texture, in widths of the mouth.
const APART: f32 = 0.06;

impl Layer {
    const ALL: [Self; 3] = [Self::Depth, Self::LowerTeeth, Self::UpperTeeth];

    /// Rows of vertices.
    const fn rows(self) -> usize {
        match self {
            Self::Depth => 13,
            Self::LowerTeeth => 3,
            Self::UpperTeeth => 5,
        }
    }

    /// Height of what it holds, in widths of the mouth.
    const fn height(self) -> f32 {
        match self {
            Self::Depth => 0.9,
            Self::LowerTeeth => 0.14,
            Self::UpperTeeth => 0.26,
        }
    }

    /// Where it begins in the texture, in widths of the mouth.
    fn top(self) -> f32 {
        Self::ALL.into_iter().take_while(|layer| *layer != self).map(|layer| layer.height() + APART).sum()
    }

    /// How far below its begin a row lies.
    fn depth(self, row: usize) -> f32 {
        self.height() * row as f32 / (self.rows() - 1) as f32
    }
}

/// The width of a mouth, from corner to corner.
pub(super) fn mouth_width(mouth: &[[Vec2; ACROSS_MOUTH]; 2]) -> f32 {
    mouth[0][0].distance(mouth[0][ACROSS_MOUTH - 1])
}

/// A vertex of the inside.
#[derive(Clone, Copy, Debug)]
pub(super) struct MouthVertex {
    layer: Layer,
    row: usize,
    /// Along the lips.
    pub(super) column: usize,
}

impl MouthVertex {
    /// All of them, layer by layer, row by row.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Layer::ALL.into_iter().flat_map(|layer| {
            (0..layer.rows())
                .flat_map(move |row| (0..ACROSS_MOUTH).map(move |column| Self { layer, row, column }))
        })
    }

    /// Where it is between the `lips` of its column, upper and lower, of a mouth so wide in the still of which so much is `shown`.
    pub(super) fn between(self, [upper, lower]: [Vec3; 2], width: f32, shown: f32) -> Vec3 {
        let way = lower - upper;
        let length = way.length();
        let depth = self.layer.depth(self.row) * width;
        let reach = match self.layer {
            Layer::Depth | Layer::UpperTeeth => depth.min(length),
            Layer::LowerTeeth => {
                let open = smoothstep((length / width.max(1e-3) - OPEN[0]) / (OPEN[1] - OPEN[0]));
                let stands_out = LOWER_TEETH[0] + (LOWER_TEETH[1] - LOWER_TEETH[0]) * open;
                (length - stands_out * width + depth).clamp(0.0, length)
            }
        };
        upper + way * (reach * shown / length.max(1e-3))
    }
}

/// Places at rest and texture coordinates of a mouth's inside: shut, all lie on the upper lip's rim.
pub(crate) fn inside_at_rest(mouth: &[[Vec2; ACROSS_MOUTH]; 2]) -> Vec<(Vec2, Vec2)> {
    let width = mouth_width(mouth);
    let along = (mouth[0][ACROSS_MOUTH - 1] - mouth[0][0]) / width.max(1e-3);
    let at = |MouthVertex { layer, row, column }| {
        let place = mouth[0][column];
        (place, Vec2::new((place - mouth[0][0]).dot(along), (layer.top() + layer.depth(row)) * width))
    };
    MouthVertex::all().map(at).collect()
}

/// Corners of the cells between the rows: top left, top right, bottom left, bottom right.
pub(crate) fn inside_cells() -> impl Iterator<Item = [u32; 4]> {
    layers(0).zip(Layer::ALL).flat_map(|(vertices, layer)| {
        let at = move |row: usize, column: usize| (vertices.start + row * ACROSS_MOUTH + column) as u32;
        (0..layer.rows() - 1).flat_map(move |row| {
            (0..ACROSS_MOUTH - 1)
                .map(move |c| [at(row, c), at(row, c + 1), at(row + 1, c), at(row + 1, c + 1)])
        })
    })
}

/// The vertices of each layer, from far to near, of an inside whose vertices begin at `first`.
pub(crate) fn layers(first: usize) -> impl Iterator<Item = Range<usize>> {
    Layer::ALL.into_iter().scan(first, |next, layer| {
        let start = *next;
        *next += layer.rows() * ACROSS_MOUTH;
        Some(start..*next)
    })
}

/// What a mouth's inside shows, at the texture coordinates of [`inside_at_rest`], as light as the `skin` about it.
pub(crate) fn inside_texture(mouth: &[[Vec2; ACROSS_MOUTH]; 2], skin: [f32; 3]) -> Plane<PremulSrgba8> {
    let width = mouth_width(mouth).max(4.0);
    let height = Layer::UpperTeeth.top() + Layer::UpperTeeth.height() + 0.5 * APART;
    let colours = Colours::about(skin);
    let size = Size::new(width.ceil() as u32 + 2, (height * width).ceil() as u32 + 2);
    Plane::from_fn(size, |x, y| {
        let place = Vec2::new((x as f32 + 0.5) / width - 0.5, (y as f32 + 0.5) / width);
        let layer = Layer::ALL.into_iter().rev().find(|layer| place.y >= layer.top() - 0.5 * APART);
        let layer = layer.unwrap_or(Layer::Depth);
        let (across, down) = (place.x, place.y - layer.top());
        let soft = 0.03f32.max(1.5 / width);
        let (colour, alpha) = match layer {
            Layer::Depth => (colours.depth(across, down), 1.0),
            Layer::UpperTeeth => {
                let tooth = Tooth::at(across, &UPPER_GROOVES);
                let edge = UPPER_TEETH * (1.0 - 0.3 * tooth.side.min(1.0)) - 0.02 * tooth.groove;
                let shade = 0.72 + 0.28 * (down / 0.07).min(1.0);
                (
                    colours.teeth(shade * tooth.shade()),
                    tooth.within() * smoothstep((edge - down) / soft + 0.5),
                )
            }
            Layer::LowerTeeth => {
                let tooth = Tooth::at(across, &LOWER_GROOVES);
                let edge = 0.02 + 0.02 * tooth.groove + 0.03 * tooth.side.min(1.0);
                // In the shadow of the upper ones.
                let shade = 0.66 + 0.16 * (down / 0.1).min(1.0);
                (
                    colours.teeth(shade * tooth.shade()),
                    tooth.within() * smoothstep((down - edge) / soft + 0.5),
                )
            }
        };
        let [r, g, b] = colour.map(|channel| (channel.clamp(0.0, 255.0) * alpha) as u8);
        PremulSrgba8 { r, g, b, a: (alpha * 255.0) as u8 }
    })
}

/// Where a place lies in a row of teeth.
struct Tooth {
    /// 1 in a groove between two teeth, 0 away from it.
    groove: f32,
    /// 0 at the front, 1 where the row goes out of sight.
    side: f32,
}

impl Tooth {
    fn at(across: f32, grooves: &[f32]) -> Self {
        let nearest = grooves.iter().map(|groove| (across.abs() - groove).abs()).fold(f32::MAX, f32::min);
        Self { groove: (-(nearest / 0.016).powi(2)).exp(), side: (across / 0.46).powi(4) }
    }

    fn within(&self) -> f32 {
        (1.0 - self.side).clamp(0.0, 1.0)
    }

    fn shade(&self) -> f32 {
        (1.0 - 0.12 * self.groove) * (1.0 - 0.25 * self.side.min(1.0))
    }
}

/// The colours of a mouth in the light that the skin about it is in.
struct Colours {
    teeth: [f32; 3],
    dark: [f32; 3],
    tongue: [f32; 3],
}

impl Colours {
    fn about(skin: [f32; 3]) -> Self {
        let light = (skin[0] * 0.3 + skin[1] * 0.59 + skin[2] * 0.11) / 255.0;
        Self {
            // White, with a little of the skin's own hue.
            teeth: [0, 1, 2].map(|i| 0.35 * skin[i] + light * [202.0, 195.0, 182.0][i]),
            dark: [92.0, 34.0, 36.0].map(|c: f32| c * (0.14 + 0.6 * light)),
            tongue: [150.0, 76.0, 74.0].map(|c: f32| c * (0.2 + 0.6 * light)),
        }
    }

    fn teeth(&self, shade: f32) -> [f32; 3] {
        self.teeth.map(|channel| channel * shade)
    }

    /// The tongue lies low in the darkness.
    fn depth(&self, across: f32, down: f32) -> [f32; 3] {
        let side = (across / 0.46).powi(4);
        let low = smoothstep((down - 0.36) / 0.2) * (1.0 - side).clamp(0.0, 1.0);
        [0, 1, 2].map(|i| self.dark[i] + (self.tongue[i] - self.dark[i]) * low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 px wide, shut.
    fn shut() -> [[Vec2; ACROSS_MOUTH]; 2] {
        [std::array::from_fn(|column| Vec2::new(10.0 * column as f32, 50.0)); 2]
    }

    /// How far below the upper lip the first and the last row of a layer lie while the lower lip is so far below it.
    fn reach(layer: Layer, gap: f32) -> [f32; 2] {
        [0, layer.rows() - 1].map(|row| {
            let vertex = MouthVertex { layer, row, column: 5 };
            vertex.between([Vec3::ZERO, Vec3::new(0.0, gap, 0.0)], 100.0, 1.0).y
        })
    }

    #[test]
    fn upper_teeth_stay_and_lower_teeth_go_with_their_lip() {
        for gap in [30.0, 45.0, 60.0] {
            let [root, end] = reach(Layer::UpperTeeth, gap);
            assert!(root == 0.0 && (end - 26.0).abs() < 0.01);
            let [edge, lip] = reach(Layer::LowerTeeth, gap);
            assert!((lip - gap).abs() < 0.01 && (4.9..10.1).contains(&(gap - edge)), "{edge} {lip} of {gap}");
        }
        let [smile, wide] = [25.0, 60.0].map(|gap| gap - reach(Layer::LowerTeeth, gap)[0]);
        assert!(smile > 1.8 * wide, "{smile} {wide}");
        for layer in Layer::ALL {
            assert!(reach(layer, 0.0) == [0.0; 2] && reach(layer, 3.0)[1] < 3.01);
        }
    }

    #[test]
    fn every_layer_has_its_own_vertices_cells_and_part_of_the_texture() {
        let vertices = inside_at_rest(&shut());
        assert_eq!(vertices.len(), layers(0).map(|layer| layer.len()).sum::<usize>());
        assert!(layers(7).next().is_some_and(|depth| depth == (7..7 + 13 * ACROSS_MOUTH)));
        assert!(inside_cells().flatten().all(|corner| (corner as usize) < vertices.len()));
        let texture = inside_texture(&shut(), [220.0, 180.0, 150.0]);
        let shown = |layer: usize, row: usize| {
            let first = layers(0).nth(layer).map_or(0, |vertices| vertices.start);
            let (_, texel) = vertices[first + row * ACROSS_MOUTH + 4];
            texture.get(texel.x as usize, texel.y as usize)
        };
        let (dark, below, gone) = (shown(0, 4), shown(1, 2), shown(2, 4));
        let [lower, upper] = [below, shown(2, 2)];
        assert!(dark.a == 255 && dark.r < 100 && gone.a == 0, "{dark:?} {gone:?}");
        assert!(upper.a > 250 && lower.a > 250 && upper.r > lower.r && lower.r > 100, "{upper:?} {lower:?}");
        assert_eq!(shown(1, 0).a, 0);
    }
}

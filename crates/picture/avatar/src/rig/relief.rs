use frame::{FaceLandmarks, Plane};
use glam::{Vec2, Vec3};

use super::ears::behind;
use super::head::HeadShape;
use super::neck::Neck;
use super::skull::{SKULL, Skull};
use super::{RigSource, Trunk};
use crate::face::{FaceRegion, MESH};
use crate::filter::{
    Mask, convex_hull, coverage, distance_to, erode_square, fill_polygon, gaussian_blur, sample_linear,
    signed_distance, threshold, union,
};
use crate::layers::SheetKind;
use crate::parts::{Face, centre};
use crate::{Limb, Side, smoothstep};

/// How deep a body is for its width: half an ellipse instead of half a circle.
const FLATTENING: f32 = 0.62;
/// So far inside the outline, in pixels, the front and the back meet: what lies further out is not solid everywhere.
pub(super) const SEAM_PX: f32 = 1.5;
/// The steepest the front leaves the seam, in pixels of depth a pixel.
pub(super) const STEEPEST: f32 = 1.4;

/// Depth of the trunk and the head about the plane of their outline, in pixels, negative towards the viewer.
pub(super) struct Relief {
    /// The front, with the face's own relief set in.
    front: Plane<f32>,
    /// The same of the face's own mesh.
    skin: Plane<f32>,
    /// The far side.
    back: Plane<f32>,
    /// How much lower a place counts seen from the side, in pixels: what of a crown is too thin to be deep would stand on it as a knob.
    sinks: Option<Plane<f32>>,
    /// How far to the right a place of the head's far side lies once that is laid out flat, in pixels; 0 outside it.
    unrolled: Option<Plane<f32>>,
}

impl Relief {
    /// The outline inflated like a cushion, the head to as round a solid as its width tells. `None` without a core.
    pub(super) fn of_core(source: &RigSource<'_>, trunk: &Trunk, head: &HeadShape) -> Option<Self> {
        let core = source.sheets.iter().position(|s| s.kind == SheetKind::Core)?;
        let alpha = source.alphas.get(core)?;
        // What the picture's edge cuts goes on beyond it: the border of the mask is no border of the body.
        let mut outline = threshold(alpha, 0.3);
        add_legs(&mut outline, source);
        let distance = signed_distance(&outline);
        let radius = 0.525 * trunk.shoulder_width;
        let trunk_depth = distance.map(|&distance| FLATTENING * half_round(distance, radius));
        let skull = Skull::of(&outline, &distance, (trunk, head), source.face);
        let neck = skull.as_ref().and_then(|_| Neck::of(&distance, trunk, head, source.face));
        let sides = [false, true].map(|from_behind| {
            let mut depth = trunk_depth.clone();
            let mut limit = distance.map(|distance| STEEPEST * (distance - SEAM_PX));
            if let Some(skull) = &skull {
                skull.inflate(&mut depth, &mut limit, &SKULL[usize::from(from_behind)]);
            }
            if let Some(neck) = &neck {
                neck.narrow(&mut depth, &distance, (trunk, head), from_behind);
            }
            (gaussian_blur(&depth, (alpha.height() as f32 / 190.0).max(4.0)), limit)
        });
        // Blurred, a side no longer meets the other at the outline, and a head seen from the side is slit.
        let meet = |depth: &f32, limit: &f32| depth.min(limit.max(0.0));
        let [(front, front_limit), (back, back_limit)] = sides;
        let cushion = front.map(|depth| -depth);
        let face = source.face.and_then(|face| FaceRelief::of(face, &cushion));
        let whole = face.as_ref().map_or_else(
            || cushion.clone(),
            |face| face.set_in(&cushion.zip_map(&face.around, |depth, rise| depth + rise)),
        );
        let mut front = whole.zip_map(&front_limit, |z, limit| -meet(&-z, limit));
        // Its outline meets the front's. Within, a cheek close to the head's outline is as far before it as a face tells: drawn in to it,
        // half a mouth would lie on the side of a small head, and be wide when that is turned to the viewer.
        let skin = face.as_ref().map_or_else(|| front.clone(), |face| face.set_in(&front));
        let mut back = back.zip_map(&back_limit, meet);
        let ears = &source.parts.ears;
        if ears.iter().any(Option::is_some) {
            for y in 0..front.height() {
                for x in 0..front.width() {
                    let behind = behind(ears, (x, y), distance.get(x, y).max(0.0));
                    if behind > 0.0 {
                        front.row_mut(y)[x] += behind;
                        back.row_mut(y)[x] = back.get(x, y).max(behind);
                    }
                }
            }
        }
        let sinks = skull.as_ref().map(|skull| skull.sinks(alpha.size()));
        Some(Self { front, skin, sinks, unrolled: skull.map(|skull| skull.unrolled(&back)), back })
    }

    /// What a place of the far side shows, in the picture: of the head's, the hair as it lies on it, row by row from side to side in
    /// equal parts of the way over it, so that seen from the side it is not drawn out.
    pub(super) fn texel_behind(&self, place: Vec2) -> Vec2 {
        let aside = self.unrolled.as_ref().map_or(0.0, |aside| sample_linear(aside, place));
        place + Vec2::new(aside, 0.0)
    }

    /// How much lower a place of the picture counts seen from the side, in pixels.
    pub(super) fn sink(&self, place: Vec2) -> f32 {
        self.sinks.as_ref().map_or(0.0, |sinks| sample_linear(sinks, place))
    }

    /// The depth of the face's own mesh at a place of the picture.
    pub(super) fn of_skin(&self, place: Vec2) -> f32 {
        sample_linear(&self.skin, place)
    }

    /// The depth at a place of the picture.
    pub(super) fn at(&self, place: Vec2, from_behind: bool) -> f32 {
        sample_linear(if from_behind { &self.back } else { &self.front }, place)
    }
}

/// Lets the trunk go on over the thighs, and a skirt below its hem, over the legs and between them: it is open there, and does not close
/// like a cushion.
fn add_legs(outline: &mut Mask, source: &RigSource<'_>) {
    /// How far down the thighs a trunk without a skirt is as deep between them.
    const HIPS: f32 = 0.4;
    for (sheet, alpha) in source.sheets.iter().zip(source.alphas) {
        if matches!(sheet.kind, SheetKind::Limb(Limb::Leg(_))) {
            *outline = union(outline, &threshold(alpha, 0.3));
        }
    }
    let legs = Side::BOTH.map(|side| source.joints.chain(Limb::Leg(side)).map(Vec3::truncate));
    let has_skirt = source.parts.hem.is_some();
    for bone in 0..if has_skirt { 2 } else { 1 } {
        let reach = if has_skirt { 1.0 } else { HIPS };
        let [left, right] = legs.map(|leg| [leg[bone], leg[bone].lerp(leg[bone + 1], reach)]);
        if left.iter().chain(&right).all(|p| p.is_finite()) {
            fill_polygon(outline, &convex_hull(&[left[0], left[1], right[0], right[1]]));
        }
    }
}

/// Half the thickness of a round body `inside` its outline by so many pixels, at most its `radius`.
pub(super) fn half_round(inside: f32, radius: f32) -> f32 {
    let inside = inside.clamp(0.0, radius);
    (inside * (2.0 * radius - inside)).max(0.0).sqrt()
}

/// Where a face counts so much, it is its rim.
const RIM: std::ops::Range<f32> = 0.02..0.6;
/// How far about a face the head goes over into its own shape, in heights of the face: beside it, above it, where a forehead goes on
/// upright under the hair, and below it, where a chin juts out before the neck.
const TEMPLES: f32 = 0.35;
const FOREHEAD: f32 = 0.8;
const BELOW_CHIN: f32 = 0.1;

/// The relief of a face.
struct FaceRelief {
    /// The depth of its points, spread over it; NaN away from them.
    depth: Plane<f32>,
    /// How much of it counts: all but along its outline.
    share: Plane<f32>,
    /// What the cushion changes by about it, to go on as it ends: else a forehead stands out before the temples like a mask.
    around: Plane<f32>,
}

impl FaceRelief {
    /// As deep as the `cushion` along its outline. `None` for a mesh that is no face's.
    fn of(face: &FaceLandmarks, cushion: &Plane<f32>) -> Option<Self> {
        let FaceRegion { inside, height } = FaceRegion::of(face, cushion.size())?;
        let named = Face::new(face, Vec2::ONE)?;
        let inner = erode_square(&inside, (0.04 * height) as usize);
        let share = gaussian_blur(&coverage(&inner), 0.05 * height).map(|share| share.clamp(0.0, 1.0));
        let relief = splat(cushion, &face.points()[..MESH], 0.035 * height);
        let step = relief.zip_map(cushion, |depth, cushion| depth - cushion);
        let rim = step.zip_map(&share, |step, share| step.is_finite() && RIM.contains(share));
        let steps = step.pixels().iter().zip(rim.pixels()).filter_map(|(&step, &rim)| rim.then_some(step));
        let offset = -crate::motion::percentile(steps, 0.5);
        let on_rim = step.zip_map(&rim, |step, &rim| if rim { [step + offset, 1.0] } else { [0.0; 2] });
        let spread = gaussian_blur(&on_rim, 0.12 * height);
        let away = distance_to(&inside);
        let up = named.upwards();
        let middle = named.chin + up * (0.5 * height);
        let around = Plane::from_fn(cushion.size(), |x, y| {
            let (x, y) = (x as usize, y as usize);
            let upwards = (centre(x, y) - middle).normalize_or_zero().dot(up);
            let reach = TEMPLES
                + (if upwards > 0.0 { FOREHEAD } else { BELOW_CHIN } - TEMPLES)
                    * smoothstep((upwards.abs() - 0.5) / 0.4);
            let share = smoothstep(1.0 - away.get(x, y) / (reach * height));
            let [steps, count] = spread.get(x, y);
            if count > 1e-5 { share * steps / count } else { 0.0 }
        });
        let depth = relief.map(|depth| depth + offset);
        Some(Self { depth, share, around })
    }

    /// Sets it into a cushion.
    fn set_in(&self, cushion: &Plane<f32>) -> Plane<f32> {
        let face = self.depth.zip_map(&self.share, |&depth, &share| (depth, share));
        cushion.zip_map(
            &face,
            |&around, &(depth, share)| {
                if depth.is_finite() { around + (depth - around) * share } else { around }
            },
        )
    }
}

/// The points' z spread over the plane by Gaussians of `sigma` and divided by their sum; NaN far from all points.
fn splat(like: &Plane<f32>, points: &[glam::Vec3], sigma: f32) -> Plane<f32> {
    let sigma = sigma.max(1.0);
    let mut sums = Plane::filled(like.size(), (0.0f32, 0.0f32));
    let reach = 3.0 * sigma;
    for p in points {
        let columns = (p.x - reach).max(0.0) as usize..((p.x + reach).max(0.0) as usize).min(like.width());
        for y in (p.y - reach).max(0.0) as usize..((p.y + reach).max(0.0) as usize).min(like.height()) {
            let dy = y as f32 + 0.5 - p.y;
            for x in columns.clone() {
                let dx = x as f32 + 0.5 - p.x;
                let weight = (-(dx * dx + dy * dy) / (2.0 * sigma * sigma)).exp();
                let sum = &mut sums.row_mut(y)[x];
                *sum = (sum.0 + weight * p.z, sum.1 + weight);
            }
        }
    }
    sums.map(|&(depth, weight)| if weight > 1e-3 { depth / weight } else { f32::NAN })
}

#[cfg(test)]
mod tests {
    use frame::{Size, body};

    use super::*;
    use crate::face::CHIN;
    use crate::layers::{Rest, Sheet};
    use crate::parts::{Part, PartMap};
    use crate::{Joints, PerLimb};

    const SIZE: Size = Size::new(240, 400);

    /// A head of this radius at (120, 100) with a wisp of hair, on a trunk with shoulders 60 apart.
    fn relief(radius: f32, face: Option<&FaceLandmarks>) -> Relief {
        let place = |i: usize| match (i, if i % 2 == 1 { 1.0 } else { -1.0 }) {
            (0..=10, side) => Vec3::new(120.0 + 25.0 * side, 100.0, 0.0),
            (11..=22, side) => Vec3::new(120.0 + 30.0 * side, 210.0, 0.0),
            (_, side) => Vec3::new(120.0 + 20.0 * side, 330.0, 0.0),
        };
        let points: [Vec3; body::COUNT] = std::array::from_fn(place);
        let joints = Joints::from_body_points(&points);
        let alpha = Plane::from_fn(SIZE, |x, y| {
            let (x, y) = (x as f32 - 120.0, y as f32 - 100.0);
            let head = x.hypot(y) < radius || (x.abs() < 2.0 && (-radius - 20.0..0.0).contains(&y));
            let trunk =
                x.abs() < 40.0 && (110.0..240.0).contains(&y) || x.abs() < 15.0 && y > 0.0 && y < 240.0;
            f32::from(u8::from(head || trunk))
        });
        let parts = PartMap {
            labels: Plane::filled(SIZE, Part::Core),
            core_signed_distance: Plane::filled(SIZE, 1.0),
            limbs: PerLimb::default(),
            hem: None,
            hair: Plane::filled(SIZE, false),
            hair_behind: Plane::filled(SIZE, false),
            ears: [None; 2],
        };
        let sheet = Sheet {
            kind: SheetKind::Core,
            rest: Rest::AsSeen,
            coverage: alpha.clone(),
            invented_alpha: Plane::filled(SIZE, 0.0),
            fill: Plane::filled(SIZE, [0.0; 3]),
            invented: Plane::filled(SIZE, 0.0),
            from_side: None,
            hand: None,
        };
        let trunk = Trunk::new(&joints, true);
        let source = RigSource {
            joints: &joints,
            face,
            has_neck: true,
            parts: &parts,
            sheets: &[sheet],
            alphas: &[alpha],
        };
        let head = HeadShape::of(None, &parts, &trunk);
        Relief::of_core(&source, &trunk, &head).expect("a core")
    }

    #[test]
    fn a_head_is_as_round_as_it_is_broad_whatever_the_shoulders() {
        for radius in [35.0, 80.0] {
            let relief = relief(radius, None);
            let thickness = |x: f32, y: f32| {
                let place = Vec2::new(x, y);
                relief.at(place, true) - relief.at(place, false)
            };
            let middle = thickness(120.0, 100.0);
            assert!((1.4..1.9).contains(&(middle / radius)), "{middle} of {radius}");
            let half_way = thickness(120.0 - 0.5 * radius, 100.0);
            assert!((0.75..0.95).contains(&(half_way / middle)), "{half_way} of {middle}");
            // The sides meet at the outline, and a wisp is flat.
            for (x, y) in [(120.0 - radius, 100.0), (120.0, 100.0 - radius - 12.0)] {
                assert!(thickness(x, y).abs() < 3.0, "{}", thickness(x, y));
            }
        }
    }

    #[test]
    fn the_back_of_a_head_is_rounder_than_its_forehead() {
        // On a neck as broad as that it is longer than a ball.
        let relief = relief(35.0, None);
        // In their own greatest depths, two sevenths of the way down from the top to the ears.
        let [forehead, back] = [false, true].map(|from_behind| {
            let depth = |y: f32| relief.at(Vec2::new(120.0, y), from_behind);
            depth(75.0) / depth(100.0)
        });
        assert!(forehead > back + 0.01 && back > 0.5, "{forehead} and {back}");
    }

    #[test]
    fn a_crown_is_round_from_the_side() {
        let relief = relief(80.0, None);
        let thickness = |x: f32, y: f32| {
            let place = Vec2::new(x, y);
            relief.at(place, true) - relief.at(place, false)
        };
        // A ball as flat as a skull is 55 thick so far below its top; what rises like the sides from the outline, 18.
        let below_top = thickness(140.0, 31.0);
        assert!(below_top > 40.0, "{below_top}");
        let inside_side = thickness(120.0 - 72.0, 100.0);
        assert!(inside_side < 25.0, "{inside_side}");
    }

    #[test]
    fn what_is_thin_of_a_crown_sinks_into_it_from_the_side() {
        let relief = relief(80.0, None);
        let lowered = |y: f32| y + relief.sink(Vec2::new(140.0, y));
        // From 2 px above the outline, which is at 22.5, to where the crown is thick: in order, and hardly above that.
        let rows: Vec<f32> = (0..8).map(|i| lowered(20.5 + i as f32)).collect();
        assert!(rows.is_sorted() && rows[0] > 24.5, "{rows:?}");
        assert_eq!(lowered(34.0), 34.0);
        assert!(relief.sink(Vec2::new(42.0, 100.0)) < 0.01, "beside the ears");
    }

    #[test]
    fn a_neck_is_as_deep_as_broad_and_stands_back_under_the_head() {
        // Half of it is 15 px broad; the head's 35 are 110 px above the chest, and end 75 above it.
        let relief = relief(35.0, None);
        let at = |y: f32| [false, true].map(|from_behind| relief.at(Vec2::new(120.0, y), from_behind));
        let ([throat, nape], [face, _]) = (at(165.0), at(115.0));
        assert!((-11.0..-6.0).contains(&throat) && (11.0..17.0).contains(&nape), "{throat} … {nape}");
        assert!(face < throat - 10.0, "{face}");
    }

    #[test]
    fn a_forehead_goes_on_upright_and_a_chin_does_not() {
        // A flat face that leans forwards, on a head that is even.
        let middle = Vec2::new(120.0, 115.0);
        let lean = |from_middle: Vec2| (middle + from_middle).extend(0.4 * from_middle.y);
        let points = (0..FaceLandmarks::COUNT).map(|i| {
            let share = (i as f32 / FaceLandmarks::COUNT as f32).sqrt();
            lean(Vec2::from_angle(2.4 * i as f32) * share * Vec2::new(45.0, 67.0))
        });
        let mut points: Vec<Vec3> = points.collect();
        (points[10], points[CHIN]) = (lean(Vec2::new(0.0, -67.0)), lean(Vec2::new(0.0, 67.0)));
        let face = FaceLandmarks::new(points).expect("as many as a face has");
        let (with, without) = (relief(80.0, Some(&face)), relief(80.0, None));
        let changed = |y: f32| {
            let place = Vec2::new(120.0, y);
            with.at(place, false) - without.at(place, false)
        };
        assert!(changed(38.0) < -4.0, "{}", changed(38.0));
        assert!(changed(200.0).abs() < 1.0, "{}", changed(200.0));
    }

    #[test]
    fn temples_go_on_as_the_face_begins_them() {
        // A flat face, its left side half a pixel deeper a pixel than the head's, which is even.
        const TILT: f32 = 0.5;
        let points = (0..FaceLandmarks::COUNT).map(|i| {
            let from_middle = 40.0 * (i as f32 / FaceLandmarks::COUNT as f32).sqrt();
            let from_middle = Vec2::from_angle(2.4 * i as f32) * from_middle;
            (Vec2::new(120.0, 100.0) + from_middle).extend(TILT * from_middle.x)
        });
        let relief =
            relief(80.0, Some(&FaceLandmarks::new(points.collect()).expect("as many as a face has")));
        let tilt = |aside: f32| {
            let at = |x: f32| relief.at(Vec2::new(x, 100.0), false);
            (at(120.0 + aside) - at(120.0 - aside)) / (2.0 * aside)
        };
        assert!((0.8 * TILT..1.2 * TILT).contains(&tilt(30.0)), "{}", tilt(30.0));
        assert!((0.6 * TILT..1.1 * TILT).contains(&tilt(42.0)), "{}", tilt(42.0));
        assert!(tilt(70.0).abs() < 0.02, "{}", tilt(70.0));
    }

    #[test]
    fn the_face_of_a_small_head_keeps_its_own_relief() {
        // A cone, so near to the outline that the sheet about it is drawn in to that.
        const RADIUS: f32 = 15.0;
        let middle = Vec2::new(120.0, 100.0);
        let points = (0..FaceLandmarks::COUNT).map(|i| {
            let from_middle = RADIUS * (i as f32 / FaceLandmarks::COUNT as f32).sqrt();
            let place = middle + Vec2::from_angle(2.4 * i as f32) * from_middle;
            place.extend(1.5 * (from_middle - RADIUS))
        });
        let relief =
            relief(20.0, Some(&FaceLandmarks::new(points.collect()).expect("as many as a face has")));
        let rises = |skin: bool, x: f32| {
            let place = middle + Vec2::new(x, 0.0);
            if skin { relief.of_skin(place) } else { relief.at(place, false) }
        };
        for side in [-1.0, 1.0] {
            assert!(rises(true, 9.0 * side) < rises(false, 9.0 * side) - 2.0);
            assert!((rises(true, 17.0 * side) - rises(false, 17.0 * side)).abs() < 0.5);
            let slope = (rises(true, 9.0 * side) - rises(true, 5.0 * side)) / 4.0;
            assert!((1.2..1.8).contains(&slope), "{slope}");
        }
    }
}

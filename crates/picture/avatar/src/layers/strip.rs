use std::ops::RangeInclusive;

use frame::{Plane, Size, SrgbPlane};
use glam::{FloatExt as _, Vec2, Vec3};

use super::candidates::ArmCandidate;
use super::hand::{hand_mask, hand_seen, hands_mask};
use super::pattern::patterned;
use super::study::{Study, skin, spread};
use super::{Rest, Sheet, SheetKind, invented_hand};
use crate::filter::{
    Mask, PixelRect, area, bounds, coverage, distance_to, erode_square, gaussian_blur, intersection,
    sample_linear, sample_linear_or,
};
use crate::parts::{Part, centre, distance_to_segment, is_same_cloth, is_same_in_light, median};
use crate::{Limb, Side, smoothstep};

/// How far what is seen of an arm goes over into what was invented beside it, in half widths of the arm.
const SEAM: f32 = 0.7;
/// What is seen of less than this share of an arm is a scrap.
const SCRAP: f32 = 0.35;
/// How much darker an arm that was invented is at its edges.
const ROUNDNESS: f32 = 0.13;

/// An arm laid out straight from the shoulder down the middle of the picture: what is seen of it is unrolled along its
/// bones, the rest is filled with the colours next to it; a hand that is not seen is drawn.
pub(super) fn straightened_arm(study: &Study<'_>, side: Side) -> ArmCandidate {
    let strip = Strip::new(study, side);
    let mut unrolled = strip.unroll(study);
    let seen = coverage(&unrolled.seen);
    strip.forget_scraps(study, &mut unrolled);
    strip.complete_wrist(&mut unrolled);
    let mut sheet = study.sheet(SheetKind::Limb(Limb::Arm(side)), Plane::filled(study.size(), 0.0));
    sheet.rest = Rest::Strip(strip.joints());
    sheet.fill = strip.complete(study, &unrolled);
    sheet.invented_alpha = unrolled.alpha;
    sheet.invented = Plane::filled(study.size(), 1.0);
    strip.add_hand(study, &mut sheet);
    sheet.hand = hand_seen(study, side).map(|points| points.map(|point| strip.of_hand(point)));
    ArmCandidate { sheet, seen }
}

/// The straight arm: where its joints are in the texture and where they were in the still.
struct Strip {
    arm: Limb,
    /// Shoulder, elbow, wrist, hand in the still.
    bones: [Vec2; 4],
    depths: [f32; 4],
    /// Texture column of the bones.
    column: f32,
    /// Texture rows of the four joints.
    rows: [f32; 4],
    /// Texture pixels a pixel of the still: less than one if the arm would not fit.
    scale: f32,
    /// Half width at the shoulder, in pixels of the still.
    radius: f32,
    hand_visible: bool,
}

/// What was found of an arm along its strip.
struct Unrolled {
    colours: SrgbPlane,
    /// Where the colours are the arm's own.
    seen: Mask,
    /// Where a hand lies back over its forearm.
    hand: Mask,
    alpha: Plane<f32>,
}

/// A place in the strip.
#[derive(Clone, Copy)]
struct Place {
    /// 0 the upper arm, 1 the forearm, 2 the hand.
    bone: usize,
    /// Along the bone, 0 … 1; before the shoulder and beyond the knuckles it goes on.
    along: f32,
    /// Across, in pixels of the texture from the bone.
    across: f32,
}

impl Strip {
    fn new(study: &Study<'_>, side: Side) -> Self {
        let arm = Limb::Arm(side);
        let anatomy = &study.anatomy;
        let bones = anatomy.chain(arm);
        let length = |i: usize| bones[i].distance(bones[i + 1]);
        // What is foreshortened gets the length that a body's proportions ask for.
        let mut upper = length(0).max(0.55 * anatomy.spine);
        let mut fore = length(1).max(0.5 * anatomy.spine);
        upper = upper.max(0.95 * fore);
        fore = fore.max(0.8 * upper);
        let hand = 0.372 * fore;
        let (width, height) = (study.size().width as f32, study.size().height as f32);
        let scale = (0.92 * height / (upper + fore + 2.6 * hand)).min(1.0);
        let radius = (0.2 * upper).min(1.1 * anatomy.radius[arm]);
        let top = 1.2 * radius + 2.0;
        Self {
            arm,
            bones,
            depths: arm.chain().map(|joint| anatomy.depth(joint)),
            column: 0.5 * width,
            rows: [
                top,
                top + upper * scale,
                top + (upper + fore) * scale,
                top + (upper + fore + hand) * scale,
            ],
            scale,
            radius,
            hand_visible: study.shows_hand(side),
        }
    }

    fn joints(&self) -> [Vec3; 4] {
        std::array::from_fn(|i| Vec3::new(self.column, self.rows[i], self.depths[i]))
    }

    fn place(&self, point: Vec2) -> Option<Place> {
        let bone = if point.y < self.rows[1] {
            0
        } else if point.y < self.rows[2] {
            1
        } else {
            2
        };
        let along = (point.y - self.rows[bone]) / (self.rows[bone + 1] - self.rows[bone]).max(1e-3);
        (-0.15..2.4).contains(&along).then_some(Place { bone, along, across: point.x - self.column })
    }

    /// How far a row of the strip is off the trunk, on which the upper arm's beginning lies: there it would draw a line. 0 … 1.
    fn off_trunk(&self, row: f32) -> f32 {
        const ON_TRUNK: f32 = 0.7;
        smoothstep((row - self.rows[0]) / (self.rows[1] - self.rows[0]).max(1.0) / ON_TRUNK)
    }

    /// Half of the arm's width, in pixels of the texture.
    fn half_width(&self, place: Place) -> f32 {
        let t = place.along.clamp(0.0, 1.0);
        let share = match place.bone {
            0 if place.along < 0.0 => (1.0 - (place.along / 0.15).powi(2)).max(0.0).sqrt(),
            0 => 1.0 - 0.1 * t,
            1 => 0.9 - 0.28 * t,
            _ => 0.62,
        };
        share * self.radius * self.scale
    }

    /// Where a place of the strip is seen in the still; none on a bone that points at the viewer.
    fn source(&self, place: Place) -> Option<Vec2> {
        let (from, to) = (self.bones[place.bone], self.bones[place.bone + 1]);
        let along = to - from;
        let seen = along.length();
        let whole = along.extend(self.depths[place.bone + 1] - self.depths[place.bone]).length();
        if place.bone < 2 && seen < 0.35 * whole {
            return None;
        }
        let direction = along / seen.max(1e-3);
        let length = if place.bone == 2 { self.hand_length() } else { seen };
        let reach = if place.bone == 2 { 2.3 * self.radius } else { self.half_width(place) / self.scale };
        let across = place.across / self.scale;
        (across.abs() <= reach).then(|| from + direction * place.along * length - direction.perp() * across)
    }

    /// Where a point of the still's hand is in the strip.
    fn of_hand(&self, point: Vec3) -> Vec3 {
        let (from_wrist, bone) = (point.truncate() - self.bones[2], self.bones[3] - self.bones[2]);
        let direction = bone / bone.length().max(1e-3);
        let along = from_wrist.dot(direction) / self.hand_length();
        let across = -from_wrist.dot(direction.perp()) * self.scale;
        let row = self.rows[2].lerp(self.rows[3], along);
        Vec3::new(self.column + across, row, point.z * self.scale)
    }

    /// How long a hand is in the still, in pixels, that is as long as its bone in the strip.
    fn hand_length(&self) -> f32 {
        let least = 0.7 * (self.rows[3] - self.rows[2]) / self.scale;
        self.bones[2].distance(self.bones[3]).max(least).max(1e-3)
    }

    /// Where a place of the strip above the wrist is seen in the still if the hand, which is `own`, lies back over it: a hand across its
    /// forearm does, and a fist that points at the viewer.
    fn hand_before_wrist(&self, point: Vec2, own: &Mask) -> Option<Vec2> {
        const FURTHEST: f32 = 1.3;
        let along = (point.y - self.rows[2]) / (self.rows[3] - self.rows[2]).max(1e-3);
        let is_near = self.hand_visible && (-FURTHEST..0.0).contains(&along);
        let place = is_near.then_some(Place { bone: 2, along, across: point.x - self.column })?;
        let source = self.source(place)?;
        let is_own = own.size().contains(source) && own.get(source.x as usize, source.y as usize);
        is_own.then_some(source)
    }

    /// Whether a point of the still belongs to this bone rather than to the one folded over it.
    fn owns(&self, bone: usize, point: Vec2) -> bool {
        let [shoulder, elbow, wrist, hand] = self.bones;
        if point.distance(elbow) <= self.radius {
            return true;
        }
        let to_upper = distance_to_segment(point, shoulder, elbow);
        let to_fore = distance_to_segment(point, elbow, wrist + (hand - wrist) * 1.5);
        match bone {
            0 => to_fore >= 0.9 * to_upper,
            1 => to_upper >= 0.9 * to_fore,
            _ => true,
        }
    }

    /// What is seen of the arm along its strip.
    fn unroll(&self, study: &Study<'_>) -> Unrolled {
        let own = study.labelled(Part::Limb(self.arm));
        let solid = intersection(&own, &study.solid);
        let matte = own.zip_map(study.still.matte, |&own, &matte| if own { matte } else { 0.0 });
        let hands = hands_mask(study, study.hands.iter().flatten(), 0.25);
        let own_hand = study.hands[self.arm.side().index()].as_ref().map(|hand| hand_mask(study, hand));
        let mut unrolled = Unrolled {
            colours: study.still.foreground.clone(),
            seen: Plane::filled(study.size(), false),
            hand: Plane::filled(study.size(), false),
            alpha: Plane::filled(study.size(), 0.0),
        };
        for y in 0..unrolled.alpha.height() {
            for x in 0..unrolled.alpha.width() {
                let Some(place) = self.place(centre(x, y)) else { continue };
                let is_hand = place.bone == 2;
                if !is_hand {
                    let edge = (self.half_width(place) - place.across.abs()) / 1.2 + 0.5;
                    unrolled.alpha.set(x, y, edge.clamp(0.0, 1.0) * shoulder_share(place));
                }
                if is_hand && !self.hand_visible {
                    continue;
                }
                if let Some(source) =
                    own_hand.as_ref().and_then(|own| self.hand_before_wrist(centre(x, y), own))
                {
                    unrolled.colours.set(x, y, sample_linear(study.still.foreground, source));
                    unrolled.hand.set(x, y, true);
                    let alpha = sample_linear_or(&matte, source, 0.0).max(unrolled.alpha.get(x, y));
                    unrolled.alpha.set(x, y, alpha);
                    continue;
                }
                let Some(source) = self.source(place) else { continue };
                unrolled.colours.set(x, y, sample_linear(study.still.foreground, source));
                if is_hand {
                    let is_own = own_hand.as_ref().is_none_or(|own| {
                        study.size().contains(source) && own.get(source.x as usize, source.y as usize)
                    });
                    unrolled.seen.set(x, y, true);
                    unrolled.alpha.set(
                        x,
                        y,
                        if is_own { sample_linear_or(&matte, source, 0.0) } else { 0.0 },
                    );
                } else if study.size().contains(source) {
                    let (sx, sy) = (source.x as usize, source.y as usize);
                    let seen = solid.get(sx, sy) && !hands.get(sx, sy) && self.owns(place.bone, source);
                    unrolled.seen.set(x, y, seen);
                }
            }
        }
        // Next to what is not seen lie the shadows and outlines of what hides it.
        let surely = erode_square(&unrolled.seen, 2);
        for (i, seen) in unrolled.seen.pixels_mut().iter_mut().enumerate() {
            *seen &= surely.pixels()[i] || i / study.size().width as usize >= self.rows[2] as usize;
            *seen |= unrolled.hand.pixels()[i];
        }
        unrolled
    }

    /// Takes what is seen of a sleeve of the trunk's cloth for not seen where it is but a scrap: a patch in its own light, ending in the
    /// folds of an elbow, looks worse than an even sleeve.
    fn forget_scraps(&self, study: &Study<'_>, unrolled: &mut Unrolled) {
        let is_arm = |i: usize| {
            let row = i / study.size().width as usize;
            centre(0, row).y < self.rows[2] && unrolled.alpha.pixels()[i] > 0.5 && !unrolled.hand.pixels()[i]
        };
        let arm: Vec<usize> = (0..unrolled.alpha.pixels().len()).filter(|&i| is_arm(i)).collect();
        let seen: Vec<usize> = arm.iter().copied().filter(|&i| unrolled.seen.pixels()[i]).collect();
        let colours = seen.iter().map(|&i| Vec3::from_array(unrolled.colours.pixels()[i])).collect();
        let cloth = Vec3::from_array(self.cloth(study));
        if seen.len() as f32 > SCRAP * arm.len() as f32
            || !median(colours).is_some_and(|colour| is_same_cloth(colour, cloth))
        {
            return;
        }
        for i in seen {
            unrolled.seen.pixels_mut()[i] = false;
        }
    }

    /// Goes on with a sleeve's end, in the hand's own colours, below a hand that comes to a point there because the sleeve or the hand
    /// itself hides its wrist: as soon as it bends it would hang on that point.
    fn complete_wrist(&self, unrolled: &mut Unrolled) {
        /// How wide a wrist is, in that of the sleeve's end, and how far it goes on, in lengths of the hand's bone.
        const WIDTH: f32 = 0.8;
        const REACH: f32 = 0.75;
        if !self.hand_visible {
            return;
        }
        let (wrist, bone) = (self.rows[2], self.rows[3] - self.rows[2]);
        let half = WIDTH * self.half_width(Place { bone: 2, along: 0.0, across: 0.0 });
        let last = |end: f32, side: usize| (end.max(0.0) as usize).min(side - 1);
        let (width, height) = (unrolled.alpha.width(), unrolled.alpha.height());
        let first = [last(self.column - 2.0 * bone, width), last(wrist, height)];
        // A hand that lies back over its sleeve hides its wrist itself.
        if unrolled.hand.row(first[1].saturating_sub(1)).iter().filter(|hand| **hand).count() as f32 > half {
            return;
        }
        let part = PixelRect::spanning(
            first,
            [last(self.column + 2.0 * bone, width), last(wrist + 2.0 * bone, height)],
        );
        let known = unrolled.alpha.map(|&alpha| alpha > 0.9);
        let Some(filled) = spread(part, &unrolled.colours, &known, 0.15 * bone) else { return };
        for (y, x) in (part.y..part.bottom()).flat_map(|y| (part.x..part.right()).map(move |x| (y, x))) {
            let from_wrist = centre(x, y) - Vec2::new(self.column, wrist);
            let along = from_wrist.y / (REACH * bone);
            let inside = half * (1.0 - along * along).max(0.0).sqrt() - from_wrist.x.abs();
            let (alpha, least) = (unrolled.alpha.get(x, y), (inside / 1.2 + 0.5).clamp(0.0, 1.0));
            if from_wrist.y >= 0.0 && alpha < least {
                let (own, below) = (unrolled.colours.get(x, y), filled.get(x, y));
                unrolled.colours.set(x, y, [0, 1, 2].map(|c| below[c] + (own[c] - below[c]) * alpha / least));
                unrolled.alpha.set(x, y, least);
            }
        }
    }

    /// The colours with what is not seen filled in: each row from what is seen of it, as an arm is the same all round, and rows
    /// of which nothing is seen from those next to them.
    fn complete(&self, study: &Study<'_>, unrolled: &Unrolled) -> SrgbPlane {
        let arm = |y: usize| centre(0, y).y < self.rows[2];
        let mut known = Plane::from_fn(study.size(), |x, y| {
            let (x, y) = (x as usize, y as usize);
            arm(y) && unrolled.seen.get(x, y) && !unrolled.hand.get(x, y) && unrolled.alpha.get(x, y) > 0.5
        });
        let mut colours = unrolled.colours.clone();
        if area(&known) < 60 {
            let cloth = self.cloth(study);
            for colour in colours.pixels_mut() {
                *colour = cloth;
            }
        } else {
            for y in (0..colours.height()).filter(|&y| arm(y)) {
                spread_row(colours.row_mut(y), known.row_mut(y), self.column, 1.3 * self.radius * self.scale);
            }
            let reach = (2.5 * self.radius).ceil() as usize;
            let column = (self.column as usize).min(colours.width() - 1);
            let bottom = (self.rows[2].ceil() as usize).clamp(1, colours.height());
            let part = PixelRect::spanning([column, 0], [column, bottom - 1]).grown(reach, study.size());
            colours = spread(part, &colours, &known, 0.4 * self.radius).unwrap_or(colours);
        }
        let colours = self.with_pattern_of_trunk(study, colours, &unrolled.seen);
        // Without a seam; but a hand ends where it does.
        let hidden = unrolled.alpha.zip_map(&unrolled.seen, |&alpha, &seen| alpha > 0.5 && !seen);
        let from_hidden = distance_to(&hidden);
        let over_px = (SEAM * self.radius * self.scale).max(1.0);
        Plane::from_fn(study.size(), |x, y| {
            let (x, y) = (x as usize, y as usize);
            let seen = match !arm(y) || unrolled.hand.get(x, y) {
                true => 1.0,
                false => smoothstep(from_hidden.get(x, y) / over_px),
            };
            let across = (centre(x, y).x - self.column) / (self.radius * self.scale);
            let round = ROUNDNESS * self.off_trunk(centre(x, y).y);
            let filled = colours.get(x, y).map(|v| v * (1.0 - round * across.abs().min(1.2).powi(2)));
            let own = unrolled.colours.get(x, y);
            std::array::from_fn(|c| filled[c] + (own[c] - filled[c]) * seen)
        })
    }

    /// A sleeve's smooth colours with the pattern of the trunk's cloth where they are not `seen`, if both are of one garment.
    fn with_pattern_of_trunk(&self, study: &Study<'_>, smooth: SrgbPlane, seen: &Mask) -> SrgbPlane {
        /// What differs by more from what is about it is no pattern but a button or a seam.
        const PLAIN: f32 = 28.0;
        /// How far a sleeve takes the trunk's light; on the trunk it takes all of it.
        const LIT: f32 = 0.7;
        let reach = (1.3 * self.radius * self.scale).max(2.0);
        let (left, right) = (self.column - reach, self.column + reach);
        let wrist = (self.rows[2] as usize).min(study.size().height as usize - 1);
        let columns = [left.max(0.0) as usize, (right as usize).min(study.size().width as usize - 1)];
        let arm = PixelRect::spanning([columns[0], 0], [columns[1], wrist]);
        let cloth = Vec3::from_array(self.cloth(study));
        let sleeve = median(arm.cut(&smooth).pixels().iter().map(|c| Vec3::from_array(*c)).collect());
        if !sleeve.is_some_and(|sleeve| is_same_cloth(sleeve, cloth)) {
            return smooth;
        }
        // What is seen of a sleeve is its edge, in the shadow of what hides the rest; it goes over into what is in the trunk's light.
        let part = arm.grown((2.0 * self.radius).ceil() as usize, study.size());
        let about = gaussian_blur(&part.cut(&smooth), 0.5 * self.radius);
        let of_cloth = self.rows_of_cloth(&about, part.x, cloth);
        let mut lit = smooth;
        for (y, x) in (arm.y..arm.bottom()).flat_map(|y| (arm.x..arm.right()).map(move |x| (y, x))) {
            let (colour, about) = (lit.get(x, y), about.get(x - part.x, y - part.y));
            let share = of_cloth[y - part.y] * (1.0 + (LIT - 1.0) * self.off_trunk(centre(x, y).y));
            let light = |c: usize| (cloth.to_array()[c] - about[c]) * share;
            lit.set(x, y, std::array::from_fn(|c| (colour[c] + light(c)).clamp(0.0, 255.0)));
        }
        let smooth = lit;
        let trunk = self.trunk(study);
        let Some(torso) = bounds(&trunk) else { return smooth };
        // Both side by side in one picture, the trunk on the left.
        let size = Size::new(torso.size.width + arm.size.width, torso.size.height.max(arm.size.height));
        let beside = [torso.size.width as usize, 0];
        let whole = PixelRect::spanning([0, 0], [size.width as usize - 1, size.height as usize - 1]);
        let place = |part: PixelRect, corner: [usize; 2]| PixelRect { x: corner[0], y: corner[1], ..part };
        let mut image = Plane::filled(size, [0.0; 3]);
        place(torso, [0, 0]).paste(&torso.cut(study.still.foreground), &mut image);
        place(arm, beside).paste(&arm.cut(&smooth), &mut image);
        let even = gaussian_blur(&image, 0.06 * study.anatomy.shoulder_width);
        let mut source = Plane::filled(size, false);
        place(torso, [0, 0]).paste(&torso.cut(&trunk), &mut source);
        let differs = image.zip_map(&even, |a, b| Vec3::from_array(*a).distance(Vec3::from_array(*b)));
        let plain = erode_square(&source, 3).zip_map(&differs, |&own, &off| own && off < PLAIN);
        let mut hole = Plane::filled(size, false);
        let wanted = Plane::from_fn(arm.size, |x, y| {
            let (x, y) = (arm.x + x as usize, arm.y + y as usize);
            !seen.get(x, y) && of_cloth[y - part.y] > 0.5
        });
        place(arm, beside).paste(&wanted, &mut hole);
        let sigma_px = 0.15 * study.anatomy.shoulder_width;
        let filled = patterned(&image.clone(), image, whole, [&hole, &plain], sigma_px);
        let mut sleeve = smooth;
        arm.paste(&place(arm, beside).cut(&filled), &mut sleeve);
        sleeve
    }

    /// How far each row of a sleeve, of which even colours are given, from the column `left` on, is of the trunk's cloth, be it in its shadow, 0 … 1: below a short
    /// sleeve are other stuffs.
    fn rows_of_cloth(&self, even: &SrgbPlane, left: usize, cloth: Vec3) -> Vec<f32> {
        const LIGHTS: RangeInclusive<f32> = 0.2..=2.0;
        let half = 0.5 * self.radius * self.scale;
        let columns = [self.column - half, self.column + half].map(|x| (x as usize).saturating_sub(left));
        let mean = |y: usize| {
            let colours = &even.row(y)[columns[0]..(columns[1] + 1).min(even.width())];
            colours.iter().map(|colour| Vec3::from_array(*colour)).sum::<Vec3>() / colours.len().max(1) as f32
        };
        let is_cloth = |y: usize| is_same_cloth(mean(y), cloth) || is_same_in_light(cloth, mean(y), LIGHTS);
        let rows: Vec<f32> = (0..even.height()).map(|y| f32::from(u8::from(is_cloth(y)))).collect();
        let reach = (0.5 * self.radius * self.scale).ceil() as usize;
        let about = |y: usize| &rows[y.saturating_sub(reach)..(y + reach + 1).min(rows.len())];
        (0..rows.len()).map(|y| about(y).iter().sum::<f32>() / about(y).len() as f32).collect()
    }

    /// The trunk's cloth that is seen: of its upper half, which a sleeve belongs to, if enough is seen of that.
    fn trunk(&self, study: &Study<'_>) -> Mask {
        const ENOUGH: f32 = 0.2;
        let whole = intersection(&intersection(&study.labelled(Part::Core), &study.torso), &study.solid);
        let root = |limb: fn(Side) -> Limb| {
            let [left, right] = Side::BOTH.map(|side| study.anatomy.chain(limb(side))[0]);
            left.midpoint(right)
        };
        let (shoulders, hips) = (root(Limb::Arm), root(Limb::Leg));
        let middle = shoulders.midpoint(hips);
        let upper = Plane::from_fn(study.size(), |x, y| {
            let (x, y) = (x as usize, y as usize);
            whole.get(x, y) && (centre(x, y) - middle).dot(shoulders - hips) > 0.0
        });
        if area(&upper) as f32 >= ENOUGH * area(&whole) as f32 { upper } else { whole }
    }

    /// The middle colour of the trunk, for an arm of which nothing is seen.
    fn cloth(&self, study: &Study<'_>) -> [f32; 3] {
        let trunk = self.trunk(study);
        let colours = study.still.foreground.pixels().iter().zip(trunk.pixels());
        let seen: Vec<Vec3> = colours.filter(|(_, own)| **own).map(|(c, _)| Vec3::from_array(*c)).collect();
        median(seen).map_or([128.0; 3], |c| c.to_array())
    }

    /// Draws a hand at ease where the still's is not seen.
    fn add_hand(&self, study: &Study<'_>, sheet: &mut Sheet) {
        let Some(skin) = self.skin(study, sheet).filter(|_| !self.hand_visible) else { return };
        let length = self.rows[3] - self.rows[2];
        let pixel = 1.0 / length.max(1.0);
        // A palm turned to the back has its thumb beside the body, which a left arm has on the picture's left.
        let thumb = if self.arm.side() == Side::Left { -1.0 } else { 1.0 };
        for y in self.rows[2] as usize..sheet.invented_alpha.height() {
            for x in 0..sheet.invented_alpha.width() {
                let from_wrist = (centre(x, y) - Vec2::new(self.column, self.rows[2])) / length;
                let Some((inside, shade)) = invented_hand::at(from_wrist * Vec2::new(-thumb, 1.0)) else {
                    continue;
                };
                let alpha = (inside / (1.5 * pixel) + 0.5).clamp(0.0, 1.0);
                if alpha > sheet.invented_alpha.get(x, y) {
                    sheet.fill.set(x, y, skin.map(|v| v * shade));
                    sheet.invented_alpha.set(x, y, alpha);
                }
            }
        }
    }

    /// The colour of a hand: the forearm's where that is bare, else the face's.
    fn skin(&self, study: &Study<'_>, sheet: &Sheet) -> Option<[f32; 3]> {
        const BARE: f32 = 60.0;
        let face = Vec3::from_array(skin(study)?);
        let rows = (self.rows[1].lerp(self.rows[2], 0.6) as usize)..self.rows[2] as usize;
        let reach = (0.4 * self.radius * self.scale) as usize;
        let columns = (self.column as usize).saturating_sub(reach)..=self.column as usize + reach;
        let forearm = rows.flat_map(|y| columns.clone().map(move |x| (x, y)));
        let seen = forearm.filter(|&(x, y)| x < sheet.fill.width() && y < sheet.fill.height());
        let colours = seen.map(|(x, y)| Vec3::from_array(sheet.fill.get(x, y))).collect();
        let forearm = median(colours).filter(|colour| colour.distance(face) < BARE);
        Some(forearm.unwrap_or(face).to_array())
    }
}

/// How much of a sleeve's beginning is drawn, 0 … 1: it comes out of the trunk, whose shoulder it lies on, without a line.
fn shoulder_share(place: Place) -> f32 {
    const FADE: f32 = 0.3;
    if place.bone == 0 { smoothstep((place.along + 0.15) / FADE) } else { 1.0 }
}

/// Carries the colours known in a row of the strip, if they are a fair part of it, to the rest of it.
fn spread_row(colours: &mut [[f32; 3]], known: &mut [bool], column: f32, reach: f32) {
    let low = (column - reach).max(0.0) as usize;
    let high = ((column + reach) as usize + 1).min(known.len());
    let seen: Vec<usize> = (low..high).filter(|&x| known[x]).collect();
    let (Some(&first), Some(&last)) = (seen.first(), seen.last()) else { return };
    if (seen.len() as f32) < 0.3 * reach {
        return;
    }
    // The outermost pixels hold shadows of what is beside the arm: what lies a little inside goes on instead.
    let inset = (last - first) / 5;
    for x in low..high {
        if !known[x] && (x < first || x > last) {
            colours[x] = colours[if x < first { first + inset } else { last - inset }];
            known[x] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleeve_fades_in_over_the_shoulder_alone() {
        let share = |bone, along| shoulder_share(Place { bone, along, across: 0.0 });
        assert_eq!((share(0, -0.15), share(0, 0.16), share(1, 0.0)), (0.0, 1.0, 1.0));
        assert!((0.4..0.6).contains(&share(0, 0.0)));
    }

    #[test]
    fn a_forearm_below_a_short_sleeve_is_not_of_the_trunk_s_cloth() {
        let strip = Strip {
            arm: Limb::Arm(Side::Left),
            bones: [Vec2::ZERO; 4],
            depths: [0.0; 4],
            column: 20.0,
            rows: [10.0, 50.0, 90.0, 105.0],
            scale: 1.0,
            radius: 8.0,
            hand_visible: false,
        };
        let cloth = Vec3::new(225.0, 215.0, 205.0);
        let fur = Vec3::new(130.0, 100.0, 80.0);
        let colour = |y: u32| {
            if y < 30 {
                cloth
            } else if y < 60 {
                0.4 * cloth
            } else {
                fur
            }
        };
        let even = Plane::from_fn(Size::new(40, 100), |_, y| colour(y).to_array());
        let rows = strip.rows_of_cloth(&even, 0, cloth);
        assert!(rows[..50].iter().all(|share| *share == 1.0) && rows[70..].iter().all(|share| *share == 0.0));
        assert!(rows[60] > 0.3 && rows[60] < 0.7, "{}", rows[60]);
    }
}

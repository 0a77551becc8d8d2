//! What is made up of an arm that is laid out straight: what hides its sleeve, its wrist, its hand.

use std::ops::RangeInclusive;

use frame::{Plane, Size, SrgbPlane};
use glam::{FloatExt as _, Vec2, Vec3};

use super::{Place, Strip, Unrolled};
use crate::filter::{Mask, PixelRect, area, bounds, distance_to, erode_square, gaussian_blur, intersection};
use crate::layers::pattern::patterned;
use crate::layers::study::{Study, skin, spread};
use crate::layers::{Sheet, invented_hand};
use crate::parts::{Part, centre, is_same_cloth, is_same_in_light, median};
use crate::{Limb, Side, smoothstep};

/// How far what is seen of an arm goes over into what was invented beside it, in half widths of the arm.
const SEAM: f32 = 0.7;
/// What is seen of less than this share of an arm is a scrap.
const SCRAP: f32 = 0.35;
/// How much darker an arm that was invented is at its edges.
const ROUNDNESS: f32 = 0.13;

impl Strip {
    /// Takes what is seen of a sleeve of the trunk's cloth for not seen where it is but a scrap: a patch in its own light, ending in the
    /// folds of an elbow, looks worse than an even sleeve.
    pub(super) fn forget_scraps(&self, study: &Study<'_>, unrolled: &mut Unrolled) {
        let is_arm = |i: usize| {
            let row = i / study.size().width as usize;
            centre(0, row).y < self.rows[2] && unrolled.alpha.pixels()[i] > 0.5 && !unrolled.hand.pixels()[i]
        };
        let arm: Vec<usize> = (0..unrolled.alpha.pixels().len()).filter(|&i| is_arm(i)).collect();
        let seen: Vec<usize> = arm.iter().copied().filter(|&i| unrolled.seen.pixels()[i]).collect();
        let colours = seen.iter().map(|&i| Vec3::from_array(unrolled.colours.pixels()[i])).collect();
        if seen.len() as f32 > SCRAP * arm.len() as f32
            || !median(colours).is_some_and(|colour| is_same_cloth(colour, self.cloth))
        {
            return;
        }
        for i in seen {
            unrolled.seen.pixels_mut()[i] = false;
        }
    }

    /// Goes on with a sleeve's end, in the hand's own colours, below a hand that comes to a point there because the sleeve or the hand
    /// itself hides its wrist: as soon as it bends it would hang on that point.
    pub(super) fn complete_wrist(&self, unrolled: &mut Unrolled) {
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
    pub(super) fn complete(&self, study: &Study<'_>, unrolled: &Unrolled) -> SrgbPlane {
        let arm = |y: usize| centre(0, y).y < self.rows[2];
        let mut known = Plane::from_fn(study.size(), |x, y| {
            let (x, y) = (x as usize, y as usize);
            arm(y) && unrolled.seen.get(x, y) && !unrolled.hand.get(x, y) && unrolled.alpha.get(x, y) > 0.5
        });
        let mut colours = unrolled.colours.clone();
        if area(&known) < 60 {
            colours.pixels_mut().fill(self.cloth.to_array());
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
        let mut colours = self.with_pattern_of_trunk(study, colours, &unrolled.seen);
        self.end_sleeve(&mut colours);
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
        let sleeve = median(arm.cut(&smooth).pixels().iter().map(|c| Vec3::from_array(*c)).collect());
        if !sleeve.is_some_and(|sleeve| is_same_cloth(sleeve, self.cloth)) {
            return smooth;
        }
        // What is seen of a sleeve is its edge, in the shadow of what hides the rest; it goes over into what is in the trunk's light.
        let part = arm.grown((2.0 * self.radius).ceil() as usize, study.size());
        let about = gaussian_blur(&part.cut(&smooth), 0.5 * self.radius);
        let of_cloth = self.rows_of_cloth(&about, part.x);
        let mut lit = smooth;
        for (y, x) in (arm.y..arm.bottom()).flat_map(|y| (arm.x..arm.right()).map(move |x| (y, x))) {
            let (colour, about) = (lit.get(x, y), about.get(x - part.x, y - part.y));
            let share = of_cloth[y - part.y] * (1.0 + (LIT - 1.0) * self.off_trunk(centre(x, y).y));
            let light = |c: usize| (self.cloth[c] - about[c]) * share;
            lit.set(x, y, std::array::from_fn(|c| (colour[c] + light(c)).clamp(0.0, 255.0)));
        }
        let smooth = lit;
        let Some(torso) = bounds(&self.trunk) else { return smooth };
        // Both side by side in one picture, the trunk on the left.
        let size = Size::new(torso.size.width + arm.size.width, torso.size.height.max(arm.size.height));
        let beside = [torso.size.width as usize, 0];
        let place = |part: PixelRect, corner: [usize; 2]| PixelRect { x: corner[0], y: corner[1], ..part };
        let mut image = Plane::filled(size, [0.0; 3]);
        place(torso, [0, 0]).paste(&torso.cut(study.still.foreground), &mut image);
        place(arm, beside).paste(&arm.cut(&smooth), &mut image);
        let even = gaussian_blur(&image, 0.06 * study.anatomy.shoulder_width);
        let mut source = Plane::filled(size, false);
        place(torso, [0, 0]).paste(&torso.cut(&self.trunk), &mut source);
        let differs = image.zip_map(&even, |a, b| Vec3::from_array(*a).distance(Vec3::from_array(*b)));
        let plain = erode_square(&source, 3).zip_map(&differs, |&own, &off| own && off < PLAIN);
        let mut hole = Plane::filled(size, false);
        let wanted = Plane::from_fn(arm.size, |x, y| {
            let (x, y) = (arm.x + x as usize, arm.y + y as usize);
            !seen.get(x, y) && of_cloth[y - part.y] > 0.5
        });
        place(arm, beside).paste(&wanted, &mut hole);
        let sigma_px = 0.15 * study.anatomy.shoulder_width;
        let filled = patterned(&image.clone(), image, [&hole, &plain], sigma_px);
        let mut sleeve = smooth;
        arm.paste(&place(arm, beside).cut(&filled), &mut sleeve);
        sleeve
    }

    /// How far each row of a sleeve, of which even colours are given, from the column `left` on, is of the trunk's cloth, be it in its shadow, 0 … 1: below a short
    /// sleeve are other stuffs.
    fn rows_of_cloth(&self, even: &SrgbPlane, left: usize) -> Vec<f32> {
        const LIGHTS: RangeInclusive<f32> = 0.2..=2.0;
        let half = 0.5 * self.radius * self.scale;
        let columns = [self.column - half, self.column + half].map(|x| (x as usize).saturating_sub(left));
        let mean = |y: usize| {
            let colours = &even.row(y)[columns[0]..(columns[1] + 1).min(even.width())];
            colours.iter().map(|colour| Vec3::from_array(*colour)).sum::<Vec3>() / colours.len().max(1) as f32
        };
        let is_cloth =
            |y: usize| is_same_cloth(mean(y), self.cloth) || is_same_in_light(self.cloth, mean(y), LIGHTS);
        let rows: Vec<f32> = (0..even.height()).map(|y| f32::from(u8::from(is_cloth(y)))).collect();
        let reach = (0.5 * self.radius * self.scale).ceil() as usize;
        let about = |y: usize| &rows[y.saturating_sub(reach)..(y + reach + 1).min(rows.len())];
        (0..rows.len()).map(|y| about(y).iter().sum::<f32>() / about(y).len() as f32).collect()
    }

    /// Has a short sleeve end in an edge: between what is seen of it and what is seen of the bare arm the colours go over slowly.
    fn end_sleeve(&self, colours: &mut SrgbPlane) {
        /// Least difference between sleeve and arm, in steps of 255.
        const APART: f32 = 60.0;
        /// How much of the other's colour each has where the band between them begins and ends.
        const PURE: f32 = 0.1;
        /// The longest band, in the arm's radii, and the width of the edge in pixels.
        const LONGEST: f32 = 3.0;
        const EDGE: f32 = 1.5;
        let half = 0.5 * self.radius * self.scale;
        let columns =
            [self.column - half, self.column + half].map(|x| (x.max(0.0) as usize).min(colours.width() - 1));
        let rows = self.rows[0] as usize..(self.rows[2] as usize).min(colours.height());
        let mean = |y: usize| {
            let own = &colours.row(y)[columns[0]..=columns[1]];
            own.iter().map(|colour| Vec3::from_array(*colour)).sum::<Vec3>() / own.len() as f32
        };
        let means: Vec<Vec3> = rows.clone().map(mean).collect();
        let is_cloth = |&colour: &Vec3| is_same_cloth(colour, self.cloth);
        // One end alone: what lies between two sleeves is a watch or a strap.
        let ends = means.windows(2).filter(|pair| is_cloth(&pair[0]) != is_cloth(&pair[1])).count();
        let of = |cloth: bool| median(means.iter().copied().filter(|c| is_cloth(c) == cloth).collect());
        let (1, true, Some(cloth), Some(arm)) =
            (ends, means.first().is_some_and(is_cloth), of(true), of(false))
        else {
            return;
        };
        let way = arm - cloth;
        if way.length() < APART {
            return;
        }
        let shares: Vec<f32> = means.iter().map(|c| (*c - cloth).dot(way) / way.length_squared()).collect();
        let Some(edge) = shares.iter().position(|&share| share > 0.5) else { return };
        let begin = shares[..edge].iter().rposition(|&share| share < PURE).unwrap_or(0);
        let Some(end) = shares[edge..].iter().position(|&share| share > 1.0 - PURE) else { return };
        if (edge + end - begin) as f32 > LONGEST * self.radius * self.scale {
            return;
        }
        for (i, &share) in shares.iter().enumerate().take(edge + end + 1).skip(begin) {
            let bare = smoothstep((i as f32 + 0.5 - edge as f32) / EDGE + 0.5);
            let off = way * (share.min(PURE).lerp(share.max(1.0 - PURE), bare) - share);
            for colour in colours.row_mut(rows.start + i) {
                *colour = std::array::from_fn(|c| (colour[c] + off[c]).clamp(0.0, 255.0));
            }
        }
    }

    /// Draws a hand at ease where the still's is not seen.
    pub(super) fn add_hand(&self, study: &Study<'_>, sheet: &mut Sheet) {
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

/// The trunk's cloth that is seen: of its upper half, which a sleeve belongs to, if enough is seen of that.
pub(super) fn seen_trunk(study: &Study<'_>) -> Mask {
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

/// Its middle colour.
pub(super) fn middle_colour(study: &Study<'_>, trunk: &Mask) -> Vec3 {
    let colours = study.still.foreground.pixels().iter().zip(trunk.pixels());
    let seen: Vec<Vec3> = colours.filter(|(_, own)| **own).map(|(c, _)| Vec3::from_array(*c)).collect();
    median(seen).unwrap_or(Vec3::splat(128.0))
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

    /// A strip of 80 rows down the middle of 40 columns.
    fn strip(cloth: Vec3) -> Strip {
        Strip {
            arm: Limb::Arm(Side::Left),
            bones: [Vec2::ZERO; 4],
            depths: [0.0; 4],
            column: 20.0,
            rows: [10.0, 50.0, 90.0, 105.0],
            scale: 1.0,
            radius: 8.0,
            hand_visible: false,
            trunk: Plane::filled(Size::new(40, 100), false),
            cloth,
        }
    }

    #[test]
    fn a_short_sleeve_ends_in_an_edge() {
        let (cloth, skin) = (Vec3::new(225.0, 215.0, 205.0), Vec3::new(160.0, 110.0, 90.0));
        let blended = |y: u32| ((y as f32 - 30.0) / 16.0).clamp(0.0, 1.0);
        let mut colours = Plane::from_fn(Size::new(40, 100), |_, y| cloth.lerp(skin, blended(y)).to_array());
        strip(cloth).end_sleeve(&mut colours);
        let of_skin = |y: usize| {
            let colour = Vec3::from_array(colours.get(20, y));
            (colour - cloth).dot(skin - cloth) / (skin - cloth).length_squared()
        };
        let between = (0..90).filter(|&y| (0.15..0.85).contains(&of_skin(y))).count();
        assert!(between <= 2 && of_skin(30) < 0.15 && of_skin(46) > 0.85, "{between} rows");
        // Of one cloth down to the hand it has no end.
        let mut whole = Plane::filled(Size::new(40, 100), cloth.to_array());
        strip(cloth).end_sleeve(&mut whole);
        assert!(whole.pixels().iter().all(|colour| *colour == cloth.to_array()));
    }

    #[test]
    fn a_forearm_below_a_short_sleeve_is_not_of_the_trunk_s_cloth() {
        let cloth = Vec3::new(225.0, 215.0, 205.0);
        let strip = strip(cloth);
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
        let rows = strip.rows_of_cloth(&even, 0);
        assert!(rows[..50].iter().all(|share| *share == 1.0) && rows[70..].iter().all(|share| *share == 0.0));
        assert!(rows[60] > 0.3 && rows[60] < 0.7, "{}", rows[60]);
    }
}

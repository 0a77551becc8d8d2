mod sleeve;

use frame::{Plane, SrgbPlane};
use glam::{FloatExt as _, Vec2, Vec3};

use super::candidates::ArmCandidate;
use super::hand::{hand_mask, hand_seen, hands_mask};
use super::study::Study;
use super::{Rest, SheetKind};
use crate::filter::{Mask, coverage, erode_square, intersection, sample_linear, sample_linear_or};
use crate::parts::{Part, centre, distance_to_segment};
use crate::{Limb, Side, smoothstep};
use sleeve::{middle_colour, seen_trunk};

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
    /// The trunk's cloth that is seen, which a sleeve's is taken for.
    trunk: Mask,
    /// Its middle colour.
    cloth: Vec3,
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
        let trunk = seen_trunk(study);
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
            cloth: middle_colour(study, &trunk),
            trunk,
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
}

/// How much of a sleeve's beginning is drawn, 0 … 1: it comes out of the trunk, whose shoulder it lies on, without a line.
fn shoulder_share(place: Place) -> f32 {
    const FADE: f32 = 0.3;
    if place.bone == 0 { smoothstep((place.along + 0.15) / FADE) } else { 1.0 }
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
}

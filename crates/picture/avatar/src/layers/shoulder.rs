use frame::{Plane, SrgbPlane};
use glam::{Vec2, Vec3};

use super::limb::{likeness, raise};
use super::pattern::{BOLD, sleeved, variation};
use super::study::{Study, soft_edge, spread};
use super::{Rest, Sheet, SheetKind};
use crate::filter::{
    PixelRect, area, close_disc, coverage, difference, dilate_square, distance_to, erode_square,
    gaussian_blur, intersection, nearest_in, places, reach, threshold, union,
};
use crate::parts::{Part, centre, is_same_cloth, median};
use crate::{Limb, smoothstep};

/// An arm's sheet with all of the still about the shoulder and the bone below it, so that a raised arm turns on a round
/// shoulder instead of hanging on the corner that its label leaves there. At rest this lies over the same colours of the
/// trunk. Long hair over the arm does not turn with it, nor does what has another colour than the arm: a chest is not a sleeve.
pub(super) fn with_shoulder(study: &Study<'_>, mut sheet: Sheet) -> Sheet {
    /// How far from the shoulder it is filled up, in radii of the arm.
    const NOTCH: f32 = 2.0;
    let SheetKind::Limb(limb) = sheet.kind else { return sheet };
    let Some(region) = &study.parts.limbs[limb] else { return sheet };
    let [shoulder, elbow, ..] = study.anatomy.chain(limb);
    let bone = elbow - shoulder;
    let hair = region.under_hair.as_ref().map(|hair| dilate_square(hair, (0.3 * region.radius_px) as usize));
    let Some(alike) = alike_about_shoulder(study, limb) else { return sheet };
    let round = Plane::from_fn(sheet.coverage.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let place = centre(x, y);
        let along = ((place - shoulder).dot(bone) / bone.length_squared().max(1.0)).clamp(0.0, 0.5);
        let radius = region.radius_px * (1.1 - 0.8 * along);
        // Away from the shoulder the arm turns whole: what is the trunk's there would be torn out of it.
        let into_trunk =
            1.5 * radius * (1.35 - place.distance(shoulder) / (1.15 * region.radius_px)).max(0.0);
        let inside = (radius - place.distance(shoulder + bone * along))
            .min(region.signed_distance.get(x, y) + into_trunk);
        let inside = (inside + 0.5).clamp(0.0, 1.0);
        if hair.as_ref().is_some_and(|hair| hair.get(x, y)) { 0.0 } else { inside * alike.get(x, y) }
    });
    raise(&mut sheet.coverage, &round);
    // Between the round shoulder and where the arm's label begins there is no notch.
    let whole = close_disc(&threshold(&sheet.coverage, 0.5), region.radius_px);
    let notch = Plane::from_fn(sheet.coverage.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let is_near = centre(x, y).distance(shoulder) < NOTCH * region.radius_px;
        if is_near && whole.get(x, y) && !hair.as_ref().is_some_and(|hair| hair.get(x, y)) {
            alike.get(x, y)
        } else {
            0.0
        }
    });
    raise(&mut sheet.coverage, &notch);
    sheet
}

/// Where the round shoulder of an arm is that is shown as it lies in the still. The end that the arm's own sheet has there, cut along
/// what it went over into, fades while the arm is raised, and what is round shows behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoundShoulder {
    shoulder: Vec2,
    /// Unit vector along the upper arm.
    along: Vec2,
    radius_px: f32,
    /// What it is measured in: the radius, or less of a short arm.
    unit_px: f32,
}

/// From where, along the upper arm, nothing and all of the arm's own sheet is seen.
const OWN: [f32; 2] = [1.2, 2.3];
/// From where nothing of the round shoulder is drawn, likewise, and from where all: it comes out of the trunk without a line.
const BEGIN: [f32; 2] = [-1.0, -0.5];
/// Up to where, likewise, all and nothing of the round shoulder is drawn.
const ROUND: [f32; 2] = [2.3, 3.1];
/// How far about a pixel a pattern is bold, in the arm's radii.
const NEAR: f32 = 0.4;
/// Alpha within an arm's outlines: those of a round shoulder are sharp, and would stand out of softer ones.
const SOLID: f32 = 0.8;
/// The least that an outline is taken to be beside the bone, in the arm's radii.
const NARROWEST: f32 = 0.4;

impl RoundShoulder {
    /// That of an arm whose shoulder and elbow these are, and whose radius.
    pub(crate) fn new([shoulder, elbow]: [Vec2; 2], radius_px: f32) -> Self {
        const OF_BONE: f32 = 0.28;
        let bone = elbow - shoulder;
        let unit_px = radius_px.min(OF_BONE * bone.length()).max(1.0);
        Self { shoulder, along: bone.normalize_or(Vec2::Y), radius_px, unit_px }
    }

    /// How much of the arm's own sheet is seen at a place, 0 … 1.
    pub(crate) fn share_of_own(&self, place: Vec2) -> f32 {
        smoothstep((self.along_bone(place) - OWN[0]) / (OWN[1] - OWN[0]))
    }

    /// How much of it is drawn at a place, 0 … 1, on an arm whose outlines lie so far beside the bone where it ends, along
    /// [`across`](Self::across).
    fn alpha(&self, place: Vec2, outlines: [f32; 2]) -> f32 {
        let along = self.along_bone(place);
        let begin = smoothstep((along - BEGIN[0]) / (BEGIN[1] - BEGIN[0]));
        let end = 1.0 - smoothstep((along - ROUND[0]) / (ROUND[1] - ROUND[0]));
        let narrowed = (along / ROUND[1]).clamp(0.0, 1.0);
        let [from, to] = [-1.0, 1.0].map(|way: f32| way * self.radius_px);
        let [from, to] = [from + (outlines[0] - from) * narrowed, to + (outlines[1] - to) * narrowed];
        let middle =
            self.shoulder + self.along * along.max(0.0) * self.unit_px + self.across() * 0.5 * (from + to);
        soft_edge(0.5 * (to - from) - place.distance(middle)) * begin * end
    }

    /// Unit vector across the bone.
    fn across(&self) -> Vec2 {
        self.along.perp()
    }

    /// How far the outlines of an arm lie beside the bone where this ends, along [`across`](Self::across).
    fn outlines(&self, arm: &Plane<f32>) -> [f32; 2] {
        let middle = self.shoulder + self.along * ROUND[1] * self.unit_px;
        [-1.0, 1.0].map(|side: f32| {
            let reach = reach(arm, middle, self.across() * side, SOLID, self.radius_px);
            side * reach.max(NARROWEST * self.radius_px)
        })
    }

    fn along_bone(&self, place: Vec2) -> f32 {
        (place - self.shoulder).dot(self.along) / self.unit_px
    }
}

/// The round shoulder of an arm's sheet: what that shows there, spread over what it does not. `None` for one that is laid
/// out straight, whose beginning is round as it is.
pub(super) fn round_shoulder(study: &Study<'_>, arm: &Sheet) -> Option<Sheet> {
    /// How soft the seam is between what is seen and what is spread, in radii.
    const SEAM: f32 = 0.4;
    /// How evenly its colours go on where no pattern is known, likewise.
    const EVEN: f32 = 0.3;
    /// What varies by more has a pattern, whose stripes are no light.
    const PLAIN: f32 = 35.0;
    let SheetKind::Limb(limb @ Limb::Arm(side)) = arm.kind else { return None };
    let shown = match arm.rest {
        Rest::AsSeen => limb,
        Rest::Mirrored { from } => from,
        Rest::Strip(_) => return None,
    };
    let region = study.parts.limbs[shown].as_ref()?;
    let [shoulder, elbow, ..] = study.anatomy.chain(shown);
    let round = RoundShoulder::new([shoulder, elbow], region.radius_px);
    let mut sheet = study.sheet(SheetKind::Shoulder(side), Plane::filled(study.size(), 0.0));
    let mut seen = arm.alpha(study.still.matte);
    if let Some(hair) = &region.under_hair {
        raise(&mut seen, &coverage(hair));
    }
    let outlines = round.outlines(&seen);
    sheet.invented_alpha =
        Plane::from_fn(study.size(), |x, y| round.alpha(centre(x as usize, y as usize), outlines));
    sheet.invented = Plane::filled(study.size(), 1.0);
    sheet.rest = arm.rest.clone();
    let own = intersection(&study.labelled(Part::Limb(shown)), &study.solid);
    let own = arm.coverage.zip_map(&own, |&coverage, &own| own && coverage > 0.9);
    let hair = region.under_hair.as_ref().map(|hair| dilate_square(hair, (0.3 * region.radius_px) as usize));
    let known = erode_square(&hair.map_or_else(|| own.clone(), |hair| difference(&own, &hair)), 2);
    let corner = |place: Vec2| {
        [(place.x.max(0.0) as usize).min(own.width() - 1), (place.y.max(0.0) as usize).min(own.height() - 1)]
    };
    let reach = Vec2::splat(3.0 * region.radius_px);
    let part = PixelRect::spanning(corner(shoulder.min(elbow) - reach), corner(shoulder.max(elbow) + reach));
    let smooth = spread(part, study.still.foreground, &known, EVEN * region.radius_px)?;
    let wanted = sheet.invented_alpha.zip_map(&known, |&alpha, &known| alpha > 0.0 && !known);
    let filled = sleeved(study, smooth, [&wanted, &known], region.radius_px);
    let inside = distance_to(&known.map(|known| !known));
    let seam_px = (SEAM * region.radius_px).max(1.0);
    sheet.fill = Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let (own, filled) = (study.still.foreground.get(x, y), filled.get(x, y));
        let share = smoothstep(inside.get(x, y) / seam_px);
        [0, 1, 2].map(|c| filled[c] + (own[c] - filled[c]) * share)
    });
    if variation(study.still.foreground, &known, NEAR * region.radius_px, 0.5) < PLAIN {
        take_trunk_s_light(study, &round, &mut sheet, part);
    }
    Some(sheet)
}

/// Has a round shoulder begin in the light of the trunk, from which it comes, where both are of one stuff.
fn take_trunk_s_light(study: &Study<'_>, round: &RoundShoulder, sheet: &mut Sheet, part: PixelRect) {
    /// How far about the shoulder it is the trunk's, and how evenly light is told, in radii.
    const ABOUT: f32 = 2.0;
    const EVEN: f32 = 0.5;
    /// Between where along the upper arm, in [`RoundShoulder::unit_px`], it goes over into the arm's own.
    const OVER: [f32; 2] = [0.0, 2.3];
    let pixels = || (part.y..part.bottom()).flat_map(|y| (part.x..part.right()).map(move |x| (x, y)));
    let near = |x: usize, y: usize| centre(x, y).distance(round.shoulder) < ABOUT * round.radius_px;
    let colour = |image: &SrgbPlane, is_of: &dyn Fn(usize, usize) -> bool| {
        let colours = pixels().filter(|&(x, y)| near(x, y) && is_of(x, y));
        median(colours.map(|(x, y)| Vec3::from_array(image.get(x, y))).collect())
    };
    let hair = union(&study.parts.hair, &study.parts.hair_behind);
    let other = union(&hair, &study.arms_and_rim());
    let trunk = difference(&intersection(&study.labelled(Part::Core), &study.solid), &other);
    let Some(of_trunk) = colour(study.still.foreground, &|x, y| trunk.get(x, y)) else { return };
    let Some(own) = colour(&sheet.fill, &|x, y| sheet.invented_alpha.get(x, y) > 0.5) else { return };
    if !is_same_cloth(of_trunk, own) {
        return;
    }
    let even = gaussian_blur(&part.cut(&sheet.fill), EVEN * round.radius_px);
    for (x, y) in pixels() {
        let along = round.along_bone(centre(x, y));
        let share = 1.0 - smoothstep((along - OVER[0]) / (OVER[1] - OVER[0]));
        let (own, even) = (sheet.fill.get(x, y), even.get(x - part.x, y - part.y));
        sheet.fill.set(
            x,
            y,
            std::array::from_fn(|c| (own[c] + (of_trunk[c] - even[c]) * share).clamp(0.0, 255.0)),
        );
    }
}

/// How far each pixel's colour is an arm's own about the shoulder, 0 … 1: that of the pixel of the arm next to it, or a usual one. Stripes
/// and checks have several, and what is of yet another colour between them is one more.
fn alike_about_shoulder(study: &Study<'_>, limb: Limb) -> Option<Plane<f32>> {
    /// How many pixels of a bold pattern are compared with.
    const SAMPLES: usize = 48;
    /// From which share of them on, and up to which, those that are alike make a colour usual.
    const USUAL: [f32; 2] = [0.04, 0.12];
    /// Half as wide as what a stripe may be, in radii of the arm.
    const STRIPE: f32 = 0.5;
    let [shoulder, ..] = study.anatomy.chain(limb);
    let radius = study.anatomy.radius[limb];
    let own = intersection(&study.labelled(Part::Limb(limb)), &study.solid);
    let near = |x: usize, y: usize| centre(x, y).distance(shoulder) < 2.5 * radius;
    let about = Plane::from_fn(study.size(), |x, y| near(x as usize, y as usize));
    let about = intersection(&own, &about);
    let colours = study.still.foreground;
    let is_bold = variation(colours, &about, NEAR * radius, 0.5) > BOLD;
    let step = if is_bold { (area(&about) / SAMPLES).max(1) } else { 1 };
    let seen: Vec<Vec3> =
        places(&about).step_by(step).map(|(x, y)| Vec3::from_array(colours.get(x, y))).collect();
    let usual = median(seen.clone())?;
    let as_usual = |here: [f32; 3]| {
        if !is_bold {
            return likeness(here, usual.to_array());
        }
        let alike = seen.iter().map(|colour| likeness(here, colour.to_array())).sum::<f32>();
        smoothstep((alike / seen.len() as f32 - USUAL[0]) / (USUAL[1] - USUAL[0]))
    };
    let nearest = nearest_in(&own)?;
    let mut alike = Plane::from_fn(study.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        if !near(x, y) {
            return 0.0;
        }
        let [own_x, own_y] = nearest.get(x, y).map(|i| i as usize);
        let here = colours.get(x, y);
        likeness(here, colours.get(own_x, own_y)).max(as_usual(here))
    });
    if is_bold {
        let striped = close_disc(&threshold(&alike, 0.5), STRIPE * radius);
        raise(&mut alike, &coverage(&striped));
    }
    Some(alike)
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;

    #[test]
    fn what_fades_of_an_arm_s_own_end_has_the_round_shoulder_behind_it() {
        let round = RoundShoulder::new([Vec2::new(50.0, 40.0), Vec2::new(50.0, 120.0)], 10.0);
        for i in 0..160 {
            let on_bone = Vec2::new(50.0, 35.0 + 0.5 * i as f32);
            assert!(round.share_of_own(on_bone).max(round.alpha(on_bone, [-10.0, 10.0])) > 0.99, "{on_bone}");
        }
        assert_eq!(
            (round.share_of_own(Vec2::new(58.0, 42.0)), round.share_of_own(Vec2::new(58.0, 64.0))),
            (0.0, 1.0)
        );
        // Of a short arm it takes no more than its share.
        let short = RoundShoulder::new([Vec2::ZERO, Vec2::new(0.0, 12.0)], 10.0);
        assert_eq!(short.share_of_own(Vec2::new(0.0, 8.0)), 1.0);
    }

    #[test]
    fn it_is_as_broad_as_the_arm_that_it_goes_over_into() {
        let round = RoundShoulder::new([Vec2::new(50.0, 40.0), Vec2::new(50.0, 120.0)], 10.0);
        // From 6 px on one side of the bone to 8 px on the other, but for a scrap.
        let arm = Plane::from_fn(Size::new(100, 140), |x, _| f32::from((44..58).contains(&x)));
        let [from, to] = round.outlines(&arm);
        assert!((to - from - 14.0).abs() <= 2.0, "{from} {to}");
        let alpha = |x: f32, y: f32| round.alpha(Vec2::new(x, y), [from, to]);
        // As broad as the arm's radius at the shoulder, as the arm where it ends.
        assert!(alpha(41.5, 41.0) > 0.9 && alpha(58.5, 41.0) > 0.9);
        assert!(alpha(46.0, 64.0) > 0.0 && alpha(56.0, 64.0) > 0.0);
        assert_eq!((alpha(41.5, 64.0), alpha(59.5, 64.0)), (0.0, 0.0));
        let nothing = Plane::filled(Size::new(100, 140), 0.0);
        assert_eq!(round.outlines(&nothing), [-4.0, 4.0]);
    }
}

//! The back of clothes that are open in front: a coat over a dress, a tie between lapels, a picture on a shirt.

use std::collections::BTreeMap;

use frame::{Plane, SrgbPlane};
use glam::Vec3;

use super::core::without_buttons;
use super::pattern::patterned;
use super::study::{Study, skins, spread};
use crate::Joint;
use crate::filter::{
    Connectivity, Mask, area, bounds, close_disc, components, coverage, difference, dilate_disc,
    dilate_square, gaussian_blur, intersection, open_disc, places, to_lab, union,
};
use crate::motion::percentile;
use crate::parts::{ColourModel, Part, centre, has_neck, is_same_in_other_light, median};

/// What is looked at together along the spine, in its lengths.
const BAND: f32 = 0.04;
/// How far in from its ends a band shows its sides, as a share of it.
const SIDE: f32 = 0.12;
/// What lightness counts beside hue when cloths are compared, in L*a*b*: folds and lamps change it more than another cloth does.
const LIGHT: f32 = 0.4;

/// Components of the mixtures that tell cloths apart by colour.
const COMPONENTS: usize = 4;

/// Cloth of the sides over what only the front shows between them, and how much of each pixel it covers; `None` where front and
/// back may look the same.
pub(super) fn closed_back(study: &Study<'_>) -> Option<(SrgbPlane, Plane<f32>)> {
    /// Less of the cloth than this at the sides tells nothing of the rest.
    const LEAST_KNOWN: f32 = 0.08;
    /// As [`without_buttons`] has it.
    const MOST_BUTTONS: f32 = 0.2;
    // What has no neck wears nothing.
    if !has_neck(study.still.person) {
        return None;
    }
    let cloth = cloth(study);
    let spine = study.anatomy.spine;
    // Folds of a skirt are there from behind as well.
    let on_trunk = intersection(&cloth, &study.torso);
    let buttons = difference(&on_trunk, &without_buttons(study, &on_trunk, MOST_BUTTONS));
    let (wanted, sides) = match parted(study, &cloth) {
        Some(Parted { open, sides }) => {
            (union(&dilate_disc(&open, (0.015 * spine).max(2.0)), &buttons), sides)
        }
        None => (buttons, cloth.clone()),
    };
    let wanted = intersection(&wanted, &study.solid);
    let known = difference(&sides, &wanted);
    if (area(&known) as f32) < LEAST_KNOWN * area(&cloth) as f32 {
        return None;
    }
    let part = bounds(&wanted)?.grown((0.1 * spine) as usize + 8, study.size());
    let smooth = spread(part, study.still.foreground, &known, 0.03 * spine)?;
    let filled = patterned(study.still.foreground, smooth, [&wanted, &known], 0.08 * spine);
    Some((filled, gaussian_blur(&coverage(&wanted), 1.5)))
}

/// The clothes of trunk and skirt that are seen.
fn cloth(study: &Study<'_>) -> Mask {
    /// Where they begin, in lengths of the spine below the shoulders: from behind a collar reaches higher.
    const FROM: f32 = -0.16;
    let (chest, down) = (study.anatomy.at(Joint::Chest), study.anatomy.downwards());
    let below = Plane::from_fn(study.size(), |x, y| {
        (centre(x as usize, y as usize) - chest).dot(down) > FROM * study.anatomy.spine
    });
    let own = intersection(&intersection(&study.labelled(Part::Core), &study.solid), &below);
    let hair = dilate_square(&study.parts.hair, study.rim());
    difference(&difference(&own, &study.arms_and_rim()), &hair)
}

/// Clothes of which the sides are of one cloth and the middle is not.
struct Parted {
    /// What the sides leave open.
    open: Mask,
    sides: Mask,
}

/// Parts clothes by colours: those of the sides and those between, where a band of them along the spine shows both.
fn parted(study: &Study<'_>, cloth: &Mask) -> Option<Parted> {
    /// The least that counts as open, as a share of the cloth.
    const LEAST: f32 = 0.006;
    /// How far the colours must be apart, in their spreads: a rim in bright light is no cloth of its own.
    const APART: f32 = 1.4;
    /// The share of the sides' pixels that are surely of their cloth.
    const OWN: f32 = 0.995;
    let colours = to_lab(study.still.foreground).map(|&[l, a, b]| Vec3::new(LIGHT * l, a, b));
    let [between, sides] = between_sides(study, cloth, &colours);
    let is_much = |mask: &Mask| area(mask) as f32 > LEAST * area(cloth) as f32;
    if !is_much(&between) {
        return None;
    }
    let of = |mask: &Mask, colours: &Plane<Vec3>| -> Vec<Vec3> {
        places(mask).map(|(x, y)| colours.get(x, y)).collect()
    };
    let [inner, outer] = [&between, &sides].map(|mask| Cloth::of(of(mask, &colours)));
    let (inner, outer) = (inner?, outer?);
    let seen = study.still.foreground.map(|&colour| Vec3::from_array(colour));
    let (inner_seen, outer_seen) = (median(of(&between, &seen))?, median(of(&sides, &seen))?);
    if inner.colour.distance(outer.colour) < APART * (inner.spread + outer.spread)
        || is_same_in_other_light(inner_seen, outer_seen)
    {
        return None;
    }
    let model = |mask: &Mask| ColourModel::fit(of(mask, &colours), COMPONENTS);
    let (open, side) = (model(&between)?, model(&sides)?);
    // So little of the sides is as strange to them that it tells another cloth as well, in whatever light that is seen.
    let strange = percentile(places(&sides).map(|(x, y)| side.surprise(colours.get(x, y))), OWN);
    let is_strange = |colour: Vec3| {
        let off = side.surprise(colour);
        open.surprise(colour) < off || off > strange
    };
    // Among the colours of a tartan skin is not strange, and is bare for all that.
    let mut skins = skins(study);
    skins.retain(|&skin| !is_same_in_other_light(skin, outer_seen));
    let is_bare = |colour| skins.iter().any(|&skin| is_same_in_other_light(skin, colour));
    let is_open = Plane::from_fn(cloth.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        cloth.get(x, y) && (is_strange(colours.get(x, y)) || is_bare(seen.get(x, y)))
    });
    let sides = difference(cloth, &dilate_square(&is_open, 1));
    let spine = study.anatomy.spine;
    let whole = close_disc(&open_disc(&is_open, (0.008 * spine).max(1.0)), 0.03 * spine);
    let open = components(&intersection(&whole, cloth), Connectivity::Eight).meeting(&between);
    is_much(&open).then_some(Parted { open, sides })
}

/// What lies between sides of one cloth and is surely not of it, and what surely is.
fn between_sides(study: &Study<'_>, cloth: &Mask, colours: &Plane<Vec3>) -> [Mask; 2] {
    /// The least piece that counts, as a share of the cloth.
    const LEAST: f32 = 0.006;
    /// How far from the middle it may lie at large, in half widths.
    const ASIDE: f32 = 0.5;
    /// What is surely of the sides' cloth is nearer to it than this share of what may be.
    const SURE: f32 = 0.5;
    let spine = study.anatomy.spine;
    let (chest, down) = (study.anatomy.at(Joint::Chest), study.anatomy.downwards());
    let place = |(x, y): (usize, usize)| centre(x, y) - chest;
    let mut bands: BTreeMap<i32, Vec<(usize, usize)>> = BTreeMap::new();
    for pixel in places(cloth) {
        bands.entry((place(pixel).dot(down) / (BAND * spine)).floor() as i32).or_default().push(pixel);
    }
    let [mut unlike, mut alike] = [0, 1].map(|_| Plane::filled(study.size(), false));
    let mut aside = Plane::filled(study.size(), 0.0f32);
    for pixels in bands.values() {
        let across = |&pixel: &(usize, usize)| place(pixel).dot(down.perp());
        let ends = pixels.iter().map(across).fold([f32::MAX, f32::MIN], |[a, b], v| [a.min(v), b.max(v)]);
        let share = |pixel: &(usize, usize)| (across(pixel) - ends[0]) / (ends[1] - ends[0]).max(1.0);
        let colour = |&(x, y): &(usize, usize)| colours.get(x, y);
        let side = |is_side: &dyn Fn(f32) -> bool| {
            Cloth::of(pixels.iter().filter(|p| is_side(share(p))).map(colour).collect())
        };
        let sides = side(&|share| share < SIDE).zip(side(&|share| share > 1.0 - SIDE));
        let Some((one, other)) = sides.filter(|(a, b)| a.is_of_one_cloth_with(b)) else { continue };
        for &(x, y) in pixels {
            let off = one.off(colours.get(x, y)).min(other.off(colours.get(x, y)));
            unlike.set(x, y, off > 1.0);
            alike.set(x, y, off < SURE);
            aside.set(x, y, 2.0 * share(&(x, y)) - 1.0);
        }
    }
    let pieces = components(&open_disc(&unlike, (0.008 * spine).max(1.0)), Connectivity::Eight);
    let mut sums = vec![0.0; pieces.regions.len() + 1];
    for (&label, aside) in pieces.labels.pixels().iter().zip(aside.pixels()) {
        sums[label as usize] += aside;
    }
    let between = pieces.select(|i| {
        let own = pieces.regions[i].area as f32;
        own > LEAST * area(cloth) as f32 && (sums[i + 1] / own).abs() < ASIDE
    });
    [between, alike]
}

/// What a cloth looks like.
struct Cloth {
    colour: Vec3,
    /// How far from it half of its pixels are.
    spread: f32,
}

impl Cloth {
    fn of(colours: Vec<Vec3>) -> Option<Self> {
        let colour = median(colours.clone())?;
        let spread = percentile(colours.iter().map(|c| c.distance(colour)), 0.5);
        Some(Self { colour, spread })
    }

    /// Whether both sides are of one cloth, in whatever light.
    fn is_of_one_cloth_with(&self, other: &Self) -> bool {
        const NEAR: f32 = 40.0;
        self.colour.distance(other.colour) < NEAR
    }

    /// How far a colour is from being of this cloth: more than 1, and it is not.
    fn off(&self, colour: Vec3) -> f32 {
        const NEAR: std::ops::Range<f32> = 20.0..36.0;
        self.colour.distance(colour) / (3.0 * self.spread).clamp(NEAR.start, NEAR.end)
    }
}

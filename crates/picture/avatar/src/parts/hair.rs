use frame::Plane;
use glam::{Vec2, Vec3};

use super::Part;
use super::anatomy::distance_to_polyline;
use super::evidence::{Evidence, centre};
use super::features::Face;
use super::gmm::ColourModel;
use crate::filter::{
    Connectivity, Mask, Region, area, components, convex_hull, difference, distance_to, ends_of_rows,
    fill_polygon, open_disc, resize_nearest,
};
use crate::{Joint, Limb, PerLimb, Side};

const COMPONENTS: usize = 4;
/// How much likelier than anything else a colour must be to be hair, in nats.
const MARGIN: f32 = 2.0;
/// Surprise of the least likely hair, in nats; that of common hair is about 9.
const UNLIKE: f32 = 16.0;
/// Surprise above which a colour before the trunk is taken for the clothes'.
const COMMON: f32 = 12.0;

/// The hair of the head: what is coloured like the rim of the upper head, likelier than like the face or the clothes.
pub(super) struct Hair {
    /// What hangs together with the head's, wherever it falls.
    pub(super) locks: Mask,
    /// Small pieces apart from it.
    pub(super) apart: Mask,
}

impl Hair {
    /// Nothing without a face.
    pub(super) fn find(evidence: &Evidence) -> Self {
        let nothing = || Plane::filled(evidence.size(), false);
        let found = evidence.face.as_ref().and_then(|face| hair_of(evidence, face));
        found.unwrap_or_else(|| Self { locks: nothing(), apart: nothing() })
    }
}

fn hair_of(evidence: &Evidence, face: &Face) -> Option<Hair> {
    /// The least and the most of a piece apart from the rest, in squares of the shoulders' width: smaller ones are specks, greater ones
    /// clothes.
    const APART: std::ops::Range<f32> = 0.002..0.25;
    let mut hull = Plane::filled(evidence.size(), false);
    fill_polygon(&mut hull, &convex_hull(&face.points));
    let from_face = distance_to(&hull);
    let crown = Plane::from_fn(evidence.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let away = from_face.get(x, y) / face.height;
        evidence.person.get(x, y) && (0.04..0.35).contains(&away) && face.above_chin(centre(x, y)) > 0.4
    });
    let hair = ColourModel::fit(colours(evidence, |x, y| crown.get(x, y)), COMPONENTS)?;
    let skin = ColourModel::fit(
        colours(evidence, |x, y| hull.get(x, y) && face.above_chin(centre(x, y)) < 0.6),
        COMPONENTS,
    )?;
    let clothes = clothes(evidence, &hair)?;
    let alike = Plane::from_fn(evidence.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let colour = evidence.colour(x, y);
        let unlike = hair.surprise(colour) + MARGIN;
        evidence.person.get(x, y)
            && !hull.get(x, y)
            && unlike < UNLIKE
            && unlike < skin.surprise(colour)
            && unlike < clothes.surprise(colour)
    });
    let locks = components(&alike, Connectivity::Eight).meeting(&crown);
    let apart = components(&difference(&alike, &locks), Connectivity::Eight);
    let square = evidence.anatomy.shoulder_width.powi(2);
    let apart = apart.select(|i| APART.contains(&(apart.regions[i].area as f32 / square)));
    Some(Hair { locks, apart })
}

/// The colours of the trunk and the arms, without what may be hair before them; none if that is most of them.
fn clothes(evidence: &Evidence, hair: &ColourModel) -> Option<ColourModel> {
    let anatomy = &evidence.anatomy;
    let mut torso = Plane::filled(evidence.size(), false);
    fill_polygon(&mut torso, &anatomy.torso());
    let on_arm = |p: Vec2| {
        Side::BOTH.map(Limb::Arm).into_iter().any(|arm| {
            anatomy.present[arm]
                && distance_to_polyline(p, &anatomy.chain(arm)[..3]) < 0.5 * anatomy.radius[arm]
        })
    };
    let all =
        colours(evidence, |x, y| evidence.person.get(x, y) && (torso.get(x, y) || on_arm(centre(x, y))));
    let count = all.len();
    let clothes: Vec<Vec3> = all.into_iter().filter(|&c| hair.surprise(c) > COMMON).collect();
    if (clothes.len() as f32) < 0.4 * count as f32 { None } else { ColourModel::fit(clothes, COMPONENTS) }
}

/// What hair covers from behind, in the picture's pixels: all between its locks and the face, down to `LOWEST` heights of the face
/// below the chin, and further where it falls at both sides; nothing where no hair is. Stray hairs do not count.
pub(crate) fn hair_from_behind(hair: &Mask, face: &Face) -> Mask {
    const LOWEST: f32 = -1.3;
    const STRAY: f32 = 0.03;
    let locks = open_disc(hair, (STRAY * face.height).max(1.0));
    let ends = ends_of_rows(&locks);
    let is_aside = |end: Vec2| (end - face.chin).dot(face.upwards().perp()).abs() > 0.4 * face.height;
    let is_high = |row: &[Vec2]| {
        let both_sides =
            row[0].x < face.chin.x && row[1].x > face.chin.x && row.iter().all(|end| is_aside(*end));
        both_sides || row.iter().all(|end| face.above_chin(*end) > LOWEST)
    };
    let mut points: Vec<Vec2> = ends.chunks_exact(2).filter(|row| is_high(row)).flatten().copied().collect();
    if points.is_empty() {
        return locks;
    }
    points.extend(&face.points);
    let mut covered = Mask::filled(hair.size(), false);
    fill_polygon(&mut covered, &convex_hull(&points));
    covered
}

/// Of the pieces of hair `apart` from the locks those between the trunk and an arm that has locks on its other side too, at the size of
/// `labels`; and which arms those are.
pub(super) fn behind_arms(evidence: &Evidence, hair: &Hair, labels: &Plane<Part>) -> (Mask, PerLimb<bool>) {
    let [apart, locks] = [&hair.apart, &hair.locks].map(|mask| resize_nearest(mask, labels.size()));
    let pieces =
        components(&apart.zip_map(labels, |&hair, &label| hair && label == Part::Core), Connectivity::Eight);
    let near = labels.width() / 50 + 2;
    let chest = evidence.anatomy.at(Joint::Chest).x * labels.width() as f32 / hair.locks.width() as f32;
    let mut arms = PerLimb::default();
    let behind = pieces.select(|i| {
        let Region { bounds, .. } = pieces.regions[i];
        let (x, y) = (bounds.x + bounds.size.width as usize / 2, bounds.y + bounds.size.height as usize / 2);
        let outwards: Vec<usize> =
            if x as f32 > chest { (x..labels.width()).collect() } else { (0..x).rev().collect() };
        let arm_at = |&x: &usize| match labels.get(x, y) {
            Part::Limb(limb) if limb.is_arm() => Some(limb),
            _ => None,
        };
        let far = bounds.size.width as usize + near;
        let Some((gap, arm)) = outwards.iter().take(far).enumerate().find_map(|(i, x)| Some((i, arm_at(x)?)))
        else {
            return false;
        };
        let mut beyond = outwards[gap..].iter().skip_while(|x| arm_at(x) == Some(arm)).take(near);
        let is_behind = beyond.any(|&x| locks.get(x, y));
        arms[arm] |= is_behind;
        is_behind
    });
    (behind, arms)
}

/// The pixels of an arm under hair of the core, at the size of `labels`; none if the hair hangs clear of it.
pub(super) fn over_limb(evidence: &Evidence, hair: &Mask, limb: Limb, labels: &Plane<Part>) -> Option<Mask> {
    let Limb::Arm(_) = limb else { return None };
    let bones = &evidence.anatomy.chain(limb)[..3];
    let over = Plane::from_fn(hair.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        hair.get(x, y) && distance_to_polyline(centre(x, y), bones) < evidence.anatomy.radius[limb]
    });
    let over =
        resize_nearest(&over, labels.size()).zip_map(labels, |&over, &label| over && label == Part::Core);
    (area(&over) >= 40).then_some(over)
}

fn colours(evidence: &Evidence, wanted: impl Fn(usize, usize) -> bool) -> Vec<Vec3> {
    let width = evidence.lab.width();
    let pixels = (0..evidence.lab.pixels().len()).map(|i| (i % width, i / width));
    pixels.filter(|&(x, y)| wanted(x, y)).map(|(x, y)| evidence.colour(x, y)).collect()
}

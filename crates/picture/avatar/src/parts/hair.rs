use frame::Plane;
use glam::{Vec2, Vec3};

use super::Part;
use super::anatomy::distance_to_polyline;
use super::evidence::{Evidence, centre};
use super::features::Face;
use super::gmm::ColourModel;
use crate::filter::{
    Connectivity, Mask, area, components, convex_hull, distance_to, fill_polygon, open_disc, resize_nearest,
};
use crate::{Limb, Side};

const COMPONENTS: usize = 4;
/// How much likelier than anything else a colour must be to be hair, in nats.
const MARGIN: f32 = 2.0;
/// Surprise of the least likely hair, in nats; that of common hair is about 9.
const UNLIKE: f32 = 16.0;
/// Surprise above which a colour before the trunk is taken for the clothes'.
const COMMON: f32 = 12.0;

/// The hair of the head, wherever it falls: what is coloured like the rim of the upper head, likelier than like the face or
/// the clothes, and connected with it. Empty without a face.
pub(super) fn find_hair(evidence: &Evidence) -> Mask {
    evidence
        .face
        .as_ref()
        .and_then(|face| hair_of(evidence, face))
        .unwrap_or(Plane::filled(evidence.size(), false))
}

fn hair_of(evidence: &Evidence, face: &Face) -> Option<Mask> {
    let mut hull = Plane::filled(evidence.size(), false);
    fill_polygon(&mut hull, &convex_hull(&face.points));
    let from_face = distance_to(&hull);
    let height_on_face = |p: Vec2| (p - face.chin).dot(face.upwards()) / face.height;
    let crown = Plane::from_fn(evidence.size(), |x, y| {
        let (x, y) = (x as usize, y as usize);
        let away = from_face.get(x, y) / face.height;
        evidence.person.get(x, y) && (0.04..0.35).contains(&away) && height_on_face(centre(x, y)) > 0.4
    });
    let hair = ColourModel::fit(colours(evidence, |x, y| crown.get(x, y)), COMPONENTS)?;
    let skin = ColourModel::fit(
        colours(evidence, |x, y| hull.get(x, y) && height_on_face(centre(x, y)) < 0.6),
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
    Some(connected(&alike, &crown))
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
/// below the chin; nothing where no hair is. Stray hairs do not count.
pub(crate) fn hair_from_behind(hair: &Mask, face: &Face) -> Mask {
    const LOWEST: f32 = -1.3;
    const STRAY: f32 = 0.03;
    let locks = open_disc(hair, (STRAY * face.height).max(1.0));
    let is_high = |p: &Vec2| (*p - face.chin).dot(face.upwards()) > LOWEST * face.height;
    let ends_of_row = |y: usize| {
        let row = locks.row(y);
        let first = row.iter().position(|&hair| hair);
        let last = row.iter().rposition(|&hair| hair);
        first.into_iter().chain(last).map(move |x| centre(x, y))
    };
    let mut points: Vec<Vec2> = (0..locks.height()).flat_map(ends_of_row).filter(is_high).collect();
    if points.is_empty() {
        return locks;
    }
    points.extend(&face.points);
    let mut covered = Mask::filled(hair.size(), false);
    fill_polygon(&mut covered, &convex_hull(&points));
    covered
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

/// The regions of `mask` that meet `roots`.
fn connected(mask: &Mask, roots: &Mask) -> Mask {
    let regions = components(mask, Connectivity::Eight);
    let mut rooted = vec![false; regions.regions.len() + 1];
    for (&label, _) in regions.labels.pixels().iter().zip(roots.pixels()).filter(|(_, root)| **root) {
        rooted[label as usize] = true;
    }
    regions.select(|i| rooted[i + 1])
}

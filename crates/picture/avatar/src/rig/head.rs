use frame::{FaceLandmarks, Plane};
use glam::Vec2;

use super::Trunk;
use crate::filter::{convex_hull, coverage, distance_to, fill_polygon, gaussian_blur, sample_linear};
use crate::motion::percentile;
use crate::parts::{PartMap, centre};
use crate::smoothstep;

/// Places along the neck, 0 the chest and 1 the middle of the ears, between which the trunk goes over into the head.
const NECK: [f32; 2] = [0.18, 0.6];
/// The lowest place from which hair follows the head.
const LOWEST: f32 = -1.6;
/// Softness of the border of hair, in lengths of the neck.
const HAIR_SOFTNESS: f32 = 0.06;
/// How far from the face its skin goes over into the neck's, in heights of the face.
const JAW: f32 = 0.14;
/// The nape's length from the height of the chin upwards, in what lies between that and the middle of the ears.
const NAPE: f32 = 0.6;
/// The tip of the chin in the face's mesh.
const CHIN: usize = 152;
/// Points of the face's mesh without the irises.
const MESH: usize = 468;

/// What of a still moves with the head. Skin and clothes go over from the trunk to the head within the neck; the face is one
/// solid down to its chin, however short the neck; and hair that falls lower takes its whole length, as a lock hangs from
/// the head and lies on a shoulder.
pub(super) struct HeadShape {
    /// How much a place belongs to the face, 0 … 1.
    face: Option<Plane<f32>>,
    /// How much a place is falling hair, 0 … 1, and the places along the neck between which it goes over.
    hair: Option<(Plane<f32>, [f32; 2])>,
    /// The place of the chin along the neck.
    chin: f32,
}

impl HeadShape {
    pub(super) fn of(face: Option<&FaceLandmarks>, parts: &PartMap, trunk: &Trunk) -> Self {
        let chin = face.map_or(NECK[1], |face| trunk.along_neck(face[CHIN].truncate()).min(NECK[1]));
        let hair = &parts.hair;
        let width = hair.width().max(1);
        let places = hair.pixels().iter().enumerate().filter(|(_, hair)| **hair);
        let along = places.map(|(i, _)| trunk.along_neck(centre(i % width, i / width)));
        let from = percentile(along, 0.02).max(LOWEST);
        let soft_px = (HAIR_SOFTNESS * trunk.neck_px()).max(1.0);
        let falls = from < NECK[0];
        Self {
            face: face.map(|face| about_face(face, hair.size())),
            hair: falls.then(|| (gaussian_blur(&coverage(hair), soft_px), [from, chin.max(from + 0.1)])),
            chin,
        }
    }

    /// 0 moves with the trunk, 1 with the head. From behind, the nape is where the chin is from the front.
    pub(super) fn weight(&self, trunk: &Trunk, place: Vec2, from_behind: bool) -> f32 {
        let along = trunk.along_neck(place);
        let share = trunk.head_share();
        // A head that is one piece with its trunk takes longer.
        let over = |[from, to]: [f32; 2]| smoothstep((along - from) * share / (to - from));
        let mut weight = over(NECK);
        if let Some((hair, range)) = &self.hair {
            weight += (over(*range) - weight).max(0.0) * sample_linear(hair, place);
        }
        if let Some(face) = &self.face {
            let nape = smoothstep((along - self.chin) / (NAPE * (1.0 - self.chin)));
            weight = weight.max(sample_linear(face, place) * if from_behind { nape } else { 1.0 });
        }
        share * weight
    }
}

/// 1 in the face, 0 a little outside.
fn about_face(face: &FaceLandmarks, size: frame::Size) -> Plane<f32> {
    let points: Vec<Vec2> = face.points()[..MESH].iter().map(|p| p.truncate()).collect();
    let (low, high) =
        points.iter().fold((f32::MAX, f32::MIN), |(low, high), p| (low.min(p.y), high.max(p.y)));
    let mut inside = Plane::filled(size, false);
    fill_polygon(&mut inside, &convex_hull(&points));
    let over_px = (JAW * (high - low)).max(1.0);
    distance_to(&inside).map(|&away| smoothstep(1.0 - away / over_px))
}

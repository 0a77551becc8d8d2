use frame::{FaceLandmarks, Plane};
use glam::Vec2;

use super::Trunk;
use crate::face::{CHIN, FaceRegion};
use crate::filter::{coverage, distance_to, gaussian_blur, sample_linear};
use crate::motion::percentile;
use crate::parts::{Face, PartMap, centre, hair_from_behind};
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

/// What of a still moves with the head. Skin and clothes go over from the trunk to the head within the neck; the face is one
/// solid down to its chin, however short the neck; and hair that falls lower takes its whole length, as a lock hangs from
/// the head and lies on a shoulder.
pub(super) struct HeadShape {
    /// How much a place belongs to the face: 1 in it, 0 a little outside.
    face: Option<Plane<f32>>,
    /// The hair, if it falls.
    hair: Option<FallingHair>,
    /// The place of the chin along the neck.
    chin: f32,
}

/// Hair that falls below where the neck begins.
struct FallingHair {
    /// How much a place is hair, 0 … 1, from the front and from behind.
    shares: [Plane<f32>; 2],
    /// The places along the neck between which it goes over.
    range: [f32; 2],
}

impl FallingHair {
    fn share(&self, place: Vec2, from_behind: bool) -> f32 {
        sample_linear(&self.shares[usize::from(from_behind)], place)
    }
}

impl HeadShape {
    pub(super) fn of(face: Option<&FaceLandmarks>, parts: &PartMap, trunk: &Trunk) -> Self {
        let chin = face.map_or(NECK[1], |face| trunk.along_neck(face[CHIN].truncate()).min(NECK[1]));
        let hair = &parts.hair;
        let width = hair.width().max(1);
        let places = hair.pixels().iter().enumerate().filter(|(_, hair)| **hair);
        let along = places.map(|(i, _)| trunk.along_neck(centre(i % width, i / width)));
        let from = percentile(along, 0.02).max(LOWEST);
        // However long a nonsensical neck.
        let soft_px = (HAIR_SOFTNESS * trunk.neck_px()).min(0.1 * width as f32).max(1.0);
        let falls = from < NECK[0];
        Self {
            face: face.and_then(|face| FaceRegion::of(face, hair.size())).map(|face| {
                let over_px = (JAW * face.height).max(1.0);
                distance_to(&face.inside).map(|&away| smoothstep(1.0 - away / over_px))
            }),
            hair: falls.then(|| {
                let behind = face.and_then(|face| Face::new(face, Vec2::ONE));
                let behind = behind.map_or_else(|| hair.clone(), |face| hair_from_behind(hair, &face));
                FallingHair {
                    shares: [hair, &behind].map(|hair| gaussian_blur(&coverage(hair), soft_px)),
                    range: [from, chin.max(from + 0.1)],
                }
            }),
            chin,
        }
    }

    /// How far a place sways with the ends of falling hair: 0 at the chin and where there is none, 1 at the ends.
    pub(super) fn hair_share(&self, trunk: &Trunk, place: Vec2, from_behind: bool) -> f32 {
        let Some(hair) = &self.hair else { return 0.0 };
        let [end, chin] = hair.range;
        let fallen = ((chin - trunk.along_neck(place)) / (chin - end)).clamp(0.0, 1.0);
        fallen * fallen * hair.share(place, from_behind)
    }

    /// The place of the chin along the neck.
    pub(super) const fn chin(&self) -> f32 {
        self.chin
    }

    /// How much a place is hair that falls below the neck, 0 … 1.
    pub(super) fn falling_hair(&self, place: Vec2, from_behind: bool) -> f32 {
        self.hair.as_ref().map_or(0.0, |hair| hair.share(place, from_behind))
    }

    /// Whether a place is lower than the chin.
    pub(super) fn is_below_chin(&self, trunk: &Trunk, place: Vec2) -> bool {
        trunk.along_neck(place) < self.chin
    }

    /// 0 moves with the trunk, 1 with the head. From behind, the nape is where the chin is from the front.
    pub(super) fn weight(&self, trunk: &Trunk, place: Vec2, from_behind: bool) -> f32 {
        let along = trunk.along_neck(place);
        let share = trunk.head_share();
        // A head that is one piece with its trunk takes longer.
        let over = |[from, to]: [f32; 2]| smoothstep((along - from) * share / (to - from));
        let mut weight = over(NECK);
        if let Some(hair) = &self.hair {
            weight += (over(hair.range) - weight).max(0.0) * hair.share(place, from_behind);
        }
        if let Some(face) = &self.face {
            let nape = smoothstep((along - self.chin) / (NAPE * (1.0 - self.chin)));
            weight = weight.max(sample_linear(face, place) * if from_behind { nape } else { 1.0 });
        }
        share * weight
    }
}

#[cfg(test)]
mod tests {
    use frame::{Size, body};
    use glam::Vec3;

    use super::*;
    use crate::parts::Part;
    use crate::{Joints, PerLimb};

    const SIZE: Size = Size::new(200, 240);

    /// Shoulders at 130, ears at 90, and the chin between them at 120.
    fn trunk() -> Trunk {
        let place = |i: usize| match (i, if i % 2 == 1 { 1.0 } else { -1.0 }) {
            (0..=10, side) => Vec3::new(100.0 + 25.0 * side, 90.0, 0.0),
            (11..=22, side) => Vec3::new(100.0 + 40.0 * side, 130.0, 0.0),
            (_, side) => Vec3::new(100.0 + 20.0 * side, 220.0, 0.0),
        };
        let points: [Vec3; body::COUNT] = std::array::from_fn(place);
        Trunk::new(&Joints::from_body_points(&points), true)
    }

    fn face(scale: f32) -> FaceLandmarks {
        let mut points: Vec<Vec3> = (0..FaceLandmarks::COUNT)
            .map(|i| Vec2::from_angle(i as f32) * Vec2::new(30.0, 39.0))
            .map(|p| (Vec2::new(100.0, 81.0) + p * scale).extend(0.0))
            .collect();
        points[CHIN] = Vec3::new(100.0, 120.0, 0.0);
        FaceLandmarks::new(points).unwrap()
    }

    fn parts(is_hair: impl Fn(u32, u32) -> bool) -> PartMap {
        PartMap {
            labels: Plane::filled(SIZE, Part::Core),
            core_signed_distance: Plane::filled(SIZE, 1.0),
            limbs: PerLimb::default(),
            hem: None,
            hair: Plane::from_fn(SIZE, is_hair),
            hair_behind: Plane::filled(SIZE, false),
            ears: [None; 2],
        }
    }

    #[test]
    fn a_face_is_solid_to_its_chin_and_the_nape_is_not() {
        let (trunk, parts) = (trunk(), parts(|_, _| false));
        let head = HeadShape::of(Some(&face(1.0)), &parts, &trunk);
        let chin = Vec2::new(100.0, 118.0);
        assert!(head.weight(&trunk, chin, false) > 0.99);
        assert!(head.weight(&trunk, chin, true) < 0.3);
        assert!(head.weight(&trunk, Vec2::new(100.0, 90.0), true) > 0.99);
        for trunk_at in [Vec2::new(100.0, 140.0), Vec2::new(150.0, 130.0)] {
            assert_eq!(head.weight(&trunk, trunk_at, false), 0.0);
        }
        // Whatever a file says where a face is.
        for scale in [0.0, 1e30, f32::NAN] {
            let lost = HeadShape::of(Some(&face(scale)), &parts, &trunk);
            assert!((0.0..=1.0).contains(&lost.weight(&trunk, chin, false)));
        }
    }

    #[test]
    fn falling_hair_goes_over_along_its_whole_length() {
        let trunk = trunk();
        let parts = parts(|x, y| (130..150).contains(&x) && (60..190).contains(&y));
        let head = HeadShape::of(Some(&face(1.0)), &parts, &trunk);
        let weights =
            [70.0, 110.0, 130.0, 150.0, 185.0].map(|y| head.weight(&trunk, Vec2::new(140.0, y), false));
        assert!(weights.is_sorted_by(|a, b| a >= b) && weights[0] > 0.95 && weights[4] < 0.1, "{weights:?}");
        assert!((0.2..0.9).contains(&weights[3]), "{weights:?}");
        // Beside it a shoulder stays with the trunk.
        assert!(head.weight(&trunk, Vec2::new(165.0, 130.0), false) < 0.01);
    }
}

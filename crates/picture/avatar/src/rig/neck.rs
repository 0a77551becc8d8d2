use frame::{FaceLandmarks, Plane};

use super::Trunk;
use super::head::HeadShape;
use super::relief::half_round;
use crate::face::FaceRegion;
use crate::filter::sample_linear;
use crate::parts::centre;
use crate::smoothstep;

/// How deep a neck is before and behind the plane of the outline, for half its width: it is as deep as broad, and stands far back under a
/// head, whose chin juts out before it (Gordon et al., "2012 Anthropometric Survey of U.S. Army Personnel", 2014: a neck 12 cm broad under a
/// head 20 cm deep).
const DEPTHS: [f32; 2] = [0.6, 0.95];
/// The broadest half of a neck, in heights of the face: what is broader there is hair.
const BROADEST: f32 = 0.36;
/// How far a throat stands back under the cushion of a chin, in halves of the neck's breadth.
const UNDER_CHIN: f32 = 0.7;
/// Places along the neck, 0 the chest, between which it goes over into the trunk.
const FOOT: [f32; 2] = [-0.22, 0.14];
/// How much of what lies between the chin and the ears a jaw and a nape take to go over into the neck.
const OVER: [f32; 2] = [0.25, 0.8];

/// A neck that is thinner than the head on it.
pub(super) struct Neck {
    /// Half its width, in pixels.
    radius: f32,
}

impl Neck {
    /// `None` where no neck is narrower than what it stands on.
    pub(super) fn of(
        distance: &Plane<f32>,
        trunk: &Trunk,
        head: &HeadShape,
        face: Option<&FaceLandmarks>,
    ) -> Option<Self> {
        const PLACES: usize = 12;
        let along = |i: usize| trunk.on_neck(head.chin() * (i as f32 + 0.5) / PLACES as f32);
        let narrowest = (0..PLACES).map(|i| sample_linear(distance, along(i))).fold(f32::INFINITY, f32::min);
        let broadest = face
            .and_then(|face| FaceRegion::of(face, distance.size()))
            .map_or(f32::INFINITY, |face| BROADEST * face.height);
        let radius = narrowest.min(broadest);
        (radius > 2.0).then_some(Self { radius })
    }

    /// Makes `depth` the neck's own where it is less, on the side of the chin or that of the nape.
    pub(super) fn narrow(
        &self,
        depth: &mut Plane<f32>,
        distance: &Plane<f32>,
        (trunk, head): (&Trunk, &HeadShape),
        from_behind: bool,
    ) {
        let side = usize::from(from_behind);
        let over = OVER[side] * (1.0 - head.chin());
        let highest = head.chin() + if from_behind { over } else { 0.0 };
        // However far back the outline's plane lies: a veil stands off far behind.
        let below_chin = sample_linear(depth, trunk.on_neck(head.chin())) - UNDER_CHIN * self.radius;
        let deepest = (DEPTHS[side] * self.radius).max(if from_behind { 0.0 } else { below_chin });
        let (foot, across) = (trunk.on_neck(0.0), trunk.down_neck().perp());
        let width = depth.width();
        for (i, (depth, &inside)) in depth.pixels_mut().iter_mut().zip(distance.pixels()).enumerate() {
            let place = centre(i % width, i / width);
            let along = trunk.along_neck(place);
            if !(FOOT[0]..highest).contains(&along) || inside <= 0.0 {
                continue;
            }
            let share = smoothstep((highest - along) / over.max(0.05))
                * smoothstep((along - FOOT[0]) / (FOOT[1] - FOOT[0]));
            let aside = (place - foot).dot(across).abs() / self.radius;
            let share =
                share * smoothstep((2.8 - aside) / 1.6) * (1.0 - head.falling_hair(place, from_behind));
            let own = deepest * half_round(inside, self.radius) / self.radius;
            *depth += (own - *depth).min(0.0) * share;
        }
    }
}

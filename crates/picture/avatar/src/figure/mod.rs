//! A body read from the outline alone, for drawings, mascots and other figures in which no network finds one.
//!
//! What sticks out of the trunk of the silhouette are branches; the pairs of them that are most like arms and legs are taken
//! for those, and all joints follow: shoulders and hips where the limbs leave the trunk, elbows and knees where they bend or
//! half way along, the head on top. The figure is taken to stand upright and to face the viewer.

mod agreement;
mod branch;
mod landmarks;
mod limbs;
mod plan;
mod silhouette;
mod trunk;

use frame::{BodyLandmarks, Matte, Person};

use crate::{Limb, PerLimb, Side};
use branch::{Branch, branches};
use limbs::Limbs;
use plan::Plan;
use silhouette::Silhouette;
use trunk::Trunk;

/// Discs of the silhouette that may be the middle of the trunk.
const DISCS: usize = 3;
/// What is thinner than the trunk by one of these factors is no trunk.
const THINNESS: [f32; 3] = [0.45, 0.6, 0.75];

/// Limbs worth less than this make no body: one alone does not.
const LEAST_SCORE: f32 = 0.4;

/// A body as the outline shows it.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The body, flat in the picture: every depth but the nose's is nought. Landmarks of limbs that it does not have, and of
    /// ears where head and trunk are one piece, are within the body and have the visibility nought; there are neither hands
    /// nor a face.
    pub person: Person,
    /// Which limbs the outline shows.
    pub limbs: PerLimb<bool>,
    /// Whether the head is set off from the trunk by a neck.
    pub has_neck: bool,
    /// How well the body agrees with the outline, as [`Outline::agreement`] says of any body, 0 … 1.
    pub agreement: f32,
}

/// Why no body could be read from an outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FigureError {
    /// The matte holds nothing.
    #[error("nothing stands out from the background")]
    NoSubject,
    /// The outline is that of a ball, a box, a leaf.
    #[error("the outline of what stands out shows no pair of arms or legs")]
    NoLimbs,
}

/// The outline of a still's subject with what it shows of a body.
pub struct Outline {
    silhouette: Silhouette,
    figure: Option<(Limbs, BodyLandmarks, bool)>,
}

impl Outline {
    /// Reads the outline of the largest subject of a matte.
    ///
    /// # Errors
    /// [`FigureError::NoSubject`] if the matte holds none.
    pub fn of(matte: &Matte) -> Result<Self, FigureError> {
        let silhouette = Silhouette::of(matte).ok_or(FigureError::NoSubject)?;
        let mut best: Option<(f32, Limbs, BodyLandmarks, bool)> = None;
        for (centre, radius) in silhouette.largest_discs(DISCS) {
            for thinness in THINNESS {
                let Some(trunk) = Trunk::about(&silhouette, centre, thinness * radius) else { continue };
                let branches = branches(&silhouette, &trunk.mask);
                let limbs = Limbs::choose(&branches, &trunk, silhouette.height());
                if limbs.score <= best.as_ref().map_or(LEAST_SCORE, |best| best.0) {
                    continue;
                }
                let Some(plan) = Plan::new(&silhouette, &trunk, &limbs) else { continue };
                let landmarks = landmarks::body_landmarks(&silhouette, &plan, &limbs);
                best = Some((limbs.score, limbs, landmarks, plan.has_neck));
            }
        }
        Ok(Self { silhouette, figure: best.map(|(_, limbs, landmarks, neck)| (limbs, landmarks, neck)) })
    }

    /// The body that the outline shows.
    ///
    /// # Errors
    /// [`FigureError::NoLimbs`] if it shows no pair of arms or legs: single branches are those of trees, clouds and rocks.
    pub fn figure(&self) -> Result<Figure, FigureError> {
        let is_pair = |limb: fn(Side) -> Limb, limbs: &Limbs| {
            Side::BOTH.iter().all(|&side| limbs.branches[limb(side)].is_some())
        };
        let (limbs, landmarks, has_neck) = self
            .figure
            .as_ref()
            .filter(|(limbs, ..)| is_pair(Limb::Arm, limbs) || is_pair(Limb::Leg, limbs))
            .ok_or(FigureError::NoLimbs)?;
        Ok(Figure {
            person: Person { body: landmarks.clone(), left_hand: None, right_hand: None, face: None },
            limbs: PerLimb(Limb::ALL.map(|limb| limbs.branches[limb].is_some())),
            has_neck: *has_neck,
            agreement: self.agreement(landmarks),
        })
    }

    /// How well a body, whoever found it, agrees with the outline, 0 … 1: whether its bones lie inside, and whether its arms
    /// and legs follow those that the outline shows.
    pub fn agreement(&self, body: &BodyLandmarks) -> f32 {
        let limbs: Vec<&Branch> =
            self.figure.iter().flat_map(|(limbs, ..)| limbs.branches.0.iter().flatten()).collect();
        agreement::agreement(&self.silhouette, &limbs, body)
    }
}

//! Which part of the body each pixel of the still belongs to.

use frame::{Plane, SrgbPlane};

use crate::filter::Mask;
use crate::{Joints, Limb, PerLimb};

/// What is known of the still when its parts are sought; every plane has the analysis size (long side ≤ 960).
pub struct Still<'a> {
    /// The picture.
    pub image: &'a SrgbPlane,
    /// The repaired matte, 0 … 1.
    pub matte: &'a Plane<f32>,
    /// The subject's own colours, free of the old background.
    pub foreground: &'a SrgbPlane,
    /// What was seen of the subject, in pixels of these planes.
    pub person: &'a frame::Person,
    /// The subject's joints, in pixels of these planes.
    pub joints: &'a Joints,
}

/// A part of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Trunk, head, hair and whatever hangs from them: a skirt, a coat.
    Core,
    /// An arm or a leg.
    Limb(Limb),
}

/// What is known of one limb of the still.
#[derive(Clone, Debug)]
pub struct LimbRegion {
    /// Typical half width in pixels: 0.19 of the upper arm, 0.22 of the thigh.
    pub radius_px: f32,
    /// Distance in pixels to the border of the limb's label, positive inside, as if the labels went on outside the matte.
    pub signed_distance: Plane<f32>,
    /// Pixels of the limb that lie under hair of the core, where there are any.
    pub under_hair: Option<Mask>,
    /// Arms: whether the hand can be seen (not in a pocket or behind the back).
    pub hand_visible: bool,
}

/// The lower edge of a skirt, dress or long coat, above which the legs are hidden.
#[derive(Clone, Debug)]
pub struct Hem {
    /// Place along the legs: 0 hips, 1 knees, 2 ankles.
    pub along_legs: f32,
    /// The pixels above it.
    pub above: Mask,
}

/// The parts of a still.
#[derive(Clone, Debug)]
pub struct PartMap {
    /// The part of every pixel; outside the matte, that of the nearest pixel inside.
    pub labels: Plane<Part>,
    /// Distance in pixels to the border of the core, positive inside.
    pub core_signed_distance: Plane<f32>,
    /// The limbs that are in the picture.
    pub limbs: PerLimb<Option<LimbRegion>>,
    /// Where the still wears a skirt, a dress or a long coat.
    pub hem: Option<Hem>,
}

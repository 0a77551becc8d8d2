use super::evidence::Evidence;
use super::hair::Hair;
use super::hands::hand_visible;
use super::hem::{HemLine, find_hem};
use super::seeds::Seeds;
use crate::{Limb, PerLimb};

/// All that is found out before any border is drawn.
pub(super) struct Clues {
    /// Arms: whether the hand can be seen.
    pub(super) hand_visible: PerLimb<bool>,
    /// The hair of the head.
    pub(super) hair: Hair,
    /// The lower edge of what hides the legs.
    pub(super) hem: Option<HemLine>,
    /// Where each part grows from.
    pub(super) seeds: Seeds,
}

impl Clues {
    pub(super) fn new(evidence: &Evidence) -> Self {
        let hand_visible = PerLimb(Limb::ALL.map(|limb| match limb {
            Limb::Arm(side) => evidence.anatomy.present[limb] && hand_visible(evidence, side),
            Limb::Leg(_) => false,
        }));
        let hair = Hair::find(evidence);
        let hem = find_hem(evidence);
        let seeds = Seeds::draw(evidence, &hand_visible, &hair.locks, hem);
        Self { hand_visible, hair, hem, seeds }
    }
}

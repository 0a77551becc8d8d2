use glam::Vec3;

use super::{Rig, RigSource};
use crate::fingers::HandRest;
use crate::layers::{Sheet, SheetKind};
use crate::{Limb, Side};

impl Rig {
    /// The hands, left and right, whose fingers can be told.
    pub(crate) fn hands(&self) -> [Option<HandRest>; 2] {
        Side::BOTH.map(|side| {
            let mut own = self.sheets.iter().filter(|sheet| sheet.kind == SheetKind::Limb(Limb::Arm(side)));
            own.find_map(|sheet| Some(sheet.hand.as_ref()?.rest().clone()))
        })
    }

    /// The hand of an arm's sheet as it lies at rest, where its fingers can be told.
    pub(super) fn hand_of(&self, source: &RigSource<'_>, sheet: &Sheet) -> Option<HandRest> {
        let SheetKind::Limb(limb @ Limb::Arm(_)) = sheet.kind else { return None };
        let [.., wrist, hand] = self.limbs[limb]?.map(Vec3::truncate);
        let points = sheet.hand?.map(|p| self.place_of(source, sheet, p.truncate()).extend(p.z));
        HandRest::new(points, hand - wrist)
    }
}

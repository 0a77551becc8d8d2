use frame::Size;
use glam::{Vec2, Vec3};

use super::weights::Raised;
use super::{RigSource, Trunk};
use crate::filter::sample_linear;
use crate::layers::{Rest, Sheet, SheetKind};
use crate::parts::{LimbRegion, Part, centre, is_same_cloth, median};
use crate::{Joint, Limb, smoothstep};

/// Where the outlines of an arm and of the trunk meet below the shoulder.
///
/// A raised arm turns stiffly about the shoulder, and the trunk keeps its shape: between the two ends that met at rest there is a gap
/// with no outline. Where one cloth goes over both they are drawn out to each other instead, along one line.
pub(super) struct Armpit<'a> {
    region: &'a LimbRegion,
    place: Vec2,
    /// Unit vector towards the shoulder.
    upwards: Vec2,
}

/// How far from the shoulder it may be, in the arm's radii: an arm that hangs down touches the trunk all along.
const FARTHEST: f32 = 1.6;
/// How far from it trunk and arm are drawn out, in the arm's radii; towards the shoulder a share of that.
const REACH: f32 = 2.4;
const UPWARDS: f32 = 0.5;
/// How far from it cloth counts as that of arm and trunk, in the arm's radii.
const CLOTH: f32 = 1.0;
/// The width of the blend across the border between arm and trunk, on each side, in the arm's radii.
const ACROSS: f32 = 0.3;

impl<'a> Armpit<'a> {
    /// The lowest place about the shoulder where an arm that is shown as it is seen in the still borders on the trunk; `None` where the
    /// two are not of one cloth.
    pub(super) fn of(source: &RigSource<'a>, trunk: &Trunk, limb: Limb) -> Option<Self> {
        let region = source.parts.limbs[limb].as_ref().filter(|_| limb.is_arm())?;
        let sheet = |kind| source.sheets.iter().position(|sheet| sheet.kind == kind);
        let [core, own] = [sheet(SheetKind::Core)?, sheet(SheetKind::Limb(limb))?];
        if source.sheets[own].rest != Rest::AsSeen {
            return None;
        }
        let [shoulder, elbow, ..] = source.joints.chain(limb).map(Vec3::truncate);
        let [chest, pelvis] = [Joint::Chest, Joint::Pelvis].map(|joint| trunk.joints[joint].truncate());
        let ways = [pelvis - chest, elbow - shoulder, chest - shoulder];
        let downwards: Vec2 = ways.map(|way| way.normalize_or(Vec2::ZERO)).into_iter().sum();
        let shows = |sheet: usize, place| sample_linear(&source.alphas[sheet], place) > 0.5;
        let place = pixels_about(region.signed_distance.size(), shoulder, FARTHEST * region.radius_px)
            .filter(|&place| sample_linear(&region.signed_distance, place).abs() < 1.0)
            .filter(|&place| shows(core, place) && shows(own, place))
            .max_by(|a, b| a.dot(downwards).total_cmp(&b.dot(downwards)))?;
        let colour =
            |sheet: usize, part: Part| colour_about(source, &source.sheets[sheet], part, place, region);
        let [of_trunk, of_arm] = [colour(core, Part::Core)?, colour(own, Part::Limb(limb))?];
        let upwards = (shoulder - place).normalize_or(Vec2::ZERO);
        is_same_cloth(of_trunk, of_arm).then_some(Self { region, place, upwards })
    }

    /// How a vertex of the trunk moves with a raised arm; `limb_weight` is how it does otherwise.
    pub(super) fn of_trunk(&self, place: Vec2, limb_weight: f32) -> Raised {
        let (raised, drawn_out) = self.blend(place);
        // What of the trunk lies behind an arm that hangs down stays where it is.
        Raised { limb_weight: raised.limb_weight.min(limb_weight.max(drawn_out)), ..raised }
    }

    /// The same of a vertex of the arm.
    pub(super) fn of_arm(&self, place: Vec2, limb_weight: f32) -> Raised {
        let (raised, drawn_out) = self.blend(place);
        Raised { limb_weight: raised.limb_weight.max(limb_weight.min(1.0 - drawn_out)), ..raised }
    }

    /// One blend for both, half and half at the armpit, and how far what is on either side is drawn out to the other.
    fn blend(&self, place: Vec2) -> (Raised, f32) {
        let radius = self.region.radius_px;
        let from_here = place - self.place;
        let up = from_here.dot(self.upwards).max(0.0);
        let distance = (from_here + self.upwards * up * (1.0 / UPWARDS - 1.0)).length() / (REACH * radius);
        let drawn_out = 0.5 * (1.0 - distance).max(0.0).powi(2);
        let inside = sample_linear(&self.region.signed_distance, place) / (ACROSS * radius);
        let limb_weight = 0.5 + inside.clamp(-1.0, 1.0) * (0.5 - drawn_out);
        (
            Raised { limb_weight, counts: 1.0 - smoothstep((distance - 0.3) / 0.7), ..Raised::default() },
            drawn_out,
        )
    }
}

/// The middles of the pixels of a picture within `reach` of `about`.
fn pixels_about(size: Size, about: Vec2, reach: f32) -> impl Iterator<Item = Vec2> {
    // Whatever the joints are, no more than the picture: casts from float saturate.
    let [from, to] = [about - reach, about + reach].map(|corner| [corner.x as u32, corner.y as u32]);
    let rows = from[1]..to[1].saturating_add(1).min(size.height);
    rows.flat_map(move |y| (from[0]..to[0].saturating_add(1).min(size.width)).map(move |x| (x, y)))
        .map(|(x, y)| centre(x as usize, y as usize))
        .filter(move |place| place.distance(about) <= reach)
}

/// The median colour that a sheet shows of a part about a place.
fn colour_about(
    source: &RigSource<'_>,
    sheet: &Sheet,
    part: Part,
    place: Vec2,
    region: &LimbRegion,
) -> Option<Vec3> {
    let labels = &source.parts.labels;
    let own = pixels_about(labels.size(), place, CLOTH * region.radius_px)
        .map(|place| (place.x as usize, place.y as usize))
        .filter(|&(x, y)| labels.get(x, y) == part);
    median(own.map(|(x, y)| Vec3::from_array(sheet.fill.get(x, y))).collect())
}

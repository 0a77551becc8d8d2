//! The mesh of a character at rest and what moves each of its vertices.

mod armpit;
mod corner;
mod ears;
mod face;
mod foot;
mod grid;
mod hand;
mod head;
mod lining;
mod locks;
mod neck;
mod relief;
mod sides;
mod skull;
mod trunk;
mod weights;

use std::ops::Range;

use frame::{FaceLandmarks, Plane};
use glam::{Vec2, Vec3, Vec4};

use crate::face::{FaceMesh, FaceOnRig};
use crate::fingers::HandSkin;
use crate::layers::{Rest, Sheet, SheetKind};
use crate::parts::{LimbRegion, PartMap};
use crate::render::Ink;
use crate::{Joints, Limb, PerLimb, Side, smoothstep};

pub(crate) use corner::DrawnIn;
pub(crate) use foot::{FootSolid, foot_yaw_rad};
pub(crate) use grid::Hanging;
pub(crate) use sides::SharedSide;
pub(crate) use trunk::{PULLING, Trunk, carried};
pub(crate) use weights::{LimbWeights, Raised};

use armpit::Armpit;
use corner::Corner;
use grid::Grid;
use head::HeadShape;
use locks::LocksByArms;
use relief::Relief;

/// How far, in pixels, the back reaches round over the front, so that no background shines through where their soft edges meet.
const SEAM_OVERLAP_PX: f32 = 2.0;
/// The depth in pixels from which on they do not.
const SEAM_DEPTH_PX: f32 = 5.0;

/// What a rig is made from; every plane and point has the same scale.
pub struct RigSource<'a> {
    /// The still's joints.
    pub joints: &'a Joints,
    /// The still's face, where one was found.
    pub face: Option<&'a FaceLandmarks>,
    /// Whether the still has a head that can turn on a neck.
    pub has_neck: bool,
    /// The parts of the still.
    pub parts: &'a PartMap,
    /// The sheets to be moved.
    pub sheets: &'a [Sheet],
    /// The alpha of every sheet's texture, 0 … 1.
    pub alphas: &'a [Plane<f32>],
}

/// The mesh of a character at rest, sheet by sheet, with skinning weights. Lengths are pixels of the still.
#[derive(Clone, Debug)]
pub struct Rig {
    pub(crate) trunk: Trunk,
    pub(crate) vertices: Vertices,
    pub(crate) sheets: Vec<SheetMesh>,
    /// Corners of each cell, indices into [`Rig::vertices`]: top left, top right, bottom left, bottom right.
    pub(crate) cells: Vec<[u32; 4]>,
    /// Of each cell of the trunk, whether it is opaque and away from the outline, where front and back meet: seen from inside it is
    /// hidden by the other.
    pub(crate) is_inner: Vec<bool>,
    /// Which body each cell belongs to.
    pub(crate) bodies: Vec<Body>,
    /// The sides that two cells share.
    pub(crate) sides: Vec<SharedSide>,
    /// The limbs' bones at rest, where the rig has the limb.
    pub(crate) limbs: PerLimb<Option<[Vec3; 4]>>,
    /// Place of the hem along the legs (0 hips, 1 knees, 2 ankles), where there is one.
    pub(crate) hem: Option<f32>,
    /// The face's own mesh, where a face was found.
    pub(crate) face: Option<FaceOnRig>,
    /// What a drawn figure is outlined with.
    pub(crate) ink: Option<Ink>,
}

/// The vertices of all sheets, one list a quantity.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vertices {
    /// Place at rest.
    pub(crate) place: Vec<Vec2>,
    /// Place in the sheet's texture, in pixels of the still.
    pub(crate) texel: Vec<Vec2>,
    /// Depth at rest: the trunk's front bulges nearer (negative), its back farther.
    pub(crate) depth: Vec<f32>,
    /// 0 moves with the pelvis, 1 with the chest.
    pub(crate) chest: Vec<f32>,
    /// 0 moves with the trunk, 1 with the head.
    pub(crate) head: Vec<f32>,
    /// Whether it lies on the back, as hair does below the chin: however the head turns it does not come before the trunk.
    pub(crate) on_back: Vec<bool>,
    /// How far it is hair that lies before an upper arm, 0 … 1, or behind an arm, 0 … -1.
    pub(crate) by_arms: Vec<f32>,
    /// How much lower it lies seen from the side, in pixels.
    pub(crate) sink: Vec<f32>,
    /// How much the left and right shoulder and the left and right hip pull.
    pub(crate) pull: Vec<Vec4>,
    /// How far it goes along when the ends of the hair (x) and the hem (y) sway, 0 … 1.
    pub(crate) sway: Vec<Vec2>,
}

/// What passes through each other as the character moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// An arm with its shoulder.
    Arm(Side),
    /// Trunk, head and hair.
    Trunk,
    /// The legs, which pass through neither.
    Other,
}

impl Body {
    fn of(kind: SheetKind) -> Self {
        match kind {
            SheetKind::Limb(Limb::Arm(side)) | SheetKind::Shoulder(side) => Self::Arm(side),
            SheetKind::Core | SheetKind::Back => Self::Trunk,
            SheetKind::Limb(Limb::Leg(_)) => Self::Other,
        }
    }
}

/// One sheet's share of the mesh.
#[derive(Clone, Debug)]
pub(crate) struct SheetMesh {
    pub(crate) kind: SheetKind,
    /// Index of the sheet whose texture it shows.
    pub(crate) texture: usize,
    pub(crate) vertices: Range<usize>,
    pub(crate) cells: Range<usize>,
    /// What limbs do to it: all of them to the trunk's sheets, its own to a limb's.
    pub(crate) limbs: Vec<LimbWeights>,
    /// What is drawn in of the trunk's when an arm is raised.
    pub(crate) drawn_in: Vec<DrawnIn>,
    /// What fingers do to an arm's, where they can be told.
    pub(crate) hand: Option<HandSkin>,
    /// A leg's foot, where it points at the viewer.
    pub(crate) foot: Option<FootSolid>,
    /// What must stay in the middle of a side.
    pub(crate) hanging: Vec<Hanging>,
}

impl Rig {
    /// The mesh and weights of a character.
    pub fn build(source: &RigSource<'_>) -> Self {
        let trunk = Trunk::new(source.joints, source.has_neck);
        let mut rig = Self {
            vertices: Vertices::default(),
            sheets: Vec::with_capacity(source.sheets.len()),
            cells: Vec::new(),
            is_inner: Vec::new(),
            bodies: Vec::new(),
            sides: Vec::new(),
            limbs: bones_at_rest(source, &trunk),
            hem: source.parts.hem.as_ref().map(|hem| hem.along_legs),
            face: None,
            ink: None,
            trunk,
        };
        let face = source.face.and_then(FaceMesh::new);
        let head = HeadShape::of(source.face, source.parts, &rig.trunk);
        let relief = Relief::of_core(source, &rig.trunk, &head);
        let armpits = PerLimb(Limb::ALL.map(|limb| Armpit::of(source, &rig.trunk, limb)));
        let locks = LocksByArms::of(source);
        for (sheet, alpha) in source.sheets.iter().zip(source.alphas) {
            rig.add_sheet(source, (sheet, alpha), relief.as_ref(), face.as_ref(), &head, &armpits);
            let (Some(locks), SheetKind::Core) = (&locks, sheet.kind) else { continue };
            for v in rig.sheets.last().map_or(0..0, |sheet| sheet.vertices.clone()) {
                rig.vertices.by_arms[v] = locks.at(rig.vertices.place[v]);
            }
        }
        if let Some(face) = &face {
            rig.add_face(source, face, relief.as_ref(), &head);
        }
        rig.sides = SharedSide::all(&rig.cells);
        rig.sides.extend(rig.sheets.iter().flat_map(|sheet| &sheet.foot).flat_map(|foot| &foot.seam));
        rig.bodies = (0..rig.cells.len()).map(|cell| Body::of(rig.sheet_of(cell).kind)).collect();
        rig
    }

    /// Everything `factor` times as large.
    pub fn scaled(mut self, factor: f32) -> Self {
        self.trunk.scale(factor);
        self.vertices.place.iter_mut().for_each(|p| *p *= factor);
        self.vertices.texel.iter_mut().for_each(|p| *p *= factor);
        self.vertices.depth.iter_mut().for_each(|z| *z *= factor);
        self.vertices.sink.iter_mut().for_each(|sink| *sink *= factor);
        if let Some(face) = &mut self.face {
            face.scale(factor);
        }
        self.sheets.iter_mut().flat_map(|sheet| &mut sheet.drawn_in).for_each(|drawn| drawn.by *= factor);
        self.sheets.iter_mut().flat_map(|sheet| &mut sheet.hand).for_each(|hand| hand.scale(factor));
        self.sheets.iter_mut().flat_map(|sheet| &mut sheet.foot).for_each(|foot| foot.scale(factor));
        for bones in self.limbs.0.iter_mut().flatten() {
            *bones = bones.map(|p| p * factor);
        }
        self
    }

    /// Number of vertices.
    pub fn vertex_count(&self) -> usize {
        self.vertices.place.len()
    }

    /// Number of cells, each of two triangles.
    pub fn cell_count(&self) -> usize {
        self.cells.len()
    }

    /// The sheet a cell belongs to.
    pub(crate) fn sheet_of(&self, cell: usize) -> &SheetMesh {
        let after = self.sheets.partition_point(|s| s.cells.end <= cell);
        &self.sheets[after]
    }

    fn add_sheet(
        &mut self,
        source: &RigSource<'_>,
        (sheet, alpha): (&Sheet, &Plane<f32>),
        relief: Option<&Relief>,
        face: Option<&FaceMesh>,
        head: &HeadShape,
        armpits: &PerLimb<Option<Armpit<'_>>>,
    ) {
        let mut grid = Grid::over(alpha);
        if sheet.kind == SheetKind::Core {
            // Not the limbs: the fingers of a hand that is cut would go on as rods.
            grid.go_on_beyond_edges(alpha);
        }
        let hand = self.hand_of(source, sheet);
        if let Some(hand) = &hand {
            grid.refine(|place| hand.is_near_fingers(self.place_of(source, sheet, place)));
        }
        let Grid { places: spread, texels, mut cells, hanging } = grid;
        if let (SheetKind::Core, Some(face)) = (sheet.kind, face) {
            // The face's own mesh shows what is there.
            let covered: Vec<bool> = spread.iter().map(|&p| face.replaces_sheet_at(p)).collect();
            cells.retain(|cell| !cell.iter().all(|&corner| covered[corner as usize]));
        }
        let places: Vec<Vec2> = spread.iter().map(|&place| self.place_of(source, sheet, place)).collect();
        let is_back = sheet.kind == SheetKind::Back;
        let heads: Vec<f32> = places.iter().map(|&place| head.weight(&self.trunk, place, is_back)).collect();
        let first = self.vertices.place.len();
        let mut limbs = match sheet.kind {
            SheetKind::Core | SheetKind::Back => {
                weights::of_core(source, &self.trunk, self.hem, armpits, (&spread, &heads))
            }
            SheetKind::Limb(limb) => {
                weights::of_limb(source, sheet, limb, armpits, [&spread, &places], self.limbs[limb])
                    .into_iter()
                    .collect()
            }
            SheetKind::Shoulder(_) => Vec::new(),
        };
        for ((&place, &texel), &head_weight) in places.iter().zip(&texels).zip(&heads) {
            let bulge = |from_behind| relief.map_or(0.0, |relief| relief.at(place, from_behind));
            let depth = match sheet.kind {
                SheetKind::Core | SheetKind::Limb(_) | SheetKind::Shoulder(_) => bulge(false),
                SheetKind::Back => {
                    let bulge = bulge(true);
                    bulge - SEAM_OVERLAP_PX * (1.0 - smoothstep(bulge / SEAM_DEPTH_PX))
                }
            };
            let texel = match (sheet.kind, relief) {
                (SheetKind::Back, Some(relief)) => relief.texel_behind(texel),
                _ => texel,
            };
            self.vertices.push(&self.trunk, head_weight, place, texel, depth);
            if let (SheetKind::Core | SheetKind::Back, Some(relief), Some(sink)) =
                (sheet.kind, relief, self.vertices.sink.last_mut())
            {
                *sink = relief.sink(place);
            }
            if let Some(on_back) = self.vertices.on_back.last_mut() {
                *on_back = is_back && head.is_below_chin(&self.trunk, place);
            }
            if let (SheetKind::Core | SheetKind::Back, Some(sway)) =
                (sheet.kind, self.vertices.sway.last_mut())
            {
                let hem = self.hem.map_or(0.0, |hem| self.trunk.skirt_share(place, hem));
                *sway = Vec2::new(head.hair_share(&self.trunk, place, is_back), hem);
            }
        }
        let drawn_in = match sheet.kind {
            SheetKind::Core | SheetKind::Back => {
                let joined = |side| armpits[Limb::Arm(side)].is_some();
                let corners = Side::BOTH.into_iter().filter(|&side| !joined(side));
                let corners = corners.filter_map(|side| Corner::of(source, &self.trunk, side));
                corners.flat_map(|corner| corner.draw_in(&spread, &heads).collect::<Vec<_>>()).collect()
            }
            SheetKind::Limb(_) | SheetKind::Shoulder(_) => Vec::new(),
        };
        let first_cell = self.cells.len();
        self.cells.extend(cells.iter().map(|cell| cell.map(|corner| corner + first as u32)));
        if matches!(sheet.kind, SheetKind::Core | SheetKind::Back) {
            self.is_inner.extend(cells.iter().map(|cell| {
                let [low, _, _, high] = cell.map(|corner| texels[corner as usize]);
                grid::is_inner(alpha, low, high)
            }));
        }
        self.is_inner.resize(self.cells.len(), false);
        let foot = self.add_foot(source, (sheet, alpha), first, &places, limbs.first_mut());
        if let (SheetKind::Limb(limb), [weights]) = (sheet.kind, &mut limbs[..])
            && let Some(bones) = self.limbs[limb]
        {
            let lining = lining::lining(source, (sheet, alpha), &bones, &places);
            self.add_lining(first, &lining, &cells, weights);
        }
        self.is_inner.resize(self.cells.len(), false);
        let hand = hand.map(|hand| HandSkin::new(hand, &places));
        self.sheets.push(SheetMesh {
            kind: sheet.kind,
            texture: self.sheets.len(),
            vertices: first..self.vertices.place.len(),
            cells: first_cell..self.cells.len(),
            limbs,
            drawn_in,
            hand,
            foot,
            hanging,
        });
    }

    /// Doubles the cells of a limb's sheet, whose vertices begin at `first`, that line each of two bones and are seen.
    fn add_lining(
        &mut self,
        first: usize,
        lining: &[Vec<Option<f32>>; 2],
        cells: &[[u32; 4]],
        weights: &mut LimbWeights,
    ) {
        for (bone, lining) in lining.iter().enumerate() {
            let mut doubles = vec![None; lining.len()];
            for cell in cells {
                let seen = cell.map(|corner| lining[corner as usize]);
                if seen.contains(&None) || seen.iter().all(|seen| seen.is_some_and(|seen| seen <= 0.0)) {
                    continue;
                }
                let corners = cell.map(|corner| {
                    let opacity = lining[corner as usize].unwrap_or_default();
                    *doubles[corner as usize].get_or_insert_with(|| {
                        self.vertices.double(first + corner as usize);
                        let double = self.vertices.place.len() - 1;
                        weights.push_lining((double - first) as u32, corner as usize, bone, opacity);
                        double as u32
                    })
                });
                self.cells.push(corners);
            }
        }
    }

    /// Where a place of a sheet's texture lies at rest.
    fn place_of(&self, source: &RigSource<'_>, sheet: &Sheet, place: Vec2) -> Vec2 {
        let limb = match sheet.kind {
            SheetKind::Limb(limb) => Some(limb),
            SheetKind::Shoulder(side) => Some(Limb::Arm(side)),
            SheetKind::Core | SheetKind::Back => None,
        };
        match (limb, &sheet.rest) {
            (Some(limb), Rest::Mirrored { from }) => {
                self.trunk.reflect(place) + mirror_shift(source.joints, &self.trunk, limb, *from)
            }
            _ => place,
        }
    }
}

impl Vertices {
    fn push(&mut self, trunk: &Trunk, head: f32, place: Vec2, texel: Vec2, depth: f32) {
        self.place.push(place);
        self.texel.push(texel);
        self.depth.push(depth);
        self.chest.push(trunk.chest_weight(place));
        self.head.push(head);
        self.on_back.push(false);
        self.by_arms.push(0.0);
        self.sink.push(0.0);
        self.pull.push(trunk.pull_weights(place));
        self.sway.push(Vec2::ZERO);
    }

    /// Adds another vertex like this one.
    fn double(&mut self, v: usize) {
        self.place.push(self.place[v]);
        self.texel.push(self.texel[v]);
        self.depth.push(self.depth[v]);
        self.chest.push(self.chest[v]);
        self.head.push(self.head[v]);
        self.on_back.push(self.on_back[v]);
        self.by_arms.push(self.by_arms[v]);
        self.sink.push(self.sink[v]);
        self.pull.push(self.pull[v]);
        self.sway.push(self.sway[v]);
    }
}

/// What a limb reflected about the spine must be moved by to meet the other limb's first joint.
fn mirror_shift(joints: &Joints, trunk: &Trunk, limb: Limb, from: Limb) -> Vec2 {
    joints[limb.chain()[0]].truncate() - trunk.reflect(joints[from.chain()[0]].truncate())
}

/// The bones of every limb that has a sheet, as its texture shows them.
fn bones_at_rest(source: &RigSource<'_>, trunk: &Trunk) -> PerLimb<Option<[Vec3; 4]>> {
    let mut bones = PerLimb::default();
    for sheet in source.sheets {
        let SheetKind::Limb(limb) = sheet.kind else { continue };
        bones[limb] = Some(match sheet.rest {
            Rest::AsSeen => source.joints.chain(limb),
            Rest::Strip(bones) => bones,
            Rest::Mirrored { from } => {
                let shift = mirror_shift(source.joints, trunk, limb, from);
                source.joints.chain(from).map(|p| (trunk.reflect(p.truncate()) + shift).extend(p.z))
            }
        });
    }
    bones
}

/// The region whose outline a limb's texture has.
fn region_of<'a>(source: &'a RigSource<'_>, sheet: &Sheet, limb: Limb) -> Option<(Limb, &'a LimbRegion)> {
    let limb = match sheet.rest {
        Rest::Mirrored { from } => from,
        Rest::AsSeen | Rest::Strip(_) => limb,
    };
    source.parts.limbs[limb].as_ref().map(|region| (limb, region))
}

use glam::Vec2;

use super::head::HeadShape;
use super::relief::Relief;
use super::{Rig, RigSource, SheetMesh};
use crate::face::{FaceMesh, FaceOnRig, mouth};
use crate::layers::SheetKind;

/// How much nearer than the core the face lies, so that where the two overlap along its outline it is the face that is seen.
const SKIN_LIFT: f32 = 0.008;

impl Rig {
    /// The face's mesh over the core, and the inside of its mouth.
    pub(super) fn add_face(
        &mut self,
        source: &RigSource<'_>,
        face: &FaceMesh,
        relief: Option<&Relief>,
        head: &HeadShape,
    ) {
        let Some(core) = source.sheets.iter().position(|s| s.kind == SheetKind::Core) else { return };
        let depth = |place: Vec2| relief.map_or(0.0, |relief| relief.of_skin(place));
        let (first, first_cell) = (self.vertices.place.len(), self.cells.len());
        for &place in &face.places {
            let lift = SKIN_LIFT * self.trunk.shoulder_width;
            let head = head.weight(&self.trunk, place, false);
            self.vertices.push(&self.trunk, head, place, place, depth(place) - lift);
        }
        let corner = |v: u32| v + first as u32;
        self.cells.extend(face.triangles.iter().map(|t| [t[0], t[1], t[2], t[2]].map(corner)));
        self.add_mesh(core, first, first_cell);

        let (first, first_cell) = (self.vertices.place.len(), self.cells.len());
        for (place, texel) in mouth::inside_at_rest(&face.mouth) {
            self.vertices.push(
                &self.trunk,
                head.weight(&self.trunk, place, false),
                place,
                texel,
                depth(place) - SKIN_LIFT * self.trunk.shoulder_width,
            );
        }
        self.cells.extend(mouth::inside_cells().map(|cell| cell.map(|v| v + first as u32)));
        self.add_mesh(source.sheets.len(), first, first_cell);
        let [.., skin, inside] = &self.sheets[..] else { return };
        let own = self.sheets[core].vertices.clone();
        let near = |place: Vec2| place.cmpge(face.bounds[0]).all() && place.cmple(face.bounds[1]).all();
        let about = own
            .map(|v| (v, self.vertices.place[v]))
            .filter(|(_, place)| near(*place))
            .filter_map(|(v, place)| Some((v, face.binding(place)?)))
            .collect();
        self.face = Some(FaceOnRig {
            about,
            skin: skin.vertices.clone(),
            landmarks: face.landmarks.clone(),
            inside: inside.vertices.clone(),
            mouth: face.mouth,
        });
    }

    /// A part of the head's front, from these vertices and cells to the last.
    fn add_mesh(&mut self, texture: usize, first: usize, first_cell: usize) {
        self.is_inner.resize(self.cells.len(), false);
        self.sheets.push(SheetMesh {
            kind: SheetKind::Core,
            texture,
            vertices: first..self.vertices.place.len(),
            cells: first_cell..self.cells.len(),
            limbs: Vec::new(),
            drawn_in: Vec::new(),
            hand: None,
            foot: None,
            hanging: Vec::new(),
        });
    }
}

use std::ops::Range;

use delaunator::{Point, triangulate};
use frame::FaceLandmarks;
use glam::{Vec2, Vec3};

use super::mouth::{MouthVertex, mouth_width};
use super::points::{ACROSS_MOUTH, EYES, Eye, LOWER_RIM, MESH, OVAL, UPPER_RIM};
use super::{CanonicalFace, FaceShape};

/// A face as a mesh over the still, in the still's pixels: its landmarks, and a ring about them that does not move.
pub(crate) struct FaceMesh {
    /// Where the vertices lie in the still.
    pub(crate) places: Vec<Vec2>,
    /// The landmark each vertex is; `None` for the ring.
    pub(crate) landmarks: Vec<Option<usize>>,
    /// The face within its outline.
    pub(crate) triangles: Vec<[u32; 3]>,
    /// Between the outline and the ring.
    rim: Vec<[u32; 3]>,
    /// The face's outline.
    pub(crate) outline: Vec<Vec2>,
    /// The least and the greatest coordinates of all.
    pub(crate) bounds: [Vec2; 2],
    /// The lips' inner rims, upper and lower, from corner to corner.
    pub(crate) mouth: [[Vec2; ACROSS_MOUTH]; 2],
}

/// How much wider than the face's outline the ring is.
const RING: f32 = 1.35;
/// How wide the band is in which the sheet below goes on under the mesh, as a share of the way from the outline to the middle.
const BAND: f32 = 0.14;
/// A shut mouth is opened by this share of the face's height before the mesh is laid through its points, so that no edge runs
/// from lip to lip.
const OPENED: f32 = 0.2;

impl FaceMesh {
    /// The Delaunay triangulation of the upright face's points. `None` for a face without size.
    pub(crate) fn new(face: &FaceLandmarks) -> Option<Self> {
        let upright = CanonicalFace::new(face)?;
        let ring = |points: &dyn Fn(usize) -> Vec2| {
            let centre = OVAL.iter().map(|&i| points(i)).sum::<Vec2>() / OVAL.len() as f32;
            OVAL.map(|i| centre + (points(i) - centre) * RING)
        };
        let in_still = |i: usize| face[i].truncate();
        let opened = opened(&upright);
        let irises = EYES.iter().flat_map(|eye| irises_in_view(&upright, eye));
        let used: Vec<usize> = (0..MESH).chain(irises).collect();

        let mut places: Vec<Vec2> = used.iter().map(|&i| in_still(i)).collect();
        places.extend(ring(&in_still));
        let mut flat: Vec<Vec2> = used.iter().map(|&i| opened[i]).collect();
        flat.extend(ring(&|i| opened[i]));
        let mut landmarks: Vec<Option<usize>> = used.iter().copied().map(Some).collect();
        landmarks.resize(places.len(), None);

        let points: Vec<Point> =
            flat.iter().map(|p| Point { x: f64::from(p.x), y: f64::from(p.y) }).collect();
        let corners = triangulate(&points).triangles;
        let on_ring = |v: &&u32| landmarks[**v as usize].is_none();
        let (triangles, rim) = corners
            .chunks_exact(3)
            .map(|t| [t[0] as u32, t[1] as u32, t[2] as u32])
            .partition(|t| t.iter().filter(on_ring).count() == 0);
        let mouth = [UPPER_RIM, LOWER_RIM].map(|rim| rim.map(in_still));
        let start = [Vec2::INFINITY, Vec2::NEG_INFINITY];
        let bounds = places.iter().fold(start, |[low, high], p| [low.min(*p), high.max(*p)]);
        Some(Self { places, landmarks, triangles, rim, outline: OVAL.map(in_still).to_vec(), bounds, mouth })
    }

    /// Whether only the mesh shows what is at a place: within its outline, but for a band along it. There the sheet below closes
    /// the gap that opens when a turning head carries the mesh, which lies nearer, off it.
    pub(crate) fn replaces_sheet_at(&self, place: Vec2) -> bool {
        let centre = self.outline.iter().sum::<Vec2>() / self.outline.len() as f32;
        encloses(&self.outline, centre + (place - centre) / (1.0 - BAND))
    }

    /// The landmarks that a place within the ring goes with, and how much with each; `None` outside it.
    pub(crate) fn binding(&self, place: Vec2) -> Option<Binding> {
        self.rim.iter().chain(&self.triangles).find_map(|t| {
            let [a, b, c] = t.map(|v| self.places[v as usize]);
            let area = (b - a).perp_dot(c - a);
            let (u, v) = ((b - place).perp_dot(c - place) / area, (c - place).perp_dot(a - place) / area);
            let weights = [u, v, 1.0 - u - v];
            let binding = [0, 1, 2].map(|i| {
                // What lies on the ring stays.
                self.landmarks[t[i] as usize].map_or((0, 0.0), |landmark| (landmark, weights[i]))
            });
            weights.iter().all(|w| *w >= 0.0).then_some(binding)
        })
    }
}

/// Whether a polygon encloses a place, by the even-odd rule.
fn encloses(polygon: &[Vec2], place: Vec2) -> bool {
    let sides = polygon.iter().zip(polygon.iter().cycle().skip(1));
    let crosses = |a: &Vec2, b: &Vec2| {
        (a.y > place.y) != (b.y > place.y) && place.x < a.x + (b.x - a.x) * (place.y - a.y) / (b.y - a.y)
    };
    sides.filter(|(a, b)| crosses(a, b)).count() % 2 == 1
}

/// The upright face's points in its plane, with everything below the lips' meeting moved down.
fn opened(face: &CanonicalFace) -> Vec<Vec2> {
    let flat = |i: usize| face.points[i].truncate();
    let line: Vec<Vec2> =
        UPPER_RIM.iter().zip(&LOWER_RIM).map(|(&a, &b)| (flat(a) + flat(b)) * 0.5).collect();
    let down = Vec2::new(0.0, OPENED * face.height());
    let corners = [UPPER_RIM[0], UPPER_RIM[ACROSS_MOUTH - 1]];
    (0..face.points.len())
        .map(|i| {
            let p = flat(i);
            let below = !corners.contains(&i)
                && !UPPER_RIM.contains(&i)
                && (LOWER_RIM.contains(&i) || p.y > height_at(&line, p.x));
            if below { p + down } else { p }
        })
        .collect()
}

/// The y of a line through `points`, ordered by x, at `x`; held beyond its ends.
fn height_at(points: &[Vec2], x: f32) -> f32 {
    let after = points.iter().position(|p| p.x >= x).unwrap_or(points.len());
    match (after.checked_sub(1).map(|i| points[i]), points.get(after)) {
        (Some(a), Some(b)) => a.y + (b.y - a.y) * ((x - a.x) / (b.x - a.x).max(1e-6)),
        (Some(end), None) => end.y,
        (None, Some(start)) => start.y,
        (None, None) => 0.0,
    }
}

/// The points of an eye's iris that its lids do not cover.
fn irises_in_view(face: &CanonicalFace, eye: &Eye) -> Vec<usize> {
    let lid = |points: &[usize; 7]| {
        let mut line: Vec<Vec2> =
            points.iter().chain(&eye.corners).map(|&i| face.points[i].truncate()).collect();
        line.sort_by(|a, b| a.x.total_cmp(&b.x));
        line
    };
    let (upper, lower) = (lid(&eye.upper), lid(&eye.lower));
    let in_view = |&i: &usize| {
        let p = face.points[i];
        let (top, bottom) = (height_at(&upper, p.x), height_at(&lower, p.x));
        let margin = 0.12 * (bottom - top);
        p.y > top + margin && p.y < bottom - margin
    };
    (eye.iris..eye.iris + 5).filter(in_view).collect()
}

/// Three landmarks, and how much a vertex goes with each.
pub(crate) type Binding = [(usize, f32); 3];

/// Which vertices of a rig are the face's, and how they follow a [`FaceShape`].
#[derive(Clone, Debug)]
pub(crate) struct FaceOnRig {
    /// The vertices of the mesh.
    pub(crate) skin: Range<usize>,
    /// The landmark of each, `None` for those that stay.
    pub(crate) landmarks: Vec<Option<usize>>,
    /// Vertices of the core about the face, which follow its outline.
    pub(crate) about: Vec<(usize, Binding)>,
    /// The vertices of the mouth's inside, those of [`MouthVertex::all`].
    pub(crate) inside: Range<usize>,
    /// The lips' inner rims in the still.
    pub(crate) mouth: [[Vec2; ACROSS_MOUTH]; 2],
}

impl FaceOnRig {
    /// Everything `factor` times as large.
    pub(crate) fn scale(&mut self, factor: f32) {
        self.mouth.iter_mut().flatten().for_each(|p| *p *= factor);
    }

    /// What every vertex moves before the head turns: index and way.
    pub(crate) fn moves<'a>(&'a self, shape: &'a FaceShape) -> impl Iterator<Item = (usize, Vec3)> + 'a {
        let offset = |i: usize| shape.offsets.get(i).copied().unwrap_or_default();
        let skin = self.skin.clone().zip(&self.landmarks);
        let skin = skin.map(move |(v, landmark)| (v, landmark.map_or(Vec3::ZERO, offset)));
        let inside = self.inside.clone().zip(MouthVertex::all()).map(move |(v, vertex)| {
            let lips = [(0, UPPER_RIM), (1, LOWER_RIM)]
                .map(|(side, rim)| self.mouth[side][vertex.column].extend(0.0) + offset(rim[vertex.column]));
            let now = vertex.between(lips, mouth_width(&self.mouth), shape.inside_shown);
            (v, now - self.mouth[0][vertex.column].extend(0.0))
        });
        let about = self.about.iter().map(move |(v, binding)| {
            (*v, binding.iter().fold(Vec3::ZERO, |sum, &(landmark, w)| sum + offset(landmark) * w))
        });
        skin.chain(about).chain(inside)
    }
}

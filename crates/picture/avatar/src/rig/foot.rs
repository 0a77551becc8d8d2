use std::f32::consts::PI;
use std::ops::Range;

use frame::Plane;
use glam::{Vec2, Vec3, Vec3Swizzles};

use super::grid::cell_px;
use super::{LimbWeights, Rig, RigSource, SharedSide};
use crate::filter::sample_linear;
use crate::layers::{Rest, Sheet, SheetKind};
use crate::{Joint, Joints, Limb, Side, smoothstep};

/// A foot that points at the viewer in the still, as a solid: seen from the side it is as long as feet are, with a heel and a flat sole.
///
/// Along the middle of its outline lies its instep, along the outline the edge of its sole. How far before the ankle each row of the
/// picture is follows from how long a foot of its breadth is, and so how steeply it is looked down upon. Its back, with the heel, is hidden,
/// and shows what its front has along the outline.
#[derive(Clone, Debug)]
pub(crate) struct FootSolid {
    /// Where which vertices of the sheet lie in it.
    pub(crate) places: Vec<FootVertex>,
    /// The vertices of its tube, within the sheet: instep, sole and heel, closed all about.
    pub(crate) tube: Range<usize>,
    /// Where the tube's two sides meet at the heel.
    pub(crate) seam: Vec<SharedSide>,
    /// Which way it points, see [`foot_yaw_rad`].
    pub(crate) yaw_rad: f32,
    /// How far the camera looks down on it.
    pub(crate) pitch_rad: f32,
    /// From the ankle to the tip of the toes, as the joints have them, where it stands: upwards and forwards, pixels.
    pub(crate) toe: Vec2,
}

/// A vertex in a foot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FootVertex {
    /// Its number in the sheet.
    pub(crate) vertex: u32,
    /// To the picture's right, upwards and forwards from the ankle, pixels.
    pub(crate) place: Vec3,
    /// How far it moves with the foot, 0 … 1.
    pub(crate) share: f32,
}

impl FootSolid {
    pub(crate) fn scale(&mut self, factor: f32) {
        self.places.iter_mut().for_each(|at| at.place *= factor);
        self.toe *= factor;
    }
}

/// Which way a foot points, from its `ankle` to its `toe`: 0 at the viewer, π/2 to the picture's right. Foreshortened its joints tell little of
/// that; there it goes with its hips.
pub(crate) fn foot_yaw_rad(joints: &Joints, side: Side) -> f32 {
    /// How much the hips count, in lengths of the foot.
    const HIPS: f32 = 0.5;
    let foot = joints[Joint::Toe(side)] - joints[Joint::Ankle(side)];
    let hips = joints[Joint::Hip(Side::Left)] - joints[Joint::Hip(Side::Right)];
    let forwards = foot.normalize_or_zero() + HIPS * Vec3::new(hips.z, 0.0, -hips.x).normalize_or_zero();
    forwards.x.atan2(-forwards.z)
}

impl Rig {
    /// The foot of a leg's sheet whose vertices begin at `first` and lie at `places`, with a tube of cells of its own.
    pub(super) fn add_foot(
        &mut self,
        source: &RigSource<'_>,
        (sheet, alpha): (&Sheet, &Plane<f32>),
        first: usize,
        places: &[Vec2],
        weights: Option<&mut LimbWeights>,
    ) -> Option<FootSolid> {
        let (SheetKind::Limb(limb @ Limb::Leg(side)), Rest::AsSeen) = (sheet.kind, &sheet.rest) else {
            return None;
        };
        let (bones, weights) = (self.limbs[limb]?, weights?);
        let radius = source.parts.limbs[limb].as_ref()?.radius_px;
        let outline = FootOutline::of(bones, radius, alpha)?;
        let (tube, begin) = (outline.tube(alpha.height()), self.vertices.place.len());
        let own = places.iter().map(|&place| outline.front(place));
        let in_foot: Vec<Vec3> = own.chain(tube.vertices.iter().map(|at| at.foot)).collect();
        for at in &tube.vertices {
            self.vertices.push(&self.trunk, 0.0, at.picture, at.texel, 0.0);
        }
        let pictures = tube.vertices.iter().map(|at| at.picture);
        weights.push_foot((begin - first) as u32, pictures, &bones, radius);
        let moved = std::iter::zip(&weights.vertices, &weights.third_bone)
            .filter(|(vertex, share)| **share > 0.0 || **vertex as usize >= places.len());
        let solid = moved
            .map(|(&vertex, &share)| FootVertex { vertex, place: in_foot[vertex as usize], share })
            .collect();
        let first_cell = self.cells.len();
        self.cells.extend(tube.cells.iter().map(|cell| cell.map(|corner| corner + begin as u32)));
        self.is_inner.resize(self.cells.len(), true);
        let rows = (first_cell..self.cells.len()).step_by(tube.columns);
        let seam = rows.map(|cell| SharedSide::seam(&self.cells, cell, cell + tube.columns - 1)).collect();
        let tube = begin - first..self.vertices.place.len() - first;
        Some(outline.solid(foot_yaw_rad(source.joints, side), solid, tube, seam))
    }
}

/// A foot's outline in the still, and what that tells of its size. Places in it are rows from the ankle towards its tip, and columns to the
/// picture's right of that line.
pub(super) struct FootOutline {
    ankle: Vec2,
    /// Unit vectors: from the ankle to the tip, and across.
    down: Vec2,
    across: Vec2,
    /// The first and the last column of each row, from `first_row` on.
    rows: Vec<[f32; 2]>,
    first_row: f32,
    /// How long the foot is, and how high its ankle.
    length: f32,
    height: f32,
    /// How far the camera looks down on it.
    pitch_rad: f32,
}

/// A foot's measures in its length (an adult's in shoes, as they look from the side; the ankle's height as in Winter, "Biomechanics and
/// Motor Control of Human Movement", 2009, fig. 4.1): its breadth; how high the ankle is; how far before it the toes end and behind it the heel; how thick the leg is there.
const BREADTH: f32 = 0.4;
const ANKLE: f32 = 0.26;
const TOES: f32 = 0.72;
const HEEL: f32 = 0.28;
const SHIN: f32 = 0.13;
/// The instep from the side, from the ankle on: how far forwards, in its length, and how high, in the ankle's height.
const INSTEP: [[f32; 2]; 5] = [[0.1, 1.6], [0.12, 1.0], [0.35, 0.62], [0.66, 0.34], [TOES, 0.0]];
/// The middle of the leg from the side, beside the ankle, in the foot's length.
const MIDDLE: f32 = -0.02;
/// How long a foot is at most, in lengths of the shin in the picture.
const LONGEST: f32 = 0.7;
/// The row in which the outline's lowest is that the heel shows, in the tip's.
const LOWEST: f32 = 0.85;
/// How steeply a foot is looked down upon, from stills.
const PITCHES_RAD: Range<f32> = 8.0 * PI / 180.0..50.0 * PI / 180.0;

/// How far in from the outline what the back shows goes at its seam, of half its breadth: all of it above the ankle, where legs are from
/// behind as they are from the front; hardly on the heel. `low` is 0 at the ankle, 1 at the sole.
fn inwards(low: f32) -> f32 {
    const HARDLY: f32 = 0.25;
    1.0 - (1.0 - HARDLY) * smoothstep(3.0 * low + 0.5)
}

/// How far round a surface goes over from its edge to its middle, `aside` from −1 to 1 across it.
fn round(aside: f32) -> f32 {
    (1.0 - aside * aside).max(0.0).sqrt()
}

impl FootOutline {
    /// The foot of a leg with these joints, hip, knee, ankle and toe, of which `alpha` is seen; none that points aside or
    /// is too badly seen. `radius` is the leg's.
    pub(super) fn of(chain: [Vec3; 4], radius: f32, alpha: &Plane<f32>) -> Option<Self> {
        /// The least cosine of the turn in the picture from shin to foot.
        const STRAIGHT: f32 = 0.5;
        /// How far it reaches at most, in lengths of its bone in the picture.
        const FURTHEST: f32 = 2.5;
        /// How broad and how long it must be, in pixels.
        const LEAST_PX: f32 = 8.0;
        let [_, knee, ankle, toe] = chain.map(Vec3::truncate);
        let down = (toe - ankle).try_normalize()?;
        if down.dot((ankle - knee).normalize_or_zero()) < STRAIGHT {
            return None;
        }
        let across = Vec2::new(down.y, -down.x);
        let reach = 1.6 * radius;
        let row = |r: f32| {
            let columns = (-reach as i32..=reach as i32).map(|c| c as f32);
            let seen = |&c: &f32| {
                let p = ankle + down * r + across * c;
                alpha.size().contains(p) && sample_linear(alpha, p) > 0.5
            };
            let mut seen = columns.filter(seen);
            let first = seen.next()?;
            Some([first, seen.next_back().unwrap_or(first)])
        };
        let first_row = -(0.8 * radius).round();
        let last = (FURTHEST * ankle.distance(toe)).max(2.0 * radius);
        let mut rows: Vec<[f32; 2]> = Vec::new();
        for r in (first_row as i32)..=last as i32 {
            match row(r as f32) {
                Some(ends) => rows.push(ends),
                None if r <= 0 => return None,
                None => break,
            }
        }
        let tip = first_row + rows.len() as f32;
        let far = rows.iter().skip((0.3 * tip - first_row) as usize);
        let breadth = far.map(|[first, last]| last - first).fold(0.0, f32::max);
        if breadth < LEAST_PX || tip < LEAST_PX {
            return None;
        }
        // The farthest row that is seen is the tip of the toes on the ground.
        let from_ankle = Vec2::new(ANKLE, TOES);
        let steepest = (PITCHES_RAD.end + from_ankle.x.atan2(from_ankle.y)).sin();
        let length = (breadth / BREADTH)
            .min(LONGEST * ankle.distance(knee))
            .max(tip / (from_ankle.length() * steepest));
        let sine = (tip / (from_ankle.length() * length)).min(1.0);
        let pitch_rad = sine.asin() - from_ankle.x.atan2(from_ankle.y);
        Some(Self {
            ankle,
            down,
            across,
            rows,
            first_row,
            length,
            height: ANKLE * length,
            pitch_rad: pitch_rad.clamp(PITCHES_RAD.start, PITCHES_RAD.end),
        })
    }

    fn last_row(&self) -> f32 {
        self.first_row + self.rows.len() as f32 - 1.0
    }

    /// The first and the last column at a row.
    fn ends(&self, row: f32) -> [f32; 2] {
        let at = (row - self.first_row).clamp(0.0, self.rows.len() as f32 - 1.0);
        let [low, high] = [at.floor(), at.ceil()].map(|i| self.rows[i as usize]);
        [0, 1].map(|end| low[end] + (high[end] - low[end]) * at.fract())
    }

    /// The row in which the outline comes down to the sole, below the middle of the leg.
    fn sole_row(&self) -> f32 {
        let (sin, cos) = self.pitch_rad.sin_cos();
        self.height * cos + MIDDLE * self.length * sin
    }

    /// How far the leg reaches before and behind the ankle at least at a row: as far as aside, down to where the foot begins.
    fn leg(&self, row: f32) -> f32 {
        const FLATTER: f32 = 0.9;
        let [first, last] = self.ends(row);
        0.5 * FLATTER * (last - first) * (1.0 - smoothstep(row / (0.6 * self.sole_row())))
    }

    /// How far forwards the instep is at a row.
    fn instep(&self, row: f32) -> f32 {
        let (sin, cos) = self.pitch_rad.sin_cos();
        let points = INSTEP.map(|[forwards, up]| {
            let forwards = forwards * self.length;
            [forwards * sin + self.height * (1.0 - up) * cos, forwards]
        });
        let after = points.iter().position(|point| point[0] >= row);
        let forwards = match after {
            Some(0) => points[0][1],
            None => points[points.len() - 1][1],
            Some(i) => {
                let ([from, low], [to, high]) = (points[i - 1], points[i]);
                low + (high - low) * (row - from) / (to - from)
            }
        };
        forwards.max(self.leg(row))
    }

    /// Where on its surface is what is at a row and `aside` in it, from −1 to 1 across it: upwards and forwards from the ankle.
    fn surface(&self, row: f32, aside: f32, is_back: bool) -> Vec2 {
        let (sin, cos) = self.pitch_rad.sin_cos();
        // What is so far forwards and seen in this row.
        let seen = |forwards: f32| Vec2::new((forwards * sin - row) / cos, forwards);
        let sole = (row - self.height * cos) / sin;
        let edge = seen(sole.clamp(MIDDLE * self.length, TOES * self.length));
        let middle = if is_back {
            let up = -(self.height * row / self.sole_row()).min(self.height);
            let low = smoothstep(-up / (0.6 * self.height));
            let behind = (SHIN + (HEEL - SHIN) * low) * self.length;
            Vec2::new(up, -behind.max(self.leg(row)))
        } else {
            seen(self.instep(row))
        };
        let surface = edge.lerp(middle, round(aside));
        Vec2::new(surface.x.max(-self.height), surface.y)
    }

    /// Where in the foot a place of the picture lies on its front: to the right, upwards and forwards from the ankle.
    pub(super) fn front(&self, place: Vec2) -> Vec3 {
        let from_ankle = place - self.ankle;
        let (row, column) = (from_ankle.dot(self.down), from_ankle.dot(self.across));
        let [first, last] = self.ends(row);
        let aside = (2.0 * (column - first) / (last - first).max(1.0) - 1.0).clamp(-1.0, 1.0);
        self.surface(row.min(self.last_row()), aside, false).extend(column).zxy()
    }

    /// A tube of cells over its front and back, whose textures end just within the outline: where each vertex is in the picture, and where in
    /// the foot. Where both sides meet at the heel it has a seam.
    pub(super) fn tube(&self, height: usize) -> Tube {
        /// Cells on the front and on either side of the back.
        const FRONT: usize = 8;
        const BACK: usize = 4;
        /// How far within the outline its texture ends, pixels.
        const WITHIN_PX: f32 = 2.5;
        let step = 0.7 * cell_px(height) as f32;
        let last_row = self.last_row() - WITHIN_PX;
        let count = ((last_row - self.first_row) / step).ceil().max(2.0) as usize;
        // Evenly round from the picture's left over the front to its right, and from either behind.
        let back = |side: f32| {
            let column =
                move |i: usize| (side * (0.5 * PI * i as f32 / BACK as f32).cos().max(0.0), Some(side));
            (0..=BACK).map(column)
        };
        let front = (1..FRONT).map(|i| (-(PI * i as f32 / FRONT as f32).cos(), None));
        let columns: Vec<(f32, Option<f32>)> = back(-1.0).rev().chain(front).chain(back(1.0)).collect();
        let mut tube = Tube { vertices: Vec::new(), cells: Vec::new(), columns: columns.len() - 1 };
        for i in 0..=count {
            let row = self.first_row + (last_row - self.first_row) * i as f32 / count as f32;
            for &(aside, back) in &columns {
                let surface = self.surface(row, aside, back.is_some());
                let (shown, shown_row) = match back {
                    Some(side) => {
                        // Lowest on the heel is the sole's edge.
                        let low = (row / self.sole_row()).clamp(0.0, 1.0).powi(3);
                        let inwards = inwards(row / self.sole_row()) * (1.0 - aside.abs()) * (1.0 - low);
                        let onwards = (LOWEST * last_row - row).max(0.0) * low * round(aside);
                        (side * (1.0 - inwards), row + onwards)
                    }
                    None => (aside, row),
                };
                tube.vertices.push(TubeVertex {
                    picture: self.at(row, aside, 0.0),
                    texel: self.at(shown_row, shown, WITHIN_PX),
                    foot: surface.extend(self.column(row, aside, 0.0)).zxy(),
                });
            }
        }
        let width = columns.len();
        for i in 0..count {
            for j in 0..width - 1 {
                let [a, b] = [j, j + 1].map(|j| (i * width + j) as u32);
                tube.cells.push([a, b, a + width as u32, b + width as u32]);
            }
        }
        tube
    }

    /// The column `aside` in a row, from −1 to 1 across it, `within` pixels of its ends.
    fn column(&self, row: f32, aside: f32, within: f32) -> f32 {
        let [first, last] = self.ends(row);
        0.5 * (first + last) + aside * (0.5 * (last - first) - within).max(0.0)
    }

    /// That place of the picture.
    fn at(&self, row: f32, aside: f32, within: f32) -> Vec2 {
        self.ankle + self.down * row + self.across * self.column(row, aside, within)
    }

    /// The solid with its vertices.
    pub(super) fn solid(
        &self,
        yaw_rad: f32,
        places: Vec<FootVertex>,
        tube: Range<usize>,
        seam: Vec<SharedSide>,
    ) -> FootSolid {
        FootSolid {
            places,
            tube,
            seam,
            yaw_rad,
            pitch_rad: self.pitch_rad,
            toe: Vec2::new(-0.9 * self.height, TOES * self.length),
        }
    }
}

/// See [`FootOutline::tube`].
pub(super) struct Tube {
    pub(super) vertices: Vec<TubeVertex>,
    /// Corners as those of a rig's cells.
    pub(super) cells: Vec<[u32; 4]>,
    /// How many cells are in a row, of which the last meets the first.
    pub(super) columns: usize,
}

#[derive(Clone, Copy)]
pub(super) struct TubeVertex {
    pub(super) picture: Vec2,
    pub(super) texel: Vec2,
    pub(super) foot: Vec3,
}

#[cfg(test)]
mod tests {
    use frame::Size;

    use super::*;

    /// A leg that comes down from the knee at (60, 20) to the ankle at (60, 120), with a foot 30 px broad that ends 45 px below that.
    fn outline() -> FootOutline {
        let alpha = Plane::from_fn(Size::new(120, 200), |x, y| {
            let half = if y < 125 { 10.0 } else { 15.0 };
            f32::from(y < 165 && (x as f32 + 0.5 - 60.0).abs() < half)
        });
        let chain = [-80.0, 20.0, 120.0, 160.0].map(|y| Vec3::new(60.0, y, 0.0));
        FootOutline::of(chain, 12.0, &alpha).expect("a foot")
    }

    #[test]
    fn a_foot_has_toes_before_the_ankle_a_heel_behind_it_and_a_flat_sole() {
        let outline = outline();
        let places: Vec<Vec3> = outline.tube(200).vertices.iter().map(|at| at.foot).collect();
        let range = |of: fn(&Vec3) -> f32| {
            let all = || places.iter().map(of);
            [all().fold(f32::INFINITY, f32::min), all().fold(f32::NEG_INFINITY, f32::max)]
        };
        let ([heel, toes], [sole, _]) = (range(|p| p.z), range(|p| p.y));
        assert!((toes - heel) > 1.8 * 30.0, "{heel} {toes}");
        assert!(toes > 1.5 * -heel && heel < -10.0, "{heel} {toes}");
        let on_sole = places.iter().filter(|p| p.y < sole + 0.5);
        let [least, most] =
            on_sole.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], p| [low.min(p.z), high.max(p.z)]);
        assert!(most - least > 0.7 * (toes - heel), "{least} {most}");
    }

    #[test]
    fn from_before_it_is_what_the_still_shows() {
        let outline = outline();
        let (sin, cos) = outline.pitch_rad.sin_cos();
        for place in [Vec2::new(60.0, 130.0), Vec2::new(52.0, 140.0), Vec2::new(66.0, 155.0)] {
            let foot = outline.front(place);
            let seen = Vec2::new(60.0 + foot.x, 120.0 + foot.z * sin - foot.y * cos);
            assert!(seen.distance(place) < 1.0, "{place} {seen}");
        }
    }
}

use glam::{Vec2, Vec3};

use super::points::{BROWS, EYES, LIPS, LOWER_RIM, MOUTH_CORNERS, NOSE_TIP, OVAL, UPPER_RIM};
use super::{CanonicalFace, Ease, Expression};
use crate::smoothstep;

/// A mouth whose lips are farther apart than this share of the face's height shows its own inside; one that is shut
/// is given one.
const OPEN_IN_STILL: f32 = 0.045;
/// The same of lips that are as good as shut, and of those that show some of what is inside.
const AJAR_IN_STILL: [f32; 2] = [0.02, 0.032];

/// What an expression makes of a character's face in one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceShape {
    /// What each of the 478 points moves before the head turns, in pixels of the still; z away from the viewer.
    pub offsets: Vec<Vec3>,
    /// How much of an invented inside a mouth shows that was shut in the still, 0 … 1.
    pub inside_shown: f32,
}

impl FaceShape {
    /// The shape on the way from this one to `other`, of which `share`, 0 … 1, is done.
    pub fn between(&self, other: &Self, share: f32) -> Self {
        let offsets = self.offsets.iter().zip(&other.offsets).map(|(a, b)| a.lerp(*b, share)).collect();
        let inside_shown = self.inside_shown + (other.inside_shown - self.inside_shown) * share;
        Self { offsets, inside_shown }
    }
}

/// How a face takes up expressions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FaceRest {
    face: CanonicalFace,
    /// How far each point follows the driver's.
    follows: Vec<f32>,
}

impl FaceRest {
    pub(crate) fn new(face: CanonicalFace) -> Self {
        let follows = followers(&face);
        Self { face, follows }
    }

    /// How much of an invented inside shows while lips are so far apart: none in a mouth that is open in the still, and in one that is
    /// ajar only where its own inside would be drawn out to more than twice its height.
    fn inside_shown(&self, gap: f32) -> f32 {
        let [own, now] = [self.face.mouth_gap(), gap].map(|gap| gap / self.face.height().max(1e-3));
        if own > OPEN_IN_STILL {
            return 0.0;
        }
        let ajar = smoothstep((own - AJAR_IN_STILL[0]) / (AJAR_IN_STILL[1] - AJAR_IN_STILL[0]));
        smoothstep((now - own - 0.004 - 1.2 * own * ajar) / 0.02)
    }

    /// The widest smile of a mouth that is so wide in the still: lips at rest are drawn out by three tenths at most, and a wide mouth that
    /// smiles in the still is not at rest.
    fn widest_mouth(&self) -> f32 {
        const SMILE: f32 = 1.3;
        /// The widest mouth at rest, in widths of the face.
        const AT_REST: f32 = 0.42;
        let own = self.face.mouth_width();
        own.max(SMILE * own.min(AT_REST * self.face.width()))
    }

    /// The character's face under an expression of a driver who looks so at ease.
    pub(crate) fn shaped(&self, expression: &Expression, ease: &Ease) -> FaceShape {
        let face = &self.face;
        let own_gap = face.mouth_gap();
        // A mouth that is half open in the still would else open too far, one that smiles grow too wide: the whole gap is to be the
        // driver's, the whole width his in a face as wide as the character's.
        let jaw = share_left(own_gap, ease.mouth_gap, expression.mouth_gap);
        let breadth = face.width() / ease.width.max(1e-3);
        let own_width = face.mouth_width();
        let spread = share_left(own_width, ease.mouth_width * breadth, expression.mouth_width * breadth);
        let grown = spread * (expression.mouth_width - ease.mouth_width);
        let within = share_within(self.widest_mouth() - own_width, grown);
        // A mouth that is held so is to be less high too, or it would gape; half as much less, for jaws open without a smile.
        let (spread, jaw) = (spread * within, jaw * (1.0 + within) / 2.0);
        let mut offsets: Vec<Vec3> =
            expression.offsets.iter().zip(&self.follows).map(|(offset, w)| *offset * *w).collect();
        let nose = face.points[NOSE_TIP].y;
        let aside = MOUTH_CORNERS.map(|i| offsets[i].x).iter().sum::<f32>() / 2.0;
        for (offset, point) in offsets.iter_mut().zip(&face.points) {
            if point.y > nose {
                offset.y *= jaw;
                offset.x = aside + (offset.x - aside) * spread;
            }
        }
        for (eye, (closure, gaze)) in EYES.iter().zip(expression.closures.into_iter().zip(expression.gaze)) {
            self.move_eye(eye, closure, gaze, &mut offsets);
        }
        let to_picture = face.rotation * (face.unit_px * expression.confidence);
        offsets.iter_mut().for_each(|offset| *offset = to_picture * *offset);
        let gap = (own_gap + (expression.mouth_gap - ease.mouth_gap) * jaw) * expression.confidence;
        FaceShape { offsets, inside_shown: self.inside_shown(gap) }
    }

    /// Lids close over what the eye is open in the still, whatever the driver's measure, so that large drawn eyes shut too; what
    /// lies between them is squeezed along and follows the gaze.
    fn move_eye(&self, eye: &super::points::Eye, closure: f32, gaze: Vec2, offsets: &mut [Vec3]) {
        let points = &self.face.points;
        let width = points[eye.corners[0]].distance(points[eye.corners[1]]);
        let mut lids = [Vec3::ZERO; 2];
        for ((&upper, &lower), &crease) in eye.upper.iter().zip(&eye.lower).zip(&eye.crease) {
            let gap = Vec3::new(0.0, (points[lower].y - points[upper].y).max(0.0), 0.0);
            offsets[upper] = gap * (0.92 * closure);
            offsets[lower] = gap * (-0.06 * closure);
            offsets[crease] += gap * (0.4 * closure);
            lids[0] += offsets[upper] / 7.0;
            lids[1] += offsets[lower] / 7.0;
        }
        let [top, bottom] = [points[eye.upper[3]].y, points[eye.lower[3]].y];
        // The eyeball stays where it is but for what the lids leave of it.
        const FARTHEST: f32 = 0.2;
        let look = gaze.clamp(Vec2::splat(-FARTHEST), Vec2::splat(FARTHEST)) * Vec2::new(1.0, 0.6) * width;
        for i in eye.iris..eye.iris + 5 {
            let down = ((points[i].y - top) / (bottom - top).max(1e-3)).clamp(0.0, 1.0);
            let squeezed = lids[0] + (lids[1] - lids[0]) * down;
            offsets[i] = squeezed + (look * (1.0 - closure.max(0.0))).extend(0.0);
        }
    }
}

/// How much of what a driver's measure grows by, from `ease` to `now`, is left to a character whose `own` is so much grown in the still.
fn share_left(own: f32, ease: f32, now: f32) -> f32 {
    let grown = now - ease;
    if grown > 1e-4 { ((now - own.max(ease)) / grown).clamp(0.0, 1.0) } else { 1.0 }
}

/// How much of a growth of `grown` is left where there is room for so much.
fn share_within(room: f32, grown: f32) -> f32 {
    if grown > room.max(1e-4) { room.max(0.0) / grown } else { 1.0 }
}

/// Lips follow wholly, brows nearly; chin and jaw the less the farther from the mouth; the rest a little, the outline not at
/// all above the nose, and what is near it much as it does: else it would be pushed over it.
fn followers(face: &CanonicalFace) -> Vec<f32> {
    /// How far from the outline a point is free of it, in heights of the face.
    const FREE: f32 = 0.16;
    let points = &face.points;
    let mouth = (points[UPPER_RIM[5]] + points[LOWER_RIM[5]]) * 0.5;
    let nose = points[NOSE_TIP].y;
    let mut follows: Vec<f32> = points
        .iter()
        .map(|p| {
            let distance = (*p - mouth).truncate().length();
            if p.y > nose { (1.35 - 1.4 * distance).clamp(0.35, 1.0) } else { 0.35 }
        })
        .collect();
    let chin = points[OVAL[18]].y;
    for i in OVAL {
        follows[i] = 0.6 * smoothstep((points[i].y - nose) / (chin - nose).max(1e-3));
    }
    LIPS.iter().chain(&UPPER_RIM).chain(&LOWER_RIM).for_each(|&i| follows[i] = 1.0);
    BROWS.iter().for_each(|&i| follows[i] = 0.9);
    let outline = OVAL.map(|i| (points[i].truncate(), follows[i]));
    let near_outline = |(point, own): (&Vec3, f32)| {
        let from = |(place, _): &(Vec2, f32)| place.distance(point.truncate());
        let (nearest, its) =
            outline.iter().min_by(|a, b| from(a).total_cmp(&from(b))).copied().unwrap_or_default();
        its + (own - its) * smoothstep(nearest.distance(point.truncate()) / (FREE * face.height()))
    };
    points.iter().zip(follows).map(near_outline).collect()
}

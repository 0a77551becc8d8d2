//! Eyes, brows, mouth and cheeks, painted on the head in its own coordinates.
//!
//! All lengths are metres on a head of scale 1, seen from the front: x to the subject's left, y up, (0, 0) between the
//! ears.

use glam::{Vec2, Vec3};

use crate::colour::light;
use crate::curve::smoothstep;
use crate::figure::{Coat, Look, Skin};
use crate::noise::noise;
use crate::pose::FacePose;

/// Eyes of a look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Eyes {
    /// Half-width of the opening.
    pub(crate) half_width: f32,
    /// Height of the upper lid's arch over the corner line.
    pub(crate) arch: f32,
    /// Radius of the iris.
    pub(crate) iris_radius: f32,
    /// Colour of the iris, linear.
    pub(crate) iris: Vec3,
    /// Thickness of the upper lash line.
    pub(crate) lash: f32,
}

/// Paints a head.
#[derive(Clone, Debug)]
pub(crate) struct FacePainter {
    scale: f32,
    skin: Skin,
    eyes: Eyes,
    brow: Vec3,
    expression: FacePose,
}

/// Between the pupils and the middle of the face.
const EYE_X: f32 = 0.0325;
const EYE_Y: f32 = 0.004;
const MOUTH_Y: f32 = -0.064;
/// Softness of painted edges.
const EDGE: f32 = 0.0008;

/// Coverage of the inside of an edge, where `d` is the signed distance to it, negative inside.
fn inside(d: f32) -> f32 {
    smoothstep(EDGE, -EDGE, d)
}

impl FacePainter {
    /// The tag of the neck, which has skin but no features.
    pub(super) const NECK: u8 = 1;

    /// A painter for `look` with an expression.
    pub(super) fn new(look: &Look, expression: FacePose) -> Self {
        Self {
            scale: look.body.head_scale,
            skin: look.skin,
            eyes: look.eyes,
            brow: look.hair.brows,
            expression,
        }
    }

    /// The coat at `rest`, a point of the head's frame.
    pub(super) fn coat(&self, rest: Vec3, tag: u8) -> Coat {
        let p = rest / self.scale;
        if tag == Self::NECK {
            return Coat::skin(self.skin.base);
        }
        let mut coat = Coat::skin(self.complexion(p));
        if p.z < 0.02 {
            return coat;
        }
        let front = Vec2::new(p.x, p.y);
        self.paint_brow(front, &mut coat);
        self.paint_eye(front, &mut coat);
        self.paint_mouth(front, &mut coat);
        coat
    }

    fn complexion(&self, p: Vec3) -> Vec3 {
        let blob = |centre: Vec3, radius: f32| smoothstep(radius, 0.0, p.distance(centre));
        let side = p.x.signum();
        let cheek = blob(Vec3::new(side * 0.045, -0.030, 0.075), 0.034);
        let nose = blob(Vec3::new(0.0, -0.032, 0.108), 0.020);
        let ear = smoothstep(0.074, 0.084, p.x.abs());
        let flush = (0.75 * cheek + 0.5 * nose + 0.6 * ear).min(1.0);
        let mut skin = self.skin.base.lerp(self.skin.flush, flush);
        if self.skin.freckles > 0.0 {
            skin = skin.lerp(self.skin.lips * 0.8, self.skin.freckles * freckle(Vec2::new(p.x, p.y)));
        }
        // The shade under the nose, with hints of the nostrils.
        let nostril = Vec2::new((p.x.abs() - 0.0068) / 0.0036, (p.y + 0.0415) / 0.0020).length();
        skin.lerp(self.skin.lips * 0.35, 0.7 * smoothstep(1.25, 0.7, nostril))
    }

    fn paint_brow(&self, p: Vec2, coat: &mut Coat) {
        // Along the brow: −1 by the nose … 1 by the temple.
        let along = (p.x.abs() - 0.035) / 0.021;
        let lift = 0.007 * self.expression.brows;
        let middle = 0.0335 + self.eyes.arch * 0.35 + lift - 0.0055 * (along - 0.25) * (along - 0.25);
        let half_height = 0.0036 * (1.0 - 0.35 * along) * (1.0 - along.abs().powi(6)).max(0.0).sqrt();
        let cover = inside((p.y - middle).abs() - half_height) * smoothstep(1.0, 0.92, along.abs());
        coat.colour = coat.colour.lerp(self.brow, 0.92 * cover);
    }

    fn paint_eye(&self, p: Vec2, coat: &mut Coat) {
        let eyes = &self.eyes;
        let e = Vec2::new(p.x.abs() - EYE_X, p.y - EYE_Y);
        // The outer corner is a little higher than the inner one.
        let e = Vec2::new(e.x, e.y - 0.06 * e.x);
        let u = e.x / eyes.half_width;
        let bow = (1.0 - u * u).max(0.0).powf(0.8);
        let smile_lift = 0.18 * self.expression.smile;
        let lower = -eyes.arch * (0.62 - smile_lift) * bow;
        let upper = (eyes.arch * bow) * (1.0 - self.expression.blink) + lower * self.expression.blink;
        let open = if u.abs() < 1.0 { inside(e.y - upper) * inside(lower - e.y) } else { 0.0 };
        if open > 0.0 {
            coat.colour = coat.colour.lerp(self.eyeball(e, p.x.signum(), upper), open);
            coat.gloss = coat.gloss.max(0.3 * open);
        }
        let crease = (e.y - (eyes.arch * 1.32 * bow + 0.001)).abs() - 0.0006;
        let within = smoothstep(0.98, 0.85, u.abs());
        coat.colour = coat.colour.lerp(coat.colour * 0.55, 0.6 * within * inside(crease));
        let lash_line = (e.y - upper).abs() - eyes.lash * (0.55 + 0.55 * u.max(-0.5));
        let lash = smoothstep(1.12, 1.02, u.abs()) * inside(lash_line);
        coat.colour = coat.colour.lerp(light(0x1c120f), lash);
        let rim = (e.y - lower).abs() - 0.0007;
        coat.colour = coat.colour.lerp(self.skin.lips * 0.4, 0.55 * within * inside(rim));
    }

    /// The eyeball at `e` from the eye's middle, x outwards; `side` +1 for the subject's left eye.
    fn eyeball(&self, e: Vec2, side: f32, upper_lid: f32) -> Vec3 {
        let eyes = &self.eyes;
        let gaze = self.expression.gaze * Vec2::new(0.35 * eyes.half_width, 0.25 * eyes.arch);
        let iris_at = e - Vec2::new(gaze.x * side, gaze.y + 0.06 * eyes.arch);
        let r = iris_at.length() / eyes.iris_radius;
        let shade = 1.0 - 0.35 * smoothstep(0.005, -0.001, upper_lid - e.y);
        let white = light(0xf7f3ef) * shade;
        let glow = 0.75 + 0.55 * smoothstep(0.3, -0.8, iris_at.y / eyes.iris_radius);
        let iris = (eyes.iris * glow).lerp(eyes.iris * 0.25, smoothstep(0.78, 1.0, r));
        let pupil = iris.lerp(light(0x0c0808), smoothstep(0.52, 0.44, r));
        let ball = white.lerp(pupil, smoothstep(1.05, 0.96, r));
        // The catchlight sits towards the key light, on the left of the picture in both eyes.
        let glint = iris_at - Vec2::new(-0.36 * side, 0.40) * eyes.iris_radius;
        ball.lerp(Vec3::ONE, smoothstep(0.34, 0.22, glint.length() / eyes.iris_radius))
    }

    fn paint_mouth(&self, p: Vec2, coat: &mut Coat) {
        let FacePose { smile, mouth_open, .. } = self.expression;
        let half_width = 0.021 + 0.008 * smile - 0.003 * mouth_open;
        let u = p.x / half_width;
        if u.abs() > 1.25 {
            return;
        }
        let bow = (1.0 - u * u).max(0.0);
        let corner_lift = 0.0085 * smile * u * u;
        let y = p.y - MOUTH_Y - corner_lift + 0.003 * smile;
        let gap_top = 0.0015 * mouth_open * bow;
        let gap_bottom = -(0.016 * mouth_open + 0.007 * smile * mouth_open) * bow.sqrt();
        let cupid = 1.0 - 0.35 * smoothstep(0.25, 0.0, u.abs());
        let lip_top = gap_top + 0.0052 * bow.powf(0.7) * cupid;
        let lip_bottom = gap_bottom - 0.0068 * bow.powf(0.7);
        let lips = inside(y - lip_top) * inside(lip_bottom - y) * smoothstep(1.02, 0.94, u.abs());
        coat.colour = coat.colour.lerp(self.skin.lips, 0.85 * lips);
        coat.gloss = coat.gloss.max(0.25 * lips);
        let hollow = inside(y - gap_top) * inside(gap_bottom - y) * smoothstep(1.0, 0.93, u.abs());
        if mouth_open > 0.03 {
            let teeth = smoothstep(-0.30, -0.24, y / (gap_top - gap_bottom).max(1e-4));
            let mouth = light(0x5a1418)
                .lerp(light(0xc4545a), smoothstep(-0.6, -1.0, y / (gap_top - gap_bottom).max(1e-4)));
            coat.colour = coat.colour.lerp(mouth.lerp(light(0xfaf6f0), teeth), hollow);
        }
        // The line between closed lips, and the dimples at the corners.
        let seam =
            smoothstep(1.1, 1.0, u.abs()) * inside((y - gap_top).abs() - 0.0008) * (1.0 - hollow * 0.7);
        coat.colour = coat.colour.lerp(self.skin.lips * 0.22, 0.85 * seam);
    }
}

/// Freckles: a few fixed dots over the nose and cheeks.
fn freckle(p: Vec2) -> f32 {
    (0..22u32)
        .map(|i| {
            let centre = Vec2::new(
                0.055 * (2.0 * noise(3 * i) - 1.0),
                -0.024 + 0.013 * (2.0 * noise(3 * i + 1) - 1.0),
            );
            let radius = 0.0011 + 0.0008 * noise(3 * i + 2);
            smoothstep(radius, radius * 0.4, p.distance(centre))
        })
        .fold(0.0, f32::max)
}

//! Rays against a figure: sphere tracing (Hart 1996) of the surfaces whose bounds a ray meets.

use glam::{Vec2, Vec3};

use crate::figure::Figure;

/// A pinhole camera that looks along −z.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Camera {
    /// Its pinhole, metres.
    pub(crate) eye: Vec3,
    /// Where the optical axis meets the picture, pixels.
    pub(crate) principal_px: Vec2,
    /// Focal length, pixels.
    pub(crate) focal_px: f32,
}

/// A half-line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ray {
    /// Its start.
    pub(crate) origin: Vec3,
    /// Its unit direction.
    pub(crate) direction: Vec3,
}

/// Where a ray first meets a figure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    /// Index of the surface.
    pub(crate) surface: usize,
    /// The point.
    pub(crate) point: Vec3,
    /// Metres along the ray.
    pub(crate) distance: f32,
}

impl Camera {
    /// A camera `away` metres before the plane z = 0 at the height of `middle`, so that `height` metres of that plane fill
    /// a picture of `size_px`.
    pub(crate) fn framing(size_px: Vec2, middle: Vec2, height: f32, away: f32) -> Self {
        Self {
            eye: Vec3::new(middle.x, middle.y, away),
            principal_px: 0.5 * size_px,
            focal_px: size_px.y * away / height,
        }
    }

    /// The ray through an image point (pixels, y down).
    pub(crate) fn ray(&self, image: Vec2) -> Ray {
        let p = (image - self.principal_px) / self.focal_px;
        Ray { origin: self.eye, direction: Vec3::new(p.x, -p.y, -1.0).normalize_or(Vec3::NEG_Z) }
    }

    /// The image point of a world point, pixels.
    pub(crate) fn project(&self, world: Vec3) -> Vec2 {
        let p = world - self.eye;
        self.principal_px + Vec2::new(p.x, -p.y) * (self.focal_px / -p.z)
    }
}

impl Ray {
    /// The point `t` metres along it.
    pub(crate) fn at(&self, t: f32) -> Vec3 {
        self.origin + t * self.direction
    }

    /// Where it enters and leaves a ball, if it does so ahead of its start.
    fn span(&self, centre: Vec3, radius: f32) -> Option<(f32, f32)> {
        let to_centre = centre - self.origin;
        let middle = to_centre.dot(self.direction);
        let half2 = radius * radius - (to_centre - middle * self.direction).length_squared();
        if half2 <= 0.0 {
            return None;
        }
        let half = half2.sqrt();
        (middle + half > 0.0).then(|| ((middle - half).max(0.0), middle + half))
    }
}

/// The surfaces along a ray, at most one machine word of them, and the span in which they lie.
struct Candidates {
    surfaces: u64,
    from: f32,
    to: f32,
}

impl Candidates {
    fn new(figure: &Figure, ray: &Ray) -> Option<Self> {
        let mut found = Self { surfaces: 0, from: f32::INFINITY, to: 0.0 };
        for (i, surface) in figure.surfaces.iter().enumerate() {
            let bound = surface.solid.bound();
            if let Some((from, to)) = ray.span(bound.centre, bound.radius) {
                found.surfaces |= 1 << i;
                found.from = found.from.min(from);
                found.to = found.to.max(to);
            }
        }
        (found.surfaces != 0).then_some(found)
    }

    /// The nearest of the surfaces to `p` and its distance.
    fn nearest(&self, figure: &Figure, p: Vec3) -> (usize, f32) {
        let mut best = (0, f32::INFINITY);
        let mut rest = self.surfaces;
        while rest != 0 {
            let i = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let d = figure.surfaces[i].solid.distance(p);
            if d < best.1 {
                best = (i, d);
            }
        }
        best
    }
}

/// Ellipsoids and cuts overrate distances a little; steps are shortened by this.
const STEP: f32 = 0.85;

/// The first surface that `ray` meets.
pub(crate) fn trace(figure: &Figure, ray: &Ray) -> Option<Hit> {
    const MAX_STEPS: usize = 110;
    const CLOSE_ENOUGH: f32 = 4e-4;
    let candidates = Candidates::new(figure, ray)?;
    let mut t = candidates.from;
    for _ in 0..MAX_STEPS {
        let point = ray.at(t);
        let (surface, d) = candidates.nearest(figure, point);
        if d < CLOSE_ENOUGH {
            return Some(Hit { surface, point, distance: t });
        }
        t += d * STEP;
        if t > candidates.to {
            return None;
        }
    }
    None
}

/// How much of an area light in direction `towards` reaches `from`: 0 none … 1 all. `sharpness` is the light's distance
/// in its own radii: greater is a harder shadow. (Quilez, "Soft shadows in raymarched SDFs".)
pub(crate) fn light_reaching(figure: &Figure, from: Vec3, towards: Vec3, sharpness: f32) -> f32 {
    const MAX_STEPS: usize = 40;
    let ray = Ray { origin: from, direction: towards };
    // A ray that passes a bound can still lie in the penumbra of what it holds; widening every bound for that would
    // cost more than the difference is worth.
    let Some(candidates) = Candidates::new(figure, &ray) else { return 1.0 };
    let mut lit = 1.0f32;
    let mut t = candidates.from.max(0.008);
    for _ in 0..MAX_STEPS {
        let (_, d) = candidates.nearest(figure, ray.at(t));
        lit = lit.min(0.5 + 0.5 * sharpness * d / t);
        if lit <= 0.0 {
            return 0.0;
        }
        t += d.abs().max(0.008);
        if t > candidates.to {
            break;
        }
    }
    let lit = lit.clamp(0.0, 1.0);
    lit * lit * (3.0 - 2.0 * lit)
}

/// How open the half-space over a point with this normal is: 0 closed … 1 open, judged within `reach` metres.
/// The floor at height 0 counts.
pub(crate) fn openness(figure: &Figure, point: Vec3, normal: Vec3, reach: f32) -> f32 {
    const TAPS: usize = 4;
    let mut closed = 0.0;
    let mut weight = 1.0;
    for i in 1..=TAPS {
        let h = reach * i as f32 / TAPS as f32;
        let p = point + normal * h;
        let d = figure.surfaces.iter().map(|s| s.solid.distance(p)).fold(p.y, f32::min);
        closed += weight * (h - d).max(0.0) / reach;
        weight *= 0.75;
    }
    (1.0 - 0.9 * closed).clamp(0.0, 1.0)
}

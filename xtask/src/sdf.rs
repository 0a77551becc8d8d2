//! Signed distance fields of rounded bodies: round cones and ellipsoids, melted together and carved.
//!
//! Distances are metres, negative inside. Formulas: Inigo Quilez, "Distance functions" and "Smooth minimum".

use glam::Vec3;

use crate::rigid::Rigid;

/// A ball that holds something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bound {
    /// Its centre.
    pub(crate) centre: Vec3,
    /// Its radius.
    pub(crate) radius: f32,
}

/// A rounded body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// The hull of two balls.
    RoundCone {
        /// Centre of the first ball.
        a: Vec3,
        /// Centre of the second ball.
        b: Vec3,
        /// Radius of the first ball.
        radius_a: f32,
        /// Radius of the second ball.
        radius_b: f32,
    },
    /// An ellipsoid about the frame's origin.
    Ellipsoid {
        /// Its axes.
        frame: Rigid,
        /// Half-lengths along them.
        radii: Vec3,
    },
}

/// A half-space: everything beyond it is cut off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    /// A point of its plane.
    pub(crate) at: Vec3,
    /// Unit normal towards what is cut off.
    pub(crate) away: Vec3,
}

/// A shape within a surface.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// The body itself.
    pub(crate) shape: Shape,
    /// The frame in which its coat is painted, and the painter's number for it.
    pub(crate) frame: Rigid,
    /// What a painter may want to know: which part this is.
    pub(crate) tag: u8,
    /// How far it melts into the parts before it, metres.
    pub(crate) blend: f32,
    /// What is cut off, if anything.
    pub(crate) cut: Option<Cut>,
    bound: Bound,
}

impl Shape {
    fn bound(&self) -> Bound {
        match *self {
            Self::RoundCone { a, b, radius_a, radius_b } => {
                Bound { centre: 0.5 * (a + b), radius: 0.5 * a.distance(b) + radius_a.max(radius_b) }
            }
            Self::Ellipsoid { frame, radii } => Bound { centre: frame.origin, radius: radii.max_element() },
        }
    }

    /// Distance of `p`; exact for round cones, near the surface good to first order for ellipsoids.
    pub(crate) fn distance(&self, p: Vec3) -> f32 {
        match *self {
            Self::RoundCone { a, b, radius_a, radius_b } => round_cone(p, a, b, radius_a, radius_b),
            Self::Ellipsoid { ref frame, radii } => {
                let local = frame.local(p);
                let unit = (local / radii).length();
                let slope = (local / (radii * radii)).length();
                if slope < 1e-6 { -radii.min_element() } else { unit * (unit - 1.0) / slope }
            }
        }
    }
}

fn round_cone(p: Vec3, a: Vec3, b: Vec3, radius_a: f32, radius_b: f32) -> f32 {
    let axis = b - a;
    let length2 = axis.length_squared();
    let taper = radius_a - radius_b;
    let slant2 = length2 - taper * taper;
    if slant2 <= 1e-9 {
        return (p - a).length().min((p - b).length()) - radius_a.max(radius_b);
    }
    let from_a = p - a;
    let y = from_a.dot(axis);
    let z = y - length2;
    let x2 = (from_a * length2 - axis * y).length_squared();
    let (y2, z2) = (y * y * length2, z * z * length2);
    let k = taper.signum() * taper * taper * x2;
    if z.signum() * slant2 * z2 > k {
        (x2 + z2).sqrt() / length2 - radius_b
    } else if y.signum() * slant2 * y2 < k {
        (x2 + y2).sqrt() / length2 - radius_a
    } else {
        ((x2 * slant2 / length2).sqrt() + y * taper) / length2 - radius_a
    }
}

/// The lesser of two distances, rounded where they differ by less than `blend`.
pub(crate) fn smooth_min(a: f32, b: f32, blend: f32) -> f32 {
    if blend <= 0.0 {
        return a.min(b);
    }
    let h = (blend - (a - b).abs()).max(0.0) / blend;
    a.min(b) - h * h * blend * 0.25
}

impl Part {
    /// A round cone between two world points, painted in `frame`.
    pub(crate) fn cone(frame: Rigid, a: Vec3, b: Vec3, radius_a: f32, radius_b: f32) -> Self {
        Self::new(frame, Shape::RoundCone { a, b, radius_a, radius_b })
    }

    /// A round cone between two points of `frame`.
    pub(crate) fn local_cone(frame: Rigid, a: Vec3, b: Vec3, radius_a: f32, radius_b: f32) -> Self {
        Self::cone(frame, frame.world(a), frame.world(b), radius_a, radius_b)
    }

    /// An ellipsoid about a point of `frame`, its axes the frame's.
    pub(crate) fn ellipsoid(frame: Rigid, centre: Vec3, radii: Vec3) -> Self {
        Self::new(frame, Shape::Ellipsoid { frame: frame.shifted(centre), radii })
    }

    fn new(frame: Rigid, shape: Shape) -> Self {
        Self { bound: shape.bound(), shape, frame, tag: 0, blend: 0.0, cut: None }
    }

    /// The same, melting into its elder parts over `blend` metres.
    pub(crate) fn melting(mut self, blend: f32) -> Self {
        self.blend = blend;
        self
    }

    /// The same, with what lies beyond `at` in the world direction `away` cut off.
    pub(crate) fn cut(mut self, at: Vec3, away: Vec3) -> Self {
        self.cut = Some(Cut { at, away: away.normalize_or(Vec3::Y) });
        self
    }

    /// The same under a number that the painter knows.
    pub(crate) fn tagged(mut self, tag: u8) -> Self {
        self.tag = tag;
        self
    }

    fn distance(&self, p: Vec3) -> f32 {
        let d = self.shape.distance(p);
        self.cut.map_or(d, |cut| d.max((p - cut.at).dot(cut.away)))
    }
}

/// Parts melted into one body, less what is carved out of it.
#[derive(Clone, Debug)]
pub(crate) struct Solid {
    parts: Vec<Part>,
    carvings: Vec<Part>,
    bound: Bound,
}

impl Solid {
    /// The union of `parts` without `carvings`.
    pub(crate) fn new(parts: Vec<Part>, carvings: Vec<Part>) -> Self {
        let bound = enclosing(&parts);
        Self { parts, carvings, bound }
    }

    /// A ball that holds it all.
    pub(crate) fn bound(&self) -> Bound {
        self.bound
    }

    /// Distance of `p`; far away merely the distance to the bound.
    pub(crate) fn distance(&self, p: Vec3) -> f32 {
        const FAR: f32 = 0.15;
        let to_bound = p.distance(self.bound.centre) - self.bound.radius;
        if to_bound > FAR {
            return to_bound;
        }
        let mut d = f32::INFINITY;
        for part in &self.parts {
            // Beyond its bound by more than the blend a part cannot change the result.
            let reach = part.bound.radius + d + part.blend;
            if reach > 0.0 && p.distance_squared(part.bound.centre) < reach * reach {
                d = if d.is_finite() {
                    smooth_min(d, part.distance(p), part.blend)
                } else {
                    part.distance(p)
                };
            }
        }
        for carving in &self.carvings {
            d = -smooth_min(-d, carving.distance(p), carving.blend);
        }
        d
    }

    /// Unit normal at `p`, by four taps of the field (tetrahedron technique).
    pub(crate) fn normal(&self, p: Vec3) -> Vec3 {
        const STEP: f32 = 5e-4;
        const CORNERS: [Vec3; 4] = [
            Vec3::new(1.0, -1.0, -1.0),
            Vec3::new(-1.0, -1.0, 1.0),
            Vec3::new(-1.0, 1.0, -1.0),
            Vec3::new(1.0, 1.0, 1.0),
        ];
        CORNERS.iter().map(|&c| c * self.distance(p + c * STEP)).sum::<Vec3>().normalize_or(Vec3::Z)
    }

    /// Where `p` lies in the frame of the part nearest to it, blended between neighbours so that a pattern runs on
    /// over a melted joint, and the nearest part's tag.
    pub(crate) fn rest_point(&self, p: Vec3) -> (Vec3, u8) {
        const SOFTNESS: f32 = 0.02;
        let distances = self.parts.iter().map(|part| part.distance(p));
        let (nearest, least) = distances
            .clone()
            .enumerate()
            .fold((0, f32::INFINITY), |best, (i, d)| if d < best.1 { (i, d) } else { best });
        let tag = self.parts[nearest].tag;
        let (mut sum, mut total) = (Vec3::ZERO, 0.0);
        for (part, d) in self.parts.iter().zip(distances).filter(|(part, _)| part.tag == tag) {
            let weight = (-(d - least) / SOFTNESS).exp();
            sum += weight * part.frame.local(p);
            total += weight;
        }
        (sum / total.max(1e-9), tag)
    }
}

/// A ball around the parts' bounds: centred in their box, as large as they need.
fn enclosing(parts: &[Part]) -> Bound {
    let low = parts.iter().fold(Vec3::MAX, |m, part| m.min(part.bound.centre - part.bound.radius));
    let high = parts.iter().fold(Vec3::MIN, |m, part| m.max(part.bound.centre + part.bound.radius));
    let centre = 0.5 * (low + high);
    let radius = parts.iter().fold(0.0f32, |r, part| {
        r.max(part.bound.centre.distance(centre) + part.bound.radius + 0.25 * part.blend)
    });
    Bound { centre, radius }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_cone_is_its_end_balls_and_the_slope_between() {
        let cone = Shape::RoundCone { a: Vec3::ZERO, b: Vec3::Y, radius_a: 0.3, radius_b: 0.1 };
        assert!((cone.distance(Vec3::new(0.0, -1.0, 0.0)) - 0.7).abs() < 1e-5);
        assert!((cone.distance(Vec3::new(0.0, 2.0, 0.0)) - 0.9).abs() < 1e-5);
        assert!(cone.distance(Vec3::new(0.1, 0.5, 0.0)) < 0.0);
    }

    #[test]
    fn melting_only_ever_adds() {
        for (a, b) in [(0.0, 0.0), (0.1, -0.2), (1.0, 0.05)] {
            assert!(smooth_min(a, b, 0.1) <= a.min(b));
            assert!(smooth_min(a, b, 0.1) >= a.min(b) - 0.025 - 1e-6);
        }
    }

    #[test]
    fn the_bound_holds_the_solid() {
        let part = |x: f32| {
            Part::ellipsoid(
                Rigid::new(Vec3::ZERO, glam::Quat::IDENTITY),
                Vec3::X * x,
                Vec3::new(0.2, 0.1, 0.3),
            )
            .melting(0.1)
        };
        let solid = Solid::new(vec![part(0.0), part(0.3)], vec![]);
        let bound = solid.bound();
        for i in 0..50 {
            let direction = Vec3::new((i as f32).sin(), (i as f32 * 1.7).cos(), (i as f32 * 0.6).sin());
            let outside = bound.centre + direction.normalize_or(Vec3::X) * bound.radius * 1.001;
            assert!(solid.distance(outside) > 0.0);
        }
    }
}

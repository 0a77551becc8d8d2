//! Hair as a cap over the skull, carved free of the face.

use glam::Vec3;

use crate::figure::{Look, Material, Surface};
use crate::noise::noise;
use crate::rigid::Rigid;
use crate::sdf::{Part, Solid};

/// How hair is worn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HairStyle {
    /// Combed back into a knot on the crown.
    TopKnot,
    /// A crown of short curls.
    Curls,
}

/// The hair of `look` on `head`.
pub(super) fn hair(head: &Rigid, look: &Look) -> Surface {
    let scale = look.body.head_scale;
    let solid = match look.hair.style {
        HairStyle::TopKnot => top_knot(head, scale),
        HairStyle::Curls => curls(head, scale),
    };
    Surface { solid, material: Material::Hair(look.hair) }
}

fn ball(head: &Rigid, scale: f32, centre: [f32; 3], radii: [f32; 3]) -> Part {
    Part::ellipsoid(*head, Vec3::from(centre) * scale, Vec3::from(radii) * scale)
}

fn top_knot(head: &Rigid, scale: f32) -> Solid {
    let mut parts = vec![
        ball(head, scale, [0.0, 0.036, -0.014], [0.0845, 0.0945, 0.0975]),
        ball(head, scale, [0.0, -0.02, -0.045], [0.068, 0.075, 0.062]).melting(0.03),
        ball(head, scale, [0.0, 0.140, -0.030], [0.046, 0.040, 0.046]).melting(0.012),
    ];
    for side in [-1.0, 1.0] {
        let lock = |a: [f32; 3], b: [f32; 3]| {
            let (a, b) = (Vec3::from(a), Vec3::from(b));
            let place = |v: Vec3| Vec3::new(v.x * side, v.y, v.z) * scale;
            Part::local_cone(*head, place(a), place(b), 0.009 * scale, 0.004 * scale)
        };
        parts.push(lock([0.074, 0.03, 0.030], [0.080, -0.028, 0.020]).melting(0.01));
    }
    let face = ball(head, scale, [0.0, -0.040, 0.100], [0.0785, 0.120, 0.102]).melting(0.012);
    Solid::new(parts, vec![face])
}

fn curls(head: &Rigid, scale: f32) -> Solid {
    let mut parts = vec![
        ball(head, scale, [0.0, 0.040, -0.016], [0.086, 0.096, 0.098]),
        ball(head, scale, [0.0, -0.01, -0.045], [0.072, 0.075, 0.064]).melting(0.03),
    ];
    // Curls at even distances (golden spiral) over the part of the skull that wears hair.
    const CURLS: u32 = 95;
    for i in 0..CURLS {
        let y = 1.0 - 1.75 * (i as f32 + 0.5) / CURLS as f32;
        let ring = (1.0 - y * y).sqrt();
        let angle = i as f32 * 2.399_963;
        let direction = Vec3::new(ring * angle.cos(), y, ring * angle.sin());
        let hairline = if direction.z > 0.0 { 0.62 - 0.55 * direction.x.abs() } else { -0.75 };
        if direction.y < hairline {
            continue;
        }
        let centre = Vec3::new(0.0, 0.040, -0.016) + direction * Vec3::new(0.088, 0.098, 0.100);
        let radius = 0.021 + 0.010 * noise(i);
        parts.push(ball(head, scale, centre.into(), [radius; 3]).melting(0.006));
    }
    let face = ball(head, scale, [0.0, -0.045, 0.100], [0.0735, 0.112, 0.100]).melting(0.012);
    Solid::new(parts, vec![face])
}

//! The head: skull, jaw, nose, ears and neck in one skin.

use glam::Vec3;

use crate::figure::face::FacePainter;
use crate::figure::{Look, Material, Surface};
use crate::pose::FacePose;
use crate::rigid::Rigid;
use crate::sdf::{Part, Solid};
use crate::skeleton::Skeleton;

/// The head and neck of `look` with an expression.
pub(super) fn head(bones: &Skeleton, look: &Look, expression: &FacePose) -> Surface {
    let mut parts = skull(&bones.head, look, expression.mouth_open);
    let neck_radius = 0.044;
    let skull_base = bones.head.world(Vec3::new(0.0, -0.05, -0.022) * look.body.head_scale);
    parts.push(
        Part::cone(
            bones.neck,
            bones.neck.world(Vec3::Y * -0.03),
            skull_base,
            neck_radius * 1.12,
            neck_radius,
        )
        .melting(0.025)
        .tagged(FacePainter::NECK),
    );
    let painter = FacePainter::new(look, *expression);
    Surface { solid: Solid::new(parts, vec![]), material: Material::Face(Box::new(painter)) }
}

fn skull(head: &Rigid, look: &Look, mouth_open: f32) -> Vec<Part> {
    let (scale, nose, cheeks) = (look.body.head_scale, look.nose, look.cheeks);
    let ball = |centre: [f32; 3], radii: [f32; 3]| {
        Part::ellipsoid(*head, Vec3::from(centre) * scale, Vec3::from(radii) * scale)
    };
    let cone = |a: [f32; 3], b: [f32; 3], radius_a: f32, radius_b: f32| {
        let (a, b) = (Vec3::from(a) * scale, Vec3::from(b) * scale);
        Part::local_cone(*head, a, b, radius_a * scale, radius_b * scale)
    };
    let jaw = -0.014 * mouth_open;
    let mut parts = vec![
        ball([0.0, 0.032, -0.008], [0.078, 0.090, 0.094]),
        ball([0.0, -0.026, 0.030], [0.065 * cheeks.sqrt(), 0.076, 0.060]).melting(0.03 * scale),
        ball([0.0, -0.083 + jaw, 0.056], [0.026, 0.022, 0.024]).melting(0.04 * scale),
        cone([0.0, 0.004, 0.083], [0.0, -0.030, 0.088 + 0.012 * nose], 0.008 * nose, 0.0115 * nose)
            .melting(0.016 * scale),
    ];
    for side in [-1.0, 1.0] {
        parts.push(
            ball([side * 0.034 * cheeks, -0.034, 0.058], [0.028 * cheeks, 0.026 * cheeks, 0.028])
                .melting(0.02 * scale),
        );
        parts.push(
            ball([side * 0.0095 * nose, -0.036, 0.080 + 0.010 * nose], [0.0085 * nose, 0.007 * nose, 0.010])
                .melting(0.006 * scale),
        );
        parts.push(ball([side * 0.078, -0.010, -0.010], [0.011, 0.030, 0.020]).melting(0.008 * scale));
    }
    parts
}

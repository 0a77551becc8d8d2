//! Shirts, trousers and shoes, a little larger than the body they hide.

use glam::Vec3;

use crate::colour::light;
use crate::curve::smoothstep;
use crate::figure::{Look, Material, Surface};
use crate::pose::Side;
use crate::sdf::{Part, Solid};
use crate::skeleton::{Arm, Leg, Skeleton};

/// What is woven into or printed on cloth. Colours are linear.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pattern {
    /// One colour, with a lighter seam down the outside of a leg where `seam` differs.
    Plain {
        /// The cloth.
        cloth: Vec3,
        /// Seams.
        seam: Vec3,
    },
    /// Level stripes on body and sleeves.
    Stripes {
        /// The ground.
        ground: Vec3,
        /// The stripes.
        stripe: Vec3,
        /// From stripe to stripe, metres.
        period: f32,
        /// The share of the period that a stripe takes.
        share: f32,
        /// The lowest and highest torso height with stripes, metres from the shoulders (negative is below).
        band: (f32, f32),
        /// Hem and cuffs.
        trim: Vec3,
        /// Where the hem begins on the torso, and the cuffs on the sleeves measured down from the shoulder; metres as in `band`.
        trims: (f32, f32),
    },
}

/// Tags of a top's parts: torso, and sleeves measured along the arm.
const TORSO: u8 = 0;
const SLEEVE: u8 = 1;
/// Tags of trouser legs, which have a seam on the outside.
const LEFT_LEG: u8 = 2;
const RIGHT_LEG: u8 = 3;

impl Pattern {
    /// The colour at `rest`: on a torso, metres from the middle of the shoulders; on a sleeve, y along it.
    pub(super) fn colour(&self, rest: Vec3, tag: u8) -> Vec3 {
        match *self {
            Self::Plain { cloth, seam } => {
                let near_seam = smoothstep(0.006, 0.003, (rest.z - 0.004).abs());
                // A leg's x axis points to the subject's right, for its y axis runs down.
                let outside = (tag == LEFT_LEG && rest.x < 0.0) || (tag == RIGHT_LEG && rest.x > 0.0);
                if outside { cloth.lerp(seam, near_seam) } else { cloth }
            }
            Self::Stripes { ground, stripe, period, share, band, trim, trims } => {
                let height = if tag == SLEEVE { -rest.y } else { rest.y };
                if height < if tag == SLEEVE { trims.1 } else { trims.0 } {
                    return trim;
                }
                if height < band.0 || height > band.1 {
                    return ground;
                }
                let phase = ((height - band.0) / period).rem_euclid(1.0);
                const EDGE: f32 = 0.03;
                let on = smoothstep(0.0, EDGE, phase) * smoothstep(share + EDGE, share, phase);
                ground.lerp(stripe, on)
            }
        }
    }
}

/// The top: one surface over torso and sleeves.
pub(super) fn top(bones: &Skeleton, look: &Look) -> Surface {
    let mut parts = torso(bones, look);
    for arm in &bones.arms {
        parts.extend(sleeve(arm, look));
    }
    let neckline = Part::local_cone(
        bones.neck,
        Vec3::new(0.0, 0.05 - look.top.neckline, 0.016),
        Vec3::new(0.0, 0.2, 0.01),
        0.050,
        0.10,
    );
    // The hem: a ball so large that it is a plane, carved away from below.
    const HEM_BALL: f32 = 4.0;
    let hem_centre = Vec3::NEG_Y * (look.top.hem + HEM_BALL);
    let below_hem = Part::ellipsoid(bones.pelvis, hem_centre, Vec3::splat(HEM_BALL));
    Surface {
        solid: Solid::new(parts, vec![neckline.melting(0.008), below_hem]),
        material: Material::Cloth(look.top.pattern),
    }
}

fn torso(bones: &Skeleton, look: &Look) -> Vec<Part> {
    let body = &look.body;
    let (chest, [left, right]) = (bones.chest, bones.arms.map(|arm| arm.upper.origin));
    // Every torso frame is moved so that at rest all of them agree.
    let waist = bones.waist.shifted(Vec3::Y * body.spine * 0.60);
    let pelvis = bones.pelvis.shifted(Vec3::Y * body.spine);
    let width = body.shoulder_half_width;
    let oval = |frame, centre: [f32; 3], radii: [f32; 3]| {
        Part::ellipsoid(frame, Vec3::from(centre), Vec3::from(radii)).melting(0.06)
    };
    let mut parts = vec![
        oval(chest, [0.0, -0.155, 0.0], [width * 0.86, 0.185, 0.105]),
        Part::cone(chest, left.lerp(right, 0.10), right.lerp(left, 0.10), 0.039, 0.039).melting(0.06),
        oval(waist, [0.0, -body.spine * 0.60, 0.0], [width * look.top.waist, 0.14, 0.094]),
        oval(pelvis, [0.0, -body.spine - 0.005, -0.002], [body.hip_half_width + 0.072, 0.16, 0.114]),
    ];
    // The slope from the neck to the shoulders.
    for (shoulder, side) in [left, right].into_iter().zip(Side::BOTH) {
        let neck = chest.world(Vec3::new(side.sign() * 0.022, 0.012, -0.012));
        parts.push(Part::cone(chest, neck, shoulder, 0.052, 0.036).melting(0.045));
    }
    if look.top.bust > 0.0 {
        for side in [-1.0, 1.0] {
            let radii = [0.058, 0.055, 0.035 + look.top.bust];
            parts.push(oval(chest, [side * 0.058, -0.155, 0.055], radii).melting(0.04));
        }
    }
    // The hem follows the thighs, which would else come through it.
    for leg in &bones.legs {
        let (hip, knee) = (leg.thigh.origin, leg.shin.origin);
        parts.push(Part::cone(pelvis, hip, hip.lerp(knee, 0.35), 0.083, 0.076).melting(0.03));
    }
    parts
}

fn sleeve(arm: &Arm, look: &Look) -> Vec<Part> {
    let (upper, fore) = (arm.upper, arm.fore);
    let ease = look.top.ease;
    let end = look.top.sleeve;
    let upper_end = upper.world(Vec3::Y * look.body.upper_arm * end.min(1.0));
    let mut parts = vec![
        Part::cone(upper, upper.origin, upper_end, 0.039 + ease, 0.038 + ease * 1.4)
            .melting(0.035)
            .tagged(SLEEVE),
    ];
    if end < 1.0 {
        parts[0] = parts[0].cut(upper_end, upper.axes.y_axis);
        return parts;
    }
    // The forearm's stripes go on where the upper arm's end.
    let painted = fore.shifted(Vec3::NEG_Y * look.body.upper_arm);
    let cuff = fore.world(Vec3::Y * look.body.forearm * (end - 1.0));
    parts.push(
        Part::cone(painted, fore.origin, cuff, 0.037 + ease * 1.4, 0.028 + ease * 1.4)
            .melting(0.01)
            .tagged(SLEEVE)
            .cut(cuff, fore.axes.y_axis),
    );
    parts
}

/// Trousers over hips and legs.
pub(super) fn trousers(bones: &Skeleton, look: &Look) -> Surface {
    let body = &look.body;
    let cut = &look.trousers;
    // Under the top, out of the way of its hem.
    let hidden = bones.pelvis.world(Vec3::NEG_Y * (look.top.hem - 0.012));
    let waistline = bones.pelvis.world(Vec3::Y * 0.06);
    let mut parts = vec![
        Part::ellipsoid(
            bones.pelvis,
            Vec3::new(0.0, -0.015, -0.004),
            Vec3::new(body.hip_half_width + 0.064, 0.125, 0.104),
        )
        .cut(waistline, bones.pelvis.axes.y_axis)
        .tagged(TORSO),
    ];
    for (leg, tag) in bones.legs.iter().zip([LEFT_LEG, RIGHT_LEG]) {
        let (thigh, shin) = (leg.thigh, leg.shin);
        let hem = shin.world(Vec3::Y * (body.shin - cut.hem_height));
        let painted = shin.shifted(Vec3::NEG_Y * body.thigh);
        let knee = shin.origin;
        let knee_radius = 0.5 * (0.053 + cut.hem_radius);
        parts.push(
            Part::cone(thigh, thigh.origin, knee, 0.077, knee_radius)
                .cut(hidden, bones.pelvis.axes.y_axis)
                .melting(0.025)
                .tagged(tag),
        );
        parts.push(
            Part::cone(painted, knee, hem, knee_radius, cut.hem_radius)
                .melting(0.008)
                .tagged(tag)
                .cut(hem, shin.axes.y_axis),
        );
    }
    Surface { solid: Solid::new(parts, vec![]), material: Material::Cloth(cut.pattern) }
}

/// A sneaker, and the sock that shows above it.
pub(super) fn shoe(leg: &Leg, look: &Look) -> [Surface; 2] {
    let body = &look.body;
    // y over the floor, z from under the ankle to the toes.
    let foot = leg.foot.shifted(Vec3::NEG_Y * body.ankle_height);
    let toe_z = body.instep;
    let cone = |a: [f32; 3], b: [f32; 3], radius_a: f32, radius_b: f32| {
        Part::local_cone(foot, Vec3::from(a), Vec3::from(b), radius_a, radius_b)
    };
    let floor = foot.world(Vec3::Y * 0.001);
    let parts = [
        cone([0.0, 0.036, -0.035], [0.0, 0.034, toe_z * 0.6], 0.036, 0.042),
        cone([0.0, 0.034, toe_z * 0.6], [0.0, 0.028, toe_z + 0.03], 0.042, 0.038).melting(0.02),
        cone([0.0, 0.085, -0.012], [0.0, 0.045, toe_z * 0.75], 0.042, 0.032).melting(0.03),
    ]
    .map(|part| part.cut(floor, -foot.axes.y_axis));
    let sock = vec![Part::cone(
        leg.shin,
        leg.foot.world(Vec3::Y * 0.005),
        leg.shin.world(Vec3::Y * (body.shin - 0.10)),
        0.034,
        0.035,
    )];
    let sock_cloth = Pattern::Plain { cloth: light(0xf2efe9), seam: light(0xf2efe9) };
    [
        Surface { solid: Solid::new(parts.to_vec(), vec![]), material: Material::Shoes(look.shoes) },
        Surface { solid: Solid::new(sock, vec![]), material: Material::Cloth(sock_cloth) },
    ]
}

//! The person in the still: a cartoon figure in the park, arms a little away from the body, hands open.

use frame::{Image, Size};
use glam::{Vec2, Vec3};

use crate::cartoon;
use crate::colour::light;
use crate::figure::{Eyes, Figure, Hair, HairStyle, Look, Pattern, Shoes, Skin, Top, Trousers};
use crate::park::park;
use crate::pose::{ArmPose, FacePose, FootPose, Pose, Side, Turn};
use crate::skeleton::{Proportions, Skeleton};
use crate::trace::Camera;

/// Draws the character at `size`.
pub(crate) fn picture(size: Size) -> Image {
    let look = look();
    let pose = pose();
    let figure = Figure::new(&Skeleton::new(&look.body, &pose), &look, &pose.face);
    let size_px = Vec2::new(size.width as f32, size.height as f32);
    let camera = Camera::framing(size_px, Vec2::new(0.0, 0.84), 2.02, 6.5);
    cartoon::draw(&figure, &camera, size, park)
}

/// A large head and large hands on a slim body: five heads high.
fn look() -> Look {
    Look {
        body: Proportions {
            hip_half_width: 0.080,
            spine: 0.425,
            shoulder_half_width: 0.152,
            neck: 0.080,
            head_scale: 1.42,
            upper_arm: 0.245,
            forearm: 0.215,
            hand_scale: 1.22,
            thigh: 0.360,
            shin: 0.345,
            ankle_height: 0.085,
            instep: 0.115,
        },
        skin: Skin { base: light(0xf8cda6), flush: light(0xf0937a), lips: light(0xc9585a), freckles: 0.55 },
        nose: 0.80,
        cheeks: 1.25,
        eyes: Eyes {
            half_width: 0.0235,
            arch: 0.0205,
            iris_radius: 0.0148,
            iris: light(0x3f8f5a),
            lash: 0.0022,
        },
        hair: Hair { style: HairStyle::Curls, colour: light(0xc25a2b), brows: light(0x8a3d1f) },
        top: Top {
            pattern: Pattern::Stripes {
                ground: light(0xf9bd3f),
                stripe: light(0x2a4d7e),
                period: 0.070,
                share: 0.36,
                band: (-0.370, -0.055),
                trim: light(0xe89f2c),
                trims: (-0.432, -0.418),
            },
            sleeve: 1.93,
            hem: 0.035,
            waist: 0.88,
            ease: 0.007,
            neckline: 0.004,
            bust: 0.0,
        },
        trousers: Trousers {
            pattern: Pattern::Plain { cloth: light(0x3d7fa8), seam: light(0x2f6488) },
            hem_radius: 0.050,
            hem_height: 0.040,
        },
        shoes: Shoes { upper: light(0xdf4b3f), sole: light(0xfff8ee) },
    }
}

fn pose() -> Pose {
    let arm = ArmPose {
        upper: Vec3::new(0.60, -0.80, 0.03),
        fore: Vec3::new(0.56, -0.81, 0.16),
        hand: Vec3::new(0.50, -0.86, 0.10),
        palm: Vec3::new(-0.45, 0.0, 0.90),
        curl: 0.06,
        spread: 0.75,
        shrug: 0.0,
    };
    let foot = |side: Side| FootPose {
        ball: Vec3::new(side.sign() * 0.135, 0.0, 0.06),
        yaw_rad: side.sign() * 0.38,
        heel_rad: 0.0,
    };
    Pose {
        pelvis: Vec2::ZERO,
        sink: 0.0,
        hips: Turn::default(),
        chest: Turn::default(),
        head: Turn { yaw_rad: 0.0, pitch_rad: 0.0, roll_rad: 0.05 },
        arms: [arm; 2],
        feet: Side::BOTH.map(foot),
        face: FacePose { blink: 0.0, smile: 1.0, mouth_open: 0.45, brows: 0.5, gaze: Vec2::ZERO },
    }
}

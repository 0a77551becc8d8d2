//! The person in the driving clip.

use crate::colour::light;
use crate::figure::{Eyes, Hair, HairStyle, Look, Pattern, Shoes, Skin, Top, Trousers};
use crate::skeleton::Proportions;

/// A grown woman of 1.68 m with a top-knot, a striped tee, joggers and sneakers.
pub(crate) fn look() -> Look {
    Look {
        body: Proportions {
            hip_half_width: 0.088,
            spine: 0.470,
            shoulder_half_width: 0.168,
            neck: 0.092,
            head_scale: 1.10,
            upper_arm: 0.275,
            forearm: 0.240,
            hand_scale: 1.06,
            thigh: 0.445,
            shin: 0.428,
            ankle_height: 0.085,
            instep: 0.115,
        },
        skin: Skin { base: light(0xd9a07a), flush: light(0xd1765c), lips: light(0xb54a4c), freckles: 0.0 },
        nose: 0.92,
        cheeks: 1.06,
        eyes: Eyes {
            half_width: 0.0192,
            arch: 0.0128,
            iris_radius: 0.0098,
            iris: light(0x7a4a22),
            lash: 0.0020,
        },
        hair: Hair { style: HairStyle::TopKnot, colour: light(0x4a2b20), brows: light(0x3a2219) },
        top: Top {
            pattern: Pattern::Stripes {
                ground: light(0xe8604c),
                stripe: light(0xfff1e0),
                period: 0.062,
                share: 0.32,
                band: (-0.40, -0.10),
                trim: light(0xfff1e0),
                trims: (-0.466, -0.156),
            },
            sleeve: 0.62,
            hem: 0.012,
            waist: 0.79,
            ease: 0.006,
            neckline: 0.012,
            bust: 0.004,
        },
        trousers: Trousers {
            pattern: Pattern::Plain { cloth: light(0x2f3d63), seam: light(0xf2efe9) },
            hem_radius: 0.046,
            hem_height: 0.045,
        },
        shoes: Shoes { upper: light(0xffc24f), sole: light(0xfffaf2) },
    }
}

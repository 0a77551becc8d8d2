//! How a person looks, apart from the pose.

use glam::Vec3;

use crate::curve::smoothstep;
use crate::figure::{Eyes, HairStyle, Pattern};
use crate::skeleton::Proportions;

/// What light meets at a point of a surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Coat {
    /// Linear RGB, 0 … 1.
    pub(crate) colour: Vec3,
    /// 0 matt … 1 shiny.
    pub(crate) gloss: f32,
    /// 0 opaque … 1 light wraps around it, as it does in skin.
    pub(crate) translucency: f32,
}

/// Skin colours, linear.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Skin {
    /// Most of it.
    pub(crate) base: Vec3,
    /// Cheeks, nose and ears.
    pub(crate) flush: Vec3,
    /// Lips.
    pub(crate) lips: Vec3,
    /// 0 none … 1: freckles over the nose.
    pub(crate) freckles: f32,
}

/// Hair.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hair {
    /// How it is worn.
    pub(crate) style: HairStyle,
    /// Colour in the light, linear.
    pub(crate) colour: Vec3,
    /// Brows, linear.
    pub(crate) brows: Vec3,
}

/// A shirt or sweater.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Top {
    /// Its cloth.
    pub(crate) pattern: Pattern,
    /// Where the sleeves end: 0 shoulder, 1 elbow, 2 wrist.
    pub(crate) sleeve: f32,
    /// Room in the sleeves around the arm, metres.
    pub(crate) ease: f32,
    /// Depth of the neckline under the base of the neck, metres.
    pub(crate) neckline: f32,
    /// Where it ends, metres below the hip joints.
    pub(crate) hem: f32,
    /// Half-width at the waist, as a share of the shoulders'.
    pub(crate) waist: f32,
    /// How far it is fuller over the breast, metres.
    pub(crate) bust: f32,
}

/// Trousers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trousers {
    /// Their cloth.
    pub(crate) pattern: Pattern,
    /// Radius at the hem, metres.
    pub(crate) hem_radius: f32,
    /// Height of the hem over the ankle, metres.
    pub(crate) hem_height: f32,
}

/// Shoes, linear colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shoes {
    /// Over the sole.
    pub(crate) upper: Vec3,
    /// The sole, the toe cap and the laces.
    pub(crate) sole: Vec3,
}

/// A person's looks.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// Lengths of the bones.
    pub(crate) body: Proportions,
    /// Skin.
    pub(crate) skin: Skin,
    /// Size of the nose; 1 is an adult's.
    pub(crate) nose: f32,
    /// Fullness of the cheeks; 1 is an adult's.
    pub(crate) cheeks: f32,
    /// Eyes.
    pub(crate) eyes: Eyes,
    /// Hair and brows.
    pub(crate) hair: Hair,
    /// Shirt or sweater.
    pub(crate) top: Top,
    /// Trousers.
    pub(crate) trousers: Trousers,
    /// Shoes.
    pub(crate) shoes: Shoes,
}

impl Coat {
    /// A coat without gloss.
    pub(crate) fn matt(colour: Vec3) -> Self {
        Self { colour, gloss: 0.0, translucency: 0.0 }
    }

    /// Skin of this colour.
    pub(crate) fn skin(colour: Vec3) -> Self {
        Self { colour, gloss: 0.12, translucency: 1.0 }
    }
}

impl Hair {
    /// Strands: darker and lighter along the head's meridians.
    pub(crate) fn coat(&self, rest: Vec3) -> Coat {
        let meridian = rest.x.atan2(rest.z.abs() + 0.02);
        let strand = 0.5 + 0.5 * (meridian * 34.0 + (rest.y * 60.0).sin() * 0.6).sin();
        Coat { colour: self.colour * (0.82 + 0.28 * strand), gloss: 0.35, translucency: 0.0 }
    }
}

impl Shoes {
    /// The coat at a point of the foot's frame: y over the sole, z towards the toes.
    pub(crate) fn coat(&self, rest: Vec3) -> Coat {
        let sole = smoothstep(0.024, 0.021, rest.y).max(smoothstep(0.150, 0.154, rest.z));
        let lacing = rest.y > 0.05 && (0.055..0.125).contains(&rest.z) && rest.x.abs() < 0.022;
        let lace = if lacing { smoothstep(0.1, 0.5, (rest.z * 400.0).sin()) } else { 0.0 };
        Coat { colour: self.upper.lerp(self.sole, sole.max(lace)), gloss: 0.2, translucency: 0.0 }
    }
}

//! A person of signed distance fields, built anew around every posed skeleton.

mod clothes;
mod face;
mod hair;
mod hand;
mod head;
mod look;

use glam::Vec3;

use crate::pose::{FacePose, Side};
use crate::sdf::{Part, Solid};
use crate::skeleton::{Arm, Skeleton};

pub(crate) use clothes::Pattern;
pub(crate) use face::Eyes;
pub(crate) use hair::HairStyle;
pub(crate) use look::{Coat, Hair, Look, Shoes, Skin, Top, Trousers};

use face::FacePainter;

/// What a surface is painted with.
#[derive(Clone, Debug)]
pub(crate) enum Material {
    /// Bare skin of one colour.
    Skin(Skin),
    /// The head, with eyes, brows and mouth painted on.
    Face(Box<FacePainter>),
    /// Cloth with a pattern.
    Cloth(Pattern),
    /// Hair.
    Hair(Hair),
    /// Shoes: the sole lies under the upper.
    Shoes(Shoes),
}

/// One body of one material.
#[derive(Clone, Debug)]
pub(crate) struct Surface {
    /// Its shape.
    pub(crate) solid: Solid,
    /// Its paint.
    pub(crate) material: Material,
}

/// A person: the union of its surfaces, which do not melt into each other.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// Skin, hair and clothes.
    pub(crate) surfaces: Vec<Surface>,
}

impl Figure {
    /// Dresses `bones` in `look` and gives it an expression.
    pub(crate) fn new(bones: &Skeleton, look: &Look, expression: &FacePose) -> Self {
        let mut surfaces = vec![head::head(bones, look, expression), hair::hair(&bones.head, look)];
        surfaces.extend(bones.arms.iter().map(|arm| bare_arm(arm, look)));
        surfaces.push(clothes::top(bones, look));
        surfaces.push(clothes::trousers(bones, look));
        surfaces.extend(bones.legs.iter().flat_map(|leg| clothes::shoe(leg, look)));
        Self { surfaces }
    }
}

impl Surface {
    /// The coat at world point `p` of the surface.
    pub(crate) fn coat(&self, p: Vec3) -> Coat {
        let (rest, tag) = self.solid.rest_point(p);
        match &self.material {
            Material::Skin(skin) => Coat::skin(skin.base),
            Material::Face(painter) => painter.coat(rest, tag),
            Material::Cloth(pattern) => Coat::matt(pattern.colour(rest, tag)),
            Material::Hair(hair) => hair.coat(rest),
            Material::Shoes(shoes) => shoes.coat(rest),
        }
    }
}

fn bare_arm(arm: &Arm, look: &Look) -> Surface {
    let body = &look.body;
    let (upper, fore) = (arm.upper, arm.fore);
    let elbow = fore.origin;
    let wrist = arm.hand.origin;
    let mut parts = vec![
        Part::cone(upper, upper.origin, elbow, 0.037, 0.031),
        Part::cone(fore, elbow, fore.world(Vec3::Y * body.forearm * 0.3), 0.031, 0.032).melting(0.008),
        Part::cone(fore, fore.world(Vec3::Y * body.forearm * 0.3), wrist, 0.032, 0.022).melting(0.008),
    ];
    let thumb = match arm.side {
        Side::Left => -1.0,
        Side::Right => 1.0,
    };
    parts.extend(hand::parts(&arm.hand, thumb, body.hand_scale, arm.curl, arm.spread));
    Surface { solid: Solid::new(parts, vec![]), material: Material::Skin(look.skin) }
}

use glam::Vec2;

use super::{RigSource, Trunk};
use crate::{Joint, Limb, Side, smoothstep};

/// The corner of a trunk beside a shoulder.
///
/// The trunk keeps its shape when an arm is raised. Where no [`Armpit`](super::Armpit) draws arm and trunk out to each other, as the arm
/// does not lie in the still as it is shown, what of the trunk went out to the sleeve would stand beside the arm as a lump: it is drawn
/// in below the shoulder.
pub(super) struct Corner {
    side: Side,
    shoulder: Vec2,
    /// Unit vectors down the trunk, and across it away from it.
    down: Vec2,
    outwards: Vec2,
    /// The arm's.
    radius_px: f32,
}

/// A vertex of the trunk that is drawn in when the arm of a side is raised.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DrawnIn {
    pub(crate) side: Side,
    /// Index of the vertex within its sheet.
    pub(crate) vertex: u32,
    /// By how much, in pixels of the still.
    pub(crate) by: Vec2,
}

/// From where on outwards of the shoulder, in the arm's radii, and by which share of its way from there.
const FROM: f32 = 0.5;
const SHARE: f32 = 0.6;
/// Where, down from the shoulder, all of that begins to count less, and where nothing of it does, in the arm's radii.
const WHOLE: f32 = 1.0;
const NOTHING: f32 = 3.5;

impl Corner {
    /// Beside the shoulder of an arm.
    pub(super) fn of(source: &RigSource<'_>, trunk: &Trunk, side: Side) -> Option<Self> {
        let region = source.parts.limbs[Limb::Arm(side)].as_ref()?;
        let [chest, pelvis, shoulder] =
            [Joint::Chest, Joint::Pelvis, Joint::Shoulder(side)].map(|joint| trunk.joints[joint].truncate());
        let down = (pelvis - chest).try_normalize()?;
        let outwards = (shoulder - chest).reject_from_normalized(down).try_normalize()?;
        Some(Self { side, shoulder, down, outwards, radius_px: region.radius_px })
    }

    /// The vertices at `places` that are drawn in, as little as they move, by `heads`, with the head.
    pub(super) fn draw_in(&self, places: &[Vec2], heads: &[f32]) -> impl Iterator<Item = DrawnIn> {
        let vertices = places.iter().zip(heads).zip(0..).map(|((&place, head), vertex)| {
            let from_shoulder = (place - self.shoulder) / self.radius_px;
            let beyond = (from_shoulder.dot(self.outwards) - FROM).max(0.0);
            let down = from_shoulder.dot(self.down);
            let counts = (1.0 - head) * (1.0 - smoothstep((down - WHOLE) / (NOTHING - WHOLE)));
            DrawnIn {
                side: self.side,
                vertex,
                by: -self.outwards * (SHARE * beyond * counts * self.radius_px),
            }
        });
        vertices.filter(|drawn| drawn.by != Vec2::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_out_below_the_shoulder_goes_over_into_the_side() {
        let corner = Corner {
            side: Side::Left,
            shoulder: Vec2::new(100.0, 50.0),
            down: Vec2::Y,
            outwards: Vec2::X,
            radius_px: 10.0,
        };
        // Down the outline of a trunk that stands out by 14 px, then within it, then the hair that falls there.
        let places: Vec<Vec2> = (0..8).map(|i| Vec2::new(114.0, 50.0 + 5.0 * i as f32)).collect();
        let drawn: Vec<DrawnIn> = corner.draw_in(&places, &[0.0; 8]).collect();
        let outline: Vec<f32> = drawn.iter().map(|drawn| 114.0 + drawn.by.x).collect();
        assert_eq!(outline.len(), 7, "down to 3.5 radii");
        assert!(outline[..3].iter().all(|&x| (x - 108.6).abs() < 0.01), "{outline:?}");
        assert!(outline.is_sorted() && outline.windows(2).all(|x| x[1] - x[0] < 2.0), "{outline:?}");
        assert!(drawn.iter().all(|drawn| drawn.by.y == 0.0));
        assert_eq!(corner.draw_in(&[Vec2::new(104.0, 60.0)], &[0.0]).count(), 0);
        assert_eq!(corner.draw_in(&[Vec2::new(114.0, 60.0)], &[1.0]).count(), 0);
    }
}

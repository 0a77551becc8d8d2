use glam::{Mat2, Vec2};

use crate::roi::{Roi, angle_between_rad};

/// How far the region carried over from the picture before may differ from the one found afresh before it is held to
/// have slipped off what it follows: about what the networks were trained to bear.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreement {
    /// The greatest turn.
    pub(crate) rotation_rad: f32,
    /// The greatest way between the centres along either axis, in sides of the fresh region.
    pub(crate) translation: f32,
    /// The greatest difference of the sides, in sides of the fresh region.
    pub(crate) scale: f32,
    /// How far inside the fresh region all landmarks carried over must lie, in its sides.
    pub(crate) inset: f32,
}

impl Agreement {
    /// Whether `carried`, made from `landmarks`, may be used in place of `fresh`.
    pub(crate) fn holds(&self, carried: Roi, landmarks: impl IntoIterator<Item = Vec2>, fresh: Roi) -> bool {
        let fresh_from_image = Mat2::from_angle(-fresh.rotation_rad);
        let offset =
            |point: Vec2| (fresh_from_image * (point - fresh.center)).abs().max_element() / fresh.side_px;
        angle_between_rad(carried.rotation_rad, fresh.rotation_rad) <= self.rotation_rad
            && offset(carried.center) <= self.translation
            && (carried.side_px - fresh.side_px).abs() <= self.scale * fresh.side_px
            && landmarks.into_iter().all(|point| offset(point) < 0.5 - self.inset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: Roi = Roi { center: Vec2::new(50.0, 50.0), side_px: 20.0, rotation_rad: 3.0 };
    const AGREEMENT: Agreement = Agreement { rotation_rad: 0.3, translation: 0.1, scale: 0.3, inset: 0.1 };

    #[test]
    fn small_differences_are_borne_and_great_ones_not() {
        let holds = |carried| AGREEMENT.holds(carried, [FRESH.center], FRESH);
        assert!(holds(FRESH));
        assert!(holds(Roi { rotation_rad: -3.0, ..FRESH }), "across the half turn");
        assert!(!holds(Roi { rotation_rad: 2.6, ..FRESH }));
        assert!(!holds(Roi { center: Vec2::new(53.0, 50.0), ..FRESH }));
        assert!(holds(Roi { side_px: 25.0, ..FRESH }));
        assert!(!holds(Roi { side_px: 27.0, ..FRESH }));
    }

    #[test]
    fn landmarks_near_the_rim_break_it() {
        assert!(AGREEMENT.holds(FRESH, [Vec2::new(57.0, 50.0)], FRESH));
        assert!(!AGREEMENT.holds(FRESH, [FRESH.center, Vec2::new(59.0, 50.0)], FRESH));
    }
}

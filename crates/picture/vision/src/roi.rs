use std::f32::consts::{PI, TAU};

use frame::Size;
use glam::{Affine2, Mat2, Vec2};

/// A square region of interest of a picture, turned about its centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Roi {
    /// The centre in image pixels.
    pub(crate) center: Vec2,
    /// The side in image pixels.
    pub(crate) side_px: f32,
    /// How far the region's own "up" is turned from the picture's, clockwise as one sees it, −π … π.
    pub(crate) rotation_rad: f32,
}

impl Roi {
    /// The least square that holds a whole picture, upright.
    pub(crate) fn whole(size: Size) -> Self {
        let center = Vec2::new(size.width as f32, size.height as f32) / 2.0;
        Self { center, side_px: size.long_side() as f32, rotation_rad: 0.0 }
    }

    /// The region about `center` whose top lies in the direction of `top`, at a distance of half its side.
    pub(crate) fn reaching(center: Vec2, top: Vec2) -> Self {
        Self { center, side_px: 2.0 * center.distance(top), rotation_rad: angle_of_up(top - center) }
    }

    /// The least region turned by `rotation_rad` that holds all `points`; its height and width as they were before
    /// both became the longer of them.
    pub(crate) fn around(points: impl IntoIterator<Item = Vec2>, rotation_rad: f32) -> TightBox {
        let roi_from_image = Mat2::from_angle(-rotation_rad);
        let (mut low, mut high) = (Vec2::INFINITY, Vec2::NEG_INFINITY);
        for point in points {
            let turned = roi_from_image * point;
            (low, high) = (low.min(turned), high.max(turned));
        }
        TightBox {
            center: roi_from_image.transpose() * ((low + high) / 2.0),
            extent: high - low,
            rotation_rad,
        }
    }

    /// The same region with its side multiplied.
    pub(crate) fn scaled(self, factor: f32) -> Self {
        Self { side_px: self.side_px * factor, ..self }
    }

    /// The same region moved along its own axes by a share of its side: x right, y down.
    pub(crate) fn shifted(self, share: Vec2) -> Self {
        Self { center: self.center + Mat2::from_angle(self.rotation_rad) * (share * self.side_px), ..self }
    }

    /// The region a share of the way, 0 … 1, to `other`; it turns the shorter way.
    pub(crate) fn towards(self, other: Self, share: f32) -> Self {
        if share >= 1.0 {
            return other;
        }
        let turn = (other.rotation_rad - self.rotation_rad + PI).rem_euclid(TAU) - PI;
        Self {
            center: self.center.lerp(other.center, share),
            side_px: self.side_px + (other.side_px - self.side_px) * share,
            rotation_rad: self.rotation_rad + turn * share,
        }
    }

    /// Takes a point of the unit square ((0, 0) the region's top-left corner, (1, 1) its bottom-right) to the picture.
    pub(crate) fn image_from_unit(self) -> Affine2 {
        let axes = Mat2::from_angle(self.rotation_rad) * self.side_px;
        Affine2::from_mat2_translation(axes, self.center - axes * Vec2::splat(0.5))
    }

    /// Whether it is a region at all: finite, with a side of at least a pixel, its centre not far outside the picture.
    pub(crate) fn is_usable(self, size: Size) -> bool {
        let margin = self.side_px / 2.0;
        let bounds = Vec2::new(size.width as f32, size.height as f32);
        self.side_px.is_finite()
            && self.side_px >= 1.0
            && self.rotation_rad.is_finite()
            && self.center.cmpge(Vec2::splat(-margin)).all()
            && self.center.cmple(bounds + margin).all()
    }
}

/// A turned rectangle about points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TightBox {
    /// The centre in image pixels.
    pub(crate) center: Vec2,
    /// Width and height in pixels along its own axes.
    pub(crate) extent: Vec2,
    /// How far its "up" is turned from the picture's, clockwise.
    pub(crate) rotation_rad: f32,
}

impl TightBox {
    /// The square about it: first moved by `shift` of its own width and height, then as large as `scale` times its
    /// longer side.
    pub(crate) fn square(self, shift: Vec2, scale: f32) -> Roi {
        let center = self.center + Mat2::from_angle(self.rotation_rad) * (shift * self.extent);
        Roi { center, side_px: scale * self.extent.max_element(), rotation_rad: self.rotation_rad }
    }
}

/// How far `direction` is turned from the picture's "up", clockwise; 0 for no direction.
pub(crate) fn angle_of_up(direction: Vec2) -> f32 {
    if direction == Vec2::ZERO { 0.0 } else { direction.x.atan2(-direction.y) }
}

/// How far `direction` is turned from the picture's "right", clockwise; 0 for no direction.
pub(crate) fn angle_of_right(direction: Vec2) -> f32 {
    direction.y.atan2(direction.x)
}

/// The difference of two angles, 0 … π.
pub(crate) fn angle_between_rad(a: f32, b: f32) -> f32 {
    let turn = (a - b).rem_euclid(TAU);
    if turn > PI { TAU - turn } else { turn }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_top_of_a_region_lies_where_it_points() {
        for top in [Vec2::new(0.0, -5.0), Vec2::new(5.0, 0.0), Vec2::new(-3.0, 4.0)] {
            let roi = Roi::reaching(Vec2::new(10.0, 20.0), Vec2::new(10.0, 20.0) + top);
            let middle_of_top = roi.image_from_unit().transform_point2(Vec2::new(0.5, 0.0));
            assert!(middle_of_top.distance(roi.center + top) < 1e-4, "{middle_of_top}");
        }
    }

    #[test]
    fn shifting_up_follows_the_rotation() {
        let roi = Roi { center: Vec2::ZERO, side_px: 10.0, rotation_rad: PI / 2.0 };
        let moved = roi.shifted(Vec2::new(0.0, -0.1)).center;
        assert!(
            moved.distance(Vec2::new(1.0, 0.0)) < 1e-5,
            "turned a quarter clockwise, up is right: {moved}"
        );
    }

    #[test]
    fn halfway_across_the_half_turn_stays_there() {
        let roi = Roi { center: Vec2::ZERO, side_px: 10.0, rotation_rad: 3.0 };
        let halfway = roi.towards(Roi { center: Vec2::ONE, side_px: 20.0, rotation_rad: -3.0 }, 0.5);
        assert_eq!((halfway.center, halfway.side_px), (Vec2::splat(0.5), 15.0));
        assert!((angle_between_rad(halfway.rotation_rad, PI)) < 1e-5, "{}", halfway.rotation_rad);
    }

    proptest! {
        #[test]
        fn a_tight_box_holds_its_points(
            points in prop::collection::vec((-500.0f32..500.0, -500.0f32..500.0), 2..20),
            rotation_rad in -PI..PI,
        ) {
            let points: Vec<Vec2> = points.into_iter().map(Vec2::from).collect();
            let roi = Roi::around(points.iter().copied(), rotation_rad).square(Vec2::ZERO, 1.01);
            prop_assume!(roi.side_px > 1.0);
            let unit_from_image = roi.image_from_unit().inverse();
            for point in points {
                let unit = unit_from_image.transform_point2(point);
                prop_assert!(unit.min_element() > -1e-3 && unit.max_element() < 1.0 + 1e-3, "{unit}");
            }
        }

        #[test]
        fn angles_differ_by_at_most_half_a_turn(a in -10.0f32..10.0, b in -10.0f32..10.0) {
            let difference = angle_between_rad(a, b);
            prop_assert!((0.0..=PI + 1e-5).contains(&difference));
            prop_assert!((difference - angle_between_rad(b, a)).abs() < 1e-4);
        }
    }
}

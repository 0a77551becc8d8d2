use std::ops::RangeInclusive;

use glam::Vec3;

/// Whether two colours, in steps of 255, are of one cloth or one skin: near each other, or the same in other light.
pub(crate) fn is_same_cloth(a: Vec3, b: Vec3) -> bool {
    const NEAR: f32 = 45.0;
    a.distance(b) < NEAR || is_same_in_other_light(a, b)
}

/// Whether one of two colours, in steps of 255, is a multiple of the other: not the nearest, but the surest sign of one material.
pub(crate) fn is_same_in_other_light(a: Vec3, b: Vec3) -> bool {
    is_same_in_light(a, b, 0.5..=2.0)
}

/// Whether the second colour is the first in other light, which is in `lights` times as bright.
pub(crate) fn is_same_in_light(a: Vec3, b: Vec3, lights: RangeInclusive<f32>) -> bool {
    const NEAR: f32 = 18.0;
    let light = a.dot(b) / a.length_squared().max(1.0);
    lights.contains(&light) && (a * light).distance(b) < NEAR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_garment_is_known_in_other_light_and_another_is_not() {
        let cloth = Vec3::new(120.0, 130.0, 110.0);
        assert!(is_same_cloth(cloth, cloth * 0.55));
        assert!(is_same_cloth(cloth * 0.55, cloth));
        assert!(!is_same_cloth(cloth, cloth * 0.3));
        assert!(!is_same_cloth(cloth, Vec3::new(150.0, 60.0, 50.0)));
    }

    #[test]
    fn a_cream_sleeve_in_shadow_is_not_skin() {
        let (cream, skin) = (Vec3::new(214.0, 194.0, 172.0), Vec3::new(244.0, 178.0, 146.0));
        assert!(!is_same_in_other_light(cream, skin));
        assert!(is_same_in_other_light(Vec3::new(149.0, 121.0, 106.0), Vec3::new(189.0, 145.0, 126.0)));
    }
}

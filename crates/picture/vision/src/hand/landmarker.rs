use frame::{HandLandmarks, hand};
use glam::{Vec2, Vec3};

use crate::error::Result;
use crate::networks::{Network, Networks};
use crate::picture_network::{PictureNetwork, PictureSpec};
use crate::pyramid::Pyramid;
use crate::roi::{Roi, angle_of_up};
use crate::sample::{Border, ValueRange};

const LANDMARKS: &str = "Identity";
const PRESENCE: &str = "Identity_1";
const SIDE: usize = 224;
/// The network's depth is flatter than life by this.
const DEPTH_SCALE: f32 = 0.4;

const RECROP: &str = "output_crop";
const RECROP_SIDE: usize = 256;

/// How far regions are moved towards the fingers: they reach beyond the box.
const TOWARDS_FINGERS: Vec2 = Vec2::new(0.0, -0.1);

/// Finds a hand's box within a coarse one (Grishchenko et al., "BlazePose GHUM Holistic", 2022, §2.3).
#[derive(Clone)]
pub(super) struct HandRecropper {
    network: PictureNetwork,
}

impl HandRecropper {
    pub(super) fn load(networks: &Networks) -> Result<Self> {
        let picture = PictureSpec {
            network: Network::HandRecrop,
            side: RECROP_SIDE,
            range: ValueRange::UNIT,
            border: Border::Edge,
        };
        Ok(Self { network: PictureNetwork::load(networks, &picture, &[(RECROP, 4)])? })
    }

    pub(super) fn recrop(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi) -> Roi {
        self.network.look(pyramid, roi);
        let values = self.network.output(RECROP);
        let point = |x, y| roi.image_from_unit().transform_point2(Vec2::new(x, y) / RECROP_SIDE as f32);
        // The second point lies at the middle of the bottom edge.
        let (center, bottom) = (point(values[0], values[1]), point(values[2], values[3]));
        Roi::reaching(center, 2.0 * center - bottom).shifted(TOWARDS_FINGERS)
    }
}

/// Finds the landmarks of the hand in a region (Zhang et al., "MediaPipe Hands", 2020).
#[derive(Clone)]
pub(super) struct HandLandmarker {
    network: PictureNetwork,
}

impl HandLandmarker {
    pub(super) fn load(networks: &Networks) -> Result<Self> {
        let picture = PictureSpec {
            network: Network::HandLandmarkFull,
            side: SIDE,
            range: ValueRange::UNIT,
            border: Border::Edge,
        };
        let outputs = [(LANDMARKS, hand::COUNT * 3), (PRESENCE, 1)];
        Ok(Self { network: PictureNetwork::load(networks, &picture, &outputs)? })
    }

    /// The landmarks, and the likelihood, 0 … 1, that there is a hand at all.
    pub(super) fn read(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi) -> (HandLandmarks, f32) {
        self.network.look(pyramid, roi);
        let image_from_unit = roi.image_from_unit();
        let points = self.network.output(LANDMARKS).chunks_exact(3).map(|values| {
            let unit = Vec3::from_slice(values) / SIDE as f32;
            image_from_unit.transform_point2(unit.truncate()).extend(unit.z * roi.side_px / DEPTH_SCALE)
        });
        let hand = HandLandmarks::new(points.collect()).expect("the output's length was checked when loaded");
        (hand, self.network.output(PRESENCE)[0])
    }
}

/// Where to look for a hand that was seen a moment ago.
pub(super) fn roi_from_landmarks(hand: &HandLandmarks) -> Roi {
    use frame::hand::{INDEX_MCP, MIDDLE_MCP, PINKY_MCP, RING_MCP, THUMB_CMC, WRIST};
    let xy = |index: usize| hand[index].truncate();
    let knuckles = (xy(INDEX_MCP) + xy(RING_MCP)) / 4.0 + xy(MIDDLE_MCP) / 2.0;
    // The palm and the first joints: fingertips move too freely to frame a hand by.
    let steady = [WRIST, THUMB_CMC, THUMB_CMC + 1, THUMB_CMC + 2].into_iter().chain(
        [INDEX_MCP, MIDDLE_MCP, RING_MCP, PINKY_MCP].into_iter().flat_map(|knuckle| [knuckle, knuckle + 1]),
    );
    Roi::around(steady.map(xy), angle_of_up(knuckles - xy(WRIST))).square(TOWARDS_FINGERS, 2.0)
}

/// Where a hand must be by the body's own landmarks of it: coarse.
pub(super) fn roi_from_body(wrist: Vec2, index: Vec2, pinky: Vec2) -> Roi {
    let middle = (2.0 * index + pinky) / 3.0;
    Roi::reaching(middle, 2.0 * middle - wrist).shifted(TOWARDS_FINGERS).scaled(2.7)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A flat hand, fingers up, one unit from knuckle to knuckle.
    fn upright_hand() -> HandLandmarks {
        let finger = |x: f32| (0..4).map(move |joint| Vec3::new(x, -4.0 - joint as f32, 0.0));
        let thumb = (0..4).map(|joint| Vec3::new(-2.0 - joint as f32 / 2.0, -1.0 - joint as f32, 0.0));
        let fingers = [-1.0, 0.0, 1.0, 2.0].into_iter().flat_map(finger);
        HandLandmarks::new(std::iter::once(Vec3::ZERO).chain(thumb).chain(fingers).collect()).unwrap()
    }

    #[test]
    fn a_hand_seen_lies_upright_within_its_region() {
        let roi = roi_from_landmarks(&upright_hand());
        assert!(roi.rotation_rad.abs() < 1e-5);
        let unit_from_image = roi.image_from_unit().inverse();
        for point in upright_hand().points() {
            let unit = unit_from_image.transform_point2(point.truncate());
            assert!(unit.min_element() > 0.0 && unit.max_element() < 1.0, "{point} at {unit}");
        }
    }

    #[test]
    fn a_hand_predicted_turns_with_the_arm() {
        let roi = roi_from_body(Vec2::ZERO, Vec2::new(10.0, 1.0), Vec2::new(10.0, -2.0));
        assert!((roi.rotation_rad - std::f32::consts::FRAC_PI_2).abs() < 1e-5, "pointing right");
        assert!((roi.side_px - 54.0).abs() < 1e-3);
        assert!(roi.center.distance(Vec2::new(12.0, 0.0)) < 1e-3, "{}", roi.center);
    }
}

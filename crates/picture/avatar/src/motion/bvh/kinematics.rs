use glam::{Mat3, Vec3};

use super::read::{Bvh, Channel};

/// Where every joint of a skeleton is in one frame, in the file's own axes and unit.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// Each joint's place.
    pub(super) places: Vec<Vec3>,
    /// Each joint's axes: `file_from_joint`.
    pub(super) axes: Vec<Mat3>,
}

impl Placed {
    /// The joints of frame `index` by forward kinematics: a joint's rotations apply in the order of its channels, and places
    /// that a frame gives stand for the offset's.
    pub(super) fn at(bvh: &Bvh, index: usize) -> Self {
        let values = bvh.frame(index);
        let mut placed = Self { places: Vec::new(), axes: Vec::new() };
        for joint in &bvh.joints {
            let (mut offset, mut turn) = (joint.offset, Mat3::IDENTITY);
            for (channel, value) in joint.channels.iter().zip(&values[joint.first_channel..]) {
                match channel {
                    Channel::Position(axis) => offset[*axis] = *value,
                    Channel::Rotation(axis) => turn *= about(*axis, value.to_radians()),
                }
            }
            let (place, axes) =
                joint.parent.map_or((Vec3::ZERO, Mat3::IDENTITY), |p| (placed.places[p], placed.axes[p]));
            placed.places.push(place + axes * offset);
            placed.axes.push(axes * turn);
        }
        placed
    }
}

fn about(axis: usize, angle: f32) -> Mat3 {
    match axis {
        0 => Mat3::from_rotation_x(angle),
        1 => Mat3::from_rotation_y(angle),
        _ => Mat3::from_rotation_z(angle),
    }
}

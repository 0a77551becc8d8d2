//! Places in space: an origin and three axes.

use glam::{Mat3, Quat, Vec3};

/// A right-handed frame: where it stands and how it is turned. Metres; x to the right of the picture (the subject's
/// left), y **up**, z towards the camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rigid {
    /// World position of the local origin.
    pub(crate) origin: Vec3,
    /// Columns are the local axes in the world; orthonormal.
    pub(crate) axes: Mat3,
}

impl Rigid {
    /// A frame at `origin` turned by `rotation`.
    pub(crate) fn new(origin: Vec3, rotation: Quat) -> Self {
        Self { origin, axes: Mat3::from_quat(rotation) }
    }

    /// A frame at `origin` whose y axis is `along` and whose z axis is as near to `towards` as can be.
    pub(crate) fn looking(origin: Vec3, along: Vec3, towards: Vec3) -> Self {
        let y = along.normalize_or(Vec3::Y);
        let z = towards.reject_from(y).try_normalize().unwrap_or_else(|| y.any_orthonormal_vector());
        Self { origin, axes: Mat3::from_cols(y.cross(z), y, z) }
    }

    /// The same frame moved so that local `offset` becomes its origin.
    pub(crate) fn shifted(self, offset: Vec3) -> Self {
        Self { origin: self.world(offset), ..self }
    }

    /// World position of a local point.
    pub(crate) fn world(&self, local: Vec3) -> Vec3 {
        self.origin + self.axes * local
    }

    /// Local position of a world point.
    pub(crate) fn local(&self, world: Vec3) -> Vec3 {
        self.local_direction(world - self.origin)
    }

    /// A world direction in local axes.
    pub(crate) fn local_direction(&self, world: Vec3) -> Vec3 {
        Vec3::new(world.dot(self.axes.x_axis), world.dot(self.axes.y_axis), world.dot(self.axes.z_axis))
    }
}

//! Classic operations on planes: blur, resize, morphology, distance, components, drawing, filling.

/// A set of pixels.
pub type Mask = frame::Plane<bool>;

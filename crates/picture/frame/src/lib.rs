//! The words every other crate speaks: planes of pixels, exact frame rates, mattes and the landmarks of a person.
//!
//! Conventions, here and everywhere:
//! * Image coordinates are pixels, x right, y **down**; (0, 0) is the outer corner of the top-left pixel, so that pixel
//!   `(i, j)` has its centre at `(i + ½, j + ½)`.
//! * Depth is in the same pixels, **smaller is nearer** to the camera.
//! * Left and right are the subject's own.
//! * Colour is sRGB-encoded; alpha is straight or premultiplied by its type, never by habit.
//!
//! No I/O, no threads, no `unsafe`.

mod geometry;
mod person;
mod pixel;
mod plane;
mod rate;

pub use geometry::{ImagePoint, Size};
pub use person::{
    BodyLandmark, BodyLandmarks, FaceLandmarks, HandLandmarks, LandmarkCountError, Person, body, hand,
};
pub use pixel::{PremulSrgba8, Srgb8};
pub use plane::{Image, Matte, Plane, SizeMismatch, SrgbPlane};
pub use rate::{FrameRate, FrameRateError, Timestamp};

/// One picture of a video on its constant-rate timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The picture, upright (rotation already applied).
    pub image: Image,
    /// Position on the timeline, counted from 0; the time is `index / frame_rate`.
    pub index: u64,
}

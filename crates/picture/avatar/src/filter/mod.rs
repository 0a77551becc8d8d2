//! Classic operations on planes: blur, resize, morphology, distance, components, drawing, filling.
//!
//! Everything is deterministic: rows may be shared among threads, sums never are. Points and distances are in pixels of
//! the plane, pixel centres at ½. Unless said otherwise, what lies beyond the edge is the reflection about the edge pixel
//! (OpenCV's `BORDER_REFLECT_101`).

mod blur;
mod channels;
mod colour;
mod components;
mod distance;
mod draw;
mod edge_preserving;
mod fill;
mod gradient;
mod mask;
mod rect;
mod resize;
mod rows;
mod sample;

pub use blur::{box_blur, gaussian_blur};
pub use channels::Channels;
pub use colour::{luma, to_image, to_lab, to_srgb_plane};
pub use components::{Components, Connectivity, Region, components};
pub use distance::{distance_to, nearest_in, signed_distance};
pub use draw::{convex_hull, fill_disc, fill_polygon, stroke_polyline};
pub use edge_preserving::{bilateral, guided_filter};
pub use fill::{laplace_fill, push_pull};
pub use gradient::sobel;
pub use mask::{
    area, bounds, close_disc, complement, coverage, difference, dilate_disc, dilate_square, ends_of_rows,
    erode_disc, erode_square, intersection, open_disc, threshold, union,
};
pub use rect::PixelRect;
pub use resize::{
    pyramid_down, pyramid_up, resize_area, resize_cubic, resize_linear, resize_linear_within, resize_nearest,
};
pub(crate) use sample::reach;
pub use sample::{sample_linear, sample_linear_or};

pub(crate) use mask::{neighbours, places};
pub(crate) use rows::from_rows;

/// A set of pixels.
pub type Mask = frame::Plane<bool>;

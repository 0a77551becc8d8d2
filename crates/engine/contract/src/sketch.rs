use serde::{Deserialize, Serialize};

/// A motion as a stick figure shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MotionSketch {
    /// Columns of the picture in which the person was seen.
    pub width: u32,
    /// Its rows.
    pub height: u32,
    /// Length of the whole motion, in seconds.
    pub duration_secs: f64,
    /// Figures a second; fewer than frames.
    pub rate: f64,
    /// The 33 landmarks of [`frame::body`] as x, y in whole pixels, y down; `None` where nobody was seen.
    pub figures: Vec<Option<Vec<[i32; 2]>>>,
}

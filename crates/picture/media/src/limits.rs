/// What is accepted from strangers. Checked before anything large is allocated.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Bytes of a picture's file.
    pub image_bytes: u64,
    /// Shortest side of a picture, in pixels.
    pub image_least_side_px: u32,
    /// Longest side of a picture, in pixels.
    pub image_greatest_side_px: u32,
    /// Area of a picture, in pixels.
    pub image_area_px: u64,
    /// Bytes of a video's file.
    pub video_bytes: u64,
    /// Shortest side of a video, in pixels.
    pub video_least_side_px: u32,
    /// Longest side of a video, in pixels.
    pub video_greatest_side_px: u32,
    /// Shortest video, in seconds.
    pub min_duration_secs: f64,
    /// Longest video, in seconds; `None` for no limit.
    pub max_duration_secs: Option<f64>,
}

impl Default for Limits {
    /// Images of 64–8192 px a side, at most 40 megapixels and 50 MB; videos of 32–3850 px a side, at most 100 MB, from 0.2 s to 30 s.
    fn default() -> Self {
        Self {
            image_bytes: 50_000_000,
            image_least_side_px: 64,
            image_greatest_side_px: 8192,
            image_area_px: 40_000_000,
            video_bytes: 100_000_000,
            video_least_side_px: 32,
            video_greatest_side_px: 3850,
            min_duration_secs: 0.2,
            max_duration_secs: Some(30.0),
        }
    }
}

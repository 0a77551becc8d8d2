use contract::MediaLimits;
use media::Limits;

/// What the caller accepts, in the words of the reader.
pub(crate) fn to_media(limits: &MediaLimits) -> Limits {
    Limits {
        image_bytes: limits.image_bytes,
        image_least_side_px: *limits.image_side_px.start(),
        image_greatest_side_px: *limits.image_side_px.end(),
        image_area_px: limits.image_pixels,
        video_bytes: limits.video_bytes,
        video_least_side_px: *limits.video_side_px.start(),
        video_greatest_side_px: *limits.video_side_px.end(),
        min_duration_secs: *limits.video_secs.start(),
        max_duration_secs: limits.video_secs.end().is_finite().then_some(*limits.video_secs.end()),
    }
}

use std::path::Path;

use crate::{Limits, MediaError};

/// The sound of a driving clip, from its first shown frame on, for [`VideoWriter`](crate::VideoWriter).
pub struct SoundTrack {}

impl SoundTrack {
    /// The clip's sound, or `None` if it has none that can be used.
    pub fn open(path: &Path, limits: &Limits) -> Result<Option<Self>, MediaError> {
        crate::probe(path, limits)?;
        Ok(None)
    }
}

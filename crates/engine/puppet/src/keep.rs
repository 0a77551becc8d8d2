//! What is worth keeping of a run, in the work folder.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use avatar::motion::MotionClip;
use contract::EngineError;
use tempfile::NamedTempFile;

/// Writes the tracked motion as `motion.json`.
pub(crate) fn motion(folder: &Path, clip: &MotionClip) -> Result<(), EngineError> {
    let mut file = NamedTempFile::new_in(folder).map_err(EngineError::internal)?;
    let mut text = BufWriter::new(file.as_file_mut());
    serde_json::to_writer(&mut text, clip).map_err(EngineError::internal)?;
    text.flush().map_err(EngineError::internal)?;
    drop(text);
    file.persist(folder.join("motion.json")).map_err(EngineError::internal)?;
    Ok(())
}

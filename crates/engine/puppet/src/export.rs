//! What is written of a run beside its video, but for the transparent videos, which grow as they are drawn.

use std::fs::Permissions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use avatar::motion::bvh::to_bvh;
use avatar::motion::{DrivingTrack, MotionClip, NamedClip};
use contract::{EngineError, ExportKind, RunContext};
use media::MediaError;
use tempfile::Builder;

use crate::rejection::from_media;
use crate::rig::Rigged;

/// What there is to export once the first pass has ended.
pub(crate) struct Found<'a> {
    pub(crate) rigged: &'a Rigged,
    pub(crate) clip: &'a MotionClip,
    pub(crate) track: &'a DrivingTrack,
}

/// Writes what is asked for.
pub(crate) fn export(found: &Found<'_>, context: &RunContext<'_>) -> Result<(), EngineError> {
    for export in context.exports {
        context.cancel.check()?;
        let path = &export.path;
        match export.kind {
            ExportKind::Motion => put(path, |file| Ok(serde_json::to_writer(file, found.clip)?))?,
            ExportKind::Landmarks => {
                put(path, |file| Ok(serde_json::to_writer(file, &NamedClip::new(found.clip))?))?;
            }
            ExportKind::Bvh => put(path, |file| file.write_all(to_bvh(found.track).as_bytes()))?,
            ExportKind::Character => {
                let bytes = found.rigged.to_file().to_bytes().map_err(EngineError::internal)?;
                put(path, |file| file.write_all(&bytes))?;
            }
            ExportKind::WebM | ExportKind::Mov => {}
        }
    }
    Ok(())
}

/// Writes a file, which takes its name when it is whole.
pub(crate) fn put(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), EngineError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = || -> std::io::Result<()> {
        // As others may read it as of any file that this account makes; a temporary file is else its own alone.
        let mut file = Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(folder)?;
        let mut buffered = BufWriter::new(file.as_file_mut());
        write(&mut buffered)?;
        buffered.flush()?;
        drop(buffered);
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    written().map_err(|source| from_media(MediaError::of_writing(path, source)))
}

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file that is not yet whole: beside its final name, and gone if it is dropped before [`keep`](Self::keep).
pub(super) struct PartialFile {
    partial: PathBuf,
    path: PathBuf,
    kept: bool,
}

impl PartialFile {
    /// Makes an empty file in the folder of `path`, named with `extension` meanwhile. `path` may not be anything but a regular file if it exists.
    pub(super) fn create(path: &Path, extension: &str) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let invalid = |reason| io::Error::new(io::ErrorKind::InvalidInput, reason);
        if path.file_name().is_none() {
            return Err(invalid("it names no file"));
        }
        // Renaming would put a file in the place of a device.
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(invalid("it exists and is not a regular file"));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let partial = folder.join(format!(".partial-{}-{number}.{extension}", std::process::id()));
            // Never through a link that someone else has put there.
            match OpenOptions::new().write(true).create_new(true).open(&partial) {
                Ok(_) => return Ok(Self { partial, path: path.to_owned(), kept: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Where the bytes go meanwhile.
    pub(super) fn partial(&self) -> &Path {
        &self.partial
    }

    /// The final name.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the bytes on the disk and gives the file its name. Returns its length.
    pub(super) fn keep(mut self) -> io::Result<u64> {
        let file = File::open(&self.partial)?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        fs::rename(&self.partial, &self.path)?;
        self.kept = true;
        Ok(bytes)
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.kept {
            // Nobody is left to tell.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

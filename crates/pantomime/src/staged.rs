use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::Failure;
use crate::failure::reason;

/// A file on its way to its name. It grows in a hidden folder beside its target, on the same file system, and takes its
/// name whole with [`publish`](Self::publish). Dropped before that, it leaves nothing.
///
/// The folder belongs to this file alone, so leaving in a hurry, while an engine still writes there, is safe.
#[derive(Debug)]
pub(crate) struct StagedFile {
    folder: PathBuf,
    path: PathBuf,
    target: PathBuf,
}

/// How often the folder is cleared when an engine still writes to it.
const CLEARING_TRIES: usize = 20;

impl StagedFile {
    /// A place for `target`, named by the option `option`.
    ///
    /// # Errors
    /// [`Failure::Usage`] if no file can be made there.
    pub(crate) fn beside(target: &Path, option: &str) -> Result<Self, Failure> {
        let name = target.file_name().filter(|_| !target.is_dir()).ok_or_else(|| {
            Failure::Usage(format!("{option} {}: this is a folder; name a file", target.display()))
        })?;
        let parent = folder_of(target);
        let folder = tempfile::Builder::new().prefix(".pantomime-").tempdir_in(parent).map_err(|error| {
            let state = if parent.is_dir() { "cannot be written" } else { "does not exist" };
            Failure::Usage(format!(
                "{option} {}: the folder {} {state} ({})",
                target.display(),
                parent.display(),
                reason(&error)
            ))
        })?;
        let folder = folder.keep();
        Ok(Self { path: folder.join(name), folder, target: target.to_owned() })
    }

    /// Where to write; ends in the target's own name.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// `text` with the target's name in place of the hidden one.
    pub(crate) fn unhidden(&self, text: &str) -> String {
        text.replace(&*self.path.to_string_lossy(), &self.target.to_string_lossy())
    }

    /// Gives the finished file its name, replacing what was there.
    ///
    /// # Errors
    /// What the system says when the file cannot be brought to the disk or renamed.
    pub(crate) fn publish(self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        fs::rename(&self.path, &self.target)
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        // A file that appears between listing and removal makes one round fail; the next takes it.
        for _ in 0..CLEARING_TRIES {
            match fs::remove_dir_all(&self.folder) {
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                _ => break,
            }
        }
    }
}

/// The folder that holds `path`.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new(OsStr::new(".")))
}

/// The nearest folder of `path` that is there, `path` itself included.
pub(crate) fn existing_ancestor(path: &Path) -> &Path {
    path.ancestors().find(|folder| folder.is_dir()).unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_published_file_takes_its_name_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out.mp4");
        fs::write(&target, "old").unwrap();
        let staged = StagedFile::beside(&target, "--output").unwrap();
        fs::write(staged.path(), "new").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        staged.publish().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert_eq!(names(folder.path()), ["out.mp4"]);
    }

    #[test]
    fn a_dropped_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let staged = StagedFile::beside(&folder.path().join("out.mp4"), "--output").unwrap();
        fs::write(staged.path(), "half").unwrap();
        drop(staged);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_place_that_cannot_hold_a_file_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for target in [
            folder.path().join("no/such/out.mp4"),
            folder.path().to_owned(),
            PathBuf::from("/dev/null/o.mp4"),
        ] {
            let failure = StagedFile::beside(&target, "--output").unwrap_err();
            assert!(matches!(failure, Failure::Usage(_)), "{failure}");
        }
    }
}

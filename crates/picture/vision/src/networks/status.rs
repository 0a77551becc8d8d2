use std::io;
use std::path::Path;

use super::hash::{sha256, sha256_of_file};
use super::{Network, catalogue};
use crate::error::{Result, VisionError};

/// Whether a network can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkState {
    /// It is there.
    Present,
    /// It is not there.
    Missing,
    /// Something else is there under its name.
    Corrupt,
}

/// One network of the catalogue and how it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkStatus {
    /// Which one.
    pub network: Network,
    /// How it stands.
    pub state: NetworkState,
}

/// How every network stands, told by its file's length alone: quick, for a check before each run.
///
/// Files are hashed when they are loaded in any case, so a damaged one of the right length never runs.
pub fn status(directory: &Path) -> Result<Vec<NetworkStatus>> {
    each_network(directory, |path, network| Ok(path.metadata()?.len() == network.bytes()))
}

/// How every network stands, told by its SHA-256.
pub fn verify(directory: &Path) -> Result<Vec<NetworkStatus>> {
    each_network(directory, |path, network| {
        Ok(path.metadata()?.len() == network.bytes() && sha256_of_file(path)? == network.sha256())
    })
}

/// A network's bytes, checked against the catalogue.
pub(crate) fn read_verified(directory: &Path, network: Network) -> Result<Vec<u8>> {
    let path = directory.join(network.file_name());
    match std::fs::read(&path) {
        Ok(bytes) if sha256(&bytes) == network.sha256() => Ok(bytes),
        Ok(_) => Err(VisionError::NetworkCorrupt { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(VisionError::NetworkMissing { network, directory: directory.to_owned() })
        }
        Err(source) => Err(VisionError::Io { path, source }),
    }
}

fn each_network(
    directory: &Path,
    is_whole: impl Fn(&Path, Network) -> io::Result<bool>,
) -> Result<Vec<NetworkStatus>> {
    let state = |network: Network| {
        let path = directory.join(network.file_name());
        match is_whole(&path, network) {
            Ok(true) => Ok(NetworkState::Present),
            Ok(false) => Ok(NetworkState::Corrupt),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(NetworkState::Missing),
            Err(source) => Err(VisionError::Io { path, source }),
        }
    };
    catalogue::Network::ALL
        .iter()
        .map(|&network| Ok(NetworkStatus { network, state: state(network)? }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_directory_misses_all_and_junk_is_corrupt() {
        let directory = tempfile::tempdir().unwrap();
        let states = |list: Vec<NetworkStatus>| list.into_iter().map(|s| s.state).collect::<Vec<_>>();
        assert_eq!(states(status(directory.path()).unwrap()), [NetworkState::Missing; Network::ALL.len()]);
        let junk = vec![0; Network::HandRecrop.bytes() as usize];
        std::fs::write(directory.path().join("hand_recrop.tflite"), junk).unwrap();
        let hand = |list: Vec<NetworkStatus>| {
            list.into_iter().find(|s| s.network == Network::HandRecrop).map(|s| s.state)
        };
        assert_eq!(hand(status(directory.path()).unwrap()), Some(NetworkState::Present), "length alone");
        assert_eq!(hand(verify(directory.path()).unwrap()), Some(NetworkState::Corrupt));
        assert!(matches!(
            read_verified(directory.path(), Network::HandRecrop),
            Err(VisionError::NetworkCorrupt { .. })
        ));
        assert!(matches!(
            read_verified(directory.path(), Network::IsnetMedium),
            Err(VisionError::NetworkMissing { network: Network::IsnetMedium, .. })
        ));
    }
}

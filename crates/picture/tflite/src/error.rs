use std::fmt;

/// Why a network cannot be read or run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are no `.tflite` file, or one that contradicts itself.
    Malformed(String),
    /// A valid network that asks for something this interpreter does not do.
    Unsupported(String),
    /// The network asks for more memory or work than the limits allow.
    TooLarge(String),
    /// [`SessionOptions::outputs`](crate::SessionOptions::outputs) names a tensor that is no output of the network.
    UnknownOutput(String),
    /// The processor lacks the instructions of the chosen [`Kernels`](crate::Kernels).
    KernelsUnavailable(crate::Kernels),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "the file is not a sound .tflite network: {what}"),
            Self::Unsupported(what) => write!(f, "the network cannot be run here: {what}"),
            Self::TooLarge(what) => write!(f, "the network is too large: {what}"),
            Self::UnknownOutput(name) => write!(f, "the network has no output named `{name}`"),
            Self::KernelsUnavailable(kernels) => write!(f, "this processor cannot run {kernels:?} kernels"),
        }
    }
}

impl std::error::Error for Error {}

pub(crate) type Result<T> = std::result::Result<T, Error>;

pub(crate) fn malformed<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::Malformed(what.into()))
}

pub(crate) fn unsupported<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::Unsupported(what.into()))
}

pub(crate) fn too_large<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::TooLarge(what.into()))
}

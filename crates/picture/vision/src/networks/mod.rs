//! The catalogue of networks: where they come from, whether they are there, and how to bring them.

mod catalogue;
mod fetch;
mod hash;
mod install;
mod open;
mod status;
mod tarball;
mod unpack;
mod work;

pub use catalogue::{Network, Package};
pub use install::{InstallStep, Sources, install};
pub use open::Networks;
pub use status::{NetworkState, NetworkStatus, status, verify};
pub(crate) use work::Ledger;
pub use work::NetworkWork;

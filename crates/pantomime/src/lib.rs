//! The program `pantomime`: it reads the command line, chooses the engine, shows progress, listens to Ctrl-C, and gives
//! finished files their names. How a video comes about is the engine's affair.
//!
//! It is a library so that tests can run it with a scripted engine; `src/main.rs` only calls [`main`].

mod cli;
mod failure;
mod meter;
mod staged;
mod supervise;
mod transfer;

use std::process::ExitCode;

pub use cli::{Cli, Command, DemoArgs, ModelsCommand, TransferArgs};
pub use failure::Failure;
pub use meter::Meter;
pub use transfer::Transfer;

/// Runs the program; the exit codes are 0, 2 usage, 3 input rejected, 4 cancelled, 1 anything else.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}

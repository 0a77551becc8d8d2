//! The crate's face, in one program: made-up and real networks, sound and damaged.

mod allocation;
mod malformed;
mod network;
mod operators;
mod parity;
mod session;

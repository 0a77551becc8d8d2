//! The service as programs meet it: real sockets, a real database, real children behind the process wall; only the engine in
//! the child is played by script, told by the request's prompt what to do.

#![expect(clippy::unwrap_used, reason = "a test tells what went wrong by where it stops")]

mod anything;
mod conformance;
mod desk;
mod face;
mod faults;
mod jobs;
mod killed;
mod money;
mod native;
mod operations;
mod output;
mod pixazo;
mod segmind;
mod studio;
mod webhooks;

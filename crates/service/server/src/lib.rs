//! The service.

pub mod fetch;

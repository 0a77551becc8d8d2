//! People in pictures and videos, by the real networks.

#![allow(clippy::unwrap_used)]

mod data;
mod stills;
mod videos;

//! Who asks: secrets, the keys they belong to, and how often a key may ask.

mod gate;
mod secret;

pub(crate) use gate::{Gate, Tenant};
pub use secret::KeySecret;
pub(crate) use secret::{WebhookSecret, random};

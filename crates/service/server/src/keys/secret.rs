use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Bytes of a secret.
const BYTES: usize = 32;

/// How every secret begins, so that one that leaks is recognised.
const PREFIX: &str = "pk_";

/// A key's secret: shown once, when the key is made, and kept only as its hash.
///
/// It has 256 random bits, so a plain SHA-256 is as good as a slow hash, which is for secrets that people think up.
pub struct KeySecret(String);

impl KeySecret {
    /// A new secret from the system's random source.
    pub(crate) fn new() -> Self {
        Self(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(random::<BYTES>())))
    }

    /// The text that clients send.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        hash(self.0.as_bytes())
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecret(…)")
    }
}

/// The hash by which the secret of a request is looked up.
pub(crate) fn hash(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// What a key's webhooks are signed with. Unlike a key's secret it must be kept as it is.
pub(crate) struct WebhookSecret([u8; BYTES]);

impl WebhookSecret {
    pub(crate) fn new() -> Self {
        Self(random())
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

/// Random bytes from the system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let filled = rustix::rand::getrandom(&mut bytes[..], rustix::rand::GetRandomFlags::empty());
    // Up to 256 bytes come whole or not at all, and the system's source does not fail once it is seeded.
    assert!(matches!(filled, Ok(n) if n == N), "the system gives no random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_do_not_show_themselves() {
        let (one, other) = (KeySecret::new(), KeySecret::new());
        assert_ne!(one.reveal(), other.reveal());
        assert!(one.reveal().starts_with(PREFIX) && one.reveal().len() == PREFIX.len() + 43);
        assert!(!format!("{one:?}").contains(&one.reveal()[PREFIX.len()..]));
        assert_eq!(one.hash(), hash(one.reveal().as_bytes()));
    }
}

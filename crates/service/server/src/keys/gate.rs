use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use subtle::ConstantTimeEq as _;

use super::secret::hash;
use crate::store::{Key, Scope, Store, StoreError};

/// How long a key is believed without another look at the database: a revoked one is refused after this.
const BELIEVED: Duration = Duration::from_secs(2);

/// Keys remembered; beyond them the whole memory is dropped, which costs a look at the database each.
const REMEMBERED: usize = 10_000;

/// Whoever asks, once known.
#[derive(Clone)]
pub(crate) struct Tenant {
    pub(crate) key: Arc<Key>,
    rate: Arc<DefaultDirectRateLimiter>,
}

impl Tenant {
    pub(crate) fn id(&self) -> &str {
        &self.key.id
    }

    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.key.terms.scopes.contains(&scope)
    }

    /// Counts a request.
    ///
    /// # Errors
    /// How long to wait where it is one too many.
    pub(crate) fn count(&self) -> Result<(), Duration> {
        self.rate.check().map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }
}

/// Tells who asks.
pub(crate) struct Gate {
    store: Store,
    requests_per_second: u32,
    /// Keys by the hashes of their secrets, and when each was looked up.
    known: Mutex<HashMap<[u8; 32], (Tenant, Instant)>>,
    /// Who everybody is while no key was ever made, and when that was looked up.
    open: Mutex<Option<(Option<Tenant>, Instant)>>,
}

impl Gate {
    pub(crate) fn new(store: Store, requests_per_second: u32) -> Self {
        Self { store, requests_per_second, known: Mutex::default(), open: Mutex::default() }
    }

    /// Whoever holds `secret`; with no key ever made, whoever asks, with any secret or none.
    pub(crate) async fn admit(&self, secret: Option<&[u8]>) -> Result<Option<Tenant>, StoreError> {
        if let Some(secret) = secret {
            let hash = hash(secret);
            if let Some(tenant) = self.remembered(&hash) {
                return Ok(Some(tenant));
            }
            if let Some(key) = self.store.key_by_hash(hash).await? {
                if key.revoked_ms.is_some() {
                    self.lock().remove(&hash);
                    return Ok(None);
                }
                return Ok(Some(self.remember(hash, key)));
            }
        }
        self.everybody().await
    }

    fn remembered(&self, hash: &[u8; 32]) -> Option<Tenant> {
        let known = self.lock();
        // The map finds it by its hash, which tells nothing of other secrets; the comparison is in constant time all the same.
        let (found, (tenant, since)) = known.get_key_value(hash)?;
        (bool::from(found.ct_eq(hash)) && since.elapsed() < BELIEVED).then(|| tenant.clone())
    }

    /// Takes a key in, with the rate that was counted for it so far.
    fn remember(&self, hash: [u8; 32], key: Key) -> Tenant {
        let mut known = self.lock();
        let same_terms = known.get(&hash).filter(|(tenant, _)| tenant.key.terms == key.terms);
        let rate = same_terms.map_or_else(|| self.rate(&key), |(tenant, _)| tenant.rate.clone());
        let tenant = Tenant { key: Arc::new(key), rate };
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(hash, (tenant.clone(), Instant::now()));
        tenant
    }

    fn rate(&self, key: &Key) -> Arc<DefaultDirectRateLimiter> {
        let per_second = key.terms.requests_per_second.unwrap_or(self.requests_per_second);
        Arc::new(RateLimiter::direct(Quota::per_second(
            NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN),
        )))
    }

    /// The tenant that everybody is while no key was ever made.
    async fn everybody(&self) -> Result<Option<Tenant>, StoreError> {
        let remembered = self.open.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((tenant, since)) = remembered
            && since.elapsed() < BELIEVED
        {
            return Ok(tenant);
        }
        let tenant = if self.store.keys().await?.is_empty() {
            let key = self.store.local_key().await?;
            let rate = self.rate(&key);
            Some(Tenant { key: Arc::new(key), rate })
        } else {
            None
        };
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some((tenant.clone(), Instant::now()));
        Ok(tenant)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], (Tenant, Instant)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

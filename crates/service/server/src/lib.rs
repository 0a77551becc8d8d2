//! The service: hosted providers' HTTP interfaces and our own, over durable jobs that run behind a process wall.
//!
//! | room | what it knows |
//! |---|---|
//! | `dialects` | one file an interface: wire fields and error bodies, never SQL or an engine |
//! | `http` | what all interfaces share: admission, bodies, links, ranges |
//! | `jobs` | states, leases, attempts, never wire JSON |
//! | `store` | SQL |
//! | `keys` | secrets, rates |
//! | `fetch` | what a stranger's address may lead to |
//! | `wall` | the child process that each job runs in |
//! | `webhooks` | signed messages about ended jobs |
//!
//! Engines are not here: a job's child is handed one by the program ([`wall::serve_child`]), and the server knows of each only
//! its name and what it can do.

mod app;
mod dialects;
pub mod fetch;
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod jobs;
mod keys;
mod serve;
mod settings;
mod store;
pub mod wall;
mod webhooks;

pub(crate) use app::App;
pub use app::EngineProfile;
pub use http::openapi;
pub use jobs::{Dialect, JobState, Sample};
pub use keys::KeySecret;
pub use serve::{ServeError, Server};
pub use settings::{LogFormat, SettingDoc, Settings, SettingsError, SomeSettings};
pub use store::{DeliveryState, DeliveryTry, Key, KeyTerms, LedgerEntry, Scope, Store, StoreError};

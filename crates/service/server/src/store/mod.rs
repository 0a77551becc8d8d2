//! The database: one writer that commits many requests' changes together, and readers that never wait for it.
//!
//! SQLite in WAL mode with `synchronous = FULL`: a change is on the disk before anybody is told of it. One commit costs a
//! sync of the disk, so the writer takes all changes that wait, runs each in a savepoint of its own, and commits once.

mod assets;
mod clock;
mod deliveries;
mod jobs;
mod keys;
mod library;
mod submit;
mod writer;

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqliteConnection, SqlitePool};

pub(crate) use assets::Asset;
pub(crate) use clock::now_ms;
pub(crate) use deliveries::Delivery;
pub use deliveries::{DeliveryState, DeliveryTry};
pub(crate) use jobs::{Ended, Listing};
pub(crate) use keys::LOCAL_KEY;
pub use keys::{Key, KeyTerms, LedgerEntry, Scope};
pub(crate) use library::{Kept, KeptKind};
pub(crate) use submit::{Admission, NewJob, Submitted};
use writer::Writer;

/// Why the database did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said so: the disk is full, the file is damaged.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// What stands in it is not what this program writes.
    #[error("the database holds something unexpected: {0}")]
    Content(String),
    /// The writer is gone; the service is ending.
    #[error("the database is closed")]
    Closed,
}

/// The database. Clones are the same.
#[derive(Clone, Debug)]
pub struct Store {
    readers: SqlitePool,
    writer: Writer,
}

/// Readers at a time; more would only take memory on few cores.
const READERS: u32 = 3;

/// The schema's versions. Each is a file that never changes once it has been released.
fn migrations() -> Migrator {
    let files = [
        ("service", include_str!("../../../../../migrations/sqlite/0001_service.sql")),
        ("library", include_str!("../../../../../migrations/sqlite/0002_library.sql")),
    ];
    let migration = |(version, (name, sql)): (i64, (&'static str, &'static str))| {
        let sql = sqlx::AssertSqlSafe(sql).into_sql_str();
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    };
    let migrations: Vec<_> = (1..).zip(files).map(migration).collect();
    Migrator { migrations: migrations.into(), ..Migrator::DEFAULT }
}

impl Store {
    /// Opens the database at `path`, makes it if it is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str("sqlite:")?
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true)
            .pragma("cache_size", "-4096")
            .optimize_on_close(true, None);
        let writers = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        migrations().run(&writers).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self { readers, writer: Writer::start(writers) })
    }

    /// Runs `change` in the writer's next commit; it stands on the disk when this returns.
    async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.writer.write(change).await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// What it says instead.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        self.write(|_| Box::pin(async { Ok(()) })).await
    }

    /// Ends the writer after what it was given, and closes the file.
    pub async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }
}

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Store, StoreError, now_ms};
use crate::keys::{KeySecret, WebhookSecret};

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Submit, cancel, retry and delete jobs, and upload assets.
    Submit,
    /// Look at jobs, credits and deliveries.
    Read,
}

impl Scope {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::Submit, Self::Read];

    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Read => "read",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is not a scope: use submit or read"))
    }
}

/// What a key is made with.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyTerms {
    /// For people.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Requests a second; the setting's where none is given.
    pub requests_per_second: Option<u32>,
    /// Jobs that have not ended; the setting's where none is given.
    pub open_jobs: Option<u32>,
    /// Millionths of a dollar that it may spend; without a budget nothing is counted against it.
    pub budget: Option<i64>,
    /// Millionths of a dollar that a job costs.
    pub price: i64,
}

/// A key as it stands in the database.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its id, which is no secret.
    pub id: String,
    /// What it was made with.
    pub terms: KeyTerms,
    /// Millionths of a dollar held for jobs that have not ended.
    pub held: i64,
    /// Millionths of a dollar charged for completed jobs.
    pub charged: i64,
    /// What its webhooks are signed with.
    pub webhook_secret: Vec<u8>,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// When it was revoked.
    pub revoked_ms: Option<i64>,
}

impl Key {
    /// Millionths of a dollar that are left of the budget.
    pub fn remaining(&self) -> Option<i64> {
        self.terms.budget.map(|budget| budget - self.held - self.charged)
    }
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    /// The job that it is about.
    pub job_id: String,
    /// `hold` at submission, then `charge` on completion or `refund` on failure and cancel.
    pub entry: String,
    /// Millionths of a dollar.
    pub amount: i64,
    /// Milliseconds since 1970.
    pub at_ms: i64,
}

/// The key of whoever asks while no key was ever made.
pub(crate) const LOCAL_KEY: &str = "local";

const COLUMNS: &str = "id, name, scopes, requests_per_second, open_jobs, budget, price, held, charged, webhook_secret, \
    created_ms, revoked_ms";

impl Store {
    /// Makes a key; the secret exists only in the answer.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn create_key(&self, terms: KeyTerms) -> Result<(Key, KeySecret), StoreError> {
        let secret = KeySecret::new();
        let id = format!("key_{}", uuid::Uuid::now_v7().simple());
        let key = self.insert_key(id, terms, secret.hash().to_vec()).await?;
        Ok((key, secret))
    }

    /// The key of whoever asks while no key was ever made; its hash is that of no secret.
    pub(crate) async fn local_key(&self) -> Result<Key, StoreError> {
        let terms = KeyTerms {
            name: "whoever asks on this machine".to_owned(),
            scopes: Scope::ALL.to_vec(),
            requests_per_second: Some(100_000),
            open_jobs: Some(1_000_000),
            budget: None,
            price: 0,
        };
        match self.key(LOCAL_KEY).await? {
            Some(key) => Ok(key),
            None => self.insert_key(LOCAL_KEY.to_owned(), terms, b"no secret".to_vec()).await,
        }
    }

    async fn insert_key(&self, id: String, terms: KeyTerms, hash: Vec<u8>) -> Result<Key, StoreError> {
        let scopes = terms.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
        let webhook_secret = WebhookSecret::new().into_bytes();
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO keys (id, name, hash, scopes, requests_per_second, open_jobs, budget, price, webhook_secret, \
                     created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                )
                .bind(&id)
                .bind(&terms.name)
                .bind(hash)
                .bind(scopes)
                .bind(terms.requests_per_second)
                .bind(terms.open_jobs)
                .bind(terms.budget)
                .bind(terms.price)
                .bind(webhook_secret)
                .bind(now_ms())
                .execute(&mut *db)
                .await?;
                let row = sqlx::query(keys_where("WHERE id = ?")).bind(&id).fetch_one(db).await?;
                from_row(&row)
            })
        })
        .await
    }

    /// The key of a secret, by the secret's hash; revoked ones too.
    pub(crate) async fn key_by_hash(&self, hash: [u8; 32]) -> Result<Option<Key>, StoreError> {
        let query = sqlx::query(keys_where("WHERE hash = ?")).bind(hash.to_vec());
        query.fetch_optional(&self.readers).await?.map(|row| from_row(&row)).transpose()
    }

    /// A key by its id.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn key(&self, id: &str) -> Result<Option<Key>, StoreError> {
        let query = sqlx::query(keys_where("WHERE id = ?")).bind(id);
        query.fetch_optional(&self.readers).await?.map(|row| from_row(&row)).transpose()
    }

    /// All keys that were made, oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn keys(&self) -> Result<Vec<Key>, StoreError> {
        let query = sqlx::query(keys_where("WHERE id != ? ORDER BY created_ms, id")).bind(LOCAL_KEY);
        query.fetch_all(&self.readers).await?.iter().map(from_row).collect()
    }

    /// Revokes a key by its id; `false` if there is none that is good.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn revoke_key(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.write(move |db| {
            Box::pin(async move {
                let query =
                    "UPDATE keys SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL AND id != 'local'";
                let done = sqlx::query(query).bind(now_ms()).bind(id).execute(db).await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// A key's ledger, oldest first, after the entry numbered `after`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn ledger(&self, key_id: &str) -> Result<Vec<LedgerEntry>, StoreError> {
        let query = "SELECT job_id, entry, amount, at_ms FROM ledger WHERE key_id = ? ORDER BY seq";
        let rows = sqlx::query(query).bind(key_id).fetch_all(&self.readers).await?;
        let entry = |row: &SqliteRow| {
            Ok(LedgerEntry {
                job_id: row.try_get(0)?,
                entry: row.try_get(1)?,
                amount: row.try_get(2)?,
                at_ms: row.try_get(3)?,
            })
        };
        rows.iter().map(entry).collect()
    }
}

/// Holds the price of a job that was taken in.
pub(super) async fn hold(
    db: &mut SqliteConnection,
    key_id: &str,
    job_id: &str,
    price: i64,
) -> Result<(), StoreError> {
    if price == 0 {
        return Ok(());
    }
    enter(db, key_id, job_id, "hold", price).await?;
    sqlx::query("UPDATE keys SET held = held + ? WHERE id = ?").bind(price).bind(key_id).execute(db).await?;
    Ok(())
}

/// Charges or gives back what was held; the ledger's indices make a second time impossible.
pub(super) async fn settle(
    db: &mut SqliteConnection,
    key_id: &str,
    job_id: &str,
    price: i64,
    completed: bool,
) -> Result<(), StoreError> {
    if price == 0 {
        return Ok(());
    }
    let (entry, charged) = if completed { ("charge", price) } else { ("refund", 0) };
    enter(db, key_id, job_id, entry, price).await?;
    let query = "UPDATE keys SET held = held - ?, charged = charged + ? WHERE id = ?";
    sqlx::query(query).bind(price).bind(charged).bind(key_id).execute(db).await?;
    Ok(())
}

async fn enter(
    db: &mut SqliteConnection,
    key_id: &str,
    job_id: &str,
    entry: &'static str,
    amount: i64,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO ledger (key_id, job_id, entry, amount, at_ms) VALUES (?, ?, ?, ?, ?)")
        .bind(key_id)
        .bind(job_id)
        .bind(entry)
        .bind(amount)
        .bind(now_ms())
        .execute(db)
        .await?;
    Ok(())
}

/// A query for whole keys.
fn keys_where(rest: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM keys {rest}"))
}

fn from_row(row: &SqliteRow) -> Result<Key, StoreError> {
    let scopes: &str = row.try_get("scopes")?;
    Ok(Key {
        id: row.try_get("id")?,
        terms: KeyTerms {
            name: row.try_get("name")?,
            scopes: scopes.split_whitespace().filter_map(|name| name.parse().ok()).collect(),
            requests_per_second: row.try_get("requests_per_second")?,
            open_jobs: row.try_get("open_jobs")?,
            budget: row.try_get("budget")?,
            price: row.try_get("price")?,
        },
        held: row.try_get("held")?,
        charged: row.try_get("charged")?,
        webhook_secret: row.try_get("webhook_secret")?,
        created_ms: row.try_get("created_ms")?,
        revoked_ms: row.try_get("revoked_ms")?,
    })
}

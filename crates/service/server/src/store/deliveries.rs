use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Store, StoreError, now_ms};
use crate::jobs::{JobFailure, JobState};

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits for a try.
    Waiting,
    /// The receiver answered with 2xx.
    Delivered,
    /// No try succeeded.
    GivenUp,
}

impl DeliveryState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }
}

/// One message to one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) key_id: String,
    pub(crate) job_id: String,
    pub(crate) url: String,
    pub(crate) body: String,
    pub(crate) state: DeliveryState,
    pub(crate) tries: i64,
    pub(crate) next_try_ms: i64,
    pub(crate) created_ms: i64,
}

/// One try of a delivery, for the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryTry {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The receiver's answer, if one came.
    pub status: Option<u16>,
    /// Why none came, or why it does not count.
    pub problem: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
}

const COLUMNS: &str = "id, key_id, job_id, url, body, state, tries, next_try_ms, created_ms";

impl Store {
    /// The delivery that is due first, if one is by now.
    pub(crate) async fn due_delivery(&self) -> Result<Option<Delivery>, StoreError> {
        let query =
            deliveries_where("WHERE state = 'waiting' AND next_try_ms <= ? ORDER BY next_try_ms LIMIT 1");
        let row = sqlx::query(query).bind(now_ms()).fetch_optional(&self.readers).await?;
        row.map(|row| from_row(&row)).transpose()
    }

    /// When the next delivery is due, in milliseconds since 1970.
    pub(crate) async fn next_delivery_ms(&self) -> Result<Option<i64>, StoreError> {
        let row = sqlx::query("SELECT min(next_try_ms) FROM deliveries WHERE state = 'waiting'");
        Ok(row.fetch_one(&self.readers).await?.try_get(0)?)
    }

    /// Notes a try and what follows from it: the state, and when the next try is due.
    pub(crate) async fn note_try(
        &self,
        id: &str,
        tried: DeliveryTry,
        state: DeliveryState,
        next_try_ms: i64,
    ) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("INSERT INTO delivery_tries VALUES (?, ?, ?, ?, ?)")
                    .bind(&id)
                    .bind(tried.at_ms)
                    .bind(tried.status)
                    .bind(tried.problem)
                    .bind(tried.took_ms)
                    .execute(&mut *db)
                    .await?;
                sqlx::query(
                    "UPDATE deliveries SET state = ?, tries = tries + 1, next_try_ms = ? WHERE id = ?",
                )
                .bind(state.as_str())
                .bind(next_try_ms)
                .bind(&id)
                .execute(db)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// The deliveries of a key's job, oldest first, each with its tries.
    pub(crate) async fn deliveries(
        &self,
        key_id: &str,
        job_id: &str,
    ) -> Result<Vec<(Delivery, Vec<DeliveryTry>)>, StoreError> {
        let query = deliveries_where("WHERE key_id = ? AND job_id = ? ORDER BY id");
        // One view of both tables.
        let mut view = self.readers.begin().await?;
        let rows = sqlx::query(query).bind(key_id).bind(job_id).fetch_all(&mut *view).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let delivery = from_row(row)?;
            let tries = sqlx::query(
                "SELECT at_ms, status, problem, took_ms FROM delivery_tries WHERE delivery_id = ? ORDER BY at_ms, rowid",
            );
            let tries = tries.bind(&delivery.id).fetch_all(&mut *view).await?;
            let tries = tries.iter().map(try_from_row).collect::<Result<_, _>>()?;
            found.push((delivery, tries));
        }
        Ok(found)
    }

    /// Has a delivery tried again from the beginning; `false` if the key has none such.
    pub(crate) async fn replay_delivery(&self, key_id: &str, id: &str) -> Result<bool, StoreError> {
        let (key_id, id) = (key_id.to_owned(), id.to_owned());
        self.write(move |db| {
            Box::pin(async move {
                let query = "UPDATE deliveries SET state = 'waiting', tries = 0, next_try_ms = 0 WHERE id = ? AND key_id = ?";
                let done = sqlx::query(query).bind(id).bind(key_id).execute(db).await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Forgets deliveries made before `before_ms` that are no longer tried.
    pub(crate) async fn forget_deliveries(&self, before_ms: i64) -> Result<(), StoreError> {
        self.write(move |db| {
            Box::pin(async move {
                let old = "SELECT id FROM deliveries WHERE created_ms < ? AND state != 'waiting'";
                let tries = format!("DELETE FROM delivery_tries WHERE delivery_id IN ({old})");
                sqlx::query(sqlx::AssertSqlSafe(tries)).bind(before_ms).execute(&mut *db).await?;
                let query = "DELETE FROM deliveries WHERE created_ms < ? AND state != 'waiting'";
                sqlx::query(query).bind(before_ms).execute(db).await?;
                Ok(())
            })
        })
        .await
    }
}

/// What a receiver is told of an ended job; the rest it reads from the job.
#[derive(Serialize)]
struct Announcement<'a> {
    r#type: &'static str,
    request_id: &'a str,
    state: JobState,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a JobFailure>,
    timestamp_ms: i64,
}

/// Puts a message about an ended job on its way, in the same change as the job's end.
pub(super) async fn announce(
    db: &mut SqliteConnection,
    key_id: &str,
    job_id: &str,
    url: &str,
    state: JobState,
    failure: Option<&JobFailure>,
) -> Result<(), StoreError> {
    let now = now_ms();
    let kind = match state {
        JobState::Completed => "job.completed",
        JobState::Canceled => "job.canceled",
        _ => "job.failed",
    };
    let announcement =
        Announcement { r#type: kind, request_id: job_id, state, error: failure, timestamp_ms: now };
    let body = serde_json::to_string(&announcement).map_err(|e| StoreError::Content(e.to_string()))?;
    sqlx::query("INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, 'waiting', 0, 0, ?)")
        .bind(format!("msg_{}", uuid::Uuid::now_v7().simple()))
        .bind(key_id)
        .bind(job_id)
        .bind(url)
        .bind(body)
        .bind(now)
        .execute(db)
        .await?;
    Ok(())
}

/// A query for whole deliveries.
fn deliveries_where(rest: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM deliveries {rest}"))
}

fn from_row(row: &SqliteRow) -> Result<Delivery, StoreError> {
    let stored: &str = row.try_get("state")?;
    let all = [DeliveryState::Waiting, DeliveryState::Delivered, DeliveryState::GivenUp];
    let state = all.into_iter().find(|state| state.as_str() == stored);
    Ok(Delivery {
        id: row.try_get("id")?,
        key_id: row.try_get("key_id")?,
        job_id: row.try_get("job_id")?,
        url: row.try_get("url")?,
        body: row.try_get("body")?,
        state: state.ok_or_else(|| StoreError::Content(stored.to_owned()))?,
        tries: row.try_get("tries")?,
        next_try_ms: row.try_get("next_try_ms")?,
        created_ms: row.try_get("created_ms")?,
    })
}

fn try_from_row(row: &SqliteRow) -> Result<DeliveryTry, StoreError> {
    Ok(DeliveryTry {
        at_ms: row.try_get(0)?,
        status: row.try_get(1)?,
        problem: row.try_get(2)?,
        took_ms: row.try_get(3)?,
    })
}

use sqlx::{Row as _, SqliteConnection};

use super::jobs::unexpected;
use super::keys::hold;
use super::{Store, StoreError, now_ms};
use crate::jobs::JobRequest;

/// How long an idempotency key is remembered.
pub(super) const IDEMPOTENCY_MS: i64 = 24 * 3600 * 1000;

/// A job to be taken in.
#[derive(Clone, Debug)]
pub(crate) struct NewJob {
    pub(crate) id: String,
    pub(crate) key_id: String,
    pub(crate) request: JobRequest,
    /// The client's idempotency key, and the SHA-256 of the body that came with it.
    pub(crate) idempotency: Option<(String, [u8; 32])>,
}

/// Beyond what no job is taken in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admission {
    pub(crate) queue_limit: u32,
    /// For keys without a limit of their own.
    pub(crate) open_jobs: u32,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Submitted {
    /// It is in the queue, for good.
    Queued,
    /// The same request came before; this is its job.
    Replayed(String),
    /// The idempotency key came before with another body.
    Conflict,
    /// The key's jobs that have not ended are as many as it may have.
    TooManyOpen,
    /// The queue is full.
    QueueFull,
    /// The key's budget does not pay for it.
    NoCredits,
}

impl Store {
    /// Takes a job in, all or nothing: limits, budget, idempotency, job and hold in one change.
    pub(crate) async fn submit(&self, job: NewJob, limits: Admission) -> Result<Submitted, StoreError> {
        let request = serde_json::to_string(&job.request).map_err(unexpected)?;
        self.write(move |db| Box::pin(async move { submit(db, &job, &request, limits).await })).await
    }
}

async fn submit(
    db: &mut SqliteConnection,
    job: &NewJob,
    request: &str,
    limits: Admission,
) -> Result<Submitted, StoreError> {
    let (now, dialect) = (now_ms(), job.request.dialect.as_str());
    if let Some((key, hash)) = &job.idempotency {
        let known = sqlx::query(
            "SELECT body_hash, job_id FROM idempotency WHERE key_id = ? AND dialect = ? AND idempotency_key = ? AND created_ms > ?",
        );
        let known = known.bind(&job.key_id).bind(dialect).bind(key).bind(now - IDEMPOTENCY_MS);
        if let Some(row) = known.fetch_optional(&mut *db).await? {
            let same = row.try_get::<Vec<u8>, _>(0)? == hash;
            return Ok(if same { Submitted::Replayed(row.try_get(1)?) } else { Submitted::Conflict });
        }
    }
    let open = sqlx::query(
        "SELECT open, open_jobs, price, budget, held + charged, (SELECT jobs FROM load WHERE state = 'queued') \
         FROM keys WHERE id = ?",
    );
    let row = open.bind(&job.key_id).fetch_one(&mut *db).await?;
    let (open, own_limit): (i64, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
    let (price, budget, spent): (i64, Option<i64>, i64) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
    if open >= own_limit.unwrap_or(i64::from(limits.open_jobs)) {
        return Ok(Submitted::TooManyOpen);
    }
    let queued: i64 = row.try_get(5)?;
    if queued >= i64::from(limits.queue_limit) {
        return Ok(Submitted::QueueFull);
    }
    if budget.is_some_and(|budget| budget - spent < price) {
        return Ok(Submitted::NoCredits);
    }
    sqlx::query(
        "INSERT INTO jobs (id, key_id, request, state, price, created_ms) VALUES (?, ?, ?, 'queued', ?, ?)",
    )
    .bind(&job.id)
    .bind(&job.key_id)
    .bind(request)
    .bind(price)
    .bind(now)
    .execute(&mut *db)
    .await?;
    hold(db, &job.key_id, &job.id, price).await?;
    if let Some((key, hash)) = &job.idempotency {
        let insert = "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?)";
        let insert = sqlx::query(insert).bind(&job.key_id).bind(dialect).bind(key).bind(&hash[..]);
        insert.bind(&job.id).bind(now).execute(db).await?;
    }
    Ok(Submitted::Queued)
}

use std::time::Duration;

use contract::Warning;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::deliveries::announce;
use super::keys::settle;
use super::submit::IDEMPOTENCY_MS;
use super::{Store, StoreError, now_ms};
use crate::jobs::{FailureCode, Job, JobFailure, JobProgress, JobRequest, JobResult, JobState};

/// No attempt waits longer for its turn than this, whatever the clock was when it was told to wait.
const LONGEST_BACKOFF_MS: i64 = 3600 * 1000;

/// How a job ends.
#[derive(Clone, Debug)]
pub(crate) enum Ended {
    Completed(Box<JobResult>),
    Failed(JobFailure),
}

/// Which jobs of a key to list, newest first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listing {
    pub(crate) state: Option<JobState>,
    /// Only jobs that came before this one.
    pub(crate) before_seq: Option<i64>,
    pub(crate) limit: u32,
}

const COLUMNS: &str = "seq, id, key_id, request, state, attempt, stage, percent, remaining_secs, warnings, result, \
    failure_code, failure_message, price, created_ms, started_ms, ended_ms, output_gone_ms";

impl Store {
    /// A job of a key; `None` for one that is not there or somebody else's.
    pub(crate) async fn job(&self, key_id: &str, id: &str) -> Result<Option<Job>, StoreError> {
        Ok(self.any_job(id).await?.filter(|job| job.key_id == key_id))
    }

    /// A job, whoever's it is.
    pub(crate) async fn any_job(&self, id: &str) -> Result<Option<Job>, StoreError> {
        let query = jobs_where("WHERE id = ?");
        let row = sqlx::query(query).bind(id).fetch_optional(&self.readers).await?;
        row.map(|row| from_row(&row)).transpose()
    }

    /// Jobs of a key, newest first.
    pub(crate) async fn jobs(&self, key_id: &str, listing: Listing) -> Result<Vec<Job>, StoreError> {
        // A job that waits for another attempt is running as seen from outside.
        let query = jobs_where(
            "WHERE key_id = ? AND seq < ? AND (?3 IS NULL OR CASE WHEN state = 'queued' AND attempt > 0 THEN 'running' \
             ELSE state END = ?3) ORDER BY seq DESC LIMIT ?4",
        );
        let rows = sqlx::query(query)
            .bind(key_id)
            .bind(listing.before_seq.unwrap_or(i64::MAX))
            .bind(listing.state.map(JobState::as_str))
            .bind(listing.limit)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(from_row).collect()
    }

    /// The jobs that wait for their first attempt, by key in order of arrival, keys in the order of their turns.
    pub(crate) async fn waiting(&self) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query(
            "SELECT jobs.key_id, jobs.id FROM jobs LEFT JOIN turns USING (key_id) WHERE state = 'queued' AND attempt = 0 \
             ORDER BY coalesce(turn, 0), jobs.key_id, seq",
        );
        let rows = rows.fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// How many jobs wait, and how many run.
    pub(crate) async fn load(&self) -> Result<(i64, i64), StoreError> {
        let rows = sqlx::query("SELECT jobs FROM load ORDER BY state").fetch_all(&self.readers).await?;
        let count = |index: usize| rows.get(index).map_or(Ok(0), |row| row.try_get(0));
        Ok((count(0)?, count(1)?))
    }

    /// Leases the next job: of the key that was served longest ago, the one that came first.
    pub(crate) async fn lease(&self) -> Result<Option<Job>, StoreError> {
        self.write(|db| Box::pin(lease(db))).await
    }

    /// The milliseconds until a job that waits for another attempt is due; `None` if none waits.
    pub(crate) async fn next_due(&self) -> Result<Option<Duration>, StoreError> {
        let row = sqlx::query("SELECT min(run_after_ms) FROM jobs WHERE state = 'queued'");
        let due: Option<i64> = row.fetch_one(&self.readers).await?.try_get(0)?;
        Ok(due.map(|due| Duration::from_millis((due - now_ms()).clamp(0, LONGEST_BACKOFF_MS).unsigned_abs())))
    }

    /// Says that attempt `attempt` lives, and how far it is; `false` if the job is no longer its own.
    pub(crate) async fn heartbeat(
        &self,
        id: &str,
        attempt: i64,
        progress: Option<JobProgress>,
        warnings: Option<Vec<Warning>>,
    ) -> Result<bool, StoreError> {
        let id = id.to_owned();
        let warnings = warnings.map(|list| serde_json::to_string(&list)).transpose().map_err(unexpected)?;
        self.write(move |db| {
            Box::pin(async move {
                let query = sqlx::query(
                    "UPDATE jobs SET beat = beat + 1, stage = coalesce(?, stage), percent = max(percent, ?), \
                     remaining_secs = ?, warnings = coalesce(?, warnings) WHERE id = ? AND attempt = ? AND state = 'running'",
                );
                let done = query
                    .bind(progress.as_ref().map(|p| p.stage))
                    .bind(progress.as_ref().map_or(0, |p| p.percent.min(99)))
                    .bind(progress.and_then(|p| p.remaining_secs))
                    .bind(warnings)
                    .bind(id)
                    .bind(attempt)
                    .execute(db)
                    .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Ends a job, settles its hold and announces it; `false`, and nothing is changed, if it is no longer `attempt`'s.
    pub(crate) async fn finish(&self, id: &str, attempt: i64, ended: Ended) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.write(move |db| Box::pin(async move { finish(db, &id, Some(attempt), &ended).await })).await
    }

    /// Puts a job back after an attempt that something here ended, or fails it with `last` after the last one.
    pub(crate) async fn put_back(
        &self,
        id: &str,
        attempt: i64,
        attempts: u32,
        backoff: Duration,
        last: JobFailure,
    ) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.write(move |db| {
            Box::pin(async move {
                let failures: Option<i64> = sqlx::query(
                    "UPDATE jobs SET failures = failures + 1 WHERE id = ? AND attempt = ? AND state = 'running' RETURNING failures",
                )
                .bind(&id)
                .bind(attempt)
                .fetch_optional(&mut *db)
                .await?
                .map(|row| row.try_get(0))
                .transpose()?;
                let Some(failures) = failures else { return Ok(false) };
                if failures >= i64::from(attempts) {
                    return finish(db, &id, Some(attempt), &Ended::Failed(last)).await;
                }
                let wait_ms = i64::try_from(backoff.as_millis()).unwrap_or(LONGEST_BACKOFF_MS);
                queue_again(db, &id, attempt, now_ms() + wait_ms.min(LONGEST_BACKOFF_MS)).await
            })
        })
        .await
    }

    /// Puts a job back as it was, for whoever starts next.
    pub(crate) async fn release(&self, id: &str, attempt: i64) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.write(move |db| Box::pin(async move { queue_again(db, &id, attempt, 0).await })).await
    }

    /// The running jobs with their attempts and beats, for whoever watches leases.
    pub(crate) async fn leases(&self) -> Result<Vec<(String, i64, i64)>, StoreError> {
        let rows = sqlx::query("SELECT id, attempt, beat FROM jobs WHERE state = 'running'");
        let rows = rows.fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
    }

    /// Stops a job of a key. `None`: there is none; `Some(None)`: it had ended; else the job as it is now.
    pub(crate) async fn cancel(&self, key_id: &str, id: &str) -> Result<Option<Option<Job>>, StoreError> {
        let (key_id, id) = (key_id.to_owned(), id.to_owned());
        self.write(move |db| {
            Box::pin(async move {
                let query = jobs_where("WHERE id = ? AND key_id = ?");
                let row = sqlx::query(query).bind(&id).bind(&key_id).fetch_optional(&mut *db).await?;
                let Some(job) = row.map(|row| from_row(&row)).transpose()? else { return Ok(None) };
                if job.state.is_ended() {
                    return Ok(Some(None));
                }
                let failure = JobFailure::new(
                    FailureCode::CANCELED,
                    "The job was canceled; submit it again to run it.",
                );
                finish(db, &id, None, &Ended::Failed(failure)).await?;
                let row = sqlx::query(jobs_where("WHERE id = ?")).bind(&id).fetch_one(db).await?;
                Ok(Some(Some(from_row(&row)?)))
            })
        })
        .await
    }

    /// Removes the record of an ended job of a key; its ledger entries stay.
    pub(crate) async fn delete(&self, key_id: &str, id: &str) -> Result<bool, StoreError> {
        let (key_id, id) = (key_id.to_owned(), id.to_owned());
        self.write(move |db| {
            Box::pin(async move {
                let query = "DELETE FROM jobs WHERE id = ? AND key_id = ? AND ended_ms IS NOT NULL";
                let done = sqlx::query(query).bind(&id).bind(key_id).execute(&mut *db).await?;
                sqlx::query("DELETE FROM idempotency WHERE job_id = ?").bind(&id).execute(db).await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Completed jobs that ended before `before_ms` and whose videos are still there, with the videos' names.
    pub(crate) async fn outputs_before(&self, before_ms: i64) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, json_extract(result, '$.file') FROM jobs WHERE ended_ms < ? AND state = 'completed' \
             AND output_gone_ms IS NULL LIMIT 500",
        );
        let rows = rows.bind(before_ms).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Notes that the videos of these jobs were removed.
    pub(crate) async fn outputs_gone(&self, ids: Vec<String>) -> Result<(), StoreError> {
        self.write(move |db| {
            Box::pin(async move {
                for id in ids {
                    let query = "UPDATE jobs SET output_gone_ms = ? WHERE id = ?";
                    sqlx::query(query).bind(now_ms()).bind(id).execute(&mut *db).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Forgets jobs that ended before `before_ms` and whose videos are gone, and idempotency keys that are too old.
    pub(crate) async fn forget_before(&self, before_ms: i64) -> Result<u64, StoreError> {
        self.write(move |db| {
            Box::pin(async move {
                let query = "DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs WHERE ended_ms < ? \
                             AND (state != 'completed' OR output_gone_ms IS NOT NULL) LIMIT 500)";
                let done = sqlx::query(query).bind(before_ms).execute(&mut *db).await?;
                let query = "DELETE FROM idempotency WHERE created_ms < ?";
                sqlx::query(query).bind(now_ms() - IDEMPOTENCY_MS).execute(db).await?;
                Ok(done.rows_affected())
            })
        })
        .await
    }
}

async fn lease(db: &mut SqliteConnection) -> Result<Option<Job>, StoreError> {
    let now = now_ms();
    let next = sqlx::query(
        "SELECT seq, jobs.key_id FROM jobs JOIN (
             SELECT DISTINCT jobs.key_id FROM jobs LEFT JOIN turns USING (key_id)
             WHERE state = 'queued' AND (run_after_ms <= ?1 OR run_after_ms > ?2)
             ORDER BY coalesce(turn, 0), jobs.key_id LIMIT 1
         ) AS served ON jobs.key_id = served.key_id
         WHERE state = 'queued' AND (run_after_ms <= ?1 OR run_after_ms > ?2) ORDER BY seq LIMIT 1",
    );
    let next = next.bind(now).bind(now + LONGEST_BACKOFF_MS).fetch_optional(&mut *db).await?;
    let Some(row) = next else { return Ok(None) };
    let (seq, key_id): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
    sqlx::query(
        "INSERT INTO turns SELECT ?, 1 + coalesce((SELECT max(turn) FROM turns), 0) WHERE true \
         ON CONFLICT (key_id) DO UPDATE SET turn = excluded.turn",
    )
    .bind(key_id)
    .execute(&mut *db)
    .await?;
    let update = "UPDATE jobs SET state = 'running', attempt = attempt + 1, started_ms = coalesce(started_ms, ?) WHERE seq = ?";
    sqlx::query(update).bind(now).bind(seq).execute(&mut *db).await?;
    let row = sqlx::query(jobs_where("WHERE seq = ?")).bind(seq).fetch_one(db).await?;
    Ok(Some(from_row(&row)?))
}

async fn queue_again(
    db: &mut SqliteConnection,
    id: &str,
    attempt: i64,
    run_after_ms: i64,
) -> Result<bool, StoreError> {
    let query = "UPDATE jobs SET state = 'queued', run_after_ms = ?, remaining_secs = NULL \
                 WHERE id = ? AND attempt = ? AND state = 'running'";
    let done = sqlx::query(query).bind(run_after_ms).bind(id).bind(attempt).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a job that is not ended, and is `attempt`'s where one is given.
async fn finish(
    db: &mut SqliteConnection,
    id: &str,
    attempt: Option<i64>,
    ended: &Ended,
) -> Result<bool, StoreError> {
    let (state, result, failure) = match ended {
        Ended::Completed(result) => {
            (JobState::Completed, Some(serde_json::to_string(result).map_err(unexpected)?), None)
        }
        Ended::Failed(failure) if failure.code == FailureCode::CANCELED => {
            (JobState::Canceled, None, Some(failure))
        }
        Ended::Failed(failure) => (JobState::Failed, None, Some(failure)),
    };
    let query = sqlx::query(
        "UPDATE jobs SET state = ?1, result = ?2, failure_code = ?3, failure_message = ?4, ended_ms = ?5, \
         percent = CASE ?1 WHEN 'completed' THEN 100 ELSE percent END, remaining_secs = NULL, \
         warnings = coalesce(?6, warnings) \
         WHERE id = ?7 AND CASE WHEN ?8 IS NULL THEN ended_ms IS NULL ELSE attempt = ?8 AND state = 'running' END \
         RETURNING key_id, price, request",
    );
    let warnings = match ended {
        Ended::Completed(result) => Some(serde_json::to_string(&result.report.warnings).map_err(unexpected)?),
        Ended::Failed(_) => None,
    };
    let row = query
        .bind(state.as_str())
        .bind(result)
        .bind(failure.map(|failure| failure.code.as_str()))
        .bind(failure.map(|failure| failure.message.as_str()))
        .bind(now_ms())
        .bind(warnings)
        .bind(id)
        .bind(attempt)
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(false) };
    let (key_id, price): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
    settle(db, &key_id, id, price, state == JobState::Completed).await?;
    let request: JobRequest = serde_json::from_str(row.try_get(2)?).map_err(unexpected)?;
    if let Some(url) = &request.webhook_url {
        announce(db, &key_id, id, url, state, failure).await?;
    }
    Ok(true)
}

/// A query for whole jobs.
fn jobs_where(rest: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM jobs {rest}"))
}

fn from_row(row: &SqliteRow) -> Result<Job, StoreError> {
    let json = |column| -> Result<Option<&str>, StoreError> { Ok(row.try_get(column)?) };
    let stored: &str = row.try_get("state")?;
    let state = JobState::from_stored(stored).ok_or_else(|| unexpected(stored))?;
    let attempt: i64 = row.try_get("attempt")?;
    let failure = match json("failure_code")? {
        Some(code) => Some(JobFailure {
            code: FailureCode::from_stored(code).ok_or_else(|| unexpected(code))?,
            message: row.try_get("failure_message")?,
        }),
        None => None,
    };
    Ok(Job {
        seq: row.try_get("seq")?,
        id: row.try_get("id")?,
        key_id: row.try_get("key_id")?,
        request: serde_json::from_str(row.try_get("request")?).map_err(unexpected)?,
        state: if state == JobState::Queued && attempt > 0 { JobState::Running } else { state },
        attempt,
        stage: row.try_get("stage")?,
        percent: row.try_get("percent")?,
        remaining_secs: row.try_get("remaining_secs")?,
        warnings: serde_json::from_str(row.try_get("warnings")?).map_err(unexpected)?,
        result: json("result")?.map(serde_json::from_str).transpose().map_err(unexpected)?,
        failure,
        price: row.try_get("price")?,
        created_ms: row.try_get("created_ms")?,
        started_ms: row.try_get("started_ms")?,
        ended_ms: row.try_get("ended_ms")?,
        output_gone_ms: row.try_get("output_gone_ms")?,
    })
}

pub(super) fn unexpected(problem: impl std::fmt::Display) -> StoreError {
    StoreError::Content(problem.to_string())
}

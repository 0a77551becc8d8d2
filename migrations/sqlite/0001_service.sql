-- Times are milliseconds since 1970; money is in millionths of a dollar.

CREATE TABLE keys (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    hash            BLOB NOT NULL UNIQUE,       -- SHA-256 of the secret; the secret itself is nowhere
    scopes          TEXT NOT NULL,              -- separated by spaces
    requests_per_second INTEGER,                -- NULL: the setting's
    open_jobs       INTEGER,                    -- NULL: the setting's
    budget          INTEGER,                    -- NULL: no budget, nothing is counted against it
    price           INTEGER NOT NULL DEFAULT 0, -- of one job
    held            INTEGER NOT NULL DEFAULT 0, -- for jobs that have not ended
    charged         INTEGER NOT NULL DEFAULT 0, -- for completed jobs
    open            INTEGER NOT NULL DEFAULT 0, -- jobs that have not ended; kept by the triggers below
    webhook_secret  BLOB NOT NULL,
    created_ms      INTEGER NOT NULL,
    revoked_ms      INTEGER
) STRICT;

-- A job is a row, and the row is what every interface shows.
CREATE TABLE jobs (
    seq             INTEGER PRIMARY KEY,        -- the order of arrival
    id              TEXT NOT NULL UNIQUE,
    key_id          TEXT NOT NULL REFERENCES keys (id),
    request         TEXT NOT NULL,              -- JSON, as jobs/job.rs writes it
    state           TEXT NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'failed', 'canceled')),
    attempt         INTEGER NOT NULL DEFAULT 0, -- counts leases: the fence
    failures        INTEGER NOT NULL DEFAULT 0, -- attempts that something here ended
    beat            INTEGER NOT NULL DEFAULT 0, -- counts heartbeats: a lease whose beat stands still is lost
    run_after_ms    INTEGER NOT NULL DEFAULT 0,
    stage           TEXT,
    percent         INTEGER NOT NULL DEFAULT 0,
    remaining_secs  INTEGER,
    warnings        TEXT NOT NULL DEFAULT '[]', -- JSON
    result          TEXT,                       -- JSON of a completed job
    failure_code    TEXT,
    failure_message TEXT,
    price           INTEGER NOT NULL DEFAULT 0,
    created_ms      INTEGER NOT NULL,
    started_ms      INTEGER,
    ended_ms        INTEGER,
    output_gone_ms  INTEGER                     -- when the video was removed
) STRICT;
CREATE INDEX jobs_queued ON jobs (key_id, seq) WHERE state = 'queued';
CREATE INDEX jobs_running ON jobs (seq) WHERE state = 'running';
CREATE INDEX jobs_of_key ON jobs (key_id, seq);
CREATE INDEX jobs_ended ON jobs (ended_ms) WHERE ended_ms IS NOT NULL;

-- How many jobs wait and run, kept by the triggers: counting them at each submission would cost more the longer the queue is.
CREATE TABLE load (
    state           TEXT PRIMARY KEY CHECK (state IN ('queued', 'running')),
    jobs            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO load VALUES ('queued', 0), ('running', 0);

CREATE TRIGGER jobs_came AFTER INSERT ON jobs BEGIN
    UPDATE load SET jobs = jobs + 1 WHERE state = new.state;
    UPDATE keys SET open = open + 1 WHERE id = new.key_id AND new.state IN ('queued', 'running');
END;
CREATE TRIGGER jobs_moved AFTER UPDATE OF state ON jobs WHEN old.state != new.state BEGIN
    UPDATE load SET jobs = jobs - 1 WHERE state = old.state;
    UPDATE load SET jobs = jobs + 1 WHERE state = new.state;
    UPDATE keys SET open = open + (new.state IN ('queued', 'running')) - (old.state IN ('queued', 'running'))
        WHERE id = new.key_id;
END;
CREATE TRIGGER jobs_went AFTER DELETE ON jobs BEGIN
    UPDATE load SET jobs = jobs - 1 WHERE state = old.state;
    UPDATE keys SET open = open - 1 WHERE id = old.key_id AND old.state IN ('queued', 'running');
END;

-- Whose turn it is: the key that was served longest ago.
CREATE TABLE turns (
    key_id          TEXT PRIMARY KEY REFERENCES keys (id),
    turn            INTEGER NOT NULL
) STRICT;

-- A job has one hold, and at most one of a charge or a refund.
CREATE TABLE ledger (
    seq             INTEGER PRIMARY KEY,
    key_id          TEXT NOT NULL REFERENCES keys (id),
    job_id          TEXT NOT NULL,
    entry           TEXT NOT NULL CHECK (entry IN ('hold', 'charge', 'refund')),
    amount          INTEGER NOT NULL,
    at_ms           INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX ledger_hold ON ledger (job_id) WHERE entry = 'hold';
CREATE UNIQUE INDEX ledger_settled ON ledger (job_id) WHERE entry IN ('charge', 'refund');
CREATE INDEX ledger_of_key ON ledger (key_id, seq);

CREATE TABLE idempotency (
    key_id          TEXT NOT NULL REFERENCES keys (id),
    dialect         TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_hash       BLOB NOT NULL,
    job_id          TEXT NOT NULL,
    created_ms      INTEGER NOT NULL,
    PRIMARY KEY (key_id, dialect, idempotency_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_ms);

CREATE TABLE assets (
    id              TEXT PRIMARY KEY,
    key_id          TEXT NOT NULL REFERENCES keys (id),
    content_type    TEXT NOT NULL,
    bytes           INTEGER NOT NULL,
    created_ms      INTEGER NOT NULL,
    used_ms         INTEGER NOT NULL
) STRICT;
CREATE INDEX assets_age ON assets (used_ms);

CREATE TABLE deliveries (
    id              TEXT PRIMARY KEY,           -- the webhook-id
    key_id          TEXT NOT NULL REFERENCES keys (id),
    job_id          TEXT NOT NULL,
    url             TEXT NOT NULL,
    body            TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'given_up')),
    tries           INTEGER NOT NULL DEFAULT 0,
    next_try_ms     INTEGER NOT NULL,
    created_ms      INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_due ON deliveries (next_try_ms) WHERE state = 'waiting';
CREATE INDEX deliveries_of_job ON deliveries (job_id);

CREATE TABLE delivery_tries (
    delivery_id     TEXT NOT NULL REFERENCES deliveries (id),
    at_ms           INTEGER NOT NULL,
    status          INTEGER,                    -- NULL: no answer came
    problem         TEXT,
    took_ms         INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_tries_of ON delivery_tries (delivery_id, at_ms);

-- Characters and motions that were kept under a name; their files are assets, which do not go while they are listed here.
CREATE TABLE library (
    id              TEXT PRIMARY KEY REFERENCES assets (id),
    key_id          TEXT NOT NULL REFERENCES keys (id),
    kind            TEXT NOT NULL CHECK (kind IN ('character', 'motion')),
    name            TEXT NOT NULL,
    sketch          TEXT,                       -- JSON of a motion's stick figure
    created_ms      INTEGER NOT NULL
) STRICT;
CREATE INDEX library_of_key ON library (key_id, kind, created_ms);

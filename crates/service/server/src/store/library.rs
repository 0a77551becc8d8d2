use sqlx::Row as _;

use super::{Store, StoreError};

/// What is kept in a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeptKind {
    Character,
    Motion,
}

impl KeptKind {
    /// The name as it is stored and told.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Character => "character",
            Self::Motion => "motion",
        }
    }
}

/// A character or a motion under a name; its file is the asset of the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) id: String,
    pub(crate) key_id: String,
    pub(crate) kind: KeptKind,
    pub(crate) name: String,
    /// JSON of a motion's stick figure.
    pub(crate) sketch: Option<String>,
    pub(crate) bytes: i64,
    pub(crate) created_ms: i64,
}

impl Store {
    /// Notes what is kept; its asset must stand.
    pub(crate) async fn keep(&self, kept: Kept) -> Result<(), StoreError> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("INSERT INTO library (id, key_id, kind, name, sketch, created_ms) VALUES (?, ?, ?, ?, ?, ?)")
                    .bind(kept.id)
                    .bind(kept.key_id)
                    .bind(kept.kind.as_str())
                    .bind(kept.name)
                    .bind(kept.sketch)
                    .bind(kept.created_ms)
                    .execute(db)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// What a key keeps of a kind, newest first, without sketches; one thing alone, with its sketch, where `id` is given.
    pub(crate) async fn kept(
        &self,
        key_id: &str,
        kind: KeptKind,
        id: Option<&str>,
    ) -> Result<Vec<Kept>, StoreError> {
        let rows = sqlx::query(
            "SELECT library.id, name, CASE WHEN ?3 IS NULL THEN NULL ELSE sketch END, bytes, library.created_ms \
             FROM library JOIN assets USING (id) WHERE library.key_id = ?1 AND kind = ?2 AND (?3 IS NULL OR library.id = ?3) \
             ORDER BY library.created_ms DESC, library.id LIMIT 1000",
        );
        let rows = rows.bind(key_id).bind(kind.as_str()).bind(id).fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                Ok(Kept {
                    id: row.try_get(0)?,
                    key_id: key_id.to_owned(),
                    kind,
                    name: row.try_get(1)?,
                    sketch: row.try_get(2)?,
                    bytes: row.try_get(3)?,
                    created_ms: row.try_get(4)?,
                })
            })
            .collect()
    }

    /// Forgets something that a key keeps; `false` if there is none. Its asset grows old from now on as any other's.
    pub(crate) async fn forget_kept(
        &self,
        key_id: &str,
        kind: KeptKind,
        id: &str,
    ) -> Result<bool, StoreError> {
        let (key_id, id) = (key_id.to_owned(), id.to_owned());
        self.write(move |db| {
            Box::pin(async move {
                let query = sqlx::query("DELETE FROM library WHERE id = ? AND key_id = ? AND kind = ?");
                let done = query.bind(id).bind(key_id).bind(kind.as_str()).execute(db).await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }
}

use sqlx::Row as _;

use super::{Store, StoreError, now_ms};
use crate::jobs::SAMPLE_ID;

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asset {
    pub(crate) id: String,
    pub(crate) key_id: String,
    pub(crate) content_type: String,
    pub(crate) bytes: i64,
    pub(crate) created_ms: i64,
}

impl Store {
    /// Notes an asset whose file stands; one that is known already stays.
    pub(crate) async fn insert_asset(&self, asset: Asset) -> Result<(), StoreError> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("INSERT INTO assets VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING")
                    .bind(asset.id)
                    .bind(asset.key_id)
                    .bind(asset.content_type)
                    .bind(asset.bytes)
                    .bind(asset.created_ms)
                    .bind(asset.created_ms)
                    .execute(db)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// An asset, whoever's it is: its id cannot be guessed, as a result's cannot.
    pub(crate) async fn asset(&self, id: &str) -> Result<Option<Asset>, StoreError> {
        let query = "SELECT id, key_id, content_type, bytes, created_ms FROM assets WHERE id = ?";
        let row = sqlx::query(query).bind(id).fetch_optional(&self.readers).await?;
        row.map(|row| {
            Ok(Asset {
                id: row.try_get(0)?,
                key_id: row.try_get(1)?,
                content_type: row.try_get(2)?,
                bytes: row.try_get(3)?,
                created_ms: row.try_get(4)?,
            })
        })
        .transpose()
    }

    /// Notes that a job names the asset.
    pub(crate) async fn use_asset(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |db| {
            Box::pin(async move {
                let query = "UPDATE assets SET used_ms = ? WHERE id = ?";
                sqlx::query(query).bind(now_ms()).bind(id).execute(db).await?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets assets that were last used before `before_ms` and that neither an open job nor a library names, but not samples; answers their ids.
    pub(crate) async fn forget_assets(&self, before_ms: i64) -> Result<Vec<String>, StoreError> {
        self.write(move |db| {
            Box::pin(async move {
                let rows = sqlx::query(
                    "DELETE FROM assets WHERE used_ms < ?1 AND substr(id, 1, length(?2)) != ?2 AND id NOT IN (SELECT id FROM library) \
                     AND NOT EXISTS (SELECT 1 FROM jobs WHERE state IN ('queued', 'running') \
                     AND instr(request, assets.id) > 0) RETURNING id",
                );
                let rows = rows.bind(before_ms).bind(SAMPLE_ID).fetch_all(db).await?;
                rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
            })
        })
        .await
    }
}

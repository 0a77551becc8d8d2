use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Sqlite, SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};

use super::StoreError;

/// Changes that may wait before whoever brings another waits too.
const WAITING: usize = 1024;

/// Changes of one commit. More would not make a change cheaper, and would make the first wait longer.
const IN_ONE_COMMIT: usize = 128;

/// Tells whoever waits, once it is known whether the commit stands.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

type Change = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Reply> + Send>;

enum Message {
    Change(Change),
    Close(oneshot::Sender<()>),
}

/// The one that writes.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    messages: mpsc::Sender<Message>,
}

impl Writer {
    pub(super) fn start(pool: SqlitePool) -> Self {
        let (messages, waiting) = mpsc::channel(WAITING);
        tokio::spawn(run(pool, waiting));
        Self { messages }
    }

    pub(super) async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let change: Change = Box::new(move |connection| {
            Box::pin(async move {
                let result = in_savepoint(connection, change).await;
                let reply: Reply = Box::new(move |committed: Result<(), StoreError>| {
                    // A caller that went away changes nothing: what it asked for is done.
                    let _ = sender.send(committed.and(result));
                });
                reply
            })
        });
        self.messages.send(Message::Change(change)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.messages.send(Message::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

/// Runs one change so that its failure undoes it alone.
async fn in_savepoint<T, F>(connection: &mut SqliteConnection, change: F) -> Result<T, StoreError>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>>,
{
    let mut savepoint = connection.begin().await?;
    let value = change(&mut savepoint).await?;
    savepoint.commit().await?;
    Ok(value)
}

async fn run(pool: SqlitePool, mut waiting: mpsc::Receiver<Message>) {
    let mut batch = Vec::with_capacity(IN_ONE_COMMIT);
    let mut closed = None;
    while closed.is_none() && waiting.recv_many(&mut batch, IN_ONE_COMMIT).await > 0 {
        let mut changes = Vec::with_capacity(batch.len());
        for message in batch.drain(..) {
            match message {
                Message::Change(change) => changes.push(change),
                Message::Close(done) => closed = Some(done),
            }
        }
        if !changes.is_empty() {
            commit(&pool, changes).await;
        }
    }
    pool.close().await;
    if let Some(done) = closed {
        let _ = done.send(());
    }
}

async fn commit(pool: &SqlitePool, changes: Vec<Change>) {
    let mut replies = Vec::with_capacity(changes.len());
    let committed = match pool.acquire().await {
        Ok(mut connection) => commit_on(&mut connection, changes, &mut replies).await,
        Err(error) => Err(error),
    };
    if let Err(error) = &committed {
        tracing::error!(%error, changes = replies.len(), "a commit failed");
    }
    for reply in replies {
        reply(match &committed {
            Ok(()) => Ok(()),
            Err(error) => Err(StoreError::Content(format!("a commit failed: {error}"))),
        });
    }
}

async fn commit_on(
    connection: &mut PoolConnection<Sqlite>,
    changes: Vec<Change>,
    replies: &mut Vec<Reply>,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for change in changes {
        replies.push(change(&mut transaction).await);
    }
    transaction.commit().await
}

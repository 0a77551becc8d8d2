use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Connections at a time. Each may hold a few tens of kilobytes; the next one waits for one to end.
const CONNECTIONS: usize = 2048;

/// How long a request's headers may take to arrive: whoever sends them byte by byte holds a connection no longer.
const HEADER_TIME: Duration = Duration::from_secs(15);

/// Between tries to take a connection when the system has no more to give.
const AFTER_FAULT: Duration = Duration::from_millis(200);

/// Serves connections until `stopping`; then those that are idle are closed, and the others once they have answered.
pub(crate) async fn listen(listener: TcpListener, router: Router, stopping: CancellationToken) {
    let (open, graceful) = (Arc::new(Semaphore::new(CONNECTIONS)), GracefulShutdown::new());
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEADER_TIME);
    while let Some(stream) = next(&listener, &open, &stopping).await {
        let (stream, permit) = match stream {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be taken");
                tokio::time::sleep(AFTER_FAULT).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _permit = permit;
            if let Err(error) = connection.await {
                tracing::debug!(error = %*error, "a connection broke");
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

type Accepted = (tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit);

/// The next connection, once there is room for it; `None` when it is time to stop.
async fn next(
    listener: &TcpListener,
    open: &Arc<Semaphore>,
    stopping: &CancellationToken,
) -> Option<io::Result<Accepted>> {
    let accept = pin!(async {
        let permit = open.clone().acquire_owned().await.map_err(io::Error::other)?;
        let (stream, _) = listener.accept().await?;
        // Answers are small, and nobody waits to fill a packet.
        stream.set_nodelay(true)?;
        Ok((stream, permit))
    });
    tokio::select! {
        () = stopping.cancelled() => None,
        accepted = accept => Some(accepted),
    }
}

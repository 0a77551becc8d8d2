use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response};
use axum::response::IntoResponse as _;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;
use serde_json::Value;
use tokio::sync::broadcast::Receiver;

use super::{Native, resource};
use crate::App;
use crate::http::{Wire as _, admit, base_url};
use crate::keys::Tenant;
use crate::store::Scope;

/// How often a listener hears of a job that does not change: its place in the queue and the time left do.
const TELL_AGAIN: Duration = Duration::from_secs(2);

/// What a stream of events remembers.
struct Listener {
    app: Arc<App>,
    tenant: Tenant,
    id: String,
    base: String,
    changes: Receiver<String>,
    last: Option<Value>,
    over: bool,
}

/// Server-sent events: `progress` with the job whenever it changed, and `end` once it has ended.
pub(super) async fn events(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let result = async {
        let tenant = admit::<Native>(&app, &headers, Scope::Read).await?;
        let changes = app.hub.listen();
        app.job(&tenant, &id).await?;
        let base = base_url(&app, &headers);
        let listener = Listener { app, tenant, id, base, changes, last: None, over: false };
        let events = stream::unfold(listener, |listener| async { next_event(listener).await });
        Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

async fn next_event(mut listener: Listener) -> Option<(Result<Event, Infallible>, Listener)> {
    if listener.over {
        return None;
    }
    let stopping = listener.app.stopping.clone();
    loop {
        // The job may be gone by now, and so may the service.
        let job = listener.app.job(&listener.tenant, &listener.id).await.ok()?;
        let now = resource(&listener.app, &job, &listener.base).await.ok()?;
        if listener.last.as_ref() != Some(&now) {
            listener.over = job.state.is_ended();
            let event = Event::default().event(if listener.over { "end" } else { "progress" });
            let event = event.data(now.to_string());
            listener.last = Some(now);
            return Some((Ok(event), listener));
        }
        let again = tokio::time::sleep(TELL_AGAIN);
        tokio::pin!(again);
        loop {
            tokio::select! {
                () = stopping.cancelled() => return None,
                () = &mut again => break,
                changed = listener.changes.recv() => match changed {
                    Ok(id) if id != listener.id => {}
                    _ => break,
                },
            }
        }
    }
}

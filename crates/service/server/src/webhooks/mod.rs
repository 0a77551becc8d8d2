//! Signed messages about ended jobs: at least once, in the manner of Standard Webhooks (version 1).

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use url::Url;

use crate::App;
use crate::store::{Delivery, DeliveryState, DeliveryTry, StoreError, now_ms};

/// Seconds between a try and the next: eleven tries over a little more than two hours.
const WAITS_SECS: [i64; 10] = [5, 15, 30, 60, 120, 300, 600, 1200, 2100, 2880];

/// Between looks when nothing calls.
const IDLE: Duration = Duration::from_secs(60);

/// Delivers what is due until the service stops.
pub(crate) async fn deliver(app: Arc<App>) {
    loop {
        let wait = match next(&app).await {
            Ok(None) => continue,
            Ok(Some(wait)) => wait,
            Err(error) => {
                tracing::warn!(%error, "webhooks wait for the database");
                Duration::from_secs(5)
            }
        };
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.hub.webhook.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Makes the try that is due, or says how long until one is.
async fn next(app: &App) -> Result<Option<Duration>, StoreError> {
    if app.stopping.is_cancelled() {
        return Ok(Some(IDLE));
    }
    let Some(delivery) = app.store.due_delivery().await? else {
        let due_ms = app.store.next_delivery_ms().await?;
        let wait_ms = due_ms.map(|due_ms| (due_ms - now_ms()).max(10).unsigned_abs());
        return Ok(Some(wait_ms.map_or(IDLE, Duration::from_millis).min(IDLE)));
    };
    let tried = one_try(app, &delivery).await;
    let good = tried.status.is_some_and(|status| (200..300).contains(&status));
    metrics::counter!("pantomime_webhook_tries_total", "delivered" => if good { "true" } else { "false" })
        .increment(1);
    let wait_secs = usize::try_from(delivery.tries).ok().and_then(|tries| WAITS_SECS.get(tries)).copied();
    let (state, next_try_ms) = match (good, wait_secs) {
        (true, _) => (DeliveryState::Delivered, 0),
        (false, Some(secs)) => (DeliveryState::Waiting, now_ms() + secs * 1000),
        (false, None) => (DeliveryState::GivenUp, 0),
    };
    tracing::info!(
        job.id = delivery.job_id,
        webhook.id = delivery.id,
        status = tried.status,
        problem = tried.problem,
        "a webhook was tried"
    );
    app.store.note_try(&delivery.id, tried, state, next_try_ms).await?;
    Ok(None)
}

async fn one_try(app: &App, delivery: &Delivery) -> DeliveryTry {
    let (began, at_ms) = (Instant::now(), now_ms());
    let (status, problem) = match send(app, delivery, at_ms / 1000).await {
        Ok(status) if (200..300).contains(&status) => (Some(status), None),
        Ok(status) => (Some(status), Some("the receiver did not answer with 2xx".to_owned())),
        Err(problem) => (None, Some(problem)),
    };
    DeliveryTry {
        at_ms,
        status,
        problem,
        took_ms: i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX),
    }
}

async fn send(app: &App, delivery: &Delivery, timestamp: i64) -> Result<u16, String> {
    let key = app.store.key(&delivery.key_id).await.map_err(|error| error.to_string())?;
    let secret = key.map(|key| key.webhook_secret).unwrap_or_default();
    // The address is checked at each try: what it led to at submission may have changed.
    let url = app.fetcher.check(&delivery.url).map_err(|refusal| refusal.to_string())?;
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", delivery.id.clone()),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", signature(&secret, &delivery.id, timestamp, &delivery.body)),
    ];
    let patience = Duration::from_secs(app.settings.webhook_try_secs);
    let answer = app.fetcher.post(&Url::clone(&url), &headers, delivery.body.clone().into(), patience).await;
    answer.map(|answer| answer.status).map_err(|error| error.to_string())
}

/// `v1,` and the base64 of the HMAC-SHA256 of `id.timestamp.body`.
fn signature(secret: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret).unwrap_or_else(|_| unreachable!("any length is a key"));
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_as_the_standard_has_it() {
        // The example of the Standard Webhooks specification.
        let secret = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = r#"{"test": 2432232314}"#;
        let found = signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(found, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn tries_go_on_for_two_hours() {
        assert!(WAITS_SECS.len() >= 9 && WAITS_SECS.iter().sum::<i64>() >= 7200);
        assert!(WAITS_SECS.is_sorted());
    }
}

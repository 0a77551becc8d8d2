use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 by the machine's clock, which may jump: nothing may depend on differences of it but what people
/// are shown and how long things are kept.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

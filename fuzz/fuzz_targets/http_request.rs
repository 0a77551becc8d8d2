//! What a stranger's request may hold: a body, an address, a range, a header. Refused or taken, without harm.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run http_request fuzz/corpus/http_request fuzz/seeds/http_request`

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    match (kind % 4, std::str::from_utf8(rest)) {
        (0, _) => {
            server::fuzzing::body(rest);
        }
        (1, Ok(text)) => {
            server::fuzzing::url(text);
        }
        (2, Ok(text)) => {
            server::fuzzing::range(text, u64::from(*kind) << (rest.len() % 50));
        }
        (3, _) => {
            let middle = rest.len() / 2;
            server::fuzzing::headers(&rest[..middle], &rest[middle..]);
        }
        _ => {}
    }
});

//! Any bytes as a picture: refused, or decoded within the limits.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run still_image`

#![no_main]

use libfuzzer_sys::fuzz_target;
use media::{Limits, decode_still};

fuzz_target!(|bytes: &[u8]| {
    // Small pictures show the same faults sooner.
    let limits = Limits { image_least_side_px: 1, image_greatest_side_px: 256, ..Limits::default() };
    let Ok(still) = decode_still(bytes, &limits) else { return };
    assert!(still.image.size().long_side() <= 256);
    if let Some(alpha) = still.alpha {
        assert_eq!(alpha.size(), still.image.size());
        assert!(alpha.pixels().iter().all(|a| (0.0..=1.0).contains(a)));
    }
});

//! Any bytes as a stored motion: refused, or a clip that is read as it was written, and a track if anybody is seen.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run stored_motion fuzz/corpus/stored_motion fuzz/seeds/stored_motion`

#![no_main]

use avatar::motion::{DrivingTrack, MotionClip};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(clip) = serde_json::from_slice::<MotionClip>(bytes) else { return };
    let seen = clip.people.iter().flatten().count();
    assert_eq!(DrivingTrack::from_clip(&clip).is_some(), seen > 0);
    let stored = clip.as_stored();
    let text = serde_json::to_vec(&stored).expect("a clip");
    assert_eq!(serde_json::from_slice::<MotionClip>(&text).expect("our own"), stored);
});

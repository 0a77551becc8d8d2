//! Any text as a BVH motion: refused, or a clip that can be reckoned with and drives a character's joints.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run bvh_motion fuzz/corpus/bvh_motion fuzz/seeds/bvh_motion`

#![no_main]

use avatar::motion::DrivingTrack;
use avatar::motion::bvh::{Bvh, to_bvh};
use libfuzzer_sys::fuzz_target;

/// Longer motions are right to take their time; the fuzzer has better uses for it.
const MAX_SECS: f64 = 10.0;

fuzz_target!(|bytes: &[u8]| {
    let Ok(bvh) = Bvh::parse(&String::from_utf8_lossy(bytes)) else { return };
    if bvh.duration_secs() > MAX_SECS {
        return;
    }
    let Ok(clip) = bvh.to_clip() else { return };
    assert!(!clip.people.is_empty() && clip.size.short_side() > 0);
    for landmark in clip.people.iter().flatten().flat_map(|person| person.body.points()) {
        assert!(landmark.image.is_finite() && landmark.world.length() <= 11.0, "{landmark:?}");
    }
    let track = DrivingTrack::from_clip(&clip).expect("a person is seen in every frame");
    // What is written of it can be read again.
    Bvh::parse(&to_bvh(&track)).expect("a motion of our own");
});

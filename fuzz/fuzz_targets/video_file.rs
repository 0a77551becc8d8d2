//! Any bytes as a video file: refused, or frames and sound, but an end.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run video_file`
//!
//! What libav does with memory is not checked here, for it is not built with the sanitizer; its aborts and our own faults are.

#![no_main]

use libfuzzer_sys::fuzz_target;
use media::{Limits, ReadSettings, SoundTrack, VideoReader};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { video_greatest_side_px: 256, min_duration_secs: 0.0, ..Limits::default() };
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = folder.path().join("video");
    std::fs::write(&path, bytes).expect("a temporary file");
    let Ok(reader) = VideoReader::open(&path, &limits, &ReadSettings::default()) else { return };
    let planned = reader.info().frames;
    assert!(reader.count() as u64 <= planned + 1);
    let _ = SoundTrack::open(&path, &limits);
});

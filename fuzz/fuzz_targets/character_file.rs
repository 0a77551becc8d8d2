//! Any bytes as a character's file: refused, or three parts that belong together, within the limits.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run character_file fuzz/corpus/character_file fuzz/seeds/character_file`

#![no_main]

use libfuzzer_sys::fuzz_target;
use media::Limits;
use puppet::CharacterFile;

fuzz_target!(|bytes: &[u8]| {
    // Small pictures show the same faults sooner.
    let limits = Limits {
        image_bytes: 1 << 20,
        image_least_side_px: 1,
        image_greatest_side_px: 256,
        ..Limits::default()
    };
    let Ok(file) = CharacterFile::read(bytes, &limits) else { return };
    assert!(file.image.size().long_side() <= 256);
    assert_eq!(file.matte.0.size(), file.image.size());
    let again = CharacterFile::read(&file.to_bytes().expect("a character"), &limits).expect("our own");
    assert_eq!(again.image, file.image);
});

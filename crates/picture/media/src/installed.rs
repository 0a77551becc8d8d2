//! What the system's libav is and lacks.

use ffmpeg_next as ffmpeg;
use ffmpeg_next::codec::Id;

use crate::libav::init;

/// The libav that this program runs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Version of its codec library, as in `59.37.100`.
    pub version: String,
    /// Coders that are used and that it was built without, as in `the encoder libx264`.
    pub missing: Vec<String>,
}

/// Asks the system's libav what it is and what it lacks.
pub fn installed() -> Installed {
    init();
    let version = ffmpeg::codec::version();
    let encoders = ["libx264", "libvpx-vp9", "prores_ks", "aac", "libopus"]
        .into_iter()
        .filter(|name| ffmpeg::encoder::find_by_name(name).is_none());
    let decoders = [
        ("H.264", Id::H264),
        ("HEVC", Id::HEVC),
        ("VP8", Id::VP8),
        ("VP9", Id::VP9),
        ("AV1", Id::AV1),
        ("AAC", Id::AAC),
    ]
    .into_iter()
    .filter(|(_, id)| ffmpeg::decoder::find(*id).is_none());
    Installed {
        version: format!("{}.{}.{}", version >> 16, (version >> 8) & 0xff, version & 0xff),
        missing: encoders
            .map(|name| format!("the encoder {name}"))
            .chain(decoders.map(|(name, _)| format!("a decoder for {name}")))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_libav_that_tests_run_with_has_all() {
        let found = installed();
        assert_eq!(found.missing, Vec::<String>::new());
        assert_eq!(found.version.split('.').count(), 3);
    }
}

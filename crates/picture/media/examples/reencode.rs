//! Decodes a clip and, if an output is named, encodes it again with its sound:
//!
//! `cargo run --release -p media --example reencode -- in.mp4 [out.mp4|- [superfast [960]]]`
//!
//! The last two are x264's preset and the longest side of the frames. Run it under `time` to see what it costs.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use media::{EncodeSettings, Limits, ReadSettings, SoundTrack, VideoReader, VideoWriter};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |i: usize| arguments.get(i).map(String::as_str);
    let input = Path::new(argument(0).ok_or("name a video")?);
    let limits = Limits { max_duration_secs: None, ..Limits::default() };
    let preset = argument(2).map(str::parse).transpose()?.unwrap_or_default();
    let max_long_side_px = argument(3).map(str::parse).transpose()?;

    let reader =
        VideoReader::open(input, &limits, &ReadSettings { max_long_side_px, ..ReadSettings::default() })?;
    let mut report = std::io::stderr();
    writeln!(report, "{:#?}", reader.info())?;
    let (rate, mut writer, mut frames) = (reader.info().frame_rate, None, 0);
    for frame in reader {
        let image = frame?.image;
        frames += 1;
        if let (None, Some(output)) = (&writer, argument(1).filter(|&name| name != "-")) {
            let settings = EncodeSettings { preset, ..EncodeSettings::default() };
            let sound = SoundTrack::open(input, &limits)?;
            writer = Some(VideoWriter::create(Path::new(output), image.size(), rate, &settings, sound)?);
        }
        if let Some(writer) = &mut writer {
            writer.write(&image)?;
        }
    }
    match writer {
        Some(writer) => writeln!(report, "{:#?}", writer.finish()?)?,
        None => writeln!(report, "{frames} frames decoded")?,
    }
    Ok(())
}

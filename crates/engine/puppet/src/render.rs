//! The second pass: every pose drawn on its own, encoded in order.

use std::num::NonZeroUsize;

use avatar::Character;
use avatar::render::Renderer;
use avatar::retarget::Pose;
use contract::{EngineError, Progress, RunContext, Stage, TransferRequest, WarningCode};
use frame::{Image, Size, Srgb8};
use media::{
    EncodeSettings, MediaError, ReadSettings, SoundTrack, VideoInfo, VideoReader, VideoSummary, VideoWriter,
    resize,
};

use crate::limits::to_media;
use crate::ordered_map::ordered_map;
use crate::rejection::from_media;
use crate::stopwatch::Stopwatch;
use crate::warnings::Warnings;

/// Draws `poses` into `request.output`, and beside the driver into `context.comparison`.
pub(crate) fn render(
    character: &Character,
    poses: &[Pose],
    request: &TransferRequest,
    info: &VideoInfo,
    context: &RunContext<'_>,
    watch: &Stopwatch,
    warnings: &Warnings<'_>,
) -> Result<VideoSummary, EngineError> {
    let settings = EncodeSettings::default();
    let mut writer = VideoWriter::create(
        &request.output,
        character.size(),
        info.frame_rate,
        &settings,
        open_sound(request, warnings),
    )
    .map_err(from_media)?;
    let mut comparison = match context.comparison {
        Some(path) => Some(Comparison::create(path, character.size(), request, info, &settings)?),
        None => None,
    };
    // Encoding runs beside rendering on threads of its own.
    let workers = NonZeroUsize::new(context.threads.get() / 2).unwrap_or(NonZeroUsize::MIN);
    let total = poses.len() as u64;
    watch.time(Stage::Render, || {
        ordered_map(
            poses.len(),
            workers,
            Renderer::new,
            |renderer, item| {
                context.cancel.check()?;
                let mut image = Image::filled(character.size(), Srgb8::default());
                character.render(&poses[item], renderer, &mut image);
                Ok(image)
            },
            |item, image| {
                context.cancel.check()?;
                writer.write(&image).map_err(from_media)?;
                if let Some(comparison) = &mut comparison {
                    comparison.write(&image)?;
                }
                context.reporter.progress(Progress::new(Stage::Render, item as u64 + 1, total));
                Ok::<_, EngineError>(())
            },
        )
    })?;
    watch.time(Stage::Encode, || {
        if let Some(comparison) = comparison {
            comparison.writer.finish().map_err(from_media)?;
        }
        let summary = writer.finish().map_err(from_media)?;
        context.reporter.progress(Progress::new(Stage::Encode, 1, 1));
        Ok(summary)
    })
}

/// The driver's sound; a sound that cannot be used is told of and left out.
fn open_sound(request: &TransferRequest, warnings: &Warnings<'_>) -> Option<SoundTrack> {
    if !request.keep_original_sound {
        return None;
    }
    match sound_of(request) {
        Ok(Some(sound)) => {
            if !sound.is_copied() {
                warnings
                    .warn(WarningCode::SoundReencoded, "The sound is not AAC; it was encoded anew as AAC.");
            }
            Some(sound)
        }
        Ok(None) => None,
        Err(error) => {
            warnings.warn(
                WarningCode::SoundDropped,
                format!("The sound could not be used and was left out: {error}."),
            );
            None
        }
    }
}

fn sound_of(request: &TransferRequest) -> Result<Option<SoundTrack>, MediaError> {
    SoundTrack::open(&request.driving, &to_media(&request.limits))
}

/// The driver on the left, the character on the right, as high as the character.
struct Comparison {
    driver: VideoReader,
    driver_size: Size,
    size: Size,
    writer: VideoWriter,
    shown: Option<Image>,
}

impl Comparison {
    fn create(
        path: &std::path::Path,
        character: Size,
        request: &TransferRequest,
        info: &VideoInfo,
        settings: &EncodeSettings,
    ) -> Result<Self, EngineError> {
        let factor = character.height as f32 / info.size.height as f32;
        let width = (info.size.width as f32 * factor / 2.0).round().max(1.0) as u32 * 2;
        let driver_size = Size::new(width, character.height);
        let size = Size::new(width + character.width, character.height);
        let reading = ReadSettings { max_long_side_px: Some(driver_size.long_side()), threads: 1 };
        let driver =
            VideoReader::open(&request.driving, &to_media(&request.limits), &reading).map_err(from_media)?;
        // What can be said of the sound has been said of the main video's.
        let sound = if request.keep_original_sound { sound_of(request).unwrap_or(None) } else { None };
        let writer = VideoWriter::create(path, size, info.frame_rate, settings, sound).map_err(from_media)?;
        Ok(Self { driver, driver_size, size, writer, shown: None })
    }

    fn write(&mut self, character: &Image) -> Result<(), EngineError> {
        if let Some(frame) = self.driver.next() {
            self.shown = Some(resize(&frame.map_err(from_media)?.image, self.driver_size));
        }
        let mut pixels = Vec::with_capacity(self.size.area());
        for y in 0..self.size.height as usize {
            match &self.shown {
                Some(driver) => pixels.extend_from_slice(driver.row(y)),
                None => pixels.resize(pixels.len() + self.driver_size.width as usize, Srgb8::default()),
            }
            pixels.extend_from_slice(character.row(y));
        }
        let both = Image::new(self.size, pixels).map_err(EngineError::internal)?;
        self.writer.write(&both).map_err(from_media)
    }
}

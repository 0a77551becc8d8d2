//! The second pass: every pose drawn on its own, encoded in order.

use std::sync::{Mutex, MutexGuard, PoisonError};

use avatar::Character;
use avatar::motion::{MotionClip, sketch};
use avatar::render::{Exposure, Renderer};
use avatar::retarget::Pose;
use contract::{EngineError, ExportKind, Progress, RunContext, Stage, TransferRequest, WarningCode};
use frame::{Image, Person, Plane, PremulSrgba8, Size, Srgb8};
use media::{
    EncodeSettings, LayerFormat, LayerWriter, MediaError, ReadSettings, SoundCodec, SoundTrack, VideoReader,
    VideoSummary, VideoWriter, resize,
};

use crate::inputs::Driver;
use crate::limits::to_media;
use crate::measure::Measure;
use crate::ordered_map::ordered_map;
use crate::rejection::from_media;
use crate::stopwatch::Stopwatch;
use crate::warnings::Warnings;

/// What is drawn: a character in a pose a frame, and what drives it.
pub(crate) struct Scene<'a> {
    pub(crate) character: &'a Character,
    pub(crate) poses: &'a [Pose],
    pub(crate) driver: &'a Driver,
    /// What the driver was tracked to do.
    pub(crate) clip: &'a MotionClip,
}

/// The shutter of film cameras, for motions of which no camera tells one.
const FILM_SHUTTER_DEG: f32 = 180.0;

/// Draws the scene into `request.output`, and beside the driver into `context.comparison`; `measure` sees every frame.
pub(crate) fn render(
    scene: &Scene<'_>,
    measure: &mut Measure<'_>,
    request: &TransferRequest,
    context: &RunContext<'_>,
    watch: &Stopwatch,
    warnings: &Warnings<'_>,
) -> Result<VideoSummary, EngineError> {
    let &Scene { character, poses, driver, clip } = scene;
    let shutter_deg = request.shutter_deg.or(clip.shutter_deg).unwrap_or(FILM_SHUTTER_DEG);
    let settings = EncodeSettings::default();
    let mut writer = VideoWriter::create(
        &request.output,
        character.size(),
        driver.frame_rate(),
        &settings,
        open_sound(request, driver, warnings),
    )
    .map_err(from_media)?;
    let mut comparison = match context.comparison {
        Some(path) => Some(Comparison::create(path, character.size(), request, driver, &settings)?),
        None => None,
    };
    let mut layers = Layers::create(scene, request, context)?;
    // Encoding runs beside rendering on threads of its own; whichever is behind has the processor.
    let workers = context.threads;
    let (total, wants_layers) = (poses.len() as u64, !layers.0.is_empty());
    // Pictures that are encoded, to be drawn into again: the system clears new memory page by page.
    let spare = Mutex::new(Vec::new());
    watch.time(Stage::Render, || {
        ordered_map(
            poses.len(),
            workers,
            Renderer::new,
            |renderer, item| {
                context.cancel.check()?;
                let mut image =
                    lock(&spare).pop().unwrap_or_else(|| Image::filled(character.size(), Srgb8::default()));
                let shot = clip.shot_of(item);
                let exposure = Exposure::of(&poses[shot.clone()], item - shot.start, shutter_deg);
                character.render(&exposure, renderer, &mut image);
                let layer = wants_layers.then(|| {
                    let mut layer = Plane::filled(character.size(), PremulSrgba8::default());
                    character.render_layer(&exposure, renderer, &mut layer);
                    layer
                });
                Ok((image, layer))
            },
            |item, (image, layer)| {
                context.cancel.check()?;
                writer.write(&image).map_err(from_media)?;
                measure.look(item, &image);
                if let Some(comparison) = &mut comparison {
                    comparison.write(&image)?;
                }
                if let Some(layer) = layer {
                    layers.write(&layer)?;
                }
                context.reporter.frame(item as u64, &image);
                lock(&spare).push(image);
                context.reporter.progress(Progress::new(Stage::Render, item as u64 + 1, total));
                Ok::<_, EngineError>(())
            },
        )
    })?;
    watch.time(Stage::Encode, || {
        if let Some(comparison) = comparison {
            comparison.writer.finish().map_err(from_media)?;
        }
        layers.finish()?;
        let summary = writer.finish().map_err(from_media)?;
        context.reporter.progress(Progress::new(Stage::Encode, 1, 1));
        Ok(summary)
    })
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The driver's sound; a sound that cannot be used is told of and left out.
fn open_sound(request: &TransferRequest, driver: &Driver, warnings: &Warnings<'_>) -> Option<SoundTrack> {
    match sound_of(request, driver, SoundCodec::Aac) {
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

/// The sound that is asked for; a motion has none.
fn sound_of(
    request: &TransferRequest,
    driver: &Driver,
    codec: SoundCodec,
) -> Result<Option<SoundTrack>, MediaError> {
    match driver {
        Driver::Video(_) if request.keep_original_sound => {
            SoundTrack::open_as(&request.driving, &to_media(&request.limits), codec)
        }
        _ => Ok(None),
    }
}

/// The transparent videos that are asked for: the character alone.
struct Layers(Vec<LayerWriter>);

impl Layers {
    fn create(
        scene: &Scene<'_>,
        request: &TransferRequest,
        context: &RunContext<'_>,
    ) -> Result<Self, EngineError> {
        let (size, rate) = (scene.character.size(), scene.driver.frame_rate());
        let mut writers = Vec::new();
        for export in context.exports {
            let format = match export.kind {
                ExportKind::WebM => LayerFormat::WebM,
                ExportKind::Mov => LayerFormat::Mov,
                _ => continue,
            };
            // What can be said of the sound has been said of the main video's.
            let sound = sound_of(request, scene.driver, format.sound()).unwrap_or(None);
            writers.push(LayerWriter::create(&export.path, format, size, rate, sound).map_err(from_media)?);
        }
        Ok(Self(writers))
    }

    fn write(&mut self, layer: &Plane<PremulSrgba8>) -> Result<(), EngineError> {
        self.0.iter_mut().try_for_each(|writer| writer.write(layer)).map_err(from_media)
    }

    fn finish(self) -> Result<(), EngineError> {
        self.0.into_iter().try_for_each(|writer| writer.finish().map(drop)).map_err(from_media)
    }
}

/// The driver on the left, the character on the right, as high as the character.
struct Comparison<'a> {
    pictures: DriverPictures<'a>,
    driver_size: Size,
    size: Size,
    writer: VideoWriter,
    shown: Option<Image>,
}

/// What is shown of a driver.
enum DriverPictures<'a> {
    /// Its video.
    Video(Box<VideoReader>),
    /// A stick figure for each frame of its motion.
    Motion(&'a MotionClip, std::slice::Iter<'a, Option<Person>>),
}

impl<'a> Comparison<'a> {
    fn create(
        path: &std::path::Path,
        character: Size,
        request: &TransferRequest,
        driver: &'a Driver,
        settings: &EncodeSettings,
    ) -> Result<Self, EngineError> {
        let factor = character.height as f32 / driver.size().height as f32;
        let width = (driver.size().width as f32 * factor / 2.0).round().max(1.0) as u32 * 2;
        let driver_size = Size::new(width, character.height);
        let size = Size::new(width + character.width, character.height);
        let pictures = match driver {
            Driver::Video(_) => {
                let reading = ReadSettings { max_long_side_px: Some(driver_size.long_side()), threads: 1 };
                let reader = VideoReader::open(&request.driving, &to_media(&request.limits), &reading);
                DriverPictures::Video(Box::new(reader.map_err(from_media)?))
            }
            Driver::Motion(clip) => DriverPictures::Motion(clip, clip.people.iter()),
        };
        // What can be said of the sound has been said of the main video's.
        let sound = sound_of(request, driver, SoundCodec::Aac).unwrap_or(None);
        let writer =
            VideoWriter::create(path, size, driver.frame_rate(), settings, sound).map_err(from_media)?;
        Ok(Self { pictures, driver_size, size, writer, shown: None })
    }

    fn write(&mut self, character: &Image) -> Result<(), EngineError> {
        match &mut self.pictures {
            DriverPictures::Video(reader) => {
                if let Some(frame) = reader.next() {
                    self.shown = Some(resize(&frame.map_err(from_media)?.image, self.driver_size));
                }
            }
            DriverPictures::Motion(clip, people) => {
                if let Some(person) = people.next() {
                    self.shown = Some(sketch(person.as_ref(), clip.size, self.driver_size));
                }
            }
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

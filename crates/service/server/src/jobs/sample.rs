use std::fs;
use std::io;

use media::FileKind;

use crate::App;
use crate::http::content_type;
use crate::store::{Asset, LOCAL_KEY, StoreError, now_ms};

/// A pair to begin with, which comes with the program; its files are assets that never go.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// A word of letters, digits and hyphens.
    pub name: &'static str,
    /// The character's image, as a file's bytes.
    pub image: &'static [u8],
    /// The driving video, as a file's bytes.
    pub video: &'static [u8],
}

/// What the ids of samples' assets begin with; those of uploads are UUIDs.
pub(crate) const SAMPLE_ID: &str = "sample-";

impl Sample {
    /// The asset's id of the image.
    pub(crate) fn image_id(&self) -> String {
        format!("{SAMPLE_ID}{}-image", self.name)
    }

    /// The asset's id of the video.
    pub(crate) fn video_id(&self) -> String {
        format!("{SAMPLE_ID}{}-video", self.name)
    }
}

/// Puts the samples' files among the assets, where another version of the program may have left others.
pub(crate) async fn place_samples(app: &App, samples: &[Sample]) -> Result<(), SampleError> {
    for sample in samples {
        for (id, bytes) in [(sample.image_id(), sample.image), (sample.video_id(), sample.video)] {
            let path = app.files.asset(&id);
            if fs::read(&path).ok().as_deref() != Some(bytes) {
                fs::write(&path, bytes)?;
            }
            let content_type = content_type(FileKind::of(bytes)).unwrap_or("application/octet-stream");
            let asset = Asset {
                id,
                key_id: LOCAL_KEY.to_owned(),
                content_type: content_type.to_owned(),
                bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
                created_ms: now_ms(),
            };
            app.store.insert_asset(asset).await?;
        }
    }
    Ok(())
}

/// Why the samples cannot be placed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SampleError {
    #[error("the samples cannot be written: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

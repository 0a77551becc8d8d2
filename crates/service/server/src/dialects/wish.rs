use std::sync::Arc;

use contract::{CharacterOrientation, OutputSize};

use crate::App;
use crate::http::{Fields, Refusal, media_source};
use crate::jobs::{Dialect, JobRequest};
use crate::keys::Tenant;

/// Characters of a prompt.
const PROMPT_CHARS: usize = 2500;

/// What every interface asks for, under the names that they share; checked for its form, its addresses not yet.
pub(crate) struct Wish {
    pub(crate) image_url: String,
    pub(crate) video_url: String,
    pub(crate) orientation: CharacterOrientation,
    pub(crate) keep_original_sound: bool,
    pub(crate) prompt: Option<String>,
    pub(crate) seed: u64,
}

impl Wish {
    /// Takes the shared fields.
    pub(crate) fn take(fields: &mut Fields) -> Result<Self, Refusal> {
        let image_url = fields.required_text("image_url")?;
        let video_url = fields.required_text("video_url")?;
        let orientation = fields.parsed("character_orientation")?.unwrap_or_default();
        let keep_original_sound = fields.flag("keep_original_sound")?.unwrap_or(true);
        let prompt = fields.text("prompt")?.filter(|prompt| !prompt.is_empty());
        let seed = fields.seed()?.unwrap_or(0);
        if prompt.as_ref().is_some_and(|prompt| prompt.chars().count() > PROMPT_CHARS) {
            return Err(Refusal::invalid("prompt", format!("at most {PROMPT_CHARS} characters")));
        }
        Ok(Self { image_url, video_url, orientation, keep_original_sound, prompt, seed })
    }

    /// The job's request, once both addresses have passed.
    pub(crate) async fn into_request(
        self,
        app: &Arc<App>,
        tenant: &Tenant,
        base: &str,
        dialect: Dialect,
        longest_video_secs: f64,
    ) -> Result<JobRequest, Refusal> {
        // Both addresses are checked before either is kept.
        for (name, url) in [("image_url", &self.image_url), ("video_url", &self.video_url)] {
            if !url.starts_with("data:") {
                media_source(app, tenant, base, name, url).await?;
            }
        }
        Ok(JobRequest {
            dialect,
            engine: None,
            image: media_source(app, tenant, base, "image_url", &self.image_url).await?,
            video: media_source(app, tenant, base, "video_url", &self.video_url).await?,
            orientation: self.orientation,
            keep_original_sound: self.keep_original_sound,
            prompt: self.prompt,
            seed: self.seed,
            shutter_deg: None,
            output_size: OutputSize::Class720,
            longest_video_secs,
            webhook_url: None,
            retry_of: None,
        })
    }
}

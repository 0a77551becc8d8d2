use ffmpeg_next as ffmpeg;
use ffmpeg_next::format::Sample;
use ffmpeg_next::format::sample::Type;
use ffmpeg_next::software::resampling;
use ffmpeg_next::{ChannelLayout, ffi, frame as av};

/// Floats, one plane a channel.
pub(super) const FORMAT: Sample = Sample::F32(Type::Planar);

/// Decoded sound of any kind to [`FORMAT`] at one rate and one or two channels.
pub(super) struct Resampler {
    context: Option<resampling::Context>,
    rate: u32,
    channels: usize,
}

impl Resampler {
    pub(super) const fn new(rate: u32, channels: usize) -> Self {
        Self { context: None, rate, channels }
    }

    /// Converts a frame; one vector a channel. A frame that cannot be converted gives no samples.
    pub(super) fn convert(&mut self, sound: &av::Audio) -> Vec<Vec<f32>> {
        let mut samples = vec![Vec::new(); self.channels];
        if sound.samples() == 0 || sound.channels() == 0 || self.prepare(sound).is_err() {
            return samples;
        }
        let Some(context) = &mut self.context else { return samples };
        let capacity = sound.samples() * self.rate as usize / sound.rate().max(1) as usize + 1024;
        samples.iter_mut().for_each(|channel| channel.resize(capacity, 0.0));
        let mut planes: Vec<*mut u8> =
            samples.iter_mut().map(|channel| channel.as_mut_ptr().cast()).collect();
        // SAFETY: the context was set up for this frame's format, rate and layout, so it reads `samples()` samples of each of its
        // planes; it writes at most `capacity` floats to each of `channels` planes, which have that length.
        let converted = unsafe {
            ffi::swr_convert(
                context.as_mut_ptr(),
                planes.as_mut_ptr(),
                capacity as i32,
                (*sound.as_ptr()).extended_data as *mut *const u8,
                sound.samples() as i32,
            )
        };
        let length = usize::try_from(converted).unwrap_or(0);
        samples.iter_mut().for_each(|channel| channel.truncate(length));
        samples
    }

    /// Sets the context up anew if the sound has changed its kind.
    fn prepare(&mut self, sound: &av::Audio) -> Result<(), ffmpeg::Error> {
        let layout = layout_of(sound);
        let input = resampling::context::Definition {
            format: sound.format(),
            channel_layout: layout,
            rate: sound.rate(),
        };
        if self.context.as_ref().is_some_and(|context| *context.input() == input) {
            return Ok(());
        }
        let output = ChannelLayout::default(self.channels as i32);
        self.context = None;
        self.context =
            Some(resampling::Context::get(input.format, layout, input.rate, FORMAT, output, self.rate)?);
        Ok(())
    }
}

/// The frame's layout, or the usual one of as many channels where it does not say.
fn layout_of(sound: &av::Audio) -> ChannelLayout {
    let layout = sound.channel_layout();
    if layout.channels() == i32::from(sound.channels()) {
        layout
    } else {
        ChannelLayout::default(i32::from(sound.channels()))
    }
}

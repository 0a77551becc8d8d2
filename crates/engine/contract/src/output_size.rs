use std::str::FromStr;

use frame::Size;
use serde::{Deserialize, Serialize};

/// Size of the output video.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum OutputSize {
    /// The image's aspect, short side at most 720 and long side at most 1280 pixels, never enlarged.
    #[default]
    Class720,
    /// The image's own size, long side at most [`OutputSize::MAX_SIDE_PX`].
    Source,
    /// This size; the picture is fitted as the engine sees fit.
    Exact(Size),
}

/// A text that is no [`OutputSize`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputSizeError {
    /// Neither a name nor two numbers.
    #[error("`{0}` is not a size: use 720p, source or WIDTHxHEIGHT, as in 720x1280")]
    Unreadable(String),
    /// A side that no encoder or viewer would like.
    #[error("a side of {0} pixels is not possible: use {min} to {max}", min = OutputSize::MIN_SIDE_PX, max = OutputSize::MAX_SIDE_PX)]
    Side(u32),
}

impl OutputSize {
    /// Least side of an output, in pixels.
    pub const MIN_SIDE_PX: u32 = 32;
    /// Greatest side of an output, in pixels: the widest that H.264 decoders in common hardware accept.
    pub const MAX_SIDE_PX: u32 = 4096;

    /// The output's size for an image of size `character` (upright). Both sides are even, as `yuv420p` needs: an odd
    /// side loses its last pixel.
    pub fn resolve(self, character: Size) -> Size {
        match self {
            Self::Class720 => even(within(character, 720, 1280)),
            Self::Source => even(within(character, Self::MAX_SIDE_PX, Self::MAX_SIDE_PX)),
            Self::Exact(size) => even(size),
        }
    }
}

/// The greatest size of the aspect of `size`, not above it, with these limits of its sides.
fn within(size: Size, short_px: u32, long_px: u32) -> Size {
    let factor = (f64::from(short_px) / f64::from(size.short_side().max(1)))
        .min(f64::from(long_px) / f64::from(size.long_side().max(1)));
    if factor >= 1.0 {
        return size;
    }
    let side = |px: u32| (f64::from(px) * factor).round() as u32;
    Size::new(side(size.width), side(size.height))
}

fn even(size: Size) -> Size {
    let side = |px: u32| (px & !1).max(2);
    Size::new(side(size.width), side(size.height))
}

impl std::fmt::Display for OutputSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Class720 => f.write_str("720p"),
            Self::Source => f.write_str("source"),
            Self::Exact(size) => size.fmt(f),
        }
    }
}

impl FromStr for OutputSize {
    type Err = OutputSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unreadable = || OutputSizeError::Unreadable(text.to_owned());
        let side = |text: &str| {
            let px: u32 = text.parse().map_err(|_| unreadable())?;
            if (Self::MIN_SIDE_PX..=Self::MAX_SIDE_PX).contains(&px) {
                Ok(px)
            } else {
                Err(OutputSizeError::Side(px))
            }
        };
        match text {
            "720p" => Ok(Self::Class720),
            "source" => Ok(Self::Source),
            _ => {
                let (width, height) = text.split_once(['x', 'X']).ok_or_else(unreadable)?;
                Ok(Self::Exact(Size::new(side(width)?, side(height)?)))
            }
        }
    }
}

impl TryFrom<String> for OutputSize {
    type Error = OutputSizeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<OutputSize> for String {
    fn from(size: OutputSize) -> Self {
        size.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_720p_class_keeps_the_aspect_and_never_enlarges() {
        let class = |w, h| OutputSize::Class720.resolve(Size::new(w, h));
        assert_eq!(class(1080, 1920), Size::new(720, 1280));
        assert_eq!(class(3000, 3000), Size::new(720, 720));
        assert_eq!(class(1000, 4000), Size::new(320, 1280));
        assert_eq!(class(301, 401), Size::new(300, 400));
    }

    #[test]
    fn sides_are_even_and_within_the_encoder() {
        assert_eq!(OutputSize::Source.resolve(Size::new(8192, 4097)), Size::new(4096, 2048));
        assert_eq!("721x1281".parse::<OutputSize>().unwrap().resolve(Size::new(9, 9)), Size::new(720, 1280));
    }

    #[test]
    fn what_is_no_size_is_refused_with_the_reason() {
        assert_eq!("720x0".parse::<OutputSize>(), Err(OutputSizeError::Side(0)));
        assert_eq!("99999x2".parse::<OutputSize>(), Err(OutputSizeError::Side(99999)));
        for text in ["", "x", "720", "-720x1280", "720x1280x3", "1080p", "7 20x640"] {
            assert!(matches!(text.parse::<OutputSize>(), Err(OutputSizeError::Unreadable(_))), "{text}");
        }
    }

    #[test]
    fn a_size_survives_its_text() {
        for size in [OutputSize::Class720, OutputSize::Source, OutputSize::Exact(Size::new(640, 360))] {
            assert_eq!(size.to_string().parse(), Ok(size));
        }
    }
}

//! The still becomes a character.

use std::num::NonZeroUsize;

use avatar::{Character, CharacterSource};
use contract::{EngineError, Progress, Rejection, RejectionCode, RunContext, Stage};
use frame::{Image, Matte, Plane, Size};
use media::{StillImage, resize, resize_plane};
use rayon::ThreadPoolBuilder;
use vision::{Networks, StillAnalyzer, find_matte};

use crate::rejection::{from_avatar, from_vision};
use crate::stopwatch::Stopwatch;

/// A still whose alpha leaves less than this share of the picture clear was not cut out.
const LEAST_CLEAR_SHARE: f32 = 0.05;

/// Steps of the stage, for progress: picture, matte, body, character.
const STEPS: u64 = 4;

/// Makes the character of `still` for pictures of `size`, on one thread: the driver is followed on the others meanwhile,
/// and sums of floats then come out the same however many threads there are.
pub(crate) fn rig(
    still: &StillImage,
    size: Size,
    networks: &Networks,
    context: &RunContext<'_>,
    watch: &Stopwatch,
) -> Result<Character, EngineError> {
    let alone = ThreadPoolBuilder::new().num_threads(1).build().map_err(EngineError::internal)?;
    alone.install(|| build(still, size, networks, context, watch))
}

fn build(
    still: &StillImage,
    size: Size,
    networks: &Networks,
    context: &RunContext<'_>,
    watch: &Stopwatch,
) -> Result<Character, EngineError> {
    let step = |done| {
        context.reporter.progress(Progress::new(Stage::Rig, done, STEPS));
        context.cancel.check()
    };
    watch.time(Stage::Rig, || {
        step(0)?;
        let image = picture(still, size);
        step(1)?;
        let matte = matte(still, &image, networks, NonZeroUsize::MIN)?;
        step(2)?;
        let mut analyzer = StillAnalyzer::new(networks).map_err(from_vision)?;
        let Some(seen) = analyzer.analyze(&image, Some(&matte)) else {
            return Err(nobody().into());
        };
        step(3)?;
        let character = Character::build(&CharacterSource {
            image: &image,
            matte: &matte,
            segmentation: &Matte(seen.segmentation),
            person: &seen.person,
        })
        .map_err(from_avatar)?;
        step(4)?;
        Ok(character)
    })
}

/// The still as a picture of `size`.
pub(crate) fn picture(still: &StillImage, size: Size) -> Image {
    filled(size, still.image.size(), |whole| resize(&still.image, whole))
}

/// The matte of `image`, the [`picture`] of `still`: its own alpha if it was cut out, else what the network finds.
pub(crate) fn matte(
    still: &StillImage,
    image: &Image,
    networks: &Networks,
    threads: NonZeroUsize,
) -> Result<Matte, EngineError> {
    match still.alpha.as_ref().filter(|alpha| is_cut_out(alpha)) {
        Some(alpha) => Ok(Matte(filled(image.size(), alpha.size(), |whole| resize_plane(alpha, whole)))),
        None => find_matte(networks, image, threads).map_err(from_vision),
    }
}

/// A picture of exactly `size` out of one of size `from`: scaled until it fills it, and cut evenly where it overhangs.
fn filled<P: Copy>(size: Size, from: Size, scaled_to: impl FnOnce(Size) -> Plane<P>) -> Plane<P> {
    let factor = (size.width as f32 / from.width as f32).max(size.height as f32 / from.height as f32);
    let whole = from.scaled(factor);
    let whole = Size::new(whole.width.max(size.width), whole.height.max(size.height));
    let plane = scaled_to(whole);
    let (over_x, over_y) = (whole.width - size.width, whole.height - size.height);
    if over_x == 0 && over_y == 0 {
        return plane;
    }
    plane.crop(over_x as usize / 2, over_y as usize / 2, size)
}

/// Whether a picture's alpha says what its subject is.
fn is_cut_out(alpha: &Plane<f32>) -> bool {
    let clear = alpha.pixels().iter().filter(|a| **a < 0.5).count();
    clear as f32 >= LEAST_CLEAR_SHARE * alpha.size().area() as f32
}

/// What is told of a still in which nobody was found.
pub(crate) fn nobody() -> Rejection {
    Rejection::new(
        RejectionCode::NoPersonInImage,
        "No person or character with a body was found in the image; send a clear picture of one figure, seen from the front, with head, arms and at least the upper body in view.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_fills_another_aspect_by_its_middle() {
        let from = Size::new(100, 50);
        let picture = filled(Size::new(20, 20), from, |whole| Plane::from_fn(whole, |x, y| (x, y)));
        assert_eq!(picture.size(), Size::new(20, 20));
        assert_eq!(picture.get(0, 0), (10, 0));
    }

    #[test]
    fn an_even_size_loses_only_the_last_pixel() {
        let from = Size::new(301, 401);
        let picture = filled(Size::new(300, 400), from, |whole| Plane::from_fn(whole, |x, y| (x, y)));
        assert_eq!(picture.size(), Size::new(300, 400));
    }
}

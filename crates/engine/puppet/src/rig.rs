//! The still becomes a character.

use std::num::NonZeroUsize;

use avatar::measure::JointBias;
use avatar::{Character, CharacterSource};
use contract::{EngineError, Progress, RunContext, Stage};
use frame::{Image, Matte, Person, Plane, Size};
use glam::{UVec2, Vec2};
use media::{StillImage, resize, resize_plane};
use rayon::{ThreadPool, ThreadPoolBuilder};
use vision::{Networks, StillAnalyzer, find_matte};

use crate::character_file::CharacterFile;
use crate::inputs::{Known, Models, Still};
use crate::rejection::{from_avatar, from_vision};
use crate::stopwatch::Stopwatch;
use crate::subject::{self, Guess};

/// A still whose alpha leaves less than this share of the picture clear was not cut out.
const LEAST_CLEAR_SHARE: f32 = 0.05;

/// Steps of the stage, for progress: picture, matte, body, character.
const STEPS: u64 = 4;

/// A character, and what it was made of.
pub(crate) struct Rigged {
    pub(crate) character: Character,
    /// Its skeleton, if only the outline told of one.
    pub(crate) guess: Option<Guess>,
    pub(crate) image: Image,
    person: Person,
    /// How far beside its joints it is seen to have them, once it is known.
    pub(crate) joint_bias: Option<JointBias>,
}

impl Rigged {
    /// The character as a file of its own.
    pub(crate) fn to_file(&self) -> CharacterFile {
        CharacterFile {
            image: self.image.clone(),
            matte: self.character.matte().clone(),
            person: self.person.clone(),
            joint_bias: self.joint_bias.clone(),
        }
    }
}

/// How much the threads that look at a still stand back, in steps of niceness. Following a driver, one frame after the other, is the longest
/// chain of a run; what is done to a still is shared by as many threads as there are once that is over.
#[cfg(target_os = "linux")]
const STANDS_BACK: i32 = 5;

/// Lets threads of usual priority go before this one. Elsewhere a priority is a whole process's.
#[cfg(target_os = "linux")]
fn give_way() {
    use rustix::process::{getpriority_process, setpriority_process};
    // One that may not be had is done without: it only saves time.
    let _ = getpriority_process(None).and_then(|usual| setpriority_process(None, usual + STANDS_BACK));
}

#[cfg(not(target_os = "linux"))]
fn give_way() {}

/// Makes the character of `still` for pictures of `size` on so many threads; what comes out does not depend on them.
pub(crate) fn rig(
    still: &Still,
    size: Size,
    models: &Models,
    threads: NonZeroUsize,
    context: &RunContext<'_>,
    watch: &Stopwatch,
) -> Result<Rigged, EngineError> {
    pool(threads)?.install(|| watch.time(Stage::Rig, || build(still, size, models, context)))
}

/// Threads that share what is done to a still.
pub(crate) fn pool(threads: NonZeroUsize) -> Result<ThreadPool, EngineError> {
    ThreadPoolBuilder::new()
        .num_threads(threads.get())
        .start_handler(|_| give_way())
        .build()
        .map_err(EngineError::internal)
}

fn build(
    still: &Still,
    size: Size,
    models: &Models,
    context: &RunContext<'_>,
) -> Result<Rigged, EngineError> {
    let step = |done| {
        context.reporter.progress(Progress::new(Stage::Rig, done, STEPS));
        context.cancel.check()
    };
    step(0)?;
    let image = picture(&still.picture, size);
    step(1)?;
    let joint_bias = still.known.as_ref().and_then(|known| known.joint_bias.clone());
    let (matte, segmentation, person, guess) = match &still.known {
        Some(known) => {
            let Known { matte, person, .. } = known.fitted(size);
            (matte, None, person, None)
        }
        None => {
            let networks = models.open()?;
            let (matte, analyzer) = rayon::join(
                || matte(&still.picture, &image, &networks),
                || StillAnalyzer::new(&networks).map_err(from_vision),
            );
            let (matte, mut analyzer) = (matte?, analyzer?);
            step(2)?;
            let subject = subject::find(analyzer.analyze(&image, Some(&matte)), &matte)?;
            (matte, Some(subject.segmentation), subject.person, subject.guess)
        }
    };
    step(3)?;
    let source = CharacterSource {
        image: &image,
        matte: &matte,
        segmentation: segmentation.as_ref(),
        person: &person,
    };
    let character = Character::build(&source).map_err(from_avatar)?;
    step(4)?;
    Ok(Rigged { character, guess, image, person, joint_bias })
}

impl Known {
    /// The same in the [`picture`] of `size`.
    pub(crate) fn fitted(&self, size: Size) -> Self {
        let (from, matte) = (self.matte.0.size(), &self.matte.0);
        let (whole, corner) = filling(size, from);
        Self {
            matte: Matte(filled(size, from, |whole| resize_plane(matte, whole))),
            person: self
                .person
                .clone()
                .scaled(whole.width as f32 / from.width as f32)
                .seen_from(corner.as_vec2()),
            joint_bias: self.joint_bias.clone(),
        }
    }
}

/// The still as a picture of `size`.
pub(crate) fn picture(still: &StillImage, size: Size) -> Image {
    filled(size, still.image.size(), |whole| resize(&still.image, whole))
}

/// The matte of `image`, the [`picture`] of `still`: its own alpha if it was cut out, else what the network finds.
pub(crate) fn matte(still: &StillImage, image: &Image, networks: &Networks) -> Result<Matte, EngineError> {
    match still.alpha.as_ref().filter(|alpha| is_cut_out(alpha)) {
        Some(alpha) => Ok(Matte(filled(image.size(), alpha.size(), |whole| resize_plane(alpha, whole)))),
        None => find_matte(networks, image).map_err(from_vision),
    }
}

/// A picture of exactly `size` out of one of size `from`: scaled until it fills it, and cut evenly where it overhangs.
fn filled<P: Copy>(size: Size, from: Size, scaled_to: impl FnOnce(Size) -> Plane<P>) -> Plane<P> {
    let (whole, corner) = filling(size, from);
    let plane = scaled_to(whole);
    if whole == size { plane } else { plane.crop(corner.x as usize, corner.y as usize, size) }
}

/// The size that a picture of size `from` takes when it fills `size`, and the corner of what is not cut off.
fn filling(size: Size, from: Size) -> (Size, UVec2) {
    let factor = (size.width as f32 / from.width as f32).max(size.height as f32 / from.height as f32);
    let whole = from.scaled(factor);
    let whole = Size::new(whole.width.max(size.width), whole.height.max(size.height));
    (whole, UVec2::new(whole.width - size.width, whole.height - size.height) / 2)
}

/// Takes points of the [`picture`] of `size` back into the still of size `from`.
pub(crate) fn still_from_picture(from: Size, size: Size) -> impl Fn(Vec2) -> Vec2 {
    let (whole, corner) = filling(size, from);
    let factor = whole.width as f32 / from.width as f32;
    move |point| (point + corner.as_vec2()) / factor
}

/// Whether a picture's alpha says what its subject is.
fn is_cut_out(alpha: &Plane<f32>) -> bool {
    let clear = alpha.pixels().iter().filter(|a| **a < 0.5).count();
    clear as f32 >= LEAST_CLEAR_SHARE * alpha.size().area() as f32
}

#[cfg(test)]
mod tests {
    use frame::{BodyLandmark, BodyLandmarks, body};
    use glam::Vec3;

    use super::*;

    #[test]
    fn a_picture_fills_another_aspect_by_its_middle() {
        let from = Size::new(100, 50);
        let picture = filled(Size::new(20, 20), from, |whole| Plane::from_fn(whole, |x, y| (x, y)));
        assert_eq!(picture.size(), Size::new(20, 20));
        assert_eq!(picture.get(0, 0), (10, 0));
    }

    #[test]
    fn points_go_back_into_the_still() {
        let to_still = still_from_picture(Size::new(100, 50), Size::new(20, 20));
        assert_eq!(to_still(Vec2::new(0.0, 20.0)), Vec2::new(25.0, 50.0));
    }

    #[test]
    fn an_even_size_loses_only_the_last_pixel() {
        let from = Size::new(301, 401);
        let picture = filled(Size::new(300, 400), from, |whole| Plane::from_fn(whole, |x, y| (x, y)));
        assert_eq!(picture.size(), Size::new(300, 400));
    }

    #[test]
    fn what_is_known_of_a_still_goes_along_with_its_picture() {
        let from = Size::new(100, 50);
        let landmark = |_| BodyLandmark { image: Vec3::new(50.0, 25.0, 5.0), ..Default::default() };
        let body = BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap();
        let known = Known {
            matte: Matte(Plane::from_fn(from, |x, _| if x < 50 { 1.0 } else { 0.0 })),
            person: Person { body, left_hand: None, right_hand: None, face: None },
            joint_bias: None,
        };
        let fitted = known.fitted(Size::new(20, 20));
        assert_eq!(fitted.person.body[0].image, Vec3::new(10.0, 10.0, 2.0));
        assert_eq!((fitted.matte.0.get(5, 10), fitted.matte.0.get(15, 10)), (1.0, 0.0));
        assert_eq!(known.fitted(from).matte, known.matte);
    }
}

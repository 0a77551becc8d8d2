//! A character made of an image alone, or a motion of a video alone, as a file that takes its place from then on.

use avatar::matte::upright_person;
use avatar::motion::MotionClip;
use contract::{EngineError, MotionSketch, RejectionCode, RunContext, TransferRequest};
use frame::{Image, Plane, Srgb8};

use crate::analyse::Before;
use crate::character_file::CharacterFile;
use crate::export::put;
use crate::inputs::{Driver, Models, Still};
use crate::stopwatch::Stopwatch;
use crate::{analyse, rig};

/// Figures a second of a sketch, at most.
const SKETCH_RATE: f64 = 10.0;

/// Figures of a sketch at most; a longer motion is told by its beginning.
const SKETCH_FIGURES: usize = 150;

/// Makes the character of `request.character`; of one in which nobody is found, one who stands upright where the matte is, for a person to
/// put right.
pub(crate) fn character(
    request: &TransferRequest,
    models: &Models,
    context: &RunContext<'_>,
) -> Result<(), EngineError> {
    let still = Still::read(&request.character, &request.limits)?;
    let size = request.output_size.resolve(still.picture.image.size());
    let file = match rig::rig(&still, size, models, context.threads, context, &Stopwatch::default()) {
        Ok(rigged) => rigged.to_file(),
        Err(EngineError::Rejected(nobody)) if nobody.code == RejectionCode::NoPersonInImage => {
            let image = rig::picture(&still.picture, size);
            let matte = rig::pool(context.threads)?
                .install(|| rig::matte(&still.picture, &image, &models.open()?))?;
            let person = upright_person(&matte).ok_or(nobody)?;
            CharacterFile { image, matte, person, joint_bias: None }
        }
        Err(error) => return Err(error),
    };
    context.cancel.check()?;
    context.reporter.frame(0, &cut_out(&file));
    let bytes = file.to_bytes().map_err(EngineError::internal)?;
    put(&request.output, |out| out.write_all(&bytes))
}

/// The character before white.
fn cut_out(file: &CharacterFile) -> Image {
    let over = |colour: u8, share: f32| (f32::from(colour) * share + 255.0 * (1.0 - share)).round() as u8;
    let pixel = |colour: &Srgb8, share: &f32| {
        Srgb8::new(over(colour.r, *share), over(colour.g, *share), over(colour.b, *share))
    };
    Plane::zip_map(&file.image, &file.matte.0, pixel)
}

/// Makes the motion of `request.driving`.
pub(crate) fn motion(
    request: &TransferRequest,
    models: &Models,
    context: &RunContext<'_>,
) -> Result<MotionSketch, EngineError> {
    let driver = Driver::read(&request.driving, &request.limits)?;
    let driving = match analyse::recall(&request.driving, &driver, context)? {
        Before::Known(driving) => driving,
        Before::Unknown(info) => analyse::follow(&request.driving, info, &request.limits, models, context)?,
    };
    put(&request.output, |out| Ok(serde_json::to_writer(out, &driving.clip)?))?;
    Ok(sketch(&driving.clip))
}

/// Some of a motion's figures.
fn sketch(clip: &MotionClip) -> MotionSketch {
    let rate = clip.frame_rate.as_f64();
    let step = (rate / SKETCH_RATE).ceil().max(1.0) as usize;
    let figure = |person: &Option<frame::Person>| {
        let body = &person.as_ref()?.body;
        Some(
            body.points()
                .iter()
                .map(|point| [point.image.x, point.image.y].map(|px| px.round() as i32))
                .collect(),
        )
    };
    MotionSketch {
        width: clip.size.width,
        height: clip.size.height,
        duration_secs: clip.people.len() as f64 / rate,
        rate: rate / step as f64,
        figures: clip.people.iter().step_by(step).take(SKETCH_FIGURES).map(figure).collect(),
    }
}

#[cfg(test)]
mod tests {
    use frame::{BodyLandmark, BodyLandmarks, FrameRate, Person, Size, body};
    use glam::Vec3;

    use super::*;

    #[test]
    fn a_sketch_is_thinner_than_its_motion_and_as_long() {
        let landmark = BodyLandmark { image: Vec3::new(3.6, 7.2, 0.0), ..Default::default() };
        let body = BodyLandmarks::new(vec![landmark; body::COUNT]).unwrap();
        let person = Person { body, left_hand: None, right_hand: None, face: None };
        let people = (0..90).map(|i| (i % 2 == 0).then(|| person.clone())).collect();
        let clip = MotionClip {
            size: Size::new(540, 960),
            frame_rate: FrameRate::new(30, 1).unwrap(),
            people,
            views: Vec::new(),
            shutter_deg: None,
        };
        let found = sketch(&clip);
        assert_eq!((found.rate, found.duration_secs, found.figures.len()), (10.0, 3.0, 30));
        assert_eq!(found.figures[0].as_ref().unwrap()[0], [4, 7]);
        assert_eq!(found.figures[1], None);
    }
}

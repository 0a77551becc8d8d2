use frame::{BodyLandmarks, Image, Matte, Person, Plane, Size, Srgb8};
use glam::Vec2;

use crate::detect::{Detector, DetectorSpec};
use crate::error::Result;
use crate::face::FaceFinder;
use crate::hand::{HandFinder, Hands};
use crate::networks::Networks;
use crate::pose::{PoseLandmarker, PoseModel, PoseReading, Segmentation, most_prominent, roi_of};
use crate::pyramid::Pyramid;
use crate::roi::Roi;

/// A person found with this confidence at the first look needs no other.
const SURE: f32 = 0.75;
/// Below this confidence there is no person.
const MIN_CONFIDENCE: f32 = 0.5;
/// How many people of a picture are looked at.
const MAX_CANDIDATES: usize = 2;
/// What a hidden background is replaced by.
const GREY: f32 = 180.0;

/// Which look at a still found its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The whole picture, strictly.
    Whole,
    /// The whole picture, with every doubtful candidate.
    WholeDoubtful,
    /// A square about what the matte holds for the subject.
    Subject,
    /// The same square with the background hidden.
    SubjectOnGrey,
}

/// The person of a still.
#[derive(Clone, Debug)]
pub struct StillPerson {
    /// Body, hands and face, in the picture's pixels.
    pub person: Person,
    /// Which pixels are the person, by the network that found the body: 0 … 1, as large as the picture, coarse at the
    /// edges. It holds limbs that a matte may drop.
    pub segmentation: Plane<f32>,
    /// The mean visibility of the body's landmarks within the picture, ½ … 1.
    pub confidence: f32,
    /// The look that found the body.
    pub look: Look,
}

/// Finds the person in a still, drawn ones too, sparing no time: some tenths of a second.
#[derive(Clone)]
pub struct StillAnalyzer {
    detector: Detector,
    landmarker: PoseLandmarker,
    hands: HandFinder,
    face: FaceFinder,
}

/// A body as one look found it.
struct Found {
    reading: PoseReading,
    segmentation: Segmentation,
    confidence: f32,
    look: Look,
}

impl StillAnalyzer {
    /// An analyser with its networks loaded.
    pub fn new(networks: &Networks) -> Result<Self> {
        Ok(Self {
            detector: Detector::load(networks, &DetectorSpec::POSE)?,
            landmarker: PoseLandmarker::load(networks, PoseModel::Heavy, true)?,
            hands: HandFinder::load(networks)?,
            face: FaceFinder::load(networks)?,
        })
    }

    /// The most prominent person of a picture, or `None` where there is none. The matte, if there is one, must be as large
    /// as the picture; it helps with people the detector alone overlooks.
    pub fn analyze(&mut self, image: &Image, matte: Option<&Matte>) -> Option<StillPerson> {
        let found = self.find_body(image, matte)?;
        let pyramid = &mut Pyramid::new(image);
        let body = found.reading.body;
        let Hands { left, right } = self.hands.find_still(pyramid, &body);
        let face = self.face.find_still(pyramid, &body);
        Some(StillPerson {
            person: Person { body, left_hand: left, right_hand: right, face },
            segmentation: found.segmentation.in_picture(image.size()),
            confidence: found.confidence,
            look: found.look,
        })
    }

    fn find_body(&mut self, image: &Image, matte: Option<&Matte>) -> Option<Found> {
        let whole = Roi::whole(image.size());
        let pyramid = &mut Pyramid::new(image);
        let mut best = self.look(pyramid, whole, Look::Whole);
        if best.as_ref().is_some_and(|found| found.confidence >= SURE) {
            return best;
        }
        best = surer(best, self.look(pyramid, whole, Look::WholeDoubtful));
        if let Some((matte, subject)) = matte.and_then(|matte| Some((matte, subject_square(matte)?))) {
            best = surer(best, self.look(pyramid, subject, Look::Subject));
            let on_grey = hide_background(image, matte);
            best = surer(best, self.look(&mut Pyramid::new(&on_grey), subject, Look::SubjectOnGrey));
        }
        best.filter(|found| found.confidence >= MIN_CONFIDENCE)
    }

    /// The surest body in a region.
    fn look(&mut self, pyramid: &mut Pyramid<'_>, region: Roi, look: Look) -> Option<Found> {
        let min_score = if look == Look::Whole { 0.5 } else { 0.1 };
        let people = self.detector.detect(pyramid, region, min_score);
        let mut best = None;
        for person in most_prominent(people).into_iter().take(MAX_CANDIDATES) {
            let first = self.read(pyramid, roi_of(&person), min_score, look);
            // The landmarks tell better than the detector where to look.
            let second =
                first.as_ref().and_then(|found| self.read(pyramid, found.reading.next_roi, min_score, look));
            best = surer(best, surer(first, second));
            if look == Look::Whole && best.is_some() {
                break;
            }
        }
        best
    }

    fn read(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi, min_presence: f32, look: Look) -> Option<Found> {
        if !roi.is_usable(pyramid.size()) {
            return None;
        }
        let reading = self.landmarker.read(pyramid, roi);
        let confidence = confidence(&reading.body, pyramid.size());
        let segmentation = self.landmarker.segmentation(roi);
        (reading.presence >= min_presence).then_some(Found { reading, segmentation, confidence, look })
    }
}

fn surer(a: Option<Found>, b: Option<Found>) -> Option<Found> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.confidence > a.confidence { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// The mean visibility of the landmarks within the picture: a portrait does not show its legs.
fn confidence(body: &BodyLandmarks, size: Size) -> f32 {
    const MIN_INSIDE: usize = 9;
    let inside: Vec<f32> = body
        .points()
        .iter()
        .filter(|point| size.contains(point.xy()))
        .map(|point| point.visibility)
        .collect();
    inside.iter().sum::<f32>() / inside.len().max(MIN_INSIDE) as f32
}

/// The square 1.3 times as large as the subject's bounds; `None` for an empty matte.
fn subject_square(matte: &Matte) -> Option<Roi> {
    let plane = &matte.0;
    let mut corners: Option<(Vec2, Vec2)> = None;
    for y in 0..plane.height() {
        let solid = |&alpha: &f32| alpha > 0.5;
        let (Some(left), Some(right)) =
            (plane.row(y).iter().position(solid), plane.row(y).iter().rposition(solid))
        else {
            continue;
        };
        let row = (Vec2::new(left as f32, y as f32), Vec2::new(right as f32 + 1.0, y as f32 + 1.0));
        corners = Some(corners.map_or(row, |(low, high)| (low.min(row.0), high.max(row.1))));
    }
    corners.map(|(low, high)| Roi::around([low, high], 0.0).square(Vec2::ZERO, 1.3))
}

fn hide_background(image: &Image, matte: &Matte) -> Image {
    image.zip_map(&matte.0, |pixel, &alpha| {
        let mix = |channel: u8| (GREY + (f32::from(channel) - GREY) * alpha).round() as u8;
        Srgb8::new(mix(pixel.r), mix(pixel.g), mix(pixel.b))
    })
}

#[cfg(test)]
mod tests {
    use frame::{BodyLandmark, body};

    use super::*;

    fn body_at(position: impl Fn(usize) -> Vec2, visibility: impl Fn(usize) -> f32) -> BodyLandmarks {
        let point = |index| BodyLandmark {
            image: position(index).extend(0.0),
            visibility: visibility(index),
            ..Default::default()
        };
        BodyLandmarks::new((0..body::COUNT).map(point).collect()).unwrap()
    }

    #[test]
    fn a_portrait_is_judged_by_what_it_shows() {
        let size = Size::new(100, 100);
        let portrait = body_at(
            |index| Vec2::new(50.0, if index <= body::RIGHT_SHOULDER { 50.0 } else { 150.0 }),
            |index| if index <= body::RIGHT_SHOULDER { 0.9 } else { 0.0 },
        );
        assert!((confidence(&portrait, size) - 0.9).abs() < 1e-5);
        let three = body_at(|index| Vec2::splat(if index < 3 { 50.0 } else { -1.0 }), |_| 1.0);
        assert!(confidence(&three, size) < 0.4, "three points make no person");
    }

    #[test]
    fn the_subjects_square_is_about_its_middle() {
        let matte = Matte(Plane::from_fn(Size::new(40, 30), |x, y| {
            if (10..20).contains(&x) && (5..25).contains(&y) { 1.0 } else { 0.2 }
        }));
        let square = subject_square(&matte).unwrap();
        assert_eq!(square.center, Vec2::new(15.0, 15.0));
        assert!((square.side_px - 26.0).abs() < 1e-4);
        assert!(subject_square(&Matte(Plane::filled(Size::new(4, 4), 0.0))).is_none());
    }

    #[test]
    fn a_hidden_background_is_grey() {
        let image = Image::filled(Size::new(2, 1), Srgb8::new(0, 100, 255));
        let matte = Matte(Plane::new(image.size(), vec![0.0, 1.0]).unwrap());
        assert_eq!(
            hide_background(&image, &matte).pixels(),
            [Srgb8::new(180, 180, 180), Srgb8::new(0, 100, 255)]
        );
    }
}

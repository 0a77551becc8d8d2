use frame::{BodyLandmarks, Image, Matte, Person, Plane, Size, Srgb8, body};
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
/// The least likelihood that there is a person in a region at all.
const MIN_PRESENCE: f32 = 0.5;
/// Where less of the subject is the person than this, intersection over union, the body was made up: landmarks may be
/// sure of themselves on a drawing they misread, but then they leave out most of it.
const MIN_AGREEMENT: f32 = 0.4;
/// Two readings of one body differ by less than this anywhere, in lengths of its spine.
const SAME_BODY: f32 = 0.15;
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
    /// The same square taken for a body that stands upright in it, whatever the detector says: figures that are hardly
    /// human are found so.
    SubjectUpright,
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

impl StillPerson {
    /// Whether the first look, at the whole picture, was sure of the body: then a matte would hardly have changed the answer.
    pub fn is_sure(&self) -> bool {
        self.look == Look::Whole && self.confidence >= SURE
    }
}

/// Finds the person in a still, drawn ones too, sparing no time: some tenths of a second.
#[derive(Clone)]
pub struct StillAnalyzer {
    detector: Detector,
    landmarker: PoseLandmarker,
    /// The same network where nobody asks which pixels are the person, which takes nearly as long again.
    steadier: PoseLandmarker,
    hands: HandFinder,
    face: FaceFinder,
}

/// A body as one look found it.
struct Found {
    reading: PoseReading,
    segmentation: Segmentation,
    confidence: f32,
    /// How much of the subject, by the matte, is the person and the other way round, 0 … 1; 1 without a matte.
    agreement: f32,
    look: Look,
}

impl StillAnalyzer {
    /// An analyser with its networks loaded. The threads of the rayon pool that it is used in share the large ones; what it
    /// finds does not depend on them.
    pub fn new(networks: &Networks) -> Result<Self> {
        Ok(Self {
            detector: Detector::load(networks, &DetectorSpec::POSE)?,
            landmarker: PoseLandmarker::load(networks, PoseModel::Heavy, true)?.shared(),
            steadier: PoseLandmarker::load(networks, PoseModel::Heavy, false)?.shared(),
            hands: HandFinder::load(networks)?,
            face: FaceFinder::load(networks)?,
        })
    }

    /// The most prominent person of a picture, or `None` where there is none. The matte, if there is one, must be as large
    /// as the picture; it helps with people the detector alone overlooks.
    pub fn analyze(&mut self, image: &Image, matte: Option<&Matte>) -> Option<StillPerson> {
        let found = self.find_body(image, matte)?;
        let pyramid = &mut Pyramid::new(image);
        let body = self.steady(pyramid, found.reading);
        let Hands { left, right } = self.hands.find_still(pyramid, &body);
        let face = self.face.find_still(pyramid, &body);
        Some(StillPerson {
            person: Person { body, left_hand: left, right_hand: right, face },
            segmentation: found.segmentation.in_picture(image.size()),
            confidence: found.confidence,
            look: found.look,
        })
    }

    /// The body as the mean of readings in slightly different regions, where they come to the same: a single one trembles,
    /// as those of a video do, which are smoothed.
    fn steady(&mut self, pyramid: &mut Pyramid<'_>, found: PoseReading) -> BodyLandmarks {
        const SHIFTS: [Vec2; 5] = [
            Vec2::ZERO,
            Vec2::new(0.02, 0.0),
            Vec2::new(-0.02, 0.0),
            Vec2::new(0.0, 0.02),
            Vec2::new(0.0, -0.02),
        ];
        let roi = found.next_roi;
        if !roi.is_usable(pyramid.size()) {
            return found.body;
        }
        let readings = SHIFTS.map(|shift| self.steadier.read(pyramid, roi.shifted(shift)));
        let same = |again: &PoseReading| {
            again.presence >= MIN_PRESENCE && farthest_apart(&again.body, &found.body) <= SAME_BODY
        };
        if readings.iter().all(same) { mean(&readings.map(|reading| reading.body)) } else { found.body }
    }

    fn find_body(&mut self, image: &Image, matte: Option<&Matte>) -> Option<Found> {
        let whole = Roi::whole(image.size());
        let pyramid = &mut Pyramid::new(image);
        let first = self.look(pyramid, whole, Look::Whole, matte);
        if first.as_ref().is_some_and(|found| found.confidence >= SURE && believable(found)) {
            return first;
        }
        let mut found = vec![first, self.look(pyramid, whole, Look::WholeDoubtful, matte)];
        if let Some((matte, subject)) = matte.and_then(|matte| Some((matte, subject_square(matte)?))) {
            found.push(self.look(pyramid, subject, Look::Subject, Some(matte)));
            let on_grey = hide_background(image, matte);
            let on_grey = &mut Pyramid::new(&on_grey);
            found.push(self.look(on_grey, subject, Look::SubjectOnGrey, Some(matte)));
            found.push(self.read_twice(on_grey, subject, Look::SubjectUpright, Some(matte)));
        }
        best(found.into_iter().flatten().filter(believable))
    }

    /// The best body in a region.
    fn look(
        &mut self,
        pyramid: &mut Pyramid<'_>,
        region: Roi,
        look: Look,
        matte: Option<&Matte>,
    ) -> Option<Found> {
        let min_score = if look == Look::Whole { 0.5 } else { 0.1 };
        let people = most_prominent(self.detector.detect(pyramid, region, min_score));
        let mut found =
            people.iter().filter_map(|person| self.read_twice(pyramid, roi_of(person), look, matte));
        if look == Look::Whole { found.next() } else { best(found.take(MAX_CANDIDATES)) }
    }

    /// The body in a region, and again in the region its landmarks tell, which know better where to look.
    fn read_twice(
        &mut self,
        pyramid: &mut Pyramid<'_>,
        roi: Roi,
        look: Look,
        matte: Option<&Matte>,
    ) -> Option<Found> {
        let first = self.read(pyramid, roi, look, matte)?;
        let second = self.read(pyramid, first.reading.next_roi, look, matte);
        best([Some(first), second].into_iter().flatten())
    }

    fn read(
        &mut self,
        pyramid: &mut Pyramid<'_>,
        roi: Roi,
        look: Look,
        matte: Option<&Matte>,
    ) -> Option<Found> {
        if !roi.is_usable(pyramid.size()) {
            return None;
        }
        let reading = self.landmarker.read(pyramid, roi);
        if reading.presence < MIN_PRESENCE {
            return None;
        }
        let segmentation = self.landmarker.segmentation(roi);
        let agreement = matte.map_or(1.0, |matte| agreement(&segmentation, matte));
        Some(Found {
            confidence: confidence(&reading.body, pyramid.size()),
            reading,
            segmentation,
            agreement,
            look,
        })
    }
}

/// The mean of several readings of one body.
fn mean(readings: &[BodyLandmarks]) -> BodyLandmarks {
    let share = 1.0 / readings.len() as f32;
    let mut mean = readings[0].clone();
    for (i, point) in mean.points_mut().iter_mut().enumerate() {
        point.image = readings.iter().map(|body| body[i].image * share).sum();
        point.world = readings.iter().map(|body| body[i].world * share).sum();
        point.visibility = readings.iter().map(|body| body[i].visibility * share).sum();
        point.presence = readings.iter().map(|body| body[i].presence * share).sum();
    }
    mean
}

/// The greatest distance between two readings of a body that is seen in both, in lengths of its spine.
fn farthest_apart(a: &BodyLandmarks, b: &BodyLandmarks) -> f32 {
    const COMPARED: [usize; 13] = [
        body::NOSE,
        body::LEFT_SHOULDER,
        body::RIGHT_SHOULDER,
        body::LEFT_ELBOW,
        body::RIGHT_ELBOW,
        body::LEFT_WRIST,
        body::RIGHT_WRIST,
        body::LEFT_HIP,
        body::RIGHT_HIP,
        body::LEFT_KNEE,
        body::RIGHT_KNEE,
        body::LEFT_ANKLE,
        body::RIGHT_ANKLE,
    ];
    let spine = (b[body::LEFT_SHOULDER].xy() + b[body::RIGHT_SHOULDER].xy()
        - b[body::LEFT_HIP].xy()
        - b[body::RIGHT_HIP].xy())
    .length()
        / 2.0;
    let seen = COMPARED.into_iter().filter(|&i| b[i].visibility >= 0.5);
    seen.map(|i| a[i].xy().distance(b[i].xy())).fold(0.0, f32::max) / spine.max(1.0)
}

fn believable(found: &Found) -> bool {
    found.confidence >= MIN_CONFIDENCE && found.agreement >= MIN_AGREEMENT
}

/// The body that is both most visible and most of the subject; of equals the first.
fn best(found: impl IntoIterator<Item = Found>) -> Option<Found> {
    let score = |found: &Found| found.confidence * found.agreement;
    found.into_iter().reduce(|best, next| if score(&next) > score(&best) { next } else { best })
}

/// Intersection over union of person and subject, told from a few thousand pixels.
fn agreement(segmentation: &Segmentation, matte: &Matte) -> f32 {
    let plane = &matte.0;
    let step = (plane.size().long_side() as usize / 128).max(1);
    let (mut shared, mut either) = (0.0, 0.0);
    for y in (step / 2..plane.height()).step_by(step) {
        for x in (step / 2..plane.width()).step_by(step) {
            let person = segmentation.at(Vec2::new(x as f32, y as f32) + 0.5);
            let subject = plane.get(x, y);
            shared += person.min(subject);
            either += person.max(subject);
        }
    }
    if either > 0.0 { shared / either } else { 0.0 }
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

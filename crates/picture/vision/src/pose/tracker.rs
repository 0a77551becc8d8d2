use frame::{BodyLandmarks, Image};

use super::clothing::Clothing;
use super::landmarker::ROI_SCALE;
use super::reader::{TURNED, shoulder_span};
use super::{BodyReader, PoseReading};
use crate::detect::{Detection, Detector, DetectorSpec};
use crate::error::Result;
use crate::networks::Networks;
use crate::pyramid::Pyramid;
use crate::roi::{Roi, angle_between_rad};

/// How many of the people found are looked at, the most prominent first, before none counts as found.
const MAX_CANDIDATES: usize = 3;

/// Every so many pictures it is looked who else is there.
const LOOKED_ROUND_EVERY: u32 = 24;

/// Pictures for which the one who was followed is waited for while only others are there.
const PATIENCE: u32 = 60;

/// How sure a tracker has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackerOptions {
    /// The least score of a person found anew, 0 … 1.
    pub min_detection_score: f32,
    /// The least likelihood that a person is still there, 0 … 1; below it, people are looked for anew.
    pub min_presence: f32,
}

impl Default for TrackerOptions {
    fn default() -> Self {
        Self { min_detection_score: 0.5, min_presence: 0.5 }
    }
}

/// A body in one picture of a video.
#[derive(Clone, Debug)]
pub struct PoseSeen {
    /// Its landmarks.
    pub body: BodyLandmarks,
    /// The likelihood that a person is there, 0 … 1.
    pub presence: f32,
    /// Whether the person was found anew, so that nothing known from the pictures before holds.
    pub found_anew: bool,
    /// How many others were there when it was last looked, which is done now and then.
    pub others: usize,
    /// Whether this picture was not looked at: the body is put on the line between those of the pictures before and after.
    pub is_between: bool,
}

/// Follows one body through a video: the most prominent person at first, and that one throughout. Who was lost is known again
/// by his clothes and his place; others are not taken for him unless he stays away.
#[derive(Clone)]
pub struct PoseTracker {
    detector: Detector,
    reader: BodyReader,
    options: TrackerOptions,
    roi: Option<Roi>,
    /// Where the one who is followed was last.
    last: Option<Roi>,
    clothing: Option<Clothing>,
    lost_for: u32,
    looked_round: u32,
    others: usize,
}

impl PoseTracker {
    /// A tracker that has seen nothing yet.
    pub fn new(networks: &Networks, options: TrackerOptions) -> Result<Self> {
        Ok(Self {
            detector: Detector::load(networks, &DetectorSpec::POSE)?,
            reader: BodyReader::load(networks)?,
            options,
            roi: None,
            last: None,
            clothing: None,
            lost_for: 0,
            looked_round: 0,
            others: 0,
        })
    }

    /// The sure one of the two networks is asked every `looks` looks.
    pub(super) fn ask_every(&mut self, looks: u32) {
        self.reader.ask_every(looks);
    }

    /// The body in the next picture of the video, if there is one. A long side of about 960 pixels is enough.
    pub fn track(&mut self, image: &Image) -> Option<PoseSeen> {
        let pyramid = &mut Pyramid::new(image);
        let before = self.roi.take();
        let followed = before.and_then(|roi| Some((roi, self.read(pyramid, roi)?)));
        let (found_anew, next_roi, reading) = match followed {
            // Somebody else may have come before the one who is followed.
            Some((roi, reading)) => match self.doubt(image, &reading) > 1.0 {
                true => match self.find(pyramid, image, 1.0) {
                    Some(other) => (true, other.next_roi, other),
                    None => (false, steadied(roi, reading.next_roi), reading),
                },
                false => (false, steadied(roi, reading.next_roi), reading),
            },
            None => {
                let bound = if self.lost_for < PATIENCE { 1.0 } else { f32::INFINITY };
                self.lost_for += 1;
                let found = self.find(pyramid, image, bound)?;
                (true, found.next_roi, found)
            }
        };
        self.look_round(pyramid, &reading);
        self.learn(image, &reading);
        (self.roi, self.last, self.lost_for) = (Some(next_roi), Some(next_roi), 0);
        Some(self.seen(reading, found_anew))
    }

    /// The body in a picture near the one tracked last, if it is there: what comes next is sought as though nobody had looked.
    pub(super) fn look_again(&mut self, image: &Image) -> Option<PoseSeen> {
        let roi = self.last?;
        let reading = self.read(&mut Pyramid::new(image), roi)?;
        Some(self.seen(reading, false))
    }

    fn seen(&self, PoseReading { body, presence, .. }: PoseReading, found_anew: bool) -> PoseSeen {
        PoseSeen { body, presence, found_anew, others: self.others, is_between: false }
    }

    /// The next picture shows another scene: who is followed there is chosen anew.
    pub fn forget(&mut self) {
        (self.roi, self.last, self.clothing, self.lost_for) = (None, None, None, 0);
    }

    /// Of the people in the picture the one who was followed, or, where nobody was, the most prominent: the one least unlike,
    /// by less than `bound`.
    fn find(&mut self, pyramid: &mut Pyramid<'_>, image: &Image, bound: f32) -> Option<PoseReading> {
        let whole = Roi::whole(pyramid.size());
        let people = self.detector.detect(pyramid, whole, self.options.min_detection_score);
        let mut best: Option<(f32, PoseReading)> = None;
        for roi in most_prominent(people).iter().take(MAX_CANDIDATES).map(roi_of) {
            self.reader.forget();
            let Some(reading) = self.read(pyramid, roi) else { continue };
            let Some(last) = self.last else { return Some(reading) };
            let doubt = self.doubt(image, &reading);
            let away = roi.center.distance(last.center) / last.side_px;
            let unlike = doubt + 0.5 * away.min(2.0);
            if doubt < bound && best.as_ref().is_none_or(|(least, _)| unlike < *least) {
                best = Some((unlike, reading));
            }
        }
        best.map(|(_, reading)| reading)
    }

    /// How unlike a body is to the one that is followed, by its clothes: above 1 it is another. 0 where that cannot be told.
    fn doubt(&self, image: &Image, reading: &PoseReading) -> f32 {
        let Some(known) = self.clothing.as_ref().filter(|_| shoulder_span(&reading.body) > TURNED) else {
            return 0.0;
        };
        known.unlike(&Clothing::of(image, &reading.body))
    }

    fn learn(&mut self, image: &Image, reading: &PoseReading) {
        if shoulder_span(&reading.body) > TURNED {
            let seen = Clothing::of(image, &reading.body);
            match &mut self.clothing {
                Some(known) => known.learn(&seen),
                none => *none = Some(seen),
            }
        }
    }

    /// Counts, now and then, who is there beside the one in `reading`.
    fn look_round(&mut self, pyramid: &mut Pyramid<'_>, reading: &PoseReading) {
        if self.looked_round == 0 {
            let whole = Roi::whole(pyramid.size());
            let people = self.detector.detect(pyramid, whole, self.options.min_detection_score);
            let own = reading.next_roi;
            let is_other =
                |person: &Detection| roi_of(person).center.distance(own.center) > 0.25 * own.side_px;
            self.others = people.iter().filter(|person| is_other(person)).count();
        }
        self.looked_round = (self.looked_round + 1) % LOOKED_ROUND_EVERY;
    }

    fn read(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi) -> Option<PoseReading> {
        if !roi.is_usable(pyramid.size()) {
            return None;
        }
        let reading = self.reader.read(pyramid, roi);
        (reading.presence >= self.options.min_presence).then_some(reading)
    }
}

/// The region to look at after `roi` where the landmarks ask for `asked`: the less it moves, turns or grows, the less of
/// that is followed. The network's landmarks tremble with their region, and a region of a body at rest need not move.
fn steadied(roi: Roi, asked: Roi) -> Roi {
    /// A change of this share of the side is followed at once; a turn counts half.
    const FOLLOWED: f32 = 0.1;
    const LEAST: f32 = 0.05;
    let moved = asked.center.distance(roi.center) / roi.side_px;
    let grown = (asked.side_px / roi.side_px - 1.0).abs();
    let turned = angle_between_rad(asked.rotation_rad, roi.rotation_rad) / 2.0;
    roi.towards(asked, (moved.max(grown).max(turned) / FOLLOWED).clamp(LEAST, 1.0))
}

/// The region in which to look for the landmarks of a person found.
pub(crate) fn roi_of(person: &Detection) -> Roi {
    Roi::reaching(person.key_points[0], person.key_points[1]).scaled(ROI_SCALE)
}

/// People by the area they take, tempered by how sure the detector is of them.
pub(crate) fn most_prominent(mut people: Vec<Detection>) -> Vec<Detection> {
    let prominence =
        |person: &Detection| person.score * person.key_points[0].distance_squared(person.key_points[1]);
    people.sort_by(|a, b| prominence(b).total_cmp(&prominence(a)));
    people
}

#[cfg(test)]
mod tests {
    use glam::Vec2;

    use super::*;

    #[test]
    fn a_region_is_steady_at_rest_and_follows_a_leap() {
        let roi = Roi { center: Vec2::new(100.0, 100.0), side_px: 200.0, rotation_rad: 0.0 };
        let trembling = Roi { center: Vec2::new(101.0, 100.0), ..roi };
        assert!(steadied(roi, trembling).center.x < 100.1);
        let leap = Roi { center: Vec2::new(125.0, 100.0), side_px: 210.0, rotation_rad: 0.1 };
        assert_eq!(steadied(roi, leap), leap);
    }

    #[test]
    fn the_larger_of_equally_sure_people_comes_first() {
        let person = |score, top| Detection { score, key_points: vec![Vec2::ZERO, Vec2::new(0.0, top)] };
        let sorted = most_prominent(vec![person(0.9, 50.0), person(0.8, 100.0), person(0.1, 110.0)]);
        assert_eq!(sorted.iter().map(|p| p.score).collect::<Vec<_>>(), [0.8, 0.9, 0.1]);
    }
}

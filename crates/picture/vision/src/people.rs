use frame::{BodyLandmarks, Image, body};
use glam::Vec2;

use crate::detect::{Detector, DetectorSpec};
use crate::error::Result;
use crate::networks::Networks;
use crate::pose::{BodyReader, TrackerOptions, most_prominent, roi_of};
use crate::pyramid::Pyramid;
use crate::roi::Roi;

/// How many of those found are looked at.
const MAX_PEOPLE: usize = 4;
/// Bodies whose hips are nearer than this, in lengths of the larger's spine, are one that was found twice.
const SAME_BODY: f32 = 0.5;

/// Finds everybody in a picture; each picture stands on its own.
#[derive(Clone)]
pub struct PeopleFinder {
    detector: Detector,
    reader: BodyReader,
    options: TrackerOptions,
}

impl PeopleFinder {
    /// A finder with its networks loaded.
    pub fn new(networks: &Networks, options: TrackerOptions) -> Result<Self> {
        Ok(Self {
            detector: Detector::load(networks, &DetectorSpec::POSE)?,
            reader: BodyReader::load(networks)?,
            options,
        })
    }

    /// The bodies in a picture, the most prominent first: a [`PoseTracker`](crate::PoseTracker) that knows of nobody yet would
    /// follow that one. At most four. A long side of about 960 pixels is enough.
    pub fn find(&mut self, image: &Image) -> Vec<BodyLandmarks> {
        let pyramid = &mut Pyramid::new(image);
        let whole = Roi::whole(pyramid.size());
        let people = self.detector.detect(pyramid, whole, self.options.min_detection_score);
        let mut bodies: Vec<BodyLandmarks> = Vec::new();
        for roi in most_prominent(people).iter().take(MAX_PEOPLE).map(roi_of) {
            if !roi.is_usable(pyramid.size()) {
                continue;
            }
            self.reader.forget();
            let reading = self.reader.read(pyramid, roi);
            let known = bodies.iter().any(|other| is_same(other, &reading.body));
            if reading.presence >= self.options.min_presence && !known {
                bodies.push(reading.body);
            }
        }
        bodies
    }
}

fn is_same(a: &BodyLandmarks, b: &BodyLandmarks) -> bool {
    let spine = a.spine().length().max(b.spine().length());
    hips(a).distance(hips(b)) < SAME_BODY * spine
}

fn hips(body: &BodyLandmarks) -> Vec2 {
    (body[body::LEFT_HIP].xy() + body[body::RIGHT_HIP].xy()) / 2.0
}

#[cfg(test)]
mod tests {
    use frame::BodyLandmark;

    use super::*;

    fn standing(x: f32) -> BodyLandmarks {
        let place = |i: usize| Vec2::new(x, if i <= body::RIGHT_SHOULDER { 100.0 } else { 200.0 });
        let at = |i: usize| BodyLandmark { image: place(i).extend(0.0), ..Default::default() };
        BodyLandmarks::new((0..body::COUNT).map(at).collect()).unwrap()
    }

    #[test]
    fn a_body_found_twice_is_one() {
        assert!(is_same(&standing(50.0), &standing(80.0)));
        assert!(!is_same(&standing(50.0), &standing(110.0)));
    }
}

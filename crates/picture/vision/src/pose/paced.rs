use std::ops::Range;

use frame::{BodyLandmarks, FrameRate, Image, body};

use super::{PoseSeen, PoseTracker, TrackerOptions};
use crate::error::Result;
use crate::networks::Networks;

/// The longest that a body is not looked at, and the most pictures for which a span of them may stand.
const LONGEST_SECS: f64 = 0.09;
const MOST_PICTURES: usize = 4;

/// After looks at so many seconds of pictures the sure network is asked what the quick one is off, which changes with the pose.
const SURE_SECS: f64 = 0.27;

/// How far off the straight line between two looks a landmark may be, in lengths of the trunk, before the picture between is
/// looked at too. Smoothing over time moves landmarks by half as much.
const TOLERANCE: f32 = 0.04;

/// The landmarks that move a body.
const MOVING: [usize; 17] = [
    body::NOSE,
    body::LEFT_EAR,
    body::RIGHT_EAR,
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
    body::LEFT_TOE,
    body::RIGHT_TOE,
];

/// A picture and the body in it.
pub type Posed = (Image, Option<PoseSeen>);

/// Follows one body as a [`PoseTracker`] does, but of clips with many pictures a second looks at every second (or fourth) picture
/// first, and at those between only where the body did not go straight on: bodies have inertia, and between two such pictures
/// most go on a line that is straighter than the network is exact.
#[derive(Clone)]
pub struct PacedPoseTracker {
    tracker: PoseTracker,
    /// Pictures from one look to the next.
    span: usize,
    /// The body looked at last, and where it was going.
    last: Option<Last>,
    /// Pictures since, not looked at.
    waiting: Vec<Image>,
}

#[derive(Clone)]
struct Last {
    body: BodyLandmarks,
    /// The body looked at before that, and how many pictures earlier.
    before: Option<(BodyLandmarks, usize)>,
}

impl PacedPoseTracker {
    /// A tracker of a clip of this rate that has seen nothing yet.
    pub fn new(networks: &Networks, options: TrackerOptions, rate: FrameRate) -> Result<Self> {
        let mut tracker = PoseTracker::new(networks, options)?;
        tracker.ask_every((SURE_SECS * rate.as_f64()).round() as u32);
        Ok(Self { tracker, span: span_of(rate), last: None, waiting: Vec::new() })
    }

    /// Takes the next picture of the clip, and gives those, in order, of which it is now known where the body is: none, this one,
    /// or several. At a cut the body of the next scene is chosen anew.
    pub fn push(&mut self, image: Image, is_cut: bool) -> Vec<Posed> {
        let mut done = Vec::new();
        if is_cut {
            done = self.finish();
            self.tracker.forget();
            self.last = None;
        }
        self.waiting.push(image);
        if self.last.is_none() || self.waiting.len() == self.span {
            self.look(&mut done);
        }
        done
    }

    /// Takes it that no picture follows, or none of this scene, and gives those that still waited.
    pub fn finish(&mut self) -> Vec<Posed> {
        let mut done = Vec::new();
        if !self.waiting.is_empty() {
            self.look(&mut done);
        }
        done
    }

    /// Looks at the last of the waiting pictures, and at those before it as far as that is needed.
    fn look(&mut self, done: &mut Vec<Posed>) {
        let mut images = std::mem::take(&mut self.waiting);
        let Some(latest) = images.pop() else { return };
        let steps = images.len() + 1;
        let seen = self.tracker.track(&latest);
        let mut between = vec![None; images.len()];
        let mut span = Span { tracker: &mut self.tracker, images: &images, found: &mut between };
        let before = self.last.take();
        self.last = match (before, &seen) {
            (Some(last), Some(seen)) if !seen.found_anew => {
                span.fill(0..images.len(), &last.body, seen, last.off_line(&seen.body, steps));
                Some(Last { body: seen.body.clone(), before: Some((last.body, steps)) })
            }
            (before, seen) => {
                if before.is_some() {
                    span.follow_to_its_end();
                }
                seen.as_ref().map(|seen| Last { body: seen.body.clone(), before: None })
            }
        };
        done.extend(images.into_iter().zip(between));
        done.push((latest, seen));
    }
}

impl Last {
    /// How far off the line between two looks a landmark is at most, in lengths of the trunk, if it is now, `steps` pictures
    /// later, where `now` has it: from the change of its speed.
    fn off_line(&self, now: &BodyLandmarks, steps: usize) -> f32 {
        let Some((before, apart)) = &self.before else { return f32::INFINITY };
        let share = steps as f32 / *apart as f32;
        let trunk = now.spine().length().max(1.0);
        let turned = |&i: &usize| {
            let went = (self.body[i].xy() - before[i].xy()) * share;
            (now[i].xy() - self.body[i].xy()).distance(went) / 4.0
        };
        MOVING.iter().map(turned).fold(0.0, f32::max) / trunk
    }
}

/// The pictures between two looks.
struct Span<'a> {
    tracker: &'a mut PoseTracker,
    images: &'a [Image],
    found: &'a mut [Option<PoseSeen>],
}

impl Span<'_> {
    /// Finds the body in the pictures `which`, which lie between `from` and `to`: by a look at the middle one where a body there may be
    /// off the line by more than is tolerated, then likewise in the two halves.
    fn fill(&mut self, which: Range<usize>, from: &BodyLandmarks, to: &PoseSeen, off: f32) {
        let Range { start, end } = which;
        if start == end {
            return;
        }
        let middle = start + (end - start) / 2;
        let looked = if off > TOLERANCE { self.tracker.look_again(&self.images[middle]) } else { None };
        if let Some(seen) = looked {
            // What is off a straight line falls with the square of its length.
            self.fill(start..middle, from, &seen, off / 4.0);
            self.fill(middle + 1..end, &seen.body, to, off / 4.0);
            self.found[middle] = Some(seen);
            return;
        }
        for i in which {
            let share = (i + 1 - start) as f32 / (end - start + 1) as f32;
            let body = from.between(&to.body, share);
            self.found[i] = Some(PoseSeen { body, is_between: true, ..to.clone() });
        }
    }

    /// Looks at one picture after the other for as long as the body that was lost after them is there.
    fn follow_to_its_end(&mut self) {
        for (image, found) in self.images.iter().zip(&mut *self.found) {
            *found = self.tracker.look_again(image);
            if found.is_none() {
                return;
            }
        }
    }
}

/// The most pictures, a power of two, that do not last longer than a body may stay unseen.
fn span_of(rate: FrameRate) -> usize {
    let mut span = 1;
    while span < MOST_PICTURES && (2 * span) as f64 <= LONGEST_SECS * rate.as_f64() {
        span *= 2;
    }
    span
}

#[cfg(test)]
mod tests {
    use frame::BodyLandmark;
    use glam::Vec2;

    use super::*;

    fn standing(at: Vec2) -> BodyLandmarks {
        let place = |i: usize| if i < body::LEFT_HIP { at } else { at + Vec2::new(0.0, 100.0) };
        let landmark = |i: usize| BodyLandmark { image: place(i).extend(0.0), ..Default::default() };
        BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap()
    }

    #[test]
    fn spans_of_clips_with_few_pictures_are_one_picture() {
        let span = |fps| span_of(FrameRate::new(fps, 1).unwrap());
        assert_eq!([10, 16, 24, 30, 50, 60, 240].map(span), [1, 1, 2, 2, 4, 4, 4]);
    }

    #[test]
    fn who_goes_straight_on_is_on_the_line_and_who_turns_is_off_it() {
        let last = |before| Last { body: standing(Vec2::new(50.0, 0.0)), before: Some((before, 2)) };
        let straight = last(standing(Vec2::new(30.0, 0.0)));
        assert!(straight.off_line(&standing(Vec2::new(70.0, 0.0)), 2) < 1e-6);
        // Half as far in half the time.
        assert!(straight.off_line(&standing(Vec2::new(60.0, 0.0)), 1) < 1e-6);
        // Back where it came from: at 40 px it was expected at the line's middle, it is 10 px from there.
        let off = straight.off_line(&standing(Vec2::new(30.0, 0.0)), 2);
        assert!((off - 0.1).abs() < 1e-5, "{off}");
        assert!(
            Last { body: standing(Vec2::ZERO), before: None }.off_line(&standing(Vec2::ZERO), 2) > TOLERANCE
        );
    }
}

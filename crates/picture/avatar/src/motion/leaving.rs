use frame::{Person, body};

use super::MotionClip;
use super::clip::limb_joints;

/// The corners of the trunk.
const TRUNK: [usize; 4] = [body::LEFT_SHOULDER, body::RIGHT_SHOULDER, body::LEFT_HIP, body::RIGHT_HIP];

/// A trunk that is cut by a side and less likely to be seen than this, on average, is guessed.
const SEEN: f32 = 0.5;

/// Somebody nearer to a side than this, in widths of the picture, may be about to leave by it.
const NEAR: f32 = 0.2;

/// Leaving and coming in take no longer: a walk of a body's width.
const PASSING_SECS: f64 = 1.0;

impl MotionClip {
    /// Takes out whoever has left the picture by a side: where the middle of the trunk is outside, or a part of it and the rest is
    /// hardly seen, the network makes up the body. So it does for limbs that are outside already while somebody leaves, or still
    /// while he comes in. What is taken out is carried over from the frames around.
    pub fn take_out_departed(&mut self) {
        let width = self.size.width as f32;
        for person in &mut self.people {
            if person.as_ref().is_some_and(|person| has_left(person, width)) {
                *person = None;
            }
        }
        let is_gap: Vec<bool> = self.people.iter().map(Option::is_none).collect();
        for t in 1..is_gap.len() {
            match (is_gap[t - 1], is_gap[t]) {
                (false, true) => self.take_out_passing((0..t).rev()),
                (true, false) => self.take_out_passing(t..is_gap.len()),
                _ => {}
            }
        }
    }

    /// Takes out somebody at a side for as long as he passes it, along `frames` away from where he is not seen.
    fn take_out_passing(&mut self, frames: impl Iterator<Item = usize>) {
        let width = self.size.width as f32;
        let most = (PASSING_SECS * self.frame_rate.as_f64()).ceil() as usize;
        for t in frames.take(most) {
            let is_passing = |person: &Person| {
                is_near_side(person, width)
                    && limb_joints().any(|i| is_outside(person.body[i].image.x, width))
            };
            if !self.people[t].as_ref().is_some_and(is_passing) {
                return;
            }
            self.people[t] = None;
        }
    }

    /// Gaps before or behind which the person is at a side of the picture, as when leaving or coming in.
    pub fn departures(&self) -> usize {
        let is_near = |person: &Person| is_near_side(person, self.size.width as f32);
        let mut departures = 0;
        let mut before: Option<&Person> = None;
        let mut in_gap = false;
        for person in &self.people {
            match person {
                Some(person) if in_gap => {
                    departures += usize::from(before.is_some_and(is_near) || is_near(person));
                    (before, in_gap) = (Some(person), false);
                }
                Some(person) => before = Some(person),
                None => in_gap = true,
            }
        }
        departures + usize::from(in_gap && before.is_some_and(is_near))
    }
}

fn trunk_x(person: &Person) -> f32 {
    TRUNK.iter().map(|&i| person.body[i].image.x).sum::<f32>() / TRUNK.len() as f32
}

fn is_outside(x: f32, width: f32) -> bool {
    !(0.0..=width).contains(&x)
}

fn is_near_side(person: &Person, width: f32) -> bool {
    !(NEAR..1.0 - NEAR).contains(&(trunk_x(person) / width))
}

fn has_left(person: &Person, width: f32) -> bool {
    let is_cut = TRUNK.iter().any(|&i| is_outside(person.body[i].image.x, width));
    let likelihood = TRUNK.iter().map(|&i| person.body[i].visibility).sum::<f32>() / TRUNK.len() as f32;
    is_outside(trunk_x(person), width) || (is_cut && likelihood < SEEN)
}

#[cfg(test)]
mod tests {
    use frame::{BodyLandmark, BodyLandmarks, FrameRate, Size};
    use glam::Vec3;

    use super::*;

    fn person(x: f32, visibility: f32) -> Option<Person> {
        let side = |i: usize| if i % 2 == 1 { 20.0 } else { -20.0 };
        let landmark = |i: usize| BodyLandmark {
            image: Vec3::new(x + side(i), 100.0, 0.0),
            visibility,
            ..Default::default()
        };
        let body = BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap();
        Some(Person { body, left_hand: None, right_hand: None, face: None })
    }

    fn clip(people: Vec<Option<Person>>) -> MotionClip {
        let frame_rate = FrameRate::new(25, 1).unwrap();
        MotionClip { size: Size::new(400, 200), frame_rate, people, views: Vec::new(), shutter_deg: None }
    }

    #[test]
    fn whoever_walks_out_is_taken_out_and_whoever_stands_at_the_side_is_not() {
        let mut leaving = clip((0..12).map(|t| person(300.0 + 10.0 * t as f32, 0.9)).collect());
        leaving.take_out_departed();
        let seen: Vec<bool> = leaving.people.iter().map(Option::is_some).collect();
        // From where the leading arm is outside, 20 pixels before the middle.
        assert_eq!(seen, [[true; 9].as_slice(), &[false; 3]].concat());
        assert_eq!(leaving.departures(), 1);

        let mut at_side = clip(vec![person(390.0, 0.9); 5]);
        at_side.take_out_departed();
        assert!(at_side.people.iter().all(Option::is_some));

        let mut fading = clip(vec![person(370.0, 0.9), person(390.0, 0.2), person(200.0, 0.2)]);
        fading.take_out_departed();
        assert_eq!(fading.people.iter().filter(|p| p.is_none()).count(), 1);
    }

    #[test]
    fn a_gap_in_the_middle_of_the_picture_is_no_departure() {
        assert_eq!(clip(vec![person(200.0, 1.0), None, None, person(210.0, 1.0)]).departures(), 0);
        assert_eq!(clip(vec![None, person(30.0, 1.0), person(60.0, 1.0)]).departures(), 1, "comes in");
        assert_eq!(clip(vec![person(380.0, 1.0), None, person(20.0, 1.0), None]).departures(), 2);
    }
}

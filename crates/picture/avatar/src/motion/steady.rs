use std::ops::Range;

use frame::{Person, body};
use glam::{Vec2, Vec3};

use super::filter::percentile;
use super::{MotionClip, View};
use crate::lift;

/// A camera that shows less change than this share of the picture's long side stands still: so much is noise, or a breath.
const STILL: f32 = 0.02;
/// Seconds on either side of a cut by which the two shots are laid over each other.
const SEAM_SECS: f64 = 0.4;

/// What a clip's path owes to the camera and to cuts, and was taken out of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Steadied {
    /// The furthest that the camera moved the picture within a shot, in long sides of it; 0 of a camera that stands still.
    pub camera_travel: f32,
    /// How often the clip is cut.
    pub cuts: usize,
}

/// The clip as a camera at rest would have seen it in one shot: what the camera did is taken out of the bodies' landmarks, and
/// after a cut the person goes on where he was and as large as he was. Hands and faces, of which only shape and turn
/// count, stay as they are.
pub(super) fn steady(clip: &MotionClip) -> (MotionClip, Steadied) {
    let mut steady = clip.clone();
    let mut steadied = Steadied::default();
    if clip.views.is_empty() {
        return (steady, steadied);
    }
    for shot in clip.shots() {
        let travel = travel(clip, shot.clone());
        if travel >= STILL {
            steadied.camera_travel = steadied.camera_travel.max(travel);
            let views = &clip.views[shot.clone()];
            steady.people[shot.clone()].iter_mut().zip(views).for_each(|(person, view)| place(person, *view));
        }
        if shot.start > 0 {
            steadied.cuts += 1;
            let onto = joint(clip, &steady.people, shot.clone());
            steady.people[shot].iter_mut().for_each(|person| place(person, onto));
        }
    }
    steady.views.clear();
    (steady, steadied)
}

/// The furthest that any view of a shot moves a corner of the picture, in its long sides.
fn travel(clip: &MotionClip, shot: Range<usize>) -> f32 {
    let (width, height) = (clip.size.width as f32, clip.size.height as f32);
    let corners =
        [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)].map(|(x, y)| Vec3::new(x, y, 0.0));
    let moved =
        clip.views[shot].iter().flat_map(|view| corners.map(|corner| view.to_first(corner).distance(corner)));
    moved.fold(0.0, f32::max) / width.max(height).max(1.0)
}

fn place(person: &mut Option<Person>, view: View) {
    for landmark in person.iter_mut().flat_map(|person| person.body.points_mut()) {
        landmark.image = view.to_first(landmark.image);
    }
}

/// Where a person is and how large.
struct Standing {
    px_per_metre: f32,
    /// The middle of the hips, or of the shoulders where those are not seen.
    trunk: Vec2,
    /// The y of the lower ankle.
    ground: f32,
}

/// What lays the shot's people, as they are in `people`, over those before it: as large, at the same place, and, where both stand in
/// full view, on the same ground.
fn joint(clip: &MotionClip, people: &[Option<Person>], shot: Range<usize>) -> View {
    let seam = (SEAM_SECS * clip.frame_rate.as_f64()).ceil() as usize;
    let known = |t: &usize| people[*t].is_some();
    let before: Vec<usize> = (0..shot.start).rev().filter(known).take(seam).collect();
    let after: Vec<usize> = shot.filter(known).take(seam).collect();
    if before.is_empty() || after.is_empty() {
        return View::default();
    }
    let shows = |landmarks: [usize; 2]| {
        [&before, &after].iter().all(|frames| {
            let showing = frames.iter().filter(|&&t| {
                clip.people[t].as_ref().is_some_and(|person| landmarks.iter().all(|&i| clip.shows(person, i)))
            });
            2 * showing.count() > frames.len()
        })
    };
    let hips = [body::LEFT_HIP, body::RIGHT_HIP];
    let trunk = if shows(hips) { hips } else { [body::LEFT_SHOULDER, body::RIGHT_SHOULDER] };
    let [from, to] = [&after, &before].map(|frames| standing(people, frames, trunk));
    let zoom = to.px_per_metre / from.px_per_metre.max(1e-6);
    let mut shift = to.trunk - from.trunk * zoom;
    if shows([body::LEFT_ANKLE, body::RIGHT_ANKLE]) {
        shift.y = to.ground - from.ground * zoom;
    }
    View { zoom, shift, ..View::default() }
}

fn standing(people: &[Option<Person>], frames: &[usize], trunk: [usize; 2]) -> Standing {
    let median = |value: &dyn Fn(&Person) -> f32| {
        percentile(frames.iter().filter_map(|&t| people[t].as_ref()).map(value), 0.5)
    };
    let middle = |person: &Person| (person.body[trunk[0]].xy() + person.body[trunk[1]].xy()) * 0.5;
    let ankle = |person: &Person, i: usize| person.body[i].image.y;
    Standing {
        px_per_metre: median(&|person| lift(&person.body).1),
        trunk: Vec2::new(median(&|person| middle(person).x), median(&|person| middle(person).y)),
        ground: median(&|person| ankle(person, body::LEFT_ANKLE).max(ankle(person, body::RIGHT_ANKLE))),
    }
}

#[cfg(test)]
mod tests {
    use frame::{BodyLandmark, BodyLandmarks, FrameRate, Size};

    use super::*;

    /// A standing person, 100 pixels a metre times `zoom`, whose hips are at `x`, and whose feet at `ground`.
    fn person(x: f32, ground: f32, zoom: f32) -> Option<Person> {
        let metres = |i: usize| match i {
            body::LEFT_SHOULDER => Vec3::new(0.2, -0.5, 0.0),
            body::RIGHT_SHOULDER => Vec3::new(-0.2, -0.5, 0.0),
            body::LEFT_HIP => Vec3::new(0.12, 0.0, 0.0),
            body::RIGHT_HIP => Vec3::new(-0.12, 0.0, 0.0),
            0..=10 => Vec3::new(0.0, -0.75, 0.0),
            25.. => Vec3::new(0.1, 0.85, 0.0),
            _ => Vec3::new(0.5, -0.3, 0.0),
        };
        let landmark = |i: usize| BodyLandmark {
            image: (metres(i) - Vec3::new(0.0, 0.85, 0.0)) * 100.0 * zoom + Vec3::new(x, ground, 0.0),
            world: metres(i),
            visibility: 1.0,
            presence: 1.0,
        };
        let body = BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap();
        Some(Person { body, left_hand: None, right_hand: None, face: None })
    }

    fn clip(frames: impl IntoIterator<Item = (Option<Person>, View)>) -> MotionClip {
        let (people, views) = frames.into_iter().unzip();
        MotionClip {
            size: Size::new(400, 400),
            frame_rate: FrameRate::new(25, 1).unwrap(),
            people,
            views,
            shutter_deg: None,
        }
    }

    fn hips(person: &Option<Person>) -> Vec3 {
        let body = &person.as_ref().unwrap().body;
        (body[body::LEFT_HIP].image + body[body::RIGHT_HIP].image) * 0.5
    }

    #[test]
    fn a_person_stands_still_behind_a_moving_camera() {
        let moving = clip((0..30).map(|t| {
            let (zoom, x) = (1.0 + 0.01 * t as f32, 3.0 * t as f32);
            let view = View { shot: 0, zoom: zoom.recip(), shift: Vec2::new(-x / zoom, 0.0) };
            (person(200.0 * zoom + x, 300.0 * zoom, zoom), view)
        }));
        let (steady, steadied) = steady(&moving);
        assert!(steadied.camera_travel > 0.2 && steadied.cuts == 0, "{steadied:?}");
        for person in &steady.people {
            assert!(hips(person).distance(hips(&steady.people[0])) < 0.1);
        }
    }

    #[test]
    fn a_camera_at_rest_changes_nothing() {
        let trembling = clip((0..10).map(|t| {
            let shift = Vec2::splat(if t % 2 == 0 { 1.0 } else { -1.0 });
            (person(200.0, 300.0, 1.0), View { shift, ..View::default() })
        }));
        let (steady, steadied) = steady(&trembling);
        assert_eq!((steady.people, steadied), (trembling.people, Steadied::default()));
    }

    #[test]
    fn after_a_cut_the_person_goes_on_where_and_as_large_as_he_was() {
        let cut = clip((0..40).map(|t| {
            let shot = u32::from(t >= 20);
            let person = match shot {
                0 => person(100.0 + t as f32, 300.0, 1.0),
                // Nearer, elsewhere, and one frame late.
                _ if t == 20 => None,
                _ => person(250.0, 390.0, 1.3),
            };
            (person, View { shot, ..View::default() })
        }));
        let (steady, steadied) = steady(&cut);
        assert_eq!(steadied.cuts, 1);
        assert_eq!(steady.people[..20], cut.people[..20]);
        let (before, after) = (&steady.people[19], &steady.people[21]);
        assert!(hips(before).distance(hips(after)) < 8.0, "{} {}", hips(before), hips(after));
        let scale = |person: &Option<Person>| lift(&person.as_ref().unwrap().body).1;
        assert!((scale(after) / scale(before) - 1.0).abs() < 0.01);
    }
}

use frame::{Image, Matte, Plane, Srgb8};
use glam::Vec2;

use super::torso_px;
use crate::retarget::{CharacterRest, Pose};
use crate::{Joint, Joints, Side};

/// Every so many pixels either way one is looked at.
const STEP: usize = 4;

/// How much the background changes from one frame to the next, well away from the character.
#[derive(Clone, Debug)]
pub struct Flicker {
    /// How far the character reaches beyond its joints, in lengths of its [`unit_px`].
    room: f32,
    before: Option<Sampled>,
    change: u64,
    compared: u64,
}

/// Some pixels of a frame, and the box in which its character is.
#[derive(Clone, Debug)]
struct Sampled {
    pixels: Vec<Srgb8>,
    low: Vec2,
    high: Vec2,
}

impl Sampled {
    fn of(image: &Image, pose: &Pose, room: f32) -> Self {
        let (low, high) = extent(&pose.joints);
        let room = room * unit_px(&pose.joints);
        let (low, high) = (low - room, high + room);
        Self { pixels: grid(image).map(|(x, y)| image.get(x, y)).collect(), low, high }
    }

    fn is_beside(&self, x: usize, y: usize) -> bool {
        let at = Vec2::new(x as f32, y as f32);
        at.cmplt(self.low).any() || at.cmpgt(self.high).any()
    }
}

impl Flicker {
    /// Of a character that stands in its still as `rest`, where `matte` is.
    pub fn new(rest: &CharacterRest, matte: &Matte) -> Self {
        /// At least, in lengths of the trunk, or of the shoulders' width where that is greater; and beyond what is seen in the still.
        const LEAST: f32 = 0.7;
        const SPARE: f32 = 0.2;
        let (low, high) = extent(&rest.joints);
        let beyond = grid(&matte.0).filter(|&(x, y)| matte.0.get(x, y) > 0.5).map(|(x, y)| {
            let at = Vec2::new(x as f32, y as f32);
            (low - at).max(at - high).max_element()
        });
        let reach = beyond.fold(0.0, f32::max) / unit_px(&rest.joints);
        Self { room: LEAST.max(reach + SPARE), before: None, change: 0, compared: 0 }
    }

    /// Keeps a frame for the next to be compared with.
    pub fn keep(&mut self, image: &Image, pose: &Pose) {
        self.before = Some(Sampled::of(image, pose, self.room));
    }

    /// Compares a frame with the one kept just before it, if one was.
    pub fn compare(&mut self, image: &Image, pose: &Pose) {
        let Some(before) = self.before.take() else { return };
        let now = Sampled::of(image, pose, self.room);
        for ((x, y), (a, b)) in grid(image).zip(before.pixels.iter().zip(&now.pixels)) {
            if before.is_beside(x, y) && now.is_beside(x, y) {
                self.change += u64::from(a.r.abs_diff(b.r))
                    + u64::from(a.g.abs_diff(b.g))
                    + u64::from(a.b.abs_diff(b.b));
                self.compared += 3;
            }
        }
    }

    /// Mean change of a channel, of 255 levels; `None` if the character leaves no background to look at.
    pub fn levels(&self) -> Option<f64> {
        (self.compared > 0).then(|| self.change as f64 / self.compared as f64)
    }
}

fn grid<P>(image: &Plane<P>) -> impl Iterator<Item = (usize, usize)> + use<P> {
    let (width, height) = (image.width(), image.height());
    (0..height).step_by(STEP).flat_map(move |y| (0..width).step_by(STEP).map(move |x| (x, y)))
}

/// The corners of the box about the joints.
fn extent(joints: &Joints) -> (Vec2, Vec2) {
    let points = || Joint::ALL.iter().map(|&joint| joints[joint].truncate());
    (points().fold(Vec2::INFINITY, Vec2::min), points().fold(Vec2::NEG_INFINITY, Vec2::max))
}

/// The trunk's length, or the shoulders' width where that is greater: one of the two is seen from every side.
fn unit_px(joints: &Joints) -> f32 {
    let shoulders = Side::BOTH.map(|side| joints[Joint::Shoulder(side)].truncate());
    torso_px(joints).max(shoulders[0].distance(shoulders[1])).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{SIZE, standing};
    use super::*;

    /// The flicker between a grey picture and one in which the pixels that `is_changed` picks are 12 levels lighter.
    fn levels(is_changed: impl Fn(Vec2) -> bool) -> Option<f64> {
        let rest = CharacterRest::new(SIZE, &standing());
        let mut pose = Pose::at_rest(&rest);
        // A dwarf, so that there is background on every side.
        pose.joints = pose.joints.map(|_, p| p * 0.3 + glam::Vec3::new(70.0, 80.0, 0.0));
        let grey = |x, y| if is_changed(Vec2::new(x as f32, y as f32)) { 112 } else { 100 };
        let picture = |grey: &dyn Fn(u32, u32) -> u8| {
            Plane::from_fn(SIZE, |x, y| Srgb8::new(grey(x, y), grey(x, y), grey(x, y)))
        };
        let mut flicker = Flicker::new(&rest, &Matte(Plane::filled(SIZE, 0.0)));
        flicker.keep(&picture(&|_, _| 100), &pose);
        flicker.compare(&picture(&grey), &pose);
        flicker.levels()
    }

    #[test]
    fn a_background_that_changes_flickers_and_a_character_that_moves_does_not() {
        assert_eq!(levels(|_| false), Some(0.0));
        assert_eq!(levels(|at| at.distance(Vec2::new(100.0, 119.0)) < 15.0), Some(0.0), "the trunk");
        assert_eq!(levels(|_| true), Some(12.0));
        let corner = levels(|at| at.max_element() < 20.0).unwrap();
        assert!(0.0 < corner && corner < 1.0, "{corner}");
    }

    #[test]
    fn ears_that_stand_far_out_of_the_joints_are_no_background() {
        let rest = CharacterRest::new(SIZE, &standing());
        let (pose, ear) = (Pose::at_rest(&rest), |y: u32| y < 12);
        let picture = |level: u8| {
            Plane::from_fn(
                SIZE,
                |_, y| if ear(y) { Srgb8::new(level, level, level) } else { Srgb8::default() },
            )
        };
        let levels = |matte: Plane<f32>| {
            let mut flicker = Flicker::new(&rest, &Matte(matte));
            flicker.keep(&picture(0), &pose);
            flicker.compare(&picture(90), &pose);
            flicker.levels()
        };
        assert!(levels(Plane::filled(SIZE, 0.0)).unwrap() > 1.0, "taken for background");
        let seen = levels(Plane::from_fn(SIZE, |_, y| if ear(y) { 1.0 } else { 0.0 }));
        assert!(seen.is_none_or(|levels| levels == 0.0), "{seen:?}");
    }

    #[test]
    fn a_frame_alone_or_one_full_of_character_tells_nothing() {
        let rest = CharacterRest::new(SIZE, &standing());
        let mut pose = Pose::at_rest(&rest);
        pose.joints = pose.joints.map(|_, p| p * 1.4 - glam::Vec3::new(40.0, 50.0, 0.0));
        let picture = Plane::filled(SIZE, Srgb8::default());
        let mut flicker = Flicker::new(&rest, &Matte(Plane::filled(SIZE, 0.0)));
        flicker.compare(&picture, &pose);
        flicker.keep(&picture, &pose);
        flicker.compare(&picture, &pose);
        assert_eq!(flicker.levels(), None);
    }
}

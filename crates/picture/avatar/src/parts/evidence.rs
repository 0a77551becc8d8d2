use frame::{Plane, Size};
use glam::{Vec2, Vec3};

use super::Still;
use super::anatomy::Anatomy;
use super::features::{Face, Hand, hands_at_wrists};
use crate::filter::{self, Mask, bilateral, resize_area, sobel, to_lab};
use crate::{Limb, Side};

/// What the parts are sought in: the still at half its size. Lengths and points are in pixels of these planes.
pub(super) struct Evidence {
    /// Colours in the 8-bit scaling of CIE L*a*b*, a little smoothed.
    pub(super) lab: Plane<[f32; 3]>,
    /// Steepness of the colours, Lab units a pixel.
    pub(super) edges: Plane<f32>,
    /// The matte, 0 … 1.
    pub(super) matte: Plane<f32>,
    /// The subject's pixels.
    pub(super) person: Mask,
    /// The bones.
    pub(super) anatomy: Anatomy,
    /// The face, where one was found.
    pub(super) face: Option<Face>,
    left_hand: Option<Hand>,
    right_hand: Option<Hand>,
}

impl Evidence {
    pub(super) fn new(still: &Still<'_>) -> Self {
        let full = still.image.size();
        let size = full.scaled(0.5);
        let scale = extent(size) / extent(full);
        let joints = still.joints.map(|_, p| p * scale.extend(0.5));
        let lab = to_lab(&bilateral(&resize_area(still.foreground, size), 5, 25.0, 3.0));
        let matte = resize_area(still.matte, size);
        let person = filter::threshold(&matte, 0.3);
        let mut anatomy = Anatomy::new(&joints, size);
        let [left_hand, right_hand] = hands_at_wrists(still.person, &mut anatomy, scale);
        for limb in Limb::ALL {
            // Networks doubt, but only who reads outlines is certain that there is no such limb.
            let visibility = still.person.body[limb.middle_landmark()].visibility;
            anatomy.present[limb] &= visibility > 0.0;
        }
        let depth = filter::distance_to(&filter::complement(&person));
        for arm in Side::BOTH.map(Limb::Arm) {
            let thickness = 1.25 * typical_depth(&depth, &anatomy.chain(arm));
            anatomy.radius[arm] *= (thickness / anatomy.radius[arm]).clamp(0.5, 1.0);
        }
        Self {
            edges: steepness(&lab),
            person,
            face: still.person.face.as_ref().and_then(|face| Face::new(face, scale)),
            left_hand,
            right_hand,
            lab,
            matte,
            anatomy,
        }
    }

    pub(super) fn size(&self) -> Size {
        self.matte.size()
    }

    /// The hand at the end of this arm, where its landmarks were found.
    pub(super) fn hand(&self, side: Side) -> Option<&Hand> {
        match side {
            Side::Left => self.left_hand.as_ref(),
            Side::Right => self.right_hand.as_ref(),
        }
    }

    /// The pixel that holds `point`, if it is in the picture.
    pub(super) fn pixel(&self, point: Vec2) -> Option<(usize, usize)> {
        self.size().contains(point).then_some((point.x as usize, point.y as usize))
    }

    /// Whether `point` lies on the subject.
    pub(super) fn on_person(&self, point: Vec2) -> bool {
        self.pixel(point).is_some_and(|(x, y)| self.person.get(x, y))
    }

    /// Median colour of the rectangle about `centre` that reaches `reach` to both sides; none outside of the picture.
    pub(super) fn median_colour(&self, centre: Vec2, reach: Vec2) -> Option<Vec3> {
        self.pixel(centre)?;
        let low = (centre - reach).max(Vec2::ZERO).as_uvec2();
        let high = (centre + reach).min(extent(self.size()) - 1.0).as_uvec2();
        let colours = (low.y..=high.y).flat_map(|y| (low.x..=high.x).map(move |x| (x as usize, y as usize)));
        median(colours.map(|(x, y)| self.colour(x, y)).collect())
    }

    /// The colour of the cheeks.
    pub(super) fn skin(&self) -> Option<Vec3> {
        let cheeks: Vec<Vec3> = self
            .face
            .as_ref()?
            .cheeks
            .iter()
            .filter_map(|&c| self.median_colour(c, Vec2::splat(2.0)))
            .collect();
        (!cheeks.is_empty()).then(|| cheeks.iter().sum::<Vec3>() / cheeks.len() as f32)
    }

    /// The colour of a pixel.
    pub(super) fn colour(&self, x: usize, y: usize) -> Vec3 {
        Vec3::from_array(self.lab.get(x, y))
    }
}

/// The centre of a pixel.
pub(crate) fn centre(x: usize, y: usize) -> Vec2 {
    Vec2::new(x as f32 + 0.5, y as f32 + 0.5)
}

fn extent(size: Size) -> Vec2 {
    Vec2::new(size.width as f32, size.height as f32)
}

/// Channel by channel; none of nothing.
pub(crate) fn median(mut colours: Vec<Vec3>) -> Option<Vec3> {
    let middle = colours.len() / 2;
    if colours.is_empty() {
        return None;
    }
    Some(Vec3::from_array(std::array::from_fn(|channel| {
        colours.select_nth_unstable_by(middle, |a, b| a[channel].total_cmp(&b[channel])).1[channel]
    })))
}

fn steepness(lab: &Plane<[f32; 3]>) -> Plane<f32> {
    let (across, down) = sobel(lab);
    across.zip_map(&down, |&across, &down| {
        (Vec3::from_array(across).length_squared() + Vec3::from_array(down).length_squared()).sqrt()
    })
}

/// How deep inside the outline an arm's bones run, at three of five places between the upper arm and the wrist.
fn typical_depth(depth: &Plane<f32>, chain: &[Vec2; 4]) -> f32 {
    let [shoulder, elbow, wrist, _] = *chain;
    let upper = (3..10).map(|i| shoulder.lerp(elbow, i as f32 / 10.0));
    let lower = (0..10).map(|i| elbow.lerp(wrist, i as f32 / 10.0));
    let mut depths: Vec<f32> = upper.chain(lower).map(|p| filter::sample_linear(depth, p)).collect();
    let place = depths.len() * 3 / 5;
    *depths.select_nth_unstable_by(place, f32::total_cmp).1
}

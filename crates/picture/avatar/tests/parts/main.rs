//! Parts and sheets of drawn figures, and of nonsense.

use avatar::filter::{Mask, fill_disc, fill_polygon, nearest_in, stroke_polyline, threshold};
use avatar::layers::{Rest, Sheet, SheetKind};
use avatar::parts::{Part, PartMap, Still, find_parts};
use avatar::{Joint, Joints, Limb, Side, build_sheets};
use frame::{
    BodyLandmark, BodyLandmarks, FaceLandmarks, HandLandmarks, Person, Plane, Size, SrgbPlane, body,
};
use glam::{Vec2, Vec3};
use proptest::prelude::*;

mod arms;
mod back;

const SIZE: Size = Size::new(200, 400);
const CLOTH: [f32; 3] = [40.0, 60.0, 160.0];
const SKIN: [f32; 3] = [220.0, 170.0, 140.0];
const HAIR: [f32; 3] = [70.0, 45.0, 30.0];
const TROUSERS: [f32; 3] = [60.0, 60.0, 60.0];

/// A figure seen from the front, its left at the right of the picture.
struct Mannequin {
    joints: Joints,
    image: SrgbPlane,
    matte: Plane<f32>,
}

impl Mannequin {
    /// `wrist` is where the left one is, counted from the middle of the picture; the right one mirrors it.
    fn new(wrist: Vec2) -> Self {
        let place =
            |side: Side, x: f32, y: f32| Vec2::new(if side == Side::Left { 100.0 + x } else { 100.0 - x }, y);
        let joints = Joints::from_fn(|joint| {
            let at = match joint {
                Joint::Pelvis => Vec2::new(100.0, 200.0),
                Joint::Chest => Vec2::new(100.0, 95.0),
                Joint::Head => Vec2::new(100.0, 50.0),
                Joint::Shoulder(s) => place(s, 32.0, 95.0),
                Joint::Elbow(s) => place(s, 50.0, 145.0),
                Joint::Wrist(s) => place(s, wrist.x, wrist.y),
                Joint::Hand(s) => place(s, wrist.x + 3.0, wrist.y + 15.0),
                Joint::Hip(s) => place(s, 17.0, 200.0),
                Joint::Knee(s) => place(s, 20.0, 285.0),
                Joint::Ankle(s) => place(s, 22.0, 365.0),
                Joint::Toe(s) => place(s, 28.0, 380.0),
            };
            at.extend(0.0)
        });
        let mut figure =
            Self { joints, image: Plane::filled(SIZE, [250.0; 3]), matte: Plane::filled(SIZE, 0.0) };
        figure.draw_body();
        figure
    }

    fn draw_body(&mut self) {
        for leg in Side::BOTH.map(Limb::Leg) {
            self.draw(TROUSERS, |mask, chain| stroke_polyline(mask, &chain(leg), 26.0));
        }
        self.draw(CLOTH, |mask, _| {
            let trunk = [(66.0, 85.0), (134.0, 85.0), (128.0, 210.0), (72.0, 210.0)];
            fill_polygon(mask, &trunk.map(Vec2::from));
        });
        self.draw(SKIN, |mask, _| fill_disc(mask, Vec2::new(100.0, 50.0), 24.0));
        for arm in Side::BOTH.map(Limb::Arm) {
            self.draw(SKIN, |mask, chain| stroke_polyline(mask, &chain(arm), 18.0));
        }
    }

    /// Draws hair about a face, and gives that face's landmarks.
    fn draw_hair(&mut self) -> FaceLandmarks {
        self.draw(HAIR, |mask, _| fill_disc(mask, Vec2::new(100.0, 46.0), 28.0));
        let around = |i: usize| Vec2::new(100.0, 58.0) + Vec2::from_angle(i as f32) * Vec2::new(13.0, 18.0);
        self.draw(SKIN, |mask, _| {
            fill_disc(mask, Vec2::new(100.0, 58.0), 14.0);
            fill_disc(mask, Vec2::new(100.0, 78.0), 9.0);
        });
        let mut landmarks: Vec<Vec3> = (0..FaceLandmarks::COUNT).map(|i| around(i).extend(0.0)).collect();
        (landmarks[10], landmarks[152]) = (Vec3::new(100.0, 40.0, 0.0), Vec3::new(100.0, 76.0, 0.0));
        for cheek in [205, 425, 50, 280] {
            landmarks[cheek] = Vec3::new(100.0, 60.0, 0.0);
        }
        FaceLandmarks::new(landmarks).expect("all points are there")
    }

    fn draw(&mut self, colour: [f32; 3], shape: impl Fn(&mut Mask, &dyn Fn(Limb) -> [Vec2; 4])) {
        let mut mask = Plane::filled(SIZE, false);
        let joints = self.joints;
        shape(&mut mask, &|limb| joints.chain(limb).map(Vec3::truncate));
        for (i, _) in mask.pixels().iter().enumerate().filter(|(_, set)| **set) {
            self.image.pixels_mut()[i] = colour;
            self.matte.pixels_mut()[i] = 1.0;
        }
    }

    fn still<'a>(&'a self, person: &'a Person) -> Still<'a> {
        Still {
            image: &self.image,
            matte: &self.matte,
            foreground: &self.image,
            person,
            joints: &self.joints,
        }
    }

    fn take_apart(&self) -> (PartMap, Vec<Sheet>) {
        self.taken_apart(&person(&self.joints, None, None))
    }

    fn taken_apart(&self, person: &Person) -> (PartMap, Vec<Sheet>) {
        let still = self.still(person);
        let parts = find_parts(&still);
        let sheets = build_sheets(&still, &parts);
        (parts, sheets)
    }
}

fn person(joints: &Joints, face: Option<FaceLandmarks>, hand: Option<HandLandmarks>) -> Person {
    let seen = BodyLandmark { visibility: 0.9, presence: 0.9, ..Default::default() };
    let mut points = vec![seen; body::COUNT];
    for (side, offset) in [(Side::Left, 0), (Side::Right, 1)] {
        let named = [
            (body::LEFT_SHOULDER, Joint::Shoulder(side)),
            (body::LEFT_ELBOW, Joint::Elbow(side)),
            (body::LEFT_WRIST, Joint::Wrist(side)),
            (body::LEFT_HIP, Joint::Hip(side)),
            (body::LEFT_KNEE, Joint::Knee(side)),
            (body::LEFT_ANKLE, Joint::Ankle(side)),
        ];
        for (left, joint) in named {
            points[left + offset].image = joints[joint];
        }
    }
    Person {
        body: BodyLandmarks::new(points).expect("all points are there"),
        left_hand: hand,
        right_hand: None,
        face,
    }
}

fn label(parts: &PartMap, at: Vec2) -> Part {
    parts.labels.get(at.x as usize, at.y as usize)
}

fn sheet_of(sheets: &[Sheet], limb: Limb) -> &Sheet {
    sheets.iter().find(|sheet| sheet.kind == SheetKind::Limb(limb)).expect("the limb has a sheet")
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    Vec3::from_array(a).distance(Vec3::from_array(b))
}

#[test]
fn every_bone_lies_in_its_own_part() {
    let figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let (parts, sheets) = figure.take_apart();
    for limb in Limb::ALL {
        let [_, middle, end, _] = figure.joints.chain(limb).map(Vec3::truncate);
        for share in [0.1, 0.5, 0.9] {
            assert_eq!(label(&parts, middle.lerp(end, share)), Part::Limb(limb), "{limb:?} at {share}");
        }
        let region = parts.limbs[limb].as_ref().unwrap();
        assert!(region.signed_distance.get(middle.x as usize, middle.y as usize) > 4.0);
    }
    for y in [45.0, 110.0, 150.0, 195.0] {
        assert_eq!(label(&parts, Vec2::new(100.0, y)), Part::Core, "at {y}");
    }
    assert!(parts.hem.is_none());
    let kinds: Vec<SheetKind> = sheets.iter().map(|sheet| sheet.kind).collect();
    assert_eq!(kinds[..2], [SheetKind::Core, SheetKind::Back]);
    assert_eq!(kinds[2..6], Limb::ALL.map(SheetKind::Limb));
    assert_eq!(kinds[6..], Side::BOTH.map(SheetKind::Shoulder));
    assert!(sheets.iter().all(|sheet| sheet.rest == Rest::AsSeen));
}

#[test]
fn a_round_shoulder_has_the_arm_s_colours() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let sleeve = [40.0, 160.0, 70.0];
    for arm in Side::BOTH.map(Limb::Arm) {
        figure.draw(sleeve, |mask, chain| stroke_polyline(mask, &chain(arm), 18.0));
    }
    let (parts, sheets) = figure.take_apart();
    for side in Side::BOTH {
        let arm = Limb::Arm(side);
        let round = sheets.iter().find(|sheet| sheet.kind == SheetKind::Shoulder(side)).unwrap();
        let radius = parts.limbs[arm].as_ref().unwrap().radius_px;
        let [shoulder, elbow, ..] = figure.joints.chain(arm).map(Vec3::truncate);
        let bone = (elbow - shoulder).normalize_or(Vec2::Y);
        for place in [shoulder, shoulder + bone * radius, shoulder - bone.perp() * 0.7 * radius] {
            let (x, y) = (place.x as usize, place.y as usize);
            assert!(round.invented_alpha.get(x, y) > 0.9, "{side:?} at {place}");
            let off = distance(round.fill.get(x, y), sleeve);
            assert!(off < 25.0, "{side:?} at {place}: {:?}", round.fill.get(x, y));
        }
        for place in [shoulder - bone * 1.2 * radius, shoulder + bone * 3.4 * radius] {
            assert_eq!(
                round.invented_alpha.get(place.x as usize, place.y as usize),
                0.0,
                "{side:?} at {place}"
            );
        }
    }
}

#[test]
fn the_fringe_of_an_outline_is_of_the_part_beside_it() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    for arm in Side::BOTH.map(Limb::Arm) {
        figure.draw(CLOTH, |mask, chain| stroke_polyline(mask, &chain(arm), 18.0));
    }
    let (parts, _) = figure.take_apart();
    let nearest = nearest_in(&threshold(&figure.matte, 0.5)).unwrap();
    for (y, x) in (0..SIZE.height as usize).flat_map(|y| (0..SIZE.width as usize).map(move |x| (y, x))) {
        let [column, row] = nearest.get(x, y).map(|at| at as usize);
        assert_eq!(parts.labels.get(x, y), parts.labels.get(column, row), "at {x}, {y}");
    }
}

#[test]
fn cloth_goes_on_behind_an_arm() {
    let figure = Mannequin::new(Vec2::new(12.0, 160.0));
    let (parts, sheets) = figure.take_apart();
    let before_trunk = Vec2::new(118.0, 157.0);
    assert_eq!(label(&parts, before_trunk), Part::Limb(Limb::Arm(Side::Left)));
    let core = &sheets[0];
    assert!(core.coverage.get(118, 157) > 0.9 && core.invented.get(118, 157) > 0.9);
    let off = distance(core.fill.get(118, 157), CLOTH);
    assert!(off < 25.0, "the cloth is off by {off}");
}

#[test]
fn a_skirt_is_the_cores_and_the_legs_go_on_under_it() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    figure.draw(CLOTH, |mask, _| {
        let skirt = [(72.0, 190.0), (128.0, 190.0), (148.0, 270.0), (52.0, 270.0)];
        fill_polygon(mask, &skirt.map(Vec2::from));
    });
    let (parts, sheets) = figure.take_apart();
    let hem = parts.hem.as_ref().expect("a hem");
    assert!((0.65..0.95).contains(&hem.along_legs), "{}", hem.along_legs);
    assert_eq!(label(&parts, Vec2::new(118.0, 250.0)), Part::Core);
    assert_eq!(label(&parts, Vec2::new(121.0, 320.0)), Part::Limb(Limb::Leg(Side::Left)));
    let leg = sheet_of(&sheets, Limb::Leg(Side::Left));
    assert!(leg.invented_alpha.get(118, 230) > 0.9);
    let off = distance(leg.fill.get(118, 230), TROUSERS);
    assert!(off < 20.0, "the leg is off by {off}");
}

#[test]
fn trousers_that_are_darker_at_the_hips_are_no_skirt() {
    let hem = |hips: [f32; 3]| {
        let mut figure = Mannequin::new(Vec2::new(58.0, 150.0));
        figure.draw(hips, |mask, _| {
            let hips = [(66.0, 195.0), (134.0, 195.0), (134.0, 240.0), (66.0, 240.0)];
            fill_polygon(mask, &hips.map(Vec2::from));
        });
        figure.take_apart().0.hem
    };
    assert!(hem(TROUSERS.map(|c| 0.67 * c)).is_none());
    assert!(hem([110.0, 40.0, 40.0]).is_some());
}

#[test]
fn a_thigh_goes_on_behind_a_hand_that_hides_its_outline() {
    let figure = Mannequin::new(Vec2::new(27.0, 222.0));
    let (_, sheets) = figure.take_apart();
    let leg = sheet_of(&sheets, Limb::Leg(Side::Left));
    for (x, y) in (212..245).flat_map(|y| (110..129).map(move |x| (x, y))) {
        let (alpha, off) =
            (leg.coverage.get(x, y), distance(shown(leg, figure.image.get(x, y), (x, y)), TROUSERS));
        assert!(alpha > 0.9 && off < 6.0, "alpha {alpha}, colour off by {off} at {x}, {y}");
    }
    assert!((212..240).all(|y| leg.coverage.get(140, y) < 0.1), "no wider than it is below");
}

#[test]
fn a_gown_of_one_cloth_that_narrows_to_the_feet_is_a_skirt() {
    let mut figure = Mannequin::new(Vec2::new(58.0, 190.0));
    figure.draw(TROUSERS, |mask, _| {
        let gown =
            [(76.0, 190.0), (124.0, 190.0), (152.0, 330.0), (110.0, 372.0), (90.0, 372.0), (48.0, 330.0)];
        fill_polygon(mask, &gown.map(Vec2::from));
    });
    let (parts, _) = figure.take_apart();
    let hem = parts.hem.as_ref().expect("a hem");
    assert!((1.4..2.0).contains(&hem.along_legs), "{}", hem.along_legs);
    assert_eq!(label(&parts, Vec2::new(100.0, 300.0)), Part::Core);
}

/// What a sheet shows where the still shows `seen`.
fn shown(sheet: &Sheet, seen: [f32; 3], (x, y): (usize, usize)) -> [f32; 3] {
    let (fill, share) = (sheet.fill.get(x, y), sheet.invented.get(x, y));
    std::array::from_fn(|c| seen[c] + (fill[c] - seen[c]) * share)
}

#[test]
fn a_portrait_has_no_limbs() {
    let figure = Mannequin::new(Vec2::new(58.0, 190.0));
    let size = Size::new(200, 130);
    let (image, matte) = (figure.image.crop(0, 0, size), figure.matte.crop(0, 0, size));
    let person = person(&figure.joints, None, None);
    let still =
        Still { image: &image, matte: &matte, foreground: &image, person: &person, joints: &figure.joints };
    let parts = find_parts(&still);
    assert!(parts.limbs.0.iter().all(Option::is_none));
    assert!(parts.labels.pixels().iter().all(|&part| part == Part::Core));
    assert_eq!(build_sheets(&still, &parts).len(), 2);
}

fn wild_point() -> impl Strategy<Value = Vec3> {
    let value =
        || prop_oneof![8 => -30.0f32..130.0, 1 => Just(f32::NAN), 1 => Just(-1e9f32), 1 => Just(40.0f32)];
    (value(), value(), value()).prop_map(Vec3::from)
}

fn tame_point() -> impl Strategy<Value = Vec3> {
    (0.0f32..70.0, 0.0f32..90.0, -20.0f32..20.0).prop_map(Vec3::from)
}

fn points(count: usize) -> impl Strategy<Value = Vec<Vec3>> {
    prop_oneof![prop::collection::vec(wild_point(), count), prop::collection::vec(tame_point(), count)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the landmarks and the matte: no panic, a label for every pixel, planes within their ranges.
    #[test]
    fn nonsense_is_survived(
        (width, height) in (1u32..70, 1u32..90),
        joints in points(19),
        face in prop::option::of(points(478)),
        hand in prop::option::of(points(21)),
        seed in 0u32..9999,
        level in 0.0f32..1.3,
    ) {
        let size = Size::new(width, height);
        let noise = |x: u32, y: u32| (x / 5 * 7919 + y / 5 * 10_473 + seed) * 25 % 1000;
        let matte = Plane::from_fn(size, |x, y| (level * noise(x, y) as f32 / 500.0).clamp(0.0, 1.0));
        let image = Plane::from_fn(size, |x, y| [(noise(x, y) % 256) as f32, (noise(y, x) % 256) as f32, 90.0]);
        let mut next = joints.iter();
        let joints = Joints::from_fn(|_| *next.next().unwrap());
        let face = face.map(|points| FaceLandmarks::new(points).unwrap());
        let hand = hand.map(|points| HandLandmarks::new(points).unwrap());
        let person = person(&joints, face, hand);
        let still = Still { image: &image, matte: &matte, foreground: &image, person: &person, joints: &joints };
        let parts = find_parts(&still);
        prop_assert_eq!(parts.labels.size(), size);
        for limb in parts.limbs.0.iter().flatten() {
            prop_assert!(limb.radius_px > 0.0 && limb.signed_distance.pixels().iter().all(|d| d.is_finite()));
        }
        for sheet in build_sheets(&still, &parts) {
            for plane in [&sheet.coverage, &sheet.invented_alpha, &sheet.invented] {
                prop_assert!(plane.pixels().iter().all(|v| (0.0..=1.001).contains(v)), "{:?}", sheet.kind);
            }
            prop_assert!(sheet.fill.pixels().iter().flatten().all(|v| v.is_finite()), "{:?}", sheet.kind);
        }
    }
}

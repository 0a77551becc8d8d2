//! An arm tried out: drawn alone in a few poses, and what is drawn compared with where an arm in that pose is.

use frame::{Plane, PremulSrgba8, Size};
use glam::{Vec2, Vec3};

use crate::deform::Deformed;
use crate::filter::{Mask, resize_area, stroke_polyline};
use crate::fingers::Hands;
use crate::layers::{ArmCandidate, ArmFit, BEARABLE_STRETCH, SheetKind};
use crate::parts::{PartMap, Still};
use crate::render::{Exposure, Renderer, Texture};
use crate::retarget::{Pose, Sway};
use crate::rig::{Rig, RigSource};
use crate::{Joint, Joints, Limb, Side};

/// The side of a trial's square picture, in whose middle the shoulder is; an arm's whole length fits in half of it, or all
/// that there is of one.
const SIDE_PX: u32 = 240;
/// How far upper arm and forearm are raised sideways from hanging, in degrees.
const POSES_DEG: [[f32; 2]; 5] = [[12.0, 8.0], [55.0, 60.0], [95.0, 90.0], [30.0, 130.0], [140.0, 165.0]];
/// Half of the width within which an arm should be seen, in its radii: less than it is wide, for hands and wrists are slender.
const INNER: f32 = 0.7;
/// The same of what is about an arm at all, wide sleeves and all.
const OUTER: f32 = 1.8;
/// How far fingers reach from the wrist, in the distance of the knuckles: those that should be seen, and those that may be.
const FINGERS: [f32; 2] = [1.5, 2.2];

/// How well an arm does when it moves, in the mean over a few poses.
pub(crate) fn fit(candidate: &ArmCandidate, still: &Still<'_>, parts: &PartMap) -> ArmFit {
    let sheet = &candidate.sheet;
    let SheetKind::Limb(arm @ Limb::Arm(side)) = sheet.kind else { return ArmFit::default() };
    let alpha = sheet.alpha(still.matte);
    let rig = Rig::build(&RigSource {
        joints: still.joints,
        face: None,
        has_neck: true,
        parts,
        sheets: std::slice::from_ref(sheet),
        alphas: std::slice::from_ref(&alpha),
    });
    let bones = bone_lengths(still.joints, arm);
    let radii = Side::BOTH.map(|side| parts.limbs[Limb::Arm(side)].as_ref().map_or(0.0, |arm| arm.radius_px));
    // Both arms are as thick, however little is seen of one.
    let radius = radii[0].max(radii[1]).max(1.0);
    let reach = bones[0] + bones[1] + FINGERS[1] * bones[2] + radius;
    let scale = (0.5 * SIDE_PX as f32 / reach).min(1.0);
    let trial = Trial { arm, bones, radius, scale };
    let (rig, texture) = (rig.scaled(scale), texture(&alpha, &candidate.seen, scale));
    let outwards = (still.joints[Joint::Shoulder(side)] - still.joints[Joint::Shoulder(side.other())]).x;
    let mut renderer = Renderer::new();
    let fits = POSES_DEG.map(|raised| {
        let pose = trial.pose(still.joints, raised.map(|degrees| degrees.to_radians() * outwards.signum()));
        trial.fit_in(&pose, &rig, &texture, &mut renderer)
    });
    let mean = |of: fn(&ArmFit) -> f32| fits.iter().map(of).sum::<f32>() / fits.len() as f32;
    ArmFit { seen: mean(|f| f.seen), stretch: mean(|f| f.stretch), spill: mean(|f| f.spill) }
}

fn bone_lengths(joints: &Joints, arm: Limb) -> [f32; 3] {
    let [shoulder, elbow, wrist, hand] = arm.chain().map(|joint| joints[joint]);
    [shoulder.distance(elbow), elbow.distance(wrist), wrist.distance(hand)].map(|length| length.max(1.0))
}

/// What is drawn: red where it is seen in the still, black where it is made up.
fn texture(alpha: &Plane<f32>, seen: &Plane<f32>, scale: f32) -> Texture {
    let scaled = |length: u32| ((length as f32 * scale).round() as u32).max(1);
    let size = Size::new(scaled(alpha.size().width), scaled(alpha.size().height));
    let seen = alpha.zip_map(seen, |alpha, seen| alpha * seen);
    let [alpha, seen] = [alpha, &seen].map(|plane| resize_area(plane, size));
    let in_steps = |share: f32| (share * 255.0).round().clamp(0.0, 255.0) as u8;
    Texture::new(&alpha.zip_map(&seen, |&alpha, &seen| PremulSrgba8 {
        r: in_steps(seen.min(alpha)),
        a: in_steps(alpha),
        ..PremulSrgba8::default()
    }))
}

/// An arm to be tried out.
struct Trial {
    arm: Limb,
    /// Lengths of upper arm, forearm and hand, in pixels of the still.
    bones: [f32; 3],
    /// Half the arm's width, likewise.
    radius: f32,
    /// Pixels of the trial a pixel of the still.
    scale: f32,
}

impl Trial {
    /// The body as it is in the still but for an arm that lies flat, upper arm and forearm turned from hanging by `raised_rad`,
    /// positive towards the picture's right.
    fn pose(&self, joints: &Joints, raised_rad: [f32; 2]) -> Pose {
        let chain = self.arm.chain();
        let middle = Vec2::splat(0.5 * SIDE_PX as f32).extend(joints[chain[0]].z * self.scale);
        let mut joints = joints.map(|_, p| (p - joints[chain[0]]) * self.scale + middle);
        let [upper, fore] = raised_rad.map(|angle| Vec3::new(angle.sin(), angle.cos(), 0.0));
        for (i, direction) in [upper, fore, fore].into_iter().enumerate() {
            joints[chain[i + 1]] = joints[chain[i]] + direction * self.bones[i] * self.scale;
        }
        Pose {
            joints,
            scale: 1.0,
            head_rotation: glam::Mat3::IDENTITY,
            face: None,
            hands: Hands::default(),
            sway: Sway::default(),
        }
    }

    fn fit_in(&self, pose: &Pose, rig: &Rig, texture: &Texture, renderer: &mut Renderer) -> ArmFit {
        let mut drawn = Plane::filled(Size::new(SIDE_PX, SIDE_PX), PremulSrgba8::default());
        let exposure = Exposure::instant(pose.clone());
        renderer.draw_layer(rig, std::slice::from_ref(texture), &exposure, drawn.size(), &mut drawn);
        let [shoulder, elbow, wrist, hand] = pose.joints.chain(self.arm).map(Vec3::truncate);
        let [inner_tip, outer_tip] = FINGERS.map(|share| wrist + (hand - wrist) * share);
        let about = |points: &[Vec2], radii: f32| {
            let mut mask: Mask = Plane::filled(drawn.size(), false);
            stroke_polyline(&mut mask, points, 2.0 * radii * self.radius * self.scale);
            mask
        };
        // The beginning of the upper arm is the trunk's as well.
        let bones = [[shoulder.lerp(elbow, 0.3), elbow], [elbow, wrist], [wrist, inner_tip]];
        let red = drawn.map(|pixel| f32::from(pixel.r) / 255.0);
        let seen = bones.map(|bone| mean_within(&red, &about(&bone, INNER)));
        let near = about(&[shoulder, elbow, wrist, outer_tip], OUTER);
        let alpha = drawn.map(|pixel| f32::from(pixel.a) / 255.0);
        let [all, inside] = [None, Some(&near)].map(|within| total(&alpha, within));
        ArmFit {
            seen: seen.into_iter().fold(1.0, f32::min),
            stretch: stretch(rig, pose),
            spill: 1.0 - inside / all.max(1.0),
        }
    }
}

fn total(plane: &Plane<f32>, within: Option<&Mask>) -> f32 {
    let values = plane.pixels().iter().enumerate();
    values.filter(|(i, _)| within.is_none_or(|mask| mask.pixels()[*i])).map(|(_, value)| value).sum()
}

fn mean_within(plane: &Plane<f32>, mask: &Mask) -> f32 {
    total(plane, Some(mask)) / crate::filter::area(mask).max(1) as f32
}

/// The mean logarithm, over the area that a rig's cells take in a pose, of how many times more than bearable they are stretched where
/// they are stretched most (the larger singular value of their maps).
fn stretch(rig: &Rig, pose: &Pose) -> f32 {
    let mut deformed = Deformed::default();
    deformed.update(rig, pose);
    let (mut total_area, mut total) = (0.0f32, 0.0f32);
    for cell in &rig.cells {
        let [origin, right, below, _] = cell.map(|v| v as usize);
        let side = |to: usize| {
            let at_rest = rig.vertices.texel[to].distance(rig.vertices.texel[origin]);
            (deformed.places[to] - deformed.places[origin], at_rest.max(1e-3))
        };
        let ((across, width), (down, height)) = (side(right), side(below));
        let area = across.perp_dot(down).abs();
        let (u, v) = (across / width, down / height);
        let (squares, determinant) = (u.length_squared() + v.length_squared(), u.perp_dot(v));
        let largest =
            (0.5 * (squares + (squares * squares - 4.0 * determinant * determinant).max(0.0).sqrt())).sqrt();
        total_area += area;
        total += area * (largest / BEARABLE_STRETCH).ln().max(0.0);
    }
    total / total_area.max(1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PerLimb;
    use crate::layers::{Rest, Sheet};
    use crate::parts::{LimbRegion, Part};
    use frame::{BodyLandmark, BodyLandmarks, Person, body};

    const SIZE: Size = Size::new(200, 240);
    const ARM: Limb = Limb::Arm(Side::Left);

    fn joints(wrist: Vec2) -> Joints {
        Joints::from_fn(|joint| {
            let out = |side: Side, x: f32| if side == Side::Left { 100.0 + x } else { 100.0 - x };
            let at = match joint {
                Joint::Elbow(s) => Vec2::new(out(s, 40.0), 100.0),
                Joint::Wrist(s) => Vec2::new(out(s, wrist.x), wrist.y),
                Joint::Hand(s) => Vec2::new(out(s, wrist.x + 2.0), wrist.y + 12.0),
                Joint::Shoulder(s) => Vec2::new(out(s, 30.0), 50.0),
                Joint::Hip(s) | Joint::Knee(s) | Joint::Ankle(s) | Joint::Toe(s) => {
                    Vec2::new(out(s, 20.0), 160.0)
                }
                Joint::Chest => Vec2::new(100.0, 50.0),
                Joint::Pelvis => Vec2::new(100.0, 160.0),
                Joint::Head => Vec2::new(100.0, 20.0),
            };
            at.extend(0.0)
        })
    }

    /// The fit of an arm with its wrist there, counted from the middle of the picture, of which only what lies above a line is seen.
    fn fit_of(wrist: Vec2, seen_above: f32) -> ArmFit {
        let joints = joints(wrist);
        let [shoulder, elbow, wrist, hand] = joints.chain(ARM).map(Vec3::truncate);
        let mut own: Mask = Plane::filled(SIZE, false);
        stroke_polyline(&mut own, &[shoulder, elbow, wrist, wrist + (hand - wrist) * 1.8], 18.0);
        let coverage = crate::filter::coverage(&own);
        let region = LimbRegion {
            radius_px: 9.0,
            root_radius_px: 9.0,
            signed_distance: crate::filter::signed_distance(&own),
            under_hair: None,
            hand_visible: true,
        };
        let nothing = || Plane::filled(SIZE, 0.0);
        let sheet = Sheet {
            kind: SheetKind::Limb(ARM),
            rest: Rest::AsSeen,
            coverage,
            invented_alpha: nothing(),
            fill: Plane::filled(SIZE, [0.0; 3]),
            invented: nothing(),
            from_side: None,
            hand: None,
        };
        let seen = Plane::from_fn(SIZE, |_, y| if (y as f32) < seen_above { 1.0 } else { 0.0 });
        let clear = || Plane::filled(SIZE, false);
        let mut parts = PartMap {
            labels: Plane::filled(SIZE, Part::Core),
            core_signed_distance: nothing(),
            limbs: PerLimb::default(),
            hem: None,
            hair: clear(),
            hair_behind: clear(),
            ears: [None; 2],
        };
        parts.limbs[ARM] = Some(region);
        let nobody = vec![BodyLandmark::default(); body::COUNT];
        let person = Person {
            body: BodyLandmarks::new(nobody).expect("all points"),
            face: None,
            left_hand: None,
            right_hand: None,
        };
        let (image, matte) = (Plane::filled(SIZE, [0.0; 3]), Plane::filled(SIZE, 1.0));
        let still =
            Still { image: &image, matte: &matte, foreground: &image, person: &person, joints: &joints };
        fit(&ArmCandidate { sheet, seen }, &still, &parts)
    }

    #[test]
    fn an_arm_that_hangs_in_full_view_fits_and_half_of_one_does_not() {
        let [whole, half] = [240.0, 125.0].map(|above| fit_of(Vec2::new(42.0, 150.0), above));
        assert!(whole.seen > 0.85 && whole.stretch < 0.1 && whole.spill < 0.02, "{whole:?}");
        assert!(half.seen < 0.1 && half.stretch == whole.stretch, "{half:?}");
    }

    #[test]
    fn a_folded_arm_is_drawn_out() {
        let folded = fit_of(Vec2::new(36.0, 58.0), 240.0);
        assert!(folded.stretch > 0.4, "{folded:?}");
    }
}

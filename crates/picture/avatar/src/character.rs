use std::sync::Arc;

use frame::{BodyLandmark, FaceLandmarks, Image, Matte, Person, Plane, PremulSrgba8, Size, SrgbPlane};
use rayon::prelude::*;

use crate::face::mouth;
use crate::filter::{resize_area, resize_linear, sample_linear, to_srgb_plane};
use crate::layers::{self, Rest, Sheet, SheetKind};
use crate::matte::{foreground_colours, repair_matte};
use crate::parts::{PartMap, Still, find_parts, has_neck};
use crate::plate::{BackgroundPlate, CastShadow};
use crate::render::{Exposure, Renderer, Texture};
use crate::retarget::CharacterRest;
use crate::rig::{Rig, RigSource};
use crate::textures::{Rim, texture_of};
use crate::{AvatarError, Joint, Limb, Side, trial};

/// A still from which a character is made. All planes and landmarks have the size of the pictures to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct CharacterSource<'a> {
    /// The still.
    pub image: &'a Image,
    /// The matting network's own answer, or a matte that is right as it is.
    pub matte: &'a Matte,
    /// The pose network's own mask of the person, by which the matte is repaired; none for one that is right as it is.
    pub segmentation: Option<&'a Matte>,
    /// What was seen of the subject.
    pub person: &'a Person,
}

/// A character that can be drawn in any pose, in front of its still's background.
#[derive(Clone, Debug)]
pub struct Character {
    size: Size,
    rest: CharacterRest,
    rig: Rig,
    textures: Vec<Texture>,
    warnings: Vec<CharacterWarning>,
    analysis: Arc<Analysis>,
}

/// Something about the still that the result will show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CharacterWarning {
    /// A hand cannot be seen, and one is drawn, with its sleeve.
    #[error("the {0} hand is hidden in the image; an invented one is drawn")]
    HandHidden(Side),
    /// A hand cannot be seen, and there is no face to tell its colour.
    #[error("the {0} hand is hidden in the image; the arm ends without one")]
    HandMissing(Side),
    /// An arm is folded or points at the viewer.
    #[error("the {0} arm is folded or foreshortened in the image; it is redrawn from what can be seen")]
    ArmStraightened(Side),
    /// An arm is too badly seen to be used at all.
    #[error("the {0} arm cannot be seen well in the image; the other arm's mirror image stands for it")]
    ArmMirrored(Side),
    /// The knees or ankles are below the picture.
    #[error("the image does not show the whole body; its lower edge stays at the edge of the picture")]
    LegsCutOff,
    /// The landmarks are doubtful.
    #[error(
        "the body is hard to make out in the image (confidence {percent} %); a clear, front-facing one works best"
    )]
    LowConfidence {
        /// Mean visibility of the body's landmarks in the picture, in hundredths.
        percent: u8,
    },
}

/// What analysis has made of a still, ready to be put together.
#[derive(Debug)]
struct Analysis {
    /// What analysis pixels must be multiplied by to become pixels of the output.
    scale: f32,
    /// The subject in analysis pixels.
    person: Person,
    /// The repaired matte at the analysis size.
    matte: Plane<f32>,
    /// The still at the analysis size.
    image: SrgbPlane,
    /// The subject's own colours at the analysis size.
    foreground: SrgbPlane,
    /// The parts at the analysis size.
    parts: PartMap,
    /// The repaired matte at the output's size.
    full_matte: Matte,
    /// The subject's own colours at the output's size.
    full_foreground: SrgbPlane,
    /// The empty background at the output's size.
    plate: Image,
    /// The shadow that was removed from it, in pixels of the output.
    shadow: Option<CastShadow>,
}

/// Analysis is done at this long side at most; its thresholds are tuned to it, and more detail would not help it.
const ANALYSIS_LONG_SIDE_PX: u32 = 960;
/// A subject that fills less or more of the still than this is none.
const SUBJECT_SHARE: std::ops::Range<f32> = 0.01..0.97;

impl Analysis {
    fn new(source: &CharacterSource<'_>) -> Result<Self, AvatarError> {
        let full = to_srgb_plane(source.image);
        let size = source.image.size().fitted(ANALYSIS_LONG_SIDE_PX);
        let scale = full.size().long_side() as f32 / size.long_side() as f32;
        let person = scaled(source.person, scale.recip());
        let image = resize_area(&full, size);
        let raw_matte = resize_area(&source.matte.0, size);
        let matte = match source.segmentation {
            Some(mask) => repair_matte(&image, &raw_matte, &resize_area(&mask.0, size), &person),
            None => raw_matte.clone(),
        };
        let share = matte.pixels().iter().sum::<f32>() / size.area() as f32;
        if !SUBJECT_SHARE.contains(&share) {
            return Err(AvatarError::NoSubject { percent: (share * 100.0) as u8 });
        }
        let joints = CharacterRest::new(size, &person).joints;
        let parts = || {
            let foreground = foreground_colours(&image, &matte);
            let still = Still {
                image: &image,
                matte: &matte,
                foreground: &foreground,
                person: &person,
                joints: &joints,
            };
            let parts = find_parts(&still);
            (foreground, parts)
        };
        let at_full_size = || {
            let matte = repaired_at_full_size(&source.matte.0, &raw_matte, &matte);
            let foreground = foreground_colours(&full, &matte);
            (Matte(matte), foreground)
        };
        let plate = || {
            let background = BackgroundPlate::new(&image, &matte);
            let shadow = background.shadow().map(|shadow| shadow.scaled(scale));
            (background.at(source.image), shadow)
        };
        let ((foreground, parts), ((plate, shadow), (full_matte, full_foreground))) =
            rayon::join(parts, || rayon::join(plate, at_full_size));
        Ok(Self {
            scale,
            person,
            matte,
            image,
            foreground,
            parts,
            full_matte,
            full_foreground,
            plate,
            shadow,
        })
    }

    /// The sheets of `parts`, which may be other than its own.
    fn sheets(&self, parts: &PartMap, rest: &CharacterRest) -> Vec<Sheet> {
        let still = Still {
            image: &self.image,
            matte: &self.matte,
            foreground: &self.foreground,
            person: &self.person,
            joints: &rest.joints,
        };
        build_sheets(&still, parts)
    }
}

/// The sheets of a still: the core, its back, then the limbs that are in the picture in the order of [`Limb::ALL`], then round
/// shoulders.
pub fn build_sheets(still: &Still<'_>, parts: &PartMap) -> Vec<Sheet> {
    layers::build_sheets(still, parts, &|candidate| trial::fit(candidate, still, parts))
}

/// The network's matte with all its detail, and what repair changed at the analysis size laid over it.
fn repaired_at_full_size(full: &Plane<f32>, raw: &Plane<f32>, repaired: &Plane<f32>) -> Plane<f32> {
    let change = resize_linear(&repaired.zip_map(raw, |repaired, raw| repaired - raw), full.size());
    full.zip_map(&change, |matte, change| (matte + change).clamp(0.0, 1.0))
}

/// The same person in a picture `factor` times as large.
fn scaled(person: &Person, factor: f32) -> Person {
    let mut person = person.clone();
    person.body.points_mut().iter_mut().for_each(|p| p.image *= factor);
    for hand in [&mut person.left_hand, &mut person.right_hand].into_iter().flatten() {
        hand.points_mut().iter_mut().for_each(|p| *p *= factor);
    }
    if let Some(face) = &mut person.face {
        face.points_mut().iter_mut().for_each(|p| *p *= factor);
    }
    person
}

impl Character {
    /// Makes a character of a still.
    ///
    /// # Errors
    /// If the planes differ in size, or the matte holds no subject.
    pub fn build(source: &CharacterSource<'_>) -> Result<Self, AvatarError> {
        let size = source.image.size();
        for plane in [Some(source.matte), source.segmentation].into_iter().flatten() {
            let found = plane.0.size();
            if found != size {
                return Err(AvatarError::SizesDiffer { expected: size, found });
            }
        }
        let analysis = Analysis::new(source)?;
        let parts = analysis.parts.clone();
        Ok(Self::assemble(source.person, Arc::new(analysis), &parts))
    }

    /// The same character with arms that stay as they lie in the still, for a driver whose own arms cannot be seen: no arm is cut
    /// out, and nothing has to be invented behind it.
    #[must_use]
    pub fn with_arms_at_rest(&self) -> Self {
        let parts = self.analysis.parts.with_arms_at_rest();
        let person = self.analysis.person.clone().scaled(self.analysis.scale);
        Self::assemble(&person, Arc::clone(&self.analysis), &parts)
    }

    /// Puts a character together.
    fn assemble(person: &Person, analysis: Arc<Analysis>, parts: &PartMap) -> Self {
        let Analysis { scale, matte, full_matte, full_foreground, plate, .. } = &*analysis;
        let size = plate.size();
        let mut rest = CharacterRest::new(size, person);
        rest.measure_crown(&full_matte.0);
        let small_rest = CharacterRest::new(matte.size(), &analysis.person);
        let [left, right] = Side::BOTH.map(|side| rest.joints[Joint::Shoulder(side)].truncate());
        let rim = Rim::new(left.distance(right), plate);
        let (mut sheets, ink) =
            rayon::join(|| analysis.sheets(parts, &small_rest), || rim.ink(&full_matte.0, full_foreground));
        if ink.is_some() {
            // They have no line about them, and the lines of the arm's own end go over into the trunk's.
            sheets.retain(|sheet| !matches!(sheet.kind, SheetKind::Shoulder(_)));
        }
        let alphas: Vec<Plane<f32>> = sheets.iter().map(|sheet| sheet.alpha(matte)).collect();
        let source = RigSource {
            joints: &small_rest.joints,
            face: analysis.person.face.as_ref(),
            has_neck: has_neck(person),
            parts,
            sheets: &sheets,
            alphas: &alphas,
        };
        let texture = |sheet| texture_of(sheet, &full_matte.0, full_foreground, &rim);
        let (mut rig, mut textures) = rayon::join(
            || Rig::build(&source).scaled(*scale),
            || sheets.par_iter().map(texture).collect::<Vec<Texture>>(),
        );
        rig.ink = ink.filter(|_| textures.iter().any(Texture::has_side));
        rest.hands = rig.hands();
        if let (Some(on_rig), Some(face)) = (&rig.face, &person.face) {
            textures.push(Texture::new(&mouth::inside_texture(&on_rig.mouth, cheeks(face, full_foreground))));
        }
        Self { size, rig, textures, warnings: warnings_of(&rest, person, parts, &sheets), rest, analysis }
    }

    /// The size of the pictures it is drawn in: its still's.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// How it stands in its still.
    pub const fn rest(&self) -> &CharacterRest {
        &self.rest
    }

    /// How much of each of its still's pixels is the character, after repair.
    pub fn matte(&self) -> &Matte {
        &self.analysis.full_matte
    }

    /// What about the still the result will show.
    pub fn warnings(&self) -> &[CharacterWarning] {
        &self.warnings
    }

    /// Draws the character as it is seen in an exposure, in front of its background, on which it casts the shadow that it cast in
    /// its still. `into` takes the character's size.
    pub fn render(&self, exposure: &Exposure, renderer: &mut Renderer, into: &mut Image) {
        let Analysis { plate, shadow, .. } = &*self.analysis;
        renderer.draw(&self.rig, &self.textures, exposure, plate, shadow.as_ref(), into);
    }

    /// Draws the character alone, before nothing, without a shadow. `into` takes the character's size.
    pub fn render_layer(&self, exposure: &Exposure, renderer: &mut Renderer, into: &mut Plane<PremulSrgba8>) {
        renderer.draw_layer(&self.rig, &self.textures, exposure, self.size, into);
    }
}

/// The mean colour of both cheeks.
fn cheeks(face: &FaceLandmarks, colours: &SrgbPlane) -> [f32; 3] {
    const CHEEKS: [usize; 2] = [205, 425];
    let [a, b]: [[f32; 3]; 2] = CHEEKS.map(|i| sample_linear(colours, face[i].truncate()));
    [0, 1, 2].map(|c| 0.5 * (a[c] + b[c]))
}

fn warnings_of(
    rest: &CharacterRest,
    person: &Person,
    parts: &PartMap,
    sheets: &[Sheet],
) -> Vec<CharacterWarning> {
    let mut warnings = Vec::new();
    for side in Side::BOTH {
        let arm = Limb::Arm(side);
        let is_hidden = parts.limbs[arm].as_ref().is_some_and(|region| !region.hand_visible);
        let sheet = sheets.iter().find(|s| s.kind == SheetKind::Limb(arm));
        warnings.extend(match sheet.map(|sheet| &sheet.rest) {
            Some(Rest::Strip(_)) if is_hidden && person.face.is_some() => {
                Some(CharacterWarning::HandHidden(side))
            }
            Some(Rest::Strip(_)) => Some(CharacterWarning::ArmStraightened(side)),
            Some(Rest::Mirrored { .. }) => Some(CharacterWarning::ArmMirrored(side)),
            Some(Rest::AsSeen) if is_hidden => Some(CharacterWarning::HandMissing(side)),
            Some(Rest::AsSeen) | None => None,
        });
    }
    if !rest.is_whole() {
        warnings.push(CharacterWarning::LegsCutOff);
    }
    let confidence = confidence(rest, person);
    if confidence < 0.6 {
        warnings.push(CharacterWarning::LowConfidence { percent: (confidence * 100.0) as u8 });
    }
    warnings
}

/// Mean visibility of the body landmarks that lie in the picture; what the body does not have at all does not count.
fn confidence(rest: &CharacterRest, person: &Person) -> f32 {
    let is_there = |p: &&BodyLandmark| p.visibility > 0.0 && rest.size.contains(p.xy());
    let inside = || person.body.points().iter().filter(is_there);
    inside().map(|p| p.visibility).sum::<f32>() / inside().count().max(1) as f32
}

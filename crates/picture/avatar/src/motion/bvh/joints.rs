//! Which joints of a skeleton are those of a person, by the names that capture systems and libraries give them: Mixamo,
//! Rokoko, CMU, Biovision, Poser, Daz, Unreal and Rigify.

use super::BvhError;
use super::read::Bvh;
use crate::Side;

/// The joints of a person, by their index in [`Bvh::joints`]; of pairs the left one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PersonJoints {
    pub(super) hips: [usize; 2],
    pub(super) knees: [usize; 2],
    pub(super) ankles: [usize; 2],
    pub(super) toes: [Option<usize>; 2],
    pub(super) shoulders: [usize; 2],
    pub(super) elbows: [usize; 2],
    pub(super) wrists: [usize; 2],
    /// The first joint of the finger.
    pub(super) index_fingers: [Option<usize>; 2],
    pub(super) little_fingers: [Option<usize>; 2],
    pub(super) thumbs: [Option<usize>; 2],
    /// The base of the skull.
    pub(super) head: usize,
}

/// A part of the body, and its names without the side; letters and digits alone, in lower case.
struct Part {
    what: &'static str,
    names: &'static [&'static str],
    /// As a message tells them.
    told: &'static str,
}

const KNEE: Part = Part {
    what: "knee",
    names: &["knee", "leg", "shin", "lowerleg", "lowleg", "calf"],
    told: "LeftLeg, LeftKnee, LeftShin, LeftLowerLeg or LeftCalf",
};
const ANKLE: Part = Part { what: "ankle", names: &["ankle", "foot"], told: "LeftFoot or LeftAnkle" };
const TOE: Part =
    Part { what: "toe", names: &["toebase", "toe", "toes", "ball"], told: "LeftToeBase or LeftToe" };
const ELBOW: Part = Part {
    what: "elbow",
    names: &["elbow", "forearm", "lowerarm", "lowarm"],
    told: "LeftForeArm, LeftElbow or LeftLowerArm",
};
const WRIST: Part = Part { what: "wrist", names: &["wrist", "hand"], told: "LeftHand or LeftWrist" };
const INDEX: Part = Part {
    what: "index finger",
    names: &["handindex1", "index1", "index01", "findex01"],
    told: "LeftHandIndex1",
};
const LITTLE: Part = Part {
    what: "little finger",
    names: &["handpinky1", "pinky1", "pinky01", "little1", "fpinky01"],
    told: "LeftHandPinky1",
};
const THUMB: Part =
    Part { what: "thumb", names: &["handthumb1", "thumb1", "thumb01", "thumb"], told: "LeftHandThumb1" };

impl PersonJoints {
    /// The person's joints in a skeleton.
    ///
    /// A thigh starts where a knee's parent is, an upper arm where an elbow's is: by their names alone, Mixamo's `LeftArm`
    /// and CMU's `LeftShoulder` could not be told from collar bones.
    ///
    /// # Errors
    /// [`BvhError::MissingJoint`].
    pub(super) fn find(bvh: &Bvh) -> Result<Self, BvhError> {
        let skeleton = Skeleton::of(bvh);
        let knees = skeleton.pair(&KNEE)?;
        let elbows = skeleton.pair(&ELBOW)?;
        let above = |joints: [usize; 2], part: &Part| -> Result<[usize; 2], BvhError> {
            let parents = joints.map(|joint| bvh.joints[joint].parent);
            match parents {
                [Some(left), Some(right)] if left != right => Ok([left, right]),
                _ => Err(BvhError::MissingJoint {
                    what: format!("joint above the {}", part.what),
                    names: "the joint that holds it",
                }),
            }
        };
        let maybe = |part| Side::BOTH.map(|side| skeleton.of_side(part, side));
        Ok(Self {
            hips: above(knees, &KNEE)?,
            knees,
            ankles: skeleton.pair(&ANKLE)?,
            toes: maybe(&TOE),
            shoulders: above(elbows, &ELBOW)?,
            elbows,
            wrists: skeleton.pair(&WRIST)?,
            index_fingers: maybe(&INDEX),
            little_fingers: maybe(&LITTLE),
            thumbs: maybe(&THUMB),
            head: skeleton
                .first(&["head"])
                .or_else(|| skeleton.first(&["neck", "neck1", "neck01"]))
                .ok_or(BvhError::MissingJoint { what: "head".to_owned(), names: "Head or Neck" })?,
        })
    }
}

/// A skeleton's names, made alike.
struct Skeleton(Vec<String>);

impl Skeleton {
    fn of(bvh: &Bvh) -> Self {
        Self(bvh.joints.iter().map(|joint| plain(&joint.name)).collect())
    }

    /// The first joint with one of the names, of which the earlier are the better.
    fn first(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.0.iter().position(|own| own == name))
    }

    fn of_side(&self, part: &Part, side: Side) -> Option<usize> {
        let (word, letter) = match side {
            Side::Left => ("left", "l"),
            Side::Right => ("right", "r"),
        };
        let named = |name: &&str| {
            let forms = [
                format!("{word}{name}"),
                format!("{letter}{name}"),
                format!("{name}{word}"),
                format!("{name}{letter}"),
            ];
            forms.iter().find_map(|form| self.0.iter().position(|own| own == form))
        };
        part.names.iter().find_map(named)
    }

    fn pair(&self, part: &Part) -> Result<[usize; 2], BvhError> {
        let found = |side| {
            self.of_side(part, side).ok_or_else(|| BvhError::MissingJoint {
                what: format!("{side} {}", part.what),
                names: part.told,
            })
        };
        Ok([found(Side::Left)?, found(Side::Right)?])
    }
}

/// A joint's name as letters and digits in lower case, without what a program puts before every name.
fn plain(name: &str) -> String {
    let own = name.rsplit(':').next().unwrap_or(name);
    let letters: String =
        own.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let prefixes = ["mixamorig", "bip01", "bip001", "def", "character1"];
    let own = prefixes.iter().find_map(|prefix| letters.strip_prefix(prefix)).filter(|own| !own.is_empty());
    own.map_or_else(|| letters.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A skeleton of such joints, each with its parent's name.
    fn skeleton(joints: &[(&str, &str)]) -> Bvh {
        let joints = joints.iter().map(|(name, parent)| super::super::read::BvhJoint {
            name: (*name).to_owned(),
            parent: joints.iter().position(|(own, _)| own == parent),
            offset: glam::Vec3::ZERO,
            channels: Vec::new(),
            first_channel: 0,
            end: None,
        });
        Bvh { joints: joints.collect(), channels: 1, frame_secs: 0.1, values: vec![0.0] }
    }

    /// A body whose parts have these names, sides told by `sided`: thigh, shin, foot, collar, upper arm, forearm, hand.
    fn body(parts: [&str; 7], sided: impl Fn(&str, &str) -> String) -> Bvh {
        let [thigh, shin, foot, collar, upper, fore, hand] = parts;
        let mut joints = vec![("Hips".to_owned(), String::new()), ("Head".to_owned(), "Hips".to_owned())];
        for side in ["Left", "Right"] {
            let mut parent = "Hips".to_owned();
            for part in [thigh, shin, foot] {
                joints.push((sided(side, part), parent));
                parent = sided(side, part);
            }
            let mut parent = "Hips".to_owned();
            for part in [collar, upper, fore, hand] {
                joints.push((sided(side, part), parent));
                parent = sided(side, part);
            }
        }
        let joints: Vec<_> = joints.iter().map(|(name, parent)| (name.as_str(), parent.as_str())).collect();
        skeleton(&joints)
    }

    #[test]
    fn the_usual_names_are_known() {
        let mixamo = ["UpLeg", "Leg", "Foot", "Shoulder", "Arm", "ForeArm", "Hand"];
        let biovision = ["Hip", "Knee", "Ankle", "Collar", "Shoulder", "Elbow", "Wrist"];
        let poser = ["Thigh", "Shin", "Foot", "Collar", "Shldr", "ForeArm", "Hand"];
        let unreal = ["thigh", "calf", "foot", "clavicle", "upperarm", "lowerarm", "hand"];
        let letter = |side: &str| side[..1].to_lowercase();
        for bvh in [
            body(mixamo, |side, part| format!("mixamorig:{side}{part}")),
            body(mixamo, |side, part| format!("{side}{part}")),
            body(biovision, |side, part| format!("{side}{part}")),
            body(poser, |side, part| format!("{}{part}", letter(side))),
            body(unreal, |side, part| format!("{part}_{}", letter(side))),
        ] {
            let found = PersonJoints::find(&bvh).unwrap();
            assert_eq!((found.hips, found.knees, found.ankles), ([2, 9], [3, 10], [4, 11]));
            assert_eq!((found.shoulders, found.elbows, found.wrists), ([6, 13], [7, 14], [8, 15]));
            assert_eq!((found.head, found.toes), (1, [None, None]));
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let one_armed = body(["a", "LegX", "b", "c", "d", "e", "f"], |side, part| format!("{side}{part}"));
        let told = PersonJoints::find(&one_armed).unwrap_err().to_string();
        assert!(
            told.starts_with("no joint stands for the left knee: it is looked for as LeftLeg, "),
            "{told}"
        );
    }
}

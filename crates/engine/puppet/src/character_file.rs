//! A character as a file of its own: the still as it was drawn, what of it is the character, and where its limbs are, so that
//! whoever uses it again needs no network, and may have edited any of the three.
//!
//! It is a ZIP archive of exactly `image.png`, `matte.png` (grey, white is the character) and `character.json`.

use avatar::measure::JointBias;
use avatar::motion::{NamedPerson, NamedPersonError};
use frame::{Image, Matte, Person};
use media::{CHARACTER_ENTRIES, Limits, MediaError, decode_still, encode_grey_png, encode_png};
use serde::{Deserialize, Serialize};

use crate::archive::{Archive, ArchiveError, Packing, pack};

/// Names the layout; a reader refuses any other.
const FORMAT: &str = "pantomime-character-1";

/// Bytes of `character.json`, unpacked, at most; a person with hands and a face takes some 25,000.
const LANDMARK_BYTES: u64 = 1 << 20;

/// A character that is made anew without networks.
#[derive(Clone, Debug, PartialEq)]
pub struct CharacterFile {
    /// The still, upright.
    pub image: Image,
    /// What of it is the character, in the same size; taken as it is.
    pub matte: Matte,
    /// Its landmarks, in the still's pixels.
    pub person: Person,
    /// How far beside these landmarks its joints were seen, if it was drawn and looked at.
    pub joint_bias: Option<JointBias>,
}

/// Why a file is no character that can be used. Each message is a clause.
#[derive(Debug, thiserror::Error)]
pub enum CharacterFileError {
    /// The archive or one of its parts is broken, missing, too large, or of a kind that is not read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Something is in it that has no place there.
    #[error("it holds `{0}`, which is none of image.png, matte.png and character.json")]
    Stranger(String),
    /// A picture in it is none, or beyond the limits.
    #[error("in its {name}: {source}")]
    Picture {
        /// Which part.
        name: &'static str,
        /// The reason.
        source: MediaError,
    },
    /// The landmarks are no JSON of this layout.
    #[error("its character.json cannot be read ({0})")]
    Json(#[from] serde_json::Error),
    /// It cannot be written.
    #[error("it cannot be packed ({0})")]
    Packing(#[source] std::io::Error),
    /// A file of another program's version.
    #[error("its format is `{0}`, and this program reads `{FORMAT}`")]
    Format(String),
    /// The landmarks are not a person's.
    #[error("in its character.json, {0}")]
    Landmarks(#[from] NamedPersonError),
    /// Its parts do not belong together.
    #[error("its image is {image}, its matte {matte} and its landmarks for {landmarks} pixels")]
    SizesDiffer {
        /// The picture's size.
        image: frame::Size,
        /// The matte's.
        matte: frame::Size,
        /// What the landmarks refer to.
        landmarks: frame::Size,
    },
}

/// What `character.json` holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    format: String,
    size: [u32; 2],
    landmarks: NamedPerson,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    joint_bias: Option<JointBias>,
}

impl CharacterFile {
    /// Reads a file's bytes. Whatever they say, no more is unpacked than the limits on images allow, and nothing is written.
    ///
    /// # Errors
    /// [`CharacterFileError`].
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, CharacterFileError> {
        let archive = Archive::open(bytes)?;
        let is_known = |name: &&[u8]| CHARACTER_ENTRIES.iter().any(|entry| entry.as_bytes() == *name);
        if let Some(name) = archive.names().find(|name| !is_known(name)) {
            let name = String::from_utf8_lossy(name);
            return Err(CharacterFileError::Stranger(
                name.chars().filter(|c| !c.is_control()).take(60).collect(),
            ));
        }
        let [image, matte, json] = CHARACTER_ENTRIES;
        // The smallest part first: it tells soonest of a file of another kind.
        let described: Described = serde_json::from_slice(&archive.read(json, LANDMARK_BYTES)?)?;
        if described.format != FORMAT {
            return Err(CharacterFileError::Format(described.format.chars().take(60).collect()));
        }
        let person = Person::try_from(described.landmarks)?;
        let picture = |name| {
            let bytes = archive.read(name, limits.image_bytes)?;
            decode_still(&bytes, limits).map_err(|source| CharacterFileError::Picture { name, source })
        };
        let image = picture(image)?.image;
        let matte = picture(matte)?.image.map(|grey| f32::from(grey.r) / 255.0);
        let landmarks = frame::Size::new(described.size[0], described.size[1]);
        if matte.size() != image.size() || landmarks != image.size() {
            let (image, matte) = (image.size(), matte.size());
            return Err(CharacterFileError::SizesDiffer { image, matte, landmarks });
        }
        Ok(Self { image, matte: Matte(matte), person, joint_bias: described.joint_bias })
    }

    /// The file's bytes: the same for the same character.
    ///
    /// # Errors
    /// If the pictures cannot be encoded.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CharacterFileError> {
        let size = self.image.size();
        let described = Described {
            format: FORMAT.to_owned(),
            size: [size.width, size.height],
            landmarks: NamedPerson::from(&self.person),
            joint_bias: self.joint_bias.clone(),
        };
        let [image, matte, json] = CHARACTER_ENTRIES;
        let picture = |name, encoded: Result<Vec<u8>, MediaError>| {
            encoded.map_err(|source| CharacterFileError::Picture { name, source })
        };
        let described = serde_json::to_vec_pretty(&described)?;
        let picture_bytes = picture(image, encode_png(&self.image))?;
        let matte_bytes = picture(matte, encode_grey_png(&self.matte.0))?;
        pack(&[
            (json, &described, Packing::Deflated),
            (image, &picture_bytes, Packing::Stored),
            (matte, &matte_bytes, Packing::Stored),
        ])
        .map_err(CharacterFileError::Packing)
    }
}

#[cfg(test)]
mod tests {
    use frame::{BodyLandmark, BodyLandmarks, Plane, Size, Srgb8, body};
    use proptest::prelude::*;

    use super::*;

    fn character() -> CharacterFile {
        let size = Size::new(80, 96);
        let landmark = |i: usize| BodyLandmark {
            image: glam::Vec3::new(40.25, i as f32 * 2.5, 0.0),
            visibility: 1.0,
            presence: 1.0,
            ..Default::default()
        };
        let body = BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap();
        CharacterFile {
            image: Plane::from_fn(size, |x, y| Srgb8::new(x as u8, y as u8, (x * y) as u8)),
            matte: Matte(Plane::from_fn(size, |x, _| f32::from(x as u8) / 255.0)),
            person: Person { body, left_hand: None, right_hand: None, face: None },
            joint_bias: Some(serde_json::from_str(r#"{"left_hip":[0.04,-0.01]}"#).unwrap()),
        }
    }

    fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let parts: Vec<_> = parts.iter().map(|(name, bytes)| (*name, *bytes, Packing::Deflated)).collect();
        pack(&parts).unwrap()
    }

    fn told(bytes: &[u8]) -> String {
        CharacterFile::read(bytes, &Limits::default()).unwrap_err().to_string()
    }

    /// The parts of a good file.
    fn parts() -> [Vec<u8>; 3] {
        let bytes = character().to_bytes().unwrap();
        let archive = Archive::open(&bytes).unwrap();
        CHARACTER_ENTRIES.map(|name| archive.read(name, 1 << 20).unwrap())
    }

    #[test]
    fn a_character_comes_back_as_it_was() {
        let bytes = character().to_bytes().unwrap();
        assert_eq!(bytes, character().to_bytes().unwrap());
        assert_eq!(media::FileKind::of(&bytes), media::FileKind::Character);
        assert_eq!(CharacterFile::read(&bytes, &Limits::default()).unwrap(), character());
    }

    #[test]
    fn it_may_be_packed_again_by_any_program() {
        let [image, matte, json] = parts();
        let again = archive(&[("matte.png", &matte), ("image.png", &image), ("character.json", &json)]);
        assert_eq!(CharacterFile::read(&again, &Limits::default()).unwrap(), character());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let [image, matte, json] = parts();
        let json = String::from_utf8(json).unwrap();
        let with = |json: &str| {
            archive(&[("image.png", &image), ("matte.png", &matte), ("character.json", json.as_bytes())])
        };
        assert!(told(b"PK\x03\x04").starts_with("it is no whole ZIP archive"));
        assert_eq!(
            told(&archive(&[("image.png", &image), ("matte.png", &matte)])),
            "it holds no character.json"
        );
        assert_eq!(
            told(&archive(&[("character.json", json.as_bytes()), ("image.png", &image)])),
            "it holds no matte.png"
        );
        for name in ["../image.png", "/etc/passwd", "folder/image.png", "readme.txt"] {
            assert_eq!(
                told(&archive(&[(name, b"")])),
                format!("it holds `{name}`, which is none of image.png, matte.png and character.json")
            );
        }
        assert!(told(&with(&json.replace("character-1", "character-2"))).contains("`pantomime-character-2`"));
        assert_eq!(
            told(&with(&json.replacen("\"nose\"", "\"snout\"", 1))),
            "in its character.json, the landmark nose is missing"
        );
        assert!(told(&with(&json.replacen("0.04,", "7.0,", 1))).contains("further aside"));
        assert!(told(&with(&json[..40])).starts_with("its character.json cannot be read"));
        assert_eq!(
            told(&with(&json.replacen("96", "97", 1))),
            "its image is 80x96, its matte 80x96 and its landmarks for 80x97 pixels"
        );
        let text = archive(&[
            ("image.png", b"not a picture"),
            ("matte.png", &matte),
            ("character.json", json.as_bytes()),
        ]);
        assert!(told(&text).starts_with("in its image.png: The image is a text file"));
    }

    #[test]
    fn nothing_unpacks_beyond_the_limits() {
        let bomb = archive(&[("character.json", &vec![b' '; 64 << 20])]);
        assert!(bomb.len() < 100_000);
        assert_eq!(told(&bomb), "its character.json is larger than 1048576 bytes");
        let [image, matte, json] = parts();
        let file = archive(&[("image.png", &image), ("matte.png", &matte), ("character.json", &json)]);
        let small = Limits { image_greatest_side_px: 90, ..Limits::default() };
        let told = CharacterFile::read(&file, &small).unwrap_err().to_string();
        assert!(told.starts_with("in its image.png: The image is 80x96 pixels"), "{told}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_file_spoilt_or_cut_anywhere_is_no_trouble(at in 0.0f64..1.0, byte: u8) {
            let mut bytes = character().to_bytes().unwrap();
            let at = (at * bytes.len() as f64) as usize;
            let _ = CharacterFile::read(&bytes[..at], &Limits::default());
            bytes[at] = byte;
            let _ = CharacterFile::read(&bytes, &Limits::default());
        }
    }
}

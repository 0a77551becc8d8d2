use frame::{
    BodyLandmark, BodyLandmarks, FaceLandmarks, FrameRate, HandLandmarks, LandmarkCountError, Person, Size,
    body,
};
use glam::{Vec2, Vec3};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{MotionClip, View};

/// Names the layout; a reader refuses any other.
const FORMAT: &str = "pantomime-motion-2";

/// Frames that are read: half an hour of the quickest video.
const MAX_FRAMES: usize = 216_000;

/// Greatest number of pixels, and of metres, that a landmark can be off: far more than any camera sees, and little enough to
/// reckon with.
pub(super) const FARTHEST_PX: f32 = 100_000.0;
pub(super) const FARTHEST_M: f32 = 100.0;

/// Numbers a body landmark takes: image x, y, z; world x, y, z; visibility; presence.
const BODY_STRIDE: usize = 8;

/// A [`MotionClip`] as it lies in a file.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredClip {
    format: String,
    size: [u32; 2],
    frame_rate: FrameRate,
    #[serde(deserialize_with = "bounded_list")]
    people: Vec<Option<StoredPerson>>,
    /// Shot, zoom, x and y of the shift; none for a camera that stood still.
    #[serde(default)]
    views: Vec<(u32, f32, f32, f32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shutter_deg: Option<f32>,
}

/// A list of frames that is no longer than [`MAX_FRAMES`].
fn bounded_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Option<StoredPerson>>, D::Error> {
    struct Frames;
    impl<'de> Visitor<'de> for Frames {
        type Value = Vec<Option<StoredPerson>>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "a list of at most {MAX_FRAMES} frames")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut frames = Vec::new();
            while let Some(frame) = list.next_element()? {
                if frames.len() == MAX_FRAMES {
                    return Err(A::Error::invalid_length(MAX_FRAMES + 1, &self));
                }
                frames.push(frame);
            }
            Ok(frames)
        }
    }
    deserializer.deserialize_seq(Frames)
}

#[derive(Serialize, Deserialize)]
struct StoredPerson {
    body: Vec<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_hand: Option<Vec<f32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    right_hand: Option<Vec<f32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    face: Option<Vec<f32>>,
}

/// A file that is no motion clip, or one of another layout.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoredClipError {
    #[error("the motion clip has the format `{0}`; this program reads `{FORMAT}`")]
    Format(String),
    #[error("a landmark of the motion clip is not {0} numbers long")]
    Ragged(usize),
    #[error("the motion clip holds a landmark farther off than any camera sees")]
    TooFar,
    #[error("the motion clip has {found} views for {expected} frames")]
    Views { found: usize, expected: usize },
    #[error("in the motion clip: {0}")]
    Count(#[from] LandmarkCountError),
}

/// `value` to a whole number of `steps` in 1.
pub(super) fn rounded(value: f32, steps: f32) -> f32 {
    (value * steps).round() / steps
}

fn flat(points: &[Vec3]) -> Vec<f32> {
    points.iter().flat_map(|p| p.to_array()).map(|v| rounded(v, 100.0)).collect()
}

fn points(numbers: &[f32]) -> Result<Vec<Vec3>, StoredClipError> {
    let (points, rest) = numbers.as_chunks::<3>();
    if !rest.is_empty() {
        return Err(StoredClipError::Ragged(3));
    }
    within(numbers, FARTHEST_PX)?;
    Ok(points.iter().map(|p| Vec3::from(*p)).collect())
}

/// No number is greater than `most`, below or above nought, and each is one.
fn within(numbers: &[f32], most: f32) -> Result<(), StoredClipError> {
    if numbers.iter().all(|v| v.abs() <= most) { Ok(()) } else { Err(StoredClipError::TooFar) }
}

/// To a hundred-thousandth of the zoom and a hundredth of a pixel.
fn stored_view(view: &View) -> (u32, f32, f32, f32) {
    let [x, y] = view.shift.to_array().map(|v| rounded(v, 100.0));
    (view.shot, rounded(view.zoom, 100_000.0), x, y)
}

fn view((shot, zoom, x, y): (u32, f32, f32, f32)) -> Result<View, StoredClipError> {
    within(&[zoom, x, y], FARTHEST_PX)?;
    Ok(View { shot, zoom, shift: Vec2::new(x, y) })
}

impl From<&Person> for StoredPerson {
    fn from(person: &Person) -> Self {
        let body = person.body.points().iter().flat_map(|p| {
            let image = p.image.to_array().map(|v| rounded(v, 100.0));
            let world = p.world.to_array().map(|v| rounded(v, 10_000.0));
            let likelihood = [p.visibility, p.presence].map(|v| rounded(v, 1000.0));
            image.into_iter().chain(world).chain(likelihood)
        });
        let hand = |hand: &Option<HandLandmarks>| hand.as_ref().map(|h| flat(h.points()));
        Self {
            body: body.collect(),
            left_hand: hand(&person.left_hand),
            right_hand: hand(&person.right_hand),
            face: person.face.as_ref().map(|f| flat(f.points())),
        }
    }
}

impl TryFrom<StoredPerson> for Person {
    type Error = StoredClipError;

    fn try_from(stored: StoredPerson) -> Result<Self, StoredClipError> {
        if stored.body.len() != BODY_STRIDE * body::COUNT {
            return Err(StoredClipError::Ragged(BODY_STRIDE));
        }
        for n in stored.body.as_chunks::<BODY_STRIDE>().0 {
            within(&n[..3], FARTHEST_PX)?;
            within(&n[3..6], FARTHEST_M)?;
            within(&n[6..], 1.0)?;
        }
        let landmark = |n: &[f32; BODY_STRIDE]| BodyLandmark {
            image: Vec3::new(n[0], n[1], n[2]),
            world: Vec3::new(n[3], n[4], n[5]),
            visibility: n[6],
            presence: n[7],
        };
        let hand = |numbers: Option<Vec<f32>>| -> Result<_, StoredClipError> {
            numbers.map(|n| Ok(HandLandmarks::new(points(&n)?)?)).transpose()
        };
        Ok(Self {
            body: BodyLandmarks::new(stored.body.as_chunks().0.iter().map(landmark).collect())?,
            left_hand: hand(stored.left_hand)?,
            right_hand: hand(stored.right_hand)?,
            face: stored
                .face
                .map(|n| Ok::<_, StoredClipError>(FaceLandmarks::new(points(&n)?)?))
                .transpose()?,
        })
    }
}

impl From<MotionClip> for StoredClip {
    fn from(clip: MotionClip) -> Self {
        Self {
            format: FORMAT.to_owned(),
            size: [clip.size.width, clip.size.height],
            frame_rate: clip.frame_rate,
            people: clip.people.iter().map(|p| p.as_ref().map(StoredPerson::from)).collect(),
            views: clip.views.iter().map(stored_view).collect(),
            shutter_deg: clip.shutter_deg,
        }
    }
}

impl TryFrom<StoredClip> for MotionClip {
    type Error = StoredClipError;

    fn try_from(stored: StoredClip) -> Result<Self, StoredClipError> {
        if stored.format != FORMAT {
            return Err(StoredClipError::Format(stored.format));
        }
        let people = stored.people.into_iter().map(|p| p.map(Person::try_from).transpose());
        let people: Vec<Option<Person>> = people.collect::<Result<_, _>>()?;
        if !stored.views.is_empty() && stored.views.len() != people.len() {
            return Err(StoredClipError::Views { found: stored.views.len(), expected: people.len() });
        }
        Ok(Self {
            size: Size::new(stored.size[0], stored.size[1]),
            frame_rate: stored.frame_rate,
            people,
            views: stored.views.into_iter().map(view).collect::<Result<_, _>>()?,
            shutter_deg: stored.shutter_deg.map(|degrees| degrees.clamp(0.0, 360.0)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person() -> Person {
        let landmark = |i: usize| BodyLandmark {
            image: Vec3::new(i as f32 * 3.25, 100.5, -7.75),
            world: Vec3::new(0.1234, -0.5, 0.25),
            visibility: 0.75,
            presence: 0.5,
        };
        Person {
            body: BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap(),
            left_hand: Some(HandLandmarks::new(vec![Vec3::splat(0.5); HandLandmarks::COUNT]).unwrap()),
            right_hand: None,
            face: Some(FaceLandmarks::new(vec![Vec3::new(1.25, 2.5, -3.0); FaceLandmarks::COUNT]).unwrap()),
        }
    }

    fn clip() -> MotionClip {
        MotionClip {
            size: Size::new(540, 960),
            frame_rate: FrameRate::new(30000, 1001).unwrap(),
            people: vec![Some(person()), None],
            views: vec![View::default(), View { shot: 1, zoom: 0.984_25, shift: Vec2::new(-3.25, 0.5) }],
            shutter_deg: None,
        }
    }

    #[test]
    fn a_clip_comes_back_as_it_was_written() {
        let text = serde_json::to_string(&clip()).unwrap();
        assert_eq!(serde_json::from_str::<MotionClip>(&text).unwrap(), clip());
    }

    #[test]
    fn numbers_are_written_short() {
        let mut clip = clip();
        if let Some(person) = &mut clip.people[0] {
            person.face.as_mut().unwrap().points_mut()[0] = Vec3::new(123.456_79, 0.1 + 0.2, 1.0 / 3.0);
        }
        let text = serde_json::to_string(&clip).unwrap();
        assert!(text.contains("[123.46,0.3,0.33,"), "{text}");
    }

    proptest! {
        /// Taken up from a file, a clip gives the frames that it would have given: `f32` survives JSON, and what is
        /// rounded stays as it is. Landmarks lie within some lengths of the largest picture.
        #[test]
        fn a_clip_as_stored_comes_back_to_the_last_bit(
            pixels in prop::array::uniform3(-30_000f32..30_000.0),
            metres in prop::array::uniform3(-5f32..5.0),
            likelihood in 0f32..=1.0,
        ) {
            let mut clip = clip();
            if let Some(person) = &mut clip.people[0] {
                let point = BodyLandmark {
                    image: pixels.into(),
                    world: metres.into(),
                    visibility: likelihood,
                    presence: likelihood,
                };
                person.body.points_mut()[5] = point;
                person.face.as_mut().unwrap().points_mut()[5] = pixels.into();
            }
            let clip = clip.as_stored();
            let text = serde_json::to_string(&clip).unwrap();
            let again: MotionClip = serde_json::from_str(&text).unwrap();
            let bits = |clip: &MotionClip| -> Vec<u32> {
                let person = clip.people[0].as_ref().unwrap();
                let body = person.body.points().iter().flat_map(|p| {
                    p.image.to_array().into_iter().chain(p.world.to_array()).chain([p.visibility, p.presence])
                });
                let face = person.face.as_ref().unwrap().points().iter().flat_map(|p| p.to_array());
                body.chain(face).map(f32::to_bits).collect()
            };
            prop_assert_eq!(bits(&again), bits(&clip));
        }
    }

    #[test]
    fn files_of_another_layout_or_shape_are_refused() {
        let text = serde_json::to_string(&clip()).unwrap();
        let read =
            |text: String| serde_json::from_str::<MotionClip>(&text).map(|_| ()).map_err(|e| e.to_string());
        assert!(read(text.replace("motion-2", "motion-9")).unwrap_err().contains("motion-9"));
        assert!(read(text.replacen("0.5,", "", 1)).is_err());
        assert!(read(text.replacen("0.1234", "1234.0", 1)).unwrap_err().contains("farther"));
        assert!(read(text.replacen("0.1234", "1e300", 1)).is_err());
        let endless = text.replacen("null", &vec!["null"; MAX_FRAMES].join(","), 1);
        assert!(read(endless).unwrap_err().contains("at most 216000 frames"));
        assert!(read(text.replacen("[1,0.98425,-3.25,0.5]", "[1,0.98425,-3.25]", 1)).is_err());
        assert!(read(text.replacen(",[1,0.98425,-3.25,0.5]", "", 1)).unwrap_err().contains("1 views for 2"));
        assert!(read(text.replace("30000/1001", "0/1")).is_err());
    }
}

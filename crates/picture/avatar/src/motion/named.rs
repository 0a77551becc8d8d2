use std::collections::BTreeMap;

use frame::{BodyLandmark, BodyLandmarks, FaceLandmarks, FrameRate, HandLandmarks, Person, Size, body, hand};
use glam::Vec3;
use serde::{Deserialize, Serialize};

use super::MotionClip;
use super::stored::{FARTHEST_M, FARTHEST_PX, rounded};

/// A person's landmarks by their names, for people and other programs to read and edit: the body's and the hands' by those
/// that the topologies' authors give them, the face as a list. Places are in pixels, x right, y down; `z` is depth in the same
/// pixels and `world` metres about the middle of the hips, both smaller where nearer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedPerson {
    body: Named<NamedLandmark>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_hand: Option<Named<NamedPoint>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    right_hand: Option<Named<NamedPoint>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    face: Option<Vec<[f32; 3]>>,
}

type Named<T> = BTreeMap<String, T>;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct NamedLandmark {
    x: f32,
    y: f32,
    z: f32,
    world: [f32; 3],
    visibility: f32,
    presence: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct NamedPoint {
    x: f32,
    y: f32,
    z: f32,
}

/// Named landmarks that make no person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamedPersonError {
    /// A landmark that the topology has is not there.
    #[error("the landmark {0} is missing")]
    Missing(&'static str),
    /// A list of face landmarks of another length.
    #[error("the face has {0} landmarks, and {count} are needed", count = FaceLandmarks::COUNT)]
    Face(usize),
    /// A landmark that no picture holds.
    #[error("the landmark {0} lies farther off than any camera sees")]
    TooFar(&'static str),
}

impl From<&Person> for NamedPerson {
    fn from(person: &Person) -> Self {
        let named = |(name, point): (&&str, &Vec3)| {
            let [x, y, z] = point.to_array().map(hundredths);
            ((*name).to_owned(), NamedPoint { x, y, z })
        };
        let hand = |hand: &HandLandmarks| hand::NAMES.iter().zip(hand.points()).map(named).collect();
        let body = body::NAMES.iter().zip(person.body.points()).map(|(name, point)| {
            let [x, y, z] = point.image.to_array().map(hundredths);
            let world = point.world.to_array().map(|metres| rounded(metres, 10_000.0));
            let [visibility, presence] = [point.visibility, point.presence].map(|v| rounded(v, 1000.0));
            ((*name).to_owned(), NamedLandmark { x, y, z, world, visibility, presence })
        });
        Self {
            body: body.collect(),
            left_hand: person.left_hand.as_ref().map(hand),
            right_hand: person.right_hand.as_ref().map(hand),
            face: person
                .face
                .as_ref()
                .map(|face| face.points().iter().map(|point| point.to_array().map(hundredths)).collect()),
        }
    }
}

impl TryFrom<NamedPerson> for Person {
    type Error = NamedPersonError;

    fn try_from(named: NamedPerson) -> Result<Self, NamedPersonError> {
        let body = body::NAMES.iter().map(|name| {
            let point = named.body.get(*name).ok_or(NamedPersonError::Missing(name))?;
            let place = near([point.x, point.y, point.z], FARTHEST_PX, name)?;
            Ok(BodyLandmark {
                image: place,
                world: near(point.world, FARTHEST_M, name)?,
                visibility: point.visibility.clamp(0.0, 1.0),
                presence: point.presence.clamp(0.0, 1.0),
            })
        });
        let hand = |points: &Named<NamedPoint>| {
            let points = hand::NAMES.iter().map(|name| {
                let point = points.get(*name).ok_or(NamedPersonError::Missing(name))?;
                near([point.x, point.y, point.z], FARTHEST_PX, name)
            });
            let points = points.collect::<Result<Vec<_>, _>>()?;
            HandLandmarks::new(points).map_err(|_| NamedPersonError::Missing("hand"))
        };
        let face = |points: &Vec<[f32; 3]>| {
            let places = points.iter().map(|point| near(*point, FARTHEST_PX, "face"));
            let places = places.collect::<Result<Vec<_>, _>>()?;
            FaceLandmarks::new(places).map_err(|error| NamedPersonError::Face(error.found))
        };
        let body = body.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            body: BodyLandmarks::new(body).map_err(|_| NamedPersonError::Missing("body"))?,
            left_hand: named.left_hand.as_ref().map(hand).transpose()?,
            right_hand: named.right_hand.as_ref().map(hand).transpose()?,
            face: named.face.as_ref().map(face).transpose()?,
        })
    }
}

fn near(place: [f32; 3], most: f32, name: &'static str) -> Result<Vec3, NamedPersonError> {
    if place.iter().all(|v| v.abs() <= most) { Ok(place.into()) } else { Err(NamedPersonError::TooFar(name)) }
}

fn hundredths(px: f32) -> f32 {
    rounded(px, 100.0)
}

/// The landmarks of a clip, by their names: what was tracked, frame by frame.
#[derive(Debug, Serialize)]
pub struct NamedClip {
    format: &'static str,
    size: [u32; 2],
    frame_rate: FrameRate,
    frames: Vec<Option<NamedPerson>>,
}

impl NamedClip {
    /// The landmarks of `clip`; nothing in the frames that show nobody.
    pub fn new(clip: &MotionClip) -> Self {
        let Size { width, height } = clip.size;
        Self {
            format: "pantomime-landmarks-1",
            size: [width, height],
            frame_rate: clip.frame_rate,
            frames: clip.people.iter().map(|person| person.as_ref().map(NamedPerson::from)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> Person {
        let landmark = |i: usize| BodyLandmark {
            image: Vec3::new(i as f32 * 2.5, 7.25, -1.5),
            world: Vec3::new(0.125, -0.5, 0.0625),
            visibility: 0.75,
            presence: 0.5,
        };
        Person {
            body: BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap(),
            left_hand: None,
            right_hand: Some(HandLandmarks::new(vec![Vec3::ONE; hand::COUNT]).unwrap()),
            face: Some(FaceLandmarks::new(vec![Vec3::NEG_X; FaceLandmarks::COUNT]).unwrap()),
        }
    }

    #[test]
    fn a_person_comes_back_by_name() {
        let named = NamedPerson::from(&person());
        let json = serde_json::to_value(&named).unwrap();
        assert_eq!(json["body"]["left_wrist"]["x"], 37.5);
        assert_eq!(json["right_hand"]["pinky_tip"]["z"], 1.0);
        let again: NamedPerson = serde_json::from_value(json).unwrap();
        assert_eq!(Person::try_from(again).unwrap(), person());
    }

    #[test]
    fn what_is_missing_or_wild_is_named() {
        type Change = fn(&mut serde_json::Value);
        let told = |change: Change| {
            let mut json = serde_json::to_value(NamedPerson::from(&person())).unwrap();
            change(&mut json);
            Person::try_from(serde_json::from_value::<NamedPerson>(json).unwrap()).unwrap_err().to_string()
        };
        let remove: Change = |json| drop(json["body"].as_object_mut().unwrap().remove("nose"));
        assert_eq!(told(remove), "the landmark nose is missing");
        let far: Change = |json| json["body"]["left_hip"]["x"] = 1e30.into();
        assert_eq!(told(far), "the landmark left_hip lies farther off than any camera sees");
        let short: Change = |json| drop(json["face"].as_array_mut().unwrap().pop());
        assert_eq!(told(short), "the face has 477 landmarks, and 478 are needed");
    }

    #[test]
    fn frames_without_anybody_are_null() {
        let rate = FrameRate::new(25, 1).unwrap();
        let clip = MotionClip {
            size: Size::new(8, 6),
            frame_rate: rate,
            people: vec![None, Some(person())],
            views: Vec::new(),
            shutter_deg: None,
        };
        let json = serde_json::to_value(NamedClip::new(&clip)).unwrap();
        assert_eq!(json["size"], serde_json::json!([8, 6]));
        assert!(json["frames"][0].is_null() && json["frames"][1]["body"].is_object());
    }
}

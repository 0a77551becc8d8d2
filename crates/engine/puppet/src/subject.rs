//! Whose body is taken for the still's subject: the one that the pose network read, or the one that the outline shows.

use avatar::figure::{Figure, FigureError, Outline};
use avatar::{Limb, Side};
use contract::{Rejection, RejectionCode};
use frame::{Matte, Person};
use vision::StillPerson;

/// A body with a face of which the network is so sure is never doubted.
const SURE: f32 = 0.75;

/// A network's body that agrees with the outline at least so well is not doubted.
const AGREES: f32 = 0.9;

/// The outline's own body must agree with the outline better than the network's by this much.
const CLEARLY: f32 = 0.15;

/// The body of a still's subject.
pub(crate) struct Subject {
    /// The body, in the picture's pixels.
    pub(crate) person: Person,
    /// The mask that whoever read the body has of it.
    pub(crate) segmentation: Matte,
    /// Whether the body is plain to see.
    pub(crate) is_clear: bool,
    /// Which limbs the outline shows, if the body was read from it.
    pub(crate) guess: Option<Guess>,
}

impl Subject {
    /// The body that the network read.
    pub(crate) fn seen(seen: StillPerson) -> Self {
        Self {
            is_clear: seen.is_sure(),
            person: seen.person,
            segmentation: Matte(seen.segmentation),
            guess: None,
        }
    }
}

/// A skeleton that was guessed from an outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guess {
    /// Arms that the outline shows, 0 … 2.
    pub(crate) arms: usize,
    /// Legs that the outline shows, 0 … 2.
    pub(crate) legs: usize,
}

impl Guess {
    fn of(figure: &Figure) -> Self {
        let count = |limb: fn(Side) -> Limb| Side::BOTH.iter().filter(|&&s| figure.limbs[limb(s)]).count();
        Self { arms: count(Limb::Arm), legs: count(Limb::Leg) }
    }

    /// What was guessed, as a sentence.
    pub(crate) fn sentence(&self) -> String {
        let count = |n: usize, one: &str, many: &str| match n {
            0 => format!("no {many}"),
            1 => format!("one {one}"),
            _ => format!("two {many}"),
        };
        format!(
            "No person's body could be made out in the image, so the skeleton was guessed from the figure's outline: {} and {}; an image of the figure from the front, with its limbs away from its body, is guessed best.",
            count(self.arms, "arm", "arms"),
            count(self.legs, "leg", "legs"),
        )
    }
}

/// The better of the two readings of a still's subject: that of the network, `seen`, unless the outline in `matte` clearly
/// shows another body.
///
/// # Errors
/// If neither found a body: what was seen instead.
pub(crate) fn find(seen: Option<StillPerson>, matte: &Matte) -> Result<Subject, Rejection> {
    let seen = match seen {
        Some(seen) if is_beyond_doubt(&seen) => return Ok(Subject::seen(seen)),
        seen => seen,
    };
    let outline = Outline::of(matte);
    let figure = outline.as_ref().map_err(|error| *error).and_then(Outline::figure);
    match (seen, outline, figure) {
        (Some(seen), Ok(outline), Ok(figure)) if is_misread(&seen, &outline, &figure) => {
            Ok(from_outline(figure, matte))
        }
        (Some(seen), ..) => Ok(Subject::seen(seen)),
        (None, _, Ok(figure)) => Ok(from_outline(figure, matte)),
        (None, _, Err(error)) => Err(nobody(error)),
    }
}

/// Whether the network is right whatever the outline shows, of a skirt or of folded arms: it was sure at the first look, or
/// there is a face at the body's head.
fn is_beyond_doubt(seen: &StillPerson) -> bool {
    seen.is_sure() || (seen.person.face.is_some() && seen.confidence >= SURE)
}

/// Whether the outline tells clearly better than the network.
fn is_misread(seen: &StillPerson, outline: &Outline, figure: &Figure) -> bool {
    let agreement = outline.agreement(&seen.person.body);
    agreement < AGREES && figure.agreement > agreement + CLEARLY
}

fn from_outline(figure: Figure, matte: &Matte) -> Subject {
    Subject {
        guess: Some(Guess::of(&figure)),
        person: figure.person,
        segmentation: matte.clone(),
        is_clear: true,
    }
}

/// What is told of a still in which no body was found.
fn nobody(error: FigureError) -> Rejection {
    let found = match error {
        FigureError::NoSubject => "nothing in it stands out from the background",
        FigureError::NoLimbs => "what stands out in it shows no pair of arms or legs",
    };
    Rejection::new(
        RejectionCode::NoPersonInImage,
        format!(
            "No person or character with a body was found in the image: {found}. Send a clear picture of one figure, seen from the front, with head, arms and at least the upper body in view and the limbs away from the body."
        ),
    )
}

#[cfg(test)]
mod tests {
    use frame::{FaceLandmarks, Plane, Size, body};
    use vision::Look;

    use super::*;

    /// A disc with the limbs that are asked for, on both sides.
    fn matte(with_arms: bool, with_legs: bool) -> Matte {
        Matte(Plane::from_fn(Size::new(240, 300), |x, y| {
            let (x, y) = ((x as f32 + 0.5 - 120.0).abs(), y as f32 + 0.5);
            let body = x.hypot(y - 120.0) < 60.0;
            let arm = with_arms && (50.0..105.0).contains(&x) && (y - 120.0).abs() < 8.0;
            let leg = with_legs && (20.0..36.0).contains(&x) && (150.0..270.0).contains(&y);
            if body || arm || leg { 1.0 } else { 0.0 }
        }))
    }

    /// A network's reading of the figure in `matte`, shrunk about its nose by `factor`.
    fn reading(matte: &Matte, factor: f32, face: Option<FaceLandmarks>) -> StillPerson {
        let mut person = Outline::of(matte).unwrap().figure().unwrap().person;
        let nose = person.body[body::NOSE].image;
        for point in person.body.points_mut() {
            point.image = nose + (point.image - nose) * factor;
        }
        person.face = face;
        StillPerson { person, segmentation: matte.0.clone(), confidence: 0.9, look: Look::Subject }
    }

    fn guess(seen: Option<StillPerson>, matte: &Matte) -> Option<Guess> {
        find(seen, matte).unwrap().guess
    }

    #[test]
    fn where_no_network_sees_a_body_the_outline_tells_of_one() {
        let whole = matte(true, true);
        let found = guess(None, &whole).unwrap();
        assert_eq!(found, Guess { arms: 2, legs: 2 });
        assert!(found.sentence().contains("two arms and two legs"));
        assert!(guess(None, &matte(true, false)).unwrap().sentence().contains("two arms and no legs"));
    }

    #[test]
    fn a_reading_that_follows_the_outline_stays_and_one_that_does_not_goes() {
        let whole = matte(true, true);
        assert_eq!(guess(Some(reading(&whole, 1.0, None)), &whole), None);
        assert!(guess(Some(reading(&whole, 0.4, None)), &whole).is_some());
    }

    #[test]
    fn a_sure_reading_with_a_face_stays_whatever_the_outline_shows() {
        let whole = matte(true, true);
        let face = FaceLandmarks::new(vec![Default::default(); FaceLandmarks::COUNT]).unwrap();
        assert_eq!(guess(Some(reading(&whole, 0.4, Some(face.clone()))), &whole), None);
        let doubtful = StillPerson { confidence: 0.6, ..reading(&whole, 0.4, Some(face)) };
        assert!(guess(Some(doubtful), &whole).is_some());
    }

    #[test]
    fn what_cannot_be_rigged_is_rejected_by_what_was_seen() {
        let rejected = |matte: &Matte| find(None, matte).err().unwrap();
        let ball = rejected(&matte(false, false));
        assert_eq!(ball.code, RejectionCode::NoPersonInImage);
        assert!(ball.message.contains("no pair of arms or legs"), "{}", ball.message);
        let empty = rejected(&Matte(Plane::filled(Size::new(40, 40), 0.0)));
        assert!(empty.message.contains("nothing in it stands out"), "{}", empty.message);
    }
}

use contract::{Advice, AdviceCode, CharacterOrientation};

use super::figure::{Legs, Typical};
use super::still::Character;

/// A figure that takes less of its picture's height than this is made of too few pixels, or followed by them.
const SMALL_SHARE: f32 = 0.3;

/// A character that turns its shoulders farther than this from the viewer and shows no face hides half of what a dance would
/// show. The face decides for drawn figures, of whose shoulders the network may think anything.
const TURNED_RAD: f32 = std::f32::consts::FRAC_PI_3;

/// Above this share of the looks, a person who shows the back does not just pass through it.
const BACK_SHARE: f32 = 0.1;

/// What would make the result better.
pub(super) fn advise(
    character: Option<&Character>,
    driver: Option<&Typical>,
    orientation: CharacterOrientation,
) -> Vec<Advice> {
    let mut advice = Vec::new();
    if let Some(character) = character {
        about_character(character, orientation, &mut advice);
    }
    if let Some(driver) = driver {
        about_driver(driver, character, orientation, &mut advice);
    }
    advice
}

fn about_character(character: &Character, orientation: CharacterOrientation, advice: &mut Vec<Advice>) {
    let mut advise = |code, message: &str| advice.push(Advice::new(code, message));
    let figure = &character.figure;
    if figure.height < SMALL_SHARE {
        advise(
            AdviceCode::CharacterSmall,
            &format!(
                "The character takes {:.0} % of the image's height; crop the image closer for a sharper video.",
                figure.height * 100.0
            ),
        );
    }
    match figure.legs {
        Legs::Seen => {}
        // A figure whose outline shows none has none.
        Legs::Hidden if character.guess.is_some() => {}
        Legs::Hidden => advise(
            AdviceCode::LegsHidden,
            "The character's legs are hidden in the image, so what covers them moves in their place; an image with both legs in view shows their steps.",
        ),
        Legs::CutOff => advise(
            AdviceCode::CharacterCropped,
            "The image does not show the character's legs, so their motion will not be seen; an image from head to feet shows all of it.",
        ),
    }
    if let Some(guess) = &character.guess {
        advise(AdviceCode::SkeletonGuessed, &guess.sentence());
    }
    if !figure.hands && character.guess.is_none() {
        advise(
            AdviceCode::HandsHidden,
            "The image does not show both of the character's hands, so they have to be invented; an image with the arms away from the body is best.",
        );
    }
    let is_turned = figure.turn_rad > TURNED_RAD && !character.shows_front;
    if is_turned && orientation == CharacterOrientation::Video {
        advise(
            AdviceCode::CharacterTurnedAway,
            "The image shows the character from the side or from behind, so the side that the video shows has to be invented; an image from the front is best.",
        );
    }
    if !character.is_clear {
        advise(
            AdviceCode::CharacterUnclear,
            "The character's body is hard to make out in the image; one that stands clear of the background, seen from the front, is best.",
        );
    }
    if figure.in_company {
        advise(
            AdviceCode::SeveralCharacters,
            "The image shows several figures, of which the most prominent is moved; the others stay part of the background. Crop the image to the one that is meant.",
        );
    }
}

fn about_driver(
    driver: &Typical,
    character: Option<&Character>,
    orientation: CharacterOrientation,
    advice: &mut Vec<Advice>,
) {
    let mut advise = |code, message: &str| advice.push(Advice::new(code, message));
    let figure = &driver.figure;
    if figure.height < SMALL_SHARE {
        advise(
            AdviceCode::PersonSmall,
            &format!(
                "The person takes {:.0} % of the video's height; a video from closer by is followed better.",
                figure.height * 100.0
            ),
        );
    }
    if figure.legs != Legs::Seen && character.is_some_and(|character| character.figure.legs == Legs::Seen) {
        advise(
            AdviceCode::PersonCropped,
            "The video does not show the person's legs, so the character's legs stay as they are; film from head to feet to move them.",
        );
    }
    if driver.back_share > BACK_SHARE && orientation == CharacterOrientation::Image {
        advise(
            AdviceCode::PersonTurnsAway,
            "The person shows the back in part of the video, and with the orientation `image` the character does not turn along; the orientation `video` does.",
        );
    }
    if figure.in_company {
        advise(
            AdviceCode::SeveralPeople,
            "The video shows several people, of whom the largest is followed; where they cross, the motion may jump to another. A video of one person is best.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::figure::Figure;
    use crate::subject::Guess;

    const WHOLE: Figure =
        Figure { height: 0.8, legs: Legs::Seen, hands: true, turn_rad: 0.2, in_company: false };

    fn codes(
        character: Figure,
        is_clear: bool,
        driver: Typical,
        orientation: CharacterOrientation,
    ) -> Vec<AdviceCode> {
        let character = Character { figure: character, is_clear, shows_front: is_clear, guess: None };
        let advice = advise(Some(&character), Some(&driver), orientation);
        advice.into_iter().map(|advice| advice.code).collect()
    }

    #[test]
    fn a_good_pair_needs_no_advice() {
        let driver = Typical { figure: WHOLE, back_share: 0.0 };
        for orientation in [CharacterOrientation::Video, CharacterOrientation::Image] {
            assert!(codes(WHOLE, true, driver, orientation).is_empty());
        }
    }

    #[test]
    fn everything_that_hinders_is_told() {
        use AdviceCode as C;
        let poor = Figure { height: 0.2, legs: Legs::CutOff, hands: false, turn_rad: 3.0, in_company: true };
        let driver = Typical { figure: Figure { hands: true, ..poor }, back_share: 0.5 };
        assert_eq!(
            codes(poor, false, driver, CharacterOrientation::Video),
            [
                C::CharacterSmall,
                C::CharacterCropped,
                C::HandsHidden,
                C::CharacterTurnedAway,
                C::CharacterUnclear,
                C::SeveralCharacters,
                C::PersonSmall,
                C::SeveralPeople,
            ]
        );
        let whole_character = codes(WHOLE, true, driver, CharacterOrientation::Image);
        assert_eq!(whole_character, [C::PersonSmall, C::PersonCropped, C::PersonTurnsAway, C::SeveralPeople]);
        let hidden = Figure { legs: Legs::Hidden, ..WHOLE };
        assert_eq!(codes(hidden, true, driver, CharacterOrientation::Image)[0], C::LegsHidden);
    }

    #[test]
    fn of_a_guessed_skeleton_only_that_is_told() {
        let figure = Figure { legs: Legs::Hidden, hands: false, ..WHOLE };
        let guess = Some(Guess { arms: 2, legs: 0 });
        let character = Character { figure, is_clear: true, shows_front: true, guess };
        let advice = advise(Some(&character), None, CharacterOrientation::Video);
        assert_eq!(advice.iter().map(|a| a.code).collect::<Vec<_>>(), [AdviceCode::SkeletonGuessed]);
        assert!(advice[0].message.contains("two arms and no legs"), "{}", advice[0].message);
    }
}

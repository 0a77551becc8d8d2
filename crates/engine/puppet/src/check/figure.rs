use frame::{BodyLandmarks, Size, body};

/// A joint that is less likely to be seen than this is taken for hidden.
const SEEN: f32 = 0.5;

/// A joint this far below the picture, in its heights, still counts as in it: feet are often cut there.
const BELOW: f32 = 0.02;

/// Another figure counts from this share of the first one's height.
const COMPANION: f32 = 0.5;

/// A person's body as it stands in its picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figure {
    /// Share of the picture's height that is taken, 0 … 1.
    pub(super) height: f32,
    pub(super) legs: Legs,
    /// Whether both hands are in view.
    pub(super) hands: bool,
    /// The angle between where the shoulders face and the viewer, 0 … π.
    pub(super) turn_rad: f32,
    /// Whether another figure of some size is in the picture.
    pub(super) in_company: bool,
}

/// Shoulders turned farther than this from the viewer show the back, and are no profile that was read a little wrong.
const BACK_RAD: f32 = 2.0 / 3.0 * std::f32::consts::PI;

/// What is seen of a body below its hips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Legs {
    Seen,
    /// Behind clothes or things.
    Hidden,
    /// Outside the picture.
    CutOff,
}

impl Figure {
    /// The first of `bodies`, in a picture of `size`.
    pub(super) fn first_of(bodies: &[BodyLandmarks], size: Size) -> Option<Self> {
        let (first, others) = bodies.split_first()?;
        let figure = Self::of(first, size);
        let in_company = others.iter().any(|other| Self::of(other, size).height >= COMPANION * figure.height);
        Some(Self { in_company, ..figure })
    }

    /// A body alone in a picture of `size`.
    pub(super) fn of(body: &BodyLandmarks, size: Size) -> Self {
        let (width, height) = (size.width as f32, size.height as f32);
        let is_inside = |index: usize| {
            let place = body[index].xy();
            (0.0..width).contains(&place.x) && (0.0..(1.0 + BELOW) * height).contains(&place.y)
        };
        let is_seen = |index: usize| body[index].visibility >= SEEN && is_inside(index);
        let ys = body.points().iter().map(|landmark| landmark.image.y.clamp(0.0, height));
        let (top, bottom) = ys.fold((height, 0.0f32), |(top, bottom), y| (top.min(y), bottom.max(y)));
        let across = body[body::LEFT_SHOULDER].world - body[body::RIGHT_SHOULDER].world;
        Self {
            height: (bottom - top).max(0.0) / height,
            legs: if is_seen(body::LEFT_KNEE) || is_seen(body::RIGHT_KNEE) {
                Legs::Seen
            } else if is_inside(body::LEFT_ANKLE) || is_inside(body::RIGHT_ANKLE) {
                Legs::Hidden
            } else {
                Legs::CutOff
            },
            hands: is_seen(body::LEFT_WRIST) && is_seen(body::RIGHT_WRIST),
            // The subject's left is at the viewer's right when they face each other.
            turn_rad: across.z.atan2(across.x).abs(),
            in_company: false,
        }
    }
}

/// What most of some looks at one person show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Typical {
    /// Of middle height, with what most show.
    pub(super) figure: Figure,
    /// Share of the looks in which the back is shown, 0 … 1.
    pub(super) back_share: f32,
}

/// `figures` in one; `None` of none.
pub(super) fn typical(figures: &[Figure]) -> Option<Typical> {
    let mut by_height = figures.to_vec();
    by_height.sort_by(|a, b| a.height.total_cmp(&b.height));
    let middle = *by_height.get(figures.len() / 2)?;
    let share = |shows: &dyn Fn(&Figure) -> bool| {
        figures.iter().filter(|figure| shows(figure)).count() as f32 / figures.len() as f32
    };
    let most = |legs: Legs| share(&|figure| figure.legs == legs) > 0.5;
    let legs = [Legs::Seen, Legs::Hidden, Legs::CutOff].into_iter().find(|legs| most(*legs));
    let figure = Figure {
        legs: legs.unwrap_or(middle.legs),
        hands: share(&|figure| figure.hands) > 0.5,
        // Somebody who only passes by may draw the tracker away too.
        in_company: share(&|figure| figure.in_company) > 0.2,
        ..middle
    };
    Some(Typical { figure, back_share: share(&|figure| figure.turn_rad > BACK_RAD) })
}

#[cfg(test)]
mod tests {
    use frame::BodyLandmark;

    use super::*;

    const SIZE: Size = Size::new(100, 200);

    /// A body in profile or facing us, with its joints at these rows.
    fn body(hips_y: f32, ankles_y: f32, knees_seen: bool, shoulders: [f32; 2]) -> BodyLandmarks {
        let place = |i: usize| match i {
            0..=10 => 20.0,
            11..=22 => 50.0,
            23..=24 => hips_y,
            25..=26 => (hips_y + ankles_y) / 2.0,
            _ => ankles_y,
        };
        let point = |i: usize| {
            let mut point = BodyLandmark { visibility: 1.0, ..Default::default() };
            (point.image.x, point.image.y) = (50.0, place(i));
            if matches!(i, body::LEFT_KNEE | body::RIGHT_KNEE) && !knees_seen {
                point.visibility = 0.1;
            }
            if i == body::LEFT_SHOULDER {
                (point.world.x, point.world.z) = (shoulders[0], shoulders[1]);
            }
            point
        };
        BodyLandmarks::new((0..body::COUNT).map(point).collect()).unwrap()
    }

    #[test]
    fn legs_are_seen_hidden_or_cut_off() {
        let legs = |ankles_y, seen| Figure::of(&body(100.0, ankles_y, seen, [0.3, 0.0]), SIZE).legs;
        assert_eq!(legs(180.0, true), Legs::Seen);
        assert_eq!(legs(203.0, true), Legs::Seen);
        assert_eq!(legs(180.0, false), Legs::Hidden);
        assert_eq!(legs(400.0, true), Legs::CutOff);
    }

    #[test]
    fn a_turn_is_measured_from_the_viewer() {
        let turn = |shoulders| Figure::of(&body(100.0, 180.0, true, shoulders), SIZE).turn_rad.to_degrees();
        assert!(turn([0.3, 0.0]).abs() < 1e-3);
        assert!((turn([0.0, -0.3]) - 90.0).abs() < 1e-3);
        assert!((turn([-0.3, 0.0]) - 180.0).abs() < 1e-3);
    }

    #[test]
    fn company_counts_from_half_the_height() {
        let large = body(100.0, 190.0, true, [0.3, 0.0]);
        let near = body(60.0, 120.0, true, [0.3, 0.0]);
        let far = body(55.0, 60.0, true, [0.3, 0.0]);
        let in_company = |others: &[&BodyLandmarks]| {
            let bodies: Vec<_> = [&large].iter().chain(others).map(|&body| body.clone()).collect();
            Figure::first_of(&bodies, SIZE).unwrap().in_company
        };
        assert!(!in_company(&[]) && !in_company(&[&far]) && in_company(&[&far, &near]));
        assert_eq!(Figure::first_of(&[], SIZE), None);
    }

    #[test]
    fn the_typical_figure_shows_what_most_show() {
        assert_eq!(typical(&[]), None);
        let one = Figure::of(&body(100.0, 180.0, true, [0.3, 0.0]), SIZE);
        let cut = Figure { legs: Legs::CutOff, height: 0.9, ..one };
        let back = Figure { turn_rad: 3.0, height: 0.1, in_company: true, ..cut };
        let found = typical(&[back, one, cut]).unwrap();
        assert_eq!(found.figure, Figure { legs: Legs::CutOff, in_company: true, ..one });
        assert!((found.back_share - 1.0 / 3.0).abs() < 1e-6);
    }
}

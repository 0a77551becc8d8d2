//! Widths along an axis, known where an outline is seen and made up between.

use glam::Vec2;

/// How far an outline is from an axis at steps of one pixel along it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Width {
    /// It is seen there.
    Seen(f32),
    /// Something lies before it; it is at least that far.
    Hidden(f32),
}

impl Width {
    fn seen(self) -> Option<f32> {
        match self {
            Self::Seen(width) => Some(width),
            Self::Hidden(_) => None,
        }
    }
}

/// Where what is seen of the subject lies, as to the part whose outline is sought.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Layer {
    Behind,
    Own,
    Before,
}

/// How far from a point of its axis a part ends in a direction, by what is at each point: nothing in the background. It is seen
/// where the background or what lies behind begins right after it.
pub(super) fn seen_width(
    at: impl Fn(Vec2) -> Option<Layer>,
    from: Vec2,
    outwards: Vec2,
    furthest: f32,
) -> Width {
    let mut least = 0.0;
    let mut ends = false;
    let mut before = Some(Layer::Before);
    for i in 0..furthest as usize {
        let layer = at(from + outwards * i as f32);
        ends = match layer {
            Some(Layer::Own) => false,
            None | Some(Layer::Behind) => ends || before == Some(Layer::Own),
            Some(Layer::Before) => ends,
        };
        match layer {
            Some(Layer::Own) => least = i as f32 + 0.5,
            None | Some(Layer::Before) if ends => return Width::Seen(least),
            None => return Width::Hidden(least),
            Some(_) => {}
        }
        before = layer;
    }
    // Wider than any: a cloak, or an arm laid on another.
    if ends { Width::Seen(least) } else { Width::Hidden(least.min(0.75 * furthest)) }
}

/// The widths in pixels with those that are hidden on a straight line between the nearest that are seen, level before the first and
/// after the last; `None` where none is seen.
///
/// What is seen is a median of a few steps, so that no single notch is carried on.
pub(super) fn completed(widths: &[Width]) -> Option<Vec<f32>> {
    const ABOUT: usize = 4;
    let steady = |i: usize| {
        let about = i.saturating_sub(ABOUT)..(i + ABOUT + 1).min(widths.len());
        let mut seen: Vec<f32> = widths[about].iter().filter_map(|width| width.seen()).collect();
        seen.sort_by(f32::total_cmp);
        seen[seen.len() / 2]
    };
    let seen: Vec<(usize, f32)> = widths
        .iter()
        .enumerate()
        .filter(|(_, width)| width.seen().is_some())
        .map(|(i, _)| (i, steady(i)))
        .collect();
    let (first, last) = (seen.first()?, seen.last()?);
    let mut next = 0;
    let complete = widths.iter().enumerate().map(|(i, &width)| {
        while next + 1 < seen.len() && seen[next].0 < i {
            next += 1;
        }
        match width {
            Width::Seen(width) => width,
            Width::Hidden(least) => {
                let after = if i > last.0 { *last } else { seen[next] };
                let before = if i < first.0 { *first } else { seen[next.saturating_sub(1)] };
                let span = (after.0 as f32 - before.0 as f32).max(1.0);
                let share = ((i as f32 - before.0 as f32) / span).clamp(0.0, 1.0);
                (before.1 + (after.1 - before.1) * share).max(least)
            }
        }
    });
    Some(complete.collect())
}

/// A width between the steps of a profile.
pub(super) fn width_at(profile: &[f32], place: f32) -> f32 {
    let last = profile.len().saturating_sub(1);
    let place = place.clamp(0.0, last as f32);
    let (low, share) = (place as usize, place.fract());
    profile.get(low).map_or(0.0, |&width| width + (profile[(low + 1).min(last)] - width) * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_is_seen_where_the_background_begins_after_the_trunk() {
        let width = |row: &str| {
            let at = |p: Vec2| match row.as_bytes()[p.x as usize] {
                b'T' => Some(Layer::Own),
                b'h' => Some(Layer::Behind),
                b'a' => Some(Layer::Before),
                _ => None,
            };
            seen_width(at, Vec2::ZERO, Vec2::X, row.len() as f32)
        };
        assert_eq!(width("TTTT..aa.."), Width::Seen(3.5));
        assert_eq!(width("TTTaaa...."), Width::Hidden(2.5));
        assert_eq!(width("TTaaTT...."), Width::Seen(5.5));
        assert_eq!(width("aaaa......"), Width::Hidden(0.0));
        assert_eq!(width("TTTTTTTTTT"), Width::Hidden(7.5));
        assert_eq!(width("TTThhaaa.."), Width::Seen(2.5));
        assert_eq!(width("TThhTTaa.."), Width::Hidden(5.5));
        assert_eq!(width("TTaahh...."), Width::Hidden(1.5));
    }

    #[test]
    fn hidden_widths_lie_between_those_that_are_seen() {
        let mut widths = vec![Width::Hidden(0.0); 30];
        widths[5] = Width::Seen(10.0);
        widths[25] = Width::Seen(20.0);
        widths[20] = Width::Hidden(19.0);
        let profile = completed(&widths).unwrap();
        assert_eq!((profile[0], profile[5], profile[15], profile[20]), (10.0, 10.0, 15.0, 19.0));
        assert_eq!((profile[25], profile[29]), (20.0, 20.0));
        assert_eq!(width_at(&profile, 15.5), 15.25);
        assert_eq!(completed(&[Width::Hidden(3.0); 4]), None);
    }

    #[test]
    fn a_notch_is_not_carried_on() {
        let mut widths = vec![Width::Seen(10.0); 20];
        widths[19] = Width::Seen(2.0);
        widths.extend([Width::Hidden(0.0); 10]);
        assert_eq!(completed(&widths).unwrap()[29], 10.0);
    }
}

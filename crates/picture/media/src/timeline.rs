use ffmpeg_next::Rational;
use frame::FrameRate;

/// A fraction of two whole numbers, both positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fraction {
    pub(crate) num: i64,
    pub(crate) den: i64,
}

/// One constant-rate timeline laid over the times at which a stream shows its pictures.
///
/// It has as many frames as the stream and starts with the first: at an even pace each picture has its own frame, whatever the
/// jitter of its time; otherwise each frame shows the picture whose time is nearest.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Timeline {
    pub(crate) rate: FrameRate,
    pub(crate) frames: u64,
    /// Pictures are repeated or left out.
    pub(crate) variable: bool,
    /// Times of the first and last picture, in ticks.
    pub(crate) first_tick: i64,
    pub(crate) last_tick: i64,
    /// Seconds a tick.
    tick: Fraction,
}

/// Rates beyond this are corrupt times, not video.
const MAX_FRAMES_A_SECOND: f64 = 1000.0;

/// Longer spans are corrupt times, and would overflow the arithmetic.
const MAX_TICKS: i64 = 1 << 60;

impl Timeline {
    /// Lays a timeline over `times` (ticks of `tick` seconds, any order). `announced` are the container's own rates, the likeliest
    /// first: one that fits is taken, to the digit. `None` without pictures, or where their times make no sense.
    pub(crate) fn plan(
        mut times: Vec<i64>,
        last_duration: i64,
        tick: Fraction,
        announced: &[Fraction],
    ) -> Option<Self> {
        times.sort_unstable();
        let (&first_tick, &last_tick) = (times.first()?, times.last()?);
        let span = last_tick.checked_sub(first_tick).filter(|&span| span <= MAX_TICKS)?;
        let pictures = i64::try_from(times.len()).ok()?;

        let announced: Vec<FrameRate> = announced.iter().filter_map(|&rate| frame_rate(rate)).collect();
        let mean = mean_rate(pictures - 1, span, tick);
        let even = announced.iter().copied().chain(mean).find(|&rate| {
            times.iter().enumerate().all(|(i, &time)| {
                let (ideal, actual, unit) = positions(i as u64, time - first_tick, rate, tick);
                2 * (ideal - actual).abs() < unit
            })
        });
        let rate = match even {
            Some(rate) => rate,
            // The average, as the container reckons it if that is near the truth, for its number is the one that others show.
            None => {
                let last_duration =
                    if last_duration > 0 { last_duration } else { span / (pictures - 1).max(1) };
                let average = mean_rate(pictures, span.checked_add(last_duration)?, tick)?;
                let near = |rate: &FrameRate| (rate.as_f64() / average.as_f64() - 1.0).abs() < 0.02;
                announced.first().copied().filter(near).unwrap_or(average)
            }
        };
        Some(Self { rate, frames: times.len() as u64, variable: even.is_none(), first_tick, last_tick, tick })
    }

    /// Whether frame `index` is nearer to the time `b` than to the earlier time `a`.
    pub(crate) fn is_nearer_to_second(&self, index: u64, a: i64, b: i64) -> bool {
        let (ideal, a, _) = positions(index, self.since_first(a), self.rate, self.tick);
        let (_, b, _) = positions(index, self.since_first(b), self.rate, self.tick);
        2 * ideal > a + b
    }

    /// Whether frame `index` falls at least a frame and a half behind the time `tick`.
    pub(crate) fn is_past(&self, index: u64, tick: i64) -> bool {
        let (ideal, actual, unit) = positions(index, self.since_first(tick), self.rate, self.tick);
        2 * (ideal - actual) >= 3 * unit
    }

    fn since_first(&self, tick: i64) -> i64 {
        tick.saturating_sub(self.first_tick).clamp(-MAX_TICKS, MAX_TICKS)
    }

    /// Length in seconds.
    pub(crate) fn duration_secs(&self) -> f64 {
        self.frames as f64 / self.rate.as_f64()
    }

    /// Time of the first picture in ticks of another stream, rounded.
    pub(crate) fn first_in(&self, other: Rational) -> i64 {
        let num = i128::from(self.first_tick) * i128::from(self.tick.num) * i128::from(other.denominator());
        let den = i128::from(self.tick.den) * i128::from(other.numerator().max(1));
        i64::try_from((2 * num + den).div_euclid(2 * den)).unwrap_or(0)
    }
}

/// Frame `index`'s time, a picture's time and one frame's length, as whole multiples of one small unit.
fn positions(index: u64, ticks: i64, rate: FrameRate, tick: Fraction) -> (i128, i128, i128) {
    let frame = i128::from(rate.den()) * i128::from(tick.den);
    let actual = i128::from(ticks) * i128::from(rate.num()) * i128::from(tick.num);
    (i128::from(index) * frame, actual, frame)
}

fn mean_rate(frames: i64, ticks: i64, tick: Fraction) -> Option<FrameRate> {
    let num = i128::from(frames) * i128::from(tick.den);
    let den = i128::from(ticks) * i128::from(tick.num);
    if num <= 0 || den <= 0 {
        return None;
    }
    let divisor = gcd(num, den);
    let (mut num, mut den) = (num / divisor, den / divisor);
    // Far below a tick over any clip that is accepted.
    while num > i128::from(i32::MAX) || den > i128::from(i32::MAX) {
        (num, den) = (num / 2, (den / 2).max(1));
    }
    frame_rate(Fraction { num: num as i64, den: den as i64 })
}

fn frame_rate(rate: Fraction) -> Option<FrameRate> {
    let rate = FrameRate::new(u32::try_from(rate.num).ok()?, u32::try_from(rate.den).ok()?).ok()?;
    (rate.as_f64() <= MAX_FRAMES_A_SECOND).then_some(rate)
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MILLISECONDS: Fraction = Fraction { num: 1, den: 1000 };

    fn rate(num: u32, den: u32) -> FrameRate {
        FrameRate::new(num, den).unwrap()
    }

    #[test]
    fn times_in_milliseconds_are_an_even_pace() {
        let times = (0..90).map(|i| i * 1001 / 30).collect();
        let timeline =
            Timeline::plan(times, 33, MILLISECONDS, &[Fraction { num: 30000, den: 1001 }]).unwrap();
        assert_eq!((timeline.rate, timeline.variable, timeline.frames), (rate(30000, 1001), false, 90));
    }

    #[test]
    fn an_even_pace_needs_no_announcement_and_believes_no_false_one() {
        let times = (0..50).map(|i| 500 + i * 40).collect();
        let timeline = Timeline::plan(times, 40, MILLISECONDS, &[Fraction { num: 90000, den: 1 }]).unwrap();
        assert_eq!((timeline.rate, timeline.variable), (rate(25, 1), false));
        assert_eq!(timeline.first_in(Rational::new(1, 44_100)), 22_050);
    }

    #[test]
    fn an_uneven_pace_becomes_its_average() {
        // A second at 10, a second at 30 frames a second.
        let times = (0..10).map(|i| i * 100).chain((0..30).map(|i| 1000 + i * 1000 / 30)).collect();
        let timeline = Timeline::plan(times, 34, MILLISECONDS, &[]).unwrap();
        assert!(timeline.variable);
        assert!((timeline.rate.as_f64() - 20.0).abs() < 0.05, "{}", timeline.rate);
        assert_eq!(timeline.frames, 40);
    }

    #[test]
    fn senseless_times_are_refused() {
        assert_eq!(Timeline::plan(vec![], 0, MILLISECONDS, &[]), None);
        assert_eq!(Timeline::plan(vec![7; 100], 0, MILLISECONDS, &[]), None);
        assert_eq!(Timeline::plan(vec![i64::MIN, i64::MAX], 1, MILLISECONDS, &[]), None);
    }

    #[test]
    fn one_picture_lasts_as_long_as_it_says() {
        let timeline = Timeline::plan(vec![0], 500, MILLISECONDS, &[]).unwrap();
        assert_eq!((timeline.frames, timeline.rate), (1, rate(2, 1)));
    }

    proptest! {
        #[test]
        fn any_times_give_a_timeline_of_as_many_frames_or_none(
            times in prop::collection::vec(any::<i64>(), 0..40),
            last in any::<i64>(),
            tick in (1i64..2_000_000_000, 1i64..2_000_000_000),
            announced in prop::collection::vec((any::<i32>(), any::<i32>()), 0..3),
        ) {
            let announced: Vec<_> = announced.iter().map(|&(n, d)| Fraction { num: n.into(), den: d.into() }).collect();
            let pictures = times.len() as u64;
            if let Some(timeline) = Timeline::plan(times, last, Fraction { num: tick.0, den: tick.1 }, &announced) {
                prop_assert_eq!(timeline.frames, pictures);
                timeline.is_nearer_to_second(pictures, timeline.first_tick, timeline.last_tick);
            }
        }

        #[test]
        fn jitter_below_half_a_frame_moves_no_picture(jitter in prop::collection::vec(-19i64..=19, 2..60)) {
            let times: Vec<i64> = jitter.iter().enumerate().map(|(i, j)| i as i64 * 40 + if i == 0 { 0 } else { *j }).collect();
            let timeline = Timeline::plan(times.clone(), 40, MILLISECONDS, &[Fraction { num: 25, den: 1 }]).unwrap();
            prop_assert!(!timeline.variable);
            for (i, pair) in times.windows(2).enumerate() {
                prop_assert!(!timeline.is_nearer_to_second(i as u64, pair[0], pair[1]));
                prop_assert!(timeline.is_nearer_to_second(i as u64 + 1, pair[0], pair[1]));
            }
        }
    }
}

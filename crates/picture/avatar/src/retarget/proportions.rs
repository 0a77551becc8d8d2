use super::{CharacterRest, Reference};
use crate::motion::{DrivingTrack, PerSegment, Segment};
use crate::{Joints, Side, smoothstep};

/// Character pixels a driver pixel, in the driver's picture at the reference frame's distance.
#[derive(Clone, Debug)]
pub(super) struct Proportions {
    /// One a segment.
    pub ratio: PerSegment<f32>,
    /// The one that most segments share.
    pub common: f32,
}

/// A measured logarithm of a ratio.
#[derive(Clone, Copy, Debug)]
struct Estimate {
    mean: f32,
    variance: f32,
}

impl Estimate {
    /// The estimate that two independent ones make together.
    fn joined(self, other: Self) -> Self {
        let variance = (self.variance.recip() + other.variance.recip()).recip();
        Self { mean: variance * (self.mean / self.variance + other.mean / other.variance), variance }
    }
}

impl Proportions {
    /// Measures every segment twice: in the picture against the reference frame, which is good as far as the two stand
    /// alike there, and by lengths in space, which suffer from guessed depth. A ratio that differs from the common one by
    /// no more than its own noise is taken to be the common one; one that differs clearly stands as measured.
    pub(super) fn measure(
        rest: &CharacterRest,
        track: &DrivingTrack,
        driver: &[Joints],
        reference: &Reference,
    ) -> Self {
        let px_per_metre = track.px_per_metre[reference.frame].max(1e-6);
        let estimates = PerSegment::from_fn(|segment| {
            let [left, right] = Side::BOTH.map(|side| {
                in_picture(rest, track, &driver[reference.frame], segment, side).joined(in_space(
                    rest,
                    track.lengths_m[segment] * px_per_metre,
                    segment,
                    side,
                ))
            });
            left.joined(right)
        });
        let common = common_of(&estimates);
        let ratio = PerSegment::from_fn(|segment| {
            let guessed = !is_seen(rest, segment, Side::Left) || track.visibility[Segment::Hips] < 0.5;
            if segment == Segment::Neck && guessed {
                // Where a portrait's shoulders are guessed to be, be it the still's or the driver's, must not move the head.
                return of_head(rest, &driver[reference.frame]);
            }
            let Estimate { mean, variance } = estimates[segment];
            let excess = mean - common;
            // The odds that an excess this large is real, under a heavy-tailed belief about bodies.
            let trust = excess * excess / (excess * excess + 2.25 * variance);
            (common + trust * excess).exp().clamp(0.05, 20.0)
        });
        Self { ratio, common: common.exp() }
    }

    /// The same in the picture of a driver who is `size` times as large as in the reference frame.
    pub(super) fn at_size(&self, size: f32) -> Self {
        Self { ratio: PerSegment::from_fn(|segment| self.ratio[segment] / size), common: self.common / size }
    }

    /// The one of a leg.
    pub(super) fn leg(&self) -> f32 {
        0.5 * (self.ratio[Segment::Thigh] + self.ratio[Segment::Shin])
    }
}

/// The ratio that leaves the head where the still has it.
fn of_head(rest: &CharacterRest, driver: &Joints) -> f32 {
    let [own, other] =
        [&rest.joints, driver].map(|j| Segment::Neck.vector(j, Side::Left).truncate().length());
    (own / other.max(1e-3)).clamp(0.05, 20.0)
}

fn is_seen(rest: &CharacterRest, segment: Segment, side: Side) -> bool {
    let (from, to) = segment.ends(side);
    rest.contains(from) && rest.contains(to)
}

/// A ratio of lengths in the picture between the still and a driver who may stand alike.
fn in_picture(
    rest: &CharacterRest,
    track: &DrivingTrack,
    driver: &Joints,
    segment: Segment,
    side: Side,
) -> Estimate {
    const LANDMARK_NOISE: f32 = 0.03;
    let (of_rest, of_driver) = (segment.vector(&rest.joints, side), segment.vector(driver, side));
    let (a, b) = (of_rest.truncate(), of_driver.truncate());
    let seen = is_seen(rest, segment, side) && track.visibility[segment] > 0.5;
    if !seen || a.length() < 2.0 || b.length() < 2.0 {
        return Estimate { mean: 0.0, variance: 1e6 };
    }
    // Two bones that point alike in the picture are most likely foreshortened alike; estimated depth is a weaker witness.
    let turned = 1.0 - a.dot(b) / (a.length() * b.length());
    let shown = |v: glam::Vec3| v.truncate().length() / v.length();
    let foreshortened = (shown(of_rest) / shown(of_driver)).ln();
    let short = 1.0 - smoothstep((shown(of_rest).min(shown(of_driver)) - 0.2) / 0.4);
    let deviation = LANDMARK_NOISE + 2.0 * turned + 0.35 * foreshortened.abs() + 0.1 * short;
    Estimate { mean: (a.length() / b.length()).ln(), variance: deviation * deviation }
}

/// A ratio of lengths in space between the still and the driver's measured body, in pixels at the reference distance.
fn in_space(rest: &CharacterRest, driver_px: f32, segment: Segment, side: Side) -> Estimate {
    let vector = segment.vector(&rest.joints, side);
    let (flat, length) = (vector.truncate().length(), vector.length());
    if flat < 2.0 || driver_px < 1e-3 {
        return Estimate { mean: 0.0, variance: 1e6 };
    }
    // Depth is unreliable on drawings: a bone seen nearly whole is believed to be no longer than 1/0.87 of what is seen.
    let shown = flat / length;
    let length = if shown > 0.6 { flat / shown.clamp(0.87, 1.0) } else { length };
    let confidence = smoothstep((shown - 0.6) / 0.3) * if is_seen(rest, segment, side) { 1.0 } else { 0.05 };
    let deviation = 0.12 + 0.4 * (1.0 - confidence);
    Estimate { mean: (length / driver_px).ln(), variance: deviation * deviation }
}

/// The median of the trunk's and the limbs' long bones, weighted by certainty.
fn common_of(estimates: &PerSegment<Estimate>) -> f32 {
    use Segment::{Forearm, Shin, Shoulders, Spine, Thigh, UpperArm};
    let mut known = [Spine, Shoulders, UpperArm, Forearm, Thigh, Shin]
        .map(|s| (estimates[s].mean, 1.0 / estimates[s].variance.sqrt()));
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = 0.5 * known.iter().map(|k| k.1).sum::<f32>();
    let mut below = 0.0;
    for (mean, weight) in known {
        below += weight;
        if below >= half {
            return mean;
        }
    }
    0.0
}

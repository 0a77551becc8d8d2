use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Frames a second, exactly: 30000/1001 is not 29.97.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FrameRate {
    num: NonZeroU32,
    den: NonZeroU32,
}

/// A text or a pair of numbers that is no frame rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a frame rate: two positive whole numbers are needed, as in 30000/1001")]
pub struct FrameRateError(String);

/// A moment of a video: whole frames at an exact rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// Frames since the start.
    pub frame: u64,
    /// Their rate.
    pub rate: FrameRate,
}

impl FrameRate {
    /// `num / den` frames a second, in lowest terms.
    pub fn new(num: u32, den: u32) -> Result<Self, FrameRateError> {
        let bad = || FrameRateError(format!("{num}/{den}"));
        let divisor = gcd(num, den).max(1);
        Ok(Self {
            num: NonZeroU32::new(num / divisor).ok_or_else(bad)?,
            den: NonZeroU32::new(den / divisor).ok_or_else(bad)?,
        })
    }

    /// A whole number of frames a second.
    pub const fn whole(frames: NonZeroU32) -> Self {
        Self { num: frames, den: NonZeroU32::MIN }
    }

    /// Numerator in lowest terms.
    pub const fn num(self) -> u32 {
        self.num.get()
    }

    /// Denominator in lowest terms.
    pub const fn den(self) -> u32 {
        self.den.get()
    }

    /// Frames a second, rounded to a double: for filters and for show, never for a timeline.
    pub fn as_f64(self) -> f64 {
        f64::from(self.num()) / f64::from(self.den())
    }

    /// How long `frames` frames last.
    pub fn duration_of(self, frames: u64) -> Duration {
        let nanos = u128::from(frames) * u128::from(self.den()) * 1_000_000_000 / u128::from(self.num());
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl Timestamp {
    /// Seconds since the start.
    pub fn as_secs_f64(self) -> f64 {
        self.frame as f64 * f64::from(self.rate.den()) / f64::from(self.rate.num())
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl std::fmt::Display for FrameRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

impl std::str::FromStr for FrameRate {
    type Err = FrameRateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || FrameRateError(text.to_owned());
        let (num, den) = text.split_once('/').unwrap_or((text, "1"));
        Self::new(num.parse().map_err(|_| bad())?, den.parse().map_err(|_| bad())?).map_err(|_| bad())
    }
}

impl TryFrom<String> for FrameRate {
    type Error = FrameRateError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FrameRate> for String {
    fn from(rate: FrameRate) -> Self {
        rate.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_exact_and_in_lowest_terms() {
        let ntsc: FrameRate = "60000/2002".parse().unwrap();
        assert_eq!(ntsc.to_string(), "30000/1001");
        assert_eq!(ntsc.duration_of(30_000), Duration::from_secs(1001));
        assert!("0/1".parse::<FrameRate>().is_err());
        assert!("30/0".parse::<FrameRate>().is_err());
    }
}

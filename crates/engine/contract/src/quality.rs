use std::fmt;

use serde::{Deserialize, Serialize};

/// How well a result does what its driver does, measured on the pictures as they were drawn, before encoding.
///
/// A value is `None` where there was nothing to measure it on: no sound, no background beside the character, no
/// limbs that the engine's own tracker could read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Frames that were looked at, spread evenly over the result; pose, identity and flicker come from them.
    pub frames_measured: u64,
    /// Share of those in which the engine's own tracker recognised a body, 0 … 1; `None` if it was not asked: where it does not see the
    /// limbs in the still where the character was taken to have them, as in most drawings and animals, where the driver shows none, and where
    /// its networks are not there.
    pub recognised_share: Option<f64>,
    /// Median angle, in degrees, between the limbs that the tracker sees in what was drawn and those that were to be drawn:
    /// upper and lower arms, thighs, shins, both sides of the trunk; of limbs that were seen in the driver, lie in the picture
    /// and are at least 0.3 of the trunk long there.
    pub pose_error_deg: Option<f64>,
    /// Share of those limbs within 15°, 0 … 1.
    pub within_15_deg_share: Option<f64>,
    /// Share of the frames in which nobody was seen in the driver, so that the pose was carried over, 0 … 1.
    pub held_share: f64,
    /// Share of the frames in which somebody was seen, but at least a quarter of the joints that are mostly seen were not, so
    /// that they were guessed, 0 … 1.
    pub guessed_share: f64,
    /// How much the face and the front of the trunk have changed since the still: 1 − SSIM (Wang et al. 2004) of both, in squares
    /// that move along with the pose, where they are most alike about there; 0 as in the still, 1 nothing alike. Only where they face as in the still.
    pub identity_drift: Option<f64>,
    /// Mean change of the background from one frame to the next, of 255 levels.
    pub flicker_levels: Option<f64>,
    /// Tremble: the median second difference of the drawn joints over that of the driver as tracked, each in lengths of its
    /// trunk. Below 1 is calmer than what was seen.
    pub jitter_ratio: Option<f64>,
    /// How much later the sound comes than in the driving video, in seconds.
    pub sound_offset_secs: Option<f64>,
}

/// Two plain sentences.
impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        match (self.pose_error_deg, self.within_15_deg_share) {
            (Some(error), Some(within)) => {
                write!(f, "Limbs follow within {error:.1}° in the median, {} within 15°", percent(within))?
            }
            _ => write!(
                f,
                "How well limbs follow could not be measured: the tracker read none that could be compared"
            )?,
        }
        match self.held_share + self.guessed_share {
            0.0 => write!(f, "; no frame was guessed.")?,
            share if share < 0.01 => write!(f, "; under 1 % of the frames were guessed.")?,
            share => write!(f, "; {} of the frames were guessed.", percent(share))?,
        }
        let mut facts = Vec::new();
        if let Some(drift) = self.identity_drift {
            facts.push(format!("face and trunk stay {} as in the image", percent(1.0 - drift)));
        }
        if let Some(levels) = self.flicker_levels {
            facts.push(match levels {
                0.0 => "the background stands still".to_owned(),
                levels => format!("the background flickers by {levels:.2} of 255 levels"),
            });
        }
        if let Some(jitter) = self.jitter_ratio {
            facts.push(format!("joints tremble {jitter:.2} times as much as the driver's"));
        }
        if let Some(offset) = self.sound_offset_secs {
            facts.push(match (offset * 1000.0).round() {
                0.0 => "the sound is in step".to_owned(),
                late if late > 0.0 => format!("the sound is {late} ms late"),
                early => format!("the sound is {} ms early", -early),
            });
        }
        let facts = facts.join(", ");
        let mut letters = facts.chars();
        match letters.next() {
            Some(first) => write!(f, " {}{}.", first.to_uppercase(), letters.as_str()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_in_plain_sentences() {
        let quality = Quality {
            frames_measured: 20,
            recognised_share: Some(1.0),
            pose_error_deg: Some(2.13),
            within_15_deg_share: Some(0.97),
            held_share: 0.01,
            guessed_share: 0.02,
            identity_drift: Some(0.08),
            flicker_levels: Some(0.0),
            jitter_ratio: Some(0.5),
            sound_offset_secs: Some(0.0),
        };
        assert_eq!(
            quality.to_string(),
            "Limbs follow within 2.1° in the median, 97 % within 15°; 3 % of the frames were guessed. Face and trunk stay 92 % as in the image, the background stands still, joints tremble 0.50 times as much as the driver's, the sound is in step."
        );
        assert_eq!(
            Quality::default().to_string(),
            "How well limbs follow could not be measured: the tracker read none that could be compared; no frame was guessed."
        );
        let late = Quality { sound_offset_secs: Some(-0.0214), held_share: 0.001, ..quality };
        assert!(late.to_string().ends_with("the sound is 21 ms early."), "{late}");
    }
}

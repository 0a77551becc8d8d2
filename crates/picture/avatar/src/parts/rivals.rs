use glam::Vec3;

use super::gmm::ColourModel;
use crate::smoothstep;

const COMPONENTS: usize = 5;
/// Colours that a model learns from at most.
const MOST_SAMPLES: usize = 3000;
/// Fewer colours make no model.
const LEAST_SAMPLES: usize = 12;
/// Greatest say of one pixel's colour, in nats.
const MOST_CERTAIN: f32 = 8.0;

/// The colours of a limb against those of everything about it.
pub(super) struct Rivals {
    limb: ColourModel,
    others: ColourModel,
    /// How well colour tells the two apart, 0 … 1.
    say: f32,
}

impl Rivals {
    /// Learns both sides' colours; none without enough of them.
    pub(super) fn learn(limb: &[Vec3], others: &[Vec3]) -> Option<Self> {
        if limb.len().min(others.len()) < LEAST_SAMPLES {
            return None;
        }
        let (limb, others) = (thinned(limb), thinned(others));
        let mut rivals = Self {
            limb: ColourModel::fit(limb.clone(), COMPONENTS)?,
            others: ColourModel::fit(others.clone(), COMPONENTS)?,
            say: 0.0,
        };
        let right = |colours: &[Vec3], is_limb: bool| {
            let count = colours.iter().filter(|&&c| (rivals.preference(c) > 0.0) == is_limb).count();
            count as f32 / colours.len() as f32
        };
        let accuracy = 0.5 * (right(&limb, true) + right(&others, false));
        rivals.say = smoothstep((accuracy - 0.6) / 0.3);
        Some(rivals)
    }

    /// By how much a colour costs more as the limb's than as the others', in nats; 0 where colour cannot tell.
    pub(super) fn cost_of_limb(&self, colour: Vec3) -> f32 {
        if self.say > 0.0 {
            -self.say * self.preference(colour).clamp(-MOST_CERTAIN, MOST_CERTAIN)
        } else {
            0.0
        }
    }

    /// How much likelier a colour is as the limb's, in nats.
    fn preference(&self, colour: Vec3) -> f32 {
        self.others.surprise(colour) - self.limb.surprise(colour)
    }
}

/// At most a few thousand of the colours, spread evenly.
fn thinned(colours: &[Vec3]) -> Vec<Vec3> {
    let stride = colours.len().div_ceil(MOST_SAMPLES).max(1);
    colours.iter().copied().step_by(stride).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(middle: Vec3) -> Vec<Vec3> {
        (0..200).map(|i| middle + Vec3::new((i % 7) as f32, (i % 5) as f32, (i % 3) as f32)).collect()
    }

    #[test]
    fn colours_decide_as_far_as_they_differ() {
        let (skin, cloth) = (Vec3::new(180.0, 145.0, 150.0), Vec3::new(60.0, 120.0, 90.0));
        let apart = Rivals::learn(&cloud(skin), &cloud(cloth)).unwrap();
        assert!(apart.cost_of_limb(skin) < -5.0 && apart.cost_of_limb(cloth) > 5.0);
        let alike = Rivals::learn(&cloud(cloth), &cloud(cloth)).unwrap();
        assert_eq!(alike.cost_of_limb(cloth), 0.0);
        assert!(Rivals::learn(&[skin; 3], &cloud(cloth)).is_none());
    }
}

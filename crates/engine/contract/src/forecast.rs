use std::time::Duration;

use crate::{Progress, Stage};

/// Turns the steps of the stages into one fraction of the whole and the time that is left.
///
/// Stages cost differently, some once and some for every frame, so each is weighed by what it takes on a machine of two
/// cores; the machine at hand enters through the time that passed. Time comes in as an argument, so whoever
/// listens reads the clock.
#[derive(Clone, Debug)]
pub struct Forecast {
    stages: [f64; Stage::ALL.len()],
    frames: u64,
    fraction: f64,
}

/// The whole run at a glance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// Share of the whole that is done, 0 … 1; never falls.
    pub fraction: f64,
    /// Time that is left; `None` while too little is known.
    pub remaining: Option<Duration>,
}

/// Seconds that a stage takes, once and for every frame.
struct Cost {
    once_secs: f64,
    frame_secs: f64,
}

/// Frames assumed until a stage tells.
const USUAL_FRAMES: u64 = 300;

/// Below this share of the whole a forecast is a guess.
const LEAST_FRACTION: f64 = 0.03;

const fn cost(stage: Stage) -> Cost {
    let (once_secs, frame_secs) = match stage {
        Stage::Probe => (0.1, 0.0),
        Stage::Track => (0.1, 0.018),
        Stage::Rig => (3.0, 0.0),
        Stage::Plate => (0.7, 0.0),
        Stage::Render => (0.1, 0.018),
        Stage::Encode => (0.2, 0.0),
    };
    Cost { once_secs, frame_secs }
}

impl Default for Forecast {
    fn default() -> Self {
        Self::new()
    }
}

impl Forecast {
    /// Nothing done yet.
    pub fn new() -> Self {
        Self { stages: [0.0; Stage::ALL.len()], frames: USUAL_FRAMES, fraction: 0.0 }
    }

    /// Takes in a step, `elapsed` after the start of the run.
    pub fn observe(&mut self, progress: Progress, elapsed: Duration) -> Outlook {
        if matches!(progress.stage, Stage::Track | Stage::Render) && progress.total > 0 {
            self.frames = progress.total;
        }
        // Nothing can be drawn before all that is drawn from is there, and nothing finished before it is drawn.
        if matches!(progress.stage, Stage::Render | Stage::Encode) {
            self.stages[..progress.stage as usize].fill(1.0);
        }
        let done = &mut self.stages[progress.stage as usize];
        *done = done.max(progress.fraction());
        self.fraction = self.fraction.max(self.weighed());
        Outlook { fraction: self.fraction, remaining: self.remaining(elapsed) }
    }

    fn weighed(&self) -> f64 {
        let (mut done_secs, mut all_secs) = (0.0, 0.0);
        for stage in Stage::ALL {
            let cost = cost(stage);
            let secs = cost.once_secs + cost.frame_secs * self.frames as f64;
            done_secs += secs * self.stages[stage as usize];
            all_secs += secs;
        }
        done_secs / all_secs
    }

    fn remaining(&self, elapsed: Duration) -> Option<Duration> {
        if self.fraction < LEAST_FRACTION {
            return None;
        }
        Duration::try_from_secs_f64(elapsed.as_secs_f64() * (1.0 - self.fraction) / self.fraction).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_fraction_runs_from_nothing_to_all_and_never_falls() {
        let mut forecast = Forecast::new();
        let mut last = 0.0;
        for stage in Stage::ALL {
            for done in [0, 40, 20, 100] {
                let now = forecast.observe(Progress::new(stage, done, 100), SECOND).fraction;
                assert!(now >= last && now <= 1.0);
                last = now;
            }
        }
        assert!((last - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_rest_is_told_from_the_pace_so_far() {
        let mut forecast = Forecast::new();
        assert_eq!(forecast.observe(Progress::new(Stage::Probe, 0, 1), SECOND).remaining, None);
        let outlook = forecast.observe(Progress::new(Stage::Track, 300, 300), 10 * SECOND);
        let whole_secs = 10.0 / outlook.fraction;
        let rest_secs = outlook.remaining.unwrap().as_secs_f64();
        assert!((rest_secs - (whole_secs - 10.0)).abs() < 1e-6);
    }

    #[test]
    fn a_longer_clip_makes_the_frames_weigh_more() {
        let share =
            |frames| Forecast::new().observe(Progress::new(Stage::Track, frames, frames), SECOND).fraction;
        assert!(share(3000) > share(30));
    }

    #[test]
    fn drawing_means_that_all_before_it_is_done() {
        let mut forecast = Forecast::new();
        forecast.observe(Progress::new(Stage::Render, 300, 300), SECOND);
        assert!(forecast.observe(Progress::new(Stage::Encode, 1, 1), SECOND).fraction > 0.999);
    }

    #[test]
    fn an_unknown_total_is_no_progress() {
        assert_eq!(Forecast::new().observe(Progress::new(Stage::Track, 5, 0), SECOND).fraction, 0.0);
    }
}

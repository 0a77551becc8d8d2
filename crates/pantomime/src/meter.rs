use std::io::{IsTerminal, Write, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use contract::{Forecast, Outlook, Progress, Reporter, Stage, Warning};
use indicatif::{ProgressBar, ProgressStyle};

use crate::events::Event;

/// Shows how a run goes: a bar with stage and remaining time on a terminal, plain lines elsewhere, both on standard error; or
/// lines of JSON for programs.
pub struct Meter {
    started: Instant,
    state: Mutex<State>,
    shown: Shown,
}

struct State {
    forecast: Forecast,
    lines: Lines,
}

enum Shown {
    Bar(ProgressBar),
    Lines(Mutex<Box<dyn Write + Send>>),
    Json(Mutex<Box<dyn Write + Send>>),
}

/// Steps of the bar: finer than any terminal is wide.
const BAR_STEPS: u64 = 1000;

impl Meter {
    /// A meter for the process's standard error.
    pub fn on_stderr() -> Self {
        if !stderr().is_terminal() {
            return Self::lines(stderr());
        }
        let style = ProgressStyle::with_template("{prefix:6} {bar:32} {percent:>3} %  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        Self::new(Shown::Bar(ProgressBar::new(BAR_STEPS).with_style(style)))
    }

    /// A meter that writes plain lines.
    pub fn lines(sink: impl Write + Send + 'static) -> Self {
        Self::new(Shown::Lines(Mutex::new(Box::new(sink))))
    }

    /// A meter that writes events as JSON, a line each.
    pub fn json(sink: impl Write + Send + 'static) -> Self {
        Self::new(Shown::Json(Mutex::new(Box::new(sink))))
    }

    fn new(shown: Shown) -> Self {
        let state = Mutex::new(State { forecast: Forecast::new(), lines: Lines::default() });
        Self { started: Instant::now(), state, shown }
    }

    /// Whether it speaks to programs.
    pub(crate) const fn is_json(&self) -> bool {
        matches!(self.shown, Shown::Json(_))
    }

    /// Takes the bar off the screen.
    pub fn clear(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }

    /// Says a line that is no progress, above the bar.
    pub fn say(&self, line: &str) {
        let line = line.replace(char::is_control, " ");
        match &self.shown {
            Shown::Bar(bar) => bar.suspend(|| write_line(&mut stderr(), &line)),
            Shown::Lines(sink) => {
                write_line(&mut **sink.lock().unwrap_or_else(PoisonError::into_inner), &line)
            }
            Shown::Json(_) => self.tell(&Event::Note { message: &line }),
        }
    }

    /// Tells an event to a program that listens; people are told otherwise.
    pub(crate) fn tell(&self, event: &Event<'_>) {
        if let Shown::Json(sink) = &self.shown {
            event.write(&mut **sink.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl Reporter for Meter {
    fn progress(&self, progress: Progress) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let outlook = state.forecast.observe(progress, self.started.elapsed());
        match &self.shown {
            Shown::Bar(bar) => {
                bar.set_prefix(progress.stage.as_str());
                bar.set_message(detail(progress, outlook));
                bar.set_position((outlook.fraction * BAR_STEPS as f64) as u64);
            }
            Shown::Lines(_) => {
                let line = state.lines.next(progress, outlook);
                drop(state);
                if let Some(line) = line {
                    self.say(&line);
                }
            }
            Shown::Json(_) => {
                let tells = state.lines.begins_or_passes(progress, outlook, 100);
                drop(state);
                if tells {
                    self.tell(&Event::progress(progress, outlook));
                }
            }
        }
    }

    fn warn(&self, warning: &Warning) {
        match &self.shown {
            Shown::Json(_) => self.tell(&Event::Warning(warning)),
            _ => self.say(&format!("warning[{}]: {}", warning.code, warning.message)),
        }
    }
}

/// Chooses the moments worth a line: a stage's first word, and every tenth of the whole for people, every hundredth for
/// programs.
#[derive(Default)]
struct Lines {
    begun: [bool; Stage::ALL.len()],
    passed: u64,
}

impl Lines {
    fn next(&mut self, progress: Progress, outlook: Outlook) -> Option<String> {
        self.begins_or_passes(progress, outlook, 10).then(|| {
            let percent = (outlook.fraction * 100.0) as u64;
            let line = format!("{:6} {percent:>3} %  {}", progress.stage, detail(progress, outlook));
            line.trim_end().to_owned()
        })
    }

    /// Whether a stage begins, or another of `parts` equal parts of the whole is done.
    fn begins_or_passes(&mut self, progress: Progress, outlook: Outlook, parts: u64) -> bool {
        let passed = (outlook.fraction * parts as f64) as u64;
        let begins = !std::mem::replace(&mut self.begun[progress.stage as usize], true);
        let passes = passed > self.passed;
        if begins || passes {
            self.passed = passed;
        }
        begins || passes
    }
}

/// `120/300 frames, about 12 s left`, as far as it is known.
fn detail(progress: Progress, outlook: Outlook) -> String {
    let mut parts = Vec::new();
    if matches!(progress.stage, Stage::Track | Stage::Render) && progress.total > 0 {
        parts.push(format!("{}/{} frames", progress.done, progress.total));
    }
    if let Some(remaining) = outlook.remaining {
        parts.push(format!("about {} left", rounded(remaining)));
    }
    parts.join(", ")
}

fn rounded(time: Duration) -> String {
    let secs = time.as_secs_f64().ceil() as u64;
    if secs < 100 { format!("{secs} s") } else { format!("{} min", secs.div_ceil(60)) }
}

fn write_line(sink: &mut dyn Write, line: &str) {
    // A progress line that nobody can read is no reason to stop.
    let _ = writeln!(sink, "{line}");
}

#[cfg(test)]
mod tests {
    use contract::WarningCode;
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn plain_lines_are_few_and_tell_stage_share_and_frames() {
        let sink = Sink::default();
        let meter = Meter::lines(sink.clone());
        for stage in [Stage::Track, Stage::Rig, Stage::Plate, Stage::Render] {
            (0..=500).for_each(|done| meter.progress(Progress::new(stage, done, 500)));
        }
        meter.warn(&Warning::new(WarningCode::PersonLost, "Gone\nfor a while."));
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert!((10..20).contains(&lines.len()), "{text}");
        assert!(lines[0].starts_with("track "), "{text}");
        assert!(lines.iter().any(|line| line.contains("/500 frames")), "{text}");
        assert_eq!(*lines.last().unwrap(), "warning[person_lost]: Gone for a while.");
    }

    #[test]
    fn programs_are_told_the_same_as_json() {
        let sink = Sink::default();
        let meter = Meter::json(sink.clone());
        meter.say("fetching\nnetworks");
        for stage in [Stage::Track, Stage::Rig, Stage::Render] {
            (0..=500).for_each(|done| meter.progress(Progress::new(stage, done, 500)));
        }
        meter.warn(&Warning::new(WarningCode::PersonLost, "Gone\nfor a while."));
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let events: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(events[0], serde_json::json!({"event": "note", "message": "fetching networks"}));
        assert_eq!((&events[1]["event"], &events[1]["stage"]), (&"progress".into(), &"track".into()));
        assert!((80..110).contains(&events.len()), "{}", events.len());
        let percents: Vec<_> = events.iter().filter_map(|event| event["percent"].as_u64()).collect();
        assert!(percents.is_sorted() && percents.last() > Some(&95), "{percents:?}");
        let last = events.last().unwrap();
        assert_eq!((&last["event"], &last["code"]), (&"warning".into(), &"person_lost".into()));
    }

    #[test]
    fn the_rest_is_told_in_whole_units() {
        assert_eq!(rounded(Duration::from_millis(3200)), "4 s");
        assert_eq!(rounded(Duration::from_secs(601)), "11 min");
    }
}

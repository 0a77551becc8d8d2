//! The contract as an engine's caller sees it.

use std::num::NonZero;
use std::sync::{Arc, Barrier, Mutex};

use contract::{
    CancelToken, CheckReport, Engine, EngineError, Progress, Rejection, RejectionCode, Reporter, RunContext,
    ScriptedEngine, Stage, Step, TransferRequest, Warning, WarningCode,
};

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Reporter for Heard {
    fn progress(&self, progress: Progress) {
        self.0
            .lock()
            .expect("no holder panics")
            .push(format!("{} {}/{}", progress.stage, progress.done, progress.total));
    }

    fn warn(&self, warning: &Warning) {
        self.0.lock().expect("no holder panics").push(warning.code.to_string());
    }
}

fn request() -> TransferRequest {
    TransferRequest::new("c.png", "d.mp4", "o.mp4")
}

#[test]
fn an_engine_is_cancelled_from_another_thread() {
    let (barrier, cancel, heard) = (Arc::new(Barrier::new(2)), CancelToken::new(), Heard::default());
    let engine: Arc<dyn Engine> = Arc::new(ScriptedEngine::new([
        Step::Progress(Progress::new(Stage::Track, 3, 10)),
        Step::Warn(Warning::new(WarningCode::SceneCut, "There is a cut.")),
        Step::Meet(barrier.clone()),
        Step::AwaitCancel,
    ]));
    let context = RunContext {
        reporter: &heard,
        cancel: &cancel,
        threads: NonZero::<usize>::MIN,
        work_dir: None,
        comparison: None,
        exports: &[],
    };
    let outcome = std::thread::scope(|scope| {
        let run = scope.spawn(|| engine.run(&request(), &context));
        barrier.wait();
        assert_eq!(*heard.0.lock().unwrap(), ["track 3/10", "scene_cut"]);
        cancel.cancel();
        run.join().unwrap()
    });
    assert!(matches!(outcome, Err(EngineError::Cancelled(_))));
}

#[test]
fn a_look_at_a_pair_reports_and_can_be_cancelled() {
    let problem = Rejection::new(RejectionCode::NoPersonInImage, "Nobody was found.");
    let fit = ScriptedEngine::new([]);
    let (cancel, heard) = (CancelToken::new(), Heard::default());
    let threads = NonZero::<usize>::MIN;
    let context = RunContext {
        reporter: &heard,
        cancel: &cancel,
        threads,
        work_dir: None,
        comparison: None,
        exports: &[],
    };
    let found = fit.check(&request(), &context).unwrap();
    assert!(found.is_usable() && found.image.is_some() && found.video.is_some());
    assert_eq!(*heard.0.lock().unwrap(), ["probe 2/2", "rig 1/1", "track 1/1"]);

    let unfit = ScriptedEngine::new([]).finding(CheckReport { problems: vec![problem], ..found });
    assert!(!unfit.check(&request(), &context).unwrap().is_usable());
    cancel.cancel();
    assert!(matches!(fit.check(&request(), &context), Err(EngineError::Cancelled(_))));
}

#[test]
fn a_request_survives_json() {
    let request = TransferRequest { prompt: Some("a dance".into()), ..request() };
    let text = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<TransferRequest>(&text).unwrap(), request);
}

//! `pantomime transfer` around a scripted engine: names, files, errors, cancelling.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Barrier};

use contract::{
    CancelToken, Engine, EngineError, Rejection, RejectionCode, ScriptedEngine, Step, TransferReport,
    TransferRequest,
};
use pantomime::{Failure, Meter, Transfer};

fn report() -> TransferReport {
    TransferReport {
        engine: "scripted".into(),
        version: "0".into(),
        frames: 30,
        frame_rate: "30000/1001".parse().expect("a rate"),
        duration_secs: 1.001,
        width: 64,
        height: 64,
        has_audio: false,
        tracked_share: 1.0,
        seed: 0,
        stage_secs: BTreeMap::new(),
        quality: None,
        warnings: Vec::new(),
    }
}

/// A folder with two inputs, and a transfer that writes `out.mp4` and `report.json` there.
fn desk() -> (tempfile::TempDir, Transfer) {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    for name in ["c.png", "d.mp4"] {
        fs::write(at(name), "bytes").expect("a file");
    }
    let transfer = Transfer {
        request: TransferRequest::new(at("c.png"), at("d.mp4"), at("out.mp4")),
        threads: None,
        comparison: None,
        report: Some(at("report.json")),
        work_dir: None,
        exports: Vec::new(),
    };
    (folder, transfer)
}

fn run(transfer: Transfer, cancel: &CancelToken, steps: Vec<Step>) -> Result<TransferReport, Failure> {
    let meter = Arc::new(Meter::lines(std::io::sink()));
    transfer.run(cancel, meter, move |_| Ok(Arc::new(ScriptedEngine::new(steps)) as Arc<dyn Engine>))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_finished_run_leaves_the_video_and_the_report() {
    let (folder, transfer) = desk();
    fs::write(folder.path().join("out.mp4"), "old").unwrap();
    run(transfer, &CancelToken::new(), vec![Step::Write(b"video".into()), Step::Finish(report().into())])
        .unwrap();
    assert_eq!(names(folder.path()), ["c.png", "d.mp4", "out.mp4", "report.json"]);
    assert_eq!(fs::read(folder.path().join("out.mp4")).unwrap(), b"video");
    let text = fs::read_to_string(folder.path().join("report.json")).unwrap();
    assert_eq!(serde_json::from_str::<TransferReport>(&text).unwrap(), report());
}

#[test]
fn a_failed_run_leaves_what_stood_before() {
    for (step, exit_code) in [
        (Step::fail(|| Rejection::new(RejectionCode::DecodeError, "Damaged.").into()), 3),
        (Step::fail(|| EngineError::internal("a fault")), 1),
        (
            Step::fail(|| EngineError::Unavailable {
                what: "no networks".into(),
                remedy: "fetch them".into(),
            }),
            1,
        ),
        (Step::Panic("on purpose"), 1),
    ] {
        let (folder, transfer) = desk();
        fs::write(folder.path().join("out.mp4"), "old").unwrap();
        let failure =
            run(transfer, &CancelToken::new(), vec![Step::Write(b"half".into()), step]).unwrap_err();
        assert_eq!(failure.exit_code(), exit_code, "{failure}");
        assert_eq!(names(folder.path()), ["c.png", "d.mp4", "out.mp4"]);
        assert_eq!(fs::read(folder.path().join("out.mp4")).unwrap(), b"old");
    }
}

#[test]
fn a_cancelled_run_leaves_nothing() {
    let (folder, transfer) = desk();
    let (cancel, barrier) = (CancelToken::new(), Arc::new(Barrier::new(2)));
    let steps = vec![Step::Write(b"half".into()), Step::Meet(barrier.clone()), Step::AwaitCancel];
    let failure = std::thread::scope(|scope| {
        let running = scope.spawn(|| run(transfer, &cancel, steps));
        barrier.wait();
        cancel.cancel();
        running.join().unwrap().unwrap_err()
    });
    assert_eq!(failure.exit_code(), 4);
    assert_eq!(names(folder.path()), ["c.png", "d.mp4"]);
}

#[test]
fn an_engine_that_cannot_stop_at_once_leaves_nothing_either() {
    let (folder, transfer) = desk();
    let (cancel, begun, stuck) = (CancelToken::new(), Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let steps = vec![Step::Write(b"half".into()), Step::Meet(begun.clone()), Step::Meet(stuck.clone())];
    let failure = std::thread::scope(|scope| {
        let running = scope.spawn(|| run(transfer, &cancel, steps));
        begun.wait();
        cancel.cancel();
        running.join().unwrap().unwrap_err()
    });
    stuck.wait();
    assert_eq!(failure.exit_code(), 4);
    assert_eq!(names(folder.path()), ["c.png", "d.mp4"]);
}

#[test]
fn an_input_is_never_overwritten() {
    type Change = fn(&mut Transfer);
    let changes: [Change; 4] = [
        |t| t.request.output = t.request.driving.clone(),
        |t| t.comparison = Some(t.request.output.clone()),
        |t| t.report = Some(t.request.character.clone()),
        |t| t.request.output = t.request.output.with_extension("avi"),
    ];
    for change in changes {
        let (folder, mut transfer) = desk();
        change(&mut transfer);
        let failure = run(transfer, &CancelToken::new(), vec![Step::Finish(report().into())]).unwrap_err();
        assert_eq!(failure.exit_code(), 2, "{failure}");
        assert_eq!(names(folder.path()), ["c.png", "d.mp4"]);
    }
}

#[test]
fn an_input_that_cannot_be_read_is_rejected_before_any_work() {
    let (folder, mut transfer) = desk();
    transfer.request.character = folder.path().to_owned();
    let failure = run(transfer.clone(), &CancelToken::new(), vec![]).unwrap_err();
    assert!(
        matches!(&failure, Failure::Rejected(r) if r.code == RejectionCode::ImageUnreachable),
        "{failure}"
    );
    transfer.request.character = transfer.request.driving.clone();
    transfer.request.driving = folder.path().join("none.mp4");
    let failure = run(transfer, &CancelToken::new(), vec![]).unwrap_err();
    assert!(failure.to_string().starts_with("error[video_unreachable]: The video "), "{failure}");
    assert_eq!(names(folder.path()), ["c.png", "d.mp4"]);
}

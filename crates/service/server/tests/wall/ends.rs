//! How a child ends before it has answered: by itself, told to, or with its parent.

use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

use contract::Stage;
use rustix::process::{Signal, kill_process};
use server::wall::{ChildFault, ChildOutcome, Patience};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::room::{PATIENT, Room, SHORT, speaks_of};

/// More than the half second that a child takes to leave its engine behind, and far less than for ever.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_child_that_breaks_says_how() {
    let room = Room::new();
    for (prompt, signal, code) in
        [("abort", Some(6), None), ("exit:3", None, Some(3)), ("exit:0", None, Some(0))]
    {
        match room.played(prompt).await.0 {
            Err(ChildFault::Died { status, .. }) => {
                assert_eq!((status.signal(), status.code()), (signal, code), "{prompt}");
            }
            other => panic!("{prompt}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_child_stops_when_it_is_told_to() {
    for prompt in ["wait", "slow:1000000", "hang"] {
        let (room, cancel) = (Room::new(), CancellationToken::new());
        let began = Instant::now();
        let (ended, _) = room
            .run(room.order(prompt), PATIENT, &cancel, |event| {
                if speaks_of(event, Stage::Track) {
                    cancel.cancel();
                }
            })
            .await;
        assert!(matches!(ended, Ok(ChildOutcome::Cancelled)), "{prompt}: {ended:?}");
        assert!(began.elapsed() < SOON && room.child().is_none(), "{prompt}: {:?}", began.elapsed());
    }
}

/// Not even its own watchdog runs: a stopped process hears nothing.
#[tokio::test]
async fn a_child_that_hears_nothing_is_killed_after_its_grace() {
    let (room, cancel) = (Room::new(), CancellationToken::new());
    let began = Instant::now();
    let patience = Patience { grace: SHORT, ..PATIENT };
    let (ended, _) = room
        .run(room.order("hang"), patience, &cancel, |event| {
            if speaks_of(event, Stage::Track) {
                kill_process(room.child().unwrap(), Signal::STOP).unwrap();
                cancel.cancel();
            }
        })
        .await;
    assert!(matches!(ended, Ok(ChildOutcome::Cancelled)), "{ended:?}");
    assert!((SHORT..SOON).contains(&began.elapsed()) && room.child().is_none());
}

#[test]
fn a_child_ends_with_its_parent() {
    for prompt in ["wait", "hang"] {
        let room = Room::new();
        let mut child = room.bare(&serde_json::to_string(&room.order(prompt)).unwrap());
        child.says("\"track\"");
        let began = Instant::now();
        child.orphaned();
        child.ended();
        assert!(began.elapsed() < SOON, "{prompt}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_child_nobody_waits_for_is_killed() {
    let (room, begun) = (Room::new(), Notify::new());
    let cancel = CancellationToken::new();
    let run = room.run(room.order("hang"), PATIENT, &cancel, |event| {
        if speaks_of(event, Stage::Track) {
            begun.notify_one();
        }
    });
    tokio::select! {
        (ended, _) = run => panic!("{ended:?}"),
        () = begun.notified() => {}
    }
    let began = Instant::now();
    while room.child().is_some() {
        assert!(began.elapsed() < SOON, "it works on");
        tokio::task::yield_now().await;
    }
}

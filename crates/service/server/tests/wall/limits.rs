//! What a child may take: memory, time, disk.

use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

use server::wall::{ChildFault, Patience, TimeLimit, WallLimits};
use tokio_util::sync::CancellationToken;

use crate::room::{Ended, PATIENT, Room, SHORT};

async fn limited(prompt: &str, patience: Patience, change: impl FnOnce(&mut WallLimits)) -> Ended {
    let room = Room::new();
    let mut order = room.order(prompt);
    change(&mut order.limits);
    room.run(order, patience, &CancellationToken::new(), |_| {}).await.0
}

#[tokio::test]
async fn memory() {
    let ended = limited("eat", PATIENT, |limits| limits.memory_bytes = 200_000_000).await;
    assert!(matches!(ended, Err(ChildFault::OutOfMemory)), "{ended:?}");
}

/// libav reports what it was refused, and lives on.
#[tokio::test]
async fn memory_that_was_missed_politely() {
    let ended = limited("internal:Cannot allocate memory", PATIENT, |_| {}).await;
    assert!(matches!(ended, Err(ChildFault::OutOfMemory)), "{ended:?}");
}

#[tokio::test]
async fn processor_time() {
    let ended = limited("spin", PATIENT, |limits| limits.cpu_secs = 1).await;
    assert!(matches!(ended, Err(ChildFault::TimedOut(TimeLimit::Processor))), "{ended:?}");
}

#[tokio::test]
async fn disk() {
    const SIGXFSZ: i32 = 25;
    let ended = limited("fill", PATIENT, |limits| limits.file_bytes = 1_000_000).await;
    match ended {
        Err(ChildFault::Died { status, .. }) => assert_eq!(status.signal(), Some(SIGXFSZ)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn time_without_progress() {
    let ended = limited("hang", Patience { stall: SHORT, ..PATIENT }, |_| {}).await;
    assert!(matches!(ended, Err(ChildFault::TimedOut(TimeLimit::Stall))), "{ended:?}");
}

#[tokio::test]
async fn time_in_all() {
    let patience = Patience { wall: 4 * SHORT, stall: Duration::from_secs(60), ..PATIENT };
    let ended = limited("slow:1000000", patience, |_| {}).await;
    assert!(matches!(ended, Err(ChildFault::TimedOut(TimeLimit::Wall))), "{ended:?}");
}

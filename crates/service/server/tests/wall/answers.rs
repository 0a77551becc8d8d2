//! What a child tells, and how it answers.

use contract::{RejectionCode, Stage};
use server::wall::{ChildCommand, ChildEvent, ChildFault, ChildOutcome, Order, Task, run_child, survey};
use tokio_util::sync::CancellationToken;

use crate::room::{PATIENT, Room, speaks_of};

#[tokio::test]
async fn a_video_is_made_and_measured() {
    let room = Room::new();
    let (ended, heard) = room.played("ok").await;
    let Ok(ChildOutcome::Done { report, measures }) = ended else { panic!("{ended:?}") };
    assert_eq!(report.engine, "scripted");
    let made = std::fs::metadata(room.path("scratch").join("output.mp4")).unwrap();
    assert_eq!((measures.bytes, measures.width, measures.height), (made.len(), 96, 64));

    // The wall is the first word, and says the same as the survey.
    let ChildEvent::Ready { in_force, lacking } = &heard[0] else { panic!("{heard:?}") };
    let named = |stands: bool| -> Vec<String> {
        survey().into_iter().filter(|(_, found)| *found == stands).map(|(part, _)| part.to_string()).collect()
    };
    assert_eq!((in_force, lacking), (&named(true), &named(false)));

    for stage in Stage::ALL {
        assert!(heard.iter().any(|event| speaks_of(event, stage)), "{stage}");
    }
    let fractions = heard.iter().filter_map(|event| match event {
        ChildEvent::Progress { fraction, .. } => Some(*fraction),
        _ => None,
    });
    let fractions: Vec<f64> = fractions.collect();
    assert!(fractions.is_sorted() && fractions.iter().all(|share| (0.0..=1.0).contains(share)));
    assert!(*fractions.last().unwrap() > 0.99);
}

#[tokio::test]
async fn a_look_is_answered_as_json() {
    let room = Room::new();
    let order = Order { task: Task::Check, ..room.order("ok") };
    let (ended, _) = room.run(order, PATIENT, &CancellationToken::new(), |_| {}).await;
    let Ok(ChildOutcome::Told(found)) = ended else { panic!("{ended:?}") };
    assert!(found["problems"].as_array().unwrap().is_empty());
}

/// Two hundred steps of five milliseconds: many more than four a second.
#[tokio::test]
async fn progress_is_thinned_out() {
    let room = Room::new();
    let began = std::time::Instant::now();
    let (ended, heard) = room.played("slow:200").await;
    let most = began.elapsed().as_secs_f64() * 4.0 + 4.0;
    assert!(matches!(ended, Ok(ChildOutcome::Done { .. })), "{ended:?}");
    let told = heard.iter().filter(|event| speaks_of(event, Stage::Track)).count();
    assert!((3..=most as usize).contains(&told), "{told} of at most {most}");
}

#[tokio::test]
async fn every_way_to_fail_is_told_apart() {
    let room = Room::new();
    let internal = async |prompt: &str| match room.played(prompt).await.0 {
        Ok(ChildOutcome::Internal(message)) => message,
        other => panic!("{prompt}: {other:?}"),
    };
    assert_eq!(internal("internal").await, "the script says so");
    assert_eq!(internal("panic").await, "the engine panicked: the script says so");
    let (rejected, _) = room.played("reject:no_person_in_video").await;
    assert!(
        matches!(&rejected, Ok(ChildOutcome::Rejected(r)) if r.code == RejectionCode::NoPersonInVideo),
        "{rejected:?}"
    );
    let (unavailable, _) = room.played("unavailable").await;
    assert!(
        matches!(&unavailable, Ok(ChildOutcome::Unavailable { remedy, .. }) if remedy == "bring it"),
        "{unavailable:?}"
    );
}

#[tokio::test]
async fn noise_is_no_message_and_hides_none() {
    let (ended, heard) = Room::new().played("noise").await;
    assert!(matches!(ended, Ok(ChildOutcome::Done { .. })), "{ended:?}");
    assert!(heard.iter().any(|event| speaks_of(event, Stage::Encode)));
}

#[tokio::test]
async fn what_was_tracked_is_not_tracked_again() {
    let room = Room::new();
    let (ended, _) = room.played("crash-at:render:1").await;
    assert!(matches!(ended, Err(ChildFault::Died { .. })), "{ended:?}");
    assert!(room.path("work").join("tracked").exists());
    let (ended, heard) = room.played("crash-at:render:1").await;
    assert!(matches!(ended, Ok(ChildOutcome::Done { .. })), "{ended:?}");
    let steps = heard.iter().filter(|event| speaks_of(event, Stage::Track)).count();
    assert_eq!(steps, 1, "done at once: {heard:?}");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_no_answer() {
    let room = Room::new();
    let command = ChildCommand::new("/no/such/program");
    let ended = run_child(&command, room.order("ok"), PATIENT, |_| {}, CancellationToken::new()).await;
    assert!(matches!(ended, Err(ChildFault::Start(_))), "{ended:?}");
}

#[test]
fn an_order_that_cannot_be_read_is_refused() {
    let room = Room::new();
    let mut child = room.bare("{\"task\":\"dance\"}");
    child.says("the order cannot be read");
    assert_eq!(child.ended().code(), Some(2));
}

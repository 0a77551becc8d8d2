//! What goes wrong in a child, and in the database: one attempt, never the server; no job lost, none charged twice.

use std::time::Duration;

use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::desk::{Desk, terms};

/// The child that works at a job, told by its folder.
pub(crate) fn child_of(job: &str) -> Option<Pid> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .find(|pid| {
            std::fs::read_link(format!("/proc/{pid}/cwd"))
                .is_ok_and(|cwd| cwd.to_string_lossy().contains(job))
        })
        .and_then(Pid::from_raw)
}

fn failed(job: &Value, code: &str, attempts: u64) {
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!(code)), "{job}");
    assert_eq!(job["attempt"], attempts, "{job}");
    let sentence = job["error"]["message"].as_str().unwrap();
    assert!(sentence.ends_with('.') && !sentence.contains("/tmp"), "{sentence}");
}

#[tokio::test]
async fn a_child_that_breaks_is_tried_three_times() {
    let desk = Desk::new(|_| {}).await;
    for prompt in ["abort", "exit:3", "exit:0", "panic", "internal", "unavailable"] {
        let id = desk.submitted(prompt).await;
        failed(&desk.ended(&id).await, "internal", 3);
    }
    let id = desk.submitted("ok").await;
    assert_eq!(desk.ended(&id).await["state"], "completed");
}

#[tokio::test]
async fn what_an_attempt_finished_is_not_done_again() {
    let desk = Desk::new(|_| {}).await;
    for stage in ["probe", "track", "rig", "plate", "render", "encode"] {
        let id = desk.submitted(&format!("crash-at:{stage}:2")).await;
        let job = desk.ended(&id).await;
        assert_eq!((&job["state"], &job["attempt"]), (&json!("completed"), &json!(3)), "{stage}");
    }
    assert_eq!((desk.origin.asked("/image.png"), desk.origin.asked("/video.mp4")), (6, 6));
}

#[tokio::test]
async fn a_child_killed_at_any_stage_is_made_up_for() {
    let desk = Desk::new(|_| {}).await;
    for stage in ["probe", "track", "rig", "plate", "render", "encode"] {
        let id = desk.submitted(&format!("hold-at:{stage}:go")).await;
        let seen = desk.job_when(&id, |job| job["stage"] == stage && child_of(&id).is_some()).await;
        kill_process(child_of(&id).expect("a child"), Signal::KILL).unwrap();
        std::fs::write(desk.kept(&id).join("go"), "").unwrap();
        let job = desk.ended(&id).await;
        assert_eq!((&job["state"], &job["attempt"]), (&json!("completed"), &json!(2)), "{stage}");
        assert!(seen["progress_percent"].as_u64() < Some(100));
    }
    assert_eq!(desk.outputs().len(), 6);
}

#[tokio::test]
async fn an_input_that_cannot_be_used_is_tried_once() {
    let desk = Desk::new(|_| {}).await;
    let id = desk.submitted("reject:no_person_in_video").await;
    failed(&desk.ended(&id).await, "no_person_in_video", 1);
}

#[tokio::test]
async fn a_child_takes_no_more_than_its_share() {
    let limits = |settings: &mut server::Settings| {
        (settings.job_memory_mb, settings.job_cpu_secs) = (200, 1);
    };
    let desk = Desk::new(limits).await;
    let id = desk.submitted("eat").await;
    failed(&desk.ended(&id).await, "out_of_memory", 1);
    let id = desk.submitted("spin").await;
    failed(&desk.ended(&id).await, "timeout", 1);
}

#[tokio::test]
async fn a_child_that_stands_still_is_given_up() {
    let desk = Desk::new(|settings| settings.job_stall_secs = 1).await;
    let id = desk.submitted("hang").await;
    failed(&desk.ended(&id).await, "timeout", 3);
    let desk = Desk::new(|settings| settings.job_wall_secs = 1).await;
    let id = desk.submitted("hang").await;
    failed(&desk.ended(&id).await, "timeout", 1);
}

#[tokio::test]
async fn a_child_reaches_neither_network_nor_programs_nor_others_files() {
    let desk = Desk::new(|_| {}).await;
    let origin = desk.origin.url("");
    let address = origin.trim_start_matches("http://");
    let told = async |prompt: &str| {
        let id = desk.submitted(prompt).await;
        desk.ended(&id).await["error"]["message"].as_str().unwrap().to_owned()
    };
    let stands: Vec<_> =
        server::wall::survey().into_iter().filter(|(_, stands)| *stands).map(|(part, _)| part).collect();
    for (part, prompt) in [
        (server::wall::Part::SystemCalls, format!("connect:{address}")),
        (server::wall::Part::SystemCalls, "execute:/bin/true".to_owned()),
        (server::wall::Part::Files, "read:/etc/passwd".to_owned()),
        (server::wall::Part::Files, format!("read:{}", desk.settings.data.join("pantomime.db").display())),
        (server::wall::Part::Files, "write:/tmp/pantomime-was-here".to_owned()),
    ] {
        if stands.contains(&part) {
            let told = told(&prompt).await;
            assert!(told.ends_with("PermissionDenied."), "{prompt}: {told}");
        } else {
            eprintln!("skipped: this kernel has no {part}");
        }
    }
    assert_eq!(desk.origin.asked("/"), 0);
}

#[tokio::test]
async fn noise_on_the_pipe_is_no_message() {
    let desk = Desk::new(|_| {}).await;
    let id = desk.submitted("noise").await;
    let job = desk.ended(&id).await;
    assert_eq!((&job["state"], &job["attempt"]), (&json!("completed"), &json!(1)));
}

/// A folder that holds no more than a few megabytes, or none where this account may not make one.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(at: &std::path::Path) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let options = ["-t", "tmpfs", "-o", "size=6m,mode=700", "tmpfs"];
        let status = std::process::Command::new("mount").args(options).arg(at).status();
        status.is_ok_and(|status| status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A mount that stays is seen by the next test's folder.
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_fails_the_job_and_not_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&folder.path().join("data")) else {
        assert!(std::env::var_os("CI").is_none(), "CI may mount");
        eprintln!("skipped: this account may not mount");
        return;
    };
    let path = disk.0.clone();
    let mut desk = Desk::new(move |settings| settings.data = path).await;
    let id = desk.submitted("fill").await;
    failed(&desk.ended(&id).await, "internal", 3);
    // The disk is free again, and the next one is made.
    let id = desk.submitted("ok").await;
    assert_eq!(desk.ended(&id).await["state"], "completed");
    assert_eq!(desk.outputs().len(), 1);
    desk.stop().await;
}

#[tokio::test]
async fn a_fenced_attempt_changes_nothing() {
    let mut priced = terms("pays");
    (priced.budget, priced.price) = (Some(10_000_000), 250_000);
    let desk = Desk::with_key(|_| {}, priced).await;
    let id = desk.submitted("hold-at:encode:go").await;
    desk.job_when(&id, |job| job["stage"] == "encode").await;
    // Somebody else holds the lease now, as after a machine that slept for an hour.
    let database = desk.settings.data.join("pantomime.db");
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", database.display())).await.unwrap();
    sqlx::query("UPDATE jobs SET attempt = attempt + 1 WHERE id = ?").bind(&id).execute(&pool).await.unwrap();
    // The beat finds out, and the child goes.
    while child_of(&id).is_some() {
        tokio::task::yield_now().await;
    }
    let job = desk.native(Method::GET, &format!("/api/v1/jobs/{id}"), None).await.json();
    assert_eq!(job["state"], "running");
    assert!(desk.outputs().is_empty());
    let ledger = desk.native(Method::GET, "/api/v1/usage", None).await.json();
    assert_eq!(ledger["ledger"].as_array().unwrap().len(), 1, "{ledger}");
    pool.close().await;
}

#[tokio::test]
async fn a_clock_that_jumps_loses_nothing() {
    let desk = Desk::new(|_| {}).await;
    let (running, waiting) = (desk.submitted("hold:go").await, desk.submitted("ok").await);
    desk.job_when(&running, |job| job["stage"] == "track").await;
    // All that was written down was written years from now, or years ago.
    let database = desk.settings.data.join("pantomime.db");
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", database.display())).await.unwrap();
    let years = Duration::from_secs(10 * 365 * 86_400).as_millis() as i64;
    for shift in [years, -2 * years] {
        sqlx::query("UPDATE jobs SET created_ms = created_ms + ?1, started_ms = started_ms + ?1, run_after_ms = run_after_ms + ?1")
            .bind(shift)
            .execute(&pool)
            .await
            .unwrap();
    }
    sqlx::query("UPDATE jobs SET run_after_ms = ?").bind(years * 10).execute(&pool).await.unwrap();
    pool.close().await;
    std::fs::write(desk.kept(&running).join("go"), "").unwrap();
    for id in [running, waiting] {
        assert_eq!(desk.ended(&id).await["state"], "completed");
    }
}

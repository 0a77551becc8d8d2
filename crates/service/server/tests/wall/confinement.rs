//! What a child cannot reach. Parts of the wall that this machine's kernel lacks are skipped, and said to be.

use server::wall::{Part, survey};

use crate::room::Room;

/// Whether a part of the wall can be tested here.
fn stands(part: Part) -> bool {
    let found = survey().into_iter().any(|(other, stands)| other == part && stands);
    if !found {
        eprintln!("skipped: this kernel has no {part}");
    }
    found
}

async fn denied(room: &Room, prompt: &str) {
    let told = room.tried(prompt).await;
    assert!(told.ends_with("PermissionDenied."), "{prompt}: {told}");
}

async fn worked(room: &Room, prompt: &str) {
    let told = room.tried(prompt).await;
    assert!(told.ends_with("it worked."), "{prompt}: {told}");
}

#[tokio::test]
async fn no_network() {
    if !stands(Part::SystemCalls) {
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    denied(&Room::new(), &format!("connect:{}", listener.local_addr().unwrap())).await;
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "somebody knocked");
}

#[tokio::test]
async fn no_programs() {
    if stands(Part::SystemCalls) {
        denied(&Room::new(), "execute:/bin/true").await;
    }
}

#[tokio::test]
async fn no_files_but_its_own() {
    if !stands(Part::Files) {
        return;
    }
    let (room, other) = (Room::new(), Room::new());
    denied(&room, "read:/etc/passwd").await;
    denied(&room, &format!("read:{}", other.path("c.png").display())).await;
    denied(&room, &format!("write:{}", other.path("work").join("x").display())).await;
    // Inputs are read and not written.
    worked(&room, &format!("read:{}", room.path("c.png").display())).await;
    denied(&room, &format!("write:{}", room.path("c.png").display())).await;
    for own in ["work", "scratch"] {
        worked(&room, &format!("write:{}", room.path(own).join("x").display())).await;
    }
}

/// The parent opens what it finds under the output's name.
#[tokio::test]
async fn no_links() {
    if stands(Part::Files) {
        let room = Room::new();
        denied(&room, "link:/etc/passwd").await;
        assert!(room.path("work").join("link").symlink_metadata().is_err());
    }
}

/// Landlock's sixth version has it; the kernel says which one it has only by refusing.
#[tokio::test]
async fn no_signals_to_its_parent() {
    let room = Room::new();
    let told = room.tried(&format!("signal:{}", std::process::id())).await;
    if told.ends_with("it worked.") {
        eprintln!("skipped: this kernel's Landlock has no scopes");
    } else {
        assert!(told.ends_with("PermissionDenied."), "{told}");
    }
}

#[tokio::test]
async fn no_variables_but_those_it_needs() {
    let room = Room::new();
    if std::env::var_os("CARGO_MANIFEST_DIR").is_some() {
        let told = room.tried("variable:CARGO_MANIFEST_DIR").await;
        assert!(told.ends_with("NotFound."), "{told}");
    } else {
        eprintln!("skipped: this test was not started by cargo, whose variable is looked for");
    }
    worked(&room, "variable:TMPDIR").await;
}

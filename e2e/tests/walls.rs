//! The walls between the crates (ARCHITECTURE.md), read from `cargo metadata`. A new arrow is a decision: it belongs in the
//! list below and in the document, or nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cargo_metadata::{Metadata, MetadataCommand, Package};

/// Who may stand on whom. Tests and benchmarks of a crate keep to it as well.
const ARROWS: [(&str, &[&str]); 9] = [
    ("frame", &[]),
    ("tflite", &[]),
    ("media", &["frame"]),
    ("avatar", &["frame"]),
    ("contract", &["frame"]),
    ("vision", &["frame", "tflite"]),
    ("puppet", &["avatar", "contract", "frame", "media", "vision"]),
    ("server", &["contract", "frame", "media"]),
    ("pantomime", &["contract", "puppet", "server"]),
];

/// Outside the house: they look in, and nobody leans on them.
const OUTSIDE: [&str; 3] = ["bench", "e2e", "xtask"];

/// Whose alone each of these is, within the house.
const OWNED: [(&str, &str); 8] = [
    ("ffmpeg-next", "media"),
    ("ffmpeg-sys-next", "media"),
    ("tflite", "vision"),
    ("axum", "server"),
    ("landlock", "server"),
    ("reqwest", "server"),
    ("seccompiler", "server"),
    ("sqlx", "server"),
];

/// No part of the picture or the engines waits on an async runtime or speaks HTTP.
const NEVER_BELOW: [&str; 5] = ["async-std", "axum", "hyper", "reqwest", "tokio"];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .exec()
        .expect("cargo describes the workspace")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("e2e lies in the workspace")
}

fn house(metadata: &Metadata) -> Vec<&Package> {
    metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| !OUTSIDE.contains(&package.name.as_str()))
        .collect()
}

fn dependencies(package: &Package) -> BTreeSet<&str> {
    package.dependencies.iter().map(|dependency| dependency.name.as_str()).collect()
}

#[test]
fn only_the_arrows_of_the_design_exist() {
    let metadata = metadata();
    let ours: BTreeSet<&str> =
        metadata.workspace_packages().iter().map(|package| package.name.as_str()).collect();
    let arrows = BTreeMap::from(ARROWS);
    for package in house(&metadata) {
        let name = package.name.as_str();
        let allowed =
            arrows.get(name).unwrap_or_else(|| panic!("{name} has no place in the house: add it to ARROWS"));
        let found: Vec<_> = dependencies(package).intersection(&ours).copied().collect();
        for other in found {
            assert!(allowed.contains(&other), "{name} → {other} is no arrow of the design");
        }
    }
}

#[test]
fn libav_and_networks_have_one_owner_each() {
    let metadata = metadata();
    for package in house(&metadata) {
        let found = dependencies(package);
        for (owned, owner) in OWNED {
            assert!(
                package.name.as_str() == owner || !found.contains(owned),
                "{} uses {owned}, which is {owner}'s alone",
                package.name
            );
        }
    }
}

#[test]
fn no_async_runtime_below_the_service() {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().expect("resolved");
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let names: BTreeMap<_, _> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let below = house(&metadata).into_iter().filter(|package| {
        let path = package.manifest_path.as_str();
        path.contains("/crates/picture/") || path.contains("/crates/engine/")
    });
    for package in below {
        let (mut open, mut seen) = (vec![&package.id], BTreeSet::new());
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                assert!(!NEVER_BELOW.contains(&names[id]), "{} reaches {}", package.name, names[id]);
                open.extend(nodes[id].dependencies.iter());
            }
        }
    }
}

#[test]
fn unsafe_code_stays_where_c_and_vectors_are() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        if ["media", "tflite"].contains(&package.name.as_str()) {
            continue;
        }
        let folder = package.manifest_path.parent().expect("a manifest lies in a folder");
        for file in rust_files(folder.as_std_path()) {
            let text = fs::read_to_string(&file).expect("source is text");
            // Put together here, so that this file does not find itself.
            let lifted = ["allow", "expect"].iter().any(|word| text.contains(&format!("{word}(unsafe_code")));
            assert!(!lifted, "{} lifts the ban on unsafe code", file.display());
        }
    }
}

fn rust_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

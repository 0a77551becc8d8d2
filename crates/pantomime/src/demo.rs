use std::fs;

use anyhow::Context as _;
use contract::TransferRequest;
use tempfile::TempDir;

use crate::failure::reason;
use crate::{DemoArgs, Failure, Transfer};

/// The bundled pair, which `xtask` drew, filmed and scored.
pub(crate) const CHARACTER: (&str, &[u8]) = ("character.png", include_bytes!("../../../demo/character.png"));
pub(crate) const DANCE: (&str, &[u8]) = ("dance.mp4", include_bytes!("../../../demo/dance.mp4"));

/// The motion by which a character is tried out, which `xtask` wrote.
pub(crate) const WAVE: &[u8] = include_bytes!("../../../demo/wave.bvh");

/// The transfer of the bundled pair, and the folder that holds the pair meanwhile.
pub(crate) fn transfer(args: DemoArgs) -> Result<(Transfer, TempDir), Failure> {
    let folder = &args.output_dir;
    fs::create_dir_all(folder)
        .map_err(|error| Failure::Usage(format!("--output-dir {}: {}", folder.display(), reason(&error))))?;
    let pair = unpack().context("cannot unpack the bundled pair").map_err(Failure::Internal)?;
    let at = |(name, _): (&str, &[u8])| pair.path().join(name);
    let transfer = Transfer {
        request: TransferRequest::new(at(CHARACTER), at(DANCE), folder.join("out.mp4")),
        threads: args.threads,
        comparison: Some(folder.join("out-side-by-side.mp4")),
        report: None,
        work_dir: None,
        exports: Vec::new(),
    };
    Ok((transfer, pair))
}

fn unpack() -> std::io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("pantomime-demo-").tempdir()?;
    for (name, bytes) in [CHARACTER, DANCE] {
        fs::write(folder.path().join(name), bytes)?;
    }
    Ok(folder)
}

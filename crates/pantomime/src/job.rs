use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use contract::{Engine, EngineError};
use puppet::PuppetEngine;
use server::wall::serve_child;

/// `pantomime run-job`: the child of `pantomime serve` that makes one video. Networks are never fetched here: there is no network.
pub(crate) fn run(models_dir: Option<PathBuf>) -> ExitCode {
    let readable: Vec<_> = models_dir.iter().cloned().collect();
    serve_child(&readable, move |_| {
        let models_dir = models_dir.ok_or_else(|| EngineError::Unavailable {
            what: "this account has no folder of networks".to_owned(),
            remedy: "set PANTOMIME_MODELS to a folder".to_owned(),
        })?;
        Ok(Arc::new(PuppetEngine::new(&models_dir)) as Arc<dyn Engine>)
    })
}

use std::io::{IsTerminal as _, Write as _, stderr};
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use contract::CancelToken;
use server::wall::{ChildCommand, survey};
use server::{EngineProfile, LogFormat, Sample, ServeError, Server, Settings, SettingsError, SomeSettings};
use tracing_subscriber::EnvFilter;

use crate::cli::{PlaceArgs, ServeArgs};
use crate::{Failure, demo, models};

/// `pantomime serve`.
pub(crate) fn run(args: ServeArgs, models_dir: PathBuf, cancel: &CancelToken) -> Result<(), Failure> {
    let flags = SomeSettings {
        listen: args.listen,
        public_url: args.public_url,
        workers: args.workers,
        fetch_allow: (!args.fetch_allow.is_empty()).then_some(args.fetch_allow),
        ..SomeSettings::default()
    };
    let settings = settings(args.place, flags)?;
    log(settings.log_format)?;
    models::bring_missing(&models_dir, &mut |line| {
        // A progress line that nobody can read is no reason to stop.
        let _ = writeln!(stderr(), "{line}");
    })?;
    let program =
        std::env::current_exe().context("this program cannot find itself").map_err(Failure::Internal)?;
    let child = ChildCommand::new(program).argument("--models-dir").argument(models_dir).argument("run-job");
    let engines = vec![EngineProfile { name: puppet::NAME.to_owned(), capabilities: puppet::capabilities() }];
    runtime()?.block_on(serve(settings, engines, child, cancel.clone()))
}

async fn serve(
    settings: Settings,
    engines: Vec<EngineProfile>,
    child: ChildCommand,
    cancel: CancelToken,
) -> Result<(), Failure> {
    let server = Server::start(settings, engines, child).await.map_err(failure)?;
    let samples = [("demo", demo::DANCE.1), ("wave", demo::WAVE)].map(|(name, video)| Sample {
        name,
        image: demo::CHARACTER.1,
        video,
    });
    server.offer(samples.into()).await.map_err(failure)?;
    for (part, stands) in survey() {
        if stands {
            tracing::info!("the process wall has {part}");
        } else {
            tracing::warn!("the process wall lacks {part}: this kernel has no means for it");
        }
    }
    if server.is_open() {
        tracing::warn!("no key was ever made: whoever is on this machine is let in, with any key");
    }
    tracing::info!("listening on http://{}", server.address());
    let stop = tokio::task::spawn_blocking(move || cancel.wait());
    server.run(async { drop(stop.await) }).await;
    Ok(())
}

/// The settings of the service, from all their sources.
pub(crate) fn settings(place: PlaceArgs, flags: SomeSettings) -> Result<Settings, Failure> {
    let flags = SomeSettings { data: place.data, ..flags };
    Settings::load(place.config.as_deref(), flags).map_err(|error| match error {
        SettingsError::Unreadable { .. } => Failure::Usage(format!("{:#}", anyhow!(error))),
        _ => Failure::Usage(error.to_string()),
    })
}

/// The runtime that the service runs on.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.context("no threads can be started").map_err(Failure::Internal)
}

fn failure(error: ServeError) -> Failure {
    match error {
        ServeError::Store(_) => Failure::Internal(error.into()),
        _ => Failure::Usage(error.to_string()),
    }
}

/// Structured logs on standard error; `RUST_LOG` says how much.
fn log(format: LogFormat) -> Result<(), Failure> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_target(false);
    let builder = builder.with_ansi(stderr().is_terminal());
    let installed = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    installed.map_err(|error| Failure::Internal(anyhow!("the log cannot be opened: {error}")))
}

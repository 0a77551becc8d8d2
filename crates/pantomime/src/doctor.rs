use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::anyhow;
use puppet::networks::{NetworkState, verify};
use server::wall::survey;
use server::{SomeSettings, Store};

use crate::Failure;
use crate::cli::DoctorArgs;
use crate::serve::{runtime, settings};
use crate::staged::existing_ancestor;

/// What one look found.
enum Finding {
    Good(String),
    /// What is wrong, and the command that mends it.
    Bad {
        what: String,
        mend: String,
    },
}

/// A transfer writes a few tens of megabytes; networks and their packages take some 350 while they are unpacked.
const NEEDED_BYTES: u64 = 500_000_000;

/// `pantomime doctor`.
pub(crate) fn run(models_dir: &Path, args: DoctorArgs, out: &mut dyn Write) -> Result<(), Failure> {
    let settings = settings(args.place, SomeSettings::default())?;
    let here = std::env::current_dir().unwrap_or_else(|_| Path::new(".").to_owned());
    let looks = [
        ("networks", networks(models_dir)),
        ("npm", package_client(models_dir)),
        ("libav", libav()),
        ("processor", Finding::Good(format!("{} kernels, {} threads", puppet::kernels(), threads()))),
        ("disk", disk(&here)),
        ("disk", disk(models_dir)),
        ("disk", disk(&settings.data)),
        ("database", database(&settings.data)?),
        ("wall", wall()),
    ];
    let mut bad = 0;
    for (subject, finding) in looks {
        let lines = match finding {
            Finding::Good(what) => format!("ok     {subject:10} {what}"),
            Finding::Bad { what, mend } => {
                bad += 1;
                format!("WRONG  {subject:10} {what}\n       {:10} mend it with: {mend}", "")
            }
        };
        writeln!(out, "{lines}").map_err(|error| Failure::Internal(error.into()))?;
    }
    match bad {
        0 => Ok(()),
        1 => Err(Failure::Internal(anyhow!("one thing is wrong with this machine; see above"))),
        _ => Err(Failure::Internal(anyhow!("{bad} things are wrong with this machine; see above"))),
    }
}

fn networks(directory: &Path) -> Finding {
    let mend = "pantomime models install".to_owned();
    let found = match verify(directory) {
        Ok(found) => found,
        Err(error) => return Finding::Bad { what: format!("{:#}", anyhow::Error::from(error)), mend },
    };
    let names = |state| {
        let of_state = found.iter().filter(|entry| entry.state == state);
        of_state.map(|entry| entry.network.name()).collect::<Vec<_>>().join(", ")
    };
    let (missing, damaged) = (names(NetworkState::Missing), names(NetworkState::Corrupt));
    let wrong =
        [("missing", missing), ("damaged", damaged)].into_iter().filter(|(_, names)| !names.is_empty());
    let wrong: Vec<_> = wrong.map(|(state, names)| format!("{state}: {names}")).collect();
    if wrong.is_empty() {
        return Finding::Good(format!("{} whole in {}", found.len(), directory.display()));
    }
    Finding::Bad { what: format!("in {}: {}", directory.display(), wrong.join("; ")), mend }
}

/// Only needed to fetch networks, so its absence is wrong only while some are missing.
fn package_client(models_dir: &Path) -> Finding {
    let mut client = Command::new("npm");
    let version = client.arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    match version {
        Ok(output) if output.status.success() => Finding::Good(format!(
            "{} (fetches the networks)",
            String::from_utf8_lossy(&output.stdout).trim()
        )),
        _ if matches!(networks(models_dir), Finding::Good(_)) => {
            Finding::Good("not here, and not needed: the networks are".to_owned())
        }
        _ => Finding::Bad {
            what: "not here, and networks must be fetched".to_owned(),
            mend: "sudo apt-get install npm, or: pantomime models install --from FILE…".to_owned(),
        },
    }
}

fn libav() -> Finding {
    let found = puppet::libav();
    let version = format!("libavcodec {}", found.version);
    if found.missing.is_empty() {
        return Finding::Good(format!("{version} with every coder that is used"));
    }
    Finding::Bad {
        what: format!("{version} was built without {}", found.missing.join(", ")),
        mend: "sudo apt-get install --reinstall libavcodec59".to_owned(),
    }
}

/// The service's database, if it was ever made here.
fn database(data: &Path) -> Result<Finding, Failure> {
    let path = data.join("pantomime.db");
    if !path.exists() {
        return Ok(Finding::Good(format!("none yet in {}; `pantomime serve` makes it", data.display())));
    }
    let looked = runtime()?.block_on(async {
        let store = Store::open(&path).await?;
        let answer = match store.ping().await {
            Ok(()) => store.keys().await,
            Err(error) => Err(error),
        };
        store.close().await;
        answer
    });
    Ok(match looked {
        Ok(keys) => {
            let good = keys.iter().filter(|key| key.revoked_ms.is_none()).count();
            Finding::Good(format!("{} answers; {good} good keys", path.display()))
        }
        Err(error) => Finding::Bad {
            what: format!("{}: {error}", path.display()),
            mend: format!("ls -l {}, and a copy of it from before if it is damaged", data.display()),
        },
    })
}

/// What holds a job's process in on this machine.
fn wall() -> Finding {
    let lacking: Vec<_> =
        survey().into_iter().filter(|(_, stands)| !stands).map(|(part, _)| part.to_string()).collect();
    if lacking.is_empty() {
        return Finding::Good("every part of the process wall stands".to_owned());
    }
    // Nothing that a command mends: it is the kernel's, and jobs run all the same.
    Finding::Good(format!("the process wall stands, but for: {} (a newer kernel has it)", lacking.join(", ")))
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn disk(folder: &Path) -> Finding {
    let existing = existing_ancestor(folder);
    match rustix::fs::statvfs(existing) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let what = format!("{:.1} GB free in {}", free as f64 / 1e9, existing.display());
            if free >= NEEDED_BYTES {
                Finding::Good(what)
            } else {
                let mend =
                    format!("du -xh {} | sort -h | tail, and remove what is not needed", existing.display());
                Finding::Bad { what, mend }
            }
        }
        Err(error) => Finding::Bad {
            what: format!("{} cannot be looked at ({error})", existing.display()),
            mend: format!("ls -ld {}", existing.display()),
        },
    }
}

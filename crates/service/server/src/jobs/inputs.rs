use std::fs;
use std::io;
use std::path::Path;

use contract::{Rejection, RejectionCode};
use url::Url;

use super::{Job, Source};
use crate::App;
use crate::app::is_id;
use crate::fetch::MediaKind;
use crate::store::StoreError;

/// Why an input is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// The caller can mend it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// A fault of the service; another attempt may go well.
    #[error("an input cannot be stored: {0}")]
    Io(#[from] io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One of this service's own files, if that is what an address names: those are read without a socket.
pub(crate) fn own_source(base: &str, public_url: &str, url: &str) -> Option<Source> {
    let bases = [base, public_url.trim_end_matches('/')];
    let rest = bases.into_iter().filter(|base| !base.is_empty()).find_map(|base| url.strip_prefix(base))?;
    let path = rest.split(['?', '#']).next()?;
    if let Some(id) = path.strip_prefix("/assets/") {
        return is_id(id).then(|| Source::Asset(id.to_owned()));
    }
    let id = path.strip_prefix("/output/")?.strip_suffix(".mp4")?;
    is_id(id).then(|| Source::Output(id.to_owned()))
}

/// Brings an input to `to`. One that an earlier attempt brought is used again.
pub(super) async fn bring(
    app: &App,
    job: &Job,
    source: &Source,
    kind: MediaKind,
    to: &Path,
) -> Result<(), InputError> {
    if to.exists() {
        return Ok(());
    }
    let most = match kind {
        MediaKind::Image => app.settings.image_bytes,
        MediaKind::Video => app.settings.video_bytes,
    };
    match source {
        Source::Url(text) => {
            let url = Url::parse(text).map_err(|_| unreachable(kind, "The address cannot be read"))?;
            let part = to.with_extension("part");
            // One that was broken off is begun anew.
            remove(&part)?;
            let fetched = app.fetcher.download(&url, kind, most, &part).await;
            let fetched = fetched.map_err(|error| {
                tracing::info!(job.id = job.id, %error, "an input was not fetched");
                error
                    .rejection(kind)
                    .map_or_else(|| InputError::Io(io::Error::other(error.cause())), InputError::Rejected)
            })?;
            metrics::counter!("pantomime_fetched_bytes_total").increment(fetched.bytes);
            fs::rename(&part, to)?;
        }
        Source::Asset(id) => {
            app.store.use_asset(id).await?;
            if app.store.asset(id).await?.is_none() {
                return Err(unreachable(kind, "There is no such asset, or it was removed").into());
            }
            place(&app.files.asset(id), to)?;
        }
        Source::Output(id) => {
            let result = app.store.any_job(id).await?.and_then(|made| made.result);
            let file = result.map(|result| app.files.output(&result.file)).filter(|path| path.exists());
            let file = file.ok_or_else(|| unreachable(kind, "There is no such output, or it was removed"))?;
            place(&file, to)?;
        }
    }
    Ok(())
}

/// A second name for a file of ours, so that the job keeps it whatever becomes of the first.
fn place(file: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(file, to) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(_) => fs::copy(file, to).map(drop),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn unreachable(kind: MediaKind, found: &str) -> Rejection {
    let code = match kind {
        MediaKind::Image => RejectionCode::ImageUnreachable,
        MediaKind::Video => RejectionCode::VideoUnreachable,
    };
    Rejection::new(code, format!("{found}; upload the file again or name another."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_files_are_known_by_their_addresses() {
        let own = |url| own_source("http://127.0.0.1:8080", "https://video.example.org/", url);
        assert_eq!(own("http://127.0.0.1:8080/assets/a-1"), Some(Source::Asset("a-1".into())));
        assert_eq!(
            own("https://video.example.org/output/j-1.mp4?exp=1&sig=x"),
            Some(Source::Output("j-1".into()))
        );
        assert_eq!(own("http://127.0.0.1:8080/assets/../pantomime.db"), None);
        assert_eq!(own("http://127.0.0.1:80801/assets/a-1"), None);
        assert_eq!(own("http://127.0.0.1:8080.evil.org/assets/a-1"), None);
        assert_eq!(own("http://elsewhere/assets/a-1"), None);
        assert_eq!(own("http://127.0.0.1:8080/other/a-1"), None);
    }
}

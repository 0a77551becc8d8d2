use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::fetch::{FetchPolicy, Fetcher};
use crate::http::{Links, listen, recorder, router};
use crate::jobs::{
    Crew, FailureCode, Files, Hub, JobFailure, Queue, Sample, SampleError, keep_house, place_samples,
    run_workers, watch_leases,
};
use crate::keys::Gate;
use crate::settings::Settings;
use crate::store::{Store, StoreError};
use crate::wall::ChildCommand;
use crate::webhooks::deliver;
use crate::{App, EngineProfile};

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The folder cannot be used.
    #[error("the data folder {} cannot be used: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another server works in the folder.
    #[error("another pantomime serve works in {}: stop it, or choose another folder with --data", .0.display())]
    Busy(PathBuf),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Everybody could use it.
    #[error(
        "listening on {0} without any key would let everybody in: make one with `pantomime keys create`, or listen on 127.0.0.1"
    )]
    Open(SocketAddr),
    /// A setting cannot be used.
    #[error("{0}")]
    Setting(String),
}

/// A server that listens and works, until it is told to stop.
pub struct Server {
    app: Arc<App>,
    address: SocketAddr,
    listener: TcpListener,
    tasks: TaskTracker,
    _lock: File,
    open: bool,
}

impl Server {
    /// Opens the folder and the database, takes up what was running, and listens; nothing is answered before
    /// [`run`](Self::run).
    ///
    /// # Errors
    /// [`ServeError`]
    pub async fn start(
        settings: Settings,
        engines: Vec<EngineProfile>,
        child: ChildCommand,
    ) -> Result<Self, ServeError> {
        recorder();
        let in_folder = |source| ServeError::Folder { path: settings.data.clone(), source };
        let files = Files::open(&settings.data).map_err(in_folder)?;
        let lock =
            File::options().create(true).truncate(false).write(true).open(files.lock()).map_err(in_folder)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| ServeError::Busy(settings.data.clone()))?;
        let links = Links::open(&files.root().join("link-secret"), settings.link_secs).map_err(in_folder)?;
        let fetcher =
            Fetcher::new(policy(&settings)?).map_err(|error| ServeError::Setting(error.to_string()))?;

        let store = Store::open(&files.database()).await?;
        let open = store.keys().await?.is_empty();
        if open && !settings.listen.ip().is_loopback() {
            return Err(ServeError::Open(settings.listen));
        }
        store.local_key().await?;
        let address = settings.listen;
        let listener =
            TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })?;
        let address = listener.local_addr().map_err(|source| ServeError::Listen { address, source })?;
        let app = Arc::new(App {
            gate: Gate::new(store.clone(), settings.requests_per_second),
            queue: Queue::new(store.clone()),
            hub: Hub::default(),
            crew: Crew::default(),
            draining: AtomicBool::new(false),
            draining_began: CancellationToken::new(),
            stopping: CancellationToken::new(),
            settings: Settings { listen: address, ..settings },
            store,
            files,
            fetcher,
            links,
            engines,
            samples: OnceLock::new(),
            child,
        });
        take_up(&app).await?;
        Ok(Self { app, address, listener, tasks: TaskTracker::new(), _lock: lock, open })
    }

    /// Offers pairs to begin with; the first call counts.
    ///
    /// # Errors
    /// [`ServeError`]
    pub async fn offer(&self, samples: Vec<Sample>) -> Result<(), ServeError> {
        place_samples(&self.app, &samples).await.map_err(|error| match error {
            SampleError::Store(error) => ServeError::Store(error),
            SampleError::Io(source) => ServeError::Folder { path: self.app.files.assets(), source },
        })?;
        // A second offer is nobody's.
        let _ = self.app.samples.set(samples);
        Ok(())
    }

    /// The address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether no key was ever made, so that whoever asks is let in.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Serves until `stop`; then takes no more jobs, lets running ones end within their time, and puts the others back.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let app = self.app;
        let workers = self.tasks.spawn(run_workers(app.clone()));
        self.tasks.spawn(watch_leases(app.clone()));
        self.tasks.spawn(keep_house(app.clone()));
        self.tasks.spawn(deliver(app.clone()));
        let stopping = app.stopping.clone();
        self.tasks.spawn(listen(self.listener, router(app.clone()), stopping));

        stop.await;
        tracing::info!("no more jobs are taken; running ones may end");
        app.draining.store(true, Ordering::Release);
        app.draining_began.cancel();
        let patience = Duration::from_secs(app.settings.drain_secs);
        tokio::pin!(workers);
        if tokio::time::timeout(patience, &mut workers).await.is_err() {
            tracing::info!("running jobs are put back for the next start");
            app.hub.stop_all();
            // The children get their grace; what is not put back by then is taken up by the next start all the same.
            let _ = tokio::time::timeout(Duration::from_secs(10), &mut workers).await;
        }
        app.stopping.cancel();
        self.tasks.close();
        // Streams of events end by themselves; a client that reads slowly is not waited for.
        let _ = tokio::time::timeout(Duration::from_secs(5), self.tasks.wait()).await;
        app.store.close().await;
    }
}

fn policy(settings: &Settings) -> Result<FetchPolicy, ServeError> {
    let holes = settings
        .fetch_allow
        .iter()
        .map(|hole| hole.parse().map_err(|error| ServeError::Setting(format!("fetch_allow: {error}"))));
    Ok(FetchPolicy {
        allow: holes.collect::<Result<_, _>>()?,
        connect_timeout: Duration::from_secs(settings.fetch_connect_secs),
        idle_timeout: Duration::from_secs(settings.fetch_idle_secs),
        total_timeout: Duration::from_secs(settings.fetch_total_secs),
        data_urls: settings.data_urls,
        ..FetchPolicy::default()
    })
}

/// Puts back what ran when the last server ended: its folder's lock is ours, so nobody runs it now.
async fn take_up(app: &App) -> Result<(), StoreError> {
    for (id, attempt, _) in app.store.leases().await? {
        let last = JobFailure::new(
            FailureCode::INTERNAL,
            "The service ended during every attempt to make this video; submit it again later.",
        );
        tracing::info!(job.id = id, attempt, "a job is taken up again");
        app.store.put_back(&id, attempt, app.settings.attempts, Duration::ZERO, last).await?;
    }
    Ok(())
}

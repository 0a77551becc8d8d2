use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, io};

use contract::MediaLimits;
use serde::{Deserialize, Serialize};

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("the settings file {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not TOML, or names a setting that does not exist, or gives one a wrong value.
    #[error("the settings file {}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        problem: String,
    },
    /// A variable of the environment has a wrong value.
    #[error("{variable}={value}: {problem}")]
    Variable {
        /// Its name.
        variable: String,
        /// Its value.
        value: String,
        /// What is wrong.
        problem: String,
    },
    /// Values that do not go together.
    #[error("{0}")]
    Contradiction(String),
}

/// One setting, for the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingDoc {
    /// Its name in the file.
    pub name: &'static str,
    /// What it is for.
    pub doc: String,
    /// Its default, as it would be written in the file.
    pub default: String,
}

impl SettingDoc {
    /// Its variable of the environment.
    pub fn variable(&self) -> String {
        variable(self.name)
    }
}

fn variable(name: &str) -> String {
    format!("PANTOMIME_{}", name.to_uppercase())
}

macro_rules! settings {
    ($( $(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr; )+) => {
        /// How the service runs. A flag beats a variable of the environment, a variable the file, the file the default.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        pub struct Settings { $( $(#[doc = $doc])+ pub $name: $type, )+ }

        /// Some of the settings: what a file, the environment or the command line says.
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs)]
        pub struct SomeSettings { $( #[serde(default)] pub $name: Option<$type>, )+ }

        impl Default for Settings {
            fn default() -> Self {
                Self { $( $name: $default, )+ }
            }
        }

        impl Settings {
            const NAMES: &[&str] = &[$( stringify!($name), )+];

            fn take(&mut self, some: SomeSettings) {
                $( if let Some(value) = some.$name { self.$name = value; } )+
            }

            /// Every setting in order, for the reference.
            pub fn reference() -> Vec<SettingDoc> {
                let defaults = Self::default();
                vec![$( SettingDoc {
                    name: stringify!($name),
                    doc: [$( $doc ),+].join("").trim().to_owned(),
                    default: toml_text(&defaults.$name),
                }, )+]
            }
        }
    };
}

settings! {
    /// Address and port to listen on. Without any key only a loopback address is taken.
    listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080));
    /// Folder of the database, assets, outputs and of jobs in work.
    data: PathBuf = default_data_dir();
    /// The address by which clients reach the service, as `https://video.example.org`; result links begin with it. Empty: the
    /// request's own host where `allowed_hosts` or a loopback name allows it, else the address listened on.
    public_url: String = String::new();
    /// Host names that a request may be sent to where `public_url` is empty; result links then begin with them.
    allowed_hosts: Vec<String> = Vec::new();
    /// Jobs that run at a time.
    workers: usize = 1;
    /// Threads of one job; 0 shares the machine's cores out among the workers.
    threads: usize = 0;
    /// Addresses (`10.1.0.0/16`) and hosts (`files.lab`) that may be fetched although they are private.
    fetch_allow: Vec<String> = Vec::new();
    /// Whether `data:` URLs are taken; bodies may then have 64 MiB.
    data_urls: bool = false;
    /// Seconds to connect to a host that a request names.
    fetch_connect_secs: u64 = 5;
    /// Seconds without a byte after which such a host is given up.
    fetch_idle_secs: u64 = 15;
    /// Seconds that one download may take.
    fetch_total_secs: u64 = 120;
    /// Greatest size of an image, in bytes.
    image_bytes: u64 = 50_000_000;
    /// Greatest size of a video, in bytes.
    video_bytes: u64 = 100_000_000;
    /// Tries of a job when something here fails; what is wrong with its input fails it at once.
    attempts: u32 = 3;
    /// Seconds before the second try; each further try waits four times as long.
    backoff_secs: u64 = 5;
    /// Megabytes of memory that a job's process may take.
    job_memory_mb: u64 = 2500;
    /// Seconds of processor time that a job's process may take.
    job_cpu_secs: u64 = 3600;
    /// Seconds that a job may take in all.
    job_wall_secs: u64 = 1800;
    /// Seconds without progress after which a job's process is given up.
    job_stall_secs: u64 = 180;
    /// Jobs waiting, of all keys together, beyond which none is taken.
    queue_limit: u32 = 10_000;
    /// Unfinished jobs of one key, where the key has no limit of its own.
    open_jobs_per_key: u32 = 100;
    /// Requests a second of one key, where the key has no limit of its own.
    requests_per_second: u32 = 50;
    /// Seconds that the synchronous call waits for its video.
    sync_timeout_secs: u64 = 900;
    /// Seconds that running jobs get to end after SIGTERM; those that do not end are taken up by the next start.
    drain_secs: u64 = 25;
    /// Days that a video is kept; 0 is for ever.
    keep_outputs_days: u64 = 30;
    /// Days that the record of an ended job is kept; 0 is for ever.
    keep_jobs_days: u64 = 365;
    /// Days that an uploaded asset is kept after its last use; 0 is for ever.
    keep_assets_days: u64 = 7;
    /// Seconds that a result link is good for; 0 is as long as the video is kept.
    link_secs: u64 = 0;
    /// Seconds of one try to deliver a webhook.
    webhook_try_secs: u64 = 15;
    /// How the log is written: `text` or `json`.
    log_format: LogFormat = LogFormat::Text;
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line a person reads.
    Text,
    /// A JSON object a line.
    Json,
}

impl Settings {
    /// The settings of a file, if one is named, the environment and the command line, in rising order of weight.
    ///
    /// # Errors
    /// [`SettingsError`]: an unknown name or a wrong value, and where it stands.
    pub fn load(file: Option<&Path>, flags: SomeSettings) -> Result<Self, SettingsError> {
        Self::from_sources(file, env::vars().collect(), flags)
    }

    fn from_sources(
        file: Option<&Path>,
        environment: BTreeMap<String, String>,
        flags: SomeSettings,
    ) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        if let Some(path) = file {
            let text = fs::read_to_string(path)
                .map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
            let some = toml::from_str(&text)
                .map_err(|error| SettingsError::File { path: path.to_owned(), problem: error.to_string() })?;
            settings.take(some);
        }
        for name in Self::NAMES {
            let variable = variable(name);
            if let Some(value) = environment.get(&variable) {
                settings.take(one(name, value).map_err(|problem| SettingsError::Variable {
                    variable,
                    value: value.clone(),
                    problem,
                })?);
            }
        }
        settings.take(flags);
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), SettingsError> {
        let fault = |text: &str| Err(SettingsError::Contradiction(text.to_owned()));
        if self.attempts == 0 {
            return fault("attempts = 0: a job needs at least one");
        }
        if !self.public_url.is_empty() {
            let url = url::Url::parse(&self.public_url).ok();
            if !url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none()) {
                return fault("public_url: give an absolute http or https address without a query");
            }
        }
        Ok(())
    }

    /// The threads of one job.
    pub fn threads_per_job(&self) -> std::num::NonZeroUsize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = if self.threads > 0 { self.threads } else { cores / self.workers.max(1) };
        std::num::NonZeroUsize::new(share).unwrap_or(std::num::NonZeroUsize::MIN)
    }

    /// The limits of input, but for the length of the video, which the request's dialect sets.
    pub fn media_limits(&self) -> MediaLimits {
        MediaLimits { image_bytes: self.image_bytes, video_bytes: self.video_bytes, ..MediaLimits::default() }
    }

    /// How long to wait before attempt number `attempt` + 1, after `attempt` failed ones.
    pub fn backoff(&self, attempt: u32) -> Duration {
        Duration::from_secs(self.backoff_secs.saturating_mul(4u64.saturating_pow(attempt.saturating_sub(1))))
    }

    /// `docs/configuration.md`.
    pub fn reference_page() -> String {
        let mut page = String::from(
            "# Configuration of `pantomime serve`\n\nMade from the source by `make docs`; a test keeps it so.\n\n\
             Every setting is a line of the TOML file that `--config FILE` names (`PANTOMIME_CONFIG`), and a variable of the\n\
             environment; lists are separated by commas there. The command line beats the environment, the environment the file, the\n\
             file the default. An unknown name in the file is an error.\n\n\
             | setting | default | variable | meaning |\n|---|---|---|---|\n",
        );
        for setting in Self::reference() {
            let default =
                if setting.name == "data" { "the platform's data folder" } else { &setting.default };
            page += &format!(
                "| `{}` | `{}` | `{}` | {} |\n",
                setting.name,
                default.replace('|', "\\|"),
                setting.variable(),
                setting.doc
            );
        }
        page
    }
}

/// One setting from a text: as TOML writes it, or bare, or as a list separated by commas.
fn one(name: &str, text: &str) -> Result<SomeSettings, String> {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let list: Vec<_> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(quoted).collect();
    let tries = [text.to_owned(), quoted(text), format!("[{}]", list.join(", "))];
    let parsed = tries.map(|value| toml::from_str::<SomeSettings>(&format!("{name} = {value}\n")));
    let mut problem = None;
    for result in parsed {
        match result {
            Ok(some) => return Ok(some),
            Err(error) => problem = problem.or_else(|| Some(error.message().to_owned())),
        }
    }
    Err(problem.unwrap_or_default())
}

fn toml_text(value: &impl Serialize) -> String {
    toml::Value::try_from(value).map_or_else(|_| String::new(), |value| value.to_string())
}

/// The platform's folder for a user's data.
fn default_data_dir() -> PathBuf {
    let named = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let data = if cfg!(target_os = "macos") {
        env::home_dir().map(|home| home.join("Library/Application Support"))
    } else {
        named.or_else(|| env::home_dir().map(|home| home.join(".local/share")))
    };
    data.unwrap_or_else(|| PathBuf::from("/var/lib")).join("pantomime")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn flags_beat_the_environment_and_the_environment_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pantomime.toml");
        fs::write(&path, "workers = 2\nattempts = 5\nbackoff_secs = 7\nfetch_allow = [\"a.lab\"]\n").unwrap();
        let environment = environment(&[
            ("PANTOMIME_WORKERS", "3"),
            ("PANTOMIME_ATTEMPTS", "6"),
            ("PANTOMIME_FETCH_ALLOW", "10.0.0.0/8, b.lab"),
            ("PANTOMIME_LOG_FORMAT", "json"),
        ]);
        let flags = SomeSettings { workers: Some(4), ..SomeSettings::default() };
        let settings = Settings::from_sources(Some(&path), environment, flags).unwrap();
        assert_eq!((settings.workers, settings.attempts, settings.backoff_secs), (4, 6, 7));
        assert_eq!(settings.fetch_allow, ["10.0.0.0/8", "b.lab"]);
        assert_eq!(settings.log_format, LogFormat::Json);
        assert_eq!(settings.queue_limit, Settings::default().queue_limit);
    }

    #[test]
    fn an_unknown_or_wrong_setting_is_told_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pantomime.toml");
        fs::write(&path, "wokers = 2\n").unwrap();
        let error =
            Settings::from_sources(Some(&path), BTreeMap::new(), SomeSettings::default()).unwrap_err();
        assert!(error.to_string().contains("wokers"), "{error}");
        let wrong = environment(&[("PANTOMIME_WORKERS", "many")]);
        let error = Settings::from_sources(None, wrong, SomeSettings::default()).unwrap_err();
        assert!(error.to_string().starts_with("PANTOMIME_WORKERS=many: "), "{error}");
    }

    #[test]
    fn waits_between_attempts_grow() {
        let settings = Settings::default();
        assert_eq!([1, 2, 3].map(|n| settings.backoff(n).as_secs()), [5, 20, 80]);
    }
}

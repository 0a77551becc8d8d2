//! A desk to work at: a folder for inputs, a folder for results, the program, and tools to make clips and measure results.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_pantomime-under-test");

pub(crate) struct Desk {
    folder: TempDir,
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) exit_code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("in")).expect("a folder");
        fs::create_dir(folder.path().join("out")).expect("a folder");
        Self { folder }
    }

    /// A desk for tests that make a video, or none where the networks are not installed; in CI they must be.
    pub(crate) fn with_networks() -> Option<Self> {
        let listed = run(Command::new(PROGRAM).args(["models", "list"]));
        assert_eq!(listed.exit_code, Some(0), "{listed:?}");
        if !listed.stdout.contains("missing") {
            return Some(Self::new());
        }
        assert!(std::env::var_os("CI").is_none(), "the networks are not installed:\n{}", listed.stdout);
        eprintln!("skipped: the networks are not installed (pantomime models install)");
        None
    }

    pub(crate) fn input(&self, name: &str) -> PathBuf {
        self.folder.path().join("in").join(name)
    }

    pub(crate) fn output(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }

    /// Names of all results, hidden ones too.
    pub(crate) fn results(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("out")).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The bundled character, small enough to be quick.
    pub(crate) fn character(&self) -> PathBuf {
        self.still("character.png", "scale=-2:480", &[])
    }

    /// The bundled character through ffmpeg's filter, written with options in the format of the name.
    pub(crate) fn still(&self, name: &str, filter: &str, options: &[&str]) -> PathBuf {
        let path = self.input(name);
        ffmpeg(
            &["-i".as_ref(), bundled("character.png").as_os_str(), "-vf".as_ref(), filter.as_ref()],
            options,
            &path,
        );
        path
    }

    /// The first `secs` of the bundled dance with its sound, small enough to be quick.
    pub(crate) fn dance(&self, secs: f64) -> PathBuf {
        self.clip("dance.mp4", secs, "scale=-2:360", &["-c:a", "copy"])
    }

    /// The first `secs` of the bundled dance through ffmpeg's filter.
    pub(crate) fn clip(&self, name: &str, secs: f64, filter: &str, options: &[&str]) -> PathBuf {
        let (path, secs) = (self.input(name), secs.to_string());
        let dance = bundled("dance.mp4");
        let input =
            ["-i".as_ref(), dance.as_os_str(), "-t".as_ref(), secs.as_ref(), "-vf".as_ref(), filter.as_ref()];
        let encoder = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-pix_fmt", "yuv420p"];
        ffmpeg(&input, &[&encoder, options].concat(), &path);
        path
    }

    /// A file of ffmpeg's own making (`-f lavfi -i source`).
    pub(crate) fn made(&self, name: &str, source: &str, options: &[&str]) -> PathBuf {
        let path = self.input(name);
        ffmpeg(&["-f".as_ref(), "lavfi".as_ref(), "-i".as_ref(), source.as_ref()], options, &path);
        path
    }

    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.input(name);
        fs::write(&path, bytes).expect("a file");
        path
    }

    /// `pantomime transfer image video -o out/out.mp4` with more options, not yet run.
    pub(crate) fn command(&self, image: &Path, video: &Path, options: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg("transfer").args([image, video]).arg("-o").arg(self.output("out.mp4")).args(options);
        command
    }

    pub(crate) fn transfer(&self, image: &Path, video: &Path, options: &[&str]) -> Outcome {
        run(&mut self.command(image, video, options))
    }

    /// A transfer that must succeed; answers its report.
    pub(crate) fn made_by(&self, image: &Path, video: &Path, options: &[&str]) -> Value {
        let report = self.output("report.json");
        let mut command = self.command(image, video, options);
        let outcome = run(command.arg("--report").arg(&report));
        assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
        let report = serde_json::from_slice(&fs::read(report).expect("a report")).expect("JSON");
        eprintln!("{report:#}");
        report
    }

    /// A transfer that must be rejected with `code`, in one line, leaving nothing.
    #[track_caller]
    pub(crate) fn rejected(&self, image: &Path, video: &Path, code: &str) {
        let outcome = self.transfer(image, video, &[]);
        outcome.failed(3, &format!("error[{code}]: "));
        assert!(self.results().is_empty(), "{:?}", self.results());
    }
}

impl Outcome {
    /// The program ended with this exit code, and its last line on standard error starts so.
    #[track_caller]
    pub(crate) fn failed(&self, exit_code: i32, start: &str) {
        assert_eq!(self.exit_code, Some(exit_code), "{self:?}");
        let line = self.stderr.trim_end().lines().last().unwrap_or_default();
        assert!(line.starts_with(start), "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
    }
}

pub(crate) fn run(command: &mut Command) -> Outcome {
    let output = command.stdin(Stdio::null()).output().expect("the program starts");
    outcome(&output)
}

pub(crate) fn outcome(output: &Output) -> Outcome {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome { exit_code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// A file of the pair that ships with the product.
pub(crate) fn bundled(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo").join(name)
}

/// A file of the real images and clips, or none where they are not at hand; in CI they must be.
pub(crate) fn real(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let path = std::env::var_os("PANTOMIME_TEST_DATA").map_or_else(beside, PathBuf::from).join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is not there", path.display());
    eprintln!("skipped: {} is not there", path.display());
    None
}

pub(crate) fn ffmpeg(input: &[&OsStr], options: &[&str], path: &Path) {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y"]).args(input).args(options).arg(path);
    let outcome = run(&mut command);
    assert_eq!(outcome.exit_code, Some(0), "{command:?}: {}", outcome.stderr);
}

/// What `ffprobe` says of a file: all streams and the container, frames counted.
pub(crate) fn probe(path: &Path) -> Value {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-of", "json", "-count_frames", "-show_streams", "-show_format"]).arg(path);
    let outcome = run(&mut command);
    assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
    serde_json::from_str(&outcome.stdout).expect("JSON")
}

/// The first stream of a kind.
pub(crate) fn stream<'a>(probed: &'a Value, kind: &str) -> Option<&'a Value> {
    probed["streams"].as_array()?.iter().find(|stream| stream["codec_type"] == kind)
}

/// A hash of every packet (`copied`) or decoded frame of a kind of stream (`v` or `a`), in order.
pub(crate) fn hashes(path: &Path, kind: &str, copied: bool) -> Vec<String> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-i"]).arg(path).args(["-map", &format!("0:{kind}")]);
    if copied {
        command.args(["-c", "copy"]);
    }
    let outcome = run(command.args(["-f", "framemd5", "-"]));
    assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
    let lines = outcome.stdout.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.rsplit(',').next().map(|hash| hash.trim().to_owned())).collect()
}

/// The warnings' codes of a report.
pub(crate) fn warnings(report: &Value) -> Vec<&str> {
    let list = report["warnings"].as_array().expect("a list");
    list.iter().filter_map(|warning| warning["code"].as_str()).collect()
}

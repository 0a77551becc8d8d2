//! A child for tests: it stands behind the real wall, and its engine does what the request's prompt says.
//!
//! | prompt | what happens |
//! |---|---|
//! | `ok`, or anything else | a tiny video |
//! | `slow:N` | `N` steps of tracking, a few milliseconds each |
//! | `hold:NAME` | stands in tracking until the work folder holds NAME; then as `ok` |
//! | `hold-at:STAGE:NAME` | the same in another stage |
//! | `show:NAME` | shows its third frame, and stands until the work folder holds NAME |
//! | `wait` | stands until it is canceled |
//! | `hang` | stands for ever, canceled or not |
//! | `reject:CODE`, `unavailable`, `internal`, `internal:MESSAGE`, `panic`, `abort`, `exit:N` | ends so |
//! | `crash-at:STAGE:N` | aborts in that stage at the first N attempts |
//! | `eat`, `spin`, `fill` | takes memory, processor time, disk without end |
//! | `noise` | prints what is no message, and then as `ok` |
//! | `connect:ADDRESS`, `read:PATH`, `write:PATH`, `execute:PATH`, `link:PATH`, `signal:PID`, `variable:NAME` | tries it, and is rejected with what came of it |

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;
use std::{fs, io, net, process};

use contract::{
    Capabilities, CharacterOrientation, CheckReport, Engine, EngineError, MediaLimits, MotionSketch,
    Progress, Rejection, RejectionCode, RunContext, Stage, TransferReport, TransferRequest,
};

use frame::{Image, Size, Srgb8};
use server::wall::ChildCommand;
use server::{EngineProfile, Server, Settings, SomeSettings};

const VIDEO: &[u8] = include_bytes!("../tests/data/tiny.mp4");

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [serve, settings] if serve == "serve" => self::serve(Path::new(settings)),
        _ => server::wall::serve_child(&[], |_| Ok(Arc::new(Scripted))),
    }
}

/// `scripted-child serve SETTINGS.toml`: a whole server whose children are this program, for tests that kill servers. Its first line
/// on standard output is its address.
fn serve(settings: &Path) -> ExitCode {
    let run = async {
        let settings =
            Settings::load(Some(settings), SomeSettings::default()).map_err(|error| error.to_string())?;
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let engines =
            vec![EngineProfile { name: Scripted.name().to_owned(), capabilities: Scripted.capabilities() }];
        let server = Server::start(settings, engines, ChildCommand::new(program)).await;
        let server = server.map_err(|error| error.to_string())?;
        // A test that does not listen has ended, and so has this.
        writeln!(io::stdout(), "{}", server.address()).map_err(|error| error.to_string())?;
        server.run(std::future::pending()).await;
        Ok::<_, String>(())
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime.map_err(|error| error.to_string()).and_then(|runtime| runtime.block_on(run)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

struct Scripted;

/// A moment of work.
fn moment() {
    let (_sender, never) = channel::<()>();
    // Nobody sends, so this is how long a step takes and not how long a test waits.
    let _ = never.recv_timeout(Duration::from_millis(5));
}

fn reject(message: impl Into<String>) -> EngineError {
    Rejection::new(RejectionCode::DecodeError, message).into()
}

fn tried(what: &str, result: io::Result<()>) -> EngineError {
    match result {
        Ok(()) => reject(format!("{what}: it worked.")),
        Err(error) => reject(format!("{what}: {:?}.", error.kind())),
    }
}

/// A small picture.
fn picture() -> Image {
    Image::filled(Size::new(64, 96), Srgb8::new(90, 120, 150))
}

impl Scripted {
    /// What happens in a stage; `words` are the prompt's.
    fn stage(words: &[&str], stage: Stage, context: &RunContext<'_>) -> Result<(), EngineError> {
        let kept = context.work_dir.unwrap_or(Path::new("."));
        match *words {
            ["hold", name] if stage == Stage::Track => Self::hold(&kept.join(name), context)?,
            ["hold-at", at, name] if stage.as_str() == at => Self::hold(&kept.join(name), context)?,
            ["crash-at", at, times] if stage.as_str() == at => {
                let count = kept.join("crashes");
                let before: u32 =
                    fs::read_to_string(&count).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
                if before < times.parse().unwrap_or(0) {
                    fs::write(&count, (before + 1).to_string()).map_err(EngineError::internal)?;
                    process::abort();
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn hold(file: &Path, context: &RunContext<'_>) -> Result<(), EngineError> {
        while !file.exists() {
            context.cancel.check()?;
            moment();
        }
        Ok(())
    }

    fn act(words: &[&str], request: &TransferRequest, context: &RunContext<'_>) -> Result<(), EngineError> {
        match *words {
            ["slow", steps] => {
                let steps = steps.parse().unwrap_or(1);
                for step in 0..steps {
                    context.cancel.check()?;
                    context.reporter.progress(Progress::new(Stage::Track, step, steps));
                    moment();
                }
            }
            ["show", name] => {
                context.reporter.frame(3, &picture());
                let kept = context.work_dir.unwrap_or(Path::new("."));
                Self::hold(&kept.join(name), context)?;
            }
            ["wait"] => {
                context.cancel.wait();
                context.cancel.check()?;
            }
            ["hang"] => loop {
                moment();
            },
            ["reject", code] => {
                let code = serde_json::from_value(code.into()).unwrap_or(RejectionCode::DecodeError);
                return Err(Rejection::new(code, format!("The script says {code}; send another.")).into());
            }
            ["unavailable"] => {
                return Err(EngineError::Unavailable {
                    what: "a network is missing".into(),
                    remedy: "bring it".into(),
                });
            }
            ["internal"] => return Err(EngineError::internal("the script says so")),
            ["internal", message] => return Err(EngineError::internal(message)),
            ["panic"] => panic!("the script says so"),
            ["abort"] => process::abort(),
            ["exit", code] => process::exit(code.parse().unwrap_or(9)),
            ["eat"] => {
                let mut eaten = Vec::new();
                loop {
                    eaten.push(vec![1u8; 16 << 20]);
                    context.reporter.progress(Progress::new(Stage::Track, eaten.len() as u64, 0));
                }
            }
            ["spin"] => {
                let mut turns = 0u64;
                loop {
                    turns = std::hint::black_box(turns).wrapping_add(1);
                }
            }
            ["fill"] => {
                let mut file = fs::File::create(&request.output).map_err(EngineError::internal)?;
                loop {
                    file.write_all(&[0; 1 << 16]).map_err(EngineError::internal)?;
                }
            }
            ["noise"] => {
                let mut out = io::stdout();
                let _ = out.write_all(b"[h264 @ 0x1] some library speaks\n{\"odd\":1}\n\xff\xfe\n");
                let _ = out.write_all(&[b'x'; 1 << 16]);
                let _ = out.write_all(b"\n");
            }
            ["connect", ref address @ ..] => {
                return Err(tried("connect", net::TcpStream::connect(address.join(":")).map(drop)));
            }
            ["read", path] => return Err(tried("read", fs::read(path).map(drop))),
            ["write", path] => return Err(tried("write", fs::write(path, "x"))),
            ["link", path] => {
                let link = context.work_dir.unwrap_or(Path::new(".")).join("link");
                return Err(tried("link", std::os::unix::fs::symlink(path, link)));
            }
            ["signal", process] => {
                let pid = process.parse().ok().and_then(rustix::process::Pid::from_raw);
                let pid = pid.ok_or_else(|| EngineError::internal("no process"))?;
                let sent = rustix::process::kill_process(pid, rustix::process::Signal::CONT);
                return Err(tried("signal", sent.map_err(io::Error::from)));
            }
            ["variable", name] => {
                let found = std::env::var_os(name).map(drop);
                return Err(tried("variable", found.ok_or_else(|| io::ErrorKind::NotFound.into())));
            }
            ["execute", path] => {
                return Err(tried("execute", process::Command::new(path).spawn().map(drop)));
            }
            _ => {}
        }
        Ok(())
    }
}

impl Engine for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            orientations: &[CharacterOrientation::Video, CharacterOrientation::Image],
            follows_prompt: false,
            deterministic: true,
            keeps: true,
            limits: MediaLimits::default(),
        }
    }

    fn run(
        &self,
        request: &TransferRequest,
        context: &RunContext<'_>,
    ) -> Result<TransferReport, EngineError> {
        let prompt = request.prompt.as_deref().unwrap_or("ok");
        let words: Vec<_> = prompt.split(':').collect();
        for stage in Stage::ALL {
            context.cancel.check()?;
            let tracked = context.work_dir.map(|kept| kept.join("tracked"));
            if stage == Stage::Track && tracked.as_ref().is_some_and(|file| file.exists()) {
                context.reporter.progress(Progress::new(stage, 1, 1));
                continue;
            }
            context.reporter.progress(Progress::new(stage, 0, 1));
            if stage == Stage::Track {
                Self::act(&words, request, context)?;
            }
            Self::stage(&words, stage, context)?;
            if let (Stage::Track, Some(file)) = (stage, tracked) {
                // Counts how often it was really tracked.
                fs::write(file, "x").map_err(EngineError::internal)?;
            }
            context.reporter.progress(Progress::new(stage, 1, 1));
        }
        fs::write(&request.output, VIDEO).map_err(EngineError::internal)?;
        Ok(TransferReport {
            engine: self.name().to_owned(),
            version: "1".to_owned(),
            frames: 12,
            frame_rate: frame::FrameRate::new(10, 1).map_err(EngineError::internal)?,
            duration_secs: 1.2,
            width: 96,
            height: 64,
            has_audio: request.keep_original_sound,
            tracked_share: 1.0,
            seed: request.seed,
            stage_secs: BTreeMap::new(),
            quality: None,
            warnings: Vec::new(),
        })
    }

    /// Copies the image.
    fn keep_character(&self, request: &TransferRequest, context: &RunContext<'_>) -> Result<(), EngineError> {
        context.reporter.frame(0, &picture());
        fs::copy(&request.character, &request.output).map(drop).map_err(EngineError::internal)
    }

    /// Copies the video, whatever moves in it.
    fn keep_motion(
        &self,
        request: &TransferRequest,
        _: &RunContext<'_>,
    ) -> Result<MotionSketch, EngineError> {
        fs::copy(&request.driving, &request.output).map_err(EngineError::internal)?;
        let figures = vec![Some(vec![[1, 2]; frame::body::COUNT]), None];
        Ok(MotionSketch { width: 96, height: 64, duration_secs: 0.2, rate: 10.0, figures })
    }

    fn check(&self, request: &TransferRequest, context: &RunContext<'_>) -> Result<CheckReport, EngineError> {
        contract::ScriptedEngine::new([]).check(request, context)
    }
}

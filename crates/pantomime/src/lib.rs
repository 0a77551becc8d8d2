//! The program `pantomime`: it reads the command line, chooses the engine, shows progress, listens to Ctrl-C, and gives
//! finished files their names. How a video comes about is the engine's affair.
//!
//! It is a library so that tests can run it with a scripted engine; `src/main.rs` only calls [`main`].

mod batch;
mod check;
mod cli;
mod demo;
mod doctor;
mod events;
mod failure;
mod job;
mod keys;
mod meter;
mod models;
mod pages;
mod serve;
mod staged;
mod supervise;
mod transfer;

use std::io::{Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use contract::{CancelToken, Engine, TransferReport, TransferRequest};

use events::Event;

pub use cli::{
    BatchArgs, CheckArgs, Cli, Command, DemoArgs, DoctorArgs, KeysArgs, KeysCommand, ModelsCommand,
    PlaceArgs, ServeArgs, TransferArgs,
};
pub use failure::Failure;
pub use meter::Meter;
pub use models::default_models_dir;
pub use transfer::Transfer;

/// Runs the program; the exit codes are 0, 2 usage, 3 input rejected, 4 cancelled, 1 anything else.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Command::RunJob = cli.command {
        // It has its own wall, its own way to be stopped, and its own words.
        return job::run(cli.models_dir.or_else(default_models_dir));
    }
    let cancel = CancelToken::new();
    let on_interrupt = cancel.clone();
    let result = ctrlc::set_handler(move || on_interrupt.cancel())
        .map_err(|error| Failure::Internal(error.into()))
        .and_then(|()| run(cli, &cancel));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // With standard error gone, the exit code still tells.
            let _ = writeln!(stderr(), "{failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(cli: Cli, cancel: &CancelToken) -> Result<(), Failure> {
    let no_home =
        || Failure::Usage("this account has no home folder: set PANTOMIME_MODELS to a folder".to_owned());
    let models_dir = cli.models_dir.or_else(default_models_dir).ok_or_else(no_home);
    match cli.command {
        Command::Transfer(args) => {
            let meter = if args.json { Meter::json(stdout()) } else { Meter::on_stderr() };
            make(args.into(), Arc::new(meter), models_dir?, cancel)
        }
        Command::Check(args) => check::run(args, models_dir?, cancel, &mut stdout()),
        Command::Batch(args) => {
            let models_dir = models_dir?;
            let engine = move |request: &TransferRequest, meter: &Meter| engine(request, &models_dir, meter);
            batch::run(&args, cancel, &mut stdout(), engine)
        }
        Command::Demo(args) => {
            let (transfer, _pair) = demo::transfer(args)?;
            make(transfer, Arc::new(Meter::on_stderr()), models_dir?, cancel)
        }
        Command::Models(command) => models::run(command, models_dir?, cancel, &mut stdout()),
        Command::Serve(args) => serve::run(*args, models_dir?, cancel),
        Command::Keys(args) => keys::run(args, &mut stdout()),
        Command::Doctor(args) => doctor::run(&models_dir?, args, &mut stdout()),
        Command::Completions { shell } => pages::completions(shell, &mut stdout()),
        Command::Man { command } => pages::man(command.as_deref(), &mut stdout()),
        Command::RunJob => Err(Failure::Usage("run-job is for `pantomime serve`".to_owned())),
    }
}

/// Runs `transfer` on the puppet engine and says what came of it.
fn make(
    transfer: Transfer,
    meter: Arc<Meter>,
    models_dir: PathBuf,
    cancel: &CancelToken,
) -> Result<(), Failure> {
    let (said, wanted) = (meter.clone(), transfer.clone());
    let request = transfer.request.clone();
    match transfer.run(cancel, meter.clone(), move |_| engine(&request, &models_dir, &said)) {
        Ok(report) if meter.is_json() => wanted.tell_result(&report, &meter),
        Ok(report) => {
            // The files stand; that nobody reads these lines changes nothing.
            let _ = writeln!(stdout(), "{}: {}", names(&wanted), summary(&report));
            if let Some(quality) = &report.quality {
                let _ = writeln!(stdout(), "{quality}");
            }
        }
        Err(failure) => {
            Event::error(&failure, |event| meter.tell(&event));
            return Err(failure);
        }
    }
    Ok(())
}

/// The puppet engine, with networks where the request needs any.
fn engine(request: &TransferRequest, models_dir: &Path, meter: &Meter) -> Result<Arc<dyn Engine>, Failure> {
    models::bring_missing_for(request, models_dir, &mut |line| meter.say(line))?;
    Ok(Arc::new(puppet::PuppetEngine::new(models_dir)))
}

/// The files that were made.
fn names(transfer: &Transfer) -> String {
    let beside = transfer.comparison.iter().chain(transfer.exports.iter().map(|export| &export.path));
    let names: Vec<_> = beside.map(|path| path.display().to_string()).collect();
    let output = transfer.request.output.display();
    if names.is_empty() { output.to_string() } else { format!("{output} and {}", names.join(", ")) }
}

fn summary(report: &TransferReport) -> String {
    format!(
        "{:.1} s, {} frames at {} a second, {}x{}, {}",
        report.duration_secs,
        report.frames,
        (report.frame_rate.as_f64() * 100.0).round() / 100.0,
        report.width,
        report.height,
        if report.has_audio { "with sound" } else { "no sound" },
    )
}

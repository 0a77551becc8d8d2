use std::fs;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use contract::{CancelToken, Engine, Rejection, RejectionCode, RunContext, TransferReport, TransferRequest};

use crate::cli::TransferArgs;
use crate::staged::{StagedFile, folder_of};
use crate::supervise::supervise;
use crate::{Failure, Meter};

/// One transfer: what to make, and what to write beside the video.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// What to make, of what.
    pub request: TransferRequest,
    /// Threads for everything together; all cores by default.
    pub threads: Option<NonZeroUsize>,
    /// A second video, side by side.
    pub comparison: Option<PathBuf>,
    /// The report.
    pub report: Option<PathBuf>,
    /// Folder for what is worth keeping.
    pub work_dir: Option<PathBuf>,
}

impl From<TransferArgs> for Transfer {
    fn from(args: TransferArgs) -> Self {
        let request = TransferRequest {
            keep_original_sound: args.keep_original_sound,
            orientation: args.character_orientation,
            seed: args.seed,
            output_size: args.size,
            ..TransferRequest::new(args.image, args.video, args.output)
        };
        Self {
            request,
            threads: args.threads,
            comparison: args.side_by_side,
            report: args.report,
            work_dir: args.work_dir,
        }
    }
}

impl Transfer {
    /// Runs the transfer on the engine that `engine` brings (it may have to fetch networks first) and gives every file
    /// its name once all are whole.
    ///
    /// # Errors
    /// A [`Failure`]; then none of the files exists, or those that stood before are as they were.
    pub fn run(
        self,
        cancel: &CancelToken,
        meter: Arc<Meter>,
        engine: impl FnOnce(&CancelToken) -> Result<Arc<dyn Engine>, Failure> + Send + 'static,
    ) -> Result<TransferReport, Failure> {
        self.check_names()?;
        self.check_inputs()?;
        let output = StagedFile::beside(&self.request.output, "--output")?;
        let comparison = stage(self.comparison.as_deref(), "--side-by-side")?;
        let report_file = stage(self.report.as_deref(), "--report")?;
        if let Some(folder) = &self.work_dir {
            fs::create_dir_all(folder)
                .map_err(|error| Failure::Usage(format!("--work-dir {}: {error}", folder.display())))?;
        }

        let threads =
            self.threads.unwrap_or_else(|| thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
        let request = TransferRequest { output: output.path().to_owned(), ..self.request };
        let (work_dir, comparison_path) =
            (self.work_dir, comparison.as_ref().map(|file| file.path().to_owned()));
        let reporter = meter.clone();
        let result = supervise(cancel, move |cancel| {
            let engine = engine(cancel)?;
            let context = RunContext {
                reporter: &*reporter,
                cancel,
                threads,
                work_dir: work_dir.as_deref(),
                comparison: comparison_path.as_deref(),
            };
            Ok(engine.run(&request, &context)?)
        });
        meter.clear();
        let report = result?;

        if let Some(file) = &report_file {
            write_report(file.path(), &report)?;
        }
        for file in [report_file, comparison, Some(output)].into_iter().flatten() {
            publish(file)?;
        }
        Ok(report)
    }

    /// Every file to write has a name of its own, and none is an input.
    fn check_names(&self) -> Result<(), Failure> {
        let videos = [("--output", Some(&self.request.output)), ("--side-by-side", self.comparison.as_ref())];
        for (option, path) in videos {
            if let Some(path) = path
                && !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("mp4"))
            {
                return Err(Failure::Usage(format!(
                    "{option} {}: the name must end in .mp4",
                    path.display()
                )));
            }
        }
        let mut taken =
            vec![("IMAGE", place(&self.request.character)), ("VIDEO", place(&self.request.driving))];
        for (option, path) in videos.into_iter().chain([("--report", self.report.as_ref())]) {
            let Some(path) = path else { continue };
            let place = place(path);
            if let Some((other, _)) = taken.iter().find(|(_, other)| *other == place) {
                return Err(Failure::Usage(format!("{option} {}: this is {other} already", path.display())));
            }
            taken.push((option, place));
        }
        Ok(())
    }

    /// The inputs are files that can be opened, which is cheaper to say before networks are fetched.
    fn check_inputs(&self) -> Result<(), Failure> {
        let inputs = [
            (&self.request.character, RejectionCode::ImageUnreachable, "image"),
            (&self.request.driving, RejectionCode::VideoUnreachable, "video"),
        ];
        for (path, code, kind) in inputs {
            // The kind is looked at first: opening a pipe would wait for its other end.
            let found = match fs::metadata(path) {
                Ok(metadata) if !metadata.is_file() => "it is not a file".to_owned(),
                Ok(_) => match fs::File::open(path) {
                    Ok(_) => continue,
                    Err(error) => error.to_string(),
                },
                Err(error) => error.to_string(),
            };
            let message =
                format!("The {kind} {} cannot be read: {found}; name a file that exists.", path.display());
            return Err(Failure::Rejected(Rejection::new(code, message)));
        }
        Ok(())
    }
}

fn stage(path: Option<&Path>, option: &str) -> Result<Option<StagedFile>, Failure> {
    path.map(|path| StagedFile::beside(path, option)).transpose()
}

/// Where a file is or will be, however its path is written.
fn place(path: &Path) -> PathBuf {
    let resolved = fs::canonicalize(path).or_else(|_| {
        fs::canonicalize(folder_of(path)).map(|folder| folder.join(path.file_name().unwrap_or_default()))
    });
    resolved.unwrap_or_else(|_| path.to_owned())
}

fn write_report(path: &Path, report: &TransferReport) -> Result<(), Failure> {
    let write = || -> anyhow::Result<()> {
        let mut text = serde_json::to_vec_pretty(report)?;
        text.write_all(b"\n")?;
        Ok(fs::write(path, text)?)
    };
    write().context("cannot write the report").map_err(Failure::Internal)
}

fn publish(file: StagedFile) -> Result<(), Failure> {
    file.publish().context("cannot give the finished file its name").map_err(Failure::Internal)
}

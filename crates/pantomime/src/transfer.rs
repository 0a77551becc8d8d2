use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use contract::{
    CancelToken, Engine, Export, Rejection, RejectionCode, RunContext, TransferReport, TransferRequest,
};

use crate::cli::TransferArgs;
use crate::events::Event;
use crate::failure::reason;
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
    /// What else to write of the run.
    pub exports: Vec<Export>,
}

impl From<TransferArgs> for Transfer {
    fn from(args: TransferArgs) -> Self {
        let request = TransferRequest {
            keep_original_sound: args.keep_original_sound,
            orientation: args.character_orientation,
            shutter_deg: args.shutter,
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
            exports: args.export,
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
        let files = Files::stage(&self)?;
        if let Some(folder) = &self.work_dir {
            fs::create_dir_all(folder).map_err(|error| {
                Failure::Usage(format!("--work-dir {}: {}", folder.display(), reason(&error)))
            })?;
        }

        let all_cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let (threads, work_dir) = (self.threads.unwrap_or_else(all_cores), self.work_dir);
        let request = TransferRequest { output: files.output.path().to_owned(), ..self.request };
        let comparison = files.comparison.as_ref().map(|file| file.path().to_owned());
        let staged =
            |(export, file): (Export, &StagedFile)| Export { path: file.path().to_owned(), ..export };
        let exports: Vec<_> = self.exports.into_iter().zip(&files.exports).map(staged).collect();
        let reporter = meter.clone();
        let result = supervise(cancel, move |cancel| {
            let context = RunContext {
                reporter: &*reporter,
                cancel,
                threads,
                work_dir: work_dir.as_deref(),
                comparison: comparison.as_deref(),
                exports: &exports,
            };
            Ok(engine(cancel)?.run(&request, &context)?)
        });
        meter.clear();
        let report = result.map_err(|failure| files.unhidden(failure))?;
        files.publish(&report)?;
        Ok(report)
    }

    /// Tells a program what was made.
    pub(crate) fn tell_result(&self, report: &TransferReport, meter: &Meter) {
        meter.tell(&Event::Result {
            output: &self.request.output,
            side_by_side: self.comparison.as_deref(),
            exports: self.exports.iter().map(|export| export.path.as_path()).collect(),
            report,
        });
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
        let exports = self.exports.iter().map(|export| ("--export", Some(&export.path)));
        for (option, path) in videos.into_iter().chain([("--report", self.report.as_ref())]).chain(exports) {
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
                    Err(error) => reason(&error),
                },
                Err(error) => reason(&error),
            };
            let message =
                format!("The {kind} {} cannot be read: {found}; name a file that exists.", path.display());
            return Err(Failure::Rejected(Rejection::new(code, message)));
        }
        Ok(())
    }
}

/// Where a file is or will be, however its path is written.
fn place(path: &Path) -> PathBuf {
    let resolved = fs::canonicalize(path).or_else(|_| {
        fs::canonicalize(folder_of(path)).map(|folder| folder.join(path.file_name().unwrap_or_default()))
    });
    resolved.unwrap_or_else(|_| path.to_owned())
}

/// The files of one transfer, on their way to their names.
struct Files {
    output: StagedFile,
    comparison: Option<StagedFile>,
    report: Option<StagedFile>,
    exports: Vec<StagedFile>,
}

impl Files {
    fn stage(transfer: &Transfer) -> Result<Self, Failure> {
        let stage = |path: &Option<PathBuf>, option| {
            path.as_deref().map(|path| StagedFile::beside(path, option)).transpose()
        };
        Ok(Self {
            output: StagedFile::beside(&transfer.request.output, "--output")?,
            comparison: stage(&transfer.comparison, "--side-by-side")?,
            report: stage(&transfer.report, "--report")?,
            exports: transfer
                .exports
                .iter()
                .map(|export| StagedFile::beside(&export.path, "--export"))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The failure without the hidden names, which the user never chose.
    fn unhidden(&self, failure: Failure) -> Failure {
        let Failure::Internal(error) = failure else { return failure };
        let staged = [Some(&self.output), self.comparison.as_ref()].into_iter().flatten();
        let staged = staged.chain(&self.exports);
        let text = staged.fold(format!("{error:#}"), |text, file| file.unhidden(&text));
        Failure::Internal(anyhow::Error::msg(text))
    }

    /// Writes the report and gives every file its name, the video last.
    fn publish(self, report: &TransferReport) -> Result<(), Failure> {
        let publish = || -> anyhow::Result<()> {
            if let Some(file) = &self.report {
                let text = serde_json::to_string_pretty(report)? + "\n";
                fs::write(file.path(), text).context("cannot write the report")?;
            }
            let beside = [self.report, self.comparison].into_iter().flatten().chain(self.exports);
            for file in beside.chain([self.output]) {
                file.publish().context("cannot give a finished file its name")?;
            }
            Ok(())
        };
        publish().map_err(Failure::Internal)
    }
}

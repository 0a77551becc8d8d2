use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read as _, Write, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use contract::{CancelToken, Engine, Export, TransferReport, TransferRequest};
use csv::{ReaderBuilder, StringRecord, Trim};
use tempfile::TempDir;

use crate::cli::{BatchArgs, shutter};
use crate::events::Event;
use crate::failure::reason;
use crate::{Failure, Meter, Transfer};

/// Bytes of a list, at most.
const LIST_BYTES: u64 = 16 << 20;

/// Columns that each list has, and those that it may have.
const NEEDED: [&str; 3] = ["character", "driving", "output"];
const POSSIBLE: [&str; 8] = [
    "character_orientation",
    "keep_original_sound",
    "size",
    "shutter",
    "seed",
    "side_by_side",
    "report",
    "export",
];

/// A row of a list: one transfer.
#[derive(Clone, Debug)]
struct Row {
    /// Where it stands in the list, from 1.
    line: u64,
    /// The output as the list names it.
    name: String,
    transfer: Transfer,
}

/// What came of a row.
enum Outcome {
    Made(Box<TransferReport>),
    Failed(Failure),
    /// The batch was stopped before.
    NotBegun,
}

/// `pantomime batch`: every row of the list, whatever becomes of the others. `engine` makes the engine of a row.
///
/// # Errors
/// The first failed row's, once all were gone through; a list that cannot be used at all, at once; or the cancelling.
pub(crate) fn run(
    args: &BatchArgs,
    cancel: &CancelToken,
    out: &mut dyn Write,
    engine: impl Fn(&TransferRequest, &Meter) -> Result<Arc<dyn Engine>, Failure> + Clone + Send + 'static,
) -> Result<(), Failure> {
    let mut rows = read(&args.list)?;
    let _tracks = share_tracks(&mut rows)?;
    let mut outcomes = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        if cancel.is_cancelled() {
            outcomes.push(Outcome::NotBegun);
            continue;
        }
        let meter = Arc::new(if args.json { Meter::json(stdout()) } else { Meter::on_stderr() });
        meter.tell(&Event::Row { line: row.line, output: &row.transfer.request.output });
        if !args.json {
            meter.say(&format!("{} of {}: {}", index + 1, rows.len(), row.name));
        }
        let (transfer, make, said) = (row.transfer.clone(), engine.clone(), meter.clone());
        let transfer = Transfer { threads: args.threads, ..transfer };
        let request = transfer.request.clone();
        let made = transfer.run(cancel, meter.clone(), move |_| make(&request, &said));
        outcomes.push(match made {
            Ok(report) => {
                row.transfer.tell_result(&report, &meter);
                Outcome::Made(Box::new(report))
            }
            Err(failure) => {
                Event::error(&failure, |event| meter.tell(&event));
                if !args.json {
                    meter.say(&failure.to_string());
                }
                Outcome::Failed(failure)
            }
        });
    }
    summarise(&rows, &outcomes, args.json, out)?;
    let failures = outcomes.into_iter().filter_map(|outcome| match outcome {
        Outcome::Failed(failure) => Some(failure),
        _ => None,
    });
    // A stop is told as such, whatever failed before it.
    match failures.reduce(|first, next| if matches!(next, Failure::Cancelled) { next } else { first }) {
        Some(failure) => Err(failure),
        None if cancel.is_cancelled() => Err(Failure::Cancelled),
        None => Ok(()),
    }
}

/// Reads the list whole, so that what is wrong with it is told before the work begins.
fn read(list: &Path) -> Result<Vec<Row>, Failure> {
    let wrong = |what: String| Failure::Usage(format!("{}: {what}", list.display()));
    let file = File::open(list).map_err(|error| wrong(reason(&error)))?;
    let mut text = String::new();
    file.take(LIST_BYTES + 1).read_to_string(&mut text).map_err(|error| wrong(reason(&error)))?;
    if text.len() as u64 > LIST_BYTES {
        return Err(wrong(format!("the list is larger than {} MB", LIST_BYTES >> 20)));
    }
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text.as_bytes());
    let columns = reader.headers().map_err(|error| wrong(error.to_string()))?.clone();
    for name in NEEDED {
        if !columns.iter().any(|column| column == name) {
            return Err(wrong(format!(
                "line 1 names no column `{name}`; there must be {}",
                NEEDED.join(", ")
            )));
        }
    }
    for (index, column) in columns.iter().enumerate() {
        if !NEEDED.contains(&column) && !POSSIBLE.contains(&column) {
            let known = NEEDED.into_iter().chain(POSSIBLE).collect::<Vec<_>>().join(", ");
            return Err(wrong(format!("line 1 names the column `{column}`, which is none of {known}")));
        }
        if columns.iter().take(index).any(|other| other == column) {
            return Err(wrong(format!("line 1 names the column `{column}` twice")));
        }
    }
    let mut rows: Vec<Row> = Vec::new();
    let folder = list.parent().unwrap_or_else(|| Path::new(""));
    // A record's place is before the empty lines that it follows.
    let (mut counted, mut line) = (0, 1);
    for record in reader.records() {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        let at = record.position().map_or(0, |position| position.byte() as usize);
        let start = text.len() - text[at..].trim_start_matches('\n').len();
        line += text[counted..start].matches('\n').count() as u64;
        counted = start;
        let row =
            row(&columns, &record, folder, line).map_err(|what| wrong(format!("line {line}: {what}")))?;
        let written = row.written();
        let taken = rows.iter().find(|other| other.written().iter().any(|path| written.contains(path)));
        if let Some(other) = taken {
            return Err(wrong(format!("line {line} writes a file that line {} writes", other.line)));
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(wrong("the list has no rows".to_owned()));
    }
    Ok(rows)
}

fn row(columns: &StringRecord, record: &StringRecord, folder: &Path, line: u64) -> Result<Row, String> {
    let cell = |name: &str| {
        let at = columns.iter().position(|column| column == name)?;
        record.get(at).filter(|text| !text.is_empty())
    };
    let needed = |name: &str| cell(name).ok_or_else(|| format!("the column `{name}` is empty"));
    let path = |text: &str| folder.join(text);
    let mut request =
        TransferRequest::new(path(needed("character")?), path(needed("driving")?), path(needed("output")?));
    let in_column = |name: &str, error: &dyn std::fmt::Display| format!("{name}: {error}");
    if let Some(text) = cell("character_orientation") {
        request.orientation = text.parse().map_err(|error| in_column("character_orientation", &error))?;
    }
    if let Some(text) = cell("keep_original_sound") {
        request.keep_original_sound =
            text.parse().map_err(|_| format!("keep_original_sound: `{text}` is neither true nor false"))?;
    }
    if let Some(text) = cell("size") {
        request.output_size = text.parse().map_err(|error| in_column("size", &error))?;
    }
    if let Some(text) = cell("shutter") {
        request.shutter_deg = Some(shutter(text).map_err(|error| in_column("shutter", &error))?);
    }
    if let Some(text) = cell("seed") {
        request.seed = text.parse().map_err(|_| format!("seed: `{text}` is no whole number"))?;
    }
    let exports = cell("export").into_iter().flat_map(|text| text.split(';')).map(str::trim);
    let exports = exports
        .map(|name| Export::to(path(name)))
        .collect::<Result<_, _>>()
        .map_err(|error| in_column("export", &error))?;
    let transfer = Transfer {
        request,
        threads: None,
        comparison: cell("side_by_side").map(path),
        report: cell("report").map(path),
        work_dir: None,
        exports,
    };
    Ok(Row { line, name: needed("output")?.to_owned(), transfer })
}

impl Row {
    /// All files that it writes.
    fn written(&self) -> Vec<&Path> {
        let transfer = &self.transfer;
        let beside = [transfer.comparison.as_deref(), transfer.report.as_deref()].into_iter().flatten();
        let exports = transfer.exports.iter().map(|export| export.path.as_path());
        std::iter::once(transfer.request.output.as_path()).chain(beside).chain(exports).collect()
    }
}

/// Gives rows with the same driving file one work folder, so that it is tracked once. The folders live as long as the answer.
fn share_tracks(rows: &mut [Row]) -> Result<TempDir, Failure> {
    let place = |row: &Row| {
        let driving = &row.transfer.request.driving;
        fs::canonicalize(driving).unwrap_or_else(|_| driving.clone())
    };
    let mut uses: HashMap<PathBuf, usize> = HashMap::new();
    rows.iter().for_each(|row| *uses.entry(place(row)).or_default() += 1);
    let folder = tempfile::Builder::new().prefix("pantomime-batch-").tempdir();
    let folder =
        folder.context("no folder can be made for the tracked motions").map_err(Failure::Internal)?;
    let mut shared: HashMap<PathBuf, PathBuf> = HashMap::new();
    for row in rows {
        let place = place(row);
        if uses.get(&place).is_some_and(|count| *count > 1) {
            let next = folder.path().join(shared.len().to_string());
            row.transfer.work_dir = Some(shared.entry(place).or_insert(next).clone());
        }
    }
    Ok(folder)
}

/// One table of all rows, or one event.
fn summarise(rows: &[Row], outcomes: &[Outcome], as_json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let count = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count();
    let made = count(|outcome| matches!(outcome, Outcome::Made(_)));
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let not_begun = count(|outcome| matches!(outcome, Outcome::NotBegun));
    if as_json {
        Event::Summary { rows: rows.len(), made, failed, not_begun }.write(out);
        return Ok(());
    }
    let shown = |name: &str| name.replace(char::is_control, " ");
    let width =
        rows.iter().map(|row| shown(&row.name).chars().count()).max().unwrap_or(0).max("output".len());
    let mut text = format!("line  {:width$}  result\n", "output");
    for (row, outcome) in rows.iter().zip(outcomes) {
        let result = match outcome {
            Outcome::Made(report) => format!("made: {}", crate::summary(report)),
            Outcome::Failed(failure) => failure.to_string(),
            Outcome::NotBegun => "not begun".to_owned(),
        };
        text.push_str(&format!("{:>4}  {:width$}  {result}\n", row.line, shown(&row.name)));
    }
    let stopped = if not_begun == 0 { String::new() } else { format!(", {not_begun} not begun") };
    text.push_str(&format!("{} rows: {made} made, {failed} failed{stopped}\n", rows.len()));
    out.write_all(text.as_bytes()).context("cannot write the summary").map_err(Failure::Internal)
}

#[cfg(test)]
mod tests {
    use contract::{CharacterOrientation, ExportKind};

    use super::*;

    fn listed(text: &str) -> Result<Vec<Row>, String> {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("pairs.csv");
        fs::write(&list, text).unwrap();
        read(&list).map_err(|failure| {
            assert_eq!(failure.exit_code(), 2);
            failure.message().replace(&format!("{}: ", list.display()), "")
        })
    }

    #[test]
    fn a_row_holds_what_a_command_line_holds() {
        let rows = listed(
            "\u{feff}driving, character ,output,size,seed,character_orientation,keep_original_sound,export,report,shutter\r\n\
             d.mp4,\"a, b.png\",o.mp4,source,7,image,false,m.motion; c.webm,r.json,90\r\n\
             \n\
             /abs/d.mp4,c.png,sub/p.mp4,,,,,,,\r\n",
        )
        .unwrap();
        let Transfer { request, report, exports, .. } = &rows[0].transfer;
        assert!(request.character.ends_with("a, b.png") && request.character.is_absolute());
        assert_eq!((request.output_size.to_string(), request.seed), ("source".to_owned(), 7));
        assert_eq!((request.orientation, request.keep_original_sound), (CharacterOrientation::Image, false));
        assert_eq!(request.shutter_deg, Some(90.0));
        let kinds: Vec<_> = exports.iter().map(|export| export.kind).collect();
        assert_eq!(kinds, [ExportKind::Motion, ExportKind::WebM]);
        assert!(report.as_ref().unwrap().ends_with("r.json"));
        assert_eq!((rows[1].line, rows[1].name.as_str()), (4, "sub/p.mp4"));
        assert_eq!(rows[1].transfer.request.driving, Path::new("/abs/d.mp4"));
        assert!(rows[1].transfer.request.keep_original_sound);
    }

    #[test]
    fn a_list_that_cannot_be_used_is_told_with_its_line() {
        let told = |text: &str| listed(text).unwrap_err();
        assert!(told("").starts_with("line 1 names no column `character`"));
        assert!(told("character,driving\n").starts_with("line 1 names no column `output`"));
        assert!(
            told("character,driving,output,colour\n")
                .starts_with("line 1 names the column `colour`, which is")
        );
        assert_eq!(told("character,driving,output,output\n"), "line 1 names the column `output` twice");
        assert_eq!(told("character,driving,output\n"), "the list has no rows");
        let row = |rest: &str| format!("character,driving,output,size,seed,export\n{rest}\n");
        assert_eq!(told(&row("a,,c.mp4,,,")), "line 2: the column `driving` is empty");
        assert!(told(&row("a,b,c.mp4,hd,,")).starts_with("line 2: size: `hd` is not a size"));
        assert_eq!(told(&row("a,b,c.mp4,,x,")), "line 2: seed: `x` is no whole number");
        assert!(told(&row("a,b,c.mp4,,,c.gif")).starts_with("line 2: export: "));
        assert!(told(&row("a,b,c.mp4")).contains("line: 2"), "{}", told(&row("a,b,c.mp4")));
        assert_eq!(told(&row("a,b,c.mp4,,,\nx,y,c.mp4,,,")), "line 3 writes a file that line 2 writes");
        assert_eq!(
            told(&row("a,b,c.mp4,,,m.bvh\nx,y,d.mp4,,,m.bvh")),
            "line 3 writes a file that line 2 writes"
        );
    }

    #[test]
    fn rows_with_one_driver_share_its_track() {
        let mut rows = listed("character,driving,output\na,d,1.mp4\nb,e,2.mp4\nc,d,3.mp4\n").unwrap();
        let folder = share_tracks(&mut rows).unwrap();
        let dirs: Vec<_> = rows.iter().map(|row| row.transfer.work_dir.clone()).collect();
        assert!(dirs[0].as_ref().is_some_and(|dir| dir.starts_with(folder.path())));
        assert_eq!(dirs, [dirs[0].clone(), None, dirs[0].clone()]);
    }
}

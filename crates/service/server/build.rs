//! Puts the built page (`make studio` → studio/dist/page) into the program; without it the program has none, and says so.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../studio/dist").canonicalize()?;
    println!("cargo:rerun-if-changed={}", dist.display());
    let page = dist.join("page");
    let mut files = Vec::new();
    if page.is_dir() {
        list(&page, &mut files)?;
    }
    files.sort();
    let out =
        env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    let mut table = String::from("&[\n");
    for (index, file) in files.iter().enumerate() {
        let name = file.strip_prefix(&page).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        // A copy, which stands whatever becomes of the page while this is compiled.
        let copy = out.join(format!("page-{index}"));
        fs::copy(file, &copy)?;
        // Writing to a string cannot fail.
        let _ = writeln!(table, "    ({name:?}, include_bytes!({:?})),", copy.display().to_string());
    }
    table.push(']');
    fs::write(out.join("page.rs"), table)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { list(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

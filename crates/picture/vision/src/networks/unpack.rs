use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};

use serde::Deserialize;

use super::tarball::{each_member, malformed};

/// The longest file of networks a package may hold.
const MAX_NETWORK_BYTES: u64 = 128 << 20;
/// The longest list of contents.
const MAX_INDEX_BYTES: u64 = 1 << 20;

const ASSETS: &str = "package/holistic_solution_packed_assets.data";
const ASSETS_LOADER: &str = "package/holistic_solution_packed_assets_loader.js";
const CHUNK_INDEX: &str = "package/dist/resources.json";

/// The networks called `names` out of MediaPipe's package, by name. Some lie plainly in it, the others in one packed
/// file, to be cut by the list in its loader. A network that is in neither is absent from the answer.
pub(super) fn holistic_networks(tarball: impl Read, names: &[&str]) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let (mut assets, mut loader) = (Vec::new(), Vec::new());
    let plain =
        |member: &str| member.strip_prefix("package/").filter(|name| names.contains(name)).map(str::to_owned);
    each_member(
        tarball,
        |member| match member {
            ASSETS_LOADER => Some(MAX_INDEX_BYTES),
            ASSETS => Some(MAX_NETWORK_BYTES),
            _ => plain(member).map(|_| MAX_NETWORK_BYTES),
        },
        |member, contents| {
            match member {
                ASSETS_LOADER => loader = contents,
                ASSETS => assets = contents,
                _ => found.extend(plain(member).map(|name| (name, contents))),
            }
            Ok(())
        },
    )?;
    if names.iter().any(|&name| !found.contains_key(name)) {
        for file in packed_files(&loader)? {
            let name = file.filename.rsplit('/').next().unwrap_or_default();
            if names.contains(&name) {
                let contents = assets.get(file.start..file.end).ok_or_else(|| {
                    malformed(format!("{name} would lie at {}…{} of {}", file.start, file.end, assets.len()))
                })?;
                found.insert(name.to_owned(), contents.to_vec());
            }
        }
    }
    Ok(found)
}

/// A file within the packed assets: bytes `start … end`.
#[derive(Deserialize)]
struct PackedFile {
    filename: String,
    start: usize,
    end: usize,
}

/// The list `"files": […]` that the loader, a script, hands to its own function.
fn packed_files(loader: &[u8]) -> io::Result<Vec<PackedFile>> {
    const KEY: &str = "\"files\":";
    let text = String::from_utf8_lossy(loader);
    let start = text.find(KEY).ok_or_else(|| malformed("the loader lists no files"))? + KEY.len();
    let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter();
    values
        .next()
        .ok_or_else(|| malformed("the loader's list of files is empty"))?
        .map_err(|error| malformed(format!("the loader's list of files: {error}")))
}

#[derive(Deserialize)]
struct Resource {
    chunks: Vec<Chunk>,
}

/// A piece of a resource: the member named by its hash holds bytes `offsets[0] … offsets[1]`.
#[derive(Deserialize)]
struct Chunk {
    hash: String,
    offsets: [u64; 2],
}

/// The resource `name` of a package that cuts its resources into chunks. Reads the tarball twice, since the list may
/// come after the chunks: `open` starts it again.
pub(super) fn joined_chunks<R: Read>(open: impl Fn() -> io::Result<R>, name: &str) -> io::Result<Vec<u8>> {
    let mut index = Vec::new();
    each_member(
        open()?,
        |member| (member == CHUNK_INDEX).then_some(MAX_INDEX_BYTES),
        |_, contents| {
            index = contents;
            Ok(())
        },
    )?;
    let mut resources: HashMap<String, Resource> = serde_json::from_slice(&index)
        .map_err(|error| malformed(format!("the list of resources: {error}")))?;
    let chunks = resources.remove(name).ok_or_else(|| malformed(format!("no resource {name}")))?.chunks;
    let total = check_contiguous(&chunks)?;

    let by_member: HashMap<String, &Chunk> =
        chunks.iter().map(|chunk| (format!("package/dist/{}", chunk.hash), chunk)).collect();
    let mut joined = vec![0; total as usize];
    let mut missing = by_member.len();
    each_member(
        open()?,
        |member| by_member.get(member).map(|chunk| chunk.offsets[1] - chunk.offsets[0]),
        |member, contents| {
            let [start, end] = by_member[member].offsets.map(|offset| offset as usize);
            if contents.len() != end - start {
                return Err(malformed(format!("{member} has {} bytes of {}", contents.len(), end - start)));
            }
            joined[start..end].copy_from_slice(&contents);
            missing -= 1;
            Ok(())
        },
    )?;
    if missing != 0 {
        return Err(malformed(format!("{missing} chunks of {name} are missing")));
    }
    Ok(joined)
}

/// The sum of the chunks' lengths, if each begins where the one before ends and no two are the same file.
fn check_contiguous(chunks: &[Chunk]) -> io::Result<u64> {
    let mut end = 0;
    for chunk in chunks {
        let [from, to] = chunk.offsets;
        if from != end || to <= from || to > MAX_NETWORK_BYTES {
            return Err(malformed(format!("a chunk lies at {from}…{to} where {end} should come next")));
        }
        end = to;
    }
    let names: std::collections::HashSet<&str> = chunks.iter().map(|chunk| chunk.hash.as_str()).collect();
    if chunks.is_empty() || names.len() != chunks.len() {
        return Err(malformed("chunks are missing or named twice"));
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::super::tarball::tests::tarball;
    use super::*;

    fn loader(files: &str) -> String {
        format!("var Module; loadPackage({{\"files\": {files}, \"remote_package_size\": 9}}); }})();")
    }

    fn holistic(files: &str) -> io::Result<BTreeMap<String, Vec<u8>>> {
        let bytes = tarball(&[
            (ASSETS, b"aabbbcccc"),
            ("package/plain.tflite", b"plain"),
            (ASSETS_LOADER, loader(files).as_bytes()),
        ]);
        holistic_networks(&bytes[..], &["plain.tflite", "packed.tflite"])
    }

    #[test]
    fn plain_and_packed_networks_are_found() {
        let found = holistic(
            r#"[{"filename": "/x/other.txt", "start": 0, "end": 2}, {"filename": "/x/packed.tflite", "start": 2, "end": 5}]"#,
        )
        .unwrap();
        assert_eq!(found["plain.tflite"], b"plain");
        assert_eq!(found["packed.tflite"], b"bbb");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn cuts_beyond_the_packed_file_are_errors() {
        for range in [r#""start": 2, "end": 10"#, r#""start": 5, "end": 2"#, r#""start": -1, "end": 2"#] {
            assert!(holistic(&format!(r#"[{{"filename": "/packed.tflite", {range}}}]"#)).is_err(), "{range}");
        }
        assert!(holistic("nonsense").is_err());
        assert!(holistic("").is_err());
        assert!(!holistic("[]").unwrap().contains_key("packed.tflite"));
    }

    fn chunked(index: &str, members: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
        let mut all = members.to_vec();
        all.push((CHUNK_INDEX, index.as_bytes()));
        let bytes = tarball(&all);
        joined_chunks(|| Ok(&bytes[..]), "/models/medium")
    }

    const CHUNKS: [(&str, &[u8]); 3] =
        [("package/dist/bb", b"world"), ("package/dist/xx", b"!"), ("package/dist/aa", b"hello ")];

    #[test]
    fn chunks_are_joined_in_the_lists_order() {
        let index = r#"{"/models/medium": {"chunks": [{"hash": "aa", "offsets": [0, 6]}, {"hash": "bb", "offsets": [6, 11]}]}}"#;
        assert_eq!(chunked(index, &CHUNKS).unwrap(), b"hello world");
    }

    #[test]
    fn hostile_chunk_lists_are_errors() {
        for chunks in [
            r#"{"hash": "aa", "offsets": [0, 6]}, {"hash": "bb", "offsets": [7, 12]}"#,
            r#"{"hash": "aa", "offsets": [0, 6]}, {"hash": "aa", "offsets": [6, 12]}"#,
            r#"{"hash": "aa", "offsets": [0, 5]}"#,
            r#"{"hash": "aa", "offsets": [0, 7]}"#,
            r#"{"hash": "cc", "offsets": [0, 6]}"#,
            r#"{"hash": "aa", "offsets": [6, 0]}"#,
            r#"{"hash": "aa", "offsets": [0, 99999999999999]}"#,
            r#"{"hash": "../../etc/passwd", "offsets": [0, 6]}"#,
            "",
        ] {
            let index = format!(r#"{{"/models/medium": {{"chunks": [{chunks}]}}}}"#);
            assert!(chunked(&index, &CHUNKS).is_err(), "{chunks}");
        }
        assert!(chunked("{}", &CHUNKS).is_err());
        assert!(chunked("[", &CHUNKS).is_err());
    }
}

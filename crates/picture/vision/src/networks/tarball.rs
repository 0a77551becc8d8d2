use std::io::{self, Read};

use flate2::read::GzDecoder;

/// More than any package of the catalogue holds unpacked, little enough to stop a bomb.
const MAX_UNPACKED_BYTES: u64 = 1 << 30;
const MAX_MEMBERS: usize = 10_000;

/// Hands the contents of those files in a gzipped tarball that `wanted` names (with the greatest length allowed) to
/// `take`, in the archive's order. Member names are only ever compared: nothing is written, no path is followed.
pub(super) fn each_member(
    tarball: impl Read,
    wanted: impl Fn(&str) -> Option<u64>,
    mut take: impl FnMut(&str, Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    let mut archive = tar::Archive::new(GzDecoder::new(tarball).take(MAX_UNPACKED_BYTES));
    for (count, entry) in archive.entries()?.enumerate() {
        if count == MAX_MEMBERS {
            return Err(malformed(format!("more than {MAX_MEMBERS} members")));
        }
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let Ok(name) = String::from_utf8(entry.path_bytes().into_owned()) else { continue };
        let Some(limit) = wanted(&name) else { continue };
        if entry.size() > limit {
            return Err(malformed(format!("{name} has {} bytes where {limit} are the most", entry.size())));
        }
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents)?;
        take(&name, contents)?;
    }
    Ok(())
}

/// The error for bytes that do not mean what they should.
pub(super) fn malformed(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

#[cfg(test)]
pub(super) mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// A gzipped tarball whose members bear these very names, `..` and all.
    pub(crate) fn tarball(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, contents) in members {
            let mut header = tar::Header::new_gnu();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(contents.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, *contents).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn names_are_compared_whole_so_a_hostile_path_is_nobody() {
        let bytes = tarball(&[("../package/a", b"evil"), ("/package/a", b"evil"), ("package/a", b"good")]);
        let mut seen = Vec::new();
        each_member(
            &bytes[..],
            |name| (name == "package/a").then_some(10),
            |_, contents| {
                seen.push(contents);
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(seen, [b"good"]);
    }

    #[test]
    fn links_are_passed_over() {
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, "package/a", "/etc/passwd").unwrap();
        let bytes = builder.into_inner().unwrap().finish().unwrap();
        each_member(&bytes[..], |_| Some(100), |name, _| panic!("{name}")).unwrap();
    }

    #[test]
    fn a_member_too_long_and_a_cut_off_tarball_are_errors() {
        let bytes = tarball(&[("package/a", &[7; 5000])]);
        let read = |bytes: &[u8], limit| each_member(bytes, |_| Some(limit), |_, _| Ok(()));
        assert!(read(&bytes, 5000).is_ok());
        assert!(read(&bytes, 4999).is_err());
        assert!(read(&bytes[..bytes.len() / 2], 5000).is_err());
        assert!(read(b"not gzip", 5000).is_err());
    }
}

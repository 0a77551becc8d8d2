use std::io;

use bytes::BytesMut;
use tokio_util::codec::Decoder;

use super::protocol::LINE_BYTES;

/// Cuts what a child prints into lines. Bytes that are no text are replaced, and a line beyond [`LINE_BYTES`] is left out: whatever
/// a library prints, the messages around it are heard.
#[derive(Default)]
pub(super) struct Lines {
    /// The rest of a line that is too long is on its way.
    skipping: bool,
}

impl Decoder for Lines {
    type Item = String;
    type Error = io::Error;

    fn decode(&mut self, read: &mut BytesMut) -> io::Result<Option<String>> {
        loop {
            let Some(end) = read.iter().position(|byte| *byte == b'\n') else {
                if read.len() > LINE_BYTES {
                    read.clear();
                    self.skipping = true;
                }
                return Ok(None);
            };
            let line = read.split_to(end + 1);
            if !std::mem::take(&mut self.skipping) && line.len() <= LINE_BYTES {
                return Ok(Some(String::from_utf8_lossy(&line[..end]).into_owned()));
            }
        }
    }

    /// What has no end of its line was broken off, and is no message.
    fn decode_eof(&mut self, read: &mut BytesMut) -> io::Result<Option<String>> {
        let line = self.decode(read)?;
        if line.is_none() {
            read.clear();
        }
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_and_what_is_too_long_hides_nothing() {
        let mut lines = Lines::default();
        let mut read = BytesMut::new();
        let mut found = Vec::new();
        let long = vec![b'x'; LINE_BYTES + 10];
        for part in
            [b"one\n\xff\xfe\ntw".as_slice(), b"o\n", &long[..LINE_BYTES / 2], &long, b"xx\nthree\nhalf"]
        {
            read.extend_from_slice(part);
            while let Some(line) = lines.decode(&mut read).unwrap() {
                found.push(line);
            }
        }
        assert_eq!(lines.decode_eof(&mut read).unwrap(), None);
        assert_eq!(found, ["one", "\u{fffd}\u{fffd}", "two", "three"]);
    }
}

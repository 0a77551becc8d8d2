//! Bodies of `data:` URLs (RFC 2397, as browsers read them).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use url::{Position, Url};

use super::UrlRefusal;

/// As browsers decode: padding may be missing, stray bits are dropped.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Characters that are decoded at a time; a multiple of base64's four.
const CHUNK_CHARS: usize = 1 << 16;

/// Whether a text is a `data:` URL, told before it is parsed: no limit of length holds for one.
pub(super) fn begins(text: &str) -> bool {
    // What a URL's parser trims.
    let text = text.trim_start_matches(|c: char| c <= ' ');
    text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// The body of a `data:` URL, decoded piece by piece. Its media type is not believed, so it is not read.
pub(super) struct DataBody<'a> {
    rest: &'a [u8],
    base64: bool,
    padded: bool,
}

impl<'a> DataBody<'a> {
    pub(super) fn of(url: &'a Url) -> Result<Self, UrlRefusal> {
        let (kind, body) = url[Position::AfterScheme..Position::AfterQuery]
            .strip_prefix(':')
            .and_then(|text| text.split_once(','))
            .ok_or(UrlRefusal::BadDataUrl)?;
        let base64 =
            kind.rsplit_once(';').is_some_and(|(_, last)| last.trim().eq_ignore_ascii_case("base64"));
        Ok(Self { rest: body.as_bytes(), base64, padded: false })
    }

    /// Up to [`CHUNK_CHARS`] bytes without their percent-encoding; in base64 without white space too.
    fn unescaped(&mut self) -> Vec<u8> {
        let mut chunk = Vec::with_capacity(CHUNK_CHARS.min(self.rest.len()));
        while chunk.len() < CHUNK_CHARS {
            let (byte, rest) = match *self.rest {
                [] => break,
                [b'%', high, low, ref rest @ ..] if let Some(byte) = hex(high, low) => (byte, rest),
                [byte, ref rest @ ..] => (byte, rest),
            };
            self.rest = rest;
            if !(self.base64 && byte.is_ascii_whitespace()) {
                chunk.push(byte);
            }
        }
        chunk
    }
}

impl Iterator for DataBody<'_> {
    type Item = Result<Bytes, UrlRefusal>;

    fn next(&mut self) -> Option<Self::Item> {
        let chunk = self.unescaped();
        if chunk.is_empty() {
            return None;
        }
        if !self.base64 {
            return Some(Ok(chunk.into()));
        }
        if self.padded {
            self.rest = &[];
            return Some(Err(UrlRefusal::BadDataUrl));
        }
        self.padded = chunk.contains(&b'=');
        Some(FORGIVING.decode(chunk).map(Bytes::from).map_err(|_| {
            self.rest = &[];
            UrlRefusal::BadDataUrl
        }))
    }
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(text: &str) -> Result<Vec<u8>, UrlRefusal> {
        let url = Url::parse(text).unwrap();
        let chunks = DataBody::of(&url)?.collect::<Result<Vec<_>, _>>()?;
        Ok(chunks.concat())
    }

    #[test]
    fn bodies_are_read_as_browsers_read_them() {
        for (text, body) in [
            ("data:,", ""),
            ("data:,a%20b%2Cc,d", "a b,c,d"),
            ("data:text/plain,100%", "100%"),
            ("data:text/plain,%zz?q#fragment", "%zz?q"),
            ("data:;base64,aGVsbG8=", "hello"),
            ("data:image/png;base64,aGVsbG8", "hello"),
            ("data:image/png;BASE64,aGVs%62G8%3D", "hello"),
            ("data:image/png;x=y; base64,aG Vs\nbG8=%0A", "hello"),
            ("data:base64,aGVsbG8=", "aGVsbG8="),
        ] {
            assert_eq!(decoded(text).unwrap(), body.as_bytes(), "{text}");
        }
        for bad in [
            "data:",
            "data:image/png;base64",
            "data:;base64,a",
            "data:;base64,aGVsbG8=aGVs",
            "data:;base64,a-_b",
            "data:;base64,====",
            "data:;base64,%00",
        ] {
            assert_eq!(decoded(bad), Err(UrlRefusal::BadDataUrl), "{bad}");
        }
    }

    #[test]
    fn padding_ends_the_body_wherever_chunks_are_cut() {
        let exact = format!("data:;base64,{}AA==", "A".repeat(CHUNK_CHARS - 4));
        assert_eq!(decoded(&exact).unwrap().len(), (CHUNK_CHARS - 4) / 4 * 3 + 1);
        assert!(decoded(&format!("{exact}%20")).is_ok());
        assert_eq!(decoded(&format!("{exact}AAAA")), Err(UrlRefusal::BadDataUrl));
    }

    proptest! {
        #[test]
        fn base64_of_any_length_comes_back(body in prop::collection::vec(any::<u8>(), 0..200_000)) {
            let text = base64::engine::general_purpose::STANDARD.encode(&body);
            prop_assert_eq!(decoded(&format!("data:x/y;base64,{text}")).unwrap(), body);
        }
    }
}

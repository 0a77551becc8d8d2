use crate::MediaError;

const START_OF_SCAN: u8 = 0xDA;
const END_OF_IMAGE: [u8; 2] = [0xFF, 0xD9];

/// Refuses a JPEG that breaks off: the decoder would fill the rest with grey and call it a picture.
///
/// The end marker is sought behind the first scan, for the thumbnail in the metadata has one of its own.
pub(super) fn check_whole(bytes: &[u8]) -> Result<(), MediaError> {
    let cut_off = || MediaError::DamagedImage { reason: "the JPEG file is cut off".to_owned() };
    let mut at = 2;
    loop {
        let &[0xFF, marker, ref rest @ ..] = bytes.get(at..).ok_or_else(cut_off)? else {
            // Junk between segments: leave the verdict to the decoder.
            return Ok(());
        };
        match marker {
            START_OF_SCAN => break,
            // Fill bytes, and markers that stand alone.
            0xFF => at += 1,
            0x01 | 0xD0..=0xD8 => at += 2,
            _ => {
                let &[high, low, ..] = rest else { return Err(cut_off()) };
                at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
            }
        }
    }
    // Inside a scan 0xFF is always followed by 0x00 or a restart marker, so this pair is the end and nothing else.
    if bytes[at..].windows(2).any(|pair| pair == END_OF_IMAGE) { Ok(()) } else { Err(cut_off()) }
}

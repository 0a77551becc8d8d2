use std::collections::HashMap;
use std::path::Path;

use super::SoundTrack;
use crate::{Limits, MediaError};

/// Packets of either file that are compared, about three seconds.
const COMPARED: usize = 128;

/// How much later the sound of `output` comes than that of `driving` it was made from, each against its own first picture, in
/// seconds; negative if it comes earlier. It is the median over packets of the same bytes. `None` where one has no sound, or
/// no packet is the same.
///
/// Errors: as [`probe`](crate::probe), for either file.
pub fn sound_offset_secs(driving: &Path, output: &Path, limits: &Limits) -> Result<Option<f64>, MediaError> {
    let (Some(source), Some(made)) = (SoundTrack::open(driving, limits)?, SoundTrack::open(output, limits)?)
    else {
        return Ok(None);
    };
    let (source, made) = (first_packets(source)?, first_packets(made)?);
    // Silence is one packet over and over, and says little: of such the first counts, and only where there is nothing else.
    let all = || made.iter().filter_map(|(bytes, at)| Some((at, source.get(bytes)?)));
    let telling = all().filter(|(at, from)| at.len() == 1 && from.len() == 1);
    let offset = |(at, from): (&Vec<f64>, &Vec<f64>)| at[0] - from[0];
    let mut offsets: Vec<f64> = telling.map(offset).collect();
    if offsets.is_empty() {
        offsets.extend(all().map(offset));
    }
    offsets.sort_by(f64::total_cmp);
    Ok(offsets.get(offsets.len() / 2).copied())
}

/// What is in the first packets, and the times at which each is heard, in seconds, in order.
fn first_packets(mut track: SoundTrack) -> Result<HashMap<Vec<u8>, Vec<f64>>, MediaError> {
    let mut packets: HashMap<Vec<u8>, Vec<f64>> = HashMap::new();
    let time_base = f64::from(track.time_base());
    for _ in 0..COMPARED {
        let Some(packet) = track.next_packet()? else { break };
        if let (Some(time), Some(bytes)) = (packet.pts(), packet.data()) {
            packets.entry(bytes.to_vec()).or_default().push(time as f64 * time_base);
        }
    }
    Ok(packets)
}

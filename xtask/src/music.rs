//! The dance's music: drums, bass, chords and a plucked melody, synthesised sample by sample.
//!
//! Four bars of C, G, A minor, F at the dance's own beat, so that every move meets its drum.

use std::f32::consts::TAU;

use crate::dance::{BEAT_SECS, BEATS};
use crate::noise::noise;

/// Samples a second.
pub(crate) const SAMPLE_RATE: u32 = 48_000;

/// Two channels, −1 … 1, of equal length.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stereo {
    /// Left.
    pub(crate) left: Vec<f32>,
    /// Right.
    pub(crate) right: Vec<f32>,
}

/// A note: when (beats), how long (beats), MIDI number.
type Note = (f32, f32, u8);

/// Roots of the bars, as MIDI numbers, and their triads.
const ROOTS: [u8; 4] = [36, 43, 45, 41];
const CHORDS: [[u8; 3]; 4] = [[60, 64, 67], [59, 62, 67], [60, 64, 69], [60, 65, 69]];

/// The melody: C major pentatonic, light at first, up with the arms, falling with the wave.
const MELODY: [Note; 33] = [
    (0.0, 0.5, 76),
    (0.5, 0.5, 79),
    (1.5, 0.5, 76),
    (2.0, 0.5, 74),
    (2.5, 0.5, 72),
    (3.0, 0.5, 74),
    (3.5, 0.5, 76),
    (4.0, 0.75, 79),
    (4.75, 0.75, 81),
    (5.5, 0.5, 79),
    (6.0, 0.75, 83),
    (6.75, 0.75, 81),
    (7.5, 0.5, 79),
    (8.0, 0.5, 84),
    (8.5, 0.5, 83),
    (9.0, 0.5, 81),
    (9.5, 0.5, 79),
    (10.0, 0.5, 76),
    (10.5, 0.5, 79),
    (11.0, 1.0, 81),
    (12.0, 0.5, 77),
    (12.5, 0.25, 81),
    (12.75, 0.25, 79),
    (13.0, 0.5, 77),
    (13.5, 0.5, 81),
    (14.0, 0.25, 84),
    (14.25, 0.25, 81),
    (14.5, 0.5, 79),
    (15.0, 0.25, 76),
    (15.25, 0.25, 74),
    (15.5, 0.5, 72),
    (3.75, 0.25, 77),
    (11.75, 0.25, 79),
];

fn hertz(midi: u8) -> f32 {
    440.0 * ((f32::from(midi) - 69.0) / 12.0).exp2()
}

/// Adds voices into the song, beats being turned into samples.
struct Mixer {
    song: Stereo,
}

impl Mixer {
    /// Adds `voice(seconds since its start)` for `secs` from `beat` on; `pan` −1 left … 1 right.
    /// What rings beyond the end sounds at the beginning, for the song goes round.
    fn add(&mut self, beat: f32, secs: f32, gain: f32, pan: f32, mut voice: impl FnMut(f32) -> f32) {
        let rate = SAMPLE_RATE as f32;
        let length = self.song.left.len();
        let start = (f64::from(beat) * BEAT_SECS * f64::from(SAMPLE_RATE)).round() as usize;
        let (left, right) = (gain * (1.0 - pan).min(1.0), gain * (1.0 + pan).min(1.0));
        for i in 0..(secs * rate) as usize {
            let sample = voice(i as f32 / rate);
            let at = (start + i) % length;
            self.song.left[at] += left * sample;
            self.song.right[at] += right * sample;
        }
    }
}

/// One cycle of the dance's music, which can be played round and round.
pub(crate) fn song() -> Stereo {
    let length = (f64::from(BEATS) * BEAT_SECS * f64::from(SAMPLE_RATE)).round() as usize;
    let mut mixer = Mixer { song: Stereo { left: vec![0.0; length], right: vec![0.0; length] } };
    drums(&mut mixer);
    bass(&mut mixer);
    chords(&mut mixer);
    melody(&mut mixer);
    finish(mixer.song)
}

fn drums(mixer: &mut Mixer) {
    for beat in 0..BEATS {
        let at = beat as f32;
        mixer.add(at, 0.32, 0.62, 0.0, kick);
        if beat % 2 == 1 {
            mixer.add(at, 0.25, 0.30, 0.05, clap(beat));
        }
        for (offset, gain) in [(0.25, 0.035), (0.5, 0.085), (0.75, 0.045)] {
            mixer.add(at + offset, 0.08, gain, 0.3, hat(beat * 4 + (offset * 4.0) as u32));
        }
    }
    // A little fill into the next round.
    for (i, at) in [15.5, 15.75].into_iter().enumerate() {
        mixer.add(at, 0.2, 0.16, -0.2, clap(100 + i as u32));
    }
}

/// A sine that falls from 160 to 48 Hz.
fn kick(t: f32) -> f32 {
    let phase = TAU * (48.0 * t + (160.0 - 48.0) / 28.0 * (1.0 - (-28.0 * t).exp()));
    phase.sin() * (-9.0 * t).exp() * (t * 900.0).min(1.0)
}

/// Noise through a band around 1.6 kHz, in three quick bursts.
fn clap(seed: u32) -> impl FnMut(f32) -> f32 {
    let mut band = BandPass::new(1600.0, 0.9);
    let mut n = seed.wrapping_mul(7919);
    move |t| {
        n = n.wrapping_add(1);
        let bursts: f32 =
            [0.0, 0.011, 0.023].iter().map(|&s| if t >= s { (-(t - s) * 120.0).exp() } else { 0.0 }).sum();
        let tail = if t > 0.023 { 0.6 * (-(t - 0.023) * 18.0).exp() } else { 0.0 };
        band.next(2.0 * noise(n) - 1.0) * (bursts + tail)
    }
}

fn hat(seed: u32) -> impl FnMut(f32) -> f32 {
    let mut band = BandPass::new(9500.0, 1.2);
    let mut n = seed.wrapping_mul(104_729);
    move |t| {
        n = n.wrapping_add(1);
        band.next(2.0 * noise(n) - 1.0) * (-60.0 * t).exp()
    }
}

fn bass(mixer: &mut Mixer) {
    // Root, root, octave, fifth: an eighth each, off the kick.
    const RIFF: [(f32, u8, f32); 6] =
        [(0.0, 0, 0.45), (0.75, 0, 0.2), (1.5, 12, 0.4), (2.0, 0, 0.45), (2.75, 7, 0.2), (3.5, 12, 0.4)];
    for (bar, root) in ROOTS.into_iter().enumerate() {
        for (at, interval, beats) in RIFF {
            let frequency = hertz(root + interval);
            let secs = beats * BEAT_SECS as f32 + 0.08;
            mixer.add(bar as f32 * 4.0 + at, secs, 0.30, 0.0, move |t| {
                let body =
                    (1..=5).map(|k| (TAU * frequency * k as f32 * t).sin() / (k * k) as f32).sum::<f32>();
                body * envelope(t, 0.006, secs - 0.06, 0.06) * (-1.6 * t).exp()
            });
        }
    }
}

fn chords(mixer: &mut Mixer) {
    for (bar, chord) in CHORDS.into_iter().enumerate() {
        // Soft stabs on the off-beats.
        for stab in 0..4 {
            for (voice, note) in chord.into_iter().enumerate() {
                let frequency = hertz(note);
                let pan = 0.5 * (voice as f32 - 1.0);
                mixer.add(bar as f32 * 4.0 + stab as f32 + 0.5, 0.30, 0.055, pan, move |t| {
                    let tone =
                        (1..=6).map(|k| (TAU * frequency * k as f32 * t).sin() / k as f32).sum::<f32>();
                    tone * envelope(t, 0.008, 0.14, 0.15)
                });
            }
        }
    }
}

fn melody(mixer: &mut Mixer) {
    for (at, beats, note) in MELODY {
        let frequency = hertz(note);
        let secs = beats * BEAT_SECS as f32 + 0.25;
        // A marimba-like pluck: the fundamental and its fourth harmonic, which dies sooner; an echo follows.
        let pluck = move |t: f32| {
            let shine = 0.45 * (TAU * 4.0 * frequency * t).sin() * (-14.0 * t).exp();
            ((TAU * frequency * t).sin() + shine) * (-5.0 * t).exp() * envelope(t, 0.004, secs - 0.05, 0.05)
        };
        mixer.add(at, secs, 0.26, -0.12, pluck);
        mixer.add(at + 0.75, secs, 0.07, 0.6, pluck);
    }
}

/// 0 → 1 in `attack` seconds, back to 0 in `release` seconds from `hold` on.
fn envelope(t: f32, attack: f32, hold: f32, release: f32) -> f32 {
    (t / attack).min(1.0) * (1.0 - (t - hold) / release).clamp(0.0, 1.0)
}

/// A two-pole band-pass (Bristow-Johnson, "Cookbook formulae for audio EQ", constant peak gain).
struct BandPass {
    b0: f32,
    a1: f32,
    a2: f32,
    x: [f32; 2],
    y: [f32; 2],
}

impl BandPass {
    fn new(hertz: f32, q: f32) -> Self {
        let w = TAU * hertz / SAMPLE_RATE as f32;
        let alpha = w.sin() / (2.0 * q);
        let a0 = 1.0 + alpha;
        Self { b0: alpha / a0, a1: -2.0 * w.cos() / a0, a2: (1.0 - alpha) / a0, x: [0.0; 2], y: [0.0; 2] }
    }

    fn next(&mut self, x: f32) -> f32 {
        let y = self.b0 * (x - self.x[1]) - self.a1 * self.y[0] - self.a2 * self.y[1];
        self.x = [x, self.x[0]];
        self.y = [y, self.y[0]];
        y
    }
}

/// Evens out the peaks with a soft limiter and brings the loudest to −1 dB; a short fade at both ends avoids a click
/// where a player stops.
fn finish(mut song: Stereo) -> Stereo {
    let fade = (SAMPLE_RATE / 200) as usize;
    for channel in [&mut song.left, &mut song.right] {
        let length = channel.len();
        for (i, sample) in channel.iter_mut().enumerate() {
            let edge = (i.min(length - 1 - i) as f32 / fade as f32).min(1.0);
            *sample = (1.3 * *sample).tanh() * edge;
        }
    }
    let peak = song.left.iter().chain(&song.right).fold(0.0f32, |m, s| m.max(s.abs())).max(1e-6);
    let gain = 0.891 / peak;
    for channel in [&mut song.left, &mut song.right] {
        channel.iter_mut().for_each(|sample| *sample *= gain);
    }
    song
}

/// The song as a WAV file: RIFF, 16-bit PCM, two channels.
pub(crate) fn wav(song: &Stereo) -> Vec<u8> {
    let data_bytes = (song.left.len() * 4) as u32;
    let mut file = Vec::with_capacity(44 + data_bytes as usize);
    let mut chunk = |bytes: &[u8]| file.extend_from_slice(bytes);
    chunk(b"RIFF");
    chunk(&(36 + data_bytes).to_le_bytes());
    chunk(b"WAVEfmt ");
    chunk(&16u32.to_le_bytes());
    chunk(&1u16.to_le_bytes()); // PCM
    chunk(&2u16.to_le_bytes()); // channels
    chunk(&SAMPLE_RATE.to_le_bytes());
    chunk(&(SAMPLE_RATE * 4).to_le_bytes()); // bytes a second
    chunk(&4u16.to_le_bytes()); // bytes a sample of all channels
    chunk(&16u16.to_le_bytes()); // bits a sample
    chunk(b"data");
    chunk(&data_bytes.to_le_bytes());
    for (l, r) in song.left.iter().zip(&song.right) {
        for v in [l, r] {
            chunk(&((v * 32767.0).round() as i16).to_le_bytes());
        }
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_song_lasts_as_long_as_the_dance_and_never_clips() {
        let song = song();
        assert_eq!(song.left.len(), (8.533_333_f64 * 48_000.0).round() as usize);
        assert_eq!(song.left.len(), song.right.len());
        let peak = song.left.iter().chain(&song.right).fold(0.0f32, |m, s| m.max(s.abs()));
        assert!((0.85..0.9).contains(&peak), "{peak}");
    }

    #[test]
    fn every_beat_is_louder_than_what_comes_before_it() {
        let song = song();
        let energy = |from: f64, secs: f64| {
            let at = |s: f64| (s * f64::from(SAMPLE_RATE)) as usize;
            song.left[at(from)..at(from + secs)].iter().map(|s| s * s).sum::<f32>()
        };
        for beat in 1..BEATS {
            let start = f64::from(beat) * BEAT_SECS;
            assert!(energy(start, 0.06) > 1.5 * energy(start - 0.06, 0.06), "beat {beat}");
        }
    }

    #[test]
    fn the_wav_header_tells_its_length() {
        let file = wav(&Stereo { left: vec![0.0; 10], right: vec![0.5; 10] });
        assert_eq!(file.len(), 44 + 40);
        assert_eq!(&file[4..8], &76u32.to_le_bytes());
    }
}

//! What drawing alone takes: no video is read or written, and nothing is tracked.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use avatar::motion::{DrivingTrack, MotionClip};
use avatar::render::{Exposure, Renderer};
use avatar::retarget::{Orientation, retarget};
use avatar::{Character, CharacterSource};
use frame::{Image, Srgb8};
use media::Limits;
use puppet::CharacterFile;

use crate::measure::cpu_secs;

/// Prints the processor time of drawing a `.character` in every pose of a `.motion`, sharp and as shutters see it.
pub(crate) fn drawing(character: &Path, motion: &Path) -> Result<()> {
    let before = cpu_secs()?;
    let CharacterFile { image, matte, person, .. } =
        CharacterFile::read(&fs::read(character)?, &Limits::default())?;
    let source = CharacterSource { image: &image, matte: &matte, segmentation: None, person: &person };
    let character = Character::build(&source)?;
    println!("the character {:9.2} s", cpu_secs()? - before);
    let clip: MotionClip = serde_json::from_slice(&fs::read(motion)?)?;
    let track = DrivingTrack::from_clip(&clip).context("the motion shows nobody")?;
    let poses = retarget(character.rest(), &track, Orientation::Video);
    let (mut renderer, mut picture) = (Renderer::new(), Image::filled(character.size(), Srgb8::default()));
    let filmed = clip.shutter_deg.map(|degrees| ("the driver's own shutter", degrees));
    for (name, shutter_deg) in [("sharp", 0.0), ("a shutter of 180 degrees", 180.0)].into_iter().chain(filmed)
    {
        let before = cpu_secs()?;
        for frame in 0..poses.len() {
            character.render(&Exposure::of(&poses, frame, shutter_deg), &mut renderer, &mut picture);
        }
        let ms = (cpu_secs()? - before) * 1000.0 / poses.len() as f64;
        println!("{name:24} {ms:6.2} CPU ms a frame");
    }
    Ok(())
}

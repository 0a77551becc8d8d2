//! What drawing alone takes: no video is read or written, and nothing is tracked.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result};
use avatar::motion::{DrivingTrack, MotionClip};
use avatar::render::{Exposure, Renderer};
use avatar::retarget::{Orientation, retarget};
use avatar::{Character, CharacterSource};
use frame::{Image, Srgb8};
use media::Limits;
use puppet::CharacterFile;
use serde::Deserialize;

use crate::measure::{cpu_secs, said_last};

/// Prints the processor time of drawing a `.character` in every pose of a `.motion`, sharp and as shutters see it; and beside it that of
/// the prototype in the folder `PANTOMIME_PROTOTYPE`, if `PANTOMIME_MEDIAPIPE_PYTHON` names a Python that it runs on.
pub(crate) fn drawing(character_file: &Path, motion: &Path) -> Result<()> {
    let before = cpu_secs()?;
    let CharacterFile { image, matte, person, .. } =
        CharacterFile::read(&fs::read(character_file)?, &Limits::default())?;
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
    let [folder, python] = ["PANTOMIME_PROTOTYPE", "PANTOMIME_MEDIAPIPE_PYTHON"]
        .map(|name| env::var_os(name).map(PathBuf::from));
    match (folder, python) {
        (Some(folder), Some(python)) => {
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("prototype_drawing.py");
            let Drawn { frames, cpu_secs } =
                said_last(Command::new(python).arg(script).arg(folder).args([character_file, motion]))?;
            println!("{:24} {:6.2} CPU ms a frame", "the prototype, sharp", cpu_secs * 1000.0 / frames);
        }
        _ => println!("the prototype was not measured: PANTOMIME_PROTOTYPE or its Python is not set"),
    }
    Ok(())
}

/// What the prototype says it took.
#[derive(Deserialize)]
struct Drawn {
    frames: f64,
    cpu_secs: f64,
}

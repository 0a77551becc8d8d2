//! Animates a still with a tracked clip, both as files of landmarks:
//!
//! `cargo run --release -p avatar --example puppet -- STILL CLIP.json OUT_DIR [image]`
//!
//! `STILL` stands for `STILL.png`, `STILL.json` (`{"size", "person"}`), `STILL.seg.png` and `STILL.matte.png`; the clip is a
//! `MotionClip`. Frames are written to `OUT_DIR/00000.png` and so on; `image` keeps the still's own facing.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use avatar::motion::{DrivingTrack, MotionClip};
use avatar::render::{Exposure, Renderer};
use avatar::retarget::{Orientation, retarget};
use avatar::{Character, CharacterSource};
use frame::{FrameRate, Image, Matte, Person, Plane, Size, Srgb8};
use serde::Deserialize;

#[derive(Deserialize)]
struct Observation {
    person: Option<Person>,
}

/// A clip as a tracker's raw observations.
#[derive(Deserialize)]
struct Observations {
    size: Size,
    frame_rate: FrameRate,
    people: Vec<Option<Person>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [still, clip, out, ..] = &arguments[..] else {
        return Err("usage: puppet STILL CLIP.json OUT_DIR [image]".into());
    };
    let orientation =
        if arguments.iter().any(|a| a == "image") { Orientation::Image } else { Orientation::Video };
    let started = Instant::now();
    let character = read_character(still)?;
    for warning in character.warnings() {
        eprintln!("warning: {warning}");
    }
    eprintln!("character in {:.2?}", started.elapsed());
    let clip = read_clip(Path::new(clip))?;
    eprintln!("{:?}", clip.quality());
    let track = DrivingTrack::from_clip(&clip).ok_or("nobody in the clip")?;
    let poses = retarget(character.rest(), &track, orientation);
    fs::create_dir_all(out)?;
    let mut renderer = Renderer::new();
    let mut image = Image::filled(character.size(), Srgb8::default());
    let mut drawing = std::time::Duration::ZERO;
    for index in 0..poses.len() {
        let started = Instant::now();
        character.render(&Exposure::of(&poses, index, 180.0), &mut renderer, &mut image);
        drawing += started.elapsed();
        write_png(&PathBuf::from(out).join(format!("{index:05}.png")), &image)?;
    }
    eprintln!("{} frames, {:.2?} each", poses.len(), drawing / poses.len().max(1) as u32);
    Ok(())
}

fn read_character(still: &str) -> Result<Character, Box<dyn Error>> {
    let person = serde_json::from_slice::<Observation>(&fs::read(format!("{still}.json"))?)?.person;
    let picture = image::open(format!("{still}.png"))?.to_rgb8();
    let size = Size::new(picture.width(), picture.height());
    let image = Plane::new(size, picture.pixels().map(|p| Srgb8::new(p[0], p[1], p[2])).collect())?;
    let grey = |name: &str| -> Result<Matte, Box<dyn Error>> {
        let plane = image::open(format!("{still}.{name}.png"))?.to_luma8();
        Ok(Matte(Plane::new(size, plane.pixels().map(|p| f32::from(p[0]) / 255.0).collect())?))
    };
    Ok(Character::build(&CharacterSource {
        image: &image,
        matte: &grey("matte")?,
        segmentation: Some(&grey("seg")?),
        person: &person.ok_or("nobody in the still")?,
    })?)
}

fn read_clip(path: &Path) -> Result<MotionClip, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    if let Ok(clip) = serde_json::from_slice(&bytes) {
        return Ok(clip);
    }
    let Observations { size, frame_rate, people } = serde_json::from_slice(&bytes)?;
    Ok(MotionClip { size, frame_rate, people, views: Vec::new(), shutter_deg: None })
}

fn write_png(path: &Path, image: &Image) -> Result<(), Box<dyn Error>> {
    let size = image.size();
    Ok(image::save_buffer(
        path,
        bytemuck::cast_slice(image.pixels()),
        size.width,
        size.height,
        image::ColorType::Rgb8,
    )?)
}

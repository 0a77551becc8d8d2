//! Shows what the avatar makes of a still: its part labels, each sheet over a checkerboard, and the empty background.
//!
//! ```text
//! cargo run --release -p avatar --example parts -- OUT_DIR STILL.json...
//! ```
//!
//! Beside `NAME.json` (`{"size": …, "person": …}`, as [`frame::Person`] is written) lie `NAME.png`, the picture,
//! `NAME.matte.png`, the matting network's answer, and `NAME.seg.png`, the pose network's mask. Writes `NAME.labels.png`,
//! `NAME.sheets.png` and `NAME.plate.png` to `OUT_DIR`.

use std::path::{Path, PathBuf};

use avatar::filter::{Mask, dilate_square};
use avatar::layers::Sheet;
use avatar::matte::{foreground_colours, repair_matte};
use avatar::parts::{Part, PartMap, Still, find_parts};
use avatar::plate::BackgroundPlate;
use avatar::{Joints, Limb, Side, build_sheets, lift};
use frame::{Person, Plane, Size, SrgbPlane};

type Failure = Box<dyn std::error::Error>;

#[derive(serde::Deserialize)]
struct Observation {
    person: Option<Person>,
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let out = arguments.next().ok_or("usage: parts OUT_DIR STILL.json...")?;
    std::fs::create_dir_all(&out)?;
    for path in arguments {
        show(&path, &out).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

fn show(path: &Path, out: &Path) -> Result<(), Failure> {
    let observation: Observation = serde_json::from_slice(&std::fs::read(path)?)?;
    let Some(person) = observation.person else {
        eprintln!("{}: nobody there", path.display());
        return Ok(());
    };
    let image = read_picture(&path.with_extension("png"))?;
    let [raw, segmentation] =
        [read_plane(&path.with_extension("matte.png"))?, read_plane(&path.with_extension("seg.png"))?];
    let matte = repair_matte(&image, &raw, &segmentation, &person);
    let foreground = foreground_colours(&image, &matte);
    let (points, _) = lift(&person.body);
    let joints = Joints::from_body_points(&points);
    let still =
        Still { image: &image, matte: &matte, foreground: &foreground, person: &person, joints: &joints };
    let parts = find_parts(&still);
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    write_picture(&out.join(format!("{name}.labels.png")), &overlay(&still, &parts))?;
    write_picture(&out.join(format!("{name}.plate.png")), BackgroundPlate::new(&image, &matte).colours())?;
    let sheets = build_sheets(&still, &parts);
    write_picture(&out.join(format!("{name}.sheets.png")), &side_by_side(&still, &sheets))?;
    let rests: Vec<_> = sheets.iter().map(|sheet| (sheet.kind, &sheet.rest)).collect();
    eprintln!("{rests:?}");
    let limbs: Vec<_> = Limb::ALL.iter().filter(|&&limb| parts.limbs[limb].is_some()).collect();
    let hands = Side::BOTH.map(|s| parts.limbs[Limb::Arm(s)].as_ref().map(|arm| arm.hand_visible));
    eprintln!(
        "{name} {}: hem {:?}, hands left/right {hands:?}, {limbs:?}",
        image.size(),
        parts.hem.as_ref().map(|hem| hem.along_legs)
    );
    Ok(())
}

fn read_picture(path: &Path) -> Result<SrgbPlane, Failure> {
    let picture = image::open(path)?.into_rgb8();
    let size = Size::new(picture.width(), picture.height());
    Ok(Plane::new(size, picture.pixels().map(|p| p.0.map(f32::from)).collect())?)
}

fn read_plane(path: &Path) -> Result<Plane<f32>, Failure> {
    let grey = image::open(path)?.into_luma8();
    let size = Size::new(grey.width(), grey.height());
    Ok(Plane::new(size, grey.pixels().map(|p| f32::from(p[0]) / 255.0).collect())?)
}

fn write_picture(path: &Path, picture: &SrgbPlane) -> Result<(), Failure> {
    let bytes: Vec<u8> = picture.pixels().iter().flatten().map(|v| v.round() as u8).collect();
    image::save_buffer(path, &bytes, picture.size().width, picture.size().height, image::ColorType::Rgb8)?;
    Ok(())
}

/// The still tinted by part, borders drawn solid, bones in white.
fn overlay(still: &Still<'_>, parts: &PartMap) -> SrgbPlane {
    let colour = |part| match part {
        Part::Core => [60.0, 160.0, 200.0],
        Part::Limb(Limb::Arm(Side::Left)) => [255.0, 60.0, 60.0],
        Part::Limb(Limb::Arm(Side::Right)) => [60.0, 200.0, 60.0],
        Part::Limb(Limb::Leg(Side::Left)) => [255.0, 80.0, 255.0],
        Part::Limb(Limb::Leg(Side::Right)) => [255.0, 220.0, 60.0],
    };
    let mut picture = still.image.map(|p| p.map(|v| 0.5 * v));
    for part in Part::ALL {
        let own: Mask = parts.labels.zip_map(still.matte, |&label, &m| label == part && m > 0.5);
        let outer: Mask = dilate_square(&own.map(|&set| !set), 1);
        for ((pixel, &own), &rim) in picture.pixels_mut().iter_mut().zip(own.pixels()).zip(outer.pixels()) {
            if own {
                let share = if rim { 1.0 } else { 0.35 };
                *pixel = std::array::from_fn(|i| pixel[i] * (1.6 - 1.6 * share) + colour(part)[i] * share);
            }
        }
    }
    for hand in [&still.person.left_hand, &still.person.right_hand].into_iter().flatten() {
        let mut dots: Mask = Plane::filled(picture.size(), false);
        for point in hand.points() {
            avatar::filter::fill_disc(&mut dots, point.truncate(), 1.0);
        }
        for (pixel, _) in picture.pixels_mut().iter_mut().zip(dots.pixels()).filter(|(_, set)| **set) {
            *pixel = [255.0, 160.0, 0.0];
        }
    }
    for limb in Limb::ALL {
        let chain = still.joints.chain(limb).map(|j| j.truncate());
        let mut line: Mask = Plane::filled(picture.size(), false);
        avatar::filter::stroke_polyline(&mut line, &chain, 1.0);
        for (pixel, _) in picture.pixels_mut().iter_mut().zip(line.pixels()).filter(|(_, set)| **set) {
            *pixel = [255.0; 3];
        }
    }
    picture
}

/// Every sheet over a checkerboard.
fn side_by_side(still: &Still<'_>, sheets: &[Sheet]) -> SrgbPlane {
    let size = still.matte.size();
    let across = Size::new(size.width * sheets.len() as u32, size.height);
    Plane::from_fn(across, |x, y| {
        let sheet = &sheets[(x / size.width) as usize];
        let (x, y) = ((x % size.width) as usize, y as usize);
        let alpha = (sheet.coverage.get(x, y) * still.matte.get(x, y)).max(sheet.invented_alpha.get(x, y));
        let (own, fill, invented) =
            (still.foreground.get(x, y), sheet.fill.get(x, y), sheet.invented.get(x, y));
        let board = if (x / 12 + y / 12) % 2 == 0 { 100.0 } else { 150.0 };
        std::array::from_fn(|i| (own[i] + (fill[i] - own[i]) * invented) * alpha + board * (1.0 - alpha))
    })
}

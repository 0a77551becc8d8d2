//! Draws what is found of a person over stills.
//!
//! ```sh
//! cargo run --release -p vision --example overlay -- ~/.cache/pantomime/models out a.png b.jpg
//! ```
//!
//! Writes `out/a.png`, `out/b.png`: the skeleton (left green, right blue, doubtful limbs orange), hands and face.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::{Path, PathBuf};

use frame::{HandLandmarks, Image, Person, Size, Srgb8, body, hand};
use glam::Vec2;
use vision::{Networks, StillAnalyzer, find_matte};

const LEFT: Srgb8 = Srgb8::new(0, 230, 0);
const RIGHT: Srgb8 = Srgb8::new(0, 190, 255);
const DOUBTFUL: Srgb8 = Srgb8::new(255, 160, 0);
const HAND: Srgb8 = Srgb8::new(255, 0, 255);
const FACE: Srgb8 = Srgb8::new(255, 255, 0);

/// The bones of the subject's left; the right's are one further.
const BONES: [(usize, usize); 11] = [
    (body::LEFT_SHOULDER, body::LEFT_ELBOW),
    (body::LEFT_ELBOW, body::LEFT_WRIST),
    (body::LEFT_WRIST, body::LEFT_INDEX),
    (body::LEFT_WRIST, body::LEFT_PINKY),
    (body::LEFT_WRIST, body::LEFT_THUMB),
    (body::LEFT_SHOULDER, body::LEFT_HIP),
    (body::LEFT_HIP, body::LEFT_KNEE),
    (body::LEFT_KNEE, body::LEFT_ANKLE),
    (body::LEFT_ANKLE, body::LEFT_HEEL),
    (body::LEFT_ANKLE, body::LEFT_TOE),
    (body::LEFT_HEEL, body::LEFT_TOE),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [models, output, pictures @ ..] = &arguments[..] else {
        return Err("name the models' directory, the output directory and some pictures".into());
    };
    let networks = Networks::open(models)?;
    let mut analyzer = StillAnalyzer::new(&networks)?;
    for path in pictures {
        let mut image = read(path)?;
        let matte = find_matte(&networks, &image)?;
        match analyzer.analyze(&image, Some(&matte)) {
            Some(found) => {
                println!("{}: {:.2}, {:?}", path.display(), found.confidence, found.look);
                draw(&mut image, &found.person);
            }
            None => println!("{}: nobody", path.display()),
        }
        write(&image, &output.join(path.file_stem().unwrap_or_default()).with_extension("png"))?;
    }
    Ok(())
}

fn draw(image: &mut Image, person: &Person) {
    let joint = |index: usize| (person.body[index].xy(), person.body[index].visibility);
    let mut bone = |from: usize, to: usize, colour| {
        let ((from, seen_from), (to, seen_to)) = (joint(from), joint(to));
        line(image, from, to, if seen_from.min(seen_to) < 0.5 { DOUBTFUL } else { colour });
    };
    for (from, to) in BONES {
        bone(from, to, LEFT);
        bone(from + 1, to + 1, RIGHT);
    }
    bone(body::LEFT_SHOULDER, body::RIGHT_SHOULDER, LEFT);
    bone(body::LEFT_HIP, body::RIGHT_HIP, LEFT);
    for found in [&person.left_hand, &person.right_hand].into_iter().flatten() {
        draw_hand(image, found);
    }
    for point in person.face.iter().flat_map(|face| face.points()) {
        line(image, point.truncate(), point.truncate(), FACE);
    }
}

fn draw_hand(image: &mut Image, found: &HandLandmarks) {
    for finger in 0..5 {
        let joints = std::iter::once(hand::WRIST).chain(1 + 4 * finger..5 + 4 * finger);
        let points: Vec<Vec2> = joints.map(|joint| found[joint].truncate()).collect();
        points.windows(2).for_each(|pair| line(image, pair[0], pair[1], HAND));
    }
}

fn line(image: &mut Image, from: Vec2, to: Vec2, colour: Srgb8) {
    let size = image.size();
    let reach = (size.long_side() / 600) as i32;
    let steps = from.distance(to).min(20_000.0).ceil().max(1.0) as i32;
    for step in 0..=steps {
        let at = from.lerp(to, step as f32 / steps as f32);
        for (dx, dy) in (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy))) {
            let dot = at + Vec2::new(dx as f32, dy as f32);
            if size.contains(dot) {
                image.set(dot.x as usize, dot.y as usize, colour);
            }
        }
    }
}

fn read(path: &Path) -> Result<Image, Box<dyn Error>> {
    let decoded = image::ImageReader::open(path)?.with_guessed_format()?.decode()?.to_rgb8();
    let size = Size::new(decoded.width(), decoded.height());
    Ok(Image::new(size, decoded.pixels().map(|p| Srgb8::new(p[0], p[1], p[2])).collect())?)
}

fn write(image: &Image, path: &Path) -> Result<(), Box<dyn Error>> {
    let bytes: &[u8] = bytemuck::cast_slice(image.pixels());
    image::save_buffer(path, bytes, image.size().width, image.size().height, image::ColorType::Rgb8)?;
    Ok(())
}

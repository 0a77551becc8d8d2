//! The motion by which a character is tried out: two seconds of a wave with some steps on the spot, which bend every joint and end where
//! they began. A Biovision hierarchy: metres, y up, the figure looks along z, its left is at +x; angles in degrees about Z, X, Y.

use std::f32::consts::TAU;
use std::fmt::Write as _;

/// Frames, at 30 a second.
const FRAMES: usize = 60;

/// A joint: its name, how deep it lies, and where it stands from its parent.
type Joint = (&'static str, usize, [f32; 3]);

/// The hierarchy, arms spread, each joint after its parent; an empty name ends a chain.
const JOINTS: [Joint; 26] = [
    ("Hips", 0, [0.0, 0.0, 0.0]),
    ("Spine", 1, [0.0, 0.12, 0.0]),
    ("Spine1", 2, [0.0, 0.17, 0.0]),
    ("Neck", 3, [0.0, 0.22, 0.0]),
    ("Head", 4, [0.0, 0.10, 0.01]),
    ("", 5, [0.0, 0.17, 0.0]),
    ("LeftShoulder", 3, [0.05, 0.17, 0.0]),
    ("LeftArm", 4, [0.13, 0.0, 0.0]),
    ("LeftForeArm", 5, [0.28, 0.0, 0.0]),
    ("LeftHand", 6, [0.25, 0.0, 0.0]),
    ("", 7, [0.10, 0.0, 0.0]),
    ("RightShoulder", 3, [-0.05, 0.17, 0.0]),
    ("RightArm", 4, [-0.13, 0.0, 0.0]),
    ("RightForeArm", 5, [-0.28, 0.0, 0.0]),
    ("RightHand", 6, [-0.25, 0.0, 0.0]),
    ("", 7, [-0.10, 0.0, 0.0]),
    ("LeftUpLeg", 1, [0.09, -0.04, 0.0]),
    ("LeftLeg", 2, [0.0, -0.42, 0.0]),
    ("LeftFoot", 3, [0.0, -0.41, 0.0]),
    ("LeftToeBase", 4, [0.0, -0.06, 0.13]),
    ("", 5, [0.0, 0.0, 0.06]),
    ("RightUpLeg", 1, [-0.09, -0.04, 0.0]),
    ("RightLeg", 2, [0.0, -0.42, 0.0]),
    ("RightFoot", 3, [0.0, -0.41, 0.0]),
    ("RightToeBase", 4, [0.0, -0.06, 0.13]),
    ("", 5, [0.0, 0.0, 0.06]),
];

/// The whole file.
pub(crate) fn bvh() -> String {
    let mut text = String::from("HIERARCHY\n");
    hierarchy(&mut text);
    // Writing to a string cannot fail.
    let _ = write!(text, "MOTION\nFrames: {FRAMES}\nFrame Time: 0.0333333\n");
    for frame in 0..FRAMES {
        let phase = frame as f32 / FRAMES as f32;
        let [x, y, z] = hips(phase);
        let _ = write!(text, "{x:.3} {y:.3} {z:.3}");
        for (name, ..) in JOINTS.iter().filter(|(name, ..)| !name.is_empty()) {
            for angle in turn(name, phase) {
                let _ = write!(text, " {angle:.1}");
            }
        }
        text.push('\n');
    }
    text
}

fn hierarchy(text: &mut String) {
    let mut open = 0;
    for (name, depth, offset) in JOINTS {
        while open > depth {
            open -= 1;
            let _ = writeln!(text, "{}}}", "\t".repeat(open));
        }
        let (indent, [x, y, z]) = ("\t".repeat(depth), offset);
        let kind = match (depth, name) {
            (0, _) => "ROOT ",
            (_, "") => "End Site",
            _ => "JOINT ",
        };
        let _ = write!(text, "{indent}{kind}{name}\n{indent}{{\n{indent}\tOFFSET {x:.2} {y:.2} {z:.2}\n");
        match (depth, name) {
            (0, _) => {
                let _ = writeln!(
                    text,
                    "{indent}\tCHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"
                );
            }
            (_, "") => {}
            _ => {
                let _ = writeln!(text, "{indent}\tCHANNELS 3 Zrotation Xrotation Yrotation");
            }
        }
        open = depth + 1;
    }
    for depth in (0..open).rev() {
        let _ = writeln!(text, "{}}}", "\t".repeat(depth));
    }
}

/// Where the hips are: they sway towards the foot that stands, and sink a little as the other is lifted.
fn hips(phase: f32) -> [f32; 3] {
    let sway = 0.03 * (TAU * phase).sin();
    [sway, 0.93 - 0.015 * (2.0 * TAU * phase).sin().abs(), 0.0]
}

/// How a joint is turned, in degrees about Z, X, Y.
fn turn(name: &str, phase: f32) -> [f32; 3] {
    let swing = (TAU * phase).sin();
    // The right arm is up for the middle of the time, with soft ends.
    let up = 0.5 - 0.5 * (TAU * phase).cos();
    let (left_step, right_step) = (lift(phase), lift(phase + 0.5));
    match name {
        "Hips" => [2.0 * swing, 0.0, 4.0 * swing],
        "Spine" | "Spine1" => [-2.5 * swing, 0.0, -3.0 * swing],
        "Head" => [5.0 * swing, 0.0, -8.0 * swing],
        "LeftArm" => [-72.0 + 10.0 * swing, 0.0, 0.0],
        "LeftForeArm" => [6.0, 0.0, -18.0 - 14.0 * swing],
        "RightArm" => [72.0 - 122.0 * up, 0.0, 8.0],
        "RightForeArm" => [-up * (30.0 + 26.0 * (3.0 * TAU * phase).sin()), 0.0, 12.0],
        "LeftUpLeg" => [0.0, -26.0 * left_step, 0.0],
        "LeftLeg" => [0.0, 48.0 * left_step, 0.0],
        "LeftFoot" => [0.0, -14.0 * left_step, 0.0],
        "RightUpLeg" => [0.0, -26.0 * right_step, 0.0],
        "RightLeg" => [0.0, 48.0 * right_step, 0.0],
        "RightFoot" => [0.0, -14.0 * right_step, 0.0],
        _ => [0.0; 3],
    }
}

/// How far a foot is lifted, 0 … 1: in the first half of its turn, twice as quickly as it rests.
fn lift(phase: f32) -> f32 {
    (TAU * phase).sin().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_is_what_this_makes() {
        let shipped = include_str!("../../demo/wave.bvh");
        assert_eq!(shipped, bvh());
    }

    #[test]
    fn braces_match_and_every_frame_has_every_channel() {
        let text = bvh();
        let (hierarchy, motion) = text.split_once("MOTION").unwrap();
        let count = |c| hierarchy.matches(c).count();
        assert_eq!((count('{'), count('{')), (JOINTS.len(), count('}')));
        let joints = JOINTS.iter().filter(|(name, ..)| !name.is_empty()).count();
        let frames: Vec<_> = motion.lines().skip(3).collect();
        assert_eq!(frames.len(), FRAMES);
        assert!(frames.iter().all(|frame| frame.split(' ').count() == 3 + 3 * joints));
    }
}

use std::iter::Peekable;
use std::str::{Lines, SplitWhitespace};

use glam::Vec3;

use super::BvhError;

/// Joints of a skeleton, at most: a body with all fingers and toes has some eighty.
const MAX_JOINTS: usize = 1024;
/// Joints between the root and a tip, at most.
const MAX_DEPTH: usize = 128;
/// Greatest number in a file, in its own unit or in degrees: beyond it is nothing that moved.
const MAX_NUMBER: f32 = 1e6;
/// Seconds between two frames.
const FRAME_SECS: std::ops::RangeInclusive<f64> = 1e-4..=1.0;

/// A motion as its file has it: joints with offsets, and a number a channel for every frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Bvh {
    pub(super) joints: Vec<BvhJoint>,
    pub(super) channels: usize,
    pub(super) frame_secs: f64,
    /// `channels` numbers for each frame.
    pub(super) values: Vec<f32>,
}

/// A joint; parents come before their children.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BvhJoint {
    pub(super) name: String,
    pub(super) parent: Option<usize>,
    /// From the parent, in the file's unit.
    pub(super) offset: Vec3,
    /// What the numbers of a frame from `first_channel` on are, in their order.
    pub(super) channels: Vec<Channel>,
    pub(super) first_channel: usize,
    /// Where its `End Site` is, if it has one.
    pub(super) end: Option<Vec3>,
}

/// What one number of a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    /// A place along an axis (0 x, 1 y, 2 z), in place of the offset's.
    Position(usize),
    /// A rotation about an axis, in degrees, counter-clockwise; those of a joint apply in their order.
    Rotation(usize),
}

impl Bvh {
    /// Reads a file's text.
    ///
    /// # Errors
    /// With the line, where the text is none of the format or goes beyond what a figure has.
    pub fn parse(text: &str) -> Result<Self, BvhError> {
        let mut words = Words::new(text);
        words.expect("HIERARCHY", "HIERARCHY")?;
        let joints = hierarchy(&mut words)?;
        let channels = joints.iter().map(|joint| joint.channels.len()).sum();
        words.expect("Frames:", "Frames:")?;
        let (announcing, announced) = words.whole("the number of frames")?;
        words.expect("Frame", "Frame Time:")?;
        words.expect("Time:", "Frame Time:")?;
        let (line, secs) = words.next("the seconds of a frame")?;
        let frame_secs = secs.parse().ok().filter(|secs| FRAME_SECS.contains(secs));
        let frame_secs = frame_secs.ok_or_else(|| unexpected(line, secs, "0.0001 to 1 seconds"))?;
        let values = words.frames(channels)?;
        let found = values.len().checked_div(channels).unwrap_or(0);
        if found != announced || found == 0 {
            return Err(BvhError::FrameCount { line: announcing, announced, found });
        }
        Ok(Self { joints, channels, frame_secs, values })
    }

    /// Number of frames, at least one.
    pub fn frames(&self) -> usize {
        self.values.len() / self.channels
    }

    /// How long the motion lasts.
    pub fn duration_secs(&self) -> f64 {
        self.frames() as f64 * self.frame_secs
    }

    /// The numbers of a frame.
    pub(super) fn frame(&self, index: usize) -> &[f32] {
        &self.values[index * self.channels..][..self.channels]
    }
}

/// The joints, up to and with the word `MOTION`.
fn hierarchy(words: &mut Words<'_>) -> Result<Vec<BvhJoint>, BvhError> {
    let mut joints: Vec<BvhJoint> = Vec::new();
    // Those whose braces are open, from the root.
    let mut open: Vec<usize> = Vec::new();
    loop {
        let (line, word) = words.next("ROOT, JOINT, End Site, } or MOTION")?;
        match (word, open.last().copied()) {
            ("ROOT", None) | ("JOINT", Some(_)) => {
                if joints.len() == MAX_JOINTS {
                    return Err(BvhError::TooMany { line, what: "joints", limit: MAX_JOINTS });
                }
                if open.len() == MAX_DEPTH {
                    return Err(BvhError::TooMany { line, what: "joints in a chain", limit: MAX_DEPTH });
                }
                let first_channel = joints.last().map_or(0, |last| last.first_channel + last.channels.len());
                let joint = joint(words, line, open.last().copied(), first_channel)?;
                open.push(joints.len());
                joints.push(joint);
            }
            ("End", Some(joint)) => {
                words.expect("Site", "Site")?;
                words.expect("{", "{")?;
                joints[joint].end = Some(words.offset()?);
                words.expect("}", "}")?;
            }
            ("}", Some(_)) => drop(open.pop()),
            ("MOTION", None) if !joints.is_empty() => return Ok(joints),
            _ => return Err(unexpected(line, word, "ROOT, JOINT, End Site, } or MOTION")),
        }
    }
}

/// A joint's name, offset and channels, the brace behind the name included.
fn joint(
    words: &mut Words<'_>,
    line: usize,
    parent: Option<usize>,
    first_channel: usize,
) -> Result<BvhJoint, BvhError> {
    let name = words.rest_of(line, "a joint's name")?;
    words.expect("{", "{")?;
    let offset = words.offset()?;
    words.expect("CHANNELS", "CHANNELS")?;
    let (line, count) = words.whole("the number of channels")?;
    if count > 6 {
        return Err(BvhError::TooMany { line, what: "channels of a joint", limit: 6 });
    }
    let channels = (0..count).map(|_| words.channel()).collect::<Result<_, _>>()?;
    Ok(BvhJoint { name, parent, offset, channels, first_channel, end: None })
}

/// The words of a text, each with its line.
struct Words<'a> {
    lines: Peekable<std::iter::Enumerate<Lines<'a>>>,
    line: usize,
    words: Peekable<SplitWhitespace<'a>>,
}

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        Self { lines: text.lines().enumerate().peekable(), line: 0, words: "".split_whitespace().peekable() }
    }

    fn next(&mut self, expected: &'static str) -> Result<(usize, &'a str), BvhError> {
        loop {
            if let Some(word) = self.words.next() {
                return Ok((self.line, word));
            }
            let (index, line) = self.lines.next().ok_or(BvhError::Ends { expected })?;
            (self.line, self.words) = (index + 1, line.split_whitespace().peekable());
        }
    }

    fn expect(&mut self, word: &str, expected: &'static str) -> Result<(), BvhError> {
        let (line, found) = self.next(expected)?;
        if found == word { Ok(()) } else { Err(unexpected(line, found, expected)) }
    }

    /// The words of the line that is being read, which is `line`, up to a brace: a name may hold spaces.
    fn rest_of(&mut self, line: usize, expected: &'static str) -> Result<String, BvhError> {
        let mut name = String::new();
        while self.line == line
            && let Some(word) = self.words.next_if(|word| *word != "{")
        {
            name.push_str(word);
        }
        if name.is_empty() {
            let (line, found) = self.next(expected)?;
            return Err(unexpected(line, found, expected));
        }
        Ok(name)
    }

    fn whole(&mut self, expected: &'static str) -> Result<(usize, usize), BvhError> {
        let (line, word) = self.next(expected)?;
        word.parse().map(|number| (line, number)).map_err(|_| unexpected(line, word, expected))
    }

    fn offset(&mut self) -> Result<Vec3, BvhError> {
        self.expect("OFFSET", "OFFSET")?;
        let mut place = [0.0; 3];
        for axis in &mut place {
            let (line, word) = self.next("a number")?;
            *axis = number(line, word)?;
        }
        Ok(place.into())
    }

    fn channel(&mut self) -> Result<Channel, BvhError> {
        const EXPECTED: &str = "a channel such as Xposition or Zrotation";
        let (line, word) = self.next(EXPECTED)?;
        let lower = word.to_ascii_lowercase();
        let axis = |name: &str| ["x", "y", "z"].iter().position(|axis| *axis == name);
        let position = lower.strip_suffix("position").and_then(axis).map(Channel::Position);
        let rotation = || lower.strip_suffix("rotation").and_then(axis).map(Channel::Rotation);
        position.or_else(rotation).ok_or_else(|| unexpected(line, word, EXPECTED))
    }

    /// The rest of the text: a line of `channels` numbers a frame. Empty lines are passed over.
    fn frames(&mut self, channels: usize) -> Result<Vec<f32>, BvhError> {
        let mut values = Vec::new();
        let rest = std::mem::replace(&mut self.words, "".split_whitespace().peekable());
        let lines = std::iter::once((self.line, rest))
            .chain(self.lines.by_ref().map(|(index, line)| (index + 1, line.split_whitespace().peekable())));
        for (line, mut words) in lines {
            if words.peek().is_none() {
                continue;
            }
            let before = values.len();
            for word in words {
                values.push(number(line, word)?);
            }
            let found = values.len() - before;
            if found != channels {
                return Err(BvhError::FrameLength { line, found, expected: channels });
            }
        }
        Ok(values)
    }
}

fn number(line: usize, word: &str) -> Result<f32, BvhError> {
    // A number that is not one compares with nothing.
    let number = word.parse().ok().filter(|number: &f32| number.abs() <= MAX_NUMBER);
    number.ok_or_else(|| unexpected(line, word, "a number"))
}

fn unexpected(line: usize, found: &str, expected: &'static str) -> BvhError {
    let shown = found.chars().filter(|c| !c.is_control()).take(40).collect();
    BvhError::Unexpected { line, found: shown, expected }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STICK: &str = "HIERARCHY\nROOT Hips\n{\n  OFFSET 0 90 0\n  CHANNELS 6 Xposition Yposition Zposition \
        Zrotation Xrotation Yrotation\n  JOINT My Head {\n    OFFSET 0 60 0\n    CHANNELS 3 Zrotation Xrotation \
        Yrotation\n    End Site\n    {\n      OFFSET 0 20 0\n    }\n  }\n}\nMOTION\nFrames: 2\nFrame Time: 0.04\n\
        0 91 0 10 0 0 0 0 0\n\n1 91 0 20 0 0 1e1 0 0\n";

    #[test]
    fn a_file_is_read_as_it_stands() {
        let bvh = Bvh::parse(STICK).unwrap();
        assert_eq!((bvh.frames(), bvh.channels), (2, 9));
        assert!((bvh.duration_secs() - 0.08).abs() < 1e-9);
        assert_eq!(bvh.joints[1].name, "MyHead");
        assert_eq!((bvh.joints[1].parent, bvh.joints[1].first_channel), (Some(0), 6));
        assert_eq!(bvh.joints[1].end, Some(Vec3::new(0.0, 20.0, 0.0)));
        assert_eq!(bvh.frame(1), [1.0, 91.0, 0.0, 20.0, 0.0, 0.0, 10.0, 0.0, 0.0]);
        assert_eq!(Bvh::parse(&STICK.replace('\n', "\r\n")), Ok(bvh));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let told = |from: &str, to: &str| Bvh::parse(&STICK.replacen(from, to, 1)).unwrap_err().to_string();
        assert_eq!(
            told("ROOT", "RUUT"),
            "line 2: found `RUUT` where ROOT, JOINT, End Site, } or MOTION was expected"
        );
        assert_eq!(told("0 90 0", "0 x 0"), "line 4: found `x` where a number was expected");
        assert_eq!(told("0 90 0", "0 NaN 0"), "line 4: found `NaN` where a number was expected");
        assert_eq!(told("0 90 0", "0 1e9 0"), "line 4: found `1e9` where a number was expected");
        assert_eq!(
            told("Yposition", "Wposition"),
            "line 5: found `Wposition` where a channel such as Xposition or Zrotation was expected"
        );
        assert_eq!(told("CHANNELS 3", "CHANNELS 99999"), "line 8: more than 6 channels of a joint");
        assert_eq!(told("Frames: 2", "Frames: 3"), "line 16 announces 3 frames, and the file holds 2");
        assert_eq!(told("0.04", "0"), "line 17: found `0` where 0.0001 to 1 seconds was expected");
        assert_eq!(
            told("0 91 0 10 ", "0 91 0 "),
            "line 18: a frame of 8 numbers, for a skeleton of 9 channels"
        );
        assert_eq!(Bvh::parse("").unwrap_err().to_string(), "the file ends where HIERARCHY was expected");
        assert!(Bvh::parse("HIERARCHY MOTION Frames: 0 Frame Time: 1").is_err());
    }

    #[test]
    fn no_skeleton_is_too_deep_or_too_wide() {
        let nested = |count: usize| {
            let joint = "JOINT a { OFFSET 0 0 0 CHANNELS 0 ";
            format!("HIERARCHY ROOT a {{ OFFSET 0 0 0 CHANNELS 0 {}", joint.repeat(count))
        };
        assert!(matches!(Bvh::parse(&nested(MAX_DEPTH)), Err(BvhError::TooMany { limit: MAX_DEPTH, .. })));
        let beside = format!("{}{}", nested(0), "JOINT a { OFFSET 0 0 0 CHANNELS 0 } ".repeat(MAX_JOINTS));
        assert!(matches!(Bvh::parse(&beside), Err(BvhError::TooMany { limit: MAX_JOINTS, .. })));
    }

    proptest! {
        #[test]
        fn a_text_cut_or_spoilt_anywhere_is_no_trouble(at in 0..STICK.len(), byte in prop::char::any()) {
            let _ = Bvh::parse(&STICK[..at]);
            let _ = Bvh::parse(&format!("{}{byte}{}", &STICK[..at], &STICK[at + 1..]));
        }
    }
}

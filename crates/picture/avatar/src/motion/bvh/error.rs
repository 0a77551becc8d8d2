/// Why a text is no motion that can be used. Each message is a clause, with the line where there is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BvhError {
    /// Something else stands where the format has one thing.
    #[error("line {line}: found `{found}` where {expected} was expected")]
    Unexpected {
        /// The line, from 1.
        line: usize,
        /// What stands there, cut short.
        found: String,
        /// What the format has there.
        expected: &'static str,
    },
    /// The text breaks off.
    #[error("the file ends where {expected} was expected")]
    Ends {
        /// What the format has there.
        expected: &'static str,
    },
    /// More of something than any figure has.
    #[error("line {line}: more than {limit} {what}")]
    TooMany {
        /// The line, from 1.
        line: usize,
        /// What there is too much of.
        what: &'static str,
        /// How much is read.
        limit: usize,
    },
    /// A frame has not one number for each channel.
    #[error("line {line}: a frame of {found} numbers, for a skeleton of {expected} channels")]
    FrameLength {
        /// The line, from 1.
        line: usize,
        /// Numbers on it.
        found: usize,
        /// Channels of all joints.
        expected: usize,
    },
    /// Not as many frames as announced.
    #[error("line {line} announces {announced} frames, and the file holds {found}")]
    FrameCount {
        /// The line that announces them, from 1.
        line: usize,
        /// What it says.
        announced: usize,
        /// What there is.
        found: usize,
    },
    /// The skeleton lacks what a person has, under the usual names.
    #[error("no joint stands for the {what}: it is looked for as {names}")]
    MissingJoint {
        /// The part of the body.
        what: String,
        /// Names by which it would be known.
        names: &'static str,
    },
    /// A figure without any size.
    #[error("the figure's legs have no length")]
    NoLength,
    /// Parts that no body holds together.
    #[error("the figure's parts lie farther from its hips than twelve times the length of its legs")]
    OutOfShape,
}

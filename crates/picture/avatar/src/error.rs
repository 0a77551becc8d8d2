use frame::Size;

/// Why no character could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AvatarError {
    /// The planes of one still must have one size.
    #[error("a plane of {found} does not belong to a still of {expected}")]
    SizesDiffer {
        /// The still's size.
        expected: Size,
        /// The plane's size.
        found: Size,
    },
    /// The matte is empty, or full.
    #[error("the subject fills {percent} % of the image: there is nothing to cut out")]
    NoSubject {
        /// Share of the image, in hundredths.
        percent: u8,
    },
}

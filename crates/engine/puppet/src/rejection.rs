//! Domain errors become what the caller is told. This is the one place where that is decided.

use avatar::AvatarError;
use avatar::motion::bvh::BvhError;
use contract::{EngineError, Rejection, RejectionCode};
use media::MediaError;
use vision::VisionError;

use crate::archive::ArchiveError;
use crate::character_file::CharacterFileError;

/// Where networks come from, as a user would bring them.
const INSTALL: &str = "run `pantomime models install`";

pub(crate) fn from_media(error: MediaError) -> EngineError {
    use MediaError as E;
    use RejectionCode as C;
    let message = error.to_string();
    let rejected = |code| EngineError::Rejected(Rejection::new(code, message.clone()));
    match error {
        E::UnsupportedImage { .. } => rejected(C::ImageUnsupported),
        E::ImageTooLarge { .. } => rejected(C::ImageTooLarge),
        // The codes know no "too small"; a picture below the least side is one of a kind that is not served.
        E::ImageTooSmall { .. } => rejected(C::ImageUnsupported),
        E::UnsupportedVideo { .. } | E::NoVideoStream | E::VideoTooSmall { .. } => {
            rejected(C::VideoUnsupported)
        }
        E::VideoTooLarge { .. } => rejected(C::VideoTooLarge),
        E::VideoTooLong { .. } => rejected(C::VideoTooLong),
        E::VideoTooShort { .. } => rejected(C::VideoTooShort),
        E::DamagedImage { .. } | E::DamagedVideo { .. } => rejected(C::DecodeError),
        E::Unwritable { ref path, ref source } => EngineError::Unavailable {
            what: format!("{} cannot be written ({source})", path.display()),
            remedy: "choose a folder that exists and may be written to".into(),
        },
        E::DiskFull { ref path } => EngineError::Unavailable {
            what: format!("{} cannot be written: the disk is full", path.display()),
            remedy: "free some space and try again".into(),
        },
        error => EngineError::internal(error),
    }
}

/// A still that cannot be opened is the image's fault; a video that cannot be opened is the video's.
pub(crate) fn from_opening(error: MediaError, code: RejectionCode) -> EngineError {
    match error {
        MediaError::Unreadable { .. } => Rejection::new(code, error.to_string()).into(),
        error => from_media(error),
    }
}

pub(crate) fn from_vision(error: VisionError) -> EngineError {
    match error {
        VisionError::NetworkMissing { .. } | VisionError::NetworkCorrupt { .. } => {
            EngineError::Unavailable { what: error.to_string(), remedy: INSTALL.into() }
        }
        error => EngineError::internal(error),
    }
}

pub(crate) fn from_avatar(error: AvatarError) -> EngineError {
    match error {
        AvatarError::NoSubject { percent } => Rejection::new(
            RejectionCode::NoPersonInImage,
            format!(
                "The figure could not be told from the background (it would fill {percent} % of the image); send a picture in which it stands out and does not fill the whole frame."
            ),
        )
        .into(),
        error @ AvatarError::SizesDiffer { .. } => EngineError::internal(error),
    }
}

pub(crate) fn from_character_file(error: CharacterFileError) -> EngineError {
    use CharacterFileError as E;
    let code = match &error {
        E::Picture { source: MediaError::ImageTooLarge { .. }, .. }
        | E::Archive(ArchiveError::TooLarge { .. }) => RejectionCode::ImageTooLarge,
        E::Archive(ArchiveError::Damaged | ArchiveError::DamagedPart(_))
        | E::Json(_)
        | E::Picture { source: MediaError::DamagedImage { .. }, .. } => RejectionCode::DecodeError,
        _ => RejectionCode::ImageUnsupported,
    };
    let message = format!("The character cannot be used: {error}; export it again, or mend the file");
    Rejection::new(code, message).into()
}

pub(crate) fn from_motion(error: &serde_json::Error) -> EngineError {
    let message = format!("The motion cannot be read ({error}); export it again and send the new file");
    Rejection::new(RejectionCode::DecodeError, message).into()
}

pub(crate) fn from_bvh(error: BvhError) -> EngineError {
    let (code, message) = match error {
        BvhError::MissingJoint { .. } | BvhError::NoLength | BvhError::OutOfShape => (
            RejectionCode::VideoUnsupported,
            format!("The BVH motion is not a person's: {error}; send one whose joints have the usual names"),
        ),
        error => (
            RejectionCode::DecodeError,
            format!("The BVH motion cannot be read ({error}); export it again and send the new file"),
        ),
    };
    Rejection::new(code, message).into()
}

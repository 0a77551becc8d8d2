use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Something to write of a run beside its video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// What to write.
    pub kind: ExportKind,
    /// Where; replaced if it exists.
    pub path: PathBuf,
}

/// What can be written of a run; each is told by how its file's name ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportKind {
    /// The driver's tracked motion, to be used in place of the video: `.motion`.
    Motion,
    /// The driver's smoothed motion for animation programs: `.bvh`.
    Bvh,
    /// The driver's tracked landmarks by name: `.json`.
    Landmarks,
    /// The character with its matte and landmarks, to be used in place of the image: `.character`.
    Character,
    /// The character alone before nothing, VP9 with alpha: `.webm`.
    WebM,
    /// The character alone before nothing, ProRes 4444: `.mov`.
    Mov,
}

/// A name that tells nothing that can be exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}: the name must end in .motion, .bvh, .json (landmarks), .character, .webm or .mov (the character alone, transparent)",
    .0.display()
)]
pub struct UnknownExport(PathBuf);

impl ExportKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Motion, Self::Bvh, Self::Landmarks, Self::Character, Self::WebM, Self::Mov];

    /// How the names of such files end, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Motion => "motion",
            Self::Bvh => "bvh",
            Self::Landmarks => "json",
            Self::Character => "character",
            Self::WebM => "webm",
            Self::Mov => "mov",
        }
    }
}

impl Export {
    /// The export that a file's name asks for.
    ///
    /// # Errors
    /// [`UnknownExport`].
    pub fn to(path: impl Into<PathBuf>) -> Result<Self, UnknownExport> {
        let path = path.into();
        let is_named = |kind: &ExportKind| {
            Path::extension(&path).is_some_and(|extension| extension.eq_ignore_ascii_case(kind.extension()))
        };
        match ExportKind::ALL.into_iter().find(is_named) {
            Some(kind) => Ok(Self { kind, path }),
            None => Err(UnknownExport(path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_is_wanted() {
        for kind in ExportKind::ALL {
            let path = PathBuf::from(format!("some/where.{}", kind.extension().to_uppercase()));
            assert_eq!(Export::to(&path), Ok(Export { kind, path }));
        }
        for name in ["dance", "dance.mp4", ".bvh", ""] {
            assert!(Export::to(name).is_err(), "{name}");
        }
    }
}

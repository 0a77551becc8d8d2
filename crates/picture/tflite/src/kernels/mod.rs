//! The instruction sets the arithmetic is written for.

/// The instructions a [`Session`](crate::Session) computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kernels {
    /// 16 floats at a time (AVX-512F).
    Avx512,
    /// 8 floats at a time (AVX2 with FMA).
    Avx2,
    /// Plain Rust, 4 floats at a time: runs anywhere.
    Portable,
}

impl Kernels {
    /// The fastest kernels this processor can run.
    pub fn detect() -> Self {
        [Self::Avx512, Self::Avx2].into_iter().find(|k| k.is_available()).unwrap_or(Self::Portable)
    }

    /// Whether this processor can run these kernels.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => std::is_x86_feature_detected!("avx512f"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma"),
            Self::Portable => true,
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }
}

impl Default for Kernels {
    fn default() -> Self {
        Self::detect()
    }
}

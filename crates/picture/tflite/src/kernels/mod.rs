//! The arithmetic, written once over [`Lanes`] and compiled for each instruction set.

// The kernels address memory by pointer; each checks its operands' sizes first.
#![allow(unsafe_code)]

mod depthwise;
mod elementwise;
mod epilogue;
mod gemm;
mod landmarks;
mod lanes;
mod layout;
mod peak;
mod pool;
mod resize;
mod winograd;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use depthwise::{Depthwise, DepthwiseWeights};
pub(crate) use elementwise::{Activate, Binary, BinaryOp, Broadcast, Prelu, finish_of};
pub(crate) use epilogue::{Epilogue, Finish, Pointwise, Residual};
pub(crate) use gemm::{Gemm, GemmWeights, Rows};
pub(crate) use landmarks::{landmarks_to_transform, transform_landmarks, transform_tensor};
pub(crate) use lanes::Lanes;
pub(crate) use layout::{concatenate, depth_to_space, pad, strided_slice};
pub(crate) use pool::{Pool, PoolKind, SpatialMean};
pub(crate) use resize::{Resize, ResizeMap};
pub(crate) use winograd::{POINTS as WINOGRAD_POINTS, TILE as WINOGRAD_TILE, Winograd, WinogradWeights};

use crate::Error;

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
    /// The instruction set's usual name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "AVX-512",
            Self::Avx2 => "AVX2",
            Self::Portable => "portable",
        }
    }

    /// The fastest kernels this processor can run.
    pub fn detect() -> Self {
        [Self::Avx512, Self::Avx2].into_iter().find(|k| k.is_available()).unwrap_or(Self::Portable)
    }

    /// Multiplies and adds in registers alone, for about `rounds` times ten cycles, and returns how many multiply-adds that was: over
    /// the time it takes, the most that any network can reach with these kernels.
    ///
    /// # Errors
    /// [`Error::KernelsUnavailable`] if this processor lacks the instructions.
    pub fn multiply_and_add(self, rounds: u64) -> Result<u64, Error> {
        let mut multiply_adds = 0;
        Isa::new(self)?.run(peak::Peak { rounds, multiply_adds: &mut multiply_adds });
        Ok(multiply_adds)
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

/// A piece of arithmetic that can be compiled for any instruction set.
pub(crate) trait Job {
    /// Must be `#[inline(always)]`, as everything it calls that computes with `V`.
    fn run<V: Lanes>(self);
}

/// Kernels that the processor is known to have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Isa(Kernels);

impl Isa {
    pub(crate) fn new(kernels: Kernels) -> Result<Self, Error> {
        if kernels.is_available() { Ok(Self(kernels)) } else { Err(Error::KernelsUnavailable(kernels)) }
    }

    /// How many floats a register holds.
    pub(crate) fn lanes(self) -> usize {
        match self.0 {
            Kernels::Avx512 => 16,
            Kernels::Avx2 => 8,
            Kernels::Portable => 4,
        }
    }

    pub(crate) fn run(self, job: impl Job) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `new` asked the processor for these instructions.
            Kernels::Avx512 => unsafe { run_avx512(job) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: likewise.
            Kernels::Avx2 => unsafe { run_avx2(job) },
            _ => job.run::<lanes::F32x4>(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn run_avx512(job: impl Job) {
    job.run::<x86::F32x16>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2(job: impl Job) {
    job.run::<x86::F32x8>();
}

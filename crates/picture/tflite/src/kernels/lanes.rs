//! A vector register of floats, so that each kernel is written once for all instruction sets.

/// `COUNT` floats that are computed with together.
///
/// Everything is `#[inline(always)]`: the operations must end up inside the function that [`Isa::run`](super::Isa::run)
/// compiled for the instruction set, or each would be a call.
pub(crate) trait Lanes: Copy {
    /// How many floats.
    const COUNT: usize;

    /// Whether [`load_first`](Self::load_first) costs no more than [`load`](Self::load).
    const PARTIAL_LOADS_ARE_FREE: bool = false;

    fn splat(value: f32) -> Self;

    /// # Safety
    /// `from` must be readable for `COUNT` floats.
    unsafe fn load(from: *const f32) -> Self;

    /// The first `count` floats, and zeros.
    ///
    /// # Safety
    /// `from` must be readable for `count` floats, at most `COUNT`.
    unsafe fn load_first(from: *const f32, count: usize) -> Self;

    /// # Safety
    /// `to` must be writable for `COUNT` floats.
    unsafe fn store(self, to: *mut f32);

    /// # Safety
    /// `to` must be writable for `count` floats, at most `COUNT`.
    unsafe fn store_first(self, to: *mut f32, count: usize);

    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn min(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
    /// `self · factor + addend`
    fn mul_add(self, factor: Self, addend: Self) -> Self;
}

/// Four floats in plain Rust, which compilers map to SSE or NEON registers.
#[derive(Clone, Copy)]
#[repr(align(16))]
pub(crate) struct F32x4([f32; 4]);

impl F32x4 {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let ([a, b, c, d], [e, g, h, i]) = (self.0, other.0);
        Self([f(a, e), f(b, g), f(c, h), f(d, i)])
    }
}

impl Lanes for F32x4 {
    const COUNT: usize = 4;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for four floats; `read_unaligned` asks for no more.
        Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        let mut values = [0.0; 4];
        // SAFETY: the caller vouches for `count` floats, and `values` holds as many.
        unsafe { from.copy_to_nonoverlapping(values.as_mut_ptr(), count) };
        Self(values)
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for four floats; `write_unaligned` asks for no more.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        // SAFETY: the caller vouches for `count` floats, and `self` holds as many.
        unsafe { to.copy_from_nonoverlapping(self.0.as_ptr(), count) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    // `f32::min` and `max` take care of NaN, which costs them their single instruction.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        // A fused operation is one instruction where every processor has it, and a library call elsewhere.
        if cfg!(target_arch = "aarch64") {
            let ([a, b, c, d], [e, f, g, h], [i, j, k, l]) = (self.0, factor.0, addend.0);
            return Self([a.mul_add(e, i), b.mul_add(f, j), c.mul_add(g, k), d.mul_add(h, l)]);
        }
        self.mul(factor).add(addend)
    }
}

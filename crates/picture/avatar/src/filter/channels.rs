use frame::Plane;

/// A pixel of one or several float channels that are filtered alike.
pub trait Channels: bytemuck::Pod + Send + Sync {
    /// How many floats a pixel has.
    const COUNT: usize;

    /// The pixel whose channels are all `value`.
    fn splat(value: f32) -> Self;

    /// The pixel whose channels are `f` of the two pixels' channels.
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self;

    /// Sum, channel by channel.
    fn plus(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    /// Difference, channel by channel.
    fn minus(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    /// Every channel multiplied by `factor`.
    fn times(self, factor: f32) -> Self {
        self.zip(self, |a, _| a * factor)
    }

    /// `self` at 0, `other` at 1, straight between.
    fn lerp(self, other: Self, at: f32) -> Self {
        self.zip(other, |a, b| a + (b - a) * at)
    }
}

impl Channels for f32 {
    const COUNT: usize = 1;

    fn splat(value: f32) -> Self {
        value
    }

    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        f(self, other)
    }
}

macro_rules! channels_of_arrays {
    ($($count:literal)*) => { $(
        impl Channels for [f32; $count] {
            const COUNT: usize = $count;

            fn splat(value: f32) -> Self {
                [value; $count]
            }

            fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
                std::array::from_fn(|i| f(self[i], other[i]))
            }
        }
    )* };
}

channels_of_arrays!(2 3 4 5 6 7 9);

/// Row `y` as its bare floats, channel after channel.
pub(super) fn floats_of_row<P: Channels>(plane: &Plane<P>, y: usize) -> &[f32] {
    bytemuck::cast_slice(plane.row(y))
}

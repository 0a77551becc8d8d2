//! One stretch of memory for all tensors of a run: those that never live at the same time share it.

use std::ops::Range;

use crate::error::{Result, too_large};

/// A tensor's need of memory.
#[derive(Debug, Clone)]
pub(super) struct Lifetime {
    /// How many floats.
    pub(super) len: usize,
    /// The steps from the first that writes it to the last that reads it, both included.
    pub(super) steps: Range<usize>,
}

/// 512 MB.
const MAX_FLOATS: usize = 1 << 27;

/// Tensors start at multiples of a cache line.
const LINE_FLOATS: usize = 16;

/// Places for all tensors, and the memory they take in all, in floats.
///
/// The largest are placed first, each at the lowest place free during its life (greedy by size: Pisarchyk & Lee,
/// "Efficient Memory Management for Deep Neural Net Inference", 2020).
pub(super) fn lay_out(lifetimes: &[Lifetime]) -> Result<(Vec<Range<usize>>, usize)> {
    let mut order: Vec<usize> = (0..lifetimes.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(lifetimes[i].len));
    let mut places = vec![0..0; lifetimes.len()];
    let mut total = 0;
    // By start, so that gaps are found in one pass.
    let mut placed: Vec<usize> = Vec::new();
    for i in order {
        let Lifetime { len, steps } = &lifetimes[i];
        let mut start: usize = 0;
        for &other in &placed {
            let together =
                lifetimes[other].steps.start < steps.end && steps.start < lifetimes[other].steps.end;
            if together {
                if places[other].start >= start.saturating_add(*len) {
                    break;
                }
                start = start.max(places[other].end.next_multiple_of(LINE_FLOATS));
            }
        }
        let end = start.saturating_add(*len);
        if end > MAX_FLOATS {
            return too_large("its tensors take more than 512 MB");
        }
        places[i] = start..end;
        total = total.max(end);
        let at = placed.partition_point(|&other| places[other].start <= start);
        placed.insert(at, i);
    }
    Ok((places, total))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tensors_that_live_together_do_not_overlap(
            tensors in prop::collection::vec((1usize..1000, 0usize..40, 1usize..10), 1..60)
        ) {
            let lifetimes: Vec<Lifetime> = tensors
                .iter()
                .map(|&(len, start, steps)| Lifetime { len, steps: start..start + steps })
                .collect();
            let (places, total) = lay_out(&lifetimes).expect("a few thousand floats");
            for (i, a) in lifetimes.iter().enumerate() {
                prop_assert!(places[i].len() == a.len && places[i].end <= total);
                for (j, b) in lifetimes.iter().enumerate().skip(i + 1) {
                    let together = a.steps.start < b.steps.end && b.steps.start < a.steps.end;
                    let apart = places[i].end <= places[j].start || places[j].end <= places[i].start;
                    prop_assert!(apart || !together);
                }
            }
        }
    }

    #[test]
    fn too_much_is_refused() {
        let huge = Lifetime { len: usize::MAX - 3, steps: 0..2 };
        assert!(lay_out(std::slice::from_ref(&huge)).is_err());
        assert!(lay_out(&[Lifetime { len: 20, steps: 0..3 }, huge]).is_err());
    }
}

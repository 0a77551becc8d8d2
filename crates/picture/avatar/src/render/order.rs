/// Sorts what is to be drawn from near to far.
#[derive(Debug, Default)]
pub(super) struct Painter {
    entries: Vec<(u32, u32)>,
    scratch: Vec<(u32, u32)>,
    order: Vec<u32>,
}

/// Bits a pass of the radix sort: three passes for a word.
const BITS: u32 = 11;
const BUCKETS: usize = 1 << BITS;

impl Painter {
    /// The keys' indices, that of the least first; of equal ones, the last.
    pub(super) fn near_to_far(&mut self, keys: impl Iterator<Item = f32>) -> &[u32] {
        self.entries.clear();
        self.entries.extend(keys.enumerate().map(|(i, key)| (ascending(key), i as u32)));
        self.entries.reverse();
        self.scratch.resize(self.entries.len(), (0, 0));
        for pass in 0..3 {
            radix_pass(&self.entries, &mut self.scratch, pass * BITS);
            std::mem::swap(&mut self.entries, &mut self.scratch);
        }
        self.order.clear();
        self.order.extend(self.entries.iter().map(|e| e.1));
        &self.order
    }
}

/// A word that orders as the float does.
fn ascending(key: f32) -> u32 {
    let bits = key.to_bits();
    if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
}

/// One stable pass of a least-significant-digit radix sort.
fn radix_pass(from: &[(u32, u32)], to: &mut [(u32, u32)], shift: u32) {
    let digit = |key: u32| (key >> shift) as usize & (BUCKETS - 1);
    let mut places = [0usize; BUCKETS];
    for entry in from {
        places[digit(entry.0)] += 1;
    }
    let mut next = 0;
    for place in &mut places {
        next += std::mem::replace(place, next);
    }
    for entry in from {
        let place = &mut places[digit(entry.0)];
        to[*place] = *entry;
        *place += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn near_comes_first_and_of_ties_the_last(keys in prop::collection::vec(-1e5f32..1e5, 0..300)) {
            let keys: Vec<f32> = keys.into_iter().map(|k| (k * 0.001).round()).collect();
            let mut expected: Vec<u32> = (0..keys.len() as u32).rev().collect();
            // −0 and 0 are told apart by the sort and not by the comparison: both orders are near to far.
            let key = |i: u32| { let k = keys[i as usize]; if k == 0.0 { 0.0 } else { k } };
            let keys: Vec<f32> = keys.iter().map(|k| k + 0.0).collect();
            expected.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
            let mut painter = Painter::default();
            prop_assert_eq!(painter.near_to_far(keys.iter().copied()), &expected[..]);
        }
    }
}

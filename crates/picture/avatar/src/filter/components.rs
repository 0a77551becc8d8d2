use frame::Plane;

use super::{Mask, PixelRect};

/// Which pixels touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connectivity {
    /// Those that share a side.
    Four,
    /// Those that share a side or a corner.
    Eight,
}

/// The connected parts of a set.
#[derive(Clone, Debug)]
pub struct Components {
    /// 0 outside of the set; within it 1 + the index of the pixel's region.
    pub labels: Plane<u32>,
    /// The parts, in the order in which rows read from the top meet them.
    pub regions: Vec<Region>,
}

/// One connected part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its pixels.
    pub area: usize,
    /// The least rectangle that holds it.
    pub bounds: PixelRect,
}

impl Components {
    /// The pixels of the regions that `keep` wants, by index.
    pub fn select(&self, mut keep: impl FnMut(usize) -> bool) -> Mask {
        let kept: Vec<bool> = std::iter::once(false).chain((0..self.regions.len()).map(&mut keep)).collect();
        self.labels.map(|&label| kept[label as usize])
    }

    /// The pixels of the regions that meet `roots`.
    pub fn meeting(&self, roots: &Mask) -> Mask {
        let mut rooted = vec![false; self.regions.len() + 1];
        for (&label, _) in self.labels.pixels().iter().zip(roots.pixels()).filter(|(_, root)| **root) {
            rooted[label as usize] = true;
        }
        self.select(|i| rooted[i + 1])
    }

    /// Index of the region of the greatest area, the first of equals.
    pub fn largest(&self) -> Option<usize> {
        (0..self.regions.len()).rev().max_by_key(|&i| self.regions[i].area)
    }
}

/// Parts `mask` into its connected regions.
pub fn components(mask: &Mask, connectivity: Connectivity) -> Components {
    let width = mask.width();
    let mut labels = Plane::filled(mask.size(), 0u32);
    // parents[label] leads to the least label joined to it; label 0 is the outside.
    let mut parents = vec![0u32];
    for y in 0..mask.height() {
        for x in (0..width).filter(|&x| mask.row(y)[x]) {
            let mut label = 0;
            let mut touch = |other: u32, parents: &mut Vec<u32>| {
                if other != 0 {
                    label = if label == 0 { root(parents, other) } else { join(parents, label, other) };
                }
            };
            if x > 0 {
                touch(labels.row(y)[x - 1], &mut parents);
            }
            if y > 0 {
                let above = labels.row(y - 1);
                touch(above[x], &mut parents);
                if connectivity == Connectivity::Eight {
                    if x > 0 {
                        touch(above[x - 1], &mut parents);
                    }
                    if x + 1 < width {
                        touch(above[x + 1], &mut parents);
                    }
                }
            }
            if label == 0 {
                label = parents.len() as u32;
                parents.push(label);
            }
            labels.set(x, y, label);
        }
    }
    number(labels, &mut parents)
}

fn root(parents: &mut [u32], mut label: u32) -> u32 {
    while parents[label as usize] != label {
        let grandparent = parents[parents[label as usize] as usize];
        parents[label as usize] = grandparent;
        label = grandparent;
    }
    label
}

fn join(parents: &mut [u32], a: u32, b: u32) -> u32 {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b) as usize] = a.min(b);
    a.min(b)
}

/// Numbers the regions without gaps and measures them.
fn number(mut labels: Plane<u32>, parents: &mut [u32]) -> Components {
    let width = labels.width();
    let mut numbers = vec![0u32; parents.len()];
    let mut boxes: Vec<([usize; 2], [usize; 2], usize)> = Vec::new();
    for (i, label) in labels.pixels_mut().iter_mut().enumerate().filter(|(_, label)| **label != 0) {
        let (x, y) = (i % width, i / width);
        let number = &mut numbers[root(parents, *label) as usize];
        if *number == 0 {
            boxes.push(([x, y], [x, y], 0));
            *number = boxes.len() as u32;
        }
        *label = *number;
        let (first, last, area) = &mut boxes[*number as usize - 1];
        *first = [first[0].min(x), first[1]];
        *last = [last[0].max(x), y];
        *area += 1;
    }
    let regions = boxes
        .into_iter()
        .map(|(first, last, area)| Region { area, bounds: PixelRect::spanning(first, last) })
        .collect();
    Components { labels, regions }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;

    fn mask(rows: &[&str]) -> Mask {
        let size = Size::new(rows[0].len() as u32, rows.len() as u32);
        Plane::new(size, rows.concat().bytes().map(|b| b == b'#').collect()).unwrap()
    }

    #[test]
    fn corners_join_only_with_eight() {
        let mask = mask(&["##..#", "..#.#", "#...#", "##.##"]);
        let four = components(&mask, Connectivity::Four);
        assert_eq!(four.regions.iter().map(|r| r.area).collect::<Vec<_>>(), [2, 5, 1, 3]);
        let eight = components(&mask, Connectivity::Eight);
        assert_eq!(eight.regions.iter().map(|r| r.area).collect::<Vec<_>>(), [3, 5, 3]);
        assert_eq!(eight.largest(), Some(1));
        assert_eq!(eight.regions[1].bounds, PixelRect { x: 3, y: 0, size: Size::new(2, 4) });
    }

    #[test]
    fn arms_that_meet_below_are_one() {
        let mask = mask(&["#.#.#", "#.#.#", "#####"]);
        let parts = components(&mask, Connectivity::Four);
        assert_eq!(parts.regions.len(), 1);
        assert_eq!(parts.select(|i| i == 0), mask);
    }
}

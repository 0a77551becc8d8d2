use glam::Vec2;

/// The anchors' centres in the unit square, in the network's order: for each run of equal strides one grid, row by row,
/// with two anchors a cell for each layer of the run.
pub(super) fn anchors(side: usize, strides: &[usize]) -> Vec<Vec2> {
    let mut anchors = Vec::new();
    for layers in strides.chunk_by(|a, b| a == b) {
        let cells = side.div_ceil(layers[0]);
        for y in 0..cells {
            for x in 0..cells {
                let center = (Vec2::new(x as f32, y as f32) + 0.5) / cells as f32;
                anchors.extend(std::iter::repeat_n(center, 2 * layers.len()));
            }
        }
    }
    anchors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_for_each_box_of_the_networks() {
        assert_eq!(anchors(224, &[8, 16, 32, 32, 32]).len(), 2254);
        assert_eq!(anchors(128, &[8, 16, 16, 16]).len(), 896);
    }

    #[test]
    fn rows_come_first_and_runs_share_their_cells() {
        let anchors = anchors(128, &[8, 16, 16, 16]);
        assert_eq!(anchors[0], Vec2::splat(0.5 / 16.0));
        assert_eq!(anchors[2], Vec2::new(1.5, 0.5) / 16.0);
        let coarse = &anchors[2 * 16 * 16..];
        assert!(coarse[..6].iter().all(|&a| a == Vec2::splat(0.5 / 8.0)));
        assert_eq!(coarse[6], Vec2::new(1.5, 0.5) / 8.0);
    }
}

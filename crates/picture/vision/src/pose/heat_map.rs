use glam::Vec2;

use crate::picture_network::sigmoid;

/// Cells a side.
pub(super) const SIDE: usize = 64;
const REACH: usize = 3;
/// Below this likelihood at the peak the map does not know better than the landmark itself.
const MIN_PEAK: f32 = 0.5;

/// Where, in the unit square, channel `channel` of a `SIDE` × `SIDE` × `channels` map of scores has its middle near
/// `near`: the mean of a 7×7 window weighted by likelihood. `None` where the map is not sure, or `near` lies outside.
pub(super) fn refine(scores: &[f32], channels: usize, channel: usize, near: Vec2) -> Option<Vec2> {
    let cell = (near * SIDE as f32).floor();
    if !(cell.cmpge(Vec2::ZERO).all() && cell.cmplt(Vec2::splat(SIDE as f32)).all()) {
        return None;
    }
    let (column, row) = (cell.x as usize, cell.y as usize);
    let window = |middle: usize| middle.saturating_sub(REACH)..(middle + REACH + 1).min(SIDE);
    let (mut peak, mut weight, mut sum) = (0.0f32, 0.0, Vec2::ZERO);
    for y in window(row) {
        for x in window(column) {
            let likelihood = sigmoid(scores[(y * SIDE + x) * channels + channel]);
            peak = peak.max(likelihood);
            weight += likelihood;
            sum += Vec2::new(x as f32, y as f32) * likelihood;
        }
    }
    // The network was trained with cells that stand for their top-left corner.
    (peak >= MIN_PEAK && weight > 0.0).then(|| sum / weight / SIDE as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map_with(cells: &[(usize, usize, f32)]) -> Vec<f32> {
        let mut scores = vec![-100.0; SIDE * SIDE * 2];
        for &(x, y, score) in cells {
            scores[(y * SIDE + x) * 2 + 1] = score;
        }
        scores
    }

    #[test]
    fn a_landmark_moves_to_the_peak_beside_it() {
        let scores = map_with(&[(12, 20, 3.0), (13, 20, 3.0)]);
        let found = refine(&scores, 2, 1, Vec2::new(10.2, 21.7) / 64.0).unwrap();
        assert!(found.distance(Vec2::new(12.5, 20.0) / 64.0) < 1e-5, "{found}");
        assert_eq!(refine(&scores, 2, 0, Vec2::new(10.2, 21.7) / 64.0), None, "another channel");
    }

    #[test]
    fn an_unsure_map_or_a_landmark_outside_changes_nothing() {
        let scores = map_with(&[(12, 20, -0.1)]);
        assert_eq!(refine(&scores, 2, 1, Vec2::new(12.0, 20.0) / 64.0), None);
        for outside in [Vec2::new(-0.01, 0.5), Vec2::new(0.5, 1.0), Vec2::NAN] {
            assert_eq!(refine(&map_with(&[(0, 32, 5.0)]), 2, 1, outside), None);
        }
    }

    #[test]
    fn a_window_is_cut_at_the_edge() {
        let found = refine(&map_with(&[(0, 0, 9.0)]), 2, 1, Vec2::ZERO).unwrap();
        assert!(found.length() < 1e-3);
    }
}

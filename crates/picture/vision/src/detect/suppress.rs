use glam::Vec2;

/// Boxes that share more than this of their union are one thing.
const SAME_ABOVE_IOU: f32 = 0.3;

/// A box the network holds likely, upright in the unit square of its input.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) score: f32,
    pub(super) low: Vec2,
    pub(super) high: Vec2,
    pub(super) key_points: Vec<Vec2>,
}

/// Weighted non-maximum suppression: candidates that overlap the surest of them become one, at their mean weighted by
/// score, which trembles less from frame to frame than the surest alone (Bazarevsky et al., "BlazeFace", 2019, §3.4).
/// The surest first.
pub(super) fn merge_overlapping(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut merged = Vec::new();
    while !candidates.is_empty() {
        let surest = candidates[0].clone();
        let (same, others): (Vec<_>, Vec<_>) = candidates
            .into_iter()
            .enumerate()
            .partition(|(rank, other)| *rank == 0 || overlap(&surest, other) > SAME_ABOVE_IOU);
        merged.push(weighted_mean(&same));
        candidates = others.into_iter().map(|(_, other)| other).collect();
    }
    merged
}

/// The mean by score; the score is the surest's own. `same` is not empty and its first is the surest.
fn weighted_mean(same: &[(usize, Candidate)]) -> Candidate {
    let total: f32 = same.iter().map(|(_, c)| c.score).sum();
    let mean = |point: &dyn Fn(&Candidate) -> Vec2| {
        same.iter().fold(Vec2::ZERO, |sum, (_, c)| sum + point(c) * (c.score / total))
    };
    let (_, surest) = &same[0];
    Candidate {
        score: surest.score,
        low: mean(&|c| c.low),
        high: mean(&|c| c.high),
        key_points: (0..surest.key_points.len()).map(|k| mean(&|c| c.key_points[k])).collect(),
    }
}

/// Intersection over union.
fn overlap(a: &Candidate, b: &Candidate) -> f32 {
    let area = |low: Vec2, high: Vec2| (high - low).max(Vec2::ZERO).element_product();
    let shared = area(a.low.max(b.low), a.high.min(b.high));
    let union = area(a.low, a.high) + area(b.low, b.high) - shared;
    if union > 0.0 { shared / union } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(score: f32, x: f32) -> Candidate {
        Candidate {
            score,
            low: Vec2::new(x, 0.0),
            high: Vec2::new(x + 0.2, 0.2),
            key_points: vec![Vec2::new(x, 0.0)],
        }
    }

    #[test]
    fn overlapping_boxes_become_their_weighted_mean() {
        let merged = merge_overlapping(vec![candidate(0.6, 0.03), candidate(0.9, 0.0), candidate(0.7, 0.5)]);
        assert_eq!(merged.len(), 2);
        assert_eq!(merged[0].score, 0.9);
        assert!((merged[0].key_points[0].x - 0.03 * 0.6 / 1.5).abs() < 1e-6);
        assert_eq!(merged[1], candidate(0.7, 0.5));
    }

    #[test]
    fn boxes_without_area_are_kept_apart_and_end() {
        let empty = Candidate { score: 0.8, low: Vec2::ONE, high: Vec2::ZERO, key_points: Vec::new() };
        assert_eq!(merge_overlapping(vec![empty.clone(), empty]).len(), 2);
    }
}

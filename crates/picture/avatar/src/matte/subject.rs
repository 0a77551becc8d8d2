use frame::Plane;

use crate::filter::{
    Components, Connectivity, Mask, Region, area, components, difference, dilate_disc, dilate_square,
    distance_to, intersection, open_disc, threshold, union,
};
use crate::smoothstep;

/// The matte of the subject alone: other people and objects the matter took up are cleared, whatever hangs together with
/// the subject stays, however little the pose network made of it (ears and hats of mascots, long hair, wide skirts).
///
/// `segmentation`, the pose network's own mask, and `person` tell which part of the matte is the subject.
pub(super) fn subject_alone(
    matte: &Plane<f32>,
    segmentation: &Plane<f32>,
    person: &frame::Person,
) -> Plane<f32> {
    let height = matte.height() as f32;
    let solid = threshold(matte, 0.5);
    let parts = components(&solid, Connectivity::Eight);
    let evidence = evidence_by_region(&parts, segmentation, person);
    let Some(main) = main_region(&parts, &evidence) else {
        return matte.clone();
    };
    let main_mask = without_neighbour(&parts.select(|i| i == main), segmentation);
    let near = dilate_disc(&main_mask, NEAR * height);
    let near_areas = areas_by_region(&parts, &near);
    let kept = parts.select(|i| {
        let Region { area, .. } = parts.regions[i];
        let belongs = evidence[i] > 0.5 * area as f32;
        let hangs_on = 2 * near_areas[i] > area && 10 * area < parts.regions[main].area;
        i != main && (belongs || hangs_on)
    });
    let kept = union(&kept, &main_mask);
    // Soft fringes count only next to what is kept, and nearer to it than to what is not.
    let dropped = difference(&solid, &kept);
    let (to_kept, to_dropped) = (distance_to(&kept), distance_to(&dropped));
    let gate = to_kept.zip_map(&to_dropped, |&kept, &dropped| {
        let fringe = 1.0 - smoothstep((kept / height - FRINGE) / (0.5 * FRINGE));
        if dropped < kept { 0.0 } else { fringe }
    });
    matte.zip_map(&gate, |&a, &gate| a * gate)
}

/// How far soft edges may reach from solid ones, as a share of the height.
const FRINGE: f32 = 0.04;

/// How near a small detached part must be to be the subject's, as a share of the height.
const NEAR: f32 = 0.03;

/// For each region the pixels that the pose network holds for the subject; a visible landmark counts as a patch of them.
fn evidence_by_region(parts: &Components, segmentation: &Plane<f32>, person: &frame::Person) -> Vec<f32> {
    let mut evidence = vec![0.0; parts.regions.len()];
    for (&label, &share) in parts.labels.pixels().iter().zip(segmentation.pixels()) {
        if label > 0 && share > 0.5 {
            evidence[label as usize - 1] += 1.0;
        }
    }
    let patch = parts.labels.size().area() as f32 * 1e-3;
    for landmark in person.body.points().iter().filter(|l| l.visibility > 0.5) {
        let at = landmark.xy();
        if parts.labels.size().contains(at) {
            let label = parts.labels.get(at.x as usize, at.y as usize);
            if label > 0 {
                evidence[label as usize - 1] += patch;
            }
        }
    }
    evidence
}

/// The region with the most evidence, or the largest where there is none at all.
fn main_region(parts: &Components, evidence: &[f32]) -> Option<usize> {
    let best = (0..evidence.len()).rev().max_by(|&a, &b| evidence[a].total_cmp(&evidence[b]))?;
    if evidence[best] > 0.0 { Some(best) } else { parts.largest() }
}

fn areas_by_region(parts: &Components, mask: &Mask) -> Vec<usize> {
    let mut areas = vec![0; parts.regions.len()];
    for (&label, &set) in parts.labels.pixels().iter().zip(mask.pixels()) {
        if set && label > 0 {
            areas[label as usize - 1] += 1;
        }
    }
    areas
}

/// `subject` without another person who touches them: a part far from the pose network's mask that is nearly as tall as
/// what that mask explains, and of comparable size. What is smaller is the subject's own, unknown to that network.
fn without_neighbour(subject: &Mask, segmentation: &Plane<f32>) -> Mask {
    let height = subject.height() as f32;
    let explained = intersection(subject, &threshold(segmentation, 0.25));
    let Some(bounds) = crate::filter::bounds(&explained) else {
        return subject.clone();
    };
    let explained_area = area(&explained);
    let reach = dilate_square(&explained, (0.025 * height) as usize);
    let unexplained = open_disc(&difference(subject, &reach), 0.01 * height);
    let parts = components(&unexplained, Connectivity::Eight);
    let another = parts.select(|i| {
        let Region { area, bounds: own } = parts.regions[i];
        let share = area as f32 / explained_area as f32;
        let centre = (own.x + own.right()) / 2;
        let beside = centre >= bounds.right() || centre < bounds.x;
        share > 0.35 && beside && own.size.height as f32 > 0.6 * bounds.size.height as f32
    });
    if area(&another) == 0 {
        return subject.clone();
    }
    // Each pixel goes to the nearer of the two.
    let (to_own, to_another) = (distance_to(&explained), distance_to(&another));
    let own = to_own.zip_map(&to_another, |own, another| own <= another);
    intersection(subject, &own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{coverage, fill_disc, fill_polygon};
    use frame::{BodyLandmark, BodyLandmarks, Person, Size};
    use glam::Vec2;

    const SIZE: Size = Size::new(300, 300);

    fn unseen_person() -> Person {
        let body = BodyLandmarks::new(vec![BodyLandmark::default(); BodyLandmarks::COUNT]).unwrap();
        Person { body, left_hand: None, right_hand: None, face: None }
    }

    /// A body of 60 × 180 pixels about column `x`.
    fn add_body(mask: &mut Mask, x: f32) {
        let corners = [(x - 30.0, 100.0), (x + 30.0, 100.0), (x + 30.0, 280.0), (x - 30.0, 280.0)];
        fill_polygon(mask, &corners.map(Vec2::from));
    }

    fn blank() -> Mask {
        Plane::filled(SIZE, false)
    }

    #[test]
    fn a_large_head_that_the_pose_network_missed_stays_and_a_bystander_goes() {
        let mut body = blank();
        add_body(&mut body, 100.0);
        let mut matte = body.clone();
        fill_disc(&mut matte, Vec2::new(100.0, 70.0), 50.0);
        let whole = area(&matte);
        fill_disc(&mut matte, Vec2::new(240.0, 200.0), 40.0);
        let alone = subject_alone(&coverage(&matte), &coverage(&body), &unseen_person());
        assert_eq!(area(&threshold(&alone, 0.5)), whole);
        assert_eq!(alone.get(240, 200), 0.0);
    }

    #[test]
    fn without_any_evidence_the_largest_part_is_the_subject() {
        let mut matte = blank();
        add_body(&mut matte, 200.0);
        fill_disc(&mut matte, Vec2::new(50.0, 200.0), 30.0);
        let alone = subject_alone(&coverage(&matte), &coverage(&blank()), &unseen_person());
        assert_eq!((alone.get(200, 200), alone.get(50, 200)), (1.0, 0.0));
    }

    #[test]
    fn someone_who_touches_the_subject_is_cut_off() {
        let mut body = blank();
        add_body(&mut body, 100.0);
        let mut matte = body.clone();
        add_body(&mut matte, 160.0);
        let alone = subject_alone(&coverage(&matte), &coverage(&body), &unseen_person());
        assert_eq!((alone.get(100, 200), alone.get(170, 200)), (1.0, 0.0));
    }

    #[test]
    fn a_detached_wisp_stays() {
        let mut matte = blank();
        add_body(&mut matte, 150.0);
        let seen = coverage(&matte);
        fill_disc(&mut matte, Vec2::new(150.0, 92.0), 4.0);
        let alone = subject_alone(&coverage(&matte), &seen, &unseen_person());
        assert_eq!(alone.get(150, 92), 1.0);
    }
}

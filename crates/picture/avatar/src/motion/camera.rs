use std::collections::VecDeque;

use frame::{Image, Plane, Size};
use glam::{Mat4, Vec2, Vec4};

use super::View;

/// Long side of the pictures in which motion is sought.
const LONG_SIDE_PX: u32 = 160;
/// Halvings of these, so that a move of a tenth of the picture is found.
const LEVELS: usize = 4;
/// Steps towards the least difference, a level.
const STEPS: usize = 6;
/// Levels (of 255) by which background may differ and still be the same.
const SAME: f32 = 14.0;
/// Share of the background that must be the same for its motion to be believed.
const ENOUGH: f32 = 0.5;
/// Mean squared slope, in levels a pixel, below which a background shows no motion: a plain wall.
const LEAST_SLOPE: f32 = 1.5;
/// Change across a pixel, in levels, from which on it is texture, and the share of the background that must be: a plain wall before
/// which somebody's hair flutters shows no motion either.
const TEXTURE: f32 = 2.0;
const ENOUGH_TEXTURE: f32 = 0.1;
/// What of a person lies outside the box about his landmarks, hair and clothes, in long sides of it.
const PERSON_MARGIN: f32 = 0.08;
/// How far the view may go from the anchor's, in half long sides, before another takes its place.
const FAR: f32 = 0.3;
/// Correlation of two frames below which they show different scenes.
const OTHER_SCENE: f32 = 0.4;

/// Watches the background of a clip, frame by frame: how the camera moves, and where the clip is cut.
///
/// Every frame is laid over an anchor frame, outside the person, by zoom and shift: the least difference under a robust norm, coarse
/// to fine (Odobez and Bouthemy, "Robust multiresolution estimation of parametric motion models", 1995). An anchor stays
/// as long as it can, so that errors do not add up.
#[derive(Clone, Debug, Default)]
pub struct CameraTracker {
    shot: u32,
    /// Frames that [`is_cut`](Self::is_cut) has looked at and [`see`](Self::see) has not, the oldest first.
    waiting: VecDeque<Still>,
    before: Option<Still>,
    anchor: Option<Still>,
    /// The frame before as seen from the anchor.
    from_anchor: Warp,
}

/// A frame, small and grey, and where the person is in it.
#[derive(Clone, Debug)]
struct Still {
    /// The finest first.
    levels: Vec<Plane<f32>>,
    /// Of the frame itself.
    long_side_px: u32,
    /// Corners of the box about the person, in pixels of the finest level about its middle.
    person: Option<[Vec2; 2]>,
    /// Whether another scene begins with it.
    is_cut: bool,
    view: View,
}

/// A zoom about the middle of the picture and a shift, in pixels of the finest level: `now = zoom · then + shift`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Warp {
    zoom: f32,
    shift: Vec2,
}

impl Default for Warp {
    fn default() -> Self {
        Self { zoom: 1.0, shift: Vec2::ZERO }
    }
}

impl CameraTracker {
    /// A tracker that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the next frame of the clip shows another scene than the one before it. Each frame is asked about, and then, at once or
    /// some frames later, [seen](Self::see).
    pub fn is_cut(&mut self, image: &Image) -> bool {
        let mut now = Still::of(image);
        let before = self.waiting.back().or(self.before.as_ref());
        now.is_cut =
            before.is_some_and(|before| correlation(&before.levels[1], &now.levels[1]) < OTHER_SCENE);
        let is_cut = now.is_cut;
        self.waiting.push_back(now);
        is_cut
    }

    /// The camera's view of the first frame that was not seen yet; `person` holds the corners of the box about the person in its
    /// pixels.
    pub fn see(&mut self, person: Option<[Vec2; 2]>) -> View {
        let Some(mut now) = self.waiting.pop_front() else { return View::default() };
        if now.is_cut {
            self.shot += 1;
            (self.before, self.anchor, self.from_anchor) = (None, None, Warp::default());
        }
        let small = now.levels[0].size();
        let to_small = small.long_side() as f32 / now.long_side_px as f32;
        let middle = Vec2::new(small.width as f32, small.height as f32) * 0.5;
        // Where nobody is seen now, somebody may still be where he was.
        let before = self.before.as_ref().and_then(|before| before.person);
        let about = |[low, high]: [Vec2; 2]| {
            let margin = PERSON_MARGIN * (high - low).max_element();
            [low - margin, high + margin].map(|corner| corner * to_small - middle)
        };
        now.person = person.map(about).or(before);
        now.view = View { shot: self.shot, ..self.view_of(&now) };
        let view = now.view;
        self.before = Some(now);
        // To the clip's pixels, from the middle to the corner.
        let middle = middle / to_small;
        View { shift: view.shift / to_small + middle * (1.0 - view.zoom), ..view }
    }

    /// The view of a frame in pixels of the finest level about its middle.
    fn view_of(&mut self, now: &Still) -> View {
        let Some(anchor) = &self.anchor else {
            self.anchor = Some(now.clone());
            return View::default();
        };
        let half = anchor.levels[0].size().long_side() as f32 / 2.0;
        let near = |warp: &Warp| warp.shift.length() < FAR * half && (warp.zoom - 1.0).abs() < FAR;
        if let Some(warp) = align(anchor, now, self.from_anchor).filter(near) {
            self.from_anchor = warp;
            return anchor.view.after(warp);
        }
        // The frame before takes its place; what cannot be laid over that one either has not moved, for all one knows.
        let Some(before) = self.before.take() else { return View::default() };
        let warp = align(&before, now, Warp::default());
        self.from_anchor = warp.unwrap_or_default();
        let view = before.view.after(self.from_anchor);
        self.anchor = Some(match warp {
            Some(_) => before,
            None => Still { view, ..now.clone() },
        });
        view
    }
}

impl View {
    /// The view of a frame that lies over one of this view by `warp`.
    fn after(self, warp: Warp) -> Self {
        // first = zoom · then + shift, and then = (now − warp.shift) / warp.zoom.
        let zoom = self.zoom / warp.zoom;
        Self { zoom, shift: self.shift - warp.shift * zoom, ..self }
    }
}

impl Still {
    fn of(image: &Image) -> Self {
        let size = image.size().fitted(LONG_SIDE_PX);
        let mut levels = vec![small_grey(image, size)];
        for _ in 1..LEVELS {
            let finer = &levels[levels.len() - 1];
            if finer.size().short_side() < 24 {
                break;
            }
            levels.push(crate::filter::pyramid_down(finer));
        }
        Self {
            levels,
            long_side_px: image.size().long_side(),
            person: None,
            is_cut: false,
            view: View::default(),
        }
    }

    /// Whether a point, in pixels of the finest level about its middle, is background.
    fn is_background(&self, at: Vec2) -> bool {
        self.person.is_none_or(|[low, high]| at.cmplt(low).any() || at.cmpgt(high).any())
    }
}

/// Each pixel the mean of a few of those it covers, sparsely: enough for what is sought, at a fraction of the cost of all.
fn small_grey(image: &Image, size: Size) -> Plane<f32> {
    const TAPS: usize = 3;
    let taps = |count: usize, of: usize| -> Vec<usize> {
        (0..count * TAPS).map(|i| (2 * i + 1) * of / (2 * count * TAPS)).collect()
    };
    let (columns, rows) =
        (taps(size.width as usize, image.width()), taps(size.height as usize, image.height()));
    Plane::from_fn(size, |x, y| {
        let mut sum = 0u32;
        for &row in &rows[y as usize * TAPS..][..TAPS] {
            let row = image.row(row);
            for &column in &columns[x as usize * TAPS..][..TAPS] {
                let p = row[column];
                sum += 2 * u32::from(p.r) + 5 * u32::from(p.g) + u32::from(p.b);
            }
        }
        sum as f32 / (8 * TAPS * TAPS) as f32
    })
}

/// The correlation of two pictures' values, −1 … 1; 1 of two plain ones.
fn correlation(a: &Plane<f32>, b: &Plane<f32>) -> f32 {
    let count = a.pixels().len() as f32;
    let mean = |plane: &Plane<f32>| plane.pixels().iter().sum::<f32>() / count;
    let (of_a, of_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.pixels().iter().zip(b.pixels()) {
        let (a, b) = (a - of_a, b - of_b);
        (ab, aa, bb) = (ab + a * b, aa + a * a, bb + b * b);
    }
    // What differs less than noise is the same.
    let noise = 4.0 * count;
    (ab + noise) / ((aa + noise) * (bb + noise)).sqrt()
}

/// How `now` lies over `then`, from a guess on; `None` where the background shows no motion, or not one.
fn align(then: &Still, now: &Still, mut warp: Warp) -> Option<Warp> {
    let mut same = 0.0;
    for level in (0..then.levels.len()).rev() {
        for _ in 0..STEPS {
            let step = Step::towards(then, now, level, warp)?;
            same = step.same;
            warp = step.warp;
            if step.is_small {
                break;
            }
        }
    }
    (same > ENOUGH && (0.5..2.0).contains(&warp.zoom)).then_some(warp)
}

/// One step of Gauss and Newton.
struct Step {
    warp: Warp,
    /// Share of the background that is the same before it.
    same: f32,
    is_small: bool,
}

impl Step {
    fn towards(then: &Still, now: &Still, level: usize, warp: Warp) -> Option<Self> {
        let (a, b) = (&then.levels[level], &now.levels[level]);
        let span = (1 << level) as f32;
        let half = b.size().long_side() as f32 * 0.5;
        let middle = Vec2::new(a.width() as f32, a.height() as f32) * 0.5;
        let (width, height) = (b.width() as f32, b.height() as f32);
        // Zoom (at the edge), shift and brightness.
        let (mut normal, mut gradient) = (Mat4::ZERO, Vec4::ZERO);
        let (mut slope, mut count, mut alike, mut texture) = (Vec2::ZERO, 0.0f32, 0.0f32, 0.0f32);
        for y in 0..a.height() {
            for x in 0..a.width() {
                let from = Vec2::new(x as f32, y as f32) + 0.5 - middle;
                let to = from * warp.zoom + warp.shift / span;
                let at = to + middle - 0.5;
                let inside = at.x >= 1.0 && at.y >= 1.0 && at.x < width - 2.0 && at.y < height - 2.0;
                if !inside || !then.is_background(from * span) || !now.is_background(to * span) {
                    continue;
                }
                let (value, change) = value_and_slope(b, at);
                let difference = value - a.get(x, y);
                // Geman and McClure's weight: what differs much is something else.
                let weight = (1.0 + (difference / SAME).powi(2)).powi(-2);
                let row = Vec4::new(change.dot(from) / half, change.x, change.y, -1.0);
                normal += Mat4::from_cols(row * row.x, row * row.y, row * row.z, row * row.w) * weight;
                gradient += row * (weight * difference);
                slope += change * change;
                count += 1.0;
                texture += f32::from(change.length_squared() > TEXTURE * TEXTURE);
                alike += f32::from(difference.abs() < SAME);
            }
        }
        // Of a picture that the person fills there is too little left.
        let is_plain = (slope / count).min_element() < LEAST_SLOPE || texture < ENOUGH_TEXTURE * count;
        if count < 0.1 * a.size().area() as f32 || is_plain {
            return None;
        }
        // A little more on the diagonal keeps what cannot be told at rest.
        let damped = normal + Mat4::from_diagonal(Vec4::splat(1e-3 * count));
        let step = -(damped.inverse() * gradient);
        let moved = Vec2::new(step.y, step.z);
        step.is_finite().then(|| Self {
            warp: Warp { zoom: warp.zoom + step.x / half, shift: warp.shift + moved * span },
            same: alike / count,
            is_small: step.x.abs().max(moved.abs().max_element()) < 0.02,
        })
    }
}

/// The bilinear value at a point counted from the centre of the first pixel, and its change a pixel.
fn value_and_slope(plane: &Plane<f32>, at: Vec2) -> (f32, Vec2) {
    let (low, t) = (at.floor(), at - at.floor());
    let (x, y) = (low.x as usize, low.y as usize);
    let (upper, lower) = (&plane.row(y)[x..x + 2], &plane.row(y + 1)[x..x + 2]);
    let (across_upper, across_lower) = (upper[1] - upper[0], lower[1] - lower[0]);
    let (top, bottom) = (upper[0] + across_upper * t.x, lower[0] + across_lower * t.x);
    let slope = Vec2::new(across_upper + (across_lower - across_upper) * t.y, bottom - top);
    (top + slope.y * t.y, slope)
}

#[cfg(test)]
mod tests {
    use frame::Srgb8;

    use super::*;

    const SIZE: Size = Size::new(320, 240);

    /// A scene of waves that never repeat, at a point of it.
    fn scene(seed: f32, at: Vec2) -> Srgb8 {
        let wave = |k: f32| {
            let phase = at.x * (0.031 * k).cos() * 0.09 * k + at.y * (1.7 * k).sin() * 0.07 * k + seed * k;
            phase.sin()
        };
        let grey = 128.0 + 30.0 * (wave(1.0) + wave(1.9) + wave(2.7) + 0.5 * wave(5.3));
        Srgb8::new(grey as u8, grey as u8, (255.0 - grey) as u8)
    }

    /// What a camera sees that has come `zoom` times nearer and moved by `shift`; and a person who goes his own way.
    fn picture(seed: f32, zoom: f32, shift: Vec2, person: Option<[Vec2; 2]>) -> Image {
        Plane::from_fn(SIZE, |x, y| {
            let at = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
            match person {
                Some([low, high]) if at.cmpge(low).all() && at.cmple(high).all() => scene(77.0, at - low),
                _ => scene(seed, (at - shift) / zoom),
            }
        })
    }

    fn see(camera: &mut CameraTracker, image: &Image, person: Option<[Vec2; 2]>) -> (bool, View) {
        let is_cut = camera.is_cut(image);
        (is_cut, camera.see(person))
    }

    #[test]
    fn a_moving_and_zooming_camera_is_found_behind_a_person_who_moves_otherwise() {
        let mut camera = CameraTracker::new();
        for t in 0..60 {
            let t = t as f32;
            let (zoom, shift) = (1.0 + 0.008 * t, Vec2::new(3.0 * t, 20.0 * (t * 0.2).sin()));
            let low = Vec2::new(200.0 - 2.0 * t, 60.0);
            let person = Some([low, low + Vec2::new(60.0, 150.0)]);
            let (is_cut, view) = see(&mut camera, &picture(0.0, zoom, shift, person), person);
            assert!(!is_cut);
            // A point of the scene is found where the first frame had it.
            for point in [Vec2::new(20.0, 30.0), Vec2::new(150.0, 200.0)] {
                let found = view.to_first((point * zoom + shift).extend(0.0)).truncate();
                assert!(found.distance(point) < 1.5, "frame {t}: {found} for {point}, {view:?}");
            }
        }
    }

    #[test]
    fn a_camera_at_rest_stays_where_it_is() {
        let mut camera = CameraTracker::new();
        for t in 0..40 {
            let low = Vec2::new(20.0 + 5.0 * t as f32, 60.0);
            let person = Some([low, low + Vec2::new(60.0, 150.0)]);
            let (_, view) = see(&mut camera, &picture(0.0, 1.0, Vec2::ZERO, person), person);
            assert!(view.shift.length() < 0.3 && (view.zoom - 1.0).abs() < 1e-3, "{view:?}");
        }
    }

    #[test]
    fn a_plain_wall_and_a_full_picture_show_no_motion() {
        let mut camera = CameraTracker::new();
        for t in 0..5 {
            let wall = Plane::filled(SIZE, Srgb8::new(200, 190, 180 + t));
            assert_eq!(see(&mut camera, &wall, None).1, View::default());
        }
        let whole = Some([Vec2::ZERO, Vec2::new(320.0, 240.0)]);
        let mut camera = CameraTracker::new();
        for t in 0..5 {
            let moved = picture(0.0, 1.0, Vec2::new(4.0 * t as f32, 0.0), None);
            assert_eq!(see(&mut camera, &moved, whole).1, View::default());
        }
    }

    #[test]
    fn a_person_who_hangs_out_of_the_box_before_a_plain_wall_is_no_camera() {
        let mut camera = CameraTracker::new();
        for t in 0..60 {
            let low = Vec2::new(100.0 + t as f32, 60.0 - 0.4 * t as f32);
            let high = low + Vec2::new(60.0, 150.0);
            let seen = [low - 20.0, high + 20.0];
            let wall = Plane::from_fn(SIZE, |x, y| {
                let at = Vec2::new(x as f32, y as f32);
                match at.cmpge(seen[0]).all() && at.cmple(seen[1]).all() {
                    true => scene(77.0, at - low),
                    false => Srgb8::new(250, 250, 250),
                }
            });
            assert_eq!(see(&mut camera, &wall, Some([low, high])).1, View::default());
        }
    }

    #[test]
    fn a_cut_begins_another_shot() {
        let mut camera = CameraTracker::new();
        let shots: Vec<(bool, u32)> = [0.0, 0.0, 0.0, 5.0, 5.0, 0.0]
            .map(|seed| {
                let (is_cut, view) = see(&mut camera, &picture(seed, 1.0, Vec2::ZERO, None), None);
                (is_cut, view.shot)
            })
            .to_vec();
        let expected = [(false, 0), (false, 0), (false, 0), (true, 1), (false, 1), (true, 2)];
        assert_eq!(shots, expected);
    }

    #[test]
    fn frames_may_be_asked_about_some_time_before_they_are_seen() {
        let frames: Vec<Image> = (0..12)
            .map(|t| picture(if t < 5 { 0.0 } else { 5.0 }, 1.0, Vec2::new(2.0 * t as f32, 0.0), None))
            .collect();
        let mut camera = CameraTracker::new();
        let in_turn: Vec<_> = frames.iter().map(|frame| see(&mut camera, frame, None)).collect();
        let mut camera = CameraTracker::new();
        let cuts: Vec<bool> = frames.iter().map(|frame| camera.is_cut(frame)).collect();
        let late: Vec<_> = cuts.into_iter().map(|is_cut| (is_cut, camera.see(None))).collect();
        assert_eq!(late, in_turn);
    }
}

//! The trunk and the head as seen from behind: hair where the face is, and no feature of a face that was not found.

use frame::{Plane, SrgbPlane};

use super::closed_back::closed_back;
use super::hair::{HeadOfHair, hair_over_head};
use super::limb::likeness;
use super::plain_head::plain_head;
use super::print::Print;
use super::study::{Study, paint};
use super::{Sheet, SheetKind};
use crate::filter::{close_disc, coverage, dilate_square, gaussian_blur, nearest_in, signed_distance};

/// Width of the rim in which front and back look the same, in pixels.
const RIM_PX: f32 = 2.0;
/// The same of a head with a face, in heights of the face: as soon as it turns, the back of the neck comes round beside the jaw, and hair
/// there would be a dark line.
const RIM_OF_HEAD: f32 = 0.035;

/// The core as seen from behind.
pub(super) fn back_sheet(
    study: &Study<'_>,
    core: &Sheet,
    print: Option<&Print>,
    hair: Option<&HeadOfHair>,
) -> Sheet {
    let mut back = Sheet { kind: SheetKind::Back, ..core.clone() };
    let depth = signed_distance(&study.person);
    let front = study.still.foreground;
    let nearest_solid = nearest_in(&study.solid);
    let mut cover = |(colours, covered): (SrgbPlane, Plane<f32>), rim_px: f32| {
        // At the outline the back reaches round over the front, whose colours it must have there. Where they are not solid there is
        // background in them: what is like them does better.
        let share = Plane::from_fn(covered.size(), |x, y| {
            let (x, y) = (x as usize, y as usize);
            let inside = if study.solid.get(x, y) {
                ((depth.get(x, y) - rim_px) / rim_px).clamp(0.0, 1.0)
            } else if let Some(nearest) = &nearest_solid {
                let [solid_x, solid_y] = nearest.get(x, y).map(|i| i as usize);
                likeness(colours.get(x, y), front.get(solid_x, solid_y))
            } else {
                1.0
            };
            covered.get(x, y) * inside
        });
        paint(&mut back, &colours, &share);
    };
    let over_trunk = match print {
        Some(print) => Some(print_over_trunk(study, core, print)),
        None => closed_back(study),
    };
    if let Some(trunk) = over_trunk {
        cover(trunk, RIM_PX);
    }
    let face = study.face.as_ref().zip(hair);
    let hair = face.and_then(|(face, hair)| Some((hair_over_head(study, face, hair)?, face.height)));
    match hair {
        Some((hair, face_height)) => cover(hair, (RIM_OF_HEAD * face_height).max(RIM_PX)),
        None => plain_head(study).into_iter().for_each(|head| cover(head, RIM_PX)),
    }
    back
}

/// A printed cloth as it may go on over the back, and how much of each pixel it covers.
fn print_over_trunk(study: &Study<'_>, core: &Sheet, print: &Print) -> (SrgbPlane, Plane<f32>) {
    // With what arms hide; narrow gaps between are the cloth's too.
    let whole = close_disc(print.source(), 0.1 * study.anatomy.spine);
    let wanted = whole.zip_map(&core.coverage, |&whole, &coverage| whole && coverage > 0.0);
    let covered = gaussian_blur(&coverage(&wanted), RIM_PX);
    (print.laid_out(study.still.foreground, &dilate_square(&wanted, 4)), covered)
}

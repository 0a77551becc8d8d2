//! The trunk and the head as seen from behind: hair where the face is, and no feature of a face that was not found.

use frame::{Plane, SrgbPlane};

use super::closed_back::closed_back;
use super::hair::hair_over_head;
use super::plain_head::plain_head;
use super::print::Print;
use super::study::{Study, paint};
use super::{Sheet, SheetKind};
use crate::filter::{close_disc, coverage, dilate_square, gaussian_blur, signed_distance};

/// Width of the rim in which front and back look the same, in pixels.
const RIM_PX: f32 = 2.0;

/// The core as seen from behind.
pub(super) fn back_sheet(study: &Study<'_>, core: &Sheet, print: Option<&Print>) -> Sheet {
    let mut back = Sheet { kind: SheetKind::Back, ..core.clone() };
    // At the outline the back reaches round over the front, whose colours it must have there where they are solid.
    let inside = signed_distance(&study.person).zip_map(&study.solid, |depth, &solid| {
        if solid { ((depth - RIM_PX) / RIM_PX).clamp(0.0, 1.0) } else { 1.0 }
    });
    let covers = [
        match print {
            Some(print) => Some(print_over_trunk(study, core, print)),
            None => closed_back(study),
        },
        match &study.face {
            Some(face) => hair_over_head(study, face).or_else(|| plain_head(study)),
            None => plain_head(study),
        },
    ];
    for (colours, covered) in covers.into_iter().flatten() {
        paint(&mut back, &colours, &covered.zip_map(&inside, |covered, inside| covered * inside));
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

//! Which pixels are the subject, and what colour the subject has where the old background shines through.

mod foreground;
mod gaps;
mod lines;
mod outline;
mod repair;
mod subject;
mod upright;
mod verdict;

pub use foreground::foreground_colours;
pub use outline::outline;
pub(crate) use repair::filled_drawing;
pub use repair::repair_matte;
pub use upright::upright_person;

//! Which pixels are the subject, and what colour the subject has where the old background shines through.

mod foreground;
mod repair;
mod subject;
mod verdict;

pub use foreground::foreground_colours;
pub use repair::repair_matte;

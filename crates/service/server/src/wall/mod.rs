//! The wall around each job: a child process with limits on memory, processor time and files, that may open nothing but what
//! its job needs, and reaches no network.
//!
//! libav answers some hostile files with `abort()`, and a decoder's fault may be worse; so whatever reads a stranger's file
//! does it in a process whose end costs one attempt at one job. Parent and child speak in lines of JSON over the child's pipes
//! ([`protocol`]).

mod child;
mod lines;
mod process;
mod protocol;
mod sandbox;

pub use child::serve_child;
pub use process::{ChildCommand, ChildEvent, ChildFault, ChildOutcome, Patience, TimeLimit, run_child};
pub use protocol::{Measures, Order, Task, WallLimits};
pub use sandbox::{Part, survey};

//! The process wall by itself: real children behind the real wall, whose engine plays a script.

mod answers;
mod confinement;
mod ends;
mod limits;
mod room;

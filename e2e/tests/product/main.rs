//! The product as a user meets it: the program is run on files, and what it says, returns and leaves is looked at. Clips
//! are cut and bent with the `ffmpeg` command; results are read by `ffprobe`, not by the product's own reader.

mod bad_images;
mod bad_videos;
mod batch;
mod cancelling;
mod commands;
mod desk;
mod formats;
mod looking;
mod output;
mod page;
mod places;
mod resuming;
mod service;
mod serving;
mod walled;

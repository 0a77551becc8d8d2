//! What all interfaces share: admission, bodies and their fields, links to results, files by ranges, and what operators ask.

mod assets;
mod fields;
mod intake;
mod links;
mod listen;
pub mod openapi;
mod operations;
mod output;
mod preview;
mod range;
mod refusal;
mod router;
mod studio;

pub(crate) use assets::{content_type, form, keep_field, keep_url, next_chunk, next_field};
pub(crate) use fields::Fields;
pub(crate) use intake::{Wire, admit, base_url, idempotency, json_object, media_source};
pub(crate) use links::Links;
pub(crate) use listen::listen;
pub(crate) use operations::recorder;
pub(crate) use range::range_of;
pub(crate) use refusal::{Refusal, describe};
pub(crate) use router::{no_such_method, router, whole_output};

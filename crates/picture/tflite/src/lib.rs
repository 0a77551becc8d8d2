//! Runs `.tflite` networks on the CPU, as they ship.
//!
//! An interpreter for the operators of small vision networks (float32 arithmetic, float16 and sparse constants):
//! batch 1, tensors in NHWC order, one thread unless more are asked for. It stands on nothing but the standard library.
//! A network that ships in another format can be put together by a [`ModelBuilder`].
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use tflite::{Model, Session, SessionOptions};
//!
//! let model = Model::parse(&std::fs::read("hand_landmark_full.tflite")?)?;
//! let mut session = Session::new(&model, &SessionOptions { outputs: &["Identity"], ..Default::default() })?;
//! session.input_mut(0).fill(0.5);
//! session.run();
//! let landmarks = session.output("Identity").expect("asked for above");
//! # Ok(()) }
//! ```

mod aligned;
mod error;
mod flatbuffer;
mod flexbuffer;
mod kernels;
mod model;
mod plan;
mod session;

pub use error::Error;
pub use kernels::Kernels;
pub use model::{
    Activation, LandmarkCrop, Model, ModelBuilder, Op, Operator, Tensor, TensorId, TensorInfo, Window,
};
pub use session::{Session, SessionOptions};

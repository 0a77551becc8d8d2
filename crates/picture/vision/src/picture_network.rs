use tflite::Session;

use crate::error::Result;
use crate::networks::{Ledger, Network, Networks};
use crate::pyramid::Pyramid;
use crate::roi::Roi;
use crate::sample::{Border, ValueRange, sample_region};

/// What a network that looks at one square picture takes and gives.
pub(crate) struct PictureSpec {
    pub(crate) network: Network,
    /// The side of its input, 1 × side × side × 3.
    pub(crate) side: usize,
    pub(crate) range: ValueRange,
    pub(crate) border: Border,
}

/// A network that looks at one square picture.
#[derive(Clone)]
pub(crate) struct PictureNetwork {
    network: Network,
    ledger: Ledger,
    session: Session,
    side: usize,
    range: ValueRange,
    border: Border,
}

impl PictureNetwork {
    /// Loads the network `spec` names; of its outputs only `outputs`, each with its number of values, are computed.
    pub(crate) fn load(networks: &Networks, spec: &PictureSpec, outputs: &[(&str, usize)]) -> Result<Self> {
        let mut session = networks.session(spec.network, outputs)?;
        let expected = spec.side * spec.side * 3;
        if session.inputs().len() != 1 || session.input_mut(0).len() != expected {
            return Err(crate::VisionError::NetworkUnusable {
                network: spec.network,
                reason: format!("its input has not {expected} values"),
            });
        }
        let &PictureSpec { network, side, range, border } = spec;
        Ok(Self { network, ledger: networks.ledger().clone(), session, side, range, border })
    }

    /// The same network shared among the threads of the pool that it is run in; what it answers does not depend on them.
    pub(crate) fn shared(self) -> Self {
        Self { session: self.session.shared(), ..self }
    }

    /// The side of its input in pixels.
    pub(crate) fn side(&self) -> f32 {
        self.side as f32
    }

    /// Shows it a region of a picture.
    pub(crate) fn look(&mut self, pyramid: &mut Pyramid<'_>, roi: Roi) {
        sample_region(pyramid, roi, self.side, self.range, self.border, self.session.input_mut(0));
        self.session.run();
        self.ledger.add(self.network, self.session.multiply_adds());
    }

    /// What it answered.
    pub(crate) fn output(&self, name: &str) -> &[f32] {
        self.session.output(name).expect("only outputs asked for in `load` are read")
    }
}

/// The logistic function: a score to a likelihood.
pub(crate) fn sigmoid(score: f32) -> f32 {
    1.0 / (1.0 + (-score).exp())
}

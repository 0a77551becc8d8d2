use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Network;

/// What a network has done since its [`Networks`](super::Networks) were opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkWork {
    /// How often it ran.
    pub runs: u64,
    /// About how long all runs took, in multiplications with an addition.
    pub multiply_adds: u64,
}

/// Counts the work of all networks that come from one [`Networks`](super::Networks).
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<BTreeMap<Network, NetworkWork>>>);

impl Ledger {
    /// One run more.
    pub(crate) fn add(&self, network: Network, multiply_adds: u64) {
        let mut ledger = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let work = ledger.entry(network).or_default();
        work.runs += 1;
        work.multiply_adds += multiply_adds;
    }

    pub(crate) fn read(&self) -> BTreeMap<Network, NetworkWork> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_all_holders_are_counted_by_network() {
        let ledger = Ledger::default();
        ledger.clone().add(Network::HandRecrop, 5);
        ledger.add(Network::HandRecrop, 5);
        ledger.add(Network::PoseDetection, 3);
        let work = |runs, multiply_adds| NetworkWork { runs, multiply_adds };
        let expected = [(Network::HandRecrop, work(2, 10)), (Network::PoseDetection, work(1, 3))];
        assert_eq!(ledger.read(), expected.into());
    }
}

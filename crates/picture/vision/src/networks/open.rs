use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tflite::{Model, Session, SessionOptions};

use super::status::read_verified;
use super::{Ledger, Network, NetworkState, NetworkWork, status};
use crate::error::{Result, VisionError};

/// A directory in which every network is installed, for trackers to be made from.
#[derive(Clone, Debug)]
pub struct Networks {
    directory: PathBuf,
    ledger: Ledger,
    sessions: Arc<Mutex<Sessions>>,
}

/// The sessions that were made, by their network and its outputs that they compute: what they are made from is read, checked and
/// packed once.
type Sessions = BTreeMap<(Network, Vec<String>), Slot>;

/// A session that others are made as clones of, which share its weights. Who makes it keeps the others waiting.
type Slot = Arc<Mutex<Option<Session>>>;

impl Networks {
    /// The networks in `directory`; an error that names the first one missing. Nothing is loaded yet.
    pub fn open(directory: &Path) -> Result<Self> {
        match status(directory)?.into_iter().find(|status| status.state != NetworkState::Present) {
            None => Ok(Self {
                directory: directory.to_owned(),
                ledger: Ledger::default(),
                sessions: Arc::default(),
            }),
            Some(found) if found.state == NetworkState::Missing => {
                Err(VisionError::NetworkMissing { network: found.network, directory: directory.to_owned() })
            }
            Some(found) => {
                Err(VisionError::NetworkCorrupt { path: directory.join(found.network.file_name()) })
            }
        }
    }

    /// What each network that ran has done so far, for whoever was made from these or a clone of them.
    pub fn work(&self) -> BTreeMap<Network, NetworkWork> {
        self.ledger.read()
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// A network's bytes, checked against the catalogue.
    pub(crate) fn read(&self, network: Network) -> Result<Vec<u8>> {
        read_verified(&self.directory, network)
    }

    /// A TFLite network ready to run, of whose outputs only those in `outputs` are computed. Each comes with the number
    /// of values it must have.
    pub(crate) fn session(&self, network: Network, outputs: &[(&str, usize)]) -> Result<Session> {
        let names = outputs.iter().map(|&(name, _)| name.to_owned()).collect();
        let slot = {
            let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(sessions.entry((network, names)).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = &*slot {
            return Ok(session.clone());
        }
        Ok(slot.insert(self.load(network, outputs)?).clone())
    }

    fn load(&self, network: Network, outputs: &[(&str, usize)]) -> Result<Session> {
        let unusable = |reason: String| VisionError::NetworkUnusable { network, reason };
        let model = Model::parse(&self.read(network)?).map_err(|error| unusable(error.to_string()))?;
        let names: Vec<&str> = outputs.iter().map(|&(name, _)| name).collect();
        let options = SessionOptions { outputs: &names, ..Default::default() };
        let session = Session::new(&model, &options).map_err(|error| unusable(error.to_string()))?;
        for &(name, count) in outputs {
            if session.output(name).map(<[f32]>::len) != Some(count) {
                return Err(unusable(format!("{name} has not {count} values")));
            }
        }
        Ok(session)
    }
}

//! The module file and the version made of it.

use super::Running;
use crate::wasm::{Engine, Limits, Policy, Version};
use anyhow::{Context, anyhow};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::Arc;

/// The operator's routing module: its file and what was made of it last.
pub struct Live {
    engine: Arc<Engine>,
    path: PathBuf,
    limits: Limits,
    policy: Policy,
    version: Arc<Version>,
}

/// What came of a look at the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Reload {
    /// The file has what runs.
    Unchanged,
    /// The version with this label is in charge of new requests.
    Deployed(String),
}

impl Live {
    /// Loads the module for the start.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn load(engine: Arc<Engine>, path: PathBuf, limits: Limits, policy: Policy) -> anyhow::Result<Live> {
        let version = Version::load_file(&engine, &path, limits.clone(), policy)
            .map_err(|error| anyhow!("[routing] module: {error}"))?;
        Ok(Live {
            engine,
            path,
            limits,
            policy,
            version,
        })
    }

    /// The version in charge.
    pub fn version(&self) -> Arc<Version> {
        self.version.clone()
    }

    /// Looks at the file again and puts a version of it in charge where it has changed. Transactions
    /// keep the version that they began with.
    ///
    /// # Errors
    /// Where the file cannot be read or is no module: the version in charge stays.
    pub fn reload(&mut self, running: &Running) -> anyhow::Result<Reload> {
        let bytes = std::fs::read(&self.path).with_context(|| self.path.display().to_string())?;
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        if digest == *self.version.digest() {
            return Ok(Reload::Unchanged);
        }
        let version = Version::load(&self.engine, &bytes, self.limits.clone(), self.policy)
            .map_err(|error| anyhow!("{}: {error}", self.path.display()))?;
        running.deploy(version.clone());
        let old = std::mem::replace(&mut self.version, version);
        old.retire();
        Ok(Reload::Deployed(
            crate::route::Routing::label(&*self.version).to_owned(),
        ))
    }
}

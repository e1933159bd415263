//! The module file and the version made of it.

use super::Running;
use crate::build::{self, Language};
use crate::sign::{self, Trust};
use crate::wasm::{Engine, Limits, Policy, Version};
use anyhow::{Context, anyhow};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The operator's routing module: its file, a component or a source, and what was made of it last.
pub struct Live {
    engine: Arc<Engine>,
    path: PathBuf,
    /// The component that runs, where it was built here.
    built: Option<Vec<u8>>,
    limits: Limits,
    policy: Policy,
    trust: Option<Trust>,
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
    pub fn load(
        engine: Arc<Engine>,
        path: PathBuf,
        limits: Limits,
        policy: Policy,
        trust: Option<Trust>,
    ) -> anyhow::Result<Live> {
        let component =
            component(&path, None, trust.as_ref()).and_then(|found| found.context("there is nothing to load"));
        let component = component.map_err(|error| anyhow!("[routing] module: {error:#}"))?;
        let version = Version::load(&engine, &component, limits.clone(), policy)
            .map_err(|error| anyhow!("[routing] module: {}: {error}", path.display()))?;
        Ok(Live {
            engine,
            built: Language::of(&path).map(|_| component),
            path,
            limits,
            policy,
            trust,
            version,
        })
    }

    /// The version in charge.
    pub fn version(&self) -> Arc<Version> {
        self.version.clone()
    }

    /// Looks at the file again and puts a version of it in charge where it has changed; a source is built
    /// again where it or its language's engine has. Transactions keep the version that they began with.
    /// Takes as long as building does, while the workers go on.
    ///
    /// # Errors
    /// Where the file cannot be read or is no module: the version in charge stays.
    pub fn reload(&mut self, running: &Running) -> anyhow::Result<Reload> {
        let Some(bytes) = component(&self.path, self.built.as_deref(), self.trust.as_ref())? else {
            return Ok(Reload::Unchanged);
        };
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        if digest == *self.version.digest() {
            return Ok(Reload::Unchanged);
        }
        let version = Version::load(&self.engine, &bytes, self.limits.clone(), self.policy)
            .map_err(|error| anyhow!("{}: {error}", self.path.display()))?;
        running.deploy(version.clone());
        self.built = Language::of(&self.path).map(|_| bytes);
        self.version = version;
        Ok(Reload::Deployed(
            crate::route::Routing::label(&*self.version).to_owned(),
        ))
    }
}

/// The component that the file is, or that is built of it; None where it was built of what is there now.
fn component(path: &Path, built: Option<&[u8]>, trust: Option<&Trust>) -> anyhow::Result<Option<Vec<u8>>> {
    let refused = |why: String| anyhow!("{}: {why}", path.display());
    if trust.is_some() {
        sign::refuse_source(path).map_err(refused)?;
    }
    if Language::of(path).is_none() {
        let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
        sign::check(&bytes, trust).map_err(refused)?;
        return Ok(Some(bytes));
    }
    if built.is_some_and(|built| build::is_current(path, built)) {
        return Ok(None);
    }
    let built = build::build(path, None)?;
    for note in &built.notes {
        tracing::info!("{note}");
    }
    Ok(Some(built.component))
}

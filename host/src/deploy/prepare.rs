//! From a file or an upload to a version that can be put in charge.

use super::{Module, Refused, Step, engines};
use crate::build::{self, Language};
use crate::sign;
use crate::store::Database;
use crate::wasm::{self, Engine, Fetch, LoadError, Version};
use anyhow::{Context, anyhow};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Modules of tenants that are made ready at a time.
const TENANTS_AT_ONCE: usize = 2;

/// A version that was made, and what is worth telling of it.
pub(super) struct Prepared {
    pub(super) version: Arc<Version>,
    pub(super) cached: bool,
    pub(super) scenarios: Option<usize>,
}

/// What a component is prepared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Nobody is served before it is ready.
    Start,
    /// It is new: its scenarios decide.
    Deploy,
    /// It was in charge before.
    Return,
}

/// Checks, compiles, links and tests a component.
pub(super) async fn prepare(
    engine: &Arc<Engine>,
    module: &Module,
    database: &Database,
    name: &str,
    component: &Arc<[u8]>,
    purpose: Purpose,
) -> Result<Prepared, Refused> {
    vouched(module, name, component).await?;
    engines::offer(engine, database, component).await;
    let prepared = compiled(engine, module, database, name, component, purpose).await?;
    engines::keep(engine, &module.compiler, database, component).await;
    Ok(prepared)
}

async fn compiled(
    engine: &Arc<Engine>,
    module: &Module,
    database: &Database,
    name: &str,
    component: &Arc<[u8]>,
    purpose: Purpose,
) -> Result<Prepared, Refused> {
    let owner = module.tenant.clone();
    let (engine, module, name, bytes) = (engine.clone(), module.clone(), name.to_owned(), component.clone());
    let database = database.clone();
    let work = move || {
        let refused = |step| {
            let name = &name;
            move |error: LoadError| Refused::new(step, format_args!("{name}: {error}"))
        };
        let compiled = match purpose {
            Purpose::Start => module.compiler.prepare_at_start(&engine, &bytes),
            Purpose::Deploy | Purpose::Return => module.compiler.prepare(&engine, &bytes),
        };
        let compiled = compiled.map_err(refused(Step::Compile))?;
        let cached = compiled.from_cache;
        let seals = sign::read(&bytes).map_err(|why| Refused::new(Step::Link, format_args!("{name}: {why}")))?;
        let compiled = compiled.signed_with(seals.grants);
        let version = Version::of(&engine, compiled, module.limits(), module.policy(), &module.tenant);
        let version = version.map_err(refused(Step::Link))?;
        let scenarios = match purpose {
            Purpose::Deploy if module.scenarios => {
                let played = module.compiler.run_scenarios(&bytes);
                played.map_err(refused(Step::Scenarios))?
            }
            _ => None,
        };
        let version = match module.tenant.is_operator() {
            true => version,
            // many of them, and few that are busy
            false => version.fetched_by(fetch(&engine, &module, &database, *version.digest(), version.size())),
        };
        Ok(Prepared {
            version,
            cached,
            scenarios,
        })
    };
    let done = match owner.is_operator() {
        true => tokio::task::spawn_blocking(work).await.ok(),
        false => aside(move || wasm::at_the_expense(&owner, work)).await,
    };
    done.unwrap_or_else(|| Err(Refused::new(Step::Compile, "the host's own code failed; see the log")))
}

/// Does a tenant's work, which may be hostile, beside all others: its start functions run in this process. The
/// thread gives way to workers, and a few do it at a time, however many tenants deploy at once. The operator's
/// does not wait for it. None where it panicked.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    static PLACES: Semaphore = Semaphore::const_new(TENANTS_AT_ONCE);
    // it is never closed
    let place = PLACES.acquire().await.ok();
    let io = tokio::runtime::Handle::current();
    let worked = tokio::task::spawn_blocking(move || {
        let lowly = move || {
            let _within = io.enter();
            wasm::give_way();
            work()
        };
        // a thread that has given way cannot take it back: it is not one of the pool's
        let thread = std::thread::Builder::new().name("deploy".to_owned()).spawn(lowly);
        thread.ok()?.join().ok()
    });
    let done = worked.await.ok().flatten();
    drop(place);
    done
}

/// Gets the code of a version again: from the cache; at worst its component from the database or the module's
/// file, and compiled.
fn fetch(engine: &Arc<Engine>, module: &Module, database: &Database, digest: [u8; 32], size: usize) -> Fetch {
    let (engine, module, database) = (engine.clone(), module.clone(), database.clone());
    let io = tokio::runtime::Handle::current();
    Arc::new(move || {
        let (engine, module, database) = (engine.clone(), module.clone(), database.clone());
        let work = {
            let io = io.clone();
            async move {
                let at_hand = {
                    let (engine, compiler) = (engine.clone(), module.compiler.clone());
                    let work = move || {
                        let prepared = compiler.prepared(&engine, &digest, size)?;
                        Some(wasm::code_of(&engine, &prepared))
                    };
                    io.spawn_blocking(work).await.ok().flatten()
                };
                if let Some(code) = at_hand {
                    return code;
                }
                let kept = database.module(&super::hex(&digest)).await.ok().flatten();
                let work = move || {
                    let component = kept.or_else(|| component(&module, None).ok().flatten());
                    let component = component.filter(|bytes| Sha256::digest(bytes)[..] == digest);
                    let component = component.ok_or_else(|| LoadError::new("its component is not kept any more"))?;
                    wasm::code_of(&engine, &module.compiler.prepare(&engine, &component)?)
                };
                let made = io.spawn_blocking(work).await;
                made.unwrap_or_else(|_| Err(LoadError::new("the host's own code failed; see the log")))
            }
        };
        let task = io.spawn(work);
        Box::pin(async move {
            let made = task.await;
            made.unwrap_or_else(|_| Err(LoadError::new("the process is about to end")))
        })
    })
}

/// Is it signed by somebody who is trusted, where that is asked for?
pub(super) async fn vouched(module: &Module, name: &str, component: &Arc<[u8]>) -> Result<(), Refused> {
    let Some(trust) = module.trust.clone() else {
        return Ok(());
    };
    let bytes = component.clone();
    let checked = tokio::task::spawn_blocking(move || sign::check(&bytes, Some(&trust)))
        .await
        .unwrap_or_else(|_| Err("the host's own code failed; see the log".into()));
    let signer = checked.map_err(|why| Refused::new(Step::Signature, format_args!("{name}: {why}")))?;
    if let Some(signer) = signer {
        tracing::info!(name, "signed by {signer}");
    }
    Ok(())
}

/// The component that a file is, or that is built of it; None where it was built of what is there now.
pub(super) fn component(module: &Module, built: Option<&[u8]>) -> anyhow::Result<Option<Vec<u8>>> {
    let path = &module.path;
    if module.trust.is_some() {
        // before it is built: what is built here has no signature
        sign::refuse_source(path).map_err(|why| anyhow!("{}: {why}", path.display()))?;
    }
    if Language::of(path).is_none() {
        return std::fs::read(path)
            .map(Some)
            .with_context(|| path.display().to_string());
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    #[test]
    fn however_many_tenants_deploy_few_do_it_at_once() {
        static NOW: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let deploys: Vec<_> = (0..12)
            .map(|number| {
                runtime.spawn(aside(move || {
                    MOST.fetch_max(NOW.fetch_add(1, SeqCst) + 1, SeqCst);
                    std::thread::sleep(std::time::Duration::from_millis(5));
                    NOW.fetch_sub(1, SeqCst);
                    tokio::runtime::Handle::current();
                    assert_ne!(number, 7, "one of them panics");
                }))
            })
            .collect();
        let done: Vec<_> = deploys
            .into_iter()
            .map(|deploy| runtime.block_on(deploy).unwrap().is_some())
            .collect();
        assert_eq!(MOST.load(SeqCst), TENANTS_AT_ONCE);
        assert_eq!(done.iter().filter(|done| !**done).count(), 1);
        assert!(!done[7]);
    }
}

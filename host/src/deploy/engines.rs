//! What components import and do not hold (the JavaScript engine), kept in the database: a version to go back to may need
//! that of an earlier program.

use super::hex;
use crate::store::Database;
use crate::wasm::{Compiler, Engine, shared};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Before a component is prepared: offers what of its imports the database has. Where that fails, whoever compiles says what
/// is missing.
pub(super) async fn offer(engine: &Engine, database: &Database, component: &[u8]) {
    if !database.is_open() {
        return;
    }
    for digest in needs(component) {
        if engine.has_shared(&digest) {
            continue;
        }
        match database.engine(&hex(&digest)).await {
            // another program may have written it
            Ok(Some(module)) if Sha256::digest(&module)[..] == digest => engine.offer_shared(module.into()),
            Ok(_) => {}
            Err(error) => tracing::error!(blame = "host", "engines cannot be read: {error}"),
        }
    }
}

/// After it was prepared: keeps what it imports. Where that fails, it serves all the same.
pub(super) async fn keep(engine: &Arc<Engine>, compiler: &Arc<Compiler>, database: &Database, component: &[u8]) {
    if !database.is_open() {
        return;
    }
    for digest in needs(component) {
        let name = hex(&digest);
        let kept = async {
            if database.has_engine(&name).await.map_err(|e| e.to_string())? {
                return Ok(());
            }
            let (engine, compiler) = (Arc::clone(engine), Arc::clone(compiler));
            let bytes = move || compiler.shared_bytes(&engine, digest);
            let bytes = tokio::task::spawn_blocking(bytes).await.map_err(|e| e.to_string())??;
            match bytes {
                Some(bytes) => database
                    .keep_engine(&name, bytes.to_vec())
                    .await
                    .map_err(|e| e.to_string()),
                None => Err("its bytes are gone".to_owned()),
            }
        };
        if let Err::<(), String>(error) = kept.await {
            tracing::error!(
                blame = "host",
                "an engine is not kept, and a later kemist may miss it: {error}"
            );
        }
    }
}

fn needs(component: &[u8]) -> impl Iterator<Item = [u8; 32]> {
    let names = shared::imports(component).into_iter();
    names.filter_map(|name| shared::digest(&name))
}

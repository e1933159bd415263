//! `kemist sign`: a module with a signature, and with the grants that it vouches for.

use super::{build, say};
use crate::build::Language;
use crate::sign::{self, Grants, PrivateKey};
use anyhow::{Context, anyhow, bail};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The component.
    module: PathBuf,
    /// The private key that `kemist keygen` made.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The signed component; by default it takes the place of the module.
    #[arg(short, long, value_name = "OUT.wasm")]
    output: Option<PathBuf>,
    /// What the module is given, separated by commas: sl,registrar.lookup,htable:shared_*; "" for nothing.
    /// By default what it was given before.
    #[arg(long, value_name = "LIST")]
    grants: Option<Grants>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let module = &arguments.module;
    let name = module.display();
    if module.is_dir() || Language::of(module).is_some() {
        bail!("{name}: it is a source: build and sign it at once with kemist build --sign KEY");
    }
    let key = key(&arguments.key)?;
    let bytes = std::fs::read(module).with_context(|| format!("{name}: cannot be read"))?;
    let signed = signed(&bytes, &key, arguments.grants.as_ref()).map_err(|error| anyhow!("{name}: {error}"))?;
    let output = arguments.output.as_ref().unwrap_or(module);
    build::write(output, &signed)?;
    say(format_args!(
        "{}: signed by key {}, version {}",
        output.display(),
        key.public().fingerprint(),
        label(&signed)
    ));
    if let Some(grants) = sign::read(&signed).map_err(|error| anyhow!(error))?.grants {
        say(format_args!("  grants: {grants}"));
    }
    Ok(())
}

/// Reads a private key; one that others can read is worth a word.
pub(super) fn key(path: &Path) -> anyhow::Result<PrivateKey> {
    let key = PrivateKey::read(path).map_err(|error| anyhow!(error))?;
    let mode = std::fs::metadata(path).map_or(0, |found| found.permissions().mode());
    if mode & 0o077 != 0 {
        note(format_args!(
            "{}: others than its owner can read or write this private key; chmod 600 it",
            path.display()
        ));
    }
    Ok(key)
}

/// Signs; whose signatures are gone is said.
pub(super) fn signed(bytes: &[u8], key: &PrivateKey, grants: Option<&Grants>) -> Result<Vec<u8>, String> {
    let signed = sign::sign(bytes, key, grants)?;
    for signer in &signed.dropped {
        note(format_args!(
            "the signature by {signer} is gone: it was over other grants"
        ));
    }
    Ok(signed.component)
}

/// What a deploy will call it.
pub(super) fn label(component: &[u8]) -> String {
    let digest = Sha256::digest(component);
    digest[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn note(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "kemist: note: {line}");
}

//! `kemist keygen`: a pair of keys to sign modules with.

use super::say;
use crate::sign::PrivateKey;
use anyhow::{anyhow, bail};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What the files are called: NAME.key is the private key, NAME.pub the public one.
    #[arg(short, long, value_name = "NAME", default_value = "kemist")]
    output: PathBuf,
}

/// Both files, or none.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let name = arguments
        .output
        .file_name()
        .ok_or_else(|| anyhow!("{}: it names no file", arguments.output.display()))?;
    let (private, public) = (with(&arguments.output, ".key"), with(&arguments.output, ".pub"));
    if let Some(there) = [&private, &public]
        .into_iter()
        .find(|file| file.symlink_metadata().is_ok())
    {
        bail!(
            "{}: it exists, and a key is never overwritten; name others with -o",
            there.display()
        );
    }
    let key = PrivateKey::generate().map_err(|error| anyhow!(error))?;
    let shown = key.public_named(&name.to_string_lossy());
    // a name that no configuration could carry
    let text = crate::sign::PublicKey::parse(&shown.text()).map_or_else(|_| key.public().text(), |key| key.text());
    key.write(&private)
        .map_err(|error| anyhow!("{}: cannot be written: {error}", private.display()))?;
    if let Err(error) = write(&public, &text) {
        let _ = std::fs::remove_file(&private);
        bail!("{}: cannot be written: {error}", public.display());
    }
    say(format_args!(
        "{}: the private key, readable by you alone: kemist sign M.wasm --key {}",
        private.display(),
        private.display()
    ));
    say(format_args!(
        "{}: the public key, fingerprint {}; for [routing] of kemist.toml:",
        public.display(),
        shown.fingerprint()
    ));
    say(format_args!("trust = [{}]", toml::Value::from(text)));
    Ok(())
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

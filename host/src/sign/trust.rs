//! `[routing] trust`: whose modules may be deployed.

use super::keys::PREFIX;
use super::sections::Sections;
use super::{PublicKey, altered, message};
use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// The keys whose modules may be deployed. Files are read at each check, so that a key can be added or withdrawn while
/// the proxy runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Trust(Vec<Entry>);

#[derive(Clone, Debug)]
enum Entry {
    Key(PublicKey),
    File(PathBuf),
}

/// Who vouches for a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer(PublicKey);

impl Signer {
    /// The name that the list of trusted keys gives it.
    pub fn name(&self) -> Option<&str> {
        self.0.name()
    }

    /// Its key's short form.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint()
    }
}

/// `alice (key 0123456789abcdef)`.
impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<Vec<String>> for Trust {
    type Error = String;

    fn try_from(list: Vec<String>) -> Result<Trust, String> {
        if list.is_empty() {
            return Err(
                "it lists no key, and no module could be deployed; name a public key (`kemist keygen`), or remove the line"
                    .into(),
            );
        }
        let entry = |text: &String| match text.trim() {
            "" => Err("an empty text is no key; write a public key or the path of its file".to_owned()),
            text if text.starts_with(PREFIX) => {
                let key = PublicKey::parse(text).map_err(|what| format!("{what}; correct it"))?;
                Ok(Entry::Key(key))
            }
            path => Ok(Entry::File(path.into())),
        };
        list.iter().map(entry).collect::<Result<_, _>>().map(Trust)
    }
}

impl Trust {
    /// Paths count from this folder.
    pub(crate) fn resolve(&mut self, base: &Path) {
        for entry in &mut self.0 {
            if let Entry::File(path) = entry {
                *path = base.join(&*path);
            }
        }
    }

    /// The keys as they are now.
    ///
    /// # Errors
    /// Where a file has none: one line that names it.
    pub fn keys(&self) -> Result<Vec<PublicKey>, String> {
        let mut keys: Vec<PublicKey> = Vec::new();
        for entry in &self.0 {
            let found = match entry {
                Entry::Key(key) => vec![key.clone()],
                Entry::File(path) => PublicKey::read(path).map_err(|what| format!("[routing] trust: {what}"))?,
            };
            for key in found {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        Ok(keys)
    }

    /// Who of these has signed a module.
    ///
    /// # Errors
    /// Why it is not to be deployed: nobody has, others have, or it is not what was signed.
    pub(super) fn signer(&self, bytes: &[u8]) -> Result<Signer, String> {
        let keys = self.keys()?;
        let sections = Sections::read(bytes)?;
        let known = |key: &PublicKey| keys.iter().find(|known| *known == key);
        // one that does not fit says that something was altered, whoever else has signed
        let message = message(sections.content);
        for (key, signature) in &sections.signatures {
            if !key.verifies(&message, signature) {
                return Err(altered(known(key).unwrap_or(key)));
            }
        }
        if let Some(key) = sections.signatures.iter().find_map(|(key, _)| known(key)) {
            return Ok(Signer(key.clone()));
        }
        let trusted = list(&keys);
        if sections.signatures.is_empty() {
            return Err(format!(
                "it is not signed, and [routing] trust asks for a signature by {trusted}; `kemist sign` makes one"
            ));
        }
        let signers: Vec<_> = sections.signatures.iter().map(|(key, _)| key.to_string()).collect();
        Err(format!(
            "it is signed by {}, and [routing] trust asks for a signature by {trusted}",
            signers.join(", ")
        ))
    }
}

/// `a, b or c`; the first few of many.
fn list(keys: &[PublicKey]) -> String {
    const SHOWN: usize = 3;
    let mut words: Vec<String> = keys.iter().take(SHOWN).map(ToString::to_string).collect();
    if keys.len() > SHOWN {
        words.push(format!("{} more", keys.len() - SHOWN));
    }
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

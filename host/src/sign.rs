//! Signed modules: who vouches for a component, and for what it may do.
//!
//! A signed component ends with sections `kemist:signature`, one for each signer. A signature is over all that stands
//! before the first of them, byte for byte, its section `kemist:grants` included: nothing can be changed, moved or added
//! without breaking it, and nothing may follow. What stands in components or modules inside is content like any other.

mod grants;
mod keys;
mod sections;
mod trust;

pub use grants::Grants;
pub use keys::{PrivateKey, PublicKey};
pub use trust::{Signer, Trust};

use crate::build::Language;
use ed25519_dalek::Signature;
use sections::Sections;
use sha2::{Digest, Sha256};
use std::path::Path;

/// What is signed begins with this, so that the signature means nothing elsewhere.
const DOMAIN: &[u8] = b"kemist module signature, version 1\n";

/// Whether a module may be deployed: who of those that are trusted has signed it. None where anybody may deploy.
///
/// # Errors
/// Why it is refused, for a line that begins with its name.
pub fn check(bytes: &[u8], trust: Option<&Trust>) -> Result<Option<Signer>, String> {
    trust.map(|trust| trust.signer(bytes)).transpose()
}

/// A source that the proxy would build has no signature: where keys are trusted, none is served.
///
/// # Errors
/// Where the module is a source.
pub fn refuse_source(module: &Path) -> Result<(), String> {
    if module.is_dir() || Language::of(module).is_some() {
        return Err(
            "it is a routing source, and [routing] trust asks for a signed module; name one that \
                    `kemist build SOURCE --sign KEY` made"
                .into(),
        );
    }
    Ok(())
}

/// What the end of a component says of it.
#[derive(Debug)]
pub struct Seals {
    /// Those who signed it, in the order in which they did.
    pub signatures: Vec<Seal>,
    /// What it was given.
    pub grants: Option<Grants>,
}

/// One signature.
#[derive(Debug)]
pub struct Seal {
    /// Its key; the name is not known from it.
    pub key: PublicKey,
    /// Whether it fits the module as it is.
    pub valid: bool,
}

/// Reads the signatures and grants of a component.
///
/// # Errors
/// Where its sections are not in order.
pub fn read(bytes: &[u8]) -> Result<Seals, String> {
    let sections = Sections::read(bytes)?;
    let message = message(sections.content);
    let signatures = sections.signatures.iter().map(|(key, signature)| Seal {
        valid: key.verifies(&message, signature),
        key: key.clone(),
    });
    Ok(Seals {
        signatures: signatures.collect(),
        grants: sections.grants,
    })
}

/// A component with one more signature.
#[derive(Debug)]
pub struct Signed {
    /// The component.
    pub component: Vec<u8>,
    /// Signatures that are gone because the grants have changed.
    pub dropped: Vec<PublicKey>,
}

/// Signs a component. One that this key has signed gets a new signature in the old one's place; `grants`, where they are
/// said, take the place of those that it has, and signatures over those go.
///
/// # Errors
/// Where it is no component, or is signed already and does not fit its signatures.
pub fn sign(bytes: &[u8], key: &PrivateKey, grants: Option<&Grants>) -> Result<Signed, String> {
    let sections = Sections::read(bytes)?;
    let signed = message(sections.content);
    if let Some((key, _)) = sections.signatures.iter().find(|(key, s)| !key.verifies(&signed, s)) {
        return Err(altered(key));
    }
    let renewed = grants.filter(|grants| sections.grants.as_ref() != grants.some());
    let mut component = renewed.map_or_else(|| sections.content.to_vec(), |grants| sections.with_grants(grants));
    let own = key.public();
    let stays = |(signer, _): &Sealed| renewed.is_none() || *signer == own;
    let (mut kept, dropped): (Vec<_>, Vec<_>) = sections.signatures.into_iter().partition(stays);
    let fresh = key.sign(&message(&component));
    match kept.iter_mut().find(|(signer, _)| *signer == own) {
        Some((_, signature)) => *signature = fresh,
        None => kept.push((own, fresh)),
    }
    if kept.len() > sections::MAX_SIGNATURES {
        return Err(format!(
            "it would have more than {} signatures",
            sections::MAX_SIGNATURES
        ));
    }
    for (signer, signature) in &kept {
        sections::append_signature(&mut component, signer, signature);
    }
    Ok(Signed {
        component,
        dropped: dropped.into_iter().map(|(signer, _)| signer).collect(),
    })
}

/// What a signature is made of.
fn message(content: &[u8]) -> Vec<u8> {
    let mut message = DOMAIN.to_vec();
    message.extend((content.len() as u64).to_le_bytes());
    message.extend(Sha256::digest(content));
    message
}

/// What there is to say of a signature that does not fit.
pub fn altered(signer: &PublicKey) -> String {
    format!("the signature by {signer} does not fit: the module or its grants were altered after it")
}

type Sealed = (PublicKey, Signature);

#[cfg(test)]
mod tests;

//! The outermost sections of a component, and the two that are read here.

use super::{Grants, PublicKey, Sealed};
use ed25519_dalek::Signature;
use std::borrow::Cow;
use std::ops::Range;
use wasm_encoder::{CustomSection, Section};
use wasmparser::BinaryReader;

/// The section of a signature: a byte that says how the rest is to be read, the public key, the signature.
pub(super) const SIGNATURE: &str = "kemist:signature";
const VERSION: u8 = 1;
/// The section of the grants.
const GRANTS: &str = "kemist:grants";
/// Each costs a verification.
pub(super) const MAX_SIGNATURES: usize = 16;

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// What a component has, as far as signing goes.
#[derive(Debug)]
pub(super) struct Sections<'a> {
    /// All before the first signature: what is signed.
    pub content: &'a [u8],
    /// The signatures, whether they fit or not.
    pub signatures: Vec<Sealed>,
    /// What its section of grants says.
    pub grants: Option<Grants>,
    /// Where that section is.
    place: Option<Range<usize>>,
}

impl<'a> Sections<'a> {
    /// Walks over the outermost sections. What is inside of others is theirs.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Sections<'a>, String> {
        match bytes.get(..COMPONENT.len()) {
            Some(COMPONENT) => {}
            Some([b'\0', b'a', b's', b'm', 1, 0, 0, 0]) => {
                return Err("a core module, not a component; `kemist build` makes components".into());
            }
            _ => return Err("not a WebAssembly component".into()),
        }
        let mut sections = Sections {
            content: bytes,
            signatures: Vec::new(),
            grants: None,
            place: None,
        };
        let mut start = COMPONENT.len();
        while start < bytes.len() {
            let custom =
                custom(bytes, start).map_err(|_| "its sections end before they should: is the file cut short?")?;
            let (end, name, data) = (custom.end, custom.name, custom.data);
            match name {
                SIGNATURE => {
                    if sections.signatures.is_empty() {
                        sections.content = &bytes[..start];
                    }
                    sections.signature(data, &bytes[start..end])?;
                }
                _ if !sections.signatures.is_empty() => {
                    return Err("a section follows its signatures, which nobody has signed".into());
                }
                GRANTS if sections.grants.is_some() => return Err("it has two sections kemist:grants".into()),
                GRANTS => {
                    let grants = Grants::read(data)?;
                    if section(GRANTS, data) != bytes[start..end] {
                        return Err("its section kemist:grants is not written as it should be".into());
                    }
                    sections.grants = Some(grants);
                    sections.place = Some(start..end);
                }
                _ => {}
            }
            start = end;
        }
        Ok(sections)
    }

    fn signature(&mut self, data: &[u8], whole: &[u8]) -> Result<(), String> {
        let fault = |what: String| format!("its signature {} {what}", self.signatures.len() + 1);
        let (version, rest) = data.split_first().ok_or_else(|| fault("is empty".into()))?;
        if *version != VERSION {
            return Err(fault(format!(
                "is of version {version}, which this kemist does not know"
            )));
        }
        let (Some(key), Some(signature)) = (rest.first_chunk::<32>(), rest.get(32..)) else {
            return Err(fault(format!("has {} bytes instead of 97", data.len())));
        };
        let signature =
            <[u8; 64]>::try_from(signature).map_err(|_| fault(format!("has {} bytes instead of 97", data.len())))?;
        let key = PublicKey::new(*key).map_err(|what| fault(format!("has no good key: {what}")))?;
        // one way to write a section: no byte of the file can change unnoticed
        if section(SIGNATURE, data) != whole {
            return Err(fault("is not written as it should be".into()));
        }
        if self.signatures.iter().any(|(other, _)| *other == key) {
            return Err(format!("it is signed twice by {key}"));
        }
        if self.signatures.len() == MAX_SIGNATURES {
            return Err(format!("it has more than {MAX_SIGNATURES} signatures"));
        }
        self.signatures.push((key, Signature::from_bytes(&signature)));
        Ok(())
    }

    /// The content with these grants instead of its own; a section of none is not there.
    pub(super) fn with_grants(&self, grants: &Grants) -> Vec<u8> {
        let mut content = match &self.place {
            Some(place) => [&self.content[..place.start], &self.content[place.end..]].concat(),
            None => self.content.to_vec(),
        };
        if let Some(grants) = grants.some() {
            content.extend(section(GRANTS, grants.text().as_bytes()));
        }
        content
    }
}

/// A section, its name and content where it is a custom one.
struct Custom<'a> {
    end: usize,
    name: &'a str,
    data: &'a [u8],
}

fn custom(bytes: &[u8], start: usize) -> wasmparser::Result<Custom<'_>> {
    let mut reader = BinaryReader::new(&bytes[start..], 0);
    let id = reader.read_u8()?;
    let size = reader.read_var_u32()?;
    let content = reader.read_bytes(size as usize)?;
    let end = bytes.len() - reader.bytes_remaining();
    let mut reader = BinaryReader::new(content, 0);
    let name = if id == 0 { reader.read_string()? } else { "" };
    let data = reader.read_bytes(reader.bytes_remaining())?;
    Ok(Custom { end, name, data })
}

pub(super) fn append_signature(component: &mut Vec<u8>, key: &PublicKey, signature: &Signature) {
    let mut data = vec![VERSION];
    data.extend(key.bytes());
    data.extend(signature.to_bytes());
    component.extend(section(SIGNATURE, &data));
}

/// A custom section as this program writes it.
pub(super) fn section(name: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let section = CustomSection {
        name: Cow::Borrowed(name),
        data: Cow::Borrowed(data),
    };
    section.append_to(&mut bytes);
    bytes
}

//! From a snapshot to a component, and sections of components.

use std::sync::LazyLock;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// WASI for the engine, whose C library asks for some of it: the clock is the host's, the rest is not there.
const ADAPTER: &str = include_str!("../../../../plugins/javascript/adapter.wat");
const TYPES: &str = include_str!("../../../../wit/types.wit");
const DYNAMIC: &str = include_str!("../../../../wit/dynamic.wit");

/// Wraps a core module, which names its world in a custom section.
pub(super) fn lift(core: &[u8]) -> Result<Vec<u8>, String> {
    static ADAPTED: LazyLock<Result<Vec<u8>, String>> = LazyLock::new(adapter);
    let adapter = ADAPTED.as_ref().map_err(Clone::clone)?;
    let encoded = ComponentEncoder::default()
        .module(core)
        .and_then(|encoder| encoder.adapter("wasi_snapshot_preview1", adapter))
        .and_then(|encoder| encoder.validate(true).encode());
    encoded.map_err(|e| {
        format!(
            "the engine is not one of this kemist: {}",
            super::one_line(&format!("{e:#}"))
        )
    })
}

/// The adapter, with what it imports said in its own section.
fn adapter() -> Result<Vec<u8>, String> {
    let fault = |e: &dyn std::fmt::Display| format!("the engine's adapter: {e:#}");
    let mut module = wat::parse_str(ADAPTER).map_err(|e| fault(&e))?;
    let dynamic = DYNAMIC.trim_start_matches(|c| c != ';').trim_start_matches(';');
    let text = format!("{TYPES}\n{dynamic}\nworld adapter {{ import dynamic; }}\n");
    let mut resolve = Resolve::default();
    let package = resolve.push_str("adapter.wit", &text).map_err(|e| fault(&e))?;
    let world = resolve
        .select_world(&[package], Some("adapter"))
        .map_err(|e| fault(&e))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).map_err(|e| fault(&e))?;
    Ok(module)
}

/// Adds a custom section at the end.
pub(super) fn append(component: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut content = leb128(name.len());
    content.extend_from_slice(name.as_bytes());
    content.extend_from_slice(data);
    component.push(0);
    component.extend(leb128(content.len()));
    component.extend(content);
}

/// The content of the outermost custom section with this name.
pub(super) fn section<'a>(component: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut depth = 0_u32;
    for payload in wasmparser::Parser::new(0).parse_all(component) {
        match payload.ok()? {
            wasmparser::Payload::Version { .. } => depth += 1,
            wasmparser::Payload::End(_) => depth = depth.saturating_sub(1),
            wasmparser::Payload::CustomSection(section) if depth == 1 && section.name() == name => {
                return Some(section.data());
            }
            _ => {}
        }
    }
    None
}

fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_come_back() {
        let mut component = b"\0asm\x0d\0\x01\0".to_vec();
        append(&mut component, "other", b"no");
        append(&mut component, "mine", &[7; 300]);
        assert_eq!(section(&component, "mine"), Some(&[7; 300][..]));
        assert_eq!(section(&component, "missing"), None);
        assert_eq!(section(b"no component", "mine"), None);
    }

    #[test]
    fn the_adapter_imports_the_host() {
        let module = adapter().unwrap();
        assert!(module.starts_with(b"\0asm"));
    }
}

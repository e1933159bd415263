//! From a snapshot to a component, and sections of components.

use wit_component::ComponentEncoder;

/// Wraps a core module, which names its world in a custom section.
pub(super) fn lift(core: &[u8]) -> Result<Vec<u8>, String> {
    let encoded = ComponentEncoder::default()
        .module(core)
        .and_then(|encoder| encoder.validate(true).encode());
    encoded.map_err(|e| {
        format!(
            "the engine is not one of this kemist: {}",
            super::one_line(&format!("{e:#}"))
        )
    })
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
}

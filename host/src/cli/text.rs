//! JSON as text: parts of it, and made readable, without a value in memory for each of its values.

use std::io::{self, Write};

/// The text of a member of an object; None where there is none, or no object.
pub(super) fn member<'t>(object: &'t str, name: &str) -> Option<&'t str> {
    let bytes = object.as_bytes();
    let mut at = skip_space(bytes, 0);
    if bytes.get(at) != Some(&b'{') {
        return None;
    }
    at = skip_space(bytes, at + 1);
    while bytes.get(at) == Some(&b'"') {
        let key = at..skip_value(bytes, at);
        at = skip_space(bytes, skip_space(bytes, key.end) + 1);
        let value = at..skip_value(bytes, at);
        if object.get(key)?.trim_matches('"') == name {
            return object.get(value);
        }
        // over the comma, or the end
        at = skip_space(bytes, skip_space(bytes, value.end) + 1);
    }
    None
}

/// Writes a text with each entry on a line of its own.
pub(super) fn pretty(text: &str, out: &mut impl Write) -> io::Result<()> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = skip_value(bytes, at);
                out.write_all(&bytes[at..end])?;
                at = end;
                continue;
            }
            b'{' | b'[' => {
                out.write_all(&[byte])?;
                let next = skip_space(bytes, at + 1);
                // nothing inside
                if let Some(end @ (b'}' | b']')) = bytes.get(next) {
                    out.write_all(&[*end])?;
                    at = next;
                } else {
                    depth += 1;
                    line(depth, out)?;
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                line(depth, out)?;
                out.write_all(&[byte])?;
            }
            b',' => {
                out.write_all(b",")?;
                line(depth, out)?;
            }
            b':' => out.write_all(b": ")?,
            _ if byte.is_ascii_whitespace() => {}
            _ => out.write_all(&[byte])?,
        }
        at += 1;
    }
    Ok(())
}

fn line(depth: usize, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\n")?;
    (0..depth).try_for_each(|_| out.write_all(b"  "))
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// The end of the value that begins at a place.
fn skip_value(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0usize;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = skip_string(bytes, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b',' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

fn skip_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn members_are_found_by_their_name() {
        let text = r#"{ "a" : {"result":1}, "b,}":"x\"},{", "result" : [1, {"c": "]"}] , "id":1}"#;
        assert_eq!(member(text, "result"), Some(r#"[1, {"c": "]"}]"#));
        assert_eq!(member(text, "id"), Some("1"));
        assert_eq!(member(text, "c"), None);
        for text in ["", "[]", "{", "{\"a", "{\"a\"", "{}", "7", "{\"result\":"] {
            assert!(member(text, "result").is_none_or(str::is_empty), "{text}");
        }
    }

    #[test]
    fn what_is_made_readable_is_as_serde_writes_it() {
        for value in [
            json!({"a": [], "b": {}, "c": [1, -2.5, "x: {y}, \"z\\"], "d": {"e": [[null]]}}),
            json!(null),
            json!("text"),
            json!([]),
        ] {
            let mut out = Vec::new();
            pretty(&value.to_string(), &mut out).expect("memory");
            assert_eq!(String::from_utf8(out).expect("UTF-8"), format!("{value:#}"));
            let mut again = Vec::new();
            pretty(&format!("{value:#}"), &mut again).expect("memory");
            assert_eq!(serde_json::from_slice::<Value>(&again).expect("JSON"), value);
        }
    }
}

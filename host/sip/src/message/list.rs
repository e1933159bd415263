//! Comma lists (RFC 3261 7.3.1): several values of one field in one line.

use super::lexical::{quoted_end, trim};

/// The values of a comma list, trimmed, in order. Commas inside quotes and inside `<>` do not split;
/// empty elements are yielded, so that a strict reader sees them.
pub fn split(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = element_end(text);
        rest = text.get(end + 1..);
        Some(trim(text.get(..end).unwrap_or_default()))
    })
}

/// Where the first element ends: at its comma or at the end of the text.
pub(crate) fn element_end(text: &[u8]) -> usize {
    // most values are no list
    let Some(comma) = memchr::memchr(b',', text) else {
        return text.len();
    };
    let mut i = match memchr::memchr2(b'"', b'<', &text[..comma]) {
        Some(first) => first,
        None => return comma,
    };
    while let Some(n) = memchr::memchr3(b'"', b'<', b',', text.get(i..).unwrap_or_default()) {
        i += n;
        i = match text[i] {
            // An unclosed quote swallows the rest: whoever reads the element finds it faulty.
            b'"' => match quoted_end(text, i) {
                Some(end) => end,
                None => return text.len(),
            },
            // and so does an unclosed bracket
            b'<' => match memchr::memchr(b'>', &text[i..]) {
                Some(close) => i + close + 1,
                None => return text.len(),
            },
            _ => return i,
        };
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(value: &str) -> Vec<String> {
        split(value.as_bytes())
            .map(|v| String::from_utf8_lossy(v).into_owned())
            .collect()
    }

    #[test]
    fn quotes_and_brackets_hold_commas() {
        assert_eq!(all("a, b ,c"), ["a", "b", "c"]);
        assert_eq!(
            all(r#""x, \" y" <sip:a,b@c>;p="1,2", <sip:d>"#),
            [r#""x, \" y" <sip:a,b@c>;p="1,2""#, "<sip:d>"]
        );
        assert_eq!(all("a,,b,"), ["a", "", "b", ""]);
        assert_eq!(all(""), [""]);
        assert_eq!(all("\"open, a"), ["\"open, a"]);
        assert_eq!(all("<sip:a, b"), ["<sip:a, b"]);
    }
}

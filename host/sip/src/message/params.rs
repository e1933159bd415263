//! Parameter lists: `;name=value;flag`, of a URI and of a header field.

use super::lexical::{find as find_byte, find_any, quoted_end, trim, unquote};

/// One parameter: its name, and its value where it has one (without quotes, escapes as they are).
pub type Param<'p> = (&'p [u8], Option<&'p [u8]>);

/// The parameters of a list as it stands after its first `;`. White space around names and values is
/// left out, and so are empty elements.
pub fn iter(params: &[u8]) -> impl Iterator<Item = Param<'_>> {
    elements(params).filter(|e| !e.is_empty()).map(param)
}

/// Name and value of an element.
#[inline]
pub(crate) fn param(element: &[u8]) -> Param<'_> {
    match find_byte(element, b'=') {
        Some(eq) => (trim(&element[..eq]), Some(unquote(trim(&element[eq + 1..])))),
        None => (element, None),
    }
}

/// Looks a parameter up by its name, in any case: `None` where it is missing, `Some(None)` where it
/// has no value. The first of several counts.
pub fn find<'p>(params: &'p [u8], name: &str) -> Option<Option<&'p [u8]>> {
    // most are told by their first letter
    let first = name.as_bytes().first().map(u8::to_ascii_lowercase);
    let like = |element: &&[u8]| match element {
        [] => false,
        [letter, ..] => first.is_none_or(|first| letter.to_ascii_lowercase() == first),
    };
    elements(params)
        .filter(like)
        .map(param)
        .find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, value)| value)
}

/// The elements between semicolons, trimmed, empty ones too.
#[inline]
pub(crate) fn elements(params: &[u8]) -> Elements<'_> {
    Elements {
        rest: Some(params).filter(|params| !params.is_empty()),
    }
}

pub(crate) struct Elements<'p> {
    rest: Option<&'p [u8]>,
}

impl<'p> Iterator for Elements<'p> {
    type Item = &'p [u8];

    #[inline]
    fn next(&mut self) -> Option<&'p [u8]> {
        let text = self.rest?;
        let end = element_end(text);
        self.rest = text.get(end + 1..);
        Some(trim(text.get(..end).unwrap_or_default()))
    }
}

#[inline]
fn element_end(text: &[u8]) -> usize {
    match find_any(text, [b'"', b';']) {
        None => text.len(),
        Some(end) if text[end] == b';' => end,
        Some(quote) => quoted_element_end(text, quote),
    }
}

/// Where an element ends that has a quote, or more of them.
fn quoted_element_end(text: &[u8], quote: usize) -> usize {
    let mut i = quote;
    while let Some(n) = find_any(text.get(i..).unwrap_or_default(), [b'"', b';']) {
        if text[i + n] == b';' {
            return i + n;
        }
        match quoted_end(text, i + n) {
            Some(end) => i = end,
            None => break,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_in_any_case_and_without_quotes() {
        let params = br#" Tag = a1 ;lr; x="q;\" r" ;;expires=5"#;
        assert_eq!(find(params, "tag"), Some(Some(&b"a1"[..])));
        assert_eq!(find(params, "LR"), Some(None));
        assert_eq!(find(params, "x"), Some(Some(&br#"q;\" r"#[..])));
        assert_eq!(find(params, "expires"), Some(Some(&b"5"[..])));
        assert_eq!(find(params, "ta"), None);
        assert_eq!(find(b"", ""), None);
        assert_eq!(iter(params).count(), 4);
    }

    #[test]
    fn an_open_quote_ends_with_the_list() {
        assert_eq!(find(b"a=\"b;c", "c"), None);
        assert_eq!(find(b"a=\"b;c", "a"), Some(Some(&b"\"b;c"[..])));
        assert_eq!(find(b"a=\"", "a"), Some(Some(&b"\""[..])));
    }
}

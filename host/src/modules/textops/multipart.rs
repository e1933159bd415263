//! Bodies of several parts (RFC 2046 section 5.1).

use super::bodies::is_value;
use crate::route::Route;
use crate::route::pv::MAX_VALUE;
use kemist_sip::message::{HeaderId, params};
use std::ops::Range;

/// Where a script names none.
const BOUNDARY: &[u8] = b"unique-boundary-1";
const TYPE: &[u8] = b"text/plain";
/// Longest boundary, by RFC 2046.
const LONGEST_BOUNDARY: usize = 70;

/// One part, as places in the body.
struct Part {
    /// From its delimiter line on, up to the next one.
    whole: Range<usize>,
    /// Behind the delimiter line, without the line end in front of the next one.
    inside: Range<usize>,
    /// Where its content begins.
    content: usize,
}

/// Is a Content-Type of that type, whatever its parameters?
pub(super) fn is_type(value: &[u8], wanted: &[u8]) -> bool {
    let bare = |text: &'_ [u8]| {
        let end = memchr::memchr(b';', text).unwrap_or(text.len());
        text[..end].to_ascii_lowercase().trim_ascii().to_vec()
    };
    bare(value) == bare(wanted)
}

impl Route {
    /// The boundary of a multipart body; for `multipart/mixed` only, where asked for.
    fn boundary(&self, mixed: bool) -> Option<Vec<u8>> {
        let value = self.msg.header(HeaderId::ContentType)?.value();
        let (kind, list) = value.split_at(memchr::memchr(b';', value)?);
        let fits = match mixed {
            true => is_type(kind, b"multipart/mixed"),
            false => kind.trim_ascii_start().to_ascii_lowercase().starts_with(b"multipart/"),
        };
        let boundary = params::find(&list[1..], "boundary").flatten().filter(|_| fits)?;
        is_boundary(boundary).then(|| boundary.to_vec())
    }

    /// Makes the body, or another one, the only part of a multipart/mixed one. True where it is one
    /// already and there is no other.
    pub(super) fn make_multipart(&mut self, body: &[u8], content_type: &[u8], boundary: &[u8]) -> bool {
        if body.is_empty() && self.boundary(true).is_some() {
            return true;
        }
        let boundary = if boundary.is_empty() { BOUNDARY } else { boundary };
        let own = body.is_empty();
        let body = if own { self.msg.body().to_vec() } else { body.to_vec() };
        let content_type = match (content_type, self.msg.header(HeaderId::ContentType)) {
            (b"", Some(header)) if own => header.value().to_vec(),
            (b"", _) => TYPE.to_vec(),
            (content_type, _) => content_type.to_vec(),
        };
        if body.is_empty() || !is_boundary(boundary) || !is_value(&content_type) || contains(&body, boundary) {
            return false;
        }
        let versioned = self.msg.headers_named(b"MIME-Version").next().is_some();
        if !versioned && !self.may_change_header(b"MIME-Version") {
            return false;
        }
        let mut text = part_text(&body, &content_type, b"", boundary);
        text.extend_from_slice(&[b"--", boundary, b"--\r\n"].concat());
        let header = [b"multipart/mixed;boundary=\"", boundary, b"\""].concat();
        self.set_body_to(&text, &header) && (versioned || self.append_lines(b"MIME-Version: 1.0\r\n"))
    }

    /// Puts a part behind the last one.
    pub(super) fn append_part(&mut self, body: &[u8], content_type: &[u8], disposition: &[u8]) -> bool {
        let Some(boundary) = self.boundary(true) else {
            return false;
        };
        let fits = !body.is_empty()
            && body.len() <= MAX_VALUE
            && is_value(content_type)
            && (disposition.is_empty() || is_value(disposition))
            && !contains(body, &boundary)
            && !self.msg.body().is_empty();
        if !fits {
            return false;
        }
        let mut text = part_text(body, content_type, disposition, &boundary);
        let at = match closing(self.msg.body(), &boundary) {
            Some(at) => at,
            None => {
                text.extend_from_slice(&[b"--", &*boundary, b"--\r\n"].concat());
                self.msg.body().len()
            }
        };
        self.edit_body(vec![(at..at, text)])
    }

    /// Leaves the content of the first part of a type only.
    pub(super) fn keep_part(&mut self, content_type: &[u8]) -> bool {
        let Some(boundary) = self.boundary(true) else {
            return false;
        };
        let body = self.msg.body();
        let Some(part) = parts(body, &boundary).find(|part| part.is(body, content_type)) else {
            return false;
        };
        let end = body.len();
        self.edit_body(vec![(0..part.content, Vec::new()), (part.inside.end..end, Vec::new())])
    }

    pub(super) fn remove_part(&mut self, content_type: &[u8]) -> bool {
        let Some(boundary) = self.boundary(false) else {
            return false;
        };
        let body = self.msg.body();
        let Some(part) = parts(body, &boundary).find(|part| part.is(body, content_type)) else {
            return false;
        };
        self.edit_body(vec![(part.whole, Vec::new())])
    }

    /// The content of the first part of a type, with its headers where asked for. The body itself where it
    /// has no parts.
    pub(super) fn part_of(&self, content_type: &[u8], with_headers: bool) -> Option<Vec<u8>> {
        let body = self.msg.body();
        if body.is_empty() {
            return None;
        }
        let Some(boundary) = self.boundary(false) else {
            return Some(body.to_vec());
        };
        let part = parts(body, &boundary).find(|part| part.is(body, content_type))?;
        let start = if with_headers { part.inside.start } else { part.content };
        body.get(start..part.inside.end).map(<[u8]>::to_vec)
    }

    /// Changes at places of the body.
    fn edit_body(&mut self, changes: Vec<super::edits::Change>) -> bool {
        let start = usize::try_from(self.msg.body_offset()).unwrap_or(usize::MAX);
        let shifted = changes
            .into_iter()
            .map(|(range, by)| (start + range.start..start + range.end, by));
        let shifted = shifted.collect();
        self.change(shifted)
    }
}

impl Part {
    /// Is the part of that type? One without Content-Type is plain text.
    fn is(&self, body: &[u8], wanted: &[u8]) -> bool {
        let headers = body.get(self.inside.start..self.content).unwrap_or_default();
        let lines = headers.split(|b| *b == b'\n');
        let mut types = lines.filter_map(|line| {
            let colon = memchr::memchr(b':', line)?;
            let name = line[..colon].trim_ascii();
            let known = name.eq_ignore_ascii_case(b"Content-Type") || name.eq_ignore_ascii_case(b"c");
            known.then(|| &line[colon + 1..])
        });
        is_type(types.next().unwrap_or(TYPE), wanted)
    }
}

/// The delimiter line, the headers, the content and a line end.
fn part_text(body: &[u8], content_type: &[u8], disposition: &[u8], boundary: &[u8]) -> Vec<u8> {
    let mut text = [b"--", boundary, b"\r\nContent-Type: ", content_type, b"\r\n"].concat();
    if !disposition.is_empty() {
        text.extend_from_slice(&[b"Content-Disposition: ", disposition, b"\r\n"].concat());
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(body);
    text.extend_from_slice(b"\r\n");
    text
}

/// Characters of RFC 2046, and neither too long nor ended by a blank.
fn is_boundary(text: &[u8]) -> bool {
    (1..=LONGEST_BOUNDARY).contains(&text.len())
        && text.last() != Some(&b' ')
        && text
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(b))
}

fn contains(body: &[u8], boundary: &[u8]) -> bool {
    memchr::memmem::find(body, &[b"--", boundary].concat()).is_some()
}

/// The starts and ends of the delimiter lines, each with whether it closes the body.
fn delimiters<'b>(body: &'b [u8], boundary: &[u8]) -> impl Iterator<Item = (Range<usize>, bool)> + 'b {
    let mark = [b"--", boundary].concat();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < body.len() {
            let start = at;
            let end = memchr::memchr(b'\n', &body[start..]).map_or(body.len(), |n| start + n + 1);
            at = end;
            let rest = body[start..end].strip_prefix(&*mark).map(<[u8]>::trim_ascii_end);
            match rest {
                Some(b"") => return Some((start..end, false)),
                Some(b"--") => return Some((start..end, true)),
                _ => {}
            }
        }
        None
    })
}

/// Where the closing delimiter line is.
fn closing(body: &[u8], boundary: &[u8]) -> Option<usize> {
    delimiters(body, boundary)
        .find(|(_, closes)| *closes)
        .map(|(line, _)| line.start)
}

fn parts<'b>(body: &'b [u8], boundary: &[u8]) -> impl Iterator<Item = Part> + 'b {
    let mut lines = delimiters(body, boundary).peekable();
    std::iter::from_fn(move || {
        let (line, closes) = lines.next()?;
        let next = lines.peek().map_or(body.len(), |(next, _)| next.start);
        if closes {
            return None;
        }
        let text = body.get(line.end..next)?;
        let trimmed = text.strip_suffix(b"\n").unwrap_or(text);
        let trimmed = trimmed.strip_suffix(b"\r").unwrap_or(trimmed);
        let inside = line.end..line.end + trimmed.len();
        Some(Part {
            content: inside.start + content_offset(trimmed),
            whole: line.start..next,
            inside,
        })
    })
}

/// Where the content begins, behind the empty line that ends the headers.
fn content_offset(part: &[u8]) -> usize {
    if part.starts_with(b"\r\n") {
        return 2;
    }
    if part.starts_with(b"\n") {
        return 1;
    }
    match (
        memchr::memmem::find(part, b"\r\n\r\n"),
        memchr::memmem::find(part, b"\n\n"),
    ) {
        (Some(at), _) => at + 4,
        (None, Some(at)) => at + 2,
        (None, None) => part.len(),
    }
}

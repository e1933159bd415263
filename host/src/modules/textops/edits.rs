//! Changes of the text of a message by expression or place.
//!
//! A script may change headers by their text, but not what they are for the host: a change adds no line
//! (so that no value from the network becomes a header), and with it the message must still be read with
//! the Via headers that it had, one Content-Length that is right, and a first line as it was.

use crate::route::Route;
use crate::route::lines::{header_lines, may_be_written};
use crate::route::pv::MAX_VALUE;
use crate::route::regexes::Flavor;
use crate::route::text::from_guest;
use bytes::Bytes;
use kemist_sip::Message;
use kemist_sip::message::{Header, HeaderId, edits};
use std::ops::Range;

/// Most matches that one call replaces.
const MAX_MATCHES: usize = 1024;

/// Which part of the message is searched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
    /// All behind the first line.
    Message,
    Headers,
    Body,
}

/// How many matches are replaced.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Matches {
    First,
    All,
}

/// A range of the received message and what comes in its place.
pub(super) type Change = (Range<usize>, Vec<u8>);

/// Name and value of a header.
type Line = (Box<[u8]>, Box<[u8]>);

impl Area {
    /// Where it is.
    fn range(self, msg: &Message) -> Range<usize> {
        let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX).min(msg.len());
        match self {
            Area::Message => at(msg.first_header_offset())..msg.len(),
            Area::Headers => at(msg.first_header_offset())..at(msg.headers_end()),
            Area::Body => at(msg.body_offset())..msg.len(),
        }
    }
}

impl Route {
    pub(super) fn append_after(&mut self, area: Area, expression: &str, text: &str) -> bool {
        let Some(regex) = self.script_regex(expression) else {
            return false;
        };
        let range = area.range(&self.msg);
        let found = regex
            .find(&self.msg.bytes()[range.clone()])
            .map(|found| range.start + found.end());
        let Some(at) = found else { return false };
        self.change(vec![(at..at, from_guest(text).into_owned())])
    }

    /// Replaces what an expression matches; false where it does not, or matches a place of no length
    /// where all are to be replaced.
    pub(super) fn replace_matches(
        &mut self,
        area: Area,
        expression: &str,
        flavor: Flavor,
        matches: Matches,
        by: &str,
    ) -> bool {
        let Some(regex) = self.regex_of(expression, flavor, true) else {
            return false;
        };
        let (range, by) = (area.range(&self.msg), from_guest(by));
        let most = if matches == Matches::First { 1 } else { MAX_MATCHES };
        let found: Vec<Range<usize>> = regex
            .find_iter(&self.msg.bytes()[range.clone()])
            .map(|found| range.start + found.start()..range.start + found.end())
            .take(most)
            .collect();
        if matches == Matches::All && found.iter().any(Range::is_empty) {
            return false;
        }
        !found.is_empty() && self.change(found.into_iter().map(|range| (range, by.to_vec())).collect())
    }

    /// Replaces plain text; true also where it is not there, as in Kamailio.
    pub(super) fn replace_text(&mut self, area: Area, text: &str, by: &str, mode: &str) -> bool {
        let (text, by) = (from_guest(text), from_guest(by));
        if text.is_empty() {
            return true;
        }
        let first = matches!(mode.bytes().next(), None | Some(b'f' | b'F'));
        let range = area.range(&self.msg);
        let found: Vec<Change> = memchr::memmem::find_iter(&self.msg.bytes()[range.clone()], &*text)
            .take(if first { 1 } else { MAX_MATCHES })
            .map(|at| (range.start + at..range.start + at + text.len(), by.to_vec()))
            .collect();
        found.is_empty() || self.change(found)
    }

    pub(super) fn substitute_in(&mut self, area: Area, substitution: &str) -> bool {
        let range = area.range(&self.msg);
        self.substitution(substitution).is_some_and(|substitution| {
            let changes = substitution.changes(self, &self.msg.bytes()[range.clone()]);
            self.change_from(range.start, changes)
        })
    }

    /// On values of a header: the first, the last, or all.
    pub(super) fn substitute_in_header(&mut self, name: &[u8], substitution: &str, which: Option<u8>) -> bool {
        let Some(substitution) = self.substitution(substitution).filter(|_| may_be_written(name)) else {
            return false;
        };
        if !self.may_change_header(name) {
            return false;
        }
        let msg = self.msg.clone();
        let mut headers = msg.headers_named(name);
        let chosen: Vec<Header<'_>> = match which {
            Some(b'f') => headers.next().into_iter().collect(),
            Some(b'l') => headers.next_back().into_iter().collect(),
            _ => headers.collect(),
        };
        let mut all: Vec<Change> = Vec::new();
        for header in chosen {
            let start = usize::try_from(header.value_start()).unwrap_or(usize::MAX);
            let Some(changes) = substitution.changes(self, header.value()) else {
                return false;
            };
            all.extend(shifted(start, changes));
        }
        !all.is_empty() && self.change(all)
    }

    fn change_from(&mut self, start: usize, changes: Option<Vec<Change>>) -> bool {
        match changes {
            Some(changes) if !changes.is_empty() => self.change(shifted(start, changes).collect()),
            _ => false,
        }
    }

    pub(super) fn remove_headers_where(&mut self, wanted: impl Fn(&Header<'_>) -> bool) -> bool {
        let found = self.msg.headers().filter(|h| may_be_written(h.name()) && wanted(h));
        let found: Vec<Header<'_>> = found.collect();
        if !found.iter().all(|header| self.may_change_header(header.name())) {
            return false;
        }
        let lines: Vec<Change> = found.into_iter().map(|header| (line_of(header), Vec::new())).collect();
        !lines.is_empty() && self.stage(lines)
    }

    /// Kamailio's codes: 2 where a place from the start is none, but 1 where one from the end is.
    pub(super) fn remove_header_at(&mut self, name: &[u8], index: i32) -> i32 {
        if !may_be_written(name) || !crate::route::lines::is_token(name) || !self.may_change_header(name) {
            return -1;
        }
        let count = self.msg.headers_named(name).count();
        let place = match usize::try_from(index) {
            Ok(place) => Some(place),
            Err(_) => count.checked_sub(usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX)),
        };
        let line = place
            .and_then(|place| self.msg.headers_named(name).nth(place))
            .map(line_of);
        match line {
            Some(line) if self.stage(vec![(line.clone(), Vec::new())]) => 1,
            Some(_) => -1,
            None if index >= 0 => 2,
            None => 1,
        }
    }

    /// 1 removed, -2 no header fits, -1 for an operator or expression that is none.
    pub(super) fn remove_headers_by_value(&mut self, name: &[u8], operator: &str, value: &str) -> i32 {
        let wanted = from_guest(value);
        let regex = match operator.to_ascii_lowercase().as_str() {
            "re" => match self.script_regex(value) {
                Some(regex) => Some(regex),
                None => return -1,
            },
            "eq" | "ne" | "in" => None,
            _ => return -1,
        };
        if !self.may_change_header(name) {
            return -1;
        }
        let fits = |text: &[u8]| match (&regex, operator.as_bytes()[0] | 0x20) {
            (Some(regex), _) => regex.is_match(text),
            (None, b'e') => text == &*wanted,
            (None, b'n') => text != &*wanted,
            (None, _) => memchr::memmem::find(text, &wanted).is_some(),
        };
        let found = self
            .msg
            .headers_named(name)
            .filter(|header| may_be_written(header.name()));
        let lines: Vec<Change> = found
            .filter(|header| fits(header.value()))
            .map(|header| (line_of(header), Vec::new()))
            .collect();
        match lines.is_empty() {
            true => -2,
            false if self.stage(lines) => 1,
            false => -1,
        }
    }

    /// Makes changes of a text that was searched, all or none of them.
    pub(super) fn change(&mut self, changes: Vec<Change>) -> bool {
        let headers = Area::Headers.range(&self.msg);
        let body = Area::Body.range(&self.msg).start;
        let line_ends = |text: &[u8]| memchr::memchr2_iter(b'\r', b'\n', text).count();
        let mut in_headers = false;
        for (range, by) in changes.iter().filter(|(range, _)| range.start < body) {
            in_headers = true;
            let old = self.msg.bytes().get(range.clone()).unwrap_or_default();
            let within = range.start >= headers.start && range.end <= headers.end;
            if !within || line_ends(by) > line_ends(old) || !self.makes_header_lines(range, by) {
                self.script_error(format_args!("a change would add a header line, break one, touch Via or Content-Length, or reach out of the headers"));
                return false;
            }
        }
        let kept = (in_headers && self.confined).then(|| self.headers_not_granted());
        let mark = self.edits.mark();
        if !self.stage(changes) {
            return false;
        }
        let touched = kept.is_some_and(|kept| self.differs_from(kept));
        if touched {
            self.edits.truncate_to(mark);
            return false;
        }
        if in_headers && !self.is_still_whole() {
            self.edits.truncate_to(mark);
            self.script_error(format_args!(
                "a change would break Via, Content-Length or a header line"
            ));
            return false;
        }
        true
    }

    /// The headers that the tenant may not change, as the edits leave them.
    fn headers_not_granted(&self) -> Vec<Line> {
        let Ok(changed) = Message::parse(Bytes::from(self.changed())) else {
            return Vec::new();
        };
        let kept = changed
            .headers()
            // Content-Length follows the body, and both it and Via are looked at for everybody
            .filter(|header| may_be_written(header.name()) && !self.is_header_granted(header.name()));
        kept.map(|header| (header.name().into(), header.value().into()))
            .collect()
    }

    /// Is any of them another now, or gone, or is there one more? However the change is written.
    fn differs_from(&self, before: Vec<Line>) -> bool {
        let after = self.headers_not_granted();
        let longer = if after.len() > before.len() { &after } else { &before };
        let place = before.iter().zip(&after).position(|(before, after)| before != after);
        let place = place.or((before.len() != after.len()).then(|| before.len().min(after.len())));
        let Some((name, _)) = place.and_then(|place| longer.get(place)) else {
            return false;
        };
        // it is not granted, and so this tells
        !self.may_change_header(name)
    }

    /// Are the lines that a change touches header lines of a script's, or gone, afterwards?
    fn makes_header_lines(&self, range: &Range<usize>, by: &[u8]) -> bool {
        let bytes = self.msg.bytes();
        let (Some(before), Some(behind)) = (bytes.get(..range.start), bytes.get(range.end..)) else {
            return false;
        };
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        // what ends with its line does not touch the next one, unless it joins it to what is before
        let ends_line = range.end > range.start && bytes[range.end - 1] == b'\n';
        let whole_lines = ends_line && (by.ends_with(b"\n") || by.is_empty() && range.start == start);
        let end = match memchr::memchr(b'\n', behind) {
            _ if whole_lines => range.end,
            Some(at) => range.end + at + 1,
            None => bytes.len(),
        };
        let touched = bytes.get(start..end).unwrap_or_default();
        let lines = [&bytes[start..range.start], by, &bytes[range.end..end]].concat();
        header_lines(touched).is_some() && (lines.is_empty() || header_lines(&lines).is_some())
    }

    /// Adds the changes to the edits of the run, where there is room.
    fn stage(&mut self, changes: Vec<Change>) -> bool {
        let added = changes.iter().map(|(_, by)| by.len()).sum();
        if added > MAX_VALUE || !self.has_room_for_edits(changes.len(), added) {
            return false;
        }
        for (range, by) in &changes {
            let (Ok(at), Ok(length)) = (u32::try_from(range.start), u32::try_from(range.len())) else {
                return false;
            };
            self.edits.replace(at, length, by);
        }
        true
    }

    /// With its edits, is the message one that the host can send?
    fn is_still_whole(&self) -> bool {
        let bytes = Bytes::from(self.changed());
        let length = bytes.len();
        let Ok(changed) = Message::parse(bytes) else {
            return false;
        };
        let vias = |msg: &Message| {
            let values = msg.headers_of(HeaderId::Via).map(|header| header.value().to_vec());
            values.collect::<Vec<_>>()
        };
        let lengths = changed.headers_of(HeaderId::ContentLength).count();
        changed.len() == length
            && changed.body() == self.expected_body()
            && changed
                .content_length()
                .is_none_or(|length| length.is_ok_and(|length| length == changed.body().len()))
            && lengths <= self.msg.headers_of(HeaderId::ContentLength).count().max(1)
            && vias(&changed) == vias(&self.msg)
            && changed
                .headers()
                .all(|header| crate::route::lines::is_token(header.name()))
    }
}

impl Route {
    /// The body as the edits in it alone make it: an empty line in the headers would begin it earlier.
    fn expected_body(&self) -> Vec<u8> {
        let start = self.msg.body_offset();
        let mut own = self.edits.clone();
        own.retain(|at, _, _| at >= start);
        let mut base = self.base_edits.as_deref().cloned().unwrap_or_default();
        base.retain(|at, _, _| at >= start);
        let mut out = Vec::with_capacity(self.msg.len());
        edits::apply(self.msg.bytes(), &[&base, &own], &mut out);
        out.drain(..usize::try_from(start).unwrap_or(usize::MAX).min(out.len()));
        out
    }
}

fn shifted(start: usize, changes: Vec<Change>) -> impl Iterator<Item = Change> {
    changes
        .into_iter()
        .map(move |(range, by)| (start + range.start..start + range.end, by))
}

fn line_of(header: Header<'_>) -> Range<usize> {
    let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    at(header.start())..at(header.end())
}

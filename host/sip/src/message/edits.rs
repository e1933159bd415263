//! Changes to a message, kept apart from it: positions in the received bytes, bytes deleted there,
//! bytes inserted there. What nothing touched leaves as it came.

use super::{Header, HeaderId, Message};
use smallvec::SmallVec;

/// A list of changes. Keeps its memory when it is cleared.
#[derive(Clone, Default, Debug)]
pub struct Edits {
    arena: Vec<u8>,
    records: Vec<Record>,
}

/// `delete` bytes from `at` on go, and `len` bytes of the arena come in front of what follows.
#[derive(Clone, Copy, Debug)]
struct Record {
    at: u32,
    delete: u32,
    start: u32,
    len: u32,
}

/// A place in a list to go back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    arena: usize,
    records: usize,
}

impl Edits {
    /// An empty list.
    pub fn new() -> Self {
        Edits::default()
    }

    /// Inserts `bytes` in front of the byte at `at`.
    pub fn insert(&mut self, at: u32, bytes: &[u8]) {
        self.replace(at, 0, bytes);
    }

    /// Deletes `len` bytes from `at` on.
    pub fn delete(&mut self, at: u32, len: u32) {
        self.replace(at, len, &[]);
    }

    /// Puts `bytes` where `len` bytes from `at` on were.
    ///
    /// A list that would outgrow 4 GiB takes nothing more (the host bounds lists far below).
    pub fn replace(&mut self, at: u32, len: u32, bytes: &[u8]) {
        self.replace_with(at, len, |arena| arena.extend_from_slice(bytes));
    }

    /// [`Edits::replace`] with what `write` appends.
    pub(crate) fn replace_with(&mut self, at: u32, len: u32, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.arena.len();
        write(&mut self.arena);
        let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(self.arena.len())) else {
            return self.arena.truncate(start);
        };
        self.records.push(Record {
            at,
            delete: len,
            start,
            len: end - start,
        });
    }

    /// Deletes a header line whole.
    pub fn remove_header(&mut self, header: Header<'_>) {
        self.delete(header.start(), header.end() - header.start());
    }

    /// Puts another value in a header line.
    pub fn replace_value(&mut self, header: Header<'_>, value: &[u8]) {
        self.replace(header.value_start(), header.value_end() - header.value_start(), value);
    }

    /// Inserts whole lines (each with its CRLF) in front of all headers.
    pub fn prepend_headers(&mut self, msg: &Message, lines: &[u8]) {
        self.insert(msg.first_header_offset(), lines);
    }

    /// Inserts whole lines (each with its CRLF) behind all headers.
    pub fn append_headers(&mut self, msg: &Message, lines: &[u8]) {
        self.insert(msg.headers_end(), lines);
    }

    /// Writes Max-Forwards, over the first one or as a new line.
    pub fn set_max_forwards(&mut self, msg: &Message, value: u32) {
        let mut digits = Digits::new();
        let digits = digits.write(value);
        match msg.header(HeaderId::MaxForwards) {
            Some(header) => self.replace_value(header, digits),
            None => {
                let mut line = SmallVec::<[u8; 32]>::new();
                line.extend_from_slice(b"Max-Forwards: ");
                line.extend_from_slice(digits);
                line.extend_from_slice(b"\r\n");
                self.append_headers(msg, &line);
            }
        }
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// How many changes there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// How many bytes the changes insert, to bound them by.
    pub fn inserted(&self) -> usize {
        self.arena.len()
    }

    /// Forgets the changes for which `keep` says no, by where they are, how many bytes they delete and
    /// what they insert. The memory of their text is kept.
    pub fn retain(&mut self, mut keep: impl FnMut(u32, u32, &[u8]) -> bool) {
        let arena = &self.arena;
        self.records.retain(|record| {
            let end = record.start as usize + record.len as usize;
            let inserted = arena.get(record.start as usize..end).unwrap_or_default();
            keep(record.at, record.delete, inserted)
        });
    }

    /// Forgets all changes; the memory is kept.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.records.clear();
    }

    /// Adds the changes of another list behind these.
    pub fn extend(&mut self, other: &Edits) {
        for record in &other.records {
            self.replace(record.at, record.delete, other.inserted_by(record));
        }
    }

    /// Where the list ends now, for [`Edits::truncate_to`].
    pub fn mark(&self) -> Mark {
        Mark {
            arena: self.arena.len(),
            records: self.records.len(),
        }
    }

    /// Undoes what came after `mark`.
    pub fn truncate_to(&mut self, mark: Mark) {
        self.records.truncate(mark.records);
        self.arena.truncate(mark.arena);
        // A mark of another list must not leave records without their bytes.
        let end = self.arena.len() as u64;
        self.records.retain(|r| u64::from(r.start) + u64::from(r.len) <= end);
    }

    fn inserted_by(&self, record: &Record) -> &[u8] {
        let start = record.start as usize;
        self.arena.get(start..start + record.len as usize).unwrap_or_default()
    }
}

/// Appends the bytes of `original` with all changes to `out`.
///
/// Changes are taken by position; at one position by list, then in the order they were made. Deletes
/// that overlap are one; an insert strictly inside a deleted range is dropped. Positions beyond the
/// end mean the end.
pub fn apply(original: &[u8], lists: &[&Edits], out: &mut Vec<u8>) {
    if lists.iter().all(|list| list.is_empty()) {
        out.extend_from_slice(original);
        return;
    }
    let mut plan = Plan::new();
    plan.add_lists(lists);
    plan.write(original, out);
}

/// The changes of several lists and of the host, in the order they take effect. Lives on the stack
/// with any usual number of them.
pub(crate) struct Plan<'e> {
    splices: SmallVec<[Splice<'e>; 24]>,
}

#[derive(Clone, Copy)]
struct Splice<'e> {
    at: u32,
    order: u32,
    delete: u32,
    bytes: &'e [u8],
}

impl<'e> Plan<'e> {
    pub(crate) fn new() -> Self {
        Plan {
            splices: SmallVec::new(),
        }
    }

    pub(crate) fn add(&mut self, at: u32, delete: u32, bytes: &'e [u8]) {
        let order = self.splices.len() as u32;
        self.splices.push(Splice {
            at,
            order,
            delete,
            bytes,
        });
    }

    pub(crate) fn add_lists(&mut self, lists: &[&'e Edits]) {
        for list in lists {
            for record in &list.records {
                self.add(record.at, record.delete, list.inserted_by(record));
            }
        }
    }

    /// How long what follows `from` is afterwards, where anything changes there; inserts at `from` count.
    pub(crate) fn length_after(&mut self, from: usize, original: &[u8]) -> Option<usize> {
        let reaches = |s: &Splice<'_>| s.at as usize >= from || s.at as usize + s.delete as usize > from;
        if !self.splices.iter().any(reaches) {
            return None;
        }
        self.sort();
        let mut changed = false;
        let mut length = 0usize;
        self.walk(original.len(), |piece| match piece {
            Piece::Keep(start, end) => length += end.saturating_sub(start.max(from)),
            Piece::Insert(at, bytes) if at >= from => {
                changed |= !bytes.is_empty();
                length += bytes.len();
            }
            Piece::Insert(..) => {}
        });
        changed |= length != original.len().saturating_sub(from);
        changed.then_some(length)
    }

    pub(crate) fn write(mut self, original: &[u8], out: &mut Vec<u8>) {
        self.sort();
        let added: usize = self.splices.iter().map(|s| s.bytes.len()).sum();
        out.reserve(original.len() + added);
        self.walk(original.len(), |piece| match piece {
            Piece::Keep(start, end) => out.extend_from_slice(original.get(start..end).unwrap_or_default()),
            Piece::Insert(_, bytes) => out.extend_from_slice(bytes),
        });
    }

    fn sort(&mut self) {
        self.splices
            .sort_unstable_by_key(|s| (u64::from(s.at) << 32) | u64::from(s.order));
    }

    /// Says, in order, what is kept and what is inserted.
    fn walk(&self, len: usize, mut piece: impl FnMut(Piece<'e>)) {
        // Everything before `done` is kept or gone; `gone` is the deleted range that ends there.
        let mut done = 0usize;
        let mut gone = 0usize..0usize;
        for splice in &self.splices {
            let at = (splice.at as usize).min(len);
            if at > done {
                piece(Piece::Keep(done, at));
                done = at;
            }
            let swallowed = gone.start < at && at < gone.end;
            if !swallowed && !splice.bytes.is_empty() {
                piece(Piece::Insert(at, splice.bytes));
            }
            if splice.delete > 0 {
                let end = at.saturating_add(splice.delete as usize).min(len);
                gone = if at < gone.end {
                    gone.start..gone.end.max(end)
                } else {
                    at..end
                };
                done = done.max(gone.end);
            }
        }
        if done < len {
            piece(Piece::Keep(done, len));
        }
    }
}

enum Piece<'e> {
    Keep(usize, usize),
    Insert(usize, &'e [u8]),
}

/// Decimal digits without an allocation.
pub(crate) struct Digits([u8; 10]);

impl Digits {
    pub(crate) fn new() -> Self {
        Digits([0; 10])
    }

    pub(crate) fn write(&mut self, mut value: u32) -> &[u8] {
        let mut at = self.0.len();
        loop {
            at -= 1;
            self.0[at] = b'0' + (value % 10) as u8;
            value /= 10;
            // A u32 has at most ten digits.
            if value == 0 || at == 0 {
                return &self.0[at..];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(original: &str, make: impl FnOnce(&mut Edits)) -> String {
        let mut edits = Edits::new();
        make(&mut edits);
        let mut out = Vec::new();
        apply(original.as_bytes(), &[&edits], &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn order_at_one_position() {
        let (mut a, mut b) = (Edits::new(), Edits::new());
        b.insert(2, b"3");
        a.insert(2, b"1");
        a.insert(2, b"2");
        a.insert(0, b"0");
        let mut out = b"x".to_vec();
        apply(b"abcd", &[&a, &b], &mut out);
        assert_eq!(out, b"x0ab123cd");
    }

    #[test]
    fn deletes_merge_and_swallow_inserts_inside() {
        assert_eq!(
            applied("0123456789", |e| {
                e.delete(2, 3);
                e.delete(4, 3);
                e.insert(4, b"x");
            }),
            "01789"
        );
        assert_eq!(
            applied("0123456789", |e| {
                e.delete(2, 3);
                e.insert(5, b"x");
                e.insert(2, b"y");
            }),
            "01yx56789"
        );
        assert_eq!(
            applied("0123456789", |e| {
                e.replace(2, 3, b"a");
                e.replace(5, 2, b"b");
            }),
            "01ab789"
        );
        assert_eq!(
            applied("0123456789", |e| {
                e.delete(2, 6);
                e.delete(3, 1);
                e.insert(6, b"x");
            }),
            "0189"
        );
        assert_eq!(
            applied("0123", |e| {
                e.replace(1, 1, b"a");
                e.replace(1, 2, b"b");
            }),
            "0ab3"
        );
    }

    #[test]
    fn no_position_is_too_large() {
        assert_eq!(
            applied("0123", |e| {
                e.insert(u32::MAX, b"x");
                e.delete(3, u32::MAX);
                e.delete(u32::MAX, 9);
            }),
            "012x"
        );
        assert_eq!(
            applied("", |e| {
                e.replace(7, 7, b"x");
            }),
            "x"
        );
        assert_eq!(applied("same", |_| ()), "same");
    }

    #[test]
    fn marks_undo_and_lists_join() {
        let mut a = Edits::new();
        a.insert(0, b"a");
        let mark = a.mark();
        a.insert(0, b"b");
        a.truncate_to(mark);
        let mut b = Edits::new();
        b.insert(1, b"c");
        a.extend(&b);
        let mut out = Vec::new();
        apply(b"01", &[&a], &mut out);
        assert_eq!(out, b"a0c1");
        b.truncate_to(Mark { arena: 0, records: 1 });
        assert!(b.is_empty());
    }

    #[test]
    fn digits() {
        for n in [0, 7, 10, 70, 4_294_967_295] {
            assert_eq!(Digits::new().write(n), n.to_string().as_bytes());
        }
    }
}

//! The branch parameter of the Vias we write: it names the worker, the transaction and the branch, so
//! that a reply finds its way without a table.
//!
//! `z9hG4bK` then, in lower case hexadecimal, separated by dots: boot, worker, slot, generation, branch,
//! a hash of what the request was routed by (RFC 3261 16.6 step 8, RFC 5393 4.2: it tells loops from
//! spirals when the request comes back) and a keyed checksum of all of them, without which anybody could
//! answer by counting.

use super::{Identity, TransactionId};
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// The magic cookie of RFC 3261 8.1.1.7.
pub(super) const COOKIE: &[u8] = b"z9hG4bK";

/// No branch parameter is longer: the cookie, seven numbers, six dots.
const LONGEST: usize = COOKIE.len() + 8 + 4 + 8 + 8 + 2 + 8 + 16 + 6;

/// The branch index of requests of our own; those of transactions stay below.
pub(super) const OWN: u8 = u8::MAX;

/// Whose transaction a reply belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// [`Identity::boot`] of the run that sent the request.
    pub boot: u32,
    /// [`Identity::worker`] of the layer that sent it.
    pub worker: u16,
}

/// Reads whose transaction a reply belongs to from the branch of its top Via. None where the branch is
/// not of our making (as of a request forwarded without state). Nothing is verified but the form.
pub fn owner(via_branch: &[u8]) -> Option<Owner> {
    BranchId::read(via_branch).map(|id| Owner {
        boot: id.boot,
        worker: id.worker,
    })
}

/// The contents of a branch parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BranchId {
    boot: u32,
    worker: u16,
    slot: u32,
    generation: u32,
    index: u8,
    /// [`loop_hash`](super::key::loop_hash) of the request as received; 0 in requests of our own.
    loop_hash: u32,
    checksum: u64,
}

impl BranchId {
    /// The branch parameter of one branch.
    pub(super) fn new(identity: &Identity, id: TransactionId, index: u8, loop_hash: u32) -> BranchId {
        let mut branch = BranchId {
            boot: identity.boot,
            worker: identity.worker,
            slot: id.slot,
            generation: id.generation,
            index,
            loop_hash,
            checksum: 0,
        };
        branch.checksum = branch.sign(identity);
        branch
    }

    /// Whose it is, where this layer wrote it.
    pub(super) fn verify(&self, identity: &Identity) -> Option<(TransactionId, u8)> {
        let ours = self.worker == identity.worker && self.is_of(identity);
        ours.then_some((
            TransactionId {
                slot: self.slot,
                generation: self.generation,
            },
            self.index,
        ))
    }

    /// Whether a request with this branch came by here, with that hash: any worker of this run wrote it.
    pub(super) fn has_looped(&self, identity: &Identity, hash: u32) -> bool {
        self.index != OWN && self.loop_hash == hash && self.is_of(identity)
    }

    /// Whether any worker of this run wrote it.
    pub(super) fn is_of(&self, identity: &Identity) -> bool {
        self.boot == identity.boot && self.checksum == self.sign(identity)
    }

    /// Appends the parameter's value.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        // from its end, since the digits of a number come in that order
        let mut text = [0; LONGEST];
        let mut at = text.len();
        let mut put = |byte: u8| {
            at = at.saturating_sub(1);
            text[at] = byte;
        };
        for field in [
            self.checksum,
            self.loop_hash.into(),
            self.index.into(),
            self.generation.into(),
            self.slot.into(),
            self.worker.into(),
        ] {
            hex_from_end(field, &mut put);
            put(b'.');
        }
        hex_from_end(self.boot.into(), &mut put);
        COOKIE.iter().rev().for_each(|byte| put(*byte));
        out.extend_from_slice(&text[at..]);
    }

    /// Reads a parameter's value; the whole of it must have the form.
    pub(super) fn read(branch: &[u8]) -> Option<BranchId> {
        let mut text = branch.strip_prefix(COOKIE)?;
        let mut next = || {
            let (field, rest) = read_hex(text)?;
            text = rest;
            Some(field)
        };
        let id = BranchId {
            boot: next()?.try_into().ok()?,
            worker: next()?.try_into().ok()?,
            slot: next()?.try_into().ok()?,
            generation: next()?.try_into().ok()?,
            index: next()?.try_into().ok()?,
            loop_hash: next()?.try_into().ok()?,
            checksum: 0,
        };
        // the last one has no dot behind it
        let (checksum, []) = read_hex(text)? else { return None };
        (text.last() != Some(&b'.')).then_some(BranchId { checksum, ..id })
    }

    fn sign(&self, identity: &Identity) -> u64 {
        let worker_and_index = u32::from(self.worker) << 8 | u32::from(self.index);
        let mut text = [0; 20];
        let fields = [self.boot, worker_and_index, self.slot, self.generation, self.loop_hash];
        for (place, field) in text.as_chunks_mut::<4>().0.iter_mut().zip(fields) {
            *place = field.to_le_bytes();
        }
        let mut hasher = SipHasher13::new_with_key(&identity.secret);
        hasher.write(&text);
        hasher.finish()
    }
}

/// Appends a number in lower case hexadecimal without leading zeros.
pub(super) fn write_hex(value: u64, out: &mut Vec<u8>) {
    let start = out.len();
    hex_from_end(value, &mut |digit| out.push(digit));
    out[start..].reverse();
}

fn hex_from_end(mut value: u64, put: &mut impl FnMut(u8)) {
    loop {
        put(b"0123456789abcdef"[value as usize & 0xf]);
        value >>= 4;
        if value == 0 {
            return;
        }
    }
}

/// Reads up to 16 digits in lower case, to a dot or to the end; what is behind the dot.
fn read_hex(text: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (at, &byte) in text.iter().enumerate() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'.' if at > 0 => return Some((value, &text[at + 1..])),
            _ => return None,
        };
        if at == 16 {
            return None;
        }
        value = value << 4 | u64::from(digit);
    }
    (!text.is_empty()).then_some((value, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        Identity {
            worker: 3,
            boot: 0xfeed_beef,
            secret: [7; 16],
        }
    }

    fn written(id: TransactionId, index: u8) -> Vec<u8> {
        let mut out = Vec::new();
        BranchId::new(&identity(), id, index, 0xabc).write(&mut out);
        out
    }

    #[test]
    fn what_is_written_is_read_again() {
        for (slot, generation, index) in [(0, 0, 0), (1, 2, 3), (u32::MAX, u32::MAX, u8::MAX)] {
            let id = TransactionId { slot, generation };
            let text = written(id, index);
            assert!(text.starts_with(b"z9hG4bKfeedbeef.3."));
            assert_eq!(
                owner(&text),
                Some(Owner {
                    boot: 0xfeed_beef,
                    worker: 3
                })
            );
            let read = BranchId::read(&text).expect("the form is ours");
            assert_eq!(read.verify(&identity()), Some((id, index)));
        }
    }

    #[test]
    fn a_guess_is_not_ours() {
        let text = written(TransactionId { slot: 9, generation: 1 }, 0);
        let read = BranchId::read(&text).expect("the form is ours");
        assert_eq!(BranchId { slot: 8, ..read }.verify(&identity()), None);
        assert_eq!(BranchId { index: 1, ..read }.verify(&identity()), None);
        assert_eq!(BranchId { loop_hash: 1, ..read }.verify(&identity()), None);
        assert!(read.has_looped(&identity(), 0xabc) && !read.has_looped(&identity(), 0xabd));
        let forged = BranchId { loop_hash: 1, ..read };
        assert!(!forged.has_looped(&identity(), 1));
        assert_eq!(
            read.verify(&Identity {
                worker: 4,
                ..identity()
            }),
            None
        );
        assert_eq!(read.verify(&Identity { boot: 1, ..identity() }), None);
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            &b""[..],
            b"z9hG4bK",
            b"z9hG4bK1.2.3.4.5.6",
            b"z9hG4bK1.2.3.4.5.6.7.8",
            b"z9hG4bK1.2.3.4.5.6.",
            b"z9hG4bK1.2.3.4.100.6.7",
            b"z9hG4bK1.10000.3.4.5.6.7",
            b"z9hG4bK1.2.3.4.5.100000000.7",
            b"z9hG4bK1.2.3.4.5.6.00000000000000006",
            b"z9hG4bK1.2.3.4.5.6.g",
            b"1.2.3.4.5.6.7",
        ] {
            assert_eq!(BranchId::read(text), None, "{}", text.escape_ascii());
        }
    }
}

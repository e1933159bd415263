//! The `s` class: hashes.

use super::super::Read;
use super::Transform;
use super::encoding::hex;
use crate::route::Route;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use sha3::{Keccak256, Keccak384, Keccak512, Sha3_256, Sha3_384, Sha3_512};

/// A hash; all but the last two as hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
    /// `{s.sha3,bits}`: 256, 384 or 512.
    Sha3,
    /// The same before NIST changed its padding.
    Keccak,
    /// A number.
    Crc32,
    /// `{s.corehash,size}`: Kamailio's hash of table keys, a text; modulo a power of two where given.
    CoreHash,
}

impl Op {
    /// By its name.
    pub fn parse(name: &[u8]) -> Option<Op> {
        Some(match name {
            b"s.md5" => Op::Md5,
            b"s.sha1" => Op::Sha1,
            b"s.sha256" => Op::Sha256,
            b"s.sha384" => Op::Sha384,
            b"s.sha512" => Op::Sha512,
            b"s.sha3" => Op::Sha3,
            b"s.keccak" => Op::Keccak,
            b"s.crc32" => Op::Crc32,
            b"s.corehash" => Op::CoreHash,
            _ => return None,
        })
    }

    /// Applies it. Null where a length of hash is asked for that there is not.
    pub fn apply(self, transform: &Transform, route: &Route, text: &[u8]) -> Read<'static> {
        let bits = || {
            if transform.args.is_empty() {
                256
            } else {
                transform.number(route, 0)
            }
        };
        Read::owned(match self {
            Op::Md5 => hex(&Md5::digest(text)),
            Op::Sha1 => hex(&Sha1::digest(text)),
            Op::Sha256 => hex(&Sha256::digest(text)),
            Op::Sha384 => hex(&Sha384::digest(text)),
            Op::Sha512 => hex(&Sha512::digest(text)),
            Op::Sha3 => match bits() {
                256 => hex(&Sha3_256::digest(text)),
                384 => hex(&Sha3_384::digest(text)),
                512 => hex(&Sha3_512::digest(text)),
                _ => return Read::Null,
            },
            Op::Keccak => match bits() {
                256 => hex(&Keccak256::digest(text)),
                384 => hex(&Keccak384::digest(text)),
                512 => hex(&Keccak512::digest(text)),
                _ => return Read::Null,
            },
            Op::Crc32 => return Read::Int(i64::from(crc32(text))),
            Op::CoreHash => {
                let hash = core_hash(text);
                match u32::try_from(transform.number(route, 0)) {
                    Ok(size) if size > 0 => (hash & (size - 1)).to_string(),
                    _ => hash.to_string(),
                }
            }
        })
    }
}

/// CRC-32 as zlib and Ethernet have it.
fn crc32(text: &[u8]) -> u32 {
    !text.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// The sum of the big-endian words of the text, each with its own bits shifted down mixed in, spread at
/// the end: scripts share tables by it with Kamailio.
fn core_hash(text: &[u8]) -> u32 {
    let word = |bytes: &[u8]| bytes.iter().fold(0u32, |word, byte| (word << 8) | u32::from(*byte));
    let mixed = |word: u32| word ^ (word >> 3);
    let sum = text
        .chunks(4)
        .fold(0u32, |sum, chunk| sum.wrapping_add(mixed(word(chunk))));
    sum.wrapping_add(sum >> 11)
        .wrapping_add((sum >> 13).wrapping_add(sum >> 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_the_known_ones() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(core_hash(b""), 0);
        // "abcd" is one word, "e" another
        let sum = (0x6162_6364u32 ^ (0x6162_6364 >> 3)).wrapping_add(0x65 ^ (0x65 >> 3));
        assert_eq!(
            core_hash(b"abcde"),
            sum.wrapping_add(sum >> 11).wrapping_add((sum >> 13) + (sum >> 23))
        );
    }
}

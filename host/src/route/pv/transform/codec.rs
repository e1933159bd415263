//! The `s` class: hashes and encodings.

use super::super::Read;
use md5::Md5;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A hash or an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Md5,
    Sha256,
    EncodeHex,
    DecodeHex,
    EscapeUser,
    UnescapeUser,
}

impl Op {
    /// By its name.
    pub fn parse(name: &[u8]) -> Option<Op> {
        Some(match name {
            b"s.md5" => Op::Md5,
            b"s.sha256" => Op::Sha256,
            b"s.encode.hexa" => Op::EncodeHex,
            b"s.decode.hexa" => Op::DecodeHex,
            b"s.escape.user" => Op::EscapeUser,
            b"s.unescape.user" | b"s.unescape.param" => Op::UnescapeUser,
            _ => return None,
        })
    }

    /// Applies it.
    pub fn apply(self, text: &[u8]) -> Read<'static> {
        match self {
            Op::Md5 => Read::owned(hex(&Md5::digest(text))),
            Op::Sha256 => Read::owned(hex(&Sha256::digest(text))),
            Op::EncodeHex => Read::owned(hex(text)),
            Op::DecodeHex => decode_hex(text).map_or(Read::Null, Read::owned),
            Op::EscapeUser => Read::owned(escape_user(text)),
            Op::UnescapeUser => Read::owned(unescape(text)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            // writing to a string cannot fail
            let _ = write!(out, "{byte:02x}");
            out
        })
}

fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    text.len().is_multiple_of(2).then_some(())?;
    text.chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// Escapes what may not stand in the user part of a URI (RFC 3261 section 25.1: unreserved and
/// user-unreserved may).
fn escape_user(text: &[u8]) -> String {
    text.iter().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(byte) {
            out.push(char::from(*byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| tail.get(..2).and_then(decode_hex)).flatten();
        match escaped.as_deref() {
            Some([byte]) => {
                out.push(*byte);
                rest = &tail[2..];
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaping_and_back() {
        assert_eq!(escape_user(b"a b@c"), "a%20b%40c");
        assert_eq!(unescape(b"a%20b%40c%zz%4"), b"a b@c%zz%4");
        assert_eq!(decode_hex(b"0g"), None);
        assert_eq!(hex(&[0, 255]), "00ff");
    }
}

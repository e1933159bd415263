//! The `s` class: `{s.encode.X}` and `{s.decode.X}`.

use super::super::Read;
use crate::route::text::decode_hex;
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use std::fmt::Write;

/// The digits of base58: no `0`, `O`, `I` and `l`.
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// Longest text for base58, whose cost grows with the square of the length.
const LONGEST_BASE58: usize = 1024;

const PADDED: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
/// What is encoded has no padding; what is decoded may have it.
const TRIMMED: GeneralPurposeConfig = PADDED
    .with_encode_padding(false)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);

const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, PADDED);
const BASE64_TRIMMED: GeneralPurpose = GeneralPurpose::new(&STANDARD, TRIMMED);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, PADDED);
const BASE64_URL_TRIMMED: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, TRIMMED);

/// An encoding, and whether it is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
    encoding: Encoding,
    decode: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Hex,
    /// The packed septets of GSM 03.38, as hexadecimal digits.
    SevenBit,
    Base58,
    Base64,
    Base64Trimmed,
    Base64Url,
    Base64UrlTrimmed,
}

impl Op {
    /// By its name.
    pub fn parse(name: &[u8]) -> Option<Op> {
        let (decode, encoding) = match name.strip_prefix(b"s.encode.") {
            Some(encoding) => (false, encoding),
            None => (true, name.strip_prefix(b"s.decode.")?),
        };
        let encoding = match encoding {
            b"hexa" => Encoding::Hex,
            b"7bit" => Encoding::SevenBit,
            b"base58" => Encoding::Base58,
            b"base64" => Encoding::Base64,
            b"base64t" => Encoding::Base64Trimmed,
            b"base64url" => Encoding::Base64Url,
            b"base64urlt" => Encoding::Base64UrlTrimmed,
            _ => return None,
        };
        Some(Op { encoding, decode })
    }

    /// Applies it; null where the text is not of that encoding.
    pub fn apply(self, text: &[u8]) -> Read<'static> {
        let changed = if self.decode {
            self.encoding.decode(text)
        } else {
            self.encoding.encode(text)
        };
        changed.map_or(Read::Null, Read::owned)
    }
}

impl Encoding {
    fn encode(self, text: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Encoding::Hex => hex(text).into_bytes(),
            Encoding::SevenBit => hex(&pack(text)).to_ascii_uppercase().into_bytes(),
            Encoding::Base58 => encode_base58(text)?,
            Encoding::Base64 => BASE64.encode(text).into_bytes(),
            Encoding::Base64Trimmed => BASE64_TRIMMED.encode(text).into_bytes(),
            Encoding::Base64Url => BASE64_URL.encode(text).into_bytes(),
            Encoding::Base64UrlTrimmed => BASE64_URL_TRIMMED.encode(text).into_bytes(),
        })
    }

    fn decode(self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            // as in Kamailio, an odd digit at the end is left out
            Encoding::Hex => decode_hex(&text[..text.len() & !1]),
            Encoding::SevenBit => decode_hex(&text[..text.len() & !1]).map(|packed| unpack(&packed)),
            Encoding::Base58 => decode_base58(text),
            Encoding::Base64 => BASE64.decode(text).ok(),
            Encoding::Base64Trimmed => BASE64_TRIMMED.decode(text).ok(),
            Encoding::Base64Url => BASE64_URL.decode(text).ok(),
            Encoding::Base64UrlTrimmed => BASE64_URL_TRIMMED.decode(text).ok(),
        }
    }
}

/// Hexadecimal digits in lower case.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            // writing to a string cannot fail
            let _ = write!(out, "{byte:02x}");
            out
        })
}

/// Eight septets in seven octets, the first in the low bits.
fn pack(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text {
        bits |= u32::from(byte & 0x7f) << held;
        held += 7;
        if held >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            held -= 8;
        }
    }
    if held > 0 {
        out.push(bits as u8);
    }
    out
}

fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(packed.len() * 8 / 7);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in packed {
        bits |= u32::from(*byte) << held;
        held += 8;
        while held >= 7 {
            out.push((bits & 0x7f) as u8);
            bits >>= 7;
            held -= 7;
        }
    }
    out
}

/// Zero bytes at the start become the digit `1` each; the rest is one large number.
fn encode_base58(text: &[u8]) -> Option<Vec<u8>> {
    let zeros = text.iter().take_while(|b| **b == 0).count();
    let digits = convert(text.get(zeros..).filter(|_| text.len() <= LONGEST_BASE58)?, 256, 58);
    let digits = digits.iter().map(|digit| BASE58[usize::from(*digit) % 58]);
    Some(std::iter::repeat_n(BASE58[0], zeros).chain(digits).collect())
}

fn decode_base58(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > LONGEST_BASE58 {
        return None;
    }
    let digits: Option<Vec<u8>> = text
        .iter()
        .map(|byte| memchr::memchr(*byte, BASE58).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits?;
    let zeros = digits.iter().take_while(|b| **b == 0).count();
    let bytes = convert(&digits[zeros..], 58, 256);
    Some(std::iter::repeat_n(0, zeros).chain(bytes).collect())
}

/// A number from one base into another, most significant digit first in both.
fn convert(digits: &[u8], from: u32, to: u32) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    for digit in digits {
        let mut carry = u32::from(*digit);
        for place in &mut out {
            carry += u32::from(*place) * from;
            *place = (carry % to) as u8;
            carry /= to;
        }
        while carry > 0 {
            out.push((carry % to) as u8);
            carry /= to;
        }
    }
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_again() {
        let texts: [&[u8]; 6] = [b"", b"a", b"hello world", b"\0\0x", b"12345678", b"1234567"];
        for encoding in ["hexa", "7bit", "base58", "base64", "base64t", "base64url", "base64urlt"] {
            let op = |verb: &str| Op::parse(format!("s.{verb}.{encoding}").as_bytes()).unwrap();
            for text in texts {
                let Read::Str(encoded) = op("encode").apply(text) else {
                    panic!("{encoding}")
                };
                let Read::Str(decoded) = op("decode").apply(&encoded) else {
                    panic!("{encoding} {encoded:?}")
                };
                // seven octets may be seven septets or eight
                let decoded = match decoded.strip_suffix(b"\0") {
                    Some(cut) if encoding == "7bit" => cut,
                    _ => &decoded,
                };
                assert_eq!(decoded, text, "{encoding}");
            }
        }
    }

    #[test]
    fn the_digits_are_the_known_ones() {
        let apply = |name: &str, text: &[u8]| match Op::parse(name.as_bytes()).unwrap().apply(text) {
            Read::Str(text) => String::from_utf8_lossy(&text).into_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(apply("s.encode.base64", b"a?>"), "YT8+");
        assert_eq!(apply("s.encode.base64url", b"a?>"), "YT8-");
        assert_eq!(apply("s.encode.base64", b"a"), "YQ==");
        assert_eq!(apply("s.encode.base64t", b"a"), "YQ");
        assert_eq!(apply("s.decode.base64t", b"YQ=="), "a");
        assert_eq!(apply("s.decode.base64", b"YQ"), "Null");
        assert_eq!(apply("s.decode.base64", b"!"), "Null");
        assert_eq!(apply("s.encode.7bit", b"hellohello"), "E8329BFD4697D9EC37");
        assert_eq!(apply("s.encode.base58", b"Hello World!"), "2NEpo7TZRRrLZSi2U");
        assert_eq!(apply("s.decode.base58", b"0"), "Null");
        assert_eq!(apply("s.encode.base58", &[1; 2000]), "Null");
        assert_eq!(apply("s.decode.hexa", b"6162a"), "ab");
        assert_eq!(apply("s.decode.hexa", b"0g"), "Null");
    }
}

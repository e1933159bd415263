//! Bytes from the wire as text for guests, and back, without loss.
//!
//! A byte that is not UTF-8 becomes U+EF80 + (byte - 0x80) and is turned back on the way in;
//! received characters of that range are escaped bytewise, so that the mapping is one to one.

use std::borrow::Cow;

const FIRST: u32 = 0xEF80;
const LAST: u32 = 0xEFFF;

/// Text for a guest.
pub fn to_guest(bytes: &[u8]) -> String {
    if bytes.is_ascii() {
        // ASCII is UTF-8, and needs no mapping
        return std::str::from_utf8(bytes).unwrap_or_default().to_owned();
    }
    let mut out = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if (FIRST..=LAST).contains(&(c as u32)) {
                let mut buf = [0; 4];
                c.encode_utf8(&mut buf).bytes().for_each(|b| push_escaped(&mut out, b));
            } else {
                out.push(c);
            }
        }
        chunk.invalid().iter().for_each(|b| push_escaped(&mut out, *b));
    }
    out
}

/// The same of text that is nobody else's: ASCII is not copied.
pub fn owned_to_guest(bytes: Vec<u8>) -> String {
    match bytes.is_ascii() {
        true => String::from_utf8(bytes).unwrap_or_default(),
        false => to_guest(&bytes),
    }
}

fn push_escaped(out: &mut String, byte: u8) {
    out.extend(char::from_u32(FIRST + u32::from(byte.wrapping_sub(0x80) & 0x7f)));
}

/// Bytes from a guest's text.
pub fn from_guest(text: &str) -> Cow<'_, [u8]> {
    // every character of the escape range begins with the byte EE in UTF-8
    if memchr::memchr(0xEE, text.as_bytes()).is_none() {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match c as u32 {
            n @ FIRST..=LAST => out.push((n - FIRST) as u8 + 0x80),
            _ => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(out)
}

/// Writes a number in decimal digits, which `format!` does at ten times the price.
pub fn push_number(number: u64, out: &mut Vec<u8>) {
    // a u64 has at most twenty
    let mut digits = [0; 20];
    let (mut at, mut rest) = (digits.len(), number);
    while let Some(digit) = at.checked_sub(1).and_then(|place| digits.get_mut(place)) {
        *digit = b'0' + (rest % 10) as u8;
        at -= 1;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(at..).unwrap_or_default());
}

/// Bytes from hexadecimal digits of either case; None where one is none, or one is left over.
pub fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    text.chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from((digit(*high)? << 4) | digit(*low)?).ok(),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_format_writes_them() {
        for number in [0, 1, 9, 10, 1_234_567_890, u64::MAX] {
            let mut out = b"=".to_vec();
            push_number(number, &mut out);
            assert_eq!(out, format!("={number}").into_bytes());
        }
    }

    #[test]
    fn every_byte_sequence_survives() {
        let mut samples: Vec<Vec<u8>> = vec![
            b"".to_vec(),
            b"sip:alice".to_vec(),
            "Алиса".into(),
            "\u{EF80}\u{EFFF}\u{EE00}".into(),
        ];
        samples.push((0..=255).collect());
        samples.push(vec![0xEE, 0xBE]);
        samples.push(vec![b'a', 0xEE, 0xBE, 0x80, 0xFF, b'z']);
        for sample in samples {
            assert_eq!(from_guest(&to_guest(&sample)).as_ref(), sample.as_slice());
        }
    }
}

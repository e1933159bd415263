//! Answers to a digest challenge (RFC 2617, MD5), with or without qop.

use md5::{Digest, Md5};

pub type Hex = [u8; 32];

/// MD5 over the pieces, in hexadecimal.
pub fn md5(pieces: &[&[u8]]) -> Hex {
    let mut hash = Md5::new();
    for piece in pieces {
        hash.update(piece);
    }
    let mut hex = [0; 32];
    for (at, byte) in hash.finalize().iter().enumerate() {
        hex[2 * at] = b"0123456789abcdef"[usize::from(byte >> 4)];
        hex[2 * at + 1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    hex
}

/// User, realm and password of an account.
pub fn ha1(user: &[u8], realm: &[u8], password: &[u8]) -> Hex {
    md5(&[user, b":", realm, b":", password])
}

/// What a server asks with.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Challenge<'m> {
    pub realm: &'m [u8],
    pub nonce: &'m [u8],
    pub opaque: Option<&'m [u8]>,
    /// It offers `auth`.
    pub qop: bool,
}

impl<'m> Challenge<'m> {
    /// Reads the value of a WWW-Authenticate; None where it is no digest by MD5 with a nonce.
    pub fn parse(value: &'m [u8]) -> Option<Challenge<'m>> {
        let rest = value
            .strip_prefix(b"Digest ")
            .or_else(|| value.strip_prefix(b"digest "))?;
        let mut challenge = Challenge::default();
        for (name, value) in parameters(rest) {
            match name {
                b"realm" => challenge.realm = value,
                b"nonce" => challenge.nonce = value,
                b"opaque" => challenge.opaque = Some(value),
                b"qop" => challenge.qop = value.split(|b| *b == b',').any(|one| one.trim_ascii() == b"auth"),
                b"algorithm" if !value.eq_ignore_ascii_case(b"MD5") => return None,
                _ => {}
            }
        }
        (!challenge.nonce.is_empty()).then_some(challenge)
    }

    /// Writes an Authorization line.
    pub fn answer(&self, user: &[u8], ha1: &Hex, method: &[u8], uri: &[u8], out: &mut Vec<u8>) {
        let ha2 = md5(&[method, b":", uri]);
        let (count, ours) = (&b"00000001"[..], &b"5b1de5ea"[..]);
        let response = if self.qop {
            md5(&[ha1, b":", self.nonce, b":", count, b":", ours, b":auth:", &ha2])
        } else {
            md5(&[ha1, b":", self.nonce, b":", &ha2])
        };
        let mut add = |pieces: &[&[u8]]| pieces.iter().for_each(|piece| out.extend_from_slice(piece));
        add(&[b"Authorization: Digest username=\"", user, b"\",realm=\"", self.realm]);
        add(&[
            b"\",nonce=\"",
            self.nonce,
            b"\",uri=\"",
            uri,
            b"\",response=\"",
            &response,
            b"\",algorithm=MD5",
        ]);
        if self.qop {
            add(&[b",qop=auth,nc=", count, b",cnonce=\"", ours, b"\""]);
        }
        if let Some(opaque) = self.opaque {
            add(&[b",opaque=\"", opaque, b"\""]);
        }
        add(&[b"\r\n"]);
    }
}

/// `name=value` and `name="value"`, separated by commas; a comma in quotes separates nothing.
fn parameters(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let equals = rest.iter().position(|b| *b == b'=')?;
        let name = rest[..equals].trim_ascii();
        let after = rest[equals + 1..].trim_ascii_start();
        let (value, end) = match after.strip_prefix(b"\"") {
            Some(quoted) => {
                let close = quoted.iter().position(|b| *b == b'"').unwrap_or(quoted.len());
                (&quoted[..close], quoted.get(close + 1..).unwrap_or_default())
            }
            None => {
                let end = after.iter().position(|b| *b == b',').unwrap_or(after.len());
                (after[..end].trim_ascii(), &after[end..])
            }
        };
        let comma = end.iter().position(|b| *b == b',');
        rest = comma.and_then(|at| end.get(at + 1..)).unwrap_or_default();
        Some((name, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_2617() {
        let value = b"Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \
            nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
        let challenge = Challenge::parse(value).expect("it is one");
        assert_eq!(challenge.realm, b"testrealm@host.com");
        assert!(challenge.qop);
        assert_eq!(challenge.opaque, Some(&b"5ccc069c403ebaf9f0171e9517f40e41"[..]));
        let ha1 = ha1(b"Mufasa", challenge.realm, b"Circle Of Life");
        assert_eq!(&ha1, b"939e7578ed9e3c518a452acee763bce9");
        // with that document's cnonce the response would be its 6629fae4; without qop it is RFC 2069's
        let plain = Challenge {
            qop: false,
            ..challenge
        };
        let mut out = Vec::new();
        plain.answer(b"Mufasa", &ha1, b"GET", b"/dir/index.html", &mut out);
        let text = String::from_utf8(out).expect("it is text");
        assert!(text.contains("response=\"670fd8c2df070c60b045671b8b24ff02\""), "{text}");
        assert!(text.ends_with("opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"\r\n"));
    }

    #[test]
    fn odd_challenges() {
        let bare = Challenge::parse(b"Digest realm=\"a, b\",nonce=\"n=1,2\",algorithm=md5").expect("it is one");
        assert_eq!((bare.realm, bare.nonce, bare.qop), (&b"a, b"[..], &b"n=1,2"[..], false));
        assert_eq!(Challenge::parse(b"Digest realm=\"a\""), None);
        assert_eq!(Challenge::parse(b"Digest nonce=\"a\",algorithm=SHA-256"), None);
        assert_eq!(Challenge::parse(b"Basic realm=\"a\""), None);
        assert_eq!(
            Challenge::parse(b"Digest nonce=\"open"),
            Some(Challenge {
                nonce: b"open",
                ..Challenge::default()
            })
        );
    }
}

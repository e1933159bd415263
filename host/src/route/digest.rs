//! Digest authentication (RFC 3261 section 22, RFC 7616, RFC 8760): nonces, hashes, and the check of
//! one credentials header. `auth` and `auth_db` share it; where the hash of an account comes from is
//! theirs.
//!
//! A nonce is its time of expiry and a keyed hash of that time, the tenant and the realm, so that
//! any worker, and any server with the same configured secret, can tell a genuine one without a
//! table.

use kemist_sip::Message;
use kemist_sip::message::HeaderId;
use kemist_sip::message::auth::{self, Credentials};
use md5::Md5;
use sha2::{Sha256, Sha512_256};
use siphasher::sip128::{Hasher128, SipHasher13};
use smallvec::SmallVec;
use std::hash::Hasher;
use subtle::{Choice, ConstantTimeEq};

/// Bytes of a nonce: 8 hexadecimal digits of time, 32 of hash.
pub const NONCE_LENGTH: usize = 40;

/// A digest algorithm that can be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RFC 3261; what every phone knows.
    Md5,
    /// RFC 8760.
    Sha256,
    /// RFC 8760.
    Sha512_256,
}

impl Algorithm {
    /// Reads a name, in any case. None for the `-sess` variants, which are never offered.
    pub fn parse(name: &[u8]) -> Option<Algorithm> {
        [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha512_256]
            .into_iter()
            .find(|a| a.name().as_bytes().eq_ignore_ascii_case(name))
    }

    /// The name as written in a challenge.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha512_256 => "SHA-512-256",
        }
    }

    /// The algorithm of credentials: MD5 where they name none (RFC 3261 22.4).
    pub fn of(credentials: &Credentials<'_>) -> Option<Algorithm> {
        match credentials.algorithm {
            b"" => Some(Algorithm::Md5),
            name => Algorithm::parse(name),
        }
    }

    /// The hash of the parts joined by colons, in lower case hexadecimal.
    pub fn hash(self, parts: &[&[u8]]) -> Hex {
        match self {
            Algorithm::Md5 => Hex::of(&joined::<Md5>(parts)),
            Algorithm::Sha256 => Hex::of(&joined::<Sha256>(parts)),
            Algorithm::Sha512_256 => Hex::of(&joined::<Sha512_256>(parts)),
        }
    }

    /// The hash kept for an account: of user, realm and password.
    pub fn ha1(self, user: &[u8], realm: &[u8], password: &[u8]) -> Hex {
        self.hash(&[user, realm, password])
    }
}

fn joined<D: md5::Digest>(parts: &[&[u8]]) -> md5::digest::Output<D> {
    // gathered first: hashing it in one piece costs less than hashing it in many
    let mut text: SmallVec<[u8; 256]> = SmallVec::new();
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            text.push(b':');
        }
        text.extend_from_slice(part);
    }
    D::digest(&text)
}

/// Whether two texts are the same, found out in the same time wherever they differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    let (words, others) = (one.chunks_exact(8), other.chunks_exact(8));
    let rest = words.remainder().ct_eq(others.remainder());
    let word = |chunk: &[u8]| u64::from_ne_bytes(chunk.try_into().unwrap_or_default());
    let words = words
        .zip(others)
        .fold(Choice::from(1), |all, (one, other)| all & word(one).ct_eq(&word(other)));
    one.len() == other.len() && bool::from(words & rest)
}

/// Up to 32 bytes in lower case hexadecimal, without an allocation.
#[derive(Clone, Copy)]
pub struct Hex {
    text: [u8; 64],
    len: usize,
}

impl Hex {
    fn of(bytes: &[u8]) -> Hex {
        let mut hex = Hex {
            text: [b'0'; 64],
            len: 0,
        };
        let (pairs, _) = hex.text.as_chunks_mut::<2>();
        for (pair, byte) in pairs.iter_mut().zip(bytes) {
            *pair = PAIRS[usize::from(*byte)];
        }
        hex.len = 2 * bytes.len().min(pairs.len());
        hex
    }

    /// The digits.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

/// The digits of each byte.
const PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < pairs.len() {
        pairs[byte] = [digits[byte >> 4], digits[byte & 0xf]];
        byte += 1;
    }
    pairs
};

/// What nonces are bound to.
#[derive(Clone, Copy)]
pub struct NonceKey<'a> {
    /// The configured secret of `auth`, else the process's.
    pub secret: &'a [u8; 16],
    /// The tenant's number.
    pub tenant: u32,
    /// The protection space.
    pub realm: &'a [u8],
}

/// What a nonce turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nonce {
    /// Made by us and in force.
    Valid,
    /// Made by us, but its time is over: challenge again with `stale=true`.
    Stale,
    /// Not made by us, or for another realm or tenant.
    Forged,
}

impl NonceKey<'_> {
    /// A nonce that is good until `expires` (seconds since 1970).
    pub fn nonce(&self, expires: u64) -> [u8; NONCE_LENGTH] {
        let time = u32::try_from(expires).unwrap_or(u32::MAX).to_be_bytes();
        let mut out = [b'0'; NONCE_LENGTH];
        let (head, tail) = out.split_at_mut(8);
        head.copy_from_slice(Hex::of(&time).as_bytes());
        tail.copy_from_slice(Hex::of(&self.mac(&time)).as_bytes());
        out
    }

    /// What a received nonce is. The comparison takes the same time wherever it differs.
    pub fn check(&self, nonce: &[u8], now: u64) -> Nonce {
        let Some(expires) = nonce.get(..8).and_then(read_hex) else {
            return Nonce::Forged;
        };
        let genuine = self.nonce(u64::from(expires));
        if !same(&genuine, nonce) {
            return Nonce::Forged;
        }
        if u64::from(expires) < now {
            Nonce::Stale
        } else {
            Nonce::Valid
        }
    }

    fn mac(&self, time: &[u8; 4]) -> [u8; 16] {
        // gathered first, as in `joined`
        let mut text: SmallVec<[u8; 128]> = SmallVec::new();
        for part in [b"nonce", &time[..], &self.tenant.to_le_bytes(), self.realm] {
            text.extend_from_slice(part);
        }
        let mut hasher = SipHasher13::new_with_key(self.secret);
        hasher.write(&text);
        hasher.finish128().as_bytes()
    }
}

fn read_hex(digits: &[u8]) -> Option<u32> {
    // only what we write ourselves: from_str_radix would take a sign and upper case
    let plain = digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    plain
        .then(|| {
            std::str::from_utf8(digits)
                .ok()
                .and_then(|t| u32::from_str_radix(t, 16).ok())
        })
        .flatten()
}

/// Why a check failed, with the code that Kamailio's functions return for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Malformed credentials or a forged nonce.
    Error,
    /// The response does not fit the password.
    WrongPassword,
    /// No such account.
    UnknownUser,
    /// The nonce has expired.
    StaleNonce,
    /// No credentials for this realm.
    NoCredentials,
    /// The user is another than that of From or To.
    UserMismatch,
}

impl Denied {
    /// The return code.
    pub fn code(self) -> i32 {
        match self {
            Denied::Error => -1,
            Denied::WrongPassword => -2,
            Denied::UnknownUser => -3,
            Denied::StaleNonce => -4,
            Denied::NoCredentials => -5,
            Denied::UserMismatch => -8,
        }
    }
}

/// Credentials that fit a realm and an algorithm on offer; their nonce is genuine and in force.
pub struct Found<'m> {
    /// As received.
    pub credentials: Credentials<'m>,
    /// The algorithm they use.
    pub algorithm: Algorithm,
    /// Start and end of the header line.
    pub line: (u32, u32),
}

/// The first credentials for a realm among the headers of one name; None where there are none that
/// can be read. An unknown scheme is passed over, so that the peer is challenged again (RFC 4475
/// 3.3.7). An empty realm takes any.
pub fn credentials<'m>(
    msg: &'m Message,
    header: HeaderId,
    realm: &[u8],
    offered: &[Algorithm],
) -> Result<Found<'m>, Denied> {
    for line in msg.headers_of(header) {
        let credentials = match auth::parse(line.value()) {
            Ok(credentials) => credentials,
            Err(auth::Error::NotDigest) => continue,
            Err(_) => return Err(Denied::Error),
        };
        if !realm.is_empty() && credentials.realm != realm {
            continue;
        }
        let Some(algorithm) = Algorithm::of(&credentials).filter(|a| offered.contains(a)) else {
            continue;
        };
        return Ok(Found {
            credentials,
            algorithm,
            line: (line.start(), line.end()),
        });
    }
    Err(Denied::NoCredentials)
}

impl Found<'_> {
    /// Are the parts there that a response needs (RFC 3261 22.4, RFC 7616 3.4), and the nonce ours?
    ///
    /// # Errors
    /// `Error` for missing parts and forged nonces, `StaleNonce` for expired ones.
    pub fn check_nonce(&self, key: &NonceKey<'_>, now: u64) -> Result<(), Denied> {
        let c = &self.credentials;
        let complete = !c.username.is_empty() && !c.nonce.is_empty() && !c.uri.is_empty() && !c.response.is_empty();
        let counted = c.nc.len() == 8 && c.nc.iter().all(u8::is_ascii_hexdigit) && !c.cnonce.is_empty();
        if !complete || !(c.qop.is_empty() || counted) {
            return Err(Denied::Error);
        }
        match key.check(c.nonce, now) {
            Nonce::Valid => Ok(()),
            Nonce::Stale => Err(Denied::StaleNonce),
            Nonce::Forged => Err(Denied::Error),
        }
    }

    /// Does the response fit this HA1 (hexadecimal)? The digest URI is taken as the client wrote it,
    /// byte for byte, and need not equal the request URI, which proxies rewrite on the way.
    pub fn verify(&self, ha1: &[u8], msg: &Message) -> bool {
        let c = &self.credentials;
        let method = msg.method_name();
        let ha2 = match c.qop {
            qop if qop.eq_ignore_ascii_case(b"auth-int") => {
                let body = self.algorithm.hash(&[msg.body()]);
                self.algorithm.hash(&[method, c.uri, body.as_bytes()])
            }
            _ => self.algorithm.hash(&[method, c.uri]),
        };
        let expected = match c.qop {
            b"" => self.algorithm.hash(&[ha1, c.nonce, ha2.as_bytes()]),
            qop => self
                .algorithm
                .hash(&[ha1, c.nonce, c.nc, c.cnonce, qop, ha2.as_bytes()]),
        };
        let mut response = [0; 64];
        let Some(response) = response.get_mut(..c.response.len()) else {
            return false;
        };
        response.copy_from_slice(c.response);
        response.make_ascii_lowercase();
        same(expected.as_bytes(), response)
    }

    /// User and domain of the username, where it is written `user@domain` (the column `ha1b` is for
    /// those).
    pub fn user(&self) -> (&[u8], Option<&[u8]>) {
        match memchr::memchr(b'@', self.credentials.username) {
            Some(at) => {
                let (user, domain) = self.credentials.username.split_at(at);
                (user, domain.get(1..))
            }
            None => (self.credentials.username, None),
        }
    }
}

/// What a challenge asks for.
pub struct Challenge<'a> {
    /// `WWW-Authenticate` or `Proxy-Authenticate`.
    pub header: &'a str,
    /// The protection space.
    pub realm: &'a [u8],
    /// From [`NonceKey::nonce`].
    pub nonce: &'a [u8],
    /// `auth` or `auth-int`, empty for none.
    pub qop: &'a str,
    /// The last nonce was genuine and has expired.
    pub stale: bool,
}

impl Challenge<'_> {
    /// One header line for each algorithm, the best first (RFC 8760 2.4).
    pub fn write(&self, algorithms: &[Algorithm], out: &mut Vec<u8>) {
        for algorithm in algorithms {
            out.extend_from_slice(self.header.as_bytes());
            out.extend_from_slice(b": Digest realm=\"");
            out.extend_from_slice(self.realm);
            out.extend_from_slice(b"\", nonce=\"");
            out.extend_from_slice(self.nonce);
            out.push(b'"');
            if self.stale {
                out.extend_from_slice(b", stale=true");
            }
            // RFC 2069 clients know neither qop nor algorithm, and Kamailio asks MD5 without them;
            // with the newer algorithms both are required (RFC 7616 3.3)
            if algorithms != [Algorithm::Md5] {
                out.extend_from_slice(b", algorithm=");
                out.extend_from_slice(algorithm.name().as_bytes());
            }
            let qop = if self.qop.is_empty() && *algorithm != Algorithm::Md5 {
                "auth"
            } else {
                self.qop
            };
            if !qop.is_empty() {
                out.extend_from_slice(b", qop=\"");
                out.extend_from_slice(qop.as_bytes());
                out.push(b'"');
            }
            out.extend_from_slice(b"\r\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn hashes_are_those_of_the_rfcs() {
        // RFC 7616 3.9.1
        let sha = Algorithm::Sha256;
        let ha1 = sha.ha1(b"Mufasa", b"http-auth@example.org", b"Circle of Life");
        let ha2 = sha.hash(&[b"GET", b"/dir/index.html"]);
        let response = sha.hash(&[
            ha1.as_bytes(),
            b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            b"00000001",
            b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            b"auth",
            ha2.as_bytes(),
        ]);
        assert_eq!(
            response.as_str(),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
        assert_eq!(
            Algorithm::Md5.hash(&[b"abc"]).as_str(),
            "900150983cd24fb0d6963f7d28e17f72"
        );
    }

    #[test]
    fn a_nonce_is_bound_to_realm_tenant_and_time() {
        let key = NonceKey {
            secret: &[7; 16],
            tenant: 0,
            realm: b"a",
        };
        let nonce = key.nonce(1000);
        assert_eq!(key.check(&nonce, 1000), Nonce::Valid);
        assert_eq!(key.check(&nonce, 1001), Nonce::Stale);
        assert_eq!(NonceKey { realm: b"b", ..key }.check(&nonce, 0), Nonce::Forged);
        assert_eq!(NonceKey { tenant: 1, ..key }.check(&nonce, 0), Nonce::Forged);
        assert_eq!(
            NonceKey {
                secret: &[8; 16],
                ..key
            }
            .check(&nonce, 0),
            Nonce::Forged
        );
        let mut later = nonce;
        later[0] = b'f';
        assert_eq!(key.check(&later, 0), Nonce::Forged);
        for bad in [
            &b""[..],
            b"zz",
            &nonce[..39],
            b"+0000000aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert_eq!(key.check(bad, 0), Nonce::Forged);
        }
    }

    fn message(authorization: &str) -> Message {
        let text = format!(
            "REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:a@x>\r\n\
             Call-ID: 1\r\nCSeq: 1 REGISTER\r\n{authorization}Content-Length: 0\r\n\r\n"
        );
        Message::parse(Bytes::from(text)).expect("a request")
    }

    #[test]
    fn credentials_are_found_by_realm_and_algorithm() {
        let msg = message(
            "Authorization: NoOneKnowsThisScheme opaque-data=here\r\n\
             Authorization: Digest username=\"a\", realm=\"other\", nonce=\"n\", uri=\"sip:x\", response=\"r\"\r\n\
             Authorization: Digest username=\"a@d\", realm=\"x\", nonce=\"n\", uri=\"sip:x\", response=\"r\"\r\n",
        );
        let find = |realm: &[u8], offered: &[Algorithm]| {
            credentials(&msg, HeaderId::Authorization, realm, offered).map(|f| f.credentials.realm.to_vec())
        };
        assert_eq!(find(b"x", &[Algorithm::Md5]), Ok(b"x".to_vec()));
        assert_eq!(find(b"y", &[Algorithm::Md5]), Err(Denied::NoCredentials));
        assert_eq!(find(b"x", &[Algorithm::Sha256]), Err(Denied::NoCredentials));
        let found = credentials(&msg, HeaderId::Authorization, b"x", &[Algorithm::Md5]).ok();
        assert_eq!(
            found.map(|f| (f.user().0.to_vec(), f.user().1.map(<[u8]>::to_vec))),
            Some((b"a".to_vec(), Some(b"d".to_vec())))
        );
    }

    #[test]
    fn texts_are_the_same_byte_by_byte() {
        let text: Vec<u8> = (0..41).collect();
        for length in 0..41 {
            assert!(same(&text[..length], &text[..length]));
            assert!(!same(&text[..length], &text[..length + 1]) && !same(&text[..length + 1], &text[..length]));
            for at in 0..length {
                let mut other = text.clone();
                other[at] ^= 0x40;
                assert!(!same(&text[..length], &other[..length]), "{length} {at}");
            }
        }
    }

    #[test]
    fn a_response_is_checked_with_and_without_qop() {
        let ha1 = Algorithm::Md5.ha1(b"a", b"x", b"secret");
        let ha2 = Algorithm::Md5.hash(&[b"REGISTER", b"sip:x"]);
        let plain = Algorithm::Md5.hash(&[ha1.as_bytes(), b"n", ha2.as_bytes()]);
        let qop = Algorithm::Md5.hash(&[ha1.as_bytes(), b"n", b"00000001", b"c", b"auth", ha2.as_bytes()]);
        let base = "Authorization: Digest username=\"a\", realm=\"x\", nonce=\"n\", uri=\"sip:x\", response=\"";
        for tail in [
            format!("{}\"", plain.as_str()),
            format!("{}\", qop=auth, nc=00000001, cnonce=\"c\"", qop.as_str()),
        ] {
            let msg = message(&format!("{base}{tail}\r\n"));
            let Ok(found) = credentials(&msg, HeaderId::Authorization, b"x", &[Algorithm::Md5]) else {
                panic!("no credentials in {base}{tail}")
            };
            assert!(found.verify(ha1.as_bytes(), &msg));
            assert!(!found.verify(Algorithm::Md5.ha1(b"a", b"x", b"other").as_bytes(), &msg));
        }
    }

    #[test]
    fn challenges_list_the_best_first() {
        let mut out = Vec::new();
        let challenge = Challenge {
            header: "WWW-Authenticate",
            realm: b"x",
            nonce: b"n",
            qop: "",
            stale: true,
        };
        challenge.write(&[Algorithm::Md5], &mut out);
        assert_eq!(
            out,
            b"WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", stale=true\r\n"
        );
        out.clear();
        challenge.write(&[Algorithm::Sha256, Algorithm::Md5], &mut out);
        let text = String::from_utf8(out).expect("ASCII");
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].ends_with("algorithm=SHA-256, qop=\"auth\""), "{text}");
        assert!(lines[1].ends_with("algorithm=MD5"), "{text}");
    }
}

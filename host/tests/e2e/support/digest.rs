//! The client's side of digest authentication (RFC 7616, RFC 8760), written apart from the
//! proxy's so that the two check each other.

use super::client::Received;
use md5::Md5;
use sha2::{Digest, Sha256};

/// How a response is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// The only one that old phones know.
    Md5,
    /// RFC 8760.
    Sha256,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }

    /// Lower-case hexadecimal digest of a text.
    pub fn hash(self, text: &str) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Algorithm::Md5 => hex(&Md5::digest(text)),
            Algorithm::Sha256 => hex(&Sha256::digest(text)),
        }
    }
}

/// A parameter of a challenge, without its quotes.
pub fn parameter<'c>(challenge: &'c str, name: &str) -> Option<&'c str> {
    let list = challenge.trim_start_matches("Digest ");
    let mut pairs = list.split(',').filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim_matches('"'))
}

/// The challenge of a reply for this algorithm; one without a name is MD5's.
pub fn challenge(reply: &Received, algorithm: Algorithm) -> Option<String> {
    let mut all = reply.headers("WWW-Authenticate");
    all.extend(reply.headers("Proxy-Authenticate"));
    let wanted = |challenge: &&str| {
        parameter(challenge, "algorithm")
            .unwrap_or("MD5")
            .eq_ignore_ascii_case(algorithm.name())
    };
    all.into_iter().find(wanted).map(str::to_owned)
}

/// The value of an Authorization header for a challenge.
pub fn authorization(
    challenge: &str,
    algorithm: Algorithm,
    user: &str,
    password: &str,
    method: &str,
    uri: &str,
) -> String {
    let realm = parameter(challenge, "realm").expect("a challenge has a realm");
    let nonce = parameter(challenge, "nonce").expect("a challenge has a nonce");
    let ha1 = algorithm.hash(&format!("{user}:{realm}:{password}"));
    let ha2 = algorithm.hash(&format!("{method}:{uri}"));
    let start = format!(
        "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", algorithm={}",
        algorithm.name()
    );
    match parameter(challenge, "qop") {
        None => {
            let response = algorithm.hash(&format!("{ha1}:{nonce}:{ha2}"));
            format!("{start}, response=\"{response}\"")
        }
        Some(_) => {
            let response = algorithm.hash(&format!("{ha1}:{nonce}:00000001:0a4f113b:auth:{ha2}"));
            format!("{start}, qop=auth, nc=00000001, cnonce=\"0a4f113b\", response=\"{response}\"")
        }
    }
}

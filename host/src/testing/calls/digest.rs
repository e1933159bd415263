//! Answers to challenges (RFC 3261 section 22, RFC 8760).

use super::super::history;
use super::{Draft, Wrong};
use crate::route::digest::Algorithm;
use kemist_sip::message::{HeaderId, Message, list};
use std::fmt::Write;

/// The Authorization or Proxy-Authorization line that answers a challenge.
pub(in super::super) fn credentials(
    challenge: &Message,
    draft: &Draft,
    user: &str,
    password: &str,
) -> Result<String, Wrong> {
    let (asks, name) = match challenge.status() {
        407 => (HeaderId::ProxyAuthenticate, "Proxy-Authorization"),
        _ => (HeaderId::WwwAuthenticate, "Authorization"),
    };
    // a phone takes the first that it knows, which is the one the server likes best
    let mut asked = challenge
        .headers_of(asks)
        .filter_map(|header| Asked::parse(&history::text(header.value())));
    let asked = asked
        .next()
        .ok_or("the challenge offers no digest algorithm that is known")?;
    let hash = |parts: &[&str]| {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        asked.algorithm.hash(&parts).as_str().to_owned()
    };
    let ha1 = hash(&[user, &asked.realm, password]);
    let body = draft
        .extra
        .body
        .clone()
        .unwrap_or_default()
        .replace("\r\n", "\n")
        .replace('\n', "\r\n");
    let ha2 = match asked.qop.as_deref() {
        Some("auth-int") => hash(&[&draft.method, &draft.uri, &hash(&[&body])]),
        _ => hash(&[&draft.method, &draft.uri]),
    };
    let (nc, cnonce) = ("00000001", "kemist-test");
    let response = match &asked.qop {
        Some(qop) => hash(&[&ha1, &asked.nonce, nc, cnonce, qop, &ha2]),
        None => hash(&[&ha1, &asked.nonce, &ha2]),
    };
    let mut line = format!(
        "{name}: Digest username=\"{user}\", realm=\"{}\", nonce=\"{}\", uri=\"{}\", response=\"{response}\", algorithm={}",
        asked.realm,
        asked.nonce,
        draft.uri,
        asked.algorithm.name()
    );
    if let Some(qop) = &asked.qop {
        let _ = write!(line, ", qop={qop}, nc={nc}, cnonce=\"{cnonce}\"");
    }
    if let Some(opaque) = &asked.opaque {
        let _ = write!(line, ", opaque=\"{opaque}\"");
    }
    Ok(line)
}

/// A challenge.
struct Asked {
    realm: String,
    nonce: String,
    algorithm: Algorithm,
    qop: Option<String>,
    opaque: Option<String>,
}

impl Asked {
    fn parse(value: &str) -> Option<Asked> {
        let params = value.trim().strip_prefix("Digest ")?;
        let params: Vec<(String, String)> = list::split(params.as_bytes())
            .filter_map(|param| {
                let param = history::text(param);
                let (name, value) = param.split_once('=')?;
                Some((
                    name.trim().to_ascii_lowercase(),
                    value.trim().trim_matches('"').to_owned(),
                ))
            })
            .collect();
        let param = |wanted: &str| {
            params
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.clone())
        };
        let qop = param("qop").map(|offered| {
            let plain = offered.split(',').any(|qop| qop.trim() == "auth");
            if plain { "auth".to_owned() } else { offered }
        });
        Some(Asked {
            realm: param("realm")?,
            nonce: param("nonce")?,
            algorithm: Algorithm::parse(param("algorithm").unwrap_or_else(|| "MD5".to_owned()).as_bytes())?,
            qop,
            opaque: param("opaque"),
        })
    }
}

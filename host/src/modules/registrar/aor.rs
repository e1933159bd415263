//! From a URI to the key of its registrations (RFC 3261 section 10.3 step 5: canonical form).

use kemist_sip::message::uri::Uri;
use smallvec::SmallVec;

/// An address of record.
pub type Name = SmallVec<[u8; 64]>;

/// The user of a `sip` or `sips` URI, with `@domain` in lower case where wanted; None for other
/// schemes and where there is no user.
///
/// Escapes that need not be are taken back (`%61` is `a`) and the others are written in upper case,
/// so that two spellings are one address, and `%00` stays what it is.
pub fn of(uri: &[u8], with_domain: bool) -> Option<Name> {
    let uri = Uri::parse(uri).ok().filter(Uri::is_sip)?;
    let user = uri.user.filter(|user| !user.is_empty())?;
    let mut aor = Name::new();
    push_canonical(user, &mut aor);
    if with_domain {
        aor.push(b'@');
        aor.extend(uri.host.iter().map(u8::to_ascii_lowercase));
    }
    Some(aor)
}

fn push_canonical(user: &[u8], out: &mut Name) {
    let mut rest = user;
    if memchr::memchr(b'%', user).is_none() {
        out.extend_from_slice(user);
        return;
    }
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(h, l)| h * 16 + l),
            _ => None,
        };
        match escaped {
            Some(byte) => {
                rest = after.get(2..).unwrap_or_default();
                if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
                    out.push(byte);
                } else {
                    out.extend_from_slice(format!("%{byte:02X}").as_bytes());
                }
            }
            None => out.push(first),
        }
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_are_one() {
        let aor = |uri: &str, domain| of(uri.as_bytes(), domain).map(|a| String::from_utf8_lossy(&a).into_owned());
        assert_eq!(
            aor("sip:%61lice@EXAMPLE.com;x=y", true).as_deref(),
            Some("alice@example.com")
        );
        assert_eq!(aor("sips:Alice@example.com:5061", false).as_deref(), Some("Alice"));
        assert_eq!(aor("sip:null-%00-null@h", false).as_deref(), Some("null-%00-null"));
        assert_eq!(aor("sip:%00%00@h", false).as_deref(), Some("%00%00"));
        assert_eq!(aor("sip:a%4z%@h", false).as_deref(), Some("a%4z%"));
        assert_eq!(aor("sip:a%3ab@h", false).as_deref(), Some("a%3Ab"));
        assert_eq!(aor("sip:example.com", false), None);
        assert_eq!(aor("name:John_Smith", false), None);
    }
}

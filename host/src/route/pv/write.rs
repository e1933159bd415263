//! Assigning: `KSR.pv.sets`, `seti`, `unset`.

use super::names::{AddressPart, FlagSet, Name, Plain, UriPart};
use super::spec::{Index, Spec};
use crate::route::{Route, Value};
use kemist_sip::message::HeaderId;
use kemist_sip::message::name_addr::NameAddr;
use kemist_sip::message::uri::Uri;

impl Route {
    /// Assigns a variable; null unsets it. False where it cannot be written or the value does not fit.
    pub fn write(&mut self, spec: &Spec, value: Value) -> bool {
        if !spec.transforms.is_empty() {
            return false;
        }
        if let Value::Str(text) = &value
            && text.len() > super::MAX_VALUE
        {
            return false;
        }
        match &spec.name {
            Name::Plain(plain) => self.write_plain(*plain, value),
            Name::Flag(set, flag) => self.write_flag(*set, *flag, value),
            Name::Var(name) => self.write_var(name, false, value),
            Name::Vn(name) => self.write_var(name, true, value),
            Name::Avp(name) => self.write_avp(name, &spec.index, value),
            Name::Xavp(xavp) => self.write_xavp(xavp, value),
            Name::Shared(name) => self.write_shared(name, value),
            Name::Table(op, table, key) => self.write_table(*op, table, key, value),
            Name::StaticBranch(field) => self.write_static_branch(*field, value),
            Name::Branch(field) if spec.index != Index::All => self.write_branch(*field, &spec.index, value),
            _ => false,
        }
    }

    fn write_plain(&mut self, plain: Plain, value: Value) -> bool {
        match (plain, value) {
            (Plain::Ruri(part), value) => self.write_request_uri(part, value),
            (Plain::Duri(UriPart::Whole), Value::Str(uri)) => self.set_dst_uri(&uri),
            (Plain::Duri(UriPart::Whole), Value::Null) => self.set_dst_uri(b""),
            (Plain::From(part), value) => self.write_address(HeaderId::From, part, value),
            (Plain::To(part), value) => self.write_address(HeaderId::To, part, value),
            (Plain::FirstBranch, Value::Str(uri)) if !uri.is_empty() => self.append_branch(&uri, -1),
            (Plain::FirstBranch, Value::Null) => {
                self.branches.clear();
                true
            }
            (Plain::SendSocket, Value::Str(text)) => self.force_socket(&text),
            (Plain::SendSocket, Value::Null) => {
                self.send_socket = None;
                true
            }
            (Plain::Flags(set) | Plain::FlagsHex(set), Value::Null) => {
                self.set_flag_set(set, 0);
                true
            }
            // a number may come signed: the flags are its bits
            (Plain::Flags(set) | Plain::FlagsHex(set), Value::Int(bits)) => {
                let bits = u32::try_from(bits).or_else(|_| i32::try_from(bits).map(i32::cast_unsigned));
                bits.map(|bits| self.set_flag_set(set, bits)).is_ok()
            }
            (Plain::FlagsHex(set), Value::Str(hex)) => {
                let bits = std::str::from_utf8(&hex)
                    .ok()
                    .and_then(|hex| u32::from_str_radix(hex, 16).ok());
                bits.map(|bits| self.set_flag_set(set, bits)).is_some()
            }
            _ => false,
        }
    }

    /// Sets a flag by any number but 0, clears it by 0 or null.
    fn write_flag(&mut self, set: FlagSet, flag: u8, value: Value) -> bool {
        let bit = 1u32.checked_shl(u32::from(flag)).unwrap_or(0);
        let flags = self.flag_set(set);
        match value {
            Value::Null | Value::Int(0) => self.set_flag_set(set, flags & !bit),
            Value::Int(_) => self.set_flag_set(set, flags | bit),
            Value::Str(_) => return false,
        }
        true
    }

    fn write_request_uri(&mut self, part: UriPart, value: Value) -> bool {
        match (part, value) {
            (UriPart::Whole, Value::Str(uri)) => self.set_uri(&uri),
            (UriPart::Whole, Value::Null) => {
                self.reset_uri();
                true
            }
            (UriPart::User, Value::Str(user)) => self.set_user(&user),
            (UriPart::User, Value::Null) => self.set_user(b""),
            (UriPart::Host, Value::Str(host)) => self.set_host(&host),
            (UriPart::Port, Value::Null) => self.set_port(None),
            (UriPart::Port, Value::Int(port)) => match u16::try_from(port) {
                Ok(port) => self.set_port((port != 0).then_some(port)),
                Err(_) => false,
            },
            (UriPart::Port, Value::Str(port)) if port.is_empty() => self.set_port(None),
            (UriPart::Port, Value::Str(port)) => std::str::from_utf8(&port)
                .ok()
                .and_then(|p| p.parse().ok())
                .is_some_and(|port| self.set_port(Some(port))),
            _ => false,
        }
    }

    /// Rewrites From or To by an edit: as with every edit the received text is what is read until
    /// the changes are applied. (RFC 3261 section 16.6 lets a proxy change neither; scripts do, with
    /// uac's restoring on the way back.)
    fn write_address(&mut self, header: HeaderId, part: AddressPart, value: Value) -> bool {
        if !self.may_change_header(header.name().as_bytes()) {
            return false;
        }
        let Some(line) = self.msg.header(header) else {
            return false;
        };
        let Ok(address) = NameAddr::parse(line.value()) else {
            return false;
        };
        let Value::Str(text) = value else { return false };
        if text.iter().any(|b| *b < b' ' || *b == 0x7f) {
            return false;
        }
        let value_start = line.value_start();
        let Ok(offset) = u32::try_from(address.uri_offset) else {
            return false;
        };
        let Ok(length) = u32::try_from(address.uri.len()) else {
            return false;
        };
        match part {
            AddressPart::Uri(part) => {
                let Some(uri) = changed_uri(address.uri, part, &text) else {
                    return false;
                };
                // without brackets the parameters of the header would become those of the URI
                let uri = if address.bracketed {
                    uri
                } else {
                    [b"<", &*uri, b">"].concat()
                };
                self.edits.replace(value_start.saturating_add(offset), length, &uri);
            }
            AddressPart::Display => {
                // up to the bracket, or before a bare URI, which needs brackets then
                let before = offset.saturating_sub(u32::from(address.bracketed));
                let display = if text.is_empty() {
                    Vec::new()
                } else {
                    [&text, &b" "[..]].concat()
                };
                if address.bracketed {
                    self.edits.replace(value_start, before, &display);
                } else {
                    self.edits.replace(
                        value_start,
                        offset.saturating_add(length),
                        &[&*display, b"<", address.uri, b">"].concat(),
                    );
                }
            }
            AddressPart::Tag => return false,
        }
        true
    }
}

/// A URI with one part replaced.
fn changed_uri(uri: &[u8], part: UriPart, text: &[u8]) -> Option<Vec<u8>> {
    let safe =
        |text: &[u8]| crate::route::request_uri::is_line_safe(text) && !text.iter().any(|b| matches!(b, b'<' | b'>'));
    if part == UriPart::Whole {
        return safe(text).then(|| text.to_vec());
    }
    let parsed = Uri::parse(uri).ok().filter(Uri::is_sip)?;
    if text.contains(&b'@') || !(text.is_empty() && part == UriPart::User || safe(text)) {
        return None;
    }
    let (user, host) = match part {
        UriPart::User => (Some(text).filter(|user| !user.is_empty()), parsed.host),
        UriPart::Host => (parsed.user, text),
        _ => return None,
    };
    let mut out = [parsed.scheme, b":"].concat();
    if let Some(user) = user {
        out.extend_from_slice(user);
        out.push(b'@');
    }
    out.extend_from_slice(host);
    if let Some(port) = parsed.port {
        out.extend_from_slice(format!(":{port}").as_bytes());
    }
    if !parsed.params.is_empty() {
        out.push(b';');
        out.extend_from_slice(parsed.params);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use crate::route::{Value, testing};

    fn text(text: &str) -> Value {
        Value::text(text.as_bytes())
    }

    #[test]
    fn the_request_uri_changes_at_once() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.pv_set("$rU", text("carol")));
        assert!(route.pv_set("$rd", text("example.org")));
        assert!(route.pv_set("$rp", Value::Int(5070)));
        assert_eq!(route.pv_get("$ru"), text("sip:carol@example.org:5070"));
        assert_eq!(route.pv_get("$ou"), text("sip:bob@localhost"));
        assert!(route.pv_set("$rU", Value::Null));
        assert_eq!(route.pv_get("$rU"), Value::Null);
        assert!(route.pv_set("$ru", Value::Null));
        assert_eq!(route.pv_get("$ru"), text("sip:bob@localhost"));
        assert!(!route.pv_set("$ru", Value::Int(5)));
        assert!(!route.pv_set("$ru", text("sip:x\r\nVia: y")));
    }

    #[test]
    fn destination_and_flags_are_written() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.pv_set("$du", text("sip:192.0.2.9:5080;transport=tcp")));
        for (name, value) in [
            ("$du", "sip:192.0.2.9:5080;transport=tcp"),
            ("$dd", "192.0.2.9"),
            ("$dp", "5080"),
            ("$dP", "tcp"),
            ("$nh(d)", "192.0.2.9"),
        ] {
            assert_eq!(route.pv_get(name), text(value), "{name}");
        }
        assert!(route.pv_set("$du", Value::Null));
        assert_eq!(route.pv_get("$du"), Value::Null);
        assert_eq!(route.pv_get("$nh(u)"), text("sip:bob@localhost"));
        assert!(route.pv_set("$mf", Value::Int(5)));
        assert_eq!(route.flags, 5);
        assert_eq!(route.pv_get("$mF"), text("00000005"));
        assert!(route.pv_set("$bF", text("ff")));
        assert_eq!(route.bflags, 255);
        assert!(route.pv_set("$Mf(7)", Value::Int(1)));
        assert_eq!(
            (route.pv_get("$Mf(7)"), route.pv_get("$Mf(6)"), route.flags),
            (Value::Int(1), Value::Int(0), 133)
        );
        assert!(route.pv_set("$Mf(7)", Value::Int(0)) && !route.pv_set("$Mf(32)", Value::Int(1)));
        assert!(!route.pv_set("$mf", text("5")));
        assert!(!route.pv_set("$ci", text("x")));
        assert!(!route.pv_set("$(ru{s.len})", text("x")));
    }

    #[test]
    fn from_and_to_are_rewritten_by_edits() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.pv_set("$fU", text("anonymous")));
        assert!(route.pv_set("$tn", text("\"Bob\"")));
        assert_eq!(route.pv_get("$fU"), text("alice"), "until the changes are applied");
        assert!(!route.pv_set("$fu", text("sip:x> \r\nX: y")));
        assert!(route.apply_changes());
        assert_eq!(route.pv_get("$fu"), text("sip:anonymous@localhost"));
        assert_eq!(route.pv_get("$ft"), text("f1"));
        assert_eq!(route.pv_get("$tn"), text("\"Bob\""));
        assert_eq!(route.pv_get("$tu"), text("sip:bob@localhost"));
    }
}

//! `$sel(path)`: the selects of SER that are parts of a message, as other names of variables.
//!
//! `ruri.user`, `from.uri.host`, `to.params.x`, `via[1].host`, `msg.header.X`, `cseq.num`, `src.ip`, ...

use super::super::spec::{ParseError, Spec};

/// The variable that a path names.
pub fn variable(path: &[u8], depth: u8) -> Result<Spec, ParseError> {
    let path = std::str::from_utf8(path.trim_ascii()).map_err(|_| ParseError::Inner("sel"))?;
    let path = path.strip_prefix('@').unwrap_or(path);
    let text = text(path).ok_or(ParseError::Inner("sel"))?;
    Spec::parse_at(text.as_bytes(), depth)
}

fn text(path: &str) -> Option<String> {
    let (class, rest) = match path.find(['.', '[']) {
        // a dot goes, an index stays
        Some(at) if path.as_bytes()[at] == b'.' => (&path[..at], &path[at + 1..]),
        Some(at) => (&path[..at], &path[at..]),
        None => (path, ""),
    };
    Some(match class {
        "ruri" | "request_uri" => uri("ru", rest)?,
        "dst_uri" => uri("du", rest)?,
        "from" | "f" => address("hdr(From)", "fu", "ft", "fn", rest)?,
        "to" | "t" => address("hdr(To)", "tu", "tt", "tn", rest)?,
        "contact" | "m" => address("ct", "ctu", "null", "null", rest)?,
        "rpid" | "remote_party_id" => address("hdr(Remote-Party-ID)", "re", "null", "null", rest)?,
        "refer_to" => address("hdr(Refer-To)", "rt", "null", "null", rest)?,
        "via" | "v" => via(rest)?,
        "cseq" => constant(rest, &[("", "$csb"), ("num", "$cs"), ("method", "$rm")])?,
        "call_id" | "callid" | "i" => constant(rest, &[("", "$ci")])?,
        "method" => constant(rest, &[("", "$rm")])?,
        "content_type" | "c" => constant(rest, &[("", "$cT")])?,
        "content_length" | "l" => constant(rest, &[("", "$cl")])?,
        "user_agent" => constant(rest, &[("", "$ua")])?,
        "body" => constant(rest, &[("", "$rb")])?,
        "status" => constant(rest, &[("", "$rs")])?,
        "src" => constant(
            rest,
            &[
                ("ip", "$si"),
                ("port", "$sp"),
                ("ip_port", "$_s($si:$sp)"),
                ("proto", "$pr"),
            ],
        )?,
        "dst" | "received" => constant(
            rest,
            &[
                ("ip", "$Ri"),
                ("port", "$Rp"),
                ("ip_port", "$_s($Ri:$Rp)"),
                ("proto", "$pr"),
            ],
        )?,
        "proto" => constant(rest, &[("", "$pr")])?,
        "msg" => message(rest)?,
        "hf_value" | "header" => header(rest)?,
        "sys" => constant(rest, &[("pid", "$pp"), ("now", "$Ts"), ("unique", "$iuid")])?,
        "version" => constant(
            rest,
            &[
                ("", "$version(num)"),
                ("num", "$version(num)"),
                ("full", "$version(full)"),
            ],
        )?,
        _ => return None,
    })
}

fn constant(part: &str, known: &[(&str, &str)]) -> Option<String> {
    let found = known.iter().find(|(name, _)| *name == part);
    found.map(|(_, text)| (*text).to_owned())
}

fn uri(name: &str, part: &str) -> Option<String> {
    Some(match part {
        "" => format!("${name}"),
        "type" | "scheme" => format!("$({name}{{uri.scheme}})"),
        "user" => format!("$({name}{{uri.user}})"),
        "pwd" => format!("$({name}{{uri.passwd}})"),
        "host" => format!("$({name}{{uri.host}})"),
        "port" => format!("$({name}{{uri.port}})"),
        "hostport" => format!("$_s($({name}{{uri.host}}):$({name}{{uri.port}}))"),
        "transport" => format!("$({name}{{uri.transport}})"),
        "params" => format!("$({name}{{uri.params}})"),
        "headers" => format!("$({name}{{uri.headers}})"),
        part => {
            let param = part.strip_prefix("params.").filter(|param| is_name(param))?;
            format!("$({name}{{uri.param,{param}}})")
        }
    })
}

fn address(header: &str, whole: &str, tag: &str, display: &str, part: &str) -> Option<String> {
    Some(match part {
        "" => format!("${header}"),
        "tag" => format!("${tag}"),
        "name" => format!("${display}"),
        "uri" => format!("${whole}"),
        "params" => format!("$({header}{{tobody.params}})"),
        part => match part.strip_prefix("uri.") {
            Some(part) => uri(whole, part)?,
            None => {
                let param = part.strip_prefix("params.").filter(|param| is_name(param))?;
                format!("$({header}{{tobody.params}}{{param.value,{param}}})")
            }
        },
    })
}

/// `via`, `via[1].host`: the index counts from 1, the top one.
fn via(part: &str) -> Option<String> {
    let (name, part) = match part.strip_prefix('[') {
        None => ("via0", part),
        Some(index) => {
            let (index, part) = index.split_once(']')?;
            let name = match index {
                "1" | "0" => "via0",
                "2" => "via1",
                "-1" => "viaZ",
                _ => return None,
            };
            (name, part.strip_prefix('.').unwrap_or(part))
        }
    };
    match part {
        "" if name == "via0" => Some("$hfl(Via)".to_owned()),
        "" if name == "via1" => Some("$(hfl(Via)[1])".to_owned()),
        "" => Some("$(hfl(Via)[-1])".to_owned()),
        "transport" => Some(format!("${name}(proto)")),
        "host" | "port" | "branch" | "rport" | "received" | "params" | "i" => Some(format!("${name}({part})")),
        part => {
            let param = part.strip_prefix("params.").filter(|param| is_name(param))?;
            Some(format!("$({name}(params){{param.value,{param}}})"))
        }
    }
}

/// `msg` and its parts; `msg.header.NAME` and `msg["NAME"]` are header values.
fn message(part: &str) -> Option<String> {
    match part {
        "" => Some("$mb".to_owned()),
        "len" => Some("$ml".to_owned()),
        "first_line" => Some("$msg(fline)".to_owned()),
        "body" => Some("$rb".to_owned()),
        part => header(part.strip_prefix("header").unwrap_or(part)),
    }
}

/// `.NAME`, `NAME` or `["NAME"]`; selects write `_` for the `-` of a name.
fn header(part: &str) -> Option<String> {
    let name = match part.strip_prefix("[\"").and_then(|name| name.strip_suffix("\"]")) {
        Some(name) => name.to_owned(),
        None => part.strip_prefix('.').unwrap_or(part).replace('_', "-"),
    };
    is_name(&name).then(|| format!("$hdr({name})"))
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.!%*+~".contains(&b))
}

#[cfg(test)]
mod tests {
    use crate::route::{Value, testing};

    #[test]
    fn selects_are_parts_of_the_message() {
        let route = testing::request(testing::INVITE);
        for (path, text) in [
            ("ruri", "sip:bob@localhost"),
            ("@ruri.user", "bob"),
            ("from.uri.host", "localhost"),
            ("from.tag", "f1"),
            ("from.params.tag", "f1"),
            ("contact.uri.user", "alice"),
            ("via[1].host", "192.0.2.10"),
            ("via.branch", "z9hG4bKtest1"),
            ("cseq.method", "INVITE"),
            ("call_id", "call-1@192.0.2.10"),
            ("src.ip_port", "192.0.2.10:5062"),
            ("msg.header.User_Agent", "unit test"),
            ("msg[\"User-Agent\"]", "unit test"),
        ] {
            assert_eq!(
                route.pv_get(&format!("$sel({path})")),
                Value::text(text.as_bytes()),
                "{path}"
            );
        }
        assert_eq!(route.pv_get("$sel(via[2].host)"), Value::Null);
        assert_eq!(route.pv_get("$sel(xmpp.what)"), Value::Null, "an error line says so");
    }
}

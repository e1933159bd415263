//! Messages as text, and the parts that they are made of.

use super::super::history::{self, Sent};
use super::super::scenario::{Extra, Given, Header, Reply};
use super::{Wrong, makes_dialog};
use kemist_sip::message::{HeaderId, header};
use kemist_sip::{Protocol, Target};
use std::fmt::Write;

/// A reply to a request that was sent.
pub(in super::super) fn reply(given: &Reply, request: &Sent, source: Target, tag: &str) -> Result<String, Wrong> {
    let msg = request.msg.as_ref().ok_or("what was sent is no request")?;
    let (status, reason) = match given.what.trim().split_once(' ') {
        Some((status, reason)) => (status, reason.trim().to_owned()),
        None => (given.what.trim(), String::new()),
    };
    let number = status.parse::<u16>().ok().filter(|status| (100..700).contains(status));
    let status = number.ok_or_else(|| format!("{status:?} is no status"))?;
    let reason = if reason.is_empty() {
        reason_of(status).to_owned()
    } else {
        reason
    };
    let dialog = (101..300).contains(&status);
    let mut to = history::header(msg, HeaderId::To).unwrap_or_default();
    match &given.to_tag {
        Some(Given::Text(tag)) => to = format!("{};tag={tag}", untagged(&to)),
        Some(Given::None) => {}
        None if status > 100 && !to.contains(";tag=") => to = format!("{to};tag={tag}"),
        None => {}
    }
    let own = match &given.contact {
        Some(Given::Text(contact)) => Some(name_addr(contact)),
        Some(Given::None) => None,
        None => (dialog && makes_dialog(msg)).then(|| contact(&user_of(&history::text(msg.request_uri())), source)),
    };
    let from = history::header(msg, HeaderId::From).unwrap_or_default();
    let record_route = if dialog {
        history::headers(msg, "Record-Route")
    } else {
        Vec::new()
    };
    let lines = vec![
        ("Via".to_owned(), history::headers(msg, "Via")),
        ("Record-Route".to_owned(), record_route),
        one("From", from),
        one("To", to),
        one("Call-ID", history::text(msg.call_id().unwrap_or_default())),
        one("CSeq", history::header(msg, HeaderId::CSeq).unwrap_or_default()),
        ("Contact".to_owned(), own.into_iter().collect()),
    ];
    Ok(finish(&format!("SIP/2.0 {status} {reason}"), lines, &given.extra))
}

/// A whole message as a step has it.
pub(in super::super) fn raw(text: &str) -> String {
    let text = text.trim_start_matches('\n').replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let mut out = head.trim_end().replace('\n', "\r\n");
    let has_length = head.lines().any(|line| {
        let name = line.split(':').next().unwrap_or_default().trim();
        HeaderId::parse(name.as_bytes()) == HeaderId::ContentLength
    });
    let body = body.replace('\n', "\r\n");
    if !has_length {
        let _ = write!(out, "\r\nContent-Length: {}", body.len());
    }
    out + "\r\n\r\n" + &body
}

pub(super) fn finish(start: &str, mut lines: Vec<Header>, extra: &Extra) -> String {
    let body = extra
        .body
        .clone()
        .unwrap_or_default()
        .replace("\r\n", "\n")
        .replace('\n', "\r\n");
    if !body.is_empty() {
        let kind = extra
            .content_type
            .clone()
            .unwrap_or_else(|| "application/sdp".to_owned());
        lines.push(one("Content-Type", kind));
    }
    merge(&mut lines, &extra.headers);
    if !lines.iter().any(|(name, _)| is(name, HeaderId::ContentLength)) {
        lines.push(one("Content-Length", body.len().to_string()));
    }
    let mut out = format!("{start}\r\n");
    for (name, values) in lines {
        for value in values {
            let _ = write!(out, "{name}: {value}\r\n");
        }
    }
    out + "\r\n" + &body
}

/// Others in place of those of the same name, and further ones.
pub(super) fn merge(lines: &mut Vec<Header>, others: &[Header]) {
    for (name, values) in others {
        let same = |(known, _): &&mut Header| header::same_name(known.as_bytes(), name.as_bytes());
        match lines.iter_mut().find(same) {
            Some((_, known)) => known.clone_from(values),
            None => lines.push((name.clone(), values.clone())),
        }
    }
}

fn is(name: &str, id: HeaderId) -> bool {
    HeaderId::parse(name.as_bytes()) == id
}

pub(super) fn one(name: &str, value: String) -> Header {
    (name.to_owned(), vec![value])
}

pub(super) fn contact(user: &str, source: Target) -> String {
    let at = if user.is_empty() {
        String::new()
    } else {
        format!("{user}@")
    };
    let transport = match source.protocol {
        Protocol::Udp => String::new(),
        other => format!(";transport={}", other.name()),
    };
    format!("<sip:{at}{}{transport}>", source.remote)
}

/// `<uri>` where there are no brackets yet.
pub(super) fn name_addr(text: &str) -> String {
    let bare = !text.contains('<') && text != "*";
    match text.split_once(";tag=") {
        Some((uri, tag)) if bare => format!("<{uri}>;tag={tag}"),
        None if bare => format!("<{text}>"),
        _ => text.to_owned(),
    }
}

pub(super) fn untagged(text: &str) -> String {
    let Some(at) = text.find(";tag=") else {
        return text.to_owned();
    };
    let end = text[at + 1..].find(';').map_or(text.len(), |end| at + 1 + end);
    format!("{}{}", &text[..at], &text[end..])
}

/// The URI of a name-addr.
pub(super) fn inner_uri(text: &str) -> String {
    let inner = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(|| untagged(text), |(uri, _)| uri.to_owned())
}

pub(super) fn domain_uri(text: &str) -> String {
    let uri = inner_uri(text);
    match uri.split_once(':') {
        Some((scheme, rest)) => format!("{scheme}:{}", rest.rsplit('@').next().unwrap_or_default()),
        None => uri,
    }
}

pub(super) fn user_of(text: &str) -> String {
    let uri = inner_uri(text);
    let user = uri.split_once(':').and_then(|(_, rest)| rest.rsplit_once('@'));
    user.map_or_else(String::new, |(user, _)| user.to_owned())
}

fn reason_of(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        500 => "Server Internal Error",
        503 => "Service Unavailable",
        600 => "Busy Everywhere",
        603 => "Decline",
        _ if status < 200 => "Progress",
        _ if status < 300 => "OK",
        _ if status < 400 => "Redirected",
        _ => "Failed",
    }
}

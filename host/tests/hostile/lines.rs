//! Reads what was sent, and what was logged, as somebody would who trusts neither.

use crate::corpus::INJECTED;
use kemist_sip::Message;

/// What fits into a datagram, in bytes.
const DATAGRAM: usize = 65_507;

/// What is wrong with a message that was sent. `writes_lines`: whose script may add whole header lines.
pub fn wrong_with(bytes: &[u8], writes_lines: bool) -> Option<String> {
    if bytes.len() > DATAGRAM {
        // no socket takes it
        return None;
    }
    let Ok(_) = Message::parse(bytes.to_vec().into()) else {
        return Some("it cannot be read".to_owned());
    };
    let end = find(bytes, b"\r\n\r\n")? + 4;
    let (head, body) = bytes.split_at(end);
    if head.contains(&0) {
        return Some("a NUL in its head".to_owned());
    }
    let bare = |(at, byte): (usize, &u8)| match byte {
        b'\r' => head.get(at + 1) != Some(&b'\n'),
        b'\n' => at == 0 || head[at - 1] != b'\r',
        _ => false,
    };
    if head.iter().enumerate().any(bare) {
        return Some("half a line end in its head".to_owned());
    }
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split("\r\n");
    lines.next();
    let (mut vias, mut lengths) = (0, Vec::new());
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let name = name.trim();
        match &*name.to_ascii_lowercase() {
            "via" | "v" => vias += 1,
            "content-length" | "l" => lengths.push(value.trim().parse().unwrap_or(usize::MAX)),
            _ => {}
        }
        if line.ends_with("SIP/2.0") && line.contains(" sip:") {
            return Some(format!("a second first line: {line}"));
        }
        if name.starts_with(INJECTED) && !writes_lines {
            return Some(format!("a line that was slipped in: {line}"));
        }
        if line.contains("forged") {
            return Some(format!("a Via of its own making: {line}"));
        }
    }
    // ours, the sender's
    if vias > 2 {
        return Some(format!("{vias} lines of Via"));
    }
    if lengths != [body.len()] {
        return Some(format!(
            "Content-Length {lengths:?}, and a body of {} bytes",
            body.len()
        ));
    }
    None
}

/// What is wrong with a log: a line that is no line of ours.
pub fn wrong_with_log(log: &str) -> Option<String> {
    log.split_terminator('\n').find_map(|line| {
        let dated = line.starts_with("20") && line.get(4..5) == Some("-");
        let control = line.chars().any(|c| c.is_control() && c != '\t');
        (!dated || control || line.len() > 8_000_000).then(|| line.chars().take(400).collect())
    })
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

//! Header lines and body that a script gives for a request of its own.

use crate::route::lines::header_lines;
use bytes::Bytes;
use kemist_sip::message::parser::MAX_MESSAGE;
use kemist_sip::message::{HeaderId, Message, NameAddr};

/// Room for what is added: start line, Via, the headers that are ours.
const OVERHEAD: usize = 6144;

/// Checked header lines.
pub struct Given {
    /// The lines behind a start line that makes a message of them.
    msg: Message,
}

impl Given {
    /// Checks them. None where they are no header lines, From, To or CSeq cannot be read, the body has no
    /// Content-Type, or all together is too long for a message.
    pub fn read(lines: &str, body: &str) -> Option<Given> {
        if lines.len() + body.len() + OVERHEAD > MAX_MESSAGE {
            return None;
        }
        let checked = match lines.is_empty() {
            true => Vec::new(),
            false => header_lines(lines.as_bytes())?,
        };
        // a header of its own makes it a message where the script gave none
        let text = [b"X sip:x SIP/2.0\r\nX: x\r\n", &checked[..], b"\r\n"].concat();
        let msg = Message::parse(Bytes::from(text)).ok()?;
        let readable = |id| msg.header(id).is_none_or(|h| NameAddr::parse(h.value()).is_ok());
        let cseq = msg.header(HeaderId::CSeq).is_none() || msg.cseq().is_some();
        let typed = body.is_empty() || msg.header(HeaderId::ContentType).is_some();
        (readable(HeaderId::From) && readable(HeaderId::To) && cseq && typed).then_some(Given { msg })
    }

    /// The value of a header.
    pub fn value(&self, id: HeaderId) -> Option<Bytes> {
        let value = self.msg.header(id)?.value();
        Some(Bytes::copy_from_slice(value))
    }

    /// The number of the CSeq.
    pub fn cseq(&self) -> Option<u32> {
        self.msg.cseq().map(|cseq| cseq.number)
    }

    /// The lines that go out as they are: all but those that are written from their values.
    pub fn lines(&self) -> Bytes {
        let mut lines = Vec::new();
        for header in self.msg.headers().skip(1).filter(|header| !is_ours(header.id())) {
            let line = header.start() as usize..header.end() as usize;
            lines.extend_from_slice(self.msg.bytes().get(line).unwrap_or_default());
        }
        lines.into()
    }
}

/// Headers that are written from their values.
fn is_ours(id: HeaderId) -> bool {
    use HeaderId::*;
    matches!(id, From | To | CallId | CSeq | MaxForwards | Contact)
}

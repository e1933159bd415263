//! What came in and what was sent, in order.

use super::document::Place;
use bytes::Bytes;
use kemist_sip::message::{HeaderId, Message, Method};
use kemist_sip::{Protocol, Target};
use std::time::Duration;

/// A message that came in.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub source: Target,
    pub bytes: Bytes,
    /// None where it cannot be read.
    pub msg: Option<Message>,
    /// Of requests: the call, and whether the callee sent it.
    pub call: String,
    pub by_callee: bool,
}

/// A message that the worker sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// Since the last input.
    pub after: Duration,
    pub target: Target,
    pub bytes: Bytes,
    /// None where it cannot be read.
    pub msg: Option<Message>,
    /// It was sent before, byte for byte.
    pub again: bool,
    /// It needs no step that expects it.
    pub by_itself: bool,
    pub expected: bool,
    /// Which request it belongs to, and its number among the branches of that.
    pub branch: Option<(Key, u32)>,
}

/// A request: Call-ID, number of CSeq and method.
pub(super) type Key = (Vec<u8>, u32, Vec<u8>);

#[derive(Debug, Default)]
pub(super) struct History {
    pub received: Vec<Received>,
    pub sent: Vec<Sent>,
    /// Where in `sent` what followed from the last input begins.
    pub since: usize,
    /// Where the last input is written.
    pub input: Option<Place>,
}

impl History {
    /// Notes what was sent, and what it is.
    pub fn add(&mut self, target: Target, bytes: Bytes, after: Duration) {
        let msg = Message::parse(bytes.clone()).ok();
        let again = self
            .sent
            .iter()
            .any(|other| other.target == target && other.bytes == bytes);
        let by_itself = again || msg.as_ref().is_some_and(|msg| self.is_by_itself(msg));
        let branch = msg
            .as_ref()
            .filter(|msg| msg.is_request())
            .and_then(|msg| self.branch_of(msg));
        self.sent.push(Sent {
            after,
            target,
            bytes,
            msg,
            again,
            by_itself,
            expected: false,
            branch,
        });
    }

    /// 100, and the ACK of a negative reply, which has its INVITE's branch.
    fn is_by_itself(&self, msg: &Message) -> bool {
        if msg.is_reply() {
            return msg.status() == 100;
        }
        msg.method() == Method::Ack && self.with_branch(via_branch(msg)).is_some()
    }

    fn branch_of(&self, msg: &Message) -> Option<(Key, u32)> {
        if let Some(known) = self.with_branch(via_branch(msg)) {
            return known.branch.clone();
        }
        let key = key(msg)?;
        let of_it = self
            .sent
            .iter()
            .filter_map(|sent| sent.branch.as_ref())
            .filter(|(other, _)| *other == key);
        let number = of_it.map(|(_, number)| *number).max().unwrap_or(0) + 1;
        Some((key, number))
    }

    fn with_branch(&self, branch: &[u8]) -> Option<&Sent> {
        let has = |sent: &&Sent| {
            let msg = sent.msg.as_ref().filter(|msg| msg.is_request());
            msg.is_some_and(|msg| !branch.is_empty() && via_branch(msg) == branch)
        };
        self.sent.iter().find(has)
    }

    /// What was sent since the last input.
    pub fn recent(&self) -> &[Sent] {
        self.sent.get(self.since..).unwrap_or_default()
    }

    /// The request of a branch (None: the last one sent); the CANCEL of it where asked for.
    pub fn request(&self, branch: Option<u32>, cancel: bool) -> Option<usize> {
        let is = |sent: &Sent| {
            let msg = sent.msg.as_ref().filter(|msg| msg.is_request());
            msg.is_some_and(|msg| match cancel {
                true => msg.method() == Method::Cancel,
                false => !matches!(msg.method(), Method::Ack | Method::Cancel),
            })
        };
        let of = self
            .sent
            .iter()
            .rev()
            .filter(|sent| is(sent))
            .find_map(|sent| sent.branch.as_ref());
        let wanted = |sent: &Sent| match (branch, &sent.branch) {
            (None, _) => is(sent),
            (Some(number), Some((key, of_it))) => {
                is(sent) && of.is_some_and(|(last, _)| last == key) && number == *of_it
            }
            (Some(_), None) => false,
        };
        self.sent.iter().rposition(wanted)
    }

    /// The last reply that was sent to a request, and to which status it answers.
    pub fn reply_to(&self, request: &Message, fits: impl Fn(u16) -> bool) -> Option<&Message> {
        let wanted = key(request);
        let mut replies = self
            .sent
            .iter()
            .rev()
            .filter_map(|sent| sent.msg.as_ref())
            .filter(|msg| msg.is_reply());
        replies.find(|msg| key(msg) == wanted && fits(msg.status()))
    }

    /// What came in and was sent on as this message: the request or reply of the same transaction.
    pub fn origin(&self, msg: &Message) -> Option<&Message> {
        let wanted = key(msg);
        let same = |other: &&Message| {
            other.is_request() == msg.is_request() && key(other) == wanted && other.status() == msg.status()
        };
        self.received
            .iter()
            .rev()
            .filter_map(|received| received.msg.as_ref())
            .find(same)
    }
}

/// The branch of the first Via; empty where it has none.
pub(super) fn via_branch(msg: &Message) -> &[u8] {
    msg.via().and_then(|via| via.branch()).unwrap_or_default()
}

/// Which request a message is, or answers.
pub(super) fn key(msg: &Message) -> Option<Key> {
    let cseq = msg.cseq()?;
    Some((msg.call_id()?.to_vec(), cseq.number, cseq.method.to_vec()))
}

/// The first value of a header as text.
pub(super) fn header(msg: &Message, id: HeaderId) -> Option<String> {
    msg.header(id).map(|header| text(header.value()))
}

/// All values of a header by name, one a line of the message.
pub(super) fn headers(msg: &Message, name: &str) -> Vec<String> {
    msg.headers_named(name.as_bytes())
        .map(|header| text(header.value()))
        .collect()
}

/// Bytes as text, whatever they are.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `udp:192.0.2.1:5060`.
pub(super) fn place_of(protocol: Protocol, address: std::net::SocketAddr) -> String {
    format!("{}:{address}", protocol.name())
}

/// A message in a few words: its start line, or what it is.
pub(super) fn brief(msg: Option<&Message>) -> String {
    match msg {
        Some(msg) if msg.is_request() => format!("{} {}", text(msg.method_name()), text(msg.request_uri())),
        Some(msg) => format!("{} {} ({})", msg.status(), text(msg.reason()), cseq_method(msg)),
        None => "bytes that are no message".to_owned(),
    }
}

fn cseq_method(msg: &Message) -> String {
    msg.cseq().map_or_else(String::new, |cseq| text(cseq.method))
}

//! Messages of phones: requests and replies as a phone would write them, from what a step gives and what
//! the call has seen so far.

mod digest;
mod filled;
mod write;

pub(super) use digest::credentials;
pub(super) use filled::{filled, filled_reply};
pub(super) use write::{raw, reply};

use super::history::{self, History, Received, via_branch};
use super::scenario::{Extra, Given, Header, Receive};
use kemist_sip::Target;
use kemist_sip::message::{HeaderId, Message, Method, list};
use write::{contact, domain_uri, finish, inner_uri, merge, name_addr, one, untagged, user_of};

/// What cannot be made, in one line.
pub(super) type Wrong = String;

/// A request in the making.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub method: String,
    pub uri: String,
    pub via_branch: Option<String>,
    pub max_forwards: Option<String>,
    pub from: String,
    pub to: String,
    pub call_id: String,
    pub cseq: u32,
    pub contact: Option<String>,
    pub routes: Vec<String>,
    pub extra: Extra,
}

/// Numbers that make messages differ.
#[derive(Debug, Default)]
pub(super) struct Counters {
    branches: u32,
    tags: u32,
}

impl Counters {
    pub fn tag(&mut self) -> String {
        self.tags += 1;
        format!("tag-{}", self.tags)
    }

    pub fn branch(&mut self) -> String {
        self.branches += 1;
        format!("z9hG4bK-test-{}", self.branches)
    }
}

/// The view of one side of a call.
pub(super) struct Side<'h> {
    pub history: &'h History,
    pub call: &'h str,
    pub by_callee: bool,
}

impl<'h> Side<'h> {
    /// What this side sent last, of those that begin a transaction.
    fn last(&self, wanted: impl Fn(&Message) -> bool) -> Option<(&'h Received, &'h Message)> {
        let mut all = self.history.received.iter().rev();
        all.find_map(|received| {
            let msg = received.msg.as_ref().filter(|msg| msg.is_request())?;
            let ours = received.call == self.call && received.by_callee == self.by_callee;
            (ours && begins(msg) && wanted(msg)).then_some((received, msg))
        })
    }

    /// What this side sent first in the call: there its addresses are.
    fn any(&self) -> Option<(&'h Received, &'h Message)> {
        self.last(|_| true)
    }

    /// The dialog of the call, as this side knows it.
    fn dialog(&self) -> Option<Dialog> {
        if self.by_callee { self.answered() } else { self.placed() }
    }

    /// The caller's: of its INVITE and the reply that has a tag.
    fn placed(&self) -> Option<Dialog> {
        let (received, invite) = self.last(makes_dialog)?;
        let established = |status: u16| (101..300).contains(&status);
        let reply = self.history.reply_to(invite, established)?;
        reply.to().and_then(|to| to.tag())?;
        let mut routes = list_of(reply, HeaderId::RecordRoute);
        routes.reverse();
        Some(Dialog {
            from: history::header(invite, HeaderId::From)?,
            to: history::header(reply, HeaderId::To)?,
            call_id: history::text(invite.call_id()?),
            target: contact_uri(reply).unwrap_or_else(|| history::text(invite.request_uri())),
            routes,
            cseq: self.last_cseq(),
            source: received.source,
        })
    }

    /// The callee's: of the INVITE that was sent to it and the reply it gave.
    fn answered(&self) -> Option<Dialog> {
        let caller = Side {
            by_callee: false,
            ..*self
        };
        let (_, invite) = caller.last(makes_dialog)?;
        let call_id = invite.call_id()?;
        let replies = self.history.received.iter().rev().filter_map(|received| {
            let msg = received
                .msg
                .as_ref()
                .filter(|msg| msg.is_reply() && msg.call_id() == Some(call_id))?;
            Some((received, msg))
        });
        let made = |msg: &Message| {
            (101..300).contains(&msg.status())
                && msg.cseq().is_some_and(|cseq| cseq.method == invite.method_name())
                && msg.to().is_some_and(|to| to.tag().is_some())
        };
        let (received, reply) = replies.clone().find(|(_, msg)| made(msg))?;
        let sent = self.history.sent.iter().filter_map(|sent| sent.msg.as_ref());
        let mut offers = sent.filter(|msg| msg.is_request() && via_branch(msg) == via_branch(reply));
        let offer = offers.find(|msg| makes_dialog(msg))?;
        Some(Dialog {
            from: history::header(reply, HeaderId::To)?,
            to: history::header(reply, HeaderId::From)?,
            call_id: history::text(call_id),
            target: contact_uri(offer).unwrap_or_default(),
            routes: list_of(offer, HeaderId::RecordRoute),
            cseq: self.last_cseq(),
            source: received.source,
        })
    }

    fn last_cseq(&self) -> u32 {
        let own = self
            .history
            .received
            .iter()
            .filter(|received| received.call == self.call && received.by_callee == self.by_callee);
        let numbers = own.filter_map(|received| Some(received.msg.as_ref()?.cseq()?.number));
        numbers.max().unwrap_or(0)
    }

    /// Where this side sends from, as far as is known.
    pub fn source(&self) -> Option<Target> {
        let own = self.any().map(|(received, _)| received.source);
        own.or_else(|| self.dialog().map(|dialog| dialog.source))
    }

    /// A request as a phone of this side would make it.
    pub fn draft(&self, given: &Receive, counters: &mut Counters) -> Result<Draft, Wrong> {
        let (method, uri) = match given.what.trim().split_once(' ') {
            Some((method, uri)) => (method, Some(uri.trim().to_owned())),
            None => (given.what.trim(), None),
        };
        let uri = given.uri.clone().or(uri);
        let fresh = given.from.is_some() || given.call_id.is_some() || matches!(given.to_tag, Some(Given::None));
        let mut draft = match method {
            "ACK" => self.ack(),
            "CANCEL" => self.cancel(),
            _ if fresh => None,
            _ => self.challenged(method).or_else(|| self.within(method)),
        };
        if draft.is_none() {
            draft = Some(self.fresh(method, given, uri.as_deref(), counters)?);
        }
        // made above
        let mut draft = draft.unwrap_or_default();
        if let Some(uri) = uri {
            draft.uri = uri;
        }
        if draft.extra.headers.is_empty() {
            draft.extra.headers.clone_from(&given.extra.headers);
        } else {
            merge(&mut draft.extra.headers, &given.extra.headers);
        }
        if given.extra.body.is_some() {
            draft.extra.body.clone_from(&given.extra.body);
            draft.extra.content_type.clone_from(&given.extra.content_type);
        }
        Ok(draft)
    }

    /// The ACK of a negative reply belongs to its INVITE's transaction; of a 2xx to the dialog.
    fn ack(&self) -> Option<Draft> {
        let (_, invite) = self.last(|msg| msg.method() == Method::Invite)?;
        let reply = self.history.reply_to(invite, |status| status >= 200)?;
        let number = invite.cseq()?.number;
        if reply.status() < 300 {
            let mut draft = self.dialog()?.request("ACK");
            draft.cseq = number;
            return Some(draft);
        }
        let mut draft = hop_by_hop(invite, "ACK")?;
        draft.to = history::header(reply, HeaderId::To)?;
        Some(draft)
    }

    fn cancel(&self) -> Option<Draft> {
        let (_, invite) = self.last(|msg| msg.method() == Method::Invite)?;
        hop_by_hop(invite, "CANCEL")
    }

    /// The last request again, if it had this method and was challenged.
    fn challenged(&self, method: &str) -> Option<Draft> {
        let (_, last) = self.any()?;
        if last.method_name() != method.as_bytes() {
            return None;
        }
        self.history.reply_to(last, |status| matches!(status, 401 | 407))?;
        let mut headers: Vec<Header> = Vec::new();
        for header in last.headers() {
            if !is_built(header.id()) && !is_credentials(header.id()) {
                let name = history::text(header.name());
                match headers.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, values)) => values.push(history::text(header.value())),
                    None => headers.push((name, vec![history::text(header.value())])),
                }
            }
        }
        Some(Draft {
            method: method.to_owned(),
            uri: history::text(last.request_uri()),
            via_branch: None,
            max_forwards: history::header(last, HeaderId::MaxForwards),
            from: history::header(last, HeaderId::From)?,
            to: history::header(last, HeaderId::To)?,
            call_id: history::text(last.call_id()?),
            cseq: self.last_cseq() + 1,
            contact: history::header(last, HeaderId::Contact),
            routes: history::headers(last, "Route"),
            extra: Extra {
                headers,
                body: Some(history::text(last.body())).filter(|body| !body.is_empty()),
                content_type: history::header(last, HeaderId::ContentType),
            },
        })
    }

    fn within(&self, method: &str) -> Option<Draft> {
        let mut draft = self.dialog()?.request(method);
        draft.contact = None;
        Some(draft)
    }

    fn fresh(&self, method: &str, given: &Receive, uri: Option<&str>, counters: &mut Counters) -> Result<Draft, Wrong> {
        let known = self.any().map(|(_, msg)| msg);
        let part = |id: HeaderId| known.and_then(|msg| history::header(msg, id));
        let from = given.from.clone().or_else(|| part(HeaderId::From));
        let from = from.ok_or("a new call needs from = \"sip:user@domain\"")?;
        let to = match (&given.to, method) {
            (Some(to), _) => to.clone(),
            (None, "REGISTER") => untagged(&from),
            (None, _) => match uri
                .map(str::to_owned)
                .or_else(|| part(HeaderId::To).map(|to| untagged(&to)))
            {
                Some(to) => to,
                None => return Err("a new call needs to = \"sip:user@domain\", or a request URI".to_owned()),
            },
        };
        let default_uri = match method {
            "REGISTER" => domain_uri(&from),
            _ => inner_uri(&to),
        };
        let from = name_addr(&from);
        let from = if from.contains(";tag=") {
            from
        } else {
            format!("{from};tag={}", counters.tag())
        };
        let call_id = part(HeaderId::CallId).unwrap_or_else(|| call_id(self.call));
        Ok(Draft {
            method: method.to_owned(),
            uri: uri.map_or(default_uri, str::to_owned),
            max_forwards: Some("70".to_owned()),
            from,
            to: name_addr(&to),
            call_id,
            cseq: self.last_cseq() + 1,
            ..Draft::default()
        })
    }

    /// The last challenge that this call got.
    pub fn challenge(&self) -> Option<&'h Message> {
        let (_, last) = self.any()?;
        let call_id = last.call_id();
        let replies = self.history.sent.iter().rev().filter_map(|sent| sent.msg.as_ref());
        replies
            .filter(|msg| msg.call_id() == call_id)
            .find(|msg| matches!(msg.status(), 401 | 407))
    }
}

/// What a side knows of a dialog.
struct Dialog {
    from: String,
    to: String,
    call_id: String,
    target: String,
    routes: Vec<String>,
    cseq: u32,
    source: Target,
}

impl Dialog {
    fn request(self, method: &str) -> Draft {
        Draft {
            method: method.to_owned(),
            uri: self.target,
            max_forwards: Some("70".to_owned()),
            from: self.from,
            to: self.to,
            call_id: self.call_id,
            cseq: self.cseq + 1,
            routes: self.routes,
            ..Draft::default()
        }
    }
}

impl Draft {
    /// Replaces what the step gives, and makes up Contact.
    pub fn adjust(&mut self, given: &Receive, source: Target) {
        if let Some(from) = given.from.as_deref().filter(|from| from.contains(";tag=")) {
            self.from = name_addr(from);
        }
        if let Some(tag) = &given.from_tag {
            self.from = format!("{};tag={tag}", untagged(&self.from));
        }
        if let Some(to) = &given.to {
            self.to = name_addr(to);
        }
        match &given.to_tag {
            Some(Given::Text(tag)) => self.to = format!("{};tag={tag}", untagged(&self.to)),
            Some(Given::None) => self.to = untagged(&self.to),
            None => {}
        }
        if let Some(call_id) = &given.call_id {
            self.call_id.clone_from(call_id);
        }
        self.cseq = given.cseq.unwrap_or(self.cseq);
        if let Some(branch) = &given.via_branch {
            self.via_branch = Some(branch.clone());
        }
        match &given.max_forwards {
            Some(Given::Text(hops)) => self.max_forwards = Some(hops.clone()),
            Some(Given::None) => self.max_forwards = None,
            None => {}
        }
        match &given.contact {
            Some(Given::Text(contact)) => self.contact = Some(contact.clone()),
            Some(Given::None) => self.contact = None,
            None if self.contact.is_none() && wants_contact(&self.method) => {
                self.contact = Some(contact(&user_of(&self.from), source));
            }
            None => {}
        }
    }

    /// The bytes.
    pub fn write(&self, source: Target, counters: &mut Counters, credentials: Option<String>) -> String {
        let branch = self.via_branch.clone().unwrap_or_else(|| counters.branch());
        let (transport, remote) = (source.protocol.via_name(), source.remote);
        let mut lines: Vec<Header> = vec![
            one("Via", format!("SIP/2.0/{transport} {remote};branch={branch};rport")),
            ("Max-Forwards".to_owned(), self.max_forwards.iter().cloned().collect()),
            ("Route".to_owned(), self.routes.clone()),
            one("From", self.from.clone()),
            one("To", self.to.clone()),
            one("Call-ID", self.call_id.clone()),
            one("CSeq", format!("{} {}", self.cseq, self.method)),
            (
                "Contact".to_owned(),
                self.contact.iter().map(|contact| name_addr(contact)).collect(),
            ),
        ];
        if let Some(line) = credentials
            && let Some((name, value)) = line.split_once(": ")
        {
            lines.push(one(name, value.to_owned()));
        }
        finish(&format!("{} {} SIP/2.0", self.method, self.uri), lines, &self.extra)
    }
}

/// ACK to a negative reply, and CANCEL: the first Via, Route and the numbers are the INVITE's.
fn hop_by_hop(invite: &Message, method: &str) -> Option<Draft> {
    Some(Draft {
        method: method.to_owned(),
        uri: history::text(invite.request_uri()),
        via_branch: Some(history::text(via_branch(invite))),
        max_forwards: Some("70".to_owned()),
        from: history::header(invite, HeaderId::From)?,
        to: history::header(invite, HeaderId::To)?,
        call_id: history::text(invite.call_id()?),
        cseq: invite.cseq()?.number,
        routes: history::headers(invite, "Route"),
        ..Draft::default()
    })
}

/// The Call-ID of a call by its name, which may have any characters.
fn call_id(name: &str) -> String {
    let word = |c: char| {
        if c.is_ascii_alphanumeric() || "-._".contains(c) {
            c
        } else {
            '-'
        }
    };
    format!("{}@test", name.chars().map(word).collect::<String>())
}

fn begins(msg: &Message) -> bool {
    !matches!(msg.method(), Method::Ack | Method::Cancel)
}

fn makes_dialog(msg: &Message) -> bool {
    let initial = msg.is_request() && msg.to().is_none_or(|to| to.tag().is_none());
    initial && matches!(msg.method_name(), b"INVITE" | b"SUBSCRIBE" | b"REFER")
}

fn wants_contact(method: &str) -> bool {
    matches!(
        method,
        "INVITE" | "REGISTER" | "SUBSCRIBE" | "NOTIFY" | "REFER" | "UPDATE"
    )
}

fn is_built(id: HeaderId) -> bool {
    matches!(
        id,
        HeaderId::Via
            | HeaderId::MaxForwards
            | HeaderId::Route
            | HeaderId::From
            | HeaderId::To
            | HeaderId::CallId
            | HeaderId::CSeq
            | HeaderId::Contact
            | HeaderId::ContentLength
            | HeaderId::ContentType
    )
}

fn is_credentials(id: HeaderId) -> bool {
    matches!(id, HeaderId::Authorization | HeaderId::ProxyAuthorization)
}

/// The values of all headers of a name, comma lists taken apart.
fn list_of(msg: &Message, id: HeaderId) -> Vec<String> {
    let headers = msg.headers_of(id);
    headers
        .flat_map(|header| list::split(header.value()))
        .map(history::text)
        .collect()
}

fn contact_uri(msg: &Message) -> Option<String> {
    msg.contacts().next()?.ok().map(|contact| history::text(contact.uri))
}

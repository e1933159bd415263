//! Plays the steps of a scenario.

use super::calls::{self, Counters, Side};
use super::document::{Finding, Place};
use super::history::{self, History, Received, brief, place_of, via_branch};
use super::matching::Variables;
use super::scenario::{Peer, Receive, Reply, Scenario, Step, Verb};
use super::stage::{Note, Stage};
use super::verify;
use crate::wasm::trace::{self, Call};
use bytes::Bytes;
use kemist_sip::message::{HeaderId, Message};
use kemist_sip::{ConnectionId, Protocol, Target};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

/// Where requests come from where nobody says.
const SOMEWHERE: ([u8; 4], u16) = ([192, 0, 2, 10], 5060);

/// A scenario on its stage.
pub(super) struct Play<'s> {
    pub scenario: &'s Scenario,
    pub stage: Stage,
    pub history: History,
    /// What the script did since the last input.
    pub calls: Vec<Call>,
    pub notes: Vec<Note>,
    /// A step expected the failures of the script since the last input.
    pub faults_expected: bool,
    /// The last request and the last reply that a step found.
    pub request: Option<usize>,
    pub reply: Option<usize>,
    pub saved: HashMap<String, String>,
    pub transcript: Vec<String>,
    counters: Counters,
    /// Tags of the To of replies, by the branch of the request.
    tags: HashMap<Vec<u8>, String>,
    connections: Vec<SocketAddr>,
    /// When the last input came.
    begun: Duration,
}

impl<'s> Play<'s> {
    pub fn new(scenario: &'s Scenario, stage: Stage) -> Play<'s> {
        Play {
            scenario,
            stage,
            history: History::default(),
            calls: Vec::new(),
            notes: Vec::new(),
            faults_expected: false,
            request: None,
            reply: None,
            saved: HashMap::new(),
            transcript: Vec::new(),
            counters: Counters::default(),
            tags: HashMap::new(),
            connections: Vec::new(),
            begun: Duration::ZERO,
        }
    }

    /// Plays all steps; stops after the first that fails. What is wrong, nothing where all is well.
    pub fn run(&mut self) -> Vec<Finding> {
        // what the thread did before
        drop(trace::take());
        for step in &self.scenario.steps {
            let found = self.step(step);
            if !found.is_empty() {
                return found;
            }
        }
        let mut found = self.leftovers();
        if let Some(check) = &self.scenario.finally {
            found.extend(verify::check(self, check, &self.scenario.place));
        }
        found
    }

    fn step(&mut self, step: &Step) -> Vec<Finding> {
        let wrong = |text: String| vec![step.place.finding(text)];
        let input = match &step.verb {
            Verb::Expect(expect) => return verify::expect(self, expect, &step.place),
            Verb::ExpectNothing(check) => {
                let mut found = self.unexpected(&step.place);
                found.extend(verify::check(self, check, &step.place));
                return found;
            }
            Verb::Check(check) => return verify::check(self, check, &step.place),
            input => input,
        };
        let found = self.leftovers();
        if !found.is_empty() {
            return found;
        }
        let done = match input {
            Verb::Receive(given) => self.receive(given, &step.place),
            Verb::Reply(given) => self.answer(given, &step.place),
            Verb::Repeat => self.repeat(&step.place),
            Verb::Refuse(branch) => self.refuse(*branch, &step.place),
            Verb::Advance(by) => self.advance(*by, &step.place),
            Verb::Expect(_) | Verb::ExpectNothing(_) | Verb::Check(_) => Ok(()),
        };
        done.map_or_else(wrong, |()| Vec::new())
    }

    /// What was sent since the last input and no step has expected, and failures likewise.
    fn leftovers(&self) -> Vec<Finding> {
        let Some(input) = &self.history.input else {
            return Vec::new();
        };
        let mut found = self.unexpected(input);
        if !self.faults_expected {
            let faults = self.notes.iter().filter_map(|note| match note {
                Note::Fault(text) => Some(input.finding(format!("a callback failed: {text}"))),
                _ => None,
            });
            found.extend(faults);
        }
        found
    }

    fn unexpected(&self, place: &Place) -> Vec<Finding> {
        let unexpected = self
            .history
            .recent()
            .iter()
            .filter(|sent| !sent.expected && !sent.by_itself);
        let finding = |sent: &history::Sent| {
            let to = place_of(sent.target.protocol, sent.target.remote);
            place.finding(format!(
                "sent, and no step expects it: {} to {to}",
                brief(sent.msg.as_ref())
            ))
        };
        unexpected.map(finding).collect()
    }

    fn receive(&mut self, given: &Receive, place: &Place) -> Result<(), String> {
        let given = calls::filled(given, &*self)?;
        let call = given.call.clone().unwrap_or_else(|| "call-1".to_owned());
        let side = Side {
            history: &self.history,
            call: &call,
            by_callee: given.by_callee,
        };
        let known = side.source();
        let source = match (given.source, known) {
            (None, Some(known)) => known,
            (None, None) => self.target(None)?,
            (Some(peer), _) => self.target(Some(peer))?,
        };
        let side = Side {
            history: &self.history,
            call: &call,
            by_callee: given.by_callee,
        };
        let text = if given.what.trim().contains('\n') {
            calls::raw(&given.what)
        } else {
            let mut draft = side.draft(&given, &mut self.counters)?;
            draft.adjust(&given, source);
            let credentials = match &given.authorize {
                None => None,
                Some(who) => {
                    let (user, password) = self.password(who)?;
                    let challenge = side
                        .challenge()
                        .ok_or("authorize: this call has not been challenged yet")?;
                    Some(calls::credentials(challenge, &draft, user, password)?)
                }
            };
            draft.write(source, &mut self.counters, credentials)
        };
        let bytes = Bytes::from(text);
        self.history.received.push(Received {
            source,
            msg: Message::parse(bytes.clone()).ok(),
            bytes: bytes.clone(),
            call,
            by_callee: given.by_callee,
        });
        self.take(source, bytes, place)
    }

    fn password<'a>(&'a self, who: &'a str) -> Result<(&'a str, &'a str), String> {
        if let Some((user, password)) = who.split_once(':') {
            return Ok((user, password));
        }
        let accounts = &self.scenario.accounts;
        let found = accounts.iter().find(|(name, _)| {
            let full = who.split_once('@');
            full.map_or(name.username == who, |(user, domain)| {
                name.username == user && name.domain == domain
            })
        });
        found
            .map(|(name, password)| (name.username.as_str(), password.as_str()))
            .ok_or_else(|| format!("authorize: {who:?} is not in `accounts`; write \"user:password\""))
    }

    fn answer(&mut self, given: &Reply, place: &Place) -> Result<(), String> {
        let given = calls::filled_reply(given, &*self)?;
        let at = self.requested(given.branch, given.cancel)?;
        let request = self.history.sent[at].clone();
        let source = match given.source {
            Some(peer) => self.target(Some(peer))?,
            None => self.connected(request.target),
        };
        let text = if given.what.trim().contains('\n') {
            calls::raw(&given.what)
        } else {
            let branch = request
                .msg
                .as_ref()
                .map(|msg| via_branch(msg).to_vec())
                .unwrap_or_default();
            let counters = &mut self.counters;
            let tag = self.tags.entry(branch).or_insert_with(|| counters.tag()).clone();
            calls::reply(&given, &request, source, &tag)?
        };
        let bytes = Bytes::from(text);
        self.history.received.push(Received {
            source,
            msg: Message::parse(bytes.clone()).ok(),
            bytes: bytes.clone(),
            call: String::new(),
            by_callee: true,
        });
        self.take(source, bytes, place)
    }

    /// The request that a step is about.
    fn requested(&self, branch: Option<u32>, cancel: bool) -> Result<usize, String> {
        let last = self.request.filter(|_| branch.is_none() && !cancel);
        let found = last.or_else(|| self.history.request(branch, cancel));
        found.ok_or_else(|| match branch {
            Some(number) => format!(
                "there is no branch {number}{}",
                if cancel { " with a CANCEL" } else { "" }
            ),
            None => "no request was sent yet".to_owned(),
        })
    }

    fn repeat(&mut self, place: &Place) -> Result<(), String> {
        let last = self.history.received.last().ok_or("nothing has come in yet")?;
        let (source, bytes) = (last.source, last.bytes.clone());
        self.take(source, bytes, place)
    }

    fn refuse(&mut self, branch: Option<u32>, place: &Place) -> Result<(), String> {
        let at = self.requested(branch, false)?;
        let bytes = self.history.sent[at].bytes.clone();
        let what = brief(self.history.sent[at].msg.as_ref());
        self.transcript.push(format!("{:>8}  -x  {what}", self.clock()));
        self.input(place);
        self.stage
            .worker
            .undelivered(bytes)
            .map_err(|error| error.to_string())?;
        self.collect();
        Ok(())
    }

    fn advance(&mut self, by: Duration, place: &Place) -> Result<(), String> {
        self.input(place);
        self.transcript.push(format!("{:>8}  --  {by:?} pass", self.clock()));
        self.stage.worker.advance(by).map_err(|error| error.to_string())?;
        self.collect();
        Ok(())
    }

    fn take(&mut self, source: Target, bytes: Bytes, place: &Place) -> Result<(), String> {
        let msg = Message::parse(bytes.clone()).ok();
        let from = place_of(source.protocol, source.remote);
        let line = format!("{:>8}  ->  {} from {from}", self.clock(), brief(msg.as_ref()));
        self.transcript.push(line);
        self.input(place);
        self.stage
            .worker
            .receive(source, bytes)
            .map_err(|error| error.to_string())?;
        self.collect();
        Ok(())
    }

    /// An input begins: what follows is its doing.
    fn input(&mut self, place: &Place) {
        self.history.since = self.history.sent.len();
        self.history.input = Some(place.clone());
        self.faults_expected = false;
        self.calls.clear();
        self.notes.clear();
        self.begun = self.stage.worker.passed();
    }

    fn collect(&mut self) {
        self.calls = trace::take();
        self.notes = std::mem::take(&mut *self.stage.notes.lock());
        for sent in self.stage.worker.sent() {
            let (target, after) = (sent.transmit.target, sent.at.saturating_sub(self.begun));
            self.history.add(target, sent.transmit.bytes, after);
            let Some(sent) = self.history.sent.last() else { continue };
            let to = place_of(target.protocol, target.remote);
            let again = if sent.again { " (again)" } else { "" };
            let line = format!(
                "{:>8}  <-  {} to {to}{again}",
                seconds(self.begun + after),
                brief(sent.msg.as_ref())
            );
            self.transcript.push(line);
        }
    }

    fn clock(&self) -> String {
        seconds(self.stage.worker.passed())
    }

    /// A peer as a source: the socket of ours that it reaches, and its connection.
    fn target(&mut self, peer: Option<Peer>) -> Result<Target, String> {
        let protocol = peer.and_then(|peer| peer.protocol).unwrap_or(Protocol::Udp);
        let remote = peer.map_or_else(|| SOMEWHERE.into(), |peer| peer.address());
        let shared = &self.stage.worker.fleet().shared;
        let Some(socket) = shared.socket_for(protocol, remote, 0) else {
            let listens: Vec<&str> = shared.sockets.iter().map(|socket| socket.text.as_str()).collect();
            return Err(format!(
                "{} cannot reach us: we listen on {}",
                place_of(protocol, remote),
                listens.join(", ")
            ));
        };
        Ok(self.connected(Target {
            protocol,
            remote,
            socket,
            connection: None,
        }))
    }

    /// With the connection of a stream: one for each address.
    fn connected(&mut self, target: Target) -> Target {
        if target.protocol == Protocol::Udp {
            return Target {
                connection: None,
                ..target
            };
        }
        let known = self.connections.iter().position(|remote| *remote == target.remote);
        let place = known.unwrap_or_else(|| {
            self.connections.push(target.remote);
            self.connections.len() - 1
        });
        Target {
            connection: Some(ConnectionId(place as u64 + 1)),
            ..target
        }
    }
}

/// `1.5s`, as the transcript has it.
fn seconds(time: Duration) -> String {
    format!("{:.3}s", time.as_secs_f64())
}

impl Variables for Play<'_> {
    fn value(&self, name: &str) -> Result<String, String> {
        if let Some(saved) = self.saved.get(name) {
            return Ok(saved.clone());
        }
        if let Some(peer) = self.scenario.peers.get(name) {
            return Ok(peer.address().to_string());
        }
        match name {
            "now" => return Ok(self.stage.worker.unix().to_string()),
            "proxy" => {
                let sockets = &self.stage.worker.fleet().shared.sockets;
                return Ok(sockets
                    .first()
                    .map_or_else(String::new, |socket| socket.sent_by.clone()));
            }
            _ => {}
        }
        let unknown = || format!("{{{name}}}: no such variable: neither saved nor a peer");
        let (what, part) = name.split_once('.').ok_or_else(unknown)?;
        let sent = |at: Option<usize>| at.and_then(|at| self.history.sent.get(at)?.msg.as_ref());
        let msg = match what {
            "received" => self.history.received.last().and_then(|received| received.msg.as_ref()),
            "request" => sent(self.request),
            "reply" => sent(self.reply),
            _ => return Err(unknown()),
        };
        let msg = msg.ok_or_else(|| format!("{{{name}}}: there is no such message yet"))?;
        part_of(msg, part).ok_or_else(|| format!("{{{name}}}: the message has none"))
    }
}

/// A part of a message by its name ([`super::keys::PARTS`]).
fn part_of(msg: &Message, part: &str) -> Option<String> {
    if let Some(header) = part.strip_prefix("header.") {
        return history::headers(msg, header).into_iter().next();
    }
    let tag = |value: Option<kemist_sip::NameAddr<'_>>| value.and_then(|value| value.tag()).map(history::text);
    match part {
        "uri" => Some(history::text(msg.request_uri())),
        "method" => Some(history::text(msg.method_name())),
        "status" => Some(msg.status().to_string()),
        "body" => Some(history::text(msg.body())),
        "call_id" => history::header(msg, HeaderId::CallId),
        "cseq" => msg.cseq().map(|cseq| cseq.number.to_string()),
        "from_tag" => tag(msg.from()),
        "to_tag" => tag(msg.to()),
        "via_branch" => Some(history::text(via_branch(msg))),
        "contact" => msg.contacts().next()?.ok().map(|contact| history::text(contact.uri)),
        _ => None,
    }
}

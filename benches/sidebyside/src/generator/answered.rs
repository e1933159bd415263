//! What answers bring about: credentials after a challenge, ACK and BYE of a call, and the callee's own answers.

use super::timers::What;
use super::{Generator, Stage, texts};
use crate::digest::Challenge;
use crate::message::{self, header, headers, is, uri, write_routes};

impl Generator<'_> {
    /// A REGISTER was challenged: sends it again with credentials. A challenge that cannot be answered is a failure.
    pub(super) fn challenged(&mut self, line: u32, reply: &[u8]) {
        let value = header(reply, "WWW-Authenticate", "WWW-Authenticate");
        let Some(challenge) = value.and_then(Challenge::parse) else {
            return self.failed(line, Stage::First, 401);
        };
        self.record(line, 0);
        let number = line % self.plan.users.count();
        let ha1 = self.plan.users.ha1(number, challenge.realm);
        let (user, _) = super::Users::account(number);
        let mut out = self.buffer();
        let texts = &self.texts[self.caller(line)];
        texts.register_head.write(line, number, &mut out);
        let to = texts.register_uri.as_bytes();
        challenge.answer(user.as_bytes(), &ha1, b"REGISTER", to, &mut out);
        texts.register_tail.write(line, number, &mut out);
        self.second(line, out, 0);
        self.send_second(line);
        let now = self.now();
        self.lines[line as usize].begun = now;
        self.timers.add(now, 1, line, What::Request(Stage::Second));
    }

    /// A call was answered: acknowledges, and hangs up after the pause.
    pub(super) fn answered(&mut self, line: u32, reply: &[u8]) {
        self.record(line, 0);
        let target = uri(header(reply, "Contact", "m").unwrap_or_default());
        let to = header(reply, "To", "t").unwrap_or_default();
        let mut out = self.buffer();
        let texts = &self.texts[self.caller(line)];
        let mut write = |method: &[u8], around: &[message::Template; 2]| {
            for piece in [method, b" ", target, b" SIP/2.0\r\n"] {
                out.extend_from_slice(piece);
            }
            around[0].write(line, 0, &mut out);
            write_routes(reply, &mut out);
            texts.from.write(line, 0, &mut out);
            for piece in [b"To: ", to, b"\r\n"] {
                out.extend_from_slice(piece);
            }
            around[1].write(line, 0, &mut out);
            out.len()
        };
        let split = write(b"ACK", &texts.ack);
        write(b"BYE", &texts.bye);
        self.second(line, out, split);
        self.lines[line as usize].stage = Stage::Talking;
        self.send_held(line, 0, split);
        let now = self.now();
        self.timers.add(now, 0, line, What::HangUp);
    }

    fn second(&mut self, line: u32, held: Vec<u8>, split: usize) {
        let line = &mut self.lines[line as usize];
        line.stage = Stage::Second;
        line.held = held;
        line.split = split;
    }

    /// The ACK to a negative reply belongs to the transaction of the INVITE (RFC 3261 section 17.1.1.3).
    pub(super) fn refused(&mut self, line: u32, reply: &[u8]) {
        let caller = self.caller(line);
        let to = header(reply, "To", "t").unwrap_or_default();
        let [before, after] = &self.texts[caller].refused;
        self.out[caller].push(&self.sockets[caller], None, |out| {
            before.write(line, 0, out);
            for piece in [b"To: ", to, b"\r\n"] {
                out.extend_from_slice(piece);
            }
            after.write(line, 0, out);
        });
    }

    /// A request came to a callee.
    pub(super) fn called(&mut self, socket: usize, line: u32, request: &[u8]) {
        if request.starts_with(b"INVITE ") {
            if self.answers[line as usize].is_empty() {
                let mut answer = self.buffer();
                let port = self.sockets[socket].local_addr().map_or(0, |address| address.port());
                accept(request, line, Some(port), &mut answer);
                self.answers[line as usize] = answer;
                let now = self.now();
                self.timers.add(now, 1, line, What::Answer);
            } else {
                self.outcome.duplicates += 1;
            }
            self.send_answer(line);
        } else if request.starts_with(b"ACK ") {
            self.acknowledged(line);
        } else if request.starts_with(b"BYE ") {
            self.acknowledged(line);
            let ended = matches!(self.lines[line as usize].stage, Stage::Done);
            self.outcome.duplicates += u64::from(ended);
            let out = &mut self.out[socket];
            out.push(&self.sockets[socket], None, |out| accept(request, line, None, out));
        }
    }

    fn acknowledged(&mut self, line: u32) {
        let answer = std::mem::take(&mut self.answers[line as usize]);
        self.keep(answer);
    }

    pub(super) fn send_answer(&mut self, line: u32) {
        let callee = self.plan.ports + self.caller(line);
        let answer = &self.answers[line as usize];
        self.out[callee].push(&self.sockets[callee], None, |out| out.extend_from_slice(answer));
    }
}

/// Writes a 200; that of an INVITE has a contact at the port, a session, and the route.
fn accept(request: &[u8], line: u32, invite: Option<u16>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"SIP/2.0 200 OK\r\n");
    for (name, value, whole) in headers(request) {
        let is = |long, short| is(name, long, short);
        let copied = is("Via", "v") || is("From", "f") || is("To", "t") || is("Call-ID", "i") || is("CSeq", "CSeq");
        if is("To", "t") && memchr::memmem::find(value, b"tag=").is_none() {
            out.extend_from_slice(format!("To: {};tag=s{line:08x}\r\n", String::from_utf8_lossy(value)).as_bytes());
        } else if copied || invite.is_some() && is("Record-Route", "Record-Route") {
            out.extend_from_slice(whole);
        }
    }
    match invite {
        Some(port) => {
            let body = texts::sdp("callee", 30_002);
            let rest = format!(
                "Contact: <sip:callee@127.0.0.1:{port}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            out.extend_from_slice(rest.as_bytes());
        }
        None => out.extend_from_slice(b"Content-Length: 0\r\n\r\n"),
    }
}

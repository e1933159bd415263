//! A small SIP client: it writes requests as text, and reads answers as text.

use super::digest::{self, Algorithm};
use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How long an answer may take, with the request sent again meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(500);

/// A received message, request or reply.
#[derive(Clone, Debug)]
pub struct Received {
    /// All of it; what is not UTF-8 is replaced.
    pub text: String,
}

impl Received {
    /// The status of a reply, 0 of a request.
    pub fn status(&self) -> u16 {
        match self.text.strip_prefix("SIP/2.0 ") {
            Some(rest) => rest.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0),
            None => 0,
        }
    }

    /// Every value of a header, by its long name, in any case.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default();
        let fields = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        fields
            .filter(|(field, _)| field.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .collect()
    }

    /// The first value of a header, empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers(name).first().copied().unwrap_or_default()
    }
}

/// A user agent with a UDP socket of its own.
pub struct Phone {
    socket: UdpSocket,
    proxy: SocketAddr,
    counter: Cell<u32>,
}

impl Phone {
    /// A phone that sends everything to `proxy`.
    pub fn new(proxy: SocketAddr) -> Self {
        let own: IpAddr = match proxy {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let socket = UdpSocket::bind((own, 0)).expect("loopback has free ports");
        Phone {
            socket,
            proxy,
            counter: Cell::new(0),
        }
    }

    /// Its own address.
    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("it is bound")
    }

    /// Sends bytes as they are.
    pub fn send(&self, bytes: &[u8]) {
        // a full buffer or a port that nobody listens on yet: the answer will be missing
        self.socket.send_to(bytes, self.proxy).ok();
    }

    /// The next datagram, or None after `wait`.
    pub fn receive(&self, wait: Duration) -> Option<Received> {
        let mut buffer = vec![0; 65_536];
        self.socket
            .set_read_timeout(Some(wait.max(Duration::from_millis(1))))
            .expect("a positive time");
        let (length, _) = self.socket.recv_from(&mut buffer).ok()?;
        Some(Received {
            text: String::from_utf8_lossy(&buffer[..length]).into_owned(),
        })
    }

    /// The next request that is not `OPTIONS` traffic of somebody else; fails after [`PATIENCE`].
    pub fn expect_request(&self, method: &str) -> Received {
        let deadline = Instant::now() + PATIENCE;
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            match self.receive(left) {
                Some(message) if message.text.starts_with(&format!("{method} ")) => return message,
                _ => {}
            }
        }
        panic!("no {method} arrived");
    }

    /// Answers a request without a body.
    pub fn answer(&self, request: &Received, status: &str) {
        self.answer_with(request, status, "");
    }

    /// Answers a request with further header lines, which keep their end of line.
    pub fn answer_with(&self, request: &Received, status: &str, extra: &str) {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for name in ["Via", "Record-Route", "From", "To", "Call-ID", "CSeq"] {
            for value in request.headers(name) {
                let tag = if name == "To" && !value.contains("tag=") {
                    ";tag=callee"
                } else {
                    ""
                };
                text += &format!("{name}: {value}{tag}\r\n");
            }
        }
        self.send(format!("{text}{extra}Content-Length: 0\r\n\r\n").as_bytes());
    }

    /// Is there any answer to OPTIONS? For waiting until a proxy is up.
    pub fn ping(&self) -> bool {
        let request = self.request("OPTIONS", &format!("sip:{}", self.proxy), "ping", "ping", "");
        self.send(request.as_bytes());
        let answered = self
            .receive(Duration::from_millis(100))
            .is_some_and(|reply| reply.status() > 0);
        if !answered {
            // a refused port makes the wait return at once
            std::thread::sleep(Duration::from_millis(20));
        }
        answered
    }

    /// A new request from `from@localhost` to `to@localhost`; `extra` is whole header lines.
    pub fn request(&self, method: &str, uri: &str, from: &str, to: &str, extra: &str) -> String {
        let number = self.counter.get() + 1;
        self.counter.set(number);
        let own = self.address();
        let id = format!("{}-{number}", own.port());
        format!(
            "{method} {uri} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {own};branch=z9hG4bK{id};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:{from}@localhost>;tag=f{id}\r\n\
             To: <sip:{to}@localhost>\r\n\
             Call-ID: {id}@test\r\n\
             CSeq: {number} {method}\r\n\
             {extra}Content-Length: 0\r\n\r\n"
        )
    }

    /// Sends a request until its final answer comes.
    pub fn ask(&self, request: &str) -> Received {
        self.ask_within(request.as_bytes(), PATIENCE)
            .unwrap_or_else(|| panic!("no answer to:\n{request}"))
    }

    /// Sends a request until its final answer comes or the time is over.
    pub fn ask_within(&self, request: &[u8], patience: Duration) -> Option<Received> {
        let sent = Received {
            text: String::from_utf8_lossy(request).into_owned(),
        };
        let (id, cseq) = (sent.header("Call-ID").to_owned(), sent.header("CSeq").to_owned());
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            self.send(request);
            let again = deadline.min(Instant::now() + AGAIN);
            while let Some(left) = again.checked_duration_since(Instant::now()) {
                match self.receive(left) {
                    Some(reply)
                        if reply.status() >= 200 && reply.header("Call-ID") == id && reply.header("CSeq") == cseq =>
                    {
                        return Some(reply);
                    }
                    _ => {}
                }
            }
        }
        None
    }

    /// REGISTER without credentials, for `seconds`.
    pub fn register(&self, user: &str, seconds: u32, extra: &str) -> Received {
        let own = self.address();
        let extra = format!("Contact: <sip:{user}@{own}>\r\nExpires: {seconds}\r\n{extra}");
        self.ask(&self.request("REGISTER", "sip:localhost", user, user, &extra))
    }

    /// REGISTER, and again with credentials for the challenge of that algorithm.
    pub fn register_with(&self, user: &str, password: &str, algorithm: Algorithm) -> Received {
        let challenged = self.register(user, 600, "");
        assert_eq!(challenged.status(), 401, "{}", challenged.text);
        let challenge = digest::challenge(&challenged, algorithm).unwrap_or_else(|| panic!("{}", challenged.text));
        let credentials = digest::authorization(&challenge, algorithm, user, password, "REGISTER", "sip:localhost");
        self.register(user, 600, &format!("Authorization: {credentials}\r\n"))
    }
}

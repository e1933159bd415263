//! RFC 4475 through a route that only checks and relays, back to where the message came from.

use crate::support::client::Phone;
use crate::support::component::component;
use crate::support::proxy::Setup;
use crate::support::torture::{self, Torture};
use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Answered(u16),
    Relayed,
    Nothing,
}

/// What the table allows.
struct Allowed {
    codes: Vec<u16>,
    relayed: bool,
    nothing: bool,
}

impl Allowed {
    /// Reads the column `status_to_send`. What a registrar or user agent would answer is relayed by
    /// this route, which is neither; "or liberal" and "ignore" allow both.
    fn read(message: &Torture) -> Self {
        let verdict = message.verdict.as_str();
        let words = verdict.split(|c: char| !c.is_ascii_digit());
        let codes = words
            .filter(|word| word.len() == 3)
            .filter_map(|word| word.parse().ok())
            .collect();
        let reply = message.bytes.starts_with(b"SIP/2.0 ");
        let elsewhere = ["as UAS", "liberal", "ignore", "registrar"]
            .iter()
            .any(|word| verdict.contains(word));
        let registrar = ["401", "200"].contains(&verdict) || (message.name == "esc02" && verdict == "501");
        let plain = verdict.is_empty() && !reply;
        Allowed {
            codes,
            relayed: plain || elsewhere || registrar,
            nothing: verdict == "drop" || (verdict.is_empty() && reply),
        }
    }

    fn fits(&self, fate: &Fate) -> bool {
        match fate {
            Fate::Answered(code) => self.codes.contains(code),
            Fate::Relayed => self.relayed,
            Fate::Nothing => self.nothing,
        }
    }
}

/// Sends a message from an address of its own, at the port of its top Via, where replies arrive by every
/// rule (sent-by and source are the same), and waits for what comes back.
fn fate(message: &Torture, proxy: SocketAddr, number: u8) -> Fate {
    let own = Ipv4Addr::new(127, 44, (std::process::id() % 250) as u8, number + 1);
    let socket = UdpSocket::bind((own, message.via_port())).expect("an address of the loopback network");
    socket.send_to(&message.bytes, proxy).expect("loopback takes it");
    let patience = if Allowed::read(message).nothing { 300 } else { 5_000 };
    let deadline = Instant::now() + Duration::from_millis(patience);
    let mut buffer = vec![0; 65_536];
    while let Some(left) = deadline.checked_duration_since(Instant::now()) {
        socket
            .set_read_timeout(Some(left.max(Duration::from_millis(1))))
            .expect("a positive time");
        let Ok((length, _)) = socket.recv_from(&mut buffer) else {
            break;
        };
        let text = String::from_utf8_lossy(&buffer[..length]);
        match text.strip_prefix("SIP/2.0 ") {
            Some(status) if status.starts_with('1') => {}
            Some(status) => return Fate::Answered(status.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0)),
            None => return Fate::Relayed,
        }
    }
    Fate::Nothing
}

#[test]
fn torture_messages_get_what_the_table_says() {
    let Some(messages) = torture::messages() else { return };
    let mut proxy = Setup::new(component("tests/programs/torture-route"))
        .routing("deadline = \"1s\"")
        .start();
    let phone = Phone::new(proxy.address);
    let (mut wrong, mut seen) = (Vec::new(), HashSet::new());
    for (number, message) in messages.iter().enumerate() {
        // several have the same branch: the second would be a retransmission of the first (RFC 3261 17.2.3)
        if !seen.insert(message.branch()) {
            proxy.stop("-KILL");
            proxy.launch();
        }
        let fate = fate(message, proxy.address, number as u8);
        if !Allowed::read(message).fits(&fate) {
            wrong.push(format!(
                "{} ({}): {fate:?}, the table says \"{}\"",
                message.name, message.class, message.verdict
            ));
        }
        let options = phone.request("OPTIONS", &format!("sip:{}", proxy.address), "ping", "ping", "");
        assert_eq!(phone.ask(&options).status(), 200, "after {}", message.name);
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        messages.len(),
        wrong.join("\n")
    );
    assert!(proxy.stop("-TERM").success());
}

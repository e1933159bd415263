//! A name server on loopback that answers from a table, over UDP.
#![allow(dead_code)] // each test file uses a part of it

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

const A: u16 = 1;
const SRV: u16 = 33;
const NAPTR: u16 = 35;
/// How often the thread looks whether it is to end.
const TICK: Duration = Duration::from_millis(20);

/// The records of a name server.
#[derive(Clone, Default)]
pub struct Zone {
    records: Vec<(String, u16, u32, Vec<u8>)>,
    silent: bool,
}

impl Zone {
    /// An address.
    pub fn a(self, name: &str, ttl: u32, ip: [u8; 4]) -> Zone {
        self.with(name, A, ttl, Ipv4Addr::from(ip).octets().to_vec())
    }

    /// A server of a service.
    pub fn srv(self, name: &str, priority: u16, weight: u16, port: u16, target: &str) -> Zone {
        let mut data = Vec::new();
        for number in [priority, weight, port] {
            data.extend_from_slice(&number.to_be_bytes());
        }
        write_name(target, &mut data);
        self.with(name, SRV, 300, data)
    }

    /// A service of a domain.
    pub fn naptr(self, name: &str, order: u16, preference: u16, service: &str, replacement: &str) -> Zone {
        let mut data = Vec::new();
        data.extend_from_slice(&order.to_be_bytes());
        data.extend_from_slice(&preference.to_be_bytes());
        for text in ["s", service, ""] {
            data.push(text.len() as u8);
            data.extend_from_slice(text.as_bytes());
        }
        write_name(replacement, &mut data);
        self.with(name, NAPTR, 300, data)
    }

    /// Answers nothing at all.
    pub fn silent(mut self) -> Zone {
        self.silent = true;
        self
    }

    fn with(mut self, name: &str, kind: u16, ttl: u32, data: Vec<u8>) -> Zone {
        self.records.push((name.to_owned(), kind, ttl, data));
        self
    }

    /// The answer to a question; None where it is none.
    fn answer(&self, question: &[u8], asked: &mut Vec<(String, u16)>) -> Option<Vec<u8>> {
        let (name, end) = read_name(question.get(12..)?)?;
        let end = 12 + end;
        let kind = u16::from_be_bytes([*question.get(end)?, *question.get(end + 1)?]);
        asked.push((name.clone(), kind));
        if self.silent {
            return None;
        }
        let known = self.records.iter().any(|record| record.0 == name);
        let found: Vec<_> = self.records.iter().filter(|r| r.0 == name && r.1 == kind).collect();
        let mut out = question.get(..2)?.to_vec();
        // a response, recursion desired and available; 3: no such name
        out.extend_from_slice(&[0x81, if known { 0x80 } else { 0x83 }]);
        for count in [1, found.len() as u16, 0, 0] {
            out.extend_from_slice(&count.to_be_bytes());
        }
        out.extend_from_slice(question.get(12..end + 4)?);
        for (_, kind, ttl, data) in found {
            out.extend_from_slice(&[0xc0, 12]);
            out.extend_from_slice(&kind.to_be_bytes());
            out.extend_from_slice(&[0, 1]);
            out.extend_from_slice(&ttl.to_be_bytes());
            out.extend_from_slice(&(data.len() as u16).to_be_bytes());
            out.extend_from_slice(data);
        }
        Some(out)
    }
}

fn write_name(name: &str, out: &mut Vec<u8>) {
    for label in name.split('.').filter(|label| !label.is_empty()) {
        out.push(label.len() as u8);
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
}

/// A name in lower case without the last dot, and where it ends.
fn read_name(bytes: &[u8]) -> Option<(String, usize)> {
    let mut labels = Vec::new();
    let mut at = 0;
    loop {
        let length = usize::from(*bytes.get(at)?);
        let label = bytes.get(at + 1..at + 1 + length)?;
        at += 1 + length;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        labels.push(String::from_utf8(label.to_ascii_lowercase()).ok()?);
    }
}

/// A name server that serves until it is dropped.
pub struct NameServer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<(String, u16)>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    /// On a free port.
    pub fn start(zone: Zone) -> NameServer {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        socket.set_read_timeout(Some(TICK)).expect("not zero");
        let address = socket.local_addr().expect("it is bound");
        let asked: Arc<Mutex<Vec<(String, u16)>>> = Arc::default();
        let stop = Arc::new(AtomicBool::new(false));
        let (log, ends) = (Arc::clone(&asked), Arc::clone(&stop));
        let serve = move || {
            let mut buffer = [0; 1500];
            while !ends.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else {
                    continue;
                };
                let mut asked = log.lock().expect("no panic there");
                if let Some(answer) = zone.answer(&buffer[..length], &mut asked) {
                    socket.send_to(&answer, from).expect("loopback takes it");
                }
            }
        };
        NameServer {
            address,
            asked,
            stop,
            thread: Some(std::thread::spawn(serve)),
        }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many questions it got.
    pub fn asked(&self) -> usize {
        self.asked.lock().expect("no panic there").len()
    }

    /// Whether it was asked for records of this kind (1: A, 33: SRV, 35: NAPTR).
    pub fn was_asked(&self, kind: u16) -> bool {
        let asked = self.asked.lock().expect("no panic there");
        asked.iter().any(|(_, k)| *k == kind)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // a panic of it has failed the test already
            let _ = thread.join();
        }
    }
}

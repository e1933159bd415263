//! Datagrams that nobody should send.

use crate::support::client::Phone;
use crate::support::component::component;
use crate::support::proxy::Setup;
use crate::support::torture;

const DATAGRAMS: u32 = 10_000;

/// xorshift: the same noise in every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// A copy with a few bytes changed, removed, doubled, or its end cut off.
    fn damaged(&mut self, message: &[u8]) -> Vec<u8> {
        let mut copy = message.to_vec();
        for _ in 0..=self.below(8) {
            let at = self.below(copy.len());
            match self.below(4) {
                0 => copy[at] = self.next() as u8,
                1 => drop(copy.drain(at..copy.len().min(at + 5))),
                2 => copy.extend_from_within(at..copy.len().min(at + 40)),
                _ => copy.truncate(at.max(1)),
            }
            if copy.is_empty() {
                break;
            }
        }
        copy
    }
}

#[test]
fn ten_thousand_datagrams_of_noise() {
    let mut proxy = Setup::new(component("examples/basic/rust"))
        .account("alice", "wonderland")
        .start();
    let pid = proxy.pid();
    let (phone, noise_maker) = (Phone::new(proxy.address), Phone::new(proxy.address));
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    // no Route and no To tag: nothing of this may be relayed anywhere
    let contact = "Contact: <sip:alice@192.0.2.7>\r\n";
    let seeds = [
        phone.request("REGISTER", "sip:localhost", "alice", "alice", contact),
        phone.request("INVITE", "sip:alice@localhost", "mallory", "alice", contact),
        phone.request("OPTIONS", "sip:localhost", "mallory", "alice", ""),
        phone.request("CANCEL", "sip:alice@localhost", "mallory", "alice", ""),
    ];
    for number in 0..DATAGRAMS {
        let datagram = match noise.below(5) {
            0 => {
                let length = noise.below(1_400);
                noise.bytes(length)
            }
            kind => noise.damaged(seeds[kind - 1].as_bytes()),
        };
        noise_maker.send(&datagram);
        if number % 200 == 0 {
            // paces the noise, so that it is read and not dropped by the kernel
            let options = phone.request("OPTIONS", &format!("sip:{}", proxy.address), "ping", "ping", "");
            assert_eq!(phone.ask(&options).status(), 200);
        }
    }
    let options = phone.request("OPTIONS", &format!("sip:{}", proxy.address), "ping", "ping", "");
    assert_eq!(phone.ask(&options).status(), 200);
    assert_eq!(proxy.pid(), pid);
    assert!(proxy.stop("-TERM").success());
}

#[test]
fn torture_messages_against_the_basic_script() {
    let Some(messages) = torture::messages() else { return };
    let mut proxy = Setup::new(component("examples/basic/rust")).start();
    let phone = Phone::new(proxy.address);
    for message in messages {
        Phone::new(proxy.address).send(&message.bytes);
        let options = phone.request("OPTIONS", &format!("sip:{}", proxy.address), "ping", "ping", "");
        assert_eq!(phone.ask(&options).status(), 200, "after {}", message.name);
    }
    assert!(proxy.stop("-TERM").success());
}

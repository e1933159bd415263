//! Requests whose callback waits in a slow host call: `t_relay` to names whose name server says nothing. What others notice of
//! them, what each takes of memory, and what happens where no more fit.

use crate::process;
use crate::support::component::component;
use crate::support::proxy::{Proxy, Setup};
use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Requests that wait.
const SUSPENDED: f64 = 10_000.0;
/// Then so many more: more than there are instances for.
const MORE: f64 = 6_000.0;
/// Where they come from: workers are chosen by that.
const SOURCES: usize = 250;
/// Begun a second: the proxy is to take them, not to be flooded.
const RATE: f64 = 2_500.0;
/// OPTIONS that are timed, one after the other.
const PINGS: usize = 2_000;
/// Milliseconds, and KiB a request beyond the pages that its guest has touched.
const AIMS: (f64, f64) = (5.0, 40.0);

pub fn run(scale: f64) {
    // a name server that is there and says nothing
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let server = silent.local_addr().expect("it is bound");
    // every name takes longer than this
    let tables = format!("[dns]\nservers = [\"{server}\"]\ntimeout = \"60s\"\nattempts = 1\n");
    let proxy = Setup::new(component("examples/basic/rust"))
        .trusted()
        .tables(&tables)
        .start();
    let before = Memory::of(&proxy);
    let alone = pings(proxy.address);
    let phones = Phones::new(proxy.address);
    let asked = (SUSPENDED * scale).ceil() as usize;
    let begun = Instant::now();
    phones.invite(0..asked);
    let took = begun.elapsed();
    let refused = phones.refused();
    let meanwhile = pings(proxy.address);
    let after = Memory::of(&proxy);
    let waiting = asked - refused;
    let each = |bytes: usize| bytes as f64 / 1024.0 / waiting.max(1) as f64;
    let (guests, all) = (
        after.guests.saturating_sub(before.guests),
        after.all.saturating_sub(before.all),
    );
    println!(
        "{waiting} of {asked} requests wait in a slow host call ({refused} got a 503), after {:.1} s",
        took.as_secs_f64()
    );
    println!(
        "  OPTIONS meanwhile: p50 {:.2} ms, p99 {:.2} ms (aim: {}); before: p50 {:.2} ms, p99 {:.2} ms",
        meanwhile.0, meanwhile.1, AIMS.0, alone.0, alone.1
    );
    println!(
        "  {:.1} KiB each beyond the {:.1} KiB of pages that the guest has touched (aim: {}); {} MB, {} MB before; {:.1} maps each, {} in all",
        each(all.saturating_sub(guests)),
        each(guests),
        AIMS.1,
        after.all >> 20,
        before.all >> 20,
        after.maps.saturating_sub(before.maps) as f64 / waiting.max(1) as f64,
        after.maps
    );
    let more = (MORE * scale).ceil() as usize;
    phones.invite(asked..asked + more);
    let refused = phones.refused();
    let log = proxy.log();
    let line = log.lines().find(|line| line.contains("vm.max_map_count"));
    println!(
        "  {more} more: {refused} got a 503; the log: {}",
        line.unwrap_or("does not name the sysctl")
    );
    let left = Memory::of(&proxy);
    println!("  {} maps then, {} MB", left.maps, left.all >> 20);
}

/// What the kernel says of the process.
struct Memory {
    all: usize,
    /// Pages of linear memories that guests have written, those of the image and those behind it.
    guests: usize,
    maps: usize,
}

impl Memory {
    fn of(proxy: &Proxy) -> Memory {
        let pid = proxy.pid();
        let text = fs::read_to_string(format!("/proc/{pid}/smaps")).expect("our child's");
        let (mut guests, mut maps, mut is_guests, mut end) = (0, 0, false, String::new());
        for line in text.lines() {
            let Some((range, rest)) = line.split_once(' ') else {
                continue;
            };
            if let Some((from, to)) = range.split_once('-').filter(|_| !range.ends_with(':')) {
                maps += 1;
                let image = rest.contains("wasm-memory-image");
                is_guests = image || is_guests && from == end && rest.starts_with("rw-p");
                end = to.to_owned();
            } else if is_guests && line.starts_with("Private_Dirty:") {
                let kib = rest
                    .trim()
                    .split(' ')
                    .next()
                    .and_then(|text| text.parse::<usize>().ok());
                guests += kib.unwrap_or(0) * 1024;
            }
        }
        let all = process::resident(pid);
        Memory { all, guests, maps }
    }
}

/// Senders of requests that nobody answers for long.
struct Phones {
    sockets: Vec<UdpSocket>,
}

impl Phones {
    fn new(server: SocketAddr) -> Phones {
        let socket = |_| {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
            socket.connect(server).expect("it is on this machine");
            socket.set_nonblocking(true).expect("a socket can be");
            socket
        };
        Phones {
            sockets: (0..SOURCES).map(socket).collect(),
        }
    }

    fn invite(&self, numbers: std::ops::Range<usize>) {
        let (begun, first) = (Instant::now(), numbers.start);
        for number in numbers {
            let due = begun + Duration::from_secs_f64((number - first) as f64 / RATE);
            if let Some(wait) = due.checked_duration_since(Instant::now()) {
                std::thread::sleep(wait);
            }
            let socket = &self.sockets[number % self.sockets.len()];
            let own = socket.local_addr().expect("it is bound");
            let text = format!(
                "MESSAGE sip:somebody@n{number}.silent.example SIP/2.0\r\n\
                 Via: SIP/2.0/UDP {own};branch=z9hG4bK-wait-{number}\r\n\
                 Max-Forwards: 70\r\n\
                 From: \"A caller\" <sip:caller@example.com>;tag=t{number}\r\n\
                 To: <sip:somebody@n{number}.silent.example>\r\n\
                 Call-ID: wait-{number}@bench.example.com\r\n\
                 CSeq: 1 MESSAGE\r\n\
                 User-Agent: Telephone of a bench 5.6.1\r\n\
                 Content-Type: text/plain\r\n\
                 Content-Length: 5\r\n\r\nhello"
            );
            socket.send(text.as_bytes()).ok();
        }
    }

    /// 503s that have come since, and come within half a second.
    fn refused(&self) -> usize {
        std::thread::sleep(Duration::from_millis(500));
        let mut buffer = [0; 4096];
        let mut refused = 0;
        for socket in &self.sockets {
            while let Ok(length) = socket.recv(&mut buffer) {
                refused += usize::from(buffer[..length].starts_with(b"SIP/2.0 503"));
            }
        }
        refused
    }
}

/// Milliseconds that OPTIONS take, one after the other, from some sources: half of them at most, and 99 of 100.
fn pings(server: SocketAddr) -> (f64, f64) {
    let sockets: Vec<UdpSocket> = (0..16)
        .map(|_| {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
            socket.connect(server).expect("it is on this machine");
            socket.set_read_timeout(Some(Duration::from_secs(2))).expect("not zero");
            socket
        })
        .collect();
    let mut times = Vec::with_capacity(PINGS);
    let mut buffer = [0; 4096];
    for number in 0..PINGS {
        let socket = &sockets[number % sockets.len()];
        let own = socket.local_addr().expect("it is bound");
        let text = format!(
            "OPTIONS sip:localhost SIP/2.0\r\n\
             Via: SIP/2.0/UDP {own};branch=z9hG4bK-ping-{number}\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:caller@example.com>;tag=t{number}\r\n\
             To: <sip:localhost>\r\n\
             Call-ID: ping-{number}-{own}\r\n\
             CSeq: 1 OPTIONS\r\n\
             Content-Length: 0\r\n\r\n"
        );
        let begun = Instant::now();
        socket.send(text.as_bytes()).ok();
        let answered = socket.recv(&mut buffer);
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        assert!(answered.is_ok(), "an OPTIONS was not answered within two seconds");
        std::thread::sleep(Duration::from_millis(1));
    }
    times.sort_by(f64::total_cmp);
    (times[PINGS / 2], times[PINGS * 99 / 100])
}

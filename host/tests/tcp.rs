//! Streams: framing, pings, limits, reuse, failure to connect.

#[path = "support/proxy.rs"]
mod proxy;

use kemist::transport::tcp::Limits;
use kemist_sip::{Method, Protocol};
use proxy::{Native, Stream, answer, parts, relay, relay_all, reply, start, stat, wait_stat};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

const TCP: &[&str] = &["tcp:127.0.0.1:0"];

fn tcp(running: &kemist::server::Running) -> SocketAddr {
    running.addresses(Protocol::Tcp)[0]
}

fn limited(limits: Limits) -> kemist::server::Running {
    let mut parts = parts(TCP, 1, answer(200, "OK"));
    parts.streams = limits;
    parts.start().unwrap()
}

#[test]
fn a_message_in_pieces_and_two_in_one() {
    let running = start(TCP, 1, answer(200, "OK"));
    let mut stream = Stream::connect(tcp(&running));
    let first = stream
        .request("OPTIONS", "p1")
        .replace("Content-Length: 0\r\n\r\n", "Content-Length: 4\r\n\r\nbody");
    for byte in first.as_bytes() {
        stream.send([*byte]);
    }
    assert_eq!(stream.receive().call_id(), Some(&b"p1@test"[..]));
    stream.send(stream.request("OPTIONS", "p2") + &stream.request("OPTIONS", "p3"));
    assert_eq!(stream.receive().call_id(), Some(&b"p2@test"[..]));
    assert_eq!(stream.receive().call_id(), Some(&b"p3@test"[..]));
}

#[test]
fn a_ping_gets_a_pong() {
    let running = start(TCP, 1, answer(200, "OK"));
    let mut stream = Stream::connect(tcp(&running));
    stream.send("\r\n\r\n");
    stream.expect(b"\r\n");
    stream.send(stream.request("OPTIONS", "after"));
    assert_eq!(stream.receive().status(), 200);
}

#[test]
fn what_cannot_be_framed_is_answered_and_closed() {
    let running = start(TCP, 1, answer(200, "OK"));
    let mut stream = Stream::connect(tcp(&running));
    stream.send(
        stream
            .request("OPTIONS", "bad")
            .replace("Content-Length: 0", "Content-Length: -1"),
    );
    assert_eq!(stream.receive().status(), 400);
    stream.closes();
    // others are not concerned
    let mut other = Stream::connect(tcp(&running));
    other.send(other.request("OPTIONS", "good"));
    assert_eq!(other.receive().status(), 200);
}

#[test]
fn too_long_a_message_closes() {
    let running = start(TCP, 1, answer(200, "OK"));
    let mut stream = Stream::connect(tcp(&running));
    stream.send(
        stream
            .request("OPTIONS", "long")
            .replace("Content-Length: 0", "Content-Length: 99999999"),
    );
    stream.closes();
}

#[test]
fn silence_closes() {
    let running = limited(Limits {
        idle: Duration::from_millis(60),
        ..Limits::default()
    });
    let mut stream = Stream::connect(tcp(&running));
    stream.send(stream.request("OPTIONS", "idle"));
    assert_eq!(stream.receive().status(), 200);
    stream.closes();
    assert_eq!(running.fleet().connections.open(), 0);
}

#[test]
fn a_message_that_never_ends_closes() {
    let running = limited(Limits {
        partial: Duration::from_millis(60),
        ..Limits::default()
    });
    let mut stream = Stream::connect(tcp(&running));
    stream.send("OPTIONS sip:bob@localhost SIP/2.0\r\nVia: ");
    stream.closes();
    wait_stat(&running, "connection_faults", 1);
}

#[test]
fn too_many_connections_are_refused() {
    let running = limited(Limits {
        connections: 1,
        ..Limits::default()
    });
    let mut first = Stream::connect(tcp(&running));
    first.send(first.request("OPTIONS", "one"));
    assert_eq!(first.receive().status(), 200);
    let mut second = Stream::connect(tcp(&running));
    second.closes();
    wait_stat(&running, "connections_refused", 1);
    first.send(first.request("OPTIONS", "two"));
    assert_eq!(first.receive().status(), 200);
}

#[test]
fn a_peer_that_reads_nothing_is_given_up() {
    let limits = Limits {
        queue: 8,
        write: Duration::from_millis(100),
        ..Limits::default()
    };
    let running = limited(limits);
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    socket.connect(&tcp(&running).into()).unwrap();
    let mut deaf = std::net::TcpStream::from(socket);
    // long, since the kernel takes megabytes for a peer before it makes the proxy wait
    let text = proxy::request("OPTIONS", &"deaf".repeat(2000), "TCP", deaf.local_addr().unwrap());
    // until the proxy has enough of it
    while std::io::Write::write_all(&mut deaf, text.as_bytes()).is_ok() {
        if stat(&running, "send_failures") > 0 && running.fleet().connections.open() == 0 {
            break;
        }
    }
    let mut other = Stream::connect(tcp(&running));
    other.send(other.request("OPTIONS", "other"));
    assert_eq!(other.receive().status(), 200);
    assert!(stat(&running, "send_failures") > 0);
}

#[test]
fn a_call_goes_through_and_connections_are_reused() {
    for workers in [1, 2] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let running = start(TCP, workers, relay_all(Protocol::Tcp, listener.local_addr().unwrap()));
        let mut caller = Stream::connect(tcp(&running));
        caller.send(caller.request("INVITE", "t1"));
        let mut callee = Stream::of(listener.accept().unwrap().0);
        let invite = callee.receive();
        assert_eq!(invite.method(), Method::Invite);
        callee.send(reply(&invite, 180, "Ringing"));
        assert_eq!(caller.reply().status(), 180);
        callee.send(reply(&invite, 200, "OK"));
        assert_eq!(caller.reply().status(), 200);
        // further calls, of further callers (on whichever worker), come over the same connection
        for call in 0..8 {
            let mut other = Stream::connect(tcp(&running));
            other.send(other.request("MESSAGE", &format!("m{workers}-{call}")));
            let message = callee.receive();
            assert_eq!(message.method(), Method::Message);
            callee.send(reply(&message, 202, "Accepted"));
            assert_eq!(other.reply().status(), 202);
        }
    }
}

#[test]
fn a_peer_that_cannot_be_reached_is_a_503_branch() {
    // bound and closed: nobody listens there
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let running = start(TCP, 2, relay_all(Protocol::Tcp, nobody));
    let mut caller = Stream::connect(tcp(&running));
    caller.send(caller.request("INVITE", "dead"));
    // RFC 3261 16.7 step 6: a 503 from below goes upstream as a 500
    let code = caller.reply().status();
    assert!(matches!(code, 500 | 503), "{code}");
}

#[test]
fn over_ipv6() {
    if TcpListener::bind("[::1]:0").is_err() {
        return println!("skipped: no IPv6 on this machine");
    }
    let running = start(&["tcp:[::1]:0"], 1, answer(200, "OK"));
    let mut stream = Stream::connect(tcp(&running));
    stream.send(stream.request("OPTIONS", "six"));
    assert_eq!(stream.receive().status(), 200);
}

#[test]
fn from_udp_to_tcp_and_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = listener.local_addr().unwrap();
    let routing = Native::new(move |mut route| async move {
        relay(&mut route, Protocol::Tcp, to);
        (route, Ok(()))
    });
    let running = start(&["udp:127.0.0.1:0", "tcp:127.0.0.1:0"], 1, routing);
    let phone = proxy::Phone::new(running.addresses(Protocol::Udp)[0]);
    phone.send(phone.request("MESSAGE", "mixed"));
    let mut callee = Stream::of(listener.accept().unwrap().0);
    let message = callee.receive();
    assert_eq!(message.via().unwrap().transport, b"TCP");
    callee.send(reply(&message, 200, "OK"));
    assert_eq!(phone.receive().status(), 200);
}

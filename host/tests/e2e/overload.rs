//! More than it can do: what the kernel drops is counted.

use crate::admin::{Door, setup};
use crate::rpc::{TOKEN, get};
use crate::support::client::Phone;
use crate::support::proxy::Proxy;
use std::process::Command;
use std::time::{Duration, Instant};

/// A value of /metrics, with its labels as they are written.
fn metric(door: &Door, name: &str) -> Option<f64> {
    let (status, text) = get(door, "GET /metrics", TOKEN);
    assert_eq!(status, 200);
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok())
}

fn signal(proxy: &Proxy, signal: &str) {
    let sent = Command::new("kill").args([signal, &proxy.pid().to_string()]).status();
    assert!(sent.expect("kill is there").success());
}

#[test]
fn what_the_kernel_drops_is_counted() {
    let (setup, door) = Door::of(setup().tables("[udp]\nreceive_buffer = \"16KiB\""), "secret");
    let proxy = setup.start();
    let socket = format!("{{socket=\"udp:{}\"}}", proxy.address);
    let of = |name: &str| metric(&door, &format!("kemist_udp_{name}{socket}"));
    assert_eq!(of("receive_buffer_bytes"), Some(16384.0));
    assert_eq!(of("send_buffer_bytes"), Some(1_048_576.0));
    let Some(before) = of("kernel_drops_total") else {
        return println!("skipped: no /proc/net/udp here");
    };
    assert_eq!(before, 0.0);
    for name in ["total{kind=\"503\"}", "total{kind=\"silent\"}", "share{worker=\"1\"}"] {
        assert_eq!(metric(&door, &format!("kemist_shed_{name}")), Some(0.0), "{name}");
    }
    let received = || metric(&door, "kemist_requests_total{method=\"OPTIONS\"}").expect("a counter");
    let (earlier, phone) = (received(), Phone::new(proxy.address));
    signal(&proxy, "-STOP");
    for _ in 0..300 {
        phone.send(
            phone
                .request("OPTIONS", "sip:localhost", "alice", "alice", "")
                .as_bytes(),
        );
    }
    signal(&proxy, "-CONT");
    let limit = Instant::now() + Duration::from_secs(20);
    loop {
        let dropped = of("kernel_drops_total").expect("a counter");
        let read = received() - earlier;
        if dropped + read >= 300.0 {
            assert!(dropped > 0.0 && read > 0.0, "{dropped} dropped, {read} read");
            assert_eq!((dropped + read, of("receive_queue_bytes")), (300.0, Some(0.0)));
            return;
        }
        assert!(Instant::now() < limit, "{dropped} dropped, {read} read of 300");
    }
}

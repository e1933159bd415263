//! `t_suspend` and `t_continue` through running workers, of which any may be the one that asks.

#[path = "support/proxy.rs"]
mod proxy;

use kemist::route::Value;
use kemist_bindings::kemi::ksr::tmx::Host;
use kemist_sip::Protocol;
use parking_lot::Mutex;
use proxy::{Native, Phone, start};
use std::sync::Arc;

/// MESSAGE is suspended, OPTIONS continues what was suspended last.
#[test]
fn a_transaction_is_continued_by_another_request() {
    for workers in [1, 2] {
        let name: Arc<Mutex<Option<(i32, i32)>>> = Arc::default();
        let routing = Native::new(move |mut route| {
            let name = name.clone();
            async move {
                if route.msg.method() == kemist_sip::Method::Options {
                    let found = name.lock().take();
                    let continued = found.map(|(index, label)| route.t_continue(index, label, "later".into()));
                    route.send_reply(if continued == Some(1) { 200 } else { 404 }, "Done");
                } else {
                    route.t_suspend();
                    let (index, label) = (route.pv_get("$T(id_index)"), route.pv_get("$T(id_label)"));
                    if let (Value::Int(index), Value::Int(label)) = (index, label) {
                        *name.lock() = Some((index as i32, label as i32));
                    }
                }
                (route, Ok(()))
            }
        })
        .with("later", |mut route| async move {
            let decided = route.send_reply(202, "Later");
            assert_eq!(decided, 1);
            (route, Ok(()))
        });
        let running = start(&["udp:127.0.0.1:0"], workers, routing);
        let proxy = running.addresses(Protocol::Udp)[0];
        let (first, second) = (Phone::new(proxy), Phone::new(proxy));
        for call in 0..5 {
            first.send(first.request("MESSAGE", &format!("m{call}")));
            first.hears_nothing();
            second.send(second.request("OPTIONS", &format!("o{call}")));
            assert_eq!(second.receive().status(), 200);
            assert_eq!(first.receive().status(), 202);
        }
        running.stop();
    }
}

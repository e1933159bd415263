//! Parallel forking: the phones 102, 103 and 104 ring at once; who answers first has the call.
//!
//! The request URI is one destination, each `append_branch_uri` a further one; `t_relay` sends to all of
//! them. The proxy then does what RFC 3261 section 16.7 says: every provisional answer but 100
//! goes to the caller; the first 2xx too, and the other phones are cancelled; a 6xx cancels the others
//! as well; and when all have failed, the caller gets the best of their answers.
//!
//! Phones register with this server, without a password: `examples/basic` shows how to ask for one.

use ksr::{Flow, exit};
use ksr::{corex, maxfwd, pv, registrar, rr, siputils, sl, tm};

ksr::routes! {
    ksr_request_route => request,
}

/// Who rings.
const GROUP: [&str; 3] = ["102", "103", "104"];

/// How long they ring, and how long they may take to show a sign of life, in milliseconds.
const PATIENCE: (i32, i32) = (5_000, 1_500);

fn request() -> Flow {
    if maxfwd::process_maxfwd(70) < 0 {
        return reply(483, "Too Many Hops");
    }
    relay_what_exists()?;
    if ksr::is_register() {
        registrar::save("location", 0);
        return exit();
    }
    if !ksr::is_invite() {
        return reply(405, "Method Not Allowed");
    }
    rr::record_route();
    ring_all()
}

/// CANCEL, requests within the dialog and retransmissions: what belongs to a call that exists.
fn relay_what_exists() -> Flow {
    if ksr::is_cancel() {
        if tm::t_check_trans() > 0 {
            tm::t_relay();
        }
        return exit();
    }
    if siputils::has_totag() > 0 {
        if rr::loose_route() > 0 || (ksr::is_ack() && tm::t_check_trans() > 0) {
            tm::t_relay();
        } else if !ksr::is_ack() {
            return reply(404, "Not Here");
        }
        return exit();
    }
    if tm::t_check_trans() == 0 { exit() } else { Ok(()) }
}

fn ring_all() -> Flow {
    let domain = pv::gete("$rd");
    let mut phones = GROUP.iter().filter_map(|user| {
        pv::sets("$ru", &format!("sip:{user}@{}", domain.str()));
        (registrar::lookup("location") > 0).then(|| pv::gete("$ru"))
    });
    let Some(first) = phones.next() else {
        return reply(480, "Temporarily Unavailable");
    };
    for phone in phones {
        corex::append_branch_uri(phone.str());
    }
    pv::sets("$ru", first.str());
    tm::t_set_fr(PATIENCE.0, PATIENCE.1);
    tm::t_relay();
    exit()
}

fn reply(code: i32, reason: &str) -> Flow {
    sl::sl_send_reply(code, reason);
    exit()
}

//! Serial forking: phones are tried one after the other until one answers.
//!
//! A call to anybody goes to 102 first. What is left to try is in `$xavp(newdst)`, a list of the
//! transaction: the value set last is read first, so that 103 comes before 104. When a phone was
//! busy, absent or silent the failure callback takes the next value from the list, arms itself again
//! and relays. A list rather than a variable of the script, since the callbacks of one call may
//! run in different instances.
//!
//! Phones register with this server, without a password: `examples/basic` shows how to ask for one.

use ksr::{Flow, exit};
use ksr::{maxfwd, pv, registrar, rr, siputils, sl, tm};

ksr::routes! {
    ksr_request_route => request,
    ksr_failure_retry => retry,
}

/// A phone that does not answer is left after these milliseconds: ringing, and without a sign of life.
const PATIENCE: (i32, i32) = (3_000, 1_500);

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
    let domain = pv::gete("$rd");
    let phone = |user: &str| format!("sip:{user}@{}", domain.str());
    pv::sets("$ru", &phone("102"));
    pv::sets("$xavp(newdst)", &phone("104"));
    pv::sets("$xavp(newdst)", &phone("103"));
    tm::t_set_fr(PATIENCE.0, PATIENCE.1);
    hunt()
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

/// Relays to the phone in the request URI, or to the next one of the list that is registered.
fn hunt() -> Flow {
    while registrar::lookup("location") < 0 {
        if !take_next() {
            tm::t_send_reply(480, "Temporarily Unavailable");
            return exit();
        }
    }
    tm::t_on_failure(routes::ksr_failure_retry);
    tm::t_relay();
    exit()
}

/// Moves the next value of the list into the request URI; false where there is none.
fn take_next() -> bool {
    let next = pv::get("$xavp(newdst)");
    if next.is_null() {
        return false;
    }
    pv::sets("$ru", next.str());
    pv::unset("$xavp(newdst)");
    true
}

/// Every branch so far has failed. Left alone, the best of their answers goes to the caller.
fn retry() -> Flow {
    if tm::t_is_canceled() > 0 {
        return exit();
    }
    if take_next() { hunt() } else { Ok(()) }
}

fn reply(code: i32, reason: &str) -> Flow {
    sl::sl_send_reply(code, reason);
    exit()
}

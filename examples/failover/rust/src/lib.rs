//! Failover: calls go out by the first gateway, and by the second where that one is silent or broken.
//!
//! The request URI keeps the number that was dialled; the gateway is only the next hop (`$du`). Another
//! gateway helps against a server's failure: silence, or a 5xx. It does not help against an answer about
//! the callee (busy, unknown, declined): that goes to the caller as it is.
//!
//! The gateways register as gw1 and gw2; a real script would name their addresses.

use ksr::{Flow, exit};
use ksr::{maxfwd, pv, registrar, rr, siputils, sl, tm};

ksr::routes! {
    ksr_request_route => request,
    ksr_failure_gateway => gateway_failed,
}

/// In the order of preference.
const GATEWAYS: [&str; 2] = ["gw1", "gw2"];

/// A gateway that says nothing at all for so many milliseconds is taken for dead; one that said anything
/// has so many to reach the callee.
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
    rr::record_route();
    queue_gateways();
    if !take_gateway() {
        return reply(503, "No Gateway");
    }
    relay()
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

/// Puts the addresses of the gateways that are there into a list of the transaction, best last: the
/// value set last is read first.
fn queue_gateways() {
    let dialled = pv::gete("$ru");
    let domain = pv::gete("$rd");
    for gateway in GATEWAYS.iter().rev() {
        pv::sets("$ru", &format!("sip:{gateway}@{}", domain.str()));
        if registrar::lookup("location") > 0 {
            pv::sets("$xavp(gateway)", pv::gete("$ru").str());
        }
    }
    pv::sets("$ru", dialled.str());
}

/// Makes the next gateway the next hop; false where there is none.
fn take_gateway() -> bool {
    let next = pv::get("$xavp(gateway)");
    if next.is_null() {
        return false;
    }
    pv::sets("$du", next.str());
    pv::unset("$xavp(gateway)");
    true
}

fn relay() -> Flow {
    tm::t_set_fr(PATIENCE.0, PATIENCE.1);
    tm::t_on_failure(routes::ksr_failure_gateway);
    tm::t_relay();
    exit()
}

/// The gateway in use has failed, or the callee has.
fn gateway_failed() -> Flow {
    if tm::t_is_canceled() > 0 {
        return exit();
    }
    let dead = tm::t_branch_timeout() > 0 && tm::t_branch_replied() < 0;
    if (dead || tm::t_check_status("5[0-9][0-9]") > 0) && take_gateway() {
        return relay();
    }
    Ok(())
}

fn reply(code: i32, reason: &str) -> Flow {
    sl::sl_send_reply(code, reason);
    exit()
}

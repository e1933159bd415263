//! Checks every request and relays it to where it came from: what the torture messages of RFC 4475
//! are run against. OPTIONS to the server itself is answered, so that a test can see that it is there.

use ksr::{Flow, exit};
use ksr::{corex, maxfwd, pv, sanity, sl, tm};

ksr::routes! {
    ksr_request_route => request,
}

/// Everything but the credentials, which are the registrar's to judge: start line, required headers, Via,
/// CSeq, Content-Length, Expires, Proxy-Require, URIs (0..=10), tags (12), the top Via (14).
const MESSAGE_CHECKS: i32 = 2047 | 4096 | 16384;

/// Request URI, From, To, Contact.
const URI_CHECKS: i32 = 15;

fn request() -> Flow {
    ksr::force_rport();
    if maxfwd::process_maxfwd(10) < 0 {
        sl::sl_send_reply(483, "Too Many Hops");
        return exit();
    }
    if ksr::is_options() && ksr::is_myself_ruri() && corex::has_ruri_user() < 0 {
        sl::sl_send_reply(200, "Keepalive");
        return exit();
    }
    if sanity::sanity_check(MESSAGE_CHECKS, URI_CHECKS) < 0 {
        return exit();
    }
    if ksr::is_cancel() && tm::t_check_trans() < 0 {
        return exit();
    }
    ksr::setdsturi(&format!("sip:{}:{}", pv::get("$si"), pv::get("$sp")));
    if tm::t_relay() < 0 {
        sl::sl_reply_error();
    }
    exit()
}

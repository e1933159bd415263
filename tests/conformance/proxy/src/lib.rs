//! The proxy of most scenarios: a registrar, Record-Route, loose routing, and what a scenario asks
//! for in headers of its request. `proxy.cfg` beside it is the same for Kamailio.
//!
//! | header | effect |
//! |---|---|
//! | `X-Timers: INV` | `t_set_fr(INV, 1500)`: a ringing phone is left after so many milliseconds |
//! | `X-Failure: USER` | the failure callback sends the call to USER |
//! | `X-Failure-Code: CODE` | the failure callback answers with CODE |
//! | `X-Answer: CODE` | the script answers itself, with a transaction |
//! | `X-Stateless: CODE` | the script answers itself, without one |
//! | `X-Drop: 1` | the reply callback drops provisional answers |
//! | `X-Mark: TEXT` | the branch callback adds a header `X-Branch: TEXT` |
//! | `X-Serial: 1` | contacts are tried in the order of their q, equal ones at one time |

use ksr::{Flow, exit};
use ksr::{hdr, maxfwd, pv, registrar, rr, siputils, sl, tm};

ksr::routes! {
    ksr_request_route => request,
    ksr_branch_mark => branch,
    ksr_onreply_drop => onreply,
    ksr_failure_next => failure,
    ksr_failure_contacts => next_contacts,
}

fn request() -> Flow {
    if maxfwd::process_maxfwd(70) < 0 {
        return reply(483, "Too Many Hops");
    }
    relay_what_exists()?;
    if ksr::is_register() {
        registrar::save("location", 0);
        return exit();
    }
    answer()?;
    if ksr::is_method_in("IS") {
        rr::record_route();
    }
    // a route that the sender preloaded may end here or lead on (RFC 3261 section 16.4)
    if rr::loose_route() > 0 && !ksr::is_myself_ruri() {
        return relay();
    }
    if ksr::is_myself_ruri() && registrar::lookup("location") < 0 {
        tm::t_newtran();
        tm::t_reply(404, "Not Found");
        return exit();
    }
    relay()
}

/// CANCEL, requests within the dialog and retransmissions.
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

fn answer() -> Flow {
    if hdr::is_present("X-Answer") > 0 {
        tm::t_newtran();
        tm::t_reply(pv::geti("$hdr(X-Answer)"), "Answered");
        return exit();
    }
    if hdr::is_present("X-Stateless") > 0 {
        return reply(pv::geti("$hdr(X-Stateless)"), "Answered");
    }
    Ok(())
}

fn relay() -> Flow {
    if hdr::is_present("X-Timers") > 0 {
        tm::t_set_fr(pv::geti("$hdr(X-Timers)"), 1500);
    }
    if hdr::is_present("X-Failure") > 0 || hdr::is_present("X-Failure-Code") > 0 {
        tm::t_on_failure(routes::ksr_failure_next);
    }
    if hdr::is_present("X-Serial") > 0 && tm::t_load_contacts() > 0 {
        tm::t_next_contacts();
        tm::t_on_failure(routes::ksr_failure_contacts);
    }
    if hdr::is_present("X-Drop") > 0 {
        tm::t_on_reply(routes::ksr_onreply_drop);
    }
    if hdr::is_present("X-Mark") > 0 {
        tm::t_on_branch(routes::ksr_branch_mark);
    }
    tm::t_relay();
    exit()
}

fn branch() -> Flow {
    hdr::append(&format!("X-Branch: {}\r\n", pv::gete("$hdr(X-Mark)")));
    Ok(())
}

fn onreply() -> Flow {
    if pv::geti("$rs") < 200 {
        return ksr::x::drop();
    }
    Ok(())
}

fn failure() -> Flow {
    if tm::t_is_canceled() > 0 {
        return exit();
    }
    if hdr::is_present("X-Failure-Code") > 0 {
        tm::t_reply(pv::geti("$hdr(X-Failure-Code)"), "Answered");
        return exit();
    }
    let (user, domain) = (pv::gete("$hdr(X-Failure)"), pv::gete("$td"));
    pv::sets("$ru", &format!("sip:{}@{}", user.str(), domain.str()));
    if registrar::lookup("location") > 0 {
        tm::t_relay();
    }
    Ok(())
}

fn next_contacts() -> Flow {
    if tm::t_is_canceled() > 0 {
        return exit();
    }
    if tm::t_next_contacts() > 0 {
        tm::t_on_failure(routes::ksr_failure_contacts);
        tm::t_relay();
    }
    Ok(())
}

fn reply(code: i32, reason: &str) -> Flow {
    sl::sl_send_reply(code, reason);
    exit()
}

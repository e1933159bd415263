//! Registrar and proxy for one domain: phones register with a password and call each other by name.
//!
//! A request passes the steps of [`request`] from top to bottom. A step returns `Ok(())` to go on, or `exit()` when the
//! message has found its end: an answer was sent, it was relayed, or it is to be dropped. `?` after a step stops there.

use ksr::{Flow, exit};
use ksr::{auth, auth_db, maxfwd, pv, registrar, rr, sanity, siputils, sl, tm, tmx};

// What the proxy calls, by name. `routes::NAME` is the constant for t_on_branch and its kin.
ksr::routes! {
    ksr_request_route => request,
    ksr_failure_manage => failure,
}

/// Every request but retransmissions, and ACKs to negative replies.
fn request() -> Flow {
    refuse_unusable()?;
    relay_cancel()?;
    relay_within_dialog()?;

    // from here on: requests that open something new
    absorb_retransmission()?;
    authenticate()?;
    if ksr::is_method_in("IS") {
        rr::record_route(); // the dialog's other requests pass here too
    }
    relay_outside()?;
    register()?;
    relay_to_user()
}

/// Loops and malformed messages. The check of sanity answers by itself.
fn refuse_unusable() -> Flow {
    if maxfwd::process_maxfwd(10) < 0 {
        return reply(483, "Too Many Hops");
    }
    if sanity::sanity_check(1511, 7) < 0 {
        return exit();
    }
    // OPTIONS to the server itself asks whether it is there
    if ksr::is_options() && ksr::is_myself_ruri() && pv::gete("$rU") == "" {
        return reply(200, "Keepalive");
    }
    Ok(())
}

/// CANCEL follows the INVITE that it ends.
fn relay_cancel() -> Flow {
    if !ksr::is_cancel() {
        return Ok(());
    }
    if tm::t_check_trans() > 0 {
        return relay();
    }
    exit()
}

/// Requests within a dialog carry the route that the first one recorded.
fn relay_within_dialog() -> Flow {
    if siputils::has_totag() < 0 {
        return Ok(());
    }
    if rr::loose_route() > 0 {
        return relay();
    }
    if ksr::is_ack() {
        // the ACK to an answer of our own ends here
        if tm::t_check_trans() > 0 {
            return relay();
        }
        return exit();
    }
    reply(404, "Not Here")
}

/// A request that comes again gets the answer that the first one got.
fn absorb_retransmission() -> Flow {
    if tmx::t_precheck_trans() > 0 {
        tm::t_check_trans();
        return exit();
    }
    if tm::t_check_trans() == 0 {
        return exit();
    }
    Ok(())
}

/// Who claims to be one of our users shows a password; everyone else may only call our users.
fn authenticate() -> Flow {
    if ksr::is_register() || ksr::is_myself_furi() {
        let domain = pv::gete("$fd");
        if auth_db::auth_check(domain.str(), "subscriber", 1) < 0 {
            auth::auth_challenge(domain.str(), 0);
            return exit();
        }
        if !ksr::is_register() {
            auth::consume_credentials(); // they are for us, not for the next hop
        }
        return Ok(());
    }
    if !ksr::is_myself_ruri() {
        return reply(403, "Not Relaying");
    }
    Ok(())
}

/// Other domains are reached by their own servers.
fn relay_outside() -> Flow {
    if ksr::is_myself_ruri() {
        return Ok(());
    }
    relay()
}

/// REGISTER: keeps the contacts, and answers with the list.
fn register() -> Flow {
    if !ksr::is_register() {
        return Ok(());
    }
    if registrar::save("location", 0) < 0 {
        sl::sl_reply_error();
    }
    exit()
}

/// To where the user's phones are registered.
fn relay_to_user() -> Flow {
    match registrar::lookup("location") {
        found if found > 0 => {}
        -2 => return reply(405, "Method Not Allowed"),
        _ => return reply(404, "Not Found"),
    }
    if ksr::is_invite() {
        tm::t_on_failure(routes::ksr_failure_manage);
    }
    relay()
}

/// Every branch failed: others could be tried here, a voice mailbox for example.
fn failure() -> Flow {
    if tm::t_is_canceled() > 0 {
        return exit();
    }
    ksr::info(&format!(
        "{} was not reached: {}\n",
        pv::get("$ru"),
        pv::get("$T_reply_code")
    ));
    Ok(())
}

/// Sends it on with a transaction, and ends the script.
fn relay() -> Flow {
    if tm::t_relay() < 0 {
        sl::sl_reply_error();
    }
    exit()
}

/// Answers without a transaction, and ends the script.
fn reply(code: i32, reason: &str) -> Flow {
    sl::sl_send_reply(code, reason);
    exit()
}

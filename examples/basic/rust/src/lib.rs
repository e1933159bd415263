//! Registrar and proxy for the domains of one server: phones register with a password, call each
//! other by name, and reach the outside; nobody else is served.
//!
//! A request passes the steps of [`request`] from top to bottom. Each step is a function that
//! returns `Ok(())` to go on, or `exit()` when the message has found its end: an answer was sent, it
//! was relayed, or it is to be dropped silently. `?` after a call is therefore "stop here if that
//! step says so".
//!
//! What belongs to one transaction is carried by flags, which its later callbacks see; a guest's own
//! variables are not, since another instance may run them.

use ksr::{Flow, exit};
use ksr::{auth, auth_db, corex, hdr, htable, maxfwd, nathelper, permissions, pike, pv};
use ksr::{registrar, rr, sanity, siputils, sl, tm, tmx};

ksr::routes! {
    ksr_request_route => request,
    ksr_branch_manage => branch,
    ksr_onreply_manage => onreply,
    ksr_failure_manage => failure,
}

/// Message flags: to be accounted, with missed calls, with failed ones; and the sender is behind NAT.
const ACCOUNT: i32 = 1;
const ACCOUNT_MISSED: i32 = 2;
const ACCOUNT_FAILED: i32 = 3;
const SENDER_NATED: i32 = 5;

/// Branch flags: the receiver of this branch is behind NAT; its binding is to be kept open by pings.
const BRANCH_NATED: i32 = 6;
const BRANCH_PINGED: i32 = 7;

/// The table of banned addresses; `autoexpire` in the configuration says for how long.
const BANNED: &str = "ipban";

/// Members of this address group (`kemist address add 1 CIDR`) need no password.
const TRUSTED: i32 = 1;

/// More hops than a path has that is not a loop (RFC 3261 section 16.3).
const MAX_HOPS: i32 = 10;

/// The checks of `sanity_check` and, second, those of URIs: all that hold for every request.
const SANITY: (i32, i32) = (1511, 7);

/// A private address in Contact (1), a Via that is not where it came from (2), another port (16).
const NAT_TESTS: i32 = 19;

/// Every request that does not end in the host itself.
fn request() -> Flow {
    refuse_floods()?;
    refuse_scanners()?;
    refuse_loops()?;
    answer_keepalive()?;
    refuse_malformed()?;
    detect_nat();

    relay_cancel()?;
    relay_within_dialog()?;

    // from here on: requests that open something new
    absorb_retransmission()?;
    authenticate()?;
    prepare_route();
    relay_outside()?;
    register()?;
    relay_to_user()
}

// ---------------------------------------------------------------- what is refused at the door

/// Who sends too much is ignored for a while. Our own address (a second proxy, a test) is exempt.
fn refuse_floods() -> Flow {
    if ksr::is_myself_srcip() {
        return Ok(());
    }
    // the variable in the text is read by the host: one cached name, however many addresses
    if !pv::is_null("$sht(ipban=>$si)") {
        return exit();
    }
    if pike::pike_check_req() < 0 {
        let source = pv::get("$si");
        ksr::err(&format!(
            "flood: {source} is banned ({} from {})\n",
            pv::get("$rm"),
            pv::get("$fu")
        ));
        htable::sht_seti(BANNED, source.str(), 1);
        return exit();
    }
    Ok(())
}

/// Known scanners are told that all is well, which tells them nothing.
fn refuse_scanners() -> Flow {
    if corex::has_user_agent() > 0 {
        let agent = pv::gete("$ua");
        if ["friendly-scanner", "sipcli", "sipvicious"]
            .iter()
            .any(|name| agent.str().contains(name))
        {
            return reply(200, "OK");
        }
    }
    Ok(())
}

/// Takes one hop off Max-Forwards.
fn refuse_loops() -> Flow {
    if maxfwd::process_maxfwd(MAX_HOPS) < 0 {
        return reply(483, "Too Many Hops");
    }
    Ok(())
}

/// OPTIONS to the server itself asks whether it is there.
fn answer_keepalive() -> Flow {
    if ksr::is_options() && ksr::is_myself_ruri() && corex::has_ruri_user() < 0 {
        return reply(200, "Keepalive");
    }
    Ok(())
}

/// The check sends the answer that the fault deserves.
fn refuse_malformed() -> Flow {
    if sanity::sanity_check(SANITY.0, SANITY.1) < 0 {
        ksr::err(&format!(
            "malformed request from {}:{}\n",
            pv::get("$si"),
            pv::get("$sp")
        ));
        return exit();
    }
    Ok(())
}

// ---------------------------------------------------------------- NAT

/// Answers go where the request came from. A sender behind NAT gets the address that reaches it
/// into its contact: the registrar stores it; in a call it travels as a parameter.
fn detect_nat() {
    ksr::force_rport();
    if nathelper::nat_uac_test(NAT_TESTS) > 0 {
        if ksr::is_register() {
            nathelper::fix_nated_register();
        } else if siputils::is_first_hop() > 0 {
            nathelper::set_contact_alias();
        }
        ksr::setflag(SENDER_NATED);
    }
}

/// Carries what is known about NAT on: into the route of the dialog, and into contacts of answers.
fn manage_nat() {
    let request = siputils::is_request() > 0;
    let within_dialog = siputils::has_totag() > 0;
    if request && within_dialog && rr::check_route_param("nat=yes") > 0 {
        ksr::setbflag(BRANCH_NATED);
    }
    if !ksr::isflagset(SENDER_NATED) && !ksr::isbflagset(BRANCH_NATED) {
        return;
    }
    if request && !within_dialog && tmx::t_is_branch_route() > 0 {
        rr::add_rr_param(";nat=yes");
    }
    if !request && ksr::isbflagset(BRANCH_NATED) {
        nathelper::set_contact_alias();
    }
}

// ---------------------------------------------------------------- what belongs to something older

/// CANCEL follows the INVITE that it ends; without one there is nothing to do.
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
        if !ksr::isdsturiset() {
            nathelper::handle_ruri_alias();
        }
        if ksr::is_bye() {
            ksr::setflag(ACCOUNT);
            ksr::setflag(ACCOUNT_FAILED);
        } else if ksr::is_ack() {
            manage_nat(); // an ACK has no branch callback
        } else if ksr::is_notify() {
            rr::record_route(); // it may be what opens the dialog (RFC 6665 section 4.4.1)
        }
        return relay();
    }
    if ksr::is_ack() {
        // the ACK to an answer of our own ends here; another one belongs to nothing
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

// ---------------------------------------------------------------- who may do what

/// Trusted addresses may do everything but register. Everyone who claims to be one of our users
/// shows a password; everyone else may only call our users.
fn authenticate() -> Flow {
    if !ksr::is_register() && permissions::allow_source_address(TRUSTED) > 0 {
        return Ok(());
    }
    if ksr::is_register() || ksr::is_myself_furi() {
        let domain = pv::gete("$fd");
        if auth_db::auth_check(domain.str(), "subscriber", 1) < 0 {
            auth::auth_challenge(domain.str(), 0);
            return exit();
        }
        if !ksr::is_method_in("RP") {
            auth::consume_credentials(); // they are for us, not for the next hop
        }
    }
    if !ksr::is_myself_furi() && !ksr::is_myself_ruri() {
        return reply(403, "Not Relaying");
    }
    Ok(())
}

// ---------------------------------------------------------------- where it goes

/// A new request decides its route here: a preloaded one is taken off, ours is recorded.
fn prepare_route() {
    hdr::remove("Route");
    if ksr::is_method_in("IS") {
        rr::record_route();
    }
    if ksr::is_invite() {
        ksr::setflag(ACCOUNT);
    }
}

/// Other domains are reached by their own servers.
fn relay_outside() -> Flow {
    if ksr::is_myself_ruri() {
        return Ok(());
    }
    hdr::append("P-Hint: outbound\r\n");
    relay()
}

/// REGISTER: keeps the contacts, and answers with the list.
fn register() -> Flow {
    if !ksr::is_register() {
        return Ok(());
    }
    if ksr::isflagset(SENDER_NATED) {
        ksr::setbflag(BRANCH_NATED);
        ksr::setbflag(BRANCH_PINGED);
    }
    if registrar::save("location", 0) < 0 {
        sl::sl_reply_error();
    }
    exit()
}

/// To where the user's phones are registered.
fn relay_to_user() -> Flow {
    if corex::has_ruri_user() < 0 {
        return reply(484, "Address Incomplete");
    }
    let found = registrar::lookup("location");
    if found < 0 {
        // with a transaction, so that a retransmission does not look it up again
        tm::t_newtran();
        match found {
            -2 => sl::send_reply(405, "Method Not Allowed"),
            _ => sl::send_reply(404, "Not Found"),
        };
        return exit();
    }
    if ksr::is_invite() {
        ksr::setflag(ACCOUNT_MISSED);
    }
    relay()
}

// ---------------------------------------------------------------- how it ends

/// Sends it on, with the callbacks armed that its kind needs, and ends the script.
fn relay() -> Flow {
    if ksr::is_method_in("IBSU") && tm::t_is_set("branch_route") < 0 {
        tm::t_on_branch(routes::ksr_branch_manage);
    }
    if ksr::is_method_in("ISU") && tm::t_is_set("onreply_route") < 0 {
        tm::t_on_reply(routes::ksr_onreply_manage);
    }
    if ksr::is_invite() && tm::t_is_set("failure_route") < 0 {
        tm::t_on_failure(routes::ksr_failure_manage);
    }
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

// ---------------------------------------------------------------- later, in the transaction

/// Each branch, before it is sent.
fn branch() -> Flow {
    manage_nat();
    Ok(())
}

/// Each answer, before it goes back.
fn onreply() -> Flow {
    if (101..299).contains(&pv::get("$rs").int()) {
        manage_nat();
    }
    Ok(())
}

/// Every branch failed. A caller who hung up wants nothing more; others could be sent elsewhere
/// here, to a voice mailbox for example.
fn failure() -> Flow {
    manage_nat();
    if tm::t_is_canceled() > 0 {
        return exit();
    }
    Ok(())
}

// Registrar and proxy for the domains of one server: phones register with a password, call each other by name, and
// reach the outside; nobody else is served.
//
// A request passes the steps of ksr_request_route from top to bottom. KSR.x.exit() ends the script, from whatever
// depth: an answer was sent, the request was relayed, or it is to be dropped silently.
//
// What belongs to one transaction is carried by flags, which its later callbacks see; a script's own variables are
// not, since another instance may run them.

// Message flags: to be accounted, with missed calls, with failed ones; and the sender is behind NAT.
const ACCOUNT = 1, ACCOUNT_MISSED = 2, ACCOUNT_FAILED = 3, SENDER_NATED = 5;

// Branch flags: the receiver of this branch is behind NAT; its binding is to be kept open by pings.
const BRANCH_NATED = 6, BRANCH_PINGED = 7;

// The table of banned addresses; `autoexpire` in the configuration says for how long.
const BANNED = "ipban";

// Members of this address group (`kemist address add 1 CIDR`) need no password.
const TRUSTED = 1;

// More hops than a path has that is not a loop (RFC 3261 section 16.3).
const MAX_HOPS = 10;

// The checks of sanity_check and, second, those of URIs: all that hold for every request.
const SANITY_MESSAGE = 1511, SANITY_URI = 7;

// A private address in Contact (1), a Via that is not where it came from (2), another port (16).
const NAT_TESTS = 19;

const SCANNERS = ["friendly-scanner", "sipcli", "sipvicious"];

// Every request that does not end in the host itself.
function ksr_request_route() {
    refuse_floods();
    refuse_scanners();
    refuse_loops();
    answer_keepalive();
    refuse_malformed();
    detect_nat();

    relay_cancel();
    relay_within_dialog();

    // from here on: requests that open something new
    absorb_retransmission();
    authenticate();
    prepare_route();
    relay_outside();
    register();
    relay_to_user();
}

// ---------------------------------------------------------------- what is refused at the door

// Who sends too much is ignored for a while. Our own address (a second proxy, a test) is exempt.
function refuse_floods() {
    if (KSR.is_myself_srcip()) return;
    // the variable in the text is read by the host: one cached name, however many addresses
    if (!KSR.pv.is_null("$sht(ipban=>$si)")) KSR.x.exit();
    if (KSR.pike.pike_check_req() < 0) {
        const source = KSR.pv.get("$si");
        KSR.err("flood: " + source + " is banned (" + KSR.pv.gete("$rm") + " from " + KSR.pv.gete("$fu") + ")\n");
        KSR.htable.sht_seti(BANNED, source, 1);
        KSR.x.exit();
    }
}

// Known scanners are told that all is well, which tells them nothing.
function refuse_scanners() {
    if (KSR.corex.has_user_agent() > 0) {
        const agent = KSR.pv.gete("$ua");
        if (SCANNERS.some((name) => agent.includes(name))) reply(200, "OK");
    }
}

// Takes one hop off Max-Forwards.
function refuse_loops() {
    if (KSR.maxfwd.process_maxfwd(MAX_HOPS) < 0) reply(483, "Too Many Hops");
}

// OPTIONS to the server itself asks whether it is there.
function answer_keepalive() {
    if (KSR.is_OPTIONS() && KSR.is_myself_ruri() && KSR.corex.has_ruri_user() < 0) reply(200, "Keepalive");
}

// The check sends the answer that the fault deserves.
function refuse_malformed() {
    if (KSR.sanity.sanity_check(SANITY_MESSAGE, SANITY_URI) < 0) {
        KSR.err("malformed request from " + KSR.pv.get("$si") + ":" + KSR.pv.get("$sp") + "\n");
        KSR.x.exit();
    }
}

// ---------------------------------------------------------------- NAT

// Answers go where the request came from. A sender behind NAT gets the address that reaches it into its contact: the
// registrar stores it; in a call it travels as a parameter.
function detect_nat() {
    KSR.force_rport();
    if (KSR.nathelper.nat_uac_test(NAT_TESTS) > 0) {
        if (KSR.is_REGISTER()) KSR.nathelper.fix_nated_register();
        else if (KSR.siputils.is_first_hop() > 0) KSR.nathelper.set_contact_alias();
        KSR.setflag(SENDER_NATED);
    }
}

// Carries what is known about NAT on: into the route of the dialog, and into contacts of answers.
function manage_nat() {
    const request = KSR.siputils.is_request() > 0;
    const within_dialog = KSR.siputils.has_totag() > 0;
    if (request && within_dialog && KSR.rr.check_route_param("nat=yes") > 0) KSR.setbflag(BRANCH_NATED);
    if (!KSR.isflagset(SENDER_NATED) && !KSR.isbflagset(BRANCH_NATED)) return;
    if (request && !within_dialog && KSR.tmx.t_is_branch_route() > 0) KSR.rr.add_rr_param(";nat=yes");
    if (!request && KSR.isbflagset(BRANCH_NATED)) KSR.nathelper.set_contact_alias();
}

// ---------------------------------------------------------------- what belongs to something older

// CANCEL follows the INVITE that it ends; without one there is nothing to do.
function relay_cancel() {
    if (!KSR.is_CANCEL()) return;
    if (KSR.tm.t_check_trans() > 0) relay();
    KSR.x.exit();
}

// Requests within a dialog carry the route that the first one recorded.
function relay_within_dialog() {
    if (KSR.siputils.has_totag() < 0) return;
    if (KSR.rr.loose_route() > 0) {
        if (!KSR.isdsturiset()) KSR.nathelper.handle_ruri_alias();
        if (KSR.is_BYE()) {
            KSR.setflag(ACCOUNT);
            KSR.setflag(ACCOUNT_FAILED);
        } else if (KSR.is_ACK()) {
            manage_nat(); // an ACK has no branch callback
        } else if (KSR.is_NOTIFY()) {
            KSR.rr.record_route(); // it may be what opens the dialog (RFC 6665 section 4.4.1)
        }
        relay();
    }
    if (KSR.is_ACK()) {
        // the ACK to an answer of our own ends here; another one belongs to nothing
        if (KSR.tm.t_check_trans() > 0) relay();
        KSR.x.exit();
    }
    reply(404, "Not Here");
}

// A request that comes again gets the answer that the first one got.
function absorb_retransmission() {
    if (KSR.tmx.t_precheck_trans() > 0) {
        KSR.tm.t_check_trans();
        KSR.x.exit();
    }
    if (KSR.tm.t_check_trans() === 0) KSR.x.exit();
}

// ---------------------------------------------------------------- who may do what

// Trusted addresses may do everything but register. Everyone who claims to be one of our users shows a password;
// everyone else may only call our users.
function authenticate() {
    if (!KSR.is_REGISTER() && KSR.permissions.allow_source_address(TRUSTED) > 0) return;
    if (KSR.is_REGISTER() || KSR.is_myself_furi()) {
        const domain = KSR.pv.gete("$fd");
        if (KSR.auth_db.auth_check(domain, "subscriber", 1) < 0) {
            KSR.auth.auth_challenge(domain, 0);
            KSR.x.exit();
        }
        if (!KSR.is_method_in("RP")) KSR.auth.consume_credentials(); // they are for us, not for the next hop
    }
    if (!KSR.is_myself_furi() && !KSR.is_myself_ruri()) reply(403, "Not Relaying");
}

// ---------------------------------------------------------------- where it goes

// A new request decides its route here: a preloaded one is taken off, ours is recorded.
function prepare_route() {
    KSR.hdr.remove("Route");
    if (KSR.is_method_in("IS")) KSR.rr.record_route();
    if (KSR.is_INVITE()) KSR.setflag(ACCOUNT);
}

// Other domains are reached by their own servers.
function relay_outside() {
    if (KSR.is_myself_ruri()) return;
    KSR.hdr.append("P-Hint: outbound\r\n");
    relay();
}

// REGISTER: keeps the contacts, and answers with the list.
function register() {
    if (!KSR.is_REGISTER()) return;
    if (KSR.isflagset(SENDER_NATED)) {
        KSR.setbflag(BRANCH_NATED);
        KSR.setbflag(BRANCH_PINGED);
    }
    if (KSR.registrar.save("location", 0) < 0) KSR.sl.sl_reply_error();
    KSR.x.exit();
}

// To where the user's phones are registered.
function relay_to_user() {
    if (KSR.corex.has_ruri_user() < 0) reply(484, "Address Incomplete");
    const found = KSR.registrar.lookup("location");
    if (found < 0) {
        // with a transaction, so that a retransmission does not look it up again
        KSR.tm.t_newtran();
        if (found === -2) KSR.sl.send_reply(405, "Method Not Allowed");
        else KSR.sl.send_reply(404, "Not Found");
        KSR.x.exit();
    }
    if (KSR.is_INVITE()) KSR.setflag(ACCOUNT_MISSED);
    relay();
}

// ---------------------------------------------------------------- how it ends

// Sends it on, with the callbacks armed that its kind needs, and ends the script.
function relay() {
    if (KSR.is_method_in("IBSU") && KSR.tm.t_is_set("branch_route") < 0) KSR.tm.t_on_branch("ksr_branch_manage");
    if (KSR.is_method_in("ISU") && KSR.tm.t_is_set("onreply_route") < 0) KSR.tm.t_on_reply("ksr_onreply_manage");
    if (KSR.is_INVITE() && KSR.tm.t_is_set("failure_route") < 0) KSR.tm.t_on_failure("ksr_failure_manage");
    if (KSR.tm.t_relay() < 0) KSR.sl.sl_reply_error();
    KSR.x.exit();
}

// Answers without a transaction, and ends the script.
function reply(code, reason) {
    KSR.sl.sl_send_reply(code, reason);
    KSR.x.exit();
}

// ---------------------------------------------------------------- later, in the transaction

// Each branch, before it is sent.
function ksr_branch_manage() {
    manage_nat();
}

// Each answer, before it goes back.
function ksr_onreply_manage() {
    const code = KSR.pv.get("$rs");
    if (code >= 101 && code < 299) manage_nat();
}

// Every branch failed. A caller who hung up wants nothing more; others could be sent elsewhere here, to a voice
// mailbox for example.
function ksr_failure_manage() {
    manage_nat();
    if (KSR.tm.t_is_canceled() > 0) KSR.x.exit();
}

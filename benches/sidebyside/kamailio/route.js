// examples/basic for Kamailio's JavaScript (app_jsdt, the language of 2009): the same steps in the same order, under the
// same names.
var ACCOUNT = 1, ACCOUNT_MISSED = 2, ACCOUNT_FAILED = 3, SENDER_NATED = 5;
var BRANCH_NATED = 6, BRANCH_PINGED = 7;
var SCANNERS = ["friendly-scanner", "sipcli", "sipvicious"];

function ksr_request_route() {
    refuse_floods();
    refuse_scanners();
    if (KSR.maxfwd.process_maxfwd(10) < 0) reply(483, "Too Many Hops");
    if (KSR.is_OPTIONS() && KSR.is_myself_ruri() && KSR.corex.has_ruri_user() < 0) reply(200, "Keepalive");
    if (KSR.sanity.sanity_check(1511, 7) < 0) {
        KSR.err("malformed request from " + KSR.pv.gete("$si") + "\n");
        KSR.x.exit();
    }
    detect_nat();

    if (KSR.is_CANCEL()) {
        if (KSR.tm.t_check_trans() > 0) relay();
        KSR.x.exit();
    }
    relay_within_dialog();

    // from here on: requests that open something new
    if (KSR.tmx.t_precheck_trans() > 0) {
        KSR.tm.t_check_trans();
        KSR.x.exit();
    }
    if (KSR.tm.t_check_trans() == 0) KSR.x.exit();
    authenticate();

    KSR.hdr.remove("Route");
    if (KSR.is_method_in("IS")) KSR.rr.record_route();
    if (KSR.is_INVITE()) KSR.setflag(ACCOUNT);

    if (!KSR.is_myself_ruri()) {
        KSR.hdr.append("P-Hint: outbound\r\n");
        relay();
    }
    register();
    relay_to_user();
}

function refuse_floods() {
    if (KSR.is_myself_srcip()) return;
    var source = KSR.pv.gete("$si");
    if (KSR.htable.sht_match_name("ipban", "eq", source) > 0) KSR.x.exit();
    if (KSR.pike.pike_check_req() < 0) {
        KSR.err("flood: " + source + " is banned (" + KSR.pv.gete("$rm") + " from " + KSR.pv.gete("$fu") + ")\n");
        KSR.htable.sht_seti("ipban", source, 1);
        KSR.x.exit();
    }
}

function refuse_scanners() {
    if (KSR.corex.has_user_agent() < 0) return;
    var agent = KSR.pv.gete("$ua");
    for (var i = 0; i < SCANNERS.length; i++) {
        if (agent.indexOf(SCANNERS[i]) >= 0) reply(200, "OK");
    }
}

function detect_nat() {
    KSR.force_rport();
    if (KSR.nathelper.nat_uac_test(19) > 0) {
        if (KSR.is_REGISTER()) KSR.nathelper.fix_nated_register();
        else if (KSR.siputils.is_first_hop() > 0) KSR.nathelper.set_contact_alias();
        KSR.setflag(SENDER_NATED);
    }
}

function manage_nat() {
    var request = KSR.siputils.is_request() > 0;
    var within_dialog = KSR.siputils.has_totag() > 0;
    if (request && within_dialog && KSR.rr.check_route_param("nat=yes") > 0) KSR.setbflag(BRANCH_NATED);
    if (!KSR.isflagset(SENDER_NATED) && !KSR.isbflagset(BRANCH_NATED)) return;
    if (request && !within_dialog && KSR.tmx.t_is_branch_route() > 0) KSR.rr.add_rr_param(";nat=yes");
    if (!request && KSR.isbflagset(BRANCH_NATED)) KSR.nathelper.set_contact_alias();
}

function relay_within_dialog() {
    if (KSR.siputils.has_totag() < 0) return;
    if (KSR.rr.loose_route() > 0) {
        if (!KSR.isdsturiset()) KSR.nathelper.handle_ruri_alias();
        if (KSR.is_BYE()) {
            KSR.setflag(ACCOUNT);
            KSR.setflag(ACCOUNT_FAILED);
        } else if (KSR.is_ACK()) {
            manage_nat();
        } else if (KSR.is_NOTIFY()) {
            KSR.rr.record_route();
        }
        relay();
    }
    if (KSR.is_ACK()) {
        if (KSR.tm.t_check_trans() > 0) relay();
        KSR.x.exit();
    }
    reply(404, "Not Here");
}

function authenticate() {
    if (!KSR.is_REGISTER() && KSR.permissions.allow_source_address(1) > 0) return;
    if (KSR.is_REGISTER() || KSR.is_myself_furi()) {
        var domain = KSR.pv.gete("$fd");
        if (KSR.auth_db.auth_check(domain, "subscriber", 1) < 0) {
            KSR.auth.auth_challenge(domain, 0);
            KSR.x.exit();
        }
        if (!KSR.is_method_in("RP")) KSR.auth.consume_credentials();
    }
    if (!KSR.is_myself_furi() && !KSR.is_myself_ruri()) reply(403, "Not Relaying");
}

function register() {
    if (!KSR.is_REGISTER()) return;
    if (KSR.isflagset(SENDER_NATED)) {
        KSR.setbflag(BRANCH_NATED);
        KSR.setbflag(BRANCH_PINGED);
    }
    if (KSR.registrar.save("location", 0) < 0) KSR.sl.sl_reply_error();
    KSR.x.exit();
}

function relay_to_user() {
    if (KSR.corex.has_ruri_user() < 0) reply(484, "Address Incomplete");
    var found = KSR.registrar.lookup("location");
    if (found < 0) {
        KSR.tm.t_newtran();
        if (found == -2) KSR.sl.send_reply(405, "Method Not Allowed");
        else KSR.sl.send_reply(404, "Not Found");
        KSR.x.exit();
    }
    if (KSR.is_INVITE()) KSR.setflag(ACCOUNT_MISSED);
    relay();
}

function relay() {
    if (KSR.is_method_in("IBSU") && KSR.tm.t_is_set("branch_route") < 0) KSR.tm.t_on_branch("ksr_branch_manage");
    if (KSR.is_method_in("ISU") && KSR.tm.t_is_set("onreply_route") < 0) KSR.tm.t_on_reply("ksr_onreply_manage");
    if (KSR.is_INVITE() && KSR.tm.t_is_set("failure_route") < 0) KSR.tm.t_on_failure("ksr_failure_manage");
    if (KSR.tm.t_relay() < 0) KSR.sl.sl_reply_error();
    KSR.x.exit();
}

function reply(code, reason) {
    KSR.sl.sl_send_reply(code, reason);
    KSR.x.exit();
}

function ksr_branch_manage() {
    manage_nat();
}

function ksr_onreply_manage() {
    var status = KSR.pv.get("$rs");
    if (status > 100 && status < 299) manage_nat();
}

function ksr_failure_manage() {
    manage_nat();
    KSR.tm.t_is_canceled();
}

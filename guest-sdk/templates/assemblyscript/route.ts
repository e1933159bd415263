// Registrar and proxy for one domain: phones register with a password and call each other by name.
//
// A request passes the steps of ksr_request_route from top to bottom. KSR.x.exit() ends the callback wherever it is called.
// Exported functions are the callbacks.

/** Every request but retransmissions, and ACKs to negative replies. */
export function ksr_request_route(): void {
  refuseUnusable();
  relayCancel();
  relayWithinDialog();

  // from here on: requests that open something new
  absorbRetransmission();
  authenticate();
  if (KSR.is_method_in("IS")) {
    KSR.rr.record_route(); // the dialog's other requests pass here too
  }
  relayOutside();
  register();
  relayToUser();
}

/** Every branch failed: others could be tried here, a voice mailbox for example. */
export function ksr_failure_manage(): void {
  if (KSR.tm.t_is_canceled() > 0) return;
  KSR.info(KSR.pv.getw("$ru") + " was not reached: " + KSR.pv.getw("$T_reply_code") + "\n");
}

/** Loops and malformed messages. The check of sanity answers by itself. */
function refuseUnusable(): void {
  if (KSR.maxfwd.process_maxfwd(10) < 0) reply(483, "Too Many Hops");
  if (KSR.sanity.sanity_check(1511, 7) < 0) KSR.x.exit();
  // OPTIONS to the server itself asks whether it is there
  if (KSR.is_OPTIONS() && KSR.is_myself_ruri() && KSR.pv.gete("$rU") == "") reply(200, "Keepalive");
}

/** CANCEL follows the INVITE that it ends. */
function relayCancel(): void {
  if (!KSR.is_CANCEL()) return;
  if (KSR.tm.t_check_trans() > 0) relay();
  KSR.x.exit();
}

/** Requests within a dialog carry the route that the first one recorded. */
function relayWithinDialog(): void {
  if (KSR.siputils.has_totag() < 0) return;
  if (KSR.rr.loose_route() > 0) relay();
  if (KSR.is_ACK()) {
    // the ACK to an answer of our own ends here
    if (KSR.tm.t_check_trans() > 0) relay();
    KSR.x.exit();
  }
  reply(404, "Not Here");
}

/** A request that comes again gets the answer that the first one got. */
function absorbRetransmission(): void {
  if (KSR.tmx.t_precheck_trans() > 0) {
    KSR.tm.t_check_trans();
    KSR.x.exit();
  }
  if (KSR.tm.t_check_trans() == 0) KSR.x.exit();
}

/** Who claims to be one of our users shows a password; everyone else may only call our users. */
function authenticate(): void {
  if (KSR.is_REGISTER() || KSR.is_myself_furi()) {
    const domain = KSR.pv.gete("$fd");
    if (KSR.auth_db.auth_check(domain, "subscriber", 1) < 0) {
      KSR.auth.auth_challenge(domain, 0);
      KSR.x.exit();
    }
    if (!KSR.is_REGISTER()) {
      KSR.auth.consume_credentials(); // they are for us, not for the next hop
    }
    return;
  }
  if (!KSR.is_myself_ruri()) reply(403, "Not Relaying");
}

/** Other domains are reached by their own servers. */
function relayOutside(): void {
  if (!KSR.is_myself_ruri()) relay();
}

/** REGISTER: keeps the contacts, and answers with the list. */
function register(): void {
  if (!KSR.is_REGISTER()) return;
  if (KSR.registrar.save("location", 0) < 0) KSR.sl.sl_reply_error();
  KSR.x.exit();
}

/** To where the user's phones are registered. */
function relayToUser(): void {
  const found = KSR.registrar.lookup("location");
  if (found == -2) reply(405, "Method Not Allowed");
  if (found < 0) reply(404, "Not Found");
  if (KSR.is_INVITE()) KSR.tm.t_on_failure("ksr_failure_manage");
  relay();
}

/** Sends it on with a transaction, and ends the script. */
function relay(): void {
  if (KSR.tm.t_relay() < 0) KSR.sl.sl_reply_error();
  KSR.x.exit();
}

/** Answers without a transaction, and ends the script. */
function reply(code: i32, reason: string): void {
  KSR.sl.sl_send_reply(code, reason);
  KSR.x.exit();
}

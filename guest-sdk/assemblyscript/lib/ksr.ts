// Generated from wit/ by kemist-codegen; do not edit.

/**
 * KEMI functions, with Kamailio's names and return codes.
 *
* What may be null, text or a number is text by default: `KSR.pv.get("$rs")` is `string | null`. Another type is
* named: `KSR.pv.get<i32>("$rs")`, `KSR.pv.get<string>("$rs")` (empty for null), `KSR.pv.get<Value>("$rs")`.
 */
// @ts-ignore: decorator
@global
namespace KSR {
  /**
   * `KSR.dbg`
   *
   * Log a text at debug level (no newline added). Returns: nothing.
   */
  export function dbg(txt: string): void {
    txt = __ksr.text(txt);
    __ksr_core_dbg(changetype<usize>(txt), txt.length);
  }

  /**
   * `KSR.err`
   *
   * Log a text at error level. Returns: nothing.
   */
  export function err(txt: string): void {
    txt = __ksr.text(txt);
    __ksr_core_err(changetype<usize>(txt), txt.length);
  }

  /**
   * `KSR.info`
   *
   * Log a text at info level. Returns: nothing.
   */
  export function info(txt: string): void {
    txt = __ksr.text(txt);
    __ksr_core_info(changetype<usize>(txt), txt.length);
  }

  /**
   * `KSR.warn`
   *
   * Log a text at warning level. Returns: nothing.
   */
  export function warn(txt: string): void {
    txt = __ksr.text(txt);
    __ksr_core_warn(changetype<usize>(txt), txt.length);
  }

  /**
   * `KSR.notice`
   *
   * Log a text at notice level. Returns: nothing.
   */
  export function notice(txt: string): void {
    txt = __ksr.text(txt);
    __ksr_core_notice(changetype<usize>(txt), txt.length);
  }

  /**
   * `KSR.crit`
   *
   * Log a text at critical level. Returns: nothing.
   */
  export function crit(txt: string): void {
    txt = __ksr.text(txt);
    __ksr_core_crit(changetype<usize>(txt), txt.length);
  }

  /**
   * `KSR.log`
   *
   * Log (level, text); level one of dbg info notice warn err crit, any other value means err.
   * Returns: nothing.
   */
  export function log(level: string, txt: string): void {
    level = __ksr.text(level);
    txt = __ksr.text(txt);
    __ksr_core_log(changetype<usize>(level), level.length, changetype<usize>(txt), txt.length);
  }

  /**
   * `KSR.set_drop`
   *
   * Raise the exit+drop flags on the current action context; the script itself goes on running (no
   * effect where the caller installed no context, e.g. request route and failure route). Returns:
   * nothing.
   */
  export function set_drop(): void {
    __ksr_core_set_drop();
  }

  /**
   * `KSR.is_myself`
   *
   * Does the URI (or bare host/IP) match a local listen socket or alias; port and transport compared
   * only when present in a sip/sips URI. Returns: true/false.
   */
  export function is_myself(uri: string): bool {
    uri = __ksr.text(uri);
    return __ksr_core_is_myself(changetype<usize>(uri), uri.length);
  }

  /**
   * `KSR.is_myself_ruri`
   *
   * Same test on the current request URI (rewritten one if any); always false on replies. Returns:
   * true/false.
   */
  export function is_myself_ruri(): bool {
    return __ksr_core_is_myself_ruri();
  }

  /**
   * `KSR.is_myself_duri`
   *
   * Same test on the destination URI, false when unset. Returns: true/false.
   */
  export function is_myself_duri(): bool {
    return __ksr_core_is_myself_duri();
  }

  /**
   * `KSR.is_myself_nhuri`
   *
   * Same test on the next hop: destination URI if set, else request URI. Returns: true/false.
   */
  export function is_myself_nhuri(): bool {
    return __ksr_core_is_myself_nhuri();
  }

  /**
   * `KSR.is_myself_furi`
   *
   * Same test on the From URI. Returns: true/false.
   */
  export function is_myself_furi(): bool {
    return __ksr_core_is_myself_furi();
  }

  /**
   * `KSR.is_myself_turi`
   *
   * Same test on the To URI. Returns: true/false.
   */
  export function is_myself_turi(): bool {
    return __ksr_core_is_myself_turi();
  }

  /**
   * `KSR.is_myself_suri`
   *
   * Same test on the packet source address taken as a URI (ip, port, proto). Returns: true/false.
   */
  export function is_myself_suri(): bool {
    return __ksr_core_is_myself_suri();
  }

  /**
   * `KSR.is_myself_srcip`
   *
   * Is the packet source IP one of ours (no port test). Returns: true/false.
   */
  export function is_myself_srcip(): bool {
    return __ksr_core_is_myself_srcip();
  }

  /**
   * `KSR.setflag`
   *
   * Set a message/transaction flag (0..31). Returns: true, false when out of range.
   */
  export function setflag(flag: i32): bool {
    return __ksr_core_setflag(flag);
  }

  /**
   * `KSR.resetflag`
   *
   * Clear a message/transaction flag. Returns: true, false when out of range.
   */
  export function resetflag(flag: i32): bool {
    return __ksr_core_resetflag(flag);
  }

  /**
   * `KSR.isflagset`
   *
   * Test a message/transaction flag. Returns: true/false.
   */
  export function isflagset(flag: i32): bool {
    return __ksr_core_isflagset(flag);
  }

  /**
   * `KSR.setbflag`
   *
   * Set a branch flag on branch 0 (the main one). Returns: true, false when out of range.
   */
  export function setbflag(flag: i32): bool {
    return __ksr_core_setbflag(flag);
  }

  /**
   * `KSR.resetbflag`
   *
   * Clear a branch flag on branch 0. Returns: true, false when out of range.
   */
  export function resetbflag(flag: i32): bool {
    return __ksr_core_resetbflag(flag);
  }

  /**
   * `KSR.isbflagset`
   *
   * Test a branch flag on branch 0. Returns: true/false.
   */
  export function isbflagset(flag: i32): bool {
    return __ksr_core_isbflagset(flag);
  }

  /**
   * `KSR.setbiflag`
   *
   * Set a branch flag: (flag, branch index). Returns: true, false when flag out of range.
   */
  export function setbiflag(flag: i32, branch: i32): bool {
    return __ksr_core_setbiflag(flag, branch);
  }

  /**
   * `KSR.resetbiflag`
   *
   * Clear a branch flag: (flag, branch index). Returns: true, false when flag out of range.
   */
  export function resetbiflag(flag: i32, branch: i32): bool {
    return __ksr_core_resetbiflag(flag, branch);
  }

  /**
   * `KSR.isbiflagset`
   *
   * Test a branch flag: (flag, branch index). Returns: true/false.
   */
  export function isbiflagset(flag: i32, branch: i32): bool {
    return __ksr_core_isbiflagset(flag, branch);
  }

  /**
   * `KSR.setsflag`
   *
   * Set a script flag (lives for one route execution; saved and zeroed around every callback call).
   * Returns: true, false when out of range.
   */
  export function setsflag(flag: i32): bool {
    return __ksr_core_setsflag(flag);
  }

  /**
   * `KSR.resetsflag`
   *
   * Clear a script flag. Returns: true, false when out of range.
   */
  export function resetsflag(flag: i32): bool {
    return __ksr_core_resetsflag(flag);
  }

  /**
   * `KSR.issflagset`
   *
   * Test a script flag. Returns: true/false.
   */
  export function issflagset(flag: i32): bool {
    return __ksr_core_issflagset(flag);
  }

  /**
   * `KSR.seturi`
   *
   * Replace the request URI. Returns: true/false.
   */
  export function seturi(uri: string): bool {
    uri = __ksr.text(uri);
    return __ksr_core_seturi(changetype<usize>(uri), uri.length);
  }

  /**
   * `KSR.setuser`
   *
   * Replace the user part of the request URI. Returns: true/false.
   */
  export function setuser(user: string): bool {
    user = __ksr.text(user);
    return __ksr_core_setuser(changetype<usize>(user), user.length);
  }

  /**
   * `KSR.sethost`
   *
   * Replace the host part of the request URI. Returns: true/false.
   */
  export function sethost(host: string): bool {
    host = __ksr.text(host);
    return __ksr_core_sethost(changetype<usize>(host), host.length);
  }

  /**
   * `KSR.setdsturi`
   *
   * Set the destination (outbound proxy) URI. Returns: true (also true when setting fails; false
   * only for bad parameters).
   */
  export function setdsturi(uri: string): bool {
    uri = __ksr.text(uri);
    return __ksr_core_setdsturi(changetype<usize>(uri), uri.length);
  }

  /**
   * `KSR.resetdsturi`
   *
   * Clear the destination URI. Returns: true.
   */
  export function resetdsturi(): bool {
    return __ksr_core_resetdsturi();
  }

  /**
   * `KSR.isdsturiset`
   *
   * Is a destination URI set. Returns: true/false.
   */
  export function isdsturiset(): bool {
    return __ksr_core_isdsturiset();
  }

  /**
   * `KSR.force_rport`
   *
   * Answer to the source port and add rport/received to the top Via. Returns: true.
   */
  export function force_rport(): bool {
    return __ksr_core_force_rport();
  }

  /**
   * `KSR.add_local_rport`
   *
   * Add an rport parameter to the Via this proxy generates. Returns: true.
   */
  export function add_local_rport(): bool {
    return __ksr_core_add_local_rport();
  }

  /**
   * `KSR.is_method`
   *
   * Compare the request method (CSeq method on replies), case-insensitive; several standard methods
   * may be joined with a vertical bar. Returns: true/false.
   */
  export function is_method(vmethod: string): bool {
    vmethod = __ksr.text(vmethod);
    return __ksr_core_is_method(changetype<usize>(vmethod), vmethod.length);
  }

  /**
   * `KSR.is_method_in`
   *
   * Method given by letters: I INVITE, A ACK, B BYE, C CANCEL, M MESSAGE, R REGISTER, E PRACK, P
   * PUBLISH, S SUBSCRIBE, N NOTIFY, O OPTIONS, F REFER, U UPDATE, K KDMQ, G GET, T POST, V PUT, D
   * DELETE (no letter for INFO). Returns: true/false.
   */
  export function is_method_in(vmethod: string): bool {
    vmethod = __ksr.text(vmethod);
    return __ksr_core_is_method_in(changetype<usize>(vmethod), vmethod.length);
  }

  /**
   * `KSR.forward`
   *
   * Stateless forward to destination URI or request URI. Returns: 1 ok, -1 fail.
   */
  export function forward(): i32 {
    return __ksr_core_forward();
  }

  /**
   * `KSR.forward_uri`
   *
   * Stateless forward to the given URI (empty: same as forward). Returns: 1 ok, -1 fail.
   */
  export function forward_uri(vuri: string): i32 {
    vuri = __ksr.text(vuri);
    return __ksr_core_forward_uri(changetype<usize>(vuri), vuri.length);
  }

  /**
   * `KSR.set_reply_no_connect`
   *
   * Do not open a new connection for the reply. Returns: true.
   */
  export function set_reply_no_connect(): bool {
    return __ksr_core_set_reply_no_connect();
  }

  /**
   * `KSR.is_INVITE`
   *
   * Method test (CSeq method for replies). Returns: true/false.
   */
  export function is_INVITE(): bool {
    return __ksr_core_is_invite();
  }

  /**
   * `KSR.is_ACK`
   *
   * Method test. Returns: true/false.
   */
  export function is_ACK(): bool {
    return __ksr_core_is_ack();
  }

  /**
   * `KSR.is_BYE`
   *
   * Method test. Returns: true/false.
   */
  export function is_BYE(): bool {
    return __ksr_core_is_bye();
  }

  /**
   * `KSR.is_CANCEL`
   *
   * Method test. Returns: true/false.
   */
  export function is_CANCEL(): bool {
    return __ksr_core_is_cancel();
  }

  /**
   * `KSR.is_REGISTER`
   *
   * Method test. Returns: true/false.
   */
  export function is_REGISTER(): bool {
    return __ksr_core_is_register();
  }

  /**
   * `KSR.is_OPTIONS`
   *
   * Method test. Returns: true/false.
   */
  export function is_OPTIONS(): bool {
    return __ksr_core_is_options();
  }

  /**
   * `KSR.is_SUBSCRIBE`
   *
   * Method test. Returns: true/false.
   */
  export function is_SUBSCRIBE(): bool {
    return __ksr_core_is_subscribe();
  }

  /**
   * `KSR.is_PUBLISH`
   *
   * Method test. Returns: true/false.
   */
  export function is_PUBLISH(): bool {
    return __ksr_core_is_publish();
  }

  /**
   * `KSR.is_NOTIFY`
   *
   * Method test. Returns: true/false.
   */
  export function is_NOTIFY(): bool {
    return __ksr_core_is_notify();
  }

  /**
   * `KSR.is_REFER`
   *
   * Method test. Returns: true/false.
   */
  export function is_REFER(): bool {
    return __ksr_core_is_refer();
  }

  /**
   * `KSR.is_INFO`
   *
   * Method test. Returns: true/false.
   */
  export function is_INFO(): bool {
    return __ksr_core_is_info();
  }

  /**
   * `KSR.is_UPDATE`
   *
   * Method test. Returns: true/false.
   */
  export function is_UPDATE(): bool {
    return __ksr_core_is_update();
  }

  /**
   * `KSR.is_PRACK`
   *
   * Method test. Returns: true/false.
   */
  export function is_PRACK(): bool {
    return __ksr_core_is_prack();
  }

  /**
   * `KSR.is_MESSAGE`
   *
   * Method test. Returns: true/false.
   */
  export function is_MESSAGE(): bool {
    return __ksr_core_is_message();
  }

  /**
   * `KSR.is_UDP`
   *
   * Received over UDP. Returns: true/false.
   */
  export function is_UDP(): bool {
    return __ksr_core_is_udp();
  }

  /**
   * `KSR.is_TCP`
   *
   * Received over plain TCP. Returns: true/false.
   */
  export function is_TCP(): bool {
    return __ksr_core_is_tcp();
  }

  /**
   * `KSR.is_TCPX`
   *
   * Received over any stream: TCP, TLS, WS, WSS. Returns: true/false.
   */
  export function is_TCPX(): bool {
    return __ksr_core_is_tcpx();
  }

  /**
   * `KSR.is_TLS`
   *
   * Received over TLS. Returns: true/false.
   */
  export function is_TLS(): bool {
    return __ksr_core_is_tls();
  }

  /**
   * `KSR.is_WS`
   *
   * Received over websocket. Returns: true/false.
   */
  export function is_WS(): bool {
    return __ksr_core_is_ws();
  }

  /**
   * `KSR.is_WSS`
   *
   * Received over secure websocket. Returns: true/false.
   */
  export function is_WSS(): bool {
    return __ksr_core_is_wss();
  }

  /**
   * `KSR.is_WSX`
   *
   * Received over WS or WSS. Returns: true/false.
   */
  export function is_WSX(): bool {
    return __ksr_core_is_wsx();
  }

  /**
   * `KSR.is_SCTP`
   *
   * Received over SCTP. Returns: true/false.
   */
  export function is_SCTP(): bool {
    return __ksr_core_is_sctp();
  }

  /**
   * `KSR.is_proto`
   *
   * Received over one of the letters: U UDP, T TCP, E TLS, S SCTP, V WS, W WSS. Returns: true/false.
   */
  export function is_proto(sproto: string): bool {
    sproto = __ksr.text(sproto);
    return __ksr_core_is_proto(changetype<usize>(sproto), sproto.length);
  }

  /**
   * `KSR.is_IPv4`
   *
   * Local receiving socket is IPv4. Returns: true/false.
   */
  export function is_IPv4(): bool {
    return __ksr_core_is_ipv4();
  }

  /**
   * `KSR.is_IPv6`
   *
   * Local receiving socket is IPv6. Returns: true/false.
   */
  export function is_IPv6(): bool {
    return __ksr_core_is_ipv6();
  }

  /**
   * `KSR.to_UDP`
   *
   * Next hop transport is UDP (destination URI, else request URI; second Via on replies). Returns:
   * true/false.
   */
  export function to_UDP(): bool {
    return __ksr_core_to_udp();
  }

  /**
   * `KSR.to_TCP`
   *
   * Next hop transport is TCP. Returns: true/false.
   */
  export function to_TCP(): bool {
    return __ksr_core_to_tcp();
  }

  /**
   * `KSR.to_TLS`
   *
   * Next hop transport is TLS. Returns: true/false.
   */
  export function to_TLS(): bool {
    return __ksr_core_to_tls();
  }

  /**
   * `KSR.to_SCTP`
   *
   * Next hop transport is SCTP. Returns: true/false.
   */
  export function to_SCTP(): bool {
    return __ksr_core_to_sctp();
  }

  /**
   * `KSR.to_WS`
   *
   * Next hop transport is WS. Returns: true/false.
   */
  export function to_WS(): bool {
    return __ksr_core_to_ws();
  }

  /**
   * `KSR.to_WSS`
   *
   * Next hop transport is WSS. Returns: true/false.
   */
  export function to_WSS(): bool {
    return __ksr_core_to_wss();
  }

  /**
   * `KSR.to_WSX`
   *
   * Next hop transport is WS or WSS. Returns: true/false.
   */
  export function to_WSX(): bool {
    return __ksr_core_to_wsx();
  }

  /**
   * `KSR.to_IPv4`
   *
   * Next hop host is an IPv4 literal (second Via received/host on replies). Returns: true/false.
   */
  export function to_IPv4(): bool {
    return __ksr_core_to_ipv4();
  }

  /**
   * `KSR.to_IPv6`
   *
   * Next hop host is an IPv6 literal. Returns: true/false.
   */
  export function to_IPv6(): bool {
    return __ksr_core_to_ipv6();
  }

  /**
   * `KSR.is_src_port`
   *
   * Source port equals the value. Returns: true/false.
   */
  export function is_src_port(vport: i32): bool {
    return __ksr_core_is_src_port(vport);
  }

  /**
   * `KSR.is_dst_port`
   *
   * Local receiving port equals the value. Returns: true/false.
   */
  export function is_dst_port(vport: i32): bool {
    return __ksr_core_is_dst_port(vport);
  }

  /**
   * Digest challenges and credentials (RFC 3261 section 22, RFC 8760).
   */
  export namespace auth {
    /**
     * `KSR.auth.consume_credentials`
     *
     * Remove the credentials header used. Returns: 1 ok/yes, -1 fail/no.
     */
    export function consume_credentials(): i32 {
      return __ksr_auth_consume_credentials();
    }

    /**
     * `KSR.auth.auth_challenge`
     *
     * (realm, flags) 401 for REGISTER else 407; flags bits: 1 qop auth, 2 qop auth-int, 4 no 500 on
     * error, 16 stale. Returns: 1 sent; -1 generic; -2 challenge build failed; -3 reply failed; -4
     * error and the 500 failed too.
     */
    export function auth_challenge(realm: string, flags: i32): i32 {
      realm = __ksr.text(realm);
      return __ksr_auth_auth_challenge(changetype<usize>(realm), realm.length, flags);
    }

    /**
     * `KSR.auth.www_challenge`
     *
     * 401 always. Returns: as auth_challenge.
     */
    export function www_challenge(realm: string, flags: i32): i32 {
      realm = __ksr.text(realm);
      return __ksr_auth_www_challenge(changetype<usize>(realm), realm.length, flags);
    }

    /**
     * `KSR.auth.proxy_challenge`
     *
     * 407 always. Returns: as auth_challenge.
     */
    export function proxy_challenge(realm: string, flags: i32): i32 {
      realm = __ksr.text(realm);
      return __ksr_auth_proxy_challenge(changetype<usize>(realm), realm.length, flags);
    }

    /**
     * `KSR.auth.pv_auth_check`
     *
     * (realm, password, flags, checks) digest check with a given password; flag 1 password is HA1;
     * checks bit 1 id match, 2 skip forward. Returns: 1; -1 error; -2 wrong password; -4 stale nonce;
     * -5 no credentials; -6 nonce reused; -8 user mismatch.
     */
    export function pv_auth_check(srealm: string, spasswd: string, vflags: i32, vchecks: i32): i32 {
      srealm = __ksr.text(srealm);
      spasswd = __ksr.text(spasswd);
      return __ksr_auth_pv_auth_check(changetype<usize>(srealm), srealm.length, changetype<usize>(spasswd), spasswd.length, vflags, vchecks);
    }

    /**
     * `KSR.auth.pv_proxy_authenticate`
     *
     * (realm, password, flags) Proxy-Authorization. Returns: 1; -1; -2; -4; -5; -6.
     */
    export function pv_proxy_authenticate(realm: string, passwd: string, flags: i32): i32 {
      realm = __ksr.text(realm);
      passwd = __ksr.text(passwd);
      return __ksr_auth_pv_proxy_authenticate(changetype<usize>(realm), realm.length, changetype<usize>(passwd), passwd.length, flags);
    }

    /**
     * `KSR.auth.pv_www_authenticate`
     *
     * Authorization. Returns: 1; -1; -2; -4; -5; -6.
     */
    export function pv_www_authenticate(realm: string, passwd: string, flags: i32): i32 {
      realm = __ksr.text(realm);
      passwd = __ksr.text(passwd);
      return __ksr_auth_pv_www_authenticate(changetype<usize>(realm), realm.length, changetype<usize>(passwd), passwd.length, flags);
    }

    /**
     * `KSR.auth.has_credentials`
     *
     * Credentials for that realm present. Returns: 1 ok/yes, -1 fail/no.
     */
    export function has_credentials(srealm: string): i32 {
      srealm = __ksr.text(srealm);
      return __ksr_auth_has_credentials(changetype<usize>(srealm), srealm.length);
    }

  }

  /**
   * Digest authentication against the subscriber table.
   */
  export namespace auth_db {
    /**
     * `KSR.auth_db.auth_check`
     *
     * (realm, table, flags) REGISTER: Authorization, others: Proxy-Authorization; flag 1 also From/To
     * user match; ACK and CANCEL pass. Returns: 1; -1 error; -2 wrong password; -3 unknown user; -4
     * stale nonce; -5 no credentials; -6 nonce reused; -8 user mismatch.
     */
    export function auth_check(srealm: string, stable: string, iflags: i32): i32 {
      srealm = __ksr.text(srealm);
      stable = __ksr.text(stable);
      return __ksr_auth_db_auth_check(changetype<usize>(srealm), srealm.length, changetype<usize>(stable), stable.length, iflags);
    }

    /**
     * `KSR.auth_db.is_subscriber`
     *
     * (uri, table, flags: 1 use domain, 2 skip credentials). Returns: 1; -1 error; other negative not
     * found.
     */
    export function is_subscriber(suri: string, stable: string, iflags: i32): i32 {
      suri = __ksr.text(suri);
      stable = __ksr.text(stable);
      return __ksr_auth_db_is_subscriber(changetype<usize>(suri), suri.length, changetype<usize>(stable), stable.length, iflags);
    }

    /**
     * `KSR.auth_db.www_authenticate`
     *
     * (realm, table). Returns: 1; -1; -2; -3; -4; -5; -6.
     */
    export function www_authenticate(realm: string, table: string): i32 {
      realm = __ksr.text(realm);
      table = __ksr.text(table);
      return __ksr_auth_db_www_authenticate(changetype<usize>(realm), realm.length, changetype<usize>(table), table.length);
    }

  }

  /**
   * More core functions: branches, tests.
   */
  export namespace corex {
    /**
     * `KSR.corex.append_branch`
     *
     * Append a branch from the request URI. Returns: 1 ok/yes, -1 fail/no.
     */
    export function append_branch(): i32 {
      return __ksr_corex_append_branch();
    }

    /**
     * `KSR.corex.append_branch_uri`
     *
     * Append a branch with a URI. Returns: 1 ok/yes, -1 fail/no.
     */
    export function append_branch_uri(uri: string): i32 {
      uri = __ksr.text(uri);
      return __ksr_corex_append_branch_uri(changetype<usize>(uri), uri.length);
    }

    /**
     * `KSR.corex.append_branch_uri_q`
     *
     * URI and q. Returns: 1 ok/yes, -1 fail/no.
     */
    export function append_branch_uri_q(uri: string, q: string): i32 {
      uri = __ksr.text(uri);
      q = __ksr.text(q);
      return __ksr_corex_append_branch_uri_q(changetype<usize>(uri), uri.length, changetype<usize>(q), q.length);
    }

    /**
     * `KSR.corex.setxflag`
     *
     * Set an extended flag (0 to 63) of the message. Returns: 1 ok, -1 no such flag.
     */
    export function setxflag(fval: i32): i32 {
      return __ksr_corex_setxflag(fval);
    }

    /**
     * `KSR.corex.resetxflag`
     *
     * Clear an extended flag. Returns: 1 ok, -1 no such flag.
     */
    export function resetxflag(fval: i32): i32 {
      return __ksr_corex_resetxflag(fval);
    }

    /**
     * `KSR.corex.isxflagset`
     *
     * Is an extended flag set. Returns: 1 yes, -1 no.
     */
    export function isxflagset(fval: i32): i32 {
      return __ksr_corex_isxflagset(fval);
    }

    /**
     * `KSR.corex.has_ruri_user`
     *
     * Request URI has a user. Returns: 1 ok/yes, -1 fail/no.
     */
    export function has_ruri_user(): i32 {
      return __ksr_corex_has_ruri_user();
    }

    /**
     * `KSR.corex.has_user_agent`
     *
     * User-Agent present and not empty. Returns: 1 ok/yes, -1 fail/no.
     */
    export function has_user_agent(): i32 {
      return __ksr_corex_has_user_agent();
    }

  }

  /**
   * Header lines: add, remove, read.
   */
  export namespace hdr {
    /**
     * `KSR.hdr.append`
     *
     * Add raw header text after the last header (text carries its own CRLF). Returns: 1 ok, -1 fail.
     */
    export function append(txt: string): i32 {
      txt = __ksr.text(txt);
      return __ksr_hdr_append(changetype<usize>(txt), txt.length);
    }

    /**
     * `KSR.hdr.append_after`
     *
     * (text, name): add after the first header of that name, at the end when absent. Returns: 1 ok, -1
     * fail.
     */
    export function append_after(txt: string, hname: string): i32 {
      txt = __ksr.text(txt);
      hname = __ksr.text(hname);
      return __ksr_hdr_append_after(changetype<usize>(txt), txt.length, changetype<usize>(hname), hname.length);
    }

    /**
     * `KSR.hdr.insert`
     *
     * Add raw header text before the first header. Returns: 1 ok, -1 fail.
     */
    export function insert(txt: string): i32 {
      txt = __ksr.text(txt);
      return __ksr_hdr_insert(changetype<usize>(txt), txt.length);
    }

    /**
     * `KSR.hdr.insert_before`
     *
     * (text, name): add before the first header of that name, at the start when absent. Returns: 1 ok,
     * -1 fail.
     */
    export function insert_before(txt: string, hname: string): i32 {
      txt = __ksr.text(txt);
      hname = __ksr.text(hname);
      return __ksr_hdr_insert_before(changetype<usize>(txt), txt.length, changetype<usize>(hname), hname.length);
    }

    /**
     * `KSR.hdr.remove`
     *
     * Remove every header with that name (name under 125 chars, compact forms matched). Returns: 1
     * even when nothing matched, -1 on error.
     */
    export function remove(hname: string): i32 {
      hname = __ksr.text(hname);
      return __ksr_hdr_remove(changetype<usize>(hname), hname.length);
    }

    /**
     * `KSR.hdr.rmappend`
     *
     * (name, text): remove all then append. Returns: 1 ok, -1 fail.
     */
    export function rmappend(hrm: string, hadd: string): i32 {
      hrm = __ksr.text(hrm);
      hadd = __ksr.text(hadd);
      return __ksr_hdr_rmappend(changetype<usize>(hrm), hrm.length, changetype<usize>(hadd), hadd.length);
    }

    /**
     * `KSR.hdr.rminsert`
     *
     * (name, text): remove all then insert first. Returns: 1 ok, -1 fail.
     */
    export function rminsert(hrm: string, hadd: string): i32 {
      hrm = __ksr.text(hrm);
      hadd = __ksr.text(hadd);
      return __ksr_hdr_rminsert(changetype<usize>(hrm), hrm.length, changetype<usize>(hadd), hadd.length);
    }

    /**
     * `KSR.hdr.is_present`
     *
     * Does the header exist. Returns: 1 yes, -1 no.
     */
    export function is_present(hname: string): i32 {
      hname = __ksr.text(hname);
      return __ksr_hdr_is_present(changetype<usize>(hname), hname.length);
    }

    /**
     * `KSR.hdr.append_to_reply`
     *
     * Queue header text for the next locally generated reply. Returns: 1 ok, -1 fail.
     */
    export function append_to_reply(txt: string): i32 {
      txt = __ksr.text(txt);
      return __ksr_hdr_append_to_reply(changetype<usize>(txt), txt.length);
    }

    /**
     * `KSR.hdr.get`
     *
     * Body of the first header with that name. Returns: string or null.
     */
    export function get<T = string | null>(hname: string): T {
      hname = __ksr.text(hname);
      __ksr_hdr_get(changetype<usize>(hname), hname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.hdr.gete`
     *
     * Same, empty string for null. Returns: string.
     */
    export function gete<T = string>(hname: string): T {
      hname = __ksr.text(hname);
      __ksr_hdr_gete(changetype<usize>(hname), hname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.hdr.getw`
     *
     * Same, "<null>" text for null. Returns: string.
     */
    export function getw<T = string>(hname: string): T {
      hname = __ksr.text(hname);
      __ksr_hdr_getw(changetype<usize>(hname), hname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.hdr.get_idx`
     *
     * Body at index (negative counts from the end, -1 is last). Returns: string or null.
     */
    export function get_idx<T = string | null>(hname: string, idx: i32): T {
      hname = __ksr.text(hname);
      __ksr_hdr_get_idx(changetype<usize>(hname), hname.length, idx, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.hdr.gete_idx`
     *
     * Same, empty string for null. Returns: string.
     */
    export function gete_idx<T = string>(hname: string, idx: i32): T {
      hname = __ksr.text(hname);
      __ksr_hdr_gete_idx(changetype<usize>(hname), hname.length, idx, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.hdr.getw_idx`
     *
     * Same, "<null>" text for null. Returns: string.
     */
    export function getw_idx<T = string>(hname: string, idx: i32): T {
      hname = __ksr.text(hname);
      __ksr_hdr_getw_idx(changetype<usize>(hname), hname.length, idx, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.hdr.match_content`
     *
     * (name, op, value, idx): op eq ne sw in (re is refused); idx first, last, all, one (first letter
     * counts); case-insensitive. Returns: true/false.
     */
    export function match_content(hname: string, op: string, mval: string, hidx: string): bool {
      hname = __ksr.text(hname);
      op = __ksr.text(op);
      mval = __ksr.text(mval);
      hidx = __ksr.text(hidx);
      return __ksr_hdr_match_content(changetype<usize>(hname), hname.length, changetype<usize>(op), op.length, changetype<usize>(mval), mval.length, changetype<usize>(hidx), hidx.length);
    }

  }

  /**
   * Hash tables shared by all workers.
   */
  export namespace htable {
    /**
     * `KSR.htable.sht_reset`
     *
     * Remove all. Returns: 0 ok; -1 unknown table.
     */
    export function sht_reset(hname: string): i32 {
      hname = __ksr.text(hname);
      return __ksr_htable_sht_reset(changetype<usize>(hname), hname.length);
    }

    /**
     * `KSR.htable.sht_rm`
     *
     * (table, key). Returns: 1 (also absent key); -1 unknown table.
     */
    export function sht_rm(hname: string, iname: string): i32 {
      hname = __ksr.text(hname);
      iname = __ksr.text(iname);
      return __ksr_htable_sht_rm(changetype<usize>(hname), hname.length, changetype<usize>(iname), iname.length);
    }

    /**
     * `KSR.htable.sht_rm_name_re`
     *
     * (table, regex on names). Returns: 1 ok/yes, -1 fail/no.
     */
    export function sht_rm_name_re(htname: string, rexp: string): i32 {
      htname = __ksr.text(htname);
      rexp = __ksr.text(rexp);
      return __ksr_htable_sht_rm_name_re(changetype<usize>(htname), htname.length, changetype<usize>(rexp), rexp.length);
    }

    /**
     * `KSR.htable.sht_rm_value_re`
     *
     * (table, regex on values). Returns: 1 ok/yes, -1 fail/no.
     */
    export function sht_rm_value_re(htname: string, rexp: string): i32 {
      htname = __ksr.text(htname);
      rexp = __ksr.text(rexp);
      return __ksr_htable_sht_rm_value_re(changetype<usize>(htname), htname.length, changetype<usize>(rexp), rexp.length);
    }

    /**
     * `KSR.htable.sht_rm_name`
     *
     * (table, op, value): op re, sw, ew, in. Returns: 1 ok/yes, -1 fail/no.
     */
    export function sht_rm_name(sname: string, sop: string, sval: string): i32 {
      sname = __ksr.text(sname);
      sop = __ksr.text(sop);
      sval = __ksr.text(sval);
      return __ksr_htable_sht_rm_name(changetype<usize>(sname), sname.length, changetype<usize>(sop), sop.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.htable.sht_rm_value`
     *
     * (table, op, value): op re, sw, ew, in. Returns: 1 ok/yes, -1 fail/no.
     */
    export function sht_rm_value(sname: string, sop: string, sval: string): i32 {
      sname = __ksr.text(sname);
      sop = __ksr.text(sop);
      sval = __ksr.text(sval);
      return __ksr_htable_sht_rm_value(changetype<usize>(sname), sname.length, changetype<usize>(sop), sop.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.htable.sht_match_name`
     *
     * (table, op, value) some item name matches; op eq, ne, re, sw. Returns: 1 match; -1 none, bad
     * operator or unknown table.
     */
    export function sht_match_name(sname: string, sop: string, sval: string): i32 {
      sname = __ksr.text(sname);
      sop = __ksr.text(sop);
      sval = __ksr.text(sval);
      return __ksr_htable_sht_match_name(changetype<usize>(sname), sname.length, changetype<usize>(sop), sop.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.htable.sht_match_str_value`
     *
     * (table, op, value) some string value matches; same ops. Returns: 1 ok/yes, -1 fail/no.
     */
    export function sht_match_str_value(sname: string, sop: string, sval: string): i32 {
      sname = __ksr.text(sname);
      sop = __ksr.text(sop);
      sval = __ksr.text(sval);
      return __ksr_htable_sht_match_str_value(changetype<usize>(sname), sname.length, changetype<usize>(sop), sop.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.htable.sht_get`
     *
     * (table, key). Returns: int or string or null.
     */
    export function sht_get<T = string | null>(htname: string, itname: string): T {
      htname = __ksr.text(htname);
      itname = __ksr.text(itname);
      __ksr_htable_sht_get(changetype<usize>(htname), htname.length, changetype<usize>(itname), itname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.htable.sht_gete`
     *
     * Empty string for null. Returns: xval.
     */
    export function sht_gete<T = string | null>(htname: string, itname: string): T {
      htname = __ksr.text(htname);
      itname = __ksr.text(itname);
      __ksr_htable_sht_gete(changetype<usize>(htname), htname.length, changetype<usize>(itname), itname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.htable.sht_getw`
     *
     * "<null>" for null. Returns: xval.
     */
    export function sht_getw<T = string | null>(htname: string, itname: string): T {
      htname = __ksr.text(htname);
      itname = __ksr.text(itname);
      __ksr_htable_sht_getw(changetype<usize>(htname), htname.length, changetype<usize>(itname), itname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.htable.sht_sets`
     *
     * (table, key, string). Returns: 1 ok/yes, -1 fail/no.
     */
    export function sht_sets(htname: string, itname: string, itval: string): i32 {
      htname = __ksr.text(htname);
      itname = __ksr.text(itname);
      itval = __ksr.text(itval);
      return __ksr_htable_sht_sets(changetype<usize>(htname), htname.length, changetype<usize>(itname), itname.length, changetype<usize>(itval), itval.length);
    }

    /**
     * `KSR.htable.sht_seti`
     *
     * (table, key, int). Returns: 1 ok/yes, -1 fail/no.
     */
    export function sht_seti(htname: string, itname: string, itval: i32): i32 {
      htname = __ksr.text(htname);
      itname = __ksr.text(itname);
      return __ksr_htable_sht_seti(changetype<usize>(htname), htname.length, changetype<usize>(itname), itname.length, itval);
    }

    /**
     * `KSR.htable.sht_setex`
     *
     * (table, key, seconds) expire. Returns: 1 ok/yes, -1 fail/no.
     */
    export function sht_setex(htname: string, itname: string, itval: i32): i32 {
      htname = __ksr.text(htname);
      itname = __ksr.text(itname);
      return __ksr_htable_sht_setex(changetype<usize>(htname), htname.length, changetype<usize>(itname), itname.length, itval);
    }

    /**
     * `KSR.htable.sht_setxi`
     *
     * (table, key, int, seconds). Returns: 1 ok/yes, -1 fail/no.
     */
    export function sht_setxi(htname: string, itname: string, itval: i32, exval: i32): i32 {
      htname = __ksr.text(htname);
      itname = __ksr.text(itname);
      return __ksr_htable_sht_setxi(changetype<usize>(htname), htname.length, changetype<usize>(itname), itname.length, itval, exval);
    }

    /**
     * `KSR.htable.sht_setxs`
     *
     * (table, key, string, seconds). Returns: 1 ok/yes, -1 fail/no.
     */
    export function sht_setxs(htname: string, itname: string, itval: string, exval: i32): i32 {
      htname = __ksr.text(htname);
      itname = __ksr.text(itname);
      itval = __ksr.text(itval);
      return __ksr_htable_sht_setxs(changetype<usize>(htname), htname.length, changetype<usize>(itname), itname.length, changetype<usize>(itval), itval.length, exval);
    }

    /**
     * `KSR.htable.sht_is_null`
     *
     * Is the item absent. Returns: 1 absent; 2 no such table; -1 present; -2 the table has a default
     * int value.
     */
    export function sht_is_null(htname: string, itname: string): i32 {
      htname = __ksr.text(htname);
      itname = __ksr.text(itname);
      return __ksr_htable_sht_is_null(changetype<usize>(htname), htname.length, changetype<usize>(itname), itname.length);
    }

    /**
     * `KSR.htable.sht_inc`
     *
     * Add one to an int item. Returns: new value; -255 error.
     */
    export function sht_inc(htname: string, itname: string): i32 {
      htname = __ksr.text(htname);
      itname = __ksr.text(itname);
      return __ksr_htable_sht_inc(changetype<usize>(htname), htname.length, changetype<usize>(itname), itname.length);
    }

    /**
     * `KSR.htable.sht_dec`
     *
     * Subtract one. Returns: new value; -255 error.
     */
    export function sht_dec(htname: string, itname: string): i32 {
      htname = __ksr.text(htname);
      itname = __ksr.text(itname);
      return __ksr_htable_sht_dec(changetype<usize>(htname), htname.length, changetype<usize>(itname), itname.length);
    }

    /**
     * `KSR.htable.sht_cn`
     *
     * (table, op, pattern) number of matching items. Returns: count; -1 error.
     */
    export function sht_cn(table: string, op: string, pattern: string): i32 {
      table = __ksr.text(table);
      op = __ksr.text(op);
      pattern = __ksr.text(pattern);
      return __ksr_htable_sht_cn(changetype<usize>(table), table.length, changetype<usize>(op), op.length, changetype<usize>(pattern), pattern.length);
    }

  }

  /**
   * The usual pseudo-variables as functions of their own.
   */
  export namespace kx {
    /**
     * `KSR.kx.get_ruri`
     *
     * Request URI. Returns: xval.
     */
    export function get_ruri<T = string | null>(): T {
      __ksr_kx_get_ruri(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_ruser`
     *
     * Request URI user. Returns: xval.
     */
    export function get_ruser<T = string | null>(): T {
      __ksr_kx_get_ruser(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.getw_ruser`
     *
     * Request URI user, "<null>" for null. Returns: xval (never null).
     */
    export function getw_ruser<T = string>(): T {
      __ksr_kx_getw_ruser(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.gete_ruser`
     *
     * Request URI user, empty for null. Returns: xval (never null).
     */
    export function gete_ruser<T = string>(): T {
      __ksr_kx_gete_ruser(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_rhost`
     *
     * Request URI host. Returns: xval.
     */
    export function get_rhost<T = string | null>(): T {
      __ksr_kx_get_rhost(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.getw_rhost`
     *
     * Request URI host, "<null>" for null. Returns: xval (never null).
     */
    export function getw_rhost<T = string>(): T {
      __ksr_kx_getw_rhost(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.gete_rhost`
     *
     * Request URI host, empty for null. Returns: xval (never null).
     */
    export function gete_rhost<T = string>(): T {
      __ksr_kx_gete_rhost(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_ouri`
     *
     * Original request URI. Returns: xval.
     */
    export function get_ouri<T = string | null>(): T {
      __ksr_kx_get_ouri(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_furi`
     *
     * From URI. Returns: xval.
     */
    export function get_furi<T = string | null>(): T {
      __ksr_kx_get_furi(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_fuser`
     *
     * From user. Returns: xval.
     */
    export function get_fuser<T = string | null>(): T {
      __ksr_kx_get_fuser(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.getw_fuser`
     *
     * From user, "<null>" for null. Returns: xval (never null).
     */
    export function getw_fuser<T = string>(): T {
      __ksr_kx_getw_fuser(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.gete_fuser`
     *
     * From user, empty for null. Returns: xval (never null).
     */
    export function gete_fuser<T = string>(): T {
      __ksr_kx_gete_fuser(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_fhost`
     *
     * From host. Returns: xval.
     */
    export function get_fhost<T = string | null>(): T {
      __ksr_kx_get_fhost(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.getw_fhost`
     *
     * From host, "<null>" for null. Returns: xval (never null).
     */
    export function getw_fhost<T = string>(): T {
      __ksr_kx_getw_fhost(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.gete_fhost`
     *
     * From host, empty for null. Returns: xval (never null).
     */
    export function gete_fhost<T = string>(): T {
      __ksr_kx_gete_fhost(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_turi`
     *
     * To URI. Returns: xval.
     */
    export function get_turi<T = string | null>(): T {
      __ksr_kx_get_turi(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_tuser`
     *
     * To user. Returns: xval.
     */
    export function get_tuser<T = string | null>(): T {
      __ksr_kx_get_tuser(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.gete_tuser`
     *
     * To user, empty for null. Returns: xval (never null).
     */
    export function gete_tuser<T = string>(): T {
      __ksr_kx_gete_tuser(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.getw_tuser`
     *
     * To user, "<null>" for null. Returns: xval (never null).
     */
    export function getw_tuser<T = string>(): T {
      __ksr_kx_getw_tuser(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_thost`
     *
     * To host. Returns: xval.
     */
    export function get_thost<T = string | null>(): T {
      __ksr_kx_get_thost(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.gete_thost`
     *
     * To host, empty for null. Returns: xval (never null).
     */
    export function gete_thost<T = string>(): T {
      __ksr_kx_gete_thost(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.getw_thost`
     *
     * To host, "<null>" for null. Returns: xval (never null).
     */
    export function getw_thost<T = string>(): T {
      __ksr_kx_getw_thost(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_duri`
     *
     * Destination URI. Returns: xval.
     */
    export function get_duri<T = string | null>(): T {
      __ksr_kx_get_duri(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.gete_duri`
     *
     * Destination URI, empty for null. Returns: xval (never null).
     */
    export function gete_duri<T = string>(): T {
      __ksr_kx_gete_duri(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.getw_duri`
     *
     * Destination URI, "<null>" for null. Returns: xval (never null).
     */
    export function getw_duri<T = string>(): T {
      __ksr_kx_getw_duri(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_cturi`
     *
     * Contact URI. Returns: xval.
     */
    export function get_cturi<T = string | null>(): T {
      __ksr_kx_get_cturi(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.gete_cturi`
     *
     * Contact URI, empty for null. Returns: xval (never null).
     */
    export function gete_cturi<T = string>(): T {
      __ksr_kx_gete_cturi(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.getw_cturi`
     *
     * Contact URI, "<null>" for null. Returns: xval (never null).
     */
    export function getw_cturi<T = string>(): T {
      __ksr_kx_getw_cturi(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_nhuri`
     *
     * Next hop URI (destination else request). Returns: xval.
     */
    export function get_nhuri<T = string | null>(): T {
      __ksr_kx_get_nhuri(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_srcuri`
     *
     * Source as URI. Returns: xval.
     */
    export function get_srcuri<T = string | null>(): T {
      __ksr_kx_get_srcuri(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_srcaddr_sock`
     *
     * Source as proto:ip:port. Returns: xval.
     */
    export function get_srcaddr_sock<T = string | null>(): T {
      __ksr_kx_get_srcaddr_sock(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_ua`
     *
     * User-Agent. Returns: xval.
     */
    export function get_ua<T = string | null>(): T {
      __ksr_kx_get_ua(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.gete_ua`
     *
     * User-Agent, empty for null. Returns: xval (never null).
     */
    export function gete_ua<T = string>(): T {
      __ksr_kx_gete_ua(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.getw_ua`
     *
     * User-Agent, "<null>" for null. Returns: xval (never null).
     */
    export function getw_ua<T = string>(): T {
      __ksr_kx_getw_ua(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_srcip`
     *
     * Source IP. Returns: xval.
     */
    export function get_srcip<T = string | null>(): T {
      __ksr_kx_get_srcip(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_srcport`
     *
     * Source port. Returns: text number (xval).
     */
    export function get_srcport<T = string | null>(): T {
      __ksr_kx_get_srcport(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_send_sock`
     *
     * Forced send socket. Returns: xval.
     */
    export function get_send_sock<T = string | null>(): T {
      __ksr_kx_get_send_sock(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_send_sock_name`
     *
     * Forced socket name. Returns: xval.
     */
    export function get_send_sock_name<T = string | null>(): T {
      __ksr_kx_get_send_sock_name(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_send_sock_port`
     *
     * Forced socket port. Returns: int, 0 none.
     */
    export function get_send_sock_port(): i32 {
      return __ksr_kx_get_send_sock_port();
    }

    /**
     * `KSR.kx.get_rcvip`
     *
     * Receiving IP. Returns: xval.
     */
    export function get_rcvip<T = string | null>(): T {
      __ksr_kx_get_rcvip(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_rcv_sock_name`
     *
     * Receiving socket name. Returns: xval.
     */
    export function get_rcv_sock_name<T = string | null>(): T {
      __ksr_kx_get_rcv_sock_name(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_rcvport`
     *
     * Receiving port. Returns: text number (xval).
     */
    export function get_rcvport<T = string | null>(): T {
      __ksr_kx_get_rcvport(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_rcvadvip`
     *
     * Advertised receiving IP. Returns: xval.
     */
    export function get_rcvadvip<T = string | null>(): T {
      __ksr_kx_get_rcvadvip(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_rcvadvport`
     *
     * Advertised receiving port. Returns: text number (xval).
     */
    export function get_rcvadvport<T = string | null>(): T {
      __ksr_kx_get_rcvadvport(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_rcvaddr_sock`
     *
     * Receiving proto:ip:port. Returns: xval.
     */
    export function get_rcvaddr_sock<T = string | null>(): T {
      __ksr_kx_get_rcvaddr_sock(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_proto`
     *
     * Transport name. Returns: xval.
     */
    export function get_proto<T = string | null>(): T {
      __ksr_kx_get_proto(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_protoid`
     *
     * Transport number. Returns: int, -1.
     */
    export function get_protoid(): i32 {
      return __ksr_kx_get_protoid();
    }

    /**
     * `KSR.kx.get_au`
     *
     * Auth user. Returns: xval.
     */
    export function get_au<T = string | null>(): T {
      __ksr_kx_get_au(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.getw_au`
     *
     * Auth user, "<null>" for null. Returns: xval (never null).
     */
    export function getw_au<T = string>(): T {
      __ksr_kx_getw_au(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.gete_au`
     *
     * Auth user, empty for null. Returns: xval (never null).
     */
    export function gete_au<T = string>(): T {
      __ksr_kx_gete_au(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_method`
     *
     * Method. Returns: xval.
     */
    export function get_method<T = string | null>(): T {
      __ksr_kx_get_method(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_status`
     *
     * Reply status code. Returns: int, -1.
     */
    export function get_status(): i32 {
      return __ksr_kx_get_status();
    }

    /**
     * `KSR.kx.gets_status`
     *
     * Reply status code as string. Returns: xval (never null).
     */
    export function gets_status<T = string>(): T {
      __ksr_kx_gets_status(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_body`
     *
     * Body. Returns: xval.
     */
    export function get_body<T = string | null>(): T {
      __ksr_kx_get_body(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.getw_body`
     *
     * Body, "<null>" for null. Returns: xval (never null).
     */
    export function getw_body<T = string>(): T {
      __ksr_kx_getw_body(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.gete_body`
     *
     * Body, empty for null. Returns: xval (never null).
     */
    export function gete_body<T = string>(): T {
      __ksr_kx_gete_body(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_bodylen`
     *
     * Body length. Returns: int, 0.
     */
    export function get_bodylen(): i32 {
      return __ksr_kx_get_bodylen();
    }

    /**
     * `KSR.kx.get_timestamp`
     *
     * Unix time. Returns: int.
     */
    export function get_timestamp(): i32 {
      return __ksr_kx_get_timestamp();
    }

    /**
     * `KSR.kx.get_callid`
     *
     * Call-ID. Returns: xval.
     */
    export function get_callid<T = string | null>(): T {
      __ksr_kx_get_callid(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_conid`
     *
     * TCP connection id. Returns: int, -1.
     */
    export function get_conid(): i32 {
      return __ksr_kx_get_conid();
    }

    /**
     * `KSR.kx.get_msgbuf`
     *
     * Message buffer. Returns: xval.
     */
    export function get_msgbuf<T = string | null>(): T {
      __ksr_kx_get_msgbuf(__ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_msglen`
     *
     * Message length. Returns: int, -1.
     */
    export function get_msglen(): i32 {
      return __ksr_kx_get_msglen();
    }

    /**
     * `KSR.kx.get_msgtype`
     *
     * Message type. Returns: 1 request, 2 reply, 0 other, -1.
     */
    export function get_msgtype(): i32 {
      return __ksr_kx_get_msgtype();
    }

    /**
     * `KSR.kx.get_def`
     *
     * Cfg define value. Returns: string or null.
     */
    export function get_def<T = string | null>(dname: string): T {
      dname = __ksr.text(dname);
      __ksr_kx_get_def(changetype<usize>(dname), dname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_defn`
     *
     * Cfg define as int. Returns: int, 0.
     */
    export function get_defn(dname: string): i32 {
      dname = __ksr.text(dname);
      return __ksr_kx_get_defn(changetype<usize>(dname), dname.length);
    }

    /**
     * `KSR.kx.ifdef`
     *
     * Define exists. Returns: true/false.
     */
    export function ifdef(dname: string): bool {
      dname = __ksr.text(dname);
      return __ksr_kx_ifdef(changetype<usize>(dname), dname.length);
    }

    /**
     * `KSR.kx.ifndef`
     *
     * Define absent. Returns: true/false.
     */
    export function ifndef(dname: string): bool {
      dname = __ksr.text(dname);
      return __ksr_kx_ifndef(changetype<usize>(dname), dname.length);
    }

    /**
     * `KSR.kx.get_env`
     *
     * Environment variable. Returns: string or null.
     */
    export function get_env<T = string | null>(envname: string): T {
      envname = __ksr.text(envname);
      __ksr_kx_get_env(changetype<usize>(envname), envname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.kx.get_envn`
     *
     * Environment variable as int. Returns: int, 0.
     */
    export function get_envn(envname: string): i32 {
      envname = __ksr.text(envname);
      return __ksr_kx_get_envn(changetype<usize>(envname), envname.length);
    }

  }

  /**
   * Max-Forwards (RFC 3261 sections 16.3 and 16.6).
   */
  export namespace maxfwd {
    /**
     * `KSR.maxfwd.process_maxfwd`
     *
     * Check and decrease Max-Forwards. Where the header is absent it is added with `limit`; a value above
     * the parameter max_limit of the module is cut to that. Returns: 1 decreased; 2 header added; -1 value
     * was 0 (or bad limit parameter); -2 parse/processing error.
     */
    export function process_maxfwd(limit: i32): i32 {
      return __ksr_maxfwd_process_maxfwd(limit);
    }

    /**
     * `KSR.maxfwd.is_maxfwd_lt`
     *
     * Is the value below limit. Returns: 1 below; -1 not below (or bad limit); -2 header missing; -3
     * parse error.
     */
    export function is_maxfwd_lt(limit: i32): i32 {
      return __ksr_maxfwd_is_maxfwd_lt(limit);
    }

  }

  /**
   * Clients behind address translation.
   */
  export namespace nathelper {
    /**
     * `KSR.nathelper.nat_uac_test`
     *
     * Bit tests: 1 private Contact, 2 source differs from Via, 4 private Via, 8 private SDP, 16 source
     * port differs from Via, 32 private source, 64 websocket, 128 Contact port differs from source,
     * 256 SDP c= differs from source, 512 next-hop test. Returns: 1 any test true; -1.
     */
    export function nat_uac_test(tests: i32): i32 {
      return __ksr_nathelper_nat_uac_test(tests);
    }

    /**
     * `KSR.nathelper.fix_nated_contact`
     *
     * Rewrite Contact with source ip:port. Returns: 1 ok/yes, -1 fail/no.
     */
    export function fix_nated_contact(): i32 {
      return __ksr_nathelper_fix_nated_contact();
    }

    /**
     * `KSR.nathelper.fix_nated_register`
     *
     * Store source URI in the received AVP. Returns: 1 (also when no AVP is configured); -1.
     */
    export function fix_nated_register(): i32 {
      return __ksr_nathelper_fix_nated_register();
    }

    /**
     * `KSR.nathelper.set_contact_alias`
     *
     * Add alias=ip~port~proto to Contact (parsed Contact updated). Returns: 1 ok/yes, -1 fail/no.
     */
    export function set_contact_alias(): i32 {
      return __ksr_nathelper_set_contact_alias();
    }

    /**
     * `KSR.nathelper.set_contact_alias_trim`
     *
     * Same, old alias dropped. Returns: 1 ok/yes, -1 fail/no.
     */
    export function set_contact_alias_trim(): i32 {
      return __ksr_nathelper_set_contact_alias_trim();
    }

    /**
     * `KSR.nathelper.handle_ruri_alias`
     *
     * Move the request URI alias into the destination URI. Returns: 1 done; 2 no alias; -1 error.
     */
    export function handle_ruri_alias(): i32 {
      return __ksr_nathelper_handle_ruri_alias();
    }

    /**
     * `KSR.nathelper.handle_ruri_alias_mode`
     *
     * Mode selects first or last alias. Returns: 1; 2; -1.
     */
    export function handle_ruri_alias_mode(mode: i32): i32 {
      return __ksr_nathelper_handle_ruri_alias_mode(mode);
    }

    /**
     * `KSR.nathelper.is_rfc1918`
     *
     * Private IPv4/IPv6. Returns: 1 ok/yes, -1 fail/no.
     */
    export function is_rfc1918(address: string): i32 {
      address = __ksr.text(address);
      return __ksr_nathelper_is_rfc1918(changetype<usize>(address), address.length);
    }

    /**
     * `KSR.nathelper.add_contact_alias`
     *
     * Alias with source when different. Returns: 1 added; 2 not needed or no Contact; -1.
     */
    export function add_contact_alias(): i32 {
      return __ksr_nathelper_add_contact_alias();
    }

  }

  /**
   * The address table: trusted sources.
   */
  export namespace permissions {
    /**
     * `KSR.permissions.allow_source_address`
     *
     * Source ip:port in the address group. Returns: 1 ok/yes, -1 fail/no.
     */
    export function allow_source_address(addr_group: i32): i32 {
      return __ksr_permissions_allow_source_address(addr_group);
    }

    /**
     * `KSR.permissions.allow_address`
     *
     * (group, address or domain, port). Returns: 1 ok/yes, -1 fail/no.
     */
    export function allow_address(addr_group: i32, ips: string, port: i32): i32 {
      ips = __ksr.text(ips);
      return __ksr_permissions_allow_address(addr_group, changetype<usize>(ips), ips.length, port);
    }

    /**
     * `KSR.permissions.allow_source_address_group`
     *
     * Group id of the source. Returns: group id; -1 none.
     */
    export function allow_source_address_group(): i32 {
      return __ksr_permissions_allow_source_address_group();
    }

    /**
     * `KSR.permissions.allow_address_group`
     *
     * (address, port) group id. Returns: group id; -1 none.
     */
    export function allow_address_group(addr: string, port: i32): i32 {
      addr = __ksr.text(addr);
      return __ksr_permissions_allow_address_group(changetype<usize>(addr), addr.length, port);
    }

  }

  /**
   * Flood detection by source address.
   */
  export namespace pike {
    /**
     * `KSR.pike.pike_check_req`
     *
     * Count the source IP. Returns: 1 fine; -1 already blocked; -2 just became blocked.
     */
    export function pike_check_req(): i32 {
      return __ksr_pike_pike_check_req();
    }

    /**
     * `KSR.pike.pike_check_ip`
     *
     * Count a given IP. Returns: 1; -1 (also bad IP); -2.
     */
    export function pike_check_ip(strip: string): i32 {
      strip = __ksr.text(strip);
      return __ksr_pike_pike_check_ip(changetype<usize>(strip), strip.length);
    }

  }

  /**
   * Pseudo-variables by their text.
   */
  export namespace pv {
    /**
     * `KSR.pv.get`
     *
     * Value of a pseudo-variable. Returns: int or string or null.
     */
    export function get<T = string | null>(pvn: string): T {
      pvn = __ksr.text(pvn);
      __ksr_pv_get(changetype<usize>(pvn), pvn.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pv.getw`
     *
     * Same, "<null>" text for null. Returns: int or string.
     */
    export function getw<T = string>(pvn: string): T {
      pvn = __ksr.text(pvn);
      __ksr_pv_getw(changetype<usize>(pvn), pvn.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pv.gete`
     *
     * Same, empty string for null. Returns: int or string.
     */
    export function gete<T = string>(pvn: string): T {
      pvn = __ksr.text(pvn);
      __ksr_pv_gete(changetype<usize>(pvn), pvn.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pv.geti`
     *
     * Value as int: string converted, null and errors give 0. Returns: int.
     */
    export function geti(pvn: string): i32 {
      pvn = __ksr.text(pvn);
      return __ksr_pv_geti(changetype<usize>(pvn), pvn.length);
    }

    /**
     * `KSR.pv.getl`
     *
     * Value as long: same rules. Returns: long.
     */
    export function getl<T = i64>(pvn: string): T {
      pvn = __ksr.text(pvn);
      __ksr_pv_getl(changetype<usize>(pvn), pvn.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pv.getvn`
     *
     * Value or an int default when null. Returns: xval.
     */
    export function getvn<T = i64>(pvn: string, xival: i32): T {
      pvn = __ksr.text(pvn);
      __ksr_pv_getvn(changetype<usize>(pvn), pvn.length, xival, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pv.getvs`
     *
     * Value or a string default when null. Returns: xval.
     */
    export function getvs<T = string>(pvn: string, xsval: string): T {
      pvn = __ksr.text(pvn);
      xsval = __ksr.text(xsval);
      __ksr_pv_getvs(changetype<usize>(pvn), pvn.length, changetype<usize>(xsval), xsval.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pv.seti`
     *
     * Assign an int. Returns: true/false.
     */
    export function seti(pvn: string, ival: i32): bool {
      pvn = __ksr.text(pvn);
      return __ksr_pv_seti(changetype<usize>(pvn), pvn.length, ival);
    }

    /**
     * `KSR.pv.setl`
     *
     * Assign a long (C side takes a tagged value). Returns: true/false.
     */
    export function setl(pvn: string, xval: i64): bool {
      pvn = __ksr.text(pvn);
      return __ksr_pv_setl(changetype<usize>(pvn), pvn.length, xval);
    }

    /**
     * `KSR.pv.sets`
     *
     * Assign a string. Returns: true/false.
     */
    export function sets(pvn: string, sval: string): bool {
      pvn = __ksr.text(pvn);
      sval = __ksr.text(sval);
      return __ksr_pv_sets(changetype<usize>(pvn), pvn.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.pv.unset`
     *
     * Assign null. Returns: true/false.
     */
    export function unset(pvn: string): bool {
      pvn = __ksr.text(pvn);
      return __ksr_pv_unset(changetype<usize>(pvn), pvn.length);
    }

    /**
     * `KSR.pv.is_null`
     *
     * Is it null (also true for an invalid name). Returns: true/false.
     */
    export function is_null(pvn: string): bool {
      pvn = __ksr.text(pvn);
      return __ksr_pv_is_null(changetype<usize>(pvn), pvn.length);
    }

  }

  /**
   * Variables as functions: lists of the transaction (xavp, xavu, xavi, avp), var, shv, the static branch.
   */
  export namespace pvx {
    /**
     * `KSR.pvx.sbranch_set_ruri`
     *
     * Request URI, destination, path, flags, socket from $sbranch. Returns: 1; -1 it has no URI.
     */
    export function sbranch_set_ruri(): i32 {
      return __ksr_pvx_sbranch_set_ruri();
    }

    /**
     * `KSR.pvx.sbranch_append`
     *
     * Append $sbranch as a branch. Returns: 1; -1 it has no URI, or there are too many branches.
     */
    export function sbranch_append(): i32 {
      return __ksr_pvx_sbranch_append();
    }

    /**
     * `KSR.pvx.sbranch_reset`
     *
     * Clear $sbranch. Returns: 1.
     */
    export function sbranch_reset(): i32 {
      return __ksr_pvx_sbranch_reset();
    }

    /**
     * `KSR.pvx.var_seti`
     *
     * Set int of $var. Returns: 1 ok, -1 not.
     */
    export function var_seti(vname: string, ival: i32): i32 {
      vname = __ksr.text(vname);
      return __ksr_pvx_var_seti(changetype<usize>(vname), vname.length, ival);
    }

    /**
     * `KSR.pvx.var_sets`
     *
     * Set string of $var. Returns: 1 ok, -1 not.
     */
    export function var_sets(vname: string, sval: string): i32 {
      vname = __ksr.text(vname);
      sval = __ksr.text(sval);
      return __ksr_pvx_var_sets(changetype<usize>(vname), vname.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.pvx.var_get`
     *
     * Value of $var. Returns: int, string, 0 default.
     */
    export function var_get<T = string | null>(vname: string): T {
      vname = __ksr.text(vname);
      __ksr_pvx_var_get(changetype<usize>(vname), vname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.shv_seti`
     *
     * Set int of $shv (shared). Returns: 1 ok, -1 not.
     */
    export function shv_seti(vname: string, ival: i32): i32 {
      vname = __ksr.text(vname);
      return __ksr_pvx_shv_seti(changetype<usize>(vname), vname.length, ival);
    }

    /**
     * `KSR.pvx.shv_sets`
     *
     * Set string of $shv (shared). Returns: 1 ok, -1 not.
     */
    export function shv_sets(vname: string, sval: string): i32 {
      vname = __ksr.text(vname);
      sval = __ksr.text(sval);
      return __ksr_pvx_shv_sets(changetype<usize>(vname), vname.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.pvx.shv_get`
     *
     * Value of $shv (shared). Returns: int, string, 0 default.
     */
    export function shv_get<T = string | null>(vname: string): T {
      vname = __ksr.text(vname);
      __ksr_pvx_shv_get(changetype<usize>(vname), vname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.shvinc_get`
     *
     * Add one to $shv, then read it. Returns: int.
     */
    export function shvinc_get<T = i64>(vname: string): T {
      vname = __ksr.text(vname);
      __ksr_pvx_shvinc_get(changetype<usize>(vname), vname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.pv_var_to_xavp`
     *
     * (name of a $var or *, xavp) Put the variable, or all of them, into a new xavp; what it was goes.
     * Returns: 1; -1 no such variable.
     */
    export function pv_var_to_xavp(varname: string, xname: string): i32 {
      varname = __ksr.text(varname);
      xname = __ksr.text(xname);
      return __ksr_pvx_pv_var_to_xavp(changetype<usize>(varname), varname.length, changetype<usize>(xname), xname.length);
    }

    /**
     * `KSR.pvx.pv_xavp_to_var`
     *
     * (xavp) Set a $var for each field. Returns: 1; -1 there is none, or a field has no value.
     */
    export function pv_xavp_to_var(xname: string): i32 {
      xname = __ksr.text(xname);
      return __ksr_pvx_pv_xavp_to_var(changetype<usize>(xname), xname.length);
    }

    /**
     * `KSR.pvx.pv_xavp_print`
     *
     * Log all xavps at level info. Returns: 1.
     */
    export function pv_xavp_print(): i32 {
      return __ksr_pvx_pv_xavp_print();
    }

    /**
     * `KSR.pvx.pv_xavu_print`
     *
     * Log all xavus at level info. Returns: 1.
     */
    export function pv_xavu_print(): i32 {
      return __ksr_pvx_pv_xavu_print();
    }

    /**
     * `KSR.pvx.pv_xavi_print`
     *
     * Log all xavis at level info. Returns: 1.
     */
    export function pv_xavi_print(): i32 {
      return __ksr_pvx_pv_xavi_print();
    }

    /**
     * `KSR.pvx.xavp_params_explode`
     *
     * ("a=b;c=d", xavp) A new xavp with a field for each parameter. Returns: 1; -1 nothing there.
     */
    export function xavp_params_explode(sparams: string, sxname: string): i32 {
      sparams = __ksr.text(sparams);
      sxname = __ksr.text(sxname);
      return __ksr_pvx_xavp_params_explode(changetype<usize>(sparams), sparams.length, changetype<usize>(sxname), sxname.length);
    }

    /**
     * `KSR.pvx.xavp_xparams_explode`
     *
     * (text, separator, xavp) The same with another separator. Returns: 1; -1 nothing there.
     */
    export function xavp_xparams_explode(sparams: string, sep: string, sxname: string): i32 {
      sparams = __ksr.text(sparams);
      sep = __ksr.text(sep);
      sxname = __ksr.text(sxname);
      return __ksr_pvx_xavp_xparams_explode(changetype<usize>(sparams), sparams.length, changetype<usize>(sep), sep.length, changetype<usize>(sxname), sxname.length);
    }

    /**
     * `KSR.pvx.xavp_params_implode`
     *
     * (xavp, pseudo-variable) Set it to "a=b;c=d;" of the fields. Returns: 1; -1 no fields, or it cannot
     * be written.
     */
    export function xavp_params_implode(sxname: string, svname: string): i32 {
      sxname = __ksr.text(sxname);
      svname = __ksr.text(svname);
      return __ksr_pvx_xavp_params_implode(changetype<usize>(sxname), sxname.length, changetype<usize>(svname), svname.length);
    }

    /**
     * `KSR.pvx.xavp_params_implode_qval`
     *
     * The same with the texts in quotes. Returns: 1, -1.
     */
    export function xavp_params_implode_qval(sxname: string, svname: string): i32 {
      sxname = __ksr.text(sxname);
      svname = __ksr.text(svname);
      return __ksr_pvx_xavp_params_implode_qval(changetype<usize>(sxname), sxname.length, changetype<usize>(svname), svname.length);
    }

    /**
     * `KSR.pvx.xavu_params_explode`
     *
     * ("a=b;c=d", xavu) A new xavu with a field for each parameter. Returns: 1; -1 nothing there.
     */
    export function xavu_params_explode(sparams: string, sxname: string): i32 {
      sparams = __ksr.text(sparams);
      sxname = __ksr.text(sxname);
      return __ksr_pvx_xavu_params_explode(changetype<usize>(sparams), sparams.length, changetype<usize>(sxname), sxname.length);
    }

    /**
     * `KSR.pvx.xavu_params_implode`
     *
     * (xavu, pseudo-variable) Set it to "a=b;c=d;" of the fields. Returns: 1; -1 no fields, or it cannot
     * be written.
     */
    export function xavu_params_implode(sxname: string, svname: string): i32 {
      sxname = __ksr.text(sxname);
      svname = __ksr.text(svname);
      return __ksr_pvx_xavu_params_implode(changetype<usize>(sxname), sxname.length, changetype<usize>(svname), svname.length);
    }

    /**
     * `KSR.pvx.xavp_slist_explode`
     *
     * (list, separators, mode, xavp) A new xavp with a field v for each item, the first item first; mode t
     * trims. Returns: 1; -1 nothing there.
     */
    export function xavp_slist_explode(slist: string, sep: string, mode: string, sxname: string): i32 {
      slist = __ksr.text(slist);
      sep = __ksr.text(sep);
      mode = __ksr.text(mode);
      sxname = __ksr.text(sxname);
      return __ksr_pvx_xavp_slist_explode(changetype<usize>(slist), slist.length, changetype<usize>(sep), sep.length, changetype<usize>(mode), mode.length, changetype<usize>(sxname), sxname.length);
    }

    /**
     * `KSR.pvx.xavp_seti`
     *
     * (name, value) Add an integer on top. Returns: 1, -1.
     */
    export function xavp_seti(rname: string, ival: i32): i32 {
      rname = __ksr.text(rname);
      return __ksr_pvx_xavp_seti(changetype<usize>(rname), rname.length, ival);
    }

    /**
     * `KSR.pvx.xavp_sets`
     *
     * (name, value) Add a text on top. Returns: 1, -1.
     */
    export function xavp_sets(rname: string, sval: string): i32 {
      rname = __ksr.text(rname);
      sval = __ksr.text(sval);
      return __ksr_pvx_xavp_sets(changetype<usize>(rname), rname.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.pvx.xavp_get`
     *
     * (name) value of xavp. Returns: int, string or null.
     */
    export function xavp_get<T = string | null>(rname: string): T {
      rname = __ksr.text(rname);
      __ksr_pvx_xavp_get(changetype<usize>(rname), rname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavp_gete`
     *
     * (name) value, empty for null of xavp. Returns: xval.
     */
    export function xavp_gete<T = string | null>(rname: string): T {
      rname = __ksr.text(rname);
      __ksr_pvx_xavp_gete(changetype<usize>(rname), rname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavp_getw`
     *
     * (name) value, "<null>" for null of xavp. Returns: xval.
     */
    export function xavp_getw<T = string | null>(rname: string): T {
      rname = __ksr.text(rname);
      __ksr_pvx_xavp_getw(changetype<usize>(rname), rname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavp_rm`
     *
     * (name) Remove the newest value. Returns: 1, also where there was none.
     */
    export function xavp_rm(rname: string): i32 {
      rname = __ksr.text(rname);
      return __ksr_pvx_xavp_rm(changetype<usize>(rname), rname.length);
    }

    /**
     * `KSR.pvx.xavp_rm_all`
     *
     * (name) Remove all values. Returns: how many there were, 1 for none.
     */
    export function xavp_rm_all(rname: string): i32 {
      rname = __ksr.text(rname);
      return __ksr_pvx_xavp_rm_all(changetype<usize>(rname), rname.length);
    }

    /**
     * `KSR.pvx.xavp_is_null`
     *
     * (name) absent or null of xavp. Returns: 1 yes, -1 no.
     */
    export function xavp_is_null(rname: string): i32 {
      rname = __ksr.text(rname);
      return __ksr_pvx_xavp_is_null(changetype<usize>(rname), rname.length);
    }

    /**
     * `KSR.pvx.xavp_child_seti`
     *
     * (root, field, value) Set a field to an integer; the root is made where there is none. Returns: 1,
     * -1.
     */
    export function xavp_child_seti(rname: string, cname: string, ival: i32): i32 {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      return __ksr_pvx_xavp_child_seti(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, ival);
    }

    /**
     * `KSR.pvx.xavp_child_sets`
     *
     * (root, field, value) Set a field to a text; the root is made where there is none. Returns: 1, -1.
     */
    export function xavp_child_sets(rname: string, cname: string, sval: string): i32 {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      sval = __ksr.text(sval);
      return __ksr_pvx_xavp_child_sets(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.pvx.xavp_child_rm`
     *
     * (root, field) Remove the newest value of the field. Returns: 1, also where there was none.
     */
    export function xavp_child_rm(rname: string, cname: string): i32 {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      return __ksr_pvx_xavp_child_rm(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length);
    }

    /**
     * `KSR.pvx.xavp_child_is_null`
     *
     * (root, field) absent or null of child field of xavp. Returns: 1 yes, -1 no.
     */
    export function xavp_child_is_null(rname: string, cname: string): i32 {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      return __ksr_pvx_xavp_child_is_null(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length);
    }

    /**
     * `KSR.pvx.xavp_child_get`
     *
     * (root, field) value of child field of xavp. Returns: int, string or null.
     */
    export function xavp_child_get<T = string | null>(rname: string, cname: string): T {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      __ksr_pvx_xavp_child_get(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavp_child_gete`
     *
     * (root, field) value, empty for null of child field of xavp. Returns: xval.
     */
    export function xavp_child_gete<T = string | null>(rname: string, cname: string): T {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      __ksr_pvx_xavp_child_gete(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavp_child_getw`
     *
     * (root, field) value, "<null>" for null of child field of xavp. Returns: xval.
     */
    export function xavp_child_getw<T = string | null>(rname: string, cname: string): T {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      __ksr_pvx_xavp_child_getw(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavu_seti`
     *
     * (name, value) Set to an integer. Returns: 1, -1.
     */
    export function xavu_seti(rname: string, ival: i32): i32 {
      rname = __ksr.text(rname);
      return __ksr_pvx_xavu_seti(changetype<usize>(rname), rname.length, ival);
    }

    /**
     * `KSR.pvx.xavu_sets`
     *
     * (name, value) Set to a text. Returns: 1, -1.
     */
    export function xavu_sets(rname: string, sval: string): i32 {
      rname = __ksr.text(rname);
      sval = __ksr.text(sval);
      return __ksr_pvx_xavu_sets(changetype<usize>(rname), rname.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.pvx.xavu_get`
     *
     * (name) value of xavu (unique name). Returns: int, string or null.
     */
    export function xavu_get<T = string | null>(rname: string): T {
      rname = __ksr.text(rname);
      __ksr_pvx_xavu_get(changetype<usize>(rname), rname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavu_gete`
     *
     * (name) value, empty for null of xavu (unique name). Returns: xval.
     */
    export function xavu_gete<T = string | null>(rname: string): T {
      rname = __ksr.text(rname);
      __ksr_pvx_xavu_gete(changetype<usize>(rname), rname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavu_getw`
     *
     * (name) value, "<null>" for null of xavu (unique name). Returns: xval.
     */
    export function xavu_getw<T = string | null>(rname: string): T {
      rname = __ksr.text(rname);
      __ksr_pvx_xavu_getw(changetype<usize>(rname), rname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavu_rm`
     *
     * (name) Remove the value. Returns: 1, also where there was none; -1 no name.
     */
    export function xavu_rm(rname: string): i32 {
      rname = __ksr.text(rname);
      return __ksr_pvx_xavu_rm(changetype<usize>(rname), rname.length);
    }

    /**
     * `KSR.pvx.xavu_is_null`
     *
     * (name) absent or null of xavu (unique name). Returns: 1 yes, -1 no.
     */
    export function xavu_is_null(rname: string): i32 {
      rname = __ksr.text(rname);
      return __ksr_pvx_xavu_is_null(changetype<usize>(rname), rname.length);
    }

    /**
     * `KSR.pvx.xavu_child_seti`
     *
     * (root, field, value) Set a field to an integer; the root is made where there is none. Returns: 1,
     * -1.
     */
    export function xavu_child_seti(rname: string, cname: string, ival: i32): i32 {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      return __ksr_pvx_xavu_child_seti(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, ival);
    }

    /**
     * `KSR.pvx.xavu_child_sets`
     *
     * (root, field, value) Set a field to a text; the root is made where there is none. Returns: 1, -1.
     */
    export function xavu_child_sets(rname: string, cname: string, sval: string): i32 {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      sval = __ksr.text(sval);
      return __ksr_pvx_xavu_child_sets(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.pvx.xavu_child_rm`
     *
     * (root, field) Remove the value of the field. Returns: 1, also where there was none; -1 no name.
     */
    export function xavu_child_rm(rname: string, cname: string): i32 {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      return __ksr_pvx_xavu_child_rm(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length);
    }

    /**
     * `KSR.pvx.xavu_child_is_null`
     *
     * (root, field) absent or null of child field of xavu (unique name). Returns: 1 yes, -1 no.
     */
    export function xavu_child_is_null(rname: string, cname: string): i32 {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      return __ksr_pvx_xavu_child_is_null(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length);
    }

    /**
     * `KSR.pvx.xavu_child_get`
     *
     * (root, field) value of child field of xavu (unique name). Returns: int, string or null.
     */
    export function xavu_child_get<T = string | null>(rname: string, cname: string): T {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      __ksr_pvx_xavu_child_get(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavu_child_gete`
     *
     * (root, field) value, empty for null of child field of xavu (unique name). Returns: xval.
     */
    export function xavu_child_gete<T = string | null>(rname: string, cname: string): T {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      __ksr_pvx_xavu_child_gete(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavu_child_getw`
     *
     * (root, field) value, "<null>" for null of child field of xavu (unique name). Returns: xval.
     */
    export function xavu_child_getw<T = string | null>(rname: string, cname: string): T {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      __ksr_pvx_xavu_child_getw(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavi_seti`
     *
     * (name, value) Add an integer on top. Returns: 1, -1.
     */
    export function xavi_seti(rname: string, ival: i32): i32 {
      rname = __ksr.text(rname);
      return __ksr_pvx_xavi_seti(changetype<usize>(rname), rname.length, ival);
    }

    /**
     * `KSR.pvx.xavi_sets`
     *
     * (name, value) Add a text on top. Returns: 1, -1.
     */
    export function xavi_sets(rname: string, sval: string): i32 {
      rname = __ksr.text(rname);
      sval = __ksr.text(sval);
      return __ksr_pvx_xavi_sets(changetype<usize>(rname), rname.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.pvx.xavi_get`
     *
     * (name) value of xavi (case-insensitive name). Returns: int, string or null.
     */
    export function xavi_get<T = string | null>(rname: string): T {
      rname = __ksr.text(rname);
      __ksr_pvx_xavi_get(changetype<usize>(rname), rname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavi_gete`
     *
     * (name) value, empty for null of xavi (case-insensitive name). Returns: xval.
     */
    export function xavi_gete<T = string | null>(rname: string): T {
      rname = __ksr.text(rname);
      __ksr_pvx_xavi_gete(changetype<usize>(rname), rname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavi_getw`
     *
     * (name) value, "<null>" for null of xavi (case-insensitive name). Returns: xval.
     */
    export function xavi_getw<T = string | null>(rname: string): T {
      rname = __ksr.text(rname);
      __ksr_pvx_xavi_getw(changetype<usize>(rname), rname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavi_rm`
     *
     * (name) Remove the newest value. Returns: 1, also where there was none.
     */
    export function xavi_rm(rname: string): i32 {
      rname = __ksr.text(rname);
      return __ksr_pvx_xavi_rm(changetype<usize>(rname), rname.length);
    }

    /**
     * `KSR.pvx.xavi_rm_all`
     *
     * (name) Remove all values. Returns: how many there were, 1 for none.
     */
    export function xavi_rm_all(rname: string): i32 {
      rname = __ksr.text(rname);
      return __ksr_pvx_xavi_rm_all(changetype<usize>(rname), rname.length);
    }

    /**
     * `KSR.pvx.xavi_is_null`
     *
     * (name) absent or null of xavi (case-insensitive name). Returns: 1 yes, -1 no.
     */
    export function xavi_is_null(rname: string): i32 {
      rname = __ksr.text(rname);
      return __ksr_pvx_xavi_is_null(changetype<usize>(rname), rname.length);
    }

    /**
     * `KSR.pvx.xavi_child_seti`
     *
     * (root, field, value) Set a field to an integer; the root is made where there is none. Returns: 1,
     * -1.
     */
    export function xavi_child_seti(rname: string, cname: string, ival: i32): i32 {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      return __ksr_pvx_xavi_child_seti(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, ival);
    }

    /**
     * `KSR.pvx.xavi_child_sets`
     *
     * (root, field, value) Set a field to a text; the root is made where there is none. Returns: 1, -1.
     */
    export function xavi_child_sets(rname: string, cname: string, sval: string): i32 {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      sval = __ksr.text(sval);
      return __ksr_pvx_xavi_child_sets(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.pvx.xavi_child_rm`
     *
     * (root, field) Remove the newest value of the field. Returns: 1, also where there was none.
     */
    export function xavi_child_rm(rname: string, cname: string): i32 {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      return __ksr_pvx_xavi_child_rm(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length);
    }

    /**
     * `KSR.pvx.xavi_child_is_null`
     *
     * (root, field) absent or null of child field of xavi (case-insensitive name). Returns: 1 yes, -1 no.
     */
    export function xavi_child_is_null(rname: string, cname: string): i32 {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      return __ksr_pvx_xavi_child_is_null(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length);
    }

    /**
     * `KSR.pvx.xavi_child_get`
     *
     * (root, field) value of child field of xavi (case-insensitive name). Returns: int, string or null.
     */
    export function xavi_child_get<T = string | null>(rname: string, cname: string): T {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      __ksr_pvx_xavi_child_get(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavi_child_gete`
     *
     * (root, field) value, empty for null of child field of xavi (case-insensitive name). Returns: xval.
     */
    export function xavi_child_gete<T = string | null>(rname: string, cname: string): T {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      __ksr_pvx_xavi_child_gete(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.xavi_child_getw`
     *
     * (root, field) value, "<null>" for null of child field of xavi (case-insensitive name). Returns:
     * xval.
     */
    export function xavi_child_getw<T = string | null>(rname: string, cname: string): T {
      rname = __ksr.text(rname);
      cname = __ksr.text(cname);
      __ksr_pvx_xavi_child_getw(changetype<usize>(rname), rname.length, changetype<usize>(cname), cname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.evalx`
     *
     * (pseudo-variable, text) Set it to the text with its pseudo-variables replaced. Returns: 1; -1 it
     * cannot be written, or the text not be expanded.
     */
    export function evalx(dst: string, fmt: string): i32 {
      dst = __ksr.text(dst);
      fmt = __ksr.text(fmt);
      return __ksr_pvx_evalx(changetype<usize>(dst), dst.length, changetype<usize>(fmt), fmt.length);
    }

    /**
     * `KSR.pvx.avp_seti`
     *
     * Set int of $avp. Returns: 1 ok, -1 not.
     */
    export function avp_seti(xname: string, vn: i32): i32 {
      xname = __ksr.text(xname);
      return __ksr_pvx_avp_seti(changetype<usize>(xname), xname.length, vn);
    }

    /**
     * `KSR.pvx.avp_sets`
     *
     * Set string of $avp. Returns: 1 ok, -1 not.
     */
    export function avp_sets(xname: string, vs: string): i32 {
      xname = __ksr.text(xname);
      vs = __ksr.text(vs);
      return __ksr_pvx_avp_sets(changetype<usize>(xname), xname.length, changetype<usize>(vs), vs.length);
    }

    /**
     * `KSR.pvx.avp_get`
     *
     * Value of $avp. Returns: int, string or null.
     */
    export function avp_get<T = string | null>(xname: string): T {
      xname = __ksr.text(xname);
      __ksr_pvx_avp_get(changetype<usize>(xname), xname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.avp_gete`
     *
     * Value, empty for null of $avp. Returns: xval.
     */
    export function avp_gete<T = string | null>(xname: string): T {
      xname = __ksr.text(xname);
      __ksr_pvx_avp_gete(changetype<usize>(xname), xname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.avp_getw`
     *
     * Value, "<null>" for null of $avp. Returns: xval.
     */
    export function avp_getw<T = string | null>(xname: string): T {
      xname = __ksr.text(xname);
      __ksr_pvx_avp_getw(changetype<usize>(xname), xname.length, __ksr.AREA);
      return __ksr.result<T>();
    }

    /**
     * `KSR.pvx.avp_rm`
     *
     * Remove all values of $avp. Returns: 1.
     */
    export function avp_rm(xname: string): i32 {
      xname = __ksr.text(xname);
      return __ksr_pvx_avp_rm(changetype<usize>(xname), xname.length);
    }

    /**
     * `KSR.pvx.avp_is_null`
     *
     * Absent of $avp. Returns: 1 yes, -1 no.
     */
    export function avp_is_null(xname: string): i32 {
      xname = __ksr.text(xname);
      return __ksr_pvx_avp_is_null(changetype<usize>(xname), xname.length);
    }

    /**
     * `KSR.pvx.xavp_copy`
     *
     * (xavp, index, other name) Copy one as the last of the other name. Returns: 1; -1 there is none.
     */
    export function xavp_copy(src_name: string, src_idx: i32, dst_name: string): i32 {
      src_name = __ksr.text(src_name);
      dst_name = __ksr.text(dst_name);
      return __ksr_pvx_xavp_copy(changetype<usize>(src_name), src_name.length, src_idx, changetype<usize>(dst_name), dst_name.length);
    }

    /**
     * `KSR.pvx.xavp_copy_dst`
     *
     * (xavp, index, other name, index) Copy one over that of the other name. Returns: 1; -1 one of them is
     * missing.
     */
    export function xavp_copy_dst(src_name: string, src_idx: i32, dst_name: string, dst_idx: i32): i32 {
      src_name = __ksr.text(src_name);
      dst_name = __ksr.text(dst_name);
      return __ksr_pvx_xavp_copy_dst(changetype<usize>(src_name), src_name.length, src_idx, changetype<usize>(dst_name), dst_name.length, dst_idx);
    }

    /**
     * `KSR.pvx.xavp_lshift`
     *
     * (xavp, index) Move the first values of the name behind the last. Returns: 1; -2 there is none.
     */
    export function xavp_lshift(xname: string, idx: i32): i32 {
      xname = __ksr.text(xname);
      return __ksr_pvx_xavp_lshift(changetype<usize>(xname), xname.length, idx);
    }

    /**
     * `KSR.pvx.xavp_push_dst`
     *
     * (xavp) Request URI, destination URI and socket from the fields uri, dsturi and socket. Returns: 1;
     * -1 there is none, or one cannot be set.
     */
    export function xavp_push_dst(xname: string): i32 {
      xname = __ksr.text(xname);
      return __ksr_pvx_xavp_push_dst(changetype<usize>(xname), xname.length);
    }

  }

  /**
   * Registrations and their lookup (RFC 3261 section 10).
   */
  export namespace registrar {
    /**
     * `KSR.registrar.save`
     *
     * (table, flags) store REGISTER contacts; flags 1 memory only, 2 no reply, 4 one contact only, 8
     * no expires variation, 16 prepare reply headers. Returns: 1 inserted; 2 updated; 3 removed (star
     * or expires 0); 4 no Contact (query); 0 nothing changed; -1 error; -2 too many contacts.
     */
    export function save(table: string, flags: i32): i32 {
      table = __ksr.text(table);
      return __ksr_registrar_save(changetype<usize>(table), table.length, flags);
    }

    /**
     * `KSR.registrar.save_uri`
     *
     * Same, AoR taken from the URI. Returns: as save.
     */
    export function save_uri(table: string, flags: i32, uri: string): i32 {
      table = __ksr.text(table);
      uri = __ksr.text(uri);
      return __ksr_registrar_save_uri(changetype<usize>(table), table.length, flags, changetype<usize>(uri), uri.length);
    }

    /**
     * `KSR.registrar.lookup`
     *
     * (table) rewrite the request URI and branches from location. Returns: 1 found; -1 not found; -2
     * contacts exist but none allows the method; -3 internal error.
     */
    export function lookup(table: string): i32 {
      table = __ksr.text(table);
      return __ksr_registrar_lookup(changetype<usize>(table), table.length);
    }

    /**
     * `KSR.registrar.lookup_uri`
     *
     * Same for a given AoR URI. Returns: as lookup.
     */
    export function lookup_uri(table: string, uri: string): i32 {
      table = __ksr.text(table);
      uri = __ksr.text(uri);
      return __ksr_registrar_lookup_uri(changetype<usize>(table), table.length, changetype<usize>(uri), uri.length);
    }

    /**
     * `KSR.registrar.registered`
     *
     * Is the request URI registered. Returns: 1 ok/yes, -1 fail/no.
     */
    export function registered(table: string): i32 {
      table = __ksr.text(table);
      return __ksr_registrar_registered(changetype<usize>(table), table.length);
    }

    /**
     * `KSR.registrar.registered_uri`
     *
     * Same for a URI. Returns: 1 ok/yes, -1 fail/no.
     */
    export function registered_uri(dtable: string, uri: string): i32 {
      dtable = __ksr.text(dtable);
      uri = __ksr.text(uri);
      return __ksr_registrar_registered_uri(changetype<usize>(dtable), dtable.length, changetype<usize>(uri), uri.length);
    }

    /**
     * `KSR.registrar.unregister`
     *
     * (table, uri) remove all contacts. Returns: 1; -1 bad URI; -2 delete failed; -3 not found.
     */
    export function unregister(dtable: string, uri: string): i32 {
      dtable = __ksr.text(dtable);
      uri = __ksr.text(uri);
      return __ksr_registrar_unregister(changetype<usize>(dtable), dtable.length, changetype<usize>(uri), uri.length);
    }

  }

  /**
   * Record-Route and loose routing (RFC 3261 sections 16.4, 16.6 and 16.12).
   */
  export namespace rr {
    /**
     * `KSR.rr.record_route`
     *
     * Add Record-Route (queued params included). Returns: 1; -1 (also second attempt).
     */
    export function record_route(): i32 {
      return __ksr_rr_record_route();
    }

    /**
     * `KSR.rr.record_route_params`
     *
     * Same with extra params. Returns: 1 ok/yes, -1 fail/no.
     */
    export function record_route_params(sparams: string): i32 {
      sparams = __ksr.text(sparams);
      return __ksr_rr_record_route_params(changetype<usize>(sparams), sparams.length);
    }

    /**
     * `KSR.rr.loose_route`
     *
     * Process Route headers. Returns: 1 driven by Route; 2 driven by an outbound flow token; -1 not
     * driven or error; -2 broken flow token; -3 preloaded route set.
     */
    export function loose_route(): i32 {
      return __ksr_rr_loose_route();
    }

    /**
     * `KSR.rr.remove_record_route`
     *
     * Undo the Record-Route added here. Returns: 1.
     */
    export function remove_record_route(): i32 {
      return __ksr_rr_remove_record_route();
    }

    /**
     * `KSR.rr.add_rr_param`
     *
     * Param (with leading ;) for the next Record-Route. Returns: 1 ok/yes, -1 fail/no.
     */
    export function add_rr_param(sparam: string): i32 {
      sparam = __ksr.text(sparam);
      return __ksr_rr_add_rr_param(changetype<usize>(sparam), sparam.length);
    }

    /**
     * `KSR.rr.check_route_param`
     *
     * Regex on the params of the Route that was popped. Returns: 1 ok/yes, -1 fail/no.
     */
    export function check_route_param(sre: string): i32 {
      sre = __ksr.text(sre);
      return __ksr_rr_check_route_param(changetype<usize>(sre), sre.length);
    }

    /**
     * `KSR.rr.is_direction`
     *
     * Downstream or upstream by the ftag param. Returns: 1 ok/yes, -1 fail/no; -6 wrong setup or
     * argument.
     */
    export function is_direction(dir: string): i32 {
      dir = __ksr.text(dir);
      return __ksr_rr_is_direction(changetype<usize>(dir), dir.length);
    }

  }

  /**
   * Checks of a request beyond what parsing needs.
   */
  export namespace sanity {
    /**
     * `KSR.sanity.sanity_check`
     *
     * (message checks mask, URI checks mask); message bits: 1 ruri version, 2 ruri scheme, 4 required
     * headers, 8 via version, 16 via protocol, 32 cseq method, 64 cseq value, 128 content-length, 256
     * expires, 512 proxy-require, 1024 parse URIs, 2048 digest, 4096 duplicate tags, 8192
     * authorization, 16384 via1, 32768 rfc3261, 65536 sizes; URI bits: 1 ruri, 2 from, 4 to, 8
     * contact. Returns: 1 passed; -1 failed or error (an error reply is sent unless noreply).
     */
    export function sanity_check(mflags: i32, uflags: i32): i32 {
      return __ksr_sanity_sanity_check(mflags, uflags);
    }

    /**
     * `KSR.sanity.sanity_check_defaults`
     *
     * Same with module default masks. Returns: 1; -1.
     */
    export function sanity_check_defaults(): i32 {
      return __ksr_sanity_sanity_check_defaults();
    }

    /**
     * `KSR.sanity.sanity_reply`
     *
     * Send the reply stored by a failed check (noreply mode). Returns: 1 ok/yes, -1 fail/no.
     */
    export function sanity_reply(): i32 {
      return __ksr_sanity_sanity_reply();
    }

  }

  /**
   * Tests on messages, URIs and text.
   */
  export namespace siputils {
    /**
     * `KSR.siputils.has_totag`
     *
     * To has a tag. Returns: 1 ok/yes, -1 fail/no.
     */
    export function has_totag(): i32 {
      return __ksr_siputils_has_totag();
    }

    /**
     * `KSR.siputils.is_request`
     *
     * Message is a request. Returns: 1 ok/yes, -1 fail/no.
     */
    export function is_request(): i32 {
      return __ksr_siputils_is_request();
    }

    /**
     * `KSR.siputils.is_reply`
     *
     * Message is a reply. Returns: 1 ok/yes, -1 fail/no.
     */
    export function is_reply(): i32 {
      return __ksr_siputils_is_reply();
    }

    /**
     * `KSR.siputils.is_sip`
     *
     * SIP message. Returns: 1 ok/yes, -1 fail/no.
     */
    export function is_sip(): i32 {
      return __ksr_siputils_is_sip();
    }

    /**
     * `KSR.siputils.is_first_hop`
     *
     * First hop from the sender (one Via on requests, no/own Record-Route on replies). Returns: 1
     * ok/yes, -1 fail/no.
     */
    export function is_first_hop(): i32 {
      return __ksr_siputils_is_first_hop();
    }

    /**
     * `KSR.siputils.is_first_hop_mode`
     *
     * Same; non-zero mode relaxes the reply test (host of top Record-Route need not be an IP, no loop
     * test). Returns: 1 ok/yes, -1 fail/no.
     */
    export function is_first_hop_mode(mode: i32): i32 {
      return __ksr_siputils_is_first_hop_mode(mode);
    }

    /**
     * `KSR.siputils.is_uri`
     *
     * Valid URI. Returns: 1 ok/yes, -1 fail/no.
     */
    export function is_uri(suri: string): i32 {
      suri = __ksr.text(suri);
      return __ksr_siputils_is_uri(changetype<usize>(suri), suri.length);
    }

    /**
     * `KSR.siputils.is_user`
     *
     * User of digest credentials equals the value. Returns: 1 ok/yes, -1 fail/no.
     */
    export function is_user(suser: string): i32 {
      suser = __ksr.text(suser);
      return __ksr_siputils_is_user(changetype<usize>(suser), suser.length);
    }

    /**
     * `KSR.siputils.uri_param`
     *
     * Request URI has the parameter without value check. Returns: 1 ok/yes, -1 fail/no.
     */
    export function uri_param(sparam: string): i32 {
      sparam = __ksr.text(sparam);
      return __ksr_siputils_uri_param(changetype<usize>(sparam), sparam.length);
    }

    /**
     * `KSR.siputils.uri_param_value`
     *
     * Parameter equals the value. Returns: 1 ok/yes, -1 fail/no.
     */
    export function uri_param_value(sparam: string, svalue: string): i32 {
      sparam = __ksr.text(sparam);
      svalue = __ksr.text(svalue);
      return __ksr_siputils_uri_param_value(changetype<usize>(sparam), sparam.length, changetype<usize>(svalue), svalue.length);
    }

    /**
     * `KSR.siputils.uri_param_any`
     *
     * Parameter present with any or no value. Returns: 1 ok/yes, -1 fail/no.
     */
    export function uri_param_any(sparam: string): i32 {
      sparam = __ksr.text(sparam);
      return __ksr_siputils_uri_param_any(changetype<usize>(sparam), sparam.length);
    }

    /**
     * `KSR.siputils.uri_param_rm`
     *
     * Remove the parameter. Returns: 1 ok/yes, -1 fail/no.
     */
    export function uri_param_rm(sparam: string): i32 {
      sparam = __ksr.text(sparam);
      return __ksr_siputils_uri_param_rm(changetype<usize>(sparam), sparam.length);
    }

    /**
     * `KSR.siputils.is_tel_number`
     *
     * Optional + then digits. Returns: 1; -2.
     */
    export function is_tel_number(tval: string): i32 {
      tval = __ksr.text(tval);
      return __ksr_siputils_is_tel_number(changetype<usize>(tval), tval.length);
    }

    /**
     * `KSR.siputils.is_numeric`
     *
     * Digits only. Returns: 1; -2.
     */
    export function is_numeric(tval: string): i32 {
      tval = __ksr.text(tval);
      return __ksr_siputils_is_numeric(changetype<usize>(tval), tval.length);
    }

    /**
     * `KSR.siputils.is_alphanum`
     *
     * Letters and digits. Returns: 1; -2 empty; -3 other char.
     */
    export function is_alphanum(tval: string): i32 {
      tval = __ksr.text(tval);
      return __ksr_siputils_is_alphanum(changetype<usize>(tval), tval.length);
    }

    /**
     * `KSR.siputils.is_alphanumex`
     *
     * Plus a set of extra chars. Returns: 1; -2; -3.
     */
    export function is_alphanumex(tval: string, eset: string): i32 {
      tval = __ksr.text(tval);
      eset = __ksr.text(eset);
      return __ksr_siputils_is_alphanumex(changetype<usize>(tval), tval.length, changetype<usize>(eset), eset.length);
    }

    /**
     * `KSR.siputils.options_reply`
     *
     * 200 with capabilities for OPTIONS without user. Returns: 1; -1.
     */
    export function options_reply(): i32 {
      return __ksr_siputils_options_reply();
    }

  }

  /**
   * Stateless replies.
   */
  export namespace sl {
    /**
     * `KSR.sl.sl_send_reply`
     *
     * Stateless reply. Returns: 1; -1 failed; -2 marked no-reply.
     */
    export function sl_send_reply(code: i32, reason: string): i32 {
      reason = __ksr.text(reason);
      return __ksr_sl_sl_send_reply(code, changetype<usize>(reason), reason.length);
    }

    /**
     * `KSR.sl.send_reply`
     *
     * Stateful if a transaction exists, else stateless. Returns: 1; -1 (empty reason too); -2 marked
     * no-reply.
     */
    export function send_reply(code: i32, reason: string): i32 {
      reason = __ksr.text(reason);
      return __ksr_sl_send_reply(code, changetype<usize>(reason), reason.length);
    }

    /**
     * `KSR.sl.send_reply_mode`
     *
     * Same with mode bit 1: create transaction first. Returns: 1; -1; -2.
     */
    export function send_reply_mode(code: i32, reason: string, mode: i32): i32 {
      reason = __ksr.text(reason);
      return __ksr_sl_send_reply_mode(code, changetype<usize>(reason), reason.length, mode);
    }

    /**
     * `KSR.sl.sl_reply_error`
     *
     * Stateless reply from the last core error. Returns: 1; -1; -2 final reply already sent or no-
     * reply; -3 delayed reply pending.
     */
    export function sl_reply_error(): i32 {
      return __ksr_sl_sl_reply_error();
    }

    /**
     * `KSR.sl.send_reply_error`
     *
     * Tm error reply when tm is bound, else stateless. Returns: 1; -1; -2; -3 as above.
     */
    export function send_reply_error(): i32 {
      return __ksr_sl_send_reply_error();
    }

  }

  /**
   * Texts of messages: searching, replacing, bodies and their parts. Changes show after msg_apply_changes.
   */
  export namespace textops {
    /**
     * `KSR.textops.search`
     *
     * Does the regular expression match anywhere in the message, in any case, `^` and `$` at the ends of
     * lines. Returns: 1 yes (also an empty one), -1 no or malformed.
     */
    export function search(sre: string): i32 {
      sre = __ksr.text(sre);
      return __ksr_textops_search(changetype<usize>(sre), sre.length);
    }

    /**
     * `KSR.textops.search_body`
     *
     * The same in the body. Returns: 1 yes (also an empty one), -1 no, no body or malformed.
     */
    export function search_body(sre: string): i32 {
      sre = __ksr.text(sre);
      return __ksr_textops_search_body(changetype<usize>(sre), sre.length);
    }

    /**
     * `KSR.textops.search_hf`
     *
     * (header, expression, flags) In values of a header: f only the first, l only the last, else any.
     * Returns: 1 yes, -1 no or malformed.
     */
    export function search_hf(hname: string, sre: string, flags: string): i32 {
      hname = __ksr.text(hname);
      sre = __ksr.text(sre);
      flags = __ksr.text(flags);
      return __ksr_textops_search_hf(changetype<usize>(hname), hname.length, changetype<usize>(sre), sre.length, changetype<usize>(flags), flags.length);
    }

    /**
     * `KSR.textops.search_append`
     *
     * (expression, text) Insert the text after the first match behind the first line. Returns: 1; -1 no
     * match, malformed, or the text ends a line of the headers.
     */
    export function search_append(ematch: string, val: string): i32 {
      ematch = __ksr.text(ematch);
      val = __ksr.text(val);
      return __ksr_textops_search_append(changetype<usize>(ematch), ematch.length, changetype<usize>(val), val.length);
    }

    /**
     * `KSR.textops.search_append_body`
     *
     * (expression, text) The same in the body. Returns: 1; -1 no match or malformed.
     */
    export function search_append_body(ematch: string, val: string): i32 {
      ematch = __ksr.text(ematch);
      val = __ksr.text(val);
      return __ksr_textops_search_append_body(changetype<usize>(ematch), ematch.length, changetype<usize>(val), val.length);
    }

    /**
     * `KSR.textops.is_present_hf`
     *
     * Is there a header of that name. Returns: 1 yes, -1 no.
     */
    export function is_present_hf(hname: string): i32 {
      hname = __ksr.text(hname);
      return __ksr_textops_is_present_hf(changetype<usize>(hname), hname.length);
    }

    /**
     * `KSR.textops.is_present_hf_re`
     *
     * Does a header's name match. Returns: 1 yes, -1 no or malformed.
     */
    export function is_present_hf_re(ematch: string): i32 {
      ematch = __ksr.text(ematch);
      return __ksr_textops_is_present_hf_re(changetype<usize>(ematch), ematch.length);
    }

    /**
     * `KSR.textops.subst`
     *
     * (/expression/replacement/flags) Replace what matches behind the first line; flags i any case, g all,
     * s as one line. The replacement may have \0 to \9 and pseudo-variables. Returns: 1; -1 no match,
     * malformed, or headers would be broken.
     */
    export function subst(subst: string): i32 {
      subst = __ksr.text(subst);
      return __ksr_textops_subst(changetype<usize>(subst), subst.length);
    }

    /**
     * `KSR.textops.subst_uri`
     *
     * The same on the request URI, at once. Returns: 1; -1 no match, malformed or no URI.
     */
    export function subst_uri(subst: string): i32 {
      subst = __ksr.text(subst);
      return __ksr_textops_subst_uri(changetype<usize>(subst), subst.length);
    }

    /**
     * `KSR.textops.subst_user`
     *
     * The same on its user part, at once. Returns: 1; -1 no match, malformed or no user part.
     */
    export function subst_user(subst: string): i32 {
      subst = __ksr.text(subst);
      return __ksr_textops_subst_user(changetype<usize>(subst), subst.length);
    }

    /**
     * `KSR.textops.subst_body`
     *
     * The same on the body. Returns: 1; -1 no match, malformed or no body.
     */
    export function subst_body(subst: string): i32 {
      subst = __ksr.text(subst);
      return __ksr_textops_subst_body(changetype<usize>(subst), subst.length);
    }

    /**
     * `KSR.textops.subst_hf`
     *
     * (header, expression, flags) The same on values of a header: f only the first, l only the last, else
     * all. Returns: 1; -1 no match, malformed, or a header that only the host writes.
     */
    export function subst_hf(hname: string, subst: string, flags: string): i32 {
      hname = __ksr.text(hname);
      subst = __ksr.text(subst);
      flags = __ksr.text(flags);
      return __ksr_textops_subst_hf(changetype<usize>(hname), hname.length, changetype<usize>(subst), subst.length, changetype<usize>(flags), flags.length);
    }

    /**
     * `KSR.textops.subst_v`
     *
     * (text, expression, pseudo-variable) Set it to the text with what matches replaced. Returns: 1; -1 no
     * match, malformed, or it cannot be written.
     */
    export function subst_v(itext: string, subex: string, opv: string): i32 {
      itext = __ksr.text(itext);
      subex = __ksr.text(subex);
      opv = __ksr.text(opv);
      return __ksr_textops_subst_v(changetype<usize>(itext), itext.length, changetype<usize>(subex), subex.length, changetype<usize>(opv), opv.length);
    }

    /**
     * `KSR.textops.remove_hf`
     *
     * Remove all headers of that name. Returns: 1 removed; -1 none, or one that only the host writes.
     */
    export function remove_hf(hname: string): i32 {
      hname = __ksr.text(hname);
      return __ksr_textops_remove_hf(changetype<usize>(hname), hname.length);
    }

    /**
     * `KSR.textops.remove_hf_re`
     *
     * Remove headers whose name matches, but Via and Content-Length. Returns: 1 removed; -1 none or
     * malformed.
     */
    export function remove_hf_re(ematch: string): i32 {
      ematch = __ksr.text(ematch);
      return __ksr_textops_remove_hf_re(changetype<usize>(ematch), ematch.length);
    }

    /**
     * `KSR.textops.remove_hf_idx`
     *
     * (name, index, negative from the last) Returns: 1 removed; 2 nothing at that index (1 for a negative
     * one); -1 error.
     */
    export function remove_hf_idx(hname: string, idx: i32): i32 {
      hname = __ksr.text(hname);
      return __ksr_textops_remove_hf_idx(changetype<usize>(hname), hname.length, idx);
    }

    /**
     * `KSR.textops.remove_hf_exp`
     *
     * (expression, exception) Remove headers whose name matches the first and not the second. Returns: 1
     * removed; -1 none or malformed.
     */
    export function remove_hf_exp(ematch: string, eskip: string): i32 {
      ematch = __ksr.text(ematch);
      eskip = __ksr.text(eskip);
      return __ksr_textops_remove_hf_exp(changetype<usize>(ematch), ematch.length, changetype<usize>(eskip), eskip.length);
    }

    /**
     * `KSR.textops.remove_hf_match`
     *
     * (name, operator, value) Remove headers whose value fits: eq, ne, in, re. Returns: 1 removed; -2
     * none; -1 error.
     */
    export function remove_hf_match(hname: string, op: string, expr: string): i32 {
      hname = __ksr.text(hname);
      op = __ksr.text(op);
      expr = __ksr.text(expr);
      return __ksr_textops_remove_hf_match(changetype<usize>(hname), hname.length, changetype<usize>(op), op.length, changetype<usize>(expr), expr.length);
    }

    /**
     * `KSR.textops.replace`
     *
     * (expression, text) Replace the first match behind the first line. Returns: 1; -1 no match,
     * malformed, or headers would be broken.
     */
    export function replace(sre: string, sval: string): i32 {
      sre = __ksr.text(sre);
      sval = __ksr.text(sval);
      return __ksr_textops_replace(changetype<usize>(sre), sre.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.textops.replace_str`
     *
     * (text, by, mode) Replace plain text: mode f the first, else all. Returns: 1 (also where it is not
     * there); -1 headers would be broken.
     */
    export function replace_str(mkey: string, rval: string, rmode: string): i32 {
      mkey = __ksr.text(mkey);
      rval = __ksr.text(rval);
      rmode = __ksr.text(rmode);
      return __ksr_textops_replace_str(changetype<usize>(mkey), mkey.length, changetype<usize>(rval), rval.length, changetype<usize>(rmode), rmode.length);
    }

    /**
     * `KSR.textops.replace_all`
     *
     * (expression, text) Replace all matches behind the first line. Returns: 1; -1 no match, malformed,
     * one of no length, or headers would be broken.
     */
    export function replace_all(sre: string, sval: string): i32 {
      sre = __ksr.text(sre);
      sval = __ksr.text(sval);
      return __ksr_textops_replace_all(changetype<usize>(sre), sre.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.textops.replace_body`
     *
     * (expression, text) Replace the first match in the body. Returns: 1; -1 no match, malformed or no
     * body.
     */
    export function replace_body(sre: string, sval: string): i32 {
      sre = __ksr.text(sre);
      sval = __ksr.text(sval);
      return __ksr_textops_replace_body(changetype<usize>(sre), sre.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.textops.replace_body_str`
     *
     * (text, by, mode) Replace plain text in the body: mode f the first, else all. Returns: 1; -1 no body.
     */
    export function replace_body_str(mkey: string, rval: string, rmode: string): i32 {
      mkey = __ksr.text(mkey);
      rval = __ksr.text(rval);
      rmode = __ksr.text(rmode);
      return __ksr_textops_replace_body_str(changetype<usize>(mkey), mkey.length, changetype<usize>(rval), rval.length, changetype<usize>(rmode), rmode.length);
    }

    /**
     * `KSR.textops.replace_hdrs`
     *
     * (expression, text) Replace the first match in the headers. Returns: 1; -1 no match, malformed, or
     * headers would be broken.
     */
    export function replace_hdrs(sre: string, sval: string): i32 {
      sre = __ksr.text(sre);
      sval = __ksr.text(sval);
      return __ksr_textops_replace_hdrs(changetype<usize>(sre), sre.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.textops.replace_hdrs_str`
     *
     * (text, by, mode) Replace plain text in the headers: mode f the first, else all. Returns: 1; -1
     * headers would be broken.
     */
    export function replace_hdrs_str(mkey: string, rval: string, rmode: string): i32 {
      mkey = __ksr.text(mkey);
      rval = __ksr.text(rval);
      rmode = __ksr.text(rmode);
      return __ksr_textops_replace_hdrs_str(changetype<usize>(mkey), mkey.length, changetype<usize>(rval), rval.length, changetype<usize>(rmode), rmode.length);
    }

    /**
     * `KSR.textops.replace_body_all`
     *
     * (expression, text) Replace all matches in the body, line by line. Returns: 1; -1 no match,
     * malformed, one of no length, or no body.
     */
    export function replace_body_all(sre: string, sval: string): i32 {
      sre = __ksr.text(sre);
      sval = __ksr.text(sval);
      return __ksr_textops_replace_body_all(changetype<usize>(sre), sre.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.textops.replace_body_atonce`
     *
     * (expression, text) The same with `^` and `$` at the ends of the body only. Returns: 1, -1.
     */
    export function replace_body_atonce(sre: string, sval: string): i32 {
      sre = __ksr.text(sre);
      sval = __ksr.text(sval);
      return __ksr_textops_replace_body_atonce(changetype<usize>(sre), sre.length, changetype<usize>(sval), sval.length);
    }

    /**
     * `KSR.textops.set_body`
     *
     * (body, content type) Another body, in the place of what was set before too. Returns: 1; -1 one of
     * them is empty, or the type is no header value.
     */
    export function set_body(nb: string, nc: string): i32 {
      nb = __ksr.text(nb);
      nc = __ksr.text(nc);
      return __ksr_textops_set_body(changetype<usize>(nb), nb.length, changetype<usize>(nc), nc.length);
    }

    /**
     * `KSR.textops.set_body_hex`
     *
     * The same in hexadecimal digits, blanks between them allowed. Returns: 1; -1 also where they are
     * none.
     */
    export function set_body_hex(htxt: string, ct: string): i32 {
      htxt = __ksr.text(htxt);
      ct = __ksr.text(ct);
      return __ksr_textops_set_body_hex(changetype<usize>(htxt), htxt.length, changetype<usize>(ct), ct.length);
    }

    /**
     * `KSR.textops.set_reply_body`
     *
     * (body, content type) The body of the next reply of our own. Returns: 1; -1 one of them is empty, or
     * the type is no header value.
     */
    export function set_reply_body(nb: string, nc: string): i32 {
      nb = __ksr.text(nb);
      nc = __ksr.text(nc);
      return __ksr_textops_set_reply_body(changetype<usize>(nb), nb.length, changetype<usize>(nc), nc.length);
    }

    /**
     * `KSR.textops.set_reply_body_hex`
     *
     * The same in hexadecimal digits. Returns: 1, -1.
     */
    export function set_reply_body_hex(htxt: string, ct: string): i32 {
      htxt = __ksr.text(htxt);
      ct = __ksr.text(ct);
      return __ksr_textops_set_reply_body_hex(changetype<usize>(htxt), htxt.length, changetype<usize>(ct), ct.length);
    }

    /**
     * `KSR.textops.has_body`
     *
     * Is there a body. Returns: 1 yes, -1 no.
     */
    export function has_body(): i32 {
      return __ksr_textops_has_body();
    }

    /**
     * `KSR.textops.has_body_type`
     *
     * Is there a body of that type (application/sdp where none is named); empty for any. Returns: 1 yes,
     * -1 no.
     */
    export function has_body_type(ctype: string): i32 {
      ctype = __ksr.text(ctype);
      return __ksr_textops_has_body_type(changetype<usize>(ctype), ctype.length);
    }

    /**
     * `KSR.textops.filter_body`
     *
     * Leave only the first part of that type of a multipart/mixed body; Content-Type stays. Returns: 1; -1
     * no such part.
     */
    export function filter_body(content_type: string): i32 {
      content_type = __ksr.text(content_type);
      return __ksr_textops_filter_body(changetype<usize>(content_type), content_type.length);
    }

    /**
     * `KSR.textops.is_privacy`
     *
     * Has Privacy the value user, header, session, none, critical, id or history. Returns: 1 yes; -1 no,
     * or another value.
     */
    export function is_privacy(privacy: string): i32 {
      privacy = __ksr.text(privacy);
      return __ksr_textops_is_privacy(changetype<usize>(privacy), privacy.length);
    }

    /**
     * `KSR.textops.in_list`
     *
     * (item, list, separator) Returns: 1 the item is in the list, -1 not.
     */
    export function in_list(subject: string, list: string, vsep: string): i32 {
      subject = __ksr.text(subject);
      list = __ksr.text(list);
      vsep = __ksr.text(vsep);
      return __ksr_textops_in_list(changetype<usize>(subject), subject.length, changetype<usize>(list), list.length, changetype<usize>(vsep), vsep.length);
    }

    /**
     * `KSR.textops.in_list_prefix`
     *
     * (text, list, separator) Returns: 1 an item of the list is a prefix of the text, -1 not.
     */
    export function in_list_prefix(subject: string, list: string, vsep: string): i32 {
      subject = __ksr.text(subject);
      list = __ksr.text(list);
      vsep = __ksr.text(vsep);
      return __ksr_textops_in_list_prefix(changetype<usize>(subject), subject.length, changetype<usize>(list), list.length, changetype<usize>(vsep), vsep.length);
    }

    /**
     * `KSR.textops.cmp_str`
     *
     * Compare. Returns: 1 equal; -1 the first is greater; -2 less.
     */
    export function cmp_str(s1: string, s2: string): i32 {
      s1 = __ksr.text(s1);
      s2 = __ksr.text(s2);
      return __ksr_textops_cmp_str(changetype<usize>(s1), s1.length, changetype<usize>(s2), s2.length);
    }

    /**
     * `KSR.textops.cmp_istr`
     *
     * Compare in any case. Returns: 1 equal; -1 the first is greater; -2 less.
     */
    export function cmp_istr(s1: string, s2: string): i32 {
      s1 = __ksr.text(s1);
      s2 = __ksr.text(s2);
      return __ksr_textops_cmp_istr(changetype<usize>(s1), s1.length, changetype<usize>(s2), s2.length);
    }

    /**
     * `KSR.textops.search_str`
     *
     * (text, expression) Returns: 1 match; -1 none; 2 empty expression; -2 empty text or malformed.
     */
    export function search_str(stext: string, sre: string): i32 {
      stext = __ksr.text(stext);
      sre = __ksr.text(sre);
      return __ksr_textops_search_str(changetype<usize>(stext), stext.length, changetype<usize>(sre), sre.length);
    }

    /**
     * `KSR.textops.starts_with`
     *
     * (text, prefix) Returns: 1 yes; -1 the text is shorter or greater; -2 less.
     */
    export function starts_with(s1: string, s2: string): i32 {
      s1 = __ksr.text(s1);
      s2 = __ksr.text(s2);
      return __ksr_textops_starts_with(changetype<usize>(s1), s1.length, changetype<usize>(s2), s2.length);
    }

    /**
     * `KSR.textops.ends_with`
     *
     * (text, suffix) Returns: 1 yes; -1 the text is shorter or its end greater; -2 less.
     */
    export function ends_with(vstr: string, vsuffix: string): i32 {
      vstr = __ksr.text(vstr);
      vsuffix = __ksr.text(vsuffix);
      return __ksr_textops_ends_with(changetype<usize>(vstr), vstr.length, changetype<usize>(vsuffix), vsuffix.length);
    }

    /**
     * `KSR.textops.str_find`
     *
     * (text, needle) Returns: its position, from 1; -1 it is not there.
     */
    export function str_find(txt: string, needle: string): i32 {
      txt = __ksr.text(txt);
      needle = __ksr.text(needle);
      return __ksr_textops_str_find(changetype<usize>(txt), txt.length, changetype<usize>(needle), needle.length);
    }

    /**
     * `KSR.textops.str_ifind`
     *
     * (text, needle) The same in any case. Returns: its position, from 1; -1 it is not there.
     */
    export function str_ifind(txt: string, needle: string): i32 {
      txt = __ksr.text(txt);
      needle = __ksr.text(needle);
      return __ksr_textops_str_ifind(changetype<usize>(txt), txt.length, changetype<usize>(needle), needle.length);
    }

    /**
     * `KSR.textops.str_any_in`
     *
     * (text, characters) Returns: 1 one of the characters is in the text, -1 none.
     */
    export function str_any_in(txt: string, clist: string): i32 {
      txt = __ksr.text(txt);
      clist = __ksr.text(clist);
      return __ksr_textops_str_any_in(changetype<usize>(txt), txt.length, changetype<usize>(clist), clist.length);
    }

    /**
     * `KSR.textops.str_all_in`
     *
     * (text, characters) Returns: 1 all of the characters are in the text, -1 not.
     */
    export function str_all_in(txt: string, clist: string): i32 {
      txt = __ksr.text(txt);
      clist = __ksr.text(clist);
      return __ksr_textops_str_all_in(changetype<usize>(txt), txt.length, changetype<usize>(clist), clist.length);
    }

    /**
     * `KSR.textops.is_audio_on_hold`
     *
     * Is an audio stream of the SDP on hold. Returns: 1 by address 0.0.0.0; 2 by sendonly or inactive; -1
     * no.
     */
    export function is_audio_on_hold(): i32 {
      return __ksr_textops_is_audio_on_hold();
    }

    /**
     * `KSR.textops.set_body_multipart_mode`
     *
     * Make the body the only part of a multipart/mixed one. Returns: 1 (also where it is one); -1 no body.
     */
    export function set_body_multipart_mode(): i32 {
      return __ksr_textops_set_body_multipart_mode();
    }

    /**
     * `KSR.textops.set_body_multipart_boundary`
     *
     * The same with a boundary. Returns: 1; -1 no body, or it cannot be a boundary.
     */
    export function set_body_multipart_boundary(boundary: string): i32 {
      boundary = __ksr.text(boundary);
      return __ksr_textops_set_body_multipart_boundary(changetype<usize>(boundary), boundary.length);
    }

    /**
     * `KSR.textops.set_body_multipart_content`
     *
     * (body, type) A multipart/mixed body of this part. Returns: 1, -1.
     */
    export function set_body_multipart_content(nbody: string, ctype: string): i32 {
      nbody = __ksr.text(nbody);
      ctype = __ksr.text(ctype);
      return __ksr_textops_set_body_multipart_content(changetype<usize>(nbody), nbody.length, changetype<usize>(ctype), ctype.length);
    }

    /**
     * `KSR.textops.set_body_multipart`
     *
     * (body, type, boundary) The same with a boundary. Returns: 1, -1.
     */
    export function set_body_multipart(nbody: string, ctype: string, boundary: string): i32 {
      nbody = __ksr.text(nbody);
      ctype = __ksr.text(ctype);
      boundary = __ksr.text(boundary);
      return __ksr_textops_set_body_multipart(changetype<usize>(nbody), nbody.length, changetype<usize>(ctype), ctype.length, changetype<usize>(boundary), boundary.length);
    }

    /**
     * `KSR.textops.append_body_part`
     *
     * (body, type) Append a part to a multipart/mixed body. Returns: 1; -1 it is none, or one of them is
     * empty.
     */
    export function append_body_part(txt: string, ct: string): i32 {
      txt = __ksr.text(txt);
      ct = __ksr.text(ct);
      return __ksr_textops_append_body_part(changetype<usize>(txt), txt.length, changetype<usize>(ct), ct.length);
    }

    /**
     * `KSR.textops.append_body_part_cd`
     *
     * (body, type, disposition) The same with a Content-Disposition. Returns: 1, -1.
     */
    export function append_body_part_cd(txt: string, ct: string, cd: string): i32 {
      txt = __ksr.text(txt);
      ct = __ksr.text(ct);
      cd = __ksr.text(cd);
      return __ksr_textops_append_body_part_cd(changetype<usize>(txt), txt.length, changetype<usize>(ct), ct.length, changetype<usize>(cd), cd.length);
    }

    /**
     * `KSR.textops.append_body_part_hex`
     *
     * (body in hexadecimal digits, type) Otherwise as append_body_part. Returns: 1, -1.
     */
    export function append_body_part_hex(txt: string, ct: string): i32 {
      txt = __ksr.text(txt);
      ct = __ksr.text(ct);
      return __ksr_textops_append_body_part_hex(changetype<usize>(txt), txt.length, changetype<usize>(ct), ct.length);
    }

    /**
     * `KSR.textops.append_body_part_hex_cd`
     *
     * (body in hexadecimal digits, type, disposition) Otherwise as append_body_part_cd. Returns: 1, -1.
     */
    export function append_body_part_hex_cd(htxt: string, ct: string, cd: string): i32 {
      htxt = __ksr.text(htxt);
      ct = __ksr.text(ct);
      cd = __ksr.text(cd);
      return __ksr_textops_append_body_part_hex_cd(changetype<usize>(htxt), htxt.length, changetype<usize>(ct), ct.length, changetype<usize>(cd), cd.length);
    }

    /**
     * `KSR.textops.remove_body_part`
     *
     * Remove the first part of that type. Returns: 1; -1 no such part.
     */
    export function remove_body_part(content_type: string): i32 {
      content_type = __ksr.text(content_type);
      return __ksr_textops_remove_body_part(changetype<usize>(content_type), content_type.length);
    }

    /**
     * `KSR.textops.get_body_part`
     *
     * (type, pseudo-variable) Set it to the content of the first part of that type; to the body where that
     * is not multipart. Returns: 1; -1 no such part, or it cannot be written.
     */
    export function get_body_part(ctype: string, pvname: string): i32 {
      ctype = __ksr.text(ctype);
      pvname = __ksr.text(pvname);
      return __ksr_textops_get_body_part(changetype<usize>(ctype), ctype.length, changetype<usize>(pvname), pvname.length);
    }

    /**
     * `KSR.textops.get_body_part_raw`
     *
     * The same with the headers of the part. Returns: 1, -1.
     */
    export function get_body_part_raw(ctype: string, pvname: string): i32 {
      ctype = __ksr.text(ctype);
      pvname = __ksr.text(pvname);
      return __ksr_textops_get_body_part_raw(changetype<usize>(ctype), ctype.length, changetype<usize>(pvname), pvname.length);
    }

    /**
     * `KSR.textops.regex_substring`
     *
     * (text, expression, group, number of groups, pseudo-variable) Set it to what the group matches; case
     * counts. Returns: 1; -1 malformed, or nothing in the group; -2 no match.
     */
    export function regex_substring(input: string, regex: string, mindex: i32, nmatch: i32, dst: string): i32 {
      input = __ksr.text(input);
      regex = __ksr.text(regex);
      dst = __ksr.text(dst);
      return __ksr_textops_regex_substring(changetype<usize>(input), input.length, changetype<usize>(regex), regex.length, mindex, nmatch, changetype<usize>(dst), dst.length);
    }

  }

  /**
   * Transactions: stateful relaying and replying (RFC 3261 sections 16 and 17).
   */
  export namespace tm {
    /**
     * `KSR.tm.t_relay`
     *
     * Create the transaction if needed and forward statefully. Returns: 1 ok (also retransmission
     * absorbed); <=0 error: -1 generic, -2 oom, -4 error with no reply sent (internal reply disabled),
     * -8/-9/-20/-400 creation errors, -478 unresolvable next hop, -510 forbidden; 0 = reply sent or
     * unsupported route; the error reply is normally already sent.
     */
    export function t_relay(): i32 {
      return __ksr_tm_t_relay();
    }

    /**
     * `KSR.tm.t_on_branch`
     *
     * Callback name to run per outgoing branch. Returns: 1.
     */
    export function t_on_branch(rname: string): i32 {
      rname = __ksr.text(rname);
      return __ksr_tm_t_on_branch(changetype<usize>(rname), rname.length);
    }

    /**
     * `KSR.tm.t_on_failure`
     *
     * Callback name to run when the transaction fails (reset before it runs; arm again inside).
     * Returns: 1.
     */
    export function t_on_failure(rname: string): i32 {
      rname = __ksr.text(rname);
      return __ksr_tm_t_on_failure(changetype<usize>(rname), rname.length);
    }

    /**
     * `KSR.tm.t_on_branch_failure`
     *
     * Callback name to run when a branch ends negatively, before the other branches decide (for the
     * branches sent from now on; reset before it runs). Returns: 1.
     */
    export function t_on_branch_failure(rname: string): i32 {
      rname = __ksr.text(rname);
      return __ksr_tm_t_on_branch_failure(changetype<usize>(rname), rname.length);
    }

    /**
     * `KSR.tm.t_on_reply`
     *
     * Callback name for replies of the transaction. Returns: 1.
     */
    export function t_on_reply(rname: string): i32 {
      rname = __ksr.text(rname);
      return __ksr_tm_t_on_reply(changetype<usize>(rname), rname.length);
    }

    /**
     * `KSR.tm.t_reply`
     *
     * Stateful reply (code, reason); needs a transaction. Returns: 1 ok; -1 no transaction/failed/ACK;
     * -2 message marked no-reply.
     */
    export function t_reply(code: i32, reason: string): i32 {
      reason = __ksr.text(reason);
      return __ksr_tm_t_reply(code, changetype<usize>(reason), reason.length);
    }

    /**
     * `KSR.tm.t_send_reply`
     *
     * Create the transaction when missing then t_reply. Returns: 1; -1; -2 no-reply mark.
     */
    export function t_send_reply(code: i32, reason: string): i32 {
      reason = __ksr.text(reason);
      return __ksr_tm_t_send_reply(code, changetype<usize>(reason), reason.length);
    }

    /**
     * `KSR.tm.t_check_trans`
     *
     * Match the message to a transaction. Returns: 1 found: reply, CANCEL matching an INVITE, end-to-
     * end ACK of a local 200 (or called in failure/branch/onreply route); 0 retransmission or ACK for
     * a local negative reply, already handled: stop; -1 none.
     */
    export function t_check_trans(): i32 {
      return __ksr_tm_t_check_trans();
    }

    /**
     * `KSR.tm.t_is_canceled`
     *
     * Has the transaction been cancelled. Returns: 1 yes; -1 no or no transaction.
     */
    export function t_is_canceled(): i32 {
      return __ksr_tm_t_is_canceled();
    }

    /**
     * `KSR.tm.t_newtran`
     *
     * Create the transaction. Returns: 1 created; 0 retransmission (reply resent); <0: -10 already
     * exists, -8 bad Via, -9 tuple, -20, -400 bad request, -2 oom.
     */
    export function t_newtran(): i32 {
      return __ksr_tm_t_newtran();
    }

    /**
     * `KSR.tm.t_release`
     *
     * Drop the transaction created in the request route. Returns: 1 ok, -1 fail.
     */
    export function t_release(): i32 {
      return __ksr_tm_t_release();
    }

    /**
     * `KSR.tm.t_is_set`
     *
     * Is a route armed: first letter of branch_route, failure_route, onreply_route. Returns: 1 yes; -1
     * no.
     */
    export function t_is_set(target: string): i32 {
      target = __ksr.text(target);
      return __ksr_tm_t_is_set(changetype<usize>(target), target.length);
    }

    /**
     * `KSR.tm.t_lookup_request`
     *
     * Does the request belong to an existing transaction. Returns: 1 ok/yes, -1 fail/no.
     */
    export function t_lookup_request(): i32 {
      return __ksr_tm_t_lookup_request();
    }

    /**
     * `KSR.tm.t_lookup_cancel`
     *
     * Does a CANCEL match an INVITE transaction. Returns: 1 ok/yes, -1 fail/no.
     */
    export function t_lookup_cancel(): i32 {
      return __ksr_tm_t_lookup_cancel();
    }

    /**
     * `KSR.tm.t_retransmit_reply`
     *
     * Resend the last reply. Returns: 1 ok/yes, -1 fail/no.
     */
    export function t_retransmit_reply(): i32 {
      return __ksr_tm_t_retransmit_reply();
    }

    /**
     * `KSR.tm.t_set_fr_inv`
     *
     * Set the INVITE final timer, ms. Returns: 1 ok, -1 fail.
     */
    export function t_set_fr_inv(fr_inv: i32): i32 {
      return __ksr_tm_t_set_fr_inv(fr_inv);
    }

    /**
     * `KSR.tm.t_set_fr`
     *
     * (fr_inv ms, fr ms); 0 keeps the value. Returns: 1 ok, -1 fail.
     */
    export function t_set_fr(fr_inv: i32, fr: i32): i32 {
      return __ksr_tm_t_set_fr(fr_inv, fr);
    }

    /**
     * `KSR.tm.t_reset_fr`
     *
     * Restore default timers. Returns: 1.
     */
    export function t_reset_fr(): i32 {
      return __ksr_tm_t_reset_fr();
    }

    /**
     * `KSR.tm.t_check_status`
     *
     * Regex on the reply status (winning branch in failure route). Returns: 1 match; -1 no match or
     * bad regex.
     */
    export function t_check_status(sexp: string): i32 {
      sexp = __ksr.text(sexp);
      return __ksr_tm_t_check_status(changetype<usize>(sexp), sexp.length);
    }

    /**
     * `KSR.tm.t_grep_status`
     *
     * Did any branch receive that code. Returns: 1 ok/yes, -1 fail/no.
     */
    export function t_grep_status(code: i32): i32 {
      return __ksr_tm_t_grep_status(code);
    }

    /**
     * `KSR.tm.t_any_replied`
     *
     * Did any branch answer. Returns: 1 ok/yes, -1 fail/no.
     */
    export function t_any_replied(): i32 {
      return __ksr_tm_t_any_replied();
    }

    /**
     * `KSR.tm.t_any_timeout`
     *
     * Did any branch time out. Returns: 1 ok/yes, -1 fail/no.
     */
    export function t_any_timeout(): i32 {
      return __ksr_tm_t_any_timeout();
    }

    /**
     * `KSR.tm.t_branch_replied`
     *
     * Did the current branch answer (failure routes). Returns: 1 ok/yes, -1 fail/no.
     */
    export function t_branch_replied(): i32 {
      return __ksr_tm_t_branch_replied();
    }

    /**
     * `KSR.tm.t_branch_timeout`
     *
     * Did the current branch time out (failure routes only). Returns: 1 ok/yes, -1 fail/no.
     */
    export function t_branch_timeout(): i32 {
      return __ksr_tm_t_branch_timeout();
    }

    /**
     * `KSR.tm.t_relay_to_proto_addr`
     *
     * Relay forcing transport, host, port. Returns: as t_relay.
     */
    export function t_relay_to_proto_addr(sproto: string, host: string, port: i32): i32 {
      sproto = __ksr.text(sproto);
      host = __ksr.text(host);
      return __ksr_tm_t_relay_to_proto_addr(changetype<usize>(sproto), sproto.length, changetype<usize>(host), host.length, port);
    }

    /**
     * `KSR.tm.t_get_status_code`
     *
     * Current status of the transaction for the route type. Returns: the code, -1 when none.
     */
    export function t_get_status_code(): i32 {
      return __ksr_tm_t_get_status_code();
    }

    /**
     * `KSR.tm.t_get_branch_index`
     *
     * Branch index for the route type. Returns: index >=0, -1 error.
     */
    export function t_get_branch_index(): i32 {
      return __ksr_tm_t_get_branch_index();
    }

    /**
     * `KSR.tm.t_exists`
     *
     * Transaction lookup without touching state. Returns: 1 ok/yes, -1 fail/no.
     */
    export function t_exists(): i32 {
      return __ksr_tm_t_exists();
    }

    /**
     * `KSR.tm.t_uac_send`
     *
     * Send a request of the script's own in a transaction of its own: method, request URI, next hop
     * (empty: the request URI), sending socket as proto:ip:port (empty: any that fits), header lines,
     * body. From, To, Call-ID and CSeq are made up where the lines have none; a body needs a
     * Content-Type. Replies are not waited for; where an address does not answer the next one is tried.
     * A 2xx to an INVITE is acknowledged by itself (t_set_no_auto_ack). Returns: 1 ok (also where
     * tm:local-request dropped it), -1 fail.
     */
    export function t_uac_send(method: string, ruri: string, nexthop: string, ssock: string, hdrs: string, body: string): i32 {
      method = __ksr.text(method);
      ruri = __ksr.text(ruri);
      nexthop = __ksr.text(nexthop);
      ssock = __ksr.text(ssock);
      hdrs = __ksr.text(hdrs);
      body = __ksr.text(body);
      return __ksr_tm_t_uac_send(changetype<usize>(method), method.length, changetype<usize>(ruri), ruri.length, changetype<usize>(nexthop), nexthop.length, changetype<usize>(ssock), ssock.length, changetype<usize>(hdrs), hdrs.length, changetype<usize>(body), body.length);
    }

    /**
     * `KSR.tm.t_relay_to_proxy`
     *
     * Relay to `proto:host:port` (proto and port may be missing) whatever $ru and $du say. Returns: as
     * t_relay.
     */
    export function t_relay_to_proxy(sproxy: string): i32 {
      sproxy = __ksr.text(sproxy);
      return __ksr_tm_t_relay_to_proxy(changetype<usize>(sproxy), sproxy.length);
    }

    /**
     * `KSR.tm.t_relay_to_flags`
     *
     * Relay with flags: 1 no automatic 100, 2 no reply of our own on errors, 4 no failover to further
     * addresses of a name. Returns: as t_relay.
     */
    export function t_relay_to_flags(rflags: i32): i32 {
      return __ksr_tm_t_relay_to_flags(rflags);
    }

    /**
     * `KSR.tm.t_relay_to_proxy_flags`
     *
     * t_relay_to_proxy with the flags of t_relay_to_flags. Returns: as t_relay.
     */
    export function t_relay_to_proxy_flags(sproxy: string, rflags: i32): i32 {
      sproxy = __ksr.text(sproxy);
      return __ksr_tm_t_relay_to_proxy_flags(changetype<usize>(sproxy), sproxy.length, rflags);
    }

    /**
     * `KSR.tm.t_relay_to_proto`
     *
     * Relay to the usual next hop over this transport: udp, tcp, tls. Returns: as t_relay; -1 for
     * another transport.
     */
    export function t_relay_to_proto(sproto: string): i32 {
      sproto = __ksr.text(sproto);
      return __ksr_tm_t_relay_to_proto(changetype<usize>(sproto), sproto.length);
    }

    /**
     * `KSR.tm.t_replicate`
     *
     * Send a copy of the request to a URI; its replies do not go to the caller, who hears what the
     * script replies. Returns: as t_relay.
     */
    export function t_replicate(suri: string): i32 {
      suri = __ksr.text(suri);
      return __ksr_tm_t_replicate(changetype<usize>(suri), suri.length);
    }

    /**
     * `KSR.tm.t_reply_error`
     *
     * Reply through the transaction with the code of the last error of t_relay, 500 where there was
     * none. Returns: 1 ok; -1 no transaction or failed; -2 message marked no-reply.
     */
    export function t_reply_error(): i32 {
      return __ksr_tm_t_reply_error();
    }

    /**
     * `KSR.tm.t_lookup_cancel_flags`
     *
     * Does a CANCEL match an INVITE transaction; flags other than 0 copy the message flags of the
     * INVITE into this run. Returns: 1 yes, -1 no.
     */
    export function t_lookup_cancel_flags(flags: i32): i32 {
      return __ksr_tm_t_lookup_cancel_flags(flags);
    }

    /**
     * `KSR.tm.t_set_max_lifetime`
     *
     * The longest life of the transaction until its decision, in ms from its creation: of an INVITE,
     * of others; 0 keeps the value. Branches without a final reply time out then, and none is added
     * later. Returns: 1 ok, -1 negative.
     */
    export function t_set_max_lifetime(t1: i32, t2: i32): i32 {
      return __ksr_tm_t_set_max_lifetime(t1, t2);
    }

    /**
     * `KSR.tm.t_reset_max_lifetime`
     *
     * Back to max_inv_lifetime and max_noninv_lifetime. Returns: 1.
     */
    export function t_reset_max_lifetime(): i32 {
      return __ksr_tm_t_reset_max_lifetime();
    }

    /**
     * `KSR.tm.t_set_retr`
     *
     * Retransmissions of the branches to come: first and longest interval in ms; 0 keeps the value.
     * Returns: 1 ok, -1 negative.
     */
    export function t_set_retr(t1: i32, t2: i32): i32 {
      return __ksr_tm_t_set_retr(t1, t2);
    }

    /**
     * `KSR.tm.t_reset_retr`
     *
     * Back to retr_timer1 and retr_timer2. Returns: 1.
     */
    export function t_reset_retr(): i32 {
      return __ksr_tm_t_reset_retr();
    }

    /**
     * `KSR.tm.t_load_contacts`
     *
     * Move request URI and branches into contacts_avp, ordered by q, for t_next_contacts; a single
     * destination stays where it is. Returns: 1; -1 without contacts_avp or where they do not fit.
     */
    export function t_load_contacts(): i32 {
      return __ksr_tm_t_load_contacts();
    }

    /**
     * `KSR.tm.ki_t_load_contacts_mode`
     *
     * t_load_contacts with mode 0, in the order of q, or 1, at random with the chances that the q
     * values give. Returns: 1; -1 as t_load_contacts, or another mode.
     */
    export function ki_t_load_contacts_mode(mode: i32): i32 {
      return __ksr_tm_ki_t_load_contacts_mode(mode);
    }

    /**
     * `KSR.tm.t_next_contacts`
     *
     * Take the contacts of the best q out of contacts_avp: the first becomes the request URI, the
     * others branches. Of several flows to one instance the further ones go into contact_flows_avp.
     * Returns: 1 ok; -1 disabled; -2 none left; -3 what is stored is no contact.
     */
    export function t_next_contacts(): i32 {
      return __ksr_tm_t_next_contacts();
    }

    /**
     * `KSR.tm.t_next_contact_flow`
     *
     * Take the next flow to the instance of the branch that failed out of contact_flows_avp, as one more
     * branch. Returns: 1 ok; -1 disabled; -2 none left.
     */
    export function t_next_contact_flow(): i32 {
      return __ksr_tm_t_next_contact_flow();
    }

    /**
     * `KSR.tm.t_drop_replies`
     *
     * In a failure callback: forget negative replies, so that they cannot win. By the first letter: n
     * none, l those of the branches added last, else all. Returns: 1.
     */
    export function t_drop_replies(mode: string): i32 {
      mode = __ksr.text(mode);
      return __ksr_tm_t_drop_replies(changetype<usize>(mode), mode.length);
    }

    /**
     * `KSR.tm.t_drop_replies_all`
     *
     * t_drop_replies with all. Returns: 1.
     */
    export function t_drop_replies_all(): i32 {
      return __ksr_tm_t_drop_replies_all();
    }

    /**
     * `KSR.tm.t_use_uac_headers`
     *
     * ACK and CANCEL have From and To as they were sent; they always have. Returns: 1.
     */
    export function t_use_uac_headers(): i32 {
      return __ksr_tm_t_use_uac_headers();
    }

    /**
     * `KSR.tm.t_save_lumps`
     *
     * Keep the changes made so far for the branches that a failure callback adds; what is changed
     * between this and t_relay is not kept. Returns: 1 ok; -1 no transaction or no request route.
     */
    export function t_save_lumps(): i32 {
      return __ksr_tm_t_save_lumps();
    }

    /**
     * `KSR.tm.t_clean`
     *
     * End what is due to end now. Returns: 1.
     */
    export function t_clean(): i32 {
      return __ksr_tm_t_clean();
    }

    /**
     * `KSR.tm.t_is_expired`
     *
     * Has the transaction outlived its longest life (t_set_max_lifetime). Returns: 1 yes; -1 no.
     */
    export function t_is_expired(): i32 {
      return __ksr_tm_t_is_expired();
    }

    /**
     * `KSR.tm.t_is_retr_async_reply`
     *
     * Is this reply a retransmission while its transaction is suspended. Returns: 1 yes; -1 no.
     */
    export function t_is_retr_async_reply(): i32 {
      return __ksr_tm_t_is_retr_async_reply();
    }

    /**
     * `KSR.tm.t_set_auto_inv_100`
     *
     * 1: t_relay answers an INVITE with 100; 0: the script does. Returns: 1.
     */
    export function t_set_auto_inv_100(state: i32): i32 {
      return __ksr_tm_t_set_auto_inv100(state);
    }

    /**
     * `KSR.tm.t_set_disable_6xx`
     *
     * 1: a 6xx is a negative reply like others: it neither cancels nor wins. Returns: 1.
     */
    export function t_set_disable_6xx(state: i32): i32 {
      return __ksr_tm_t_set_disable6xx(state);
    }

    /**
     * `KSR.tm.t_set_disable_failover`
     *
     * 1: no further address of a name is tried. Returns: 1.
     */
    export function t_set_disable_failover(state: i32): i32 {
      return __ksr_tm_t_set_disable_failover(state);
    }

    /**
     * `KSR.tm.t_set_no_e2e_cancel_reason`
     *
     * 1: the Reason of the caller's CANCEL does not go on to the branches. Returns: 1.
     */
    export function t_set_no_e2e_cancel_reason(state: i32): i32 {
      return __ksr_tm_t_set_no_e2e_cancel_reason(state);
    }

    /**
     * `KSR.tm.t_set_disable_internal_reply`
     *
     * 1: t_relay does not answer where it fails; it returns -4. Returns: 1.
     */
    export function t_set_disable_internal_reply(state: i32): i32 {
      return __ksr_tm_t_set_disable_internal_reply(state);
    }

    /**
     * `KSR.tm.t_set_no_auto_ack`
     *
     * 1: no ACK by itself to a 2xx of an INVITE of our own (t_uac_send): t_uac_ack_local sends it. For
     * requests sent in this run from now on or, in tm:local-request, for that request. Negative replies
     * are acknowledged in any case. Returns: 1.
     */
    export function t_set_no_auto_ack(state: i32): i32 {
      return __ksr_tm_t_set_no_auto_ack(state);
    }

  }

  /**
   * More of transactions: which route runs, cancelling branches.
   */
  export namespace tmx {
    /**
     * `KSR.tmx.t_precheck_trans`
     *
     * Is another worker handling the same request now. Returns: 1 yes (stop); -1 no, ACK/CANCEL, or
     * error.
     */
    export function t_precheck_trans(): i32 {
      return __ksr_tmx_t_precheck_trans();
    }

    /**
     * `KSR.tmx.t_is_request_route`
     *
     * Route type test. Returns: 1 ok/yes, -1 fail/no.
     */
    export function t_is_request_route(): i32 {
      return __ksr_tmx_t_is_request_route();
    }

    /**
     * `KSR.tmx.t_is_reply_route`
     *
     * Route type test. Returns: 1 ok/yes, -1 fail/no.
     */
    export function t_is_reply_route(): i32 {
      return __ksr_tmx_t_is_reply_route();
    }

    /**
     * `KSR.tmx.t_is_failure_route`
     *
     * Route type test. Returns: 1 ok/yes, -1 fail/no.
     */
    export function t_is_failure_route(): i32 {
      return __ksr_tmx_t_is_failure_route();
    }

    /**
     * `KSR.tmx.t_is_branch_route`
     *
     * Route type test. Returns: 1 ok/yes, -1 fail/no.
     */
    export function t_is_branch_route(): i32 {
      return __ksr_tmx_t_is_branch_route();
    }

    /**
     * `KSR.tmx.t_cancel_branches`
     *
     * All, others, this (first letter). Returns: 1; -1 nothing to cancel or not INVITE.
     */
    export function t_cancel_branches(mode: string): i32 {
      mode = __ksr.text(mode);
      return __ksr_tmx_t_cancel_branches(changetype<usize>(mode), mode.length);
    }

    /**
     * `KSR.tmx.t_suspend`
     *
     * Suspend: the transaction, made where there is none, waits for t_continue after this callback.
     * Its name is $T(id_index) and $T(id_label). Without t_continue it fails with 408 after fr_timer.
     * Returns: 1 ok, -1 fail.
     */
    export function t_suspend(): i32 {
      return __ksr_tmx_t_suspend();
    }

    /**
     * `KSR.tmx.t_continue`
     *
     * Resume a suspended transaction: the callback runs soon, with the state that was left, on the
     * worker that owns the transaction. Returns: 1 ok (or handed to another worker); -1 none is
     * suspended by that name, or no such callback.
     */
    export function t_continue(tindex: i32, tlabel: i32, cbname: string): i32 {
      cbname = __ksr.text(cbname);
      return __ksr_tmx_t_continue(tindex, tlabel, changetype<usize>(cbname), cbname.length);
    }

    /**
     * `KSR.tmx.t_flush_flags`
     *
     * Copy message flags into the transaction. Returns: 1 ok, -1 no transaction.
     */
    export function t_flush_flags(): i32 {
      return __ksr_tmx_t_flush_flags();
    }

    /**
     * `KSR.tmx.t_flush_xflags`
     *
     * Copy extended flags (corex.setxflag) into the transaction. Returns: 1 ok, -1 no transaction.
     */
    export function t_flush_xflags(): i32 {
      return __ksr_tmx_t_flush_xflags();
    }

    /**
     * `KSR.tmx.t_reuse_branch`
     *
     * In a failure callback: request URI, destination, path, flags and socket as those of the branch
     * that failed. Returns: 1 ok, -1 fail.
     */
    export function t_reuse_branch(): i32 {
      return __ksr_tmx_t_reuse_branch();
    }

    /**
     * `KSR.tmx.t_cancel_callid`
     *
     * Cancel the INVITE with this Call-ID and CSeq number, and set a flag of its transaction (-1:
     * none). Returns: 1 ok (or handed to another worker), -1 none.
     */
    export function t_cancel_callid(callid_s: string, cseq_s: string, fl: i32): i32 {
      callid_s = __ksr.text(callid_s);
      cseq_s = __ksr.text(cseq_s);
      return __ksr_tmx_t_cancel_callid(changetype<usize>(callid_s), callid_s.length, changetype<usize>(cseq_s), cseq_s.length, fl);
    }

    /**
     * `KSR.tmx.t_cancel_callid_reason`
     *
     * t_cancel_callid; the CANCELs say `Reason: SIP;cause=rcode`. Returns: 1 ok, -1 none or no such
     * code.
     */
    export function t_cancel_callid_reason(callid_s: string, cseq_s: string, fl: i32, rcode: i32): i32 {
      callid_s = __ksr.text(callid_s);
      cseq_s = __ksr.text(cseq_s);
      return __ksr_tmx_t_cancel_callid_reason(changetype<usize>(callid_s), callid_s.length, changetype<usize>(cseq_s), cseq_s.length, fl, rcode);
    }

    /**
     * `KSR.tmx.t_uac_ack_local`
     *
     * Acknowledge the 2xx of an INVITE that t_uac_send sent with t_set_no_auto_ack(1), by its Call-ID and
     * CSeq number, with further header lines and a body (which needs a Content-Type). Copies of the 2xx get
     * the same ACK. Returns: 0 sent (or handed to another worker); -1 no such INVITE, or the ACK cannot be
     * sent; -2 nothing to acknowledge: no 2xx yet, acknowledged, or by itself.
     */
    export function t_uac_ack_local(callid_s: string, cseq_s: string, hdrs: string, body: string): i32 {
      callid_s = __ksr.text(callid_s);
      cseq_s = __ksr.text(cseq_s);
      hdrs = __ksr.text(hdrs);
      body = __ksr.text(body);
      return __ksr_tmx_t_uac_ack_local(changetype<usize>(callid_s), callid_s.length, changetype<usize>(cseq_s), cseq_s.length, changetype<usize>(hdrs), hdrs.length, changetype<usize>(body), body.length);
    }

    /**
     * `KSR.tmx.t_reply_callid`
     *
     * Reply to the transaction with this Call-ID and CSeq number. Returns: 1 ok (or handed to another
     * worker), -1 fail.
     */
    export function t_reply_callid(callid_s: string, cseq_s: string, code: i32, status_s: string): i32 {
      callid_s = __ksr.text(callid_s);
      cseq_s = __ksr.text(cseq_s);
      status_s = __ksr.text(status_s);
      return __ksr_tmx_t_reply_callid(changetype<usize>(callid_s), callid_s.length, changetype<usize>(cseq_s), cseq_s.length, code, changetype<usize>(status_s), status_s.length);
    }

    /**
     * `KSR.tmx.t_drop`
     *
     * End the transaction without a reply, its status is 500; branches are cancelled. Returns: 0 done;
     * -1 no transaction.
     */
    export function t_drop(): i32 {
      return __ksr_tmx_t_drop();
    }

    /**
     * `KSR.tmx.t_drop_rcode`
     *
     * t_drop with another status. Returns: 0 done; -1 no transaction or no final status.
     */
    export function t_drop_rcode(rcode: i32): i32 {
      return __ksr_tmx_t_drop_rcode(rcode);
    }

  }

  /**
   * Log lines with pseudo-variables in them.
   */
  export namespace xlog {
    /**
     * `KSR.xlog.xdbg`
     *
     * Log a text, its pseudo-variables replaced by their values, at level debug. Returns: 1 logged, or the
     * level is off; -1 a variable in the text is unknown, or the outcome too long.
     */
    export function xdbg(lmsg: string): i32 {
      lmsg = __ksr.text(lmsg);
      return __ksr_xlog_xdbg(changetype<usize>(lmsg), lmsg.length);
    }

    /**
     * `KSR.xlog.xinfo`
     *
     * Log a text, its pseudo-variables replaced by their values, at level info. Returns: 1 logged, or the
     * level is off; -1 a variable in the text is unknown, or the outcome too long.
     */
    export function xinfo(lmsg: string): i32 {
      lmsg = __ksr.text(lmsg);
      return __ksr_xlog_xinfo(changetype<usize>(lmsg), lmsg.length);
    }

    /**
     * `KSR.xlog.xnotice`
     *
     * Log a text, its pseudo-variables replaced by their values, at level notice. Returns: 1 logged, or
     * the level is off; -1 a variable in the text is unknown, or the outcome too long.
     */
    export function xnotice(lmsg: string): i32 {
      lmsg = __ksr.text(lmsg);
      return __ksr_xlog_xnotice(changetype<usize>(lmsg), lmsg.length);
    }

    /**
     * `KSR.xlog.xwarn`
     *
     * Log a text, its pseudo-variables replaced by their values, at level warning. Returns: 1 logged, or
     * the level is off; -1 a variable in the text is unknown, or the outcome too long.
     */
    export function xwarn(lmsg: string): i32 {
      lmsg = __ksr.text(lmsg);
      return __ksr_xlog_xwarn(changetype<usize>(lmsg), lmsg.length);
    }

    /**
     * `KSR.xlog.xerr`
     *
     * Log a text, its pseudo-variables replaced by their values, at level error. Returns: 1 logged, or the
     * level is off; -1 a variable in the text is unknown, or the outcome too long.
     */
    export function xerr(lmsg: string): i32 {
      lmsg = __ksr.text(lmsg);
      return __ksr_xlog_xerr(changetype<usize>(lmsg), lmsg.length);
    }

    /**
     * `KSR.xlog.xalert`
     *
     * Log a text, its pseudo-variables replaced by their values, at level alert (logged as critical).
     * Returns: 1 logged, or the level is off; -1 a variable in the text is unknown, or the outcome too
     * long.
     */
    export function xalert(lmsg: string): i32 {
      lmsg = __ksr.text(lmsg);
      return __ksr_xlog_xalert(changetype<usize>(lmsg), lmsg.length);
    }

    /**
     * `KSR.xlog.xcrit`
     *
     * Log a text, its pseudo-variables replaced by their values, at level critical. Returns: 1 logged, or
     * the level is off; -1 a variable in the text is unknown, or the outcome too long.
     */
    export function xcrit(lmsg: string): i32 {
      lmsg = __ksr.text(lmsg);
      return __ksr_xlog_xcrit(changetype<usize>(lmsg), lmsg.length);
    }

    /**
     * `KSR.xlog.xlog`
     *
     * (level, text): the level is l_dbg, l_info, l_notice, l_warn, l_err, l_crit or l_alert in any case,
     * another one is l_err. Otherwise as xerr.
     */
    export function xlog(slevel: string, lmsg: string): i32 {
      slevel = __ksr.text(slevel);
      lmsg = __ksr.text(lmsg);
      return __ksr_xlog_xlog(changetype<usize>(slevel), slevel.length, changetype<usize>(lmsg), lmsg.length);
    }

    /**
     * `KSR.xlog.xlog_facility`
     *
     * (facility, level, text): as xlog; there are no facilities, the first parameter has no effect.
     */
    export function xlog_facility(lfacility: string, slevel: string, lmsg: string): i32 {
      lfacility = __ksr.text(lfacility);
      slevel = __ksr.text(slevel);
      lmsg = __ksr.text(lmsg);
      return __ksr_xlog_xlog_facility(changetype<usize>(lfacility), lfacility.length, changetype<usize>(slevel), slevel.length, changetype<usize>(lmsg), lmsg.length);
    }

  }

  /** Leaving a callback. */
  export namespace x {
    /**
     * `KSR.x.exit`
     *
     * Ends the callback, from any depth.
     */
    export function exit(): void {
      __ksr.exit();
    }

    /**
     * `KSR.x.drop`
     *
     * Drops the message where the kind of callback allows it, and ends the callback.
     */
    export function drop(): void {
      __ksr_core_set_drop();
      __ksr.exit();
    }
  }
}

// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "dbg")
declare function __ksr_core_dbg(txt: usize, txt_len: i32): void;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "err")
declare function __ksr_core_err(txt: usize, txt_len: i32): void;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "info")
declare function __ksr_core_info(txt: usize, txt_len: i32): void;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "warn")
declare function __ksr_core_warn(txt: usize, txt_len: i32): void;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "notice")
declare function __ksr_core_notice(txt: usize, txt_len: i32): void;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "crit")
declare function __ksr_core_crit(txt: usize, txt_len: i32): void;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "log")
declare function __ksr_core_log(level: usize, level_len: i32, txt: usize, txt_len: i32): void;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "set-drop")
declare function __ksr_core_set_drop(): void;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-myself")
declare function __ksr_core_is_myself(uri: usize, uri_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-myself-ruri")
declare function __ksr_core_is_myself_ruri(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-myself-duri")
declare function __ksr_core_is_myself_duri(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-myself-nhuri")
declare function __ksr_core_is_myself_nhuri(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-myself-furi")
declare function __ksr_core_is_myself_furi(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-myself-turi")
declare function __ksr_core_is_myself_turi(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-myself-suri")
declare function __ksr_core_is_myself_suri(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-myself-srcip")
declare function __ksr_core_is_myself_srcip(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "setflag")
declare function __ksr_core_setflag(flag: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "resetflag")
declare function __ksr_core_resetflag(flag: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "isflagset")
declare function __ksr_core_isflagset(flag: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "setbflag")
declare function __ksr_core_setbflag(flag: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "resetbflag")
declare function __ksr_core_resetbflag(flag: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "isbflagset")
declare function __ksr_core_isbflagset(flag: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "setbiflag")
declare function __ksr_core_setbiflag(flag: i32, branch: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "resetbiflag")
declare function __ksr_core_resetbiflag(flag: i32, branch: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "isbiflagset")
declare function __ksr_core_isbiflagset(flag: i32, branch: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "setsflag")
declare function __ksr_core_setsflag(flag: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "resetsflag")
declare function __ksr_core_resetsflag(flag: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "issflagset")
declare function __ksr_core_issflagset(flag: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "seturi")
declare function __ksr_core_seturi(uri: usize, uri_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "setuser")
declare function __ksr_core_setuser(user: usize, user_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "sethost")
declare function __ksr_core_sethost(host: usize, host_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "setdsturi")
declare function __ksr_core_setdsturi(uri: usize, uri_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "resetdsturi")
declare function __ksr_core_resetdsturi(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "isdsturiset")
declare function __ksr_core_isdsturiset(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "force-rport")
declare function __ksr_core_force_rport(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "add-local-rport")
declare function __ksr_core_add_local_rport(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-method")
declare function __ksr_core_is_method(vmethod: usize, vmethod_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-method-in")
declare function __ksr_core_is_method_in(vmethod: usize, vmethod_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "forward")
declare function __ksr_core_forward(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "forward-uri")
declare function __ksr_core_forward_uri(vuri: usize, vuri_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "set-reply-no-connect")
declare function __ksr_core_set_reply_no_connect(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-invite")
declare function __ksr_core_is_invite(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-ack")
declare function __ksr_core_is_ack(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-bye")
declare function __ksr_core_is_bye(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-cancel")
declare function __ksr_core_is_cancel(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-register")
declare function __ksr_core_is_register(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-options")
declare function __ksr_core_is_options(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-subscribe")
declare function __ksr_core_is_subscribe(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-publish")
declare function __ksr_core_is_publish(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-notify")
declare function __ksr_core_is_notify(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-refer")
declare function __ksr_core_is_refer(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-info")
declare function __ksr_core_is_info(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-update")
declare function __ksr_core_is_update(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-prack")
declare function __ksr_core_is_prack(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-message")
declare function __ksr_core_is_message(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-udp")
declare function __ksr_core_is_udp(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-tcp")
declare function __ksr_core_is_tcp(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-tcpx")
declare function __ksr_core_is_tcpx(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-tls")
declare function __ksr_core_is_tls(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-ws")
declare function __ksr_core_is_ws(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-wss")
declare function __ksr_core_is_wss(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-wsx")
declare function __ksr_core_is_wsx(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-sctp")
declare function __ksr_core_is_sctp(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-proto")
declare function __ksr_core_is_proto(sproto: usize, sproto_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-ipv4")
declare function __ksr_core_is_ipv4(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-ipv6")
declare function __ksr_core_is_ipv6(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "to-udp")
declare function __ksr_core_to_udp(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "to-tcp")
declare function __ksr_core_to_tcp(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "to-tls")
declare function __ksr_core_to_tls(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "to-sctp")
declare function __ksr_core_to_sctp(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "to-ws")
declare function __ksr_core_to_ws(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "to-wss")
declare function __ksr_core_to_wss(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "to-wsx")
declare function __ksr_core_to_wsx(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "to-ipv4")
declare function __ksr_core_to_ipv4(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "to-ipv6")
declare function __ksr_core_to_ipv6(): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-src-port")
declare function __ksr_core_is_src_port(vport: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/core@0.1.0", "is-dst-port")
declare function __ksr_core_is_dst_port(vport: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/auth@0.1.0", "consume-credentials")
declare function __ksr_auth_consume_credentials(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/auth@0.1.0", "auth-challenge")
declare function __ksr_auth_auth_challenge(realm: usize, realm_len: i32, flags: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/auth@0.1.0", "www-challenge")
declare function __ksr_auth_www_challenge(realm: usize, realm_len: i32, flags: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/auth@0.1.0", "proxy-challenge")
declare function __ksr_auth_proxy_challenge(realm: usize, realm_len: i32, flags: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/auth@0.1.0", "pv-auth-check")
declare function __ksr_auth_pv_auth_check(srealm: usize, srealm_len: i32, spasswd: usize, spasswd_len: i32, vflags: i32, vchecks: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/auth@0.1.0", "pv-proxy-authenticate")
declare function __ksr_auth_pv_proxy_authenticate(realm: usize, realm_len: i32, passwd: usize, passwd_len: i32, flags: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/auth@0.1.0", "pv-www-authenticate")
declare function __ksr_auth_pv_www_authenticate(realm: usize, realm_len: i32, passwd: usize, passwd_len: i32, flags: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/auth@0.1.0", "has-credentials")
declare function __ksr_auth_has_credentials(srealm: usize, srealm_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/auth-db@0.1.0", "auth-check")
declare function __ksr_auth_db_auth_check(srealm: usize, srealm_len: i32, stable: usize, stable_len: i32, iflags: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/auth-db@0.1.0", "is-subscriber")
declare function __ksr_auth_db_is_subscriber(suri: usize, suri_len: i32, stable: usize, stable_len: i32, iflags: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/auth-db@0.1.0", "www-authenticate")
declare function __ksr_auth_db_www_authenticate(realm: usize, realm_len: i32, table: usize, table_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/corex@0.1.0", "append-branch")
declare function __ksr_corex_append_branch(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/corex@0.1.0", "append-branch-uri")
declare function __ksr_corex_append_branch_uri(uri: usize, uri_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/corex@0.1.0", "append-branch-uri-q")
declare function __ksr_corex_append_branch_uri_q(uri: usize, uri_len: i32, q: usize, q_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/corex@0.1.0", "setxflag")
declare function __ksr_corex_setxflag(fval: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/corex@0.1.0", "resetxflag")
declare function __ksr_corex_resetxflag(fval: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/corex@0.1.0", "isxflagset")
declare function __ksr_corex_isxflagset(fval: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/corex@0.1.0", "has-ruri-user")
declare function __ksr_corex_has_ruri_user(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/corex@0.1.0", "has-user-agent")
declare function __ksr_corex_has_user_agent(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "append")
declare function __ksr_hdr_append(txt: usize, txt_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "append-after")
declare function __ksr_hdr_append_after(txt: usize, txt_len: i32, hname: usize, hname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "insert")
declare function __ksr_hdr_insert(txt: usize, txt_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "insert-before")
declare function __ksr_hdr_insert_before(txt: usize, txt_len: i32, hname: usize, hname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "remove")
declare function __ksr_hdr_remove(hname: usize, hname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "rmappend")
declare function __ksr_hdr_rmappend(hrm: usize, hrm_len: i32, hadd: usize, hadd_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "rminsert")
declare function __ksr_hdr_rminsert(hrm: usize, hrm_len: i32, hadd: usize, hadd_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "is-present")
declare function __ksr_hdr_is_present(hname: usize, hname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "append-to-reply")
declare function __ksr_hdr_append_to_reply(txt: usize, txt_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "get")
declare function __ksr_hdr_get(hname: usize, hname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "gete")
declare function __ksr_hdr_gete(hname: usize, hname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "getw")
declare function __ksr_hdr_getw(hname: usize, hname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "get-idx")
declare function __ksr_hdr_get_idx(hname: usize, hname_len: i32, idx: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "gete-idx")
declare function __ksr_hdr_gete_idx(hname: usize, hname_len: i32, idx: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "getw-idx")
declare function __ksr_hdr_getw_idx(hname: usize, hname_len: i32, idx: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/hdr@0.1.0", "match-content")
declare function __ksr_hdr_match_content(hname: usize, hname_len: i32, op: usize, op_len: i32, mval: usize, mval_len: i32, hidx: usize, hidx_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-reset")
declare function __ksr_htable_sht_reset(hname: usize, hname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-rm")
declare function __ksr_htable_sht_rm(hname: usize, hname_len: i32, iname: usize, iname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-rm-name-re")
declare function __ksr_htable_sht_rm_name_re(htname: usize, htname_len: i32, rexp: usize, rexp_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-rm-value-re")
declare function __ksr_htable_sht_rm_value_re(htname: usize, htname_len: i32, rexp: usize, rexp_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-rm-name")
declare function __ksr_htable_sht_rm_name(sname: usize, sname_len: i32, sop: usize, sop_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-rm-value")
declare function __ksr_htable_sht_rm_value(sname: usize, sname_len: i32, sop: usize, sop_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-match-name")
declare function __ksr_htable_sht_match_name(sname: usize, sname_len: i32, sop: usize, sop_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-match-str-value")
declare function __ksr_htable_sht_match_str_value(sname: usize, sname_len: i32, sop: usize, sop_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-get")
declare function __ksr_htable_sht_get(htname: usize, htname_len: i32, itname: usize, itname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-gete")
declare function __ksr_htable_sht_gete(htname: usize, htname_len: i32, itname: usize, itname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-getw")
declare function __ksr_htable_sht_getw(htname: usize, htname_len: i32, itname: usize, itname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-sets")
declare function __ksr_htable_sht_sets(htname: usize, htname_len: i32, itname: usize, itname_len: i32, itval: usize, itval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-seti")
declare function __ksr_htable_sht_seti(htname: usize, htname_len: i32, itname: usize, itname_len: i32, itval: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-setex")
declare function __ksr_htable_sht_setex(htname: usize, htname_len: i32, itname: usize, itname_len: i32, itval: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-setxi")
declare function __ksr_htable_sht_setxi(htname: usize, htname_len: i32, itname: usize, itname_len: i32, itval: i32, exval: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-setxs")
declare function __ksr_htable_sht_setxs(htname: usize, htname_len: i32, itname: usize, itname_len: i32, itval: usize, itval_len: i32, exval: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-is-null")
declare function __ksr_htable_sht_is_null(htname: usize, htname_len: i32, itname: usize, itname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-inc")
declare function __ksr_htable_sht_inc(htname: usize, htname_len: i32, itname: usize, itname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-dec")
declare function __ksr_htable_sht_dec(htname: usize, htname_len: i32, itname: usize, itname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/htable@0.1.0", "sht-cn")
declare function __ksr_htable_sht_cn(table: usize, table_len: i32, op: usize, op_len: i32, pattern: usize, pattern_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-ruri")
declare function __ksr_kx_get_ruri(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-ruser")
declare function __ksr_kx_get_ruser(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "getw-ruser")
declare function __ksr_kx_getw_ruser(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "gete-ruser")
declare function __ksr_kx_gete_ruser(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-rhost")
declare function __ksr_kx_get_rhost(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "getw-rhost")
declare function __ksr_kx_getw_rhost(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "gete-rhost")
declare function __ksr_kx_gete_rhost(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-ouri")
declare function __ksr_kx_get_ouri(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-furi")
declare function __ksr_kx_get_furi(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-fuser")
declare function __ksr_kx_get_fuser(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "getw-fuser")
declare function __ksr_kx_getw_fuser(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "gete-fuser")
declare function __ksr_kx_gete_fuser(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-fhost")
declare function __ksr_kx_get_fhost(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "getw-fhost")
declare function __ksr_kx_getw_fhost(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "gete-fhost")
declare function __ksr_kx_gete_fhost(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-turi")
declare function __ksr_kx_get_turi(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-tuser")
declare function __ksr_kx_get_tuser(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "gete-tuser")
declare function __ksr_kx_gete_tuser(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "getw-tuser")
declare function __ksr_kx_getw_tuser(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-thost")
declare function __ksr_kx_get_thost(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "gete-thost")
declare function __ksr_kx_gete_thost(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "getw-thost")
declare function __ksr_kx_getw_thost(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-duri")
declare function __ksr_kx_get_duri(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "gete-duri")
declare function __ksr_kx_gete_duri(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "getw-duri")
declare function __ksr_kx_getw_duri(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-cturi")
declare function __ksr_kx_get_cturi(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "gete-cturi")
declare function __ksr_kx_gete_cturi(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "getw-cturi")
declare function __ksr_kx_getw_cturi(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-nhuri")
declare function __ksr_kx_get_nhuri(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-srcuri")
declare function __ksr_kx_get_srcuri(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-srcaddr-sock")
declare function __ksr_kx_get_srcaddr_sock(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-ua")
declare function __ksr_kx_get_ua(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "gete-ua")
declare function __ksr_kx_gete_ua(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "getw-ua")
declare function __ksr_kx_getw_ua(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-srcip")
declare function __ksr_kx_get_srcip(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-srcport")
declare function __ksr_kx_get_srcport(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-send-sock")
declare function __ksr_kx_get_send_sock(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-send-sock-name")
declare function __ksr_kx_get_send_sock_name(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-send-sock-port")
declare function __ksr_kx_get_send_sock_port(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-rcvip")
declare function __ksr_kx_get_rcvip(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-rcv-sock-name")
declare function __ksr_kx_get_rcv_sock_name(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-rcvport")
declare function __ksr_kx_get_rcvport(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-rcvadvip")
declare function __ksr_kx_get_rcvadvip(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-rcvadvport")
declare function __ksr_kx_get_rcvadvport(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-rcvaddr-sock")
declare function __ksr_kx_get_rcvaddr_sock(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-proto")
declare function __ksr_kx_get_proto(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-protoid")
declare function __ksr_kx_get_protoid(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-au")
declare function __ksr_kx_get_au(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "getw-au")
declare function __ksr_kx_getw_au(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "gete-au")
declare function __ksr_kx_gete_au(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-method")
declare function __ksr_kx_get_method(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-status")
declare function __ksr_kx_get_status(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "gets-status")
declare function __ksr_kx_gets_status(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-body")
declare function __ksr_kx_get_body(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "getw-body")
declare function __ksr_kx_getw_body(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "gete-body")
declare function __ksr_kx_gete_body(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-bodylen")
declare function __ksr_kx_get_bodylen(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-timestamp")
declare function __ksr_kx_get_timestamp(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-callid")
declare function __ksr_kx_get_callid(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-conid")
declare function __ksr_kx_get_conid(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-msgbuf")
declare function __ksr_kx_get_msgbuf(area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-msglen")
declare function __ksr_kx_get_msglen(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-msgtype")
declare function __ksr_kx_get_msgtype(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-def")
declare function __ksr_kx_get_def(dname: usize, dname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-defn")
declare function __ksr_kx_get_defn(dname: usize, dname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "ifdef")
declare function __ksr_kx_ifdef(dname: usize, dname_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "ifndef")
declare function __ksr_kx_ifndef(dname: usize, dname_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-env")
declare function __ksr_kx_get_env(envname: usize, envname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/kx@0.1.0", "get-envn")
declare function __ksr_kx_get_envn(envname: usize, envname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/maxfwd@0.1.0", "process-maxfwd")
declare function __ksr_maxfwd_process_maxfwd(limit: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/maxfwd@0.1.0", "is-maxfwd-lt")
declare function __ksr_maxfwd_is_maxfwd_lt(limit: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/nathelper@0.1.0", "nat-uac-test")
declare function __ksr_nathelper_nat_uac_test(tests: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/nathelper@0.1.0", "fix-nated-contact")
declare function __ksr_nathelper_fix_nated_contact(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/nathelper@0.1.0", "fix-nated-register")
declare function __ksr_nathelper_fix_nated_register(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/nathelper@0.1.0", "set-contact-alias")
declare function __ksr_nathelper_set_contact_alias(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/nathelper@0.1.0", "set-contact-alias-trim")
declare function __ksr_nathelper_set_contact_alias_trim(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/nathelper@0.1.0", "handle-ruri-alias")
declare function __ksr_nathelper_handle_ruri_alias(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/nathelper@0.1.0", "handle-ruri-alias-mode")
declare function __ksr_nathelper_handle_ruri_alias_mode(mode: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/nathelper@0.1.0", "is-rfc1918")
declare function __ksr_nathelper_is_rfc1918(address: usize, address_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/nathelper@0.1.0", "add-contact-alias")
declare function __ksr_nathelper_add_contact_alias(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/permissions@0.1.0", "allow-source-address")
declare function __ksr_permissions_allow_source_address(addr_group: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/permissions@0.1.0", "allow-address")
declare function __ksr_permissions_allow_address(addr_group: i32, ips: usize, ips_len: i32, port: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/permissions@0.1.0", "allow-source-address-group")
declare function __ksr_permissions_allow_source_address_group(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/permissions@0.1.0", "allow-address-group")
declare function __ksr_permissions_allow_address_group(addr: usize, addr_len: i32, port: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pike@0.1.0", "pike-check-req")
declare function __ksr_pike_pike_check_req(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pike@0.1.0", "pike-check-ip")
declare function __ksr_pike_pike_check_ip(strip: usize, strip_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pv@0.1.0", "get")
declare function __ksr_pv_get(pvn: usize, pvn_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pv@0.1.0", "getw")
declare function __ksr_pv_getw(pvn: usize, pvn_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pv@0.1.0", "gete")
declare function __ksr_pv_gete(pvn: usize, pvn_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pv@0.1.0", "geti")
declare function __ksr_pv_geti(pvn: usize, pvn_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pv@0.1.0", "getl")
declare function __ksr_pv_getl(pvn: usize, pvn_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pv@0.1.0", "getvn")
declare function __ksr_pv_getvn(pvn: usize, pvn_len: i32, xival: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pv@0.1.0", "getvs")
declare function __ksr_pv_getvs(pvn: usize, pvn_len: i32, xsval: usize, xsval_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pv@0.1.0", "seti")
declare function __ksr_pv_seti(pvn: usize, pvn_len: i32, ival: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/pv@0.1.0", "setl")
declare function __ksr_pv_setl(pvn: usize, pvn_len: i32, xval: i64): bool;
// @ts-ignore: decorator
@external("kemi:ksr/pv@0.1.0", "sets")
declare function __ksr_pv_sets(pvn: usize, pvn_len: i32, sval: usize, sval_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/pv@0.1.0", "unset")
declare function __ksr_pv_unset(pvn: usize, pvn_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/pv@0.1.0", "is-null")
declare function __ksr_pv_is_null(pvn: usize, pvn_len: i32): bool;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "sbranch-set-ruri")
declare function __ksr_pvx_sbranch_set_ruri(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "sbranch-append")
declare function __ksr_pvx_sbranch_append(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "sbranch-reset")
declare function __ksr_pvx_sbranch_reset(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "var-seti")
declare function __ksr_pvx_var_seti(vname: usize, vname_len: i32, ival: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "var-sets")
declare function __ksr_pvx_var_sets(vname: usize, vname_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "var-get")
declare function __ksr_pvx_var_get(vname: usize, vname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "shv-seti")
declare function __ksr_pvx_shv_seti(vname: usize, vname_len: i32, ival: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "shv-sets")
declare function __ksr_pvx_shv_sets(vname: usize, vname_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "shv-get")
declare function __ksr_pvx_shv_get(vname: usize, vname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "shvinc-get")
declare function __ksr_pvx_shvinc_get(vname: usize, vname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "pv-var-to-xavp")
declare function __ksr_pvx_pv_var_to_xavp(varname: usize, varname_len: i32, xname: usize, xname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "pv-xavp-to-var")
declare function __ksr_pvx_pv_xavp_to_var(xname: usize, xname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "pv-xavp-print")
declare function __ksr_pvx_pv_xavp_print(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "pv-xavu-print")
declare function __ksr_pvx_pv_xavu_print(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "pv-xavi-print")
declare function __ksr_pvx_pv_xavi_print(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-params-explode")
declare function __ksr_pvx_xavp_params_explode(sparams: usize, sparams_len: i32, sxname: usize, sxname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-xparams-explode")
declare function __ksr_pvx_xavp_xparams_explode(sparams: usize, sparams_len: i32, sep: usize, sep_len: i32, sxname: usize, sxname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-params-implode")
declare function __ksr_pvx_xavp_params_implode(sxname: usize, sxname_len: i32, svname: usize, svname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-params-implode-qval")
declare function __ksr_pvx_xavp_params_implode_qval(sxname: usize, sxname_len: i32, svname: usize, svname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-params-explode")
declare function __ksr_pvx_xavu_params_explode(sparams: usize, sparams_len: i32, sxname: usize, sxname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-params-implode")
declare function __ksr_pvx_xavu_params_implode(sxname: usize, sxname_len: i32, svname: usize, svname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-slist-explode")
declare function __ksr_pvx_xavp_slist_explode(slist: usize, slist_len: i32, sep: usize, sep_len: i32, mode: usize, mode_len: i32, sxname: usize, sxname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-seti")
declare function __ksr_pvx_xavp_seti(rname: usize, rname_len: i32, ival: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-sets")
declare function __ksr_pvx_xavp_sets(rname: usize, rname_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-get")
declare function __ksr_pvx_xavp_get(rname: usize, rname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-gete")
declare function __ksr_pvx_xavp_gete(rname: usize, rname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-getw")
declare function __ksr_pvx_xavp_getw(rname: usize, rname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-rm")
declare function __ksr_pvx_xavp_rm(rname: usize, rname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-rm-all")
declare function __ksr_pvx_xavp_rm_all(rname: usize, rname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-is-null")
declare function __ksr_pvx_xavp_is_null(rname: usize, rname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-child-seti")
declare function __ksr_pvx_xavp_child_seti(rname: usize, rname_len: i32, cname: usize, cname_len: i32, ival: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-child-sets")
declare function __ksr_pvx_xavp_child_sets(rname: usize, rname_len: i32, cname: usize, cname_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-child-rm")
declare function __ksr_pvx_xavp_child_rm(rname: usize, rname_len: i32, cname: usize, cname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-child-is-null")
declare function __ksr_pvx_xavp_child_is_null(rname: usize, rname_len: i32, cname: usize, cname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-child-get")
declare function __ksr_pvx_xavp_child_get(rname: usize, rname_len: i32, cname: usize, cname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-child-gete")
declare function __ksr_pvx_xavp_child_gete(rname: usize, rname_len: i32, cname: usize, cname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-child-getw")
declare function __ksr_pvx_xavp_child_getw(rname: usize, rname_len: i32, cname: usize, cname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-seti")
declare function __ksr_pvx_xavu_seti(rname: usize, rname_len: i32, ival: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-sets")
declare function __ksr_pvx_xavu_sets(rname: usize, rname_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-get")
declare function __ksr_pvx_xavu_get(rname: usize, rname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-gete")
declare function __ksr_pvx_xavu_gete(rname: usize, rname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-getw")
declare function __ksr_pvx_xavu_getw(rname: usize, rname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-rm")
declare function __ksr_pvx_xavu_rm(rname: usize, rname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-is-null")
declare function __ksr_pvx_xavu_is_null(rname: usize, rname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-child-seti")
declare function __ksr_pvx_xavu_child_seti(rname: usize, rname_len: i32, cname: usize, cname_len: i32, ival: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-child-sets")
declare function __ksr_pvx_xavu_child_sets(rname: usize, rname_len: i32, cname: usize, cname_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-child-rm")
declare function __ksr_pvx_xavu_child_rm(rname: usize, rname_len: i32, cname: usize, cname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-child-is-null")
declare function __ksr_pvx_xavu_child_is_null(rname: usize, rname_len: i32, cname: usize, cname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-child-get")
declare function __ksr_pvx_xavu_child_get(rname: usize, rname_len: i32, cname: usize, cname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-child-gete")
declare function __ksr_pvx_xavu_child_gete(rname: usize, rname_len: i32, cname: usize, cname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavu-child-getw")
declare function __ksr_pvx_xavu_child_getw(rname: usize, rname_len: i32, cname: usize, cname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-seti")
declare function __ksr_pvx_xavi_seti(rname: usize, rname_len: i32, ival: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-sets")
declare function __ksr_pvx_xavi_sets(rname: usize, rname_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-get")
declare function __ksr_pvx_xavi_get(rname: usize, rname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-gete")
declare function __ksr_pvx_xavi_gete(rname: usize, rname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-getw")
declare function __ksr_pvx_xavi_getw(rname: usize, rname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-rm")
declare function __ksr_pvx_xavi_rm(rname: usize, rname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-rm-all")
declare function __ksr_pvx_xavi_rm_all(rname: usize, rname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-is-null")
declare function __ksr_pvx_xavi_is_null(rname: usize, rname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-child-seti")
declare function __ksr_pvx_xavi_child_seti(rname: usize, rname_len: i32, cname: usize, cname_len: i32, ival: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-child-sets")
declare function __ksr_pvx_xavi_child_sets(rname: usize, rname_len: i32, cname: usize, cname_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-child-rm")
declare function __ksr_pvx_xavi_child_rm(rname: usize, rname_len: i32, cname: usize, cname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-child-is-null")
declare function __ksr_pvx_xavi_child_is_null(rname: usize, rname_len: i32, cname: usize, cname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-child-get")
declare function __ksr_pvx_xavi_child_get(rname: usize, rname_len: i32, cname: usize, cname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-child-gete")
declare function __ksr_pvx_xavi_child_gete(rname: usize, rname_len: i32, cname: usize, cname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavi-child-getw")
declare function __ksr_pvx_xavi_child_getw(rname: usize, rname_len: i32, cname: usize, cname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "evalx")
declare function __ksr_pvx_evalx(dst: usize, dst_len: i32, fmt: usize, fmt_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "avp-seti")
declare function __ksr_pvx_avp_seti(xname: usize, xname_len: i32, vn: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "avp-sets")
declare function __ksr_pvx_avp_sets(xname: usize, xname_len: i32, vs: usize, vs_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "avp-get")
declare function __ksr_pvx_avp_get(xname: usize, xname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "avp-gete")
declare function __ksr_pvx_avp_gete(xname: usize, xname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "avp-getw")
declare function __ksr_pvx_avp_getw(xname: usize, xname_len: i32, area: usize): void;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "avp-rm")
declare function __ksr_pvx_avp_rm(xname: usize, xname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "avp-is-null")
declare function __ksr_pvx_avp_is_null(xname: usize, xname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-copy")
declare function __ksr_pvx_xavp_copy(src_name: usize, src_name_len: i32, src_idx: i32, dst_name: usize, dst_name_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-copy-dst")
declare function __ksr_pvx_xavp_copy_dst(src_name: usize, src_name_len: i32, src_idx: i32, dst_name: usize, dst_name_len: i32, dst_idx: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-lshift")
declare function __ksr_pvx_xavp_lshift(xname: usize, xname_len: i32, idx: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/pvx@0.1.0", "xavp-push-dst")
declare function __ksr_pvx_xavp_push_dst(xname: usize, xname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/registrar@0.1.0", "save")
declare function __ksr_registrar_save(table: usize, table_len: i32, flags: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/registrar@0.1.0", "save-uri")
declare function __ksr_registrar_save_uri(table: usize, table_len: i32, flags: i32, uri: usize, uri_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/registrar@0.1.0", "lookup")
declare function __ksr_registrar_lookup(table: usize, table_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/registrar@0.1.0", "lookup-uri")
declare function __ksr_registrar_lookup_uri(table: usize, table_len: i32, uri: usize, uri_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/registrar@0.1.0", "registered")
declare function __ksr_registrar_registered(table: usize, table_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/registrar@0.1.0", "registered-uri")
declare function __ksr_registrar_registered_uri(dtable: usize, dtable_len: i32, uri: usize, uri_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/registrar@0.1.0", "unregister")
declare function __ksr_registrar_unregister(dtable: usize, dtable_len: i32, uri: usize, uri_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/rr@0.1.0", "record-route")
declare function __ksr_rr_record_route(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/rr@0.1.0", "record-route-params")
declare function __ksr_rr_record_route_params(sparams: usize, sparams_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/rr@0.1.0", "loose-route")
declare function __ksr_rr_loose_route(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/rr@0.1.0", "remove-record-route")
declare function __ksr_rr_remove_record_route(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/rr@0.1.0", "add-rr-param")
declare function __ksr_rr_add_rr_param(sparam: usize, sparam_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/rr@0.1.0", "check-route-param")
declare function __ksr_rr_check_route_param(sre: usize, sre_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/rr@0.1.0", "is-direction")
declare function __ksr_rr_is_direction(dir: usize, dir_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/sanity@0.1.0", "sanity-check")
declare function __ksr_sanity_sanity_check(mflags: i32, uflags: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/sanity@0.1.0", "sanity-check-defaults")
declare function __ksr_sanity_sanity_check_defaults(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/sanity@0.1.0", "sanity-reply")
declare function __ksr_sanity_sanity_reply(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "has-totag")
declare function __ksr_siputils_has_totag(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "is-request")
declare function __ksr_siputils_is_request(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "is-reply")
declare function __ksr_siputils_is_reply(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "is-sip")
declare function __ksr_siputils_is_sip(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "is-first-hop")
declare function __ksr_siputils_is_first_hop(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "is-first-hop-mode")
declare function __ksr_siputils_is_first_hop_mode(mode: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "is-uri")
declare function __ksr_siputils_is_uri(suri: usize, suri_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "is-user")
declare function __ksr_siputils_is_user(suser: usize, suser_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "uri-param")
declare function __ksr_siputils_uri_param(sparam: usize, sparam_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "uri-param-value")
declare function __ksr_siputils_uri_param_value(sparam: usize, sparam_len: i32, svalue: usize, svalue_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "uri-param-any")
declare function __ksr_siputils_uri_param_any(sparam: usize, sparam_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "uri-param-rm")
declare function __ksr_siputils_uri_param_rm(sparam: usize, sparam_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "is-tel-number")
declare function __ksr_siputils_is_tel_number(tval: usize, tval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "is-numeric")
declare function __ksr_siputils_is_numeric(tval: usize, tval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "is-alphanum")
declare function __ksr_siputils_is_alphanum(tval: usize, tval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "is-alphanumex")
declare function __ksr_siputils_is_alphanumex(tval: usize, tval_len: i32, eset: usize, eset_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/siputils@0.1.0", "options-reply")
declare function __ksr_siputils_options_reply(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/sl@0.1.0", "sl-send-reply")
declare function __ksr_sl_sl_send_reply(code: i32, reason: usize, reason_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/sl@0.1.0", "send-reply")
declare function __ksr_sl_send_reply(code: i32, reason: usize, reason_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/sl@0.1.0", "send-reply-mode")
declare function __ksr_sl_send_reply_mode(code: i32, reason: usize, reason_len: i32, mode: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/sl@0.1.0", "sl-reply-error")
declare function __ksr_sl_sl_reply_error(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/sl@0.1.0", "send-reply-error")
declare function __ksr_sl_send_reply_error(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "search")
declare function __ksr_textops_search(sre: usize, sre_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "search-body")
declare function __ksr_textops_search_body(sre: usize, sre_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "search-hf")
declare function __ksr_textops_search_hf(hname: usize, hname_len: i32, sre: usize, sre_len: i32, flags: usize, flags_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "search-append")
declare function __ksr_textops_search_append(ematch: usize, ematch_len: i32, val: usize, val_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "search-append-body")
declare function __ksr_textops_search_append_body(ematch: usize, ematch_len: i32, val: usize, val_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "is-present-hf")
declare function __ksr_textops_is_present_hf(hname: usize, hname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "is-present-hf-re")
declare function __ksr_textops_is_present_hf_re(ematch: usize, ematch_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "subst")
declare function __ksr_textops_subst(subst: usize, subst_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "subst-uri")
declare function __ksr_textops_subst_uri(subst: usize, subst_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "subst-user")
declare function __ksr_textops_subst_user(subst: usize, subst_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "subst-body")
declare function __ksr_textops_subst_body(subst: usize, subst_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "subst-hf")
declare function __ksr_textops_subst_hf(hname: usize, hname_len: i32, subst: usize, subst_len: i32, flags: usize, flags_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "subst-v")
declare function __ksr_textops_subst_v(itext: usize, itext_len: i32, subex: usize, subex_len: i32, opv: usize, opv_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "remove-hf")
declare function __ksr_textops_remove_hf(hname: usize, hname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "remove-hf-re")
declare function __ksr_textops_remove_hf_re(ematch: usize, ematch_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "remove-hf-idx")
declare function __ksr_textops_remove_hf_idx(hname: usize, hname_len: i32, idx: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "remove-hf-exp")
declare function __ksr_textops_remove_hf_exp(ematch: usize, ematch_len: i32, eskip: usize, eskip_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "remove-hf-match")
declare function __ksr_textops_remove_hf_match(hname: usize, hname_len: i32, op: usize, op_len: i32, expr: usize, expr_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "replace")
declare function __ksr_textops_replace(sre: usize, sre_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "replace-str")
declare function __ksr_textops_replace_str(mkey: usize, mkey_len: i32, rval: usize, rval_len: i32, rmode: usize, rmode_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "replace-all")
declare function __ksr_textops_replace_all(sre: usize, sre_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "replace-body")
declare function __ksr_textops_replace_body(sre: usize, sre_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "replace-body-str")
declare function __ksr_textops_replace_body_str(mkey: usize, mkey_len: i32, rval: usize, rval_len: i32, rmode: usize, rmode_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "replace-hdrs")
declare function __ksr_textops_replace_hdrs(sre: usize, sre_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "replace-hdrs-str")
declare function __ksr_textops_replace_hdrs_str(mkey: usize, mkey_len: i32, rval: usize, rval_len: i32, rmode: usize, rmode_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "replace-body-all")
declare function __ksr_textops_replace_body_all(sre: usize, sre_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "replace-body-atonce")
declare function __ksr_textops_replace_body_atonce(sre: usize, sre_len: i32, sval: usize, sval_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "set-body")
declare function __ksr_textops_set_body(nb: usize, nb_len: i32, nc: usize, nc_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "set-body-hex")
declare function __ksr_textops_set_body_hex(htxt: usize, htxt_len: i32, ct: usize, ct_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "set-reply-body")
declare function __ksr_textops_set_reply_body(nb: usize, nb_len: i32, nc: usize, nc_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "set-reply-body-hex")
declare function __ksr_textops_set_reply_body_hex(htxt: usize, htxt_len: i32, ct: usize, ct_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "has-body")
declare function __ksr_textops_has_body(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "has-body-type")
declare function __ksr_textops_has_body_type(ctype: usize, ctype_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "filter-body")
declare function __ksr_textops_filter_body(content_type: usize, content_type_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "is-privacy")
declare function __ksr_textops_is_privacy(privacy: usize, privacy_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "in-list")
declare function __ksr_textops_in_list(subject: usize, subject_len: i32, list: usize, list_len: i32, vsep: usize, vsep_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "in-list-prefix")
declare function __ksr_textops_in_list_prefix(subject: usize, subject_len: i32, list: usize, list_len: i32, vsep: usize, vsep_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "cmp-str")
declare function __ksr_textops_cmp_str(s1: usize, s1_len: i32, s2: usize, s2_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "cmp-istr")
declare function __ksr_textops_cmp_istr(s1: usize, s1_len: i32, s2: usize, s2_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "search-str")
declare function __ksr_textops_search_str(stext: usize, stext_len: i32, sre: usize, sre_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "starts-with")
declare function __ksr_textops_starts_with(s1: usize, s1_len: i32, s2: usize, s2_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "ends-with")
declare function __ksr_textops_ends_with(vstr: usize, vstr_len: i32, vsuffix: usize, vsuffix_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "str-find")
declare function __ksr_textops_str_find(txt: usize, txt_len: i32, needle: usize, needle_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "str-ifind")
declare function __ksr_textops_str_ifind(txt: usize, txt_len: i32, needle: usize, needle_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "str-any-in")
declare function __ksr_textops_str_any_in(txt: usize, txt_len: i32, clist: usize, clist_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "str-all-in")
declare function __ksr_textops_str_all_in(txt: usize, txt_len: i32, clist: usize, clist_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "is-audio-on-hold")
declare function __ksr_textops_is_audio_on_hold(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "set-body-multipart-mode")
declare function __ksr_textops_set_body_multipart_mode(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "set-body-multipart-boundary")
declare function __ksr_textops_set_body_multipart_boundary(boundary: usize, boundary_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "set-body-multipart-content")
declare function __ksr_textops_set_body_multipart_content(nbody: usize, nbody_len: i32, ctype: usize, ctype_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "set-body-multipart")
declare function __ksr_textops_set_body_multipart(nbody: usize, nbody_len: i32, ctype: usize, ctype_len: i32, boundary: usize, boundary_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "append-body-part")
declare function __ksr_textops_append_body_part(txt: usize, txt_len: i32, ct: usize, ct_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "append-body-part-cd")
declare function __ksr_textops_append_body_part_cd(txt: usize, txt_len: i32, ct: usize, ct_len: i32, cd: usize, cd_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "append-body-part-hex")
declare function __ksr_textops_append_body_part_hex(txt: usize, txt_len: i32, ct: usize, ct_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "append-body-part-hex-cd")
declare function __ksr_textops_append_body_part_hex_cd(htxt: usize, htxt_len: i32, ct: usize, ct_len: i32, cd: usize, cd_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "remove-body-part")
declare function __ksr_textops_remove_body_part(content_type: usize, content_type_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "get-body-part")
declare function __ksr_textops_get_body_part(ctype: usize, ctype_len: i32, pvname: usize, pvname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "get-body-part-raw")
declare function __ksr_textops_get_body_part_raw(ctype: usize, ctype_len: i32, pvname: usize, pvname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/textops@0.1.0", "regex-substring")
declare function __ksr_textops_regex_substring(input: usize, input_len: i32, regex: usize, regex_len: i32, mindex: i32, nmatch: i32, dst: usize, dst_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-relay")
declare function __ksr_tm_t_relay(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-on-branch")
declare function __ksr_tm_t_on_branch(rname: usize, rname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-on-failure")
declare function __ksr_tm_t_on_failure(rname: usize, rname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-on-branch-failure")
declare function __ksr_tm_t_on_branch_failure(rname: usize, rname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-on-reply")
declare function __ksr_tm_t_on_reply(rname: usize, rname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-reply")
declare function __ksr_tm_t_reply(code: i32, reason: usize, reason_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-send-reply")
declare function __ksr_tm_t_send_reply(code: i32, reason: usize, reason_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-check-trans")
declare function __ksr_tm_t_check_trans(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-is-canceled")
declare function __ksr_tm_t_is_canceled(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-newtran")
declare function __ksr_tm_t_newtran(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-release")
declare function __ksr_tm_t_release(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-is-set")
declare function __ksr_tm_t_is_set(target: usize, target_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-lookup-request")
declare function __ksr_tm_t_lookup_request(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-lookup-cancel")
declare function __ksr_tm_t_lookup_cancel(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-retransmit-reply")
declare function __ksr_tm_t_retransmit_reply(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-set-fr-inv")
declare function __ksr_tm_t_set_fr_inv(fr_inv: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-set-fr")
declare function __ksr_tm_t_set_fr(fr_inv: i32, fr: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-reset-fr")
declare function __ksr_tm_t_reset_fr(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-check-status")
declare function __ksr_tm_t_check_status(sexp: usize, sexp_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-grep-status")
declare function __ksr_tm_t_grep_status(code: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-any-replied")
declare function __ksr_tm_t_any_replied(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-any-timeout")
declare function __ksr_tm_t_any_timeout(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-branch-replied")
declare function __ksr_tm_t_branch_replied(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-branch-timeout")
declare function __ksr_tm_t_branch_timeout(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-relay-to-proto-addr")
declare function __ksr_tm_t_relay_to_proto_addr(sproto: usize, sproto_len: i32, host: usize, host_len: i32, port: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-get-status-code")
declare function __ksr_tm_t_get_status_code(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-get-branch-index")
declare function __ksr_tm_t_get_branch_index(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-exists")
declare function __ksr_tm_t_exists(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-uac-send")
declare function __ksr_tm_t_uac_send(method: usize, method_len: i32, ruri: usize, ruri_len: i32, nexthop: usize, nexthop_len: i32, ssock: usize, ssock_len: i32, hdrs: usize, hdrs_len: i32, body: usize, body_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-relay-to-proxy")
declare function __ksr_tm_t_relay_to_proxy(sproxy: usize, sproxy_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-relay-to-flags")
declare function __ksr_tm_t_relay_to_flags(rflags: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-relay-to-proxy-flags")
declare function __ksr_tm_t_relay_to_proxy_flags(sproxy: usize, sproxy_len: i32, rflags: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-relay-to-proto")
declare function __ksr_tm_t_relay_to_proto(sproto: usize, sproto_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-replicate")
declare function __ksr_tm_t_replicate(suri: usize, suri_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-reply-error")
declare function __ksr_tm_t_reply_error(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-lookup-cancel-flags")
declare function __ksr_tm_t_lookup_cancel_flags(flags: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-set-max-lifetime")
declare function __ksr_tm_t_set_max_lifetime(t1: i32, t2: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-reset-max-lifetime")
declare function __ksr_tm_t_reset_max_lifetime(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-set-retr")
declare function __ksr_tm_t_set_retr(t1: i32, t2: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-reset-retr")
declare function __ksr_tm_t_reset_retr(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-load-contacts")
declare function __ksr_tm_t_load_contacts(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "ki-t-load-contacts-mode")
declare function __ksr_tm_ki_t_load_contacts_mode(mode: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-next-contacts")
declare function __ksr_tm_t_next_contacts(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-next-contact-flow")
declare function __ksr_tm_t_next_contact_flow(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-drop-replies")
declare function __ksr_tm_t_drop_replies(mode: usize, mode_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-drop-replies-all")
declare function __ksr_tm_t_drop_replies_all(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-use-uac-headers")
declare function __ksr_tm_t_use_uac_headers(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-save-lumps")
declare function __ksr_tm_t_save_lumps(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-clean")
declare function __ksr_tm_t_clean(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-is-expired")
declare function __ksr_tm_t_is_expired(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-is-retr-async-reply")
declare function __ksr_tm_t_is_retr_async_reply(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-set-auto-inv100")
declare function __ksr_tm_t_set_auto_inv100(state: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-set-disable6xx")
declare function __ksr_tm_t_set_disable6xx(state: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-set-disable-failover")
declare function __ksr_tm_t_set_disable_failover(state: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-set-no-e2e-cancel-reason")
declare function __ksr_tm_t_set_no_e2e_cancel_reason(state: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-set-disable-internal-reply")
declare function __ksr_tm_t_set_disable_internal_reply(state: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tm@0.1.0", "t-set-no-auto-ack")
declare function __ksr_tm_t_set_no_auto_ack(state: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-precheck-trans")
declare function __ksr_tmx_t_precheck_trans(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-is-request-route")
declare function __ksr_tmx_t_is_request_route(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-is-reply-route")
declare function __ksr_tmx_t_is_reply_route(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-is-failure-route")
declare function __ksr_tmx_t_is_failure_route(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-is-branch-route")
declare function __ksr_tmx_t_is_branch_route(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-cancel-branches")
declare function __ksr_tmx_t_cancel_branches(mode: usize, mode_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-suspend")
declare function __ksr_tmx_t_suspend(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-continue")
declare function __ksr_tmx_t_continue(tindex: i32, tlabel: i32, cbname: usize, cbname_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-flush-flags")
declare function __ksr_tmx_t_flush_flags(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-flush-xflags")
declare function __ksr_tmx_t_flush_xflags(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-reuse-branch")
declare function __ksr_tmx_t_reuse_branch(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-cancel-callid")
declare function __ksr_tmx_t_cancel_callid(callid_s: usize, callid_s_len: i32, cseq_s: usize, cseq_s_len: i32, fl: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-cancel-callid-reason")
declare function __ksr_tmx_t_cancel_callid_reason(callid_s: usize, callid_s_len: i32, cseq_s: usize, cseq_s_len: i32, fl: i32, rcode: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-uac-ack-local")
declare function __ksr_tmx_t_uac_ack_local(callid_s: usize, callid_s_len: i32, cseq_s: usize, cseq_s_len: i32, hdrs: usize, hdrs_len: i32, body: usize, body_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-reply-callid")
declare function __ksr_tmx_t_reply_callid(callid_s: usize, callid_s_len: i32, cseq_s: usize, cseq_s_len: i32, code: i32, status_s: usize, status_s_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-drop")
declare function __ksr_tmx_t_drop(): i32;
// @ts-ignore: decorator
@external("kemi:ksr/tmx@0.1.0", "t-drop-rcode")
declare function __ksr_tmx_t_drop_rcode(rcode: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/xlog@0.1.0", "xdbg")
declare function __ksr_xlog_xdbg(lmsg: usize, lmsg_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/xlog@0.1.0", "xinfo")
declare function __ksr_xlog_xinfo(lmsg: usize, lmsg_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/xlog@0.1.0", "xnotice")
declare function __ksr_xlog_xnotice(lmsg: usize, lmsg_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/xlog@0.1.0", "xwarn")
declare function __ksr_xlog_xwarn(lmsg: usize, lmsg_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/xlog@0.1.0", "xerr")
declare function __ksr_xlog_xerr(lmsg: usize, lmsg_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/xlog@0.1.0", "xalert")
declare function __ksr_xlog_xalert(lmsg: usize, lmsg_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/xlog@0.1.0", "xcrit")
declare function __ksr_xlog_xcrit(lmsg: usize, lmsg_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/xlog@0.1.0", "xlog")
declare function __ksr_xlog_xlog(slevel: usize, slevel_len: i32, lmsg: usize, lmsg_len: i32): i32;
// @ts-ignore: decorator
@external("kemi:ksr/xlog@0.1.0", "xlog-facility")
declare function __ksr_xlog_xlog_facility(lfacility: usize, lfacility_len: i32, slevel: usize, slevel_len: i32, lmsg: usize, lmsg_len: i32): i32;

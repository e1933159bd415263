// Generated from wit/ by kemist-codegen; do not edit.
//
// The object KSR of a routing script. Callbacks are global functions: ksr_request_route(), and those that
// KSR.tm.t_on_branch and its kin name. A module that the proxy does not have, or does not grant, is undefined.

/** Leaving a callback, and functions by other names. */
interface KSR_x {
  /** Ends the callback, wherever in it the call stands. A `try` around it must throw it on. */
  exit(): never;

  /** Drops the message where the kind of callback allows it, and ends the callback. */
  drop(): never;

  /**
   * A function by the name that Kamailio's native configuration has for it, whatever its module.
   *
   * @returns its code, 1 and -1 for yes and no; -1 where there is none.
   */
  modf(name: string, ...params: (string | number)[]): number;
}

/** Lines in the log of the proxy. */
declare const console: {
  debug(...values: unknown[]): void;
  trace(...values: unknown[]): void;
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
  assert(holds: unknown, ...values: unknown[]): void;
};

/** Another file of the script, in its folder. */
declare function require(name: string): any;
declare const module: { exports: any; readonly id: string };
declare let exports: any;

/** Digest challenges and credentials (RFC 3261 section 22, RFC 8760). */
interface KSR_auth {
  /**
   * `KSR.auth.consume_credentials`
   *
   * Remove the credentials header used.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  consume_credentials(): number;

  /**
   * `KSR.auth.auth_challenge`
   *
   * (realm, flags) 401 for REGISTER else 407; flags bits: 1 qop auth, 2 qop auth-int, 4 no 500 on error, 16 stale.
   *
   * @returns 1 sent; -1 generic; -2 challenge build failed; -3 reply failed; -4 error and the 500 failed too.
   */
  auth_challenge(realm: string, flags: number): number;

  /**
   * `KSR.auth.www_challenge`
   *
   * 401 always.
   *
   * @returns as auth_challenge.
   */
  www_challenge(realm: string, flags: number): number;

  /**
   * `KSR.auth.proxy_challenge`
   *
   * 407 always.
   *
   * @returns as auth_challenge.
   */
  proxy_challenge(realm: string, flags: number): number;

  /**
   * `KSR.auth.pv_auth_check`
   *
   * (realm, password, flags, checks) digest check with a given password; flag 1 password is HA1; checks bit 1 id match, 2 skip forward.
   *
   * @returns 1; -1 error; -2 wrong password; -4 stale nonce; -5 no credentials; -6 nonce reused; -8 user mismatch.
   */
  pv_auth_check(srealm: string, spasswd: string, vflags: number, vchecks: number): number;

  /**
   * `KSR.auth.pv_proxy_authenticate`
   *
   * (realm, password, flags) Proxy-Authorization.
   *
   * @returns 1; -1; -2; -4; -5; -6.
   */
  pv_proxy_authenticate(realm: string, passwd: string, flags: number): number;

  /**
   * `KSR.auth.pv_www_authenticate`
   *
   * Authorization.
   *
   * @returns 1; -1; -2; -4; -5; -6.
   */
  pv_www_authenticate(realm: string, passwd: string, flags: number): number;

  /**
   * `KSR.auth.has_credentials`
   *
   * Credentials for that realm present.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  has_credentials(srealm: string): number;
}

/** Digest authentication against the subscriber table. */
interface KSR_auth_db {
  /**
   * `KSR.auth_db.auth_check`
   *
   * (realm, table, flags) REGISTER: Authorization, others: Proxy-Authorization; flag 1 also From/To user match; ACK and CANCEL pass.
   *
   * @returns 1; -1 error; -2 wrong password; -3 unknown user; -4 stale nonce; -5 no credentials; -6 nonce reused; -8 user mismatch.
   */
  auth_check(srealm: string, stable: string, iflags: number): number;

  /**
   * `KSR.auth_db.is_subscriber`
   *
   * (uri, table, flags: 1 use domain, 2 skip credentials).
   *
   * @returns 1; -1 error; other negative not found.
   */
  is_subscriber(suri: string, stable: string, iflags: number): number;

  /**
   * `KSR.auth_db.www_authenticate`
   *
   * (realm, table).
   *
   * @returns 1; -1; -2; -3; -4; -5; -6.
   */
  www_authenticate(realm: string, table: string): number;
}

/** More core functions: branches, tests. */
interface KSR_corex {
  /**
   * `KSR.corex.append_branch`
   *
   * Append a branch from the request URI.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  append_branch(): number;

  /**
   * `KSR.corex.append_branch_uri`
   *
   * Append a branch with a URI.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  append_branch_uri(uri: string): number;

  /**
   * `KSR.corex.append_branch_uri_q`
   *
   * URI and q.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  append_branch_uri_q(uri: string, q: string): number;

  /**
   * `KSR.corex.setxflag`
   *
   * Set an extended flag (0 to 63) of the message.
   *
   * @returns 1 ok, -1 no such flag.
   */
  setxflag(fval: number): number;

  /**
   * `KSR.corex.resetxflag`
   *
   * Clear an extended flag.
   *
   * @returns 1 ok, -1 no such flag.
   */
  resetxflag(fval: number): number;

  /**
   * `KSR.corex.isxflagset`
   *
   * Is an extended flag set.
   *
   * @returns 1 yes, -1 no.
   */
  isxflagset(fval: number): number;

  /**
   * `KSR.corex.has_ruri_user`
   *
   * Request URI has a user.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  has_ruri_user(): number;

  /**
   * `KSR.corex.has_user_agent`
   *
   * User-Agent present and not empty.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  has_user_agent(): number;
}

/** Header lines: add, remove, read. */
interface KSR_hdr {
  /**
   * `KSR.hdr.append`
   *
   * Add raw header text after the last header (text carries its own CRLF).
   *
   * @returns 1 ok, -1 fail.
   */
  append(txt: string): number;

  /**
   * `KSR.hdr.append_after`
   *
   * (text, name): add after the first header of that name, at the end when absent.
   *
   * @returns 1 ok, -1 fail.
   */
  append_after(txt: string, hname: string): number;

  /**
   * `KSR.hdr.insert`
   *
   * Add raw header text before the first header.
   *
   * @returns 1 ok, -1 fail.
   */
  insert(txt: string): number;

  /**
   * `KSR.hdr.insert_before`
   *
   * (text, name): add before the first header of that name, at the start when absent.
   *
   * @returns 1 ok, -1 fail.
   */
  insert_before(txt: string, hname: string): number;

  /**
   * `KSR.hdr.remove`
   *
   * Remove every header with that name (name under 125 chars, compact forms matched).
   *
   * @returns 1 even when nothing matched, -1 on error.
   */
  remove(hname: string): number;

  /**
   * `KSR.hdr.rmappend`
   *
   * (name, text): remove all then append.
   *
   * @returns 1 ok, -1 fail.
   */
  rmappend(hrm: string, hadd: string): number;

  /**
   * `KSR.hdr.rminsert`
   *
   * (name, text): remove all then insert first.
   *
   * @returns 1 ok, -1 fail.
   */
  rminsert(hrm: string, hadd: string): number;

  /**
   * `KSR.hdr.is_present`
   *
   * Does the header exist.
   *
   * @returns 1 yes, -1 no.
   */
  is_present(hname: string): number;

  /**
   * `KSR.hdr.append_to_reply`
   *
   * Queue header text for the next locally generated reply.
   *
   * @returns 1 ok, -1 fail.
   */
  append_to_reply(txt: string): number;

  /**
   * `KSR.hdr.get`
   *
   * Body of the first header with that name.
   *
   * @returns string or null.
   */
  get(hname: string): string | null;

  /**
   * `KSR.hdr.gete`
   *
   * Same, empty string for null.
   *
   * @returns string.
   */
  gete(hname: string): string;

  /**
   * `KSR.hdr.getw`
   *
   * Same, "<null>" text for null.
   *
   * @returns string.
   */
  getw(hname: string): string;

  /**
   * `KSR.hdr.get_idx`
   *
   * Body at index (negative counts from the end, -1 is last).
   *
   * @returns string or null.
   */
  get_idx(hname: string, idx: number): string | null;

  /**
   * `KSR.hdr.gete_idx`
   *
   * Same, empty string for null.
   *
   * @returns string.
   */
  gete_idx(hname: string, idx: number): string;

  /**
   * `KSR.hdr.getw_idx`
   *
   * Same, "<null>" text for null.
   *
   * @returns string.
   */
  getw_idx(hname: string, idx: number): string;

  /**
   * `KSR.hdr.match_content`
   *
   * (name, op, value, idx): op eq ne sw in (re is refused); idx first, last, all, one (first letter counts); case-insensitive.
   *
   * @returns true/false.
   */
  match_content(hname: string, op: string, mval: string, hidx: string): boolean;
}

/** Hash tables shared by all workers. */
interface KSR_htable {
  /**
   * `KSR.htable.sht_reset`
   *
   * Remove all.
   *
   * @returns 0 ok; -1 unknown table.
   */
  sht_reset(hname: string): number;

  /**
   * `KSR.htable.sht_rm`
   *
   * (table, key).
   *
   * @returns 1 (also absent key); -1 unknown table.
   */
  sht_rm(hname: string, iname: string): number;

  /**
   * `KSR.htable.sht_rm_name_re`
   *
   * (table, regex on names).
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  sht_rm_name_re(htname: string, rexp: string): number;

  /**
   * `KSR.htable.sht_rm_value_re`
   *
   * (table, regex on values).
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  sht_rm_value_re(htname: string, rexp: string): number;

  /**
   * `KSR.htable.sht_rm_name`
   *
   * (table, op, value): op re, sw, ew, in.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  sht_rm_name(sname: string, sop: string, sval: string): number;

  /**
   * `KSR.htable.sht_rm_value`
   *
   * (table, op, value): op re, sw, ew, in.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  sht_rm_value(sname: string, sop: string, sval: string): number;

  /**
   * `KSR.htable.sht_match_name`
   *
   * (table, op, value) some item name matches; op eq, ne, re, sw.
   *
   * @returns 1 match; -1 none, bad operator or unknown table.
   */
  sht_match_name(sname: string, sop: string, sval: string): number;

  /**
   * `KSR.htable.sht_match_str_value`
   *
   * (table, op, value) some string value matches; same ops.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  sht_match_str_value(sname: string, sop: string, sval: string): number;

  /**
   * `KSR.htable.sht_get`
   *
   * (table, key).
   *
   * @returns int or string or null.
   */
  sht_get(htname: string, itname: string): string | number | null;

  /**
   * `KSR.htable.sht_gete`
   *
   * Empty string for null.
   *
   * @returns xval.
   */
  sht_gete(htname: string, itname: string): string | number | null;

  /**
   * `KSR.htable.sht_getw`
   *
   * "<null>" for null.
   *
   * @returns xval.
   */
  sht_getw(htname: string, itname: string): string | number | null;

  /**
   * `KSR.htable.sht_sets`
   *
   * (table, key, string).
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  sht_sets(htname: string, itname: string, itval: string): number;

  /**
   * `KSR.htable.sht_seti`
   *
   * (table, key, int).
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  sht_seti(htname: string, itname: string, itval: number): number;

  /**
   * `KSR.htable.sht_setex`
   *
   * (table, key, seconds) expire.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  sht_setex(htname: string, itname: string, itval: number): number;

  /**
   * `KSR.htable.sht_setxi`
   *
   * (table, key, int, seconds).
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  sht_setxi(htname: string, itname: string, itval: number, exval: number): number;

  /**
   * `KSR.htable.sht_setxs`
   *
   * (table, key, string, seconds).
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  sht_setxs(htname: string, itname: string, itval: string, exval: number): number;

  /**
   * `KSR.htable.sht_is_null`
   *
   * Is the item absent.
   *
   * @returns 1 absent; 2 no such table; -1 present; -2 the table has a default int value.
   */
  sht_is_null(htname: string, itname: string): number;

  /**
   * `KSR.htable.sht_inc`
   *
   * Add one to an int item.
   *
   * @returns new value; -255 error.
   */
  sht_inc(htname: string, itname: string): number;

  /**
   * `KSR.htable.sht_dec`
   *
   * Subtract one.
   *
   * @returns new value; -255 error.
   */
  sht_dec(htname: string, itname: string): number;

  /**
   * `KSR.htable.sht_cn`
   *
   * (table, op, pattern) number of matching items.
   *
   * @returns count; -1 error.
   */
  sht_cn(table: string, op: string, pattern: string): number;
}

/** The usual pseudo-variables as functions of their own. */
interface KSR_kx {
  /**
   * `KSR.kx.get_ruri`
   *
   * Request URI.
   *
   * @returns xval.
   */
  get_ruri(): string | number | null;

  /**
   * `KSR.kx.get_ruser`
   *
   * Request URI user.
   *
   * @returns xval.
   */
  get_ruser(): string | number | null;

  /**
   * `KSR.kx.getw_ruser`
   *
   * Request URI user, "<null>" for null.
   *
   * @returns xval (never null).
   */
  getw_ruser(): string | number;

  /**
   * `KSR.kx.gete_ruser`
   *
   * Request URI user, empty for null.
   *
   * @returns xval (never null).
   */
  gete_ruser(): string | number;

  /**
   * `KSR.kx.get_rhost`
   *
   * Request URI host.
   *
   * @returns xval.
   */
  get_rhost(): string | number | null;

  /**
   * `KSR.kx.getw_rhost`
   *
   * Request URI host, "<null>" for null.
   *
   * @returns xval (never null).
   */
  getw_rhost(): string | number;

  /**
   * `KSR.kx.gete_rhost`
   *
   * Request URI host, empty for null.
   *
   * @returns xval (never null).
   */
  gete_rhost(): string | number;

  /**
   * `KSR.kx.get_ouri`
   *
   * Original request URI.
   *
   * @returns xval.
   */
  get_ouri(): string | number | null;

  /**
   * `KSR.kx.get_furi`
   *
   * From URI.
   *
   * @returns xval.
   */
  get_furi(): string | number | null;

  /**
   * `KSR.kx.get_fuser`
   *
   * From user.
   *
   * @returns xval.
   */
  get_fuser(): string | number | null;

  /**
   * `KSR.kx.getw_fuser`
   *
   * From user, "<null>" for null.
   *
   * @returns xval (never null).
   */
  getw_fuser(): string | number;

  /**
   * `KSR.kx.gete_fuser`
   *
   * From user, empty for null.
   *
   * @returns xval (never null).
   */
  gete_fuser(): string | number;

  /**
   * `KSR.kx.get_fhost`
   *
   * From host.
   *
   * @returns xval.
   */
  get_fhost(): string | number | null;

  /**
   * `KSR.kx.getw_fhost`
   *
   * From host, "<null>" for null.
   *
   * @returns xval (never null).
   */
  getw_fhost(): string | number;

  /**
   * `KSR.kx.gete_fhost`
   *
   * From host, empty for null.
   *
   * @returns xval (never null).
   */
  gete_fhost(): string | number;

  /**
   * `KSR.kx.get_turi`
   *
   * To URI.
   *
   * @returns xval.
   */
  get_turi(): string | number | null;

  /**
   * `KSR.kx.get_tuser`
   *
   * To user.
   *
   * @returns xval.
   */
  get_tuser(): string | number | null;

  /**
   * `KSR.kx.gete_tuser`
   *
   * To user, empty for null.
   *
   * @returns xval (never null).
   */
  gete_tuser(): string | number;

  /**
   * `KSR.kx.getw_tuser`
   *
   * To user, "<null>" for null.
   *
   * @returns xval (never null).
   */
  getw_tuser(): string | number;

  /**
   * `KSR.kx.get_thost`
   *
   * To host.
   *
   * @returns xval.
   */
  get_thost(): string | number | null;

  /**
   * `KSR.kx.gete_thost`
   *
   * To host, empty for null.
   *
   * @returns xval (never null).
   */
  gete_thost(): string | number;

  /**
   * `KSR.kx.getw_thost`
   *
   * To host, "<null>" for null.
   *
   * @returns xval (never null).
   */
  getw_thost(): string | number;

  /**
   * `KSR.kx.get_duri`
   *
   * Destination URI.
   *
   * @returns xval.
   */
  get_duri(): string | number | null;

  /**
   * `KSR.kx.gete_duri`
   *
   * Destination URI, empty for null.
   *
   * @returns xval (never null).
   */
  gete_duri(): string | number;

  /**
   * `KSR.kx.getw_duri`
   *
   * Destination URI, "<null>" for null.
   *
   * @returns xval (never null).
   */
  getw_duri(): string | number;

  /**
   * `KSR.kx.get_cturi`
   *
   * Contact URI.
   *
   * @returns xval.
   */
  get_cturi(): string | number | null;

  /**
   * `KSR.kx.gete_cturi`
   *
   * Contact URI, empty for null.
   *
   * @returns xval (never null).
   */
  gete_cturi(): string | number;

  /**
   * `KSR.kx.getw_cturi`
   *
   * Contact URI, "<null>" for null.
   *
   * @returns xval (never null).
   */
  getw_cturi(): string | number;

  /**
   * `KSR.kx.get_nhuri`
   *
   * Next hop URI (destination else request).
   *
   * @returns xval.
   */
  get_nhuri(): string | number | null;

  /**
   * `KSR.kx.get_srcuri`
   *
   * Source as URI.
   *
   * @returns xval.
   */
  get_srcuri(): string | number | null;

  /**
   * `KSR.kx.get_srcaddr_sock`
   *
   * Source as proto:ip:port.
   *
   * @returns xval.
   */
  get_srcaddr_sock(): string | number | null;

  /**
   * `KSR.kx.get_ua`
   *
   * User-Agent.
   *
   * @returns xval.
   */
  get_ua(): string | number | null;

  /**
   * `KSR.kx.gete_ua`
   *
   * User-Agent, empty for null.
   *
   * @returns xval (never null).
   */
  gete_ua(): string | number;

  /**
   * `KSR.kx.getw_ua`
   *
   * User-Agent, "<null>" for null.
   *
   * @returns xval (never null).
   */
  getw_ua(): string | number;

  /**
   * `KSR.kx.get_srcip`
   *
   * Source IP.
   *
   * @returns xval.
   */
  get_srcip(): string | number | null;

  /**
   * `KSR.kx.get_srcport`
   *
   * Source port.
   *
   * @returns text number (xval).
   */
  get_srcport(): string | number | null;

  /**
   * `KSR.kx.get_send_sock`
   *
   * Forced send socket.
   *
   * @returns xval.
   */
  get_send_sock(): string | number | null;

  /**
   * `KSR.kx.get_send_sock_name`
   *
   * Forced socket name.
   *
   * @returns xval.
   */
  get_send_sock_name(): string | number | null;

  /**
   * `KSR.kx.get_send_sock_port`
   *
   * Forced socket port.
   *
   * @returns int, 0 none.
   */
  get_send_sock_port(): number;

  /**
   * `KSR.kx.get_rcvip`
   *
   * Receiving IP.
   *
   * @returns xval.
   */
  get_rcvip(): string | number | null;

  /**
   * `KSR.kx.get_rcv_sock_name`
   *
   * Receiving socket name.
   *
   * @returns xval.
   */
  get_rcv_sock_name(): string | number | null;

  /**
   * `KSR.kx.get_rcvport`
   *
   * Receiving port.
   *
   * @returns text number (xval).
   */
  get_rcvport(): string | number | null;

  /**
   * `KSR.kx.get_rcvadvip`
   *
   * Advertised receiving IP.
   *
   * @returns xval.
   */
  get_rcvadvip(): string | number | null;

  /**
   * `KSR.kx.get_rcvadvport`
   *
   * Advertised receiving port.
   *
   * @returns text number (xval).
   */
  get_rcvadvport(): string | number | null;

  /**
   * `KSR.kx.get_rcvaddr_sock`
   *
   * Receiving proto:ip:port.
   *
   * @returns xval.
   */
  get_rcvaddr_sock(): string | number | null;

  /**
   * `KSR.kx.get_proto`
   *
   * Transport name.
   *
   * @returns xval.
   */
  get_proto(): string | number | null;

  /**
   * `KSR.kx.get_protoid`
   *
   * Transport number.
   *
   * @returns int, -1.
   */
  get_protoid(): number;

  /**
   * `KSR.kx.get_au`
   *
   * Auth user.
   *
   * @returns xval.
   */
  get_au(): string | number | null;

  /**
   * `KSR.kx.getw_au`
   *
   * Auth user, "<null>" for null.
   *
   * @returns xval (never null).
   */
  getw_au(): string | number;

  /**
   * `KSR.kx.gete_au`
   *
   * Auth user, empty for null.
   *
   * @returns xval (never null).
   */
  gete_au(): string | number;

  /**
   * `KSR.kx.get_method`
   *
   * Method.
   *
   * @returns xval.
   */
  get_method(): string | number | null;

  /**
   * `KSR.kx.get_status`
   *
   * Reply status code.
   *
   * @returns int, -1.
   */
  get_status(): number;

  /**
   * `KSR.kx.gets_status`
   *
   * Reply status code as string.
   *
   * @returns xval (never null).
   */
  gets_status(): string | number;

  /**
   * `KSR.kx.get_body`
   *
   * Body.
   *
   * @returns xval.
   */
  get_body(): string | number | null;

  /**
   * `KSR.kx.getw_body`
   *
   * Body, "<null>" for null.
   *
   * @returns xval (never null).
   */
  getw_body(): string | number;

  /**
   * `KSR.kx.gete_body`
   *
   * Body, empty for null.
   *
   * @returns xval (never null).
   */
  gete_body(): string | number;

  /**
   * `KSR.kx.get_bodylen`
   *
   * Body length.
   *
   * @returns int, 0.
   */
  get_bodylen(): number;

  /**
   * `KSR.kx.get_timestamp`
   *
   * Unix time.
   *
   * @returns int.
   */
  get_timestamp(): number;

  /**
   * `KSR.kx.get_callid`
   *
   * Call-ID.
   *
   * @returns xval.
   */
  get_callid(): string | number | null;

  /**
   * `KSR.kx.get_conid`
   *
   * TCP connection id.
   *
   * @returns int, -1.
   */
  get_conid(): number;

  /**
   * `KSR.kx.get_msgbuf`
   *
   * Message buffer.
   *
   * @returns xval.
   */
  get_msgbuf(): string | number | null;

  /**
   * `KSR.kx.get_msglen`
   *
   * Message length.
   *
   * @returns int, -1.
   */
  get_msglen(): number;

  /**
   * `KSR.kx.get_msgtype`
   *
   * Message type.
   *
   * @returns 1 request, 2 reply, 0 other, -1.
   */
  get_msgtype(): number;

  /**
   * `KSR.kx.get_def`
   *
   * Cfg define value.
   *
   * @returns string or null.
   */
  get_def(dname: string): string | null;

  /**
   * `KSR.kx.get_defn`
   *
   * Cfg define as int.
   *
   * @returns int, 0.
   */
  get_defn(dname: string): number;

  /**
   * `KSR.kx.ifdef`
   *
   * Define exists.
   *
   * @returns true/false.
   */
  ifdef(dname: string): boolean;

  /**
   * `KSR.kx.ifndef`
   *
   * Define absent.
   *
   * @returns true/false.
   */
  ifndef(dname: string): boolean;

  /**
   * `KSR.kx.get_env`
   *
   * Environment variable.
   *
   * @returns string or null.
   */
  get_env(envname: string): string | null;

  /**
   * `KSR.kx.get_envn`
   *
   * Environment variable as int.
   *
   * @returns int, 0.
   */
  get_envn(envname: string): number;
}

/** Max-Forwards (RFC 3261 sections 16.3 and 16.6). */
interface KSR_maxfwd {
  /**
   * `KSR.maxfwd.process_maxfwd`
   *
   * Check and decrease Max-Forwards. Where the header is absent it is added with `limit`; a value above the parameter max_limit of the module is cut to that.
   *
   * @returns 1 decreased; 2 header added; -1 value was 0 (or bad limit parameter); -2 parse/processing error.
   */
  process_maxfwd(limit: number): number;

  /**
   * `KSR.maxfwd.is_maxfwd_lt`
   *
   * Is the value below limit.
   *
   * @returns 1 below; -1 not below (or bad limit); -2 header missing; -3 parse error.
   */
  is_maxfwd_lt(limit: number): number;
}

/** Clients behind address translation. */
interface KSR_nathelper {
  /**
   * `KSR.nathelper.nat_uac_test`
   *
   * Bit tests: 1 private Contact, 2 source differs from Via, 4 private Via, 8 private SDP, 16 source port differs from Via, 32 private source, 64 websocket, 128 Contact port differs from source, 256 SDP c= differs from source, 512 next-hop test.
   *
   * @returns 1 any test true; -1.
   */
  nat_uac_test(tests: number): number;

  /**
   * `KSR.nathelper.fix_nated_contact`
   *
   * Rewrite Contact with source ip:port.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  fix_nated_contact(): number;

  /**
   * `KSR.nathelper.fix_nated_register`
   *
   * Store source URI in the received AVP.
   *
   * @returns 1 (also when no AVP is configured); -1.
   */
  fix_nated_register(): number;

  /**
   * `KSR.nathelper.set_contact_alias`
   *
   * Add alias=ip~port~proto to Contact (parsed Contact updated).
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  set_contact_alias(): number;

  /**
   * `KSR.nathelper.set_contact_alias_trim`
   *
   * Same, old alias dropped.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  set_contact_alias_trim(): number;

  /**
   * `KSR.nathelper.handle_ruri_alias`
   *
   * Move the request URI alias into the destination URI.
   *
   * @returns 1 done; 2 no alias; -1 error.
   */
  handle_ruri_alias(): number;

  /**
   * `KSR.nathelper.handle_ruri_alias_mode`
   *
   * Mode selects first or last alias.
   *
   * @returns 1; 2; -1.
   */
  handle_ruri_alias_mode(mode: number): number;

  /**
   * `KSR.nathelper.is_rfc1918`
   *
   * Private IPv4/IPv6.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  is_rfc1918(address: string): number;

  /**
   * `KSR.nathelper.add_contact_alias`
   *
   * Alias with source when different.
   *
   * @returns 1 added; 2 not needed or no Contact; -1.
   */
  add_contact_alias(): number;
}

/** The address table: trusted sources. */
interface KSR_permissions {
  /**
   * `KSR.permissions.allow_source_address`
   *
   * Source ip:port in the address group.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  allow_source_address(addr_group: number): number;

  /**
   * `KSR.permissions.allow_address`
   *
   * (group, address or domain, port).
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  allow_address(addr_group: number, ips: string, port: number): number;

  /**
   * `KSR.permissions.allow_source_address_group`
   *
   * Group id of the source.
   *
   * @returns group id; -1 none.
   */
  allow_source_address_group(): number;

  /**
   * `KSR.permissions.allow_address_group`
   *
   * (address, port) group id.
   *
   * @returns group id; -1 none.
   */
  allow_address_group(addr: string, port: number): number;
}

/** Flood detection by source address. */
interface KSR_pike {
  /**
   * `KSR.pike.pike_check_req`
   *
   * Count the source IP.
   *
   * @returns 1 fine; -1 already blocked; -2 just became blocked.
   */
  pike_check_req(): number;

  /**
   * `KSR.pike.pike_check_ip`
   *
   * Count a given IP.
   *
   * @returns 1; -1 (also bad IP); -2.
   */
  pike_check_ip(strip: string): number;
}

/** Pseudo-variables by their text. */
interface KSR_pv {
  /**
   * `KSR.pv.get`
   *
   * Value of a pseudo-variable.
   *
   * @returns int or string or null.
   */
  get(pvn: string): string | number | null;

  /**
   * `KSR.pv.getw`
   *
   * Same, "<null>" text for null.
   *
   * @returns int or string.
   */
  getw(pvn: string): string | number;

  /**
   * `KSR.pv.gete`
   *
   * Same, empty string for null.
   *
   * @returns int or string.
   */
  gete(pvn: string): string | number;

  /**
   * `KSR.pv.geti`
   *
   * Value as int: string converted, null and errors give 0.
   *
   * @returns int.
   */
  geti(pvn: string): number;

  /**
   * `KSR.pv.getl`
   *
   * Value as long: same rules.
   *
   * @returns long.
   */
  getl(pvn: string): number;

  /**
   * `KSR.pv.getvn`
   *
   * Value or an int default when null.
   *
   * @returns xval.
   */
  getvn(pvn: string, xival: number): string | number | null;

  /**
   * `KSR.pv.getvs`
   *
   * Value or a string default when null.
   *
   * @returns xval.
   */
  getvs(pvn: string, xsval: string): string | number | null;

  /**
   * `KSR.pv.seti`
   *
   * Assign an int.
   *
   * @returns true/false.
   */
  seti(pvn: string, ival: number): boolean;

  /**
   * `KSR.pv.setl`
   *
   * Assign a long (C side takes a tagged value).
   *
   * @returns true/false.
   */
  setl(pvn: string, xval: number): boolean;

  /**
   * `KSR.pv.sets`
   *
   * Assign a string.
   *
   * @returns true/false.
   */
  sets(pvn: string, sval: string): boolean;

  /**
   * `KSR.pv.unset`
   *
   * Assign null.
   *
   * @returns true/false.
   */
  unset(pvn: string): boolean;

  /**
   * `KSR.pv.is_null`
   *
   * Is it null (also true for an invalid name).
   *
   * @returns true/false.
   */
  is_null(pvn: string): boolean;
}

/** Variables as functions: lists of the transaction (xavp, xavu, xavi, avp), var, shv, the static branch. */
interface KSR_pvx {
  /**
   * `KSR.pvx.sbranch_set_ruri`
   *
   * Request URI, destination, path, flags, socket from $sbranch.
   *
   * @returns 1; -1 it has no URI.
   */
  sbranch_set_ruri(): number;

  /**
   * `KSR.pvx.sbranch_append`
   *
   * Append $sbranch as a branch.
   *
   * @returns 1; -1 it has no URI, or there are too many branches.
   */
  sbranch_append(): number;

  /**
   * `KSR.pvx.sbranch_reset`
   *
   * Clear $sbranch.
   *
   * @returns 1.
   */
  sbranch_reset(): number;

  /**
   * `KSR.pvx.var_seti`
   *
   * Set int of $var.
   *
   * @returns 1 ok, -1 not.
   */
  var_seti(vname: string, ival: number): number;

  /**
   * `KSR.pvx.var_sets`
   *
   * Set string of $var.
   *
   * @returns 1 ok, -1 not.
   */
  var_sets(vname: string, sval: string): number;

  /**
   * `KSR.pvx.var_get`
   *
   * Value of $var.
   *
   * @returns int, string, 0 default.
   */
  var_get(vname: string): string | number | null;

  /**
   * `KSR.pvx.shv_seti`
   *
   * Set int of $shv (shared).
   *
   * @returns 1 ok, -1 not.
   */
  shv_seti(vname: string, ival: number): number;

  /**
   * `KSR.pvx.shv_sets`
   *
   * Set string of $shv (shared).
   *
   * @returns 1 ok, -1 not.
   */
  shv_sets(vname: string, sval: string): number;

  /**
   * `KSR.pvx.shv_get`
   *
   * Value of $shv (shared).
   *
   * @returns int, string, 0 default.
   */
  shv_get(vname: string): string | number | null;

  /**
   * `KSR.pvx.shvinc_get`
   *
   * Add one to $shv, then read it.
   *
   * @returns int.
   */
  shvinc_get(vname: string): number;

  /**
   * `KSR.pvx.pv_var_to_xavp`
   *
   * (name of a $var or *, xavp) Put the variable, or all of them, into a new xavp; what it was goes.
   *
   * @returns 1; -1 no such variable.
   */
  pv_var_to_xavp(varname: string, xname: string): number;

  /**
   * `KSR.pvx.pv_xavp_to_var`
   *
   * (xavp) Set a $var for each field.
   *
   * @returns 1; -1 there is none, or a field has no value.
   */
  pv_xavp_to_var(xname: string): number;

  /**
   * `KSR.pvx.pv_xavp_print`
   *
   * Log all xavps at level info.
   *
   * @returns 1.
   */
  pv_xavp_print(): number;

  /**
   * `KSR.pvx.pv_xavu_print`
   *
   * Log all xavus at level info.
   *
   * @returns 1.
   */
  pv_xavu_print(): number;

  /**
   * `KSR.pvx.pv_xavi_print`
   *
   * Log all xavis at level info.
   *
   * @returns 1.
   */
  pv_xavi_print(): number;

  /**
   * `KSR.pvx.xavp_params_explode`
   *
   * ("a=b;c=d", xavp) A new xavp with a field for each parameter.
   *
   * @returns 1; -1 nothing there.
   */
  xavp_params_explode(sparams: string, sxname: string): number;

  /**
   * `KSR.pvx.xavp_xparams_explode`
   *
   * (text, separator, xavp) The same with another separator.
   *
   * @returns 1; -1 nothing there.
   */
  xavp_xparams_explode(sparams: string, sep: string, sxname: string): number;

  /**
   * `KSR.pvx.xavp_params_implode`
   *
   * (xavp, pseudo-variable) Set it to "a=b;c=d;" of the fields.
   *
   * @returns 1; -1 no fields, or it cannot be written.
   */
  xavp_params_implode(sxname: string, svname: string): number;

  /**
   * `KSR.pvx.xavp_params_implode_qval`
   *
   * The same with the texts in quotes.
   *
   * @returns 1, -1.
   */
  xavp_params_implode_qval(sxname: string, svname: string): number;

  /**
   * `KSR.pvx.xavu_params_explode`
   *
   * ("a=b;c=d", xavu) A new xavu with a field for each parameter.
   *
   * @returns 1; -1 nothing there.
   */
  xavu_params_explode(sparams: string, sxname: string): number;

  /**
   * `KSR.pvx.xavu_params_implode`
   *
   * (xavu, pseudo-variable) Set it to "a=b;c=d;" of the fields.
   *
   * @returns 1; -1 no fields, or it cannot be written.
   */
  xavu_params_implode(sxname: string, svname: string): number;

  /**
   * `KSR.pvx.xavp_slist_explode`
   *
   * (list, separators, mode, xavp) A new xavp with a field v for each item, the first item first; mode t trims.
   *
   * @returns 1; -1 nothing there.
   */
  xavp_slist_explode(slist: string, sep: string, mode: string, sxname: string): number;

  /**
   * `KSR.pvx.xavp_seti`
   *
   * (name, value) Add an integer on top.
   *
   * @returns 1, -1.
   */
  xavp_seti(rname: string, ival: number): number;

  /**
   * `KSR.pvx.xavp_sets`
   *
   * (name, value) Add a text on top.
   *
   * @returns 1, -1.
   */
  xavp_sets(rname: string, sval: string): number;

  /**
   * `KSR.pvx.xavp_get`
   *
   * (name) value of xavp.
   *
   * @returns int, string or null.
   */
  xavp_get(rname: string): string | number | null;

  /**
   * `KSR.pvx.xavp_gete`
   *
   * (name) value, empty for null of xavp.
   *
   * @returns xval.
   */
  xavp_gete(rname: string): string | number | null;

  /**
   * `KSR.pvx.xavp_getw`
   *
   * (name) value, "<null>" for null of xavp.
   *
   * @returns xval.
   */
  xavp_getw(rname: string): string | number | null;

  /**
   * `KSR.pvx.xavp_rm`
   *
   * (name) Remove the newest value.
   *
   * @returns 1, also where there was none.
   */
  xavp_rm(rname: string): number;

  /**
   * `KSR.pvx.xavp_rm_all`
   *
   * (name) Remove all values.
   *
   * @returns how many there were, 1 for none.
   */
  xavp_rm_all(rname: string): number;

  /**
   * `KSR.pvx.xavp_is_null`
   *
   * (name) absent or null of xavp.
   *
   * @returns 1 yes, -1 no.
   */
  xavp_is_null(rname: string): number;

  /**
   * `KSR.pvx.xavp_child_seti`
   *
   * (root, field, value) Set a field to an integer; the root is made where there is none.
   *
   * @returns 1, -1.
   */
  xavp_child_seti(rname: string, cname: string, ival: number): number;

  /**
   * `KSR.pvx.xavp_child_sets`
   *
   * (root, field, value) Set a field to a text; the root is made where there is none.
   *
   * @returns 1, -1.
   */
  xavp_child_sets(rname: string, cname: string, sval: string): number;

  /**
   * `KSR.pvx.xavp_child_rm`
   *
   * (root, field) Remove the newest value of the field.
   *
   * @returns 1, also where there was none.
   */
  xavp_child_rm(rname: string, cname: string): number;

  /**
   * `KSR.pvx.xavp_child_is_null`
   *
   * (root, field) absent or null of child field of xavp.
   *
   * @returns 1 yes, -1 no.
   */
  xavp_child_is_null(rname: string, cname: string): number;

  /**
   * `KSR.pvx.xavp_child_get`
   *
   * (root, field) value of child field of xavp.
   *
   * @returns int, string or null.
   */
  xavp_child_get(rname: string, cname: string): string | number | null;

  /**
   * `KSR.pvx.xavp_child_gete`
   *
   * (root, field) value, empty for null of child field of xavp.
   *
   * @returns xval.
   */
  xavp_child_gete(rname: string, cname: string): string | number | null;

  /**
   * `KSR.pvx.xavp_child_getw`
   *
   * (root, field) value, "<null>" for null of child field of xavp.
   *
   * @returns xval.
   */
  xavp_child_getw(rname: string, cname: string): string | number | null;

  /**
   * `KSR.pvx.xavu_seti`
   *
   * (name, value) Set to an integer.
   *
   * @returns 1, -1.
   */
  xavu_seti(rname: string, ival: number): number;

  /**
   * `KSR.pvx.xavu_sets`
   *
   * (name, value) Set to a text.
   *
   * @returns 1, -1.
   */
  xavu_sets(rname: string, sval: string): number;

  /**
   * `KSR.pvx.xavu_get`
   *
   * (name) value of xavu (unique name).
   *
   * @returns int, string or null.
   */
  xavu_get(rname: string): string | number | null;

  /**
   * `KSR.pvx.xavu_gete`
   *
   * (name) value, empty for null of xavu (unique name).
   *
   * @returns xval.
   */
  xavu_gete(rname: string): string | number | null;

  /**
   * `KSR.pvx.xavu_getw`
   *
   * (name) value, "<null>" for null of xavu (unique name).
   *
   * @returns xval.
   */
  xavu_getw(rname: string): string | number | null;

  /**
   * `KSR.pvx.xavu_rm`
   *
   * (name) Remove the value.
   *
   * @returns 1, also where there was none; -1 no name.
   */
  xavu_rm(rname: string): number;

  /**
   * `KSR.pvx.xavu_is_null`
   *
   * (name) absent or null of xavu (unique name).
   *
   * @returns 1 yes, -1 no.
   */
  xavu_is_null(rname: string): number;

  /**
   * `KSR.pvx.xavu_child_seti`
   *
   * (root, field, value) Set a field to an integer; the root is made where there is none.
   *
   * @returns 1, -1.
   */
  xavu_child_seti(rname: string, cname: string, ival: number): number;

  /**
   * `KSR.pvx.xavu_child_sets`
   *
   * (root, field, value) Set a field to a text; the root is made where there is none.
   *
   * @returns 1, -1.
   */
  xavu_child_sets(rname: string, cname: string, sval: string): number;

  /**
   * `KSR.pvx.xavu_child_rm`
   *
   * (root, field) Remove the value of the field.
   *
   * @returns 1, also where there was none; -1 no name.
   */
  xavu_child_rm(rname: string, cname: string): number;

  /**
   * `KSR.pvx.xavu_child_is_null`
   *
   * (root, field) absent or null of child field of xavu (unique name).
   *
   * @returns 1 yes, -1 no.
   */
  xavu_child_is_null(rname: string, cname: string): number;

  /**
   * `KSR.pvx.xavu_child_get`
   *
   * (root, field) value of child field of xavu (unique name).
   *
   * @returns int, string or null.
   */
  xavu_child_get(rname: string, cname: string): string | number | null;

  /**
   * `KSR.pvx.xavu_child_gete`
   *
   * (root, field) value, empty for null of child field of xavu (unique name).
   *
   * @returns xval.
   */
  xavu_child_gete(rname: string, cname: string): string | number | null;

  /**
   * `KSR.pvx.xavu_child_getw`
   *
   * (root, field) value, "<null>" for null of child field of xavu (unique name).
   *
   * @returns xval.
   */
  xavu_child_getw(rname: string, cname: string): string | number | null;

  /**
   * `KSR.pvx.xavi_seti`
   *
   * (name, value) Add an integer on top.
   *
   * @returns 1, -1.
   */
  xavi_seti(rname: string, ival: number): number;

  /**
   * `KSR.pvx.xavi_sets`
   *
   * (name, value) Add a text on top.
   *
   * @returns 1, -1.
   */
  xavi_sets(rname: string, sval: string): number;

  /**
   * `KSR.pvx.xavi_get`
   *
   * (name) value of xavi (case-insensitive name).
   *
   * @returns int, string or null.
   */
  xavi_get(rname: string): string | number | null;

  /**
   * `KSR.pvx.xavi_gete`
   *
   * (name) value, empty for null of xavi (case-insensitive name).
   *
   * @returns xval.
   */
  xavi_gete(rname: string): string | number | null;

  /**
   * `KSR.pvx.xavi_getw`
   *
   * (name) value, "<null>" for null of xavi (case-insensitive name).
   *
   * @returns xval.
   */
  xavi_getw(rname: string): string | number | null;

  /**
   * `KSR.pvx.xavi_rm`
   *
   * (name) Remove the newest value.
   *
   * @returns 1, also where there was none.
   */
  xavi_rm(rname: string): number;

  /**
   * `KSR.pvx.xavi_rm_all`
   *
   * (name) Remove all values.
   *
   * @returns how many there were, 1 for none.
   */
  xavi_rm_all(rname: string): number;

  /**
   * `KSR.pvx.xavi_is_null`
   *
   * (name) absent or null of xavi (case-insensitive name).
   *
   * @returns 1 yes, -1 no.
   */
  xavi_is_null(rname: string): number;

  /**
   * `KSR.pvx.xavi_child_seti`
   *
   * (root, field, value) Set a field to an integer; the root is made where there is none.
   *
   * @returns 1, -1.
   */
  xavi_child_seti(rname: string, cname: string, ival: number): number;

  /**
   * `KSR.pvx.xavi_child_sets`
   *
   * (root, field, value) Set a field to a text; the root is made where there is none.
   *
   * @returns 1, -1.
   */
  xavi_child_sets(rname: string, cname: string, sval: string): number;

  /**
   * `KSR.pvx.xavi_child_rm`
   *
   * (root, field) Remove the newest value of the field.
   *
   * @returns 1, also where there was none.
   */
  xavi_child_rm(rname: string, cname: string): number;

  /**
   * `KSR.pvx.xavi_child_is_null`
   *
   * (root, field) absent or null of child field of xavi (case-insensitive name).
   *
   * @returns 1 yes, -1 no.
   */
  xavi_child_is_null(rname: string, cname: string): number;

  /**
   * `KSR.pvx.xavi_child_get`
   *
   * (root, field) value of child field of xavi (case-insensitive name).
   *
   * @returns int, string or null.
   */
  xavi_child_get(rname: string, cname: string): string | number | null;

  /**
   * `KSR.pvx.xavi_child_gete`
   *
   * (root, field) value, empty for null of child field of xavi (case-insensitive name).
   *
   * @returns xval.
   */
  xavi_child_gete(rname: string, cname: string): string | number | null;

  /**
   * `KSR.pvx.xavi_child_getw`
   *
   * (root, field) value, "<null>" for null of child field of xavi (case-insensitive name).
   *
   * @returns xval.
   */
  xavi_child_getw(rname: string, cname: string): string | number | null;

  /**
   * `KSR.pvx.evalx`
   *
   * (pseudo-variable, text) Set it to the text with its pseudo-variables replaced.
   *
   * @returns 1; -1 it cannot be written, or the text not be expanded.
   */
  evalx(dst: string, fmt: string): number;

  /**
   * `KSR.pvx.avp_seti`
   *
   * Set int of $avp.
   *
   * @returns 1 ok, -1 not.
   */
  avp_seti(xname: string, vn: number): number;

  /**
   * `KSR.pvx.avp_sets`
   *
   * Set string of $avp.
   *
   * @returns 1 ok, -1 not.
   */
  avp_sets(xname: string, vs: string): number;

  /**
   * `KSR.pvx.avp_get`
   *
   * Value of $avp.
   *
   * @returns int, string or null.
   */
  avp_get(xname: string): string | number | null;

  /**
   * `KSR.pvx.avp_gete`
   *
   * Value, empty for null of $avp.
   *
   * @returns xval.
   */
  avp_gete(xname: string): string | number | null;

  /**
   * `KSR.pvx.avp_getw`
   *
   * Value, "<null>" for null of $avp.
   *
   * @returns xval.
   */
  avp_getw(xname: string): string | number | null;

  /**
   * `KSR.pvx.avp_rm`
   *
   * Remove all values of $avp.
   *
   * @returns 1.
   */
  avp_rm(xname: string): number;

  /**
   * `KSR.pvx.avp_is_null`
   *
   * Absent of $avp.
   *
   * @returns 1 yes, -1 no.
   */
  avp_is_null(xname: string): number;

  /**
   * `KSR.pvx.xavp_copy`
   *
   * (xavp, index, other name) Copy one as the last of the other name.
   *
   * @returns 1; -1 there is none.
   */
  xavp_copy(src_name: string, src_idx: number, dst_name: string): number;

  /**
   * `KSR.pvx.xavp_copy_dst`
   *
   * (xavp, index, other name, index) Copy one over that of the other name.
   *
   * @returns 1; -1 one of them is missing.
   */
  xavp_copy_dst(src_name: string, src_idx: number, dst_name: string, dst_idx: number): number;

  /**
   * `KSR.pvx.xavp_lshift`
   *
   * (xavp, index) Move the first values of the name behind the last.
   *
   * @returns 1; -2 there is none.
   */
  xavp_lshift(xname: string, idx: number): number;

  /**
   * `KSR.pvx.xavp_push_dst`
   *
   * (xavp) Request URI, destination URI and socket from the fields uri, dsturi and socket.
   *
   * @returns 1; -1 there is none, or one cannot be set.
   */
  xavp_push_dst(xname: string): number;
}

/** Registrations and their lookup (RFC 3261 section 10). */
interface KSR_registrar {
  /**
   * `KSR.registrar.save`
   *
   * (table, flags) store REGISTER contacts; flags 1 memory only, 2 no reply, 4 one contact only, 8 no expires variation, 16 prepare reply headers.
   *
   * @returns 1 inserted; 2 updated; 3 removed (star or expires 0); 4 no Contact (query); 0 nothing changed; -1 error; -2 too many contacts.
   */
  save(table: string, flags: number): number;

  /**
   * `KSR.registrar.save_uri`
   *
   * Same, AoR taken from the URI.
   *
   * @returns as save.
   */
  save_uri(table: string, flags: number, uri: string): number;

  /**
   * `KSR.registrar.lookup`
   *
   * (table) rewrite the request URI and branches from location.
   *
   * @returns 1 found; -1 not found; -2 contacts exist but none allows the method; -3 internal error.
   */
  lookup(table: string): number;

  /**
   * `KSR.registrar.lookup_uri`
   *
   * Same for a given AoR URI.
   *
   * @returns as lookup.
   */
  lookup_uri(table: string, uri: string): number;

  /**
   * `KSR.registrar.registered`
   *
   * Is the request URI registered.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  registered(table: string): number;

  /**
   * `KSR.registrar.registered_uri`
   *
   * Same for a URI.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  registered_uri(dtable: string, uri: string): number;

  /**
   * `KSR.registrar.unregister`
   *
   * (table, uri) remove all contacts.
   *
   * @returns 1; -1 bad URI; -2 delete failed; -3 not found.
   */
  unregister(dtable: string, uri: string): number;
}

/** Record-Route and loose routing (RFC 3261 sections 16.4, 16.6 and 16.12). */
interface KSR_rr {
  /**
   * `KSR.rr.record_route`
   *
   * Add Record-Route (queued params included).
   *
   * @returns 1; -1 (also second attempt).
   */
  record_route(): number;

  /**
   * `KSR.rr.record_route_params`
   *
   * Same with extra params.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  record_route_params(sparams: string): number;

  /**
   * `KSR.rr.loose_route`
   *
   * Process Route headers.
   *
   * @returns 1 driven by Route; 2 driven by an outbound flow token; -1 not driven or error; -2 broken flow token; -3 preloaded route set.
   */
  loose_route(): number;

  /**
   * `KSR.rr.remove_record_route`
   *
   * Undo the Record-Route added here.
   *
   * @returns 1.
   */
  remove_record_route(): number;

  /**
   * `KSR.rr.add_rr_param`
   *
   * Param (with leading ;) for the next Record-Route.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  add_rr_param(sparam: string): number;

  /**
   * `KSR.rr.check_route_param`
   *
   * Regex on the params of the Route that was popped.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  check_route_param(sre: string): number;

  /**
   * `KSR.rr.is_direction`
   *
   * Downstream or upstream by the ftag param.
   *
   * @returns 1 ok/yes, -1 fail/no; -6 wrong setup or argument.
   */
  is_direction(dir: string): number;
}

/** Checks of a request beyond what parsing needs. */
interface KSR_sanity {
  /**
   * `KSR.sanity.sanity_check`
   *
   * (message checks mask, URI checks mask); message bits: 1 ruri version, 2 ruri scheme, 4 required headers, 8 via version, 16 via protocol, 32 cseq method, 64 cseq value, 128 content-length, 256 expires, 512 proxy-require, 1024 parse URIs, 2048 digest, 4096 duplicate tags, 8192 authorization, 16384 via1, 32768 rfc3261, 65536 sizes; URI bits: 1 ruri, 2 from, 4 to, 8 contact.
   *
   * @returns 1 passed; -1 failed or error (an error reply is sent unless noreply).
   */
  sanity_check(mflags: number, uflags: number): number;

  /**
   * `KSR.sanity.sanity_check_defaults`
   *
   * Same with module default masks.
   *
   * @returns 1; -1.
   */
  sanity_check_defaults(): number;

  /**
   * `KSR.sanity.sanity_reply`
   *
   * Send the reply stored by a failed check (noreply mode).
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  sanity_reply(): number;
}

/** Tests on messages, URIs and text. */
interface KSR_siputils {
  /**
   * `KSR.siputils.has_totag`
   *
   * To has a tag.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  has_totag(): number;

  /**
   * `KSR.siputils.is_request`
   *
   * Message is a request.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  is_request(): number;

  /**
   * `KSR.siputils.is_reply`
   *
   * Message is a reply.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  is_reply(): number;

  /**
   * `KSR.siputils.is_sip`
   *
   * SIP message.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  is_sip(): number;

  /**
   * `KSR.siputils.is_first_hop`
   *
   * First hop from the sender (one Via on requests, no/own Record-Route on replies).
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  is_first_hop(): number;

  /**
   * `KSR.siputils.is_first_hop_mode`
   *
   * Same; non-zero mode relaxes the reply test (host of top Record-Route need not be an IP, no loop test).
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  is_first_hop_mode(mode: number): number;

  /**
   * `KSR.siputils.is_uri`
   *
   * Valid URI.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  is_uri(suri: string): number;

  /**
   * `KSR.siputils.is_user`
   *
   * User of digest credentials equals the value.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  is_user(suser: string): number;

  /**
   * `KSR.siputils.uri_param`
   *
   * Request URI has the parameter without value check.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  uri_param(sparam: string): number;

  /**
   * `KSR.siputils.uri_param_value`
   *
   * Parameter equals the value.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  uri_param_value(sparam: string, svalue: string): number;

  /**
   * `KSR.siputils.uri_param_any`
   *
   * Parameter present with any or no value.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  uri_param_any(sparam: string): number;

  /**
   * `KSR.siputils.uri_param_rm`
   *
   * Remove the parameter.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  uri_param_rm(sparam: string): number;

  /**
   * `KSR.siputils.is_tel_number`
   *
   * Optional + then digits.
   *
   * @returns 1; -2.
   */
  is_tel_number(tval: string): number;

  /**
   * `KSR.siputils.is_numeric`
   *
   * Digits only.
   *
   * @returns 1; -2.
   */
  is_numeric(tval: string): number;

  /**
   * `KSR.siputils.is_alphanum`
   *
   * Letters and digits.
   *
   * @returns 1; -2 empty; -3 other char.
   */
  is_alphanum(tval: string): number;

  /**
   * `KSR.siputils.is_alphanumex`
   *
   * Plus a set of extra chars.
   *
   * @returns 1; -2; -3.
   */
  is_alphanumex(tval: string, eset: string): number;

  /**
   * `KSR.siputils.options_reply`
   *
   * 200 with capabilities for OPTIONS without user.
   *
   * @returns 1; -1.
   */
  options_reply(): number;
}

/** Stateless replies. */
interface KSR_sl {
  /**
   * `KSR.sl.sl_send_reply`
   *
   * Stateless reply.
   *
   * @returns 1; -1 failed; -2 marked no-reply.
   */
  sl_send_reply(code: number, reason: string): number;

  /**
   * `KSR.sl.send_reply`
   *
   * Stateful if a transaction exists, else stateless.
   *
   * @returns 1; -1 (empty reason too); -2 marked no-reply.
   */
  send_reply(code: number, reason: string): number;

  /**
   * `KSR.sl.send_reply_mode`
   *
   * Same with mode bit 1: create transaction first.
   *
   * @returns 1; -1; -2.
   */
  send_reply_mode(code: number, reason: string, mode: number): number;

  /**
   * `KSR.sl.sl_reply_error`
   *
   * Stateless reply from the last core error.
   *
   * @returns 1; -1; -2 final reply already sent or no- reply; -3 delayed reply pending.
   */
  sl_reply_error(): number;

  /**
   * `KSR.sl.send_reply_error`
   *
   * Tm error reply when tm is bound, else stateless.
   *
   * @returns 1; -1; -2; -3 as above.
   */
  send_reply_error(): number;
}

/** Texts of messages: searching, replacing, bodies and their parts. Changes show after msg_apply_changes. */
interface KSR_textops {
  /**
   * `KSR.textops.search`
   *
   * Does the regular expression match anywhere in the message, in any case, `^` and `$` at the ends of lines.
   *
   * @returns 1 yes (also an empty one), -1 no or malformed.
   */
  search(sre: string): number;

  /**
   * `KSR.textops.search_body`
   *
   * The same in the body.
   *
   * @returns 1 yes (also an empty one), -1 no, no body or malformed.
   */
  search_body(sre: string): number;

  /**
   * `KSR.textops.search_hf`
   *
   * (header, expression, flags) In values of a header: f only the first, l only the last, else any.
   *
   * @returns 1 yes, -1 no or malformed.
   */
  search_hf(hname: string, sre: string, flags: string): number;

  /**
   * `KSR.textops.search_append`
   *
   * (expression, text) Insert the text after the first match behind the first line.
   *
   * @returns 1; -1 no match, malformed, or the text ends a line of the headers.
   */
  search_append(ematch: string, val: string): number;

  /**
   * `KSR.textops.search_append_body`
   *
   * (expression, text) The same in the body.
   *
   * @returns 1; -1 no match or malformed.
   */
  search_append_body(ematch: string, val: string): number;

  /**
   * `KSR.textops.is_present_hf`
   *
   * Is there a header of that name.
   *
   * @returns 1 yes, -1 no.
   */
  is_present_hf(hname: string): number;

  /**
   * `KSR.textops.is_present_hf_re`
   *
   * Does a header's name match.
   *
   * @returns 1 yes, -1 no or malformed.
   */
  is_present_hf_re(ematch: string): number;

  /**
   * `KSR.textops.subst`
   *
   * (/expression/replacement/flags) Replace what matches behind the first line; flags i any case, g all, s as one line. The replacement may have \0 to \9 and pseudo-variables.
   *
   * @returns 1; -1 no match, malformed, or headers would be broken.
   */
  subst(subst: string): number;

  /**
   * `KSR.textops.subst_uri`
   *
   * The same on the request URI, at once.
   *
   * @returns 1; -1 no match, malformed or no URI.
   */
  subst_uri(subst: string): number;

  /**
   * `KSR.textops.subst_user`
   *
   * The same on its user part, at once.
   *
   * @returns 1; -1 no match, malformed or no user part.
   */
  subst_user(subst: string): number;

  /**
   * `KSR.textops.subst_body`
   *
   * The same on the body.
   *
   * @returns 1; -1 no match, malformed or no body.
   */
  subst_body(subst: string): number;

  /**
   * `KSR.textops.subst_hf`
   *
   * (header, expression, flags) The same on values of a header: f only the first, l only the last, else all.
   *
   * @returns 1; -1 no match, malformed, or a header that only the host writes.
   */
  subst_hf(hname: string, subst: string, flags: string): number;

  /**
   * `KSR.textops.subst_v`
   *
   * (text, expression, pseudo-variable) Set it to the text with what matches replaced.
   *
   * @returns 1; -1 no match, malformed, or it cannot be written.
   */
  subst_v(itext: string, subex: string, opv: string): number;

  /**
   * `KSR.textops.remove_hf`
   *
   * Remove all headers of that name.
   *
   * @returns 1 removed; -1 none, or one that only the host writes.
   */
  remove_hf(hname: string): number;

  /**
   * `KSR.textops.remove_hf_re`
   *
   * Remove headers whose name matches, but Via and Content-Length.
   *
   * @returns 1 removed; -1 none or malformed.
   */
  remove_hf_re(ematch: string): number;

  /**
   * `KSR.textops.remove_hf_idx`
   *
   * (name, index, negative from the last)
   *
   * @returns 1 removed; 2 nothing at that index (1 for a negative one); -1 error.
   */
  remove_hf_idx(hname: string, idx: number): number;

  /**
   * `KSR.textops.remove_hf_exp`
   *
   * (expression, exception) Remove headers whose name matches the first and not the second.
   *
   * @returns 1 removed; -1 none or malformed.
   */
  remove_hf_exp(ematch: string, eskip: string): number;

  /**
   * `KSR.textops.remove_hf_match`
   *
   * (name, operator, value) Remove headers whose value fits: eq, ne, in, re.
   *
   * @returns 1 removed; -2 none; -1 error.
   */
  remove_hf_match(hname: string, op: string, expr: string): number;

  /**
   * `KSR.textops.replace`
   *
   * (expression, text) Replace the first match behind the first line.
   *
   * @returns 1; -1 no match, malformed, or headers would be broken.
   */
  replace(sre: string, sval: string): number;

  /**
   * `KSR.textops.replace_str`
   *
   * (text, by, mode) Replace plain text: mode f the first, else all.
   *
   * @returns 1 (also where it is not there); -1 headers would be broken.
   */
  replace_str(mkey: string, rval: string, rmode: string): number;

  /**
   * `KSR.textops.replace_all`
   *
   * (expression, text) Replace all matches behind the first line.
   *
   * @returns 1; -1 no match, malformed, one of no length, or headers would be broken.
   */
  replace_all(sre: string, sval: string): number;

  /**
   * `KSR.textops.replace_body`
   *
   * (expression, text) Replace the first match in the body.
   *
   * @returns 1; -1 no match, malformed or no body.
   */
  replace_body(sre: string, sval: string): number;

  /**
   * `KSR.textops.replace_body_str`
   *
   * (text, by, mode) Replace plain text in the body: mode f the first, else all.
   *
   * @returns 1; -1 no body.
   */
  replace_body_str(mkey: string, rval: string, rmode: string): number;

  /**
   * `KSR.textops.replace_hdrs`
   *
   * (expression, text) Replace the first match in the headers.
   *
   * @returns 1; -1 no match, malformed, or headers would be broken.
   */
  replace_hdrs(sre: string, sval: string): number;

  /**
   * `KSR.textops.replace_hdrs_str`
   *
   * (text, by, mode) Replace plain text in the headers: mode f the first, else all.
   *
   * @returns 1; -1 headers would be broken.
   */
  replace_hdrs_str(mkey: string, rval: string, rmode: string): number;

  /**
   * `KSR.textops.replace_body_all`
   *
   * (expression, text) Replace all matches in the body, line by line.
   *
   * @returns 1; -1 no match, malformed, one of no length, or no body.
   */
  replace_body_all(sre: string, sval: string): number;

  /**
   * `KSR.textops.replace_body_atonce`
   *
   * (expression, text) The same with `^` and `$` at the ends of the body only.
   *
   * @returns 1, -1.
   */
  replace_body_atonce(sre: string, sval: string): number;

  /**
   * `KSR.textops.set_body`
   *
   * (body, content type) Another body, in the place of what was set before too.
   *
   * @returns 1; -1 one of them is empty, or the type is no header value.
   */
  set_body(nb: string, nc: string): number;

  /**
   * `KSR.textops.set_body_hex`
   *
   * The same in hexadecimal digits, blanks between them allowed.
   *
   * @returns 1; -1 also where they are none.
   */
  set_body_hex(htxt: string, ct: string): number;

  /**
   * `KSR.textops.set_reply_body`
   *
   * (body, content type) The body of the next reply of our own.
   *
   * @returns 1; -1 one of them is empty, or the type is no header value.
   */
  set_reply_body(nb: string, nc: string): number;

  /**
   * `KSR.textops.set_reply_body_hex`
   *
   * The same in hexadecimal digits.
   *
   * @returns 1, -1.
   */
  set_reply_body_hex(htxt: string, ct: string): number;

  /**
   * `KSR.textops.has_body`
   *
   * Is there a body.
   *
   * @returns 1 yes, -1 no.
   */
  has_body(): number;

  /**
   * `KSR.textops.has_body_type`
   *
   * Is there a body of that type (application/sdp where none is named); empty for any.
   *
   * @returns 1 yes, -1 no.
   */
  has_body_type(ctype: string): number;

  /**
   * `KSR.textops.filter_body`
   *
   * Leave only the first part of that type of a multipart/mixed body; Content-Type stays.
   *
   * @returns 1; -1 no such part.
   */
  filter_body(content_type: string): number;

  /**
   * `KSR.textops.is_privacy`
   *
   * Has Privacy the value user, header, session, none, critical, id or history.
   *
   * @returns 1 yes; -1 no, or another value.
   */
  is_privacy(privacy: string): number;

  /**
   * `KSR.textops.in_list`
   *
   * (item, list, separator)
   *
   * @returns 1 the item is in the list, -1 not.
   */
  in_list(subject: string, list: string, vsep: string): number;

  /**
   * `KSR.textops.in_list_prefix`
   *
   * (text, list, separator)
   *
   * @returns 1 an item of the list is a prefix of the text, -1 not.
   */
  in_list_prefix(subject: string, list: string, vsep: string): number;

  /**
   * `KSR.textops.cmp_str`
   *
   * Compare.
   *
   * @returns 1 equal; -1 the first is greater; -2 less.
   */
  cmp_str(s1: string, s2: string): number;

  /**
   * `KSR.textops.cmp_istr`
   *
   * Compare in any case.
   *
   * @returns 1 equal; -1 the first is greater; -2 less.
   */
  cmp_istr(s1: string, s2: string): number;

  /**
   * `KSR.textops.search_str`
   *
   * (text, expression)
   *
   * @returns 1 match; -1 none; 2 empty expression; -2 empty text or malformed.
   */
  search_str(stext: string, sre: string): number;

  /**
   * `KSR.textops.starts_with`
   *
   * (text, prefix)
   *
   * @returns 1 yes; -1 the text is shorter or greater; -2 less.
   */
  starts_with(s1: string, s2: string): number;

  /**
   * `KSR.textops.ends_with`
   *
   * (text, suffix)
   *
   * @returns 1 yes; -1 the text is shorter or its end greater; -2 less.
   */
  ends_with(vstr: string, vsuffix: string): number;

  /**
   * `KSR.textops.str_find`
   *
   * (text, needle)
   *
   * @returns its position, from 1; -1 it is not there.
   */
  str_find(txt: string, needle: string): number;

  /**
   * `KSR.textops.str_ifind`
   *
   * (text, needle) The same in any case.
   *
   * @returns its position, from 1; -1 it is not there.
   */
  str_ifind(txt: string, needle: string): number;

  /**
   * `KSR.textops.str_any_in`
   *
   * (text, characters)
   *
   * @returns 1 one of the characters is in the text, -1 none.
   */
  str_any_in(txt: string, clist: string): number;

  /**
   * `KSR.textops.str_all_in`
   *
   * (text, characters)
   *
   * @returns 1 all of the characters are in the text, -1 not.
   */
  str_all_in(txt: string, clist: string): number;

  /**
   * `KSR.textops.is_audio_on_hold`
   *
   * Is an audio stream of the SDP on hold.
   *
   * @returns 1 by address 0.0.0.0; 2 by sendonly or inactive; -1 no.
   */
  is_audio_on_hold(): number;

  /**
   * `KSR.textops.set_body_multipart_mode`
   *
   * Make the body the only part of a multipart/mixed one.
   *
   * @returns 1 (also where it is one); -1 no body.
   */
  set_body_multipart_mode(): number;

  /**
   * `KSR.textops.set_body_multipart_boundary`
   *
   * The same with a boundary.
   *
   * @returns 1; -1 no body, or it cannot be a boundary.
   */
  set_body_multipart_boundary(boundary: string): number;

  /**
   * `KSR.textops.set_body_multipart_content`
   *
   * (body, type) A multipart/mixed body of this part.
   *
   * @returns 1, -1.
   */
  set_body_multipart_content(nbody: string, ctype: string): number;

  /**
   * `KSR.textops.set_body_multipart`
   *
   * (body, type, boundary) The same with a boundary.
   *
   * @returns 1, -1.
   */
  set_body_multipart(nbody: string, ctype: string, boundary: string): number;

  /**
   * `KSR.textops.append_body_part`
   *
   * (body, type) Append a part to a multipart/mixed body.
   *
   * @returns 1; -1 it is none, or one of them is empty.
   */
  append_body_part(txt: string, ct: string): number;

  /**
   * `KSR.textops.append_body_part_cd`
   *
   * (body, type, disposition) The same with a Content-Disposition.
   *
   * @returns 1, -1.
   */
  append_body_part_cd(txt: string, ct: string, cd: string): number;

  /**
   * `KSR.textops.append_body_part_hex`
   *
   * (body in hexadecimal digits, type) Otherwise as append_body_part.
   *
   * @returns 1, -1.
   */
  append_body_part_hex(txt: string, ct: string): number;

  /**
   * `KSR.textops.append_body_part_hex_cd`
   *
   * (body in hexadecimal digits, type, disposition) Otherwise as append_body_part_cd.
   *
   * @returns 1, -1.
   */
  append_body_part_hex_cd(htxt: string, ct: string, cd: string): number;

  /**
   * `KSR.textops.remove_body_part`
   *
   * Remove the first part of that type.
   *
   * @returns 1; -1 no such part.
   */
  remove_body_part(content_type: string): number;

  /**
   * `KSR.textops.get_body_part`
   *
   * (type, pseudo-variable) Set it to the content of the first part of that type; to the body where that is not multipart.
   *
   * @returns 1; -1 no such part, or it cannot be written.
   */
  get_body_part(ctype: string, pvname: string): number;

  /**
   * `KSR.textops.get_body_part_raw`
   *
   * The same with the headers of the part.
   *
   * @returns 1, -1.
   */
  get_body_part_raw(ctype: string, pvname: string): number;

  /**
   * `KSR.textops.regex_substring`
   *
   * (text, expression, group, number of groups, pseudo-variable) Set it to what the group matches; case counts.
   *
   * @returns 1; -1 malformed, or nothing in the group; -2 no match.
   */
  regex_substring(input: string, regex: string, mindex: number, nmatch: number, dst: string): number;
}

/** Transactions: stateful relaying and replying (RFC 3261 sections 16 and 17). */
interface KSR_tm {
  /**
   * `KSR.tm.t_relay`
   *
   * Create the transaction if needed and forward statefully.
   *
   * @returns 1 ok (also retransmission absorbed); <=0 error: -1 generic, -2 oom, -4 error with no reply sent (internal reply disabled), -8/-9/-20/-400 creation errors, -478 unresolvable next hop, -510 forbidden; 0 = reply sent or unsupported route; the error reply is normally already sent.
   */
  t_relay(): number;

  /**
   * `KSR.tm.t_on_branch`
   *
   * Callback name to run per outgoing branch.
   *
   * @returns 1.
   */
  t_on_branch(rname: string): number;

  /**
   * `KSR.tm.t_on_failure`
   *
   * Callback name to run when the transaction fails (reset before it runs; arm again inside).
   *
   * @returns 1.
   */
  t_on_failure(rname: string): number;

  /**
   * `KSR.tm.t_on_branch_failure`
   *
   * Callback name to run when a branch ends negatively, before the other branches decide (for the branches sent from now on; reset before it runs).
   *
   * @returns 1.
   */
  t_on_branch_failure(rname: string): number;

  /**
   * `KSR.tm.t_on_reply`
   *
   * Callback name for replies of the transaction.
   *
   * @returns 1.
   */
  t_on_reply(rname: string): number;

  /**
   * `KSR.tm.t_reply`
   *
   * Stateful reply (code, reason); needs a transaction.
   *
   * @returns 1 ok; -1 no transaction/failed/ACK; -2 message marked no-reply.
   */
  t_reply(code: number, reason: string): number;

  /**
   * `KSR.tm.t_send_reply`
   *
   * Create the transaction when missing then t_reply.
   *
   * @returns 1; -1; -2 no-reply mark.
   */
  t_send_reply(code: number, reason: string): number;

  /**
   * `KSR.tm.t_check_trans`
   *
   * Match the message to a transaction.
   *
   * @returns 1 found: reply, CANCEL matching an INVITE, end-to- end ACK of a local 200 (or called in failure/branch/onreply route); 0 retransmission or ACK for a local negative reply, already handled: stop; -1 none.
   */
  t_check_trans(): number;

  /**
   * `KSR.tm.t_is_canceled`
   *
   * Has the transaction been cancelled.
   *
   * @returns 1 yes; -1 no or no transaction.
   */
  t_is_canceled(): number;

  /**
   * `KSR.tm.t_newtran`
   *
   * Create the transaction.
   *
   * @returns 1 created; 0 retransmission (reply resent); <0: -10 already exists, -8 bad Via, -9 tuple, -20, -400 bad request, -2 oom.
   */
  t_newtran(): number;

  /**
   * `KSR.tm.t_release`
   *
   * Drop the transaction created in the request route.
   *
   * @returns 1 ok, -1 fail.
   */
  t_release(): number;

  /**
   * `KSR.tm.t_is_set`
   *
   * Is a route armed: first letter of branch_route, failure_route, onreply_route.
   *
   * @returns 1 yes; -1 no.
   */
  t_is_set(target: string): number;

  /**
   * `KSR.tm.t_lookup_request`
   *
   * Does the request belong to an existing transaction.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  t_lookup_request(): number;

  /**
   * `KSR.tm.t_lookup_cancel`
   *
   * Does a CANCEL match an INVITE transaction.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  t_lookup_cancel(): number;

  /**
   * `KSR.tm.t_retransmit_reply`
   *
   * Resend the last reply.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  t_retransmit_reply(): number;

  /**
   * `KSR.tm.t_set_fr_inv`
   *
   * Set the INVITE final timer, ms.
   *
   * @returns 1 ok, -1 fail.
   */
  t_set_fr_inv(fr_inv: number): number;

  /**
   * `KSR.tm.t_set_fr`
   *
   * (fr_inv ms, fr ms); 0 keeps the value.
   *
   * @returns 1 ok, -1 fail.
   */
  t_set_fr(fr_inv: number, fr: number): number;

  /**
   * `KSR.tm.t_reset_fr`
   *
   * Restore default timers.
   *
   * @returns 1.
   */
  t_reset_fr(): number;

  /**
   * `KSR.tm.t_check_status`
   *
   * Regex on the reply status (winning branch in failure route).
   *
   * @returns 1 match; -1 no match or bad regex.
   */
  t_check_status(sexp: string): number;

  /**
   * `KSR.tm.t_grep_status`
   *
   * Did any branch receive that code.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  t_grep_status(code: number): number;

  /**
   * `KSR.tm.t_any_replied`
   *
   * Did any branch answer.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  t_any_replied(): number;

  /**
   * `KSR.tm.t_any_timeout`
   *
   * Did any branch time out.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  t_any_timeout(): number;

  /**
   * `KSR.tm.t_branch_replied`
   *
   * Did the current branch answer (failure routes).
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  t_branch_replied(): number;

  /**
   * `KSR.tm.t_branch_timeout`
   *
   * Did the current branch time out (failure routes only).
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  t_branch_timeout(): number;

  /**
   * `KSR.tm.t_relay_to_proto_addr`
   *
   * Relay forcing transport, host, port.
   *
   * @returns as t_relay.
   */
  t_relay_to_proto_addr(sproto: string, host: string, port: number): number;

  /**
   * `KSR.tm.t_get_status_code`
   *
   * Current status of the transaction for the route type.
   *
   * @returns the code, -1 when none.
   */
  t_get_status_code(): number;

  /**
   * `KSR.tm.t_get_branch_index`
   *
   * Branch index for the route type.
   *
   * @returns index >=0, -1 error.
   */
  t_get_branch_index(): number;

  /**
   * `KSR.tm.t_exists`
   *
   * Transaction lookup without touching state.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  t_exists(): number;

  /**
   * `KSR.tm.t_uac_send`
   *
   * Send a request of the script's own in a transaction of its own: method, request URI, next hop (empty: the request URI), sending socket as proto:ip:port (empty: any that fits), header lines, body. From, To, Call-ID and CSeq are made up where the lines have none; a body needs a Content-Type. Replies are not waited for; where an address does not answer the next one is tried. A 2xx to an INVITE is acknowledged by itself (t_set_no_auto_ack).
   *
   * @returns 1 ok (also where tm:local-request dropped it), -1 fail.
   */
  t_uac_send(method: string, ruri: string, nexthop: string, ssock: string, hdrs: string, body: string): number;

  /**
   * `KSR.tm.t_relay_to_proxy`
   *
   * Relay to `proto:host:port` (proto and port may be missing) whatever $ru and $du say.
   *
   * @returns as t_relay.
   */
  t_relay_to_proxy(sproxy: string): number;

  /**
   * `KSR.tm.t_relay_to_flags`
   *
   * Relay with flags: 1 no automatic 100, 2 no reply of our own on errors, 4 no failover to further addresses of a name.
   *
   * @returns as t_relay.
   */
  t_relay_to_flags(rflags: number): number;

  /**
   * `KSR.tm.t_relay_to_proxy_flags`
   *
   * t_relay_to_proxy with the flags of t_relay_to_flags.
   *
   * @returns as t_relay.
   */
  t_relay_to_proxy_flags(sproxy: string, rflags: number): number;

  /**
   * `KSR.tm.t_relay_to_proto`
   *
   * Relay to the usual next hop over this transport: udp, tcp, tls.
   *
   * @returns as t_relay; -1 for another transport.
   */
  t_relay_to_proto(sproto: string): number;

  /**
   * `KSR.tm.t_replicate`
   *
   * Send a copy of the request to a URI; its replies do not go to the caller, who hears what the script replies.
   *
   * @returns as t_relay.
   */
  t_replicate(suri: string): number;

  /**
   * `KSR.tm.t_reply_error`
   *
   * Reply through the transaction with the code of the last error of t_relay, 500 where there was none.
   *
   * @returns 1 ok; -1 no transaction or failed; -2 message marked no-reply.
   */
  t_reply_error(): number;

  /**
   * `KSR.tm.t_lookup_cancel_flags`
   *
   * Does a CANCEL match an INVITE transaction; flags other than 0 copy the message flags of the INVITE into this run.
   *
   * @returns 1 yes, -1 no.
   */
  t_lookup_cancel_flags(flags: number): number;

  /**
   * `KSR.tm.t_set_max_lifetime`
   *
   * The longest life of the transaction until its decision, in ms from its creation: of an INVITE, of others; 0 keeps the value. Branches without a final reply time out then, and none is added later.
   *
   * @returns 1 ok, -1 negative.
   */
  t_set_max_lifetime(t1: number, t2: number): number;

  /**
   * `KSR.tm.t_reset_max_lifetime`
   *
   * Back to max_inv_lifetime and max_noninv_lifetime.
   *
   * @returns 1.
   */
  t_reset_max_lifetime(): number;

  /**
   * `KSR.tm.t_set_retr`
   *
   * Retransmissions of the branches to come: first and longest interval in ms; 0 keeps the value.
   *
   * @returns 1 ok, -1 negative.
   */
  t_set_retr(t1: number, t2: number): number;

  /**
   * `KSR.tm.t_reset_retr`
   *
   * Back to retr_timer1 and retr_timer2.
   *
   * @returns 1.
   */
  t_reset_retr(): number;

  /**
   * `KSR.tm.t_load_contacts`
   *
   * Move request URI and branches into contacts_avp, ordered by q, for t_next_contacts; a single destination stays where it is.
   *
   * @returns 1; -1 without contacts_avp or where they do not fit.
   */
  t_load_contacts(): number;

  /**
   * `KSR.tm.ki_t_load_contacts_mode`
   *
   * t_load_contacts with mode 0, in the order of q, or 1, at random with the chances that the q values give.
   *
   * @returns 1; -1 as t_load_contacts, or another mode.
   */
  ki_t_load_contacts_mode(mode: number): number;

  /**
   * `KSR.tm.t_next_contacts`
   *
   * Take the contacts of the best q out of contacts_avp: the first becomes the request URI, the others branches. Of several flows to one instance the further ones go into contact_flows_avp.
   *
   * @returns 1 ok; -1 disabled; -2 none left; -3 what is stored is no contact.
   */
  t_next_contacts(): number;

  /**
   * `KSR.tm.t_next_contact_flow`
   *
   * Take the next flow to the instance of the branch that failed out of contact_flows_avp, as one more branch.
   *
   * @returns 1 ok; -1 disabled; -2 none left.
   */
  t_next_contact_flow(): number;

  /**
   * `KSR.tm.t_drop_replies`
   *
   * In a failure callback: forget negative replies, so that they cannot win. By the first letter: n none, l those of the branches added last, else all.
   *
   * @returns 1.
   */
  t_drop_replies(mode: string): number;

  /**
   * `KSR.tm.t_drop_replies_all`
   *
   * t_drop_replies with all.
   *
   * @returns 1.
   */
  t_drop_replies_all(): number;

  /**
   * `KSR.tm.t_use_uac_headers`
   *
   * ACK and CANCEL have From and To as they were sent; they always have.
   *
   * @returns 1.
   */
  t_use_uac_headers(): number;

  /**
   * `KSR.tm.t_save_lumps`
   *
   * Keep the changes made so far for the branches that a failure callback adds; what is changed between this and t_relay is not kept.
   *
   * @returns 1 ok; -1 no transaction or no request route.
   */
  t_save_lumps(): number;

  /**
   * `KSR.tm.t_clean`
   *
   * End what is due to end now.
   *
   * @returns 1.
   */
  t_clean(): number;

  /**
   * `KSR.tm.t_is_expired`
   *
   * Has the transaction outlived its longest life (t_set_max_lifetime).
   *
   * @returns 1 yes; -1 no.
   */
  t_is_expired(): number;

  /**
   * `KSR.tm.t_is_retr_async_reply`
   *
   * Is this reply a retransmission while its transaction is suspended.
   *
   * @returns 1 yes; -1 no.
   */
  t_is_retr_async_reply(): number;

  /**
   * `KSR.tm.t_set_auto_inv_100`
   *
   * 1: t_relay answers an INVITE with 100; 0: the script does.
   *
   * @returns 1.
   */
  t_set_auto_inv_100(state: number): number;

  /**
   * `KSR.tm.t_set_disable_6xx`
   *
   * 1: a 6xx is a negative reply like others: it neither cancels nor wins.
   *
   * @returns 1.
   */
  t_set_disable_6xx(state: number): number;

  /**
   * `KSR.tm.t_set_disable_failover`
   *
   * 1: no further address of a name is tried.
   *
   * @returns 1.
   */
  t_set_disable_failover(state: number): number;

  /**
   * `KSR.tm.t_set_no_e2e_cancel_reason`
   *
   * 1: the Reason of the caller's CANCEL does not go on to the branches.
   *
   * @returns 1.
   */
  t_set_no_e2e_cancel_reason(state: number): number;

  /**
   * `KSR.tm.t_set_disable_internal_reply`
   *
   * 1: t_relay does not answer where it fails; it returns -4.
   *
   * @returns 1.
   */
  t_set_disable_internal_reply(state: number): number;

  /**
   * `KSR.tm.t_set_no_auto_ack`
   *
   * 1: no ACK by itself to a 2xx of an INVITE of our own (t_uac_send): t_uac_ack_local sends it. For requests sent in this run from now on or, in tm:local-request, for that request. Negative replies are acknowledged in any case.
   *
   * @returns 1.
   */
  t_set_no_auto_ack(state: number): number;
}

/** More of transactions: which route runs, cancelling branches. */
interface KSR_tmx {
  /**
   * `KSR.tmx.t_precheck_trans`
   *
   * Is another worker handling the same request now.
   *
   * @returns 1 yes (stop); -1 no, ACK/CANCEL, or error.
   */
  t_precheck_trans(): number;

  /**
   * `KSR.tmx.t_is_request_route`
   *
   * Route type test.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  t_is_request_route(): number;

  /**
   * `KSR.tmx.t_is_reply_route`
   *
   * Route type test.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  t_is_reply_route(): number;

  /**
   * `KSR.tmx.t_is_failure_route`
   *
   * Route type test.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  t_is_failure_route(): number;

  /**
   * `KSR.tmx.t_is_branch_route`
   *
   * Route type test.
   *
   * @returns 1 ok/yes, -1 fail/no.
   */
  t_is_branch_route(): number;

  /**
   * `KSR.tmx.t_cancel_branches`
   *
   * All, others, this (first letter).
   *
   * @returns 1; -1 nothing to cancel or not INVITE.
   */
  t_cancel_branches(mode: string): number;

  /**
   * `KSR.tmx.t_suspend`
   *
   * Suspend: the transaction, made where there is none, waits for t_continue after this callback. Its name is $T(id_index) and $T(id_label). Without t_continue it fails with 408 after fr_timer.
   *
   * @returns 1 ok, -1 fail.
   */
  t_suspend(): number;

  /**
   * `KSR.tmx.t_continue`
   *
   * Resume a suspended transaction: the callback runs soon, with the state that was left, on the worker that owns the transaction.
   *
   * @returns 1 ok (or handed to another worker); -1 none is suspended by that name, or no such callback.
   */
  t_continue(tindex: number, tlabel: number, cbname: string): number;

  /**
   * `KSR.tmx.t_flush_flags`
   *
   * Copy message flags into the transaction.
   *
   * @returns 1 ok, -1 no transaction.
   */
  t_flush_flags(): number;

  /**
   * `KSR.tmx.t_flush_xflags`
   *
   * Copy extended flags (corex.setxflag) into the transaction.
   *
   * @returns 1 ok, -1 no transaction.
   */
  t_flush_xflags(): number;

  /**
   * `KSR.tmx.t_reuse_branch`
   *
   * In a failure callback: request URI, destination, path, flags and socket as those of the branch that failed.
   *
   * @returns 1 ok, -1 fail.
   */
  t_reuse_branch(): number;

  /**
   * `KSR.tmx.t_cancel_callid`
   *
   * Cancel the INVITE with this Call-ID and CSeq number, and set a flag of its transaction (-1: none).
   *
   * @returns 1 ok (or handed to another worker), -1 none.
   */
  t_cancel_callid(callid_s: string, cseq_s: string, fl: number): number;

  /**
   * `KSR.tmx.t_cancel_callid_reason`
   *
   * t_cancel_callid; the CANCELs say `Reason: SIP;cause=rcode`.
   *
   * @returns 1 ok, -1 none or no such code.
   */
  t_cancel_callid_reason(callid_s: string, cseq_s: string, fl: number, rcode: number): number;

  /**
   * `KSR.tmx.t_uac_ack_local`
   *
   * Acknowledge the 2xx of an INVITE that t_uac_send sent with t_set_no_auto_ack(1), by its Call-ID and CSeq number, with further header lines and a body (which needs a Content-Type). Copies of the 2xx get the same ACK.
   *
   * @returns 0 sent (or handed to another worker); -1 no such INVITE, or the ACK cannot be sent; -2 nothing to acknowledge: no 2xx yet, acknowledged, or by itself.
   */
  t_uac_ack_local(callid_s: string, cseq_s: string, hdrs: string, body: string): number;

  /**
   * `KSR.tmx.t_reply_callid`
   *
   * Reply to the transaction with this Call-ID and CSeq number.
   *
   * @returns 1 ok (or handed to another worker), -1 fail.
   */
  t_reply_callid(callid_s: string, cseq_s: string, code: number, status_s: string): number;

  /**
   * `KSR.tmx.t_drop`
   *
   * End the transaction without a reply, its status is 500; branches are cancelled.
   *
   * @returns 0 done; -1 no transaction.
   */
  t_drop(): number;

  /**
   * `KSR.tmx.t_drop_rcode`
   *
   * t_drop with another status.
   *
   * @returns 0 done; -1 no transaction or no final status.
   */
  t_drop_rcode(rcode: number): number;
}

/** Log lines with pseudo-variables in them. */
interface KSR_xlog {
  /**
   * `KSR.xlog.xdbg`
   *
   * Log a text, its pseudo-variables replaced by their values, at level debug.
   *
   * @returns 1 logged, or the level is off; -1 a variable in the text is unknown, or the outcome too long.
   */
  xdbg(lmsg: string): number;

  /**
   * `KSR.xlog.xinfo`
   *
   * Log a text, its pseudo-variables replaced by their values, at level info.
   *
   * @returns 1 logged, or the level is off; -1 a variable in the text is unknown, or the outcome too long.
   */
  xinfo(lmsg: string): number;

  /**
   * `KSR.xlog.xnotice`
   *
   * Log a text, its pseudo-variables replaced by their values, at level notice.
   *
   * @returns 1 logged, or the level is off; -1 a variable in the text is unknown, or the outcome too long.
   */
  xnotice(lmsg: string): number;

  /**
   * `KSR.xlog.xwarn`
   *
   * Log a text, its pseudo-variables replaced by their values, at level warning.
   *
   * @returns 1 logged, or the level is off; -1 a variable in the text is unknown, or the outcome too long.
   */
  xwarn(lmsg: string): number;

  /**
   * `KSR.xlog.xerr`
   *
   * Log a text, its pseudo-variables replaced by their values, at level error.
   *
   * @returns 1 logged, or the level is off; -1 a variable in the text is unknown, or the outcome too long.
   */
  xerr(lmsg: string): number;

  /**
   * `KSR.xlog.xalert`
   *
   * Log a text, its pseudo-variables replaced by their values, at level alert (logged as critical).
   *
   * @returns 1 logged, or the level is off; -1 a variable in the text is unknown, or the outcome too long.
   */
  xalert(lmsg: string): number;

  /**
   * `KSR.xlog.xcrit`
   *
   * Log a text, its pseudo-variables replaced by their values, at level critical.
   *
   * @returns 1 logged, or the level is off; -1 a variable in the text is unknown, or the outcome too long.
   */
  xcrit(lmsg: string): number;

  /**
   * `KSR.xlog.xlog`
   *
   * (level, text): the level is l_dbg, l_info, l_notice, l_warn, l_err, l_crit or l_alert in any case, another one is l_err. Otherwise as xerr.
   */
  xlog(slevel: string, lmsg: string): number;

  /**
   * `KSR.xlog.xlog_facility`
   *
   * (facility, level, text): as xlog; there are no facilities, the first parameter has no effect.
   */
  xlog_facility(lfacility: string, slevel: string, lmsg: string): number;
}

/** Kamailio's KEMI functions. */
interface KSR {
  /** Digest challenges and credentials (RFC 3261 section 22, RFC 8760). */
  readonly auth: KSR_auth;

  /** Digest authentication against the subscriber table. */
  readonly auth_db: KSR_auth_db;

  /** More core functions: branches, tests. */
  readonly corex: KSR_corex;

  /** Header lines: add, remove, read. */
  readonly hdr: KSR_hdr;

  /** Hash tables shared by all workers. */
  readonly htable: KSR_htable;

  /** The usual pseudo-variables as functions of their own. */
  readonly kx: KSR_kx;

  /** Max-Forwards (RFC 3261 sections 16.3 and 16.6). */
  readonly maxfwd: KSR_maxfwd;

  /** Clients behind address translation. */
  readonly nathelper: KSR_nathelper;

  /** The address table: trusted sources. */
  readonly permissions: KSR_permissions;

  /** Flood detection by source address. */
  readonly pike: KSR_pike;

  /** Pseudo-variables by their text. */
  readonly pv: KSR_pv;

  /** Variables as functions: lists of the transaction (xavp, xavu, xavi, avp), var, shv, the static branch. */
  readonly pvx: KSR_pvx;

  /** Registrations and their lookup (RFC 3261 section 10). */
  readonly registrar: KSR_registrar;

  /** Record-Route and loose routing (RFC 3261 sections 16.4, 16.6 and 16.12). */
  readonly rr: KSR_rr;

  /** Checks of a request beyond what parsing needs. */
  readonly sanity: KSR_sanity;

  /** Tests on messages, URIs and text. */
  readonly siputils: KSR_siputils;

  /** Stateless replies. */
  readonly sl: KSR_sl;

  /** Texts of messages: searching, replacing, bodies and their parts. Changes show after msg_apply_changes. */
  readonly textops: KSR_textops;

  /** Transactions: stateful relaying and replying (RFC 3261 sections 16 and 17). */
  readonly tm: KSR_tm;

  /** More of transactions: which route runs, cancelling branches. */
  readonly tmx: KSR_tmx;

  /** Log lines with pseudo-variables in them. */
  readonly xlog: KSR_xlog;

  /** Leaving a callback. */
  readonly x: KSR_x;

  /**
   * `KSR.dbg`
   *
   * Log a text at debug level (no newline added).
   *
   * @returns nothing.
   */
  dbg(txt: string): void;

  /**
   * `KSR.err`
   *
   * Log a text at error level.
   *
   * @returns nothing.
   */
  err(txt: string): void;

  /**
   * `KSR.info`
   *
   * Log a text at info level.
   *
   * @returns nothing.
   */
  info(txt: string): void;

  /**
   * `KSR.warn`
   *
   * Log a text at warning level.
   *
   * @returns nothing.
   */
  warn(txt: string): void;

  /**
   * `KSR.notice`
   *
   * Log a text at notice level.
   *
   * @returns nothing.
   */
  notice(txt: string): void;

  /**
   * `KSR.crit`
   *
   * Log a text at critical level.
   *
   * @returns nothing.
   */
  crit(txt: string): void;

  /**
   * `KSR.log`
   *
   * Log (level, text); level one of dbg info notice warn err crit, any other value means err.
   *
   * @returns nothing.
   */
  log(level: string, txt: string): void;

  /**
   * `KSR.set_drop`
   *
   * Raise the exit+drop flags on the current action context; the script itself goes on running (no effect where the caller installed no context, e.g. request route and failure route).
   *
   * @returns nothing.
   */
  set_drop(): void;

  /**
   * `KSR.is_myself`
   *
   * Does the URI (or bare host/IP) match a local listen socket or alias; port and transport compared only when present in a sip/sips URI.
   *
   * @returns true/false.
   */
  is_myself(uri: string): boolean;

  /**
   * `KSR.is_myself_ruri`
   *
   * Same test on the current request URI (rewritten one if any); always false on replies.
   *
   * @returns true/false.
   */
  is_myself_ruri(): boolean;

  /**
   * `KSR.is_myself_duri`
   *
   * Same test on the destination URI, false when unset.
   *
   * @returns true/false.
   */
  is_myself_duri(): boolean;

  /**
   * `KSR.is_myself_nhuri`
   *
   * Same test on the next hop: destination URI if set, else request URI.
   *
   * @returns true/false.
   */
  is_myself_nhuri(): boolean;

  /**
   * `KSR.is_myself_furi`
   *
   * Same test on the From URI.
   *
   * @returns true/false.
   */
  is_myself_furi(): boolean;

  /**
   * `KSR.is_myself_turi`
   *
   * Same test on the To URI.
   *
   * @returns true/false.
   */
  is_myself_turi(): boolean;

  /**
   * `KSR.is_myself_suri`
   *
   * Same test on the packet source address taken as a URI (ip, port, proto).
   *
   * @returns true/false.
   */
  is_myself_suri(): boolean;

  /**
   * `KSR.is_myself_srcip`
   *
   * Is the packet source IP one of ours (no port test).
   *
   * @returns true/false.
   */
  is_myself_srcip(): boolean;

  /**
   * `KSR.setflag`
   *
   * Set a message/transaction flag (0..31).
   *
   * @returns true, false when out of range.
   */
  setflag(flag: number): boolean;

  /**
   * `KSR.resetflag`
   *
   * Clear a message/transaction flag.
   *
   * @returns true, false when out of range.
   */
  resetflag(flag: number): boolean;

  /**
   * `KSR.isflagset`
   *
   * Test a message/transaction flag.
   *
   * @returns true/false.
   */
  isflagset(flag: number): boolean;

  /**
   * `KSR.setbflag`
   *
   * Set a branch flag on branch 0 (the main one).
   *
   * @returns true, false when out of range.
   */
  setbflag(flag: number): boolean;

  /**
   * `KSR.resetbflag`
   *
   * Clear a branch flag on branch 0.
   *
   * @returns true, false when out of range.
   */
  resetbflag(flag: number): boolean;

  /**
   * `KSR.isbflagset`
   *
   * Test a branch flag on branch 0.
   *
   * @returns true/false.
   */
  isbflagset(flag: number): boolean;

  /**
   * `KSR.setbiflag`
   *
   * Set a branch flag: (flag, branch index).
   *
   * @returns true, false when flag out of range.
   */
  setbiflag(flag: number, branch: number): boolean;

  /**
   * `KSR.resetbiflag`
   *
   * Clear a branch flag: (flag, branch index).
   *
   * @returns true, false when flag out of range.
   */
  resetbiflag(flag: number, branch: number): boolean;

  /**
   * `KSR.isbiflagset`
   *
   * Test a branch flag: (flag, branch index).
   *
   * @returns true/false.
   */
  isbiflagset(flag: number, branch: number): boolean;

  /**
   * `KSR.setsflag`
   *
   * Set a script flag (lives for one route execution; saved and zeroed around every callback call).
   *
   * @returns true, false when out of range.
   */
  setsflag(flag: number): boolean;

  /**
   * `KSR.resetsflag`
   *
   * Clear a script flag.
   *
   * @returns true, false when out of range.
   */
  resetsflag(flag: number): boolean;

  /**
   * `KSR.issflagset`
   *
   * Test a script flag.
   *
   * @returns true/false.
   */
  issflagset(flag: number): boolean;

  /**
   * `KSR.seturi`
   *
   * Replace the request URI.
   *
   * @returns true/false.
   */
  seturi(uri: string): boolean;

  /**
   * `KSR.setuser`
   *
   * Replace the user part of the request URI.
   *
   * @returns true/false.
   */
  setuser(user: string): boolean;

  /**
   * `KSR.sethost`
   *
   * Replace the host part of the request URI.
   *
   * @returns true/false.
   */
  sethost(host: string): boolean;

  /**
   * `KSR.setdsturi`
   *
   * Set the destination (outbound proxy) URI.
   *
   * @returns true (also true when setting fails; false only for bad parameters).
   */
  setdsturi(uri: string): boolean;

  /**
   * `KSR.resetdsturi`
   *
   * Clear the destination URI.
   *
   * @returns true.
   */
  resetdsturi(): boolean;

  /**
   * `KSR.isdsturiset`
   *
   * Is a destination URI set.
   *
   * @returns true/false.
   */
  isdsturiset(): boolean;

  /**
   * `KSR.force_rport`
   *
   * Answer to the source port and add rport/received to the top Via.
   *
   * @returns true.
   */
  force_rport(): boolean;

  /**
   * `KSR.add_local_rport`
   *
   * Add an rport parameter to the Via this proxy generates.
   *
   * @returns true.
   */
  add_local_rport(): boolean;

  /**
   * `KSR.is_method`
   *
   * Compare the request method (CSeq method on replies), case-insensitive; several standard methods may be joined with a vertical bar.
   *
   * @returns true/false.
   */
  is_method(vmethod: string): boolean;

  /**
   * `KSR.is_method_in`
   *
   * Method given by letters: I INVITE, A ACK, B BYE, C CANCEL, M MESSAGE, R REGISTER, E PRACK, P PUBLISH, S SUBSCRIBE, N NOTIFY, O OPTIONS, F REFER, U UPDATE, K KDMQ, G GET, T POST, V PUT, D DELETE (no letter for INFO).
   *
   * @returns true/false.
   */
  is_method_in(vmethod: string): boolean;

  /**
   * `KSR.forward`
   *
   * Stateless forward to destination URI or request URI.
   *
   * @returns 1 ok, -1 fail.
   */
  forward(): number;

  /**
   * `KSR.forward_uri`
   *
   * Stateless forward to the given URI (empty: same as forward).
   *
   * @returns 1 ok, -1 fail.
   */
  forward_uri(vuri: string): number;

  /**
   * `KSR.set_reply_no_connect`
   *
   * Do not open a new connection for the reply.
   *
   * @returns true.
   */
  set_reply_no_connect(): boolean;

  /**
   * `KSR.is_INVITE`
   *
   * Method test (CSeq method for replies).
   *
   * @returns true/false.
   */
  is_INVITE(): boolean;

  /**
   * `KSR.is_ACK`
   *
   * Method test.
   *
   * @returns true/false.
   */
  is_ACK(): boolean;

  /**
   * `KSR.is_BYE`
   *
   * Method test.
   *
   * @returns true/false.
   */
  is_BYE(): boolean;

  /**
   * `KSR.is_CANCEL`
   *
   * Method test.
   *
   * @returns true/false.
   */
  is_CANCEL(): boolean;

  /**
   * `KSR.is_REGISTER`
   *
   * Method test.
   *
   * @returns true/false.
   */
  is_REGISTER(): boolean;

  /**
   * `KSR.is_OPTIONS`
   *
   * Method test.
   *
   * @returns true/false.
   */
  is_OPTIONS(): boolean;

  /**
   * `KSR.is_SUBSCRIBE`
   *
   * Method test.
   *
   * @returns true/false.
   */
  is_SUBSCRIBE(): boolean;

  /**
   * `KSR.is_PUBLISH`
   *
   * Method test.
   *
   * @returns true/false.
   */
  is_PUBLISH(): boolean;

  /**
   * `KSR.is_NOTIFY`
   *
   * Method test.
   *
   * @returns true/false.
   */
  is_NOTIFY(): boolean;

  /**
   * `KSR.is_REFER`
   *
   * Method test.
   *
   * @returns true/false.
   */
  is_REFER(): boolean;

  /**
   * `KSR.is_INFO`
   *
   * Method test.
   *
   * @returns true/false.
   */
  is_INFO(): boolean;

  /**
   * `KSR.is_UPDATE`
   *
   * Method test.
   *
   * @returns true/false.
   */
  is_UPDATE(): boolean;

  /**
   * `KSR.is_PRACK`
   *
   * Method test.
   *
   * @returns true/false.
   */
  is_PRACK(): boolean;

  /**
   * `KSR.is_MESSAGE`
   *
   * Method test.
   *
   * @returns true/false.
   */
  is_MESSAGE(): boolean;

  /**
   * `KSR.is_UDP`
   *
   * Received over UDP.
   *
   * @returns true/false.
   */
  is_UDP(): boolean;

  /**
   * `KSR.is_TCP`
   *
   * Received over plain TCP.
   *
   * @returns true/false.
   */
  is_TCP(): boolean;

  /**
   * `KSR.is_TCPX`
   *
   * Received over any stream: TCP, TLS, WS, WSS.
   *
   * @returns true/false.
   */
  is_TCPX(): boolean;

  /**
   * `KSR.is_TLS`
   *
   * Received over TLS.
   *
   * @returns true/false.
   */
  is_TLS(): boolean;

  /**
   * `KSR.is_WS`
   *
   * Received over websocket.
   *
   * @returns true/false.
   */
  is_WS(): boolean;

  /**
   * `KSR.is_WSS`
   *
   * Received over secure websocket.
   *
   * @returns true/false.
   */
  is_WSS(): boolean;

  /**
   * `KSR.is_WSX`
   *
   * Received over WS or WSS.
   *
   * @returns true/false.
   */
  is_WSX(): boolean;

  /**
   * `KSR.is_SCTP`
   *
   * Received over SCTP.
   *
   * @returns true/false.
   */
  is_SCTP(): boolean;

  /**
   * `KSR.is_proto`
   *
   * Received over one of the letters: U UDP, T TCP, E TLS, S SCTP, V WS, W WSS.
   *
   * @returns true/false.
   */
  is_proto(sproto: string): boolean;

  /**
   * `KSR.is_IPv4`
   *
   * Local receiving socket is IPv4.
   *
   * @returns true/false.
   */
  is_IPv4(): boolean;

  /**
   * `KSR.is_IPv6`
   *
   * Local receiving socket is IPv6.
   *
   * @returns true/false.
   */
  is_IPv6(): boolean;

  /**
   * `KSR.to_UDP`
   *
   * Next hop transport is UDP (destination URI, else request URI; second Via on replies).
   *
   * @returns true/false.
   */
  to_UDP(): boolean;

  /**
   * `KSR.to_TCP`
   *
   * Next hop transport is TCP.
   *
   * @returns true/false.
   */
  to_TCP(): boolean;

  /**
   * `KSR.to_TLS`
   *
   * Next hop transport is TLS.
   *
   * @returns true/false.
   */
  to_TLS(): boolean;

  /**
   * `KSR.to_SCTP`
   *
   * Next hop transport is SCTP.
   *
   * @returns true/false.
   */
  to_SCTP(): boolean;

  /**
   * `KSR.to_WS`
   *
   * Next hop transport is WS.
   *
   * @returns true/false.
   */
  to_WS(): boolean;

  /**
   * `KSR.to_WSS`
   *
   * Next hop transport is WSS.
   *
   * @returns true/false.
   */
  to_WSS(): boolean;

  /**
   * `KSR.to_WSX`
   *
   * Next hop transport is WS or WSS.
   *
   * @returns true/false.
   */
  to_WSX(): boolean;

  /**
   * `KSR.to_IPv4`
   *
   * Next hop host is an IPv4 literal (second Via received/host on replies).
   *
   * @returns true/false.
   */
  to_IPv4(): boolean;

  /**
   * `KSR.to_IPv6`
   *
   * Next hop host is an IPv6 literal.
   *
   * @returns true/false.
   */
  to_IPv6(): boolean;

  /**
   * `KSR.is_src_port`
   *
   * Source port equals the value.
   *
   * @returns true/false.
   */
  is_src_port(vport: number): boolean;

  /**
   * `KSR.is_dst_port`
   *
   * Local receiving port equals the value.
   *
   * @returns true/false.
   */
  is_dst_port(vport: number): boolean;
}

declare const KSR: KSR;

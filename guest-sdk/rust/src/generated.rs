//! Generated from wit/ by kemist-codegen; do not edit.
//!
//! The typed functions, one module each as KSR has them.

/// The functions without a module: logging, flags, tests on the message, the request and destination URI.
pub mod core {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.dbg`
    ///
    /// Log a text at debug level (no newline added). Returns: nothing.
    pub fn dbg(txt: &str) {
        abi::import!("kemi:ksr/core@0.1.0", "dbg", fn import(txt: *const u8, txt_len: usize));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len()) }
    }

    /// `KSR.err`
    ///
    /// Log a text at error level. Returns: nothing.
    pub fn err(txt: &str) {
        abi::import!("kemi:ksr/core@0.1.0", "err", fn import(txt: *const u8, txt_len: usize));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len()) }
    }

    /// `KSR.info`
    ///
    /// Log a text at info level. Returns: nothing.
    pub fn info(txt: &str) {
        abi::import!("kemi:ksr/core@0.1.0", "info", fn import(txt: *const u8, txt_len: usize));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len()) }
    }

    /// `KSR.warn`
    ///
    /// Log a text at warning level. Returns: nothing.
    pub fn warn(txt: &str) {
        abi::import!("kemi:ksr/core@0.1.0", "warn", fn import(txt: *const u8, txt_len: usize));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len()) }
    }

    /// `KSR.notice`
    ///
    /// Log a text at notice level. Returns: nothing.
    pub fn notice(txt: &str) {
        abi::import!("kemi:ksr/core@0.1.0", "notice", fn import(txt: *const u8, txt_len: usize));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len()) }
    }

    /// `KSR.crit`
    ///
    /// Log a text at critical level. Returns: nothing.
    pub fn crit(txt: &str) {
        abi::import!("kemi:ksr/core@0.1.0", "crit", fn import(txt: *const u8, txt_len: usize));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len()) }
    }

    /// `KSR.log`
    ///
    /// Log (level, text); level one of dbg info notice warn err crit, any other value means err.
    /// Returns: nothing.
    pub fn log(level: &str, txt: &str) {
        abi::import!("kemi:ksr/core@0.1.0", "log", fn import(level: *const u8, level_len: usize, txt: *const u8, txt_len: usize));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(level.as_ptr(), level.len(), txt.as_ptr(), txt.len()) }
    }

    /// `KSR.set_drop`
    ///
    /// Raise the exit+drop flags on the current action context; the script itself goes on running (no
    /// effect where the caller installed no context, e.g. request route and failure route). Returns:
    /// nothing.
    pub fn set_drop() {
        abi::import!("kemi:ksr/core@0.1.0", "set-drop", fn import());
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.is_myself`
    ///
    /// Does the URI (or bare host/IP) match a local listen socket or alias; port and transport compared
    /// only when present in a sip/sips URI. Returns: true/false.
    pub fn is_myself(uri: &str) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-myself", fn import(uri: *const u8, uri_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(uri.as_ptr(), uri.len()) };
        truth != 0
    }

    /// `KSR.is_myself_ruri`
    ///
    /// Same test on the current request URI (rewritten one if any); always false on replies. Returns:
    /// true/false.
    pub fn is_myself_ruri() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-myself-ruri", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_myself_duri`
    ///
    /// Same test on the destination URI, false when unset. Returns: true/false.
    pub fn is_myself_duri() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-myself-duri", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_myself_nhuri`
    ///
    /// Same test on the next hop: destination URI if set, else request URI. Returns: true/false.
    pub fn is_myself_nhuri() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-myself-nhuri", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_myself_furi`
    ///
    /// Same test on the From URI. Returns: true/false.
    pub fn is_myself_furi() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-myself-furi", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_myself_turi`
    ///
    /// Same test on the To URI. Returns: true/false.
    pub fn is_myself_turi() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-myself-turi", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_myself_suri`
    ///
    /// Same test on the packet source address taken as a URI (ip, port, proto). Returns: true/false.
    pub fn is_myself_suri() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-myself-suri", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_myself_srcip`
    ///
    /// Is the packet source IP one of ours (no port test). Returns: true/false.
    pub fn is_myself_srcip() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-myself-srcip", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.setflag`
    ///
    /// Set a message/transaction flag (0..31). Returns: true, false when out of range.
    pub fn setflag(flag: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "setflag", fn import(flag: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(flag) };
        truth != 0
    }

    /// `KSR.resetflag`
    ///
    /// Clear a message/transaction flag. Returns: true, false when out of range.
    pub fn resetflag(flag: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "resetflag", fn import(flag: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(flag) };
        truth != 0
    }

    /// `KSR.isflagset`
    ///
    /// Test a message/transaction flag. Returns: true/false.
    pub fn isflagset(flag: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "isflagset", fn import(flag: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(flag) };
        truth != 0
    }

    /// `KSR.setbflag`
    ///
    /// Set a branch flag on branch 0 (the main one). Returns: true, false when out of range.
    pub fn setbflag(flag: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "setbflag", fn import(flag: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(flag) };
        truth != 0
    }

    /// `KSR.resetbflag`
    ///
    /// Clear a branch flag on branch 0. Returns: true, false when out of range.
    pub fn resetbflag(flag: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "resetbflag", fn import(flag: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(flag) };
        truth != 0
    }

    /// `KSR.isbflagset`
    ///
    /// Test a branch flag on branch 0. Returns: true/false.
    pub fn isbflagset(flag: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "isbflagset", fn import(flag: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(flag) };
        truth != 0
    }

    /// `KSR.setbiflag`
    ///
    /// Set a branch flag: (flag, branch index). Returns: true, false when flag out of range.
    pub fn setbiflag(flag: i32, branch: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "setbiflag", fn import(flag: i32, branch: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(flag, branch) };
        truth != 0
    }

    /// `KSR.resetbiflag`
    ///
    /// Clear a branch flag: (flag, branch index). Returns: true, false when flag out of range.
    pub fn resetbiflag(flag: i32, branch: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "resetbiflag", fn import(flag: i32, branch: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(flag, branch) };
        truth != 0
    }

    /// `KSR.isbiflagset`
    ///
    /// Test a branch flag: (flag, branch index). Returns: true/false.
    pub fn isbiflagset(flag: i32, branch: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "isbiflagset", fn import(flag: i32, branch: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(flag, branch) };
        truth != 0
    }

    /// `KSR.setsflag`
    ///
    /// Set a script flag (lives for one route execution; saved and zeroed around every callback call).
    /// Returns: true, false when out of range.
    pub fn setsflag(flag: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "setsflag", fn import(flag: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(flag) };
        truth != 0
    }

    /// `KSR.resetsflag`
    ///
    /// Clear a script flag. Returns: true, false when out of range.
    pub fn resetsflag(flag: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "resetsflag", fn import(flag: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(flag) };
        truth != 0
    }

    /// `KSR.issflagset`
    ///
    /// Test a script flag. Returns: true/false.
    pub fn issflagset(flag: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "issflagset", fn import(flag: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(flag) };
        truth != 0
    }

    /// `KSR.seturi`
    ///
    /// Replace the request URI. Returns: true/false.
    pub fn seturi(uri: &str) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "seturi", fn import(uri: *const u8, uri_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(uri.as_ptr(), uri.len()) };
        truth != 0
    }

    /// `KSR.setuser`
    ///
    /// Replace the user part of the request URI. Returns: true/false.
    pub fn setuser(user: &str) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "setuser", fn import(user: *const u8, user_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(user.as_ptr(), user.len()) };
        truth != 0
    }

    /// `KSR.sethost`
    ///
    /// Replace the host part of the request URI. Returns: true/false.
    pub fn sethost(host: &str) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "sethost", fn import(host: *const u8, host_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(host.as_ptr(), host.len()) };
        truth != 0
    }

    /// `KSR.setdsturi`
    ///
    /// Set the destination (outbound proxy) URI. Returns: true (also true when setting fails; false
    /// only for bad parameters).
    pub fn setdsturi(uri: &str) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "setdsturi", fn import(uri: *const u8, uri_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(uri.as_ptr(), uri.len()) };
        truth != 0
    }

    /// `KSR.resetdsturi`
    ///
    /// Clear the destination URI. Returns: true.
    pub fn resetdsturi() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "resetdsturi", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.isdsturiset`
    ///
    /// Is a destination URI set. Returns: true/false.
    pub fn isdsturiset() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "isdsturiset", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.force_rport`
    ///
    /// Answer to the source port and add rport/received to the top Via. Returns: true.
    pub fn force_rport() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "force-rport", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.add_local_rport`
    ///
    /// Add an rport parameter to the Via this proxy generates. Returns: true.
    pub fn add_local_rport() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "add-local-rport", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_method`
    ///
    /// Compare the request method (CSeq method on replies), case-insensitive; several standard methods
    /// may be joined with a vertical bar. Returns: true/false.
    pub fn is_method(vmethod: &str) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-method", fn import(vmethod: *const u8, vmethod_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(vmethod.as_ptr(), vmethod.len()) };
        truth != 0
    }

    /// `KSR.is_method_in`
    ///
    /// Method given by letters: I INVITE, A ACK, B BYE, C CANCEL, M MESSAGE, R REGISTER, E PRACK, P
    /// PUBLISH, S SUBSCRIBE, N NOTIFY, O OPTIONS, F REFER, U UPDATE, K KDMQ, G GET, T POST, V PUT, D
    /// DELETE (no letter for INFO). Returns: true/false.
    pub fn is_method_in(vmethod: &str) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-method-in", fn import(vmethod: *const u8, vmethod_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(vmethod.as_ptr(), vmethod.len()) };
        truth != 0
    }

    /// `KSR.forward`
    ///
    /// Stateless forward to destination URI or request URI. Returns: 1 ok, -1 fail.
    pub fn forward() -> i32 {
        abi::import!("kemi:ksr/core@0.1.0", "forward", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.forward_uri`
    ///
    /// Stateless forward to the given URI (empty: same as forward). Returns: 1 ok, -1 fail.
    pub fn forward_uri(vuri: &str) -> i32 {
        abi::import!("kemi:ksr/core@0.1.0", "forward-uri", fn import(vuri: *const u8, vuri_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(vuri.as_ptr(), vuri.len()) }
    }

    /// `KSR.set_reply_no_connect`
    ///
    /// Do not open a new connection for the reply. Returns: true.
    pub fn set_reply_no_connect() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "set-reply-no-connect", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_INVITE`
    ///
    /// Method test (CSeq method for replies). Returns: true/false.
    pub fn is_invite() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-invite", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_ACK`
    ///
    /// Method test. Returns: true/false.
    pub fn is_ack() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-ack", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_BYE`
    ///
    /// Method test. Returns: true/false.
    pub fn is_bye() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-bye", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_CANCEL`
    ///
    /// Method test. Returns: true/false.
    pub fn is_cancel() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-cancel", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_REGISTER`
    ///
    /// Method test. Returns: true/false.
    pub fn is_register() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-register", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_OPTIONS`
    ///
    /// Method test. Returns: true/false.
    pub fn is_options() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-options", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_SUBSCRIBE`
    ///
    /// Method test. Returns: true/false.
    pub fn is_subscribe() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-subscribe", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_PUBLISH`
    ///
    /// Method test. Returns: true/false.
    pub fn is_publish() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-publish", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_NOTIFY`
    ///
    /// Method test. Returns: true/false.
    pub fn is_notify() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-notify", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_REFER`
    ///
    /// Method test. Returns: true/false.
    pub fn is_refer() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-refer", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_INFO`
    ///
    /// Method test. Returns: true/false.
    pub fn is_info() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-info", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_UPDATE`
    ///
    /// Method test. Returns: true/false.
    pub fn is_update() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-update", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_PRACK`
    ///
    /// Method test. Returns: true/false.
    pub fn is_prack() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-prack", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_MESSAGE`
    ///
    /// Method test. Returns: true/false.
    pub fn is_message() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-message", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_UDP`
    ///
    /// Received over UDP. Returns: true/false.
    pub fn is_udp() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-udp", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_TCP`
    ///
    /// Received over plain TCP. Returns: true/false.
    pub fn is_tcp() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-tcp", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_TCPX`
    ///
    /// Received over any stream: TCP, TLS, WS, WSS. Returns: true/false.
    pub fn is_tcpx() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-tcpx", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_TLS`
    ///
    /// Received over TLS. Returns: true/false.
    pub fn is_tls() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-tls", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_WS`
    ///
    /// Received over websocket. Returns: true/false.
    pub fn is_ws() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-ws", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_WSS`
    ///
    /// Received over secure websocket. Returns: true/false.
    pub fn is_wss() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-wss", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_WSX`
    ///
    /// Received over WS or WSS. Returns: true/false.
    pub fn is_wsx() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-wsx", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_SCTP`
    ///
    /// Received over SCTP. Returns: true/false.
    pub fn is_sctp() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-sctp", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_proto`
    ///
    /// Received over one of the letters: U UDP, T TCP, E TLS, S SCTP, V WS, W WSS. Returns: true/false.
    pub fn is_proto(sproto: &str) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-proto", fn import(sproto: *const u8, sproto_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(sproto.as_ptr(), sproto.len()) };
        truth != 0
    }

    /// `KSR.is_IPv4`
    ///
    /// Local receiving socket is IPv4. Returns: true/false.
    pub fn is_ipv4() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-ipv4", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_IPv6`
    ///
    /// Local receiving socket is IPv6. Returns: true/false.
    pub fn is_ipv6() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-ipv6", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.to_UDP`
    ///
    /// Next hop transport is UDP (destination URI, else request URI; second Via on replies). Returns:
    /// true/false.
    pub fn to_udp() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "to-udp", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.to_TCP`
    ///
    /// Next hop transport is TCP. Returns: true/false.
    pub fn to_tcp() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "to-tcp", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.to_TLS`
    ///
    /// Next hop transport is TLS. Returns: true/false.
    pub fn to_tls() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "to-tls", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.to_SCTP`
    ///
    /// Next hop transport is SCTP. Returns: true/false.
    pub fn to_sctp() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "to-sctp", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.to_WS`
    ///
    /// Next hop transport is WS. Returns: true/false.
    pub fn to_ws() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "to-ws", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.to_WSS`
    ///
    /// Next hop transport is WSS. Returns: true/false.
    pub fn to_wss() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "to-wss", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.to_WSX`
    ///
    /// Next hop transport is WS or WSS. Returns: true/false.
    pub fn to_wsx() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "to-wsx", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.to_IPv4`
    ///
    /// Next hop host is an IPv4 literal (second Via received/host on replies). Returns: true/false.
    pub fn to_ipv4() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "to-ipv4", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.to_IPv6`
    ///
    /// Next hop host is an IPv6 literal. Returns: true/false.
    pub fn to_ipv6() -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "to-ipv6", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import() };
        truth != 0
    }

    /// `KSR.is_src_port`
    ///
    /// Source port equals the value. Returns: true/false.
    pub fn is_src_port(vport: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-src-port", fn import(vport: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(vport) };
        truth != 0
    }

    /// `KSR.is_dst_port`
    ///
    /// Local receiving port equals the value. Returns: true/false.
    pub fn is_dst_port(vport: i32) -> bool {
        abi::import!("kemi:ksr/core@0.1.0", "is-dst-port", fn import(vport: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(vport) };
        truth != 0
    }
}

/// Digest challenges and credentials (RFC 3261 section 22, RFC 8760).
pub mod auth {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.auth.consume_credentials`
    ///
    /// Remove the credentials header used. Returns: 1 ok/yes, -1 fail/no.
    pub fn consume_credentials() -> i32 {
        abi::import!("kemi:ksr/auth@0.1.0", "consume-credentials", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.auth.auth_challenge`
    ///
    /// (realm, flags) 401 for REGISTER else 407; flags bits: 1 qop auth, 2 qop auth-int, 4 no 500 on
    /// error, 16 stale. Returns: 1 sent; -1 generic; -2 challenge build failed; -3 reply failed; -4
    /// error and the 500 failed too.
    pub fn auth_challenge(realm: &str, flags: i32) -> i32 {
        abi::import!("kemi:ksr/auth@0.1.0", "auth-challenge", fn import(realm: *const u8, realm_len: usize, flags: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(realm.as_ptr(), realm.len(), flags) }
    }

    /// `KSR.auth.www_challenge`
    ///
    /// 401 always. Returns: as auth_challenge.
    pub fn www_challenge(realm: &str, flags: i32) -> i32 {
        abi::import!("kemi:ksr/auth@0.1.0", "www-challenge", fn import(realm: *const u8, realm_len: usize, flags: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(realm.as_ptr(), realm.len(), flags) }
    }

    /// `KSR.auth.proxy_challenge`
    ///
    /// 407 always. Returns: as auth_challenge.
    pub fn proxy_challenge(realm: &str, flags: i32) -> i32 {
        abi::import!("kemi:ksr/auth@0.1.0", "proxy-challenge", fn import(realm: *const u8, realm_len: usize, flags: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(realm.as_ptr(), realm.len(), flags) }
    }

    /// `KSR.auth.pv_auth_check`
    ///
    /// (realm, password, flags, checks) digest check with a given password; flag 1 password is HA1;
    /// checks bit 1 id match, 2 skip forward. Returns: 1; -1 error; -2 wrong password; -4 stale nonce;
    /// -5 no credentials; -6 nonce reused; -8 user mismatch.
    pub fn pv_auth_check(srealm: &str, spasswd: &str, vflags: i32, vchecks: i32) -> i32 {
        abi::import!("kemi:ksr/auth@0.1.0", "pv-auth-check", fn import(srealm: *const u8, srealm_len: usize, spasswd: *const u8, spasswd_len: usize, vflags: i32, vchecks: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                srealm.as_ptr(),
                srealm.len(),
                spasswd.as_ptr(),
                spasswd.len(),
                vflags,
                vchecks,
            )
        }
    }

    /// `KSR.auth.pv_proxy_authenticate`
    ///
    /// (realm, password, flags) Proxy-Authorization. Returns: 1; -1; -2; -4; -5; -6.
    pub fn pv_proxy_authenticate(realm: &str, passwd: &str, flags: i32) -> i32 {
        abi::import!("kemi:ksr/auth@0.1.0", "pv-proxy-authenticate", fn import(realm: *const u8, realm_len: usize, passwd: *const u8, passwd_len: usize, flags: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(realm.as_ptr(), realm.len(), passwd.as_ptr(), passwd.len(), flags) }
    }

    /// `KSR.auth.pv_www_authenticate`
    ///
    /// Authorization. Returns: 1; -1; -2; -4; -5; -6.
    pub fn pv_www_authenticate(realm: &str, passwd: &str, flags: i32) -> i32 {
        abi::import!("kemi:ksr/auth@0.1.0", "pv-www-authenticate", fn import(realm: *const u8, realm_len: usize, passwd: *const u8, passwd_len: usize, flags: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(realm.as_ptr(), realm.len(), passwd.as_ptr(), passwd.len(), flags) }
    }

    /// `KSR.auth.has_credentials`
    ///
    /// Credentials for that realm present. Returns: 1 ok/yes, -1 fail/no.
    pub fn has_credentials(srealm: &str) -> i32 {
        abi::import!("kemi:ksr/auth@0.1.0", "has-credentials", fn import(srealm: *const u8, srealm_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(srealm.as_ptr(), srealm.len()) }
    }
}

/// Digest authentication against the subscriber table.
pub mod auth_db {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.auth_db.auth_check`
    ///
    /// (realm, table, flags) REGISTER: Authorization, others: Proxy-Authorization; flag 1 also From/To
    /// user match; ACK and CANCEL pass. Returns: 1; -1 error; -2 wrong password; -3 unknown user; -4
    /// stale nonce; -5 no credentials; -6 nonce reused; -8 user mismatch.
    pub fn auth_check(srealm: &str, stable: &str, iflags: i32) -> i32 {
        abi::import!("kemi:ksr/auth-db@0.1.0", "auth-check", fn import(srealm: *const u8, srealm_len: usize, stable: *const u8, stable_len: usize, iflags: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(srealm.as_ptr(), srealm.len(), stable.as_ptr(), stable.len(), iflags) }
    }

    /// `KSR.auth_db.is_subscriber`
    ///
    /// (uri, table, flags: 1 use domain, 2 skip credentials). Returns: 1; -1 error; other negative not
    /// found.
    pub fn is_subscriber(suri: &str, stable: &str, iflags: i32) -> i32 {
        abi::import!("kemi:ksr/auth-db@0.1.0", "is-subscriber", fn import(suri: *const u8, suri_len: usize, stable: *const u8, stable_len: usize, iflags: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(suri.as_ptr(), suri.len(), stable.as_ptr(), stable.len(), iflags) }
    }

    /// `KSR.auth_db.www_authenticate`
    ///
    /// (realm, table). Returns: 1; -1; -2; -3; -4; -5; -6.
    pub fn www_authenticate(realm: &str, table: &str) -> i32 {
        abi::import!("kemi:ksr/auth-db@0.1.0", "www-authenticate", fn import(realm: *const u8, realm_len: usize, table: *const u8, table_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(realm.as_ptr(), realm.len(), table.as_ptr(), table.len()) }
    }
}

/// More core functions: branches, tests.
pub mod corex {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.corex.append_branch`
    ///
    /// Append a branch from the request URI. Returns: 1 ok/yes, -1 fail/no.
    pub fn append_branch() -> i32 {
        abi::import!("kemi:ksr/corex@0.1.0", "append-branch", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.corex.append_branch_uri`
    ///
    /// Append a branch with a URI. Returns: 1 ok/yes, -1 fail/no.
    pub fn append_branch_uri(uri: &str) -> i32 {
        abi::import!("kemi:ksr/corex@0.1.0", "append-branch-uri", fn import(uri: *const u8, uri_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(uri.as_ptr(), uri.len()) }
    }

    /// `KSR.corex.append_branch_uri_q`
    ///
    /// URI and q. Returns: 1 ok/yes, -1 fail/no.
    pub fn append_branch_uri_q(uri: &str, q: &str) -> i32 {
        abi::import!("kemi:ksr/corex@0.1.0", "append-branch-uri-q", fn import(uri: *const u8, uri_len: usize, q: *const u8, q_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(uri.as_ptr(), uri.len(), q.as_ptr(), q.len()) }
    }

    /// `KSR.corex.setxflag`
    ///
    /// Set an extended flag (0 to 63) of the message. Returns: 1 ok, -1 no such flag.
    pub fn setxflag(fval: i32) -> i32 {
        abi::import!("kemi:ksr/corex@0.1.0", "setxflag", fn import(fval: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(fval) }
    }

    /// `KSR.corex.resetxflag`
    ///
    /// Clear an extended flag. Returns: 1 ok, -1 no such flag.
    pub fn resetxflag(fval: i32) -> i32 {
        abi::import!("kemi:ksr/corex@0.1.0", "resetxflag", fn import(fval: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(fval) }
    }

    /// `KSR.corex.isxflagset`
    ///
    /// Is an extended flag set. Returns: 1 yes, -1 no.
    pub fn isxflagset(fval: i32) -> i32 {
        abi::import!("kemi:ksr/corex@0.1.0", "isxflagset", fn import(fval: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(fval) }
    }

    /// `KSR.corex.has_ruri_user`
    ///
    /// Request URI has a user. Returns: 1 ok/yes, -1 fail/no.
    pub fn has_ruri_user() -> i32 {
        abi::import!("kemi:ksr/corex@0.1.0", "has-ruri-user", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.corex.has_user_agent`
    ///
    /// User-Agent present and not empty. Returns: 1 ok/yes, -1 fail/no.
    pub fn has_user_agent() -> i32 {
        abi::import!("kemi:ksr/corex@0.1.0", "has-user-agent", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }
}

/// Header lines: add, remove, read.
pub mod hdr {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.hdr.append`
    ///
    /// Add raw header text after the last header (text carries its own CRLF). Returns: 1 ok, -1 fail.
    pub fn append(txt: &str) -> i32 {
        abi::import!("kemi:ksr/hdr@0.1.0", "append", fn import(txt: *const u8, txt_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len()) }
    }

    /// `KSR.hdr.append_after`
    ///
    /// (text, name): add after the first header of that name, at the end when absent. Returns: 1 ok, -1
    /// fail.
    pub fn append_after(txt: &str, hname: &str) -> i32 {
        abi::import!("kemi:ksr/hdr@0.1.0", "append-after", fn import(txt: *const u8, txt_len: usize, hname: *const u8, hname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len(), hname.as_ptr(), hname.len()) }
    }

    /// `KSR.hdr.insert`
    ///
    /// Add raw header text before the first header. Returns: 1 ok, -1 fail.
    pub fn insert(txt: &str) -> i32 {
        abi::import!("kemi:ksr/hdr@0.1.0", "insert", fn import(txt: *const u8, txt_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len()) }
    }

    /// `KSR.hdr.insert_before`
    ///
    /// (text, name): add before the first header of that name, at the start when absent. Returns: 1 ok,
    /// -1 fail.
    pub fn insert_before(txt: &str, hname: &str) -> i32 {
        abi::import!("kemi:ksr/hdr@0.1.0", "insert-before", fn import(txt: *const u8, txt_len: usize, hname: *const u8, hname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len(), hname.as_ptr(), hname.len()) }
    }

    /// `KSR.hdr.remove`
    ///
    /// Remove every header with that name (name under 125 chars, compact forms matched). Returns: 1
    /// even when nothing matched, -1 on error.
    pub fn remove(hname: &str) -> i32 {
        abi::import!("kemi:ksr/hdr@0.1.0", "remove", fn import(hname: *const u8, hname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(hname.as_ptr(), hname.len()) }
    }

    /// `KSR.hdr.rmappend`
    ///
    /// (name, text): remove all then append. Returns: 1 ok, -1 fail.
    pub fn rmappend(hrm: &str, hadd: &str) -> i32 {
        abi::import!("kemi:ksr/hdr@0.1.0", "rmappend", fn import(hrm: *const u8, hrm_len: usize, hadd: *const u8, hadd_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(hrm.as_ptr(), hrm.len(), hadd.as_ptr(), hadd.len()) }
    }

    /// `KSR.hdr.rminsert`
    ///
    /// (name, text): remove all then insert first. Returns: 1 ok, -1 fail.
    pub fn rminsert(hrm: &str, hadd: &str) -> i32 {
        abi::import!("kemi:ksr/hdr@0.1.0", "rminsert", fn import(hrm: *const u8, hrm_len: usize, hadd: *const u8, hadd_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(hrm.as_ptr(), hrm.len(), hadd.as_ptr(), hadd.len()) }
    }

    /// `KSR.hdr.is_present`
    ///
    /// Does the header exist. Returns: 1 yes, -1 no.
    pub fn is_present(hname: &str) -> i32 {
        abi::import!("kemi:ksr/hdr@0.1.0", "is-present", fn import(hname: *const u8, hname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(hname.as_ptr(), hname.len()) }
    }

    /// `KSR.hdr.append_to_reply`
    ///
    /// Queue header text for the next locally generated reply. Returns: 1 ok, -1 fail.
    pub fn append_to_reply(txt: &str) -> i32 {
        abi::import!("kemi:ksr/hdr@0.1.0", "append-to-reply", fn import(txt: *const u8, txt_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len()) }
    }

    /// `KSR.hdr.get`
    ///
    /// Body of the first header with that name. Returns: string or null.
    pub fn get(hname: &str) -> Value {
        abi::import!("kemi:ksr/hdr@0.1.0", "get", fn import(hname: *const u8, hname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(hname.as_ptr(), hname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.hdr.gete`
    ///
    /// Same, empty string for null. Returns: string.
    pub fn gete(hname: &str) -> Value {
        abi::import!("kemi:ksr/hdr@0.1.0", "gete", fn import(hname: *const u8, hname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(hname.as_ptr(), hname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.hdr.getw`
    ///
    /// Same, "<null>" text for null. Returns: string.
    pub fn getw(hname: &str) -> Value {
        abi::import!("kemi:ksr/hdr@0.1.0", "getw", fn import(hname: *const u8, hname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(hname.as_ptr(), hname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.hdr.get_idx`
    ///
    /// Body at index (negative counts from the end, -1 is last). Returns: string or null.
    pub fn get_idx(hname: &str, idx: i32) -> Value {
        abi::import!("kemi:ksr/hdr@0.1.0", "get-idx", fn import(hname: *const u8, hname_len: usize, idx: i32, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(hname.as_ptr(), hname.len(), idx, area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.hdr.gete_idx`
    ///
    /// Same, empty string for null. Returns: string.
    pub fn gete_idx(hname: &str, idx: i32) -> Value {
        abi::import!("kemi:ksr/hdr@0.1.0", "gete-idx", fn import(hname: *const u8, hname_len: usize, idx: i32, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(hname.as_ptr(), hname.len(), idx, area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.hdr.getw_idx`
    ///
    /// Same, "<null>" text for null. Returns: string.
    pub fn getw_idx(hname: &str, idx: i32) -> Value {
        abi::import!("kemi:ksr/hdr@0.1.0", "getw-idx", fn import(hname: *const u8, hname_len: usize, idx: i32, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(hname.as_ptr(), hname.len(), idx, area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.hdr.match_content`
    ///
    /// (name, op, value, idx): op eq ne sw in (re is refused); idx first, last, all, one (first letter
    /// counts); case-insensitive. Returns: true/false.
    pub fn match_content(hname: &str, op: &str, mval: &str, hidx: &str) -> bool {
        abi::import!("kemi:ksr/hdr@0.1.0", "match-content", fn import(hname: *const u8, hname_len: usize, op: *const u8, op_len: usize, mval: *const u8, mval_len: usize, hidx: *const u8, hidx_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe {
            import(
                hname.as_ptr(),
                hname.len(),
                op.as_ptr(),
                op.len(),
                mval.as_ptr(),
                mval.len(),
                hidx.as_ptr(),
                hidx.len(),
            )
        };
        truth != 0
    }
}

/// Hash tables shared by all workers.
pub mod htable {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.htable.sht_reset`
    ///
    /// Remove all. Returns: 0 ok; -1 unknown table.
    pub fn sht_reset(hname: &str) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-reset", fn import(hname: *const u8, hname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(hname.as_ptr(), hname.len()) }
    }

    /// `KSR.htable.sht_rm`
    ///
    /// (table, key). Returns: 1 (also absent key); -1 unknown table.
    pub fn sht_rm(hname: &str, iname: &str) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-rm", fn import(hname: *const u8, hname_len: usize, iname: *const u8, iname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(hname.as_ptr(), hname.len(), iname.as_ptr(), iname.len()) }
    }

    /// `KSR.htable.sht_rm_name_re`
    ///
    /// (table, regex on names). Returns: 1 ok/yes, -1 fail/no.
    pub fn sht_rm_name_re(htname: &str, rexp: &str) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-rm-name-re", fn import(htname: *const u8, htname_len: usize, rexp: *const u8, rexp_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(htname.as_ptr(), htname.len(), rexp.as_ptr(), rexp.len()) }
    }

    /// `KSR.htable.sht_rm_value_re`
    ///
    /// (table, regex on values). Returns: 1 ok/yes, -1 fail/no.
    pub fn sht_rm_value_re(htname: &str, rexp: &str) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-rm-value-re", fn import(htname: *const u8, htname_len: usize, rexp: *const u8, rexp_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(htname.as_ptr(), htname.len(), rexp.as_ptr(), rexp.len()) }
    }

    /// `KSR.htable.sht_rm_name`
    ///
    /// (table, op, value): op re, sw, ew, in. Returns: 1 ok/yes, -1 fail/no.
    pub fn sht_rm_name(sname: &str, sop: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-rm-name", fn import(sname: *const u8, sname_len: usize, sop: *const u8, sop_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                sname.as_ptr(),
                sname.len(),
                sop.as_ptr(),
                sop.len(),
                sval.as_ptr(),
                sval.len(),
            )
        }
    }

    /// `KSR.htable.sht_rm_value`
    ///
    /// (table, op, value): op re, sw, ew, in. Returns: 1 ok/yes, -1 fail/no.
    pub fn sht_rm_value(sname: &str, sop: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-rm-value", fn import(sname: *const u8, sname_len: usize, sop: *const u8, sop_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                sname.as_ptr(),
                sname.len(),
                sop.as_ptr(),
                sop.len(),
                sval.as_ptr(),
                sval.len(),
            )
        }
    }

    /// `KSR.htable.sht_match_name`
    ///
    /// (table, op, value) some item name matches; op eq, ne, re, sw. Returns: 1 match; -1 none, bad
    /// operator or unknown table.
    pub fn sht_match_name(sname: &str, sop: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-match-name", fn import(sname: *const u8, sname_len: usize, sop: *const u8, sop_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                sname.as_ptr(),
                sname.len(),
                sop.as_ptr(),
                sop.len(),
                sval.as_ptr(),
                sval.len(),
            )
        }
    }

    /// `KSR.htable.sht_match_str_value`
    ///
    /// (table, op, value) some string value matches; same ops. Returns: 1 ok/yes, -1 fail/no.
    pub fn sht_match_str_value(sname: &str, sop: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-match-str-value", fn import(sname: *const u8, sname_len: usize, sop: *const u8, sop_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                sname.as_ptr(),
                sname.len(),
                sop.as_ptr(),
                sop.len(),
                sval.as_ptr(),
                sval.len(),
            )
        }
    }

    /// `KSR.htable.sht_get`
    ///
    /// (table, key). Returns: int or string or null.
    pub fn sht_get(htname: &str, itname: &str) -> Value {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-get", fn import(htname: *const u8, htname_len: usize, itname: *const u8, itname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe {
            import(
                htname.as_ptr(),
                htname.len(),
                itname.as_ptr(),
                itname.len(),
                area.as_mut_ptr(),
            )
        };
        area.value()
    }

    /// `KSR.htable.sht_gete`
    ///
    /// Empty string for null. Returns: xval.
    pub fn sht_gete(htname: &str, itname: &str) -> Value {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-gete", fn import(htname: *const u8, htname_len: usize, itname: *const u8, itname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe {
            import(
                htname.as_ptr(),
                htname.len(),
                itname.as_ptr(),
                itname.len(),
                area.as_mut_ptr(),
            )
        };
        area.value()
    }

    /// `KSR.htable.sht_getw`
    ///
    /// "<null>" for null. Returns: xval.
    pub fn sht_getw(htname: &str, itname: &str) -> Value {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-getw", fn import(htname: *const u8, htname_len: usize, itname: *const u8, itname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe {
            import(
                htname.as_ptr(),
                htname.len(),
                itname.as_ptr(),
                itname.len(),
                area.as_mut_ptr(),
            )
        };
        area.value()
    }

    /// `KSR.htable.sht_sets`
    ///
    /// (table, key, string). Returns: 1 ok/yes, -1 fail/no.
    pub fn sht_sets(htname: &str, itname: &str, itval: &str) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-sets", fn import(htname: *const u8, htname_len: usize, itname: *const u8, itname_len: usize, itval: *const u8, itval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                htname.as_ptr(),
                htname.len(),
                itname.as_ptr(),
                itname.len(),
                itval.as_ptr(),
                itval.len(),
            )
        }
    }

    /// `KSR.htable.sht_seti`
    ///
    /// (table, key, int). Returns: 1 ok/yes, -1 fail/no.
    pub fn sht_seti(htname: &str, itname: &str, itval: i32) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-seti", fn import(htname: *const u8, htname_len: usize, itname: *const u8, itname_len: usize, itval: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(htname.as_ptr(), htname.len(), itname.as_ptr(), itname.len(), itval) }
    }

    /// `KSR.htable.sht_setex`
    ///
    /// (table, key, seconds) expire. Returns: 1 ok/yes, -1 fail/no.
    pub fn sht_setex(htname: &str, itname: &str, itval: i32) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-setex", fn import(htname: *const u8, htname_len: usize, itname: *const u8, itname_len: usize, itval: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(htname.as_ptr(), htname.len(), itname.as_ptr(), itname.len(), itval) }
    }

    /// `KSR.htable.sht_setxi`
    ///
    /// (table, key, int, seconds). Returns: 1 ok/yes, -1 fail/no.
    pub fn sht_setxi(htname: &str, itname: &str, itval: i32, exval: i32) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-setxi", fn import(htname: *const u8, htname_len: usize, itname: *const u8, itname_len: usize, itval: i32, exval: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                htname.as_ptr(),
                htname.len(),
                itname.as_ptr(),
                itname.len(),
                itval,
                exval,
            )
        }
    }

    /// `KSR.htable.sht_setxs`
    ///
    /// (table, key, string, seconds). Returns: 1 ok/yes, -1 fail/no.
    pub fn sht_setxs(htname: &str, itname: &str, itval: &str, exval: i32) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-setxs", fn import(htname: *const u8, htname_len: usize, itname: *const u8, itname_len: usize, itval: *const u8, itval_len: usize, exval: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                htname.as_ptr(),
                htname.len(),
                itname.as_ptr(),
                itname.len(),
                itval.as_ptr(),
                itval.len(),
                exval,
            )
        }
    }

    /// `KSR.htable.sht_is_null`
    ///
    /// Is the item absent. Returns: 1 absent; 2 no such table; -1 present; -2 the table has a default
    /// int value.
    pub fn sht_is_null(htname: &str, itname: &str) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-is-null", fn import(htname: *const u8, htname_len: usize, itname: *const u8, itname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(htname.as_ptr(), htname.len(), itname.as_ptr(), itname.len()) }
    }

    /// `KSR.htable.sht_inc`
    ///
    /// Add one to an int item. Returns: new value; -255 error.
    pub fn sht_inc(htname: &str, itname: &str) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-inc", fn import(htname: *const u8, htname_len: usize, itname: *const u8, itname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(htname.as_ptr(), htname.len(), itname.as_ptr(), itname.len()) }
    }

    /// `KSR.htable.sht_dec`
    ///
    /// Subtract one. Returns: new value; -255 error.
    pub fn sht_dec(htname: &str, itname: &str) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-dec", fn import(htname: *const u8, htname_len: usize, itname: *const u8, itname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(htname.as_ptr(), htname.len(), itname.as_ptr(), itname.len()) }
    }

    /// `KSR.htable.sht_cn`
    ///
    /// (table, op, pattern) number of matching items. Returns: count; -1 error.
    pub fn sht_cn(table: &str, op: &str, pattern: &str) -> i32 {
        abi::import!("kemi:ksr/htable@0.1.0", "sht-cn", fn import(table: *const u8, table_len: usize, op: *const u8, op_len: usize, pattern: *const u8, pattern_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                table.as_ptr(),
                table.len(),
                op.as_ptr(),
                op.len(),
                pattern.as_ptr(),
                pattern.len(),
            )
        }
    }
}

/// The usual pseudo-variables as functions of their own.
pub mod kx {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.kx.get_ruri`
    ///
    /// Request URI. Returns: xval.
    pub fn get_ruri() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-ruri", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_ruser`
    ///
    /// Request URI user. Returns: xval.
    pub fn get_ruser() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-ruser", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.getw_ruser`
    ///
    /// Request URI user, "<null>" for null. Returns: xval (never null).
    pub fn getw_ruser() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "getw-ruser", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.gete_ruser`
    ///
    /// Request URI user, empty for null. Returns: xval (never null).
    pub fn gete_ruser() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "gete-ruser", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_rhost`
    ///
    /// Request URI host. Returns: xval.
    pub fn get_rhost() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-rhost", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.getw_rhost`
    ///
    /// Request URI host, "<null>" for null. Returns: xval (never null).
    pub fn getw_rhost() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "getw-rhost", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.gete_rhost`
    ///
    /// Request URI host, empty for null. Returns: xval (never null).
    pub fn gete_rhost() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "gete-rhost", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_ouri`
    ///
    /// Original request URI. Returns: xval.
    pub fn get_ouri() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-ouri", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_furi`
    ///
    /// From URI. Returns: xval.
    pub fn get_furi() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-furi", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_fuser`
    ///
    /// From user. Returns: xval.
    pub fn get_fuser() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-fuser", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.getw_fuser`
    ///
    /// From user, "<null>" for null. Returns: xval (never null).
    pub fn getw_fuser() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "getw-fuser", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.gete_fuser`
    ///
    /// From user, empty for null. Returns: xval (never null).
    pub fn gete_fuser() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "gete-fuser", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_fhost`
    ///
    /// From host. Returns: xval.
    pub fn get_fhost() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-fhost", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.getw_fhost`
    ///
    /// From host, "<null>" for null. Returns: xval (never null).
    pub fn getw_fhost() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "getw-fhost", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.gete_fhost`
    ///
    /// From host, empty for null. Returns: xval (never null).
    pub fn gete_fhost() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "gete-fhost", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_turi`
    ///
    /// To URI. Returns: xval.
    pub fn get_turi() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-turi", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_tuser`
    ///
    /// To user. Returns: xval.
    pub fn get_tuser() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-tuser", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.gete_tuser`
    ///
    /// To user, empty for null. Returns: xval (never null).
    pub fn gete_tuser() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "gete-tuser", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.getw_tuser`
    ///
    /// To user, "<null>" for null. Returns: xval (never null).
    pub fn getw_tuser() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "getw-tuser", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_thost`
    ///
    /// To host. Returns: xval.
    pub fn get_thost() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-thost", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.gete_thost`
    ///
    /// To host, empty for null. Returns: xval (never null).
    pub fn gete_thost() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "gete-thost", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.getw_thost`
    ///
    /// To host, "<null>" for null. Returns: xval (never null).
    pub fn getw_thost() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "getw-thost", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_duri`
    ///
    /// Destination URI. Returns: xval.
    pub fn get_duri() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-duri", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.gete_duri`
    ///
    /// Destination URI, empty for null. Returns: xval (never null).
    pub fn gete_duri() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "gete-duri", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.getw_duri`
    ///
    /// Destination URI, "<null>" for null. Returns: xval (never null).
    pub fn getw_duri() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "getw-duri", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_cturi`
    ///
    /// Contact URI. Returns: xval.
    pub fn get_cturi() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-cturi", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.gete_cturi`
    ///
    /// Contact URI, empty for null. Returns: xval (never null).
    pub fn gete_cturi() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "gete-cturi", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.getw_cturi`
    ///
    /// Contact URI, "<null>" for null. Returns: xval (never null).
    pub fn getw_cturi() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "getw-cturi", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_nhuri`
    ///
    /// Next hop URI (destination else request). Returns: xval.
    pub fn get_nhuri() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-nhuri", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_srcuri`
    ///
    /// Source as URI. Returns: xval.
    pub fn get_srcuri() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-srcuri", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_srcaddr_sock`
    ///
    /// Source as proto:ip:port. Returns: xval.
    pub fn get_srcaddr_sock() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-srcaddr-sock", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_ua`
    ///
    /// User-Agent. Returns: xval.
    pub fn get_ua() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-ua", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.gete_ua`
    ///
    /// User-Agent, empty for null. Returns: xval (never null).
    pub fn gete_ua() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "gete-ua", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.getw_ua`
    ///
    /// User-Agent, "<null>" for null. Returns: xval (never null).
    pub fn getw_ua() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "getw-ua", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_srcip`
    ///
    /// Source IP. Returns: xval.
    pub fn get_srcip() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-srcip", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_srcport`
    ///
    /// Source port. Returns: text number (xval).
    pub fn get_srcport() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-srcport", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_send_sock`
    ///
    /// Forced send socket. Returns: xval.
    pub fn get_send_sock() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-send-sock", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_send_sock_name`
    ///
    /// Forced socket name. Returns: xval.
    pub fn get_send_sock_name() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-send-sock-name", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_send_sock_port`
    ///
    /// Forced socket port. Returns: int, 0 none.
    pub fn get_send_sock_port() -> i32 {
        abi::import!("kemi:ksr/kx@0.1.0", "get-send-sock-port", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.kx.get_rcvip`
    ///
    /// Receiving IP. Returns: xval.
    pub fn get_rcvip() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-rcvip", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_rcv_sock_name`
    ///
    /// Receiving socket name. Returns: xval.
    pub fn get_rcv_sock_name() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-rcv-sock-name", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_rcvport`
    ///
    /// Receiving port. Returns: text number (xval).
    pub fn get_rcvport() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-rcvport", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_rcvadvip`
    ///
    /// Advertised receiving IP. Returns: xval.
    pub fn get_rcvadvip() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-rcvadvip", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_rcvadvport`
    ///
    /// Advertised receiving port. Returns: text number (xval).
    pub fn get_rcvadvport() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-rcvadvport", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_rcvaddr_sock`
    ///
    /// Receiving proto:ip:port. Returns: xval.
    pub fn get_rcvaddr_sock() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-rcvaddr-sock", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_proto`
    ///
    /// Transport name. Returns: xval.
    pub fn get_proto() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-proto", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_protoid`
    ///
    /// Transport number. Returns: int, -1.
    pub fn get_protoid() -> i32 {
        abi::import!("kemi:ksr/kx@0.1.0", "get-protoid", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.kx.get_au`
    ///
    /// Auth user. Returns: xval.
    pub fn get_au() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-au", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.getw_au`
    ///
    /// Auth user, "<null>" for null. Returns: xval (never null).
    pub fn getw_au() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "getw-au", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.gete_au`
    ///
    /// Auth user, empty for null. Returns: xval (never null).
    pub fn gete_au() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "gete-au", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_method`
    ///
    /// Method. Returns: xval.
    pub fn get_method() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-method", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_status`
    ///
    /// Reply status code. Returns: int, -1.
    pub fn get_status() -> i32 {
        abi::import!("kemi:ksr/kx@0.1.0", "get-status", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.kx.gets_status`
    ///
    /// Reply status code as string. Returns: xval (never null).
    pub fn gets_status() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "gets-status", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_body`
    ///
    /// Body. Returns: xval.
    pub fn get_body() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-body", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.getw_body`
    ///
    /// Body, "<null>" for null. Returns: xval (never null).
    pub fn getw_body() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "getw-body", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.gete_body`
    ///
    /// Body, empty for null. Returns: xval (never null).
    pub fn gete_body() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "gete-body", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_bodylen`
    ///
    /// Body length. Returns: int, 0.
    pub fn get_bodylen() -> i32 {
        abi::import!("kemi:ksr/kx@0.1.0", "get-bodylen", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.kx.get_timestamp`
    ///
    /// Unix time. Returns: int.
    pub fn get_timestamp() -> i32 {
        abi::import!("kemi:ksr/kx@0.1.0", "get-timestamp", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.kx.get_callid`
    ///
    /// Call-ID. Returns: xval.
    pub fn get_callid() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-callid", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_conid`
    ///
    /// TCP connection id. Returns: int, -1.
    pub fn get_conid() -> i32 {
        abi::import!("kemi:ksr/kx@0.1.0", "get-conid", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.kx.get_msgbuf`
    ///
    /// Message buffer. Returns: xval.
    pub fn get_msgbuf() -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-msgbuf", fn import(area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_msglen`
    ///
    /// Message length. Returns: int, -1.
    pub fn get_msglen() -> i32 {
        abi::import!("kemi:ksr/kx@0.1.0", "get-msglen", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.kx.get_msgtype`
    ///
    /// Message type. Returns: 1 request, 2 reply, 0 other, -1.
    pub fn get_msgtype() -> i32 {
        abi::import!("kemi:ksr/kx@0.1.0", "get-msgtype", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.kx.get_def`
    ///
    /// Cfg define value. Returns: string or null.
    pub fn get_def(dname: &str) -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-def", fn import(dname: *const u8, dname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(dname.as_ptr(), dname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_defn`
    ///
    /// Cfg define as int. Returns: int, 0.
    pub fn get_defn(dname: &str) -> i32 {
        abi::import!("kemi:ksr/kx@0.1.0", "get-defn", fn import(dname: *const u8, dname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(dname.as_ptr(), dname.len()) }
    }

    /// `KSR.kx.ifdef`
    ///
    /// Define exists. Returns: true/false.
    pub fn ifdef(dname: &str) -> bool {
        abi::import!("kemi:ksr/kx@0.1.0", "ifdef", fn import(dname: *const u8, dname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(dname.as_ptr(), dname.len()) };
        truth != 0
    }

    /// `KSR.kx.ifndef`
    ///
    /// Define absent. Returns: true/false.
    pub fn ifndef(dname: &str) -> bool {
        abi::import!("kemi:ksr/kx@0.1.0", "ifndef", fn import(dname: *const u8, dname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(dname.as_ptr(), dname.len()) };
        truth != 0
    }

    /// `KSR.kx.get_env`
    ///
    /// Environment variable. Returns: string or null.
    pub fn get_env(envname: &str) -> Value {
        abi::import!("kemi:ksr/kx@0.1.0", "get-env", fn import(envname: *const u8, envname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(envname.as_ptr(), envname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.kx.get_envn`
    ///
    /// Environment variable as int. Returns: int, 0.
    pub fn get_envn(envname: &str) -> i32 {
        abi::import!("kemi:ksr/kx@0.1.0", "get-envn", fn import(envname: *const u8, envname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(envname.as_ptr(), envname.len()) }
    }
}

/// Max-Forwards (RFC 3261 sections 16.3 and 16.6).
pub mod maxfwd {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.maxfwd.process_maxfwd`
    ///
    /// Check and decrease Max-Forwards. Where the header is absent it is added with `limit`; a value above
    /// the parameter max_limit of the module is cut to that. Returns: 1 decreased; 2 header added; -1 value
    /// was 0 (or bad limit parameter); -2 parse/processing error.
    pub fn process_maxfwd(limit: i32) -> i32 {
        abi::import!("kemi:ksr/maxfwd@0.1.0", "process-maxfwd", fn import(limit: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(limit) }
    }

    /// `KSR.maxfwd.is_maxfwd_lt`
    ///
    /// Is the value below limit. Returns: 1 below; -1 not below (or bad limit); -2 header missing; -3
    /// parse error.
    pub fn is_maxfwd_lt(limit: i32) -> i32 {
        abi::import!("kemi:ksr/maxfwd@0.1.0", "is-maxfwd-lt", fn import(limit: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(limit) }
    }
}

/// Clients behind address translation.
pub mod nathelper {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.nathelper.nat_uac_test`
    ///
    /// Bit tests: 1 private Contact, 2 source differs from Via, 4 private Via, 8 private SDP, 16 source
    /// port differs from Via, 32 private source, 64 websocket, 128 Contact port differs from source,
    /// 256 SDP c= differs from source, 512 next-hop test. Returns: 1 any test true; -1.
    pub fn nat_uac_test(tests: i32) -> i32 {
        abi::import!("kemi:ksr/nathelper@0.1.0", "nat-uac-test", fn import(tests: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(tests) }
    }

    /// `KSR.nathelper.fix_nated_contact`
    ///
    /// Rewrite Contact with source ip:port. Returns: 1 ok/yes, -1 fail/no.
    pub fn fix_nated_contact() -> i32 {
        abi::import!("kemi:ksr/nathelper@0.1.0", "fix-nated-contact", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.nathelper.fix_nated_register`
    ///
    /// Store source URI in the received AVP. Returns: 1 (also when no AVP is configured); -1.
    pub fn fix_nated_register() -> i32 {
        abi::import!("kemi:ksr/nathelper@0.1.0", "fix-nated-register", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.nathelper.set_contact_alias`
    ///
    /// Add alias=ip~port~proto to Contact (parsed Contact updated). Returns: 1 ok/yes, -1 fail/no.
    pub fn set_contact_alias() -> i32 {
        abi::import!("kemi:ksr/nathelper@0.1.0", "set-contact-alias", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.nathelper.set_contact_alias_trim`
    ///
    /// Same, old alias dropped. Returns: 1 ok/yes, -1 fail/no.
    pub fn set_contact_alias_trim() -> i32 {
        abi::import!("kemi:ksr/nathelper@0.1.0", "set-contact-alias-trim", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.nathelper.handle_ruri_alias`
    ///
    /// Move the request URI alias into the destination URI. Returns: 1 done; 2 no alias; -1 error.
    pub fn handle_ruri_alias() -> i32 {
        abi::import!("kemi:ksr/nathelper@0.1.0", "handle-ruri-alias", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.nathelper.handle_ruri_alias_mode`
    ///
    /// Mode selects first or last alias. Returns: 1; 2; -1.
    pub fn handle_ruri_alias_mode(mode: i32) -> i32 {
        abi::import!("kemi:ksr/nathelper@0.1.0", "handle-ruri-alias-mode", fn import(mode: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(mode) }
    }

    /// `KSR.nathelper.is_rfc1918`
    ///
    /// Private IPv4/IPv6. Returns: 1 ok/yes, -1 fail/no.
    pub fn is_rfc1918(address: &str) -> i32 {
        abi::import!("kemi:ksr/nathelper@0.1.0", "is-rfc1918", fn import(address: *const u8, address_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(address.as_ptr(), address.len()) }
    }

    /// `KSR.nathelper.add_contact_alias`
    ///
    /// Alias with source when different. Returns: 1 added; 2 not needed or no Contact; -1.
    pub fn add_contact_alias() -> i32 {
        abi::import!("kemi:ksr/nathelper@0.1.0", "add-contact-alias", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }
}

/// The address table: trusted sources.
pub mod permissions {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.permissions.allow_source_address`
    ///
    /// Source ip:port in the address group. Returns: 1 ok/yes, -1 fail/no.
    pub fn allow_source_address(addr_group: i32) -> i32 {
        abi::import!("kemi:ksr/permissions@0.1.0", "allow-source-address", fn import(addr_group: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(addr_group) }
    }

    /// `KSR.permissions.allow_address`
    ///
    /// (group, address or domain, port). Returns: 1 ok/yes, -1 fail/no.
    pub fn allow_address(addr_group: i32, ips: &str, port: i32) -> i32 {
        abi::import!("kemi:ksr/permissions@0.1.0", "allow-address", fn import(addr_group: i32, ips: *const u8, ips_len: usize, port: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(addr_group, ips.as_ptr(), ips.len(), port) }
    }

    /// `KSR.permissions.allow_source_address_group`
    ///
    /// Group id of the source. Returns: group id; -1 none.
    pub fn allow_source_address_group() -> i32 {
        abi::import!("kemi:ksr/permissions@0.1.0", "allow-source-address-group", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.permissions.allow_address_group`
    ///
    /// (address, port) group id. Returns: group id; -1 none.
    pub fn allow_address_group(addr: &str, port: i32) -> i32 {
        abi::import!("kemi:ksr/permissions@0.1.0", "allow-address-group", fn import(addr: *const u8, addr_len: usize, port: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(addr.as_ptr(), addr.len(), port) }
    }
}

/// Flood detection by source address.
pub mod pike {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.pike.pike_check_req`
    ///
    /// Count the source IP. Returns: 1 fine; -1 already blocked; -2 just became blocked.
    pub fn pike_check_req() -> i32 {
        abi::import!("kemi:ksr/pike@0.1.0", "pike-check-req", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.pike.pike_check_ip`
    ///
    /// Count a given IP. Returns: 1; -1 (also bad IP); -2.
    pub fn pike_check_ip(strip: &str) -> i32 {
        abi::import!("kemi:ksr/pike@0.1.0", "pike-check-ip", fn import(strip: *const u8, strip_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(strip.as_ptr(), strip.len()) }
    }
}

/// Pseudo-variables by their text.
pub mod pv {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.pv.get`
    ///
    /// Value of a pseudo-variable. Returns: int or string or null.
    pub fn get(pvn: &str) -> Value {
        abi::import!("kemi:ksr/pv@0.1.0", "get", fn import(pvn: *const u8, pvn_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(pvn.as_ptr(), pvn.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pv.getw`
    ///
    /// Same, "<null>" text for null. Returns: int or string.
    pub fn getw(pvn: &str) -> Value {
        abi::import!("kemi:ksr/pv@0.1.0", "getw", fn import(pvn: *const u8, pvn_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(pvn.as_ptr(), pvn.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pv.gete`
    ///
    /// Same, empty string for null. Returns: int or string.
    pub fn gete(pvn: &str) -> Value {
        abi::import!("kemi:ksr/pv@0.1.0", "gete", fn import(pvn: *const u8, pvn_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(pvn.as_ptr(), pvn.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pv.geti`
    ///
    /// Value as int: string converted, null and errors give 0. Returns: int.
    pub fn geti(pvn: &str) -> i32 {
        abi::import!("kemi:ksr/pv@0.1.0", "geti", fn import(pvn: *const u8, pvn_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(pvn.as_ptr(), pvn.len()) }
    }

    /// `KSR.pv.getl`
    ///
    /// Value as long: same rules. Returns: long.
    pub fn getl(pvn: &str) -> Value {
        abi::import!("kemi:ksr/pv@0.1.0", "getl", fn import(pvn: *const u8, pvn_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(pvn.as_ptr(), pvn.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pv.getvn`
    ///
    /// Value or an int default when null. Returns: xval.
    pub fn getvn(pvn: &str, xival: i32) -> Value {
        abi::import!("kemi:ksr/pv@0.1.0", "getvn", fn import(pvn: *const u8, pvn_len: usize, xival: i32, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(pvn.as_ptr(), pvn.len(), xival, area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pv.getvs`
    ///
    /// Value or a string default when null. Returns: xval.
    pub fn getvs(pvn: &str, xsval: &str) -> Value {
        abi::import!("kemi:ksr/pv@0.1.0", "getvs", fn import(pvn: *const u8, pvn_len: usize, xsval: *const u8, xsval_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(pvn.as_ptr(), pvn.len(), xsval.as_ptr(), xsval.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pv.seti`
    ///
    /// Assign an int. Returns: true/false.
    pub fn seti(pvn: &str, ival: i32) -> bool {
        abi::import!("kemi:ksr/pv@0.1.0", "seti", fn import(pvn: *const u8, pvn_len: usize, ival: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(pvn.as_ptr(), pvn.len(), ival) };
        truth != 0
    }

    /// `KSR.pv.setl`
    ///
    /// Assign a long (C side takes a tagged value). Returns: true/false.
    pub fn setl(pvn: &str, xval: i64) -> bool {
        abi::import!("kemi:ksr/pv@0.1.0", "setl", fn import(pvn: *const u8, pvn_len: usize, xval: i64) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(pvn.as_ptr(), pvn.len(), xval) };
        truth != 0
    }

    /// `KSR.pv.sets`
    ///
    /// Assign a string. Returns: true/false.
    pub fn sets(pvn: &str, sval: &str) -> bool {
        abi::import!("kemi:ksr/pv@0.1.0", "sets", fn import(pvn: *const u8, pvn_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(pvn.as_ptr(), pvn.len(), sval.as_ptr(), sval.len()) };
        truth != 0
    }

    /// `KSR.pv.unset`
    ///
    /// Assign null. Returns: true/false.
    pub fn unset(pvn: &str) -> bool {
        abi::import!("kemi:ksr/pv@0.1.0", "unset", fn import(pvn: *const u8, pvn_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(pvn.as_ptr(), pvn.len()) };
        truth != 0
    }

    /// `KSR.pv.is_null`
    ///
    /// Is it null (also true for an invalid name). Returns: true/false.
    pub fn is_null(pvn: &str) -> bool {
        abi::import!("kemi:ksr/pv@0.1.0", "is-null", fn import(pvn: *const u8, pvn_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let truth = unsafe { import(pvn.as_ptr(), pvn.len()) };
        truth != 0
    }
}

/// Variables as functions: lists of the transaction (xavp, xavu, xavi, avp), var, shv, the static branch.
pub mod pvx {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.pvx.sbranch_set_ruri`
    ///
    /// Request URI, destination, path, flags, socket from $sbranch. Returns: 1; -1 it has no URI.
    pub fn sbranch_set_ruri() -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "sbranch-set-ruri", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.pvx.sbranch_append`
    ///
    /// Append $sbranch as a branch. Returns: 1; -1 it has no URI, or there are too many branches.
    pub fn sbranch_append() -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "sbranch-append", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.pvx.sbranch_reset`
    ///
    /// Clear $sbranch. Returns: 1.
    pub fn sbranch_reset() -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "sbranch-reset", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.pvx.var_seti`
    ///
    /// Set int of $var. Returns: 1 ok, -1 not.
    pub fn var_seti(vname: &str, ival: i32) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "var-seti", fn import(vname: *const u8, vname_len: usize, ival: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(vname.as_ptr(), vname.len(), ival) }
    }

    /// `KSR.pvx.var_sets`
    ///
    /// Set string of $var. Returns: 1 ok, -1 not.
    pub fn var_sets(vname: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "var-sets", fn import(vname: *const u8, vname_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(vname.as_ptr(), vname.len(), sval.as_ptr(), sval.len()) }
    }

    /// `KSR.pvx.var_get`
    ///
    /// Value of $var. Returns: int, string, 0 default.
    pub fn var_get(vname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "var-get", fn import(vname: *const u8, vname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(vname.as_ptr(), vname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.shv_seti`
    ///
    /// Set int of $shv (shared). Returns: 1 ok, -1 not.
    pub fn shv_seti(vname: &str, ival: i32) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "shv-seti", fn import(vname: *const u8, vname_len: usize, ival: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(vname.as_ptr(), vname.len(), ival) }
    }

    /// `KSR.pvx.shv_sets`
    ///
    /// Set string of $shv (shared). Returns: 1 ok, -1 not.
    pub fn shv_sets(vname: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "shv-sets", fn import(vname: *const u8, vname_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(vname.as_ptr(), vname.len(), sval.as_ptr(), sval.len()) }
    }

    /// `KSR.pvx.shv_get`
    ///
    /// Value of $shv (shared). Returns: int, string, 0 default.
    pub fn shv_get(vname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "shv-get", fn import(vname: *const u8, vname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(vname.as_ptr(), vname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.shvinc_get`
    ///
    /// Add one to $shv, then read it. Returns: int.
    pub fn shvinc_get(vname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "shvinc-get", fn import(vname: *const u8, vname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(vname.as_ptr(), vname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.pv_var_to_xavp`
    ///
    /// (name of a $var or *, xavp) Put the variable, or all of them, into a new xavp; what it was goes.
    /// Returns: 1; -1 no such variable.
    pub fn pv_var_to_xavp(varname: &str, xname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "pv-var-to-xavp", fn import(varname: *const u8, varname_len: usize, xname: *const u8, xname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(varname.as_ptr(), varname.len(), xname.as_ptr(), xname.len()) }
    }

    /// `KSR.pvx.pv_xavp_to_var`
    ///
    /// (xavp) Set a $var for each field. Returns: 1; -1 there is none, or a field has no value.
    pub fn pv_xavp_to_var(xname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "pv-xavp-to-var", fn import(xname: *const u8, xname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(xname.as_ptr(), xname.len()) }
    }

    /// `KSR.pvx.pv_xavp_print`
    ///
    /// Log all xavps at level info. Returns: 1.
    pub fn pv_xavp_print() -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "pv-xavp-print", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.pvx.pv_xavu_print`
    ///
    /// Log all xavus at level info. Returns: 1.
    pub fn pv_xavu_print() -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "pv-xavu-print", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.pvx.pv_xavi_print`
    ///
    /// Log all xavis at level info. Returns: 1.
    pub fn pv_xavi_print() -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "pv-xavi-print", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.pvx.xavp_params_explode`
    ///
    /// ("a=b;c=d", xavp) A new xavp with a field for each parameter. Returns: 1; -1 nothing there.
    pub fn xavp_params_explode(sparams: &str, sxname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-params-explode", fn import(sparams: *const u8, sparams_len: usize, sxname: *const u8, sxname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sparams.as_ptr(), sparams.len(), sxname.as_ptr(), sxname.len()) }
    }

    /// `KSR.pvx.xavp_xparams_explode`
    ///
    /// (text, separator, xavp) The same with another separator. Returns: 1; -1 nothing there.
    pub fn xavp_xparams_explode(sparams: &str, sep: &str, sxname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-xparams-explode", fn import(sparams: *const u8, sparams_len: usize, sep: *const u8, sep_len: usize, sxname: *const u8, sxname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                sparams.as_ptr(),
                sparams.len(),
                sep.as_ptr(),
                sep.len(),
                sxname.as_ptr(),
                sxname.len(),
            )
        }
    }

    /// `KSR.pvx.xavp_params_implode`
    ///
    /// (xavp, pseudo-variable) Set it to "a=b;c=d;" of the fields. Returns: 1; -1 no fields, or it cannot
    /// be written.
    pub fn xavp_params_implode(sxname: &str, svname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-params-implode", fn import(sxname: *const u8, sxname_len: usize, svname: *const u8, svname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sxname.as_ptr(), sxname.len(), svname.as_ptr(), svname.len()) }
    }

    /// `KSR.pvx.xavp_params_implode_qval`
    ///
    /// The same with the texts in quotes. Returns: 1, -1.
    pub fn xavp_params_implode_qval(sxname: &str, svname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-params-implode-qval", fn import(sxname: *const u8, sxname_len: usize, svname: *const u8, svname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sxname.as_ptr(), sxname.len(), svname.as_ptr(), svname.len()) }
    }

    /// `KSR.pvx.xavu_params_explode`
    ///
    /// ("a=b;c=d", xavu) A new xavu with a field for each parameter. Returns: 1; -1 nothing there.
    pub fn xavu_params_explode(sparams: &str, sxname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-params-explode", fn import(sparams: *const u8, sparams_len: usize, sxname: *const u8, sxname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sparams.as_ptr(), sparams.len(), sxname.as_ptr(), sxname.len()) }
    }

    /// `KSR.pvx.xavu_params_implode`
    ///
    /// (xavu, pseudo-variable) Set it to "a=b;c=d;" of the fields. Returns: 1; -1 no fields, or it cannot
    /// be written.
    pub fn xavu_params_implode(sxname: &str, svname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-params-implode", fn import(sxname: *const u8, sxname_len: usize, svname: *const u8, svname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sxname.as_ptr(), sxname.len(), svname.as_ptr(), svname.len()) }
    }

    /// `KSR.pvx.xavp_slist_explode`
    ///
    /// (list, separators, mode, xavp) A new xavp with a field v for each item, the first item first; mode t
    /// trims. Returns: 1; -1 nothing there.
    pub fn xavp_slist_explode(slist: &str, sep: &str, mode: &str, sxname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-slist-explode", fn import(slist: *const u8, slist_len: usize, sep: *const u8, sep_len: usize, mode: *const u8, mode_len: usize, sxname: *const u8, sxname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                slist.as_ptr(),
                slist.len(),
                sep.as_ptr(),
                sep.len(),
                mode.as_ptr(),
                mode.len(),
                sxname.as_ptr(),
                sxname.len(),
            )
        }
    }

    /// `KSR.pvx.xavp_seti`
    ///
    /// (name, value) Add an integer on top. Returns: 1, -1.
    pub fn xavp_seti(rname: &str, ival: i32) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-seti", fn import(rname: *const u8, rname_len: usize, ival: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), ival) }
    }

    /// `KSR.pvx.xavp_sets`
    ///
    /// (name, value) Add a text on top. Returns: 1, -1.
    pub fn xavp_sets(rname: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-sets", fn import(rname: *const u8, rname_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), sval.as_ptr(), sval.len()) }
    }

    /// `KSR.pvx.xavp_get`
    ///
    /// (name) value of xavp. Returns: int, string or null.
    pub fn xavp_get(rname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-get", fn import(rname: *const u8, rname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(rname.as_ptr(), rname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.xavp_gete`
    ///
    /// (name) value, empty for null of xavp. Returns: xval.
    pub fn xavp_gete(rname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-gete", fn import(rname: *const u8, rname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(rname.as_ptr(), rname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.xavp_getw`
    ///
    /// (name) value, "<null>" for null of xavp. Returns: xval.
    pub fn xavp_getw(rname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-getw", fn import(rname: *const u8, rname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(rname.as_ptr(), rname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.xavp_rm`
    ///
    /// (name) Remove the newest value. Returns: 1, also where there was none.
    pub fn xavp_rm(rname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-rm", fn import(rname: *const u8, rname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len()) }
    }

    /// `KSR.pvx.xavp_rm_all`
    ///
    /// (name) Remove all values. Returns: how many there were, 1 for none.
    pub fn xavp_rm_all(rname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-rm-all", fn import(rname: *const u8, rname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len()) }
    }

    /// `KSR.pvx.xavp_is_null`
    ///
    /// (name) absent or null of xavp. Returns: 1 yes, -1 no.
    pub fn xavp_is_null(rname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-is-null", fn import(rname: *const u8, rname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len()) }
    }

    /// `KSR.pvx.xavp_child_seti`
    ///
    /// (root, field, value) Set a field to an integer; the root is made where there is none. Returns: 1,
    /// -1.
    pub fn xavp_child_seti(rname: &str, cname: &str, ival: i32) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-child-seti", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, ival: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), cname.as_ptr(), cname.len(), ival) }
    }

    /// `KSR.pvx.xavp_child_sets`
    ///
    /// (root, field, value) Set a field to a text; the root is made where there is none. Returns: 1, -1.
    pub fn xavp_child_sets(rname: &str, cname: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-child-sets", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                rname.as_ptr(),
                rname.len(),
                cname.as_ptr(),
                cname.len(),
                sval.as_ptr(),
                sval.len(),
            )
        }
    }

    /// `KSR.pvx.xavp_child_rm`
    ///
    /// (root, field) Remove the newest value of the field. Returns: 1, also where there was none.
    pub fn xavp_child_rm(rname: &str, cname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-child-rm", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), cname.as_ptr(), cname.len()) }
    }

    /// `KSR.pvx.xavp_child_is_null`
    ///
    /// (root, field) absent or null of child field of xavp. Returns: 1 yes, -1 no.
    pub fn xavp_child_is_null(rname: &str, cname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-child-is-null", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), cname.as_ptr(), cname.len()) }
    }

    /// `KSR.pvx.xavp_child_get`
    ///
    /// (root, field) value of child field of xavp. Returns: int, string or null.
    pub fn xavp_child_get(rname: &str, cname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-child-get", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe {
            import(
                rname.as_ptr(),
                rname.len(),
                cname.as_ptr(),
                cname.len(),
                area.as_mut_ptr(),
            )
        };
        area.value()
    }

    /// `KSR.pvx.xavp_child_gete`
    ///
    /// (root, field) value, empty for null of child field of xavp. Returns: xval.
    pub fn xavp_child_gete(rname: &str, cname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-child-gete", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe {
            import(
                rname.as_ptr(),
                rname.len(),
                cname.as_ptr(),
                cname.len(),
                area.as_mut_ptr(),
            )
        };
        area.value()
    }

    /// `KSR.pvx.xavp_child_getw`
    ///
    /// (root, field) value, "<null>" for null of child field of xavp. Returns: xval.
    pub fn xavp_child_getw(rname: &str, cname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-child-getw", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe {
            import(
                rname.as_ptr(),
                rname.len(),
                cname.as_ptr(),
                cname.len(),
                area.as_mut_ptr(),
            )
        };
        area.value()
    }

    /// `KSR.pvx.xavu_seti`
    ///
    /// (name, value) Set to an integer. Returns: 1, -1.
    pub fn xavu_seti(rname: &str, ival: i32) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-seti", fn import(rname: *const u8, rname_len: usize, ival: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), ival) }
    }

    /// `KSR.pvx.xavu_sets`
    ///
    /// (name, value) Set to a text. Returns: 1, -1.
    pub fn xavu_sets(rname: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-sets", fn import(rname: *const u8, rname_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), sval.as_ptr(), sval.len()) }
    }

    /// `KSR.pvx.xavu_get`
    ///
    /// (name) value of xavu (unique name). Returns: int, string or null.
    pub fn xavu_get(rname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-get", fn import(rname: *const u8, rname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(rname.as_ptr(), rname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.xavu_gete`
    ///
    /// (name) value, empty for null of xavu (unique name). Returns: xval.
    pub fn xavu_gete(rname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-gete", fn import(rname: *const u8, rname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(rname.as_ptr(), rname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.xavu_getw`
    ///
    /// (name) value, "<null>" for null of xavu (unique name). Returns: xval.
    pub fn xavu_getw(rname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-getw", fn import(rname: *const u8, rname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(rname.as_ptr(), rname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.xavu_rm`
    ///
    /// (name) Remove the value. Returns: 1, also where there was none; -1 no name.
    pub fn xavu_rm(rname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-rm", fn import(rname: *const u8, rname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len()) }
    }

    /// `KSR.pvx.xavu_is_null`
    ///
    /// (name) absent or null of xavu (unique name). Returns: 1 yes, -1 no.
    pub fn xavu_is_null(rname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-is-null", fn import(rname: *const u8, rname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len()) }
    }

    /// `KSR.pvx.xavu_child_seti`
    ///
    /// (root, field, value) Set a field to an integer; the root is made where there is none. Returns: 1,
    /// -1.
    pub fn xavu_child_seti(rname: &str, cname: &str, ival: i32) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-child-seti", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, ival: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), cname.as_ptr(), cname.len(), ival) }
    }

    /// `KSR.pvx.xavu_child_sets`
    ///
    /// (root, field, value) Set a field to a text; the root is made where there is none. Returns: 1, -1.
    pub fn xavu_child_sets(rname: &str, cname: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-child-sets", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                rname.as_ptr(),
                rname.len(),
                cname.as_ptr(),
                cname.len(),
                sval.as_ptr(),
                sval.len(),
            )
        }
    }

    /// `KSR.pvx.xavu_child_rm`
    ///
    /// (root, field) Remove the value of the field. Returns: 1, also where there was none; -1 no name.
    pub fn xavu_child_rm(rname: &str, cname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-child-rm", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), cname.as_ptr(), cname.len()) }
    }

    /// `KSR.pvx.xavu_child_is_null`
    ///
    /// (root, field) absent or null of child field of xavu (unique name). Returns: 1 yes, -1 no.
    pub fn xavu_child_is_null(rname: &str, cname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-child-is-null", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), cname.as_ptr(), cname.len()) }
    }

    /// `KSR.pvx.xavu_child_get`
    ///
    /// (root, field) value of child field of xavu (unique name). Returns: int, string or null.
    pub fn xavu_child_get(rname: &str, cname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-child-get", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe {
            import(
                rname.as_ptr(),
                rname.len(),
                cname.as_ptr(),
                cname.len(),
                area.as_mut_ptr(),
            )
        };
        area.value()
    }

    /// `KSR.pvx.xavu_child_gete`
    ///
    /// (root, field) value, empty for null of child field of xavu (unique name). Returns: xval.
    pub fn xavu_child_gete(rname: &str, cname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-child-gete", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe {
            import(
                rname.as_ptr(),
                rname.len(),
                cname.as_ptr(),
                cname.len(),
                area.as_mut_ptr(),
            )
        };
        area.value()
    }

    /// `KSR.pvx.xavu_child_getw`
    ///
    /// (root, field) value, "<null>" for null of child field of xavu (unique name). Returns: xval.
    pub fn xavu_child_getw(rname: &str, cname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavu-child-getw", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe {
            import(
                rname.as_ptr(),
                rname.len(),
                cname.as_ptr(),
                cname.len(),
                area.as_mut_ptr(),
            )
        };
        area.value()
    }

    /// `KSR.pvx.xavi_seti`
    ///
    /// (name, value) Add an integer on top. Returns: 1, -1.
    pub fn xavi_seti(rname: &str, ival: i32) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-seti", fn import(rname: *const u8, rname_len: usize, ival: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), ival) }
    }

    /// `KSR.pvx.xavi_sets`
    ///
    /// (name, value) Add a text on top. Returns: 1, -1.
    pub fn xavi_sets(rname: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-sets", fn import(rname: *const u8, rname_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), sval.as_ptr(), sval.len()) }
    }

    /// `KSR.pvx.xavi_get`
    ///
    /// (name) value of xavi (case-insensitive name). Returns: int, string or null.
    pub fn xavi_get(rname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-get", fn import(rname: *const u8, rname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(rname.as_ptr(), rname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.xavi_gete`
    ///
    /// (name) value, empty for null of xavi (case-insensitive name). Returns: xval.
    pub fn xavi_gete(rname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-gete", fn import(rname: *const u8, rname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(rname.as_ptr(), rname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.xavi_getw`
    ///
    /// (name) value, "<null>" for null of xavi (case-insensitive name). Returns: xval.
    pub fn xavi_getw(rname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-getw", fn import(rname: *const u8, rname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(rname.as_ptr(), rname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.xavi_rm`
    ///
    /// (name) Remove the newest value. Returns: 1, also where there was none.
    pub fn xavi_rm(rname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-rm", fn import(rname: *const u8, rname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len()) }
    }

    /// `KSR.pvx.xavi_rm_all`
    ///
    /// (name) Remove all values. Returns: how many there were, 1 for none.
    pub fn xavi_rm_all(rname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-rm-all", fn import(rname: *const u8, rname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len()) }
    }

    /// `KSR.pvx.xavi_is_null`
    ///
    /// (name) absent or null of xavi (case-insensitive name). Returns: 1 yes, -1 no.
    pub fn xavi_is_null(rname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-is-null", fn import(rname: *const u8, rname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len()) }
    }

    /// `KSR.pvx.xavi_child_seti`
    ///
    /// (root, field, value) Set a field to an integer; the root is made where there is none. Returns: 1,
    /// -1.
    pub fn xavi_child_seti(rname: &str, cname: &str, ival: i32) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-child-seti", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, ival: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), cname.as_ptr(), cname.len(), ival) }
    }

    /// `KSR.pvx.xavi_child_sets`
    ///
    /// (root, field, value) Set a field to a text; the root is made where there is none. Returns: 1, -1.
    pub fn xavi_child_sets(rname: &str, cname: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-child-sets", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                rname.as_ptr(),
                rname.len(),
                cname.as_ptr(),
                cname.len(),
                sval.as_ptr(),
                sval.len(),
            )
        }
    }

    /// `KSR.pvx.xavi_child_rm`
    ///
    /// (root, field) Remove the newest value of the field. Returns: 1, also where there was none.
    pub fn xavi_child_rm(rname: &str, cname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-child-rm", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), cname.as_ptr(), cname.len()) }
    }

    /// `KSR.pvx.xavi_child_is_null`
    ///
    /// (root, field) absent or null of child field of xavi (case-insensitive name). Returns: 1 yes, -1 no.
    pub fn xavi_child_is_null(rname: &str, cname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-child-is-null", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.as_ptr(), rname.len(), cname.as_ptr(), cname.len()) }
    }

    /// `KSR.pvx.xavi_child_get`
    ///
    /// (root, field) value of child field of xavi (case-insensitive name). Returns: int, string or null.
    pub fn xavi_child_get(rname: &str, cname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-child-get", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe {
            import(
                rname.as_ptr(),
                rname.len(),
                cname.as_ptr(),
                cname.len(),
                area.as_mut_ptr(),
            )
        };
        area.value()
    }

    /// `KSR.pvx.xavi_child_gete`
    ///
    /// (root, field) value, empty for null of child field of xavi (case-insensitive name). Returns: xval.
    pub fn xavi_child_gete(rname: &str, cname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-child-gete", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe {
            import(
                rname.as_ptr(),
                rname.len(),
                cname.as_ptr(),
                cname.len(),
                area.as_mut_ptr(),
            )
        };
        area.value()
    }

    /// `KSR.pvx.xavi_child_getw`
    ///
    /// (root, field) value, "<null>" for null of child field of xavi (case-insensitive name). Returns:
    /// xval.
    pub fn xavi_child_getw(rname: &str, cname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavi-child-getw", fn import(rname: *const u8, rname_len: usize, cname: *const u8, cname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe {
            import(
                rname.as_ptr(),
                rname.len(),
                cname.as_ptr(),
                cname.len(),
                area.as_mut_ptr(),
            )
        };
        area.value()
    }

    /// `KSR.pvx.evalx`
    ///
    /// (pseudo-variable, text) Set it to the text with its pseudo-variables replaced. Returns: 1; -1 it
    /// cannot be written, or the text not be expanded.
    pub fn evalx(dst: &str, fmt: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "evalx", fn import(dst: *const u8, dst_len: usize, fmt: *const u8, fmt_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(dst.as_ptr(), dst.len(), fmt.as_ptr(), fmt.len()) }
    }

    /// `KSR.pvx.avp_seti`
    ///
    /// Set int of $avp. Returns: 1 ok, -1 not.
    pub fn avp_seti(xname: &str, vn: i32) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "avp-seti", fn import(xname: *const u8, xname_len: usize, vn: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(xname.as_ptr(), xname.len(), vn) }
    }

    /// `KSR.pvx.avp_sets`
    ///
    /// Set string of $avp. Returns: 1 ok, -1 not.
    pub fn avp_sets(xname: &str, vs: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "avp-sets", fn import(xname: *const u8, xname_len: usize, vs: *const u8, vs_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(xname.as_ptr(), xname.len(), vs.as_ptr(), vs.len()) }
    }

    /// `KSR.pvx.avp_get`
    ///
    /// Value of $avp. Returns: int, string or null.
    pub fn avp_get(xname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "avp-get", fn import(xname: *const u8, xname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(xname.as_ptr(), xname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.avp_gete`
    ///
    /// Value, empty for null of $avp. Returns: xval.
    pub fn avp_gete(xname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "avp-gete", fn import(xname: *const u8, xname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(xname.as_ptr(), xname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.avp_getw`
    ///
    /// Value, "<null>" for null of $avp. Returns: xval.
    pub fn avp_getw(xname: &str) -> Value {
        abi::import!("kemi:ksr/pvx@0.1.0", "avp-getw", fn import(xname: *const u8, xname_len: usize, area: *mut u8));
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        let mut area = abi::Area::default();
        unsafe { import(xname.as_ptr(), xname.len(), area.as_mut_ptr()) };
        area.value()
    }

    /// `KSR.pvx.avp_rm`
    ///
    /// Remove all values of $avp. Returns: 1.
    pub fn avp_rm(xname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "avp-rm", fn import(xname: *const u8, xname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(xname.as_ptr(), xname.len()) }
    }

    /// `KSR.pvx.avp_is_null`
    ///
    /// Absent of $avp. Returns: 1 yes, -1 no.
    pub fn avp_is_null(xname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "avp-is-null", fn import(xname: *const u8, xname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(xname.as_ptr(), xname.len()) }
    }

    /// `KSR.pvx.xavp_copy`
    ///
    /// (xavp, index, other name) Copy one as the last of the other name. Returns: 1; -1 there is none.
    pub fn xavp_copy(src_name: &str, src_idx: i32, dst_name: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-copy", fn import(src_name: *const u8, src_name_len: usize, src_idx: i32, dst_name: *const u8, dst_name_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                src_name.as_ptr(),
                src_name.len(),
                src_idx,
                dst_name.as_ptr(),
                dst_name.len(),
            )
        }
    }

    /// `KSR.pvx.xavp_copy_dst`
    ///
    /// (xavp, index, other name, index) Copy one over that of the other name. Returns: 1; -1 one of them is
    /// missing.
    pub fn xavp_copy_dst(src_name: &str, src_idx: i32, dst_name: &str, dst_idx: i32) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-copy-dst", fn import(src_name: *const u8, src_name_len: usize, src_idx: i32, dst_name: *const u8, dst_name_len: usize, dst_idx: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                src_name.as_ptr(),
                src_name.len(),
                src_idx,
                dst_name.as_ptr(),
                dst_name.len(),
                dst_idx,
            )
        }
    }

    /// `KSR.pvx.xavp_lshift`
    ///
    /// (xavp, index) Move the first values of the name behind the last. Returns: 1; -2 there is none.
    pub fn xavp_lshift(xname: &str, idx: i32) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-lshift", fn import(xname: *const u8, xname_len: usize, idx: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(xname.as_ptr(), xname.len(), idx) }
    }

    /// `KSR.pvx.xavp_push_dst`
    ///
    /// (xavp) Request URI, destination URI and socket from the fields uri, dsturi and socket. Returns: 1;
    /// -1 there is none, or one cannot be set.
    pub fn xavp_push_dst(xname: &str) -> i32 {
        abi::import!("kemi:ksr/pvx@0.1.0", "xavp-push-dst", fn import(xname: *const u8, xname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(xname.as_ptr(), xname.len()) }
    }
}

/// Registrations and their lookup (RFC 3261 section 10).
pub mod registrar {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.registrar.save`
    ///
    /// (table, flags) store REGISTER contacts; flags 1 memory only, 2 no reply, 4 one contact only, 8
    /// no expires variation, 16 prepare reply headers. Returns: 1 inserted; 2 updated; 3 removed (star
    /// or expires 0); 4 no Contact (query); 0 nothing changed; -1 error; -2 too many contacts.
    pub fn save(table: &str, flags: i32) -> i32 {
        abi::import!("kemi:ksr/registrar@0.1.0", "save", fn import(table: *const u8, table_len: usize, flags: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(table.as_ptr(), table.len(), flags) }
    }

    /// `KSR.registrar.save_uri`
    ///
    /// Same, AoR taken from the URI. Returns: as save.
    pub fn save_uri(table: &str, flags: i32, uri: &str) -> i32 {
        abi::import!("kemi:ksr/registrar@0.1.0", "save-uri", fn import(table: *const u8, table_len: usize, flags: i32, uri: *const u8, uri_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(table.as_ptr(), table.len(), flags, uri.as_ptr(), uri.len()) }
    }

    /// `KSR.registrar.lookup`
    ///
    /// (table) rewrite the request URI and branches from location. Returns: 1 found; -1 not found; -2
    /// contacts exist but none allows the method; -3 internal error.
    pub fn lookup(table: &str) -> i32 {
        abi::import!("kemi:ksr/registrar@0.1.0", "lookup", fn import(table: *const u8, table_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(table.as_ptr(), table.len()) }
    }

    /// `KSR.registrar.lookup_uri`
    ///
    /// Same for a given AoR URI. Returns: as lookup.
    pub fn lookup_uri(table: &str, uri: &str) -> i32 {
        abi::import!("kemi:ksr/registrar@0.1.0", "lookup-uri", fn import(table: *const u8, table_len: usize, uri: *const u8, uri_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(table.as_ptr(), table.len(), uri.as_ptr(), uri.len()) }
    }

    /// `KSR.registrar.registered`
    ///
    /// Is the request URI registered. Returns: 1 ok/yes, -1 fail/no.
    pub fn registered(table: &str) -> i32 {
        abi::import!("kemi:ksr/registrar@0.1.0", "registered", fn import(table: *const u8, table_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(table.as_ptr(), table.len()) }
    }

    /// `KSR.registrar.registered_uri`
    ///
    /// Same for a URI. Returns: 1 ok/yes, -1 fail/no.
    pub fn registered_uri(dtable: &str, uri: &str) -> i32 {
        abi::import!("kemi:ksr/registrar@0.1.0", "registered-uri", fn import(dtable: *const u8, dtable_len: usize, uri: *const u8, uri_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(dtable.as_ptr(), dtable.len(), uri.as_ptr(), uri.len()) }
    }

    /// `KSR.registrar.unregister`
    ///
    /// (table, uri) remove all contacts. Returns: 1; -1 bad URI; -2 delete failed; -3 not found.
    pub fn unregister(dtable: &str, uri: &str) -> i32 {
        abi::import!("kemi:ksr/registrar@0.1.0", "unregister", fn import(dtable: *const u8, dtable_len: usize, uri: *const u8, uri_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(dtable.as_ptr(), dtable.len(), uri.as_ptr(), uri.len()) }
    }
}

/// Record-Route and loose routing (RFC 3261 sections 16.4, 16.6 and 16.12).
pub mod rr {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.rr.record_route`
    ///
    /// Add Record-Route (queued params included). Returns: 1; -1 (also second attempt).
    pub fn record_route() -> i32 {
        abi::import!("kemi:ksr/rr@0.1.0", "record-route", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.rr.record_route_params`
    ///
    /// Same with extra params. Returns: 1 ok/yes, -1 fail/no.
    pub fn record_route_params(sparams: &str) -> i32 {
        abi::import!("kemi:ksr/rr@0.1.0", "record-route-params", fn import(sparams: *const u8, sparams_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sparams.as_ptr(), sparams.len()) }
    }

    /// `KSR.rr.loose_route`
    ///
    /// Process Route headers. Returns: 1 driven by Route; 2 driven by an outbound flow token; -1 not
    /// driven or error; -2 broken flow token; -3 preloaded route set.
    pub fn loose_route() -> i32 {
        abi::import!("kemi:ksr/rr@0.1.0", "loose-route", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.rr.remove_record_route`
    ///
    /// Undo the Record-Route added here. Returns: 1.
    pub fn remove_record_route() -> i32 {
        abi::import!("kemi:ksr/rr@0.1.0", "remove-record-route", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.rr.add_rr_param`
    ///
    /// Param (with leading ;) for the next Record-Route. Returns: 1 ok/yes, -1 fail/no.
    pub fn add_rr_param(sparam: &str) -> i32 {
        abi::import!("kemi:ksr/rr@0.1.0", "add-rr-param", fn import(sparam: *const u8, sparam_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sparam.as_ptr(), sparam.len()) }
    }

    /// `KSR.rr.check_route_param`
    ///
    /// Regex on the params of the Route that was popped. Returns: 1 ok/yes, -1 fail/no.
    pub fn check_route_param(sre: &str) -> i32 {
        abi::import!("kemi:ksr/rr@0.1.0", "check-route-param", fn import(sre: *const u8, sre_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sre.as_ptr(), sre.len()) }
    }

    /// `KSR.rr.is_direction`
    ///
    /// Downstream or upstream by the ftag param. Returns: 1 ok/yes, -1 fail/no; -6 wrong setup or
    /// argument.
    pub fn is_direction(dir: &str) -> i32 {
        abi::import!("kemi:ksr/rr@0.1.0", "is-direction", fn import(dir: *const u8, dir_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(dir.as_ptr(), dir.len()) }
    }
}

/// Checks of a request beyond what parsing needs.
pub mod sanity {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.sanity.sanity_check`
    ///
    /// (message checks mask, URI checks mask); message bits: 1 ruri version, 2 ruri scheme, 4 required
    /// headers, 8 via version, 16 via protocol, 32 cseq method, 64 cseq value, 128 content-length, 256
    /// expires, 512 proxy-require, 1024 parse URIs, 2048 digest, 4096 duplicate tags, 8192
    /// authorization, 16384 via1, 32768 rfc3261, 65536 sizes; URI bits: 1 ruri, 2 from, 4 to, 8
    /// contact. Returns: 1 passed; -1 failed or error (an error reply is sent unless noreply).
    pub fn sanity_check(mflags: i32, uflags: i32) -> i32 {
        abi::import!("kemi:ksr/sanity@0.1.0", "sanity-check", fn import(mflags: i32, uflags: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(mflags, uflags) }
    }

    /// `KSR.sanity.sanity_check_defaults`
    ///
    /// Same with module default masks. Returns: 1; -1.
    pub fn sanity_check_defaults() -> i32 {
        abi::import!("kemi:ksr/sanity@0.1.0", "sanity-check-defaults", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.sanity.sanity_reply`
    ///
    /// Send the reply stored by a failed check (noreply mode). Returns: 1 ok/yes, -1 fail/no.
    pub fn sanity_reply() -> i32 {
        abi::import!("kemi:ksr/sanity@0.1.0", "sanity-reply", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }
}

/// Tests on messages, URIs and text.
pub mod siputils {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.siputils.has_totag`
    ///
    /// To has a tag. Returns: 1 ok/yes, -1 fail/no.
    pub fn has_totag() -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "has-totag", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.siputils.is_request`
    ///
    /// Message is a request. Returns: 1 ok/yes, -1 fail/no.
    pub fn is_request() -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "is-request", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.siputils.is_reply`
    ///
    /// Message is a reply. Returns: 1 ok/yes, -1 fail/no.
    pub fn is_reply() -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "is-reply", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.siputils.is_sip`
    ///
    /// SIP message. Returns: 1 ok/yes, -1 fail/no.
    pub fn is_sip() -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "is-sip", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.siputils.is_first_hop`
    ///
    /// First hop from the sender (one Via on requests, no/own Record-Route on replies). Returns: 1
    /// ok/yes, -1 fail/no.
    pub fn is_first_hop() -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "is-first-hop", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.siputils.is_first_hop_mode`
    ///
    /// Same; non-zero mode relaxes the reply test (host of top Record-Route need not be an IP, no loop
    /// test). Returns: 1 ok/yes, -1 fail/no.
    pub fn is_first_hop_mode(mode: i32) -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "is-first-hop-mode", fn import(mode: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(mode) }
    }

    /// `KSR.siputils.is_uri`
    ///
    /// Valid URI. Returns: 1 ok/yes, -1 fail/no.
    pub fn is_uri(suri: &str) -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "is-uri", fn import(suri: *const u8, suri_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(suri.as_ptr(), suri.len()) }
    }

    /// `KSR.siputils.is_user`
    ///
    /// User of digest credentials equals the value. Returns: 1 ok/yes, -1 fail/no.
    pub fn is_user(suser: &str) -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "is-user", fn import(suser: *const u8, suser_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(suser.as_ptr(), suser.len()) }
    }

    /// `KSR.siputils.uri_param`
    ///
    /// Request URI has the parameter without value check. Returns: 1 ok/yes, -1 fail/no.
    pub fn uri_param(sparam: &str) -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "uri-param", fn import(sparam: *const u8, sparam_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sparam.as_ptr(), sparam.len()) }
    }

    /// `KSR.siputils.uri_param_value`
    ///
    /// Parameter equals the value. Returns: 1 ok/yes, -1 fail/no.
    pub fn uri_param_value(sparam: &str, svalue: &str) -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "uri-param-value", fn import(sparam: *const u8, sparam_len: usize, svalue: *const u8, svalue_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sparam.as_ptr(), sparam.len(), svalue.as_ptr(), svalue.len()) }
    }

    /// `KSR.siputils.uri_param_any`
    ///
    /// Parameter present with any or no value. Returns: 1 ok/yes, -1 fail/no.
    pub fn uri_param_any(sparam: &str) -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "uri-param-any", fn import(sparam: *const u8, sparam_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sparam.as_ptr(), sparam.len()) }
    }

    /// `KSR.siputils.uri_param_rm`
    ///
    /// Remove the parameter. Returns: 1 ok/yes, -1 fail/no.
    pub fn uri_param_rm(sparam: &str) -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "uri-param-rm", fn import(sparam: *const u8, sparam_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sparam.as_ptr(), sparam.len()) }
    }

    /// `KSR.siputils.is_tel_number`
    ///
    /// Optional + then digits. Returns: 1; -2.
    pub fn is_tel_number(tval: &str) -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "is-tel-number", fn import(tval: *const u8, tval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(tval.as_ptr(), tval.len()) }
    }

    /// `KSR.siputils.is_numeric`
    ///
    /// Digits only. Returns: 1; -2.
    pub fn is_numeric(tval: &str) -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "is-numeric", fn import(tval: *const u8, tval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(tval.as_ptr(), tval.len()) }
    }

    /// `KSR.siputils.is_alphanum`
    ///
    /// Letters and digits. Returns: 1; -2 empty; -3 other char.
    pub fn is_alphanum(tval: &str) -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "is-alphanum", fn import(tval: *const u8, tval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(tval.as_ptr(), tval.len()) }
    }

    /// `KSR.siputils.is_alphanumex`
    ///
    /// Plus a set of extra chars. Returns: 1; -2; -3.
    pub fn is_alphanumex(tval: &str, eset: &str) -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "is-alphanumex", fn import(tval: *const u8, tval_len: usize, eset: *const u8, eset_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(tval.as_ptr(), tval.len(), eset.as_ptr(), eset.len()) }
    }

    /// `KSR.siputils.options_reply`
    ///
    /// 200 with capabilities for OPTIONS without user. Returns: 1; -1.
    pub fn options_reply() -> i32 {
        abi::import!("kemi:ksr/siputils@0.1.0", "options-reply", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }
}

/// Stateless replies.
pub mod sl {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.sl.sl_send_reply`
    ///
    /// Stateless reply. Returns: 1; -1 failed; -2 marked no-reply.
    pub fn sl_send_reply(code: i32, reason: &str) -> i32 {
        abi::import!("kemi:ksr/sl@0.1.0", "sl-send-reply", fn import(code: i32, reason: *const u8, reason_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(code, reason.as_ptr(), reason.len()) }
    }

    /// `KSR.sl.send_reply`
    ///
    /// Stateful if a transaction exists, else stateless. Returns: 1; -1 (empty reason too); -2 marked
    /// no-reply.
    pub fn send_reply(code: i32, reason: &str) -> i32 {
        abi::import!("kemi:ksr/sl@0.1.0", "send-reply", fn import(code: i32, reason: *const u8, reason_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(code, reason.as_ptr(), reason.len()) }
    }

    /// `KSR.sl.send_reply_mode`
    ///
    /// Same with mode bit 1: create transaction first. Returns: 1; -1; -2.
    pub fn send_reply_mode(code: i32, reason: &str, mode: i32) -> i32 {
        abi::import!("kemi:ksr/sl@0.1.0", "send-reply-mode", fn import(code: i32, reason: *const u8, reason_len: usize, mode: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(code, reason.as_ptr(), reason.len(), mode) }
    }

    /// `KSR.sl.sl_reply_error`
    ///
    /// Stateless reply from the last core error. Returns: 1; -1; -2 final reply already sent or no-
    /// reply; -3 delayed reply pending.
    pub fn sl_reply_error() -> i32 {
        abi::import!("kemi:ksr/sl@0.1.0", "sl-reply-error", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.sl.send_reply_error`
    ///
    /// Tm error reply when tm is bound, else stateless. Returns: 1; -1; -2; -3 as above.
    pub fn send_reply_error() -> i32 {
        abi::import!("kemi:ksr/sl@0.1.0", "send-reply-error", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }
}

/// Texts of messages: searching, replacing, bodies and their parts. Changes show after msg_apply_changes.
pub mod textops {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.textops.search`
    ///
    /// Does the regular expression match anywhere in the message, in any case, `^` and `$` at the ends of
    /// lines. Returns: 1 yes (also an empty one), -1 no or malformed.
    pub fn search(sre: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "search", fn import(sre: *const u8, sre_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sre.as_ptr(), sre.len()) }
    }

    /// `KSR.textops.search_body`
    ///
    /// The same in the body. Returns: 1 yes (also an empty one), -1 no, no body or malformed.
    pub fn search_body(sre: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "search-body", fn import(sre: *const u8, sre_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sre.as_ptr(), sre.len()) }
    }

    /// `KSR.textops.search_hf`
    ///
    /// (header, expression, flags) In values of a header: f only the first, l only the last, else any.
    /// Returns: 1 yes, -1 no or malformed.
    pub fn search_hf(hname: &str, sre: &str, flags: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "search-hf", fn import(hname: *const u8, hname_len: usize, sre: *const u8, sre_len: usize, flags: *const u8, flags_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                hname.as_ptr(),
                hname.len(),
                sre.as_ptr(),
                sre.len(),
                flags.as_ptr(),
                flags.len(),
            )
        }
    }

    /// `KSR.textops.search_append`
    ///
    /// (expression, text) Insert the text after the first match behind the first line. Returns: 1; -1 no
    /// match, malformed, or the text ends a line of the headers.
    pub fn search_append(ematch: &str, val: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "search-append", fn import(ematch: *const u8, ematch_len: usize, val: *const u8, val_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(ematch.as_ptr(), ematch.len(), val.as_ptr(), val.len()) }
    }

    /// `KSR.textops.search_append_body`
    ///
    /// (expression, text) The same in the body. Returns: 1; -1 no match or malformed.
    pub fn search_append_body(ematch: &str, val: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "search-append-body", fn import(ematch: *const u8, ematch_len: usize, val: *const u8, val_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(ematch.as_ptr(), ematch.len(), val.as_ptr(), val.len()) }
    }

    /// `KSR.textops.is_present_hf`
    ///
    /// Is there a header of that name. Returns: 1 yes, -1 no.
    pub fn is_present_hf(hname: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "is-present-hf", fn import(hname: *const u8, hname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(hname.as_ptr(), hname.len()) }
    }

    /// `KSR.textops.is_present_hf_re`
    ///
    /// Does a header's name match. Returns: 1 yes, -1 no or malformed.
    pub fn is_present_hf_re(ematch: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "is-present-hf-re", fn import(ematch: *const u8, ematch_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(ematch.as_ptr(), ematch.len()) }
    }

    /// `KSR.textops.subst`
    ///
    /// (/expression/replacement/flags) Replace what matches behind the first line; flags i any case, g all,
    /// s as one line. The replacement may have \0 to \9 and pseudo-variables. Returns: 1; -1 no match,
    /// malformed, or headers would be broken.
    pub fn subst(subst: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "subst", fn import(subst: *const u8, subst_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(subst.as_ptr(), subst.len()) }
    }

    /// `KSR.textops.subst_uri`
    ///
    /// The same on the request URI, at once. Returns: 1; -1 no match, malformed or no URI.
    pub fn subst_uri(subst: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "subst-uri", fn import(subst: *const u8, subst_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(subst.as_ptr(), subst.len()) }
    }

    /// `KSR.textops.subst_user`
    ///
    /// The same on its user part, at once. Returns: 1; -1 no match, malformed or no user part.
    pub fn subst_user(subst: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "subst-user", fn import(subst: *const u8, subst_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(subst.as_ptr(), subst.len()) }
    }

    /// `KSR.textops.subst_body`
    ///
    /// The same on the body. Returns: 1; -1 no match, malformed or no body.
    pub fn subst_body(subst: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "subst-body", fn import(subst: *const u8, subst_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(subst.as_ptr(), subst.len()) }
    }

    /// `KSR.textops.subst_hf`
    ///
    /// (header, expression, flags) The same on values of a header: f only the first, l only the last, else
    /// all. Returns: 1; -1 no match, malformed, or a header that only the host writes.
    pub fn subst_hf(hname: &str, subst: &str, flags: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "subst-hf", fn import(hname: *const u8, hname_len: usize, subst: *const u8, subst_len: usize, flags: *const u8, flags_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                hname.as_ptr(),
                hname.len(),
                subst.as_ptr(),
                subst.len(),
                flags.as_ptr(),
                flags.len(),
            )
        }
    }

    /// `KSR.textops.subst_v`
    ///
    /// (text, expression, pseudo-variable) Set it to the text with what matches replaced. Returns: 1; -1 no
    /// match, malformed, or it cannot be written.
    pub fn subst_v(itext: &str, subex: &str, opv: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "subst-v", fn import(itext: *const u8, itext_len: usize, subex: *const u8, subex_len: usize, opv: *const u8, opv_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                itext.as_ptr(),
                itext.len(),
                subex.as_ptr(),
                subex.len(),
                opv.as_ptr(),
                opv.len(),
            )
        }
    }

    /// `KSR.textops.remove_hf`
    ///
    /// Remove all headers of that name. Returns: 1 removed; -1 none, or one that only the host writes.
    pub fn remove_hf(hname: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "remove-hf", fn import(hname: *const u8, hname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(hname.as_ptr(), hname.len()) }
    }

    /// `KSR.textops.remove_hf_re`
    ///
    /// Remove headers whose name matches, but Via and Content-Length. Returns: 1 removed; -1 none or
    /// malformed.
    pub fn remove_hf_re(ematch: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "remove-hf-re", fn import(ematch: *const u8, ematch_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(ematch.as_ptr(), ematch.len()) }
    }

    /// `KSR.textops.remove_hf_idx`
    ///
    /// (name, index, negative from the last) Returns: 1 removed; 2 nothing at that index (1 for a negative
    /// one); -1 error.
    pub fn remove_hf_idx(hname: &str, idx: i32) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "remove-hf-idx", fn import(hname: *const u8, hname_len: usize, idx: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(hname.as_ptr(), hname.len(), idx) }
    }

    /// `KSR.textops.remove_hf_exp`
    ///
    /// (expression, exception) Remove headers whose name matches the first and not the second. Returns: 1
    /// removed; -1 none or malformed.
    pub fn remove_hf_exp(ematch: &str, eskip: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "remove-hf-exp", fn import(ematch: *const u8, ematch_len: usize, eskip: *const u8, eskip_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(ematch.as_ptr(), ematch.len(), eskip.as_ptr(), eskip.len()) }
    }

    /// `KSR.textops.remove_hf_match`
    ///
    /// (name, operator, value) Remove headers whose value fits: eq, ne, in, re. Returns: 1 removed; -2
    /// none; -1 error.
    pub fn remove_hf_match(hname: &str, op: &str, expr: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "remove-hf-match", fn import(hname: *const u8, hname_len: usize, op: *const u8, op_len: usize, expr: *const u8, expr_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                hname.as_ptr(),
                hname.len(),
                op.as_ptr(),
                op.len(),
                expr.as_ptr(),
                expr.len(),
            )
        }
    }

    /// `KSR.textops.replace`
    ///
    /// (expression, text) Replace the first match behind the first line. Returns: 1; -1 no match,
    /// malformed, or headers would be broken.
    pub fn replace(sre: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "replace", fn import(sre: *const u8, sre_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sre.as_ptr(), sre.len(), sval.as_ptr(), sval.len()) }
    }

    /// `KSR.textops.replace_str`
    ///
    /// (text, by, mode) Replace plain text: mode f the first, else all. Returns: 1 (also where it is not
    /// there); -1 headers would be broken.
    pub fn replace_str(mkey: &str, rval: &str, rmode: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "replace-str", fn import(mkey: *const u8, mkey_len: usize, rval: *const u8, rval_len: usize, rmode: *const u8, rmode_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                mkey.as_ptr(),
                mkey.len(),
                rval.as_ptr(),
                rval.len(),
                rmode.as_ptr(),
                rmode.len(),
            )
        }
    }

    /// `KSR.textops.replace_all`
    ///
    /// (expression, text) Replace all matches behind the first line. Returns: 1; -1 no match, malformed,
    /// one of no length, or headers would be broken.
    pub fn replace_all(sre: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "replace-all", fn import(sre: *const u8, sre_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sre.as_ptr(), sre.len(), sval.as_ptr(), sval.len()) }
    }

    /// `KSR.textops.replace_body`
    ///
    /// (expression, text) Replace the first match in the body. Returns: 1; -1 no match, malformed or no
    /// body.
    pub fn replace_body(sre: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "replace-body", fn import(sre: *const u8, sre_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sre.as_ptr(), sre.len(), sval.as_ptr(), sval.len()) }
    }

    /// `KSR.textops.replace_body_str`
    ///
    /// (text, by, mode) Replace plain text in the body: mode f the first, else all. Returns: 1; -1 no body.
    pub fn replace_body_str(mkey: &str, rval: &str, rmode: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "replace-body-str", fn import(mkey: *const u8, mkey_len: usize, rval: *const u8, rval_len: usize, rmode: *const u8, rmode_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                mkey.as_ptr(),
                mkey.len(),
                rval.as_ptr(),
                rval.len(),
                rmode.as_ptr(),
                rmode.len(),
            )
        }
    }

    /// `KSR.textops.replace_hdrs`
    ///
    /// (expression, text) Replace the first match in the headers. Returns: 1; -1 no match, malformed, or
    /// headers would be broken.
    pub fn replace_hdrs(sre: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "replace-hdrs", fn import(sre: *const u8, sre_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sre.as_ptr(), sre.len(), sval.as_ptr(), sval.len()) }
    }

    /// `KSR.textops.replace_hdrs_str`
    ///
    /// (text, by, mode) Replace plain text in the headers: mode f the first, else all. Returns: 1; -1
    /// headers would be broken.
    pub fn replace_hdrs_str(mkey: &str, rval: &str, rmode: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "replace-hdrs-str", fn import(mkey: *const u8, mkey_len: usize, rval: *const u8, rval_len: usize, rmode: *const u8, rmode_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                mkey.as_ptr(),
                mkey.len(),
                rval.as_ptr(),
                rval.len(),
                rmode.as_ptr(),
                rmode.len(),
            )
        }
    }

    /// `KSR.textops.replace_body_all`
    ///
    /// (expression, text) Replace all matches in the body, line by line. Returns: 1; -1 no match,
    /// malformed, one of no length, or no body.
    pub fn replace_body_all(sre: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "replace-body-all", fn import(sre: *const u8, sre_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sre.as_ptr(), sre.len(), sval.as_ptr(), sval.len()) }
    }

    /// `KSR.textops.replace_body_atonce`
    ///
    /// (expression, text) The same with `^` and `$` at the ends of the body only. Returns: 1, -1.
    pub fn replace_body_atonce(sre: &str, sval: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "replace-body-atonce", fn import(sre: *const u8, sre_len: usize, sval: *const u8, sval_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sre.as_ptr(), sre.len(), sval.as_ptr(), sval.len()) }
    }

    /// `KSR.textops.set_body`
    ///
    /// (body, content type) Another body, in the place of what was set before too. Returns: 1; -1 one of
    /// them is empty, or the type is no header value.
    pub fn set_body(nb: &str, nc: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "set-body", fn import(nb: *const u8, nb_len: usize, nc: *const u8, nc_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(nb.as_ptr(), nb.len(), nc.as_ptr(), nc.len()) }
    }

    /// `KSR.textops.set_body_hex`
    ///
    /// The same in hexadecimal digits, blanks between them allowed. Returns: 1; -1 also where they are
    /// none.
    pub fn set_body_hex(htxt: &str, ct: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "set-body-hex", fn import(htxt: *const u8, htxt_len: usize, ct: *const u8, ct_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(htxt.as_ptr(), htxt.len(), ct.as_ptr(), ct.len()) }
    }

    /// `KSR.textops.set_reply_body`
    ///
    /// (body, content type) The body of the next reply of our own. Returns: 1; -1 one of them is empty, or
    /// the type is no header value.
    pub fn set_reply_body(nb: &str, nc: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "set-reply-body", fn import(nb: *const u8, nb_len: usize, nc: *const u8, nc_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(nb.as_ptr(), nb.len(), nc.as_ptr(), nc.len()) }
    }

    /// `KSR.textops.set_reply_body_hex`
    ///
    /// The same in hexadecimal digits. Returns: 1, -1.
    pub fn set_reply_body_hex(htxt: &str, ct: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "set-reply-body-hex", fn import(htxt: *const u8, htxt_len: usize, ct: *const u8, ct_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(htxt.as_ptr(), htxt.len(), ct.as_ptr(), ct.len()) }
    }

    /// `KSR.textops.has_body`
    ///
    /// Is there a body. Returns: 1 yes, -1 no.
    pub fn has_body() -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "has-body", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.textops.has_body_type`
    ///
    /// Is there a body of that type (application/sdp where none is named); empty for any. Returns: 1 yes,
    /// -1 no.
    pub fn has_body_type(ctype: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "has-body-type", fn import(ctype: *const u8, ctype_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(ctype.as_ptr(), ctype.len()) }
    }

    /// `KSR.textops.filter_body`
    ///
    /// Leave only the first part of that type of a multipart/mixed body; Content-Type stays. Returns: 1; -1
    /// no such part.
    pub fn filter_body(content_type: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "filter-body", fn import(content_type: *const u8, content_type_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(content_type.as_ptr(), content_type.len()) }
    }

    /// `KSR.textops.is_privacy`
    ///
    /// Has Privacy the value user, header, session, none, critical, id or history. Returns: 1 yes; -1 no,
    /// or another value.
    pub fn is_privacy(privacy: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "is-privacy", fn import(privacy: *const u8, privacy_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(privacy.as_ptr(), privacy.len()) }
    }

    /// `KSR.textops.in_list`
    ///
    /// (item, list, separator) Returns: 1 the item is in the list, -1 not.
    pub fn in_list(subject: &str, list: &str, vsep: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "in-list", fn import(subject: *const u8, subject_len: usize, list: *const u8, list_len: usize, vsep: *const u8, vsep_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                subject.as_ptr(),
                subject.len(),
                list.as_ptr(),
                list.len(),
                vsep.as_ptr(),
                vsep.len(),
            )
        }
    }

    /// `KSR.textops.in_list_prefix`
    ///
    /// (text, list, separator) Returns: 1 an item of the list is a prefix of the text, -1 not.
    pub fn in_list_prefix(subject: &str, list: &str, vsep: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "in-list-prefix", fn import(subject: *const u8, subject_len: usize, list: *const u8, list_len: usize, vsep: *const u8, vsep_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                subject.as_ptr(),
                subject.len(),
                list.as_ptr(),
                list.len(),
                vsep.as_ptr(),
                vsep.len(),
            )
        }
    }

    /// `KSR.textops.cmp_str`
    ///
    /// Compare. Returns: 1 equal; -1 the first is greater; -2 less.
    pub fn cmp_str(s1: &str, s2: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "cmp-str", fn import(s1: *const u8, s1_len: usize, s2: *const u8, s2_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(s1.as_ptr(), s1.len(), s2.as_ptr(), s2.len()) }
    }

    /// `KSR.textops.cmp_istr`
    ///
    /// Compare in any case. Returns: 1 equal; -1 the first is greater; -2 less.
    pub fn cmp_istr(s1: &str, s2: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "cmp-istr", fn import(s1: *const u8, s1_len: usize, s2: *const u8, s2_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(s1.as_ptr(), s1.len(), s2.as_ptr(), s2.len()) }
    }

    /// `KSR.textops.search_str`
    ///
    /// (text, expression) Returns: 1 match; -1 none; 2 empty expression; -2 empty text or malformed.
    pub fn search_str(stext: &str, sre: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "search-str", fn import(stext: *const u8, stext_len: usize, sre: *const u8, sre_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(stext.as_ptr(), stext.len(), sre.as_ptr(), sre.len()) }
    }

    /// `KSR.textops.starts_with`
    ///
    /// (text, prefix) Returns: 1 yes; -1 the text is shorter or greater; -2 less.
    pub fn starts_with(s1: &str, s2: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "starts-with", fn import(s1: *const u8, s1_len: usize, s2: *const u8, s2_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(s1.as_ptr(), s1.len(), s2.as_ptr(), s2.len()) }
    }

    /// `KSR.textops.ends_with`
    ///
    /// (text, suffix) Returns: 1 yes; -1 the text is shorter or its end greater; -2 less.
    pub fn ends_with(vstr: &str, vsuffix: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "ends-with", fn import(vstr: *const u8, vstr_len: usize, vsuffix: *const u8, vsuffix_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(vstr.as_ptr(), vstr.len(), vsuffix.as_ptr(), vsuffix.len()) }
    }

    /// `KSR.textops.str_find`
    ///
    /// (text, needle) Returns: its position, from 1; -1 it is not there.
    pub fn str_find(txt: &str, needle: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "str-find", fn import(txt: *const u8, txt_len: usize, needle: *const u8, needle_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len(), needle.as_ptr(), needle.len()) }
    }

    /// `KSR.textops.str_ifind`
    ///
    /// (text, needle) The same in any case. Returns: its position, from 1; -1 it is not there.
    pub fn str_ifind(txt: &str, needle: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "str-ifind", fn import(txt: *const u8, txt_len: usize, needle: *const u8, needle_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len(), needle.as_ptr(), needle.len()) }
    }

    /// `KSR.textops.str_any_in`
    ///
    /// (text, characters) Returns: 1 one of the characters is in the text, -1 none.
    pub fn str_any_in(txt: &str, clist: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "str-any-in", fn import(txt: *const u8, txt_len: usize, clist: *const u8, clist_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len(), clist.as_ptr(), clist.len()) }
    }

    /// `KSR.textops.str_all_in`
    ///
    /// (text, characters) Returns: 1 all of the characters are in the text, -1 not.
    pub fn str_all_in(txt: &str, clist: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "str-all-in", fn import(txt: *const u8, txt_len: usize, clist: *const u8, clist_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len(), clist.as_ptr(), clist.len()) }
    }

    /// `KSR.textops.is_audio_on_hold`
    ///
    /// Is an audio stream of the SDP on hold. Returns: 1 by address 0.0.0.0; 2 by sendonly or inactive; -1
    /// no.
    pub fn is_audio_on_hold() -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "is-audio-on-hold", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.textops.set_body_multipart_mode`
    ///
    /// Make the body the only part of a multipart/mixed one. Returns: 1 (also where it is one); -1 no body.
    pub fn set_body_multipart_mode() -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "set-body-multipart-mode", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.textops.set_body_multipart_boundary`
    ///
    /// The same with a boundary. Returns: 1; -1 no body, or it cannot be a boundary.
    pub fn set_body_multipart_boundary(boundary: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "set-body-multipart-boundary", fn import(boundary: *const u8, boundary_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(boundary.as_ptr(), boundary.len()) }
    }

    /// `KSR.textops.set_body_multipart_content`
    ///
    /// (body, type) A multipart/mixed body of this part. Returns: 1, -1.
    pub fn set_body_multipart_content(nbody: &str, ctype: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "set-body-multipart-content", fn import(nbody: *const u8, nbody_len: usize, ctype: *const u8, ctype_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(nbody.as_ptr(), nbody.len(), ctype.as_ptr(), ctype.len()) }
    }

    /// `KSR.textops.set_body_multipart`
    ///
    /// (body, type, boundary) The same with a boundary. Returns: 1, -1.
    pub fn set_body_multipart(nbody: &str, ctype: &str, boundary: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "set-body-multipart", fn import(nbody: *const u8, nbody_len: usize, ctype: *const u8, ctype_len: usize, boundary: *const u8, boundary_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                nbody.as_ptr(),
                nbody.len(),
                ctype.as_ptr(),
                ctype.len(),
                boundary.as_ptr(),
                boundary.len(),
            )
        }
    }

    /// `KSR.textops.append_body_part`
    ///
    /// (body, type) Append a part to a multipart/mixed body. Returns: 1; -1 it is none, or one of them is
    /// empty.
    pub fn append_body_part(txt: &str, ct: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "append-body-part", fn import(txt: *const u8, txt_len: usize, ct: *const u8, ct_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len(), ct.as_ptr(), ct.len()) }
    }

    /// `KSR.textops.append_body_part_cd`
    ///
    /// (body, type, disposition) The same with a Content-Disposition. Returns: 1, -1.
    pub fn append_body_part_cd(txt: &str, ct: &str, cd: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "append-body-part-cd", fn import(txt: *const u8, txt_len: usize, ct: *const u8, ct_len: usize, cd: *const u8, cd_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len(), ct.as_ptr(), ct.len(), cd.as_ptr(), cd.len()) }
    }

    /// `KSR.textops.append_body_part_hex`
    ///
    /// (body in hexadecimal digits, type) Otherwise as append_body_part. Returns: 1, -1.
    pub fn append_body_part_hex(txt: &str, ct: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "append-body-part-hex", fn import(txt: *const u8, txt_len: usize, ct: *const u8, ct_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(txt.as_ptr(), txt.len(), ct.as_ptr(), ct.len()) }
    }

    /// `KSR.textops.append_body_part_hex_cd`
    ///
    /// (body in hexadecimal digits, type, disposition) Otherwise as append_body_part_cd. Returns: 1, -1.
    pub fn append_body_part_hex_cd(htxt: &str, ct: &str, cd: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "append-body-part-hex-cd", fn import(htxt: *const u8, htxt_len: usize, ct: *const u8, ct_len: usize, cd: *const u8, cd_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(htxt.as_ptr(), htxt.len(), ct.as_ptr(), ct.len(), cd.as_ptr(), cd.len()) }
    }

    /// `KSR.textops.remove_body_part`
    ///
    /// Remove the first part of that type. Returns: 1; -1 no such part.
    pub fn remove_body_part(content_type: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "remove-body-part", fn import(content_type: *const u8, content_type_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(content_type.as_ptr(), content_type.len()) }
    }

    /// `KSR.textops.get_body_part`
    ///
    /// (type, pseudo-variable) Set it to the content of the first part of that type; to the body where that
    /// is not multipart. Returns: 1; -1 no such part, or it cannot be written.
    pub fn get_body_part(ctype: &str, pvname: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "get-body-part", fn import(ctype: *const u8, ctype_len: usize, pvname: *const u8, pvname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(ctype.as_ptr(), ctype.len(), pvname.as_ptr(), pvname.len()) }
    }

    /// `KSR.textops.get_body_part_raw`
    ///
    /// The same with the headers of the part. Returns: 1, -1.
    pub fn get_body_part_raw(ctype: &str, pvname: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "get-body-part-raw", fn import(ctype: *const u8, ctype_len: usize, pvname: *const u8, pvname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(ctype.as_ptr(), ctype.len(), pvname.as_ptr(), pvname.len()) }
    }

    /// `KSR.textops.regex_substring`
    ///
    /// (text, expression, group, number of groups, pseudo-variable) Set it to what the group matches; case
    /// counts. Returns: 1; -1 malformed, or nothing in the group; -2 no match.
    pub fn regex_substring(input: &str, regex: &str, mindex: i32, nmatch: i32, dst: &str) -> i32 {
        abi::import!("kemi:ksr/textops@0.1.0", "regex-substring", fn import(input: *const u8, input_len: usize, regex: *const u8, regex_len: usize, mindex: i32, nmatch: i32, dst: *const u8, dst_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                input.as_ptr(),
                input.len(),
                regex.as_ptr(),
                regex.len(),
                mindex,
                nmatch,
                dst.as_ptr(),
                dst.len(),
            )
        }
    }
}

/// Transactions: stateful relaying and replying (RFC 3261 sections 16 and 17).
pub mod tm {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.tm.t_relay`
    ///
    /// Create the transaction if needed and forward statefully. Returns: 1 ok (also retransmission
    /// absorbed); <=0 error: -1 generic, -2 oom, -4 error with no reply sent (internal reply disabled),
    /// -8/-9/-20/-400 creation errors, -478 unresolvable next hop, -510 forbidden; 0 = reply sent or
    /// unsupported route; the error reply is normally already sent.
    pub fn t_relay() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-relay", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_on_branch`
    ///
    /// Callback name to run per outgoing branch. Returns: 1.
    pub fn t_on_branch(rname: Callback) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-on-branch", fn import(rname: *const u8, rname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.name().as_ptr(), rname.name().len()) }
    }

    /// `KSR.tm.t_on_failure`
    ///
    /// Callback name to run when the transaction fails (reset before it runs; arm again inside).
    /// Returns: 1.
    pub fn t_on_failure(rname: Callback) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-on-failure", fn import(rname: *const u8, rname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.name().as_ptr(), rname.name().len()) }
    }

    /// `KSR.tm.t_on_branch_failure`
    ///
    /// Callback name to run when a branch ends negatively, before the other branches decide (for the
    /// branches sent from now on; reset before it runs). Returns: 1.
    pub fn t_on_branch_failure(rname: Callback) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-on-branch-failure", fn import(rname: *const u8, rname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.name().as_ptr(), rname.name().len()) }
    }

    /// `KSR.tm.t_on_reply`
    ///
    /// Callback name for replies of the transaction. Returns: 1.
    pub fn t_on_reply(rname: Callback) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-on-reply", fn import(rname: *const u8, rname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rname.name().as_ptr(), rname.name().len()) }
    }

    /// `KSR.tm.t_reply`
    ///
    /// Stateful reply (code, reason); needs a transaction. Returns: 1 ok; -1 no transaction/failed/ACK;
    /// -2 message marked no-reply.
    pub fn t_reply(code: i32, reason: &str) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-reply", fn import(code: i32, reason: *const u8, reason_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(code, reason.as_ptr(), reason.len()) }
    }

    /// `KSR.tm.t_send_reply`
    ///
    /// Create the transaction when missing then t_reply. Returns: 1; -1; -2 no-reply mark.
    pub fn t_send_reply(code: i32, reason: &str) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-send-reply", fn import(code: i32, reason: *const u8, reason_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(code, reason.as_ptr(), reason.len()) }
    }

    /// `KSR.tm.t_check_trans`
    ///
    /// Match the message to a transaction. Returns: 1 found: reply, CANCEL matching an INVITE, end-to-
    /// end ACK of a local 200 (or called in failure/branch/onreply route); 0 retransmission or ACK for
    /// a local negative reply, already handled: stop; -1 none.
    pub fn t_check_trans() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-check-trans", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_is_canceled`
    ///
    /// Has the transaction been cancelled. Returns: 1 yes; -1 no or no transaction.
    pub fn t_is_canceled() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-is-canceled", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_newtran`
    ///
    /// Create the transaction. Returns: 1 created; 0 retransmission (reply resent); <0: -10 already
    /// exists, -8 bad Via, -9 tuple, -20, -400 bad request, -2 oom.
    pub fn t_newtran() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-newtran", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_release`
    ///
    /// Drop the transaction created in the request route. Returns: 1 ok, -1 fail.
    pub fn t_release() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-release", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_is_set`
    ///
    /// Is a route armed: first letter of branch_route, failure_route, onreply_route. Returns: 1 yes; -1
    /// no.
    pub fn t_is_set(target: &str) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-is-set", fn import(target: *const u8, target_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(target.as_ptr(), target.len()) }
    }

    /// `KSR.tm.t_lookup_request`
    ///
    /// Does the request belong to an existing transaction. Returns: 1 ok/yes, -1 fail/no.
    pub fn t_lookup_request() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-lookup-request", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_lookup_cancel`
    ///
    /// Does a CANCEL match an INVITE transaction. Returns: 1 ok/yes, -1 fail/no.
    pub fn t_lookup_cancel() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-lookup-cancel", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_retransmit_reply`
    ///
    /// Resend the last reply. Returns: 1 ok/yes, -1 fail/no.
    pub fn t_retransmit_reply() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-retransmit-reply", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_set_fr_inv`
    ///
    /// Set the INVITE final timer, ms. Returns: 1 ok, -1 fail.
    pub fn t_set_fr_inv(fr_inv: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-set-fr-inv", fn import(fr_inv: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(fr_inv) }
    }

    /// `KSR.tm.t_set_fr`
    ///
    /// (fr_inv ms, fr ms); 0 keeps the value. Returns: 1 ok, -1 fail.
    pub fn t_set_fr(fr_inv: i32, fr: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-set-fr", fn import(fr_inv: i32, fr: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(fr_inv, fr) }
    }

    /// `KSR.tm.t_reset_fr`
    ///
    /// Restore default timers. Returns: 1.
    pub fn t_reset_fr() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-reset-fr", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_check_status`
    ///
    /// Regex on the reply status (winning branch in failure route). Returns: 1 match; -1 no match or
    /// bad regex.
    pub fn t_check_status(sexp: &str) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-check-status", fn import(sexp: *const u8, sexp_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sexp.as_ptr(), sexp.len()) }
    }

    /// `KSR.tm.t_grep_status`
    ///
    /// Did any branch receive that code. Returns: 1 ok/yes, -1 fail/no.
    pub fn t_grep_status(code: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-grep-status", fn import(code: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(code) }
    }

    /// `KSR.tm.t_any_replied`
    ///
    /// Did any branch answer. Returns: 1 ok/yes, -1 fail/no.
    pub fn t_any_replied() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-any-replied", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_any_timeout`
    ///
    /// Did any branch time out. Returns: 1 ok/yes, -1 fail/no.
    pub fn t_any_timeout() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-any-timeout", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_branch_replied`
    ///
    /// Did the current branch answer (failure routes). Returns: 1 ok/yes, -1 fail/no.
    pub fn t_branch_replied() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-branch-replied", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_branch_timeout`
    ///
    /// Did the current branch time out (failure routes only). Returns: 1 ok/yes, -1 fail/no.
    pub fn t_branch_timeout() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-branch-timeout", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_relay_to_proto_addr`
    ///
    /// Relay forcing transport, host, port. Returns: as t_relay.
    pub fn t_relay_to_proto_addr(sproto: &str, host: &str, port: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-relay-to-proto-addr", fn import(sproto: *const u8, sproto_len: usize, host: *const u8, host_len: usize, port: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sproto.as_ptr(), sproto.len(), host.as_ptr(), host.len(), port) }
    }

    /// `KSR.tm.t_get_status_code`
    ///
    /// Current status of the transaction for the route type. Returns: the code, -1 when none.
    pub fn t_get_status_code() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-get-status-code", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_get_branch_index`
    ///
    /// Branch index for the route type. Returns: index >=0, -1 error.
    pub fn t_get_branch_index() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-get-branch-index", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_exists`
    ///
    /// Transaction lookup without touching state. Returns: 1 ok/yes, -1 fail/no.
    pub fn t_exists() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-exists", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_uac_send`
    ///
    /// Send a request of the script's own in a transaction of its own: method, request URI, next hop
    /// (empty: the request URI), sending socket as proto:ip:port (empty: any that fits), header lines,
    /// body. From, To, Call-ID and CSeq are made up where the lines have none; a body needs a
    /// Content-Type. Replies are not waited for; where an address does not answer the next one is tried.
    /// A 2xx to an INVITE is acknowledged by itself (t_set_no_auto_ack). Returns: 1 ok (also where
    /// tm:local-request dropped it), -1 fail.
    pub fn t_uac_send(method: &str, ruri: &str, nexthop: &str, ssock: &str, hdrs: &str, body: &str) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-uac-send", fn import(method: *const u8, method_len: usize, ruri: *const u8, ruri_len: usize, nexthop: *const u8, nexthop_len: usize, ssock: *const u8, ssock_len: usize, hdrs: *const u8, hdrs_len: usize, body: *const u8, body_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                method.as_ptr(),
                method.len(),
                ruri.as_ptr(),
                ruri.len(),
                nexthop.as_ptr(),
                nexthop.len(),
                ssock.as_ptr(),
                ssock.len(),
                hdrs.as_ptr(),
                hdrs.len(),
                body.as_ptr(),
                body.len(),
            )
        }
    }

    /// `KSR.tm.t_relay_to_proxy`
    ///
    /// Relay to `proto:host:port` (proto and port may be missing) whatever $ru and $du say. Returns: as
    /// t_relay.
    pub fn t_relay_to_proxy(sproxy: &str) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-relay-to-proxy", fn import(sproxy: *const u8, sproxy_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sproxy.as_ptr(), sproxy.len()) }
    }

    /// `KSR.tm.t_relay_to_flags`
    ///
    /// Relay with flags: 1 no automatic 100, 2 no reply of our own on errors, 4 no failover to further
    /// addresses of a name. Returns: as t_relay.
    pub fn t_relay_to_flags(rflags: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-relay-to-flags", fn import(rflags: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rflags) }
    }

    /// `KSR.tm.t_relay_to_proxy_flags`
    ///
    /// t_relay_to_proxy with the flags of t_relay_to_flags. Returns: as t_relay.
    pub fn t_relay_to_proxy_flags(sproxy: &str, rflags: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-relay-to-proxy-flags", fn import(sproxy: *const u8, sproxy_len: usize, rflags: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sproxy.as_ptr(), sproxy.len(), rflags) }
    }

    /// `KSR.tm.t_relay_to_proto`
    ///
    /// Relay to the usual next hop over this transport: udp, tcp, tls. Returns: as t_relay; -1 for
    /// another transport.
    pub fn t_relay_to_proto(sproto: &str) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-relay-to-proto", fn import(sproto: *const u8, sproto_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(sproto.as_ptr(), sproto.len()) }
    }

    /// `KSR.tm.t_replicate`
    ///
    /// Send a copy of the request to a URI; its replies do not go to the caller, who hears what the
    /// script replies. Returns: as t_relay.
    pub fn t_replicate(suri: &str) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-replicate", fn import(suri: *const u8, suri_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(suri.as_ptr(), suri.len()) }
    }

    /// `KSR.tm.t_reply_error`
    ///
    /// Reply through the transaction with the code of the last error of t_relay, 500 where there was
    /// none. Returns: 1 ok; -1 no transaction or failed; -2 message marked no-reply.
    pub fn t_reply_error() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-reply-error", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_lookup_cancel_flags`
    ///
    /// Does a CANCEL match an INVITE transaction; flags other than 0 copy the message flags of the
    /// INVITE into this run. Returns: 1 yes, -1 no.
    pub fn t_lookup_cancel_flags(flags: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-lookup-cancel-flags", fn import(flags: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(flags) }
    }

    /// `KSR.tm.t_set_max_lifetime`
    ///
    /// The longest life of the transaction until its decision, in ms from its creation: of an INVITE,
    /// of others; 0 keeps the value. Branches without a final reply time out then, and none is added
    /// later. Returns: 1 ok, -1 negative.
    pub fn t_set_max_lifetime(t1: i32, t2: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-set-max-lifetime", fn import(t1: i32, t2: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(t1, t2) }
    }

    /// `KSR.tm.t_reset_max_lifetime`
    ///
    /// Back to max_inv_lifetime and max_noninv_lifetime. Returns: 1.
    pub fn t_reset_max_lifetime() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-reset-max-lifetime", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_set_retr`
    ///
    /// Retransmissions of the branches to come: first and longest interval in ms; 0 keeps the value.
    /// Returns: 1 ok, -1 negative.
    pub fn t_set_retr(t1: i32, t2: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-set-retr", fn import(t1: i32, t2: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(t1, t2) }
    }

    /// `KSR.tm.t_reset_retr`
    ///
    /// Back to retr_timer1 and retr_timer2. Returns: 1.
    pub fn t_reset_retr() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-reset-retr", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_load_contacts`
    ///
    /// Move request URI and branches into contacts_avp, ordered by q, for t_next_contacts; a single
    /// destination stays where it is. Returns: 1; -1 without contacts_avp or where they do not fit.
    pub fn t_load_contacts() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-load-contacts", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.ki_t_load_contacts_mode`
    ///
    /// t_load_contacts with mode 0, in the order of q, or 1, at random with the chances that the q
    /// values give. Returns: 1; -1 as t_load_contacts, or another mode.
    pub fn ki_t_load_contacts_mode(mode: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "ki-t-load-contacts-mode", fn import(mode: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(mode) }
    }

    /// `KSR.tm.t_next_contacts`
    ///
    /// Take the contacts of the best q out of contacts_avp: the first becomes the request URI, the
    /// others branches. Of several flows to one instance the further ones go into contact_flows_avp.
    /// Returns: 1 ok; -1 disabled; -2 none left; -3 what is stored is no contact.
    pub fn t_next_contacts() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-next-contacts", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_next_contact_flow`
    ///
    /// Take the next flow to the instance of the branch that failed out of contact_flows_avp, as one more
    /// branch. Returns: 1 ok; -1 disabled; -2 none left.
    pub fn t_next_contact_flow() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-next-contact-flow", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_drop_replies`
    ///
    /// In a failure callback: forget negative replies, so that they cannot win. By the first letter: n
    /// none, l those of the branches added last, else all. Returns: 1.
    pub fn t_drop_replies(mode: &str) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-drop-replies", fn import(mode: *const u8, mode_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(mode.as_ptr(), mode.len()) }
    }

    /// `KSR.tm.t_drop_replies_all`
    ///
    /// t_drop_replies with all. Returns: 1.
    pub fn t_drop_replies_all() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-drop-replies-all", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_use_uac_headers`
    ///
    /// ACK and CANCEL have From and To as they were sent; they always have. Returns: 1.
    pub fn t_use_uac_headers() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-use-uac-headers", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_save_lumps`
    ///
    /// Keep the changes made so far for the branches that a failure callback adds; what is changed
    /// between this and t_relay is not kept. Returns: 1 ok; -1 no transaction or no request route.
    pub fn t_save_lumps() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-save-lumps", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_clean`
    ///
    /// End what is due to end now. Returns: 1.
    pub fn t_clean() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-clean", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_is_expired`
    ///
    /// Has the transaction outlived its longest life (t_set_max_lifetime). Returns: 1 yes; -1 no.
    pub fn t_is_expired() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-is-expired", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_is_retr_async_reply`
    ///
    /// Is this reply a retransmission while its transaction is suspended. Returns: 1 yes; -1 no.
    pub fn t_is_retr_async_reply() -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-is-retr-async-reply", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tm.t_set_auto_inv_100`
    ///
    /// 1: t_relay answers an INVITE with 100; 0: the script does. Returns: 1.
    pub fn t_set_auto_inv100(state: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-set-auto-inv100", fn import(state: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(state) }
    }

    /// `KSR.tm.t_set_disable_6xx`
    ///
    /// 1: a 6xx is a negative reply like others: it neither cancels nor wins. Returns: 1.
    pub fn t_set_disable6xx(state: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-set-disable6xx", fn import(state: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(state) }
    }

    /// `KSR.tm.t_set_disable_failover`
    ///
    /// 1: no further address of a name is tried. Returns: 1.
    pub fn t_set_disable_failover(state: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-set-disable-failover", fn import(state: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(state) }
    }

    /// `KSR.tm.t_set_no_e2e_cancel_reason`
    ///
    /// 1: the Reason of the caller's CANCEL does not go on to the branches. Returns: 1.
    pub fn t_set_no_e2e_cancel_reason(state: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-set-no-e2e-cancel-reason", fn import(state: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(state) }
    }

    /// `KSR.tm.t_set_disable_internal_reply`
    ///
    /// 1: t_relay does not answer where it fails; it returns -4. Returns: 1.
    pub fn t_set_disable_internal_reply(state: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-set-disable-internal-reply", fn import(state: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(state) }
    }

    /// `KSR.tm.t_set_no_auto_ack`
    ///
    /// 1: no ACK by itself to a 2xx of an INVITE of our own (t_uac_send): t_uac_ack_local sends it. For
    /// requests sent in this run from now on or, in tm:local-request, for that request. Negative replies
    /// are acknowledged in any case. Returns: 1.
    pub fn t_set_no_auto_ack(state: i32) -> i32 {
        abi::import!("kemi:ksr/tm@0.1.0", "t-set-no-auto-ack", fn import(state: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(state) }
    }
}

/// More of transactions: which route runs, cancelling branches.
pub mod tmx {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.tmx.t_precheck_trans`
    ///
    /// Is another worker handling the same request now. Returns: 1 yes (stop); -1 no, ACK/CANCEL, or
    /// error.
    pub fn t_precheck_trans() -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-precheck-trans", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tmx.t_is_request_route`
    ///
    /// Route type test. Returns: 1 ok/yes, -1 fail/no.
    pub fn t_is_request_route() -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-is-request-route", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tmx.t_is_reply_route`
    ///
    /// Route type test. Returns: 1 ok/yes, -1 fail/no.
    pub fn t_is_reply_route() -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-is-reply-route", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tmx.t_is_failure_route`
    ///
    /// Route type test. Returns: 1 ok/yes, -1 fail/no.
    pub fn t_is_failure_route() -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-is-failure-route", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tmx.t_is_branch_route`
    ///
    /// Route type test. Returns: 1 ok/yes, -1 fail/no.
    pub fn t_is_branch_route() -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-is-branch-route", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tmx.t_cancel_branches`
    ///
    /// All, others, this (first letter). Returns: 1; -1 nothing to cancel or not INVITE.
    pub fn t_cancel_branches(mode: &str) -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-cancel-branches", fn import(mode: *const u8, mode_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(mode.as_ptr(), mode.len()) }
    }

    /// `KSR.tmx.t_suspend`
    ///
    /// Suspend: the transaction, made where there is none, waits for t_continue after this callback.
    /// Its name is $T(id_index) and $T(id_label). Without t_continue it fails with 408 after fr_timer.
    /// Returns: 1 ok, -1 fail.
    pub fn t_suspend() -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-suspend", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tmx.t_continue`
    ///
    /// Resume a suspended transaction: the callback runs soon, with the state that was left, on the
    /// worker that owns the transaction. Returns: 1 ok (or handed to another worker); -1 none is
    /// suspended by that name, or no such callback.
    pub fn t_continue(tindex: i32, tlabel: i32, cbname: &str) -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-continue", fn import(tindex: i32, tlabel: i32, cbname: *const u8, cbname_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(tindex, tlabel, cbname.as_ptr(), cbname.len()) }
    }

    /// `KSR.tmx.t_flush_flags`
    ///
    /// Copy message flags into the transaction. Returns: 1 ok, -1 no transaction.
    pub fn t_flush_flags() -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-flush-flags", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tmx.t_flush_xflags`
    ///
    /// Copy extended flags (corex.setxflag) into the transaction. Returns: 1 ok, -1 no transaction.
    pub fn t_flush_xflags() -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-flush-xflags", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tmx.t_reuse_branch`
    ///
    /// In a failure callback: request URI, destination, path, flags and socket as those of the branch
    /// that failed. Returns: 1 ok, -1 fail.
    pub fn t_reuse_branch() -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-reuse-branch", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tmx.t_cancel_callid`
    ///
    /// Cancel the INVITE with this Call-ID and CSeq number, and set a flag of its transaction (-1:
    /// none). Returns: 1 ok (or handed to another worker), -1 none.
    pub fn t_cancel_callid(callid_s: &str, cseq_s: &str, fl: i32) -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-cancel-callid", fn import(callid_s: *const u8, callid_s_len: usize, cseq_s: *const u8, cseq_s_len: usize, fl: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(callid_s.as_ptr(), callid_s.len(), cseq_s.as_ptr(), cseq_s.len(), fl) }
    }

    /// `KSR.tmx.t_cancel_callid_reason`
    ///
    /// t_cancel_callid; the CANCELs say `Reason: SIP;cause=rcode`. Returns: 1 ok, -1 none or no such
    /// code.
    pub fn t_cancel_callid_reason(callid_s: &str, cseq_s: &str, fl: i32, rcode: i32) -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-cancel-callid-reason", fn import(callid_s: *const u8, callid_s_len: usize, cseq_s: *const u8, cseq_s_len: usize, fl: i32, rcode: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                callid_s.as_ptr(),
                callid_s.len(),
                cseq_s.as_ptr(),
                cseq_s.len(),
                fl,
                rcode,
            )
        }
    }

    /// `KSR.tmx.t_uac_ack_local`
    ///
    /// Acknowledge the 2xx of an INVITE that t_uac_send sent with t_set_no_auto_ack(1), by its Call-ID and
    /// CSeq number, with further header lines and a body (which needs a Content-Type). Copies of the 2xx get
    /// the same ACK. Returns: 0 sent (or handed to another worker); -1 no such INVITE, or the ACK cannot be
    /// sent; -2 nothing to acknowledge: no 2xx yet, acknowledged, or by itself.
    pub fn t_uac_ack_local(callid_s: &str, cseq_s: &str, hdrs: &str, body: &str) -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-uac-ack-local", fn import(callid_s: *const u8, callid_s_len: usize, cseq_s: *const u8, cseq_s_len: usize, hdrs: *const u8, hdrs_len: usize, body: *const u8, body_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                callid_s.as_ptr(),
                callid_s.len(),
                cseq_s.as_ptr(),
                cseq_s.len(),
                hdrs.as_ptr(),
                hdrs.len(),
                body.as_ptr(),
                body.len(),
            )
        }
    }

    /// `KSR.tmx.t_reply_callid`
    ///
    /// Reply to the transaction with this Call-ID and CSeq number. Returns: 1 ok (or handed to another
    /// worker), -1 fail.
    pub fn t_reply_callid(callid_s: &str, cseq_s: &str, code: i32, status_s: &str) -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-reply-callid", fn import(callid_s: *const u8, callid_s_len: usize, cseq_s: *const u8, cseq_s_len: usize, code: i32, status_s: *const u8, status_s_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                callid_s.as_ptr(),
                callid_s.len(),
                cseq_s.as_ptr(),
                cseq_s.len(),
                code,
                status_s.as_ptr(),
                status_s.len(),
            )
        }
    }

    /// `KSR.tmx.t_drop`
    ///
    /// End the transaction without a reply, its status is 500; branches are cancelled. Returns: 0 done;
    /// -1 no transaction.
    pub fn t_drop() -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-drop", fn import() -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import() }
    }

    /// `KSR.tmx.t_drop_rcode`
    ///
    /// t_drop with another status. Returns: 0 done; -1 no transaction or no final status.
    pub fn t_drop_rcode(rcode: i32) -> i32 {
        abi::import!("kemi:ksr/tmx@0.1.0", "t-drop-rcode", fn import(rcode: i32) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(rcode) }
    }
}

/// Log lines with pseudo-variables in them.
pub mod xlog {
    #[allow(unused_imports)]
    use crate::{Callback, Value, abi};
    /// `KSR.xlog.xdbg`
    ///
    /// Log a text, its pseudo-variables replaced by their values, at level debug. Returns: 1 logged, or the
    /// level is off; -1 a variable in the text is unknown, or the outcome too long.
    pub fn xdbg(lmsg: &str) -> i32 {
        abi::import!("kemi:ksr/xlog@0.1.0", "xdbg", fn import(lmsg: *const u8, lmsg_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(lmsg.as_ptr(), lmsg.len()) }
    }

    /// `KSR.xlog.xinfo`
    ///
    /// Log a text, its pseudo-variables replaced by their values, at level info. Returns: 1 logged, or the
    /// level is off; -1 a variable in the text is unknown, or the outcome too long.
    pub fn xinfo(lmsg: &str) -> i32 {
        abi::import!("kemi:ksr/xlog@0.1.0", "xinfo", fn import(lmsg: *const u8, lmsg_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(lmsg.as_ptr(), lmsg.len()) }
    }

    /// `KSR.xlog.xnotice`
    ///
    /// Log a text, its pseudo-variables replaced by their values, at level notice. Returns: 1 logged, or
    /// the level is off; -1 a variable in the text is unknown, or the outcome too long.
    pub fn xnotice(lmsg: &str) -> i32 {
        abi::import!("kemi:ksr/xlog@0.1.0", "xnotice", fn import(lmsg: *const u8, lmsg_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(lmsg.as_ptr(), lmsg.len()) }
    }

    /// `KSR.xlog.xwarn`
    ///
    /// Log a text, its pseudo-variables replaced by their values, at level warning. Returns: 1 logged, or
    /// the level is off; -1 a variable in the text is unknown, or the outcome too long.
    pub fn xwarn(lmsg: &str) -> i32 {
        abi::import!("kemi:ksr/xlog@0.1.0", "xwarn", fn import(lmsg: *const u8, lmsg_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(lmsg.as_ptr(), lmsg.len()) }
    }

    /// `KSR.xlog.xerr`
    ///
    /// Log a text, its pseudo-variables replaced by their values, at level error. Returns: 1 logged, or the
    /// level is off; -1 a variable in the text is unknown, or the outcome too long.
    pub fn xerr(lmsg: &str) -> i32 {
        abi::import!("kemi:ksr/xlog@0.1.0", "xerr", fn import(lmsg: *const u8, lmsg_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(lmsg.as_ptr(), lmsg.len()) }
    }

    /// `KSR.xlog.xalert`
    ///
    /// Log a text, its pseudo-variables replaced by their values, at level alert (logged as critical).
    /// Returns: 1 logged, or the level is off; -1 a variable in the text is unknown, or the outcome too
    /// long.
    pub fn xalert(lmsg: &str) -> i32 {
        abi::import!("kemi:ksr/xlog@0.1.0", "xalert", fn import(lmsg: *const u8, lmsg_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(lmsg.as_ptr(), lmsg.len()) }
    }

    /// `KSR.xlog.xcrit`
    ///
    /// Log a text, its pseudo-variables replaced by their values, at level critical. Returns: 1 logged, or
    /// the level is off; -1 a variable in the text is unknown, or the outcome too long.
    pub fn xcrit(lmsg: &str) -> i32 {
        abi::import!("kemi:ksr/xlog@0.1.0", "xcrit", fn import(lmsg: *const u8, lmsg_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(lmsg.as_ptr(), lmsg.len()) }
    }

    /// `KSR.xlog.xlog`
    ///
    /// (level, text): the level is l_dbg, l_info, l_notice, l_warn, l_err, l_crit or l_alert in any case,
    /// another one is l_err. Otherwise as xerr.
    pub fn xlog(slevel: &str, lmsg: &str) -> i32 {
        abi::import!("kemi:ksr/xlog@0.1.0", "xlog", fn import(slevel: *const u8, slevel_len: usize, lmsg: *const u8, lmsg_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe { import(slevel.as_ptr(), slevel.len(), lmsg.as_ptr(), lmsg.len()) }
    }

    /// `KSR.xlog.xlog_facility`
    ///
    /// (facility, level, text): as xlog; there are no facilities, the first parameter has no effect.
    pub fn xlog_facility(lfacility: &str, slevel: &str, lmsg: &str) -> i32 {
        abi::import!("kemi:ksr/xlog@0.1.0", "xlog-facility", fn import(lfacility: *const u8, lfacility_len: usize, slevel: *const u8, slevel_len: usize, lmsg: *const u8, lmsg_len: usize) -> i32);
        // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.
        unsafe {
            import(
                lfacility.as_ptr(),
                lfacility.len(),
                slevel.as_ptr(),
                slevel.len(),
                lmsg.as_ptr(),
                lmsg.len(),
            )
        }
    }
}

//! `KSR.tm`: transactions: stateful relaying and replying (RFC 3261 sections 16 and 17).
//!
//! The worker has matched every message before a script sees it, so that retransmissions and the
//! ACKs of negative replies never get here; the functions say what scripts expect to hear.

mod contacts;
mod relay;
mod settings;
mod uac;

use self::contacts::Order;
use self::relay::{Hop, hop_of};
use crate::route::text::from_guest;
use crate::route::{CallbackId, Core, Kind, Route, core};
use kemist_bindings::kemi::ksr::tm::Host;
use kemist_sip::transaction::{Branch, CreateError, Transaction, TransactionId};
use kemist_sip::{Method, Protocol};

/// The transaction exists and this message made it.
const ALREADY_MADE: i32 = -10;
/// The top Via cannot be read.
const BAD_VIA: i32 = -8;
/// No room for a further transaction.
const OUT_OF_MEMORY: i32 = -2;

impl Host for Route {
    async fn t_relay(&mut self) -> i32 {
        self.relay(None).await
    }

    async fn t_relay_to_proto_addr(&mut self, sproto: String, host: String, port: i32) -> i32 {
        match relay::next_hop(&sproto, &host, port) {
            Some(uri) => self.relay(Some(Hop::Uri(uri))).await,
            None => -1,
        }
    }

    async fn t_relay_to_proxy(&mut self, sproxy: String) -> i32 {
        self.t_relay_to_proxy_flags(sproxy, 0).await
    }

    async fn t_relay_to_flags(&mut self, rflags: i32) -> i32 {
        self.relay_flags(rflags);
        self.relay(None).await
    }

    async fn t_relay_to_proxy_flags(&mut self, sproxy: String, rflags: i32) -> i32 {
        let Some(hop) = hop_of(&sproxy) else { return -1 };
        self.relay_flags(rflags);
        self.relay(Some(hop)).await
    }

    async fn t_relay_to_proto(&mut self, sproto: String) -> i32 {
        match Protocol::parse(sproto.as_bytes()) {
            Some(protocol) => self.relay(Some(Hop::Protocol(protocol))).await,
            None => -1,
        }
    }

    async fn t_replicate(&mut self, suri: String) -> i32 {
        self.replicate(&from_guest(&suri)).await
    }

    fn t_reply_error(&mut self) -> i32 {
        let code = if self.error_code == 0 { 500 } else { self.error_code };
        self.t_reply(i32::from(code), relay::reason(code).into())
    }

    fn t_lookup_cancel_flags(&mut self, flags: i32) -> i32 {
        let found = self.t_lookup_cancel();
        if let Some(invite) = self.related.filter(|_| found == 1 && flags != 0) {
            self.flags = core::with(|core| core.layer.user(invite).map_or(self.flags, |tx| tx.flags));
        }
        found
    }

    fn t_set_max_lifetime(&mut self, t1: i32, t2: i32) -> i32 {
        self.times(t1, t2, |settings| &mut settings.lifetime)
    }

    fn t_reset_max_lifetime(&mut self) -> i32 {
        self.setting(|settings| settings.lifetime = (None, None))
    }

    fn t_set_retr(&mut self, t1: i32, t2: i32) -> i32 {
        self.times(t1, t2, |settings| &mut settings.retr)
    }

    fn t_reset_retr(&mut self) -> i32 {
        self.setting(|settings| settings.retr = (None, None))
    }

    fn t_load_contacts(&mut self) -> i32 {
        self.load_contacts(Order::ByQ)
    }

    fn ki_t_load_contacts_mode(&mut self, mode: i32) -> i32 {
        match mode {
            0 => self.load_contacts(Order::ByQ),
            1 => self.load_contacts(Order::Proportional),
            _ => -1,
        }
    }

    fn t_next_contacts(&mut self) -> i32 {
        self.next_contacts()
    }

    fn t_next_contact_flow(&mut self) -> i32 {
        self.next_flow()
    }

    fn t_drop_replies(&mut self, mode: String) -> i32 {
        self.drop_replies(&mode)
    }

    fn t_drop_replies_all(&mut self) -> i32 {
        self.drop_replies("a")
    }

    fn t_use_uac_headers(&mut self) -> i32 {
        1
    }

    fn t_save_lumps(&mut self) -> i32 {
        self.save_edits()
    }

    fn t_clean(&mut self) -> i32 {
        core::with(|core| core.layer.handle_timeout(core.now));
        1
    }

    fn t_is_expired(&mut self) -> i32 {
        self.ask(Transaction::is_expired)
    }

    fn t_is_retr_async_reply(&mut self) -> i32 {
        yes(self.is_repeated_while_suspended())
    }

    fn t_set_auto_inv100(&mut self, state: i32) -> i32 {
        self.setting(|settings| settings.auto_100 = Some(state != 0))
    }

    fn t_set_disable6xx(&mut self, state: i32) -> i32 {
        self.setting(|settings| settings.plain_6xx = Some(state != 0))
    }

    fn t_set_disable_failover(&mut self, state: i32) -> i32 {
        self.setting(|settings| settings.no_failover = state != 0)
    }

    fn t_set_no_e2e_cancel_reason(&mut self, state: i32) -> i32 {
        self.setting(|settings| settings.no_cancel_reason = state != 0)
    }

    fn t_set_disable_internal_reply(&mut self, state: i32) -> i32 {
        self.setting(|settings| settings.no_internal_reply = state != 0)
    }

    fn t_set_no_auto_ack(&mut self, state: i32) -> i32 {
        self.setting(|settings| settings.no_auto_ack = state != 0)
    }

    fn t_on_branch(&mut self, rname: String) -> i32 {
        self.arm("t_on_branch", &rname, |route, id| route.armed.branch = id)
    }

    fn t_on_failure(&mut self, rname: String) -> i32 {
        self.arm("t_on_failure", &rname, |route, id| route.armed.failure = id)
    }

    fn t_on_branch_failure(&mut self, rname: String) -> i32 {
        self.arm("t_on_branch_failure", &rname, |route, id| {
            route.armed.branch_failure = id;
        })
    }

    fn t_on_reply(&mut self, rname: String) -> i32 {
        self.arm("t_on_reply", &rname, |route, id| route.armed.reply = id)
    }

    fn t_reply(&mut self, code: i32, reason: String) -> i32 {
        match self.transaction {
            Some(_) => self.send_reply(code, &reason),
            None => -1,
        }
    }

    fn t_send_reply(&mut self, code: i32, reason: String) -> i32 {
        match core::with(|core| self.create_transaction(core)) {
            Ok(_) => self.send_reply(code, &reason),
            Err(CreateError::Exists(id)) => self.absorb(id, 1),
            Err(_) => -1,
        }
    }

    fn t_check_trans(&mut self) -> i32 {
        if self.transaction.is_some() {
            return 1;
        }
        let msg = self.msg.clone();
        let found = core::with(|core| match msg.is_request() {
            false => core.layer.find_reply(&msg).map(|(id, _)| id),
            true if msg.method() == Method::Cancel => core.layer.find_canceled(&msg),
            true => core.layer.find_request(&msg),
        });
        match (found, msg.method()) {
            (None, _) => -1,
            (Some(id), Method::Cancel | Method::Ack) if msg.is_request() => {
                self.related = Some(id);
                1
            }
            (Some(_), _) if msg.is_reply() => 1,
            // made by another copy of this request while this one waited
            (Some(id), _) => self.absorb(id, 0),
        }
    }

    fn t_is_canceled(&mut self) -> i32 {
        self.ask(|tx| tx.is_canceled())
    }

    fn t_newtran(&mut self) -> i32 {
        if self.transaction.is_some() {
            return ALREADY_MADE;
        }
        match core::with(|core| self.create_transaction(core)) {
            Ok(_) => 1,
            Err(CreateError::Exists(id)) => self.absorb(id, 0),
            Err(CreateError::Full) => OUT_OF_MEMORY,
            // an ACK has none of its own, and is none of a script's concern
            Err(CreateError::NotARequest) if self.msg.method() == Method::Ack => 1,
            Err(CreateError::NotARequest) => BAD_VIA,
        }
    }

    fn t_release(&mut self) -> i32 {
        let Some(id) = self.transaction else { return -1 };
        let released = core::with(|core| {
            let now = core.now;
            core.layer.release(id, now)
        });
        if released {
            self.transaction = None;
        }
        1
    }

    fn t_is_set(&mut self, target: String) -> i32 {
        let armed = match target.bytes().next() {
            Some(b'b' | b'B') => self.armed.branch,
            Some(b'f' | b'F') => self.armed.failure,
            Some(b'o' | b'O') => self.armed.reply,
            _ => None,
        };
        yes(armed.is_some())
    }

    fn t_lookup_request(&mut self) -> i32 {
        yes(self.transaction.is_some() || core::with(|core| core.layer.find_request(&self.msg)).is_some())
    }

    fn t_lookup_cancel(&mut self) -> i32 {
        if self.msg.method() != Method::Cancel {
            return -1;
        }
        let found = core::with(|core| core.layer.find_canceled(&self.msg));
        self.related = found.or(self.related);
        yes(found.is_some())
    }

    fn t_retransmit_reply(&mut self) -> i32 {
        let Some(id) = self.transaction else { return -1 };
        yes(resend(id))
    }

    fn t_set_fr_inv(&mut self, fr_inv: i32) -> i32 {
        self.t_set_fr(fr_inv, 0)
    }

    fn t_set_fr(&mut self, fr_inv: i32, fr: i32) -> i32 {
        let (Ok(fr_inv), Ok(fr)) = (u32::try_from(fr_inv), u32::try_from(fr)) else {
            return -1;
        };
        if fr_inv > 0 {
            self.fr.0 = Some(fr_inv);
        }
        if fr > 0 {
            self.fr.1 = Some(fr);
        }
        self.apply_timeouts()
    }

    fn t_reset_fr(&mut self) -> i32 {
        self.fr = (None, None);
        self.apply_timeouts()
    }

    fn t_check_status(&mut self, sexp: String) -> i32 {
        let code = self.t_get_status_code();
        let Some(regex) = self.regex(&sexp) else { return -1 };
        yes(code > 0 && regex.is_match(code.to_string().as_bytes()))
    }

    fn t_grep_status(&mut self, code: i32) -> i32 {
        self.ask(|tx| tx.branches().iter().any(|b| i32::from(b.code()) == code))
    }

    fn t_any_replied(&mut self) -> i32 {
        self.ask(Transaction::any_replied)
    }

    fn t_any_timeout(&mut self) -> i32 {
        self.ask(Transaction::any_timeout)
    }

    fn t_branch_replied(&mut self) -> i32 {
        self.ask_branch(Branch::is_replied)
    }

    fn t_branch_timeout(&mut self) -> i32 {
        self.ask_branch(Branch::is_timed_out)
    }

    fn t_get_status_code(&mut self) -> i32 {
        let code = match self.kind {
            Kind::Failure | Kind::BranchFailure | Kind::OnReply => self.reply_code,
            _ if self.msg.is_reply() => self.msg.status(),
            _ => match self.transaction {
                Some(id) => core::with(|core| core.layer.get(id).map_or(0, Transaction::code)),
                None => 0,
            },
        };
        if code == 0 { -1 } else { i32::from(code) }
    }

    fn t_get_branch_index(&mut self) -> i32 {
        self.branch.map_or(-1, i32::from)
    }

    fn t_exists(&mut self) -> i32 {
        self.t_lookup_request()
    }

    async fn t_uac_send(
        &mut self,
        method: String,
        ruri: String,
        nexthop: String,
        ssock: String,
        hdrs: String,
        body: String,
    ) -> i32 {
        let request = uac::UacRequest {
            method,
            uri: ruri,
            next_hop: nexthop,
            socket: ssock,
            headers: hdrs,
            body,
        };
        self.uac_send(request).await
    }
}

/// Sends the last reply of a transaction again.
fn resend(id: TransactionId) -> bool {
    core::with(|core| {
        let now = core.now;
        core.layer.retransmit_reply(id, now)
    })
}

fn yes(answer: bool) -> i32 {
    if answer { 1 } else { -1 }
}

impl Route {
    /// Arms a callback by name, or disarms it where the name is empty. An unknown name is the
    /// script's error: one line, with the names there are.
    fn arm(&mut self, function: &str, name: &str, set: fn(&mut Route, Option<CallbackId>)) -> i32 {
        let callback = self.routing.callback(name);
        if callback.is_none() && !name.is_empty() {
            let known = self.routing.callbacks().join(" ");
            self.complain(
                function,
                format_args!("no callback is named {name:?}; there are: {known}"),
            );
            return -1;
        }
        set(self, callback);
        core::with(|core| self.sync_transaction(core));
        1
    }

    /// Branches on the way start to wait anew, those to come have the times from the start.
    fn apply_timeouts(&mut self) -> i32 {
        core::with(|core| {
            self.sync_transaction(core);
            if let Some(id) = self.transaction {
                let now = core.now;
                core.layer.set_timeouts(id, relay::timeouts(self.fr), now);
            }
        });
        1
    }

    /// This request is another copy of one that has a transaction: it ends here, and the sender gets
    /// the last reply again.
    fn absorb(&mut self, id: TransactionId, code: i32) -> i32 {
        resend(id);
        self.decided.absorbed = true;
        code
    }

    fn ask(&self, question: impl FnOnce(&Transaction<crate::route::TxData>) -> bool) -> i32 {
        let Some(id) = self.transaction else { return -1 };
        yes(core::with(|core: &mut Core| core.layer.get(id).is_some_and(question)))
    }

    fn ask_branch(&self, question: impl FnOnce(&Branch) -> bool) -> i32 {
        let Some(branch) = self.branch.filter(|_| self.kind.is_failure()) else {
            return -1;
        };
        self.ask(|tx| tx.branch(branch).is_some_and(question))
    }
}

#[cfg(test)]
mod tests;

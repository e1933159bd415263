//! `KSR.tmx`: more of transactions: which route runs, cancelling branches.

use crate::route::own::{self, Given};
use crate::route::suspend::{Call, Errand};
use crate::route::text::from_guest;
use crate::route::{Kind, Route, core};
use bytes::Bytes;
use kemist_bindings::kemi::ksr::tmx::Host;
use kemist_sip::Method;
use kemist_sip::transaction::Which;

impl Host for Route {
    /// A copy that came while the first was decided on is absorbed before any script runs, by the
    /// key that is held for it; what is left is a transaction made meanwhile.
    fn t_precheck_trans(&mut self) -> i32 {
        let concerned = self.msg.is_request() && !matches!(self.msg.method(), Method::Ack | Method::Cancel);
        if !concerned || self.transaction.is_some() {
            return -1;
        }
        yes(core::with(|core| core.layer.find_request(&self.msg)).is_some())
    }

    fn t_is_request_route(&mut self) -> i32 {
        yes(self.kind == Kind::Request)
    }

    fn t_is_reply_route(&mut self) -> i32 {
        yes(matches!(self.kind, Kind::Reply | Kind::OnReply))
    }

    fn t_is_failure_route(&mut self) -> i32 {
        yes(self.kind == Kind::Failure)
    }

    fn t_is_branch_route(&mut self) -> i32 {
        yes(self.kind == Kind::Branch)
    }

    fn t_suspend(&mut self) -> i32 {
        yes(self.suspend())
    }

    fn t_continue(&mut self, tindex: i32, tlabel: i32, cbname: String) -> i32 {
        yes(self.resume(tindex, tlabel, cbname))
    }

    fn t_flush_flags(&mut self) -> i32 {
        let Some(id) = self.transaction else { return -1 };
        core::with(|core| {
            let tx = core.layer.user_mut(id);
            yes(tx.map(|tx| tx.flags = self.flags).is_some())
        })
    }

    fn t_flush_xflags(&mut self) -> i32 {
        let Some(id) = self.transaction else { return -1 };
        core::with(|core| {
            let tx = core.layer.user_mut(id);
            yes(tx.map(|tx| tx.xflags = self.xflags).is_some())
        })
    }

    async fn t_uac_ack_local(&mut self, callid_s: String, cseq_s: String, hdrs: String, body: String) -> i32 {
        match (call(&callid_s, &cseq_s), Given::read(&hdrs, &body)) {
            (Some(call), Some(given)) if self.may_write_lines(hdrs.as_bytes()) => {
                own::ack_local(self.tenant, call, given.lines(), body.into()).await
            }
            _ => -1,
        }
    }

    fn t_reuse_branch(&mut self) -> i32 {
        yes(self.reuse_branch().is_some())
    }

    fn t_cancel_callid(&mut self, callid_s: String, cseq_s: String, fl: i32) -> i32 {
        self.t_cancel_callid_reason(callid_s, cseq_s, fl, 0)
    }

    fn t_cancel_callid_reason(&mut self, callid_s: String, cseq_s: String, fl: i32, rcode: i32) -> i32 {
        let Some(call) = call(&callid_s, &cseq_s) else {
            return -1;
        };
        let cause = match u16::try_from(rcode) {
            Ok(0) => None,
            Ok(code) if (100..700).contains(&code) => Some(code),
            _ => return -1,
        };
        let flag = u8::try_from(fl).ok().filter(|flag| *flag < 32);
        yes(self.about_call(Errand::Cancel { call, flag, cause }))
    }

    fn t_reply_callid(&mut self, callid_s: String, cseq_s: String, code: i32, status_s: String) -> i32 {
        let Some(call) = call(&callid_s, &cseq_s) else {
            return -1;
        };
        let reason = status_s;
        yes(self.about_call(Errand::Reply { call, code, reason }))
    }

    fn t_drop(&mut self) -> i32 {
        self.t_drop_rcode(500)
    }

    fn t_drop_rcode(&mut self, rcode: i32) -> i32 {
        let code = u16::try_from(rcode).ok().filter(|code| (200..700).contains(code));
        let (Some(id), Some(code)) = (self.transaction, code) else {
            return -1;
        };
        let ended = core::with(|core| {
            let now = core.now;
            core.layer.end_silently(id, code, now)
        });
        // nobody is to answer any more
        self.decided.replied |= ended;
        if ended { 0 } else { -1 }
    }

    fn t_cancel_branches(&mut self, mode: String) -> i32 {
        let Some(id) = self.transaction else { return -1 };
        let which = match (mode.bytes().next(), self.branch) {
            (Some(b'a' | b'A'), _) => Which::All,
            (Some(b'o' | b'O'), Some(branch)) => Which::Others(branch),
            (Some(b't' | b'T'), Some(branch)) => Which::One(branch),
            _ => return -1,
        };
        core::with(|core| {
            let invite = core.layer.get(id).is_some_and(|tx| tx.method() == Method::Invite);
            if invite {
                let now = core.now;
                core.layer.cancel_branches(id, which, None, now);
            }
            yes(invite)
        })
    }
}

impl Route {
    /// In a failure callback: what the branch that failed had, once more.
    fn reuse_branch(&mut self) -> Option<()> {
        let id = self.transaction.filter(|_| self.kind.is_failure())?;
        let index = self.branch?;
        let (data, target) = core::with(|core| {
            let target = core.layer.branch(id, index)?.target();
            let data = core.layer.user(id)?.branches.get(usize::from(index))?;
            Some((data.clone(), target))
        })?;
        // a buffer of its own: t_relay knows by it that there is a destination
        self.uri = Some(Bytes::copy_from_slice(&data.uri));
        self.dst_uri = data.dst_uri;
        self.path = data.path;
        self.bflags = data.bflags;
        self.ruid = data.ruid;
        self.instance = data.instance;
        self.connection = target.connection;
        self.send_socket = Some(target.socket);
        Some(())
    }
}

fn call(id: &str, cseq: &str) -> Option<Call> {
    Some(Call {
        id: from_guest(id).into_owned(),
        cseq: cseq.trim().parse().ok()?,
    })
}

fn yes(answer: bool) -> i32 {
    if answer { 1 } else { -1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::core::BranchData;
    use crate::route::{Outgoing, Value, suspend, testing};
    use kemist_sip::message::build;
    use kemist_sip::transaction::TransactionId;
    use kemist_sip::{Message, Transmit};
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn the_kind_of_route_is_told() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.t_is_request_route(), 1);
        assert_eq!(route.t_is_branch_route(), -1);
        route.kind = Kind::Branch;
        assert_eq!(route.t_is_branch_route(), 1);
        route.kind = Kind::Failure;
        assert_eq!(route.t_is_failure_route(), 1);
        route.kind = Kind::OnReply;
        assert_eq!(route.t_is_reply_route(), 1);
    }

    #[test]
    fn branches_of_an_invite_are_cancelled() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.t_precheck_trans(), -1);
        assert_eq!(route.t_cancel_branches("all".into()), -1);
        core::with(|core| route.create_transaction(core)).expect("a new transaction");
        assert_eq!(route.t_cancel_branches("all".into()), 1);
        assert_eq!(route.t_cancel_branches("this".into()), -1, "no branch runs here");
        let mut copy = testing::route(Kind::Request, testing::INVITE);
        assert_eq!(copy.t_precheck_trans(), 1);
    }

    fn in_transaction() -> (Route, TransactionId) {
        let mut route = testing::request(testing::INVITE);
        route.uri = Some("sip:bob@192.0.2.20".into());
        route.routing = Arc::new(testing::NoCallbacks {
            names: vec!["later".into()],
            ..testing::NoCallbacks::default()
        });
        let id = core::with(|core| route.create_transaction(core)).expect("a new transaction");
        (route, id)
    }

    fn first_lines() -> Vec<String> {
        let text = |sent: Transmit| String::from_utf8_lossy(&sent.bytes).into_owned();
        let line = |text: String| text.lines().next().unwrap_or_default().to_owned();
        testing::sent().into_iter().map(text).map(line).collect()
    }

    /// A branch that rings.
    fn ringing(route: &Route, id: TransactionId) {
        core::with(|core| {
            let now = core.now;
            let mut via_branch = Vec::new();
            core.layer.branch_id(id, 0, route.tenant, &mut via_branch);
            let target = route.source;
            let bytes = route.build_request(
                core,
                &Outgoing {
                    uri: b"sip:bob@192.0.2.20",
                    path: None,
                    via_branch: &via_branch,
                    target,
                },
            );
            core.layer
                .add_branch(id, bytes.clone(), target, Default::default(), now)
                .expect("it is open");
            core.layer.branches_added(id, now);
            let invite = Message::parse(bytes).expect("we wrote it");
            let mut reply = Vec::new();
            build::reply(
                &invite,
                180,
                "Ringing",
                b"t",
                target.remote,
                false,
                b"",
                None,
                None,
                &mut reply,
            );
            let reply = Message::parse(Bytes::from(reply)).expect("we wrote it");
            core.layer.receive_reply(&reply, now);
            let data = BranchData {
                uri: "sip:bob@192.0.2.20".into(),
                dst_uri: Some("sip:192.0.2.77".into()),
                path: Some("<sip:192.0.2.8;lr>".into()),
                bflags: 4,
                ..BranchData::default()
            };
            core.layer.user_mut(id).expect("it is there").set_branch(0, data);
        });
        testing::sent();
    }

    #[test]
    fn a_suspended_transaction_goes_on_in_its_callback() {
        let (mut route, id) = in_transaction();
        route.flags = 6;
        assert!(route.pv_set("$var(x)", Value::Int(1)));
        assert_eq!(route.t_suspend(), 1);
        assert_eq!(route.t_suspend(), -1, "it is");
        assert!(route.decided.suspended);
        let (Value::Int(index), Value::Int(label)) = (route.pv_get("$T(id_index)"), route.pv_get("$T(id_label)"))
        else {
            panic!("it has a name");
        };
        let name = (index as i32, label as i32);
        let mut other = testing::route(Kind::Request, &testing::INVITE.replace("z9hG4bKtest1", "z9hG4bKtest2"));
        other.routing = route.routing.clone();
        assert_eq!(other.t_continue(name.0, name.1, "nobody".into()), -1);
        assert_eq!(other.t_continue(name.0, name.1 + 1, "later".into()), -1);
        assert_eq!(other.t_continue(name.0, name.1, "later".into()), 1);
        let (worker, tenant, errand) = core::with(|core| core.errands.pop()).expect("it is asked for");
        let expected = Errand::Continue {
            id,
            callback: "later".into(),
        };
        assert_eq!((worker, &errand), (0, &expected));
        let resume = |tenant| core::with(|core| suspend::resume(core, tenant, id, "later").is_some());
        assert!(!resume(tenant), "the run that suspended it has not ended");
        let due = core::with(|core| suspend::keep(core, Box::new(route))).expect("it has now");
        let (callback, _, again) = due;
        assert_eq!((callback, again.flags, again.kind), (0, 6, Kind::Request));
        assert!(again.vars.is_empty() && !again.decided.suspended);
        assert_eq!(again.transaction, Some(id));
        assert!(!resume(tenant), "once");
        assert_eq!(other.t_continue(name.0, name.1, "later".into()), -1);
        assert!(first_lines().is_empty());
    }

    #[test]
    fn nobody_waits_for_ever() {
        let (mut route, id) = in_transaction();
        route.armed.failure = Some(0);
        assert_eq!(route.t_suspend(), 1);
        core::with(|core| {
            assert!(suspend::keep(core, Box::new(route)).is_none());
            core.now += Duration::from_secs(31);
            let now = core.now;
            core.layer.handle_timeout(now);
            assert!(suspend::resume(core, Default::default(), id, "later").is_none());
            let (_, _, failure) = crate::route::transaction::failure_route(core, id).expect("it is armed");
            assert_eq!(
                (failure.reply_code, failure.request_uri()),
                (408, &b"sip:bob@192.0.2.20"[..])
            );
            core.layer.finish_failure(id, now);
        });
        assert_eq!(first_lines(), ["SIP/2.0 408 Request Timeout"]);
        let mut reply = testing::reply(testing::RINGING);
        assert_eq!(reply.t_suspend(), -1);
    }

    #[test]
    fn flags_are_flushed_and_branches_used_again() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!((route.t_flush_flags(), route.t_flush_xflags()), (-1, -1));
        let (mut route, id) = in_transaction();
        route.flags = 8;
        assert_eq!((route.t_flush_flags(), route.t_flush_xflags()), (1, 1));
        assert_eq!(core::with(|core| core.layer.user(id).map(|tx| tx.flags)), Some(8));
        ringing(&route, id);
        assert_eq!(route.t_reuse_branch(), -1);
        route.kind = Kind::Failure;
        route.branch = Some(0);
        assert_eq!(route.pv_get("$T_branch(uri)"), Value::text(b"sip:bob@192.0.2.20"));
        assert_eq!(route.pv_get("$T_branch(flags)"), Value::Int(4));
        assert_eq!(route.t_reuse_branch(), 1);
        assert_eq!(route.dst_uri.as_deref(), Some(&b"sip:192.0.2.77"[..]));
        assert_eq!((route.bflags, route.send_socket), (4, Some(0)));
        assert_eq!(route.path.as_deref(), Some(&b"<sip:192.0.2.8;lr>"[..]));
    }

    #[test]
    fn extended_flags_are_the_transactions_once_they_are_flushed() {
        use kemist_bindings::kemi::ksr::corex::Host as Corex;
        let (mut route, id) = in_transaction();
        let kept = || core::with(|core| core.layer.user(id).map(|tx| tx.xflags));
        assert_eq!((route.setxflag(63), route.setxflag(2)), (1, 1));
        assert_eq!(kept(), Some(0), "the message's");
        assert_eq!(route.t_flush_xflags(), 1);
        assert_eq!(kept(), Some(1 << 63 | 1 << 2));
        route.armed.failure = Some(0);
        core::with(|core| route.sync_transaction(core));
        ringing(&route, id);
        let (_, _, mut failure) =
            core::with(|core| crate::route::transaction::failure_route(core, id)).expect("it is armed");
        assert_eq!((failure.isxflagset(63), failure.isxflagset(1)), (1, -1));
        assert_eq!(failure.resetxflag(63), 1);
        core::with(|core| crate::route::transaction::after_failure(core, &failure));
        assert_eq!(kept(), Some(1 << 2));
    }

    #[test]
    fn calls_are_cancelled_and_answered_by_their_call_id() {
        let (mut route, id) = in_transaction();
        let call_id = "call-1@192.0.2.10";
        ringing(&route, id);
        assert_eq!(route.t_cancel_callid("other".into(), "7".into(), 1), -1);
        assert_eq!(route.t_cancel_callid(call_id.into(), "8".into(), 1), -1);
        assert_eq!(route.t_cancel_callid(call_id.into(), "x".into(), 1), -1);
        assert_eq!(route.t_cancel_callid_reason(call_id.into(), "7".into(), 1, 99), -1);
        assert_eq!(route.t_cancel_callid_reason(call_id.into(), "7".into(), 3, 480), 1);
        let sent = testing::sent();
        let cancel = String::from_utf8_lossy(&sent[0].bytes).into_owned();
        assert!(
            cancel.starts_with("CANCEL ") && cancel.contains("Reason: SIP;cause=480"),
            "{cancel}"
        );
        assert_eq!(core::with(|core| core.layer.user(id).map(|tx| tx.flags)), Some(8));
        assert_eq!(route.t_reply_callid(call_id.into(), "7".into(), 480, "Gone".into()), 1);
        assert_eq!(first_lines(), ["SIP/2.0 480 Gone"]);
        assert_eq!(route.t_reply_callid(call_id.into(), "7".into(), 480, "Gone".into()), -1);
    }

    #[test]
    fn a_dropped_transaction_says_nothing() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.t_drop(), -1);
        let (mut route, id) = in_transaction();
        assert_eq!(route.t_drop_rcode(99), -1);
        assert_eq!(route.t_drop_rcode(603), 0);
        assert!(route.decided.replied);
        assert_eq!(core::with(|core| core.layer.get(id).map(|tx| tx.code())), Some(603));
        core::with(|core| core.layer.match_request(&route.msg, core.now));
        assert!(first_lines().is_empty());
    }
}

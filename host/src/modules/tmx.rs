//! `KSR.tmx`: more of transactions: which route runs, cancelling branches.

use crate::route::{Kind, Route, core};
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

fn yes(answer: bool) -> i32 {
    if answer { 1 } else { -1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::testing;

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
}

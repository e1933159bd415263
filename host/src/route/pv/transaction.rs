//! `$T_...`: the transaction and its replies.

use super::Read;
use super::names::{BranchField, Plain};
use super::spec::Spec;
use crate::route::core::BranchData;
use crate::route::suspend::name_of;
use crate::route::{Core, Kind, Route, core};
use kemist_sip::Message;
use kemist_sip::transaction::TransactionId;
use std::sync::Arc;

impl Route {
    /// Branch index and the winning reply. Null outside the callbacks that have them.
    pub fn read_transaction(&self, plain: Plain) -> Read<'_> {
        match plain {
            Plain::TransactionIndex => self
                .transaction_name()
                .map_or(Read::Null, |(index, _)| Read::Int(index.into())),
            Plain::TransactionLabel => self
                .transaction_name()
                .map_or(Read::Null, |(_, label)| Read::Int(label.into())),
            Plain::BranchIndex => self.branch_index(),
            Plain::ReplyCode => match (self.reply_status(), self.kind) {
                (0, Kind::Request | Kind::Branch) => Read::Int(i64::from(self.sent_status())),
                (status, _) => Read::Int(i64::from(status)),
            },
            Plain::ReplyLast if self.kind == Kind::OnReply => Read::Int(i64::from(self.reply_status())),
            Plain::ReplyRuid => self.reply_ruid(),
            // 1 where no branch has answered: the reply is of our own making
            Plain::ReplyType if self.transaction.is_some() => {
                Read::Int(i64::from(self.kind == Kind::Failure && self.reply.is_none()))
            }
            Plain::ReplyReason => self.reply_reason(),
            _ => Read::Null,
        }
    }

    fn reply_reason(&self) -> Read<'_> {
        match (&self.reply, self.kind) {
            (Some(reply), _) => Read::text(reply.reason()),
            (None, Kind::Reply | Kind::OnReply) => Read::text(self.msg.reason()),
            // our own reply, where no branch answered
            (None, kind) if kind.is_failure() && self.reply_code == 408 => Read::text(b"Request Timeout"),
            _ if self.transaction.is_none() => Read::text(b""),
            _ => Read::Null,
        }
    }

    /// Of the branch that the run is about; in a request route how many were added, in a failure route
    /// how many there are; -1 elsewhere.
    fn branch_index(&self) -> Read<'static> {
        let sent = || core::with(|core| Some(core.layer.get(self.transaction?)?.branches().len()));
        match self.kind {
            Kind::Request => Read::length(self.branches.len()),
            Kind::Failure => Read::length(sent().unwrap_or(0) + self.branches.len()),
            _ => Read::Int(self.branch.map_or(-1, i64::from)),
        }
    }

    /// The last status that went upstream; 0 before any, and without a transaction.
    fn sent_status(&self) -> u16 {
        core::with(|core| Some(core.layer.get(self.transaction?)?.code())).unwrap_or(0)
    }

    /// Unique id of the binding of the branch whose reply is at hand; empty where there is none.
    fn reply_ruid(&self) -> Read<'static> {
        let concerned = self.kind.is_failure() || self.kind == Kind::OnReply;
        let ruid = concerned
            .then(|| core::with(|core| Some(self.sent_branch(core)?.ruid.to_vec())))
            .flatten();
        Read::owned(ruid.unwrap_or_default())
    }

    fn sent_branch<'c>(&self, core: &'c Core) -> Option<&'c BranchData> {
        let tx = core.layer.user(self.transaction?)?;
        tx.branches.get(usize::from(self.branch?))
    }

    /// What `t_continue` knows the transaction by.
    fn transaction_name(&self) -> Option<(i32, i32)> {
        let id = self.transaction?;
        core::with(|core| name_of(core.worker, id))
    }

    /// `$T_branch(x)`.
    pub fn read_sent_branch(&self, field: BranchField) -> Read<'static> {
        let data = core::with(|core| self.sent_branch(core).cloned());
        match (data, field) {
            (Some(data), BranchField::Uri) => Read::text(&data.uri).into_owned(),
            (Some(data), BranchField::Ruid) => Read::filled(&data.ruid).into_owned(),
            (Some(data), BranchField::Flags) => Read::Int(i64::from(data.bflags)),
            _ => Read::Null,
        }
    }

    /// Status of the reply that this run is about; 0 where there is none.
    pub fn reply_status(&self) -> u16 {
        match self.kind {
            Kind::Reply | Kind::OnReply if self.reply_code == 0 => self.msg.status(),
            _ => self.reply_code,
        }
    }

    /// Reads a variable on the request of the transaction.
    pub fn on_request(&self, spec: &Spec) -> Read<'static> {
        match self.transaction.and_then(request_of) {
            Some(request) => self.on_message(Kind::Request, request, spec),
            None => Read::Null,
        }
    }

    /// Reads a variable on the winning reply.
    pub fn on_reply(&self, spec: &Spec) -> Read<'static> {
        match (&self.reply, self.kind) {
            (Some(reply), _) => self.on_message(Kind::Reply, reply.clone(), spec),
            (None, Kind::Reply | Kind::OnReply) => self.read(spec).into_owned(),
            _ => Read::Null,
        }
    }

    /// Reads a variable on the INVITE that a CANCEL is about.
    pub fn on_invite(&self, spec: &Spec) -> Read<'static> {
        match self.related.and_then(request_of) {
            Some(invite) => self.on_message(Kind::Request, invite, spec),
            None => Read::Null,
        }
    }

    /// Reads a variable as a run about another message would.
    fn on_message(&self, kind: Kind, msg: Arc<Message>, spec: &Spec) -> Read<'static> {
        let mut other = Route::new(kind, msg, self.source, self.routing.clone());
        other.avps.clone_from(&self.avps);
        other.flags = self.flags;
        other.read(spec).into_owned()
    }
}

fn request_of(id: TransactionId) -> Option<Arc<Message>> {
    core::with(|core| core.layer.user(id).map(|tx| tx.request.clone()))
}

#[cfg(test)]
mod tests {
    use crate::route::{Kind, Value, testing};

    #[test]
    fn a_failure_run_reads_the_reply_and_the_request() {
        let mut route = testing::request(testing::INVITE);
        assert_eq!(route.pv_get("$T_reply_code"), Value::Int(0));
        assert_eq!(route.pv_get("$T_branch_idx"), Value::Int(0));
        assert_eq!(route.pv_get("$T(reply_type)"), Value::Null);
        assert_eq!(route.pv_get("$T_reply_ruid"), Value::text(b""));
        assert!(route.append_branch(b"", -1));
        assert_eq!(route.pv_get("$T_branch_idx"), Value::Int(1), "the next one");
        let busy = testing::route(Kind::Reply, &testing::RINGING.replace("180 Ringing", "486 Busy Here"));
        route.kind = Kind::Failure;
        route.reply = Some(busy.msg.clone());
        route.reply_code = 486;
        route.branch = Some(1);
        assert_eq!(route.pv_get("$T_reply_code"), Value::Int(486));
        assert_eq!(route.pv_get("$T_reply_reason"), Value::text(b"Busy Here"));
        assert_eq!(route.pv_get("$T_branch_idx"), Value::Int(1));
        assert_eq!(route.pv_get("$T_rpl($rs)"), Value::text(b"486"));
        assert_eq!(route.pv_get("$T_rpl($(hdr(Via)[-1]{s.len}))"), Value::Int(47));
        assert_eq!(route.pv_get("$T_req($fu)"), Value::Null, "no transaction here");
        assert_eq!(route.pv_get("$rs"), Value::Null, "the message at hand is the request");
    }

    #[test]
    fn a_reply_run_reads_its_own_status() {
        let route = testing::reply(testing::RINGING);
        assert_eq!(route.pv_get("$T_reply_code"), Value::Int(180));
        assert_eq!(route.pv_get("$T_rpl($rr)"), Value::text(b"Ringing"));
    }
}

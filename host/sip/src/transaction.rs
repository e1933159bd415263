//! Transactions: the state machines of RFC 3261 section 17 with RFC 6026, and the response context of
//! a proxy (section 16.7) above them.
//!
//! A [`Layer`] holds the transactions of one worker. It never waits and never reads a clock: requests,
//! replies, decisions and times go in; [`Output`]s come out of [`Layer::poll_output`]. The host drains
//! them after every call (or batch of calls).
//!
//! One [`Transaction`] is one server machine (towards whoever sent the request) and one client machine
//! for each branch. Every transaction that exists has a next deadline, so none is left over: where it is
//! the host that owes something, that deadline is [`Config::host_timer`].
//!
//! The way of a request: [`Layer::match_request`], then [`Layer::create`], [`Layer::trying`],
//! and for each branch [`Layer::branch_id`] and [`Layer::add_branch`], at last [`Layer::branches_added`];
//! or [`Layer::reply`]. The way of a reply: [`Layer::receive_reply`], the host's callbacks,
//! [`Layer::accept_reply`]. When every branch is negative, [`Event::Failed`] asks for the failure
//! callback and [`Layer::finish_failure`].
//!
//! A request of our own is a client machine alone: [`Layer::send_request`], then [`ReplyMatch::Own`] for
//! each of its replies, [`Event::Unanswered`] where none was final, [`Event::RequestEnded`] at last.

mod branch;
mod branch_id;
mod calls;
mod cancel;
mod client;
mod config;
mod invite_client;
mod invite_server;
mod io;
mod key;
mod layer;
mod machine;
mod own;
mod response_context;
mod server;
mod settings;
mod slots;
mod state;
mod timers;

pub use branch::{Branch, BranchTimeouts};
pub use branch_id::{Owner, owner};
pub use config::{Announce, Config, Identity};
pub use key::{TAG_LENGTH, is_our_tag, key_digest, stateless_branch, to_tag, unique_token};
pub use layer::{Layer, Stats};
pub use response_context::Best;
pub use settings::Settings;
pub use state::Transaction;

use crate::Transmit;
use std::fmt;

/// Names one transaction of one layer. A stale id (its transaction is gone, the slot may have been
/// given to another) is harmless: every call with it does nothing or reports that it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransactionId {
    slot: u32,
    generation: u32,
}

impl TransactionId {
    /// The place in the layer, reused by later transactions (Kamailio's `$T(id_index)`).
    pub fn slot(self) -> u32 {
        self.slot
    }

    /// Which of the transactions that had this place (Kamailio's `$T(id_label)`).
    pub fn generation(self) -> u32 {
        self.generation
    }

    /// The id of these two numbers, as when a script hands them back; it may name nothing.
    pub fn from_parts(slot: u32, generation: u32) -> TransactionId {
        TransactionId { slot, generation }
    }
}

/// Names one request of our own ([`Layer::send_request`]); a stale one is as harmless as a stale
/// [`TransactionId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(TransactionId);

/// What a received request is to the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestMatch {
    /// A retransmission (the last reply is queued again) or the ACK of a negative reply: ends here.
    Absorbed,
    /// The first copy is still being decided on ([`Layer::hold`]): drop this one.
    Pending,
    /// An ACK to a 2xx, with the INVITE's transaction where it is still known.
    Ack(Option<TransactionId>),
    /// A CANCEL not seen before, with the transaction of the INVITE it is for.
    Cancel(Option<TransactionId>),
    /// A request outside a dialog with From tag, Call-ID and CSeq of one that came by another way: a
    /// user agent server or registrar answers 482 (RFC 3261 8.2.2.2). Only where
    /// [`Config::merged_requests`] asks for it.
    Merged,
    /// Anything else.
    New,
}

/// What a received reply is to the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyMatch {
    /// A retransmission, or the reply to a CANCEL of ours: ends here.
    Absorbed,
    /// For the host's callbacks and then [`Layer::accept_reply`] or [`Layer::drop_reply`].
    Pass {
        /// The transaction.
        id: TransactionId,
        /// The branch that was answered.
        branch: u8,
    },
    /// For whoever sent a request of our own.
    Own {
        /// The request.
        id: RequestId,
        /// What its sender gave it.
        tag: u64,
    },
    /// No transaction of this layer.
    Unknown,
}

/// A key that is held while the host decides on a request; see [`Layer::hold`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a hold that is not released absorbs retransmissions for ever"]
pub struct Hold(Option<u128>);

/// Which branches [`Layer::cancel_branches`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All that have no final reply.
    All,
    /// All but this one.
    Others(u8),
    /// This one.
    One(u8),
}

/// What the layer wants done, in order.
#[derive(Debug)]
pub enum Output {
    /// Send this.
    Transmit(Transmit),
    /// A reply of a branch that is to go to the caller, where [`Config::hold_replies`] is set: answer with
    /// [`Layer::release_reply`].
    Reply(HeldReply),
    /// Something happened that the host may act on.
    Event(Event),
}

/// A reply that the host sees before the caller does.
#[derive(Clone, Debug)]
pub struct HeldReply {
    /// The transaction.
    pub id: TransactionId,
    /// The branch that it came from.
    pub branch: u8,
    /// Its status code.
    pub code: u16,
    /// As it would be sent.
    pub transmit: Transmit,
}

/// What the host may act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Every branch is negative and nothing final went upstream: run the failure callback, which may
    /// reply or add branches, then call [`Layer::finish_failure`].
    Failed(TransactionId),
    /// The transaction is gone. The number is [`key_digest`] of its request.
    Ended(TransactionId, u64),
    /// A branch failed at its address and the host knows more of them: [`Layer::replace_branch`] or
    /// [`Layer::no_further_target`] is to follow. No callback runs, nothing has failed yet.
    NextTarget(TransactionId, u8),
    /// A branch had no (final) reply in time and counts as 408 from now on.
    BranchTimeout(TransactionId, u8),
    /// A request of our own will have no final reply: it had none in time (408), or could not be sent
    /// (503). Only a 2xx to an INVITE may still come.
    Unanswered {
        /// The request.
        id: RequestId,
        /// What its sender gave it.
        tag: u64,
        /// The code that it counts as answered with.
        code: u16,
    },
    /// A request of our own is gone, with what its sender gave it: nothing more will be said about it.
    RequestEnded(RequestId, u64),
    /// A branch ended negatively while nothing final went upstream: run the branch failure callback,
    /// which may reply or add branches. Comes before the [`Event::Failed`] that it may lead to.
    BranchFailed(TransactionId, u8),
}

/// Whose transaction a CANCEL or ACK of the layer's making belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A transaction, one of its branches.
    Transaction(TransactionId),
    /// A request of our own.
    Request {
        /// The request.
        id: RequestId,
        /// What its sender gave it.
        tag: u64,
    },
}

/// A CANCEL or the ACK of a negative reply that the layer made and queued to be sent: for a host that
/// wants to know ([`Announce`]). Retransmissions are not told again.
#[derive(Clone, Debug)]
pub struct Made {
    /// Whose it is.
    pub by: By,
    /// What is sent, and where.
    pub transmit: Transmit,
}

/// Why [`Layer::create`] made nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateError {
    /// A transaction with this key exists.
    Exists(TransactionId),
    /// [`Config::max_transactions`] is reached.
    Full,
    /// An ACK has no transaction of its own, a reply neither, and a request needs a readable Via.
    NotARequest,
}

/// Why [`Layer::reply`] sent nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyError {
    /// No such transaction (any more).
    Gone,
    /// A final reply went upstream already.
    FinalSent,
}

/// Why [`Layer::add_branch`] sent nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchError {
    /// No such transaction (any more).
    Gone,
    /// A final reply went upstream already.
    FinalSent,
    /// The caller cancelled.
    Canceled,
    /// [`Config::max_branches`] is reached.
    Full,
    /// The transaction has outlived its longest life ([`Layer::set_lifetime`]).
    Expired,
}

/// Why [`Layer::send_request`] sent nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// [`Config::max_transactions`] is reached.
    Full,
    /// An ACK has no transaction; a CANCEL is sent by [`Layer::cancel_request`].
    NoTransaction,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SendError::Full => "too many transactions",
            SendError::NoTransaction => "not a method that makes a transaction",
        })
    }
}

impl std::error::Error for SendError {}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CreateError::Exists(_) => "the transaction exists",
            CreateError::Full => "too many transactions",
            CreateError::NotARequest => "not a request that makes a transaction",
        })
    }
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReplyError::Gone => "the transaction is gone",
            ReplyError::FinalSent => "a final reply was sent",
        })
    }
}

impl fmt::Display for BranchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BranchError::Gone => "the transaction is gone",
            BranchError::FinalSent => "a final reply was sent",
            BranchError::Canceled => "the transaction was cancelled",
            BranchError::Full => "too many branches",
            BranchError::Expired => "the transaction has outlived its longest life",
        })
    }
}

impl std::error::Error for CreateError {}
impl std::error::Error for ReplyError {}
impl std::error::Error for BranchError {}

//! Requests: what they are to the transactions there are, new server transactions, our own replies.

use super::super::branch_id::BranchId;
use super::super::machine::{Act, Input};
use super::super::settings::lifetime;
use super::super::state::{Flags, Server, Transaction};
use super::super::{CreateError, Hold, ReplyError, RequestMatch, Settings, TransactionId, Which, key};
use super::Layer;
use crate::message::{Message, Method};
use crate::{Protocol, Target};
use bytes::Bytes;
use smallvec::SmallVec;
use std::sync::Arc;
use std::time::Instant;

/// Vias that are looked at for a loop: Max-Forwards ends what is longer.
const MOST_VIAS: usize = 70;

impl<U> Layer<U> {
    /// What a request is to the transactions there are. Two kinds end here, and only they change
    /// anything: a retransmission (its last reply is queued again) and the ACK of a negative reply.
    /// (The ACK of a 2xx of our own ends the 2xx's retransmissions.)
    pub fn match_request(&mut self, req: &Message, now: Instant) -> RequestMatch {
        let Some(key) = self.key_of(req) else {
            return RequestMatch::New;
        };
        let found = self.keys.get(&key).copied();
        match (req.method(), found) {
            (Method::Ack, _) => self.match_ack(req, found, now),
            (_, Some(id)) => {
                self.stats.absorbed_requests += 1;
                self.with(id, now, |transaction, io| transaction.step_server(Input::Request, io));
                RequestMatch::Absorbed
            }
            (_, None) if self.held.contains_key(&key) => RequestMatch::Pending,
            (Method::Cancel, None) => self.match_cancel(req),
            (_, None) if self.is_merged(req) => RequestMatch::Merged,
            (_, None) => RequestMatch::New,
        }
    }

    /// Whether a request came by here before and returns with nothing changed of what it is routed by
    /// (RFC 3261 16.3 step 4, RFC 5393). One with another request URI, or from another sender, is a
    /// spiral, and none; so is one that another routing had, by the number given to [`Layer::branch_id`].
    pub fn is_loop(&self, req: &Message, whose: u32) -> bool {
        let mut hash = None;
        let below = req.vias().take(MOST_VIAS).skip(1);
        let branches = req
            .magic_branch()
            .into_iter()
            .chain(below.filter_map(|via| via.magic_branch()));
        branches.filter_map(BranchId::read).any(|branch| {
            let hash = *hash.get_or_insert_with(|| key::loop_hash(&self.identity, req, whose));
            branch.has_looped(&self.identity, hash)
        })
    }

    /// Whether [`Config::merged_requests`](super::super::Config::merged_requests) asks to refuse this one.
    fn is_merged(&self, req: &Message) -> bool {
        self.config.merged_requests
            && key::merge_key(&self.identity, req).is_some_and(|key| self.merged.contains_key(&key))
    }

    /// The transaction that a request made or, for an ACK, is part of: as [`Layer::match_request`]
    /// finds it, without any effect (`t_lookup_request`).
    pub fn find_request(&self, req: &Message) -> Option<TransactionId> {
        let key = self.key_of(req)?;
        let found = self.keys.get(&key).copied();
        match req.method() {
            Method::Ack => found.or_else(|| self.find_accepted(req)),
            _ => found,
        }
    }

    /// The key of a request. One request is asked for several times in a row: when it comes, by functions of its
    /// script, and when its transaction is made. So the last is kept, with its bytes, which tell it from others
    /// by where they are.
    fn key_of(&self, req: &Message) -> Option<u128> {
        let mut last = self.last_key.borrow_mut();
        match &*last {
            Some((bytes, key)) if bytes.as_ptr() == req.bytes().as_ptr() && bytes.len() == req.len() => *key,
            _ => {
                let key = key::server_key(&self.identity, req);
                *last = Some((req.buffer().clone(), key));
                key
            }
        }
    }

    /// The INVITE's transaction that a CANCEL is for (`t_lookup_cancel`).
    pub fn find_canceled(&self, cancel: &Message) -> Option<TransactionId> {
        let key = key::canceled_key(&self.identity, cancel)?;
        self.keys.get(&key).copied()
    }

    /// Holds the key of a request that is being decided on and has no transaction yet, so that its
    /// retransmissions are [`RequestMatch::Pending`]. Give it back with [`Layer::release_hold`].
    pub fn hold(&mut self, req: &Message, _now: Instant) -> Hold {
        let key = self.key_of(req);
        if let Some(key) = key {
            *self.held.entry(key).or_default() += 1;
        }
        Hold(key)
    }

    /// Ends a [`Layer::hold`], after a transaction was made or not.
    pub fn release_hold(&mut self, hold: Hold) {
        let Some(key) = hold.0 else { return };
        if let Some(count) = self.held.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.held.remove(&key);
            }
        }
    }

    /// Makes the server transaction of a request. `reply_to` is where its replies go (RFC 3261 18.2.2,
    /// RFC 3581). Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Where the transaction exists, there are too many, or this is no request to make one of.
    pub fn create(
        &mut self,
        req: Arc<Message>,
        reply_to: Target,
        user: U,
        now: Instant,
    ) -> Result<TransactionId, CreateError> {
        if !req.is_request() || req.method() == Method::Ack {
            return Err(CreateError::NotARequest);
        }
        let key = self.key_of(&req).ok_or(CreateError::NotARequest)?;
        if let Some(id) = self.keys.get(&key) {
            return Err(CreateError::Exists(*id));
        }
        if self.is_full() {
            return Err(CreateError::Full);
        }
        let merge_key = match self.config.merged_requests {
            true => key::merge_key(&self.identity, &req),
            false => None,
        };
        let cseq = req.cseq().map_or(0, |cseq| cseq.number);
        let digest = key::key_digest(req.call_id().unwrap_or_default(), cseq);
        let until = lifetime(&self.config, req.method()).and_then(|life| now.checked_add(life));
        let make = |id| Transaction {
            id,
            key,
            digest,
            dialog: None,
            merge_key: merge_key.map(Box::new),
            method: req.method(),
            server: Server::new(req.method()),
            request: Some(req),
            reply_to,
            last_reply: None,
            code: 0,
            flags: Flags::default(),
            held: 0,
            settings: Settings::default(),
            created: now,
            until,
            failed_at: 0,
            last_added: 0,
            host_until: None,
            queued: None,
            branches: SmallVec::new(),
            user,
        };
        let id = self.slots.insert(make).ok_or(CreateError::Full)?;
        self.keys.insert(key, id);
        self.calls.insert(id.slot, digest);
        if let Some(key) = merge_key {
            self.merged.entry(key).or_insert(id);
        }
        self.stats.created += 1;
        self.settle(id, now);
        Ok(id)
    }

    /// Sends the automatic 100 of an INVITE, unless it was replied to already or the configuration
    /// wants none (RFC 3261 17.2.1: within 200 ms; Kamailio: at t_newtran or t_relay).
    pub fn trying(&mut self, id: TransactionId, now: Instant) {
        if self.config.auto_inv_100 {
            self.send_trying(id, now);
        }
    }

    /// [`Layer::trying`] whatever the configuration says.
    pub fn send_trying(&mut self, id: TransactionId, now: Instant) {
        self.with(id, now, |transaction, io| {
            if transaction.method == Method::Invite && transaction.code == 0 {
                let config = io.config;
                transaction.reply_ourselves(100, &config.auto_inv_100_reason, io);
            }
        });
    }

    /// Sends a reply of the host's own through the server machine. A final one is the decision:
    /// branches without a final reply are cancelled. A 2xx to an INVITE is sent again until its ACK
    /// comes (RFC 3261 13.3.1.4).
    ///
    /// # Errors
    ///
    /// Where the transaction is gone or was answered.
    pub fn reply(&mut self, id: TransactionId, code: u16, bytes: Bytes, now: Instant) -> Result<(), ReplyError> {
        let sent = self.with(id, now, |transaction, io| {
            if transaction.is_final_sent() {
                return false;
            }
            transaction.server.own_success();
            // what the host says itself is said
            let silent = std::mem::take(&mut transaction.settings.silent);
            let sent = transaction.send_reply(code, bytes, io);
            transaction.settings.silent = silent;
            if code >= 200 && !silent {
                transaction.cancel_branches(Which::All, None, io);
            }
            sent
        });
        match sent {
            None => Err(ReplyError::Gone),
            Some(false) => Err(ReplyError::FinalSent),
            Some(true) => Ok(()),
        }
    }

    /// Sends the last reply again (`t_retransmit_reply`); false where there is none.
    pub fn retransmit_reply(&mut self, id: TransactionId, now: Instant) -> bool {
        self.with(id, now, |transaction, io| transaction.resend_reply(io))
            .unwrap_or(false)
    }

    /// Forgets a transaction that has neither a reply (but the automatic 100) nor a branch, as at the
    /// end of a script that did not decide. True where it did.
    pub fn release(&mut self, id: TransactionId, _now: Instant) -> bool {
        let undecided = |transaction: &Transaction<U>| transaction.code <= 100 && transaction.branches.is_empty();
        if !self.get(id).is_some_and(undecided) {
            return false;
        }
        self.remove(id);
        true
    }

    fn match_ack(&mut self, req: &Message, found: Option<TransactionId>, now: Instant) -> RequestMatch {
        if let Some(transaction) = found.and_then(|id| self.slots.get(id)) {
            let id = transaction.id;
            if transaction.code < 300 && transaction.is_final_sent() {
                // The ACK of a 2xx with the branch of the INVITE: wrong, and not rare.
                self.with(id, now, |transaction, io| transaction.step_server(Input::Ack, io));
                return RequestMatch::Ack(Some(id));
            }
            if key::has_cookie(req) || transaction.acknowledges(req) {
                self.stats.absorbed_acks += 1;
                self.with(id, now, |transaction, io| transaction.step_server(Input::Ack, io));
                return RequestMatch::Absorbed;
            }
        }
        let invite = self.find_accepted(req);
        if let Some(id) = invite {
            let act = self.with(id, now, |transaction, io| transaction.step_server(Input::Ack, io));
            debug_assert!(act != Some(Act::Send), "an ACK is no reply");
        }
        RequestMatch::Ack(invite)
    }

    fn match_cancel(&self, req: &Message) -> RequestMatch {
        let Some(key) = key::canceled_key(&self.identity, req) else {
            return RequestMatch::Cancel(None);
        };
        let invite = self.keys.get(&key).copied();
        // Its INVITE is being decided on: the next copy will find a transaction. A reliable transport
        // sends no next copy.
        let comes_again = || {
            req.via()
                .is_some_and(|via| Protocol::parse(via.transport) == Some(Protocol::Udp))
        };
        if invite.is_none() && self.held.contains_key(&key) && comes_again() {
            return RequestMatch::Pending;
        }
        RequestMatch::Cancel(invite)
    }

    fn find_accepted(&self, ack: &Message) -> Option<TransactionId> {
        self.accepted.get(&key::dialog_key(&self.identity, ack)).copied()
    }
}

impl<U> Transaction<U> {
    /// Whether an ACK of RFC 2543 has the To tag of the reply it would be for (17.2.3). Once it came
    /// the reply is forgotten, and any copy will do.
    fn acknowledges(&self, ack: &Message) -> bool {
        let Some(reply) = &self.last_reply else { return true };
        Message::parse(reply.clone()).is_ok_and(|reply| key::to_tag_of(&reply) == key::to_tag_of(ack))
    }
}

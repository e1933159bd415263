//! Requests of our own: user agent clients (RFC 3261 section 8.1) above the client transactions of the
//! layer. `t_uac_send` sends through here, and so does whatever pings.
//!
//! A [`Draft`] is written, shown to `tm:local-request` where that is configured, and sent to the
//! addresses of its destination one after the other until one answers (RFC 3263 section 4.3). The layer
//! retransmits and gives up. Whoever sent it has a [`Teller`], which hears each provisional reply and, once
//! and in every case, how it ended. The 2xx of an INVITE is acknowledged by itself unless the draft says
//! otherwise; the dialog is the sender's.
//!
//! Code that may wait calls [`send`]; code that may not leaves a draft with [`post`]; other threads hand
//! one to a worker ([`crate::worker::Fleet::send_own`]).

mod ack;
mod draft;
mod events;
mod given;
mod table;

pub use ack::ack_local;
pub(super) use ack::post_ack;
pub use draft::Draft;
pub use events::made;
pub use given::Given;
pub use table::{Handle, Job, Table, ended, replied, unanswered};

use super::destination::{self, NoDestination};
use super::{Shared, core};
use kemist_sip::message::Message;
use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;

/// What the sender of a request is told.
#[derive(Clone, Debug)]
pub enum Told {
    /// A provisional reply.
    Provisional(Arc<Message>),
    /// How it ended: once, and in every case but the end of the worker itself.
    Final(Outcome),
    /// After [`Outcome::Timeout`] an INVITE was answered with a 2xx all the same: a call exists, which the
    /// sender may want to end. It was acknowledged as any other.
    Late(Arc<Message>),
}

/// How a request of our own ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// With this final reply.
    Reply(Arc<Message>),
    /// Without a final reply in time.
    Timeout,
    /// No address of its destination could be sent to.
    Unreachable,
    /// Its destination leads nowhere.
    Nowhere(NoDestination),
    /// `tm:local-request` dropped it.
    Dropped,
    /// There are too many transactions.
    Full,
    /// Its parts make no request.
    Unwritable,
    /// The worker ended before the request did.
    Stopped,
}

impl Outcome {
    /// The status, or the one that it counts as; 0 where it was dropped.
    pub fn code(&self) -> u16 {
        match self {
            Outcome::Reply(reply) => reply.status(),
            Outcome::Timeout => 408,
            Outcome::Unreachable | Outcome::Full | Outcome::Stopped => 503,
            Outcome::Nowhere(reason) => reason.status(),
            Outcome::Unwritable => 400,
            Outcome::Dropped => 0,
        }
    }

    /// The reason phrase of the reply, or what happened.
    pub fn reason(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Outcome::Reply(reply) => return String::from_utf8_lossy(reply.reason()),
            Outcome::Timeout => "no final reply in time",
            Outcome::Unreachable => "no address could be sent to",
            Outcome::Nowhere(_) => "the destination leads nowhere",
            Outcome::Dropped => "dropped by tm:local-request",
            Outcome::Full => "too many transactions",
            Outcome::Unwritable => "its parts make no request",
            Outcome::Stopped => "the worker has stopped",
        })
    }

    /// Whether it was answered with a 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.code())
    }
}

/// Hears what becomes of a request, on the worker's thread. It must not wait; it may [`post`].
pub type Teller = Box<dyn FnMut(Told) + Send>;

/// A teller that nobody listens to: the outcome is counted.
pub fn nobody() -> Teller {
    Box::new(|_| {})
}

/// A teller, and how the request ended, for code that waits for just that.
pub fn outcome() -> (Teller, impl Future<Output = Outcome> + Send) {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut sender = Some(sender);
    let teller = move |told| {
        let Told::Final(outcome) = told else { return };
        if let Some(sender) = sender.take() {
            // nobody waits any more where that fails
            let _ = sender.send(outcome);
        }
    };
    let ended = async move { receiver.await.unwrap_or(Outcome::Stopped) };
    (Box::new(teller), ended)
}

/// Sends a request of our own: resolves its destination, shows it to `tm:local-request`, sends it.
/// `nested` says that another callback waits for this.
///
/// # Errors
/// Where it did not go out. `teller` hears how it ended in that case too.
pub async fn send(draft: Draft, teller: Teller, nested: bool) -> Result<Handle, Outcome> {
    match prepare(draft, nested).await {
        Ok(ready) => core::with(|core| table::begin(core, ready, teller)),
        Err(outcome) => {
            core::with(|core| table::never_sent(core, teller, outcome.clone()));
            Err(outcome)
        }
    }
}

/// Leaves a request for when this step of the worker ends; `teller` hears of it.
pub fn post(core: &mut super::Core, draft: Draft, teller: Teller) {
    core.own.push(Job::Send(Box::new(draft), teller));
}

/// Gives up a request that has no final reply: no further address is tried, an INVITE is cancelled (RFC
/// 3261 9.1; its outcome is then the 487). `reason` is the value of a Reason header.
pub fn cancel(core: &mut super::Core, handle: Handle, reason: Option<&[u8]>) {
    table::cancel(core, handle, reason);
}

/// Finds the addresses, and writes the request for the first of them.
async fn prepare(draft: Draft, nested: bool) -> Result<table::Ready, Outcome> {
    let nowhere = Outcome::Nowhere;
    let targets = destination::targets(&*draft.routing, draft.next(), draft.socket.unwrap_or(0), None, None)
        .await
        .map_err(nowhere)?;
    let first = *targets.first().ok_or(Outcome::Nowhere(NoDestination::Unresolvable))?;
    let msg = core::with(|core| draft.write(core, first)).ok_or(Outcome::Unwritable)?;
    let shown = events::ask(&draft, msg, first, nested).await.ok_or(Outcome::Dropped)?;
    let mut targets = match &shown.next {
        None => targets,
        Some(next) => {
            let socket = shown.socket.or(draft.socket).unwrap_or(0);
            let found = destination::targets(&*draft.routing, next, socket, None, None).await;
            found.map_err(nowhere)?
        }
    };
    destination::fit_to_size(&mut targets, shown.size());
    Ok(table::Ready { draft, shown, targets })
}

/// A socket of our own as the source of what we send ourselves.
fn own_source(shared: &Shared, target: kemist_sip::Target) -> kemist_sip::Target {
    let socket = shared.sockets.get(usize::from(target.socket));
    kemist_sip::Target {
        remote: socket.map_or(target.remote, |socket| socket.address),
        connection: None,
        ..target
    }
}

#[cfg(test)]
mod tests;

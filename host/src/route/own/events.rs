//! The events of requests that we make: `tm:local-request` and `tm:local-ack-sent`.

use super::{Draft, own_source};
use crate::route::core::Caused;
use crate::route::{Core, Kind, Route, TxData, callback_failed, core};
use bytes::Bytes;
use kemist_sip::message::{Edits, HeaderId};
use kemist_sip::transaction::{BranchTimeouts, By, Made};
use kemist_sip::{Message, Target};
use std::sync::Arc;

const LOCAL_REQUEST: &str = "tm:local-request";
const ACK_SENT: &str = "tm:local-ack-sent";

/// A draft as it goes out, its callback seen to.
pub(super) struct Shown {
    /// The request, with a Via that `edits` take off.
    pub(super) msg: Arc<Message>,
    pub(super) edits: Edits,
    pub(super) uri: Bytes,
    /// Where to, where the callback changed it.
    pub(super) next: Option<Bytes>,
    /// From which socket, likewise.
    pub(super) socket: Option<u16>,
    pub(super) timeouts: BranchTimeouts,
    pub(super) auto_ack: bool,
}

impl Shown {
    /// About how long it is.
    pub(super) fn size(&self) -> usize {
        self.msg.len() + self.edits.inserted()
    }
}

/// Runs the callback for `tm:local-request` where one is configured: it may change request URI,
/// destination, socket, headers, body and timers. None where it drops the request.
pub(super) async fn ask(draft: &Draft, msg: Arc<Message>, target: Target, nested: bool) -> Option<Shown> {
    let callback = core::with(|core| {
        let name = &core.shared.modules.tm.event_callback;
        let wanted = draft.shown && !name.is_empty();
        wanted.then(|| draft.routing.callback(name)).flatten()
    });
    let Some(callback) = callback else {
        return Some(unchanged(draft, msg));
    };
    let mut run = core::with(|core| {
        let source = own_source(&core.shared, target);
        Route::new(Kind::Event, msg.clone(), source, draft.routing.clone())
    });
    run.sending = Some(target);
    run.send_socket = draft.socket;
    run.dst_uri.clone_from(&draft.next_hop);
    let routing = draft.routing.clone();
    let (run, ended) = routing.run(callback, LOCAL_REQUEST, nested, Box::new(run)).await;
    if let Err(fault) = ended {
        callback_failed(&*run.routing, LOCAL_REQUEST, &fault);
        return Some(unchanged(draft, msg));
    }
    if run.decided.drop {
        core::with(|core| core.shared.stats.dropped.inc());
        return None;
    }
    Some(changed(draft, *run))
}

fn unchanged(draft: &Draft, msg: Arc<Message>) -> Shown {
    Shown {
        edits: without_via(Edits::new(), &msg),
        msg,
        uri: draft.uri.clone(),
        next: None,
        socket: draft.socket,
        timeouts: draft.timeouts,
        auto_ack: draft.auto_ack,
    }
}

fn changed(draft: &Draft, run: Route) -> Shown {
    let uri = run.uri.clone().unwrap_or_else(|| draft.uri.clone());
    // $du before $ru, as for any request
    let next = run.dst_uri.clone().unwrap_or_else(|| uri.clone());
    let moved = next != draft.next() || run.send_socket != draft.socket;
    let millis = crate::route::transaction::millis;
    Shown {
        edits: without_via(run.edits, &run.msg),
        msg: run.msg,
        uri,
        next: moved.then_some(next),
        socket: run.send_socket,
        timeouts: BranchTimeouts {
            fr: millis(run.fr.1).or(draft.timeouts.fr),
            fr_inv: millis(run.fr.0).or(draft.timeouts.fr_inv),
        },
        auto_ack: draft.auto_ack && !run.settings.no_auto_ack,
    }
}

/// Each client transaction has a Via of its own.
fn without_via(mut edits: Edits, msg: &Message) -> Edits {
    if let Some(via) = msg.header(HeaderId::Via) {
        edits.remove_header(via);
    }
    edits
}

/// Has `tm:local-request` run for a CANCEL or ACK that the layer has made: it is told and changes
/// nothing, since the bytes are on their way.
pub fn made(core: &mut Core, made: Made) {
    let Ok(msg) = Message::parse(made.transmit.bytes) else {
        return;
    };
    let target = made.transmit.target;
    let source = own_source(&core.shared, target);
    let msg = Arc::new(msg);
    let (id, owner) = match made.by {
        By::Transaction(id) => {
            let of = |tx: &TxData| tx.routing.clone();
            (Some(id), core.layer.user(id).map(of))
        }
        By::Request { tag, .. } => (None, core.own.owner(tag)),
    };
    let Some(routing) = owner else { return };
    let mut route = Route::new(Kind::Event, msg, source, routing);
    route.sending = Some(target);
    route.transaction = id;
    if let Some(tx) = id.and_then(|id| core.layer.user(id)) {
        route.flags = tx.flags;
        route.avps.clone_from(&tx.avps);
    }
    let name = core.shared.modules.tm.event_callback.clone();
    cause(core, &name, LOCAL_REQUEST, route);
}

/// Has `tm:local-ack-sent` run: the ACK of a 2xx, which is its message, went out.
pub(super) fn ack_sent(core: &mut Core, tag: u64, reply: Arc<Message>, target: Target) {
    if core.shared.modules.tm.evcb_local_ack_sent.is_empty() {
        return;
    }
    let Some(routing) = core.own.owner(tag) else {
        return;
    };
    let mut route = Route::new(Kind::Event, reply.clone(), target, routing);
    route.reply_code = reply.status();
    route.reply = Some(reply);
    let name = core.shared.modules.tm.evcb_local_ack_sent.clone();
    cause(core, &name, ACK_SENT, route);
}

fn cause(core: &mut Core, name: &str, event: &'static str, route: Route) {
    if let Some(callback) = route.routing.callback(name) {
        let route = Box::new(route);
        core.events.push(Caused { callback, event, route });
    }
}

//! The request as it goes out: what RFC 3261 section 16.6 adds to the script's edits, and forwarding
//! without a transaction (16.11).

use super::destination::{NoDestination, Targets, fit_to_size};
use super::{Core, Route, Shared, core, mark};
use bytes::Bytes;
use kemist_sip::Target;
use kemist_sip::message::build::{self, ViaParams};
use kemist_sip::message::{Edits, HeaderId};
use kemist_sip::transaction::stateless_branch;

/// Max-Forwards of a request that came without (RFC 3261 section 16.6, step 3).
const MAX_FORWARDS: u32 = 70;

/// One copy of the request on its way out.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Its request URI.
    pub uri: &'a [u8],
    /// Path of the binding that it goes to, as Route values.
    pub path: Option<&'a [u8]>,
    /// The branch parameter of our Via.
    pub via_branch: &'a [u8],
    /// Where it goes.
    pub target: Target,
}

impl Route {
    /// Builds the request for one destination: received message, `base_edits`, `edits`, and what the
    /// proxy adds itself: Via, received/rport in the Via below it, Max-Forwards where there is none,
    /// Record-Route where `rr.added`, the Path of the binding as Route. The message is copied once.
    ///
    /// Takes the core as an argument so that it can be called inside [`core::with`].
    pub fn build_request(&self, core: &mut Core, outgoing: &Outgoing<'_>) -> Bytes {
        let mut hop = Edits::default();
        self.hop_edits(&core.shared, outgoing, &mut hop);
        let sent_by = core
            .shared
            .sockets
            .get(usize::from(outgoing.target.socket))
            .map_or("", |s| s.sent_by.as_str());
        let via = ViaParams {
            protocol: outgoing.target.protocol,
            sent_by,
            branch: outgoing.via_branch,
            rport: self.local_rport,
            extra: b"",
        };
        let out = &mut core.scratch;
        out.clear();
        match &self.base_edits {
            Some(base) => build::request(&self.msg, outgoing.uri, &via, &[base, &self.edits, &hop], out),
            None => build::request(&self.msg, outgoing.uri, &via, &[&self.edits, &hop], out),
        }
        Bytes::copy_from_slice(out)
    }

    /// What the proxy itself adds on this hop, below its Via.
    fn hop_edits(&self, shared: &Shared, outgoing: &Outgoing<'_>, hop: &mut Edits) {
        build::received(&self.msg, self.source.remote, self.force_rport, hop);
        if self.rr.added {
            let mut lines = Vec::with_capacity(160);
            self.record_route_lines(shared, outgoing.target.socket, &mut lines);
            hop.insert(self.msg.first_header_offset(), &lines);
        }
        if let Some(path) = outgoing.path.filter(|p| !p.is_empty()) {
            let top = self
                .msg
                .header(HeaderId::Route)
                .map_or(self.msg.headers_end(), |route| route.start());
            hop.insert(top, &[b"Route: ", path, b"\r\n"].concat());
        }
        if self.msg.header(HeaderId::MaxForwards).is_none() {
            let value = self.max_forwards.unwrap_or(MAX_FORWARDS);
            hop.insert(self.msg.headers_end(), format!("Max-Forwards: {value}\r\n").as_bytes());
        }
    }

    /// The Record-Route of this proxy: one line where the request leaves by the socket that it came
    /// in on, else two with `r2=on`, the outgoing side on top (RFC 5658, as Kamailio's
    /// `enable_double_rr`). Each side's dialog peers then come back to the socket they know.
    fn record_route_lines(&self, shared: &Shared, outgoing: u16, out: &mut Vec<u8>) {
        let incoming = self.source.socket;
        let rr = &shared.modules.rr;
        let double = incoming != outgoing && rr.enable_double_rr;
        for index in double.then_some(outgoing).into_iter().chain([incoming]) {
            let Some(socket) = shared.sockets.get(usize::from(index)) else {
                continue;
            };
            out.extend_from_slice(b"Record-Route: <");
            out.extend_from_slice(socket.uri.as_bytes());
            if double {
                out.extend_from_slice(b";r2=on");
            }
            out.extend_from_slice(if rr.enable_full_lr { &b";lr=on"[..] } else { b";lr" });
            // before what the script adds: the first of a name counts
            mark::write(shared, self.tenant, &self.msg, out);
            out.extend_from_slice(&self.rr.params);
            out.extend_from_slice(b">\r\n");
        }
    }

    /// Max-Forwards (RFC 3261 16.3 step 3, 16.6 step 3), where `process_maxfwd` was not called.
    ///
    /// # Errors
    /// Status and reason for the sender.
    pub fn count_hop(&mut self) -> Result<(), (u16, &'static str)> {
        let msg = self.msg.clone();
        if self.max_forwards.is_some() {
            return Ok(());
        }
        match msg.max_forwards() {
            // one is written with the request
            None => Ok(()),
            Some(Ok(0)) => Err((483, "Too Many Hops")),
            Some(Ok(hops)) => {
                let left = hops.min(255).saturating_sub(1);
                self.edits.set_max_forwards(&msg, left);
                self.max_forwards = Some(left);
                Ok(())
            }
            _ => Err((400, "Bad Max-Forwards")),
        }
    }

    /// Forwards the request without a transaction to `uri`, or to the next hop (`$du`, else the
    /// request URI). An ACK to a 2xx goes this way. Of a name's addresses it takes the first by RFC 3263
    /// section 4.4 that has not failed lately.
    ///
    /// # Errors
    /// Where the URI leads nowhere, or `ksr_onsend_route` stops it; `error_code` then has the status for
    /// the sender. A reply cannot be forwarded so.
    pub async fn forward_stateless(&mut self, uri: Option<&[u8]>) -> Result<(), NoDestination> {
        if !self.msg.is_request() {
            return Err(NoDestination::Unreadable);
        }
        if let Err((status, _)) = self.count_hop() {
            self.error_code = status;
            return Err(NoDestination::NoHops);
        }
        let next_hop = Bytes::copy_from_slice(uri.unwrap_or(self.next_hop_uri()));
        let branch = core::with(|core| stateless_branch(&self.msg, &core.shared.secret));
        // a function of the transaction: what comes again, its CANCEL and its ACK go the same way
        let seed = branch.iter().fold(0, |seed: u64, byte| {
            seed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(*byte)
        });
        let sent = match self.targets_by(&next_hop, self.connection, Some(seed)).await {
            Ok(targets) => self.send_stateless_to(&branch, targets).await,
            Err(reason) => Err(reason),
        };
        match sent {
            Ok(()) => self.decided.relayed = true,
            Err(reason) => self.error_code = reason.status(),
        }
        sent
    }

    /// Sends to the first target that `ksr_onsend_route` lets it go to.
    async fn send_stateless_to(&mut self, via_branch: &[u8], mut targets: Targets) -> Result<(), NoDestination> {
        let mut sized = false;
        while let Some(&target) = targets.first() {
            let outgoing = Outgoing {
                uri: self.request_uri(),
                path: self.path.as_deref(),
                via_branch,
                target,
            };
            let bytes = core::with(|core| self.build_request(core, &outgoing));
            if !std::mem::replace(&mut sized, true) && fit_to_size(&mut targets, bytes.len()) {
                continue;
            }
            targets.remove(0);
            if self.may_send(&bytes, target, None).await {
                core::with(|core| {
                    core.shared.stats.forwarded.inc();
                    core.send(target, bytes);
                });
                return Ok(());
            }
        }
        Err(NoDestination::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use crate::route::testing;

    fn forwarded(route: &mut super::Route) -> String {
        testing::block_on(route.forward_stateless(None)).unwrap();
        String::from_utf8(testing::sent().pop().unwrap().bytes.to_vec()).unwrap()
    }

    #[test]
    fn a_forwarded_request_has_our_via_on_top_and_the_body_as_it_came() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.set_uri(b"sip:bob@192.0.2.20:5066"));
        let text = forwarded(&mut route);
        assert!(
            text.starts_with(
                "INVITE sip:bob@192.0.2.20:5066 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK"
            ),
            "{text}"
        );
        assert_eq!(text.matches("Max-Forwards:").count(), 1);
        assert!(text.ends_with(&String::from_utf8_lossy(route.msg.body()).into_owned()));
        assert!(route.decided.relayed);
    }

    #[test]
    fn max_forwards_path_and_record_route_are_added() {
        let mut route = testing::request(&testing::INVITE.replace("Max-Forwards: 70\r\n", ""));
        route.dst_uri = Some("sip:127.0.0.9:5080;transport=tcp".into());
        route.path = Some("<sip:127.0.0.9:5080;lr>".into());
        route.rr.added = true;
        route.rr.params.extend_from_slice(b";ftag=abc");
        let text = forwarded(&mut route);
        assert!(text.contains("\r\nMax-Forwards: 70\r\n"), "{text}");
        assert!(text.contains("\r\nRoute: <sip:127.0.0.9:5080;lr>\r\n"), "{text}");
        let outgoing = text.find("Record-Route: <sip:127.0.0.1:5060;transport=tcp;r2=on;lr;ftag=abc>\r\n");
        let incoming = text.find("Record-Route: <sip:127.0.0.1:5060;r2=on;lr;ftag=abc>\r\n");
        assert!(outgoing.unwrap() < incoming.unwrap(), "{text}");
    }

    #[test]
    fn a_request_without_hops_left_is_not_forwarded() {
        let mut route = testing::request(&testing::INVITE.replace("Max-Forwards: 70", "Max-Forwards: 0"));
        assert!(route.set_uri(b"sip:bob@192.0.2.20"));
        assert!(testing::block_on(route.forward_stateless(None)).is_err());
        assert_eq!(route.error_code, 483);
        let mut route = testing::request(testing::INVITE);
        assert!(route.set_uri(b"sip:bob@192.0.2.20"));
        assert!(forwarded(&mut route).contains("\r\nMax-Forwards: 69\r\n"));
    }

    #[test]
    fn a_destination_that_cannot_be_reached_sets_the_error() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.set_uri(b"tel:+1555"));
        assert!(testing::block_on(route.forward_stateless(None)).is_err());
        assert_eq!(route.error_code, 416);
        assert!(!route.decided.relayed);
    }
}

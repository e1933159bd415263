//! What a layer is told once.

use std::time::Duration;

/// Timers and limits of a layer.
#[derive(Clone, Debug)]
pub struct Config {
    /// Round trip estimate (RFC 3261 17.1.1.1): first retransmission; 64 of it is the patience of most
    /// timers. 500 ms.
    pub t1: Duration,
    /// Longest interval between retransmissions of non-INVITE requests and INVITE replies. 4 s.
    pub t2: Duration,
    /// How long a message may live in the network: timers I and K. 5 s.
    pub t4: Duration,
    /// Timers B and F: how long a branch may stay without any reply (INVITE) or without a final one
    /// (others). 30 s, as in Kamailio.
    pub fr_timer: Duration,
    /// Timer C: how long an INVITE branch may ring; starts again with each provisional over 100.
    /// 120 s, as in Kamailio. (RFC 3261 16.6 asks for more than three minutes.)
    pub fr_inv_timer: Duration,
    /// Shortens the states in which a finished transaction only absorbs retransmissions (timers D, I,
    /// J, K, L, M), as Kamailio's wt_timer does. None: the RFC's times.
    pub wt_timer: Option<Duration>,
    /// How long the host may take to decide on a transaction (no reply, no branch; a failure callback
    /// that does not come back) before it is answered with 500 (best reply, after a failure). 180 s.
    pub host_timer: Duration,
    /// How long an INVITE may be undecided, whatever its branches' timeouts say; None: as long as they say.
    pub max_inv_lifetime: Option<Duration>,
    /// The same of other requests.
    pub max_noninv_lifetime: Option<Duration>,
    /// Whether [`Layer::trying`](super::Layer::trying) sends a 100.
    pub auto_inv_100: bool,
    /// Reason phrase of that 100.
    pub auto_inv_100_reason: String,
    /// Whether a 503 that wins goes upstream as a 500 (RFC 3261 16.7 step 6).
    pub translate_503: bool,
    /// Server header of replies the layer makes itself.
    pub server: Option<String>,
    /// Whether replies on their way from a branch to the caller are shown to the host first
    /// ([`Output::Reply`](super::Output::Reply)).
    pub hold_replies: bool,
    /// Whether [`Layer::match_request`](super::Layer::match_request) tells requests apart that came by
    /// another way already ([`RequestMatch::Merged`](super::RequestMatch::Merged)). Not for a proxy,
    /// where forks and spirals meet with good reason.
    pub merged_requests: bool,
    /// Which requests of the layer's own making [`Layer::poll_made`](super::Layer::poll_made) tells of.
    pub announce: Announce,
    /// Most transactions at one time, requests of our own included: with a kilobyte or three each, what a worker may grow to. 250,000.
    pub max_transactions: u32,
    /// Most branches of one transaction (1 to 255). 32; Kamailio has 12.
    pub max_branches: u8,
}

/// Which CANCELs and ACKs the host is told of; none of them costs anything where it is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Announce {
    /// Those of requests of our own, and CANCELs that the host asked for
    /// ([`Layer::cancel_branches`](super::Layer::cancel_branches)).
    pub own: bool,
    /// All other CANCELs: the caller's that go on, those of branches that lost or rang for too long.
    pub cancels: bool,
    /// The ACKs to negative replies of branches.
    pub acks: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            fr_timer: Duration::from_secs(30),
            fr_inv_timer: Duration::from_secs(120),
            wt_timer: None,
            host_timer: Duration::from_secs(180),
            max_inv_lifetime: None,
            max_noninv_lifetime: None,
            auto_inv_100: true,
            auto_inv_100_reason: "Trying".to_owned(),
            translate_503: true,
            server: None,
            hold_replies: false,
            merged_requests: false,
            announce: Announce::default(),
            max_transactions: 250_000,
            max_branches: 32,
        }
    }
}

impl Config {
    /// 64*T1: timers H, J, L, M, and the patience with a cancelled branch.
    pub(super) fn t1_64(&self) -> Duration {
        self.t1.saturating_mul(64)
    }

    /// A lingering time of the RFC, shortened by `wt_timer`.
    pub(super) fn linger(&self, rfc: Duration) -> Duration {
        self.wt_timer.map_or(rfc, |wt| wt.min(rfc))
    }
}

/// Who a layer is among the workers of a process, and among the runs of that process.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The worker.
    pub worker: u16,
    /// A number of this run (a start time, a random number): replies to an earlier run are not ours.
    pub boot: u32,
    /// Keys the hashes: matching, branch ids, tags. Random, and the same for all workers of a run.
    pub secret: [u8; 16],
}

//! Parameters of the modules: `[modules.NAME]` of the configuration, under Kamailio's parameter names.
//!
//! Times take a unit, or a bare number in Kamailio's unit; switches are true and false, or 1 and 0.

use crate::config::units::{millis, optional_secs, secs, switch, whole_secs};
use crate::route::digest::Algorithm;
use kemist_sip::transaction::Announce;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty $(as $with:literal)? = $default:expr,)* })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Deserialize)]
            #[serde(default, deny_unknown_fields)]
            pub struct $name {
                $($(#[$field_doc])* $(#[serde(deserialize_with = $with)])? pub $field: $type,)*
            }

            impl Default for $name {
                fn default() -> Self {
                    $name { $($field: $default,)* }
                }
            }
        )+
    };
}

parameters! {
    /// All modules' parameters.
    Configs {
        /// Transactions.
        tm: Tm = Tm::default(),
        /// Extensions to tm; no parameters yet.
        tmx: Nothing = Nothing::default(),
        /// Registrations.
        registrar: Registrar = Registrar::default(),
        /// The location table.
        usrloc: Usrloc = Usrloc::default(),
        /// Nonces and challenges.
        auth: Auth = Auth::default(),
        /// The subscriber table.
        auth_db: AuthDb = AuthDb::default(),
        /// Trusted sources.
        permissions: Permissions = Permissions::default(),
        /// Flood detection.
        pike: Pike = Pike::default(),
        /// Hash tables.
        htable: Htable = Htable::default(),
        /// NAT traversal.
        nathelper: Nathelper = Nathelper::default(),
        /// Record-Route.
        rr: Rr = Rr::default(),
        /// Max-Forwards.
        maxfwd: Maxfwd = Maxfwd::default(),
        /// Checks of requests.
        sanity: Sanity = Sanity::default(),
        /// Stateless replies.
        sl: Sl = Sl::default(),
        /// Helpers; no parameters yet.
        siputils: Nothing = Nothing::default(),
        /// Pseudo-variables; no parameters yet.
        pv: Nothing = Nothing::default(),
        /// Texts of messages; no parameters.
        textops: Nothing = Nothing::default(),
        /// Logging with variables; no parameters yet.
        xlog: Nothing = Nothing::default(),
        /// Core extensions; no parameters yet.
        corex: Nothing = Nothing::default(),
        /// Variables as functions; no parameters yet.
        kx: Nothing = Nothing::default(),
    }

    /// A module without parameters.
    Nothing {}

    /// `[modules.tm]`.
    Tm {
        /// Until a final reply, or for INVITE until a provisional one. Milliseconds.
        fr_timer: Duration as "millis" = Duration::from_secs(30),
        /// An INVITE after a provisional reply (Timer C). Milliseconds.
        fr_inv_timer: Duration as "millis" = Duration::from_secs(120),
        /// How long an ended transaction absorbs retransmissions; unset, 0: as RFC 3261 says.
        wt_timer: Duration as "millis" = Duration::ZERO,
        /// First retransmission (T1). Milliseconds.
        retr_timer1: Duration as "millis" = Duration::from_millis(500),
        /// Longest time between retransmissions (T2). Milliseconds.
        retr_timer2: Duration as "millis" = Duration::from_secs(4),
        /// Answer an INVITE with 100 at once.
        auto_inv_100: bool as "switch" = true,
        /// The reason of that 100.
        auto_inv_100_reason: String = "trying -- your call is important to us".to_owned(),
        /// The longest life of an INVITE until its decision; 0: as long as its branches' timers. Milliseconds.
        max_inv_lifetime: Duration as "millis" = Duration::ZERO,
        /// The same of other requests. Milliseconds.
        max_noninv_lifetime: Duration as "millis" = Duration::ZERO,
        /// A 6xx is a negative reply like others: it neither cancels branches nor wins.
        disable_6xx_block: bool as "switch" = false,
        /// The Reason of a caller's CANCEL goes on to the branches (RFC 3326).
        e2e_cancel_reason: bool as "switch" = true,
        /// The XAVP in which `t_load_contacts` keeps contacts; it is disabled without.
        contacts_avp: Option<String> = None,
        /// The XAVP in which `t_next_contacts` keeps further flows to an instance.
        contact_flows_avp: Option<String> = None,
        /// Negative replies that may win after a failure callback relayed again: 0 all, 1 and 3 those of
        /// the new branches, 2 all but those of the last step.
        failure_reply_mode: u32 = 0,
        /// `t_relay` answers 482 to a request that comes back with request URI, Route, tags and sender as
        /// they were (RFC 5393); one with another request URI, or from another sender, passes.
        loop_check: bool as "switch" = true,
        /// Answer 482 to a request that came by another way already (RFC 3261 section 8.2.2.2): for
        /// registrars and servers, not for a proxy, where forks and spirals meet with good reason.
        merged_requests: bool as "switch" = false,
        /// The most transactions one worker keeps.
        max_transactions: usize = 200_000,
        /// The callback for replies without a transaction; one that drops them keeps them from going on.
        on_sl_reply: String = String::new(),
        /// The callback for `tm:local-response-sent`: a reply of our own went out through a transaction.
        event_callback_lres_sent: String = String::new(),
        /// The callback for `tm:local-request`: a request of our own is about to be sent, and may be changed
        /// or dropped; a CANCEL or ACK of our own was made.
        event_callback: String = String::new(),
        /// `tm:local-request` also for what belongs to relayed calls: 1 their CANCELs, 2 the ACKs to their
        /// negative replies, 3 both.
        evlreq_mode: u8 = 0,
        /// The callback for `tm:local-ack-sent`: the ACK to a 2xx of an INVITE of our own went out.
        evcb_local_ack_sent: String = String::new(),
    }

    /// `[modules.registrar]`. Seconds.
    Registrar {
        /// Where neither contact nor request say.
        default_expires: Duration as "secs" = Duration::from_secs(3600),
        /// At least so long, 0 for no limit; `min_expires_mode` says what becomes of shorter.
        min_expires: Duration as "secs" = Duration::from_secs(60),
        /// A time under `min_expires` is 0: lengthened to it, 1: answered with 423 (RFC 3261 10.3 step 7).
        min_expires_mode: u8 = 0,
        /// At most so long, 0 for no limit; longer is shortened.
        max_expires: Duration as "secs" = Duration::ZERO,
        /// Contacts an AoR may have, 0 for no limit.
        max_contacts: u32 = 0,
        /// Priority of contacts that name none, in thousandths; -1 leaves it unset.
        default_q: i16 = -1,
        /// `lookup` adds a branch for each further contact.
        append_branches: bool as "switch" = true,
        /// `lookup` takes only contacts that allow the method.
        method_filtering: bool as "switch" = false,
        /// The AVP with the address that a REGISTER came from, `$avp(NAME)` or NAME.
        received_avp: Option<String> = None,
        /// The parameter of Contact in replies that carries it.
        received_param: String = "received".to_owned(),
        /// Keep Path (RFC 3327).
        use_path: bool as "switch" = false,
        /// 0: kept only where the phone supports it; 1: kept always; 2: the phone must support it.
        path_mode: u8 = 2,
        /// Take the address that a REGISTER came from out of Path.
        path_use_received: bool as "switch" = false,
        /// The domain is compared in lower case.
        case_sensitive: bool as "switch" = true,
        /// The AVP whose text becomes the realm prefix that is cut off domains.
        realm_prefix: String = String::new(),
        /// The flag that marks a REGISTER over TCP; taken, without effect yet.
        tcp_persistent_flag: i32 = -1,
        /// How a registration without `+sip.instance` and such is told apart; taken, without effect yet.
        gruu_enabled: bool as "switch" = false,
    }

    /// `[modules.usrloc]`.
    Usrloc {
        /// How often changes are written back. Seconds.
        timer_interval: Duration as "secs" = Duration::from_secs(10),
        /// 0: memory only; 1, 2 and 3: written back on the timer (2 in Kamailio).
        db_mode: u8 = 2,
        /// An AoR is `user@domain`, not the user alone.
        use_domain: bool as "switch" = false,
        /// The branch flag that marks contacts behind NAT.
        nat_bflag: i32 = -1,
        /// A Contact is compared by: 0 its URI, 1 URI and Call-ID.
        matching_mode: u8 = 0,
    }

    /// `[modules.auth]`.
    Auth {
        /// How long a nonce is good. Seconds.
        nonce_expire: Duration as "secs" = Duration::from_secs(300),
        /// The key of nonces; a new one at every start where it is empty.
        secret: Secret = Secret::default(),
        /// `MD5`, `SHA-256`, or a list: one challenge each, best first.
        algorithm: Algorithms = Algorithms(vec![Algorithm::Md5]),
        /// Offer `qop="auth"`; empty for none.
        qop: String = "auth".to_owned(),
        /// A nonce is good once; taken, without effect yet.
        one_time_nonce: bool as "switch" = false,
        /// Count `nc` for each nonce.
        nonce_count: bool as "switch" = false,
        /// Put the algorithm into a challenge even for MD5.
        add_authinfo_hdr: bool as "switch" = false,
        /// The part of a realm that is cut off.
        realm_prefix: String = String::new(),
    }

    /// `[modules.auth_db]`.
    AuthDb {
        /// The domain counts when an account is looked up.
        use_domain: bool as "switch" = false,
        /// The password column holds passwords, not hashes.
        calculate_ha1: bool as "switch" = false,
        /// The column with the user.
        user_column: String = "username".to_owned(),
        /// The column with the domain.
        domain_column: String = "domain".to_owned(),
        /// The column with the hash (or the password).
        password_column: String = "ha1".to_owned(),
        /// The column with the hash over `user@domain`.
        password_column_2: String = "ha1b".to_owned(),
    }

    /// `[modules.permissions]`.
    Permissions {
        /// The AVP that gets the tag of a row that matched.
        peer_tag_avp: String = String::new(),
    }

    /// `[modules.pike]`.
    Pike {
        /// Requests are counted in units of this. Seconds.
        sampling_time_unit: Duration as "secs" = Duration::from_secs(2),
        /// So many in a unit are too many.
        reqs_density_per_unit: u32 = 30,
        /// How long a quiet source is remembered. Seconds.
        remove_latency: Duration as "secs" = Duration::from_secs(120),
    }

    /// `[modules.htable]`.
    Htable {
        /// The tables by name.
        table: BTreeMap<String, HtableTable> = BTreeMap::new(),
        /// Items that a tenant may have, over all tables.
        max_items: usize = 1_000_000,
    }

    /// One table of `[modules.htable.table]`.
    HtableTable {
        /// Kamailio's slots as a power of two; tables grow by themselves here.
        size: u32 = 8,
        /// Seconds that an item lives, 0 for ever.
        autoexpire: u64 as "whole_secs" = 0,
        /// The value of an absent item; counters need one.
        initval: Option<i64> = None,
        /// A change of the value starts the item's time again.
        updateexpire: bool as "switch" = true,
    }

    /// `[modules.nathelper]`.
    Nathelper {
        /// The AVP that `fix_nated_register` sets.
        received_avp: Option<String> = None,
        /// Keepalives to contacts; taken, without effect yet.
        natping_interval: Option<Duration> as "optional_secs" = None,
    }

    /// `[modules.rr]`.
    Rr {
        /// Add the From tag, so that the direction is known (`is_direction`).
        append_fromtag: bool as "switch" = true,
        /// `lr=on` for phones that do not know a parameter without value.
        enable_full_lr: bool as "switch" = false,
        /// Two headers where the transport or the address changes.
        enable_double_rr: bool as "switch" = true,
    }

    /// `[modules.maxfwd]`.
    Maxfwd {
        /// What a request has at most after `process_maxfwd`.
        max_limit: u32 = 70,
    }

    /// `[modules.sanity]`.
    Sanity {
        /// What `sanity_check` checks by default.
        default_checks: u32 = 999,
        /// Which URIs it checks by default.
        uri_checks: u32 = 7,
        /// `sanity_reply` answers instead of the check.
        noreply: bool as "switch" = false,
        /// Kamailio's native scripts end at a check that fails; routing modules decide by its code.
        autodrop: bool as "switch" = true,
        /// Extensions that Proxy-Require may name, comma separated.
        proxy_require: String = String::new(),
    }

    /// `[modules.sl]`.
    Sl {
        /// Reason for a reply without one.
        default_reason: String = "Internal Server Error".to_owned(),
        /// Code for a reply without one.
        default_code: u16 = 500,
        /// Stateful where there is a transaction.
        bind_tm: bool as "switch" = true,
        /// The callback for `sl:filtered-ack`: the ACK of a stateless reply ended here.
        event_callback_fl_ack: String = String::new(),
        /// The callback for `sl:local-response`: a stateless reply of our own went out.
        event_callback_lres_sent: String = String::new(),
    }
}

impl Tm {
    /// Which CANCELs and ACKs `tm:local-request` is for.
    pub fn announce(&self) -> Announce {
        let wanted = !self.event_callback.is_empty();
        Announce {
            own: wanted,
            cancels: wanted && self.evlreq_mode & 1 != 0,
            acks: wanted && self.evlreq_mode & 2 != 0,
        }
    }
}

impl Auth {
    /// The algorithms on offer, best first.
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.algorithm.0
    }

    /// The key of nonces: of the configured secret, else `fallback`, which is new at every start.
    pub fn secret<'a>(&'a self, fallback: &'a [u8; 16]) -> &'a [u8; 16] {
        self.secret.0.as_ref().unwrap_or(fallback)
    }
}

/// The key that a configured secret makes; None where it is empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Option<[u8; 16]>);

impl Secret {
    fn of(text: &str) -> Secret {
        let hash = Sha256::digest(text.as_bytes());
        Secret((!text.is_empty()).then(|| std::array::from_fn(|i| hash[i])))
    }
}

// it is nothing for a log
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Secret(..)" } else { "Secret" })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Secret, D::Error> {
        String::deserialize(d).map(|text| Secret::of(&text))
    }
}

/// One algorithm or a list of them, best first (RFC 8760).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Algorithms(pub Vec<Algorithm>);

impl<'de> Deserialize<'de> for Algorithms {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Algorithms, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "no algorithm; write \"MD5\", \"SHA-256\" or a list of them")]
        enum Either {
            One(String),
            Many(Vec<String>),
        }
        let names = match Either::deserialize(d)? {
            Either::One(one) => vec![one],
            Either::Many(many) => many,
        };
        let read = |name: &String| match name.to_ascii_uppercase().as_str() {
            "MD5" => Ok(Algorithm::Md5),
            "SHA-256" => Ok(Algorithm::Sha256),
            _ => Err(serde::de::Error::custom(format!(
                "{name:?} is no algorithm; write \"MD5\" or \"SHA-256\""
            ))),
        };
        match names.is_empty() {
            true => Err(serde::de::Error::custom("empty; name an algorithm")),
            false => names.iter().map(read).collect::<Result<_, _>>().map(Algorithms),
        }
    }
}

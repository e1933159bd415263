//! What a script sets for its transaction (`t_set_...`), and what the layer is told of it.

use super::{Core, Route};
use kemist_sip::Method;
use std::time::Duration;

/// What a script sets for its transaction; None is as configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TxSettings {
    /// `t_relay` answers an INVITE with 100.
    pub auto_100: Option<bool>,
    /// A 6xx is a negative reply like others.
    pub plain_6xx: Option<bool>,
    /// No further address of a name is tried.
    pub no_failover: bool,
    /// The Reason of the caller's CANCEL does not go on.
    pub no_cancel_reason: bool,
    /// `t_relay` does not answer where it fails.
    pub no_internal_reply: bool,
    /// No ACK by itself to a 2xx of an INVITE of our own.
    pub no_auto_ack: bool,
    /// The longest life in ms: of an INVITE, of others.
    pub lifetime: (Option<u32>, Option<u32>),
    /// First and longest interval between retransmissions in ms.
    pub retr: (Option<u32>, Option<u32>),
    /// `t_drop_replies` was called in this run: `failure_reply_mode` has no say.
    pub replies_chosen: bool,
}

impl Route {
    /// Brings the settings into the transaction, where there is one.
    pub fn apply_settings(&self, core: &mut Core) {
        let Some(tx) = self.transaction.and_then(|id| core.layer.get_mut(id)) else {
            return;
        };
        let (id, method) = (tx.id(), tx.method());
        let settings = self.settings;
        tx.user_mut().settings = TxSettings {
            replies_chosen: false,
            ..settings
        };
        let millis = |ms: u32| Duration::from_millis(u64::from(ms));
        let plain_6xx = settings.plain_6xx.unwrap_or(core.shared.modules.tm.disable_6xx_block);
        core.layer.set(id, |layer| {
            layer.t1 = settings.retr.0.map(millis);
            layer.t2 = settings.retr.1.map(millis);
            layer.plain_6xx = plain_6xx;
        });
        let life = match method {
            Method::Invite => settings.lifetime.0,
            _ => settings.lifetime.1,
        };
        let now = core.now;
        core.layer.set_lifetime(id, life.map(millis), now);
    }

    /// The settings of a transaction just made, where any differ from what the layer does by itself.
    pub(super) fn first_settings(&self, core: &mut Core) {
        if self.settings != TxSettings::default() || core.shared.modules.tm.disable_6xx_block {
            self.apply_settings(core);
        }
    }
}

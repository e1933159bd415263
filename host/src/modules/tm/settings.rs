//! `t_set_...`: what one transaction does otherwise than the configuration says; replies dropped in
//! failure callbacks.

use crate::route::transaction::edits_of;
use crate::route::{Kind, Route, TxSettings, core};
use kemist_sip::transaction::TransactionId;
use std::ops::Range;

/// `failure_reply_mode`: only the replies of the last step are dropped.
const LAST_STEP: u32 = 2;

impl Route {
    /// Changes a setting, before the transaction is made or after.
    pub(super) fn setting(&mut self, change: impl FnOnce(&mut TxSettings)) -> i32 {
        change(&mut self.settings);
        core::with(|core| self.apply_settings(core));
        1
    }

    /// Two times in ms; 0 keeps what is there.
    pub(super) fn times(
        &mut self,
        first: i32,
        second: i32,
        which: fn(&mut TxSettings) -> &mut (Option<u32>, Option<u32>),
    ) -> i32 {
        let (Ok(first), Ok(second)) = (u32::try_from(first), u32::try_from(second)) else {
            return -1;
        };
        self.setting(|settings| {
            let times = which(settings);
            times.0 = Some(first).filter(|ms| *ms > 0).or(times.0);
            times.1 = Some(second).filter(|ms| *ms > 0).or(times.1);
        })
    }

    /// `t_drop_replies`: by the first letter none, those of the last step, or all.
    pub(super) fn drop_replies(&mut self, mode: &str) -> i32 {
        self.settings.replies_chosen = true;
        let last = match mode.bytes().next() {
            Some(b'n' | b'N') => return 1,
            letter => matches!(letter, Some(b'l' | b'L')),
        };
        if let Some(id) = self.transaction {
            core::with(|core| core.layer.drop_replies(id, last));
        }
        1
    }

    /// The branches whose replies `failure_reply_mode` drops where this run relays again.
    pub(super) fn superseded(&self, id: TransactionId) -> Range<u8> {
        if self.kind != Kind::Failure || self.settings.replies_chosen {
            return 0..0;
        }
        core::with(|core| {
            let mode = core.shared.modules.tm.failure_reply_mode;
            let Some(tx) = core.layer.get(id).filter(|_| mode > 0) else {
                return 0..0;
            };
            let first = if mode == LAST_STEP { tx.last_added() } else { 0 };
            first..u8::try_from(tx.branches().len()).unwrap_or(u8::MAX)
        })
    }

    /// `t_save_lumps`.
    pub(super) fn save_edits(&mut self) -> i32 {
        let Some(id) = self.transaction.filter(|_| self.kind == Kind::Request) else {
            return -1;
        };
        // those branches have one hop less too; where there is none left t_relay says so
        let _ = self.count_hop();
        core::with(|core| match core.layer.user_mut(id) {
            Some(tx) => {
                tx.edits = edits_of(self);
                tx.saved = true;
                1
            }
            None => -1,
        })
    }

    /// `t_is_retr_async_reply`.
    pub(super) fn is_repeated_while_suspended(&self) -> bool {
        self.kind == Kind::Reply
            && core::with(|core| {
                let found = core.layer.find_reply(&self.msg);
                let tx = found.and_then(|(id, branch)| Some((core.layer.get(id)?, branch)));
                tx.is_some_and(|(tx, branch)| {
                    let code = tx.branch(branch).map(|branch| branch.code());
                    tx.is_suspended() && code == Some(self.msg.status())
                })
            })
    }
}

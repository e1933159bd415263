//! `KSR.registrar`: registrations and their lookup (RFC 3261 section 10).
//!
//! There is one location table; the table name that scripts give is Kamailio's and chooses nothing.

pub(crate) mod aor;
mod contacts;
mod lookup;
mod save;

use crate::route::{Route, core, text};
use crate::store::OPERATOR;
use kemist_bindings::kemi::ksr::registrar::Host;
use kemist_sip::message::uri::Uri;

/// `unregister`: nobody is registered there.
const NOT_REGISTERED: i32 = -3;

impl Host for Route {
    fn save(&mut self, _table: String, flags: i32) -> i32 {
        self.save_contacts(None, flags)
    }

    fn save_uri(&mut self, _table: String, flags: i32, uri: String) -> i32 {
        self.save_contacts(Some(&text::from_guest(&uri)), flags)
    }

    fn lookup(&mut self, _table: String) -> i32 {
        self.look_up(None)
    }

    fn lookup_uri(&mut self, _table: String, uri: String) -> i32 {
        self.look_up(Some(&text::from_guest(&uri)))
    }

    fn registered(&mut self, _table: String) -> i32 {
        self.is_registered(self.request_uri())
    }

    fn registered_uri(&mut self, _dtable: String, uri: String) -> i32 {
        self.is_registered(&text::from_guest(&uri))
    }

    fn unregister(&mut self, _dtable: String, uri: String) -> i32 {
        let Some(aor) = self.aor(&text::from_guest(&uri)) else {
            return -1;
        };
        match core::with(|core| core.shared.store.location.remove(self.tenant, &aor)) {
            true => 1,
            false => NOT_REGISTERED,
        }
    }
}

impl Route {
    /// The address of record of a URI, as the location table has it. A tenant's has a domain, which is one
    /// of its own: those of others are nobody's here.
    fn aor(&self, uri: &[u8]) -> Option<aor::Name> {
        if self.tenant != OPERATOR {
            let host = Uri::parse(uri).ok()?.host;
            return aor::of(uri, true).filter(|_| self.owner().has_domain(host));
        }
        let with_domain = core::with(|core| core.shared.store.location.use_domain());
        aor::of(uri, with_domain)
    }

    fn is_registered(&self, uri: &[u8]) -> i32 {
        let Some(aor) = self.aor(uri) else { return -1 };
        let empty = core::with(|core| {
            core.shared
                .store
                .location
                .bindings(self.tenant, &aor, core.unix)
                .is_empty()
        });
        if empty { -1 } else { 1 }
    }
}

#[cfg(test)]
mod tests;

//! The location table: which contacts an address of record is bound to (RFC 3261 section 10).
//!
//! It lives in memory; the database gets what changed on a timer and at shutdown (Kamailio's
//! `db_mode` 2). An AoR is the bytes that the registrar made of it: the user, or `user@domain`
//! where usrloc's `use_domain` is set. Those of a tenant always have their domain.

use super::key::{Key, Parts};
use super::rooms::Rooms;
use super::{Fold, OPERATOR, TenantId};
use crate::follow::{Follower, Followers};
use crate::modules::config::Usrloc;
use bytes::Bytes;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use kemist_sip::{ConnectionId, Target};
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::collections::{HashMap, hash_map};
use std::sync::Arc;
use std::time::Duration;

/// One contact of an address of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The contact URI as registered.
    pub contact: Bytes,
    /// Where the REGISTER really came from, `sip:ip:port;transport=...`, for contacts behind NAT.
    pub received: Option<Bytes>,
    /// Path (RFC 3327), as Route values.
    pub path: Option<Bytes>,
    /// When it ends, in seconds since 1970.
    pub expires: u64,
    /// Priority in thousandths, -1 where the contact named none.
    pub q: i16,
    /// Call-ID of the REGISTER.
    pub call_id: Bytes,
    /// CSeq number of the REGISTER.
    pub cseq: u32,
    /// User-Agent of the REGISTER.
    pub user_agent: Bytes,
    /// Our socket that received it, `udp:ip:port`.
    pub socket: Option<Bytes>,
    /// Methods that the contact allows as a bit mask, all ones for any.
    pub methods: u32,
    /// `+sip.instance` (RFC 5626).
    pub instance: Option<Bytes>,
    /// `reg-id` (RFC 5626), 0 for none.
    pub reg_id: u32,
    /// Unique id of the binding.
    pub ruid: Bytes,
    /// Kamailio's contact flags.
    pub flags: u32,
    /// Branch flags that were set at the registration.
    pub cflags: u32,
    /// Last REGISTER, in seconds since 1970.
    pub last_modified: u64,
    /// The stream connection it came over, if any; not kept over a restart.
    pub connection: Option<ConnectionId>,
    /// Where the REGISTER came from; not kept over a restart.
    pub source: Option<Target>,
}

impl Default for Binding {
    fn default() -> Binding {
        Binding {
            contact: Bytes::new(),
            received: None,
            path: None,
            expires: 0,
            q: -1,
            call_id: Bytes::new(),
            cseq: 0,
            user_agent: Bytes::new(),
            socket: None,
            methods: u32::MAX,
            instance: None,
            reg_id: 0,
            ruid: Bytes::new(),
            flags: 0,
            cflags: 0,
            last_modified: 0,
            connection: None,
            source: None,
        }
    }
}

/// What the database is to do for one binding.
#[derive(Clone, Debug)]
pub enum Change {
    /// Insert or replace.
    Put(TenantId, Bytes, Arc<Binding>),
    /// Delete.
    Delete,
}

/// Changes since the last write-back, by `ruid`: bounded by the bindings, however long it takes.
pub type Changes = HashMap<Bytes, Change, Fold>;

/// Changes that wait for the database.
#[derive(Clone, Debug)]
pub struct Due(Arc<Mutex<Changes>>);

impl Due {
    /// What is to be written, forgotten here.
    pub(super) fn take(&self) -> Changes {
        std::mem::take(&mut *self.0.lock())
    }

    /// Changes that could not be written; whatever is newer wins.
    pub(super) fn put_back(&self, changes: Changes) {
        let mut due = self.0.lock();
        for (ruid, change) in changes {
            due.entry(ruid).or_insert(change);
        }
    }
}

/// Parts of the table that are locked by themselves: so many that whoever walks through it keeps each from
/// the workers for some microseconds only, with a hundred thousand addresses of record too.
const SHARDS: usize = 1024;

/// An address of record with its bindings.
pub type Record = (Box<[u8]>, Vec<Arc<Binding>>);

/// All registrations.
#[derive(Debug)]
pub struct Location {
    aors: DashMap<Key, Vec<Arc<Binding>>, Fold>,
    // Locked only inside an AoR's lock or alone, and never the other way round
    changes: Arc<Mutex<Changes>>,
    /// Who else is told of changes, by `ruid`.
    followers: Followers<Place, Arc<Binding>>,
    /// Bindings of each tenant.
    counts: Rooms,
    config: Usrloc,
}

/// Where a binding is: the key by which followers are told of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Whose.
    pub tenant: TenantId,
    /// The address of record.
    pub aor: Bytes,
    /// The binding's id.
    pub ruid: Bytes,
}

impl Default for Location {
    fn default() -> Location {
        Location {
            aors: DashMap::with_capacity_and_hasher_and_shard_amount(0, Fold::default(), SHARDS),
            changes: Arc::default(),
            followers: Followers::default(),
            counts: Rooms::new(usize::MAX, usize::MAX),
            config: Usrloc::default(),
        }
    }
}

impl Location {
    /// An empty table.
    pub fn new(config: &Usrloc) -> Location {
        Location {
            config: config.clone(),
            ..Location::default()
        }
    }

    /// Are addresses of record `user@domain` (else the user alone)?
    pub fn use_domain(&self) -> bool {
        self.config.use_domain
    }

    /// Is the table kept in the database (`db_mode` other than 0)?
    pub fn is_persistent(&self) -> bool {
        self.config.db_mode != 0
    }

    /// How often changes are written back.
    pub fn timer_interval(&self) -> Duration {
        self.config.timer_interval
    }

    /// The bindings that have not expired, the best q first (none counts least), then the newest.
    pub fn bindings(&self, tenant: TenantId, aor: &[u8], now_unix: u64) -> Vec<Arc<Binding>> {
        let Some(found) = self.aors.get(&(tenant, aor) as &dyn Parts) else {
            return Vec::new();
        };
        let mut live = Vec::with_capacity(found.len());
        live.extend(found.iter().filter(|b| b.expires > now_unix).cloned());
        drop(found);
        live.sort_by(|a, b| b.q.cmp(&a.q).then(b.last_modified.cmp(&a.last_modified)));
        live
    }

    /// Runs `f` on the bindings of one AoR, which nobody else sees or changes meanwhile; expired ones
    /// are gone before. Whatever `f` changed is remembered for the database. `f` must not come back here.
    pub fn update<R>(
        &self,
        tenant: TenantId,
        aor: &[u8],
        now_unix: u64,
        f: impl FnOnce(&mut Vec<Arc<Binding>>) -> R,
    ) -> R {
        // most are there already: those need no key of their own
        if let Some(mut bindings) = self.aors.get_mut(&(tenant, aor) as &dyn Parts) {
            let result = self.change(tenant, aor, now_unix, &mut bindings, f);
            let empty = bindings.is_empty();
            drop(bindings);
            if empty {
                self.aors
                    .remove_if(&(tenant, aor) as &dyn Parts, |_, bindings| bindings.is_empty());
            }
            return result;
        }
        match self.aors.entry(Key::new(tenant, aor)) {
            Entry::Occupied(mut entry) => {
                let result = self.change(tenant, aor, now_unix, entry.get_mut(), f);
                if entry.get().is_empty() {
                    entry.remove();
                }
                result
            }
            Entry::Vacant(entry) => {
                let mut bindings = Vec::new();
                let result = self.change(tenant, aor, now_unix, &mut bindings, f);
                if !bindings.is_empty() {
                    entry.insert(bindings);
                }
                result
            }
        }
    }

    fn change<R>(
        &self,
        tenant: TenantId,
        aor: &[u8],
        now_unix: u64,
        bindings: &mut Vec<Arc<Binding>>,
        f: impl FnOnce(&mut Vec<Arc<Binding>>) -> R,
    ) -> R {
        let before: SmallVec<[Arc<Binding>; 8]> = bindings.iter().cloned().collect();
        bindings.retain(|b| b.expires > now_unix);
        let result = f(bindings);
        self.count_change(tenant, before.len(), bindings.len());
        self.record(tenant, aor, &before, bindings);
        result
    }

    /// Removes an AoR with its bindings; false where there was none.
    pub fn remove(&self, tenant: TenantId, aor: &[u8]) -> bool {
        let Some((_, bindings)) = self.aors.remove_if(&(tenant, aor) as &dyn Parts, |_, bindings| {
            self.count_change(tenant, bindings.len(), 0);
            self.record(tenant, aor, bindings, &[]);
            true
        }) else {
            return false;
        };
        !bindings.is_empty()
    }

    /// The number of addresses of record.
    pub fn len(&self) -> usize {
        self.aors.len()
    }

    /// Is nobody registered?
    pub fn is_empty(&self) -> bool {
        self.aors.is_empty()
    }

    /// Shows each AoR with its bindings to `f`, which must not come back here.
    pub fn for_each(&self, mut f: impl FnMut(TenantId, &[u8], &[Arc<Binding>])) {
        for entry in &self.aors {
            f(entry.key().tenant, &entry.key().name, entry.value());
        }
    }

    /// What a tenant has now, for a list: bindings are shared, not copied.
    pub fn snapshot(&self, tenant: TenantId) -> Vec<Record> {
        let mut records = Vec::with_capacity(self.len());
        self.for_each(|of, aor, bindings| {
            if of == tenant {
                records.push((aor.into(), bindings.to_vec()));
            }
        });
        records
    }

    /// Finds the AoR of a binding by its unique id; looks at every binding.
    pub fn aor_of(&self, tenant: TenantId, ruid: &[u8]) -> Option<Bytes> {
        self.aors
            .iter()
            .find(|e| e.key().tenant == tenant && e.value().iter().any(|b| b.ruid == ruid))
            .map(|e| Bytes::copy_from_slice(&e.key().name))
    }

    /// Drops expired bindings; how many.
    pub fn expire(&self, now_unix: u64) -> usize {
        let mut dropped = 0;
        self.aors.retain(|key, bindings| {
            let before = bindings.len();
            bindings.retain(|b| {
                let live = b.expires > now_unix;
                if !live {
                    dropped += 1;
                    self.record_delete(b);
                }
                live
            });
            self.count_change(key.tenant, before, bindings.len());
            !bindings.is_empty()
        });
        dropped
    }

    /// Adds a binding as the database has it: nothing is to be written back. What is here already is newer.
    pub(super) fn load(&self, tenant: TenantId, aor: Bytes, binding: Binding) {
        let mut bindings = self.aors.entry(Key::new(tenant, &aor)).or_default();
        let same =
            |b: &Arc<Binding>| b.ruid == binding.ruid || (b.contact == binding.contact && b.call_id == binding.call_id);
        if !bindings.iter().any(same) {
            self.count_change(tenant, 0, 1);
            bindings.push(Arc::new(binding));
        }
    }

    /// How many bindings a tenant has; 0 for the operator, whose are not counted.
    pub fn bindings_of(&self, tenant: TenantId) -> usize {
        match tenant {
            OPERATOR => 0,
            _ => self.counts.used(tenant),
        }
    }

    // one number for all workers: nobody asks for the operator's
    fn count_change(&self, tenant: TenantId, before: usize, after: usize) {
        match after.checked_sub(before) {
            _ if tenant == OPERATOR || before == after => {}
            Some(more) => drop(self.counts.take(tenant, more)),
            None => self.counts.give(tenant, before - after),
        }
    }

    /// Drops what is here of a tenant; the database keeps it.
    pub(super) fn forget(&self, tenant: TenantId) {
        if self.bindings_of(tenant) == 0 {
            return;
        }
        self.aors.retain(|key, _| key.tenant != tenant);
        self.counts.forget(tenant);
    }

    /// The same of one domain.
    pub(super) fn forget_domain(&self, tenant: TenantId, domain: &[u8]) {
        self.aors.retain(|key, bindings| {
            let host = memchr::memrchr(b'@', &key.name).map(|at| &key.name[at + 1..]);
            let gone = key.tenant == tenant && host.is_some_and(|host| host.eq_ignore_ascii_case(domain));
            if gone {
                self.count_change(tenant, bindings.len(), 0);
            }
            !gone
        });
    }

    /// Takes what is here for what the database has.
    pub fn mark_written(&self) {
        self.changes.lock().clear();
    }

    /// What is to be written; shared with the writer.
    pub(super) fn due(&self) -> Due {
        Due(self.changes.clone())
    }

    /// Those who are told of every change but the end of a binding's time, which they see themselves.
    pub fn followers(&self) -> &Followers<Place, Arc<Binding>> {
        &self.followers
    }

    /// Does what another process did to its copy of this table. Of two changes of one binding the later
    /// REGISTER's stays; a binding that both made for the same contact is one.
    pub fn apply(&self, place: &Place, change: Option<Binding>, from: Option<&Arc<Follower<Place, Arc<Binding>>>>) {
        let mut entry = self.aors.entry(Key::new(place.tenant, &place.aor)).or_default();
        let bindings = entry.value_mut();
        let before: SmallVec<[Arc<Binding>; 8]> = bindings.iter().cloned().collect();
        match change {
            None => {
                bindings.retain(|b| b.ruid != place.ruid);
                if self.is_persistent() {
                    // the database may have it, also where nobody here does
                    self.changes.lock().insert(place.ruid.clone(), Change::Delete);
                }
            }
            Some(new) => {
                let same = |b: &Binding| b.ruid == new.ruid || (b.contact == new.contact && b.call_id == new.call_id);
                let order = |b: &Binding| (b.last_modified, b.cseq);
                if !bindings.iter().any(|b| same(b) && order(b) > order(&new)) {
                    bindings.retain(|b| !same(b));
                    bindings.push(Arc::new(new));
                }
            }
        }
        self.count_change(place.tenant, before.len(), bindings.len());
        self.record_but(from, place.tenant, &place.aor, &before, bindings);
        let empty = bindings.is_empty();
        drop(entry);
        if empty {
            self.aors
                .remove_if(&(place.tenant, &place.aor[..]) as &dyn Parts, |_, b| b.is_empty());
        }
    }

    fn record(&self, tenant: TenantId, aor: &[u8], before: &[Arc<Binding>], after: &[Arc<Binding>]) {
        self.record_but(None, tenant, aor, before, after);
    }

    fn record_but(
        &self,
        from: Option<&Arc<Follower<Place, Arc<Binding>>>>,
        tenant: TenantId,
        aor: &[u8],
        before: &[Arc<Binding>],
        after: &[Arc<Binding>],
    ) {
        let followed = self.followers.is_any();
        if !self.is_persistent() && !followed {
            return;
        }
        let (name, mut copied) = (aor, None);
        let mut copy = || copied.get_or_insert_with(|| Bytes::copy_from_slice(name)).clone();
        for gone in before.iter().filter(|b| !after.iter().any(|a| a.ruid == b.ruid)) {
            self.record_delete(gone);
            if followed {
                self.followers.tell_but(from, place_of(tenant, copy(), gone), None);
            }
        }
        for new in after.iter().filter(|a| !before.iter().any(|b| Arc::ptr_eq(a, b))) {
            if followed {
                let place = place_of(tenant, copy(), new);
                self.followers.tell_but(from, place, Some(new.clone()));
            }
            if self.is_persistent() {
                match self.changes.lock().entry(new.ruid.clone()) {
                    // one that waits already is the same but for the binding
                    hash_map::Entry::Occupied(mut waits) => match waits.get_mut() {
                        Change::Put(of, place, binding) if *of == tenant && *place == name => *binding = new.clone(),
                        other => *other = Change::Put(tenant, copy(), new.clone()),
                    },
                    hash_map::Entry::Vacant(entry) => {
                        entry.insert(Change::Put(tenant, copy(), new.clone()));
                    }
                }
            }
        }
    }

    fn record_delete(&self, binding: &Binding) {
        if self.is_persistent() {
            self.changes.lock().insert(binding.ruid.clone(), Change::Delete);
        }
    }
}

fn place_of(tenant: TenantId, aor: Bytes, binding: &Binding) -> Place {
    Place {
        tenant,
        aor,
        ruid: binding.ruid.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(contact: &str, expires: u64, q: i16, modified: u64) -> Arc<Binding> {
        Arc::new(Binding {
            contact: Bytes::copy_from_slice(contact.as_bytes()),
            ruid: Bytes::from(format!("ruid-{contact}")),
            expires,
            q,
            last_modified: modified,
            ..Binding::default()
        })
    }

    fn contacts(location: &Location, now: u64) -> Vec<String> {
        let bindings = location.bindings(0, b"alice", now);
        bindings
            .iter()
            .map(|b| String::from_utf8_lossy(&b.contact).into_owned())
            .collect()
    }

    #[test]
    fn best_q_comes_first_then_the_newest_and_expired_ones_do_not_come() {
        let location = Location::default();
        location.update(0, b"alice", 10, |b| {
            b.push(binding("unset", 100, -1, 9));
            b.push(binding("old", 100, 500, 1));
            b.push(binding("new", 100, 500, 2));
            b.push(binding("best", 100, 1000, 0));
            b.push(binding("short", 20, 1000, 0));
        });
        assert_eq!(contacts(&location, 20), ["best", "new", "old", "unset"]);
        assert_eq!(location.expire(20), 1);
        assert_eq!(location.len(), 1);
        assert_eq!(location.expire(100), 4);
        assert!(location.is_empty());
    }

    #[test]
    fn tenants_do_not_see_each_other() {
        let location = Location::default();
        location.update(1, b"alice", 0, |b| b.push(binding("a", 9, -1, 0)));
        assert!(location.bindings(0, b"alice", 0).is_empty());
        assert!(!location.remove(0, b"alice"));
        assert!(location.remove(1, b"alice"));
    }

    #[test]
    fn changes_are_remembered_once_a_binding() {
        let location = Location::default();
        location.update(0, b"alice", 0, |b| {
            b.extend([binding("a", 9, -1, 0), binding("b", 9, -1, 0)])
        });
        assert_eq!(location.due().take().len(), 2);
        location.update(0, b"alice", 0, |_| ());
        assert!(
            location.due().take().is_empty(),
            "an untouched binding is not written again"
        );
        location.update(0, b"alice", 0, |b| b[0] = binding("a", 10, -1, 1));
        location.update(0, b"alice", 0, |b| b.truncate(1));
        let changes = location.due().take();
        assert!(matches!(changes[&Bytes::from("ruid-a")], Change::Put(..)));
        assert!(matches!(changes[&Bytes::from("ruid-b")], Change::Delete));
        location.remove(0, b"alice");
        location.due().put_back(changes);
        let due = location.due().take();
        assert!(
            matches!(due[&Bytes::from("ruid-a")], Change::Delete),
            "the newer change wins"
        );
    }

    #[test]
    fn what_one_process_changes_the_other_has_and_nothing_comes_back() {
        let (ours, theirs) = (Location::default(), Location::default());
        let follower = Follower::new(|| ());
        ours.followers().add(&follower);
        let pass = || {
            let changes = follower.take();
            for (place, change) in &changes {
                theirs.apply(place, change.as_deref().cloned(), None);
            }
            changes.len()
        };
        ours.update(0, b"alice", 0, |b| {
            b.extend([binding("a", 90, -1, 5), binding("b", 9, -1, 5)])
        });
        assert_eq!((pass(), contacts(&theirs, 1).len()), (2, 2));
        ours.update(0, b"alice", 1, |b| b.retain(|b| b.contact != "a"));
        assert_eq!((pass(), contacts(&theirs, 1)), (1, vec!["b".to_owned()]));
        assert_eq!(ours.expire(9), 1);
        assert_eq!(pass(), 0, "each sees for itself what has expired");
        theirs.remove(0, b"alice");
        ours.update(0, b"alice", 9, |b| b.push(binding("c", 90, -1, 5)));
        let place = follower.take().into_keys().next().expect("a change");
        ours.apply(&place, None, Some(&follower));
        assert!(ours.is_empty() && !follower.is_behind());
    }

    #[test]
    fn the_later_register_wins_and_one_contact_is_one_binding() {
        let location = Location::default();
        location.update(0, b"alice", 0, |b| b.push(binding("a", 90, -1, 5)));
        let place = |ruid: &str| Place {
            tenant: 0,
            aor: Bytes::from_static(b"alice"),
            ruid: Bytes::from(ruid.to_owned()),
        };
        let theirs = |ruid: &str, expires, modified| Binding {
            ruid: Bytes::from(ruid.to_owned()),
            ..(*binding("a", expires, -1, modified)).clone()
        };
        location.apply(&place("ruid-a"), Some(theirs("ruid-a", 70, 4)), None);
        assert_eq!(location.bindings(0, b"alice", 0)[0].expires, 90, "theirs is older");
        location.apply(&place("other"), Some(theirs("other", 95, 6)), None);
        let now = location.bindings(0, b"alice", 0);
        assert_eq!((now.len(), now[0].expires), (1, 95));
        location.apply(&place("unknown"), None, None);
        location.apply(&place("other"), None, None);
        assert!(location.is_empty());
    }

    #[test]
    fn an_empty_update_leaves_no_entry() {
        let location = Location::default();
        location.update(0, b"alice", 0, |_| ());
        assert!(location.is_empty());
        location.update(0, b"alice", 0, |b| b.push(binding("a", 9, -1, 0)));
        location.update(0, b"alice", 9, |b| assert!(b.is_empty()));
        assert!(location.is_empty());
    }
}

//! Changes of a shared table, for whoever keeps a copy of it: the process on the other end of a handover.
//!
//! A follower keeps for each key what became of it last, so that it needs room for the table at most,
//! however slowly its changes are taken.

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

/// One who follows a table.
pub struct Follower<K, V> {
    changes: Mutex<HashMap<K, Option<V>>>,
    /// Called where there are changes and there were none.
    wake: Box<dyn Fn() + Send + Sync>,
}

/// All who follow a table.
pub struct Followers<K, V> {
    all: ArcSwap<Vec<Arc<Follower<K, V>>>>,
}

impl<K: Eq + Hash, V> Follower<K, V> {
    /// One who is woken by `wake`, which must not come back here.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Arc<Follower<K, V>> {
        Arc::new(Follower {
            changes: Mutex::default(),
            wake: Box::new(wake),
        })
    }

    /// Takes what has changed: the new value, or None for what is gone.
    pub fn take(&self) -> HashMap<K, Option<V>> {
        std::mem::take(&mut *self.changes.lock())
    }

    /// Has anything changed?
    pub fn is_behind(&self) -> bool {
        !self.changes.lock().is_empty()
    }

    fn tell(&self, key: K, value: Option<V>) {
        let first = {
            let mut changes = self.changes.lock();
            let first = changes.is_empty();
            changes.insert(key, value);
            first
        };
        if first {
            (self.wake)();
        }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Followers<K, V> {
    /// Does anybody follow?
    pub fn is_any(&self) -> bool {
        !self.all.load().is_empty()
    }

    /// Adds one.
    pub fn add(&self, follower: &Arc<Follower<K, V>>) {
        self.all.rcu(|all| {
            let mut all = all.to_vec();
            all.push(follower.clone());
            all
        });
    }

    /// Takes one away.
    pub fn remove(&self, follower: &Arc<Follower<K, V>>) {
        self.all.rcu(|all| {
            let mut all = all.to_vec();
            all.retain(|one| !Arc::ptr_eq(one, follower));
            all
        });
    }

    /// Tells all of a change.
    pub fn tell(&self, key: K, value: Option<V>) {
        self.tell_but(None, key, value);
    }

    /// Tells all but the one that it came from.
    pub fn tell_but(&self, from: Option<&Arc<Follower<K, V>>>, key: K, value: Option<V>) {
        let all = self.all.load();
        let others = all
            .iter()
            .filter(|one| !from.is_some_and(|from| Arc::ptr_eq(one, from)));
        others.for_each(|one| one.tell(key.clone(), value.clone()));
    }
}

impl<K, V> Default for Followers<K, V> {
    fn default() -> Followers<K, V> {
        Followers {
            all: ArcSwap::from_pointee(Vec::new()),
        }
    }
}

impl<K, V> fmt::Debug for Followers<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} followers", self.all.load().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn the_last_change_of_each_key_is_kept_and_one_wake_tells_of_many() {
        let woken = Arc::new(AtomicUsize::new(0));
        let count = woken.clone();
        let follower = Follower::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let table: Followers<u8, u8> = Followers::default();
        table.tell(1, Some(1));
        table.add(&follower);
        table.tell(1, Some(2));
        table.tell(1, Some(3));
        table.tell(2, None);
        assert_eq!(woken.load(Ordering::Relaxed), 1);
        assert_eq!(follower.take(), HashMap::from([(1, Some(3)), (2, None)]));
        table.tell_but(Some(&follower), 4, None);
        assert!(!follower.is_behind());
        table.tell(5, None);
        assert_eq!(woken.load(Ordering::Relaxed), 2);
        table.remove(&follower);
        table.tell(6, None);
        assert_eq!(follower.take().len(), 1);
    }
}

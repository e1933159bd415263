//! Keys of the shared maps: a tenant and a name, looked up without copying the name.

use super::TenantId;
use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

/// A tenant's name for something, owned.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub tenant: TenantId,
    pub name: Box<[u8]>,
}

impl Key {
    pub fn new(tenant: TenantId, name: &[u8]) -> Key {
        Key {
            tenant,
            name: name.into(),
        }
    }
}

/// The parts of a key, owned or borrowed. A map of [`Key`]s is asked with `&(tenant, name) as &dyn Parts`.
pub(super) trait Parts {
    fn parts(&self) -> (TenantId, &[u8]);
}

impl Parts for Key {
    fn parts(&self) -> (TenantId, &[u8]) {
        (self.tenant, &self.name)
    }
}

impl Parts for (TenantId, &[u8]) {
    fn parts(&self) -> (TenantId, &[u8]) {
        (self.0, self.1)
    }
}

impl<'a> Borrow<dyn Parts + 'a> for Key {
    fn borrow(&self) -> &(dyn Parts + 'a) {
        self
    }
}

impl Hash for dyn Parts + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialEq for dyn Parts + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn Parts + '_ {}

// Borrow demands that owned and borrowed keys hash and compare alike.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Key {}

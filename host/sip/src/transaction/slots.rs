//! The places of a layer's transactions. A place is used again with a generation that was never used
//! there, so that an id kept too long finds nothing.

use super::{Transaction, TransactionId};

#[derive(Debug)]
pub(super) struct Slots<U> {
    slots: Vec<Slot<U>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Slot<U> {
    generation: u32,
    transaction: Option<Box<Transaction<U>>>,
}

impl<U> Slots<U> {
    pub(super) fn new() -> Slots<U> {
        Slots {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Transactions now.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Puts in what `make` returns for the id it gets. None where ids are used up.
    pub(super) fn insert(&mut self, make: impl FnOnce(TransactionId) -> Transaction<U>) -> Option<TransactionId> {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                let slot = u32::try_from(self.slots.len()).ok()?;
                self.slots.push(Slot {
                    generation: 0,
                    transaction: None,
                });
                slot
            }
        };
        let place = self.slots.get_mut(slot as usize)?;
        place.generation = place.generation.wrapping_add(1);
        let id = TransactionId {
            slot,
            generation: place.generation,
        };
        place.transaction = Some(Box::new(make(id)));
        Some(id)
    }

    pub(super) fn remove(&mut self, id: TransactionId) -> Option<Box<Transaction<U>>> {
        let place = self.slots.get_mut(id.slot as usize)?;
        if place.generation != id.generation {
            return None;
        }
        let transaction = place.transaction.take()?;
        self.free.push(id.slot);
        Some(transaction)
    }

    pub(super) fn get(&self, id: TransactionId) -> Option<&Transaction<U>> {
        let place = self.slots.get(id.slot as usize)?;
        place
            .transaction
            .as_deref()
            .filter(|_| place.generation == id.generation)
    }

    pub(super) fn get_mut(&mut self, id: TransactionId) -> Option<&mut Transaction<U>> {
        let place = self.slots.get_mut(id.slot as usize)?;
        let same = place.generation == id.generation;
        place.transaction.as_deref_mut().filter(|_| same)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Transaction<U>> {
        self.slots.iter().filter_map(|place| place.transaction.as_deref())
    }
}

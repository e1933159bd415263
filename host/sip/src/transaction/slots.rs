//! The places of a layer's transactions, and of its own requests. A place is used again with a generation that was never used
//! there, so that an id kept too long finds nothing.

use super::TransactionId;

#[derive(Debug)]
pub(super) struct Slots<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    /// Where generations start.
    first: u32,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    content: Option<Box<T>>,
}

impl<T> Slots<T> {
    /// `first` differs from run to run: a name that an earlier run gave out is none here.
    pub(super) fn new(first: u32) -> Slots<T> {
        Slots {
            slots: Vec::new(),
            free: Vec::new(),
            first,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Puts in what `make` returns for the id it gets. None where ids are used up.
    pub(super) fn insert(&mut self, make: impl FnOnce(TransactionId) -> T) -> Option<TransactionId> {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                let slot = u32::try_from(self.slots.len()).ok()?;
                self.slots.push(Slot {
                    generation: self.first,
                    content: None,
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
        place.content = Some(Box::new(make(id)));
        Some(id)
    }

    pub(super) fn remove(&mut self, id: TransactionId) -> Option<Box<T>> {
        let place = self.slots.get_mut(id.slot as usize)?;
        if place.generation != id.generation {
            return None;
        }
        let content = place.content.take()?;
        self.free.push(id.slot);
        Some(content)
    }

    pub(super) fn get(&self, id: TransactionId) -> Option<&T> {
        let place = self.slots.get(id.slot as usize)?;
        place.content.as_deref().filter(|_| place.generation == id.generation)
    }

    /// What is at a place, whichever generation.
    pub(super) fn at(&self, slot: u32) -> Option<&T> {
        self.slots.get(slot as usize)?.content.as_deref()
    }

    pub(super) fn get_mut(&mut self, id: TransactionId) -> Option<&mut T> {
        let place = self.slots.get_mut(id.slot as usize)?;
        let same = place.generation == id.generation;
        place.content.as_deref_mut().filter(|_| same)
    }

    /// Places from one on, with what is there.
    pub(super) fn beginning_at(&self, place: usize) -> impl Iterator<Item = (usize, &T)> {
        let rest = self.slots.iter().enumerate().skip(place);
        rest.filter_map(|(place, slot)| Some((place, slot.content.as_deref()?)))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(|place| place.content.as_deref())
    }
}

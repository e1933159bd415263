//! Transactions by what names a call, Call-ID and CSeq number: chains through their places, so that a
//! transaction costs two stores more and nothing is allocated for it.

/// No place.
const NONE: u32 = u32::MAX;

/// The chains. A place is in at most one, under the digest it was put in with.
#[derive(Debug)]
pub(super) struct Calls {
    /// The first place of each chain; a power of two of them, or none yet.
    heads: Vec<u32>,
    /// By place.
    links: Vec<Link>,
    len: usize,
    /// Odd and secret: digests can be computed by anybody, chains shall not be filled by choice.
    multiplier: u64,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    digest: u64,
    next: u32,
    /// The place before; [`NONE`] where it is the first.
    previous: u32,
}

const UNUSED: Link = Link {
    digest: 0,
    next: NONE,
    previous: NONE,
};

impl Calls {
    /// No chains yet.
    pub(super) fn new(secret: &[u8; 16]) -> Calls {
        let mut half = [0; 8];
        half.copy_from_slice(&secret[..8]);
        Calls {
            heads: Vec::new(),
            links: Vec::new(),
            len: 0,
            multiplier: u64::from_le_bytes(half) | 1,
        }
    }

    /// Puts in a place that is in no chain.
    pub(super) fn insert(&mut self, place: u32, digest: u64) {
        if self.len >= self.heads.len() {
            self.grow();
        }
        if self.links.len() <= place as usize {
            self.links.resize(place as usize + 1, UNUSED);
        }
        self.link(place, digest);
        self.len += 1;
    }

    /// Takes a place out of its chain.
    pub(super) fn remove(&mut self, place: u32) {
        let Some(link) = self.links.get_mut(place as usize) else {
            return;
        };
        let Link { digest, next, previous } = std::mem::replace(link, UNUSED);
        match self.links.get_mut(previous as usize) {
            Some(before) => before.next = next,
            None => {
                let chain = self.chain(digest);
                match self.heads.get_mut(chain) {
                    Some(head) if *head == place => *head = next,
                    // it was in none
                    _ => return,
                }
            }
        }
        if let Some(after) = self.links.get_mut(next as usize) {
            after.previous = previous;
        }
        self.len -= 1;
    }

    /// The places put in with this digest, the newest first.
    pub(super) fn places(&self, digest: u64) -> impl Iterator<Item = u32> {
        let first = self.heads.get(self.chain(digest)).copied().unwrap_or(NONE);
        let at = |place: u32| Some((place, *self.links.get(place as usize)?));
        std::iter::successors(at(first), move |(_, link)| at(link.next))
            .filter(move |(_, link)| link.digest == digest)
            .map(|(place, _)| place)
    }

    fn link(&mut self, place: u32, digest: u64) {
        let chain = self.chain(digest);
        let Some(head) = self.heads.get_mut(chain) else { return };
        let next = std::mem::replace(head, place);
        if let Some(after) = self.links.get_mut(next as usize) {
            after.previous = place;
        }
        if let Some(link) = self.links.get_mut(place as usize) {
            *link = Link {
                digest,
                next,
                previous: NONE,
            };
        }
    }

    /// Twice as many chains, a place each at most on average.
    fn grow(&mut self) {
        let chains = (self.heads.len() * 2).max(64);
        let old = std::mem::replace(&mut self.heads, vec![NONE; chains]);
        for mut place in old {
            while let Some(Link { digest, next, .. }) = self.links.get(place as usize).copied() {
                self.link(place, digest);
                place = next;
            }
        }
    }

    /// The chain of a digest: the upper bits of a product depend on all of it.
    fn chain(&self, digest: u64) -> usize {
        let bits = self.heads.len().trailing_zeros();
        match bits {
            1..64 => (digest.wrapping_mul(self.multiplier) >> (64 - bits)) as usize,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_by_their_digest_until_they_are_taken_out() {
        let mut calls = Calls::new(&[7; 16]);
        assert_eq!(calls.places(1).count(), 0);
        for place in 0..5000 {
            calls.insert(place, u64::from(place / 5));
        }
        for place in (0..5000).filter(|place| place % 5 != 3) {
            calls.remove(place);
        }
        calls.remove(0);
        calls.remove(99_999);
        for digest in 0..1000u64 {
            let found: Vec<u32> = calls.places(digest).collect();
            assert_eq!(found, [digest as u32 * 5 + 3], "{digest}");
        }
        assert_eq!((calls.len, calls.places(1000).count()), (1000, 0));
        (0..5000)
            .filter(|place| place % 5 == 3)
            .for_each(|place| calls.remove(place));
        assert_eq!((calls.len, calls.places(7).count()), (0, 0));
        calls.insert(3, 7);
        assert!(calls.places(7).eq([3]));
    }

    #[test]
    fn the_newest_of_one_call_comes_first() {
        let mut calls = Calls::new(&[7; 16]);
        [4, 9, 2].into_iter().for_each(|place| calls.insert(place, 1));
        assert!(calls.places(1).eq([2, 9, 4]));
        calls.remove(9);
        assert!(calls.places(1).eq([2, 4]));
    }

    #[test]
    fn chains_stay_short() {
        let mut calls = Calls::new(&[7; 16]);
        let mut digest = 1u64;
        for place in 0..10_000 {
            digest = digest.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            calls.insert(place, digest);
        }
        let after = |place: u32| calls.links.get(place as usize).map(|link| link.next);
        let length = |head: &u32| std::iter::successors(after(*head), |next| after(*next)).count();
        let longest = calls.heads.iter().map(length).max();
        assert!(longest < Some(12), "{longest:?}");
    }
}

//! The hash of the maps that every message looks into.
//!
//! Keys are names of a few dozen bytes, for which SipHash costs more than the rest of the lookup. This is a folding
//! multiply over words with a secret seed of the process's start: who does not know it cannot choose
//! names that collide.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes hashers; those of one have the same seed.
#[derive(Clone, Debug)]
pub struct Fold {
    seed: u64,
    factor: u64,
}

impl Default for Fold {
    fn default() -> Fold {
        let random = RandomState::new();
        Fold {
            seed: random.hash_one(0u8),
            factor: random.hash_one(1u8) | 1,
        }
    }
}

impl BuildHasher for Fold {
    type Hasher = Folded;

    fn build_hasher(&self) -> Folded {
        Folded {
            factor: self.factor,
            state: self.seed,
        }
    }
}

/// A hash under way.
#[derive(Clone, Debug)]
pub struct Folded {
    factor: u64,
    state: u64,
}

impl Folded {
    fn mix(&mut self, low: u64, high: u64) {
        let product = u128::from(self.state ^ low) * u128::from(self.factor ^ high);
        self.state = (product as u64) ^ ((product >> 64) as u64);
    }
}

fn word(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..at + 8) {
        Some(word) => u64::from_le_bytes(word.try_into().unwrap_or_default()),
        None => 0,
    }
}

fn half(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..at + 4) {
        Some(half) => u32::from_le_bytes(half.try_into().unwrap_or_default()).into(),
        None => 0,
    }
}

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        let len = bytes.len();
        let mut rest = bytes;
        while let Some((chunk, after)) = rest.split_at_checked(16) {
            self.mix(word(chunk, 0), word(chunk, 8));
            rest = after;
        }
        // what is left is read in two words, which overlap where it is shorter
        let left = rest.len();
        let (low, high) = match left {
            0 => (0, 0),
            1..4 => (
                u64::from(rest[0]) << 16 | u64::from(rest[left / 2]) << 8 | u64::from(rest[left - 1]),
                0,
            ),
            4..8 => (half(rest, 0), half(rest, left - 4)),
            _ => (word(rest, 0), word(rest, left - 8)),
        };
        self.mix(low ^ (len as u64).rotate_left(56), high);
    }

    fn write_u8(&mut self, byte: u8) {
        // the 0xff that ends a str is not needed: the length is mixed in above
        if byte != 0xff {
            self.mix(byte.into(), 0);
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(number.into(), 0);
    }

    fn write_u64(&mut self, number: u64) {
        self.mix(number, 0);
    }

    fn write_usize(&mut self, number: usize) {
        self.mix(number as u64, 0);
    }

    fn finish(&self) -> u64 {
        // maps take the upper and the lower bits
        let product = u128::from(self.state) * u128::from(self.factor);
        (product as u64) ^ ((product >> 64) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn like_names_spread_over_all_bits() {
        let fold = Fold::default();
        let names = (0..100_000).map(|n| format!("user{n:06}@example.com").into_bytes());
        let hashes: HashSet<u64> = names.map(|name| fold.hash_one(&name[..])).collect();
        assert!(hashes.len() > 99_990, "{}", hashes.len());
        for shift in [0, 25, 47, 57] {
            let mut counts = [0; 128];
            hashes
                .iter()
                .for_each(|hash| counts[(hash >> shift) as usize & 127] += 1);
            let (least, most) = (counts.iter().min(), counts.iter().max());
            assert!(least > Some(&500) && most < Some(&1_100), "{shift}: {counts:?}");
        }
    }

    #[test]
    fn each_byte_and_the_length_count() {
        let fold = Fold::default();
        for length in 0..70 {
            let name = vec![0u8; length];
            let hash = fold.hash_one(&name[..]);
            assert_ne!(hash, fold.hash_one(&vec![0u8; length + 1][..]));
            for at in 0..length {
                let mut other = name.clone();
                other[at] = 1;
                assert_ne!(hash, fold.hash_one(&other[..]), "{length} {at}");
            }
        }
        assert_ne!(fold.hash_one(1u32), fold.hash_one(2u32));
        assert_ne!(fold.hash_one("a"), fold.hash_one("b"));
        assert_ne!(fold.hash_one(("a", "bc")), fold.hash_one(("ab", "c")));
    }
}

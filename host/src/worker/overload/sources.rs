//! Who sends how many new requests, and how much time answers to each have taken. Only counted while there is
//! more than can be read at once.

use siphasher::sip::SipHasher13;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Places; sources that share one are one. A keyed hash gives each its place, so that nobody can share another's
/// by choice.
const PLACES: usize = 256;
/// What was counted is halved so often.
const HALF: Duration = Duration::from_millis(100);
/// A source is heavy where it sends one in so many of all new requests,
const HEAVY: u32 = 8;
/// and at least so many in twice the time of [`HALF`]: few phones together are no flood.
const LEAST: u32 = 64;

#[derive(Debug)]
pub(super) struct Sources {
    key: [u8; 16],
    places: Box<[Place; PLACES]>,
    turned: Option<Instant>,
    /// From how many on a source is heavy.
    heavy: u32,
    /// What heavy sources send of all, 0 to 1.
    part_of_heavy: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    count: u32,
    /// Seconds that answers took.
    time: f32,
}

impl Sources {
    pub(super) fn new(key: [u8; 16]) -> Sources {
        Sources {
            key,
            places: Box::new([Place::default(); PLACES]),
            turned: None,
            heavy: u32::MAX,
            part_of_heavy: 0.0,
        }
    }

    fn place(&mut self, source: IpAddr) -> &mut Place {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        source.hash(&mut hasher);
        // a remainder of PLACES
        &mut self.places[(hasher.finish() % PLACES as u64) as usize]
    }

    /// Counts a request; whether its source is heavy.
    pub(super) fn count(&mut self, source: IpAddr, now: Instant) -> bool {
        self.turn(now);
        let heavy = self.heavy;
        let place = self.place(source);
        place.count = place.count.saturating_add(1);
        place.count >= heavy
    }

    /// The part of new requests that comes from heavy sources, 0 to 1; 0 where there are none.
    pub(super) fn part_of_heavy(&self) -> f64 {
        self.part_of_heavy
    }

    /// Whether answers to a source have taken less than this part of the time.
    pub(super) fn may_be_answered(&mut self, source: IpAddr, part: f64) -> bool {
        // what is added in each HALF and halved after it comes to twice as much
        f64::from(self.place(source).time) < 2.0 * part * HALF.as_secs_f64()
    }

    /// An answer to a source took so many seconds.
    pub(super) fn paid(&mut self, source: IpAddr, seconds: f64) {
        self.place(source).time += seconds as f32;
    }

    /// Halves what was counted, once for each time that passed.
    fn turn(&mut self, now: Instant) {
        let since = *self.turned.get_or_insert(now);
        let passed = now.saturating_duration_since(since);
        if passed < HALF {
            return;
        }
        // more than 31 leave nothing
        let times = (passed.as_millis() / HALF.as_millis()).min(31) as u32;
        self.turned = Some(now);
        self.halve(times - 1);
        let total = self
            .places
            .iter()
            .fold(0u32, |sum, place| sum.saturating_add(place.count));
        let heavy = (total / HEAVY).max(LEAST);
        let of_heavy = self.places.iter().filter(|place| place.count >= heavy);
        let of_heavy = of_heavy.fold(0u32, |sum, place| sum.saturating_add(place.count));
        self.part_of_heavy = f64::from(of_heavy) / f64::from(total.max(1));
        // a place counts up from its half again: it is compared with half
        self.heavy = if of_heavy > 0 { heavy / 2 } else { u32::MAX };
        self.halve(1);
    }

    fn halve(&mut self, times: u32) {
        for place in self.places.iter_mut() {
            place.count >>= times;
            place.time /= (1u32 << times) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(number: u8) -> IpAddr {
        [192, 0, 2, number].into()
    }

    #[test]
    fn who_sends_most_is_heavy_until_it_stops() {
        let (mut sources, start) = (Sources::new([1; 16]), Instant::now());
        for round in 0..5 {
            let now = start + HALF * round;
            for _ in 0..1000 {
                sources.count(source(1), now);
            }
            for other in 2..52 {
                sources.count(source(other), now);
            }
        }
        let now = start + HALF * 5;
        assert!(sources.count(source(1), now) && sources.part_of_heavy() > 0.9);
        assert!(!sources.count(source(9), now));
        assert!(!sources.count(source(1), now + HALF * 20), "long ago");
        assert_eq!(sources.part_of_heavy(), 0.0);
    }

    #[test]
    fn where_all_send_alike_nobody_is_heavy() {
        let (mut sources, start) = (Sources::new([1; 16]), Instant::now());
        for round in 0..5 {
            for _ in 0..20 {
                for other in 0..100 {
                    sources.count(source(other), start + HALF * round);
                }
            }
        }
        assert!(!(0..100).any(|other| sources.count(source(other), start + HALF * 5)));
        assert_eq!(sources.part_of_heavy(), 0.0);
    }

    #[test]
    fn a_source_gets_its_part_of_the_time() {
        let (mut sources, start) = (Sources::new([1; 16]), Instant::now());
        let (mut spent, rounds) = (0.0, 20);
        for round in 0..rounds {
            sources.count(source(1), start + HALF * round);
            while sources.may_be_answered(source(1), 0.1) {
                sources.paid(source(1), 1e-5);
                spent += 1e-5;
            }
        }
        let part = spent / (HALF * rounds).as_secs_f64();
        assert!((0.09..0.13).contains(&part), "{part}");
        assert!(sources.may_be_answered(source(2), 0.1), "others are not affected");
    }
}

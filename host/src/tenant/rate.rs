//! So much in a second: of things that are counted, and of processor time, which goes into debt.

use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

const SECOND: u64 = 1_000_000_000;

/// How far back anything is looked at: the clock is never below it.
const MINUTE: u64 = 60 * SECOND;

/// Parts of a second that processor time is counted in. The second that is looked at is so many whole ones
/// and the one that has begun.
const PARTS: u64 = 16;
const PART: u64 = SECOND / PARTS;
const RING: usize = PARTS as usize + 1;

/// Of the quota of a second so much more may be used, in hundredths, by what runs or is owed to something that is open:
/// a callback that runs is ended there. With the tick that passes until it is, these are the 20 % by which a tenant may
/// exceed its quota in one second; in longer times it is less.
const OVER: u64 = 12;
/// Processor time may be used up to so much before it is there: of what a second brings the half.
const SAVED: u64 = SECOND / 2;
/// What is owed to something open begins up to here.
const GOES_ON: u64 = OVER / 2;

/// So many in a time, as many at once. It is the time up to which what was taken has been paid for.
#[derive(Debug, Default)]
pub(super) struct Rate(AtomicU64);

impl Rate {
    /// Takes so many of so many a second; false, and nothing is taken, where they are not there.
    pub(super) fn take(&self, rate: u64, count: u64, now: Instant) -> bool {
        self.take_of(SECOND, rate, count, now).is_ok()
    }

    /// Takes one of so many a minute.
    ///
    /// # Errors
    /// When there will be one again.
    pub(super) fn take_of_minute(&self, rate: u64, now: Instant) -> Result<(), Duration> {
        self.take_of(MINUTE, rate, 1, now)
    }

    fn take_of(&self, time: u64, rate: u64, count: u64, now: Instant) -> Result<(), Duration> {
        if rate == 0 {
            return Err(Duration::from_nanos(time));
        }
        let (price, now) = (price(time, count, rate), clock(now));
        let next = |paid: u64| paid.max(now - time).saturating_add(price);
        let taken = self
            .0
            .fetch_update(Relaxed, Relaxed, |paid| Some(next(paid)).filter(|next| *next <= now));
        match taken {
            Ok(_) => Ok(()),
            Err(paid) => Err(Duration::from_nanos(next(paid).saturating_sub(now))),
        }
    }
}

/// Processor time: taken after it was used, whether it was there or not.
///
/// Two things are looked at. What is owed, as in [`Rate`]: half of a second's quota may be used in one piece, so that
/// neither calls that come together nor one that took long, for whatever the machine did meanwhile, cost a request; what
/// was more is paid off, however long that takes. And what the last second has seen: no more than its quota.
#[derive(Debug, Default)]
pub(super) struct Account {
    paid: AtomicU64,
    seen: [Part; RING],
    nanos: AtomicU64,
}

/// What was used in a part of a second: its number in the upper half, the time in steps of 16 ns in the lower.
#[derive(Debug, Default)]
struct Part(AtomicU64);

const STEP: u32 = 4;

impl Part {
    fn add(&self, number: u64, used: u64) {
        let used = u32::try_from(used >> STEP).unwrap_or(u32::MAX);
        let _ = self.0.fetch_update(Relaxed, Relaxed, |before| {
            let before = if before >> 32 == number { before as u32 } else { 0 };
            Some(number << 32 | u64::from(before.saturating_add(used)))
        });
    }

    /// 0 where it is of another time.
    fn of(&self, number: u64) -> u64 {
        let value = self.0.load(Relaxed);
        if value >> 32 == number {
            u64::from(value as u32) << STEP
        } else {
            0
        }
    }
}

/// The number of a part of a second; 32 bits of 62.5 ms are eight years.
fn number(clock: u64) -> u64 {
    (clock / PART) & u64::from(u32::MAX)
}

impl Account {
    /// Takes what was used of so much a second.
    pub(super) fn charge(&self, used: Duration, rate: Duration, now: Instant) {
        let used = nanos(used);
        self.nanos.fetch_add(used, Relaxed);
        let (price, now) = (price(SECOND, used, nanos(rate)), clock(now));
        let _ = self.paid.fetch_update(Relaxed, Relaxed, |paid| {
            Some(paid.max(now - SAVED).saturating_add(price))
        });
        let number = number(now);
        self.seen[number as usize % RING].add(number, used);
    }

    /// How long nothing new may begin.
    pub(super) fn owes(&self, rate: Duration, now: Instant) -> Option<Duration> {
        let now = clock(now);
        let debt = self.paid.load(Relaxed).saturating_sub(now);
        let wait = debt.max(self.full(nanos(rate), now));
        (wait > 0).then(|| Duration::from_nanos(wait))
    }

    /// Whether what is owed to something open may begin.
    pub(super) fn may_go_on(&self, rate: Duration, now: Instant) -> bool {
        !self.exceeds(GOES_ON, rate, now)
    }

    /// Whether what runs is to end.
    pub(super) fn is_spent(&self, rate: Duration, now: Instant) -> bool {
        self.exceeds(OVER, rate, now)
    }

    /// Whether so many hundredths of a second's quota were used beyond it.
    fn exceeds(&self, hundredths: u64, rate: Duration, now: Instant) -> bool {
        let (now, rate) = (clock(now), nanos(rate));
        let more = |of: u64| of.saturating_add(of / 100 * hundredths);
        self.paid.load(Relaxed) > now + more(SECOND) - SECOND || self.seen(now) > more(rate)
    }

    /// What the last second has seen.
    fn seen(&self, now: u64) -> u64 {
        self.parts(now).map(|(_, used)| used).sum()
    }

    /// The numbers of the parts of the last second with what was used in them, the oldest first.
    fn parts(&self, now: u64) -> impl Iterator<Item = (u64, u64)> {
        let last = number(now);
        (last.saturating_sub(PARTS)..=last).map(|number| (number, self.seen[number as usize % RING].of(number)))
    }

    /// How long until the last second has seen less than this; 0 where it has.
    fn full(&self, rate: u64, now: u64) -> u64 {
        let mut seen = self.seen(now);
        let mut parts = self.parts(now);
        let mut wait = 0;
        while seen >= rate.max(1) {
            let Some((of, used)) = parts.next() else { break };
            seen = seen.saturating_sub(used);
            // it is looked at until the part after the next whole second has begun
            wait = (of + PARTS + 1).saturating_mul(PART).saturating_sub(now);
        }
        wait
    }

    /// All that was ever used.
    pub(super) fn total(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Relaxed))
    }
}

/// The time that so many take where this time brings `rate`.
fn price(time: u64, count: u64, rate: u64) -> u64 {
    let price = u128::from(count) * u128::from(time) / u128::from(rate.max(1));
    u64::try_from(price).unwrap_or(u64::MAX)
}

/// Nanoseconds of some clock, one minute at least. 64 bits are 584 years.
fn clock(now: Instant) -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    nanos(now.saturating_duration_since(*START)).saturating_add(MINUTE)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept_and_comes_back() {
        let (rate, begun) = (Rate::default(), Instant::now() + Duration::from_secs(1));
        let taken = |after: u64| {
            let now = begun + Duration::from_millis(after);
            (0..1000).filter(|_| rate.take(100, 1, now)).count()
        };
        assert_eq!(taken(0), 100);
        assert_eq!(taken(0), 0);
        assert_eq!(taken(500), 50);
        assert_eq!(taken(10_000), 100, "what was not used does not pile up");
        let later = begun + Duration::from_secs(20);
        assert!(!rate.take(100, 101, later) && rate.take(100, 60, later) && !rate.take(100, 60, later));
    }

    /// Two workers, whose callbacks never end by themselves, with ticks of 1 ms: what they use in each second,
    /// and in all.
    #[test]
    fn what_never_ends_stays_within_its_processor_time() {
        let quota = Duration::from_millis(100);
        let (account, begun) = (Account::default(), Instant::now());
        let tick = Duration::from_millis(1);
        let (mut running, mut used) = ([false; 2], Vec::new());
        for ms in 0..10_000u32 {
            let now = begun + tick * ms;
            let mut in_this = Duration::ZERO;
            for runs in &mut running {
                *runs = match *runs {
                    true => !account.is_spent(quota, now),
                    // a request is always there, and so is what goes on
                    false => account.owes(quota, now).is_none() || ms % 3 == 0 && account.may_go_on(quota, now),
                };
                if *runs {
                    account.charge(tick, quota, now + tick);
                    in_this += tick;
                }
            }
            used.push(in_this);
        }
        let worst = used.windows(1000).map(|second| second.iter().sum::<Duration>()).max();
        assert!(worst.expect("ten seconds") <= quota * 12 / 10, "{worst:?}");
        let all: Duration = used.iter().sum();
        assert_eq!(all, account.total());
        // half of a second's worth was there when it began
        assert!(all <= quota * 107 / 10 && all >= quota * 9, "{all:?}");
    }

    /// Whatever the machine did while a callback ran, one that had used nothing is not refused.
    #[test]
    fn half_of_a_second_may_be_used_at_once() {
        let (account, quota) = (Account::default(), Duration::from_millis(150));
        let begun = Instant::now() + Duration::from_secs(5);
        let at = |ms: u64| begun + Duration::from_millis(ms);
        account.charge(Duration::from_millis(40), quota, at(0));
        assert_eq!(account.owes(quota, at(0)), None);
        account.charge(Duration::from_millis(30), quota, at(100));
        assert_eq!(account.owes(quota, at(100)), None);
        account.charge(Duration::from_millis(50), quota, at(200));
        // 120 ms of 150: 300 ms before they are there
        let wait = account.owes(quota, at(200)).expect("it is used up");
        assert!(
            wait > Duration::from_millis(99) && wait <= Duration::from_millis(100),
            "{wait:?}"
        );
        assert_eq!(account.owes(quota, at(300)), None);
        account.charge(Duration::from_millis(31), quota, at(450));
        assert!(account.may_go_on(quota, at(450)), "what is open goes on");
        // paid for after half of it, and yet the second has seen all that it may
        let wait = account.owes(quota, at(600)).expect("it is used up");
        assert!(
            wait > Duration::from_millis(400) && wait <= Duration::from_millis(470),
            "{wait:?}"
        );
        assert_eq!(
            account.owes(quota, at(600) + wait),
            None,
            "what was used first is a second ago"
        );
        account.charge(Duration::from_millis(20), quota, at(700));
        assert!(account.is_spent(quota, at(700)) && !account.may_go_on(quota, at(700)));
    }

    #[test]
    fn a_debt_is_paid_off_by_time() {
        let (account, now) = (Account::default(), Instant::now() + Duration::from_secs(1));
        let (second, tenth) = (Duration::from_secs(1), Duration::from_millis(100));
        let later = |tenths: u32| now + tenth * tenths;
        account.charge(second, tenth, now);
        assert!(account.is_spent(tenth, now) && !account.may_go_on(tenth, now));
        // half of a second's worth was there
        assert!(
            account
                .owes(tenth, later(20))
                .is_some_and(|wait| wait > tenth * 74 && wait <= tenth * 75)
        );
        assert!(!account.is_spent(tenth, later(95)));
        assert_eq!(account.owes(tenth, later(95)), None);
        account.charge(second * 100, second, later(95));
        assert!(account.owes(second, later(95)).is_some_and(|wait| wait > second * 98));
    }

    #[test]
    fn some_in_a_minute() {
        let (rate, begun) = (Rate::default(), Instant::now() + Duration::from_secs(1));
        let take = |seconds: u64| rate.take_of_minute(10, begun + Duration::from_secs(seconds));
        assert_eq!((0..10).filter(|_| take(0).is_ok()).count(), 10);
        assert_eq!(take(1), Err(Duration::from_secs(5)));
        assert_eq!(take(6), Ok(()));
        assert!(take(6).is_err());
        assert_eq!(
            (0..20).filter(|_| take(600).is_ok()).count(),
            10,
            "what was not used does not pile up"
        );
    }
}

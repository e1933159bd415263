//! So much in a second: of things that are counted, and of processor time, which goes into debt.

use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

const SECOND: u64 = 1_000_000_000;

/// Processor time may be used up to so much before it is there: of what a second brings 6 %, so that calls that
/// come together are all served.
const SAVED: u64 = SECOND * 6 / 100;
/// And so much may be owed: a callback that runs is ended there. Both together, and the tick that passes until
/// a callback is ended, are the 20 % by which a tenant may exceed its quota in one second; in longer times it is
/// less.
const OWED: u64 = SECOND * 12 / 100;
/// What is owed to something open begins up to here.
const GOES_ON: u64 = OWED / 2;

/// So many in a second, as many at once. It is the time up to which what was taken has been paid for.
#[derive(Debug, Default)]
pub(super) struct Rate(AtomicU64);

impl Rate {
    /// Takes so many; false, and nothing is taken, where they are not there.
    pub(super) fn take(&self, rate: u64, count: u64, now: Instant) -> bool {
        let (price, now) = (price(count, rate), clock(now));
        let taken = self.0.fetch_update(Relaxed, Relaxed, |paid| {
            let next = paid.max(now - SECOND).saturating_add(price);
            (next <= now).then_some(next)
        });
        taken.is_ok()
    }
}

/// Processor time: taken after it was used, whether it was there or not.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// As in [`Rate`].
    paid: AtomicU64,
    nanos: AtomicU64,
}

impl Account {
    /// Takes what was used of so much a second.
    pub(super) fn charge(&self, used: Duration, rate: Duration, now: Instant) {
        let used = nanos(used);
        self.nanos.fetch_add(used, Relaxed);
        let (price, now) = (price(used, nanos(rate)), clock(now));
        let _ = self.paid.fetch_update(Relaxed, Relaxed, |paid| {
            Some(paid.max(now - SAVED).saturating_add(price))
        });
    }

    /// How long it is in debt.
    pub(super) fn owes(&self, now: Instant) -> Option<Duration> {
        let wait = self.paid.load(Relaxed).saturating_sub(clock(now));
        (wait > 0).then(|| Duration::from_nanos(wait))
    }

    /// Whether what is owed to something open may begin.
    pub(super) fn may_go_on(&self, now: Instant) -> bool {
        self.paid.load(Relaxed) <= clock(now) + GOES_ON
    }

    /// Whether what runs is to end.
    pub(super) fn is_spent(&self, now: Instant) -> bool {
        self.paid.load(Relaxed) > clock(now) + OWED
    }

    /// All that was ever used.
    pub(super) fn total(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Relaxed))
    }
}

/// The time that so many of a rate take.
fn price(count: u64, rate: u64) -> u64 {
    let price = u128::from(count) * u128::from(SECOND) / u128::from(rate.max(1));
    u64::try_from(price).unwrap_or(u64::MAX)
}

/// Nanoseconds of some clock, one second at least. 64 bits are 584 years.
fn clock(now: Instant) -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    nanos(now.saturating_duration_since(*START)).saturating_add(SECOND)
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
                    true => !account.is_spent(now),
                    // a request is always there, and so is what goes on
                    false => account.owes(now).is_none() || ms % 3 == 0 && account.may_go_on(now),
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
        assert!(all <= quota * 105 / 10 && all >= quota * 9, "{all:?}");
    }

    #[test]
    fn a_debt_is_paid_off_by_time() {
        let (account, now) = (Account::default(), Instant::now());
        let second = Duration::from_secs(1);
        account.charge(Duration::from_millis(1), second, now);
        assert_eq!(account.owes(now), None);
        account.charge(Duration::from_millis(150), second, now);
        assert!(!account.is_spent(now) && !account.may_go_on(now));
        assert!(account.may_go_on(now + Duration::from_millis(50)));
        assert!(account.owes(now).is_some_and(|wait| wait < Duration::from_millis(100)));
        assert_eq!(account.owes(now + Duration::from_millis(100)), None);
        account.charge(second * 100, second, now);
        assert!(account.is_spent(now) && !account.may_go_on(now));
        assert!(account.owes(now).is_some_and(|wait| wait > second * 99));
    }
}

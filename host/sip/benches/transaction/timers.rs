//! Timers among few and many: what setting and cancelling one costs must not depend on how many there are.

use crate::bench::{Bench, measured};
use kemist_sip::transaction::{BranchTimeouts, TransactionId};
use std::time::Duration;

/// Timers that are set and cancelled.
const SAMPLE: usize = 100;
const TIMES: usize = 500;

/// A bench with this many ringing calls, each with its Timer C, after it was measured.
pub fn timers(open: usize) -> Bench {
    let mut bench = Bench::new();
    let mut ids = Vec::with_capacity(open);
    for _ in 0..open {
        ids.push(bench.ring());
        bench.now += Duration::from_micros(100);
    }
    let sample: Vec<TransactionId> = ids.into_iter().step_by(open / SAMPLE).take(SAMPLE).collect();
    // each is earlier than the one before, so that the queue has to take it; then later again: the earlier one
    // is cancelled
    let (mut set, mut cancel) = (Duration::MAX, Duration::MAX);
    for n in 0..TIMES as u64 {
        let earlier = Duration::from_secs(80_000) - Duration::from_millis(n);
        set = set.min(all_to(&mut bench, &sample, earlier));
        cancel = cancel.min(all_to(&mut bench, &sample, Duration::from_secs(86_400)));
    }
    let each = |time: Duration| time.as_nanos() / SAMPLE as u128;
    println!("among {open} timers: set {} ns, cancel {} ns", each(set), each(cancel));
    bench
}

fn all_to(bench: &mut Bench, ids: &[TransactionId], fr_inv: Duration) -> Duration {
    let timeouts = BranchTimeouts {
        fr: None,
        fr_inv: Some(fr_inv),
    };
    let now = bench.now;
    let set = || ids.iter().for_each(|id| bench.layer.set_timeouts(*id, timeouts, now));
    measured(set).1
}

//! A worker in virtual time: datagrams come at given rates, reading and serving take what they take.

use super::*;
use std::collections::VecDeque;

/// Datagrams that a socket's buffer holds, and that one batch reads.
const ROOM: usize = 6_500;
const BATCH: usize = 64;
/// What one message costs besides what it asks for, and what a 503 does.
const READ: Duration = Duration::from_nanos(1_500);
const REFUSAL: Duration = Duration::from_nanos(4_000);

const TRUNK: u16 = 0;
const SECOND: Duration = Duration::from_secs(1);

/// With a target that is missed soon.
fn soon() -> Limits {
    Limits {
        target: Duration::from_millis(100),
        ..Limits::default()
    }
}

/// Somebody who sends.
#[derive(Clone, Copy)]
struct Sender {
    /// Messages a second.
    rate: u64,
    kind: Kind,
    /// How many sources these come from; 1: [`TRUNK`] or its like.
    sources: u16,
    first: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    New,
    Urgent,
    InDialog,
}

/// What became of the messages of one sender.
#[derive(Clone, Copy, Debug, Default)]
struct Fate {
    sent: u64,
    lost: u64,
    served: u64,
    refused: u64,
    dropped: u64,
    longest: Duration,
}

impl Fate {
    fn share_served(&self) -> f64 {
        self.served as f64 / self.sent.max(1) as f64
    }
}

struct World {
    overload: Overload,
    start: Instant,
    now: Instant,
    /// What serving a message costs.
    serve: Duration,
    /// When it came, who sent it and which of these senders that is, if any; the number of its call.
    queue: VecDeque<(Instant, Sender, Option<usize>, u64)>,
    seed: u64,
    calls: u64,
    fates: Vec<Fate>,
}

impl World {
    fn new(serve_micros: u64) -> World {
        let start = Instant::now();
        let mut overload = Overload::new(soon(), [3; 16], start);
        overload.reader();
        World {
            overload,
            start,
            now: start,
            serve: Duration::from_micros(serve_micros),
            queue: VecDeque::new(),
            seed: 1,
            calls: 0,
            fates: Vec::new(),
        }
    }

    /// Messages that it could serve in a second.
    fn capacity(&self) -> u64 {
        (1.0 / (READ + self.serve).as_secs_f64()) as u64
    }

    fn random(&mut self) -> f64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((self.seed >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// These send for some time; what became of each one's messages.
    fn run(&mut self, time: Duration, senders: &[Sender]) -> Vec<Fate> {
        self.fates = vec![Fate::default(); senders.len()];
        self.queue.iter_mut().for_each(|(_, _, at, _)| *at = None);
        let end = self.now + time;
        let mut next: Vec<Instant> = senders.iter().map(|_| self.now).collect();
        while self.now < end {
            self.arrive(senders, &mut next);
            if self.queue.is_empty() {
                let soonest = next.iter().copied().min().unwrap_or(end);
                self.now = soonest.max(self.now).min(end);
                if self.now >= end {
                    break;
                }
                continue;
            }
            self.batch(senders, &mut next);
        }
        self.fates.clone()
    }

    fn arrive(&mut self, senders: &[Sender], next: &mut [Instant]) {
        loop {
            let due = (0..senders.len()).filter(|at| next[*at] <= self.now);
            let Some(at) = due.min_by_key(|at| next[*at]) else {
                break;
            };
            self.fates[at].sent += 1;
            self.calls += 1;
            if self.queue.len() < ROOM {
                self.queue.push_back((next[at], senders[at], Some(at), self.calls));
            } else {
                self.fates[at].lost += 1;
            }
            // as many at random moments
            let gap = -self.random().ln() / senders[at].rate as f64;
            next[at] += Duration::from_secs_f64(gap);
        }
    }

    fn batch(&mut self, senders: &[Sender], next: &mut [Instant]) {
        let mut full = true;
        for _ in 0..BATCH {
            self.arrive(senders, next);
            let Some((came, sender, at, call)) = self.queue.pop_front() else {
                full = false;
                break;
            };
            self.overload.begins(0, self.now);
            self.message(came, at, &sender, call);
        }
        self.overload.ended(0, full, self.now);
    }

    fn message(&mut self, came: Instant, at: Option<usize>, sender: &Sender, call: u64) {
        let waited = self.now - came;
        self.now += READ;
        let place = sender.first + (call % u64::from(sender.sources)) as u16;
        let source = IpAddr::from([10, 0, (place >> 8) as u8, place as u8]);
        let verdict = match self.overload.is_watching() && sender.kind != Kind::InDialog {
            false => Verdict::Serve,
            true => self.overload.decide(
                New {
                    source,
                    call_id: &call.to_le_bytes(),
                    repeated: false,
                },
                || sender.kind == Kind::Urgent,
                self.now,
            ),
        };
        let mut earlier = Fate::default();
        let fate = at.map_or(&mut earlier, |at| &mut self.fates[at]);
        fate.longest = fate.longest.max(waited);
        match verdict {
            Verdict::Serve => {
                fate.served += 1;
                self.now += self.serve;
            }
            Verdict::Refuse(after) => {
                assert!((2..=4).contains(&after), "{after}");
                fate.refused += 1;
                self.now += REFUSAL;
                self.overload.paid(source, REFUSAL);
            }
            Verdict::Drop => fate.dropped += 1,
        }
    }
}

fn trunk(rate: u64) -> Sender {
    Sender {
        rate,
        kind: Kind::New,
        sources: 1,
        first: TRUNK,
    }
}

fn phones(rate: u64) -> Sender {
    Sender {
        rate,
        kind: Kind::New,
        sources: 2_000,
        first: 1_000,
    }
}

fn dialogs(rate: u64) -> Sender {
    Sender {
        kind: Kind::InDialog,
        ..phones(rate)
    }
}

#[test]
fn nobody_is_refused_at_nine_tenths_nor_in_a_burst() {
    let mut world = World::new(20);
    let capacity = world.capacity();
    let [fate] = world.run(SECOND * 10, &[trunk(capacity * 9 / 10)])[..] else {
        panic!()
    };
    assert_eq!((fate.refused + fate.dropped, fate.lost), (0, 0));
    // 40 ms of work come within 2 ms
    let [burst] = world.run(SECOND / 500, &[trunk(capacity * 20)])[..] else {
        panic!()
    };
    assert!(burst.sent > 1_500);
    let rest = world.queue.len() as u64;
    let [fate] = world.run(SECOND, &[trunk(capacity / 3)])[..] else {
        panic!()
    };
    assert_eq!(
        fate.refused + fate.dropped + burst.refused + burst.dropped,
        0,
        "{rest} waited"
    );
}

#[test]
fn three_times_too_much_from_one_source() {
    for (serve, least) in [(75, 0.7), (20, 0.55), (6, 0.2)] {
        let mut world = World::new(serve);
        let capacity = world.capacity();
        let load = [trunk(capacity * 3), dialogs(capacity / 50)];
        world.run(SECOND / 2, &load);
        let [new, open] = world.run(SECOND * 5, &load)[..] else {
            panic!()
        };
        println!("{serve} us: {capacity}/s: {new:?} {open:?}");
        assert_eq!((open.refused, open.lost), (0, 0), "what is open goes on");
        assert_eq!(new.lost, 0, "{serve} us: all is read");
        let goodput = new.served as f64 / (5.0 * capacity as f64);
        assert!(goodput > least, "{serve} us: {goodput}");
        assert!(new.refused > 0);
        let longest = new.longest.max(open.longest);
        assert!(longest < Duration::from_millis(100), "{serve} us: {longest:?}");
    }
}

#[test]
fn phones_are_served_beside_a_flood() {
    let mut world = World::new(20);
    let capacity = world.capacity();
    let load = [trunk(capacity * 4), phones(capacity / 4)];
    world.run(SECOND / 2, &load);
    let [flood, phones] = world.run(SECOND * 5, &load)[..] else {
        panic!()
    };
    println!("{flood:?} {phones:?}");
    assert!(phones.share_served() > 0.95, "{phones:?}");
    assert!(
        flood.share_served() < 0.2 && flood.dropped > 0 && flood.refused > 0,
        "{flood:?}"
    );
}

#[test]
fn many_phones_at_once_get_503s() {
    let mut world = World::new(20);
    let capacity = world.capacity();
    world.run(SECOND / 2, &[phones(capacity * 3)]);
    let [fate] = world.run(SECOND * 5, &[phones(capacity * 3)])[..] else {
        panic!()
    };
    println!("{fate:?}");
    assert!(fate.served as f64 > 0.5 * 5.0 * capacity as f64, "{fate:?}");
    assert!(fate.refused > fate.dropped, "{fate:?}");
    assert_eq!(fate.lost, 0);
}

#[test]
fn emergencies_go_on() {
    let mut world = World::new(20);
    let capacity = world.capacity();
    let urgent = Sender {
        kind: Kind::Urgent,
        ..phones(100)
    };
    let load = [phones(capacity * 3), trunk(capacity), urgent];
    world.run(SECOND / 2, &load);
    let fates = world.run(SECOND * 5, &load);
    let Fate {
        lost, refused, dropped, ..
    } = fates[2];
    assert_eq!((lost, refused, dropped), (0, 0, 0), "{fates:?}");
}

#[test]
fn it_comes_back_within_a_second() {
    for senders in [
        vec![trunk(400_000)],
        vec![phones(400_000)],
        vec![trunk(300_000), phones(300_000)],
    ] {
        let mut world = World::new(20);
        world.run(SECOND * 3, &senders);
        assert!(world.overload.level > 0.3);
        let usual = [phones(world.capacity() / 3)];
        world.run(SECOND * 9 / 10, &usual);
        let [after] = world.run(SECOND, &usual)[..] else {
            panic!()
        };
        assert_eq!(after.refused + after.dropped + after.lost, 0, "{after:?}");
        // and without a single message
        world.run(SECOND * 3, &senders);
        world.queue.clear();
        world.overload.ended(0, false, world.now);
        world.overload.look(world.now + SECOND);
        assert!(!world.overload.is_watching());
    }
}

#[test]
fn a_call_fares_alike_and_nobody_is_refused_for_ever() {
    let start = Instant::now();
    let mut overload = Overload::new(soon(), [3; 16], start);
    overload.level = 0.5;
    let mut ask = |call: u32, repeated: bool, now: Instant| {
        overload.level = 0.5;
        overload.allowance = 1.0;
        let new = New {
            source: [192, 0, 2, 1].into(),
            call_id: &call.to_le_bytes(),
            repeated,
        };
        overload.decide(new, || false, now)
    };
    let served = (0..1000)
        .filter(|call| ask(*call, false, start) == Verdict::Serve)
        .collect::<Vec<_>>();
    assert!((400..600).contains(&served.len()), "{}", served.len());
    for call in 0..1000 {
        let again = ask(call, false, start + SECOND * 4) == Verdict::Serve;
        assert_eq!(again, served.contains(&call), "a retransmission");
        let repeated = ask(call, true, start + SECOND) == Verdict::Serve;
        assert!(repeated || !again, "with credentials");
    }
    let now_and_then =
        (0..1000).filter(|call| (0..20).any(|n| ask(*call, false, start + SECOND * 33 * n) == Verdict::Serve));
    assert!(now_and_then.count() > 990);
}

#[test]
fn a_socket_that_is_read_empty_says_nothing_of_another() {
    let start = Instant::now();
    let mut overload = Overload::new(soon(), [3; 16], start);
    let (flooded, quiet) = (overload.reader(), overload.reader());
    let mut now = start;
    for _ in 0..200 {
        overload.begins(flooded, now);
        now += Duration::from_millis(1);
        overload.ended(flooded, true, now);
        overload.begins(quiet, now);
        overload.ended(quiet, false, now);
    }
    assert!(overload.level > 0.5, "{}", overload.level);
}

#[test]
fn a_long_rest_is_no_wait() {
    let start = Instant::now();
    let mut overload = Overload::new(soon(), [3; 16], start);
    let reader = overload.reader();
    overload.ended(reader, false, start);
    let later = start + SECOND * 60;
    overload.begins(reader, later);
    overload.ended(reader, true, later + Duration::from_millis(2));
    assert_eq!(overload.level, 0.0);
    assert!(overload.is_watching(), "it counts who sends what");
}

#[test]
fn it_can_be_switched_off_and_be_silent() {
    let start = Instant::now();
    let limits = Limits {
        enabled: false,
        ..soon()
    };
    let mut overload = Overload::new(limits, [3; 16], start);
    overload.reader();
    overload.ended(0, true, start);
    overload.level = 1.0;
    assert!(!overload.is_watching());
    let limits = Limits {
        refusals: 0.0,
        ..soon()
    };
    let mut world = World::new(20);
    world.overload = Overload::new(limits, [3; 16], world.start);
    world.overload.reader();
    let [fate] = world.run(SECOND * 2, &[trunk(200_000)])[..] else {
        panic!()
    };
    assert!(fate.refused == 0 && fate.dropped > 0, "{fate:?}");
}

//! The counters as Kamailio groups and names them, summed over threads.

use super::shared::{Counter, Counters};
use kemist_sip::Method;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Blocks of counters; threads share one where there are more of them.
const BLOCKS: usize = 16;

/// `core:rcv_requests_...`: the methods that are counted by name.
const METHODS: [(Method, &str, &str); 14] = [
    (Method::Invite, "rcv_requests_invite", "INVITE"),
    (Method::Cancel, "rcv_requests_cancel", "CANCEL"),
    (Method::Ack, "rcv_requests_ack", "ACK"),
    (Method::Bye, "rcv_requests_bye", "BYE"),
    (Method::Info, "rcv_requests_info", "INFO"),
    (Method::Register, "rcv_requests_register", "REGISTER"),
    (Method::Subscribe, "rcv_requests_subscribe", "SUBSCRIBE"),
    (Method::Notify, "rcv_requests_notify", "NOTIFY"),
    (Method::Message, "rcv_requests_message", "MESSAGE"),
    (Method::Options, "rcv_requests_options", "OPTIONS"),
    (Method::Prack, "rcv_requests_prack", "PRACK"),
    (Method::Update, "rcv_requests_update", "UPDATE"),
    (Method::Refer, "rcv_requests_refer", "REFER"),
    (Method::Publish, "rcv_requests_publish", "PUBLISH"),
];

/// `core:rcv_replies_...`: by class, and those that are counted besides.
const REPLIES: [(&str, &str); 12] = [
    ("rcv_replies_1xx", "1xx"),
    ("rcv_replies_2xx", "2xx"),
    ("rcv_replies_3xx", "3xx"),
    ("rcv_replies_4xx", "4xx"),
    ("rcv_replies_5xx", "5xx"),
    ("rcv_replies_6xx", "6xx"),
    ("rcv_replies_18x", "18x"),
    ("rcv_replies_401", "401"),
    ("rcv_replies_404", "404"),
    ("rcv_replies_407", "407"),
    ("rcv_replies_480", "480"),
    ("rcv_replies_486", "486"),
];

/// `sl:..._replies`: the codes that have a counter of their own, and the classes of all others.
const STATELESS: [(u16, &str, &str); 19] = [
    (200, "200_replies", "200"),
    (202, "202_replies", "202"),
    (300, "300_replies", "300"),
    (301, "301_replies", "301"),
    (302, "302_replies", "302"),
    (400, "400_replies", "400"),
    (401, "401_replies", "401"),
    (403, "403_replies", "403"),
    (404, "404_replies", "404"),
    (407, "407_replies", "407"),
    (408, "408_replies", "408"),
    (483, "483_replies", "483"),
    (500, "500_replies", "500"),
    (1, "1xx_replies", "1xx"),
    (2, "2xx_replies", "2xx"),
    (3, "3xx_replies", "3xx"),
    (4, "4xx_replies", "4xx"),
    (5, "5xx_replies", "5xx"),
    (6, "6xx_replies", "6xx"),
];

/// Counters that belong together, by their place in the tables above.
#[derive(Debug, Default)]
pub(super) struct Grouped {
    methods: [Counter; METHODS.len()],
    replies: [Counter; REPLIES.len()],
    stateless: [Counter; STATELESS.len()],
}

/// One counter, summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistic {
    /// Kamailio's group, `kemist` for what it does not have.
    pub group: &'static str,
    /// Its name, Kamailio's where it has one.
    pub name: &'static str,
    /// The word that tells it from its like, for a label: a method, a code, a class. Empty for none.
    pub kind: &'static str,
    /// What it counts; empty where `kind` says so.
    pub about: &'static str,
    /// The count.
    pub value: u64,
}

/// The counters of the process. Each thread adds to a block of its own, so that workers do not wait for one
/// another's cache lines; `stats.sent.inc()` adds to that of the thread it is called on.
#[derive(Debug)]
pub struct Stats {
    blocks: Box<[Counters]>,
}

impl Default for Stats {
    fn default() -> Stats {
        Stats {
            blocks: (0..BLOCKS).map(|_| Counters::default()).collect(),
        }
    }
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static BLOCK: usize = NEXT.fetch_add(1, Ordering::Relaxed) % BLOCKS;
}

impl Deref for Stats {
    type Target = Counters;

    fn deref(&self) -> &Counters {
        // there are BLOCKS, and a thread that ends has counted
        &self.blocks[BLOCK.try_with(|block| *block).unwrap_or(0)]
    }
}

impl Stats {
    /// Names and values.
    pub fn all(&self) -> Vec<(&'static str, u64)> {
        self.statistics().into_iter().map(|s| (s.name, s.value)).collect()
    }

    /// All counters with their groups.
    pub fn statistics(&self) -> Vec<Statistic> {
        let mut sums = [0; Counters::NAMES.len()];
        for block in &self.blocks {
            let values = block.values();
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
        let plain = Counters::NAMES
            .iter()
            .zip(sums)
            .map(|(&(name, about), value)| Statistic {
                group: group_of(name),
                name,
                kind: "",
                about,
                value,
            });
        let grouped = |group, name, kind, value| Statistic {
            group,
            name,
            kind,
            about: "",
            value,
        };
        let sum = |of: &dyn Fn(&Grouped) -> u64| self.blocks.iter().map(|block| of(&block.grouped)).sum();
        let methods = METHODS.iter().enumerate();
        let methods = methods.map(|(i, m)| grouped("core", m.1, m.2, sum(&|g| g.methods[i].get())));
        let replies = REPLIES.iter().enumerate();
        let replies = replies.map(|(i, r)| grouped("core", r.0, r.1, sum(&|g| g.replies[i].get())));
        let stateless = STATELESS.iter().enumerate();
        let stateless = stateless.map(|(i, s)| grouped("sl", s.1, s.2, sum(&|g| g.stateless[i].get())));
        plain.chain(methods).chain(replies).chain(stateless).collect()
    }
}

impl Counters {
    /// A request came in.
    pub fn request(&self, method: Method) {
        self.rcv_requests.inc();
        if let Some(place) = METHODS.iter().position(|(of, ..)| *of == method) {
            self.grouped.methods[place].inc();
        }
    }

    /// A reply came in.
    pub fn reply(&self, code: u16) {
        self.rcv_replies.inc();
        let replies = &self.grouped.replies;
        if let Some(class) = replies[..6].get(usize::from(code / 100).wrapping_sub(1)) {
            class.inc();
        }
        let besides = match code {
            180..190 => 6,
            401 => 7,
            404 => 8,
            407 => 9,
            480 => 10,
            486 => 11,
            _ => return,
        };
        replies[besides].inc();
    }

    /// A reply went out without a transaction.
    pub fn stateless(&self, code: u16) {
        let of = |wanted: u16| STATELESS.iter().position(|(code, ..)| *code == wanted);
        if let Some(place) = of(code).or_else(|| of(code / 100)) {
            self.grouped.stateless[place].inc();
        }
    }
}

fn group_of(name: &str) -> &'static str {
    match name {
        "rcv_requests" | "rcv_replies" => "core",
        "accepted_regs" | "rejected_regs" => "registrar",
        _ => "kemist",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_count_apart_and_are_summed() {
        let stats = Stats::default();
        std::thread::scope(|scope| {
            for _ in 0..40 {
                scope.spawn(|| (0..1000).for_each(|_| stats.request(Method::Invite)));
            }
        });
        let value = |name| stats.all().iter().find(|(of, _)| *of == name).map(|(_, value)| *value);
        assert_eq!(value("rcv_requests"), Some(40_000));
        assert_eq!(value("rcv_requests_invite"), Some(40_000));
        assert_eq!(value("rcv_requests_bye"), Some(0));
    }

    #[test]
    fn replies_are_counted_by_class_and_code() {
        let stats = Stats::default();
        [183, 200, 404, 486, 699, 99, 700]
            .into_iter()
            .for_each(|code| stats.reply(code));
        [200, 404, 486, 100, 603, 0, 999]
            .into_iter()
            .for_each(|code| stats.stateless(code));
        let counted: Vec<_> = stats.all().into_iter().filter(|(_, value)| *value > 0).collect();
        let expected = [
            ("rcv_replies", 7),
            ("rcv_replies_1xx", 1),
            ("rcv_replies_2xx", 1),
            ("rcv_replies_4xx", 2),
            ("rcv_replies_6xx", 1),
            ("rcv_replies_18x", 1),
            ("rcv_replies_404", 1),
            ("rcv_replies_486", 1),
            ("200_replies", 1),
            ("404_replies", 1),
            ("1xx_replies", 1),
            ("4xx_replies", 1),
            ("6xx_replies", 1),
        ];
        assert_eq!(counted, expected);
    }

    #[test]
    fn no_name_twice() {
        let mut names: Vec<_> = Stats::default()
            .statistics()
            .iter()
            .map(|s| (s.group, s.name))
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}

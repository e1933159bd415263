//! Calls through the proxy, over a good network and over bad ones: each ends with one final reply at the
//! caller, and leaves nothing behind.

use crate::network::{Manner, Network, Random, Weather};
use kemist_sip::Protocol::{Tcp, Udp};
use std::time::Duration;

const CALM: Weather = Weather {
    protocol: Udp,
    loss: 0,
    doubling: 0,
    delay: 10,
};
const STORM: Weather = Weather {
    protocol: Udp,
    loss: 20,
    doubling: 20,
    delay: 400,
};
/// Loss, copies and overtaking as a bad network has them.
const ROUGH: Weather = Weather {
    protocol: Udp,
    loss: 10,
    doubling: 10,
    delay: 200,
};
const STREAMS: Weather = Weather {
    protocol: Tcp,
    loss: 0,
    doubling: 0,
    delay: 0,
};

/// Longer than Timer C and everything that lingers after it.
const LONG: Duration = Duration::from_secs(400);

const ANSWERS: Manner = Manner::Answers {
    rings: 200,
    code: 200,
    answers: 3000,
};
const BUSY: Manner = Manner::Answers {
    rings: 200,
    code: 486,
    answers: 1000,
};

/// The final replies of the only call after a long time; everything must be gone then.
#[track_caller]
fn finals(network: &mut Network) -> Vec<(u16, String)> {
    network.run(LONG);
    assert!(
        network.proxy.layer.is_empty(),
        "transactions are left: {:?}",
        network.proxy.layer.stats()
    );
    for callee in &network.callees {
        assert!(callee.layer.is_empty(), "transactions are left at a callee");
        for name in &callee.answered {
            assert!(callee.acknowledged.contains(name), "an answer without an ACK");
        }
    }
    let call = network.caller.calls.values().next().expect("there was a call");
    call.finals.clone()
}

#[test]
fn an_answered_call() {
    for weather in [CALM, STREAMS] {
        let mut network = Network::new(weather, 1, &[ANSWERS]);
        network.call("one", None);
        assert_eq!(finals(&mut network), [(200, "callee0".to_owned())]);
        let call = &network.caller.calls["one"];
        assert_eq!(call.provisionals, [100, 180]);
        assert_eq!(network.proxy.ended, 1);
        let stats = network.proxy.layer.stats();
        assert_eq!(
            (stats.retransmissions, stats.timeouts, stats.unknown_replies),
            (0, 0, 0),
            "{stats:?}"
        );
    }
}

#[test]
fn a_busy_callee() {
    for weather in [CALM, STREAMS] {
        let mut network = Network::new(weather, 1, &[BUSY]);
        network.call("one", None);
        assert_eq!(finals(&mut network), [(486, "callee0".to_owned())]);
    }
}

#[test]
fn nobody_there() {
    for weather in [CALM, STREAMS] {
        let mut network = Network::new(weather, 1, &[Manner::Silent]);
        network.call("one", None);
        assert_eq!(finals(&mut network).first().map(|(code, _)| *code), Some(408));
    }
}

#[test]
fn nobody_answers() {
    for weather in [CALM, STREAMS] {
        let mut network = Network::new(weather, 1, &[Manner::Rings]);
        network.call("one", None);
        let finals = finals(&mut network);
        assert_eq!(finals.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [408]);
    }
}

#[test]
fn the_first_of_two_to_answer_has_the_call() {
    for weather in [CALM, STREAMS] {
        let late = Manner::Answers {
            rings: 100,
            code: 200,
            answers: 9000,
        };
        let mut network = Network::new(weather, 1, &[late, ANSWERS]);
        network.call("one", None);
        assert_eq!(finals(&mut network), [(200, "callee1".to_owned())]);
        assert!(network.callees[0].answered.is_empty());
    }
}

#[test]
fn a_caller_that_changes_its_mind() {
    for weather in [CALM, STREAMS] {
        let mut network = Network::new(weather, 1, &[ANSWERS, Manner::Rings]);
        network.call("one", Some(1500));
        let finals = finals(&mut network);
        assert_eq!(finals.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [487]);
        assert!(network.caller.calls["one"].canceled);
    }
}

/// Several callees answer at one time: the caller hears every one of them, however often each has to say it, and each
/// has its ACK (16.7 step 5, RFC 6026 7.1). That a callee gets its ACK `finals` asserts.
#[test]
fn every_answer_goes_through_and_so_does_its_ack() {
    let weather = Weather { delay: 600, ..ROUGH };
    let mut crossed = 0;
    for seed in 0..100 {
        for old in [false, true] {
            let mut network = Network::new(weather, seed, &[ANSWERS, ANSWERS, BUSY, ANSWERS]);
            network.caller.old = old;
            network.call("one", None);
            let finals = finals(&mut network);
            assert!(finals.iter().all(|(code, _)| *code == 200), "seed {seed}: {finals:?}");
            let answered = network.callees.iter().filter(|callee| !callee.answered.is_empty());
            assert_eq!(finals.len(), answered.count(), "seed {seed}: {finals:?}");
            crossed += usize::from(finals.len() > 1);
        }
    }
    assert!(crossed > 50, "{crossed} calls with more than one answer");
}

#[test]
fn sixty_four_callees_on_a_rough_network() {
    for seed in 0..5 {
        let manners: Vec<_> = (0..64).map(|n| Manner::Any(seed * 100 + n)).collect();
        let mut network = Network::new(ROUGH, seed, &manners);
        network.call("one", None);
        let finals = finals(&mut network);
        let negative = finals.iter().filter(|(code, _)| *code >= 300).count();
        assert!(negative == 0 || finals.len() == 1, "seed {seed}: {finals:?}");
        assert!(!finals.is_empty(), "seed {seed}");
    }
}

/// Whatever is lost, doubled or late: one final reply for each call. A second 2xx is not excluded
/// where two callees answer at the same time (16.7 step 5), but after a negative reply nothing comes.
/// Callers of RFC 2543 are matched without a branch (17.2.3).
#[test]
fn calls_in_a_storm_end_once() {
    for seed in 0..400 {
        for (weather, old) in [(STORM, false), (STORM, true), (ROUGH, seed % 2 == 0)] {
            one_in_a_storm(weather, old, seed);
        }
    }
}

fn one_in_a_storm(weather: Weather, old: bool, seed: u64) {
    let mut random = Random(seed);
    let manners: Vec<_> = (0..1 + random.below(3)).map(|n| Manner::Any(seed * 10 + n)).collect();
    let mut network = Network::new(weather, seed, &manners);
    network.caller.old = old;
    let cancel = random.percent(40).then(|| random.below(9000));
    network.call("storm", cancel);
    let finals = finals(&mut network);
    let call = &network.caller.calls["storm"];
    let negative = finals.iter().filter(|(code, _)| *code >= 300).count();
    assert!(
        !finals.is_empty() || call.gave_up,
        "seed {seed}, old {old}: no final reply; {:?}",
        call.provisionals
    );
    assert!(
        negative <= 1 && (negative == 0 || finals.len() == 1),
        "seed {seed}, old {old}: {finals:?}"
    );
}

/// Many calls at one time share nothing but the layer.
#[test]
fn calls_side_by_side() {
    let weather = Weather {
        protocol: Udp,
        loss: 10,
        doubling: 10,
        delay: 100,
    };
    let mut network = Network::new(weather, 7, &[Manner::Any(1), Manner::Any(2)]);
    let mut random = Random(99);
    for n in 0..100 {
        let cancel = random.percent(30).then(|| random.below(6000));
        network.call(&format!("call{n}"), cancel);
        network.run(Duration::from_millis(random.below(200)));
    }
    network.run(LONG);
    assert!(network.proxy.layer.is_empty());
    for (name, call) in &network.caller.calls {
        let negative = call.finals.iter().filter(|(code, _)| *code >= 300).count();
        assert!(!call.finals.is_empty() || call.gave_up, "{name}");
        assert!(
            negative <= 1 && (negative == 0 || call.finals.len() == 1),
            "{name}: {:?}",
            call.finals
        );
    }
}

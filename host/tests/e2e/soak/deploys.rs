//! Versions in turns, one after the other without a pause.

use super::door::Door;
use super::modules::Modules;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Of so many deploys one is broken, one is undone, and one is tried out on half of the calls.
const ROUND: usize = 100;
const BROKEN: usize = 50;
const UNDONE: usize = 25;
const CANARY: usize = 75;

/// What came of them.
#[derive(Default)]
pub struct Deploys {
    /// Versions put in charge.
    pub done: usize,
    /// Of these, by going back; by promoting a canary.
    pub rollbacks: usize,
    pub promoted: usize,
    /// Refusals by what was broken.
    pub refused: BTreeMap<&'static str, usize>,
    /// What did not go as it must.
    pub wrong: Vec<String>,
    /// How long each took for whoever asked.
    pub took: Vec<Duration>,
}

impl Deploys {
    /// Deploys until it is over.
    pub fn run(door: &Door, modules: &Modules, over: &AtomicBool) -> Deploys {
        let mut deploys = Deploys::default();
        // the first of the two is in charge
        let (mut live, mut count, mut broken) = (0, 0, 0);
        while !over.load(Relaxed) {
            count += 1;
            match count % ROUND {
                BROKEN => {
                    deploys.one_broken(door, modules, broken);
                    broken += 1;
                }
                UNDONE if deploys.done > 1 => {
                    if deploys.swapped(door, "route.rollback", json!([])) {
                        deploys.rollbacks += 1;
                        live = 1 - live;
                    }
                }
                at => {
                    let file = modules.good[1 - live].display().to_string();
                    let mut swapped = false;
                    if at == CANARY {
                        let tried = door.call("route.deploy", json!({"name": file, "canary": 50}));
                        deploys.wrong.extend(tried.err());
                        swapped = deploys.swapped(door, "route.promote", json!([]));
                        deploys.promoted += usize::from(swapped);
                    } else {
                        swapped |= deploys.swapped(door, "route.deploy", json!({"name": file}));
                    }
                    if swapped {
                        live = 1 - live;
                    }
                }
            }
        }
        deploys
    }

    fn swapped(&mut self, door: &Door, method: &str, params: Value) -> bool {
        let begun = Instant::now();
        let answer = door.call(method, params);
        self.took.push(begun.elapsed());
        match answer {
            Ok(done) if done["unchanged"] == false => {
                self.done += 1;
                true
            }
            other => {
                self.wrong.push(format!("{method}: {other:?}"));
                false
            }
        }
    }

    fn one_broken(&mut self, door: &Door, modules: &Modules, number: usize) {
        let broken = &modules.broken[number % modules.broken.len()];
        let file = broken.file.display().to_string();
        match door.call("route.deploy", json!({"name": file})) {
            Err(why) if why.starts_with(&format!("{}: ", broken.step)) => {
                *self.refused.entry(broken.name).or_default() += 1;
            }
            other => self.wrong.push(format!("{}: {other:?}", broken.name)),
        }
    }

    /// The time that this part of the deploys did not exceed.
    pub fn percentile(&mut self, part: f64) -> Duration {
        self.took.sort();
        let last = self.took.len().saturating_sub(1);
        let place = (last as f64 * part).round() as usize;
        self.took.get(place).copied().unwrap_or_default()
    }
}

//! How many, how long, how fast; and what the configuration says of it.

use super::CANARY;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// One in so many of the others, and of the hostile ones, has routing in JavaScript.
const SCRIPTED: usize = 20;

/// Running time that a hostile tenant has in a second, and its callbacks, in ms.
const CPU: usize = 5;

/// What the tenants run.
pub struct Modules {
    /// The others: compiled, and a script.
    pub good: PathBuf,
    pub script: PathBuf,
    /// What the hostile ones begin with, and the script of those that stay with it.
    pub first: PathBuf,
    pub attacks: PathBuf,
}

pub struct Plan {
    pub tenants: usize,
    pub hostile: usize,
    /// Runs, without and with in turns.
    pub runs: usize,
    /// Seconds of a run.
    pub seconds: u64,
    /// Transactions of the others a second.
    pub rate: f64,
    /// Requests to the hostile ones a second.
    pub attacks: f64,
    /// Modules that the hostile ones try to deploy a second.
    pub deploys: f64,
    /// Requests a second by which the time of the others is taken.
    pub probes: f64,
    pub long: bool,
}

/// What sipp does in a run.
#[derive(Clone, Copy)]
pub struct Traffic {
    /// A second.
    pub registers: f64,
    pub calls: f64,
    pub seconds: f64,
}

impl Plan {
    pub fn new() -> Plan {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<f64>().ok());
        match number("KEMIST_SOAK_SECONDS") {
            None => Plan {
                tenants: 60,
                hostile: 12,
                runs: 2,
                seconds: 5,
                rate: 120.0,
                attacks: 60.0,
                deploys: 40.0,
                probes: 50.0,
                long: false,
            },
            Some(seconds) => {
                let tenants = number("KEMIST_SOAK_TENANTS").unwrap_or(1000.0) as usize;
                Plan {
                    tenants,
                    hostile: (tenants / 10).max(1),
                    runs: 10,
                    seconds: (seconds / 10.0) as u64,
                    rate: number("KEMIST_SOAK_RATE").unwrap_or(600.0),
                    attacks: 200.0,
                    deploys: 150.0,
                    probes: 200.0,
                    long: seconds >= 200.0,
                }
            }
        }
    }

    /// The well-behaved.
    pub fn others(&self) -> impl Iterator<Item = String> {
        (self.hostile..self.tenants).map(|number| format!("t{number:04}"))
    }

    /// Whether a hostile one has a script, which stays.
    pub fn is_scripted(&self, number: usize) -> bool {
        (number % self.hostile).is_multiple_of(SCRIPTED)
    }

    pub fn name_of_hostile(&self, number: usize) -> String {
        format!("h{:04}", number % self.hostile)
    }

    /// Everybody registers once.
    pub fn warm_up(&self) -> Traffic {
        let count = (self.tenants - self.hostile) as f64;
        Traffic {
            registers: 150.0,
            calls: 0.0,
            seconds: count / 150.0,
        }
    }

    /// REGISTER has two transactions, a call three.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            registers: self.rate / 4.0,
            calls: self.rate / 6.0,
            seconds: self.seconds as f64,
        }
    }

    /// Processors that all hostile ones together may use.
    pub fn hostile_cpu(&self) -> f64 {
        (self.hostile * CPU) as f64 / 1000.0
    }

    /// `[tenant.NAME]` for all of them.
    pub fn tables(&self, with: &Modules) -> String {
        let modules = [
            "core",
            "hdr",
            "pv",
            "pvx",
            "kx",
            "tm",
            "tmx",
            "sl",
            "maxfwd",
            "sanity",
            "rr",
            "registrar",
            "auth",
            "auth_db",
            "permissions",
            "pike",
            "siputils",
            "corex",
            "nathelper",
            "htable",
            "xlog",
            "textops",
        ];
        let grants = modules.map(|module| format!("\"{module}\"")).join(", ");
        let mut text = format!(
            "[modules.htable.table]\nipban = {{ autoexpire = 300 }}\n{} = {{}}\nx = {{}}\na = {{}}\n\
             [tenants.limits]\nmessages = 2000\n",
            CANARY.trim_end_matches('-')
        );
        let mut tenant = |name: &str, module: &Path, more: &str, limits: &str| {
            let module = module.display();
            write!(
                text,
                "[tenant.{name}]\ndomains = [\"{name}.example\"]\nmodule = \"{module}\"\n\
                 grants = [{grants}, \"header:*\"{more}]\n{limits}"
            )
            .expect("a String takes it");
        };
        for (number, name) in self.others().enumerate() {
            let module = if number.is_multiple_of(SCRIPTED) {
                &with.script
            } else {
                &with.good
            };
            // their telephones are on this machine
            tenant(&name, module, ", \"dst:127.0.0.0/8\"", "");
        }
        let limits =
            format!("limits = {{ cpu = \"{CPU}ms\", deadline = \"{CPU}ms\", memory = \"4MiB\", messages = 50 }}\n");
        for number in 0..self.hostile {
            let module = if self.is_scripted(number) {
                &with.attacks
            } else {
                &with.first
            };
            tenant(&self.name_of_hostile(number), module, "", &limits);
        }
        text
    }
}

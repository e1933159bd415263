//! The tenants of this process: each with its rules, its seat at the workers and its versions.
//!
//! Those of the configuration are there from the start, together with those that rpc has added and the
//! database keeps. A tenant keeps its number for ever, also between processes: the database has them.

use super::{Begun, By, Deploys, Done, Module, Refused};
use crate::config;
use crate::store::addresses::{Address, parse_entry};
use crate::store::{Database, Error, Owner, TenantId};
use crate::tenant::{Figures, Rules, Tenant};
use crate::wasm::Engine;
use crate::worker::{Duty, Fleet, Seat};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Starts of tenants at a time: each may compile.
const AT_ONCE: usize = 4;
/// Versions are looked at so often at most, whether anybody needs them.
const SHORTEST: Duration = Duration::from_millis(100);

/// A tenant of this process.
#[derive(Clone)]
pub struct House {
    /// What was laid down.
    pub definition: config::Tenant,
    /// The configuration's file names it.
    pub from_file: bool,
    /// Its versions.
    pub deploys: Arc<Deploys>,
    /// Its place at the workers.
    pub seat: Arc<Seat>,
    _guard: Arc<Guard>,
}

impl House {
    /// What the tenant has used.
    pub fn figures(&self) -> Figures {
        let tenant = self.deploys.tenant();
        let location = &self.deploys.fleet.shared.store.location;
        tenant.figures(location.bindings_of(tenant.id()))
    }
}

/// Ends the watch over a tenant's versions with the tenant.
struct Guard(JoinHandle<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// All of them, and the operator's versions.
pub struct Houses {
    operator: Arc<Deploys>,
    /// What modules of tenants inherit.
    base: Module,
    defaults: config::Tenants,
    engine: Arc<Engine>,
    database: Database,
    fleet: Arc<Fleet>,
    houses: Mutex<BTreeMap<String, House>>,
    /// One change at a time.
    turn: tokio::sync::Mutex<()>,
}

impl Houses {
    /// The operator's house, nobody else's.
    pub fn new(
        operator: Arc<Deploys>,
        base: Module,
        defaults: config::Tenants,
        engine: Arc<Engine>,
        database: Database,
        fleet: Arc<Fleet>,
    ) -> Arc<Houses> {
        Arc::new(Houses {
            operator,
            base,
            defaults,
            engine,
            database,
            fleet,
            houses: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        })
    }

    /// Opens those of the file, and those that the database keeps: before the first message. A module that
    /// cannot be loaded costs its tenant, not the start.
    ///
    /// # Errors
    /// Where the database cannot be read, or the file and the database disagree on a domain.
    pub async fn open(self: &Arc<Houses>, file: &BTreeMap<String, config::Tenant>) -> anyhow::Result<()> {
        let _turn = self.turn.lock().await;
        let mut wanted: BTreeMap<String, (config::Tenant, bool)> = BTreeMap::new();
        for (name, text) in self.database.tenants().await? {
            match config::Tenant::from_json(&text) {
                Ok(definition) => drop(wanted.insert(name, (definition, false))),
                Err(error) => tracing::error!(tenant = name, "its definition in the database cannot be read: {error}"),
            }
        }
        for (name, definition) in file {
            // the file says what holds, the database only knows the number
            wanted.insert(name.clone(), (definition.clone(), true));
        }
        let mut waiting = wanted.into_iter();
        let mut starting = tokio::task::JoinSet::new();
        let (mut opened, mut late) = (BTreeMap::new(), Vec::new());
        loop {
            while starting.len() < AT_ONCE
                && let Some((name, (definition, from_file))) = waiting.next()
            {
                let houses = self.clone();
                starting.spawn(async move {
                    let house = houses.house(&name, definition, from_file).await;
                    (name, house)
                });
            }
            let Some(started) = starting.join_next().await else {
                break;
            };
            let (name, house) = started?;
            match house {
                Ok((house, pending)) => {
                    if pending {
                        late.push(house.deploys.clone());
                    }
                    opened.insert(name, house);
                }
                Err(error) => tracing::error!(tenant = name, "{error}; it is not served"),
            }
        }
        // where the database has a domain that the file gives to another, the file wins
        let of_file: Vec<_> = opened.iter().filter(|(_, house)| house.from_file).collect();
        let taken: Vec<String> = opened
            .iter()
            .filter(|(_, house)| !house.from_file)
            .filter(|(_, house)| {
                of_file
                    .iter()
                    .any(|(_, other)| shares_domain(&house.definition, &other.definition))
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in taken {
            tracing::error!(
                tenant = name,
                "a domain of it is another tenant's by the file; it is not served"
            );
            opened.remove(&name);
        }
        *self.houses.lock() = opened;
        self.seat_all();
        let store = &self.fleet.shared.store;
        store.begin_with(self.owners()).await?;
        let addresses: Vec<_> = self.houses.lock().values().map(addresses).collect();
        store.addresses.replace_all(addresses);
        if !late.is_empty() {
            tokio::spawn(start_late(late));
        }
        Ok(())
    }

    /// The tenants as the store knows them.
    fn owners(&self) -> Vec<Owner> {
        let houses = self.houses.lock();
        let tenants = houses.values().map(|house| house.seat.tenant());
        let owner = |tenant: &Arc<Tenant>| Owner {
            id: tenant.id(),
            name: tenant.name().into(),
            domains: tenant.rules().domains.clone(),
        };
        tenants.map(owner).collect()
    }

    /// Lets workers and store know the tenants as they are now.
    async fn settle(&self) {
        self.seat_all();
        if let Err(error) = self.fleet.shared.store.settle(self.owners()).await {
            tracing::error!(blame = "host", %error, "registrations of tenants could not be read or written");
        }
    }

    async fn house(
        self: &Arc<Houses>,
        name: &str,
        definition: config::Tenant,
        from_file: bool,
    ) -> Result<(House, bool), String> {
        let rules = Rules::new(&definition, &self.defaults)?;
        let kept = (!from_file).then(|| serde_json::to_string(&definition).unwrap_or_default());
        let id = self.number(name, kept).await.map_err(|error| error.to_string())?;
        let tenant = Tenant::new(id, name, rules);
        let module = Module {
            tenant: tenant.clone(),
            path: definition.module.clone().unwrap_or_default(),
            ..self.base.clone()
        };
        let (begun, pending) = Begun::of_tenant(self.engine.clone(), module, self.database.clone()).await;
        // serve_on says who routes
        let seat = Seat::new(tenant, Duty::Refuse("it is being started"));
        let deploys = begun.serve_on(self.fleet.clone(), seat.clone());
        // until its first message
        deploys.rest();
        let house = House {
            definition,
            from_file,
            _guard: Arc::new(Guard(tokio::spawn(deploys.clone().watch_over()))),
            deploys,
            seat,
        };
        Ok((house, pending))
    }

    /// The number of a tenant: the database's, else the next one.
    async fn number(&self, name: &str, definition: Option<String>) -> Result<TenantId, Error> {
        if self.database.is_open() {
            return self.database.tenant(name, definition).await;
        }
        let before = self.houses.lock().get(name).map(|house| house.deploys.tenant().id());
        Ok(before.unwrap_or_else(|| self.fleet.seats.reserve()))
    }

    fn seat_all(&self) {
        let seats: Vec<_> = self.houses.lock().values().map(|house| house.seat.clone()).collect();
        let domains = seats.iter().flat_map(|seat| {
            let (id, rules) = (seat.tenant().id(), seat.tenant().rules());
            let domains = rules.domains.clone().into_iter();
            domains.map(move |domain| (domain, id))
        });
        self.fleet.shared.domains.set(domains);
        self.fleet.seats.seat(seats);
    }

    /// The operator's versions.
    pub fn operator(&self) -> &Arc<Deploys> {
        &self.operator
    }

    /// The versions of a tenant; of the operator, where no name is given.
    pub fn deploys(&self, name: &str) -> Option<Arc<Deploys>> {
        match name {
            "" => Some(self.operator.clone()),
            name => Some(self.houses.lock().get(name)?.deploys.clone()),
        }
    }

    /// Everybody's, the operator's first.
    pub fn all(&self) -> Vec<Arc<Deploys>> {
        let tenants: Vec<_> = self.houses.lock().values().map(|house| house.deploys.clone()).collect();
        [self.operator.clone()].into_iter().chain(tenants).collect()
    }

    /// The tenants by name.
    pub fn tenants(&self) -> BTreeMap<String, House> {
        self.houses.lock().clone()
    }

    /// Adds a tenant, and keeps it for the next start.
    ///
    /// # Errors
    /// What is wrong with it, in one line: nothing has changed.
    pub async fn add(self: &Arc<Houses>, name: &str, definition: config::Tenant) -> Result<House, String> {
        let _turn = self.turn.lock().await;
        self.check_turn()?;
        if self.houses.lock().contains_key(name) {
            return Err(format!("there is a tenant {name} already; change it with tenant.set"));
        }
        self.check(name, &definition)?;
        let (house, pending) = self.house(name, definition, false).await?;
        let refused = match pending {
            true => house
                .deploys
                .reload(By::kemist("tenant.add"))
                .await
                .err()
                .map(|refused| refused.to_string()),
            false => None,
        };
        if let Duty::Refuse(why) = &*house.seat.duty() {
            // what cannot be removed is refused at the next start too
            let _ = self.database.remove_tenant(name).await;
            return Err(format!("{name}: {}", refused.unwrap_or_else(|| (*why).to_owned())));
        }
        self.houses.lock().insert(name.to_owned(), house.clone());
        self.fleet.shared.store.addresses.replace_all([addresses(&house)]);
        self.settle().await;
        tracing::info!(
            tenant = name,
            domains = house.definition.domains.join(" "),
            "tenant added"
        );
        Ok(house)
    }

    /// Lays down other rules for a tenant. Its versions and its data stay.
    ///
    /// # Errors
    /// As [`Houses::add`].
    pub async fn set(self: &Arc<Houses>, name: &str, definition: config::Tenant) -> Result<House, String> {
        let _turn = self.turn.lock().await;
        self.check_turn()?;
        let Some(mut house) = self.houses.lock().get(name).cloned() else {
            return Err(format!("there is no tenant {name}; tenant.list names them"));
        };
        self.check(name, &definition)?;
        if definition.module != house.definition.module {
            return Err(format!(
                "{name}: module: another module takes its place by a deploy (kemist deploy --tenant {name})"
            ));
        }
        let rules = Rules::new(&definition, &self.defaults).map_err(|what| format!("{name}: grants: {what}"))?;
        let text = (!house.from_file).then(|| serde_json::to_string(&definition).unwrap_or_default());
        let kept = async {
            if text.is_some() {
                let kept = self.number(name, text).await;
                kept.map_err(|error| format!("it cannot be written down: {error}"))?;
            }
            Ok(())
        };
        let laid_down = house.deploys.lay_down(rules, kept).await;
        laid_down.map_err(|what| format!("{name}: {what}"))?;
        house.definition = definition;
        self.houses.lock().insert(name.to_owned(), house.clone());
        self.fleet.shared.store.addresses.replace_all([addresses(&house)]);
        self.settle().await;
        tracing::info!(tenant = name, "tenant changed");
        Ok(house)
    }

    /// Removes a tenant with what is in memory of it. Its accounts and its versions stay in the database.
    ///
    /// # Errors
    /// Where there is none, or the database refuses.
    pub async fn remove(self: &Arc<Houses>, name: &str) -> Result<House, String> {
        let _turn = self.turn.lock().await;
        self.check_turn()?;
        let Some(house) = self.houses.lock().get(name).cloned() else {
            return Err(format!("there is no tenant {name}; tenant.list names them"));
        };
        if self.database.is_open() && !house.from_file {
            let removed = self.database.remove_tenant(name).await;
            removed.map_err(|error| format!("{name}: it cannot be removed from the database: {error}"))?;
        }
        self.houses.lock().remove(name);
        self.settle().await;
        crate::route::departed();
        tracing::info!(tenant = name, "tenant removed");
        Ok(house)
    }

    /// The process that takes over reads the tenants once: what changed here meanwhile would be lost.
    fn check_turn(&self) -> Result<(), String> {
        match self.fleet.is_handing_over() {
            true => Err("another process is taking over; ask again, and it will answer".to_owned()),
            false => Ok(()),
        }
    }

    /// What cannot be meant, or takes another's domain.
    fn check(&self, name: &str, definition: &config::Tenant) -> Result<(), String> {
        let mistake = config::tenant_mistake(name, definition);
        if let Some(mistake) = mistake {
            return Err(mistake);
        }
        let houses = self.houses.lock();
        for (other, house) in houses.iter().filter(|(other, _)| *other != name) {
            if shares_domain(definition, &house.definition) {
                return Err(format!(
                    "{name}: a domain of it is {other}'s already; a domain is one tenant's"
                ));
            }
        }
        Ok(())
    }

    /// Looks at every module's file and puts in charge what has changed; what came of each that was not the
    /// same.
    pub async fn reload(&self, by: &By) -> Vec<Result<Done, Refused>> {
        let mut outcomes = Vec::new();
        for deploys in self.all() {
            outcomes.extend(deploys.reload(by.clone()).await.transpose());
        }
        outcomes
    }

    /// Lets go of the code that nobody has needed for a while, for ever.
    pub async fn tend(self: Arc<Houses>) {
        let mut calls: BTreeMap<TenantId, u64> = BTreeMap::new();
        let mut tick = tokio::time::interval(self.defaults.idle.max(SHORTEST));
        loop {
            tick.tick().await;
            let (mut now, live) = (BTreeMap::new(), self.fleet.routing());
            for house in self.tenants().values() {
                house.seat.let_go(&live);
            }
            for deploys in self.all().iter().skip(1) {
                let id = deploys.tenant().id();
                let count = deploys
                    .serving()
                    .iter()
                    .map(|(_, version)| version.counts().calls)
                    .sum();
                if calls.get(&id) == Some(&count) {
                    deploys.rest();
                }
                now.insert(id, count);
            }
            calls = now;
        }
    }
}

/// Compiles and deploys what a start did not wait for, some at a time.
async fn start_late(late: Vec<Arc<Deploys>>) {
    let count = late.len();
    let places = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    let mut starting = tokio::task::JoinSet::new();
    for deploys in late {
        let places = places.clone();
        starting.spawn(async move {
            // it is never closed
            let _place = places.acquire_owned().await;
            // a refusal has its line in the log, and in the history
            if deploys.reload(By::kemist("start")).await.is_err() {
                deploys.give_up();
            }
            deploys.rest();
        });
    }
    while starting.join_next().await.is_some() {}
    tracing::info!("{count} tenants were compiled after the start");
}

/// A tenant's address table.
fn addresses(house: &House) -> (TenantId, Vec<Address>) {
    let entries = house.definition.addresses.iter();
    (
        house.seat.tenant().id(),
        entries.filter_map(|entry| parse_entry(entry)).collect(),
    )
}

fn shares_domain(one: &config::Tenant, other: &config::Tenant) -> bool {
    let has = |domain: &String| other.domains.iter().any(|of| of.eq_ignore_ascii_case(domain));
    one.domains.iter().any(has)
}

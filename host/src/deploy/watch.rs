//! Watch mode: whoever writes routing saves it, and the next request goes the new way.
//!
//! Whether something has changed is what the files say ([`Look`]); what the system tells of them only wakes, so that
//! no event can be missed or counted twice. A build that is out of date when it ends is not deployed.

mod look;

use super::{By, Deploys, Done};
use crate::route::Routing;
use crate::wasm::{Version, check};
use look::Look;
use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::time::timeout;

/// Nothing may change for so long before it counts as saved: editors write, rename and remove in turn.
const QUIET: Duration = Duration::from_millis(40);
/// What never comes to rest is built after this.
const RESTLESS: Duration = Duration::from_secs(2);
/// How often files are looked at where the system does not tell (a network's file system, no watches left).
const POLL: Duration = Duration::from_millis(500);
/// And where it does: not all changes are told, of the target of a link for instance.
const CHECK: Duration = Duration::from_secs(2);

/// The module's files as they were before the version that runs was made of them.
pub struct Watch {
    path: PathBuf,
    seen: Look,
}

impl Watch {
    /// Looks at a module that is about to be read.
    pub fn new(path: PathBuf) -> Watch {
        Watch {
            seen: Look::at(&path),
            path,
        }
    }

    /// Deploys what is saved, for ever; each time one line says what came of it.
    pub async fn run(self, deploys: Arc<Deploys>) {
        let Watch { path, seen } = self;
        say(format_args!(
            "watching {}: what is saved there serves at once",
            path.display()
        ));
        let mut waker = Waker::new();
        let mut files = Files {
            path,
            seen,
            built: None,
        };
        loop {
            waker.follow(files.seen.folders());
            let Some(look) = files.changed(&waker).await else {
                waker.wait().await;
                continue;
            };
            files.seen = look;
            let begun = Instant::now();
            if let Some(result) = files.deploy(&deploys, begun).await {
                files.tell(result, &deploys, begun);
            }
        }
    }
}

struct Files {
    path: PathBuf,
    /// What was built last, or is being built.
    seen: Look,
    /// The component that was built last of a source.
    built: Option<Arc<[u8]>>,
}

impl Files {
    /// The files, where they have changed and come to rest.
    async fn changed(&self, waker: &Waker) -> Option<Look> {
        let begun = Instant::now();
        let mut look = self.look().await;
        while look != self.seen && begun.elapsed() < RESTLESS {
            let more = timeout(QUIET, waker.woken.notified()).await.is_ok();
            let next = self.look().await;
            if !more && next == look && look.is_there() {
                break;
            }
            look = next;
        }
        (look != self.seen).then_some(look)
    }

    async fn look(&self) -> Look {
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || Look::at(&path))
            .await
            .unwrap_or_default()
    }

    /// Builds and deploys; None where the files have changed meanwhile, and it would be of no use.
    async fn deploy(&mut self, deploys: &Deploys, begun: Instant) -> Option<Result<Option<Done>, String>> {
        let made = deploys.made(self.built.clone()).await;
        if self.look().await != self.seen {
            return None;
        }
        let component = match made {
            Err(why) => return Some(Err(why.why)),
            Ok(None) => return Some(Ok(None)),
            Ok(Some(component)) => component,
        };
        self.built = Some(component.clone());
        let done = deploys.renew(component, By::kemist("watch"), begun).await;
        Some(done.map(Some).map_err(|refused| refused.why))
    }

    /// One line; one more for each thing in a script that will fail when a request comes to it.
    fn tell(&self, result: Result<Option<Done>, String>, deploys: &Deploys, begun: Instant) {
        let (name, label) = (self.path.display().to_string(), deploys.live_label());
        match result {
            Ok(Some(done)) if !done.unchanged => {
                let took = begun.elapsed().as_secs_f64();
                say(format_args!(
                    "{name}: version {} serves, deployed in {took:.2} s",
                    done.label
                ));
                for finding in deploys.live().iter().flat_map(|live| self.findings(live)) {
                    say(format_args!("  note: {finding}"));
                }
            }
            Ok(_) => say(format_args!("{name}: nothing has changed, version {label} serves")),
            Err(why) => {
                // what the language's tools say begins with the file that it is about
                let place = if why.contains(&*name) || self.is_within(&why) {
                    String::new()
                } else {
                    format!("{name}: ")
                };
                say(format_args!("{place}{why}; version {label} goes on"));
            }
        }
    }

    /// Whether a line begins with the path of a file of the source.
    fn is_within(&self, why: &str) -> bool {
        let start = why.split(':').next().unwrap_or_default();
        self.seen.has(Path::new(start))
    }

    fn findings(&self, live: &Version) -> Vec<String> {
        let Some(component) = &self.built else {
            return Vec::new();
        };
        let folder = match self.path.parent() {
            Some(parent) if !self.path.is_dir() => parent,
            _ => &*self.path,
        };
        let findings = check::findings(component, live.callbacks());
        let placed = findings
            .iter()
            .map(|finding| folder.join(finding).display().to_string());
        placed.collect()
    }
}

/// What tells that it may be time to look.
struct Waker {
    woken: Arc<Notify>,
    watcher: Option<RecommendedWatcher>,
    followed: BTreeSet<PathBuf>,
}

impl Waker {
    fn new() -> Waker {
        let woken = Arc::new(Notify::new());
        let wakes = woken.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // reading is told too; where something was lost, looking finds it
            if event.map_or(true, |event| is_change(event.kind)) {
                wakes.notify_one();
            }
        });
        Waker {
            watcher: watcher.inspect_err(blind).ok(),
            followed: BTreeSet::new(),
            woken,
        }
    }

    /// Watches these folders and no others, each without what is in it: a source has few of them.
    fn follow(&mut self, folders: &BTreeSet<PathBuf>) {
        let Some(watcher) = &mut self.watcher else { return };
        for gone in self.followed.difference(folders) {
            // it may be gone from the disk as well
            let _ = watcher.unwatch(gone);
        }
        let fresh = folders.difference(&self.followed);
        let watched: notify::Result<()> =
            fresh
                .into_iter()
                .try_for_each(|folder| match watcher.watch(folder, RecursiveMode::NonRecursive) {
                    // removed since the look: the next one will say so
                    Err(_) if !folder.exists() => Ok(()),
                    watched => watched,
                });
        match watched {
            Ok(()) => self.followed.clone_from(folders),
            Err(error) => {
                blind(&error);
                self.watcher = None;
            }
        }
    }

    async fn wait(&self) {
        let longest = if self.watcher.is_some() { CHECK } else { POLL };
        // whether woken or not: it is time to look
        let _ = timeout(longest, self.woken.notified()).await;
    }
}

fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(mode)) => mode == AccessMode::Write,
        EventKind::Access(_) => false,
        _ => true,
    }
}

fn blind(error: &notify::Error) {
    tracing::info!("the system does not tell when files change ({error}): they are looked at every {POLL:?}");
}

/// Whoever started us may not read.
fn say(line: std::fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

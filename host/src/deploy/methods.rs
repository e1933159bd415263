//! `route.*`: deploys over JSON-RPC.

use super::report::line;
use super::{By, Deploys, Done, Houses, Refused, Step, Upload};
use crate::admin::{Answer, Call, Caller, Doc, Failure, Kind, Method, Param};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

/// Bytes of a file that is read for whoever asks: what fits into a request, too.
const LARGEST: u64 = 64 << 20;

const TENANT: Param = Param::new("tenant", Kind::Text, "whose; else the operator's").optional();

const DONE: &str = "an object: version (short digest), digest, action, name, time, who, from, took_ms, cached, unchanged, \
                    and where they apply percent, before, scenarios";

static DEPLOY: Doc = Doc {
    name: "route.deploy",
    params: &[
        Param::new(
            "name",
            Kind::Text,
            "a file's name; the file itself where there is no component",
        ),
        Param::new("component", Kind::Text, "the component's bytes in base64").optional(),
        Param::new(
            "canary",
            Kind::Int,
            "a share of new dialogs in percent, 1 to 99; else all",
        )
        .optional(),
        TENANT,
    ],
    about: "Puts a module in charge on all workers, or says at which step it was refused: then nothing has changed.",
    result: DONE,
    differs: "app_jsdt.reload and the like answer before the file is read",
};

static RELOAD: Doc = Doc {
    name: "route.reload",
    params: &[TENANT],
    about: "Looks at the file of the module, as SIGHUP does, and deploys it where it has changed.",
    result: "as route.deploy; {\"unchanged\": true} where the file has not changed",
    differs: "",
};

static PROMOTE: Doc = Doc {
    name: "route.promote",
    params: &[TENANT],
    about: "Gives everything to the canary.",
    result: DONE,
    differs: "",
};

static ROLLBACK: Doc = Doc {
    name: "route.rollback",
    params: &[
        Param::new("version", Kind::Text, "the beginning of a kept version's digest").optional(),
        TENANT,
    ],
    about: "Takes the canary away where there is one, else puts the version before in charge, or the named one.",
    result: DONE,
    differs: "",
};

static VERSIONS: Doc = Doc {
    name: "route.versions",
    params: &[TENANT],
    about: "The versions that route, that still have transactions, and that can be gone back to.",
    result: "a list: version, digest, state (live, canary, draining, kept), name, time, who, from, reason, figures",
    differs: "",
};

static HISTORY: Doc = Doc {
    name: "route.history",
    params: &[
        Param::new("count", Kind::Int, "entries, 1 to 2000; else 50").optional(),
        TENANT,
    ],
    about: "What was put in charge or refused, the last first.",
    result: "a list: as route.versions, with action, and step and reason of what was refused",
    differs: "",
};

/// The lines of [`methods`] in the reference.
pub static DOCS: [&Doc; 6] = [&DEPLOY, &RELOAD, &PROMOTE, &ROLLBACK, &VERSIONS, &HISTORY];

/// The methods of `route.*`.
pub fn methods(houses: &Arc<Houses>) -> Vec<(&'static Doc, Method)> {
    let method = |tenant: usize, run: fn(Arc<Deploys>, Call) -> Answer| -> Method {
        let houses = houses.clone();
        Box::new(move |call| {
            let name = call.text(tenant);
            let Some(deploys) = houses.deploys(name) else {
                let shown: String = name.chars().take(60).collect();
                let none = Failure::new(404, format!("there is no tenant {shown:?}; tenant.list names them"));
                return Box::pin(async { Err(none) });
            };
            // as a task of its own: a client that goes away leaves no deploy half done
            let task = tokio::spawn(run(deploys, call));
            Box::pin(async move {
                let ended = task.await;
                ended.unwrap_or_else(|_| Err(Failure::new(500, "the host's own code failed; see the log")))
            })
        })
    };
    vec![
        (&DEPLOY, method(3, |deploys, call| Box::pin(deploy(deploys, call)))),
        (&RELOAD, method(0, |deploys, call| Box::pin(reload(deploys, call)))),
        (
            &PROMOTE,
            method(0, |deploys, call| {
                Box::pin(async move { answer(deploys.promote(call.caller.into()).await) })
            }),
        ),
        (&ROLLBACK, method(1, |deploys, call| Box::pin(rollback(deploys, call)))),
        (
            &VERSIONS,
            method(0, |deploys, _| {
                Box::pin(async move { deploys.versions().await.map_err(Failure::from) })
            }),
        ),
        (&HISTORY, method(1, |deploys, call| Box::pin(history(deploys, call)))),
    ]
}

impl From<Caller> for By {
    fn from(caller: Caller) -> By {
        By::new(caller.who, caller.from)
    }
}

async fn deploy(deploys: Arc<Deploys>, call: Call) -> Result<Value, Failure> {
    let wrong = |what: String| Failure::new(-32602, format!("route.deploy: {what}"));
    // before anything is read: who deploys again and again costs no more than being refused
    if let Err(over) = deploys.tenant().may_deploy(Instant::now()) {
        let (tenant, limit, wait) = (deploys.tenant().name(), over.limit, over.retry_after);
        let line = format!("tenant {tenant} is over its quota of {limit}; try again in {wait} s");
        return Err(Failure::new(429, line));
    }
    let name = call.text(0).to_owned();
    let component = match call.text(1) {
        "" => read(&name)
            .await
            .map_err(|why| Failure::new(400, format!("read: {name}: {why}")))?,
        encoded => STANDARD
            .decode(encoded)
            .map_err(|error| wrong(format!("component: no base64: {error}")))?,
    };
    let percent = match call.int(2) {
        None => None,
        Some(share) => {
            let share = u8::try_from(share).ok().filter(|share| (1..100).contains(share));
            Some(share.ok_or_else(|| wrong("canary: a share of 1 to 99 percent is expected".to_owned()))?)
        }
    };
    let upload = Upload {
        name,
        component,
        percent,
    };
    answer(deploys.deploy(upload, call.caller.into()).await)
}

/// A component's file: neither a device nor a pipe, which might never end.
async fn read(name: &str) -> Result<Vec<u8>, String> {
    let found = tokio::fs::metadata(name).await.map_err(|error| error.to_string())?;
    if !found.is_file() {
        return Err("not a file".to_owned());
    }
    if found.len() > LARGEST {
        return Err(format!("{} bytes; {LARGEST} are the most", found.len()));
    }
    tokio::fs::read(name).await.map_err(|error| error.to_string())
}

async fn reload(deploys: Arc<Deploys>, call: Call) -> Result<Value, Failure> {
    match deploys.reload(call.caller.into()).await {
        Ok(None) => Ok(json!({"unchanged": true})),
        Ok(Some(done)) => Ok(done.json()),
        Err(refused) => Err(failure(&refused)),
    }
}

async fn rollback(deploys: Arc<Deploys>, call: Call) -> Result<Value, Failure> {
    let to = call.text(0).to_owned();
    let to = Some(&*to).filter(|to| !to.is_empty());
    answer(deploys.rollback(to, call.caller.into(), "").await)
}

async fn history(deploys: Arc<Deploys>, call: Call) -> Result<Value, Failure> {
    let count = call.int(0).unwrap_or(50).clamp(1, 2000);
    let count = u32::try_from(count).unwrap_or(50);
    let entries = deploys.history(count).await.map_err(Failure::from)?;
    Ok(entries.iter().rev().map(line).collect())
}

fn answer(done: Result<Done, Refused>) -> Result<Value, Failure> {
    done.map(|done| done.json()).map_err(|refused| failure(&refused))
}

fn failure(refused: &Refused) -> Failure {
    let code = match refused.step {
        Step::Record | Step::Prewarm => 500,
        _ => 400,
    };
    Failure::new(code, refused.to_string())
}

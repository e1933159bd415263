//! `tenant.*`: tenants over JSON-RPC, while kemist runs.

use super::houses::{House, Houses};
use crate::admin::{Answer, Call, Doc, Failure, Kind, Method, Param};
use crate::config;
use crate::worker::Duty;
use serde_json::{Value, json};
use std::sync::Arc;

const DEFINITION: &str = "as [tenant.NAME] in kemist.toml: domains, module, policy, grants, fallback, breaker, limits";
const RESULT: &str = "an object: name, id, and what it was given";

static ADD: Doc = Doc {
    name: "tenant.add",
    params: &[
        Param::new("name", Kind::Text, "letters, digits, `-`, `_`, `.`"),
        Param::new("definition", Kind::Any, DEFINITION),
    ],
    about: "Adds a tenant, and keeps it for the next start.",
    result: RESULT,
    differs: "",
};

static SET: Doc = Doc {
    name: "tenant.set",
    params: &[
        Param::new("name", Kind::Text, "the tenant"),
        Param::new(
            "definition",
            Kind::Any,
            "the keys that change, and what to; null takes one away",
        ),
    ],
    about: "Changes what a tenant was given. Its versions and its data stay. For one of kemist.toml it holds until the next start.",
    result: RESULT,
    differs: "",
};

static RM: Doc = Doc {
    name: "tenant.rm",
    params: &[Param::new("name", Kind::Text, "the tenant")],
    about: "Removes a tenant: its requests are the operator's from then on. Its accounts and components stay in the database. One of kemist.toml is back at the next start.",
    result: "a text",
    differs: "",
};

static LIST: Doc = Doc {
    name: "tenant.list",
    params: &[Param::new("name", Kind::Text, "this one alone").optional()],
    about: "The tenants.",
    result: "a list: name, id, what it was given, from (file or rpc), routing (version, default, or why there is none), figures (requests, refused and limited by limit, callbacks, faults, cpu_seconds, memory, instances, suspended, open_transactions, bindings, breaker: its state, and where it is open since, reason, fallback)",
    differs: "",
};

/// The lines of [`methods`] in the reference.
pub static DOCS: [&Doc; 4] = [&ADD, &SET, &RM, &LIST];

/// The methods of `tenant.*`.
pub fn methods(houses: &Arc<Houses>) -> Vec<(&'static Doc, Method)> {
    let method = |run: fn(Arc<Houses>, Call) -> Answer| -> Method {
        let houses = houses.clone();
        Box::new(move |call| {
            // as a task of its own: a client that goes away leaves nothing half done
            let task = tokio::spawn(run(houses.clone(), call));
            Box::pin(async move {
                let ended = task.await;
                ended.unwrap_or_else(|_| Err(Failure::new(500, "the host's own code failed; see the log")))
            })
        })
    };
    vec![
        (&ADD, method(|houses, call| Box::pin(add(houses, call)))),
        (&SET, method(|houses, call| Box::pin(set(houses, call)))),
        (&RM, method(|houses, call| Box::pin(rm(houses, call)))),
        (
            &LIST,
            method(|houses, call| Box::pin(async move { list(&houses, &call) })),
        ),
    ]
}

async fn add(houses: Arc<Houses>, call: Call) -> Result<Value, Failure> {
    let definition = read(call.value(1))?;
    let house = houses.add(call.text(0), definition).await.map_err(wrong)?;
    Ok(shown(call.text(0), &house))
}

async fn set(houses: Arc<Houses>, call: Call) -> Result<Value, Failure> {
    let name = call.text(0);
    let Some(before) = houses.tenants().remove(name) else {
        return Err(wrong(format!("there is no tenant {name:?}; tenant.list names them")));
    };
    let Some(changes) = object(call.value(1))? else {
        return Err(wrong("definition: an object is expected".to_owned()));
    };
    let mut definition = json!(before.definition);
    merge(&mut definition, &changes);
    let house = houses.set(name, read(&definition)?).await.map_err(wrong)?;
    Ok(shown(name, &house))
}

async fn rm(houses: Arc<Houses>, call: Call) -> Result<Value, Failure> {
    let house = houses.remove(call.text(0)).await.map_err(wrong)?;
    let note = if house.from_file {
        "; kemist.toml has it, and it is back at the next start"
    } else {
        ""
    };
    Ok(json!(format!("{} removed{note}", call.text(0))))
}

fn list(houses: &Houses, call: &Call) -> Result<Value, Failure> {
    let wanted = call.text(0);
    let tenants = houses.tenants();
    if !wanted.is_empty() && !tenants.contains_key(wanted) {
        return Err(wrong(format!("there is no tenant {wanted:?}")));
    }
    let rows = tenants.iter().filter(|(name, _)| wanted.is_empty() || *name == wanted);
    Ok(rows.map(|(name, house)| shown(name, house)).collect())
}

fn wrong(why: String) -> Failure {
    Failure::new(400, why)
}

/// A definition as an object, or as the text of one (the command line has only texts).
fn object(given: &Value) -> Result<Option<Value>, Failure> {
    match given {
        Value::Object(_) => Ok(Some(given.clone())),
        Value::String(text) => {
            let parsed: Value =
                serde_json::from_str(text).map_err(|error| wrong(format!("definition: no JSON: {error}")))?;
            Ok(Some(parsed).filter(Value::is_object))
        }
        _ => Ok(None),
    }
}

fn read(given: &Value) -> Result<config::Tenant, Failure> {
    let Some(object) = object(given)? else {
        return Err(wrong(
            "definition: an object is expected, such as {\"domains\": [\"acme.example\"]}".to_owned(),
        ));
    };
    serde_json::from_value(object).map_err(|error| wrong(format!("definition: {error}")))
}

/// Changes keys, those of objects within one by one; null takes a key away (RFC 7396).
fn merge(into: &mut Value, changes: &Value) {
    let (Value::Object(into), Value::Object(changes)) = (&mut *into, changes) else {
        changes.clone_into(into);
        return;
    };
    for (key, value) in changes {
        match value {
            Value::Null => drop(into.remove(key)),
            value => merge(into.entry(key.clone()).or_insert(Value::Null), value),
        }
    }
}

fn shown(name: &str, house: &House) -> Value {
    let mut row = json!(house.definition);
    row["name"] = json!(name);
    row["id"] = json!(house.deploys.tenant().id());
    row["from"] = json!(if house.from_file { "file" } else { "rpc" });
    row["routing"] = match &*house.seat.duty() {
        Duty::Versions(lives) => json!({"version": lives.live.label()}),
        Duty::Default => json!("default"),
        Duty::Refuse(why) => json!({"refused": why}),
        Duty::Trial(trial) => json!({"tried": trial.version().label()}),
    };
    row["figures"] = json!(house.figures());
    row["figures"]["breaker"] = house.deploys.breaker();
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_merged_and_null_takes_away() {
        let mut before = json!({"domains": ["a"], "module": "m", "limits": {"messages": 5, "cpu": "1ms"}});
        merge(
            &mut before,
            &json!({"module": null, "limits": {"messages": 6}, "grants": ["sl"]}),
        );
        assert_eq!(
            before,
            json!({"domains": ["a"], "limits": {"messages": 6, "cpu": "1ms"}, "grants": ["sl"]})
        );
    }
}

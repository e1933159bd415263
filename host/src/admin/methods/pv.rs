//! `pv.*`: shared variables, `$shv`.

use super::{Native, TENANT, lossy, owner, table};
use crate::admin::method::{Kind, Param};
use crate::admin::{Call, Failure};
use crate::route::{Shared, Value as Variable};
use serde_json::{Value, json};
use std::sync::Arc;

const NAME: Param = Param::new("name", Kind::Text, "the variable, without `$shv()`");

pub(super) static METHODS: &[Native] = table! {
    Value "pv.shvGet"(NAME.optional(), TENANT) => get:
        "One shared variable, or all.", "`name`, `type` (`int` or `string`), `value`; of all: a list of these",
        "of all: an object whose members have one name";
    Value "pv.shvSet"(
        NAME,
        Param::new("type", Kind::Text, "`int` or `str`"),
        Param::new("value", Kind::Item, "the new value"),
        TENANT
    ) => set: "Sets a shared variable.", "a text";
};

async fn get(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let (variables, tenant) = (&shared.store.variables, owner(&shared, &call, 1)?);
    if call.rest(0).first().is_none_or(Value::is_null) {
        let all = variables.list(tenant).into_iter();
        return Ok(all.map(|(name, value)| row(&lossy(&name), &value)).collect());
    }
    match variables.get(tenant, call.text(0).as_bytes()) {
        Variable::Null => Err(Failure::new(404, "Variable not found")),
        value => Ok(row(call.text(0), &value)),
    }
}

async fn set(shared: Arc<Shared>, call: Call) -> Result<Value, Failure> {
    let (given, tenant) = (&call.params[2], owner(&shared, &call, 3)?);
    let value = match (call.text(1), given) {
        ("int", Value::String(text)) => Variable::Int(text.trim().parse().map_err(|_| no_number())?),
        ("int", number) => Variable::Int(number.as_i64().ok_or_else(no_number)?),
        ("str", Value::String(text)) => Variable::text(text.as_bytes()),
        ("str", number) => Variable::text(number.to_string().as_bytes()),
        _ => return Err(Failure::new(-32602, "pv.shvSet: parameter `type` must be int or str")),
    };
    match shared.store.variables.set(tenant, call.text(0).as_bytes(), value) {
        true => Ok(json!("Ok. Variable set.")),
        false => Err(Failure::new(500, "no room: there are too many shared variables")),
    }
}

fn no_number() -> Failure {
    Failure::new(-32602, "pv.shvSet: parameter `value` must be a whole number")
}

fn row(name: &str, value: &Variable) -> Value {
    match value {
        Variable::Int(number) => json!({"name": name, "type": "int", "value": number}),
        Variable::Str(text) => json!({"name": name, "type": "string", "value": lossy(text)}),
        Variable::Null => json!({"name": name, "type": "null", "value": null}),
    }
}

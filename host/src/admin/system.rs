//! `system.*`: what can be called.

use super::{Answer, Call, Doc, Failure, Kind, Method, Param};
use serde_json::{Value, json};
use std::sync::Arc;

const NAME: Param = Param::new("method", Kind::Text, "the method's name");

static LIST: Doc = Doc {
    name: "system.listMethods",
    params: &[],
    about: "The names of all methods.",
    result: "a list of texts",
    differs: "",
};
static HELP: Doc = Doc {
    name: "system.methodHelp",
    params: &[NAME],
    about: "What a method does, takes and answers.",
    result: "a text",
    differs: "what it does alone",
};
static SIGNATURE: Doc = Doc {
    name: "system.methodSignature",
    params: &[NAME],
    about: "The parameters of a method.",
    result: "a list of `name`, `type`, `count` (`one`, `optional`, `many`), `about`",
    differs: "it is not done there",
};

/// Their own lines.
pub(super) fn docs() -> [&'static Doc; 3] {
    [&LIST, &HELP, &SIGNATURE]
}

/// The methods, on all that there are.
pub(super) fn methods(mut all: Vec<&'static Doc>) -> [(&'static Doc, Method); 3] {
    all.sort_unstable_by_key(|doc| doc.name);
    let all = Arc::new(all);
    let method = |done: fn(&[&'static Doc], &Call) -> Result<Value, Failure>| -> Method {
        let all = all.clone();
        Box::new(move |call: Call| -> Answer {
            let answer = done(&all, &call);
            Box::pin(async { answer })
        })
    };
    [
        (
            &LIST,
            method(|all, _| Ok(all.iter().map(|doc| json!(doc.name)).collect())),
        ),
        (&HELP, method(|all, call| find(all, call).map(|doc| json!(help(doc))))),
        (&SIGNATURE, method(|all, call| find(all, call).map(signature))),
    ]
}

fn find(all: &[&'static Doc], call: &Call) -> Result<&'static Doc, Failure> {
    let found = all.iter().find(|doc| doc.name == call.text(0)).copied();
    found.ok_or_else(|| Failure::new(404, "no such method; system.listMethods lists them"))
}

fn help(doc: &Doc) -> String {
    format!("{} Parameters: {}. Answers {}.", doc.about, doc.takes(), doc.result)
}

fn signature(doc: &Doc) -> Value {
    let row = |p: &Param| json!({"name": p.name, "type": p.kind.name(), "count": p.count.name(), "about": p.about});
    doc.params.iter().map(row).collect()
}

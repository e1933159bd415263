//! The host's dynamic table: what each function takes, and the way from an id to its trait method.

use crate::model::{Function, Interface, Kind, Model, ident};
use crate::output::Output;
use std::fmt::Write;

/// `host/src/wasm/dynamic/generated.rs`.
pub fn table(model: &Model) -> Output {
    let mut text = String::from(
        "//! Generated from wit/ by kemist-codegen; do not edit.\n\
         //!\n\
         //! The functions that the dynamic interface offers, by id, and the calls behind them.\n\n\
         use super::table::{Args, Function, Interface, IntoXval};\n\
         use crate::route::Route;\n\
         use kemist_bindings::kemi::ksr::dynamic::Kind;\n\
         use kemist_bindings::kemi::ksr::types::Xval;\n\
         use kemist_bindings::kemi::ksr::{",
    );
    let modules: Vec<_> = model.interfaces.iter().map(Interface::ident).collect();
    let _ = writeln!(text, "{}}};\n", modules.join(", "));
    rows(&mut text, model);
    imports(&mut text, model);
    calls(&mut text, model, false);
    calls(&mut text, model, true);
    Output::text("host/src/wasm/dynamic/generated.rs", text)
}

fn rows(text: &mut String, model: &Model) {
    text.push_str("/// Every function, in order of ids.\npub static FUNCTIONS: &[Function] = &[\n");
    for (id, (interface, function)) in model.by_id() {
        let params: Vec<_> = function.params.iter().map(|(_, kind)| variant(*kind)).collect();
        let _ = writeln!(
            text,
            "Function {{ id: {id:#010x}, module: {:?}, name: {:?}, params: &[{}], returns: {}, waits: {} }},",
            interface.module,
            function.name,
            params.join(", "),
            variant(function.returns),
            function.waits,
        );
    }
    text.push_str("];\n\n");
}

fn imports(text: &mut String, model: &Model) {
    text.push_str(
        "/// The typed interfaces, as components name them, with their functions and those's KEMI names.\n\
         pub static INTERFACES: &[Interface] = &[\n",
    );
    for interface in &model.interfaces {
        let names = |f: &Function| format!("({:?}, {:?})", f.wit, f.full_name(&interface.module));
        let functions: Vec<_> = interface.functions.iter().map(names).collect();
        let _ = writeln!(text, "({:?}, &[{}]),", interface.full, functions.join(", "));
    }
    text.push_str("];\n\n");
}

fn calls(text: &mut String, model: &Model, waits: bool) {
    let (doc, fun, end) = if waits {
        ("Calls a function that may wait", "async fn call_waiting", ".await")
    } else {
        ("Calls a function that does not wait", "fn call", "")
    };
    let _ = writeln!(
        text,
        "/// {doc}; an error is about the arguments. Unknown ids were refused before.\n\
         pub {fun}(route: &mut Route, id: u32, mut args: Args) -> Result<Xval, String> {{\n\
         match id {{"
    );
    for (id, (interface, function)) in model.by_id().into_iter().filter(|(_, (_, f))| f.waits == waits) {
        let _ = writeln!(text, "{id:#010x} => {},", call(interface, function, end));
    }
    text.push_str("_ => Err(args.unknown()),\n}\n}\n\n");
}

fn call(interface: &Interface, function: &Function, end: &str) -> String {
    let takes: String = (0..function.params.len())
        .zip(&function.params)
        .map(|(_, (_, kind))| format!(", args.{}()?", take(*kind)))
        .collect();
    let call = format!(
        "{}::Host::{}(route{takes}){end}",
        interface.ident(),
        ident(&function.wit)
    );
    match function.returns {
        Kind::None => format!("{{ {call}; Ok(Xval::Null) }}"),
        Kind::Xval => format!("Ok({call})"),
        _ => format!("Ok({call}.into_xval())"),
    }
}

fn take(kind: Kind) -> &'static str {
    match kind {
        Kind::None => "none",
        Kind::Int => "int",
        Kind::Long => "long",
        Kind::Boolean => "boolean",
        Kind::Str => "text",
        Kind::Xval => "xval",
    }
}

fn variant(kind: Kind) -> &'static str {
    match kind {
        Kind::None => "Kind::None",
        Kind::Int => "Kind::Int",
        Kind::Long => "Kind::Long",
        Kind::Boolean => "Kind::Boolean",
        Kind::Str => "Kind::Str",
        Kind::Xval => "Kind::Xval",
    }
}

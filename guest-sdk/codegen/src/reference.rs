//! `docs/kemi.md`: every function by module.

use crate::model::{Function, Interface, Kind, Model};
use crate::output::Output;
use std::fmt::Write;

/// The page.
pub fn page(model: &Model) -> Output {
    let count: usize = model.interfaces.iter().map(|i| i.functions.len()).sum();
    let mut text = String::from("<!-- Generated from wit/ by kemist-codegen; do not edit. -->\n# KEMI functions\n\n");
    let _ = writeln!(
        text,
        "{count} functions in {} modules. `int` is 32 bits, `long` 64; `xval` is null, a number or text. \
         Compiled guests call `module::name`, engines of dynamic languages `KSR.module.name`.\n",
        model.interfaces.len()
    );
    for interface in &model.interfaces {
        module(&mut text, interface);
    }
    Output::text("docs/kemi.md", text)
}

fn module(text: &mut String, interface: &Interface) {
    let title = if interface.module.is_empty() {
        "KSR (the core)".to_owned()
    } else {
        format!("KSR.{}", interface.module)
    };
    let _ = writeln!(text, "## {title}\n\n{}\n", one_line(&interface.docs));
    let _ = writeln!(text, "| function | what it does |\n|---|---|");
    for function in &interface.functions {
        let _ = writeln!(
            text,
            "| `{}` | {} |",
            signature(function),
            one_line(&function.docs).replace('|', "\\|")
        );
    }
    text.push('\n');
}

fn signature(function: &Function) -> String {
    let params: Vec<_> = function
        .params
        .iter()
        .map(|(name, kind)| format!("{}: {}", name.replace('-', "_"), word(*kind)))
        .collect();
    let returns = match function.returns {
        Kind::None => String::new(),
        kind => format!(" -> {}", word(kind)),
    };
    format!("{}({}){returns}", function.name, params.join(", "))
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::None => "none",
        Kind::Int => "int",
        Kind::Long => "long",
        Kind::Boolean => "bool",
        Kind::Str => "str",
        Kind::Xval => "xval",
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

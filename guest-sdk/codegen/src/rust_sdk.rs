//! The Rust SDK's typed functions, over the canonical ABI without a runtime crate, and its world.

use crate::model::{Function, Interface, Kind, Model, ident};
use crate::output::Output;
use anyhow::{Result, bail};
use std::fmt::Write;
use wit_component::StringEncoding;

/// `guest-sdk/rust/src/generated.rs`.
pub fn functions(model: &Model) -> Result<Output> {
    let mut text = String::from(
        "//! Generated from wit/ by kemist-codegen; do not edit.\n//!\n//! The typed functions, one module each as KSR has them.\n\n",
    );
    for interface in &model.interfaces {
        let _ = writeln!(text, "{}pub mod {} {{", doc(&interface.docs), interface.ident());
        text.push_str("#[allow(unused_imports)]\nuse crate::{Callback, Value, abi};\n");
        for function in &interface.functions {
            one(&mut text, interface, function)?;
        }
        text.push_str("}\n\n");
    }
    Ok(Output::text("guest-sdk/rust/src/generated.rs", text))
}

/// `guest-sdk/rust/src/world.bin`: the world of a typed guest, for the custom section that names it.
pub fn world(model: &Model) -> Result<Output> {
    let bytes = wit_component::metadata::encode(&model.resolve, model.routing, StringEncoding::UTF8, None)?;
    Ok(Output {
        path: "guest-sdk/rust/src/world.bin".into(),
        bytes,
    })
}

fn one(text: &mut String, interface: &Interface, function: &Function) -> Result<()> {
    let (mut takes, mut raw, mut pass) = (Vec::new(), Vec::new(), Vec::new());
    for (name, kind) in &function.params {
        let name = ident(name);
        match kind {
            Kind::Str if names_callback(interface, function, &name) => {
                takes.push(format!("{name}: Callback"));
                raw.push(format!("{name}: *const u8, {name}_len: usize"));
                pass.push(format!("{name}.name().as_ptr(), {name}.name().len()"));
            }
            Kind::Str => {
                takes.push(format!("{name}: &str"));
                raw.push(format!("{name}: *const u8, {name}_len: usize"));
                pass.push(format!("{name}.as_ptr(), {name}.len()"));
            }
            Kind::Int | Kind::Long => {
                let ty = if *kind == Kind::Int { "i32" } else { "i64" };
                takes.push(format!("{name}: {ty}"));
                raw.push(format!("{name}: {ty}"));
                pass.push(name);
            }
            Kind::Boolean => {
                takes.push(format!("{name}: bool"));
                raw.push(format!("{name}: i32"));
                pass.push(format!("i32::from({name})"));
            }
            Kind::Xval | Kind::None => bail!("{}: a parameter that the Rust SDK cannot pass yet", function.wit),
        }
    }
    let (returns, raw_returns) = match function.returns {
        Kind::None => ("", ""),
        Kind::Int => (" -> i32", " -> i32"),
        Kind::Long => (" -> i64", " -> i64"),
        Kind::Boolean => (" -> bool", " -> i32"),
        Kind::Xval => (" -> Value", ""),
        Kind::Str => bail!("{}: a result that the Rust SDK cannot read yet", function.wit),
    };
    if function.returns == Kind::Xval {
        raw.push("area: *mut u8".into());
        pass.push("area.as_mut_ptr()".into());
    }
    let call = format!("import({})", pass.join(", "));
    // what makes each call sound is the same everywhere: the SAFETY comment goes before the body
    let body = match function.returns {
        Kind::Xval => format!("let mut area = abi::Area::default();\nunsafe {{ {call} }};\narea.value()"),
        Kind::None => format!("unsafe {{ {call} }}"),
        Kind::Boolean => format!("let truth = unsafe {{ {call} }};\ntruth != 0"),
        _ => format!("unsafe {{ {call} }}"),
    };
    let _ = writeln!(
        text,
        "{}pub fn {}({}){returns} {{\nabi::import!({:?}, {:?}, fn import({}){raw_returns});\n\
         // SAFETY: the signature is the canonical ABI's, and what it points at outlives the call.\n{body}\n}}\n",
        doc(&format!(
            "`{}`\n\n{}",
            function.full_name(&interface.module),
            function.docs
        )),
        ident(&function.wit),
        takes.join(", "),
        interface.full,
        function.wit,
        raw.join(", "),
    );
    Ok(())
}

/// A parameter that names a callback takes a constant of `routes!`, so that no unknown name compiles.
fn names_callback(interface: &Interface, function: &Function, param: &str) -> bool {
    interface.module == "tm" && function.wit.starts_with("t-on-") && param == "rname"
}

fn doc(text: &str) -> String {
    text.lines()
        .map(|line| {
            format!("/// {}", line.replace('[', "\\[").replace(']', "\\]"))
                .trim_end()
                .to_owned()
                + "\n"
        })
        .collect()
}

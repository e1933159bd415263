//! The AssemblyScript SDK's KSR object, and the world of a guest whose text is UTF-16.

use crate::docs;
use crate::model::{Function, Interface, Kind, Model};
use crate::output::Output;
use anyhow::{Result, bail};
use std::fmt::Write;
use wit_component::StringEncoding;

/// `guest-sdk/assemblyscript/lib/ksr.ts`.
pub fn functions(model: &Model) -> Result<Output> {
    // no import and no export at the top: for an editor the file is a script, whose names are global
    let mut text = String::from(
        "// Generated from wit/ by kemist-codegen; do not edit.\n\n\
         /**\n * KEMI functions, with Kamailio's names and return codes.\n *\n\
         * What may be null, text or a number is text by default: `KSR.pv.get(\"$rs\")` is `string | null`. Another type is\n\
         * named: `KSR.pv.get<i32>(\"$rs\")`, `KSR.pv.get<string>(\"$rs\")` (empty for null), `KSR.pv.get<Value>(\"$rs\")`.\n */\n\
         // @ts-ignore: decorator\n@global\nnamespace KSR {\n",
    );
    for interface in &model.interfaces {
        if interface.module.is_empty() {
            every(&mut text, interface, 1)?;
        } else {
            let _ = writeln!(
                text,
                "{}  export namespace {} {{",
                doc(&interface.docs, 1),
                interface.module
            );
            every(&mut text, interface, 2)?;
            text.push_str("  }\n\n");
        }
    }
    text.push_str(LEAVING);
    text.push_str("}\n\n");
    for interface in &model.interfaces {
        for function in &interface.functions {
            import(&mut text, interface, function)?;
        }
    }
    Ok(Output::text("guest-sdk/assemblyscript/lib/ksr.ts", text))
}

/// `guest-sdk/assemblyscript/world.bin`: the world, for the custom section that names it.
pub fn world(model: &Model) -> Result<Output> {
    let bytes = wit_component::metadata::encode(&model.resolve, model.routing, StringEncoding::UTF16, None)?;
    Ok(Output {
        path: "guest-sdk/assemblyscript/world.bin".into(),
        bytes,
    })
}

/// What no host function does.
const LEAVING: &str = "  /** Leaving a callback. */
  export namespace x {
    /**
     * `KSR.x.exit`
     *
     * Ends the callback, from any depth.
     */
    export function exit(): void {
      __ksr.exit();
    }

    /**
     * `KSR.x.drop`
     *
     * Drops the message where the kind of callback allows it, and ends the callback.
     */
    export function drop(): void {
      __ksr_core_set_drop();
      __ksr.exit();
    }
  }
";

fn every(text: &mut String, interface: &Interface, depth: usize) -> Result<()> {
    for function in &interface.functions {
        one(text, interface, function, depth)?;
    }
    Ok(())
}

fn one(text: &mut String, interface: &Interface, function: &Function, depth: usize) -> Result<()> {
    let indent = "  ".repeat(depth);
    let (mut takes, mut pass, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for (wit, kind) in &function.params {
        let name = param(wit);
        takes.push(format!("{name}: {}", taken(function, *kind)?));
        if *kind == Kind::Str {
            lines.push(format!("{name} = __ksr.text({name});"));
            pass.push(format!("changetype<usize>({name}), {name}.length"));
        } else {
            pass.push(name);
        }
    }
    let (generic, returns) = match function.returns {
        Kind::Xval => (format!("<T = {}>", read_as(function)), "T"),
        Kind::Str => bail!("{}: a result that the AssemblyScript SDK cannot read", function.wit),
        kind => (String::new(), plain(kind)),
    };
    if function.returns == Kind::Xval {
        pass.push("__ksr.AREA".into());
    }
    let call = format!("{}({})", raw_name(interface, function), pass.join(", "));
    match function.returns {
        Kind::Xval => lines.extend([format!("{call};"), "return __ksr.result<T>();".into()]),
        Kind::None => lines.push(format!("{call};")),
        _ => lines.push(format!("return {call};")),
    }
    let docs = format!("`{}`\n\n{}", function.full_name(&interface.module), function.docs);
    let _ = writeln!(
        text,
        "{}{indent}export function {}{generic}({}): {returns} {{",
        doc(&docs, depth),
        function.name,
        takes.join(", "),
    );
    for line in lines {
        let _ = writeln!(text, "{indent}  {line}");
    }
    let _ = writeln!(text, "{indent}}}\n");
    Ok(())
}

/// The host's function, as the canonical ABI has it.
fn import(text: &mut String, interface: &Interface, function: &Function) -> Result<()> {
    let mut takes = Vec::new();
    for (wit, kind) in &function.params {
        let name = param(wit);
        match kind {
            Kind::Str => takes.push(format!("{name}: usize, {name}_len: i32")),
            _ => takes.push(format!("{name}: {}", taken(function, *kind)?)),
        }
    }
    if function.returns == Kind::Xval {
        takes.push("area: usize".into());
    }
    let _ = writeln!(
        text,
        "// @ts-ignore: decorator\n@external({:?}, {:?})\ndeclare function {}({}): {};",
        interface.full,
        function.wit,
        raw_name(interface, function),
        takes.join(", "),
        plain(function.returns),
    );
    Ok(())
}

fn raw_name(interface: &Interface, function: &Function) -> String {
    format!("__ksr_{}_{}", interface.wit, function.wit).replace('-', "_")
}

fn taken(function: &Function, kind: Kind) -> Result<&'static str> {
    match kind {
        Kind::Xval | Kind::None => bail!(
            "{}: a parameter that the AssemblyScript SDK cannot pass yet",
            function.wit
        ),
        Kind::Str => Ok("string"),
        kind => Ok(plain(kind)),
    }
}

fn plain(kind: Kind) -> &'static str {
    match kind {
        Kind::None | Kind::Xval | Kind::Str => "void",
        Kind::Int => "i32",
        Kind::Long => "i64",
        Kind::Boolean => "bool",
    }
}

/// What a result of several types is read as where the script does not say: what the comment says it can be, as
/// text rather than as a number; a value with a default, as the default is.
fn read_as(function: &Function) -> &'static str {
    match (function.name.as_str(), docs::cases(function)) {
        ("getvn", _) | (_, (true, false, _)) => "i64",
        ("getvs", _) | (_, (_, _, false)) => "string",
        _ => "string | null",
    }
}

/// A parameter's name, which must not be a word of the language.
fn param(wit: &str) -> String {
    let name = wit.replace('-', "_");
    match name.as_str() {
        "as" | "break" | "case" | "catch" | "class" | "const" | "continue" | "default" | "delete" | "do" | "else"
        | "enum" | "export" | "extends" | "false" | "for" | "function" | "if" | "import" | "in" | "instanceof"
        | "let" | "new" | "null" | "of" | "return" | "static" | "super" | "switch" | "this" | "throw" | "true"
        | "try" | "typeof" | "var" | "void" | "while" | "with" | "yield" => format!("{name}_"),
        _ => name,
    }
}

fn doc(text: &str, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    if text.is_empty() {
        return String::new();
    }
    let lines: String = text
        .replace("*/", "* /")
        .lines()
        .map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n")
        .collect();
    format!("{indent}/**\n{lines}{indent} */\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_function(name: &str, params: &[(&str, Kind)], returns: Kind) -> (Interface, Function) {
        let interface = Interface {
            wit: "auth-db".into(),
            full: "kemi:ksr/auth-db@0.1.0".into(),
            module: "auth_db".into(),
            docs: String::new(),
            functions: Vec::new(),
        };
        let function = Function {
            id: 0,
            wit: name.replace('_', "-"),
            name: name.into(),
            docs: "Ends */ well.".into(),
            params: params.iter().map(|(name, kind)| ((*name).into(), *kind)).collect(),
            returns,
            waits: false,
        };
        (interface, function)
    }

    #[test]
    fn passes_text_as_pointer_and_length() {
        let (interface, function) = a_function("auth_check", &[("srealm", Kind::Str), ("in", Kind::Int)], Kind::Int);
        let mut text = String::new();
        one(&mut text, &interface, &function, 0).unwrap();
        assert!(text.contains("export function auth_check(srealm: string, in_: i32): i32 {"));
        assert!(text.contains("return __ksr_auth_db_auth_check(changetype<usize>(srealm), srealm.length, in_);"));
        assert!(text.contains("* Ends * / well."));
        text.clear();
        import(&mut text, &interface, &function).unwrap();
        assert!(text.contains("@external(\"kemi:ksr/auth-db@0.1.0\", \"auth-check\")"));
        assert!(text.contains("(srealm: usize, srealm_len: i32, in_: i32): i32;"));
    }

    #[test]
    fn reads_values_as_their_comments_say() {
        let of = |name: &str, said: &str| {
            let (_, mut function) = a_function(name, &[], Kind::Xval);
            function.docs = format!("A value. Returns: {said}");
            read_as(&function)
        };
        assert_eq!(of("get", "int or string or null."), "string | null");
        assert_eq!(of("gete", "int or string."), "string");
        assert_eq!(of("gete_ruser", "xval (never null)."), "string");
        assert_eq!(of("getl", "long."), "i64");
        assert_eq!(of("getvn", "xval."), "i64");
        assert_eq!(of("getvs", "xval."), "string");
        assert_eq!(of("sht_setxi", "xval."), "string | null");
    }

    #[test]
    fn refuses_what_it_cannot_pass() {
        let (interface, function) = a_function("odd", &[("value", Kind::Xval)], Kind::None);
        assert!(one(&mut String::new(), &interface, &function, 0).is_err());
    }
}

//! `guest-sdk/javascript/ksr.d.ts`: the KSR object for editors, which complete and check routing scripts with it.

use crate::docs;
use crate::model::{Function, Interface, Kind, Model};
use crate::output::Output;
use std::fmt::Write;

/// What the engine gives a script beside the functions of wit/.
const ENGINE: &str = r"
/** Leaving a callback, and functions by other names. */
interface KSR_x {
  /** Ends the callback, wherever in it the call stands. A `try` around it must throw it on. */
  exit(): never;

  /** Drops the message where the kind of callback allows it, and ends the callback. */
  drop(): never;

  /**
   * A function by the name that Kamailio's native configuration has for it, whatever its module.
   *
   * @returns its code, 1 and -1 for yes and no; -1 where there is none.
   */
  modf(name: string, ...params: (string | number)[]): number;
}

/** Lines in the log of the proxy. */
declare const console: {
  debug(...values: unknown[]): void;
  trace(...values: unknown[]): void;
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
  assert(holds: unknown, ...values: unknown[]): void;
};

/** Another file of the script, in its folder. */
declare function require(name: string): any;
declare const module: { exports: any; readonly id: string };
declare let exports: any;
";

/// The declarations.
pub fn declarations(model: &Model) -> Output {
    let mut text = String::from(
        "// Generated from wit/ by kemist-codegen; do not edit.\n\
         //\n\
         // The object KSR of a routing script. Callbacks are global functions: ksr_request_route(), and those that\n\
         // KSR.tm.t_on_branch and its kin name. A module that the proxy does not have, or does not grant, is undefined.\n",
    );
    text.push_str(ENGINE);
    for interface in model.interfaces.iter().filter(|interface| !interface.module.is_empty()) {
        let _ = writeln!(
            text,
            "\n{}interface KSR_{} {{",
            comment("", &interface.docs),
            interface.module
        );
        functions(&mut text, interface);
        text.push_str("}\n");
    }
    text.push_str("\n/** Kamailio's KEMI functions. */\ninterface KSR {\n");
    for interface in model.interfaces.iter().filter(|interface| !interface.module.is_empty()) {
        let _ = writeln!(
            text,
            "{}  readonly {}: KSR_{};\n",
            comment("  ", &interface.docs),
            interface.module,
            interface.module
        );
    }
    text.push_str("  /** Leaving a callback. */\n  readonly x: KSR_x;\n\n");
    for interface in model.interfaces.iter().filter(|interface| interface.module.is_empty()) {
        functions(&mut text, interface);
    }
    text.push_str("}\n\ndeclare const KSR: KSR;\n");
    Output::text("guest-sdk/javascript/ksr.d.ts", text)
}

fn functions(text: &mut String, interface: &Interface) {
    let all: Vec<String> = interface
        .functions
        .iter()
        .map(|function| method(interface, function))
        .collect();
    text.push_str(&all.join("\n"));
}

fn method(interface: &Interface, function: &Function) -> String {
    let params: Vec<_> = docs::params(function)
        .map(|(name, kind)| format!("{}: {}", parameter(name), taken(kind)))
        .collect();
    let docs = match docs::returns(function) {
        returns if returns.is_empty() => docs::does(function),
        returns => format!("{}\n\n@returns {returns}", docs::does(function)),
    };
    format!(
        "{}  {}({}): {};\n",
        comment("  ", &format!("`{}`\n\n{docs}", function.full_name(&interface.module))),
        function.name,
        params.join(", "),
        given(function)
    )
}

/// Words that JavaScript keeps for itself are no names of parameters.
fn parameter(name: String) -> String {
    match name.as_str() {
        "break" | "case" | "catch" | "class" | "const" | "continue" | "debugger" | "default" | "delete" | "do"
        | "else" | "enum" | "export" | "extends" | "false" | "finally" | "for" | "function" | "if" | "import"
        | "in" | "new" | "null" | "return" | "super" | "switch" | "this" | "throw" | "true" | "try" | "typeof"
        | "var" | "void" | "while" | "with" => format!("{name}_"),
        _ => name,
    }
}

fn taken(kind: Kind) -> &'static str {
    match kind {
        Kind::None => "null",
        Kind::Int | Kind::Long => "number",
        Kind::Boolean => "boolean",
        Kind::Str => "string",
        Kind::Xval => "string | number | null",
    }
}

fn given(function: &Function) -> String {
    match function.returns {
        Kind::None => "void".into(),
        Kind::Xval => {
            let (number, string, null) = docs::cases(function);
            let words = [(string, "string"), (number, "number"), (null, "null")];
            let words: Vec<_> = words.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
            words.join(" | ")
        }
        kind => taken(kind).into(),
    }
}

/// A JSDoc comment, one line where it has one.
fn comment(indent: &str, text: &str) -> String {
    let text = text.replace("*/", "*\\/");
    let lines: Vec<&str> = text.trim().lines().map(str::trim).collect();
    match lines.as_slice() {
        [] => String::new(),
        [line] => format!("{indent}/** {line} */\n"),
        lines => {
            let body: String = lines
                .iter()
                .map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n")
                .collect();
            format!("{indent}/**\n{body}{indent} */\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_cannot_end_early() {
        assert_eq!(comment("  ", "a */ b"), "  /** a *\\/ b */\n");
        assert_eq!(comment("", "a\n\nb"), "/**\n * a\n *\n * b\n */\n");
    }

    #[test]
    fn parameters_are_names() {
        assert_eq!(parameter("default".into()), "default_");
        assert_eq!(parameter("uri".into()), "uri");
    }
}

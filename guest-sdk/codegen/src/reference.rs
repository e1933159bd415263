//! `docs/kemi.md`: every function by module, and those of Kamailio that are not here.

use crate::docs::{self, one_line};
use crate::model::{Function, Interface, Kind, Model};
use crate::output::Output;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// The page.
pub fn page(model: &Model, root: &Path) -> Result<Output> {
    let kamailio = Kamailio::read(&root.join("guest-sdk/codegen/kamailio.txt"))?;
    let mut text = String::from("<!-- Generated from wit/ by kemist-codegen; do not edit. -->\n# KEMI functions\n\n");
    if let Some(interface) = model
        .interfaces
        .iter()
        .find(|interface| !root.join(file(interface)).exists())
    {
        bail!("{} is missing: it implements {}", file(interface), interface.full);
    }
    introduction(&mut text, model, &kamailio);
    for interface in &model.interfaces {
        module(&mut text, interface, &kamailio);
    }
    missing(&mut text, model, &kamailio);
    Ok(Output::text("docs/kemi.md", text))
}

fn introduction(text: &mut String, model: &Model, kamailio: &Kamailio) {
    let count: usize = model.interfaces.iter().map(|i| i.functions.len()).sum();
    let _ = writeln!(
        text,
        "{count} functions in {} modules are implemented; Kamailio exports {} in {}, and the [last table](#not-here) names \
         what is not here. `kemist check` lists what a module or script uses.\n",
        model.interfaces.len(),
        kamailio.0.values().map(Vec::len).sum::<usize>(),
        kamailio.0.len(),
    );
    text.push_str(
        "`int` is 32 bits, `long` 64; `bool` is true or false; `xval` is null, a number or text. Where nothing else is said, a \
         positive number is yes, a negative one no.\n\n\
         | language | a call |\n|---|---|\n\
         | Rust | `tm::t_relay()`; without a module: `ksr::info(\"text\")` |\n\
         | AssemblyScript, JavaScript | `KSR.tm.t_relay()`; without a module: `KSR.info(\"text\")` |\n\n\
         `KSR.x.exit()` ends a callback, `KSR.x.drop()` drops the message too: in Rust `return ksr::exit()` and \
         `ksr::x::drop()`.\n\n\
         | module | functions | of Kamailio's | implemented in |\n|---|---|---|---|\n",
    );
    for interface in &model.interfaces {
        let title = title(interface);
        let _ = writeln!(
            text,
            "| [{title}](#{}) | {} | {} | [{file}](../{file}) |",
            anchor(&title),
            interface.functions.len(),
            kamailio.functions(&interface.module).len(),
            file = file(interface),
        );
    }
    text.push('\n');
}

fn module(text: &mut String, interface: &Interface, kamailio: &Kamailio) {
    let _ = writeln!(
        text,
        "## {}\n\n{}\nImplemented in [{file}](../{file}).",
        title(interface),
        one_line(&interface.docs),
        file = file(interface),
    );
    let absent = kamailio.absent(interface);
    if !absent.is_empty() {
        let _ = writeln!(text, "Not here: {}.", names(&absent));
    }
    let _ = writeln!(text, "\n| function | what it does | returns |\n|---|---|---|");
    for function in &interface.functions {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            signature(function),
            docs::does(function).replace('|', "\\|"),
            docs::returns(function).replace('|', "\\|"),
        );
    }
    text.push('\n');
}

fn missing(text: &mut String, model: &Model, kamailio: &Kamailio) {
    text.push_str(
        "## Not here\n\nModules of Kamailio that kemist does not have. In a script such a module is `undefined`, so that \
         `if (KSR.nathelper)` asks for one.\n\n| module | functions |\n|---|---|\n",
    );
    for (module, functions) in &kamailio.0 {
        if !model.interfaces.iter().any(|interface| interface.module == *module) {
            let _ = writeln!(text, "| KSR.{module} | {} |", names(functions));
        }
    }
}

/// What Kamailio exports, by module.
struct Kamailio(BTreeMap<String, Vec<String>>);

impl Kamailio {
    fn read(path: &Path) -> Result<Kamailio> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let mut modules = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (module, functions) = line
                .split_once(": ")
                .with_context(|| format!("{}: {line}", path.display()))?;
            let module = if module == "KSR" { "" } else { module };
            modules.insert(module.to_owned(), functions.split(' ').map(str::to_owned).collect());
        }
        Ok(Kamailio(modules))
    }

    fn functions(&self, module: &str) -> &[String] {
        self.0.get(module).map_or(&[], Vec::as_slice)
    }

    fn absent(&self, interface: &Interface) -> Vec<String> {
        let here = |name: &&String| interface.functions.iter().any(|function| function.name == **name);
        let all = self.functions(&interface.module).iter();
        all.filter(|name| !here(name)).cloned().collect()
    }
}

fn title(interface: &Interface) -> String {
    if interface.module.is_empty() {
        "KSR".to_owned()
    } else {
        format!("KSR.{}", interface.module)
    }
}

/// The heading's anchor, as forges make it.
fn anchor(title: &str) -> String {
    title.to_lowercase().replace('.', "")
}

/// The file that implements the interface: it has the interface's name.
fn file(interface: &Interface) -> String {
    format!("host/src/modules/{}.rs", interface.ident())
}

fn names(functions: &[String]) -> String {
    let quoted: Vec<_> = functions.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" ")
}

fn signature(function: &Function) -> String {
    let params: Vec<_> = docs::params(function)
        .map(|(name, kind)| format!("{name}: {}", word(kind)))
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

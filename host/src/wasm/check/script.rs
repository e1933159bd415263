//! What a script in JavaScript calls, by reading it: its imports are the dynamic table, whatever it uses of it.

use super::grants::Needs;
use super::tokens::{Kind, Token, tokens};
use crate::wasm::dynamic::{FUNCTIONS, Function};
use kemist_bindings::kemi::ksr::dynamic;
use serde::Deserialize;
use std::collections::BTreeSet;
use wasmparser::{Parser, Payload};

/// The functions that Kamailio exports, a module a line.
const KAMAILIO: &str = include_str!("../../../../guest-sdk/codegen/kamailio.txt");

/// What the engine has beside the table.
const ENGINE: [&str; 3] = ["exit", "drop", "modf"];

/// Names that scripts still use, and what they are called today.
const OLD_NAMES: [(&str, &str, &str, &str); 3] = [
    ("hdr", "append_hf", "hdr", "append"),
    ("htable", "sht_has_name", "htable", "sht_match_name"),
    ("", "drop", "", "set_drop"),
];

/// The section in which an engine's component carries the source of its script.
const SECTION: &str = "kemist:source";

/// What is found in the files of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The functions of this kemist that it names, by their KEMI names, each once.
    pub functions: BTreeSet<String>,
    /// What it names of Kamailio that is not here, where it asks first (`if (KSR.nathelper)`).
    pub absent: BTreeSet<String>,
    /// What cannot work: `FILE:LINE: what`.
    pub findings: Vec<String>,
    /// What it must be granted.
    pub needs: Needs,
}

/// One file of a script.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    name: String,
    text: String,
}

/// The files of the script that a component carries.
pub(super) fn carried(component: &[u8]) -> Option<Vec<File>> {
    #[derive(Deserialize)]
    struct Source {
        files: Vec<File>,
    }
    let payloads = Parser::new(0).parse_all(component).flatten();
    let mut sections = payloads.filter_map(|payload| match payload {
        Payload::CustomSection(section) if section.name() == SECTION => Some(section.data()),
        _ => None,
    });
    let source: Source = sections.find_map(|data| serde_json::from_slice(data).ok())?;
    Some(source.files)
}

impl Script {
    /// Reads the files of a script that has these callbacks.
    pub(super) fn of(files: &[File], callbacks: &[String]) -> Script {
        let mut script = Script::default();
        let own = |file: &&File| !file.name.ends_with(".json");
        for file in files.iter().filter(own) {
            script.read(&file.name, &file.text, callbacks);
        }
        script
    }

    /// Reads one file.
    fn read(&mut self, file: &str, source: &str, callbacks: &[String]) {
        let tokens = tokens(source);
        let uses: Vec<Use> = (0..tokens.len()).filter_map(|at| Use::at(&tokens, at)).collect();
        // a name that is only looked at is asked for: what stands behind the question is not reached without it
        let asked: BTreeSet<String> = uses.iter().filter(|used| used.call.is_none()).map(Use::name).collect();
        let called: BTreeSet<String> = uses.iter().filter(|used| used.call.is_some()).map(Use::name).collect();
        let mut written = Vec::new();
        for used in &uses {
            let finding = |text: String| format!("{file}:{}: {text}", used.line);
            match used.function() {
                Found::Here(function) => {
                    self.functions.insert(function.full_name());
                    match &used.call {
                        // the question before a call is none of its own
                        None if called.contains(&used.name()) => {}
                        Some(_) if used.is_asked(&asked) => self.needs.function(function, true),
                        call => {
                            self.needs.function(function, false);
                            let arguments = call.as_ref().and_then(Option::as_ref);
                            let words: Option<Vec<&[Kind<'_>]>> =
                                arguments.map(|arguments| arguments.iter().map(|argument| &argument.0[..]).collect());
                            written.extend(self.needs.arguments(function, words.as_deref()));
                        }
                    }
                    let wrong = used
                        .call
                        .as_ref()
                        .and_then(|arguments| wrong(function, arguments, callbacks));
                    self.findings.extend(wrong.map(finding));
                }
                Found::Part => {}
                Found::Nowhere if used.is_asked(&asked) => {
                    self.absent.insert(used.name());
                }
                Found::Nowhere => self.findings.push(finding(unknown(&used.name()))),
            }
        }
        for token in &tokens {
            if let Kind::Text(text) | Kind::Piece(text) = token.kind
                && !written.iter().any(|known| std::ptr::eq(*known, text))
            {
                self.needs.variables(text);
            }
        }
    }
}

fn unknown(name: &str) -> String {
    let path = name.strip_prefix("KSR.").unwrap_or(name);
    let (module, function) = path.split_once('.').unwrap_or(("KSR", path));
    let theirs = KAMAILIO
        .lines()
        .filter_map(|line| line.split_once(": "))
        .any(|(known, functions)| known == module && functions.split(' ').any(|known| known == function));
    if theirs {
        format!("{name} is a function of Kamailio that this kemist does not have (docs/kemi.md lists those it has)")
    } else {
        format!("{name}: there is no such function (docs/kemi.md lists all)")
    }
}

/// `KSR.module.function`, as it stands somewhere.
struct Use<'s> {
    module: &'s str,
    function: Option<&'s str>,
    line: usize,
    /// Behind `?.`: it is not reached where it is not there.
    optional: bool,
    /// Where it is called: the arguments, None where a spread makes their number unknown.
    call: Option<Option<Vec<Argument<'s>>>>,
}

/// The words of an argument.
struct Argument<'s>(Vec<Kind<'s>>);

impl<'s> Argument<'s> {
    /// The text, where it is one and nothing else.
    fn text(&self) -> Option<&'s str> {
        match self.0[..] {
            [Kind::Text(text)] => Some(text),
            _ => None,
        }
    }
}

enum Found {
    Here(&'static Function),
    /// A module, or what the engine has.
    Part,
    Nowhere,
}

impl<'s> Use<'s> {
    /// The use that begins at this word.
    fn at(tokens: &[Token<'s>], at: usize) -> Option<Use<'s>> {
        if tokens[at].kind != Kind::Name("KSR") || is_property(tokens, at) {
            return None;
        }
        let mut next = at + 1;
        let mut optional = false;
        let module = member(tokens, &mut next, &mut optional)?;
        let function = if is_function_of_core(module) {
            None
        } else {
            member(tokens, &mut next, &mut optional)
        };
        if tokens.get(next).map(|token| token.kind) == Some(Kind::Optional) {
            optional = true;
        }
        // `?.(`
        if optional && tokens.get(next + 1).map(|token| token.kind) == Some(Kind::Mark('.')) {
            next += 2;
        }
        let called = tokens.get(next).map(|token| token.kind) == Some(Kind::Mark('('));
        let call = called.then(|| arguments(&tokens[next + 1..]));
        Some(Use {
            module,
            function,
            line: tokens[at].line,
            optional,
            call,
        })
    }

    fn name(&self) -> String {
        match self.function {
            Some(function) => format!("KSR.{}.{function}", self.module),
            None => format!("KSR.{}", self.module),
        }
    }

    fn function(&self) -> Found {
        let (module, name) = match self.function {
            Some(name) => (self.module, name),
            None => ("", self.module),
        };
        let old = OLD_NAMES.iter().find(|(of, old, _, _)| (*of, *old) == (module, name));
        let (module, name) = old.map_or((module, name), |(_, _, of, today)| (*of, *today));
        let here = |function: &&Function| function.module == module && function.name == name;
        match FUNCTIONS.iter().find(here) {
            Some(function) => Found::Here(function),
            None if module == "x" && ENGINE.contains(&name) => Found::Part,
            None if self.function.is_none() && (name == "x" || is_module(name)) => Found::Part,
            None => Found::Nowhere,
        }
    }

    fn is_asked(&self, asked: &BTreeSet<String>) -> bool {
        self.optional || asked.contains(&self.name()) || asked.contains(&format!("KSR.{}", self.module))
    }
}

fn is_module(name: &str) -> bool {
    FUNCTIONS.iter().any(|function| function.module == name)
}

fn is_function_of_core(name: &str) -> bool {
    FUNCTIONS
        .iter()
        .any(|function| function.module.is_empty() && function.name == name)
}

/// `other.KSR`, or `{ KSR: ... }`.
fn is_property(tokens: &[Token<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| tokens[before].kind);
    let after = tokens.get(at + 1).map(|token| token.kind);
    before == Some(Kind::Mark('.')) || after == Some(Kind::Mark(':'))
}

/// `.name`, `?.name` or `["name"]` at this place.
fn member<'s>(tokens: &[Token<'s>], next: &mut usize, optional: &mut bool) -> Option<&'s str> {
    let kind = |at: usize| tokens.get(at).map(|token| token.kind);
    let mut at = *next;
    if kind(at) == Some(Kind::Optional) {
        *optional = true;
        at += 1;
    }
    match (kind(at)?, kind(at + 1)?, kind(at + 2)) {
        (Kind::Mark('.'), Kind::Name(name), _) => {
            *next = at + 2;
            Some(name)
        }
        (Kind::Mark('['), Kind::Text(name), Some(Kind::Mark(']'))) => {
            *next = at + 3;
            Some(name)
        }
        _ => None,
    }
}

/// The arguments behind an opening bracket.
fn arguments<'s>(tokens: &[Token<'s>]) -> Option<Vec<Argument<'s>>> {
    let mut found = Vec::new();
    let mut words: Vec<Kind<'s>> = Vec::new();
    let mut depth = 0usize;
    for token in tokens {
        match token.kind {
            Kind::Mark('.') if words.is_empty() => return None,
            Kind::Mark(')') if depth == 0 => {
                if !words.is_empty() {
                    found.push(Argument(words));
                }
                return Some(found);
            }
            Kind::Mark(',') if depth == 0 => {
                found.push(Argument(std::mem::take(&mut words)));
                continue;
            }
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        words.push(token.kind);
    }
    None
}

/// What the engine would log at the call, or do silently with what cannot be meant.
fn wrong(function: &Function, arguments: &Option<Vec<Argument<'_>>>, callbacks: &[String]) -> Option<String> {
    let arguments = arguments.as_ref()?;
    let name = function.full_name();
    let (wanted, given) = (function.params.len(), arguments.len());
    if given < wanted {
        return Some(format!("{name}: {wanted} parameters are expected, {given} given"));
    }
    for (at, (kind, argument)) in function.params.iter().zip(arguments).enumerate() {
        let Some(text) = argument.text() else { continue };
        let number = matches!(kind, dynamic::Kind::Int | dynamic::Kind::Long);
        if number && text.trim().parse::<f64>().is_err() && !text.trim().starts_with("0x") {
            return Some(format!("{name}: parameter {} must be a number, {text:?} given", at + 1));
        }
        let names_callback = function.module == "tm" && function.name.starts_with("t_on_");
        if names_callback && !text.is_empty() && !callbacks.iter().any(|known| known == text) {
            return Some(format!(
                "{name}: the script has no callback {text}; it has {}",
                callbacks.join(" ")
            ));
        }
    }
    None
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn read(source: &str) -> Script {
        let mut script = Script::default();
        script.read(
            "r.js",
            source,
            &["ksr_request_route".into(), "ksr_failure_manage".into()],
        );
        script
    }

    #[test]
    fn scripts_travel_in_components() {
        let json = r#"{"files":[{"name":"r.js","text":"KSR.tm.t_fly()"},{"name":"a.json","text":"KSR.fly()"}]}"#;
        let json: String = json.bytes().map(|byte| format!("\\{byte:02x}")).collect();
        let component = wat::parse_str(format!("(component (@custom \"kemist:source\" \"{json}\"))")).unwrap();
        let files = carried(&component).unwrap();
        assert_eq!(Script::of(&files, &[]).findings.len(), 1);
        assert!(carried(b"nothing").is_none());
    }

    #[test]
    fn calls_are_found() {
        let script = read(
            "function ksr_request_route() {\n  // KSR.tm.t_fly()\n  KSR.info(`${KSR.pv.get('$ru')}\\n`);\n  \
             KSR[\"sl\"].send_reply(404, \"No\"); const f = KSR.tm.t_relay; f(); KSR.x.exit(); a.KSR.fly();\n}",
        );
        let names: Vec<_> = script.functions.iter().map(String::as_str).collect();
        assert_eq!(names, ["KSR.info", "KSR.pv.get", "KSR.sl.send_reply", "KSR.tm.t_relay"]);
        assert_eq!(script.findings, Vec::<String>::new());
        assert!(read("KSR.hdr.append_hf('X: y\\r\\n'); KSR.drop()").findings.is_empty());
    }

    #[test]
    fn what_is_not_here_is_found_with_its_line() {
        let script = read("\nKSR.tm.t_fly();\nKSR.fly();\nKSR.x.fly(); KSR.dispatcher.ds_select_dst(1, 4);");
        let starts = [
            "r.js:2: KSR.tm.t_fly: there",
            "r.js:3: KSR.fly: there",
            "r.js:4: KSR.x.fly: there",
            "r.js:4: KSR.dispatcher.ds_select_dst is a function of Kamailio",
        ];
        assert_eq!(script.findings.len(), starts.len(), "{:?}", script.findings);
        for (finding, start) in script.findings.iter().zip(starts) {
            assert!(finding.starts_with(start), "{finding}");
        }
    }

    #[test]
    fn who_asks_first_may_name_what_is_not_here() {
        for source in [
            "if (KSR.dispatcher) KSR.dispatcher.ds_select_dst(1, 4);",
            "if (KSR.tm.t_fly) { KSR.tm.t_fly() }",
            "KSR.dispatcher?.ds_select_dst(1, 4)",
            "KSR.tm.t_fly?.()",
        ] {
            let script = read(source);
            assert_eq!(
                (script.findings.len(), script.absent.is_empty()),
                (0, false),
                "{source}: {script:?}"
            );
        }
    }

    #[test]
    fn arguments_that_cannot_be_meant() {
        for (source, words) in [
            (
                "KSR.sl.send_reply(404)",
                "KSR.sl.send_reply: 2 parameters are expected, 1 given",
            ),
            (
                "KSR.sl.send_reply('no', f(a, b))",
                "parameter 1 must be a number, \"no\" given",
            ),
            ("KSR.tm.t_on_failure('other')", "the script has no callback other"),
        ] {
            let found = read(source).findings;
            assert!(found.len() == 1 && found[0].contains(words), "{source}: {found:?}");
        }
        for source in [
            "KSR.sl.send_reply(...both)",
            "KSR.sl.send_reply('404', 'No')",
            "KSR.sl.send_reply(code(1, 2), { a: 1, b: 2 }.a)",
            "KSR.tm.t_on_failure(name)",
            "KSR.tm.t_on_failure('ksr_failure_manage')",
            "KSR.sl.send_reply(",
        ] {
            assert_eq!(read(source).findings, Vec::<String>::new(), "{source}");
        }
    }
}

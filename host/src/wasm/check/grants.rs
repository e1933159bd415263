//! What a module must be granted where it is a tenant's: from its imports, and from the texts in its script.

use super::place_of;
use super::tokens::Kind;
use crate::route::lines::{is_token, may_be_written};
use crate::tenant::Granted;
use crate::tenant::grants::{is_free, line_for};
use crate::wasm::dynamic::{FUNCTIONS, Function};
use kemist_sip::message::header::long_form;
use std::collections::BTreeSet;

/// Functions that take header lines: the places of their parameters.
const LINES: &[(&str, &str, &[usize])] = &[
    ("hdr", "append", &[0]),
    ("hdr", "append_after", &[0]),
    ("hdr", "insert", &[0]),
    ("hdr", "insert_before", &[0]),
    ("hdr", "rmappend", &[1]),
    ("hdr", "rminsert", &[1]),
    ("hdr", "append_to_reply", &[0]),
    ("tm", "t_uac_send", &[4]),
    ("tmx", "t_uac_ack_local", &[2]),
];

/// Functions whose first parameter names a header that they change.
const NAMES: &[(&str, &str)] = &[
    ("hdr", "remove"),
    ("hdr", "rmappend"),
    ("hdr", "rminsert"),
    ("textops", "remove_hf"),
    ("textops", "remove_hf_idx"),
    ("textops", "remove_hf_match"),
    ("textops", "subst_hf"),
];

/// Functions that change these headers, whatever they are called with.
const FIXED: &[(&str, &str, &[&str])] = &[
    ("nathelper", "fix_nated_contact", &["Contact"]),
    ("nathelper", "set_contact_alias", &["Contact"]),
    ("nathelper", "set_contact_alias_trim", &["Contact"]),
    ("nathelper", "add_contact_alias", &["Contact"]),
    ("textops", "set_body", &["Content-Type"]),
    ("textops", "set_body_hex", &["Content-Type"]),
    ("textops", "set_reply_body", &["Content-Type"]),
    ("textops", "set_reply_body_hex", &["Content-Type"]),
    ("textops", "set_body_multipart", &["Content-Type", "MIME-Version"]),
    ("textops", "set_body_multipart_mode", &["Content-Type", "MIME-Version"]),
    (
        "textops",
        "set_body_multipart_boundary",
        &["Content-Type", "MIME-Version"],
    ),
    (
        "textops",
        "set_body_multipart_content",
        &["Content-Type", "MIME-Version"],
    ),
];

/// Functions that change whatever headers they find a text or a name in.
const SEARCHES: &[(&str, &str)] = &[
    ("textops", "subst"),
    ("textops", "replace"),
    ("textops", "replace_all"),
    ("textops", "replace_str"),
    ("textops", "replace_hdrs"),
    ("textops", "replace_hdrs_str"),
    ("textops", "search_append"),
    ("textops", "remove_hf_re"),
    ("textops", "remove_hf_exp"),
];

/// Functions that send requests.
const SENDS: &[(&str, &str)] = &[
    ("", "forward"),
    ("", "forward_uri"),
    ("tm", "t_relay"),
    ("tm", "t_relay_to_flags"),
    ("tm", "t_relay_to_proto"),
    ("tm", "t_relay_to_proto_addr"),
    ("tm", "t_relay_to_proxy"),
    ("tm", "t_relay_to_proxy_flags"),
    ("tm", "t_replicate"),
    ("tm", "t_uac_send"),
];

/// Functions that assign a variable, and what assigning `$sht` by them is.
const ASSIGNS: &[(&str, &str)] = &[
    ("sets", "htable.sht_sets"),
    ("seti", "htable.sht_seti"),
    ("unset", "htable.sht_rm"),
];

/// Variables of hash tables, and the function that reading each is.
const TABLES: &[(&str, &str)] = &[
    ("sht", "htable.sht_get"),
    ("shtex", "htable.sht_get"),
    ("shtinc", "htable.sht_inc"),
    ("shtdec", "htable.sht_dec"),
    ("shtcn", "htable.sht_cn"),
    ("shtcv", "htable.sht_cn"),
];

/// The least that a module must be granted, as far as can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Lines for `grants`.
    pub lines: BTreeSet<String>,
    /// Lines that it does without: its script asks first whether the function is there.
    pub asked: BTreeSet<String>,
    /// The hash tables that it names.
    pub tables: BTreeSet<String>,
    /// Functions whose headers cannot be read.
    pub unread: BTreeSet<String>,
    /// It sends requests.
    pub sends: bool,
}

impl Needs {
    /// A function that an import is.
    pub(super) fn import(&mut self, import: &str) {
        if let Some(function) = place_of(import).and_then(|place| FUNCTIONS.get(place)) {
            self.function(function, false);
            self.arguments(function, None);
        }
    }

    /// A function that is named; `asked` says that the script asks for it first.
    pub(super) fn function(&mut self, function: &Function, asked: bool) {
        if is_free(function) {
            return;
        }
        let line = line_for(function);
        if asked {
            if !self.lines.contains(&line) {
                self.asked.insert(line);
            }
            return;
        }
        self.asked.remove(&line);
        self.lines.insert(line);
        self.sends |= SENDS.contains(&(function.module, function.name));
    }

    /// What its arguments, as words, ask for; None where they cannot be read. Gives those texts back that
    /// were variables to be assigned.
    pub(super) fn arguments<'s>(&mut self, function: &Function, arguments: Option<&[&[Kind<'s>]]>) -> Option<&'s str> {
        let (module, name) = (function.module, function.name);
        let is = |(of, called): (&str, &str)| (of, called) == (module, name);
        let argument = |at: usize| arguments.and_then(|arguments| arguments.get(at).copied());
        let mut unread = SEARCHES.iter().any(|of| is(*of));
        for (_, _, headers) in FIXED.iter().filter(|(of, called, _)| is((of, called))) {
            headers.iter().for_each(|header| self.header(header));
        }
        if NAMES.iter().any(|of| is(*of)) {
            match argument(0).and_then(whole) {
                Some(name) => self.header(name),
                None => unread = true,
            }
        }
        for (_, _, places) in LINES.iter().filter(|(of, called, _)| is((of, called))) {
            for place in *places {
                unread |= !argument(*place).is_some_and(|words| self.header_lines(words));
            }
        }
        if unread {
            self.unread.insert(line_for(function));
        }
        if module == "htable"
            && let Some(table) = argument(0).and_then(whole)
        {
            self.tables.insert(table.to_owned());
        }
        let assigns = ASSIGNS.iter().find(|(called, _)| is(("pv", called)));
        let (_, function) = assigns?;
        let variable = argument(0).and_then(whole)?;
        self.assigned(variable, function);
        Some(variable)
    }

    /// Finds variables of hash tables in a text of a script.
    pub(super) fn variables(&mut self, text: &str) {
        for at in text.match_indices('$').map(|(at, _)| at) {
            if let Some((function, table)) = table_at(&text[at..]) {
                self.lines.insert(function.to_owned());
                self.tables.extend(table.map(str::to_owned));
            }
        }
    }

    /// What the data of a compiled module tells: texts with variables of hash tables.
    pub(super) fn compiled(&mut self, bytes: &[u8]) {
        for at in memchr::memmem::find_iter(bytes, b"$") {
            let text = bytes.get(at..bytes.len().min(at + 80)).unwrap_or_default();
            let ascii = text
                .iter()
                .position(|b| !(b' '..0x7f).contains(b))
                .unwrap_or(text.len());
            let text = std::str::from_utf8(&text[..ascii]).unwrap_or_default();
            if let Some((function, Some(table))) = table_at(text) {
                self.lines.insert(function.to_owned());
                self.tables.insert(table.to_owned());
            }
        }
    }

    /// What is needed and not granted.
    pub fn refused(&self, granted: &Granted) -> Vec<&str> {
        let lines = self.lines.iter().map(String::as_str);
        let refused = lines.filter(|line| match line.strip_prefix("header:") {
            Some(header) => !granted.header(header.as_bytes()),
            None => line
                .split_once('.')
                .is_none_or(|(module, name)| !granted.function(if module == "core" { "" } else { module }, name)),
        });
        refused.collect()
    }

    fn assigned(&mut self, variable: &str, function: &str) {
        if let Some((_, table)) = table_at(variable) {
            let expires = variable.trim_start_matches(['$', '(']).starts_with("shtex");
            let function = if expires { "htable.sht_setex" } else { function };
            self.lines.insert(function.to_owned());
            self.tables.extend(table.map(str::to_owned));
        }
        let name = variable.trim_start_matches(['$', '(']).trim_end_matches(')');
        match name {
            "fu" | "from" | "fU" | "from.user" | "fd" | "from.domain" | "fn" => self.header("From"),
            "tu" | "to" | "tU" | "to.user" | "td" | "to.domain" | "tn" => self.header("To"),
            _ => {}
        }
    }

    fn header(&mut self, name: &str) {
        let name = name.trim();
        if is_token(name.as_bytes()) && may_be_written(name.as_bytes()) {
            let long = String::from_utf8_lossy(long_form(name.as_bytes()));
            self.lines.insert(format!("header:{long}"));
        }
    }

    /// The headers that a text, or several joined, writes. False where it cannot be read.
    fn header_lines(&mut self, words: &[Kind<'_>]) -> bool {
        let mut texts = words.iter().filter_map(|word| match word {
            Kind::Text(text) | Kind::Piece(text) => Some(*text),
            _ => None,
        });
        let begins = matches!(words.first(), Some(Kind::Text(_) | Kind::Piece(_)));
        let Some(first) = texts.next().filter(|_| begins) else {
            return false;
        };
        // nothing at all is no line
        let known = first.is_empty() && words.len() == 1 || name_of(first).is_some();
        let lines = |text: &str| text.replace("\\n", "\n").replace("\\r", "\r");
        for (at, text) in std::iter::once(first).chain(texts).enumerate() {
            // what follows a value is of the same line, up to a line end
            for line in lines(text).split('\n').skip(usize::from(at > 0)) {
                if let Some(name) = name_of(line) {
                    self.header(name);
                }
            }
        }
        known
    }
}

/// The name that a header line begins with.
fn name_of(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(':')?;
    let name = name.trim_end();
    is_token(name.as_bytes()).then_some(name)
}

/// The text that an argument is.
fn whole<'s>(words: &[Kind<'s>]) -> Option<&'s str> {
    match words {
        [Kind::Text(text) | Kind::Piece(text)] => Some(text),
        _ => None,
    }
}

/// The variable of a hash table that a text begins with: the function that reading it is, and the table where
/// its name stands there.
fn table_at(text: &str) -> Option<(&'static str, Option<&str>)> {
    let text = text.strip_prefix('$')?;
    let text = text.strip_prefix('(').unwrap_or(text);
    let (name, rest) = text.split_once('(')?;
    let (_, function) = TABLES.iter().find(|(known, _)| *known == name)?;
    let table = rest.split_once("=>").map(|(table, _)| table.trim());
    let table = table.filter(|table| {
        !table.is_empty()
            && table
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
    });
    Some((function, table))
}

#[cfg(test)]
mod tests {
    use super::super::script::tests::read;
    use super::*;

    fn lines(source: &str) -> Vec<String> {
        read(source).needs.lines.into_iter().collect()
    }

    #[test]
    fn functions_are_needed_where_they_are_not_asked_for() {
        let needs = read(
            "KSR.info('a'); KSR.drop(); KSR.x.exit(); const f = KSR.tm.t_relay; f();\n\
             if (KSR.nathelper) KSR.nathelper.nat_uac_test(1);\nKSR.pike?.pike_check_req();",
        )
        .needs;
        assert_eq!(needs.lines.iter().collect::<Vec<_>>(), ["core.info", "tm.t_relay"]);
        let asked: Vec<_> = needs.asked.iter().map(String::as_str).collect();
        assert_eq!(asked, ["nathelper.nat_uac_test", "pike.pike_check_req"]);
        assert!(needs.sends);
    }

    #[test]
    fn headers_are_read_where_they_stand() {
        for (source, headers) in [
            (
                "KSR.hdr.append('X-A: 1\\r\\nX-B: 2\\r\\n')",
                &["header:X-A", "header:X-B"][..],
            ),
            (
                "KSR.hdr.insert(\"s: \" + x + '\\r\\nX-B: ' + y)",
                &["header:Subject", "header:X-B"],
            ),
            (
                "KSR.hdr.append(`X-A: ${a}\\r\\nX-C: ${b}:c`)",
                &["header:X-A", "header:X-C"],
            ),
            ("KSR.hdr.rmappend('X-A', 'X-B: 1')", &["header:X-A", "header:X-B"]),
            ("KSR.textops.subst_hf('m', '/a/b/', 'a')", &["header:Contact"]),
            ("KSR.nathelper.set_contact_alias()", &["header:Contact"]),
            ("KSR.pv.sets('$fu', x); KSR.pv.sets('$ru', x)", &["header:From"]),
            ("KSR.textops.set_body('a', t)", &["header:Content-Type"]),
            (
                "KSR.tm.t_uac_send('MESSAGE', u, '', '', 'From: <sip:a@b>', '')",
                &["header:From"],
            ),
            ("KSR.hdr.remove('Via')", &[]),
        ] {
            let found: Vec<_> = lines(source)
                .into_iter()
                .filter(|line| line.starts_with("header:"))
                .collect();
            assert_eq!(found, headers, "{source}");
            assert!(read(source).needs.unread.is_empty(), "{source}");
        }
        for source in [
            "KSR.hdr.append(x)",
            "KSR.hdr.remove(x + 'a')",
            "KSR.textops.replace('a', 'b')",
        ] {
            assert_eq!(read(source).needs.unread.len(), 1, "{source}");
        }
        assert!(
            read("KSR.tm.t_uac_send('OPTIONS', u, '', '', '', '')")
                .needs
                .unread
                .is_empty()
        );
    }

    #[test]
    fn tables_are_read_where_they_stand() {
        let of = |source| {
            let needs = read(source).needs;
            let lines: Vec<_> = needs
                .lines
                .into_iter()
                .filter(|line| line.starts_with("htable"))
                .collect();
            (lines.join(" "), needs.tables.into_iter().collect::<Vec<_>>().join(" "))
        };
        for (source, lines, tables) in [
            ("KSR.htable.sht_get('ban', k)", "htable.sht_get", "ban"),
            ("KSR.pv.get('$sht(a=>b)')", "htable.sht_get", "a"),
            ("KSR.pv.seti('$sht(a=>b)', 1)", "htable.sht_seti", "a"),
            ("KSR.pv.sets(`$sht(a=>b)`, 'x')", "htable.sht_sets", "a"),
            ("KSR.pv.unset('$sht(a=>b)')", "htable.sht_rm", "a"),
            ("KSR.pv.seti('$shtex(a=>b)', 9)", "htable.sht_setex", "a"),
            (
                "KSR.info('x $shtinc(a=>$si) $(sht(c=>d){s.len})')",
                "htable.sht_get htable.sht_inc",
                "a c",
            ),
            ("KSR.pv.get(`$sht(${t}=>b)`)", "htable.sht_get", ""),
            ("KSR.pv.get('$shv(a)')", "", ""),
        ] {
            assert_eq!(of(source), (lines.to_owned(), tables.to_owned()), "{source}");
        }
    }

    #[test]
    fn what_is_not_granted_is_listed() {
        let needs = read("KSR.info('a'); KSR.hdr.append('X-A: 1'); KSR.tm.t_relay()").needs;
        let refused = |list: &[&str]| {
            let grants = crate::sign::Grants::new(list.iter().copied()).expect("lines");
            let granted = Granted::new(&grants).expect("grants");
            needs.refused(&granted).join(" ")
        };
        assert_eq!(refused(&[]), "core.info hdr.append header:X-A tm.t_relay");
        assert_eq!(refused(&["core", "tm", "header:X-*"]), "hdr.append");
        let own: Vec<&str> = needs.lines.iter().map(String::as_str).collect();
        assert_eq!(refused(&own), "");
    }
}

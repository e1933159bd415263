//! What a tenant's routing may use: functions, hash tables of the operator, headers, destinations. What no
//! line grants is refused.
//!
//! | line | grants |
//! |---|---|
//! | `sl`, `core` | all functions of a module; `core` are those without one (`KSR.is_INVITE`) |
//! | `registrar.lookup`, `core.is_INVITE` | one function |
//! | `htable:shared_*`, `htable:ban` | that tables of these names are the operator's; all others are its own |
//! | `header:X-*`, `header:Contact` | changing, adding, removing header lines of these names |
//! | `dst:...` | sending requests there ([`destinations`]); without any: what is public |
//! | `sql:`, `http:`, `rpc:` | nothing yet: no function reaches any of these |
//!
//! `KSR.set_drop` (`KSR.drop`, `KSR.x.drop`), `KSR.x.exit` and the rest of `KSR.x` need no grant: they end a
//! callback, and touch nothing. Neither does the table of functions itself (`kemi:ksr/dynamic`).

mod destinations;
mod names;

use crate::sign::Grants;
use crate::wasm::dynamic::{FUNCTIONS, Function};
use destinations::Destinations;
use kemist_sip::message::header::long_form;
use names::Names;
use std::net::SocketAddr;
use std::sync::LazyLock;

/// Functions that everybody has: module and name.
const FREE: [(&str, &str); 1] = [("", "set_drop")];
/// What an engine has of its own, which its scripts call like a module.
const ENGINE: &str = "x";
/// How grants call the functions without a module.
const CORE: &str = "core";
/// What may stand before a colon.
const KINDS: &str = "htable:, header:, dst:, sql:, http:, rpc:";

/// Grants as they are asked: without allocation, and in few steps.
#[derive(Clone, Debug)]
pub struct Granted {
    all: bool,
    functions: Set,
    tables: Names,
    headers: Names,
    destinations: Destinations,
}

impl Granted {
    /// Everything.
    pub fn everything() -> Granted {
        Granted {
            all: true,
            functions: Set::of(0..FUNCTIONS.len()),
            tables: Names::default(),
            headers: Names::default(),
            destinations: Destinations::default(),
        }
    }

    /// What these lines grant.
    ///
    /// # Errors
    /// Which line cannot be meant, and what to write.
    pub fn new(grants: &Grants) -> Result<Granted, String> {
        let mut granted = Granted {
            all: false,
            functions: Set::of(0..0),
            tables: Names::default(),
            headers: Names::default(),
            destinations: Destinations::default(),
        };
        for &(module, name) in &FREE {
            let place = place(module, name).unwrap_or(usize::MAX);
            granted.functions.insert(place);
        }
        for line in grants.iter() {
            granted.add(line).map_err(|what| format!("{line:?}: {what}"))?;
        }
        granted.tables.settle();
        granted.headers.settle();
        Ok(granted)
    }

    /// What the section of a signed component grants: as [`Granted::new`], but where no line is about
    /// destinations, it says nothing of them.
    ///
    /// # Errors
    /// As there.
    pub fn signed(grants: &Grants) -> Result<Granted, String> {
        let mut granted = Granted::new(grants)?;
        if granted.destinations.is_empty() {
            granted.destinations = Destinations::anywhere();
        }
        Ok(granted)
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let Some((kind, argument)) = line.split_once(':') else {
            return self.add_functions(line);
        };
        match kind {
            "htable" => self.tables.add(argument, argument),
            "header" => self.add_header(argument),
            "dst" => self.destinations.add(argument),
            "sql" | "http" | "rpc" => Ok(()),
            _ => Err(format!("{kind}: is no kind of grant; use one of {KINDS}")),
        }
    }

    fn add_functions(&mut self, line: &str) -> Result<(), String> {
        let (module, name) = match line.split_once('.') {
            Some((module, name)) => (module, Some(name)),
            None => (line, None),
        };
        if module == ENGINE {
            return Ok(());
        }
        let module = if module == CORE { "" } else { module };
        let of_it = |function: &Function| function.module == module && name.is_none_or(|name| function.name == name);
        let before = self.functions.len();
        let mut found = false;
        for (place, _) in FUNCTIONS.iter().enumerate().filter(|(_, function)| of_it(function)) {
            found = true;
            self.functions.insert(place);
        }
        if found {
            debug_assert!(self.functions.len() >= before);
            return Ok(());
        }
        let known = FUNCTIONS.iter().any(|function| function.module == module);
        Err(match name {
            Some(name) if known => format!(
                "there is no function {}; docs/kemi.md lists those of the module",
                full_name(module, name)
            ),
            _ => format!(
                "there is no module {}; docs/kemi.md lists all, and {CORE} are the functions without one",
                line.split('.').next().unwrap_or(line)
            ),
        })
    }

    fn add_header(&mut self, pattern: &str) -> Result<(), String> {
        let name = pattern.strip_suffix('*').unwrap_or(pattern);
        let is_name = name.is_empty() && pattern == "*" || crate::route::lines::is_token(name.as_bytes());
        if !is_name || name.contains('*') {
            return Err("it is no name of a header; write header:X-Name, or header:X-* for all that begin so".into());
        }
        if !crate::route::lines::may_be_written(name.as_bytes()) && !pattern.ends_with('*') {
            return Err("Via and Content-Length are written by the proxy alone; remove the line".into());
        }
        let long = String::from_utf8_lossy(long_form(name.as_bytes())).to_ascii_lowercase();
        let whole = if pattern.ends_with('*') {
            format!("{}*", name.to_ascii_lowercase())
        } else {
            long
        };
        self.headers.add(&whole, pattern)
    }

    /// Is the function at this place of [`FUNCTIONS`] granted?
    pub fn at(&self, place: usize) -> bool {
        self.all || self.functions.has(place)
    }

    /// Is the function of this id granted?
    pub fn id(&self, id: u32) -> bool {
        self.all
            || FUNCTIONS
                .binary_search_by_key(&id, |function| function.id)
                .is_ok_and(|place| self.functions.has(place))
    }

    /// Is this function granted? The module is empty for the core's.
    pub fn function(&self, module: &str, name: &str) -> bool {
        self.all || place(module, name).is_some_and(|place| self.functions.has(place))
    }

    /// Is the table of this name the operator's for whoever has this?
    pub fn table(&self, name: &[u8]) -> bool {
        self.tables.has(name, false)
    }

    /// May header lines of this name (in any case, long or compact) be changed?
    pub fn header(&self, name: &[u8]) -> bool {
        self.all || self.headers.has(long_form(name), true)
    }

    /// May a request go to this address, to which `host` led where it was a name?
    pub fn reaches(&self, host: Option<&str>, remote: SocketAddr) -> bool {
        self.all || self.destinations.reaches(host, remote)
    }

    /// Whether a line says anything of destinations: else what is public is reached.
    pub fn has_destinations(&self) -> bool {
        !self.destinations.is_empty()
    }

    /// The functions.
    pub fn functions(&self) -> &Set {
        &self.functions
    }

    /// Those of `needed` that are not granted.
    pub fn missing(&self, needed: &Set) -> Vec<&'static Function> {
        let missing = needed.places().filter(|place| !self.at(*place));
        missing.filter_map(|place| FUNCTIONS.get(place)).collect()
    }
}

/// The place of a function in [`FUNCTIONS`].
pub fn place(module: &str, name: &str) -> Option<usize> {
    FUNCTIONS
        .iter()
        .position(|function| function.module == module && function.name == name)
}

/// The id of a function: FNV-1a of `module.name`.
pub const fn id(full: &str) -> u32 {
    let bytes = full.as_bytes();
    let (mut hash, mut at) = (0x811c_9dc5_u32, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

/// The line that grants a function.
pub fn line_for(function: &Function) -> String {
    let module = if function.module.is_empty() {
        CORE
    } else {
        function.module
    };
    format!("{module}.{}", function.name)
}

/// Does everybody have it?
pub fn is_free(function: &Function) -> bool {
    FREE.contains(&(function.module, function.name))
}

/// A component imports what its tenant is not granted.
pub fn refusal(missing: &[&Function], tenant: &str) -> String {
    let (names, lines) = listed(missing);
    let are = if missing.len() == 1 { "is" } else { "are" };
    format!("it imports {names}, which {are} not granted; add {lines} to the grants of tenant {tenant}")
}

/// A component imports what its signer did not grant.
pub fn refusal_of_signed(missing: &[&Function]) -> String {
    let (names, lines) = listed(missing);
    format!("it imports {names}, and was signed without that; sign it with the grants {lines} too")
}

/// Names of functions and the lines that grant them, some of each.
fn listed(functions: &[&Function]) -> (String, String) {
    const SHOWN: usize = 10;
    let some = || functions.iter().take(SHOWN);
    let more = match functions.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let names: Vec<_> = some().map(|function| function.full_name()).collect();
    let lines: Vec<_> = some().map(|function| format!("{:?}", line_for(function))).collect();
    (names.join(", ") + &more, lines.join(", ") + &more)
}

fn full_name(module: &str, name: &str) -> String {
    let dot = if module.is_empty() { "" } else { "." };
    format!("KSR.{module}{dot}{name}")
}

/// Functions, a bit for each place in [`FUNCTIONS`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set(Box<[u64]>);

impl Set {
    /// Those at these places.
    pub fn of(places: impl IntoIterator<Item = usize>) -> Set {
        let mut set = Set(vec![0; FUNCTIONS.len().div_ceil(64)].into());
        places.into_iter().for_each(|place| set.insert(place));
        set
    }

    fn insert(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    /// Is it in it?
    pub fn has(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Their places.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        (0..FUNCTIONS.len()).filter(|place| self.has(*place))
    }

    /// What tells this set, or what it has in common with another, from others: 0 where that is every
    /// function. For whoever keeps a table of them.
    pub fn mark(&self, and: Option<&Set>) -> u64 {
        static ALL: LazyLock<Set> = LazyLock::new(|| Set::of(0..FUNCTIONS.len()));
        let words = |at: usize| {
            self.0.get(at).map_or(0, |word| *word) & and.map_or(u64::MAX, |and| and.0.get(at).map_or(0, |word| *word))
        };
        if (0..ALL.0.len()).all(|at| words(at) == ALL.0[at]) {
            return 0;
        }
        let mixed = (0..ALL.0.len()).fold(0x9e37_79b9_7f4a_7c15_u64, |mixed, at| {
            let mixed = (mixed ^ words(at)).wrapping_mul(0xff51_afd7_ed55_8ccd);
            mixed ^ (mixed >> 32)
        });
        mixed | 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(list: &[&str]) -> Result<Granted, String> {
        Granted::new(&Grants::new(list.iter().copied())?)
    }

    #[test]
    fn nothing_is_granted_by_nothing() {
        let none = granted(&[]).unwrap();
        for function in FUNCTIONS {
            assert_eq!(none.function(function.module, function.name), is_free(function));
        }
        assert!(!none.table(b"ban") && !none.header(b"X-A") && !none.has_destinations());
        let all = Granted::everything();
        assert!(all.function("tm", "t_relay") && all.header(b"X") && !all.table(b"ban"));
        assert!(all.reaches(None, "10.0.0.1:5060".parse().unwrap()));
    }

    #[test]
    fn functions_go_by_module_or_one_by_one() {
        let some = granted(&["sl", "registrar.lookup", "core.is_INVITE", "x.exit"]).unwrap();
        for (module, name, is) in [
            ("sl", "send_reply", true),
            ("sl", "sl_send_reply", true),
            ("registrar", "lookup", true),
            ("registrar", "save", false),
            ("", "is_INVITE", true),
            ("", "is_ACK", false),
            ("", "set_drop", true),
            ("sl", "fly", false),
        ] {
            assert_eq!(some.function(module, name), is, "{module}.{name}");
            let id = id(&format!("{module}.{name}"));
            assert_eq!(some.id(id), is, "{module}.{name}");
        }
        let missing = some.missing(&Set::of([
            place("sl", "send_reply").unwrap(),
            place("tm", "t_relay").unwrap(),
        ]));
        let names: Vec<_> = missing.iter().map(|function| function.full_name()).collect();
        assert_eq!(names, ["KSR.tm.t_relay"]);
        assert!(granted(&["core"]).unwrap().function("", "is_ACK"));
    }

    #[test]
    fn every_function_has_its_id() {
        for (at, function) in FUNCTIONS.iter().enumerate() {
            assert_eq!(id(&format!("{}.{}", function.module, function.name)), function.id);
            assert_eq!(place(function.module, function.name), Some(at));
            let one = granted(&[&line_for(function)]).unwrap();
            assert!(one.at(at) && one.functions().len() <= 2);
        }
    }

    #[test]
    fn tables_and_headers_go_by_name_or_beginning() {
        let some = granted(&[
            "htable:shared_*",
            "htable:ban",
            "header:X-*",
            "header:m",
            "header:Subject",
        ])
        .unwrap();
        for (table, is) in [
            ("shared_a", true),
            ("shared_", true),
            ("shared", false),
            ("Shared_a", false),
            ("ban", true),
            ("bann", false),
            ("ba", false),
        ] {
            assert_eq!(some.table(table.as_bytes()), is, "{table}");
        }
        for (header, is) in [
            ("x-a", true),
            ("X-", true),
            ("X", false),
            ("x", false),
            ("Contact", true),
            ("CONTACT", true),
            ("m", true),
            ("s", true),
            ("subject", true),
            ("From", false),
            ("f", false),
            ("", false),
        ] {
            assert_eq!(some.header(header.as_bytes()), is, "{header}");
        }
        let all = granted(&["header:*", "htable:*"]).unwrap();
        assert!(all.header(b"From") && all.header(b"f") && all.table(b"any"));
        // the compact form of Session-Expires is x, and no name that begins with it
        assert!(!granted(&["header:x*"]).unwrap().header(b"x"));
        assert!(granted(&["header:s*"]).unwrap().header(b"x"));
    }

    #[test]
    fn what_cannot_be_meant_says_what_to_write() {
        for (line, words) in [
            ("dispatcher", "there is no module dispatcher"),
            ("registrar.lookupp", "there is no function KSR.registrar.lookupp"),
            ("core.is_FOO", "there is no function KSR.is_FOO"),
            ("KSR.sl", "there is no module KSR"),
            ("file:/etc/*", "file: is no kind of grant; use one of htable:"),
            ("header:Via", "written by the proxy alone"),
            ("header:v", "written by the proxy alone"),
            ("header:l", "written by the proxy alone"),
            ("header:X-*-Y", "no name of a header"),
            ("header:a@b", "no name of a header"),
            ("htable:a*b", "the star stands at the end"),
            ("dst:10.0.0.0/99", "is no destination"),
        ] {
            let error = granted(&[line]).expect_err(line);
            assert!(
                error.starts_with(&format!("{line:?}: ")) && error.contains(words),
                "{error}"
            );
        }
        assert!(granted(&["sql:users_by_id", "http:https://api.example:8443/x", "rpc:core.uptime"]).is_ok());
    }

    #[test]
    fn sets_are_told_apart() {
        let all = Granted::everything();
        assert_eq!(all.functions().mark(None), 0);
        let (sl, tm) = (granted(&["sl"]).unwrap(), granted(&["tm"]).unwrap());
        let marks = [
            sl.functions().mark(None),
            tm.functions().mark(None),
            sl.functions().mark(Some(tm.functions())),
        ];
        assert!(marks[0] != marks[1] && marks[1] != marks[2] && marks[0] != marks[2]);
        assert!(marks.iter().all(|mark| *mark != 0));
        assert_eq!(sl.functions().mark(Some(all.functions())), marks[0]);
    }
}

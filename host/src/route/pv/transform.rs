//! Transformations: `{s.len}`, `{uri.user}`, `{param.value,x}`, ... applied to a value.

mod address;
mod codec;
mod encoding;
mod escape;
mod layout;
mod parts;
mod string;
mod value;

use super::spec::{ParseError, Text};
use super::{MAX_VALUE, Read};
use crate::route::Route;
use crate::route::regexes::Substitution;
use std::borrow::Cow;

/// One transformation with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Transform {
    op: Op,
    args: Box<[Text]>,
}

#[derive(Clone, Debug, PartialEq)]
enum Op {
    Text(string::Op),
    Layout(layout::Op),
    Encoding(encoding::Op),
    Escape(escape::Op),
    Codec(codec::Op),
    Address(address::Op),
    Parts(parts::Op),
    Value(value::Op),
    /// `{re.subst,/expression/replacement/flags}`.
    Substitute(Substitution),
}

impl Transform {
    /// Parses `class.op,argument,...`.
    pub fn parse(text: &[u8], depth: u8) -> Result<Transform, ParseError> {
        let unknown = || ParseError::Transform(String::from_utf8_lossy(text).into_owned());
        let (name, args) = match memchr::memchr(b',', text) {
            Some(comma) => (&text[..comma], Some(&text[comma + 1..])),
            None => (text, None),
        };
        let name = &*name.trim_ascii().to_ascii_lowercase();
        if name == b"re.subst" {
            let substitution = args
                .and_then(|args| Substitution::parse_at(args, depth))
                .ok_or_else(unknown)?;
            return Ok(Transform {
                op: Op::Substitute(substitution),
                args: Box::default(),
            });
        }
        let args: Box<[Text]> = match args {
            Some(args) if is_one_argument(name) => Box::new([Text::parse_at(args, depth)?]),
            // an argument may itself be a comma, as in {s.select,0,,}
            Some(args) => split_args(args)
                .map(|arg| Text::parse_at(without_blanks(arg), depth))
                .collect::<Result<_, _>>()?,
            None => Box::default(),
        };
        let (op, needed) = Op::parse(name).ok_or_else(unknown)?;
        if args.len() < needed {
            return Err(unknown());
        }
        Ok(Transform { op, args })
    }

    /// The value transformed. Null stays null except by the `val` class.
    pub fn apply<'a>(&'a self, route: &'a Route, value: Read<'a>) -> Read<'a> {
        match (&self.op, value) {
            (Op::Value(op), value) => bounded(op.apply(value)),
            (_, Read::Null) => Read::Null,
            (Op::Text(op), value) => bounded(op.apply(self, route, value)),
            (Op::Address(op), value) => op.apply(self, route, value),
            (op, value) => value
                .into_text()
                .map_or(Read::Null, |text| self.change(op, route, text)),
        }
    }

    fn change<'a>(&self, op: &Op, route: &Route, text: Cow<'a, [u8]>) -> Read<'a> {
        bounded(match op {
            Op::Layout(op) => op.apply(self, route, &text),
            Op::Encoding(op) => op.apply(&text),
            Op::Escape(op) => op.apply(&text),
            Op::Codec(op) => op.apply(self, route, &text),
            Op::Parts(op) => op.apply(self, route, &text),
            Op::Substitute(substitution) => match substitution.apply(route, &text) {
                Some(changed) => Read::owned(changed),
                None => Read::Str(text),
            },
            // these have been applied above
            Op::Text(_) | Op::Address(_) | Op::Value(_) => Read::Null,
        })
    }

    /// An argument as text; empty where it is missing.
    fn text<'a>(&'a self, route: &'a Route, at: usize) -> Cow<'a, [u8]> {
        self.args.get(at).and_then(|arg| route.text(arg)).unwrap_or_default()
    }

    /// An argument as a number; 0 where it is missing.
    fn number(&self, route: &Route, at: usize) -> i64 {
        super::value::leading_number(&self.text(route, at))
    }
}

/// Arguments in which a comma is a comma.
fn is_one_argument(name: &[u8]) -> bool {
    matches!(name, b"s.ftime" | b"json.parse" | b"json.parsex" | b"line.sw")
}

/// Without blanks at the start, unless there is nothing else.
fn without_blanks(arg: &[u8]) -> &[u8] {
    match arg.trim_ascii_start() {
        b"" => arg,
        trimmed => trimmed,
    }
}

/// Splits at commas; where one comma follows another directly at the end, it is an argument.
fn split_args(args: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (head, last) = match args.strip_suffix(b",,") {
        Some(head) => (head, Some(&b","[..])),
        None if args == b"," => (&b""[..], Some(&b","[..])),
        None => (args, None),
    };
    let head = (!head.is_empty() || last.is_none()).then_some(head);
    head.into_iter().flat_map(|head| head.split(|b| *b == b',')).chain(last)
}

fn bounded(value: Read<'_>) -> Read<'_> {
    match value {
        Read::Str(text) if text.len() > MAX_VALUE => Read::Null,
        value => value,
    }
}

impl Op {
    /// The operation and how many arguments it needs.
    fn parse(name: &[u8]) -> Option<(Op, usize)> {
        let alone = value::Op::parse(name)
            .map(Op::Value)
            .or_else(|| codec::Op::parse(name).map(Op::Codec))
            .or_else(|| encoding::Op::parse(name).map(Op::Encoding))
            .or_else(|| escape::Op::parse(name).map(Op::Escape));
        if let Some(op) = alone {
            return Some((op, 0));
        }
        if let Some((op, needed)) = string::Op::parse(name) {
            return Some((Op::Text(op), needed));
        }
        if let Some((op, needed)) = layout::Op::parse(name) {
            return Some((Op::Layout(op), needed));
        }
        if let Some((op, needed)) = parts::Op::parse(name) {
            return Some((Op::Parts(op), needed));
        }
        address::Op::parse(name).map(|(op, needed)| (Op::Address(op), needed))
    }
}

#[cfg(test)]
mod tests {
    use crate::route::{Value, testing};

    #[test]
    fn transformations_do_what_their_names_say() {
        let mut route = testing::request(testing::INVITE);
        assert!(route.pv_set("$var(s)", Value::text(b" a,b,C ")));
        assert!(route.pv_set(
            "$var(u)",
            Value::text(b"sip:al:pw@h.example:5070;transport=tcp;x=1?S=2")
        ));
        assert!(route.pv_set("$var(n)", Value::text(b"\"Al\" <sip:al@h>;tag=t;q=0.5")));
        assert!(route.pv_set("$var(p)", Value::text(b"a=1;b=2;lr")));
        for (name, text) in [
            ("$var(w)", "four five\tsix"),
            ("$var(h)", "a\r\n \tb"),
            ("$var(b)", "{x}"),
            ("$var(t)", "1700000100"),
            ("$var(l)", "one\r\ntwo\nthree\n"),
            ("$var(m)", "msrp://al@h.example:9000/s1;tcp;x=1"),
            ("$var(g)", "/a/b?c=d"),
            ("$var(j)", "{\"a\":{\"b\":[1,\"two\"]},\"n\":5,\"x.y\":true}"),
        ] {
            assert!(route.pv_set(name, Value::text(text.as_bytes())));
        }
        let texts = [
            ("$(var(s){s.tolower})", " a,b,c "),
            ("$(var(s){s.toupper})", " A,B,C "),
            ("$(var(s){s.trim})", "a,b,C"),
            ("$(var(s){s.trim}{s.select,1,,})", "b"),
            ("$(var(s){s.trim}{s.select,-1,,})", "C"),
            ("$(fU{s.substr,1,3})", "lic"),
            ("$(fU{s.substr,2,0})", "ice"),
            ("$(fU{s.substr,-2,0})", "ce"),
            ("$(fU{s.strip,2})", "ice"),
            ("$(fU{s.striptail,2})", "ali"),
            ("$(fU{s.replace,i,o})", "aloce"),
            ("$(fU{s.before,i})", "al"),
            ("$(fU{s.after,i})", "ce"),
            ("$(fU{s.rm,l})", "aice"),
            ("$(fU{s.md5})", "6384e2b2184bcbf58eccf10ca7a6563c"),
            ("$(fU{s.encode.hexa})", "616c696365"),
            ("$(fU{s.encode.hexa}{s.decode.hexa})", "alice"),
            ("$(fn{s.unquote})", "Alice"),
            ("$(var(u){uri.user})", "al"),
            ("$(var(u){uri.passwd})", "pw"),
            ("$(var(u){uri.host})", "h.example"),
            ("$(var(u){uri.transport})", "tcp"),
            ("$(var(u){uri.param,x})", "1"),
            ("$(var(u){uri.params})", "transport=tcp;x=1"),
            ("$(var(u){uri.headers})", "S=2"),
            ("$(var(u){uri.scheme})", "sip"),
            ("$(var(u){uri.saor})", "sip:al@h.example"),
            ("$(var(n){nameaddr.uri})", "sip:al@h"),
            ("$(var(n){nameaddr.name})", "\"Al\""),
            ("$(var(n){tobody.tag})", "t"),
            ("$(var(n){tobody.user})", "al"),
            ("$(var(p){param.value,b})", "2"),
            ("$(var(p){param.name,0})", "a"),
            ("$(var(p){param.valueat,1})", "2"),
            ("$(fU{re.subst,/l(.)c/<\\1>/})", "a<i>e"),
            ("$(fU{re.subst,/[aeiou]/_/g})", "_l_c_"),
            ("$(null{val.ne})", ""),
            ("$(var(s){s.rmws})", "a,b,C"),
            ("$(fU{S.TOUPPER})", "ALICE"),
            ("$(fU{s.replace, i, o})", "aloce"),
            ("$(fU{s.prefixes,3})", "a,al,ali"),
            ("$(fU{s.prefixes.quoted,2})", "'a','al'"),
            ("$(fU{s.fmtlines,2,1})", "al\r\n ic\r\n e"),
            ("$(fU{s.stripto,i})", "ice"),
            ("$(fU{s.strip,9})", ""),
            ("$(fU{s.strip,-1})", "alice"),
            ("$(fU{s.charat,1})", "l"),
            ("$(fU{s.charat,9})", ""),
            ("$(var(w){s.selectws,-1})", "six"),
            ("$(var(w){s.select,1,\\s})", "five"),
            ("$(var(w){s.select,1,\\t})", "six"),
            ("$(var(w){s.rm,\\t})", "four fivesix"),
            ("$(var(h){s.rmhdws})", "a b"),
            ("$(var(h){s.rmhlws})", "ab"),
            ("$(var(b){s.unbracket})", "x"),
            ("$(var(t){s.ftime,%Y})", "2023"),
            ("$(fU{s.encode.base64})", "YWxpY2U="),
            ("$(fU{s.sha1})", "522b276a356bdf39013dfabea2cd43e141ecc9e8"),
            (
                "$(fU{s.sha3})",
                "a7dcef9aef26202fce82a7c7d6672afb3a149db207d90a07e437d5abc7fc99ed",
            ),
            ("$(var(u){uri.duri})", "sip:h.example:5070;transport=tcp"),
            ("$(var(u){uri.suri})", "sip:al@h.example:5070;transport=tcp"),
            ("$(var(u){uri.tosocket})", "tcp:h.example:5070"),
            ("$(var(u){uri.rmparam,x})", "sip:al:pw@h.example:5070;transport=tcp?S=2"),
            (
                "$(var(u){uri.rmparam,x}{uri.rmparam,transport})",
                "sip:al:pw@h.example:5070?S=2",
            ),
            ("$(var(l){line.at,1})", "two"),
            ("$(var(l){line.at,-1})", "three"),
            ("$(var(l){line.at,7})", ""),
            ("$(var(l){line.sw,tw})", "two"),
            ("$(var(u){urialias.encode})", "h.example~5070~2"),
            (
                "$(var(u){urialias.encode}{urialias.decode})",
                "sip:h.example:5070;transport=tcp",
            ),
            ("$(var(m){msrpuri.host})", "h.example"),
            ("$(var(m){msrpuri.port})", "9000"),
            ("$(var(m){msrpuri.session})", "s1"),
            ("$(var(m){msrpuri.user})", "al"),
            ("$(var(m){msrpuri.proto})", "tcp"),
            ("$(var(m){msrpuri.params})", "x=1"),
            ("$(Ras{sock.host})", "127.0.0.1"),
            ("$(Ras{sock.proto})", "udp"),
            ("$(Ras{sock.touri})", "sip:127.0.0.1:5060;transport=udp"),
            ("$(var(g){url.path})", "/a/b"),
            ("$(var(g){url.querystring})", "c=d"),
            ("$(var(j){json.parse,a.b[1]})", "two"),
            ("$(var(j){json.parse,n})", "5"),
            ("$(var(j){json.parsex,/x.y})", "true"),
            ("$(var(j){json.parse,none.at.all})", ""),
            ("$(var(j){json.parse,a})", "{\"b\":[1,\"two\"]}"),
            ("$(null{sql.val})", "NULL"),
        ];
        for (name, text) in texts {
            assert_eq!(route.pv_get(name), Value::text(text.as_bytes()), "{name}");
        }
        for (name, number) in [
            ("$(fU{s.len})", 5),
            ("$(cs{s.int})", 7),
            ("$(var(s){s.count,,})", 2),
            ("$(var(p){param.count})", 3),
            ("$(var(p){param.in,lr})", 1),
            ("$(var(p){param.in,zz})", 0),
            ("$(null{val.n0})", 0),
            ("$(var(u){uri.port})", 5070),
            ("$(var(s){s.crc32}{s.len})", 10),
            ("$(fU{s.byteat,0})", 97),
            ("$(fU{s.byteat,-1})", -1),
            ("$(var(l){line.count})", 3),
            ("$(bs{num.ldigit})", 5),
            ("$(var(n){nameaddr.len})", 15),
        ] {
            assert_eq!(route.pv_get(name), Value::Int(number), "{name}");
        }
        for name in [
            "$(null{s.len})",
            "$(tt{s.tolower})",
            "$(var(u){uri.nope})",
            "$(fU{s.select})",
            "$(fU{s.int})",
            "$(fU{s.substr,5,1})",
            "$(fU{s.sha3,7})",
            "$(fU{s.ftime,%Y})",
            "$(fU{json.parse,x})",
            "$(fU{re.subst,/(/x/})",
        ] {
            assert_eq!(route.pv_get(name), Value::Null, "{name}");
        }
    }
}
